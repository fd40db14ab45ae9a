"""How promotions stand in each other's way, in every way of stacking."""

from __future__ import annotations

import attrs
import pytest

from orderflow.money import Money
from orderflow.pricing import (
    AmountOffGroup,
    Applied,
    Basket,
    BasketLine,
    Beaten,
    Benefit,
    BuyGet,
    DeliveryAmount,
    DeliveryPercent,
    Excluded,
    FreeDelivery,
    GroupDeal,
    GroupUnitPrice,
    LineAmount,
    LinePercent,
    LinePercentByTotal,
    MoneyPolicy,
    NotApplied,
    NthFree,
    OrderAmount,
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
    UnitPrice,
    Weights,
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


# Lanes: each line, and each delivery, goes to one promotion of a lane


def off(amount: str, **more: object) -> LineAmount:
    return LineAmount(amount=Money.parse(amount, "PLN"), **more)


def in_lane(name: str, benefit: Benefit, lane: int = 0) -> Promotion:
    return Promotion(id=name, benefit=benefit, lane=lane)


def told(found: Quote) -> dict[str, tuple[dict[str, int], dict[str, int]]]:
    """What those that apply took off lines and deliveries, in minor units."""
    return {each.promotion: (dict(each.lines), dict(each.delivery)) for each in found.applied}


def test_in_a_lane_each_line_goes_to_the_promotion_that_takes_most_off_it() -> None:
    """3.00 is more than a fifth of 10.00 and less than one of 20.00; who wins nothing hears who won."""
    three, fifth = in_lane("a", off("3.00")), in_lane("b", LinePercent(percent=Percent.parse("20")))
    tenth = in_lane("c", LinePercent(percent=Percent.parse("10")))
    two = basket(line("10.00", id="1"), line("20.00", id="2"))
    found = priced(Stacking.LANES, three, fifth, tenth, of=two)
    assert told(found) == {"a": ({"1": 300}, {}), "b": ({"2": 400}, {})}
    assert outcome(found, "c") == NotApplied("c", (Beaten(by=("a", "b"), would_have_saved=Money(300, "PLN")),))


def test_what_two_promotions_of_a_lane_reduce_alike_goes_to_the_first() -> None:
    """A line as well as a delivery; the lane after it has what is left."""
    first, second = in_lane("a", off("3.00")), in_lane("b", off("3.00"))
    later = in_lane("c", LinePercent(percent=Percent.parse("50")), lane=1)
    found = priced(Stacking.LANES, later, second, first, of=basket(line("10.00")))
    assert told(found) == {"a": ({"1": 300}, {}), "c": ({"1": 350}, {})}
    assert outcome(found, "b") == NotApplied("b", (Beaten(by=("a",), would_have_saved=Money(300, "PLN")),))
    free = [in_lane(name, FreeDelivery(methods=["locker"])) for name in "ab"]
    found = priced(Stacking.LANES, *free)
    assert told(found) == {"a": ({}, {"locker": 800})}
    assert outcome(found, "b") == NotApplied("b", (Beaten(by=("a",), would_have_saved=Money(0, "PLN")),))


def test_in_a_lane_each_delivery_goes_to_the_promotion_that_takes_most_off_it() -> None:
    """Half of 10.00 is more than 4.50, and half of 8.00 is less."""
    half = in_lane("a", DeliveryPercent(percent=Percent.parse("50")))
    some = in_lane("b", DeliveryAmount(amount=Money.parse("4.50", "PLN")))
    found = priced(Stacking.LANES, some, half)
    assert told(found) == {"a": ({}, {"courier": 500}), "b": ({}, {"locker": 450})}


def test_a_deal_that_loses_a_line_to_its_lane_leaves_the_units_to_the_next_one() -> None:
    """Two at 10.00: 6.00 off the line beat half off the second one, which then is 3.50 of what is left."""
    goods = Target(skus=["SKU-1"])
    deal = BuyGet(buy=goods, get=goods, percent=Percent.parse("50"))
    found = priced(
        Stacking.LANES,
        in_lane("a", off("6.00")),
        in_lane("b", deal),
        in_lane("c", deal, 1),
        of=basket(line("10.00", 2)),
    )
    assert told(found) == {"a": ({"1": 600}, {}), "c": ({"1": 350}, {})}
    again = priced(Stacking.LANES, in_lane("b", deal), in_lane("c", deal, 1), of=basket(line("10.00", 2)))
    assert told(again) == {"b": ({"1": 500}, {})}


def test_of_a_group_in_one_lane_equal_ones_leave_it_to_the_first() -> None:
    """And those without a group stand beside it."""
    of_group = [attrs.evolve(in_lane(name, off("3.00")), group="one") for name in "ab"]
    beside = [in_lane("c", off("1.00"), 1), in_lane("d", off("2.00"), 1)]
    found = priced(Stacking.LANES, *of_group, *beside, of=basket(line("10.00")))
    assert told(found) == {"a": ({"1": 300}, {}), "d": ({"1": 200}, {})}


@pytest.mark.parametrize("stacking", [Stacking.SEQUENTIAL, Stacking.LANES, Stacking.COMPETE, Stacking.ZONE])
def test_an_exclusive_one_suffers_nobody_beside_it(stacking: Stacking) -> None:
    """Even where it saves a single coin; the others hear who it was, and what they would have saved."""
    alone = Promotion(id="alone", benefit=off("0.01"), exclusive=True)
    found = priced(stacking, alone, TWENTY)
    assert told(found) == {"alone": ({"1": 1}, {})}
    assert outcome(found, "twenty") == NotApplied(
        "twenty", (Excluded(by="alone", would_have_saved=Money(2000, "PLN")),)
    )


def test_only_a_best_deal_says_how_good_it_is() -> None:
    """The others promise nothing of the kind."""
    assert priced(Stacking.BEST_DEAL, TEN, TWENTY).proof is not None
    assert priced(Stacking.SEQUENTIAL, TEN, TWENTY).proof is None


@pytest.mark.parametrize("second", [Stacking.COMPETE, Stacking.LANES])
def test_a_deal_takes_no_units_that_earlier_deals_have_consumed(second: Stacking) -> None:
    """Of five units two pairs are made by two deals, one after the other; the third finds one unit."""
    goods = Target(skus=["SKU-1"])
    deal = BuyGet(buy=goods, get=goods, times=1)
    deals = [Promotion(id=name, benefit=deal, priority=-place, lane=place) for place, name in enumerate("abc")]
    found = priced(second, *deals, of=basket(line("10.00", 5)))
    assert [type(each) for each in found.promotions] == [Applied, Applied, NotApplied]


def test_what_is_saved_on_the_delivery_counts_among_rivals() -> None:
    """9.00 off the delivery beat 8.00 off the goods."""
    delivery = Promotion(id="delivery", benefit=DeliveryAmount(amount=Money.parse("9.00", "PLN")))
    goods = Promotion(id="goods", benefit=off("8.00"))
    found = priced(Stacking.COMPETE, delivery, goods)
    assert told(found) == {"delivery": ({}, {"courier": 900, "locker": 800})}


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        ([line("1.00", id="g1"), line("2.00", id="g2"), line("3.00", id="g3")], {"g1": 100, "g2": 200}),
        ([line("1.00", id="g1"), line("2.00", 3, id="g2")], {"g1": 100, "g2": 200}),
    ],
)
def test_a_deal_is_made_as_often_as_is_allowed_though_no_two_are_alike(
    got: list[BasketLine], expected: dict[str, int]
) -> None:
    """The cheapest units are given twice, whether or not the second time could be repeated."""
    deal = BuyGet(
        buy=Target(skus=["SKU-bought"]), get=Target(skus=[each.sku for each in got]), buy_units=1, get_units=1, times=2
    )
    found = priced(
        Stacking.SEQUENTIAL, Promotion(id="deal", benefit=deal), of=basket(line("9.00", 9, id="bought"), *got)
    )
    assert told(found)["deal"][0] == expected


def test_what_could_be_got_is_not_bought_while_something_else_can_be() -> None:
    """The dearest is one of the two that are to be free: so neither it nor the cheapest is bought, but the third."""
    lines = [line("10.00", id="a"), line("20.00", id="b"), line("30.00", id="c")]
    deal = BuyGet(
        buy=Target(skus=[each.sku for each in lines]), get=Target(skus=["SKU-a", "SKU-c"]), buy_units=1, get_units=2
    )
    found = priced(Stacking.SEQUENTIAL, Promotion(id="deal", benefit=deal), of=basket(*lines))
    assert told(found)["deal"][0] == {"a": 1000, "c": 3000}


def test_a_coin_that_a_group_saves_goes_by_price() -> None:
    """Of 0.04 off 0.01 and 0.09 the first bears nothing: its share is less than half a coin."""
    deal = GroupDeal(size=2, effect=AmountOffGroup(amount=Money.parse("0.04", "PLN")))
    two = basket(line("0.01", id="a"), line("0.09", id="b"))
    assert told(priced(Stacking.SEQUENTIAL, Promotion(id="deal", benefit=deal), of=two))["deal"][0] == {"b": 4}


def test_where_weights_are_gross_a_net_price_weighs_as_much_as_the_gross_one_it_becomes() -> None:
    """12,300.00 with VAT and 10,000.00 without are the same price: each bears half, to the coin."""
    two = basket(line("12300.00", id="gross"), line("10000.00", id="net", net=True))
    thousand = Promotion(id="thousand", benefit=OrderAmount(amount=Money.parse("1000.00", "PLN")))
    found = quote(two, Tariff(), Promotions([thousand]), MoneyPolicy(weights=Weights.GROSS))
    assert isinstance(found, Quote)
    assert told(found)["thousand"][0] == {"gross": 50_000, "net": 50_000}


def test_a_group_weighs_all_units_of_a_line_whose_units_cost_differently() -> None:
    """Three units at 10.00 together are one of 3.34 and two of 3.33; beside 10.00 they carry half of what is taken."""
    three = line("4.00", 3, id="three")
    found = priced(
        Stacking.SEQUENTIAL,
        Promotion(
            id="two", benefit=LineAmount(amount=Money.parse("2.00", "PLN")), target=Target(skus=[three.sku]), priority=2
        ),
        Promotion(
            id="deal", benefit=GroupDeal(size=4, effect=AmountOffGroup(amount=Money.parse("1.00", "PLN"))), priority=1
        ),
        of=basket(three, line("10.00", id="one")),
    )
    assert told(found)["deal"][0] == {"three": 50, "one": 50}


def test_a_unit_price_above_the_floor_is_what_a_unit_costs() -> None:
    """10.00 comes down to 6.00, not to the 4.00 below which it must not be sold."""
    floored = attrs.evolve(line("10.00", 2), floor=Money.parse("4.00", "PLN"))
    found = priced(
        Stacking.SEQUENTIAL,
        Promotion(id="six", benefit=UnitPrice(price=Money.parse("6.00", "PLN"))),
        of=basket(floored),
    )
    assert found.discount == Money.parse("8.00", "PLN")


def test_what_makes_other_deliveries_cheaper_is_given_beside_the_winner() -> None:
    """It competes with nobody: the offers show the locker free of charge, and the promotion says so."""
    found = priced(Stacking.COMPETE, OTHER_DELIVERY, attrs.evolve(TEN, priority=9))
    assert isinstance(outcome(found, "locker-free"), Applied)
    assert {offer.code: str(offer.price) for offer in found.offers} == {"courier": "10.00 PLN", "locker": "0.00 PLN"}
