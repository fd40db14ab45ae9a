"""Erasable rows and the search keys in an SQL database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...moments import from_microseconds, microseconds
from ...ports.store import RecordRow, SearchRow, StoreConflictError
from ._dialects import insertion
from ._link import Link

__all__ = ("SqlRecords",)

_PUT = insertion(
    "records",
    {"kind": "text", "name": "text", "subject": "text", "data": "text", "at": "bigint"},
    replacing=("kind", "name"),
)
_ROW = "SELECT kind, name, subject, data, at FROM {records} "
_GET = f"{_ROW}WHERE kind = %s AND name = %s"
_OF_SUBJECT = f"{_ROW}WHERE subject = %s ORDER BY at, kind, name"
_ERASE = "DELETE FROM {records} WHERE subject = %s"
_REMOVE = "DELETE FROM {records} WHERE kind = %s AND name = %s"
_INDEX = insertion(
    "orders",
    {
        "stream": "text", "reference": "text", "status": "text", "placed_at": "bigint", "customer": "text",
        "numbers": "text",
    },
    replacing=("stream",),
)  # fmt: skip
_STATUS = (
    "UPDATE {orders} SET status = %s WHERE stream = %s AND reference = %s AND placed_at = %s AND numbers = %s AND "
)
_STATUS_OF_GUEST = f"{_STATUS}customer IS NULL"
_STATUS_OF_CUSTOMER = f"{_STATUS}customer = %s"
_FIND = "SELECT stream FROM {names} WHERE name = %s"
_TAKEN = "SELECT name, stream FROM {{names}} WHERE name {} ORDER BY name"
_NAME = insertion("names", {"name": "text", "stream": "text"})
_UNNAME = "DELETE FROM {{names}} WHERE name {} AND stream = %s"
_ORDER = "SELECT stream, reference, status, placed_at, customer, numbers FROM {orders} "
_FOUND = f"{_ORDER}WHERE stream = %s"


class SqlRecords:
    """See :class:`orderflow.ports.store.Records`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def put(self, row: RecordRow) -> None:
        self._link.tell_many(_PUT, [(row.kind, row.key, row.subject, row.data, microseconds(row.at))])

    def get(self, kind: str, key: str) -> RecordRow | None:
        rows = self._link.ask(_GET, kind, key).rows
        return _record(rows[0]) if rows else None

    def of_subject(self, subject: str, kind: str | None = None) -> Sequence[RecordRow]:
        rows = self._link.ask(_OF_SUBJECT, subject).rows
        return [_record(row) for row in rows if kind in (None, row[0])]

    def erase(self, subject: str) -> int:
        self._link.require_writing()
        return self._link.ask(_ERASE, subject).count

    def remove(self, kind: str, key: str) -> bool:
        self._link.require_writing()
        return self._link.ask(_REMOVE, kind, key).count > 0

    def index(self, row: SearchRow) -> None:
        link = self._link
        link.require_writing()
        numbers = json.dumps(row.numbers) if row.numbers else "[]"
        placed_at = microseconds(row.placed_at)
        if row.stream not in link.created:
            same = [row.status, row.stream, row.reference, placed_at, numbers]
            if row.customer is None:
                answer = link.ask(_STATUS_OF_GUEST, *same)
            else:
                answer = link.ask(_STATUS_OF_CUSTOMER, *same, row.customer)
            if answer.count:
                return
        names = {row.reference, *row.numbers}
        among, values = link.dialect.among(sorted(names))
        found, taken = link.ask_all((_FOUND, (row.stream,)), (_TAKEN.format(among), values))
        for name, stream in taken.rows:
            if stream != row.stream:
                raise StoreConflictError(f"{name} already belongs to {stream}")
        before = {name for known in map(_order, found.rows) for name in (known.reference, *known.numbers)}
        if gone := sorted(before - names):
            among, values = link.dialect.among(gone)
            link.tell(_UNNAME.format(among), *values, row.stream)
        link.tell_many(_NAME, [(name, row.stream) for name in sorted(names - {name for name, _ in taken.rows})])
        link.tell_many(_INDEX, [(row.stream, row.reference, row.status, placed_at, row.customer, numbers)])

    def found(self, stream: str) -> SearchRow | None:
        rows = self._link.ask(_FOUND, stream).rows
        return _order(rows[0]) if rows else None

    def find(self, name: str) -> str | None:
        rows = self._link.ask(_FIND, name).rows
        return str(rows[0][0]) if rows else None

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
            "customer = %s": customer,
            "status = %s": status,
            "placed_at >= %s": None if since is None else microseconds(since),
            "stream < %s": after,
        }
        given = {condition: value for condition, value in conditions.items() if value is not None}
        where = f"WHERE {' AND '.join(given)} " if given else ""
        rows = self._link.ask(f"{_ORDER}{where}ORDER BY stream DESC LIMIT %s", *given.values(), limit).rows
        return [_order(row) for row in rows]


def _record(row: Sequence[Any]) -> RecordRow:
    kind, key, subject, data, at = row
    return RecordRow(kind, key, subject, data, from_microseconds(at))


def _order(row: Sequence[Any]) -> SearchRow:
    stream, reference, status, placed_at, customer, numbers = row
    return SearchRow(stream, reference, status, from_microseconds(placed_at), customer, tuple(json.loads(numbers)))
