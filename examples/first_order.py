"""
One order from its placing to a partial return, in a database file of its own.

Run it with ``python examples/first_order.py``.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from orderflow import (
    CommandRejected,
    Money,
    Quantities,
    Shop,
    orders,
    payments,
    people,
    pricing,
    returns,
    shipping,
    stock,
)
from orderflow.adapters.sqlite import SqliteStore
from orderflow.runtime.views import OrderView

VAT = pricing.VatRate.parse("23")


def pln(text: str) -> Money:
    """Zlotys."""
    return Money.parse(text, "PLN")


def open_shop(database: Path) -> Shop:
    """A shop that sells mugs, with one courier, paid by transfer or at the door."""
    courier = pricing.DeliveryMethod(code="courier", kind=pricing.DeliveryKind.COURIER, price=pln("14.99"), vat=VAT)
    shop = Shop(SqliteStore(database), seller="Mug Shop", law="PL", tariff=pricing.Tariff((courier,)))
    shop.do(stock.ReceiveStock(sku="MUG", quantity=10, reference="delivery-1"))
    return shop


def new_order(quantity: int) -> orders.PlaceOrder:
    """So many mugs for Ala."""
    mugs = orders.Line(line="1", sku="MUG", name="Mug", quantity=quantity, unit_price=pln("19.99"), vat=VAT)
    home = people.Address(name="Ala Kot", street="Prosta 1", city="Warszawa", postal_code="00-001", country="PL")
    return orders.PlaceOrder(
        lines=(mugs,),
        currency="PLN",
        contact=people.Contact(name="Ala Kot", email="ala@example.com", phone="600 100 200"),
        target=orders.ToAddress(address=home),
        delivery_method="courier",
        payment_method="transfer",
    )


def pay(shop: Shop, order: OrderView) -> OrderView:
    """The transfer has arrived: the whole amount."""
    return shop.do(payments.transfer_received(order.reference, order.due, occurred_at=datetime.now(UTC)))


def send(shop: Shop, order: OrderView) -> OrderView:
    """Pick, pack, book, hand over; the courier delivers."""
    shop.do(shipping.PickLines(order=order.id))
    shop.do(shipping.PackParcel(order=order.id))
    shop.run()
    shop.do(shipping.HandOver(order=order.id, parcel=1, tracking="PL0001"))
    fact = shipping.TrackingFact(status=shipping.TrackingStatus.DELIVERED, occurred_at=datetime.now(UTC))
    return shop.do(shipping.RecordTracking(order=order.id, parcel=1, fact=fact))


def take_back(shop: Shop, order: OrderView, units: Quantities) -> OrderView:
    """The customer withdraws from some units, which come back as good as new."""
    shop.do(returns.DeclareWithdrawal(order=order.id, quantities=units))
    shop.do(returns.ReceiveReturn(order=order.id, return_=1, quantities=units))
    return shop.do(returns.InspectReturn(order=order.id, return_=1, restock=units))


def main() -> None:
    """Play it."""
    with tempfile.TemporaryDirectory() as folder:
        shop = open_shop(Path(folder) / "shop.db")
        order = shop.place(new_order(3), request_id="checkout-1")
        print(order.reference, order.status, order.total)
        print("pay:", shop.perform(order.id).next_step)
        try:
            shop.place(new_order(8))
        except CommandRejected as rejected:
            print("no:", *rejected.reasons)

        order = pay(shop, order)
        print(order.status, "paid", order.paid)
        order = send(shop, order)
        print(order.status, "on", order.parcels[0].delivered_at)
        order = take_back(shop, order, Quantities({"1": 1}))
        print("owed", order.owed, "going back", order.refunding)
        assert order.paid - order.refunding == order.owed
        for entry in shop.history(order.id):
            print(f"{entry.version:3} {entry.name} ({entry.actor})")
        shop.store.close()


if __name__ == "__main__":
    main()
