"""What happened to stock; quantities are by SKU."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

import attrs

from ..quantities import Quantities

__all__ = (
    "WIRE_NAMES", "Event", "HoldLapsed", "ItemEvent", "StockAdjusted", "StockCommitted", "StockConsumed", "StockHeld",
    "StockReceived", "StockReleased", "UnitsRestocked", "UnitsWrittenOff",
)  # fmt: skip

_NONE = Quantities()


@attrs.frozen(kw_only=True)
class StockHeld:
    """*quantities* more are held, *backordered* of them beyond what there was; the whole hold now ends at *until*."""

    quantities: Quantities
    backordered: Quantities = _NONE
    until: datetime | None = None
    at: datetime


@attrs.frozen(kw_only=True)
class StockCommitted:
    """Held units were promised for good."""

    quantities: Quantities
    at: datetime


@attrs.frozen(kw_only=True)
class StockConsumed:
    """Committed units left the building."""

    quantities: Quantities
    parcel: int | None = None
    at: datetime


@attrs.frozen(kw_only=True)
class StockReleased:
    """Units were let go; the hold of *swept* ones was over, and its room already given to another order."""

    quantities: Quantities
    cause: str
    swept: Quantities = _NONE
    at: datetime


@attrs.frozen(kw_only=True)
class HoldLapsed:
    """The hold's time was over; the room of *swept* units was already given to another order."""

    quantities: Quantities
    swept: Quantities = _NONE
    at: datetime


@attrs.frozen(kw_only=True)
class UnitsRestocked:
    """Units that had left are on the shelf again."""

    quantities: Quantities
    return_: int | None = None
    parcel: int | None = None
    at: datetime


@attrs.frozen(kw_only=True)
class UnitsWrittenOff:
    """Units came back unsellable (with a return or parcel), or committed units proved missing or broken (without)."""

    quantities: Quantities
    return_: int | None = None
    parcel: int | None = None
    at: datetime


@attrs.frozen(kw_only=True)
class StockReceived:
    """New units of an item arrived."""

    sku: str
    quantity: int
    reference: str
    at: datetime


@attrs.frozen(kw_only=True)
class StockAdjusted:
    """An item's count was corrected by *delta*."""

    sku: str
    delta: int
    reason: str
    reference: str | None = None
    at: datetime


Event: TypeAlias = (
    StockHeld | StockCommitted | StockConsumed | StockReleased | HoldLapsed | UnitsRestocked | UnitsWrittenOff
)
ItemEvent: TypeAlias = StockReceived | StockAdjusted

# These names are the storage format: they never change.
WIRE_NAMES: Mapping[type, str] = MappingProxyType(
    {
        StockHeld: "stock.held.v1",
        StockCommitted: "stock.committed.v1",
        StockConsumed: "stock.consumed.v1",
        StockReleased: "stock.released.v1",
        HoldLapsed: "stock.hold_lapsed.v1",
        UnitsRestocked: "stock.units_restocked.v1",
        UnitsWrittenOff: "stock.units_written_off.v1",
        StockReceived: "stock.received.v1",
        StockAdjusted: "stock.adjusted.v1",
    }
)
