"""A parcel's life, declared once: rules read the table, diagrams the class."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType

from statemachine import State, StateMachine

from ..lifecycle import Lifecycle, compile_lifecycle
from ._events import (
    DeliveryAttemptFailed,
    Event,
    ParcelAwaitingCollection,
    ParcelBooked,
    ParcelCancelled,
    ParcelDelivered,
    ParcelHandedOver,
    ParcelInTransit,
    ParcelLost,
    ParcelNotCollected,
    ParcelOutForDelivery,
    ParcelRefused,
    ParcelReturned,
    ParcelReturning,
)
from ._state import ParcelStage

__all__ = ("TRIGGERS", "ParcelLifecycle", "parcel_lifecycle", "stage_after")


class ParcelLifecycle(StateMachine):
    """
    Out of the house, to the customer, or back.

    Couriers skip scans, so every later stage can be reached from every earlier one on the way, and none from a later
    one: whatever the order in which facts arrive, the parcel ends at the same place. A parcel that was refused or not
    collected comes back or is lost, and is never delivered: couriers also call the delivery to the sender one.
    A parcel lost on its way out may turn up delivered; one lost on its way back, only returned.
    """

    packed = State(initial=True)
    booked = State()
    handed_over = State()
    in_transit = State()
    out_for_delivery = State()
    awaiting_collection = State()
    delivered = State(final=True)
    refused = State()
    not_collected = State()
    returning = State()
    returned = State(final=True)
    lost = State()
    cancelled = State(final=True)

    book = packed.to(booked) | booked.to(booked)
    hand_over = handed_over.from_(packed, booked)
    call_off = cancelled.from_(packed, booked)

    move = handed_over.to(in_transit)
    go_out = out_for_delivery.from_(handed_over, in_transit)
    fail_attempt = out_for_delivery.from_(handed_over, in_transit, out_for_delivery) | awaiting_collection.from_(
        awaiting_collection
    )
    await_collection = awaiting_collection.from_(handed_over, in_transit, out_for_delivery)
    deliver = delivered.from_(handed_over, in_transit, out_for_delivery, awaiting_collection, lost)
    refuse = refused.from_(handed_over, in_transit, out_for_delivery, awaiting_collection)
    leave_behind = not_collected.from_(handed_over, in_transit, out_for_delivery, awaiting_collection)
    turn_back = returning.from_(handed_over, in_transit, out_for_delivery, awaiting_collection, refused, not_collected)
    come_back = returned.from_(
        handed_over, in_transit, out_for_delivery, awaiting_collection, refused, not_collected, returning, lost
    )
    lose = lost.from_(handed_over, in_transit, out_for_delivery, awaiting_collection, refused, not_collected, returning)


TRIGGERS: Mapping[type, str] = MappingProxyType(
    {
        ParcelBooked: "book",
        ParcelHandedOver: "hand_over",
        ParcelCancelled: "call_off",
        ParcelInTransit: "move",
        ParcelOutForDelivery: "go_out",
        DeliveryAttemptFailed: "fail_attempt",
        ParcelAwaitingCollection: "await_collection",
        ParcelDelivered: "deliver",
        ParcelRefused: "refuse",
        ParcelNotCollected: "leave_behind",
        ParcelReturning: "turn_back",
        ParcelReturned: "come_back",
        ParcelLost: "lose",
    }
)
"""Which event of ours is which event of the lifecycle."""


@functools.cache
def parcel_lifecycle() -> Lifecycle:
    """The transition table of :class:`ParcelLifecycle`."""
    return compile_lifecycle(ParcelLifecycle)


def stage_after(stage: ParcelStage, event: type[Event]) -> ParcelStage | None:
    """Where an event of that type leads from *stage*, or None where it leads nowhere."""
    target = parcel_lifecycle().next(stage, TRIGGERS[event])
    return None if target is None else ParcelStage(target)
