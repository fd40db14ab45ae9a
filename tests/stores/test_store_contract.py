"""Both stores do what every store must do."""

from itertools import count

import pytest

from orderflow.adapters.sqlite import SqliteStore
from orderflow.runtime.memory import MemoryStore
from orderflow.testing.store import DURABLE_STORE_CHECKS, STORE_CHECKS


@pytest.fixture
def opened(tmp_path):
    """A factory of SQLite stores, and the files that they use."""
    numbers, paths = count(), {}

    def open_new():
        path = tmp_path / f"{next(numbers)}.db"
        store = SqliteStore(path)
        paths[store] = path
        return store

    return open_new, lambda store: SqliteStore(paths[store])


@pytest.mark.parametrize("check", STORE_CHECKS)
def test_the_memory_store_passes(check):
    check(MemoryStore)


@pytest.mark.parametrize("check", STORE_CHECKS)
def test_the_sqlite_store_passes(check, opened):
    check(opened[0])


@pytest.mark.parametrize("check", DURABLE_STORE_CHECKS)
def test_the_sqlite_store_outlives_its_process(check, opened):
    check(*opened)


def test_every_check_says_in_one_sentence_what_it_demands():
    for check in (*STORE_CHECKS, *DURABLE_STORE_CHECKS):
        assert check.__doc__.strip().endswith(".")
        assert "\n" not in check.__doc__.strip()
    assert len(STORE_CHECKS) == 43
    assert len(DURABLE_STORE_CHECKS) == 3
