"""Money back: split over the attempts that brought it, followed until it has arrived, never twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..decisions import Accepted, Rejected
from ..money import Money
from ._commands import Facts, ObserveRefund, RecordRefund, RefundPayment, RetryRefund
from ._events import Event, RefundPending, RefundRecorded, RefundRejected, RefundRequested, RefundRetried, RefundSettled
from ._guards import ALREADY_SO, Decision, if_news, refund_of, wrong_currency
from ._queries import available, by_payment, surplus
from ._rejections import ExceedsCaptured, KeptHere, NotRetryable, UnknownAttempt, UnknownRefund
from ._state import Attempt, Payments, Refund, RefundStage


def give_back(command: RefundPayment, state: Payments, facts: Facts) -> Decision:
    """Money back, through as many attempts as it takes."""
    if wrong := wrong_currency(facts, command.amount):
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
                account=attempt.account or state.refunds_to,
                amount=amount,
                cause=command.cause,
                at=facts.at,
            )
            for number, (attempt, amount) in enumerate(parts, start=len(state.refunds) + 1)
        )
    )


def observe_refund(command: ObserveRefund, state: Payments, facts: Facts) -> Decision:
    """What the provider says of a refund, where it is news."""
    refund = refund_of(state, command.refund)
    if refund is None:
        return Rejected((UnknownRefund(refund=command.refund),))
    event = _refund_told(command, refund, facts)
    return ALREADY_SO if event is None else if_news(event, state)


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


def retry_refund(command: RetryRefund, state: Payments, facts: Facts) -> Decision:
    """A rejected refund is asked for again, if its money is still there and is still not owed."""
    refund = refund_of(state, command.refund)
    if refund is None:
        return Rejected((UnknownRefund(refund=command.refund),))
    if refund.stage is RefundStage.SETTLED:
        return Rejected((NotRetryable(refund=refund.number, stage=refund.stage),))
    if refund.stage is not RefundStage.REJECTED:
        return ALREADY_SO
    through = tuple(attempt for attempt in state.attempts if attempt.number == refund.attempt)
    parts = _latest_first(state, through, refund.amount)
    if isinstance(parts, ExceedsCaptured):
        return Rejected((parts,))
    over = surplus(state, facts.owed)
    if refund.amount > over:  # another refund gave it back, or the order has come to cost more
        return Rejected((ExceedsCaptured(available=over),))
    return Accepted((RefundRetried(refund=refund.number, at=facts.at),))


def record_refund(command: RecordRefund, state: Payments, facts: Facts) -> Decision:
    """A refund made elsewhere: *amount* is all that this refund gave back so far."""
    if wrong := wrong_currency(facts, command.amount):
        return Rejected(wrong)
    named = tuple(attempt for attempt in state.attempts if command.attempt in (None, attempt.number))
    through = tuple(attempt for attempt in named if not attempt.account)
    if command.attempt is not None and not through:
        why = KeptHere if named else UnknownAttempt
        return Rejected((why(attempt=command.attempt),))
    known = (refund.amount for refund in state.refunds if refund.external == command.external)
    more = command.amount - sum(known, start=Money.zero(command.amount.currency))
    if more.minor <= 0:
        return ALREADY_SO
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
