"""Lifecycles: the table says what the declared machine says, and the static checks find every dead end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statemachine import State, StateMachine
from statemachine.exceptions import TransitionNotAllowed

from orderflow.errors import InvalidInputError
from orderflow.lifecycle import Lifecycle, compile_lifecycle, findings


class Parcel(StateMachine):
    """A small lifecycle with a branch, a loop back and two ends."""

    packed = State(initial=True)
    under_way = State(value="under-way")
    delivered = State(final=True)
    lost = State(final=True)

    hand_over = packed.to(under_way)
    take_back = under_way.to(packed)
    deliver = under_way.to(delivered)
    lose = packed.to(lost) | under_way.to(lost)


EVENTS = ("hand_over", "take_back", "deliver", "lose")
TABLE = compile_lifecycle(Parcel)


def lifecycle(table, *, initial="a", states=None, final=()):
    """A lifecycle written down as ``{(state, event): target}``."""
    names = states or sorted({initial, *(source for source, _ in table), *table.values()})
    return Lifecycle(name="Test", initial=initial, states=tuple(names), final=frozenset(final), table=table)


def test_the_table_holds_what_was_declared():
    assert (TABLE.name, TABLE.initial, TABLE.final) == ("Parcel", "packed", frozenset({"delivered", "lost"}))
    assert TABLE.states == ("packed", "under-way", "delivered", "lost")
    assert dict(TABLE.table) == {
        ("packed", "hand_over"): "under-way",
        ("packed", "lose"): "lost",
        ("under-way", "deliver"): "delivered",
        ("under-way", "lose"): "lost",
        ("under-way", "take_back"): "packed",
    }


@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_table_and_machine_agree_on_every_sequence(events):
    machine, state = Parcel(), TABLE.initial
    for event in events:
        target = TABLE.next(state, event)
        if target is None:
            with pytest.raises(TransitionNotAllowed):
                machine.send(event)
        else:
            machine.send(event)
            state = target
        (configured,) = machine.configuration
        assert str(configured.value) == state
        assert TABLE.events_from(state) == tuple(sorted(str(allowed.id) for allowed in machine.allowed_events))


def test_illegal_events_and_unknown_states_lead_nowhere():
    assert TABLE.next("delivered", "lose") is None
    assert TABLE.next("packed", "explode") is None
    assert TABLE.next("nowhere", "lose") is None
    assert TABLE.events_from("delivered") == () == TABLE.events_from("nowhere")


def test_an_event_with_two_targets_is_refused():
    """A table has one answer; a machine would take the first whose condition holds."""

    class Torn(StateMachine):
        start = State(initial=True)
        left = State(final=True)
        right = State(final=True)
        go = start.to(left, cond="lucky") | start.to(right)
        lucky = False

    with pytest.raises(InvalidInputError, match=r"'go'.*'start'"):
        compile_lifecycle(Torn)


def test_what_can_follow_includes_the_state_itself():
    assert TABLE.reachable_from("packed") == frozenset(TABLE.states)
    assert TABLE.reachable_from("lost") == {"lost"}


def test_a_table_cannot_be_changed():
    with pytest.raises(TypeError):
        TABLE.table["packed", "lose"] = "packed"  # type: ignore[index]


def test_a_sound_lifecycle_has_no_findings():
    assert findings(TABLE, unsettled=["packed", "under-way"], settled=["delivered", "lost"]) == ()


def test_unreachable_states_are_found():
    assert findings(lifecycle({("a", "go"): "b", ("c", "go"): "b"}, final="b")) == ("Test: 'c' cannot be reached",)


def test_dead_ends_are_found():
    assert findings(lifecycle({("a", "go"): "b"})) == ("Test: 'b' is not final and has no exit",)


def test_a_loop_on_itself_is_no_exit():
    assert findings(lifecycle({("a", "go"): "b", ("b", "stay"): "b"})) == ("Test: 'b' is not final and has no exit",)


def test_stranded_money_and_stock_are_found():
    table = {("a", "go"): "b", ("b", "on"): "c", ("c", "back"): "b", ("a", "end"): "z"}
    found = findings(lifecycle(table, final="z"), unsettled=["a", "b"], settled=["z"])
    assert found == ("Test: 'b' holds money or stock and reaches none of ['z']",)


STATES = st.sampled_from("abcdef")
TABLES = st.dictionaries(st.tuples(STATES, st.sampled_from("xyz")), STATES, min_size=1)


@given(TABLES, STATES)
def test_what_can_follow_is_closed_and_minimal(table, start):
    """Nothing leads out of it, and each of its states but the first is led to from within."""
    reachable = lifecycle(table).reachable_from(start)
    assert start in reachable
    assert all(target in reachable for (source, _), target in table.items() if source in reachable)
    for state in reachable - {start}:
        assert any(target == state and source in reachable for (source, _), target in table.items())


@given(TABLES)
def test_no_findings_means_that_no_walk_gets_stuck(table):
    checked = lifecycle(table, states=sorted({"a", *(s for s, _ in table), *table.values()}), final=["f"])
    stuck = [
        state
        for state in checked.reachable_from("a") - {"f"}
        if not any(source == state and target != state for (source, _), target in table.items())
    ]
    assert not stuck or findings(checked)
