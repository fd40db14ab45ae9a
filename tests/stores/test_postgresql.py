"""What is particular to PostgreSQL: broken connections, schemas, hosts' tables, and rows that come late."""

from __future__ import annotations

import multiprocessing
import os
import re
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from tests import servers
from tests.stores.proxy import Proxy

from orderflow.counters import Level, Move, MoveKind
from orderflow.ports.store import (
    EventRow,
    Receipt,
    RecordRow,
    SearchRow,
    StoreConflictError,
    StoreError,
    StoreOutcomeUnknownError,
    WorkRow,
)

servers.require_extra()

import psycopg  # noqa: E402
import sqlalchemy  # noqa: E402

from orderflow.adapters.sql import SqlStore, _doubt, _migrating, schema_sql  # noqa: E402

AT = datetime(2026, 11, 22, tzinfo=UTC)
numbers = count()


def event(version, payload="{}"):
    return EventRow(version, "order.placed.v1", payload, "customer", AT, AT)


def work(id, minutes=0):
    return WorkRow(id, id.partition("/")[0], "request", "{}", AT + timedelta(minutes=minutes))


@pytest.fixture
def schema(postgresql):
    """A schema that nobody else uses."""
    name = f"particular_{next(numbers)}"
    with psycopg.connect(dsn(postgresql), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return name


def dsn(server):
    return f"host={server.folder} user=orderflow dbname=postgres"


@pytest.fixture
def other(postgresql, schema):
    """A connection beside the store, which sees the same tables."""
    with psycopg.connect(f"{dsn(postgresql)} options='-c search_path={schema}'", autocommit=True) as connection:
        yield connection


@pytest.fixture
def store(postgresql, schema):
    store = SqlStore(postgresql.url, schema=schema)
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def proxy(postgresql, tmp_path_factory):
    proxy = Proxy(tmp_path_factory.mktemp("p"), postgresql.folder)
    yield proxy
    proxy.close()


@pytest.fixture
def far(proxy, store, schema):
    """The same store, but on a way that may break."""
    far = SqlStore(proxy.url, schema=schema)
    yield far
    far.close()


def place(store, stream="ord_1", version=1):
    with store.begin() as tx:
        tx.counters.apply([Move("A", MoveKind.HOLD, 1, stream)], AT)
        tx.streams.append(stream, version - 1, [event(version)])


def received(store, quantity=5):
    with store.begin() as tx:
        tx.counters.apply([Move("A", MoveKind.ADD, quantity, "receipt")], AT)


# Connections that break


def test_a_connection_that_breaks_before_the_commit_leaves_nothing(far, store, proxy):
    """It is said that nothing was written, and the store works on."""
    received(store)
    proxy.break_at(b"_ledger", "before")
    with pytest.raises(StoreConflictError, match="nothing was written"):
        place(far)
    assert proxy.breaks == 1
    place(far)
    with store.reading() as view:
        assert view.counters.level("A") == Level(5, 1)


def test_a_commit_that_arrived_is_found_when_its_answer_is_lost(far, store, proxy):
    """The transaction ends as if nothing had happened: it is asked for by its mark, and not done again."""
    received(store)
    proxy.break_at(b"COMMIT", "after")
    place(far)
    assert proxy.breaks == 1
    proxy.break_at(b"COMMIT", "after")
    place(far, version=2)
    assert proxy.breaks == 2
    with store.reading() as view:
        assert view.counters.level("A") == Level(5, 2)
        assert view.streams.version("ord_1") == 2


@pytest.mark.parametrize("version", [1, 2])
def test_a_commit_that_never_arrived_is_a_conflict(far, store, proxy, version):
    """It is known that nothing was written, whether the stream was new or not."""
    received(store)
    for before in range(1, version):
        place(store, version=before)
    proxy.break_at(b"COMMIT", "before")
    with pytest.raises(StoreConflictError, match="nothing was written"):
        place(far, version=version)
    assert proxy.breaks == 1
    with store.reading() as view:
        assert view.counters.level("A") == Level(5, version - 1)


def test_another_commit_in_the_same_place_is_not_taken_for_ours(far, store, proxy):
    """Equal content is no proof: the mark is of one commit only."""
    received(store)
    proxy.break_at(b"COMMIT", "before")
    transaction = far.begin()
    tx = transaction.__enter__()
    tx.streams.append("ord_1", 0, [event(1)])
    place(store)
    with pytest.raises(StoreConflictError):
        transaction.__exit__(None, None, None)


def test_what_is_still_under_way_is_waited_for(far, store, proxy):
    """A server that does not know yet that its client has gone is waited for, and not taken for a failure."""
    received(store)
    place(far)
    proxy.break_at(b"COMMIT", "silent")
    timer = threading.Timer(0.5, proxy.let_go)
    timer.start()
    before = time.monotonic()
    with pytest.raises(StoreConflictError):
        place(far, version=2)
    assert time.monotonic() - before > 0.4
    timer.join()
    with store.reading() as view:
        assert view.streams.version("ord_1") == 1


def test_an_outcome_that_cannot_be_found_out_is_not_guessed(far, store, proxy, monkeypatch):
    """Where the server does not answer any more, this is said, with what to do about it."""
    monkeypatch.setattr(_doubt, "_PATIENCE", 0.5)
    received(store)
    place(far)
    proxy.break_at(b"COMMIT", "last")
    with pytest.raises(StoreOutcomeUnknownError, match="same request id"):
        place(far, version=2)


def test_a_commit_without_events_cannot_be_found_again(far, store, proxy):
    """Nothing marks it, so its outcome is not known."""
    proxy.break_at(b"COMMIT", "after")
    with pytest.raises(StoreOutcomeUnknownError), far.begin() as tx:
        tx.records.put(RecordRow("contact", "1", "ord_1", "{}", AT))


def test_connections_that_died_in_the_pool_are_replaced(store, other):
    """After all sessions were ended by the server, neither writing nor reading notices."""
    received(store)
    for use in ("begin", "reading", "begin"):
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        with getattr(store, use)() as tx:
            assert tx.streams.version("ord_1") == 0


def test_a_view_that_breaks_is_an_error_and_no_conflict(far, proxy):
    def look():
        with far.reading() as view:
            view.streams.version("ord_1")
            proxy.break_at(b"ord_2", "before")
            view.streams.version("ord_2")

    with pytest.raises(StoreError, match="look again") as raised:
        look()
    assert not isinstance(raised.value, StoreConflictError)


def test_a_server_that_is_not_there_is_named(tmp_path):
    store = SqlStore(f"postgresql+psycopg://orderflow@/postgres?host={tmp_path}")
    with pytest.raises(StoreError, match="cannot be reached"), store.begin():
        pass


# Tables


def test_without_tables_it_is_said_how_they_are_made(postgresql, schema):
    store = SqlStore(postgresql.url, schema=schema)
    for use in (store.begin, store.reading):
        with pytest.raises(StoreError, match=r"are not there. Run `orderflow schema --db"), use():
            pass
    store.close()


def test_tables_of_a_newer_orderflow_are_left_alone(store, other, postgresql, schema):
    other.execute("UPDATE orderflow_meta SET value = 99")
    new = SqlStore(postgresql.url, schema=schema)
    for use in (new.migrate, lambda: new.begin().__enter__()):
        with pytest.raises(StoreError, match=r"newer orderflow \(schema 99"):
            use()
    new.close()


def test_migrating_is_done_once(store):
    assert store.migrate() == ()


def test_migrations_run_in_order_from_where_the_tables_stand(store, other, postgresql, schema, monkeypatch):
    """A later version adds its own step to tables that are there."""
    real = _migrating.migrations

    def more(dialect, names, after=0):
        steps = list(real(dialect, names, after))
        return [*steps, (2, names.script("ALTER TABLE orderflow_orders ADD COLUMN colour TEXT;"))] if after < 2 else []

    monkeypatch.setattr(_migrating, "migrations", more)
    monkeypatch.setattr(_migrating, "SCHEMA", 2)
    assert store.migrate() == (2,)
    assert store.migrate() == ()
    assert other.execute("SELECT value FROM orderflow_meta").fetchone() == (2,)
    assert other.execute("SELECT colour FROM orderflow_orders").fetchall() == []


def test_a_migration_that_fails_changes_nothing(postgresql, schema, other, monkeypatch):
    real = _migrating.migrations
    monkeypatch.setattr(
        _migrating, "migrations", lambda *given: [*real(*given), (2, "ALTER TABLE nowhere ADD COLUMN colour TEXT;")]
    )
    store = SqlStore(postgresql.url, schema=schema)
    with pytest.raises(StoreError, match="could not be made"):
        store.migrate()
    assert other.execute(
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = %s", (schema,)
    ).fetchone() == (0,)
    store.close()


def columns(connection, schema):
    return connection.execute(
        "SELECT regexp_replace(table_name, '^(orderflow_|shop_)', ''), column_name, data_type, is_nullable, "
        "collation_name "
        "FROM information_schema.columns WHERE table_schema = %s ORDER BY 1, 2",
        (schema,),
    ).fetchall()


def test_every_database_has_the_same_tables_with_the_same_columns():
    """A table that was forgotten for one of them would be missed by those who run on it."""

    def of(dialect):
        tables = re.findall(r"TABLE (?:IF NOT EXISTS )?orderflow_(\w+) \((.*?)\n\)", schema_sql(dialect), re.DOTALL)
        return {table: re.findall(r"^    ([a-z_]+) [A-Z]", body, re.MULTILINE) for table, body in tables}

    assert len(of("postgresql")) == 12
    assert of("mariadb") == of("postgresql")


def test_the_sql_that_is_shown_is_the_sql_that_runs(store, other, postgresql, schema):
    """Tables made by hand from the printed SQL, with another prefix, are those that migrate() makes; and they serve."""
    other.execute(f"CREATE SCHEMA {schema}_by_hand")
    other.execute(schema_sql("postgresql", prefix="shop_", schema=f"{schema}_by_hand"))
    assert columns(other, f"{schema}_by_hand") == columns(other, schema)
    indexes = "SELECT count(*) FROM pg_indexes WHERE schemaname = %s"
    assert other.execute(indexes, (f"{schema}_by_hand",)).fetchone() == other.execute(indexes, (schema,)).fetchone()
    by_hand = SqlStore(postgresql.url, prefix="shop_", schema=f"{schema}_by_hand")
    assert by_hand.migrate() == ()
    received(by_hand)
    with store.reading() as view:
        assert view.counters.level("A") is None
    by_hand.close()


def test_a_user_who_takes_orders_need_not_own_the_tables(store, other, postgresql, schema):
    """Four rights on the tables are enough, for every kind of row."""
    clerk = f"clerk_of_{schema}"
    other.execute(f"CREATE ROLE {clerk} LOGIN")
    other.execute(f"GRANT USAGE ON SCHEMA {schema} TO {clerk}")
    other.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {clerk}")
    clerks = SqlStore(postgresql.url.replace("orderflow@", f"{clerk}@"), schema=schema)
    received(clerks)
    place(clerks)
    with clerks.begin() as tx:
        tx.work.add([work("ord_1/w1")])
        tx.work.claim(AT, AT)
        tx.work.keep(Receipt("q1", "f1", "ord_1", 1))
        tx.records.put(RecordRow("contact", "1", "ord_1", "{}", AT))
        tx.records.index(SearchRow("ord_1", "R-1", "placed", AT))
        tx.records.erase("ord_1")
    clerks.close()


def test_names_are_plain_names(postgresql):
    for names in ({"prefix": "a-b"}, {"schema": "x; DROP TABLE orders"}, {"prefix": "A"}, {"schema": ""}):
        with pytest.raises(StoreError, match="lower-case"):
            SqlStore(postgresql.url, **names)


@pytest.mark.parametrize("url", ["sqlite:///orders.db", "nonsense", ""])
def test_other_databases_are_refused(url):
    with pytest.raises(StoreError, match=r"PostgreSQL|such as postgresql"):
        SqlStore(url)


# Hosts' engines and tables


def test_the_hosts_tables_share_the_commit(store, other, schema):
    """A host's rows on the transaction's connection stay or go with the order, and its own errors stay its own."""
    other.execute("CREATE TABLE visits (page TEXT UNIQUE)")
    insert = sqlalchemy.text(f"INSERT INTO {schema}.visits VALUES (:page)")
    with store.begin() as tx:
        tx.streams.append("ord_1", 0, [event(1)])
        tx.connection.execute(insert, {"page": "a"})

    def visit_twice():
        with store.begin() as tx:
            tx.streams.append("ord_2", 0, [event(1)])
            tx.connection.execute(insert, {"page": "a"})

    with pytest.raises(sqlalchemy.exc.IntegrityError):
        visit_twice()
    assert other.execute("SELECT page FROM visits").fetchall() == [("a",)]
    with store.reading() as view:
        assert (view.streams.version("ord_1"), view.streams.version("ord_2")) == (1, 0)


def test_a_failed_statement_that_was_ignored_cannot_commit(store, other, schema):
    """PostgreSQL would answer COMMIT with a rollback, without an error."""
    other.execute("CREATE TABLE visits (page TEXT UNIQUE)")

    def ignoring():
        with store.begin() as tx:
            tx.streams.append("ord_1", 0, [event(1)])
            with suppress(sqlalchemy.exc.ProgrammingError):
                tx.connection.exec_driver_sql(f"INSERT INTO {schema}.nowhere VALUES (1)")

    with pytest.raises(StoreError, match="nothing was written"):
        ignoring()
    with store.reading() as view:
        assert view.streams.version("ord_1") == 0


def test_the_host_may_not_end_the_transaction(store):
    with pytest.raises(StoreError, match="leave commit and rollback"), store.begin() as tx:
        tx.connection.exec_driver_sql("COMMIT")


def test_the_hosts_statements_cannot_write_in_a_view(store, schema):
    with pytest.raises(sqlalchemy.exc.DBAPIError, match="read-only"), store.reading() as view:
        view.connection.exec_driver_sql(f"DELETE FROM {schema}.orderflow_meta")


@pytest.mark.parametrize("level", ["AUTOCOMMIT", "SERIALIZABLE"])
def test_a_hosts_engine_is_given_back_as_it_was(postgresql, store, schema, level):
    """An engine that commits by itself serves too: transactions are the store's own, and its pool stays open."""
    engine = sqlalchemy.create_engine(postgresql.url, isolation_level=level, pool_size=1, max_overflow=0)
    hosted = SqlStore(engine, schema=schema)

    def fail():
        with hosted.begin() as tx:
            tx.streams.append("ord_1", 0, [event(1)])
            tx.streams.read("ord_1")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    place(hosted, "ord_2")
    with hosted.reading() as view:
        assert (view.streams.version("ord_1"), view.streams.version("ord_2")) == (0, 1)
    hosted.close()
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver.autocommit == (level == "AUTOCOMMIT")
        assert driver.read_only is None
        assert level in ("AUTOCOMMIT", connection.get_isolation_level())
    assert engine.pool.checkedin() == 1
    engine.dispose()


def test_nothing_is_lent_to_a_transaction_that_does_nothing(store):
    with store.begin(), pytest.raises(StoreError), store.begin():
        pass
    assert store._engine.pool.checkedout() == 0


# What others do meanwhile


def test_a_deadlock_is_a_conflict(store):
    """Two transactions that wait for each other: one goes through, the other is told that nothing was written."""
    with store.begin() as tx:
        for name in ("ord_1", "ord_2"):
            tx.streams.append(name, 0, [event(1)])
    barrier, outcomes = threading.Barrier(2), []

    def write(first, second):
        try:
            with store.begin() as tx:
                tx.streams.append(first, tx.streams.version(first), [event(2)])
                tx.work.next_due()
                barrier.wait(30)
                tx.streams.append(second, tx.streams.version(second), [event(2)])
            outcomes.append("written")
        except StoreConflictError:
            outcomes.append("conflict")

    threads = [threading.Thread(target=write, args=pair) for pair in (("ord_1", "ord_2"), ("ord_2", "ord_1"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["conflict", "written"]
    with store.reading() as view:
        assert [view.streams.version(name) for name in ("ord_1", "ord_2")] == [2, 2]


def test_work_that_is_committed_late_is_found(store):
    """Work that began before other work was committed and done, but came after it, is not passed over."""
    late = store.begin()
    tx = late.__enter__()
    tx.work.add([work("ord_1/w1")])
    tx.work.next_due()
    done = []

    def relay(store):
        with store.begin() as tx:
            rows = tx.work.claim(AT, AT + timedelta(minutes=1), 9)
            done.extend(row.id for row in rows)
            for row in rows:
                tx.work.finish(row.id)

    def others():
        for number in range(2, 5):
            with store.begin() as tx:
                tx.work.add([work(f"ord_{number}/w1")])
            relay(store)

    thread = threading.Thread(target=others)
    thread.start()
    thread.join(30)
    late.__exit__(None, None, None)
    relay(store)
    assert done == ["ord_2/w1", "ord_3/w1", "ord_4/w1", "ord_1/w1"]


def until_somebody_waits(other):
    """Go on when a session waits for another one's lock."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        (waiting,) = other.execute("SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0")
        if waiting[0]:
            return
    raise AssertionError("nobody waits")


def test_a_stream_is_leased_once_even_where_earlier_work_appears_meanwhile(store, other):
    """The lane is held by the table itself: the second of two claims that could not see each other is a conflict."""
    with store.begin() as tx:
        tx.work.add([work("ord_1/w2", 2)])
    outcomes = []

    def second():
        with store.begin() as tx:
            tx.work.add([work("ord_1/w1", 1)])
        try:
            with store.begin() as tx:
                claimed = [row.id for row in tx.work.claim(AT + timedelta(minutes=9), AT + timedelta(minutes=60), 9)]
            outcomes.append(claimed)
        except StoreConflictError:
            outcomes.append("conflict")

    thread = threading.Thread(target=second)
    with store.begin() as tx:
        assert [row.id for row in tx.work.claim(AT + timedelta(minutes=9), AT + timedelta(minutes=60), 9)] == [
            "ord_1/w2"
        ]
        thread.start()
        until_somebody_waits(other)
    thread.join(30)
    assert outcomes == ["conflict"]


def test_workers_do_not_wait_for_each_other(store):
    """What another worker is just taking is skipped; its neighbour is there to be had."""
    with store.begin() as tx:
        tx.work.add([work("ord_1/w1"), work("ord_2/w1", 1)])
    taken = []

    def second():
        with store.begin() as tx:
            taken.extend(row.id for row in tx.work.claim(AT + timedelta(minutes=9), AT + timedelta(minutes=60), 9))

    thread = threading.Thread(target=second)
    with store.begin() as tx:
        assert [row.id for row in tx.work.claim(AT + timedelta(minutes=9), AT + timedelta(minutes=60))] == ["ord_1/w1"]
        thread.start()
        thread.join(30)
    assert taken == ["ord_2/w1"]


def test_two_requests_with_one_id_are_answered_once(store):
    """The second waits for the first, and is told that the id is taken."""
    outcomes = []

    def second():
        try:
            with store.begin() as tx:
                tx.work.keep(Receipt("q1", "f2", "ord_2", 1))
            outcomes.append("kept")
        except StoreConflictError:
            outcomes.append("conflict")

    thread = threading.Thread(target=second)
    with store.begin() as tx:
        tx.work.keep(Receipt("q1", "f1", "ord_1", 1))
        thread.start()
        time.sleep(0.2)
        assert outcomes == []
    thread.join(30)
    assert outcomes == ["conflict"]


def test_a_counter_that_two_create_at_once_has_both_additions(store):
    """Nobody's first addition is lost."""

    def add():
        with store.begin() as tx:
            assert not tx.counters.apply([Move("A", MoveKind.ADD, 3, "receipt")], AT)

    thread = threading.Thread(target=add)
    with store.begin() as tx:
        assert not tx.counters.apply([Move("A", MoveKind.ADD, 2, "receipt")], AT)
        thread.start()
        time.sleep(0.2)
    thread.join(30)
    with store.reading() as view:
        assert view.counters.level("A") == Level(5, 0)
        assert sum(entry.value for entry in view.counters.ledger("A")) == 5


def test_a_hold_ends_either_by_its_owner_or_by_its_time(store):
    """Whoever keeps a hold in the moment when another releases it as lapsed either has it for good, or is told."""
    for number in range(10):
        key = f"sku-{number}"
        with store.begin() as tx:
            tx.counters.apply([Move(key, MoveKind.ADD, 1, "receipt")], AT)
            tx.counters.apply([Move(key, MoveKind.HOLD, 1, "o1", AT + timedelta(minutes=5))], AT)
        sold = []

        def move(kind, owner, minutes, key=key, sold=sold):
            at = AT + timedelta(minutes=minutes)
            with store.begin() as tx:
                short = tx.counters.apply([Move(key, kind, 1, owner)], at)
            if not short:
                sold.append(owner)

        threads = [
            threading.Thread(target=move, args=(MoveKind.KEEP, "o1", 4)),
            threading.Thread(target=move, args=(MoveKind.HOLD, "o2", 6)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with store.reading() as view:
            assert [hold.owner for hold in view.counters.holds(key)] == sold
            assert len(sold) == 1


# Forks


def run(*jobs):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=job) for job in jobs]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]


def test_a_store_may_be_used_on_both_sides_of_a_fork(store):
    """A child opens connections of its own, and its end does not end its parent's."""

    def write():
        for _ in range(20):
            with store.begin() as tx:
                version = tx.streams.version("ord_1")
                tx.streams.append("ord_1", version, [event(version + 1)])

    place(store)
    assert run(write, write, write) == [0, 0, 0]
    write()
    with store.reading() as view:
        assert view.streams.version("ord_1") == 81
        assert view.streams.broken_link("ord_1") is None


def test_a_child_forked_inside_a_transaction_cannot_commit_it(store):
    """The transaction belongs to the parent, which commits as if nothing had happened."""
    child = None
    try:
        with store.begin() as tx:
            tx.streams.append("ord_1", 0, [event(1)])
            tx.work.next_due()
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


# What was tampered with


def test_a_changed_event_breaks_the_chain(store, other):
    with store.begin() as tx:
        tx.streams.append("ord_1", 0, [event(version, f'{{"n":{version}}}') for version in range(1, 6)])
    other.execute("UPDATE orderflow_events SET payload = '{}' WHERE version = 3")
    with store.reading() as view:
        assert view.streams.broken_link("ord_1") == 3


def test_a_missing_end_is_a_gap(store, other):
    """The head names the last version: events that were removed from the end of a stream are missed."""
    for stream in ("ord_1", "ord_2", "ord_3"):
        with store.begin() as tx:
            tx.streams.append(stream, 0, [event(version) for version in range(1, 4)])
    other.execute("DELETE FROM orderflow_events WHERE stream = 'ord_2' AND version > 1")
    other.execute("DELETE FROM orderflow_events WHERE stream = 'ord_3'")
    with store.reading() as view:
        assert list(view.streams.gaps()) == [("ord_2", 1), ("ord_3", 0)]


def test_counters_have_a_second_net(store, other):
    """The table itself refuses a counter that promises more than there is."""
    received(store, 2)
    for change in ("held = 3", "value = -1", "held = -1"):
        with pytest.raises(psycopg.errors.CheckViolation):
            other.execute(f"UPDATE orderflow_counters SET {change}")
    with store.reading() as view:
        assert view.counters.level("A") == Level(2, 0)
