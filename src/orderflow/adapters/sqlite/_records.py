"""Erasable rows and the search keys in SQLite."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...moments import from_microseconds, microseconds
from ...ports.store import RecordRow, SearchRow, StoreConflictError
from ._link import Link

__all__ = ("SqliteRecords",)

_PUT = (
    "INSERT INTO records VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET "
    "subject = excluded.subject, sheet = excluded.sheet, at = excluded.at"
)
_WRITE = "INSERT INTO sheets (data) VALUES (?)"
_BLANK = "UPDATE sheets SET data = zeroblob(length(data)) WHERE id IN (SELECT sheet FROM records WHERE {})"
_BLANK_ONE = _BLANK.format("kind = ? AND key = ?")
_BLANK_ALL = _BLANK.format("subject = ?")
_ROW = "SELECT kind, key, subject, data, at FROM records JOIN sheets ON sheets.id = records.sheet "
_GET = f"{_ROW}WHERE kind = ? AND key = ?"
_OF_SUBJECT = f"{_ROW}WHERE subject = ? ORDER BY at, kind, key"
_ERASE = "DELETE FROM records WHERE subject = ?"
_REMOVE = "DELETE FROM records WHERE kind = ? AND key = ?"
_INDEX = (
    "INSERT INTO orders (status, stream, reference, placed_at, customer, numbers) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (stream) DO UPDATE SET reference = excluded.reference, status = excluded.status, "
    "placed_at = excluded.placed_at, customer = excluded.customer, numbers = excluded.numbers"
)
_STATUS = (
    "UPDATE orders SET status = ? "
    "WHERE stream = ? AND reference = ? AND placed_at = ? AND customer IS ? AND numbers = ?"
)
_FIND = "SELECT stream FROM names WHERE name = ?"
_NAME = "INSERT INTO names VALUES (?, ?)"
_UNNAME = "DELETE FROM names WHERE name = ?"
_ORDER = "SELECT stream, reference, status, placed_at, customer, numbers FROM orders "
_FOUND = f"{_ORDER}WHERE stream = ?"


def _record(row: Sequence[Any]) -> RecordRow:
    kind, key, subject, data, at = row
    return RecordRow(kind, key, subject, data.decode(), from_microseconds(at))


def _order(row: Sequence[Any]) -> SearchRow:
    stream, reference, status, placed_at, customer, numbers = row
    return SearchRow(stream, reference, status, from_microseconds(placed_at), customer, tuple(json.loads(numbers)))


class SqliteRecords:
    """See :class:`orderflow.ports.store.Records`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._run = link.connection.execute

    def put(self, row: RecordRow) -> None:
        connection = self._link.writable()
        connection.execute(_BLANK_ONE, (row.kind, row.key))
        sheet = connection.execute(_WRITE, (row.data.encode(),)).lastrowid
        connection.execute(_PUT, (row.kind, row.key, row.subject, sheet, microseconds(row.at)))

    def get(self, kind: str, key: str) -> RecordRow | None:
        row = self._run(_GET, (kind, key)).fetchone()
        return row and _record(row)

    def of_subject(self, subject: str, kind: str | None = None) -> Sequence[RecordRow]:
        rows = self._run(_OF_SUBJECT, (subject,)).fetchall()
        return [_record(row) for row in rows if kind in (None, row[0])]

    def erase(self, subject: str) -> int:
        connection = self._link.writable()
        connection.execute(_BLANK_ALL, (subject,))
        gone = connection.execute(_ERASE, (subject,)).rowcount
        self._link.erased |= gone > 0
        return gone

    def remove(self, kind: str, key: str) -> bool:
        connection = self._link.writable()
        connection.execute(_BLANK_ONE, (kind, key))
        gone = connection.execute(_REMOVE, (kind, key)).rowcount > 0
        self._link.erased |= gone
        return gone

    def index(self, row: SearchRow) -> None:
        connection = self._link.writable()
        numbers = json.dumps(row.numbers) if row.numbers else "[]"
        keys = (row.stream, row.reference, microseconds(row.placed_at), row.customer, numbers)
        if connection.execute(_STATUS, (row.status, *keys)).rowcount:
            return
        known = self.found(row.stream)
        before = set() if known is None else {known.reference, *known.numbers}
        names = {row.reference, *row.numbers}
        for name in sorted(names - before):
            taken = self._run(_FIND, (name,)).fetchone()
            if taken:
                raise StoreConflictError(f"{name} already belongs to {taken[0]}")
        connection.executemany(_UNNAME, [(name,) for name in before - names])
        connection.executemany(_NAME, [(name, row.stream) for name in sorted(names - before)])
        connection.execute(_INDEX, (row.status, *keys))

    def found(self, stream: str) -> SearchRow | None:
        row = self._run(_FOUND, (stream,)).fetchone()
        return row and _order(row)

    def find(self, name: str) -> str | None:
        row = self._run(_FIND, (name,)).fetchone()
        return row and str(row[0])

    def search(
        self,
        *,
        status: str | None = None,
        customer: str | None = None,
        since: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> Sequence[SearchRow]:
        conditions = {
            "customer = ?": customer,
            "status = ?": status,
            "placed_at >= ?": None if since is None else microseconds(since),
            "stream < ?": after,
        }
        given = {condition: value for condition, value in conditions.items() if value is not None}
        where = f"WHERE {' AND '.join(given)} " if given else ""
        rows = self._run(f"{_ORDER}{where}ORDER BY stream DESC LIMIT ?", (*given.values(), limit)).fetchall()
        return [_order(row) for row in rows]
