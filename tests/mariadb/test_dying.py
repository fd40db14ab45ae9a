"""A server of MariaDB that is killed while processes race: what became of each request is found out, never assumed."""

from __future__ import annotations

import multiprocessing
import time

import pytest

pytest.importorskip("pymysql")
pytest.importorskip("sqlalchemy")

from tests.mariadb import buying, servers

from orderflow import stock
from orderflow.adapters.sql import SqlStore
from orderflow.counters import Level
from orderflow.verify import verify

pytestmark = pytest.mark.mariadb

BUYERS = 4
UNITS = 300
REQUESTS = 400


@pytest.fixture
def mortal():
    """A server that may be killed, as nobody else is connected to it."""
    servers.require()
    with servers.mariadb() as server:
        yield server


def sold(shop):
    """How many units are promised."""
    return shop.level("HOT").held


@pytest.mark.parametrize("buckets", [1, 4])
def test_a_server_that_is_killed_under_load_makes_no_order_twice(mortal, buckets):
    """Each request is answered in the end: by its one order, or as there is nothing left; all units are sold, once."""
    url = mortal.new_database()
    store = SqlStore(url)
    store.migrate()
    store.close()
    database = url.rpartition("/")[2].partition("?")[0]
    shop = buying.opened([mortal.port], database, buckets)
    shop.do(stock.ReceiveStock(sku="HOT", quantity=UNITS, reference="opening"))
    context = multiprocessing.get_context("spawn")
    results, gate = context.Queue(), context.Barrier(BUYERS)
    shares = [range(number, REQUESTS, BUYERS) for number in range(BUYERS)]
    processes = [
        context.Process(target=buying.buy_many, args=([mortal.port], database, buckets, share, results, gate))
        for share in shares
    ]
    for process in processes:
        process.start()
    for crash in range(1, 4):
        while sold(shop) < crash * UNITS // 5:
            time.sleep(0.02)
        mortal.kill()
        mortal.start()
    found = [results.get(timeout=120) for _ in range(REQUESTS + BUYERS)]
    for process in processes:
        process.join()
    told = [counts for name, counts in found if name == "told"]
    orders = [order for name, order in found if name != "told" and order is not None]
    assert all(told), "the server died, and nobody noticed"
    with shop.store.reading() as view:
        assert sorted(view.streams.names("ord_")) == sorted(orders)
        assert sorted(hold.owner for hold in view.counters.every_hold()) == sorted(orders)
    assert shop.level("HOT") == Level(UNITS, UNITS)
    assert len(orders) == UNITS
    assert verify(shop.store) == ()
    shop.store.close()
