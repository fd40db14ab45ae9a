"""Asking to be paid: attempts, what providers say of them, and money that is set aside first."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from ..decisions import Accepted, Rejected
from ..money import Money
from ._commands import (
    CapturePayment,
    Facts,
    ObservePayment,
    OfferedMethod,
    RecordPayment,
    RequestPayment,
    RetryPayment,
    VoidPayment,
)
from ._events import (
    CaptureRequested,
    PaymentObserved,
    PaymentRecorded,
    PaymentRequested,
    PaymentSuperseded,
    VoidRequested,
)
from ._guards import ALREADY_SO, Decision, attempt_of, beyond_due, if_news, wrong_currency
from ._queries import capturing, due, open_attempts
from ._rejections import (
    AlreadyAuthorised,
    AttemptOpen,
    ExceedsAuthorised,
    KeptHere,
    NotCapturable,
    NothingDue,
    NotVoidable,
    PaidInCash,
    PaymentMethodNotOffered,
    Rejection,
    UnknownAttempt,
)
from ._state import STORED_VALUE, Attempt, AttemptStage, Payments, TenderKind


def request(command: RequestPayment, state: Payments, facts: Facts) -> Decision:
    """The first attempt, or the next once none is open: never for more than is due."""
    if wrong := wrong_currency(facts, command.amount):
        return Rejected(wrong)
    standing = tuple(open_attempts(state))
    if any(_asks_the_same(attempt, command, command.amount) for attempt in standing):
        return ALREADY_SO
    reasons = (*beyond_due(command.amount, due(state, facts.owed)), *(AttemptOpen(attempt=a.number) for a in standing))
    return Rejected(reasons) if reasons else Accepted((_asked(command, command.amount, state, facts),))


def retry(command: RetryPayment, state: Payments, facts: Facts) -> Decision:
    """Another attempt for what is due; open ones make way for it, and still count if they are paid after all."""
    left = due(state, facts.owed)
    standing = tuple(open_attempts(state))
    chosen = next((method for method in facts.offered if method.code == command.method), None)
    reasons = (*_not_offered(command, facts, chosen), *_nothing_to_retry(left, standing))
    if chosen is None or reasons:
        return Rejected(reasons)
    command = attrs.evolve(command, gateway=chosen.gateway, kind=chosen.kind)
    # An attempt of which nothing was heard yet is still being asked for: there is nothing to retry.
    unheard = (attempt for attempt in standing if attempt.stage is AttemptStage.REQUESTED)
    if any(_asks_the_same(attempt, command, left) for attempt in unheard):
        return ALREADY_SO
    superseded = (PaymentSuperseded(attempt=attempt.number, at=facts.at) for attempt in standing)
    return Accepted((*superseded, _asked(command, left, state, facts)))


def _not_offered(command: RetryPayment, facts: Facts, chosen: OfferedMethod | None) -> Iterable[Rejection]:
    if chosen is not None:
        return
    known = next((each.reasons for each in facts.not_offered if each.code == command.method), None)
    offered = tuple(method.code for method in facts.offered)
    yield from known or (PaymentMethodNotOffered(method=command.method, offered=offered),)


def _nothing_to_retry(left: Money, standing: tuple[Attempt, ...]) -> Iterable[Rejection]:
    if not left:
        yield NothingDue()
    for attempt in standing:
        if attempt.stage is AttemptStage.AUTHORISED:
            yield AlreadyAuthorised(attempt=attempt.number)


def observe(command: ObservePayment, state: Payments, facts: Facts) -> Decision:
    """What the provider says of an attempt, where it is news."""
    told = command.facts
    attempt = attempt_of(state, command.attempt)
    if attempt is None:
        return Rejected((UnknownAttempt(attempt=command.attempt),))
    if wrong := wrong_currency(facts, *told.totals):
        return Rejected(wrong)
    if attempt.kind is TenderKind.CASH_ON_DELIVERY and any(told.totals):
        return Rejected((PaidInCash(attempt=attempt.number),))
    if attempt.kind in STORED_VALUE:
        return Rejected((KeptHere(attempt=attempt.number),))
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
    return if_news(event, state)


def capture(command: CapturePayment, state: Payments, facts: Facts) -> Decision:
    """Take money that is set aside: what is due of it, or *amount* in all."""
    attempt = attempt_of(state, command.attempt)
    if attempt is None:
        return Rejected((UnknownAttempt(attempt=command.attempt),))
    if command.amount and (wrong := wrong_currency(facts, command.amount)):
        return Rejected(wrong)
    asked = max(attempt.captured, attempt.capturing)
    free = attempt.authorised - asked
    left = due(state, facts.owed) - capturing(state, facts.owed.currency)
    more = min(free, left) if command.amount is None else command.amount - asked
    if asked and more.minor <= 0:
        return ALREADY_SO
    if attempt.released or attempt.voiding or not attempt.authorised:
        return Rejected((NotCapturable(attempt=attempt.number, stage=attempt.stage),))
    reasons = (*beyond_due(more, left), *((ExceedsAuthorised(available=free),) if more > free else ()))
    if reasons:
        return Rejected(reasons)
    return Accepted((CaptureRequested(attempt=attempt.number, amount=more, total=asked + more, at=facts.at),))


def void(command: VoidPayment, state: Payments, facts: Facts) -> Decision:
    """Let money go that is set aside."""
    attempt = attempt_of(state, command.attempt)
    if attempt is None:
        return Rejected((UnknownAttempt(attempt=command.attempt),))
    if attempt.voiding or attempt.released or attempt.stage is AttemptStage.FAILED:
        return ALREADY_SO
    if attempt.stage is AttemptStage.CAPTURED and attempt.authorised <= attempt.captured:
        return Rejected((NotVoidable(attempt=attempt.number, stage=attempt.stage),))
    return Accepted((VoidRequested(attempt=attempt.number, at=facts.at),))


def record_payment(command: RecordPayment, state: Payments, facts: Facts) -> Decision:
    """A payment made elsewhere: *captured* is all that it brought so far."""
    if wrong := wrong_currency(facts, command.amount, command.captured):
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
    return if_news(event, state)


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
