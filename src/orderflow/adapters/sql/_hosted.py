"""The store inside a transaction of the host, who commits it or takes it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from ...ports.store import HostConflictError, StoreConflictError, StoreError
from ._dialects import Dialect
from ._link import Link
from ._schema import Names
from ._transaction import SqlTransaction

__all__ = ("HostedStore",)

_SAVE = "SAVEPOINT orderflow"
_BACK = "ROLLBACK TO SAVEPOINT orderflow"
_RELEASE = "RELEASE SAVEPOINT orderflow"


class HostedStore:
    """
    A store whose commits are the host's: what is written stays or goes with the host's transaction.

    What fails is taken back to where it began, so that the host's own rows remain. A conflict comes out to the host,
    who takes everything back and begins anew.
    """

    def __init__(self, dialect: Dialect, names: Names, connection: Any, buckets: Mapping[str, int]) -> None:
        self._buckets = buckets
        self._dialect = dialect
        self._names = names
        self._connection = connection
        self._driver = _driver_of(connection)
        dialect.require_connection(self._driver)
        self._inside: str | None = None

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        """A part of the host's transaction: kept on a clean exit, taken back on any exception."""
        with self._entered("transaction"):
            link = Link(self._dialect, self._names.fill, self._saved, writing=True, buckets=self._buckets)
            try:
                yield SqlTransaction(link, lambda: self._connection)
                link.flush()
                link.require_whole()
                self._end(link)
            except StoreConflictError as conflict:
                self._take_back(link)
                raise HostConflictError(f"{conflict}; take your transaction back, and begin it anew") from conflict
            except BaseException:
                self._take_back(link)
                raise
            finally:
                link.end()

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """What the host's transaction sees."""
        with self._entered("view"):
            link = Link(self._dialect, self._names.fill, lambda: self._driver, writing=False)
            try:
                yield SqlTransaction(link, lambda: self._connection)
            finally:
                link.end()

    def close(self) -> None:
        """The connection is the host's, so there is nothing to give back."""

    def _take_back(self, link: Link) -> None:
        with suppress(Exception):  # a dead connection, or a deadlock after which nothing is left
            self._end(link, _BACK)

    def _end(self, link: Link, *statements: str) -> None:
        if link.is_used:
            for statement in (*statements, _RELEASE):
                self._dialect.send(self._driver, [(statement, ())])

    def _saved(self) -> Any:
        self._dialect.send(self._driver, [(_SAVE, ())])
        return self._driver

    @contextmanager
    def _entered(self, place: str) -> Iterator[None]:
        outer = self._inside
        if outer is not None and "transaction" in (outer, place):
            raise StoreError(f"this is inside a {outer} of this store; use the one it has")
        self._inside = place
        try:
            yield
        finally:
            self._inside = outer


def _driver_of(connection: Any) -> Any:
    """The driver's connection behind one of SQLAlchemy or Django, which must be in a transaction."""
    if hasattr(connection, "get_bind"):  # a session
        connection = connection.connection()
    if hasattr(connection, "driver_connection"):  # pooled
        return connection.driver_connection
    if hasattr(connection, "in_transaction"):
        if not connection.in_transaction():
            raise StoreError("this connection is in no transaction; begin one on it first")
        return connection.connection.driver_connection
    if hasattr(connection, "in_atomic_block"):
        if not connection.in_atomic_block:
            raise StoreError("this connection is in no transaction; use it inside 'with transaction.atomic()'")
        connection.ensure_connection()
        return connection.connection
    return connection
