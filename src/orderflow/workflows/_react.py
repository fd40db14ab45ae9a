"""
What follows from what happened: each event's commands to the other concepts, and requests to the world.

One table; what stands behind it reads as the story of an order: the way on, the ways to end, orders from elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from .. import coupons, loyalty, orders, payments, people, returns, shipping, stock
from ._adoption import adopted
from ._cards import refund_arrived, refund_requested
from ._coupons import reserve, settle_coupons
from ._endings import (
    came_back,
    cancelled,
    inspected,
    lines_cancelled,
    lost,
    maybe_close,
    parcel_settled,
    settle,
)
from ._facts import Context
from ._file import Event, OrderFile
from ._loyalty import promise, settle_points
from ._onward import (
    booked,
    checked,
    confirmed,
    delivered,
    go_on,
    handed_over,
    packed,
    payment_observed,
    payment_requested,
    received,
    released,
    value_taken,
    verified,
    void_requested,
)
from ._reactions import Reaction, give_back_surplus, verify, verify_if_waiting
from ._requests import Request, RequestKind
from ._reservations import confirm_with_warehouse, reservation_made, reservation_refused, tell_warehouse
from ._shortages import backordered, short_pick, substitute_offered, substituted

__all__ = ("react",)


def react(event: Event, before: OrderFile, after: OrderFile, context: Context) -> Iterable[Reaction]:
    """The commands and requests that *event* causes, in order."""
    return (*_follows(event, before, after, context), *settle_points(event, after))


def _follows(event: Event, before: OrderFile, after: OrderFile, context: Context) -> Iterable[Reaction]:
    match event:
        case orders.OrderPlaced():
            return (*reserve(after, context.claims), *promise(after, context), *received(after, context))
        case orders.OrderRecorded():
            return adopted(event, after, context)
        case orders.OrderChecked():
            return checked(before, after)
        case orders.OrderVerified():
            return verified(after, context)
        case orders.OrderReleased():
            return released(after, context.policy)
        case orders.StageCompleted():
            return go_on(after, context.policy)
        case orders.OrderConfirmed():
            return (*settle_coupons(after), *confirmed(after, context.at))
        case orders.VerdictRecorded() | orders.ContactAmended() | orders.AddressAmended() | orders.OrderTagged():
            return verify(after)
        case orders.DeliveryAmended():
            return (*give_back_surplus(after, "delivery_amended"), *verify(after))
        case orders.LinesBackordered():
            return backordered(event, after, context)
        case orders.SubstituteOffered():
            return substitute_offered(event)
        case orders.SubstituteAccepted(number=number):
            return substituted(after, number, context)
        case orders.LinesCancelled():
            return lines_cancelled(event, before, after)
        case orders.OrderCancelled():
            return (*settle_coupons(after), *cancelled(event, after))
        case payments.PaymentRequested():
            return payment_requested(event, after, context)
        case payments.PaymentObserved():
            return payment_observed(before, after, event.attempt, context.at)
        case payments.CaptureRequested(attempt=attempt):
            return (Request(kind=RequestKind.CAPTURE_MONEY, number=attempt),)
        case payments.VoidRequested(attempt=attempt):
            return void_requested(after, attempt)
        case payments.StoredValueTaken():
            return value_taken(after, context.at)
        case payments.RefundRequested(refund=refund) | payments.RefundRetried(refund=refund):
            return refund_requested(after, refund, context)
        case payments.RefundSettled(refund=refund):
            told = Request(kind=RequestKind.SEND_REFUNDED, number=refund)
            return (told, *refund_arrived(after, refund, context), *maybe_close(after, context.at))
        case payments.RefundRejected(refund=refund, code=code):
            told_before = before.payments.refunds[refund - 1].stage is payments.RefundStage.REJECTED
            return (
                ()
                if told_before
                else (Request(kind=RequestKind.ALERT, number=refund, note=f"refund rejected: {code}"),)
            )
        case payments.CashCollected():
            return give_back_surplus(after, "overpaid")
        case payments.CashRemitted():
            return maybe_close(after, context.at)
        case stock.ReservationRequested(number=number):
            return (Request(kind=RequestKind.RESERVE_UNITS, number=number),)
        case stock.ReservationMade(number=number):
            return reservation_made(after, number)
        case stock.ReservationRefused():
            return reservation_refused(event, after)
        case stock.StockCommitted(location=location):
            return confirm_with_warehouse(after, location)
        case stock.StockReleased() | stock.UnitsWrittenOff():
            return tell_warehouse(before, after)
        case stock.HoldLapsed():
            return (*tell_warehouse(before, after), *verify_if_waiting(after))
        case shipping.ShortPickReported():
            return short_pick(event, after, context)
        case shipping.ParcelPacked(parcel=parcel):
            return packed(after, parcel)
        case shipping.ParcelBooked(parcel=parcel):
            return booked(after, parcel, context)
        case shipping.BookingFailed(parcel=parcel, code=code):
            return (Request(kind=RequestKind.ALERT, number=parcel, note=f"booking failed: {code}"),)
        case shipping.ParcelHandedOver(parcel=parcel):
            return handed_over(after, parcel, context)
        case shipping.ParcelAwaitingCollection(parcel=parcel):
            return (Request(kind=RequestKind.SEND_READY_TO_COLLECT, number=parcel),)
        case shipping.ParcelDelivered(parcel=parcel):
            return (*settle(after, parcel), *delivered(after, parcel))
        case shipping.ParcelReturned(parcel=parcel):
            return came_back(before, after, parcel)
        case shipping.ParcelLost(parcel=parcel):
            return lost(after, parcel)
        case returns.ReturnInspected():
            return inspected(event, after)
        case returns.RefundGranted():
            return give_back_surplus(after, "return")
        case returns.ParcelSettled():
            return parcel_settled(event, after)
        case returns.ReturnClosed():
            return maybe_close(after, context.at)
        case (
            orders.VerificationWithdrawn()
            | orders.PaymentMethodChanged()
            | orders.SubstituteDeclined()
            | orders.SubstituteWithdrawn()
            | orders.OrderHeld()
            | orders.NoteAdded()
            | orders.OrderClosed()
            | payments.PaymentSuperseded()
            | payments.PaymentRecorded()
            | payments.RefundPending()
            | payments.RefundRecorded()
            | payments.RefundFormChosen()
            | stock.StockSourced()
            | stock.StockPromised()
            | stock.QuotaTaken()
            | stock.QuotaGivenBack()
            | stock.StockHeld()
            | stock.StockConsumed()
            | stock.UnitsRestocked()
            | coupons.CouponsReserved()
            | coupons.CouponsUsed()
            | coupons.CouponsReleased()
            | coupons.CouponsGivenBack()
            | loyalty.PointsPromised()
            | loyalty.PointsEarned()
            | loyalty.PointsTakenBack()
            | loyalty.PointsRestored()
            | shipping.LinesPicked()
            | shipping.ParcelInTransit()
            | shipping.ParcelOutForDelivery()
            | shipping.DeliveryAttemptFailed()
            | shipping.ParcelRefused()
            | shipping.ParcelNotCollected()
            | shipping.ParcelReturning()
            | shipping.TrackingNoted()
            | shipping.ParcelCancelled()
            | shipping.DeliveryRecorded()
            | returns.WithdrawalDeclared()
            | returns.WithdrawnInTransit()
            | returns.ReturnReceived()
            | people.PersonErased()
        ):
            return ()
        case _:
            assert_never(event)
