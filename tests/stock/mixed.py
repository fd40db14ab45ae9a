"""A shop with every limit at once: a hot item in buckets, safety stock, backorders, so many for each customer."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence

from tests.processes import CONTEXT
from tests.workflows.counter import TARIFF, VAT, order_of, pln

from orderflow import CommandRejected, Shop, orders
from orderflow.ports.store import Store, StoreError
from orderflow.stock import CustomerLimitReached, OutOfStock, ReceiveStock, SalesRule, item_id
from orderflow.verify import verify

RULES = (
    SalesRule(sku="HOT", safety=5),
    SalesRule(sku="OWED", backorder=3),
    SalesRule(sku="EACH", per_customer=2),
)
RECEIVED = {"HOT": 105, "OWED": 20, "EACH": 100, "PLAIN": 40}
SOLD = {"HOT": 100, "OWED": 23, "EACH": 10, "PLAIN": 40}
"""Five stay, three may be owed, five customers have two each, and there are no more."""
BUCKETS = {item_id("HOT"): 4}
BUYERS = 5
Open = Callable[[], Store]


def shop_of(store: Store) -> Shop:
    """The shop as every process has it."""
    return Shop(store, seller="Mug Shop", tariff=TARIFF, sales_rules=RULES)


def buy(number: int, opened: Open) -> None:
    """Try all items in turn, until of each nobody may have one more."""
    shop, left = shop_of(opened()), {(sku, f"c-{customer}") for sku in SOLD for customer in range(5)}
    while left:
        for sku, customer in sorted(left, key=lambda each: hash((each, number))):
            line = orders.Line(
                line="1", sku=sku, name=sku, quantity=1, unit_price=pln("9.00"), vat=VAT, backorder=sku == "OWED"
            )
            try:
                shop.place(order_of(lines=(line,), payment_method="cash_on_delivery", customer=customer))
            except StoreError:
                continue
            except CommandRejected as rejected:
                if not all(isinstance(reason, OutOfStock | CustomerLimitReached) for reason in rejected.reasons):
                    raise
                left.discard((sku, customer))
    shop.store.close()


def race_with_a_kill(opens: Sequence[Open]) -> None:
    """Let processes buy through these, kill one in the middle, and look: everything is sold, and nothing beyond."""
    store = opens[0]()
    shop = shop_of(store)
    for sku, quantity in RECEIVED.items():
        shop.do(ReceiveStock(sku=sku, quantity=quantity, reference="opening"))
    buyers = [CONTEXT.Process(target=buy, args=(n, opens[n % len(opens)]), daemon=True) for n in range(BUYERS)]
    for buyer in buyers:
        buyer.start()
    until = time.monotonic() + 120
    while shop.level("HOT").held < 30:
        assert time.monotonic() < until, "nobody buys"
        time.sleep(0.02)
    os.kill(buyers[0].pid or 0, signal.SIGKILL)
    for buyer in buyers:
        buyer.join(240)
    assert [buyer.exitcode for buyer in buyers] == [-signal.SIGKILL, *[0] * (BUYERS - 1)]
    with store.reading() as view:
        holds = list(view.counters.every_hold())
        placed = view.streams.names("ord_", limit=1000)
    sold = Counter({sku: sum(hold.quantity for hold in holds if hold.key == item_id(sku)) for sku in SOLD})
    assert sold == SOLD
    assert sorted(hold.owner for hold in holds if hold.key in set(map(item_id, SOLD))) == sorted(placed)
    assert {sku: shop.level(sku).value for sku in RECEIVED} == RECEIVED
    assert verify(store) == ()
    store.close()
