"""The fakes keep books that can be trusted, and fail exactly as planned."""

from datetime import timedelta

import pytest

from orderflow import InvalidInputError, Money
from orderflow.people import Contact
from orderflow.ports.courier import BookingOutcome, BookParcel
from orderflow.ports.gateway import (
    CaptureMoney,
    PaymentOutcome,
    RawNotification,
    RefundMoney,
    RefundOutcome,
    StartPayment,
)
from orderflow.ports.notifier import Message, SendOutcome
from orderflow.shipping import TrackingStatus
from orderflow.testing.fakes import FakeCourier, FakeGateway, FakeNotifier, FakeTwoStepGateway, Fault
from orderflow.testing.world import VirtualClock

DAY = timedelta(days=1)


def pln(minor):
    return Money(minor, "PLN")


def start(reference="o-p1", secrets=None):
    return StartPayment(
        reference=reference,
        order="R1",
        amount=pln(5000),
        description="",
        method="fake",
        language="pl",
        secrets=secrets or {},
    )


def refund(minor, operation="o-7x1"):
    return RefundMoney(reference="o-p1", operation=operation, amount=pln(minor), description="")


def parcel(cash=None):
    return BookParcel(
        reference="o-b1", order="R1", parcel=1, contact=Contact(name="Ola"), address=None, point="WAW01", country="PL",
        weight_grams=1, cash_due=cash,
    )  # fmt: skip


def message(**changes):
    values = {"key": "m1", "kind": "k", "order": "R1", "person": "p", "language": "pl", "name": "Ola"}
    return Message(**{**values, "email": "o@x.pl", "phone": None, "subject": "s", "body": "b", **changes})


@pytest.fixture
def clock():
    return VirtualClock()


def paid(gateway):
    gateway.start(start())
    gateway.customer_pays("o-p1")
    return gateway


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.LOST_REPLY, ConnectionResetError),
        (Fault.TIMED_OUT, TimeoutError),
        (Fault.REFUSED, ConnectionRefusedError),
    ],
)
def test_a_fault_happens_at_the_planned_call_only(clock, fault, error):
    """The second refund goes wrong; whether the money moved is in the books."""
    gateway = paid(FakeGateway(clock, faults={("refund", 2): fault}))
    gateway.refund(refund(100, "a"))
    with pytest.raises(error):
        gateway.refund(refund(200, "b"))
    gateway.refund(refund(300, "c"))
    moved = 400 if fault is Fault.REFUSED else 600
    assert gateway.books.refunded("PLN", "o-p1") == pln(moved)
    assert gateway.calls("refund") == 3


def test_an_unknown_answer_hides_what_happened(clock):
    gateway = FakeGateway(clock)
    for method in ("start", "refund", "lookup", "lookup_refund"):
        gateway.fail_next(method, Fault.UNKNOWN)
    assert gateway.start(start(secrets={"blik": "1"})).outcome is PaymentOutcome.UNKNOWN
    assert gateway.refund(refund(100)).outcome is RefundOutcome.UNKNOWN
    assert gateway.lookup("o-p1").outcome is PaymentOutcome.UNKNOWN
    assert gateway.lookup_refund("o-p1", "o-7x1").outcome is RefundOutcome.UNKNOWN
    assert gateway.books.held("PLN") == pln(4900)


def test_a_rejection_moves_nothing(clock):
    gateway = FakeTwoStepGateway(clock)
    gateway.fail_next("start", Fault.REJECTED)
    assert gateway.start(start("o-p9")).outcome is PaymentOutcome.FAILED
    paid(gateway)
    gateway.fail_next("capture", Fault.REJECTED)
    answer = gateway.capture(CaptureMoney(reference="o-p1", operation="c", amount=None))
    assert (answer.outcome, answer.code) == (PaymentOutcome.AUTHORISED, "rejected_by_plan")
    gateway.capture(CaptureMoney(reference="o-p1", operation="c", amount=None))
    gateway.fail_next("refund", Fault.REJECTED)
    assert gateway.refund(refund(100)).outcome is RefundOutcome.REJECTED
    assert gateway.books.held("PLN") == pln(5000)


def test_plans_that_make_no_sense_are_refused(clock):
    """A misspelt method or a fault that cannot happen there would otherwise test nothing."""
    for plan in (
        {("strat", 1): Fault.LOST_REPLY},
        {("start", 1): Fault.REVERSED},
        {("notifications", 1): Fault.LOST_REPLY},
        {("lookup", 1): Fault.REJECTED},
    ):
        with pytest.raises(InvalidInputError):
            FakeGateway(clock, faults=plan)


def test_within_the_window_a_key_moves_nothing_and_after_it_everything(clock):
    """As real providers do: an old key is a new charge, and a new refund."""
    gateway = FakeGateway(clock, window=DAY)
    gateway.start(start(secrets={"blik": "1"}))
    gateway.refund(refund(100))
    clock.advance(DAY - timedelta(microseconds=1))
    gateway.start(start(secrets={"blik": "1"}))
    gateway.refund(refund(100))
    assert (gateway.books.charged("PLN"), gateway.books.refunded("PLN")) == (pln(5000), pln(100))
    clock.advance(timedelta(microseconds=1))
    gateway.start(start(secrets={"blik": "1"}))
    gateway.refund(refund(100))
    assert (gateway.books.charged("PLN"), gateway.books.refunded("PLN")) == (pln(10000), pln(200))
    assert gateway.lookup("o-p1").captured == pln(10000)
    assert [charge.payment for charge in gateway.books.charges("o-p1")] == ["pay-1", "pay-2"]


def test_a_payment_can_fail_and_still_be_paid(clock):
    gateway = FakeGateway(clock)
    gateway.start(start())
    gateway.customer_fails("o-p1")
    assert gateway.lookup("o-p1").outcome is PaymentOutcome.FAILED
    gateway.customer_pays("o-p1")
    gateway.customer_pays("o-p1")
    assert gateway.books.charged("PLN") == pln(5000)


def test_pending_refunds_wait_for_the_provider(clock):
    """Money on its way back is not back yet, but cannot go back again."""
    gateway = paid(FakeGateway(clock, refunds=RefundOutcome.PENDING))
    assert gateway.refund(refund(4000, "a")).outcome is RefundOutcome.PENDING
    assert gateway.refund(refund(2000, "b")).outcome is RefundOutcome.REJECTED
    assert gateway.books.refunds() == ()
    gateway.refund_fails("a")
    assert gateway.lookup_refund("o-p1", "a").outcome is RefundOutcome.REJECTED
    gateway.refund(refund(5000, "c"))
    gateway.refund_settles("c")
    assert gateway.books.held("PLN") == pln(0)
    with pytest.raises(InvalidInputError, match="pending"):
        gateway.refund_settles("c")


def test_an_authorisation_can_be_captured_in_parts_and_given_back(clock):
    gateway = paid(FakeTwoStepGateway(clock))
    gateway.capture(CaptureMoney(reference="o-p1", operation="c", amount=pln(2000)))
    answer = gateway.void(CaptureMoney(reference="o-p1", operation="v", amount=None))
    assert (answer.outcome, answer.authorised) == (PaymentOutcome.CAPTURED, pln(2000))
    assert gateway.capture(CaptureMoney(reference="o-p1", operation="d", amount=pln(1))).code == "exceeds_authorised"
    assert gateway.books.charged("PLN") == pln(2000)


def test_notifications_can_come_twice_and_backwards(clock):
    """Each tells the totals of its moment, so that any order and number of them says the same in the end."""
    plan = {("notifications", 1): Fault.DUPLICATED, ("notifications", 2): Fault.REVERSED}
    gateway = paid(FakeGateway(clock, faults=plan))
    assert len(gateway.notifications()) == 2
    for number in (1, 2):
        gateway.refund(refund(100, f"r{number}"))
    raw = [
        RawNotification(headers=headers, body=body, received_at=clock.now())
        for headers, body in gateway.notifications()
    ]
    facts = [fact for each in raw for fact in gateway.read_notification(each).facts]
    assert [fact.answer.refunded for fact in facts if hasattr(fact, "reference")] == [pln(200), pln(100)]
    assert gateway.notifications() == ()


def test_a_courier_books_once_and_knows_where_its_parcels_are(clock):
    courier = FakeCourier(clock)
    courier.fail_next("book", Fault.TIMED_OUT)
    with pytest.raises(TimeoutError):
        courier.book(parcel(pln(5000)))
    answer = courier.book(parcel(pln(5000)))
    assert answer == courier.lookup("o-b1")
    assert courier.books.collected("PLN") == pln(0)
    courier.moves("o-b1", TrackingStatus.DELIVERED, proof="pod-1")
    (booked,) = courier.books.parcels()
    assert (booked.is_delivered, booked.facts) == (True, courier.track(answer.booking))
    assert courier.books.collected("PLN") == pln(5000)


def test_a_courier_may_reject_a_parcel(clock):
    courier = FakeCourier(clock, faults={("book", 1): Fault.REJECTED})
    assert courier.book(parcel()).outcome is BookingOutcome.REJECTED
    assert courier.books.parcels() == ()


def test_what_nobody_asked_for_cannot_happen(clock):
    """A test that pays or moves under a misspelt reference is told so."""
    with pytest.raises(InvalidInputError, match="knows no payment"):
        FakeGateway(clock).customer_pays("o-p1")
    with pytest.raises(InvalidInputError, match="knows no parcel"):
        FakeCourier(clock).moves("o-b1", TrackingStatus.DELIVERED)


def test_a_notifier_keeps_what_went_out():
    notifier = FakeNotifier(faults={("send", 1): Fault.REFUSED, ("send", 2): Fault.REJECTED})
    with pytest.raises(ConnectionRefusedError):
        notifier.send(message())
    assert notifier.send(message()) is SendOutcome.REJECTED
    assert notifier.books.messages() == ()
    assert notifier.send(message()) is notifier.send(message()) is SendOutcome.SENT
    assert notifier.send(message(key="m2", email=None)) is SendOutcome.REJECTED
    assert notifier.books.messages(order="R1") == notifier.books.messages(key="m1") == (message(),)
