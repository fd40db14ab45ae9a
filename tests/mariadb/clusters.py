"""A store on whichever node of a cluster answers, as a host would make it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pymysql
import sqlalchemy
from pymysql.constants import CLIENT

from orderflow.adapters.sql import SqlStore


def connected(ports: Sequence[int], database: str) -> pymysql.Connection[Any]:
    """A connection to the first of these nodes that takes statements; to a single server as it is."""
    failure: Exception | None = None
    for port in ports:
        try:
            connection = pymysql.connect(
                host="127.0.0.1",
                port=port,
                user="root",
                database=database,
                client_flag=CLIENT.FOUND_ROWS,
                connect_timeout=5,
                read_timeout=60,
            )
        except pymysql.MySQLError as error:
            failure = error
            continue
        with connection.cursor() as cursor:
            cursor.execute("SHOW GLOBAL STATUS LIKE 'wsrep_ready'")
            row = cursor.fetchone()
        if row == ("wsrep_ready", "ON") or len(ports) == 1:
            return connection
        connection.close()
        failure = pymysql.OperationalError(1047, f"the node at {port} is not ready")
    raise failure or pymysql.OperationalError(2003, "no nodes")


def store_on(ports: Sequence[int], database: str, **options: Any) -> SqlStore:
    """A store on the first of these nodes that takes statements, now and whenever a connection breaks."""
    return SqlStore(
        sqlalchemy.create_engine("mariadb+pymysql://", creator=lambda: connected(ports, database)), **options
    )
