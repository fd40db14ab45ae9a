"""The SQL store does on MariaDB, and through two nodes of a cluster, what every store must do; split counters too."""

from __future__ import annotations

import pytest

from orderflow.testing.store import DURABLE_STORE_CHECKS, STORE_CHECKS

pytest.importorskip("pymysql")
pytest.importorskip("sqlalchemy")

from orderflow.adapters.sql import SqlStore

pytestmark = pytest.mark.mariadb


BUCKETS = dict.fromkeys(("A", "B", "C", "D", "E"), 3)
"""The counters of the checks, split."""


@pytest.fixture(params=[{}, BUCKETS], ids=["whole", "split"])
def buckets(request):
    return request.param


@pytest.fixture(params=["single", "cluster"])
def opened(request, buckets):
    """A factory of empty stores, and what opens the same rows anew: in the cluster, through another node."""
    stores = []

    def kept(store):
        stores.append(store)
        return store

    if request.param == "single":
        server = request.getfixturevalue("mariadb")
        places = {}

        def open_new():
            url = server.new_database()
            store = kept(SqlStore(url, buckets=buckets))
            places[store] = url
            store.migrate()
            return store
    else:
        cluster = request.getfixturevalue("galera")
        places = {}

        def open_new():
            name = cluster.new_database()
            store = kept(SqlStore(cluster.nodes[0].url(name), buckets=buckets))
            places[store] = cluster.nodes[1].url(name)
            store.migrate()
            return store

    yield open_new, lambda store: kept(SqlStore(places[store], buckets=buckets))
    for store in stores:
        store.close()


@pytest.mark.parametrize("check", STORE_CHECKS)
def test_the_sql_store_passes(check, opened):
    check(opened[0])


@pytest.mark.parametrize("check", DURABLE_STORE_CHECKS)
def test_the_sql_store_outlives_its_process(check, opened):
    check(*opened)
