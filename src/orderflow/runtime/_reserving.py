"""Requests to warehouses: set units aside, promise to take them, let them go."""

from __future__ import annotations

from datetime import timedelta

from .. import stock
from ..ports.warehouse import ReservationAnswer, ReservationOutcome, ReserveUnits, Warehouse
from ..stock import Reservation, ReservationStage
from ._errands import Answer, Errand, Found, Partners, ask, later, past_window, reservation_reference

__all__ = ("confirm", "release", "reserve")

_PAUSE = timedelta(seconds=1)
_NOT_THERE = (ReservationOutcome.REFUSED, ReservationOutcome.RELEASED)


def reserve(errand: Errand, partners: Partners) -> Answer:
    """Have units set aside, once per reference."""
    reservation, warehouse = _about(errand, partners)
    if reservation.stage is not ReservationStage.ASKED or not reservation.kept:
        return Answer()  # what is let go meanwhile is let go there by a request of its own
    if warehouse is None:
        return _nobody(errand, reservation)
    reference, capabilities = _reference(errand), warehouse.capabilities
    answer: ReservationAnswer | None = None
    if errand.is_retry and capabilities.lookup:
        found = ask(errand, lambda: Found(warehouse.lookup(reference)))
        if found is None:
            return later(errand)
        answer = found.answer
    elif errand.is_retry and past_window(errand, capabilities.idempotency_window):
        return Answer(park="reserve_units: unknown outcome past the warehouse's idempotency window")
    if answer is None:
        request = ReserveUnits(
            reference=reference,
            order=errand.file.order.reference,
            location=reservation.location,
            units=reservation.units,
        )
        answer = ask(errand, lambda: warehouse.reserve(request))
    return _recorded(errand, answer, made=True)


def confirm(errand: Errand, partners: Partners) -> Answer:
    """Say that the units will be taken; it may turn out that they are there no longer."""
    reservation, warehouse = _about(errand, partners)
    if reservation.stage is not ReservationStage.RESERVED or not reservation.kept:
        return Answer()
    if warehouse is None:
        return _nobody(errand, reservation)
    return _recorded(errand, ask(errand, lambda: warehouse.confirm(_reference(errand))), made=False)


def release(errand: Errand, partners: Partners) -> Answer:
    """Let go what the order no longer wants; said again, it changes nothing."""
    reservation, warehouse = _about(errand, partners)
    if reservation.stage is ReservationStage.REFUSED:
        return Answer()
    if warehouse is None:
        return _nobody(errand, reservation)
    if reservation.stage is ReservationStage.ASKED and reservation.kept:
        return Answer(again_in=_PAUSE)  # a part can be let go of what is there
    answer = ask(errand, lambda: warehouse.release(_reference(errand), reservation.kept))
    if answer is None or answer.outcome in (ReservationOutcome.UNKNOWN, ReservationOutcome.PENDING):
        return later(errand)
    return Answer()


def _recorded(errand: Errand, answer: ReservationAnswer | None, made: bool) -> Answer:
    if answer is None or answer.outcome in (ReservationOutcome.UNKNOWN, ReservationOutcome.PENDING):
        return later(errand)
    is_there = answer.outcome not in _NOT_THERE
    if is_there and not made:
        return Answer()
    record = stock.RecordReservation(
        order=errand.order,
        number=errand.number,
        made=is_there,
        missing=answer.missing,
        code=answer.code,
    )
    return Answer(commands=(record,))


def _about(errand: Errand, partners: Partners) -> tuple[Reservation, Warehouse | None]:
    reservation = errand.file.stock.reservations[errand.number - 1]
    return reservation, partners.warehouses.get(reservation.location)


def _nobody(errand: Errand, reservation: Reservation) -> Answer:
    return Answer(park=f"{errand.row.kind}: this shop has no warehouse for {reservation.location}")


def _reference(errand: Errand) -> str:
    return reservation_reference(errand.order, errand.number)
