"""Orders from received to settled: each test is one story, and checks money and stock at its end."""

from __future__ import annotations

from datetime import datetime, timedelta
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
from orderflow.shipping import TrackingStatus
from orderflow.verify import verify as verify_store
from orderflow.workflows import PaymentMethod, Status

from .counter import ADDRESS, CONTACT, Counter, order_of, pln

TWO_MUGS = Quantities({"1": 2})
ONE_MUG = Quantities({"1": 1})
TEAPOT = Quantities({"2": 1})


def test_a_paid_order_goes_from_received_to_closed() -> None:
    """Received, paid, confirmed, prepared, shipped, delivered, and closed when the right of withdrawal has ended."""
    counter = Counter()
    order = counter.place()
    assert counter.view(order).status is Status.AWAITING_PAYMENT
    assert counter.view(order).total == pln("114.97")
    assert counter.mugs() == (10, 2)
    assert counter.pay(order).status is Status.CONFIRMED
    parcel = counter.pack(order)
    assert counter.view(order).status is Status.PREPARED
    counter.shop.do(shipping.HandOver(order=order, parcel=parcel, tracking="T1"))
    assert counter.view(order).status is Status.SHIPPED
    assert counter.mugs() == (8, 0)
    assert counter.deliver(order).status is Status.DELIVERED
    counter.later(days=13)
    assert counter.view(order).status is Status.DELIVERED
    counter.later(days=4)
    assert counter.view(order).status is Status.CLOSED
    assert counter.view(order).paid == pln("114.97")


def test_the_customer_is_told_at_every_step() -> None:
    """Received, confirmed, shipped and delivered: one message each, in the order's language."""
    counter = Counter()
    order = counter.place()
    counter.shop.run()
    counter.pay(order)
    counter.ship(order)
    counter.deliver(order)
    counter.shop.run()
    with counter.store.reading() as transaction:
        rows = transaction.records.of_subject(counter.view(order).order.person, "message")
    kinds = [row.key.split("/")[2] for row in rows]
    assert sorted(kinds) == ["send_confirmed", "send_delivered", "send_received", "send_shipped"]


def test_cash_on_delivery_goes_through_the_courier_and_is_settled_by_the_remittance() -> None:
    """Nothing is due before the door; the cash is the courier's debt until it is remitted."""
    counter = Counter()
    order = counter.place(payment_method="cash_on_delivery")
    assert counter.view(order).status is Status.CONFIRMED
    counter.ship(order)
    assert counter.view(order).parcels[0].cash_due == pln("114.97")
    view = counter.deliver(order)
    assert view.paid == pln("114.97")
    assert payments.courier_owes(view.file.payments, "PLN") == pln("114.97")
    remitted = payments.RecordRemittance(
        order=order,
        attempt=1,
        amount=pln("114.97"),
        fee=pln("5.00"),
        reference="R-1",
        occurred_at=counter.clock.now(),
    )
    counter.shop.do(remitted)
    counter.later(days=20)
    assert counter.view(order).status is Status.CLOSED


def test_cash_on_delivery_over_two_parcels_is_asked_for_once() -> None:
    """The parts the couriers collect sum to what is owed; delivery comes with the first."""
    counter = Counter()
    order = counter.place(payment_method="cash_on_delivery")
    counter.ship(order, TWO_MUGS)
    counter.ship(order, TEAPOT)
    parts = [parcel.cash_due for parcel in counter.view(order).parcels]
    assert parts == [pln("54.97"), pln("60.00")]
    counter.deliver(order, 1)
    assert counter.view(order).due == pln("60.00")
    counter.deliver(order, 2)
    assert counter.view(order).due == pln("0.00")


def test_cash_on_delivery_orders_never_expire() -> None:
    """Expiry is for money that should have come before."""
    counter = Counter()
    order = counter.place(payment_method="cash_on_delivery")
    counter.later(days=90)
    assert counter.view(order).status is Status.CONFIRMED
    assert counter.mugs() == (10, 2)


def test_an_unpaid_order_expires_and_gives_its_stock_back_once() -> None:
    """After the payment window the order is cancelled, closed, and its units are everybody's again."""
    counter = Counter()
    order = counter.place()
    counter.later(days=7, minutes=1)
    view = counter.view(order)
    assert view.status is Status.CANCELLED
    assert view.due == pln("0.00")
    assert counter.mugs() == (10, 0)


def test_who_changes_from_a_card_to_a_transfer_has_the_time_of_a_transfer() -> None:
    """The timers of the first method find a newer attempt and leave the order alone."""
    kinds = {"card": payments.TenderKind.PREPAID, "transfer": payments.TenderKind.TRANSFER}
    methods = [PaymentMethod(code=code, gateway="transfer", kind=kind) for code, kind in kinds.items()]
    counter = Counter(payment_methods=methods)
    order = counter.place(payment_method="card")
    counter.later(minutes=50)
    counter.shop.do(
        payments.RetryPayment(order=order, method="transfer", gateway="transfer", kind=payments.TenderKind.TRANSFER)
    )
    counter.later(days=6)
    assert counter.view(order).status is Status.AWAITING_PAYMENT
    assert counter.mugs() == (10, 2)
    counter.later(days=1, hours=1)
    assert counter.view(order).status is Status.CANCELLED
    assert counter.mugs() == (10, 0)


def test_money_that_arrives_after_cancellation_goes_back_in_full() -> None:
    """Late money is a debt of the shop, not a reason to revive the order."""
    counter = Counter()
    order = counter.place()
    counter.later(days=8)
    view = counter.pay(order)
    assert view.status is Status.CANCELLED
    assert view.refunding == pln("114.97")
    assert counter.settle_refunds(order).refunded == pln("114.97")
    assert counter.mugs() == (10, 0)


def test_money_that_arrives_twice_goes_back_once() -> None:
    """Two attempts were paid: the second is returned through the second, the order stays paid."""
    counter = Counter()
    order = counter.place()
    counter.shop.run()
    counter.shop.do(
        payments.RetryPayment(order=order, method="transfer", gateway="transfer", kind=payments.TenderKind.TRANSFER)
    )
    counter.pay(order, attempt=1)
    counter.later(minutes=5)
    counter.pay(order, attempt=2)
    view = counter.settle_refunds(order)
    assert [(refund.attempt, refund.amount) for refund in view.file.payments.refunds] == [(2, pln("114.97"))]
    assert view.due == pln("0.00")
    assert view.status is Status.CONFIRMED


def test_two_customers_and_the_last_unit() -> None:
    """The second order is rejected with what there is, and nothing of it is stored."""
    counter = Counter()
    five = orders.Line(
        line="1", sku="TEAPOT", name="Teapot", quantity=5, unit_price=pln("60.00"), vat=order_of().lines[0].vat
    )
    counter.place(lines=(five,))
    before = len(counter.shop.orders())
    with pytest.raises(CommandRejected) as rejected:
        counter.place()
    (reason,) = rejected.value.reasons
    assert (reason.sku, reason.wanted, reason.available) == ("TEAPOT", 1, 0)
    assert len(counter.shop.orders()) == before
    assert counter.mugs() == (10, 0)


def test_what_is_out_of_stock_is_told_with_everything_else() -> None:
    """The customer mends all of it at once; what may be promised without stock, or has none, is not named."""
    counter = Counter()
    mugs, teapot = order_of().lines
    lines = (
        evolve(mugs, quantity=7),
        evolve(mugs, line="2", quantity=7),
        evolve(teapot, line="3", quantity=9, backorder=True),
        evolve(teapot, line="4", sku="ENGRAVING", tracked=False),
    )
    for before in (0, 1):
        with pytest.raises(CommandRejected) as rejected:
            counter.place(lines=lines, payment_method="blik")
        assert rejected.value.reasons == (
            pricing.UnknownPaymentMethod(method="blik", allowed=("transfer", "cash_on_delivery")),
            stock.OutOfStock(sku="MUG", wanted=14, available=10 - 2 * before),
        )
        assert counter.mugs() == (10, 2 * before)
        if not before:
            counter.place()


def test_what_is_there_is_not_held_for_an_order_that_is_rejected() -> None:
    """Asking the counters leaves no trace; a hold that has lapsed counts as free, as it does for an order."""
    counter = Counter()
    counter.place(lines=(evolve(order_of().lines[0], quantity=10),))
    counter.clock.advance(timedelta(days=8))
    with pytest.raises(CommandRejected) as rejected:
        counter.place(payment_method="blik")
    assert [type(reason) for reason in rejected.value.reasons] == [pricing.UnknownPaymentMethod]
    assert counter.mugs() == (10, 10)


def test_repeated_lines_of_one_product_are_held_together() -> None:
    """Six and six of ten mugs is twelve, however the lines are cut."""
    counter = Counter()
    line = order_of().lines[0]
    twice = (evolve(line, quantity=6), evolve(line, line="2", quantity=6))
    with pytest.raises(CommandRejected) as rejected:
        counter.place(lines=twice)
    assert rejected.value.reasons[0].wanted == 12


def test_a_line_that_allows_it_is_backordered() -> None:
    """The order stands and waits for stock that is not there yet."""
    counter = Counter()
    line = evolve(order_of().lines[0], quantity=12, backorder=True)
    order = counter.place(lines=(line,))
    assert counter.view(order).file.stock.backordered == Quantities({"MUG": 2})
    counter.pay(order)
    assert counter.view(order).status is Status.CONFIRMED


def test_a_wrong_address_holds_the_order_until_it_is_corrected() -> None:
    """The hold names the check, and correcting the address releases it and lets the order go on."""
    counter = Counter()
    wrong = evolve(ADDRESS, postal_code="1234")
    order = counter.place(target=orders.ToAddress(address=wrong))
    view = counter.view(order)
    assert view.holds == ("check:address",)
    failed = next(verdict for verdict in view.verdicts if verdict.check == "address")
    assert failed.released_by == "AmendAddress"
    counter.pay(order)
    assert counter.view(order).status is Status.ON_HOLD
    view = counter.shop.do(orders.AmendAddress(order=order, address=ADDRESS))
    assert view.status is Status.CONFIRMED


def test_a_total_that_the_customer_did_not_see_holds_the_order() -> None:
    """The price the customer agreed to is an expectation that is checked."""
    counter = Counter()
    order = counter.place(seen_total=pln("99.99"))
    assert counter.view(order).holds == ("check:totals",)
    counter.shop.do(orders.TagOrder(order=order, add=("totals_accepted",)))
    assert counter.view(order).holds == ()


def test_two_parcels_leave_apart_and_the_order_is_delivered_with_the_last() -> None:
    """Partly shipped, shipped, partly delivered, delivered."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    counter.ship(order, TWO_MUGS)
    assert counter.view(order).status is Status.PARTLY_SHIPPED
    counter.ship(order, TEAPOT)
    assert counter.view(order).status is Status.SHIPPED
    assert counter.deliver(order, 1).status is Status.PARTLY_DELIVERED
    assert counter.deliver(order, 2).status is Status.DELIVERED


def test_a_short_pick_cancels_the_missing_units_writes_them_off_and_refunds_them() -> None:
    """What is not on the shelf is not sold again, and its money goes back to the coin."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    view = counter.shop.do(shipping.ReportShortPick(order=order, quantities=ONE_MUG))
    assert view.remaining == Quantities({"1": 1, "2": 1})
    assert view.refunding == pln("19.99")
    assert counter.mugs() == (9, 1)
    counter.ship(order)
    assert counter.deliver(order).status is Status.DELIVERED
    assert counter.settle_refunds(order).refunded == pln("19.99")
    assert counter.mugs() == (8, 0)


def test_an_uncollected_prepaid_parcel_comes_back_to_stock_and_keeps_its_delivery_price() -> None:
    """The goods are refunded; the delivery was made."""
    counter = Counter()
    order = counter.place(delivery_method="locker", target=orders.ToPoint(point="WAW01M", country="PL"))
    counter.pay(order)
    counter.ship(order)
    assert counter.track(order, TrackingStatus.AWAITING_COLLECTION).status is Status.AWAITING_COLLECTION
    assert counter.track(order, TrackingStatus.NOT_COLLECTED).status is Status.COMING_BACK
    counter.track(order, TrackingStatus.RETURNED)
    view = counter.settle_refunds(order)
    assert view.status is Status.CANCELLED
    assert view.refunded == pln("99.98")
    assert counter.mugs() == (10, 0)


def test_a_refused_cash_on_delivery_parcel_leaves_nothing_owed() -> None:
    """Nobody paid, the goods are back, and nothing is asked for."""
    counter = Counter()
    order = counter.place(payment_method="cash_on_delivery")
    counter.ship(order)
    counter.track(order, TrackingStatus.REFUSED)
    counter.track(order, TrackingStatus.RETURNED)
    view = counter.view(order)
    assert view.status is Status.CANCELLED
    assert view.owed == pln("0.00")
    assert view.paid == pln("0.00")
    assert counter.mugs() == (10, 0)


def test_a_lost_parcel_is_refunded_with_its_delivery() -> None:
    """The seller bears the way."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    counter.ship(order)
    counter.track(order, TrackingStatus.LOST)
    view = counter.settle_refunds(order)
    assert view.refunded == pln("114.97")
    assert counter.mugs() == (8, 0)


def test_a_partial_withdrawal_refunds_exactly_the_units() -> None:
    """One of two mugs comes back: its ledger share, and no delivery."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    counter.ship(order)
    counter.deliver(order)
    counter.shop.do(returns.DeclareWithdrawal(order=order, quantities=ONE_MUG))
    counter.shop.do(returns.ReceiveReturn(order=order, return_=1, quantities=ONE_MUG))
    view = counter.shop.do(returns.InspectReturn(order=order, return_=1, restock=ONE_MUG))
    assert view.refunding == pln("19.99")
    assert counter.mugs() == (9, 0)


def test_a_full_withdrawal_refunds_delivery_up_to_the_cheapest_offered() -> None:
    """Express was chosen for 24.99; 9.99 is the cheapest ordinary delivery that was offered."""
    counter = Counter()
    order = counter.place(delivery_method="express")
    counter.pay(order)
    counter.ship(order)
    counter.deliver(order)
    everything = Quantities({"1": 2, "2": 1})
    counter.shop.do(returns.DeclareWithdrawal(order=order, quantities=everything))
    counter.shop.do(returns.ReceiveReturn(order=order, return_=1, quantities=everything))
    counter.shop.do(returns.InspectReturn(order=order, return_=1, restock=everything))
    assert counter.settle_refunds(order).refunded == pln("109.97")


def test_a_withdrawal_before_shipping_is_a_cancellation() -> None:
    """Nothing has left: the units are cancelled and refunded at once, delivery included."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    view = counter.shop.do(returns.DeclareWithdrawal(order=order, quantities=Quantities({"1": 2, "2": 1})))
    assert view.status is Status.CANCELLED
    assert counter.settle_refunds(order).refunded == pln("114.97")
    assert counter.mugs() == (10, 0)


def test_a_full_cancellation_before_shipping_gives_everything_back_once() -> None:
    """Money and stock, each once, however often the command is given."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    counter.shop.do(orders.CancelOrder(order=order))
    counter.shop.do(orders.CancelOrder(order=order))
    view = counter.settle_refunds(order)
    assert view.refunded == pln("114.97")
    assert len(view.file.payments.refunds) == 1
    assert counter.mugs() == (10, 0)
    counter.later(days=30)
    assert counter.view(order).order.stage is orders.OrderStage.CLOSED


def test_cancelling_line_by_line_refunds_the_same_as_cancelling_at_once() -> None:
    """The last unit takes the delivery price with it."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    for units in (ONE_MUG, TEAPOT, ONE_MUG):
        counter.shop.do(orders.CancelLines(order=order, quantities=units))
    view = counter.settle_refunds(order)
    assert view.refunded == pln("114.97")
    assert view.status is Status.CANCELLED


def test_nothing_is_picked_before_the_money_is_there() -> None:
    """Shipping unpaid goods is refused by shipping itself, with the reason."""
    counter = Counter()
    order = counter.place()
    with pytest.raises(CommandRejected) as rejected:
        counter.shop.do(shipping.PickLines(order=order))
    assert rejected.value.reasons[0].reasons == ("not_confirmed", "unpaid")


def test_a_second_attempt_pays_for_the_order() -> None:
    """The first fails, the customer is told, and the second settles the order."""
    counter = Counter()
    order = counter.place()
    failed = payments.PaymentFacts(outcome=payments.Outcome.FAILED, code="declined", occurred_at=counter.clock.now())
    counter.shop.do(payments.ObservePayment(order=order, attempt=1, facts=failed))
    counter.shop.do(
        payments.RetryPayment(order=order, method="transfer", gateway="transfer", kind=payments.TenderKind.TRANSFER)
    )
    assert counter.pay(order, attempt=2).status is Status.CONFIRMED


def test_nobody_is_asked_to_pay_by_what_does_not_exist() -> None:
    """The open attempt stays open, and the shop says what can be chosen; a download is never paid at the door."""
    counter = Counter()
    order = counter.place()
    file = orders.ToDownload(country="PL")
    download = counter.place(target=file, delivery_method="download")
    door = "cash_on_delivery"
    for number, method, offered in ((order, "blik", ("transfer", door)), (download, door, ("transfer",))):
        kind = payments.TenderKind.PREPAID
        with pytest.raises(CommandRejected) as rejected:
            counter.shop.do(payments.RetryPayment(order=number, method=method, gateway="blik", kind=kind))
        assert rejected.value.reasons == (payments.PaymentMethodNotOffered(method=method, offered=offered),)
        (attempt,) = counter.view(number).file.payments.attempts
        assert attempt.stage is payments.AttemptStage.REQUESTED


def test_who_would_rather_pay_at_the_door_waits_for_nothing() -> None:
    """The order waited for money alone: it is confirmed at once, and no timer takes its units."""
    counter = Counter()
    order = counter.place()
    kind = payments.TenderKind.CASH_ON_DELIVERY
    retry = payments.RetryPayment(order=order, method="cash_on_delivery", gateway="cash_on_delivery", kind=kind)
    assert counter.shop.do(retry).status is Status.CONFIRMED
    counter.later(days=8)
    assert counter.view(order).status is Status.CONFIRMED
    assert counter.mugs() == (10, 2)


def test_money_that_comes_after_the_hold_lapsed_takes_the_units_again() -> None:
    """The goods are still there, so the order goes on as if nothing had been."""
    counter = Counter()
    order = counter.place()
    counter.clock.advance(timedelta(days=7, seconds=1))
    counter.shop.do(orders.HoldOrder(order=order, reason="talking"))
    facts = payments.PaymentFacts(
        outcome=payments.Outcome.CAPTURED, captured=pln("114.97"), occurred_at=counter.clock.now()
    )
    counter.shop.do(payments.ObservePayment(order=order, attempt=1, facts=facts))
    counter.shop.do(orders.ReleaseOrder(order=order, reason="talking"))
    assert counter.view(order).status is Status.CONFIRMED
    assert counter.mugs() == (10, 2)


def late_money() -> tuple[Counter, str]:
    """All ten mugs were held until the window ended, another customer has them, and now the money comes."""
    counter = Counter()
    mugs = (evolve(order_of().lines[0], quantity=10),)
    order = counter.place(lines=mugs)
    counter.clock.advance(timedelta(days=8))
    counter.place(lines=mugs)
    counter.pay(order)
    return counter, order


def test_money_that_comes_after_another_has_the_units_holds_the_order_for_them() -> None:
    """Nobody ran the timers: the check knows by itself that the hold is over, and nothing is parked."""
    counter, order = late_money()
    assert counter.view(order).holds == ("check:stock",)
    stocked = next(verdict for verdict in counter.view(order).verdicts if verdict.check == "stock")
    assert (stocked.standing, stocked.reasons) == (orders.Standing.FAILED, ("missing:MUG",))
    assert not counter.shop.alerts()


def test_what_an_order_is_short_of_is_held_when_it_has_come_and_the_order_is_verified() -> None:
    """As the verdict says: receive, then verify. Before it has come, verifying changes nothing."""
    counter, order = late_money()
    assert counter.shop.do(orders.VerifyOrder(order=order)).holds == ("check:stock",)
    counter.shop.do(stock.ReceiveStock(sku="MUG", quantity=10, reference="delivery-2"))
    view = counter.shop.do(orders.VerifyOrder(order=order))
    assert (view.status, view.file.stock.committed) == (Status.CONFIRMED, Quantities({"MUG": 10}))
    assert verify_store(counter.store) == ()


def test_a_missing_unit_is_replaced_when_a_confirmed_order_is_verified() -> None:
    """It broke in the building; the next one is the order's for good, and leaves with it."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    counter.shop.do(stock.WriteOffUnits(order=order, quantities=Quantities({"MUG": 1})))
    assert counter.shop.do(orders.VerifyOrder(order=order)).file.stock.committed == Quantities({"MUG": 2, "TEAPOT": 1})
    counter.ship(order)
    assert counter.mugs() == (7, 0)
    assert verify_store(counter.store) == ()


def test_an_unpaid_order_is_not_given_units_by_verifying_it() -> None:
    """It would keep them without end; the next try to pay holds them again."""
    counter = Counter()
    order = counter.place()
    counter.clock.advance(timedelta(days=8))
    view = counter.shop.do(orders.VerifyOrder(order=order))
    assert view.file.stock.until is not None
    assert view.file.stock.lapsed_by(counter.clock.now())


def from_elsewhere(counter: Counter, **changes: Any) -> orders.RecordOrder:
    """Two mugs for 39.98, sold on a marketplace."""
    now, gross = counter.clock.now(), pln("39.98")
    recorded = orders.RecordedLine(line=order_of().lines[0], gross=gross, vat=pln("7.48"), discount=pln("0.00"))
    usual: dict[str, Any] = {
        "numbers": {"market": "17"},
        "currency": "PLN",
        "lines": [recorded],
        "total": gross,
        "vat_total": pln("7.48"),
        "contact": CONTACT,
        "target": orders.ToAddress(address=ADDRESS),
        "delivery_method": "courier",
        "payment_method": "transfer",
        "stage": orders.OrderStage.CONFIRMED,
        "placed_at": now,
        "modified_at": now,
        "paid": gross,
    }
    return orders.RecordOrder(**{**usual, **changes})


def test_an_order_from_elsewhere_of_which_nothing_is_left_may_be_told_as_delivered() -> None:
    """Staff cancelled it here, and the marketplace says that it has arrived: no parcel of nothing, and no exception."""
    counter = Counter()
    document = from_elsewhere(counter)
    order = counter.shop.do(document).id
    counter.shop.do(orders.CancelLines(order=order, quantities=TWO_MUGS))
    later = document.modified_at + timedelta(hours=1)
    told = counter.shop.do(evolve(document, modified_at=later, delivered_at=later))
    assert (told.id, told.parcels) == (order, ())
    assert verify_store(counter.store) == ()


def test_a_payment_that_was_not_wanted_elsewhere_any_more_can_be_tried_again_once_it_is() -> None:
    """It was never opened, so nothing waits for an answer."""
    counter = Counter()
    unpaid = {"payment_method": "cash_on_delivery", "paid": pln("0.00")}
    document = from_elsewhere(counter, stage=orders.OrderStage.CLOSED, **unpaid)
    order = counter.shop.do(document).id
    kind = payments.TenderKind.TRANSFER
    retry = payments.RetryPayment(order=order, method="transfer", gateway="transfer", kind=kind)
    counter.shop.do(retry)
    counter.shop.run()
    later = document.modified_at + timedelta(hours=1)
    counter.shop.do(evolve(document, stage=orders.OrderStage.CONFIRMED, modified_at=later))
    assert verify_store(counter.store) == ()
    counter.shop.do(retry)
    counter.shop.run()
    _, never, newest = counter.view(order).file.payments.attempts
    assert (never.voiding, never.outcome) == (True, None)
    assert newest.stage is payments.AttemptStage.AWAITING_CUSTOMER
    assert verify_store(counter.store) == ()


def refunded(at: datetime, quantities: Quantities, **changes: Any) -> dict[str, Any]:
    """What a document says besides, once mugs were given their 19.99 back."""
    count = sum(units for _, units in quantities)
    refund = orders.RecordedRefund(external="r-1", amount=pln("19.99") * count, at=at, units=quantities)
    return {"refunds": [refund], "modified_at": at + timedelta(seconds=1), **changes}


def test_what_was_refunded_elsewhere_before_it_was_packed_is_not_sent() -> None:
    """Its unit is free again, nobody picks it, and the rest is all that has to arrive."""
    counter = Counter()
    document = from_elsewhere(counter)
    order = counter.shop.do(document).id
    assert counter.mugs() == (10, 2)
    counter.shop.do(evolve(document, **refunded(counter.clock.now(), ONE_MUG)))
    assert counter.mugs() == (10, 1)
    counter.ship(order)
    assert counter.view(order).parcels[0].quantities == ONE_MUG
    counter.deliver(order)
    assert (counter.view(order).status, counter.mugs()) == (Status.DELIVERED, (9, 0))
    counter.later(days=20)
    assert counter.view(order).status is Status.CLOSED
    assert verify_store(counter.store) == ()


def test_nothing_is_sent_of_an_order_that_was_refunded_elsewhere() -> None:
    """It says that it is over, and can be filed."""
    counter = Counter()
    document = from_elsewhere(counter)
    order = counter.shop.do(document).id
    told = counter.shop.do(evolve(document, **refunded(counter.clock.now(), TWO_MUGS)))
    assert (told.status, counter.mugs()) == (Status.CANCELLED, (10, 0))
    with pytest.raises(CommandRejected):
        counter.shop.do(shipping.PickLines(order=order, quantities=ONE_MUG))
    assert counter.shop.do(orders.CloseOrder(order=order)).order.stage is orders.OrderStage.CLOSED
    assert verify_store(counter.store) == ()


def test_what_is_packed_when_it_is_refunded_elsewhere_is_sent_unless_its_parcel_is_cancelled() -> None:
    """The parcel may have left before anybody heard of the refund."""
    counter = Counter()
    document = from_elsewhere(counter)
    order = counter.shop.do(document).id
    counter.shop.do(shipping.PickLines(order=order))
    counter.shop.do(shipping.PackParcel(order=order))
    told = counter.shop.do(evolve(document, **refunded(counter.clock.now(), ONE_MUG)))
    assert (told.status, counter.mugs()) == (Status.PREPARED, (10, 2))
    counter.shop.do(shipping.CancelParcel(order=order, parcel=1))
    repacked = counter.shop.do(shipping.PackParcel(order=order)).parcels[-1]
    assert repacked.quantities == ONE_MUG
    counter.shop.do(shipping.HandOver(order=order, parcel=2))
    counter.deliver(order, parcel=2)
    assert counter.view(order).status is Status.DELIVERED
    assert verify_store(counter.store) == ()


def test_a_parcel_that_comes_back_gives_back_what_was_not_refunded_elsewhere() -> None:
    """One mug is given back here, the other was there; and nobody sends anything again."""
    counter = Counter()
    document = from_elsewhere(counter)
    order = counter.shop.do(document).id
    counter.ship(order)
    counter.shop.do(evolve(document, **refunded(counter.clock.now(), ONE_MUG)))
    back = shipping.TrackingFact(status=shipping.TrackingStatus.RETURNED, occurred_at=counter.clock.now())
    view = counter.shop.do(shipping.RecordTracking(order=order, parcel=1, fact=back))
    assert (view.status, view.owed, view.refunding) == (Status.CANCELLED, pln("0.00"), pln("19.99"))
    assert counter.mugs() == (10, 0)
    assert verify_store(counter.store) == ()


def test_what_was_refunded_elsewhere_after_it_had_arrived_did_arrive() -> None:
    """What was refunded before did not: the dates tell which."""
    counter = Counter()
    now = counter.clock.now()
    for number, delivered_at, arrived in (("18", now - timedelta(hours=1), 2), ("19", now + timedelta(hours=1), 1)):
        told = refunded(now, ONE_MUG, delivered_at=delivered_at, numbers={"market": number})
        view = counter.shop.do(from_elsewhere(counter, **told))
        assert (view.status, view.delivered) == (Status.DELIVERED, Quantities({"1": arrived}))
    assert verify_store(counter.store) == ()


def test_nothing_is_held_for_what_was_delivered_elsewhere() -> None:
    """Not even where the order is open again there, or somebody here says that its customer waits."""
    counter = Counter()
    now = counter.clock.now()
    document = from_elsewhere(counter, stage=orders.OrderStage.CLOSED, delivered_at=now)
    order = counter.shop.do(document).id
    counter.shop.do(evolve(document, stage=orders.OrderStage.VERIFIED, modified_at=now + timedelta(seconds=1)))
    counter.shop.do(orders.VerifyOrder(order=order))
    counter.shop.do(orders.BackorderLines(order=order, lines=("1",)))
    assert counter.mugs() == (10, 0)
    assert verify_store(counter.store) == ()


def test_what_never_came_is_given_up_once_the_order_is_delivered_elsewhere() -> None:
    """Of twelve mugs ten lie here: they are taken for those that arrived, and two are owed to nobody any more."""
    counter = Counter()
    line = evolve(order_of().lines[0], quantity=12)
    recorded = orders.RecordedLine(line=line, gross=pln("239.88"), vat=pln("44.86"), discount=pln("0.00"))
    amounts = {"total": pln("239.88"), "vat_total": pln("44.86"), "paid": pln("239.88")}
    document = from_elsewhere(counter, lines=[recorded], **amounts)
    order = counter.shop.do(document).id
    counter.shop.do(orders.BackorderLines(order=order, lines=("1",)))
    assert counter.mugs() == (10, 12)
    later = document.modified_at + timedelta(hours=1)
    changes = {"stage": orders.OrderStage.CLOSED, "delivered_at": later, "modified_at": later}
    assert counter.shop.do(evolve(document, **changes)).status is Status.CLOSED
    assert counter.mugs() == (0, 0)
    assert verify_store(counter.store) == ()


def test_the_courier_collects_nothing_for_units_whose_price_was_taken_off_elsewhere() -> None:
    """Of two mugs one is sent, and its price is collected at the door."""
    counter = Counter()
    told = refunded(counter.clock.now(), ONE_MUG, payment_method="cash_on_delivery", paid=pln("0.00"))
    document = evolve(from_elsewhere(counter, **told), refunds=[evolve(told["refunds"][0], amount=pln("0.00"))])
    order = counter.shop.do(document).id
    counter.shop.do(shipping.PickLines(order=order))
    parcel = counter.shop.do(shipping.PackParcel(order=order)).parcels[-1]
    assert (parcel.quantities, parcel.cash_due) == (ONE_MUG, counter.view(order).owed)


def test_a_download_needs_no_stock_and_no_parcel() -> None:
    """It is delivered by being confirmed."""
    counter = Counter()
    line = evolve(order_of().lines[0], tracked=False, sku="EBOOK")
    order = counter.place(
        lines=(line,), delivery_method="download", target=orders.ToDownload(country="PL"), contact=CONTACT
    )
    assert counter.pay(order).status is Status.CONFIRMED
    assert counter.shop.do(orders.CloseOrder(order=order)).status is Status.CLOSED


def test_a_download_on_backorder_leaves_the_stock_once_it_has_come() -> None:
    """It is parked while it is not there, and releasing it after the receipt takes it out."""
    counter = Counter()
    key = evolve(order_of().lines[0], sku="KEY", quantity=1, backorder=True)
    order = counter.place(lines=(key,), delivery_method="download", target=orders.ToDownload(country="PL"))
    counter.pay(order)
    assert counter.view(order).holds == ("parked:ConsumeStock",)
    with pytest.raises(CommandRejected):
        counter.shop.do(orders.ReleaseOrder(order=order, reason="parked:ConsumeStock"))
    counter.shop.do(stock.ReceiveStock(sku="KEY", quantity=1, reference="later"))
    counter.shop.do(orders.ReleaseOrder(order=order, reason="parked:ConsumeStock"))
    assert not counter.view(order).file.stock.open
    assert counter.shop.level("KEY").value == 0


def test_a_host_check_waits_for_its_verdict_and_a_host_stage_for_its_completion() -> None:
    """Fraud must pass before verification, engraving must be done before shipping."""
    counter = Counter(
        checks=(orders.HostCheck(name="fraud"),),
        stages=(orders.HostStage(name="engraving", after=orders.OrderStage.CONFIRMED, before=orders.Gate.SHIP),),
    )
    order = counter.place()
    counter.pay(order)
    assert counter.view(order).order.stage is orders.OrderStage.RECEIVED
    counter.shop.do(orders.RecordVerdict(order=order, check="fraud", standing=orders.Standing.PASSED))
    assert counter.view(order).status is Status.CONFIRMED
    with pytest.raises(CommandRejected) as rejected:
        counter.shop.do(shipping.PickLines(order=order))
    assert rejected.value.reasons[0].reasons == ("stage:engraving",)
    counter.shop.do(orders.CompleteStage(order=order, stage="engraving"))
    counter.ship(order)


def test_a_free_order_needs_no_payment() -> None:
    """Nothing is due, so it is confirmed at once."""
    counter = Counter()
    line = evolve(order_of().lines[0], unit_price=pln("0.00"))
    order = counter.place(lines=(line,), delivery_method="counter", target=orders.ToShop(shop="S1", country="PL"))
    assert counter.view(order).status is Status.CONFIRMED


def test_an_amended_delivery_changes_what_is_owed_and_nothing_else() -> None:
    """The dearer way adds to what is due; the cheaper one goes back to the customer."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    view = counter.shop.do(
        orders.AmendDelivery(order=order, delivery_method="locker", target=orders.ToPoint(point="WAW01M", country="PL"))
    )
    assert view.owed == pln("109.97")
    assert view.refunding == pln("5.00")


def test_an_order_cannot_be_placed_with_the_tag_that_accepts_its_total() -> None:
    """What staff decides about a held order is nothing a document from outside may bring along."""
    with pytest.raises(InvalidInputError, match="totals_accepted"):
        order_of(tags=("totals_accepted",))
