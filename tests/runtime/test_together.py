"""Several orders in one commit: each as if it were placed alone, and nobody pays for another's rejection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.coupons.campaigns import Desk
from tests.races.dying import Died, Fuse, watched
from tests.workflows.counter import START, TARIFF, Counter, order_of

from orderflow import CommandRejected, InvalidInputError, Shop, orders, stock
from orderflow.adapters.sqlite import SqliteStore
from orderflow.coupons import Campaign
from orderflow.testing.world import CountingIds, VirtualClock
from orderflow.verify import verify


class Counted:
    """A store that counts its commits."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.commits = 0

    @contextmanager
    def begin(self) -> Iterator[Any]:
        with self.inner.begin() as transaction:
            yield transaction
        self.commits += 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def numbered(number: int, **changes: Any) -> orders.PlaceOrder:
    """An order with a number of another system."""
    return order_of(numbers=[("web", str(number))], **changes)


def test_orders_placed_together_are_one_commit_and_like_those_placed_alone() -> None:
    """The same events, the same stock, the same work, in the order in which they were given."""
    alone, together = Counter(), Counter()
    together.shop.store = together.shop._unit.store = store = Counted(together.store)
    commands = [numbered(number) for number in range(3)]
    views = together.shop.place_all(commands)
    assert store.commits == 1
    for command, view in zip(commands, views, strict=True):
        placed = alone.shop.place(command)
        assert view.status == placed.status
        events = [evolve(entry.event, at=START) for entry in together.shop.history(view.id)]
        assert [type(event) for event in events] == [type(entry.event) for entry in alone.shop.history(placed.id)]
        assert together.shop.order(f"web:{command.numbers[0][1]}") == view
        assert view.file.stock == placed.file.stock
    assert together.mugs() == alone.mugs() == (10, 6)
    assert together.shop.run().done == alone.shop.run().done
    assert verify(together.store) == ()


def test_one_that_cannot_be_placed_does_not_touch_the_others() -> None:
    """Out of stock, an unknown delivery, a number that is taken: each has its reasons, and the rest is placed."""
    counter = Counter()
    counter.shop.place(numbered(7))
    many = evolve(order_of().lines[0], quantity=9)
    commands = [numbered(1), numbered(2, lines=[many]), numbered(3, delivery_method="drone"), numbered(7), numbered(4)]
    answers = counter.shop.place_all(commands)
    assert [type(answer).__name__ for answer in answers] == [
        "OrderView", "CommandRejected", "CommandRejected", "CommandRejected", "OrderView",
    ]  # fmt: skip
    reasons = [type(answer.reasons[0]).__name__ for answer in answers if isinstance(answer, CommandRejected)]
    assert reasons == ["OutOfStock", "UnknownDeliveryMethod", "NumberTaken"]
    assert counter.mugs() == (10, 6)
    assert verify(counter.store) == ()


def test_the_last_unit_is_sold_to_the_first_of_them() -> None:
    """Ten mugs, two each: five orders, in the order in which they were given."""
    counter = Counter()
    counter.shop.do(stock.ReceiveStock(sku="TEAPOT", quantity=5, reference="second"))
    answers = counter.shop.place_all([numbered(number) for number in range(7)])
    assert [isinstance(answer, CommandRejected) for answer in answers] == [False] * 5 + [True] * 2
    assert counter.mugs() == (10, 10)


def test_a_repetition_gets_the_same_answers_and_two_alike_are_one_order() -> None:
    """By request id, within one call and between calls; the same id with other content is refused."""
    counter = Counter()
    commands, requests = [numbered(1), numbered(2), numbered(1)], ["r-1", "r-2", "r-1"]
    first = counter.shop.place_all(commands, request_ids=requests)
    assert first[0] == first[2]
    assert counter.shop.place_all(commands, request_ids=requests) == first
    assert len(counter.shop.orders()) == 2
    (answer,) = counter.shop.place_all([numbered(3)], request_ids=["r-1"])
    assert isinstance(answer, CommandRejected)
    assert answer.reasons == (orders.RequestReused(request="r-1"),)


def test_an_order_with_a_coupon_is_placed_beside_the_others() -> None:
    """Its code is looked up first; it has a commit of its own."""
    desk = Desk(Campaign(id="ten", codes=["ten"], limited=True))
    desk.grant("ten", 1)
    answers = desk.shop.place_all([order_of(), order_of(coupons=["ten"]), order_of(coupons=["ten"])])
    assert [isinstance(answer, CommandRejected) for answer in answers] == [False, False, True]
    assert desk.uses("ten") == (1, 1)


def test_what_is_no_order_is_refused_before_anything_is_placed() -> None:
    """Other commands, too many, and another number of request ids."""
    counter = Counter()
    for commands, requests in (
        ([numbered(1), "no order"], None),
        ([numbered(1)] * 1001, None),
        ([numbered(1)], []),
        ([numbered(1)], [""]),
    ):
        with pytest.raises(InvalidInputError):
            counter.shop.place_all(commands, request_ids=requests)  # type: ignore[arg-type]
    assert counter.shop.orders() == ()
    assert counter.shop.place_all([]) == ()


def test_a_host_that_fails_in_the_commit_takes_all_of_it_back() -> None:
    """Its error is its own, and comes out as it is; nothing was placed."""

    def project(transaction: Any, stream: str, events: Any) -> None:
        if events[0].numbers == (("web", "2"),):
            raise LookupError

    counter = Counter(project=project)
    with pytest.raises(LookupError):
        counter.shop.place_all([numbered(1), numbered(2), numbered(3)])
    assert counter.shop.orders() == ()
    assert counter.mugs() == (10, 0)


def test_a_death_at_any_statement_leaves_all_or_none(tmp_path: Path) -> None:
    """And the same request ids again mend it."""

    def shop_on(store: SqliteStore, seed: int) -> Shop:
        return Shop(store, seller="Mug Shop", tariff=TARIFF, clock=VirtualClock(START), ids=CountingIds(seed))

    commands, requests = [numbered(1), numbered(2)], ["r-1", "r-2"]
    for left in range(0, 200, 4):
        path, fuse = tmp_path / f"{left}.db", Fuse(left)
        with watched(path) as store:
            shop_on(store, 1).do(stock.ReceiveStock(sku="MUG", quantity=4, reference="opening"))
            shop_on(store, 1).do(stock.ReceiveStock(sku="TEAPOT", quantity=2, reference="opening"))
        with watched(path, fuse) as store:
            try:
                shop_on(store, 2).place_all(commands, request_ids=requests)
                died = False
            except Died:
                died = True
        with watched(path) as store:
            shop = shop_on(store, 3)
            assert len(shop.orders()) in (0, 2)
            assert verify(store) == ()
            assert not any(isinstance(each, CommandRejected) for each in shop.place_all(commands, request_ids=requests))
            assert (len(shop.orders()), shop.level("MUG").available) == (2, 0)
            assert verify(store) == ()
        if not died:
            break
    assert 20 < left < 196
