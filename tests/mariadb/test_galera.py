"""
Three nodes, where no node sees another's locks: nothing is sold twice through two of them at once, and a node may die.

``ORDERFLOW_GALERA_ROUNDS`` says how often the last unit is sold (usually 2,000 times).
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

pytest.importorskip("pymysql")
pytest.importorskip("sqlalchemy")

from tests.mariadb import buying
from tests.mariadb.clusters import store_on
from tests.workflows.counter import pln

from orderflow import coupons, stock
from orderflow.adapters.sql import SqlStore, _doubt
from orderflow.counters import Level, Move, MoveKind
from orderflow.coupons import GrantBudget, GrantUses, IssueCodes
from orderflow.ports.store import EventRow, StoreConflictError, StoreError
from orderflow.verify import verify

pytestmark = pytest.mark.mariadb

AT = datetime(2026, 11, 22, tzinfo=UTC)
ROUNDS = int(os.environ.get("ORDERFLOW_GALERA_ROUNDS", "2000"))
NODES = (0, 1)
BUYERS = 4
LOG = logging.getLogger(__name__)


def event(version):
    return EventRow(version, "order.placed.v1", "{}", "customer", AT, AT)


@pytest.fixture
def database(galera):
    """A database with our tables on all nodes; all nodes live."""
    for node in galera.nodes:
        if not node.answers():
            node.start()
    galera.wait_for(3)
    name = galera.new_database()
    store = SqlStore(galera.nodes[0].url(name))
    store.migrate()
    store.close()
    return name


@pytest.fixture
def stores(galera, database):
    """The same rows through two nodes."""
    stores = [SqlStore(galera.nodes[number].url(database)) for number in NODES]
    yield stores
    for store in stores:
        store.close()


def ports_from(galera, first):
    """All nodes, beginning with one, for a process that turns to the next where that one is gone."""
    return [node.port for node in (*galera.nodes[first:], *galera.nodes[:first])]


def race(galera, database, target, *arguments, starts=(0, 1, 0, 1), each=lambda number: ()):
    """Run a process for each start, through that node; what they had to say."""
    context = multiprocessing.get_context("spawn")
    results, gate = context.Queue(), context.Barrier(len(starts))
    processes = [
        context.Process(
            target=target, args=(ports_from(galera, start), database, *arguments, *each(number), results, gate)
        )
        for number, start in enumerate(starts)
    ]
    for process in processes:
        process.start()
    return Race(processes, results, gate)


class Race(NamedTuple):
    """Processes that run, what they have to say, and where they wait for each other."""

    processes: list[Any]
    results: Any
    gate: Any

    def end(self):
        """Wait until all of them have gone."""
        for process in self.processes:
            process.join()


def collected(results, wanted):
    """So many outcomes, and all that the processes were told on the way."""
    outcomes, told, left = [], Counter(), BUYERS
    while len(outcomes) < wanted or left:
        found = results.get(timeout=120)
        if found[0] == "told":
            told.update(found[1])
            left -= 1
        else:
            outcomes.append(found)
    return outcomes, told


def failed_since(galera, before):
    """How many transactions failed between the nodes that live."""
    return sum(now - then for then, now in zip(before, galera.failed(), strict=True) if now is not None)


def noted(what, galera, before, began, told):
    """Write down how hard it was, to be read with ``.ci/mariadb``."""
    LOG.info(
        "%s: %.0f s, %s transactions failed between living nodes, callers were told %s",
        what,
        time.monotonic() - began,
        failed_since(galera, before),
        dict(told),
    )


# One commit after the other, by hand


def test_what_one_node_committed_the_next_transaction_of_another_sees(stores):
    """A view and a transaction begin with all that was committed anywhere before; forty times in a row."""
    here, there = stores
    for version in range(1, 41):
        with here.begin() as tx:
            tx.streams.append("ord_1", version - 1, [event(version)])
        with there.reading() as view:
            assert view.streams.version("ord_1") == version
        here, there = there, here


def test_of_two_that_write_the_same_on_two_nodes_the_later_fails_in_its_commit(stores):
    """Neither waits for the other's lock; the one who commits last is told that nothing was written."""
    here, there = stores
    with here.begin() as tx:
        tx.counters.apply([Move("A", MoveKind.ADD, 1, "receipt")], AT)
    first, second = here.begin(), there.begin()
    for number, transaction in enumerate((first, second)):
        tx = transaction.__enter__()
        assert not tx.counters.apply([Move("A", MoveKind.HOLD, 1, f"ord_{number}")], AT)
        tx.streams.append(f"ord_{number}", 0, [event(1)])
        tx.work.next_due()
    first.__exit__(None, None, None)
    with pytest.raises(StoreConflictError, match="nothing was written"):
        second.__exit__(None, None, None)
    for store in stores:
        with store.reading() as view:
            assert view.counters.level("A") == Level(1, 1)
            assert [view.streams.version(f"ord_{number}") for number in (0, 1)] == [1, 0]


def test_work_is_leased_once_through_two_nodes(stores):
    """What the later commit claimed is taken back with it."""
    from tests.mariadb.test_mariadb import work

    with stores[0].begin() as tx:
        tx.work.add([work("ord_1/w1"), work("ord_1/w2", 1)])
    transactions = [store.begin() for store in stores]
    claimed = [[row.id for row in each.__enter__().work.claim(AT, AT.replace(year=2027))] for each in transactions]
    assert claimed == [["ord_1/w1"], ["ord_1/w1"]]
    transactions[0].__exit__(None, None, None)
    with pytest.raises(StoreConflictError):
        transactions[1].__exit__(None, None, None)


@pytest.mark.parametrize("version", [1, 2])
def test_who_asks_another_node_for_a_lost_commit_ends_it(stores, monkeypatch, version):
    """A commit that is still under way on a node that nobody reaches comes to nothing, once it was asked for."""
    here, there = stores
    for before in range(1, version):
        with here.begin() as tx:
            tx.streams.append("ord_1", before - 1, [event(before)])
    late = here.begin()
    tx = late.__enter__()
    tx.streams.append("ord_1", version - 1, [event(version)])
    tx.work.next_due()
    with pytest.raises(StoreConflictError, match="nothing was written"):
        _doubt.settle_doubt(
            _doubt.DoubtError("lost"),
            tx.streams._link,
            there._names,
            lambda: _doubt.Loan(there._engine, there._dialect, writing=True),
        )
    with pytest.raises(StoreError):
        late.__exit__(None, None, None)
    for store in stores:
        with store.reading() as view:
            assert view.streams.version("ord_1") == version - 1
            assert list(view.streams.gaps()) == []


# Processes through two nodes at once


def test_a_lock_without_a_write_sells_the_last_unit_twice(galera, database):
    """The races bite: whoever only locks what is left, which is right on one server, oversells in most rounds here."""
    rounds = 40
    galera.nodes[0].run("CREATE TABLE naive_stock (sku VARCHAR(20) PRIMARY KEY, units INT NOT NULL)", database)
    galera.nodes[0].run(
        "CREATE TABLE naive_sales (number BIGINT AUTO_INCREMENT PRIMARY KEY, sku VARCHAR(20), buyer INT)", database
    )
    for number in range(rounds):
        galera.nodes[0].run(f"INSERT INTO naive_stock VALUES ('S{number}', 1)", database)
    run = race(galera, database, buying.buy_naively, rounds)
    for _ in run.processes:
        run.results.get(timeout=120)
    run.end()
    sales = galera.nodes[0].run("SELECT sku, COUNT(*) FROM naive_sales GROUP BY sku HAVING COUNT(*) > 1", database)
    LOG.info("a lock without a write: %s of %s rounds oversold", len(sales), rounds)
    assert len(sales) > rounds / 2


def test_the_last_unit_is_sold_once_through_two_nodes(galera, database):
    """In every round exactly one order is placed, and the others are told why not."""
    shop = buying.opened(ports_from(galera, 2), database)
    skus = [f"S{number}" for number in range(ROUNDS)]
    for sku in skus:
        shop.do(stock.ReceiveStock(sku=sku, quantity=1, reference="opening"))
    before, began = galera.failed(), time.monotonic()
    run = race(galera, database, buying.buy_each, skus)
    outcomes, told = collected(run.results, ROUNDS * BUYERS)
    run.end()
    noted(f"last unit, {ROUNDS} rounds", galera, before, began, told)
    assert sorted(sku for sku, order in outcomes if order is not None) == sorted(skus)
    assert {(shop.level(sku).value, shop.level(sku).held) for sku in skus} == {(1, 1)}
    assert failed_since(galera, before)
    assert verify(shop.store) == ()
    shop.store.close()


def many_buyers(galera, database, *, buckets=1, disturb=lambda: None):
    """A thousand buyers for a hundred units: who got an order, and what everybody was told."""
    shop = buying.opened(ports_from(galera, 2), database, buckets)
    shop.do(stock.ReceiveStock(sku="HOT", quantity=100, reference="opening"))
    before, began = galera.failed(), time.monotonic()
    shares = [range(number, 1000, BUYERS) for number in range(BUYERS)]
    run = race(galera, database, buying.buy_many, buckets, each=lambda number: (shares[number],))
    disturb()
    outcomes, told = collected(run.results, 1000)
    run.end()
    noted(f"a thousand buyers, {buckets} buckets", galera, before, began, told)
    assert sorted(buyer for buyer, _ in outcomes) == list(range(1000))
    placed = [order for _, order in outcomes if order is not None]
    level = shop.level("HOT")
    with shop.store.reading() as view:
        holds = [hold.owner for hold in view.counters.every_hold()]
        orders = view.streams.names("ord_")
    assert (len(placed), len(set(placed)), level.value, level.held) == (100, 100, 100, 100)
    assert sorted(holds) == sorted(placed) == sorted(orders)
    assert verify(shop.store) == ()
    shop.store.close()


@pytest.mark.parametrize("buckets", [1, 8])
def test_a_thousand_buyers_get_a_hundred_units_through_two_nodes(galera, database, buckets):
    many_buyers(galera, database, buckets=buckets)


def test_a_node_that_is_killed_in_the_middle_takes_nothing_with_it(galera, database):
    """Exactly what there was is sold; each buyer who was told of an order has it, and no order is without its buyer."""

    def kill() -> None:
        for _ in range(600):
            time.sleep(0.1)
            ((held,),) = galera.nodes[2].run("SELECT COALESCE(SUM(held), 0) FROM orderflow_counters", database)
            if held >= 25:
                break
        galera.nodes[1].kill()

    many_buyers(galera, database, disturb=kill)


def test_buyers_that_are_killed_leave_whole_orders(galera, database):
    """Two of four processes are killed in the middle: every hold belongs to an order that is there in full."""
    shop = buying.opened(ports_from(galera, 2), database)
    shop.do(stock.ReceiveStock(sku="HOT", quantity=100, reference="opening"))
    shares = [range(number, 1000, BUYERS) for number in range(BUYERS)]
    run = race(galera, database, buying.buy_many, 1, each=lambda number: (shares[number],))
    while shop.level("HOT").held < 30:
        time.sleep(0.05)
    for process in run.processes[:2]:
        os.kill(process.pid or 0, signal.SIGKILL)
    run.end()
    with shop.store.reading() as view:
        holds = [hold.owner for hold in view.counters.every_hold()]
        orders = view.streams.names("ord_")
    assert shop.level("HOT").held == len(holds) == 100
    assert sorted(holds) == sorted(orders)
    assert verify(shop.store) == ()
    shop.store.close()


def test_what_campaigns_have_to_give_is_given_once_through_two_nodes(galera, database):
    """Two uses, two times ten zlotys, one use of a customer, one code: exactly so many orders in each round."""
    rounds = buying.ROUNDS_OF_GIFTS
    desk = buying.desk(ports_from(galera, 2), database)
    for number in range(rounds):
        desk.shop.do(GrantUses(campaign=f"uses-{number}", uses=2, reference="r"))
        desk.shop.do(GrantBudget(campaign=f"money-{number}", amount=pln("29.99"), reference="r"))
        desk.shop.do(IssueCodes(campaign=f"batch-{number}", codes=[f"batch{number}"]))
    before, began = galera.failed(), time.monotonic()
    run = race(galera, database, buying.use_coupons)
    outcomes, told = collected(run.results, 4 * rounds * BUYERS)
    run.end()
    noted("coupons", galera, before, began, told)
    counted = Counter(outcomes)
    for number in range(rounds):
        for kind, times in (("uses", 2), ("money", 2), ("each", 1), ("batch", 1)):
            assert counted.pop((kind, number, "done")) == times
            assert counted.pop((kind, number, "refused")) == BUYERS - times
        assert desk.uses(f"uses-{number}") == (0, 0)
        assert desk.money(f"money-{number}") == (999, 0)
        assert desk.level(coupons.code_id(f"batch-{number}", coupons.digest(f"batch{number}"))) == (0, 0)
    assert not counted
    assert verify(desk.store) == ()
    desk.store.close()


def test_what_is_on_a_card_is_spent_once_through_two_nodes(galera, database):
    """A card of 70.00 pays one order; 100.00 pays 40.00 twice, and no third time; what is cancelled comes back."""
    rounds = buying.ROUNDS_OF_GIFTS
    at = buying.till(ports_from(galera, 2), database)
    for number in range(rounds):
        at.shop.issue_gift_card(pln("70.00"), code=buying.code("A", number))
        at.shop.issue_gift_card(pln("100.00"), code=buying.code("B", number))
        at.grant("100.00", customer=f"c-{number}")
    before, began = galera.failed(), time.monotonic()
    run = race(galera, database, buying.spend)
    outcomes, told = collected(run.results, 3 * rounds * BUYERS)
    run.end()
    noted("cards", galera, before, began, told)
    counted = Counter(outcomes)
    for number in range(rounds):
        for kind, times in (("whole", 1), ("part", 2), ("credit", 2)):
            assert counted.pop((kind, number, "done")) == times
            assert counted.pop((kind, number, "refused")) == BUYERS - times
        assert (at.on(buying.code("A", number)), at.on(buying.code("B", number))) == (pln("0.00"), pln("100.00"))
        assert at.credit(f"c-{number}") == pln("100.00")
    assert not counted
    assert verify(at.store) == ()
    at.store.close()


# A node that is not there


def test_a_node_without_the_others_refuses_and_says_that_nothing_was_written(galera, database):
    """One of three that has lost two answers no statement (1047): that is told, and nothing of it is stored."""
    alone = SqlStore(galera.nodes[0].url(database))
    with alone.reading() as view:
        assert view.streams.version("ord_1") == 0
    for node in galera.nodes[1:]:
        node.kill()
    until = time.monotonic() + 60
    while galera.nodes[0].answers() and time.monotonic() < until:
        time.sleep(0.2)

    def write():
        with alone.begin() as tx:
            tx.streams.append("ord_1", 0, [event(1)])

    with pytest.raises(StoreError, match="nothing was written"):
        write()
    galera.nodes[0].run("SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'")
    for node in galera.nodes[1:]:
        node.start()
    galera.wait_for(3)
    write()
    with store_on(ports_from(galera, 1), database).reading() as view:
        assert view.streams.version("ord_1") == 1
    alone.close()
