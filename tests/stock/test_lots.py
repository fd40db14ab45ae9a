"""Lots that expire and serial numbers: what is for sale, which units leave, who got them, where they come back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests import processes
from tests.workflows.counter import START, VAT, Counter, order_of, pln

from orderflow import CommandRejected, Quantities, Shop, orders, returns, shipping, stock
from orderflow.counters import Level
from orderflow.errors import InvalidInputError
from orderflow.lots import LotUnits
from orderflow.runtime.memory import MemoryStore
from orderflow.stock import Location, LocationKind, SalesRule, Tracking
from orderflow.testing.fakes import FakeWarehouse
from orderflow.testing.world import VirtualClock
from orderflow.verify import verify

PLACES = (Location("main"), Location("krakow", LocationKind.SHOP), Location("bin", LocationKind.ASIDE))
RULES = (
    SalesRule(sku="MILK", tracked_by=Tracking.LOTS),
    SalesRule(sku="PHONE", tracked_by=Tracking.SERIALS),
)
SOON, LATER = date(2026, 11, 5), date(2026, 12, 1)


def dairy(**options: Any) -> Counter:
    """Three pints that expire on November 5th, and five on December 1st; it is November 2nd."""
    there = Counter(**{"locations": PLACES, "sales_rules": RULES, **options})
    receive(there, "MILK", LotUnits("B", 5, LATER), LotUnits("A", 3, SOON))
    return there


def receive(there: Counter, sku: str, *lots: LotUnits | str, location: str = "main") -> Level:
    """A delivery."""
    units = sum(1 if isinstance(lot, str) else lot.units for lot in lots)
    reference = f"delivery {lots} {location}"[:64].strip()
    return there.shop.do(stock.ReceiveStock(sku=sku, quantity=units, reference=reference, lots=lots, location=location))


def order_some(there: Counter, units: int, sku: str = "MILK", **changes: Any) -> str:
    """An order of one line."""
    line = orders.Line(line="1", sku=sku, name="Some", quantity=units, unit_price=pln("10.00"), vat=VAT)
    return there.place(lines=(line,), **changes)


def sold(there: Counter, units: int, sku: str = "MILK") -> str:
    """An order that is paid, and may be packed."""
    order = order_some(there, units, sku)
    there.pay(order)
    return order


def send(there: Counter, order: str, **lots: Any) -> shipping.Parcel:
    """Everything of an order leaves, of the *lots* that were scanned."""
    there.shop.do(shipping.PickLines(order=order))
    view = there.shop.do(shipping.PackParcel(order=order, **lots))
    return there.shop.do(shipping.HandOver(order=order, parcel=len(view.parcels))).parcels[-1]


def there_is(there: Counter, sku: str = "MILK", location: str = "main") -> dict[str, int]:
    """Units by lot, in the order in which they are sent."""
    return {lot.lot: lot.units for lot in there.shop.lots(sku, location)}


def sent(there: Counter, order: str) -> list[tuple[str, int, int]]:
    """Which lots left with an order, and what of them is back."""
    return [(one.lot.lot, one.lot.units, one.back) for one in there.view(order).lots]


def why_not(there: Counter, command: Any) -> tuple[object, ...]:
    """Every reason."""
    with pytest.raises(CommandRejected) as rejected:
        there.shop.do(command)
    return rejected.value.reasons


def test_lots_are_listed_as_they_are_to_be_sent() -> None:
    """The earliest expiry first, whatever came first."""
    there = dairy()
    receive(there, "MILK", LotUnits("0", 1))
    assert there.shop.lots("MILK") == (
        stock.LotLevel(lot="A", units=3, expires=SOON, good=True),
        stock.LotLevel(lot="B", units=5, expires=LATER, good=True),
        stock.LotLevel(lot="0", units=1, expires=None, good=True),
    )
    assert there.shop.level("MILK") == Level(9, 0)
    assert verify(there.store) == ()


def test_what_expires_first_is_sent_first() -> None:
    """Nobody scanned anything: three of the older lot and one of the newer one leave."""
    there = dairy()
    order = sold(there, 4)
    send(there, order)
    assert there_is(there) == {"B": 4}
    assert sent(there, order) == [("A", 3, 0), ("B", 1, 0)]
    assert verify(there.store) == ()


def test_what_was_scanned_is_sent() -> None:
    """The packer took the newer lot; it is in the parcel and gone from the shelf."""
    there = dairy()
    order = sold(there, 2)
    parcel = send(there, order, lots={"1": [LotUnits("B", 2)]})
    assert parcel.lots == (("1", LotUnits("B", 2)),)
    assert sent(there, order) == [("B", 2, 0)]
    assert there_is(there) == {"A": 3, "B": 3}


def test_scanned_lots_are_all_units_of_the_line() -> None:
    """One of two units was scanned: somebody forgot the other."""
    there = dairy()
    order = sold(there, 2)
    there.shop.do(shipping.PickLines(order=order))
    pack = shipping.PackParcel(order=order, lots={"1": [LotUnits("B")]})
    assert why_not(there, pack) == (shipping.LotsDiffer(line="1", wanted=2, named=1),)


def test_a_lot_that_is_not_there_does_not_leave() -> None:
    """What was scanned cannot be right, and the parcel stays."""
    there = dairy()
    order = sold(there, 4)
    there.shop.do(shipping.PickLines(order=order))
    there.shop.do(shipping.PackParcel(order=order, lots={"1": [LotUnits("A", 4)]}))
    hand_over = shipping.HandOver(order=order, parcel=1)
    assert why_not(there, hand_over) == (stock.LotNotThere("MILK", "A", 4, 3),)
    assert there_is(there) == {"A": 3, "B": 5}


def test_expired_units_are_not_for_sale() -> None:
    """On the last day all eight can be had, the day after five; nothing had to run for that."""
    there = dairy()
    there.clock.advance(timedelta(days=3))
    assert there.shop.available("MILK") == 8
    there.clock.advance(timedelta(hours=13, minutes=59))
    assert there.shop.available("MILK") == 8, "23:59 in Warsaw is still the last day"
    there.clock.advance(timedelta(minutes=1))
    assert there.shop.available("MILK") == 5
    assert [lot.good for lot in there.shop.lots("MILK")] == [False, True]
    with pytest.raises(CommandRejected) as rejected:
        order_some(there, 6)
    assert rejected.value.reasons == (stock.OutOfStock("MILK", 6, 5),)
    order_some(there, 5)
    assert there.shop.available("MILK") == 0
    assert verify(there.store) == ()


def test_customers_get_units_that_stay_good_for_a_while() -> None:
    """Two more days are promised, so what expires on the 5th is for sale until the 3rd."""
    there = dairy(sales_rules=(SalesRule(sku="MILK", tracked_by=Tracking.LOTS, good_for=2),))
    there.clock.advance(timedelta(days=1))
    assert there.shop.available("MILK") == 8
    there.clock.advance(timedelta(days=1))
    assert there.shop.available("MILK") == 5


def test_held_units_that_expire_cannot_leave() -> None:
    """Eight were packed, and three expired: the hand-over says so; three are cancelled, and the rest goes."""
    there = dairy()
    order = sold(there, 8)
    there.pack(order)
    there.clock.advance(timedelta(days=5))
    assert why_not(there, shipping.HandOver(order=order, parcel=1)) == (stock.NotEnoughGood("MILK", 8, 5),)
    there.shop.do(shipping.CancelParcel(order=order, parcel=1))
    there.shop.do(orders.CancelLines(order=order, quantities=Quantities({"1": 3})))
    send(there, order)
    assert there_is(there) == {"A": 3}
    there.shop.do(stock.AdjustStock(sku="MILK", delta=-3, reason="expired"))
    assert there_is(there) == {}
    assert verify(there.store) == ()


def test_a_lot_may_be_scanned_once_for_each_unit() -> None:
    """Twice is two units; and four times is more than there are, however it is told."""
    there = dairy()
    send(there, sold(there, 2), lots={"1": ["A", LotUnits("A", 1, SOON)]})
    assert there_is(there) == {"A": 1, "B": 5}
    order = sold(there, 2)
    there.shop.do(shipping.PickLines(order=order))
    there.shop.do(shipping.PackParcel(order=order, lots={"1": [LotUnits("A", 1, SOON), "A"]}))
    hand_over = shipping.HandOver(order=order, parcel=1)
    assert why_not(there, hand_over) == (stock.LotNotThere("MILK", "A", 1, 0),)


def test_a_scanned_lot_that_is_over_does_not_leave() -> None:
    """It was good when it was packed."""
    there = dairy()
    order = sold(there, 2)
    there.shop.do(shipping.PickLines(order=order))
    there.shop.do(shipping.PackParcel(order=order, lots={"1": ["A", "A"]}))
    there.clock.advance(timedelta(days=5))
    hand_over = shipping.HandOver(order=order, parcel=1)
    assert why_not(there, hand_over) == (stock.LotNotGood("MILK", "A", SOON),)


def test_what_the_picker_does_not_find_is_what_expired() -> None:
    """A short pick takes the units out of the books, the oldest lot first."""
    there = dairy()
    order = sold(there, 8)
    there.clock.advance(timedelta(days=5))
    there.shop.do(shipping.ReportShortPick(order=order, quantities=Quantities({"1": 3})))
    assert there_is(there) == {"B": 5}
    send(there, order)
    assert there_is(there) == {}
    assert verify(there.store) == ()


def test_the_picker_says_which_lot_is_missing() -> None:
    """Two pints of the newer one were broken; the older ones are there."""
    there = dairy()
    order = sold(there, 4)
    short = shipping.ReportShortPick(order=order, quantities=Quantities({"1": 2}), lots={"1": ["B", "B"]})
    view = there.shop.do(short)
    assert (view.remaining, view.refunding) == (Quantities({"1": 2}), pln("20.00"))
    assert there_is(there) == {"A": 3, "B": 3}
    assert verify(there.store) == ()


@pytest.mark.parametrize("wait", [False, True])
def test_a_serial_number_that_is_not_on_its_shelf_is_named(wait: bool) -> None:
    """It leaves the books; who waits gets another one."""
    there = Counter(locations=PLACES, sales_rules=RULES)
    receive(there, "PHONE", "I-1", "I-2", "I-3")
    order = sold(there, 2, "PHONE")
    one = Quantities({"1": 1})
    assert why_not(there, shipping.ReportShortPick(order=order, quantities=one, wait=wait)) == (
        stock.LotsDiffer("PHONE", 1, 0),
    )
    unknown = shipping.ReportShortPick(order=order, quantities=one, wait=wait, lots={"1": ["I-9"]})
    assert why_not(there, unknown) == (stock.LotNotThere("PHONE", "I-9", 1, 0),)
    two = shipping.ReportShortPick(order=order, quantities=one, wait=wait, lots={"1": ["I-1", "I-2"]})
    assert why_not(there, two) == (shipping.LotsDiffer(line="1", wanted=1, named=2),)
    view = there.shop.do(shipping.ReportShortPick(order=order, quantities=one, wait=wait, lots={"1": ["I-2"]}))
    assert there_is(there, "PHONE") == {"I-1": 1, "I-3": 1}
    assert (view.remaining["1"], there.shop.level("PHONE").held) == ((2, 2) if wait else (1, 1))
    send(there, order, lots={"1": ["I-1", "I-3"] if wait else ["I-3"]})
    assert verify(there.store) == ()


@pytest.mark.parametrize(
    ("lots", "reasons"),
    [
        ((), (stock.LotsDiffer("MILK", 2, 0),)),
        ((LotUnits("C", 1, LATER),), (stock.LotsDiffer("MILK", 2, 1),)),
        ((LotUnits("C", 2, date(2026, 11, 1)),), (stock.LotNotGood("MILK", "C", date(2026, 11, 1)),)),
    ],
)
def test_a_delivery_says_of_which_lots_it_is(lots: tuple[LotUnits, ...], reasons: tuple[object, ...]) -> None:
    """Of nothing, of some, or of a lot that is over already."""
    there = dairy()
    command = stock.ReceiveStock(sku="MILK", quantity=2, reference="new", lots=lots)
    assert why_not(there, command) == reasons


def test_an_expired_delivery_may_lie_where_nothing_is_sold_from() -> None:
    """It waits in the bin for its supplier, and cannot be moved to where it would be sold."""
    there = dairy()
    old = LotUnits("C", 2, date(2026, 11, 1))
    receive(there, "MILK", old, location="bin")
    move = stock.TransferStock(sku="MILK", quantity=2, reference="t", location="bin", to="main", lots=["C"])
    assert stock.LotNotGood("MILK", "C", date(2026, 11, 1)) in why_not(there, move)
    unnamed = stock.TransferStock(sku="MILK", quantity=2, reference="t", location="bin", to="main")
    assert why_not(there, unnamed) == (stock.NotEnoughGood("MILK", 2, 0),)


def test_a_lot_that_is_there_need_not_be_told_in_full() -> None:
    """Its code is enough for its expiry."""
    there = dairy()
    receive(there, "MILK", LotUnits("A", 2))
    assert there_is(there) == {"A": 5, "B": 5}


def test_the_same_delivery_is_booked_once() -> None:
    """Lots too."""
    there = dairy()
    for _ in range(2):
        receive(there, "MILK", LotUnits("C", 2, LATER))
    assert there_is(there) == {"A": 3, "B": 5, "C": 2}


def test_transfers_take_what_expires_first() -> None:
    """Four go to Krakow, all of the older lot among them."""
    there = dairy()
    there.shop.do(stock.TransferStock(sku="MILK", quantity=4, reference="t", to="krakow"))
    assert (there_is(there), there_is(there, location="krakow")) == ({"B": 4}, {"A": 3, "B": 1})
    named = stock.TransferStock(sku="MILK", quantity=1, reference="u", to="krakow", lots=["B"])
    there.shop.do(named)
    assert (there_is(there), there_is(there, location="krakow")) == ({"B": 3}, {"A": 3, "B": 2})
    assert verify(there.store) == ()


def test_corrections_name_lots_or_take_what_expires_first() -> None:
    """Two broken ones of the newer lot, one more that nobody looked at, and one that turned up."""
    there = dairy()
    adjust = stock.AdjustStock(sku="MILK", delta=-2, reason="broken", lots=[LotUnits("B", 2)])
    there.shop.do(adjust)
    there.shop.do(stock.AdjustStock(sku="MILK", delta=-1, reason="broken"))
    found = stock.AdjustStock(sku="MILK", delta=1, reason="found")
    assert why_not(there, found) == (stock.LotsDiffer("MILK", 1, 0),)
    there.shop.do(stock.AdjustStock(sku="MILK", delta=1, reason="found", lots=["B"]))
    assert there_is(there) == {"A": 2, "B": 4}
    assert verify(there.store) == ()


def test_a_count_by_lots_corrects_each_lot() -> None:
    """One of the older lot is missing and one of the newer too many; what was sold since counting stays sold."""
    there = dairy()
    counted_at = there.clock.now()
    there.clock.advance(timedelta(minutes=5))
    send(there, sold(there, 2))
    count = stock.CountStock(
        sku="MILK",
        counted=8,
        counted_at=counted_at,
        reference="sheet",
        lots=[LotUnits("A", 2), LotUnits("B", 6)],
    )
    assert there.shop.do(count) == Level(6, 0)
    assert there_is(there) == {"B": 6}
    assert verify(there.store) == ()


def test_a_count_of_all_that_is_there_names_all_lots() -> None:
    """Seven were counted and six are named."""
    there = dairy()
    count = stock.CountStock(
        sku="MILK", counted=7, counted_at=there.clock.now(), reference="s", lots=[LotUnits("B", 6)]
    )
    assert stock.LotsDiffer("MILK", 7, 6) in why_not(there, count)


def test_units_that_were_there_before_get_their_lots_by_a_count() -> None:
    """Until then they are sold, and cannot leave."""
    store = MemoryStore()
    Counter(store=store).shop.do(stock.ReceiveStock(sku="MILK", quantity=4, reference="old"))
    there = Counter(store=store, locations=PLACES, sales_rules=RULES)
    order = sold(there, 2)
    there.pack(order)
    assert why_not(there, shipping.HandOver(order=order, parcel=1)) == (stock.NotEnoughGood("MILK", 2, 0),)
    count = stock.CountStock(
        sku="MILK",
        counted=4,
        counted_at=there.clock.now(),
        reference="first",
        lots=[LotUnits("A", 1, SOON), LotUnits("B", 3, LATER)],
    )
    assert there.shop.do(count) == Level(4, 2)
    there.shop.do(shipping.HandOver(order=order, parcel=1))
    assert there_is(there) == {"B": 2}
    assert verify(there.store) == ()


def test_a_count_of_something_that_has_gone_since_is_refused() -> None:
    """Five were booked of the newer lot and none counted; but they were moved meanwhile, so they were there."""
    there = dairy()
    counted_at = there.clock.now()
    there.clock.advance(timedelta(minutes=5))
    move = stock.TransferStock(sku="MILK", quantity=5, reference="t", to="krakow", lots=[LotUnits("B", 5)])
    there.shop.do(move)
    receive(there, "MILK", LotUnits("C", 5, LATER))
    count = stock.CountStock(sku="MILK", counted=3, counted_at=counted_at, reference="s", lots=[LotUnits("A", 3)])
    assert why_not(there, count) == (stock.LotNotThere("MILK", "B", 5, 0),)


def test_a_whole_stock_take_by_lots_is_booked_at_once() -> None:
    """Each item against its own lots, in one pass through the ledger."""
    there = dairy()
    receive(there, "MILK", LotUnits("A", 3, SOON), location="krakow")
    receive(there, "PHONE", "S1", "S2")
    now = there.clock.now()
    there.shop.take_stock(
        [
            stock.CountStock(sku="MILK", counted=4, counted_at=now, reference="s", lots=[LotUnits("B", 4)]),
            stock.CountStock(
                sku="MILK", counted=4, counted_at=now, reference="s", location="krakow", lots=[LotUnits("A", 4)]
            ),
            stock.CountStock(sku="PHONE", counted=1, counted_at=now, reference="s", lots=["S2"]),
        ]
    )
    assert (there_is(there), there_is(there, location="krakow")) == ({"B": 4}, {"A": 4})
    assert there_is(there, "PHONE") == {"S2": 1}
    assert verify(there.store) == ()


def test_what_orders_hold_is_not_carried_away_by_leaving_what_expired() -> None:
    """Five good units are sold and three are over: those may be thrown away, and none of the five."""
    there = dairy()
    sold(there, 5)
    there.clock.advance(timedelta(days=5))
    move = stock.TransferStock(sku="MILK", quantity=1, reference="t", to="krakow")
    assert why_not(there, move) == (stock.OutOfStock("MILK", 1, 0),)
    there.shop.do(stock.AdjustStock(sku="MILK", delta=-3, reason="expired"))
    assert there_is(there) == {"B": 5}


def test_a_shop_without_the_rule_leaves_lots_alone() -> None:
    """Another shop on the same store, or the command line, would lose count of them."""
    there = dairy()
    other = Counter(store=MemoryStore())
    other.shop = Shop(there.store, seller="Other", clock=there.clock)
    now = there.clock.now()
    for command in (
        stock.ReceiveStock(sku="MILK", quantity=1, reference="r"),
        stock.AdjustStock(sku="MILK", delta=-1, reason="r"),
        stock.CountStock(sku="MILK", counted=1, counted_at=now, reference="r"),
        stock.ReportLevel(sku="MILK", level=1, sequence=1, as_of=now),
    ):
        assert stock.TrackedBefore("MILK") in why_not(other, command)
    there.shop.do(stock.AdjustStock(sku="MILK", delta=-8, reason="given away"))
    other.shop.do(stock.ReceiveStock(sku="MILK", quantity=1, reference="r"))


def test_a_lot_may_grow_beyond_what_one_delivery_brings() -> None:
    """A million at a time."""
    there = dairy()
    for number in range(3):
        there.shop.do(
            stock.ReceiveStock(
                sku="MILK", quantity=1_000_000, reference=f"d-{number}", lots=[LotUnits("C", 1_000_000, LATER)]
            )
        )
    assert there_is(there)["C"] == 3_000_000


def test_serial_numbers_are_lots_of_one_unit() -> None:
    """Two phones arrive; the one that was scanned leaves."""
    there = dairy()
    receive(there, "PHONE", "S1", "S2")
    order = sold(there, 1, "PHONE")
    parcel = send(there, order, lots={"1": ["S2"]})
    assert parcel.lots == (("1", LotUnits("S2")),)
    assert there_is(there, "PHONE") == {"S1": 1}
    assert verify(there.store) == ()


def test_nobody_but_the_packer_knows_which_serial_number_leaves() -> None:
    """Without a scan the phone stays; and what is not on the shelf cannot have been scanned."""
    there = dairy()
    receive(there, "PHONE", "S1", "S2")
    order = sold(there, 1, "PHONE")
    there.pack(order)
    hand_over = shipping.HandOver(order=order, parcel=1)
    assert why_not(there, hand_over) == (stock.LotsDiffer("PHONE", 1, 0),)
    there.shop.do(shipping.CancelParcel(order=order, parcel=1))
    there.shop.do(shipping.PackParcel(order=order, lots={"1": ["S3"]}))
    assert why_not(there, attrs_parcel(hand_over, 2)) == (stock.LotNotThere("PHONE", "S3", 1, 0),)


def attrs_parcel(command: shipping.HandOver, parcel: int) -> shipping.HandOver:
    """The same of another parcel."""
    return shipping.HandOver(order=command.order, parcel=parcel)


def test_what_left_without_a_scan_is_told_afterwards() -> None:
    """The courier says that the parcel is on its way: nobody can refuse that, and somebody says which phone it was."""
    there = dairy()
    receive(there, "PHONE", "S1", "S2")
    order = sold(there, 1, "PHONE")
    there.pack(order)
    there.track(order, shipping.TrackingStatus.IN_TRANSIT)
    assert [alert.note for alert in there.shop.alerts()] == ["ConsumeStock was rejected: LotsDiffer"]
    one = Quantities({"PHONE": 1})
    there.shop.do(stock.ConsumeStock(order=order, quantities=one, parcel=1, lots={"PHONE": ["S2"]}))
    assert (there_is(there, "PHONE"), sent(there, order)) == ({"S1": 1}, [("S2", 1, 0)])
    assert verify(there.store) == ()


@pytest.mark.parametrize(
    ("lots", "reason"),
    [
        (["S1"], stock.SerialKnown("PHONE", "S1", "main")),
        ([LotUnits("S2", 1, LATER)], stock.NotASerial("PHONE", "S2")),
        (["S2", "S2"], stock.NotASerial("PHONE", "S2")),
    ],
)
def test_a_serial_number_is_there_once(lots: list[Any], reason: object) -> None:
    """In all locations together, one unit, without expiry."""
    there = dairy()
    receive(there, "PHONE", "S1")
    command = stock.ReceiveStock(sku="PHONE", quantity=len(lots), reference="again", location="krakow", lots=lots)
    assert reason in why_not(there, command)


def test_items_that_are_not_tracked_have_no_lots() -> None:
    """Told all the same, they are refused wherever they are told."""
    there = dairy()
    lots = [LotUnits("A", 1)]
    for command in (
        stock.ReceiveStock(sku="MUG", quantity=1, reference="r", lots=lots),
        stock.AdjustStock(sku="MUG", delta=-1, reason="r", lots=lots),
        stock.TransferStock(sku="MUG", quantity=1, reference="r", to="krakow", lots=lots),
        stock.CountStock(sku="MUG", counted=1, counted_at=there.clock.now(), reference="r", lots=lots),
    ):
        assert stock.NotTracked("MUG") in why_not(there, command)


def returned(there: Counter, order: str, units: int, **inspected: Any) -> returns.InspectReturn:
    """Units came back; what is left to do is to look at them."""
    there.deliver(order)
    there.shop.do(returns.DeclareWithdrawal(order=order, quantities=Quantities({"1": units})))
    there.shop.do(returns.ReceiveReturn(order=order, return_=1, quantities=Quantities({"1": units})))
    return returns.InspectReturn(order=order, return_=1, **inspected)


def test_what_comes_back_goes_to_the_lot_that_was_told() -> None:
    """One of the newer lot, though the order was sent both."""
    there = dairy()
    order = sold(there, 4)
    send(there, order)
    inspect = returned(there, order, 1, restock=Quantities({"1": 1}), lots={"1": ["B"]})
    there.shop.do(inspect)
    there.shop.do(inspect)
    assert there_is(there) == {"B": 5}
    assert sent(there, order) == [("A", 3, 0), ("B", 1, 1)]
    assert verify(there.store) == ()


def test_untold_it_is_taken_for_what_expires_first() -> None:
    """So it is never sold for longer than it may be."""
    there = dairy()
    order = sold(there, 4)
    send(there, order)
    there.shop.do(returned(there, order, 2, restock=Quantities({"1": 1}), write_off=Quantities({"1": 1})))
    assert there_is(there) == {"A": 1, "B": 4}
    assert sent(there, order) == [("A", 3, 2), ("B", 1, 0)]
    assert verify(there.store) == ()


def test_what_expired_meanwhile_is_not_put_on_sale_again() -> None:
    """It is written off, or put where nothing is sold from."""
    there = dairy()
    order = sold(there, 3)
    send(there, order)
    there.clock.advance(timedelta(days=6))
    inspect = returned(there, order, 2, restock=Quantities({"1": 1}))
    assert why_not(there, inspect) == (stock.LotNotGood("MILK", "A", SOON),)
    aside = returns.InspectReturn(
        order=order,
        return_=1,
        restock=Quantities({"1": 1}),
        write_off=Quantities({"1": 1}),
        restock_as=stock.Disposition.SUPPLIER,
        location="bin",
    )
    there.shop.do(aside)
    assert there_is(there, location="bin") == {"A": 1}
    assert verify(there.store) == ()


def test_a_serial_number_comes_back_from_where_it_went() -> None:
    """Not one that somebody else was sent; of two it must be told; of one it is known."""
    there = dairy()
    receive(there, "PHONE", "S1", "S2", "S3")
    order = sold(there, 2, "PHONE")
    send(there, order, lots={"1": ["S1", "S2"]})
    inspect = returned(there, order, 2, restock=Quantities({"1": 1}))
    assert why_not(there, inspect) == (stock.LotsDiffer("PHONE", 1, 0),)
    wrong = returns.InspectReturn(order=order, return_=1, restock=Quantities({"1": 1}), lots={"1": ["S3"]})
    assert why_not(there, wrong) == (stock.LotNotThere("PHONE", "S3", 1, 0),)
    right = returns.InspectReturn(order=order, return_=1, restock=Quantities({"1": 1}), lots={"1": ["S2"]})
    there.shop.do(right)
    rest = returns.InspectReturn(order=order, return_=1, restock=Quantities({"1": 1}), write_off=Quantities({"1": 1}))
    there.shop.do(rest)
    assert there_is(there, "PHONE") == {"S2": 1, "S3": 1}
    assert sent(there, order) == [("S1", 1, 1), ("S2", 1, 1)]
    assert verify(there.store) == ()


def test_a_parcel_that_comes_back_brings_its_own_lots() -> None:
    """Nothing has to be told."""
    there = dairy()
    order = sold(there, 4)
    send(there, order)
    there.track(order, shipping.TrackingStatus.REFUSED)
    there.track(order, shipping.TrackingStatus.RETURNED)
    assert there_is(there) == {"A": 3, "B": 5}
    assert verify(there.store) == ()


def test_a_parcel_that_comes_back_too_late_waits_for_a_person() -> None:
    """What expired on its way is not put on sale by itself: somebody is told, and writes it off."""
    there = dairy()
    order = sold(there, 3)
    send(there, order)
    there.clock.advance(timedelta(days=6))
    there.track(order, shipping.TrackingStatus.REFUSED)
    there.track(order, shipping.TrackingStatus.RETURNED)
    assert there_is(there) == {"B": 5}
    assert [alert.note for alert in there.shop.alerts()] == ["RestockUnits was rejected: LotNotGood"]
    there.shop.do(stock.WriteOffUnits(order=order, quantities=Quantities({"MILK": 3}), parcel=1))
    assert sent(there, order) == [("A", 3, 3)]
    assert verify(there.store) == ()


def test_lots_are_the_same_in_a_file_and_on_a_server(place: str) -> None:
    """What expires first, what is over, a return, a count, and a recall."""
    store = processes.opened(place)
    there = dairy(store=store)
    order = sold(there, 4)
    send(there, order)
    there.shop.do(returned(there, order, 1, restock=Quantities({"1": 1}), lots={"1": ["A"]}))
    receive(there, "PHONE", "S1", "S2", location="krakow")
    assert (there_is(there), there_is(there, "PHONE", "krakow")) == ({"A": 1, "B": 4}, {"S1": 1, "S2": 1})
    there.clock.advance(timedelta(days=5))
    assert there.shop.available("MILK") == 4
    with pytest.raises(CommandRejected):
        sold(there, 5)
    lots = [LotUnits("A", 1), LotUnits("B", 3)]
    now = there.clock.now()
    there.shop.do(stock.CountStock(sku="MILK", counted=4, counted_at=now, reference="s", lots=lots))
    assert there_is(there) == {"A": 1, "B": 3}
    assert [(one.order, one.lot.units, one.back) for one in there.shop.recall("MILK", "A")] == [(order, 3, 1)]
    assert verify(store) == ()
    store.close()


def test_second_choice_is_of_no_lot() -> None:
    """A pint of another SKU, which is not tracked."""
    there = dairy(b_grades={"MILK": "MILK-B"})
    order = sold(there, 1)
    send(there, order)
    inspect = returned(there, order, 1, restock=Quantities({"1": 1}), restock_as=stock.Disposition.B_GRADE)
    there.shop.do(inspect)
    assert there.shop.level("MILK-B") == Level(1, 0)
    assert there_is(there, "MILK-B") == {}
    assert sent(there, order) == [("A", 1, 1)]
    assert verify(there.store) == ()
    with pytest.raises(InvalidInputError, match="is tracked"):
        dairy(b_grades={"MUG": "MILK"})


def test_who_was_sent_a_lot_can_be_asked() -> None:
    """For a recall: the orders with their parcels, and what came back of it."""
    there = dairy()
    first, second, third = sold(there, 2), sold(there, 3), sold(there, 1)
    for order in (first, second, third):
        send(there, order)
    assert [(one.order, one.parcel, one.lot.units) for one in there.shop.recall("MILK", "A")] == [
        (first, 1, 2),
        (second, 1, 1),
    ]
    assert [one.order for one in there.shop.recall("MILK", "B")] == [second, third]
    assert there.shop.recall("MILK", "C") == ()


def test_in_somebody_elses_house_nothing_is_tracked() -> None:
    """He tells how much there is, and not of what."""
    there = dairy(warehouses={"krakow": FakeWarehouse(VirtualClock(START), {})})
    there_not = (stock.NotTrackedThere("MILK", "krakow"),)
    report = stock.ReportLevel(sku="MILK", level=3, sequence=1, as_of=there.clock.now(), location="krakow")
    assert why_not(there, report) == there_not
    move = stock.TransferStock(sku="MILK", quantity=1, reference="t", to="krakow")
    assert why_not(there, move) == there_not
    with pytest.raises(CommandRejected) as rejected:
        receive(there, "MILK", LotUnits("C", 1, LATER), location="krakow")
    assert rejected.value.reasons == there_not


def test_skus_may_hold_any_sign_of_a_code() -> None:
    """One that looks like the lot of another is another one."""
    tricky = ("MILK", "MILK:never", "MILK:2026-12-01")
    rules = tuple(SalesRule(sku=sku, tracked_by=Tracking.LOTS) for sku in tricky)
    there = Counter(sales_rules=rules)
    for number, sku in enumerate(tricky, start=1):
        receive(there, sku, LotUnits("never:A", number), LotUnits(":2026-12-01:", number, LATER))
    for number, sku in enumerate(tricky, start=1):
        assert there_is(there, sku) == {":2026-12-01:": number, "never:A": number}
    assert verify(there.store) == ()


def test_verification_finds_lots_that_are_not_their_item() -> None:
    """Somebody changed a row by hand."""
    there = dairy()
    with there.store.begin() as transaction:
        key = stock.lot_id("MILK", "main", LotUnits("A", 1, SOON))
        balances: Any = transaction.counters.balances  # type: ignore[attr-defined]
        balances.put(key, balances.rows[key]._replace(value=2))
    found = [(one.invariant, one.stream) for one in verify(there.store)]
    assert ("S2", key) in found
    assert ("S2", "stk_MILK") in found


def test_a_lot_of_another_shape_is_refused() -> None:
    """Days are days, units are units, and a code is a code."""
    for wrong in (
        lambda: LotUnits("", 1),
        lambda: LotUnits("A", 0),
        lambda: LotUnits("A", 1, datetime(2026, 12, 1)),  # type: ignore[arg-type]  # noqa: DTZ001
        lambda: stock.ReceiveStock(sku="MILK", quantity=1, reference="r", lots=[LotUnits("A", -1)]),
        lambda: stock.ReceiveStock(sku="MILK", quantity=1, reference="r", lots="A"),
        lambda: shipping.PackParcel(order="o", lots={"1": "S1"}),
        lambda: shipping.PackParcel(order="o", lots=["S1"]),  # type: ignore[list-item]
        lambda: SalesRule(sku="MILK", good_for=-1),
        lambda: SalesRule(sku="MILK", tracked_by="lots"),  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidInputError):
            wrong()


def test_an_order_placed_and_sent_in_one_step_takes_its_lots() -> None:
    """A download needs no parcel."""
    there = Counter(sales_rules=(SalesRule(sku="KEY", tracked_by=Tracking.LOTS),))
    receive(there, "KEY", LotUnits("batch", 2))
    order = order_some(there, 1, "KEY", delivery_method="download", target=orders.ToDownload(country="PL"))
    there.pay(order)
    assert there_is(there, "KEY") == {"batch": 1}
    assert sent(there, order) == [("batch", 1, 0)]


def test_a_shop_is_made_with_its_rules() -> None:
    """The rule says how units are told apart, and the shop lists none where there is no such location."""
    shop: Shop = dairy().shop
    with pytest.raises(CommandRejected):
        shop.lots("MILK", "nowhere")


def test_orders_of_other_things_are_as_before() -> None:
    """Not one event, move or row more than in a shop that tracks nothing."""
    plain, tracking = Counter(locations=PLACES), dairy()
    events = []
    for there in (plain, tracking):
        order = there.shop.place(order_of()).id
        there.pay(order)
        there.ship(order)
        events.append([entry.event for entry in there.shop.history(order)])
    assert events[0] == events[1]
