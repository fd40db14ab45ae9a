"""Everything that hosts, staff, customers, partners and bad luck do, each as one small function of world and chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

from orderflow import Money, Quantities, giftcards, orders, payments, returns, shipping, stock
from orderflow.orders import OrderStage
from orderflow.payments import RefundStage, TenderKind
from orderflow.ports.gateway import PaymentOutcome, RefundOutcome
from orderflow.runtime.views import OrderView
from orderflow.shipping import ParcelStage, TrackingStatus
from orderflow.workflows import surplus

from .outside import Fault
from .world import ADDRESS, BANKS, CARDS, CONTACT, CREDITS, MANUAL, SKUS, TARGETS, World, line, order_of

T = TypeVar("T")


class Chance(Protocol):
    """Where choices come from: Hypothesis, which shrinks them, or a seeded generator, which is fast."""

    def choose(self, among: Sequence[T]) -> T:
        """One of these."""
        ...

    def number(self, low: int, high: int) -> int:
        """A number in this range, both ends included."""
        ...


Action = Callable[[World, Chance], None]
ACTIONS: list[Action] = []
TROUBLE: list[Action] = []


def action(act: Action) -> Action:
    """Register what happens in a shop anyway."""
    ACTIONS.append(act)
    return act


def trouble(act: Action) -> Action:
    """Register what makes something go wrong."""
    TROUBLE.append(act)
    return act


def _order(world: World, chance: Chance) -> OrderView | None:
    return world.view(chance.choose(world.orders[-6:])) if world.orders else None


def _units(of: Quantities, chance: Chance) -> Quantities:
    return Quantities((name, chance.number(0, count)) for name, count in of)


# Customers and staff


@action
def place(world: World, chance: Chance) -> None:
    """A customer orders; now and then with a wrong address, a repeated product, or something on backorder."""
    lines = []
    for number in range(1, chance.number(1, 3) + 1):
        sku = chance.choose(tuple(SKUS))
        backorder = sku == "PLATE" and chance.choose((False, True))
        lines.append(line(number, sku, chance.number(1, 3), backorder=backorder, tracked=sku != "CLOCK"))
    delivery = chance.choose(tuple(TARGETS))
    changes: dict[str, Any] = {}
    if chance.number(0, 9) == 9:
        changes["seen_total"] = lines[0].unit_price
    payment = chance.choose((*BANKS, *MANUAL))
    command = order_of(
        *lines, payment=payment, delivery=delivery, customer=chance.choose((None, *CREDITS.values())), **changes
    )
    if chance.number(0, 4):
        world.do(command)
    else:
        cards = [card for card in CARDS if chance.choose((False, True))]
        world.place_with_cards(command, cards, credit=chance.choose((False, True)))


@action
def ask_again(world: World, chance: Chance) -> None:
    """The same request once more: the same answer, and nothing happens."""
    if world.requests:
        request = chance.choose(tuple(world.requests)[-8:])
        command, order, version = world.requests[request]
        before = world.view(order).version
        again = world.shop.do(command, request_id=request)
        assert (again.id, again.version) == (order, version), "M6: another answer to the same request"
        assert world.view(order).version == before, "M6: the same request happened twice"


@action
def customer_pays(world: World, chance: Chance) -> None:
    """On any page of a bank that is not paid: in full, in part, or nothing comes of it. Sometimes a page twice."""
    pages = [
        (bank, reference)
        for name, bank in world.banks.items()
        if not BANKS[name].at_once
        for reference in tuple(bank.accounts)[-6:]
    ]
    if not pages:
        return
    bank, reference = chance.choose(pages)
    amount = bank.accounts[reference].amount
    match chance.number(0, 9):
        case 0:
            bank.customer_fails(reference, PaymentOutcome.FAILED)
        case 1:
            bank.customer_fails(reference, chance.choose((PaymentOutcome.EXPIRED, PaymentOutcome.CANCELLED)))
        case 2:
            bank.customer_pays(reference, max(amount // 2, 1))
        case _:
            bank.customer_pays(reference, amount)


@action
def post_arrives(world: World, chance: Chance) -> None:
    """A partner's notification arrives: any of those waiting, or an old one once more."""
    sources = [source for source in (*world.banks.values(), *world.couriers.values()) if source.sent]
    if not sources:
        return
    source = chance.choose(sources)
    if source.queue:
        body = source.queue.pop(chance.number(0, len(source.queue) - 1))
    else:
        body = chance.choose(source.sent[-5:])
    world.deliver_post(source.name, body)


@action
def transfer_comes(world: World, chance: Chance) -> None:
    """Money on the bank statement: in full, in part, or too much."""
    view = _order(world, chance)
    attempts = [] if view is None else view.file.payments.attempts
    by_hand = [attempt for attempt in attempts if attempt.kind is TenderKind.TRANSFER]
    if view is None or not by_hand:
        return
    attempt = chance.choose(by_hand)
    known = world.told.get((view.id, attempt.number), 0)
    more = chance.choose((attempt.amount.minor, attempt.amount.minor // 2 + 1, 7))
    world.pay_by_transfer(view.id, attempt.number, known + more)


@action
def retry_payment(world: World, chance: Chance) -> None:
    """The customer chooses another way to pay."""
    view = _order(world, chance)
    if view is not None:
        name = chance.choose((*BANKS, *MANUAL))
        kind = TenderKind.TRANSFER if name == "transfer" else TenderKind.PREPAID  # the shop knows better
        world.do(payments.RetryPayment(order=view.id, method=name, gateway=name, kind=kind))


@action
def load_card(world: World, chance: Chance) -> None:
    """Somebody buys a gift card or has one topped up, or is given store credit."""
    world.load(chance.choose((*CARDS, *CREDITS)), chance.choose((1, 777, 5000, 20_000)))


@action
def pay_with_what_is_here(world: World, chance: Chance) -> None:
    """The customer types a code, or uses store credit: for all of it, a part, or more than there is."""
    view = _order(world, chance)
    if view is None:
        return
    amount = chance.choose((None, None, Money(1, "PLN"), Money(3000, "PLN"), Money(10**6, "PLN")))
    card = chance.choose((*CARDS, None))
    if card is None:
        world.do(payments.PayWithStoreCredit(order=view.id, amount=amount))
    else:
        world.do(payments.PayWithGiftCard(order=view.id, card=card, amount=amount))


@action
def choose_refund_form(world: World, chance: Chance) -> None:
    """The customer would rather have store credit, or not any more."""
    view = _order(world, chance)
    if view is not None:
        world.do(payments.ChooseRefundForm(order=view.id, form=chance.choose(tuple(payments.RefundForm))))


@action
def block_or_prolong(world: World, chance: Chance) -> None:
    """Staff block a card, let it be used again, or for longer."""
    card = chance.choose(tuple(CARDS))
    until = world.clock.now() + timedelta(days=60)
    command = chance.choose(
        (
            giftcards.BlockGiftCard(card=card, reason="lost"),
            giftcards.UnblockGiftCard(card=card),
            giftcards.UnblockGiftCard(card=card),
            giftcards.ProlongGiftCard(card=card, valid_until=until),
        )
    )
    world.survive(lambda: world.shop.do(command))


@action
def capture_or_void(world: World, chance: Chance) -> None:
    """Staff take or give back what was authorised."""
    view = _order(world, chance)
    if view is not None and view.file.payments.attempts:
        attempt = chance.choose(view.file.payments.attempts)
        command = chance.choose((payments.CapturePayment, payments.VoidPayment))
        world.do(command(order=view.id, attempt=attempt.number))


@action
def cancel(world: World, chance: Chance) -> None:
    """Some units, or everything."""
    view = _order(world, chance)
    if view is None:
        return
    if chance.number(0, 3) == 0:
        world.do(orders.CancelOrder(order=view.id))
    elif units := _units(view.remaining, chance):
        world.do(orders.CancelLines(order=view.id, quantities=units))


@action
def amend(world: World, chance: Chance) -> None:
    """Another address, contact or delivery; a wrong address now and then."""
    view = _order(world, chance)
    if view is None:
        return
    wrong = chance.number(0, 2) == 0
    code = "1234" if wrong else "00-950"
    delivery = chance.choose(("courier", "express", "locker", "counter"))
    world.do(
        chance.choose(
            (
                orders.AmendAddress(order=view.id, address=_address(code)),
                orders.AmendContact(order=view.id, contact=CONTACT),
                orders.AmendDelivery(order=view.id, delivery_method=delivery, target=TARGETS[delivery]),
                orders.TagOrder(order=view.id, add=("totals_accepted",)),
                orders.AddNote(order=view.id, text="call first"),
            )
        )
    )


def _address(code: str) -> Any:
    return ADDRESS.__class__(
        name=ADDRESS.name, street=ADDRESS.street, city=ADDRESS.city, postal_code=code, country=ADDRESS.country
    )


@action
def hold_or_release(world: World, chance: Chance) -> None:
    """A person stops an order, or lets it go on."""
    view = _order(world, chance)
    if view is None:
        return
    if view.holds and chance.choose((True, False)):
        world.do(orders.ReleaseOrder(order=view.id, reason=chance.choose(view.holds)))
    else:
        world.do(orders.HoldOrder(order=view.id, reason="fraud"))


@action
def verify_or_close(world: World, chance: Chance) -> None:
    """Somebody presses a button."""
    view = _order(world, chance)
    if view is not None:
        world.do(chance.choose((orders.VerifyOrder, orders.ConfirmOrder, orders.CloseOrder))(order=view.id))


@action
def offer_something_else(world: World, chance: Chance) -> None:
    """What may be missing, for something cheaper or dearer; or the customer says that he waits."""
    view = _order(world, chance)
    if view is None:
        return
    missing = chance.choose(view.order.lines)
    if chance.number(0, 3) == 0:
        world.do(orders.BackorderLines(order=view.id, lines=(missing.line,)))
        return
    name = 100 + len(view.substitutes)
    instead = line(name, chance.choose(tuple(SKUS)), chance.number(1, 2), backorder=chance.number(0, 3) == 0)
    until = world.clock.now() + timedelta(hours=chance.choose((4, 100, 300)))
    world.do(
        orders.OfferSubstitute(
            order=view.id, line=missing.line, units=chance.number(1, 3), substitute=instead, until=until
        )
    )


@action
def answer_the_offer(world: World, chance: Chance) -> None:
    """Yes or no, in time or too late; yes costs what was said, and nothing else."""
    asked = [view for view in world.views()[-8:] if view.substitutes]
    if not asked:
        return
    view = chance.choose(asked)
    offer = chance.choose(view.substitutes[-2:])
    if chance.number(0, 4) == 0:
        other = chance.choose((orders.DeclineSubstitute, orders.WithdrawSubstitute))
        world.do(other(order=view.id, number=offer.number))
        return
    open_before = offer.stage is orders.SubstituteStage.OFFERED
    taken = world.do(orders.AcceptSubstitute(order=view.id, number=offer.number))
    if taken is not None and open_before and taken.substitutes[offer.number - 1].stage is not offer.stage:
        change = view.price_change(offer.number)
        assert taken.owed == view.owed + change, f"M7 {view.id}: {taken.owed} after {view.owed} and {change}"


# The warehouse


@action
def prepare(world: World, chance: Chance) -> None:
    """Pick, pack, or find the shelf empty."""
    view = _order(world, chance)
    if view is None:
        return
    match chance.number(0, 5):
        case 0:  # whoever finds the shelf empty was sent to it
            units = _units(view.remaining - view.file.shipping.picked, chance)
            if units and view.order.stage is OrderStage.CONFIRMED:
                world.do(shipping.ReportShortPick(order=view.id, quantities=units, wait=chance.choose((False, True))))
        case 1 | 2:
            units = _units(view.remaining - view.file.shipping.picked, chance)
            world.do(shipping.PickLines(order=view.id, quantities=units or None))
        case 3:
            picked = view.file.shipping.picked - shipping.packed(view.file.shipping)
            world.do(shipping.PackParcel(order=view.id, quantities=_units(picked, chance) or None))
        case _:
            world.do(shipping.PickLines(order=view.id))
            world.do(shipping.PackParcel(order=view.id))


@action
def send(world: World, chance: Chance) -> None:
    """A parcel is handed over, or unpacked again."""
    view = _order(world, chance)
    if view is not None and view.parcels:
        parcel = chance.choose(view.parcels).number
        command = chance.choose((shipping.HandOver, shipping.HandOver, shipping.HandOver, shipping.CancelParcel))
        world.do(command(order=view.id, parcel=parcel))


@action
def on_its_way(world: World, chance: Chance) -> None:
    """Anything that may happen to a parcel, in any order."""
    view = _order(world, chance)
    if view is not None and (parcels := [parcel for parcel in view.parcels if parcel.is_live]):
        parcel = chance.choose(parcels)
        delivered = (TrackingStatus.DELIVERED,) * 6
        world.track(view.id, parcel, chance.choose((*delivered, *TrackingStatus)))


@action
def stock_changes(world: World, chance: Chance) -> None:
    """Deliveries, and corrections of the count."""
    sku = chance.choose(tuple(SKUS))
    world.counts["references"] += 1
    reference = f"n{world.counts['references']}"
    if chance.choose((True, True, False)):
        world.restock(sku, chance.number(1, 6), reference)
        return
    delta = chance.choose((-3, -1, 1, 2))
    command = stock.AdjustStock(sku=sku, delta=delta, reason="count", reference=reference)
    for _ in range(9):
        before = world.counts["crashed"] + world.counts["store failed"]
        if world.survive(lambda: world.shop.do(command)) is not None:
            world.booked[sku] += delta
            return
        if world.counts["crashed"] + world.counts["store failed"] == before:
            return


# Things come back


@action
def withdraw(world: World, chance: Chance) -> None:
    """The customer withdraws from some units."""
    view = _order(world, chance)
    if view is not None and (units := _units(view.remaining, chance)):
        world.do(returns.DeclareWithdrawal(order=view.id, quantities=units))


@action
def take_back(world: World, chance: Chance) -> None:
    """Units of a return arrive, are looked at, credited early, or the return is closed."""
    view = _order(world, chance)
    if view is None or not view.returns:
        return
    one = chance.choose(view.returns)
    match chance.number(0, 4):
        case 0 | 1:
            arrive = (one.quantities - one.received) & world.with_customer(view)
            if arrive := _units(arrive, chance):
                world.do(returns.ReceiveReturn(order=view.id, return_=one.number, quantities=one.received + arrive))
        case 2:
            good = _units(one.uninspected, chance)
            bad = _units(one.uninspected - good, chance)
            if good or bad:
                world.do(
                    returns.InspectReturn(
                        order=view.id,
                        return_=one.number,
                        restock=one.restocked + good,
                        write_off=one.written_off + bad,
                    )
                )
        case 3:
            world.do(returns.GrantRefund(order=view.id, return_=one.number))
        case _:
            world.do(returns.CloseReturn(order=view.id, return_=one.number, reason="done"))


@action
def refunds_move(world: World, chance: Chance) -> None:
    """A slow refund is settled or refused, staff send one by hand, or a refused one is tried again."""
    for bank in world.banks.values():
        for reference, operation in bank.pending_refunds():
            outcome = chance.choose((RefundOutcome.SETTLED, RefundOutcome.SETTLED, RefundOutcome.REJECTED))
            bank.settle_refund(reference, operation, outcome)
    view = _order(world, chance)
    for refund in () if view is None else view.file.payments.refunds:
        if refund.stage is RefundStage.REJECTED:
            world.do(payments.RetryRefund(order=view.id, refund=refund.number))
        elif refund.gateway in MANUAL and refund.stage is not RefundStage.SETTLED:
            world.settle_by_hand(view.id, refund)


@action
def courier_pays(world: World, chance: Chance) -> None:
    """The courier accounts for cash: all of it, a part, or more than it took."""
    view = _order(world, chance)
    if view is None:
        return
    owed = payments.courier_owes(view.file.payments, "PLN")
    cash = [a for a in view.file.payments.attempts if a.kind is TenderKind.CASH_ON_DELIVERY]
    if cash and owed:
        amount = chance.choose((owed, owed, owed * 2))
        attempt = next((a for a in cash if a.collected != a.remitted), cash[0])
        world.remitted[view.id] += 1
        world.do(
            payments.RecordRemittance(
                order=view.id,
                attempt=attempt.number,
                amount=amount,
                fee=amount * 0,
                reference=f"R{world.remitted[view.id]}",
                occurred_at=world.clock.now(),
            )
        )


# Time


@action
def time_passes(world: World, chance: Chance) -> None:
    """Seconds, minutes, hours, days."""
    world.clock.advance(
        chance.choose(
            (
                timedelta(seconds=2),
                timedelta(minutes=3),
                timedelta(minutes=59),
                timedelta(hours=5),
                timedelta(days=1),
                timedelta(days=8),
                timedelta(days=20),
            )
        )
    )


@action
def worker_comes_by(world: World, chance: Chance) -> None:
    """What is due is done."""
    world.run()


@action
def checkout_performs(world: World, chance: Chance) -> None:
    """The web shop performs one order's requests at once."""
    if world.orders:
        order = chance.choose(world.orders[-4:])
        world.survive(lambda: world.shop.perform(order))


@action
def person_resumes(world: World, chance: Chance) -> None:
    """Somebody looks at what was set aside and lets it be tried again."""
    rows = [row for row in world.shop.alerts() if "window" not in row.note]
    if rows:
        row = chance.choose(rows)
        world.survive(lambda: world.shop.resume(row.id))


# Trouble


@trouble
def call_fails(world: World, chance: Chance) -> None:
    """The next call of some kind goes wrong."""
    names = (
        "card.start", "saved_card.start", "saved_card.lookup", "deaf.start", "two_step.capture", "two_step.void",
        "two_step.lookup", "card.refund", "saved_card.refund", "deaf.refund", "two_step.refund", "card.lookup_refund",
        "polled.book", "polled.lookup", "telling.book", "polled.track", "notifier.send",
    )  # fmt: skip
    world.expect(chance.choose(names), chance.choose(tuple(Fault)))


@trouble
def commit_fails(world: World, chance: Chance) -> None:
    """One of the next commits is not kept, or kept and not heard of; now and then the process dies with it."""
    skip = chance.number(0, 3)
    faults = (Fault.BEFORE, Fault.AFTER, Fault.CRASH_BEFORE, Fault.CRASH_AFTER)
    world.points.planned.setdefault(len(world.points.names) + skip, chance.choose(faults))


@trouble
def bank_refuses_refund(world: World, chance: Chance) -> None:
    """The next refund is turned down."""
    chance.choose(tuple(world.banks.values())).refuse_next_refund = True


# Closing the day


def finish(world: World) -> None:
    """Nothing goes wrong any more; partners and staff finish everything, until every order can be filed."""
    world.calm()
    world.clock.advance(timedelta(minutes=5))
    for number in range(14):
        world.run()
        world.empty_queues()
        _settle_at_banks(world)
        open_orders = [view for view in world.views() if view.order.stage is not OrderStage.CLOSED]
        for view in open_orders:
            _finish_order(world, view.id, number)
        world.empty_queues()
        world.clock.advance(timedelta(days=8))
        world.run()
        if not open_orders:
            break
    # Late news: payments that are still open at a bank expire there.
    for bank in world.banks.values():
        for reference in bank.accounts:
            bank.tell(reference)
    world.empty_queues()
    for _ in range(4):
        world.later(hours=5)
        _settle_at_banks(world)
        world.empty_queues()
        for order in world.orders:
            _settle_refunds(world, order)


def _settle_at_banks(world: World) -> None:
    for bank in world.banks.values():
        for reference, operation in bank.pending_refunds():
            bank.settle_refund(reference, operation, RefundOutcome.SETTLED)


def _look_at_the_bank(world: World, order: str) -> None:
    """What was set aside because nobody could ask: a person reads the bank's own pages and says what is there."""
    for row in world.shop.alerts():
        if row.stream != order or "window" not in row.note:
            continue
        state, number = world.view(order).file.payments, int(row.payload)
        if row.kind == "start_payment":
            account = world.account(order, state.attempts[number - 1])
            if account is not None and account.captured:
                facts = payments.PaymentFacts(
                    outcome=payments.Outcome.CAPTURED,
                    captured=Money(account.captured, account.currency),
                    occurred_at=world.clock.now(),
                )
                world.do(payments.ObservePayment(order=order, attempt=number, facts=facts))
        if row.kind == "refund_money":
            refund = state.refunds[number - 1]
            account = world.account(order, state.attempts[refund.attempt - 1])
            done = any(
                int(operation.rpartition("x")[2]) == number and given.times
                for operation, given in account.refunds.items()
            )
            outcome = RefundStage.SETTLED if done else RefundStage.REJECTED
            if refund.stage in (RefundStage.REQUESTED, RefundStage.PENDING):
                world.do(
                    payments.ObserveRefund(order=order, refund=number, outcome=outcome, occurred_at=world.clock.now())
                )
        world.survive(partial(world.shop.resume, row.id))


def _finish_order(world: World, order: str, round_: int) -> None:
    _look_at_the_bank(world, order)
    view = world.view(order)
    for sku, count in Quantities((e.sku, e.quantity) for e in view.order.lines if e.tracked):
        level = world.shop.level(sku)
        if level.available < count and (view.file.stock.backordered or view.holds):
            world.counts["references"] += 1
            world.restock(sku, count - level.available, f"n{world.counts['references']}")
    _take_out_what_left(world, view)
    _lift_holds(world, order)
    view = world.view(order)
    if view.order.stage in (OrderStage.RECEIVED, OrderStage.VERIFIED) and round_ > 2:
        world.do(orders.CancelOrder(order=order))
    if view.due and view.order.stage is OrderStage.CONFIRMED and not _pays_at_the_door(view):
        world.do(payments.RetryPayment(order=order, method="transfer", gateway="transfer", kind=TenderKind.TRANSFER))
        attempt = world.view(order).file.payments.attempts[-1]
        if attempt.kind is TenderKind.TRANSFER:
            known = world.told.get((order, attempt.number), 0)
            world.pay_by_transfer(order, attempt.number, known + attempt.amount.minor)
    if view.order.stage is OrderStage.CONFIRMED and view.order.destination.kind is not orders.DestinationKind.DOWNLOAD:
        world.do(shipping.PickLines(order=order))
        world.do(shipping.PackParcel(order=order))
        world.run()
    for parcel in world.view(order).parcels:
        _finish_parcel(world, order, parcel)
    world.empty_queues()
    world.later(hours=5)
    _finish_returns(world, order)
    _settle_refunds(world, order)
    _remit(world, order)
    world.run()
    world.do(orders.CloseOrder(order=order))


def _pays_at_the_door(view: OrderView) -> bool:
    newest = view.file.payments.attempts[-1] if view.file.payments.attempts else None
    return newest is not None and newest.kind is TenderKind.CASH_ON_DELIVERY and not newest.voiding


def _take_out_what_left(world: World, view: OrderView) -> None:
    booked = dict(view.file.stock.settled)
    skus = {e.line: e.sku for e in view.order.lines if e.tracked}
    for parcel in view.parcels:
        units = Quantities((skus[name], count) for name, count in parcel.quantities if name in skus)
        if parcel.has_left and units and f"consumed parcel {parcel.number}" not in booked:
            world.do(stock.CommitStock(order=view.id))
            world.do(stock.ConsumeStock(order=view.id, quantities=units, parcel=parcel.number))


def _lift_holds(world: World, order: str) -> None:
    if world.view(order).holds:
        world.do(orders.TagOrder(order=order, add=("totals_accepted",)))
        world.do(orders.AmendAddress(order=order, address=ADDRESS))
        world.do(orders.VerifyOrder(order=order))
    for hold in world.view(order).holds:
        if not hold.startswith("check:"):
            world.do(orders.ReleaseOrder(order=order, reason=hold))


def _finish_parcel(world: World, order: str, parcel: shipping.Parcel) -> None:
    if parcel.is_here:
        world.do(shipping.HandOver(order=order, parcel=parcel.number))
        parcel = world.view(order).parcels[parcel.number - 1]
    back = (ParcelStage.REFUSED, ParcelStage.NOT_COLLECTED, ParcelStage.RETURNING)
    if parcel.has_left and not parcel.is_over:
        ends = TrackingStatus.RETURNED if parcel.stage in back or parcel.turned_back else TrackingStatus.DELIVERED
        world.track(order, parcel, ends)


def _finish_returns(world: World, order: str) -> None:
    for one in world.view(order).returns:
        if one.is_over:
            continue
        arrive = (one.quantities - one.received) & world.with_customer(world.view(order))
        if arrive:
            world.do(returns.ReceiveReturn(order=order, return_=one.number, quantities=one.received + arrive))
        now = world.view(order).returns[one.number - 1]
        if now.uninspected:
            restock = now.restocked + now.uninspected
            world.do(
                returns.InspectReturn(
                    order=order, return_=one.number, restock=restock, write_off=now.written_off, opened=now.opened
                )
            )
        world.do(returns.CloseReturn(order=order, return_=one.number, reason="done"))


def _settle_refunds(world: World, order: str) -> None:
    _look_at_the_bank(world, order)
    for refund in world.view(order).file.payments.refunds:
        if refund.stage is RefundStage.REJECTED:
            world.do(payments.RetryRefund(order=order, refund=refund.number))
    if left := surplus(world.view(order).file):
        world.do(payments.RefundPayment(order=order, amount=left, cause="surplus"))
    world.run()
    for refund in world.view(order).file.payments.refunds:
        if refund.gateway in MANUAL and refund.stage is not RefundStage.SETTLED:
            world.settle_by_hand(order, refund)


def _remit(world: World, order: str) -> None:
    for attempt in world.view(order).file.payments.attempts:
        if owed := attempt.collected - attempt.remitted:
            world.remitted[order] += 1
            world.do(
                payments.RecordRemittance(
                    order=order,
                    attempt=attempt.number,
                    amount=owed,
                    fee=owed * 0,
                    reference=f"R{world.remitted[order]}",
                    occurred_at=world.clock.now(),
                )
            )
