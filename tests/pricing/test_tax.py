"""VAT by policy: what is rounded, for what, and who bears it."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import floor
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow.pricing import Share, VatRate, even_ledger
from orderflow.pricing._policy import DeliveryTax, MoneyPolicy, Rounding, TaxScope, TaxTarget
from orderflow.pricing._shares import share_capped
from orderflow.pricing._tax import ChargePart, Key, Taxes, group_sums, tax_charge, tax_goods, vat_of

from .baskets import EXEMPT, REDUCED, STANDARD, ZERO, amounts, quantities, rates
from .cases import CASES, FILE, minor, policy_of, right_answer

HALF = Fraction(1, 2)
NEAREST = (Rounding.HALF_UP, Rounding.HALF_EVEN, Rounding.HALF_DOWN)

keys = st.tuples(rates, st.booleans())
lines = st.lists(st.tuples(amounts, quantities, keys), min_size=1, max_size=8)
policies = st.builds(
    MoneyPolicy,
    tax_scope=st.sampled_from(TaxScope),
    tax_target=st.sampled_from(TaxTarget),
    vat_rounding=st.sampled_from(Rounding),
    delivery_tax=st.sampled_from(DeliveryTax),
)
deliveries = st.tuples(amounts, keys)

Line = tuple[int, int, Key]


def taxed(asked: list[Line], policy: MoneyPolicy) -> Taxes:
    return tax_goods(*([line[field] for line in asked] for field in range(3)), policy)


def exact(amount: int, key: Key) -> Fraction:
    rate = Fraction(key[0].basis_points, 10_000)
    return amount * rate / (1 + rate) if key[1] else amount * rate


# One amount


@given(amounts, keys)
def test_the_default_is_what_every_document_states(amount: int, key: Key) -> None:
    """VAT itself, halves up."""
    assert vat_of(amount, key) == floor(exact(amount, key) + Fraction(1, 2))


@given(amounts, keys, st.sampled_from(NEAREST))
def test_the_rounded_part_is_the_nearest(amount: int, key: Key, rounding: Rounding) -> None:
    """VAT or net: either is then at most half a coin off, because they sum to the price."""
    for target in TaxTarget:
        vat = vat_of(amount, key, MoneyPolicy(tax_target=target, vat_rounding=rounding))
        assert abs(vat - exact(amount, key)) <= HALF


def test_a_half_goes_to_what_is_rounded() -> None:
    """15.63 at 20 % are exactly 13.025 and 2.605."""
    key = (VatRate(2000), True)
    assert vat_of(1563, key, MoneyPolicy(tax_target=TaxTarget.TAX)) == 261
    assert vat_of(1563, key, MoneyPolicy(tax_target=TaxTarget.NET)) == 260
    assert vat_of(1563, key, MoneyPolicy(tax_target=TaxTarget.NET, vat_rounding=Rounding.HALF_DOWN)) == 261


@given(amounts, rates, policies)
def test_net_prices_have_nothing_but_vat_to_round(amount: int, rate: VatRate, policy: MoneyPolicy) -> None:
    """The target makes no difference there."""
    other = attrs.evolve(policy, tax_target=TaxTarget.NET)
    assert vat_of(amount, (rate, False), policy) == vat_of(amount, (rate, False), other)


# Goods


def test_the_methods_differ_by_a_coin() -> None:
    """Three units of 19.99 gross in one line, and two net lines of 3.24, at 23 %."""
    gross, net = [(5997, 3, (STANDARD, True))], [(324, 1, (STANDARD, False))] * 2
    found = {
        scope: tuple(sum(taxed(asked, MoneyPolicy(tax_scope=scope)).vat) for asked in (gross, net))
        for scope in TaxScope
    }
    assert found == {
        TaxScope.RATE_GROUP: (1121, 149),
        TaxScope.LINE: (1121, 150),
        TaxScope.UNIT: (1122, 150),
        TaxScope.ORDER: (1121, 149),
    }


def test_an_order_is_rounded_once_for_all_rates() -> None:
    """0.115 and 0.04 and 0.025 come to 0.18, though each rate by itself comes to a coin more together."""
    asked = [(50, 1, (STANDARD, False)), (50, 1, (REDUCED, False)), (50, 1, (VatRate(500), False))]
    assert sum(taxed(asked, MoneyPolicy()).vat) == 12 + 4 + 3
    order = taxed(asked, MoneyPolicy(tax_scope=TaxScope.ORDER))
    assert sum(order.vat) == 18
    assert order.vat == (12, 4, 2)


@given(lines, policies)
def test_lines_add_up_to_their_groups(asked: list[Line], policy: MoneyPolicy) -> None:
    """Net and VAT make the gross price of every line; the price as listed never moves; no part is negative."""
    found = taxed(asked, policy)
    sums: Counter[Key] = Counter()
    vat_sums: Counter[Key] = Counter()
    for (amount, _, key), gross, vat in zip(asked, found.gross, found.vat, strict=True):
        assert gross == (amount if key[1] else amount + vat)
        assert 0 <= vat <= gross
        assert vat == 0 or (amount and key[0].basis_points)
        sums[key] += amount
        vat_sums[key] += vat
    assert found.sums == dict(sums)
    assert found.vat_sums == dict(vat_sums)


@given(lines, policies)
def test_vat_is_as_exact_as_its_scope_promises(asked: list[Line], policy: MoneyPolicy) -> None:
    """At most half a coin for each rounding (a whole one when rounding down)."""
    found = taxed(asked, policy)
    each = HALF if policy.vat_rounding in NEAREST else Fraction(1)
    off = {key: abs(found.vat_sums[key] - exact(amount, key)) for key, amount in found.sums.items()}
    match policy.tax_scope:
        case TaxScope.RATE_GROUP:
            assert all(error <= each for error in off.values())
        case TaxScope.LINE:
            assert all(
                abs(vat - exact(amount, key)) <= each for vat, (amount, _, key) in zip(found.vat, asked, strict=True)
            )
        case TaxScope.UNIT:
            assert all(
                abs(vat - exact(amount, key)) <= each * quantity
                for vat, (amount, quantity, key) in zip(found.vat, asked, strict=True)
            )
        case TaxScope.ORDER:
            for includes_vat in (True, False):
                of_kind = [key for key in found.sums if key[1] is includes_vat]
                whole = sum(exact(found.sums[key], key) for key in of_kind)
                assert abs(sum(found.vat_sums[key] for key in of_kind) - whole) <= each
            assert all(error < 1 + each for error in off.values())


@given(lines)
def test_a_line_bears_its_share_of_the_groups_vat(asked: list[Line]) -> None:
    """Within a coin of its exact part of what was rounded."""
    found = taxed(asked, MoneyPolicy())
    for (amount, _, key), vat in zip(asked, found.vat, strict=True):
        if found.sums[key]:
            assert abs(vat - Fraction(found.vat_sums[key] * amount, found.sums[key])) < 1


@given(lines, policies, st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_group(asked: list[Line], policy: MoneyPolicy, chance: st.DataObject) -> None:
    """What a document states does not depend on what was put into the basket first."""
    other = list(asked)
    chance.shuffle(other)
    one, two = taxed(asked, policy), taxed(other, policy)
    assert group_sums(one) == group_sums(two)
    assert list(group_sums(one)) == list(group_sums(two))


@given(lines, policies)
def test_splitting_a_line_into_units_changes_no_group(asked: list[Line], policy: MoneyPolicy) -> None:
    """Unless lines are what is rounded, which is what that choice means."""
    asked = [(amount, quantity % 20 + 1, key) for amount, quantity, key in asked]
    units = []
    for amount, quantity, key in asked:
        each, dearer = divmod(amount, quantity)
        units += [(each + (unit < dearer), 1, key) for unit in range(quantity)]
    if policy.tax_scope is TaxScope.LINE:
        asked, policy = units, attrs.evolve(policy, tax_scope=TaxScope.UNIT)
    assert group_sums(taxed(units, policy)) == group_sums(taxed(asked, policy))


@given(st.integers(0, 10_000), st.integers(1, 40), rates, policies)
def test_vat_by_the_unit_is_what_the_ledgers_units_bear(
    gross: int, quantity: int, rate: VatRate, policy: MoneyPolicy
) -> None:
    """The first units of a gross price carry the odd coins both ways."""
    vat = taxed([(gross, quantity, (rate, True))], attrs.evolve(policy, tax_scope=TaxScope.UNIT)).vat[0]
    for run in even_ledger("1", quantity, Share(gross, gross - vat, vat)).runs:
        assert run.share.vat == vat_of(run.share.gross, (rate, True), policy)


# Delivery


@given(lines, deliveries, policies)
def test_delivery_is_split_to_the_last_coin_and_bears_no_more_than_its_price(
    asked: list[Line], delivery: tuple[int, Key], policy: MoneyPolicy
) -> None:
    """In terms of its own price, whatever the goods' prices include."""
    amount, key = delivery
    parts = tax_charge(amount, key, taxed(asked, policy), policy)
    assert sum(part.amount for part in parts) == amount
    assert all(part.key[1] is key[1] for part in parts)
    assert all(0 <= part.vat <= (part.amount if key[1] else part.vat) for part in parts)
    assert len({part.key for part in parts}) == len(parts)
    if policy.delivery_tax is DeliveryTax.OWN:
        assert [part.key for part in parts] == [key]


@given(lines, deliveries, policies.filter(lambda policy: policy.delivery_tax is not DeliveryTax.AVERAGE))
def test_a_group_with_its_delivery_is_rounded_once(
    asked: list[Line], delivery: tuple[int, Key], policy: MoneyPolicy
) -> None:
    """Per rate; and where lines are rounded, delivery is one more."""
    goods = taxed(asked, policy)
    parts = tax_charge(*delivery, goods, policy)
    groups = group_sums(goods, parts)
    assert sum(vat for _, vat in groups.values()) == sum(goods.vat) + sum(part.vat for part in parts)
    match policy.tax_scope:
        case TaxScope.RATE_GROUP:
            assert all(vat == vat_of(amount, key, policy) for key, (amount, vat) in groups.items())
        case TaxScope.LINE | TaxScope.UNIT:
            assert all(part.vat == vat_of(part.amount, part.key, policy) for part in parts)
        case TaxScope.ORDER:
            each = HALF if policy.vat_rounding in NEAREST else Fraction(1)
            for includes_vat in (True, False):
                of_kind = {key: found for key, found in groups.items() if key[1] is includes_vat}
                whole = sum(exact(amount, key) for key, (amount, _) in of_kind.items())
                assert abs(sum(vat for _, vat in of_kind.values()) - whole) <= each


def test_delivery_like_goods_follows_their_value() -> None:
    """15.00 over 60.00 at 23 % and 40.00 at 8 %: 9.00 and 6.00; whatever is free or of no price takes no part."""
    policy = MoneyPolicy(delivery_tax=DeliveryTax.LIKE_GOODS)
    goods = taxed([(4000, 1, (REDUCED, True)), (6000, 2, (STANDARD, True)), (0, 1, (ZERO, True))], policy)
    assert tax_charge(1500, (ZERO, True), goods, policy) == (
        ChargePart((STANDARD, True), 900, 168),
        ChargePart((REDUCED, True), 600, 45),
    )
    assert tax_charge(0, (ZERO, True), goods, policy) == ()


def test_delivery_at_the_average_rate_is_rounded_by_itself() -> None:
    """14.99 like 60.00 at 5 % and 20.00 at 23 % contain 1.2363; rounded with each rate it is a coin less."""
    goods = taxed([(6000, 1, (VatRate(500), True)), (2000, 1, (STANDARD, True))], MoneyPolicy())
    found = {
        rule: [
            (part.amount, part.vat) for part in tax_charge(1499, (ZERO, True), goods, MoneyPolicy(delivery_tax=rule))
        ]
        for rule in (DeliveryTax.LIKE_GOODS, DeliveryTax.AVERAGE)
    }
    assert found == {
        DeliveryTax.LIKE_GOODS: [(375, 70), (1124, 53)],
        DeliveryTax.AVERAGE: [(375, 70), (1124, 54)],
    }


@given(lines, deliveries, policies.filter(lambda policy: policy.vat_rounding in NEAREST))
def test_the_average_rate_is_that_of_all_goods_together(
    asked: list[Line], delivery: tuple[int, Key], policy: MoneyPolicy
) -> None:
    """Half a coin off at most; of goods at one rate it is that rate, and rounded like it."""
    amount, (_, includes_vat) = delivery
    policy = attrs.evolve(policy, delivery_tax=DeliveryTax.AVERAGE)
    goods = taxed(asked, policy)
    parts = tax_charge(*delivery, goods, policy)
    if len({rate for value, _, (rate, _) in asked if value}) < 2:
        assert parts == tax_charge(*delivery, goods, attrs.evolve(policy, delivery_tax=DeliveryTax.LIKE_GOODS))
        return
    vat = sum(exact(value, key) for value, _, key in asked)
    net = sum(value - exact(value, key) * key[1] for value, _, key in asked)
    if any(part.key[0].basis_points for part in parts):
        assert abs(sum(part.vat for part in parts) - amount * vat / (net + vat * includes_vat)) <= HALF


def test_a_gross_delivery_price_goes_by_gross_values_and_a_net_one_by_net() -> None:
    """Goods of 100.00 net at 23 % and 108.00 gross at 8 % are 123 to 108 gross, and 100 to 100 net."""
    policy = MoneyPolicy(delivery_tax=DeliveryTax.LIKE_GOODS)
    goods = taxed([(10_000, 1, (STANDARD, False)), (10_800, 1, (REDUCED, True))], policy)
    gross, net = (tax_charge(2310, (ZERO, includes_vat), goods, policy) for includes_vat in (True, False))
    assert [part.amount for part in gross] == [1230, 1080]
    assert [part.amount for part in net] == [1155, 1155]


def test_goods_of_one_rate_with_and_without_vat_in_the_price_count_together() -> None:
    """123.00 gross and 100.00 net at 23 % are 246.00 beside 54.00 at 8 %; 30.00 go by these."""
    policy = MoneyPolicy(delivery_tax=DeliveryTax.LIKE_GOODS)
    goods = taxed([(12_300, 1, (STANDARD, True)), (10_000, 1, (STANDARD, False)), (5_400, 1, (REDUCED, True))], policy)
    assert [part.amount for part in tax_charge(3_000, (ZERO, True), goods, policy)] == [2_460, 540]


def test_a_fee_adds_to_the_vat_of_a_group_what_the_delivery_has_left() -> None:
    """Three times 0.02 at 23 % contain 0.0112 together: one coin, which the delivery bears already."""
    goods = taxed([(2, 1, (STANDARD, True))], MoneyPolicy())
    delivery = tax_charge(2, (STANDARD, True), goods)
    fee = tax_charge(2, (STANDARD, True), goods, earlier=delivery)
    assert [goods.vat_sums, delivery[0].vat, fee[0].vat] == [{(STANDARD, True): 0}, 1, 0]


def test_delivery_of_free_goods_has_its_own_rate() -> None:
    """There is no proportion to follow."""
    policy = MoneyPolicy(delivery_tax=DeliveryTax.LIKE_GOODS)
    goods = taxed([(0, 1, (REDUCED, True))], policy)
    assert tax_charge(1230, (STANDARD, True), goods, policy) == (ChargePart((STANDARD, True), 1230, 230),)


def test_delivery_without_vat_adds_none_to_an_order() -> None:
    """Even where adding a coin moves an exact half to the other even neighbour."""
    policy = MoneyPolicy(tax_scope=TaxScope.ORDER, tax_target=TaxTarget.NET, vat_rounding=Rounding.HALF_EVEN)
    goods = taxed([(1, 1, (VatRate(10_000), True))], policy)
    assert goods.vat == (1,)
    assert [part.vat for part in tax_charge(1, (EXEMPT, True), goods, policy)] == [0]


def test_groups_are_stated_highest_rate_first() -> None:
    """Gross and net prices of one rate stay apart, the net ones first."""
    goods = taxed([(100, 1, (ZERO, True)), (123, 1, (STANDARD, True)), (100, 1, (EXEMPT, True))], MoneyPolicy())
    delivery = tax_charge(100, (STANDARD, False), goods)
    assert list(group_sums(goods, delivery).items()) == [
        ((STANDARD, False), (100, 23)),
        ((STANDARD, True), (123, 23)),
        ((EXEMPT, True), (100, 0)),
        ((ZERO, True), (100, 0)),
    ]


# Worked examples

needs_cases = pytest.mark.skipif(not FILE.is_file(), reason="the worked examples are not here")
OUTCOMES = {"total", "tax_added", "tax_included", "tax_total", "net_total", "tax_by_rate"}
TAX_CASES = [
    case
    for case in CASES
    if any("tax_rate" in line for line in case["lines"])
    and all(promotion.keys() <= {"kind", "amount", "id"} for promotion in case["promotions"])
    and {promotion["kind"] for promotion in case["promotions"]} <= {"order_fixed"}
    and OUTCOMES & right_answer(case).keys()
    and all(Fraction(line["unit_price"]) >= 0 for line in case["lines"])
    and "gift_card" not in case
]


def outcome(case: dict[str, Any], policy: MoneyPolicy) -> dict[str, object]:
    """What the case asks for, of goods with amounts off the order and of delivery, in minor units."""

    def key(row: dict[str, Any]) -> Key:
        return VatRate.parse(row.get("tax_rate", "0")), row.get("price_includes_tax", True)

    currency = case["currency"]
    left = [minor(line["unit_price"], currency) * line["quantity"] for line in case["lines"]]
    for promotion in case["promotions"]:
        amount = minor(promotion["amount"], currency)
        off = share_capped(amount, left, left, policy.allocation, policy.rounding)
        left = [amount - part for amount, part in zip(left, off, strict=True)]
    goods = tax_goods(left, [line["quantity"] for line in case["lines"]], [key(line) for line in case["lines"]], policy)
    parts = [
        part
        for method in case.get("shipping", ())
        for part in tax_charge(minor(method["price"], currency), key(method), goods, policy)
    ]
    groups = group_sums(goods, parts)
    added = sum(vat for (_, includes_vat), (_, vat) in groups.items() if not includes_vat)
    included = sum(vat for (_, includes_vat), (_, vat) in groups.items() if includes_vat)
    listed = sum(amount for amount, _ in groups.values())
    return {
        "total": listed + added,
        "tax_added": added,
        "tax_included": included,
        "tax_total": added + included,
        "net_total": listed - included,
        "tax_by_rate": {rate.percent: vat for (rate, _), (_, vat) in groups.items()},
    }


def expected(case: dict[str, Any]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in OUTCOMES & right_answer(case).keys():
        value = right_answer(case)[name]
        if name == "tax_by_rate":
            by_rate = value.items()
            found[name] = {VatRate.parse(rate).percent: minor(text, case["currency"]) for rate, text in by_rate}
        else:
            found[name] = minor(value, case["currency"])
    return found


@needs_cases
@pytest.mark.parametrize("case", TAX_CASES, ids=lambda case: case["id"])
def test_worked_examples_of_tax(case: dict[str, Any]) -> None:
    """The policy that is said to give the numbers gives them."""
    found = outcome(case, policy_of(case))
    assert {name: found[name] for name in expected(case)} == expected(case)


@needs_cases
@pytest.mark.parametrize(
    "case", [case for case in TAX_CASES if "tax_by_rate" not in right_answer(case)], ids=lambda case: case["id"]
)
def test_scopes_and_roundings_differ_where_the_examples_say_so(case: dict[str, Any]) -> None:
    """And only there; VAT by rate is not asked, being whole coins here even when an order is rounded as one."""
    policy, sensitive, wanted = policy_of(case), case.get("sensitive_to", {}), expected(case)

    def agrees(**choice: Any) -> bool:
        found = outcome(case, attrs.evolve(policy, **choice))
        return all(found[name] == value for name, value in wanted.items())

    assert {scope for scope in TaxScope if not agrees(tax_scope=scope)} == set(sensitive.get("tax_scope", ()))
    roundings = {rounding for rounding in Rounding if not agrees(rounding=rounding, vat_rounding=rounding)}
    assert roundings == set(sensitive.get("rounding", ()))
