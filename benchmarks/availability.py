"""
How long it takes to ask what is there of one item in ten places, among a hundred thousand items.

Each place of an item is a counter of its own, and all ten are read in one view of an SQLite file. The floor is sqlite3
reading the same ten rows. Prints one JSON object.

    python benchmarks/availability.py [--items 100000] [--places 10] [--rounds 2000]
"""

from __future__ import annotations

import argparse
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orderflow import Shop, stock
from orderflow.adapters.sqlite import SqliteStore
from orderflow.counters import Move, MoveKind

AT = datetime(2026, 1, 1, tzinfo=UTC)
PORTION = 20_000


def key(item: int, place: int) -> str:
    """The counter of an item in a place."""
    return stock.item_id(f"S{item}@{place}")


def filled(path: Path, items: int, places: int) -> SqliteStore:
    """A store with seven of each item in each place."""
    store = SqliteStore(path)
    keys = [key(item, place) for item in range(items) for place in range(places)]
    for first in range(0, len(keys), PORTION):
        with store.begin() as transaction:
            moves = [Move(name, MoveKind.ADD, 7, "opening") for name in keys[first : first + PORTION]]
            transaction.counters.apply(moves, AT)
    return store


def measured(rounds: int, items: int, ask: Callable[[int], object]) -> dict[str, float]:
    """Milliseconds of *ask* about items by chance."""
    chance = random.Random(7)
    times = []
    for _ in range(rounds):
        item = chance.randrange(items)
        start = time.perf_counter()
        ask(item)
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    return {"median": round(times[rounds // 2], 4), "99": round(times[rounds * 99 // 100], 4)}


def main() -> None:
    """Run the benchmark named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--places", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stock.db"
        store = filled(path, chosen.items, chosen.places)
        shop = Shop(store, seller="bench")
        plain = sqlite3.connect(path)

        def everywhere(item: int) -> list[Any]:
            with store.reading() as view:
                return [view.counters.level(key(item, place)) for place in range(chosen.places)]

        def floor(item: int) -> list[Any]:
            sql = "SELECT value, held FROM counters WHERE key = ?"
            return [plain.execute(sql, (key(item, place),)).fetchone() for place in range(chosen.places)]

        figures = {
            "items": chosen.items,
            "places": chosen.places,
            "milliseconds": {
                "all_places": measured(chosen.rounds, chosen.items, everywhere),
                "one_place": measured(chosen.rounds, chosen.items, lambda item: shop.level(f"S{item}@0")),
                "floor": measured(chosen.rounds, chosen.items, floor),
            },
        }
        plain.close()
        store.close()
    sys.stdout.write(json.dumps({"benchmark": "availability", **figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
