"""
What WooCommerce's one status says of the order, its money and its goods.

WooCommerce itself calls an order paid that is ``processing`` or ``completed`` (``wc_get_is_paid_statuses``), with or
without a date; cash on delivery is ``processing`` from the start, and paid when ``completed``. A ``date_paid_gmt``
counts in every status: it outlives cancellation. It knows no parcels: ``completed`` is its last word on them, and
the moment from which the order counts as delivered; the right of withdrawal may begin later than that, never earlier.

| status | stage | paid | delivered |
| --- | --- | --- | --- |
| ``pending``, ``checkout-draft``, ``auto-draft`` | received | by its date | no |
| ``failed`` (the payment; it may be tried again) | received | by its date | no |
| ``on-hold`` (awaits confirmation of the payment) | received | by its date | no |
| ``processing`` (accepted, to be sent) | confirmed | yes; cash on delivery by its date | no |
| ``completed`` | confirmed (it may still come back) | yes | ``date_completed_gmt`` |
| ``refunded`` (nothing is left of it) | cancelled | yes | ``date_completed_gmt``, where there is one |
| ``cancelled``, ``trash`` | cancelled | by its date | no |
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import assert_never

import attrs

from ...orders import OrderStage
from ...workflows import Status


@attrs.frozen(kw_only=True)
class Meaning:
    """``paid`` and ``delivered`` say what holds without a date as well."""

    stage: OrderStage
    paid: bool = False
    paid_at_the_door: bool = False
    delivered: bool = False
    may_be_delivered: bool = False


_UNPAID = Meaning(stage=OrderStage.RECEIVED)
_ENDED = Meaning(stage=OrderStage.CANCELLED)

STATUSES: Mapping[str, Meaning] = MappingProxyType(
    {
        "pending": _UNPAID,
        "checkout-draft": _UNPAID,
        "auto-draft": _UNPAID,
        "failed": _UNPAID,
        "on-hold": _UNPAID,
        "processing": Meaning(stage=OrderStage.CONFIRMED, paid=True),
        "completed": Meaning(
            stage=OrderStage.CONFIRMED, paid=True, paid_at_the_door=True, delivered=True, may_be_delivered=True
        ),
        "refunded": Meaning(stage=OrderStage.CANCELLED, paid=True, paid_at_the_door=True, may_be_delivered=True),
        "cancelled": _ENDED,
        "trash": _ENDED,
    }
)


def to_woocommerce_status(status: Status) -> str:
    """
    The status that a WooCommerce shop should show for an order.

    >>> to_woocommerce_status(Status.SHIPPED), to_woocommerce_status(Status.DELIVERED)
    ('processing', 'completed')
    """
    match status:
        case Status.NONE:
            return "auto-draft"
        case Status.AWAITING_PAYMENT:
            return "pending"
        case Status.RECEIVED | Status.ON_HOLD | Status.COMING_BACK:
            return "on-hold"
        case (
            Status.VERIFIED
            | Status.CONFIRMED
            | Status.PREPARED
            | Status.PARTLY_SHIPPED
            | Status.SHIPPED
            | Status.AWAITING_COLLECTION
            | Status.PARTLY_DELIVERED
        ):
            return "processing"
        case Status.DELIVERED | Status.CLOSED:
            return "completed"
        case Status.CANCELLED:
            return "cancelled"
        case _:
            assert_never(status)
