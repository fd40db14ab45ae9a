"""Whatever is done in whatever order, and however often: no coin is made, lost, or spent twice."""

from __future__ import annotations

from threading import Thread
from typing import Any

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.workflows.counter import order_of

from orderflow import CommandRejected, Money, Quantities, giftcards, orders, payments
from orderflow.giftcards import Card
from orderflow.orders import OrderStage
from orderflow.payments import ChooseRefundForm, PayWithStoreCredit, RefundForm
from orderflow.verify import verify

from .till import SELLER, TOTAL, Till

CODES = ("A" * 26, "B" * 26)
CARDS = tuple(map(giftcards.card_id, CODES))
CREDIT = giftcards.credit_id(SELLER, "c-1", "PLN")
ACCOUNTS = (*CARDS, CREDIT)
BANK = ""  # where money comes from that is not kept here
TEAPOT, MUG = 6000, 1999

amounts = st.integers(1, 15_000)
numbers = st.integers(0, 5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("load"), st.sampled_from(ACCOUNTS), amounts),
        st.tuples(st.just("place"), st.lists(st.sampled_from(CARDS), unique=True, max_size=2), st.booleans()),
        st.tuples(st.just("pay"), numbers, st.sampled_from(ACCOUNTS), st.none() | amounts),
        st.tuples(st.just("transfer"), numbers),
        st.tuples(st.just("line"), numbers, st.sampled_from(["1", "2"])),
        st.tuples(st.sampled_from(["cancel", "choose"]), numbers),
        st.tuples(st.just("expire")),
        st.tuples(st.just("again")),
    ),
    max_size=14,
)


def minor(amount: int) -> Money:
    """An amount in grosze."""
    return Money(amount, "PLN")


@attrs.define
class Purchase:
    """What the model knows of an order: what it costs, and who paid how much, the latest last."""

    owed: int = TOTAL.minor
    parts: list[tuple[str, int]] = attrs.field(factory=list)
    units: dict[str, int] = attrs.field(factory=lambda: {"1": 2, "2": 1})
    to_credit: bool = False
    is_open: bool = True

    @property
    def due(self) -> int:
        """What is left to pay."""
        return max(self.owed - sum(amount for _, amount in self.parts), 0)

    def paid(self, account: str) -> int:
        """What an account has paid."""
        return sum(amount for who, amount in self.parts if who == account)


class Model:
    """Balances as plain numbers, and orders as lists of who paid what."""

    def __init__(self) -> None:
        self.balance = dict.fromkeys(ACCOUNTS, 0)
        self.ever: dict[tuple[str, str], int] = {}
        self.orders: dict[str, Purchase] = {}

    def take(self, order: str, account: str, wanted: int | None) -> bool | None:
        """Pay; True where something is taken, None where all of it was taken before, False where it is refused."""
        purchase, before = self.orders[order], self.ever.get((order, account), 0)
        free = self.balance[account]
        if before and (before >= wanted if wanted is not None else not free or not purchase.due):
            return None
        amount = min(free, purchase.due) if wanted is None else wanted - before
        if not 0 < amount <= min(free, purchase.due):
            return False
        self.balance[account] -= amount
        self.ever[order, account] = before + amount
        purchase.parts.append((account, amount))
        return True

    def settle(self, purchase: Purchase) -> None:
        """What is too much goes back, the latest money first."""
        over = sum(amount for _, amount in purchase.parts) - purchase.owed
        while over > 0:
            account, amount = purchase.parts.pop()
            back = min(over, amount)
            over -= back
            if amount > back:
                purchase.parts.append((account, amount - back))
            if account or purchase.to_credit:
                self.balance[account or CREDIT] += back


class Run:
    """The shop and the model side by side."""

    def __init__(self) -> None:
        self.till, self.model = Till(), Model()
        self.loaded = 0

    def agreed(self, act: Any, expected: bool | None) -> bool:
        """Whether it was done; the model must have said so."""
        try:
            act()
        except CommandRejected:
            assert expected is False
            return False
        assert expected is not False
        return True

    def step(self, step: Any) -> None:
        """One thing that somebody does."""
        match step:
            case ("load", account, amount):
                self.load(account, amount)
            case ("place", cards, with_credit):
                self.place(cards, with_credit=with_credit)
            case ("pay", number, account, amount) if order := self.of(number):
                expected = self.model.take(order, account, amount)
                self.agreed(lambda: self.pay(order, account, amount), expected)
            case ("transfer", number) if order := self.of(number):
                self.transfer(order)
            case ("line", number, line) if order := self.of(number):
                self.cancel_line(order, line)
            case ("cancel", number) if order := self.of(number):
                self.cancel(order)
            case ("choose", number) if (order := self.of(number)) and self.model.orders[order].is_open:
                self.till.shop.do(ChooseRefundForm(order=order, form=RefundForm.STORE_CREDIT))
                self.model.orders[order].to_credit = True
            case ("expire",):
                self.expire()
            case _:
                pass

    def of(self, number: int) -> str | None:
        """One of the orders."""
        known = [*self.model.orders]
        return known[number % len(known)] if known else None

    def load(self, account: str, amount: int) -> None:
        """Money comes on a card, or to the customer."""
        self.loaded += 1
        till, reference = self.till, f"r-{self.loaded}"
        if account == CREDIT:
            till.shop.do(giftcards.GrantStoreCredit(customer="c-1", amount=minor(amount), reference=reference))
        elif till.counter(account) is None:
            till.shop.issue_gift_card(minor(amount), code=CODES[CARDS.index(account)])
        else:
            till.shop.do(giftcards.TopUpGiftCard(card=account, amount=minor(amount), reference=reference))
        self.model.balance[account] += amount

    def place(self, cards: list[str], *, with_credit: bool) -> None:
        """An order goes through if, and only if, all that shall pay it can."""
        accounts = [*cards, *([CREDIT] if with_credit else [])]
        codes = [CODES[CARDS.index(card)] for card in cards]
        fits = all(self.model.balance[account] for account in accounts)
        if self.agreed(lambda: self.till.place(*codes, store_credit=with_credit, customer="c-1"), expected=fits):
            order = self.till.shop.orders(limit=1)[0].id
            self.model.orders[order] = Purchase()
            for account in accounts:
                self.model.take(order, account, None)

    def pay(self, order: str, account: str, amount: int | None) -> None:
        """By the way that belongs to the account."""
        if account == CREDIT:
            self.till.shop.do(PayWithStoreCredit(order=order, amount=None if amount is None else minor(amount)))
        else:
            code = CODES[CARDS.index(account)]
            self.till.shop.pay_with_gift_card(order, code, None if amount is None else minor(amount))

    def transfer(self, order: str) -> None:
        """All that was asked for comes by transfer, and what is too much by now goes back."""
        purchase, newest = self.model.orders[order], self.till.shop.order(order).file.payments.attempts[-1]
        if newest.stage is payments.AttemptStage.REQUESTED:
            purchase.parts.append((BANK, newest.amount.minor))
            self.till.transfer(self.till.shop.order(order))
            self.model.settle(purchase)

    def cancel_line(self, order: str, line: str) -> None:
        """One unit is cancelled, the last one with the delivery."""
        purchase = self.model.orders[order]
        if not purchase.is_open or not purchase.units[line]:
            return
        one = Quantities({line: 1})
        view = self.till.shop.do(orders.CancelLines(order=order, quantities=one))
        purchase.units[line] -= 1
        purchase.owed = view.owed.minor
        purchase.is_open = view.order.stage not in (OrderStage.CANCELLED, OrderStage.CLOSED)
        self.model.settle(purchase)

    def cancel(self, order: str) -> None:
        """All of it goes back."""
        purchase = self.model.orders[order]
        self.till.cancel(order)
        purchase.owed, purchase.is_open = 0, False
        self.model.settle(purchase)

    def expire(self) -> None:
        """A week passes, and orders that were not paid are cancelled, unless other money came for them."""
        for order, purchase in self.model.orders.items():
            view = self.till.shop.order(order)
            if view.order.stage is OrderStage.RECEIVED and purchase.due and not purchase.paid(BANK):
                purchase.owed, purchase.is_open = 0, False
                self.model.settle(purchase)
        self.till.later(days=8)

    def check(self) -> None:
        """Shop and model agree; the counter beside every card says the same, and nothing is held or below zero."""
        for account in ACCOUNTS:
            expected = self.model.balance[account]
            assert expected >= 0
            counter = self.till.counter(account)
            assert counter in ((expected, 0), None)
            if counter is not None:
                card = self.till.shop.card(account)
                assert card.balance == card.loaded - card.spent + card.returned == minor(expected)
        for order, purchase in self.model.orders.items():
            view = self.till.shop.order(order)
            assert view.due == minor(purchase.due)
            assert sum(amount.minor for _, amount in view.paid_by) == sum(amount for _, amount in purchase.parts)
            for account in ACCOUNTS:
                held = [
                    payments.available(view.file.payments, each).minor
                    for each in view.file.payments.attempts
                    if each.account == account
                ]
                assert sum(held) == purchase.paid(account)


@given(steps=STEPS)
@settings(max_examples=150)
def test_shop_and_model_agree_after_every_step(steps: list[Any]) -> None:
    """What was issued, added and granted is what is there, what was spent and what came back, after every commit."""
    run = Run()
    last: Any = ("load", CARDS[0], 5000)
    for step in (last, *steps):
        last = last if step == ("again",) and last[0] not in ("load", "place") else step
        run.step(last)
        run.check()
    assert verify(run.till.store) == ()


def test_threads_share_a_card() -> None:
    """Twelve threads, a card of 300.00: two orders are paid in full, one in part, and the rest are not placed."""
    at = Till()
    at.shop.issue_gift_card(minor(30_000), code=CODES[0])
    paid: list[int] = []

    def buy() -> None:
        try:
            paid.append(at.shop.place(order_of(), gift_cards=[CODES[0]]).paid.minor)
        except CommandRejected:
            paid.append(0)

    threads = [Thread(target=buy) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(paid)[-4:] == [0, 30_000 - 2 * TOTAL.minor, TOTAL.minor, TOTAL.minor]
    card = at.shop.card(CARDS[0])
    assert isinstance(card, Card)
    assert (card.balance.minor, at.counter(CARDS[0])) == (0, (0, 0))
    assert verify(at.store) == ()
