"""Several processes on one SQLite file: the last unit is sold once, and a killed process takes nothing with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.workflows.counter import TARIFF, order_of, pln

from orderflow import CommandRejected, Shop, orders, payments, stock
from orderflow.adapters.sqlite import SqliteStore
from orderflow.ports.store import StoreConflictError

VAT = order_of().lines[0].vat
ROUNDS = 25
BUYERS = 4


def one(sku: str) -> orders.PlaceOrder:
    """An order for one unit."""
    line = orders.Line(line="1", sku=sku, name="Last one", quantity=1, unit_price=pln("10.00"), vat=VAT)
    return order_of(lines=(line,), payment_method="cash_on_delivery")


def buy(path: str, results: Any, gate: Any) -> None:
    """Every buyer wants every round's last unit."""
    shop = Shop(SqliteStore(path), seller="race", tariff=TARIFF)
    for number in range(ROUNDS):
        gate.wait()
        try:
            results.put((number, shop.place(one(f"S{number}")).id))
        except CommandRejected:
            results.put((number, None))


def test_the_last_unit_is_sold_once_by_four_processes(tmp_path: Path) -> None:
    """In every round exactly one order is placed, and the others are told why not."""
    path = str(tmp_path / "race.db")
    shop = Shop(SqliteStore(path), seller="race", tariff=TARIFF)
    for number in range(ROUNDS):
        shop.do(stock.ReceiveStock(sku=f"S{number}", quantity=1, reference="opening"))
    context = multiprocessing.get_context("spawn")
    results, gate = context.Queue(), context.Barrier(BUYERS)
    buyers = [context.Process(target=buy, args=(path, results, gate)) for _ in range(BUYERS)]
    for buyer in buyers:
        buyer.start()
    outcomes = [results.get(timeout=120) for _ in range(ROUNDS * BUYERS)]
    for buyer in buyers:
        buyer.join()
    sold = [number for number, order in outcomes if order is not None]
    assert sorted(sold) == list(range(ROUNDS))
    assert {(shop.level(f"S{number}").value, shop.level(f"S{number}").held) for number in range(ROUNDS)} == {(1, 1)}
    shop.store.close()


def pay_forever(path: str, order: str, ready: Any) -> None:
    """Change one order again and again until somebody kills the process."""
    shop = Shop(SqliteStore(path), seller="race", tariff=TARIFF)
    number = 0
    while True:
        number += 1
        shop.do(orders.TagOrder(order=order, add=(f"t{number % 90}",), remove=(f"t{(number - 5) % 90}",)))
        if number == 20:
            ready.set()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
def test_a_process_killed_in_the_middle_leaves_a_whole_order(tmp_path: Path) -> None:
    """Every version that is there is sealed and complete, and the next process goes on at once."""
    path = str(tmp_path / "kill.db")
    store = SqliteStore(path)
    shop = Shop(store, seller="race", tariff=TARIFF)
    shop.do(stock.ReceiveStock(sku="S", quantity=5, reference="opening"))
    order = shop.place(one("S")).id
    context = multiprocessing.get_context("spawn")
    for _ in range(3):
        ready = context.Event()
        victim = context.Process(target=pay_forever, args=(path, order, ready))
        victim.start()
        assert ready.wait(timeout=60)
        os.kill(victim.pid or 0, signal.SIGKILL)
        victim.join()
        assert shop.do(orders.AddNote(order=order, text="still here")).order.note_count
        with store.reading() as transaction:
            assert transaction.streams.broken_link(order) is None
    versions = [entry.version for entry in shop.history(order)]
    assert versions == list(range(1, len(versions) + 1))
    store.close()


def change(path: str, order: str, done: Any) -> None:
    """Twenty commands on the same order as everybody else."""
    shop = Shop(SqliteStore(path), seller="race", tariff=TARIFF)
    conflicts = 0
    for _ in range(20):
        try:
            shop.do(orders.AddNote(order=order, text="me too"))
        except StoreConflictError:
            conflicts += 1
    done.put(conflicts)


def test_processes_that_change_the_same_order_lose_nothing(tmp_path: Path) -> None:
    """Every acknowledged command is in the history; conflicts are decided again, not dropped."""
    path = str(tmp_path / "same.db")
    shop = Shop(SqliteStore(path), seller="race", tariff=TARIFF)
    shop.do(stock.ReceiveStock(sku="S", quantity=5, reference="opening"))
    order = shop.place(one("S")).id
    context = multiprocessing.get_context("spawn")
    done = context.Queue()
    writers = [context.Process(target=change, args=(path, order, done)) for _ in range(3)]
    for writer in writers:
        writer.start()
    conflicts = sum(done.get(timeout=120) for _ in writers)
    for writer in writers:
        writer.join()
    assert shop.order(order).order.note_count == 60 - conflicts
    assert payments.money_in(shop.order(order).file.payments, "PLN") == pln("0.00")
    shop.store.close()
