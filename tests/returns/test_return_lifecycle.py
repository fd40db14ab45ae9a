"""The declared lifecycle: sound, complete, and the same thing as the table."""

from __future__ import annotations

from typing import get_args

import pytest
from statemachine.exceptions import TransitionNotAllowed

from orderflow.lifecycle import findings
from orderflow.returns import (
    WIRE_NAMES,
    Event,
    ReturnLifecycle,
    ReturnStage,
    WithdrawalDeclared,
    WithdrawnInTransit,
    return_lifecycle,
)
from orderflow.returns._lifecycle import TRIGGERS

LIFECYCLE = return_lifecycle()
EVENTS = sorted({event for _, event in LIFECYCLE.table})


def test_the_lifecycle_holds() -> None:
    """No dead ends, nothing out of reach, and every stage reaches one where goods and money are settled."""
    unsettled = [stage for stage in ReturnStage if stage not in LIFECYCLE.final]
    assert findings(LIFECYCLE, unsettled=unsettled, settled=["closed"]) == ()


def test_a_return_lapses_only_while_nothing_came() -> None:
    """What has arrived is inspected and credited before anything is closed."""
    assert [source for (source, _), target in LIFECYCLE.table.items() if target == "lapsed"] == ["declared"]
    assert LIFECYCLE.next("received", "close") is None


def test_stages_and_states_are_the_same() -> None:
    """The enum that is stored and the class that is drawn name the same things."""
    assert set(LIFECYCLE.states) == set(ReturnStage)
    assert LIFECYCLE.initial == ReturnStage.DECLARED
    assert LIFECYCLE.final == {"closed", "lapsed"}


def test_every_event_is_one_of_the_lifecycles_and_has_a_name_in_storage() -> None:
    """All but the declaration, which begins it, and what it says of parcels on their way."""
    assert sorted(TRIGGERS.values()) == EVENTS
    assert set(get_args(Event)) == set(WIRE_NAMES) == {*TRIGGERS, WithdrawalDeclared, WithdrawnInTransit}


@pytest.mark.parametrize("stage", ReturnStage)
@pytest.mark.parametrize("event", EVENTS)
def test_the_table_says_what_the_machine_does(stage: ReturnStage, event: str) -> None:
    """Each event in each stage leads to the same place, or nowhere in both."""
    machine = ReturnLifecycle(start_value=stage.value)
    expected = LIFECYCLE.next(stage, event)
    if expected is None:
        with pytest.raises(TransitionNotAllowed):
            machine.send(event)
    else:
        machine.send(event)
        assert {state.id for state in machine.configuration} == {expected}
