"""Which deliveries are on offer, and for how much."""

from __future__ import annotations

import attrs
import pytest

from orderflow.errors import InvalidInputError
from orderflow.money import Money
from orderflow.pricing import DeliveryKind, DeliveryMethod, Tariff

from .baskets import STANDARD, basket, line, method, priced


def codes(tariff: Tariff, *, country: str = "PL", grams: int = 500) -> list[str]:
    """What is offered for one light thing."""
    return [method.code for method in tariff.methods_for(basket(line("50.00", grams=grams), country=country))]


def test_methods_are_offered_where_they_serve() -> None:
    """By country, weight and currency; in the tariff's order."""
    tariff = Tariff(
        (
            method("30.00", code="europe"),
            method("9.99", code="locker", max_weight_grams=500, countries=("PL",)),
            method("14.99", code="courier", countries=("PL", "CZ")),
            method("5.00", code="euro", currency="EUR"),
        )
    )
    assert codes(tariff) == ["europe", "locker", "courier"]
    assert codes(tariff, grams=501) == ["europe", "courier"]
    assert codes(tariff, country="DE") == ["europe"]


@pytest.mark.parametrize(("price", "delivery"), [("99.99", "10.00"), ("100.00", "0.00"), ("100.01", "0.00")])
def test_delivery_is_free_from_a_value_of_goods_on(price: str, delivery: str) -> None:
    """The value itself suffices, and delivery does not count towards it."""
    quote = priced(line(price), delivery=method("10.00", free_from="100.00"))
    assert quote.delivery_price == Money.parse(delivery, "PLN")
    assert quote.offers[0].price == quote.delivery_price


def test_free_delivery_looks_at_the_gross_value_of_net_goods() -> None:
    """81.30 net is 100.00 gross at 23 %."""
    assert not priced(line("81.30", net=True), delivery=method("10.00", free_from="100.00")).delivery_price


def test_an_offer_shows_what_kind_of_delivery_it_is() -> None:
    """Express, its courier and its kind are carried over."""
    express = attrs.evolve(method("24.99"), ordinary=False, courier="dpd", kind=DeliveryKind.POINT)
    offer = priced(line("1.00"), delivery=express).offers[0]
    assert (offer.ordinary, offer.courier, offer.kind) == (False, "dpd", DeliveryKind.POINT)


def test_a_code_names_one_method() -> None:
    """The second of the same code is refused with its place."""
    with pytest.raises(InvalidInputError) as caught:
        Tariff((method("1.00"), method("2.00", code="x"), method("2.00")))
    assert caught.value.path == "methods[2].code"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code", "a b\n"),
        ("kind", "pigeon"),
        ("price", Money(-1, "PLN")),
        ("vat", "23"),
        ("price_includes_vat", None),
        ("free_from", Money(1, "EUR")),
        ("max_weight_grams", 1.5),
        ("ordinary", "yes"),
        ("courier", ""),
        ("countries[1]", ("PL", "Poland")),
    ],
)
def test_a_malformed_method_is_refused_with_the_path_of_the_field(field: str, value: object) -> None:
    """Every field of a method is checked when it is made."""
    fields = {"code": "a", "kind": DeliveryKind.SHOP, "price": Money(1, "PLN"), "vat": STANDARD}
    with pytest.raises(InvalidInputError) as caught:
        DeliveryMethod(**{**fields, field.partition("[")[0]: value})
    assert caught.value.path == field
