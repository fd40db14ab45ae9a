"""A gift card, or a customer's store credit: what came on it, what was spent, and until when it can be."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import attrs

from ..money import Money
from ..pricing import VatRate

__all__ = ("Card", "NoCard", "State", "VoucherKind")


class VoucherKind(StrEnum):
    """When what a card buys is taxed: when it is spent, or already when the card was sold."""

    MULTI_PURPOSE = "multi_purpose"
    SINGLE_PURPOSE = "single_purpose"


@attrs.frozen
class NoCard:
    """Nothing was issued or granted under this id."""


@attrs.frozen(kw_only=True)
class Card:
    """
    What can be spent with one code, or by one ``customer``, at one ``seller``.

    ``loaded`` is all that was issued, added and granted; ``returned`` is what orders gave back of what was ``spent``,
    and what went to store credit instead of where it came from. ``vat`` and ``country`` are where and at which rate a
    single-purpose card was taxed. ``issued`` and ``issued_until`` are the terms it was issued on, by which the same
    command is known again; ``entries`` are the references that put something on it.
    """

    card: str
    seller: str
    loaded: Money
    spent: Money
    returned: Money
    kind: VoucherKind = VoucherKind.MULTI_PURPOSE
    vat: VatRate | None = None
    country: str | None = None
    customer: str | None = None
    issued: Money
    issued_until: datetime | None = None
    valid_until: datetime | None = None
    blocked: bool = False
    entries: tuple[tuple[str, Money], ...] = ()

    @property
    def balance(self) -> Money:
        """What is on it."""
        return self.loaded - self.spent + self.returned

    def is_over(self, at: datetime) -> bool:
        """Whether its time has ended by *at*."""
        return self.valid_until is not None and self.valid_until <= at


State = NoCard | Card
