"""What happened to a gift card, or to a customer's store credit; each has a stream of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

import attrs

from ..money import Money
from ..pricing import VatRate
from ._state import VoucherKind

__all__ = (
    "WIRE_NAMES", "BalanceReturned", "BalanceSpent", "Event", "GiftCardBlocked", "GiftCardIssued", "GiftCardProlonged",
    "GiftCardToppedUp", "GiftCardUnblocked", "StoreCreditGranted", "StoreCreditOpened",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class GiftCardIssued:
    """A card can be used, with ``amount`` on it. Its code is nowhere: ``card`` is made of a digest."""

    card: str
    seller: str
    amount: Money
    valid_until: datetime | None
    kind: VoucherKind
    vat: VatRate | None
    country: str | None
    at: datetime


@attrs.frozen(kw_only=True)
class GiftCardToppedUp:
    """There is ``amount`` more on it."""

    card: str
    amount: Money
    reference: str
    at: datetime


@attrs.frozen(kw_only=True)
class StoreCreditOpened:
    """A customer has store credit here from now on, with nothing on it."""

    card: str
    seller: str
    customer: str
    currency: str
    at: datetime


@attrs.frozen(kw_only=True)
class StoreCreditGranted:
    """The customer was given ``amount``."""

    card: str
    amount: Money
    reference: str
    cause: str
    at: datetime


@attrs.frozen(kw_only=True)
class GiftCardBlocked:
    """Nothing is paid with it any more."""

    card: str
    reason: str
    at: datetime


@attrs.frozen(kw_only=True)
class GiftCardUnblocked:
    """It can be used again."""

    card: str
    at: datetime


@attrs.frozen(kw_only=True)
class GiftCardProlonged:
    """It can be used until before ``valid_until`` (None: for ever)."""

    card: str
    valid_until: datetime | None
    at: datetime


@attrs.frozen(kw_only=True)
class BalanceSpent:
    """``amount`` of it paid for an order, by the attempt of this number; stored in the order's own commit."""

    card: str
    order: str
    attempt: int
    amount: Money
    at: datetime


@attrs.frozen(kw_only=True)
class BalanceReturned:
    """An order's refund of this number came here; stored in the order's own commit."""

    card: str
    order: str
    refund: int
    amount: Money
    at: datetime


Event: TypeAlias = (
    GiftCardIssued
    | GiftCardToppedUp
    | StoreCreditOpened
    | StoreCreditGranted
    | GiftCardBlocked
    | GiftCardUnblocked
    | GiftCardProlonged
    | BalanceSpent
    | BalanceReturned
)

# These names are the storage format: they never change.
WIRE_NAMES: Mapping[type, str] = MappingProxyType(
    {
        GiftCardIssued: "giftcard.issued.v1",
        GiftCardToppedUp: "giftcard.topped_up.v1",
        StoreCreditOpened: "giftcard.credit_opened.v1",
        StoreCreditGranted: "giftcard.credit_granted.v1",
        GiftCardBlocked: "giftcard.blocked.v1",
        GiftCardUnblocked: "giftcard.unblocked.v1",
        GiftCardProlonged: "giftcard.prolonged.v1",
        BalanceSpent: "giftcard.spent.v1",
        BalanceReturned: "giftcard.returned.v1",
    }
)
