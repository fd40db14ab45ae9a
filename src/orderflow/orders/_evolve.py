"""The order after each event. Never validates: what happened, happened."""

from __future__ import annotations

from typing import Any, assert_never

import attrs

from .._changed import changed
from ..money import Money
from ..pricing import joined
from ..quantities import Quantities
from ._events import (
    AddressAmended,
    Change,
    ContactAmended,
    DeliveryAmended,
    Event,
    LinesBackordered,
    LinesCancelled,
    NoteAdded,
    OrderCancelled,
    OrderChecked,
    OrderClosed,
    OrderConfirmed,
    OrderHeld,
    OrderPlaced,
    OrderRecorded,
    OrderReleased,
    OrderTagged,
    OrderVerified,
    PaymentMethodChanged,
    StageCompleted,
    SubstituteAccepted,
    SubstituteDeclined,
    SubstituteOffered,
    SubstituteWithdrawn,
    VerdictRecorded,
    VerificationWithdrawn,
)
from ._state import NoOrder, Order, State, Substitute
from ._values import Line, OrderStage, SubstituteStage, Verdict


def evolve(state: State, event: Event) -> State:
    """The next state."""
    if isinstance(event, OrderPlaced):
        return _placed(event)
    if isinstance(event, OrderRecorded):
        return _recorded(event) if isinstance(state, NoOrder) else _updated(state, event)
    return state if isinstance(state, NoOrder) else _changed(state, event)


def _changed(order: Order, event: Change) -> Order:
    match event:
        case OrderChecked(verdicts=verdicts):
            return changed(order, verdicts=verdicts)
        case VerdictRecorded(verdict=verdict):
            return changed(order, verdicts=_with(order.verdicts, verdict))
        case OrderVerified():
            return changed(order, stage=OrderStage.VERIFIED)
        case VerificationWithdrawn():
            return changed(order, stage=OrderStage.RECEIVED)
        case StageCompleted(stage=stage):
            return changed(order, completed_stages=(*order.completed_stages, stage))
        case OrderHeld(reason=reason):
            return changed(order, holds=(*order.holds, reason))
        case OrderReleased(reason=reason):
            return changed(order, holds=tuple(hold for hold in order.holds if hold != reason))
        case OrderConfirmed():
            return changed(order, stage=OrderStage.CONFIRMED)
        case ContactAmended():
            return order
        case AddressAmended(country=country):
            return changed(order, destination=changed(order.destination, country=country))
        case DeliveryAmended(destination=destination, delivery_method=method, price=price):
            return changed(order, destination=destination, delivery_method=method, delivery_price=price)
        case PaymentMethodChanged(payment_method=method, fee=fee):
            return changed(order, payment_method=method, payment_fee=fee)
        case LinesBackordered(lines=names):
            return changed(order, lines=tuple(_backordered(line, names) for line in order.lines))
        case SubstituteOffered():
            return changed(order, substitutes=(*order.substitutes, _offered(event)))
        case SubstituteAccepted(number=number, consent=consent):
            return _with_line(_told(order, number, stage=SubstituteStage.ACCEPTED, consent=consent), number)
        case SubstituteDeclined(number=number):
            return _told(order, number, stage=SubstituteStage.DECLINED)
        case SubstituteWithdrawn(number=number):
            return _told(order, number, stage=SubstituteStage.WITHDRAWN)
        case LinesCancelled(quantities=quantities, credit=credit):
            return changed(order, cancelled=order.cancelled + quantities, credited=order.credited + credit)
        case OrderCancelled():
            return changed(order, stage=OrderStage.CANCELLED)
        case NoteAdded():
            return changed(order, note_count=order.note_count + 1)
        case OrderTagged(tags=tags):
            return changed(order, tags=tags)
        case OrderClosed():
            return changed(order, stage=OrderStage.CLOSED)
        case _:
            assert_never(event)


def _with(verdicts: tuple[Verdict, ...], verdict: Verdict) -> tuple[Verdict, ...]:
    return (*(old for old in verdicts if old.check != verdict.check), verdict)


def _backordered(line: Line, names: tuple[str, ...]) -> Line:
    return changed(line, backorder=True) if line.line in names else line


def _offered(event: SubstituteOffered) -> Substitute:
    return Substitute(
        number=event.number,
        instead_of=event.instead_of,
        units=event.units,
        line=event.line,
        quote=event.quote,
        until=event.until,
    )


def _told(order: Order, number: int, **changes: Any) -> Order:
    told = (changed(each, **changes) if each.number == number else each for each in order.substitutes)
    return changed(order, substitutes=tuple(told))


def _with_line(order: Order, number: int) -> Order:
    taken = next((each for each in order.substitutes if each.number == number), None)
    if taken is None:
        return order
    return changed(
        order,
        lines=(*order.lines, taken.line),
        quote=joined(order.quote, taken.quote),
        ordered=order.ordered + _units((taken.line,)),
        seen_total=None if order.seen_total is None else order.seen_total + taken.quote.total,
    )


def _units(lines: tuple[Line, ...]) -> Quantities:
    return Quantities((line.line, line.quantity) for line in lines)


def _placed(event: OrderPlaced) -> Order:
    return Order(
        id=event.order,
        reference=event.reference,
        person=event.person,
        stage=OrderStage.RECEIVED,
        placed_at=event.at,
        seller=event.seller,
        law=event.law,
        channel=event.channel,
        source=event.source,
        language=event.language,
        customer=event.customer,
        buyer=event.buyer,
        invoice_requested=event.invoice_requested,
        numbers=event.numbers,
        evidence=event.evidence,
        lines=event.lines,
        quote=event.quote,
        seen_total=event.seen_total,
        destination=event.destination,
        delivery_method=event.delivery_method,
        delivery_price=event.quote.delivery_price,
        payment_method=event.payment_method,
        payment_fee=event.quote.payment_fee,
        payment_offered=event.payment_offered,
        tags=event.tags,
        extras=event.extras,
        ordered=_units(event.lines),
        left_out=event.left_out,
        credited=Money.zero(event.quote.currency),
        note_count=event.note_count,
    )


def _recorded(event: OrderRecorded) -> Order:
    return Order(
        id=event.order,
        reference=event.reference,
        person=event.person,
        stage=event.stage,
        placed_at=event.placed_at,
        seller=event.seller,
        law=event.law,
        channel=event.channel,
        source=event.source,
        language=event.language,
        customer=event.customer,
        buyer=event.buyer,
        invoice_requested=event.invoice_requested,
        numbers=event.numbers,
        evidence=(),
        lines=event.lines,
        quote=event.quote,
        seen_total=None,
        destination=event.destination,
        delivery_method=event.delivery_method,
        delivery_price=event.quote.delivery_price,
        payment_method=event.payment_method,
        payment_fee=event.quote.payment_fee,
        payment_offered=(),
        tags=event.tags,
        extras=event.extras,
        ordered=_units(event.lines),
        credited=Money.zero(event.quote.currency),
        note_count=event.note_count,
        adopted=True,
        modified_at=event.modified_at,
        recorded_paid=event.paid,
        recorded_refunds=event.refunds,
        recorded_delivery=event.delivered_at,
        recorded_credit=event.credit,
        recorded_returns=event.returned,
        differences=event.differences,
        findings=event.findings,
        document=event,
    )


_ENDED = (OrderStage.CANCELLED, OrderStage.CLOSED)


def _updated(order: Order, event: OrderRecorded) -> Order:
    # What the document changed since the last one is followed; everything else stays as it became here.
    if order.document is None:
        return order
    before, after = _recorded(order.document), _recorded(event)
    names = (field.name for field in attrs.fields(Order))
    changes = {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}
    if order.stage in _ENDED and order.stage is not before.stage:
        changes.pop("stage", None)
    changes["note_count"] = order.note_count + after.note_count - before.note_count
    return changed(order, **changes)
