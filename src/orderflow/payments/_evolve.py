"""What each event makes of the state; nothing is checked here, since what happened has happened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import reduce

from .._changed import changed
from ..money import Money
from ._events import (
    CaptureRequested,
    CashCollected,
    CashRemitted,
    Event,
    PaymentObserved,
    PaymentRecorded,
    PaymentRequested,
    PaymentSuperseded,
    RefundFormChosen,
    RefundPending,
    RefundRecorded,
    RefundRejected,
    RefundRequested,
    RefundRetried,
    RefundSettled,
    StoredValueTaken,
    VoidRequested,
)
from ._lifecycle import attempt_lifecycle, refund_lifecycle
from ._state import (
    Attempt,
    AttemptStage,
    Collection,
    Outcome,
    Payments,
    Refund,
    RefundStage,
    Remittance,
    TenderKind,
)

__all__ = ("evolve", "fold", "initial")

initial = Payments()

_STEPS = {
    Outcome.AWAITING_CUSTOMER: "await_customer",
    Outcome.PENDING: "wait",
    Outcome.FAILED: "fail",
    Outcome.AUTHORISED: "authorise",
    Outcome.EXPIRED: "expire",
    Outcome.CANCELLED: "void",
    Outcome.CAPTURED: "capture",
}
_RELEASING = frozenset({Outcome.EXPIRED, Outcome.CANCELLED})
_RANK = {outcome: rank for rank, outcome in enumerate(Outcome, start=1)}


def evolve(state: Payments, event: Event) -> Payments:
    """The state after *event*."""
    match event:
        case PaymentRequested():
            return changed(state, attempts=(*state.attempts, changed(_requested(event), requested_at=event.at)))
        case PaymentObserved():
            return _attempt(state, event.attempt, lambda attempt: _observed(attempt, event))
        case PaymentSuperseded():
            return _attempt(state, event.attempt, _superseded)
        case CaptureRequested():
            return _attempt(state, event.attempt, lambda attempt: changed(attempt, capturing=event.total))
        case VoidRequested():
            return _attempt(state, event.attempt, _void_requested)
        case RefundRequested():
            return changed(state, refunds=(*state.refunds, _refund_requested(event)))
        case RefundPending():
            return _refund(state, event.refund, lambda refund: _moved(refund, "wait"))
        case RefundSettled():
            return _refund(state, event.refund, _refund_settled)
        case RefundRejected():
            return _refund(state, event.refund, lambda refund: _refund_rejected(refund, event))
        case RefundRetried():
            return _refund(state, event.refund, lambda refund: _moved(refund, "retry"))
        case CashCollected():
            return _attempt(state, event.attempt, lambda attempt: _collected(attempt, event))
        case CashRemitted():
            return _attempt(state, event.attempt, lambda attempt: _remitted(attempt, event))
        case PaymentRecorded():
            return _recorded(state, event)
        case RefundRecorded():
            return changed(state, refunds=(*state.refunds, _refund_recorded(event)))
        case StoredValueTaken():
            return changed(state, attempts=(*state.attempts, _taken(event)))
        case RefundFormChosen():
            return changed(state, refunds_to=event.account)


def fold(events: Iterable[Event]) -> Payments:
    """The state after *events*, from the beginning."""
    return reduce(evolve, events, initial)


def _attempt(state: Payments, number: int, change: Callable[[Attempt], Attempt]) -> Payments:
    after = tuple(change(attempt) if attempt.number == number else attempt for attempt in state.attempts)
    return changed(state, attempts=after)


def _refund(state: Payments, number: int, change: Callable[[Refund], Refund]) -> Payments:
    after = tuple(change(refund) if refund.number == number else refund for refund in state.refunds)
    return changed(state, refunds=after)


def _stepped(attempt: Attempt, step: str) -> Attempt:
    after = attempt_lifecycle().next(attempt.stage, step)
    return attempt if after is None else changed(attempt, stage=AttemptStage(after))


def _moved(refund: Refund, step: str) -> Refund:
    after = refund_lifecycle().next(refund.stage, step)
    return refund if after is None else changed(refund, stage=RefundStage(after))


def _requested(event: PaymentRequested | PaymentRecorded) -> Attempt:
    none = Money.zero(event.amount.currency)
    return Attempt(
        number=event.attempt,
        method=event.method,
        gateway=event.gateway,
        kind=event.kind,
        amount=event.amount,
        stage=AttemptStage.REQUESTED,
        authorised=none,
        captured=none,
        refunded=none,
        capturing=none,
    )


def _taken(event: StoredValueTaken) -> Attempt:
    none = Money.zero(event.amount.currency)
    return Attempt(
        number=event.attempt,
        method=event.kind,
        gateway=event.kind,
        kind=event.kind,
        amount=event.amount,
        stage=AttemptStage.CAPTURED,
        authorised=event.amount,
        captured=event.amount,
        refunded=none,
        capturing=none,
        outcome=Outcome.CAPTURED,
        paid_at=event.at,
        account=event.account,
        taxed=event.taxed,
    )


def _observed(attempt: Attempt, event: PaymentObserved) -> Attempt:
    # Money refunded was captured, and money captured was authorised, whether or not we have heard of it yet.
    refunded = max(attempt.refunded, event.refunded or attempt.refunded)
    captured = max(attempt.captured, event.captured or attempt.captured, refunded)
    authorised = max(attempt.authorised, event.authorised or attempt.authorised, captured)
    heard = changed(
        attempt,
        refunded=refunded,
        captured=captured,
        authorised=authorised,
        released=attempt.released or event.outcome in _RELEASING,
        paid_at=_earliest(attempt.paid_at, event.occurred_at) if event.captured else attempt.paid_at,
    )
    heard = _stepped(_told(heard, event), _STEPS[event.outcome])
    if authorised:
        heard = _stepped(heard, "authorise")
    return _stepped(heard, "capture") if captured else heard


def _told(attempt: Attempt, event: PaymentObserved) -> Attempt:
    # Ties are broken by text, so that it does not matter which of two tellings came first.
    said = (_RANK[event.outcome], event.code)
    if said > (_rank(attempt.outcome), attempt.code):
        attempt = changed(attempt, outcome=event.outcome, code=event.code)
    named = (_RANK[event.outcome], event.provider_id)
    if event.provider_id and named > (_rank(attempt.provider_id_with), attempt.provider_id):
        attempt = changed(attempt, provider_id=event.provider_id, provider_id_with=event.outcome)
    return attempt


def _rank(outcome: Outcome | None) -> int:
    return 0 if outcome is None else _RANK[outcome]


def _earliest(known: datetime | None, told: datetime) -> datetime:
    return told if known is None else min(known, told)


def _superseded(attempt: Attempt) -> Attempt:
    return _stepped(changed(attempt, superseded=True), "supersede")


def _void_requested(attempt: Attempt) -> Attempt:
    withdrawn = changed(attempt, voiding=True)
    # Nobody answers for cash on delivery: the courier is simply not asked to collect.
    return _stepped(withdrawn, "void") if attempt.kind is TenderKind.CASH_ON_DELIVERY else withdrawn


def _refund_requested(event: RefundRequested) -> Refund:
    return Refund(
        number=event.refund,
        attempt=event.attempt,
        gateway=event.gateway,
        amount=event.amount,
        cause=event.cause,
        stage=RefundStage.REQUESTED,
        account=event.account,
    )


def _refund_settled(refund: Refund) -> Refund:
    return changed(_moved(refund, "settle"), code="", rejected_at=None)


def _refund_rejected(refund: Refund, event: RefundRejected) -> Refund:
    return changed(_moved(refund, "reject"), code=event.code, rejected_at=event.occurred_at)


def _collected(attempt: Attempt, event: CashCollected) -> Attempt:
    others = (collection for collection in attempt.collections if collection.parcel != event.parcel)
    collections = sorted((*others, Collection(parcel=event.parcel, amount=event.amount)), key=lambda one: one.parcel)
    paid_at = _earliest(attempt.paid_at, event.occurred_at)
    return _stepped(changed(attempt, collections=tuple(collections), paid_at=paid_at), "capture")


def _remitted(attempt: Attempt, event: CashRemitted) -> Attempt:
    remittance = Remittance(reference=event.reference, amount=event.amount, fee=event.fee)
    return changed(attempt, remittances=(*attempt.remittances, remittance))


def _recorded(state: Payments, event: PaymentRecorded) -> Payments:
    if all(attempt.number != event.attempt for attempt in state.attempts):
        adopted = changed(_requested(event), external=event.external, provider_id=event.external)
        state = changed(state, attempts=(*state.attempts, adopted))
    return _attempt(state, event.attempt, lambda attempt: _adopted(attempt, event))


def _adopted(attempt: Attempt, event: PaymentRecorded) -> Attempt:
    if not event.captured:
        return attempt
    captured = max(attempt.captured, event.captured)
    raised = changed(
        attempt,
        captured=captured,
        authorised=max(attempt.authorised, captured),
        paid_at=_earliest(attempt.paid_at, event.occurred_at),
    )
    return _stepped(raised, "capture")


def _refund_recorded(event: RefundRecorded) -> Refund:
    return Refund(
        number=event.refund,
        attempt=event.attempt,
        gateway=event.gateway,
        amount=event.amount,
        cause=event.cause,
        stage=RefundStage.SETTLED,
        external=event.external,
    )
