"""A shop whose parts do not fit together does not open, and says which part, where, and what to do."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from tests.workflows.counter import VAT, pln

from orderflow import InvalidInputError, Shop, payments, pricing
from orderflow.ports.courier import CourierCapabilities
from orderflow.runtime.memory import MemoryStore
from orderflow.testing import FakeCourier, FakeGateway, VirtualClock
from orderflow.workflows import PaymentMethod

CLOCK = VirtualClock()


def delivery(kind: pricing.DeliveryKind = pricing.DeliveryKind.COURIER, courier: str = "fast") -> pricing.Tariff:
    """A tariff of one method, by this courier."""
    method = pricing.DeliveryMethod(code="home", kind=kind, price=pln("9.99"), vat=VAT, courier=courier)
    return pricing.Tariff((method,))


def opened(**options: Any) -> Shop:
    """A shop with these parts."""
    return Shop(MemoryStore(), seller="Mug Shop", **options)


def refusal(**options: Any) -> str:
    """What is said instead of opening."""
    with pytest.raises(InvalidInputError) as refused:
        opened(**options)
    return str(refused.value)


def test_a_courier_that_nobody_gave_is_refused() -> None:
    """Parcels would be booked by hand, and nobody would know."""
    said = refusal(tariff=delivery(courier="fsat"), couriers={"fast": FakeCourier(CLOCK)})
    assert said == (
        "tariff.methods[0].courier: 'fsat' is no courier of this shop (fast, manual); "
        "name one of these, or give it in couriers"
    )


@pytest.mark.parametrize("name", ["fast", "manual"])
def test_couriers_that_are_there_are_taken(name: str) -> None:
    """One of the host's, or the one by hand."""
    assert opened(tariff=delivery(courier=name), couriers={"fast": FakeCourier(CLOCK)}).policy.tariff.methods


class Plain(FakeCourier):
    """A courier that neither collects cash nor goes to points."""

    def __init__(self) -> None:
        super().__init__(CLOCK)
        self.capabilities = CourierCapabilities(lookup=True)


CASH = PaymentMethod(code="door", gateway="cash_on_delivery", kind=payments.TenderKind.CASH_ON_DELIVERY)
CARD = PaymentMethod(code="card", gateway="card", kind=payments.TenderKind.PREPAID)


def test_points_of_a_courier_that_has_none_are_refused() -> None:
    """The customer would choose one, and the parcel could not be booked."""
    said = refusal(tariff=delivery(pricing.DeliveryKind.POINT), couriers={"fast": Plain()})
    assert said == (
        "tariff.methods[0].courier: 'home' goes to points, and 'fast' declares no points in its capabilities"
    )


@pytest.mark.parametrize("named", [(), ("home",)])
def test_cash_of_a_courier_that_collects_none_is_refused(named: tuple[str, ...]) -> None:
    """Whether the delivery was named or is one of all."""
    terms = pricing.PaymentTerms(code="door", delivery_methods=named)
    tariff = pricing.Tariff(delivery().methods, payments=(terms,))
    said = refusal(tariff=tariff, couriers={"fast": Plain()}, payment_methods=[CASH])
    assert said == (
        "tariff.payments[0].delivery_methods: 'door' goes with 'home', and its courier 'fast' declares no "
        "cash_on_delivery in its capabilities; name the methods whose couriers collect cash"
    )


def test_a_shop_whose_only_way_to_pay_is_cash_that_nobody_collects_does_not_open() -> None:
    """Without terms, any order could be paid at a door where nobody takes money."""
    said = refusal(tariff=delivery(), couriers={"fast": Plain()}, payment_methods=[CASH])
    assert said.startswith("payment_methods: nobody collects cash")


def test_cash_that_nobody_spoke_of_is_not_offered_where_the_courier_collects_none() -> None:
    """Without terms of the host, the shop works out with which deliveries cash goes."""
    methods = (*delivery().methods, attrs.evolve(delivery().methods[0], code="van", courier="manual"))
    shop = opened(tariff=pricing.Tariff(methods), couriers={"fast": Plain()})
    (terms,) = (each for each in shop.policy.tariff.payments if each.code == "cash_on_delivery")
    assert terms.delivery_methods == ("van",)


class Euros(FakeGateway):
    """A provider that takes euros only, and gives back whole payments only."""

    def __init__(self) -> None:
        super().__init__(CLOCK)
        self.capabilities = attrs.evolve(self.capabilities, currencies=("EUR",), partial_refund=False)


def test_a_gateway_that_takes_none_of_the_shops_currencies_is_refused() -> None:
    """Every payment would fail."""
    said = refusal(tariff=delivery(courier="manual"), gateways={"card": Euros()}, payment_methods=[CARD])
    assert said == (
        "payment_methods[0].gateway: 'card' declares that it takes EUR, and the tariff is in PLN; leave the method "
        "out, or add to the gateway's currencies what it takes"
    )
