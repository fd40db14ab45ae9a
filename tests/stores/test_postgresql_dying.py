"""
A PostgreSQL server that dies in the middle of a commit: what became of the commit is found out, never assumed.

Two ways to die: the one session is ended, or the whole server is killed and started again. Two moments: COMMIT has
begun and is not decided yet (a deferred trigger waits), or it is decided and not answered yet (it waits for a standby
that never comes).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest
from tests import processes, servers
from tests.processes import CONTEXT, long, started
from tests.workflows.counter import TARIFF, VAT, order_of, pln

from orderflow import Shop, orders, stock
from orderflow.counters import Level
from orderflow.ports.store import StoreConflictError, StoreError
from orderflow.verify import verify

servers.require_extra()

import psycopg  # noqa: E402

from orderflow.adapters.sql import _doubt, _store  # noqa: E402

LINE = orders.Line(line="1", sku="S", name="S", quantity=1, unit_price=pln("10.00"), vat=VAT)
ORDER = order_of(lines=(LINE,), payment_method="cash_on_delivery")
BEFORE = """
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON orderflow_events DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION wait()
"""
COMMITTING = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND query ILIKE 'commit' AND state = 'active' AND wait_event = %s"
)


@pytest.fixture(scope="module")
def mortal(postgresql: servers.Postgresql) -> Iterator[servers.Postgresql]:
    """A server that may be killed, as nobody else is connected to it."""
    with servers.postgresql() as server:
        yield server


@pytest.fixture
def url(mortal: servers.Postgresql) -> str:
    """A database with the tables in it."""
    return processes.prepared(mortal.new_database())


def opened(url: str) -> Shop:
    """The shop as every process opens it."""
    return Shop(processes.opened(url), seller="Mug Shop", tariff=TARIFF)


@contextmanager
def admin(url: str) -> Iterator[Any]:
    """A connection beside the store."""
    with psycopg.connect(servers.plain(url), autocommit=True) as connection:
        yield connection


@contextmanager
def commits_waiting(server: servers.Postgresql, url: str, decided: bool) -> Iterator[Callable[[], int]]:
    """Commits wait, before or after they are decided; to be called for the session of the one that waits."""
    with admin(url) as connection:
        if decided:
            set_standby(connection, "nobody")
        else:
            connection.execute("SELECT pg_advisory_lock(1)")

        def committing() -> int:
            for _ in range(500):
                if found := connection.execute(COMMITTING, ["SyncRep" if decided else "advisory"]).fetchall():
                    return int(found[0][0])
                time.sleep(0.02)
            raise AssertionError("nobody commits")

        yield committing
    if decided:
        with admin(server.url) as connection:
            set_standby(connection, "")


def set_standby(connection: Any, name: str) -> None:
    """Name the standby whose receipt every commit waits for; none for an empty name."""
    connection.execute("SET synchronous_commit = local")
    connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
    connection.execute("SELECT pg_reload_conf()")
    until = time.monotonic() + 30
    while connection.execute("SHOW synchronous_standby_names").fetchone() != (name,):
        assert time.monotonic() < until, "the server does not take its settings"
        time.sleep(0.02)


def end_session(server: servers.Postgresql, session: int) -> None:
    """End the session that commits."""
    with admin(server.url) as connection:
        connection.execute("SELECT pg_terminate_backend(%s)", [session])


def crash(server: servers.Postgresql, session: int) -> None:
    """Kill the server with all its sessions, and start it again."""
    server.stop("immediate")
    server.start()


@pytest.mark.parametrize("die", [end_session, crash])
@pytest.mark.parametrize("decided", [False, True], ids=["undecided", "decided"])
def test_a_commit_in_which_the_server_dies_is_told_as_it_ended(
    mortal: servers.Postgresql, url: str, decided: bool, die: Callable[..., None]
) -> None:
    """An undecided commit is taken back and placed again; a decided one stands. Either way there is one order."""
    shop = opened(url)
    shop.do(stock.ReceiveStock(sku="S", quantity=5, reference="opening"))
    with admin(url) as connection:
        if not decided:
            connection.execute(BEFORE)
    outcomes: list[str] = []
    answers: list[str] = []

    def settled(*arguments: Any) -> None:
        try:
            _doubt.settle_doubt(*arguments)
        except StoreConflictError:
            outcomes.append("nothing was written")
            raise
        outcomes.append("committed")

    with mock.patch.object(_store, "settle_doubt", settled):
        placing = threading.Thread(target=lambda: answers.append(shop.place(ORDER).id))
        with commits_waiting(mortal, url, decided) as committing:
            placing.start()
            die(mortal, committing())
        placing.join(60)
    assert outcomes == ["committed" if decided else "nothing was written"]
    assert [summary.id for summary in shop.orders()] == answers
    assert shop.level("S") == Level(5, 1)
    assert verify(shop.store) == ()
    shop.store.close()


# By chance, under load


def insist(number: int, url: str, share: int, results: Any) -> None:
    """Send each request until it is answered, whatever breaks on the way."""
    shop, answers = opened(url), {}
    for turn in range(share):
        request = f"r-{number}-{turn}"
        while request not in answers:
            try:
                answers[request] = shop.place(ORDER, request_id=request).id
            except StoreError:
                time.sleep(0.02)
    results.put(answers)
    shop.store.close()


def require_once(url: str, answers: list[dict[str, str]], count: int) -> None:
    """Every request is the one order that was answered, and there is no other."""
    shop, last = opened(url), None
    answered = sorted(order for each in answers for order in each.values())
    found: list[str] = []
    while page := shop.orders(limit=1000, after=last):
        found += [summary.id for summary in page]
        last = found[-1]
    assert len(answered) == len(set(answered)) == count
    assert sorted(found) == answered
    assert shop.level("S") == Level(count, count)
    assert verify(shop.store) == ()
    shop.store.close()


@pytest.mark.parametrize("share", [30, long(300)])
def test_sessions_that_are_ended_at_any_moment_make_no_order_twice(url: str, share: int) -> None:
    """Four processes insist on their requests while the server ends one session after another."""
    shop = opened(url)
    shop.do(stock.ReceiveStock(sku="S", quantity=4 * share, reference="opening"))
    results = CONTEXT.Queue()
    buyers = started(4, insist, url, share, results)
    ended, dice = 0, random.Random(7)
    with admin(url) as connection:
        while any(buyer.is_alive() for buyer in buyers) and results.qsize() < len(buyers):
            time.sleep(dice.random() * 0.3)
            ended += connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY random() LIMIT 1"
            ).rowcount
    answers = processes.answers(results, buyers)
    assert ended >= share // 10, ended
    require_once(url, answers, 4 * share)
    shop.store.close()


@pytest.mark.parametrize(("crashes", "share"), [(2, 20), long(10, 200)])
def test_a_server_that_crashes_under_load_makes_no_order_twice(
    mortal: servers.Postgresql, url: str, crashes: int, share: int
) -> None:
    """Four processes insist on their requests while the server is killed and started again."""
    shop = opened(url)
    shop.do(stock.ReceiveStock(sku="S", quantity=4 * share, reference="opening"))
    results = CONTEXT.Queue()
    buyers = started(4, insist, url, share, results)
    for _ in range(crashes):
        time.sleep(1.5)
        crash(mortal, 0)
    require_once(url, processes.answers(results, buyers), 4 * share)
    shop.store.close()
