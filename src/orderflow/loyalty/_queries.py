"""What the member's counter must do, and what an order holds of it."""

from __future__ import annotations

from typing import assert_never

from ..counters import Move, MoveKind
from ._events import Event, PointsEarned, PointsPromised, PointsRestored, PointsTakenBack
from ._programme import account_id
from ._state import Loyalty

__all__ = ("held", "moves")


def held(state: Loyalty) -> tuple[tuple[str, int], ...]:
    """The counter of which the order holds something, and how much: the points that were taken back."""
    return ((_account(state), state.taken_back),) if state.taken_back else ()


def moves(event: Event, owner: str, before: Loyalty) -> tuple[Move, ...]:
    """
    What the guarded counter must do in the same commit as *event*; *before* are the points it happened to.

    Points may be spent by the time they are taken back. So taking back is a hold, which may be of more than there is:
    what the member has left goes below zero, and what is earned next fills it up.
    """
    match event:
        case PointsPromised():
            return ()
        case PointsEarned():
            return (Move(_account(before), MoveKind.ADD, event.points, owner),)
        case PointsTakenBack():
            return (Move(_account(before), MoveKind.HOLD, event.points, owner, leaving=None),)
        case PointsRestored():
            return (Move(_account(before), MoveKind.RELEASE, event.points, owner),)
        case _:
            assert_never(event)


def _account(state: Loyalty) -> str:
    return account_id(state.programme.id, state.member) if state.programme else ""
