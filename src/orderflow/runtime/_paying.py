"""Requests to payment gateways: start, capture, void, refund."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from .. import payments
from ..actors import SYSTEM
from ..money import Money
from ..orders import OrderStage
from ..ports.gateway import (
    CaptureMoney,
    Captures,
    PaymentAnswer,
    PaymentOutcome,
    RefundAnswer,
    RefundMoney,
    RefundOutcome,
    StartPayment,
)
from ._errands import (
    MOST_TRIES,
    Answer,
    Errand,
    Found,
    Partners,
    ask,
    later,
    operation_key,
    past_window,
    payment_reference,
)

__all__ = ("capture", "observation", "refund", "refund_observation", "start_payment", "void")

_POLL = timedelta(minutes=15)
_OVER = (OrderStage.CANCELLED, OrderStage.CLOSED)
_UNDECIDED = (
    payments.AttemptStage.REQUESTED,
    payments.AttemptStage.PENDING,
    payments.AttemptStage.AWAITING_CUSTOMER,
)


def start_payment(errand: Errand, partners: Partners) -> Answer:
    """Open the payment, or ask how it stands; asked again until it is decided, since notifications get lost."""
    attempt = errand.file.payments.attempts[errand.number - 1]
    if attempt.stage not in _UNDECIDED:
        return Answer()
    gateway = partners.gateway(attempt.gateway)
    reference = payment_reference(errand.order, attempt.number)
    if attempt.outcome is not None and not gateway.capabilities.lookup:
        return Answer()
    answer: PaymentAnswer | None = None
    if errand.is_retry and gateway.capabilities.lookup:
        found = ask(errand, lambda: Found(gateway.lookup(reference)))
        if found is None:
            return later(errand)
        answer = found.answer
    if answer is None and errand.is_retry and past_window(errand, gateway.capabilities.idempotency_window):
        return Answer(park="start_payment: unknown outcome past the provider's idempotency window")
    if answer is None and (attempt.superseded or attempt.voiding or errand.file.order.stage in _OVER):
        unsure = errand.is_retry and not gateway.capabilities.lookup and not gateway.capabilities.manual
        if unsure:
            return Answer(park="start_payment: not wanted any more, and cannot be looked up")
        is_let_go = attempt.superseded or attempt.voiding
        return Answer() if is_let_go else Answer(commands=(_not_wanted(errand, attempt),))
    if answer is None:
        answer = ask(errand, lambda: gateway.start(_start_request(errand, attempt, reference, partners)))
    observed = _observed(errand, attempt, answer, reference)
    is_open = answer is not None and answer.outcome in (PaymentOutcome.PENDING, PaymentOutcome.AWAITING_CUSTOMER)
    if is_open and gateway.capabilities.lookup and errand.row.attempts < MOST_TRIES:
        return attrs.evolve(observed, again_in=_POLL)
    return observed


def _not_wanted(errand: Errand, attempt: payments.Attempt) -> payments.VoidPayment:
    # An order that is over elsewhere may be opened again there; then its payment can be tried again.
    return payments.VoidPayment(order=errand.order, attempt=attempt.number, actor=SYSTEM)


def _start_request(errand: Errand, attempt: payments.Attempt, reference: str, partners: Partners) -> StartPayment:
    order = errand.file.order
    return StartPayment(
        reference=reference,
        order=order.reference,
        amount=attempt.amount,
        description=order.reference,
        method=attempt.method,
        language=order.language,
        email=errand.person.contact.email if errand.person else None,
        return_url=partners.back_to(order.reference),
        secrets=errand.secrets,
    )


def _observed(errand: Errand, attempt: payments.Attempt, answer: PaymentAnswer | None, reference: str = "") -> Answer:
    if answer is None or answer.outcome is PaymentOutcome.UNKNOWN:
        return later(errand)
    command = observation(errand.order, attempt, answer, errand.at)
    return Answer(commands=(command,), step=answer.next_step, step_key=reference)


def observation(order: str, attempt: payments.Attempt, answer: PaymentAnswer, at: datetime) -> payments.ObservePayment:
    """What a provider answered, as a command; amounts that it leaves out are what was asked for, where it says done."""
    outcome = payments.Outcome(answer.outcome.value)
    captured = answer.captured
    authorised = answer.authorised
    if outcome is payments.Outcome.CAPTURED and captured is None:
        captured = attempt.amount
    if outcome is payments.Outcome.AUTHORISED and authorised is None:
        authorised = attempt.amount
    return payments.ObservePayment(
        order=order,
        actor=SYSTEM,
        attempt=attempt.number,
        facts=payments.PaymentFacts(
            outcome=outcome,
            authorised=authorised,
            captured=captured,
            refunded=answer.refunded,
            code=answer.code,
            provider_id=answer.provider_id,
            occurred_at=at,
        ),
    )


def capture(errand: Errand, partners: Partners) -> Answer:
    """Take authorised money."""
    attempt = errand.file.payments.attempts[errand.number - 1]
    open_amount = attempt.capturing - attempt.captured
    return _two_step(errand, partners, attempt, open_amount if open_amount.minor > 0 else None, void=False)


def void(errand: Errand, partners: Partners) -> Answer:
    """Give an authorisation back."""
    attempt = errand.file.payments.attempts[errand.number - 1]
    return _two_step(errand, partners, attempt, None, void=True)


def _two_step(
    errand: Errand, partners: Partners, attempt: payments.Attempt, amount: Money | None, *, void: bool
) -> Answer:
    if attempt.released or (not void and amount is None):
        return Answer()
    gateway = partners.gateway(attempt.gateway)
    reference = payment_reference(errand.order, attempt.number)
    if gateway.capabilities.manual:
        return Answer()
    if not isinstance(gateway, Captures):
        return Answer(park=f"{errand.row.kind}: gateway {attempt.gateway!r} does not capture or void")
    if errand.is_retry and gateway.capabilities.lookup:
        found = ask(errand, lambda: Found(gateway.lookup(reference)))
        if found is None:
            return later(errand)
        if found.answer is None and void:  # it was never opened, and never will be
            return Answer()
        if found.answer is not None and _is_done(attempt, found.answer, void=void):
            return _observed(errand, attempt, found.answer)
    elif errand.is_retry and past_window(errand, gateway.capabilities.idempotency_window):
        return Answer(park=f"{errand.row.kind}: unknown outcome past the provider's idempotency window")
    request = CaptureMoney(reference=reference, operation=operation_key(errand.row), amount=amount)
    return _observed(errand, attempt, ask(errand, lambda: (gateway.void if void else gateway.capture)(request)))


def _is_done(attempt: payments.Attempt, answer: PaymentAnswer, *, void: bool) -> bool:
    if answer.outcome is PaymentOutcome.CAPTURED and not void and answer.captured is not None:
        return answer.captured >= attempt.capturing  # a part may have been captured before
    return answer.outcome is not PaymentOutcome.AUTHORISED


def refund(errand: Errand, partners: Partners) -> Answer:
    """Give money back, once per operation."""
    asked = errand.file.payments.refunds[errand.number - 1]
    if asked.stage not in (payments.RefundStage.REQUESTED, payments.RefundStage.PENDING):
        return Answer()
    gateway = partners.gateway(asked.gateway)
    reference = payment_reference(errand.order, asked.attempt)
    operation = operation_key(errand.row)
    answer: RefundAnswer | None = None
    if errand.is_retry and gateway.capabilities.lookup:
        found = ask(errand, lambda: Found(gateway.lookup_refund(reference, operation)))
        if found is None:
            return later(errand)
        answer = found.answer
    if answer is None and errand.is_retry and past_window(errand, gateway.capabilities.idempotency_window):
        return Answer(park="refund_money: unknown outcome past the provider's idempotency window")
    if answer is None and _is_part(asked, errand.file.payments) and not gateway.capabilities.partial_refund:
        answer = RefundAnswer(outcome=RefundOutcome.REJECTED, code="no_partial_refund")
    if answer is None:
        request = RefundMoney(
            reference=reference, operation=operation, amount=asked.amount, description=errand.file.order.reference
        )
        answer = ask(errand, lambda: gateway.refund(request))
    if answer is None or answer.outcome is RefundOutcome.UNKNOWN:
        return later(errand)
    waits = answer.outcome is RefundOutcome.PENDING and gateway.capabilities.lookup
    return Answer(
        commands=(refund_observation(errand.order, asked, answer, errand.at),),
        again_in=timedelta(hours=1) if waits else None,
    )


def _is_part(refund: payments.Refund, state: payments.Payments) -> bool:
    return refund.amount != state.attempts[refund.attempt - 1].captured


def refund_observation(
    order: str, refund: payments.Refund, answer: RefundAnswer, at: datetime
) -> payments.ObserveRefund:
    """What a provider answered about a refund's present try, as a command: it comes after the refusal of the last."""
    if refund.stage is not payments.RefundStage.REJECTED and refund.rejected_at is not None:
        at = max(at, refund.rejected_at + timedelta(microseconds=1))
    return payments.ObserveRefund(
        order=order,
        actor=SYSTEM,
        refund=refund.number,
        outcome=payments.RefundStage(answer.outcome.value),
        code=answer.code,
        occurred_at=at,
    )
