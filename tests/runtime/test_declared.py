"""What partners declare that they cannot do is not asked of them: it is refused before a parcel or money moves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from tests.workflows.counter import ADDRESS, CONTACT, START, VAT, pln

from orderflow import CommandRejected, Money, Quantities, Shop, orders, pricing, shipping, stock
from orderflow.payments import RefundStage
from orderflow.ports.courier import CourierCapabilities
from orderflow.pricing import PaymentNotInCurrency
from orderflow.runtime.memory import MemoryStore
from orderflow.shipping import CourierCannot, NotBooked, UnknownCourier
from orderflow.testing import CountingIds, FakeCourier, FakeGateway, Fault, VirtualClock
from orderflow.workflows import Status

MUGS = orders.Line(line="1", sku="MUG", name="Mug", quantity=2, unit_price=pln("19.99"), vat=VAT)
HOME = orders.ToAddress(address=ADDRESS)
LOCKER = orders.ToPoint(point="WAW01", country="PL")


class Desk:
    """A shop with a good courier, ``fast``, and one that can do little, ``plain``; and a card."""

    def __init__(self, **declared: Any) -> None:
        self.clock = VirtualClock(START)
        self.fast, self.plain, self.card = FakeCourier(self.clock), FakeCourier(self.clock), FakeGateway(self.clock)
        self.plain.capabilities = CourierCapabilities(lookup=True)
        self.card.capabilities = attrs.evolve(self.card.capabilities, **declared)
        kinds = {"home": pricing.DeliveryKind.COURIER, "locker": pricing.DeliveryKind.POINT}
        rows = [
            pricing.DeliveryMethod(code=code, kind=kind, price=pln("9.99"), vat=VAT, courier="fast")
            for code, kind in kinds.items()
        ]
        abroad = pricing.DeliveryMethod(code="eu", kind=kinds["home"], price=euros("9.99"), vat=VAT)
        self.shop = Shop(
            MemoryStore(),
            seller="Mug Shop",
            tariff=pricing.Tariff((*rows, abroad)),
            couriers={"fast": self.fast, "plain": self.plain},
            gateways={"card": self.card},
            clock=self.clock,
            ids=CountingIds(),
        )
        self.shop.do(stock.ReceiveStock(sku="MUG", quantity=10, reference="opening"))

    def place(self, **changes: Any) -> str:
        """Two mugs, by courier, by card."""
        usual = {
            "lines": [MUGS],
            "currency": "PLN",
            "contact": CONTACT,
            "target": HOME,
            "delivery_method": "home",
            "payment_method": "card",
        }
        return self.shop.place(orders.PlaceOrder(**{**usual, **changes})).id

    def paid(self, **changes: Any) -> str:
        """The same, paid."""
        order = self.place(**changes)
        self.shop.perform(order)
        self.card.customer_pays(f"{order}-p1")
        for headers, body in self.card.notifications():
            self.shop.receive("card", headers, body)
        return order

    def refusal(self, order: str, courier: str) -> tuple[Any, ...]:
        """Why it is not packed for that courier."""
        self.shop.do(shipping.PickLines(order=order))
        with pytest.raises(CommandRejected) as rejected:
            self.shop.do(shipping.PackParcel(order=order, courier=courier))
        return rejected.value.reasons


def euros(text: str) -> Money:
    """Euros."""
    return Money.parse(text, "EUR")


def test_a_parcel_is_not_packed_for_a_courier_that_is_not_there() -> None:
    """It would be booked by hand, and nobody would know."""
    desk = Desk()
    assert desk.refusal(desk.paid(), "fsat") == (UnknownCourier(courier="fsat", couriers=("manual", "fast", "plain")),)


def test_a_parcel_with_cash_is_not_packed_for_a_courier_that_collects_none() -> None:
    """The goods would be given away."""
    desk = Desk()
    order = desk.place(payment_method="cash_on_delivery")
    reason = CourierCannot(courier="plain", needs=("cash_on_delivery",), couriers=("manual", "fast"))
    assert desk.refusal(order, "plain") == (reason,)


def test_a_parcel_to_a_point_is_not_packed_for_a_courier_that_has_none() -> None:
    """Nobody could book it."""
    desk = Desk()
    order = desk.paid(target=LOCKER, delivery_method="locker")
    assert desk.refusal(order, "plain") == (
        CourierCannot(courier="plain", needs=("points",), couriers=("manual", "fast")),
    )


def test_a_part_is_not_given_back_by_a_provider_that_gives_back_whole_payments() -> None:
    """He is not asked; a person is, and the whole payment goes back as ever."""
    desk = Desk(partial_refund=False)
    order = desk.paid()
    desk.shop.do(orders.CancelLines(order=order, quantities=Quantities({"1": 1})))
    desk.shop.run()
    (refund,) = desk.shop.order(order).file.payments.refunds
    assert (refund.stage, refund.code) == (RefundStage.REJECTED, "no_partial_refund")
    assert desk.card.calls("refund") == 0
    assert [alert.stream for alert in desk.shop.alerts()] == [order]
    whole = desk.paid()
    desk.shop.do(orders.CancelOrder(order=whole))
    desk.shop.run()
    assert desk.shop.order(whole).refunded == pln("49.97")


def test_a_way_to_pay_is_not_offered_in_currencies_that_its_gateway_does_not_take() -> None:
    """A quote says so, and the order is not placed."""
    desk = Desk(currencies=("PLN",))
    cheap = attrs.evolve(MUGS, unit_price=euros("4.99"))
    with pytest.raises(CommandRejected) as rejected:
        desk.place(lines=[cheap], currency="EUR", delivery_method="eu")
    (reason,) = rejected.value.reasons
    assert isinstance(reason, PaymentNotInCurrency)
    assert (reason.method, reason.priced_in, reason.allowed) == ("card", "PLN", ("transfer", "cash_on_delivery"))


def test_a_parcel_of_which_the_courier_was_not_told_is_not_handed_over() -> None:
    """The booking used to be dropped silently, and the courier never heard of the parcel."""
    desk = Desk()
    order = desk.paid()
    desk.shop.do(shipping.PickLines(order=order))
    desk.shop.do(shipping.PackParcel(order=order))
    hand_over = shipping.HandOver(order=order, parcel=1)
    assert desk.shop.explain(order, hand_over).reasons == (NotBooked(parcel=1, courier="fast"),)
    desk.fast.fail_next("book", Fault.LOST_REPLY)
    desk.shop.run()
    assert desk.shop.explain(order, hand_over).reasons == (NotBooked(parcel=1, courier="fast"),)
    desk.clock.advance(timedelta(seconds=5))
    desk.shop.run()
    assert desk.shop.do(hand_over).status is Status.SHIPPED
    assert len(desk.fast.books.parcels()) == 1


def test_a_parcel_that_was_booked_in_another_way_is_handed_over_under_its_number() -> None:
    """The courier is not asked to carry it again; a parcel booked by hand needs no number."""
    desk = Desk()
    order = desk.paid()
    desk.shop.do(shipping.PickLines(order=order, quantities=Quantities({"1": 1})))
    desk.shop.do(shipping.PackParcel(order=order))
    desk.shop.do(shipping.HandOver(order=order, parcel=1, tracking="PL0001"))
    desk.shop.do(shipping.PickLines(order=order))
    desk.shop.do(shipping.PackParcel(order=order, courier="manual"))
    assert desk.shop.do(shipping.HandOver(order=order, parcel=2)).status is Status.SHIPPED
    desk.shop.run()
    assert desk.fast.calls("book") == 0
