"""Laws of choice: exclusive and stop hold in every subset, thresholds include their edge, windows do not their end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import pricing as p
from orderflow.money import Money

from .baskets import basket, line, method
from .promotion_strategies import NOON, Shop, fewer, shops

in_turn = st.sampled_from((p.Stacking.SEQUENTIAL, p.Stacking.LANES, p.Stacking.COMPETE, p.Stacking.ZONE))
TICK = timedelta(microseconds=1)


def subsets(shop: Shop) -> Iterator[tuple[p.Promotion, ...]]:
    promotions = shop.promotions.promotions
    for size in range(1, len(promotions) + 1):
        yield from combinations(promotions, size)


def saving(quote: p.Quote) -> list[str]:
    """Those that take something off goods or the chosen delivery."""
    return [each.promotion for each in quote.applied if each.amount.minor]


@given(shops(most_promotions=3), st.data())
@fewer
def test_an_exclusive_promotion_stands_alone_in_every_subset(shop: Shop, data: st.DataObject) -> None:
    """Where one applies, nothing else takes anything."""
    promotions = [attrs.evolve(each, exclusive=data.draw(st.booleans())) for each in shop.promotions.promotions]
    exclusive = {each.id for each in promotions if each.exclusive}
    for some in subsets(shop.having(*promotions)):
        names = saving(shop.having(*some).price())
        assert len(names) == 1 or not exclusive & set(names)


@given(shops(stacking=in_turn, most_promotions=3), st.data())
@fewer
def test_nothing_comes_after_a_stop_in_any_subset(shop: Shop, data: st.DataObject) -> None:
    """One after another by priority; lane after lane; level after level."""
    promotions = [
        attrs.evolve(each, stop=data.draw(st.booleans()), exclusive=False) for each in shop.promotions.promotions
    ]
    lanes = shop.promotions.stacking is p.Stacking.LANES
    places = {each.id: each.lane if lanes else -each.priority for each in promotions}
    stops = {each.id for each in promotions if each.stop}
    for some in subsets(shop.having(*promotions)):
        quote = shop.having(*some).price()
        names = saving(quote)
        ends = [places[name] for name in names if name in stops]
        assert not ends or all(places[name] <= min(ends) for name in names)
        if shop.promotions.stacking is p.Stacking.SEQUENTIAL:
            in_order = [each.id for each in some if each.id in names]
            for promotion in shop.having(*some).promotions.promotions:
                if promotion.id in stops & set(names):
                    ids = [each.id for each in shop.having(*some).promotions.promotions]
                    later = ids[ids.index(promotion.id) + 1 :]
                    assert not set(in_order) & set(later)


@given(shops(most_promotions=3), st.data())
@fewer
def test_of_a_group_only_one_counts_in_every_subset(shop: Shop, data: st.DataObject) -> None:
    """Whichever way promotions combine."""
    promotions = [
        attrs.evolve(each, group=data.draw(st.sampled_from(("", "g")))) for each in shop.promotions.promotions
    ]
    grouped = {each.id for each in promotions if each.group}
    for some in subsets(shop.having(*promotions)):
        assert len(grouped & set(saving(shop.having(*some).price()))) <= 1


@given(shops(stacking=st.just(p.Stacking.COMPETE), most_promotions=3, conditional=False))
@fewer
def test_within_a_level_nothing_single_would_have_saved_more(shop: Shop) -> None:
    """All of one priority: the winner saves what the best of them saves alone."""
    level = [attrs.evolve(each, priority=0, exclusive=False, group="") for each in shop.promotions.promotions]
    shop = shop.never_free()
    alone = [sum(each.amount.minor for each in shop.having(one).price().applied) for one in level]
    together = sum(each.amount.minor for each in shop.having(*level).price().applied)
    assert together == max(alone, default=0)


@given(shops(stacking=st.just(p.Stacking.LANES), given=st.just("reductions"), most_promotions=3, conditional=False))
@fewer
def test_within_a_lane_each_line_gets_the_most_that_one_of_them_gives(shop: Shop) -> None:
    """Line by line; so none of them alone would have reduced any line further."""
    lane = [attrs.evolve(each, lane=0, exclusive=False, group="") for each in shop.promotions.promotions]
    alone = [shop.having(one).price().lines for one in lane]
    for place, found in enumerate(shop.having(*lane).price().lines):
        assert found.share.discount == max((lines[place].share.discount for lines in alone), default=0)


@given(shops(stacking=st.just(p.Stacking.ZONE), most_promotions=3))
@fewer
def test_in_a_zone_only_one_level_counts(shop: Shop) -> None:
    """And in it either those that compound, or one of the others alone."""
    promotions = {each.id: attrs.evolve(each, exclusive=False) for each in shop.promotions.promotions}
    counting = [promotions[name] for name in saving(shop.having(*promotions.values()).price())]
    assert len({each.priority for each in counting}) <= 1
    assert len(counting) <= 1 or all(each.compounds for each in counting)


def test_in_a_zone_the_winner_is_one_that_counts() -> None:
    """What came first in the level but gave nothing has beaten and stopped nobody."""
    ten, none = (
        p.Promotion(id=name, benefit=p.OrderPercent(percent=p.Percent(millionths)), priority=2)
        for name, millionths in (("ten", 100_000), ("a-nothing", 0))
    )
    other = p.Promotion(id="five", benefit=p.OrderPercent(percent=p.Percent(50_000)), priority=2, compounds=False)
    later = attrs.evolve(ten, id="later", priority=1)
    promotions = p.Promotions([ten, none, other, later], p.Stacking.ZONE)
    quote = p.quote(basket(line("10.00")), p.Tariff(), promotions)
    assert isinstance(quote, p.Quote)
    reasons = {each.promotion: each.reasons for each in quote.not_applied}
    assert reasons["five"] == (p.Beaten(by=("ten",), would_have_saved=Money(50, "PLN")),)
    assert reasons["later"] == (p.Stopped(by="ten"),)


def test_two_promotions_on_a_delivery_that_nobody_chose_take_no_more_than_it_costs() -> None:
    """Neither saves anything yet, so neither is beaten; but the second one finds nothing left to take."""
    free = p.Promotion(id="free", benefit=p.FreeDelivery())
    less = p.Promotion(id="less", benefit=p.DeliveryAmount(amount=Money(100, "PLN")))
    courier = method("10.00")
    quote = p.quote(basket(line("10.00")), p.Tariff([courier]), p.Promotions([free, less], p.Stacking.COMPETE))
    assert isinstance(quote, p.Quote)
    assert [offer.price for offer in quote.offers] == [Money(0, "PLN")]
    assert quote.not_applied == (p.NotApplied("less", (p.NothingToReduce(),)),)


# Edges


def applies(condition: p.Condition, asked: p.Basket) -> bool:
    free = p.Promotion(id="free", benefit=p.OrderPercent(percent=p.Percent(1_000_000)), condition=condition)
    quote = p.quote(asked, p.Tariff(), p.Promotions([free]))
    assert isinstance(quote, p.Quote)
    return bool(quote.applied)


def at(moment: datetime) -> p.Basket:
    return attrs.evolve(basket(line("10.00")), circumstances=p.Circumstances(at=moment))


@given(st.integers(1, 10**6), st.integers(1, 5))
@fewer
def test_a_threshold_is_met_at_equality(minor: int, units: int) -> None:
    """Of totals before and after discounts, and of units; one coin or unit less does not meet it."""
    asked = p.Basket(
        currency="PLN",
        country="PL",
        lines=[
            p.BasketLine(
                line="1",
                sku="a",
                quantity=units,
                unit_price=Money(minor, "PLN"),
                vat=p.VatRate(2300),
                price_includes_vat=True,
            )
        ],
    )
    total = Money(minor * units, "PLN")
    coin = Money(1, "PLN")
    for kind in (p.GoodsTotal, p.DiscountedTotal):
        assert applies(kind(at_least=total), asked)
        assert not applies(kind(at_least=total + coin), asked)
    for counted in (p.Units, p.UnitsOfOneLine):
        assert applies(counted(at_least=units), asked)
        assert not applies(counted(at_least=units + 1), asked)
    for price, meant in ((minor, True), (minor + 1, False)):
        assert applies(p.Units(of=p.Target(lowest_price=Money(price, "PLN"))), asked) == meant
        assert applies(p.Units(of=p.Target(highest_price=Money(2 * minor - price, "PLN"))), asked) == meant


@given(st.timedeltas(timedelta(microseconds=1), timedelta(400)))
@fewer
def test_a_window_has_its_start_and_not_its_end(length: timedelta) -> None:
    """To the microsecond."""
    window = p.Between(starts=NOON, ends=NOON + length)
    assert applies(window, at(NOON))
    assert applies(window, at(NOON + length - TICK))
    assert not applies(window, at(NOON - TICK))
    assert not applies(window, at(NOON + length))


@pytest.mark.parametrize(
    ("moment", "holds"),
    [
        (datetime(2026, 3, 2, 8, 59, 59, tzinfo=UTC), False),  # 9:59:59 in Warsaw
        (datetime(2026, 3, 2, 9, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 10, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 11, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 30, 8, 0, tzinfo=UTC), True),  # in summer it is 10 o'clock an hour earlier
        (datetime(2026, 3, 3, 9, 0, tzinfo=UTC), False),  # a Tuesday
    ],
)
def test_hours_of_the_week_are_those_of_a_named_zone(moment: datetime, *, holds: bool) -> None:
    """Mondays from 10 to 12 by the clocks of Warsaw, start included, end not."""
    hours = p.WeeklyHours(days=[1], starts="10:00", ends="12:00", zone="Europe/Warsaw")
    assert applies(hours, at(moment)) == holds
