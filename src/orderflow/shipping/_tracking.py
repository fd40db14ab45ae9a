"""
What couriers tell us, in our words.

A courier's adapter translates its own codes; a code it does not know becomes ``UNKNOWN`` and keeps the raw text,
so that nothing a courier says is ever lost.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import attrs

from ..errors import InvalidInputError
from ._checks import a_code_or_blank, occurred

__all__ = ("TrackingFact", "TrackingStatus")


class TrackingStatus(StrEnum):
    """The kinds of fact; those marked *paper* say nothing about where the parcel is."""

    REGISTERED = "registered"  # paper
    LABEL_READY = "label_ready"  # paper
    HANDED_OVER = "handed_over"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPT_FAILED = "attempt_failed"
    AWAITING_COLLECTION = "awaiting_collection"
    DELIVERED = "delivered"  # to the customer; the way back ends with RETURNED
    REFUSED = "refused"
    NOT_COLLECTED = "not_collected"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    CANCELLED = "cancelled"  # paper: the courier's booking is void, the parcel is still packed
    EXCEPTION = "exception"  # delay, damage, claim: see the reason
    UNKNOWN = "unknown"


def _status(_: object, field: attrs.Attribute[TrackingStatus], value: object) -> None:
    if not isinstance(value, TrackingStatus):
        raise InvalidInputError(field.name, f"expected a TrackingStatus, got {type(value).__name__}")


@attrs.frozen(kw_only=True)
class TrackingFact:
    """
    One thing a courier said about one parcel; two equal facts are the same fact.

    ``code`` is the courier's own word, ``reason`` ours (``wrong_address``, ``delayed``), ``proof`` the key of a
    document that proves delivery: codes all three, never names or signatures.
    """

    status: TrackingStatus = attrs.field(validator=_status)
    code: str = attrs.field(default="", validator=a_code_or_blank)
    reason: str = attrs.field(default="", validator=a_code_or_blank)
    proof: str = attrs.field(default="", validator=a_code_or_blank)
    occurred_at: datetime = attrs.field(converter=occurred)
