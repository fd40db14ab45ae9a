"""Deposits on packaging: beside price, discount and VAT, and of each unit exactly."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import wire, wording
from orderflow.errors import InvalidInputError
from orderflow.money import Money, total_of
from orderflow.orders import Line
from orderflow.pricing import (
    Basket,
    BasketLine,
    GoodsBelowMinimum,
    GoodsTotal,
    OrderAmount,
    OrderPercent,
    PaymentTerms,
    Percent,
    Promotion,
    Promotions,
    Quote,
    Tariff,
    TotalAboveHighest,
    TotalTooLarge,
    TotalTooLow,
    VatRate,
    priced_again,
    quote,
)
from orderflow.pricing._quote import LARGEST_TOTAL

from .baskets import STANDARD, basket, delivered_baskets, line, method, refused
from .promotion_strategies import Shop, fewer, shops


def pln(text: str) -> Money:
    return Money.parse(text, "PLN")


def held(amount: str, goods: BasketLine) -> BasketLine:
    return attrs.evolve(goods, deposit=pln(amount))


def price(asked: Basket, *methods: Any, **options: Any) -> Quote:
    answer = quote(asked, Tariff(methods), **options)
    assert isinstance(answer, Quote), answer
    return answer


WATER = held("0.50", line("2.49", 6, VatRate(500, "reduced"), id="water"))


def test_a_deposit_is_paid_beside_the_price_and_bears_no_vat() -> None:
    """6 bottles at 2.49 and 6 × 0.50: 14.94 and 3.00, and VAT of 14.94 only."""
    answer = price(basket(WATER))
    assert (answer.goods, answer.deposit, answer.total) == (pln("14.94"), pln("3.00"), pln("17.94"))
    assert [(group.gross, group.vat) for group in answer.vat] == [(pln("14.94"), pln("0.71"))]
    assert answer.vat_total == pln("0.71")
    assert (answer.lines[0].gross, answer.lines[0].deposit, answer.lines[0].unit_deposit) == (
        pln("14.94"),
        pln("3.00"),
        pln("0.50"),
    )


def test_every_unit_holds_the_same_deposit() -> None:
    """Whatever its price comes to, so any units give back exactly theirs."""
    answer = price(basket(held("0.50", line("10.00", 3))), promotions=percent_off("33.33"))
    for units in range(4):
        assert answer.ledger.take("1", 0, units).deposit == 50 * units
    assert answer.ledger.total.paid == answer.total.minor


def percent_off(percent: str) -> Promotions:
    return Promotions((Promotion(id="off", benefit=OrderPercent(percent=Percent.parse(percent))),))


def without_deposits(asked: Basket) -> Basket:
    return attrs.evolve(asked, lines=[attrs.evolve(line, deposit=None) for line in asked.lines])


@given(shops())
@fewer
def test_deposits_change_nothing_but_the_total_whatever_promotions_there_are(shop: Shop) -> None:
    """Price, discount, VAT, delivery, reasons and shares are those of the same goods without deposits."""
    answer = shop.price()
    plain = attrs.evolve(shop, basket=without_deposits(shop.basket)).price()
    held = sum(line.deposit.minor * line.quantity for line in shop.basket.lines if line.deposit)
    assert answer.deposit.minor == held
    assert answer.total == plain.total + answer.deposit
    stripped = [attrs.evolve(line, share=attrs.evolve(line.share, deposit=0)) for line in answer.lines]
    assert attrs.evolve(answer, lines=stripped, deposit=plain.deposit, total=plain.total) == plain


@given(shops(), st.data())
@fewer
def test_units_that_leave_in_any_portions_give_back_exactly_their_deposits(shop: Shop, data: st.DataObject) -> None:
    """Line by line and mixed, until nothing is left."""
    answer = shop.price()
    each = {line.line: line.deposit.minor if line.deposit else 0 for line in shop.basket.lines}
    left = {line.line: line.quantity for line in answer.lines}
    back = 0
    while left:
        name = data.draw(st.sampled_from(sorted(left)))
        units = data.draw(st.just(left[name]) | st.integers(1, left[name]))
        gone = answer.ledger.line(name).units - left[name]
        share = answer.ledger.take(name, gone, units)
        assert share.deposit == units * each[name]
        assert share.credit == share.gross + share.deposit
        back += share.deposit
        left[name] -= units
        if not left[name]:
            del left[name]
    assert back == answer.deposit.minor


@given(delivered_baskets())
def test_a_deposit_is_worked_out_again_from_what_is_pinned(asked: tuple[Basket, Tariff]) -> None:
    """Like everything else of a quote."""
    goods, tariff = asked
    free = attrs.evolve(tariff.methods[0], free_from=None)
    answer = quote(goods, attrs.evolve(tariff, methods=[free]))
    assert isinstance(answer, Quote)
    again = priced_again(answer, attrs.evolve(tariff, methods=[free]), goods.country)
    assert isinstance(again, Quote)
    assert (again.deposit, again.total, again.lines) == (answer.deposit, answer.total, answer.lines)


def test_a_deposit_reaches_no_threshold() -> None:
    """Neither of a promotion, nor of a delivery that is free from some value on, or offered from one on."""
    asked = basket(held("50.00", line("60.00")), delivery="courier")
    from_100 = Promotion(
        id="five", benefit=OrderAmount(amount=pln("5.00")), condition=GoodsTotal(at_least=pln("100.00"))
    )
    answer = price(asked, method("10.00", free_from="100.00"), promotions=Promotions((from_100,)))
    (reason,) = answer.not_applied[0].reasons
    assert isinstance(reason, TotalTooLow)
    assert reason.found == pln("60.00")
    assert (answer.delivery_price, answer.total) == (pln("10.00"), pln("120.00"))
    (below,) = refused(asked, attrs.evolve(method("10.00"), minimum_goods=pln("100.00")))
    assert isinstance(below, GoodsBelowMinimum)


def test_a_free_unit_still_holds_its_deposit() -> None:
    """A hundred percent off leaves the deposit to be paid."""
    answer = price(basket(WATER), promotions=percent_off("100"))
    assert (answer.goods, answer.vat_total, answer.total) == (pln("0.00"), pln("0.00"), pln("3.00"))


def test_what_is_paid_is_held_against_the_limits_of_a_way_to_pay() -> None:
    """The courier collects the deposit too."""
    cash = PaymentTerms(code="cash", highest_total=pln("17.93"))
    answer = quote(basket(WATER), Tariff((), (cash,)))
    assert isinstance(answer, Quote)
    (reason,) = answer.payment_not_offered[0].reasons
    assert isinstance(reason, TotalAboveHighest)
    assert reason.total == pln("17.94")


def test_a_total_with_its_deposits_may_not_be_too_large() -> None:
    """They count as well."""
    dear = line(Money(LARGEST_TOTAL, "PLN").text)
    assert isinstance(quote(basket(dear), Tariff()), Quote)
    (reason,) = refused(basket(held("0.01", dear)))
    assert isinstance(reason, TotalTooLarge)


@pytest.mark.parametrize("wrong", [Money(-1, "PLN"), Money(50, "EUR"), 50, "0.50"])
def test_a_deposit_is_an_amount_in_the_currency_of_the_price(wrong: Any) -> None:
    """In a basket and in an order."""
    goods = line("2.49")
    for build in (
        lambda: attrs.evolve(goods, deposit=wrong),
        lambda: Line(
            line="1", sku="WATER", name="Water", quantity=1, unit_price=pln("2.49"), vat=STANDARD, deposit=wrong
        ),
    ):
        with pytest.raises(InvalidInputError) as error:
            build()
        assert error.value.path == "deposit"


# In documents and in words

DOCUMENT = """{"currency": "PLN", "lines": [
    {"sku": "WATER", "unit_price": "2.49", "quantity": 6, "vat": "5", "deposit": "0.50"},
    {"sku": "MUG", "unit_price": "19.99", "quantity": 1, "vat": "23"}]}"""


def test_deposits_stand_in_basket_and_quote_documents() -> None:
    """Of the lines, of their units, and of all."""
    found = wire.load_basket(DOCUMENT)
    assert [each.deposit for each in found.basket.lines] == [pln("0.50"), None]
    assert wire.load_basket(wire.dump_basket(found)) == found
    told = json.loads(wire.dump_quote(quote(found.basket, found.tariff)))
    assert (told["goods"], told["deposit"], told["total"]) == ("34.93", "3.00", "37.93")
    assert [line["deposit"] for line in told["lines"]] == ["3.00", "0.00"]
    assert {units["deposit"] for units in told["lines"][0]["units"]} == {"0.50"}
    foreign = attrs.evolve(found.basket.lines[0], unit_price=Money(1, "EUR"), deposit=Money(1, "EUR"))
    with pytest.raises(InvalidInputError) as error:
        wire.dump_basket(attrs.evolve(found, basket=attrs.evolve(found.basket, lines=[foreign])))
    assert error.value.path == "lines[0].unit_price"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "- deposit SKU-water, 6 units at PLN 0.50: PLN 3.00"),
        ("pl", "- kaucja SKU-water, 6 sztuk po 0,50 zł: 3,00 zł"),
        ("de", "- Pfand SKU-water, 6 Stück zu je 0,50 PLN: 3,00 PLN"),
    ],
)
def test_a_deposit_is_a_row_of_its_own(language: str, words: str) -> None:
    """In words, in a table and in a notebook; the rows sum to the total."""
    told = price(basket(WATER, line("19.99"))).explain()
    assert words in wording.explain(told, language).replace("\u00a0", " ").splitlines()
    assert str(told).count("deposit") == told._repr_html_().count("deposit") == 1
    assert "deposit SKU-water" in str(told)
    assert total_of((told.goods, told.delivery_price, told.payment_fee, told.deposit), "PLN") == told.total
