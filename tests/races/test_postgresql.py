"""
Two commands at once on PostgreSQL, statement by statement, at every isolation level.

Each transaction sends its statements one at a time. The other may come before any of them that touches what both want:
the version of a stream, a counter, a receipt, and before the commit; rows that only one of them can name are written in
between without a stop. Who waits for a lock is seen in ``pg_blocking_pids``, and the other goes on. Each run must stand
in the end as if one had come after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import attrs
import pytest
from tests import servers

servers.require_extra()

import psycopg  # noqa: E402
from sqlalchemy import create_engine  # noqa: E402

from orderflow.adapters.sql import SqlStore, _counters  # noqa: E402
from orderflow.adapters.sql._postgresql import PostgreSQL  # noqa: E402
from orderflow.stock import item_id  # noqa: E402

from .acts import Act, prepare, sound, standing  # noqa: E402
from .schedule import Turns, schedules, some_schedules  # noqa: E402
from .test_turns import Tally, conflicts  # noqa: E402

LEVELS = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")
NO_BUCKETS: Mapping[str, int] = {}
SHARED = (
    "SELECT version", "SELECT counter, value", "SELECT bucket", "SELECT counter, bucket", "UPDATE orderflow_heads",
    "UPDATE orderflow_counters", "UPDATE orderflow_buckets", "INSERT INTO orderflow_buckets",
    "INSERT INTO orderflow_receipts", "COMMIT",
)  # fmt: skip
PAIRS = (
    ("place", "place another"),
    ("place", "place"),
    ("place", "cancel"),
    ("place", "let go"),
    ("place", "take the last"),
    ("pay", "cancel"),
    ("pay", "let go"),
)
SPLIT = {item_id("MUG"): 3}
"""The item that everybody wants, in buckets."""
BOTH_WAYS = pytest.mark.parametrize("buckets", [{}, SPLIT], ids=["whole", "split"])


class Stepped(PostgreSQL):
    """Sends one statement at a time; a view is one step, as it sees one moment."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.sessions: dict[int, int] = {}

    def send(self, connection: Any, statements: Sequence[Any]) -> list[Any]:
        answers = []
        for sql, rows in statements:
            text = str(getattr(sql, "postgresql", sql))
            if connection.read_only:
                if connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
                    self._step(connection, "view")
            elif text.startswith(SHARED):
                self._step(connection, " ".join(text.split()[:3]))
            answers += super().send(connection, [(sql, rows)])
        return answers

    def commit(self, connection: Any) -> None:
        self._step(connection, "COMMIT")
        super().commit(connection)

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

    def template(self, name: str, buckets: Mapping[str, int] = NO_BUCKETS, *, naive: bool = False) -> str:
        """The database in which the first order waits for its money."""
        if not self.admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            self.admin.execute(f"CREATE DATABASE {name}")
            store = SqlStore(self.url(name), buckets=buckets)
            store.migrate()
            prepare(store, "unpaid")
            if naive:
                with store.begin() as transaction:
                    table = "'orderflow_counters'::regclass"
                    checks = f"SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = {table}"
                    driver = transaction.connection.connection.driver_connection
                    for (check,) in driver.execute(checks).fetchall():
                        driver.execute(f'ALTER TABLE orderflow_counters DROP CONSTRAINT "{check}"')
            store.close()
        return name

    @contextmanager
    def copy(self, template: str, level: str, buckets: Mapping[str, int]) -> Iterator[SqlStore]:
        """A store on a copy."""
        self.admin.execute(f"CREATE DATABASE race TEMPLATE {template}")
        engine = create_engine(self.url("race"), isolation_level=level)
        try:
            yield SqlStore(engine, buckets=buckets)
        finally:
            engine.dispose()
            self.admin.execute("DROP DATABASE race WITH (FORCE)")

    def is_blocked(self, session: int | None) -> bool:
        """Whether a session waits for another one's lock."""
        (row,) = self.admin.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [session]).fetchall()
        return bool(row[0])


@pytest.fixture
def databases(postgresql: servers.Postgresql) -> Iterator[Databases]:
    """The server's databases."""
    with psycopg.connect(postgresql.url.replace("+psycopg", ""), autocommit=True) as admin:
        yield Databases(postgresql, admin)


def explore(
    databases: Databases,
    template: str,
    pair: tuple[str, str],
    level: str,
    runs: Callable[..., Iterator[Turns]],
    buckets: Mapping[str, int] = NO_BUCKETS,
) -> Tally:
    """Play runs of a pair; the wrong ones are counted."""
    acts = [Act("unpaid", name) for name in pair]
    ends = []
    for order in (acts, acts[::-1]):
        with databases.copy(template, level, buckets) as store:
            for number, act in enumerate(order):
                act(store, 1000 * number)
            ends.append(standing(store))
    tally, errors = Tally(), []

    def play(turns: Turns) -> None:
        with databases.copy(template, level, buckets) as store:
            dialect = Stepped(turns)
            turns.is_blocked = lambda number: databases.is_blocked(dialect.sessions.get(number))
            store._dialect = dialect
            try:
                answers = turns.run(
                    *(lambda n=n, act=act: conflicts(act, store, 1000 * n) for n, act in enumerate(acts))
                )
                raise_first(answers)
                sound(store)
                end = standing(store)
                assert end in ends, f"{end} is neither of {ends}"
            except Exception as error:
                error.add_note(f"{pair} at {level}: {turns.done}")
                errors.append(error)

    for turns in runs(play):
        tally.runs += 1
        tally.executed.add(tuple(turns.done))
    tally.wrong = len(errors)
    tally.first = errors[0] if errors else None
    return tally


def template_of(buckets: Mapping[str, int]) -> str:
    """The name of the database that is prepared with these buckets."""
    return "split" if buckets else "unpaid"


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
@pytest.mark.parametrize("pair", [("place", "place another"), ("pay", "cancel"), ("place", "let go")])
def test_two_at_once_end_as_one_after_the_other(
    databases: Databases, pair: tuple[str, str], level: str, buckets: Mapping[str, int]
) -> None:
    """A few runs by chance for each pair and level, with the item in one row and in several."""
    tally = explore(databases, databases.template(template_of(buckets), buckets), pair, level, some(5), buckets)
    if tally.first is not None:
        raise tally.first
    assert len(tally.executed) > 2


@pytest.mark.long
@BOTH_WAYS
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("pair", PAIRS)
def test_every_run_of_two_at_once_ends_as_one_after_the_other(
    databases: Databases,
    pair: tuple[str, str],
    level: str,
    buckets: Mapping[str, int],
    record_property: Callable[[str, object], None],
) -> None:
    """All of them; how many is recorded."""
    tally = explore(databases, databases.template(template_of(buckets), buckets), pair, level, schedules, buckets)
    record_property("distinct", len(tally.executed))
    if tally.first is not None:
        raise tally.first
    assert len(tally.executed) > 20


def test_looking_first_and_taking_afterwards_is_caught(databases: Databases) -> None:
    """Counters that are read without a lock, in a table without rules, sell the last unit twice in most runs."""
    naive = databases.template("naive", naive=True)
    with mock.patch.object(_counters, "_BALANCES", _counters._BALANCES.replace("FOR UPDATE", "")):
        tally = explore(databases, naive, ("place", "take the last"), "READ COMMITTED", some(12))
    assert tally.wrong > tally.runs / 2, f"{tally.wrong} of {tally.runs}"
