"""
A shop of its own on Django, with orders of orderflow in the same transactions.

    python examples/django_host.py postgresql://user@host/name

The host keeps baskets in a model of its own. A basket becomes an order inside ``transaction.atomic()``: the basket is
saved, and the order is placed with its stock. Where anything goes wrong, neither has happened.
"""

from __future__ import annotations

import sys
from typing import Any

import django
from django.conf import settings
from sqlalchemy import make_url

from orderflow import CommandRejected, Money, Shop, orders, people, pricing, stock
from orderflow.adapters.sql import SqlStore
from orderflow.ports.store import HostConflictError
from orderflow.runtime.views import OrderView

VAT = pricing.VatRate.parse("23")
COURIER = pricing.DeliveryMethod(
    code="courier", kind=pricing.DeliveryKind.COURIER, price=Money.parse("14.99", "PLN"), vat=VAT
)
HOME = people.Address(name="Ala Kot", street="Prosta 1", city="Warszawa", postal_code="00-001", country="PL")


def order_of(mugs: int) -> orders.PlaceOrder:
    """So many mugs, in orderflow's words."""
    price = Money.parse("19.99", "PLN")
    line = orders.Line(line="1", sku="MUG", name="Mug", quantity=mugs, unit_price=price, vat=VAT)
    return orders.PlaceOrder(
        lines=(line,),
        currency="PLN",
        contact=people.Contact(name="Ala Kot", email="ala@example.com"),
        target=orders.ToAddress(address=HOME),
        delivery_method="courier",
        payment_method="transfer",
    )


def check_out(shop: Shop, baskets: Any, basket_id: int) -> OrderView:
    """Save the basket and place its order, both or neither. A conflict takes both back, and both begin anew."""
    from django.db import connection, transaction

    for tries_left in reversed(range(3)):
        try:
            with transaction.atomic():  # pyright: ignore[reportGeneralTypeIssues]  Django says too little of it
                basket = baskets.objects.select_for_update().get(pk=basket_id)
                order = shop.within(connection).place(order_of(basket.mugs), request_id=f"basket-{basket_id}")
                basket.order = order.id
                basket.save()
        except HostConflictError:
            if not tries_left:
                raise
        else:
            shop.perform(order.id)  # partners are called afterwards, outside of the transaction
            return order
    raise AssertionError("one try at least")


def configure(url: str) -> None:
    """What your settings module does."""
    place = make_url(url)
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": place.database,
                "USER": place.username,
                "PASSWORD": place.password,
                "HOST": place.host or place.query.get("host", ""),
                "PORT": place.port or "",
            }
        }
    )
    django.setup()


def main(url: str) -> None:
    """Two baskets: one becomes an order, the other is too large, and stays a basket."""
    configure(url)
    from django.db import connection, models

    class Basket(models.Model):  # type: ignore[misc]
        mugs = models.IntegerField()
        order = models.CharField(max_length=40, default="")

        class Meta:
            app_label = "baskets"

        def __str__(self) -> str:
            return f"{self.mugs} mugs"

    baskets: Any = Basket  # Django gives it its objects

    with connection.schema_editor() as editor:
        editor.create_model(Basket)
    # The store's own engine is for what happens outside of your transactions: reading, performing, the worker.
    store = SqlStore(url)
    store.migrate()
    shop = Shop(store, seller="Mug Shop", tariff=pricing.Tariff((COURIER,)))
    shop.do(stock.ReceiveStock(sku="MUG", quantity=10, reference="delivery-1"))

    first, second = baskets.objects.create(mugs=2), baskets.objects.create(mugs=99)
    order = check_out(shop, Basket, first.pk)
    try:
        check_out(shop, Basket, second.pk)
    except CommandRejected as rejected:
        print("basket 2:", rejected.reasons)

    assert list(baskets.objects.order_by("pk").values_list("order", flat=True)) == [order.id, ""]
    assert shop.level("MUG").available == 8
    print("basket 1:", shop.order(order.id))
    connection.close()
    store.close()


if __name__ == "__main__":
    main(sys.argv[1])
