"""
The outbox, the timers and the receipts in an SQL database.

Work is claimed by its state, never by a place in some order of numbers, which says nothing about the order of commits.
Only a stream's earliest due row may be claimed, and a leased row has its stream as its lane, of which there is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...moments import from_microseconds, microseconds
from ...ports.store import Receipt, StoreConflictError, WorkRow, WorkState
from ._dialects import insertion
from ._link import Link

__all__ = ("SqlWork",)

_ADD = insertion(
    "work",
    {
        "id": "text", "stream": "text", "kind": "text", "payload": "text", "due_at": "bigint", "attempts": "bigint",
        "state": "text", "note": "text",
    },
    once=True,
)  # fmt: skip
_COLUMNS = "id, stream, kind, payload, due_at, attempts, state, note"
_ROW = f"SELECT {_COLUMNS} FROM {{work}} "  # noqa: S608
_DUE = (
    f"SELECT {_COLUMNS} FROM {{{{work}}}} AS due {{}} WHERE state = 'due' AND due_at <= %s "  # noqa: S608
    "AND (lease IS NULL OR lease <= %s) "
    "AND NOT EXISTS (SELECT 1 FROM {{work}} AS busy WHERE busy.lane = due.stream AND busy.lease > %s) "
    "AND NOT EXISTS (SELECT 1 FROM {{work}} AS earlier WHERE earlier.stream = due.stream AND earlier.state = 'due' "
    "AND (earlier.due_at < due.due_at OR (earlier.due_at = due.due_at AND earlier.id < due.id))) "
)
_END = "ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED"
_CLAIM = _DUE + _END
_CLAIM_OF_STREAM = f"{_DUE}AND stream = %s {_END}"
_CLEAR = "UPDATE {{work}} {} SET lane = NULL WHERE lane {} AND lease <= %s"
_LEASE = "UPDATE {{work}} SET lease = %s, attempts = attempts + 1, lane = stream WHERE id {}"
_FINISH = "UPDATE {work} SET state = 'done', lease = NULL, lane = NULL WHERE id = %s AND state <> 'done'"
_POSTPONE = "UPDATE {work} SET due_at = %s, note = %s, lease = NULL, lane = NULL WHERE id = %s AND state = 'due'"
_PARK = "UPDATE {work} SET state = 'parked', note = %s, lease = NULL, lane = NULL WHERE id = %s AND state = 'due'"
_RESUME = "UPDATE {work} SET state = 'due', due_at = %s WHERE id = %s AND state = 'parked'"
_CANCEL = "DELETE FROM {work} WHERE stream = %s AND kind = %s AND state = 'due' AND lease IS NULL"
_OF_STREAM = f"{_ROW}WHERE stream = %s ORDER BY due_at, id"
_PARKED = f"{_ROW}WHERE state = 'parked' AND id > %s ORDER BY id LIMIT %s"
_NEXT_FREE = "SELECT due_at FROM {work} WHERE state = 'due' AND lease IS NULL ORDER BY due_at, id LIMIT 1"
_NEXT_LEASED = "SELECT MIN(GREATEST(due_at, lease)) FROM {work} WHERE lease IS NOT NULL"
_RECEIPT = "SELECT request, fingerprint, stream, version FROM {receipts} WHERE request = %s"
_KEEP = insertion(
    "receipts", {"request": "text", "fingerprint": "text", "stream": "text", "version": "bigint"}, once=True
)


class SqlWork:
    """See :class:`orderflow.ports.store.Work`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def add(self, rows: Sequence[WorkRow]) -> None:
        self._link.require_writing()
        values = [
            (
                row.id, row.stream, row.kind, row.payload, microseconds(row.due_at), row.attempts, row.state.value,
                row.note,
            )
            for row in rows
        ]  # fmt: skip
        self._link.tell_many(_ADD, values)

    def claim(
        self,
        until: datetime,
        lease_until: datetime,
        limit: int = 1,
        stream: str | None = None,
        at: datetime | None = None,
    ) -> Sequence[WorkRow]:
        link = self._link
        link.require_writing()
        if limit < 1:
            return ()
        due = microseconds(until)
        now = due if at is None else microseconds(at)
        if stream is None:
            rows = link.ask(_CLAIM.format(link.dialect.along("by_due")), due, now, now, limit).rows
        else:
            rows = link.ask(_CLAIM_OF_STREAM.format(link.dialect.along("of_stream")), due, now, now, stream, 1).rows
        taken = [_work_row(row, 1) for row in rows]
        if taken:
            lanes, streams = link.dialect.among(sorted({row.stream for row in taken}))
            ids, names = link.dialect.among(sorted(row.id for row in taken))
            link.ask_all(
                (_CLEAR.format(link.dialect.along("one_lane"), lanes), (*streams, now)),
                (_LEASE.format(ids), (microseconds(lease_until), *names)),
            )
        return taken

    def finish(self, id: str) -> bool:
        self._link.require_writing()
        return self._link.ask(_FINISH, id).count > 0

    def postpone(self, id: str, due_at: datetime, note: str = "") -> None:
        self._link.tell(_POSTPONE, microseconds(due_at), note, id)

    def park(self, id: str, note: str) -> None:
        self._link.tell(_PARK, note, id)

    def resume(self, id: str, due_at: datetime) -> bool:
        self._link.require_writing()
        return self._link.ask(_RESUME, microseconds(due_at), id).count > 0

    def cancel(self, stream: str, kind: str) -> int:
        self._link.require_writing()
        return self._link.ask(_CANCEL, stream, kind).count

    def of_stream(self, stream: str) -> Sequence[WorkRow]:
        return [_work_row(row) for row in self._link.ask(_OF_STREAM, stream).rows]

    def parked(self, after: str = "", limit: int = 100) -> Sequence[WorkRow]:
        return [_work_row(row) for row in self._link.ask(_PARKED, after, limit).rows]

    def next_due(self) -> datetime | None:
        answers = self._link.ask_all((_NEXT_FREE, ()), (_NEXT_LEASED, ()))
        found = [row[0] for answer in answers for row in answer.rows if row[0] is not None]
        return from_microseconds(min(found)) if found else None

    def receipt(self, request: str) -> Receipt | None:
        rows = self._link.ask(_RECEIPT, request).rows
        return Receipt(*rows[0]) if rows else None

    def keep(self, receipt: Receipt) -> None:
        self._link.require_writing()
        row = (receipt.request, receipt.fingerprint, receipt.stream, receipt.version)
        if not self._link.ask_many(_KEEP, [row]).count:
            raise StoreConflictError(f"request {receipt.request} was already answered")


def _work_row(row: Sequence[Any], attempts: int = 0) -> WorkRow:
    id, stream, kind, payload, due_at, claimed, state, note = row
    return WorkRow(id, stream, kind, payload, from_microseconds(due_at), claimed + attempts, WorkState(state), note)
