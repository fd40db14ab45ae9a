"""A transaction or view, put together from its four parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._counters import SqlCounters
from ._link import Link
from ._records import SqlRecords
from ._streams import SqlStreams
from ._work import SqlWork

__all__ = ("SqlTransaction",)


class SqlTransaction:
    """See :class:`orderflow.ports.store.Transaction`."""

    def __init__(self, link: Link, connection: Callable[[], Any]) -> None:
        self.link = link
        self.streams = SqlStreams(link)
        self.counters = SqlCounters(link)
        self.work = SqlWork(link)
        self.records = SqlRecords(link)
        self._connection = connection

    @property
    def connection(self) -> Any:
        """SQLAlchemy's connection, or what the host gave, for its own tables; leave commit and rollback to others."""
        self.link.flush()
        _ = self.link.connection
        return self._connection()
