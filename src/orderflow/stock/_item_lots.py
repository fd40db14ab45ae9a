"""Of which lots a tracked item's units are when they arrive, are corrected, counted or moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import attrs

from ..lots import LotUnits
from ._lots import Reason, Tracking, Wanted, chosen, is_good, merged_lots
from ._rejections import (
    LotNotGood,
    LotsDiffer,
    NotASerial,
    NotTracked,
    NotTrackedThere,
    OutOfStock,
    SerialKnown,
    TrackedBefore,
)  # fmt: skip

__all__ = ("ItemLots", "LotsKnown", "changed_lots", "counted_lots", "moved_lots", "refused_report")

ItemReason = Reason | NotASerial | SerialKnown | NotTrackedThere | TrackedBefore | OutOfStock
ItemLots = tuple[tuple[LotUnits, ...], tuple[ItemReason, ...]]
"""The lots of a change, or why it cannot be."""


@attrs.frozen(kw_only=True)
class LotsKnown:
    """
    What is known of a tracked item in one location: its lots that are *there*, and *then*, when somebody counted.

    Where this shop does not say how it is *tracked_by*, its units lie in lots all the same, and must not be touched.
    Orders have *held* so many units. A lot that is not good through the day *good_through* must not come in where it
    would be *sold_in*. *serials* are those that were named and lie in a location already. In *warehouses* of somebody
    else nothing can be tracked.
    """

    tracked_by: Tracking | None
    there: tuple[LotUnits, ...] = ()
    held: int = 0
    then: tuple[LotUnits, ...] = ()
    good_through: date = date.min
    sold_in: tuple[str, ...] = ()
    serials: tuple[tuple[str, str], ...] = ()
    warehouses: tuple[str, ...] = ()


def changed_lots(sku: str, change: int, named: Sequence[LotUnits], location: str, known: LotsKnown | None) -> ItemLots:
    """The lots of units that come, or that go (below zero)."""
    if known is None:
        return (), ((NotTracked(sku),) if named else ())
    if refused := _untouchable(sku, {location}, known):
        return (), refused
    if change > 0:
        return _coming(sku, change, named, location, known)
    lots, reasons = _going(sku, -change, named, None, known)
    return tuple(attrs.evolve(lot, units=-lot.units) for lot in lots), reasons


def moved_lots(
    sku: str, units: int, named: Sequence[LotUnits], location: str, to: str, known: LotsKnown | None
) -> ItemLots:
    """The lots of units that go to another location: to one that is sold from, only what is good."""
    if known is None:
        return (), ((NotTracked(sku),) if named else ())
    if refused := _untouchable(sku, {location, to}, known):
        return (), refused
    return _going(sku, units, named, known.good_through if to in known.sold_in else None, known)


def counted_lots(
    sku: str, counted: int, delta: int, named: Sequence[LotUnits], location: str, known: LotsKnown | None
) -> ItemLots:
    """The change of each lot since the books were right: what was counted of it, less what they said then."""
    if known is None or not named or _untouchable(sku, {location}, known):
        return changed_lots(sku, delta, named, location, known) if delta or named else ((), ())
    now = merged_lots(_with_expiry(lot, (*known.then, *known.there)) for lot in named)
    told = sum(lot.units for lot in now)
    differs = () if told == counted else (LotsDiffer(sku, counted, told),)
    changes = merged_lots((*now, *(attrs.evolve(lot, units=-lot.units) for lot in known.then)))
    more = (lot for lot in changes if lot.units > 0)
    return changes, (*differs, *_no_serials(sku, now, known), *_unwelcome(sku, more, location, known))


def refused_report(sku: str, location: str, known: LotsKnown | None) -> tuple[ItemReason, ...]:
    """Why a report without lots cannot be booked."""
    if known is None:
        return ()
    return (TrackedBefore(sku),) if known.tracked_by is None else (NotTrackedThere(sku, location),)


def _untouchable(sku: str, locations: set[str], known: LotsKnown) -> tuple[NotTrackedThere | TrackedBefore, ...]:
    if known.tracked_by is None:
        return (TrackedBefore(sku),)
    return tuple(NotTrackedThere(sku, each) for each in sorted(locations & {*known.warehouses}))


def _coming(sku: str, units: int, named: Sequence[LotUnits], location: str, known: LotsKnown) -> ItemLots:
    lots = merged_lots(_with_expiry(lot, known.there) for lot in named)
    told = sum(lot.units for lot in lots)
    differs = () if told == units else (LotsDiffer(sku, units, told),)
    return lots, (*differs, *_no_serials(sku, lots, known), *_unwelcome(sku, lots, location, known))


def _going(sku: str, units: int, named: Sequence[LotUnits], day: date | None, known: LotsKnown) -> ItemLots:
    wanted = Wanted(sku=sku, units=units, there=known.there, named=named, good_through=day)
    lots, reasons = chosen(wanted, known.tracked_by or Tracking.LOTS)
    taken, there = (sum(lot.units for lot in each if is_good(lot, known.good_through)) for each in (lots, known.there))
    free = max(there - known.held, 0)  # what is over is left to nobody who was promised something good
    return (lots, reasons) if taken <= free else ((), (OutOfStock(sku, taken, free),))


def _with_expiry(lot: LotUnits, known: Iterable[LotUnits]) -> LotUnits:
    """A lot that is there already need not be told in full."""
    if lot.expires is not None:
        return lot
    return attrs.evolve(lot, expires=next((each.expires for each in known if each.lot == lot.lot), None))


def _no_serials(sku: str, lots: Iterable[LotUnits], known: LotsKnown) -> Iterable[NotASerial]:
    if known.tracked_by is Tracking.SERIALS:
        yield from (NotASerial(sku, lot.lot) for lot in lots if lot.units != 1 or lot.expires is not None)


def _unwelcome(sku: str, lots: Iterable[LotUnits], location: str, known: LotsKnown) -> Iterable[ItemReason]:
    """
    Units that must not come in.

    Of what cannot be sold any more there is never more by anything but time: so where an order is placed on what was
    read of it a moment ago, that is at most too much.
    """
    places = dict(known.serials)
    for lot in lots:
        if lot.lot in places:
            yield SerialKnown(sku, lot.lot, places[lot.lot])
        elif lot.expires is not None and location in known.sold_in and not is_good(lot, known.good_through):
            yield LotNotGood(sku, lot.lot, lot.expires)
