"""A shop that uses everything at once: the rules that meet in one commit keep what each of them promises."""

from __future__ import annotations

import pytest

from orderflow.adapters.sqlite import SqliteStore

from .everything import simulate


@pytest.mark.parametrize("seed", range(10))
def test_everything_at_once(seed: int) -> None:
    """A hundred actions, with faults; then everything is finished."""
    simulate(seed, 100)


def test_everything_at_once_on_a_file(tmp_path) -> None:
    """The same in SQLite."""
    store = SqliteStore(tmp_path / "shop.db")
    simulate(5, 60, store)
    store.close()


@pytest.mark.long
@pytest.mark.parametrize("block", range(20))
def test_everything_for_long(block: int) -> None:
    """Fifty seeds per block, two hundred actions each."""
    for seed in range(1000 + block * 50, 1050 + block * 50):
        simulate(seed, 200)
