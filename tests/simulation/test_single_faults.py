"""
Every story with every single fault: at each call of a partner and each commit, in every way it can go wrong.

The final books of all partners must be those of the run in which nothing went wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orderflow import Shop
from orderflow.adapters.sqlite import SqliteStore

from . import checks
from .outside import Fault
from .stories import STORIES, told
from .world import World

_EVERY = 12  # the default run takes every twelfth point; all of them with -m long


def books(name: str, fault: tuple[int, Fault] | None, shop: Callable[..., Shop] = Shop) -> tuple[Any, World]:
    """Tell a story with at most one fault; the final books."""
    world = World(shop=shop)
    if fault is not None:
        world.points.planned[fault[0]] = fault[1]
    told(name, world)
    checks.after_step(world)
    for view in world.views():
        kept = world.money_outside(view.id)
        assert kept == view.owed.minor, f"M4: {kept} is held and {view.owed} is owed"
        assert view.order.stage == "closed", f"L4: {view.order.stage}, {world.shop.alerts()}"
    return checks.totals(world), world


def kinds(point: str) -> tuple[Fault, ...]:
    """How a point can go wrong."""
    every = (Fault.BEFORE, Fault.AFTER, Fault.CRASH_BEFORE, Fault.CRASH_AFTER)
    return every if point == "commit" else (*every, Fault.UNKNOWN)


def try_points(name: str, start: int, step: int, shop: Callable[..., Shop] = Shop) -> Counter[str]:
    """Each of the chosen points, each kind of fault; how many were injected, by kind."""
    expected, calm = books(name, None, shop)
    injected: Counter[str] = Counter()
    for number, point in list(enumerate(calm.points.names))[start::step]:
        for fault in kinds(point):
            try:
                found, world = books(name, (number, fault), shop)
                assert world.points.injected == 1
                assert found == expected
            except BaseException as error:
                error.add_note(f"{name}: {fault} at point {number}, {point}")
                raise
            injected[fault] += 1
    return injected


@pytest.mark.parametrize("name", STORIES)
def test_one_fault_changes_nothing_in_the_end(name: str) -> None:
    """Some of all points, others for every story."""
    assert try_points(name, sorted(STORIES).index(name) % _EVERY, _EVERY)


@pytest.mark.long
@pytest.mark.parametrize("name", STORIES)
def test_every_single_fault_changes_nothing_in_the_end(name: str) -> None:
    """All points, all kinds."""
    assert try_points(name, 0, 1)


@pytest.mark.long
def test_two_faults_in_a_row_change_nothing_in_the_end() -> None:
    """A fault, and another one while recovering from it: each pair of neighbouring points of two stories."""
    for name in ("saved_card", "cancelled_after_payment"):
        expected, calm = books(name, None)
        for number in range(len(calm.points.names)):
            for first in (Fault.AFTER, Fault.CRASH_AFTER):
                for distance in (1, 2, 3):
                    world = World()
                    world.points.planned.update({number: first, number + distance: Fault.CRASH_BEFORE})
                    told(name, world)
                    checks.after_step(world)
                    assert checks.totals(world) == expected, f"{name}: {first} at {number}, crash {distance} later"


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_a_file_survives_the_same(tmp_path: Path, fault: Fault) -> None:
    """The same on SQLite, at a few points of one story."""
    expected, calm = books("cancelled_after_payment", None)
    for number in range(3, len(calm.points.names), 12):
        world = World(SqliteStore(tmp_path / f"{number}{fault}.db"))
        world.points.planned[number] = fault
        told("cancelled_after_payment", world)
        checks.after_step(world)
        assert checks.totals(world) == expected
        world.store.close()
