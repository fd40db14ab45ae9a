"""Laws of shipping, for any commands in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow.decisions import Accepted
from orderflow.quantities import Quantities
from orderflow.shipping import (
    CancelParcel,
    Command,
    Event,
    Facts,
    HandOver,
    LinesPicked,
    PackParcel,
    ParcelHandedOver,
    ParcelPacked,
    ParcelStage,
    PickLines,
    RecordBooking,
    RecordBookingFailure,
    RecordDelivery,
    RecordTracking,
    ReportShortPick,
    Shipping,
    TrackingFact,
    TrackingStatus,
    decider,
    delivered,
    fold,
    handed_over,
    outstanding,
    packed,
    parcel_lifecycle,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ONE = Quantities({"1": 1})
S = TrackingStatus

quantities = st.dictionaries(st.sampled_from("12"), st.integers(0, 4)).map(Quantities)
some = quantities.filter(bool)
numbers = st.integers(1, 4)
facts_told = st.builds(
    TrackingFact,
    status=st.sampled_from(TrackingStatus),
    occurred_at=st.integers(0, 3).map(lambda hours: NOW + timedelta(hours=hours)),
)
order = st.just("o")
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(PickLines, order=order, quantities=st.none() | some),
    st.builds(ReportShortPick, order=order, quantities=some),
    st.builds(PackParcel, order=order, quantities=st.none() | some),
    st.builds(PackParcel, order=order, quantities=st.none() | some),
    st.builds(CancelParcel, order=order, parcel=numbers),
    st.builds(RecordBooking, order=order, parcel=numbers, booking=st.sampled_from("AB"), tracking=st.none() | order),
    st.builds(RecordBookingFailure, order=order, parcel=numbers, code=order),
    st.builds(HandOver, order=order, parcel=numbers, tracking=st.none() | order),
    st.builds(RecordTracking, order=order, parcel=numbers, fact=facts_told),
    st.builds(RecordDelivery, order=order, external=st.sampled_from("XYZ"), quantities=some, occurred_at=st.just(NOW)),
)
steps = st.lists(st.tuples(commands, st.sampled_from([(), ("on_hold",)])), max_size=25)


def run(state: Shipping, command: Command, facts: Facts) -> tuple[Shipping, tuple[Event, ...]]:
    result = decider.decide(command, state, facts)
    events = result.events if isinstance(result, Accepted) else ()
    return decider.fold(events, state), events


@settings(max_examples=150)
@given(quantities, steps)
def test_units_packed_never_exceed_units_to_ship(
    to_ship: Quantities, plan: list[tuple[Command, tuple[str, ...]]]
) -> None:
    """And each unit is in at most one live parcel, was picked before it was packed, and is somewhere."""
    state = Shipping()
    for command, blocked in plan:
        state, _ = run(state, command, Facts(at=NOW, to_ship=to_ship, blocked=blocked))
        assert packed(state) <= to_ship
        assert packed(state) <= state.picked <= to_ship
        in_parcels = sum((parcel.quantities for parcel in state.parcels if parcel.is_live), start=Quantities())
        assert packed(state) == in_parcels
        assert delivered(state) <= handed_over(state) <= packed(state)
        assert outstanding(state, to_ship) + handed_over(state) == to_ship
        assert [parcel.number for parcel in state.parcels] == list(range(1, len(state.parcels) + 1))


@settings(max_examples=150)
@given(st.lists(st.tuples(commands, quantities), max_size=25))
def test_units_leave_only_while_they_are_wanted(plan: list[tuple[Command, Quantities]]) -> None:
    """Even when the order shrinks and grows in between, nothing new is promised beyond what it needs then."""
    state = Shipping()
    for command, to_ship in plan:
        before = state
        state, _ = run(state, command, Facts(at=NOW, to_ship=to_ship))
        assert packed(state) <= state.picked
        if isinstance(command, PackParcel | RecordDelivery) and state != before:
            assert (packed(state) - packed(before)) <= (to_ship - packed(before))
        if isinstance(command, HandOver) and state != before:
            assert (handed_over(state) - handed_over(before)) <= (to_ship - handed_over(before))


@settings(max_examples=150)
@given(quantities, steps)
def test_every_command_but_work_done_in_portions_does_nothing_twice(
    to_ship: Quantities, plan: list[tuple[Command, tuple[str, ...]]]
) -> None:
    """Portions picked, packed or found missing can be done again on purpose; all the rest is already so."""
    state = Shipping()
    for command, blocked in plan:
        facts = Facts(at=NOW, to_ship=to_ship, blocked=blocked)
        state, events = run(state, command, facts)
        portion = isinstance(command, PickLines | PackParcel | ReportShortPick) and command.quantities is not None
        if events and not portion:
            assert decider.decide(command, state, facts) == Accepted()


PACKED = fold(
    [
        LinesPicked(quantities=ONE, at=NOW),
        ParcelPacked(parcel=1, courier="inpost", quantities=ONE, weight_grams=1, at=NOW),
    ]
)


def tell(state: Shipping, facts: list[TrackingFact]) -> tuple[Shipping, list[Event]]:
    history: list[Event] = []
    for fact in facts:
        state, events = run(state, RecordTracking(order="o", parcel=1, fact=fact), Facts(at=NOW, to_ship=ONE))
        history += events
    return state, history


@settings(max_examples=200)
@given(st.lists(facts_told, max_size=15))
def test_any_facts_in_any_order_move_along_the_lifecycle(facts: list[TrackingFact]) -> None:
    """Every step is legal, no fact is lost, and delivered and returned are never left again."""
    state = PACKED
    table = parcel_lifecycle().table
    for fact in facts:
        before = state.parcels[0]
        state, events = tell(state, [fact])
        now = state.parcels[0]
        steps = {target for (source, _), target in table.items() if source == before.stage}
        if len(events) == 2:  # the hand-over was missed
            assert before.is_here
            steps = {target for (source, _), target in table.items() if source == ParcelStage.HANDED_OVER}
        assert now.stage == before.stage or now.stage in steps
        if before.stage in (ParcelStage.DELIVERED, ParcelStage.RETURNED):
            assert (now.stage, now.delivered_at) == (before.stage, before.delivered_at)
    assert set(state.parcels[0].facts) == set(facts)
    assert len(state.parcels[0].facts) == len(set(facts))


@settings(max_examples=150)
@given(st.lists(facts_told, max_size=12))
def test_the_same_facts_twice_add_nothing(facts: list[TrackingFact]) -> None:
    """In the same order or another one."""
    state, _ = tell(PACKED, facts)
    again = sorted(facts, key=lambda fact: (fact.status, fact.occurred_at))
    for repeat in (facts, facts[::-1], again):
        assert tell(state, repeat) == (state, [])


@settings(max_examples=150)
@given(st.lists(facts_told, max_size=12))
def test_a_parcel_leaves_once(facts: list[TrackingFact]) -> None:
    """Exactly one hand-over for a parcel that left, before anything on its way; none for one that did not."""
    state, history = tell(PACKED, facts)
    leaving = [event for event in history if isinstance(event, ParcelHandedOver)]
    assert len(leaving) == state.parcels[0].has_left


OUTWARD = [S.REGISTERED, S.HANDED_OVER, S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.ATTEMPT_FAILED, S.AWAITING_COLLECTION]
ENDINGS = [[], [S.DELIVERED], [S.LOST], [S.LOST, S.DELIVERED], [S.REFUSED, S.RETURNING], [S.NOT_COLLECTED, S.LOST],
           [S.REFUSED, S.RETURNING, S.RETURNED], [S.NOT_COLLECTED, S.RETURNING, S.LOST, S.RETURNED]]  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.sampled_from(OUTWARD), unique=True), st.sampled_from(ENDINGS), st.data())
def test_a_consistent_story_told_in_any_order_ends_alike(
    outward: list[TrackingStatus], ending: list[TrackingStatus], data: st.DataObject
) -> None:
    """However the notifications overtake one another or repeat, the parcel ends where the story ends."""
    story = [
        TrackingFact(status=status, occurred_at=NOW + timedelta(hours=hours))
        for hours, status in enumerate([*sorted(outward, key=OUTWARD.index), *ending])
    ]
    told = data.draw(st.permutations(story + story[:3]))
    in_order, shuffled = tell(PACKED, story)[0].parcels[0], tell(PACKED, told)[0].parcels[0]
    assert shuffled.stage is in_order.stage
    assert shuffled.attempts_failed == in_order.attempts_failed
    assert shuffled.delivered_at == in_order.delivered_at
    assert not ending or in_order.stage.value == ending[-1].value
