"""What the rest of the shop asks of shipping; quantities are by line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from ..quantities import Quantities
from ._state import Parcel, ParcelStage, Shipping

__all__ = ("delivered", "handed_over", "in_stage", "last_delivery", "on_the_way", "outstanding", "packed", "to_pick")

_NOTHING = Quantities()


def _units(state: Shipping, counts: Callable[[Parcel], bool]) -> Quantities:
    found = _NOTHING
    for parcel in state.parcels:
        if counts(parcel):
            found += parcel.quantities
    return found


def packed(state: Shipping) -> Quantities:
    """Units in parcels that were not cancelled, wherever those are; returned and lost ones count for good."""
    return _units(state, lambda parcel: parcel.is_live)


def handed_over(state: Shipping) -> Quantities:
    """Units that left the house, wherever they are now."""
    return _units(state, lambda parcel: parcel.has_left)


def on_the_way(state: Shipping) -> Quantities:
    """Units between the house and an end: going out, waiting to be collected, or coming back."""
    return _units(state, lambda parcel: parcel.has_left and not parcel.is_over)


def delivered(state: Shipping) -> Quantities:
    """Units the customer has."""
    return in_stage(state, ParcelStage.DELIVERED)


def in_stage(state: Shipping, *stages: ParcelStage) -> Quantities:
    """Units in parcels at any of *stages*, e.g. ``RETURNED``."""
    return _units(state, lambda parcel: parcel.stage in stages)


def last_delivery(state: Shipping) -> datetime | None:
    """When the latest delivery so far took place, by the couriers' clocks."""
    return max((parcel.delivered_at for parcel in state.parcels if parcel.delivered_at is not None), default=None)


def to_pick(state: Shipping, to_ship: Quantities) -> Quantities:
    """Units of *to_ship* still on the shelf."""
    return to_ship - state.picked


def outstanding(state: Shipping, to_ship: Quantities) -> Quantities:
    """Units of *to_ship* that have not left the house yet."""
    return to_ship - handed_over(state)
