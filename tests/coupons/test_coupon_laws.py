"""Whatever the order of placing, paying, cancelling and expiring: no use and no coin is given twice, or lost."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.workflows.counter import order_of

from orderflow import CommandRejected, coupons, payments
from orderflow.coupons import Campaign, UseStage
from orderflow.orders import OrderStage
from orderflow.runtime.views import OrderView
from orderflow.verify import verify

from .campaigns import Desk, not_usable

SAVED = 1000  # minor units that ten percent of the usual basket come to
LIMITED = Campaign(id="law", codes=["law"], limited=True)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("place"), st.integers(0, 2), st.booleans()),
        st.tuples(st.sampled_from(["cancel", "pay"]), st.integers(0, 9)),
        st.tuples(st.just("expire")),
        st.tuples(st.just("grant"), st.integers(1, 2)),
    ),
    max_size=16,
)


class Model:
    """Who has a use: a set of orders, and nothing else."""

    def __init__(self, desk: Desk, *, given_back: bool) -> None:
        self.desk = desk
        self.given_back = given_back
        self.placed: list[tuple[str, str]] = []
        self.taken: dict[str, str] = {}

    def place(self, code: str, customer: str, *, fits: bool, now: bool) -> None:
        """An order goes through if, and only if, there is room."""
        method = "cash_on_delivery" if now else "transfer"
        reasons = self.desk.refused(code, customer=customer, payment_method=method)
        assert reasons == (() if fits else not_usable(code))
        if fits:
            order = self.desk.shop.orders(limit=1)[0].id
            self.placed.append((order, customer))
            self.taken[order] = customer

    def of(self, number: int) -> OrderView | None:
        """One of the orders."""
        return self.desk.shop.order(self.placed[number % len(self.placed)][0]) if self.placed else None

    def gone(self, view: OrderView) -> None:
        """An order ended: its use is free if it was never used, or comes back."""
        if self.given_back or view.coupons.stage is UseStage.RESERVED:
            self.taken.pop(view.id, None)

    def step(self, step: Any) -> None:
        """Everything but placing."""
        match step:
            case ("cancel", number) if view := self.of(number):
                if view.order.stage not in (OrderStage.CANCELLED, OrderStage.CLOSED):
                    self.gone(view)
                self.desk.cancel(view)
            case ("pay", number) if (view := self.of(number)) and view.due and view.order.payment_method == "transfer":
                if view.order.stage is OrderStage.RECEIVED:
                    received = payments.transfer_received(view.id, view.due, occurred_at=self.desk.clock.now())
                    self.desk.shop.do(received)
            case ("expire",):
                for order, _ in self.placed:
                    view = self.desk.shop.order(order)
                    if view.order.stage is OrderStage.RECEIVED:
                        self.gone(view)
                self.desk.clock.advance(timedelta(days=8))
                self.desk.shop.run()
            case _:
                pass


@given(steps=STEPS, limit=st.integers(0, 3), given_back=st.booleans())
@settings(max_examples=120)
def test_as_many_orders_go_through_as_there_are_uses(steps: list[Any], limit: int, given_back: bool) -> None:
    """N placements with k uses succeed min(N, k) times, whatever happens in between, and every use is accounted for."""
    desk = Desk(attrs.evolve(LIMITED, given_back=given_back))
    model = Model(desk, given_back=given_back)
    granted = 0
    for number, step in enumerate((("grant", limit), *steps)):
        match step:
            case ("place", who, now):
                model.place("law", f"c-{who}", fits=len(model.taken) < granted, now=now)
            case ("grant", count) if count:
                desk.grant("law", count, f"g-{number}")
                granted += count
            case _:
                model.step(step)
        if granted:
            value, held = desk.uses("law") or (0, 0)
            assert value - held == granted - len(model.taken)
    assert verify(desk.store) == ()


@given(steps=STEPS, limit=st.integers(1, 2), given_back=st.booleans())
@settings(max_examples=60)
def test_each_customer_has_the_limit_for_themselves(steps: list[Any], limit: int, given_back: bool) -> None:
    """Three customers never share, and nobody gets one more."""
    desk = Desk(Campaign(id="law", codes=["law"], uses_per_customer=limit, given_back=given_back))
    model = Model(desk, given_back=given_back)
    for step in steps:
        match step:
            case ("place", who, now):
                fits = [*model.taken.values()].count(f"c-{who}") < limit
                model.place("law", f"c-{who}", fits=fits, now=now)
            case _:
                model.step(step)
    assert verify(desk.store) == ()


@given(steps=STEPS, coins=st.integers(0, 3500), given_back=st.booleans())
@settings(max_examples=60)
def test_a_budget_is_spent_to_the_last_fitting_order(steps: list[Any], coins: int, given_back: bool) -> None:
    """What orders saved and what is left are what was granted."""
    desk = Desk(Campaign(id="law", codes=["law"], budgeted=True, given_back=given_back))
    model = Model(desk, given_back=given_back)
    granted = 0
    for number, step in enumerate((("grant", coins), *steps)):
        match step:
            case ("place", who, now):
                fits = (len(model.taken) + 1) * SAVED <= granted
                model.place("law", f"c-{who}", fits=fits, now=now)
            case ("grant", count) if count:
                desk.budget("law", f"{count // 100}.{count % 100:02}", f"g-{number}")
                granted += count
            case _:
                model.step(step)
        value, held = desk.money("law") or (0, 0)
        assert value - held == granted - len(model.taken) * SAVED
    assert verify(desk.store) == ()


def test_threads_share_the_uses() -> None:
    """Twelve threads, five uses, three per customer: five orders, and no use is left or owed."""
    desk = Desk(attrs.evolve(LIMITED, uses_per_customer=3))
    desk.grant("law", 5)
    results: list[tuple[object, ...]] = []

    def buy(number: int) -> None:
        try:
            desk.shop.place(order_of(coupons=["law"], customer=f"c-{number % 2}", payment_method="cash_on_delivery"))
        except CommandRejected as rejected:
            results.append(rejected.reasons)
        else:
            results.append(())

    threads = [Thread(target=buy, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (results.count(()), results.count(not_usable("law"))) == (5, 7)
    assert desk.uses("law") == (0, 0)
    used = [desk.level(coupons.customer_id("law", coupons.pseudonym("law", customer))) for customer in ("c-0", "c-1")]
    assert sorted(used) == [(0, 0), (1, 0)]
    assert verify(desk.store) == ()
