"""The store itself: transactions and views on an engine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import get_ident
from types import MappingProxyType
from typing import Any, Final
from weakref import WeakSet

from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from ...ports.store import StoreError
from ._buckets import require_buckets
from ._dialects import Dialect, Meaning
from ._doubt import DoubtError, settle_doubt
from ._hosted import HostedStore
from ._lending import Loan
from ._link import Link, raised
from ._migrating import migrate, missing, require_tables
from ._schema import Names
from ._transaction import SqlTransaction

__all__ = ("SqlStore",)

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mariadb": "mariadb+pymysql",
    "mysql": "mariadb+pymysql",
}


class _Process:
    """What belongs to one process and must not be used by its children."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.inside: dict[int, SqlTransaction | None] = {}
        self.loans: set[Loan] = set()
        self.is_ready = False


# What a parent had open is kept, but never used: to close it in a child would end the parent's session.
_inherited: Final[list[object]] = []
_stores: Final[WeakSet[SqlStore]] = WeakSet()


def _after_fork() -> None:
    for store in list(_stores):
        store.settle_in()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class SqlStore:
    """
    Orders in a database of PostgreSQL, through psycopg 3, or of MariaDB, through PyMySQL.

    Any number of threads and processes on any number of machines may use it. Writers of the same order, and of the same
    counter, wait for each other; all others do not meet. It works at READ COMMITTED, and on PostgreSQL at every level
    above. A :class:`~orderflow.ports.store.StoreConflictError` says that nothing was written; ``Shop`` decides
    again then. Where the connection breaks during a commit, the database is asked what became of it.

    The tables are made by :meth:`migrate`, or by hand from ``orderflow schema``.

    Args:
        database: an SQLAlchemy engine, or the URL of one (``postgresql://user:password@host/name``, ``mariadb://…``).
        prefix: what the names of the tables begin with.
        schema: the schema (PostgreSQL) or database (MariaDB) in which the tables are; by default the one that the
            connection finds first.
        buckets: into how many buckets counters that many want at once are split, such as
            ``{stock.item_id("MUG"): 16}``. It may differ between processes and change at any time; 1 puts a counter
            together again, and one that is not named stays as it is.

    Raises:
        StoreError: another kind of database, a name that is no plain name, or no number of buckets.
    """

    def __init__(
        self,
        database: Engine | URL | str,
        *,
        prefix: str = "orderflow_",
        schema: str | None = None,
        buckets: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self._buckets = require_buckets(buckets)
        self._names = Names(prefix, schema)
        self._is_own = not isinstance(database, Engine)
        self._engine = database if isinstance(database, Engine) else _engine(database)
        self._dialect = _dialect(self._engine)
        self._process = _Process()
        _stores.add(self)

    def __repr__(self) -> str:
        return f"SqlStore({self._engine.url!r})"

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        """A writing transaction: commits on a clean exit, rolls back on any exception."""
        process = self._ready()
        process.inside[get_ident()] = None
        loan = Loan(self._engine, self._dialect, writing=True)
        link = Link(self._dialect, self._names.fill, loan.open, writing=True, buckets=self._buckets)
        try:
            with self._lent(process, loan, link):
                yield SqlTransaction(link, lambda: loan.connection)
                self._commit(process, loan, link)
        except DoubtError as doubt:
            settle_doubt(doubt, link, self._names, lambda: Loan(self._engine, self._dialect, writing=True))
        finally:
            process.inside.pop(get_ident(), None)

    @contextmanager
    def reading(self) -> Iterator[SqlTransaction]:
        """A consistent view for reading; inside it, the same view is opened again."""
        outer = self.settle_in().inside.get(get_ident())
        if outer is not None:
            yield outer
            return
        process = self._ready()
        loan = Loan(self._engine, self._dialect, writing=False)
        link = Link(self._dialect, self._names.fill, loan.open, writing=False)
        view = process.inside[get_ident()] = SqlTransaction(link, lambda: loan.connection)
        try:
            with self._lent(process, loan, link):
                yield view
        finally:
            process.inside.pop(get_ident(), None)

    def within(self, connection: Any) -> HostedStore:
        """
        The same tables through a *connection* of the host, who has begun a transaction on it and ends it.

        It is a connection or session of SQLAlchemy, a connection of Django, or one of the driver itself.

        Raises:
            StoreError: it is none of these, or in no transaction.
        """
        return HostedStore(self._dialect, self._names, connection, self._buckets)

    def migrate(self) -> tuple[int, ...]:
        """
        Create the tables, or bring them up to date; the versions through which they went.

        Raises:
            StoreError: the database does not serve, or was written by a newer orderflow.
        """
        self._enter()
        loan = Loan(self._engine, self._dialect, writing=True)
        try:
            return migrate(loan, self._dialect, self._names)
        finally:
            loan.give_back()

    def missing_sql(self) -> str:
        """
        What :meth:`migrate` would run, as SQL; empty where the tables are up to date.

        Raises:
            StoreError: the database was written by a newer orderflow.
        """
        self._enter()
        loan = Loan(self._engine, self._dialect, writing=False)
        try:
            return "\n".join(script for _, script in missing(loan, self._dialect, self._names))
        finally:
            loan.give_back()

    def close(self) -> None:
        """Give back connections; the store opens again on use. A host's own engine is left as it is."""
        self._enter()
        if self._is_own:
            self._engine.dispose()

    def settle_in(self) -> _Process:
        """What belongs to this process; after a fork it is new, and happens by itself."""
        process = self._process
        if process.pid != os.getpid():
            _inherited.extend((process, self._engine.pool))
            self._engine.dispose(close=False)
            process = self._process = _Process()
        return process

    def _enter(self) -> _Process:
        process = self.settle_in()
        if get_ident() in process.inside:
            raise StoreError("this thread is inside a transaction or view of this store; use the one it has")
        return process

    def _ready(self) -> _Process:
        process = self._enter()
        if not process.is_ready:
            loan = Loan(self._engine, self._dialect, writing=False)
            try:
                require_tables(loan, self._dialect, self._names)
            finally:
                loan.give_back()
            process.is_ready = True
        return process

    @contextmanager
    def _lent(self, process: _Process, loan: Loan, link: Link) -> Iterator[None]:
        process.loans.add(loan)
        try:
            yield
        except DBAPIError as error:  # of the host's own statements
            meaning, text = self._dialect.meaning(error.orig or error)
            if meaning is Meaning.CONFLICT or meaning is Meaning.LOST:
                raise raised(meaning, text, writing=link.writing) from error
            raise
        finally:
            link.end()
            if process.pid == os.getpid():
                loan.give_back()
                process.loans.discard(loan)

    def _commit(self, process: _Process, loan: Loan, link: Link) -> None:
        if process.pid != os.getpid():
            raise StoreError("this process was forked inside a transaction, which belongs to its parent")
        link.flush()
        link.require_whole()
        try:
            loan.commit()
        except StoreError:
            raise
        except Exception as error:
            meaning, text = self._dialect.meaning(error)
            if meaning is Meaning.LOST:
                raise DoubtError(text) from error
            raise raised(meaning, text, writing=True) from error


def _engine(database: URL | str) -> Engine:
    try:
        url = make_url(database)
        return create_engine(url.set(drivername=_DRIVERS.get(url.drivername, url.drivername)))
    except (ArgumentError, ValueError):  # whose texts may show a password
        raise StoreError("expected the URL of a database, such as postgresql://user:password@host/name") from None


def _dialect(engine: Engine) -> Dialect:
    if engine.dialect.name == "postgresql" and engine.driver == "psycopg":
        from ._postgresql import PostgreSQL

        return PostgreSQL()
    if engine.dialect.name in {"mariadb", "mysql"} and engine.driver == "pymysql":
        from ._mariadb import MariaDB

        return MariaDB()
    raise StoreError(
        f"expected PostgreSQL through psycopg or MariaDB through PyMySQL, got {engine.dialect.name} through "
        f"{engine.driver}; for a file of SQLite there is SqliteStore"
    )
