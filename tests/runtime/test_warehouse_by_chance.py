"""
Stock in somebody else's house, while everything goes wrong by chance: calls, workers, customers, other channels.

In the end nothing is under way, both books agree, and no unit was made or lost.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from tests.dying import Died, DyingStore, Fuse
from tests.workflows.counter import order_of

from orderflow import CommandRejected, Quantities, orders, shipping, stock
from orderflow.counters import Level
from orderflow.orders import OrderStage
from orderflow.ports.store import StoreConflictError
from orderflow.stock import ReservationStage
from orderflow.testing import Fault
from orderflow.verify import verify

from .test_warehouse import IN_THE_HOUSE, Depot, line_of

FAULTS = (Fault.LOST_REPLY, Fault.TIMED_OUT, Fault.UNKNOWN, Fault.REFUSED)
METHODS = ("reserve", "lookup", "confirm", "release", "levels")
STEPS = 40


class Chaos:
    """A shop and a house, and what truly came into the house."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.depot = Depot(lookup=self.chance.random() < 0.7)
        self.there = dict(IN_THE_HOUSE)
        self.orders: list[str] = []
        self.requests = 0

    def step(self) -> None:
        """Something happens; now and then the process dies in it, and another one goes on."""
        act = self.chance.choice(ACTS)
        fuse = Fuse(self.chance.randrange(60) if self.chance.random() < 0.2 else 10**9)
        self.depot.shop = self.depot.opened(DyingStore(self.depot.store, fuse))
        try:
            act(self)
        except (CommandRejected, Died, StoreConflictError, OSError):
            pass
        finally:
            self.depot.shop = self.depot.opened(self.depot.store)

    def order(self) -> str:
        """One of the last orders."""
        while not self.orders:
            place(self)
        return self.chance.choice(self.orders[-5:])

    def come_to_rest(self) -> None:
        """Nothing goes wrong any more, and everybody has time."""
        for _ in range(8):
            self.depot.later(hours=3)
            with suppress(OSError):
                self.depot.shop.book_levels("main")


def place(chaos: Chaos) -> None:
    """An order, under a request id; who dies in it asks again."""
    lines = [
        line_of(sku, chaos.chance.choice((1, 1, 2, 4))) for sku in ("MUG", "TEAPOT") if chaos.chance.random() < 0.7
    ]
    numbered = [orders.Line(**{**fields(line), "line": str(number)}) for number, line in enumerate(lines, start=1)]
    if not numbered:
        return
    chaos.requests += 1
    request = f"r-{chaos.requests}"
    try:
        order = chaos.depot.shop.place(order_of(lines=numbered), request_id=request).id
    except Died:
        chaos.depot.shop = chaos.depot.opened(chaos.depot.store)
        order = chaos.depot.shop.place(order_of(lines=numbered), request_id=request).id
    chaos.orders.append(order)


def fields(line: orders.Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in ("sku", "name", "quantity", "unit_price", "vat")}


def pay(chaos: Chaos) -> None:
    order = chaos.order()
    if chaos.depot.view(order).file.payments.attempts:
        chaos.depot.pay(order)


def cancel(chaos: Chaos) -> None:
    chaos.depot.shop.do(orders.CancelOrder(order=chaos.order(), cause="customer"))


def cancel_a_part(chaos: Chaos) -> None:
    order = chaos.order()
    remaining = chaos.depot.view(order).remaining
    if remaining:
        line = chaos.chance.choice([name for name, _ in remaining])
        chaos.depot.shop.do(orders.CancelLines(order=order, quantities=Quantities({line: 1})))


def short_pick(chaos: Chaos) -> None:
    order = chaos.order()
    left = chaos.depot.view(order).remaining - chaos.depot.view(order).file.shipping.picked
    if left and chaos.depot.view(order).order.stage is OrderStage.CONFIRMED:
        line = chaos.chance.choice([name for name, _ in left])
        chaos.depot.shop.do(shipping.ReportShortPick(order=order, quantities=Quantities({line: 1})))


def ship(chaos: Chaos) -> None:
    chaos.depot.ship(chaos.order())


def hold_again(chaos: Chaos) -> None:
    order = chaos.order()
    view = chaos.depot.view(order)
    demand = Quantities((line.sku, view.remaining[line.line]) for line in view.order.lines)
    if view.order.stage in (OrderStage.RECEIVED, OrderStage.VERIFIED, OrderStage.CONFIRMED) and demand:
        chaos.depot.shop.do(stock.HoldStock(order=order, demand=demand))


def others_trade(chaos: Chaos) -> None:
    """A delivery arrives in the house, or another channel sells what is free."""
    sku = chaos.chance.choice(tuple(IN_THE_HOUSE))
    units = max(chaos.chance.choice((5, 2, -1, -3)), -chaos.depot.warehouse.books.free(sku))
    chaos.depot.warehouse.receives(sku, units)
    chaos.there[sku] += units


def a_call_goes_wrong(chaos: Chaos) -> None:
    chaos.depot.warehouse.fail_next(chaos.chance.choice(METHODS), chaos.chance.choice(FAULTS))


def work(chaos: Chaos) -> None:
    chaos.depot.later(minutes=chaos.chance.choice((0, 1, 10, 90)))


def report(chaos: Chaos) -> None:
    chaos.depot.clock.advance(timedelta(seconds=1))
    chaos.depot.shop.book_levels("main")


ACTS: tuple[Callable[[Chaos], Any], ...] = (
    place, place, place, pay, pay, cancel, cancel_a_part, short_pick, ship, hold_again, others_trade,
    a_call_goes_wrong, a_call_goes_wrong, work, work, work, report,
)  # fmt: skip


def played(seed: int) -> Chaos:
    """A run, at rest."""
    chaos = Chaos(seed)
    for _ in range(STEPS):
        chaos.step()
    chaos.come_to_rest()
    return chaos


def check(chaos: Chaos) -> None:
    """Both books agree, with each other and with what truly happened."""
    depot, house = chaos.depot, chaos.depot.warehouse.books
    assert verify(depot.store) == ()
    known = {}
    for order in chaos.orders:
        for one in depot.view(order).file.stock.reservations:
            reference = f"{order}-w{one.number}"
            known[reference] = one
            kept = one.kept if one.stage is ReservationStage.RESERVED else Quantities()
            assert one.stage is not ReservationStage.ASKED or not one.kept, f"{reference} was never answered"
            assert house.kept(reference) == kept, f"{reference}: {one}, the house keeps {house.kept(reference)}"
    for kept in house.reservations():
        assert kept.reference in known or not kept.kept, f"{kept} is nobody's"
    for sku, units in chaos.there.items():
        in_the_house = house.free(sku) + sum(each.kept[sku] for each in house.reservations())
        assert in_the_house == units, f"{sku}: {in_the_house} in the house's book, {units} truly"
        held = sum(depot.view(order).file.stock.open[sku] for order in chaos.orders)
        assert depot.shop.level(sku) == Level(house.free(sku) + held, held), sku


@pytest.mark.parametrize("seed", range(40))
def test_both_books_agree_in_the_end(seed: int) -> None:
    """Forty things happen; the long test plays more."""
    check(played(seed))


@pytest.mark.long
def test_both_books_agree_in_the_end_of_many_runs() -> None:
    """A thousand runs."""
    for seed in range(1000, 2000):
        try:
            check(played(seed))
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise
