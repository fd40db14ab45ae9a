"""A process that dies at any statement it sends to SQLite, or is watched while it lives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from orderflow.adapters.sqlite import SqliteStore, _store

Watch = Callable[[str], None]


class Died(BaseException):
    """The process is gone."""


class Fuse:
    """Keeps what was sent, and dies before statement *left*; the moment after a commit counts as one."""

    def __init__(self, left: int | None = None) -> None:
        self.left = left
        self.sent: list[str] = []

    def __call__(self, statement: str) -> None:
        """One statement nearer."""
        if self.left is not None and len(self.sent) >= self.left:
            raise Died
        self.sent.append(statement)


class Watched:
    """A connection whose statements are told before they are sent; as nothing cuts the power, it waits for no disk."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.watch: Watch | None = None

    def execute(self, sql: str, *values: Any) -> Any:
        """One statement."""
        if sql.startswith("PRAGMA synchronous"):
            sql = "PRAGMA synchronous = OFF"
        self._tell(sql)
        answer = self.inner.execute(sql, *values)
        if sql == "COMMIT":
            self._tell("committed")
        return answer

    def executemany(self, sql: str, rows: Any) -> Any:
        """One statement for each row, which either all happen or the whole transaction does not."""
        for row in rows:
            self._tell(sql)
            self.inner.execute(sql, row)

    def _tell(self, sql: str) -> None:
        if self.watch is not None and sql != "ROLLBACK":
            self.watch(sql)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Torn(Watched):
    """The same without transactions: every statement is kept at once."""

    in_transaction = True

    def execute(self, sql: str, *values: Any) -> Any:
        """One statement, unless it begins or ends a transaction that writes."""
        ends_nothing = sql == "ROLLBACK" and not self.inner.in_transaction
        return super().execute("SELECT 1" if sql in {"BEGIN IMMEDIATE", "COMMIT"} or ends_nothing else sql, *values)


@contextmanager
def watched(path: Any, watch: Watch | None = None, wrap: type[Watched] = Watched) -> Iterator[SqliteStore]:
    """The store of a process of its own; every statement after it was opened is told to *watch*."""
    opened: list[Watched] = []
    connect = _store.connect

    def connected(path: str) -> Any:
        opened.append(wrap(connect(path)))
        return opened[-1]

    with mock.patch.object(_store, "connect", connected):
        store = SqliteStore(path)
        with store.reading():
            pass
        for connection in opened:
            connection.watch = watch
        try:
            yield store
        finally:
            for connection in opened:
                connection.watch = None
            store.close()
