"""What each location can give, as a transaction sees the counters; a hold that has lapsed is in nobody's way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from .. import stock, wire
from ..counters import Level
from ..ports.store import Counters, Transaction
from ..quantities import Quantities

__all__ = ("position_now", "supplies_now")

_EXPECTED = stock.WIRE_NAMES[stock.StockExpected]


def supplies_now(
    counters: Counters,
    locations: Sequence[str],
    units: Quantities,
    at: datetime,
    rules: Mapping[str, stock.SalesRule],
    channel: str,
) -> tuple[stock.Supply, ...]:
    """What this channel may sell of these SKUs in each of *locations*, in their order."""
    found: dict[str, dict[str, int]] = {location: {} for location in locations}
    for sku, count in units:
        rule = rules.get(sku) or stock.SalesRule(sku=sku)
        kept = rule.kept_from(channel)
        for location in reversed(locations):  # what is kept for others is kept in the last ones
            free = _free(counters, stock.item_id(sku, location), count + rule.safety + kept, at) - rule.safety
            found[location][sku] = max(free - kept, 0)
            kept = max(kept - max(free, 0), 0)
    return tuple(stock.Supply(location, Quantities(there)) for location, there in found.items())


def _free(counters: Counters, key: str, wanted: int, at: datetime) -> int:
    level = counters.level(key)
    return 0 if level is None else level.available + _lapsed(counters, key, level, wanted, at)


def _lapsed(counters: Counters, key: str, level: Level, wanted: int, at: datetime) -> int:
    if level.available >= wanted or not level.held:
        return 0
    return sum(hold.quantity for hold in counters.holds(key) if hold.until is not None and hold.until <= at)


def position_now(transaction: Transaction, sku: str, location: str, wanted: int, at: datetime) -> stock.Position:
    """How a SKU stands in a location, with what is expected there."""
    key = stock.item_id(sku, location)
    level = transaction.counters.level(key) or Level(0, 0)
    held = level.held - _lapsed(transaction.counters, key, level, wanted, at)
    return stock.Position(location=location, on_hand=level.value, held=held, incoming=_incoming(transaction, key))


def _incoming(transaction: Transaction, key: str) -> tuple[stock.Incoming, ...]:
    rows = transaction.streams.read(key)
    if not any(row.name == _EXPECTED for row in rows):  # most items expect nothing, and have long histories
        return ()
    return stock.fold_item(cast("stock.ItemEvent", wire.load(row.name, row.payload)) for row in rows).incoming
