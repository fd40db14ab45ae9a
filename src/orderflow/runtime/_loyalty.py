"""Members' accounts in a store, apart from orders."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from .. import loyalty, wire
from ..counters import Level, Shortage
from ..decisions import Rejected
from ..loyalty import ItemCommand, ItemEvent, ItemFacts, Programme, account_id, member_of
from ..ports.store import EventRow, Transaction
from ._unit import CommandRejected

__all__ = ("book",)


def book(transaction: Transaction, command: ItemCommand, programme: Programme | None, at: datetime) -> Level:
    """
    Redeem or adjust points; how the member's counter stands.

    Raises:
        CommandRejected: every reason why not.
    """
    stream = account_id(programme.id, member_of(programme.id, command.customer)) if programme else ""
    rows = transaction.streams.read(stream) if programme else ()
    account = loyalty.fold_item(cast("ItemEvent", wire.load(row.name, row.payload)) for row in rows)

    def decide(shortages: tuple[Shortage, ...] = ()) -> tuple[ItemEvent, ...]:
        facts = ItemFacts(at=at, programme=programme, shortages=shortages)
        decision = loyalty.decide_item(command, account, facts)
        if isinstance(decision, Rejected):
            raise CommandRejected(decision.reasons, command)
        return decision.events

    events = decide()
    if short := transaction.counters.apply([move for event in events for move in loyalty.item_moves(event)], at):
        decide(tuple(short))
    if events:
        added = [
            EventRow(version, *wire.dump(event), str(command.actor), event.at, at)
            for version, event in enumerate(events, start=len(rows) + 1)
        ]
        transaction.streams.append(stream, len(rows), added)
    return transaction.counters.level(stream) or Level(0, 0)
