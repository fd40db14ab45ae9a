"""
Stock: what an order holds, and what an item has.

The rules count; that two orders never get the same unit is guarded by counters, whose :func:`moves` go into the
same commit as the event. Where a move does not fit, the shortage comes back as a fact to a second ``decide``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from ..decisions import Decider
from ._commands import (
    Command,
    CommitStock,
    ConsumeStock,
    Facts,
    HoldStock,
    LapseHold,
    ReleaseStock,
    RestockUnits,
    WriteOffUnits,
)  # fmt: skip
from ._decide import decide
from ._events import (
    WIRE_NAMES,
    Event,
    HoldLapsed,
    ItemEvent,
    StockAdjusted,
    StockCommitted,
    StockConsumed,
    StockHeld,
    StockReceived,
    StockReleased,
    UnitsRestocked,
    UnitsWrittenOff,
)  # fmt: skip
from ._evolve import evolve
from ._items import (
    AdjustStock,
    ItemCommand,
    ReceiveStock,
    StockItem,
    decide_item,
    evolve_item,
    item_decider,
    item_id,
    item_moves,
)  # fmt: skip
from ._queries import from_return, missing, moves, returnable
from ._rejections import (
    AlreadyRecorded,
    ExceedsConsumed,
    HoldLost,
    ItemRejection,
    NotCommitted,
    OutOfStock,
    ReferenceReused,
    Rejection,
    UntilPassed,
)  # fmt: skip
from ._state import Allocation

__all__ = (
    "WIRE_NAMES", "AdjustStock", "Allocation", "AlreadyRecorded", "Command", "CommitStock", "ConsumeStock", "Event",
    "ExceedsConsumed", "Facts", "HoldLapsed", "HoldLost", "HoldStock", "ItemCommand", "ItemEvent", "ItemRejection",
    "LapseHold", "NotCommitted", "OutOfStock", "ReceiveStock", "ReferenceReused", "Rejection", "ReleaseStock",
    "RestockUnits", "State", "StockAdjusted", "StockCommitted", "StockConsumed", "StockHeld", "StockItem",
    "StockReceived", "StockReleased", "UnitsRestocked", "UnitsWrittenOff", "UntilPassed", "WriteOffUnits", "decide",
    "decide_item", "decider", "evolve", "evolve_item", "fold", "fold_item", "from_return", "item_decider", "item_id",
    "item_moves", "missing", "moves", "returnable",
)  # fmt: skip

State: TypeAlias = Allocation

decider: Decider[Allocation, Command, Facts, Event, Rejection] = Decider(Allocation(), decide, evolve)


def fold(events: Iterable[Event]) -> Allocation:
    """The allocation after *events*."""
    return decider.fold(events)


def fold_item(events: Iterable[ItemEvent]) -> StockItem:
    """The stock item after *events*."""
    return item_decider.fold(events)
