"""The ways to end: units cancelled, everything cancelled, parcels that come back or are lost, returns; and closing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from .. import orders, returns, shipping, stock
from ..law import withdrawal_deadline
from ..orders import OrderStage
from ..quantities import Quantities
from ..shipping import ParcelStage
from ._facts import unsettled
from ._file import OrderFile
from ._reactions import Attempted, Reaction, Then, by_system, give_back_surplus, inside, verify_if_waiting, void
from ._requests import Request, RequestKind
from ._verification import demand

__all__ = ("SHORT_PICK", "came_back", "cancelled", "inspected", "lines_cancelled", "lost", "maybe_close", "short_pick")

SHORT_PICK = "short_pick"
_CAME_TO_NOTHING = (ParcelStage.RETURNED, ParcelStage.LOST)


def short_pick(file: OrderFile, quantities: Quantities) -> Iterable[Reaction]:
    """What is not on the shelf is cancelled."""
    yield by_system(orders.CancelLines, file, quantities=quantities, cause=SHORT_PICK)


def lines_cancelled(event: orders.LinesCancelled, before: OrderFile, after: OrderFile) -> Iterable[Reaction]:
    """The units are free again, unless they were missing, and their price goes back."""
    # What has left the house is not let go again, even if more of the same product is still here.
    arriving = shipping.handed_over(after.shipping) - shipping.in_stage(after.shipping, *_CAME_TO_NOTHING)
    spare = after.stock.open - demand(after, after.order.remaining - arriving)
    units = demand(before, event.quantities) & spare
    if units and event.cause == SHORT_PICK:
        yield by_system(stock.WriteOffUnits, after, quantities=units)
    elif units:
        yield by_system(stock.ReleaseStock, after, quantities=units, cause=event.cause)
    yield from give_back_surplus(after, event.cause)
    if after.order.remaining:
        yield from verify_if_waiting(after)


def cancelled(event: orders.OrderCancelled, file: OrderFile) -> Iterable[Reaction]:
    """Everything is let go, and the order closes once its money is settled."""
    yield by_system(stock.ReleaseStock, file, cause=event.cause)
    for attempt in file.payments.attempts:
        yield from void(file, attempt.number)
    yield Request(kind=RequestKind.SEND_CANCELLED)
    yield Attempted(by_system(orders.CloseOrder, file))


def came_back(file: OrderFile, parcel: int) -> Iterable[Reaction]:
    """What can be sold again is put back; what never arrived is not owed."""
    # Where the courier's first word is that it came back, the stock has yet to be told that it had left.
    yield Then(lambda now: _put_back(now, parcel))
    yield from _not_supplied(file, parcel, "undelivered")


def _put_back(file: OrderFile, parcel: int) -> Iterable[stock.RestockUnits]:
    if restock := demand(file, inside(file, parcel)) & stock.returnable(file.stock):
        yield by_system(stock.RestockUnits, file, quantities=restock, parcel=parcel)


def lost(file: OrderFile, parcel: int) -> Iterable[Reaction]:
    """What never arrived is not owed."""
    yield from _not_supplied(file, parcel, "lost")


def _not_supplied(file: OrderFile, parcel: int, cause: str) -> Iterable[Reaction]:
    # What a return has credited already is not credited again.
    if units := inside(file, parcel) & (file.order.remaining - returns.granted_units(file.returns)):
        yield by_system(orders.CancelLines, file, quantities=units, cause=cause)


def inspected(file: OrderFile, number: int, restock: Quantities, write_off: Quantities) -> Iterable[Reaction]:
    """The units go back on the shelf, or out of the books."""
    for command, units in ((stock.RestockUnits, restock), (stock.WriteOffUnits, write_off)):
        if back := demand(file, units) & stock.returnable(file.stock):
            yield by_system(command, file, quantities=back, return_=number)


def maybe_close(file: OrderFile, at: datetime) -> Iterable[Reaction]:
    """Filed, once nobody can withdraw any more and everything is settled."""
    if (file.order.stage is OrderStage.CANCELLED or _is_past_withdrawal(file, at)) and not unsettled(file):
        yield Attempted(by_system(orders.CloseOrder, file))


def _is_past_withdrawal(file: OrderFile, at: datetime) -> bool:
    last = shipping.last_delivery(file.shipping)
    return last is not None and withdrawal_deadline(last, file.order.law).ends_before <= at
