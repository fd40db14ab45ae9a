"""Cash at the door: what couriers took, and what they paid over."""

from __future__ import annotations

from ..decisions import Accepted, Rejected
from ._commands import Facts, RecordCollection, RecordRemittance
from ._events import CashCollected, CashRemitted
from ._guards import ALREADY_SO, Decision, attempt_of, if_news, wrong_currency
from ._rejections import ExceedsCollected, NotCashOnDelivery, UnknownAttempt
from ._state import Attempt, Payments, TenderKind


def collect(command: RecordCollection, state: Payments, facts: Facts) -> Decision:
    """What the courier took at the door, for each parcel once."""
    attempt, wrong = _cash_attempt(state, command.attempt), wrong_currency(facts, command.amount)
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
    return if_news(event, state)


def remit(command: RecordRemittance, state: Payments, facts: Facts) -> Decision:
    """What the courier paid over of it, for each reference once."""
    attempt, wrong = _cash_attempt(state, command.attempt), wrong_currency(facts, command.amount)
    if not isinstance(attempt, Attempt):
        return Rejected((attempt, *wrong))
    if wrong:
        return Rejected(wrong)
    if any(known.reference == command.reference for known in attempt.remittances):
        return ALREADY_SO
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


def _cash_attempt(state: Payments, number: int) -> Attempt | UnknownAttempt | NotCashOnDelivery:
    attempt = attempt_of(state, number)
    if attempt is None:
        return UnknownAttempt(attempt=number)
    if attempt.kind is not TenderKind.CASH_ON_DELIVERY:
        return NotCashOnDelivery(attempt=number, kind=attempt.kind)
    return attempt
