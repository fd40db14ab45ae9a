"""A seeded driver: long runs without Hypothesis, each repeated exactly by its seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from orderflow import Shop
from orderflow.ports.store import Store

from . import actions
from .checks import after_step, at_rest
from .world import SKUS, World

T = TypeVar("T")


class Dice:
    """Chance from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def choose(self, among: Sequence[T]) -> T:
        """One of these."""
        return among[self.random.randrange(len(among))]

    def number(self, low: int, high: int) -> int:
        """A number in this range."""
        return self.random.randint(low, high)


def simulate(
    seed: int, steps: int, store: Store | None = None, shop: Callable[..., Shop] = Shop, *, calm: bool = False
) -> World:
    """Run *steps* random actions, check after each, finish everything, and check what is left."""
    world = World(store, seed, shop)
    dice = Dice(seed)
    for sku in SKUS:
        world.restock(sku, 8, "opening")
    story: list[str] = []
    try:
        for _ in range(steps):
            pool = actions.TROUBLE if not calm and dice.number(1, 8) == 1 else actions.ACTIONS
            act = dice.choose(pool)
            story.append(act.__name__)
            act(world, dice)
            after_step(world)
        story.append("finish")
        actions.finish(world)
        at_rest(world)
    except BaseException as error:
        error.add_note(f"seed {seed}, step {len(story)}: … {' '.join(story[-12:])}")
        raise
    return world
