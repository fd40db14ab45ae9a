"""Why nothing can be done about a card, or why it cannot pay for an order."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import attrs

from ..money import Money

__all__ = (
    "CannotShorten", "CodeTaken", "EndsInThePast", "GiftCardIsBlocked", "GiftCardIsOver", "NotToppedUp",
    "ReferenceReused", "Rejection", "TaxedOtherwise", "UnknownGiftCard", "WrongCurrency",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class UnknownGiftCard:
    """This seller has no card, and no store credit, of this id."""

    card: str


@attrs.frozen(kw_only=True)
class CodeTaken:
    """A card of this code was issued before, on other terms."""


@attrs.frozen(kw_only=True)
class EndsInThePast:
    """The card could never be used."""

    valid_until: datetime


@attrs.frozen(kw_only=True)
class CannotShorten:
    """Whoever has the card was told that it can be used for longer than until ``asked``."""

    asked: datetime


@attrs.frozen(kw_only=True)
class NotToppedUp:
    """A single-purpose card was taxed when it was sold: more money is another sale, so issue another card."""


@attrs.frozen(kw_only=True)
class GiftCardIsBlocked:
    """Unblock it first."""


@attrs.frozen(kw_only=True)
class GiftCardIsOver:
    """Its time has ended; prolong it first."""

    valid_until: datetime


@attrs.frozen(kw_only=True)
class WrongCurrency:
    """The card is in another currency."""

    expected: str


@attrs.frozen(kw_only=True)
class ReferenceReused:
    """The reference was booked before, with another amount."""

    reference: str
    recorded: Money


@attrs.frozen(kw_only=True)
class TaxedOtherwise:
    """
    A single-purpose card does not pay for this order.

    It was taxed when it was sold, at the rate ``sold_at`` in ``country``. All of the order, delivery included, would
    have to go there and be taxed at that rate; it goes to ``destination``, and is taxed at ``rates``.
    """

    sold_at: str
    country: str
    destination: str
    rates: tuple[str, ...]


Rejection: TypeAlias = (
    UnknownGiftCard
    | CodeTaken
    | EndsInThePast
    | CannotShorten
    | NotToppedUp
    | GiftCardIsBlocked
    | GiftCardIsOver
    | WrongCurrency
    | ReferenceReused
    | TaxedOtherwise
)
