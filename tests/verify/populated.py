"""A shop on SQLite through many stories, for everything in its file to be tampered with."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from attrs import evolve
from tests.workflows.counter import ADDRESS, CONTACT, TARIFF, VAT, Counter, order_of, pln

from orderflow import (
    CommandRejected,
    Quantities,
    Shop,
    coupons,
    giftcards,
    orders,
    payments,
    people,
    pricing,
    returns,
    shipping,
    stock,
)
from orderflow.adapters.sqlite import SqliteStore
from orderflow.ports.gateway import (
    CaptureMoney,
    GatewayCapabilities,
    Notification,
    PaymentAnswer,
    PaymentFact,
    PaymentOutcome,
    RawNotification,
    RefundAnswer,
    RefundMoney,
    RefundOutcome,
    StartPayment,
)
from orderflow.ports.store import Store
from orderflow.shipping import TrackingStatus
from orderflow.testing.world import CountingIds, VirtualClock

SUMMER = coupons.Campaign(id="summer", codes=["summer"], limited=True, budgeted=True)
BATCH = coupons.Campaign(id="batch", single_codes=True, uses_per_customer=2, given_back=False)
TWO_MUGS, ONE_MUG, TEAPOT = Quantities({"1": 2}), Quantities({"1": 1}), Quantities({"2": 1})
EVERYTHING = Quantities({"1": 2, "2": 1})
AT_THE_DOOR = pricing.PaymentTerms(code="cash_on_delivery", fee=pricing.Fee(price=pln("5.00"), vat=VAT))


def tenth(campaign: str) -> pricing.Promotion:
    """Ten percent off the goods with a code of this campaign."""
    ten = pricing.OrderPercent(percent=pricing.Percent.parse("10"))
    return pricing.Promotion(id=campaign, benefit=ten, condition=pricing.WithCoupon(campaign))


class Cards:
    """Sets money aside at once and takes it when asked; refuses the first refund."""

    capabilities = GatewayCapabilities(lookup=True, notifications=True)

    def __init__(self) -> None:
        self.amounts: dict[str, Any] = {}
        self.refusals = 1

    def start(self, request: StartPayment) -> PaymentAnswer:
        self.amounts[request.reference] = request.amount
        return PaymentAnswer(outcome=PaymentOutcome.AUTHORISED, authorised=request.amount, provider_id="c-1")

    def capture(self, request: CaptureMoney) -> PaymentAnswer:
        return PaymentAnswer(outcome=PaymentOutcome.CAPTURED, captured=request.amount)

    def void(self, request: CaptureMoney) -> PaymentAnswer:
        return PaymentAnswer(outcome=PaymentOutcome.CANCELLED)

    def lookup(self, reference: str) -> PaymentAnswer | None:
        return None

    def refund(self, request: RefundMoney) -> RefundAnswer:
        if self.refusals:
            self.refusals -= 1
            return RefundAnswer(outcome=RefundOutcome.REJECTED, code="try_later")
        return RefundAnswer(outcome=RefundOutcome.SETTLED)

    def lookup_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        return None

    def read_notification(self, notification: RawNotification) -> Notification:
        reference = notification.body.decode()
        answer = PaymentAnswer(outcome=PaymentOutcome.CAPTURED, captured=self.amounts[reference])
        fact = PaymentFact(reference=reference, answer=answer, occurred_at=notification.received_at)
        return Notification(facts=(fact,))


class Populated(Counter):
    """The counter's shop, on a file, with a card gateway; ``tell_everything`` plays all its stories."""

    def __init__(self, place: Path | Store) -> None:
        self.clock = VirtualClock(order_clock())
        self.store: Any = SqliteStore(place) if isinstance(place, Path) else place
        self.shop = Shop(
            self.store,
            seller="Mug Shop",
            tariff=evolve(TARIFF, payments=(AT_THE_DOOR,)),
            clock=self.clock,
            ids=CountingIds(),
            gateways={"card": Cards()},
            campaigns=(SUMMER, BATCH),
            promotions=pricing.Promotions([tenth("summer"), tenth("batch")]),
        )
        for sku, count in (("MUG", 100), ("TEAPOT", 40), ("PLATE", 3)):
            self.shop.do(stock.ReceiveStock(sku=sku, quantity=count, reference="opening"))
        self.shop.do(stock.AdjustStock(sku="MUG", delta=-2, reason="broken"))

    def tell_everything(self) -> None:
        for story in (
            self.closed_and_erased,
            self.cash_on_delivery,
            self.cash_after_all,
            self.expired_and_late_money,
            self.swept,
            self.card_with_short_pick,
            self.card_cancelled,
            self.not_collected,
            self.lost,
            self.withdrawn,
            self.several_corrections,
            self.parked,
            self.adopted,
            self.gift_cards,
            self.waiting,
            self.with_coupons,
            self.something_else_instead,
        ):
            story()
            self.later(minutes=3)

    def closed_and_erased(self) -> None:
        placed = self.shop.place(order_of(numbers=(("allegro", "77"),), customer="c-9"), request_id="req-1")
        order = placed.id
        self.shop.do(orders.AddNote(order=order, text="rings twice"), request_id="req-2")
        self.pay(order)
        self.ship(order)
        self.deliver(order)
        self.later(days=20)
        other = self.place()
        self.shop.do(orders.CancelOrder(order=other))
        self.later(minutes=1)
        self.shop.do(people.ErasePerson(order=other))

    def something_else_instead(self) -> None:
        """Offered three times: lapsed, declined, taken; then it is delivered, and waited for in another order."""
        order = self.place()
        self.pay(order)
        self.shop.do(stock.ReceiveStock(sku="CUP", quantity=2, reference="cups"))
        cup = evolve(order_of().lines[1], line="3", sku="CUP", name="Cup", unit_price=pln("12.30"))
        offer = orders.OfferSubstitute(
            order=order, line="1", units=1, substitute=cup, until=self.clock.now() + timedelta(hours=1)
        )
        self.shop.do(offer)
        self.later(hours=1)
        until = self.clock.now() + timedelta(days=1)
        for number in (2, 3):
            self.shop.do(evolve(offer, until=until))
            answer = orders.DeclineSubstitute if number == 2 else orders.AcceptSubstitute
            self.shop.do(answer(order=order, number=number))
        self.later(minutes=1)
        self.ship(order)
        self.deliver(order)
        waiting = self.place()
        self.pay(waiting)
        self.shop.do(shipping.ReportShortPick(order=waiting, quantities=ONE_MUG, wait=True))

    def cash_on_delivery(self) -> None:
        order = self.place(payment_method="cash_on_delivery")
        self.ship(order, TWO_MUGS)
        self.ship(order, TEAPOT)
        self.deliver(order, 1)
        self.deliver(order, 2)
        self.shop.do(
            payments.RecordRemittance(
                order=order,
                attempt=1,
                amount=pln("119.97"),
                fee=pln("5.00"),
                reference="R-1",
                occurred_at=self.clock.now(),
            )
        )
        refused = self.place(payment_method="cash_on_delivery")
        self.ship(refused)
        self.track(refused, TrackingStatus.REFUSED)
        self.track(refused, TrackingStatus.RETURNED)

    def cash_after_all(self) -> None:
        """Asked for at the door, for a fee; then everything comes back."""
        order = self.place()
        self.shop.do(
            payments.RetryPayment(
                order=order,
                method="cash_on_delivery",
                gateway="cash_on_delivery",
                kind=payments.TenderKind.CASH_ON_DELIVERY,
            )
        )
        self.ship(order)
        self.deliver(order)
        self.shop.do(returns.DeclareWithdrawal(order=order, quantities=EVERYTHING))
        self.shop.do(returns.ReceiveReturn(order=order, return_=1, quantities=EVERYTHING))
        self.shop.do(returns.InspectReturn(order=order, return_=1, restock=EVERYTHING))
        self.settle_refunds(order)

    def expired_and_late_money(self) -> None:
        order = self.place()
        self.later(days=8)
        self.pay(order)
        self.settle_refunds(order)
        twice = self.place()
        self.shop.run()
        self.shop.do(
            payments.RetryPayment(order=twice, method="transfer", gateway="transfer", kind=payments.TenderKind.TRANSFER)
        )
        self.pay(twice, attempt=1)
        self.later(minutes=5)
        self.pay(twice, attempt=2)
        self.settle_refunds(twice)

    def swept(self) -> None:
        """A hold lapses and another order takes its units before the timer is seen to."""
        plates = orders.Line(line="1", sku="PLATE", name="Plate", quantity=3, unit_price=pln("12.00"), vat=VAT)
        first = self.place(lines=(plates,))
        self.clock.advance(timedelta(days=7, minutes=1))
        self.place(lines=(evolve(plates, quantity=2),))
        self.pay(first)
        self.shop.run()
        self.place(lines=(evolve(plates, quantity=5, backorder=True),))
        waiting = self.place(lines=(evolve(plates, sku="MUG", quantity=1),))
        self.clock.advance(timedelta(days=7, minutes=1))
        self.shop.do(orders.HoldOrder(order=waiting, reason="talking"))
        self.pay(waiting)
        self.shop.do(orders.ReleaseOrder(order=waiting, reason="talking"))

    def card_with_short_pick(self) -> None:
        order = self.place(payment_method="card")
        self.shop.run()
        self.shop.receive("card", {}, f"{order}-p1".encode())
        self.shop.run()
        self.shop.do(shipping.ReportShortPick(order=order, quantities=ONE_MUG))
        self.shop.run()
        self.shop.do(payments.RetryRefund(order=order, refund=1))
        self.shop.run()
        self.ship(order)
        self.deliver(order)

    def card_cancelled(self) -> None:
        wrong = evolve(ADDRESS, postal_code="1234")
        order = self.place(payment_method="card", target=orders.ToAddress(address=wrong))
        self.shop.run()
        self.shop.do(orders.CancelOrder(order=order))

    def not_collected(self) -> None:
        order = self.place(delivery_method="locker", target=orders.ToPoint(point="WAW01M", country="PL"))
        self.pay(order)
        self.ship(order)
        self.track(order, TrackingStatus.AWAITING_COLLECTION)
        self.track(order, TrackingStatus.NOT_COLLECTED)
        self.track(order, TrackingStatus.RETURNED)
        self.settle_refunds(order)

    def lost(self) -> None:
        order = self.place()
        self.pay(order)
        self.ship(order)
        self.track(order, TrackingStatus.LOST)
        self.settle_refunds(order)

    def withdrawn(self) -> None:
        mugs, teapot = order_of().lines
        order = self.place(delivery_method="express", lines=(evolve(mugs, deposit=pln("0.50")), teapot))
        self.pay(order)
        self.ship(order)
        self.deliver(order)
        for number, units in ((1, ONE_MUG), (2, Quantities({"1": 1, "2": 1}))):
            self.shop.do(returns.DeclareWithdrawal(order=order, quantities=units))
            self.shop.do(returns.ReceiveReturn(order=order, return_=number, quantities=units))
        self.shop.do(returns.InspectReturn(order=order, return_=1, restock=ONE_MUG))
        self.shop.do(returns.InspectReturn(order=order, return_=2, restock=ONE_MUG, write_off=TEAPOT))
        self.shop.do(returns.CloseReturn(order=order, return_=1, reason="refunded"))
        self.settle_refunds(order)

    def several_corrections(self) -> None:
        net = evolve(order_of().lines[0], unit_price=pln("16.25"), price_includes_vat=False, quantity=3)
        order = self.place(lines=(net, *order_of().lines[1:]), seen_total=pln("99.99"))
        self.shop.do(orders.TagOrder(order=order, add=("totals_accepted",)))
        self.pay(order)
        self.shop.do(
            orders.AmendDelivery(
                order=order, delivery_method="locker", target=orders.ToPoint(point="WAW01M", country="PL")
            )
        )
        self.shop.do(orders.CancelLines(order=order, quantities=ONE_MUG))
        parcel = self.pack(order, TWO_MUGS)
        self.shop.do(shipping.CancelParcel(order=order, parcel=parcel))
        self.pack(order)
        self.shop.do(orders.TagOrder(order=order, add=("gift",)))

    def parked(self) -> None:
        """Units that were not there yet are on their way all the same: a person is told."""
        plates = orders.Line(
            line="1", sku="PLATE", name="Plate", quantity=9, unit_price=pln("12.00"), vat=VAT, backorder=True
        )
        early = self.place(lines=(plates,))
        self.pay(early)
        self.pack(early)
        self.track(early, TrackingStatus.IN_TRANSIT)
        order = self.place()
        self.pay(order)
        self.shop.do(shipping.PickLines(order=order))
        self.shop.do(shipping.PackParcel(order=order))
        self.shop.do(shipping.RecordBookingFailure(order=order, parcel=1, code="no_such_point"))

    def adopted(self) -> None:
        line = order_of().lines[0]
        recorded = orders.RecordedLine(line=line, gross=pln("39.98"), vat=pln("7.48"), discount=pln("0.00"))
        for number, changes in (
            ("501", {"stage": orders.OrderStage.CONFIRMED, "paid": pln("39.98")}),
            (
                "502",
                {
                    "stage": orders.OrderStage.CANCELLED,
                    "paid": pln("0.00"),
                    "refunds": (orders.RecordedRefund(external="r1", amount=pln("10.00"), at=self.clock.now()),),
                },
            ),
            ("503", {"stage": orders.OrderStage.CLOSED, "paid": pln("0.00"), "delivered_at": self.clock.now()}),
        ):
            usual: dict[str, Any] = {
                "numbers": (("woocommerce", number),),
                "lines": (recorded,),
                "currency": "PLN",
                "total": pln("39.98"),
                "vat_total": pln("7.48"),
                "contact": CONTACT,
                "target": orders.ToAddress(address=ADDRESS),
                "notes": (),
                "delivery_method": "flat_rate",
                "payment_method": "bacs",
                "placed_at": self.clock.now(),
                "modified_at": self.clock.now(),
            }
            self.shop.do(orders.RecordOrder(**{**usual, **changes}))

    def with_coupons(self) -> None:
        """Reserved, used, released and given back; shared and single codes, with and without limits."""
        self.shop.do(coupons.GrantUses(campaign="summer", uses=9, reference="poster"))
        self.shop.do(coupons.GrantBudget(campaign="summer", amount=pln("90.00"), reference="poster"))
        self.shop.do(coupons.IssueCodes(campaign="batch", codes=["ANNA-1", "BEN-2"]))
        self.place(coupons=["summer"])
        self.pay(self.place(coupons=["summer", "anna 1"], customer="c-9"))
        for now in ("transfer", "cash_on_delivery"):
            cancelled = self.place(coupons=["summer", "ben 2"], customer="c-9", payment_method=now)
            self.shop.do(orders.CancelOrder(order=cancelled))

    def gift_cards(self) -> None:
        until = self.clock.now() + timedelta(days=9)
        cards = [self.shop.issue_gift_card(pln(amount), valid_until=until) for amount in ("50.00", "60.00")]
        codes, name = [card.code for card in cards], cards[0].card.card
        self.shop.do(giftcards.TopUpGiftCard(card=name, amount=pln("5.00"), reference="t-1"))
        self.shop.do(giftcards.GrantStoreCredit(customer="c-7", amount=pln("30.00"), reference="g-1"))
        order = self.shop.place(order_of(customer="c-7"), gift_cards=codes, store_credit=True).id
        self.shop.do(giftcards.BlockGiftCard(card=name, reason="lost"))
        self.shop.do(orders.CancelOrder(order=order))
        self.shop.do(giftcards.UnblockGiftCard(card=name))
        other = self.shop.place(order_of(customer="c-8")).id
        self.shop.pay_with_gift_card(other, codes[0], pln("10.00"))
        self.shop.do(payments.ChooseRefundForm(order=other, form=payments.RefundForm.STORE_CREDIT))
        self.pay(other, attempt=3)
        self.shop.do(orders.CancelLines(order=other, quantities=Quantities({"1": 1})))

    def waiting(self) -> None:
        self.place()
        order = self.place(payment_method="card")
        try:
            self.shop.do(shipping.PickLines(order=order))
        except CommandRejected:
            self.shop.do(orders.AddNote(order=order, text="asked too early"))


def order_clock() -> Any:
    from tests.workflows.counter import START

    return START
