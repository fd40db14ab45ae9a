"""Another way to pay than the one that was agreed, at the fee that was pinned for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..quantities import Quantities
from ._events import PaymentMethodChanged
from ._guards import is_open
from ._state import Order


def change_payment(
    order: Order, method: str, gone: Quantities, at: datetime, used: Iterable[str] = ()
) -> tuple[PaymentMethodChanged, ...]:
    """
    What changes in what was agreed when the payment is asked for by *method*; nothing once all units are *gone*.

    Ways that were *used*, as money came by them, keep their fee: of several ways the dearest one's is owed, once.

    The fee goes with the way to pay: a fee for means of payment that are not used would be more than they cost the
    seller (CRD art. 19). Each way costs what was pinned for it when the order was placed, whatever the tariff says by
    now, and one that was not known then costs nothing: so nobody pays a fee that was not told.
    """
    if method == order.payment_method or not is_open(order) or order.ordered == gone:
        return ()
    fee = max(order.quote.fee_of(each) for each in (method, *used))
    return (PaymentMethodChanged(payment_method=method, fee=fee, at=at),)
