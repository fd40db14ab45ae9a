"""What each command means for an order: the events that follow, or all the reasons why not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

import attrs

from ..decisions import Accepted, Rejected
from ..identifiers import OrderId, PersonRef, Reference
from ..money import Money
from ..pricing import DeliveryKind, DeliveryOffer, Quote
from ..pricing import Rejection as PricingRejection
from ..quantities import Quantities
from ._commands import (
    AddNote,
    AmendAddress,
    AmendContact,
    AmendDelivery,
    CancelLines,
    CancelOrder,
    CloseOrder,
    Command,
    CompleteStage,
    ConfirmOrder,
    HoldOrder,
    PlaceOrder,
    RecordOrder,
    RecordRefunds,
    RecordVerdict,
    ReleaseOrder,
    TagOrder,
    VerifyOrder,
)
from ._events import (
    AddressAmended,
    ContactAmended,
    DeliveryAmended,
    Event,
    LinesCancelled,
    NoteAdded,
    OrderCancelled,
    OrderChecked,
    OrderClosed,
    OrderConfirmed,
    OrderHeld,
    OrderPlaced,
    OrderReleased,
    OrderTagged,
    OrderVerified,
    StageCompleted,
    VerdictRecorded,
    VerificationWithdrawn,
)
from ._lifecycle import order_lifecycle
from ._record import record, record_refunds
from ._rejections import (
    AlreadyPacked,
    AlreadyPlaced,
    ChecksNotPassed,
    ContactMissing,
    DeliveryNotOffered,
    NotHeld,
    NothingLeft,
    NotPlaced,
    NotSettled,
    OnHold,
    PaymentMethodNotOffered,
    Rejection,
    StageNotOpen,
    StagesOpen,
    TargetNotServed,
    TooManyUnits,
    UnknownCheck,
    UnknownLine,
    WrongStage,
)
from ._stages import Gate, HostCheck, HostStage, open_stages
from ._state import (
    Destination,
    DestinationKind,
    NoOrder,
    Order,
    OrderStage,
    Standing,
    State,
    Target,
    ToAddress,
    ToDownload,
    ToPoint,
    ToShop,
    Verdict,
)

Decision = Accepted[Event] | Rejected[Rejection]

_CHECK_HOLD = "check:"
_OPEN = (OrderStage.RECEIVED, OrderStage.VERIFIED, OrderStage.CONFIRMED)
_SERVED_BY = {
    DestinationKind.ADDRESS: DeliveryKind.COURIER,
    DestinationKind.POINT: DeliveryKind.POINT,
    DestinationKind.SHOP: DeliveryKind.SHOP,
    DestinationKind.DOWNLOAD: DeliveryKind.DOWNLOAD,
}


@attrs.frozen(kw_only=True)
class Identity:
    """What a new order is called and under which rules it is placed; made outside, since rules make nothing up."""

    order: OrderId
    reference: Reference
    person: PersonRef
    seller: str
    law: str
    channel: str
    process: str


@attrs.frozen(kw_only=True)
class Facts:
    """
    What the rules need to know of the world and of the other concepts.

    ``packed`` and ``gone`` are units by line: packed into a live or delivered parcel, and out of the unit ledger.
    ``keep_delivery`` says that delivery was performed, so that cancelling the rest does not credit it.
    """

    at: datetime
    identity: Identity | None = None
    quote: Quote | Rejected[PricingRejection] | None = None
    payment_offered: tuple[str, ...] = ()
    delivery_offered: tuple[DeliveryOffer, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    checks: tuple[HostCheck, ...] = ()
    stages: tuple[HostStage, ...] = ()
    packed: Quantities = Quantities()
    gone: Quantities = Quantities()
    keep_delivery: bool = False
    unsettled: tuple[str, ...] = ()


def decide(command: Command, state: State, facts: Facts) -> Decision:
    """The events that *command* causes, or every reason why it does not hold."""
    if isinstance(command, PlaceOrder):
        return _place(command, state, facts)
    if isinstance(command, RecordOrder):
        return _record(command, state, facts)
    if isinstance(state, NoOrder):
        return Rejected((NotPlaced(),))
    match command:
        case RecordRefunds():
            return record_refunds(command, state, facts.at)
        case VerifyOrder():
            return _verify(state, facts)
        case RecordVerdict():
            return _record_verdict(command, state, facts)
        case CompleteStage():
            return _complete_stage(command, state, facts)
        case HoldOrder():
            return _hold(command, state, facts)
        case ReleaseOrder():
            return _release(command, state, facts)
        case ConfirmOrder():
            return _confirm(state, facts)
        case AmendContact():
            return _in_stages(state, _OPEN, ContactAmended(at=facts.at))
        case AmendAddress():
            return _amend_address(command, state, facts)
        case AmendDelivery():
            return _amend_delivery(command, state, facts)
        case CancelLines():
            return _cancel_lines(command, state, facts)
        case CancelOrder():
            return _cancel(command, state, facts)
        case AddNote():
            return Accepted((NoteAdded(at=facts.at),))
        case TagOrder():
            return _tag(command, state, facts)
        case CloseOrder():
            return _close(state, facts)
        case _:
            assert_never(command)


def destination(target: Target) -> Destination:
    """The target without its personal data."""
    match target:
        case ToAddress(address=address):
            return Destination(DestinationKind.ADDRESS, address.country)
        case ToPoint(point=point, country=country):
            return Destination(DestinationKind.POINT, country, point)
        case ToShop(shop=shop, country=country):
            return Destination(DestinationKind.SHOP, country, shop)
        case ToDownload(country=country):
            return Destination(DestinationKind.DOWNLOAD, country)
        case _:
            assert_never(target)


def _place(command: PlaceOrder, state: State, facts: Facts) -> Decision:
    if isinstance(state, Order):
        return Rejected((AlreadyPlaced(),))
    quote = facts.quote
    reasons: list[Rejection] = [*_target_problems(command, facts)]
    if command.payment_method not in facts.payment_offered:
        reasons.append(PaymentMethodNotOffered(method=command.payment_method, offered=facts.payment_offered))
    if isinstance(quote, Rejected):
        return Rejected((*quote.reasons, *reasons))
    if quote is None or facts.identity is None:
        raise ValueError("placing needs facts.quote and facts.identity")
    if reasons:
        return Rejected(tuple(reasons))
    return Accepted((_order_placed(command, quote, facts.identity, facts),))


def _target_problems(command: PlaceOrder, facts: Facts) -> Iterable[Rejection]:
    there = destination(command.target)
    offer = _offer(command.delivery_method, facts)
    if offer is not None and offer.kind is not _SERVED_BY[there.kind]:
        yield TargetNotServed(method=offer.code, method_kind=offer.kind, target_kind=there.kind)
    if not command.contact.email and not command.contact.phone:
        yield ContactMissing(field="email or phone", needed_for="messages about the order")
    if there.kind is DestinationKind.POINT and not command.contact.phone:
        yield ContactMissing(field="phone", needed_for="the pick-up point's collection code")
    if there.kind is DestinationKind.DOWNLOAD and not command.contact.email:
        yield ContactMissing(field="email", needed_for="the download")


def _offer(method: str, facts: Facts) -> DeliveryOffer | None:
    return next((offer for offer in facts.delivery_offered if offer.code == method), None)


def _order_placed(command: PlaceOrder, quote: Quote, identity: Identity, facts: Facts) -> OrderPlaced:
    return OrderPlaced(
        order=identity.order,
        reference=identity.reference,
        person=identity.person,
        seller=identity.seller,
        law=identity.law,
        process=identity.process,
        channel=identity.channel,
        source=command.source,
        language=command.language,
        customer=command.customer,
        buyer=command.buyer,
        invoice_requested=command.invoice_requested,
        numbers=command.numbers,
        evidence=command.evidence,
        lines=command.lines,
        quote=quote,
        seen_total=command.seen_total,
        destination=destination(command.target),
        delivery_method=command.delivery_method,
        payment_method=command.payment_method,
        payment_offered=facts.payment_offered,
        tags=command.tags,
        extras=command.extras,
        note_count=len(command.notes),
        at=facts.at,
    )


def _record(command: RecordOrder, state: State, facts: Facts) -> Decision:
    if isinstance(state, Order) and not state.adopted:
        return Rejected((AlreadyPlaced(),))
    if facts.identity is None:
        raise ValueError("recording needs facts.identity")
    identity = facts.identity
    return record(
        command,
        state,
        destination=destination(command.target),
        order=identity.order,
        reference=identity.reference,
        person=identity.person,
        seller=identity.seller,
        law=identity.law,
        channel=identity.channel,
        at=facts.at,
    )


def _verify(order: Order, facts: Facts) -> Decision:
    if order.stage not in _OPEN:
        return Accepted(())
    return Accepted((*_checked(order, facts), *_holds_of_checks(order, facts), *_verified_or_not(order, facts)))


def _checked(order: Order, facts: Facts) -> Iterable[Event]:
    if order.verdicts != facts.verdicts:
        yield OrderChecked(verdicts=facts.verdicts, at=facts.at)


def _holds_of_checks(order: Order, facts: Facts) -> Iterable[Event]:
    failed = [f"{_CHECK_HOLD}{verdict.check}" for verdict in facts.verdicts if verdict.standing is Standing.FAILED]
    yield from (OrderHeld(reason=hold, at=facts.at) for hold in failed if hold not in order.holds)
    gone = (hold for hold in order.holds if hold.startswith(_CHECK_HOLD) and hold not in failed)
    yield from (OrderReleased(reason=hold, at=facts.at) for hold in gone)


def _verified_or_not(order: Order, facts: Facts) -> Iterable[Event]:
    passed = all(verdict.standing is Standing.PASSED for verdict in facts.verdicts)
    event = "verify" if passed else "unverify"
    if order_lifecycle().next(order.stage, event) is not None:
        yield OrderVerified(at=facts.at) if passed else VerificationWithdrawn(at=facts.at)


def _record_verdict(command: RecordVerdict, order: Order, facts: Facts) -> Decision:
    check = next((check for check in facts.checks if check.name == command.check), None)
    if check is None:
        return Rejected((UnknownCheck(check=command.check, registered=tuple(each.name for each in facts.checks)),))
    released_by = "" if command.standing is Standing.PASSED else check.released_by
    verdict = Verdict(check=check.name, standing=command.standing, reasons=command.reasons, released_by=released_by)
    return Accepted(() if verdict in order.verdicts else (VerdictRecorded(verdict=verdict, at=facts.at),))


def _complete_stage(command: CompleteStage, order: Order, facts: Facts) -> Decision:
    if command.stage in order.completed_stages:
        return Accepted(())
    open_now = open_stages(order, facts.stages)
    if command.stage not in open_now:
        return Rejected((StageNotOpen(stage=command.stage, open=open_now),))
    return Accepted((StageCompleted(stage=command.stage, at=facts.at),))


def _hold(command: HoldOrder, order: Order, facts: Facts) -> Decision:
    if command.reason in order.holds:
        return Accepted(())
    return _in_stages(order, _OPEN, OrderHeld(reason=command.reason, at=facts.at))


def _release(command: ReleaseOrder, order: Order, facts: Facts) -> Decision:
    if command.reason not in order.holds:
        return Rejected((NotHeld(reason=command.reason, holds=order.holds),))
    if command.reason.startswith(_CHECK_HOLD):
        return Rejected((ChecksNotPassed(checks=(command.reason.removeprefix(_CHECK_HOLD),)),))
    return Accepted((OrderReleased(reason=command.reason, at=facts.at),))


def _confirm(order: Order, facts: Facts) -> Decision:
    if order.stage is OrderStage.CONFIRMED:
        return Accepted(())
    reasons: list[Rejection] = []
    if order.stage is OrderStage.RECEIVED:
        waiting = (verdict.check for verdict in facts.verdicts if verdict.standing is not Standing.PASSED)
        reasons.append(ChecksNotPassed(checks=tuple(waiting)))
    elif order.stage is not OrderStage.VERIFIED:
        reasons.append(WrongStage(stage=order.stage, allowed=(OrderStage.VERIFIED,)))
    if order.holds:
        reasons.append(OnHold(holds=order.holds))
    if stages := open_stages(order, facts.stages, Gate.CONFIRM):
        reasons.append(StagesOpen(stages=stages))
    return Rejected(tuple(reasons)) if reasons else Accepted((OrderConfirmed(at=facts.at),))


def _amend_address(command: AmendAddress, order: Order, facts: Facts) -> Decision:
    reasons = [*_not_in(order, _OPEN), *_packed(facts)]
    if order.destination.kind is not DestinationKind.ADDRESS:
        reasons.append(
            TargetNotServed(
                method=order.delivery_method,
                method_kind=order.destination.kind,
                target_kind=DestinationKind.ADDRESS,
            )
        )
    if reasons:
        return Rejected(tuple(reasons))
    return Accepted((AddressAmended(country=command.address.country, at=facts.at),))


def _amend_delivery(command: AmendDelivery, order: Order, facts: Facts) -> Decision:
    there = destination(command.target)
    reasons = [*_not_in(order, _OPEN), *_packed(facts)]
    offer = _offer(command.delivery_method, facts)
    if offer is None:
        offered = tuple(each.code for each in facts.delivery_offered)
        return Rejected((*reasons, DeliveryNotOffered(method=command.delivery_method, offered=offered)))
    if offer.kind is not _SERVED_BY[there.kind]:
        reasons.append(TargetNotServed(method=offer.code, method_kind=offer.kind, target_kind=there.kind))
    if reasons:
        return Rejected(tuple(reasons))
    amended = DeliveryAmended(destination=there, delivery_method=offer.code, price=offer.price, at=facts.at)
    return Accepted((amended,))


def _cancel(command: CancelOrder, order: Order, facts: Facts) -> Decision:
    if order.stage in (OrderStage.CANCELLED, OrderStage.CLOSED) and not order.remaining:
        return Accepted(())
    if packed := [*_packed(facts)]:
        return Rejected((*_not_in(order, _OPEN), *packed))
    everything = order.remaining - _returned(order, facts)
    if not everything:
        return Rejected((*_not_in(order, _OPEN), NothingLeft()))
    return _cancel_units(everything, command.cause, order, facts)


def _cancel_lines(command: CancelLines, order: Order, facts: Facts) -> Decision:
    return _cancel_units(command.quantities, command.cause, order, facts)


def _cancel_units(units: Quantities, cause: str, order: Order, facts: Facts) -> Decision:
    free = order.remaining - facts.packed - _returned(order, facts)
    names = tuple(line.line for line in order.lines)
    reasons = [*_not_in(order, _OPEN)]
    for line, wanted in units:
        if line not in names:
            reasons.append(UnknownLine(line=line, lines=names))
        elif wanted > free[line]:
            reasons.append(TooManyUnits(line=line, wanted=wanted, allowed=free[line]))
    if not units:
        reasons.append(NothingLeft())
    if reasons:
        return Rejected(tuple(reasons))
    cancelled = LinesCancelled(quantities=units, credit=_credit(units, order, facts), cause=cause, at=facts.at)
    nothing_left = not order.remaining - units and not facts.packed
    return Accepted((cancelled, OrderCancelled(cause=cause, at=facts.at)) if nothing_left else (cancelled,))


def _returned(order: Order, facts: Facts) -> Quantities:
    return facts.gone - order.cancelled


def _credit(units: Quantities, order: Order, facts: Facts) -> Money:
    shares = sum(order.quote.ledger.take(line, facts.gone[line], count).gross for line, count in units)
    everything = not order.remaining - units and not facts.packed and not facts.keep_delivery
    return Money(shares, order.currency) + (order.delivery_price if everything else Money.zero(order.currency))


def _tag(command: TagOrder, order: Order, facts: Facts) -> Decision:
    kept = [tag for tag in order.tags if tag not in command.remove]
    tags = (*kept, *(tag for tag in dict.fromkeys(command.add) if tag not in kept))
    return Accepted(() if tags == order.tags else (OrderTagged(tags=tags, at=facts.at),))


def _close(order: Order, facts: Facts) -> Decision:
    if order.stage is OrderStage.CLOSED:
        return Accepted(())
    reasons = [*_not_in(order, (OrderStage.CONFIRMED, OrderStage.CANCELLED))]
    if facts.unsettled:
        reasons.append(NotSettled(open=facts.unsettled))
    if stages := open_stages(order, facts.stages, Gate.CLOSE):
        reasons.append(StagesOpen(stages=stages))
    return Rejected(tuple(reasons)) if reasons else Accepted((OrderClosed(at=facts.at),))


def _in_stages(order: Order, allowed: tuple[OrderStage, ...], *events: Event) -> Decision:
    reasons = tuple(_not_in(order, allowed))
    return Rejected(reasons) if reasons else Accepted(events)


def _not_in(order: Order, allowed: tuple[OrderStage, ...]) -> Iterable[Rejection]:
    if order.stage not in allowed:
        yield WrongStage(stage=order.stage, allowed=allowed)


def _packed(facts: Facts) -> Iterable[Rejection]:
    if facts.packed:
        yield AlreadyPacked(lines=tuple(line for line, _ in facts.packed))
