"""
Orders of three lines, placed on PostgreSQL by many processes, against the same statements sent by hand.

What ``shop.place`` sends is recorded, statement by statement; then plain psycopg sends it again with other ids, through
connections of its own: in the store's few trips (``pipelined``), and one statement at a time (``single``). Its values
are ready before the clock starts. The ways take turns in the same processes, and a ratio is the median of its rounds.
Starts a server with ``fsync`` on, or off, which leaves the processor's work only; prints one JSON object per round and
one in the end.

    PYTHONPATH=src:. python benchmarks/placing_on_postgresql.py [--processes 8] [--orders 100] [--rounds 7]
        [--fsync off]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from lifecycle import TARIFF, placement
from tests.servers import plain, postgresql

from orderflow import Shop, stock
from orderflow.adapters.sql import SqlStore
from orderflow.adapters.sql._dialects import Bulk
from orderflow.adapters.sql._postgresql import PostgreSQL

SKUS = 100
WAYS = ("shop", "pipelined", "single")
Trips = Sequence[Sequence[tuple[str, Sequence[Any]]]]
"""The statements of one order with their parameters, trip by trip."""


class Recording(PostgreSQL):
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.trips: list[list[tuple[str, Sequence[Any]]]] = []

    def send(self, connection: Any, statements: Any) -> Any:
        self.trips.append([as_sent(*statement) for statement in statements])
        return super().send(connection, statements)


def as_sent(statement: str | Bulk, parameters: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """A statement as psycopg gets it: one array for each column of many rows."""
    if isinstance(statement, Bulk):
        return statement.postgresql, [list(column) for column in zip(*parameters, strict=True)]
    return statement, parameters


def opened(url: str) -> Shop:
    """The shop as every process opens it."""
    return Shop(SqlStore(url), seller="bench", tariff=TARIFF)


def record(url: str) -> list[tuple[tuple[str, ...], Trips]]:
    """One order for each combination of products: its own names, and what was sent for it."""
    shop = opened(url)
    shop.store.migrate()
    for index in range(SKUS):
        shop.do(stock.ReceiveStock(sku=f"S{index}", quantity=10**6, reference="opening"))
    shop.place(placement(0))
    recorded = []
    for number in range(SKUS):
        recording = shop.store._dialect = Recording()  # noqa: SLF001 - what it sends is the subject
        view = shop.place(placement(number))
        recorded.append(((view.id, view.reference, view.file.order.person), recording.trips))
    shop.store.close()
    return recorded


def renamed(names: Mapping[str, str], value: Any) -> Any:
    """The same parameters for an order with other names."""
    if isinstance(value, list | tuple):
        return [renamed(names, each) for each in value]
    if isinstance(value, str):
        for old, new in names.items():
            value = value.replace(old, new)
    return value


def by_shop(url: str, number: int) -> Callable[[int], Iterator[Callable[[], object]]]:
    """Place orders as everybody does."""
    shop = opened(url)
    return lambda first: (lambda n=n: shop.place(placement(n)) for n in range(first * 7, 10**9))


def by_hand(url: str, recorded: Sequence[Any], mark: str, send: Callable[[Any, Trips], None]) -> Any:
    """Send the recorded statements for new orders, each in a transaction."""
    connection = psycopg.connect(plain(url))

    def jobs(first: int) -> Iterator[Callable[[], object]]:
        for number in range(first, 10**9):
            old, trips = recorded[number * 7 % SKUS]
            names = {name: f"{name[:4]}{mark}{number:016}" for name in old}
            sent = [[(sql, renamed(names, values)) for sql, values in trip] for trip in trips]
            yield lambda sent=sent: send(connection, sent)

    return jobs


def pipelined(connection: Any, trips: Trips) -> None:
    """In as many trips as the store makes."""
    for trip in trips:
        with connection.pipeline():
            cursors = [connection.execute(*statement) for statement in trip]
        for cursor in cursors:
            if cursor.description is not None:
                cursor.fetchall()
    connection.commit()


def single(connection: Any, trips: Trips) -> None:
    """One statement after the other."""
    for trip in trips:
        for statement in trip:
            cursor = connection.execute(*statement)
            if cursor.description is not None:
                cursor.fetchall()
    connection.commit()


def work(number: int, url: str, recorded: Sequence[Any], orders: int, rounds: int, gate: Any) -> None:
    """Place so many orders in each way in each round, all at the same time."""
    ways = {
        "shop": by_shop(url, number),
        "pipelined": by_hand(url, recorded, f"p{number}", pipelined),
        "single": by_hand(url, recorded, f"s{number}", single),
    }
    for turn in range(rounds + 1):
        for way in WAYS:
            jobs = ways[way](turn * orders * 10 + number)
            ready = [next(jobs) for _ in range(orders)]
            gate.wait()
            for job in ready:
                job()
            gate.wait()


def main() -> None:
    """Print the figures of each round, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--orders", type=int, default=100, help="of each process, in each way and round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--fsync", choices=("on", "off"), default="on")
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(arguments.processes + 1)
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    with postgresql() as server:
        server.stop()
        server.start(f"fsync={arguments.fsync}")
        url = server.new_database()
        recorded = record(url)
        for number in range(arguments.processes):
            settings = (number, url, recorded, arguments.orders, arguments.rounds, gate)
            context.Process(target=work, args=settings, daemon=True).start()
        for turn in range(arguments.rounds + 1):
            for way in WAYS:
                gate.wait()
                begun = time.perf_counter()
                gate.wait()
                rates[way].append(arguments.processes * arguments.orders / (time.perf_counter() - begun))
            if turn:  # the first round warms up
                print(json.dumps({"round": turn, **{way: round(rates[way][-1]) for way in WAYS}}), flush=True)
    figures: dict[str, object] = {f"{way}_per_s": round(statistics.median(rates[way][1:])) for way in WAYS}
    for way in WAYS[1:]:
        ratios = [ours / theirs for ours, theirs in zip(rates["shop"][1:], rates[way][1:], strict=True)]
        figures[f"ratio_to_{way}"] = round(statistics.median(ratios), 2)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
