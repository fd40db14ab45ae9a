"""What the parts of a transaction share: the connection, and whether it may write now."""

from __future__ import annotations

import sqlite3

from ...ports.store import StoreError

__all__ = ("Link",)


class Link:
    """A connection with its mode; the parts of a transaction hold on to it."""

    __slots__ = ("connection", "erased", "head", "writing")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.writing = False
        self.erased = False
        self.head: tuple[str, int, bytes] | None = None
        """A stream with the version and the last seal that this writing transaction found; nobody else can move it."""

    def writable(self) -> sqlite3.Connection:
        """The connection, inside a writing transaction only."""
        if not self.writing:
            raise StoreError("nothing may be written here; write inside 'with store.begin()'")
        return self.connection
