"""A payment provider that keeps its own book, with one-step and two-step payments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from ...errors import InvalidInputError
from ...moments import parse_moment
from ...money import Money, total_of
from ...ports.gateway import (
    CaptureMoney,
    GatewayCapabilities,
    Notification,
    NotificationRefused,
    PaymentAnswer,
    PaymentFact,
    PaymentOutcome,
    RawNotification,
    Redirect,
    RefundAnswer,
    RefundFact,
    RefundMoney,
    RefundOutcome,
    StartPayment,
)
from ...ports.world import Clock
from ._faults import Fault, FaultPlan, Line
from ._signing import Raw, Sender, opened

__all__ = ("FakeGateway", "FakeTwoStepGateway", "GatewayBooks", "Movement")

_METHODS = ("start", "refund", "lookup", "lookup_refund", "capture", "void", "notifications")


@attrs.frozen(kw_only=True)
class Movement:
    """Money that truly moved. ``operation`` is our key for a capture or refund; empty where the customer paid."""

    payment: str
    reference: str
    operation: str
    amount: Money
    at: datetime


class GatewayBooks:
    """What the provider truly did, by our references: the truth that our own books are compared with."""

    def __init__(self, charges: Sequence[Movement], refunds: Sequence[Movement]) -> None:
        self._charges = charges
        self._refunds = refunds

    def charges(self, reference: str | None = None) -> tuple[Movement, ...]:
        """Money taken from customers, oldest first; of one attempt, or of all."""
        return tuple(each for each in self._charges if reference in (None, each.reference))

    def refunds(self, reference: str | None = None) -> tuple[Movement, ...]:
        """Money that arrived back at customers, oldest first; of one attempt, or of all."""
        return tuple(each for each in self._refunds if reference in (None, each.reference))

    def charged(self, currency: str, reference: str | None = None) -> Money:
        """The sum of the charges in *currency*."""
        return _sum(self.charges(reference), currency)

    def refunded(self, currency: str, reference: str | None = None) -> Money:
        """The sum of the refunds in *currency*."""
        return _sum(self.refunds(reference), currency)

    def held(self, currency: str, reference: str | None = None) -> Money:
        """Charges less refunds."""
        return self.charged(currency, reference) - self.refunded(currency, reference)


def _sum(movements: tuple[Movement, ...], currency: str) -> Money:
    return total_of((each.amount for each in movements if each.amount.currency == currency), currency)


@attrs.define(kw_only=True)
class _Payment:
    id: str
    reference: str
    amount: Money
    opened_at: datetime
    outcome: PaymentOutcome = PaymentOutcome.AWAITING_CUSTOMER
    code: str = ""
    authorised: Money
    captured: Money
    done: dict[str, datetime] = attrs.field(factory=dict)


@attrs.define(kw_only=True)
class _Refund:
    payment: str
    reference: str
    operation: str
    amount: Money
    at: datetime
    outcome: RefundOutcome
    code: str = ""


class FakeGateway:
    """
    A provider whose customers are sent to its page and pay there; ``books`` says what truly happened.

    With secrets (a BLIK code, a card token) a payment is charged at once. A reference that is repeated after *window*
    is a new payment, and an operation a new refund, as with real providers. Refunds become what *refunds* says;
    pending ones wait for ``refund_settles`` or ``refund_fails``.

    >>> from orderflow.testing.world import VirtualClock
    >>> gateway = FakeGateway(VirtualClock())
    >>> request = StartPayment(
    ...     reference="o1-p1", order="R1", amount=Money(500, "PLN"), description="", method="fake", language="pl"
    ... )
    >>> gateway.start(request).next_step
    Redirect(url='https://pay.example/pay-1')
    >>> gateway.customer_pays("o1-p1")
    >>> gateway.books.charged("PLN")
    Money('5.00', 'PLN')
    """

    def __init__(
        self,
        clock: Clock,
        *,
        window: timedelta | None = None,
        lookup: bool = True,
        refunds: RefundOutcome = RefundOutcome.SETTLED,
        faults: FaultPlan | None = None,
        secret: bytes = b"a secret shared with the fake",
    ) -> None:
        self.capabilities = GatewayCapabilities(
            lookup=lookup, idempotency_window=window, captures=self._two_step, notifications=True
        )
        self._charged: list[Movement] = []
        self._refunded: list[Movement] = []
        self.books = GatewayBooks(self._charged, self._refunded)
        self.clock = clock
        self._new_refund = refunds
        self._line = Line(faults, _METHODS)
        self._secret = secret
        self._sender = Sender(secret)
        self._payments: list[_Payment] = []
        self._refunds: list[_Refund] = []

    _two_step = False

    def fail_next(self, method: str, fault: Fault) -> None:
        """Let the next call of *method* go wrong."""
        self._line.plan_next(method, fault)

    def calls(self, method: str) -> int:
        """How often *method* was called."""
        return self._line.calls[method]

    # The port

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Open a payment, or answer how the known one stands."""
        return self._call("start", lambda: self._start(request), lambda: self._turned_down(request))

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """Give money back; more than there is, or of a payment nobody knows, is rejected."""
        return self._line.call(
            "refund",
            lambda: self._refund(request),
            unknown=RefundAnswer(outcome=RefundOutcome.UNKNOWN),
            rejected=lambda: RefundAnswer(outcome=RefundOutcome.REJECTED, code="rejected_by_plan"),
        )

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """How the payments under *reference* stand together; always None where look-ups were switched off."""
        known = self.capabilities.lookup
        return self._line.call(
            "lookup",
            lambda: self._answer(reference) if known and self._of(reference) else None,
            unknown=PaymentAnswer(outcome=PaymentOutcome.UNKNOWN),
        )

    def lookup_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        """How the refund stands; always None where look-ups were switched off."""
        known = self.capabilities.lookup
        return self._line.call(
            "lookup_refund",
            lambda: self._refund_answer(reference, operation) if known else None,
            unknown=RefundAnswer(outcome=RefundOutcome.UNKNOWN),
        )

    def read_notification(self, notification: RawNotification) -> Notification:
        """Verify the signature on the raw bytes, then read."""
        content = opened(notification, self._secret)
        try:
            return Notification(facts=(_fact(content),))
        except (KeyError, TypeError, ValueError):
            raise NotificationRefused from None

    # The outside

    def customer_pays(self, reference: str) -> None:
        """The customer pays the newest payment under *reference*; paying again changes nothing."""
        with self._line.lock:
            payment = self._newest(reference)
            if payment.outcome in (PaymentOutcome.AWAITING_CUSTOMER, PaymentOutcome.FAILED):
                self._paid(payment)
                self._tell(reference)

    def customer_fails(self, reference: str, code: str = "declined") -> None:
        """The newest payment under *reference* fails; the customer may still try again and pay."""
        with self._line.lock:
            payment = self._newest(reference)
            if payment.outcome is PaymentOutcome.AWAITING_CUSTOMER:
                payment.outcome, payment.code = PaymentOutcome.FAILED, code
                self._tell(reference)

    def refund_settles(self, operation: str | None = None) -> None:
        """A pending refund arrives at the customer; without *operation*, all that are pending do."""
        with self._line.lock:
            due = [each for each in self._refunds if each.outcome is RefundOutcome.PENDING]
            for refund in due if operation is None else [self._pending(operation)]:
                self._settle(refund)

    def refund_fails(self, operation: str, code: str = "account_closed") -> None:
        """A pending refund does not arrive."""
        with self._line.lock:
            refund = self._pending(operation)
            refund.outcome, refund.code = RefundOutcome.REJECTED, code
            self._tell_refund(refund)

    def notifications(self) -> tuple[Raw, ...]:
        """Headers and body of every notification since the last call, for ``shop.receive``."""
        return self._sender.take(self._line)

    # How the provider works

    def _call(
        self, method: str, apply: Callable[[], PaymentAnswer], rejected: Callable[[], PaymentAnswer]
    ) -> PaymentAnswer:
        return self._line.call(method, apply, unknown=PaymentAnswer(outcome=PaymentOutcome.UNKNOWN), rejected=rejected)

    def _of(self, reference: str) -> list[_Payment]:
        return [payment for payment in self._payments if payment.reference == reference]

    def _newest(self, reference: str) -> _Payment:
        if not self._of(reference):
            raise InvalidInputError("reference", f"the provider knows no payment {reference!r}")
        return self._of(reference)[-1]

    def _remembers(self, at: datetime) -> bool:
        window = self.capabilities.idempotency_window
        return window is None or self.clock.now() - at < window

    def _open(self, request: StartPayment) -> _Payment:
        nothing = Money.zero(request.amount.currency)
        payment = _Payment(
            id=f"pay-{len(self._payments) + 1}",
            reference=request.reference,
            amount=request.amount,
            opened_at=self.clock.now(),
            authorised=nothing,
            captured=nothing,
        )
        self._payments.append(payment)
        return payment

    def _start(self, request: StartPayment) -> PaymentAnswer:
        known = self._of(request.reference)
        if not known or not self._remembers(known[-1].opened_at):
            payment = self._open(request)
            if request.secrets:
                self._paid(payment)
                self._tell(request.reference)
        return self._answer(request.reference)

    def _turned_down(self, request: StartPayment) -> PaymentAnswer:
        payment = self._open(request)
        payment.outcome, payment.code = PaymentOutcome.FAILED, "rejected_by_plan"
        return self._answer(request.reference)

    def _paid(self, payment: _Payment) -> None:
        payment.code = ""
        payment.authorised = payment.amount
        if self._two_step:
            payment.outcome = PaymentOutcome.AUTHORISED
        else:
            self._charge(payment, payment.amount, "")

    def _charge(self, payment: _Payment, amount: Money, operation: str) -> None:
        payment.outcome = PaymentOutcome.CAPTURED
        payment.captured += amount
        self._charged.append(self._movement(payment.id, payment.reference, operation, amount))

    def _movement(self, payment: str, reference: str, operation: str, amount: Money) -> Movement:
        return Movement(payment=payment, reference=reference, operation=operation, amount=amount, at=self.clock.now())

    def _refund(self, request: RefundMoney) -> RefundAnswer:
        known = [each for each in self._refunds if self._is(each, request.reference, request.operation)]
        if known and self._remembers(known[-1].at):
            return RefundAnswer(outcome=known[-1].outcome, code=known[-1].code)
        payments = self._of(request.reference)
        refund = _Refund(
            payment=payments[-1].id if payments else "",
            reference=request.reference,
            operation=request.operation,
            amount=request.amount,
            at=self.clock.now(),
            outcome=self._new_refund,
        )
        if reason := self._why_not(request):
            refund.outcome, refund.code = RefundOutcome.REJECTED, reason
        elif refund.outcome is RefundOutcome.REJECTED:
            refund.code = "rejected_by_plan"
        self._refunds.append(refund)
        if refund.outcome is RefundOutcome.SETTLED:
            self._settle(refund)
        return RefundAnswer(outcome=refund.outcome, code=refund.code)

    def _why_not(self, request: RefundMoney) -> str:
        payments = self._of(request.reference)
        if not payments:
            return "unknown_payment"
        currency = payments[-1].amount.currency
        if request.amount.currency != currency or request.amount.minor <= 0:
            return "wrong_amount"
        captured = total_of((payment.captured for payment in payments), currency)
        gone = total_of(
            (each.amount for each in self._refunds
             if each.reference == request.reference and each.outcome is not RefundOutcome.REJECTED),
            currency,
        )  # fmt: skip
        return "exceeds_captured" if request.amount > captured - gone else ""

    @staticmethod
    def _is(refund: _Refund, reference: str, operation: str) -> bool:
        return (refund.reference, refund.operation) == (reference, operation)

    def _pending(self, operation: str) -> _Refund:
        for refund in self._refunds:
            if refund.operation == operation and refund.outcome is RefundOutcome.PENDING:
                return refund
        raise InvalidInputError("operation", f"no refund {operation!r} is pending at the provider")

    def _settle(self, refund: _Refund) -> None:
        refund.outcome = RefundOutcome.SETTLED
        self._refunded.append(self._movement(refund.payment, refund.reference, refund.operation, refund.amount))
        self._tell_refund(refund)
        self._tell(refund.reference)

    def _answer(self, reference: str) -> PaymentAnswer:
        payments = self._of(reference)
        newest, currency = payments[-1], payments[-1].amount.currency
        captured = total_of((payment.captured for payment in payments), currency)
        waits = newest.outcome is PaymentOutcome.AWAITING_CUSTOMER
        return PaymentAnswer(
            outcome=PaymentOutcome.CAPTURED if captured else newest.outcome,
            authorised=total_of((payment.authorised for payment in payments), currency),
            captured=captured,
            refunded=self.books.refunded(currency, reference),
            provider_id=newest.id,
            code=newest.code,
            next_step=Redirect(f"https://pay.example/{newest.id}") if waits else None,
        )

    def _refund_answer(self, reference: str, operation: str) -> RefundAnswer | None:
        found = [each for each in self._refunds if self._is(each, reference, operation)]
        return RefundAnswer(outcome=found[-1].outcome, code=found[-1].code) if found else None

    def _tell(self, reference: str) -> None:
        answer = self._answer(reference)
        totals = {"authorised": answer.authorised, "captured": answer.captured, "refunded": answer.refunded}
        self._sender.add(
            {
                "type": "payment",
                "reference": reference,
                "outcome": answer.outcome,
                "currency": self._newest(reference).amount.currency,
                **{name: None if total is None else total.minor for name, total in totals.items()},
                "provider_id": answer.provider_id,
                "code": answer.code,
                "occurred_at": self.clock.now().isoformat(),
            }
        )

    def _tell_refund(self, refund: _Refund) -> None:
        self._sender.add(
            {
                "type": "refund",
                "operation": refund.operation,
                "outcome": refund.outcome,
                "code": refund.code,
                "occurred_at": self.clock.now().isoformat(),
            }
        )


def _fact(content: Any) -> PaymentFact | RefundFact:
    occurred_at = parse_moment(content["occurred_at"], "occurred_at")
    if content["type"] == "refund":
        answer = RefundAnswer(outcome=RefundOutcome(content["outcome"]), code=content["code"])
        return RefundFact(operation=content["operation"], answer=answer, occurred_at=occurred_at)
    return PaymentFact(
        reference=content["reference"],
        answer=PaymentAnswer(
            outcome=PaymentOutcome(content["outcome"]),
            authorised=Money(content["authorised"], content["currency"]),
            captured=Money(content["captured"], content["currency"]),
            refunded=Money(content["refunded"], content["currency"]),
            provider_id=content["provider_id"],
            code=content["code"],
        ),
        occurred_at=occurred_at,
    )


class FakeTwoStepGateway(FakeGateway):
    """
    The same provider with payments that are authorised first; only ``capture`` charges.

    What cannot be captured or given back leaves the payment as it stands; ``code`` says why.
    """

    _two_step = True

    def capture(self, request: CaptureMoney) -> PaymentAnswer:
        """Take authorised money: *amount*, or all that is left of it."""
        return self._call("capture", lambda: self._capture(request), lambda: self._stands(request, "rejected_by_plan"))

    def void(self, request: CaptureMoney) -> PaymentAnswer:
        """Give back what is authorised and not captured."""
        return self._call("void", lambda: self._void(request), lambda: self._stands(request, "rejected_by_plan"))

    def _stands(self, request: CaptureMoney, code: str) -> PaymentAnswer:
        if not self._of(request.reference):
            return PaymentAnswer(outcome=PaymentOutcome.FAILED, code="unknown_payment")
        return attrs.evolve(self._answer(request.reference), code=code)

    def _repeated(self, request: CaptureMoney) -> bool:
        done = [payment.done.get(request.operation) for payment in self._of(request.reference)]
        return any(at is not None and self._remembers(at) for at in done)

    def _capture(self, request: CaptureMoney) -> PaymentAnswer:
        if not self._of(request.reference):
            return self._stands(request, "")
        if not self._repeated(request):
            payment = self._newest(request.reference)
            left = payment.authorised - payment.captured
            amount = request.amount or left
            if amount.currency != left.currency or not 0 < amount.minor <= left.minor:
                return self._stands(request, "exceeds_authorised")
            payment.done[request.operation] = self.clock.now()
            self._charge(payment, amount, request.operation)
            self._tell(request.reference)
        return self._answer(request.reference)

    def _void(self, request: CaptureMoney) -> PaymentAnswer:
        if not self._of(request.reference):
            return self._stands(request, "")
        if not self._repeated(request):
            payment = self._newest(request.reference)
            if payment.authorised == payment.captured:
                return self._stands(request, "nothing_to_void")
            payment.done[request.operation] = self.clock.now()
            payment.authorised = payment.captured
            if not payment.captured:
                payment.outcome = PaymentOutcome.CANCELLED
            self._tell(request.reference)
        return self._answer(request.reference)
