"""An order of two mugs and a teapot, and the words in which its rules are tested."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from orderflow import orders, people, pricing
from orderflow.decisions import Accepted, Rejected
from orderflow.identifiers import OrderId, PersonRef, Reference
from orderflow.money import Money
from orderflow.quantities import Quantities

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
VAT = pricing.VatRate.parse("23")
ADDRESS = people.Address(name="Ala Kot", street="Prosta 1", city="Warszawa", postal_code="00-001", country="PL")
CONTACT = people.Contact(name="Ala Kot", email="ala@example.com", phone="600100200")
HOME = orders.ToAddress(address=ADDRESS)
LOCKER = orders.ToPoint(point="WAW01A", country="PL")
IDENTITY = orders.Identity(
    order=OrderId("ord_1"),
    reference=Reference("222-5PR-MAP3"),
    person=PersonRef("per_1"),
    seller="Mug Shop",
    law="PL",
    channel="shop",
    process="process/1",
)
ALL = Quantities({"1": 2, "2": 1})
FRAUD = orders.HostCheck(name="fraud", released_by="a person")

Decision = Accepted[orders.Event] | Rejected[orders.Rejection]


def pln(text: str) -> Money:
    """Zlotys."""
    return Money.parse(text, "PLN")


def _method(code: str, kind: pricing.DeliveryKind, price: str) -> pricing.DeliveryMethod:
    return pricing.DeliveryMethod(code=code, kind=kind, price=pln(price), vat=VAT)


TARIFF = pricing.Tariff(
    (
        _method("courier", pricing.DeliveryKind.COURIER, "14.99"),
        _method("express", pricing.DeliveryKind.COURIER, "24.99"),
        _method("locker", pricing.DeliveryKind.POINT, "9.99"),
        _method("counter", pricing.DeliveryKind.SHOP, "0.00"),
        _method("download", pricing.DeliveryKind.DOWNLOAD, "0.00"),
    )
)


def line(name: str, quantity: int, price: str) -> orders.Line:
    """A line at a gross price."""
    return orders.Line(
        line=name, sku=f"SKU-{name}", name=f"Thing {name}", quantity=quantity, unit_price=pln(price), vat=VAT
    )


LINES = (line("1", 2, "19.99"), line("2", 1, "60.00"))


def order_of(**changes: Any) -> orders.PlaceOrder:
    """Two mugs at 19.99 and a teapot at 60.00, by courier for 14.99: 114.97 in all."""
    usual: dict[str, Any] = {
        "lines": LINES,
        "currency": "PLN",
        "contact": CONTACT,
        "target": HOME,
        "delivery_method": "courier",
        "payment_method": "transfer",
    }
    return orders.PlaceOrder(**(usual | changes))


def quote_of(command: orders.PlaceOrder) -> pricing.Quote | Rejected[pricing.Rejection]:
    """What the command's basket costs."""
    lines = tuple(
        pricing.BasketLine(
            line=each.line,
            sku=each.sku,
            quantity=each.quantity,
            unit_price=each.unit_price,
            vat=each.vat,
            price_includes_vat=each.price_includes_vat,
        )
        for each in command.lines
    )
    country = orders.destination(command.target).country
    basket = pricing.Basket(
        currency=command.currency, lines=lines, delivery_method=command.delivery_method, country=country
    )
    return pricing.quote(basket, TARIFF)


def place(command: orders.PlaceOrder, state: orders.State | None = None, **changes: Any) -> Decision:
    """The decision about a new order."""
    quote = quote_of(command)
    usual: dict[str, Any] = {
        "at": AT,
        "identity": IDENTITY,
        "quote": quote,
        "delivery_offered": quote.offers if isinstance(quote, pricing.Quote) else (),
        "payment_offered": ("transfer", "card"),
    }
    return orders.decide(command, state or orders.NoOrder(), orders.Facts(**(usual | changes)))


def decide(given: orders.State, when: orders.Command, **facts: Any) -> Decision:
    """The decision about an order that exists."""
    return orders.decide(when, given, orders.Facts(at=AT, **facts))


def events(decision: Decision) -> tuple[orders.Event, ...]:
    """What follows from a command that must hold."""
    assert isinstance(decision, Accepted), decision
    return decision.events


def reasons(decision: Decision) -> tuple[orders.Rejection, ...]:
    """Why a command that must not hold does not."""
    assert isinstance(decision, Rejected), decision
    return decision.reasons


def after(state: orders.State, *happened: orders.Event) -> orders.Order:
    """The order after what happened."""
    order = orders.decider.fold(happened, state)
    assert isinstance(order, orders.Order)
    return order


def placed(*happened: orders.Event, **changes: Any) -> orders.Order:
    """A new order, after what happened to it."""
    return after(orders.NoOrder(), *events(place(order_of(**changes))), *happened)


def verdict(check: str, standing: str = "passed", *reasons: str) -> orders.Verdict:
    """One check's answer."""
    return orders.Verdict(check=check, standing=orders.Standing(standing), reasons=reasons)


VERIFIED = orders.OrderVerified(at=AT)
CONFIRMED = orders.OrderConfirmed(at=AT)
CANCELLED = orders.OrderCancelled(cause="test", at=AT)
CLOSED = orders.OrderClosed(at=AT)
HELD = orders.OrderHeld(reason="phone", at=AT)
OPEN = (orders.OrderStage.RECEIVED, orders.OrderStage.VERIFIED, orders.OrderStage.CONFIRMED)
"""The stages in which an order can still be changed, as the rejections list them."""


def over(stage: str) -> orders.WrongStage:
    """Why an order that has ended takes no change."""
    return orders.WrongStage(stage=orders.OrderStage(stage), allowed=OPEN)
