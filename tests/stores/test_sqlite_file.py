"""The SQLite store's file: what is refused and how it is said, what is kept, sealed and erased."""

import itertools
import os
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from orderflow.adapters.sqlite import SqliteStore
from orderflow.counters import Level, Move, MoveKind
from orderflow.ports.store import EventRow, RecordRow, StoreError

AT = datetime(2026, 11, 22, tzinfo=UTC)


def event(version, payload="{}"):
    return EventRow(version, "order.placed.v1", payload, "customer", AT, AT)


def other(path):
    return sqlite3.connect(path, isolation_level=None)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "orders.db"


@pytest.fixture
def store(path):
    store = SqliteStore(path)
    yield store
    store.close()


def test_memory_is_no_path():
    """SQLite's name for a database in memory would be another database in every thread."""
    for path in (":memory:", "", "file:orders.db?mode=memory"):
        with pytest.raises(StoreError, match="MemoryStore"):
            SqliteStore(path)


def test_a_folder_is_refused_with_a_hint(tmp_path):
    with pytest.raises(StoreError, match=r"is a folder; give the path of a file, such as .*orders\.db"):
        SqliteStore(tmp_path)


def test_a_missing_folder_is_not_created(tmp_path):
    with pytest.raises(StoreError, match="does not exist; create it first"):
        SqliteStore(tmp_path / "shop" / "orders.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"Dear diary,\n" * 9999, b"Dear diary,\n" * 100, b"x"], ids=["long", "text", "byte"]
)
def test_a_file_that_is_no_database_is_left_as_it_is(path, content):
    path.write_bytes(content)
    with pytest.raises(StoreError, match="not an SQLite database"):
        SqliteStore(path)
    assert path.read_bytes() == content


def test_a_database_of_another_program_is_left_as_it_is(path):
    connection = other(path)
    connection.execute("CREATE TABLE songs (title)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_newer_schema_is_left_as_it_is(path, store):
    store.close()
    connection = other(path)
    connection.execute("UPDATE meta SET value = 99")
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer orderflow \(schema 99.*Upgrade"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_an_empty_file_becomes_a_store(path):
    path.touch()
    SqliteStore(path).close()
    with other(path) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (int.from_bytes(b"ordf"),)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_commits_are_synced_and_erasures_overwritten(store):
    """The promises that SQLite keeps for us are switched on in every writing connection."""
    with store.begin() as tx:
        settings = {
            name: tx.connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("synchronous", "secure_delete", "journal_mode", "trusted_schema")
        }
    assert settings == {"synchronous": 2, "secure_delete": 1, "journal_mode": "wal", "trusted_schema": 0}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="permissions are tried out in a child process")
@pytest.mark.parametrize(("target", "words"), [("file", "change the file's permissions"), ("folder", "log beside")])
def test_missing_permissions_are_explained(tmp_path, target, words):
    """A read-only file or folder is refused at once, also to a user other than root."""
    path = tmp_path / "shop" / "orders.db"
    path.parent.mkdir()
    SqliteStore(path).close()
    for folder in [path.parent, *path.parent.parents]:
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(0o755 if folder == path.parent else folder.stat().st_mode | 0o711)
    if target == "file":
        path.parent.chmod(0o777)
        path.chmod(0o444)
    else:
        path.chmod(0o666)
        path.parent.chmod(0o555)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            SqliteStore(path)
        except StoreError as error:
            code = 0 if words in str(error) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    path.parent.chmod(0o755)


def test_a_full_disk_loses_nothing_and_is_explained(store):
    """Where there is no room, the transaction is taken back, and what was there can be read and added to again."""
    with store.begin() as tx:
        tx.streams.append("ord_1", 0, [event(1)])
        (pages,) = tx.connection.execute("PRAGMA page_count").fetchone()
        tx.connection.execute(f"PRAGMA max_page_count = {pages + 4}")

    def overflow():
        with store.begin() as tx:
            tx.counters.apply([Move("A", MoveKind.ADD, 1, "r")], AT)
            tx.streams.append("ord_1", 1, [event(2, "x" * 100_000)])

    with pytest.raises(StoreError, match=r"disk is full.*nothing of this transaction was stored.*Make room"):
        overflow()
    with store.begin() as tx:
        assert tx.streams.version("ord_1") == 1
        assert tx.counters.level("A") is None
        tx.connection.execute("PRAGMA max_page_count = 1000000")
        tx.streams.append("ord_1", 1, [event(2, "x" * 100_000)])
    with store.reading() as view:
        assert view.streams.broken_link("ord_1") is None


def test_a_full_disk_that_was_ignored_cannot_commit(store):
    """Swallowing SQLite's error inside the transaction does not make half of it last."""

    def overflow():
        with store.begin() as tx:
            (pages,) = tx.connection.execute("PRAGMA page_count").fetchone()
            tx.connection.execute(f"PRAGMA max_page_count = {pages + 4}")
            tx.streams.append("ord_1", 0, [event(1)])
            with suppress(sqlite3.Error):
                tx.streams.append("ord_1", 1, [event(2, "x" * 100_000)])
            if tx.connection.in_transaction:
                tx.connection.execute("ROLLBACK")

    with pytest.raises(StoreError, match="the transaction was ended"):
        overflow()
    with store.reading() as view:
        assert view.streams.version("ord_1") == 0


def test_a_damaged_file_is_explained(path, store):
    with store.begin() as tx:
        for number in range(50):
            tx.streams.append(f"ord_{number}", 0, [event(1, "x" * 2000)])
    store.close()
    content = bytearray(path.read_bytes())
    content[4096 : len(content)] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"damaged.*restore a backup"), SqliteStore(path).begin() as tx:
        tx.streams.append("ord_1", 0, [event(1)])


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE events SET payload = '{\"total\":1}' WHERE version = 3",
        "UPDATE events SET actor = 'staff' WHERE version = 3",
        "UPDATE events SET occurred_at = occurred_at + 1 WHERE version = 3",
        "UPDATE events SET seal = zeroblob(32) WHERE version = 3",
        "DELETE FROM events WHERE version = 3",
        "UPDATE events SET version = CASE version WHEN 3 THEN 99 ELSE version END",
        "UPDATE events SET payload = (SELECT payload FROM events WHERE version = 4) WHERE version = 3",
    ],
)
def test_a_changed_event_breaks_the_chain_where_it_was_changed(path, store, tampering):
    with store.begin() as tx:
        tx.streams.append("ord_1", 0, [event(version, f'{{"n":{version}}}') for version in range(1, 6)])
        assert tx.streams.broken_link("ord_1") is None
    connection = other(path)
    connection.execute(tampering)
    connection.close()
    with store.reading() as view:
        assert view.streams.broken_link("ord_1") == 3


def test_swapped_streams_break_the_chain(path, store):
    """A seal covers the stream's name: the events of two orders cannot change places."""
    with store.begin() as tx:
        tx.streams.append("ord_1", 0, [event(1)])
        tx.streams.append("ord_2", 0, [event(1)])
    connection = other(path)
    for old, new in (("ord_1", "x"), ("ord_2", "ord_1"), ("x", "ord_2")):
        connection.execute("UPDATE events SET stream = ? WHERE stream = ?", (new, old))
    connection.close()
    with store.reading() as view:
        assert view.streams.broken_link("ord_1") == 1


def test_counters_have_a_second_net(store):
    """The file itself refuses a counter that promises more than there is."""
    with store.begin() as tx:
        tx.counters.apply([Move("A", MoveKind.ADD, 2, "r")], AT)
    for change in ("held = 3", "value = -1", "held = -1"):
        with pytest.raises(sqlite3.IntegrityError), store.begin() as tx:
            tx.connection.execute(f"UPDATE counters SET {change}")
    with store.reading() as view:
        assert view.counters.level("A") == Level(2, 0)


def test_the_hosts_tables_share_the_commit(store):
    """A host's rows on the transaction's connection stay or go with the order, and its own errors stay its own."""
    with store.begin() as tx:
        tx.connection.execute("CREATE TABLE visits (page TEXT UNIQUE)")
        tx.connection.execute("INSERT INTO visits VALUES ('a')")

    def visit_twice():
        with store.begin() as tx:
            tx.streams.append("ord_1", 0, [event(1)])
            tx.connection.execute("INSERT INTO visits VALUES ('a')")

    with pytest.raises(sqlite3.IntegrityError):
        visit_twice()
    with store.reading() as view:
        assert view.streams.version("ord_1") == 0
        assert view.connection.execute("SELECT page FROM visits").fetchall() == [("a",)]


def test_the_host_may_not_end_the_transaction(store):
    with pytest.raises(StoreError, match="leave COMMIT and ROLLBACK to the store"), store.begin() as tx:
        tx.connection.execute("COMMIT")


def test_the_hosts_statements_cannot_write_in_a_view(store):
    with pytest.raises(StoreError, match="cannot be written"), store.reading() as view:
        view.connection.execute("CREATE TABLE visits (page TEXT)")


def test_erased_data_is_in_no_file(tmp_path, store):
    """After erasures no byte of the subjects' data, old or new, is left in the database, its log or beside them."""
    dice, names = Random(5), itertools.count()
    alive, gone = {}, []

    def put(tx, number):
        name = f"canary-{next(names):06}-"
        gone.extend([alive[number]] if number in alive else [])
        alive[number] = name
        data = name + "y" * dice.choice([0, 20, 300, 900, 4000, 9000])
        tx.records.put(RecordRow("contact", f"{number * 7919 % 400:03}", f"ord_{number}", data, AT))

    for _ in range(12):
        with store.begin() as tx:
            for number in dice.sample(range(400), 60):
                put(tx, number)
        for number in dice.sample(sorted(alive), 15):
            with store.begin() as tx:
                assert tx.records.erase(f"ord_{number}") == 1
            gone.append(alive.pop(number))
    content = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert [name for name in gone if name.encode() in content] == []
    assert all(name.encode() in content for name in alive.values())


def test_an_erasure_beside_an_open_view_is_completed_later(tmp_path, store):
    """A view keeps the log as it was; the first commit after its end clears it."""
    with store.begin() as tx:
        tx.records.put(RecordRow("contact", "1", "ord_1", "canary", AT))
    second = SqliteStore(tmp_path / "orders.db")
    with second.reading() as view:
        with store.begin() as tx:
            tx.records.erase("ord_1")
        assert view.records.get("contact", "1").data == "canary"
    with store.begin() as tx:
        tx.streams.append("ord_1", 0, [event(1)])
    second.close()
    assert not any(b"canary" in file.read_bytes() for file in tmp_path.iterdir())


def test_a_link_leads_to_the_same_lock(tmp_path, path, store):
    """Two names of one file meet at one gate."""
    link = tmp_path / "link.db"
    link.symlink_to(path)
    SqliteStore(link).close()
    assert sorted(file.name for file in tmp_path.glob("*.lock")) == ["orders.db.lock"]


def test_moments_keep_their_microseconds_for_centuries(store):
    moments = [datetime(year, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) for year in (1, 1969, 2026, 9999)]
    with store.begin() as tx:
        tx.streams.append(
            "ord_1", 0, [EventRow(n, "e", "{}", "a", at, at + timedelta(0)) for n, at in enumerate(moments, 1)]
        )
    with store.reading() as view:
        assert [row.occurred_at for row in view.streams.read("ord_1")] == moments
