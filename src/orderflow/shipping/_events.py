"""What happened. Events hold no personal data; who gave the command is kept beside them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import attrs

from .._kinds import UNLESS_DEFAULT
from ..identifiers import MAIN
from ..lots import NamedLots
from ..money import Money
from ..quantities import Quantities
from ._tracking import TrackingFact

__all__ = (
    "WIRE_NAMES", "BookingFailed", "DeliveryAttemptFailed", "DeliveryRecorded", "Event", "LinesPicked",
    "ParcelAwaitingCollection", "ParcelBooked", "ParcelCancelled", "ParcelDelivered", "ParcelHandedOver",
    "ParcelInTransit", "ParcelLost", "ParcelNotCollected", "ParcelOutForDelivery", "ParcelPacked", "ParcelRefused",
    "ParcelReturned", "ParcelReturning", "ShortPickReported", "Told", "TrackingNoted",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class LinesPicked:
    """Units were taken from the shelf."""

    quantities: Quantities
    at: datetime


@attrs.frozen(kw_only=True)
class ShortPickReported:
    """Units that should have been on the shelf were not, of these *lots* by line; with *wait* they stay ordered."""

    quantities: Quantities
    location: str | None = attrs.field(default=None, metadata=UNLESS_DEFAULT)
    wait: bool = attrs.field(default=False, metadata=UNLESS_DEFAULT)
    lots: NamedLots = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class ParcelPacked:
    """A parcel was packed, of these *lots* by line where they were scanned; it waits for its booking or its courier."""

    parcel: int
    courier: str
    quantities: Quantities
    weight_grams: int
    inserts: tuple[str, ...] = ()
    target: str = ""
    cash_due: Money | None = None
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    lots: NamedLots = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class ParcelBooked:
    """The courier took the booking, or told more about it; None means not known, not taken away."""

    parcel: int
    booking: str
    tracking: str | None = None
    label: str | None = None
    at: datetime


@attrs.frozen(kw_only=True)
class BookingFailed:
    """The courier refused the booking; the parcel stays packed."""

    parcel: int
    code: str
    at: datetime


@attrs.frozen(kw_only=True)
class ParcelHandedOver:
    """
    The parcel left the house: exactly once for every parcel that ever leaves, before anything else on its way.

    ``fact`` is the courier's word for it, where that is how we know.
    """

    parcel: int
    tracking: str | None = None
    fact: TrackingFact | None = None
    occurred_at: datetime
    at: datetime


@attrs.frozen(kw_only=True)
class _Told:
    parcel: int
    fact: TrackingFact
    at: datetime

    @property
    def occurred_at(self) -> datetime:
        """When it happened, by the courier's clock; ``at`` is when we learnt it."""
        return self.fact.occurred_at


@attrs.frozen(kw_only=True)
class ParcelInTransit(_Told):
    """The parcel is moving through the courier's network."""


@attrs.frozen(kw_only=True)
class ParcelOutForDelivery(_Told):
    """The parcel is on its last leg."""


@attrs.frozen(kw_only=True)
class DeliveryAttemptFailed(_Told):
    """The courier came and could not deliver; the courier comes again, or the parcel goes elsewhere."""


@attrs.frozen(kw_only=True)
class ParcelAwaitingCollection(_Told):
    """The parcel waits in a locker, a point or a shop."""


@attrs.frozen(kw_only=True)
class ParcelDelivered(_Told):
    """The customer has the parcel."""

    @property
    def proof(self) -> str:
        """The key of the document that proves it, or empty text."""
        return self.fact.proof


@attrs.frozen(kw_only=True)
class ParcelRefused(_Told):
    """The customer did not take the parcel."""


@attrs.frozen(kw_only=True)
class ParcelNotCollected(_Told):
    """Nobody came for the parcel in time."""


@attrs.frozen(kw_only=True)
class ParcelReturning(_Told):
    """The parcel is on its way back to us."""


@attrs.frozen(kw_only=True)
class ParcelReturned(_Told):
    """The parcel came back; what becomes of its units is decided elsewhere."""


@attrs.frozen(kw_only=True)
class ParcelLost(_Told):
    """The courier lost the parcel; it may still turn up."""


@attrs.frozen(kw_only=True)
class TrackingNoted(_Told):
    """The courier said something that moves nothing: paperwork, an unknown code, old news. It is kept."""


@attrs.frozen(kw_only=True)
class ParcelCancelled:
    """The parcel was unpacked before it left; its units can be packed again."""

    parcel: int
    at: datetime


@attrs.frozen(kw_only=True)
class DeliveryRecorded:
    """A delivery made before orderflow knew the order was taken over."""

    parcel: int
    external: str
    quantities: Quantities
    courier: str
    tracking: str | None = None
    occurred_at: datetime
    at: datetime


Told = (
    ParcelInTransit
    | ParcelOutForDelivery
    | DeliveryAttemptFailed
    | ParcelAwaitingCollection
    | ParcelDelivered
    | ParcelRefused
    | ParcelNotCollected
    | ParcelReturning
    | ParcelReturned
    | ParcelLost
)
"""What a courier's fact becomes when it moves the parcel."""

Event = (
    LinesPicked
    | ShortPickReported
    | ParcelPacked
    | ParcelBooked
    | BookingFailed
    | ParcelHandedOver
    | Told
    | TrackingNoted
    | ParcelCancelled
    | DeliveryRecorded
)

# These names are the storage format: a name once written is never changed or used again.
WIRE_NAMES: Mapping[type, str] = MappingProxyType(
    {
        LinesPicked: "pick.lines_picked.v1",
        ShortPickReported: "pick.short_reported.v1",
        ParcelPacked: "parcel.packed.v1",
        ParcelBooked: "parcel.booked.v1",
        BookingFailed: "parcel.booking_failed.v1",
        ParcelHandedOver: "parcel.handed_over.v1",
        ParcelInTransit: "parcel.in_transit.v1",
        ParcelOutForDelivery: "parcel.out_for_delivery.v1",
        DeliveryAttemptFailed: "parcel.delivery_attempt_failed.v1",
        ParcelAwaitingCollection: "parcel.awaiting_collection.v1",
        ParcelDelivered: "parcel.delivered.v1",
        ParcelRefused: "parcel.refused.v1",
        ParcelNotCollected: "parcel.not_collected.v1",
        ParcelReturning: "parcel.returning.v1",
        ParcelReturned: "parcel.returned.v1",
        ParcelLost: "parcel.lost.v1",
        TrackingNoted: "parcel.tracking_noted.v1",
        ParcelCancelled: "parcel.cancelled.v1",
        DeliveryRecorded: "parcel.delivery_recorded.v1",
    }
)
