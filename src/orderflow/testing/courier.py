"""
What every courier must do, as numbered checks that need no test framework.

Write a harness around your adapter and run all :data:`COURIER_CHECKS` as :mod:`orderflow.testing.contract` shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeAlias

import attrs

from ..money import Money
from ..people import Address, Contact
from ..ports.courier import (
    BookingAnswer,
    BookingOutcome,
    BookParcel,
    Courier,
    CourierCapabilities,
    TrackingSource,
)
from ..ports.gateway import RawNotification
from ..shipping import TrackingFact, TrackingStatus
from .contract import (
    Harness,
    NotTestableError,
    Outcome,
    answered,
    applies,
    contract_check,
    demand,
    numbered,
    refuses_forgeries,
    same,
    unsure,
)
from .fakes import FakeCourier, Fault

_WHOLE_KEY = "the whole reference is the key: give the partner all of it"

__all__ = ("COURIER_CHECKS", "CourierHarness", "FakeCourierHarness")


class CourierHarness(Harness):
    """One courier and its partner. Only ``courier`` must be overridden."""

    currency = "PLN"

    def courier(self) -> Courier:
        """A new adapter for the same partner, as another process would have it."""
        raise NotImplementedError

    def parcels(self) -> int:
        """How many parcels the partner has for this harness's order, whatever the adapter says."""
        raise NotTestableError("the harness cannot read the partner's parcels")

    def cash_due(self, reference: str) -> Money | None:
        """What the partner will collect at the door for a parcel."""
        raise NotTestableError("the harness cannot read what the partner collects")

    def moves(self, reference: str, status: TrackingStatus) -> None:
        """Something happens to the parcel, and time passes."""
        raise NotTestableError("the harness cannot move parcels")

    def says(self, reference: str, code: str) -> None:
        """The partner reports *code*, a word that the adapter has never heard."""
        raise NotTestableError("the harness cannot make up a status")


CourierCheck: TypeAlias = Callable[[Callable[[], CourierHarness]], Outcome]


class FakeCourierHarness(CourierHarness):
    """
    A harness around the fake courier: for the fake itself, and for adapters that talk to it.

    >>> from orderflow.testing.world import VirtualClock
    >>> courier_03_a_booking_repeated_is_one_parcel(lambda: FakeCourierHarness(FakeCourier(VirtualClock())))
    Passed()
    """

    signature_header = "x-signature"

    def __init__(self, partner: FakeCourier, adapter: Callable[[FakeCourier], Courier] | None = None) -> None:
        self.partner = partner
        self._adapter = adapter

    def courier(self) -> Courier:
        """Another adapter for the same fake."""
        return self.partner if self._adapter is None else self._adapter(self.partner)

    def parcels(self) -> int:
        """From the fake's book."""
        return len(self.partner.books.parcels())

    def cash_due(self, reference: str) -> Money | None:
        """From the fake's book."""
        return self.partner.books.parcels(reference)[-1].request.cash_due

    def moves(self, reference: str, status: TrackingStatus) -> None:
        """In the fake's book."""
        self.partner.moves(reference, status)

    def says(self, reference: str, code: str) -> None:
        """As a status that the fake's own adapter passes on raw."""
        self.partner.moves(reference, TrackingStatus.UNKNOWN, code=code)

    def lose_reply(self, method: str) -> None:
        """As a planned fault."""
        self.partner.fail_next(method, Fault.LOST_REPLY)

    def cut_off(self, method: str) -> None:
        """As a planned fault."""
        self.partner.fail_next(method, Fault.REFUSED)

    def notifications(self) -> Sequence[RawNotification]:
        """As the fake signs them."""
        at = self.partner.clock.now()
        raw = self.partner.notifications()
        return [RawNotification(headers=headers, body=body, received_at=at) for headers, body in raw]


def _request(h: CourierHarness, number: int = 1, cash_minor: int | None = None) -> BookParcel:
    return BookParcel(
        reference=f"{h.order}-b{number}",
        order="222-5PR-MAP3",
        parcel=number,
        contact=Contact(name="Ola Żak", email="ola@example.com", phone="+48600100200"),
        address=Address(name="Ola Żak", street="Długa 1", city="Łódź", postal_code="90-001", country="PL"),
        point=None,
        country="PL",
        weight_grams=1200,
        cash_due=None if cash_minor is None else Money(cash_minor, h.currency),
    )


def _booked(courier: Courier, request: BookParcel) -> BookingAnswer:
    answer = courier.book(request)
    good = (BookingOutcome.BOOKED, BookingOutcome.PENDING)
    demand(answer.outcome in good, f"expected a parcel that is booked or about to be, got {answer!r}")
    return answer


def _well_formed(answer: BookingAnswer) -> None:
    demand(isinstance(answer, BookingAnswer), f"expected a BookingAnswer, got {answer!r}")
    if answer.outcome is BookingOutcome.BOOKED:
        demand(isinstance(answer.booking, str) and answer.booking != "", f"booked, but without a number: {answer!r}")
    for name in ("tracking", "label"):
        value = getattr(answer, name)
        demand(value is None or (isinstance(value, str) and value != ""), f"{name} must be text or None, got {value!r}")


def _tracked(courier: Courier, booking: str) -> tuple[TrackingFact, ...]:
    facts = tuple(answered(lambda: courier.track(booking), "tracking"))
    for fact in facts:
        demand(isinstance(fact, TrackingFact), f"expected a TrackingFact, got {fact!r}")
    return facts


def _source(courier: Courier) -> TrackingSource:
    applies(courier.capabilities.notifications, "no notifications are declared")
    if not isinstance(courier, TrackingSource):
        raise AssertionError("declared notifications, but has no read_notification()")
    return courier


def _raw(h: CourierHarness) -> Sequence[RawNotification]:
    raw = h.notifications()
    demand(len(raw) > 0, "declared notifications, but the partner sent none")
    return raw


@contract_check
def courier_01_capabilities_are_true(h: CourierHarness) -> None:
    """What is declared is there: parcels of a courier that neither tells nor can be asked are never delivered."""
    courier = h.courier()
    declared = courier.capabilities
    demand(isinstance(declared, CourierCapabilities), f"expected CourierCapabilities, got {declared!r}")
    every = declared.track_every
    demand(every is None or every > timedelta(0), f"track_every lasts some time, got {every}")
    is_source = isinstance(courier, TrackingSource)
    demand(not declared.notifications or is_source, "declared notifications without read_notification()")


@contract_check
def courier_02_a_booking_has_a_number(h: CourierHarness) -> None:
    """A booked parcel has the courier's number, and no empty text where tracking or label are not known yet."""
    _well_formed(_booked(h.courier(), _request(h)))


@contract_check
def courier_03_a_booking_repeated_is_one_parcel(h: CourierHarness) -> None:
    """The same reference is the same parcel: couriers bill every label, and two of them leave with one order."""
    courier = h.courier()
    first, second = _booked(courier, _request(h)), _booked(courier, _request(h))
    if first.outcome is second.outcome is BookingOutcome.BOOKED:
        same(second.booking, first.booking, "the courier's number of the repeated booking")
    same(h.parcels(), 1, "parcels at the partner")


@contract_check
def courier_04_another_process_knows_the_parcel(h: CourierHarness) -> None:
    """A retry may come from another process: a memory of references inside the adapter is not enough."""
    first, second = _booked(h.courier(), _request(h)), _booked(h.courier(), _request(h))
    if first.outcome is second.outcome is BookingOutcome.BOOKED:
        same(second.booking, first.booking, "the courier's number seen by another adapter")
    same(h.parcels(), 1, "parcels at the partner")


@contract_check
def courier_05_two_parcels_of_an_order_are_two(h: CourierHarness) -> None:
    """Parcels of one order stay apart: booked under the order's number, the second one never gets its label."""
    courier = h.courier()
    first, second = (_booked(courier, _request(h, number)) for number in (1, 2))
    if first.outcome is second.outcome is BookingOutcome.BOOKED:
        demand(first.booking != second.booking, f"both parcels are {first.booking!r} at the courier")


@contract_check
def courier_06_a_lost_reply_is_unknown(h: CourierHarness) -> None:
    """A lost reply to book() is an exception or UNKNOWN: "rejected" makes people book, and pay for, a second parcel."""
    courier = h.courier()
    h.lose_reply("book")
    answer = unsure(lambda: courier.book(_request(h)))
    unknown = answer is None or answer.outcome is BookingOutcome.UNKNOWN
    demand(unknown, f"the reply was lost, but the adapter says {answer!r}")


@contract_check
def courier_07_a_lost_reply_books_nothing_twice(h: CourierHarness) -> None:
    """After a lost reply, looking up and booking again lead to the parcel that was booked."""
    courier = h.courier()
    h.lose_reply("book")
    unsure(lambda: courier.book(_request(h)))
    if courier.capabilities.lookup:
        demand(courier.lookup(f"{h.order}-b1") is not None, "lookup() has never heard of a parcel that was booked")
    _booked(courier, _request(h))
    same(h.parcels(), 1, "parcels at the partner")


@contract_check
def courier_08_a_call_that_never_arrived_can_be_repeated(h: CourierHarness) -> None:
    """A booking that never left is unknown and is sent again: an adapter that notes it first ships without a label."""
    courier = h.courier()
    h.cut_off("book")
    answer = unsure(lambda: courier.book(_request(h)))
    unknown = answer is None or answer.outcome is BookingOutcome.UNKNOWN
    demand(unknown, f"nothing arrived, but the adapter says {answer!r}")
    _booked(courier, _request(h))
    same(h.parcels(), 1, "parcels at the partner")


@contract_check
def courier_09_nothing_is_found_of_what_never_was(h: CourierHarness) -> None:
    """Looking up an unknown parcel answers None, the leave to book it; an exception or a guess leaves it unbooked."""
    courier = h.courier()
    applies(courier.capabilities.lookup, "no look-up is declared")
    same(answered(lambda: courier.lookup(f"{h.order}-b9"), "an unknown parcel"), None, "an unknown parcel")


@contract_check
def courier_10_a_look_up_says_what_the_booking_said(h: CourierHarness) -> None:
    """A parcel is found under our reference with the courier's same number, and looking books nothing."""
    courier = h.courier()
    applies(courier.capabilities.lookup, "no look-up is declared")
    booked = _booked(courier, _request(h))
    found = courier.lookup(f"{h.order}-b1")
    if found is None:
        raise AssertionError("lookup() has never heard of a parcel that was booked")
    if booked.outcome is BookingOutcome.BOOKED:
        same((found.outcome, found.booking), (booked.outcome, booked.booking), "the parcel when looked up")
    courier.lookup(f"{h.order}-b2")
    same(h.parcels(), 1, "parcels at the partner")


@contract_check
def courier_11_cash_is_collected_exactly(h: CourierHarness) -> None:
    """Cash on delivery reaches the courier to the last coin, and nothing where none is due."""
    courier = h.courier()
    applies(courier.capabilities.cash_on_delivery, "no cash on delivery is declared")
    _booked(courier, _request(h, 1, cash_minor=12345))
    _booked(courier, _request(h, 2))
    same(h.cash_due(f"{h.order}-b1"), Money(12345, h.currency), "what the courier collects")
    demand(not h.cash_due(f"{h.order}-b2"), "the courier collects cash for a parcel that is paid")


@contract_check
def courier_12_tracking_is_told_in_order(h: CourierHarness) -> None:
    """Facts come oldest first, all of them, in exact moments; asked again they are the same, so repeats are seen."""
    courier = h.courier()
    booking = _booked(courier, _request(h)).booking
    steps = (TrackingStatus.HANDED_OVER, TrackingStatus.IN_TRANSIT, TrackingStatus.DELIVERED)
    for status in steps:
        h.moves(f"{h.order}-b1", status)
    facts = _tracked(courier, booking)
    applies(len(facts) > 0 or courier.capabilities.track_every is not None, "this courier cannot be asked")
    same(tuple(fact.status for fact in facts if fact.status in steps), steps, "statuses")
    moments = [fact.occurred_at for fact in facts]
    same(moments, sorted(moments), "moments")
    same(_tracked(courier, booking), facts, "the same question again")


@contract_check
def courier_13_nothing_a_courier_says_is_dropped(h: CourierHarness) -> None:
    """A word the adapter does not know becomes UNKNOWN with the raw word kept: dropped or guessed, parcels vanish."""
    courier = h.courier()
    booking = _booked(courier, _request(h)).booking
    h.moves(f"{h.order}-b1", TrackingStatus.IN_TRANSIT)
    h.says(f"{h.order}-b1", "eaten_by_dragon")
    facts = _tracked(courier, booking)
    if courier.capabilities.notifications:
        facts += tuple(told.fact for raw in _raw(h) for told in _source(courier).read_notification(raw).facts)
    said = [fact.status for fact in facts if fact.code == "eaten_by_dragon"]
    demand(len(said) > 0, f"the unknown word is nowhere in {facts!r}")
    same(set(said), {TrackingStatus.UNKNOWN}, "the status of the unknown word")


@contract_check
def courier_14_an_unknown_parcel_has_no_history(h: CourierHarness) -> None:
    """Tracking an unknown number is empty: an exception is asked again for ever."""
    same(_tracked(h.courier(), "no-such-number"), (), "facts")


@contract_check
def courier_15_a_notification_names_our_parcel(h: CourierHarness) -> None:
    """A notification leads to our own reference, and reads the same when it is read again by another process."""
    courier = h.courier()
    source = _source(courier)
    _booked(courier, _request(h))
    h.moves(f"{h.order}-b1", TrackingStatus.DELIVERED)
    raw = _raw(h)
    first = [source.read_notification(each) for each in raw]
    facts = [fact for told in first for fact in told.facts]
    same({fact.reference for fact in facts}, {f"{h.order}-b1"}, "our reference")
    same(facts[-1].fact.status, TrackingStatus.DELIVERED, "the last status")
    same([source.read_notification(each) for each in raw], first, "what the same notifications say again")
    elsewhere = _source(h.courier())
    same([elsewhere.read_notification(each) for each in raw], first, "what they say to another adapter")


@contract_check
def courier_16_forged_notifications_are_refused(h: CourierHarness) -> None:
    """What was not signed by the partner ends in NotificationRefused: anybody can post "delivered" or "returned"."""
    courier = h.courier()
    source = _source(courier)
    _booked(courier, _request(h))
    h.moves(f"{h.order}-b1", TrackingStatus.DELIVERED)
    for genuine in _raw(h):
        refuses_forgeries(source.read_notification, genuine, h)
        source.read_notification(genuine)


@contract_check
def courier_17_told_both_ways_is_one_fact(h: CourierHarness) -> None:
    """What is notified equals what is tracked: a moment or code that differs tells the customer everything twice."""
    courier = h.courier()
    source = _source(courier)
    booking = _booked(courier, _request(h)).booking
    h.moves(f"{h.order}-b1", TrackingStatus.DELIVERED)
    tracked = _tracked(courier, booking)
    applies(len(tracked) > 0, "the courier is not asked where parcels are")
    for fact in (told.fact for each in _raw(h) for told in source.read_notification(each).facts):
        demand(fact in tracked, f"notified {fact!r}, tracked {tracked!r}")


@contract_check
def courier_18_parcels_of_two_orders_stay_apart(h: CourierHarness) -> None:
    """References of two orders may end alike: told apart by their ends, a parcel leaves with another's label."""
    courier = h.courier()
    other = f"{h.other_order}-b1"
    first = _booked(courier, _request(h))
    if courier.capabilities.lookup:
        same(courier.lookup(other), None, f"the other order's parcel, which nobody booked yet ({_WHOLE_KEY})")
    second = _booked(courier, attrs.evolve(_request(h), reference=other, order="333-5PR-MAP3"))
    if first.outcome is second.outcome is BookingOutcome.BOOKED:
        same_number = f"parcels of two orders are both {first.booking!r} at the courier ({_WHOLE_KEY})"
        demand(first.booking != second.booking, same_number)


COURIER_CHECKS: tuple[CourierCheck, ...] = numbered(globals(), "courier_")
"""What any courier must do, by number."""
