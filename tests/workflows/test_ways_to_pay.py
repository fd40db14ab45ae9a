"""What paying costs in the life of an order: pinned, asked for, changed with the way to pay, and given back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from orderflow import (
    CommandRejected,
    InvalidInputError,
    Quantities,
    orders,
    payments,
    pricing,
    returns,
    shipping,
    stock,
)
from orderflow.payments import TenderKind
from orderflow.verify import verify
from orderflow.workflows import PaymentMethod

from .counter import ADDRESS, LINES, TARIFF, VAT, Counter, order_of, pln

FEE = pricing.Fee(price=pln("5.00"), vat=VAT)
CASH = pricing.PaymentTerms(
    code="cash_on_delivery", fee=FEE, highest_total=pln("500.00"), delivery_methods=("courier", "express")
)
PAYMENTS = (CASH, pricing.PaymentTerms(code="slow", fee=pricing.Fee(price=pln("1.00"), vat=VAT)))
METHODS = (
    PaymentMethod(code="transfer", gateway="transfer", kind=TenderKind.TRANSFER),
    PaymentMethod(code="slow", gateway="transfer", kind=TenderKind.TRANSFER),
    PaymentMethod(code="cash_on_delivery", gateway="cash_on_delivery", kind=TenderKind.CASH_ON_DELIVERY),
)
HOME = orders.ToAddress(address=ADDRESS)


def counter(*terms: pricing.PaymentTerms, methods: tuple[PaymentMethod, ...] = METHODS) -> Counter:
    """The small shop, where cash at the door costs 5.00 and goes with couriers only."""
    return with_terms(Counter(), terms or PAYMENTS, methods)


def with_terms(at: Counter, terms: tuple[pricing.PaymentTerms, ...], methods: tuple[PaymentMethod, ...]) -> Counter:
    """The same shop on the same store under another tariff, as after a deployment."""
    at.shop = at.shop.__class__(
        at.store,
        seller="Mug Shop",
        tariff=evolve(TARIFF, payments=terms),
        payment_methods=methods,
        clock=at.clock,
    )
    return at


def retry(order: str, method: str) -> payments.RetryPayment:
    return payments.RetryPayment(order=order, method=method, gateway="any", kind=TenderKind.PREPAID)


def rejected(at: Counter, command: Any) -> tuple[Any, ...]:
    with pytest.raises(CommandRejected) as refused:
        at.shop.do(command)
    return refused.value.reasons


def delivered(at: Counter, order: str) -> None:
    """Sent and received."""
    at.ship(order)
    at.deliver(order)


def came_back(at: Counter, order: str, units: Quantities = LINES) -> None:
    """The customer withdraws from these units, and they are back."""
    at.clock.advance(timedelta(hours=1))  # the same declaration at once would be the same one
    number = len(at.shop.do(returns.DeclareWithdrawal(order=order, quantities=units)).returns)
    at.shop.do(returns.ReceiveReturn(order=order, return_=number, quantities=units))
    at.shop.do(returns.InspectReturn(order=order, return_=number, restock=units))


# Pinned


def test_a_new_order_pins_every_way_to_pay_with_its_fee() -> None:
    """Those without terms of their own cost nothing; what was chosen is asked for with its fee."""
    at = counter()
    view = at.view(at.place(payment_method="cash_on_delivery"))
    assert view.total == view.due == pln("119.97")
    assert view.order.payment_fee == pln("5.00")
    assert view.order.payment_offered == ("transfer", "slow", "cash_on_delivery")
    assert {each.code: each.fee.text for each in view.order.quote.payment_offers} == {
        "cash_on_delivery": "5.00",
        "slow": "1.00",
        "transfer": "0.00",
    }
    (attempt,) = view.file.payments.attempts
    assert attempt.amount == pln("119.97")


def test_an_order_is_not_placed_with_a_way_that_does_not_serve_it() -> None:
    """The reasons are those of the price, and each is told once."""
    at = counter()
    locker = {"delivery_method": "locker", "target": orders.ToPoint(point="WAW01", country="PL")}
    (reason,) = rejected(at, order_of(payment_method="cash_on_delivery", **locker))
    assert isinstance(reason, pricing.PaymentNotForDelivery)
    assert reason.allowed == ("slow", "transfer")
    view = at.view(at.place(**locker))
    assert view.order.payment_offered == ("transfer", "slow")
    assert [each.code for each in view.order.quote.payment_not_offered] == ["cash_on_delivery"]
    assert rejected(at, order_of(payment_method="cheque")) == (
        pricing.UnknownPaymentMethod(method="cheque", allowed=("cash_on_delivery", "slow", "transfer")),
    )


def test_cash_at_the_door_goes_with_what_comes_to_a_door() -> None:
    """A shop that says nothing of its ways to pay offers cash for parcels, and not for downloads."""
    shop = Counter().shop
    basket = pricing.Basket(
        currency="PLN",
        country="PL",
        lines=[
            pricing.BasketLine(
                line="1", sku="MUG", quantity=1, unit_price=pln("10.00"), vat=VAT, price_includes_vat=True
            )
        ],
    )
    found = {
        chosen: [offer.code for offer in shop.quote(evolve(basket, delivery_method=chosen)).payment_offers]
        for chosen in ("courier", "download")
    }
    assert found == {"courier": ["transfer", "cash_on_delivery"], "download": ["transfer"]}
    only_downloads = [method for method in TARIFF.methods if method.code == "download"]
    files = shop.__class__(shop.store, seller="Files", tariff=pricing.Tariff(only_downloads))
    assert [terms.code for terms in files.policy.tariff.payments] == ["transfer"]


def test_terms_of_a_way_that_the_shop_does_not_have_are_refused() -> None:
    """A name that was mistyped would never be found otherwise."""
    with pytest.raises(InvalidInputError) as refused:
        counter(pricing.PaymentTerms(code="cash"))
    assert refused.value.path == "tariff.payments[0].code"


def test_the_courier_collects_the_fee_with_the_first_parcel() -> None:
    """Each later parcel collects what it carries."""
    at = counter()
    order = at.place(payment_method="cash_on_delivery")
    at.pack(order, Quantities({"2": 1}))
    at.pack(order, Quantities({"1": 2}))
    due = [parcel.cash_due for parcel in at.view(order).parcels]
    assert due == [pln("79.99"), pln("39.98")]  # 60.00, the courier's 14.99 and the fee; then the mugs


# Another way


def test_paying_another_way_changes_what_is_owed_by_the_fees_that_were_pinned() -> None:
    """From a transfer to cash at the door and back; each change is recorded before it is asked for."""
    at = counter()
    order = at.place()
    at.shop.do(retry(order, "cash_on_delivery"))
    view = at.view(order)
    assert (view.order.payment_method, view.order.payment_fee) == ("cash_on_delivery", pln("5.00"))
    assert (view.total, view.owed, view.due) == (pln("114.97"), pln("119.97"), pln("119.97"))
    assert [attempt.amount for attempt in view.file.payments.attempts] == [pln("114.97"), pln("119.97")]
    told = [entry.event for entry in at.shop.history(order)]
    changed = next(event for event in told if isinstance(event, orders.PaymentMethodChanged))
    assert (changed.payment_method, changed.fee) == ("cash_on_delivery", pln("5.00"))
    asked = [event for event in told if isinstance(event, payments.PaymentRequested)]
    assert told.index(changed) < told.index(asked[1])
    at.shop.do(retry(order, "transfer"))
    view = at.view(order)
    assert (view.order.payment_fee, view.owed, view.due) == (pln("0.00"), pln("114.97"), pln("114.97"))


def test_the_same_way_again_changes_nothing_of_the_price() -> None:
    """The fee is in the total already."""
    at = counter()
    order = at.place(payment_method="slow")
    at.shop.run()  # its gateway was asked
    at.shop.do(retry(order, "slow"))
    assert at.view(order).owed == at.view(order).total == pln("115.97")
    assert not any(isinstance(entry.event, orders.PaymentMethodChanged) for entry in at.shop.history(order))


def test_a_way_to_pay_costs_what_was_pinned_whatever_the_tariff_says_by_now() -> None:
    """5.00 then, 9.00 for orders placed since; what nobody knew then costs nothing."""
    at = counter()
    order = at.place()
    dearer = evolve(CASH, fee=evolve(FEE, price=pln("9.00")))
    paypo = PaymentMethod(code="paypo", gateway="transfer", kind=TenderKind.TRANSFER)
    new = pricing.PaymentTerms(code="paypo", fee=FEE)
    with_terms(at, (dearer, PAYMENTS[1], new), (*METHODS, paypo))
    at.shop.do(retry(order, "cash_on_delivery"))
    assert at.view(order).owed == pln("119.97")
    at.shop.do(retry(order, "paypo"))
    assert at.view(order).owed == pln("114.97")
    assert at.view(at.place(payment_method="cash_on_delivery")).owed == pln("123.97")


def test_a_way_that_does_not_serve_the_order_is_refused_with_every_reason() -> None:
    """What is due by it counts, its fee included; nothing is changed."""
    at = counter(evolve(CASH, highest_total=pln("119.96")))
    order = at.place()
    assert rejected(at, retry(order, "cash_on_delivery")) == (
        pricing.TotalAboveHighest(
            method="cash_on_delivery",
            total=pln("119.97"),
            highest_total=pln("119.96"),
            allowed=("transfer", "slow"),
        ),
    )
    at.shop.do(orders.CancelLines(order=order, quantities=Quantities({"1": 1})))
    at.shop.do(retry(order, "cash_on_delivery"))
    assert at.view(order).due == pln("99.98")


def test_only_what_is_left_to_pay_is_held_against_a_limit() -> None:
    """110.00 of 114.97 were transferred: the rest and the fee are 9.97."""
    at = counter(evolve(CASH, highest_total=pln("10.00")))
    order = at.place()
    at.pay(order, pln("110.00"))
    assert at.shop.do(retry(order, "cash_on_delivery")).due == pln("9.97")


def test_a_delivery_with_which_the_order_cannot_be_paid_is_refused() -> None:
    """Until the way to pay is changed, or everything is paid."""
    at = counter()
    order = at.place(payment_method="cash_on_delivery")
    locker = orders.AmendDelivery(
        order=order, delivery_method="locker", target=orders.ToPoint(point="WAW01", country="PL")
    )
    (reason,) = rejected(at, locker)
    assert isinstance(reason, pricing.PaymentNotForDelivery)
    assert at.shop.do(evolve(locker, delivery_method="express", target=HOME)).owed == pln("129.97")
    at.shop.do(retry(order, "transfer"))
    assert at.shop.do(locker).owed == pln("109.97")


def test_a_reason_that_stood_before_keeps_nobody_from_another_delivery() -> None:
    """The limit was lowered since: the courier may be changed all the same, and not for a dearer one beyond a limit."""
    at = counter()
    order = at.place(payment_method="cash_on_delivery")
    express = orders.AmendDelivery(order=order, delivery_method="express", target=HOME)
    with_terms(at, (evolve(CASH, highest_total=pln("120.00")),), METHODS)
    assert [type(each) for each in rejected(at, express)] == [pricing.TotalAboveHighest]
    with_terms(at, (evolve(CASH, highest_total=pln("50.00")),), METHODS)
    assert at.shop.do(express).owed == pln("129.97")


def test_an_order_of_which_nothing_is_left_does_not_change_its_fee() -> None:
    """Nothing is due for it either way."""
    at = counter()
    order = at.place()
    at.shop.do(orders.CancelOrder(order=order))
    assert payments.NothingDue() in rejected(at, retry(order, "cash_on_delivery"))
    assert at.view(order).owed == pln("0.00")


def test_what_was_returned_as_a_whole_is_not_asked_for_by_another_way() -> None:
    """A fee that nobody owes would be due."""
    at = counter()
    order = at.place()
    at.pay(order)
    delivered(at, order)
    came_back(at, order)
    assert payments.NothingDue() in rejected(at, retry(order, "cash_on_delivery"))


def test_an_order_that_is_paid_is_not_asked_for_by_another_way() -> None:
    """Its fee would be all that is due: nobody pays a fee for paying that fee."""
    at = counter()
    order = at.place()
    at.pay(order)
    assert rejected(at, retry(order, "cash_on_delivery")) == (payments.NothingDue(),)
    view = at.view(order)
    assert (view.order.payment_method, view.order.payment_fee, view.due) == ("transfer", pln("0.00"), pln("0.00"))


def test_money_by_the_earlier_way_makes_it_the_agreed_one_again() -> None:
    """It pays for everything by its own terms; the fee of the way that was not used is not owed."""
    at = counter()
    order = at.place(payment_method="slow")
    at.shop.do(retry(order, "cash_on_delivery"))
    view = at.pay(order, attempt=1)
    assert (view.order.payment_method, view.order.payment_fee) == ("slow", pln("1.00"))
    assert (view.owed, view.paid, view.due) == (pln("115.97"), pln("115.97"), pln("0.00"))
    at.pack(order)
    (parcel,) = at.view(order).parcels
    assert parcel.cash_due == pln("0.00")


def test_a_part_by_the_earlier_way_leaves_the_agreed_one_with_its_fee() -> None:
    """The courier still collects the rest at the door."""
    at = counter()
    order = at.place()
    at.shop.do(retry(order, "cash_on_delivery"))
    view = at.pay(order, pln("100.00"), attempt=1)
    assert (view.order.payment_method, view.owed, view.due) == ("cash_on_delivery", pln("119.97"), pln("19.97"))


def test_a_way_that_was_used_keeps_its_fee_when_the_rest_is_paid_another_way() -> None:
    """A dearer substitute costs 5.01 more, by whichever way; the way that brought the rest has earned its fee."""
    at = counter()
    order = at.place(payment_method="slow")
    at.pay(order)
    take_dearer(at, order, "25.00")
    view = at.shop.do(retry(order, "transfer"))
    assert (view.order.payment_fee, view.owed, view.due) == (pln("1.00"), pln("120.98"), pln("5.01"))
    view = at.pay(order, attempt=2)
    assert (view.due, view.refunding, view.order.stage) == (pln("0.00"), pln("0.00"), orders.OrderStage.CONFIRMED)
    assert verify(at.store) == ()


def test_less_than_the_fee_of_the_way_that_was_used_can_be_paid_another_way() -> None:
    """Of 115.97 one grosz more is due, and it is not set off against the fee."""
    at = counter()
    order = at.place(payment_method="slow")
    at.pay(order)
    take_dearer(at, order, "20.00")
    assert at.shop.do(retry(order, "transfer")).due == pln("0.01")


def test_of_two_ways_the_dearer_fee_is_owed_once() -> None:
    """The rest is collected at the door: not less than that way costs, and not both."""
    at = counter()
    order = at.place(payment_method="slow")
    at.pay(order)
    take_dearer(at, order, "25.00")
    assert at.shop.do(retry(order, "cash_on_delivery")).due == pln("9.01")


def test_a_way_whose_money_went_back_has_earned_no_fee() -> None:
    """The bank took it back; the customer transfers it."""
    at = counter()
    order = at.place(payment_method="slow")
    at.pay(order)
    back = payments.PaymentFacts(
        outcome=payments.Outcome.CAPTURED,
        captured=pln("115.97"),
        refunded=pln("115.97"),
        occurred_at=at.clock.now(),
    )
    at.shop.do(payments.ObservePayment(order=order, attempt=1, facts=back))
    assert at.view(order).due == pln("115.97")
    assert at.shop.do(retry(order, "transfer")).due == pln("114.97")


def take_dearer(at: Counter, order: str, price: str) -> None:
    """The customer takes a cup for one of the mugs at 19.99."""
    at.shop.do(stock.ReceiveStock(sku="CUP", quantity=1, reference="cups"))
    cup = orders.Line(line="1b", sku="CUP", name="Cup", quantity=1, unit_price=pln(price), vat=VAT)
    until = at.clock.now() + timedelta(days=1)
    at.shop.do(orders.OfferSubstitute(order=order, line="1", units=1, substitute=cup, until=until))
    at.shop.do(orders.AcceptSubstitute(order=order, number=1))


# Given back


def test_cancelling_the_last_unit_credits_the_fee() -> None:
    """Units before it leave with their own shares."""
    at = counter()
    order = at.place(payment_method="slow")
    at.pay(order)
    at.shop.do(orders.CancelLines(order=order, quantities=Quantities({"2": 1})))
    assert at.view(order).owed == pln("55.97")
    at.shop.do(orders.CancelLines(order=order, quantities=Quantities({"1": 2})))
    assert at.view(order).owed == pln("0.00")
    assert at.settle_refunds(order).refunded == pln("115.97")


def test_withdrawing_from_everything_pays_back_the_fee() -> None:
    """All payments received go back (CRD art. 13(1)), in one return or in several; VAT told is that of the goods."""
    for parts in ((LINES,), (Quantities({"2": 1}), Quantities({"1": 1}), Quantities({"1": 1}))):
        at = counter()
        order = at.place(payment_method="cash_on_delivery")
        delivered(at, order)
        for units in parts:
            came_back(at, order, units)
        granted = [event for each in at.shop.history(order) if isinstance(event := each.event, returns.RefundGranted)]
        assert [event.fee for event in granted] == [pln("0.00")] * (len(parts) - 1) + [pln("5.00")]
        assert all(event.amount == event.goods + event.delivery + event.fee for event in granted)
        assert at.view(order).owed == pln("5.00")  # the courier's 14.99 go back up to the locker's 9.99


def test_the_last_unit_takes_the_fee_along_whether_it_is_cancelled_or_returned() -> None:
    """Mugs come back first, and the teapot was never sent."""
    at = counter()
    order = at.place(payment_method="slow")
    at.pay(order)
    at.ship(order, Quantities({"1": 2}))
    at.deliver(order)
    came_back(at, order, Quantities({"1": 2}))
    before = at.view(order).owed
    at.shop.do(orders.CancelLines(order=order, quantities=Quantities({"2": 1})))
    assert before - at.view(order).owed == pln("61.00")


def test_a_parcel_refused_at_the_door_leaves_nothing_owed() -> None:
    """Neither the delivery nor the fee."""
    at = counter()
    order = at.place(payment_method="cash_on_delivery")
    at.ship(order)
    at.track(order, shipping.TrackingStatus.REFUSED)
    assert at.track(order, shipping.TrackingStatus.RETURNED).owed == pln("0.00")
