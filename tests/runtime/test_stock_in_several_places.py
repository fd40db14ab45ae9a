"""An order that comes from several locations, through the shop's door."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.workflows.counter import TARIFF, VAT, Counter, order_of, pln

from orderflow import CommandRejected, Quantities, Shop, orders, returns, shipping, stock
from orderflow.adapters.sqlite import SqliteStore
from orderflow.counters import Level
from orderflow.errors import InvalidInputError
from orderflow.runtime.memory import MemoryStore
from orderflow.stock import Location, LocationKind
from orderflow.verify import verify
from orderflow.workflows import Status

PLACES = (Location("main"), Location("krakow", LocationKind.SHOP), Location("repair", LocationKind.ASIDE))
CODES = tuple(place.code for place in PLACES)


def counter(**options: Any) -> Counter:
    """Ten mugs and no teapot in the main warehouse; two mugs and five teapots in Krakow; a broken teapot in repair."""
    made = Counter(**{"locations": PLACES, **options})
    for command in (
        stock.AdjustStock(sku="TEAPOT", delta=-5, reason="elsewhere"),
        stock.ReceiveStock(sku="MUG", quantity=2, reference="r", location="krakow"),
        stock.ReceiveStock(sku="TEAPOT", quantity=5, reference="r", location="krakow"),
        stock.ReceiveStock(sku="TEAPOT", quantity=1, reference="r", location="repair"),
    ):
        made.shop.do(command)
    return made


def levels(of: Counter, sku: str) -> list[Level]:
    """In every location."""
    return [of.shop.level(sku, place) for place in CODES]


def rejected(of: Counter, command: Any) -> tuple[object, ...]:
    """Why not."""
    with pytest.raises(CommandRejected) as refused:
        of.shop.do(command)
    return refused.value.reasons


def test_an_order_is_held_where_its_units_are() -> None:
    """Mugs come from the main warehouse, which is first; teapots from Krakow; and nothing from repair."""
    there = counter()
    view = there.view(there.place())
    assert levels(there, "MUG") == [Level(10, 2), Level(2, 0), Level(0, 0)]
    assert levels(there, "TEAPOT") == [Level(0, 0), Level(5, 1), Level(1, 0)]
    assert view.pick_lists == (("main", Quantities({"1": 2})), ("krakow", Quantities({"2": 1})))
    sourced = [entry.event for entry in there.shop.history(view.id) if isinstance(entry.event, stock.StockSourced)]
    assert [(pick.location, pick.reason, pick.value) for pick in sourced[0].picks] == [
        ("krakow", "priority", 2),
        ("main", "priority", 1),
    ]


def test_each_location_packs_its_own_parcel() -> None:
    """Packing twice makes two parcels, each leaves from where it was packed, and all is consumed where it lay."""
    there = counter()
    order = there.place()
    there.pay(order)
    there.shop.do(shipping.PickLines(order=order))
    there.shop.do(shipping.PackParcel(order=order))
    view = there.shop.do(shipping.PackParcel(order=order))
    assert [(parcel.location, dict(parcel.quantities)) for parcel in view.parcels] == [
        ("main", {"1": 2}),
        ("krakow", {"2": 1}),
    ]
    assert view.pick_lists == ()
    for parcel in (2, 1):
        there.shop.do(shipping.HandOver(order=order, parcel=parcel))
    assert levels(there, "MUG") == [Level(8, 0), Level(2, 0), Level(0, 0)]
    assert levels(there, "TEAPOT") == [Level(0, 0), Level(4, 0), Level(1, 0)]
    assert verify(there.store) == ()


def test_a_parcel_holds_nothing_from_another_location() -> None:
    """Neither where it is named nor where it is not."""
    there = counter()
    order = there.place()
    there.pay(order)
    there.shop.do(shipping.PickLines(order=order))
    both = shipping.PackParcel(order=order, quantities=Quantities({"1": 2, "2": 1}))
    refusal = shipping.NotInLocation(line="2", location="main", wanted=1, available=0)
    assert rejected(there, both) == (refusal,)
    mug_from_krakow = shipping.PackParcel(order=order, quantities=Quantities({"1": 1}), location="krakow")
    refusal = shipping.NotInLocation(line="1", location="krakow", wanted=1, available=0)
    assert rejected(there, mug_from_krakow) == (refusal,)


def test_one_parcel_is_made_where_the_shop_wants_as_few_as_possible() -> None:
    """Krakow has all of it, so all of it comes from Krakow."""
    there = counter(sourcing=stock.FewestParcels())
    order = there.place()
    there.pay(order)
    assert there.view(order).pick_lists == (("krakow", Quantities({"1": 2, "2": 1})),)
    there.ship(order)
    assert levels(there, "MUG") == [Level(10, 0), Level(0, 0), Level(0, 0)]
    assert there.view(order).parcels[0].location == "krakow"


def test_the_nearest_location_is_found_by_the_postal_code_of_the_address() -> None:
    """The address is in Warsaw."""
    near = stock.Nearest({"PL-0": {"krakow": 300, "main": 10}, "PL": {"krakow": 1, "main": 2}})
    there = counter(sourcing=near)
    there.place()
    assert levels(there, "MUG") == [Level(10, 2), Level(2, 0), Level(0, 0)]


def test_a_host_may_choose_by_itself_and_is_checked() -> None:
    """Any function of what is sought will do; one that invents units is refused and nothing is placed."""

    def shop_first(sought: stock.Sought) -> stock.Split:
        return stock.Priority(("krakow",))(sought)

    def liar(sought: stock.Sought) -> stock.Split:
        return stock.Split(picks=(stock.Pick(location="main", units=sought.units, reason="trust_me"),))

    there = counter(sourcing=shop_first)
    there.place()
    assert levels(there, "MUG") == [Level(10, 0), Level(2, 2), Level(0, 0)]
    there = counter(sourcing=liar)
    with pytest.raises(InvalidInputError, match="sourcing"):
        there.place()
    assert levels(there, "MUG") == [Level(10, 0), Level(2, 0), Level(0, 0)]


def test_what_no_location_has_is_out_of_stock_with_every_other_reason() -> None:
    """Twelve mugs are in two places; thirteen are nowhere; a method that is not offered is told as well."""
    there = counter()
    line = orders.Line(line="1", sku="MUG", name="Mug", quantity=13, unit_price=pln("1.00"), vat=VAT)
    with pytest.raises(CommandRejected) as refused:
        there.place(lines=(line,))
    assert refused.value.reasons == (stock.OutOfStock("MUG", 13, 12),)
    with pytest.raises(CommandRejected) as refused:
        there.place(lines=(line,), payment_method="shells")
    assert stock.OutOfStock("MUG", 13, 12) in refused.value.reasons
    assert len(refused.value.reasons) == 2


def test_a_hold_that_has_lapsed_is_in_nobodys_way() -> None:
    """Somebody held all teapots for a week and never paid; nobody ran the timers; the next one gets his."""
    there = counter()
    line = orders.Line(line="1", sku="TEAPOT", name="Teapot", quantity=5, unit_price=pln("1.00"), vat=VAT)
    there.place(lines=(line,))
    there.clock.advance(timedelta(days=8))
    order = there.place()
    assert dict(there.view(order).file.stock.at("krakow").held) == {"TEAPOT": 1}
    assert verify(there.store) == ()


def test_a_short_pick_takes_the_unit_out_of_the_books_where_it_was_missing() -> None:
    """The teapot is not in Krakow; the mugs in the main warehouse are none of its business."""
    there = counter(sourcing=stock.HighestStock())
    order = there.place()
    there.pay(order)
    there.shop.do(shipping.ReportShortPick(order=order, quantities=Quantities({"2": 1}), location="krakow"))
    assert levels(there, "TEAPOT") == [Level(0, 0), Level(4, 0), Level(1, 0)]
    assert there.view(order).remaining == Quantities({"1": 2})
    assert verify(there.store) == ()


def test_a_returned_unit_goes_where_it_is_of_use() -> None:
    """One mug is sold again in Krakow, the teapot goes to repair, and neither is sold from there by mistake."""
    there = counter()
    order = there.place()
    there.pay(order)
    for parcel in (there.ship(order, Quantities({"1": 2})), there.ship(order, Quantities({"2": 1}))):
        there.deliver(order, parcel)
    back = Quantities({"1": 1, "2": 1})
    there.shop.do(returns.DeclareWithdrawal(order=order, quantities=back))
    there.shop.do(returns.ReceiveReturn(order=order, return_=1, quantities=back))
    nowhere = returns.InspectReturn(order=order, return_=1, restock=back, location="moon")
    assert rejected(there, nowhere) == (stock.UnknownLocation("moon", CODES),)
    there.shop.do(returns.InspectReturn(order=order, return_=1, restock=Quantities({"1": 1}), location="krakow"))
    there.shop.do(returns.InspectReturn(order=order, return_=1, restock=back, location="repair"))
    assert levels(there, "MUG") == [Level(8, 0), Level(3, 0), Level(0, 0)]
    assert levels(there, "TEAPOT") == [Level(0, 0), Level(4, 0), Level(2, 0)]
    assert verify(there.store) == ()


def test_a_parcel_that_nobody_took_comes_back_to_where_it_left() -> None:
    """And is for sale there."""
    there = counter(sourcing=stock.FewestParcels())
    order = there.place()
    there.pay(order)
    there.ship(order)
    there.track(order, shipping.TrackingStatus.RETURNED)
    assert levels(there, "MUG") == [Level(10, 0), Level(2, 0), Level(0, 0)]
    assert verify(there.store) == ()


def test_a_cancelled_order_lets_go_everywhere() -> None:
    """Nothing is held in any location."""
    there = counter()
    order = there.place()
    view = there.shop.do(orders.CancelOrder(order=order))
    assert view.status is Status.CANCELLED
    assert [level.held for sku in ("MUG", "TEAPOT") for level in levels(there, sku)] == [0] * 6


def test_a_shop_with_locations_is_checked_when_it_opens() -> None:
    """One of them sells, and a strategy can be called."""
    with pytest.raises(InvalidInputError, match="locations"):
        Shop(MemoryStore(), seller="x", locations=[Location("repair", LocationKind.ASIDE)])
    with pytest.raises(InvalidInputError, match="locations"):
        Shop(MemoryStore(), seller="x", locations=["krakow"])  # type: ignore[list-item]
    with pytest.raises(InvalidInputError, match="sourcing"):
        Shop(MemoryStore(), seller="x", locations=PLACES, sourcing="nearest")  # type: ignore[arg-type]


def test_it_is_the_same_in_a_file(tmp_path) -> None:
    """SQLite, opened again between placing and packing."""
    store = SqliteStore(tmp_path / "shop.db")
    shop = Shop(store, seller="Mug Shop", tariff=TARIFF, locations=PLACES)
    for sku, place in (("MUG", "main"), ("MUG", "krakow"), ("TEAPOT", "krakow")):
        shop.do(stock.ReceiveStock(sku=sku, quantity=1, reference="r", location=place))
    order = shop.place(order_of(payment_method="cash_on_delivery")).id
    store.close()
    shop = Shop(SqliteStore(tmp_path / "shop.db"), seller="Mug Shop", tariff=TARIFF, locations=PLACES)
    assert shop.order(order).pick_lists == (
        ("main", Quantities({"1": 1})),
        ("krakow", Quantities({"1": 1, "2": 1})),
    )
    assert verify(shop.store) == ()
    shop.store.close()


class Places(RuleBasedStateMachine):
    """Orders, parcels, cancellations, returns, transfers and time, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.there = counter()
        self.orders: list[str] = []
        self.number = 0

    def do(self, command: Any) -> None:
        """It may well be rejected."""
        with suppress(CommandRejected):
            self.there.shop.do(command)

    @rule(mugs=st.integers(1, 6), pots=st.integers(0, 3), paid=st.booleans())
    def buy(self, mugs: int, pots: int, paid: bool) -> None:
        """Somebody orders, and may pay."""
        wanted = [("1", "MUG", mugs), *([("2", "TEAPOT", pots)] if pots else []), ("3", "MUG", 1)]
        lines = tuple(
            orders.Line(line=line, sku=sku, name=sku, quantity=count, unit_price=pln("9.00"), vat=VAT)
            for line, sku, count in wanted
        )
        with suppress(CommandRejected):
            self.orders.append(self.there.place(lines=lines))
            if paid:
                self.there.pay(self.orders[-1])

    @rule(data=st.data())
    def pack(self, data: st.DataObject) -> None:
        """One parcel is packed from some location, and may leave."""
        if self.orders:
            order = data.draw(st.sampled_from(self.orders))
            place = data.draw(st.sampled_from([None, *CODES]))
            self.do(shipping.PickLines(order=order))
            self.do(shipping.PackParcel(order=order, location=place))
            parcels = len(self.there.view(order).parcels)
            if parcels and data.draw(st.booleans()):
                self.do(shipping.HandOver(order=order, parcel=parcels))

    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Some units are not wanted any more, or not found."""
        if self.orders:
            order = data.draw(st.sampled_from(self.orders))
            units = data.draw(st.dictionaries(st.sampled_from("123"), st.integers(1, 2), min_size=1).map(Quantities))
            place = data.draw(st.sampled_from([None, "main", "krakow"]))
            self.do(
                data.draw(
                    st.sampled_from(
                        [
                            orders.CancelLines(order=order, quantities=units),
                            shipping.ReportShortPick(order=order, quantities=units, location=place),
                            orders.CancelOrder(order=order),
                        ]
                    )
                )
            )

    @rule(data=st.data(), status=st.sampled_from(["delivered", "returned", "lost"]))
    def hear(self, data: st.DataObject, status: str) -> None:
        """A courier says what became of a parcel."""
        if self.orders:
            order = data.draw(st.sampled_from(self.orders))
            with suppress(CommandRejected):
                self.there.track(order, shipping.TrackingStatus(status), data.draw(st.integers(1, 2)))

    @rule(route=st.permutations(CODES), sku=st.sampled_from(["MUG", "TEAPOT"]), count=st.integers(1, 3))
    def move(self, route: list[str], sku: str, count: int) -> None:
        """A lorry drives."""
        self.number += 1
        origin, to, _ = route
        reference = f"lorry-{self.number}"
        self.do(stock.TransferStock(sku=sku, quantity=count, reference=reference, location=origin, to=to))

    @rule(hours=st.sampled_from([1, 24 * 8]))
    def wait(self, hours: int) -> None:
        """Time goes by, and the shop does what has come due."""
        self.there.later(hours=hours)

    @invariant()
    def agree(self) -> None:
        """Counters, ledgers, holds and events tell the same in every location, and nothing is promised twice."""
        for sku in ("MUG", "TEAPOT"):
            assert all(0 <= level.held <= level.value for level in levels(self.there, sku))
        assert verify(self.there.store) == ()


TestPlaces = Places.TestCase
TestPlaces.settings = settings(stateful_step_count=15, max_examples=30)
