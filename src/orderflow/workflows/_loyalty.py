"""Points on their way through an order: promised with it, and settled whenever what is paid and kept changes."""

from __future__ import annotations

from collections.abc import Iterable

from .. import loyalty, orders, payments, returns
from ..money import Money
from ..orders import OrderStage
from ._balance import gone
from ._facts import Context
from ._file import Event, OrderFile
from ._reactions import Reaction, by_system

__all__ = ("loyalty_facts", "promise", "settle_points")

_TELLING: frozenset[type] = frozenset(
    {
        orders.OrderConfirmed,
        orders.LinesCancelled,
        orders.OrderCancelled,
        payments.PaymentObserved,
        payments.StoredValueTaken,
        payments.CashCollected,
        payments.RefundRequested,
        payments.RefundRejected,
        payments.RefundRetried,
        returns.RefundGranted,
    }
)
"""What may change the money that is kept for goods that are kept."""


def promise(file: OrderFile, context: Context) -> Iterable[Reaction]:
    """A customer's new order will earn points."""
    if context.policy.loyalty is not None and file.order.customer is not None:
        yield by_system(loyalty.PromisePoints, file)


def settle_points(event: Event, file: OrderFile) -> Iterable[Reaction]:
    """After *event* the points are again those of what is paid and kept."""
    if file.loyalty.programme is not None and type(event) in _TELLING:
        yield by_system(loyalty.SettlePoints, file)


def loyalty_facts(file: OrderFile, context: Context) -> loyalty.Facts:
    """What the rules of points need."""
    order = file.order
    return loyalty.Facts(
        at=context.at, paid=_paid_for_goods(file), programme=context.policy.loyalty, customer=order.customer
    )


def _paid_for_goods(file: OrderFile) -> Money:
    """What was paid and did not go back, at most the price of the goods that are kept."""
    order = file.order
    if order.stage not in (OrderStage.CONFIRMED, OrderStage.CLOSED):
        return Money.zero(order.currency)
    left = gone(file)
    ledger = order.quote.ledger
    kept = sum(ledger.take(line.line, left[line.line], line.quantity - left[line.line]).gross for line in order.lines)
    return min(payments.held(file.payments, order.currency), Money(kept, order.currency))
