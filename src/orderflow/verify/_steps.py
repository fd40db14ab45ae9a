"""L1, M2, M3, M5, S3: whether each event may follow the file before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import coupons, giftcards, loyalty, orders, payments, people, returns, shipping, stock
from ..coupons import UseStage
from ..money import Money
from ..orders import NoOrder, OrderStage
from ..payments import RefundForm, TenderKind
from ..quantities import Quantities
from ..returns._lifecycle import stage_after as return_stage_after
from ..shipping._lifecycle import TRIGGERS as PARCEL_TRIGGERS
from ..shipping._lifecycle import stage_after as parcel_stage_after
from ..workflows import Context, OrderFile, due, owed, store_credit, unsettled
from ..workflows._ways_to_pay import used_ways
from ._quotes import credit_problems, grant_problems, quote_problems, substitute_problems
from ._replay import Step

__all__ = ("coupon_problems", "quota_problems", "step_problems")

Problem = tuple[str, str]

_QUOTA = (stock.QuotaTaken, stock.QuotaGivenBack)

_ORDER_TRIGGERS: Mapping[type, str] = {
    orders.OrderVerified: "verify",
    orders.VerificationWithdrawn: "unverify",
    orders.OrderConfirmed: "confirm",
    orders.OrderCancelled: "cancel",
    orders.OrderClosed: "close",
}
_REFUND_TRIGGERS: Mapping[type, str] = {
    payments.RefundPending: "wait",
    payments.RefundSettled: "settle",
    payments.RefundRejected: "reject",
    payments.RefundRetried: "retry",
}
# A booking may come too late, for a parcel cancelled or gone: it exists and is recorded.
_PARCEL_STEPS = frozenset(PARCEL_TRIGGERS) - {shipping.ParcelBooked}


def step_problems(stream: str, step: Step, context: Context) -> Iterator[Problem]:
    """What is wrong with one step: the invariant and a sentence."""
    event, before = step.event, step.before
    if isinstance(event, orders.OrderPlaced | orders.OrderRecorded):
        yield from _beginning(stream, event, before)
    elif isinstance(before.orders, NoOrder):
        yield "L1", "nothing was placed before"
    elif isinstance(event, orders.Event):
        yield from _order(event, before, context)
    elif isinstance(event, payments.Event):
        yield from _payment(event, before)
    elif isinstance(event, stock.Event):
        yield from _quota(event, before) if isinstance(event, _QUOTA) else _stock(event, before.stock)
    elif isinstance(event, coupons.Event):
        yield from _coupons(event, before)
    elif isinstance(event, loyalty.Event):
        yield from _loyalty(event, before)
    elif isinstance(event, shipping.Event):
        yield from _shipping(event, before)
    elif isinstance(event, returns.Event):
        yield from _returns(event, before, context)
    elif isinstance(event, people.Event):
        if before.order.stage is not OrderStage.CLOSED:
            yield "L1", "personal data was erased while the order was open"
        if before.people.erased:
            yield "L1", "personal data was erased twice"


def _beginning(stream: str, event: orders.OrderPlaced | orders.OrderRecorded, before: OrderFile) -> Iterator[Problem]:
    if event.order != stream:
        yield "L1", f"the event is of {event.order}"
    if isinstance(before.orders, orders.Order) and not (
        isinstance(event, orders.OrderRecorded) and before.orders.adopted
    ):
        yield "L1", "the order was placed before"
    for problem in quote_problems(event):
        yield "M7", problem


def _order(event: orders.Event, before: OrderFile, context: Context) -> Iterator[Problem]:
    order = before.order
    trigger = _ORDER_TRIGGERS.get(type(event))
    if trigger is not None and orders.order_lifecycle().next(order.stage, trigger) is None:
        yield "L1", f"{trigger} is not legal for an order that is {order.stage}"
    match event:
        case orders.OrderHeld(reason=reason) if reason in order.holds:
            yield "L1", f"it was held for {reason!r} before"
        case orders.OrderReleased(reason=reason) if reason not in order.holds:
            yield "L1", f"it was not held for {reason!r}"
        case orders.OrderConfirmed() if order.holds:
            yield "L1", "it was confirmed while on hold"
        case orders.StageCompleted(stage=stage) if stage in order.completed_stages:
            yield "L1", f"stage {stage!r} was completed before"
        case orders.PaymentMethodChanged(payment_method=method, fee=fee):
            pinned = tuple(order.quote.fee_of(each) for each in (method, *used_ways(before)))
            if fee not in pinned:
                yield "M7", f"paying by {method} costs {fee} where {pinned[0]} was pinned"
        case orders.SubstituteOffered():
            if event.number != len(order.substitutes) + 1:
                yield "L1", f"offer {event.number} is out of turn"
            for problem in substitute_problems(event, before):
                yield "M7", problem
        case orders.SubstituteAccepted() | orders.SubstituteDeclined() | orders.SubstituteWithdrawn():
            yield from _substitute_told(event, order)
        case orders.LinesCancelled():
            for problem in credit_problems(event, before, context):
                yield "M7", problem
        case orders.OrderClosed():
            for part in unsettled(before):
                yield _CLOSED_WITH[part], f"it was closed while {part} were open"
            yield from coupon_problems(before)
        case _:
            pass


_SubstituteTold = orders.SubstituteAccepted | orders.SubstituteDeclined | orders.SubstituteWithdrawn
_SUBSTITUTE_TRIGGERS: Mapping[type, str] = {
    orders.SubstituteAccepted: "accept",
    orders.SubstituteDeclined: "decline",
    orders.SubstituteWithdrawn: "withdraw",
}


def _substitute_told(event: _SubstituteTold, order: orders.Order) -> Iterator[Problem]:
    offer = next((each for each in order.substitutes if each.number == event.number), None)
    trigger = _SUBSTITUTE_TRIGGERS[type(event)]
    if offer is None:
        yield "L1", f"there is no offer {event.number}"
    elif orders.substitute_lifecycle().next(offer.stage, trigger) is None:
        yield "L1", f"{trigger} is not legal for an offer that is {offer.stage}"
    elif trigger == "accept" and offer.until <= event.at:
        yield "L1", f"offer {event.number} had lapsed"


_CLOSED_WITH = {"money": "M3", "stock": "S5", "parcels": "L1", "units": "L1", "returns": "L1"}


def _payment(event: payments.Event, before: OrderFile) -> Iterator[Problem]:
    state = before.payments
    match event:
        case payments.PaymentRequested():
            if event.attempt != len(state.attempts) + 1:
                yield "L1", f"attempt {event.attempt} is out of turn"
            if not 0 < event.amount.minor <= due(before).minor:
                yield "M2", f"{event.amount} is asked for where {due(before)} is due"
        case payments.PaymentRecorded():
            known = next((each for each in state.attempts if each.number == event.attempt), None)
            if known is None and event.attempt != len(state.attempts) + 1:
                yield "L1", f"attempt {event.attempt} is out of turn"
            if known is not None and known.external != event.external:
                yield "L1", f"attempt {event.attempt} was adopted from {known.external!r}"
        case payments.RefundRequested() | payments.RefundRecorded():
            yield from _refund_begun(event, state)
            if isinstance(event, payments.RefundRequested):
                yield from _refund_sent(event, state)
        case payments.StoredValueTaken():
            yield from _value_taken(event, before)
        case payments.RefundFormChosen():
            wanted = store_credit(before) if event.form is RefundForm.STORE_CREDIT else ""
            if event.account != wanted:
                yield "K4", "refunds were to go to somebody else's store credit"
        case payments.RefundPending() | payments.RefundSettled() | payments.RefundRejected() | payments.RefundRetried():
            yield from _refund_told(_REFUND_TRIGGERS[type(event)], event.refund, state)
        case _:
            attempt = next((each for each in state.attempts if each.number == event.attempt), None)
            if attempt is None:
                yield "L1", f"there is no attempt {event.attempt}"
            else:
                yield from _attempt(event, attempt, owed(before).currency)


def _value_taken(event: payments.StoredValueTaken, before: OrderFile) -> Iterator[Problem]:
    if event.attempt != len(before.payments.attempts) + 1:
        yield "L1", f"attempt {event.attempt} is out of turn"
    if not 0 < event.amount.minor <= due(before).minor:
        yield "M2", f"{event.amount} was taken where {due(before)} is due"
    kind = TenderKind.GIFT_CARD if giftcards.is_gift_card(event.account) else TenderKind.STORE_CREDIT
    if event.kind is not kind or (kind is TenderKind.STORE_CREDIT and event.account != store_credit(before)):
        yield "K4", f"attempt {event.attempt} was paid by what the customer does not have"


def _refund_sent(event: payments.RefundRequested, state: payments.Payments) -> Iterator[Problem]:
    came_from = next((each.account for each in state.attempts if each.number == event.attempt), "")
    if event.account != (came_from or state.refunds_to):
        yield "K4", f"refund {event.refund} goes to another account than it should"


def _attempt(event: Any, attempt: payments.Attempt, currency: str) -> Iterator[Problem]:
    match event:
        case payments.PaymentObserved() if attempt.account:
            yield "K4", f"attempt {attempt.number} was paid here, and somebody else spoke of it"
        case payments.PaymentSuperseded() if attempt.superseded:
            yield "L1", f"attempt {attempt.number} was superseded before"
        case payments.CaptureRequested():
            asked = max(attempt.captured, attempt.capturing)
            if event.amount.minor <= 0 or event.total != asked + event.amount or event.total > attempt.authorised:
                yield "M5", f"{event.amount} more, {event.total} in all, cannot be captured"
        case payments.VoidRequested() if attempt.voiding:
            yield "M5", f"attempt {attempt.number} was voided before"
        case payments.CashCollected():
            if attempt.kind is not TenderKind.CASH_ON_DELIVERY:
                yield "L1", f"attempt {attempt.number} is not paid at the door"
            if event.amount < Money.zero(currency):
                yield "M2", "less than nothing was collected"
        case payments.CashRemitted():
            if event.amount > attempt.collected - attempt.remitted:
                yield "M2", f"{event.amount} was remitted, which is more than the courier had"
            if any(event.reference == known.reference for known in attempt.remittances):
                yield "M5", f"remittance {event.reference!r} was booked before"
        case _:
            pass


def _refund_begun(
    event: payments.RefundRequested | payments.RefundRecorded, state: payments.Payments
) -> Iterator[Problem]:
    if event.refund != len(state.refunds) + 1:
        yield "L1", f"refund {event.refund} is out of turn"
    attempt = next((each for each in state.attempts if each.number == event.attempt), None)
    if attempt is None:
        yield "L1", f"there is no attempt {event.attempt}"
        return
    if not 0 < event.amount.minor <= payments.available(state, attempt).minor:
        yield "M2", f"{event.amount} cannot go back of {payments.available(state, attempt)}"
    if event.gateway != attempt.gateway:
        yield "M5", f"the money came through {attempt.gateway!r} and goes back through {event.gateway!r}"


def _refund_told(trigger: str, number: int, state: payments.Payments) -> Iterator[Problem]:
    refund = next((each for each in state.refunds if each.number == number), None)
    if refund is None:
        yield "L1", f"there is no refund {number}"
    elif payments.refund_lifecycle().next(refund.stage, trigger) is None:
        yield "M5", f"{trigger} is not legal for a refund that is {refund.stage}"


def _quota(event: stock.QuotaTaken | stock.QuotaGivenBack, before: OrderFile) -> Iterator[Problem]:
    if isinstance(event, stock.QuotaGivenBack):
        yield from _within(event.quantities, before.stock.quota, "given back", "counted for the customer")
        return
    order = before.order
    ordered = Quantities((line.sku, line.quantity) for line in order.lines)
    yield from _within(event.quantities, ordered - before.stock.quota, "counted for the customer", "ordered")
    if order.customer is None or event.buyer != stock.buyer_of(order.customer):
        yield "S3", "units were counted for another customer"


def _stock(event: stock.Event, state: stock.Allocation) -> Iterator[Problem]:
    # What they say is what the holds after them do.
    if isinstance(event, stock.StockSourced | stock.StockPromised | stock.QuotaTaken | stock.QuotaGivenBack):
        return
    if isinstance(event, stock.ReservationMade):
        if event.number > len(state.reservations):
            yield "L1", f"there is no reservation {event.number}"
        return
    here = state.at(event.location)
    match event:
        case stock.StockHeld():
            if not event.backordered <= event.quantities:
                yield "S3", "more is backordered than held"
        case stock.StockCommitted():
            yield from _within(event.quantities, here.held, "committed", "held")
        case stock.StockConsumed():
            yield from _within(event.quantities, here.committed, "sent", "committed")
        case stock.StockReleased():
            yield from _within(event.quantities, here.open, "released", "held")
            yield from _within(event.swept, event.quantities, "swept", "released")
        case stock.HoldLapsed():
            yield from _within(event.quantities, here.held, "lapsed", "held")
            yield from _within(event.swept, event.quantities, "swept", "lapsed")
        case stock.UnitsRestocked():
            yield from _within(event.quantities, stock.returnable(state), "restocked", "sent")
        case stock.UnitsWrittenOff(return_=None, parcel=None):
            yield from _within(event.quantities, here.committed, "written off", "committed")
        case stock.UnitsWrittenOff():
            yield from _within(event.quantities, stock.returnable(state), "written off", "sent")
        case stock.ReservationRequested():
            yield from _within(event.quantities, here.open, "asked for", "held")
        case stock.ReservationRefused():
            yield from _within(event.missing, here.open, "missing", "held")


def _within(units: Quantities, limit: Quantities, what: str, of: str) -> Iterator[Problem]:
    if over := units - limit:
        yield "S3", f"units were {what} that were not {of}: {dict(over.pairs)}"


def quota_problems(file: OrderFile) -> Iterator[Problem]:
    """Units that are cancelled and still count towards what their customer may have."""
    skus = {line.line: line.sku for line in file.order.lines}
    cancelled = file.order.stage is OrderStage.CANCELLED
    left = Quantities() if cancelled else Quantities((skus[line], count) for line, count in file.order.remaining)
    if over := file.stock.quota - left:
        yield "S5", f"cancelled units count for the customer: {dict(over.pairs)}"


def coupon_problems(file: OrderFile) -> Iterator[Problem]:
    """Coupons that do not go with what became of their order."""
    state, stage = file.coupons, file.order.stage
    if state.stage is UseStage.RESERVED and stage not in (OrderStage.RECEIVED, OrderStage.VERIFIED):
        yield "S5", f"an order that is {stage} holds coupons"
    if state.stage is UseStage.USED and stage is OrderStage.CANCELLED and (kept := _to_come_back(state)):
        yield "S5", f"a cancelled order did not give back {', '.join(sorted(kept))}"


def _to_come_back(state: coupons.Coupons) -> set[str]:
    return {use.campaign for use in state.uses if use.given_back} - {*state.given_back}


def _coupons(event: coupons.Event, before: OrderFile) -> Iterator[Problem]:
    state, order = before.coupons, before.order
    reserved = state.stage is UseStage.RESERVED
    match event:
        case coupons.CouponsReserved():
            if state.uses:
                yield "S3", "coupons were reserved before"
            if len({use.campaign for use in event.uses}) < len(event.uses):
                yield "S3", "a campaign was used twice"
            for use in event.uses:
                if not 0 < use.saved.minor <= sum(applied.amount.minor for applied in order.quote.applied):
                    yield "M7", f"{use.campaign} cannot have saved {use.saved}"
                whose = None if order.customer is None else coupons.pseudonym(use.campaign, order.customer)
                if use.customer not in (None, whose):
                    yield "S3", f"{use.campaign} was used by another customer"
        case coupons.CouponsUsed():
            if not reserved or order.stage is not OrderStage.CONFIRMED:
                yield "S3", "coupons were used that were not reserved, or without a confirmed order"
        case coupons.CouponsReleased():
            if not reserved or order.stage is not OrderStage.CANCELLED:
                yield "S3", "coupons were released that were not reserved, or by an order that goes on"
        case coupons.CouponsGivenBack():
            if state.stage is not UseStage.USED or order.stage is not OrderStage.CANCELLED:
                yield "S3", "coupons came back that were not used, or from an order that goes on"
            elif not {*event.campaigns} <= _to_come_back(state):
                yield "S3", "a use came back twice, or that does not come back"


def _loyalty(event: loyalty.Event, before: OrderFile) -> Iterator[Problem]:
    state, customer = before.loyalty, before.order.customer
    match event:
        case loyalty.PointsPromised(programme=programme, member=member):
            if state.programme or customer is None or member != loyalty.member_of(programme.id, customer):
                yield "S3", "points were promised before, or to somebody else"
        case loyalty.PointsEarned(points=points):
            if points <= 0 or state.programme is None:
                yield "S3", "points were earned by no programme, or none at all"
        case loyalty.PointsTakenBack(points=points):
            if not 0 < points <= state.points:
                yield "S3", f"{points} points were taken back of {state.points}"
        case loyalty.PointsRestored(points=points):
            if not 0 < points <= state.taken_back:
                yield "S3", f"{points} points came back of {state.taken_back} that were taken"


def _shipping(event: shipping.Event, before: OrderFile) -> Iterator[Problem]:
    state = before.shipping
    match event:
        case shipping.LinesPicked() | shipping.ShortPickReported():
            ordered = Quantities((line.line, line.quantity) for line in before.order.lines)
            # A newer document of an order from elsewhere may have taken off what was picked before.
            if not event.quantities <= ordered - state.picked:
                yield "L1", "more is picked than was ordered"
        case shipping.ParcelPacked() | shipping.DeliveryRecorded():
            if event.parcel != len(state.parcels) + 1:
                yield "L1", f"parcel {event.parcel} is out of turn"
            if isinstance(event, shipping.ParcelPacked):
                if not event.quantities <= state.picked - shipping.packed(state):
                    yield "L1", "more is packed than was picked"
                if event.cash_due is not None and event.cash_due > due(before):
                    yield "M2", f"the courier is to collect {event.cash_due} where {due(before)} is due"
        case _:
            parcel = state.parcel(event.parcel)
            if parcel is None:
                yield "L1", f"there is no parcel {event.parcel}"
            elif type(event) in _PARCEL_STEPS and parcel_stage_after(parcel.stage, type(event)) is None:
                yield "L1", f"{type(event).__name__} is not legal for a parcel that is {parcel.stage}"


def _returns(event: returns.Event, before: OrderFile, context: Context) -> Iterator[Problem]:
    state = before.returns
    if isinstance(event, returns.WithdrawalDeclared):
        if event.return_ != len(state.returns) + 1:
            yield "L1", f"return {event.return_} is out of turn"
        if not event.quantities <= shipping.handed_over(before.shipping):
            yield "L1", "units are returned that were never sent"
        return
    one = state.numbered(event.return_)
    if one is None:
        yield "L1", f"there is no return {event.return_}"
        return
    if isinstance(event, returns.WithdrawnInTransit):
        if not event.quantities <= one.quantities:
            yield "L1", "more was on its way than declared"
        return
    # What becomes of a parcel is told of returns that are over, too.
    settles = isinstance(event, returns.ParcelSettled)
    if return_stage_after(one.stage, type(event)) is None and not (settles and one.is_over):
        yield "L1", f"{type(event).__name__} is not legal for a return that is {one.stage}"
    match event:
        case returns.ReturnReceived() if not one.received + event.quantities <= one.quantities:
            yield "L1", "more was received than declared"
        case returns.ReturnInspected() if not event.restock + event.write_off + event.opened <= one.uninspected:
            yield "L1", "more was looked at than received"
        case returns.ParcelSettled():
            others = Quantities(pair for each in state.returns if each is not one for pair in each.inside(event.parcel))
            if not event.quantities + others <= before.shipping.parcels[event.parcel - 1].quantities:
                yield "L1", "more of a parcel is settled than was in it"
            if not event.arrived <= event.quantities:
                yield "L1", "more arrived with a parcel than was in it"
        case returns.RefundGranted():
            for problem in grant_problems(event, before, context):
                yield "M7", problem
        case _:
            pass
