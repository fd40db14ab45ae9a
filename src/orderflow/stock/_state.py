"""What one order has of the stock, counted by SKU."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import attrs

from ..dispositions import Disposition
from ..identifiers import MAIN
from ..lots import LotUnits
from ..quantities import Quantities
from ._promising import Promise

__all__ = ("Allocation", "Reservation", "ReservationStage", "SentLot", "Shelf")

_NONE = Quantities()


@attrs.frozen(kw_only=True)
class Shelf:
    """
    What an order has in one location.

    *backordered* is the part of the open units that was promised beyond what there was.
    """

    held: Quantities = _NONE
    committed: Quantities = _NONE
    backordered: Quantities = _NONE

    @property
    def open(self) -> Quantities:
        """Units in the building that nobody else may have."""
        return self.held + self.committed


_EMPTY = Shelf()


class ReservationStage(StrEnum):
    """How far a reservation at a warehouse has come, as we were told."""

    ASKED = "asked"
    RESERVED = "reserved"
    REFUSED = "refused"


@attrs.frozen(kw_only=True)
class Reservation:
    """Units that a warehouse was asked to set aside; *released* ones were let go since."""

    number: int
    location: str
    units: Quantities
    released: Quantities = _NONE
    stage: ReservationStage = ReservationStage.ASKED

    @property
    def kept(self) -> Quantities:
        """What the warehouse is to keep for the order, or has sent for it."""
        return self.units - self.released


@attrs.frozen(kw_only=True)
class SentLot:
    """Units of a lot, or a serial number, that left, in *parcel* where one is known; *back* of them came back."""

    sku: str
    lot: LotUnits
    parcel: int | None = None
    back: int = 0


@attrs.frozen(kw_only=True)
class Allocation(Shelf):
    """
    Where an order's units stand; a unit is in one of *held*, *committed*, *consumed*, or was let go.

    *held*, *committed* and *backordered* are those of all locations together; *elsewhere* says which of them lie in
    others than the main one. *held* lapses at *until* (None: it does not); while anything is committed, holds have no
    end. *lost* lapsed since the last hold. *settled* says which parcels and returns were booked, and with what.
    *dispositions* says what became of units that came back. *reservations* are those asked for where a location lies in
    somebody else's house. *promised* is what was promised for later when units were held, the newest last. *quota*
    counts towards what the customer, known as *buyer*, may have. *sent* are the lots of tracked units that left.
    """

    consumed: Quantities = _NONE
    lost: Quantities = _NONE
    restocked: Quantities = _NONE
    written_off: Quantities = _NONE
    until: datetime | None = None
    dispositions: tuple[tuple[Disposition, Quantities], ...] = ()
    settled: tuple[tuple[str, Quantities], ...] = ()
    elsewhere: tuple[tuple[str, Shelf], ...] = ()
    reservations: tuple[Reservation, ...] = ()
    promised: tuple[Promise, ...] = ()
    quota: Quantities = _NONE
    buyer: str = ""
    sent: tuple[SentLot, ...] = ()

    @property
    def given_back(self) -> Quantities:
        """Units that left, came back, and were put on the shelf again or written off."""
        return self.restocked + self.written_off

    @property
    def lapsed(self) -> bool:
        """Whether the last hold lapsed."""
        return bool(self.lost)

    def lapsed_by(self, at: datetime) -> bool:
        """Whether the hold is over at *at*, recorded or not."""
        return self.until is not None and self.until <= at

    def reserved_in(self, location: str) -> tuple[Reservation, ...]:
        """The reservations in one location that hold, or may hold, units for the order."""
        refused = ReservationStage.REFUSED
        return tuple(one for one in self.reservations if one.location == location and one.kept and one.stage != refused)

    def at(self, location: str) -> Shelf:
        """What the order has in one location."""
        if location != MAIN:
            return dict(self.elsewhere).get(location, _EMPTY)
        shelf: Shelf = self
        for _, other in self.elsewhere:
            shelf = Shelf(
                held=shelf.held - other.held,
                committed=shelf.committed - other.committed,
                backordered=shelf.backordered - other.backordered,
            )
        return shelf

    @property
    def shelves(self) -> tuple[tuple[str, Shelf], ...]:
        """What the order has in each location, the main one first."""
        return ((MAIN, self.at(MAIN)), *self.elsewhere)
