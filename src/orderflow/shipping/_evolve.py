"""How events become state. Nothing is checked here: what happened, happened."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import assert_never

from .._changed import changed
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
from ._lifecycle import stage_after
from ._state import Parcel, ParcelStage, Shipping

__all__ = ("evolve", "fold", "initial")

initial = Shipping()
"""Nothing picked, nothing packed."""


def fold(events: Iterable[Event]) -> Shipping:
    """The state after *events*."""
    return reduce(evolve, events, initial)


def evolve(state: Shipping, event: Event) -> Shipping:
    """The state after one more event."""
    match event:
        case LinesPicked():
            return changed(state, picked=state.picked + event.quantities)
        case ShortPickReported():
            return changed(state, short=state.short + event.quantities)
        case ParcelPacked():
            return changed(state, parcels=(*state.parcels, _packed(event)))
        case DeliveryRecorded():
            picked = state.picked + event.quantities
            return changed(state, picked=picked, parcels=(*state.parcels, _recorded(event)))
        case ParcelBooked():
            return _put(state, _booked(state.parcels[event.parcel - 1], event))
        case BookingFailed():
            return _put(state, changed(state.parcels[event.parcel - 1], booking_failure=event.code))
        case ParcelHandedOver():
            return _put(state, _handed_over(state.parcels[event.parcel - 1], event))
        case ParcelDelivered():
            delivered = changed(state.parcels[event.parcel - 1], delivered_at=event.occurred_at)
            return _put(state, _told(delivered, event))
        case (
            ParcelInTransit()
            | ParcelOutForDelivery()
            | DeliveryAttemptFailed()
            | ParcelAwaitingCollection()
            | ParcelRefused()
            | ParcelNotCollected()
            | ParcelReturning()
            | ParcelReturned()
            | ParcelLost()
        ):
            return _put(state, _told(state.parcels[event.parcel - 1], event))
        case TrackingNoted():
            parcel = state.parcels[event.parcel - 1]
            return _put(state, changed(parcel, facts=(*parcel.facts, event.fact)))
        case ParcelCancelled():
            parcel = state.parcels[event.parcel - 1]
            return _put(state, changed(parcel, stage=_stage(parcel, event)))
        case _:
            assert_never(event)


def _put(state: Shipping, parcel: Parcel) -> Shipping:
    index = parcel.number - 1
    return changed(state, parcels=(*state.parcels[:index], parcel, *state.parcels[index + 1 :]))


def _stage(parcel: Parcel, event: Event) -> ParcelStage:
    return stage_after(parcel.stage, type(event)) or parcel.stage


def _packed(event: ParcelPacked) -> Parcel:
    return Parcel(
        number=event.parcel,
        courier=event.courier,
        quantities=event.quantities,
        weight_grams=event.weight_grams,
        inserts=event.inserts,
        target=event.target,
        cash_due=event.cash_due,
        location=event.location,
        lots=event.lots,
    )


def _recorded(event: DeliveryRecorded) -> Parcel:
    return Parcel(
        number=event.parcel,
        courier=event.courier,
        quantities=event.quantities,
        tracking=event.tracking,
        stage=ParcelStage.DELIVERED,
        delivered_at=event.occurred_at,
        external=event.external,
    )


def _booked(parcel: Parcel, event: ParcelBooked) -> Parcel:
    return changed(
        parcel,
        stage=_stage(parcel, event),
        booking=event.booking,
        booking_failure=None,
        tracking=event.tracking or parcel.tracking,
        label=event.label or parcel.label,
    )


def _handed_over(parcel: Parcel, event: ParcelHandedOver) -> Parcel:
    return changed(
        parcel,
        stage=_stage(parcel, event),
        tracking=event.tracking or parcel.tracking,
        facts=parcel.facts if event.fact is None else (*parcel.facts, event.fact),
    )


def _told(parcel: Parcel, event: Told) -> Parcel:
    return changed(parcel, stage=_stage(parcel, event), facts=(*parcel.facts, event.fact))
