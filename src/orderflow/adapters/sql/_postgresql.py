"""PostgreSQL through psycopg."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import IsolationLevel
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row
from psycopg.types.numeric import Int8Dumper

from ...ports.store import StoreError
from ._dialects import Answer, Bulk, Meaning, Sent

__all__ = ("PostgreSQL",)

_OLDEST = 120_000
_CONFLICTS = {"40001", "40P01", "55P03"}  # serialization failure, deadlock, lock timeout
_RULES = {"23505", "23514"}  # unique and check violation
_LOST = {"57P01", "57P02", "57P03", "57P05", "25P03"}  # shut down, crashed, starting, idle too long
_ADVICE = {
    "42P01": "the tables of orderflow are not there. Run `orderflow schema --db URL --apply`",
    "42501": "the database user may not do this. Grant SELECT, INSERT, UPDATE and DELETE on orderflow's tables",
    "25006": "this server can only be read. Give the address of the primary server",
    "53100": "the database's disk is full; nothing of this transaction was stored. Make room, then try again",
    "53200": "the database is out of memory; nothing of this transaction was stored. Try again later",
    "53300": "the database takes no more connections. Raise max_connections, or make your processes' pools smaller",
    "57014": "a statement was cancelled, by hand or by statement_timeout; nothing of this transaction was stored",
    "25P02": "a statement failed before in this transaction; let its error out of 'with store.begin()'",
}


def _array(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


class PostgreSQL:
    """See :class:`orderflow.adapters.sql._dialects.Dialect`."""

    name = "postgresql"
    patience = "SET lock_timeout = 2000"
    locks_reach_everybody = True

    def prepare(self, connection: psycopg.Connection[Any], *, writing: bool) -> Callable[[], None]:
        before = connection.autocommit, connection.isolation_level, connection.read_only
        connection.autocommit = False
        if not writing:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True

        def restore() -> None:
            connection.autocommit, connection.isolation_level, connection.read_only = before

        return restore

    def require_connection(self, connection: Any) -> None:
        if not isinstance(connection, psycopg.Connection):
            raise StoreError(f"expected a connection of psycopg 3, got {type(connection).__module__}")
        if connection.autocommit and connection.info.transaction_status is TransactionStatus.IDLE:
            raise StoreError("this connection commits every statement by itself; begin a transaction on it first")

    def require_database(self, connection: psycopg.Connection[Any]) -> None:
        if connection.info.server_version < _OLDEST:
            raise StoreError(f"PostgreSQL {connection.info.server_version // 10_000} is too old; 12 or newer is needed")
        if (encoding := connection.info.parameter_status("server_encoding")) != "UTF8":
            raise StoreError(f"the database keeps texts as {encoding}; create one with ENCODING 'UTF8'")

    def send(self, connection: psycopg.Connection[Any], statements: Sequence[Sent]) -> list[Answer]:
        if len(statements) == 1:
            return [_answer(_executed(connection, *statements[0]))]
        first: psycopg.Error | None = None
        cursors: list[psycopg.Cursor[Any]] = []
        try:
            with connection.pipeline():
                try:
                    cursors.extend(_executed(connection, *statement) for statement in statements)
                except psycopg.Error as error:  # of an earlier statement, whose answer came meanwhile
                    first = error
        except psycopg.Error as error:
            raise first or error from None
        if first is not None:
            raise first
        return [_answer(cursor) for cursor in cursors]

    def commit(self, connection: psycopg.Connection[Any]) -> None:
        status = connection.info.transaction_status
        if status is TransactionStatus.INERROR:
            raise StoreError("nothing was written, as a statement failed inside the transaction; let such errors out")
        if status is TransactionStatus.IDLE:
            raise StoreError("the transaction was ended through its connection; leave commit and rollback to the store")
        connection.commit()

    def among(self, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        return "= ANY(%s)", [list(values)]

    def along(self, index: str) -> str:
        return ""  # rows are locked after they were put in order

    def meaning(self, error: BaseException) -> tuple[Meaning, str]:
        if not isinstance(error, psycopg.Error):
            return Meaning.OTHER, str(error)
        code, text = error.sqlstate, str(error).strip()
        if code in _CONFLICTS:
            return Meaning.CONFLICT, text
        if code in _RULES:
            return Meaning.TAKEN, text
        if code is None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return Meaning.LOST, text
        if code is not None and (code in _LOST or code.startswith("08")):
            return Meaning.LOST, text
        return Meaning.OTHER, f"{_ADVICE[code]} ({text})" if code in _ADVICE else text


def _executed(connection: psycopg.Connection[Any], statement: str | Bulk, parameters: Sequence[Any]) -> Any:
    cursor = psycopg.Cursor(connection, row_factory=tuple_row)
    # One width for all whole numbers: otherwise a statement would be prepared anew for each mixture of sizes.
    cursor.adapters.register_dumper(int, Int8Dumper)
    if isinstance(statement, Bulk):
        return cursor.execute(statement.postgresql.encode(), _array(parameters))
    return cursor.execute(statement.encode(), parameters)


def _answer(cursor: Any) -> Answer:
    return Answer(cursor.fetchall() if cursor.description is not None else [], cursor.rowcount)
