"""Faults that the simulation found, each as the shortest story that shows it."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from orderflow import CommandRejected, Quantities, orders, payments, pricing, shipping
from orderflow.orders import OrderStage
from orderflow.payments import RefundStage
from orderflow.shipping import ParcelStage, TrackingStatus
from orderflow.verify import verify

from .outside import Fault
from .world import ADDRESS, SKUS, TARGETS, World, line, order_of, pln

ONE = Quantities({"1": 1})


def world() -> World:
    """A shop with eight of everything."""
    made = World()
    for sku in SKUS:
        made.restock(sku, 8, "opening")
    return made


def placed(it: World, command: orders.PlaceOrder) -> str:
    """The order's id."""
    view = it.do(command)
    assert view is not None
    return view.id


def sent(it: World, **changes: str) -> str:
    """A paid order on its way."""
    order = placed(it, order_of(line(1, "MUG", 1), payment="saved_card", **changes))
    it.run()
    it.do(shipping.PickLines(order=order))
    it.do(shipping.PackParcel(order=order))
    it.run()
    it.do(shipping.HandOver(order=order, parcel=1))
    return order


def test_a_tracked_product_that_is_downloaded_leaves_the_stock_when_the_order_is_confirmed() -> None:
    """No parcel will ever take it out, so the order could never be filed."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 2), payment="saved_card", delivery="download"))
    it.run()
    assert it.view(order).order.stage is OrderStage.CONFIRMED
    assert (it.shop.level("MUG").value, it.shop.level("MUG").held) == (6, 0)
    it.later(days=30)
    assert it.view(order).order.stage is OrderStage.CLOSED


def test_nobody_pays_at_the_door_for_a_download() -> None:
    """There is no door: the order would be confirmed and the money never come."""
    it = world()
    command = order_of(line(1, "CLOCK", 1, tracked=False), payment="cash_on_delivery", delivery="download")
    with pytest.raises(CommandRejected) as rejected:
        it.shop.place(command)
    (reason,) = rejected.value.reasons
    assert isinstance(reason, pricing.PaymentNotForDelivery)
    assert "cash_on_delivery" not in reason.allowed


def test_cash_on_delivery_that_was_withdrawn_is_not_collected_any_more() -> None:
    """The courier is not asked for it, so the order waits for another payment."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="cash_on_delivery"))
    it.do(payments.VoidPayment(order=order, attempt=1))
    it.run()
    assert it.shop.alerts() == ()
    assert it.shop.explain(order, shipping.PickLines).allowed is False


def test_a_payment_withdrawn_before_it_was_opened_is_not_opened() -> None:
    """The first try did not arrive; the second must not charge what nobody wants any more."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="saved_card"))
    it.expect("saved_card.start", Fault.BEFORE)
    it.run()
    it.do(payments.VoidPayment(order=order, attempt=1))
    it.later(minutes=30)
    assert it.banks["saved_card"].accounts == {}
    assert it.shop.alerts() == ()


def test_what_is_left_of_an_authorisation_is_captured_after_a_lost_call() -> None:
    """The bank says "captured" of the first part; that does not make the second part done."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 2), line(2, "TEAPOT", 1), payment="two_step"))
    it.do(orders.HoldOrder(order=order, reason="fraud"))
    it.run()
    bank = it.banks["two_step"]
    bank.customer_pays(f"{order}-p1", 11497)
    it.empty_queues()
    it.do(payments.CapturePayment(order=order, attempt=1, amount=it.view(order).order.quote.delivery_price))
    it.run()
    it.expect("two_step.capture", Fault.BEFORE)
    it.do(payments.CapturePayment(order=order, attempt=1))
    it.later(minutes=1)
    it.later(minutes=1)
    assert bank.accounts[f"{order}-p1"].captured == 11497
    assert it.view(order).paid == it.view(order).total


def test_a_refund_refused_twice_in_the_same_second_is_refused_twice() -> None:
    """The second refusal answers the second try, and is not taken for the first one told again."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="saved_card"))
    it.run()
    bank = it.banks["saved_card"]
    bank.refuse_next_refund = True
    it.do(orders.CancelOrder(order=order))
    it.run()
    it.do(payments.RetryRefund(order=order, refund=1))
    bank.refuse_next_refund = True
    it.run()
    assert it.view(order).file.payments.refunds[0].stage is RefundStage.REJECTED


def test_a_late_refusal_of_the_first_try_does_not_undo_the_second() -> None:
    """The notification names the try it is about; otherwise a third try would pay the money out twice."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="saved_card"))
    it.run()
    bank = it.banks["saved_card"]
    bank.refuse_next_refund = True
    it.do(orders.CancelOrder(order=order))
    it.run()
    it.do(payments.RetryRefund(order=order, refund=1))
    it.empty_queues()
    assert it.view(order).file.payments.refunds[0].stage is RefundStage.REQUESTED
    it.run()
    assert it.money_outside(order) == 0
    assert it.view(order).file.payments.refunds[0].stage is RefundStage.SETTLED


def test_a_refused_refund_is_not_retried_after_a_later_one_gave_its_money_back() -> None:
    """The next refund takes in what the refused one left; both together would give back goods that are kept."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 3), payment="saved_card"))
    it.run()
    bank = it.banks["saved_card"]
    bank.refuse_next_refund = True
    it.do(orders.CancelLines(order=order, quantities=ONE))
    it.run()
    it.do(orders.CancelLines(order=order, quantities=ONE))
    it.run()
    assert it.money_outside(order) == it.view(order).owed.minor
    assert it.do(payments.RetryRefund(order=order, refund=1)) is None
    it.run()
    assert it.money_outside(order) == it.view(order).owed.minor


def test_of_two_refused_refunds_the_larger_one_is_not_retried_after_the_smaller() -> None:
    """The second was asked for both; so one of them is sent again, never both."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 3), payment="saved_card"))
    it.run()
    for _ in range(2):
        it.banks["saved_card"].refuse_next_refund = True
        it.do(orders.CancelLines(order=order, quantities=ONE))
        it.run()
    assert it.do(payments.RetryRefund(order=order, refund=1)) is not None
    assert it.do(payments.RetryRefund(order=order, refund=2)) is None
    it.run()
    assert it.view(order).due.minor == 0


def test_a_wrong_address_does_not_hold_an_order_that_goes_to_a_locker_by_now() -> None:
    """It could not be corrected any more, since the order goes to no address."""
    it = world()
    wrong = orders.ToAddress(address=attrs.evolve(ADDRESS, postal_code="1234"))
    order = placed(it, attrs.evolve(order_of(line(1, "MUG", 1), payment="saved_card"), target=wrong))
    it.run()
    assert it.view(order).holds == ("check:address",)
    it.do(orders.AmendDelivery(order=order, delivery_method="locker", target=TARGETS["locker"]))
    assert it.view(order).holds == ()


def test_nobody_owes_the_delivery_of_what_was_never_paid_and_came_back() -> None:
    """Paid at the door first, then by a card that was never used: the parcel is back, and the order can be filed."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="cash_on_delivery"))
    it.do(shipping.PickLines(order=order))
    it.do(shipping.PackParcel(order=order))
    it.run()
    it.do(shipping.HandOver(order=order, parcel=1))
    retry(it, order, "card")
    it.do(
        shipping.RecordTracking(
            order=order,
            parcel=1,
            fact=shipping.TrackingFact(status=TrackingStatus.RETURNED, occurred_at=it.clock.now()),
        )
    )
    assert it.view(order).owed.minor == 0


def test_a_backorder_does_not_take_what_another_order_holds() -> None:
    """Three plates are held by the first order; the second waits for two more, and may not send those."""
    it = World()
    it.restock("PLATE", 3, "opening")
    first = placed(it, order_of(line(1, "PLATE", 3), payment="saved_card"))
    second = placed(it, order_of(line(1, "PLATE", 2, backorder=True), payment="saved_card"))
    it.run()
    for order in (second, first):
        it.do(shipping.PickLines(order=order))
        it.do(shipping.PackParcel(order=order))
        it.run()
    it.do(shipping.HandOver(order=second, parcel=1))
    assert it.do(shipping.HandOver(order=first, parcel=1)) is not None


def test_files_do_not_become_goods_on_the_way() -> None:
    """What was downloaded has left the stock; no parcel can take it out again."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="saved_card", delivery="download"))
    it.run()
    amend = orders.AmendDelivery(order=order, delivery_method="courier", target=TARGETS["courier"])
    assert it.do(amend) is None
    assert it.counts["rejected:TargetNotServed"] == 1


def authorised(it: World, order: str, attempt: int) -> None:
    """The customer's bank sets the money aside."""
    bank = it.banks["two_step"]
    it.run()
    bank.customer_pays(f"{order}-p{attempt}", bank.accounts[f"{order}-p{attempt}"].amount)
    it.empty_queues()


def retry(it: World, order: str, method: str) -> None:
    """The customer chooses another way to pay."""
    it.do(payments.RetryPayment(order=order, method=method, gateway=method, kind=payments.TenderKind.PREPAID))


def test_money_set_aside_after_the_order_was_confirmed_is_taken() -> None:
    """The order was to be paid at the door; then the customer gave a card instead, which costs nothing on top."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="cash_on_delivery"))
    retry(it, order, "two_step")
    authorised(it, order, 2)
    it.run()
    view = it.view(order)
    assert view.paid == view.owed == view.total - pln("5.00")


def test_money_set_aside_twice_is_taken_once_and_let_go_once() -> None:
    """Both pages were used: the order is confirmed, and nothing is set aside for ever."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="two_step"))
    it.run()
    it.do(orders.HoldOrder(order=order, reason="fraud"))
    retry(it, order, "two_step")
    it.run()
    authorised(it, order, 1)
    authorised(it, order, 2)
    it.do(orders.ReleaseOrder(order=order, reason="fraud"))
    it.run()
    assert it.view(order).order.stage is OrderStage.CONFIRMED
    assert it.view(order).holds == ()
    assert [it.banks["two_step"].accounts[f"{order}-p{n}"].outcome for n in (1, 2)] == ["captured", "cancelled"]


def test_money_set_aside_that_is_not_due_any_more_is_let_go() -> None:
    """The first page was used after the second had paid for everything."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="two_step"))
    it.run()
    retry(it, order, "saved_card")
    it.run()
    authorised(it, order, 1)
    it.run()
    assert it.banks["two_step"].accounts[f"{order}-p1"].outcome == "cancelled"


@pytest.mark.parametrize("end", [TrackingStatus.LOST, TrackingStatus.RETURNED])
def test_a_parcel_that_never_arrives_takes_no_stock_from_the_next(end: TrackingStatus) -> None:
    """Its units have left; the same product still in the house belongs to the other parcel."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 2), payment="saved_card"))
    it.run()
    for _ in range(2):
        it.do(shipping.PickLines(order=order, quantities=ONE))
        it.do(shipping.PackParcel(order=order, quantities=ONE))
    it.run()
    it.do(shipping.HandOver(order=order, parcel=1))
    fact = shipping.TrackingFact(status=end, occurred_at=it.clock.now())
    it.do(shipping.RecordTracking(order=order, parcel=1, fact=fact))
    assert it.do(shipping.HandOver(order=order, parcel=2)) is not None
    assert it.shop.level("MUG").held == 0


def test_a_parcel_that_is_back_before_anything_else_was_heard_of_it_is_restocked() -> None:
    """One word of the courier says that it left and that it returned."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="saved_card"))
    it.run()
    it.do(shipping.PickLines(order=order))
    it.do(shipping.PackParcel(order=order))
    it.run()
    fact = shipping.TrackingFact(status=TrackingStatus.RETURNED, occurred_at=it.clock.now())
    it.do(shipping.RecordTracking(order=order, parcel=1, fact=fact))
    assert (it.shop.level("MUG").value, it.shop.level("MUG").held) == (8, 0)


def test_a_download_is_not_packed() -> None:
    """Such a parcel could never leave, and the order never be filed."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="saved_card", delivery="download"))
    it.run()
    it.do(shipping.PickLines(order=order))
    it.do(shipping.PackParcel(order=order))
    assert it.view(order).parcels == ()


def test_what_is_left_of_an_order_is_sent_after_a_parcel_was_lost() -> None:
    """The lost unit is cancelled; it does not stand for the one that is still to be picked."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 2), payment="cash_on_delivery"))
    for end in (TrackingStatus.LOST, TrackingStatus.DELIVERED):
        it.do(shipping.PickLines(order=order, quantities=ONE))
        it.do(shipping.PackParcel(order=order))
        number = len(it.view(order).parcels)
        it.run()
        it.do(shipping.HandOver(order=order, parcel=number))
        fact = shipping.TrackingFact(status=end, occurred_at=it.clock.now())
        it.do(shipping.RecordTracking(order=order, parcel=number, fact=fact))
    assert [parcel.stage for parcel in it.view(order).parcels] == [ParcelStage.LOST, ParcelStage.DELIVERED]
    assert it.view(order).paid == it.view(order).owed


def test_a_parcel_is_asked_after_for_as_long_as_it_takes() -> None:
    """Answers that bring no news are answers: only silence is given up."""
    it = world()
    order = sent(it)
    for _ in range(60):
        it.later(hours=4, minutes=1)
    it.track(order, it.view(order).parcels[0], TrackingStatus.DELIVERED)
    it.later(hours=5)
    assert it.view(order).parcels[0].stage is ParcelStage.DELIVERED
    assert it.shop.alerts() == ()


def test_a_slow_refund_is_asked_after_for_as_long_as_it_takes() -> None:
    """Banks take days, and say so each time."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="two_step"))
    it.run()
    bank = it.banks["two_step"]
    bank.customer_pays(f"{order}-p1", it.view(order).total.minor)
    it.empty_queues()
    it.run()
    it.do(orders.CancelOrder(order=order))
    for _ in range(72):
        it.later(hours=1, minutes=1)
    assert it.shop.alerts() == ()
    ((reference, operation),) = bank.pending_refunds()
    bank.settle_refund(reference, operation, bank.accounts[reference].refunds[operation].outcome.SETTLED)
    it.later(hours=2)
    assert it.view(order).file.payments.refunds[0].stage is RefundStage.SETTLED


def test_a_booking_whose_answer_was_lost_is_found_although_the_parcel_has_left() -> None:
    """Otherwise nobody ever asks where it is."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="saved_card"))
    it.run()
    it.do(shipping.PickLines(order=order))
    it.do(shipping.PackParcel(order=order))
    it.expect("polled.book", Fault.AFTER)
    it.run()
    it.do(shipping.HandOver(order=order, parcel=1, tracking="AT-THE-DOOR"))
    it.later(minutes=1)
    assert it.view(order).parcels[0].booking == f"{order}-b1"
    it.track(order, it.view(order).parcels[0], TrackingStatus.DELIVERED)
    it.later(hours=5)
    assert it.view(order).parcels[0].stage is ParcelStage.DELIVERED


def test_a_parcel_that_left_without_a_booking_is_shown_to_a_person() -> None:
    """It cannot be followed; that nobody will hear of it any more must not pass in silence."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="saved_card"))
    it.run()
    it.do(shipping.PickLines(order=order))
    it.do(shipping.PackParcel(order=order))
    it.do(shipping.HandOver(order=order, parcel=1, tracking="AT-THE-DOOR"))
    it.later(hours=5)
    assert [row.kind for row in it.shop.alerts()] == ["track_parcel"]


def test_a_parcel_is_followed_once_its_booking_is_known_though_it_left_long_before() -> None:
    """The courier was to be asked about it while nobody knew its number; then it was found."""
    it = world()
    order = placed(it, order_of(line(1, "MUG", 1), payment="saved_card"))
    it.run()
    it.do(shipping.PickLines(order=order))
    it.do(shipping.PackParcel(order=order))
    it.expect("polled.book", Fault.AFTER)
    it.run()
    it.do(shipping.HandOver(order=order, parcel=1, tracking="AT-THE-DOOR"))
    it.expect("polled.lookup", Fault.BEFORE)
    it.later(hours=5)
    assert [row.kind for row in it.shop.alerts()] == ["track_parcel"]
    it.later(hours=1)
    assert verify(it.store) == ()
    it.track(order, it.view(order).parcels[0], TrackingStatus.DELIVERED)
    it.later(hours=5)
    assert it.view(order).parcels[0].stage is ParcelStage.DELIVERED


def test_a_parcel_that_turns_up_after_it_was_refunded_is_shown_to_a_person() -> None:
    """The customer has the goods and the money: somebody has to decide."""
    it = world()
    order = sent(it)
    it.later(hours=1)
    for status in (TrackingStatus.LOST, TrackingStatus.DELIVERED):
        it.clock.advance(timedelta(hours=1))
        fact = shipping.TrackingFact(status=status, occurred_at=it.clock.now())
        it.do(shipping.RecordTracking(order=order, parcel=1, fact=fact))
    assert it.view(order).parcels[0].stage is ParcelStage.DELIVERED
    assert any("turned up" in row.note for row in it.shop.alerts())
