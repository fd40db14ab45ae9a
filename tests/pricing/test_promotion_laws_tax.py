"""Laws of tax on what promotions leave: one rounding, of the remainder, and parts that sum to it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import pricing as p
from orderflow.money import Money

from .promotion_strategies import RATES, Shop, charges, fewer, shops

Key = tuple[p.VatRate, bool]


def nearest(exact: Fraction, rounding: p.Rounding) -> int:
    """A number of zero or more as a whole one, as schools teach it."""
    below, above = floor(exact), ceil(exact)
    match rounding:
        case p.Rounding.HALF_UP:
            return above if exact - below >= Fraction(1, 2) else below
        case p.Rounding.HALF_DOWN:
            return above if exact - below > Fraction(1, 2) else below
        case p.Rounding.HALF_EVEN:
            return round(exact)
        case p.Rounding.DOWN:
            return below


def tax_of(amount: int, key: Key, policy: p.MoneyPolicy) -> int:
    """The tax in a gross price or on a net one, with the tax or the net amount rounded."""
    rate = Fraction(key[0].basis_points, 10_000)
    if not key[1]:
        return nearest(amount * rate, policy.vat_rounding)
    if policy.tax_target is p.TaxTarget.NET:
        return amount - nearest(amount / (1 + rate), policy.vat_rounding)
    return nearest(amount * rate / (1 + rate), policy.vat_rounding)


def left_of(lines: Iterable[p.QuotedLine]) -> dict[Key, list[tuple[int, p.QuotedLine]]]:
    """What promotions left of each line, in terms of its price, by what is taxed together."""
    found: dict[Key, list[tuple[int, p.QuotedLine]]] = {}
    for line in lines:
        left = line.unit_price.minor * line.quantity - line.share.discount
        found.setdefault((line.vat, line.price_includes_vat), []).append((left, line))
    return found


by_default = shops(policy=st.just(p.DEFAULT_POLICY))


def scoped(scope: p.TaxScope) -> st.SearchStrategy[Shop]:
    return shops(
        policy=st.builds(
            p.MoneyPolicy,
            tax_scope=st.just(scope),
            tax_target=st.sampled_from(p.TaxTarget),
            vat_rounding=st.sampled_from(p.Rounding),
            rounding=st.sampled_from(p.Rounding),
        )
    )


@given(by_default)
@fewer
def test_net_and_tax_are_gross_in_each_group_and_the_tax_is_right_to_half_a_coin(shop: Shop) -> None:
    """With gross and net prices, zero and exempt goods and a delivery in one order."""
    for group in shop.price().vat:
        assert group.net + group.vat == group.gross
        rate = Fraction(group.rate.basis_points, 10_000)
        exact = group.gross.minor * rate / (1 + rate) if group.price_includes_vat else group.net.minor * rate
        assert abs(group.vat.minor - exact) <= Fraction(1, 2)


@given(by_default)
@fewer
def test_rates_of_zero_bear_no_tax_and_stay_apart(shop: Shop) -> None:
    """Zero-rated and exempt are two groups, and both state nothing."""
    quote = shop.price()
    assert all(not group.vat.minor for group in quote.vat if not group.rate.basis_points)
    keys = [(group.rate, group.price_includes_vat) for group in quote.vat]
    assert len(keys) == len(set(keys))
    wanted = {(line.vat, line.price_includes_vat) for line in quote.lines}
    assert set(keys) == wanted | {charge.key for charge in charges(quote)}


@given(shops())
@fewer
def test_tax_never_changes_a_price_that_includes_it(shop: Shop) -> None:
    """List price less discount is what the customer sees, under every policy."""
    for line in shop.price().lines:
        if line.price_includes_vat:
            assert line.share.gross == line.unit_price.minor * line.quantity - line.share.discount


@given(by_default)
@fewer
def test_tax_is_taken_from_what_is_left_and_not_as_a_difference_of_taxes(shop: Shop) -> None:
    """The goods' tax of a rate is the rounded tax of their remainder, however many discounts led to it."""
    for key, members in left_of(shop.delivered(None).price().lines).items():
        assert sum(line.share.vat for _, line in members) == tax_of(sum(left for left, _ in members), key, shop.policy)


@given(shops())
@fewer
def test_the_tax_of_lines_and_delivery_is_the_tax_of_the_order(shop: Shop) -> None:
    """Under every policy; and group by group, where the delivery bears its own rate."""
    quote = shop.price()
    borne = sum(line.share.vat for line in quote.lines) + sum(charge.vat for charge in charges(quote))
    assert borne == quote.vat_total.minor == sum(group.vat.minor for group in quote.vat)
    if shop.policy.delivery_tax is p.DeliveryTax.OWN:
        for group in quote.vat:
            key = (group.rate, group.price_includes_vat)
            parts = [line.share.vat for line in quote.lines if (line.vat, line.price_includes_vat) == key]
            parts += [charge.vat for charge in charges(quote) if charge.key == key]
            assert sum(parts) == group.vat.minor


@given(scoped(p.TaxScope.RATE_GROUP))
@fewer
def test_by_rate_there_is_one_rounding_for_each_group(shop: Shop) -> None:
    """Of goods, delivery and fee together, in the declared way, of tax or of net."""
    quote = shop.price()
    sums = {key: sum(left for left, _ in members) for key, members in left_of(quote.lines).items()}
    for charge in charges(quote):
        sums[charge.key] = sums.get(charge.key, 0) + charge.left
    found = {(group.rate, group.price_includes_vat): group.vat.minor for group in quote.vat}
    assert found == {key: tax_of(amount, key, shop.policy) for key, amount in sums.items()}


@given(scoped(p.TaxScope.LINE))
@fewer
def test_by_line_there_is_one_rounding_for_each_line(shop: Shop) -> None:
    """And one each for the delivery and the fee."""
    quote = shop.price()
    for key, members in left_of(quote.lines).items():
        assert all(line.share.vat == tax_of(left, key, shop.policy) for left, line in members)
    for charge in charges(quote):
        assert charge.vat == tax_of(charge.left, charge.key, shop.policy)


@given(scoped(p.TaxScope.UNIT))
@fewer
def test_by_unit_there_is_one_rounding_for_each_unit(shop: Shop) -> None:
    """The line's first units carry the coins that do not divide."""
    for key, members in left_of(shop.price().lines).items():
        for left, line in members:
            each, dearer = divmod(left, line.quantity)
            first, others = tax_of(each + 1, key, shop.policy), tax_of(each, key, shop.policy)
            assert line.share.vat == dearer * first + (line.quantity - dearer) * others


@given(scoped(p.TaxScope.ORDER))
@fewer
def test_by_order_there_is_one_rounding_for_all_gross_and_one_for_all_net_prices(shop: Shop) -> None:
    """Never more than a coin away from the exact tax of each."""
    quote = shop.delivered(None).without_fees().price()
    for includes in (True, False):
        exact = Fraction(0)
        for (rate, included), members in left_of(quote.lines).items():
            if included is includes:
                part = Fraction(rate.basis_points, 10_000)
                exact += sum(left for left, _ in members) * (part / (1 + part) if includes else part)
        found = sum(group.vat.minor for group in quote.vat if group.price_includes_vat is includes)
        assert abs(found - exact) < 1


@pytest.mark.parametrize("stacking", tuple(p.Stacking))
def test_an_order_of_everything_at_once_keeps_every_group_right(stacking: p.Stacking) -> None:
    """Gross and net lines at five rates, a third off, and a delivery at a reduced net price."""
    lines = [
        p.BasketLine(
            line=f"{place}{included}",
            sku="a",
            quantity=3,
            unit_price=Money(999 + place, "PLN"),
            vat=rate,
            price_includes_vat=included,
        )
        for place, rate in enumerate(RATES)
        for included in (True, False)
    ]
    method = p.DeliveryMethod(
        code="courier",
        kind=p.DeliveryKind.COURIER,
        price=Money(1499, "PLN"),
        vat=RATES[1],
        price_includes_vat=False,
    )
    third = p.Promotion(id="third", benefit=p.OrderPercent(percent=p.Percent(333_333)))
    less = p.Promotion(id="less", benefit=p.DeliveryAmount(amount=Money(500, "PLN")), priority=-1, lane=1)
    basket = p.Basket(currency="PLN", lines=lines, delivery_method="courier", country="PL")
    quote = p.quote(basket, p.Tariff([method]), p.Promotions([third, less], stacking))
    assert isinstance(quote, p.Quote)
    assert len(quote.vat) == 10
    for group in quote.vat:
        key = (group.rate, group.price_includes_vat)
        amount = group.gross if group.price_includes_vat else group.net
        assert group.vat.minor == tax_of(amount.minor, key, p.DEFAULT_POLICY)
        assert group.net + group.vat == group.gross
