"""
From a declared state machine to a frozen transition table.

Lifecycles are declared with python-statemachine, without callbacks; building a machine costs a fifth of a
millisecond, looking a transition up in the table a fraction of a microsecond. Rules use the table only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs

from .errors import InvalidInputError

__all__ = ("Lifecycle", "compile_lifecycle", "findings")


@attrs.frozen
class Lifecycle:
    """Which event leads from which state to which; states and events are plain text."""

    name: str
    initial: str
    states: tuple[str, ...]
    final: frozenset[str]
    table: Mapping[tuple[str, str], str]

    def next(self, state: str, event: str) -> str | None:
        """The state after *event*, or None where the event is not legal."""
        return self.table.get((state, event))

    def events_from(self, state: str) -> tuple[str, ...]:
        """What may happen in *state*, in alphabetical order."""
        return tuple(sorted(event for source, event in self.table if source == state))

    def reachable_from(self, state: str) -> frozenset[str]:
        """Every state that can follow, *state* itself included."""
        found, frontier = {state}, [state]
        while frontier:
            here = frontier.pop()
            onward = {target for (source, _), target in self.table.items() if source == here} - found
            found |= onward
            frontier.extend(onward)
        return frozenset(found)


def compile_lifecycle(machine: Any) -> Lifecycle:
    """
    Read a ``StateMachine`` class; a state's ``value`` (or id) and an event's id become the table's texts.

    Raises:
        InvalidInputError: an event leads from one state to several, which conditions would have to tell apart.
    """
    states = list(machine.states)
    table: dict[tuple[str, str], str] = {}
    for state in states:
        source = str(state.value)
        for transition in state.transitions:
            target = str(transition.target.value)
            for event in str(transition.event).split():
                if table.setdefault((source, event), target) != target:
                    raise InvalidInputError(machine.__name__, f"{event!r} leads from {source!r} to several states")
    return Lifecycle(
        name=machine.__name__,
        initial=next(str(state.value) for state in states if state.initial),
        states=tuple(str(state.value) for state in states),
        final=frozenset(str(state.value) for state in states if state.final),
        table=MappingProxyType(table),
    )


def findings(lifecycle: Lifecycle, *, unsettled: Iterable[str] = (), settled: Iterable[str] = ()) -> tuple[str, ...]:
    """
    What is wrong with a lifecycle, as sentences; nothing means it holds.

    Every state is reachable, every state that is not final has an exit to another, and every *unsettled* state (one
    that holds money or stock) can reach a *settled* one.
    """
    reachable = lifecycle.reachable_from(lifecycle.initial)
    unreachable = (
        f"{lifecycle.name}: {state!r} cannot be reached" for state in lifecycle.states if state not in reachable
    )
    stuck = (
        f"{lifecycle.name}: {state!r} is not final and has no exit"
        for state in lifecycle.states
        if state not in lifecycle.final and len(lifecycle.reachable_from(state)) == 1
    )
    goals = frozenset(settled)
    stranded = (
        f"{lifecycle.name}: {state!r} holds money or stock and reaches none of {sorted(goals)}"
        for state in unsettled
        if not lifecycle.reachable_from(state) & goals
    )
    return (*unreachable, *stuck, *stranded)
