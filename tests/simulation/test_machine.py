"""
Many orders at once, everything in any order, with faults: the invariants hold after every step.

Hypothesis finds and shrinks; the seeded driver goes further, and a failure names the seed that repeats it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from orderflow.adapters.sqlite import SqliteStore
from orderflow.ports.store import Store

from . import actions, checks
from .driver import simulate
from .world import SKUS, World

T = TypeVar("T")


class Drawn:
    """Chance from Hypothesis."""

    def __init__(self, data: st.DataObject) -> None:
        self.data = data

    def choose(self, among: Sequence[T]) -> T:
        """One of these."""
        return among[self.data.draw(st.integers(0, len(among) - 1))]

    def number(self, low: int, high: int) -> int:
        """A number in this range."""
        return self.data.draw(st.integers(low, high))


class ShopMachine(RuleBasedStateMachine):
    """A shop and everything that may happen to it."""

    def store(self) -> Store | None:
        """Where it keeps its orders; None for memory."""
        return None

    @initialize()
    def open(self) -> None:
        """Eight of everything on the shelf."""
        self.world = World(self.store())
        for sku in SKUS:
            self.world.restock(sku, 8, "opening")

    @rule(data=st.data())
    def order(self, data: st.DataObject) -> None:
        """Orders come often, so that there is something to do."""
        self._step(actions.place, data)

    @precondition(lambda self: self.world.orders)
    @rule(data=st.data(), what=st.sampled_from(actions.ACTIONS))
    def act(self, data: st.DataObject, what: actions.Action) -> None:
        """Anything that hosts, customers, partners and time do."""
        self._step(what, data)

    @precondition(lambda self: self.world.orders)
    @rule(data=st.data(), what=st.sampled_from(actions.TROUBLE))
    def go_wrong(self, data: st.DataObject, what: actions.Action) -> None:
        """Something is about to fail."""
        self._step(what, data)

    def _step(self, what: actions.Action, data: Any) -> None:
        what(self.world, Drawn(data))
        checks.after_step(self.world)

    def teardown(self) -> None:
        """Everything comes to an end, and every order can be filed."""
        actions.finish(self.world)
        checks.at_rest(self.world)


class FileMachine(ShopMachine):
    """The same on SQLite."""

    def store(self) -> Store:
        """A new file."""
        self.folder = TemporaryDirectory()
        return SqliteStore(Path(self.folder.name) / "shop.db")

    def teardown(self) -> None:
        """And the file is closed."""
        super().teardown()
        self.world.store.close()
        self.folder.cleanup()


_CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
TestShop = ShopMachine.TestCase
TestShop.settings = settings(max_examples=15, stateful_step_count=40, suppress_health_check=_CHECKS)
TestFile = FileMachine.TestCase
TestFile.settings = settings(max_examples=2, stateful_step_count=20, suppress_health_check=_CHECKS)


@pytest.mark.parametrize("seed", range(8))
def test_a_busy_shop(seed: int) -> None:
    """A hundred and twenty actions on many orders, then everything is finished."""
    simulate(seed, 120)


def test_a_busy_shop_on_a_file(tmp_path: Path) -> None:
    """The same in SQLite."""
    store = SqliteStore(tmp_path / "shop.db")
    simulate(3, 60, store)
    store.close()


def test_the_same_seed_is_the_same_story() -> None:
    """Down to the bytes of every event."""
    stories = []
    for _ in range(2):
        world = simulate(11, 80)
        with world.store.reading() as view:
            stories.append([[row.payload for row in view.streams.read(order)] for order in world.orders])
    assert stories[0] == stories[1]


@pytest.mark.long
@pytest.mark.parametrize("block", range(20))
def test_a_shop_busy_for_long(block: int) -> None:
    """Fifty seeds per block, three hundred actions each."""
    for seed in range(1000 + block * 50, 1050 + block * 50):
        simulate(seed, 300)


@pytest.mark.long
def test_hypothesis_for_long() -> None:
    """Two hundred longer runs, differently each time."""
    from hypothesis.stateful import run_state_machine_as_test

    long = settings(max_examples=200, stateful_step_count=80, derandomize=False, suppress_health_check=_CHECKS)
    run_state_machine_as_test(ShopMachine, settings=long)
