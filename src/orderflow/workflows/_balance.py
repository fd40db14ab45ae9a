"""
What is owed, by order: the one place that compares money with goods.

``owed`` is the pinned total less every credit; whatever is held beyond it goes back. That one rule covers
cancellations, short picks, returns, double payments and late money alike.
"""

from __future__ import annotations

from .. import payments, returns
from ..money import Money
from ..orders import DestinationKind
from ..payments import TenderKind
from ..quantities import Quantities
from ._file import OrderFile

__all__ = ("authorised", "due", "gone", "is_cash_on_delivery", "is_settled", "owed", "settled", "surplus")


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


def settled(file: OrderFile) -> Quantities:
    """Units by line that never reached the customer and were not cancelled: a return credits them."""
    return returns.settled_units(file.returns)


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
