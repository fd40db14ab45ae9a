"""
Many processes that place orders in one SQLite file: how long writers wait, and what placing together saves.

A wait is the time from asking for a transaction until it has begun. ``--busy`` also measures it without the gate, with
SQLite's own waiting. ``together`` compares ``shop.place`` with ``shop.place_all`` in one process, in turns. Prints one
JSON object.

    python benchmarks/writers.py [--processes 8] [--seconds 10] [--together 32] [--busy]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lifecycle import TARIFF, placement

from orderflow import Shop, stock
from orderflow.adapters.sqlite import SqliteStore
from orderflow.adapters.sqlite import _gate as gate


class Timed:
    """A store that notes how long each transaction was waited for."""

    def __init__(self, inner: SqliteStore) -> None:
        self.inner = inner
        self.waits: list[float] = []

    @contextmanager
    def begin(self) -> Iterator[Any]:
        asked = time.perf_counter()
        with self.inner.begin() as transaction:
            self.waits.append(time.perf_counter() - asked)
            yield transaction

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def opened(path: Path) -> Shop:
    """A shop with enough of everything."""
    shop = Shop(SqliteStore(path), seller="bench", tariff=TARIFF)
    for index in range(100):
        shop.do(stock.ReceiveStock(sku=f"S{index}", quantity=1_000_000, reference="opening"))
    return shop


def write(path: Path, number: int, seconds: float, busy: bool, start: Any, results: Any) -> None:
    """Place orders until the time is over."""
    if busy:
        gate._lock = gate._unlock = lambda file: None  # noqa: SLF001 - what would be without it
    store = Timed(SqliteStore(path))
    shop = Shop(store, seller="bench", tariff=TARIFF)
    shop.place(placement(number))
    store.waits.clear()
    start.wait()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        shop.place(placement(number + len(store.waits)))
    results.put(store.waits)


def waiting(folder: Path, processes: int, seconds: float, busy: bool) -> dict[str, Any]:
    """Milliseconds that writers waited, and how many orders they placed."""
    path = folder / f"writers{busy}.db"
    opened(path).store.close()
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(processes), context.Queue()
    writers = [
        context.Process(target=write, args=(path, number * 1000, seconds, busy, start, results))
        for number in range(processes)
    ]
    for writer in writers:
        writer.start()
    each = [results.get() for _ in writers]
    for writer in writers:
        writer.join()
    waits = sorted(wait for one in each for wait in one)
    placed = [len(one) for one in each]

    def share(part: float) -> float:
        return round(1000 * waits[min(int(len(waits) * part), len(waits) - 1)], 2)

    return {
        "processes": processes,
        "gate": not busy,
        "orders_per_second": round(len(waits) / seconds, 1),
        "fewest_to_most_of_a_process": round(min(placed) / max(placed), 2),
        "wait_milliseconds": {
            "median": share(0.5), "99": share(0.99), "99.9": share(0.999), "longest": round(1000 * waits[-1], 2),
        },
    }  # fmt: skip


def together(folder: Path, size: int, rounds: int = 7) -> dict[str, Any]:
    """Orders per second one by one and *size* in a commit, in turns."""
    shop = opened(folder / "together.db")
    alone: list[float] = []
    grouped: list[float] = []
    cpu: list[float] = []
    for _ in range(rounds):
        commands = [placement(number) for number in range(3 * size)]
        times = [(time.perf_counter(), time.process_time())]
        for command in commands:
            shop.place(command)
        times.append((time.perf_counter(), time.process_time()))
        for first in range(0, len(commands), size):
            shop.place_all(commands[first : first + size])
        times.append((time.perf_counter(), time.process_time()))
        alone.append(len(commands) / (times[1][0] - times[0][0]))
        grouped.append(len(commands) / (times[2][0] - times[1][0]))
        cpu.append((times[1][1] - times[0][1]) / (times[2][1] - times[1][1]))
    shop.store.close()
    return {
        "orders_per_commit": size,
        "orders_per_second": {
            "alone": round(statistics.median(alone), 1),
            "together": round(statistics.median(grouped), 1),
        },
        "ratio": round(statistics.median(many / one for one, many in zip(alone, grouped, strict=True)), 2),
        "ratio_of_processor_time": round(statistics.median(cpu), 2),
    }


def main() -> None:
    """Run the benchmark named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--together", type=int, default=32)
    parser.add_argument("--busy", action="store_true", help="also without the gate")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = {
            "waiting": [
                waiting(folder, chosen.processes, chosen.seconds, busy)
                for busy in ([False, True] if chosen.busy else [False])
            ],
            "together": together(folder, chosen.together),
        }
    sys.stdout.write(json.dumps({"benchmark": "writers", **figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
