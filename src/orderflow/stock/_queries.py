"""What follows from an allocation: what is missing, what may come back, and what the counters must do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import assert_never

from ..counters import Move, MoveKind
from ..identifiers import MAIN
from ..lots import LotUnits
from ..quantities import Quantities
from ._events import (
    Event,
    HoldLapsed,
    QuotaGivenBack,
    QuotaTaken,
    ReservationMade,
    ReservationRefused,
    ReservationRequested,
    StockCommitted,
    StockConsumed,
    StockHeld,
    StockPromised,
    StockReleased,
    StockSourced,
    UnitsRestocked,
    UnitsWrittenOff,
)  # fmt: skip
from ._evolve import source
from ._locations import item_id, quota_id
from ._lots import lot_moves, merged_lots
from ._promising import Floor, SalesRule
from ._rejections import CustomerLimitReached
from ._state import Allocation

__all__ = (
    "booked", "from_return", "held_quota", "limited", "lots_out", "missing", "moves", "over_quota", "returnable",
)  # fmt: skip

_NONE: Mapping[str, Floor] = MappingProxyType({})
_NO_FLOOR = Floor()


def missing(state: Allocation, demand: Quantities, at: datetime) -> Quantities:
    """What of the whole demand is neither held nor committed nor gone out; a hold that is over holds nothing."""
    kept = state.committed if state.lapsed_by(at) else state.open
    return demand - (kept + state.consumed)


def returnable(state: Allocation) -> Quantities:
    """Units that left and were neither restocked nor written off."""
    return state.consumed - state.given_back


def lots_out(state: Allocation, sku: str, parcel: int | None = None) -> tuple[LotUnits, ...]:
    """Lots of a SKU that left, in *parcel* where one is named, and are not back."""
    sent = (one for one in state.sent if one.sku == sku and parcel in (None, one.parcel) and one.back < one.lot.units)
    return merged_lots(LotUnits(one.lot.lot, one.lot.units - one.back, one.lot.expires) for one in sent)


def booked(state: Allocation, name: str | None) -> Quantities:
    """What was booked so far under the name of a parcel or return."""
    return Quantities(pair for known, units in state.settled if known == name for pair in units)


def from_return(state: Allocation, return_: int) -> tuple[Quantities, Quantities]:
    """What of a return was restocked so far, and what written off."""
    restocked, written_off = (booked(state, source(what, None, return_)) for what in ("restocked", "written off"))
    return restocked, written_off


def over_quota(
    units: Quantities, rules: Mapping[str, SalesRule], bought: Mapping[str, int]
) -> tuple[CustomerLimitReached, ...]:
    """What of *units* is more than a customer may have, who has *bought* so many before."""
    left = {sku: max((rules[sku].per_customer or 0) - bought.get(sku, 0), 0) for sku, _ in limited(units, rules)}
    return tuple(CustomerLimitReached(sku, units[sku], free) for sku, free in left.items() if units[sku] > free)


def limited(units: Quantities, rules: Mapping[str, SalesRule]) -> Quantities:
    """Those of which a customer gets only so many."""
    return Quantities((sku, count) for sku, count in units if sku in rules and rules[sku].per_customer is not None)


def held_quota(state: Allocation) -> tuple[tuple[str, int], ...]:
    """The counters of quotas of which the order holds something, and how much."""
    return tuple((quota_id(sku, state.buyer), count) for sku, count in state.quota)


def moves(event: Event, owner: str, before: Allocation, floors: Mapping[str, Floor] = _NONE) -> tuple[Move, ...]:
    """
    What the guarded counters must do in the same commit as *event*; *before* is the allocation it happened to.

    *floors* are what new holds must leave of an item; without one, a hold takes what is there, and owes any number.
    """
    match event:
        case StockSourced() | StockPromised() | ReservationRequested() | ReservationMade():
            return ()
        case QuotaTaken():
            keys = ((quota_id(sku, event.buyer), count) for sku, count in event.quantities)
            return tuple(
                Move(key, MoveKind.HOLD, count, owner, leaving=floors[key].shelf if key in floors else None)
                for key, count in keys
            )
        case QuotaGivenBack():
            keys = ((quota_id(sku, before.buyer), count) for sku, count in event.quantities)
            return tuple(Move(key, MoveKind.RELEASE, count, owner) for key, count in keys)
        case ReservationRefused():
            return _each(MoveKind.CONSUME, event.missing, owner, event.location)
        case StockHeld():
            return _hold(event, owner, before, floors)
        case StockCommitted():
            return _keep(event.quantities, before.at(event.location).open, owner, None, event.location)
        case StockConsumed():
            consumed = _each(MoveKind.CONSUME, event.quantities, owner, event.location)
            return (*consumed, *_of_lots(event, owner, -1))
        case StockReleased() | HoldLapsed():
            return _each(MoveKind.RELEASE, event.quantities - event.swept, owner, event.location)
        case UnitsRestocked():
            sold_as = dict(event.sold_as)
            units = Quantities((sold_as.get(sku, sku), count) for sku, count in event.quantities)
            return (*_each(MoveKind.ADD, units, owner, event.location), *_of_lots(event, owner, 1))
        case UnitsWrittenOff():
            came_back = event.return_ is not None or event.parcel is not None
            if came_back:
                return ()
            consumed = _each(MoveKind.CONSUME, event.quantities, owner, event.location)
            return (*consumed, *_of_lots(event, owner, -1))
        case _:
            assert_never(event)


def _hold(event: StockHeld, owner: str, before: Allocation, floors: Mapping[str, Floor]) -> tuple[Move, ...]:
    held = before.at(event.location).held
    # One new end is told to every location by an event of its own; the first of them has changed it for all.
    may_end_later = event.until != before.until or event.location != MAIN or bool(before.elsewhere)
    prolonged = held if may_end_later else Quantities()
    return (
        *(
            Move(key, MoveKind.HOLD, count, owner, event.until, floor.later if event.backordered[sku] else floor.shelf)
            for sku, count in event.quantities
            for key in (item_id(sku, event.location),)
            for floor in (floors.get(key, _NO_FLOOR),)
        ),
        *_keep(prolonged, held + event.quantities, owner, event.until, event.location),
    )


def _keep(units: Quantities, whole: Quantities, owner: str, until: datetime | None, location: str) -> tuple[Move, ...]:
    return tuple(Move(item_id(sku, location), MoveKind.KEEP, whole[sku], owner, until) for sku, _ in units)


def _each(kind: MoveKind, units: Quantities, owner: str, location: str) -> tuple[Move, ...]:
    return tuple(Move(item_id(sku, location), kind, count, owner) for sku, count in units)


def _of_lots(event: StockConsumed | UnitsRestocked | UnitsWrittenOff, owner: str, sign: int) -> tuple[Move, ...]:
    if not event.lots:
        return ()
    sold_as = dict(event.sold_as) if isinstance(event, UnitsRestocked) else {}  # as another SKU, of no lot any more
    return tuple(
        move
        for sku, lot in event.lots
        if sku not in sold_as
        for move in lot_moves(sku, event.location, (lot,), owner, sign)
    )
