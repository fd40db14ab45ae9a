"""What is particular to MariaDB: how it compares, what it refuses, its locks, and connections that break."""

from __future__ import annotations

import gc
import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from tests.stores.proxy import Proxy

from orderflow.cli import main
from orderflow.counters import Level, Move, MoveKind
from orderflow.ports.store import (
    EventRow,
    HostConflictError,
    Receipt,
    RecordRow,
    StoreConflictError,
    StoreError,
    StoreOutcomeUnknownError,
    WorkRow,
)

pytest.importorskip("pymysql")
pytest.importorskip("sqlalchemy")

import pymysql
import sqlalchemy

from orderflow.adapters.sql import SqlStore, _doubt, _migrating, schema_sql

pytestmark = pytest.mark.mariadb

AT = datetime(2026, 11, 22, tzinfo=UTC)
COMMIT = b"\x03COMMIT"  # the command, and not READ COMMITTED


def event(version, payload="{}"):
    return EventRow(version, "order.placed.v1", payload, "customer", AT, AT)


def work(id, minutes=0):
    return WorkRow(id, id.partition("/")[0], "request", "{}", AT + timedelta(minutes=minutes))


@pytest.fixture
def url(mariadb):
    """A database with nothing in it."""
    return mariadb.new_database()


@pytest.fixture
def run(mariadb, url):
    """Runs SQL beside the store."""
    return lambda sql: mariadb.run(sql, url.rpartition("/")[2].partition("?")[0])


@pytest.fixture
def store(url):
    store = SqlStore(url)
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def proxy(mariadb, tmp_path_factory):
    proxy = Proxy(tmp_path_factory.mktemp("p"), mariadb.folder, "socket")
    yield proxy
    proxy.close()


@pytest.fixture
def far(proxy, store, url):
    """The same store, but on a way that may break."""
    name = url.rpartition("/")[2]
    far = SqlStore(f"mysql://root@/{name}&unix_socket={proxy.socket}")
    yield far
    far.close()


def place(store, stream="ord_1", version=1):
    with store.begin() as tx:
        tx.counters.apply([Move("A", MoveKind.HOLD, 1, stream)], AT)
        tx.streams.append(stream, version - 1, [event(version)])


def received(store, quantity=5):
    with store.begin() as tx:
        tx.counters.apply([Move("A", MoveKind.ADD, quantity, "receipt")], AT)


# Texts


def test_keys_are_compared_byte_by_byte(store):
    """Neither case, nor accents, nor trailing spaces make two keys one; and they are put in order by their bytes."""
    keys = ["A", "A ", "a", "ä", "ż", "é", "e", "Z", "\U0001f375", "～"]
    with store.begin() as tx:
        tx.counters.apply([Move(key, MoveKind.ADD, number, "receipt") for number, key in enumerate(keys, 1)], AT)
    with store.reading() as view:
        assert view.counters.keys() == sorted(keys, key=str.encode)
        assert [view.counters.level(key).value for key in keys] == list(range(1, 11))


def test_every_character_comes_back(store):
    payload = json.dumps({"text": "zażółć 🍵 \\ ' \" % \x00 \u2028"}, ensure_ascii=False)
    with store.begin() as tx:
        tx.streams.append("ord_1", 0, [event(1, payload)])
        tx.records.put(RecordRow("k", "1", "ord_1", "x" * 200_000, AT))
    with store.reading() as view:
        assert view.streams.read("ord_1")[0].payload == payload
        assert view.streams.broken_link("ord_1") is None
        assert len(view.records.get("k", "1").data) == 200_000


def test_what_is_too_long_is_refused_and_not_cut_off(store):
    with pytest.raises(StoreError, match="at most 255"), store.begin() as tx:
        tx.streams.append("s" * 256, 0, [event(1)])


def test_a_connection_that_would_cut_off_is_refused(url, store):
    engine = sqlalchemy.create_engine(url, connect_args={"init_command": "SET sql_mode=''"})
    with pytest.raises(StoreError, match="STRICT_TRANS_TABLES"), SqlStore(engine).reading():
        pass
    engine.dispose()


# Tables


def test_tables_that_were_made_in_part_are_finished(url, run, monkeypatch):
    """MariaDB commits after every CREATE: what was broken off is run again, and ends as if it had not been."""
    real = _migrating.statements
    monkeypatch.setattr(_migrating, "statements", lambda script: [*real(script)[:4], "nonsense"])
    store = SqlStore(url)
    with pytest.raises(StoreError, match="could not be made"):
        store.migrate()
    with pytest.raises(StoreError, match="are not there"), store.begin():
        pass
    monkeypatch.setattr(_migrating, "statements", real)
    assert store.migrate() == (1,)
    assert store.migrate() == ()
    received(store)
    store.close()


def test_the_sql_that_is_shown_is_the_sql_that_runs(url, store, run):
    """Made by hand with another prefix, in another database, the tables serve."""
    run("CREATE DATABASE IF NOT EXISTS by_hand")
    for statement in schema_sql("mariadb", prefix="trade_", schema="by_hand").split(";\n"):
        if statement.strip():
            run(statement)
    by_hand = SqlStore(url, prefix="trade_", schema="by_hand")
    assert by_hand.migrate() == ()
    received(by_hand)
    with store.reading() as view:
        assert view.counters.level("A") is None
    by_hand.close()


def test_counters_have_a_second_net(store, run):
    received(store, 2)
    for change in ("held = 3", "value = -1", "held = -1"):
        with pytest.raises(pymysql.MySQLError, match="CONSTRAINT"):
            run(f"UPDATE orderflow_counters SET {change}")


def test_the_command_line_makes_the_tables(url, capsys):
    place = ["--db", url.replace("mariadb+pymysql", "mysql")]
    assert main(["verify", *place]) == 2
    assert "are not there. Run `orderflow schema --db" in capsys.readouterr().err
    assert main(["schema", *place]) == 0
    assert "CREATE TABLE IF NOT EXISTS orderflow_events (" in capsys.readouterr().out
    assert main(["schema", *place, "--apply"]) == 0
    capsys.readouterr()
    assert main(["schema", *place]) == 0
    assert capsys.readouterr().out == "-- The tables are up to date.\n"
    assert main(["verify", *place]) == 0


# Connections that break


def test_a_connection_that_breaks_before_the_commit_leaves_nothing(far, store, proxy):
    received(store)
    place(far, "ord_0")
    proxy.break_at(b"_ledger", "before")
    with pytest.raises(StoreConflictError, match="nothing was written"):
        place(far)
    assert proxy.breaks == 1
    place(far)
    with store.reading() as view:
        assert view.counters.level("A") == Level(5, 2)


def test_a_commit_that_arrived_is_found_when_its_answer_is_lost(far, store, proxy):
    """Whether its stream was new or not; and its head is left as it was by those who asked."""
    received(store)
    place(far, "ord_0")
    for version in (1, 2):
        proxy.break_at(COMMIT, "after")
        place(far, version=version)
    assert proxy.breaks == 2
    place(far, version=3)
    with store.reading() as view:
        assert view.counters.level("A") == Level(5, 4)
        assert view.streams.version("ord_1") == 3
        assert view.streams.broken_link("ord_1") is None
        assert list(view.streams.gaps()) == []


@pytest.mark.parametrize("version", [1, 2])
def test_a_commit_that_never_arrived_is_a_conflict(far, store, proxy, version):
    received(store)
    place(far, "ord_0")
    for before in range(1, version):
        place(store, version=before)
    proxy.break_at(COMMIT, "before")
    with pytest.raises(StoreConflictError, match="nothing was written"):
        place(far, version=version)
    with store.reading() as view:
        assert view.counters.level("A") == Level(5, version)
        assert view.streams.version("ord_1") == version - 1


def test_what_is_still_under_way_is_waited_for(far, store, proxy):
    received(store)
    place(far)
    proxy.break_at(COMMIT, "silent")
    timer = threading.Timer(0.5, proxy.let_go)
    timer.start()
    before = time.monotonic()
    with pytest.raises(StoreConflictError):
        place(far, version=2)
    assert time.monotonic() - before > 0.4
    timer.join()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # PyMySQL leaves the socket open on which it cannot connect
def test_an_outcome_that_cannot_be_found_out_is_not_guessed(far, store, proxy, monkeypatch):
    monkeypatch.setattr(_doubt, "_PATIENCE", 0.5)
    received(store)
    place(far)
    proxy.break_at(COMMIT, "last")
    with pytest.raises(StoreOutcomeUnknownError, match="same request id"):
        place(far, version=2)
    gc.collect()


def test_connections_that_died_in_the_pool_are_replaced(store, run):
    received(store)
    for use in ("begin", "reading", "begin"):
        for (id,) in run("SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND user = 'root'"):
            run(f"KILL {id}")
        with getattr(store, use)() as tx:
            assert tx.streams.version("ord_1") == 0


def test_a_server_that_is_not_there_is_named():
    with pytest.raises(StoreError, match="cannot be reached"), SqlStore("mysql://root@127.0.0.1:1/shop").begin():
        pass


# Locks


def at_once(*jobs):
    """Run all of them in threads of their own; "conflict" for those that met one."""
    outcomes = []

    def caught(job):
        try:
            outcomes.append(job())
        except StoreConflictError as error:
            outcomes.append("conflict" if "nothing was written" in str(error) else str(error))

    threads = [threading.Thread(target=caught, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_a_deadlock_is_a_conflict(store):
    with store.begin() as tx:
        for name in ("ord_1", "ord_2"):
            tx.streams.append(name, 0, [event(1)])
    barrier = threading.Barrier(2)

    def write(*names):
        with store.begin() as tx:
            for name in names:
                tx.streams.append(name, tx.streams.version(name), [event(2)])
                tx.work.next_due()
                if name == names[0]:
                    barrier.wait(30)
        return "written"

    outcomes = at_once(lambda: write("ord_1", "ord_2"), lambda: write("ord_2", "ord_1"))
    assert sorted(outcomes) == ["conflict", "written"]


def test_who_waits_too_long_for_a_lock_meets_a_conflict(url, store):
    engine = sqlalchemy.create_engine(url, connect_args={"init_command": "SET innodb_lock_wait_timeout = 1"})
    hasty = SqlStore(engine)
    received(store)
    with store.begin() as tx:
        tx.counters.apply([Move("A", MoveKind.HOLD, 1, "ord_1")], AT)
        tx.work.next_due()
        assert at_once(lambda: place(hasty, "ord_2")) == ["conflict"]
    engine.dispose()


def test_streams_that_begin_beside_each_other_do_not_wait(store):
    """What is not there locks nothing, and no gap either."""
    with store.begin() as tx:
        assert tx.streams.version("ord_5") == 0
        tx.streams.append("ord_5", 0, [event(1)])
        tx.work.next_due()
        assert at_once(*(lambda name=name: place(store, name) for name in ("ord_4", "ord_6"))) == [None, None]


def test_workers_do_not_wait_for_each_other(store):
    """What another worker is just taking is skipped; its neighbours are there to be had."""
    with store.begin() as tx:
        tx.work.add([work(f"ord_{number}/w1", number) for number in range(20)])
    later = AT + timedelta(minutes=60)

    def claim():
        with store.begin() as tx:
            return [row.id for row in tx.work.claim(later, later + timedelta(minutes=1), 9)]

    with store.begin() as tx:
        assert [row.id for row in tx.work.claim(later, later + timedelta(minutes=1))] == ["ord_0/w1"]
        assert at_once(claim) == [[f"ord_{number}/w1" for number in range(1, 10)]]


def test_two_requests_with_one_id_are_answered_once(store):
    def keep(fingerprint):
        with store.begin() as tx:
            tx.work.keep(Receipt("q1", fingerprint, "ord_1", 1))
        return "kept"

    with store.begin() as tx:
        tx.work.keep(Receipt("q1", "f", "ord_1", 1))
    with pytest.raises(StoreConflictError, match="already answered"):
        keep("f")
    with store.reading() as view:
        assert view.work.receipt("q1").fingerprint == "f"


def test_a_hold_that_is_kept_as_it_was_is_no_conflict(store):
    """An UPDATE that changes nothing has found its row."""
    received(store)
    for kind in (MoveKind.HOLD, MoveKind.KEEP, MoveKind.KEEP):
        with store.begin() as tx:
            assert not tx.counters.apply([Move("A", kind, 1, "o", AT + timedelta(minutes=1))], AT)


# Hosts


def test_the_hosts_rows_and_ours_stay_or_go_together(store, run, url):
    run("CREATE TABLE visits (page VARCHAR(20) PRIMARY KEY) ENGINE = InnoDB")
    engine = sqlalchemy.create_engine(url)

    class ChangedMindError(Exception):
        pass

    def visit(page, stream, *, changes_mind=False):
        with engine.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO visits VALUES ('{page}')")
            place(store.within(connection), stream)
            if changes_mind:
                raise ChangedMindError

    received(store)
    visit("a", "ord_1")
    with pytest.raises(ChangedMindError):
        visit("b", "ord_2", changes_mind=True)
    assert run("SELECT page FROM visits") == [("a",)]
    with store.reading() as view:
        assert [view.streams.version(name) for name in ("ord_1", "ord_2")] == [1, 0]
        assert view.counters.level("A") == Level(5, 1)
    engine.dispose()


def test_what_fails_inside_a_hosts_transaction_is_taken_back_alone(store, run, url):
    run("CREATE TABLE visits (page VARCHAR(20) PRIMARY KEY) ENGINE = InnoDB")
    place_twice = sqlalchemy.create_engine(url)
    received(store)
    place(store)
    with place_twice.begin() as connection:
        connection.exec_driver_sql("INSERT INTO visits VALUES ('a')")
        with pytest.raises(HostConflictError, match="take your transaction back"):
            place(store.within(connection))
    assert run("SELECT page FROM visits") == [("a",)]
    with store.reading() as view:
        assert view.counters.level("A") == Level(5, 1)
    place_twice.dispose()


def test_a_host_needs_a_transaction_and_counts_what_it_finds(store, mariadb, url):
    place = {"host": "127.0.0.1", "port": mariadb.port, "user": "root"}
    with pymysql.connect(**place) as connection:
        with pytest.raises(StoreError, match="in no transaction"):
            store.within(connection)
        connection.begin()
        with pytest.raises(StoreError, match="FOUND_ROWS"):
            store.within(connection)
    with pytest.raises(StoreError, match="PyMySQL"):
        store.within(object())


def test_the_host_may_not_end_the_transaction(store):
    with pytest.raises(StoreError, match="leave commit and rollback"), store.begin() as tx:
        tx.connection.exec_driver_sql("COMMIT")


def test_the_hosts_statements_cannot_write_in_a_view(store):
    with pytest.raises(sqlalchemy.exc.DBAPIError, match="READ ONLY"), store.reading() as view:
        view.connection.exec_driver_sql("DELETE FROM orderflow_meta")


def test_a_hosts_engine_is_given_back_as_it_was(url, store):
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=0)
    place_at = SqlStore(engine)
    received(place_at)
    place(place_at)
    with place_at.reading() as view:
        assert view.streams.version("ord_1") == 1
    with engine.connect() as connection:
        assert connection.connection.driver_connection.get_autocommit()
    assert engine.pool.checkedin() == 1
    engine.dispose()
