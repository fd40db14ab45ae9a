"""How an order's points follow from its events."""

from __future__ import annotations

from typing import assert_never

from .._changed import changed
from ._events import Event, PointsEarned, PointsPromised, PointsRestored, PointsTakenBack
from ._state import Loyalty

__all__ = ("evolve",)


def evolve(state: Loyalty, event: Event) -> Loyalty:
    """The points after *event*."""
    match event:
        case PointsPromised():
            return Loyalty(programme=event.programme, member=event.member)
        case PointsEarned():
            return changed(state, earned=state.earned + event.points)
        case PointsTakenBack():
            return changed(state, taken_back=state.taken_back + event.points)
        case PointsRestored():
            return changed(state, taken_back=state.taken_back - event.points)
        case _:
            assert_never(event)
