"""An order's units in several locations: held where sourcing chose, and resolved where they lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import attrs
import pytest

from orderflow import Quantities
from orderflow.counters import Move, MoveKind
from orderflow.decisions import Accepted, Rejected
from orderflow.stock import (
    Allocation,
    CommitStock,
    ConsumeStock,
    Event,
    Facts,
    HoldStock,
    LapseHold,
    NotCommitted,
    NotSourced,
    OutOfStock,
    Pick,
    Priority,
    ReleaseStock,
    RestockUnits,
    SingleLocation,
    StockCommitted,
    StockConsumed,
    StockHeld,
    StockReleased,
    StockSourced,
    Supply,
    UnitsRestocked,
    UnknownLocation,
    WriteOffUnits,
    decide,
    decider,
    evolve,
    fold,
    item_id,
    moves,
)

from .test_stock_laws import Counters

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOON, LATER = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
PLACES = ("main", "krakow")


def units(**counts: int) -> Quantities:
    """By SKU."""
    return Quantities(counts)


def facts(main: Quantities, krakow: Quantities, **more: Any) -> Facts:
    """Two locations, of which the main one comes first."""
    given = {"at": NOW, "sourcing": Priority(PLACES), "locations": PLACES, **more}
    return Facts(supplies=(Supply("main", main), Supply("krakow", krakow)), **given)


SOURCED = StockSourced(
    picks=(
        Pick(location="krakow", units=units(MUG=1, TEA=1), reason="priority", value=2),
        Pick(location="main", units=units(MUG=2), reason="priority", value=1),
    ),
    at=NOW,
)
HELD = (
    StockHeld(quantities=units(MUG=2), until=SOON, at=NOW),
    StockHeld(quantities=units(MUG=1, TEA=1), until=SOON, location="krakow", at=NOW),
)
COMMITTED = (
    StockCommitted(quantities=units(MUG=2), at=NOW),
    StockCommitted(quantities=units(MUG=1, TEA=1), location="krakow", at=NOW),
)
SPLIT: tuple[Event, ...] = (SOURCED, *HELD, *COMMITTED)
HOLD = HoldStock(order="o", demand=units(MUG=3, TEA=1), until=SOON)
AFTER = Facts(at=NOW, locations=PLACES)


def accepted(answer: object) -> tuple[Event, ...]:
    """The events of an answer that must not be a rejection."""
    assert isinstance(answer, Accepted), answer
    return answer.events


def in_order(events: Sequence[Event]) -> tuple[Event, ...]:
    """The main location's first."""
    return tuple(sorted(events, key=lambda event: getattr(event, "location", "") != "main"))


def test_what_one_location_does_not_have_is_held_in_the_next() -> None:
    """Each location gets an event and moves of its own, and why is recorded before."""
    sourced, *held = accepted(decide(HOLD, Allocation(), facts(units(MUG=2), units(MUG=5, TEA=5))))
    assert sourced == SOURCED
    assert in_order(held) == HELD
    assert moves(HELD[1], "o", fold(HELD[:1])) == (
        Move("stk@krakow:MUG", MoveKind.HOLD, 1, "o", SOON),
        Move("stk@krakow:TEA", MoveKind.HOLD, 1, "o", SOON),
    )


def test_the_allocation_knows_what_lies_where() -> None:
    """All together as before, and each location by itself."""
    state = fold(SPLIT)
    assert state.committed == units(MUG=3, TEA=1)
    assert state.at("main").committed == units(MUG=2)
    assert state.at("krakow").open == units(MUG=1, TEA=1)
    assert state.at("moon").open == Quantities()


def test_the_customer_does_not_compete_with_his_own_units() -> None:
    """What is held already is not sought again, though nothing else is there."""
    assert decide(HOLD, fold(HELD), facts(units(), units())) == Accepted()


def test_a_later_end_reaches_every_location() -> None:
    """One new end, told to each counter."""
    longer = attrs.evolve(HOLD, until=LATER)
    events = accepted(decide(longer, fold(HELD), facts(units(), units())))
    assert in_order(events) == tuple(
        StockHeld(quantities=units(), until=LATER, location=location, at=NOW) for location in PLACES
    )
    state, kept = fold(HELD), []
    for event in events:
        kept += moves(event, "o", state)
        state = evolve(state, event)
    assert {(move.key, move.kind, move.quantity, move.until) for move in kept} == {
        ("stk_MUG", MoveKind.KEEP, 2, LATER),
        ("stk@krakow:MUG", MoveKind.KEEP, 1, LATER),
        ("stk@krakow:TEA", MoveKind.KEEP, 1, LATER),
    }


def test_what_is_nowhere_is_out_of_stock_and_what_is_apart_is_not_sourced() -> None:
    """Three mugs are two and one, which a single parcel cannot have; of tea there is none."""
    one_parcel = facts(units(MUG=2), units(MUG=1), sourcing=SingleLocation())
    assert decide(HOLD, Allocation(), one_parcel) == Rejected((NotSourced("MUG", 3, 3), OutOfStock("TEA", 1, 0)))
    assert decide(HOLD, Allocation(), Facts(at=NOW, sourcing=Priority())) == Rejected(
        (OutOfStock("MUG", 3, 0), OutOfStock("TEA", 1, 0))
    )


def test_a_backorder_waits_at_the_first_location() -> None:
    """What is there is taken from where it is; the rest is promised in the first one."""
    command = attrs.evolve(HOLD, backorder=("MUG",))
    events = accepted(decide(command, Allocation(), facts(units(), units(MUG=1, TEA=1))))
    held = {event.location: event for event in events if isinstance(event, StockHeld)}
    assert (held["main"].quantities, held["main"].backordered) == (units(MUG=2), units(MUG=2))
    assert (held["krakow"].quantities, held["krakow"].backordered) == (units(MUG=1, TEA=1), units())


def test_everything_held_is_committed_where_it_is() -> None:
    """One event per location."""
    assert accepted(decide(CommitStock(order="o"), fold(HELD), AFTER)) == COMMITTED


def test_a_parcel_takes_from_its_own_location_only() -> None:
    """Krakow has one mug of this order, so no parcel of two leaves from there."""
    two = ConsumeStock(order="o", quantities=units(MUG=2), parcel=1, location="krakow")
    assert decide(two, fold(SPLIT), AFTER) == Rejected((NotCommitted("MUG", 2, 1),))
    one = ConsumeStock(order="o", quantities=units(MUG=1), parcel=1, location="krakow")
    left = StockConsumed(quantities=units(MUG=1), parcel=1, location="krakow", at=NOW)
    assert accepted(decide(one, fold(SPLIT), AFTER)) == (left,)
    state = fold((*SPLIT, left))
    assert decide(one, state, AFTER) == Accepted()
    assert (state.at("krakow").committed, state.at("main").committed) == (units(TEA=1), units(MUG=2))


def test_units_without_a_location_leave_from_wherever_they_are() -> None:
    """The main location first."""
    events = accepted(decide(ConsumeStock(order="o", quantities=units(MUG=3)), fold(SPLIT), AFTER))
    assert [(event.location, event.quantities) for event in events if isinstance(event, StockConsumed)] == [
        ("main", units(MUG=2)),
        ("krakow", units(MUG=1)),
    ]


def test_what_lies_in_a_parcel_is_let_go_last() -> None:
    """Both mugs of the main warehouse are packed: a cancelled mug is the one in Krakow."""
    packed = attrs.evolve(AFTER, packed=(("main", units(MUG=2)),))
    one = ReleaseStock(order="o", quantities=units(MUG=1), cause="customer")
    freed = StockReleased(quantities=units(MUG=1), cause="customer", location="krakow", at=NOW)
    assert accepted(decide(one, fold(SPLIT), packed)) == (freed,)
    broken = accepted(decide(WriteOffUnits(order="o", quantities=units(MUG=1)), fold(SPLIT), packed))
    assert [event.location for event in broken] == ["krakow"]  # type: ignore[union-attr]


def test_everything_is_let_go_everywhere() -> None:
    """After a release or a lapse no location holds anything."""
    for given, command in ((SPLIT, ReleaseStock(order="o")), (HELD, LapseHold(order="o"))):
        state = fold(given)
        for event in accepted(decide(command, state, attrs.evolve(AFTER, at=SOON))):
            state = evolve(state, event)
        assert (state.open, state.elsewhere, state.until) == (Quantities(), (), None)


def test_units_come_back_to_the_location_that_is_named() -> None:
    """Which need not be the one they left from, but must be one of the shop's."""
    gone = fold((*SPLIT, *accepted(decide(ConsumeStock(order="o", quantities=units(MUG=3)), fold(SPLIT), AFTER))))
    back = RestockUnits(order="o", quantities=units(MUG=1), return_=1, location="krakow")
    restocked = UnitsRestocked(quantities=units(MUG=1), return_=1, location="krakow", at=NOW)
    assert accepted(decide(back, gone, AFTER)) == (restocked,)
    assert moves(restocked, "o", gone) == (Move("stk@krakow:MUG", MoveKind.ADD, 1, "o"),)
    assert decide(attrs.evolve(back, location="moon"), gone, AFTER) == Rejected((UnknownLocation("moon", PLACES),))


@attrs.define
class Buyer:
    """Reads what there is, then decides and commits on it, and once more where somebody was faster."""

    name: str
    demand: Quantities
    counters: Counters
    seen: tuple[Supply, ...] = ()
    state: Allocation = attrs.field(factory=lambda: decider.initial)
    answer: object = None

    def steps(self) -> Iterator[None]:
        """Each next() is one statement of a transaction that does not lock what it reads."""
        self.read()
        yield
        shortages: tuple[Any, ...] = ()
        for _ in range(4):
            given = Facts(at=NOW, sourcing=Priority(PLACES), supplies=self.seen, shortages=shortages)
            self.answer = decide(HoldStock(order=self.name, demand=self.demand), self.state, given)
            if isinstance(self.answer, Rejected) or not (short := self.commit(accepted(self.answer))):
                return
            shortages += short
            yield
            self.read()
            yield
        pytest.fail("it never came to an end")

    def read(self) -> None:
        """What each location shows now."""
        self.seen = tuple(
            Supply(
                place,
                Quantities(
                    (sku, self.counters.value[item_id(sku, place)] - self.counters.held(item_id(sku, place)))
                    for sku, _ in self.demand
                ),
            )
            for place in PLACES
        )

    def commit(self, events: tuple[Event, ...]) -> tuple[Any, ...]:
        """All moves or none."""
        after, wanted = self.state, list[Move]()
        for event in events:
            wanted += moves(event, self.name, after)
            after = evolve(after, event)
        if not (short := self.counters.apply(tuple(wanted), NOW)):
            self.state = after
        return short


def run(schedule: Sequence[int], wants: Sequence[Quantities]) -> tuple[Counters, list[Buyer]]:
    """Every buyer takes a step when the schedule names him; at the end all finish, one after another."""
    counters = Counters()
    for place, there in zip(PLACES, (units(MUG=2, TEA=1), units(MUG=1, TEA=1)), strict=True):
        for sku, count in there:
            assert counters.apply((Move(item_id(sku, place), MoveKind.ADD, count, "d"),), NOW) == ()
    buyers = [Buyer(f"o{number}", demand, counters) for number, demand in enumerate(wants)]
    threads = [buyer.steps() for buyer in buyers]
    for number in schedule:
        next(threads[number], None)
    for thread in threads:
        for _ in thread:
            pass
    return counters, buyers


def schedules(steps: int, buyers: int) -> list[tuple[int, ...]]:
    """Every interleaving of so many steps of each."""
    return sorted({*permutations([number for number in range(buyers) for _ in range(steps)])})


@pytest.mark.parametrize(
    "wants",
    [
        (units(MUG=2), units(MUG=2)),
        (units(MUG=3), units(MUG=1)),
        (units(MUG=2, TEA=1), units(MUG=1, TEA=2)),
        (units(TEA=1), units(TEA=1)),
        (units(TEA=2), units(TEA=2)),
    ],
)
def test_in_no_interleaving_is_anything_sold_twice_or_refused_though_it_is_there(wants: Sequence[Quantities]) -> None:
    """Two buyers who read before they write, in every order of their steps."""
    for schedule in schedules(4, 2):
        counters, buyers = run(schedule, wants)
        check(counters, buyers)


def test_three_buyers_in_every_interleaving_get_exactly_what_there_is() -> None:
    """Three mugs, three buyers of one: each gets one."""
    for schedule in schedules(2, 3):
        counters, buyers = run(schedule, (units(MUG=1),) * 3)
        check(counters, buyers)
        assert all(isinstance(buyer.answer, Accepted) for buyer in buyers)


def check(counters: Counters, buyers: Sequence[Buyer]) -> None:
    """Every counter holds what the allocations say, at most what there is; who was refused was refused rightly."""
    for place in PLACES:
        for sku in ("MUG", "TEA"):
            key = item_id(sku, place)
            assert counters.held(key) == sum(buyer.state.at(place).open[sku] for buyer in buyers)
            assert counters.held(key) <= counters.value[key]
    free = Quantities(
        (sku, counters.value[item_id(sku, place)] - counters.held(item_id(sku, place)))
        for place in PLACES
        for sku in ("MUG", "TEA")
    )
    for buyer in buyers:
        assert isinstance(buyer.answer, Accepted) == (buyer.state.open == buyer.demand)
        if isinstance(buyer.answer, Rejected):
            assert not buyer.demand <= free
