"""A process that dies at any call to its store leaves an order with its coupon, or neither; a repetition mends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.dying import DyingStore, Fuse, died
from tests.workflows.counter import order_of, pln

from orderflow import coupons, orders
from orderflow.adapters.sqlite import SqliteStore
from orderflow.coupons import Campaign, UseStage
from orderflow.verify import verify

from .campaigns import Desk

FULL = Campaign(id="full", codes=["full"], limited=True, uses_per_customer=1, budgeted=True)
CUSTOMER = coupons.customer_id("full", coupons.pseudonym("full", "c-1"))


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
