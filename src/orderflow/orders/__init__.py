"""
Orders: what was agreed, and every decision about it.

``orders.decide(command, orders.fold(events), facts)`` works by itself; a shop joins it with the other concepts.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..decisions import Decider
from ._commands import (
    AddNote,
    AmendAddress,
    AmendContact,
    AmendDelivery,
    CancelLines,
    CancelOrder,
    CloseOrder,
    Command,
    CompleteStage,
    ConfirmOrder,
    HoldOrder,
    PlaceOrder,
    RecordedAmount,
    RecordedCharge,
    RecordedLine,
    RecordOrder,
    RecordVerdict,
    ReleaseOrder,
    TagOrder,
    VerifyOrder,
)
from ._decide import Facts, Identity, decide, destination
from ._events import (
    WIRE_NAMES,
    AddressAmended,
    ContactAmended,
    DeliveryAmended,
    Event,
    LinesCancelled,
    NoteAdded,
    OrderCancelled,
    OrderChecked,
    OrderClosed,
    OrderConfirmed,
    OrderHeld,
    OrderPlaced,
    OrderRecorded,
    OrderReleased,
    OrderTagged,
    OrderVerified,
    StageCompleted,
    VerdictRecorded,
    VerificationWithdrawn,
)
from ._evolve import evolve
from ._rejections import (
    AlreadyPacked,
    AlreadyPlaced,
    ChecksNotPassed,
    ContactMissing,
    DeliveryNotOffered,
    IncompleteTotals,
    NotHeld,
    NothingLeft,
    NotPlaced,
    NotSettled,
    NumberTaken,
    OnHold,
    PaymentMethodNotOffered,
    Rejection,
    RequestReused,
    StageNotOpen,
    StagesOpen,
    TargetNotServed,
    TooManyUnits,
    UnknownCheck,
    UnknownLine,
    WrongStage,
)
from ._stages import Gate, HostCheck, HostStage, host_findings, open_stages
from ._state import (
    BuyerKind,
    Destination,
    DestinationKind,
    Difference,
    Evidence,
    Finding,
    Line,
    NoOrder,
    Order,
    OrderStage,
    RecordedRefund,
    Standing,
    State,
    Target,
    ToAddress,
    ToDownload,
    ToPoint,
    ToShop,
    Verdict,
)

__all__ = (
    "WIRE_NAMES", "AddNote", "AddressAmended", "AlreadyPacked", "AlreadyPlaced", "AmendAddress", "AmendContact",
    "AmendDelivery", "BuyerKind", "CancelLines", "CancelOrder", "ChecksNotPassed", "CloseOrder", "Command",
    "CompleteStage", "ConfirmOrder", "ContactAmended", "ContactMissing", "DeliveryAmended", "DeliveryNotOffered",
    "Destination", "DestinationKind", "Difference", "Event", "Evidence", "Facts", "Finding", "Gate", "HoldOrder",
    "HostCheck", "HostStage", "Identity", "IncompleteTotals", "Line", "LinesCancelled", "NoOrder", "NotHeld",
    "NotPlaced", "NotSettled", "NoteAdded", "NothingLeft", "NumberTaken", "OnHold", "Order", "OrderCancelled", "OrderChecked",
    "OrderClosed", "OrderConfirmed", "OrderHeld", "OrderPlaced", "OrderRecorded", "OrderReleased", "OrderStage",
    "OrderTagged", "OrderVerified", "PaymentMethodNotOffered", "PlaceOrder", "RecordOrder", "RecordVerdict",
    "RecordedAmount", "RecordedCharge", "RecordedLine", "RecordedRefund", "Rejection", "ReleaseOrder", "RequestReused", "StageCompleted",
    "StageNotOpen", "StagesOpen", "Standing", "State", "TagOrder", "Target", "TargetNotServed", "ToAddress",
    "ToDownload", "ToPoint", "ToShop", "TooManyUnits", "UnknownCheck", "UnknownLine", "Verdict", "VerdictRecorded",
    "VerificationWithdrawn", "VerifyOrder", "WrongStage", "decide", "decider", "destination", "evolve", "fold",
    "host_findings", "open_stages",
)  # fmt: skip

decider: Decider[State, Command, Facts, Event, Rejection] = Decider(NoOrder(), decide, evolve)


def fold(events: Iterable[Event]) -> State:
    """The order after *events*."""
    return decider.fold(events)
