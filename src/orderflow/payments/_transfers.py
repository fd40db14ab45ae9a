"""What somebody read on a bank statement, as a command."""

from __future__ import annotations

from datetime import datetime

from ..actors import STAFF, Actor
from ..money import Money
from ._commands import ObservePayment, PaymentFacts
from ._state import Outcome

__all__ = ("transfer_received",)


def transfer_received(
    order: str, total: Money, *, occurred_at: datetime, attempt: int = 1, actor: Actor = STAFF
) -> ObservePayment:
    """
    Money has arrived: *total* is all that came for this attempt so far, so that telling it twice counts once.

    >>> from datetime import UTC, datetime
    >>> paid = transfer_received("7KQ", Money.parse("54.97", "PLN"), occurred_at=datetime(2026, 11, 22, tzinfo=UTC))
    >>> paid.facts.captured
    Money('54.97', 'PLN')
    """
    facts = PaymentFacts(outcome=Outcome.CAPTURED, captured=total, occurred_at=occurred_at)
    return ObservePayment(order=order, actor=actor, attempt=attempt, facts=facts)
