"""
Two commands at once on SQLite, in every order of their transactions and views.

A command may look into several views before its one transaction, and the other may come between any two of them. Each
run must stand in the end as if one had come after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from orderflow.adapters.sqlite._counters import SqliteCounters
from orderflow.counting import Balance
from orderflow.ports.store import Store, StoreConflictError

from .acts import WORKERS, Act, pairs, sound
from .dying import watched
from .schedule import Turns, schedules
from .test_crashes import Files, Step, finish, live, standing_of


class InTurns:
    """A store whose transactions and views wait for their turn."""

    def __init__(self, inner: Store, turns: Turns) -> None:
        self.inner = inner
        self.turns = turns

    @contextmanager
    def begin(self) -> Iterator[Any]:
        """A transaction."""
        self.turns.step("begin")
        with self.inner.begin() as transaction:
            yield transaction

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A view."""
        self.turns.step("reading")
        with self.inner.reading() as view:
            yield view


class Stale(SqliteCounters):
    """Counters that are changed by what they were when somebody looked, and not by what they are."""

    seen: dict[str, Balance | None]

    def balance(self, key: str) -> Balance | None:
        """What it was then."""
        return self.seen[key] if key in self.seen else super().balance(key)


class CheckThenAct(InTurns):
    """A store as many shops have it: it looks whether there is enough, and takes it afterwards."""

    @contextmanager
    def begin(self) -> Iterator[Any]:
        """Look, and then write."""
        self.turns.step("look")
        with self.inner.reading() as view:
            keys = view.counters.keys()
            seen = {key: view.counters.balance(key) for key in keys}  # type: ignore[attr-defined]
        self.turns.step("begin")
        with self.inner.begin() as transaction:
            counters = Stale(transaction.counters._link)  # type: ignore[attr-defined]
            counters.seen = seen
            transaction.counters, honest = counters, transaction.counters  # type: ignore[misc]
            try:
                yield transaction
            finally:
                transaction.counters = honest  # type: ignore[misc]


def conflicts(act: Act, store: Any, seed: int) -> str:
    """The act's answer; who lost against the other for good is told so, and may come again."""
    try:
        return act(store, seed)
    except StoreConflictError:
        return act(store, seed + 1, again=1)


def run(files: Files, pair: tuple[Act, Act], turns: Turns, kind: type[InTurns] = InTurns) -> Any:
    """One run, checked; how it stands."""
    path = files.fresh(pair[0].stage)
    with watched(path) as store:
        both = [
            lambda number=number, act=act: conflicts(act, kind(store, turns), 1000 * number)
            for number, act in enumerate(pair, start=1)
        ]
        answers = turns.run(*both)
        for answer in answers.values():
            if isinstance(answer, BaseException):
                raise answer
        sound(store)
    finish(path, pair)
    return standing_of(path)


def in_both_orders(files: Files, pair: tuple[Act, Act]) -> list[Any]:
    """How it may stand: as after one order, or as after the other."""
    ends = []
    for order in (pair, pair[::-1]):
        path = files.fresh(pair[0].stage)
        for act in order:
            live(path, Step(act))
        finish(path, pair)
        ends.append(standing_of(path))
    return ends


@attrs.define
class Tally:
    """How many runs there were, how many different ones, and how many went wrong."""

    runs: int = 0
    wrong: int = 0
    executed: set[Any] = attrs.field(factory=set)
    caught: set[Any] = attrs.field(factory=set)
    first: Exception | None = None


def explore(files: Files, pair: tuple[Act, Act], tally: Tally, kind: type[InTurns] = InTurns) -> None:
    """Every schedule of a pair."""
    ends = in_both_orders(files, pair)
    found: list[Any] = []

    def play(turns: Turns) -> None:
        found.clear()
        try:
            end = run(files, pair, turns, kind)
            assert end in ends, f"{end} is neither of {ends}"
        except Exception as error:
            error.add_note(f"{pair[0].stage}: {pair[0].name} and {pair[1].name}: {turns.done}")
            found.append(error)

    for turns in schedules(play):
        tally.runs += 1
        tally.executed.add((pair, tuple(turns.done)))
        if found:
            tally.wrong += 1
            if kind is InTurns:
                raise found[0]


@pytest.mark.parametrize(
    ("stage", "names"),
    [
        ("unpaid", ("place", "place another")),
        ("unpaid", ("place", "place")),
        ("unpaid", ("pay", "cancel")),
        ("packed", ("hand over", "cancel")),
    ],
)
def test_two_at_once_end_as_one_after_the_other(folder: Path, stage: str, names: tuple[str, str]) -> None:
    """The last unit, a double click, money that comes while somebody cancels, and a parcel that leaves meanwhile."""
    tally = Tally()
    explore(Files(folder), (Act(stage, names[0]), Act(stage, names[1])), tally)
    assert tally.runs == len(tally.executed) > 1


@pytest.mark.long
def test_any_two_at_once_end_as_one_after_the_other(
    folder: Path, record_property: Callable[[str, object], None]
) -> None:
    """Every pair at every stage, in every order of their transactions and views; two workers have too many steps."""
    files, tally = Files(folder), Tally()
    for pair in pairs():
        if any(act.name not in WORKERS for act in pair):
            explore(files, pair, tally)
    record_property("runs", tally.runs)
    assert len(tally.executed) > 1000


def test_looking_first_and_taking_afterwards_is_caught(folder: Path) -> None:
    """A store that checks outside its transaction sells the last unit twice in most of its runs."""
    tally = Tally()
    explore(Files(folder), (Act("unpaid", "place"), Act("unpaid", "take the last")), tally, CheckThenAct)
    assert tally.wrong > tally.runs / 2, f"{tally.wrong} of {tally.runs}"
