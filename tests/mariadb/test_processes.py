"""Real processes on one server of MariaDB: nothing is sold twice, and nothing is left over."""

from __future__ import annotations

import multiprocessing

import pytest

pytest.importorskip("pymysql")
pytest.importorskip("sqlalchemy")

from tests.mariadb import buying

from orderflow import stock
from orderflow.adapters.sql import SqlStore
from orderflow.verify import verify

pytestmark = pytest.mark.mariadb

ROUNDS = 150
BUYERS = 4


@pytest.fixture
def database(mariadb):
    """A database with our tables."""
    url = mariadb.new_database()
    store = SqlStore(url)
    store.migrate()
    store.close()
    return url.rpartition("/")[2].partition("?")[0]


def raced(target, each, outcomes):
    """What so many outcomes of four processes are; *each* says what a process works on."""
    context = multiprocessing.get_context("spawn")
    results, gate = context.Queue(), context.Barrier(BUYERS)
    processes = [context.Process(target=target, args=(*each(number), results, gate)) for number in range(BUYERS)]
    for process in processes:
        process.start()
    found = [results.get(timeout=120) for _ in range(outcomes + BUYERS)]
    for process in processes:
        process.join()
    return [each for each in found if each[0] != "told"]


def test_the_last_unit_is_sold_once_by_four_processes(mariadb, database):
    """In every round exactly one order is placed, and the others are told why not."""
    shop = buying.opened([mariadb.port], database)
    skus = [f"S{number}" for number in range(ROUNDS)]
    for sku in skus:
        shop.do(stock.ReceiveStock(sku=sku, quantity=1, reference="opening"))
    outcomes = raced(buying.buy_each, lambda _: ([mariadb.port], database, skus), ROUNDS * BUYERS)
    assert sorted(sku for sku, order in outcomes if order is not None) == sorted(skus)
    assert {(shop.level(sku).value, shop.level(sku).held) for sku in skus} == {(1, 1)}
    assert verify(shop.store) == ()
    shop.store.close()


@pytest.mark.parametrize("buckets", [1, 8])
def test_a_thousand_buyers_get_a_hundred_units(mariadb, database, buckets):
    """Each buyer who was told of an order has it, and no order is without its buyer."""
    shop = buying.opened([mariadb.port], database, buckets)
    shop.do(stock.ReceiveStock(sku="HOT", quantity=100, reference="opening"))
    outcomes = raced(
        buying.buy_many,
        lambda number: ([mariadb.port], database, buckets, range(number, 1000, BUYERS)),
        1000,
    )
    placed = sorted(order for _, order in outcomes if order is not None)
    with shop.store.reading() as view:
        assert sorted(hold.owner for hold in view.counters.every_hold()) == placed
    assert (len(placed), shop.level("HOT").held) == (100, 100)
    assert verify(shop.store) == ()
    shop.store.close()
