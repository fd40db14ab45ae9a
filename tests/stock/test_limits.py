"""Limits of selling hold in the commit that places an order: what stays, what may be owed, and who gets how many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import servers
from tests.workflows.counter import START, TARIFF, VAT, Counter, order_of, pln

from orderflow import CommandRejected, Quantities, Shop, orders, shipping
from orderflow.adapters.sqlite import SqliteStore
from orderflow.ports.store import Store
from orderflow.runtime.memory import MemoryStore
from orderflow.stock import (
    AdjustStock,
    CommitStock,
    CustomerLimitReached,
    ExpectStock,
    HoldStock,
    Location,
    NotSourced,
    OutOfStock,
    Part,
    Promise,
    ReceiveStock,
    SalesRule,
    SingleLocation,
    StockHeld,
    WriteOffUnits,
)
from orderflow.verify import verify


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        with_file = SqliteStore(tmp_path / "shop.db")
        yield with_file
        with_file.close()
    else:
        if (reason := servers.missing()) and not servers.is_required():
            pytest.skip(reason)
        from orderflow.adapters.sql import SqlStore

        on_server = SqlStore(request.getfixturevalue("database"))
        on_server.migrate()
        yield on_server
        on_server.close()


def plates(count: int, customer: str | None = None, **more: Any) -> dict[str, Any]:
    """An order of so many plates, of which none are there at first; the customer takes them later."""
    usual = {"line": "1", "sku": "PLATE", "name": "Plate", "unit_price": pln("9.00"), "vat": VAT, "backorder": True}
    lines = (orders.Line(**{**usual, "quantity": count, **more}),)
    return {"lines": lines, "payment_method": "cash_on_delivery", "customer": customer}


def refused(there: Counter, **order: Any) -> tuple[object, ...]:
    """Why an order is not placed; none where it is."""
    try:
        there.place(**order)
    except CommandRejected as rejected:
        return rejected.reasons
    return ()


def test_no_more_is_owed_than_the_rule_allows(store: Store) -> None:
    """Five may be owed by all orders together; what is cancelled, or comes in, can be ordered again."""
    there = Counter(store=store, sales_rules=[SalesRule(sku="PLATE", backorder=5)])
    first = there.place(**plates(3))
    assert refused(there, **plates(3)) == (OutOfStock("PLATE", 3, 2),)
    assert there.shop.level("PLATE").held == 3
    there.place(**plates(2))
    assert refused(there, **plates(1)) == (OutOfStock("PLATE", 1, 0),)
    there.shop.do(orders.CancelLines(order=first, quantities=Quantities({"1": 1})))
    there.shop.do(ReceiveStock(sku="PLATE", quantity=2, reference="d-1"))
    assert refused(there, **plates(4)) == (OutOfStock("PLATE", 4, 3),)
    there.place(**plates(3))
    assert verify(store) == ()


def test_a_line_that_does_not_wait_is_not_owed(store: Store) -> None:
    """The rule would allow it, and the customer did not ask for it."""
    there = Counter(store=store, sales_rules=[SalesRule(sku="PLATE", backorder=5)])
    assert refused(there, **plates(1, backorder=False)) == (OutOfStock("PLATE", 1, 0),)


def test_what_is_expected_can_be_ordered_once(store: Store) -> None:
    """Four come on Tuesday, and one may be owed beyond them; when they have come, nothing more can be had."""
    there = Counter(store=store, sales_rules=[SalesRule(sku="PLATE", backorder=1)])
    due = there.clock.now() + timedelta(days=1)
    there.shop.do(ExpectStock(sku="PLATE", quantity=4, due=due, reference="po-1"))
    assert refused(there, **plates(6)) == (OutOfStock("PLATE", 6, 5),)
    there.place(**plates(5))
    there.shop.do(ReceiveStock(sku="PLATE", quantity=4, reference="po-1"))
    assert refused(there, **plates(1)) == (OutOfStock("PLATE", 1, 0),)
    assert verify(store) == ()


def test_all_that_stands_in_the_way_is_told_together(store: Store) -> None:
    """An unknown method, too many mugs, and more plates than may be owed: three reasons, and nothing is held."""
    there = Counter(store=store, sales_rules=[SalesRule(sku="PLATE", backorder=5), SalesRule(sku="MUG", safety=8)])
    mugs = orders.Line(line="2", sku="MUG", name="Mug", quantity=3, unit_price=pln("9.00"), vat=VAT)
    order = plates(6)
    reasons = refused(there, **{**order, "lines": (*order["lines"], mugs), "payment_method": "shells"})
    assert {type(reason).__name__ for reason in reasons} == {"UnknownPaymentMethod", "OutOfStock"}
    assert {*reasons} >= {OutOfStock("PLATE", 6, 5), OutOfStock("MUG", 3, 2)}
    assert (there.shop.level("PLATE").held, there.mugs()) == (0, (10, 0))


def test_what_waits_waits_where_it_comes_in() -> None:
    """Three come to Krakow and may be promised there; two more may be owed, and those wait in the first place."""
    places = (Location("main"), Location("krakow"))
    there = Counter(locations=places, sales_rules=[SalesRule(sku="PLATE", backorder=2)])
    due = there.clock.now() + timedelta(days=1)
    there.shop.do(ExpectStock(sku="PLATE", quantity=3, due=due, reference="po-1", location="krakow"))
    order = there.place(**plates(4))
    held = [entry.event for entry in there.shop.history(order) if isinstance(entry.event, StockHeld)]
    assert {(event.location, event.backordered["PLATE"]) for event in held} == {("krakow", 3), ("main", 1)}
    assert refused(there, **plates(2)) == (OutOfStock("PLATE", 2, 1),)
    there.place(**plates(1))
    there.shop.do(ReceiveStock(sku="PLATE", quantity=3, reference="po-1", location="krakow"))
    assert refused(there, **plates(1)) == (OutOfStock("PLATE", 1, 0),)
    assert verify(there.store) == ()


def test_units_that_lie_apart_are_not_owed() -> None:
    """Ten mugs are here and two there: twelve of one place are nowhere, though the customer would wait for them."""
    places = (Location("main"), Location("krakow"))
    there = Counter(locations=places, sourcing=SingleLocation(), sales_rules=[SalesRule(sku="MUG", backorder=2)])
    there.shop.do(ReceiveStock(sku="MUG", quantity=2, reference="d", location="krakow"))
    assert refused(there, **plates(12, sku="MUG")) == (NotSourced("MUG", 12, 12),)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("order"), st.integers(1, 6), st.booleans()),
        st.tuples(st.just("receive"), st.integers(1, 4), st.booleans()),
        st.tuples(st.just("expect"), st.integers(1, 4), st.booleans()),
        st.tuples(st.just("break"), st.integers(1, 3), st.booleans()),
        st.tuples(st.just("cancel"), st.integers(0, 5), st.booleans()),
        st.tuples(st.just("ship"), st.integers(0, 5), st.booleans()),
    ),
    max_size=12,
)


@given(STEPS, st.integers(0, 2), st.integers(0, 3), st.integers(0, 5))
def test_an_order_gets_exactly_what_is_promised(steps, safety, kept, backorder) -> None:
    """Whatever happened before: all that a promise says can be ordered, one unit more cannot, and the floor holds."""
    rule = SalesRule(sku="PLATE", safety=safety, kept_for={"market": kept}, backorder=backorder)
    there, placed, floor = Counter(sales_rules=[rule]), list[str](), safety + kept
    for number, (step, count, waits) in enumerate(steps):
        due = there.clock.now() + timedelta(days=2)
        if step == "order":
            (promised,) = there.shop.promise(Quantities({"PLATE": count}))
            can = count - promised.refused if waits else min(there.shop.available("PLATE"), count)
            before = there.shop.level("PLATE")
            reasons = refused(there, **plates(count, backorder=waits))
            assert reasons == (() if can == count else (OutOfStock("PLATE", count, can),))
            if reasons:
                assert there.shop.level("PLATE") == before
            else:
                placed.append(there.shop.orders(limit=1)[0].id)
                coming = sum(each.quantity for each in expected(there)) if waits else 0
                assert there.shop.level("PLATE").available >= floor - ((backorder + coming) if waits else 0)
        elif step == "receive":
            there.shop.do(ReceiveStock(sku="PLATE", quantity=count, reference=f"po-{count if waits else number + 9}"))
        elif step == "expect":
            attempt(there, ExpectStock(sku="PLATE", quantity=count, due=due, reference=f"po-{count}"))
        elif step == "break":
            attempt(there, AdjustStock(sku="PLATE", delta=-count, reason="broken", reference=f"b-{number}"))
        elif placed and step == "cancel":
            attempt(there, orders.CancelOrder(order=placed[count % len(placed)]))
        elif placed:
            attempt(there, None, placed[count % len(placed)])
    assert verify(there.store) == ()


def expected(there: Counter) -> Any:
    """What is on its way."""
    from orderflow.runtime._supplies import position_now

    with there.store.reading() as transaction:
        return position_now(transaction, there.shop.policy, "PLATE", "main", 1, there.clock.now()).incoming


def attempt(there: Counter, command: Any, ship: str = "") -> None:
    """Do it, or send an order, if that can be done now."""
    try:
        if command is None:
            there.ship(ship)
        else:
            there.shop.do(command)
    except CommandRejected:
        pass


def test_a_customer_gets_so_many_over_all_orders(store: Store) -> None:
    """Three each: lines count together, what is cancelled can be bought again, and a guest is judged by one order."""
    there = Counter(store=store, sales_rules=[SalesRule(sku="PLATE", backorder=99, per_customer=3)])
    two = plates(2, customer="c-1")
    first = there.place(**two)
    assert refused(there, **two) == (CustomerLimitReached("PLATE", 2, 1),)
    assert refused(there, **plates(4)) == (CustomerLimitReached("PLATE", 4, 3),)
    there.place(**plates(3))
    there.place(**plates(3, customer="c-2"))
    there.shop.do(orders.CancelLines(order=first, quantities=Quantities({"1": 1})))
    second = there.place(**two)
    assert [promise.refused for promise in asked(there, customer="c-1")] == [1]
    assert [promise.refused for promise in asked(there, customer="c-1", order=second)] == [0]
    for order in (first, second):
        there.shop.do(orders.CancelOrder(order=order))
    line = two["lines"][0]
    both = (attrs.evolve(line, quantity=2), attrs.evolve(line, line="2", quantity=2, tracked=False))
    assert refused(there, **{**two, "lines": both}) == (CustomerLimitReached("PLATE", 4, 3),)
    assert verify(store) == ()


def asked(there: Counter, **whose: Any) -> tuple[Promise, ...]:
    """What is promised of one plate."""
    return there.shop.promise(Quantities({"PLATE": 1}), **whose)


def test_what_was_bought_and_sent_counts_on() -> None:
    """A mug that is with the customer is one that he has; one that nobody fetched is not."""
    there = Counter(sales_rules=[SalesRule(sku="MUG", per_customer=2)])
    order = there.place(**plates(1, sku="MUG", customer="c-1"))
    there.ship(order)
    there.deliver(order)
    assert refused(there, **plates(2, sku="MUG", customer="c-1")) == (CustomerLimitReached("MUG", 2, 1),)
    other = there.place(**plates(1, sku="MUG", customer="c-1"))
    parcel = there.ship(other)
    there.track(other, shipping.TrackingStatus.RETURNED, parcel)
    there.place(**plates(1, sku="MUG", customer="c-1"))
    assert verify(there.store) == ()


def test_an_unpaid_order_counts_until_it_ends() -> None:
    """The transfer never came, so the order is cancelled, and the customer may order again."""
    there = Counter(sales_rules=[SalesRule(sku="MUG", per_customer=2)])
    order = {**plates(2, sku="MUG", customer="c-1"), "payment_method": "transfer"}
    there.place(**order)
    assert refused(there, **order) == (CustomerLimitReached("MUG", 2, 0),)
    there.later(days=8)
    there.place(**order)
    assert verify(there.store) == ()


def test_a_limit_that_is_lowered_or_raised_counts_at_once() -> None:
    """It is the shop's rule today that counts, with all that was bought before."""
    there = Counter(sales_rules=[SalesRule(sku="MUG", per_customer=2)])
    there.place(**plates(2, sku="MUG", customer="c-1"))

    def shop_with(most: int) -> Shop:
        rule = SalesRule(sku="MUG", per_customer=most)
        return Shop(there.store, seller="Mug Shop", tariff=TARIFF, clock=there.clock, sales_rules=[rule])

    order = order_of(**plates(1, sku="MUG", customer="c-1"))
    with pytest.raises(CommandRejected) as lower:
        shop_with(1).place(order)
    assert lower.value.reasons == (CustomerLimitReached("MUG", 1, 0),)
    assert shop_with(3).place(order).file.stock.quota == Quantities({"MUG": 1})


def test_an_order_keeps_what_it_was_promised(store: Store) -> None:
    """Two of four that come on Tuesday, two beyond them in three weeks: pinned, shown, and empty where all is there."""
    rule = SalesRule(sku="PLATE", backorder=9, wait=timedelta(days=21))
    there = Counter(store=store, sales_rules=[rule, SalesRule(sku="MUG")])
    now = there.clock.now()
    due = now + timedelta(days=2)
    there.shop.do(ExpectStock(sku="PLATE", quantity=4, due=due, reference="po-1"))
    there.place(**plates(2))
    (asked_for,) = there.shop.promise(Quantities({"PLATE": 4}))
    view = there.view(there.place(**plates(4)))
    assert view.promised == (asked_for,)
    assert asked_for.parts == (
        Part(quantity=2, at=due),
        Part(quantity=2, at=now + timedelta(days=21), beyond=True),
    )
    there.clock.advance(timedelta(days=9))
    assert there.view(view.id).promised == (asked_for,)
    assert there.view(there.place(**plates(1, sku="MUG"))).promised == ()
    assert verify(store) == ()


def test_a_preorder_is_promised_for_its_day_and_not_sent_before() -> None:
    """The mugs are here and come out on Friday: until then the teapot goes alone, and the mugs are refused."""
    friday = START + timedelta(days=4)
    there = Counter(sales_rules=[SalesRule(sku="MUG", released=friday)])
    order = there.place(payment_method="cash_on_delivery")
    (promised,) = there.view(order).promised
    assert promised.parts == (Part(quantity=2, at=friday),)
    there.ship(order)
    assert there.view(order).parcels[0].quantities == Quantities({"2": 1})
    with pytest.raises(CommandRejected) as nothing:
        there.shop.do(shipping.PickLines(order=order))
    assert nothing.value.reasons == (shipping.NotReleased(line="1", released=friday),)
    ahead = there.pack(order, Quantities({"1": 2}))
    with pytest.raises(CommandRejected) as early:
        there.shop.do(shipping.HandOver(order=order, parcel=ahead))
    assert early.value.reasons == (shipping.NotReleased(line="1", released=friday),)
    there.clock.set(friday)
    there.shop.do(shipping.HandOver(order=order, parcel=ahead))
    assert there.mugs() == (8, 0)


def test_verification_finds_cancelled_units_that_count_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order that is cancelled and keeps its part of the customer's limit is told by name."""
    there = Counter(sales_rules=[SalesRule(sku="MUG", per_customer=2)])
    order = there.place(**plates(2, sku="MUG", customer="c-1"))
    monkeypatch.setattr("orderflow.workflows._endings._give_back_quota", lambda _: ())
    there.shop.do(orders.CancelOrder(order=order))
    assert [(found.invariant, found.stream) for found in verify(there.store)] == [("S5", order)]


def test_an_order_can_wait_for_units_that_turned_out_to_be_missing(store: Store) -> None:
    """Two mugs of a confirmed order are lost: the teapot goes at once, the mugs when they have come, and not before."""
    there = Counter(store=store, sales_rules=[SalesRule(sku="MUG", backorder=2)])
    order = there.place(payment_method="cash_on_delivery")
    two = Quantities({"MUG": 2})
    there.shop.do(WriteOffUnits(order=order, quantities=two))
    there.shop.do(AdjustStock(sku="MUG", delta=-8, reason="lost"))
    there.shop.do(HoldStock(order=order, demand=two, backorder=("MUG",)))
    there.shop.do(CommitStock(order=order))
    assert refused(there, **plates(1, sku="MUG")) == (OutOfStock("MUG", 1, 0),)
    there.ship(order, Quantities({"2": 1}))
    parcel = there.pack(order)
    with pytest.raises(CommandRejected) as early:
        there.shop.do(shipping.HandOver(order=order, parcel=parcel))
    assert early.value.reasons == (OutOfStock("MUG", 2, 0),)
    there.shop.do(ReceiveStock(sku="MUG", quantity=2, reference="d-1"))
    there.shop.do(shipping.HandOver(order=order, parcel=parcel))
    assert verify(store) == ()
