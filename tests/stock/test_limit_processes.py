"""Processes that buy at once never exceed a limit together, and leave nothing unsold: on SQLite and on PostgreSQL."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from tests import servers
from tests.workflows.counter import TARIFF, VAT, order_of, pln

from orderflow import CommandRejected, Shop, orders
from orderflow.adapters.sqlite import SqliteStore
from orderflow.ports.store import Store, StoreConflictError
from orderflow.stock import CustomerLimitReached, OutOfStock, ReceiveStock, SalesRule, item_id
from orderflow.verify import verify

BUYERS = 4
ROUNDS = 6
KINDS = ("owed", "safe", "kept", "each")
RULES = [
    rule
    for number in range(ROUNDS)
    for rule in (
        SalesRule(sku=f"owed-{number}", backorder=2),
        SalesRule(sku=f"safe-{number}", safety=1),
        SalesRule(sku=f"kept-{number}", kept_for={"market": 2}),
        SalesRule(sku=f"each-{number}", per_customer=2),
    )
]


def opened(place: str) -> Store:
    """The store as every process opens it."""
    if "postgresql" not in place:
        return SqliteStore(place)
    from orderflow.adapters.sql import SqlStore

    url, _, buckets = place.partition("#")
    return SqlStore(url, buckets=dict.fromkeys((item_id(rule.sku) for rule in RULES), int(buckets or 1)))


def shop_of(store: Store) -> Shop:
    """The shop as every process has it."""
    return Shop(store, seller="Mug Shop", tariff=TARIFF, sales_rules=RULES)


def one_of(sku: str) -> orders.PlaceOrder:
    """An order of one unit, by a customer who would wait for it."""
    waits = sku.startswith("owed")
    line = orders.Line(line="1", sku=sku, name=sku, quantity=1, unit_price=pln("9.00"), vat=VAT, backorder=waits)
    return order_of(lines=(line,), payment_method="cash_on_delivery", customer="c-1")


def bought(shop: Shop, sku: str) -> str | None:
    """An order's id, or what is wrong; None where the limit is reached. Whoever was only too slow tries again."""
    while True:
        try:
            return shop.place(one_of(sku)).id
        except StoreConflictError:
            continue
        except CommandRejected as rejected:
            wrong = [reason for reason in rejected.reasons if not isinstance(reason, OutOfStock | CustomerLimitReached)]
            return repr(wrong) if wrong else None


def buy(place: str, results: Any, gate: Any) -> None:
    """Every buyer wants one of everything in each round."""
    store = opened(place)
    shop = shop_of(store)
    for number in range(ROUNDS):
        for kind in KINDS:
            gate.wait()
            results.put((kind, number, bought(shop, f"{kind}-{number}")))
    store.close()


@pytest.fixture(params=["sqlite", "postgresql", "buckets"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the store is."""
    if request.param == "sqlite":
        return str(tmp_path / "race.db")
    if (reason := servers.missing()) and not servers.is_required():
        pytest.skip(reason)
    from orderflow.adapters.sql import SqlStore

    url: str = request.getfixturevalue("database")
    store = SqlStore(url)
    store.migrate()
    store.close()
    return f"{url}#3" if request.param == "buckets" else url


def test_four_processes_never_exceed_a_limit_together(place: str) -> None:
    """Two may be owed, one stays of three, two are kept of four, two are for each customer: two orders of each kind."""
    store = opened(place)
    shop = shop_of(store)
    for number in range(ROUNDS):
        shop.do(ReceiveStock(sku=f"safe-{number}", quantity=3, reference="opening"))
        shop.do(ReceiveStock(sku=f"kept-{number}", quantity=4, reference="opening"))
        shop.do(ReceiveStock(sku=f"each-{number}", quantity=9, reference="opening"))
    context = multiprocessing.get_context("spawn")
    results, gate = context.Queue(), context.Barrier(BUYERS)
    buyers = [context.Process(target=buy, args=(place, results, gate)) for _ in range(BUYERS)]
    for buyer in buyers:
        buyer.start()
    outcomes = [results.get(timeout=120) for _ in range(len(KINDS) * ROUNDS * BUYERS)]
    for buyer in buyers:
        buyer.join()
    placed = sorted((kind, number) for kind, number, order in outcomes if order is not None)
    assert placed == sorted((kind, number) for kind in KINDS for number in range(ROUNDS) for _ in range(2))
    assert verify(store) == ()
    store.close()
