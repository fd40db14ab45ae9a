"""What several rules ask: which attempt or refund is meant, in which currency, is it due, is it news."""

from __future__ import annotations

from typing import TypeAlias

from ..decisions import Accepted, Rejected
from ..money import Money
from ._commands import Facts
from ._events import Event
from ._evolve import evolve
from ._rejections import ExceedsDue, NothingDue, Rejection, WrongCurrency
from ._state import Attempt, Payments, Refund

Decision: TypeAlias = Accepted[Event] | Rejected[Rejection]

ALREADY_SO: Accepted[Event] = Accepted(())


def attempt_of(state: Payments, number: int) -> Attempt | None:
    """The attempt with this number."""
    return next((attempt for attempt in state.attempts if attempt.number == number), None)


def refund_of(state: Payments, number: int) -> Refund | None:
    """The refund with this number."""
    return next((refund for refund in state.refunds if refund.number == number), None)


def wrong_currency(facts: Facts, *amounts: Money) -> tuple[Rejection, ...]:
    """Why amounts cannot be compared with the order's."""
    expected = facts.owed.currency
    return (WrongCurrency(expected=expected),) if any(amount.currency != expected for amount in amounts) else ()


def beyond_due(amount: Money, left: Money) -> tuple[Rejection, ...]:
    """Why this is more than is still to be paid."""
    if left.minor <= 0:
        return (NothingDue(),)
    return (ExceedsDue(due=left),) if amount > left else ()


def if_news(event: Event, state: Payments) -> Decision:
    """What was told counts only where it changes what is known."""
    return ALREADY_SO if evolve(state, event) == state else Accepted((event,))
