"""The outbox, the timers and the receipts in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ...moments import from_microseconds, microseconds
from ...ports.store import Receipt, StoreConflictError, WorkRow, WorkState
from ._link import Link

__all__ = ("SqliteWork",)

_ADD = (
    "INSERT INTO work (id, stream, kind, payload, due_at, attempts, state, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (id) DO NOTHING"
)
_ROW = "SELECT id, stream, kind, payload, due_at, attempts, state, note FROM work "
# Ids begin with the stream and a slash; 0 is the character after the slash.
_STREAM = "id > :stream || '/' AND id < :stream || '0' AND stream = :stream"
_BUSY = "SELECT stream FROM work WHERE lease IS NOT NULL AND lease > ?"
_DUE = f"{_ROW}WHERE state = 'due' AND due_at <= ? ORDER BY due_at, id"
_DUE_OF_STREAM = f"{_ROW}WHERE {_STREAM} AND state = 'due' AND due_at <= :due ORDER BY due_at, id LIMIT 1"
_LEASE = "UPDATE work SET lease = ?, attempts = attempts + 1 WHERE id = ?"
_FINISH = "UPDATE work SET state = 'done', lease = NULL WHERE id = ? AND state <> 'done'"
_POSTPONE = "UPDATE work SET due_at = ?, note = ?, lease = NULL WHERE id = ? AND state = 'due'"
_PARK = "UPDATE work SET state = 'parked', note = ?, lease = NULL WHERE id = ? AND state = 'due'"
_RESUME = "UPDATE work SET state = 'due', due_at = ? WHERE id = ? AND state = 'parked'"
_CANCEL = f"DELETE FROM work WHERE {_STREAM} AND kind = :kind AND state = 'due' AND lease IS NULL"  # noqa: S608
_OF_STREAM = f"{_ROW}WHERE {_STREAM} ORDER BY due_at, id"
_PARKED = f"{_ROW}WHERE state = 'parked' AND id > ? ORDER BY id LIMIT ?"
_NEXT_FREE = "SELECT due_at FROM work WHERE state = 'due' AND lease IS NULL ORDER BY due_at, id LIMIT 1"
_NEXT_LEASED = "SELECT min(max(due_at, lease)) FROM work WHERE lease IS NOT NULL"
_RECEIPT = "SELECT request, fingerprint, stream, version FROM receipts WHERE request = ?"
_KEEP = "INSERT INTO receipts VALUES (?, ?, ?, ?)"


def _work_row(row: Sequence[Any], attempts: int = 0) -> WorkRow:
    id, stream, kind, payload, due_at, claimed, state, note = row
    return WorkRow(id, stream, kind, payload, from_microseconds(due_at), claimed + attempts, WorkState(state), note)


class SqliteWork:
    """See :class:`orderflow.ports.store.Work`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._run = link.connection.execute

    def add(self, rows: Sequence[WorkRow]) -> None:
        self._link.writable().executemany(
            _ADD,
            [
                (
                    row.id, row.stream, row.kind, row.payload, microseconds(row.due_at), row.attempts, row.state.value,
                    row.note,
                )
                for row in rows
            ],
        )  # fmt: skip

    def claim(
        self,
        until: datetime,
        lease_until: datetime,
        limit: int = 1,
        stream: str | None = None,
        at: datetime | None = None,
    ) -> Sequence[WorkRow]:
        connection = self._link.writable()
        due = microseconds(until)
        busy = {name for (name,) in self._run(_BUSY, (due if at is None else microseconds(at),))}
        if stream is None:
            taken = _first_of_each(self._run(_DUE, (due,)), busy, limit)
        elif stream in busy or limit < 1:
            taken = []
        else:
            taken = [_work_row(row, 1) for row in self._run(_DUE_OF_STREAM, {"stream": stream, "due": due})]
        connection.executemany(_LEASE, [(microseconds(lease_until), row.id) for row in taken])
        return taken

    def finish(self, id: str) -> bool:
        return self._link.writable().execute(_FINISH, (id,)).rowcount > 0

    def postpone(self, id: str, due_at: datetime, note: str = "") -> None:
        self._link.writable().execute(_POSTPONE, (microseconds(due_at), note, id))

    def park(self, id: str, note: str) -> None:
        self._link.writable().execute(_PARK, (note, id))

    def resume(self, id: str, due_at: datetime) -> bool:
        return self._link.writable().execute(_RESUME, (microseconds(due_at), id)).rowcount > 0

    def cancel(self, stream: str, kind: str) -> int:
        return self._link.writable().execute(_CANCEL, {"stream": stream, "kind": kind}).rowcount

    def of_stream(self, stream: str) -> Sequence[WorkRow]:
        return [_work_row(row) for row in self._run(_OF_STREAM, {"stream": stream}).fetchall()]

    def parked(self, after: str = "", limit: int = 100) -> Sequence[WorkRow]:
        return [_work_row(row) for row in self._run(_PARKED, (after, limit)).fetchall()]

    def next_due(self) -> datetime | None:
        found = [row[0] for sql in (_NEXT_FREE, _NEXT_LEASED) for row in self._run(sql) if row[0] is not None]
        return from_microseconds(min(found)) if found else None

    def receipt(self, request: str) -> Receipt | None:
        row = self._run(_RECEIPT, (request,)).fetchone()
        return row and Receipt(*row)

    def keep(self, receipt: Receipt) -> None:
        try:
            self._link.writable().execute(
                _KEEP, (receipt.request, receipt.fingerprint, receipt.stream, receipt.version)
            )
        except sqlite3.IntegrityError:
            raise StoreConflictError(f"request {receipt.request} was already answered") from None


def _first_of_each(rows: Iterable[Sequence[Any]], busy: set[str], limit: int) -> list[WorkRow]:
    taken: list[WorkRow] = []
    for row in rows:
        if len(taken) >= limit:
            break
        if row[1] not in busy:
            busy.add(row[1])
            taken.append(_work_row(row, 1))
    return taken
