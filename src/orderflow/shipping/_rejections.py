"""Why a command to shipping does not hold."""

from __future__ import annotations

from datetime import datetime

import attrs

from ._state import ParcelStage

__all__ = (
    "AlreadyBooked", "AlreadyLeft", "AlreadyRecorded", "Blocked", "CourierCannot", "ExceedsToShip", "LotsDiffer",
    "NotBooked", "NotInLocation", "NotPicked", "NotReleased", "NothingToPack", "ParcelIsCancelled", "Rejection",
    "UnknownCourier", "UnknownParcel",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class Blocked:
    """The order is held back for these reasons."""

    reasons: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ExceedsToShip:
    """More units of the line than the order still needs."""

    line: str
    wanted: int
    available: int


@attrs.frozen(kw_only=True)
class NotPicked:
    """More units of the line than lie picked on the packing table."""

    line: str
    wanted: int
    available: int


@attrs.frozen(kw_only=True)
class NotReleased:
    """The line must not leave the house before it is *released*."""

    line: str
    released: datetime


@attrs.frozen(kw_only=True)
class NotInLocation:
    """More units of the line than lie in the one location a parcel comes from."""

    line: str
    location: str
    wanted: int
    available: int


@attrs.frozen(kw_only=True)
class LotsDiffer:
    """Lots, or serial numbers, were scanned for *named* of the line's *wanted* units."""

    line: str
    wanted: int
    named: int


@attrs.frozen(kw_only=True)
class NothingToPack:
    """Nothing is picked yet."""


@attrs.frozen(kw_only=True)
class UnknownParcel:
    """The order has no parcel of that number."""

    parcel: int


@attrs.frozen(kw_only=True)
class UnknownCourier:
    """The shop has no courier of that name, only these."""

    courier: str
    couriers: tuple[str, ...]


@attrs.frozen(kw_only=True)
class CourierCannot:
    """The courier declares that it cannot do what the parcel ``needs`` (``cash_on_delivery``, ``points``)."""

    courier: str
    needs: tuple[str, ...]
    couriers: tuple[str, ...]


@attrs.frozen(kw_only=True)
class NotBooked:
    """The courier has not been told of the parcel yet."""

    parcel: int
    courier: str


@attrs.frozen(kw_only=True)
class AlreadyBooked:
    """The parcel has a booking already, and another one was meant."""

    parcel: int
    booking: str


@attrs.frozen(kw_only=True)
class AlreadyLeft:
    """The parcel is out of the house; only its courier can stop it."""

    parcel: int
    stage: ParcelStage


@attrs.frozen(kw_only=True)
class ParcelIsCancelled:
    """The parcel was unpacked; it cannot be handed over."""

    parcel: int


@attrs.frozen(kw_only=True)
class AlreadyRecorded:
    """That external number stands for a delivery of other units."""

    external: str
    parcel: int


Rejection = (
    Blocked
    | CourierCannot
    | ExceedsToShip
    | LotsDiffer
    | NotInLocation
    | NotPicked
    | NotReleased
    | NothingToPack
    | UnknownCourier
    | UnknownParcel
    | NotBooked
    | AlreadyBooked
    | AlreadyLeft
    | ParcelIsCancelled
    | AlreadyRecorded
)
