"""Levels that a warehouse reports: sales made meanwhile are neither lost nor counted twice, and old news is no news."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.workflows.counter import Counter

from orderflow import CommandRejected, stock
from orderflow.counters import Level
from orderflow.stock import CountedInFuture, CountOutdated, CountStock, LevelOutdated, ReferenceReused, ReportLevel
from orderflow.verify import verify


def report(counter: Counter, level: int, sequence: int = 1, *seen: str, **changes: object) -> ReportLevel:
    """What the warehouse says of mugs now."""
    usual: dict[str, object] = {"as_of": counter.clock.now(), **changes}
    return ReportLevel(sku="MUG", level=level, sequence=sequence, seen=seen, **usual)  # type: ignore[arg-type]


def rejected(counter: Counter, command: stock.ItemCommand) -> tuple[object, ...]:
    """Why it is not booked; the level stays as it was."""
    before = counter.mugs()
    with pytest.raises(CommandRejected) as refused:
        counter.shop.do(command)
    assert counter.mugs() == before
    return refused.value.reasons


def test_a_sale_that_the_warehouse_has_not_seen_is_taken_off() -> None:
    """Two of ten are sold; the warehouse, which heard of nothing, could give twelve: ten are left to be sold."""
    counter = Counter()
    counter.place()
    assert counter.shop.do(report(counter, 12)) == Level(12, 2)


def test_a_sale_that_the_warehouse_has_seen_is_not_taken_off_twice() -> None:
    """Two of ten are sold, and the warehouse has set them aside: beside them it could give twelve."""
    counter = Counter()
    order = counter.place()
    assert counter.shop.do(report(counter, 12, 1, f"{order}-w1")) == Level(14, 2)


def test_a_parcel_that_leaves_changes_nothing_of_what_can_be_given() -> None:
    """Whether the warehouse or the shop hears first that two units have left, eight can be sold."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    counter.shop.do(report(counter, 8, 1, f"{order}-w1"))
    counter.ship(order)
    assert counter.mugs() == (8, 0)
    assert counter.shop.do(report(counter, 8, 2, f"{order}-w1")) == Level(8, 0)
    assert counter.shop.do(report(counter, 8, 3)) == Level(8, 0)
    assert verify(counter.store) == ()


def test_a_late_report_knows_nothing_of_what_was_sold_and_sent_since() -> None:
    """It was made before the order, and is booked after the parcel left: its twelve are ten."""
    counter = Counter()
    late = report(counter, 12)
    counter.clock.advance(timedelta(minutes=1))
    order = counter.place()
    counter.pay(order)
    counter.ship(order)
    assert counter.shop.do(late) == Level(10, 0)
    assert verify(counter.store) == ()


def test_what_is_promised_and_not_there_is_sold_to_nobody_else() -> None:
    """The warehouse gave everything to another channel: the order keeps its hold, and no unit is free."""
    counter = Counter()
    counter.place()
    assert counter.shop.do(report(counter, 0)) == Level(2, 2)
    with counter.store.reading() as transaction:
        (*_, row) = transaction.streams.read(stock.item_id("MUG"))
    assert '"promised":2' in row.payload
    assert verify(counter.store) == ()


def test_an_older_report_overwrites_nothing() -> None:
    """By its number, by its moment, or because somebody has counted since."""
    counter = Counter()
    first = counter.clock.now()
    counter.clock.advance(timedelta(minutes=1))
    second = counter.clock.now()
    counter.shop.do(report(counter, 9, 7))
    assert rejected(counter, report(counter, 8, 6)) == (LevelOutdated(6, second, second),)
    assert rejected(counter, report(counter, 8, 8, as_of=first)) == (LevelOutdated(8, first, second),)
    counter.clock.advance(timedelta(minutes=2))
    counter.shop.do(CountStock(sku="MUG", counted=9, counted_at=counter.clock.now(), reference="sheet"))
    between = second + timedelta(minutes=1)
    assert rejected(counter, report(counter, 8, 8, as_of=between)) == (LevelOutdated(8, between, counter.clock.now()),)
    sheet = CountStock(sku="MUG", counted=9, counted_at=between, reference="older sheet")
    assert rejected(counter, sheet) == (CountOutdated(between, counter.clock.now()),)


def test_a_report_of_tomorrow_is_refused() -> None:
    """A clock that goes wrong there must not silence every report to come."""
    counter = Counter()
    tomorrow = counter.clock.now() + timedelta(days=1)
    assert rejected(counter, report(counter, 8, as_of=tomorrow)) == (CountedInFuture(tomorrow),)


def test_the_same_report_twice_is_one_and_another_under_its_number_is_refused() -> None:
    """A feed that is delivered again changes nothing, although something was sold meanwhile."""
    counter = Counter()
    told = report(counter, 9)
    counter.shop.do(told)
    counter.place()
    assert counter.shop.do(told) == Level(9, 2)
    assert rejected(counter, report(counter, 8, 1)) == (ReferenceReused("report 1", 9),)


def test_a_report_makes_an_item_of_what_was_never_here() -> None:
    """The warehouse has something new."""
    counter = Counter()
    told = ReportLevel(sku="BOWL", level=3, sequence=1, as_of=counter.clock.now())
    assert counter.shop.do(told) == Level(3, 0)
    assert verify(counter.store) == ()


def test_two_counts_of_the_same_moment_correct_the_books_once() -> None:
    """Nine of ten were counted, and typed in as eight at first: nine are there, not eight."""
    counter = Counter()
    at = counter.clock.now()
    counter.clock.advance(timedelta(hours=1))
    assert counter.shop.do(CountStock(sku="MUG", counted=8, counted_at=at, reference="sheet-1")) == Level(8, 0)
    counter.clock.advance(timedelta(hours=1))
    assert counter.shop.do(CountStock(sku="MUG", counted=9, counted_at=at, reference="sheet-2")) == Level(9, 0)
    later = at + timedelta(minutes=90)
    assert counter.shop.do(CountStock(sku="MUG", counted=9, counted_at=later, reference="sheet-3")) == Level(9, 0)
    assert verify(counter.store) == ()


class Depot:
    """A warehouse that hears of orders late, and gives units to others, too."""

    def __init__(self, units: int) -> None:
        self.free = units
        self.kept: dict[str, int] = {}

    def hears_of(self, order: str) -> None:
        """An order's units are set aside."""
        self.free -= 2
        self.kept[f"{order}-w1"] = 2


@given(st.lists(st.sampled_from(("sell", "hear", "report", "ship", "restock")), max_size=25))
def test_in_any_order_of_sales_and_reports_both_sides_agree_in_the_end(steps: list[str]) -> None:
    """After every report, what can be sold here is what the warehouse can give less what it has not heard of."""
    counter, depot = Counter(), Depot(10)
    unheard: list[str] = []
    open_orders: list[str] = []
    for number, step in enumerate(steps, start=1):
        counter.clock.advance(timedelta(seconds=1))
        if step == "sell" and counter.shop.available("MUG") >= 2 and counter.shop.available("TEAPOT"):
            order = counter.place()
            counter.pay(order)
            unheard.append(order)
        elif step == "hear" and unheard and depot.free >= 2:
            open_orders.append(unheard[0])
            depot.hears_of(unheard.pop(0))
        elif step == "ship" and open_orders:
            order = open_orders.pop()
            counter.ship(order)
            if number % 2:  # the warehouse may close it now, or later
                del depot.kept[f"{order}-w1"]
        elif step == "restock":
            depot.free += 1
        elif step == "report":
            counter.shop.do(report(counter, depot.free, number, *depot.kept))
            assert counter.shop.available("MUG") == max(depot.free - 2 * len(unheard), 0)
    assert verify(counter.store) == ()
