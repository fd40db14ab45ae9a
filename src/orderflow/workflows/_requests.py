"""What must happen outside, or later: data that is committed with the event that caused it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import attrs

__all__ = ("MESSAGES", "TIMERS", "Request", "RequestKind")


class RequestKind(StrEnum):
    """
    What is asked for. The number of a request says of which attempt, refund, parcel, reservation, return or substitute.

    The texts are storage: they never change.
    """

    START_PAYMENT = "start_payment"
    CAPTURE_MONEY = "capture_money"
    VOID_MONEY = "void_money"
    REFUND_MONEY = "refund_money"
    BOOK_PARCEL = "book_parcel"
    TRACK_PARCEL = "track_parcel"
    RESERVE_UNITS = "reserve_units"
    CONFIRM_UNITS = "confirm_units"
    RELEASE_UNITS = "release_units"
    SEND_RECEIVED = "send_received"
    SEND_CONFIRMED = "send_confirmed"
    SEND_PAYMENT_FAILED = "send_payment_failed"
    SEND_SHIPPED = "send_shipped"
    SEND_READY_TO_COLLECT = "send_ready_to_collect"
    SEND_DELIVERED = "send_delivered"
    SEND_CANCELLED = "send_cancelled"
    SEND_REFUNDED = "send_refunded"
    SEND_SUBSTITUTE_OFFERED = "send_substitute_offered"
    LAPSE_HOLD = "lapse_hold"
    EXPIRE_UNPAID = "expire_unpaid"
    CLOSE_ORDER = "close_order"
    LAPSE_SUBSTITUTE = "lapse_substitute"
    ALERT = "alert"


MESSAGES = frozenset(kind for kind in RequestKind if kind.startswith("send_"))
TIMERS = frozenset(
    {RequestKind.LAPSE_HOLD, RequestKind.EXPIRE_UNPAID, RequestKind.CLOSE_ORDER, RequestKind.LAPSE_SUBSTITUTE}
)


@attrs.frozen(kw_only=True)
class Request:
    """Something to do: due at once, or at ``due_at``. ``note`` says why, where a person must look (ALERT)."""

    kind: RequestKind
    number: int = 0
    due_at: datetime | None = None
    note: str = ""
