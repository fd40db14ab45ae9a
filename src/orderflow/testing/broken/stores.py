"""
Stores with one defect each, most of them found in shops that were sold: the checks must find every one.

Each is the memory store with one part replaced.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import ClassVar, cast

import attrs

from ...counters import Level, Move, MoveKind, Shortage
from ...counting import Balance, Holding, settle
from ...moments import microseconds
from ...ports.store import EventRow, LedgerEntry, Receipt, RecordRow, SearchRow, WorkRow, WorkState
from ...runtime.memory import (
    MemoryCounters,
    MemoryRecords,
    MemoryStore,
    MemoryStreams,
    MemoryTransaction,
    MemoryWork,
)

__all__ = ("BROKEN_STORES",)


class _Broken(MemoryStore):
    streams: ClassVar[type[MemoryStreams]] = MemoryStreams
    counters: ClassVar[type[MemoryCounters]] = MemoryCounters
    work: ClassVar[type[MemoryWork]] = MemoryWork
    records: ClassVar[type[MemoryRecords]] = MemoryRecords

    def __init__(self) -> None:
        super().__init__()
        self.transaction.streams = self.streams(self.journal)
        self.transaction.counters = self.counters(self.journal)
        self.transaction.work = self.work(self.journal)
        self.transaction.records = self.records(self.journal)


class RollbackKeepsRows(_Broken):
    """An exception ends the transaction but takes nothing back."""

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        with self._locked(writing=True):
            self.journal.open()
            try:
                yield self.transaction
            finally:
                self.journal.close(keep=True)


class RollbackForgetsCounters(_Broken):
    """Counters live outside the transaction, as in a cache: a rollback leaves them changed, without their ledger."""

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        balances = self.transaction.counters.balances.rows
        written: dict[str, Balance] = {}
        try:
            with super().begin() as tx:
                try:
                    yield tx
                finally:
                    written = dict(balances)
        finally:
            balances.update(written)


class NestedTransactions(_Broken):
    """A second begin() in a thread silently joins the first."""

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        if self._writing and self._inside is not None:
            yield self.transaction
            return
        with super().begin() as tx:
            yield tx


class ViewsMayWrite(_Broken):
    """Writing in a view is not refused."""

    @contextmanager
    def reading(self) -> Iterator[MemoryTransaction]:
        with super().reading():
            self.journal.open()
            try:
                yield self.transaction
            finally:
                self.journal.close(keep=True)


class ViewsSeeHalfATransaction(_Broken):
    """A view does not wait for the transaction under way, and has no snapshot."""

    @contextmanager
    def reading(self) -> Iterator[MemoryTransaction]:
        yield self.transaction


class _VersionUnchecked(MemoryStreams):
    def append(self, stream: str, expected: int, rows: Sequence[EventRow]) -> None:
        del expected
        version = self.version(stream)
        super().append(stream, version, [attrs.evolve(row, version=version + n) for n, row in enumerate(rows, 1)])


class VersionUnchecked(_Broken):
    """Events are appended wherever the stream stands: the last writer wins."""

    streams = _VersionUnchecked


class _EmptyAppend(MemoryStreams):
    def append(self, stream: str, expected: int, rows: Sequence[EventRow]) -> None:
        if rows:
            super().append(stream, expected, rows)


class VersionUncheckedWithoutEvents(_Broken):
    """A decision without events is not held to the version on which it was based."""

    streams = _EmptyAppend


class _WholeSeconds(MemoryStreams):
    def append(self, stream: str, expected: int, rows: Sequence[EventRow]) -> None:
        super().append(
            stream, expected, [attrs.evolve(r, occurred_at=r.occurred_at.replace(microsecond=0)) for r in rows]
        )


class MomentsInWholeSeconds(_Broken):
    """The column keeps seconds only."""

    streams = _WholeSeconds


class _AnyNumber(MemoryStreams):
    def append(self, stream: str, expected: int, rows: Sequence[EventRow]) -> None:
        super().append(stream, expected, [attrs.evolve(row, version=expected + n) for n, row in enumerate(rows, 1)])


class RowsRenumbered(_Broken):
    """Rows with a gap in their versions are renumbered instead of refused."""

    streams = _AnyNumber


class _ReadBeforeTheLock(MemoryCounters):
    before: dict[str, Balance] | None = None

    def balance(self, key: str) -> Balance | None:
        return super().balance(key) if self.before is None else self.before.get(key)

    def apply(self, moves: Sequence[Move], at: datetime) -> Sequence[Shortage]:
        try:
            return super().apply(moves, at)
        finally:
            self.before = None

    def level(self, key: str) -> Level | None:
        self.before = None
        return super().level(key)


class CheckThenAct(_Broken):
    """What is available is read before the lock is taken: two buyers both see the last unit."""

    counters = _ReadBeforeTheLock

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        before = dict(self.transaction.counters.balances.rows)
        time.sleep(0.002)
        with super().begin() as tx:
            cast("_ReadBeforeTheLock", tx.counters).before = before
            yield tx


class _OneByOne(MemoryCounters):
    def apply(self, moves: Sequence[Move], at: datetime) -> Sequence[Shortage]:
        return [
            short
            for move in sorted(moves, key=lambda move: move.key)
            for short in super(_OneByOne, self).apply([move], at)
        ]


class MovesOneByOne(_Broken):
    """Each move is applied for itself: a basket that is short of one line holds the others."""

    counters = _OneByOne


class _FirstShortage(MemoryCounters):
    def apply(self, moves: Sequence[Move], at: datetime) -> Sequence[Shortage]:
        return super().apply(moves, at)[:1]


class OneShortageAtATime(_Broken):
    """Only the first shortage is reported."""

    counters = _FirstShortage


class _Clamped(MemoryCounters):
    def apply(self, moves: Sequence[Move], at: datetime) -> Sequence[Shortage]:
        short = super().apply(moves, at)
        room = {(shortage.key, shortage.kind): shortage.available for shortage in short}
        fitting = [attrs.evolve(move, quantity=room.get((move.key, move.kind), move.quantity)) for move in moves]
        return super().apply([move for move in fitting if move.quantity > 0], at) if short else short


class HoldsWhatThereIs(_Broken):
    """A move that is short is cut down to what is available."""

    counters = _Clamped


class _LedgerFirst(MemoryCounters):
    def apply(self, moves: Sequence[Move], at: datetime) -> Sequence[Shortage]:
        settlement = settle(self, moves, microseconds(at))
        if settlement.shortages:
            for move in moves:
                if self.balance(move.key) is not None:
                    entry = LedgerEntry(move.key, move.owner, move.kind.value, 0, move.quantity, at)
                    self.entries.put(len(self.entries.rows), entry)
            return settlement.shortages
        return super().apply(moves, at)


class LedgerWithoutCounter(_Broken):
    """The ledger is written before the check, and stays although the move was refused."""

    counters = _LedgerFirst


class _Immortal(MemoryCounters):
    def lapsed(self, key: str, at: int) -> Sequence[str]:
        del key, at
        return ()


class LapsedHoldsStay(_Broken):
    """Stock of abandoned checkouts never comes back."""

    counters = _Immortal


class _Eager(MemoryCounters):
    def apply(self, moves: Sequence[Move], at: datetime) -> Sequence[Shortage]:
        ended = [(key, owner) for key, owner in self.holdings.rows if owner in self.lapsed(key, microseconds(at))]
        for key, owner in ended:
            super().apply([Move(key, MoveKind.RELEASE, self.holdings.rows[key, owner].quantity, owner)], at)
        return super().apply(moves, at)


class LapsedHoldsVanish(_Broken):
    """A hold is given back the moment it ends, although its owner may be about to pay and nobody else wants it."""

    counters = _Eager


class _LateKeeper(MemoryCounters):
    def holding(self, key: str, owner: str) -> Holding | None:
        held = super().holding(key, owner)
        return held and Holding(held.quantity, None)


class LapsedHoldsCanBeConsumed(_Broken):
    """A late payment takes units whose hold had ended."""

    counters = _LateKeeper


class _ZeroIgnored(MemoryCounters):
    def apply(self, moves: Sequence[Move], at: datetime) -> Sequence[Shortage]:
        return super().apply([move for move in moves if move.quantity], at)


class ZeroIsAMove(_Broken):
    """A move of nothing passes as done."""

    counters = _ZeroIgnored


class _Replacing(MemoryWork):
    def add(self, rows: Sequence[WorkRow]) -> None:
        for row in rows:
            self.rows.drop(row.id)
        super().add(rows)


class WorkAddedAgain(_Broken):
    """Adding work whose id is there puts it back to the beginning: a finished payment is requested again."""

    work = _Replacing


class _Unleased(MemoryWork):
    def claim(
        self,
        until: datetime,
        lease_until: datetime,
        limit: int = 1,
        stream: str | None = None,
        at: datetime | None = None,
    ) -> Sequence[WorkRow]:
        for id in list(self.leases.rows):
            self.leases.drop(id)
        return super().claim(until, lease_until, limit, stream, at)


class LeaseIgnored(_Broken):
    """Work that somebody is busy with is handed out again."""

    work = _Unleased


class _Parallel(MemoryWork):
    def claim(
        self,
        until: datetime,
        lease_until: datetime,
        limit: int = 1,
        stream: str | None = None,
        at: datetime | None = None,
    ) -> Sequence[WorkRow]:
        now = until if at is None else at
        taken = [
            attrs.evolve(row, attempts=row.attempts + 1)
            for row in sorted(self.rows.rows.values(), key=lambda row: (row.due_at, row.id))
            if row.state is WorkState.DUE and row.due_at <= until and stream in (None, row.stream)
            if self.leases.rows.get(row.id, now) <= now
        ][:limit]
        for row in taken:
            self.rows.put(row.id, row)
            self.leases.put(row.id, lease_until)
        return taken


class StreamsInParallel(_Broken):
    """Two rows of one order are handed out at once: the refund overtakes the payment."""

    work = _Parallel


class _NeverAgain(MemoryWork):
    def claim(
        self,
        until: datetime,
        lease_until: datetime,
        limit: int = 1,
        stream: str | None = None,
        at: datetime | None = None,
    ) -> Sequence[WorkRow]:
        return super().claim(until, lease_until + timedelta(days=9999), limit, stream, at)


class LeaseNeverEnds(_Broken):
    """Work of a worker that died is never handed out again."""

    work = _NeverAgain


class _FinishedTwice(MemoryWork):
    def finish(self, id: str) -> bool:
        super().finish(id)
        return id in self.rows.rows


class FinishedTwice(_Broken):
    """Finishing answers True again and again."""

    work = _FinishedTwice


class _Raised(MemoryWork):
    def postpone(self, id: str, due_at: datetime, note: str = "") -> None:
        row = self.rows.rows.get(id)
        if row is not None:
            self._put(attrs.evolve(row, due_at=due_at, note=note, state=WorkState.DUE))


class PostponeRaisesTheDead(_Broken):
    """A slow worker's postponement brings back work that another has finished."""

    work = _Raised


class _LeasedCancelled(MemoryWork):
    def cancel(self, stream: str, kind: str) -> int:
        for row in self.of_stream(stream):
            self.leases.drop(row.id)
        return super().cancel(stream, kind)


class LeasedWorkCancelled(_Broken):
    """Cancelling drops a request that may already have gone out."""

    work = _LeasedCancelled


class _Overwritten(MemoryWork):
    def keep(self, receipt: Receipt) -> None:
        self.receipts.put(receipt.request, receipt)


class ReceiptOverwritten(_Broken):
    """A second request under the same id replaces the first answer."""

    work = _Overwritten


class _HalfErased(MemoryRecords):
    def erase(self, subject: str) -> int:
        rows = self.of_subject(subject)
        return sum(self.remove(row.kind, row.key) for row in rows if row.kind == rows[0].kind)


class ErasureForgetsAKind(_Broken):
    """Erasing a person misses the kinds that were added later."""

    records = _HalfErased


class _OldSubject(MemoryRecords):
    def put(self, row: RecordRow) -> None:
        keys = self._of_subject.rows.get(row.subject, frozenset())
        self.rows.put((row.kind, row.key), row)
        self._of_subject.put(row.subject, keys | {(row.kind, row.key)})


class RecordsKeepTheirOldSubject(_Broken):
    """A record that moves to another subject stays listed under the first, and is erased with it."""

    records = _OldSubject


class _Stolen(MemoryRecords):
    def index(self, row: SearchRow) -> None:
        for name in (row.reference, *row.numbers):
            self.names.drop(name)
        super().index(row)


class NumbersChangeHands(_Broken):
    """A marketplace number that belongs to one order is given to the next that claims it."""

    records = _Stolen


class _Stale(MemoryRecords):
    def index(self, row: SearchRow) -> None:
        old = self.found(row.stream)
        super().index(row)
        for name in () if old is None else (old.reference, *old.numbers):
            self.names.put(name, row.stream)


class NumbersNeverFreed(_Broken):
    """A number taken from an order still leads to it."""

    records = _Stale


class _OldestFirst(MemoryRecords):
    def search(
        self,
        *,
        status: str | None = None,
        customer: str | None = None,
        since: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Sequence[SearchRow]:
        page = super().search(status=status, customer=customer, since=since, after=after, limit=limit)
        return sorted(page, key=lambda row: row.placed_at)


class OldestFirst(_Broken):
    """Each page of a search is turned round."""

    records = _OldestFirst


class _Unchained(MemoryStreams):
    def append(self, stream: str, expected: int, rows: Sequence[EventRow]) -> None:
        version, _ = self.heads.rows.get(stream, (0, b""))
        self.heads.put(stream, (version, b""))
        super().append(stream, expected, rows)


class ChainBeginsAnew(_Broken):
    """Each append begins a chain of its own."""

    streams = _Unchained


class _Overlapping(MemoryStreams):
    def names(self, prefix: str = "", after: str = "", limit: int = 1000) -> Sequence[str]:
        return [name for name in sorted(self.heads.rows) if name.startswith(prefix) and name >= after][:limit]


class NamePagesOverlap(_Broken):
    """A page of stream names repeats the last of the page before."""

    streams = _Overlapping


class _Endless(MemoryCounters):
    def keys(self, after: str = "", limit: int = 1000) -> Sequence[str]:
        del after
        return super().keys(limit=limit)


class _LikeSql(MemoryCounters):
    def levels(self, prefix: str, after: str = "", limit: int = 1000) -> Sequence[tuple[str, Level]]:
        known = ((key, self.level(key)) for key in self.keys(max(prefix, after), limit))
        return [(key, level) for key, level in known if level is not None and key.startswith(prefix)]


class EmptyLevelsFillThePage(_Broken):
    """A page of levels counts those that are empty, and has them too."""

    counters = _LikeSql


class _Beyond(MemoryCounters):
    def levels(self, prefix: str, after: str = "", limit: int = 1000) -> Sequence[tuple[str, Level]]:
        known = ((key, self.level(key)) for key in self.keys(after, limit=1_000_000) if key >= prefix)
        return [(key, level) for key, level in known if level is not None and level.value][:limit]


class LevelsHaveNoEnd(_Broken):
    """The levels of a prefix go on beyond it."""

    counters = _Beyond


class KeyPagesRepeat(_Broken):
    """Every page of counter keys is the first."""

    counters = _Endless


class _StillLeased(MemoryWork):
    def postpone(self, id: str, due_at: datetime, note: str = "") -> None:
        lease = self.leases.rows.get(id)
        super().postpone(id, due_at, note)
        if lease is not None:
            self.leases.put(id, lease)


class PostponedWorkStaysLeased(_Broken):
    """A retry waits for the end of a lease that was given back."""

    work = _StillLeased


class _Unparked(MemoryWork):
    def park(self, id: str, note: str) -> None:
        self.postpone(id, self.rows.rows[id].due_at, note)


class ParkedWorkGoesOn(_Broken):
    """Work that was set aside for a person is handed out again."""

    work = _Unparked


class _Unnumbered(MemoryRecords):
    def index(self, row: SearchRow) -> None:
        super().index(row)
        for number in {*row.numbers} - {row.reference}:
            self.names.drop(number)


class NumbersNotIndexed(_Broken):
    """An order is found by its reference only."""

    records = _Unnumbered


class ClosedForGood(_Broken):
    """After close() the store cannot be used again."""

    def close(self) -> None:
        self._locked = None  # type: ignore[assignment, method-assign]


BROKEN_STORES: tuple[type[MemoryStore], ...] = tuple(_Broken.__subclasses__())
"""Every one must fail at least one of the store checks."""
