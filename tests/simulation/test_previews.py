"""Every command of a long story is looked at before it is done: a preview tells what will be, and leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.hostile.attacks import rows

from orderflow import CommandRejected, Shop, orders
from orderflow.runtime.memory import MemoryStore
from orderflow.runtime.views import OrderView
from orderflow.workflows import Command

from . import driver, everything


class Looking(Shop):
    """A shop whose staff look at each command of an order before they give it."""

    def do(self, command: Any, *, request_id: str | None = None) -> Any:
        """Carry it out, as it was previewed."""
        is_news = request_id is None or self._answered(request_id, command) is None
        if not isinstance(command, Command) or isinstance(command, orders.RecordOrder) or not is_news:
            return super().do(command, request_id=request_id)
        inner = self.store.inner  # type: ignore[attr-defined]  # the world watches its store
        before = rows(inner)
        try:
            seen: Any = _told(self.preview(command), command)
        except CommandRejected as rejected:
            seen = rejected.reasons
        assert rows(inner) == before, f"a preview wrote: {command}"
        try:
            view = super().do(command, request_id=request_id)
        except CommandRejected as rejected:
            refused = rejected
        else:
            assert _told(view, command) == seen, f"{command} did something else than its preview"
            return view
        assert refused.reasons == seen, f"{command} was refused otherwise than its preview"
        raise refused


def _told(view: OrderView, command: object) -> tuple[Any, ...]:
    """The order as it is then; the id and the reference of a new one are nobody's before it is placed."""
    if not isinstance(command, orders.PlaceOrder):
        return (view.version, view.file)
    return (view.version, view.status, view.total, view.due, view.paid, view.left_out, view.file.stock)


@pytest.mark.parametrize("simulate", [driver.simulate, everything.simulate])
@pytest.mark.parametrize("seed", range(6))
def test_a_preview_is_what_the_command_then_does(simulate: Callable[..., Any], seed: int) -> None:
    """The same order to the last field, or the same reasons; and nothing in the store has moved."""
    simulate(seed, 100, MemoryStore(), Looking, calm=True)


@pytest.mark.long
@pytest.mark.parametrize("simulate", [driver.simulate, everything.simulate])
@pytest.mark.parametrize("block", range(6))
def test_previews_for_long(simulate: Callable[..., Any], block: int) -> None:
    """Fifty seeds per block, a hundred and fifty actions each."""
    for seed in range(1000 + block * 50, 1050 + block * 50):
        simulate(seed, 150, MemoryStore(), Looking, calm=True)
