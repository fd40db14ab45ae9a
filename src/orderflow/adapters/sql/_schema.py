"""
The tables, and how they came about: plain SQL files, one for each version of the schema and dialect.

What runs is what can be read: a migration is its file, with another prefix or schema where the store has one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources

import attrs

from ...ports.store import StoreError
from ._dialects import Bulk

__all__ = ("SCHEMA", "Names", "migrations", "schema_sql")

SCHEMA = 1
"""The version of the tables that this version of orderflow works with."""

_TABLES = (
    "meta", "heads", "events", "counters", "buckets", "holds", "ledger", "work", "receipts", "records", "orders",
    "names",
)  # fmt: skip
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,30}", re.ASCII)
_IN_FILE = re.compile(r"((?:TABLE|EXISTS|ON|INTO|UPDATE|FROM) )?\borderflow_([a-z_]+)")
_DIALECTS = ("postgresql", "mariadb")


@attrs.frozen
class Names:
    """What the tables are called: a prefix, and the schema (PostgreSQL) or database (MariaDB) they are in."""

    prefix: str = "orderflow_"
    schema: str | None = None
    _texts: dict[str | Bulk, str | Bulk] = attrs.field(factory=dict, init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        for path, name in (("prefix", self.prefix), ("schema", self.schema)):
            if name is not None and not _NAME.fullmatch(name):
                raise StoreError(f"{path} {name!r}: expected up to 31 lower-case letters, digits and underscores")

    def table(self, name: str) -> str:
        """The whole name of a table."""
        return f"{self._place}{self.prefix}{name}"

    def fill(self, statement: str | Bulk) -> str | Bulk:
        """A statement with the names of the tables."""
        known = self._texts.get(statement)
        if known is None:
            known = self._texts[statement] = self._filled(statement)
        return known

    def script(self, text: str) -> str:
        """A migration with the names of the tables; indexes lie where their tables are, so only those are placed."""
        return _IN_FILE.sub(
            lambda found: f"{found[1] or ''}{self._place if found[1] else ''}{self.prefix}{found[2]}", text
        )

    def _filled(self, statement: str | Bulk) -> str | Bulk:
        tables = {name: self.table(name) for name in _TABLES}
        if isinstance(statement, Bulk):
            return attrs.evolve(
                statement,
                postgresql=statement.postgresql.format_map(tables),
                mariadb=statement.mariadb.format_map(tables),
            )
        return statement.format_map(tables)

    @property
    def _place(self) -> str:
        return "" if self.schema is None else f"{self.schema}."


def migrations(dialect: str, names: Names, after: int = 0) -> Sequence[tuple[int, str]]:
    """The migrations that lead from version *after* to :data:`SCHEMA`, each with its number."""
    folder = resources.files("orderflow.adapters.sql") / "migrations" / dialect
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    numbered = [(int(name.partition("_")[0]), name) for name in files]
    return [
        (number, names.script((folder / name).read_text(encoding="utf-8")))
        for number, name in numbered
        if number > after
    ]


def schema_sql(dialect: str, *, prefix: str = "orderflow_", schema: str | None = None, after: int = 0) -> str:
    """
    What creates the tables, or brings those of version *after* up to date, as SQL to be reviewed and run by hand.

    >>> print(schema_sql("postgresql").splitlines()[0])
    -- orderflow, schema 1, for PostgreSQL 12 and newer.

    Raises:
        StoreError: an unknown dialect, or a prefix or schema that is no plain name.
    """
    if dialect not in _DIALECTS:
        raise StoreError(f"{dialect!r} is not known; there is {' and '.join(_DIALECTS)}")
    return "\n".join(text for _, text in migrations(dialect, Names(prefix, schema), after))


def statements(script: str) -> Sequence[str]:
    """The single statements of a migration, without comments."""
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    return [text.strip() for text in "\n".join(lines).split(";") if text.strip()]
