"""Which country's VAT goods sent to a consumer bear."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import law
from orderflow.errors import CurrencyMismatchError, InvalidInputError
from orderflow.law import PlaceReason
from orderflow.money import Money, round_half_up

DAY = date(2026, 11, 22)


def eur(text: str) -> Money:
    return Money.parse(text, "EUR")


def place(**changed: Any) -> law.PlaceOfSupply:
    """A small Polish seller sends goods to Germany, but for what is *changed*."""
    supply: dict[str, Any] = {
        "seller": "PL", "ship_from": "PL", "ship_to": "DE", "net": eur("100.00"), "net_this_year": eur("0"),
        "net_last_year": eur("0"), "day": DAY,
    }  # fmt: skip
    return law.place_of_supply(**supply | changed)


@pytest.mark.parametrize(
    ("so_far", "country", "reason", "gross"),
    [
        ("9940.00", "DE", PlaceReason.LIMIT_EXCEEDED, "119.00"),  # this supply crosses
        ("9900.01", "DE", PlaceReason.LIMIT_EXCEEDED, "119.00"),
        ("9900.00", "PL", PlaceReason.BELOW_LIMIT, "123.00"),  # exactly 10,000 is not above
        ("12000.00", "DE", PlaceReason.LIMIT_EXCEEDED, "119.00"),
    ],
)
def test_the_supply_that_crosses_the_limit_is_taxed_at_its_destination(
    so_far: str, country: str, reason: PlaceReason, gross: str
) -> None:
    """9,940 EUR so far and 100 net more: 119.00 with German VAT instead of 123.00 with Polish."""
    found = place(net_this_year=eur(so_far))
    assert (found.country, found.reason) == (country, reason)
    rate = law.vat_rate(found.country, "standard", DAY)
    assert rate is not None
    assert Money(10_000 + round_half_up(10_000 * rate.basis_points, 10_000), "EUR") == eur(gross)


@pytest.mark.parametrize(
    ("changed", "country", "reason"),
    [
        ({"ship_to": "PL"}, "PL", PlaceReason.DOMESTIC),
        ({"ship_from": "DE"}, "DE", PlaceReason.DOMESTIC),  # stock there, customer there
        ({"ship_to": "CH"}, "PL", PlaceReason.EXPORT),
        ({"ship_to": "GB", "opted_in": True}, "PL", PlaceReason.EXPORT),
        ({"ship_from": "CZ"}, "DE", PlaceReason.STOCK_ABROAD),
        ({"ship_from": "DE", "ship_to": "PL"}, "PL", PlaceReason.STOCK_ABROAD),
        ({"opted_in": True}, "DE", PlaceReason.OPTED_IN),
        ({"established_abroad": True}, "DE", PlaceReason.ESTABLISHED_ABROAD),
        ({"net_last_year": eur("10000.00")}, "PL", PlaceReason.BELOW_LIMIT),
        ({"net_last_year": eur("10000.01")}, "DE", PlaceReason.LIMIT_EXCEEDED_LAST_YEAR),
        ({"net_last_year": eur("10000.01"), "ship_to": "PL"}, "PL", PlaceReason.DOMESTIC),
    ],
)
def test_where_a_supply_is_taxed_and_why(changed: dict[str, Any], country: str, reason: PlaceReason) -> None:
    """Only a small seller's goods sent from home are taxed at home."""
    assert place(**changed) == law.PlaceOfSupply(country=country, reason=reason)


def test_polish_books_have_a_limit_of_their_own() -> None:
    """42,000 PLN, by the Polish act."""
    amounts = {"net_this_year": Money.parse("41900.00", "PLN"), "net_last_year": Money.zero("PLN")}
    assert place(**amounts, net=Money.parse("100.00", "PLN")).reason is PlaceReason.BELOW_LIMIT
    assert place(**amounts, net=Money.parse("100.01", "PLN")).reason is PlaceReason.LIMIT_EXCEEDED


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("ship_from", {"ship_from": "CN"}),
        ("ship_to", {"ship_to": "Germany"}),
        ("seller", {"seller": ""}),
        ("net", {"net": eur("-1.00")}),
        ("net_this_year", {"net_this_year": eur("-0.01")}),
        ("net_last_year", {"net_last_year": eur("-0.01")}),
        ("net", {"day": date(2021, 6, 30)}),
        ("net", {"net": Money.parse("100.00", "SEK")}),
    ],
)
def test_what_is_not_covered_is_refused(path: str, changed: dict[str, Any]) -> None:
    """Imports, wrong codes, amounts below zero, days and currencies without a limit."""
    with pytest.raises(InvalidInputError) as refused:
        place(**changed)
    assert refused.value.path == path


def test_amounts_of_two_currencies_are_refused() -> None:
    """Nothing is converted in silence."""
    with pytest.raises(CurrencyMismatchError):
        place(net_last_year=Money.parse("1.00", "PLN"))


cents = st.integers(0, 2_000_000).map(lambda minor: Money(minor, "EUR"))


@given(cents, cents, cents, cents)
def test_more_sales_never_bring_the_tax_back_home(net: Money, this_year: Money, last_year: Money, more: Money) -> None:
    """Once at the destination, more of anything keeps it there."""
    if place(net=net, net_this_year=this_year, net_last_year=last_year).country == "DE":
        assert place(net=net + more, net_this_year=this_year, net_last_year=last_year).country == "DE"
        assert place(net=net, net_this_year=this_year + more, net_last_year=last_year).country == "DE"
        assert place(net=net, net_this_year=this_year, net_last_year=last_year + more).country == "DE"
