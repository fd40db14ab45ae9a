"""What happened to points: those of an order, and those of a member's account apart from orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

import attrs

from ._programme import Programme

__all__ = (
    "WIRE_NAMES", "ItemEvent", "Event", "PointsAdjusted", "PointsEarned", "PointsPromised", "PointsRedeemed",
    "PointsRestored", "PointsTakenBack",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class PointsPromised:
    """The order will earn points by this programme, however the programme changes later."""

    programme: Programme
    member: str
    at: datetime


@attrs.frozen(kw_only=True)
class PointsEarned:
    """Goods were paid: the member has so many points more."""

    points: int
    at: datetime


@attrs.frozen(kw_only=True)
class PointsTakenBack:
    """Goods were cancelled or returned, or their money went back: so many points are no longer the member's."""

    points: int
    at: datetime


@attrs.frozen(kw_only=True)
class PointsRestored:
    """Points that were taken back are the member's again, since money that was to go back stayed."""

    points: int
    at: datetime


@attrs.frozen(kw_only=True)
class PointsRedeemed:
    """The member gave points for something."""

    programme: str
    member: str
    points: int
    reference: str
    at: datetime


@attrs.frozen(kw_only=True)
class PointsAdjusted:
    """A member's points were changed by hand."""

    programme: str
    member: str
    change: int
    reason: str
    reference: str
    at: datetime


Event: TypeAlias = PointsPromised | PointsEarned | PointsTakenBack | PointsRestored
ItemEvent: TypeAlias = PointsRedeemed | PointsAdjusted

# These names are the storage format: they never change.
WIRE_NAMES: Mapping[type, str] = MappingProxyType(
    {
        PointsPromised: "loyalty.promised.v1",
        PointsEarned: "loyalty.earned.v1",
        PointsTakenBack: "loyalty.taken_back.v1",
        PointsRestored: "loyalty.restored.v1",
        PointsRedeemed: "loyalty.redeemed.v1",
        PointsAdjusted: "loyalty.adjusted.v1",
    }
)
