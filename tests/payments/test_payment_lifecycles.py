"""The lifecycles hold by themselves, and their tables say what the declared machines do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statemachine import StateMachine
from statemachine.exceptions import TransitionNotAllowed

from orderflow import payments as p
from orderflow.lifecycle import Lifecycle, findings

BOTH = [
    (p.AttemptLifecycle, p.attempt_lifecycle(), p.AttemptStage),
    (p.RefundLifecycle, p.refund_lifecycle(), p.RefundStage),
]
STEPS = {lifecycle.name: sorted({event for _, event in lifecycle.table}) for _, lifecycle, _ in BOTH}


def test_no_attempt_is_stuck_with_money() -> None:
    """Every stage can be reached, and every stage that may hold money can still become captured."""
    moneyed = [stage for stage in p.AttemptStage if stage is not p.AttemptStage.CAPTURED]
    assert findings(p.attempt_lifecycle(), unsettled=moneyed, settled=["captured"]) == ()


def test_no_refund_is_stuck() -> None:
    """Every refund can still be settled, a rejected one too."""
    assert findings(p.refund_lifecycle(), unsettled=p.RefundStage, settled=["settled"]) == ()


@pytest.mark.parametrize(("machine", "lifecycle", "stages"), BOTH)
def test_stages_and_states_have_the_same_names(
    machine: type[StateMachine], lifecycle: Lifecycle, stages: type[p.AttemptStage | p.RefundStage]
) -> None:
    """What the state keeps is what the lifecycle declares."""
    assert set(lifecycle.states) == set(stages)
    assert lifecycle.initial == "requested"
    assert lifecycle.name == machine.__name__


@pytest.mark.parametrize(("machine", "lifecycle", "stages"), BOTH)
@given(data=st.data())
def test_table_and_machine_agree(
    machine: type[StateMachine],
    lifecycle: Lifecycle,
    stages: type[p.AttemptStage | p.RefundStage],
    data: st.DataObject,
) -> None:
    """For any sequence of steps both allow the same and arrive at the same."""
    running, stage = machine(), lifecycle.initial
    for step in data.draw(st.lists(st.sampled_from(STEPS[lifecycle.name]), max_size=12)):
        after = lifecycle.next(stage, step)
        if after is None:
            with pytest.raises(TransitionNotAllowed):
                running.send(step)
        else:
            running.send(step)
            stage = after
        assert running.current_state_value == stage
        assert sorted(event.id for event in running.allowed_events) == list(lifecycle.events_from(stage))


@given(st.lists(st.sampled_from(STEPS["AttemptLifecycle"]), max_size=12))
def test_the_steps_of_an_attempt_commute(steps: list[str]) -> None:
    """An attempt arrives at the same stage in whatever order its steps are taken."""

    def arrive(taken: list[str]) -> str:
        stage = p.attempt_lifecycle().initial
        for step in taken:
            stage = p.attempt_lifecycle().next(stage, step) or stage
        return stage

    assert arrive(steps) == arrive(sorted(steps)) == arrive(sorted(steps, reverse=True)) == arrive(steps + steps)
