"""Orders and holds that take what there is: the rest is told, and the price is that of what is taken."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.workflows.counter import VAT, Counter, order_of, pln

from orderflow import CommandRejected, Quantities, orders, pricing, stock
from orderflow.ports.store import Store
from orderflow.stock import CustomerLimitReached, HoldStock, Location, OutOfStock, SalesRule
from orderflow.verify import verify

from .test_limits import plates, refused, store

__all__ = ("store",)

MUG, TEAPOT = order_of().lines


def wanting(mugs: int, teapots: int, **more: Any) -> dict[str, Any]:
    """An order that takes what there is of ten mugs and five teapots."""
    lines = (attrs.evolve(MUG, quantity=mugs), attrs.evolve(TEAPOT, quantity=teapots))
    return {"lines": lines, "partial": True, "payment_method": "cash_on_delivery", **more}


def test_an_order_takes_what_there_is(store: Store) -> None:
    """Ten of twelve mugs, and all teapots: that is what it costs, and the two others are told."""
    there = Counter(store=store)
    view = there.view(there.place(**wanting(12, 3)))
    assert (view.left_out, view.remaining) == (Quantities({"1": 2}), Quantities({"1": 10, "2": 3}))
    assert view.total == pln("19.99") * 10 + pln("60.00") * 3 + pln("14.99")
    assert there.mugs() == (10, 10)
    second = there.view(there.place(**wanting(1, 3)))
    assert (second.left_out, second.remaining) == (Quantities({"1": 1, "2": 1}), Quantities({"2": 2}))
    assert [line.line for line in second.order.lines] == ["2"]
    assert verify(store) == ()


def test_an_order_of_which_nothing_is_there_is_refused_with_every_reason(store: Store) -> None:
    """There is nothing to take."""
    there = Counter(store=store, sales_rules=[SalesRule(sku="MUG", safety=10), SalesRule(sku="TEAPOT", per_customer=0)])
    none = (CustomerLimitReached("TEAPOT", 1, 0),)
    assert refused(there, **wanting(1, 1)) == none
    assert refused(there, **plates(1, sku="MUG", backorder=False), partial=True) == (OutOfStock("MUG", 1, 0),)


def test_limits_cut_an_order_down_too() -> None:
    """Two mugs each, over both lines; of the plates, three that may be owed."""
    rules = [SalesRule(sku="MUG", per_customer=2), SalesRule(sku="PLATE", backorder=3)]
    there = Counter(sales_rules=rules)
    lines = (
        attrs.evolve(MUG, quantity=1),
        attrs.evolve(MUG, line="2", quantity=3),
        attrs.evolve(plates(5)["lines"][0], line="3"),
    )
    view = there.view(there.place(lines=lines, partial=True, customer="c-1", payment_method="cash_on_delivery"))
    assert view.left_out == Quantities({"2": 2, "3": 2})
    assert (view.file.stock.quota, view.file.stock.backordered) == (Quantities({"MUG": 2}), Quantities({"PLATE": 3}))


def test_several_places_together_give_what_there_is() -> None:
    """Ten here and two there."""
    there = Counter(locations=(Location("main"), Location("krakow")))
    there.shop.do(stock.ReceiveStock(sku="MUG", quantity=2, reference="d", location="krakow"))
    assert there.view(there.place(**wanting(13, 1))).left_out == Quantities({"1": 1})


def test_a_preview_is_what_placing_gives_and_keeps_nothing(store: Store) -> None:
    """Price, promises and what is left out; then the same order is placed at the total that was seen."""
    there = Counter(store=store, sales_rules=[SalesRule(sku="MUG", backorder=1)])
    order = order_of(**wanting(12, 3))
    seen = there.shop.preview(order)
    assert (there.mugs(), there.shop.orders(), seen.left_out) == ((10, 0), (), Quantities({"1": 2}))
    placed = there.shop.place(attrs.evolve(order, seen_total=seen.total))
    assert (placed.total, placed.left_out, placed.promised) == (seen.total, seen.left_out, seen.promised)
    assert placed.status == seen.status == "confirmed"
    with pytest.raises(CommandRejected) as whole:
        there.shop.preview(attrs.evolve(order, partial=False))
    assert {*whole.value.reasons} == {OutOfStock("MUG", 12, 0), OutOfStock("TEAPOT", 3, 2)}
    assert verify(store) == ()


def test_a_preview_tells_nobody() -> None:
    """No row of the host's own is written for an order that nobody placed."""
    told: list[str] = []
    there = Counter(project=lambda _, order, __: told.append(order))
    there.shop.preview(order_of())
    assert told == []
    placed = there.place()
    assert told == [placed]


def test_a_promotion_counts_what_is_taken() -> None:
    """Ten percent off from ten mugs on: nine are there, and cost what nine cost."""
    off = pricing.Promotion(
        id="ten",
        benefit=pricing.OrderPercent(percent=pricing.Percent.parse("10")),
        condition=pricing.Units(at_least=10),
    )
    there = Counter(promotions=pricing.Promotions([off]), sales_rules=[SalesRule(sku="MUG", safety=1)])
    view = there.shop.preview(order_of(lines=(attrs.evolve(MUG, quantity=10),), partial=True))
    assert view.total == pln("19.99") * 9 + pln("14.99")


def test_a_hold_takes_what_there_is() -> None:
    """The warehouse lost a mug of a confirmed order: one of two that are to be held again is there."""
    for options in ({}, {"locations": (Location("main"), Location("krakow"))}):
        there = Counter(**options)
        order = there.place(payment_method="cash_on_delivery")
        there.shop.do(stock.WriteOffUnits(order=order, quantities=Quantities({"MUG": 2})))
        there.shop.do(stock.AdjustStock(sku="MUG", delta=-7, reason="broken"))
        whole = HoldStock(order=order, demand=Quantities({"MUG": 2, "TEAPOT": 1}))
        with pytest.raises(CommandRejected):
            there.shop.do(whole)
        view = there.shop.do(attrs.evolve(whole, partial=True))
        assert (view.file.stock.held, there.mugs()) == (Quantities({"MUG": 1}), (1, 1))
        assert there.shop.do(attrs.evolve(whole, partial=True)).version == view.version
        assert verify(there.store) == ()


@given(st.integers(1, 14), st.integers(0, 3), st.integers(0, 4), st.booleans(), st.integers(0, 6))
def test_a_partial_order_takes_as_much_as_a_whole_one_could(wanted, safety, backorder, waits, most) -> None:
    """Exactly what it takes can be ordered as a whole, at the same price; one more cannot."""
    rule = SalesRule(sku="MUG", safety=safety, backorder=backorder, per_customer=most)
    there = Counter(sales_rules=[rule])
    line = orders.Line(line="1", sku="MUG", name="Mug", quantity=wanted, unit_price=pln("9"), vat=VAT, backorder=waits)
    order = order_of(lines=(line,), customer="c-1", partial=True)
    try:
        taken = there.shop.preview(order)
    except CommandRejected:
        count = 0
    else:
        count = taken.remaining["1"]
        assert taken.left_out["1"] == wanted - count
        exact = attrs.evolve(order, lines=(attrs.evolve(line, quantity=count),), partial=False)
        assert there.shop.preview(exact).order.quote == taken.order.quote
    if count < wanted:
        with pytest.raises(CommandRejected):
            there.shop.preview(attrs.evolve(order, lines=(attrs.evolve(line, quantity=count + 1),), partial=False))
