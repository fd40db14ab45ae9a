"""
Two commands in both orders, and a process that dies at any statement of either: nothing is oversold, lost or leaked.

SQLite lets one writer in at a time, so two orders are all there is between two commits. What may come between the
transactions of one command is the business of ``test_turns``.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
import pytest

from .acts import STEPS, Act, acts, finisher, prepare, sound, standing
from .dying import Died, Fuse, Torn, Watched, watched


@attrs.define
class Files:
    """A prepared database for each stage, and copies of them."""

    folder: Path
    count: int = 0

    def fresh(self, stage: str) -> Path:
        """A database that nobody used yet."""
        template = self.folder / f"{stage}.db"
        if not template.exists():
            with watched(template) as store:
                prepare(store, stage)
        self.count += 1
        path = self.folder / f"copy-{self.count % 8}.db"
        shutil.copy(template, path)
        return path


@attrs.frozen
class Step:
    """A process that does an act: at which statement it dies, and whether it is the second try."""

    act: Act
    dies_at: int | None = None
    again: int = 0


def live(path: Path, step: Step, wrap: type[Watched] = Watched) -> tuple[str, ...]:
    """Everything that the process sent, and its answer."""
    fuse = Fuse(step.dies_at)
    with watched(path, fuse, wrap) as store:
        try:
            answer = step.act(store, seed=sum(map(ord, step.act.name)) * 1000, again=step.again)
        except Died:
            answer = "died"
    return (*fuse.sent, answer)


def standing_of(path: Path) -> Any:
    """How everything stands, if it is sound."""
    with watched(path) as store:
        sound(store)
        return standing(store)


def finish(path: Path, done: Iterable[Act]) -> None:
    """Do what a worker among them left undone."""
    if (last := finisher(done)) is not None:
        live(path, Step(last, again=2))


def pairs() -> Iterable[tuple[Act, Act]]:
    """Any two acts at the same stage, in both orders; the same one twice, too."""
    for stage in STEPS:
        yield from itertools.product(acts(stage), repeat=2)


def crashes(files: Files, one: Act, other: Act) -> tuple[list[tuple[Step, ...]], list[Any]]:
    """Every death in this order of the two, and how it may stand in the end."""
    ends, lengths = [], []
    for order in ((one, other), (other, one)):
        path = files.fresh(one.stage)
        lengths.append([len(live(path, Step(act))) for act in order])
        finish(path, order)
        ends.append(standing_of(path))
    first, second = lengths[0]
    return [
        *((Step(one, number), Step(other), Step(one, again=1)) for number in range(first)),
        *((Step(one), Step(other, number), Step(other, again=1)) for number in range(second)),
    ], ends


def play(files: Files, history: Iterable[Step], ends: list[Any], wrap: type[Watched] = Watched) -> tuple[Any, ...]:
    """One history, checked after every process; what was sent in it."""
    sent = []
    steps = tuple(history)
    path = files.fresh(steps[0].act.stage)
    for step in steps:
        sent.append(live(path, step, wrap))
        standing_of(path)
    finish(path, [step.act for step in steps])
    end = standing_of(path)
    assert end in ends, f"{end} is neither of {ends}"
    return tuple(sent)


def note_of(history: tuple[Step, ...]) -> str:
    """A history in words."""
    return ", then ".join(
        f"{step.act.name}{' dies at ' + str(step.dies_at) if step.dies_at is not None else ''}" for step in history
    )


def played(folder: Path, *, some: bool) -> tuple[int, int]:
    """Play *some* or all histories: how many, and how many of them differ in what was executed."""
    files, executed, count = Files(folder), set(), 0
    for one, other in itertools.islice(pairs(), 0, None, 29 if some else 1):
        histories, ends = crashes(files, one, other)
        for history in histories[:: 20 if some else 1]:
            try:
                executed.add(hash((one.stage, play(files, history, ends))))
            except BaseException as error:
                error.add_note(f"{one.stage}: {note_of(history)}")
                raise
            count += 1
    return count, len(executed)


def test_a_death_at_a_statement_is_mended_by_a_repetition(folder: Path) -> None:
    """A small part of all histories, spread over all stages."""
    count, distinct = played(folder, some=True)
    assert count > 30
    assert distinct > count * 0.9


@pytest.mark.long
def test_a_death_at_any_statement_is_mended_by_a_repetition(
    folder: Path, record_property: Callable[[str, object], None]
) -> None:
    """Every pair, both orders, every statement; the distinct histories are counted by what was executed."""
    count, distinct = played(folder, some=False)
    record_property("histories", count)
    record_property("distinct", distinct)
    assert distinct > 10_000


def between_writes(files: Files, act: Act) -> range:
    """Where a process may die when some of its writes were sent and others not."""
    sent = live(files.fresh(act.stage), Step(act))
    writes = [number for number, sql in enumerate(sent) if sql.startswith(("INSERT", "UPDATE", "DELETE"))]
    return range(writes[0] + 1, writes[-1] + 1)


@pytest.mark.parametrize(("stage", "name"), [("unpaid", "place"), ("unpaid", "cancel"), ("packed", "hand over")])
def test_a_library_without_transactions_is_caught(folder: Path, stage: str, name: str) -> None:
    """A process that dies among its writes leaves half an order, which a repetition does not mend."""
    files, act, other = Files(folder), Act(stage, name), Act(stage, "note")
    _, ends = crashes(files, act, other)
    play(files, (Step(act), Step(other)), ends, Torn)  # without a death there is nothing to see
    caught, places = 0, between_writes(files, act)
    for number in places:
        try:
            play(files, (Step(act, number), Step(other), Step(act, again=1)), ends, Torn)
        except Exception:
            caught += 1
    assert caught > len(places) / 2, f"{caught} of {len(places)}"
