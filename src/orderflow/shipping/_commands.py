"""What can be asked of shipping. ``order`` finds the order and plays no part in the rules."""

from __future__ import annotations

from datetime import datetime

import attrs

from ..actors import STAFF, SYSTEM, Actor
from ..errors import InvalidInputError
from ..lots import NamedLots, named_lots
from ..quantities import Quantities
from ._checks import (
    a_code,
    a_code_or_none,
    a_flag,
    a_location_or_none,
    a_number,
    grams_or_none,
    occurred,
    units,
    units_or_all,
)
from ._tracking import TrackingFact

__all__ = (
    "CancelParcel", "Command", "HandOver", "PackParcel", "PickLines", "RecordBooking", "RecordBookingFailure",
    "RecordDelivery", "RecordTracking", "ReportShortPick",
)  # fmt: skip


def _fact(_: object, field: attrs.Attribute[TrackingFact], value: object) -> None:
    if not isinstance(value, TrackingFact):
        raise InvalidInputError(field.name, f"expected a TrackingFact, got {type(value).__name__}")


@attrs.frozen(kw_only=True)
class PickLines:
    """These units were taken from the shelf; None: everything still to pick."""

    order: str = attrs.field(validator=a_code)
    actor: Actor = STAFF
    quantities: Quantities | None = attrs.field(default=None, validator=units_or_all)


@attrs.frozen(kw_only=True)
class ReportShortPick:
    """
    These units should be on the shelf and are not; what follows is not shipping's decision.

    *location* says on which shelf, where the order comes from several. They are cancelled, unless the customer waits:
    then they stay ordered, and are held from other shelves or from what comes in. *lots* say by line which lots are
    missing, or for serial numbers which ones, for all units of a line or for none.
    """

    order: str = attrs.field(validator=a_code)
    actor: Actor = STAFF
    quantities: Quantities = attrs.field(validator=units)
    location: str | None = attrs.field(default=None, validator=a_location_or_none)
    wait: bool = attrs.field(default=False, validator=a_flag)
    lots: NamedLots = attrs.field(default=(), converter=named_lots)


@attrs.frozen(kw_only=True)
class PackParcel:
    """
    Pack one parcel: these units, or everything picked and not packed.

    Without ``courier`` it goes with the order's, without ``weight_grams`` it weighs what its units weigh. A parcel
    comes from one ``location``; without it, from the first that has what is to be packed. ``lots`` say by line which
    lots or serial numbers were scanned, for all units of a line or for none.
    """

    order: str = attrs.field(validator=a_code)
    actor: Actor = STAFF
    quantities: Quantities | None = attrs.field(default=None, validator=units_or_all)
    courier: str | None = attrs.field(default=None, validator=a_code_or_none)
    weight_grams: int | None = attrs.field(default=None, validator=grams_or_none)
    location: str | None = attrs.field(default=None, validator=a_location_or_none)
    lots: NamedLots = attrs.field(default=(), converter=named_lots)


@attrs.frozen(kw_only=True)
class CancelParcel:
    """Unpack a parcel that has not left; its units can be packed again."""

    order: str = attrs.field(validator=a_code)
    actor: Actor = STAFF
    parcel: int = attrs.field(validator=a_number)


@attrs.frozen(kw_only=True)
class RecordBooking:
    """The courier took the booking; said again when the tracking number or the label comes later."""

    order: str = attrs.field(validator=a_code)
    actor: Actor = SYSTEM
    parcel: int = attrs.field(validator=a_number)
    booking: str = attrs.field(validator=a_code)
    tracking: str | None = attrs.field(default=None, validator=a_code_or_none)
    label: str | None = attrs.field(default=None, validator=a_code_or_none)


@attrs.frozen(kw_only=True)
class RecordBookingFailure:
    """The courier refused the booking for good."""

    order: str = attrs.field(validator=a_code)
    actor: Actor = SYSTEM
    parcel: int = attrs.field(validator=a_number)
    code: str = attrs.field(validator=a_code)


@attrs.frozen(kw_only=True)
class HandOver:
    """
    The parcel was given to the courier.

    A courier that books parcels must have been told of it (``NotBooked``), unless ``tracking`` is the number under
    which it was booked in another way: then nobody is asked to book it again.
    """

    order: str = attrs.field(validator=a_code)
    actor: Actor = STAFF
    parcel: int = attrs.field(validator=a_number)
    tracking: str | None = attrs.field(default=None, validator=a_code_or_none)


@attrs.frozen(kw_only=True)
class RecordTracking:
    """The courier said something about the parcel."""

    order: str = attrs.field(validator=a_code)
    actor: Actor = SYSTEM
    parcel: int = attrs.field(validator=a_number)
    fact: TrackingFact = attrs.field(validator=_fact)


@attrs.frozen(kw_only=True)
class RecordDelivery:
    """A delivery made elsewhere, before orderflow knew the order; ``external`` is the host's number for it."""

    order: str = attrs.field(validator=a_code)
    actor: Actor = STAFF
    external: str = attrs.field(validator=a_code)
    quantities: Quantities = attrs.field(validator=units)
    courier: str = attrs.field(default="manual", validator=a_code)
    tracking: str | None = attrs.field(default=None, validator=a_code_or_none)
    occurred_at: datetime = attrs.field(converter=occurred)


Command = (
    PickLines
    | ReportShortPick
    | PackParcel
    | CancelParcel
    | RecordBooking
    | RecordBookingFailure
    | HandOver
    | RecordTracking
    | RecordDelivery
)
