"""
What a warehouse must do for us, where the stock lies in somebody else's house.

Guarantees an adapter gives: reserving the same ``reference`` twice is one reservation; an answer that was not received
is ``UNKNOWN``, never "refused"; a reservation is all or nothing; what is let go is let go for good, so that neither a
repeated release nor a reservation that arrives after it takes anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs

from ..quantities import NO_UNITS, Quantities

__all__ = (
    "ReservationAnswer",
    "ReservationOutcome",
    "ReserveUnits",
    "Warehouse",
    "WarehouseCapabilities",
    "WarehouseLevel",
)


@attrs.frozen(kw_only=True)
class WarehouseCapabilities:
    """
    What the warehouse can do.

    ``lookup``: whether a reservation can be found by our reference. ``idempotency_window``: how long a repeated
    reference is recognised; None means for ever.
    """

    lookup: bool
    idempotency_window: timedelta | None = None


@attrs.frozen(kw_only=True)
class ReserveUnits:
    """Set units aside for an order. ``reference`` is ours and unique; a retry carries it again, with the same units."""

    reference: str
    order: str
    location: str
    units: Quantities


class ReservationOutcome(StrEnum):
    """How a reservation stands."""

    RESERVED = "reserved"
    PENDING = "pending"
    REFUSED = "refused"  # nothing is set aside
    RELEASED = "released"  # all of it was let go
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class ReservationAnswer:
    """How it stands; where it was refused, the ``missing`` units (none named: all of them) and the warehouse's code."""

    outcome: ReservationOutcome
    missing: Quantities = NO_UNITS
    code: str = ""


@attrs.frozen(kw_only=True)
class WarehouseLevel:
    """
    At *as_of*, the warehouse could give *level* more units, beside those set aside for the references it has *seen*.

    *sequence* rises with every report of the item, and so does *as_of*.
    """

    sku: str
    level: int
    sequence: int
    as_of: datetime
    seen: tuple[str, ...] = ()


@runtime_checkable
class Warehouse(Protocol):
    """Sets units aside, sends them or lets them go, and says what there is."""

    @property
    def capabilities(self) -> WarehouseCapabilities:
        """What this warehouse can do."""
        ...

    def reserve(self, request: ReserveUnits) -> ReservationAnswer:
        """
        Set all units aside or none, or answer how it already stands where the reference is known.

        Raise, or answer UNKNOWN, whenever it is not certain that nothing happened: a retry with the same reference
        follows.
        """
        ...

    def lookup(self, reference: str) -> ReservationAnswer | None:
        """How the reservation stands; None means the warehouse has never heard of it."""
        ...

    def confirm(self, reference: str) -> ReservationAnswer:
        """
        The order is certain: the reserved units will be sent. Once or several times, it is the same.

        REFUSED where the warehouse has them no longer.
        """
        ...

    def release(self, reference: str, kept: Quantities) -> ReservationAnswer:
        """
        Let everything of the reservation go but *kept*; what was let go before is not taken back.

        Where nothing is kept, a reference that is not known yet is released as well: should its reservation arrive
        later, it is answered with RELEASED.
        """
        ...

    def levels(self) -> Sequence[WarehouseLevel]:
        """The newest level of every item."""
        ...
