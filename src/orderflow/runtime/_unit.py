"""
The unit of work: load an order's file, plan, and commit all of the plan or nothing.

A conflict with another writer is decided again on the new state, a bounded number of times. A stock shortage found
in the commit comes back as a fact to one more plan. Nothing outside is called in here.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, cast

import attrs

from .. import giftcards, wire
from ..counters import Shortage
from ..decisions import Rejected
from ..errors import OrderflowError
from ..lots import LotUnits
from ..orders import PlaceOrder, ToDownload
from ..people import Person
from ..ports.store import (
    EventRow,
    RecordRow,
    SearchRow,
    Store,
    StoreConflictError,
    Transaction,
    WorkRow,
    WorkState,
)
from ..quantities import Quantities
from ..stock import Position, item_id, limited
from ..workflows import (
    CardEntry,
    Event,
    OrderFile,
    Plan,
    Policy,
    Rejection,
    Request,
    RequestKind,
    accounts,
    awaits,
    bought_by,
    fold,
    reads_person,
    sought,
    status,
)
from ._commit import TRIES
from ._lots import lots_now
from ._shortages import out_of_stock
from ._supplies import bought_now, positions_now, still_expected

__all__ = ("CommandRejected", "Known", "Loaded", "New", "UnitOfWork", "append_to_cards", "load_card")

_SHORTAGE_TRIES = 3
_CACHED_FILES = 4096

Projection = Callable[[Transaction, str, Sequence[Event]], None]


class CommandRejected(OrderflowError):  # noqa: N818 - the name is a promise of the first page
    """A command was rejected; ``reasons`` lists all of them, as values."""

    def __init__(self, reasons: Sequence[Rejection | Any], command: object = None) -> None:
        self.reasons = tuple(reasons)
        self.command = type(command).__name__ if command is not None else "The command"
        super().__init__(f"{self.command} was rejected: " + "; ".join(repr(reason) for reason in self.reasons))


@attrs.frozen
class Loaded:
    """An order's file and the version it stands at; version 0 means there is none."""

    file: OrderFile
    version: int
    _found_as: SearchRow | None = None

    @property
    def found_as(self) -> SearchRow | None:
        """How the order is found at this version."""
        if self._found_as is None and self.version:
            object.__setattr__(self, "_found_as", search_row(self.file))
        return self._found_as


@attrs.frozen
class Known:
    """What planning may look at beside the order's file, all of it in the same transaction."""

    person: Person | None = None
    shortages: tuple[Shortage, ...] = ()
    cards: Mapping[str, giftcards.State] = attrs.field(factory=dict)
    positions: Mapping[str, tuple[Position, ...]] = attrs.field(factory=dict)
    bought: Mapping[str, int] = attrs.field(factory=dict)
    lots: Mapping[str, tuple[LotUnits, ...]] = attrs.field(factory=dict)


Planner = Callable[[OrderFile, Known], "Plan | Rejected[Any]"]


@attrs.frozen
class New:
    """The plan of an order that is to come; *is_free* says whether nobody took its place, *also* writes more rows."""

    stream: str
    plan: Plan
    is_free: Callable[[Transaction], bool]
    also: Callable[[Transaction, Loaded], None]


_NOTHING = Loaded(OrderFile(), 0)


class _ShortageFound(Exception):  # noqa: N818 - leaves the transaction so that it rolls back
    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__()
        self.shortages = tuple(shortages)


class _NotKept(Exception):  # noqa: N818 - leaves the transaction so that it rolls back
    def __init__(self, after: Loaded, plan: Plan) -> None:
        super().__init__()
        self.after = after
        self.plan = plan


class UnitOfWork:
    """
    Loads and commits orders of one store. Folded files are kept by version, so only new events are read again.

    The *policy* says from which locations units may be chosen.
    """

    def __init__(
        self,
        store: Store,
        projection: Projection | None,
        subscribers: Sequence[str],
        policy: Policy,
    ) -> None:
        self.store = store
        self._policy = policy
        self._locations = policy.selling if policy.sourcing is not None else ()
        self._projection = projection
        self._subscribers = tuple(subscribers)
        self._files: OrderedDict[str, Loaded] = OrderedDict()
        self._lock = Lock()
        self.is_hosted = False

    def within(self, store: Store) -> UnitOfWork:
        """The same on a store whose commits may still be taken back, so that nothing is kept of them."""
        unit = UnitOfWork(store, self._projection, self._subscribers, self._policy)
        unit.is_hosted = True
        return unit

    def load(self, transaction: Transaction, stream: str) -> Loaded:
        """The order's file as this transaction sees it."""
        version = transaction.streams.version(stream)
        with self._lock:
            known = self._files.get(stream)
        if known is not None and known.version == version:
            return known
        if version == 0:
            return Loaded(OrderFile(), 0)
        start = known if known is not None and known.version < version else Loaded(OrderFile(), 0)
        rows = transaction.streams.read(stream, after=start.version)
        if rows:  # a host's transaction may see more than a statement ago
            version = rows[-1].version
        loaded = Loaded(fold((cast("Event", wire.load(row.name, row.payload)) for row in rows), start.file), version)
        self._remember(stream, loaded)
        return loaded

    def commit(
        self,
        stream: str,
        planner: Planner,
        at: datetime,
        *,
        first: Callable[[Transaction], None] | None = None,
        also: Callable[[Transaction, Loaded], None] | None = None,
        command: object = None,
        tenders: Sequence[str] = (),
        keep: bool = True,
    ) -> tuple[Loaded, Plan]:
        """
        Plan on the stream's present state and commit; *first* and *also* write more rows into the same commit.

        *tenders* are the cards with which a new order is paid. Without *keep* nothing is written, and what the counters
        moved is rolled back.

        Raises:
            CommandRejected: the plan was rejected.
            StoreConflictError: others kept changing the order first.
        """
        shortages: tuple[Shortage, ...] = ()
        tries = shortage_tries = 0
        while True:
            try:
                return self._try_once(stream, planner, at, shortages, first, also, command, tenders, keep)
            except _NotKept as found:
                return found.after, found.plan
            except _ShortageFound as found:
                shortage_tries += 1
                shortages = (*shortages, *found.shortages)
                if shortage_tries >= _SHORTAGE_TRIES:
                    raise StoreConflictError("stock kept changing while the order was decided; try again") from None
            except StoreConflictError:
                tries += 1
                if tries >= TRIES:
                    raise

    def commit_together(self, news: Sequence[New], at: datetime) -> Mapping[str, Loaded]:
        """
        Commit new orders at once, and say which: one whose place was taken, or whose stock is short, is left out whole.

        Raises:
            StoreConflictError: another writer was faster with something; nothing was written.
        """
        there: dict[str, Loaded] = {}
        with self.store.begin() as transaction:
            for new in news:
                if new.is_free(transaction) and not (new.plan.moves and transaction.counters.apply(new.plan.moves, at)):
                    there[new.stream] = after = Loaded(new.plan.file, len(new.plan.planned))
                    transaction.streams.append(new.stream, 0, _event_rows(0, new.plan, at))
                    self._write_rows(transaction, new.stream, _NOTHING, after, new.plan, at)
                    new.also(transaction, after)
        for stream, after in there.items():
            self._remember(stream, after)
        return there

    def _try_once(
        self,
        stream: str,
        planner: Planner,
        at: datetime,
        shortages: tuple[Shortage, ...],
        first: Callable[[Transaction], None] | None,
        also: Callable[[Transaction, Loaded], None] | None,
        command: object,
        tenders: Sequence[str],
        keep: bool,
    ) -> tuple[Loaded, Plan]:
        with self.store.begin() as transaction:
            if first is not None:
                first(transaction)
            before = self.load(transaction, stream)
            person = self.person(transaction, before.file) if reads_person(command, before.file) else None
            cards = {name: load_card(transaction, name) for name in accounts(command, before.file, tenders)}
            states = {name: state for name, (state, _) in cards.items()}
            positions = self.positions(transaction, command, before.file, at)
            bought = self.bought(transaction, command, before.file)
            lots = self.lots(transaction, command, before.file, at)
            planned = planner(before.file, Known(person, shortages, states, positions, bought, lots))
            if isinstance(planned, Rejected):
                # Known shortages are among the reasons already, since nothing else stood in the way.
                more = () if shortages else out_of_stock(command, transaction, stream, at, self._policy, positions)
                raise CommandRejected(
                    (*planned.reasons, *(each for each in more if each not in planned.reasons)), command
                )
            after = Loaded(planned.file, before.version + len(planned.planned))
            if not keep:
                _move(transaction, planned, at)
                raise _NotKept(after, planned)
            if planned.planned:
                versions = {name: version for name, (_, version) in cards.items()}
                self._write(transaction, stream, before, after, planned, at, versions)
                if not still_expected(transaction, positions):
                    raise StoreConflictError("what is expected changed while it was promised; try again")
            if also is not None:
                also(transaction, after)
        if planned.planned:
            self._remember(stream, after)
        return after, planned

    def positions(
        self, transaction: Transaction, command: object, file: OrderFile, at: datetime
    ) -> Mapping[str, tuple[Position, ...]]:
        """How everything stands that planning *command* may have to hold, where the shop has rules or locations."""
        if not self._locations:
            return {}
        units = sought(command, file, at)
        awaited = self._policy.rules.keys() & awaits(command, file)
        return positions_now(transaction, self._policy, units, at, awaited)

    def lots(
        self, transaction: Transaction, command: object, file: OrderFile, at: datetime
    ) -> Mapping[str, tuple[LotUnits, ...]]:
        """The lots of tracked items that planning *command* may take, where the order has units or may get them."""
        tracked = self._policy.tracked_by_lots
        is_only_held = isinstance(command, PlaceOrder) and not isinstance(command.target, ToDownload)
        if not tracked or is_only_held:
            return {}
        places = {(sku, where) for where, shelf in file.stock.shelves for sku, _ in shelf.open}
        places.update((sku, where) for sku, _ in sought(command, file, at) for where in self._locations)
        return {
            item_id(sku, where): lots_now(transaction.counters, sku, where) for sku, where in places if sku in tracked
        }

    def bought(self, transaction: Transaction, command: object, file: OrderFile) -> Mapping[str, int]:
        """What the customer has bought before of what is limited, where *command* lets him buy more of it."""
        customer, lines = bought_by(command, file)
        if not self._policy.rules or customer is None:
            return {}
        ordered = Quantities((line.sku, line.quantity) for line in lines)
        skus = (sku for sku, _ in limited(ordered, self._policy.rules))
        return bought_now(transaction.counters, customer, skus)

    def person(self, transaction: Transaction, file: OrderFile) -> Person | None:
        """The erasable record of an order's person, where it still exists."""
        reference = getattr(file.orders, "person", None)
        row = None if reference is None else transaction.records.get("person", reference)
        return None if row is None else wire.load_person(row.data)

    def _write(
        self,
        transaction: Transaction,
        stream: str,
        before: Loaded,
        after: Loaded,
        plan: Plan,
        at: datetime,
        cards: Mapping[str, int],
    ) -> None:
        transaction.streams.append(stream, before.version, [*_event_rows(before.version, plan, at)])
        append_to_cards(transaction, plan.cards, cards, at)
        _move(transaction, plan, at)
        self._write_rows(transaction, stream, before, after, plan, at)

    def _write_rows(
        self, transaction: Transaction, stream: str, before: Loaded, after: Loaded, plan: Plan, at: datetime
    ) -> None:
        transaction.work.add(
            [*_work_rows(stream, before.version, plan, at), *self._publications(stream, before, after, at)]
        )
        self._write_person(transaction, plan, at)
        if (row := after.found_as) is not None and row != before.found_as:
            transaction.records.index(row)
        if self._projection is not None:
            self._projection(transaction, stream, plan.events)

    def _write_person(self, transaction: Transaction, plan: Plan, at: datetime) -> None:
        reference = plan.file.order.person
        if plan.erase:
            transaction.records.erase(reference)
        elif plan.person is not None:
            row = RecordRow(kind="person", key=reference, subject=reference, data=wire.dump_person(plan.person), at=at)
            transaction.records.put(row)

    def _publications(self, stream: str, before: Loaded, after: Loaded, at: datetime) -> Sequence[WorkRow]:
        return [
            WorkRow(
                id=f"{name}:{stream}/{before.version + 1:06}/publish",
                stream=f"{name}:{stream}",
                kind=f"publish:{name}",
                payload=f"{before.version} {after.version} {stream}",
                due_at=at,
            )
            for name in self._subscribers
        ]

    def _remember(self, stream: str, loaded: Loaded) -> None:
        with self._lock:
            self._files[stream] = loaded
            self._files.move_to_end(stream)
            while len(self._files) > (0 if self.is_hosted else _CACHED_FILES):
                self._files.popitem(last=False)


def _move(transaction: Transaction, plan: Plan, at: datetime) -> None:
    if plan.moves and (short := transaction.counters.apply(plan.moves, at)):
        raise _ShortageFound(short)


def load_card(transaction: Transaction, card: str) -> tuple[giftcards.State, int]:
    """A gift card, or store credit, as this transaction sees it, and the version it stands at."""
    rows = transaction.streams.read(card)
    return giftcards.fold(cast("giftcards.Event", wire.load(row.name, row.payload)) for row in rows), len(rows)


def append_to_cards(
    transaction: Transaction, entries: Sequence[CardEntry], versions: Mapping[str, int], at: datetime
) -> None:
    """Append to the streams of cards, always in the same order of cards, so that no two orders wait for each other."""
    for card in sorted({entry.event.card for entry in entries}):
        version = versions[card]
        rows = [
            EventRow(number, *wire.dump(entry.event), str(entry.actor), entry.event.at, at)
            for number, entry in enumerate((one for one in entries if one.event.card == card), start=version + 1)
        ]
        transaction.streams.append(card, version, rows)


def search_row(file: OrderFile) -> SearchRow:
    """How the order is found; made from its events alone."""
    order = file.order
    return SearchRow(
        stream=order.id,
        reference=order.reference,
        status=status(file),
        placed_at=order.placed_at,
        customer=order.customer,
        numbers=tuple(f"{system}:{number}" for system, number in order.numbers),
    )


def _event_rows(version: int, plan: Plan, at: datetime) -> Sequence[EventRow]:
    rows = []
    for offset, planned in enumerate(plan.planned, start=1):
        name, payload = wire.dump(planned.event)
        rows.append(
            EventRow(
                version=version + offset,
                name=name,
                payload=payload,
                actor=str(planned.actor),
                occurred_at=getattr(planned.event, "occurred_at", None) or planned.event.at,
                recorded_at=at,
            )
        )
    return rows


def _work_rows(stream: str, version: int, plan: Plan, at: datetime) -> Sequence[WorkRow]:
    return [
        work_row(stream, version + offset, request, at)
        for offset, planned in enumerate(plan.planned, start=1)
        for request in planned.requests
    ]


def work_row(stream: str, version: int, request: Request, at: datetime) -> WorkRow:
    """The row that asks for *request*; its id names the event that caused it, so it is asked for once."""
    return WorkRow(
        id=f"{stream}/{version:06}/{request.kind}/{request.number}",
        stream=stream,
        kind=str(request.kind),
        payload=str(request.number),
        due_at=request.due_at or at,
        state=WorkState.PARKED if request.kind is RequestKind.ALERT else WorkState.DUE,
        note=request.note,
    )
