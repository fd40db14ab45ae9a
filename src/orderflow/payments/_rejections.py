"""Why a command about money does not hold."""

from __future__ import annotations

import attrs

from ..money import Money
from ..pricing import PaymentRefusal
from ._state import AttemptStage, RefundStage, TenderKind

__all__ = (
    "AlreadyAuthorised", "AttemptOpen", "ExceedsAuthorised", "ExceedsBalance", "ExceedsCaptured", "ExceedsCollected",
    "ExceedsDue", "GiftCardNotUsable", "KeptHere", "NoStoreCredit", "NotCapturable", "NotCashOnDelivery",
    "NotRetryable", "NotVoidable", "NothingDue", "PaidInCash", "PaymentMethodNotOffered", "Rejection",
    "UnknownAttempt", "UnknownRefund", "WrongCurrency",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class WrongCurrency:
    """The order is in another currency."""

    expected: str


@attrs.frozen(kw_only=True)
class UnknownAttempt:
    """The order has no such attempt."""

    attempt: int


@attrs.frozen(kw_only=True)
class UnknownRefund:
    """The order has no such refund."""

    refund: int


@attrs.frozen(kw_only=True)
class NothingDue:
    """What the order costs is held, or being captured."""


@attrs.frozen(kw_only=True)
class ExceedsDue:
    """Less is due."""

    due: Money


@attrs.frozen(kw_only=True)
class PaymentMethodNotOffered:
    """Nobody can pay the order by this method; these are offered."""

    method: str
    offered: tuple[str, ...]


@attrs.frozen(kw_only=True)
class AttemptOpen:
    """This attempt may still bring the money; retry the payment to replace it."""

    attempt: int


@attrs.frozen(kw_only=True)
class AlreadyAuthorised:
    """This attempt has money on hold; capture or void it first."""

    attempt: int


@attrs.frozen(kw_only=True)
class NotCapturable:
    """The attempt has no money on hold."""

    attempt: int
    stage: AttemptStage


@attrs.frozen(kw_only=True)
class ExceedsAuthorised:
    """Only so much is authorised and not yet asked for."""

    available: Money


@attrs.frozen(kw_only=True)
class NotVoidable:
    """The money was captured; it can be refunded only."""

    attempt: int
    stage: AttemptStage


@attrs.frozen(kw_only=True)
class ExceedsCaptured:
    """Only so much was paid and is neither refunded nor being refunded."""

    available: Money


@attrs.frozen(kw_only=True)
class NotRetryable:
    """Only a rejected refund is sent again."""

    refund: int
    stage: RefundStage


@attrs.frozen(kw_only=True)
class NotCashOnDelivery:
    """The attempt is not to be collected by the courier."""

    attempt: int
    kind: TenderKind


@attrs.frozen(kw_only=True)
class PaidInCash:
    """Money of this attempt comes through the courier: record a collection."""

    attempt: int


@attrs.frozen(kw_only=True)
class ExceedsCollected:
    """The courier has only so much left to account for."""

    available: Money


@attrs.frozen(kw_only=True)
class GiftCardNotUsable:
    """
    A card cannot pay now: the ``number``-th of those that were given.

    It is never said why: unknown, over, empty and blocked cards look alike to those who guess.
    """

    number: int = 1


@attrs.frozen(kw_only=True)
class NoStoreCredit:
    """The customer has no store credit that could be used; a guest never has."""


@attrs.frozen(kw_only=True)
class ExceedsBalance:
    """There is less on the card or account."""

    available: Money


@attrs.frozen(kw_only=True)
class KeptHere:
    """This attempt was paid by a gift card or store credit: nobody else can say what came of it, or went back."""

    attempt: int


Rejection = (
    WrongCurrency
    | UnknownAttempt
    | UnknownRefund
    | NothingDue
    | ExceedsDue
    | PaymentMethodNotOffered
    | PaymentRefusal
    | AttemptOpen
    | AlreadyAuthorised
    | NotCapturable
    | ExceedsAuthorised
    | NotVoidable
    | ExceedsCaptured
    | NotRetryable
    | NotCashOnDelivery
    | PaidInCash
    | ExceedsCollected
    | GiftCardNotUsable
    | NoStoreCredit
    | ExceedsBalance
    | KeptHere
)
