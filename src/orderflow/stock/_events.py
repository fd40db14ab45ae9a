"""What happened to stock; quantities are by SKU."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

import attrs

from .._kinds import UNLESS_DEFAULT
from ..dispositions import Disposition
from ..identifiers import MAIN
from ..lots import LotUnits, NamedLots
from ..quantities import Quantities
from ._promising import Promise
from ._sourcing import Pick

__all__ = (
    "WIRE_NAMES", "Event", "HoldLapsed", "ItemEvent", "LevelReported", "QuotaGivenBack", "QuotaTaken",
    "ReservationMade", "ReservationRefused", "ReservationRequested", "StockAdjusted", "StockArrived", "StockCommitted",
    "StockConsumed", "StockCounted", "StockExpected", "StockHeld", "StockPromised", "StockReceived", "StockReleased",
    "StockSent", "StockSourced", "UnitsRestocked", "UnitsWrittenOff",
)  # fmt: skip

_NONE = Quantities()


@attrs.frozen(kw_only=True)
class StockSourced:
    """From which locations units are to come, and why; *missing* ones are backordered. Holds of them follow."""

    picks: tuple[Pick, ...]
    missing: Quantities = _NONE
    exact: bool = True
    at: datetime


@attrs.frozen(kw_only=True)
class StockHeld:
    """*quantities* more are held, *backordered* of them beyond what there was; the whole hold now ends at *until*."""

    quantities: Quantities
    backordered: Quantities = _NONE
    until: datetime | None = None
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class StockCommitted:
    """Held units were promised for good."""

    quantities: Quantities
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class StockConsumed:
    """Committed units left the building; of SKUs that are tracked, of these *lots*."""

    quantities: Quantities
    parcel: int | None = None
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    lots: NamedLots = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class StockReleased:
    """Units were let go; the hold of *swept* ones was over, and its room already given to another order."""

    quantities: Quantities
    cause: str
    swept: Quantities = _NONE
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class HoldLapsed:
    """The hold's time was over; the room of *swept* units was already given to another order."""

    quantities: Quantities
    swept: Quantities = _NONE
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class UnitsRestocked:
    """Units that had left are on the shelf again; SKUs in *sold_as* are counted as another one."""

    quantities: Quantities
    return_: int | None = None
    parcel: int | None = None
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    disposition: Disposition = attrs.field(default=Disposition.RESELL, metadata=UNLESS_DEFAULT)
    sold_as: tuple[tuple[str, str], ...] = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    lots: NamedLots = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class UnitsWrittenOff:
    """Units came back unsellable (with a return or parcel), or committed units proved missing or broken (without)."""

    quantities: Quantities
    return_: int | None = None
    parcel: int | None = None
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    disposition: Disposition = attrs.field(default=Disposition.SCRAP, metadata=UNLESS_DEFAULT)
    lots: NamedLots = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class ReservationRequested:
    """The warehouse in which *location* lies is to set units aside, which are held here already."""

    number: int
    location: str
    quantities: Quantities
    at: datetime


@attrs.frozen(kw_only=True)
class ReservationMade:
    """The warehouse has set the units of a reservation aside."""

    number: int
    at: datetime


@attrs.frozen(kw_only=True)
class ReservationRefused:
    """
    The warehouse keeps nothing under a reservation.

    *missing* units are not there: they leave the books, and the order is short of them. The rest it still holds.
    """

    number: int
    location: str
    missing: Quantities
    code: str = ""
    at: datetime


@attrs.frozen(kw_only=True)
class StockReceived:
    """New units of an item arrived, of these *lots* where it is tracked."""

    sku: str
    quantity: int
    reference: str
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    lots: tuple[LotUnits, ...] = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class StockAdjusted:
    """An item's count was corrected by *delta*; where it is tracked, *lots* are the changes that come to it."""

    sku: str
    delta: int
    reason: str
    reference: str | None = None
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    lots: tuple[LotUnits, ...] = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class StockCounted:
    """
    *counted* units lay there at *counted_at*, which is *delta* more than the books said for that moment.

    Where the item is tracked, *lots* are the changes; the first count by lots puts all units in lots.
    """

    sku: str
    counted: int
    counted_at: datetime
    delta: int
    reference: str
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    lots: tuple[LotUnits, ...] = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class StockSent:
    """Units went from *location* *to* another one."""

    sku: str
    quantity: int
    reference: str
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    to: str
    lots: tuple[LotUnits, ...] = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class StockArrived:
    """Units came to *location* from *origin*, another one."""

    sku: str
    quantity: int
    reference: str
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    origin: str
    lots: tuple[LotUnits, ...] = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class StockExpected:
    """Units are to arrive at *due*; an earlier word under the same reference counts no longer."""

    sku: str
    quantity: int
    due: datetime
    reference: str
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class LevelReported:
    """
    A warehouse could give *level* more units at *as_of*, beside those it kept for orders.

    *seen* are the units of open orders that it kept, *sent* those that left since then for orders of which it did not
    know; *delta* is what all that changed here. *promised* units are held for such orders and are not there: nobody
    else can have them, and they cannot be sent.
    """

    sku: str
    level: int
    sequence: int
    as_of: datetime
    seen: int
    sent: int = 0
    delta: int
    promised: int = 0
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class StockPromised:
    """What was promised when units were held that cannot all be sent at once, and for when."""

    promises: tuple[Promise, ...]
    at: datetime


@attrs.frozen(kw_only=True)
class QuotaTaken:
    """*quantities* count towards what the customer who is known as *buyer* may have."""

    quantities: Quantities
    buyer: str
    at: datetime


@attrs.frozen(kw_only=True)
class QuotaGivenBack:
    """Units were cancelled, and the customer may have others instead."""

    quantities: Quantities
    at: datetime


Event: TypeAlias = (
    StockSourced
    | StockPromised
    | StockHeld
    | StockCommitted
    | StockConsumed
    | StockReleased
    | HoldLapsed
    | UnitsRestocked
    | UnitsWrittenOff
    | ReservationRequested
    | ReservationMade
    | ReservationRefused
    | QuotaTaken
    | QuotaGivenBack
)
ItemEvent: TypeAlias = (
    StockReceived | StockAdjusted | StockCounted | StockSent | StockArrived | StockExpected | LevelReported
)

# These names are the storage format: they never change.
WIRE_NAMES: Mapping[type, str] = MappingProxyType(
    {
        StockSourced: "stock.sourced.v1",
        StockPromised: "stock.promised.v1",
        StockHeld: "stock.held.v1",
        StockCommitted: "stock.committed.v1",
        StockConsumed: "stock.consumed.v1",
        StockReleased: "stock.released.v1",
        HoldLapsed: "stock.hold_lapsed.v1",
        UnitsRestocked: "stock.units_restocked.v1",
        UnitsWrittenOff: "stock.units_written_off.v1",
        ReservationRequested: "stock.reservation_requested.v1",
        ReservationMade: "stock.reservation_made.v1",
        ReservationRefused: "stock.reservation_refused.v1",
        QuotaTaken: "stock.quota_taken.v1",
        QuotaGivenBack: "stock.quota_given_back.v1",
        StockReceived: "stock.received.v1",
        StockAdjusted: "stock.adjusted.v1",
        StockCounted: "stock.counted.v1",
        StockSent: "stock.sent.v1",
        StockArrived: "stock.arrived.v1",
        StockExpected: "stock.expected.v1",
        LevelReported: "stock.level_reported.v1",
    }
)
