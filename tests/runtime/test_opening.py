"""A shop whose parts do not fit together does not open, and says which part, where, and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from tests.workflows.counter import VAT, pln

from orderflow import InvalidInputError, Shop, pricing
from orderflow.runtime.memory import MemoryStore
from orderflow.testing import FakeCourier, VirtualClock

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
