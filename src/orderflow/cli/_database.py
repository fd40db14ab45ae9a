"""The file a command works on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..adapters.sqlite import SqliteStore
from ..ports.store import StoreError

__all__ = ("opened",)


@contextmanager
def opened(path: Path, *, create: bool = False) -> Iterator[SqliteStore]:
    """
    The store in the file at *path*, closed afterwards.

    Raises:
        StoreError: there is no such file (unless *create*), or it cannot be used; the message says why.
    """
    if not create and not path.exists():
        raise StoreError(f"{path}: there is no such file; 'orderflow import' creates one")
    store = SqliteStore(path)
    try:
        yield store
    finally:
        store.close()
