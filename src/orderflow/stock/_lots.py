"""
Which lots units are of: told, or chosen so that what expires first goes first.

Each lot of an item is a counter of its own beside the item's, without holds, so that no unit of a lot leaves twice.
Which units can be sold is judged by the day, whenever somebody asks: no timer moves anything when a lot expires.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

import attrs

from ..counters import Move, MoveKind
from ..lots import LotUnits
from ._locations import item_id
from ._rejections import LotNotGood, LotNotThere, LotsDiffer, NotEnoughGood, NotTracked

__all__ = (
    "LOT_PREFIX", "Chosen", "LotLevel", "Tracking", "Wanted", "chosen", "first_expired_first", "is_good", "levels",
    "lot_id", "lot_moves", "lot_of", "lots_prefix", "merged_lots", "must_last",
)  # fmt: skip

LOT_PREFIX = "lot@"
"""What the names of all counters of lots begin with."""

_NEVER = "never"  # sorts after every date


class Tracking(StrEnum):
    """How the units of a SKU are told apart."""

    LOTS = "lots"
    SERIALS = "serials"


@attrs.frozen(kw_only=True)
class LotLevel:
    """How one lot stands in a location, and whether it can be sold today."""

    lot: str
    units: int
    expires: date | None
    good: bool


def lots_prefix(sku: str, location: str) -> str:
    """What the counters of an item's lots begin with; the length tells where a SKU ends, which may hold any sign."""
    return f"{LOT_PREFIX}{location}:{len(sku)}:{sku}:"


def lot_id(sku: str, location: str, lot: LotUnits) -> str:
    """
    The counter of a lot in a location; in the order of these names, what expires first comes first.

    >>> from datetime import date
    >>> lot_id("MILK", "krakow", LotUnits("L1", 6, date(2026, 12, 1)))
    'lot@krakow:4:MILK:2026-12-01:L1'
    """
    return f"{lots_prefix(sku, location)}{lot.expires or _NEVER}:{lot.lot}"


def lot_of(key: str, units: int) -> tuple[str, LotUnits]:
    """
    The item and the lot that a counter counts, of which there are so many *units*.

    >>> lot_of("lot@krakow:4:MILK:2026-12-01:L1", 6)
    ('stk@krakow:MILK', LotUnits(lot='L1', units=6, expires=datetime.date(2026, 12, 1)))
    """
    location, length, rest = key.removeprefix(LOT_PREFIX).split(":", 2)
    sku, told = rest[: int(length)], rest[int(length) + 1 :]
    expires, _, lot = told.partition(":")
    return item_id(sku, location), LotUnits(lot, units, None if expires == _NEVER else date.fromisoformat(expires))


def lot_moves(sku: str, location: str, lots: Iterable[LotUnits], owner: str, sign: int = 1) -> tuple[Move, ...]:
    """What the counters of lots must do when their units come (*sign* 1) or go (-1)."""
    return tuple(
        Move(
            lot_id(sku, location, lot),
            MoveKind.ADD if sign * lot.units > 0 else MoveKind.REMOVE,
            abs(lot.units),
            owner,
        )
        for lot in lots
    )


def must_last(at: datetime, good_for: int, zone: str) -> date:
    """The day through which a lot must be good to be sold at *at*, by the calendar of *zone*."""
    return date.fromordinal(at.astimezone(ZoneInfo(zone)).toordinal() + good_for)


def is_good(lot: LotUnits, day: date | None) -> bool:
    """Whether a lot can be sold that must be good through *day* (None: any can)."""
    return day is None or lot.expires is None or lot.expires >= day


def _age(lot: LotUnits) -> tuple[date, str]:
    return lot.expires or date.max, lot.lot


def merged_lots(lots: Iterable[LotUnits]) -> tuple[LotUnits, ...]:
    """Each lot once, what expires first before the others; those of which nothing is left are left out."""
    summed: dict[tuple[str, date | None], int] = {}
    for lot in lots:
        summed[lot.lot, lot.expires] = summed.get((lot.lot, lot.expires), 0) + lot.units
    return tuple(
        sorted((LotUnits(name, units, expires) for (name, expires), units in summed.items() if units), key=_age)
    )


def first_expired_first(lots: Iterable[LotUnits], units: int) -> tuple[LotUnits, ...]:
    """
    So many units of *lots*, or all there are: the earliest expiry first, then by the lot's code.

    >>> from datetime import date
    >>> there = [LotUnits("A", 5), LotUnits("B", 2, date(2027, 1, 1)), LotUnits("C", 1, date(2026, 12, 1))]
    >>> [(lot.lot, lot.units) for lot in first_expired_first(there, 4)]
    [('C', 1), ('B', 2), ('A', 1)]
    """
    taken = []
    for lot in sorted(lots, key=_age):
        if part := min(units, lot.units):
            taken.append(attrs.evolve(lot, units=part))
            units -= part
    return tuple(taken)


@attrs.frozen(kw_only=True)
class Wanted:
    """So many units of a SKU are to go from lots that are *there*; *named* ones, where any are."""

    sku: str
    units: int
    there: Sequence[LotUnits]
    named: Sequence[LotUnits] = ()
    good_through: date | None = None  # None: whether they are good does not matter


Reason: TypeAlias = LotNotGood | LotNotThere | LotsDiffer | NotEnoughGood | NotTracked
Chosen: TypeAlias = tuple[tuple[LotUnits, ...], tuple[Reason, ...]]
"""The lots, or why it cannot be these."""


def chosen(wanted: Wanted, tracked_by: Tracking) -> Chosen:
    """The lots that were named, or those that expire first; serial numbers must be named, unless all are meant."""
    if wanted.named:
        return _named(wanted)
    if tracked_by is Tracking.SERIALS and sum(lot.units for lot in wanted.there) != wanted.units:
        return (), (LotsDiffer(wanted.sku, wanted.units, 0),)
    lots = first_expired_first((lot for lot in wanted.there if is_good(lot, wanted.good_through)), wanted.units)
    found = sum(lot.units for lot in lots)
    return (lots, ()) if found == wanted.units else ((), (NotEnoughGood(wanted.sku, wanted.units, found),))


def _named(wanted: Wanted) -> Chosen:
    lots, reasons, left = list[LotUnits](), list[Reason](), tuple(wanted.there)
    for one in merged_lots(wanted.named):  # a scanner names a lot once for each unit
        same = [lot for lot in left if lot.lot == one.lot and one.expires in (None, lot.expires)]
        found = first_expired_first(same, one.units)
        lots.extend(found)
        left = merged_lots((*left, *(attrs.evolve(lot, units=-lot.units) for lot in found)))
        if (there := sum(lot.units for lot in found)) < one.units:
            reasons.append(LotNotThere(wanted.sku, one.lot, one.units, there))
    taken = merged_lots(lots)
    reasons.extend(
        LotNotGood(wanted.sku, lot.lot, lot.expires)
        for lot in taken
        if lot.expires is not None and not is_good(lot, wanted.good_through)
    )
    if (named := sum(lot.units for lot in wanted.named)) != wanted.units:
        reasons.append(LotsDiffer(wanted.sku, wanted.units, named))
    return ((), tuple(reasons)) if reasons else (taken, ())


def levels(there: Iterable[LotUnits], day: date) -> tuple[LotLevel, ...]:
    """Lots as they stand, for somebody who picks on a day."""
    return tuple(LotLevel(lot=lot.lot, units=lot.units, expires=lot.expires, good=is_good(lot, day)) for lot in there)
