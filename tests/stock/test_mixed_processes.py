"""Every limit, a hot item in buckets and ordinary orders at once, and one of the processes is killed."""

from __future__ import annotations

from functools import partial

from tests import processes, servers
from tests.stock import mixed

servers.require_extra()

from orderflow.adapters.sql import SqlStore  # noqa: E402


def test_a_killed_process_among_all_limits_takes_nothing_with_it(database: str) -> None:
    """On PostgreSQL: each limit is reached, none is exceeded, and every hold has its order."""
    mixed.race_with_a_kill([partial(SqlStore, processes.prepared(database), buckets=mixed.BUCKETS)])
