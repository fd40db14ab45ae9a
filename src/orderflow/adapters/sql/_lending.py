"""Pooled connections, lent for one transaction or view and given back as they were."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from ...ports.store import StoreError
from ._dialects import Dialect

__all__ = ("Loan",)


class Loan:
    """At most one connection at a time, opened when it is first needed."""

    def __init__(self, engine: Engine, dialect: Dialect, *, writing: bool) -> None:
        self._engine = engine
        self._dialect = dialect
        self._writing = writing
        self._pid = os.getpid()
        self._restore: Callable[[], None] | None = None
        self.connection: Connection | None = None

    def open(self) -> Any:
        """
        The driver's connection; asked again, a new one.

        Raises:
            StoreError: the database cannot be reached.
        """
        if self.connection is not None:  # it was dead, so those that lay beside it are not trusted either
            self.discard()
            self._engine.dispose()
        try:
            self.connection = self._engine.connect()
        except SQLAlchemyError as error:
            reason = getattr(error, "orig", None) or error
            raise StoreError(f"the database cannot be reached; nothing was written ({str(reason).strip()})") from error
        self._restore = self._dialect.prepare(self.driver, writing=self._writing)
        return self.driver

    @property
    def driver(self) -> Any:
        """The driver's connection, where one is open."""
        return None if self.connection is None else self.connection.connection.driver_connection

    def commit(self) -> None:
        """Commit what the connection did."""
        if self.connection is not None:
            self._dialect.commit(self.driver)

    def give_back(self) -> None:
        """Take back what was not committed, and return the connection to its pool."""
        if self.connection is None or self._pid != os.getpid():
            return
        try:
            self.driver.rollback()
            if self._restore is not None:
                self._restore()
            self.connection.close()
            self.connection = None
        except Exception:  # noqa: BLE001 - whatever is wrong with it, nobody shall use it again
            self.discard()

    def discard(self) -> None:
        """Close the connection for good."""
        connection, self.connection = self.connection, None
        if connection is not None and self._pid == os.getpid():
            with suppress(Exception):
                connection.invalidate()
            with suppress(Exception):
                connection.close()
