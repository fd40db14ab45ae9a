"""What each benefit takes off, by example: limits, floors, caps, picks, currencies, and why it takes nothing."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from orderflow import pricing as p
from orderflow.errors import InvalidInputError
from orderflow.money import Money

from .baskets import REDUCED, basket, line, method

TEN, HALF = p.Percent.parse("10"), p.Percent.parse("50")
DEAREST = p.MoneyPolicy(pick=p.Pick.DEAREST)
ORIGINAL = p.MoneyPolicy(percent_base=p.PercentBase.ORIGINAL)
GROSS = p.MoneyPolicy(weights=p.Weights.GROSS)
DOWN = p.MoneyPolicy(rounding=p.Rounding.DOWN)
LAST_LINE = p.MoneyPolicy(allocation=p.Allocation.LAST_LINE)
LAST_LINE_DOWN = attrs.evolve(LAST_LINE, rounding=p.Rounding.DOWN)
ONLY_A = p.Target(skus=["SKU-a"])
ONLY_B = p.Target(skus=["SKU-b"])
NOTHING = p.NothingToReduce()


def pln(text: str) -> Money:
    return Money.parse(text, "PLN")


def goods(id: str, price: str, quantity: int = 1, **changes: Any) -> p.BasketLine:
    """A line whose SKU is ``SKU-`` and its id; floors are decimal text."""
    if "floor" in changes:
        changes["floor"] = pln(changes["floor"])
    return attrs.evolve(line(price, quantity, id=id), **changes)


A, B, C = goods("a", "10.00", 2), goods("b", "30.00"), goods("c", "7.00", 3)


def outcomes(
    *promotions: p.Promotion,
    of: tuple[p.BasketLine, ...],
    policy: p.MoneyPolicy = p.DEFAULT_POLICY,
    methods: tuple[p.DeliveryMethod, ...] = (),
    chosen: str | None = None,
    **rules: Any,
) -> tuple[p.Outcome, ...]:
    """What becomes of the promotions, one after another as they are given."""
    ordered = [attrs.evolve(each, priority=-place) for place, each in enumerate(promotions)]
    answer = p.quote(basket(*of, delivery=chosen), p.Tariff(methods), p.Promotions(ordered, **rules), policy)
    assert isinstance(answer, p.Quote), answer
    return answer.promotions


def off(
    benefit: Any, *of: p.BasketLine, target: p.Target = p.EVERYTHING, before: Any = None, **options: Any
) -> dict[str, int] | p.Reason:
    """Minor units off each line, or the reason for nothing; *before* is a benefit that comes first."""
    last = p.Promotion(id="it", benefit=benefit, target=target)
    first = () if before is None else (p.Promotion(id="before", benefit=before),)
    outcome = outcomes(*first, last, of=of, **options)[-1]
    if isinstance(outcome, p.NotApplied):
        (reason,) = outcome.reasons
        return reason
    return dict(outcome.lines)


def off_delivery(benefit: Any, chosen: str | None = "courier", **options: Any) -> tuple[int, dict[str, int]] | p.Reason:
    """What counts, and what comes off each of a courier for 20.00 and a locker for 10.00; the goods come to 50.00."""
    methods = (method("20.00"), method("10.00", code="locker"))
    promotion = p.Promotion(id="it", benefit=benefit)
    options = {"of": (A, B), "methods": methods, "chosen": chosen, **options}
    before = options.pop("before", None)
    first = () if before is None else (p.Promotion(id="before", benefit=before),)
    outcome = outcomes(*first, promotion, **options)[-1]
    if isinstance(outcome, p.NotApplied):
        (reason,) = outcome.reasons
        return reason
    return outcome.amount.minor, dict(outcome.delivery)


# Of lines together


def test_a_percentage_of_the_order_is_rounded_once_and_shared() -> None:
    """Ten percent of 71.00, by what each line comes to; of the target's lines only, where there is one."""
    assert off(p.OrderPercent(percent=TEN), A, B, C) == {"a": 200, "b": 300, "c": 210}
    assert off(p.OrderPercent(percent=TEN), A, B, C, target=ONLY_B) == {"b": 300}
    odd = (goods("a", "0.15"), goods("b", "0.15"))
    assert off(p.OrderPercent(percent=TEN), *odd) == {"a": 2, "b": 1}
    assert off(p.OrderPercent(percent=HALF), goods("a", "0.01"), policy=DOWN) == NOTHING
    assert off(p.OrderPercent(percent=HALF), goods("a", "0.01")) == {"a": 1}


def test_a_percentage_of_the_order_has_a_cap() -> None:
    """In the currency of the basket; what is below it stays as it is."""
    assert off(p.OrderPercent(percent=TEN, at_most=pln("5.00")), A, B) == {"a": 200, "b": 300}
    assert off(p.OrderPercent(percent=TEN, at_most=pln("2.50")), A, B) == {"a": 100, "b": 150}
    foreign = p.OrderPercent(percent=TEN, at_most=Money(100, "EUR"))
    assert off(foreign, A, B) == p.OtherCurrency(currency="PLN")


def test_a_percentage_is_of_what_is_left_or_of_the_list_price() -> None:
    """After ten percent, half of 45.00; or half of 50.00, as the money policy says."""
    first = p.OrderPercent(percent=TEN)
    half = p.OrderPercent(percent=HALF)
    assert off(half, A, B, before=first) == {"a": 900, "b": 1350}
    assert off(half, A, B, before=first, policy=ORIGINAL) == {"a": 1000, "b": 1500}


def test_an_amount_off_the_order_is_shared_by_what_is_left() -> None:
    """And never more than that."""
    assert off(p.OrderAmount(amount=pln("5.00")), A, B) == {"a": 200, "b": 300}
    assert off(p.OrderAmount(amount=pln("5.00")), A, B, target=ONLY_A) == {"a": 500}
    assert off(p.OrderAmount(amount=pln("99.00")), A, B) == {"a": 2000, "b": 3000}
    assert off(p.OrderAmount(amount=Money(1, "EUR")), A, B) == p.OtherCurrency(currency="PLN")
    assert off(p.OrderAmount(amount=pln("0.00")), A, B) == NOTHING


def test_an_amount_leaves_every_unit_its_floor() -> None:
    """What one line cannot bear, the others do; a line below its floor already bears nothing."""
    floor = goods("a", "10.00", 2, floor="9.50")
    assert off(p.OrderAmount(amount=pln("5.00")), floor, B) == {"a": 100, "b": 400}
    assert off(p.OrderAmount(amount=pln("99.00")), floor, B) == {"a": 100, "b": 3000}
    assert off(p.OrderAmount(amount=pln("5.00")), goods("a", "10.00", floor="12.00"), B) == {"b": 500}
    assert off(p.OrderAmount(amount=pln("5.00")), goods("a", "10.00", floor="12.00")) == NOTHING


def test_shares_follow_the_money_policy() -> None:
    """By price with VAT, where it says so: 10.00 net at 23 % weighs 12.30; and by its way to share."""
    net = (goods("a", "10.00", price_includes_vat=False), goods("b", "12.30"))
    assert off(p.OrderAmount(amount=pln("2.00")), *net, policy=GROSS) == {"a": 100, "b": 100}
    assert off(p.OrderAmount(amount=pln("2.23")), *net) == {"a": 100, "b": 123}
    thirds = (goods("a", "1.00"), goods("b", "1.00"), goods("c", "1.00"))
    five = p.OrderAmount(amount=pln("0.05"))
    assert off(five, *thirds) == {"a": 2, "b": 2, "c": 1}
    assert off(five, *thirds, policy=LAST_LINE) == {"a": 2, "b": 2, "c": 1}
    assert off(five, *thirds, policy=LAST_LINE_DOWN) == {"a": 1, "b": 1, "c": 3}


def test_goods_together_cost_a_price() -> None:
    """The difference is a discount; what costs no more than that already stays as it is."""
    assert off(p.OrderPrice(price=pln("40.00")), A, B) == {"a": 400, "b": 600}
    assert off(p.OrderPrice(price=pln("40.00")), A, B, before=p.OrderAmount(amount=pln("5.00"))) == {"a": 200, "b": 300}
    assert off(p.OrderPrice(price=pln("50.00")), A, B) == NOTHING
    assert off(p.OrderPrice(price=pln("60.00")), A, B) == NOTHING
    assert off(p.OrderPrice(price=pln("15.00")), A, B, target=ONLY_A) == {"a": 500}
    assert off(p.OrderPrice(price=Money(1, "EUR")), A) == p.OtherCurrency(currency="PLN")


def test_goods_without_discounts_are_left_alone() -> None:
    """By everything, by a target of SKUs and by one of tags."""
    fixed, free = goods("a", "10.00", discountable=False, tags=["tea"]), goods("b", "10.00", tags=["tea"])
    for target in (p.EVERYTHING, p.Target(skus=["SKU-a", "SKU-b"]), p.Target(tags=["tea"])):
        assert off(p.OrderAmount(amount=pln("5.00")), fixed, free, target=target) == {"b": 500}
    assert off(p.OrderAmount(amount=pln("5.00")), fixed, free, target=ONLY_A) == NOTHING


def test_lines_of_one_sku_are_all_meant() -> None:
    """In the order of their ids, wherever they stand in the basket and whatever the target names first."""
    twice = (goods("d", "10.00", sku="SKU-a"), goods("b", "10.00"), goods("a", "10.00"))
    target = p.Target(skus=["SKU-b", "SKU-a"])
    assert off(p.OrderAmount(amount=pln("0.31")), *twice, target=target) == {"a": 11, "b": 10, "d": 10}
    assert off(p.OrderAmount(amount=pln("0.31")), *twice, target=ONLY_A) == {"a": 16, "d": 15}


# Of each line


def test_a_percentage_of_each_line_is_rounded_for_each_line() -> None:
    """Half a coin goes up, unless the policy says otherwise."""
    odd = (goods("a", "0.05"), goods("b", "0.15", 3), goods("c", "0.04"))
    assert off(p.LinePercent(percent=TEN), *odd) == {"a": 1, "b": 5}
    assert off(p.LinePercent(percent=TEN), *odd, policy=DOWN) == {"b": 4}
    assert off(p.LinePercent(percent=TEN), *odd, target=ONLY_A) == {"a": 1}
    assert off(p.LinePercent(percent=p.Percent(0)), *odd) == NOTHING


def test_a_percentage_of_a_line_stops_at_its_floor() -> None:
    """To the coin, with either way to round."""
    low = goods("a", "10.00", 2, floor="9.50")
    for policy in (p.DEFAULT_POLICY, DOWN):
        assert off(p.LinePercent(percent=TEN), low, B, policy=policy) == {"a": 100, "b": 300}
        assert off(p.LinePercent(percent=TEN), goods("a", "10.00", floor="10.00"), policy=policy) == NOTHING


def test_a_percentage_of_a_line_after_another_one() -> None:
    """Of what is left, or of the list price and then no more than is left."""
    seventy = p.LinePercent(percent=p.Percent.parse("70"))
    assert off(seventy, B, before=p.LinePercent(percent=HALF)) == {"b": 1050}
    assert off(seventy, B, before=p.LinePercent(percent=HALF), policy=ORIGINAL) == {"b": 1500}
    down = attrs.evolve(ORIGINAL, rounding=p.Rounding.DOWN)
    assert off(p.LinePercent(percent=TEN), B, before=p.LinePercent(percent=HALF), policy=down) == {"b": 300}
    by_unit = p.LinePercent(percent=TEN, by_unit=True)
    assert off(by_unit, A, before=p.LinePercent(percent=HALF)) == {"a": 100}
    assert off(by_unit, A, before=p.LinePercent(percent=HALF), policy=ORIGINAL) == {"a": 200}


def test_a_percentage_by_unit_is_rounded_for_each_unit() -> None:
    """Three times a coin and a half: five coins for the line, six for its units."""
    three = goods("a", "0.15", 3)
    assert off(p.LinePercent(percent=TEN), three) == {"a": 5}
    assert off(p.LinePercent(percent=TEN, by_unit=True), three) == {"a": 6}
    assert off(p.LinePercent(percent=TEN, by_unit=True), three, policy=DOWN) == {"a": 3}


def test_a_percentage_of_some_units_only() -> None:
    """The cheapest first, or the dearest; so many of a line; rounded once for those of a line."""
    ten = p.LinePercent(percent=TEN, max_units=3)
    assert off(ten, A, B, C) == {"c": 210}
    assert off(attrs.evolve(ten, max_units=4), A, B, C) == {"a": 100, "c": 210}
    assert off(ten, A, B, C, policy=DEAREST) == {"a": 200, "b": 300}
    assert off(attrs.evolve(ten, pick=p.Pick.DEAREST), A, B, C) == {"a": 200, "b": 300}
    assert off(attrs.evolve(ten, pick=p.Pick.CHEAPEST), A, B, C, policy=DEAREST) == {"c": 210}
    assert off(p.LinePercent(percent=TEN, max_units_per_line=2), A, B, C) == {"a": 200, "b": 300, "c": 140}
    assert off(p.LinePercent(percent=TEN, max_units=3, max_units_per_line=1), A, B, C) == {"a": 100, "b": 300, "c": 70}
    assert off(p.LinePercent(percent=TEN, max_units=9), A, B, C) == {"a": 200, "b": 300, "c": 210}
    assert off(p.LinePercent(percent=HALF, max_units=1), goods("a", "0.03", 3)) == {"a": 2}


def test_of_units_at_one_price_those_of_the_first_line_are_picked() -> None:
    """By price per unit and not per line."""
    lines = (goods("a", "5.00", 4), goods("b", "5.00"), goods("c", "6.00"))
    one = p.LinePercent(percent=TEN, max_units=1)
    assert off(one, *lines) == {"a": 50}
    assert off(one, goods("a", "6.00", 2), goods("b", "5.00", 9)) == {"b": 50}
    assert off(one, goods("a", "6.00", 2), goods("b", "5.00", 9), policy=DEAREST) == {"a": 60}
    assert off(one, goods("a", "6.00"), goods("b", "6.00"), policy=DEAREST) == {"a": 60}


def test_some_units_bear_no_more_than_they_have_above_their_floors() -> None:
    """Half of one unit of three would be 5.00, and it has 1.00 to give."""
    low = goods("a", "10.00", 3, floor="9.00")
    assert off(p.LinePercent(percent=HALF, max_units=1), low) == {"a": 100}
    assert off(p.LinePercent(percent=HALF, max_units=2), low) == {"a": 200}


def test_a_cap_on_all_lines_is_shared_by_what_is_left() -> None:
    """But no line has more with the cap than without it."""
    capped = p.LinePercent(percent=TEN, at_most=pln("4.10"))
    assert off(capped, A, B, C) == {"a": 116, "b": 173, "c": 121}
    assert off(attrs.evolve(capped, at_most=pln("7.10")), A, B, C) == {"a": 200, "b": 300, "c": 210}
    assert off(attrs.evolve(capped, at_most=pln("7.09")), A, B, C) == {"a": 200, "b": 299, "c": 210}
    assert off(attrs.evolve(capped, at_most=Money(1, "EUR")), A) == p.OtherCurrency(currency="PLN")
    assert off(capped, goods("a", "0.01")) == NOTHING
    few = p.LinePercent(percent=TEN, max_units=3, at_most=pln("1.00"))
    assert off(few, A, B, C) == {"c": 100}
    low = goods("b", "30.00", floor="29.90")
    assert off(p.LinePercent(percent=TEN, at_most=pln("2.05")), A, low) == {"a": 195, "b": 10}
    thirds = (goods("a", "1.00"), goods("b", "1.00"), goods("c", "1.00"))
    some = p.LinePercent(percent=TEN, at_most=pln("0.05"))
    assert off(some, *thirds, policy=LAST_LINE) == {"a": 2, "b": 2, "c": 1}
    assert off(some, *thirds, policy=LAST_LINE_DOWN) == {"a": 1, "b": 1, "c": 3}


def test_an_amount_off_each_line() -> None:
    """Once for each, however many units it has, and no more than it has to give."""
    assert off(p.LineAmount(amount=pln("3.00")), A, B, goods("c", "2.00")) == {"a": 300, "b": 300, "c": 200}
    assert off(p.LineAmount(amount=pln("3.00")), goods("a", "10.00", 2, floor="9.00"), B) == {"a": 200, "b": 300}
    assert off(p.LineAmount(amount=pln("3.00")), A, B, target=ONLY_B) == {"b": 300}
    assert off(p.LineAmount(amount=Money(1, "EUR")), A) == p.OtherCurrency(currency="PLN")


def test_an_amount_off_each_line_by_its_value() -> None:
    """The highest tier that a line reaches, wherever it stands; below all of them the base."""
    tiers = [p.AmountTier(pln("20.00"), pln("3.00")), p.AmountTier(pln("10.00"), pln("1.00"))]
    by_value = p.LineAmountByValue(base=pln("0.50"), tiers=tiers)
    lines = (goods("a", "9.99"), goods("b", "10.00"), goods("c", "19.99"), goods("d", "10.00", 2), goods("e", "50.00"))
    assert off(by_value, *lines) == {"a": 50, "b": 100, "c": 100, "d": 300, "e": 300}
    assert off(p.LineAmountByValue(tiers=tiers), *lines[:2]) == {"b": 100}
    assert off(p.LineAmountByValue(base=pln("0.50")), *lines[:2]) == {"a": 50, "b": 50}
    assert off(p.LineAmountByValue(base=pln("0.50"), tiers=tiers), *lines[:2], target=ONLY_A) == {"a": 50}
    foreign = p.AmountTier(Money(1, "EUR"), Money(1, "EUR"))
    assert off(p.LineAmountByValue(tiers=[foreign]), A) == p.OtherCurrency(currency="PLN")
    assert off(p.LineAmountByValue(tiers=[foreign, *tiers]), A) == {"a": 300}
    assert off(by_value, A, before=p.OrderAmount(amount=pln("0.01"))) == {"a": 100}


def test_a_percentage_of_each_line_by_the_total_at_list_prices() -> None:
    """The highest tier that the basket reaches; lines out of the target count, but are not reduced."""
    tiers = [p.PercentTier(pln("50.00"), TEN), p.PercentTier(pln("20.00"), p.Percent.parse("5"))]
    by_total = p.LinePercentByTotal(tiers=tiers)
    assert off(by_total, A) == {"a": 100}
    assert off(by_total, A, B) == {"a": 200, "b": 300}
    assert off(by_total, A, B, target=ONLY_A) == {"a": 200}
    assert off(by_total, A, B, before=p.OrderAmount(amount=pln("5.00"))) == {"a": 180, "b": 270}
    short = p.TotalTooLow(needed=pln("20.00"), found=pln("10.00"))
    assert off(by_total, goods("a", "10.00")) == short
    assert off(attrs.evolve(by_total, base=p.Percent.parse("1")), goods("a", "10.00")) == {"a": 10}
    assert off(p.LinePercentByTotal(base=TEN), A) == {"a": 200}
    assert off(p.LinePercentByTotal(), A) == NOTHING
    foreign = p.PercentTier(Money(1, "EUR"), HALF)
    assert off(p.LinePercentByTotal(tiers=[foreign, *tiers]), A) == {"a": 100}
    assert off(p.LinePercentByTotal(tiers=[foreign]), A) == NOTHING


def test_a_percentage_of_each_line_by_the_units_of_the_target() -> None:
    """The highest tier that they reach."""
    tiers = [p.UnitsTier(4, TEN), p.UnitsTier(2, p.Percent.parse("5"))]
    by_units = p.LinePercentByUnits(tiers=tiers)
    assert off(by_units, A) == {"a": 100}
    assert off(by_units, A, C) == {"a": 200, "c": 210}
    assert off(by_units, A, C, target=ONLY_A) == {"a": 100}
    assert off(by_units, B) == p.TooFewUnits(needed=2, found=1)
    assert off(attrs.evolve(by_units, base=p.Percent.parse("1")), B) == {"b": 30}
    assert off(p.LinePercentByUnits(base=TEN), B) == {"b": 300}
    assert off(p.LinePercentByUnits(), B) == NOTHING


# Of each unit


def test_an_amount_off_each_unit() -> None:
    """And no more than the unit; limits and picks as for percentages."""
    two = p.UnitAmount(amount=pln("2.00"))
    assert off(two, A, B, goods("c", "1.50", 2)) == {"a": 400, "b": 200, "c": 300}
    assert off(attrs.evolve(two, max_units=2), A, B, C) == {"c": 400}
    assert off(attrs.evolve(two, max_units=2, pick=p.Pick.DEAREST), A, B, C) == {"a": 200, "b": 200}
    assert off(attrs.evolve(two, max_units=2), A, B, C, policy=DEAREST) == {"a": 200, "b": 200}
    assert off(attrs.evolve(two, max_units_per_line=1), A, B, C) == {"a": 200, "b": 200, "c": 200}
    assert off(two, A, B, target=ONLY_A) == {"a": 400}
    assert off(p.UnitAmount(amount=Money(1, "EUR")), A) == p.OtherCurrency(currency="PLN")


def test_no_unit_goes_below_its_floor() -> None:
    """Nor does a unit that costs a coin more than the others take anything from them."""
    two = p.UnitAmount(amount=pln("2.00"))
    assert off(two, goods("a", "10.00", 3, floor="9.00")) == {"a": 300}
    assert off(two, goods("a", "10.00", 3, floor="11.00"), B) == {"b": 200}
    uneven = p.OrderAmount(amount=pln("0.01"))  # 9.99 and 10.00 are left
    assert off(two, goods("a", "10.00", 2, floor="8.00"), before=uneven) == {"a": 399}
    assert off(attrs.evolve(two, max_units=1), goods("a", "10.00", 2, floor="8.00"), before=uneven) == {"a": 200}
    assert off(attrs.evolve(two, max_units=2), goods("a", "10.00", 3, floor="8.00"), before=uneven) == {"a": 400}


def test_each_unit_costs_a_price() -> None:
    """What is cheaper stays so, and a floor is kept."""
    eight = p.UnitPrice(price=pln("8.00"))
    assert off(eight, A, B, C) == {"a": 400, "b": 2200}
    assert off(eight, goods("a", "10.00", 2, floor="9.00")) == {"a": 200}
    assert off(eight, goods("a", "8.00")) == NOTHING
    assert off(eight, A, before=p.OrderAmount(amount=pln("0.01"))) == {"a": 399}
    assert off(eight, A, B, target=ONLY_B) == {"b": 2200}
    assert off(p.UnitPrice(price=Money(1, "EUR")), A) == p.OtherCurrency(currency="PLN")


def test_one_amount_off_the_first_unit_and_another_off_further_ones() -> None:
    """Of each line; on so many units of it at most, and no more than a unit costs."""
    both = p.FirstAndFurther(first=pln("3.00"), further=pln("1.00"))
    assert off(both, A, B, C) == {"a": 400, "b": 300, "c": 500}
    assert off(attrs.evolve(both, max_units=2), A, C) == {"a": 400, "c": 400}
    assert off(both, A, B, target=ONLY_B) == {"b": 300}
    assert off(both, goods("a", "2.00", 2)) == {"a": 300}
    assert off(attrs.evolve(both, further=pln("5.00")), goods("a", "4.00", 2)) == {"a": 700}
    assert off(attrs.evolve(both, first=pln("5.00")), goods("a", "4.00", 2)) == {"a": 500}
    assert off(both, goods("a", "2.00", 3, floor="1.50")) == {"a": 150}
    uneven = p.OrderAmount(amount=pln("0.01"))  # 1.99 and 2.00 are left
    assert off(both, goods("a", "2.00", 2), before=uneven) == {"a": 300}
    assert off(attrs.evolve(both, further=pln("2.00")), goods("a", "2.00", 2), before=uneven) == {"a": 399}
    for wrong in ({"first": Money(1, "EUR")}, {"further": Money(1, "EUR")}):
        assert off(attrs.evolve(both, **wrong), A) == p.OtherCurrency(currency="PLN")


def test_units_of_complete_groups_are_cheaper() -> None:
    """Of eight units two groups of three; lines with more units fill them first, equal ones by their ids."""
    off_each = p.PerCompleteGroup(size=3, amount=pln("1.00"))
    lines = (goods("a", "10.00", 2), goods("b", "10.00", 2), goods("c", "10.00", 4))
    assert off(off_each, *lines) == {"a": 200, "c": 400}
    assert off(p.PerCompleteGroup(size=3, percent=TEN), *lines) == {"a": 200, "c": 400}
    assert off(p.PerCompleteGroup(size=7, percent=TEN), *lines) == {"a": 200, "b": 100, "c": 400}
    assert off(off_each, *lines, target=ONLY_A) == p.TooFewUnits(needed=3, found=2)
    assert off(off_each, *lines, target=p.Target(skus=["x"])) == p.TooFewUnits(needed=3, found=0)
    assert off(attrs.evolve(off_each, size=2), *lines, target=ONLY_A) == {"a": 200}
    foreign = p.PerCompleteGroup(size=3, amount=Money(1, "EUR"))
    assert off(foreign, *lines) == p.OtherCurrency(currency="PLN")


# Deals that consume units


def test_a_bundle_of_the_cheapest_units_costs_a_price() -> None:
    """Once; two of 7.00 and one more, shared by price."""
    bundle = p.BundlePrice(units=4, price=pln("20.00"))
    assert off(bundle, A, B, C) == {"a": 355, "c": 745}
    assert off(bundle, A, C, before=p.BundlePrice(units=4, price=pln("20.00"))) == p.TooFewUnits(needed=4, found=1)
    assert off(bundle, A, B) == p.TooFewUnits(needed=4, found=3)
    assert off(p.BundlePrice(units=3, price=pln("99.00")), A, B) == NOTHING
    assert off(p.BundlePrice(units=3, price=pln("5.00")), A, B, C, target=ONLY_A) == p.TooFewUnits(needed=3, found=2)
    assert off(p.BundlePrice(units=3, price=Money(1, "EUR")), C) == p.OtherCurrency(currency="PLN")


FIVE = (goods("a", "10.00", 2), goods("c", "7.00", 3))
"""7 7 | 7 10 | 10 from the cheapest, 10 10 | 7 7 | 7 from the dearest."""


@pytest.mark.parametrize(
    ("effect", "discounts"),
    [
        (p.PercentOffGroup(percent=TEN), {"a": 100, "c": 210}),
        (p.AmountOffGroup(amount=pln("3.00")), {"a": 176, "c": 424}),
        (p.AmountOffGroup(amount=pln("99.00")), {"a": 1000, "c": 2100}),
        (p.GroupPrice(price=pln("15.00")), {"a": 118, "c": 82}),
        (p.GroupUnitPrice(price=pln("8.00")), {"a": 200}),
        (p.GroupUnitPrice(price=pln("7.00")), {"a": 300}),
        (p.NthFree(), {"c": 1400}),
        (p.NthFree(nth=2), {"a": 1000, "c": 700}),
        (p.NthFree(spread=True), {"a": 412, "c": 988}),
        (p.NthFree(overall=True), {"c": 1400}),
        (p.NthFree(overall=True, spread=True), {"a": 452, "c": 948}),
        (p.GroupPrice(price=pln("99.00")), NOTHING),
        (p.AmountOffGroup(amount=Money(1, "EUR")), p.OtherCurrency(currency="PLN")),
        (p.GroupPrice(price=Money(1, "EUR")), p.OtherCurrency(currency="PLN")),
        (p.GroupUnitPrice(price=Money(1, "EUR")), p.OtherCurrency(currency="PLN")),
    ],
)
def test_units_are_cut_into_complete_groups_by_price(effect: Any, discounts: object) -> None:
    """What a group saves is shared by the price of its units; what is not grouped stays as it is."""
    assert off(p.GroupDeal(size=2, effect=effect), *FIVE) == discounts


def test_groups_may_be_few_or_made_of_the_dearest_first() -> None:
    """And of the target's units only."""
    deal = p.GroupDeal(size=2, effect=p.PercentOffGroup(percent=TEN))
    assert off(attrs.evolve(deal, dearest_first=True), *FIVE) == {"a": 200, "c": 140}
    assert off(attrs.evolve(deal, dearest_first=True, max_groups=1), *FIVE) == {"a": 200}
    assert off(attrs.evolve(deal, max_groups=1), *FIVE) == {"c": 140}
    assert off(attrs.evolve(deal, max_groups=3), *FIVE) == {"a": 100, "c": 210}
    assert off(deal, *FIVE, target=ONLY_A) == {"a": 200}
    assert off(attrs.evolve(deal, size=3), *FIVE, target=ONLY_A) == p.TooFewUnits(needed=3, found=2)
    assert off(p.GroupDeal(size=2, effect=p.PercentOffGroup(percent=HALF)), goods("a", "0.01", 3)) == {"a": 1}
    odd = p.GroupDeal(size=2, effect=p.PercentOffGroup(percent=p.Percent.parse("25")))
    assert off(odd, goods("a", "0.01", 2), policy=DOWN) == NOTHING
    assert off(odd, goods("a", "0.01", 2)) == {"a": 1}


def test_equal_units_of_two_lines_go_by_their_ids() -> None:
    """From the cheapest as from the dearest."""
    same = (goods("b", "5.00"), goods("a", "5.00"), goods("c", "5.00"))
    for dearest_first in (False, True):
        deal = p.GroupDeal(size=2, effect=p.AmountOffGroup(amount=pln("1.00")), dearest_first=dearest_first)
        assert off(deal, *same) == {"a": 50, "b": 50}


def test_a_group_leaves_every_unit_its_floor() -> None:
    """What a unit cannot bear, the others of its group do."""
    lines = (goods("a", "10.00", 2, floor="9.00"), goods("c", "7.00", 3))
    assert off(p.GroupDeal(size=2, effect=p.GroupPrice(price=pln("10.00"))), *lines) == {"a": 100, "c": 1000}
    assert off(p.GroupDeal(size=2, effect=p.NthFree()), goods("a", "5.00", 2, floor="6.00")) == NOTHING


def test_the_coins_of_a_group_follow_the_money_policy() -> None:
    """Its way to share, and its way to round where it rounds."""
    lines = (goods("a", "1.00"), goods("b", "1.00"), goods("c", "1.00"))
    five = p.GroupDeal(size=3, effect=p.AmountOffGroup(amount=pln("0.05")))
    assert off(five, *lines, policy=LAST_LINE) == {"a": 2, "b": 2, "c": 1}
    assert off(five, *lines, policy=LAST_LINE_DOWN) == {"a": 1, "b": 1, "c": 3}


def test_units_that_differ_by_a_coin_are_two_kinds() -> None:
    """A line of 9.99 and 10.00: the cheaper one is the free one."""
    uneven = p.OrderAmount(amount=pln("0.01"))
    assert off(p.GroupDeal(size=2, effect=p.NthFree()), goods("a", "10.00", 2), before=uneven) == {"a": 999}
    assert off(p.GroupDeal(size=2, effect=p.NthFree(nth=2)), goods("a", "10.00", 2), before=uneven) == {"a": 1000}
    assert off(p.GroupDeal(size=2, effect=p.NthFree(spread=True)), goods("a", "10.00", 2), before=uneven) == {"a": 999}


def test_a_million_units_make_as_many_groups_as_there_are() -> None:
    """Or as are allowed."""
    many = goods("a", "1.00", 1_000_000)
    three_for_two = p.GroupDeal(size=3, effect=p.NthFree())
    assert off(three_for_two, many) == {"a": 33_333_300}
    assert off(attrs.evolve(three_for_two, max_groups=5), many) == {"a": 500}


def test_units_of_a_deal_serve_no_other_deal() -> None:
    """Four of five are taken; what a promotion takes that is no deal, it takes from all of them."""
    first = p.GroupDeal(size=2, effect=p.NthFree())
    assert off(p.GroupDeal(size=2, effect=p.NthFree()), *FIVE, before=first) == p.TooFewUnits(needed=2, found=1)
    assert off(p.BundlePrice(units=1, price=pln("1.00")), *FIVE, before=first) == {"a": 900}
    assert off(p.OrderPrice(price=pln("0.00")), *FIVE, before=first) == {"a": 2000, "c": 700}


BUY_A_GET_C = p.BuyGet(buy=ONLY_A, get=p.Target(skus=["SKU-c"]))


def test_what_is_bought_makes_others_cheaper() -> None:
    """As often as there are units, or as allowed; all of it or in part."""
    assert off(p.BuyGet(buy=ONLY_A, buy_units=2, get=ONLY_B), A, B) == {"b": 3000}
    assert off(p.BuyGet(buy=ONLY_A, buy_units=2, get=ONLY_B, percent=HALF), A, B) == {"b": 1500}
    assert off(BUY_A_GET_C, A, C) == {"c": 1400}
    assert off(attrs.evolve(BUY_A_GET_C, times=1), A, C) == {"c": 700}
    assert off(attrs.evolve(BUY_A_GET_C, times=2), A, C) == {"c": 1400}
    assert off(attrs.evolve(BUY_A_GET_C, get_units=2), A, C) == {"c": 1400}
    assert off(attrs.evolve(BUY_A_GET_C, get_units=2, partial=True), A, C) == {"c": 2100}
    assert off(attrs.evolve(BUY_A_GET_C, get_units=2, partial=True), goods("a", "10.00", 9), C) == {"c": 2100}
    assert off(attrs.evolve(BUY_A_GET_C, buy_units=2, get_units=4, partial=True), A, C) == {"c": 2100}


def test_the_dearest_are_bought_and_the_cheapest_or_dearest_got() -> None:
    """30 for 7, 10 for 7, 10 for 7; or 30 for 10, 10 for 7, 7 for 7."""
    any_two = p.BuyGet(buy=p.EVERYTHING, get=p.EVERYTHING)
    assert off(any_two, A, B, C) == {"c": 2100}
    assert off(attrs.evolve(any_two, pick=p.Pick.DEAREST), A, B, C) == {"a": 1000, "c": 1400}
    assert off(any_two, A, B, C, policy=DEAREST) == {"a": 1000, "c": 1400}
    assert off(attrs.evolve(any_two, pick=p.Pick.CHEAPEST), A, B, C, policy=DEAREST) == {"c": 2100}
    assert off(attrs.evolve(any_two, times=1), A, B, C) == {"c": 700}


def test_others_are_bought_where_the_dearest_could_be_got() -> None:
    """The one B can be bought or got; there is no deal unless something else is bought."""
    assert off(p.BuyGet(buy=p.EVERYTHING, get=ONLY_B), A, B) == {"b": 3000}
    assert off(p.BuyGet(buy=p.EVERYTHING, get=ONLY_B), B) == p.TooFewUnits(needed=2, found=1)


def test_a_deal_without_its_units_says_which_are_missing() -> None:
    """Those to buy first, then those to get, then all of them together."""
    assert off(attrs.evolve(BUY_A_GET_C, buy_units=3), A, C) == p.TooFewUnits(needed=3, found=2)
    assert off(attrs.evolve(BUY_A_GET_C, get_units=4), A, C) == p.TooFewUnits(needed=4, found=3)
    both = p.BuyGet(buy=ONLY_A, buy_units=2, get=ONLY_A, get_units=1)
    assert off(both, A) == p.TooFewUnits(needed=3, found=2)


def test_what_is_got_may_be_shared_by_the_whole_deal() -> None:
    """30.00 over two of 10.00 and one of 30.00; floors are kept, and coins follow the policy."""
    deal = p.BuyGet(buy=ONLY_A, buy_units=2, get=ONLY_B, spread=True)
    assert off(deal, A, B) == {"a": 1200, "b": 1800}
    assert off(deal, goods("a", "10.00", 2, floor="9.00"), B) == {"a": 200, "b": 2800}
    low = goods("c", "7.00", 3, floor="6.50")
    assert off(BUY_A_GET_C, A, low) == {"c": 100}
    half = attrs.evolve(BUY_A_GET_C, percent=HALF)
    assert off(half, goods("a", "1.00"), goods("c", "0.01")) == {"c": 1}
    assert off(half, goods("a", "1.00"), goods("c", "0.01"), policy=DOWN) == NOTHING


def test_a_million_units_are_bought_and_got() -> None:
    """As often as there are units, or as allowed; a last part where it may be one."""
    two_and_one = p.BuyGet(buy=p.EVERYTHING, buy_units=2, get=p.EVERYTHING)
    many = goods("a", "1.00", 1_000_000)
    assert off(two_and_one, many) == {"a": 33_333_300}
    assert off(attrs.evolve(two_and_one, times=10), many) == {"a": 1000}
    assert off(attrs.evolve(two_and_one, get_units=3, partial=True), goods("a", "1.00", 14)) == {"a": 800}
    assert off(attrs.evolve(two_and_one, times=3), A, B, C) == {"c": 1400}


def test_a_set_costs_a_price() -> None:
    """As often as there are sets that cost more, or as allowed."""
    parts = [p.SetPart(ONLY_A), p.SetPart(ONLY_B)]
    pair = p.SetPrice(parts=parts, price=pln("35.00"))
    assert off(pair, A, B) == {"a": 125, "b": 375}
    assert off(pair, A, goods("b", "30.00", 2)) == {"a": 250, "b": 750}
    assert off(attrs.evolve(pair, times=1), A, goods("b", "30.00", 2)) == {"a": 125, "b": 375}
    assert off(attrs.evolve(pair, price=pln("40.00")), A, B) == NOTHING
    assert off(attrs.evolve(pair, price=pln("39.99")), A, B) == {"b": 1}
    assert off(pair, A) == p.TooFewUnits(needed=2, found=1)
    assert off(pair, C) == p.TooFewUnits(needed=2, found=0)
    assert off(attrs.evolve(pair, price=Money(1, "EUR")), A, B) == p.OtherCurrency(currency="PLN")
    assert off(pair, A, B, before=p.Gift(sku="SKU-b")) == p.TooFewUnits(needed=2, found=1)
    two = p.SetPrice(parts=[p.SetPart(p.Target(skus=["SKU-a", "SKU-c"]), 2), p.SetPart(ONLY_B)], price=pln("40.00"))
    dear = (goods("a", "10.00"), goods("b", "30.00", 3), goods("c", "7.00", 4))
    assert off(two, *dear) == {"a": 149, "b": 720, "c": 231}  # 47.00, then 44.00; there is a third B, and one C


def test_a_gift_is_free_once_it_is_in_the_basket() -> None:
    """So many units of it, the cheapest first; else the outcome says what may be added."""
    gift = p.Gift(sku="SKU-c", units=2)
    assert off(gift, A, C) == {"c": 1400}
    assert off(attrs.evolve(gift, units=9), A, C) == {"c": 2100}
    assert off(gift, A) == p.GiftNotInBasket(sku="SKU-c", units=2)
    assert off(gift, C, before=p.BundlePrice(units=3, price=pln("1.00"))) == p.GiftNotInBasket(sku="SKU-c", units=2)
    twice = (goods("c", "7.00"), goods("d", "5.00", sku="SKU-c"), goods("e", "9.00", sku="SKU-c"))
    assert off(gift, *twice) == {"c": 700, "d": 500}
    assert off(gift, goods("c", "7.00", 2, floor="6.00")) == {"c": 200}


# Of deliveries


def test_a_percentage_off_the_delivery() -> None:
    """Of all methods, or of some; only that of the chosen one counts."""
    ten = p.DeliveryPercent(percent=TEN)
    assert off_delivery(ten) == (200, {"courier": 200, "locker": 100})
    assert off_delivery(ten, "locker") == (100, {"courier": 200, "locker": 100})
    assert off_delivery(ten, None) == (0, {"courier": 200, "locker": 100})
    assert off_delivery(attrs.evolve(ten, methods=["locker"])) == (0, {"locker": 100})
    assert off_delivery(attrs.evolve(ten, methods=["pigeon"])) == NOTHING
    five = p.DeliveryAmount(amount=pln("5.00"))
    assert off_delivery(ten, before=five) == (150, {"courier": 150, "locker": 50})
    assert off_delivery(ten, before=five, policy=ORIGINAL) == (200, {"courier": 200, "locker": 100})
    ninety = p.DeliveryPercent(percent=p.Percent.parse("90"))
    assert off_delivery(ninety, before=five, policy=ORIGINAL) == (1500, {"courier": 1500, "locker": 500})
    assert off_delivery(ten, before=p.FreeDelivery()) == NOTHING


def test_an_amount_off_the_delivery() -> None:
    """Off each method, or across all of them, by price and no more than it costs."""
    fifteen = p.DeliveryAmount(amount=pln("15.00"))
    assert off_delivery(fifteen) == (1500, {"courier": 1500, "locker": 1000})
    assert off_delivery(attrs.evolve(fifteen, methods=["locker"])) == (0, {"locker": 1000})
    across = attrs.evolve(fifteen, across=True)
    assert off_delivery(across) == (1000, {"courier": 1000, "locker": 500})
    assert off_delivery(attrs.evolve(across, methods=["locker"])) == (0, {"locker": 1000})
    assert off_delivery(attrs.evolve(across, amount=pln("99.00"))) == (2000, {"courier": 2000, "locker": 1000})
    assert off_delivery(across, before=p.FreeDelivery()) == NOTHING
    assert off_delivery(across, before=p.FreeDelivery(methods=["courier"])) == (0, {"locker": 1000})
    coins = attrs.evolve(across, amount=pln("0.04"))
    assert off_delivery(coins, policy=LAST_LINE) == (3, {"courier": 3, "locker": 1})
    assert off_delivery(coins, policy=LAST_LINE_DOWN) == (2, {"courier": 2, "locker": 2})
    assert off_delivery(p.DeliveryAmount(amount=Money(1, "EUR"))) == p.OtherCurrency(currency="PLN")


def test_delivery_costs_a_price_or_nothing() -> None:
    """Where it cost more."""
    fifteen = p.DeliveryPrice(price=pln("15.00"))
    assert off_delivery(fifteen) == (500, {"courier": 500})
    assert off_delivery(attrs.evolve(fifteen, methods=["locker"])) == NOTHING
    assert off_delivery(fifteen, before=p.DeliveryAmount(amount=pln("2.00"))) == (300, {"courier": 300})
    assert off_delivery(p.DeliveryPrice(price=pln("20.00"))) == NOTHING
    assert off_delivery(p.DeliveryPrice(price=Money(1, "EUR"))) == p.OtherCurrency(currency="PLN")
    assert off_delivery(p.FreeDelivery()) == (2000, {"courier": 2000, "locker": 1000})
    assert off_delivery(p.FreeDelivery(methods=["locker"])) == (0, {"locker": 1000})
    free = (method("20.00", free_from="1.00"), method("10.00", code="locker"))
    assert off_delivery(p.FreeDelivery(), methods=free) == (0, {"locker": 1000})
    assert off_delivery(p.DeliveryPercent(percent=HALF), methods=free, policy=ORIGINAL) == (0, {"locker": 500})


def off_both(benefit: Any, **options: Any) -> object:
    """Off goods and deliveries, with a courier for 20.00 who is chosen unless said otherwise."""
    promotion = p.Promotion(id="it", benefit=benefit, target=options.pop("target", p.EVERYTHING))
    before = options.pop("before", None)
    first = () if before is None else (p.Promotion(id="before", benefit=before),)
    options = {
        "of": (A, B),
        "methods": (method("20.00"), method("9.00", code="locker")),
        "chosen": "courier",
        **options,
    }
    outcome = outcomes(*first, promotion, **options)[-1]
    if isinstance(outcome, p.NotApplied):
        (reason,) = outcome.reasons
        return reason
    return outcome.amount.minor, dict(outcome.lines), dict(outcome.delivery)


def test_one_amount_is_shared_by_goods_and_delivery() -> None:
    """By what is left of each; by goods alone where no delivery is chosen; by delivery alone where goods are free."""
    seven = p.OrderAndDelivery(amount=pln("7.00"))
    assert off_both(seven) == (700, {"a": 200, "b": 300}, {"courier": 200})
    assert off_both(seven, target=ONLY_A) == (700, {"a": 350}, {"courier": 350})
    assert off_both(seven, chosen=None) == (700, {"a": 280, "b": 420}, {})
    assert off_both(seven, of=(goods("a", "0.00"),)) == (700, {}, {"courier": 700})
    assert off_both(seven, before=p.FreeDelivery()) == (700, {"a": 280, "b": 420}, {})
    assert off_both(attrs.evolve(seven, amount=pln("999.00"))) == (7000, {"a": 2000, "b": 3000}, {"courier": 2000})
    assert off_both(attrs.evolve(seven, amount=Money(1, "EUR"))) == p.OtherCurrency(currency="PLN")
    assert off_both(seven, of=(goods("a", "0.00"),), chosen=None) == NOTHING
    floor = goods("a", "10.00", 2, floor="9.50")
    assert off_both(seven, of=(floor, B)) == (700, {"a": 100, "b": 360}, {"courier": 240})


def test_one_percentage_is_of_goods_and_delivery_together() -> None:
    """Of what is left of both, or of list prices; rounded once."""
    ten = p.OrderAndDelivery(percent=TEN)
    assert off_both(ten) == (700, {"a": 200, "b": 300}, {"courier": 200})
    assert off_both(ten, chosen=None) == (500, {"a": 200, "b": 300}, {})
    half = p.DeliveryPercent(percent=HALF)
    assert off_both(ten, before=half) == (600, {"a": 200, "b": 300}, {"courier": 100})
    assert off_both(ten, before=half, policy=ORIGINAL) == (700, {"a": 233, "b": 350}, {"courier": 117})
    assert off_both(ten, before=p.OrderPercent(percent=HALF)) == (450, {"a": 100, "b": 150}, {"courier": 200})
    coin = (goods("a", "0.04"),)
    assert off_both(ten, of=coin, chosen=None) == NOTHING
    assert off_both(ten, of=(goods("a", "0.05"),), chosen=None) == (1, {"a": 1}, {})


def test_goods_and_delivery_share_by_the_money_policy() -> None:
    """By price with VAT: 20.00 net for the courier weigh 24.60; and by its way to round."""
    net = (method("20.00", net=True),)
    lines = (goods("a", "24.60", vat=REDUCED),)
    two = p.OrderAndDelivery(amount=pln("2.00"))
    assert off_both(two, of=lines, methods=net, policy=GROSS) == (200, {"a": 100}, {"courier": 100})
    assert off_both(two, of=lines, methods=net) == (200, {"a": 110}, {"courier": 90})
    coins = p.OrderAndDelivery(amount=pln("0.05"))
    same = {"of": (goods("a", "20.00"), goods("b", "20.00"))}
    assert off_both(coins, **same, policy=LAST_LINE) == (5, {"a": 2, "b": 2}, {"courier": 1})
    assert off_both(coins, **same, policy=LAST_LINE_DOWN) == (5, {"a": 1, "b": 1}, {"courier": 3})


# The host's own


def test_a_rule_of_the_host_takes_what_it_says() -> None:
    """Off lines of the target, no more than these have to give; it sees what is left of every line."""
    seen: list[p.Offered] = []

    def rule(benefit: p.HostBenefit, offered: p.Offered) -> dict[str, int]:
        seen.append(offered)
        return {"b": 100, "a": 5000} if benefit.data == (("all", "yes"),) else {"b": 1, "a": 0}

    rules = {"host_benefits": {"own": rule}}
    assert off(p.HostBenefit("own", (("all", "yes"),)), A, B, C, **rules) == {"a": 2000, "b": 100}
    assert off(p.HostBenefit("own"), A, B, before=p.OrderAmount(amount=pln("5.00")), **rules) == {"b": 1}
    assert dict(seen[-1].left) == {"a": 1800, "b": 2700}
    assert [line.line for line in seen[-1].members] == ["a", "b"]


@pytest.mark.parametrize("given", [{"c": 1}, {"a": -1}, {"a": 1.0}, {"a": True}, {"x": 1}])
def test_a_rule_of_the_host_that_makes_no_sense_is_named(given: Any) -> None:
    """Lines out of the target, less than nothing, fractions."""
    benefit = p.HostBenefit("own")
    with pytest.raises(InvalidInputError) as refused:
        off(benefit, A, B, C, target=p.Target(skus=["SKU-a", "SKU-b"]), host_benefits={"own": lambda *_: given})
    assert str(refused.value) == (
        "host_benefits[own]: expected whole minor units of zero or more, by lines of the target"
    )


@pytest.mark.parametrize(
    ("text", "millionths"), [("17.5", 175_000), ("0.0001", 1), ("33.3333", 333_333), ("5.50000", 55_000)]
)
def test_a_percentage_is_read_to_a_ten_thousandth(text: str, millionths: int) -> None:
    """Zeros behind it say nothing; the text is the shortest one."""
    percent = p.Percent.parse(text)
    assert percent == p.Percent(millionths)
    assert p.Percent.parse(percent.text) == percent
