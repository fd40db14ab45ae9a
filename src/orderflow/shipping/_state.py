"""Where an order's goods are: on the shelf, picked, in a parcel, with the customer, or on the way back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import attrs

from ..identifiers import MAIN
from ..lots import NamedLots
from ..money import Money
from ..quantities import Quantities
from ._tracking import TrackingFact, TrackingStatus

__all__ = ("Parcel", "ParcelStage", "Shipping")


class ParcelStage(StrEnum):
    """Where a parcel stands; see ``ParcelLifecycle`` for what leads where."""

    PACKED = "packed"
    BOOKED = "booked"
    HANDED_OVER = "handed_over"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AWAITING_COLLECTION = "awaiting_collection"
    DELIVERED = "delivered"
    REFUSED = "refused"
    NOT_COLLECTED = "not_collected"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    CANCELLED = "cancelled"


_HERE = frozenset({ParcelStage.PACKED, ParcelStage.BOOKED})
_BACK = frozenset({TrackingStatus.REFUSED, TrackingStatus.NOT_COLLECTED, TrackingStatus.RETURNING})
_OVER = frozenset({ParcelStage.DELIVERED, ParcelStage.RETURNED, ParcelStage.LOST, ParcelStage.CANCELLED})


@attrs.frozen(kw_only=True)
class Parcel:
    """
    One box: which units of which lines it holds, and everything its courier ever said about it.

    ``target`` is the kind of place it goes to, ``cash_due`` what the courier collects, ``label`` the key of a document,
    ``external`` the host's number for a delivery that was adopted, ``location`` where it was packed, ``lots`` what was
    scanned then, by line.
    """

    number: int
    courier: str
    quantities: Quantities
    weight_grams: int = 0
    inserts: tuple[str, ...] = ()
    target: str = ""
    cash_due: Money | None = None
    stage: ParcelStage = ParcelStage.PACKED
    booking: str | None = None
    booking_failure: str | None = None
    tracking: str | None = None
    label: str | None = None
    facts: tuple[TrackingFact, ...] = ()
    delivered_at: datetime | None = None
    external: str | None = None
    location: str = MAIN
    lots: NamedLots = ()

    @property
    def is_live(self) -> bool:
        """Whether it holds its units; a cancelled parcel gives them back to the packing table."""
        return self.stage is not ParcelStage.CANCELLED

    @property
    def is_here(self) -> bool:
        """Whether it is still in the house and can be cancelled."""
        return self.stage in _HERE

    @property
    def has_left(self) -> bool:
        """Whether it was ever handed over, wherever it is now."""
        return self.is_live and not self.is_here

    @property
    def is_over(self) -> bool:
        """Whether nothing more is expected: delivered, returned, cancelled, or lost (it may turn up)."""
        return self.stage in _OVER

    @property
    def turned_back(self) -> bool:
        """Whether its courier ever said that the customer did not take it; a delivery from then on is one to us."""
        return any(fact.status in _BACK for fact in self.facts)

    @property
    def attempts_failed(self) -> int:
        """How often the courier stood at a closed door, late reports included."""
        return sum(fact.status is TrackingStatus.ATTEMPT_FAILED for fact in self.facts)

    @property
    def proof(self) -> str:
        """The key of the document that proves delivery, or empty text; it often comes after the delivery itself."""
        return next((fact.proof for fact in self.facts if fact.status is TrackingStatus.DELIVERED and fact.proof), "")


@attrs.frozen(kw_only=True)
class Shipping:
    """All picking and all parcels of one order, quantities by line; parcel *n* is ``parcels[n - 1]``."""

    picked: Quantities = Quantities()
    short: Quantities = Quantities()
    parcels: tuple[Parcel, ...] = ()

    def parcel(self, number: int) -> Parcel | None:
        """The parcel with that number, if there is one."""
        return self.parcels[number - 1] if 0 < number <= len(self.parcels) else None
