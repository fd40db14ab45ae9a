"""
Scripted stories for exhaustive faults: each step is done until it succeeds, as a host, a worker and a provider would.

A step may be cut short at any of its points; done again it must come to the same end, since every command carries a
request id, every notification is sent until it is answered, and the worker comes by again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from orderflow import CommandRejected, Money, Quantities, giftcards, orders, payments, returns, shipping, stock
from orderflow.payments import TenderKind
from orderflow.ports.gateway import RefundOutcome
from orderflow.ports.store import StoreError
from orderflow.shipping import TrackingStatus

from .outside import Crash
from .world import CARDS, CREDITS, SKUS, World, line, order_of

_MOST_TRIES = 5


class Teller:
    """Tells a story in a world; the order it is about is ``self.order``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.order = ""
        self.steps = 0
        for sku in SKUS:
            self.do(stock.ReceiveStock(sku=sku, quantity=8, reference="opening"))
            world.booked[sku] += 8

    def again_and_again(self, act: Callable[[], Any]) -> Any:
        """Until it comes to an end; a rejection is an end."""
        for _ in range(_MOST_TRIES):
            try:
                return act()
            except CommandRejected as rejected:
                return rejected
            except Crash:
                self.world.open()
                self.world.clock.advance(timedelta(minutes=3))
            except (StoreError, ConnectionError):
                pass
        raise AssertionError("it never came to an end")

    def do(self, command: Any) -> Any:
        """A command under one request id."""
        self.steps += 1
        request = f"step{self.steps}"
        return self.again_and_again(lambda: self.world.shop.do(command, request_id=request))

    def issue(self, account: str, amount: int) -> None:
        """Money on a gift card or store credit."""
        money = Money(amount, "PLN")
        command: giftcards.Command = giftcards.IssueGiftCard(card=account, amount=money)
        if account in CREDITS:
            command = giftcards.GrantStoreCredit(customer=CREDITS[account], amount=money, reference="first")
        self.again_and_again(lambda: self.world.shop.do(command))
        self.world.loaded[account] += amount

    def place(
        self, *lines: orders.Line, gift_cards: Sequence[str] = (), store_credit: bool = False, **changes: str
    ) -> None:
        """An order, which the story is about from now on."""
        self.steps += 1
        command, request = order_of(*lines, **changes), f"step{self.steps}"
        view = self.again_and_again(
            lambda: self.world.shop.place(command, gift_cards=gift_cards, store_credit=store_credit, request_id=request)
        )
        self.order = view.id
        self.world.orders.append(view.id)

    def run(self) -> None:
        """The worker comes by until nothing is due, and once more for what a dead one had begun."""
        for _ in range(4):
            self.again_and_again(self.world.shop.run)
            self.world.clock.advance(timedelta(minutes=4))
        self.again_and_again(self.world.shop.run)

    def post(self) -> None:
        """All notifications arrive."""
        for source in (*self.world.banks.values(), *self.world.couriers.values()):
            while source.queue:
                body = source.queue.pop(0)
                self.again_and_again(partial(self.world.shop.receive, source.name, {}, body))

    def page_paid(self, bank: str, attempt: int = 1) -> None:
        """The customer pays on the page."""
        books = self.world.banks[bank]
        books.customer_pays(f"{self.order}-p{attempt}", books.accounts[f"{self.order}-p{attempt}"].amount)
        self.post()
        self.run()

    def transfer(self, attempt: int = 1) -> None:
        """Staff see the money on the bank statement."""
        amount = self.world.view(self.order).file.payments.attempts[attempt - 1].amount
        self.world.told[self.order, attempt] = amount.minor
        facts = payments.PaymentFacts(
            outcome=payments.Outcome.CAPTURED, captured=amount, occurred_at=self.world.clock.now()
        )
        self.do(payments.ObservePayment(order=self.order, attempt=attempt, facts=facts))
        self.run()

    def pack(self, units: Quantities | None = None) -> int:
        """One parcel, booked."""
        self.do(shipping.PickLines(order=self.order, quantities=units))
        view = self.do(shipping.PackParcel(order=self.order, quantities=units))
        assert not isinstance(view, CommandRejected), view
        self.run()
        return len(view.parcels)

    def ship(self, units: Quantities | None = None) -> int:
        """One parcel, handed over."""
        number = self.pack(units)
        self.do(shipping.HandOver(order=self.order, parcel=number))
        self.run()
        return number

    def track(self, number: int, *what: TrackingStatus) -> None:
        """What becomes of a parcel."""
        for status in what:
            parcel = self.world.view(self.order).parcels[number - 1]
            self.world.couriers[parcel.courier].happens(f"{self.order}-b{number}", status)
            self.world.clock.advance(timedelta(hours=5))
            self.post()
            self.run()

    def give_back(self, units: Quantities) -> None:
        """The customer withdraws, sends back, and it is inspected."""
        self.do(returns.DeclareWithdrawal(order=self.order, quantities=units))
        self.do(returns.ReceiveReturn(order=self.order, return_=1, quantities=units))
        self.do(returns.InspectReturn(order=self.order, return_=1, restock=units))
        self.do(returns.CloseReturn(order=self.order, return_=1, reason="done"))
        self.run()

    def slow_refunds_settle(self) -> None:
        """The bank is done with its refunds."""
        for bank in self.world.banks.values():
            for reference, operation in bank.pending_refunds():
                bank.settle_refund(reference, operation, RefundOutcome.SETTLED)
        self.post()
        self.run()

    def refunds_by_hand(self) -> None:
        """Staff send what goes back by transfer."""
        for refund in self.world.view(self.order).file.payments.refunds:
            self.do(
                payments.ObserveRefund(
                    order=self.order,
                    refund=refund.number,
                    outcome=payments.RefundStage.SETTLED,
                    occurred_at=self.world.clock.now(),
                )
            )
            self.world.settled_by_hand.add((self.order, refund.number))
        self.run()

    def remit(self) -> None:
        """The courier pays what it collected."""
        self.world.clock.advance(timedelta(hours=9))
        self.run()
        owed = payments.courier_owes(self.world.view(self.order).file.payments, "PLN")
        self.do(
            payments.RecordRemittance(
                order=self.order,
                attempt=1,
                amount=owed,
                fee=Money(100, "PLN"),
                reference="R1",
                occurred_at=self.world.clock.now(),
            )
        )

    def weeks_pass(self) -> None:
        """Every timer falls due."""
        self.world.clock.advance(timedelta(days=40))
        self.run()


CARD, CREDIT = next(iter(CARDS)), next(iter(CREDITS))
MUGS = line(1, "MUG", 2)
POT = line(2, "TEAPOT", 1)
ONE_MUG = Quantities({"1": 1})
BOTH_MUGS = Quantities({"1": 2})
THE_POT = Quantities({"2": 1})
ALL = Quantities({"1": 2, "2": 1})
DELIVERED = TrackingStatus.DELIVERED


def card_page(it: Teller) -> None:
    """Paid on a page, shipped, delivered."""
    it.place(MUGS, POT, payment="card")
    it.run()
    it.page_paid("card")
    it.track(it.ship(), TrackingStatus.IN_TRANSIT, DELIVERED)


def saved_card(it: Teller) -> None:
    """Charged at once, shipped with a courier that tells by itself."""
    it.place(MUGS, payment="saved_card", delivery="express")
    it.run()
    it.track(it.ship(), DELIVERED)


def two_step(it: Teller) -> None:
    """Set aside, then taken."""
    it.place(MUGS, POT, payment="two_step", delivery="locker")
    it.run()
    it.page_paid("two_step")
    it.track(it.ship(), TrackingStatus.AWAITING_COLLECTION, DELIVERED)


def two_step_let_go(it: Teller) -> None:
    """Set aside, on hold, cancelled: let go."""
    it.place(MUGS, payment="two_step")
    it.run()
    it.do(orders.HoldOrder(order=it.order, reason="fraud"))
    it.page_paid("two_step")
    it.do(orders.CancelOrder(order=it.order))
    it.run()


def cancelled_after_payment(it: Teller) -> None:
    """Everything goes back, slowly."""
    it.place(MUGS, POT, payment="two_step")
    it.run()
    it.page_paid("two_step")
    it.do(orders.CancelOrder(order=it.order))
    it.run()
    it.slow_refunds_settle()


def never_paid(it: Teller) -> None:
    """It expires, and then the money comes all the same."""
    it.place(MUGS, payment="card")
    it.run()
    it.world.clock.advance(timedelta(hours=2))
    it.run()
    it.page_paid("card")


def paid_twice(it: Teller) -> None:
    """Two pages, both used: one goes back."""
    it.place(POT, payment="card")
    it.run()
    it.do(payments.RetryPayment(order=it.order, method="card", gateway="card", kind=TenderKind.PREPAID))
    it.run()
    it.page_paid("card", 1)
    it.page_paid("card", 2)
    it.track(it.ship(), DELIVERED)


def refused_refund(it: Teller) -> None:
    """A part is cancelled, its refund refused once, and sent again."""
    it.place(MUGS, POT, payment="saved_card")
    it.run()
    it.world.banks["saved_card"].refuse_next_refund = True
    it.do(orders.CancelLines(order=it.order, quantities=ONE_MUG))
    it.run()
    it.do(payments.RetryRefund(order=it.order, refund=1))
    it.post()
    it.run()
    it.track(it.ship(), DELIVERED)


def at_the_door_in_two_parcels(it: Teller) -> None:
    """Cash for each parcel, remitted at once."""
    it.place(MUGS, POT, payment="cash_on_delivery")
    it.run()
    first, second = it.ship(BOTH_MUGS), it.ship(THE_POT)
    it.track(first, DELIVERED)
    it.track(second, DELIVERED)
    it.remit()


def refused_at_the_door(it: Teller) -> None:
    """The parcel comes back, and nobody owes anything."""
    it.place(MUGS, payment="cash_on_delivery")
    it.run()
    it.track(it.ship(), TrackingStatus.REFUSED, TrackingStatus.RETURNED)


def lost_and_short(it: Teller) -> None:
    """One parcel is lost, one unit is not on the shelf, one arrives."""
    it.place(MUGS, POT, payment="saved_card")
    it.run()
    first = it.ship(ONE_MUG)
    it.track(first, TrackingStatus.LOST)
    it.do(shipping.ReportShortPick(order=it.order, quantities=THE_POT))
    it.run()
    it.track(it.ship(), DELIVERED)


def withdrawn(it: Teller) -> None:
    """Everything is sent back."""
    it.place(MUGS, POT, payment="two_step", delivery="express")
    it.run()
    it.page_paid("two_step")
    it.track(it.ship(), DELIVERED)
    it.give_back(ALL)
    it.slow_refunds_settle()


def transfer_withdrawn_in_part(it: Teller) -> None:
    """Paid by transfer, a part sent back, refunded by hand."""
    it.place(MUGS, POT, payment="transfer")
    it.run()
    it.transfer()
    it.track(it.ship(), DELIVERED)
    it.give_back(ONE_MUG)
    it.refunds_by_hand()


def deaf_bank(it: Teller) -> None:
    """A bank that cannot be asked and forgets after half an hour."""
    it.place(MUGS, payment="deaf")
    it.run()
    it.do(orders.CancelLines(order=it.order, quantities=ONE_MUG))
    it.run()
    it.track(it.ship(), DELIVERED)


def downloaded(it: Teller) -> None:
    """Nothing travels."""
    it.place(line(1, "CLOCK", 1, tracked=False), line(2, "MUG", 1), payment="saved_card", delivery="download")
    it.run()


def unpacked(it: Teller) -> None:
    """A parcel is unpacked and packed again."""
    it.place(MUGS, payment="saved_card")
    it.run()
    number = it.pack()
    it.do(shipping.CancelParcel(order=it.order, parcel=number))
    it.track(it.ship(), DELIVERED)


def gift_card_and_page(it: Teller) -> None:
    """A card pays a part at once, the rest comes on a page, a mug is cancelled, the pot comes back."""
    it.issue(CARD, 5000)
    it.place(MUGS, POT, payment="card", gift_cards=[CARDS[CARD]])
    it.run()
    it.page_paid("card", 2)
    it.do(orders.CancelLines(order=it.order, quantities=ONE_MUG))
    it.run()
    it.track(it.ship(), DELIVERED)
    it.give_back(THE_POT)
    it.slow_refunds_settle()


def gift_card_takes_over(it: Teller) -> None:
    """A card and store credit pay while a page is open; the page is used all the same."""
    it.issue(CARD, 3000)
    it.issue(CREDIT, 2000)
    it.place(MUGS, POT, payment="card", customer=CREDITS[CREDIT])
    it.run()
    it.do(payments.PayWithGiftCard(order=it.order, card=CARD))
    it.do(payments.PayWithStoreCredit(order=it.order))
    it.run()
    it.page_paid("card", 1)
    it.track(it.ship(), DELIVERED)


def refund_as_credit(it: Teller) -> None:
    """Paid by card and by credit, cancelled: all of it is credit, as the customer wanted."""
    it.issue(CREDIT, 1000)
    it.place(MUGS, POT, payment="saved_card", customer=CREDITS[CREDIT], store_credit=True)
    it.run()
    it.do(payments.ChooseRefundForm(order=it.order, form=payments.RefundForm.STORE_CREDIT))
    it.do(orders.CancelOrder(order=it.order))
    it.run()


def gift_card_never_paid_to_the_end(it: Teller) -> None:
    """It expires, and the card has its money again."""
    it.issue(CARD, 1000)
    it.place(MUGS, payment="card", gift_cards=[CARDS[CARD]])
    it.run()
    it.world.clock.advance(timedelta(hours=2))
    it.run()


def something_else_instead(it: Teller) -> None:
    """One mug of two is missing and waited for; then the customer takes a dearer teapot, pays the rest, and gets it."""
    it.place(line(1, "MUG", 2), payment="transfer")
    it.run()
    it.transfer()
    it.do(shipping.ReportShortPick(order=it.order, quantities=Quantities({"1": 1}), wait=True))
    until = it.world.clock.now() + timedelta(days=1)
    teapot = line(2, "TEAPOT", 1)
    it.do(orders.OfferSubstitute(order=it.order, line="1", units=1, substitute=teapot, until=until))
    it.run()
    it.do(orders.AcceptSubstitute(order=it.order, number=1))
    it.do(payments.RetryPayment(order=it.order, method="transfer", gateway="transfer", kind=TenderKind.TRANSFER))
    it.transfer(2)
    it.track(it.ship(), TrackingStatus.DELIVERED)
    it.post()


STORIES: Mapping[str, Callable[[Teller], None]] = {
    story.__name__: story
    for story in (
        card_page,
        saved_card,
        two_step,
        two_step_let_go,
        cancelled_after_payment,
        never_paid,
        paid_twice,
        refused_refund,
        at_the_door_in_two_parcels,
        refused_at_the_door,
        lost_and_short,
        withdrawn,
        transfer_withdrawn_in_part,
        deaf_bank,
        downloaded,
        unpacked,
        gift_card_and_page,
        gift_card_takes_over,
        refund_as_credit,
        gift_card_never_paid_to_the_end,
        something_else_instead,
    )
}


def told(name: str, world: World) -> World:
    """Tell a story in *world* to its end, with time enough for every timer."""
    teller = Teller(world)
    STORIES[name](teller)
    teller.weeks_pass()
    teller.post()
    teller.run()
    return world
