"""Picking, packing, couriers and where every unit is; what a parcel's loss or return leads to is decided elsewhere."""

from __future__ import annotations

from ..decisions import Decider
from ._commands import (
    CancelParcel,
    Command,
    HandOver,
    PackParcel,
    PickLines,
    RecordBooking,
    RecordBookingFailure,
    RecordDelivery,
    RecordTracking,
    ReportShortPick,
)
from ._decide import decide
from ._events import (
    WIRE_NAMES,
    BookingFailed,
    DeliveryAttemptFailed,
    DeliveryRecorded,
    Event,
    LinesPicked,
    ParcelAwaitingCollection,
    ParcelBooked,
    ParcelCancelled,
    ParcelDelivered,
    ParcelHandedOver,
    ParcelInTransit,
    ParcelLost,
    ParcelNotCollected,
    ParcelOutForDelivery,
    ParcelPacked,
    ParcelRefused,
    ParcelReturned,
    ParcelReturning,
    ShortPickReported,
    TrackingNoted,
)
from ._evolve import evolve, fold, initial
from ._facts import Facts
from ._inserts import Insert, InsertRule, inserts_for
from ._lifecycle import ParcelLifecycle, parcel_lifecycle
from ._queries import delivered, handed_over, in_stage, last_delivery, on_the_way, outstanding, packed, to_pick
from ._rejections import (
    AlreadyBooked,
    AlreadyLeft,
    AlreadyRecorded,
    Blocked,
    ExceedsToShip,
    NothingToPack,
    NotPicked,
    ParcelIsCancelled,
    Rejection,
    UnknownParcel,
)
from ._state import Parcel, ParcelStage, Shipping
from ._tracking import TrackingFact, TrackingStatus

__all__ = (
    "WIRE_NAMES",
    "AlreadyBooked",
    "AlreadyLeft",
    "AlreadyRecorded",
    "Blocked",
    "BookingFailed",
    "CancelParcel",
    "Command",
    "DeliveryAttemptFailed",
    "DeliveryRecorded",
    "Event",
    "ExceedsToShip",
    "Facts",
    "HandOver",
    "Insert",
    "InsertRule",
    "LinesPicked",
    "NotPicked",
    "NothingToPack",
    "PackParcel",
    "Parcel",
    "ParcelAwaitingCollection",
    "ParcelBooked",
    "ParcelCancelled",
    "ParcelDelivered",
    "ParcelHandedOver",
    "ParcelInTransit",
    "ParcelIsCancelled",
    "ParcelLifecycle",
    "ParcelLost",
    "ParcelNotCollected",
    "ParcelOutForDelivery",
    "ParcelPacked",
    "ParcelRefused",
    "ParcelReturned",
    "ParcelReturning",
    "ParcelStage",
    "PickLines",
    "RecordBooking",
    "RecordBookingFailure",
    "RecordDelivery",
    "RecordTracking",
    "Rejection",
    "ReportShortPick",
    "Shipping",
    "ShortPickReported",
    "State",
    "TrackingFact",
    "TrackingNoted",
    "TrackingStatus",
    "UnknownParcel",
    "decide",
    "decider",
    "delivered",
    "evolve",
    "fold",
    "handed_over",
    "in_stage",
    "initial",
    "inserts_for",
    "last_delivery",
    "on_the_way",
    "outstanding",
    "packed",
    "parcel_lifecycle",
    "to_pick",
)

State = Shipping

decider: Decider[State, Command, Facts, Event, Rejection] = Decider(initial, decide, evolve)
