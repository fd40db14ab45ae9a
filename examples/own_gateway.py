"""
A payment gateway of one's own for a provider called Penny, tried with a lost reply.

Run it with ``python examples/own_gateway.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from orderflow import Money, Shop, orders, people, pricing, stock
from orderflow.ports.gateway import (
    GatewayCapabilities,
    PaymentAnswer,
    PaymentOutcome,
    Redirect,
    RefundAnswer,
    RefundMoney,
    RefundOutcome,
    StartPayment,
)
from orderflow.runtime.memory import MemoryStore
from orderflow.testing import VirtualClock


class Penny:
    """The provider's side: an HTTP API in real life, a dictionary here. It charges at once."""

    def __init__(self) -> None:
        self.payments: dict[str, dict[str, str]] = {}
        self.refunds: dict[str, dict[str, str]] = {}
        self.lose_next_reply = False

    def post(self, path: str, body: Mapping[str, str]) -> dict[str, str]:
        """Create a payment or a refund; the same id again answers how it stands."""
        if path == "/payments":
            number = f"PN-{len(self.payments) + 1}"
            reply = self.payments.setdefault(body["id"], {**body, "status": "paid", "number": number})
        elif body["id"] in self.refunds or self._refundable(body):
            reply = self.refunds.setdefault(body["id"], {**body, "status": "done"})
        else:
            reply = {"status": "refused"}
        if self.lose_next_reply:
            self.lose_next_reply = False
            raise TimeoutError("the line went dead")
        return reply

    def _refundable(self, refund: Mapping[str, str]) -> bool:
        paid = self.payments.get(refund["payment"], {"amount": "0"})
        gone = [each["amount"] for each in self.refunds.values() if each["payment"] == refund["payment"]]
        return sum(map(Decimal, [*gone, refund["amount"]])) <= Decimal(paid["amount"])

    def get(self, path: str) -> dict[str, str] | None:
        """A payment or a refund by its id; None is their 404."""
        _, kind, id = path.split("/")
        return (self.refunds if kind == "refunds" else self.payments).get(id)


class PennyGateway:
    """Penny behind orderflow's payment port."""

    capabilities = GatewayCapabilities(lookup=True)

    def __init__(self, api: Penny) -> None:
        self._api = api

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Open the payment under our reference; an exception means: not known."""
        amount = {"amount": request.amount.text, "currency": request.amount.currency}
        return self._answer(self._api.post("/payments", {"id": request.reference, **amount}))

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """How the payment stands; None where Penny has never heard of it."""
        found = self._api.get(f"/payments/{reference}")
        return None if found is None else self._answer(found)

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """Give money back, once per operation."""
        body = {"id": request.operation, "payment": request.reference, "amount": request.amount.text}
        return self._refunded(self._api.post("/refunds", body))

    def lookup_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        """How the refund stands; None where Penny has never heard of it."""
        found = self._api.get(f"/refunds/{operation}")
        return None if found is None else self._refunded(found)

    def _refunded(self, refund: Mapping[str, str]) -> RefundAnswer:
        done = refund["status"] == "done"
        return RefundAnswer(outcome=RefundOutcome.SETTLED if done else RefundOutcome.REJECTED)

    def _answer(self, payment: Mapping[str, str]) -> PaymentAnswer:
        number = payment["number"]
        if payment["status"] == "paid":
            captured = Money.parse(payment["amount"], payment["currency"])
            return PaymentAnswer(outcome=PaymentOutcome.CAPTURED, captured=captured, provider_id=number)
        page = Redirect(f"https://penny.example/pay/{number}")
        return PaymentAnswer(outcome=PaymentOutcome.AWAITING_CUSTOMER, next_step=page, provider_id=number)


def main() -> None:
    """Charge an order whose first reply gets lost, then cancel it."""
    vat = pricing.VatRate.parse("23")
    pick_up = pricing.DeliveryMethod(code="counter", kind=pricing.DeliveryKind.SHOP, price=Money.zero("PLN"), vat=vat)
    penny, clock = Penny(), VirtualClock()
    shop = Shop(
        MemoryStore(),
        seller="Mug Shop",
        tariff=pricing.Tariff((pick_up,)),
        gateways={"penny": PennyGateway(penny)},
        clock=clock,
    )
    shop.do(stock.ReceiveStock(sku="MUG", quantity=10, reference="delivery-1"))
    order = shop.place(
        orders.PlaceOrder(
            lines=(
                orders.Line(
                    line="1", sku="MUG", name="Mug", quantity=2, unit_price=Money.parse("19.99", "PLN"), vat=vat
                ),
            ),
            currency="PLN",
            contact=people.Contact(name="Ala Kot", email="ala@example.com"),
            target=orders.ToShop(shop="main", country="PL"),
            delivery_method="counter",
            payment_method="penny",
        )
    )

    penny.lose_next_reply = True
    shop.perform(order.id)
    print("the reply was lost: due", shop.order(order.id).due)
    clock.advance(timedelta(seconds=5))
    shop.run()
    print("looked up: due", shop.order(order.id).due, "and charged", len(penny.payments), "time")

    shop.do(orders.CancelOrder(order=order.id))
    shop.run()
    print("cancelled: refunded", shop.order(order.id).refunded)
    assert len(penny.payments) == len(penny.refunds) == 1


if __name__ == "__main__":
    main()
