"""The stories of one day: each plays through the public front door and checks its own end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType

from attrs import evolve

from .. import orders, payments, shipping, stock
from ..quantities import Quantities
from ..runtime.shop import CommandRejected
from ..shipping import TrackingStatus
from ..workflows import Status
from ._day import ADDRESS, LOCKER, MUG, TEA, TEAPOT, Check, Day

__all__ = ("STORIES", "Play")

Play = Callable[[Day], list[Check]]


def _is(text: str, ok: bool) -> Check:
    return Check(text=text, ok=ok)


def _stands(day: Day, order: str, status: Status) -> Check:
    found = day.view(order).status
    return _is(f"the order is {found}", found is status)


def prepaid_happy_path(day: Day) -> list[Check]:
    """Paid online, shipped, delivered, closed when the right of withdrawal has ended."""
    order = day.place(day.basket(mug=2, tea=1))
    day.pay(order)
    day.ship(order)
    day.deliver(order)
    day.tick(days=18)
    return [
        _stands(day, order, Status.CLOSED),
        day.money_agrees(order),
        day.stock_adds_up(mug=8, tea=9),
    ]


def cash_on_delivery(day: Day) -> list[Check]:
    """Cash on delivery: collected at the door, remitted by the courier, closed."""
    order = day.place(day.basket(teapot=1), payment_method="cash_on_delivery")
    day.ship(order)
    owed = day.view(order).owed
    day.deliver(order)
    with_courier = payments.courier_owes(day.view(order).file.payments, "PLN")
    day.shop.do(
        payments.RecordRemittance(
            order=order,
            attempt=1,
            amount=owed,
            fee=payments.money_in(day.view(order).file.payments, "PLN") - owed,
            reference=f"remittance-{order}",
            occurred_at=day.clock.now(),
        )
    )
    day.tick(days=18)
    return [
        _is(f"the courier had {with_courier} of ours", with_courier == owed),
        _is("and has nothing of it now", not payments.courier_owes(day.view(order).file.payments, "PLN")),
        _stands(day, order, Status.CLOSED),
        day.money_agrees(order),
        day.stock_adds_up(teapot=9),
    ]


def second_attempt(day: Day) -> list[Check]:
    """The first payment fails, the customer is told, the second succeeds."""
    order = day.place(day.basket(mug=1))
    day.shop.perform(order)
    day.provider.customer_fails(day.reference(order))
    day.shop.receive("pay", *day.provider.notification(day.reference(order)))
    day.tick()
    day.shop.do(payments.RetryPayment(order=order, method="pay", gateway="pay", kind=payments.TenderKind.PREPAID))
    day.pay(order, attempt=2)
    day.ship(order)
    day.deliver(order)
    attempts = [attempt.stage for attempt in day.view(order).file.payments.attempts]
    return [
        _is(f"two attempts: {', '.join(attempts)}", attempts == ["failed", "captured"]),
        _stands(day, order, Status.DELIVERED),
        day.money_agrees(order),
        day.stock_adds_up(mug=9),
    ]


def late_money(day: Day) -> list[Check]:
    """Money arrives after the unpaid order was cancelled: it goes back, to the coin."""
    order = day.place(day.basket(teapot=1, mug=1))
    day.shop.perform(order)
    day.tick(hours=2)
    expired = day.view(order).status
    day.pay(order)
    day.tick()
    return [
        _is("the unpaid order expired by itself", expired is Status.CANCELLED),
        _is(
            "the money came and went back",
            bool(day.view(order).paid) and day.view(order).paid == day.view(order).refunded,
        ),
        day.money_agrees(order),
        day.stock_adds_up(),
    ]


def last_unit(day: Day) -> list[Check]:
    """Two customers want the last teapot: one gets it, the other is told at once."""
    nine = evolve(day.basket(teapot=1)[0], quantity=9)
    first = day.place((nine,))
    day.pay(first)
    second = day.place(day.basket(teapot=1))
    try:
        day.place(day.basket(teapot=1))
        reasons: tuple[object, ...] = ()
    except CommandRejected as rejected:
        reasons = rejected.reasons
    day.pay(second)
    for order in (first, second):
        day.ship(order)
        day.deliver(order)
    return [
        _is("the third order was rejected as out of stock", [type(reason) for reason in reasons] == [stock.OutOfStock]),
        _is("nothing of it was stored", len(day.placed) == 2),
        day.money_agrees(first),
        day.money_agrees(second),
        day.stock_adds_up(teapot=0),
    ]


def wrong_address(day: Day) -> list[Check]:
    """A postal code that cannot be: held, corrected, released, shipped."""
    wrong = orders.ToAddress(address=evolve(ADDRESS, postal_code="3104"))
    order = day.place(day.basket(tea=3), target=wrong)
    day.pay(order)
    held = day.view(order).holds
    blocked = day.rejected(shipping.PickLines(order=order))
    day.shop.do(orders.AmendAddress(order=order, address=ADDRESS))
    day.tick()
    day.ship(order)
    day.deliver(order)
    return [
        _is(f"held because of {', '.join(held)}", held == ("check:address",)),
        _is("nothing could be picked meanwhile", bool(blocked)),
        _stands(day, order, Status.DELIVERED),
        day.money_agrees(order),
        day.stock_adds_up(tea=7),
    ]


def two_parcels(day: Day) -> list[Check]:
    """One order in two parcels: delivered with the last of them."""
    order = day.place(day.basket(teapot=1, mug=4))
    day.pay(order)
    day.ship(order, Quantities({TEAPOT: 1}))
    partly = day.view(order).status
    day.ship(order, Quantities({MUG: 4}))
    day.deliver(order, 1)
    between = day.view(order).status
    day.deliver(order, 2)
    return [
        _is(f"then {partly}, then {between}", (partly, between) == (Status.PARTLY_SHIPPED, Status.PARTLY_DELIVERED)),
        _stands(day, order, Status.DELIVERED),
        day.money_agrees(order),
        day.stock_adds_up(teapot=9, mug=6),
    ]


def short_pick(day: Day) -> list[Check]:
    """One mug is not on the shelf: the rest ships, its money goes back, the books lose it once."""
    order = day.place(day.basket(mug=3))
    day.pay(order)
    day.shop.do(shipping.ReportShortPick(order=order, quantities=Quantities({MUG: 1})))
    day.tick()
    day.ship(order)
    day.deliver(order)
    return [
        _is(f"{day.view(order).refunded} went back", day.view(order).refunded.text == "24.90"),
        _stands(day, order, Status.DELIVERED),
        day.money_agrees(order),
        day.stock_adds_up(mug=7),
    ]


def locker_not_collected(day: Day) -> list[Check]:
    """A prepaid locker parcel is not collected: back on the shelf, goods refunded, delivery kept."""
    order = day.place(day.basket(mug=2), delivery_method="locker", target=LOCKER)
    day.pay(order)
    day.ship(order)
    day.track(order, TrackingStatus.AWAITING_COLLECTION)
    day.tick(days=3)
    day.track(order, TrackingStatus.NOT_COLLECTED)
    day.track(order, TrackingStatus.RETURNED)
    return [
        _is(
            f"{day.view(order).refunded} went back, {day.view(order).owed} stays", day.view(order).owed.text == "11.99"
        ),
        day.money_agrees(order),
        day.stock_adds_up(),
    ]


def refused_at_the_door(day: Day) -> list[Check]:
    """A cash-on-delivery parcel is refused: back on the shelf, nothing owed by anybody."""
    order = day.place(day.basket(teapot=2), payment_method="cash_on_delivery")
    day.ship(order)
    day.track(order, TrackingStatus.REFUSED)
    day.track(order, TrackingStatus.RETURNED)
    return [
        _is("nothing is owed", not day.view(order).owed),
        day.money_agrees(order),
        day.stock_adds_up(),
    ]


def partial_withdrawal(day: Day) -> list[Check]:
    """One of three teas comes back within 14 days: exactly its share is refunded."""
    order = day.place(day.basket(tea=3, mug=1))
    day.pay(order)
    day.ship(order)
    day.deliver(order)
    day.send_back(order, Quantities({TEA: 1}))
    day.tick(days=20)
    return [
        _is(f"{day.view(order).refunded} went back", day.view(order).refunded.text == "17.35"),
        _stands(day, order, Status.CLOSED),
        day.money_agrees(order),
        day.stock_adds_up(tea=8, mug=9),
    ]


def full_cancellation(day: Day) -> list[Check]:
    """Cancelled before shipping: everything back once, however often it is asked for."""
    order = day.place(day.basket(teapot=1, tea=2))
    day.pay(order)
    for _ in range(3):
        day.shop.do(orders.CancelOrder(order=order))
        day.tick()
    refunds = day.view(order).file.payments.refunds
    return [
        _is("one refund, not three", len(refunds) == 1),
        _stands(day, order, Status.CANCELLED),
        day.money_agrees(order),
        day.stock_adds_up(),
    ]


def noisy_notifications(day: Day) -> list[Check]:
    """Notifications come three times and in the wrong order: one payment, one confirmation."""
    order = day.place(day.basket(mug=1))
    day.shop.perform(order)
    reference = day.reference(order)
    early = day.provider.notification(reference, outcome="pending")
    day.provider.customer_pays(reference)
    paid = day.provider.notification(reference)
    forged = ({"signature": "00"}, paid[1])
    replies = [day.shop.receive("pay", *said).status for said in (paid, paid, early, forged, paid)]
    day.tick()
    confirmations = [entry for entry in day.shop.history(order) if entry.name == "order.confirmed.v1"]
    day.ship(order)
    day.deliver(order)
    return [
        _is("the forged one was refused", replies == [200, 200, 200, 400, 200]),
        _is("confirmed once", len(confirmations) == 1),
        day.money_agrees(order),
        day.stock_adds_up(mug=9),
    ]


def killed_in_the_middle(day: Day) -> list[Check]:
    """The process dies between the provider's charge and our record: restarted, nothing is charged twice."""
    order = day.place_quietly(day.basket(mug=1), payment_method="card")
    child = subprocess.run(  # noqa: S603 - our own interpreter and module
        [
            sys.executable,
            "-m",
            "orderflow.demo._victim",
            str(day.database),
            str(day.book),
            order,
            day.clock.now().isoformat(),
        ],
        check=False,
        capture_output=True,
    )
    charged, recorded = day.provider.charged(day.reference(order)), day.view(order).paid
    day.tick(minutes=10)
    day.tick(minutes=10)
    return [
        _is(f"the process was killed (exit {child.returncode})", child.returncode != 0),
        _is(f"charged {charged / 100:.2f}, recorded {recorded.text}", charged > 0 and not recorded),
        _is("after the restart it is recorded", day.view(order).paid.minor == charged),
        _is("and was charged once", day.provider.charged(day.reference(order)) == charged),
        day.money_agrees(order),
        _stands(day, order, Status.CONFIRMED),
    ]


STORIES: Mapping[str, Play] = MappingProxyType(
    {
        play.__name__: play
        for play in (
            prepaid_happy_path,
            cash_on_delivery,
            second_attempt,
            late_money,
            last_unit,
            wrong_address,
            two_parcels,
            short_pick,
            locker_not_collected,
            refused_at_the_door,
            partial_withdrawal,
            full_cancellation,
            noisy_notifications,
            killed_in_the_middle,
        )
    }
)
