"""A process that dies at any call to its store leaves an order and its card agreed, and a repetition mends the rest."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.dying import DyingStore, Fuse, died
from tests.workflows.counter import order_of, pln

from orderflow import giftcards, orders
from orderflow.adapters.sqlite import SqliteStore
from orderflow.testing.world import CountingIds, VirtualClock
from orderflow.verify import verify
from orderflow.workflows import Status

from .till import Till, tenders

CODE = "A" * 26
CARD = giftcards.card_id(CODE)


def issue(at: Till) -> None:
    """Sixty on a card, thirty for the customer."""
    at.shop.issue_gift_card(pln("60.00"), code=CODE)
    at.grant("30.00")


def place(at: Till) -> None:
    """The customer's one order, asked for with one request id, by card, by credit, and the rest by transfer."""
    command = order_of(customer="c-1")
    at.shop.place(command, gift_cards=[CODE], store_credit=True, request_id="r-1")


def only(at: Till) -> str:
    """The one order there is."""
    return at.shop.orders()[0].id


def pay(at: Till) -> None:
    """Part of an order that waits for its money, by card."""
    at.pay(only(at), CODE, "40.00")


def cancel(at: Till) -> None:
    """The order is cancelled: everything goes back."""
    at.shop.do(orders.CancelOrder(order=only(at)))


def expire(at: Till) -> None:
    """Nobody paid the rest in time."""
    at.clock.advance(timedelta(days=8))
    at.shop.run()


def nothing(at: Till) -> None:
    """Nothing happened before."""


def issued_and_placed(at: Till) -> None:
    """An order that waits for the rest of its money."""
    issue(at)
    place(at)


def nearly_over(at: Till) -> None:
    """Everything was done that is due before the time is over."""
    issued_and_placed(at)
    at.shop.run()


def issued_and_waiting(at: Till) -> None:
    """An order that waits for all of its money."""
    issue(at)
    at.place()


Story = tuple[Callable[[Till], None], Callable[[Till], None], str, str]
STORIES: dict[str, Story] = {
    "issue": (nothing, issue, "60.00", "30.00"),
    "place": (issue, place, "0.00", "0.00"),
    "pay": (issued_and_waiting, pay, "20.00", "30.00"),
    "cancel": (issued_and_placed, cancel, "60.00", "30.00"),
    "expire": (nearly_over, expire, "60.00", "30.00"),
}


@pytest.mark.parametrize("name", STORIES)
def test_a_crash_at_any_call_leaves_all_or_nothing(tmp_path: Path, name: str) -> None:
    """Every call, every commit before and after it: verified as it was left, then done again by another process."""
    before, act, on_card, credit = STORIES[name]
    template = Till(store=SqliteStore(tmp_path / "template.db"))
    before(template)
    template.store.close()
    for number in range(2000):
        shutil.copy(tmp_path / "template.db", tmp_path / f"{number}.db")
        store: Any = SqliteStore(tmp_path / f"{number}.db")
        ids = CountingIds(1)
        at = Till(store=store, ids=ids, clock=VirtualClock(template.clock.now()))
        at.shop.store = at.shop._unit.store = DyingStore(store, Fuse(number))
        over = not died(lambda at=at: act(at))
        assert verify(store) == (), f"after dying at call {number}"
        again = Till(store=store, clock=at.clock, ids=ids)
        act(again)
        if name == "expire":  # what another process had claimed is free again after its lease
            again.later(minutes=3)
        assert (again.on(CODE), again.credit()) == (pln(on_card), pln(credit)), f"after dying at call {number}"
        assert again.counter(CARD) == (pln(on_card).minor, 0)
        assert verify(store) == (), f"after mending call {number}"
        store.close()
        if over:
            break
    assert 5 < number < 1900


def test_what_was_done_is_done(tmp_path: Path) -> None:
    """The stories above are what they say."""
    at = Till(store=SqliteStore(tmp_path / "one.db"))
    issue(at)
    place(at)
    assert tenders(at.shop.order(only(at))) == {"gift_card": "60.00", "store_credit": "30.00"}
    expire(at)
    assert at.shop.order(only(at)).status is Status.CANCELLED
    at.store.close()
