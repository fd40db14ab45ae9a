"""Real processes that meet in one file, or in one database on a server."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from orderflow.adapters.sqlite import SqliteStore
from orderflow.ports.store import Store

CONTEXT = multiprocessing.get_context("spawn")
PATIENCE = 600  # seconds


def opened(place: str) -> Store:
    """The store at a path or URL, as every process opens it."""
    if "://" not in place:
        return SqliteStore(place)
    from orderflow.adapters.sql import SqlStore

    return SqlStore(place)


def prepared(url: str) -> str:
    """The URL of a database, with the tables in it."""
    from orderflow.adapters.sql import SqlStore

    store = SqlStore(url)
    store.migrate()
    store.close()
    return url


def started(count: int, job: Callable[..., None], *arguments: object) -> Sequence[Any]:
    """So many processes, each of which knows its number and has the same *arguments*."""
    processes = [CONTEXT.Process(target=job, args=(number, *arguments), daemon=True) for number in range(count)]
    for process in processes:
        process.start()
    return processes


def gathered(count: int, job: Callable[..., None], *arguments: object) -> list[Any]:
    """What so many processes put into the queue that is their last argument, after all of them ended well."""
    results = CONTEXT.Queue()
    return answers(results, started(count, job, *arguments, results))


def answers(results: Any, processes: Sequence[Any]) -> list[Any]:
    """One answer of each process, after all of them ended well."""
    found = [results.get(timeout=PATIENCE) for _ in processes]
    for process in processes:
        process.join(PATIENCE)
    assert [process.exitcode for process in processes] == [0] * len(processes)
    return found


def long(*values: object) -> Any:
    """Figures that only ``-m long`` plays."""
    return pytest.param(*values, marks=pytest.mark.long)
