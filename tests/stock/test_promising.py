"""What can be promised, and for when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.workflows.counter import VAT, Counter, pln

from orderflow import CommandRejected, Quantities, orders, payments, stock
from orderflow.decisions import Accepted, Rejected
from orderflow.errors import InvalidInputError
from orderflow.stock import (
    ExpectStock,
    Floor,
    Incoming,
    ItemFacts,
    Location,
    Part,
    Position,
    ReceiveStock,
    ReferenceReused,
    SalesRule,
    StockExpected,
    StockItem,
    decide_item,
    exploded,
    floors,
    fold_item,
    promise,
)
from orderflow.verify import verify

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TUESDAY, FRIDAY = NOW + timedelta(days=2), NOW + timedelta(days=5)
MAIN = Position(location="main", on_hand=5, held=2, incoming=(Incoming(4, TUESDAY), Incoming(10, FRIDAY)))
KRAKOW = Position(location="krakow", on_hand=1, held=0)
TRANSFER: dict[str, Any] = {"method": "transfer", "gateway": "transfer", "kind": payments.TenderKind.TRANSFER}
ORDERED = ExpectStock(sku="MUG", quantity=4, due=TUESDAY, reference="po-1")


def parts(wanted: int, *positions: Position, rule: SalesRule | None = None, **more: object) -> tuple[Part, ...]:
    """What is promised of so many mugs."""
    return promise("MUG", wanted, positions, at=NOW, rule=rule, **more).parts  # type: ignore[arg-type]


def test_what_is_there_comes_first_and_what_is_on_the_way_after_it() -> None:
    """Four are free in two places, four more come on Tuesday, and the rest on Friday."""
    promised = promise("MUG", 10, [MAIN, KRAKOW], at=NOW)
    assert promised.parts == (Part(quantity=4, at=NOW), Part(quantity=4, at=TUESDAY), Part(quantity=2, at=FRIDAY))
    assert [promised.by(at) for at in (NOW, TUESDAY, FRIDAY)] == [4, 8, 10]
    assert promised.refused == 0


def test_more_than_there_will_ever_be_is_refused() -> None:
    """Eighteen is all."""
    assert promise("MUG", 20, [MAIN, KRAKOW], at=NOW).refused == 2
    assert promise("MUG", 1, [], at=NOW).refused == 1


def test_what_is_promised_to_others_beyond_the_shelf_is_filled_first() -> None:
    """Three are owed: of the four that come on Tuesday, one is left."""
    owed = attrs.evolve(MAIN, on_hand=0, held=3)
    assert parts(2, owed) == (Part(quantity=1, at=TUESDAY), Part(quantity=1, at=FRIDAY))


def test_what_is_owed_in_one_place_is_not_taken_from_another() -> None:
    """The mug in Krakow is free, though the main warehouse owes three."""
    owed = Position(location="main", on_hand=0, held=3)
    assert parts(2, owed, KRAKOW) == (Part(quantity=1, at=NOW),)


def test_safety_stock_stays_on_every_shelf_and_channels_keep_their_share() -> None:
    """One stays in each place; two are kept for the shop in Krakow, which gets them."""
    rule = SalesRule(sku="MUG", safety=1, kept_for={"krakow": 1})
    assert parts(9, MAIN, KRAKOW, rule=rule, channel="web")[0] == Part(quantity=1, at=NOW)
    assert parts(9, MAIN, KRAKOW, rule=rule, channel="krakow")[0] == Part(quantity=2, at=NOW)


def test_a_backorder_has_a_limit_that_all_share_and_perhaps_a_date() -> None:
    """Five may be promised beyond everything; three of them are already."""
    owed = Position(location="main", on_hand=0, held=3)
    rule = SalesRule(sku="MUG", backorder=5, wait=timedelta(days=5))
    assert parts(9, owed, rule=rule) == (Part(quantity=2, at=FRIDAY, beyond=True),)
    unknown = attrs.evolve(rule, wait=None)
    assert parts(1, owed, rule=unknown) == (Part(quantity=1, at=None, beyond=True),)
    assert promise("MUG", 1, [owed], at=NOW, rule=unknown).by(FRIDAY) == 0


def test_nothing_is_sent_before_it_is_released() -> None:
    """A preorder: they are on the shelf, and go out on Friday."""
    assert parts(2, MAIN, rule=SalesRule(sku="MUG", released=FRIDAY)) == (Part(quantity=2, at=FRIDAY),)


def test_a_customer_gets_no_more_than_is_allowed_over_all_orders() -> None:
    """Two each: who bought one gets one."""
    promised = promise("MUG", 3, [MAIN], at=NOW, rule=SalesRule(sku="MUG", per_customer=2), bought=1)
    assert (promised.parts, promised.refused, promised.limited) == ((Part(quantity=1, at=NOW),), 2, True)


def test_a_limit_is_the_same_however_often_is_asked() -> None:
    """Two stay on the shelf, where there is one: that is owed first, so four of five can be had beyond it."""
    rule = SalesRule(sku="MUG", safety=2, backorder=5)
    there = Position(location="main", on_hand=1, held=0)
    assert sum(part.quantity for part in parts(9, there, rule=rule)) == 4
    assert sum(part.quantity for part in parts(9, attrs.evolve(there, held=3), rule=rule)) == 1


def test_bundles_and_repeated_lines_are_one_demand() -> None:
    """Two gift boxes of a set and a mug each, and one more mug; a box in itself is refused."""
    bundles = {"SET": Quantities({"MUG": 2, "TEA": 1}), "BOX": Quantities({"SET": 1, "MUG": 1})}
    assert exploded(Quantities([("BOX", 1), ("MUG", 1), ("BOX", 1)]), bundles) == Quantities({"MUG": 7, "TEA": 2})
    with pytest.raises(InvalidInputError, match="bundles"):
        exploded(Quantities({"A": 1}), {"A": Quantities({"B": 1}), "B": Quantities({"A": 1})})


def test_an_expected_delivery_can_be_told_again_and_is_settled_by_its_receipt() -> None:
    """The newest word counts; what has arrived is expected no longer, and cannot be expected again."""
    facts = ItemFacts(at=NOW)
    first = StockExpected(sku="MUG", quantity=4, due=TUESDAY, reference="po-1", at=NOW)
    assert decide_item(ORDERED, StockItem(), facts) == Accepted((first,))
    assert decide_item(ORDERED, fold_item([first]), facts) == Accepted()
    later = attrs.evolve(first, due=FRIDAY)
    item = fold_item([first, later])
    assert item.incoming == (Incoming(4, FRIDAY),)
    arrived = decide_item(ReceiveStock(sku="MUG", quantity=3, reference="po-1"), item, facts)
    assert isinstance(arrived, Accepted)
    item = fold_item([first, later, *arrived.events])
    assert (item.incoming, item.booked) == ((), 3)
    assert decide_item(ORDERED, item, facts) == Rejected((ReferenceReused("po-1", 3),))
    assert fold_item([first, attrs.evolve(first, quantity=0)]).incoming == ()


@pytest.mark.parametrize(
    "wrong",
    [{"safety": -1}, {"backorder": 1.5}, {"wait": timedelta(-1)}, {"per_customer": True}, {"kept_for": {"": 1}}],
)
def test_a_malformed_rule_is_refused(wrong: dict[str, object]) -> None:
    """Before any shop uses it."""
    with pytest.raises(InvalidInputError):
        SalesRule(sku="MUG", **wrong)  # type: ignore[arg-type]


MOMENTS = st.sampled_from([NOW - timedelta(days=1), TUESDAY, FRIDAY])
POSITIONS = st.lists(
    st.builds(
        Position,
        location=st.just("x"),
        on_hand=st.integers(0, 6),
        held=st.integers(0, 8),
        incoming=st.lists(st.builds(Incoming, st.integers(1, 5), MOMENTS), max_size=3).map(tuple),
    ),
    max_size=3,
)


@given(POSITIONS, st.integers(1, 30), st.integers(0, 2), st.integers(0, 5))
def test_a_promise_never_says_more_than_there_will_be(positions, wanted, safety, backorder) -> None:
    """At no moment is more promised than nobody else was; asking for more never gives less."""
    rule = SalesRule(sku="MUG", safety=safety, backorder=backorder)
    promised = promise("MUG", wanted, positions, at=NOW, rule=rule)
    for at in (NOW, TUESDAY, FRIDAY):
        there = sum(max(position.free(at, safety), 0) for position in positions)
        assert promised.by(at) <= min(there, wanted)
    assert sum(part.quantity for part in promised.parts if part.beyond) <= backorder
    assert 0 <= promised.refused <= wanted
    more = promise("MUG", wanted + 1, positions, at=NOW, rule=rule)
    assert sum(part.quantity for part in more.parts) >= sum(part.quantity for part in promised.parts)


def mugs(count: int, **more: object) -> dict[str, object]:
    """An order of so many."""
    line = orders.Line(line="1", sku="MUG", name="Mug", quantity=count, unit_price=pln("9.00"), vat=VAT, **more)  # type: ignore[arg-type]
    return {"lines": (line,)}


def test_a_shop_tells_what_it_can_promise() -> None:
    """Ten are there, two held, three expected in Krakow on Tuesday; what an order holds is free for itself."""
    there = Counter(locations=(Location("main"), Location("krakow")))
    due = there.clock.now() + timedelta(days=2)
    there.shop.do(ExpectStock(sku="MUG", quantity=3, due=due, reference="po-1", location="krakow"))
    order = there.place()
    assert [there.shop.available("MUG", at=at) for at in (None, due)] == [8, 11]
    assert there.shop.available("MUG", at=due, locations=["krakow"]) == 3
    (mine,) = there.shop.promise(Quantities({"MUG": 10}), order=order)
    assert mine.by(there.clock.now()) == 10
    with pytest.raises(CommandRejected):
        there.shop.available("MUG", locations=["moon"])
    there.clock.advance(timedelta(days=8))
    assert there.shop.available("MUG", locations=["main"]) == 10  # the hold is over, whether a timer said so or not
    assert verify(there.store) == ()


def test_what_stays_on_the_shelf_and_what_is_kept_for_others_is_not_sold() -> None:
    """Ten mugs, of which two stay and three are for the market: five can be had, not six; and not a second five."""
    rule = SalesRule(sku="MUG", safety=2, kept_for={"market": 3})
    there = Counter(sales_rules=(rule,))
    with pytest.raises(CommandRejected) as refused:
        there.place(**mugs(6))
    assert refused.value.reasons == (stock.OutOfStock("MUG", 6, 5),)
    there.place(**mugs(5))
    assert there.shop.available("MUG") == 0
    with pytest.raises(CommandRejected):
        there.place(**mugs(1))
    with pytest.raises(InvalidInputError, match="sales_rules"):
        Counter(sales_rules=(rule, rule))


def test_starting_a_payment_again_and_again_does_not_keep_the_units_for_ever() -> None:
    """Seven days for a transfer, ten days at most: the second attempt prolongs by three, the third not at all."""
    there = Counter(longest_hold=timedelta(days=10))
    placed = there.clock.now()
    order = there.place()
    for attempt, days in ((1, 6), (2, 3)):
        there.clock.advance(timedelta(days=days))
        start_again(there, order, attempt)
        assert there.view(order).file.stock.until == placed + timedelta(days=10)
    there.later(days=1)
    assert there.mugs() == (10, 0)
    start_again(there, order, 3)
    assert there.mugs() == (10, 0)
    there.pay(order, attempt=4)
    assert there.mugs() == (10, 2)
    assert verify(there.store) == ()


def start_again(there: Counter, order: str, attempt: int) -> None:
    """The attempt fails, and the customer begins another one."""
    failed = payments.PaymentFacts(outcome=payments.Outcome.FAILED, occurred_at=there.clock.now())
    there.shop.do(payments.ObservePayment(order=order, attempt=attempt, facts=failed))
    there.shop.do(payments.RetryPayment(order=order, **TRANSFER))


def test_a_hold_must_leave_what_the_rule_says() -> None:
    """One stays in each place and two more in Krakow; what comes in may be owed, and three beyond it."""
    rule = SalesRule(sku="MUG", safety=1, kept_for={"market": 2}, backorder=3)
    krakow = attrs.evolve(KRAKOW, on_hand=9)
    found = floors({"MUG": (MAIN, krakow), "TEA": (MAIN,)}, {"MUG": rule}, "web")
    assert found == {"stk_MUG": Floor(shelf=1, later=1 - 14 - 3), "stk@krakow:MUG": Floor(shelf=3, later=3)}
    assert floors({"MUG": (KRAKOW,)}, {"MUG": rule}, "web") == {"stk@krakow:MUG": Floor(shelf=3, later=0)}
