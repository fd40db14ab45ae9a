"""Stock in somebody else's house: he is asked for what is held here, and told what becomes of it."""

from __future__ import annotations

from collections.abc import Iterable

from .. import stock
from ..orders import OrderStage
from ..stock import ReservationStage
from ._file import OrderFile
from ._reactions import Reaction, Then, by_system, verify, verify_if_waiting
from ._requests import Request, RequestKind

__all__ = ("confirm_with_warehouse", "reservation_made", "reservation_refused", "tell_warehouse")


def reservation_made(file: OrderFile, number: int) -> Iterable[Reaction]:
    """What waited for the units goes on; where they are the order's for good already, the warehouse is told so."""
    reservation = file.stock.reservations[number - 1]
    if file.stock.at(reservation.location).committed & reservation.kept:
        yield Request(kind=RequestKind.CONFIRM_UNITS, number=number)
    yield from verify_if_waiting(file)
    # A confirmed order is not verified once more: units that take the place of missing ones are its own at once.
    yield Then(_commit_for_confirmed)


def _commit_for_confirmed(file: OrderFile) -> Iterable[stock.CommitStock]:
    if file.order.stage is OrderStage.CONFIRMED and file.stock.held:
        yield by_system(stock.CommitStock, file)


def confirm_with_warehouse(file: OrderFile, location: str) -> Iterable[Reaction]:
    """Units that are the order's for good will be sent."""
    for one in file.stock.reserved_in(location):
        if one.stage is ReservationStage.RESERVED:
            yield Request(kind=RequestKind.CONFIRM_UNITS, number=one.number)


def tell_warehouse(before: OrderFile, after: OrderFile) -> Iterable[Reaction]:
    """What the order no longer wants is let go there, too."""
    for old, new in zip(before.stock.reservations, after.stock.reservations, strict=True):
        if old.released != new.released:
            yield Request(kind=RequestKind.RELEASE_UNITS, number=new.number)


def reservation_refused(event: stock.ReservationRefused, file: OrderFile) -> Iterable[Reaction]:
    """The order is short of what is not there, and is held for it."""
    return verify(file) if event.missing else ()
