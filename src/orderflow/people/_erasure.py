"""Erasing a person: the record goes, the fact that it went stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import assert_never

import attrs

from ..actors import STAFF, Actor
from ..decisions import Accepted, Decider, Rejected
from ..moments import moment


@attrs.frozen(kw_only=True)
class Erasure:
    """Whether the order's personal data has been erased."""

    erased: bool = False


@attrs.frozen(kw_only=True)
class ErasePerson:
    """Erase what is personal about the order."""

    order: str
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class PersonErased:
    """The personal data is gone; references to it lead nowhere from now on."""

    at: datetime


@attrs.frozen(kw_only=True)
class StillNeeded:
    """The data is needed for these reasons (an open parcel, a refund, a retention period) until they pass."""

    reasons: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Facts:
    """``open_reasons`` are what other concepts and the law still need the data for."""

    at: datetime = attrs.field(converter=moment)
    open_reasons: tuple[str, ...] = ()


State = Erasure
Command = ErasePerson
Event = PersonErased
Rejection = StillNeeded

# The storage format: never change or reuse a name, add a new version instead.
WIRE_NAMES: Mapping[type, str] = MappingProxyType({PersonErased: "person.erased.v1"})


def decide(command: Command, state: State, facts: Facts) -> Accepted[Event] | Rejected[Rejection]:
    """What follows from *command*, or why it does not hold."""
    match command:
        case ErasePerson():
            return _erase(state, facts)
        case _:
            assert_never(command)


def _erase(state: State, facts: Facts) -> Accepted[Event] | Rejected[Rejection]:
    if state.erased:
        return Accepted()
    if facts.open_reasons:
        return Rejected((StillNeeded(reasons=facts.open_reasons),))
    return Accepted((PersonErased(at=facts.at),))


def evolve(state: State, event: Event) -> State:
    """The state after *event*."""
    match event:
        case PersonErased():
            return attrs.evolve(state, erased=True)
        case _:
            assert_never(event)


decider = Decider[State, Command, Facts, Event, Rejection](initial=Erasure(), decide=decide, evolve=evolve)


def fold(events: Iterable[Event]) -> State:
    """The state after the person's own *events*."""
    return decider.fold(events)
