"""Processes that hand over parcels at once never send the same unit of a lot twice: on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any
from unittest import mock

import pytest
from tests import processes
from tests.processes import long
from tests.workflows.counter import TARIFF, VAT, order_of, pln

from orderflow import CommandRejected, Shop, orders, shipping, stock
from orderflow.lots import LotUnits
from orderflow.ports.store import StoreConflictError
from orderflow.verify import verify

PACKERS = 4


def opened(place: str, rounds: int) -> Shop:
    """The shop as every process opens it: in every round a product of its own."""
    rules = [stock.SalesRule(sku=f"S{turn}", tracked_by=stock.Tracking.LOTS) for turn in range(rounds)]
    return Shop(processes.opened(place), seller="race", tariff=TARIFF, sales_rules=rules)


def prepared(shop: Shop, rounds: int, scanned: str | None) -> list[list[str]]:
    """Of every product one unit of lot A and three of B, and four parcels of one unit that stand at the door."""
    everything = []
    for turn in range(rounds):
        lots = [LotUnits("A", 1, date(2099, 1, 1)), LotUnits("B", 3, date(2099, 1, 2))]
        shop.do(stock.ReceiveStock(sku=f"S{turn}", quantity=4, reference="opening", lots=lots))
        everything.append([packed(shop, f"S{turn}", scanned) for _ in range(PACKERS)])
    return everything


def packed(shop: Shop, sku: str, scanned: str | None) -> str:
    """An order in a parcel."""
    line = orders.Line(line="1", sku=sku, name=sku, quantity=1, unit_price=pln("10.00"), vat=VAT)
    order = shop.place(order_of(lines=(line,), payment_method="cash_on_delivery")).id
    shop.do(shipping.PickLines(order=order))
    shop.do(shipping.PackParcel(order=order, lots={} if scanned is None else {"1": [scanned]}))
    return order


def handed_over(shop: Shop, order: str) -> bool:
    """Whether the parcel has left; the only reason against it is that the lot is gone. Who was too slow tries again."""
    while True:
        try:
            shop.do(shipping.HandOver(order=order, parcel=1))
        except StoreConflictError:
            continue
        except CommandRejected as rejected:
            if any(not isinstance(reason, stock.LotNotThere) for reason in rejected.reasons):
                raise
            return False
        return True


def hand_over_each(number: int, place: str, everything: list[list[str]], gate: Any, results: Any) -> None:
    """Each round's parcel of one's own, when all others hand over theirs; how many left."""
    shop = opened(place, len(everything))
    left = 0
    for parcels in everything:
        gate.wait(processes.PATIENCE)
        left += handed_over(shop, parcels[number])
    results.put(left)
    shop.store.close()


def race(place: str, rounds: int, scanned: str | None, job: Any = hand_over_each) -> tuple[Shop, list[list[str]], int]:
    """The shop afterwards, all orders, and how many parcels left."""
    shop = opened(place, rounds)
    everything = prepared(shop, rounds, scanned)
    gate = processes.CONTEXT.Barrier(PACKERS)
    return shop, everything, sum(processes.gathered(PACKERS, job, place, everything, gate))


def sent(shop: Shop, orders: list[str]) -> Counter[str]:
    """Units by lot that left with these orders."""
    return Counter(one.lot.lot for order in orders for one in shop.order(order).lots)


@pytest.mark.parametrize("rounds", [6, long(250)])
def test_of_the_last_unit_of_a_lot_one_parcel_leaves(place: str, rounds: int) -> None:
    """All four packers scanned it, and three of them cannot have."""
    shop, everything, left = race(place, rounds, "A")
    assert left == rounds
    for turn, parcels in enumerate(everything):
        assert sent(shop, parcels) == {"A": 1}
        assert [(lot.lot, lot.units) for lot in shop.lots(f"S{turn}")] == [("B", 3)]
    assert verify(shop.store) == ()
    shop.store.close()


@pytest.mark.parametrize("rounds", [6, long(250)])
def test_who_comes_too_late_for_a_lot_gets_the_next(place: str, rounds: int) -> None:
    """Nobody scanned anything: all leave, one with what expires first, three with the rest."""
    shop, everything, left = race(place, rounds, None)
    assert left == PACKERS * rounds
    for turn, parcels in enumerate(everything):
        assert sent(shop, parcels) == {"A": 1, "B": 3}
        assert shop.lots(f"S{turn}") == ()
    assert verify(shop.store) == ()
    shop.store.close()


def hand_over_each_unguarded(*arguments: Any) -> None:
    """The same where the counters of lots are written down only: nothing refuses what is not there."""
    from orderflow.stock import _queries

    with mock.patch.object(_queries, "_of_lots", return_value=()):
        hand_over_each(*arguments)


def test_choosing_a_lot_without_a_guard_is_caught(database: str) -> None:
    """Without the moves of lots the same unit leaves with all four parcels, and verification says so."""
    shop, everything, left = race(processes.prepared(database), 3, "A", hand_over_each_unguarded)
    assert left == PACKERS * 3
    assert sent(shop, everything[0]) == {"A": 4}
    assert {violation.invariant for violation in verify(shop.store)} >= {"S2", "S4"}
    shop.store.close()
