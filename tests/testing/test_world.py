"""Time moves only when it is moved, and chance comes out alike every time."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest

from orderflow import InvalidInputError
from orderflow.identifiers import order_id, reference
from orderflow.ports.world import Clock, Ids
from orderflow.testing.world import CountingIds, VirtualClock

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_both_are_what_a_shop_asks_for():
    assert isinstance(VirtualClock(), Clock)
    assert isinstance(CountingIds(), Ids)


def test_a_clock_stands_until_it_is_moved():
    clock = VirtualClock(NOON)
    assert clock.now() == clock.now() == NOON
    assert clock.advance(timedelta(minutes=5)) == clock.now() == NOON + timedelta(minutes=5)
    assert clock.set(NOON + timedelta(days=1)) == clock.now() == NOON + timedelta(days=1)


def test_a_clock_speaks_utc_whatever_it_is_set_to():
    warsaw = timezone(timedelta(hours=1))
    clock = VirtualClock(datetime(2026, 1, 5, 13, tzinfo=warsaw))
    assert clock.now().tzinfo is UTC
    assert clock.set(datetime(2026, 1, 5, 14, tzinfo=warsaw)).tzinfo is UTC
    assert clock.now() == NOON + timedelta(hours=1)


def test_a_clock_refuses_naive_times():
    naive = datetime(2026, 1, 5, 13)  # noqa: DTZ001
    with pytest.raises(InvalidInputError, match="naive"):
        VirtualClock(naive)
    with pytest.raises(InvalidInputError, match="naive"):
        VirtualClock(NOON).set(naive)


def test_a_clock_does_not_run_backwards():
    clock = VirtualClock(NOON)
    with pytest.raises(InvalidInputError, match="backwards"):
        clock.advance(timedelta(microseconds=-1))
    with pytest.raises(InvalidInputError, match="backwards"):
        clock.set(NOON - timedelta(microseconds=1))
    assert clock.set(NOON) == clock.advance(timedelta(0)) == NOON


def test_ids_repeat_with_their_seed_and_only_with_it():
    def references(seed):
        ids = CountingIds(seed)
        return [reference(ids.entropy()) for _ in range(1000)]

    assert references(1) == references(1)
    assert len({*references(1), *references(2)}) == 2000


def test_orders_of_one_moment_sort_as_they_were_made():
    """Keys of the same millisecond differ by a count, so that newest first is true in tests too."""
    ids = CountingIds()
    keys = [order_id(NOON, ids.entropy()) for _ in range(1000)]
    assert all(one < other for one, other in pairwise(keys))
