"""
What follows from what happened: each event's commands to the other concepts, and requests to the world.

Read it as the story of an order: received, verified, confirmed, shipped, delivered; then the ways it can end early.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import attrs

from .. import orders, payments, returns, shipping, stock
from ..actors import SYSTEM
from ..law import withdrawal_deadline
from ..orders import DestinationKind, Gate, OrderStage, open_stages
from ..payments import AttemptStage, TenderKind
from ..quantities import Quantities
from ._balance import due, surplus
from ._facts import Context, unsettled
from ._file import Event, OrderFile
from ._policy import Policy
from ._requests import Request, RequestKind
from ._verification import demand

__all__ = ("Attempted", "Reaction", "on_timer", "react")


@attrs.frozen
class Attempted:
    """A command that may be rejected without harm: what it would have changed shows in the order's verdicts."""

    command: Any


Reaction = Any


def react(event: Event, before: OrderFile, after: OrderFile, context: Context) -> Iterable[Reaction]:
    """The commands and requests that *event* causes, in order."""
    match event:
        case orders.OrderPlaced():
            return _received(after, context)
        case orders.OrderRecorded():
            return _adopted(event, after, context)
        case orders.OrderChecked():
            return _checked_first(before, after)
        case orders.OrderVerified():
            return _verified(after, context)
        case orders.OrderReleased() | orders.StageCompleted():
            return _maybe_confirm(after, context.policy)
        case orders.OrderConfirmed():
            return _confirmed(after, context.at)
        case orders.VerdictRecorded() | orders.ContactAmended() | orders.AddressAmended() | orders.OrderTagged():
            return _verify(after)
        case orders.DeliveryAmended():
            return (*_settle_difference(after), *_verify(after))
        case orders.LinesCancelled():
            return _lines_cancelled(event, before, after)
        case orders.OrderCancelled():
            return _cancelled(event, after)
        case payments.PaymentRequested():
            return _payment_requested(event)
        case payments.PaymentObserved():
            return _payment_observed(before, after, event.attempt, context.at)
        case payments.CaptureRequested(attempt=attempt):
            return (Request(kind=RequestKind.CAPTURE_MONEY, number=attempt),)
        case payments.VoidRequested(attempt=attempt):
            return (Request(kind=RequestKind.VOID_MONEY, number=attempt),)
        case payments.RefundRequested(refund=refund) | payments.RefundRetried(refund=refund):
            return (Request(kind=RequestKind.REFUND_MONEY, number=refund),)
        case payments.RefundSettled(refund=refund):
            return (Request(kind=RequestKind.SEND_REFUNDED, number=refund), *_maybe_close(after, context.at))
        case payments.RefundRejected(refund=refund, code=code):
            return (Request(kind=RequestKind.ALERT, number=refund, note=f"refund rejected: {code}"),)
        case payments.CashCollected():
            return _give_back_surplus(after, "overpaid")
        case payments.CashRemitted():
            return _maybe_close(after, context.at)
        case stock.HoldLapsed():
            return _verify_if_waiting(after)
        case shipping.ShortPickReported(quantities=quantities):
            return (_system(orders.CancelLines, after, quantities=quantities, cause=SHORT_PICK),)
        case shipping.ParcelPacked(parcel=parcel):
            return _packed(after, parcel)
        case shipping.BookingFailed(parcel=parcel, code=code):
            return (Request(kind=RequestKind.ALERT, number=parcel, note=f"booking failed: {code}"),)
        case shipping.ParcelHandedOver(parcel=parcel):
            return _handed_over(after, parcel, context)
        case shipping.ParcelAwaitingCollection(parcel=parcel):
            return (Request(kind=RequestKind.SEND_READY_TO_COLLECT, number=parcel),)
        case shipping.ParcelDelivered(parcel=parcel):
            return _delivered(after, parcel)
        case shipping.ParcelReturned(parcel=parcel):
            return _came_back(after, parcel)
        case shipping.ParcelLost(parcel=parcel):
            return _lost(after, parcel)
        case returns.ReturnInspected(return_=number, restock=restock, write_off=write_off):
            return _inspected(after, number, restock, write_off)
        case returns.RefundGranted():
            return _give_back_surplus(after, "return")
        case returns.ReturnClosed():
            return _maybe_close(after, context.at)
        case _:
            return ()


SHORT_PICK = "short_pick"
_OPEN = (OrderStage.RECEIVED, OrderStage.VERIFIED, OrderStage.CONFIRMED)


def on_timer(kind: RequestKind, file: OrderFile) -> Iterable[Reaction]:
    """What a timer that has come due asks for; nothing where it is no longer needed."""
    match kind:
        case RequestKind.LAPSE_HOLD:
            return (_system(stock.LapseHold, file),)
        case RequestKind.EXPIRE_UNPAID if _is_unpaid(file):
            return (_system(orders.CancelOrder, file, cause="unpaid"),)
        case RequestKind.CLOSE_ORDER if _may_close(file):
            return (Attempted(_system(orders.CloseOrder, file)),)
        case _:
            return ()


def _system(command: Any, file: OrderFile, **fields: Any) -> Any:
    return command(order=file.order.id, actor=SYSTEM, **fields)


def _verify(file: OrderFile) -> Iterable[Reaction]:
    return (_system(orders.VerifyOrder, file),)


def _verify_if_waiting(file: OrderFile) -> Iterable[Reaction]:
    # What the house or the bank does to a confirmed order does not call it into question; amending it does.
    order = file.order
    return _verify(file) if order.stage in (OrderStage.RECEIVED, OrderStage.VERIFIED) or order.holds else ()


def _units(file: OrderFile, parcel: int) -> Quantities:
    return file.shipping.parcels[parcel - 1].quantities


# The happy path


def _received(file: OrderFile, context: Context) -> Iterable[Reaction]:
    order = file.order
    method = context.policy.payment_method(order.payment_method)
    window = context.policy.payment_window.get(method.kind) if method else None
    free = not order.quote.total
    deadline = None if window is None or free else context.at + window
    if needed := demand(file):
        backorder = tuple(sorted({line.sku for line in order.lines if line.backorder}))
        yield _system(stock.HoldStock, file, demand=needed, until=deadline, backorder=backorder)
    if method is not None and not free:
        yield _system(
            payments.RequestPayment,
            file,
            method=method.code,
            gateway=method.gateway,
            kind=method.kind,
            amount=order.quote.total,
        )
    if deadline is not None:
        yield Request(kind=RequestKind.EXPIRE_UNPAID, due_at=deadline)
        yield Request(kind=RequestKind.LAPSE_HOLD, due_at=deadline)
    yield from _verify(file)


def _checked_first(before: OrderFile, after: OrderFile) -> Iterable[Reaction]:
    # Received is said after the payment was asked for, so that the message can say how to pay.
    if not before.order.verdicts and not after.order.adopted:
        yield Request(kind=RequestKind.SEND_RECEIVED)


def _payment_requested(event: payments.PaymentRequested) -> Iterable[Reaction]:
    if event.kind is not TenderKind.CASH_ON_DELIVERY:
        yield Request(kind=RequestKind.START_PAYMENT, number=event.attempt)


def _payment_observed(before: OrderFile, after: OrderFile, number: int, at: datetime) -> Iterable[Reaction]:
    old, new = (file.payments.attempts[number - 1] for file in (before, after))
    failed = (AttemptStage.FAILED, AttemptStage.EXPIRED)
    if new.stage in failed and old.stage not in failed and due(after) and after.order.stage is OrderStage.RECEIVED:
        yield Request(kind=RequestKind.SEND_PAYMENT_FAILED, number=number)
    yield from _give_back_surplus(after, "overpaid")
    if after.order.stage in (OrderStage.CANCELLED, OrderStage.CLOSED):
        yield from _void(after, number)
        return
    if new.captured != old.captured or new.authorised != old.authorised:
        yield from _hold_again(after, at)
    yield from _verify_if_waiting(after)


def _hold_again(file: OrderFile, at: datetime) -> Iterable[Reaction]:
    # Money came after the hold had lapsed: the units are held again if they are still there, else the order is held.
    if file.stock.lapsed or file.stock.lapsed_by(at):
        yield Attempted(_system(stock.HoldStock, file, demand=demand(file)))


def _verified(file: OrderFile, context: Context) -> Iterable[Reaction]:
    yield _system(stock.CommitStock, file)
    yield from _maybe_confirm(file, context.policy)


def _maybe_confirm(file: OrderFile, policy: Policy) -> Iterable[Reaction]:
    order = file.order
    if order.stage is OrderStage.VERIFIED and not order.holds and not open_stages(order, policy.stages, Gate.CONFIRM):
        yield _system(orders.ConfirmOrder, file)


def _confirmed(file: OrderFile, at: datetime) -> Iterable[Reaction]:
    yield Request(kind=RequestKind.SEND_CONFIRMED)
    if file.order.destination.kind is DestinationKind.DOWNLOAD:
        yield Request(kind=RequestKind.CLOSE_ORDER, due_at=withdrawal_deadline(at, file.order.law).ends_before)
    for attempt in file.payments.attempts:
        if attempt.stage is AttemptStage.AUTHORISED:
            yield _system(payments.CapturePayment, file, attempt=attempt.number)


def _packed(file: OrderFile, parcel: int) -> Iterable[Reaction]:
    if file.order.destination.kind in (DestinationKind.ADDRESS, DestinationKind.POINT):
        yield Request(kind=RequestKind.BOOK_PARCEL, number=parcel)


def _handed_over(file: OrderFile, parcel: int, context: Context) -> Iterable[Reaction]:
    if leaving := demand(file, _units(file, parcel)):
        # An adopted order may never have had stock here; then there is nothing to take out.
        taken = leaving & file.stock.open if file.order.adopted else leaving
        if taken:
            yield _system(stock.ConsumeStock, file, quantities=taken, parcel=parcel)
    if file.order.destination.kind in (DestinationKind.ADDRESS, DestinationKind.POINT):
        yield Request(kind=RequestKind.SEND_SHIPPED, number=parcel)
        if wait := context.policy.track_every.get(file.shipping.parcels[parcel - 1].courier):
            yield Request(kind=RequestKind.TRACK_PARCEL, number=parcel, due_at=context.at + wait)


def _delivered(file: OrderFile, number: int) -> Iterable[Reaction]:
    parcel = file.shipping.parcels[number - 1]
    if parcel.external is not None:
        return
    if parcel.cash_due:
        attempt = next((each for each in file.payments.attempts if each.kind is TenderKind.CASH_ON_DELIVERY), None)
        if attempt is not None:
            yield _system(
                payments.RecordCollection,
                file,
                attempt=attempt.number,
                amount=parcel.cash_due,
                parcel=number,
                occurred_at=parcel.delivered_at,
            )
    yield Request(kind=RequestKind.SEND_DELIVERED, number=number)
    if file.order.remaining <= shipping.delivered(file.shipping) and (last := shipping.last_delivery(file.shipping)):
        deadline = withdrawal_deadline(last, file.order.law)
        yield Request(kind=RequestKind.CLOSE_ORDER, due_at=deadline.ends_before)


# Ways to end early


def _settle_difference(file: OrderFile) -> Iterable[Reaction]:
    yield from _give_back_surplus(file, "delivery_amended")


def _lines_cancelled(event: orders.LinesCancelled, before: OrderFile, after: OrderFile) -> Iterable[Reaction]:
    units = demand(before, event.quantities) & after.stock.open
    if units and event.cause == SHORT_PICK:
        yield _system(stock.WriteOffUnits, after, quantities=units)
    elif units:
        yield _system(stock.ReleaseStock, after, quantities=units, cause=event.cause)
    yield from _give_back_surplus(after, event.cause)
    if after.order.remaining:
        yield from _verify_if_waiting(after)


def _cancelled(event: orders.OrderCancelled, file: OrderFile) -> Iterable[Reaction]:
    yield _system(stock.ReleaseStock, file, cause=event.cause)
    for attempt in file.payments.attempts:
        yield from _void(file, attempt.number)
    yield Request(kind=RequestKind.SEND_CANCELLED)
    yield Attempted(_system(orders.CloseOrder, file))


def _void(file: OrderFile, number: int) -> Iterable[Reaction]:
    if file.payments.attempts[number - 1].stage is AttemptStage.AUTHORISED:
        yield _system(payments.VoidPayment, file, attempt=number)


def _give_back_surplus(file: OrderFile, cause: str) -> Iterable[Reaction]:
    if amount := surplus(file):
        yield _system(payments.RefundPayment, file, amount=amount, cause=cause)


def _came_back(file: OrderFile, parcel: int) -> Iterable[Reaction]:
    if restock := demand(file, _units(file, parcel)) & stock.returnable(file.stock):
        yield _system(stock.RestockUnits, file, quantities=restock, parcel=parcel)
    yield from _not_supplied(file, parcel, "undelivered")


def _lost(file: OrderFile, parcel: int) -> Iterable[Reaction]:
    yield from _not_supplied(file, parcel, "lost")


def _not_supplied(file: OrderFile, parcel: int, cause: str) -> Iterable[Reaction]:
    # What a return has credited already is not credited again.
    if units := _units(file, parcel) & (file.order.remaining - returns.granted_units(file.returns)):
        yield _system(orders.CancelLines, file, quantities=units, cause=cause)


def _inspected(file: OrderFile, number: int, restock: Quantities, write_off: Quantities) -> Iterable[Reaction]:
    for command, units in ((stock.RestockUnits, restock), (stock.WriteOffUnits, write_off)):
        if back := demand(file, units) & stock.returnable(file.stock):
            yield _system(command, file, quantities=back, return_=number)


def _maybe_close(file: OrderFile, at: datetime) -> Iterable[Reaction]:
    if (file.order.stage is OrderStage.CANCELLED or _is_past_withdrawal(file, at)) and not unsettled(file):
        yield Attempted(_system(orders.CloseOrder, file))


def _is_past_withdrawal(file: OrderFile, at: datetime) -> bool:
    last = shipping.last_delivery(file.shipping)
    return last is not None and withdrawal_deadline(last, file.order.law).ends_before <= at


def _is_unpaid(file: OrderFile) -> bool:
    waiting = file.order.stage is OrderStage.RECEIVED and bool(due(file))
    newest = file.payments.attempts[-1].kind if file.payments.attempts else None
    money = any(attempt.stage is AttemptStage.AUTHORISED or attempt.captured for attempt in file.payments.attempts)
    return waiting and newest is not TenderKind.CASH_ON_DELIVERY and not money


def _may_close(file: OrderFile) -> bool:
    return file.order.stage in (OrderStage.CONFIRMED, OrderStage.CANCELLED)


def _adopted(event: orders.OrderRecorded, file: OrderFile, context: Context) -> Iterable[Reaction]:
    """Facts of an order from elsewhere; what does not fit is left out here and listed as a finding."""
    order = file.order
    method = context.policy.payment_method(event.payment_method)
    kind = method.kind if method else TenderKind.PREPAID
    if order.quote.total:
        yield Attempted(
            _system(
                payments.RecordPayment,
                file,
                external="recorded",
                method=event.payment_method,
                gateway=method.gateway if method else event.payment_method,
                kind=kind,
                amount=order.quote.total,
                captured=event.paid,
                occurred_at=event.paid_at or event.placed_at,
            )
        )
    for refund in event.refunds:
        if refund.amount:
            yield Attempted(_system(payments.RecordRefund, file, external=refund.external, amount=refund.amount))
    if event.delivered_at is not None:
        yield Attempted(
            _system(
                shipping.RecordDelivery,
                file,
                external="recorded",
                quantities=order.remaining,
                occurred_at=event.delivered_at,
            )
        )
        yield from _adopted_left(file)
    else:
        yield from _adopted_stock(event, file, kind, context)


def _adopted_left(file: OrderFile) -> Iterable[Reaction]:
    # Units were held here while the order was under way, and have gone; for one adopted delivered there are none.
    if left := demand(file) & file.stock.open:
        yield Attempted(_system(stock.CommitStock, file))
        yield Attempted(_system(stock.ConsumeStock, file, quantities=left))


def _adopted_stock(
    event: orders.OrderRecorded, file: OrderFile, kind: TenderKind, context: Context
) -> Iterable[Reaction]:
    order = file.order
    needed = demand(file) if order.stage in _OPEN else Quantities()
    if spare := file.stock.open - (needed - file.stock.consumed):
        yield Attempted(_system(stock.ReleaseStock, file, quantities=spare, cause="recorded"))
    if not needed:
        return
    # As for an order placed here: stock waits for the money as long as the payment window is.
    unpaid = order.stage is OrderStage.RECEIVED and event.paid < order.quote.total
    window = context.policy.payment_window.get(kind) if unpaid else None
    until = None if window is None else context.at + window
    yield Attempted(_system(stock.HoldStock, file, demand=needed, until=until))
    if until is not None:
        yield Request(kind=RequestKind.LAPSE_HOLD, due_at=until)
    elif order.stage is not OrderStage.RECEIVED:
        yield Attempted(_system(stock.CommitStock, file))
