"""How an allocation follows from its events."""

from __future__ import annotations

from typing import Any, assert_never

from .._changed import changed
from ..identifiers import MAIN
from ..quantities import NO_UNITS, Quantities
from ._events import (
    Event,
    HoldLapsed,
    QuotaGivenBack,
    QuotaTaken,
    ReservationMade,
    ReservationRefused,
    ReservationRequested,
    StockCommitted,
    StockConsumed,
    StockHeld,
    StockPromised,
    StockReleased,
    StockSourced,
    UnitsRestocked,
    UnitsWrittenOff,
)  # fmt: skip
from ._state import Allocation, Reservation, ReservationStage, SentLot

__all__ = ("evolve", "source")

_REFUSED = ReservationStage.REFUSED


def source(what: str, parcel: int | None, return_: int | None = None) -> str | None:
    """The name under which a parcel or return is booked once."""
    if return_ is not None:
        return f"{what} return {return_}"
    return None if parcel is None else f"{what} parcel {parcel}"


def evolve(state: Allocation, event: Event) -> Allocation:
    """The allocation after *event*."""
    match event:
        case StockSourced():
            return state
        case StockPromised():
            return changed(state, promised=(*state.promised, *event.promises))
        case QuotaTaken():
            return changed(state, quota=state.quota + event.quantities, buyer=event.buyer)
        case QuotaGivenBack():
            return changed(state, quota=state.quota - event.quantities)
        case StockHeld():
            shelf = state.at(event.location)
            held, backordered = shelf.held + event.quantities, shelf.backordered + event.backordered
            after = _put(state, event.location, held=held, backordered=backordered)
            return changed(after, lost=Quantities(), until=event.until)
        case StockCommitted():
            shelf = state.at(event.location)
            held, committed = shelf.held - event.quantities, shelf.committed + event.quantities
            return changed(_put(state, event.location, held=held, committed=committed), until=None)
        case StockConsumed():
            after = _left(_settled(state, event, source("consumed", event.parcel)), event)
            if event.lots:
                sent = (SentLot(sku=sku, lot=lot, parcel=event.parcel) for sku, lot in event.lots)
                after = changed(after, sent=(*after.sent, *sent))
            return changed(after, consumed=state.consumed + event.quantities)
        case StockReleased():
            return _released(state, event)
        case HoldLapsed():
            return changed(_released(state, event), lost=state.lost + event.quantities)
        case UnitsRestocked():
            booked = _settled(state, event, source("restocked", event.parcel, event.return_))
            return changed(_disposed(_taken_back(booked, event), event), restocked=state.restocked + event.quantities)
        case UnitsWrittenOff():
            name = source("written off", event.parcel, event.return_)
            if name is None:
                return _let_go(_left(state, event), event.location, event.quantities)
            after = _disposed(_taken_back(_settled(state, event, name), event), event)
            return changed(after, written_off=state.written_off + event.quantities)
        case ReservationRequested():
            asked = Reservation(number=event.number, location=event.location, units=event.quantities)
            return changed(state, reservations=(*state.reservations, asked))
        case ReservationMade():
            return _told(state, event.number, ReservationStage.RESERVED)
        case ReservationRefused():
            shelf = state.at(event.location)
            held, committed = shelf.held - event.missing, shelf.committed - (event.missing - shelf.held)
            after = _put(state, event.location, held=held, committed=committed)
            after = after if after.held else changed(after, until=None)
            return _told(after, event.number, ReservationStage.REFUSED)
        case _:
            assert_never(event)


def _disposed(state: Allocation, event: UnitsRestocked | UnitsWrittenOff) -> Allocation:
    known = dict(state.dispositions)
    known[event.disposition] = known.get(event.disposition, NO_UNITS) + event.quantities
    return changed(state, dispositions=tuple(sorted(known.items())))


def _taken_back(state: Allocation, event: UnitsRestocked | UnitsWrittenOff) -> Allocation:
    sent = list(state.sent)
    for sku, lot in event.lots:
        left = lot.units
        for place, one in enumerate(sent):
            same = (one.sku, one.lot.lot, one.lot.expires) == (sku, lot.lot, lot.expires)
            part = min(left, one.lot.units - one.back) if same and event.parcel in (None, one.parcel) else 0
            if part:
                sent[place] = changed(one, back=one.back + part)
                left -= part
    return changed(state, sent=tuple(sent)) if event.lots else state


def _told(state: Allocation, number: int, stage: ReservationStage) -> Allocation:
    reservations = list(state.reservations)
    reservations[number - 1] = changed(reservations[number - 1], stage=stage)
    return changed(state, reservations=tuple(reservations))


def _let_go(state: Allocation, location: str, units: Quantities) -> Allocation:
    """The newest reservations in *location* keep so much less."""
    if not state.reservations:
        return state
    reservations = []
    for one in reversed(state.reservations):
        part = units & one.kept if one.location == location and one.stage != _REFUSED else NO_UNITS
        reservations.append(changed(one, released=one.released + part) if part else one)
        units = units - part
    return changed(state, reservations=tuple(reversed(reservations)))


def _left(state: Allocation, event: StockConsumed | UnitsWrittenOff) -> Allocation:
    shelf = state.at(event.location)
    committed = shelf.committed - event.quantities
    backordered = shelf.backordered & (shelf.held + committed)
    return _put(state, event.location, committed=committed, backordered=backordered)


def _released(state: Allocation, event: StockReleased | HoldLapsed) -> Allocation:
    shelf = state.at(event.location)
    after = _put(
        state,
        event.location,
        held=shelf.held - event.quantities,
        committed=shelf.committed - (event.quantities - shelf.held),
        backordered=shelf.backordered - event.quantities,
    )
    after = _let_go(after, event.location, event.quantities)
    return after if after.held else changed(after, until=None)


def _put(state: Allocation, location: str, **parts: Any) -> Allocation:
    """The allocation with these parts of what it has in *location*."""
    if location == MAIN and not state.elsewhere:
        return changed(state, **parts)
    before = state.at(location)
    sums: dict[str, Any] = {name: getattr(state, name) - getattr(before, name) + units for name, units in parts.items()}
    if location == MAIN:
        return changed(state, **sums)
    shelves = {**dict(state.elsewhere), location: changed(before, **parts)}
    return changed(state, **sums, elsewhere=tuple((name, one) for name, one in sorted(shelves.items()) if one.open))


def _settled(
    state: Allocation, event: StockConsumed | UnitsRestocked | UnitsWrittenOff, name: str | None
) -> Allocation:
    return state if name is None else changed(state, settled=(*state.settled, (name, event.quantities)))
