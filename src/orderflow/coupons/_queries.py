"""What follows from an order's coupons: what is held, and what the counters must do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from ..counters import Move, MoveKind
from ._claims import counts
from ._events import CouponsGivenBack, CouponsReleased, CouponsReserved, CouponsUsed, Event, Use
from ._state import Coupons, UseStage

__all__ = ("held", "moves")


def held(state: Coupons) -> tuple[tuple[str, int], ...]:
    """The counters of which the order holds something, and how much."""
    return tuple(count for use in state.uses for count in counts(use)) if state.stage is UseStage.RESERVED else ()


def moves(event: Event, owner: str, before: Coupons) -> tuple[Move, ...]:
    """What the guarded counters must do in the same commit as *event*; *before* are the coupons it happened to."""
    match event:
        case CouponsReserved():
            return _each(MoveKind.HOLD, event.uses, owner)
        case CouponsUsed():
            return _each(MoveKind.CONSUME, before.uses, owner)
        case CouponsReleased():
            return _each(MoveKind.RELEASE, before.uses, owner)
        case CouponsGivenBack():
            return _each(MoveKind.ADD, (use for use in before.uses if use.campaign in event.campaigns), owner)
        case _:
            assert_never(event)


def _each(kind: MoveKind, uses: Iterable[Use], owner: str) -> tuple[Move, ...]:
    return tuple(Move(key, kind, count, owner) for use in uses for key, count in counts(use))
