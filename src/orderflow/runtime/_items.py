"""Stock items in a store: what arrives, is counted, corrected and moved, each booked on its item's own stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, cast

import attrs

from .. import stock, wire
from ..counters import Level, Shortage
from ..decisions import Rejected
from ..ports.store import EventRow, StoreConflictError, Transaction
from ._errands import ORDER_KEY_LENGTH
from ._unit import CommandRejected

__all__ = ("StockTakeRejected", "carry_out_stock", "take_stock")


class StockTakeRejected(CommandRejected):
    """A stock-take was rejected; ``by_place`` has the reasons of every count that was, by its place in the list."""

    def __init__(self, by_place: Mapping[int, Sequence[Any]], counts: Sequence[stock.CountStock]) -> None:
        self.by_place = {place: tuple(reasons) for place, reasons in by_place.items()}
        super().__init__([each for reasons in self.by_place.values() for each in reasons], counts[min(by_place)])


def take_stock(
    transaction: Transaction, counts: Sequence[stock.CountStock], locations: Sequence[str], at: datetime
) -> tuple[tuple[Level, Level], ...]:
    """
    Book all counts; how each counter stood before, and stands now.

    Raises:
        StockTakeRejected: at least one cannot be booked; *transaction* must be rolled back.
    """
    levels, rejected = [], {}
    for place, count in enumerate(counts):
        before = transaction.counters.level(stock.item_id(count.sku, count.location)) or Level(0, 0)
        try:
            levels.append((before, carry_out_stock(transaction, count, locations, at)))
        except CommandRejected as refused:
            rejected[place] = refused.reasons
    if rejected:
        raise StockTakeRejected(rejected, counts)
    return tuple(levels)


def carry_out_stock(
    transaction: Transaction, command: stock.ItemCommand, locations: Sequence[str], at: datetime
) -> Level:
    """
    Book what happened to an item; how its counter stands in the command's location.

    Raises:
        CommandRejected: every reason why not.
    """
    stream = stock.item_id(command.sku, command.location)
    rows = transaction.streams.read(stream)
    history = [cast("stock.ItemEvent", wire.load(row.name, row.payload)) for row in rows]
    item = stock.fold_item(history)
    facts = _facts(transaction, command, history, locations, at)
    decided = _accepted(command, item, facts)
    if short := _apply(transaction, decided, at):
        decided = _accepted(command, item, attrs.evolve(facts, shortages=short))
        if _apply(transaction, decided, at):
            raise StoreConflictError("stock kept changing while it was booked; try again")
    for name, events in groupby(decided, _stream):
        version = len(rows) if name == stream else transaction.streams.version(name)
        added = [
            EventRow(number, *wire.dump(event), str(command.actor), event.at, at)
            for number, event in enumerate(events, start=version + 1)
        ]
        transaction.streams.append(name, version, added)
    return transaction.counters.level(stream) or Level(0, 0)


def _accepted(command: stock.ItemCommand, item: stock.StockItem, facts: stock.ItemFacts) -> tuple[stock.ItemEvent, ...]:
    decision = stock.decide_item(command, item, facts)
    if isinstance(decision, Rejected):
        raise CommandRejected(decision.reasons, command)
    return decision.events


def _apply(transaction: Transaction, events: Sequence[stock.ItemEvent], at: datetime) -> tuple[Shortage, ...]:
    moves = [move for event in events for move in stock.item_moves(event, _stream(event))]
    return tuple(transaction.counters.apply(moves, at)) if moves else ()


def _stream(event: stock.ItemEvent) -> str:
    return stock.item_id(event.sku, event.location)


def _facts(
    transaction: Transaction,
    command: stock.ItemCommand,
    history: Sequence[stock.ItemEvent],
    locations: Sequence[str],
    at: datetime,
) -> stock.ItemFacts:
    facts = stock.ItemFacts(at=at, locations=tuple(locations))
    if not isinstance(command, stock.CountStock | stock.ReportLevel):
        return facts
    # Read from the ledger alone: beside a counter, others could sell between the two.
    ledger = transaction.counters.ledger(stock.item_id(command.sku, command.location))
    if isinstance(command, stock.CountStock):
        booked = sum(entry.value for entry in ledger if entry.at <= command.counted_at)
        return attrs.evolve(facts, then=booked + stock.corrected_before(history, command.counted_at))
    orders = {reservation[:ORDER_KEY_LENGTH] for reservation in command.seen}
    return attrs.evolve(
        facts,
        there=sum(entry.value for entry in ledger),
        seen=sum(entry.held for entry in ledger if entry.owner in orders),
    )
