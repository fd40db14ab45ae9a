"""A process that dies at any call to its store leaves an order with its coupon, or neither; a repetition mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.workflows.counter import order_of, pln

from orderflow import coupons, orders
from orderflow.adapters.sqlite import SqliteStore
from orderflow.coupons import Campaign, UseStage
from orderflow.verify import verify

from .campaigns import Desk

FULL = Campaign(id="full", codes=["full"], limited=True, uses_per_customer=1, budgeted=True)
CUSTOMER = coupons.customer_id("full", coupons.pseudonym("full", "c-1"))
PARTS = ("streams", "counters", "work", "records")


class Died(BaseException):
    """The process is gone."""


class Fuse:
    """Counts calls, and dies at one of them."""

    def __init__(self, left: int) -> None:
        self.left = left

    def burn(self) -> None:
        """One call nearer."""
        self.left -= 1
        if self.left < 0:
            raise Died


class Dying:
    """Anything that dies before a call that its fuse does not reach any more."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self.inner = inner
        self.fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if name in PARTS:
            return Dying(found, self.fuse)
        if not callable(found):
            return found

        def call(*args: Any, **named: Any) -> Any:
            self.fuse.burn()
            return found(*args, **named)

        return call


class DyingStore:
    """A store whose process dies: before a call, before a commit, or right after it."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self.inner = inner
        self.fuse = fuse

    @contextmanager
    def begin(self) -> Iterator[Any]:
        """A transaction."""
        with self.inner.begin() as transaction:
            yield Dying(transaction, self.fuse)
            self.fuse.burn()
        self.fuse.burn()

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A view."""
        with self.inner.reading() as transaction:
            yield transaction

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def died(act: Callable[[], Any]) -> bool:
    """Whether the process died in it."""
    try:
        act()
    except Died:
        return True
    return False


def place(desk: Desk) -> Any:
    """The customer's one order, asked for with one request id."""
    command = order_of(coupons=["full"], customer="c-1", payment_method="cash_on_delivery")
    return desk.shop.place(command, request_id="r-1")


def cancel(desk: Desk) -> Any:
    """The order is cancelled."""
    return desk.shop.do(orders.CancelOrder(order=desk.shop.orders()[0].id))


def standing(desk: Desk) -> tuple[Any, ...]:
    """Uses, the customer's uses, and money."""
    return desk.uses("full"), desk.level(CUSTOMER), desk.money("full")


@pytest.mark.parametrize("act", [place, cancel])
def test_a_crash_at_any_call_leaves_all_or_nothing(tmp_path: Path, act: Callable[[Desk], Any]) -> None:
    """Every call of placing (and of cancelling), every commit before and after it."""
    for number in range(1000):
        store = SqliteStore(tmp_path / f"{number}.db")
        desk = Desk(FULL, store=store)
        desk.grant("full", 1)
        desk.budget("full", "10.00")
        if act is cancel:
            place(desk)
        desk.shop.store = desk.shop._unit.store = DyingStore(store, Fuse(number))
        over = not died(lambda desk=desk: act(desk))
        assert verify(store) == (), f"after dying at call {number}"
        again = Desk(FULL, store=store, clock=desk.clock)
        view = act(again)
        assert standing(again) == (((0, 0), (0, 0), (0, 0)) if act is place else ((1, 0), (1, 0), (1000, 0))), (
            f"after dying at call {number}"
        )
        assert len(again.shop.orders()) == 1
        assert view.coupons.stage is UseStage.USED
        assert view.coupons.uses[0].saved == pln("10.00")
        assert verify(store) == ()
        store.close()
        if over:
            break
    assert 5 < number < 900
