"""Units withdrawn before they arrived: their return and their parcel are two tales of the same units."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import Money, Quantities, orders, payments, returns
from orderflow.shipping import ParcelStage, TrackingStatus
from orderflow.workflows import RequestKind, Status, owed, status

from .counter import VAT, Counter, pln
from .planning import Desk

MUG = Quantities({"1": 1})
MUGS = Quantities({"1": 2})
TEAPOT = Quantities({"2": 1})


def declare(it: Counter, order: str, units: Quantities = MUG) -> None:
    """The customer withdraws from units."""
    it.shop.do(returns.DeclareWithdrawal(order=order, quantities=units))


def received(it: Counter, order: str, units: Quantities = MUG, return_: int = 1) -> None:
    """Staff record units of a return, so far altogether, as fit for sale."""
    it.shop.do(returns.ReceiveReturn(order=order, return_=return_, quantities=units))
    it.shop.do(returns.InspectReturn(order=order, return_=return_, restock=units))


def two_parcels() -> tuple[Counter, str]:
    """Two mugs and a teapot, paid; a mug and the teapot delivered, the other mug on its way."""
    it = Counter()
    order = it.place()
    it.pay(order)
    it.ship(order, MUG + TEAPOT)
    it.deliver(order)
    it.ship(order, MUG)
    return it, order


def refunding(it: Counter, order: str) -> Money:
    """What is on its way back to the customer."""
    return payments.refunding(it.view(order).file.payments, "PLN")


def notes(it: Counter) -> list[str]:
    """What staff are asked to look at."""
    return [row.note for row in it.shop.alerts()]


@pytest.mark.parametrize("parcel_first", [False, True])
def test_a_unit_that_is_recorded_as_a_return_and_tracked_as_returned_is_credited_and_restocked_once(
    parcel_first: bool,
) -> None:
    """Whichever of the two facts comes first, and however often."""
    it, order = two_parcels()
    declare(it, order)
    if parcel_first:
        it.track(order, TrackingStatus.RETURNED, 2)
    received(it, order)
    it.later(hours=1)
    it.track(order, TrackingStatus.RETURNED, 2)
    received(it, order)
    assert refunding(it, order) == pln("19.99")
    assert it.mugs() == (9, 0)
    assert not it.view(order).order.holds
    assert it.view(order).order.cancelled == Quantities()


def test_a_parcel_that_comes_back_between_receiving_and_inspecting_changes_nothing() -> None:
    """The unit is on the desk: it goes on the shelf, and is credited, when it has been looked at."""
    it, order = two_parcels()
    declare(it, order)
    it.shop.do(returns.ReceiveReturn(order=order, return_=1, quantities=MUG))
    it.track(order, TrackingStatus.RETURNED, 2)
    assert (refunding(it, order), it.mugs()) == (pln("0.00"), (8, 0))
    it.shop.do(returns.InspectReturn(order=order, return_=1, write_off=MUG))
    assert (refunding(it, order), it.mugs()) == (pln("19.99"), (8, 0))


def test_staff_are_asked_where_the_received_unit_may_have_been_another_one() -> None:
    """The customer sent back the mug that had arrived, and left the other one: then a further one is declared."""
    it, order = two_parcels()
    declare(it, order)
    received(it, order)
    it.track(order, TrackingStatus.RETURNED, 2)
    assert notes(it) == ["counted once: units of this parcel and of return 1"]
    it.later(hours=1)
    declare(it, order)
    received(it, order, return_=2)
    assert refunding(it, order) == pln("39.98")
    assert it.mugs() == (10, 0)


def test_nobody_is_asked_where_it_can_only_be_the_same_unit() -> None:
    """Nothing of the line had arrived."""
    it = Counter()
    order = it.place()
    it.pay(order)
    it.ship(order)
    declare(it, order, MUGS)
    received(it, order, MUGS)
    it.track(order, TrackingStatus.RETURNED)
    assert notes(it) == []
    assert refunding(it, order) == pln("99.98")  # the teapot was not withdrawn, and never arrived
    assert it.mugs() == (10, 0)


def test_a_parcel_sent_after_the_declaration_is_not_the_returns() -> None:
    """The mug that had arrived comes back, and the other one is lost: two credits, and no alarm."""
    it = Counter()
    order = it.place()
    it.pay(order)
    it.ship(order, MUG + TEAPOT)
    it.deliver(order)
    declare(it, order)
    it.ship(order, MUG)
    received(it, order)
    it.track(order, TrackingStatus.LOST, 2)
    assert refunding(it, order) == pln("39.98")
    assert it.mugs() == (9, 0)
    assert (notes(it), it.view(order).order.holds) == ([], ())


def test_the_customer_keeps_the_right_to_withdraw_from_what_arrived() -> None:
    """The return was of the mug that never came."""
    it, order = two_parcels()
    declare(it, order)
    it.track(order, TrackingStatus.NOT_COLLECTED, 2)
    it.track(order, TrackingStatus.RETURNED, 2)
    it.later(days=1)
    declare(it, order)
    received(it, order, return_=2)
    assert refunding(it, order) == pln("39.98")


def test_a_lost_parcel_credits_what_was_withdrawn_from_it_and_what_was_not() -> None:
    """Once each; when it turns up after all it is put on the shelf, and nothing is cancelled a second time."""
    it = Counter()
    order = it.place()
    it.pay(order)
    it.ship(order)
    declare(it, order)
    it.track(order, TrackingStatus.LOST)
    assert it.view(order).file.returns.returns[0].granted == MUG
    assert it.view(order).order.cancelled == MUG + TEAPOT
    assert refunding(it, order) == pln("99.98") + pln("14.99")
    it.track(order, TrackingStatus.RETURNED)
    assert refunding(it, order) == pln("99.98") + pln("14.99")
    assert it.mugs() == (10, 0)
    assert it.view(order).order.holds == ()


def test_what_was_lost_and_turns_up_at_the_customers_is_sent_back_without_a_second_credit() -> None:
    """Staff are told, for the money is gone already."""
    it, order = two_parcels()
    declare(it, order)
    it.track(order, TrackingStatus.LOST, 2)
    it.deliver(order, 2)
    assert notes(it) == ["a parcel turned up after its units were cancelled"]
    received(it, order)
    assert refunding(it, order) == pln("19.99")
    assert it.mugs() == (9, 0)


def test_an_order_withdrawn_from_on_its_way_gives_back_the_delivery_and_can_be_closed() -> None:
    """Unlike a parcel that nobody fetched, a withdrawal gives back delivery, as far as the cheapest offered."""
    it = Counter()
    order = it.place()
    it.pay(order)
    it.ship(order)
    declare(it, order, MUGS + TEAPOT)
    it.track(order, TrackingStatus.REFUSED)
    view = it.track(order, TrackingStatus.RETURNED)
    assert refunding(it, order) == view.paid - pln("14.99") + pln("9.99")
    assert status(view.file) is Status.CANCELLED
    assert it.mugs() == (10, 0)
    it.settle_refunds(order)
    view = it.shop.do(returns.CloseReturn(order=order, return_=1, reason="refunded"))
    assert view.order.stage is orders.OrderStage.CLOSED


def test_nothing_is_due_for_an_order_withdrawn_from_before_anybody_paid_at_the_door() -> None:
    """Not even what the chosen delivery cost more than the cheapest: nobody paid it."""
    it = Counter()
    order = it.place(payment_method="cash_on_delivery", delivery_method="express")
    it.ship(order)
    declare(it, order, MUGS + TEAPOT)
    it.track(order, TrackingStatus.RETURNED)
    assert owed(it.view(order).file) == pln("0.00")


def test_units_in_the_house_can_be_cancelled_beside_returns_and_their_hold_ends() -> None:
    """One mug returned on its way and credited, the other not sent yet."""
    it = Counter()
    order = it.place()
    it.pay(order)
    it.ship(order, MUG + TEAPOT)
    declare(it, order)
    it.track(order, TrackingStatus.RETURNED)
    it.shop.do(orders.CancelLines(order=order, quantities=MUG))
    assert refunding(it, order) == pln("99.98")
    assert it.mugs() == (10, 0)
    assert it.view(order).order.holds == ()


def test_a_return_that_is_inspected_in_portions_is_restocked_in_portions() -> None:
    """Each unit once, whether it is the same number again or another."""
    it = Counter()
    order = it.place()
    it.pay(order)
    it.ship(order)
    it.deliver(order)
    declare(it, order, MUGS)
    received(it, order, MUG)
    received(it, order, MUGS)
    received(it, order, MUGS)
    assert it.mugs() == (10, 0)


def test_a_withdrawal_after_a_parcel_came_back_undelivered_is_of_what_is_still_in_the_house() -> None:
    """The mug that came back was credited: the statement means the other one, which is cancelled."""
    it = Counter()
    order = it.place()
    it.pay(order)
    it.ship(order, MUG + TEAPOT)
    it.track(order, TrackingStatus.RETURNED)
    declare(it, order)
    view = it.view(order)
    assert (view.order.cancelled, view.returns) == (MUGS + TEAPOT, ())
    assert it.mugs() == (10, 0)


# --- whatever happens


@attrs.define(eq=False)
class Unit:
    """One mug: in which parcel it was sent, where it is, and what is true of it for good."""

    parcel: int
    place: str = "way"
    was_lost: bool = False


class Story:
    """Mugs in two parcels, a truthful customer, staff and courier, and all the ways in which their tales overlap."""

    def __init__(self, first: int, second: int) -> None:
        self.desk = Desk()
        price = pln("19.99")
        mugs = orders.Line(line="1", sku="MUG", name="Mug", quantity=first + second, unit_price=price, vat=VAT)
        self.desk.place(lines=(mugs,))
        self.desk.pay()
        self.units: list[Unit] = []
        for number, count in enumerate((first, second), start=1):
            self.desk.ship(Quantities({"1": count}))
            self.units += [Unit(number) for _ in range(count)]
        self.open_to: list[frozenset[int]] = []

    def parcel(self, number: int) -> ParcelStage:
        """What the courier said last."""
        return self.desk.file.shipping.parcels[number - 1].stage

    def of(self, parcel: int) -> list[Unit]:
        """The units sent in a parcel."""
        return [unit for unit in self.units if unit.parcel == parcel]

    def tell(self, parcel: int, told: TrackingStatus, place: str) -> None:
        """The courier says what is so."""
        self.desk.later(minutes=1)
        self.desk.track(told, parcel)
        for unit in self.of(parcel):
            unit.place = place
            unit.was_lost |= told is TrackingStatus.LOST

    def declare(self, count: int) -> None:
        """The customer withdraws from some units."""
        self.desk.later(minutes=1)
        before = len(self.desk.file.returns.returns)
        on_their_way = frozenset(n for n in (1, 2) if self.parcel(n) is ParcelStage.HANDED_OVER)
        self.desk.ask(returns.DeclareWithdrawal(order="A", quantities=Quantities({"1": count})))
        if len(self.desk.file.returns.returns) > before:
            self.open_to.append(on_their_way)

    def deliver(self, parcel: int) -> None:
        """The parcel arrives, or turns up where only returns were credited for it."""
        inside = Quantities({"1": len(self.of(parcel))})
        credited = returns.settled_units(self.desk.file.returns, parcel) == inside
        if all(unit.place == "way" for unit in self.of(parcel)) or (
            self.parcel(parcel) is ParcelStage.LOST and credited
        ):
            self.tell(parcel, TrackingStatus.DELIVERED, "customer")

    def lose(self, parcel: int) -> None:
        """The parcel is lost."""
        if all(unit.place == "way" for unit in self.of(parcel)):
            self.tell(parcel, TrackingStatus.LOST, "lost")

    def come_back(self, parcel: int) -> None:
        """The parcel is at the door, and the courier says nothing yet."""
        for unit in self.of(parcel):
            unit.place = "desk" if unit.place == "way" else unit.place

    def tell_back(self, parcel: int) -> None:
        """The courier says that the parcel is back, or found."""
        if all(unit.place in ("way", "desk", "lost") for unit in self.of(parcel)):
            self.tell(parcel, TrackingStatus.RETURNED, "desk")

    def send(self, _: int) -> None:
        """The customer sends back a unit, of as many as were withdrawn from."""
        withdrawn = sum(one.quantities["1"] for one in self.desk.file.returns.returns)
        sent = [unit for unit in self.units if unit.place == "sent"]
        mine = [unit for unit in self.units if unit.place == "customer"]
        if mine and len(sent) < withdrawn:
            mine[0].place = "sent"

    def record(self, inspect: int) -> None:
        """Staff count what has come of each return, in whatever way, and may look at it."""
        loose = [unit for unit in self.units if unit.place in ("desk", "sent")]
        for one, parcels in zip(self.desk.file.returns.returns, self.open_to, strict=True):
            known = [unit for unit in loose if unit not in self.cancelled(one)]
            eligible = [unit for unit in known if unit.place == "sent" or unit.parcel in parcels]
            eligible.sort(key=lambda unit: (unit.place == "sent", not one.inside(unit.parcel)))
            expected = one.received if one.is_over else one.quantities - one.lost
            taken = eligible[: expected["1"]]
            loose = [unit for unit in loose if unit not in taken]
            if taken:
                units = Quantities({"1": len(taken)})
                self.desk.ask(returns.ReceiveReturn(order="A", return_=one.number, quantities=units))
                if inspect > 1:
                    self.desk.ask(returns.InspectReturn(order="A", return_=one.number, restock=units))

    def cancelled(self, one: returns.Return) -> list[Unit]:
        """Once a lost parcel turned up, staff are told, and do not take for a return what was cancelled as another."""
        if not any(unit.was_lost and unit.place in ("customer", "sent") for unit in self.units):
            return []
        back = [n for n in (1, 2) if self.parcel(n) is ParcelStage.RETURNED]
        return [unit for n in back for unit in self.of(n)[one.inside(n)["1"] :]]

    def close(self, number: int) -> None:
        """Staff expect nothing more."""
        self.desk.ask(returns.CloseReturn(order="A", return_=number, reason="done"))

    def grant(self, number: int) -> None:
        """The customer shows that everything withdrawn from was sent."""
        if all(unit.place in ("sent", "desk") for unit in self.units):
            self.desk.ask(returns.GrantRefund(order="A", return_=number))

    def gone(self) -> list[Unit]:
        """Units that are not the customer's: back with us, or lost once."""
        return [unit for unit in self.units if unit.place in ("desk", "sent") or unit.was_lost]

    def credited(self) -> int:
        """Units that left the ledger."""
        return (self.desk.file.order.cancelled + returns.granted_units(self.desk.file.returns))["1"]

    def check(self) -> None:
        """Each unit is credited once and only if it is not the customer's, and is put on the shelf once."""
        file = self.desk.file
        back = [unit for unit in self.units if unit.place in ("desk", "sent")]
        assert self.credited() <= len(self.gone())
        assert file.stock.restocked["MUG"] <= len(back)
        assert payments.refunding(file.payments, "PLN") == payments.money_in(file.payments, "PLN") - owed(file)
        assert file.order.holds == ()

    def finish(self) -> None:
        """All is told and looked at; where staff were asked nothing and nothing turned up, no credit is missing."""
        for parcel in (1, 2):
            if any(unit.place == "desk" for unit in self.of(parcel)):
                self.tell_back(parcel)
        self.record(2)
        if missing := len(self.gone()) - self.credited():
            self.declare(missing)
            self.record(2)
        self.check()
        turned_up = any(unit.was_lost and unit.place in ("customer", "sent") for unit in self.units)
        if RequestKind.ALERT not in self.desk.kinds() and not turned_up:
            assert self.credited() == len(self.gone())
            if not any(one.is_over for one in self.desk.file.returns.returns):
                back = [unit for unit in self.gone() if unit.place != "lost"]
                assert self.desk.file.stock.restocked["MUG"] == len(back)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["declare", "deliver", "lose", "come_back", "tell_back", "send", "record", "close", "grant"]),
        st.integers(1, 2),
    ),
    max_size=14,
)


@given(st.integers(1, 2), st.integers(1, 2), STEPS)
def test_no_unit_is_credited_or_restocked_twice(first: int, second: int, steps: list[tuple[str, int]]) -> None:
    """For every sequence of statements, arrivals, inspections and tracking, told twice, late and in any order."""
    story = Story(first, second)
    for name, number in steps:
        getattr(story, name)(number)
        story.check()
    story.finish()
