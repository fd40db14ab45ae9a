"""What may be corrected until something is packed, and what may always be added."""

from __future__ import annotations

import pytest
from attrs import evolve

from orderflow import orders, pricing
from orderflow.decisions import Accepted
from orderflow.quantities import Quantities

from .desk import (
    ADDRESS,
    AT,
    CANCELLED,
    CLOSED,
    CONFIRMED,
    CONTACT,
    HOME,
    LOCKER,
    VERIFIED,
    after,
    decide,
    events,
    order_of,
    over,
    place,
    placed,
    pln,
    quote_of,
    reasons,
)

CONTACT_AMENDED = orders.AmendContact(order="A", contact=evolve(CONTACT, email="new@example.com"))
BERLIN = evolve(ADDRESS, country="DE", postal_code="10115", city="Berlin")
ADDRESS_AMENDED = orders.AmendAddress(order="A", address=evolve(ADDRESS, postal_code="31-001", city="Kraków"))
TO_LOCKER = orders.AmendDelivery(order="A", delivery_method="locker", target=LOCKER)
PACKED = Quantities({"1": 1})
ENDS = [(CANCELLED,), (CANCELLED, CLOSED), (VERIFIED, CONFIRMED, CLOSED)]


def offers() -> tuple[pricing.DeliveryOffer, ...]:
    quote = quote_of(order_of())
    assert isinstance(quote, pricing.Quote)
    return quote.offers


@pytest.mark.parametrize("history", [(), (VERIFIED,), (VERIFIED, CONFIRMED)])
def test_a_contact_can_be_corrected_as_long_as_the_order_is_open(history: tuple[orders.Event, ...]) -> None:
    """The event says that, and not what: the record is erasable."""
    assert events(decide(placed(*history), CONTACT_AMENDED)) == (orders.ContactAmended(at=AT),)


def test_a_contact_can_be_corrected_after_packing() -> None:
    """The courier's label does not keep a phone number from being right."""
    assert events(decide(placed(), CONTACT_AMENDED, packed=PACKED)) == (orders.ContactAmended(at=AT),)


def test_a_new_address_changes_nothing_that_is_priced() -> None:
    """The event says that there is one; the address itself is in the erasable record."""
    order = placed()
    (event,) = events(decide(order, ADDRESS_AMENDED))
    assert event == orders.AddressAmended(country="PL", at=AT)
    assert after(order, event) == order


@pytest.mark.parametrize(
    "command",
    [
        orders.AmendAddress(order="A", address=BERLIN),
        orders.AmendDelivery(order="A", delivery_method="express", target=orders.ToAddress(address=BERLIN)),
        orders.AmendDelivery(order="A", delivery_method="locker", target=evolve(LOCKER, country="DE")),
    ],
)
def test_an_order_stays_in_the_country_it_was_priced_and_taxed_for(command: orders.Command) -> None:
    """What goes elsewhere has other rates, another delivery price and other methods: it is another order."""
    abroad = orders.CountryFixed(country="PL", wanted="DE")
    assert reasons(decide(placed(), command, delivery_offered=offers())) == (abroad,)
    found = reasons(decide(placed(), command, delivery_offered=offers(), packed=PACKED))
    assert found == (orders.AlreadyPacked(lines=("1",)), abroad)


def test_an_order_to_a_locker_has_no_address_to_amend() -> None:
    """Its target is changed with the delivery method."""
    order = placed(target=LOCKER, delivery_method="locker")
    assert reasons(decide(order, ADDRESS_AMENDED)) == (
        orders.TargetNotServed(method="locker", method_kind="point", target_kind="address"),
    )


def test_another_delivery_replaces_method_target_and_price() -> None:
    """The new price is the one offered now."""
    order = placed()
    (event,) = events(decide(order, TO_LOCKER, delivery_offered=offers()))
    there = orders.Destination(orders.DestinationKind.POINT, "PL", "WAW01A")
    assert event == orders.DeliveryAmended(destination=there, delivery_method="locker", price=pln("9.99"), at=AT)
    amended = after(order, event)
    assert (amended.destination, amended.delivery_method, amended.delivery_price) == (there, "locker", pln("9.99"))
    assert amended.quote == order.quote


def test_a_delivery_that_is_not_offered_is_refused_with_those_that_are() -> None:
    """The tariff of today decides."""
    command = orders.AmendDelivery(order="A", delivery_method="pigeon", target=HOME)
    assert reasons(decide(placed(), command, delivery_offered=offers())) == (
        orders.DeliveryNotOffered(method="pigeon", offered=("courier", "express", "locker", "counter", "download")),
    )


def test_a_delivery_goes_to_its_own_kind_of_target() -> None:
    """A courier does not stop at lockers."""
    command = orders.AmendDelivery(order="A", delivery_method="express", target=LOCKER)
    assert reasons(decide(placed(), command, delivery_offered=offers())) == (
        orders.TargetNotServed(method="express", method_kind="courier", target_kind="point"),
    )


@pytest.mark.parametrize("command", [ADDRESS_AMENDED, TO_LOCKER], ids=lambda command: type(command).__name__)
def test_nothing_goes_elsewhere_once_something_is_packed(command: orders.Command) -> None:
    """The answer names the lines in parcels."""
    assert reasons(decide(placed(), command, packed=PACKED, delivery_offered=offers())) == (
        orders.AlreadyPacked(lines=("1",)),
    )


@pytest.mark.parametrize("history", ENDS)
@pytest.mark.parametrize(
    "command", [CONTACT_AMENDED, ADDRESS_AMENDED, TO_LOCKER], ids=lambda command: type(command).__name__
)
def test_an_order_that_is_over_is_not_amended(command: orders.Command, history: tuple[orders.Event, ...]) -> None:
    """Neither cancelled nor closed ones."""
    order = placed(*history)
    assert reasons(decide(order, command, delivery_offered=offers())) == (over(order.stage),)


def test_every_reason_against_an_amendment_is_told() -> None:
    """Over, packed and not offered."""
    found = reasons(decide(placed(CANCELLED), TO_LOCKER, packed=PACKED))
    assert found == (
        over("cancelled"),
        orders.AlreadyPacked(lines=("1",)),
        orders.DeliveryNotOffered(method="locker", offered=()),
    )


@pytest.mark.parametrize("history", [(), (CANCELLED,), (CANCELLED, CLOSED)])
def test_a_note_can_always_be_added(history: tuple[orders.Event, ...]) -> None:
    """The event counts it and does not quote it."""
    order = placed(*history)
    (event,) = events(decide(order, orders.AddNote(order="A", text="called Ala")))
    assert event == orders.NoteAdded(at=AT)
    assert after(order, event).note_count == order.note_count + 1


def test_tags_are_set_and_taken_away_in_their_order() -> None:
    """The event holds all tags as they are from now on."""
    order = placed(tags=["gift", "vip"])
    assert events(decide(order, orders.TagOrder(order="A", add=["late", "late"], remove=["gift"]))) == (
        orders.OrderTagged(tags=("vip", "late"), at=AT),
    )


@pytest.mark.parametrize(("add", "remove"), [((), ()), (["gift"], ()), ((), ["other"])])
def test_tags_that_change_nothing_are_already_so(add: list[str], remove: list[str]) -> None:
    """Nothing is written."""
    assert decide(placed(tags=["gift"]), orders.TagOrder(order="A", add=add, remove=remove)) == Accepted(())


def test_the_price_of_an_amended_delivery_was_never_in_the_quote() -> None:
    """What was agreed stays readable; what is owed follows from both."""
    (event,) = events(place(order_of()))
    order = after(orders.NoOrder(), event, *events(decide(placed(), TO_LOCKER, delivery_offered=offers())))
    assert order.quote.delivery_price == pln("14.99")
    assert order.delivery_price == pln("9.99")
