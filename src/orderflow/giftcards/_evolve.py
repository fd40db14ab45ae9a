"""How a card follows from its events; nothing is checked here, since what happened has happened."""

from __future__ import annotations

from typing import assert_never

from .._changed import changed
from ..money import Money
from ._events import (
    BalanceReturned,
    BalanceSpent,
    Event,
    GiftCardBlocked,
    GiftCardIssued,
    GiftCardProlonged,
    GiftCardToppedUp,
    GiftCardUnblocked,
    StoreCreditGranted,
    StoreCreditOpened,
)
from ._state import Card, State

__all__ = ("evolve",)


def evolve(state: State, event: Event) -> State:
    """The card after *event*."""
    if isinstance(event, GiftCardIssued | StoreCreditOpened):
        return _opened(event)
    if not isinstance(state, Card):  # a stream that was cut off; verify says so
        return state
    match event:
        case GiftCardToppedUp() | StoreCreditGranted():
            return _loaded(state, event.reference, event.amount)
        case GiftCardBlocked():
            return changed(state, blocked=True)
        case GiftCardUnblocked():
            return changed(state, blocked=False)
        case GiftCardProlonged():
            return changed(state, valid_until=event.valid_until)
        case BalanceSpent():
            return changed(state, spent=state.spent + event.amount)
        case BalanceReturned():
            return changed(state, returned=state.returned + event.amount)
        case _:
            assert_never(event)


def _opened(event: GiftCardIssued | StoreCreditOpened) -> Card:
    amount = Money.zero(event.currency) if isinstance(event, StoreCreditOpened) else event.amount
    none = Money.zero(amount.currency)
    opened = Card(card=event.card, seller=event.seller, loaded=amount, spent=none, returned=none, issued=amount)
    if isinstance(event, StoreCreditOpened):
        return changed(opened, customer=event.customer)
    return changed(
        opened,
        kind=event.kind,
        vat=event.vat,
        country=event.country,
        issued_until=event.valid_until,
        valid_until=event.valid_until,
    )


def _loaded(card: Card, reference: str, amount: Money) -> Card:
    return changed(card, loaded=card.loaded + amount, entries=(*card.entries, (reference, amount)))
