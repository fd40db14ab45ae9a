"""Stock items in a store: what arrives, is counted, corrected and moved, each booked on its item's own stream."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import cast

from .. import stock, wire
from ..counters import Level, Shortage
from ..decisions import Rejected
from ..ports.store import EventRow, Transaction
from ._unit import CommandRejected

__all__ = ("carry_out_stock",)


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
    item = stock.fold_item(cast("stock.ItemEvent", wire.load(row.name, row.payload)) for row in rows)
    decision = stock.decide_item(command, item, _facts(transaction, command, locations, at))
    if isinstance(decision, Rejected):
        raise CommandRejected(decision.reasons, command)
    moves = [move for event in decision.events for move in stock.item_moves(event, _stream(event))]
    if moves and (short := tuple(transaction.counters.apply(moves, at))):
        renewed = stock.decide_item(command, item, _facts(transaction, command, locations, at, short))
        raise CommandRejected(renewed.reasons if isinstance(renewed, Rejected) else short, command)
    for name, events in groupby(decision.events, _stream):
        version = len(rows) if name == stream else transaction.streams.version(name)
        added = [
            EventRow(number, *wire.dump(event), str(command.actor), event.at, at)
            for number, event in enumerate(events, start=version + 1)
        ]
        transaction.streams.append(name, version, added)
    return transaction.counters.level(stream) or Level(0, 0)


def _stream(event: stock.ItemEvent) -> str:
    return stock.item_id(event.sku, event.location)


def _facts(
    transaction: Transaction,
    command: stock.ItemCommand,
    locations: Sequence[str],
    at: datetime,
    shortages: tuple[Shortage, ...] = (),
) -> stock.ItemFacts:
    then = 0
    if isinstance(command, stock.CountStock):
        # Read from the ledger alone: beside a counter, others could sell between the two.
        ledger = transaction.counters.ledger(stock.item_id(command.sku, command.location))
        then = sum(entry.value for entry in ledger if entry.at <= command.counted_at)
    return stock.ItemFacts(at=at, locations=tuple(locations), then=then, shortages=shortages)
