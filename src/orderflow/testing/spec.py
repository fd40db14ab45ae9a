"""
Rules as examples: given what happened, when a command comes, then exactly these events.

>>> from datetime import UTC, datetime
>>> from orderflow import stock
>>> at = datetime(2026, 1, 5, tzinfo=UTC)
>>> receive = stock.ReceiveStock(sku="MUG", quantity=5, reference="D-1")
>>> received = stock.StockReceived(sku="MUG", quantity=5, reference="D-1", at=at)
>>> history = given(stock.item_decider).when(receive, stock.ItemFacts(at=at)).then(received)
>>> _ = history.when(receive, stock.ItemFacts(at=at)).then_nothing()
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

import attrs

from ..decisions import Accepted, Decider, Rejected

__all__ = ("Given", "When", "given")

State = TypeVar("State")
Command = TypeVar("Command")
Facts = TypeVar("Facts")
Event = TypeVar("Event")
Reason = TypeVar("Reason")


@attrs.frozen
class Given(Generic[State, Command, Facts, Event, Reason]):
    """A history."""

    decider: Decider[State, Command, Facts, Event, Reason]
    events: tuple[Event, ...] = ()

    @property
    def state(self) -> State:
        """What the history amounts to."""
        return self.decider.fold(self.events)

    def when(self, command: Command, facts: Facts) -> When[State, Command, Facts, Event, Reason]:
        """A command comes; nothing is compared yet."""
        return When(self, command, self.decider.decide(command, self.state, facts))


@attrs.frozen
class When(Generic[State, Command, Facts, Event, Reason]):
    """A history, a command, and what was decided."""

    given: Given[State, Command, Facts, Event, Reason]
    command: Command
    decision: Accepted[Event] | Rejected[Reason]

    def then(self, *events: Event) -> Given[State, Command, Facts, Event, Reason]:
        """Exactly these events follow, in this order; answers the longer history, to go on from."""
        __tracebackhide__ = True  # pytest then shows the line of the example
        self._compare(Accepted(events))
        return attrs.evolve(self.given, events=(*self.given.events, *events))

    def then_rejected(self, *reasons: Reason) -> Given[State, Command, Facts, Event, Reason]:
        """Exactly these reasons are given, in this order; answers the unchanged history."""
        __tracebackhide__ = True
        self._compare(Rejected(reasons))
        return self.given

    def then_nothing(self) -> Given[State, Command, Facts, Event, Reason]:
        """It is already so: accepted without events."""
        __tracebackhide__ = True
        return self.then()

    def _compare(self, expected: Accepted[Event] | Rejected[Reason]) -> None:
        __tracebackhide__ = True
        if self.decision == expected:
            return
        lines = difflib.ndiff(_lines(expected), _lines(self.decision))
        difference = "\n".join(line for line in lines if not line.startswith("?"))
        raise AssertionError(
            f"{type(self.command).__name__} was decided otherwise (- expected, + decided):\n{difference}"
        )


def given(
    decider: Decider[State, Command, Facts, Event, Reason], *events: Event
) -> Given[State, Command, Facts, Event, Reason]:
    """Begin with a history; without events, with nothing."""
    return Given(decider, events)


def _lines(decision: Accepted[Event] | Rejected[Reason]) -> list[str]:
    values: Sequence[object] = decision.events if isinstance(decision, Accepted) else decision.reasons
    head = type(decision).__name__ + ("" if values else " without events" if isinstance(decision, Accepted) else "")
    return [head, *(line for value in values for line in _shown(value))]


def _shown(value: object) -> Iterator[str]:
    kind = type(value)
    if not attrs.has(kind):
        yield f"  {value!r}"
        return
    yield f"  {kind.__name__}"
    for field in attrs.fields(kind):
        yield f"    {field.name} = {getattr(value, field.name)!r}"
