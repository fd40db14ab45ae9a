"""What holds of lots whatever happens: an item has the units of its lots, and what expires first is sent first."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.workflows.counter import START, VAT, Counter, pln

from orderflow import CommandRejected, Quantities, orders, returns, shipping, stock
from orderflow.lots import LotUnits
from orderflow.stock import Location, LocationKind, SalesRule, Tracking, first_expired_first
from orderflow.verify import verify

PLACES = (Location("main"), Location("krakow", LocationKind.SHOP), Location("bin", LocationKind.ASIDE))
LOTS = st.builds(
    LotUnits,
    st.sampled_from("ABC"),
    st.integers(1, 5),
    st.none() | st.integers(0, 8).map(lambda days: START.date() + timedelta(days)),
)
PLACE = st.sampled_from([place.code for place in PLACES])


@given(st.lists(LOTS, max_size=6), st.integers(0, 20))
def test_no_unit_is_taken_from_a_lot_before_those_that_expire_earlier(lots: list[LotUnits], units: int) -> None:
    """What is wanted is taken as far as it is there, and of every lot but the newest one that is touched, all of it."""
    taken = first_expired_first(lots, units)
    newest = max((lot.expires or date.max for lot in taken), default=date.min)
    assert sum(lot.units for lot in taken) == min(units, sum(lot.units for lot in lots))
    older = [sum(lot.units for lot in some if (lot.expires or date.max) < newest) for some in (taken, lots)]
    assert older[0] == older[1]


class Dairy(RuleBasedStateMachine):
    """A shop whose milk expires, with whatever its people do."""

    def __init__(self) -> None:
        super().__init__()
        rules = (SalesRule(sku="MILK", tracked_by=Tracking.LOTS, good_for=1),)
        self.there = Counter(locations=PLACES, sales_rules=rules)
        self.placed: list[str] = []
        self.number = 0

    def reference(self) -> str:
        """A new one."""
        self.number += 1
        return f"r-{self.number}"

    def attempt(self, command: object) -> None:
        """Do it, if that can be done now; done again, it changes nothing."""
        with suppress(CommandRejected):
            self.there.shop.do(command)  # type: ignore[call-overload]

    @rule(lots=st.lists(LOTS, min_size=1, max_size=3), place=PLACE)
    def receive(self, lots: list[LotUnits], place: str) -> None:
        """A delivery, which is told twice."""
        command = stock.ReceiveStock(
            sku="MILK",
            quantity=sum(lot.units for lot in lots),
            reference=self.reference(),
            location=place,
            lots=lots,
        )
        self.attempt(command)
        before = self.lots(place)
        self.attempt(command)
        assert self.lots(place) == before

    @rule(units=st.integers(1, 4), place=PLACE, to=PLACE, named=st.none() | st.sampled_from("ABC"))
    def transfer(self, units: int, place: str, to: str, named: str | None) -> None:
        """From one place to another."""
        lots = [] if named is None else [LotUnits(named, units)]
        self.attempt(
            stock.TransferStock(
                sku="MILK", quantity=units, reference=self.reference(), location=place, to=to, lots=lots
            )
        )

    @rule(delta=st.integers(-4, 4).filter(bool), place=PLACE, named=st.none() | st.sampled_from("ABC"))
    def adjust(self, delta: int, place: str, named: str | None) -> None:
        """Broken, or found."""
        lots = [] if named is None else [LotUnits(named, abs(delta))]
        self.attempt(stock.AdjustStock(sku="MILK", delta=delta, reason="broken", location=place, lots=lots))

    @rule(lots=st.lists(LOTS, max_size=3), minutes=st.integers(0, 300))
    def count(self, lots: list[LotUnits], minutes: int) -> None:
        """Somebody counted a while ago."""
        counted = sum(lot.units for lot in lots)
        at = self.there.clock.now() - timedelta(minutes=minutes)
        self.attempt(
            stock.CountStock(sku="MILK", counted=counted, counted_at=at, reference=self.reference(), lots=lots)
        )

    @rule(units=st.integers(1, 6))
    def order(self, units: int) -> None:
        """Exactly what is available can be ordered, and it is good."""
        available = self.there.shop.available("MILK")
        line = orders.Line(line="1", sku="MILK", name="Milk", quantity=units, unit_price=pln("3.00"), vat=VAT)
        if units <= available:
            self.placed.append(self.there.place(lines=(line,)))
            self.there.pay(self.placed[-1])
        else:
            with pytest.raises(CommandRejected) as rejected:
                self.there.place(lines=(line,))
            assert rejected.value.reasons == (stock.OutOfStock("MILK", units, available),)

    @rule(place=st.integers(0, 9), named=st.none() | st.sampled_from("ABC"))
    def send(self, place: int, named: str | None) -> None:
        """Packed with or without a scan, and handed over; what is refused is unpacked."""
        if not self.placed:
            return
        order = self.placed[place % len(self.placed)]
        with suppress(CommandRejected):
            self.there.shop.do(shipping.PickLines(order=order))
            view = self.there.view(order)
            units = dict(view.pick_lists[0][1] if view.pick_lists else view.remaining).get("1", 0)
            lots = {"1": [LotUnits(named, units)]} if named and units else {}
            parcel = self.there.shop.do(shipping.PackParcel(order=order, lots=lots)).parcels[-1]
            if parcel.has_left:
                return
            before = self.lots(parcel.location)
            try:
                self.there.shop.do(shipping.HandOver(order=order, parcel=parcel.number))
            except CommandRejected:
                assert self.lots(parcel.location) == before
                self.there.shop.do(shipping.CancelParcel(order=order, parcel=parcel.number))
            else:
                self.assert_good(order, parcel.number)

    def assert_good(self, order: str, parcel: int) -> None:
        """Nobody gets what is over."""
        tomorrow = (self.there.clock.now() + timedelta(days=1)).date()
        sent = [one.lot for one in self.there.view(order).lots if one.parcel == parcel]
        assert all(lot.expires is None or lot.expires >= tomorrow for lot in sent)

    @rule(place=st.integers(0, 9))
    def bring_back(self, place: int) -> None:
        """One unit of what was delivered comes back, and is put on the shelf if it still can be."""
        if not self.placed:
            return
        order = self.placed[place % len(self.placed)]
        one = Quantities({"1": 1})
        with suppress(CommandRejected):
            if not self.there.view(order).parcels:
                return
            self.there.deliver(order)
            self.there.shop.do(returns.DeclareWithdrawal(order=order, quantities=one))
            number = max(len(self.there.view(order).returns), 1)
            self.there.shop.do(returns.ReceiveReturn(order=order, return_=number, quantities=one))
            self.there.shop.do(returns.InspectReturn(order=order, return_=number, restock=one))

    @rule(place=st.integers(0, 9))
    def cancel(self, place: int) -> None:
        """The customer thought better of it."""
        if self.placed:
            self.attempt(orders.CancelOrder(order=self.placed[place % len(self.placed)]))

    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        """Milk gets older."""
        self.there.later(hours=hours)

    def lots(self, place: str) -> tuple[stock.LotLevel, ...]:
        """What is there."""
        return self.there.shop.lots("MILK", place)

    @invariant()
    def an_item_has_the_units_of_its_lots(self) -> None:
        """In each location, and in the order in which they are to be sent."""
        for place in PLACES:
            lots = self.lots(place.code)
            assert self.there.shop.level("MILK", place.code).value == sum(lot.units for lot in lots)
            assert [lot.expires or date.max for lot in lots] == sorted(lot.expires or date.max for lot in lots)

    def teardown(self) -> None:
        """The books agree with what happened."""
        assert verify(self.there.store) == ()


class TestDairy(Dairy.TestCase):
    """A dozen stories of twenty-five steps."""

    settings = settings(max_examples=12, stateful_step_count=25, report_multiple_bugs=False)
