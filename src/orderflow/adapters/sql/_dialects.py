"""What databases do differently: how statements for many rows are written and sent, and what their failures mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, Protocol, TypeAlias

import attrs

__all__ = ("Answer", "Bulk", "Dialect", "Meaning", "Rows", "Sent", "insertion")

Rows: TypeAlias = Sequence[Sequence[Any]]
Sent: TypeAlias = "tuple[str | Bulk, Sequence[Any]]"
"""A statement with its parameters; those of a :class:`Bulk` are rows."""


@attrs.frozen
class Answer:
    """What came back: rows, and how many rows a statement found or changed."""

    rows: list[tuple[Any, ...]]
    count: int


@attrs.frozen
class Bulk:
    """
    One statement for many rows: PostgreSQL takes an array for each column, MariaDB row after row.

    With *once*, rows whose key is there already change nothing. Fewer are counted then: on MariaDB none at all.
    """

    postgresql: str
    mariadb: str
    once: bool = False


class Meaning(Enum):
    """What a database's error means for the transaction in which it happened."""

    CONFLICT = "conflict"
    """Somebody else was first, and everything is taken back."""
    TAKEN = "taken"
    """A row breaks a rule of its table: its key is there already, or a counter would promise more than there is."""
    LOST = "lost"
    """The connection is gone."""
    OTHER = "other"


class Dialect(Protocol):
    """One kind of database behind its driver."""

    name: str
    patience: str
    """The statement after which a connection waits two seconds for a lock, and no longer."""
    locks_reach_everybody: bool
    """Whether a row that is locked on one server is locked for all who write; not so in a cluster of MariaDB."""

    def require_connection(self, connection: Any) -> None:
        """
        Make sure that a host's connection belongs to this dialect's driver, and is inside a transaction.

        Raises:
            StoreError: it does not, or every statement would commit by itself.
        """
        ...

    def require_database(self, connection: Any) -> None:
        """
        Make sure that the database is new enough, and keeps every character of every text.

        Raises:
            StoreError: it is not.
        """
        ...

    def prepare(self, connection: Any, *, writing: bool) -> Callable[[], None]:
        """Make a connection ready for a transaction or a view; answers what restores it."""
        ...

    def send(self, connection: Any, statements: Sequence[Sent]) -> list[Answer]:
        """Send the statements in order, and wait for all answers."""
        ...

    def commit(self, connection: Any) -> None:
        """
        Commit.

        Raises:
            StoreError: a statement had failed, or the transaction was ended otherwise, so that this commits nothing.
        """
        ...

    def among(self, values: Sequence[Any]) -> tuple[str, Sequence[Any]]:
        """The end of a condition that something is one of *values*, and its parameters."""
        ...

    def along(self, index: str) -> str:
        """What makes a statement read a table in the order of an index, so that it locks no more rows than it takes."""
        ...

    def meaning(self, error: BaseException) -> tuple[Meaning, str]:
        """What an error means, and in words what to do about it."""
        ...


def insertion(table: str, columns: Mapping[str, str], *, once: bool = False, replacing: Sequence[str] = ()) -> Bulk:
    """
    Rows into *table*, whose columns have these types.

    A row whose key is there already fails; with *once* it changes nothing; *replacing* (the key's columns) it takes
    the other's place.
    """
    names = ", ".join(columns)
    arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
    places = ", ".join("%s" for _ in columns)
    postgresql = f"INSERT INTO {{{table}}} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608
    mariadb = f"INSERT INTO {{{table}}} ({names}) VALUES ({places})"  # noqa: S608
    if once:
        first = next(iter(columns))
        postgresql += " ON CONFLICT DO NOTHING"
        # Leaves the row as it is, locked, and a sign that it was there: the count would not tell.
        mariadb += f" ON DUPLICATE KEY UPDATE {first} = IF(LAST_INSERT_ID(1), {{{table}}}.{first}, NULL)"
    elif replacing:
        others = [name for name in columns if name not in replacing]
        taken = ", ".join(f"{name} = excluded.{name}" for name in others)
        postgresql += f" ON CONFLICT ({', '.join(replacing)}) DO UPDATE SET {taken}"
        mariadb += f" ON DUPLICATE KEY UPDATE {', '.join(f'{name} = VALUES({name})' for name in others)}"
    return Bulk(postgresql, mariadb, once)
