"""Stock items in a store: what arrives, is counted, corrected and moved, each booked on its item's own stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, TypeAlias, cast

import attrs

from .. import stock, wire
from ..counters import Level, MoveKind, Shortage
from ..decisions import Rejected
from ..lots import LotUnits
from ..ports.store import EventRow, LedgerEntry, StoreConflictError, Transaction
from ..workflows import Policy
from ._errands import ORDER_KEY_LENGTH
from ._lots import lots_known
from ._unit import CommandRejected

__all__ = ("StockTakeRejected", "carry_out_stock", "take_levels", "take_stock")

_FEW = 16


class StockTakeRejected(CommandRejected):
    """A stock-take was rejected; ``by_place`` has the reasons of every count that was, by its place in the list."""

    def __init__(self, by_place: Mapping[int, Sequence[Any]], counts: Sequence[stock.CountStock]) -> None:
        self.by_place = {place: tuple(reasons) for place, reasons in by_place.items()}
        super().__init__([each for reasons in self.by_place.values() for each in reasons], counts[min(by_place)])


def take_stock(
    transaction: Transaction, counts: Sequence[stock.CountStock], policy: Policy, at: datetime
) -> tuple[tuple[Level, Level], ...]:
    """
    Book all counts; how each counter stood before, and stands now.

    Raises:
        StockTakeRejected: at least one cannot be booked; *transaction* must be rolled back.
    """
    levels, rejected = [], {}
    books = _books(transaction, counts)
    for place, count in enumerate(counts):
        before = transaction.counters.level(stock.item_id(count.sku, count.location)) or Level(0, 0)
        try:
            levels.append((before, carry_out_stock(transaction, count, policy, at, books)))
        except CommandRejected as refused:
            rejected[place] = refused.reasons
    if rejected:
        raise StockTakeRejected(rejected, counts)
    return tuple(levels)


def take_levels(
    transaction: Transaction, reports: Sequence[stock.ReportLevel], policy: Policy, at: datetime
) -> tuple[CommandRejected, ...]:
    """Book what a warehouse says; the reports that cannot be booked."""
    refused = []
    books = _books(transaction, reports)
    for report in reports:
        try:
            carry_out_stock(transaction, report, policy, at, books)
        except CommandRejected as rejected:
            refused.append(rejected)
    return tuple(refused)


def carry_out_stock(
    transaction: Transaction,
    command: stock.ItemCommand,
    policy: Policy,
    at: datetime,
    books: dict[str, _Books] | None = None,
) -> Level:
    """
    Book what happened to an item; how its counter stands in the command's location.

    *books* are those of several items that were looked up together.

    Raises:
        CommandRejected: every reason why not.
    """
    stream = stock.item_id(command.sku, command.location)
    rows = transaction.streams.read(stream)
    history = [cast("stock.ItemEvent", wire.load(row.name, row.payload)) for row in rows]
    item = stock.fold_item(history)
    locations = tuple(location.code for location in policy.locations)
    facts = stock.ItemFacts(at=at, locations=locations)
    then: Sequence[LotUnits] = ()
    if isinstance(command, stock.CountStock | stock.ReportLevel):
        known = (books or {}).pop(stream, None) or _books(transaction, [command])[stream]
        facts = _with_books(facts, command, history, known)
        then = known.lots(history)
    lots = lots_known(transaction.counters, command, policy, at, history, then)
    facts = attrs.evolve(facts, lots=lots)
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


_Look: TypeAlias = stock.CountStock | stock.ReportLevel


@attrs.define
class _Books:
    """
    What the ledger says of an item: its units then and now, those of *orders*, and those sent for others since.

    Of its lots it says what there was then.
    """

    then_at: datetime
    orders: frozenset[str] = frozenset()
    then: int = 0
    now: int = 0
    seen: int = 0
    sent: int = 0
    lots_then: list[LotUnits] = attrs.field(factory=list)

    def add(self, entry: LedgerEntry) -> None:
        self.now += entry.value
        if entry.at <= self.then_at:
            self.then += entry.value
        if entry.owner in self.orders:
            self.seen += entry.held
        elif entry.kind == MoveKind.CONSUME and entry.at > self.then_at:
            self.sent -= entry.value

    def add_lot(self, entry: LedgerEntry, lot: LotUnits) -> None:
        if entry.at <= self.then_at:
            self.lots_then.append(lot)

    def lots(self, history: Sequence[stock.ItemEvent]) -> Sequence[LotUnits]:
        """What there was of each lot at the moment at which somebody looked."""
        return stock.merged_lots((*self.lots_then, *stock.lots_corrected_before(history, self.then_at)))


def _books(transaction: Transaction, commands: Sequence[_Look]) -> dict[str, _Books]:
    """
    The books of every item that is looked at, in one pass where there are many.

    They are read from the ledger alone: beside a counter, others could sell between the two.
    """
    books = {stock.item_id(each.sku, each.location): _empty(each) for each in reversed(commands)}
    counters = transaction.counters
    by_lots = any(isinstance(each, stock.CountStock) and each.lots for each in commands)
    few = (entry for key in books for entry in counters.ledger(key))
    for entry in few if len(books) <= _FEW and not by_lots else counters.every_entry():
        if entry.key in books:
            books[entry.key].add(entry)
        elif entry.value and entry.key.startswith(stock.LOT_PREFIX):
            item, lot = stock.lot_of(entry.key, entry.value)
            if item in books:
                books[item].add_lot(entry, lot)
    return books


def _empty(command: _Look) -> _Books:
    if isinstance(command, stock.CountStock):
        return _Books(command.counted_at)
    return _Books(command.as_of, frozenset(reservation[:ORDER_KEY_LENGTH] for reservation in command.seen))


def _with_books(
    facts: stock.ItemFacts, command: _Look, history: Sequence[stock.ItemEvent], books: _Books
) -> stock.ItemFacts:
    if isinstance(command, stock.CountStock):
        return attrs.evolve(facts, then=books.then + stock.corrected_before(history, command.counted_at))
    return attrs.evolve(facts, there=books.now, seen=books.seen, sent=books.sent)
