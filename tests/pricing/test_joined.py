"""Two quotes as one: sums hold, and nobody's price moves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orderflow import Money, pricing
from orderflow.pricing import LARGEST_TOTAL, Basket, Quote, Tariff, joined, not_joined

from .baskets import delivered_baskets, line, method, priced

MUGS = line("19.99", 2, id="mug")
CUP = line("17.49", id="cup")


def _quoted(asked: tuple[Basket, Tariff]) -> Quote | None:
    quote = pricing.quote(*asked)
    return quote if isinstance(quote, Quote) else None


def _goods_only(quote: Quote, prefix: str) -> Quote:
    """The same goods under other names, with no delivery."""
    lines = tuple(
        pricing.BasketLine(
            line=f"{prefix}{number}",
            sku=each.sku,
            quantity=each.quantity,
            unit_price=each.unit_price,
            vat=each.vat,
            price_includes_vat=each.price_includes_vat,
        )
        for number, each in enumerate(quote.lines)
    )
    found = pricing.quote(Basket(currency=quote.currency, lines=lines, country="PL"), Tariff(), policy=quote.policy)
    assert isinstance(found, Quote)
    return found


@given(delivered_baskets().map(_quoted).filter(bool), delivered_baskets().map(_quoted).filter(bool))
def test_sums_hold_and_every_unit_costs_what_it_did(quote: Quote, other: Quote) -> None:
    """The total is that of both, the groups of VAT sum to it, and each line's ledger is what it was."""
    added = _goods_only(other, "added-")
    if any(type(reason) is not pricing.TotalTooLarge for reason in not_joined(quote, added)):
        assert other.currency != quote.currency
        return
    both = joined(quote, added)
    assert both.total == quote.total + added.total
    assert both.vat_total == quote.vat_total + added.vat_total
    assert sum(group.vat.minor for group in both.vat) == both.vat_total.minor
    assert both.total == both.goods + both.delivery_price + both.payment_fee + both.deposit
    assert both.ledger.lines == (*quote.ledger.lines, *added.ledger.lines)
    assert len({(group.rate, group.price_includes_vat) for group in both.vat}) == len(both.vat)


def test_what_is_added_is_not_priced_with_the_rest() -> None:
    """The delivery stays what it was, whatever its price depends on."""
    courier = method("14.99")
    both = joined(priced(MUGS, delivery=courier), priced(CUP))
    assert (both.delivery_price, both.total) == (Money(1499, "PLN"), Money(1499 + 2 * 1999 + 1749, "PLN"))


def test_lines_of_one_name_are_not_put_side_by_side() -> None:
    """A name says which line is meant."""
    assert not_joined(priced(MUGS), priced(MUGS)) == (pricing.DuplicateLine(line="mug"),)


def test_currencies_are_not_mixed() -> None:
    """Nor is anything else said then."""
    euros = priced(line("1.00", id="mug", currency="EUR"), currency="EUR")
    assert not_joined(priced(MUGS), euros) == (pricing.MixedCurrencies(currency="PLN", found=("EUR",)),)


def test_an_order_does_not_grow_beyond_what_one_may_cost() -> None:
    """Two that are allowed may be too much together."""
    most = Money(LARGEST_TOTAL, "PLN")
    one = priced(line(most.text, id="a"))
    assert not_joined(one, priced(CUP)) == (pricing.TotalTooLarge(limit=most),)


def test_an_order_does_not_get_more_lines_than_one_may_have() -> None:
    """A thousand are the most."""
    many = priced(*(line("1.00", id=f"l{number}") for number in range(pricing.MOST_LINES)))
    assert not_joined(many, priced(CUP)) == (pricing.TooManyLines(lines=1001, allowed=1000),)


@given(st.integers(1, 100_000), st.integers(1, 30), st.data())
def test_the_units_that_leave_first_are_never_dearer_than_those_that_leave_later(
    gross: int, quantity: int, data: st.DataObject
) -> None:
    """So what was said of a difference in price can only become better while an offer is open."""
    ledger = pricing.even_ledger("a", quantity, pricing.Share(gross, gross, 0))
    units = data.draw(st.integers(1, quantity))
    credits_ = [ledger.take(left, units).credit for left in range(quantity - units + 1)]
    assert credits_ == sorted(credits_)
