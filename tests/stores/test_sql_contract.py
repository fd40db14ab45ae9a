"""The SQL store does on PostgreSQL what every store must do, at every isolation level, with split counters too."""

from __future__ import annotations

from itertools import count

import pytest
from tests import servers

from orderflow.testing.store import DURABLE_STORE_CHECKS, STORE_CHECKS

servers.require_extra()

import sqlalchemy  # noqa: E402

from orderflow.adapters.sql import SqlStore  # noqa: E402

LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
BUCKETS = dict.fromkeys(("A", "B", "C", "D", "E"), 3)
"""The counters of the checks, split."""
numbers = count()


@pytest.fixture(scope="module", params=LEVELS)
def engine(request, postgresql):
    """Connections of one isolation level."""
    engine = sqlalchemy.create_engine(postgresql.url, isolation_level=request.param)
    yield engine
    engine.dispose()


@pytest.fixture(params=[{}, BUCKETS], ids=["whole", "split"])
def opened(request, engine):
    """A factory of empty stores, each in a schema of its own, and what opens the same anew."""
    schemas = {}

    def open_new():
        schema = f"contract_{next(numbers)}"
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        store = SqlStore(engine, schema=schema, buckets=request.param)
        store.migrate()
        schemas[store] = schema
        return store

    return open_new, lambda store: SqlStore(engine, schema=schemas[store], buckets=request.param)


@pytest.mark.parametrize("check", STORE_CHECKS)
def test_the_sql_store_passes(check, opened):
    check(opened[0])


@pytest.mark.parametrize("check", DURABLE_STORE_CHECKS)
def test_the_sql_store_outlives_its_process(check, opened):
    check(*opened)
