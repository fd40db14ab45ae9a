"""
The invariants, checked from outside: by the partners' books, the warehouse's count, and arithmetic done here again.

``after_step`` holds at every moment, ``at_rest`` when nothing is under way any more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from orderflow import Quantities, orders, returns, stock, wire, workflows
from orderflow.orders import DestinationKind, OrderStage
from orderflow.payments import RefundStage, TenderKind
from orderflow.ports.store import WorkState
from orderflow.runtime.views import OrderView
from orderflow.shipping import ParcelStage
from orderflow.verify import verify

from .world import MANUAL, SKUS, World

_STAGES = {
    OrderStage.RECEIVED: (OrderStage.VERIFIED, OrderStage.CANCELLED),
    OrderStage.VERIFIED: (OrderStage.RECEIVED, OrderStage.CONFIRMED, OrderStage.CANCELLED),
    OrderStage.CONFIRMED: (OrderStage.CANCELLED, OrderStage.CLOSED),
    OrderStage.CANCELLED: (OrderStage.CLOSED,),
    OrderStage.CLOSED: (),
}


def after_step(world: World) -> None:
    """Everything that must hold at every moment."""
    for order in world.orders:
        view = world.view(order)
        known = world.seen.get(order)
        if known is None or known.version != view.version:
            _log(world, order, view)
            _owed(view)
            _refunds_leave_what_is_owed(known, view)
            world.seen[order] = view
        _banks(world, order, view)
    _cards(world)
    _stock(world)
    _works(world)


def at_rest(world: World) -> None:
    """Everything that must hold when all that was under way has come to an end."""
    after_step(world)
    found = verify(world.store)
    assert not found, f"verify: {found}"
    for order in world.orders:
        view = world.view(order)
        assert view.order.stage is OrderStage.CLOSED, f"{order} cannot be closed: {_why_open(world, view)}"
        kept = world.money_outside(order)
        assert kept == view.owed.minor, f"M4 {order}: {kept} is held and {view.owed.minor} is owed"
        for attempt in view.file.payments.attempts:
            account = world.account(order, attempt)
            if account is not None:
                assert account.captured == attempt.captured.minor, f"M4 {order}: the bank took {account.captured}"
        assert not view.file.stock.open, f"S5 {order} still holds {view.file.stock.open}"
    with world.store.reading() as view:
        for sku in SKUS:
            level = view.counters.level(stock.item_id(sku))
            assert level is None or level.held == 0, f"S5 a hold on {sku} leaked: {level}"
        for order in world.orders:
            late = [row for row in view.work.of_stream(order) if row.state is WorkState.DUE]
            assert not [row for row in late if row.due_at <= world.clock.now()], f"E1 {order}: {late}"


def _why_open(world: World, view: OrderView) -> str:
    notes = [row.note for row in world.shop.alerts() if row.stream == view.id]
    stages = [parcel.stage.value for parcel in view.parcels]
    return f"{view.order.stage} {view.holds} {workflows.unsettled(view.file)} {stages} {notes}"


# The log


def _log(world: World, order: str, view: OrderView, *, stages: bool = True) -> None:
    with world.store.reading() as transaction:
        rows = transaction.streams.read(order)
        broken = transaction.streams.broken_link(order)
    assert broken is None, f"L2 {order}: the chain is broken at {broken}"
    assert [row.version for row in rows] == list(range(1, view.version + 1)), f"L2 {order}: versions have gaps"
    events = [wire.load(row.name, row.payload) for row in rows]
    assert [wire.dump(event) for event in events] == [(row.name, row.payload) for row in rows], f"L2 {order}: JSON"
    file = workflows.OrderFile()
    for event in events:
        before = file
        file = workflows.evolve(file, event)
        if stages and not isinstance(before.orders, orders.NoOrder) and before.order.stage is not file.order.stage:
            step = (before.order.stage, file.order.stage)
            assert step[1] in _STAGES[step[0]], f"L1 {order}: {step}"
    assert file == view.file, f"L2 {order}: the stored events do not fold to the state"


# Money


def _owed(view: OrderView) -> None:
    """M7: what is owed is price and deposit of the units kept, their payment's fee, and delivery or nothing of it."""
    returned = Quantities(pair for one in view.returns for pair in one.granted)
    kept = view.remaining - returned
    low = high = deposits = 0
    for each in view.order.lines:
        gross = next(one.gross.minor for one in view.order.quote.lines if one.line == each.line)
        deposits += kept[each.line] * (each.deposit.minor if each.deposit else 0)
        low += kept[each.line] * (gross // each.quantity)
        high += kept[each.line] * -(-gross // each.quantity)
        if kept[each.line] == each.quantity:
            low, high = low + gross % each.quantity, high - (-gross % each.quantity)
    delivery = view.order.delivery_price.minor
    fee = view.order.payment_fee.minor if kept else 0
    owed = view.owed.minor - fee - deposits
    assert low <= owed <= high + delivery, f"M7 {view.id}: {owed} owed for goods of {low} and delivery {delivery}"
    if kept:
        assert owed >= low + delivery, f"M7 {view.id}: {owed} owed, {low} + {delivery} is kept"
    asked = [one for one in view.file.payments.attempts if not one.account]
    ways = (*(one.method for one in asked if one.paid or one is asked[-1]), *TenderKind)
    assert not asked or view.order.payment_method in ways, f"M7 {view.id}: {view.order.payment_method} of {ways}"
    used = (view.order.payment_method, *(one.method for one in asked if one.paid))
    fees = [view.order.quote.fee_of(way) for way in used]
    assert view.order.payment_fee in fees, f"M7 {view.id}: another fee"
    quote = view.order.quote
    deposit = sum(one.deposit.minor * one.quantity for one in view.order.lines if one.deposit)
    goods = sum(one.gross.minor for one in quote.lines)
    total = goods + deposit + quote.delivery_price.minor + quote.payment_fee.minor
    assert view.total.minor == total, f"M7 {view.id}: {view.total} is not the sum of its parts"


def _refunds_leave_what_is_owed(before: OrderView | None, view: OrderView) -> None:
    back = view.refunded.minor + view.refunding.minor
    assert 0 <= back <= view.paid.minor, f"M2 {view.id}: {back} goes back of {view.paid}"
    held = view.paid.minor - back
    if before is not None and back > before.refunded.minor + before.refunding.minor:
        assert held >= view.owed.minor, f"M2 {view.id}: a refund left {held} of {view.owed} that is owed"
    rejected = sum(r.amount.minor for r in view.file.payments.refunds if r.stage is RefundStage.REJECTED)
    assert held - view.owed.minor <= rejected, f"M2 {view.id}: {held} is held, {view.owed} owed, nothing under way"


def _banks(world: World, order: str, view: OrderView) -> None:
    """M4, M5: what we say happened did happen, and nothing happened outside that we did not ask for."""
    refunds = {refund.number: refund for refund in view.file.payments.refunds}
    given: Counter[int] = Counter()
    for attempt in view.file.payments.attempts:
        account = world.account(order, attempt)
        if attempt.account:
            continue
        if account is None:
            assert attempt.gateway in MANUAL or not attempt.captured, f"M4 {order}: money of a payment never opened"
            if attempt.gateway in MANUAL:
                told = world.told.get((order, attempt.number), 0)
                assert attempt.captured.minor <= told, f"M4 {order}: {attempt.captured}, but staff saw {told}"
            continue
        at_once = [charge for charge in account.charges if charge[0] == "start"]
        assert len(at_once) <= 1, f"M5 {order}: attempt {attempt.number} was charged {len(at_once)} times"
        assert attempt.captured.minor <= account.captured, f"M4 {order}: {attempt.captured} of {account.captured}"
        asked = sum(charge[1] for charge in account.charges)
        assert asked <= attempt.amount.minor, f"M5 {order}: {asked} was charged for {attempt.amount}"
        settled = sum(
            refund.amount.minor
            for refund in refunds.values()
            if refund.attempt == attempt.number and refund.stage is RefundStage.SETTLED and not refund.account
        )
        assert settled <= account.refunded, f"M4 {order}: we say {settled} went back, the bank {account.refunded}"
        for operation, each in account.refunds.items():
            number = int(operation.rpartition("x")[2])
            assert number in refunds, f"M4 {order}: the bank gave back what was never asked: {operation}"
            assert each.amount == refunds[number].amount.minor, f"M4 {order}: {operation} has another amount"
            assert refunds[number].attempt == attempt.number, f"M5 {order}: {operation} went to another attempt"
            given[number] += each.times
    twice = [number for number, times in given.items() if times > 1]
    assert not twice, f"M5 {order}: refunds {twice} were made more than once"


def _cards(world: World) -> None:
    """K4: what came on a card is there, or with orders: by its stream, its counter and the orders alike."""
    on_cards = world.on_cards()
    has: Counter[tuple[str, str]] = Counter()
    for order in world.orders:
        money = world.seen[order].file.payments
        for attempt in money.attempts:
            if attempt.account:
                has[attempt.account, order] += attempt.captured.minor
        for refund in money.refunds:
            if refund.account:
                assert refund.stage is RefundStage.SETTLED, f"K4 {order}: refund {refund.number} is under way"
                has[refund.account, order] -= refund.amount.minor
    for key in {*has, *on_cards}:
        assert has[key] == on_cards[key], f"K4 {key}: orders say {has[key]}, the card {on_cards[key]}"
    for account, loaded in world.loaded.items():
        spent = sum(amount for (of, _), amount in on_cards.items() if of == account)
        with world.store.reading() as transaction:
            level = transaction.counters.level(account)
        assert level is not None, f"K4 {account} has no counter"
        assert (level.value, level.held) == (loaded - spent, 0), f"K4 {account}: {level} of {loaded} less {spent}"
        assert level.value >= 0, f"K4 {account} is overdrawn"


# Stock


def _stock(world: World) -> None:
    shelf: Counter[str] = Counter(world.booked)
    held: Counter[str] = Counter()
    beyond: Counter[str] = Counter()
    for order in world.orders:
        view = world.seen[order]
        for sku, count in view.file.stock.open:
            held[sku] += count
        for sku, count in view.file.stock.backordered:
            beyond[sku] += count
        for sku, change in _moved(world, view).items():
            shelf[sku] += change
    with world.store.reading() as transaction:
        for sku in SKUS:
            key = stock.item_id(sku)
            level = transaction.counters.level(key)
            if level is None:
                continue
            ledger = transaction.counters.ledger(key)
            holds = sum(hold.quantity for hold in transaction.counters.holds(key))
            sums = (sum(entry.value for entry in ledger), sum(entry.held for entry in ledger))
            assert sums == (level.value, level.held), f"S2 {sku}: {level}, its ledger says {sums}"
            assert holds == level.held, f"S2 {sku}: {level.held} held, its holds sum to {holds}"
            assert level.value >= 0 <= level.held, f"S1 {sku}: {level}"
            assert level.held <= level.value + beyond[sku], f"S1 {sku}: {level}, {beyond[sku]} on backorder"
            assert level.held <= held[sku], f"S5 {sku}: {level.held} held, orders say {held[sku]}"
            assert level.value == shelf[sku], f"S4 {sku}: {level.value} on the shelf, {shelf[sku]} by counting"


def _moved(world: World, view: OrderView) -> Counter[str]:
    """What an order took from the shelf and put back, by the parcels' ways, the returns and the short picks."""
    skus = {each.line: each.sku for each in view.order.lines if each.tracked}
    moved: defaultdict[str, int] = defaultdict(int)

    def move(units: Quantities, sign: int) -> None:
        for name, count in units:
            if name in skus:
                moved[skus[name]] += sign * count

    if view.order.destination.kind is DestinationKind.DOWNLOAD:
        return Counter({sku: -count for sku, count in view.file.stock.consumed})
    booked = dict(view.file.stock.settled)
    for parcel in view.parcels:
        needs = any(name in skus for name, _ in parcel.quantities)
        if parcel.has_left and needs and f"consumed parcel {parcel.number}" not in booked:
            assert _is_parked(world, view), f"S4 {view.id}: parcel {parcel.number} left and was not taken out"
            continue
        if parcel.has_left:
            move(parcel.quantities, -1)
        if parcel.stage is ParcelStage.RETURNED:  # what it brought of a return is on the shelf by the return
            move(parcel.quantities - returns.settled_units(view.file.returns, parcel.number), 1)
    for one in view.returns:
        move(one.restocked, 1)
    move(view.file.shipping.short, -1)
    return Counter(moved)


def _is_parked(world: World, view: OrderView) -> bool:
    parked = any(hold.startswith("parked:") for hold in view.holds)
    return parked or any(row.stream == view.id for row in world.shop.alerts())


# Work


def _works(world: World) -> None:
    assert not world.points.called_inside, f"E3 called inside a transaction: {world.points.called_inside}"
    for row in world.shop.alerts():
        assert row.note, f"L5 {row.id} is parked without a reason"
    kinds = [tuple(key.split("/")) for key in world.postman.sent]
    once = Counter((key[0], key[2]) for key in kinds if key[2] in ("send_received", "send_cancelled"))
    assert not [pair for pair, times in once.items() if times > 1], f"E2 told twice: {once}"


def totals(world: World) -> dict[str, Any]:
    """The final books of all partners, to compare two runs of the same story."""
    with world.store.reading() as transaction:
        levels = {sku: transaction.counters.level(stock.item_id(sku)) for sku in SKUS}
    books = []
    for order in world.orders:
        view = world.view(order)
        accounts = [world.account(order, attempt) for attempt in view.file.payments.attempts]
        one = {
            "stage": view.order.stage,
            "paid": view.paid,
            "refunded": view.refunded,
            "refunding": view.refunding,
            "owed": view.owed,
            "captured": [account and account.captured for account in accounts],
            "charges": [account and sum(amount for _, amount in account.charges) for account in accounts],
            "given back": [account and account.refunded for account in accounts],
            "parcels": [(parcel.stage, parcel.quantities) for parcel in view.parcels],
            "attempts": [attempt.stage for attempt in view.file.payments.attempts],
            "refunds": sorted((r.attempt, r.amount.minor, r.stage) for r in view.file.payments.refunds),
        }
        books.append(one)
    cards = {account: world.shop.card(account).balance for account in world.loaded}
    sent = Counter(message.kind for message in world.postman.sent.values())
    bookings = sorted(booking.rpartition("-")[2] for courier in world.couriers.values() for booking in courier.bookings)
    return {"levels": levels, "orders": books, "cards": cards, "messages": sent, "bookings": bookings}
