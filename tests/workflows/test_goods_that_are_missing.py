"""Units that are not there: the customer waits, gets the rest first, gets his money back, or takes something else."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from orderflow import CommandRejected, InvalidInputError, Money, Quantities, orders, payments, shipping, stock
from orderflow.orders import SubstituteStage
from orderflow.runtime.views import OrderView
from orderflow.verify import verify as verify_store
from orderflow.workflows import PaymentMethod, Status

from .counter import START, VAT, Counter, order_of, pln

ONE_MUG = Quantities({"1": 1})
TEAPOT = Quantities({"2": 1})
COD = (PaymentMethod(code="cash_on_delivery", gateway="courier", kind=payments.TenderKind.CASH_ON_DELIVERY),)
NEXT_WEEK = START + timedelta(days=7)


def cup(price: str = "17.49", **changes: Any) -> orders.Line:
    """A cup."""
    usual: dict[str, Any] = {"line": "1b", "sku": "CUP", "name": "Cup", "quantity": 1, "unit_price": pln(price)}
    return orders.Line(vat=VAT, **(usual | changes))


def counter_with_cups(cups: int = 3, **options: Any) -> Counter:
    """The usual shop, with cups."""
    counter = Counter(**options)
    if cups:
        counter.shop.do(stock.ReceiveStock(sku="CUP", quantity=cups, reference="cups"))
    return counter


def paid_order(counter: Counter, **changes: Any) -> str:
    """Two mugs and a teapot, paid and confirmed."""
    order = counter.place(**changes)
    counter.pay(order)
    return order


def offer(counter: Counter, order: str, substitute: orders.Line | None = None, **changes: Any) -> Any:
    """A cup for one of the mugs."""
    usual: dict[str, Any] = {"line": "1", "units": 1, "substitute": substitute or cup(), "until": NEXT_WEEK}
    return counter.shop.do(orders.OfferSubstitute(order=order, **(usual | changes)))


def from_elsewhere(counter: Counter, *, mugs: int, teapots: int = 0, **changes: Any) -> OrderView:
    """An order of a marketplace is adopted, or its newer document is followed: ten zlotys for a piece."""
    lines = [
        orders.Line(line=number, sku=sku, name=sku, quantity=units, unit_price=pln("10.00"), vat=VAT)
        for number, sku, units in (("1", "MUG", mugs), ("2", "TEAPOT", teapots))
        if units
    ]
    gross = {line.line: Money(1000 * line.quantity, "PLN") for line in lines}
    vat = {line.line: Money(187 * line.quantity, "PLN") for line in lines}
    usual: dict[str, Any] = {
        "numbers": {"allegro": "1"},
        "currency": "PLN",
        "lines": [
            orders.RecordedLine(line=line, gross=gross[line.line], vat=vat[line.line], discount=pln("0.00"))
            for line in lines
        ],
        "total": Money(1000 * (mugs + teapots), "PLN"),
        "vat_total": Money(187 * (mugs + teapots), "PLN"),
        "contact": order_of().contact,
        "target": order_of().target,
        "delivery_method": "courier",
        "payment_method": "transfer",
        "stage": orders.OrderStage.RECEIVED,
        "placed_at": START,
        "modified_at": counter.clock.now(),
        "paid": pln("0.00"),
    }
    return counter.shop.do(orders.RecordOrder(**(usual | changes)))


def take(counter: Counter, order: str, number: int = 1) -> Any:
    """The customer's yes."""
    return counter.shop.do(orders.AcceptSubstitute(order=order, number=number))


def lose(counter: Counter, sku: str, units: int) -> None:
    """Time passes, nobody runs the timers, and somebody else buys what the first order held no longer."""
    counter.clock.advance(timedelta(days=8))
    line = orders.Line(line="1", sku=sku, name=sku, quantity=units, unit_price=pln("1.00"), vat=VAT)
    counter.place(lines=(line,), payment_method="cash_on_delivery")


def letter(counter: Counter, order: str) -> str:
    """What the customer is asked."""
    counter.shop.run()
    (body,) = letters(counter, order, "send_substitute_offered")
    return body.replace("\u00a0", " ")


def letters(counter: Counter, order: str, kind: str) -> list[str]:
    """The messages of a kind that the customer got."""
    with counter.store.reading() as transaction:
        rows = transaction.records.of_subject(counter.view(order).order.person, "message")
    return [json.loads(row.data)["body"] for row in rows if kind in row.key]


def reasons(counter: Counter, command: Any) -> tuple[Any, ...]:
    """Why a command does not hold."""
    with pytest.raises(CommandRejected) as caught:
        counter.shop.do(command)
    return caught.value.reasons


def assert_whole(counter: Counter) -> None:
    """Nothing in the store contradicts anything else."""
    assert verify_store(counter.store) == ()


class TestWaiting:
    def test_missing_units_that_the_customer_waits_for_stay_ordered_and_are_held_from_what_is_there(self) -> None:
        """Two of ten mugs were broken: the order has two of the others, and nothing is cancelled."""
        counter = Counter()
        order = paid_order(counter)
        view = counter.shop.do(shipping.ReportShortPick(order=order, quantities=ONE_MUG, wait=True))
        assert (view.status, view.remaining, view.owed) == (Status.CONFIRMED, Quantities({"1": 2, "2": 1}), view.total)
        assert counter.mugs() == (9, 2)
        assert_whole(counter)

    def test_where_none_is_left_they_are_held_from_what_comes_in(self) -> None:
        """The rest is sent first; the missing mug leaves when it has come."""
        counter = Counter()
        counter.shop.do(stock.AdjustStock(sku="MUG", delta=-8, reason="damaged", reference="a1"))
        order = paid_order(counter)
        counter.shop.do(shipping.ReportShortPick(order=order, quantities=ONE_MUG, wait=True))
        assert counter.mugs() == (1, 2)
        counter.ship(order, Quantities({"1": 1, "2": 1}))
        assert reasons(counter, orders.CancelLines(order=order, quantities=Quantities({"1": 2})))
        second = counter.pack(order, ONE_MUG)
        assert [type(each) for each in reasons(counter, shipping.HandOver(order=order, parcel=second))] == [
            stock.OutOfStock
        ]
        counter.shop.do(stock.ReceiveStock(sku="MUG", quantity=4, reference="r2"))
        counter.shop.do(shipping.HandOver(order=order, parcel=second))
        assert counter.mugs() == (3, 0)
        assert_whole(counter)

    def test_others_cannot_buy_what_it_waits_for(self) -> None:
        """A mug that comes in is spoken for."""
        counter = Counter()
        counter.shop.do(stock.AdjustStock(sku="MUG", delta=-8, reason="damaged", reference="a1"))
        order = paid_order(counter)
        counter.shop.do(shipping.ReportShortPick(order=order, quantities=ONE_MUG, wait=True))
        counter.shop.do(stock.ReceiveStock(sku="MUG", quantity=1, reference="r2"))
        with pytest.raises(CommandRejected) as caught:
            counter.place()
        assert caught.value.reasons == (stock.OutOfStock("MUG", 2, 0),)

    def test_an_order_that_lost_its_units_goes_on_when_its_customer_waits(self) -> None:
        """Money came when somebody else had them: the check says so, and waiting answers it."""
        counter = Counter()
        order = counter.place()
        lose(counter, "MUG", 9)
        view = counter.pay(order)
        assert "check:stock" in view.holds
        view = counter.shop.do(orders.BackorderLines(order=order, lines=("1",)))
        assert (view.status, view.holds) == (Status.CONFIRMED, ())
        assert counter.mugs() == (10, 11)
        counter.ship(order, TEAPOT)
        assert_whole(counter)

    def test_an_unpaid_order_from_elsewhere_may_wait(self) -> None:
        """Nobody here asked for its money: it waits as long as if it had been asked for when it was placed."""
        counter = counter_with_cups()
        adopted = from_elsewhere(counter, mugs=12)
        assert counter.mugs() == (10, 0)
        view = counter.shop.do(orders.BackorderLines(order=adopted.id, lines=("1",)))
        assert (view.order.lines[0].backorder, counter.mugs()) == (True, (10, 12))
        counter.later(days=8)
        assert counter.mugs() == (10, 0)
        assert_whole(counter)

    def test_a_newer_document_may_take_off_what_was_picked(self) -> None:
        """What is picked afterwards is not more than was ordered."""
        counter = counter_with_cups()
        confirmed = {"stage": orders.OrderStage.CONFIRMED, "paid": pln("30.00")}
        order = from_elsewhere(counter, mugs=2, teapots=1, **confirmed).id
        counter.shop.do(shipping.PickLines(order=order, quantities=Quantities({"1": 2})))
        counter.clock.advance(timedelta(hours=1))
        from_elsewhere(counter, mugs=1, teapots=1, **confirmed)
        counter.shop.do(shipping.PickLines(order=order))
        assert_whole(counter)

    def test_waiting_for_one_line_does_not_hide_that_another_is_missing(self) -> None:
        """The order goes on when something was decided about both."""
        counter = Counter()
        order = counter.place()
        lose(counter, "MUG", 9)
        lose(counter, "TEAPOT", 5)
        counter.pay(order)
        view = counter.shop.do(orders.BackorderLines(order=order, lines=("1",)))
        assert view.verdicts[4].reasons == ("missing:TEAPOT",)
        view = counter.shop.do(orders.CancelLines(order=order, quantities=TEAPOT))
        assert (view.status, view.refunding) == (Status.CONFIRMED, pln("60.00"))
        assert_whole(counter)

    def test_again_means_nothing(self) -> None:
        """The same command twice is one decision."""
        counter = Counter()
        order = paid_order(counter)
        first = counter.shop.do(orders.BackorderLines(order=order, lines=("1",)))
        assert counter.shop.do(orders.BackorderLines(order=order, lines=("1", "1"))).version == first.version

    def test_a_line_that_is_not_there_cannot_be_waited_for(self) -> None:
        """Told with those that are."""
        counter = Counter()
        order = paid_order(counter)
        assert reasons(counter, orders.BackorderLines(order=order, lines=("9",))) == (
            orders.UnknownLine(line="9", lines=("1", "2")),
        )
        with pytest.raises(InvalidInputError, match="one line or more"):
            orders.BackorderLines(order=order, lines=())


class TestOffering:
    def test_an_offer_changes_nothing_and_asks_the_customer(self) -> None:
        """He is told what is missing, what he could have, and by how much the order would change."""
        counter = counter_with_cups()
        order = paid_order(counter)
        view = offer(counter, order)
        assert (view.owed, view.remaining, view.price_change(1)) == (
            pln("114.97"),
            Quantities({"1": 2, "2": 1}),
            -pln("2.50"),
        )
        assert counter.shop.level("CUP").held == 0
        body = letter(counter, order)
        for part in ("Mug (MUG), 1 sztuka", "Cup (CUP), 1 sztuka po 17,49", "2,50", "9 listopada 2026"):
            assert part in body
        assert_whole(counter)

    @pytest.mark.parametrize(("price", "words"), [("19.99", "tyle samo"), ("21.00", "o 1,01 zł więcej")])
    def test_the_customer_is_told_what_it_costs_him(self, price: str, words: str) -> None:
        """As much, or more."""
        counter = counter_with_cups()
        order = paid_order(counter)
        offer(counter, order, cup(price))
        assert words in letter(counter, order)

    def test_a_deposit_is_told_with_what_it_costs(self) -> None:
        """It is in what the order costs more, and in no price."""
        counter = counter_with_cups()
        order = paid_order(counter)
        offer(counter, order, cup("19.99", deposit=pln("0.50")))
        body = letter(counter, order)
        for part in ("po 19,99", "Kaucja za opakowania, bez VAT: 0,50", "o 0,50 zł więcej"):
            assert part in body

    @pytest.mark.parametrize("ended", ["withdrawn", "accepted", "cancelled", "packed", "late"])
    def test_who_can_no_longer_have_it_is_not_asked(self, ended: str) -> None:
        """The worker came by when it was too late."""
        counter = counter_with_cups()
        order = paid_order(counter)
        offer(counter, order)
        match ended:
            case "withdrawn":
                counter.shop.do(orders.WithdrawSubstitute(order=order, number=1))
            case "accepted":
                take(counter, order)
            case "cancelled":
                counter.shop.do(orders.CancelOrder(order=order))
            case "packed":
                counter.pack(order)
            case _:
                counter.clock.advance(timedelta(days=7))
        counter.shop.run()
        assert letters(counter, order, "send_substitute_offered") == []
        if ended != "late":
            with pytest.raises(InvalidInputError, match="open offer"):
                counter.view(order).price_change(1)

    def test_every_reason_against_an_offer_is_told(self) -> None:
        """All at once."""
        counter = counter_with_cups()
        order = paid_order(counter)
        bad = cup(line="2", sku="MUG")
        command = orders.OfferSubstitute(order=order, line="1", units=3, substitute=bad, until=START)
        assert reasons(counter, command) == (
            orders.TooManyUnits(line="1", wanted=3, allowed=2),
            orders.SameProduct(sku="MUG"),
            orders.OfferPassed(until=START),
            *(each for each in reasons(counter, command) if type(each).__name__ == "DuplicateLine"),
        )
        assert len(reasons(counter, command)) == 4

    def test_another_currency_is_refused(self) -> None:
        """An order has one."""
        counter = counter_with_cups()
        order = paid_order(counter)
        euro = cup(unit_price=Money.parse("4.00", "EUR"))
        command = orders.OfferSubstitute(order=order, line="1", units=1, substitute=euro, until=NEXT_WEEK)
        assert [type(each).__name__ for each in reasons(counter, command)] == ["MixedCurrencies"]

    def test_packed_units_are_not_missing(self) -> None:
        """What lies in a parcel needs no substitute."""
        counter = counter_with_cups()
        order = paid_order(counter)
        counter.pack(order, Quantities({"1": 2}))
        command = orders.OfferSubstitute(order=order, line="1", units=1, substitute=cup(), until=NEXT_WEEK)
        assert reasons(counter, command) == (orders.TooManyUnits(line="1", wanted=1, allowed=0),)

    def test_an_offer_that_nobody_answers_lapses(self) -> None:
        """On time, whether the timer has run or not."""
        counter = counter_with_cups()
        order = paid_order(counter)
        offer(counter, order)
        counter.clock.advance(timedelta(days=7))
        assert reasons(counter, orders.AcceptSubstitute(order=order, number=1)) == (
            orders.OfferPassed(until=NEXT_WEEK),
        )
        counter.shop.run()
        view = counter.view(order)
        assert view.substitutes[0].stage is SubstituteStage.WITHDRAWN
        assert reasons(counter, orders.AcceptSubstitute(order=order, number=1)) == (
            orders.SubstituteAnswered(number=1, stage=SubstituteStage.WITHDRAWN),
        )
        assert_whole(counter)

    def test_an_order_from_elsewhere_is_changed_there(self) -> None:
        """Its next document says what it has become."""
        counter = counter_with_cups()
        adopted = from_elsewhere(counter, mugs=2, paid=pln("20.00"))
        command = orders.OfferSubstitute(order=adopted.id, line="1", units=1, substitute=cup(), until=NEXT_WEEK)
        assert reasons(counter, command) == (orders.AgreedElsewhere(),)


class TestAnswering:
    def test_a_cheaper_one_replaces_the_units_and_the_difference_goes_back(self) -> None:
        """The cup is the order's, the mug is free again, and two zlotys fifty are refunded."""
        counter = counter_with_cups()
        order = paid_order(counter)
        offer(counter, order)
        view = take(counter, order)
        assert (view.status, view.owed, view.refunding) == (Status.CONFIRMED, pln("112.47"), pln("2.50"))
        assert view.remaining == Quantities({"1": 1, "1b": 1, "2": 1})
        assert counter.mugs() == (10, 1)
        assert counter.shop.level("CUP").held == 1
        counter.settle_refunds(order)
        counter.ship(order)
        assert counter.shop.level("CUP").value == 2
        counter.deliver(order)
        counter.later(days=20)
        assert counter.view(order).status is Status.CLOSED
        assert_whole(counter)

    def test_for_a_dearer_one_the_difference_is_due_before_anything_is_sent(self) -> None:
        """Nothing more than was offered, and the order waits for it."""
        counter = counter_with_cups()
        order = paid_order(counter)
        offer(counter, order, cup("25.00"))
        view = take(counter, order)
        assert (view.due, view.order.stage) == (pln("5.01"), orders.OrderStage.CONFIRMED)
        assert reasons(counter, shipping.PickLines(order=order)) == (shipping.Blocked(reasons=("unpaid",)),)
        kind = payments.TenderKind.TRANSFER
        view = counter.shop.do(payments.RetryPayment(order=order, method="transfer", gateway="transfer", kind=kind))
        assert view.file.payments.attempts[-1].amount == pln("5.01")
        view = counter.pay(order, attempt=2)
        assert (view.due.minor, view.order.stage) == (0, orders.OrderStage.CONFIRMED)
        counter.ship(order)
        assert_whole(counter)

    def test_once_the_difference_is_paid_no_check_waits_for_it_any_more(self) -> None:
        """The same where what was dearer is cancelled again."""
        counter = counter_with_cups()
        for answer in ("pay", "cancel"):
            order = paid_order(counter)
            offer(counter, order, cup("25.00"))
            assert take(counter, order).verdicts[2].reasons == ("unpaid",)
            if answer == "pay":
                kind = payments.TenderKind.TRANSFER
                counter.shop.do(payments.RetryPayment(order=order, method="transfer", gateway="transfer", kind=kind))
                view = counter.pay(order, attempt=2)
            else:
                view = counter.shop.do(orders.CancelLines(order=order, quantities=Quantities({"1b": 1})))
            assert {verdict.standing for verdict in view.verdicts} == {orders.Standing.PASSED}
        assert_whole(counter)

    def test_cash_at_the_door_is_that_of_what_is_sent(self) -> None:
        """The courier collects the new amount."""
        counter = counter_with_cups()
        order = counter.place(payment_method="cash_on_delivery")
        offer(counter, order, cup("25.00"))
        view = take(counter, order)
        assert (view.due, view.order.stage) == (pln("119.98"), orders.OrderStage.CONFIRMED)
        counter.ship(order)
        assert counter.view(order).parcels[0].cash_due == pln("119.98")
        counter.deliver(order)
        assert_whole(counter)

    def test_everything_may_be_replaced_and_the_order_goes_on(self) -> None:
        """The delivery that was paid is still owed."""
        counter = counter_with_cups()
        order = paid_order(counter, lines=(order_of().lines[1],))
        offer(counter, order, cup("60.00"), line="2")
        view = take(counter, order)
        assert (view.status, view.owed, view.remaining) == (
            Status.CONFIRMED,
            pln("74.99"),
            Quantities({"1b": 1}),
        )
        view = counter.shop.do(orders.CancelOrder(order=order))
        assert (view.order.stage, view.refunding) == (orders.OrderStage.CANCELLED, pln("74.99"))
        counter.settle_refunds(order)
        assert counter.view(order).order.stage is orders.OrderStage.CLOSED
        assert counter.shop.level("CUP").held == 0
        assert_whole(counter)

    def test_what_cannot_be_had_is_not_taken(self) -> None:
        """The acceptance is refused whole: nothing was replaced, and nothing is due."""
        counter = counter_with_cups(cups=0)
        order = paid_order(counter)
        before = offer(counter, order)
        assert reasons(counter, orders.AcceptSubstitute(order=order, number=1)) == (stock.OutOfStock("CUP", 1, 0),)
        assert counter.view(order) == before

    def test_of_two_offers_for_the_same_units_one_can_be_taken(self) -> None:
        """The other one's units are gone with it."""
        counter = counter_with_cups()
        order = paid_order(counter)
        offer(counter, order, units=2)
        offer(counter, order, cup("30.00", line="1c"), units=2)
        take(counter, order, 2)
        assert reasons(counter, orders.AcceptSubstitute(order=order, number=1)) == (
            orders.TooManyUnits(line="1", wanted=2, allowed=0),
        )

    def test_only_the_customer_agrees(self) -> None:
        """Where staff say that he did, they give the evidence, and it is kept."""
        counter = counter_with_cups()
        order = paid_order(counter)
        offer(counter, order)
        by_staff = orders.AcceptSubstitute(order=order, number=1, actor=orders.HoldOrder(order="a", reason="b").actor)
        assert reasons(counter, by_staff) == (orders.ConsentMissing(number=1),)
        call = orders.Evidence(kind="phone_call", version="script-3", at=START, text="Yes, a cup is fine.")
        view = counter.shop.do(orders.AcceptSubstitute(order=order, number=1, consent=call, actor=by_staff.actor))
        assert view.substitutes[0].consent == call

    def test_no_means_no(self) -> None:
        """Nothing has changed, and it cannot be taken later."""
        counter = counter_with_cups()
        order = paid_order(counter)
        before = offer(counter, order)
        view = counter.shop.do(orders.DeclineSubstitute(order=order, number=1))
        assert (view.owed, view.remaining) == (before.owed, before.remaining)
        assert counter.shop.do(orders.DeclineSubstitute(order=order, number=1)).version == view.version
        assert reasons(counter, orders.AcceptSubstitute(order=order, number=1)) == (
            orders.SubstituteAnswered(number=1, stage=SubstituteStage.DECLINED),
        )
        with pytest.raises(InvalidInputError, match="open offer"):
            view.price_change(1)

    def test_yes_twice_is_yes_once(self) -> None:
        """The customer pressed the button again."""
        counter = counter_with_cups()
        order = paid_order(counter)
        offer(counter, order)
        first = take(counter, order)
        assert take(counter, order).version == first.version

    def test_an_offer_that_was_never_made_is_not_answered(self) -> None:
        """It says how many there are."""
        counter = counter_with_cups()
        order = paid_order(counter)
        unknown = (orders.UnknownSubstitute(number=1, offered=0),)
        assert reasons(counter, orders.AcceptSubstitute(order=order, number=1)) == unknown
        assert reasons(counter, orders.DeclineSubstitute(order=order, number=1)) == unknown
        assert reasons(counter, orders.WithdrawSubstitute(order=order, number=1)) == unknown

    def test_a_missing_unit_on_backorder_is_replaced_and_its_claim_is_gone(self) -> None:
        """Who waited no longer waits: the next mug that comes in is anybody's."""
        counter = counter_with_cups()
        counter.shop.do(stock.AdjustStock(sku="MUG", delta=-8, reason="damaged", reference="a1"))
        order = paid_order(counter)
        counter.shop.do(shipping.ReportShortPick(order=order, quantities=ONE_MUG, wait=True))
        offer(counter, order)
        take(counter, order)
        assert counter.mugs() == (1, 1)
        assert_whole(counter)

    def test_a_shortage_found_late_is_mended_by_it(self) -> None:
        """Money came when the mugs were gone; with cups instead, all that is needed is held, and the order goes on."""
        counter = counter_with_cups()
        order = counter.place()
        lose(counter, "MUG", 9)
        counter.pay(order)
        offer(counter, order, cup(quantity=2), units=2, until=NEXT_WEEK + timedelta(days=7))
        view = take(counter, order)
        assert (view.status, view.holds) == (Status.CONFIRMED, ())
        assert view.file.stock.committed == Quantities({"CUP": 2, "TEAPOT": 1})
        assert_whole(counter)

    def test_before_it_is_paid_the_new_units_are_held_as_long_as_the_others(self) -> None:
        """And the customer pays the new price."""
        counter = counter_with_cups()
        order = counter.place()
        offer(counter, order, until=START + timedelta(days=2))
        view = take(counter, order)
        assert (view.due, view.file.stock.held) == (pln("112.47"), Quantities({"MUG": 1, "TEAPOT": 1, "CUP": 1}))
        assert view.file.stock.until == START + timedelta(days=7)
        counter.later(days=7)
        assert counter.shop.level("CUP").held == 0
        assert counter.view(order).status in (Status.CANCELLED, Status.CLOSED)
        assert_whole(counter)

    def test_an_unpaid_order_that_held_nothing_holds_it_until_its_payment_window_ends(self) -> None:
        """A service needs no stock; what replaces it does, and is refused where it cannot be had."""
        counter = counter_with_cups()
        service = evolve(order_of().lines[0], tracked=False)
        order = counter.place(lines=(service,))
        offer(counter, order, cup(quantity=4))
        assert reasons(counter, orders.AcceptSubstitute(order=order, number=1)) == (stock.OutOfStock("CUP", 4, 3),)
        offer(counter, order)
        view = take(counter, order, 2)
        assert (view.file.stock.until, counter.shop.level("CUP").held) == (START + timedelta(days=7), 1)
        assert_whole(counter)
        counter.later(days=7)
        assert counter.shop.level("CUP").held == 0
        assert_whole(counter)

    def test_the_total_that_was_seen_is_the_one_that_was_agreed(self) -> None:
        """The check of the total does not fail on what the customer agreed to since."""
        counter = counter_with_cups()
        order = paid_order(counter, seen_total=pln("114.97"))
        offer(counter, order)
        view = take(counter, order)
        assert (view.order.seen_total, view.order.stage) == (view.total, orders.OrderStage.CONFIRMED)

    def test_a_limit_per_customer_counts_what_is_taken_instead(self) -> None:
        """Of cups a customer gets two, whichever way."""
        rules = (stock.SalesRule(sku="CUP", per_customer=1),)
        counter = counter_with_cups(sales_rules=rules)
        order = paid_order(counter, customer="ala")
        offer(counter, order, cup(quantity=2))
        assert reasons(counter, orders.AcceptSubstitute(order=order, number=1)) == (
            stock.CustomerLimitReached("CUP", 2, 1),
        )
        offer(counter, order)
        take(counter, order, 2)
        offer(counter, order, cup(line="1c"))
        assert reasons(counter, orders.AcceptSubstitute(order=order, number=3)) == (
            stock.CustomerLimitReached("CUP", 1, 0),
        )
        assert_whole(counter)

    def test_of_a_confirmed_download_it_leaves_at_once(self) -> None:
        """No parcel takes it, so nothing else would."""
        counter = counter_with_cups()
        order = paid_order(counter, target=orders.ToDownload(country="PL"), delivery_method="download")
        offer(counter, order)
        view = take(counter, order)
        assert (view.file.stock.open, view.file.stock.consumed["CUP"]) == (Quantities(), 1)


class TestPreviewing:
    def test_each_choice_shows_its_price_before_anything_is_done(self) -> None:
        """Wait, send the rest, cancel, or something else: what would be owed and what would go back."""
        counter = counter_with_cups()
        order = paid_order(counter)
        before = counter.view(order)
        wait = counter.shop.preview(shipping.ReportShortPick(order=order, quantities=ONE_MUG, wait=True))
        cancel = counter.shop.preview(shipping.ReportShortPick(order=order, quantities=ONE_MUG))
        offered = counter.shop.preview(
            orders.OfferSubstitute(order=order, line="1", units=1, substitute=cup(), until=NEXT_WEEK)
        )
        assert [view.owed for view in (wait, cancel, offered)] == [pln("114.97"), pln("94.98"), pln("114.97")]
        assert (cancel.refunding, offered.price_change(1)) == (pln("19.99"), -pln("2.50"))
        assert counter.view(order) == before
        offer(counter, order)
        taken = counter.shop.preview(orders.AcceptSubstitute(order=order, number=1))
        assert (taken.owed, taken.refunding) == (pln("112.47"), pln("2.50"))
        assert counter.shop.level("CUP").held == 0

    def test_a_preview_is_rejected_as_the_command_would_be(self) -> None:
        """With the same reasons."""
        counter = counter_with_cups(cups=0)
        order = paid_order(counter)
        offer(counter, order)
        with pytest.raises(CommandRejected) as caught:
            counter.shop.preview(orders.AcceptSubstitute(order=order, number=1))
        assert caught.value.reasons == (stock.OutOfStock("CUP", 1, 0),)
