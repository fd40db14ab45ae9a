"""Stock in several locations: each has a counter of its own, and nothing is lost between them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.workflows.counter import Counter

from orderflow import CommandRejected, stock, wire
from orderflow.counters import Level, Move, MoveKind, Shortage
from orderflow.decisions import Accepted, Rejected
from orderflow.errors import InvalidInputError
from orderflow.stock import (
    MAIN,
    AdjustStock,
    CountBelowHeld,
    CountedInFuture,
    CountOutdated,
    CountStock,
    ItemFacts,
    Location,
    LocationKind,
    ReceiveStock,
    ReferenceReused,
    SameLocation,
    StockArrived,
    StockCounted,
    StockItem,
    StockReceived,
    StockSent,
    TransferStock,
    UnknownLocation,
    decide_item,
    fold_item,
    item_id,
    item_moves,
)
from orderflow.verify import verify

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PLACES = (MAIN, "krakow", "road")
FACTS = ItemFacts(at=NOW, locations=PLACES)
LOCATIONS = (Location(MAIN), Location("krakow", LocationKind.SHOP), Location("road", LocationKind.ASIDE))
SHEET = CountStock(sku="MUG", counted=7, counted_at=NOW - timedelta(hours=1), reference="sheet-1")
LORRY = TransferStock(sku="MUG", quantity=3, reference="lorry-1", to="krakow")


def rejected(counter: Counter, command: stock.ItemCommand) -> tuple[object, ...]:
    """Why the shop does not carry out *command*."""
    with pytest.raises(CommandRejected) as refused:
        counter.shop.do(command)
    return refused.value.reasons


def test_a_shop_of_one_warehouse_stores_what_it_always_stored() -> None:
    """Its keys and its events know nothing of locations."""
    received = StockReceived(sku="MUG", quantity=5, reference="DN-1", at=NOW)
    name, payload = wire.dump(received)
    assert payload == '{"sku":"MUG","quantity":5,"reference":"DN-1","at":"2026-11-22T12:00:00Z"}'
    assert wire.load(name, payload) == received
    assert item_moves(received, "x") == (Move("stk_MUG", MoveKind.ADD, 5, "x"),)


def test_an_item_has_one_name_per_location_and_no_sku_can_forge_another() -> None:
    """Whatever characters a SKU has, two items never share a counter."""
    skus = ("MUG", "krakow:MUG", ":MUG", "@krakow:MUG", "k:a")
    names = [item_id(sku, location) for sku in skus for location in (MAIN, "krakow", "k")]
    assert len({*names}) == len(names)


@pytest.mark.parametrize("code", ["", " x", "a b", "a:b", "ł", "x" * 25, "-x", 7])
def test_a_location_is_a_short_plain_code(code: object) -> None:
    """It is part of a key, so it has no room for anything odd."""
    with pytest.raises(InvalidInputError, match=r"code|location"):
        Location(code)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="location"):
        ReceiveStock(sku="MUG", quantity=1, reference="r", location=code)  # type: ignore[arg-type]


def test_a_transfer_leaves_one_location_and_arrives_in_another() -> None:
    """Two events, each in the stream of its own item, whose moves cancel out."""
    sent = StockSent(sku="MUG", quantity=3, reference="lorry-1", to="krakow", at=NOW)
    arrived = StockArrived(sku="MUG", quantity=3, reference="lorry-1", location="krakow", origin=MAIN, at=NOW)
    assert decide_item(LORRY, StockItem(), FACTS) == Accepted((sent, arrived))
    assert item_moves(sent, "o") == (Move("stk_MUG", MoveKind.REMOVE, 3, "o"),)
    assert item_moves(arrived, "o") == (Move("stk@krakow:MUG", MoveKind.ADD, 3, "o"),)
    assert decide_item(LORRY, fold_item([sent]), FACTS) == Accepted()
    elsewhere = TransferStock(sku="MUG", quantity=3, reference="lorry-1", to="road")
    assert decide_item(elsewhere, fold_item([sent]), FACTS) == Rejected((ReferenceReused("lorry-1", -3),))


def test_a_transfer_goes_to_another_known_location() -> None:
    """Neither to where it comes from nor to nowhere; both unknown places are named."""
    there = TransferStock(sku="MUG", quantity=3, reference="r", to=MAIN)
    assert decide_item(there, StockItem(), FACTS) == Rejected((SameLocation(MAIN),))
    nowhere = TransferStock(sku="MUG", quantity=3, reference="r", location="lodz", to="gdynia")
    reasons = (UnknownLocation("lodz", PLACES), UnknownLocation("gdynia", PLACES))
    assert decide_item(nowhere, StockItem(), FACTS) == Rejected(reasons)


def test_a_count_books_the_difference_to_what_the_books_said_then() -> None:
    """Nine were booked when somebody counted seven: two are missing, whatever was sold since."""
    counted = StockCounted(sku="MUG", counted=7, counted_at=SHEET.counted_at, delta=-2, reference="sheet-1", at=NOW)
    facts = ItemFacts(at=NOW, then=9)
    assert decide_item(SHEET, StockItem(), facts) == Accepted((counted,))
    assert decide_item(SHEET, fold_item([counted]), facts) == Accepted()
    assert item_moves(counted, "o") == (Move("stk_MUG", MoveKind.REMOVE, 2, "o"),)


def test_a_count_that_finds_what_was_booked_moves_nothing_and_is_recorded() -> None:
    """That somebody counted is worth knowing."""
    answer = decide_item(SHEET, StockItem(), ItemFacts(at=NOW, then=7))
    assert isinstance(answer, Accepted)
    assert [item_moves(event, "o") for event in answer.events] == [()]


def test_a_count_that_is_older_than_another_overwrites_nothing() -> None:
    """Nor does one that has not happened yet; a sheet with another number is another sheet."""
    first = decide_item(SHEET, StockItem(), ItemFacts(at=NOW, then=7))
    assert isinstance(first, Accepted)
    item = fold_item(first.events)
    older = CountStock(sku="MUG", counted=7, counted_at=NOW - timedelta(hours=2), reference="sheet-0")
    future = CountStock(sku="MUG", counted=7, counted_at=NOW + timedelta(seconds=1), reference="sheet-2")
    other = CountStock(sku="MUG", counted=8, counted_at=SHEET.counted_at, reference="sheet-1")
    assert decide_item(older, item, FACTS) == Rejected((CountOutdated(older.counted_at, SHEET.counted_at),))
    assert decide_item(future, item, FACTS) == Rejected((CountedInFuture(future.counted_at),))
    assert decide_item(other, item, FACTS) == Rejected((ReferenceReused("sheet-1", 7),))


def test_what_orders_hold_is_not_counted_away() -> None:
    """The order has to be told first that its unit is not there."""
    short = Shortage("stk_MUG", MoveKind.REMOVE, 2, 1)
    answer = decide_item(SHEET, StockItem(), ItemFacts(at=NOW, then=9, shortages=(short,)))
    assert answer == Rejected((CountBelowHeld("MUG", 2, 1),))


def test_a_count_is_right_although_mugs_were_sold_between_counting_and_booking() -> None:
    """Ten were booked and nine counted at nine; two left at ten; the sheet is typed in at eleven: seven."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    counter.clock.advance(timedelta(hours=1))
    counted_at = counter.clock.now()
    counter.clock.advance(timedelta(hours=1))
    counter.ship(order)
    sheet = CountStock(sku="MUG", counted=9, counted_at=counted_at, reference="sheet-1")
    assert counter.shop.do(sheet) == Level(7, 0)
    assert counter.shop.do(sheet) == Level(7, 0)
    assert verify(counter.store) == ()


def test_each_location_has_a_level_of_its_own() -> None:
    """A delivery to Krakow is not in the main warehouse; on the way it is in neither."""
    counter = Counter(locations=LOCATIONS)
    assert counter.shop.do(ReceiveStock(sku="MUG", quantity=4, reference="DN", location="krakow")) == Level(4, 0)
    counter.shop.do(TransferStock(sku="MUG", quantity=3, reference="lorry", to="road"))
    counter.shop.do(TransferStock(sku="MUG", quantity=2, reference="lorry", location="road", to="krakow"))
    levels = [counter.shop.level("MUG", place) for place in PLACES]
    assert levels == [Level(7, 0), Level(6, 0), Level(1, 0)]
    assert verify(counter.store) == ()


def test_a_location_that_the_shop_does_not_have_is_refused() -> None:
    """In every command and in every question; nothing is booked."""
    counter = Counter()
    unknown = (UnknownLocation("krakow", (MAIN,)),)
    assert rejected(counter, ReceiveStock(sku="MUG", quantity=4, reference="DN", location="krakow")) == unknown
    assert rejected(counter, LORRY) == unknown
    assert rejected(counter, AdjustStock(sku="MUG", delta=1, reason="found", location="krakow")) == unknown
    with pytest.raises(CommandRejected):
        counter.shop.level("MUG", "krakow")
    with pytest.raises(InvalidInputError, match="locations"):
        Counter(locations=(Location(MAIN), Location(MAIN)))


def test_held_units_are_not_transferred() -> None:
    """The order that holds them is sent from where they lie."""
    counter = Counter(locations=LOCATIONS)
    counter.place()
    all_of_them = TransferStock(sku="MUG", quantity=10, reference="lorry", to="krakow")
    assert rejected(counter, all_of_them) == (stock.OutOfStock("MUG", 10, 8),)
    assert counter.shop.level("MUG", "krakow") == Level(0, 0)


class Warehouses(RuleBasedStateMachine):
    """Deliveries, corrections, counts, transfers and orders in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.counter = Counter(locations=LOCATIONS)
        self.number = 0
        self.expected = {MAIN: 10, "krakow": 0, "road": 0}

    def do(self, command: stock.ItemCommand) -> bool:
        """Whether the shop carries it out; once more makes no difference."""
        try:
            self.counter.shop.do(command)
        except CommandRejected:
            return False
        self.counter.shop.do(command)
        return True

    def reference(self) -> str:
        """A new one."""
        self.number += 1
        return f"r{self.number}"

    @rule(place=st.sampled_from(PLACES), count=st.integers(1, 5))
    def receive(self, place: str, count: int) -> None:
        """New units."""
        assert self.do(ReceiveStock(sku="MUG", quantity=count, reference=self.reference(), location=place))
        self.expected[place] += count

    @rule(place=st.sampled_from(PLACES), delta=st.integers(-4, 4).filter(bool))
    def correct(self, place: str, delta: int) -> None:
        """A correction; it fails where less is free."""
        command = AdjustStock(sku="MUG", delta=delta, reason="x", reference=self.reference(), location=place)
        if self.do(command):
            self.expected[place] += delta

    @rule(route=st.permutations(PLACES), count=st.integers(1, 6))
    def move(self, route: list[str], count: int) -> None:
        """A transfer; it fails where less is free."""
        origin, to, _ = route
        done = self.do(TransferStock(sku="MUG", quantity=count, reference=self.reference(), location=origin, to=to))
        if done:
            self.expected[origin] -= count
            self.expected[to] += count

    @rule(place=st.sampled_from(PLACES), off=st.integers(-2, 2), later=st.integers(0, 3))
    def count(self, place: str, off: int, later: int) -> None:
        """Somebody counts, more arrives, and then the sheet is booked."""
        counted, at = max(self.expected[place] + off, 0), self.counter.clock.now()
        found = counted - self.expected[place]
        self.counter.clock.advance(timedelta(minutes=1))
        if later:
            self.receive(place, later)
        if self.do(CountStock(sku="MUG", counted=counted, counted_at=at, reference=self.reference(), location=place)):
            self.expected[place] += found

    @rule()
    def sell(self) -> None:
        """An order holds two mugs and a teapot, if they are there."""
        with suppress(CommandRejected):
            self.counter.place()

    @invariant()
    def agree(self) -> None:
        """Each counter says what was booked, its ledger sums up to it, and all events account for it."""
        for place, count in self.expected.items():
            level = self.counter.shop.level("MUG", place)
            assert level.value == count
            assert 0 <= level.held <= level.value
        assert verify(self.counter.store) == ()


TestWarehouses = Warehouses.TestCase
TestWarehouses.settings = settings(stateful_step_count=15, max_examples=25)
