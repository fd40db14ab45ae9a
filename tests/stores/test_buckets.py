"""Counters in several rows: whoever looks sees one counter, and whoever takes of it keeps nobody waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, TypeAlias

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import servers
from tests.races.acts import ONE, first, prepare, shop_on, sound

servers.require_extra()

from orderflow import returns, stock  # noqa: E402
from orderflow.adapters.sql import SqlStore  # noqa: E402
from orderflow.adapters.sql._buckets import MOST_BUCKETS, shared_out  # noqa: E402
from orderflow.counters import Level, Move, MoveKind, Shortage  # noqa: E402
from orderflow.counting import Balance  # noqa: E402
from orderflow.ports.store import Store, StoreConflictError, StoreError  # noqa: E402
from orderflow.runtime.memory import MemoryStore  # noqa: E402
from orderflow.verify import verify  # noqa: E402

AT = datetime(2026, 11, 22, tzinfo=UTC)
HOT = "stk_HOT"


Opening: TypeAlias = Callable[..., SqlStore]


@pytest.fixture
def split(database: str) -> Iterator[Opening]:
    """Stores on one database, each of which splits the counter as it is told, or knows nothing of it."""
    opened: list[SqlStore] = []

    def open_(buckets: int | None = 4, key: str = HOT) -> SqlStore:
        store = SqlStore(database, buckets={} if buckets is None else {key: buckets})
        store.migrate()
        opened.append(store)
        return store

    yield open_
    for store in opened:
        store.close()


def apply(store: Store, *moves: Move, at: datetime = AT) -> tuple[Shortage, ...]:
    with store.begin() as transaction:
        return tuple(transaction.counters.apply(moves, at))


def add(quantity: int) -> Move:
    return Move(HOT, MoveKind.ADD, quantity, "receipt")


def hold(owner: str, quantity: int = 1, **more: Any) -> Move:
    return Move(HOT, MoveKind.HOLD, quantity, owner, **more)


def rows(store: SqlStore) -> list[tuple[int, int]]:
    """Value and held of the buckets that there are."""
    with store.reading() as view:
        found = view.connection.exec_driver_sql("SELECT value, held FROM orderflow_buckets ORDER BY bucket")
        return [(value, held) for value, held in found]


def test_the_levels_of_a_prefix_are_those_of_all_buckets(split: Opening) -> None:
    """Wherever units lie, and whoever asks; nothing is told of an item whose buckets are all empty."""
    store, unaware = split(3), split(None)
    apply(store, add(7), hold("o1", 2))
    for each in (store, unaware):
        with each.reading() as view:
            assert view.counters.levels("stk_H") == [(HOT, Level(7, 2))]
            assert view.counters.levels("stk_I") == []
    apply(store, Move(HOT, MoveKind.CONSUME, 2, "o1"), Move(HOT, MoveKind.REMOVE, 5, "receipt"))
    with store.reading() as view:
        assert view.counters.levels("stk_") == []


@st.composite
def balances(draw: st.DrawFn) -> Balance:
    value, beyond = draw(st.integers(0, 10**12)), draw(st.integers(0, 1000))
    return Balance(value, beyond + draw(st.integers(0, value)), beyond)


@given(balances(), st.integers(2, MOST_BUCKETS))
def test_what_is_shared_out_is_all_there_is_and_as_even_as_may_be(whole: Balance, buckets: int) -> None:
    """In each bucket what is held is there, and for everybody there is what nobody waits for."""
    own, parts = shared_out(whole, buckets)
    assert own.value + sum(value for value, _ in parts) == whole.value
    assert own.held + sum(held for _, held in parts) == whole.held
    assert own.beyond == whole.beyond
    assert own.held <= own.value + own.beyond
    assert all(0 <= held <= value for value, held in parts)
    assert max(parts)[0] - min(parts)[0] <= 1
    assert sum(value - held for value, held in parts) == max(whole.value - whole.held, 0)


@pytest.mark.parametrize("seed", range(12))
def test_split_or_not_the_answers_are_the_same(split: Opening, seed: int) -> None:
    """Any moves by any owners, each through a store with another number of buckets, as in one row in memory."""
    chance = Random(seed)
    stores = [split(buckets) for buckets in (None, 1, 2, 5)]
    one_row = MemoryStore()
    for turn in range(60):
        store, at = chance.choice(stores), AT + timedelta(minutes=turn)
        moves = [a_move(chance, at) for _ in range(chance.choice((1, 1, 1, 2)))]
        assert apply(store, *moves, at=at) == apply(one_row, *moves, at=at), (turn, moves)
        assert standing(chance.choice(stores)) == standing(one_row), (turn, moves)


def a_move(chance: Random, at: datetime) -> Move:
    kind, quantity = chance.choice(tuple(MoveKind)), chance.choice((1, 1, 2, 3, 7))
    owner = chance.choice(("ord_a", "ord_b", "ord_c"))
    until = chance.choice((None, at + timedelta(minutes=3))) if kind in (MoveKind.HOLD, MoveKind.KEEP) else None
    leaving = chance.choice((0, 0, 0, 2, 9, -3, None)) if kind is MoveKind.HOLD else 0
    return Move(HOT, kind, quantity * (4 if kind is MoveKind.ADD else 1), owner, until, leaving)


def standing(store: Store) -> tuple[Any, ...]:
    with store.reading() as view:
        ledger = [attrs.astuple(entry) for entry in view.counters.ledger(HOT)]
        return view.counters.level(HOT), tuple(view.counters.holds(HOT)), ledger, tuple(view.counters.keys())


def test_who_takes_a_unit_keeps_nobody_waiting(split: Opening) -> None:
    """Two orders sent, one let go and a new hold are under way at once, and none waits for another's commit."""
    store = split()
    apply(store, add(40), *(hold(f"ord_{number}", 4) for number in range(3)))
    all_done = threading.Barrier(4, timeout=20)

    def take(move: Move) -> None:
        with store.begin() as transaction:
            assert transaction.counters.apply([move], AT) == ()
            transaction.link.flush()
            all_done.wait()

    sent = [Move(HOT, MoveKind.CONSUME, 1, f"ord_{number}") for number in range(2)]
    let_go = Move(HOT, MoveKind.RELEASE, 1, "ord_2")
    at_once([lambda move=move: take(move) for move in (*sent, let_go, hold("new"))])
    assert standing(store)[0] == Level(38, 10)


def test_where_all_buckets_are_taken_one_waits_for_one_of_them(split: Opening) -> None:
    """More at once than there are buckets: all of them get their unit."""
    store = split(2)
    apply(store, add(100))
    at_once([lambda number=number: apply(store, hold(f"ord_{number}")) for number in range(12)])
    assert standing(store)[0] == Level(100, 12)


def test_who_comes_too_late_is_told_so_without_waiting(split: Opening) -> None:
    """While somebody puts all buckets together, a hold of more than there is is short at once."""
    store = split()
    apply(store, add(4), hold("first", 3))
    with store.begin() as transaction:
        assert transaction.counters.apply([add(1), Move(HOT, MoveKind.REMOVE, 1, "count")], AT) == ()
        transaction.link.flush()
        late: list[Any] = []
        at_once([lambda: late.extend(apply(store, hold("late", 2)))])
    assert late == [Shortage(HOT, MoveKind.HOLD, 2, 1)]


def test_a_hold_that_is_over_makes_room_in_another_bucket(split: Opening) -> None:
    """All units are held until noon; afterwards the next one gets all of them."""
    store, noon = split(), AT + timedelta(hours=12)
    apply(store, add(8), *(hold(f"ord_{number}", 2, until=noon) for number in range(4)))
    assert apply(store, hold("new", 8), at=noon - timedelta(seconds=1)) == (Shortage(HOT, MoveKind.HOLD, 8, 0),)
    assert apply(store, hold("new", 8), at=noon) == ()
    assert standing(store)[0] == Level(8, 8)


def test_what_backorders_wait_for_is_nobodys(split: Opening) -> None:
    """One is let go while three are promised beyond what there is: it is for those who wait."""
    store = split()
    apply(store, add(4), hold("certain", 4))
    apply(store, hold("waiting", 3, leaving=None))
    apply(store, Move(HOT, MoveKind.RELEASE, 1, "certain"))
    assert apply(store, hold("new")) == (Shortage(HOT, MoveKind.HOLD, 1, -2),)
    assert apply(store, Move(HOT, MoveKind.CONSUME, 1, "waiting")) == ()
    assert standing(store)[0] == Level(3, 5)


def test_units_in_other_buckets_are_found(split: Opening) -> None:
    """One order takes more than any bucket has, and the last unit is sold, wherever it lies."""
    store = split()
    apply(store, add(10))
    assert rows(store) == [(3, 0), (3, 0), (2, 0), (2, 0)]
    assert apply(store, hold("large", 9)) == ()
    assert apply(store, hold("last")) == ()
    assert apply(store, hold("late")) == (Shortage(HOT, MoveKind.HOLD, 1, 0),)
    assert apply(store, Move(HOT, MoveKind.CONSUME, 9, "large")) == ()
    assert standing(store)[0] == Level(1, 1)


def test_how_many_buckets_there_are_may_change_at_any_time(split: Opening) -> None:
    """Whoever is told another number shares out anew when he next looks at all; who is told none leaves it."""
    apply(split(3), add(9))
    assert rows(split()) == [(3, 0)] * 3
    apply(split(5), add(1))
    assert rows(split()) == [(2, 0)] * 5
    knows_nothing = split(None)
    assert apply(knows_nothing, hold("a", 10)) == ()
    assert rows(knows_nothing) == [(2, 2)] * 5
    assert apply(split(1), Move(HOT, MoveKind.RELEASE, 4, "a")) == ()
    assert rows(split()) == []
    assert standing(split())[0] == Level(10, 6)


def test_many_at_once_get_all_there_is_and_no_more(split: Opening) -> None:
    """Eight take two units or three, or let one go again, until nothing is left: as much is held as there was."""
    store = split(5)
    apply(store, add(200))

    def buy(number: int) -> None:
        chance = Random(number)
        for turn in count():
            owner, quantity = f"ord_{number}_{turn}", chance.choice((1, 2, 3))
            if not patiently(store, hold(owner, quantity)) and chance.random() < 0.2:
                patiently(store, Move(HOT, MoveKind.RELEASE, 1, owner))
            elif standing(store)[0] == Level(200, 200):
                return

    at_once([lambda number=number: buy(number) for number in range(8)])
    level, holds, *_ = standing(store)
    assert level == Level(200, sum(hold.quantity for hold in holds)) == Level(200, 200)


def patiently(store: SqlStore, move: Move) -> tuple[Shortage, ...]:
    while True:
        try:
            return apply(store, move)
        except StoreConflictError:
            continue


def test_orders_live_on_a_split_item(split: Opening) -> None:
    """A whole life, from the hold to the unit that comes back, and the database is sound."""
    store = split(key=stock.item_id("MUG"))
    prepare(store, "returned")
    shop = shop_on(store, 2000, timedelta(days=1))
    assert shop.level("MUG").value == 1
    assert shop.do(returns.InspectReturn(order=first(shop), return_=1, restock=ONE)).status == "delivered"
    assert shop.level("MUG").value == 2
    sound(store)


@pytest.mark.parametrize("change", ["value = value + 1", "held = held - 1"])
def test_a_bucket_changed_by_hand_is_found(split: Opening, change: str) -> None:
    """What the buckets say together must be what the ledger and the holds say."""
    store = split(key=stock.item_id("MUG"))
    prepare(store, "unpaid")
    with store.begin() as transaction:
        table = "orderflow_buckets"
        where = f"WHERE bucket = (SELECT min(bucket) FROM {table} WHERE held > 0)"
        assert transaction.connection.exec_driver_sql(f"UPDATE {table} SET {change} {where}").rowcount == 1
    assert ("S2", stock.item_id("MUG")) in {(each.invariant, each.stream) for each in verify(store)}


@pytest.mark.parametrize("wrong", [16, {HOT: 0}, {HOT: 1.5}, {HOT: True}, {HOT: MOST_BUCKETS + 1}, {"": 4}, {3: 4}])
def test_buckets_are_whole_numbers_by_counter(wrong: Any) -> None:
    """Anything else would be an item that is split otherwise than somebody thinks."""
    with pytest.raises(StoreError, match="buckets: expected numbers from 1 to 256 by counter"):
        SqlStore("postgresql://nobody@nowhere/nothing", buckets=wrong)


def at_once(calls: list[Any]) -> None:
    """Each in a thread; the first error is raised."""
    errors: list[BaseException] = []

    def run(call: Any) -> None:
        try:
            call()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
