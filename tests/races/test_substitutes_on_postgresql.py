"""A substitute is taken on PostgreSQL, statement by statement, while others want the same units or the same order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests import servers
from tests.processes import long
from tests.workflows.counter import START, TARIFF, VAT, order_of, pln

servers.require_extra()

from orderflow import Quantities, Shop, orders, shipping, stock  # noqa: E402
from orderflow.ports.store import Store  # noqa: E402
from orderflow.testing.world import CountingIds, VirtualClock  # noqa: E402

from .by_chance import Race  # noqa: E402
from .test_postgresql import LEVELS, Databases, databases  # noqa: E402

__all__ = ("databases",)

ONE = Quantities({"1": 1})


def shop_on(store: Store, seed: int) -> Shop:
    """The shop as one process has it."""
    return Shop(store, seller="Race", tariff=TARIFF, clock=VirtualClock(START), ids=CountingIds(seed))


def line(name: str, sku: str) -> orders.Line:
    """One unit of something."""
    return orders.Line(line=name, sku=sku, name=sku.title(), quantity=1, unit_price=pln("20.00"), vat=VAT)


def order_by(customer: str, sku: str) -> orders.PlaceOrder:
    """One unit, paid at the door."""
    return order_of(lines=[line("1", sku)], customer=customer, payment_method="cash_on_delivery")


def prepare(store: Store) -> None:
    """Two orders of a mug each, to both of which the only cup was offered instead."""
    shop = shop_on(store, 1)
    shop.do(stock.ReceiveStock(sku="MUG", quantity=2, reference="opening"))
    shop.do(stock.ReceiveStock(sku="CUP", quantity=1, reference="opening"))
    for customer in ("one", "two"):
        order = shop.place(order_by(customer, "MUG")).id
        until = START + timedelta(days=1)
        shop.do(orders.OfferSubstitute(order=order, line="1", units=1, substitute=line("2", "CUP"), until=until))


def of(shop: Shop, customer: str) -> str:
    """A customer's order."""
    return shop.orders(customer=customer)[0].id


def take(customer: str) -> Callable[[Shop], Any]:
    """The customer's yes."""
    return lambda shop: shop.do(orders.AcceptSubstitute(order=of(shop, customer), number=1))


ACTS: dict[str, Callable[[Shop], Any]] = {
    "take": take("one"),
    "take again": take("one"),
    "take the other": take("two"),
    "decline": lambda shop: shop.do(orders.DeclineSubstitute(order=of(shop, "one"), number=1)),
    "cancel": lambda shop: shop.do(orders.CancelOrder(order=of(shop, "one"))),
    "wait": lambda shop: shop.do(shipping.ReportShortPick(order=of(shop, "one"), quantities=ONE, wait=True)),
    "buy the cup": lambda shop: shop.place(order_by("three", "CUP")),
    "buy a mug": lambda shop: shop.place(order_by("three", "MUG")),
}
RACE = Race(name="substitutes", open=shop_on, prepare=prepare, acts=ACTS)
BOTH, FIRST, SECOND = ["accepted", "accepted"], ["accepted", "OutOfStock"], ["OutOfStock", "accepted"]


@pytest.mark.parametrize("runs", [2, long(40)])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("pair", "ends"),
    [
        (("take", "take the other"), [(FIRST, 1, 1), (SECOND, 1, 1)]),
        (("take", "take again"), [(BOTH, 1, 1)]),
        (("take", "buy the cup"), [(FIRST, 1, 1), (SECOND, 1, 2)]),
        (("take", "buy a mug"), [(BOTH, 1, 2), (FIRST, 1, 1)]),
        (("take", "cancel"), [(BOTH, 0, 1), (["TooManyUnits, WrongStage", "accepted"], 0, 1)]),
        (("take", "decline"), [(["accepted", "SubstituteAnswered"], 1, 1), (["SubstituteAnswered", "accepted"], 0, 2)]),
        (("take", "wait"), [(["accepted", "ExceedsToShip"], 1, 1), (BOTH, 1, 1)]),
    ],
    ids=lambda value: " and ".join(value) if isinstance(value, tuple) else None,
)
def test_what_was_offered_is_taken_once_and_only_where_it_is_there(
    databases: Databases, level: str, pair: tuple[str, str], ends: list[tuple[list[str], int, int]], runs: int
) -> None:
    """Whatever comes in between, cups and mugs are held as if one had come after the other."""
    for answers, shop in RACE.play(databases, level, pair, runs):
        assert (answers, shop.level("CUP").held, shop.level("MUG").held) in ends
