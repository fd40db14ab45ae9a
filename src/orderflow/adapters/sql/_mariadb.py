"""
MariaDB through PyMySQL, on one server or on a Galera cluster.

In a cluster the nodes do not see each other's locks. Who writes the same row on two nodes learns it at the commit, or
earlier, as a deadlock; and what another node has committed may not have arrived here yet, unless it is waited for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakSet

import pymysql
from pymysql.connections import Connection
from pymysql.constants import CLIENT, SERVER_STATUS
from pymysql.cursors import Cursor

from ...ports.store import StoreError
from ._dialects import Answer, Bulk, Meaning, Sent

__all__ = ("MariaDB",)

_OLDEST = (10, 6)
_VERSION = re.compile(r"(?:5\.5\.5-)?(\d+)\.(\d+)\.\d+-MariaDB", re.ASCII)
_STRICT = {"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES"}
_CONFLICTS = {1020, 1205, 1213}  # changed since last read, lock wait timeout, deadlock or failed certification
_RULES = {1062, 4025}  # duplicate key, CHECK
_LOST = {
    0, 1053, 1077, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2002, 2003, 2006, 2013, 2014, 2055,  # broken off
    1047,  # this node of a cluster takes no commands: it has lost the others, or has not caught up
}  # fmt: skip
_ADVICE = {
    1021: "the database's disk is full; nothing of this transaction was stored. Make room, then try again",
    1040: "the database takes no more connections. Raise max_connections, or make your processes' pools smaller",
    1044: "the database user may not do this. Grant SELECT, INSERT, UPDATE and DELETE on orderflow's tables",
    1114: "the database's disk is full; nothing of this transaction was stored. Make room, then try again",
    1142: "the database user may not do this. Grant SELECT, INSERT, UPDATE and DELETE on orderflow's tables",
    1146: "the tables of orderflow are not there. Run `orderflow schema --db URL --apply`",
    1290: "this server can only be read. Give the address of the primary server",
    1317: "a statement was cancelled by hand; nothing of this transaction was stored",
    1406: "a text is longer than its column; names and keys have at most 255 characters",
    1969: "a statement was cancelled by max_statement_time; nothing of this transaction was stored",
}
_CAUSAL = "SET SESSION wsrep_sync_wait = 1"
_UNKNOWN_VARIABLE = 1193


class MariaDB:
    """See :class:`orderflow.adapters.sql._dialects.Dialect`."""

    name = "mariadb"
    patience = "SET SESSION innodb_lock_wait_timeout = 2"
    locks_reach_everybody = False

    def __init__(self) -> None:
        self._causal: WeakSet[Connection[Any]] = WeakSet()

    def prepare(self, connection: Connection[Any], *, writing: bool) -> Callable[[], None]:
        before = connection.get_autocommit()
        connection.autocommit(False)
        if connection not in self._causal:
            _wait_for_others(connection)
            self._causal.add(connection)
        level, begin = (
            ("READ COMMITTED", "START TRANSACTION")
            if writing
            else ("REPEATABLE READ", "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        )
        connection.query(f"SET TRANSACTION ISOLATION LEVEL {level}")
        connection.query(begin)
        return lambda: connection.autocommit(before)

    def require_connection(self, connection: Any) -> None:
        if not isinstance(connection, Connection):
            raise StoreError(f"expected a connection of PyMySQL, got {type(connection).__module__}")
        if not _is_inside(connection):
            raise StoreError("this connection is in no transaction; begin one on it first")
        self.require_database(connection)

    def require_database(self, connection: Any) -> None:
        version = connection.get_server_info()
        found = _VERSION.match(version)
        if found is None or (int(found[1]), int(found[2])) < _OLDEST:
            raise StoreError(f"{version} does not serve; MariaDB 10.6 or newer is needed")
        if not connection.client_flag & CLIENT.FOUND_ROWS:
            raise StoreError(
                "the connection counts changed rows, and not those that were found; open it with "
                "client_flag=pymysql.constants.CLIENT.FOUND_ROWS, as SQLAlchemy and Django do"
            )
        if connection.charset != "utf8mb4":
            raise StoreError(f"the connection keeps texts as {connection.charset}; open it with charset=utf8mb4")
        ((modes,),) = _sent(connection, "SELECT @@SESSION.sql_mode", ()).rows
        if not _STRICT & set(modes.split(",")):
            raise StoreError("the connection cuts off what is too long; set sql_mode=STRICT_TRANS_TABLES")

    def send(self, connection: Connection[Any], statements: Sequence[Sent]) -> list[Answer]:
        return [_sent(connection, statement, parameters) for statement, parameters in statements]

    def commit(self, connection: Connection[Any]) -> None:
        if not _is_inside(connection):
            raise StoreError("the transaction was ended through its connection; leave commit and rollback to the store")
        try:
            connection.commit()
        except pymysql.MySQLError as error:
            # Only a conflict says that nothing was written. Whatever else is said here, a cluster may have agreed.
            if _code(error) in _CONFLICTS:
                raise
            raise pymysql.OperationalError(2013, str(error)) from error

    def among(self, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        return f"IN ({', '.join('%s' for _ in values)})", values

    def along(self, index: str) -> str:
        return f"FORCE INDEX ({index})"

    def meaning(self, error: BaseException) -> tuple[Meaning, str]:
        if not isinstance(error, pymysql.MySQLError):
            return Meaning.OTHER, str(error)
        code, text = _code(error), str(error)
        if code in _CONFLICTS:
            return Meaning.CONFLICT, text
        if code in _RULES:
            return Meaning.TAKEN, text
        if code in _LOST:
            return Meaning.LOST, text
        return Meaning.OTHER, f"{_ADVICE[code]} ({text})" if code in _ADVICE else text


def _wait_for_others(connection: Connection[Any]) -> None:
    """Let transactions begin with all that other nodes had committed by then; without a cluster nothing changes."""
    try:
        connection.query(_CAUSAL)
    except pymysql.MySQLError as error:
        if _code(error) != _UNKNOWN_VARIABLE:  # a server that was built without clusters
            raise


def _sent(connection: Connection[Any], statement: str | Bulk, parameters: Sequence[Any]) -> Answer:
    with Cursor(connection) as cursor:
        if not isinstance(statement, Bulk):
            cursor.execute(statement, tuple(parameters))
            return Answer(list(cursor.fetchall()), cursor.rowcount)
        count = cursor.executemany(statement.mariadb, parameters) or 0
        return Answer([], 0 if statement.once and cursor.lastrowid else count)


def _is_inside(connection: Any) -> bool:
    return bool(connection.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)


def _code(error: BaseException) -> int:
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0
