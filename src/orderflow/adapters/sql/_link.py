"""
What the parts of a transaction share: a connection, and the statements that wait for it.

What is written is not needed at once, so it waits until something is asked, and goes along in the same trip to the
database; the rest goes with the commit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ...ports.store import StoreConflictError, StoreError
from ._dialects import Answer, Bulk, Dialect, Meaning, Rows, Sent

__all__ = ("Link", "raised")


def raised(meaning: Meaning, text: str, *, writing: bool) -> StoreError:
    """An error before the commit, in the words of the port."""
    if meaning is Meaning.LOST and writing:
        return StoreConflictError(
            f"the connection to the database broke before the commit; nothing was written ({text})"
        )
    if meaning is Meaning.LOST:
        return StoreError(f"the connection to the database broke; look again ({text})")
    if meaning is Meaning.OTHER:
        return StoreError(text)
    return StoreConflictError(f"somebody else was first; nothing was written ({text})")


class Link:
    """A connection inside one transaction or view, and what this transaction knows of streams."""

    def __init__(
        self,
        dialect: Dialect,
        names: Callable[[str | Bulk], Any],
        connect: Callable[[], Any],
        *,
        writing: bool,
        buckets: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.heads: dict[str, tuple[int, bytes]] = {}
        """Streams that this transaction keeps locked, with their last version and seal."""
        self.created: set[str] = set()
        """Streams that begin in this transaction."""
        self.appended: tuple[str, int] | None = None
        """The last event written, by which a commit whose answer was lost is found again."""
        self.mark = int.from_bytes(os.urandom(8)) >> 1
        """What this transaction's events carry, and no other's."""
        self.buckets = buckets
        """Into how many buckets which counters are split."""
        self.dialect = dialect
        self.writing = writing
        self._names = names
        self._connect = connect
        self._connection: Any = None
        self._waiting: list[tuple[Sent, int | None]] = []
        self._over: str | None = None

    @property
    def connection(self) -> Any:
        """The driver's connection, opened when it is first needed."""
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    @property
    def is_used(self) -> bool:
        """Whether anything was sent."""
        return self._connection is not None

    def require_writing(self) -> None:
        """
        Refuse to write where it is not possible.

        Raises:
            StoreError: this is a view, or the transaction has ended.
        """
        if not self.writing or self._over is not None:
            raise StoreError("nothing may be written here; write inside 'with store.begin()'")

    def ask(self, statement: str | Bulk, *parameters: Any) -> Answer:
        """Send what waits and this statement; its answer."""
        return self.ask_all((statement, parameters))[0]

    def ask_many(self, statement: Bulk, rows: Rows) -> Answer:
        """Send what waits and this statement for many rows; its answer."""
        return self.ask_all((statement, rows))[0]

    def ask_all(self, *statements: Sent) -> list[Answer]:
        """Send what waits and these statements in one trip; their answers."""
        waiting, self._waiting = self._waiting, []
        answers = self._send([*(sent for sent, _ in waiting), *statements])
        for (_, changes), answer in zip(waiting, answers, strict=False):
            if changes is not None and answer.count != changes:
                self._over = "a row was changed by somebody else"
                raise StoreConflictError(f"{self._over} first; nothing was written")
        return answers[len(waiting) :]

    def tell(self, statement: str, *parameters: Any, changes: int | None = None) -> None:
        """Send this statement later; unless it *changes* so many rows, somebody else was first."""
        self.require_writing()
        self._waiting.append(((statement, parameters), changes))

    def tell_many(self, statement: Bulk, rows: Rows, *, changes: int | None = None) -> None:
        """Send this statement for many rows later."""
        self.require_writing()
        if rows:
            self._waiting.append(((statement, rows), changes))

    def flush(self) -> None:
        """Send what waits."""
        if self._waiting:
            self.ask_all()

    def require_whole(self) -> None:
        """
        Refuse to commit what failed in part.

        Raises:
            StoreError: a statement failed, and its error was caught inside the transaction.
        """
        if self._over is not None:
            raise StoreError(f"nothing was written, as {self._over} inside the transaction; let such errors out of it")

    def end(self) -> None:
        """Nothing can be read or written any more."""
        self._over = self._over or "the transaction had ended"
        self._waiting = []

    def _send(self, statements: Sequence[Sent]) -> list[Answer]:
        if self._over is not None:
            raise StoreError(f"nothing can be done in a transaction after {self._over}; begin a new one")
        try:
            return self._sent([(self._names(statement), parameters) for statement, parameters in statements])
        except StoreError:
            raise
        except Exception as error:
            self._over = "a statement failed"
            raise raised(*self.dialect.meaning(error), writing=self.writing) from error

    def _sent(self, statements: Sequence[Sent]) -> list[Answer]:
        if self._connection is not None:
            return self.dialect.send(self._connection, statements)
        try:
            return self.dialect.send(self.connection, statements)
        except Exception as error:
            # A pooled connection may have died while it was idle; nothing has happened in it yet.
            if self.dialect.meaning(error)[0] is not Meaning.LOST:
                raise
            self._connection = self._connect()
            return self.dialect.send(self._connection, statements)
