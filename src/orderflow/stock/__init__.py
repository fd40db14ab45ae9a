"""
Stock: what an order holds, and what an item has.

The rules count; that two orders never get the same unit is guarded by counters, whose :func:`moves` go into the
same commit as the event. Where a move does not fit, the shortage comes back as a fact to a second ``decide``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from ..decisions import Decider
from ..dispositions import Disposition
from ..identifiers import MAIN
from ..lots import LotUnits
from ._commands import (
    Command,
    CommitStock,
    ConsumeStock,
    Facts,
    GiveBackQuota,
    HoldStock,
    LapseHold,
    RecordReservation,
    ReleaseStock,
    RestockUnits,
    TakeQuota,
    WriteOffUnits,
)  # fmt: skip
from ._decide import decide
from ._events import (
    WIRE_NAMES,
    Event,
    HoldLapsed,
    ItemEvent,
    LevelReported,
    QuotaGivenBack,
    QuotaTaken,
    ReservationMade,
    ReservationRefused,
    ReservationRequested,
    StockAdjusted,
    StockArrived,
    StockCommitted,
    StockConsumed,
    StockCounted,
    StockExpected,
    StockHeld,
    StockPromised,
    StockReceived,
    StockReleased,
    StockSent,
    StockSourced,
    UnitsRestocked,
    UnitsWrittenOff,
)  # fmt: skip
from ._evolve import evolve
from ._item_commands import (
    AdjustStock,
    CountStock,
    ExpectStock,
    ItemCommand,
    ReceiveStock,
    ReportLevel,
    TransferStock,
)
from ._item_lots import LotsKnown
from ._items import (
    ItemFacts,
    StockItem,
    corrected_before,
    decide_item,
    evolve_item,
    item_decider,
    item_moves,
    lots_corrected_before,
)  # fmt: skip
from ._locations import ITEM_PREFIXES, QUOTA_PREFIX, Location, LocationKind, buyer_of, item_id, quota_id
from ._lots import (
    LOT_PREFIX,
    LotLevel,
    Tracking,
    first_expired_first,
    is_good,
    levels,
    lot_id,
    lot_of,
    lots_prefix,
    merged_lots,
)
from ._promising import (
    Floor,
    Incoming,
    Offer,
    Part,
    Position,
    Promise,
    SalesRule,
    exploded,
    floors,
    later_offers,
    promise,
    supplies,
)  # fmt: skip
from ._queries import from_return, held_quota, limited, lots_out, missing, moves, over_quota, returnable
from ._reconciling import Difference, DifferenceReason, Mirrored, Stocked, differences
from ._rejections import (
    AlreadyRecorded,
    CountBelowHeld,
    CountedInFuture,
    CountOutdated,
    CustomerLimitReached,
    ExceedsConsumed,
    HoldLost,
    ItemRejection,
    LevelOutdated,
    LotNotGood,
    LotNotThere,
    LotsDiffer,
    NotASerial,
    NotCommitted,
    NotEnoughGood,
    NotSourced,
    NotTracked,
    NotTrackedThere,
    OutOfStock,
    ReferenceReused,
    Rejection,
    SameLocation,
    SerialKnown,
    TrackedBefore,
    UnknownLocation,
    UnknownReservation,
    UntilPassed,
    WouldBeSold,
)  # fmt: skip
from ._sourcing import (
    Cheapest,
    Cost,
    FewestParcels,
    HighestStock,
    Nearest,
    Pick,
    Priority,
    SingleLocation,
    Sought,
    Sourcing,
    Split,
    Supply,
    checked_split,
)  # fmt: skip
from ._state import Allocation, Reservation, ReservationStage, SentLot, Shelf

__all__ = (
    "ITEM_PREFIXES", "LOT_PREFIX", "MAIN", "QUOTA_PREFIX", "WIRE_NAMES", "AdjustStock", "Allocation", "AlreadyRecorded",
    "Cheapest", "Command", "CommitStock", "ConsumeStock", "Cost", "CountBelowHeld", "CountOutdated", "CountStock",
    "CountedInFuture", "CustomerLimitReached", "Difference", "DifferenceReason", "Disposition", "Event",
    "ExceedsConsumed", "ExpectStock", "Facts", "FewestParcels", "Floor", "GiveBackQuota", "HighestStock", "HoldLapsed",
    "HoldLost", "HoldStock", "Incoming", "ItemCommand", "ItemEvent", "ItemFacts", "ItemRejection", "LapseHold",
    "LevelOutdated", "LevelReported", "Location", "LocationKind", "LotLevel", "LotNotGood", "LotNotThere", "LotUnits",
    "LotsDiffer", "LotsKnown", "Mirrored", "Nearest", "NotASerial", "NotCommitted", "NotEnoughGood", "NotSourced",
    "NotTracked", "NotTrackedThere", "Offer", "OutOfStock", "Part", "Pick", "Position", "Priority", "Promise",
    "QuotaGivenBack", "QuotaTaken", "ReceiveStock", "RecordReservation", "ReferenceReused", "Rejection", "ReleaseStock",
    "ReportLevel", "Reservation", "ReservationMade", "ReservationRefused", "ReservationRequested", "ReservationStage",
    "RestockUnits", "SalesRule", "SameLocation", "SentLot", "SerialKnown", "Shelf", "SingleLocation", "Sought",
    "Sourcing", "Split", "State", "StockAdjusted", "StockArrived", "StockCommitted", "StockConsumed", "StockCounted",
    "StockExpected", "StockHeld", "StockItem", "StockPromised", "StockReceived", "StockReleased", "StockSent",
    "StockSourced", "Stocked", "Supply", "TakeQuota", "TrackedBefore", "Tracking", "TransferStock", "UnitsRestocked",
    "UnitsWrittenOff", "UnknownLocation", "UnknownReservation", "UntilPassed", "WouldBeSold", "WriteOffUnits",
    "buyer_of", "checked_split", "corrected_before", "decide", "decide_item", "decider", "differences", "evolve",
    "evolve_item", "exploded", "first_expired_first", "floors", "fold", "fold_item", "from_return", "held_quota",
    "is_good", "item_decider", "item_id", "item_moves", "later_offers", "levels", "limited", "lot_id", "lot_of",
    "lots_corrected_before", "lots_out", "lots_prefix", "merged_lots", "missing", "moves", "over_quota", "promise",
    "quota_id", "returnable", "supplies",
)  # fmt: skip

State: TypeAlias = Allocation

decider: Decider[Allocation, Command, Facts, Event, Rejection] = Decider(Allocation(), decide, evolve)


def fold(events: Iterable[Event]) -> Allocation:
    """The allocation after *events*."""
    return decider.fold(events)


def fold_item(events: Iterable[ItemEvent]) -> StockItem:
    """The stock item after *events*."""
    return item_decider.fold(events)
