"""Tables in memory that can take back what a transaction did."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar

from ..ports.store import StoreError

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T", bound=Any)


class Journal:
    """How to undo each change since the transaction began, newest last."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], object]] | None = None

    def open(self) -> None:
        """Begin to remember."""
        self._undo = []

    def note(self, undo: Callable[[], object]) -> None:
        """Remember how to undo the change that follows; refuses where no writing transaction is open."""
        if self._undo is None:
            raise StoreError("nothing may be written here; write inside 'with store.begin()'")
        self._undo.append(undo)

    def close(self, *, keep: bool) -> None:
        """Forget, or undo everything in reverse."""
        undo, self._undo = self._undo or [], None
        if not keep:
            for step in reversed(undo):
                step()


class Table(Generic[K, V]):
    """A dict whose changes are journalled."""

    def __init__(self, journal: Journal) -> None:
        self.rows: dict[K, V] = {}
        self._journal = journal

    def put(self, key: K, value: V) -> None:
        """Add or replace."""
        rows = self.rows
        self._journal.note(partial(rows.__setitem__, key, rows[key]) if key in rows else partial(rows.pop, key))
        rows[key] = value

    def drop(self, key: K) -> None:
        """Remove a key that is there, or do nothing."""
        rows = self.rows
        if key in rows:
            self._journal.note(partial(rows.__setitem__, key, rows[key]))
            del rows[key]


class Ordered(Generic[T]):
    """A sorted list without duplicates, whose changes are journalled."""

    def __init__(self, journal: Journal) -> None:
        self.items: list[T] = []
        self._journal = journal

    def add(self, item: T) -> None:
        """Add, unless it is there."""
        place = bisect_left(self.items, item)
        if self.items[place : place + 1] != [item]:
            self._journal.note(partial(self._remove, item))
            self.items.insert(place, item)

    def drop(self, item: T) -> None:
        """Remove an item that is there, or do nothing."""
        place = bisect_left(self.items, item)
        if self.items[place : place + 1] == [item]:
            self._journal.note(partial(self._insert, item))
            del self.items[place]

    def _insert(self, item: T) -> None:
        self.items.insert(bisect_left(self.items, item), item)

    def _remove(self, item: T) -> None:
        del self.items[bisect_left(self.items, item)]
