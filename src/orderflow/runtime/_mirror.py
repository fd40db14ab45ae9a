"""The mirror of a warehouse in a store: its reports are booked, and compared with what is here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from .. import stock
from ..counters import Level
from ..ports.store import Transaction
from ..ports.warehouse import WarehouseLevel
from ._errands import ORDER_KEY_LENGTH

__all__ = ("compare", "to_report")


def to_report(level: WarehouseLevel, location: str) -> stock.ReportLevel:
    """A level as a command."""
    return stock.ReportLevel(
        sku=level.sku,
        level=level.level,
        sequence=level.sequence,
        as_of=level.as_of,
        seen=tuple(level.seen),
        location=location,
    )


def compare(transaction: Transaction, levels: Sequence[WarehouseLevel], location: str) -> tuple[stock.Difference, ...]:
    """Every item of a location that differs from what its warehouse says."""
    there = {
        level.sku: stock.Stocked(
            level=level.level, seen=frozenset(reference[:ORDER_KEY_LENGTH] for reference in level.seen)
        )
        for level in levels
    }
    return stock.differences(dict(_mirrored(transaction, location)), there)


def _mirrored(transaction: Transaction, location: str) -> Iterator[tuple[str, stock.Mirrored]]:
    prefix = stock.item_id("", location)
    held: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for hold in transaction.counters.every_hold():
        if hold.key.startswith(prefix):
            held[hold.key][hold.owner] = hold.quantity
    for key in _keys(transaction, prefix):
        level = transaction.counters.level(key) or Level(0, 0)
        yield key.removeprefix(prefix), stock.Mirrored(there=level.value, held=held[key])


def _keys(transaction: Transaction, prefix: str) -> Iterator[str]:
    after = prefix
    while page := transaction.counters.keys(after=after):
        for key in page:
            if not key.startswith(prefix):
                return
            yield key
        after = page[-1]
