"""Orders in a transaction of the host: its rows and ours stay together or go together, and conflicts are the host's."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest
from attrs import evolve
from tests import servers
from tests.workflows.counter import TARIFF, order_of, pln

from orderflow import CommandRejected, Shop, orders, stock
from orderflow.counters import Level
from orderflow.ports.store import HostConflictError, StoreError
from orderflow.runtime.memory import MemoryStore

servers.require_extra("django")

import django  # noqa: E402
import psycopg  # noqa: E402
import sqlalchemy  # noqa: E402
from sqlalchemy.orm import Session  # noqa: E402

from orderflow.adapters.sql import SqlStore  # noqa: E402

COD = {"payment_method": "cash_on_delivery"}


class TakenBackError(Exception):
    """Raised by a host that changes its mind."""


@pytest.fixture(scope="module")
def store(postgresql):
    """A store whose tables lie beside a table of the host."""
    url = postgresql.new_database()
    store = SqlStore(url)
    store.migrate()
    with psycopg.connect(plain(url)) as connection:
        connection.execute("CREATE TABLE baskets (name TEXT PRIMARY KEY)")
    store.url = url
    yield store
    store.close()


@pytest.fixture
def shop(store):
    """The shop, with at least ten mugs and five teapots, and no baskets."""
    with psycopg.connect(plain(store.url)) as connection:
        connection.execute("DELETE FROM baskets")
    shop = Shop(store, seller="Mug Shop", tariff=TARIFF)
    for sku, count in (("MUG", 10), ("TEAPOT", 5)):
        shop.do(stock.AdjustStock(sku=sku, delta=count, reason="opening"))
    return shop


def plain(url):
    return url.replace("+psycopg", "")


# Four kinds of hosts: each opens a transaction, says how it runs SQL in it, and commits unless something is raised.


@contextmanager
def sqlalchemy_connection(url):
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection, connection.exec_driver_sql
    finally:
        engine.dispose()


@contextmanager
def sqlalchemy_session(url):
    engine = sqlalchemy.create_engine(url)
    try:
        with Session(engine) as session, session.begin():
            yield session, lambda sql: session.execute(sqlalchemy.text(sql))
    finally:
        engine.dispose()


@contextmanager
def psycopg_connection(url):
    with psycopg.connect(plain(url)) as connection:
        yield connection, connection.execute


@contextmanager
def django_connection(url):
    from django.conf import settings
    from django.db import connections, transaction

    if not settings.configured:
        settings.configure(DATABASES={})
        django.setup()
    name, _, folder = plain(url).partition("@/")[2].partition("?host=")
    alias = name
    connections.settings[alias] = connections.configure_settings(
        {
            "default": {},
            alias: {"ENGINE": "django.db.backends.postgresql", "NAME": name, "USER": "orderflow", "HOST": folder},
        }
    )[alias]
    connection = connections[alias]
    try:
        with transaction.atomic(using=alias):
            yield connection, lambda sql: connection.cursor().execute(sql)
    finally:
        connection.close()
        del connections[alias]


HOSTS = (sqlalchemy_connection, sqlalchemy_session, psycopg_connection, django_connection)
each_host = pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.__name__)


def baskets(store):
    with psycopg.connect(plain(store.url)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM baskets ORDER BY name")]


@each_host
def test_what_the_host_commits_is_there(host, shop, store):
    """The order, its stock and the host's own row are one commit."""
    held = shop.level("MUG").held
    with host(store.url) as (connection, run):
        run("INSERT INTO baskets VALUES ('b-1')")
        placed = shop.within(connection).place(order_of(**COD), request_id=f"{host.__name__}-1")
        with pytest.raises(CommandRejected):
            shop.order(placed.id)
        assert shop.within(connection).order(placed.id).total == placed.total
    assert shop.order(placed.id) == placed
    assert shop.level("MUG").held == held + 2
    assert baskets(store) == ["b-1"]
    assert shop.place(order_of(**COD), request_id=f"{host.__name__}-1").id == placed.id


@each_host
def test_what_the_host_takes_back_is_gone(host, shop, store):
    """Nothing of the order is left, and the shop knows nothing of it either."""
    level, placed = shop.level("MUG"), []

    def change_ones_mind():
        with host(store.url) as (connection, run):
            run("INSERT INTO baskets VALUES ('b-1')")
            placed.append(shop.within(connection).place(order_of(**COD)))
            raise TakenBackError

    with pytest.raises(TakenBackError):
        change_ones_mind()
    assert (shop.level("MUG"), baskets(store)) == (level, [])
    with pytest.raises(CommandRejected):
        shop.order(placed[0].id)


@each_host
def test_a_rejection_leaves_the_hosts_rows(host, shop, store):
    """What the shop began is taken back to where it began; the host goes on, and commits what is its own."""
    level = shop.level("MUG")
    mugs = evolve(order_of().lines[0], quantity=level.available + 1)
    with host(store.url) as (connection, run):
        run("INSERT INTO baskets VALUES ('b-1')")
        with pytest.raises(CommandRejected) as rejected:
            shop.within(connection).place(order_of(lines=(mugs,), **COD))
        assert stock.OutOfStock in map(type, rejected.value.reasons)
        run("INSERT INTO baskets VALUES ('b-2')")
    assert (shop.level("MUG"), baskets(store)) == (level, ["b-1", "b-2"])


@each_host
def test_a_conflict_is_the_hosts(host, shop, store):
    """Where another transaction began the same request, ours is told at once, and does not try again by itself."""
    started, name = threading.Event(), f"{host.__name__}-conflict"
    outcome = []

    def second():
        try:
            with host(store.url) as (connection, _):
                started.set()
                shop.within(connection).place(order_of(**COD), request_id=name)
        except HostConflictError as conflict:
            outcome.append(str(conflict))

    thread = threading.Thread(target=second)
    with sqlalchemy_connection(store.url) as (connection, _):
        placed = shop.within(connection).place(order_of(**COD), request_id=name)
        thread.start()
        assert started.wait(30)
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(30)
    assert outcome == [f"request {name} was already answered; take your transaction back, and begin it anew"]
    assert shop.place(order_of(**COD), request_id=name).id == placed.id


def test_nothing_is_remembered_that_was_taken_back(shop, store):
    """After a savepoint was taken back, the next command decides on what is there, and not on what was."""
    placed = shop.place(order_of())
    with sqlalchemy_connection(store.url) as (connection, _):
        joined = shop.within(connection)
        savepoint = connection.begin_nested()
        joined.do(orders.TagOrder(order=placed.id, add=("gone",)))
        savepoint.rollback()
        joined.do(orders.TagOrder(order=placed.id, add=("kept",)))
        assert joined.order(placed.id).order.tags == ("kept",)
    assert shop.order(placed.id).order.tags == ("kept",)
    shop.do(orders.AddNote(order=placed.id, text="later"))
    assert shop.order(placed.id).version == placed.version + 2


def test_several_commands_are_one_commit_of_the_host(shop, store):
    """Placing and paying in one transaction, with the host's projection in it."""
    told = []

    def project(transaction, order, events):
        transaction.connection.exec_driver_sql(f"INSERT INTO baskets VALUES ('{order}-{len(told)}')")
        told.extend(events)

    watched = Shop(store, seller="Mug Shop", tariff=TARIFF, project=project)
    with sqlalchemy_connection(store.url) as (connection, _):
        joined = watched.within(connection)
        placed = joined.place(order_of())
        joined.do(orders.TagOrder(order=placed.id, add=("gift",)))
    assert len(baskets(store)) == 2
    assert shop.order(placed.id).order.tags == ("gift",)
    assert shop.order(placed.id).total == pln("114.97")


def test_partners_do_not_wait_in_a_transaction(shop, store):
    with psycopg_connection(store.url) as (connection, run):
        run("SELECT 1")
        joined = shop.within(connection)
        for call in (joined.run, lambda: joined.perform("x"), lambda: joined.receive("pay", {}, b"")):
            with pytest.raises(StoreError, match="after your commit"):
                call()


def test_a_connection_without_a_transaction_is_refused(shop, store):
    """Every statement would commit by itself, and half an order would be possible."""
    engine = sqlalchemy.create_engine(store.url)
    with psycopg.connect(plain(store.url), autocommit=True) as connection:
        with pytest.raises(StoreError, match="begin a transaction"):
            shop.within(connection)
        with connection.transaction():
            placed = shop.within(connection).place(order_of(**COD))
    assert shop.order(placed.id) == placed
    with engine.connect() as connection, pytest.raises(StoreError, match="in no transaction"):
        shop.within(connection)
    engine.dispose()
    for stranger in (None, "postgresql://", object()):
        with pytest.raises(StoreError, match="psycopg"):
            shop.within(stranger)


def test_a_store_that_cannot_join_says_so():
    with pytest.raises(StoreError, match="SqlStore can"):
        Shop(MemoryStore(), seller="Mug Shop").within(object())


def test_transactions_do_not_nest_in_a_host_either(store):
    with psycopg_connection(store.url) as (connection, run):
        run("SELECT 1")
        joined = store.within(connection)
        for outer, inner in (("begin", "begin"), ("begin", "reading"), ("reading", "begin")):
            with getattr(joined, outer)(), pytest.raises(StoreError, match="use the one it has"):
                getattr(joined, inner)().__enter__()
        with joined.reading() as view, joined.reading() as same:
            assert view.counters.level("nothing") is same.counters.level("nothing") is None
        joined.close()
        assert not connection.closed


def test_a_deadlock_leaves_the_host_with_nothing_to_commit_by_mistake(shop, store):
    """The savepoint is taken back, and the host hears of it."""
    for name in ("A", "B"):
        shop.do(stock.AdjustStock(sku=name, delta=1, reason="opening"))
    barrier, outcomes = threading.Barrier(2), []

    def write(first, second):
        try:
            with psycopg_connection(store.url) as (connection, run):
                run("SELECT 1")
                joined = shop.within(connection)
                joined.do(stock.AdjustStock(sku=first, delta=1, reason="count"))
                barrier.wait(30)
                joined.do(stock.AdjustStock(sku=second, delta=1, reason="count"))
            outcomes.append("written")
        except HostConflictError:
            outcomes.append("conflict")

    threads = [threading.Thread(target=write, args=pair) for pair in (("A", "B"), ("B", "A"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["conflict", "written"]
    assert (shop.level("A"), shop.level("B")) == (Level(2, 0), Level(2, 0))
