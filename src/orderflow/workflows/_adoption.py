"""An order from elsewhere: its facts told to every concept, with nothing asked of the world."""

from __future__ import annotations

from collections.abc import Iterable

from .. import orders, payments, shipping, stock
from ..orders import OrderStage
from ..payments import TenderKind
from ..quantities import Quantities
from ._balance import taken_off
from ._facts import Context
from ._file import OrderFile
from ._reactions import Attempted, Reaction, by_system, is_open
from ._requests import Request, RequestKind
from ._verification import demand

__all__ = ("adopted",)


def adopted(event: orders.OrderRecorded, file: OrderFile, context: Context) -> Iterable[Reaction]:
    """Facts of an order from elsewhere; what does not fit is left out here and listed as a finding."""
    order = file.order
    method = context.policy.payment_method(event.payment_method)
    kind = method.kind if method else TenderKind.PREPAID
    if order.quote.total:
        yield Attempted(
            by_system(
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
            yield Attempted(by_system(payments.RecordRefund, file, external=refund.external, amount=refund.amount))
    if event.delivered_at is not None:
        refunded = (refund.units for refund in event.refunds if refund.at < event.delivered_at)
        if arrived := order.remaining - (taken_off(file) & sum(refunded, start=Quantities())):
            yield Attempted(
                by_system(
                    shipping.RecordDelivery,
                    file,
                    external="recorded",
                    quantities=arrived,
                    occurred_at=event.delivered_at,
                )
            )
        yield from _adopted_left(file)
    else:
        yield from _adopted_stock(event, file, kind, context)


def _adopted_left(file: OrderFile) -> Iterable[Reaction]:
    # Units were held here while the order was under way, and have gone; for one adopted delivered there are none.
    if left := demand(file) & (file.stock.open - file.stock.backordered):
        yield Attempted(by_system(stock.CommitStock, file))
        yield Attempted(by_system(stock.ConsumeStock, file, quantities=left))
    if file.stock.open - left:
        yield Attempted(by_system(stock.ReleaseStock, file, quantities=file.stock.open - left, cause="recorded"))


def _adopted_stock(
    event: orders.OrderRecorded, file: OrderFile, kind: TenderKind, context: Context
) -> Iterable[Reaction]:
    order = file.order
    needed = demand(file) if is_open(file) else Quantities()
    if spare := file.stock.open - (needed - file.stock.consumed):
        yield Attempted(by_system(stock.ReleaseStock, file, quantities=spare, cause="recorded"))
    if not needed:
        return
    # As for an order placed here: stock waits for the money as long as the payment window is.
    unpaid = order.stage is OrderStage.RECEIVED and event.paid < order.quote.total
    window = context.policy.payment_window.get(kind) if unpaid else None
    until = None if window is None else context.at + window
    yield Attempted(by_system(stock.HoldStock, file, demand=needed, until=until))
    if until is not None:
        yield Request(kind=RequestKind.LAPSE_HOLD, due_at=until)
    elif order.stage is not OrderStage.RECEIVED:
        yield Attempted(by_system(stock.CommitStock, file))
