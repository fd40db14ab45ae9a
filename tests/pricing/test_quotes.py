"""What baskets cost, with figures worked out by hand."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from orderflow.errors import InvalidInputError
from orderflow.money import Money
from orderflow.pricing import (
    LARGEST_TOTAL,
    MOST_LINES,
    RULES,
    Basket,
    BasketLine,
    Circumstances,
    CountryNotServed,
    DuplicateLine,
    EmptyBasket,
    HostBenefit,
    HostCondition,
    MixedCurrencies,
    NotInCurrency,
    Quote,
    Share,
    Tariff,
    TooHeavy,
    TooManyLines,
    TotalTooLarge,
    UnknownDeliveryMethod,
    VatRate,
    priced_again,
)

from .baskets import EXEMPT, REDUCED, STANDARD, ZERO, basket, line, method, priced, refused


def pln(text: str) -> Money:
    return Money.parse(text, "PLN")


def test_net_goods_and_untaxed_delivery_sum_to_the_known_figure() -> None:
    """6.00 and 12.00 net at 7.5 % and a delivery of 10.00 at 0 % come to 29.35."""
    rate = VatRate.parse("7.5")
    quote = priced(
        line("6.00", vat=rate, net=True, id="1"),
        line("12.00", vat=rate, net=True, id="2"),
        delivery=method("10.00", ZERO, net=True),
    )
    assert (quote.goods, quote.delivery_price, quote.total) == (pln("19.35"), pln("10.00"), pln("29.35"))
    assert [(group.rate, group.net, group.vat, group.gross) for group in quote.vat] == [
        (rate, pln("18.00"), pln("1.35"), pln("19.35")),
        (ZERO, pln("10.00"), pln("0"), pln("10.00")),
    ]
    assert [(quoted.net, quoted.vat_amount, quoted.gross) for quoted in quote.lines] == [
        (pln("6.00"), pln("0.45"), pln("6.45")),
        (pln("12.00"), pln("0.90"), pln("12.90")),
    ]
    assert (quote.vat_total, quote.discount, quote.rules) == (pln("1.35"), pln("0"), RULES)


def test_vat_in_gross_prices_is_rounded_once_for_the_line_and_not_per_piece() -> None:
    """3 x 19.99 at 23 % contain 11.21, although a piece alone contains 3.74."""
    quote = priced(line("19.99", 3))
    assert (quote.total, quote.vat_total) == (pln("59.97"), pln("11.21"))


@pytest.mark.parametrize(
    ("price", "count", "rate", "net", "vat"),
    [("19.99", 3, "19", False, "9.58"), ("13.31", 3, "7", True, "2.80"), ("1.43", 3, "19", True, "0.82")],
)
def test_vat_is_rounded_once_for_all_lines_of_a_rate(price: str, count: int, rate: str, net: bool, vat: str) -> None:
    """Lines of one rate are summed before the only rounding."""
    lines = (line(price, vat=VatRate.parse(rate), net=net, id=str(index)) for index in range(count))
    assert priced(*lines).vat_total == pln(vat)


def test_half_a_coin_of_vat_goes_up() -> None:
    """0.10 net at 5 % bears 0.005, which is 0.01."""
    assert priced(line("0.10", vat=VatRate(500), net=True)).vat_total == pln("0.01")


def test_what_was_rounded_is_shared_to_lines_by_largest_remainder() -> None:
    """Two coins of VAT over three equal lines go to the earlier ones."""
    quote = priced(*(line("0.03", net=True, id=str(index)) for index in range(3)))
    assert [quoted.vat_amount.minor for quoted in quote.lines] == [1, 1, 0]


def test_gross_and_net_prices_of_one_rate_are_separate_groups() -> None:
    """A group has one method; goods net at 5 % and a delivery gross at 10 % stay apart too."""
    quote = priced(line("10.00", vat=VatRate(500), net=True), delivery=method("10.00", VatRate(1000)))
    assert quote.total == pln("20.50")
    assert [(group.price_includes_vat, group.vat) for group in quote.vat] == [(True, pln("0.91")), (False, pln("0.50"))]
    mixed = priced(line("1.23", id="1"), line("1.00", net=True, id="2"))
    assert [(group.price_includes_vat, group.gross) for group in mixed.vat] == [
        (False, pln("1.23")),
        (True, pln("1.23")),
    ]


def test_delivery_joins_the_group_of_its_rate() -> None:
    """Goods and delivery of one rate are rounded together."""
    quote = priced(line("0.02", vat=STANDARD), delivery=method("0.02", STANDARD))
    assert [group.vat.minor for group in quote.vat] == [1]
    assert quote.delivery is not None
    assert (quote.lines[0].vat_amount.minor, quote.delivery.vat_amount.minor) == (0, 1)


def test_another_delivery_moves_no_line() -> None:
    """Lines cost the same with any delivery; only the share of the delivery they carry differs."""
    goods = [line("0.49", net=True, id=str(index)) for index in range(5)]
    without = priced(*goods)
    quote = priced(*goods, delivery=method("0.30", net=True))
    assert [(quoted.gross, quoted.net) for quoted in quote.lines] == [
        (quoted.gross, quoted.net) for quoted in without.lines
    ]


def test_zero_rated_and_exempt_goods_are_different_groups() -> None:
    """Both bear nothing, but a document shows them apart."""
    quote = priced(line("5.00", vat=ZERO, id="1"), line("7.00", vat=EXEMPT, id="2"))
    assert [(group.rate.code, group.gross) for group in quote.vat] == [("exempt", pln("7.00")), ("zero", pln("5.00"))]


def test_yen_have_no_fractions_and_dinars_have_three_places() -> None:
    """Amounts round in the currency's own minor unit."""
    yen = priced(line("105", 3, VatRate(1000), net=True, currency="JPY"), currency="JPY")
    assert (yen.total, yen.vat_total) == (Money.parse("347", "JPY"), Money.parse("32", "JPY"))
    dinars = priced(line("0.333", 3, VatRate(500), net=True, currency="KWD"), currency="KWD")
    assert (dinars.total, dinars.vat_total) == (Money.parse("1.049", "KWD"), Money.parse("0.050", "KWD"))


def test_free_goods_share_the_delivery_by_quantity() -> None:
    """With nothing to weigh by, every unit carries the same."""
    quote = priced(line("0.00", 3, id="1"), line("0.00", 1, id="2"), delivery=method("4.00"))
    assert quote.total == pln("4.00")
    assert [quoted.share for quoted in quote.lines] == [Share(delivery=300), Share(delivery=100)]


def test_delivery_is_shared_by_gross_value() -> None:
    """A line three times as dear carries three times as much."""
    quote = priced(line("30.00", id="1"), line("5.00", 2, vat=REDUCED, id="2"), delivery=method("8.00"))
    assert [quoted.share.delivery for quoted in quote.lines] == [600, 200]


def test_a_quote_says_what_delivery_was_on_offer() -> None:
    """Offers are pinned with the quote, chosen or not."""
    quote = priced(line("10.00"), delivery=method("8.13", net=True))
    assert [(offer.code, offer.price) for offer in quote.offers] == [("courier", pln("10.00"))]
    assert quote.delivery is not None
    assert quote.delivery.gross == quote.offers[0].price


def test_every_reason_against_a_basket_is_given() -> None:
    """Too many lines, a repeated line and a foreign currency are all named at once."""
    lines = [line("1.00", id=str(index)) for index in range(MOST_LINES)]
    asked = basket(*lines, line("1.00", id="7"), line("1.00", id="eur", currency="EUR"))
    assert refused(asked) == (
        TooManyLines(lines=MOST_LINES + 2, allowed=MOST_LINES),
        DuplicateLine(line="7"),
        MixedCurrencies(currency="PLN", found=("EUR",)),
    )


def test_an_empty_basket_has_no_price() -> None:
    """Nothing costs nothing, but nothing is not an order."""
    assert refused(basket(delivery="courier"), method("1.00")) == (EmptyBasket(),)


def test_an_unknown_delivery_method_is_refused_with_those_allowed() -> None:
    """Methods that do not serve the basket are not among the allowed ones."""
    asked = basket(line("1.00", grams=10), delivery="pigeon")
    light = method("1.00", code="letter", max_weight_grams=9)
    assert refused(asked, method("9.00"), light) == (UnknownDeliveryMethod(method="pigeon", allowed=("courier",)),)


def test_every_reason_against_a_delivery_is_given() -> None:
    """A method in another currency, for another country and for less weight is refused for all three."""
    asked = basket(line("1.00", 3, grams=400), delivery="courier")
    strict = method("9.00", currency="EUR", countries=("DE",), max_weight_grams=1000)
    assert refused(asked, strict, method("2.00", code="locker")) == (
        NotInCurrency(method="courier", currency="PLN", priced_in="EUR", allowed=("locker",)),
        CountryNotServed(method="courier", country="PL", allowed=("locker",)),
        TooHeavy(method="courier", weight_grams=1200, max_weight_grams=1000, allowed=("locker",)),
    )


def test_a_total_beyond_the_limit_is_refused() -> None:
    """The limit itself is allowed; one coin more is not, be it for goods, VAT or delivery."""
    limit = Money(LARGEST_TOTAL, "PLN")
    assert priced(line(limit.text)).total == limit
    reasons = (TotalTooLarge(limit=limit),)
    assert refused(basket(line((limit + Money(1, "PLN")).text))) == reasons
    assert refused(basket(line(limit.text, net=True))) == reasons
    assert refused(basket(line(limit.text), delivery="courier"), method("0.01")) == reasons


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("line", ""),
        ("sku", "a\u202eb"),
        ("quantity", 0),
        ("quantity", True),
        ("quantity", 1.0),
        ("quantity", 1_000_001),
        ("unit_price", 10),
        ("unit_price", Money(-1, "PLN")),
        ("vat", 2300),
        ("price_includes_vat", 1),
        ("weight_grams", -1),
        ("weight_grams", 1.5),
    ],
)
def test_a_malformed_line_is_refused_with_the_path_of_the_field(field: str, value: object) -> None:
    """Every field of a basket line is checked when it is made."""
    fields = {
        "line": "1",
        "sku": "A",
        "quantity": 1,
        "unit_price": Money(100, "PLN"),
        "vat": STANDARD,
        "price_includes_vat": True,
        "weight_grams": 0,
    }
    with pytest.raises(InvalidInputError) as caught:
        BasketLine(**{**fields, field: value})
    assert caught.value.path == field


@pytest.mark.parametrize(
    ("build", "path"),
    [
        (lambda texts: Circumstances(known=texts), "known"),
        (lambda texts: HostCondition("weather", texts), "data"),
        (lambda texts: HostBenefit("points", texts), "data"),
    ],
)
def test_a_fact_has_one_text(build: Callable[[object], object], path: str) -> None:
    """A name that is given twice is refused with its path, and so is a text that is none."""
    assert build({"b": "2", "a": "1"}) == build([("a", "1"), ("b", "2")])
    for texts, where in (([("a", "1"), ("a", "2")], path), ([("a", "1"), ("b", 2)], f"{path}[1]"), ("ab", path)):
        with pytest.raises(InvalidInputError) as caught:
            build(texts)
        assert caught.value.path == where


def test_a_basket_holds_basket_lines_a_currency_and_a_country() -> None:
    """Anything else is refused with its path."""
    for path, fields in {
        "lines[1]": {"lines": (line("1.00"), "mug")},
        "currency": {"currency": "zl"},
        "country": {"country": "pl"},
        "delivery_method": {"delivery_method": ""},
    }.items():
        with pytest.raises(InvalidInputError) as caught:
            Basket(**{"currency": "PLN", "lines": (), "country": "PL", **fields})
        assert caught.value.path == path


def test_a_quote_without_lines_is_worth_nothing_when_it_is_priced_again() -> None:
    """No basket has such a quote; but whoever verifies a database that was tampered with may meet one."""
    again = priced_again(attrs.evolve(priced(line("1.00")), lines=()), Tariff(), "PL")
    assert isinstance(again, Quote)
    assert again.total == Money(0, "PLN")
