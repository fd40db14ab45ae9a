"""Limits of selling hold in the commit that places an order: what stays, what may be owed, and who gets how many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import servers
from tests.workflows.counter import VAT, Counter, pln

from orderflow import CommandRejected, Quantities, orders
from orderflow.adapters.sqlite import SqliteStore
from orderflow.ports.store import Store
from orderflow.runtime.memory import MemoryStore
from orderflow.stock import (
    AdjustStock,
    ExpectStock,
    Location,
    NotSourced,
    OutOfStock,
    ReceiveStock,
    SalesRule,
    SingleLocation,
    StockHeld,
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


def plates(count: int, **more: Any) -> dict[str, Any]:
    """An order of so many plates, of which none are there at first; the customer takes them later."""
    usual = {"line": "1", "sku": "PLATE", "name": "Plate", "unit_price": pln("9.00"), "vat": VAT, "backorder": True}
    return {"lines": (orders.Line(**{**usual, "quantity": count, **more}),), "payment_method": "cash_on_delivery"}


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
        return position_now(transaction, "PLATE", "main", 1, there.clock.now()).incoming


def attempt(there: Counter, command: Any, ship: str = "") -> None:
    """Do it, or send an order, if that can be done now."""
    try:
        if command is None:
            there.ship(ship)
        else:
            there.shop.do(command)
    except CommandRejected:
        pass
