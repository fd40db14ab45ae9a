"""Promotions from the basket to the refund, through the front door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import attrs

from orderflow import Shop, orders, pricing
from orderflow.money import Money
from orderflow.people import Address, Contact
from orderflow.pricing import (
    Basket,
    BasketLine,
    Between,
    DeliveryKind,
    DeliveryMethod,
    InGroup,
    OrderPercent,
    Percent,
    Promotion,
    Promotions,
    Tariff,
    VatRate,
)
from orderflow.quantities import Quantities
from orderflow.runtime.memory import MemoryStore
from orderflow.stock import ReceiveStock
from orderflow.testing.world import CountingIds, VirtualClock

STANDARD = VatRate(2300)
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
TENTH = Promotion(id="tenth", benefit=OrderPercent(percent=Percent.parse("10")))
FRIENDS = Promotion(
    id="friends", benefit=OrderPercent(percent=Percent.parse("5")), condition=InGroup(["friends"]), priority=-1
)
SALE = attrs.evolve(TENTH, condition=Between(starts=START + timedelta(hours=1)))


def pln(text: str) -> Money:
    return Money.parse(text, "PLN")


def shop(*promotions: Promotion, clock: VirtualClock | None = None) -> Shop:
    courier = DeliveryMethod(code="courier", kind=DeliveryKind.COURIER, price=pln("10.00"), vat=STANDARD)
    opened = Shop(
        MemoryStore(),
        seller="Kubek sp. z o.o.",
        tariff=Tariff([courier]),
        promotions=Promotions(promotions),
        clock=clock or VirtualClock(START),
        ids=CountingIds(),
    )
    opened.do(ReceiveStock(sku="MUG", quantity=10, reference="delivery-1"))
    return opened


def order(quantity: int = 3, **changes: object) -> orders.PlaceOrder:
    line = orders.Line(line="1", sku="MUG", name="Mug", quantity=quantity, unit_price=pln("19.99"), vat=STANDARD)
    placed = orders.PlaceOrder(
        lines=[line],
        currency="PLN",
        contact=Contact(name="Jan Kowalski", email="jan@example.com", phone="+48 600 700 800"),
        target=orders.ToAddress(
            address=Address(name="Jan Kowalski", street="Prosta 1", city="Warszawa", postal_code="00-838", country="PL")
        ),
        delivery_method="courier",
        payment_method="cash_on_delivery",
    )
    return attrs.evolve(placed, **changes)


def test_what_was_quoted_is_what_is_placed() -> None:
    """The same promotions, the same moment, the same coins."""
    at = shop(TENTH, FRIENDS)
    friend = pricing.Circumstances(customer_groups=["friends"])
    line = BasketLine(line="1", sku="MUG", quantity=3, unit_price=pln("19.99"), vat=STANDARD, price_includes_vat=True)
    quote = at.quote(
        Basket(currency="PLN", lines=[line], delivery_method="courier", country="PL", circumstances=friend)
    )
    view = at.place(order(circumstances=friend))
    assert view.total == quote.total == pln("61.27")  # 59.97 less 6.00 less 2.70, and the courier
    assert view.order.quote.promotions == quote.promotions


def test_a_promotion_is_judged_by_the_shops_clock() -> None:
    """It starts between two orders."""
    clock = VirtualClock(START)
    at = shop(SALE, clock=clock)
    before = at.place(order())
    clock.advance(timedelta(hours=1))
    after = at.place(order())
    assert (before.total, after.total) == (pln("69.97"), pln("63.97"))


def test_a_cancelled_unit_takes_its_share_of_the_discount_with_it() -> None:
    """Unit by unit and in any order, what is credited comes to what the goods cost."""
    at = shop(TENTH)
    view = at.place(order())
    totals = [view.total]
    for _ in range(3):
        at.do(orders.CancelLines(order=view.reference, quantities=Quantities({"1": 1})))
        totals.append(at.order(view.reference).owed)
    assert [one - other for one, other in pairwise(totals)] == [
        pln("17.99"), pln("17.99"), pln("27.99"),
    ]  # fmt: skip
    assert totals[-1] == pln("0.00")


def test_what_was_pinned_is_not_priced_again() -> None:
    """Promotions that end, change or begin later leave an order alone."""
    at = shop(TENTH)
    view = at.place(order())
    at.policy = attrs.evolve(at.policy, promotions=Promotions([attrs.evolve(TENTH, benefit=FRIENDS.benefit)]))
    at.do(orders.CancelLines(order=view.reference, quantities=Quantities({"1": 1})))
    assert at.order(view.reference).owed == view.total - pln("17.99")
