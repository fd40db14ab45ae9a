"""The rules: what each command leads to, or all the reasons why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias, assert_never

from ..decisions import Accepted, Rejected
from ..money import Money
from ._commands import (
    CapturePayment,
    Command,
    Facts,
    ObservePayment,
    ObserveRefund,
    RecordCollection,
    RecordPayment,
    RecordRefund,
    RecordRemittance,
    RefundPayment,
    RequestPayment,
    RetryPayment,
    RetryRefund,
    VoidPayment,
)
from ._events import (
    CaptureRequested,
    CashCollected,
    CashRemitted,
    Event,
    PaymentObserved,
    PaymentRecorded,
    PaymentRequested,
    PaymentSuperseded,
    RefundPending,
    RefundRecorded,
    RefundRejected,
    RefundRequested,
    RefundRetried,
    RefundSettled,
    VoidRequested,
)
from ._evolve import evolve
from ._queries import available, by_payment, capturing, due, open_attempts
from ._rejections import (
    AlreadyAuthorised,
    AttemptOpen,
    ExceedsAuthorised,
    ExceedsCaptured,
    ExceedsCollected,
    ExceedsDue,
    NotCapturable,
    NotCashOnDelivery,
    NothingDue,
    NotRetryable,
    NotVoidable,
    PaidInCash,
    Rejection,
    UnknownAttempt,
    UnknownRefund,
    WrongCurrency,
)
from ._state import Attempt, AttemptStage, Payments, Refund, RefundStage, TenderKind

__all__ = ("decide",)

Decision: TypeAlias = Accepted[Event] | Rejected[Rejection]

_ALREADY_SO: Accepted[Event] = Accepted(())


def decide(command: Command, state: Payments, facts: Facts) -> Decision:
    """What follows from *command*; the same command again changes nothing, except that a refund is one more refund."""
    match command:
        case RequestPayment():
            return _request(command, state, facts)
        case RetryPayment():
            return _retry(command, state, facts)
        case ObservePayment():
            return _observe(command, state, facts)
        case CapturePayment():
            return _capture(command, state, facts)
        case VoidPayment():
            return _void(command, state, facts)
        case RefundPayment():
            return _refund(command, state, facts)
        case ObserveRefund():
            return _observe_refund(command, state, facts)
        case RetryRefund():
            return _retry_refund(command, state, facts)
        case RecordCollection():
            return _collect(command, state, facts)
        case RecordRemittance():
            return _remit(command, state, facts)
        case RecordPayment():
            return _record(command, state, facts)
        case RecordRefund():
            return _record_refund(command, state, facts)
        case _ as unreachable:
            assert_never(unreachable)


def _request(command: RequestPayment, state: Payments, facts: Facts) -> Decision:
    if wrong := _wrong_currency(facts, command.amount):
        return Rejected(wrong)
    standing = tuple(open_attempts(state))
    if any(_asks_the_same(attempt, command, command.amount) for attempt in standing):
        return _ALREADY_SO
    reasons = (*_beyond_due(command.amount, due(state, facts.owed)), *(AttemptOpen(attempt=a.number) for a in standing))
    return Rejected(reasons) if reasons else Accepted((_asked(command, command.amount, state, facts),))


def _retry(command: RetryPayment, state: Payments, facts: Facts) -> Decision:
    left = due(state, facts.owed)
    if not left:
        return Rejected((NothingDue(),))
    standing = tuple(open_attempts(state))
    on_hold = tuple(AlreadyAuthorised(attempt=a.number) for a in standing if a.stage is AttemptStage.AUTHORISED)
    if on_hold:
        return Rejected(on_hold)
    # An attempt of which nothing was heard yet is still being asked for: there is nothing to retry.
    unheard = (attempt for attempt in standing if attempt.stage is AttemptStage.REQUESTED)
    if any(_asks_the_same(attempt, command, left) for attempt in unheard):
        return _ALREADY_SO
    superseded = (PaymentSuperseded(attempt=attempt.number, at=facts.at) for attempt in standing)
    return Accepted((*superseded, _asked(command, left, state, facts)))


def _observe(command: ObservePayment, state: Payments, facts: Facts) -> Decision:
    told = command.facts
    attempt = _attempt(state, command.attempt)
    if attempt is None:
        return Rejected((UnknownAttempt(attempt=command.attempt),))
    if wrong := _wrong_currency(facts, *told.totals):
        return Rejected(wrong)
    if attempt.kind is TenderKind.CASH_ON_DELIVERY and any(told.totals):
        return Rejected((PaidInCash(attempt=attempt.number),))
    event = PaymentObserved(
        attempt=attempt.number,
        authorised=told.authorised,
        captured=told.captured,
        refunded=told.refunded,
        outcome=told.outcome,
        code=told.code,
        provider_id=told.provider_id,
        occurred_at=told.occurred_at,
        at=facts.at,
    )
    return _if_news(event, state)


def _capture(command: CapturePayment, state: Payments, facts: Facts) -> Decision:
    attempt = _attempt(state, command.attempt)
    if attempt is None:
        return Rejected((UnknownAttempt(attempt=command.attempt),))
    if command.amount and (wrong := _wrong_currency(facts, command.amount)):
        return Rejected(wrong)
    asked = max(attempt.captured, attempt.capturing)
    free = attempt.authorised - asked
    left = due(state, facts.owed) - capturing(state, facts.owed.currency)
    more = min(free, left) if command.amount is None else command.amount - asked
    if asked and more.minor <= 0:
        return _ALREADY_SO
    if attempt.released or attempt.voiding or not attempt.authorised:
        return Rejected((NotCapturable(attempt=attempt.number, stage=attempt.stage),))
    reasons = (*_beyond_due(more, left), *((ExceedsAuthorised(available=free),) if more > free else ()))
    if reasons:
        return Rejected(reasons)
    return Accepted((CaptureRequested(attempt=attempt.number, amount=more, total=asked + more, at=facts.at),))


def _void(command: VoidPayment, state: Payments, facts: Facts) -> Decision:
    attempt = _attempt(state, command.attempt)
    if attempt is None:
        return Rejected((UnknownAttempt(attempt=command.attempt),))
    if attempt.voiding or attempt.released or attempt.stage is AttemptStage.FAILED:
        return _ALREADY_SO
    if attempt.stage is AttemptStage.CAPTURED and attempt.authorised <= attempt.captured:
        return Rejected((NotVoidable(attempt=attempt.number, stage=attempt.stage),))
    return Accepted((VoidRequested(attempt=attempt.number, at=facts.at),))


def _refund(command: RefundPayment, state: Payments, facts: Facts) -> Decision:
    if wrong := _wrong_currency(facts, command.amount):
        return Rejected(wrong)
    parts = _latest_first(state, state.attempts, command.amount)
    if isinstance(parts, ExceedsCaptured):
        return Rejected((parts,))
    return Accepted(
        tuple(
            RefundRequested(
                refund=number,
                attempt=attempt.number,
                gateway=attempt.gateway,
                amount=amount,
                cause=command.cause,
                at=facts.at,
            )
            for number, (attempt, amount) in enumerate(parts, start=len(state.refunds) + 1)
        )
    )


def _observe_refund(command: ObserveRefund, state: Payments, facts: Facts) -> Decision:
    refund = _known_refund(state, command.refund)
    if refund is None:
        return Rejected((UnknownRefund(refund=command.refund),))
    event = _refund_told(command, refund, facts)
    return _ALREADY_SO if event is None else _if_news(event, state)


def _refund_told(command: ObserveRefund, refund: Refund, facts: Facts) -> Event | None:
    said = (command.occurred_at, command.code)
    match command.outcome:
        case RefundStage.REQUESTED:
            return None
        case RefundStage.PENDING:
            return RefundPending(refund=refund.number, occurred_at=command.occurred_at, at=facts.at)
        case RefundStage.SETTLED:
            return RefundSettled(refund=refund.number, occurred_at=command.occurred_at, at=facts.at)
        case RefundStage.REJECTED:
            # A rejection told again must not undo the retry that followed it.
            known = refund.rejected_at is not None and said <= (refund.rejected_at, refund.code)
            if known or refund.stage is RefundStage.SETTLED:
                return None
            return RefundRejected(refund=refund.number, code=command.code, occurred_at=command.occurred_at, at=facts.at)


def _retry_refund(command: RetryRefund, state: Payments, facts: Facts) -> Decision:
    refund = _known_refund(state, command.refund)
    if refund is None:
        return Rejected((UnknownRefund(refund=command.refund),))
    if refund.stage is RefundStage.SETTLED:
        return Rejected((NotRetryable(refund=refund.number, stage=refund.stage),))
    if refund.stage is not RefundStage.REJECTED:
        return _ALREADY_SO
    through = tuple(attempt for attempt in state.attempts if attempt.number == refund.attempt)
    parts = _latest_first(state, through, refund.amount)
    if isinstance(parts, ExceedsCaptured):
        return Rejected((parts,))
    return Accepted((RefundRetried(refund=refund.number, at=facts.at),))


def _collect(command: RecordCollection, state: Payments, facts: Facts) -> Decision:
    attempt, wrong = _cash_attempt(state, command.attempt), _wrong_currency(facts, command.amount)
    if not isinstance(attempt, Attempt):
        return Rejected((attempt, *wrong))
    if wrong:
        return Rejected(wrong)
    known = (collection.amount for collection in attempt.collections if collection.parcel == command.parcel)
    event = CashCollected(
        attempt=attempt.number,
        parcel=command.parcel,
        amount=max((command.amount, *known)),
        occurred_at=command.occurred_at,
        at=facts.at,
    )
    return _if_news(event, state)


def _remit(command: RecordRemittance, state: Payments, facts: Facts) -> Decision:
    attempt, wrong = _cash_attempt(state, command.attempt), _wrong_currency(facts, command.amount)
    if not isinstance(attempt, Attempt):
        return Rejected((attempt, *wrong))
    if wrong:
        return Rejected(wrong)
    if any(known.reference == command.reference for known in attempt.remittances):
        return _ALREADY_SO
    left = attempt.collected - attempt.remitted
    if command.amount > left:
        return Rejected((ExceedsCollected(available=left),))
    return Accepted(
        (
            CashRemitted(
                attempt=attempt.number,
                amount=command.amount,
                fee=command.fee,
                reference=command.reference,
                occurred_at=command.occurred_at,
                at=facts.at,
            ),
        )
    )


def _record(command: RecordPayment, state: Payments, facts: Facts) -> Decision:
    if wrong := _wrong_currency(facts, command.amount, command.captured):
        return Rejected(wrong)
    adopted = next((attempt for attempt in state.attempts if attempt.external == command.external), None)
    event = PaymentRecorded(
        attempt=len(state.attempts) + 1 if adopted is None else adopted.number,
        external=command.external,
        method=command.method,
        gateway=command.gateway,
        kind=command.kind,
        amount=command.amount,
        captured=max(command.captured, adopted.captured) if adopted and command.captured else command.captured,
        occurred_at=command.occurred_at,
        at=facts.at,
    )
    return _if_news(event, state)


def _record_refund(command: RecordRefund, state: Payments, facts: Facts) -> Decision:
    if wrong := _wrong_currency(facts, command.amount):
        return Rejected(wrong)
    through = tuple(a for a in state.attempts if command.attempt in (None, a.number))
    if command.attempt is not None and not through:
        return Rejected((UnknownAttempt(attempt=command.attempt),))
    known = (refund.amount for refund in state.refunds if refund.external == command.external)
    more = command.amount - sum(known, start=Money.zero(command.amount.currency))
    if more.minor <= 0:
        return _ALREADY_SO
    parts = _latest_first(state, through, more)
    if isinstance(parts, ExceedsCaptured):
        return Rejected((parts,))
    return Accepted(
        tuple(
            RefundRecorded(
                refund=number,
                attempt=attempt.number,
                gateway=attempt.gateway,
                external=command.external,
                amount=amount,
                cause=command.cause,
                at=facts.at,
            )
            for number, (attempt, amount) in enumerate(parts, start=len(state.refunds) + 1)
        )
    )


def _latest_first(
    state: Payments, through: Iterable[Attempt], amount: Money
) -> Sequence[tuple[Attempt, Money]] | ExceedsCaptured:
    """Split *amount* over attempts, latest money first: the attempt that settled the order is touched last."""
    numbers = {attempt.number for attempt in through}
    left, parts = amount, []
    for attempt in reversed([attempt for attempt in by_payment(state) if attempt.number in numbers]):
        part = min(left, available(state, attempt))
        if part.minor > 0:
            parts.append((attempt, part))
            left -= part
    return ExceedsCaptured(available=amount - left) if left else parts


def _if_news(event: Event, state: Payments) -> Decision:
    """What was told counts only where it changes what is known."""
    return _ALREADY_SO if evolve(state, event) == state else Accepted((event,))


def _asked(command: RequestPayment | RetryPayment, amount: Money, state: Payments, facts: Facts) -> PaymentRequested:
    return PaymentRequested(
        attempt=len(state.attempts) + 1,
        method=command.method,
        gateway=command.gateway,
        kind=command.kind,
        amount=amount,
        at=facts.at,
    )


def _asks_the_same(attempt: Attempt, command: RequestPayment | RetryPayment, amount: Money) -> bool:
    same = (command.method, command.gateway, command.kind, amount)
    return (attempt.method, attempt.gateway, attempt.kind, attempt.amount) == same


def _beyond_due(amount: Money, left: Money) -> tuple[Rejection, ...]:
    if left.minor <= 0:
        return (NothingDue(),)
    return (ExceedsDue(due=left),) if amount > left else ()


def _wrong_currency(facts: Facts, *amounts: Money) -> tuple[Rejection, ...]:
    expected = facts.owed.currency
    return (WrongCurrency(expected=expected),) if any(amount.currency != expected for amount in amounts) else ()


def _attempt(state: Payments, number: int) -> Attempt | None:
    return next((attempt for attempt in state.attempts if attempt.number == number), None)


def _known_refund(state: Payments, number: int) -> Refund | None:
    return next((refund for refund in state.refunds if refund.number == number), None)


def _cash_attempt(state: Payments, number: int) -> Attempt | UnknownAttempt | NotCashOnDelivery:
    attempt = _attempt(state, number)
    if attempt is None:
        return UnknownAttempt(attempt=number)
    if attempt.kind is not TenderKind.CASH_ON_DELIVERY:
        return NotCashOnDelivery(attempt=number, kind=attempt.kind)
    return attempt
