"""
What a courier must do for us.

Guarantees an adapter gives: booking the same ``reference`` twice is one parcel; an answer that was not received is
``UNKNOWN``; what the tracking says is passed on raw beside our own word for it, and nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs

from ..money import Money
from ..people import Address, Contact
from ..shipping import TrackingFact
from .gateway import RawNotification, Reply

__all__ = (
    "BookParcel",
    "BookingAnswer",
    "BookingOutcome",
    "Courier",
    "CourierCapabilities",
    "ParcelFact",
    "TrackingNotification",
    "TrackingSource",
)


@attrs.frozen(kw_only=True)
class CourierCapabilities:
    """
    What the courier can do.

    ``lookup``: whether a booking can be found by our reference. ``track_every``: how often to ask where parcels are;
    None where the courier tells by itself, or nobody knows. ``points`` and ``cash_on_delivery``: whether it takes
    parcels to points, and collects cash; the shop gives it no others.
    """

    lookup: bool
    track_every: timedelta | None = None
    points: bool = False
    cash_on_delivery: bool = False
    notifications: bool = False


@attrs.frozen(kw_only=True)
class BookParcel:
    """Register a parcel. ``reference`` is ours and unique; a retry carries the same one."""

    reference: str
    order: str
    parcel: int
    contact: Contact
    address: Address | None
    point: str | None
    country: str
    weight_grams: int
    cash_due: Money | None = None


class BookingOutcome(StrEnum):
    """How a booking stands."""

    BOOKED = "booked"
    PENDING = "pending"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class BookingAnswer:
    """The courier's own number, the tracking number (which may come later) and where the label is."""

    outcome: BookingOutcome
    booking: str = ""
    tracking: str | None = None
    label: str | None = None
    code: str = ""


@runtime_checkable
class Courier(Protocol):
    """Books parcels and says where they are."""

    @property
    def capabilities(self) -> CourierCapabilities:
        """What this courier can do."""
        ...

    def book(self, request: BookParcel) -> BookingAnswer:
        """
        Register the parcel, or answer how it already stands where the reference is known.

        Raise, or answer UNKNOWN, whenever it is not certain that nothing happened: a retry with the same reference
        follows.
        """
        ...

    def lookup(self, reference: str) -> BookingAnswer | None:
        """How the booking stands; None means the courier has never heard of it."""
        ...

    def track(self, booking: str) -> Sequence[TrackingFact]:
        """
        All that is known of the parcel, oldest first; nothing where the number is unknown.

        The same fact is the same again, moment included, so that repeats are recognised. A word that the adapter does
        not know becomes ``TrackingStatus.UNKNOWN`` with the raw word as ``code``.
        """
        ...


@attrs.frozen(kw_only=True)
class ParcelFact:
    """A notification says this of the parcel booked under our ``reference``."""

    reference: str
    fact: TrackingFact


@attrs.frozen(kw_only=True)
class TrackingNotification:
    """A verified notification of a courier, and the reply it expects."""

    facts: tuple[ParcelFact, ...]
    reply: Reply = Reply()


@runtime_checkable
class TrackingSource(Protocol):
    """Reads what the courier sends by itself."""

    def read_notification(self, notification: RawNotification) -> TrackingNotification:
        """
        Verify on the raw bytes, and read. Pure: no I/O, no memory of what was read, the same answer every time.

        Raises:
            NotificationRefused: the signature or the format is wrong, whatever bytes came in.
        """
        ...
