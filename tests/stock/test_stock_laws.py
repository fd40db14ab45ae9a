"""
Laws of stock that hold whatever happens: two orders and a warehouse over the same counters.

The counters here are a small model of what a store promises; every unit an order ever held is a token that may only
move along.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import assert_never

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from orderflow.counters import Move, MoveKind, Shortage
from orderflow.decisions import Accepted, Rejected
from orderflow.quantities import MOST_UNITS, Quantities
from orderflow.stock import (
    Allocation,
    Command,
    CommitStock,
    ConsumeStock,
    Event,
    Facts,
    HoldLapsed,
    HoldStock,
    ItemFacts,
    LapseHold,
    ReceiveStock,
    ReleaseStock,
    RestockUnits,
    StockCommitted,
    StockConsumed,
    StockHeld,
    StockReleased,
    UnitsRestocked,
    UnitsWrittenOff,
    WriteOffUnits,
    decide,
    decider,
    evolve,
    item_decider,
    item_id,
    item_moves,
    moves,
    returnable,
)

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
SKUS = ("MUG", "TEA")


@attrs.define
class Counters:
    """What a store promises of guarded counters: all moves or none, nothing clamped, lapsed holds swept on demand."""

    value: Counter[str] = attrs.field(factory=Counter)
    holds: dict[tuple[str, str], tuple[int, datetime | None]] = attrs.field(factory=dict)
    backordered: set[str] = attrs.field(factory=set)

    def held(self, key: str) -> int:
        """The sum of all holds on a counter."""
        return sum(count for (name, _), (count, _) in self.holds.items() if name == key)

    def apply(self, wanted: tuple[Move, ...], at: datetime) -> tuple[Shortage, ...]:
        """Apply all, or nothing and say what did not fit."""
        trial = Counters(Counter(self.value), dict(self.holds), set(self.backordered))
        found = (trial._one(move, at) for move in sorted(wanted, key=lambda move: move.key))
        shortages = tuple(shortage for shortage in found if shortage is not None)
        if not shortages:
            self.value, self.holds, self.backordered = trial.value, trial.holds, trial.backordered
        return shortages

    def _one(self, move: Move, at: datetime) -> Shortage | None:
        key, row = move.key, (move.key, move.owner)
        mine, until = self.holds.get(row, (0, None))
        alive = 0 if until is not None and until <= at else mine
        match move.kind:
            case MoveKind.ADD:
                available = move.quantity
                self.value[key] += move.quantity
            case MoveKind.REMOVE:
                available = self.value[key] - self.held(key)
                self.value[key] -= min(move.quantity, max(available, 0))
            case MoveKind.HOLD:
                leaving = -MOST_UNITS if move.leaving is None else move.leaving
                if self.value[key] - self.held(key) < move.quantity + max(leaving, 0):
                    for other, (_, end) in tuple(self.holds.items()):
                        if other[0] == key and end is not None and end <= at:
                            del self.holds[other]
                there = self.value[key] - self.held(key)
                available = there - leaving
                if available >= move.quantity:
                    if there < move.quantity:
                        self.backordered.add(key)
                    self.holds[row] = (self.holds.get(row, (0, None))[0] + move.quantity, move.until)
                    return None
            case MoveKind.KEEP:
                available = alive
                if available >= move.quantity:
                    self.holds[row] = (mine, move.until)
            case MoveKind.RELEASE:
                available = mine
                self._lower(row, move.quantity)
            case MoveKind.CONSUME:
                available = min(alive, self.value[key])
                if available >= move.quantity:
                    self._lower(row, move.quantity)
                    self.value[key] -= move.quantity
            case _:
                assert_never(move.kind)
        return None if available >= move.quantity else Shortage(key, move.kind, move.quantity, available)

    def _lower(self, row: tuple[str, str], by: int) -> None:
        count, until = self.holds.get(row, (0, None))
        if count > by:
            self.holds[row] = (count - by, until)
        else:
            self.holds.pop(row, None)


@attrs.define
class Tokens:
    """Every unit an order ever held, by where it is; an event may only take tokens from where they can be."""

    at: Counter[tuple[str, str]] = attrs.field(factory=Counter)

    def take(self, event: Event) -> None:
        """Move the event's units along."""
        match event:
            case StockHeld():
                for sku, count in event.quantities:
                    self.at["held", sku] += count
            case StockCommitted():
                self._along(event.quantities, ("held",), "committed")
            case StockConsumed():
                self._along(event.quantities, ("committed",), "consumed")
            case StockReleased():
                self._along(event.quantities, ("held", "committed"), "released")
            case HoldLapsed():
                self._along(event.quantities, ("held",), "lapsed")
            case UnitsRestocked():
                self._along(event.quantities, ("consumed",), "restocked")
            case UnitsWrittenOff():
                if event.return_ is not None or event.parcel is not None:
                    self._along(event.quantities, ("consumed",), "written off")
                else:
                    self._along(event.quantities, ("committed",), "missing")
            case _:
                assert_never(event)

    def _along(self, units: Quantities, sources: tuple[str, ...], target: str) -> None:
        for sku, count in units:
            left = count
            for source in sources:
                moved = min(left, self.at[source, sku])
                self.at[source, sku] -= moved
                self.at[target, sku] += moved
                left -= moved
            assert left == 0, f"{left} of {count} {sku} were not {' or '.join(sources)}"

    def of(self, *places: str) -> Quantities:
        """The units in these places."""
        return Quantities((sku, count) for (place, sku), count in self.at.items() if place in places)


@attrs.define
class Desk:
    """Decides, applies the moves in the same step, and decides once more where they did not fit."""

    counters: Counters = attrs.field(factory=Counters)
    orders: dict[str, Allocation] = attrs.field(factory=lambda: {"o1": Allocation(), "o2": Allocation()})
    tokens: dict[str, Tokens] = attrs.field(factory=lambda: {"o1": Tokens(), "o2": Tokens()})
    received: Counter[str] = attrs.field(factory=Counter)
    now: datetime = START

    def receive(self, sku: str, count: int, reference: str) -> None:
        """New units arrive."""
        command = ReceiveStock(sku=sku, quantity=count, reference=reference)
        answer = item_decider.decide(command, item_decider.initial, ItemFacts(at=self.now))
        assert isinstance(answer, Accepted)
        for event in answer.events:
            assert self.counters.apply(item_moves(event, reference), self.now) == ()
        self.received[sku] += count

    def do(self, command: Command) -> Accepted[Event] | Rejected[object]:
        """Run one command to its end; the answer is final."""
        before = self.orders[command.order]
        answer = decide(command, before, Facts(at=self.now))
        if isinstance(answer, Accepted):
            shortages = self._apply(command.order, answer.events)
            if shortages:
                answer = decide(command, before, Facts(at=self.now, shortages=shortages))
                if isinstance(answer, Accepted):
                    assert self._apply(command.order, answer.events) == ()
        return answer

    def _apply(self, order: str, events: tuple[Event, ...]) -> tuple[Shortage, ...]:
        state, wanted = self.orders[order], list[Move]()
        for event in events:
            wanted += moves(event, order, state)
            state = evolve(state, event)
        shortages = self.counters.apply(tuple(wanted), self.now)
        if not shortages:
            self.orders[order] = state
            for event in events:
                self.tokens[order].take(event)
        return shortages

    def check(self) -> None:
        """Everything that must hold after every step."""
        for order, state in self.orders.items():
            tokens = self.tokens[order]
            assert state.held == tokens.of("held")
            assert state.committed == tokens.of("committed")
            assert state.consumed == tokens.of("consumed", "restocked", "written off")
            assert state.restocked == tokens.of("restocked")
            assert state.written_off == tokens.of("written off")
            assert state.backordered <= state.open
            assert state.given_back <= state.consumed
            assert state.until is None or state.held
            assert not (state.until and state.committed)
            for sku in SKUS:
                count, until = self.counters.holds.get((item_id(sku), order), (0, None))
                swept = state.lapsed_by(self.now) and not count
                assert swept or count == state.open[sku]
                assert not count or until == state.until
        for sku in SKUS:
            key = item_id(sku)
            gone = sum(tokens.of("consumed", "written off", "missing")[sku] for tokens in self.tokens.values())
            assert self.counters.value[key] == self.received[sku] - gone >= 0
            if key not in self.counters.backordered:
                assert self.counters.held(key) <= self.counters.value[key]


UNITS = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 2), min_size=1).map(Quantities)
DEMAND = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 4), min_size=1).map(Quantities)
ORDERS = st.sampled_from(["o1", "o2"])
NUMBERS = st.none() | st.integers(1, 3)
BACKORDER = st.sampled_from([(), (), (), ("MUG",), SKUS])


@st.composite
def commands(draw: st.DrawFn, now: datetime = START) -> Command:
    """Any command, mostly one that can succeed."""
    order = draw(ORDERS)
    kind = draw(st.sampled_from(KINDS))
    if kind is HoldStock:
        hours = draw(st.sampled_from([1, 2, 3, None, 0]))
        until = None if hours is None else now + timedelta(hours=hours)
        return HoldStock(order=order, demand=draw(DEMAND), until=until, backorder=draw(BACKORDER))
    if kind is ReleaseStock:
        return ReleaseStock(order=order, quantities=draw(UNITS | st.none()))
    if kind is ConsumeStock:
        return ConsumeStock(order=order, quantities=draw(UNITS), parcel=draw(NUMBERS))
    if kind is RestockUnits:
        return RestockUnits(order=order, quantities=draw(UNITS), return_=draw(NUMBERS), parcel=draw(NUMBERS))
    if kind is WriteOffUnits:
        return WriteOffUnits(order=order, quantities=draw(UNITS), return_=draw(NUMBERS), parcel=draw(NUMBERS))
    return CommitStock(order=order) if kind is CommitStock else LapseHold(order=order)


KINDS = (
    HoldStock, HoldStock, CommitStock, ConsumeStock, ConsumeStock, ReleaseStock, LapseHold, RestockUnits, WriteOffUnits,
)  # fmt: skip
HOURS = st.sampled_from([0, 0, 1])


def repeatable(command: Command) -> bool:
    """Whether giving the command again must do nothing: it states a goal or names its source."""
    match command:
        case ReleaseStock():
            return command.quantities is None
        case ConsumeStock():
            return command.parcel is not None
        case RestockUnits() | WriteOffUnits():
            return command.return_ is not None or command.parcel is not None
        case _:
            return True


@given(st.data())
def test_the_same_command_twice_gives_no_second_event(data: st.DataObject) -> None:
    """From any state, a command that was accepted is already so when it comes again."""
    desk = stocked()
    for _ in range(data.draw(st.integers(1, 25))):
        desk.now += timedelta(hours=data.draw(HOURS))
        command = data.draw(commands(desk.now))
        if isinstance(desk.do(command), Accepted) and repeatable(command):
            assert desk.do(command) == Accepted()


def stocked() -> Desk:
    """Six of each on the shelf."""
    desk = Desk()
    for sku in SKUS:
        desk.receive(sku, 6, f"DN-{sku}")
    return desk


@given(st.lists(commands(), max_size=20))
def test_rules_are_total_and_a_rejection_names_a_reason(steps: list[Command]) -> None:
    """No command raises in any state, nothing is rejected without a reason, and no event is without effect."""
    state = decider.initial
    for command in steps:
        answer = decide(command, state, Facts(at=START))
        if isinstance(answer, Rejected):
            assert answer.reasons
            continue
        for event in answer.events:
            after = evolve(state, event)
            assert after != state
            state = after


@given(st.lists(commands(), max_size=20))
def test_when_all_is_let_go_the_counters_hold_nothing(steps: list[Command]) -> None:
    """No hold leaks: after every order released its stock, all that did not leave is available again."""
    desk = stocked()
    for command in steps:
        desk.do(command)
    for order in desk.orders:
        desk.do(ReleaseStock(order=order))
        assert desk.orders[order].open == Quantities()
    assert desk.counters.holds == {}
    desk.check()


class StockMachine(RuleBasedStateMachine):
    """Any command of two orders, arrivals, and time going by, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.deliveries = 0

    @initialize(counts=st.tuples(st.integers(0, 12), st.integers(0, 12)))
    def open_shop(self, counts: tuple[int, int]) -> None:
        """Start with a few units on the shelf."""
        for sku, count in zip(SKUS, counts, strict=True):
            if count:
                self.arrive(sku, count)

    @rule(sku=st.sampled_from(SKUS), count=st.integers(1, 3))
    def arrive(self, sku: str, count: int) -> None:
        """Something arrives, under a fresh reference."""
        self.deliveries += 1
        self.desk.receive(sku, count, f"DN-{self.deliveries}")

    @rule()
    def wait(self) -> None:
        """An hour goes by, and nobody runs the timers."""
        self.desk.now += timedelta(hours=1)

    @rule(data=st.data(), count=st.integers(1, 5))
    def give(self, data: st.DataObject, count: int) -> None:
        """Any commands; twice, where that must not matter."""
        for _ in range(count):
            command = data.draw(commands(self.desk.now))
            answer = self.desk.do(command)
            self.desk.check()
            if isinstance(answer, Accepted) and repeatable(command):
                assert self.desk.do(command) == Accepted()

    @rule(order=ORDERS, demand=DEMAND)
    def buy(self, order: str, demand: Quantities) -> None:
        """The usual way: hold for a while, then commit."""
        held = self.desk.do(HoldStock(order=order, demand=demand, until=self.desk.now + timedelta(hours=1)))
        if isinstance(held, Accepted):
            self.desk.do(CommitStock(order=order))

    @rule(order=ORDERS, demand=DEMAND)
    def forget(self, order: str, demand: Quantities) -> None:
        """Hold for an hour and let two go by; the timer may come, or the customer tries again."""
        self.desk.do(HoldStock(order=order, demand=demand, until=self.desk.now + timedelta(hours=1)))
        self.desk.now += timedelta(hours=2)

    @rule(order=ORDERS)
    def lapse(self, order: str) -> None:
        """The timer comes."""
        self.desk.do(LapseHold(order=order))
        assert not self.desk.orders[order].lapsed_by(self.desk.now)

    @rule(order=ORDERS, units=DEMAND)
    def ship(self, order: str, units: Quantities) -> None:
        """Some committed units leave."""
        self.desk.do(ConsumeStock(order=order, quantities=units & self.desk.orders[order].committed))

    @rule(order=ORDERS, units=DEMAND, sellable=st.booleans(), number=NUMBERS)
    def send_back(self, order: str, units: Quantities, sellable: bool, number: int | None) -> None:
        """Some units come back."""
        back = units & returnable(self.desk.orders[order])
        kind = RestockUnits if sellable else WriteOffUnits
        self.desk.do(kind(order=order, quantities=back, return_=number))

    @invariant()
    def agree(self) -> None:
        """Counters, rules and tokens tell the same."""
        self.desk.check()


TestStockMachine = StockMachine.TestCase
TestStockMachine.settings = settings(stateful_step_count=40)
