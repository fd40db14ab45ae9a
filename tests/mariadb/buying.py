"""What the processes of the races do, each through a node of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pymysql
from tests.coupons.campaigns import Desk
from tests.giftcards.till import Till
from tests.mariadb.clusters import connected, store_on
from tests.workflows.counter import TARIFF, order_of, pln

from orderflow import CommandRejected, Shop, orders, stock
from orderflow.coupons import Campaign, CouponNotUsable
from orderflow.payments import ExceedsBalance, GiftCardNotUsable, NoStoreCredit, PayWithStoreCredit
from orderflow.ports.store import StoreConflictError, StoreError, StoreOutcomeUnknownError
from orderflow.runtime.world import SystemClock, SystemIds

T = TypeVar("T")

VAT = order_of().lines[0].vat
ROUNDS_OF_GIFTS = 4
CAMPAIGNS = tuple(
    campaign
    for number in range(ROUNDS_OF_GIFTS)
    for campaign in (
        Campaign(id=f"uses-{number}", codes=[f"uses{number}"], limited=True),
        Campaign(id=f"money-{number}", codes=[f"money{number}"], budgeted=True),
        Campaign(id=f"each-{number}", codes=[f"each{number}"], uses_per_customer=1),
        Campaign(id=f"batch-{number}", single_codes=True),
    )
)
NOT_ENOUGH = (CouponNotUsable, GiftCardNotUsable, NoStoreCredit, ExceedsBalance)


def opened(ports: Sequence[int], database: str, buckets: int = 1) -> Shop:
    """The shop as every process opens it, with the hot item in so many buckets."""
    store = store_on(ports, database, buckets={stock.item_id("HOT"): buckets})
    return Shop(store, seller="race", tariff=TARIFF)


def desk(ports: Sequence[int], database: str) -> Desk:
    """A shop with coupons."""
    return Desk(*CAMPAIGNS, store=store_on(ports, database), clock=SystemClock(), ids=SystemIds())  # type: ignore[arg-type]


def till(ports: Sequence[int], database: str) -> Till:
    """A shop with gift cards."""
    return Till(store=store_on(ports, database), clock=SystemClock(), ids=SystemIds())  # type: ignore[arg-type]


def code(kind: str, number: int) -> str:
    """A gift card of a round."""
    return f"{kind}{number}" * 13


def one(sku: str) -> orders.PlaceOrder:
    """An order for one unit, paid at the door."""
    line = orders.Line(line="1", sku=sku, name="Last one", quantity=1, unit_price=pln("10.00"), vat=VAT)
    return order_of(lines=(line,), payment_method="cash_on_delivery")


def until_told(act: Callable[[], T], told: dict[str, int]) -> T:
    """Do it again as long as somebody else was first, or the cluster is putting itself together."""
    until = time.monotonic() + 90
    while True:
        try:
            return act()
        except StoreError as error:
            told[type(error).__name__] = told.get(type(error).__name__, 0) + 1
            if time.monotonic() > until:
                raise
            if not isinstance(error, StoreConflictError):
                time.sleep(0.3)


def buy_each(ports: Sequence[int], database: str, skus: Sequence[str], results: Any, gate: Any) -> None:
    """Everybody wants one of every SKU, at the same moment."""
    shop = opened(ports, database)
    told: dict[str, int] = {}
    for sku in skus:
        gate.wait()
        try:
            results.put((sku, until_told(lambda sku=sku: shop.place(one(sku)).id, told)))
        except CommandRejected:
            results.put((sku, None))
    results.put(("told", told))
    shop.store.close()


def buy_many(ports: Sequence[int], database: str, buckets: int, buyers: Sequence[int], results: Any, gate: Any) -> None:
    """Many buyers, one after the other; each request has an id, and is sent again where its outcome is not known."""
    shop = opened(ports, database, buckets)
    told: dict[str, int] = {}
    gate.wait()
    for buyer in buyers:
        try:
            view = until_told(lambda buyer=buyer: shop.place(one("HOT"), request_id=f"buyer-{buyer}"), told)
            results.put((buyer, view.id))
        except CommandRejected:
            results.put((buyer, None))
    results.put(("told", told))
    shop.store.close()


def use_coupons(ports: Sequence[int], database: str, results: Any, gate: Any) -> None:
    """Everybody wants everything that each round has to give."""
    shop = desk(ports, database).shop
    told: dict[str, int] = {}
    for number in range(ROUNDS_OF_GIFTS):
        for kind in ("uses", "money", "each", "batch"):
            gate.wait()
            command = order_of(coupons=[f"{kind}{number}"], customer="c-1", payment_method="cash_on_delivery")
            results.put((kind, number, _outcome(lambda command=command: shop.place(command), told)))
    results.put(("told", told))
    shop.store.close()


def spend(ports: Sequence[int], database: str, results: Any, gate: Any) -> None:
    """A card for a new order, 40.00 of another card, 40.00 of the customer's credit."""
    at = till(ports, database)
    told: dict[str, int] = {}
    for number in range(ROUNDS_OF_GIFTS):
        mine = until_told(lambda number=number: at.place(customer=f"c-{number}").id, told)
        ways = {
            "whole": lambda number=number: at.place(code("A", number)),
            "part": lambda number=number, mine=mine: at.pay(mine, code("B", number), "40.00"),
            "credit": lambda mine=mine: at.shop.do(PayWithStoreCredit(order=mine, amount=pln("40.00"))),
        }
        for kind, pay in ways.items():
            gate.wait()
            results.put((kind, number, _outcome(pay, told)))
        gate.wait()
        until_told(lambda mine=mine: at.cancel(mine), told)
    results.put(("told", told))
    at.store.close()


def _outcome(act: Callable[[], object], told: dict[str, int]) -> str:
    try:
        until_told(act, told)
    except CommandRejected as rejected:
        wrong = [reason for reason in rejected.reasons if not isinstance(reason, NOT_ENOUGH)]
        return repr(wrong) if wrong else "refused"
    except StoreOutcomeUnknownError as error:
        return repr(error)
    return "done"


def buy_naively(ports: Sequence[int], database: str, rounds: int, results: Any, gate: Any) -> None:
    """Lock what is left, look, and write down a sale: right on one server, where everybody meets at the lock."""
    connection = connected(ports, database)
    sold = 0
    for number in range(rounds):
        gate.wait()
        try:
            with connection.cursor() as cursor:
                connection.begin()
                cursor.execute("SELECT units FROM naive_stock WHERE sku = %s FOR UPDATE", (f"S{number}",))
                ((units,),) = cursor.fetchall()
                cursor.execute("SELECT COUNT(*) FROM naive_sales WHERE sku = %s", (f"S{number}",))
                ((gone,),) = cursor.fetchall()
                if gone < units:
                    cursor.execute("INSERT INTO naive_sales (sku, buyer) VALUES (%s, %s)", (f"S{number}", os.getpid()))
                    sold += 1
                connection.commit()
        except pymysql.MySQLError:
            connection.rollback()
    results.put(sold)
    connection.close()
