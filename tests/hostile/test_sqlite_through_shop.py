"""A broken, full or foreign file under a shop: the error says what to do, and nothing is lost or done twice."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.workflows.counter import TARIFF, order_of, pln

from orderflow import Quantities, Shop, orders, payments, stock
from orderflow.adapters.sqlite import SqliteStore
from orderflow.ports.store import StoreError
from orderflow.verify import verify


def opened(path: Path) -> tuple[SqliteStore, Shop]:
    """A shop with a hundred of everything on a file."""
    store = SqliteStore(path)
    shop = Shop(store, seller="Mug Shop", tariff=TARIFF)
    for sku in ("MUG", "TEAPOT"):
        shop.do(stock.ReceiveStock(sku=sku, quantity=100, reference="opening"))
    return store, shop


def limit_pages(store: SqliteStore, more: int) -> None:
    """Leave room for so many pages only."""
    with store.begin() as transaction:
        (pages,) = transaction.connection.execute("PRAGMA page_count").fetchone()
        transaction.connection.execute(f"PRAGMA max_page_count = {pages + more}")


def test_a_full_disk_refuses_an_order_whole_and_the_retry_places_it_once(tmp_path: Path) -> None:
    """The error says what to do; after room is made the same request is answered, and there is one order."""
    store, shop = opened(tmp_path / "orders.db")
    big = order_of(notes=("n" * 2000,) * 20, extras={f"k{number}": "v" * 2000 for number in range(20)})
    limit_pages(store, 0)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"disk is full.*nothing of this transaction was stored.*Make room"):
            shop.place(big, request_id="checkout-1")
        assert shop.orders() == ()
        assert (shop.level("MUG").value, shop.level("MUG").held) == (100, 0)
    limit_pages(store, 10_000)
    placed = shop.place(big, request_id="checkout-1")
    assert shop.place(big, request_id="checkout-1").id == placed.id
    assert [row.id for row in shop.orders()] == [placed.id]
    assert shop.level("MUG").held == 2
    assert list(verify(store)) == []
    store.close()


def test_a_full_disk_while_a_worker_works_loses_no_work(tmp_path: Path) -> None:
    """What could not be recorded is done once there is room."""
    store, shop = opened(tmp_path / "orders.db")
    order = shop.place(order_of()).id
    limit_pages(store, 0)
    with pytest.raises(StoreError, match="Make room"):  # noqa: PT012 - until the last free byte is used
        for number in range(1000):
            shop.do(orders.AddNote(order=order, text=f"{number} " + "n" * 1900))
    notes = shop.order(order).order.note_count
    limit_pages(store, 10_000)
    shop.do(payments.transfer_received(order, pln("114.97"), occurred_at=shop.order(order).order.placed_at, attempt=1))
    assert shop.run().parked == 0
    assert shop.order(order).paid == pln("114.97")
    assert shop.order(order).order.note_count == notes
    store.close()


@pytest.mark.parametrize("path", [None, 7, b"orders.db", "", ":memory:", "a\0b", ["orders.db"], object()])
def test_what_is_no_path_is_refused(path: Any) -> None:
    """Before anything is created."""
    with pytest.raises(StoreError):
        SqliteStore(path)


def test_a_closed_store_opens_again_under_the_shop(tmp_path: Path) -> None:
    """Nothing is lost by closing early."""
    store, shop = opened(tmp_path / "orders.db")
    order = shop.place(order_of()).id
    store.close()
    assert shop.order(order).remaining == Quantities({"1": 2, "2": 1})
    store.close()
    assert shop.place(order_of()).id != order
    store.close()


@pytest.mark.parametrize("damage", ["foreign", "newer", "truncated", "garbage"])
def test_a_file_that_will_not_do_is_said_and_left_alone(tmp_path: Path, damage: str) -> None:
    """A shop on it neither starts nor changes a byte."""
    path = tmp_path / "orders.db"
    if damage == "foreign":
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE orders (id)")
        other.close()
    elif damage == "garbage":
        path.write_bytes(b"\xde\xad" * 10_000)
    else:
        store, shop = opened(path)
        for _ in range(5):
            shop.place(order_of())
        store.close()
        if damage == "newer":
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("UPDATE meta SET value = 99")
            other.execute("PRAGMA journal_mode = DELETE")
            other.close()
        else:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    before = path.read_bytes()
    words = {
        "foreign": "another",
        "newer": "Upgrade",
        "truncated": "restore a backup",
        "garbage": "not an SQLite database",
    }
    with pytest.raises(StoreError, match=words[damage]):
        opened(path)[1].place(order_of())
    if damage != "truncated":
        assert path.read_bytes() == before


def test_a_file_that_breaks_under_a_running_shop_is_said(tmp_path: Path) -> None:
    """Not as an error of SQLite, and not as an order that is half there."""
    path = tmp_path / "orders.db"
    store, shop = opened(path)
    for _ in range(5):
        shop.place(order_of())
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    for attempt in (lambda: shop.place(order_of()), shop.orders, shop.run, lambda: shop.level("MUG")):
        with pytest.raises(StoreError, match="restore a backup"):
            attempt()
