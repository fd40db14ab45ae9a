"""
Loading an order of a hundred events, cold and warm, and what orders and requests cost to keep and to perform.

Cold is a shop that has never seen the order; warm is the same shop again, which only asks for the version. The floor
is sqlite3 fetching the same payloads and json reading them, in the same run. Prints one JSON object.

    python benchmarks/loading.py [--events 100] [--rounds 200] [--orders 500]
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lifecycle import TARIFF, life, placement

from orderflow import Shop, orders, stock
from orderflow.adapters.sqlite import SqliteStore
from orderflow.runtime.memory import MemoryStore


def opened(store: Any) -> Shop:
    """A shop with enough of everything."""
    shop = Shop(store, seller="bench", tariff=TARIFF)
    for index in range(100):
        shop.do(stock.ReceiveStock(sku=f"S{index}", quantity=1_000_000, reference="opening"))
    return shop


def median(rounds: int, job: Callable[[], object]) -> float:
    """Milliseconds of *job*."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return round(1000 * statistics.median(times), 4)


def loading(folder: Path, events: int, rounds: int) -> dict[str, Any]:
    """Milliseconds to load one order of at least *events* events."""
    store = SqliteStore(folder / "shop.db")
    shop = opened(store)
    order = shop.place(placement(1)).id
    number = 0
    while len(shop.history(order)) < events:
        number += 1
        shop.do(orders.TagOrder(order=order, add=(f"t{number % 50}",), remove=(f"t{(number - 5) % 50}",)))
    count = len(shop.history(order))

    def floor() -> None:
        with store.reading() as view:
            rows = view.connection.execute("SELECT payload FROM events WHERE stream = ? ORDER BY version", (order,))
            for (payload,) in rows.fetchall():
                json.loads(payload)

    cold = median(rounds, lambda: Shop(store, seller="bench", tariff=TARIFF).order(order))
    new_shop = median(rounds, lambda: Shop(store, seller="bench", tariff=TARIFF))
    warm, least = median(rounds, lambda: shop.order(order)), median(rounds, floor)
    store.close()
    figures = {"cold": round(cold - new_shop, 4), "warm": warm, "floor": least}
    return {"events": count, "milliseconds": figures, "ratio": round(least / figures["cold"], 3)}


def running(folder: Path, count: int) -> dict[str, Any]:
    """Requests performed per second by ``run`` on SQLite, after *count* orders were placed and shipped."""
    store = SqliteStore(folder / "run.db")
    shop = opened(store)
    for number in range(count):
        for _, call in life(shop, number):
            call()
    start, cpu = time.perf_counter(), time.process_time()
    done = shop.run().total
    figures = {
        "requests": done,
        "milliseconds": round(1000 * (time.perf_counter() - start) / done, 3),
        "cpu_milliseconds": round(1000 * (time.process_time() - cpu) / done, 3),
    }
    store.close()
    return figures


def held_in_memory(count: int) -> float:
    """Kibibytes that one finished order takes in the store in memory, with its file as the shop keeps it."""
    shop = opened(MemoryStore())
    for number in range(20):
        for _, call in life(shop, number):
            call()
    gc.collect()
    tracemalloc.start()
    for number in range(20, 20 + count):
        for _, call in life(shop, number):
            call()
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return round(kept / count / 1024, 1)


def main() -> None:
    """Run the benchmark named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--events", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--orders", type=int, default=500)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = {
            "loading": loading(Path(folder), chosen.events, chosen.rounds),
            "run": running(Path(folder), chosen.orders // 5),
            "memory_store": {"kibibytes_per_order": held_in_memory(chosen.orders // 5)},
        }
    sys.stdout.write(json.dumps({"benchmark": "loading", **figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
