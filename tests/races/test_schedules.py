"""The search that leaves out runs which are the same as others misses none of the different ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from threading import Lock

import pytest

from .schedule import EVERYTHING, Turns, different_schedules, history, schedules

Program = Sequence[str]
"""Steps: ``x`` reads, ``X`` changes what all see of it, ``(x`` locks it until ``.``, the commit."""

PROGRAMS: Sequence[Program] = [
    ("x", "X", "."),
    ("X", "y", "."),
    ("x", "y", "z", "X"),
    ("(x", "Y", "."),
    ("(y", "x", "X", "."),
    ("z", "(x", "Z", "."),
]


class Rows:
    """Rows in memory with locks, beside which each step says what it touches."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.values = dict.fromkeys("xyz", 0)
        self.locks = {name: Lock() for name in "xyz"}
        self.waits: set[int] = set()
        turns.is_blocked = lambda number: number in self.waits

    def play(self, number: int, program: Program) -> int:
        """Run one program; what it made of all that it read."""
        seen, held = number + 1, set[str]()
        try:
            for step in program:
                self.turns.step(step)
                seen = self.do(number, step, seen, held)
        finally:
            self.free(held)
        return seen

    def do(self, number: int, step: str, seen: int, held: set[str]) -> int:
        """Take one step."""
        name = step[-1].lower()
        if step == ".":
            self.turns.touch(EVERYTHING)
            self.free(held)
            return seen
        self.turns.touch(name, changes=step != name)
        if step.startswith("("):
            self.take(number, name)
            held.add(name)
        elif step == name:
            return seen * 31 + self.values[name]
        else:
            self.values[name] = self.values[name] * 31 + seen
        return seen

    def take(self, number: int, name: str) -> None:
        """Lock a row, or wait for it: nobody else moves before it is known which."""
        if not self.locks[name].acquire(blocking=False):
            self.waits.add(number)
            self.locks[name].acquire()

    def free(self, held: set[str]) -> None:
        """Whoever waits is no longer blocked."""
        while held:
            self.waits.clear()
            self.locks[held.pop()].release()


def played(runs: Callable[..., object], pair: tuple[Program, Program]) -> tuple[list[Turns], set[object]]:
    """All runs of a pair, and all that came out of them."""
    ends: set[object] = set()

    def play(turns: Turns) -> None:
        rows = Rows(turns)
        turns.run(*(lambda n=n, program=program: rows.play(n, program) for n, program in enumerate(pair)))
        if not turns.given_up:
            ends.add((tuple(sorted(turns.answers.items())), tuple(rows.values.values())))

    return [turns for turns in runs(play) if not turns.given_up], ends  # type: ignore[attr-defined]


@pytest.mark.parametrize("pair", list(itertools.combinations_with_replacement(PROGRAMS, 2)))
def test_leaving_out_what_is_the_same_finds_every_history_once(pair: tuple[Program, Program]) -> None:
    """The same histories and the same ends as all runs have; a history only comes twice where somebody had to wait."""
    every, ends = played(schedules, pair)
    different, found = played(different_schedules, pair)
    assert found == ends
    assert {history(turns) for turns in different} == {history(turns) for turns in every}
    assert len(different) <= len(every)
    if not any("(" in step for program in pair for step in program):
        assert len({history(turns) for turns in different}) == len(different)
