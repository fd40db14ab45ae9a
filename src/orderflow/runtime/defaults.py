"""Safe defaults for every port: nothing is charged, booked or sent by itself, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..moments import microseconds
from ..ports.courier import BookingAnswer, BookingOutcome, BookParcel, CourierCapabilities
from ..ports.gateway import (
    GatewayCapabilities,
    Instructions,
    PaymentAnswer,
    PaymentOutcome,
    RefundAnswer,
    RefundMoney,
    RefundOutcome,
    StartPayment,
)
from ..ports.notifier import Message, SendOutcome
from ..ports.store import RecordRow, Store
from ..ports.world import Clock
from ..shipping import TrackingFact
from ._commit import in_one_commit

__all__ = ("BankTransfer", "Mailbox", "ManualCourier")


class BankTransfer:
    """
    Payment by transfer, confirmed by hand.

    The customer is told where to pay; whoever reads the bank statement says so with ``payments.transfer_received``.
    Refunds stay pending until somebody has sent them and says so with ``payments.ObserveRefund``. Cash on delivery
    that must go back is refunded this way too.
    """

    capabilities = GatewayCapabilities(lookup=False, manual=True)

    def __init__(self, account: str = "", holder: str = "") -> None:
        self._account = account
        self._holder = holder

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Tell the customer where to pay and under which title."""
        known = (("account", self._account), ("holder", self._holder))
        asked = (("title", request.order), ("amount", str(request.amount)))
        values = (*((name, value) for name, value in known if value), *asked)
        return PaymentAnswer(outcome=PaymentOutcome.AWAITING_CUSTOMER, next_step=Instructions(values))

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """Nobody has sent it yet."""
        return RefundAnswer(outcome=RefundOutcome.PENDING)

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """A bank statement is read by people."""
        return None

    def lookup_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        """A bank statement is read by people."""
        return None


class ManualCourier:
    """Any courier, booked by hand: the host says what it knows with ``HandOver`` and ``RecordTracking``."""

    capabilities = CourierCapabilities(lookup=False, points=True, cash_on_delivery=True)

    def book(self, request: BookParcel) -> BookingAnswer:
        """The parcel is booked under our own reference."""
        return BookingAnswer(outcome=BookingOutcome.BOOKED, booking=request.reference)

    def lookup(self, reference: str) -> BookingAnswer | None:
        """There is nobody to ask; booking again only gives it the same name."""
        return None

    def track(self, booking: str) -> Sequence[TrackingFact]:
        """Nobody to ask."""
        return ()


class Mailbox:
    """Writes messages into the store's erasable records (kind ``message``) for the host to send in its own way."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def send(self, message: Message) -> SendOutcome:
        """Keep it; the same key again replaces the same message."""
        at = self._clock.now()
        data = {
            "kind": message.kind,
            "order": message.order,
            "language": message.language,
            "name": message.name,
            "email": message.email,
            "phone": message.phone,
            "subject": message.subject,
            "body": message.body,
            "at": microseconds(at),
        }
        row = RecordRow(
            kind="message",
            key=message.key,
            subject=message.person,
            data=json.dumps(data, ensure_ascii=False),
            at=at,
        )
        in_one_commit(self._store, lambda transaction: transaction.records.put(row))
        return SendOutcome.SENT
