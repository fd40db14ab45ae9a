"""
A web shop's views as plain functions: bytes and headers in, status and text out, no framework.

Put your framework's routes above them. Run it with ``python examples/plain_views.py``: it plays a browser and a
payment provider.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from orderflow import CommandRejected, InvalidInputError, Money, Shop, orders, people, pricing, stock
from orderflow.moments import parse_moment
from orderflow.ports.gateway import (
    GatewayCapabilities,
    Notification,
    NotificationRefused,
    PaymentAnswer,
    PaymentFact,
    PaymentOutcome,
    RawNotification,
    Redirect,
    RefundAnswer,
    RefundMoney,
    RefundOutcome,
    Reply,
    StartPayment,
)
from orderflow.runtime.memory import MemoryStore
from orderflow.wording import rejection_text

KEY = b"shared with the provider"
VAT = pricing.VatRate.parse("23")
CATALOGUE = {"MUG": ("Mug", Money.parse("19.99", "PLN")), "TEA": ("Tea", Money.parse("12.50", "PLN"))}
Answer = tuple[int, str]


class PayPage:
    """A provider with a payment page, which tells by notification what became of it."""

    capabilities = GatewayCapabilities(lookup=False, notifications=True)

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Send the customer to the payment page."""
        page = Redirect(f"https://pay.example/{request.reference}")
        return PaymentAnswer(outcome=PaymentOutcome.AWAITING_CUSTOMER, next_step=page)

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """They say later what became of it."""
        return RefundAnswer(outcome=RefundOutcome.PENDING)

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """They cannot be asked."""
        return None

    def lookup_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        """They cannot be asked."""
        return None

    def read_notification(self, notification: RawNotification) -> Notification:
        """Check the signature on the raw bytes, then read."""
        if not hmac.compare_digest(sign(notification.body), notification.headers.get("x-signature", "")):
            raise NotificationRefused(Reply(status=401))
        try:
            said = json.loads(notification.body)
            answer = PaymentAnswer(outcome=PaymentOutcome.CAPTURED, captured=Money.parse(said["paid"], "PLN"))
            fact = PaymentFact(reference=said["reference"], answer=answer, occurred_at=parse_moment(said["at"]))
        except (KeyError, TypeError, ValueError):
            raise NotificationRefused from None
        return Notification(facts=(fact,), reply=Reply(body=b"OK"))


def sign(body: bytes) -> str:
    """The provider's signature."""
    return hmac.new(KEY, body, hashlib.sha256).hexdigest()


def open_shop() -> Shop:
    """One shop for the whole process."""
    courier = pricing.DeliveryMethod(
        code="courier", kind=pricing.DeliveryKind.COURIER, price=Money.parse("14.99", "PLN"), vat=VAT
    )
    shop = Shop(MemoryStore(), seller="Mug Shop", tariff=pricing.Tariff((courier,)), gateways={"page": PayPage()})
    for sku in CATALOGUE:
        shop.do(stock.ReceiveStock(sku=sku, quantity=10, reference="delivery-1"))
    return shop


def post_checkout(shop: Shop, body: bytes) -> Answer:
    """``POST /checkout``: a form as JSON. Prices come from the catalogue, never from the browser."""
    try:
        form = json.loads(body)
        command = _order(form)
    except InvalidInputError as error:
        return 400, error.path
    except (ValueError, KeyError, TypeError):
        return 400, "malformed"
    try:
        order = shop.place(command, request_id=f"checkout-{form['basket']}")
    except CommandRejected as rejected:
        return 422, "\n".join(rejection_text(reason, command.language) for reason in rejected.reasons)
    step = shop.perform(order.id).next_step
    return (303, step.url) if isinstance(step, Redirect) else (201, order.reference)


def get_order(shop: Shop, reference: str) -> Answer:
    """``GET /orders/<reference>``: what the customer may see without logging in."""
    try:
        order = shop.order(reference)
    except CommandRejected:
        return 404, "no such order"
    return 200, f"{order.reference}: {order.status}, {order.due} to pay"


def post_notification(shop: Shop, name: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """``POST /notifications/<name>``: raw bytes in, the provider's reply out."""
    try:
        reply = shop.receive(name, headers, body)
    except InvalidInputError:
        return 404, "no such provider"
    return reply.status, reply.body.decode()


def _order(form: Mapping[str, Any]) -> orders.PlaceOrder:
    address = people.Address(country="PL", **form["address"])
    return orders.PlaceOrder(
        lines=tuple(_line(str(number), **item) for number, item in enumerate(form["items"], start=1)),
        currency="PLN",
        contact=people.Contact(name=address.name, email=form["email"], phone=form["phone"]),
        target=orders.ToAddress(address=address),
        delivery_method="courier",
        payment_method="page",
        language="en",
    )


def _line(line: str, sku: str, quantity: int) -> orders.Line:
    name, price = CATALOGUE[sku]
    return orders.Line(line=line, sku=sku, name=name, quantity=quantity, unit_price=price, vat=VAT)


def main() -> None:
    """Play a browser and a provider."""
    shop = open_shop()
    address = {"name": "Ala Kot", "street": "Prosta 1", "city": "Warszawa", "postal_code": "00-001"}
    person = {"email": "ala@example.com", "phone": "600100200", "address": address}
    form = json.dumps({"basket": "b-1", "items": [{"sku": "MUG", "quantity": 2}], **person}).encode()
    too_many = json.dumps({"basket": "b-2", "items": [{"sku": "TEA", "quantity": 11}], **person}).encode()

    status, page = post_checkout(shop, form)
    print("checkout:", status, page)
    assert post_checkout(shop, form) == (status, page), "a double click is one order"
    print("too many:", *post_checkout(shop, too_many))
    print("nonsense:", *post_checkout(shop, b"{"))

    paid = {"reference": page.rpartition("/")[2], "paid": "54.97", "at": "2026-11-22T12:00:00Z"}
    body = json.dumps(paid).encode()
    print("forged:", *post_notification(shop, "page", {"X-Signature": "no"}, body))
    print("notified:", *post_notification(shop, "page", {"X-Signature": sign(body)}, body))
    (order,) = shop.orders()
    print(*get_order(shop, order.reference))
    assert order.status == "confirmed"


if __name__ == "__main__":
    main()
