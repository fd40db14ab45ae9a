"""How promotions stand in each other's way, in every way of stacking."""

from __future__ import annotations

import attrs
import pytest

from orderflow.money import Money
from orderflow.pricing import (
    Applied,
    Basket,
    Beaten,
    BuyGet,
    FreeDelivery,
    GroupDeal,
    GroupUnitPrice,
    LinePercent,
    LinePercentByTotal,
    NotApplied,
    NthFree,
    OrderPercent,
    Outcome,
    Percent,
    PercentTier,
    Promotion,
    Promotions,
    Quote,
    Stacking,
    Stopped,
    Target,
    Tariff,
    TooFewUnits,
    TotalTooLow,
    quote,
)

from .baskets import basket, line, method

TEN = Promotion(id="ten", benefit=OrderPercent(percent=Percent.parse("10")), priority=1, lane=2)
TWENTY = Promotion(id="twenty", benefit=OrderPercent(percent=Percent.parse("20")), priority=2, lane=1)
OTHER_DELIVERY = Promotion(id="locker-free", benefit=FreeDelivery(methods=["locker"]), priority=9)
ALL_STACKINGS = pytest.mark.parametrize("stacking", tuple(Stacking))


def priced(stacking: Stacking, *promotions: Promotion, of: Basket | None = None) -> Quote:
    """A hundred, by courier, where a locker is on offer too."""
    tariff = Tariff([method("10.00"), method("8.00", code="locker")])
    found = quote(of or basket(line("100.00"), delivery="courier"), tariff, Promotions(promotions, stacking))
    assert isinstance(found, Quote)
    return found


def outcome(found: Quote, promotion: str) -> Outcome:
    return next(each for each in found.promotions if each.promotion == promotion)


@ALL_STACKINGS
@pytest.mark.parametrize("trait", [{"exclusive": True}, {"stop": True}, {"group": "one"}, {}])
def test_what_only_makes_another_delivery_cheaper_stands_in_nobodys_way(
    stacking: Stacking, trait: dict[str, object]
) -> None:
    """The customer chose the courier: a free locker must not cost the ten percent."""
    found = priced(stacking, attrs.evolve(OTHER_DELIVERY, **trait), attrs.evolve(TEN, group=trait.get("group", "")))
    assert found.discount == Money.parse("10.00", "PLN")
    assert found.delivery_price == Money.parse("10.00", "PLN")


@pytest.mark.parametrize("stacking", [Stacking.SEQUENTIAL, Stacking.LANES, Stacking.COMPETE, Stacking.ZONE])
def test_after_a_stop_nothing_comes(stacking: Stacking) -> None:
    """Wherever promotions come one after another."""
    found = priced(stacking, TEN, attrs.evolve(TWENTY, stop=True))
    assert outcome(found, "ten") == NotApplied("ten", (Stopped(by="twenty"),))


@pytest.mark.parametrize("stacking", [Stacking.SEQUENTIAL, Stacking.LANES, Stacking.COMPETE])
def test_of_a_group_the_first_counts(stacking: Stacking) -> None:
    """The other says what it would have saved on what was left."""
    found = priced(stacking, attrs.evolve(TEN, group="one"), attrs.evolve(TWENTY, group="one"))
    saved = Money.parse("8.00", "PLN")
    assert outcome(found, "ten") == NotApplied("ten", (Beaten(by=("twenty",), would_have_saved=saved),))


def test_of_a_group_in_one_lane_the_best_counts() -> None:
    """Even where each would win a line of its own."""
    a, b = (Target(skus=[f"SKU-{sku}"]) for sku in "ab")
    small = Promotion(id="a", benefit=LinePercent(percent=Percent.parse("10")), target=a, group="one")
    large = Promotion(id="b", benefit=LinePercent(percent=Percent.parse("10")), target=b, group="one")
    found = priced(Stacking.LANES, small, large, of=basket(line("10.00", id="a"), line("20.00", id="b")))
    assert [type(each) for each in found.promotions] == [NotApplied, Applied]


def test_a_group_counts_across_the_best_deal_and_what_stacks_on_it() -> None:
    """Whoever was chosen among the competing ones has the group's only place."""
    stacking = attrs.evolve(TEN, stacks=True, group="one")
    found = priced(Stacking.BEST_DEAL, attrs.evolve(TWENTY, group="one"), stacking)
    assert found.discount == Money.parse("20.00", "PLN")


def test_a_deal_says_which_side_of_it_is_missing() -> None:
    """Three mugs and no spoon: it is a spoon that is missing."""
    deal = Promotion(
        id="spoon", benefit=BuyGet(buy=Target(skus=["SKU-mug"]), buy_units=2, get=Target(skus=["SKU-spoon"]))
    )
    found = priced(Stacking.SEQUENTIAL, deal, of=basket(line("10.00", 3, id="mug")))
    assert found.not_applied[0].reasons == (TooFewUnits(needed=1, found=0),)


def test_tiers_that_are_not_reached_say_how_far_the_first_one_is() -> None:
    """Spend so much more."""
    tiers = [PercentTier(Money.parse(start, "PLN"), Percent.parse("5")) for start in ("300.00", "150.00")]
    found = priced(Stacking.SEQUENTIAL, Promotion(id="tiers", benefit=LinePercentByTotal(tiers=tiers)))
    needed = TotalTooLow(needed=Money.parse("150.00", "PLN"), found=Money.parse("100.00", "PLN"))
    assert found.not_applied[0].reasons == (needed,)


def test_a_free_unit_may_be_shared_over_its_group() -> None:
    """So that it does not pay to bring the paid ones back and keep the free one."""
    goods = basket(line("30.00", id="a"), line("20.00", id="b"), line("10.00", id="c"))
    for spread, discounts in ((False, [0, 0, 1000]), (True, [500, 333, 167])):
        deal = Promotion(id="three", benefit=GroupDeal(size=3, effect=NthFree(spread=spread)))
        found = priced(Stacking.SEQUENTIAL, deal, of=goods)
        assert [each.share.discount for each in found.lines] == discounts


@pytest.mark.parametrize("stacking", [Stacking.SEQUENTIAL, Stacking.BEST_DEAL])
@pytest.mark.parametrize(
    ("floors", "left"),
    [
        ((None, None, None), [500, 700, 700]),
        ((None, None, "15.00"), [500, 700, 1500]),
        ((None, "2.00", "3.00"), [500, 700, 700]),
    ],
)
def test_each_unit_of_a_group_costs_its_unit_price(
    stacking: Stacking, floors: tuple[str | None, ...], left: list[int]
) -> None:
    """None less, where another one has a floor above it; and a cheaper one stays as it is."""
    goods = [
        attrs.evolve(line(price, id=price), floor=Money.parse(floor, "PLN") if floor else None)
        for price, floor in zip(("5.00", "10.00", "20.00"), floors, strict=True)
    ]
    deal = Promotion(id="each", benefit=GroupDeal(size=3, effect=GroupUnitPrice(price=Money.parse("7.00", "PLN"))))
    found = priced(stacking, deal, of=basket(*goods))
    assert [each.share.gross for each in found.lines] == left
