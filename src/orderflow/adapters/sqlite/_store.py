"""The store itself: connections, the gate, transactions and views."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import get_ident
from typing import Final
from weakref import WeakSet

from ...ports.store import StoreError
from ._counters import SqliteCounters
from ._gate import Gate
from ._link import Link
from ._records import SqliteRecords
from ._schema import PATIENCE, checked_path, connect, explained, prepare, require_place
from ._streams import SqliteStreams
from ._work import SqliteWork

__all__ = ("SqliteStore", "SqliteTransaction")


class SqliteTransaction:
    """See :class:`orderflow.ports.store.Transaction`; one per connection, used again and again."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.streams = SqliteStreams(link)
        self.counters = SqliteCounters(link)
        self.work = SqliteWork(link)
        self.records = SqliteRecords(link)

    @property
    def connection(self) -> sqlite3.Connection:
        """For the host's own tables in the same commit; leave BEGIN, COMMIT and ROLLBACK to the store."""
        return self.link.connection


class _Process:
    """What belongs to one process and must not be used by its children."""

    def __init__(self, path: str) -> None:
        self.pid = os.getpid()
        self.gate = Gate(path)
        self.writer: SqliteTransaction | None = None
        self.readers: list[SqliteTransaction] = []
        self.inside: dict[int, bool] = {}


class _Turn:
    """A process's turn at the gate; a child forked in it leaves it to its parent."""

    __slots__ = ("_process",)

    def __init__(self, process: _Process) -> None:
        self._process = process

    def __enter__(self) -> None:
        self._process.gate.enter()

    def __exit__(self, *_: object) -> None:
        if self._process.pid == os.getpid():
            self._process.gate.leave()


# SQLite forbids even to close, in a child, a connection that its parent opened.
_inherited: Final[list[_Process]] = []
_stores: Final[WeakSet[SqliteStore]] = WeakSet()


def _after_fork() -> None:
    for store in list(_stores):
        store.settle_in()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class SqliteStore:
    """
    Orders in the SQLite file at *path*, which is created in an existing folder.

    A commit is on the disk before ``begin()`` ends (write-ahead log, ``synchronous=FULL``). Any number of threads and
    processes may use the file: writers pass a fair gate (locks on ``<path>.next`` and ``<path>.lock``) one at a time,
    readers never wait.
    The gate also keeps checkpoints apart from other writers, and so avoids the fault of SQLite before 3.51.3 that may
    damage a file when two connections write or checkpoint a write-ahead log at once; programs that write to the file
    without orderflow do not pass the gate. Erased rows are overwritten, in the log as soon as no view needs it.

    Raises:
        StoreError: the place or the file does not serve; the message says why and what to do. Nothing was changed.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = checked_path(path)
        self._process = _Process(self._path)
        _stores.add(self)
        process = self._process
        with self._gated(process):
            self._writer(process)

    @contextmanager
    def begin(self) -> Iterator[SqliteTransaction]:
        """A writing transaction: commits on a clean exit, rolls back on any exception."""
        process = self._enter(writing=True)
        try:
            with self._gated(process):
                transaction = self._writer(process)
                link = transaction.link
                try:
                    link.connection.execute("BEGIN IMMEDIATE")
                    link.writing, link.head = True, None
                    yield transaction
                    self._commit(process, link)
                except BaseException as error:
                    self._roll_back(process, link)
                    failure = explained(error, self._path)
                    if failure is None:
                        raise
                    raise failure from error
                finally:
                    link.writing = False
                if link.erased:
                    link.erased = not _emptied_log(link.connection)
        finally:
            process.inside.pop(get_ident(), None)

    @contextmanager
    def reading(self) -> Iterator[SqliteTransaction]:
        """A consistent view for reading; nothing may be written in it."""
        process = self.settle_in()
        nested = process.inside.get(get_ident()) is False
        if not nested:
            self._enter(writing=False)
        try:
            view = self._reader(process)
            run = view.link.connection.execute
            try:
                run("BEGIN")
                run("SELECT 1 FROM meta").fetchone()
                yield view
            except BaseException as error:
                failure = explained(error, self._path)
                if failure is None:
                    raise
                raise failure from error
            finally:
                self._give_back(process, view)
        finally:
            if not nested:
                process.inside.pop(get_ident(), None)

    def close(self) -> None:
        """Give back files and connections; the store opens again on use."""
        process = self._enter(writing=True)
        try:
            with self._gated(process):
                self._process = _Process(self._path)
                for transaction in [*process.readers, *filter(None, [process.writer])]:
                    transaction.link.connection.close()
            process.gate.close()
        finally:
            process.inside.pop(get_ident(), None)

    def settle_in(self) -> _Process:
        """What belongs to this process; after a fork it is new, and happens by itself."""
        process = self._process
        if process.pid != os.getpid():
            _inherited.append(process)
            process.gate.close()
            process = self._process = _Process(self._path)
        return process

    def _enter(self, *, writing: bool) -> _Process:
        process = self.settle_in()
        if get_ident() in process.inside:
            raise StoreError("this thread is inside a transaction or view of this store; use the one it has")
        process.inside[get_ident()] = writing
        return process

    def _gated(self, process: _Process) -> _Turn:
        if process.writer is None:
            require_place(self._path)
        return _Turn(process)

    def _writer(self, process: _Process) -> SqliteTransaction:
        if process.writer is None:
            process.writer = self._opened()
        return process.writer

    def _reader(self, process: _Process) -> SqliteTransaction:
        with suppress(IndexError):
            return process.readers.pop()
        if process.writer is None:
            with self._gated(process):
                self._writer(process)
        view = self._opened()
        view.link.connection.execute("PRAGMA query_only = ON")
        return view

    def _opened(self) -> SqliteTransaction:
        connection = None
        try:
            connection = connect(self._path)
            prepare(connection, self._path)
        except BaseException as error:
            if connection is not None:
                connection.close()
            failure = explained(error, self._path)
            if failure is None:
                raise
            raise failure from error
        return SqliteTransaction(Link(connection))

    def _commit(self, process: _Process, link: Link) -> None:
        if process.pid != os.getpid():
            raise StoreError("this process was forked inside a transaction, which belongs to its parent")
        if not link.connection.in_transaction:
            raise StoreError("the transaction was ended through its connection; leave COMMIT and ROLLBACK to the store")
        link.connection.execute("COMMIT")

    def _roll_back(self, process: _Process, link: Link) -> None:
        if process.pid != os.getpid():
            return
        try:
            if link.connection.in_transaction:
                link.connection.execute("ROLLBACK")
        except sqlite3.Error:
            process.writer = None
            link.connection.close()

    def _give_back(self, process: _Process, view: SqliteTransaction) -> None:
        if process.pid != os.getpid():
            return
        connection = view.link.connection
        with suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if process is self._process:
                process.readers.append(view)
                return
        process.gate.enter()
        try:
            connection.close()
        finally:
            process.gate.leave()


def _emptied_log(connection: sqlite3.Connection) -> bool:
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
    return not busy
