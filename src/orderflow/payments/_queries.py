"""Questions about the money of an order; amounts are in *currency*, which an order without payments does not know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from ..money import Money, total_of
from ._state import Attempt, AttemptStage, Payments, Refund, RefundStage

__all__ = (
    "authorised_total", "available", "by_payment", "capturing", "courier_owes", "due", "held", "money_in",
    "open_attempt", "open_attempts", "refunded", "refunding", "rejected_refunds", "surplus",
)  # fmt: skip

_OPEN = frozenset(
    {AttemptStage.REQUESTED, AttemptStage.AWAITING_CUSTOMER, AttemptStage.PENDING, AttemptStage.AUTHORISED}
)
_UNDER_WAY = frozenset({RefundStage.REQUESTED, RefundStage.PENDING})
_SETTLED = frozenset({RefundStage.SETTLED})
_NEVER = datetime.max.replace(tzinfo=UTC)


def money_in(state: Payments, currency: str) -> Money:
    """What the customer has paid: captured and collected, over all attempts."""
    return total_of((attempt.paid for attempt in state.attempts), currency)


def refunded(state: Payments, currency: str) -> Money:
    """What has gone back: by refunds of ours, or by more where the provider reports more."""
    return total_of((_refunded(state, attempt) for attempt in state.attempts), currency)


def refunding(state: Payments, currency: str) -> Money:
    """What is on its way back."""
    return total_of((_gone(state, attempt) - _refunded(state, attempt) for attempt in state.attempts), currency)


def held(state: Payments, currency: str) -> Money:
    """What was paid and is neither refunded nor being refunded."""
    return total_of((available(state, attempt) for attempt in state.attempts), currency)


def due(state: Payments, owed: Money) -> Money:
    """What is still to be paid of *owed*."""
    return max(owed - held(state, owed.currency), Money.zero(owed.currency))


def surplus(state: Payments, owed: Money) -> Money:
    """What is held beyond *owed*: late money, a second payment, or a price that came down."""
    return max(held(state, owed.currency) - owed, Money.zero(owed.currency))


def open_attempts(state: Payments) -> Iterator[Attempt]:
    """The attempts that may still bring money and that we have not withdrawn, oldest first."""
    return (attempt for attempt in state.attempts if attempt.stage in _OPEN and not attempt.voiding)


def open_attempt(state: Payments) -> Attempt | None:
    """The latest attempt that may still bring money and that we have not withdrawn."""
    return max(open_attempts(state), key=lambda attempt: attempt.number, default=None)


def authorised_total(state: Payments, currency: str) -> Money:
    """What is authorised, not captured, and neither given back nor being given back."""
    return total_of(
        (
            attempt.authorised - attempt.captured
            for attempt in state.attempts
            if not (attempt.released or attempt.voiding)
        ),
        currency,
    )


def capturing(state: Payments, currency: str) -> Money:
    """What we have asked to be captured and was not captured so far."""
    none = Money.zero(currency)
    return total_of(
        (max(attempt.capturing - attempt.captured, none) for attempt in state.attempts if not attempt.released),
        currency,
    )


def courier_owes(state: Payments, currency: str) -> Money:
    """The cash that couriers took and have not accounted for."""
    return total_of((attempt.collected - attempt.remitted for attempt in state.attempts), currency)


def rejected_refunds(state: Payments) -> tuple[Refund, ...]:
    """Refunds that the provider refused: retry them, or give the money back another way."""
    return tuple(refund for refund in state.refunds if refund.stage is RefundStage.REJECTED)


def available(state: Payments, attempt: Attempt) -> Money:
    """What can be refunded through *attempt*."""
    return attempt.paid - _gone(state, attempt)


def by_payment(state: Payments) -> tuple[Attempt, ...]:
    """
    The attempts in the order in which their money came, by the provider's dates: the first settled the order.

    Of two at the same moment the superseded one counts as later. Attempts without money come last.
    """
    return tuple(
        sorted(
            state.attempts,
            key=lambda attempt: (attempt.paid_at or _NEVER, attempt.superseded, attempt.number),
        )
    )


def _refunded(state: Payments, attempt: Attempt) -> Money:
    return max(attempt.refunded, _sum(state, attempt, _SETTLED))


def _gone(state: Payments, attempt: Attempt) -> Money:
    # A reported total may already contain refunds that we still count as under way: take the larger, never both.
    return max(attempt.refunded, _sum(state, attempt, _SETTLED | _UNDER_WAY))


def _sum(state: Payments, attempt: Attempt, stages: frozenset[RefundStage]) -> Money:
    if not state.refunds:
        return Money.zero(attempt.amount.currency)
    amounts = (refund.amount for refund in state.refunds if refund.attempt == attempt.number and refund.stage in stages)
    return total_of(amounts, attempt.amount.currency)
