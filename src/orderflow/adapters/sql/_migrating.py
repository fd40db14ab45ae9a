"""Creating the tables, bringing them up to date, and making sure that they are."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import inspect

from ...ports.store import StoreError
from ._dialects import Dialect
from ._lending import Loan
from ._schema import SCHEMA, Names, migrations, statements

__all__ = ("migrate", "missing", "require_tables")

_VERSION = "SELECT value FROM {meta} WHERE name = 'schema'"
_HELD_VERSION = f"{_VERSION} FOR UPDATE"
_MIGRATED = "UPDATE {meta} SET value = %s WHERE name = 'schema'"


def migrate(loan: Loan, dialect: Dialect, names: Names) -> tuple[int, ...]:
    """
    Run every migration that the database has not seen, and remember it; their numbers.

    Raises:
        StoreError: the database does not serve, or was written by a newer orderflow.
    """
    driver = loan.open()
    try:
        dialect.require_database(driver)
        version = _version(loan, dialect, names, _HELD_VERSION)
        steps = migrations(dialect.name, names, version)
        for number, script in steps:
            for statement in statements(script):
                dialect.send(driver, [(statement, ())])
            dialect.send(driver, [(names.fill(_MIGRATED), (number,))])
        if steps:
            loan.commit()
    except StoreError:
        raise
    except Exception as error:
        _, text = dialect.meaning(error)
        raise StoreError(f"the tables could not be made; try again ({text})") from error
    return tuple(number for number, _ in steps)


def missing(loan: Loan, dialect: Dialect, names: Names) -> Sequence[tuple[int, str]]:
    """
    The migrations that the database has not seen.

    Raises:
        StoreError: it was written by a newer orderflow.
    """
    loan.open()
    return migrations(dialect.name, names, _version(loan, dialect, names, _VERSION))


def require_tables(loan: Loan, dialect: Dialect, names: Names) -> None:
    """
    Make sure that the tables are there and up to date.

    Raises:
        StoreError: they are not; the message says what to do.
    """
    try:
        dialect.require_database(loan.open())
        version = _version(loan, dialect, names, _VERSION)
    except StoreError:
        raise
    except Exception as error:
        _, text = dialect.meaning(getattr(error, "orig", None) or error)
        raise StoreError(f"the database does not answer; nothing was written ({text})") from error
    if version < SCHEMA:
        state = "are not there" if version == 0 else f"are of schema {version}, and this orderflow needs {SCHEMA}"
        raise StoreError(
            f"the tables {names.table('…')} {state}. Run `orderflow schema --db URL --apply`, or SqlStore(…).migrate()"
        )


def _version(loan: Loan, dialect: Dialect, names: Names, statement: str) -> int:
    if loan.connection is None or not inspect(loan.connection).has_table(f"{names.prefix}meta", schema=names.schema):
        return 0
    (answer,) = dialect.send(loan.driver, [(names.fill(statement), ())])
    version = int(answer.rows[0][0]) if answer.rows else 0
    if version > SCHEMA:
        raise StoreError(
            f"the tables {names.table('…')} were made by a newer orderflow (schema {version}, this one knows "
            f"{SCHEMA}); upgrade orderflow"
        )
    return version
