"""Stock in somebody else's house: reserved there after it is held here, and compensated for once where that fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.dying import Died, DyingStore, Fuse
from tests.workflows.counter import TARIFF, Counter, order_of

from orderflow import Quantities, Shop, orders, shipping, stock
from orderflow.counters import Level
from orderflow.errors import InvalidInputError
from orderflow.orders import OrderStage, Standing
from orderflow.runtime.memory import MemoryStore
from orderflow.stock import DifferenceReason, LevelOutdated, Location, ReservationStage
from orderflow.testing import FakeWarehouse, Fault, VirtualClock
from orderflow.testing.world import CountingIds
from orderflow.verify import verify
from orderflow.workflows import RequestKind

IN_THE_HOUSE = {"MUG": 10, "TEAPOT": 5}
ORDERED = Quantities({"MUG": 2, "TEAPOT": 1})


class Depot(Counter):
    """A shop whose stock lies in a warehouse, which has what the shop believes unless told otherwise."""

    def __init__(self, units: dict[str, int] | None = None, **options: Any) -> None:
        self.clock = VirtualClock()
        self.ids = CountingIds()
        self.warehouse = FakeWarehouse(self.clock, IN_THE_HOUSE, **options)
        self.store = MemoryStore()
        self.shop = self.opened(self.store)
        self.shop.book_levels("main")
        for sku, count in (units or {}).items():
            self.warehouse.receives(sku, count - IN_THE_HOUSE[sku])

    def opened(self, store: Any) -> Shop:
        """The shop on *store*."""
        return Shop(
            store,
            seller="Mug Shop",
            tariff=TARIFF,
            clock=self.clock,
            ids=self.ids,
            warehouses={"main": self.warehouse},
        )

    def kept(self, order: str, number: int = 1) -> Quantities:
        """What is set aside in the house."""
        return self.warehouse.books.kept(f"{order}-w{number}")

    def checked(self, order: str) -> tuple[Standing, tuple[str, ...]]:
        """How the check of the stock stands."""
        verdict = next(each for each in self.view(order).order.verdicts if each.check == "stock")
        return verdict.standing, verdict.reasons

    def is_sound(self) -> bool:
        """Nothing stored contradicts anything, and no unit was made or lost."""
        assert verify(self.store) == ()
        for sku, units in IN_THE_HOUSE.items():
            kept = sum(each.kept[sku] for each in self.warehouse.books.reservations())
            assert self.warehouse.books.free(sku) + kept <= units
        return True


def test_an_order_is_placed_here_and_reserved_there_afterwards() -> None:
    """The house is asked after the commit; until it answers, the check of the stock waits, and nothing is held up."""
    depot = Depot()
    order = depot.place()
    assert depot.warehouse.calls("reserve") == 0
    assert depot.mugs() == (10, 2)
    assert depot.checked(order) == (Standing.WAITING, ("asked:main",))
    depot.pay(order)
    assert depot.view(order).order.stage is OrderStage.RECEIVED
    depot.shop.run()
    assert depot.kept(order) == ORDERED
    assert depot.view(order).order.stage is OrderStage.CONFIRMED
    assert [each.confirmed for each in depot.warehouse.books.reservations()] == [True]
    depot.ship(order)
    assert depot.mugs() == (8, 0)
    assert depot.is_sound()


def test_nothing_is_oversold_against_the_mirror() -> None:
    """The house has more than the last report said: what is not in the mirror is not sold."""
    depot = Depot()
    depot.warehouse.receives("MUG", 90)
    with pytest.raises(Exception, match="OutOfStock"):
        depot.place(lines=(line_of("MUG", 11),))


def line_of(sku: str, count: int) -> orders.Line:
    """A line of an order."""
    line = order_of().lines[0]
    return orders.Line(line="1", sku=sku, name=sku, quantity=count, unit_price=line.unit_price, vat=line.vat)


def test_a_refusal_holds_the_order_which_keeps_what_is_there() -> None:
    """One of two mugs is not there: it leaves the books; the other one and the teapot are asked for again."""
    depot = Depot(units={"MUG": 1, "TEAPOT": 5})
    order = depot.place()
    depot.pay(order)
    depot.shop.run()
    assert depot.checked(order) == (Standing.FAILED, ("missing:MUG",))
    assert depot.view(order).order.holds == ("check:stock",)
    assert depot.mugs() == (9, 1)
    assert depot.shop.level("TEAPOT") == Level(5, 1)
    assert (depot.kept(order, 1), depot.kept(order, 2)) == (Quantities(), Quantities({"MUG": 1, "TEAPOT": 1}))
    depot.shop.run()
    assert depot.warehouse.calls("reserve") == 2
    assert depot.is_sound()


def test_a_refused_line_can_be_cancelled_and_the_rest_is_sent() -> None:
    """The way of any shortage: the customer's money for the mug goes back, and the rest leaves."""
    depot = Depot(units={"MUG": 1, "TEAPOT": 5})
    order = depot.place()
    depot.pay(order)
    depot.shop.run()
    depot.shop.do(orders.CancelLines(order=order, quantities=Quantities({"1": 1})))
    depot.shop.run()
    assert depot.view(order).order.stage is OrderStage.CONFIRMED
    depot.ship(order)
    assert depot.view(order).file.stock.consumed == Quantities({"MUG": 1, "TEAPOT": 1})
    assert depot.is_sound()


def test_a_refused_line_can_wait_for_a_delivery() -> None:
    """Mugs arrive in the house, its report is booked, and the order takes them."""
    depot = Depot(units={"MUG": 1, "TEAPOT": 5})
    order = depot.place()
    depot.pay(order)
    depot.shop.run()
    depot.warehouse.receives("MUG", 5)
    depot.clock.advance(timedelta(hours=1))
    assert depot.shop.book_levels("main") == ()
    depot.shop.do(stock.HoldStock(order=order, demand=ORDERED))
    assert depot.view(order).order.stage is not OrderStage.CONFIRMED
    depot.shop.run()
    assert depot.view(order).order.stage is OrderStage.CONFIRMED
    assert (depot.mugs(), depot.warehouse.books.free("MUG")) == ((6, 2), 4)
    assert depot.is_sound()


@pytest.mark.parametrize("fault", [Fault.LOST_REPLY, Fault.TIMED_OUT, Fault.UNKNOWN, Fault.REFUSED])
@pytest.mark.parametrize("lookup", [True, False])
def test_a_reply_that_was_lost_is_never_guessed(fault: Fault, lookup: bool) -> None:
    """Whether or not the call arrived, the order waits, is looked up or asked for again, and has its units once."""
    depot = Depot(lookup=lookup)
    depot.warehouse.fail_next("reserve", fault)
    order = depot.place()
    depot.pay(order)
    depot.shop.run()
    assert depot.view(order).file.stock.reservations[0].stage is ReservationStage.ASKED
    assert depot.mugs() == (10, 2)
    depot.later(minutes=5)
    assert depot.view(order).order.stage is OrderStage.CONFIRMED
    assert depot.kept(order) == ORDERED
    assert depot.warehouse.books.free("MUG") == 8
    assert depot.warehouse.calls("lookup") == (1 if lookup else 0)
    assert depot.is_sound()


def test_past_the_window_nothing_is_sent_again_and_a_person_looks() -> None:
    """A house that forgets references after an hour, and cannot be asked."""
    depot = Depot(lookup=False, idempotency_window=timedelta(hours=1))
    depot.warehouse.fail_next("reserve", Fault.LOST_REPLY)
    depot.place()
    depot.shop.run()
    depot.later(hours=2)
    assert depot.warehouse.calls("reserve") == 1
    assert [row.kind for row in depot.shop.alerts()] == [RequestKind.RESERVE_UNITS]


def test_a_cancelled_order_is_released_there_once() -> None:
    """A lost reply to the release makes it said again, and nothing more comes back."""
    depot = Depot()
    order = depot.place()
    depot.shop.run()
    depot.warehouse.fail_next("release", Fault.LOST_REPLY)
    depot.shop.do(orders.CancelOrder(order=order, cause="customer"))
    depot.shop.run()
    depot.later(minutes=5)
    depot.later(days=1)
    assert depot.warehouse.calls("release") == 2
    assert (depot.kept(order), depot.warehouse.books.free("MUG")) == (Quantities(), 10)
    assert depot.mugs() == (10, 0)
    assert depot.is_sound()


def test_a_late_answer_to_a_cancelled_order_keeps_nothing() -> None:
    """The reservation was made and nobody heard of it; the order is cancelled meanwhile: all is let go."""
    depot = Depot()
    depot.warehouse.fail_next("reserve", Fault.LOST_REPLY)
    order = depot.place()
    depot.shop.run()
    depot.shop.do(orders.CancelOrder(order=order, cause="customer"))
    depot.later(minutes=5)
    assert (depot.kept(order), depot.warehouse.books.free("MUG")) == (Quantities(), 10)
    assert depot.warehouse.calls("reserve") == 1
    assert depot.is_sound()


def test_a_reservation_that_arrives_after_its_release_takes_nothing() -> None:
    """One worker's call hangs, another one releases: the call finds itself released, and the order is over."""
    depot = Depot()
    order = depot.place()
    inner = depot.warehouse.reserve

    def hangs(request: Any) -> Any:
        depot.shop.do(orders.CancelOrder(order=order, cause="customer"))
        depot.warehouse.release(request.reference, Quantities())
        return inner(request)

    depot.warehouse.reserve = hangs  # type: ignore[method-assign]
    depot.shop.run()
    assert (depot.kept(order), depot.warehouse.books.free("MUG")) == (Quantities(), 10)
    assert depot.mugs() == (10, 0)
    assert depot.shop.alerts() == ()
    assert depot.is_sound()


def test_a_hold_that_lapses_is_let_go_there() -> None:
    """Nobody paid in time."""
    depot = Depot()
    order = depot.place()
    depot.shop.run()
    assert depot.kept(order) == ORDERED
    depot.later(days=8)
    depot.shop.run()
    assert (depot.kept(order), depot.warehouse.books.free("MUG")) == (Quantities(), 10)
    assert depot.warehouse.calls("release") == 1
    assert depot.is_sound()


def test_part_of_an_order_is_let_go_and_the_rest_is_kept() -> None:
    """One mug is cancelled before the house was asked: it is asked for all, and then told what to keep."""
    depot = Depot()
    order = depot.place()
    depot.shop.do(orders.CancelLines(order=order, quantities=Quantities({"1": 1})))
    depot.shop.run()
    depot.later(minutes=1)
    assert depot.kept(order) == Quantities({"MUG": 1, "TEAPOT": 1})
    assert depot.warehouse.books.free("MUG") == 9
    assert depot.is_sound()


def test_units_that_are_gone_when_they_are_promised_make_the_order_short() -> None:
    """The house ended the reservation before the customer paid; the confirmed order is held, and compensated once."""
    depot = Depot()
    order = depot.place()
    depot.shop.run()
    depot.warehouse.sends(f"{order}-w1")
    depot.pay(order)
    depot.shop.run()
    view = depot.view(order)
    assert view.file.stock.reservations[0].stage is ReservationStage.REFUSED
    assert view.order.holds == ("check:stock",)
    assert depot.mugs() == (8, 0)
    with pytest.raises(Exception, match="on_hold"):
        depot.shop.do(shipping.PickLines(order=order))
    assert depot.is_sound()


def test_what_another_place_has_takes_the_place_of_what_was_refused() -> None:
    """Orders are sourced from two houses; one refuses, and staff have the units held again in the other."""
    clock = VirtualClock()
    near, far = FakeWarehouse(clock, {"MUG": 3}), FakeWarehouse(clock, {"MUG": 3})
    shop = Shop(
        MemoryStore(),
        seller="Mug Shop",
        tariff=TARIFF,
        clock=clock,
        ids=CountingIds(),
        locations=[Location("near"), Location("far")],
        warehouses={"near": near, "far": far},
    )
    shop.book_levels("near")
    shop.book_levels("far")
    near.receives("MUG", -3)
    order = shop.place(order_of(lines=(line_of("MUG", 2),))).id
    shop.run()
    clock.advance(timedelta(minutes=1))
    shop.book_levels("near")
    shop.do(stock.HoldStock(order=order, demand=Quantities({"MUG": 2})))
    shop.run()
    assert [(one.location, one.stage) for one in shop.order(order).file.stock.reservations] == [
        ("near", ReservationStage.REFUSED),
        ("far", ReservationStage.RESERVED),
    ]
    assert (near.books.free("MUG"), far.books.free("MUG")) == (0, 1)
    assert verify(shop.store) == ()


def test_reports_of_the_house_are_booked_while_orders_are_on_their_way() -> None:
    """One order is known there, one is not: nothing is lost or counted twice, and an old report is told."""
    depot = Depot()
    first = depot.place()
    depot.shop.run()
    depot.place()
    depot.clock.advance(timedelta(minutes=1))
    assert depot.shop.book_levels("main") == ()
    assert depot.shop.available("MUG") == 6
    (found,) = (each for each in depot.shop.reconcile("main") if each.sku == "MUG")
    assert (found.here, found.there, found.not_seen, found.reasons) == (6, 8, 2, (DifferenceReason.NOT_SEEN,))
    depot.shop.run()
    assert depot.shop.reconcile("main") == ()
    depot.warehouse._sequence = 0
    assert [type(one) for each in depot.shop.book_levels("main") for one in each.reasons] == [LevelOutdated] * 2
    assert depot.kept(first) == ORDERED


def test_differences_are_told_with_their_reasons() -> None:
    """A delivery that is not booked, a release that is under way, an item that is new."""
    depot = Depot()
    order = depot.place()
    depot.shop.run()
    depot.shop.do(orders.CancelOrder(order=order, cause="customer"))
    depot.warehouse.receives("BOWL", 1)
    depot.warehouse.receives("MUG", 5)
    found = {each.sku: each for each in depot.shop.reconcile("main")}
    assert found["BOWL"].reasons == (DifferenceReason.ONLY_THERE, DifferenceReason.UNEXPLAINED)
    assert found["MUG"].still_kept == (order,)
    assert (found["MUG"].here, found["MUG"].there, found["MUG"].unexplained) == (10, 13, 3)
    assert found["TEAPOT"].reasons == (DifferenceReason.STILL_KEPT, DifferenceReason.UNEXPLAINED)
    depot.shop.do(stock.ReceiveStock(sku="JUG", quantity=1, reference="by mistake"))
    (jug,) = (each for each in depot.shop.reconcile("main") if each.sku == "JUG")
    assert jug.reasons == (DifferenceReason.ONLY_HERE, DifferenceReason.UNEXPLAINED)


def test_a_house_without_a_place_in_the_shop_is_refused() -> None:
    """And so is a question about a place that is in nobody's house."""
    with pytest.raises(InvalidInputError, match="warehouses"):
        Shop(MemoryStore(), seller="Mug Shop", warehouses={"attic": FakeWarehouse(VirtualClock(), {})})
    with pytest.raises(InvalidInputError, match="location"):
        Shop(MemoryStore(), seller="Mug Shop").book_levels("main")


def lived(depot: Depot, shop: Shop) -> None:
    """An order is placed and paid for, another one of a teapot is placed and cancelled; each step happens once."""
    depot.shop = shop
    for number, cancelled in ((1, False), (2, True)):
        command = order_of(lines=(line_of("TEAPOT", 1),)) if cancelled else order_of()
        order = shop.place(command, request_id=f"request-{number}").id
        if cancelled:
            shop.run()
            if shop.order(order).order.stage is not OrderStage.CLOSED:
                shop.do(orders.CancelOrder(order=order, cause="customer"))
        elif shop.order(order).due:
            depot.pay(order)
        shop.run()


@pytest.mark.parametrize("units", [IN_THE_HOUSE, {"MUG": 1, "TEAPOT": 5}], ids=["there", "short"])
def test_a_process_that_dies_at_any_call_of_the_store_changes_no_end(units: dict[str, int]) -> None:
    """Another one goes on: both books are then those of a run in which nobody died."""

    def books(fuse: int | None) -> tuple[Any, bool]:
        depot, died = Depot(units=dict(units)), False
        if fuse is not None:
            try:
                lived(depot, depot.opened(DyingStore(depot.store, Fuse(fuse))))
            except Died:
                died = True
        depot.shop = depot.opened(depot.store)
        lived(depot, depot.shop)
        depot.later(minutes=10)
        assert verify(depot.store) == ()
        house = [(each.kept, each.confirmed) for each in depot.warehouse.books.reservations() if each.kept]
        free = [depot.warehouse.books.free(sku) for sku in IN_THE_HOUSE]
        here = [depot.shop.level(sku) for sku in IN_THE_HOUSE]
        return (house, free, here, [str(each.status) for each in depot.shop.orders()]), died

    calm, _ = books(None)
    fuse, died = 0, True
    while died:
        found, died = books(fuse)
        assert found == calm, f"died before call {fuse}"
        fuse += 1
    assert fuse > 100
