"""Stages of one order beside the last unit and the last use of a coupon, and what may happen there at the same time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import combinations_with_replacement
from typing import Any

import attrs
from tests.coupons.campaigns import promotion
from tests.workflows.counter import START, TARIFF, order_of, pln

from orderflow import (
    CommandRejected,
    Quantities,
    Shop,
    coupons,
    giftcards,
    orders,
    payments,
    pricing,
    returns,
    shipping,
    stock,
)
from orderflow.coupons import Campaign, GrantBudget, GrantUses
from orderflow.ports.store import Store
from orderflow.testing.world import CountingIds, VirtualClock
from orderflow.verify import verify

LAST = Campaign(id="last", codes=["last"], limited=True, budgeted=True)
ONE_MUG = orders.Line(
    line="1", sku="MUG", name="Mug", quantity=1, unit_price=pln("20.00"), vat=pricing.VatRate.parse("23")
)
ONE = Quantities({"1": 1})
CARD = "MUGS-AND-TEAPOTS-FOR-EVERYBODY-2026"
"""A gift card with less on it than two orders cost."""


def shop_on(store: Store, seed: int, after: timedelta = timedelta()) -> Shop:
    """The shop as one process has it."""
    promotions = pricing.Promotions([promotion("last")])
    clock = VirtualClock(START + after)
    return Shop(
        store, seller="Race", tariff=TARIFF, clock=clock, ids=CountingIds(seed), campaigns=[LAST], promotions=promotions
    )


def first(shop: Shop) -> str:
    """The order that everybody fights for."""
    return shop.orders(customer="first")[0].id


def place(customer: str) -> Callable[[Shop, str], Any]:
    """One mug with the coupon."""
    command = order_of(lines=[ONE_MUG], coupons=["last"], customer=customer, payment_method="cash_on_delivery")
    return lambda shop, request: shop.place(command, request_id=request)


def by_card(shop: Shop, request: str) -> Any:
    """One mug, as far as the gift card goes."""
    return shop.place(order_of(lines=[ONE_MUG], customer="fourth"), gift_cards=[CARD], request_id=request)


def to_first(command: Callable[[str], Any]) -> Callable[[Shop, str], Any]:
    """A command to the order that everybody fights for."""
    return lambda shop, request: shop.do(command(first(shop)), request_id=request)


def pay(shop: Shop, request: str) -> Any:
    """The transfer arrives."""
    order = shop.order(first(shop))
    attempt = order.file.payments.attempts[0]
    return shop.do(payments.transfer_received(order.id, attempt.amount, occurred_at=START, attempt=1))


def deliver(shop: Shop, request: str) -> Any:
    """The courier has delivered."""
    fact = shipping.TrackingFact(status=shipping.TrackingStatus.DELIVERED, occurred_at=START)
    return shop.do(shipping.RecordTracking(order=first(shop), parcel=1, fact=fact))


SETUP: tuple[Callable[[Shop], Any], ...] = (
    lambda shop: shop.do(stock.ReceiveStock(sku="MUG", quantity=2, reference="opening")),
    lambda shop: shop.do(GrantUses(campaign="last", uses=2, reference="opening")),
    lambda shop: shop.do(GrantBudget(campaign="last", amount=pln("4.00"), reference="opening")),
    lambda shop: shop.issue_gift_card(pln("40.00"), code=CARD),
    lambda shop: shop.place(order_of(lines=[ONE_MUG], coupons=["last"], customer="first")),
)
STEPS: Mapping[str, tuple[Callable[[Shop], Any], ...]] = {
    "unpaid": (),
    "paid": (lambda shop: pay(shop, ""),),
    "packed": (
        lambda shop: shop.do(shipping.PickLines(order=first(shop))),
        lambda shop: shop.do(shipping.PackParcel(order=first(shop))),
    ),
    "returned": (
        lambda shop: shop.do(shipping.HandOver(order=first(shop), parcel=1)),
        lambda shop: deliver(shop, ""),
        lambda shop: shop.do(returns.DeclareWithdrawal(order=first(shop), quantities=ONE)),
        lambda shop: shop.do(returns.ReceiveReturn(order=first(shop), return_=1, quantities=ONE)),
    ),
}

ALWAYS: Mapping[str, Callable[[Shop, str], Any]] = {
    "place": place("second"),
    "place another": place("third"),
    "take the last": lambda shop, _: shop.do(stock.AdjustStock(sku="MUG", delta=-1, reason="broken", reference="a-1")),
    "place by card": by_card,
    "count": lambda shop, _: shop.do(
        stock.CountStock(sku="MUG", counted=3, counted_at=START + timedelta(minutes=1), reference="sheet")
    ),
    "cancel": to_first(lambda order: orders.CancelOrder(order=order)),
    "note": to_first(lambda order: orders.AddNote(order=order, text="call first")),
}
ONLY: Mapping[str, Mapping[str, Callable[[Shop, str], Any]]] = {
    "unpaid": {
        "pay": pay,
        "pay by card": lambda shop, _: shop.pay_with_gift_card(first(shop), CARD),
        "amend": to_first(
            lambda order: orders.AmendDelivery(order=order, delivery_method="express", target=order_of().target)
        ),
        "lapse": lambda shop, _: shop.run(),
        "let go": to_first(lambda order: stock.LapseHold(order=order)),
        "cancel a unit": to_first(lambda order: orders.CancelLines(order=order, quantities=ONE)),
        "pay otherwise": to_first(
            lambda order: payments.RetryPayment(
                order=order,
                method="cash_on_delivery",
                gateway="cash_on_delivery",
                kind=payments.TenderKind.CASH_ON_DELIVERY,
            )
        ),
        "receive": lambda shop, _: shop.do(stock.ReceiveStock(sku="MUG", quantity=1, reference="second")),
        "grant": lambda shop, _: shop.do(GrantUses(campaign="last", uses=1, reference="second")),
        "hold": to_first(lambda order: orders.HoldOrder(order=order, reason="fraud")),
    },
    "paid": {
        "pick": to_first(lambda order: shipping.PickLines(order=order)),
        "short": to_first(lambda order: shipping.ReportShortPick(order=order, quantities=ONE)),
        "wait": to_first(lambda order: shipping.ReportShortPick(order=order, quantities=ONE, wait=True)),
        "cancel a unit": to_first(lambda order: orders.CancelLines(order=order, quantities=ONE)),
        "work": lambda shop, _: shop.run(),
    },
    "packed": {
        "hand over": to_first(lambda order: shipping.HandOver(order=order, parcel=1)),
        "unpack": to_first(lambda order: shipping.CancelParcel(order=order, parcel=1)),
        "work": lambda shop, _: shop.run(),
    },
    "returned": {
        "restock": to_first(lambda order: returns.InspectReturn(order=order, return_=1, restock=ONE)),
        "write off": to_first(lambda order: returns.InspectReturn(order=order, return_=1, write_off=ONE)),
        "work": lambda shop, _: shop.run(),
    },
}
LATER = frozenset({"lapse", "let go"})
WORKERS = frozenset({"lapse", "work"})
LATE = timedelta(days=8)
AGAIN = timedelta(minutes=5)  # a lease of what died is over


@attrs.frozen
class Act:
    """Something that happens at a stage, by its name."""

    stage: str
    name: str

    def __call__(self, store: Store, seed: int, *, again: int = 0) -> str:
        """Do it in a process of its own, or *again* later; whether it was accepted or why not."""
        do = (ALWAYS | ONLY[self.stage])[self.name]
        after = (LATE if self.name in LATER else timedelta(hours=1)) + again * AGAIN
        shop = shop_on(store, seed + 50 * again, after)
        try:
            do(shop, f"request {self.name}")
        except CommandRejected as rejected:
            return ", ".join(sorted(type(reason).__name__ for reason in rejected.reasons))
        return "accepted"


def finisher(pair: Iterable[Act]) -> Act | None:
    """A worker does many things one after the other, so what it left is done before one looks how everything stands."""
    return next((act for act in pair if act.name in WORKERS), None)


def acts(stage: str) -> list[Act]:
    """Everything that may happen at a stage."""
    return [Act(stage, name) for name in ALWAYS | ONLY[stage]]


def pairs() -> Iterator[tuple[Act, Act]]:
    """Any two acts at the same stage, and each with itself."""
    for stage in STEPS:
        yield from combinations_with_replacement(acts(stage), 2)


def prepare(store: Store, stage: str) -> None:
    """Bring the order there."""
    shop = shop_on(store, 1)
    for step in SETUP:
        step(shop)
    for name, steps in STEPS.items():
        for step in steps:
            step(shop)
        if name == stage:
            return


def sound(store: Store) -> None:
    """Nothing is oversold, lost or leaked, by counting here; and everything follows from its events."""
    shop = shop_on(store, 99)
    views = [shop.order(summary.id) for summary in shop.orders()]
    level = shop.level("MUG")
    with store.reading() as transaction:
        booked = sum(entry.value for entry in transaction.counters.ledger("stk_MUG") if entry.owner == "stk_MUG")
        uses = transaction.counters.level(coupons.uses_id("last"))
    out = sum(view.file.stock.consumed.total - view.file.stock.restocked.total for view in views)
    out += sum(view.file.shipping.short.total for view in views)
    kept = sum(view.file.stock.open["MUG"] for view in views)
    assert level.value == booked - out, f"lost: {level}, {booked} booked, {out} out"
    assert level.held == kept, f"leaked: {level}, orders hold {kept}"
    owed = sum(view.file.stock.backordered["MUG"] for view in views)
    assert 0 <= level.held <= level.value + owed, f"oversold: {level}, {owed} are waited for"
    assert uses is not None
    assert 0 <= uses.held <= uses.value, f"the coupon was used too often: {uses}"
    wrong = verify(store)
    assert wrong == (), wrong


def standing(store: Store) -> tuple[Any, ...]:
    """Everything that a host or a customer could tell apart, except for identifiers and moments."""
    shop = shop_on(store, 99)
    views = [shop.order(summary.id) for summary in shop.orders()]
    told = []
    for view in views:
        with store.reading() as transaction:
            work = Counter((row.kind, str(row.state)) for row in transaction.work.of_stream(view.id))
        money = (view.total, view.due, view.refunding, view.refunded)
        told.append((str(view.order.customer), str(view.status), money, view.file.stock.open, sorted(work.items())))
    with store.reading() as transaction:
        uses, budget = (
            transaction.counters.level(key) for key in (coupons.uses_id("last"), coupons.budget_id("last", "PLN"))
        )
    return shop.level("MUG"), uses, budget, shop.card(giftcards.card_id(CARD)).balance, tuple(sorted(told, key=repr))
