"""
What splitting the counter of a hot item brings: many processes hold one unit each of the same item.

A fresh PostgreSQL server, with fsync and synchronous_commit on. Each commit appends one event and makes one hold
through :class:`SqlStore`, with the item's counter in one row and in buckets, in turns. ``--pause`` is for how long the
item stays locked beside that, in milliseconds: trips over a network, a slower disk, a host's own statements. Where
``busy`` is near 1 the processors are the limit too. Prints one JSON object per round, and the median ratio.

    PYTHONPATH=src:. python benchmarks/hot_item.py [--clients 32] [--buckets 32] [--pause 2] [--seconds 5] [--rounds 3]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.servers import postgresql

from orderflow.adapters.sql import SqlStore
from orderflow.counters import Move, MoveKind
from orderflow.ports.store import EventRow

AT = datetime(2026, 1, 1, tzinfo=UTC)
PLENTY = 10**9
HOT = "stk_HOT"


def holding(url: str, buckets: int, pause: float) -> Callable[[str], None]:
    """One event and one hold through the store."""
    store = SqlStore(url, buckets={HOT: buckets})

    def hold(owner: str) -> None:
        with store.begin() as transaction:
            transaction.streams.append(owner, 0, [EventRow(1, "order.placed.v1", "{}", "staff", AT, AT)])
            if transaction.counters.apply([Move(HOT, MoveKind.HOLD, 1, owner)], AT):
                raise RuntimeError("there was enough, and it was short")
            if pause:
                transaction.link.flush()
                time.sleep(pause)

    return hold


def client(number: int, name: str, connect: Any, seconds: float, ready: Any, results: Any) -> None:
    """Hold until the time is over."""
    hold = connect()
    hold(f"{name}_{number}_first")
    ready.wait()
    end, done = time.perf_counter() + seconds, 0
    while time.perf_counter() < end:
        hold(f"{name}_{number}_{done}")
        done += 1
    results.put(done)


def rate(name: str, connect: Any, clients: int, seconds: float) -> float:
    """Commits per second of all clients together."""
    forked = multiprocessing.get_context("fork")
    ready, results = forked.Barrier(clients), forked.Queue()
    arguments = [(number, name, connect, seconds, ready, results) for number in range(clients)]
    processes = [forked.Process(target=client, args=each) for each in arguments]
    for process in processes:
        process.start()
    done = sum(results.get(timeout=seconds + 120) for _ in processes)
    for process in processes:
        process.join()
    return done / seconds


def prepare(url: str) -> None:
    """Enough of it."""
    store = SqlStore(url)
    store.migrate()
    with store.begin() as transaction:
        transaction.counters.apply([Move(HOT, MoveKind.ADD, PLENTY, "opening")], AT)
    store.close()


def ticks() -> tuple[int, int]:
    """What the processors worked since they were started, and all their time."""
    spent = [int(each) for each in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return sum(spent) - spent[3] - spent[4], sum(spent)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--buckets", type=int, default=32)
    parser.add_argument("--pause", type=float, default=2, help="milliseconds")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    ratios = []
    with postgresql() as server:
        server.stop()
        server.start("fsync=on")
        url = server.new_database()
        prepare(url)
        for number in range(arguments.rounds):
            worked, passed = ticks()
            one, split = (
                rate(
                    f"ord_{number}_{buckets}",
                    partial(holding, url, buckets, arguments.pause / 1000),
                    arguments.clients,
                    arguments.seconds,
                )
                for buckets in (1, arguments.buckets)
            )
            now_worked, now_passed = ticks()
            ratios.append(split / one)
            busy = (now_worked - worked) / (now_passed - passed)
            figures = {"round": number, "one_row": one, "buckets": split, "ratio": split / one, "busy": busy}
            print(json.dumps({name: round(value, 2) for name, value in figures.items()}), flush=True)
    print(json.dumps({"ratio": round(statistics.median(ratios), 2)}))


if __name__ == "__main__":
    main()
