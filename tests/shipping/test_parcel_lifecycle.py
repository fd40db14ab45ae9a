"""The declared lifecycle: sound, complete, and the same thing as the table."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statemachine.exceptions import TransitionNotAllowed

from orderflow.lifecycle import findings
from orderflow.shipping import ParcelLifecycle, ParcelStage, parcel_lifecycle
from orderflow.shipping._events import Told
from orderflow.shipping._lifecycle import TRIGGERS, stage_after

LIFECYCLE = parcel_lifecycle()
EVENTS = sorted({event for _, event in LIFECYCLE.table})
ENDS = {"delivered", "returned", "lost", "cancelled"}


def test_the_lifecycle_holds() -> None:
    """No dead ends, nothing out of reach, and every stage that holds goods reaches an end."""
    unsettled = [stage for stage in ParcelStage if stage not in ENDS]
    assert findings(LIFECYCLE, unsettled=unsettled, settled=ENDS) == ()


@pytest.mark.parametrize("stage", ["refused", "not_collected", "returning"])
def test_what_nobody_took_reaches_only_us_or_nowhere(stage: str) -> None:
    """Unless a lost parcel turns up, the next end is returned or lost."""
    onward = {target for (source, _), target in LIFECYCLE.table.items() if source == stage}
    assert onward <= {"returning", "returned", "lost"}
    assert findings(LIFECYCLE, unsettled=[stage], settled=["returned"]) == ()
    assert findings(LIFECYCLE, unsettled=[stage], settled=["lost"]) == ()


def test_stages_and_states_are_the_same() -> None:
    """The enum that is stored and the class that is drawn name the same things."""
    assert set(LIFECYCLE.states) == set(ParcelStage)
    assert LIFECYCLE.initial == ParcelStage.PACKED
    assert LIFECYCLE.final == {"delivered", "returned", "cancelled"}


def test_every_lifecycle_event_is_one_of_ours() -> None:
    """And each of ours that moves a parcel is one of the lifecycle's."""
    assert sorted(TRIGGERS.values()) == EVENTS
    assert set(get_args(Told)) <= set(TRIGGERS)


def test_whatever_a_courier_says_first_is_legal_after_the_hand_over() -> None:
    """So recording the hand-over before a first fact never leads into a dead end."""
    assert all(stage_after(ParcelStage.HANDED_OVER, event) is not None for event in get_args(Told))


def test_no_stage_is_ever_entered_again_once_left() -> None:
    """Only forward: the order in which facts arrive cannot send a parcel in circles."""
    for (source, _), target in LIFECYCLE.table.items():
        assert target == source or source not in LIFECYCLE.reachable_from(target)


@settings(max_examples=100)
@given(st.lists(st.sampled_from(EVENTS), max_size=8))
def test_the_table_and_the_machine_agree(events: list[str]) -> None:
    """For any events the same stage, the same refusals, and the same choice afterwards."""
    machine, stage = ParcelLifecycle(), LIFECYCLE.initial
    for event in events:
        onward = LIFECYCLE.next(stage, event)
        if onward is None:
            with pytest.raises(TransitionNotAllowed):
                machine.send(event)
        else:
            machine.send(event)
            stage = onward
        assert machine.current_state_value == stage
    assert tuple(sorted(event.id for event in machine.allowed_events)) == LIFECYCLE.events_from(stage)
