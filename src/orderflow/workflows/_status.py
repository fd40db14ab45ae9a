"""The headline: one word for how an order stands, derived from all its concepts, never stored as truth."""

from __future__ import annotations

from enum import StrEnum

from .. import shipping
from ..orders import NoOrder, OrderStage
from ..quantities import Quantities
from ..shipping import ParcelStage
from ._balance import came_to_nothing, due, is_cash_on_delivery, not_supplied
from ._file import OrderFile

__all__ = ("Status", "status")


class Status(StrEnum):
    """Headlines, roughly in the order in which an order meets them."""

    NONE = "none"
    RECEIVED = "received"
    AWAITING_PAYMENT = "awaiting_payment"
    ON_HOLD = "on_hold"
    VERIFIED = "verified"
    CONFIRMED = "confirmed"
    PREPARED = "prepared"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    AWAITING_COLLECTION = "awaiting_collection"
    PARTLY_DELIVERED = "partly_delivered"
    DELIVERED = "delivered"
    COMING_BACK = "coming_back"
    CANCELLED = "cancelled"
    CLOSED = "closed"


_COMING_BACK = (ParcelStage.REFUSED, ParcelStage.NOT_COLLECTED, ParcelStage.RETURNING, ParcelStage.RETURNED)


def status(file: OrderFile) -> Status:
    """The headline of an order."""
    if isinstance(file.orders, NoOrder):
        return Status.NONE
    order = file.order
    wanted = order.remaining - not_supplied(file)
    if order.stage is OrderStage.CLOSED:
        return Status.CLOSED if wanted else Status.CANCELLED
    if order.stage is OrderStage.CANCELLED or not wanted:
        return Status.CANCELLED
    if order.holds:
        return Status.ON_HOLD
    if not file.shipping.parcels:
        return _in_the_house(file)
    return _on_the_way(file, wanted) or _in_the_house(file)


def _in_the_house(file: OrderFile) -> Status:
    match file.order.stage:
        case OrderStage.RECEIVED:
            unpaid = bool(due(file)) and not is_cash_on_delivery(file)
            return Status.AWAITING_PAYMENT if unpaid else Status.RECEIVED
        case OrderStage.VERIFIED:
            return Status.VERIFIED
        case _:
            return Status.CONFIRMED


def _on_the_way(file: OrderFile, wanted: Quantities) -> Status | None:
    state = file.shipping
    # What came to nothing was cancelled, or is a return's: it says nothing of the units that are still wanted.
    credited = file.order.cancelled + not_supplied(file)
    nothing = came_to_nothing(file) & credited
    if not (packed := shipping.packed(state) - nothing):
        return None
    if (shipping.in_stage(state, *_COMING_BACK) - nothing) & wanted:
        return Status.COMING_BACK
    if delivered := shipping.delivered(state):
        return Status.DELIVERED if wanted <= delivered else Status.PARTLY_DELIVERED
    if left := shipping.handed_over(state) - nothing:
        if shipping.in_stage(state, ParcelStage.AWAITING_COLLECTION):
            return Status.AWAITING_COLLECTION
        return Status.SHIPPED if wanted <= left else Status.PARTLY_SHIPPED
    return Status.PREPARED if wanted <= packed else None
