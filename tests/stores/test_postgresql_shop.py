"""A whole shop on PostgreSQL: the same stories end in the same rows as on SQLite, and everything verifies."""

from __future__ import annotations

import pytest
from tests import servers
from tests.verify.populated import Populated

from orderflow.verify import verify

servers.require_extra()

import psycopg  # noqa: E402

from orderflow.adapters.sql import SqlStore  # noqa: E402

LAST_EVENTS = """
DELETE FROM orderflow_events AS event USING orderflow_heads AS head
WHERE event.stream = head.stream AND event.version = head.version AND head.version > 5
"""


def everything(store):
    """All that the port shows."""
    with store.reading() as view:
        streams = view.streams.names()
        keys = view.counters.keys()
        orders = view.records.search(limit=1000)
        return {
            "streams": {name: view.streams.read(name) for name in streams},
            "levels": {key: view.counters.level(key) for key in keys},
            "holds": sorted(view.counters.every_hold(), key=repr),
            "ledgers": {key: view.counters.ledger(key) for key in keys},
            "work": {name: view.work.of_stream(name) for name in streams},
            "orders": orders,
            "records": {row.stream: view.records.of_subject(row.stream) for row in orders},
        }


@pytest.fixture(scope="module")
def populated(postgresql):
    """A database with all stories in it, to which nobody is connected."""
    url = postgresql.new_database()
    store = SqlStore(url)
    store.migrate()
    Populated(store).tell_everything()
    store.close()
    return url


@pytest.fixture
def store(populated):
    store = SqlStore(populated)
    yield store
    store.close()


def test_the_same_stories_leave_the_same_rows_as_on_sqlite(store, tmp_path):
    """Placing, paying, shipping, returning, coupons, erasing: row for row, and nothing to complain about."""
    on_file = Populated(tmp_path / "shop.db")
    on_file.tell_everything()
    assert everything(store) == everything(on_file.store)
    on_file.store.close()
    assert verify(store) == ()


@pytest.mark.parametrize(
    ("tampering", "invariant"),
    [
        ("UPDATE orderflow_events SET payload = replace(payload, '1999', '1998') WHERE version = 1", "L2"),
        ("UPDATE orderflow_events SET seal = '' WHERE version = 2", "L2"),
        (LAST_EVENTS, "L2"),
        ("UPDATE orderflow_counters SET value = value + 1", "S2"),
        ("DELETE FROM orderflow_ledger WHERE number = 1", "S2"),
        ("UPDATE orderflow_orders SET status = 'closed'", "L2"),
        ("DELETE FROM orderflow_names", "L2"),
        ("DELETE FROM orderflow_records WHERE kind = 'person'", "P1"),
    ],
)  # fmt: skip
def test_what_was_tampered_with_is_found(populated, postgresql, tampering, invariant):
    """Somebody with a login to the database changes rows; verify says which invariant broke."""
    copy = postgresql.new_database(like=populated)
    with psycopg.connect(copy.replace("+psycopg", ""), autocommit=True) as connection:
        assert connection.execute(tampering).rowcount > 0
    store = SqlStore(copy)
    assert invariant in {violation.invariant for violation in verify(store)}
    store.close()
