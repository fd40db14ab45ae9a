"""Delivery prices by weight, value and country, and who may have which delivery."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import wire
from orderflow.errors import InvalidInputError
from orderflow.money import Money
from orderflow.pricing import (
    AgeNotChecked,
    CountryNotServed,
    DeliveryPercent,
    GoodsBelowMinimum,
    LinePercent,
    NotOffered,
    Percent,
    PriceStep,
    Promotion,
    Promotions,
    Quote,
    Tariff,
    TooLarge,
    TooVoluminous,
    quote,
)

from .baskets import amounts, basket, line, method, refused


def pln(text: str) -> Money:
    return Money.parse(text, "PLN")


def step(price: str, grams: int = 0, goods: str | None = None, countries: tuple[str, ...] = ()) -> PriceStep:
    return PriceStep(
        price=pln(price), from_grams=grams, from_goods=None if goods is None else pln(goods), countries=countries
    )


def stepped(*steps: PriceStep, price: str = "10.00"):
    return attrs.evolve(method(price), steps=steps)


def price_of(courier, *lines, country: str = "PL") -> Money:
    answer = quote(basket(*lines, country=country), Tariff((courier,)))
    assert isinstance(answer, Quote)
    return answer.offers[0].price


BY_WEIGHT = stepped(step("15.00", 1000), step("20.00", 5000))


@pytest.mark.parametrize(
    ("grams", "price"), [(0, "10.00"), (999, "10.00"), (1000, "15.00"), (4999, "15.00"), (5000, "20.00")]
)
def test_a_step_by_weight_is_reached_at_its_weight(grams: int, price: str) -> None:
    """The weight itself is enough; before the first step the method has its price."""
    assert price_of(BY_WEIGHT, line("1.00", grams=grams)) == pln(price)


@pytest.mark.parametrize(("goods", "price"), [("99.99", "10.00"), ("100.00", "5.00"), ("200.00", "0.00")])
def test_a_step_by_value_is_reached_at_list_prices(goods: str, price: str) -> None:
    """A promotion that takes half of the goods makes no delivery dearer."""
    courier = stepped(step("5.00", goods="100.00"), step("0.00", goods="200.00"))
    half = Promotions((Promotion(id="half", benefit=LinePercent(percent=Percent.parse("50"))),))
    answer = quote(basket(line(goods)), Tariff((courier,)), half)
    assert isinstance(answer, Quote)
    assert answer.offers[0].price == pln(price)


def test_the_last_step_that_is_reached_counts() -> None:
    """Zones come after what holds everywhere, and have weights of their own."""
    zones = stepped(
        step("15.00", 1000), step("30.00", countries=("DE", "CZ")), step("45.00", 1000, countries=("DE", "CZ"))
    )
    light, heavy = line("1.00", grams=1), line("1.00", grams=1000)
    prices = [price_of(zones, each, country=country) for country in ("PL", "DE") for each in (light, heavy)]
    assert prices == [pln("10.00"), pln("15.00"), pln("30.00"), pln("45.00")]


@given(
    st.lists(st.tuples(amounts, amounts, st.none() | amounts, st.sampled_from(((), ("PL",), ("DE",)))), max_size=5),
    amounts,
    st.integers(0, 100_000),
)
def test_the_price_is_that_of_the_last_step_whose_terms_all_hold(rows, goods: int, grams: int) -> None:
    """Against a table read from its beginning: every step that holds replaces what came before it."""
    steps = [
        PriceStep(
            price=Money(price, "PLN"),
            from_grams=least,
            from_goods=None if value is None else Money(value, "PLN"),
            countries=countries,
        )
        for price, least, value, countries in rows
    ]
    try:
        courier = stepped(*steps)
    except InvalidInputError:
        return
    expected = pln("10.00")
    for price, least, value, countries in rows:
        if grams >= least and goods >= (value or 0) and "DE" not in countries:
            expected = Money(price, "PLN")
    assert price_of(courier, line(Money(goods, "PLN").text, grams=grams)) == expected


def test_a_step_that_can_never_count_is_refused() -> None:
    """Whoever reaches the first one also reaches the second, which comes later: the order is wrong."""
    for wrong in (
        (step("20.00", 5000), step("15.00", 1000)),
        (step("30.00", countries=("DE",)), step("15.00")),
        (step("1.00", 10, "5.00"), step("2.00", 10, "5.00")),
    ):
        with pytest.raises(InvalidInputError) as caught:
            stepped(*wrong)
        assert caught.value.path == "steps[0]"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", Money(-1, "PLN")),
        ("from_grams", 1.5),
        ("from_goods", Money(1, "EUR")),
        ("countries[0]", ("Poland",)),
    ],
)
def test_a_malformed_step_is_refused_with_the_path_of_the_field(field: str, value: object) -> None:
    """Every field of a step is checked when it is made."""
    with pytest.raises(InvalidInputError) as caught:
        PriceStep(**{"price": pln("1.00"), field.partition("[")[0]: value})
    assert caught.value.path == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps[0].price", (PriceStep(price=Money(1, "EUR")),)),
        ("steps[0]", ("10.00",)),
        ("minimum_goods", Money(1, "EUR")),
        ("box_mm", (1, 2)),
        ("box_mm", (1, 2, 0)),
        ("box_mm", "640x380x410"),
        ("checks_age", 1),
    ],
)
def test_malformed_terms_of_a_method_are_refused(field: str, value: object) -> None:
    """Before any basket asks for them."""
    with pytest.raises(InvalidInputError) as caught:
        attrs.evolve(method("1.00"), **{field.partition("[")[0]: value})
    assert caught.value.path == field


@pytest.mark.parametrize(
    ("field", "value"),
    [("dimensions_mm", (10, 20)), ("dimensions_mm", (10, 20, True)), ("minimum_age", -1), ("minimum_age", True)],
)
def test_malformed_measures_of_a_line_are_refused(field: str, value: object) -> None:
    """Three whole sides, and whole years."""
    with pytest.raises(InvalidInputError) as caught:
        attrs.evolve(line("1.00"), **{field: value})
    assert caught.value.path == field


def test_a_delivery_may_ask_for_goods_of_some_value() -> None:
    """The value itself is enough; below it the reason says how much is missing."""
    cheap = attrs.evolve(method("5.00", code="cheap"), minimum_goods=pln("50.00"))
    assert refused(basket(line("49.99"), delivery="cheap"), cheap, method("9.00")) == (
        GoodsBelowMinimum(method="cheap", goods=pln("49.99"), minimum=pln("50.00"), allowed=("courier",)),
    )
    assert price_of(cheap, line("50.00")) == pln("5.00")


LOCKER = attrs.evolve(method("9.99", code="locker"), box_mm=(640, 380, 410))


def sized(*sides: int, quantity: int = 1, id: str = "1"):
    return attrs.evolve(line("1.00", quantity, id=id), dimensions_mm=sides)


def reasons_of(*lines, tariff=LOCKER):
    answer = quote(basket(*lines), Tariff((tariff, method("14.99"))))
    assert isinstance(answer, Quote)
    return [type(reason) for each in answer.not_offered for reason in each.reasons]


@pytest.mark.parametrize("sides", [(640, 380, 410), (410, 640, 380), (1, 380, 640)])
def test_a_unit_may_be_turned(sides: tuple[int, int, int]) -> None:
    """The sides of goods and box come in any order."""
    assert reasons_of(sized(*sides)) == []


def test_a_unit_that_fits_in_no_way_is_named_with_its_line() -> None:
    """Its volume is small, and it is too long all the same."""
    assert refused(attrs.evolve(basket(sized(10, 641, 10)), delivery_method="locker"), LOCKER) == (
        TooLarge(method="locker", line="1", dimensions_mm=(10, 641, 10), box_mm=(640, 380, 410), allowed=()),
    )


def test_all_units_together_must_not_take_up_more_than_the_box() -> None:
    """Two halves fill it; a half and one millimetre's slice more do not go in. Unknown dimensions take up nothing."""
    half = sized(320, 380, 410, quantity=2)
    assert reasons_of(half, line("1.00", 1000, id="2")) == []
    assert reasons_of(half, sized(1, 1, 1, id="2")) == [TooVoluminous]


def test_lines_with_a_minimum_age_need_a_delivery_that_checks_it() -> None:
    """The reason names the lines and the highest age; a method that checks is offered."""
    beer, whisky = (attrs.evolve(line("9.00", id=id), minimum_age=age) for id, age in (("beer", 18), ("whisky", 21)))
    checking = attrs.evolve(method("19.00", code="checking"), checks_age=True)
    answer = quote(basket(beer, line("1.00"), whisky), Tariff((method("9.00"), checking)))
    assert isinstance(answer, Quote)
    assert [offer.code for offer in answer.offers] == ["checking"]
    reason = AgeNotChecked(method="courier", minimum_age=21, lines=("beer", "whisky"), allowed=("checking",))
    assert answer.not_offered == (NotOffered(code="courier", reasons=(reason,)),)


def test_what_is_not_offered_has_the_reasons_that_choosing_it_has() -> None:
    """The page can say beside each method what the checkout would."""
    methods = (LOCKER, method("9.00", code="abroad", countries=("DE",)), method("14.99"))
    asked = basket(sized(9999, 1, 1))
    answer = quote(asked, Tariff(methods))
    assert isinstance(answer, Quote)
    assert {each.code: each.reasons for each in answer.not_offered} == {
        code: refused(attrs.evolve(asked, delivery_method=code), *methods) for code in ("locker", "abroad")
    }
    assert answer.not_offered[1].reasons == (CountryNotServed(method="abroad", country="PL", allowed=("courier",)),)


@given(amounts, st.booleans(), st.integers(0, 100))
def test_an_offer_is_its_list_price_less_its_discount(price: int, net: bool, percent: int) -> None:
    """All three are gross, and the discount is never negative."""
    courier = method(Money(price, "PLN").text, net=net)
    off = Promotions((Promotion(id="off", benefit=DeliveryPercent(percent=Percent(percent * 10_000))),))
    answer, full = (quote(basket(line("33.33")), Tariff((courier,)), each) for each in (off, Promotions(())))
    assert isinstance(answer, Quote)
    assert isinstance(full, Quote)
    offer = answer.offers[0]
    assert offer.price == offer.listed - offer.discount
    assert offer.discount.minor >= 0
    assert offer.listed == full.offers[0].price == full.offers[0].listed


def test_a_document_tells_the_terms_and_why_a_delivery_is_not_offered() -> None:
    """Read, priced and written, with what is missing."""
    document = """{"currency": "PLN", "lines": [
        {"sku": "A", "unit_price": "40.00", "quantity": 1, "dimensions_mm": [10, 20, 30], "minimum_age": 18}],
      "delivery": [{"code": "van", "price": "9.00", "minimum_goods": "50.00", "box_mm": [9, 9, 9], "checks_age": true,
        "steps": [{"price": "5.00", "from_grams": 10, "from_goods": "1.00", "countries": ["PL"]}]}]}"""
    found = wire.load_basket(document)
    assert wire.load_basket(wire.dump_basket(found)) == found
    written = wire.dump_quote(quote(found.basket, found.tariff))
    assert '"kind":"goods_below_minimum"' in written
    assert '"missing":"10.00"' in written
    assert '"kind":"too_large","method":"van","line":"1","dimensions_mm":[10,20,30],"box_mm":[9,9,9]' in written
