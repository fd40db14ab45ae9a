"""A small shop on the memory store, and the words its tests are written in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from orderflow import Money, Quantities, Shop, orders, payments, people, pricing, shipping, stock
from orderflow.ports.store import Store
from orderflow.runtime.memory import MemoryStore
from orderflow.runtime.views import OrderView
from orderflow.testing.world import CountingIds, VirtualClock

VAT = pricing.VatRate.parse("23")
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ADDRESS = people.Address(name="Ala Kot", street="Prosta 1", city="Warszawa", postal_code="00-001", country="PL")
CONTACT = people.Contact(name="Ala Kot", email="ala@example.com", phone="600100200")
LINES = Quantities({"1": 2, "2": 1})


def pln(text: str) -> Money:
    """Zlotys."""
    return Money.parse(text, "PLN")


def method(code: str, kind: pricing.DeliveryKind, price: str) -> pricing.DeliveryMethod:
    """A delivery method with VAT at 23 % in its price."""
    return pricing.DeliveryMethod(code=code, kind=kind, price=pln(price), vat=VAT, price_includes_vat=True)


TARIFF = pricing.Tariff(
    (
        method("courier", pricing.DeliveryKind.COURIER, "14.99"),
        method("express", pricing.DeliveryKind.COURIER, "24.99"),
        method("locker", pricing.DeliveryKind.POINT, "9.99"),
        method("counter", pricing.DeliveryKind.SHOP, "0.00"),
        method("download", pricing.DeliveryKind.DOWNLOAD, "0.00"),
    )
)


def order_of(**changes: Any) -> orders.PlaceOrder:
    """Two mugs at 19.99 and a teapot at 60.00, by courier for 14.99, paid by transfer: 114.97 in all."""
    usual: dict[str, Any] = {
        "lines": (
            orders.Line(line="1", sku="MUG", name="Mug", quantity=2, unit_price=pln("19.99"), vat=VAT),
            orders.Line(line="2", sku="TEAPOT", name="Teapot", quantity=1, unit_price=pln("60.00"), vat=VAT),
        ),
        "currency": "PLN",
        "contact": CONTACT,
        "target": orders.ToAddress(address=ADDRESS),
        "delivery_method": "courier",
        "payment_method": "transfer",
        "language": "pl",
    }
    return orders.PlaceOrder(**{**usual, **changes})


class Counter:
    """A shop with ten mugs and five teapots, and short words for what happens in it."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock(START)
        self.store: Store = options.pop("store", None) or MemoryStore()
        self.shop = Shop(self.store, seller="Mug Shop", tariff=TARIFF, clock=self.clock, ids=CountingIds(), **options)
        self.shop.do(stock.ReceiveStock(sku="MUG", quantity=10, reference="opening"))
        self.shop.do(stock.ReceiveStock(sku="TEAPOT", quantity=5, reference="opening"))

    def place(self, **changes: Any) -> str:
        """Place an order; its id."""
        return self.shop.place(order_of(**changes)).id

    def view(self, order: str) -> OrderView:
        """The order now."""
        return self.shop.order(order)

    def pay(self, order: str, amount: Money | None = None, attempt: int = 1) -> OrderView:
        """The customer's money arrives: all that is due, or *amount* in total."""
        captured = amount or self.view(order).file.payments.attempts[attempt - 1].amount
        received = payments.transfer_received(order, captured, occurred_at=self.clock.now(), attempt=attempt)
        return self.shop.do(received)

    def pack(self, order: str, units: Quantities | None = None) -> int:
        """Pick and pack units, or everything; the parcel's number."""
        self.shop.do(shipping.PickLines(order=order, quantities=units))
        return len(self.shop.do(shipping.PackParcel(order=order, quantities=units)).parcels)

    def ship(self, order: str, units: Quantities | None = None) -> int:
        """Pick, pack and hand over; the parcel's number."""
        parcel = self.pack(order, units)
        self.shop.do(shipping.HandOver(order=order, parcel=parcel))
        return parcel

    def track(self, order: str, status: shipping.TrackingStatus, parcel: int = 1) -> OrderView:
        """The courier says something."""
        fact = shipping.TrackingFact(status=status, occurred_at=self.clock.now())
        return self.shop.do(shipping.RecordTracking(order=order, parcel=parcel, fact=fact))

    def deliver(self, order: str, parcel: int = 1) -> OrderView:
        """The parcel reaches the customer."""
        return self.track(order, shipping.TrackingStatus.DELIVERED, parcel)

    def settle_refunds(self, order: str) -> OrderView:
        """Whoever sends refunds by hand has sent all of them."""
        self.shop.run()
        for refund in self.view(order).file.payments.refunds:
            if refund.stage is not payments.RefundStage.SETTLED:
                self.shop.do(
                    payments.ObserveRefund(
                        order=order,
                        refund=refund.number,
                        outcome=payments.RefundStage.SETTLED,
                        occurred_at=self.clock.now(),
                    )
                )
        return self.view(order)

    def later(self, **time: float) -> None:
        """Time passes, and the shop does what has come due."""
        self.clock.advance(timedelta(**time))
        self.shop.run()

    def mugs(self) -> tuple[int, int]:
        """Mugs on the shelf, and how many of them orders hold."""
        level = self.shop.level("MUG")
        return level.value, level.held
