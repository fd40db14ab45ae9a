"""What customers are told, as their order stands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orderflow import orders, payments, returns, shipping, workflows
from orderflow.decisions import Rejected
from orderflow.errors import InvalidInputError
from orderflow.identifiers import OrderId, PersonRef, Reference
from orderflow.law import WithdrawalException
from orderflow.money import Money
from orderflow.orders import BuyerKind, Evidence, Identity, Line, PlaceOrder, ToAddress, ToDownload, ToPoint, ToShop
from orderflow.payments import Outcome, PaymentFacts, RefundStage, TenderKind
from orderflow.people import Address, Contact, Person
from orderflow.ports.gateway import Form, Instructions, Redirect
from orderflow.pricing import DeliveryKind, DeliveryMethod, Fee, PaymentTerms, Tariff, VatRate
from orderflow.quantities import Quantities
from orderflow.shipping import TrackingFact, TrackingStatus
from orderflow.wording import LANGUAGES, message_for
from orderflow.workflows import MESSAGES, Context, OrderFile, PaymentMethod, Policy, RequestKind

START = datetime(2026, 12, 1, 11, tzinfo=UTC)
SPACE = "\u00a0"
REFERENCE = "222-5PR-MAP3"
HOME = Address(name="Anna Nowak", street="Długa 1", city="Kraków", postal_code="30-001", country="PL")
CONTACT = Contact(name="Anna Nowak", email="anna@example.com", phone="600100200")


def pln(text: str) -> Money:
    return Money.parse(text, "PLN")


METHODS = tuple(
    DeliveryMethod(code=kind.value, kind=kind, price=pln(price), vat=VatRate(2300))
    for kind, price in zip(DeliveryKind, ("14.99", "9.99", "0", "0"), strict=True)
)
POLICY = Policy(
    seller="Kubki i Spółka",
    channel="default",
    law="PL",
    tariff=Tariff(METHODS, [PaymentTerms(code="cash", fee=Fee(price=pln("5.00"), vat=VatRate(2300)))]),
    payment_methods=(
        PaymentMethod(code="card", gateway="card", kind=TenderKind.PREPAID),
        PaymentMethod(code="transfer", gateway="transfer", kind=TenderKind.TRANSFER),
        PaymentMethod(code="cash", gateway="transfer", kind=TenderKind.CASH_ON_DELIVERY),
    ),
)
TARGETS = {
    "courier": ToAddress(address=HOME),
    "point": ToPoint(point="KRA01A", country="PL"),
    "shop": ToShop(shop="main-street", country="PL"),
    "download": ToDownload(country="PL"),
}
MUGS = Line(line="mugs", sku="MUG", name="Kubek {x}", quantity=2, unit_price=pln("1024.99"), vat=VatRate(2300))
CUPS = Line(line="cups", sku="CUP", name="Kubek z uchem", quantity=2, unit_price=pln("900"), vat=VatRate(2300))
TEA = Line(line="tea", sku="TEA", name="Herbata", quantity=5, unit_price=pln("10"), vat=VatRate(500, "reduced"))


class Desk:
    """One order at work: the pure plan, with a clock that goes on by an hour."""

    def __init__(self, *, lines: tuple[Line, ...] = (MUGS, TEA), delivery: str = "courier", **fields: Any) -> None:
        self.at = START
        self.file = OrderFile()
        self.person: Person | None = None
        command = PlaceOrder(
            **{
                "lines": lines,
                "currency": "PLN",
                "contact": CONTACT,
                "target": TARGETS[delivery],
                "delivery_method": delivery,
                "payment_method": "card",
                "language": "pl",
                **fields,
            }
        )
        assert self.do(command)

    def do(self, command: Any) -> bool:
        self.at += timedelta(hours=1)
        identity = Identity(
            order=OrderId("ord_01"),
            reference=Reference(REFERENCE),
            person=PersonRef("per_01"),
            seller=POLICY.seller,
            law=POLICY.law,
            channel=POLICY.channel,
            process=workflows.PROCESS,
        )
        planned = workflows.plan(
            command, self.file, Context(at=self.at, policy=POLICY, person=self.person, identity=identity)
        )
        if isinstance(planned, Rejected):
            return False
        self.file = planned.file
        self.person = planned.person or self.person
        return True

    def try_all(self, *commands: Any) -> Desk:
        for command in commands:
            assert self.do(command), command
        return self

    def pay(self, outcome: Outcome = Outcome.CAPTURED, attempt: int = 1) -> Desk:
        amount = self.file.order.quote.total
        facts = PaymentFacts(
            outcome=outcome,
            occurred_at=self.at,
            captured=amount if outcome is Outcome.CAPTURED else None,
            authorised=amount if outcome is Outcome.AUTHORISED else None,
        )
        return self.try_all(payments.ObservePayment(order="o", attempt=attempt, facts=facts))

    def ship(self, **quantities: int) -> Desk:
        units = Quantities(quantities) if quantities else None
        number = len(self.file.shipping.parcels) + 1
        return self.try_all(
            shipping.PickLines(order="o", quantities=units),
            shipping.PackParcel(order="o", quantities=units, courier="swift"),
            shipping.HandOver(order="o", parcel=number, tracking=f"TRACK{number}"),
        )

    def track(self, parcel: int, status: TrackingStatus) -> Desk:
        fact = TrackingFact(status=status, occurred_at=self.at)
        return self.try_all(shipping.RecordTracking(order="o", parcel=parcel, fact=fact))

    def message(self, kind: RequestKind, number: int = 0, **options: Any) -> Any:
        assert self.person is not None
        return message_for(kind, number, self.file, self.person, "key-1", **options)

    def body(self, kind: RequestKind, number: int = 0, **options: Any) -> str:
        return str(self.message(kind, number, **options).body).replace(SPACE, " ")


def test_a_message_carries_what_a_notifier_needs():
    """To whom, under which key, in which language; and whose record it is erased with."""
    message = Desk(language="pl-PL").message(RequestKind.SEND_RECEIVED)
    assert (message.key, message.kind, message.order, message.person) == (
        "key-1", "send_received", REFERENCE, "per_01",
    )  # fmt: skip
    assert (message.language, message.name, message.email, message.phone) == (
        "pl", "Anna Nowak", "anna@example.com", "600100200",
    )  # fmt: skip
    assert message.subject == f"Otrzymaliśmy zamówienie {REFERENCE}"


@pytest.mark.parametrize("language", [*LANGUAGES, "fr"])
@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_every_kind_of_message_is_written_in_every_language(kind, language):
    """A new kind fails here until somebody writes it."""
    message = Desk(language=language).pay().ship().message(kind, 1)
    assert REFERENCE in message.subject
    assert "\n" not in message.subject
    assert REFERENCE in message.body
    assert "Anna Nowak" in message.body
    assert "Kubki i Spółka" in message.body
    assert message.language == (language if language in LANGUAGES else "en")


@pytest.mark.parametrize("kind", sorted(set(RequestKind) - MESSAGES))
def test_what_is_no_message_is_refused(kind):
    """Only messages are sent."""
    with pytest.raises(InvalidInputError, match="sends no message"):
        Desk().message(kind)


@pytest.mark.parametrize(
    ("language", "total", "days", "withdraw", "form", "day"),
    [
        ("pl", "2 114,97 zł", "14 dni", "odstąpić", "odstąpieniu od umowy", "1 grudnia 2026"),
        ("de", "2.114,97 PLN", "14 Tage", "widerrufen", "Hiermit widerrufe ich", "1. Dezember 2026"),
        ("en-GB", "PLN 2,114.97", "14 days", "withdraw", "I hereby give notice", "1 December 2026"),
    ],
)
def test_the_confirmation_holds_what_the_law_asks_for_on_a_durable_medium(language, total, days, withdraw, form, day):
    """Reference, seller, day, goods, quantities, prices, delivery, total with VAT, withdrawal (CRD art. 8(7))."""
    body = Desk(language=language).pay().body(RequestKind.SEND_CONFIRMED)
    for part in (REFERENCE, "Kubki i Spółka", day, "Kubek {x}", "MUG", "Herbata", "TEA", "Długa 1", "30-001 Kraków"):
        assert part in body
    for part in (total, days, withdraw, form):
        assert part in body


def test_a_polish_confirmation_reads_like_this():
    """The summary, to the letter."""
    body = Desk().pay().body(RequestKind.SEND_CONFIRMED)
    summary = body.split("\n\n")[2]
    assert summary == (
        f"Zamówienie {REFERENCE} z 1 grudnia 2026, 13:00, sprzedawca Kubki i Spółka\n"
        "- Kubek {x} (MUG), 2 sztuki po 1 024,99 zł: 2 049,98 zł\n"
        "- Herbata (TEA), 5 sztuk po 10,00 zł: 50,00 zł\n"
        "Dostawa courier, pod adres: 14,99 zł\n"
        "Miejsce dostawy: Anna Nowak, Długa 1, 30-001 Kraków, Polska\n"
        "Razem: 2 114,97 zł\n"
        "w tym VAT: 388,51 zł\n"
        "- VAT 23% od 2 064,97 zł: 386,13 zł\n"
        "- VAT 5% od 50,00 zł: 2,38 zł"
    )
    assert "Zapłacono: 2 114,97 zł." in body


def test_net_prices_are_shown_as_such():
    """A business sees its net price, and what it comes to."""
    line = attrs.evolve(MUGS, price_includes_vat=False, unit_price=pln("100"))
    body = Desk(lines=(line,)).body(RequestKind.SEND_RECEIVED)
    assert "2 sztuki po 100,00 zł netto: 246,00 zł brutto" in body


@pytest.mark.parametrize(
    ("delivery", "place", "next_step"),
    [
        ("courier", "Miejsce dostawy: Anna Nowak, Długa 1", "gdy będzie w drodze"),
        ("point", "Miejsce dostawy: KRA01A", "gdy będzie można go odebrać"),
        ("shop", "Miejsce dostawy: main-street", "do odbioru w sklepie"),
        ("download", "Miejsce dostawy: anna@example.com", "e-mailem"),
    ],
)
def test_the_confirmation_says_where_the_goods_go_and_what_comes_next(delivery, place, next_step):
    """Each kind of delivery in its own words."""
    body = Desk(delivery=delivery).pay().body(RequestKind.SEND_CONFIRMED)
    assert place in body
    assert next_step in body


def test_discounts_and_amounts_beside_the_lines_are_shown():
    """An adopted order may have both; the summary still adds up."""
    desk = Desk(lines=(TEA,), language="en")
    quote = desk.file.order.quote
    line = attrs.evolve(quote.lines[0], share=attrs.evolve(quote.lines[0].share, discount=500))
    recorded = attrs.evolve(quote, lines=(line,), total=quote.total + pln("3.50"))
    desk.file = attrs.evolve(desk.file, orders=attrs.evolve(desk.file.order, quote=recorded))
    body = desk.body(RequestKind.SEND_RECEIVED)
    assert "PLN 50.00 (discount taken off: PLN 5.00)" in body
    assert "Other items: PLN 3.50\nTotal: PLN 68.49" in body


def test_free_delivery_is_called_free():
    """Not 0,00 zł."""
    assert "bezpłatnie" in Desk(delivery="shop").body(RequestKind.SEND_RECEIVED)


def test_a_business_is_not_told_of_a_right_that_it_does_not_have():
    """The right of withdrawal is the consumer's."""
    body = Desk(buyer=BuyerKind.BUSINESS).pay().body(RequestKind.SEND_CONFIRMED)
    assert "odstąpienia" not in body


def test_lines_that_cannot_be_withdrawn_from_are_named_with_the_reason():
    """The exceptions are part of the information (CRD art. 6(1)(k))."""
    spoils = attrs.evolve(TEA, not_withdrawable=WithdrawalException.PERISHABLE.value)
    mixed = Desk(lines=(MUGS, spoils), language="en").pay().body(RequestKind.SEND_CONFIRMED)
    assert "- Herbata: no right of withdrawal; it spoils quickly" in mixed
    assert "within 14 days" in mixed
    alone = Desk(lines=(spoils,), language="en").pay().body(RequestKind.SEND_CONFIRMED)
    assert "There is no right of withdrawal for this order:" in alone
    assert "14 days" not in alone


@pytest.mark.parametrize("code", ["sale", WithdrawalException.SEALED_HYGIENE.value])
def test_a_seal_or_a_shops_own_exception_does_not_take_the_right_away(code):
    """Unknown exceptions have no force, and a seal counts only once it is broken."""
    line = attrs.evolve(MUGS, not_withdrawable=code)
    body = Desk(lines=(line,), language="en").pay().body(RequestKind.SEND_CONFIRMED)
    assert "within 14 days" in body
    assert ("excluded once opened" in body) == (code != "sale")


def test_the_confirmation_repeats_what_was_shown_and_agreed_to():
    """Consents and the texts that were kept travel on the durable medium."""
    evidence = (
        Evidence(kind="terms", version="7", at=START),
        Evidence(kind="withdrawal_information", version="3", at=START, text="Line one\nLine two"),
    )
    body = Desk(evidence=evidence, language="en").pay().body(RequestKind.SEND_CONFIRMED)
    assert "- terms, version 7, December 1, 2026" in body
    assert "- information on the right of withdrawal, version 3" in body
    assert "Line one\nLine two" in body


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("card", "Do zapłaty pozostało: 2 114,97 zł (metoda płatności: card)."),
        ("transfer", f"Prosimy o przelew na kwotę 2 114,97 zł z tytułem {REFERENCE}."),
        ("cash", "Płatność przy odbiorze: 2 119,97 zł."),
    ],
)
def test_the_customer_reads_how_to_pay(method, expected):
    """Online, by transfer, or at the door."""
    assert expected in Desk(payment_method=method).body(RequestKind.SEND_RECEIVED)


def test_a_bank_account_or_payment_page_is_shown_where_it_is_known():
    """The next step of the payment, in words."""
    desk = Desk(payment_method="transfer")
    steps = Instructions((("account", "PL61 1090"), ("title", REFERENCE), ("amount", "2114.97 PLN")))
    body = desk.body(RequestKind.SEND_RECEIVED, next_step=steps)
    assert f"- Rachunek: PL61 1090\n- Tytuł: {REFERENCE}\n- Kwota: 2 114,97 zł" in body
    steps = Instructions((("swift", "WBKPPLPP"), ("amount", "10.00 PLN")))
    assert "- swift: WBKPPLPP\n- Kwota: 10.00 PLN" in desk.body(RequestKind.SEND_RECEIVED, next_step=steps)
    page = Redirect("https://pay.example/1")
    assert "Zapłać tutaj: https://pay.example/1" in desk.body(RequestKind.SEND_PAYMENT_FAILED, 1, next_step=page)
    form = Form("https://pay.example/1", (("secret", "token"),))
    assert "token" not in desk.body(RequestKind.SEND_RECEIVED, next_step=form)


def test_reserved_money_is_called_reserved():
    """Authorised is neither paid nor to be paid."""
    body = Desk().pay(Outcome.AUTHORISED).body(RequestKind.SEND_RECEIVED)
    assert "Kwota zablokowana w banku" in body


def test_a_failed_payment_says_what_is_due_and_until_when():
    """And that it can be tried again."""
    body = Desk().pay(Outcome.FAILED).body(RequestKind.SEND_PAYMENT_FAILED, 1)
    assert "Do zapłaty pozostało: 2 114,97 zł. Możesz zapłacić ponownie" in body
    assert "Trzymamy dla Ciebie towar do 1 grudnia 2026, 14:00." in body


def test_a_failed_payment_that_was_paid_otherwise_asks_for_nothing():
    """A message that goes out late tells the present state."""
    body = Desk().pay(Outcome.FAILED).pay().body(RequestKind.SEND_PAYMENT_FAILED, 1)
    assert "Do zapłaty" not in body


def test_cancelled_units_are_taken_off_the_total():
    """The confirmation of an order that shrank adds up."""
    desk = Desk(payment_method="transfer", language="en")
    desk.try_all(orders.CancelLines(order="o", quantities=Quantities({"tea": 2})))
    body = desk.body(RequestKind.SEND_RECEIVED)
    assert "Total: PLN 2,114.97" in body
    assert "(cancelled or returned): -PLN 20.00" in body
    assert "Total now: PLN 2,094.97" in body
    assert "Please transfer PLN 2,094.97" in body


def test_another_delivery_changes_the_total_and_claims_no_vat_that_is_not_known():
    """Only the gross price of the later choice is on record."""
    desk = Desk(language="en")
    desk.try_all(orders.AmendDelivery(order="o", delivery_method="point", target=TARGETS["point"]))
    body = desk.body(RequestKind.SEND_RECEIVED)
    assert "Total: PLN 2,109.97\nVAT is included." in body
    assert "Place of delivery: KRA01A" in body


@pytest.mark.parametrize(
    ("language", "deposit", "total"),
    [
        ("en", "Deposit on packaging, without VAT: PLN 2.50", "Total: PLN 67.49"),
        ("pl", "Kaucja za opakowania, bez VAT: 2,50 zł", "Razem: 67,49 zł"),
        ("de", "Pfand, ohne MwSt.: 2,50 PLN", "67,49 PLN"),
    ],
)
def test_a_deposit_stands_apart_from_the_goods(language, deposit, total):
    """It is paid, and bears no VAT."""
    body = Desk(lines=(attrs.evolve(TEA, deposit=pln("0.50")),), language=language).body(RequestKind.SEND_RECEIVED)
    assert deposit in body
    assert total in body
    assert "Other items" not in body


@pytest.mark.parametrize(
    ("language", "fee"),
    [
        ("en", "Fee for paying by cash: PLN 5.00"),
        ("pl", "Opłata za płatność cash: 5,00 zł"),
        ("de", "Gebühr für Zahlung mit cash: 5,00 PLN"),
    ],
)
def test_the_fee_of_the_payment_stands_beside_the_delivery(language, fee):
    """And is in the total and its VAT."""
    body = Desk(payment_method="cash", language=language).body(RequestKind.SEND_CONFIRMED)
    assert fee in body
    assert {"en": "2,119.97", "pl": "2 119,97", "de": "2.119,97"}[language] in body
    assert {"en": "387.07", "pl": "387,07", "de": "387,07"}[language] in body  # 23 % in 2 069.97


def test_another_way_to_pay_changes_the_total_and_claims_no_vat_that_is_not_known():
    """The fee is told that is asked for now, and no other."""
    desk = Desk(payment_method="transfer", language="en")
    retry = payments.RetryPayment(order="o", method="cash", gateway="transfer", kind=TenderKind.CASH_ON_DELIVERY)
    desk.try_all(retry)
    body = desk.body(RequestKind.SEND_CONFIRMED)
    assert "Fee for paying by cash: PLN 5.00\nTotal: PLN 2,119.97\nVAT is included." in body
    desk.try_all(attrs.evolve(retry, method="transfer"))
    body = desk.body(RequestKind.SEND_RECEIVED)
    assert "Fee for paying" not in body
    assert "Total: PLN 2,114.97\nincluding VAT" in body


def test_a_shipment_names_its_goods_its_tracking_number_and_what_is_still_to_come():
    """The first of two parcels."""
    body = Desk(language="en").pay().ship(mugs=2, tea=1).body(RequestKind.SEND_SHIPPED, 1)
    assert "In this parcel:\n- Kubek {x} (MUG), 2 units\n- Herbata (TEA), 1 unit" in body
    assert "Courier: swift\nTracking number: TRACK1" in body
    assert "Still to come:\n- Herbata (TEA), 4 units" in body


def test_cash_on_delivery_is_told_with_the_parcel():
    """So that the customer has the amount ready."""
    body = Desk(payment_method="cash", language="en").ship().body(RequestKind.SEND_SHIPPED, 1)
    assert "To be paid on receipt: PLN 2,119.97" in body


def test_goods_to_be_collected_are_told_with_the_place():
    """Which point, and what lies there."""
    desk = Desk(delivery="point", language="en").pay().ship().track(1, TrackingStatus.AWAITING_COLLECTION)
    body = desk.body(RequestKind.SEND_READY_TO_COLLECT, 1)
    assert "ready to be collected at KRA01A." in body
    assert "Tracking number: TRACK1" in body


def test_the_last_delivery_says_until_when_one_may_withdraw():
    """Fourteen days after the last parcel, and not before it is there."""
    desk = Desk(language="en-GB").pay().ship(mugs=2).ship(tea=5).track(1, TrackingStatus.DELIVERED)
    assert "withdraw" not in desk.body(RequestKind.SEND_DELIVERED, 1)
    desk.track(2, TrackingStatus.DELIVERED)
    assert "until 15 December 2026" in desk.body(RequestKind.SEND_DELIVERED, 2)


def test_a_cancellation_says_what_goes_back():
    """Money that came is on its way back; none that did not come is asked for."""
    paid = Desk(language="en").pay().try_all(orders.CancelOrder(order="o"))
    assert "We are sending back PLN 2,114.97" in paid.body(RequestKind.SEND_CANCELLED)
    settled = payments.ObserveRefund(order="o", refund=1, outcome=RefundStage.SETTLED, occurred_at=paid.at)
    assert "We have sent back PLN 2,114.97." in paid.try_all(settled).body(RequestKind.SEND_CANCELLED)
    unpaid = Desk(language="en").try_all(orders.CancelOrder(order="o"))
    assert "You have not paid anything" in unpaid.body(RequestKind.SEND_CANCELLED)


def test_a_refund_says_how_much():
    """This refund, and all of them where there are several."""
    desk = Desk(language="en").pay()
    for number, line in enumerate(("tea", "mugs"), 1):
        desk.try_all(
            orders.CancelLines(order="o", quantities=Quantities({line: 1})),
            payments.ObserveRefund(order="o", refund=number, outcome=RefundStage.SETTLED, occurred_at=desk.at),
        )
    assert "We have sent back PLN 10.00 for your order" in desk.body(RequestKind.SEND_REFUNDED, 1)
    second = desk.body(RequestKind.SEND_REFUNDED, 2)
    assert "We have sent back PLN 1,024.99" in second
    assert "altogether: PLN 1,034.99" in second


def test_a_name_cannot_forge_a_line_of_the_message():
    """A product's name comes on one line, whatever is in it."""
    line = attrs.evolve(MUGS, name="Mug\n\nTotal: nothing")
    body = Desk(lines=(line,), language="en").body(RequestKind.SEND_RECEIVED)
    assert "- Mug Total: nothing (MUG)" in body


def test_somebody_without_a_name_is_greeted_all_the_same():
    """Adopted orders may have none."""
    desk = Desk(language="de")
    assert desk.person is not None
    desk.person = attrs.evolve(desk.person, contact=Contact(name="", email="a@example.com"))
    assert desk.body(RequestKind.SEND_RECEIVED).startswith("Guten Tag,\n\n")


@pytest.mark.parametrize(
    "change",
    [{"law": "XX"}, {"placed_at": datetime(1999, 1, 1, tzinfo=UTC)}, {"language": "~"}, {"seller": "{}\n"}],
)
def test_an_order_under_unknown_rules_is_written_to_all_the_same(change):
    """What is not known is left out."""
    desk = Desk().pay().ship().track(1, TrackingStatus.DELIVERED)
    desk.file = attrs.evolve(desk.file, orders=attrs.evolve(desk.file.order, **change))
    for kind in MESSAGES:
        message = desk.message(kind, 1)
        assert REFERENCE in message.body
        assert "\n" not in message.subject


def _steps() -> list[Any]:
    """Commands that take an order anywhere; most do not hold at most moments."""
    few = Quantities({"mugs": 1, "tea": 2})
    facts = [PaymentFacts(outcome=each, occurred_at=START) for each in (Outcome.FAILED, Outcome.EXPIRED)]
    facts += [
        PaymentFacts(outcome=Outcome.AUTHORISED, occurred_at=START, authorised=pln("5000")),
        PaymentFacts(outcome=Outcome.CAPTURED, occurred_at=START, captured=pln("2114.97")),
        PaymentFacts(outcome=Outcome.CAPTURED, occurred_at=START, captured=pln("5000")),
    ]
    tracked = [TrackingFact(status=status, occurred_at=START + timedelta(days=1)) for status in TrackingStatus]
    return [
        *(payments.ObservePayment(order="o", attempt=number, facts=each) for number in (1, 2) for each in facts),
        payments.RetryPayment(order="o", method="transfer", gateway="transfer", kind=TenderKind.TRANSFER),
        payments.RetryPayment(order="o", method="cash", gateway="transfer", kind=TenderKind.CASH_ON_DELIVERY),
        *(
            payments.ObserveRefund(order="o", refund=1, outcome=outcome, occurred_at=START)
            for outcome in (RefundStage.SETTLED, RefundStage.REJECTED)
        ),
        orders.CancelLines(order="o", quantities=few),
        orders.OfferSubstitute(order="o", line="mugs", units=2, substitute=CUPS, until=START + timedelta(days=90)),
        orders.AcceptSubstitute(order="o", number=1),
        orders.CancelOrder(order="o"),
        orders.HoldOrder(order="o", reason="fraud"),
        orders.ReleaseOrder(order="o", reason="fraud"),
        orders.CloseOrder(order="o"),
        *(orders.AmendDelivery(order="o", delivery_method=name, target=there) for name, there in TARGETS.items()),
        shipping.PickLines(order="o", quantities=None),
        shipping.PickLines(order="o", quantities=few),
        shipping.ReportShortPick(order="o", quantities=Quantities({"tea": 1})),
        shipping.PackParcel(order="o"),
        *(shipping.HandOver(order="o", parcel=number) for number in (1, 2)),
        *(shipping.RecordTracking(order="o", parcel=number, fact=each) for number in (1, 2) for each in tracked),
        returns.DeclareWithdrawal(order="o", quantities=few),
        returns.ReceiveReturn(order="o", return_=1, quantities=few),
        returns.InspectReturn(order="o", return_=1, restock=few),
        returns.GrantRefund(order="o", return_=1),
    ]


STEPS = _steps()


@given(
    st.sampled_from(sorted(TARGETS)),
    st.sampled_from(("card", "transfer", "cash")),
    st.sampled_from(BuyerKind),
    st.sampled_from(LANGUAGES),
    st.booleans(),
    st.lists(st.sampled_from(STEPS), max_size=25),
)
def test_every_message_can_be_written_at_any_time(delivery, payment, buyer, language, sent, steps):
    """Whatever happened to the order, whichever number a request names."""
    assume(not (delivery == "download" and payment == "cash"))  # nobody comes to a door
    desk = Desk(delivery=delivery, payment_method=payment, buyer=buyer, language=language)
    if sent and delivery != "download":
        ready = desk if payment == "cash" else desk.pay()
        ready.ship(mugs=1)
    for step in steps:
        desk.do(step)
    for kind in MESSAGES:
        for number in (0, 1, 9):
            message = desk.message(kind, number)
            assert REFERENCE in message.subject
            assert message.body.endswith("Kubki i Spółka\n")
            assert "\n\n\n" not in message.body
