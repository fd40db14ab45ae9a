"""Units in somebody else's house, as pure rules: asked for once, told once, and never kept for nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orderflow.counters import MoveKind
from orderflow.decisions import Accepted, Rejected
from orderflow.quantities import Quantities
from orderflow.stock import (
    Allocation,
    Command,
    CommitStock,
    Event,
    Facts,
    HoldLapsed,
    HoldStock,
    LapseHold,
    RecordReservation,
    ReleaseStock,
    ReservationMade,
    ReservationRefused,
    ReservationRequested,
    ReservationStage,
    StockHeld,
    StockReleased,
    UnknownReservation,
    decide,
    evolve,
    fold,
    moves,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
THREE = Quantities({"MUG": 2, "TEAPOT": 1})
FACTS = Facts(at=NOW, warehouses=("main",))
HELD = StockHeld(quantities=THREE, until=LATER, at=NOW)
ASKED = ReservationRequested(number=1, location="main", quantities=THREE, at=NOW)
MADE = ReservationMade(number=1, at=NOW)
HOLD = HoldStock(order="A", demand=THREE, until=LATER)


def told(made: bool, **fields: Any) -> RecordReservation:
    """What the warehouse says of the first reservation."""
    return RecordReservation(order="A", number=1, made=made, **fields)


def answer(command: Command, *events: Event, facts: Facts = FACTS) -> tuple[Event, ...]:
    """What happens."""
    decision = decide(command, fold(events), facts)
    assert isinstance(decision, Accepted), decision
    return decision.events


def test_units_in_a_house_are_asked_for_and_others_are_not() -> None:
    """What is promised beyond what is there cannot be set aside."""
    assert answer(HOLD) == (HELD, ASKED)
    assert answer(HOLD, facts=Facts(at=NOW)) == (HELD,)
    assert answer(HOLD, HELD, ASKED) == ()


def test_an_answer_is_told_once() -> None:
    """And what was refused is not made any more."""
    assert answer(told(True), HELD, ASKED) == (MADE,)
    assert answer(told(True), HELD, ASKED, MADE) == ()
    refused = ReservationRefused(number=1, location="main", missing=THREE, at=NOW)
    assert answer(told(False), HELD, ASKED) == (refused,)
    assert answer(told(False), HELD, ASKED, refused) == ()
    assert answer(told(True), HELD, ASKED, refused) == ()


def test_an_answer_to_what_was_never_asked_is_refused() -> None:
    """It is about another order."""
    assert decide(told(True), Allocation(), FACTS) == Rejected((UnknownReservation(1),))


def test_only_what_is_missing_leaves_and_the_rest_is_asked_for_again() -> None:
    """Under a new number: the warehouse has answered the old one for good."""
    one = Quantities({"MUG": 1})
    events = answer(told(False, missing=one, code="short"), HELD, ASKED)
    refused = ReservationRefused(number=1, location="main", missing=one, code="short", at=NOW)
    assert events == (
        refused,
        ReservationRequested(number=2, location="main", quantities=THREE - one, at=NOW),
    )
    assert [(move.kind, move.quantity) for move in moves(refused, "A", fold([HELD, ASKED]))] == [(MoveKind.CONSUME, 1)]
    after = fold([HELD, ASKED, *events])
    assert (after.held, after.until) == (THREE - one, LATER)


def test_a_refusal_after_the_hold_was_over_takes_nothing_more() -> None:
    """The units were let go already, and may be another order's by now."""
    late = Facts(at=LATER, warehouses=("main",))
    lapsed = HoldLapsed(quantities=THREE, at=LATER)
    nothing = ReservationRefused(number=1, location="main", missing=Quantities(), at=LATER)
    assert answer(told(False), HELD, ASKED, facts=late) == (lapsed, nothing)
    assert answer(told(False), HELD, ASKED, lapsed, facts=late) == (nothing,)
    assert fold([HELD, ASKED, lapsed, nothing]).reservations[0].stage is ReservationStage.REFUSED


_STEPS = st.sampled_from(
    (HOLD, CommitStock(order="A"), LapseHold(order="A"), told(True), told(False, missing=Quantities({"MUG": 1})),
     RecordReservation(order="A", number=2, made=True), ReleaseStock(order="A"),
     ReleaseStock(order="A", quantities=Quantities({"MUG": 1})))
)  # fmt: skip


@given(st.lists(st.tuples(_STEPS, st.booleans()), max_size=12))
def test_the_warehouse_is_always_to_keep_what_the_order_holds(steps: list[tuple[Command, bool]]) -> None:
    """Whatever happens in whatever order: what is open here is what reservations keep, and no unit is kept twice."""
    state = Allocation()
    for command, is_late in steps:
        facts = Facts(at=LATER if is_late else NOW, warehouses=("main",))
        decision = decide(command, state, facts)
        for event in decision.events if isinstance(decision, Accepted) else ():
            state = evolve(state, event)
        kept = Quantities(pair for one in state.reserved_in("main") for pair in one.kept)
        assert kept == state.open
        assert all(one.released <= one.units for one in state.reservations)


def test_what_is_let_go_is_taken_off_the_newest_reservation() -> None:
    """The older one may be on its way already."""
    more = ReservationRequested(number=2, location="main", quantities=Quantities({"MUG": 1}), at=NOW)
    held = StockHeld(quantities=Quantities({"MUG": 1}), until=LATER, at=NOW)
    released = StockReleased(quantities=Quantities({"MUG": 2}), cause="cancelled", at=NOW)
    after = fold([HELD, ASKED, held, more, released])
    assert [one.kept for one in after.reservations] == [Quantities({"MUG": 1, "TEAPOT": 1}), Quantities()]
