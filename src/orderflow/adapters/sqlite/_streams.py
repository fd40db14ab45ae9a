"""Events in SQLite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...moments import from_microseconds, microseconds
from ...ports.store import EventRow, StoreConflictError, StoreError
from ...sealing import seal
from ._link import Link

__all__ = ("SqliteStreams",)

_LAST = "SELECT version, seal FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1"
_APPEND = (
    "INSERT INTO events (stream, version, name, payload, actor, occurred_at, recorded_at, seal) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_READ = (
    "SELECT version, name, payload, actor, occurred_at, recorded_at FROM events "
    "WHERE stream = ? AND version > ? ORDER BY version"
)
_SEALED = (
    "SELECT version, name, payload, actor, occurred_at, recorded_at, seal FROM events WHERE stream = ? ORDER BY version"
)
_NAMES = (
    "SELECT DISTINCT stream FROM events WHERE stream > ? AND stream >= ? AND stream < ? || char(1114111) "
    "ORDER BY stream LIMIT ?"
)
_GAPS = (
    "SELECT stream, version FROM events WHERE number < (SELECT max(number) FROM events) "
    "AND NOT EXISTS (SELECT 1 FROM events AS following WHERE following.number = events.number + 1) ORDER BY number"
)


class SqliteStreams:
    """See :class:`orderflow.ports.store.Streams`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._run = link.connection.execute

    def version(self, stream: str) -> int:
        return self._found_head(stream)[1]

    def read(self, stream: str, after: int = 0) -> Sequence[EventRow]:
        moment = from_microseconds
        return [
            EventRow(version, name, payload, actor, moment(occurred_at), moment(recorded_at))
            for version, name, payload, actor, occurred_at, recorded_at in self._run(_READ, (stream, after)).fetchall()
        ]

    def append(self, stream: str, expected: int, rows: Sequence[EventRow]) -> None:
        connection = self._link.writable()
        _, version, last = self._head(stream)
        if version != expected:
            raise StoreConflictError(f"{stream} stands at version {version}, not {expected}")
        values = []
        for version, row in enumerate(rows, expected + 1):
            if row.version != version:
                raise StoreError(f"{stream}: row {row.version} where {version} follows")
            occurred_at, recorded_at = microseconds(row.occurred_at), microseconds(row.recorded_at)
            last = seal(last, stream, version, row.name, row.payload, row.actor, occurred_at, recorded_at)
            values.append((stream, version, row.name, row.payload, row.actor, occurred_at, recorded_at, last))
        self._link.head = None
        connection.executemany(_APPEND, values)

    def _head(self, stream: str) -> tuple[str, int, bytes]:
        known = self._link.head
        return known if known is not None and known[0] == stream else self._found_head(stream)

    def _found_head(self, stream: str) -> tuple[str, int, bytes]:
        version, last = self._run(_LAST, (stream,)).fetchone() or (0, b"")
        self._link.head = stream, version, last
        return self._link.head

    def names(self, prefix: str = "", after: str = "", limit: int = 1000) -> Sequence[str]:
        return [name for (name,) in self._run(_NAMES, (after, prefix, prefix, limit))]

    def broken_link(self, stream: str) -> int | None:
        last = b""
        for expected, row in enumerate(self._run(_SEALED, (stream,)), 1):
            if row[0] != expected or row[6] != seal(last, stream, *row[:6]):
                return expected
            last = row[6]
        return None

    def gaps(self) -> Iterator[tuple[str, int]]:
        return iter(self._run(_GAPS).fetchall())
