"""Several processes and threads on one SQLite file."""

import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from datetime import UTC, datetime

import pytest

from orderflow.adapters.sqlite import SqliteStore
from orderflow.counters import Level, Move, MoveKind
from orderflow.ports.store import EventRow, StoreConflictError, StoreError

fcntl = pytest.importorskip("fcntl")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

AT = datetime(2026, 11, 22, tzinfo=UTC)
SQLITE_LOCKS = (510, 0x40000002)  # how many bytes from where; see os_unix.c
FORK = multiprocessing.get_context("fork") if hasattr(os, "fork") else None


def event(version, payload="{}"):
    return EventRow(version, "order.placed.v1", payload, "customer", AT, AT)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "orders.db"


@pytest.fixture
def store(path):
    store = SqliteStore(path)
    yield store
    store.close()


def run(*jobs):
    processes = [FORK.Process(target=job[0], args=job[1:]) for job in jobs]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * len(processes)


def lock_all(path):
    with path.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, *SQLITE_LOCKS)


def test_no_other_process_takes_an_open_file_for_abandoned(path, store):
    """SQLite keeps its lock on an open file: without it, the next process that closes would remove the log in use."""
    for use in (store.begin, store.reading, store.reading):
        with use() as transaction:
            transaction.streams.version("ord_1")
        locking = FORK.Process(target=lock_all, args=(path,))
        locking.start()
        locking.join(60)
        assert locking.exitcode == 1


def buy(path, buyer, rounds, barrier):
    store = SqliteStore(path)
    for number in range(rounds):
        barrier.wait(30)
        try:
            with store.begin() as tx:
                if not tx.counters.apply([Move(f"sku-{number}", MoveKind.HOLD, 1, buyer)], AT):
                    tx.streams.append(f"ord_{number}", 0, [event(1, buyer)])
        except StoreConflictError:
            os._exit(3)
    store.close()


def test_two_processes_race_for_the_last_unit_200_times(path, store):
    """Every last unit is held once, by the process whose order is there."""
    with store.begin() as tx:
        tx.counters.apply([Move(f"sku-{number}", MoveKind.ADD, 1, "receipt") for number in range(200)], AT)
    barrier = FORK.Barrier(2)
    run((buy, path, "anna", 200, barrier), (buy, path, "ben", 200, barrier))
    with store.reading() as view:
        for number in range(200):
            assert view.counters.level(f"sku-{number}") == Level(1, 1)
            (hold,) = view.counters.holds(f"sku-{number}")
            (row,) = view.streams.read(f"ord_{number}")
            assert row.payload == hold.owner


def die_inside(path, number, started):
    store = SqliteStore(path)
    with store.begin() as tx:
        tx.streams.append("ord_1", 0, [event(version, "x" * 5000) for version in range(1, 400)])
        tx.counters.apply([Move("A", MoveKind.ADD, number, "receipt")], AT)
        tx.connection.execute("PRAGMA cache_spill = 1")
        started.set()
        time.sleep(60)


def test_a_killed_process_leaves_nothing_of_its_transaction(path, store):
    """After kill -9 in mid transaction the gate is open, nothing of it is there, and the file is sound."""
    for number in range(1, 4):
        started = FORK.Event()
        process = FORK.Process(target=die_inside, args=(path, number, started))
        process.start()
        assert started.wait(30)
        os.kill(process.pid, signal.SIGKILL)
        process.join(30)
        with store.begin() as tx:
            assert tx.streams.version("ord_1") == 0
            assert tx.counters.level("A") is None
            tx.streams.append(f"ord_1{number}", 0, [event(1)])
            assert tx.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def count_up(path, times):
    store = SqliteStore(path)
    for _ in range(times):
        with store.begin() as tx:
            version = tx.streams.version("ord_1")
            tx.streams.append("ord_1", version, [event(version + 1)])
    store.close()


def test_processes_are_killed_at_any_moment_and_lose_no_commit(path, store):
    """Whenever a writer is killed, the stream is without gaps, its chain whole, and others write on."""
    last = 0
    for number in range(12):
        process = FORK.Process(target=count_up, args=(path, 10**6))
        process.start()
        time.sleep(0.02 + 0.013 * number)
        os.kill(process.pid, signal.SIGKILL)
        process.join(30)
        count_up(path, 1)
        with store.reading() as view:
            version = view.streams.version("ord_1")
            assert version > last
            assert view.streams.broken_link("ord_1") is None
            last = version


def test_views_work_while_another_process_writes(path, store):
    """A view opens at once, and stands still, while a transaction is under way elsewhere."""
    started, go_on = FORK.Event(), FORK.Event()

    def write():
        mine = SqliteStore(path)
        with mine.begin() as tx:
            tx.streams.append("ord_1", 0, [event(1)])
            started.set()
            go_on.wait(30)
        mine.close()
        os._exit(0)

    process = FORK.Process(target=write)
    process.start()
    assert started.wait(30)
    before = time.monotonic()
    with store.reading() as view:
        assert view.streams.version("ord_1") == 0
        assert time.monotonic() - before < 5
        go_on.set()
        process.join(30)
        assert view.streams.version("ord_1") == 0
    with store.reading() as view:
        assert view.streams.version("ord_1") == 1


def test_a_store_may_be_used_on_both_sides_of_a_fork(path, store):
    """A child opens connections of its own; parent and children write in turn."""

    def write():
        for _ in range(50):
            with store.begin() as tx:
                version = tx.streams.version("ord_1")
                tx.streams.append("ord_1", version, [event(version + 1)])

    write()
    processes = [FORK.Process(target=write) for _ in range(3)]
    for process in processes:
        process.start()
    write()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 3
    with store.reading() as view:
        assert view.streams.version("ord_1") == 250
        assert view.streams.broken_link("ord_1") is None


def test_a_child_forked_inside_a_transaction_cannot_commit_it(store):
    """The transaction belongs to the parent, which commits as if nothing had happened."""
    child = None
    try:
        with store.begin() as tx:
            tx.streams.append("ord_1", 0, [event(1)])
            child = os.fork()
            if child:
                assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    except StoreError as error:
        if child == 0:
            os._exit(7 if "belongs to its parent" in str(error) else 8)
        raise
    finally:
        if child == 0:
            os._exit(9)
    with store.reading() as view:
        assert view.streams.version("ord_1") == 1


def test_a_forked_child_does_not_keep_the_gate_shut(path, store):
    """A child that lives on does not hold the lock of a parent that dies inside its transaction."""

    def parent():
        mine = SqliteStore(path)
        with mine.begin() as tx:
            tx.streams.append("ord_1", 0, [event(1)])
            if not os.fork():
                time.sleep(1.5)
            os._exit(0)

    run((parent,))
    before = time.monotonic()
    with store.begin() as tx:
        assert tx.streams.version("ord_1") == 0
    assert time.monotonic() - before < 1


def test_threads_take_turns(store):
    """No thread waits while another goes again and again: each gets its share."""
    turns, stop = [0] * 4, threading.Event()

    def write(number):
        while not stop.is_set():
            with store.begin() as tx:
                version = tx.streams.version(f"ord_{number}")
                tx.streams.append(f"ord_{number}", version, [event(version + 1)])
            turns[number] += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert min(turns) * 3 > max(turns)


def test_a_foreign_writer_is_waited_for_and_then_named(path, store, monkeypatch):
    """A program that locks the file without passing the gate is waited for, and after that the message says so."""
    with store.begin() as tx:
        tx.connection.execute("PRAGMA busy_timeout = 50")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="another program kept the file locked"), store.begin():
        pass
    connection.execute("ROLLBACK")
    connection.close()
    with store.begin() as tx:
        tx.streams.append("ord_1", 0, [event(1)])
