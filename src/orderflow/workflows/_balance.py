"""
What is owed, by order: the one place that compares money with goods.

``owed`` is the pinned total less every credit; whatever is held beyond it goes back. That one rule covers
cancellations, short picks, returns, double payments and late money alike.
"""

from __future__ import annotations

from .. import payments, returns, shipping
from ..money import Money
from ..orders import DestinationKind
from ..payments import TenderKind
from ..quantities import Quantities
from ..shipping import ParcelStage
from ._file import OrderFile

__all__ = (
    "authorised", "came_to_nothing", "due", "gone", "is_cash_on_delivery", "is_settled", "not_supplied", "owed",
    "packed_units", "surplus", "taken_off",
)  # fmt: skip


def owed(file: OrderFile) -> Money:
    """What the customer has to pay for the order as it stands now; never below zero."""
    order = file.order
    recorded = order.recorded_credit or Money.zero(order.currency)
    changes = order.delivery_price - order.quote.delivery_price + order.payment_fee - order.quote.payment_fee
    credits_ = order.credited + recorded + returns.granted_total(file.returns, order.currency)
    return max(order.quote.total + changes - credits_, Money.zero(order.currency))


def due(file: OrderFile) -> Money:
    """What is still to be paid."""
    return payments.due(file.payments, owed(file))


def surplus(file: OrderFile) -> Money:
    """What is held beyond what is owed."""
    return payments.surplus(file.payments, owed(file))


def authorised(file: OrderFile) -> Money:
    """Money set aside by the customer's bank and not taken yet."""
    return payments.authorised_total(file.payments, file.order.currency)


def gone(file: OrderFile) -> Quantities:
    """Units by line that have left the unit ledger: cancelled, or refunded after a return."""
    return file.order.cancelled + file.order.recorded_returns + returns.granted_units(file.returns)


def not_supplied(file: OrderFile) -> Quantities:
    """Units by line that do not reach the customer and were not cancelled: a return or somebody else credits them."""
    return returns.settled_units(file.returns) + taken_off(file)


def taken_off(file: OrderFile) -> Quantities:
    """Units by line that were refunded elsewhere before they were packed here, so that they are not sent."""
    order = file.order
    if not order.recorded_returns:
        return order.recorded_returns
    return order.recorded_returns & (order.remaining - packed_units(file) - returns.settled_units(file.returns))


def packed_units(file: OrderFile) -> Quantities:
    """Units by line in parcels, those that have arrived included, but for those that came back or were lost."""
    return shipping.packed(file.shipping) - came_to_nothing(file)


def came_to_nothing(file: OrderFile) -> Quantities:
    """Units by line in parcels that came back or were lost."""
    return shipping.in_stage(file.shipping, ParcelStage.RETURNED, ParcelStage.LOST)


def is_cash_on_delivery(file: OrderFile) -> bool:
    """Whether the newest attempt is to be paid at the door, and there will be one."""
    newest = file.payments.attempts[-1] if file.payments.attempts else None
    asked = newest is not None and newest.kind is TenderKind.CASH_ON_DELIVERY and not newest.voiding
    return asked and file.order.destination.kind is not DestinationKind.DOWNLOAD


def is_settled(file: OrderFile) -> bool:
    """Nothing due, nothing to give back, no refund under way, nothing the courier still has."""
    return not (
        due(file)
        or surplus(file)
        or payments.refunding(file.payments, file.order.currency)
        or payments.courier_owes(file.payments, file.order.currency)
    )
