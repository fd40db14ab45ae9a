"""Two at once want the last unit of a lot on PostgreSQL, statement by statement; what is read of lots is a stop too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from tests import servers
from tests.processes import long
from tests.workflows.counter import START, TARIFF, VAT, order_of, pln

servers.require_extra()

from orderflow import Shop, orders, shipping, stock  # noqa: E402
from orderflow.lots import LotUnits  # noqa: E402
from orderflow.ports.store import Store  # noqa: E402
from orderflow.stock import SalesRule, Tracking  # noqa: E402
from orderflow.testing.world import CountingIds, VirtualClock  # noqa: E402

from .by_chance import Race  # noqa: E402
from .test_postgresql import LEVELS, Databases, databases  # noqa: E402

__all__ = ("databases",)

OVER, SOON, LATER = date(2026, 11, 2), date(2026, 11, 5), date(2026, 12, 1)


def shop_on(store: Store, seed: int) -> Shop:
    """The shop as one process has it, a day after the first lot expired."""
    rules = [SalesRule(sku="MILK", tracked_by=Tracking.LOTS)]
    clock = VirtualClock(START + timedelta(days=0 if seed == 1 else 1))
    return Shop(store, seller="Race", tariff=TARIFF, clock=clock, ids=CountingIds(seed), sales_rules=rules)


def order_of_one(customer: str) -> orders.PlaceOrder:
    """A pint, paid at the door."""
    line = orders.Line(line="1", sku="MILK", name="Milk", quantity=1, unit_price=pln("3.00"), vat=VAT)
    return order_of(lines=[line], customer=customer, payment_method="cash_on_delivery")


def prepare(store: Store) -> None:
    """Two expired pints, one that expires soon, two that last; and two orders in parcels, of which one was scanned."""
    shop = shop_on(store, 1)
    lots = [LotUnits("O", 2, OVER), LotUnits("A", 1, SOON), LotUnits("B", 2, LATER)]
    shop.do(stock.ReceiveStock(sku="MILK", quantity=5, reference="opening", lots=lots))
    for customer, scanned in (("one", {}), ("two", {}), ("scanned", {"1": ["A"]})):
        order = shop.place(order_of_one(customer)).id
        shop.do(shipping.PickLines(order=order))
        shop.do(shipping.PackParcel(order=order, lots=scanned))


def hand_over(customer: str) -> Callable[[Shop], Any]:
    """A customer's parcel leaves."""
    return lambda shop: shop.do(shipping.HandOver(order=shop.orders(customer=customer)[0].id, parcel=1))


ACTS: dict[str, Callable[[Shop], Any]] = {
    "one": hand_over("one"),
    "two": hand_over("two"),
    "scanned": hand_over("scanned"),
    "throw away": lambda shop: shop.do(stock.AdjustStock(sku="MILK", delta=-2, reason="expired", reference="bin")),
    "receive": lambda shop: shop.do(
        stock.ReceiveStock(sku="MILK", quantity=1, reference="new", lots=[LotUnits("C", 1, LATER)])
    ),
    "place": lambda shop: shop.place(order_of_one("third")),
    "place another": lambda shop: shop.place(order_of_one("fourth")),
}


RACE = Race(name="lots", open=shop_on, prepare=prepare, acts=ACTS, stops=("SELECT counter, SUM",))


@pytest.mark.parametrize("runs", [2, long(40)])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("pair", "ends"),
    [
        (("one", "two"), [(["accepted", "accepted"], {"O": 2, "B": 1}, 0)]),
        (
            ("one", "scanned"),
            [
                (["accepted", "accepted"], {"O": 2, "B": 1}, 0),
                (["accepted", "LotNotThere"], {"O": 2, "B": 2}, 0),
            ],
        ),
        (("place", "receive"), [(["accepted", "accepted"], None, 0), (["OutOfStock", "accepted"], None, 1)]),
        (("place", "throw away"), [(["OutOfStock", "accepted"], {"A": 1, "B": 2}, 0)]),
        (("place", "place another"), [(["OutOfStock", "OutOfStock"], None, 0)]),
    ],
    ids=lambda value: " and ".join(value) if isinstance(value, tuple) else None,
)
def test_no_unit_of_a_lot_leaves_twice_and_nothing_expired_is_sold(
    databases: Databases, level: str, pair: tuple[str, str], ends: list[tuple[list[str], Any, int]], runs: int
) -> None:
    """Whatever comes in between, it ends as if one had come after the other."""
    for answers, shop in RACE.play(databases, level, pair, runs):
        there = {lot.lot: lot.units for lot in shop.lots("MILK")}
        available = shop.available("MILK")
        fitting = [end for end in ends if end[0] == answers and end[1] in (None, there) and end[2] == available]
        assert fitting, (answers, there, available)
