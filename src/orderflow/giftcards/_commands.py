"""What staff can do about gift cards and store credit, and the facts that deciding takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import attrs

from ..actors import STAFF, Actor
from ..errors import InvalidInputError
from ..identifiers import code
from ..moments import moment
from ..money import Money
from ..pricing import VatRate
from ..texts import country_code
from ._keys import credit_id, is_card
from ._state import VoucherKind

__all__ = (
    "LARGEST_AMOUNT", "BlockGiftCard", "Command", "Facts", "GrantStoreCredit", "IssueGiftCard", "ProlongGiftCard",
    "TopUpGiftCard", "UnblockGiftCard", "card_of",
)  # fmt: skip

LARGEST_AMOUNT = 10**12
"""In minor units."""


def _is_code(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    code(value, field.name)


def _is_card(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if not is_card(code(value, field.name)):
        raise InvalidInputError(field.name, "expected the id of a gift card, such as giftcards.card_id makes of a code")


def _is_amount(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, Money) or not 1 <= value.minor <= LARGEST_AMOUNT:
        raise InvalidInputError(field.name, "expected a Money above zero, of at most 12 digits")


def _is_kind(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, VoucherKind):
        raise InvalidInputError(field.name, f"expected a VoucherKind, got {type(value).__name__}")


def _until_or_never(value: Any) -> datetime | None:
    return None if value is None else moment(value, "valid_until")


@attrs.frozen(kw_only=True)
class IssueGiftCard:
    """
    Let a card be used: with *amount* on it, until before *valid_until* (None: for ever).

    A multi-purpose card is taxed when it is spent. A single-purpose one was taxed when it was sold, at the rate *vat*
    in *country*, and pays for what goes there and is taxed at that rate only. The same again changes nothing.
    """

    card: str = attrs.field(validator=_is_card)
    actor: Actor = STAFF
    amount: Money = attrs.field(validator=_is_amount)
    valid_until: datetime | None = attrs.field(default=None, converter=_until_or_never)
    kind: VoucherKind = attrs.field(default=VoucherKind.MULTI_PURPOSE, validator=_is_kind)
    vat: VatRate | None = None
    country: str | None = None

    def __attrs_post_init__(self) -> None:
        taxed = self.kind is VoucherKind.SINGLE_PURPOSE
        for path, value in (("vat", self.vat), ("country", self.country)):
            if (value is not None) != taxed:
                raise InvalidInputError(path, "given for a single-purpose card, which is taxed when it is sold, only")
        if self.country is not None:
            country_code(self.country)


@attrs.frozen(kw_only=True)
class TopUpGiftCard:
    """Put more on a multi-purpose card; *reference* makes a repetition harmless."""

    card: str = attrs.field(validator=_is_card)
    actor: Actor = STAFF
    amount: Money = attrs.field(validator=_is_amount)
    reference: str = attrs.field(validator=_is_code)


@attrs.frozen(kw_only=True)
class GrantStoreCredit:
    """Give a customer money to spend in this shop; *cause* says why, *reference* makes a repetition harmless."""

    customer: str = attrs.field(validator=_is_code)
    actor: Actor = STAFF
    amount: Money = attrs.field(validator=_is_amount)
    reference: str = attrs.field(validator=_is_code)
    cause: str = attrs.field(default="goodwill", validator=_is_code)


@attrs.frozen(kw_only=True)
class BlockGiftCard:
    """Nothing is paid with this card (or store credit) any more; what is on it stays."""

    card: str = attrs.field(validator=_is_card)
    actor: Actor = STAFF
    reason: str = attrs.field(validator=_is_code)


@attrs.frozen(kw_only=True)
class UnblockGiftCard:
    """It can be used again."""

    card: str = attrs.field(validator=_is_card)
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class ProlongGiftCard:
    """It can be used until before *valid_until* (None: for ever), also where it was over; never for a shorter time."""

    card: str = attrs.field(validator=_is_card)
    actor: Actor = STAFF
    valid_until: datetime | None = attrs.field(converter=_until_or_never)


Command: TypeAlias = (
    IssueGiftCard | TopUpGiftCard | GrantStoreCredit | BlockGiftCard | UnblockGiftCard | ProlongGiftCard
)


@attrs.frozen(kw_only=True)
class Facts:
    """When it is, and who sells here."""

    at: datetime = attrs.field(converter=moment)
    seller: str


def card_of(command: Command, seller: str) -> str:
    """The id of the card, or of the store credit, that a command is about."""
    if isinstance(command, GrantStoreCredit):
        return credit_id(seller, command.customer, command.amount.currency)
    return command.card
