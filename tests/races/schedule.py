"""
Two processes that take steps in turns: every schedule of them, one after another.

Each process is a thread that asks before a step. Where a step of one waits for the other (``is_blocked`` says so), the
other goes on. A run is told by its choices; the next one differs in the last choice that could have been another.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from threading import Condition, Thread, local
from typing import Any

import attrs

_LONGEST = 60.0
_POLL = 0.002


@attrs.define
class Turns:
    """One run: who may go, and what was done so far."""

    choices: Sequence[int] = ()
    is_blocked: Callable[[int], bool] = lambda number: False
    most: int = 0  # 1: a choice that is not given is made by chance
    chance: random.Random = attrs.field(factory=random.Random)
    done: list[tuple[int, str]] = attrs.field(factory=list)
    taken: list[int] = attrs.field(factory=list)  # 0 or 1 where both could go
    answers: dict[int, Any] = attrs.field(factory=dict)
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
            self.done.append((number, label))

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
            chosen = ready[0] if len(ready) == 1 else self._choice()
            del self._waiting[chosen]
            self._free.add(chosen)
            self._change.notify_all()

    def _is_busy(self, number: int) -> bool:
        return number not in self._waiting and number not in self.answers

    def _choice(self) -> int:
        place = len(self.taken)
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


def some_schedules(play: Callable[[Turns], None], count: int, **options: Any) -> Iterator[Turns]:
    """So many runs by chance, the same ones every time."""
    for seed in range(count):
        turns = Turns(most=1, chance=random.Random(seed), **options)
        play(turns)
        yield turns
