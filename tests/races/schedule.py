"""
Two processes that take steps in turns: every schedule of them, one after another.

Each process is a thread that asks before a step. Where a step of one waits for the other (``is_blocked`` says so), the
other goes on. A run is told by its choices; the next one differs in the last choice that could have been another.

Steps that touch nothing in common may come in either order, and the end is the same. So of all runs that differ only in
the order of such neighbours one is enough (Mazurkiewicz's traces). :func:`different_schedules` finds them with sleep
sets (Godefroid 1996): where the first process went first before, and the second one does now, the first sleeps until
a step touches what its next step touches; to wake it earlier would repeat a run that was played. A run in which nobody
but a sleeper can go on is given up.

This is sound as long as two steps that are said to touch nothing in common commute, neither lets the other go on, and
neither keeps it from going on. A step that may end somebody's wait therefore touches ``EVERYTHING``; and a step touches
also what it does after it waited, which may only make more runs different than there are.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from threading import Condition, Thread, local
from typing import Any

import attrs

EVERYTHING = "everything"
_LONGEST = 60.0
_POLL = 0.002

Touched = Mapping[str, bool]
"""What a step touches, and whether it changes or locks it, or only reads."""


class GivenUpError(BaseException):
    """This run was played before, in another order of steps that do not touch each other."""


def is_apart(one: Touched, other: Touched) -> bool:
    """
    Whether two steps may come in either order.

    >>> is_apart({"heads": True}, {"counters": True}), is_apart({"heads": True}, {"heads": False})
    (True, False)
    >>> is_apart({"heads": False}, {"heads": False}), is_apart({"heads": False}, {EVERYTHING: True})
    (True, False)
    """
    if EVERYTHING in one or EVERYTHING in other:
        return False
    return not any(one[name] or other[name] for name in one.keys() & other.keys())


@attrs.define
class Turns:
    """One run: who may go, and what was done so far."""

    choices: Sequence[int] = ()
    is_blocked: Callable[[int], bool] = lambda number: False
    most: int = 0  # 1: a choice that is not given is made by chance
    chance: random.Random = attrs.field(factory=random.Random)
    done: list[tuple[int, str]] = attrs.field(factory=list)
    taken: list[int] = attrs.field(factory=list)  # 0 or 1 where both could go
    places: list[int] = attrs.field(factory=list)  # how many steps were done at each choice
    sleepers: Mapping[int, Touched] = attrs.field(factory=dict)  # at a choice: what the first one's step touches
    touched: list[dict[str, bool]] = attrs.field(factory=list)  # by each step done
    given_up: bool = False
    answers: dict[int, Any] = attrs.field(factory=dict)
    _asleep: Touched | None = None  # what the first process's next step touches, while it sleeps
    _slept: int = 0
    _last: dict[int, int] = attrs.field(factory=dict)
    _waiting: dict[int, str] = attrs.field(factory=dict)
    _free: set[int] = attrs.field(factory=set)
    _change: Condition = attrs.field(factory=Condition)
    _mine: Any = attrs.field(factory=local)

    @property
    def number(self) -> int | None:
        """Which process of this run this thread is."""
        return getattr(self._mine, "number", None)

    def step(self, label: str) -> None:
        """Wait for one's turn; a thread that is no process of this run goes at once."""
        number = self.number
        if number is None:
            return
        with self._change:
            self._waiting[number] = label
            self._change.notify_all()
            self._change.wait_for(lambda: number in self._free, _LONGEST)
            self._free.discard(number)
            if self.given_up:
                raise GivenUpError
            self._last[number] = len(self.done)
            self.done.append((number, label))
            self.touched.append({})

    def touch(self, name: str, *, changes: bool = True) -> None:
        """Say what this process's last step touches."""
        if self.number in self._last:
            step = self.touched[self._last[self.number]]
            step[name] = step.get(name, False) or changes

    def run(self, *processes: Callable[[], Any]) -> dict[int, Any]:
        """Let both come to their end; what each answered or raised."""
        threads = [Thread(target=self._live, args=pair, daemon=True) for pair in enumerate(processes)]
        for thread in threads:
            thread.start()
        while len(self.answers) < len(processes):
            self._advance(len(processes))
        for thread in threads:
            thread.join(_LONGEST)
        return self.answers

    def _live(self, number: int, process: Callable[[], Any]) -> None:
        self._mine.number = number
        try:
            answer = process()
        except BaseException as error:
            answer = error
        with self._change:
            self.touch(EVERYTHING)
            self.answers[number] = answer
            self._change.notify_all()

    def _advance(self, count: int) -> None:
        """Wait until everybody waits, is blocked or has ended, and let one go."""
        began = time.monotonic()
        with self._change:
            while busy := [number for number in range(count) if self._is_busy(number)]:
                if self._waiting and all(self.is_blocked(number) for number in busy):
                    break
                assert time.monotonic() - began < _LONGEST, f"{busy} came to no step after {self.done[-3:]}"
                self._change.wait(_POLL)
            ready = sorted(self._waiting)
            if not ready:
                return
            self._wake()
            chosen = ready[0] if len(ready) == 1 else 1 if self._asleep is not None else self._choice()
            self.given_up |= chosen == 0 and self._asleep is not None
            del self._waiting[chosen]
            self._free.add(chosen)
            self._change.notify_all()

    def _is_busy(self, number: int) -> bool:
        return number not in self._waiting and number not in self.answers

    def _wake(self) -> None:
        if self._asleep is not None and self._slept < len(self.done) and not is_apart(self._asleep, self.touched[-1]):
            self._asleep = None

    def _choice(self) -> int:
        place = len(self.taken)
        self.places.append(len(self.done))
        self._asleep, self._slept = self.sleepers.get(place), len(self.done)
        self.taken.append(self.choices[place] if place < len(self.choices) else self.chance.randint(0, self.most))
        return self.taken[-1]


def schedules(play: Callable[[Turns], None], **options: Any) -> Iterator[Turns]:
    """Every run there is, each played by *play*."""
    choices: list[int] = []
    while True:
        turns = Turns(choices, **options)
        play(turns)
        yield turns
        choices = turns.taken
        while choices and choices[-1] == 1:
            choices.pop()
        if not choices:
            return
        choices[-1] = 1


def different_schedules(play: Callable[[Turns], None], **options: Any) -> Iterator[Turns]:
    """One of all runs that differ only in the order of steps that do not touch each other; given up ones among them."""
    choices: list[int] = []
    places: list[int] = []
    sleepers: dict[int, Touched] = {}
    while True:
        turns = Turns(choices, sleepers=sleepers, **options)
        play(turns)
        assert turns.places[: len(choices)] == places, f"not the same again after {choices}: {turns.done}"
        yield turns
        choices = turns.taken
        while choices and choices[-1] == 1:
            choices.pop()
            sleepers.pop(len(choices), None)
        if not choices:
            return
        choices[-1] = 1
        places = turns.places[: len(choices)]
        sleepers[len(choices) - 1] = turns.touched[places[-1]]


def history(turns: Turns) -> tuple[frozenset[tuple[int, int, str]], ...]:
    """
    What runs have in common that differ only in the order of steps that do not touch each other (Foata's normal form).

    Each step by its process, its number there, and its label, as early as what it must come after allows.
    """
    heights: list[int] = []
    counts = [0, 0]
    found: dict[int, set[tuple[int, int, str]]] = {}
    for place, (number, label) in enumerate(turns.done):
        after = [
            heights[earlier]
            for earlier in range(place)
            if turns.done[earlier][0] == number or not is_apart(turns.touched[earlier], turns.touched[place])
        ]
        heights.append(max(after, default=-1) + 1)
        found.setdefault(heights[-1], set()).add((number, counts[number], label))
        counts[number] += 1
    return tuple(frozenset(found[height]) for height in sorted(found))


def some_schedules(play: Callable[[Turns], None], count: int, **options: Any) -> Iterator[Turns]:
    """So many runs by chance, the same ones every time."""
    for seed in range(count):
        turns = Turns(most=1, chance=random.Random(seed), **options)
        play(turns)
        yield turns
