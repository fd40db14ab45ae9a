"""What each location can give, as a transaction sees the counters; a hold that has lapsed is in nobody's way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from .. import stock, wire
from ..counters import Level
from ..ports.store import Counters, Transaction
from ..quantities import Quantities
from ..workflows import Policy
from ._lots import unfit_now

__all__ = ("bought_now", "position_now", "positions_now", "still_expected")

_EXPECTED = stock.WIRE_NAMES[stock.StockExpected]


def positions_now(
    transaction: Transaction, policy: Policy, units: Quantities, at: datetime, awaited: Collection[str]
) -> Mapping[str, tuple[stock.Position, ...]]:
    """How each SKU stands where it is sold from, in that order; with what is expected of those that are *awaited*."""
    found = {}
    for sku, count in units:
        rule = policy.rules.get(sku) or stock.SalesRule(sku=sku)
        wanted = count + rule.safety + sum(kept for _, kept in rule.kept_for)
        found[sku] = tuple(
            position_now(transaction, policy, sku, location, wanted, at, expected=sku in awaited)
            for location in policy.selling
        )
    return found


def bought_now(counters: Counters, customer: str, skus: Iterable[str]) -> Mapping[str, int]:
    """What counts towards a customer's quota of each SKU."""
    buyer = stock.buyer_of(customer)
    levels = {sku: counters.level(stock.quota_id(sku, buyer)) for sku in skus}
    return {sku: level.held for sku, level in levels.items() if level is not None}


def _lapsed(counters: Counters, key: str, level: Level, wanted: int, at: datetime) -> int:
    if level.available >= wanted or not level.held:
        return 0
    return sum(hold.quantity for hold in counters.holds(key) if hold.until is not None and hold.until <= at)


def position_now(
    transaction: Transaction,
    policy: Policy,
    sku: str,
    location: str,
    wanted: int,
    at: datetime,
    *,
    expected: bool = True,
) -> stock.Position:
    """How a SKU stands in a location, and what is expected there."""
    key = stock.item_id(sku, location)
    unfit = unfit_now(transaction.counters, policy, sku, location, at)
    level = transaction.counters.level(key) or Level(0, 0)
    held = level.held - _lapsed(transaction.counters, key, level, wanted + unfit, at)
    incoming = _incoming(transaction, key) if expected else ()
    return stock.Position(location=location, on_hand=level.value, held=held, incoming=incoming, unfit=unfit)


def still_expected(transaction: Transaction, positions: Mapping[str, Sequence[stock.Position]]) -> bool:
    """
    Whether what was expected is still on its way, now that the counters are locked.

    A delivery that came in between is counted by its counter; expected as well, it would be promised twice.
    """
    return all(
        _incoming(transaction, stock.item_id(sku, position.location)) == position.incoming
        for sku, known in positions.items()
        for position in known
        if position.incoming
    )


def _incoming(transaction: Transaction, key: str) -> tuple[stock.Incoming, ...]:
    rows = transaction.streams.read(key)
    if not any(row.name == _EXPECTED for row in rows):  # most items expect nothing, and have long histories
        return ()
    return stock.fold_item(cast("stock.ItemEvent", wire.load(row.name, row.payload)) for row in rows).incoming
