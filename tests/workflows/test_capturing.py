"""Money that is set aside is taken as far as it is due, and let go beyond that."""

from __future__ import annotations

from orderflow import Quantities, orders, payments
from orderflow.workflows import RequestKind

from .counter import ADDRESS as HOME
from .counter import pln
from .planning import Desk, names, policy

CARD = payments.RetryPayment(order="A", method="card", gateway="card", kind=payments.TenderKind.PREPAID)
AWAITING = payments.Outcome.AWAITING_CUSTOMER
TEAPOT = Quantities({"2": 1})


def two_cards(desk: Desk) -> None:
    """The customer opened two payment pages, and finished both."""
    desk.place(payment_method="card")
    desk.observe(outcome=AWAITING)
    desk.do(CARD)
    desk.authorise(1)
    desk.authorise(2)


def test_confirming_takes_what_was_set_aside() -> None:
    """Once, and all that is due."""
    desk = Desk()
    desk.place(payment_method="card")
    found = desk.authorise()
    assert names(found)[-2:] == ["OrderConfirmed", "CaptureRequested"]
    assert desk.requests[-1].kind is RequestKind.CAPTURE_MONEY
    assert desk.file.payments.attempts[0].capturing == pln("114.97")


def test_of_money_set_aside_twice_one_is_taken_and_the_other_let_go() -> None:
    """A host's check kept the order until both pages were paid: confirming neither fails nor takes both."""
    desk = Desk(policy(checks=(orders.HostCheck(name="fraud"),)))
    two_cards(desk)
    passed = orders.RecordVerdict(order="A", check="fraud", standing=orders.Standing.PASSED)
    assert names(desk.do(passed))[-3:] == ["OrderConfirmed", "CaptureRequested", "VoidRequested"]
    assert [attempt.voiding for attempt in desk.file.payments.attempts] == [False, True]


def test_money_set_aside_after_everything_is_paid_is_let_go() -> None:
    """The first page is finished late: nothing is due, so nothing is kept from the customer."""
    desk = Desk()
    two_cards(desk)
    assert [attempt.voiding for attempt in desk.file.payments.attempts] == [False, True]
    desk.pay(attempt=1)
    assert [attempt.captured for attempt in desk.file.payments.attempts] == [pln("114.97"), pln("0.00")]
    assert not desk.file.payments.refunds


def test_money_set_aside_for_what_became_due_after_confirming_is_taken() -> None:
    """A dearer delivery was chosen after the order had been confirmed and paid."""
    desk = Desk()
    desk.place(payment_method="card")
    desk.pay()
    desk.do(orders.AmendDelivery(order="A", delivery_method="express", target=orders.ToAddress(address=HOME)))
    desk.do(CARD)
    assert desk.file.payments.attempts[1].amount == pln("10.00")
    assert names(desk.authorise(2)) == ["PaymentObserved", "OrderChecked", "CaptureRequested"]


def test_what_is_being_taken_is_not_let_go() -> None:
    """More news of the same attempt changes nothing."""
    desk = Desk()
    desk.place(payment_method="card")
    desk.authorise()
    told = desk.observe(outcome=payments.Outcome.AUTHORISED, authorised=pln("114.97"), provider_id="again")
    assert names(told) in ([], ["PaymentObserved"])
    assert not desk.file.payments.attempts[0].voiding


def test_only_what_is_still_owed_is_taken() -> None:
    """A line was cancelled between the two."""
    desk = Desk(policy(checks=(orders.HostCheck(name="fraud"),)))
    desk.place(payment_method="card")
    desk.authorise()
    desk.do(orders.CancelLines(order="A", quantities=TEAPOT))
    desk.do(orders.RecordVerdict(order="A", check="fraud", standing=orders.Standing.PASSED))
    assert desk.file.payments.attempts[0].capturing == pln("54.97")


def test_money_set_aside_after_its_page_was_given_up_is_let_go() -> None:
    """The page was still open when it was let go; the customer finishes it all the same."""
    desk = Desk()
    desk.place(payment_method="card")
    desk.observe(outcome=AWAITING)
    desk.do(payments.VoidPayment(order="A", attempt=1))
    desk.authorise()
    assert desk.kinds().count(RequestKind.VOID_MONEY) == 2
    desk.authorise()
    assert desk.kinds().count(RequestKind.VOID_MONEY) == 2
