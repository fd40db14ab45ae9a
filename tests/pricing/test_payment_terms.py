"""What ways to pay cost and who may have which: fees as taxed parts of the total, and every reason against a way."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import wire, wording
from orderflow.errors import InvalidInputError
from orderflow.money import Money, total_of
from orderflow.pricing import (
    Basket,
    Circumstances,
    DeliveryTax,
    Fee,
    MoneyPolicy,
    OrderPercent,
    PaymentCountryNotServed,
    PaymentNotForDelivery,
    PaymentNotInCurrency,
    PaymentNotOffered,
    PaymentOffer,
    PaymentTerms,
    Percent,
    Promotion,
    Promotions,
    Quote,
    Tariff,
    TotalAboveHighest,
    TotalBelowLowest,
    TotalTooLarge,
    UnknownPaymentMethod,
    VatRate,
    priced_again,
    quote,
)
from orderflow.pricing._quote import LARGEST_TOTAL

from .baskets import REDUCED, STANDARD, basket, delivered_baskets, line, method


def pln(text: str) -> Money:
    return Money.parse(text, "PLN")


def terms(code: str = "cash", fee: str | None = None, vat: VatRate = STANDARD, *, net: bool = False, **limits: Any):
    costs = None if fee is None else Fee(price=pln(fee), vat=vat, price_includes_vat=not net)
    amounts = {name: pln(value) for name, value in limits.items() if name.endswith("_total")}
    return PaymentTerms(code=code, fee=costs, **{**limits, **amounts})


def paid_by(code: str | None, asked: Basket) -> Basket:
    return attrs.evolve(asked, circumstances=attrs.evolve(asked.circumstances, payment_method=code))


def price(asked: Basket, *payments: PaymentTerms, courier: Any = None, **options: Any) -> Quote:
    answer = quote(asked, Tariff((courier,) if courier else (), payments), **options)
    assert isinstance(answer, Quote), answer
    return answer


def reasons(asked: Basket, *payments: PaymentTerms, courier: Any = None) -> tuple[object, ...]:
    answer = quote(asked, Tariff((courier,) if courier else (), payments))
    assert not isinstance(answer, Quote)
    return answer.reasons


MUG = line("100.00")


# What it costs


def test_a_fee_is_a_part_of_the_total_with_vat_of_its_own() -> None:
    """5.00 for cash at 8 % beside goods at 23 %: two groups, and the ledger's units without it."""
    answer = price(paid_by("cash", basket(MUG)), terms(fee="5.00", vat=REDUCED))
    assert (answer.goods, answer.payment_fee, answer.total) == (pln("100.00"), pln("5.00"), pln("105.00"))
    assert answer.fee is not None
    assert (answer.fee.net, answer.fee.vat_amount) == (pln("4.63"), pln("0.37"))
    assert [(group.rate, group.gross) for group in answer.vat] == [(STANDARD, pln("100.00")), (REDUCED, pln("5.00"))]
    assert answer.vat_total == pln("19.07")
    assert answer.ledger.total.paid == 10_000


def test_a_fee_joins_the_group_of_its_rate_which_is_still_rounded_once() -> None:
    """0.03 and a fee of 0.03 at 23 %: 0.01 each alone, 0.01 together."""
    answer = price(paid_by("cash", basket(line("0.03"))), terms(fee="0.03"))
    assert answer.fee is not None
    assert (answer.vat_total, answer.fee.vat_amount) == (pln("0.01"), pln("0.00"))


def test_a_net_fee_adds_its_vat() -> None:
    """5.00 before VAT at 23 % are 6.15."""
    answer = price(paid_by("cash", basket(line("100.00", net=True))), terms(fee="5.00", net=True))
    assert (answer.payment_fee, answer.total) == (pln("6.15"), pln("129.15"))


def test_a_fee_may_be_taxed_like_the_goods() -> None:
    """75.00 at 23 % and 25.00 at 8 %: a fee of 4.00 is 3.00 of the one and 1.00 of the other; so is the delivery."""
    goods = (line("75.00"), line("25.00", vat=REDUCED, id="2"))
    asked = paid_by("cash", basket(*goods, delivery="courier"))
    like_goods = MoneyPolicy(delivery_tax=DeliveryTax.LIKE_GOODS)
    answer = price(asked, terms(fee="4.00", vat=VatRate(0, "zero")), courier=method("8.00"), policy=like_goods)
    assert [(group.rate, group.gross) for group in answer.vat] == [(STANDARD, pln("84.00")), (REDUCED, pln("28.00"))]
    assert answer.fee is not None
    assert answer.fee.vat_amount == pln("0.56") + pln("0.07")


def test_no_promotion_touches_a_fee() -> None:
    """Even with everything for nothing, paying costs what it costs."""
    free = Promotions((Promotion(id="all", benefit=OrderPercent(percent=Percent.parse("100"))),))
    answer = price(paid_by("cash", basket(MUG)), terms(fee="5.00"), promotions=free)
    assert (answer.goods, answer.total) == (pln("0.00"), pln("5.00"))


def test_without_a_chosen_way_nothing_is_added_and_everything_is_offered() -> None:
    """Each with what it would add; a way without a fee adds nothing."""
    answer = price(basket(MUG), terms(fee="5.00"), terms("card"))
    assert answer.fee is None
    assert answer.total == pln("100.00")
    assert answer.payment_offers == (
        PaymentOffer(code="cash", fee=pln("5.00")),
        PaymentOffer(code="card", fee=pln("0")),
    )


def test_a_tariff_without_terms_takes_any_way_to_pay_for_nothing() -> None:
    """It says nothing of them."""
    answer = price(paid_by("anything", basket(MUG)))
    assert (answer.fee, answer.payment_offers, answer.payment_not_offered) == (None, (), ())


def test_what_a_way_costs_is_known_afterwards_whether_it_was_offered_or_not() -> None:
    """One that was not known costs nothing, and neither does one with a fee in another currency."""
    euros = PaymentTerms(code="euros", fee=Fee(price=Money.parse("1.00", "EUR"), vat=STANDARD))
    answer = price(basket(MUG), terms(fee="5.00"), terms("dear", fee="9.00", highest_total="10.00"), euros)
    assert [each.fee for each in answer.payment_not_offered] == [pln("9.00"), None]
    found = {code: answer.fee_of(code) for code in ("cash", "dear", "euros", "unknown")}
    assert found == {"cash": pln("5.00"), "dear": pln("9.00"), "euros": pln("0.00"), "unknown": pln("0.00")}


@given(delivered_baskets())
def test_the_fee_offered_is_what_choosing_it_adds(asked: tuple[Basket, Tariff]) -> None:
    """And nothing else of the price changes."""
    goods, tariff = asked
    before, after = quote(paid_by(None, goods), tariff), quote(paid_by("cash", goods), tariff)
    assert isinstance(before, Quote)
    assert isinstance(after, Quote)
    assert before.payment_offers == after.payment_offers == (PaymentOffer(code="cash", fee=after.payment_fee),)
    assert after.total == before.total + after.payment_fee
    assert (after.lines, after.delivery, after.offers) == (before.lines, before.delivery, before.offers)
    assert after.ledger.total.paid + after.payment_fee.minor == after.total.minor


@given(delivered_baskets())
def test_a_fee_is_worked_out_again_from_what_is_pinned(asked: tuple[Basket, Tariff]) -> None:
    """With the terms as they were, and nothing else known of the tariff."""
    goods, tariff = asked
    answer = quote(paid_by("cash", goods), attrs.evolve(tariff, methods=()))
    if goods.delivery_method is not None:
        return
    assert isinstance(answer, Quote)
    assert priced_again(answer, attrs.evolve(tariff, methods=()), goods.country) == answer


def test_a_total_with_its_fee_may_not_be_too_large() -> None:
    """The fee counts."""
    dear = line(Money(LARGEST_TOTAL, "PLN").text)
    assert price(basket(dear), terms(fee="0.01")).total.minor == LARGEST_TOTAL
    assert [type(each) for each in reasons(paid_by("cash", basket(dear)), terms(fee="0.01"))] == [TotalTooLarge]


# Who may have it


def test_an_unknown_way_to_pay_is_rejected_with_those_that_are_offered() -> None:
    """Once the tariff names any."""
    asked = paid_by("cheque", basket(MUG))
    assert reasons(asked, terms(), terms("dear", lowest_total="500.00")) == (
        UnknownPaymentMethod(method="cheque", allowed=("cash",)),
    )


@pytest.mark.parametrize(("highest", "is_offered"), [("104.99", False), ("105.00", True)])
def test_the_highest_total_counts_the_fee(highest: str, is_offered: bool) -> None:
    """100.00 and the fee of 5.00 are 105.00; the limit itself is taken."""
    cash = terms(fee="5.00", highest_total=highest)
    answer = price(basket(MUG), cash)
    assert bool(answer.payment_offers) is is_offered
    if not is_offered:
        above = TotalAboveHighest(method="cash", total=pln("105.00"), highest_total=pln(highest), allowed=())
        assert reasons(paid_by("cash", basket(MUG)), cash) == (above,)


@pytest.mark.parametrize(("lowest", "is_offered"), [("100.01", False), ("100.00", True)])
def test_the_lowest_total_is_enough(lowest: str, is_offered: bool) -> None:
    """Less is refused."""
    later = terms("later", lowest_total=lowest)
    assert bool(price(basket(MUG), later).payment_offers) is is_offered
    if not is_offered:
        below = TotalBelowLowest(method="later", total=pln("100.00"), lowest_total=pln(lowest), allowed=())
        assert reasons(paid_by("later", basket(MUG)), later) == (below,)


def test_limits_are_of_what_is_paid_after_promotions_and_with_the_delivery() -> None:
    """Half of 100.00 and a courier for 10.00: 60.00."""
    half = Promotions((Promotion(id="half", benefit=OrderPercent(percent=Percent.parse("50"))),))
    cash = terms(highest_total="60.00")
    answer = price(basket(MUG, delivery="courier"), cash, courier=method("10.00"), promotions=half)
    assert answer.payment_offers == (PaymentOffer(code="cash", fee=pln("0.00")),)


def test_a_way_may_go_with_some_deliveries_only() -> None:
    """Before a delivery is chosen it is offered."""
    cash = terms(delivery_methods=["courier"])
    tariff = Tariff((method("10.00"), method("5.00", code="locker")), (cash, terms("card")))
    found = {}
    for chosen in (None, "courier", "locker"):
        answer = quote(basket(MUG, delivery=chosen), tariff)
        assert isinstance(answer, Quote)
        found[chosen] = [each.code for each in answer.payment_offers]
    assert found == {None: ["cash", "card"], "courier": ["cash", "card"], "locker": ["card"]}
    assert answer.payment_not_offered == (
        PaymentNotOffered(
            code="cash",
            fee=pln("0.00"),
            reasons=(
                PaymentNotForDelivery(
                    method="cash", delivery_method="locker", delivery_methods=("courier",), allowed=("card",)
                ),
            ),
        ),
    )


def test_every_reason_against_a_way_is_told() -> None:
    """Too much, too far, and not with this delivery; in a foreign currency there are no limits to compare with."""
    courier, locker = method("10.00"), method("5.00", code="locker")
    cash = terms(fee="5.00", highest_total="50.00", countries=["PL"], delivery_methods=["locker"])
    asked = paid_by("cash", basket(MUG, delivery="courier", country="DE"))
    answer = quote(asked, Tariff((courier, locker), (cash,)))
    assert not isinstance(answer, Quote)
    assert answer.reasons == (
        TotalAboveHighest(method="cash", total=pln("115.00"), highest_total=pln("50.00"), allowed=()),
        PaymentCountryNotServed(method="cash", country="DE", allowed=()),
        PaymentNotForDelivery(method="cash", delivery_method="courier", delivery_methods=("locker",), allowed=()),
    )
    euros = PaymentTerms(code="euros", lowest_total=Money.parse("1.00", "EUR"), countries=["DE"])
    assert reasons(paid_by("euros", basket(MUG)), euros) == (
        PaymentNotInCurrency(method="euros", currency="PLN", priced_in="EUR", allowed=()),
        PaymentCountryNotServed(method="euros", country="PL", allowed=()),
    )


@st.composite
def choices(draw: st.DrawFn) -> tuple[Basket, Tariff]:
    """A basket, and several ways to pay with all sorts of limits."""
    codes = ("a", "b", "c")
    amount = st.integers(0, 20_000).map(lambda minor: Money(minor, draw(st.sampled_from(("PLN", "PLN", "EUR")))))
    found = []
    for code in codes:
        currency = draw(st.sampled_from(("PLN", "PLN", "PLN", "EUR")))
        amount = st.none() | st.builds(Money, st.integers(0, 20_000), st.just(currency))
        cost = draw(amount)
        found.append(
            PaymentTerms(
                code=code,
                fee=None if cost is None else Fee(price=cost, vat=STANDARD),
                highest_total=draw(amount),
                lowest_total=draw(amount),
                countries=draw(st.sampled_from(((), ("PL",), ("DE",)))),
                delivery_methods=draw(st.sampled_from(((), ("courier",), ("locker",)))),
            )
        )
    lines = [line(f"{draw(st.integers(0, 100))}.00", id=str(index)) for index in range(draw(st.integers(1, 3)))]
    delivery = draw(st.sampled_from((None, "courier", "locker")))
    return basket(*lines, delivery=delivery), Tariff((method("10.00"), method("5.00", code="locker")), found)


@given(choices(), st.randoms(use_true_random=False))
def test_who_may_pay_how_does_not_depend_on_any_order(asked: tuple[Basket, Tariff], chance: Any) -> None:
    """Of lines, of ways to pay, or of deliveries; only the order in which they are shown does."""
    goods, tariff = asked
    lines, payments, methods = (list(each) for each in (goods.lines, tariff.payments, tariff.methods))
    for each in (lines, payments, methods):
        chance.shuffle(each)
    one, other = quote(goods, tariff), quote(attrs.evolve(goods, lines=lines), Tariff(methods, payments))
    assert isinstance(one, Quote)
    assert isinstance(other, Quote)

    def told(answer: Quote) -> dict[str, object]:
        refused = {
            each.code: {repr(attrs.evolve(r, allowed=())) for r in each.reasons} for each in answer.payment_not_offered
        }
        return {each.code: each.fee for each in answer.payment_offers} | refused

    assert told(one) == told(other)


@given(choices())
def test_a_way_is_offered_exactly_when_choosing_it_is_accepted(asked: tuple[Basket, Tariff]) -> None:
    """And what is not offered is refused with the reasons that were told."""
    goods, tariff = asked
    answer = quote(goods, tariff)
    assert isinstance(answer, Quote)
    offered = {each.code: each.fee for each in answer.payment_offers}
    assert len(answer.payment_offers) + len(answer.payment_not_offered) == len(tariff.payments)
    for payment in tariff.payments:
        chosen = quote(paid_by(payment.code, goods), tariff)
        if payment.code in offered:
            assert isinstance(chosen, Quote)
            assert chosen.total == answer.total + offered[payment.code]
        else:
            told = next(each for each in answer.payment_not_offered if each.code == payment.code)
            assert not isinstance(chosen, Quote)
            assert chosen.reasons == told.reasons
            assert all(reason.allowed == tuple(offered) for reason in told.reasons)


# What is refused


@pytest.mark.parametrize(
    ("build", "path"),
    [
        (lambda: terms(""), "code"),
        (lambda: PaymentTerms(code="cash", fee=pln("5.00")), "fee"),  # type: ignore[arg-type]
        (lambda: terms(fee="5.00", highest_total="-1.00"), "highest_total"),
        (lambda: PaymentTerms(code="c", lowest_total=pln("5"), highest_total=Money.parse("9", "EUR")), "lowest_total"),
        (lambda: terms(countries=["Poland"]), "countries[0]"),
        (lambda: terms(countries="PL"), "countries"),
        (lambda: terms(delivery_methods=[""]), "delivery_methods[0]"),
        (lambda: Fee(price=Money(-1, "PLN"), vat=STANDARD), "price"),
        (lambda: Fee(price=pln("1"), vat=23), "vat"),  # type: ignore[arg-type]
        (lambda: Fee(price=pln("1"), vat=STANDARD, price_includes_vat=1), "price_includes_vat"),  # type: ignore[arg-type]
        (lambda: Tariff((), (terms(), terms())), "payments[1].code"),
        (lambda: Tariff((), ("cash",)), "payments[0]"),  # type: ignore[arg-type]
        (
            lambda: Tariff((method("1"),), (terms(delivery_methods=["courier", "loker"]),)),
            "payments[0].delivery_methods[1]",
        ),
    ],
)
def test_terms_that_make_no_sense_are_refused_with_the_place(build: Any, path: str) -> None:
    """Names, amounts, currencies, and deliveries that are not there."""
    with pytest.raises(InvalidInputError) as refused:
        build()
    assert refused.value.path == path


# In documents and in words


DOCUMENT = """{"currency": "PLN", "delivery_method": "courier",
    "lines": [{"sku": "MUG", "unit_price": "100.00", "quantity": 1, "vat": "23"}],
    "delivery": [{"code": "courier", "price": "15.00", "vat": "23"}],
    "circumstances": {"payment_method": "cash"},
    "payments": [{"code": "cash", "fee": {"price": "5.00", "vat": "23"}, "highest_total": "500.00"},
                 {"code": "card"}]}"""


def test_ways_to_pay_are_read_from_a_basket_document_and_written_back() -> None:
    """A fee without a rate has none, like a delivery."""
    found = wire.load_basket(DOCUMENT)
    assert found.tariff.payments == (terms(fee="5.00", highest_total="500.00"), terms("card"))
    assert wire.load_basket(wire.dump_basket(found)) == found
    with_none = wire.load_basket(DOCUMENT.replace('"5.00", "vat": "23"', '"5.00"'))
    assert with_none.tariff.payments[0].fee == Fee(price=pln("5.00"), vat=VatRate(0, "none"))


def test_what_is_wrong_with_them_is_told_by_its_place_in_the_document() -> None:
    """As with everything else in it."""
    for wrong, path in (
        ('"500.00"', "payments[0].highest_total"),
        ('"code": "card"', "payments[1].delivery_methods[0]"),
    ):
        broken = {'"500.00"': '"a lot"', '"code": "card"': '"code": "card", "delivery_methods": ["owl"]'}[wrong]
        with pytest.raises(InvalidInputError) as refused:
            wire.load_basket(DOCUMENT.replace(wrong, broken))
        assert refused.value.path == path
    euros = PaymentTerms(code="euros", highest_total=Money.parse("9.00", "EUR"))
    foreign = attrs.evolve(wire.load_basket(DOCUMENT), tariff=Tariff((method("15.00"),), (euros,)))
    with pytest.raises(InvalidInputError) as refused:
        wire.dump_basket(foreign)
    assert refused.value.path == "payments[0].highest_total"


def test_a_fee_stands_in_the_quote_document_and_adds_up() -> None:
    """With the ways that are offered and what each of them adds."""
    found = wire.load_basket(DOCUMENT)
    answer = quote(found.basket, found.tariff)
    text = wire.dump_quote(answer)
    assert '"payment_fee":"5.00"' in text
    assert '"total":"120.00"' in text
    assert '"payment_offers":[{"code":"cash","fee":"5.00"},{"code":"card","fee":"0.00"}]' in text
    assert '"payment_not_offered":[]' in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "fee for paying by cash: PLN 5.00"),
        ("pl", "opłata za płatność cash: 5,00 zł"),
        ("de", "Gebühr für Zahlung mit cash: 5,00 PLN"),
    ],
)
def test_a_fee_is_explained(language: str, words: str) -> None:
    """In words, as a table, and in a notebook; the rows sum to the total."""
    asked = paid_by("cash", basket(MUG, delivery="courier"))
    answer = price(asked, terms(fee="5.00"), courier=method("15.00"))
    told = answer.explain()
    assert words in wording.explain(told, language).replace("\u00a0", " ")
    assert "fee cash" in str(told)
    assert "<td" in told._repr_html_()
    assert "fee cash</td>" in told._repr_html_()
    assert total_of((told.goods, told.delivery_price, told.payment_fee), "PLN") == told.total


def test_a_net_fee_says_that_its_price_is_before_vat() -> None:
    """And what it comes to."""
    answer = price(paid_by("cash", basket(MUG)), terms(fee="5.00", net=True))
    assert "PLN 5.00 before VAT, to pay PLN 6.15" in wording.explain(answer, "en").replace("\u00a0", " ")
    assert "fee cash (before VAT)" in str(answer.explain())


def test_circumstances_name_the_chosen_way() -> None:
    """The same field that promotions ask for the way to pay."""
    answer = price(basket(MUG), terms(fee="5.00"))
    chosen = price(attrs.evolve(basket(MUG), circumstances=Circumstances(payment_method="cash")), terms(fee="5.00"))
    assert chosen.total - answer.total == pln("5.00")
