"""The lots of tracked items, as a transaction sees their counters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import takewhile

from .. import law, stock
from ..lots import LotUnits
from ..ports.store import Counters
from ..workflows import Policy

__all__ = ("good_through", "lots_known", "lots_now", "takers", "unfit_now")

_PAGE = 1000


def lots_now(counters: Counters, sku: str, location: str) -> tuple[LotUnits, ...]:
    """What there is of each lot of an item, what expires first before the others."""
    return tuple(_lots(counters, sku, location))


def _lots(counters: Counters, sku: str, location: str) -> Iterator[LotUnits]:
    prefix, after = stock.lots_prefix(sku, location), ""
    while page := counters.levels(prefix, after=after, limit=_PAGE):
        yield from (stock.lot_of(key, level.value)[1] for key, level in page)
        if len(page) < _PAGE:
            return
        after = page[-1][0]


def good_through(policy: Policy, rule: stock.SalesRule, at: datetime) -> date:
    """The day through which a lot must be good to be sold now, by the calendar of the shop's law."""
    return rule.good_through(at, law.jurisdiction(policy.law).zone)


def unfit_now(counters: Counters, policy: Policy, sku: str, location: str, at: datetime) -> int:
    """Units of an item that are there and of lots that cannot be sold any more."""
    rule = policy.rules.get(sku)
    if rule is None or rule.tracked_by is not stock.Tracking.LOTS:
        return 0
    day = good_through(policy, rule, at)
    return sum(lot.units for lot in takewhile(lambda lot: not stock.is_good(lot, day), _lots(counters, sku, location)))


def lots_known(
    counters: Counters,
    command: stock.ItemCommand,
    policy: Policy,
    at: datetime,
    history: Iterable[stock.ItemEvent],
    then: Sequence[LotUnits] = (),
) -> stock.LotsKnown | None:
    """What deciding about an item needs to know of its lots; None where it has none."""
    rule = policy.rules.get(command.sku) or stock.SalesRule(sku=command.sku)
    if rule.tracked_by is None and not any(getattr(event, "lots", ()) for event in history):
        return None
    by_serial = rule.tracked_by is stock.Tracking.SERIALS
    # Those that were ever there may be many, and a delivery brings new ones.
    is_new = by_serial and isinstance(command, stock.ReceiveStock)
    there = () if is_new else lots_now(counters, command.sku, command.location)
    if rule.tracked_by is None and not there:
        return None
    level = counters.level(stock.item_id(command.sku, command.location))
    named = () if isinstance(command, stock.ExpectStock | stock.ReportLevel) else command.lots
    return stock.LotsKnown(
        tracked_by=rule.tracked_by,
        there=there,
        held=level.held if level else 0,
        then=tuple(then),
        good_through=good_through(policy, rule, at),
        sold_in=policy.selling,
        serials=tuple(_places(counters, command.sku, named, policy)) if by_serial else (),
        warehouses=policy.warehouses,
    )


def _places(counters: Counters, sku: str, named: Iterable[LotUnits], policy: Policy) -> Iterator[tuple[str, str]]:
    for lot in named:
        for location in policy.locations:
            level = counters.level(stock.lot_id(sku, location.code, lot))
            if level is not None and level.value:
                yield lot.lot, location.code


def takers(counters: Counters, sku: str, lot: str, locations: Iterable[str]) -> Sequence[str]:
    """The orders that took units of a lot out of any of *locations*, the oldest first."""
    items = {stock.item_id(sku, location) for location in locations}
    names = set()
    for entry in counters.every_entry():
        if entry.value < 0 and entry.key.startswith(stock.LOT_PREFIX):
            item, taken = stock.lot_of(entry.key, 1)
            if item in items and taken.lot == lot:
                names.add(entry.owner)
    return sorted(name for name in names if not name.startswith(stock.ITEM_PREFIXES))
