"""
A store in memory: for tests, simulations and trying things out. It keeps every promise except to survive the process.

One lock guards everything, so a transaction or a view keeps all other threads waiting: keep them short.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock, get_ident

import attrs

from ..counters import Level, Move, Shortage
from ..counting import Balance, Holding, settle
from ..moments import from_microseconds, microseconds
from ..ports.store import (
    EventRow,
    Hold,
    LedgerEntry,
    Receipt,
    RecordRow,
    SearchRow,
    StoreConflictError,
    StoreError,
    WorkRow,
    WorkState,
)
from ..sealing import seal
from ._journal import Journal, Ordered, Table

__all__ = ("MemoryStore",)


def _sealed(previous: bytes, stream: str, row: EventRow) -> bytes:
    occurred_at, recorded_at = microseconds(row.occurred_at), microseconds(row.recorded_at)
    return seal(previous, stream, row.version, row.name, row.payload, row.actor, occurred_at, recorded_at)


class MemoryStreams:
    """See :class:`orderflow.ports.store.Streams`."""

    def __init__(self, journal: Journal) -> None:
        self.events: Table[tuple[str, int], tuple[EventRow, bytes]] = Table(journal)
        self.heads: Table[str, tuple[int, bytes]] = Table(journal)
        self._names: Ordered[str] = Ordered(journal)

    def version(self, stream: str) -> int:
        return self.heads.rows.get(stream, (0, b""))[0]

    def read(self, stream: str, after: int = 0) -> Sequence[EventRow]:
        versions = range(max(after, 0) + 1, self.version(stream) + 1)
        return [self.events.rows[stream, version][0] for version in versions]

    def append(self, stream: str, expected: int, rows: Sequence[EventRow]) -> None:
        version, last = self.heads.rows.get(stream, (0, b""))
        if version != expected:
            raise StoreConflictError(f"{stream} stands at version {version}, not {expected}")
        for version, row in enumerate(rows, expected + 1):
            if row.version != version:
                raise StoreError(f"{stream}: row {row.version} where {version} follows")
            last = _sealed(last, stream, row)
            self.events.put((stream, version), (row, last))
        if rows:
            self.heads.put(stream, (version, last))
            self._names.add(stream)

    def names(self, prefix: str = "", after: str = "", limit: int = 1000) -> Sequence[str]:
        names = self._names.items
        start = max(bisect_left(names, prefix), bisect_right(names, after) if after else 0)
        return [name for name in names[start : start + limit] if name.startswith(prefix)]

    def broken_link(self, stream: str) -> int | None:
        last = b""
        for version in range(1, self.version(stream) + 1):
            row, stored = self.events.rows.get((stream, version), (None, b""))
            if row is None or row.version != version or stored != _sealed(last, stream, row):
                return version
            last = stored
        return None

    def gaps(self) -> Iterator[tuple[str, int]]:
        return iter(())


class MemoryCounters:
    """See :class:`orderflow.ports.store.Counters`."""

    def __init__(self, journal: Journal) -> None:
        self.balances: Table[str, Balance] = Table(journal)
        self.holdings: Table[tuple[str, str], Holding] = Table(journal)
        self.entries: Table[int, LedgerEntry] = Table(journal)
        self._keys: Ordered[str] = Ordered(journal)
        self._owners: Ordered[tuple[str, str]] = Ordered(journal)

    def apply(self, moves: Sequence[Move], at: datetime) -> Sequence[Shortage]:
        settlement = settle(self, moves, microseconds(at))
        if settlement.shortages:
            return settlement.shortages
        for key, balance in settlement.balances.items():
            self.balances.put(key, balance)
            self._keys.add(key)
        for place, holding in settlement.holdings.items():
            if holding.quantity:
                self.holdings.put(place, holding)
                self._owners.add(place)
            else:
                self.holdings.drop(place)
                self._owners.drop(place)
        for entry in settlement.entries:
            self.entries.put(len(self.entries.rows), LedgerEntry(*entry, at))
        return ()

    def balance(self, key: str) -> Balance | None:
        return self.balances.rows.get(key)

    def holding(self, key: str, owner: str) -> Holding | None:
        return self.holdings.rows.get((key, owner))

    def lapsed(self, key: str, at: int) -> Sequence[str]:
        return [owner for owner, held in self._of(key) if held.until is not None and held.until <= at]

    def _of(self, key: str) -> Iterator[tuple[str, Holding]]:
        owners = self._owners.items
        for number in range(bisect_left(owners, (key, "")), len(owners)):
            if owners[number][0] != key:
                break
            yield owners[number][1], self.holdings.rows[owners[number]]

    def level(self, key: str) -> Level | None:
        balance = self.balance(key)
        return None if balance is None else Level(balance.value, balance.held)

    def hold(self, key: str, owner: str) -> Hold | None:
        held = self.holding(key, owner)
        return None if held is None else _hold(key, owner, held)

    def keys(self, after: str = "", limit: int = 1000) -> Sequence[str]:
        start = bisect_right(self._keys.items, after) if after else 0
        return self._keys.items[start : start + limit]

    def levels(self, prefix: str, after: str = "", limit: int = 1000) -> Sequence[tuple[str, Level]]:
        keys, found = self._keys.items, list[tuple[str, Level]]()
        for place in range(max(bisect_left(keys, prefix), bisect_right(keys, after)), len(keys)):
            if not keys[place].startswith(prefix) or len(found) >= limit:
                break
            value, held, _ = self.balances.rows[keys[place]]
            if value:
                found.append((keys[place], Level(value, held)))
        return found

    def holds(self, key: str) -> Sequence[Hold]:
        return [_hold(key, owner, held) for owner, held in self._of(key)]

    def every_hold(self) -> Iterator[Hold]:
        return (_hold(key, owner, held) for (key, owner), held in self.holdings.rows.items())

    def ledger(self, key: str) -> Sequence[LedgerEntry]:
        return [entry for entry in self.every_entry() if entry.key == key]

    def every_entry(self) -> Iterator[LedgerEntry]:
        return iter(self.entries.rows.values())


def _hold(key: str, owner: str, held: Holding) -> Hold:
    return Hold(key, owner, held.quantity, None if held.until is None else from_microseconds(held.until))


class MemoryWork:
    """See :class:`orderflow.ports.store.Work`."""

    def __init__(self, journal: Journal) -> None:
        self.rows: Table[str, WorkRow] = Table(journal)
        self.leases: Table[str, datetime] = Table(journal)
        self.receipts: Table[str, Receipt] = Table(journal)
        self._of_stream: Table[str, tuple[str, ...]] = Table(journal)
        self._due: Ordered[tuple[datetime, str]] = Ordered(journal)
        self._parked: Ordered[str] = Ordered(journal)

    def add(self, rows: Sequence[WorkRow]) -> None:
        for row in rows:
            if row.id not in self.rows.rows:
                self._put(row)
                self._of_stream.put(row.stream, (*self._of_stream.rows.get(row.stream, ()), row.id))

    def _put(self, row: WorkRow) -> None:
        self._forget(row.id)
        self.rows.put(row.id, row)
        if row.state is WorkState.DUE:
            self._due.add((row.due_at, row.id))
        elif row.state is WorkState.PARKED:
            self._parked.add(row.id)

    def _forget(self, id: str) -> None:
        old = self.rows.rows.get(id)
        if old is not None:
            self._due.drop((old.due_at, id))
            self._parked.drop(id)
            self.leases.drop(id)

    def claim(
        self,
        until: datetime,
        lease_until: datetime,
        limit: int = 1,
        stream: str | None = None,
        at: datetime | None = None,
    ) -> Sequence[WorkRow]:
        now = until if at is None else at
        busy = {self.rows.rows[id].stream for id, lease in self.leases.rows.items() if lease > now}
        taken: list[WorkRow] = []
        for due_at, id in self._due.items:
            row = self.rows.rows[id]
            if due_at > until or len(taken) >= limit:
                break
            if row.stream not in busy and stream in (None, row.stream):
                busy.add(row.stream)
                taken.append(attrs.evolve(row, attempts=row.attempts + 1))
        for row in taken:
            self.rows.put(row.id, row)
            self.leases.put(row.id, lease_until)
        return taken

    def _standing(self, id: str, *states: WorkState) -> WorkRow | None:
        row = self.rows.rows.get(id)
        return row if row is not None and row.state in states else None

    def finish(self, id: str) -> bool:
        row = self._standing(id, WorkState.DUE, WorkState.PARKED)
        if row is not None:
            self._put(attrs.evolve(row, state=WorkState.DONE))
        return row is not None

    def postpone(self, id: str, due_at: datetime, note: str = "") -> None:
        row = self._standing(id, WorkState.DUE)
        if row is not None:
            self._put(attrs.evolve(row, due_at=due_at, note=note))

    def park(self, id: str, note: str) -> None:
        row = self._standing(id, WorkState.DUE)
        if row is not None:
            self._put(attrs.evolve(row, state=WorkState.PARKED, note=note))

    def resume(self, id: str, due_at: datetime) -> bool:
        row = self._standing(id, WorkState.PARKED)
        if row is not None:
            self._put(attrs.evolve(row, state=WorkState.DUE, due_at=due_at))
        return row is not None

    def cancel(self, stream: str, kind: str) -> int:
        rows = [row for row in self.of_stream(stream) if row.kind == kind and row.state is WorkState.DUE]
        gone = {row.id for row in rows if row.id not in self.leases.rows}
        for id in gone:
            self._forget(id)
            self.rows.drop(id)
        if gone:
            self._of_stream.put(stream, tuple(id for id in self._of_stream.rows[stream] if id not in gone))
        return len(gone)

    def of_stream(self, stream: str) -> Sequence[WorkRow]:
        rows = [self.rows.rows[id] for id in self._of_stream.rows.get(stream, ())]
        return sorted(rows, key=lambda row: (row.due_at, row.id))

    def parked(self, after: str = "", limit: int = 100) -> Sequence[WorkRow]:
        start = bisect_right(self._parked.items, after) if after else 0
        return [self.rows.rows[id] for id in self._parked.items[start : start + limit]]

    def next_due(self) -> datetime | None:
        leases = self.leases.rows
        free = next((due_at for due_at, id in self._due.items if id not in leases), None)
        moments = [max(self.rows.rows[id].due_at, lease) for id, lease in leases.items()]
        return min(moments if free is None else [free, *moments], default=None)

    def receipt(self, request: str) -> Receipt | None:
        return self.receipts.rows.get(request)

    def keep(self, receipt: Receipt) -> None:
        if receipt.request in self.receipts.rows:
            raise StoreConflictError(f"request {receipt.request} was already answered")
        self.receipts.put(receipt.request, receipt)


class MemoryRecords:
    """See :class:`orderflow.ports.store.Records`."""

    def __init__(self, journal: Journal) -> None:
        self.rows: Table[tuple[str, str], RecordRow] = Table(journal)
        self.orders: Table[str, SearchRow] = Table(journal)
        self.names: Table[str, str] = Table(journal)
        self._of_subject: Table[str, frozenset[tuple[str, str]]] = Table(journal)
        self._streams: Ordered[str] = Ordered(journal)

    def put(self, row: RecordRow) -> None:
        self.remove(row.kind, row.key)
        self.rows.put((row.kind, row.key), row)
        self._of_subject.put(row.subject, self._keys(row.subject) | {(row.kind, row.key)})

    def _keys(self, subject: str) -> frozenset[tuple[str, str]]:
        return self._of_subject.rows.get(subject, frozenset())

    def get(self, kind: str, key: str) -> RecordRow | None:
        return self.rows.rows.get((kind, key))

    def of_subject(self, subject: str, kind: str | None = None) -> Sequence[RecordRow]:
        rows = [self.rows.rows[key] for key in self._keys(subject) if kind in (None, key[0])]
        return sorted(rows, key=lambda row: (row.at, row.kind, row.key))

    def erase(self, subject: str) -> int:
        keys = self._keys(subject)
        for key in keys:
            self.rows.drop(key)
        self._of_subject.drop(subject)
        return len(keys)

    def remove(self, kind: str, key: str) -> bool:
        row = self.get(kind, key)
        if row is None:
            return False
        self.rows.drop((kind, key))
        self._of_subject.put(row.subject, self._keys(row.subject) - {(kind, key)})
        return True

    def index(self, row: SearchRow) -> None:
        names = {row.reference, *row.numbers}
        for name in sorted(names):
            if self.names.rows.get(name, row.stream) != row.stream:
                raise StoreConflictError(f"{name} already belongs to {self.names.rows[name]}")
        old = self.orders.rows.get(row.stream)
        for name in () if old is None else {old.reference, *old.numbers} - names:
            self.names.drop(name)
        for name in names:
            self.names.put(name, row.stream)
        self.orders.put(row.stream, row)
        self._streams.add(row.stream)

    def found(self, stream: str) -> SearchRow | None:
        return self.orders.rows.get(stream)

    def find(self, name: str) -> str | None:
        return self.names.rows.get(name)

    def search(
        self,
        *,
        status: str | None = None,
        customer: str | None = None,
        since: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Sequence[SearchRow]:
        streams = self._streams.items
        page: list[SearchRow] = []
        for place in range((len(streams) if after is None else bisect_left(streams, after)) - 1, -1, -1):
            row = self.orders.rows[streams[place]]
            if len(page) >= limit:
                break
            if (
                status in (None, row.status)
                and customer in (None, row.customer)
                and (since is None or row.placed_at >= since)
            ):
                page.append(row)
        return page


class MemoryTransaction:
    """See :class:`orderflow.ports.store.Transaction`."""

    connection = None

    def __init__(self, journal: Journal) -> None:
        self.streams = MemoryStreams(journal)
        self.counters = MemoryCounters(journal)
        self.work = MemoryWork(journal)
        self.records = MemoryRecords(journal)


class MemoryStore:
    """
    Orders in memory, gone with the process.

    >>> store = MemoryStore()
    >>> with store.reading() as view:
    ...     view.streams.version("ord_1")
    0
    """

    def __init__(self) -> None:
        self.journal = Journal()
        self.transaction = MemoryTransaction(self.journal)
        self._lock = Lock()
        self._inside: int | None = None
        self._writing = False

    @contextmanager
    def _locked(self, *, writing: bool) -> Iterator[None]:
        if self._inside == get_ident():
            if writing or self._writing:
                raise StoreError("this thread is inside a transaction or view of this store; use the one it has")
            yield
            return
        with self._lock:
            self._inside, self._writing = get_ident(), writing
            try:
                yield
            finally:
                self._inside = None

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        """A writing transaction: commits on a clean exit, rolls back on any exception."""
        with self._locked(writing=True):
            self.journal.open()
            keep = False
            try:
                yield self.transaction
                keep = True
            finally:
                self.journal.close(keep=keep)

    @contextmanager
    def reading(self) -> Iterator[MemoryTransaction]:
        """A consistent view for reading; nothing may be written in it."""
        with self._locked(writing=False):
            yield self.transaction

    def close(self) -> None:
        """Nothing to give back; the rows stay."""
