"""
Storage: one transaction over four small protocols.

A store knows nothing of orders: it keeps rows, guards counters and hands out due work. Events travel as text, so that
every store keeps the same bytes. All writing happens inside ``Store.begin()``: everything in it commits, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import attrs

from ..counters import Level, Move, Shortage
from ..errors import InvalidInputError, OrderflowError

__all__ = (
    "Counters",
    "EventRow",
    "Hold",
    "HostConflictError",
    "JoiningStore",
    "LedgerEntry",
    "Receipt",
    "RecordRow",
    "Records",
    "SearchRow",
    "Store",
    "StoreConflictError",
    "StoreError",
    "StoreOutcomeUnknownError",
    "Streams",
    "Transaction",
    "Work",
    "WorkRow",
    "WorkState",
)


class StoreError(OrderflowError):
    """The store cannot do its work: wrong file, full disk, no permission. The message says what to do."""


class StoreConflictError(StoreError):
    """Somebody else changed the stream first; nothing was written. Decide again on the new state."""


class StoreOutcomeUnknownError(StoreError):
    """
    The connection broke in a commit, and what became of it could not be found out.

    Nothing is assumed: ask again, or send the same request with the same request id.
    """


class HostConflictError(StoreError):
    """
    Somebody else was first, while the store wrote in a transaction of the host.

    What the store wrote was taken back. It does not decide again in there: take your transaction back, and begin anew.
    """


@attrs.frozen
class EventRow:
    """One recorded event: version (1, 2, 3 … without gaps), wire name, JSON payload, who and when."""

    version: int
    name: str
    payload: str
    actor: str
    occurred_at: datetime
    recorded_at: datetime


class Streams(Protocol):
    """Append-only streams of events, each guarded by its own version."""

    def version(self, stream: str) -> int:
        """The last version, 0 where there is no such stream."""
        ...

    def read(self, stream: str, after: int = 0) -> Sequence[EventRow]:
        """The events with a version above *after*, in order."""
        ...

    def append(self, stream: str, expected: int, rows: Sequence[EventRow]) -> None:
        """Append rows ``expected + 1 …``; raises StoreConflictError where the stream stands elsewhere."""
        ...

    def names(self, prefix: str = "", after: str = "", limit: int = 1000) -> Sequence[str]:
        """Stream names with *prefix*, above *after*, in order: a page for verification and export."""
        ...

    def broken_link(self, stream: str) -> int | None:
        """The first version whose stored chain does not match its content, or None: each row seals those before it."""
        ...

    def gaps(self) -> Iterator[tuple[str, int]]:
        """
        The events (stream and version) right after which one was removed, of whichever stream.

        A chain does not show that its end is missing; the order of all events does, but for the very newest. A store
        that does not number its events without gaps answers nothing.
        """
        ...


@attrs.frozen
class Hold:
    """A part of a counter that *owner* holds until *until* (None: for good)."""

    key: str
    owner: str
    quantity: int
    until: datetime | None


@attrs.frozen
class LedgerEntry:
    """By how much an applied move changed value and held. Sums of these equal the counters, always."""

    key: str
    owner: str
    kind: str
    value: int
    held: int
    at: datetime


class Counters(Protocol):
    """Guarded counters with holds and a ledger."""

    def apply(self, moves: Sequence[Move], at: datetime) -> Sequence[Shortage]:
        """
        Apply all moves, or none of them and say which did not fit.

        Moves are applied in key order. Where a HOLD is short, holds of that key that lapsed by *at* are released
        first. Judged against *at*, a lapsed hold cannot be kept or consumed, and a new HOLD of its owner begins anew.
        HOLD and KEEP set the end of the owner's whole hold. Each applied move writes a ledger entry, except KEEP,
        which moves nothing.
        """
        ...

    def level(self, key: str) -> Level | None:
        """How the counter stands; None where there is none."""
        ...

    def hold(self, key: str, owner: str) -> Hold | None:
        """The owner's hold on the counter."""
        ...

    def keys(self, after: str = "", limit: int = 1000) -> Sequence[str]:
        """Counter keys above *after*, in order."""
        ...

    def levels(self, prefix: str, after: str = "", limit: int = 1000) -> Sequence[tuple[str, Level]]:
        """Counters whose keys begin with *prefix*, above *after*, in order; without those of which nothing is there."""
        ...

    def holds(self, key: str) -> Sequence[Hold]:
        """All holds on a counter, by owner. May look at every hold there is: for all counters, ask ``every_hold``."""
        ...

    def every_hold(self) -> Iterator[Hold]:
        """All holds on all counters, to be read once and inside the view."""
        ...

    def ledger(self, key: str) -> Sequence[LedgerEntry]:
        """The ledger of a counter, oldest first. May read the whole ledger: for all counters, ask ``every_entry``."""
        ...

    def every_entry(self) -> Iterator[LedgerEntry]:
        """The ledger of all counters, oldest first, to be read once and inside the view."""
        ...


class WorkState(StrEnum):
    """How far a piece of work has come."""

    DUE = "due"
    DONE = "done"
    PARKED = "parked"


@attrs.frozen
class WorkRow:
    """
    Something to do for a stream: a request to the outside world, a timer, a notification to apply.

    ``id`` is unique and chosen by the writer, beginning with the stream and a slash, so that a stream's work lies
    together: adding the same id twice is refused by doing nothing. ``attempts`` counts claims.

    Raises:
        InvalidInputError: an id that begins otherwise.
    """

    id: str
    stream: str
    kind: str
    payload: str
    due_at: datetime
    attempts: int = 0
    state: WorkState = WorkState.DUE
    note: str = ""

    def __attrs_post_init__(self) -> None:
        if not self.id.startswith(f"{self.stream}/"):
            raise InvalidInputError("id", f"the id of work for {self.stream!r} begins with it and a slash")


@attrs.frozen
class Receipt:
    """A host's request id that was already answered: with what content, and up to which version of which stream."""

    request: str
    fingerprint: str
    stream: str
    version: int


class Work(Protocol):
    """The outbox, the timers and the receipts."""

    def add(self, rows: Sequence[WorkRow]) -> None:
        """Add work; a row whose id is there already changes nothing."""
        ...

    def claim(
        self,
        until: datetime,
        lease_until: datetime,
        limit: int = 1,
        stream: str | None = None,
        at: datetime | None = None,
    ) -> Sequence[WorkRow]:
        """
        Lease up to *limit* rows due by *until* and unleased at *at* (default: *until*) to the caller, earliest first.

        A stream's rows are handed out one at a time in due order: while one is leased, no other of that stream is.
        ``attempts`` is already raised in what is returned.
        """
        ...

    def finish(self, id: str) -> bool:
        """Mark done; False where it already was, or is not there."""
        ...

    def postpone(self, id: str, due_at: datetime, note: str = "") -> None:
        """Give the lease back and try again at *due_at*."""
        ...

    def park(self, id: str, note: str) -> None:
        """Set aside for a person; ``resume`` brings it back."""
        ...

    def resume(self, id: str, due_at: datetime) -> bool:
        """Make parked work due again; False where it is not parked."""
        ...

    def cancel(self, stream: str, kind: str) -> int:
        """Remove due rows of this kind on which no lease is recorded, not even one that ended; how many."""
        ...

    def of_stream(self, stream: str) -> Sequence[WorkRow]:
        """All work of a stream, whatever its state, by due time and id."""
        ...

    def parked(self, after: str = "", limit: int = 100) -> Sequence[WorkRow]:
        """Parked work by id."""
        ...

    def next_due(self) -> datetime | None:
        """When the earliest due work falls due; leased work counts when its lease ends."""
        ...

    def receipt(self, request: str) -> Receipt | None:
        """The answer given to a host's request id."""
        ...

    def keep(self, receipt: Receipt) -> None:
        """Remember an answer; raises StoreConflictError where the id is taken."""
        ...


@attrs.frozen
class RecordRow:
    """Erasable data about a subject (a person reference, an order): JSON text under a kind and key."""

    kind: str
    key: str
    subject: str
    data: str = attrs.field(repr=False)
    at: datetime


@attrs.frozen
class SearchRow:
    """How an order is found; rebuilt from its events at any time."""

    stream: str
    reference: str
    status: str
    placed_at: datetime
    customer: str | None = None
    numbers: tuple[str, ...] = ()


class Records(Protocol):
    """Rows that may be changed and erased, unlike events."""

    def put(self, row: RecordRow) -> None:
        """Add or replace."""
        ...

    def get(self, kind: str, key: str) -> RecordRow | None:
        """One row."""
        ...

    def of_subject(self, subject: str, kind: str | None = None) -> Sequence[RecordRow]:
        """All rows of a subject, by time, kind and key."""
        ...

    def erase(self, subject: str) -> int:
        """Remove all rows of a subject for good; how many."""
        ...

    def remove(self, kind: str, key: str) -> bool:
        """Remove one row for good."""
        ...

    def index(self, row: SearchRow) -> None:
        """Add or replace an order's search keys; raises StoreConflictError where a reference or number is another's."""
        ...

    def found(self, stream: str) -> SearchRow | None:
        """The search keys of a stream."""
        ...

    def find(self, name: str) -> str | None:
        """The stream with this reference or number."""
        ...

    def search(
        self,
        *,
        status: str | None = None,
        customer: str | None = None,
        since: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Sequence[SearchRow]:
        """Orders, newest first (streams are time-ordered), below the stream *after* of the previous page."""
        ...


class Transaction(Protocol):
    """Everything one commit may touch."""

    @property
    def streams(self) -> Streams:
        """The events."""
        ...

    @property
    def counters(self) -> Counters:
        """The guarded counters."""
        ...

    @property
    def work(self) -> Work:
        """What is to be done."""
        ...

    @property
    def records(self) -> Records:
        """What may be changed and erased."""
        ...

    @property
    def connection(self) -> Any:
        """The store's own connection, for a host's tables in the same commit; None where there is none."""
        ...


class Store(Protocol):
    """Where orders live."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """
        A writing transaction: commits on a clean exit, rolls back on any exception.

        Raises StoreError inside another transaction or view of the same thread.
        """
        ...

    def reading(self) -> AbstractContextManager[Transaction]:
        """
        A consistent view for reading, inside which another may be opened.

        Raises StoreError on writing in it, and inside a transaction of the same thread.
        """
        ...

    def close(self) -> None:
        """Give back files and connections; the store opens again on use."""
        ...


@runtime_checkable
class JoiningStore(Store, Protocol):
    """A store that can write in a transaction of the host."""

    def within(self, connection: Any) -> Store:
        """
        A store on the same rows, whose commits are parts of the transaction that *connection* is in.

        A conflict in it is a HostConflictError. What fails is taken back to where it began; the rest is the host's.

        Raises:
            StoreError: the connection does not fit, or is in no transaction.
        """
        ...
