"""
What every rule answers: the events that follow, or all the reasons why not.

The only generic code in orderflow. ``Accepted(())`` means *already so*: the same command twice does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Generic, TypeVar

import attrs

__all__ = ("Accepted", "Decider", "Rejected")

State = TypeVar("State")
Command = TypeVar("Command")
Facts = TypeVar("Facts")
Event = TypeVar("Event")
Reason = TypeVar("Reason")
Event_co = TypeVar("Event_co", covariant=True)
Reason_co = TypeVar("Reason_co", covariant=True)


@attrs.frozen
class Accepted(Generic[Event_co]):
    """The command holds; these events follow, in this order."""

    events: tuple[Event_co, ...] = ()


@attrs.frozen
class Rejected(Generic[Reason_co]):
    """The command does not hold; every reason is listed, not only the first."""

    reasons: tuple[Reason_co, ...]


@attrs.frozen
class Decider(Generic[State, Command, Facts, Event, Reason]):
    """
    One concept's rules as data: hand it to the test kit, or use it without any of the rest.

    ``decide(command, state, facts)`` and ``evolve(state, event)`` are pure and total.
    """

    initial: State
    decide: Callable[[Command, State, Facts], Accepted[Event] | Rejected[Reason]]
    evolve: Callable[[State, Event], State]

    def fold(self, events: Iterable[Event], state: State | None = None) -> State:
        """The state after *events*, starting from *state* or from the beginning."""
        return reduce(self.evolve, events, self.initial if state is None else state)
