"""Requests to couriers: book a parcel, ask where it is."""

from __future__ import annotations

from .. import shipping
from ..people import Person
from ..ports.courier import BookingAnswer, BookingOutcome, BookParcel
from ._errands import Answer, Errand, Found, Partners, ask, booking_reference, later

__all__ = ("book", "track")


def book(errand: Errand, partners: Partners) -> Answer:
    """Register a parcel with its courier, once per reference."""
    parcel = errand.file.shipping.parcels[errand.number - 1]
    if parcel.booking is not None or not (parcel.is_here or errand.is_retry):
        return Answer()
    courier = partners.courier(parcel.courier)
    reference = booking_reference(errand.order, parcel.number)
    answer: BookingAnswer | None = None
    if errand.is_retry and courier.capabilities.lookup:
        found = ask(errand, lambda: Found(courier.lookup(reference)))
        if found is None:
            return later(errand)
        answer = found.answer
    if answer is None:
        if not parcel.is_here:  # it left or was unpacked meanwhile, and the courier knows of no booking
            return Answer()
        if errand.person is None:
            return Answer(park="book_parcel: the recipient's data was erased")
        person = errand.person
        answer = ask(errand, lambda: courier.book(_booking_request(errand, person, parcel, reference)))
    if answer is None or answer.outcome in (BookingOutcome.UNKNOWN, BookingOutcome.PENDING):
        return later(errand)
    if answer.outcome is BookingOutcome.REJECTED:
        failure = shipping.RecordBookingFailure(
            order=errand.order, parcel=parcel.number, code=answer.code or "rejected"
        )
        return Answer(commands=(failure,))
    return Answer(
        commands=(
            shipping.RecordBooking(
                order=errand.order,
                parcel=parcel.number,
                booking=answer.booking or reference,
                tracking=answer.tracking,
                label=answer.label,
            ),
        )
    )


def _booking_request(errand: Errand, person: Person, parcel: shipping.Parcel, reference: str) -> BookParcel:
    destination = errand.file.order.destination
    return BookParcel(
        reference=reference,
        order=errand.file.order.reference,
        parcel=parcel.number,
        contact=person.contact,
        address=person.delivery,
        point=destination.code or None,
        country=destination.country,
        weight_grams=parcel.weight_grams,
        cash_due=parcel.cash_due,
    )


def track(errand: Errand, partners: Partners) -> Answer:
    """Ask where a parcel is, until it is at an end."""
    parcel = errand.file.shipping.parcels[errand.number - 1]
    courier = partners.courier(parcel.courier)
    every = courier.capabilities.track_every
    if parcel.is_over or every is None:
        return Answer()
    if parcel.booking is None:
        return Answer(park="track_parcel: it left without a booking, so the courier cannot be asked where it is")
    facts = ask(errand, lambda: courier.track(parcel.booking or ""))
    commands = tuple(
        shipping.RecordTracking(order=errand.order, parcel=parcel.number, fact=fact) for fact in facts or ()
    )
    return Answer(commands=commands, again_in=every)
