"""Basket documents: all that a price depends on can be said in one, and a malformed one is refused with its place."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import Money, wire
from orderflow.errors import InvalidInputError
from orderflow.pricing import (
    Basket,
    BasketLine,
    Circumstances,
    DeliveryKind,
    DeliveryMethod,
    MoneyPolicy,
    PriceStep,
    Stacking,
    Tariff,
    TaxScope,
    VatRate,
)
from orderflow.testing import strategies
from orderflow.wire import BasketDocument

LINE = {"sku": "MUG", "unit_price": "19.99", "quantity": 2}
SHORTEST = {"currency": "PLN", "lines": [LINE]}
LOCKER = {"code": "locker", "kind": "point", "price": "12.99", "vat": "23", "free_from": "200"}
SALE = {"id": "sale", "benefit": {"kind": "order_percent", "percent": "10"}}
BASKET = {
    "format": "basket/1",
    **SHORTEST,
    "country": "DE",
    "delivery": [LOCKER],
    "delivery_method": "locker",
    "circumstances": {"at": "2026-11-22T12:00:00+01:00", "coupons": ["summer"], "known": {"weather": "rain"}},
    "promotions": [SALE],
    "stacking": "best_deal",
    "money": {"tax_scope": "line"},
}


def refusal(document: Any) -> InvalidInputError:
    """The error, which has to come in no time."""
    start = time.perf_counter()
    with pytest.raises(InvalidInputError) as refused:
        wire.load_basket(document)
    assert time.perf_counter() - start < 2  # under a tenth; what is not bounded takes minutes
    assert len(str(refused.value)) < 700
    return refused.value


@st.composite
def documents(draw: st.DrawFn) -> BasketDocument:
    basket = draw(strategies.baskets())
    price = strategies.money(basket.currency, least=0, most=10**6)
    countries = st.lists(strategies.countries(), max_size=2).map(tuple)
    step = strategies.values(PriceStep, price=price, from_goods=st.none() | price, countries=countries)
    method = strategies.values(
        DeliveryMethod,
        price=price,
        free_from=st.none() | price,
        minimum_goods=st.none() | price,
        steps=st.lists(step, max_size=1),
        countries=countries,
    )
    return BasketDocument(
        basket=basket,
        tariff=Tariff(draw(st.lists(method, max_size=3, unique_by=lambda method: method.code))),
        promotions=draw(strategies.promotion_sets()),
        policy=draw(strategies.values(MoneyPolicy)),
    )


@given(documents())
def test_every_document_comes_back_as_it_was(document):
    """Dump and load are inverse for all of it."""
    rules = {
        "host_conditions": document.promotions.host_conditions,
        "host_benefits": document.promotions.host_benefits,
    }
    text = wire.dump_basket(document)
    loaded = wire.load_basket(text, **rules)
    assert loaded == document
    assert wire.dump_basket(loaded) == text


def test_the_shortest_basket():
    """A currency, and lines with SKU, price and quantity: no VAT, prices as they are, lines called by their places."""
    found = wire.load_basket({**SHORTEST, "lines": [LINE, LINE | {"sku": "TEA"}]})
    none = VatRate(0, "none")
    common = {"quantity": 2, "unit_price": Money.parse("19.99", "PLN"), "vat": none, "price_includes_vat": True}
    assert found == BasketDocument(
        basket=Basket(
            currency="PLN",
            country="PL",
            lines=[BasketLine(line="1", sku="MUG", **common), BasketLine(line="2", sku="TEA", **common)],
        )
    )


@pytest.mark.parametrize("form", [dict, json.dumps, lambda document: json.dumps(document).encode()])
def test_all_that_a_price_depends_on(form):
    """Delivery, circumstances, promotions and the money policy; from text, bytes, or what a parser made of it."""
    found = wire.load_basket(form(BASKET))
    assert found.basket.country == "DE"
    assert found.basket.delivery_method == "locker"
    assert found.tariff.methods[0].kind is DeliveryKind.POINT
    assert found.tariff.methods[0].free_from == Money.parse("200.00", "PLN")
    assert found.basket.circumstances.at.isoformat() == "2026-11-22T11:00:00+00:00"
    assert found.basket.circumstances.known == (("weather", "rain"),)
    assert found.promotions.stacking is Stacking.BEST_DEAL
    assert found.policy.tax_scope is TaxScope.LINE


@pytest.mark.parametrize(
    ("vat", "rate"),
    [
        ("23", VatRate(2300)),
        ("0", VatRate(0)),
        ({"percent": "7.5"}, VatRate(750)),
        ({"percent": "0", "code": "exempt"}, VatRate(0, "exempt")),
    ],
)
def test_a_rate_is_text_or_has_its_code(vat, rate):
    """The code tells 0 % from exempt."""
    assert wire.load_basket({**SHORTEST, "lines": [LINE | {"vat": vat}]}).basket.lines[0].vat == rate


def test_the_document_given_is_left_as_it_was():
    """Reading takes nothing out of the caller's object, and puts nothing in."""
    before = json.dumps(BASKET)
    wire.load_basket(BASKET)
    assert json.dumps(BASKET) == before


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"format": "basket/2"}, "format"),
        ({"currency": "ZZZ"}, "currency"),
        ({"currency": ["PLN"]}, "currency"),
        ({"surprise": 1}, "surprise"),
        ({1: 1}, "document"),
        ({"lines": {}}, "lines"),
        ({"lines": [LINE, None]}, "lines[1]"),
        ({"lines": [LINE, LINE | {"quantity": "2"}]}, "lines[1].quantity"),
        ({"lines": [LINE, LINE | {"quantity": 0}]}, "lines[1].quantity"),
        ({"lines": [LINE | {"quantity": 2.0}]}, "lines[0].quantity"),
        ({"lines": [LINE | {"unit_price": 19.99}]}, "lines[0].unit_price"),
        ({"lines": [LINE | {"unit_price": "-1"}]}, "lines[0].unit_price"),
        ({"lines": [LINE | {"unit_price": {"PLN": "1"}}]}, "lines[0].unit_price"),
        ({"lines": [LINE | {"line": None}]}, "lines[0].line"),
        ({"lines": [LINE | {"vat": 23}]}, "lines[0].vat"),
        ({"lines": [LINE | {"vat": "101"}]}, "lines[0].vat"),
        ({"lines": [LINE | {"vat": {"percent": "101"}}]}, "lines[0].vat.percent"),
        ({"lines": [LINE | {"vat": {"percent": "8", "rate": 8}}]}, "lines[0].vat.rate"),
        ({"lines": [LINE | {"tags": ["tea", "\u202e"]}]}, "lines[0].tags[1]"),
        ({"lines": [LINE | {"tags": ["tea"] * 101}]}, "lines[0].tags"),
        ({"lines": [LINE | {"floor": "-1"}]}, "lines[0].floor"),
        ({"lines": [LINE | {"weight": 1}]}, "lines[0].weight"),
        ({"country": "pl"}, "country"),
        ({"delivery_method": ""}, "delivery_method"),
        ({"delivery": [LOCKER, LOCKER]}, "delivery[1].code"),
        ({"delivery": [LOCKER | {"code": str(at)} for at in range(101)]}, "delivery"),
        ({"delivery": [LOCKER | {"kind": "drone"}]}, "delivery[0].kind"),
        ({"delivery": [{"code": "locker"}]}, "delivery[0].price"),
        ({"circumstances": {"at": "2026-11-22T12:00:00"}}, "circumstances.at"),
        ({"circumstances": {"completed_orders": -1}}, "circumstances.completed_orders"),
        ({"circumstances": {"coupons": ["x"] * 1000}}, "circumstances.coupons"),
        ({"circumstances": {"customer_groups": ["club", 1]}}, "circumstances.customer_groups[1]"),
        ({"circumstances": {"known": {"weather": 1}}}, "circumstances.known.weather"),
        ({"promotions": [SALE, SALE]}, "promotions[1].id"),
        ({"promotions": [SALE | {"benefit": {"kind": "order_percent"}}]}, "promotions[0].benefit.percent"),
        ({"promotions": [SALE | {"benefit": {"kind": "host_benefit", "name": "x"}}]}, "promotions[0].benefit.name"),
        ({"stacking": "sum"}, "stacking"),
        ({"money": {"rounding": "up"}}, "money.rounding"),
        ({"money": None}, "money"),
    ],
)  # fmt: skip
def test_a_malformed_document_is_refused_with_its_place(change, path):
    """The path leads to the part that is wrong."""
    assert refusal(BASKET | change).path == path


@pytest.mark.parametrize("place", ["currency", "lines", "sku", "unit_price", "quantity"])
def test_what_has_no_default_must_be_there(place):
    """Nothing is made up."""
    if place in SHORTEST:
        assert refusal({key: value for key, value in SHORTEST.items() if key != place}).path == place
    else:
        line = {key: value for key, value in LINE.items() if key != place}
        assert refusal({**SHORTEST, "lines": [LINE, line]}).path == f"lines[1].{place}"


TEXT = json.dumps(BASKET)
HOSTILE = {
    "ten megabytes": (TEXT + " " * 10_000_000, "document"),
    "ten megabytes of name": (TEXT.replace("MUG", "M" * 10_000_000), "document"),
    "deep": ('{"lines":' + "[" * 500_000, "document"),
    "deep enough to be read": (TEXT.replace('"MUG"', "[" * 400 + "]" * 400), "lines[0].sku"),
    "many lines": (json.dumps(BASKET | {"lines": [LINE] * 10_000}), "lines"),
    "many lines as objects": (BASKET | {"lines": [LINE] * 1_000_000}, "lines"),
    "many coupons": (TEXT.replace('"summer"', ",".join(['"summer"'] * 1000)), "circumstances.coupons"),
    "huge quantity": (TEXT.replace('"quantity": 2', '"quantity": ' + "9" * 500_000), "document"),
    "large quantity": (TEXT.replace('"quantity": 2', '"quantity": ' + "9" * 4000), "lines[0].quantity"),
    "exponent": (TEXT.replace('"quantity": 2', '"quantity": 2e0'), "lines[0].quantity"),
    "huge amount": (TEXT.replace('"19.99"', f'"{"9" * 500_000}"'), "lines[0].unit_price"),
    "exponent in text": (TEXT.replace('"19.99"', '"1e999999999"'), "lines[0].unit_price"),
    "repeated key": (TEXT.replace('"sku"', '"sku": "TEA", "sku"'), "lines[0].sku"),
    "half a character in a key": (TEXT.replace("weather", r"\ud800"), r"circumstances.known.\ud800"),
    "half a character": (TEXT.replace("rain", r"\ud800"), "circumstances.known.weather"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_quickly(name):
    """What is too large, too deep or said twice is not gone through to its end."""
    document, path = HOSTILE[name]
    refused = refusal(document)
    assert refused.path == path
    assert str(refused).encode()  # it can be shown


def test_a_thousand_lines_fit():
    """The largest basket has a document."""
    found = wire.load_basket(json.dumps({**SHORTEST, "lines": [LINE] * 1000}))
    assert [line.line for line in found.basket.lines][-1] == "1000"
    assert wire.load_basket(wire.dump_basket(found)) == found


def test_what_a_document_cannot_say_is_not_written():
    """Amounts in other currencies, and more facts than a document holds."""
    line = BasketLine(
        line="1", sku="MUG", quantity=1, unit_price=Money(1, "PLN"), vat=VatRate(0), price_includes_vat=True
    )
    basket = Basket(currency="EUR", lines=[line], country="PL")
    with pytest.raises(InvalidInputError) as refused:
        wire.dump_basket(BasketDocument(basket=basket))
    assert refused.value.path == "lines[0].unit_price"
    known = Circumstances(known={str(number): "yes" for number in range(101)})
    with pytest.raises(InvalidInputError) as refused:
        wire.dump_basket(BasketDocument(basket=Basket(currency="PLN", lines=[line], country="PL", circumstances=known)))
    assert refused.value.path == "circumstances.known"
