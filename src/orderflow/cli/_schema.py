"""``orderflow schema``."""

from __future__ import annotations

from ._database import Database, sql_store
from ._output import Output

__all__ = ("schema",)


def schema(output: Output, *, dialect: str | None, db: Database, apply: bool) -> int:
    """Print the SQL that makes the tables, or those that a database lacks; run it where that is asked for."""
    if dialect is not None:
        from ..adapters.sql import schema_sql

        return _printed(output, schema_sql(dialect, prefix=db.prefix, schema=db.schema), applied=False)
    store = sql_store(db)
    try:
        text = store.missing_sql()
        if apply:
            store.migrate()
    finally:
        store.close()
    return _printed(output, text, applied=apply and bool(text))


def _printed(output: Output, text: str, *, applied: bool) -> int:
    output.document({"ok": True, "applied": applied, "sql": text})
    output.line(text.rstrip() or "-- The tables are up to date.")
    if applied:
        output.line("\n-- This was run.")
    return 0
