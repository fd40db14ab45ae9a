"""Why a coupon cannot be used, or nothing can be granted."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from ..money import Money

__all__ = ("CouponNotUsable", "ItemRejection", "NoSuchLimit", "ReferenceReused", "Rejection", "UnknownCampaign")


@attrs.frozen
class CouponNotUsable:
    """
    This code cannot be used for this order now.

    It is never said why: unknown, not yet or no longer valid, used up, or not for this customer look alike to those
    who guess. The ``code`` stays out of logs.
    """

    code: str = attrs.field(repr=False)


@attrs.frozen
class UnknownCampaign:
    """The shop has no campaign of this id."""

    campaign: str
    known: tuple[str, ...]


@attrs.frozen
class NoSuchLimit:
    """The campaign does not say that it has this limit, so that granting it would change nothing."""

    campaign: str
    limit: str


@attrs.frozen
class ReferenceReused:
    """The reference was booked before, with another grant."""

    reference: str
    recorded: int | Money


Rejection: TypeAlias = CouponNotUsable
ItemRejection: TypeAlias = UnknownCampaign | NoSuchLimit | ReferenceReused
