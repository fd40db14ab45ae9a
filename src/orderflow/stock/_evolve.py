"""How an allocation follows from its events."""

from __future__ import annotations

from typing import assert_never

from .._changed import changed
from ..quantities import Quantities
from ._events import (
    Event,
    HoldLapsed,
    StockCommitted,
    StockConsumed,
    StockHeld,
    StockReleased,
    UnitsRestocked,
    UnitsWrittenOff,
)  # fmt: skip
from ._state import Allocation

__all__ = ("evolve", "source")


def source(what: str, parcel: int | None, return_: int | None = None) -> str | None:
    """The name under which a parcel or return is booked once."""
    if return_ is not None:
        return f"{what} return {return_}"
    return None if parcel is None else f"{what} parcel {parcel}"


def evolve(state: Allocation, event: Event) -> Allocation:
    """The allocation after *event*."""
    match event:
        case StockHeld():
            return changed(
                state,
                held=state.held + event.quantities,
                backordered=state.backordered + event.backordered,
                lost=Quantities(),
                until=event.until,
            )
        case StockCommitted():
            return changed(
                state, held=state.held - event.quantities, committed=state.committed + event.quantities, until=None
            )
        case StockConsumed():
            return _left(_settled(state, event, source("consumed", event.parcel)), event, consumed=True)
        case StockReleased():
            return _released(state, event)
        case HoldLapsed():
            return changed(_released(state, event), lost=state.lost + event.quantities)
        case UnitsRestocked():
            booked = _settled(state, event, source("restocked", event.parcel, event.return_))
            return changed(booked, restocked=state.restocked + event.quantities)
        case UnitsWrittenOff():
            name = source("written off", event.parcel, event.return_)
            if name is None:
                return _left(state, event, consumed=False)
            return changed(_settled(state, event, name), written_off=state.written_off + event.quantities)
        case _:
            assert_never(event)


def _left(state: Allocation, event: StockConsumed | UnitsWrittenOff, *, consumed: bool) -> Allocation:
    committed = state.committed - event.quantities
    return changed(
        state,
        committed=committed,
        consumed=state.consumed + event.quantities if consumed else state.consumed,
        backordered=state.backordered & (state.held + committed),
    )


def _released(state: Allocation, event: StockReleased | HoldLapsed) -> Allocation:
    held = state.held - event.quantities
    return changed(
        state,
        held=held,
        committed=state.committed - (event.quantities - state.held),
        backordered=state.backordered - event.quantities,
        until=state.until if held else None,
    )


def _settled(
    state: Allocation, event: StockConsumed | UnitsRestocked | UnitsWrittenOff, name: str | None
) -> Allocation:
    return state if name is None else changed(state, settled=(*state.settled, (name, event.quantities)))
