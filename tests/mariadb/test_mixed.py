"""Every limit, a hot item in buckets and ordinary orders at once, and one of the processes is killed."""

from __future__ import annotations

from functools import partial

import pytest

pytest.importorskip("pymysql")
pytest.importorskip("sqlalchemy")

from tests.mariadb.clusters import store_on
from tests.stock import mixed

pytestmark = pytest.mark.mariadb


def test_a_killed_process_among_all_limits_takes_nothing_with_it_in_a_galera_cluster(galera):
    """Through two nodes: each limit is reached, none is exceeded, and every hold has its order."""
    database = galera.new_database()
    ports = [node.port for node in galera.nodes]
    opens = [partial(store_on, ports[first:] + ports[:first], database, buckets=mixed.BUCKETS) for first in (0, 1)]
    store = opens[0]()
    store.migrate()
    store.close()
    mixed.race_with_a_kill(opens)
