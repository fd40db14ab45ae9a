"""
Partners with books of their own: what really happened outside, whatever our shop heard of it.

Every call to a partner and every commit of the store is a numbered point at which something may go wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import attrs

from orderflow import Money
from orderflow.ports.courier import (
    BookingAnswer,
    BookingOutcome,
    BookParcel,
    CourierCapabilities,
    ParcelFact,
    TrackingNotification,
)
from orderflow.ports.gateway import (
    CaptureMoney,
    GatewayCapabilities,
    Notification,
    PaymentAnswer,
    PaymentFact,
    PaymentOutcome,
    RawNotification,
    RefundAnswer,
    RefundFact,
    RefundMoney,
    RefundOutcome,
    StartPayment,
)
from orderflow.ports.notifier import Message, SendOutcome
from orderflow.ports.store import Store, StoreError, Transaction
from orderflow.shipping import TrackingFact, TrackingStatus
from orderflow.testing.world import VirtualClock


class Crash(BaseException):
    """The process dies here; nothing catches it but the test."""


class Fault(StrEnum):
    """What goes wrong at a point: the call is not made or the commit is not kept, or the other side did it unheard."""

    BEFORE = "before"
    AFTER = "after"
    CRASH_BEFORE = "crash_before"
    CRASH_AFTER = "crash_after"
    UNKNOWN = "unknown"  # calls only: done, and answered as unknown


class Points:
    """All points passed so far, and what is to go wrong at which; also knows whether a transaction is open."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.planned: dict[int, Fault] = {}
        self.coming: list[tuple[str, Fault]] = []  # at the next point whose name begins so
        self.inside = 0
        self.injected = 0
        self.called_inside: list[str] = []

    def pass_by(self, name: str) -> Fault | None:
        """The next point, with what goes wrong there."""
        fault = self.planned.pop(len(self.names), None)
        self.names.append(name)
        if fault is None:
            found = next((pair for pair in self.coming if name.startswith(pair[0])), None)
            if found is not None:
                self.coming.remove(found)
                fault = found[1]
        self.injected += fault is not None
        return fault

    def call(self, name: str, apply: Callable[[], Any], unknown: Any) -> Any:
        """A partner is called."""
        if self.inside:  # remembered, since whoever calls takes an exception for a lost answer
            self.called_inside.append(name)
        fault = self.pass_by(name)
        if fault is Fault.CRASH_BEFORE:
            raise Crash(name)
        if fault is Fault.BEFORE:
            raise ConnectionRefusedError(name)
        answer = apply()
        if fault is Fault.CRASH_AFTER:
            raise Crash(name)
        if fault is Fault.AFTER:
            raise ConnectionResetError(name)
        return unknown if fault is Fault.UNKNOWN else answer


class WatchedStore:
    """A store whose commits are points; it tells the partners when a transaction or view is open."""

    def __init__(self, inner: Store, points: Points) -> None:
        self.inner = inner
        self.points = points

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """A transaction that may fail before or after it is kept."""
        fault = self.points.pass_by("commit")
        with self.inner.begin() as transaction, self._open():
            yield transaction
            if fault is Fault.CRASH_BEFORE:
                raise Crash("commit")
            if fault is Fault.BEFORE:
                raise StoreError("the disk is full")
        if fault is Fault.CRASH_AFTER:
            raise Crash("commit")
        if fault in (Fault.AFTER, Fault.UNKNOWN):
            raise StoreError("the connection broke while committing")

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A view."""
        with self.inner.reading() as transaction, self._open():
            yield transaction

    @contextmanager
    def _open(self) -> Iterator[None]:
        self.points.inside += 1
        try:
            yield
        finally:
            self.points.inside -= 1

    def close(self) -> None:
        """As the inner one."""
        self.inner.close()


# A bank

_AHEAD = timedelta(seconds=3)  # its clock is not ours


@attrs.define
class Given:
    """One refund in the bank's book; ``times`` counts how often money truly left under this operation."""

    amount: int
    outcome: RefundOutcome
    times: int = 0


@attrs.define
class Account:
    """One payment in the bank's book; ``charges`` are those that were made on request, not by the customer."""

    amount: int
    currency: str
    since: datetime
    outcome: PaymentOutcome = PaymentOutcome.AWAITING_CUSTOMER
    authorised: int = 0
    captured: int = 0
    charges: list[tuple[str, int]] = attrs.field(factory=list)
    refunds: dict[str, Given] = attrs.field(factory=dict)

    @property
    def refunded(self) -> int:
        """What truly went back."""
        return sum(given.amount * given.times for given in self.refunds.values())


@attrs.frozen(kw_only=True)
class Habits:
    """How a bank works: takes a stored card at once, authorises first, can be asked, forgets keys after a while."""

    at_once: bool = False
    two_step: bool = False
    lookup: bool = True
    window: timedelta | None = None
    slow_refunds: bool = False


class Bank:
    """A payment provider; its accounts are the truth that the shop's books are compared with."""

    def __init__(self, name: str, points: Points, clock: VirtualClock, habits: Habits) -> None:
        self.name = name
        self.points = points
        self.clock = clock
        self.habits = habits
        self.accounts: dict[str, Account] = {}
        self.queue: list[bytes] = []
        self.sent: list[bytes] = []
        self.refuse_next_refund = False
        self.capabilities = GatewayCapabilities(
            lookup=habits.lookup,
            idempotency_window=habits.window,
            captures=habits.two_step,
            notifications=True,
        )

    # What the shop calls

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Open a payment."""
        unknown = PaymentAnswer(outcome=PaymentOutcome.UNKNOWN)
        return self.points.call(f"{self.name}.start", lambda: self._start(request), unknown)

    def _start(self, request: StartPayment) -> PaymentAnswer:
        account = self.accounts.get(request.reference)
        if account is None:
            account = Account(request.amount.minor, request.amount.currency, self.clock.now())
            self.accounts[request.reference] = account
        elif self._remembers(account):
            return self._standing(account)
        if self.habits.at_once:
            account.charges.append(("start", request.amount.minor))
            account.captured += request.amount.minor
            account.outcome = PaymentOutcome.CAPTURED
        return self._standing(account)

    def _remembers(self, account: Account) -> bool:
        return self.habits.window is None or self.clock.now() - account.since < self.habits.window

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """How a payment stands."""
        assert self.habits.lookup, "this bank cannot be asked"
        unknown = PaymentAnswer(outcome=PaymentOutcome.UNKNOWN)
        return self.points.call(f"{self.name}.lookup", lambda: self._find(reference), unknown)

    def _find(self, reference: str) -> PaymentAnswer | None:
        account = self.accounts.get(reference)
        return None if account is None else self._standing(account)

    def _standing(self, account: Account) -> PaymentAnswer:
        def money(amount: int) -> Money | None:
            return Money(amount, account.currency) if amount else None

        return PaymentAnswer(
            outcome=account.outcome,
            authorised=money(account.authorised),
            captured=money(account.captured),
            refunded=money(account.refunded),
        )

    def capture(self, request: CaptureMoney) -> PaymentAnswer:
        """Take authorised money."""
        unknown = PaymentAnswer(outcome=PaymentOutcome.UNKNOWN)
        return self.points.call(f"{self.name}.capture", lambda: self._capture(request), unknown)

    def _capture(self, request: CaptureMoney) -> PaymentAnswer:
        account = self.accounts[request.reference]
        done = any(operation == request.operation for operation, _ in account.charges)
        if not done and account.outcome in (PaymentOutcome.AUTHORISED, PaymentOutcome.CAPTURED):
            amount = account.authorised - account.captured if request.amount is None else request.amount.minor
            if 0 < amount <= account.authorised - account.captured:
                account.charges.append((request.operation, amount))
                account.captured += amount
                account.outcome = PaymentOutcome.CAPTURED
        return self._standing(account)

    def void(self, request: CaptureMoney) -> PaymentAnswer:
        """Give an authorisation back."""
        unknown = PaymentAnswer(outcome=PaymentOutcome.UNKNOWN)
        return self.points.call(f"{self.name}.void", lambda: self._void(request), unknown)

    def _void(self, request: CaptureMoney) -> PaymentAnswer:
        account = self.accounts[request.reference]
        if account.outcome is PaymentOutcome.AUTHORISED:
            account.outcome = PaymentOutcome.CANCELLED
        return self._standing(account)

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """Give money back."""
        unknown = RefundAnswer(outcome=RefundOutcome.UNKNOWN)
        return self.points.call(f"{self.name}.refund", lambda: self._refund(request), unknown)

    def _refund(self, request: RefundMoney) -> RefundAnswer:
        account = self.accounts[request.reference]
        known = account.refunds.get(request.operation)
        if known is None:
            refused, self.refuse_next_refund = self.refuse_next_refund, False
            pending = sum(each.amount for each in account.refunds.values() if each.outcome is RefundOutcome.PENDING)
            outcome = RefundOutcome.PENDING if self.habits.slow_refunds else RefundOutcome.SETTLED
            if refused or request.amount.minor > account.captured - account.refunded - pending:
                outcome = RefundOutcome.REJECTED
            known = account.refunds[request.operation] = Given(request.amount.minor, outcome)
            known.times += outcome is RefundOutcome.SETTLED
            self._send({"operation": request.operation, "outcome": outcome})
        return RefundAnswer(outcome=known.outcome, code="refused" if known.outcome is RefundOutcome.REJECTED else "")

    def lookup_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        """How a refund stands."""
        assert self.habits.lookup, "this bank cannot be asked"
        unknown = RefundAnswer(outcome=RefundOutcome.UNKNOWN)
        return self.points.call(f"{self.name}.lookup_refund", lambda: self._find_refund(reference, operation), unknown)

    def _find_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        account = self.accounts.get(reference)
        known = account.refunds.get(operation) if account else None
        code = "refused" if known and known.outcome is RefundOutcome.REJECTED else ""
        return RefundAnswer(outcome=known.outcome, code=code) if known else None

    # What customers and the bank itself do

    def customer_pays(self, reference: str, amount: int) -> None:
        """The customer pays on the page, whatever we think of it."""
        account = self.accounts[reference]
        if self.habits.two_step:
            if account.outcome is PaymentOutcome.AWAITING_CUSTOMER:
                account.authorised = min(amount, account.amount)
                account.outcome = PaymentOutcome.AUTHORISED
        else:
            account.captured += amount
            account.outcome = PaymentOutcome.CAPTURED
        self.tell(reference)

    def customer_fails(self, reference: str, outcome: PaymentOutcome) -> None:
        """Declined, or never finished."""
        account = self.accounts[reference]
        if account.outcome is PaymentOutcome.AWAITING_CUSTOMER:
            if outcome is not PaymentOutcome.FAILED:  # after a declined card the page stays open
                account.outcome = outcome
            self._send({"reference": reference, "outcome": outcome})

    def settle_refund(self, reference: str, operation: str, outcome: RefundOutcome) -> None:
        """A slow refund comes to an end."""
        given = self.accounts[reference].refunds[operation]
        if given.outcome is RefundOutcome.PENDING:
            given.outcome = outcome
            given.times += outcome is RefundOutcome.SETTLED
            self._send({"operation": operation, "outcome": outcome})

    def pending_refunds(self) -> Sequence[tuple[str, str]]:
        """Refunds that are not decided: reference and operation."""
        return [
            (reference, operation)
            for reference, account in self.accounts.items()
            for operation, given in account.refunds.items()
            if given.outcome is RefundOutcome.PENDING
        ]

    def tell(self, reference: str) -> None:
        """Queue a notification of how the payment stands now."""
        account = self.accounts[reference]
        content = {"reference": reference, "outcome": account.outcome, "currency": account.currency}
        amounts = {"captured": account.captured, "authorised": account.authorised}
        self._send({**content, **{name: amount for name, amount in amounts.items() if amount}})

    def _send(self, content: Mapping[str, Any]) -> None:
        at = (self.clock.now() + _AHEAD).isoformat()
        self.queue.append(json.dumps({"n": len(self.sent), "at": at, **content}).encode())
        self.sent.append(self.queue[-1])

    def read_notification(self, notification: RawNotification) -> Notification:
        """Read what was sent."""
        said = json.loads(notification.body)
        at = datetime.fromisoformat(said["at"])
        if "operation" in said:
            answer = RefundAnswer(outcome=RefundOutcome(said["outcome"]))
            return Notification(facts=(RefundFact(operation=said["operation"], answer=answer, occurred_at=at),))
        money = {name: Money(said[name], said["currency"]) for name in ("captured", "authorised") if name in said}
        answered = PaymentAnswer(outcome=PaymentOutcome(said["outcome"]), **money)
        return Notification(facts=(PaymentFact(reference=said["reference"], answer=answered, occurred_at=at),))


# A courier, a postman


class CourierBook:
    """A courier; one that is polled can also be asked for a booking, one that tells by itself cannot."""

    def __init__(self, name: str, points: Points, clock: VirtualClock, *, polled: bool) -> None:
        self.name = name
        self.points = points
        self.clock = clock
        self.polled = polled
        self.bookings: set[str] = set()
        self.facts: dict[str, list[TrackingFact]] = {}
        self.queue: list[bytes] = []
        self.sent: list[bytes] = []
        self.capabilities = CourierCapabilities(
            lookup=polled,
            track_every=timedelta(hours=4) if polled else None,
            points=True,
            cash_on_delivery=True,
            notifications=not polled,
        )

    def book(self, request: BookParcel) -> BookingAnswer:
        """One reference is one parcel."""
        unknown = BookingAnswer(outcome=BookingOutcome.UNKNOWN)
        return self.points.call(f"{self.name}.book", lambda: self._book(request.reference), unknown)

    def _book(self, reference: str) -> BookingAnswer:
        self.bookings.add(reference)
        return BookingAnswer(outcome=BookingOutcome.BOOKED, booking=reference)

    def lookup(self, reference: str) -> BookingAnswer | None:
        """What is known of a booking."""
        unknown = BookingAnswer(outcome=BookingOutcome.UNKNOWN)
        return self.points.call(f"{self.name}.lookup", lambda: self._find(reference), unknown)

    def _find(self, reference: str) -> BookingAnswer | None:
        known = reference in self.bookings
        return BookingAnswer(outcome=BookingOutcome.BOOKED, booking=reference) if known else None

    def track(self, booking: str) -> Sequence[TrackingFact]:
        """All facts so far."""
        return self.points.call(f"{self.name}.track", lambda: tuple(self.facts.get(booking, ())), ())

    def happens(self, reference: str, status: TrackingStatus) -> None:
        """Something happens to a parcel; whoever is not polled tells it."""
        fact = TrackingFact(status=status, occurred_at=self.clock.now())
        self.facts.setdefault(reference, []).append(fact)
        if not self.polled:
            said = {"n": len(self.sent), "at": fact.occurred_at.isoformat(), "reference": reference, "status": status}
            self.queue.append(json.dumps(said).encode())
            self.sent.append(self.queue[-1])

    def read_notification(self, notification: RawNotification) -> TrackingNotification:
        """Read what was sent."""
        said = json.loads(notification.body)
        at = datetime.fromisoformat(said["at"])
        fact = TrackingFact(status=TrackingStatus(said["status"]), occurred_at=at)
        return TrackingNotification(facts=(ParcelFact(reference=said["reference"], fact=fact),))


class Postman:
    """A notifier that sends once per key."""

    def __init__(self, points: Points) -> None:
        self.points = points
        self.sent: dict[str, Message] = {}

    def send(self, message: Message) -> SendOutcome:
        """Send, unless it was sent."""

        def apply() -> SendOutcome:
            self.sent.setdefault(message.key, message)
            return SendOutcome.SENT

        return self.points.call("notifier.send", apply, SendOutcome.UNKNOWN)
