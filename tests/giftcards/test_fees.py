"""A fee for a way to pay that is not used is not owed: where cards pay everything, the fee goes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve
from tests.workflows.counter import TARIFF, VAT, order_of, pln

from orderflow import Shop, pricing
from orderflow.payments import PayWithStoreCredit, TenderKind
from orderflow.verify import verify
from orderflow.workflows import PaymentMethod, Status

from .till import SELLER, TOTAL, Till, asked

FEE = pricing.Fee(price=pln("5.00"), vat=VAT)
AT_THE_DOOR = pricing.PaymentTerms(code="cash_on_delivery", fee=FEE)
SLOW = pricing.PaymentTerms(code="slow", fee=FEE)
METHODS = (
    PaymentMethod(code="slow", gateway="transfer", kind=TenderKind.TRANSFER),
    PaymentMethod(code="cash_on_delivery", gateway="cash_on_delivery", kind=TenderKind.CASH_ON_DELIVERY),
)
WITH_FEE = pln("119.97")


@pytest.fixture
def till() -> Iterator[Till]:
    """A shop where both ways to pay cost 5.00; verified in the end."""
    at = Till()
    tariff = evolve(TARIFF, payments=(AT_THE_DOOR, SLOW))
    at.shop = Shop(at.store, seller=SELLER, tariff=tariff, payment_methods=METHODS, clock=at.clock)
    yield at
    assert verify(at.store) == ()


@pytest.mark.parametrize("amount", ["114.97", "117.00", "119.97", "200.00"])
def test_a_new_order_that_cards_pay_owes_no_fee(till: Till, amount: str) -> None:
    """Also where the cards just cover the rest, or the fee too."""
    first, second = till.card("100.00"), till.card(amount)
    view = till.place(first, second, payment_method="cash_on_delivery")
    assert (view.order.payment_fee, view.owed, view.due) == (pln("0.00"), TOTAL, pln("0.00"))
    assert asked(view) == [("gift_card", "100.00", "captured"), ("gift_card", "14.97", "captured")]
    assert till.on(second) == pln(amount) - pln("14.97")
    assert view.status is Status.CONFIRMED


def test_a_part_that_is_paid_at_the_door_costs_its_fee(till: Till) -> None:
    """One coin is enough."""
    view = till.place(till.card("114.96"), payment_method="cash_on_delivery")
    assert (view.owed, view.due) == (WITH_FEE, pln("5.01"))


@pytest.mark.parametrize("amount", [None, "114.97", "119.97"])
def test_a_card_that_pays_all_of_a_waiting_order_takes_no_fee(till: Till, amount: str | None) -> None:
    """Whatever was asked of it; a repetition changes nothing."""
    code = till.card("200.00")
    view = till.place(payment_method="slow")
    assert view.due == WITH_FEE
    for _ in range(2):
        view = till.pay(view.id, code, amount)
        assert (view.owed, view.due, till.on(code)) == (TOTAL, pln("0.00"), pln("85.03"))
    assert view.status is Status.CONFIRMED


def test_the_last_of_several_cards_takes_the_fee_away(till: Till) -> None:
    """Store credit does it just as well."""
    till.grant("200.00")
    view = till.place(payment_method="slow", customer="c-1")
    view = till.pay(view.id, till.card("100.00"))
    assert view.due == pln("19.97")
    view = till.shop.do(PayWithStoreCredit(order=view.id))
    assert (view.owed, view.due, till.credit()) == (TOTAL, pln("0.00"), pln("185.03"))


def test_a_way_to_pay_that_was_used_keeps_its_fee(till: Till) -> None:
    """Part of the money came by it."""
    view = till.place(payment_method="slow")
    view = till.transfer(view, pln("10.00"))
    view = till.pay(view.id, till.card("200.00"))
    assert (view.owed, view.due) == (WITH_FEE, pln("0.00"))


def test_an_order_without_a_fee_keeps_its_way_to_pay(till: Till) -> None:
    """Nothing is changed for nothing."""
    plain = Till(store=till.store, clock=till.clock)
    view = plain.shop.place(order_of(), gift_cards=[till.card("200.00")])
    assert "order.payment_method_changed.v1" not in [entry.name for entry in plain.shop.history(view.id)]
    assert view.order.payment_method == "transfer"
