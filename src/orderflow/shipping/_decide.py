"""The rules of shipping: what a command leads to, or every reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias, assert_never

from ..decisions import Accepted, Rejected
from ..identifiers import MAIN
from ..lots import NamedLots, units_named
from ..quantities import NO_UNITS, Quantities
from ._commands import (
    CancelParcel,
    Command,
    HandOver,
    PackParcel,
    PickLines,
    RecordBooking,
    RecordBookingFailure,
    RecordDelivery,
    RecordTracking,
    ReportShortPick,
)
from ._events import (
    BookingFailed,
    DeliveryAttemptFailed,
    DeliveryRecorded,
    Event,
    LinesPicked,
    ParcelAwaitingCollection,
    ParcelBooked,
    ParcelCancelled,
    ParcelDelivered,
    ParcelHandedOver,
    ParcelInTransit,
    ParcelLost,
    ParcelNotCollected,
    ParcelOutForDelivery,
    ParcelPacked,
    ParcelRefused,
    ParcelReturned,
    ParcelReturning,
    ShortPickReported,
    Told,
    TrackingNoted,
)
from ._facts import Carrier, Facts
from ._lifecycle import stage_after
from ._queries import handed_over, packed, to_pick
from ._rejections import (
    AlreadyBooked,
    AlreadyLeft,
    AlreadyRecorded,
    Blocked,
    CourierCannot,
    ExceedsToShip,
    LotsDiffer,
    NotBooked,
    NothingToPack,
    NotInLocation,
    NotPicked,
    NotReleased,
    ParcelIsCancelled,
    Rejection,
    UnknownCourier,
    UnknownParcel,
)
from ._state import Parcel, Shipping
from ._tracking import TrackingFact, TrackingStatus

__all__ = ("decide",)

_Decision: TypeAlias = Accepted[Event] | Rejected[Rejection]

_POINT = "point"

_MOVES: Mapping[TrackingStatus, type[Told]] = MappingProxyType(
    {
        TrackingStatus.IN_TRANSIT: ParcelInTransit,
        TrackingStatus.OUT_FOR_DELIVERY: ParcelOutForDelivery,
        TrackingStatus.ATTEMPT_FAILED: DeliveryAttemptFailed,
        TrackingStatus.AWAITING_COLLECTION: ParcelAwaitingCollection,
        TrackingStatus.DELIVERED: ParcelDelivered,
        TrackingStatus.REFUSED: ParcelRefused,
        TrackingStatus.NOT_COLLECTED: ParcelNotCollected,
        TrackingStatus.RETURNING: ParcelReturning,
        TrackingStatus.RETURNED: ParcelReturned,
        TrackingStatus.LOST: ParcelLost,
    }
)


def decide(command: Command, state: Shipping, facts: Facts) -> _Decision:
    """What *command* leads to; nothing at all where it is already so."""
    match command:
        case PickLines():
            return _pick(command, state, facts)
        case ReportShortPick():
            return _report_short(command, state, facts)
        case PackParcel():
            return _pack(command, state, facts)
        case RecordDelivery():
            return _record_delivery(command, state, facts)
        case CancelParcel():
            return _cancel(command, state, facts)
        case RecordBooking():
            return _record_booking(command, state, facts)
        case RecordBookingFailure():
            return _record_booking_failure(command, state, facts)
        case HandOver():
            return _hand_over(command, state, facts)
        case RecordTracking():
            return _record_tracking(command, state, facts)
        case _:
            assert_never(command)


def _pick(command: PickLines, state: Shipping, facts: Facts) -> _Decision:
    left = to_pick(state, facts.to_ship)
    waiting = dict(facts.unreleased)
    ready = Quantities((line, count) for line, count in left if line not in waiting)
    wanted = ready if command.quantities is None else command.quantities
    if not wanted:
        return Rejected(_unreleased(left, facts)) if left else Accepted()
    reasons: tuple[Rejection, ...] = (*_blocked(facts), *_exceeding(wanted, left))
    return Rejected(reasons) if reasons else Accepted((LinesPicked(quantities=wanted, at=facts.at),))


def _report_short(command: ReportShortPick, state: Shipping, facts: Facts) -> _Decision:
    reasons: tuple[Rejection, ...] = (
        *_exceeding(command.quantities, to_pick(state, facts.to_ship)),
        *_lots_differ(command.quantities, command.lots),
    )
    event = ShortPickReported(
        quantities=command.quantities, location=command.location, wait=command.wait, lots=command.lots, at=facts.at
    )
    return Rejected(reasons) if reasons else Accepted((event,))


def _pack(command: PackParcel, state: Shipping, facts: Facts) -> _Decision:
    already = packed(state)
    picked, needed = state.picked - already, facts.to_ship - already
    location, lying = _where(command, picked & needed, facts)
    wanted = picked & needed & lying if command.quantities is None else command.quantities
    if not wanted:
        return Accepted() if already else Rejected((NothingToPack(),))
    not_picked = tuple(
        NotPicked(line=line, wanted=count, available=picked[line]) for line, count in wanted if count > picked[line]
    )
    not_there = tuple(
        NotInLocation(line=line, location=location, wanted=wanted[line], available=lying[line])
        for line, _ in (wanted & needed & picked) - lying
    )
    reasons: tuple[Rejection, ...] = (
        *_blocked(facts),
        *not_picked,
        *_exceeding(wanted, needed),
        *not_there,
        *_lots_differ(wanted, command.lots),
        *_unfit(command.courier or facts.courier, facts),
    )
    return Rejected(reasons) if reasons else Accepted((_parcel_of(wanted, location, command, state, facts),))


def _lots_differ(wanted: Quantities, lots: NamedLots) -> tuple[LotsDiffer, ...]:
    return tuple(
        LotsDiffer(line=line, wanted=wanted[line], named=count)
        for line, count in units_named(lots)
        if count != wanted[line]
    )


def _unfit(courier: str, facts: Facts) -> tuple[UnknownCourier | CourierCannot, ...]:
    """Why a courier cannot take the parcel that would be packed now."""
    if not facts.carriers:
        return ()
    found = facts.carrier(courier)
    if found is None:
        return (UnknownCourier(courier=courier, couriers=tuple(each.code for each in facts.carriers)),)
    if not (lacking := _lacking(found, facts)):
        return ()
    able = tuple(each.code for each in facts.carriers if not _lacking(each, facts))
    return (CourierCannot(courier=courier, needs=lacking, couriers=able),)


def _lacking(carrier: Carrier, facts: Facts) -> tuple[str, ...]:
    needed = (
        ("cash_on_delivery", bool(facts.cash_due) and not carrier.collects_cash),
        ("points", facts.target == _POINT and not carrier.to_points),
    )
    return tuple(name for name, is_lacking in needed if is_lacking)


def _where(command: PackParcel, ready: Quantities, facts: Facts) -> tuple[str, Quantities]:
    """The location that a parcel comes from, and what could be packed there."""
    lying = dict(facts.lying) or {MAIN: facts.to_ship}
    if command.location is not None:
        return command.location, lying.get(command.location, NO_UNITS)
    if command.quantities is None:
        fitting = [location for location, units in lying.items() if units & ready]
    else:
        fitting = [location for location, units in lying.items() if command.quantities <= units]
    location = (fitting or [*lying])[0]
    return location, lying[location]


def _parcel_of(
    quantities: Quantities, location: str, command: PackParcel, state: Shipping, facts: Facts
) -> ParcelPacked:
    weights = dict(facts.weights)
    computed = sum(count * weights.get(line, 0) for line, count in quantities)
    return ParcelPacked(
        parcel=len(state.parcels) + 1,
        courier=command.courier or facts.courier,
        quantities=quantities,
        weight_grams=computed if command.weight_grams is None else command.weight_grams,
        inserts=_inserts(state, facts),
        target=facts.target,
        cash_due=facts.cash_due,
        location=location,
        lots=command.lots,
        at=facts.at,
    )


def _inserts(state: Shipping, facts: Facts) -> tuple[str, ...]:
    given = {code for parcel in state.parcels if parcel.is_live for code in parcel.inserts}
    return tuple(i.code for i in facts.inserts if not (i.when.once_per_order and i.code in given))


def _cancel(command: CancelParcel, state: Shipping, facts: Facts) -> _Decision:
    parcel = state.parcel(command.parcel)
    if parcel is None:
        return Rejected((UnknownParcel(parcel=command.parcel),))
    if parcel.has_left:
        return Rejected((AlreadyLeft(parcel=parcel.number, stage=parcel.stage),))
    return Accepted((ParcelCancelled(parcel=parcel.number, at=facts.at),)) if parcel.is_live else Accepted()


def _record_booking(command: RecordBooking, state: Shipping, facts: Facts) -> _Decision:
    parcel = state.parcel(command.parcel)
    if parcel is None:
        return Rejected((UnknownParcel(parcel=command.parcel),))
    # A booking that comes too late, for a parcel cancelled or gone, is recorded too: it exists and costs money.
    if parcel.booking not in (None, command.booking):
        return _booked_otherwise(parcel)
    if parcel.booking and command.tracking in (None, parcel.tracking) and command.label in (None, parcel.label):
        return Accepted()
    booked = ParcelBooked(
        parcel=parcel.number,
        booking=command.booking,
        tracking=command.tracking,
        label=command.label,
        at=facts.at,
    )
    return Accepted((booked,))


def _record_booking_failure(command: RecordBookingFailure, state: Shipping, facts: Facts) -> _Decision:
    parcel = state.parcel(command.parcel)
    if parcel is None:
        return Rejected((UnknownParcel(parcel=command.parcel),))
    if parcel.booking is not None:
        return _booked_otherwise(parcel)
    if parcel.booking_failure == command.code:
        return Accepted()
    return Accepted((BookingFailed(parcel=parcel.number, code=command.code, at=facts.at),))


def _booked_otherwise(parcel: Parcel) -> Rejected[Rejection]:
    return Rejected((AlreadyBooked(parcel=parcel.number, booking=parcel.booking or ""),))


def _hand_over(command: HandOver, state: Shipping, facts: Facts) -> _Decision:
    parcel = state.parcel(command.parcel)
    if parcel is None:
        return Rejected((UnknownParcel(parcel=command.parcel),))
    if not parcel.is_live:
        return Rejected((ParcelIsCancelled(parcel=parcel.number),))
    if parcel.has_left:
        known = command.tracking in (None, parcel.tracking)
        return Accepted() if known else Rejected((AlreadyLeft(parcel=parcel.number, stage=parcel.stage),))
    reasons: tuple[Rejection, ...] = (
        *_blocked(facts),
        *_exceeding(parcel.quantities, facts.to_ship - handed_over(state)),
        *_unreleased(parcel.quantities, facts),
        *_not_booked(command, parcel, facts),
    )
    if reasons:
        return Rejected(reasons)
    return Accepted((_leaving(parcel, facts.at, facts.at, tracking=command.tracking),))


def _not_booked(command: HandOver, parcel: Parcel, facts: Facts) -> tuple[NotBooked, ...]:
    # Who names the number under which the courier took it has booked it in another way.
    carrier = facts.carrier(parcel.courier)
    is_told = parcel.booking is not None or command.tracking is not None or carrier is None or not carrier.books
    return () if is_told else (NotBooked(parcel=parcel.number, courier=parcel.courier),)


def _unreleased(units: Quantities, facts: Facts) -> tuple[Rejection, ...]:
    return tuple(NotReleased(line=line, released=when) for line, when in facts.unreleased if units[line])


def _leaving(
    parcel: Parcel,
    occurred_at: datetime,
    at: datetime,
    *,
    tracking: str | None = None,
    fact: TrackingFact | None = None,
) -> ParcelHandedOver:
    return ParcelHandedOver(parcel=parcel.number, tracking=tracking, fact=fact, occurred_at=occurred_at, at=at)


def _record_tracking(command: RecordTracking, state: Shipping, facts: Facts) -> _Decision:
    parcel = state.parcel(command.parcel)
    if parcel is None:
        return Rejected((UnknownParcel(parcel=command.parcel),))
    fact = command.fact
    if fact in parcel.facts:
        return Accepted()
    if fact.status is TrackingStatus.HANDED_OVER and parcel.is_here:
        return Accepted((_leaving(parcel, fact.occurred_at, facts.at, fact=fact),))
    move = _MOVES.get(fact.status)
    if move is not None and parcel.is_here:  # the scan at the door was missed
        left = _leaving(parcel, fact.occurred_at, facts.at)
        return Accepted((left, move(parcel=parcel.number, fact=fact, at=facts.at)))
    to_us = move is ParcelDelivered and parcel.turned_back  # the table knows the stage, not how it was reached
    if move is None or to_us or stage_after(parcel.stage, move) is None:
        return Accepted((TrackingNoted(parcel=parcel.number, fact=fact, at=facts.at),))
    return Accepted((move(parcel=parcel.number, fact=fact, at=facts.at),))


def _record_delivery(command: RecordDelivery, state: Shipping, facts: Facts) -> _Decision:
    known = next((parcel for parcel in state.parcels if parcel.external == command.external), None)
    if known is not None:
        same = known.quantities == command.quantities
        return Accepted() if same else Rejected((AlreadyRecorded(external=command.external, parcel=known.number),))
    reasons = _exceeding(command.quantities, to_pick(state, facts.to_ship))
    return Rejected(reasons) if reasons else Accepted((_delivery(command, state, facts),))


def _delivery(command: RecordDelivery, state: Shipping, facts: Facts) -> DeliveryRecorded:
    return DeliveryRecorded(
        parcel=len(state.parcels) + 1,
        external=command.external,
        quantities=command.quantities,
        courier=command.courier,
        tracking=command.tracking,
        occurred_at=command.occurred_at,
        at=facts.at,
    )


def _blocked(facts: Facts) -> tuple[Blocked, ...]:
    return (Blocked(reasons=facts.blocked),) if facts.blocked else ()


def _exceeding(wanted: Quantities, available: Quantities) -> tuple[ExceedsToShip, ...]:
    return tuple(
        ExceedsToShip(line=line, wanted=count, available=available[line])
        for line, count in wanted
        if count > available[line]
    )
