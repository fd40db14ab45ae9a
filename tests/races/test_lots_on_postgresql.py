"""Two at once want the last unit of a lot on PostgreSQL, statement by statement; what is read of lots is a stop too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from unittest import mock

import pytest
from tests import servers
from tests.processes import long
from tests.workflows.counter import START, TARIFF, VAT, order_of, pln

servers.require_extra()

from orderflow import CommandRejected, Shop, orders, shipping, stock  # noqa: E402
from orderflow.lots import LotUnits  # noqa: E402
from orderflow.ports.store import Store, StoreConflictError  # noqa: E402
from orderflow.stock import SalesRule, Tracking  # noqa: E402
from orderflow.testing.world import CountingIds, VirtualClock  # noqa: E402
from orderflow.verify import verify  # noqa: E402

from . import test_postgresql as statements  # noqa: E402
from .schedule import Turns, some_schedules  # noqa: E402
from .test_postgresql import LEVELS, NO_BUCKETS, Databases, Stepped, databases, raise_first  # noqa: E402

__all__ = ("databases",)

OVER, SOON, LATER = date(2026, 11, 2), date(2026, 11, 5), date(2026, 12, 1)
READS_LOTS = "SELECT counter, SUM"


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


def done(name: str, store: Store, seed: int) -> str:
    """Whether it was accepted, or why not; who lost against the other for good comes again."""
    for again in range(5):
        try:
            ACTS[name](shop_on(store, seed + 10 * again))
        except StoreConflictError:
            continue
        except CommandRejected as rejected:
            return ", ".join(sorted(type(reason).__name__ for reason in rejected.reasons))
        return "accepted"
    return "gave up"


def play(databases: Databases, level: str, pair: tuple[str, str], runs: int) -> Iterator[tuple[list[str], Shop]]:
    """A few runs by chance; what was answered, and the shop afterwards."""
    found: list[tuple[list[str], dict[str, int], int]] = []
    template = databases.prepared("lots", prepare, NO_BUCKETS)
    with databases.stores(template, level, NO_BUCKETS) as fresh:

        def run(turns: Turns) -> None:
            store = fresh()
            honest, dialect = store._dialect, Stepped(turns)
            turns.is_blocked = lambda number: databases.is_blocked(dialect.sessions.get(number))
            store._dialect = dialect
            answers = turns.run(*(lambda n=n, name=name: done(name, store, 1000 * n) for n, name in enumerate(pair, 2)))
            raise_first(answers)
            store._dialect = honest
            assert verify(store) == (), turns.done
            shop = shop_on(store, 9000)
            there = {lot.lot: lot.units for lot in shop.lots("MILK")}
            found.append(([answers[key] for key in sorted(answers)], there, shop.available("MILK")))

        with mock.patch.object(statements, "SHARED", (*statements.SHARED, READS_LOTS)):
            for _ in some_schedules(run, runs):
                pass
    return iter(found)


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
    for answers, there, available in play(databases, level, pair, runs):
        fitting = [end for end in ends if end[0] == answers and end[1] in (None, there) and end[2] == available]
        assert fitting, (answers, there, available)
