"""Pairs of commands of one's own on PostgreSQL, a few statement by statement runs of each by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import mock

import attrs

from orderflow import CommandRejected, Shop
from orderflow.ports.store import Store, StoreConflictError
from orderflow.verify import verify

from . import test_postgresql as statements
from .schedule import Turns, some_schedules
from .test_postgresql import NO_BUCKETS, Databases, Stepped, raise_first


@attrs.frozen(kw_only=True)
class Race:
    """How a shop is opened and prepared, what may be done in it, and which statements more are stops."""

    name: str
    open: Callable[[Store, int], Shop]
    prepare: Callable[[Store], None]
    acts: Mapping[str, Callable[[Shop], Any]]
    stops: tuple[str, ...] = ()

    def done(self, act: str, store: Store, seed: int) -> str:
        """Whether it was accepted, or why not; who lost against the other for good comes again."""
        for again in range(5):
            try:
                self.acts[act](self.open(store, seed + 10 * again))
            except StoreConflictError:
                continue
            except CommandRejected as rejected:
                return ", ".join(sorted(type(reason).__name__ for reason in rejected.reasons))
            return "accepted"
        return "gave up"

    def play(
        self, databases: Databases, level: str, pair: tuple[str, str], runs: int
    ) -> Iterator[tuple[list[str], Shop]]:
        """A few runs by chance: what was answered, and the shop afterwards, in which verify finds nothing."""
        template = databases.prepared(self.name, self.prepare, NO_BUCKETS)
        found: list[tuple[list[str], Shop]] = []
        with databases.stores(template, level, NO_BUCKETS) as fresh:

            def run(turns: Turns) -> None:
                store = fresh()
                honest, dialect = store._dialect, Stepped(turns)
                turns.is_blocked = lambda number: databases.is_blocked(number, dialect.sessions)
                store._dialect = dialect
                answers = turns.run(
                    *(lambda n=n, act=act: self.done(act, store, 1000 * n) for n, act in enumerate(pair, 2))
                )
                raise_first(answers)
                store._dialect = honest
                assert verify(store) == (), turns.done
                found.append(([answers[key] for key in sorted(answers)], self.open(store, 9000)))

            with mock.patch.object(statements, "SHARED", (*statements.SHARED, *self.stops)):
                for _ in some_schedules(run, runs):
                    yield found.pop()
