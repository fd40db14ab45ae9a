"""Couriers with one defect each: the checks must find every one. Each talks to a fake that does nothing wrong."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import attrs

from ...money import Money
from ...ports.courier import (
    BookingAnswer,
    BookingOutcome,
    BookParcel,
    CourierCapabilities,
    TrackingNotification,
)
from ...ports.gateway import RawNotification
from ...shipping import TrackingFact, TrackingStatus
from ..fakes import FakeCourier

__all__ = ("BROKEN_COURIERS", "BrokenCourier")

_SECRET = b"a secret shared with the fake"


class BrokenCourier:
    """An adapter that passes everything on as it is; its subclasses break one thing."""

    def __init__(self, partner: FakeCourier) -> None:
        self.partner = partner

    @property
    def capabilities(self) -> CourierCapabilities:
        """As the partner's."""
        return self.partner.capabilities

    def book(self, request: BookParcel) -> BookingAnswer:
        """Pass on."""
        return self.partner.book(request)

    def lookup(self, reference: str) -> BookingAnswer | None:
        """Pass on."""
        return self.partner.lookup(reference)

    def track(self, booking: str) -> Sequence[TrackingFact]:
        """Pass on."""
        return self.partner.track(booking)

    def read_notification(self, notification: RawNotification) -> TrackingNotification:
        """Pass on."""
        return self.partner.read_notification(notification)


class BooksTwice(BrokenCourier):
    """Each call of book() has a key of its own."""

    def book(self, request: BookParcel) -> BookingAnswer:
        """Every retry buys another label."""
        return self.partner.book(
            attrs.evolve(request, reference=f"{request.reference}{'~' * self.partner.calls('book')}")
        )


class RemembersInMemory(BrokenCourier):
    """The keys of repeated calls are kept in the process only."""

    def __init__(self, partner: FakeCourier) -> None:
        super().__init__(partner)
        self._known: dict[str, BookingAnswer] = {}

    def book(self, request: BookParcel) -> BookingAnswer:
        """Another process has other keys."""
        if request.reference not in self._known:
            key = f"{request.reference}{'~' * self.partner.calls('book')}"
            self._known[request.reference] = self.partner.book(attrs.evolve(request, reference=key))
        return self._known[request.reference]


class OneParcelPerOrder(BrokenCourier):
    """The order's number is the parcel's key."""

    def book(self, request: BookParcel) -> BookingAnswer:
        """The second parcel gets the first one's label."""
        return self.partner.book(attrs.evolve(request, reference=request.order))


class TimeoutMeansRejected(BrokenCourier):
    """An exception of the HTTP library is answered as a rejected booking."""

    def book(self, request: BookParcel) -> BookingAnswer:
        """Says rejected of what was booked."""
        try:
            return self.partner.book(request)
        except OSError:
            return BookingAnswer(outcome=BookingOutcome.REJECTED, code="timeout")


class FreshKeyAfterError(BrokenCourier):
    """After a broken connection the next try has a new key."""

    def __init__(self, partner: FakeCourier) -> None:
        super().__init__(partner)
        self._errors = 0

    def book(self, request: BookParcel) -> BookingAnswer:
        """Buys a second label after a lost reply."""
        try:
            return self.partner.book(attrs.evolve(request, reference=f"{request.reference}{'~' * self._errors}"))
        except OSError:
            self._errors += 1
            raise


class NotesBeforeSending(BrokenCourier):
    """The reference counts as booked before the call was made."""

    def __init__(self, partner: FakeCourier) -> None:
        super().__init__(partner)
        self._known: set[str] = set()

    def book(self, request: BookParcel) -> BookingAnswer:
        """A call that never arrived is never made again."""
        if request.reference in self._known:
            return self.partner.lookup(request.reference) or BookingAnswer(outcome=BookingOutcome.PENDING)
        self._known.add(request.reference)
        return self.partner.book(request)


class NoNumber(BrokenCourier):
    """The courier's number is not read from its answer."""

    def book(self, request: BookParcel) -> BookingAnswer:
        """Nobody can ask where it is."""
        return attrs.evolve(self.partner.book(request), booking="")


class KeyErrorOnUnknown(BrokenCourier):
    """An unknown reference is a KeyError."""

    def lookup(self, reference: str) -> BookingAnswer | None:
        """Never answers None."""
        answer = self.partner.lookup(reference)
        if answer is None:
            raise KeyError(reference)
        return answer


class EverythingIsBooked(BrokenCourier):
    """A look-up hands the asked reference back as a booking."""

    def lookup(self, reference: str) -> BookingAnswer | None:
        """A parcel that was never booked waits for its courier."""
        return BookingAnswer(outcome=BookingOutcome.BOOKED, booking=reference)


class CashInMajorUnits(BrokenCourier):
    """Cash due is sent in whole złote."""

    def book(self, request: BookParcel) -> BookingAnswer:
        """A hundredth is collected."""
        due = request.cash_due
        return self.partner.book(attrs.evolve(request, cash_due=due and Money(due.minor // 100, due.currency)))


class NewestFirst(BrokenCourier):
    """The history is passed on as the courier's page shows it."""

    def track(self, booking: str) -> Sequence[TrackingFact]:
        """From the end to the beginning."""
        return self.partner.track(booking)[::-1]


class ToldNow(BrokenCourier):
    """The moment of a fact is the moment of the question."""

    _asked = 0

    def track(self, booking: str) -> Sequence[TrackingFact]:
        """No repeat is ever recognised."""
        self._asked += 1
        now = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(seconds=self._asked)
        return [attrs.evolve(fact, occurred_at=now) for fact in self.partner.track(booking)]


class NaiveMoments(BrokenCourier):
    """The courier's local time is passed on without its zone."""

    def track(self, booking: str) -> Sequence[TrackingFact]:
        """Refused by the fact itself."""
        facts = self.partner.track(booking)
        return [attrs.evolve(fact, occurred_at=fact.occurred_at.replace(tzinfo=None)) for fact in facts]


class DropsUnknown(BrokenCourier):
    """Words that are not in the adapter's table are left out."""

    def track(self, booking: str) -> Sequence[TrackingFact]:
        """Nobody learns of them."""
        return [fact for fact in self.partner.track(booking) if fact.status is not TrackingStatus.UNKNOWN]

    def read_notification(self, notification: RawNotification) -> TrackingNotification:
        """Nobody learns of them."""
        told = self.partner.read_notification(notification)
        return attrs.evolve(
            told, facts=tuple(each for each in told.facts if each.fact.status is not TrackingStatus.UNKNOWN)
        )


class GuessesUnknown(BrokenCourier):
    """Words that are not in the adapter's table mean "in transit"."""

    def track(self, booking: str) -> Sequence[TrackingFact]:
        """Even "destroyed"."""
        return [
            attrs.evolve(fact, status=TrackingStatus.IN_TRANSIT) if fact.status is TrackingStatus.UNKNOWN else fact
            for fact in self.partner.track(booking)
        ]


class UnknownNumberRaises(BrokenCourier):
    """Tracking an unknown number is an exception."""

    def track(self, booking: str) -> Sequence[TrackingFact]:
        """Asked again for ever."""
        if not any(parcel.booking == booking for parcel in self.partner.books.parcels()):
            raise KeyError(booking)
        return self.partner.track(booking)


class OwnReferenceLost(BrokenCourier):
    """Notifications are passed on under the courier's number."""

    def read_notification(self, notification: RawNotification) -> TrackingNotification:
        """Finds no order."""
        told = self.partner.read_notification(notification)
        return attrs.evolve(told, facts=tuple(attrs.evolve(each, reference="bk-1") for each in told.facts))


class AcceptsAnySignature(BrokenCourier):
    """Notifications are read without looking at their signature."""

    def read_notification(self, notification: RawNotification) -> TrackingNotification:
        """Anybody's word counts."""
        signature = hmac.new(_SECRET, notification.body, "sha256").hexdigest()
        headers = {**notification.headers, "x-signature": signature}
        return self.partner.read_notification(attrs.evolve(notification, headers=headers))


class _Untold:
    """Everything but the reading of notifications."""

    def __init__(self, partner: FakeCourier) -> None:
        self.capabilities = partner.capabilities
        self.book = partner.book
        self.lookup = partner.lookup
        self.track = partner.track


class DeclaresNotifications(_Untold):
    """Notifications are declared, but cannot be read."""


class LookupForgets(BrokenCourier):
    """The look-up searches the courier's archive, where today's parcels are not."""

    def lookup(self, reference: str) -> BookingAnswer | None:
        """Gives leave to book a second one."""
        return None


class NotifiedLater(BrokenCourier):
    """A notification's facts bear a moment of their own."""

    def read_notification(self, notification: RawNotification) -> TrackingNotification:
        """The customer is told everything twice."""
        told = self.partner.read_notification(notification)
        return attrs.evolve(
            told,
            facts=tuple(
                attrs.evolve(
                    each, fact=attrs.evolve(each.fact, occurred_at=each.fact.occurred_at + timedelta(seconds=1))
                )
                for each in told.facts
            ),
        )


class KnowsParcelsByTheirEnd(BrokenCourier):
    """The last characters of a reference are the parcel's key."""

    def book(self, request: BookParcel) -> BookingAnswer:
        """Every order's first parcel is the same one."""
        return self.partner.book(attrs.evolve(request, reference=self._first(request.reference)))

    def lookup(self, reference: str) -> BookingAnswer | None:
        """Finds another order's."""
        return self.partner.lookup(self._first(reference))

    def _first(self, reference: str) -> str:
        book: dict[str, str] = vars(self.partner).setdefault("by_end", {})
        return book.setdefault(reference[-2:], reference)


BROKEN_COURIERS: Mapping[type[BrokenCourier | _Untold], str] = {
    DeclaresNotifications: "courier_01_capabilities_are_true",
    NoNumber: "courier_02_a_booking_has_a_number",
    BooksTwice: "courier_03_a_booking_repeated_is_one_parcel",
    RemembersInMemory: "courier_04_another_process_knows_the_parcel",
    OneParcelPerOrder: "courier_05_two_parcels_of_an_order_are_two",
    TimeoutMeansRejected: "courier_06_a_lost_reply_is_unknown",
    FreshKeyAfterError: "courier_07_a_lost_reply_books_nothing_twice",
    NotesBeforeSending: "courier_08_a_call_that_never_arrived_can_be_repeated",
    KeyErrorOnUnknown: "courier_09_nothing_is_found_of_what_never_was",
    EverythingIsBooked: "courier_09_nothing_is_found_of_what_never_was",
    LookupForgets: "courier_10_a_look_up_says_what_the_booking_said",
    CashInMajorUnits: "courier_11_cash_is_collected_exactly",
    NewestFirst: "courier_12_tracking_is_told_in_order",
    ToldNow: "courier_12_tracking_is_told_in_order",
    NaiveMoments: "courier_12_tracking_is_told_in_order",
    DropsUnknown: "courier_13_nothing_a_courier_says_is_dropped",
    GuessesUnknown: "courier_13_nothing_a_courier_says_is_dropped",
    UnknownNumberRaises: "courier_14_an_unknown_parcel_has_no_history",
    OwnReferenceLost: "courier_15_a_notification_names_our_parcel",
    AcceptsAnySignature: "courier_16_forged_notifications_are_refused",
    NotifiedLater: "courier_17_told_both_ways_is_one_fact",
    KnowsParcelsByTheirEnd: "courier_18_parcels_of_two_orders_stay_apart",
}
"""Every one with the check that must find it."""
