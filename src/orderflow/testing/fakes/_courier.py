"""A courier that keeps its own book of parcels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import attrs

from ...errors import InvalidInputError
from ...moments import parse_moment
from ...money import Money, total_of
from ...ports.courier import (
    BookingAnswer,
    BookingOutcome,
    BookParcel,
    CourierCapabilities,
    ParcelFact,
    TrackingNotification,
)
from ...ports.gateway import NotificationRefused, RawNotification
from ...ports.world import Clock
from ...shipping import TrackingFact, TrackingStatus
from ._faults import Fault, FaultPlan, Line
from ._signing import Raw, Sender, opened

__all__ = ("BookedParcel", "CourierBooks", "FakeCourier")

_METHODS = ("book", "lookup", "track", "notifications")


@attrs.frozen(kw_only=True)
class BookedParcel:
    """A parcel that truly is on its way: what was asked for, the courier's numbers, and all that happened to it."""

    request: BookParcel
    booking: str
    tracking: str
    facts: tuple[TrackingFact, ...] = ()

    @property
    def reference(self) -> str:
        """Our own name for it."""
        return self.request.reference

    @property
    def is_delivered(self) -> bool:
        """Whether the customer has it."""
        return any(fact.status is TrackingStatus.DELIVERED for fact in self.facts)


class CourierBooks:
    """What the courier truly did, by our references."""

    def __init__(self, parcels: Sequence[BookedParcel]) -> None:
        self._parcels = parcels

    def parcels(self, reference: str | None = None) -> tuple[BookedParcel, ...]:
        """Every parcel booked, oldest first; under one reference, or all."""
        return tuple(parcel for parcel in self._parcels if reference in (None, parcel.reference))

    def collected(self, currency: str) -> Money:
        """Cash taken at the door for delivered parcels."""
        dues = (parcel.request.cash_due for parcel in self._parcels if parcel.is_delivered)
        return total_of((due for due in dues if due is not None and due.currency == currency), currency)


class FakeCourier:
    """
    A courier that books at once, tells by itself where parcels are, and can be asked; ``books`` says what is true.

    >>> from orderflow.people import Contact
    >>> from orderflow.testing.world import VirtualClock
    >>> courier = FakeCourier(VirtualClock())
    >>> request = BookParcel(
    ...     reference="o1-b1", order="R1", parcel=1, contact=Contact(name="Ola", phone="600100200"), address=None,
    ...     point="WAW01", country="PL", weight_grams=500,
    ... )  # fmt: skip
    >>> booking = courier.book(request).booking
    >>> courier.moves("o1-b1", TrackingStatus.HANDED_OVER)
    >>> [fact.status.value for fact in courier.track(booking)]
    ['handed_over']
    """

    def __init__(
        self,
        clock: Clock,
        *,
        lookup: bool = True,
        track_every: timedelta | None = None,
        faults: FaultPlan | None = None,
        secret: bytes = b"a secret shared with the fake",
    ) -> None:
        self.capabilities = CourierCapabilities(
            lookup=lookup, track_every=track_every, points=True, cash_on_delivery=True, notifications=True
        )
        self._parcels: list[BookedParcel] = []
        self.books = CourierBooks(self._parcels)
        self.clock = clock
        self._line = Line(faults, _METHODS)
        self._secret = secret
        self._sender = Sender(secret)

    def fail_next(self, method: str, fault: Fault) -> None:
        """Let the next call of *method* go wrong."""
        self._line.plan_next(method, fault)

    def calls(self, method: str) -> int:
        """How often *method* was called."""
        return self._line.calls[method]

    # The port

    def book(self, request: BookParcel) -> BookingAnswer:
        """Book the parcel, or answer how the known one stands."""
        return self._line.call(
            "book",
            lambda: self._book(request),
            unknown=BookingAnswer(outcome=BookingOutcome.UNKNOWN),
            rejected=lambda: BookingAnswer(outcome=BookingOutcome.REJECTED, code="rejected_by_plan"),
        )

    def lookup(self, reference: str) -> BookingAnswer | None:
        """How the booking stands; always None where look-ups were switched off."""
        known = self.capabilities.lookup
        return self._line.call(
            "lookup",
            lambda: self._answer(reference) if known else None,
            unknown=BookingAnswer(outcome=BookingOutcome.UNKNOWN),
        )

    def track(self, booking: str) -> Sequence[TrackingFact]:
        """All that happened to the parcel, oldest first; nothing where the booking is unknown."""
        parcels = self.books.parcels
        return self._line.call(
            "track",
            lambda: tuple(fact for parcel in parcels() if parcel.booking == booking for fact in parcel.facts),
            unknown=(),
        )

    def read_notification(self, notification: RawNotification) -> TrackingNotification:
        """Verify the signature on the raw bytes, then read."""
        content = opened(notification, self._secret)
        try:
            return TrackingNotification(facts=(_fact(content),))
        except (KeyError, TypeError, ValueError):
            raise NotificationRefused from None

    # The outside

    def moves(
        self, reference: str, status: TrackingStatus, *, code: str = "", reason: str = "", proof: str = ""
    ) -> None:
        """Something happens to the parcel under *reference*; ``code`` is the courier's own word for it."""
        fact = TrackingFact(
            status=status, code=code or status, reason=reason, proof=proof, occurred_at=self.clock.now()
        )
        with self._line.lock:
            place = next((place for place, each in enumerate(self._parcels) if each.reference == reference), None)
            if place is None:
                raise InvalidInputError("reference", f"the courier knows no parcel {reference!r}")
            parcel = self._parcels[place]
            self._parcels[place] = attrs.evolve(parcel, facts=(*parcel.facts, fact))
            self._sender.add(
                {
                    "reference": reference,
                    "status": fact.status,
                    "code": fact.code,
                    "reason": fact.reason,
                    "proof": fact.proof,
                    "occurred_at": fact.occurred_at.isoformat(),
                }
            )

    def notifications(self) -> tuple[Raw, ...]:
        """Headers and body of every notification since the last call, for ``shop.receive``."""
        return self._sender.take(self._line)

    # How the courier works

    def _book(self, request: BookParcel) -> BookingAnswer:
        known = self._answer(request.reference)
        if known is not None:
            return known
        number = len(self._parcels) + 1
        self._parcels.append(BookedParcel(request=request, booking=f"bk-{number}", tracking=f"TRK{number:06}"))
        return self._answer(request.reference) or BookingAnswer(outcome=BookingOutcome.UNKNOWN)

    def _answer(self, reference: str) -> BookingAnswer | None:
        parcels = self.books.parcels(reference)
        if not parcels:
            return None
        newest = parcels[-1]
        return BookingAnswer(
            outcome=BookingOutcome.BOOKED,
            booking=newest.booking,
            tracking=newest.tracking,
            label=f"https://courier.example/labels/{newest.booking}",
        )


def _fact(content: Any) -> ParcelFact:
    return ParcelFact(
        reference=content["reference"],
        fact=TrackingFact(
            status=TrackingStatus(content["status"]),
            code=content["code"],
            reason=content["reason"],
            proof=content["proof"],
            occurred_at=parse_moment(content["occurred_at"], "occurred_at"),
        ),
    )
