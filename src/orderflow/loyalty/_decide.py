"""The rules of an order's points: at any time exactly those that the programme gives for what is paid and kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from ..decisions import Accepted
from ._commands import Command, Facts, PromisePoints, SettlePoints
from ._events import Event, PointsEarned, PointsPromised, PointsRestored, PointsTakenBack
from ._programme import member_of
from ._state import Loyalty

__all__ = ("decide",)


def decide(command: Command, state: Loyalty, facts: Facts) -> Accepted[Event]:
    """Events that follow from *command*."""
    match command:
        case PromisePoints():
            return Accepted(tuple(_promise(state, facts)))
        case SettlePoints():
            return Accepted(tuple(_settle(state, facts)))
        case _:
            assert_never(command)


def _promise(state: Loyalty, facts: Facts) -> Iterator[Event]:
    programme, customer = facts.programme, facts.customer
    if state.programme or programme is None or customer is None or programme.per.currency != facts.paid.currency:
        return
    yield PointsPromised(programme=programme, member=member_of(programme.id, customer), at=facts.at)


def _settle(state: Loyalty, facts: Facts) -> Iterator[Event]:
    change = state.programme.earned_by(facts.paid) - state.points if state.programme else 0
    if change < 0:
        yield PointsTakenBack(points=-change, at=facts.at)
    if restored := min(max(change, 0), state.taken_back):
        yield PointsRestored(points=restored, at=facts.at)
    if change > restored:
        yield PointsEarned(points=change - restored, at=facts.at)
