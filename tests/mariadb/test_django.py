"""Orders in a transaction of Django on MariaDB: its rows and ours stay together, or go together."""

from __future__ import annotations

import pytest

pytest.importorskip("pymysql")
pytest.importorskip("sqlalchemy")
pytest.importorskip("django")

import django
import pymysql
from tests.workflows.counter import TARIFF, order_of

from orderflow import CommandRejected, Shop, stock
from orderflow.adapters.sql import SqlStore
from orderflow.verify import verify

pytestmark = pytest.mark.mariadb

ORDER = order_of(payment_method="cash_on_delivery")


class TakenBackError(Exception):
    """Raised by a host that changes its mind."""


@pytest.fixture
def shop(mariadb):
    """A shop with ten mugs and five teapots, beside a table of the host."""
    url = mariadb.new_database()
    store = SqlStore(url)
    store.migrate()
    store.name = url.rpartition("/")[2].partition("?")[0]
    mariadb.run("CREATE TABLE baskets (name VARCHAR(40) PRIMARY KEY)", store.name)
    shop = Shop(store, seller="Mug Shop", tariff=TARIFF)
    for sku, count in (("MUG", 10), ("TEAPOT", 5)):
        shop.do(stock.ReceiveStock(sku=sku, quantity=count, reference="opening"))
    yield shop
    store.close()


@pytest.fixture
def connection(mariadb, shop, monkeypatch):
    """Django's connection, through the driver that the extra brings."""
    pymysql.install_as_MySQLdb()
    from django.conf import settings
    from django.db import connections

    if not settings.configured:
        settings.configure(DATABASES={})
        django.setup()
    name = shop.store.name
    place = {
        "ENGINE": "django.db.backends.mysql",
        "NAME": name,
        "USER": "root",
        "HOST": "127.0.0.1",
        "PORT": mariadb.port,
        "OPTIONS": {"isolation_level": "read committed"},
    }
    connections.settings[name] = connections.configure_settings({"default": {}, name: place})[name]
    yield connections[name]
    connections[name].close()
    del connections[name]


def baskets(mariadb, shop):
    """What the host has stored."""
    return [name for (name,) in mariadb.run("SELECT name FROM baskets ORDER BY name", shop.store.name)]


def test_what_django_commits_is_there(mariadb, shop, connection):
    """The order, its stock and the host's own row are one commit."""
    from django.db import transaction

    with transaction.atomic(using=connection.alias):
        connection.cursor().execute("INSERT INTO baskets VALUES ('b-1')")
        placed = shop.within(connection).place(ORDER, request_id="b-1")
        with pytest.raises(CommandRejected):
            shop.order(placed.id)
    assert shop.order(placed.id) == placed
    assert shop.level("MUG").held == 2
    assert baskets(mariadb, shop) == ["b-1"]
    assert shop.place(ORDER, request_id="b-1").id == placed.id
    assert verify(shop.store) == ()


def test_what_django_takes_back_is_gone(mariadb, shop, connection):
    """Nothing of the order is left, and the shop knows nothing of it either."""
    from django.db import transaction

    placed = []

    def change_ones_mind():
        with transaction.atomic(using=connection.alias):
            connection.cursor().execute("INSERT INTO baskets VALUES ('b-1')")
            placed.append(shop.within(connection).place(ORDER))
            raise TakenBackError

    with pytest.raises(TakenBackError):
        change_ones_mind()
    assert (shop.level("MUG").held, baskets(mariadb, shop)) == (0, [])
    with pytest.raises(CommandRejected):
        shop.order(placed[0].id)
    assert verify(shop.store) == ()


def test_a_rejection_leaves_djangos_rows(mariadb, shop, connection):
    """What the shop began is taken back to where it began; the host goes on, and commits what is its own."""
    from django.db import transaction

    for _ in range(5):
        shop.place(ORDER)
    with transaction.atomic(using=connection.alias):
        connection.cursor().execute("INSERT INTO baskets VALUES ('b-1')")
        with pytest.raises(CommandRejected):
            shop.within(connection).place(ORDER)
        connection.cursor().execute("INSERT INTO baskets VALUES ('b-2')")
    assert (shop.level("MUG").held, baskets(mariadb, shop)) == (10, ["b-1", "b-2"])
    assert verify(shop.store) == ()
