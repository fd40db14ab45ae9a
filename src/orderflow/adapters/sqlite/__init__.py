"""Orders in one SQLite file: the default store of a shop on one machine."""

from __future__ import annotations

from ._store import SqliteStore as SqliteStore

__all__ = ("SqliteStore",)
