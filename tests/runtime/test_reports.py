"""What a shop reports is plain text, the same on every store."""

from __future__ import annotations

import pytest
from tests.workflows.counter import Counter, order_of

from orderflow import Shop, stock
from orderflow.adapters.sqlite import SqliteStore
from orderflow.runtime.memory import MemoryStore


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_kinds_of_work_are_plain_text(kind, tmp_path):
    """A report reads alike whatever store the work came from: no enumeration shows in it."""
    counter = Counter()
    store = MemoryStore() if kind == "memory" else SqliteStore(tmp_path / "shop.db")
    shop = Shop(store, seller="Mug Shop", tariff=counter.shop.policy.tariff, clock=counter.clock)
    for sku in ("MUG", "TEAPOT"):
        shop.do(stock.ReceiveStock(sku=sku, quantity=10, reference="opening"))
    shop.place(order_of())
    told = []
    report = shop.run(progress=lambda each, _: told.append(each))
    assert repr(report.done) == "(('send_received', 1), ('start_payment', 1))"
    assert {type(each) for each in told} == {str}
    store.close()
