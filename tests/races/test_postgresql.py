"""
Two commands at once on PostgreSQL, statement by statement, at every isolation level.

Each transaction sends its statements one at a time. The other may come before any of them that touches what both want:
the version of a stream, a counter, a receipt, and before the commit; rows that only one of them can name are written in
between without a stop. Who waits for a lock is seen in ``pg_blocking_pids``, and the other goes on. Each run must stand
in the end as if one had come after the other.

Of runs that differ only in the order of statements on different tables one is played (see ``schedule``). A step touches
every table that is named in its statement and in those that follow without a stop; only reading is what takes no lock.
Two such steps commute at every level: locks, visible rows, unique keys, and the conflicts that SERIALIZABLE looks for
all belong to a table or its indexes. What a snapshot sees, and who no longer waits, hang on the end of a transaction,
which therefore touches everything, as does a rollback; a view sees only what was committed before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import attrs
import pytest
from tests import servers

servers.require_extra()

import psycopg  # noqa: E402
from sqlalchemy import create_engine  # noqa: E402

from orderflow.adapters.sql import SqlStore, _buckets, _counters  # noqa: E402
from orderflow.adapters.sql._postgresql import PostgreSQL  # noqa: E402
from orderflow.stock import item_id  # noqa: E402

from .acts import WORKERS, Act, pairs, prepare, sound, standing  # noqa: E402
from .schedule import EVERYTHING, Turns, different_schedules, history, schedules, some_schedules  # noqa: E402
from .test_turns import Tally, conflicts  # noqa: E402

LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
TABLES = (
    "heads", "events", "counters", "buckets", "holds", "ledger", "work", "receipts", "records", "orders", "names",
)  # fmt: skip
TABLE = re.compile(r"orderflow_\w+")
NO_BUCKETS: Mapping[str, int] = {}
SHARED = (
    "SELECT version", "SELECT counter, value", "SELECT bucket", "SELECT counter, bucket", "UPDATE orderflow_heads",
    "UPDATE orderflow_counters", "UPDATE orderflow_buckets", "INSERT INTO orderflow_buckets",
    "INSERT INTO orderflow_receipts", "COMMIT",
)  # fmt: skip
PAIRS = (
    ("unpaid", "place", "place another"),
    ("unpaid", "place", "place"),
    ("unpaid", "place", "cancel"),
    ("unpaid", "place", "let go"),
    ("unpaid", "place", "take the last"),
    ("unpaid", "place", "receive"),
    ("unpaid", "pay", "cancel"),
    ("unpaid", "pay", "let go"),
    ("packed", "place", "hand over"),
    ("packed", "hand over", "cancel"),
)
EVERY = [(one.stage, one.name, other.name) for one, other in pairs() if not {one.name, other.name} & WORKERS]
"""All pairs but those with a worker, who does many things one after the other."""
FEW = (("unpaid", "place", "place another"), ("unpaid", "pay", "cancel"), ("unpaid", "place", "let go"))
SPLIT = {item_id("MUG"): 3}
"""The item that everybody wants, in buckets."""
BOTH_WAYS = pytest.mark.parametrize("buckets", [{}, SPLIT], ids=["whole", "split"])


class Stepped(PostgreSQL):
    """Sends one statement at a time; a view is one step, as it sees one moment."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.sessions: dict[int, int] = {}
        self.views: dict[int | None, bool] = {}

    def send(self, connection: Any, statements: Sequence[Any]) -> list[Any]:
        answers = []
        for sql, rows in statements:
            text = str(getattr(sql, "postgresql", sql))
            if connection.read_only:
                if connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
                    self._step(connection, "view")
            elif text.startswith(SHARED):
                self._step(connection, " ".join(text.split()[:3]))
            if not connection.read_only:
                for table in TABLE.findall(text):
                    self.turns.touch(table, changes=not text.startswith("SELECT") or "FOR UPDATE" in text)
            answers += super().send(connection, [(sql, rows)])
        return answers

    def commit(self, connection: Any) -> None:
        self._step(connection, "COMMIT")
        self.turns.touch(EVERYTHING)
        super().commit(connection)

    def prepare(self, connection: Any, *, writing: bool) -> Any:
        if not self.views.get(self.turns.number):
            self.turns.touch(EVERYTHING)  # if it was rolled back, as locks are gone then too
        self.views[self.turns.number] = not writing
        return super().prepare(connection, writing=writing)

    def _step(self, connection: Any, label: str) -> None:
        if self.turns.number is not None:
            self.sessions[self.turns.number] = connection.info.backend_pid
            self.turns.step(label)


@attrs.define
class Databases:
    """A prepared database, and a copy of it for each run."""

    server: servers.Postgresql
    admin: psycopg.Connection[Any]

    def url(self, name: str) -> str:
        """Of one database of the server."""
        return self.server.url.replace("/postgres?", f"/{name}?")

    def template(self, stage: str, buckets: Mapping[str, int], *, naive: bool) -> str:
        """The database in which the first order is at a stage, and in which its rows are kept for each run."""
        name = f"{stage}_{'split' if buckets else 'whole'}{'_naive' if naive else ''}"
        return self.prepared(name, lambda store: prepare(store, stage), buckets, naive=naive)

    def prepared(
        self, name: str, fill: Callable[[SqlStore], None], buckets: Mapping[str, int], *, naive: bool = False
    ) -> str:
        """A database that was filled once, and in which its rows are kept for each run."""
        if self.admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        self.admin.execute(f"CREATE DATABASE {name}")
        store = SqlStore(self.url(name), buckets=buckets)
        store.migrate()
        fill(store)
        store.close()
        with psycopg.connect(servers.plain(self.url(name))) as connection:
            if naive:
                checks = "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'c' AND conrelid > 0"
                for table, check in connection.execute(checks).fetchall():
                    connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{check}"')
            for table in TABLES:
                connection.execute(f"CREATE TABLE kept_{table} AS TABLE orderflow_{table}")
        return name

    @contextmanager
    def stores(self, template: str, level: str, buckets: Mapping[str, int]) -> Iterator[Callable[[], SqlStore]]:
        """What opens the database, each time with the rows that were kept."""
        engine = create_engine(self.url(template), isolation_level=level)
        again = ";".join(
            f"DELETE FROM orderflow_{table}; INSERT INTO orderflow_{table} OVERRIDING SYSTEM VALUE TABLE kept_{table}"
            for table in TABLES
        )
        with psycopg.connect(servers.plain(self.url(template)), autocommit=True) as connection:

            def fresh() -> SqlStore:
                connection.execute(again)
                return SqlStore(engine, buckets=buckets)

            try:
                yield fresh
            finally:
                engine.dispose()

    def is_blocked(self, number: int, sessions: Mapping[int, int]) -> bool:
        """Whether a process waits for a lock of another one; who waits for the server's own work goes on by itself."""
        asked = (sessions.get(number), [*sessions.values()])
        (row,) = self.admin.execute("SELECT pg_blocking_pids(%s) && %s::int[]", asked).fetchall()
        return bool(row[0])


@pytest.fixture
def databases(postgresql: servers.Postgresql) -> Iterator[Databases]:
    """The server's databases."""
    with psycopg.connect(postgresql.url.replace("+psycopg", ""), autocommit=True) as admin:
        yield Databases(postgresql, admin)


def explore(
    databases: Databases,
    case: tuple[str, str, str],
    level: str,
    runs: Callable[..., Iterator[Turns]],
    buckets: Mapping[str, int] = NO_BUCKETS,
    *,
    naive: bool = False,
) -> Tally:
    """Play runs of a pair; the wrong ones are counted."""
    stage, *names = case
    template = databases.template(stage, buckets, naive=naive)
    with databases.stores(template, level, buckets) as fresh:
        return explored(databases, fresh, [Act(stage, name) for name in names], level, runs)


def explored(
    databases: Databases,
    fresh: Callable[[], SqlStore],
    acts: list[Act],
    level: str,
    runs: Callable[..., Iterator[Turns]],
) -> Tally:
    """Both orders first, and then the runs: each has to end as one of them."""
    ends = []
    for order in (acts, acts[::-1]):
        store = fresh()
        for number, act in enumerate(order):
            act(store, 1000 * number)
        ends.append(standing(store))
    tally, errors = Tally(), []

    def play(turns: Turns) -> None:
        store = fresh()
        dialect = Stepped(turns)
        turns.is_blocked = lambda number: databases.is_blocked(number, dialect.sessions)
        store._dialect = dialect
        try:
            answers = turns.run(*(lambda n=n, act=act: conflicts(act, store, 1000 * n) for n, act in enumerate(acts)))
            if turns.given_up:
                return
            raise_first(answers)
            sound(store)
            end = standing(store)
            assert end in ends, f"{end} is neither of {ends}"
        except Exception as error:
            error.add_note(f"{acts} at {level}: {turns.done}")
            errors.append(error)

    for turns in runs(play):
        tally.runs += 1
        if not turns.given_up:
            tally.executed.add(history(turns))
        if len(errors) > tally.wrong:
            tally.caught.add(history(turns))
        tally.wrong = len(errors)
    tally.first = errors[0] if errors else None
    return tally


def raise_first(answers: dict[int, Any]) -> None:
    """What a process raised, if any did."""
    for answer in answers.values():
        if isinstance(answer, BaseException):
            raise answer


def some(count: int) -> Callable[..., Iterator[Turns]]:
    """So many runs by chance."""
    return lambda play: some_schedules(play, count)


@BOTH_WAYS
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("case", FEW)
def test_two_at_once_end_as_one_after_the_other(
    databases: Databases, case: tuple[str, str, str], level: str, buckets: Mapping[str, int]
) -> None:
    """A few runs by chance for each pair and level, with the item in one row and in several."""
    tally = explore(databases, case, level, some(5), buckets)
    if tally.first is not None:
        raise tally.first
    assert len(tally.executed) > 2


@pytest.mark.long
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("case", EVERY, ids="-".join)
def test_every_run_of_any_two_at_once_ends_as_one_after_the_other(
    databases: Databases, case: tuple[str, str, str], level: str, record_property: Callable[[str, object], None]
) -> None:
    """All pairs and all their runs; how many is recorded."""
    every_run(databases, case, level, NO_BUCKETS, record_property)


@pytest.mark.long
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("case", PAIRS, ids="-".join)
def test_every_run_of_two_at_once_in_buckets_ends_as_one_after_the_other(
    databases: Databases, case: tuple[str, str, str], level: str, record_property: Callable[[str, object], None]
) -> None:
    """Some pairs with the item in buckets, and all their runs."""
    every_run(databases, case, level, SPLIT, record_property)


def every_run(
    databases: Databases,
    case: tuple[str, str, str],
    level: str,
    buckets: Mapping[str, int],
    record_property: Callable[[str, object], None],
) -> None:
    """Play all runs of a pair that are different; some pairs have few, since both wait for the same row at once."""
    tally = explore(databases, case, level, different_schedules, buckets)
    record_property("runs", tally.runs)
    record_property("histories", len(tally.executed))
    if tally.first is not None:
        raise tally.first
    assert len(tally.executed) > 1


@pytest.mark.long
@BOTH_WAYS
@pytest.mark.parametrize("level", LEVELS)
def test_leaving_out_what_is_the_same_finds_every_history(
    databases: Databases, level: str, buckets: Mapping[str, int], record_property: Callable[[str, object], None]
) -> None:
    """A parcel that leaves while its order is cancelled, in every order of all statements."""
    case = ("packed", "hand over", "cancel")
    every = explore(databases, case, level, schedules, buckets)
    record_property("runs", every.runs)
    assert explore(databases, case, level, different_schedules, buckets).executed == every.executed


@pytest.mark.parametrize("search", [some(12), pytest.param(different_schedules, marks=pytest.mark.long)])
@BOTH_WAYS
def test_looking_first_and_taking_afterwards_is_caught(
    databases: Databases, search: Callable[..., Any], buckets: Mapping[str, int], record_property: Callable[..., None]
) -> None:
    """Counters that are read without a lock, in tables without rules, sell the last unit twice in most histories."""
    unlocked = [(_counters, "_BALANCES", " FOR UPDATE"), (_buckets, "_PICK", " FOR UPDATE{}")]
    with ExitStack() as patches:
        for module, name, lock in unlocked:
            patches.enter_context(mock.patch.object(module, name, getattr(module, name).replace(lock, "")))
        case = ("unpaid", "place", "take the last")
        tally = explore(databases, case, "READ COMMITTED", search, buckets, naive=True)
    record_property("histories", len(tally.executed))
    record_property("caught", len(tally.caught))
    assert len(tally.caught) > len(tally.executed) / 2, f"{len(tally.caught)} of {len(tally.executed)}"
