"""
The life of an order through ``Shop``: commands per order, orders per second, milliseconds per command.

Three lines of two units, priced with VAT and delivery, on SQLite (WAL, synchronous FULL) or in memory. Prints one JSON
object. With ``--floor FILE`` a hand-written floor is run right after each round, and the ratio printed is the median of
the rounds: a shared machine changes its pace from one second to the next, so only what ran side by side compares.

    python benchmarks/lifecycle.py [--store sqlite|memory] [--orders 200] [--floor FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from orderflow import Money, Quantities, Shop, orders, payments, people, pricing, returns, shipping, stock
from orderflow.adapters.sqlite import SqliteStore
from orderflow.runtime.memory import MemoryStore

VAT = pricing.VatRate.parse("23")
TARIFF = pricing.Tariff(
    (
        pricing.DeliveryMethod(
            code="courier",
            kind=pricing.DeliveryKind.COURIER,
            price=Money.parse("14.99", "PLN"),
            vat=VAT,
            price_includes_vat=True,
        ),
    )
)
ADDRESS = people.Address(name="Ala Kot", street="Prosta 1", city="Warszawa", postal_code="00-001", country="PL")
CONTACT = people.Contact(name="Ala Kot", email="ala@example.com", phone="600100200")


def placement(number: int) -> orders.PlaceOrder:
    """An order of three lines over a hundred products."""
    return orders.PlaceOrder(
        lines=tuple(
            orders.Line(
                line=str(index),
                sku=f"S{(number * 3 + index) % 100}",
                name="n",
                quantity=2,
                unit_price=Money(1999, "PLN"),
                vat=VAT,
            )
            for index in range(3)
        ),
        currency="PLN",
        contact=CONTACT,
        target=orders.ToAddress(address=ADDRESS),
        delivery_method="courier",
        payment_method="transfer",
    )


def life(shop: Shop, number: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The commands of one order, each as a name and a call."""
    placed: list[Any] = []
    yield "place", lambda: placed.append(shop.place(placement(number)))
    order, total = placed[0].id, placed[0].total
    now = datetime(2030, 1, 1, tzinfo=UTC)
    paid = payments.PaymentFacts(outcome=payments.Outcome.CAPTURED, captured=total, occurred_at=now)
    arrived = shipping.TrackingFact(status=shipping.TrackingStatus.DELIVERED, occurred_at=now)
    one = Quantities({"0": 1})
    yield "pay", lambda: shop.do(payments.ObservePayment(order=order, attempt=1, facts=paid))
    yield "pick", lambda: shop.do(shipping.PickLines(order=order))
    yield "pack", lambda: shop.do(shipping.PackParcel(order=order))
    yield "hand_over", lambda: shop.do(shipping.HandOver(order=order, parcel=1))
    yield "deliver", lambda: shop.do(shipping.RecordTracking(order=order, parcel=1, fact=arrived))
    yield "withdraw", lambda: shop.do(returns.DeclareWithdrawal(order=order, quantities=one))
    yield "receive", lambda: shop.do(returns.ReceiveReturn(order=order, return_=1, quantities=one))
    yield "inspect", lambda: shop.do(returns.InspectReturn(order=order, return_=1, restock=one))


SEVEN = ("place", "pay", "pick", "pack", "hand_over", "deliver", "withdraw")


def measure(shop: Shop, count: int, floor: Callable[[], float] | None, rounds: int = 5) -> dict[str, Any]:
    """Orders per second over the first seven commands and over all nine, beside the floor; the cost of each command."""
    spent: dict[str, list[float]] = {}
    rates: dict[str, list[float]] = {"seven_commands": [], "nine": []}
    floors: list[float] = []
    number = 0
    for _ in range(rounds):
        totals = [0.0, 0.0]
        for _ in range(count):
            number += 1
            for name, call in life(shop, number):
                start = time.perf_counter()
                call()
                took = time.perf_counter() - start
                spent.setdefault(name, []).append(took)
                totals[0] += took if name in SEVEN else 0
                totals[1] += took
        for taken, total in zip(rates.values(), totals, strict=True):
            taken.append(count / total)
        if floor is not None:
            floors.append(floor())
    start = time.perf_counter()
    report = shop.run()
    run_seconds = time.perf_counter() - start
    figures: dict[str, Any] = {
        "orders_per_second": {name: round(statistics.median(taken), 1) for name, taken in rates.items()},
        "milliseconds": {name: round(1000 * statistics.median(times), 3) for name, times in spent.items()},
        "run": {"requests": report.total, "per_second": round(report.total / run_seconds, 1)},
    }
    if floors:
        ratios = {
            name: [rate / floor for rate, floor in zip(taken, floors, strict=True)] for name, taken in rates.items()
        }
        figures["floor"] = round(statistics.median(floors), 1)
        figures["ratio"] = {name: round(statistics.median(each), 3) for name, each in ratios.items()}
    return figures


def floor_rate(program: Path, mode: str, count: int) -> float:
    """The orders per second that the floor reports."""
    command = [sys.executable, str(program), mode, str(count)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(json.loads(ran.stdout)["orders_per_second"])


def main() -> None:
    """Run the benchmark named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--store", choices=("sqlite", "memory"), default="sqlite")
    parser.add_argument("--orders", type=int, default=200)
    parser.add_argument("--floor", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "shop.db") if chosen.store == "sqlite" else MemoryStore()
        shop = Shop(store, seller="bench", tariff=TARIFF)
        for index in range(100):
            shop.do(stock.ReceiveStock(sku=f"S{index}", quantity=1_000_000, reference="opening"))
        mode = "FULL" if chosen.store == "sqlite" else "memory"
        floor = partial(floor_rate, chosen.floor, mode, chosen.orders) if chosen.floor else None
        figures = measure(shop, chosen.orders, floor)
    sys.stdout.write(json.dumps({"benchmark": "lifecycle", "store": chosen.store, **figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
