"""What is pinned when an order is placed, and everything that can stand in its way."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from orderflow import orders, pricing
from orderflow.errors import InvalidInputError

from .desk import AT, CONTACT, IDENTITY, LINES, LOCKER, decide, events, order_of, place, placed, pln, quote_of, reasons

NO_PHONE = evolve(CONTACT, phone=None)
NO_EMAIL = evolve(CONTACT, email=None)
UNREACHABLE = evolve(CONTACT, email=None, phone=None)


def test_a_new_order_pins_what_was_agreed() -> None:
    """One event holds the lines, the price, what was offered, and the rules in force."""
    command = order_of(numbers={"shopify": "1001"}, tags=["gift"], notes=["ring twice"], seen_total=pln("114.97"))
    (event,) = events(place(command))
    quote = quote_of(command)
    assert isinstance(quote, pricing.Quote)
    assert event == orders.OrderPlaced(
        order=IDENTITY.order,
        reference=IDENTITY.reference,
        person=IDENTITY.person,
        seller="Mug Shop",
        law="PL",
        process="process/1",
        channel="shop",
        source="shop",
        language="en",
        customer=None,
        buyer=orders.BuyerKind.CONSUMER,
        invoice_requested=False,
        numbers=(("shopify", "1001"),),
        evidence=(),
        lines=LINES,
        quote=quote,
        seen_total=pln("114.97"),
        destination=orders.Destination(orders.DestinationKind.ADDRESS, "PL"),
        delivery_method="courier",
        payment_method="transfer",
        payment_offered=("transfer", "card"),
        tags=("gift",),
        extras=(),
        note_count=1,
        at=AT,
    )


def test_nothing_personal_is_in_the_event() -> None:
    """Name, address, phone, tax number and notes are kept where they can be erased."""
    (event,) = events(place(order_of(tax_number="5260250995", notes=["ask for Ala"])))
    for text in ("Ala", "Kot", "Prosta", "ala@", "600100200", "5260250995"):
        assert text not in repr(event)


def test_a_placed_order_is_received_and_owes_nothing_back() -> None:
    """The folded order starts at the beginning of its lifecycle."""
    order = placed()
    assert order.stage is orders.OrderStage.RECEIVED
    assert order.quote.total == pln("114.97")
    assert order.credited == pln("0.00")
    assert dict(order.remaining) == {"1": 2, "2": 1}


def test_an_order_is_placed_once() -> None:
    """The same stream never begins twice."""
    assert reasons(place(order_of(), placed())) == (orders.AlreadyPlaced(),)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"delivery_method": "locker"},
            orders.TargetNotServed(method="locker", method_kind="point", target_kind="address"),
        ),
        ({"target": LOCKER}, orders.TargetNotServed(method="courier", method_kind="courier", target_kind="point")),
        (
            {"target": orders.ToShop(shop="WAW", country="PL")},
            orders.TargetNotServed(method="courier", method_kind="courier", target_kind="shop"),
        ),
        (
            {"target": orders.ToDownload(country="PL")},
            orders.TargetNotServed(method="courier", method_kind="courier", target_kind="download"),
        ),
        (
            {"contact": UNREACHABLE},
            orders.ContactMissing(field="email or phone", needed_for="messages about the order"),
        ),
        (
            {"contact": NO_PHONE, "target": LOCKER, "delivery_method": "locker"},
            orders.ContactMissing(field="phone", needed_for="the pick-up point's collection code"),
        ),
        (
            {"contact": NO_EMAIL, "target": orders.ToDownload(country="PL"), "delivery_method": "download"},
            orders.ContactMissing(field="email", needed_for="the download"),
        ),
        (
            {"payment_method": "bitcoin"},
            orders.PaymentMethodNotOffered(method="bitcoin", offered=("transfer", "card")),
        ),
    ],
)
def test_what_does_not_fit_together_is_refused_with_what_would(
    changes: dict[str, Any], reason: orders.Rejection
) -> None:
    """Target, contact, delivery and payment are held against each other; one problem is one reason."""
    assert reasons(place(order_of(**changes))) == (reason,)


@pytest.mark.parametrize(
    ("delivery", "target"),
    [
        ("courier", None),
        ("express", None),
        ("locker", LOCKER),
        ("counter", orders.ToShop(shop="WAW", country="PL")),
        ("download", orders.ToDownload(country="PL")),
    ],
)
def test_every_kind_of_target_is_served_by_its_kind_of_delivery(delivery: str, target: orders.Target | None) -> None:
    """Home, locker, shop and download."""
    command = order_of(delivery_method=delivery, **({} if target is None else {"target": target}))
    (event,) = events(place(command))
    assert isinstance(event, orders.OrderPlaced)
    assert event.delivery_method == delivery
    assert event.destination == orders.destination(command.target)


def test_every_reason_is_told_at_once() -> None:
    """What pricing refuses comes with what the order refuses."""
    decision = place(order_of(delivery_method="pigeon", payment_method="bitcoin", contact=UNREACHABLE))
    assert [type(reason) for reason in reasons(decision)] == [
        pricing.UnknownDeliveryMethod,
        orders.ContactMissing,
        orders.PaymentMethodNotOffered,
    ]


def test_placing_without_a_price_or_a_name_is_a_mistake_of_the_caller() -> None:
    """Rules make up neither."""
    with pytest.raises(ValueError, match="identity"):
        place(order_of(), identity=None)
    with pytest.raises(ValueError, match="quote"):
        place(order_of(), quote=None)


@pytest.mark.parametrize(
    "command",
    [
        orders.VerifyOrder(order="A"),
        orders.RecordVerdict(order="A", check="fraud", standing=orders.Standing.PASSED),
        orders.CompleteStage(order="A", stage="engrave"),
        orders.HoldOrder(order="A", reason="phone"),
        orders.ReleaseOrder(order="A", reason="phone"),
        orders.ConfirmOrder(order="A"),
        orders.AmendContact(order="A", contact=CONTACT),
        orders.AmendAddress(order="A", address=order_of().target.address),  # type: ignore[union-attr]
        orders.AmendDelivery(order="A", delivery_method="locker", target=LOCKER),
        orders.CancelLines(order="A", quantities={"1": 1}),  # type: ignore[arg-type]
        orders.CancelOrder(order="A"),
        orders.AddNote(order="A", text="hm"),
        orders.TagOrder(order="A", add=["vip"]),
        orders.CloseOrder(order="A"),
        orders.RecordRefunds(order="A", refunds=()),
    ],
    ids=lambda command: type(command).__name__,
)
def test_an_order_that_is_not_there_takes_no_command(command: orders.Command) -> None:
    """Only placing and recording begin an order."""
    assert reasons(decide(orders.NoOrder(), command)) == (orders.NotPlaced(),)


@pytest.mark.parametrize("path", ["price_includes_vat", "backorder", "tracked", "discountable", "reduced"])
def test_a_line_takes_true_and_false_only(path: str) -> None:
    """Neither 1 nor the word is a yes: a form's text would otherwise be one too."""
    for value in (1, "no", None):
        with pytest.raises(InvalidInputError) as refused:
            evolve(LINES[0], **{path: value})
        assert refused.value.path == path


def test_a_lines_vat_is_a_rate() -> None:
    """A bare number says neither whether it is a percentage nor which rate it is."""
    with pytest.raises(InvalidInputError) as refused:
        evolve(LINES[0], vat=23)
    assert refused.value.path == "vat"


def test_whether_an_invoice_is_wanted_is_true_or_false() -> None:
    """The text of a form's field is no answer."""
    with pytest.raises(InvalidInputError) as refused:
        order_of(invoice_requested="false")
    assert refused.value.path == "invoice_requested"
