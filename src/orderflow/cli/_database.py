"""The file or database a command works on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ..adapters.sqlite import SqliteStore
from ..ports.store import Store, StoreError

if TYPE_CHECKING:
    from ..adapters.sql import SqlStore

__all__ = ("Database", "opened", "sql_store")

_SECRET = re.compile(r"(?<=//)([^/@:]*):[^/@]*@")


@attrs.frozen
class Database:
    """What ``--db`` names: a file, or a database on a server by its URL, which is shown without its password."""

    place: str
    prefix: str = "orderflow_"
    schema: str | None = None

    def __str__(self) -> str:
        return _SECRET.sub(r"\1:***@", self.place)

    @property
    def is_file(self) -> bool:
        """Whether it is no URL."""
        return "://" not in self.place

    def exists(self) -> bool:
        """Whether there is such a file; what is on a server shows when it is opened."""
        return not self.is_file or Path(self.place).exists()


@contextmanager
def opened(database: Database, *, create: bool = False) -> Iterator[Store]:
    """
    The store in a file or database, closed afterwards.

    Raises:
        StoreError: there is no such file (unless *create*), or it cannot be used; the message says why.
    """
    if not create and not database.exists():
        raise StoreError(f"{database}: there is no such file; 'orderflow import' creates one")
    store = SqliteStore(database.place) if database.is_file else sql_store(database)
    try:
        yield store
    finally:
        store.close()


def sql_store(database: Database) -> SqlStore:
    """
    The store in a database on a server.

    Raises:
        StoreError: it is a file, another kind of database, or the extra for databases is not installed.
    """
    if database.is_file:
        raise StoreError(
            f"{database} is a file, which needs no schema; give a URL, such as postgresql://user@host/name"
        )
    try:
        from ..adapters.sql import SqlStore

        return SqlStore(database.place, prefix=database.prefix, schema=database.schema)
    except ImportError as error:
        raise StoreError(
            "a database on a server needs: pip install 'orderflow[sql]' 'psycopg[binary]', or 'orderflow[mariadb]' "
            f"({error})"
        ) from error
