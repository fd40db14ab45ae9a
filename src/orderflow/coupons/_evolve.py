"""How an order's coupons follow from its events."""

from __future__ import annotations

from typing import assert_never

from .._changed import changed
from ._events import CouponsGivenBack, CouponsReleased, CouponsReserved, CouponsUsed, Event
from ._state import Coupons, UseStage

__all__ = ("evolve",)


def evolve(state: Coupons, event: Event) -> Coupons:
    """The coupons after *event*."""
    match event:
        case CouponsReserved():
            return Coupons(uses=event.uses, stage=UseStage.RESERVED)
        case CouponsUsed():
            return changed(state, stage=UseStage.USED)
        case CouponsReleased():
            return changed(state, stage=UseStage.RELEASED)
        case CouponsGivenBack():
            return changed(state, given_back=state.given_back + event.campaigns)
        case _:
            assert_never(event)
