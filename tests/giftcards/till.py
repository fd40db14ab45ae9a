"""A shop that sells gift cards and gives store credit, and the words its tests are written in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.workflows.counter import START, TARIFF, order_of, pln

from orderflow import CommandRejected, Money, Shop, giftcards, orders, payments, stock
from orderflow.giftcards import Card
from orderflow.payments import TenderKind
from orderflow.ports.store import Store
from orderflow.runtime.memory import MemoryStore
from orderflow.runtime.views import OrderView
from orderflow.testing.world import CountingIds, VirtualClock

SELLER = "Mug Shop"
TOTAL = pln("114.97")


class Till:
    """A shop with a thousand mugs and teapots; an order is :func:`order_of`, 114.97 in all, unless said otherwise."""

    def __init__(self, *, store: Store | None = None, clock: VirtualClock | None = None, **options: Any) -> None:
        self.clock = clock or VirtualClock(START)
        self.store = store or MemoryStore()
        ids = options.pop("ids", None) or CountingIds()
        seller = options.pop("seller", SELLER)
        self.shop = Shop(self.store, seller=seller, tariff=TARIFF, clock=self.clock, ids=ids, **options)
        for sku in ("MUG", "TEAPOT"):  # a repetition changes nothing
            self.shop.do(stock.ReceiveStock(sku=sku, quantity=1000, reference="opening"))

    def card(self, amount: str, **terms: Any) -> str:
        """A new gift card's code."""
        return self.shop.issue_gift_card(pln(amount), **terms).code

    def on(self, code: str) -> Money:
        """What is on a card."""
        return self.shop.card(giftcards.card_id(code)).balance

    def grant(self, amount: str, customer: str = "c-1", reference: str = "first") -> Card:
        """Store credit."""
        return self.shop.do(giftcards.GrantStoreCredit(customer=customer, amount=pln(amount), reference=reference))

    def credit(self, customer: str = "c-1") -> Money:
        """A customer's store credit."""
        return self.shop.store_credit(customer, "PLN")

    def place(
        self, *codes: str, store_credit: bool = False, request_id: str | None = None, **changes: Any
    ) -> OrderView:
        """Place an order that these cards pay, and the rest by transfer."""
        return self.shop.place(order_of(**changes), gift_cards=codes, store_credit=store_credit, request_id=request_id)

    def refused(self, *codes: str, **changes: Any) -> tuple[object, ...]:
        """Why an order with these cards is not placed; none where it is."""
        try:
            self.place(*codes, **changes)
        except CommandRejected as rejected:
            return rejected.reasons
        return ()

    def pay(self, order: str, code: str, amount: str | None = None) -> OrderView:
        """The customer types a code."""
        return self.shop.pay_with_gift_card(order, code, None if amount is None else pln(amount))

    def pay_refused(self, order: str, code: str, amount: str | None = None) -> tuple[object, ...]:
        """Why a card does not pay; none where it does."""
        try:
            self.pay(order, code, amount)
        except CommandRejected as rejected:
            return rejected.reasons
        return ()

    def transfer(self, view: OrderView, amount: Money | None = None, attempt: int | None = None) -> OrderView:
        """Money arrives for the newest attempt: all that was asked for, or *amount* in total."""
        asked = view.file.payments.attempts[-1 if attempt is None else attempt - 1]
        return self.shop.do(
            payments.transfer_received(
                view.id, amount or asked.amount, attempt=asked.number, occurred_at=self.clock.now()
            )
        )

    def cancel(self, order: str) -> OrderView:
        """Cancel the order."""
        return self.shop.do(orders.CancelOrder(order=order))

    def counter(self, card: str) -> tuple[int, int] | None:
        """How a card's counter stands."""
        with self.store.reading() as transaction:
            found = transaction.counters.level(card)
        return None if found is None else (found.value, found.held)

    def later(self, **time: float) -> None:
        """Time passes, and the shop does what has come due."""
        self.clock.advance(timedelta(**time))
        self.shop.run()


def tenders(view: OrderView) -> dict[str, str]:
    """What paid, as text."""
    return {str(kind): amount.text for kind, amount in view.paid_by}


def asked(view: OrderView) -> list[tuple[str, str, str]]:
    """All attempts: kind, amount, stage."""
    return [(str(each.kind), each.amount.text, str(each.stage)) for each in view.file.payments.attempts]


__all__ = ("SELLER", "TOTAL", "TenderKind", "Till", "asked", "tenders")
