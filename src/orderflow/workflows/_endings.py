"""The ways to end: units cancelled, everything cancelled, parcels that come back or are lost, returns; and closing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from .. import orders, returns, shipping, stock
from ..law import withdrawal_deadline
from ..orders import OrderStage
from ..quantities import Quantities
from ..returns import ParcelEnd
from ..shipping import ParcelStage
from ._balance import gone, not_supplied
from ._facts import unsettled
from ._file import OrderFile
from ._reactions import (
    Attempted,
    Reaction,
    Then,
    by_sku,
    by_system,
    close_in_time,
    give_back_surplus,
    inside,
    verify_if_waiting,
    void,
)
from ._requests import Request, RequestKind
from ._verification import demand

__all__ = (
    "SHORT_PICK",
    "came_back",
    "cancelled",
    "inspected",
    "lines_cancelled",
    "lost",
    "maybe_close",
    "parcel_settled",
    "settle",
)

SHORT_PICK = "short_pick"
_CAME_TO_NOTHING = (ParcelStage.RETURNED, ParcelStage.LOST)


def lines_cancelled(event: orders.LinesCancelled, before: OrderFile, after: OrderFile) -> Iterable[Reaction]:
    """The units are free again, unless they were missing, and their price goes back."""
    # What has left the house is not let go again, even if more of the same product is still here.
    arriving = shipping.handed_over(after.shipping) - shipping.in_stage(after.shipping, *_CAME_TO_NOTHING)
    spare = after.stock.open - demand(after, after.order.remaining - not_supplied(after) - arriving)
    units = demand(before, event.quantities) & spare
    if units and event.cause == SHORT_PICK:
        yield by_system(stock.WriteOffUnits, after, quantities=units)
    elif units:
        yield by_system(stock.ReleaseStock, after, quantities=units, cause=event.cause)
    yield from _give_back_quota(after)
    yield from give_back_surplus(after, event.cause)
    if after.order.remaining:
        yield from verify_if_waiting(after)
        yield from close_in_time(after)


def cancelled(event: orders.OrderCancelled, file: OrderFile) -> Iterable[Reaction]:
    """Everything is let go, and the order closes once its money is settled."""
    yield by_system(stock.ReleaseStock, file, cause=event.cause)
    yield from _give_back_quota(file)
    for attempt in file.payments.attempts:
        yield from void(file, attempt.number)
    yield Request(kind=RequestKind.SEND_CANCELLED)
    if event.cause == "unpaid" and _was_never_asked(file):
        yield Request(kind=RequestKind.ALERT, note="it expired unpaid, and its payment could never be started")
    yield Attempted(by_system(orders.CloseOrder, file))


def _was_never_asked(file: OrderFile) -> bool:
    """Whether no provider ever answered, so that the customer had no way to pay."""
    asked = [attempt for attempt in file.payments.attempts if attempt.requested_at and not attempt.account]
    return bool(asked) and all(attempt.outcome is None for attempt in asked)


def _give_back_quota(file: OrderFile) -> Iterable[Reaction]:
    if file.stock.quota:
        yield by_system(stock.GiveBackQuota, file)


def came_back(before: OrderFile, after: OrderFile, parcel: int) -> Iterable[Reaction]:
    """What can be sold again is put back; what never arrived is not owed."""
    yield from settle(after, parcel)
    # Where the courier's first word is that it came back, the stock has yet to be told that it had left.
    yield Then(lambda now: _put_back(now, before, parcel))
    if before.shipping.parcels[parcel - 1].stage is not ParcelStage.LOST:
        yield from _not_supplied(parcel, "undelivered")


def settle(file: OrderFile, parcel: int) -> Iterable[Reaction]:
    """Returns declared while the parcel was on its way learn what became of it."""
    for one in file.returns.returns:
        if any(each.parcel == parcel for each in one.in_transit):
            yield by_system(returns.SettleParcel, file, return_=one.number, parcel=parcel)


def _put_back(now: OrderFile, before: OrderFile, parcel: int) -> Iterable[stock.RestockUnits]:
    # What a return had received already is on the shelf, or is put there when it is looked at.
    already = returns.settled_units(now.returns, parcel) - (_restocked(now) - _restocked(before))
    if restock := demand(now, inside(now, parcel) - already) & stock.returnable(now.stock):
        location = now.shipping.parcels[parcel - 1].location
        yield by_system(stock.RestockUnits, now, quantities=restock, parcel=parcel, location=location)


def _restocked(file: OrderFile) -> Quantities:
    return Quantities(pair for one in file.returns.returns for pair in one.restocked)


def lost(file: OrderFile, parcel: int) -> Iterable[Reaction]:
    """What never arrived is not owed."""
    yield from settle(file, parcel)
    yield from _not_supplied(parcel, "lost")


def _not_supplied(parcel: int, cause: str) -> Iterable[Reaction]:
    def cancel(file: OrderFile) -> Iterable[orders.CancelLines]:
        # What is a return's is credited by it.
        units = inside(file, parcel) - returns.settled_units(file.returns, parcel)
        if units := units & (file.order.ordered - gone(file)):
            yield by_system(orders.CancelLines, file, quantities=units, cause=cause)

    yield Then(cancel)


def parcel_settled(event: returns.ParcelSettled, file: OrderFile) -> Iterable[Reaction]:
    """Staff look at units that came back and that the return had received, if those may have been others."""
    if event.end is not ParcelEnd.DELIVERED:
        yield from close_in_time(file)
    twice = event.quantities - event.arrived
    if event.end is ParcelEnd.RETURNED and twice & shipping.delivered(file.shipping):
        note = f"counted once: units of this parcel and of return {event.return_}"
        yield Request(kind=RequestKind.ALERT, number=event.parcel, note=note)


def inspected(event: returns.ReturnInspected, file: OrderFile) -> Iterable[Reaction]:
    """The units go on a shelf, or out of the books."""
    number = event.return_
    restocked, written_off = stock.from_return(file.stock, number)
    for command, so_far, units in (
        (
            partial(
                stock.RestockUnits,
                location=event.location,
                disposition=event.restock_as,
                lots=by_sku(file, event.lots),
            ),
            restocked,
            event.restock,
        ),
        (
            partial(stock.WriteOffUnits, disposition=event.write_off_as, lots=by_sku(file, event.write_off_lots)),
            written_off,
            event.write_off,
        ),
    ):
        if back := demand(file, units) & stock.returnable(file.stock):
            yield by_system(command, file, quantities=so_far + back, return_=number)


def maybe_close(file: OrderFile, at: datetime) -> Iterable[Reaction]:
    """Filed, once nobody can withdraw any more and everything is settled."""
    if (file.order.stage is OrderStage.CANCELLED or _is_past_withdrawal(file, at)) and not unsettled(file):
        yield Attempted(by_system(orders.CloseOrder, file))


def _is_past_withdrawal(file: OrderFile, at: datetime) -> bool:
    last = shipping.last_delivery(file.shipping)
    if last is None:
        return not file.order.remaining - not_supplied(file)
    return withdrawal_deadline(last, file.order.law).ends_before <= at
