"""What follows from a card: whether it can pay, what spending and giving back make of it, and what its counter does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import assert_never

from ..counters import Move, MoveKind
from ..money import Money
from ..pricing import VatRate
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
from ._rejections import TaxedOtherwise
from ._state import Card, State, VoucherKind

__all__ = ("VALID_AFTER_REFUND", "give_back", "is_usable", "moves", "objections", "spend")

VALID_AFTER_REFUND = timedelta(days=365)
"""For so long at least a card can be used after money came back to it: a card that is over is no money back."""


def is_usable(state: State, seller: str, at: datetime) -> bool:
    """Whether it can pay at *at*. Why not is never said: unknown, over, empty and blocked cards look alike."""
    if not isinstance(state, Card):
        return False
    return state.seller == seller and not state.blocked and not state.is_over(at) and state.balance.minor > 0


def objections(card: Card, rates: Iterable[VatRate], country: str) -> tuple[TaxedOtherwise, ...]:
    """Why a single-purpose card does not pay for an order that is taxed at *rates* in *country*."""
    if card.kind is VoucherKind.MULTI_PURPOSE or card.vat is None or card.country is None:
        return ()
    found = tuple(dict.fromkeys(rates))
    if found == (card.vat,) and country == card.country:
        return ()
    sold_at, *others = (f"{rate.percent}% {rate.code}" for rate in (card.vat, *found))
    return (TaxedOtherwise(sold_at=sold_at, country=card.country, destination=country, rates=tuple(others)),)


def spend(card: str, *, order: str, attempt: int, amount: Money, at: datetime) -> tuple[Event, ...]:
    """What a payment by this card writes into its stream."""
    return (BalanceSpent(card=card, order=order, attempt=attempt, amount=amount, at=at),)


def give_back(
    state: State, card: str, *, seller: str, customer: str | None, order: str, refund: int, amount: Money, at: datetime
) -> tuple[Event, ...]:
    """
    What a refund writes into the stream of the card that it goes to.

    Store credit that a customer never had is opened, and a card that would be over too soon is prolonged.
    """
    returned = BalanceReturned(card=card, order=order, refund=refund, amount=amount, at=at)
    if not isinstance(state, Card):
        opened = StoreCreditOpened(card=card, seller=seller, customer=customer or "", currency=amount.currency, at=at)
        return (opened, returned)
    enough = at + VALID_AFTER_REFUND
    if state.valid_until is None or state.valid_until >= enough:
        return (returned,)
    return (returned, GiftCardProlonged(card=card, valid_until=enough, at=at))


def moves(event: Event) -> tuple[Move, ...]:
    """What the card's counter must do in the same commit, on behalf of the card, or of the order that moved it."""
    match event:
        case GiftCardIssued() | GiftCardToppedUp() | StoreCreditGranted():
            return (Move(event.card, MoveKind.ADD, event.amount.minor, event.card),)
        case BalanceSpent():
            return (Move(event.card, MoveKind.REMOVE, event.amount.minor, event.order),)
        case BalanceReturned():
            return (Move(event.card, MoveKind.ADD, event.amount.minor, event.order),)
        case StoreCreditOpened() | GiftCardBlocked() | GiftCardUnblocked() | GiftCardProlonged():
            return ()
        case _:
            assert_never(event)
