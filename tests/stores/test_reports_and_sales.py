"""A warehouse reports while orders are placed and sent, each in threads of their own, on real stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Event
from typing import TypeVar

import pytest
from tests.workflows.counter import TARIFF, order_of

from orderflow import Shop, shipping, stock
from orderflow.adapters.sql import SqlStore
from orderflow.adapters.sqlite import SqliteStore
from orderflow.counters import Level
from orderflow.ports.store import Store, StoreConflictError
from orderflow.runtime.world import SystemClock
from orderflow.verify import verify

T = TypeVar("T")
THERE, SALES = 1000, 60


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store of each kind."""
    if request.param == "sqlite":
        yield (file := SqliteStore(tmp_path / "shop.db"))
        file.close()
    else:
        server = SqlStore(request.getfixturevalue("database"))
        server.migrate()
        yield server
        server.close()


def until_done(act: Callable[[], T]) -> T:
    """Again and again, while others are faster."""
    while True:
        try:
            return act()
        except StoreConflictError:
            pass


def test_no_sale_is_lost_or_counted_twice_while_reports_race_with_it(store: Store) -> None:
    """Reports are overtaken by parcels of orders that only the next one knows; in the end every unit is found."""
    shop = Shop(store, seller="Mug Shop", tariff=TARIFF)
    shop.do(stock.ReceiveStock(sku="MUG", quantity=THERE, reference="opening"))
    shop.do(stock.ReceiveStock(sku="TEAPOT", quantity=THERE, reference="opening"))
    placed: list[str] = []
    heard: list[int] = [0]
    is_over = Event()

    def sell() -> None:
        order = until_done(lambda: shop.place(order_of(payment_method="cash_on_delivery")))
        placed.append(order.id)

    def ship(order: str) -> None:
        for command in (shipping.PickLines, shipping.PackParcel, partial(shipping.HandOver, parcel=1)):
            until_done(partial(shop.do, command(order=order)))

    def send() -> int:
        sent = 0
        while not is_over.is_set():
            if sent < heard[-1]:
                ship(placed[sent])
                sent += 1
        return sent

    def look(sequence: int) -> stock.ReportLevel:
        heard.append(max(len(placed) - 3, 0))
        return stock.ReportLevel(
            sku="MUG",
            level=THERE - 2 * heard[-1],
            sequence=sequence,
            as_of=SystemClock().now(),
            seen=tuple(f"{order}-w1" for order in placed[: heard[-1]]),
        )

    def report() -> int:
        on_its_way = [look(1)]
        while not is_over.is_set():
            on_its_way.append(look(on_its_way[-1].sequence + 1))
            until_done(partial(shop.do, on_its_way[-2]))
        return len(on_its_way)

    with ThreadPoolExecutor() as pool:
        sender, reporter = pool.submit(send), pool.submit(report)
        for sale in [pool.submit(sell) for _ in range(SALES)]:
            sale.result()
        is_over.set()
    last = look(reporter.result() + 1)
    for order in placed[sender.result() :]:
        ship(order)
    assert shop.do(last) == Level(THERE - 2 * SALES, 0)
    assert verify(store) == ()
