"""Events in an SQL database: whoever writes to a stream holds its head, a row that names its last version and seal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...moments import from_microseconds, microseconds
from ...ports.store import EventRow, StoreConflictError, StoreError
from ...sealing import seal
from ._dialects import Answer, Sent, insertion
from ._link import Link

__all__ = ("SqlStreams", "fence", "is_marked")

_HEAD = "SELECT version, seal FROM {heads} WHERE stream = %s"
_HELD_HEAD = f"{_HEAD} FOR UPDATE"
_BEGIN = insertion("heads", {"stream": "text", "version": "bigint", "seal": "bytea"})
_MOVE = "UPDATE {heads} SET version = %s, seal = %s WHERE stream = %s AND version = %s"
_APPEND = insertion(
    "events",
    {
        "stream": "text", "version": "bigint", "name": "text", "payload": "text", "actor": "text",
        "occurred_at": "bigint", "recorded_at": "bigint", "seal": "bytea", "mark": "bigint",
    },
)  # fmt: skip
_READ = (
    "SELECT version, name, payload, actor, occurred_at, recorded_at FROM {events} "
    "WHERE stream = %s AND version > %s ORDER BY version"
)
_SEALED = (
    "SELECT version, name, payload, actor, occurred_at, recorded_at, seal FROM {events} "
    "WHERE stream = %s ORDER BY version"
)
_NAMES = "SELECT stream FROM {heads} WHERE stream > %s AND stream >= %s AND stream < %s ORDER BY stream LIMIT %s"
_ENDS = (
    "SELECT heads.stream, COALESCE(MAX(events.version), 0) FROM {heads} AS heads "
    "LEFT JOIN {events} AS events ON events.stream = heads.stream GROUP BY heads.stream, heads.version "
    "HAVING COALESCE(MAX(events.version), 0) < heads.version ORDER BY heads.stream"
)
_PROBE = insertion("heads", {"stream": "text", "version": "bigint", "seal": "bytea"}, once=True)
_FENCE = "INSERT INTO {heads} (stream, version, seal) VALUES (%s, 1, '') ON DUPLICATE KEY UPDATE version = version + 1"
_UNFENCE_NEW = "DELETE FROM {heads} WHERE stream = %s AND seal = ''"
_UNFENCE = "UPDATE {heads} SET version = version - 1 WHERE stream = %s AND seal <> ''"
_MARKED = "SELECT 1 FROM {events} WHERE stream = %s AND version = %s AND mark = %s"
_AFTER_ALL = "\U0010ffff"  # no name goes on with this character


class SqlStreams:
    """See :class:`orderflow.ports.store.Streams`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def version(self, stream: str) -> int:
        if self._link.writing:
            return self._held(stream)[0]
        rows = self._link.ask(_HEAD, stream).rows
        return int(rows[0][0]) if rows else 0

    def read(self, stream: str, after: int = 0) -> Sequence[EventRow]:
        link = self._link
        questions: list[Sent] = [(_READ, (stream, after))]
        if not link.writing:
            return [_event(row) for row in link.ask_all(*questions)[0].rows]
        if stream not in link.heads:
            questions.insert(0, (_HELD_HEAD, (stream,)))
        *heads, found = link.ask_all(*questions)
        version, _ = self._kept(stream, heads[0]) if heads else link.heads[stream]
        rows = [_event(row) for row in found.rows]
        # Where a host's transaction looks at an old picture, the head is newer than the events that it shows.
        if (rows[-1].version if rows else after) != max(version, after):
            raise StoreConflictError(f"{stream} has changed since this transaction began")
        return rows

    def append(self, stream: str, expected: int, rows: Sequence[EventRow]) -> None:
        link = self._link
        link.require_writing()
        version, last = self._held(stream)
        if version != expected:
            raise StoreConflictError(f"{stream} stands at version {version}, not {expected}")
        values = []
        for version, row in enumerate(rows, expected + 1):
            if row.version != version:
                raise StoreError(f"{stream}: row {row.version} where {version} follows")
            occurred_at, recorded_at = microseconds(row.occurred_at), microseconds(row.recorded_at)
            last = seal(last, stream, version, row.name, row.payload, row.actor, occurred_at, recorded_at)
            values.append(
                (stream, version, row.name, row.payload, row.actor, occurred_at, recorded_at, last, link.mark)
            )
        if not values:
            return
        if expected == 0:
            link.tell_many(_BEGIN, [(stream, version, last)])
            link.created.add(stream)
        else:
            link.tell(_MOVE, version, last, stream, expected)
        link.tell_many(_APPEND, values)
        link.heads[stream] = version, last
        link.appended = stream, version

    def names(self, prefix: str = "", after: str = "", limit: int = 1000) -> Sequence[str]:
        return [name for (name,) in self._link.ask(_NAMES, after, prefix, prefix + _AFTER_ALL, limit).rows]

    def broken_link(self, stream: str) -> int | None:
        last = b""
        for expected, row in enumerate(self._link.ask(_SEALED, stream).rows, 1):
            if row[0] != expected or row[6] != seal(last, stream, *row[:6]):
                return expected
            last = row[6]
        return None

    def gaps(self) -> Iterator[tuple[str, int]]:
        return iter([(stream, int(version)) for stream, version in self._link.ask(_ENDS).rows])

    def _held(self, stream: str) -> tuple[int, bytes]:
        """The stream's head, kept from everybody else until this transaction ends."""
        known = self._link.heads.get(stream)
        return known if known is not None else self._kept(stream, self._link.ask(_HELD_HEAD, stream))

    def _kept(self, stream: str, answer: Answer) -> tuple[int, bytes]:
        version, last = answer.rows[0] if answer.rows else (0, b"")
        self._link.heads[stream] = version, last
        return version, last


def is_marked(link: Link, stream: str, version: int, mark: int) -> bool:
    """Whether the event carries the mark of a commit, asked when that commit cannot be under way any more."""
    link.tell_many(_PROBE, [(stream, 1, b"")])  # waits for whoever begins the stream; taken back with the rest
    link.ask(_HELD_HEAD, stream)  # waits for whoever goes on with it
    return bool(link.ask(_MARKED, stream, version, mark).rows)


def fence(link: Link, stream: str) -> None:
    """
    Write to the head of a stream and leave it as it was; whoever else wrote to it and is not committed yet, fails.

    Where locks do not reach everybody, this takes the place of waiting, once it is committed.
    """
    link.ask_all((_FENCE, (stream,)), (_UNFENCE, (stream,)), (_UNFENCE_NEW, (stream,)))


def _event(row: Sequence[Any]) -> EventRow:
    version, name, payload, actor, occurred_at, recorded_at = row
    return EventRow(version, name, payload, actor, from_microseconds(occurred_at), from_microseconds(recorded_at))
