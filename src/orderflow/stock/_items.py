"""Stock items: what arrived, was corrected, counted or moved; one small stream per SKU and location."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias, assert_never

import attrs

from ..counters import Move, MoveKind, Shortage
from ..decisions import Accepted, Decider, Rejected
from ..identifiers import MAIN
from ..lots import LotUnits
from ..moments import moment
from ._events import (
    ItemEvent,
    LevelReported,
    StockAdjusted,
    StockArrived,
    StockCounted,
    StockExpected,
    StockReceived,
    StockSent,
)  # fmt: skip
from ._item_commands import (
    AdjustStock,
    CountStock,
    ExpectStock,
    ItemCommand,
    ReceiveStock,
    ReportLevel,
    TransferStock,
)
from ._item_lots import LotsKnown, changed_lots, counted_lots, moved_lots, refused_report
from ._locations import item_id
from ._lots import LOT_PREFIX, lot_moves, lot_of, merged_lots
from ._promising import Incoming
from ._rejections import (
    CountBelowHeld,
    CountedInFuture,
    CountOutdated,
    ItemRejection,
    LevelOutdated,
    LotNotThere,
    OutOfStock,
    ReferenceReused,
    SameLocation,
    UnknownLocation,
)  # fmt: skip

__all__ = (
    "ItemFacts", "StockItem", "corrected_before", "decide_item", "evolve_item", "item_decider", "item_moves",
    "lots_corrected_before",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class StockItem:
    """
    What was booked on an item in one location, sales aside: the sum, and which reference changed it by how much.

    ``counts`` are the stock-takes (reference, what was counted, when), ``sent`` the transfers from here (reference,
    where to, how many), ``expected`` what is to arrive (reference, how many, when), ``report`` the newest one of the
    warehouse in which the location lies.
    """

    booked: int = 0
    entries: tuple[tuple[str, int], ...] = ()
    counts: tuple[tuple[str, int, datetime], ...] = ()
    sent: tuple[tuple[str, str, int], ...] = ()
    expected: tuple[tuple[str, int, datetime], ...] = ()
    report: LevelReported | None = None

    @property
    def looked_at(self) -> datetime | None:
        """When somebody last looked at the shelf, and said what is there."""
        looks = [at for _, _, at in self.counts]
        return max(looks if self.report is None else [*looks, self.report.as_of], default=None)

    @property
    def incoming(self) -> tuple[Incoming, ...]:
        """What is still to arrive, earliest first; what is overdue is expected all the same."""
        arrived = {reference for reference, _ in self.entries}
        awaited = [Incoming(units, due) for name, units, due in self.expected if units and name not in arrived]
        return tuple(sorted(awaited, key=lambda each: (each.due, each.quantity)))


@attrs.frozen(kw_only=True)
class ItemFacts:
    """
    When it is, and which locations there are.

    ``then`` is for a stock-take: how many units the books say there were at the moment at which somebody counted.
    The others are for a report: units that are ``there`` in the books, held for reservations that it has ``seen``, and
    ``sent`` since then for others.
    ``shortages`` are what a first attempt had no room for, ``lots`` what is known of the lots of a tracked item.
    """

    at: datetime = attrs.field(converter=moment)
    locations: tuple[str, ...] = (MAIN,)
    then: int = 0
    there: int = 0
    seen: int = 0
    sent: int = 0
    shortages: tuple[Shortage, ...] = ()
    lots: LotsKnown | None = None


_Decision: TypeAlias = Accepted[ItemEvent] | Rejected[ItemRejection]


def decide_item(command: ItemCommand, item: StockItem, facts: ItemFacts) -> _Decision:
    """
    Events that follow from *command*, or every reason why not.

    *item* is the one in the command's location. Each event belongs to the stream of its own item.
    """
    match command:
        case ReceiveStock():
            lots, reasons = changed_lots(command.sku, command.quantity, command.lots, command.location, facts.lots)
            received = StockReceived(
                sku=command.sku,
                quantity=command.quantity,
                reference=command.reference,
                location=command.location,
                lots=lots,
                at=facts.at,
            )
            return _book((received,), _told(item.entries, command.reference, command.quantity), command, facts, reasons)
        case AdjustStock():
            lots, reasons = changed_lots(command.sku, command.delta, command.lots, command.location, facts.lots)
            adjusted = StockAdjusted(
                sku=command.sku,
                delta=command.delta,
                reason=command.reason,
                reference=command.reference,
                location=command.location,
                lots=lots,
                at=facts.at,
            )
            return _book((adjusted,), _told(item.entries, command.reference, command.delta), command, facts, reasons)
        case CountStock():
            return _counted(command, item, facts)
        case TransferStock():
            return _transfer(command, item, facts)
        case ExpectStock():
            return _expect(command, item, facts)
        case ReportLevel():
            return _reported(command, item, facts)
        case _:
            assert_never(command)


def _expect(command: ExpectStock, item: StockItem, facts: ItemFacts) -> _Decision:
    known = {name: (units, due) for name, units, due in item.expected}
    if known.get(command.reference, (0, command.due)) == (command.quantity, command.due):
        return Accepted()
    received = next((change for name, change in item.entries if name == command.reference), None)
    if received is not None:
        return Rejected((ReferenceReused(command.reference, received),))
    expected = StockExpected(
        sku=command.sku,
        quantity=command.quantity,
        due=command.due,
        reference=command.reference,
        location=command.location,
        at=facts.at,
    )
    return _book((expected,), None, command, facts)


def _told(entries: tuple[tuple[str, int], ...], reference: str | None, change: int) -> _Decision | None:
    recorded = next((known for name, known in entries if name == reference), None)
    if recorded is None or reference is None:
        return None
    return Accepted() if recorded == change else Rejected((ReferenceReused(reference, recorded),))


def _book(
    events: tuple[ItemEvent, ...],
    told: _Decision | None,
    command: ItemCommand,
    facts: ItemFacts,
    also: tuple[ItemRejection, ...] = (),
) -> _Decision:
    if told is not None:
        return told
    short = tuple(
        OutOfStock(command.sku, shortage.wanted, max(shortage.available, 0))
        for shortage in facts.shortages
        if shortage.kind is MoveKind.REMOVE and shortage.key == item_id(command.sku, command.location)
    )
    reasons: tuple[ItemRejection, ...] = (*_unknown(facts, command.location), *short, *also)
    return Rejected(reasons) if reasons else Accepted(events)


def _unknown(facts: ItemFacts, *locations: str) -> tuple[UnknownLocation, ...]:
    return tuple(UnknownLocation(each, facts.locations) for each in locations if each not in facts.locations)


def _counted(command: CountStock, item: StockItem, facts: ItemFacts) -> _Decision:
    told = next((known for known in item.counts if known[0] == command.reference), None)
    if told is not None:
        again = told[1:] == (command.counted, command.counted_at)
        return Accepted() if again else Rejected((ReferenceReused(command.reference, told[1]),))
    latest = item.looked_at
    delta = command.counted - facts.then
    key = item_id(command.sku, command.location)
    short = [each for each in facts.shortages if each.kind is MoveKind.REMOVE and each.key == key]
    lots_short = (each for each in facts.shortages if each.key.startswith(LOT_PREFIX))
    lots, unclear = counted_lots(command.sku, command.counted, delta, command.lots, command.location, facts.lots)
    reasons: tuple[ItemRejection, ...] = (
        *_unknown(facts, command.location),
        *unclear,
        *(LotNotThere(command.sku, lot_of(each.key, 1)[1].lot, each.wanted, each.available) for each in lots_short),
        *((CountedInFuture(command.counted_at),) if command.counted_at > facts.at else ()),
        *((CountOutdated(command.counted_at, latest),) if latest is not None and command.counted_at < latest else ()),
        *(CountBelowHeld(command.sku, each.wanted, max(each.available, 0)) for each in short),
    )
    if reasons:
        return Rejected(reasons)
    event = StockCounted(
        sku=command.sku,
        counted=command.counted,
        counted_at=command.counted_at,
        delta=delta,
        reference=command.reference,
        location=command.location,
        lots=lots,
        at=facts.at,
    )
    return Accepted((event,))


def _reported(command: ReportLevel, item: StockItem, facts: ItemFacts) -> _Decision:
    known, latest = item.report, item.looked_at
    if known is not None and known.sequence == command.sequence:
        again = (known.level, known.as_of) == (command.level, command.as_of)
        return Accepted() if again else Rejected((ReferenceReused(f"report {command.sequence}", known.level),))
    is_older = known is not None and command.sequence < known.sequence
    overtaken = latest is not None and (is_older or command.as_of < latest)
    reasons: tuple[ItemRejection, ...] = (
        *_unknown(facts, command.location),
        *((CountedInFuture(command.as_of),) if command.as_of > facts.at else ()),
        *((LevelOutdated(command.sequence, command.as_of, latest),) if latest is not None and overtaken else ()),
        *refused_report(command.sku, command.location, facts.lots),
    )
    if reasons:
        return Rejected(reasons)
    delta = command.level + facts.seen - facts.sent - facts.there
    # Units that orders hold and that are not there are theirs all the same until the warehouse refuses them.
    free = min((max(each.available, 0) for each in facts.shortages if each.kind is MoveKind.REMOVE), default=-delta)
    promised = max(-delta - free, 0)
    event = LevelReported(
        sku=command.sku,
        level=command.level,
        sequence=command.sequence,
        as_of=command.as_of,
        seen=facts.seen,
        sent=facts.sent,
        delta=delta + promised,
        promised=promised,
        location=command.location,
        at=facts.at,
    )
    return Accepted((event,))


def corrected_before(events: Iterable[ItemEvent], at: datetime) -> int:
    """What was booked after *at*, and corrects how the books stood then: looks at the shelf up to that moment."""
    looks = ((each, _looked_at(each)) for each in events)
    return sum(_change(each) for each, looked in looks if looked is not None and looked <= at < each.at)


def lots_corrected_before(events: Iterable[ItemEvent], at: datetime) -> tuple[LotUnits, ...]:
    """The same, by lot."""
    counts = (each for each in events if isinstance(each, StockCounted))
    return merged_lots(lot for each in counts if each.counted_at <= at < each.at for lot in each.lots)


def _looked_at(event: ItemEvent) -> datetime | None:
    match event:
        case StockCounted():
            return event.counted_at
        case LevelReported():
            return event.as_of
        case StockReceived() | StockAdjusted() | StockSent() | StockArrived() | StockExpected():
            return None
        case _:
            assert_never(event)


def _transfer(command: TransferStock, item: StockItem, facts: ItemFacts) -> _Decision:
    told = next((known for known in item.sent if known[0] == command.reference), None)
    if told is not None:
        again = told[1:] == (command.to, command.quantity)
        return Accepted() if again else Rejected((ReferenceReused(command.reference, -told[2]),))
    if command.to == command.location:
        return Rejected((SameLocation(command.to),))
    if unknown := _unknown(facts, command.to):
        return Rejected((*_unknown(facts, command.location), *unknown))
    lots, unclear = moved_lots(command.sku, command.quantity, command.lots, command.location, command.to, facts.lots)
    sent = StockSent(
        sku=command.sku,
        quantity=command.quantity,
        reference=command.reference,
        location=command.location,
        to=command.to,
        lots=lots,
        at=facts.at,
    )
    arrived = StockArrived(
        sku=command.sku,
        quantity=command.quantity,
        reference=command.reference,
        location=command.to,
        origin=command.location,
        lots=lots,
        at=facts.at,
    )
    return _book((sent, arrived), None, command, facts, unclear)


def evolve_item(item: StockItem, event: ItemEvent) -> StockItem:
    """The item after *event*."""
    match event:
        case StockReceived():
            entries = (*item.entries, (event.reference, event.quantity))
            return attrs.evolve(item, booked=item.booked + event.quantity, entries=entries)
        case StockAdjusted():
            entry = () if event.reference is None else ((event.reference, event.delta),)
            return attrs.evolve(item, booked=item.booked + event.delta, entries=item.entries + entry)
        case StockCounted():
            counts = (*item.counts, (event.reference, event.counted, event.counted_at))
            return attrs.evolve(item, booked=item.booked + event.delta, counts=counts)
        case StockSent():
            sent = (*item.sent, (event.reference, event.to, event.quantity))
            return attrs.evolve(item, booked=item.booked - event.quantity, sent=sent)
        case StockArrived():
            return attrs.evolve(item, booked=item.booked + event.quantity)
        case StockExpected():
            others = tuple(each for each in item.expected if each[0] != event.reference)
            return attrs.evolve(item, expected=(*others, (event.reference, event.quantity, event.due)))
        case LevelReported():
            return attrs.evolve(item, booked=item.booked + event.delta, report=event)
        case _:
            assert_never(event)


def item_moves(event: ItemEvent, owner: str) -> tuple[Move, ...]:
    """What the counters must do in the same commit; a removal takes only what nobody holds."""
    if isinstance(event, StockExpected):
        return ()
    lots = () if isinstance(event, LevelReported) else event.lots
    of_lots = lot_moves(event.sku, event.location, lots, owner, -1 if isinstance(event, StockSent) else 1)
    change = _change(event)
    if not change:
        return of_lots
    kind = MoveKind.ADD if change > 0 else MoveKind.REMOVE
    return (Move(item_id(event.sku, event.location), kind, abs(change), owner), *of_lots)


def _change(event: ItemEvent) -> int:
    match event:
        case StockReceived() | StockArrived():
            return event.quantity
        case StockSent():
            return -event.quantity
        case StockAdjusted() | StockCounted() | LevelReported():
            return event.delta
        case StockExpected():
            return 0
        case _:
            assert_never(event)


item_decider: Decider[StockItem, ItemCommand, ItemFacts, ItemEvent, ItemRejection] = Decider(
    StockItem(), decide_item, evolve_item
)
