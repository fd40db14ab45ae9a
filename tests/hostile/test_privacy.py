"""Canaries in every personal field: none of them in a log, an exception, a repr or an event, whatever fails."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import attrs
import pytest
from tests.hostile.attacks import HOSTILE, fields
from tests.workflows.counter import Counter, order_of

from orderflow import OrderflowError, orders, payments, people, returns, shipping
from orderflow.ports import courier as couriers
from orderflow.ports import gateway as gateways
from orderflow.ports.notifier import Message, SendOutcome
from orderflow.ports.store import RecordRow
from orderflow.quantities import Quantities
from orderflow.runtime.defaults import BankTransfer, ManualCourier

# ruff: noqa: PT017 - what an error says is looked at where it is caught: hundreds are, in one test
CANARY = "Kanarek"
PERSON = people.Contact(name=f"{CANARY} Ala", email=f"{CANARY}@example.com", phone="+48600999333")
HOME = people.Address(
    name=f"{CANARY} Ala",
    street=f"{CANARY} 1",
    city=f"{CANARY}owo",
    postal_code="00-933",
    country="PL",
    line2=f"m. {CANARY}",
    region=f"{CANARY}skie",
    company=f"{CANARY} sp. z o.o.",
)
SECRETS = (CANARY, "600999333", "00-933", "5261040828", "blik-777")


def personal(**changes: Any) -> orders.PlaceOrder:
    """An order with a canary in every personal field."""
    usual = {
        "contact": PERSON,
        "target": orders.ToAddress(address=HOME),
        "billing": HOME,
        "tax_number": "5261040828",
        "notes": (f"ring at {CANARY}",),
    }
    return order_of(**{**usual, **changes})


def tells(text: str) -> list[str]:
    """The secrets in a text."""
    return [secret for secret in SECRETS if secret.lower() in text.lower()]


class Failing:
    """Ports that see everything, and put it into the exception they raise."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def fail(self, request: object) -> Any:
        self.seen.append(request)
        raise RuntimeError(str(attrs.asdict(request)))  # type: ignore[call-overload]


class FailingGateway(Failing, BankTransfer):
    def __init__(self) -> None:
        Failing.__init__(self)
        BankTransfer.__init__(self)

    def start(self, request: gateways.StartPayment) -> gateways.PaymentAnswer:
        return self.fail(request)

    def refund(self, request: gateways.RefundMoney) -> gateways.RefundAnswer:
        return self.fail(request)


class FailingCourier(Failing, ManualCourier):
    def book(self, request: couriers.BookParcel) -> couriers.BookingAnswer:
        return self.fail(request)


class FailingNotifier(Failing):
    def send(self, message: Message) -> SendOutcome:
        return self.fail(message)


@pytest.mark.parametrize("failing", [False, True], ids=["all well", "everything fails"])
def test_no_log_event_or_alert_tells_who_the_customer_is(caplog: pytest.LogCaptureFixture, failing: bool) -> None:
    """A whole story with the log wide open, and partners whose exceptions tell everything they were given."""
    caplog.set_level(logging.DEBUG)
    ports: tuple[Any, ...] = (FailingGateway(), FailingCourier(), FailingNotifier())

    def subscriber(_: str, entries: Sequence[object]) -> None:
        if failing:
            raise RuntimeError(f"{CANARY} {entries}")

    options: dict[str, Any] = {"subscribers": {"host": subscriber}}
    if failing:
        options |= {"gateways": {"transfer": ports[0]}, "couriers": {"manual": ports[1]}, "notifier": ports[2]}
    counter = Counter(**options)
    order = counter.shop.place(personal(), request_id="r-1").id
    counter.shop.perform(order, secrets={"blik": "blik-777"})
    counter.pay(order)
    counter.shop.do(orders.AddNote(order=order, text=f"{CANARY} called"))
    counter.shop.do(orders.AmendContact(order=order, contact=PERSON))
    counter.shop.do(orders.AmendAddress(order=order, address=HOME, billing=HOME))
    counter.pack(order)
    counter.shop.run()
    counter.shop.do(shipping.HandOver(order=order, parcel=1))
    counter.deliver(order)
    one = Quantities({"1": 1})
    counter.shop.do(returns.DeclareWithdrawal(order=order, quantities=one))
    counter.shop.do(returns.ReceiveReturn(order=order, return_=1, quantities=one))
    counter.shop.do(returns.InspectReturn(order=order, return_=1, restock=one))
    for _ in range(20):
        counter.later(days=1)
    view = counter.view(order)
    assert view.delivered.total == 3
    told = [
        caplog.text,
        *(f"{record.__dict__}" for record in caplog.records),
        *map(repr, counter.shop.history(order)),
        repr(view),
        repr(counter.shop.alerts()),
        repr(counter.shop.orders()),
        *(repr(request) for port in ports for request in port.seen),
    ]
    assert [(secret, text[:200]) for text in told for secret in tells(text)] == []
    assert bool(caplog.records) is failing
    assert not failing or all(port.seen for port in ports)


COMMANDS = (
    personal(),
    orders.AddNote(order="o", text=f"{CANARY} called"),
    orders.AmendContact(order="o", contact=PERSON),
    orders.AmendAddress(order="o", address=HOME, billing=HOME),
    orders.AmendDelivery(order="o", delivery_method="courier", target=orders.ToAddress(address=HOME)),
    people.Person(contact=PERSON, delivery=HOME, billing=HOME, tax_number="5261040828", notes=(CANARY,)),
    PERSON,
    HOME,
)


@pytest.mark.parametrize("value", COMMANDS, ids=lambda value: type(value).__name__)
def test_a_repr_shows_nobody(value: Any) -> None:
    """Whoever logs a command learns nothing of the customer."""
    assert tells(repr(value)) == []


def test_what_partners_and_stores_are_given_shows_nobody() -> None:
    """Requests, raw notifications and records hide what is personal in them."""
    counter = Counter()
    at = counter.clock.now()
    for value in (
        gateways.StartPayment(
            reference="r",
            order="o",
            amount=order_of().lines[0].unit_price,
            description="d",
            method="card",
            language="pl",
            email=PERSON.email,
            secrets={"blik": "blik-777"},
        ),
        gateways.RawNotification(headers={"authorization": CANARY}, body=CANARY.encode(), received_at=at),
        RecordRow("person", "per_1", "per_1", f'{{"name":"{CANARY}"}}', at),
    ):
        assert tells(repr(value)) == []


@pytest.mark.parametrize("value", [PERSON, HOME, personal()], ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("spoil", [lambda text: text + "\u202e", lambda text: text * 300, lambda text: text + "\nż\0"])
def test_a_refusal_repeats_nothing_of_what_it_refuses(value: Any, spoil: Callable[[str], str]) -> None:
    """Names, addresses and numbers that are malformed stay out of the error and of its traceback."""
    for name, given in fields(value).items():
        if name == "currency":
            continue  # not personal, and a mistyped one is shown
        for hostile in (spoil(f"{CANARY} 5261040828"), {CANARY: CANARY}, [CANARY + "\0"], (CANARY + "\0",)):
            try:
                type(value)(**{**fields(value), name: hostile})
            except OrderflowError as error:
                shown = f"{error} {error!r} {traceback.format_exception_only(error)}"
                assert tells(shown) == [], (name, given)


def test_a_rejection_says_nothing_of_the_person() -> None:
    """Reasons name fields and codes, whatever else is wrong with the order."""
    counter = Counter()
    nobody = people.Contact(name=f"{CANARY} Ala")
    for hostile in (personal(contact=nobody), personal(payment_method="barter"), personal(delivery_method="drone")):
        with pytest.raises(OrderflowError) as refused:
            counter.shop.place(hostile, request_id="r-1")
        assert tells(f"{refused.value} {refused.value!r}") == []
    with pytest.raises(OrderflowError) as lost:
        counter.shop.order(f"{CANARY}@example.com")
    assert tells(str(lost.value)) == []


def test_control_characters_never_reach_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """Line breaks and escapes in what hosts and partners hand in forge no log line."""
    caplog.set_level(logging.DEBUG)
    counter = Counter()
    order = counter.place()
    for hostile in (value for value in HOSTILE if isinstance(value, str)):
        for attempt in (
            lambda text: counter.shop.do(orders.HoldOrder(order=order, reason=text)),
            lambda text: counter.shop.do(shipping.PickLines(order=text)),
            lambda text: counter.shop.receive(text, {text: text}, text.encode("utf-8", "replace")),
            lambda text: (
                counter.pay(order, attempt=1) if text == "MUG" else payments.VoidPayment(order=text, attempt=1)
            ),
        ):
            try:
                attempt(hostile)
            except OrderflowError as error:
                assert "\n" not in str(error)
                assert "\x1b" not in str(error)
    counter.shop.run(counter.clock.now() + timedelta(days=1))
    assert "\x1b" not in caplog.text
