"""Why stock cannot do what was asked."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import attrs

from ..dispositions import Disposition
from ..quantities import Quantities

__all__ = (
    "AlreadyRecorded", "CountBelowHeld", "CountOutdated", "CountedInFuture", "CustomerLimitReached", "ExceedsConsumed",
    "HoldLost", "ItemRejection", "LevelOutdated", "NotCommitted", "NotSourced", "OutOfStock", "ReferenceReused",
    "Rejection", "SameLocation", "UnknownLocation", "UnknownReservation", "UntilPassed", "WouldBeSold",
)  # fmt: skip


@attrs.frozen
class OutOfStock:
    """Only *available* of the *wanted* units can be had."""

    sku: str
    wanted: int
    available: int


@attrs.frozen
class NotSourced:
    """*available* of the *wanted* units are there, but not where the shop's sourcing would take them together."""

    sku: str
    wanted: int
    available: int


@attrs.frozen
class CustomerLimitReached:
    """The customer may have only *left* of the *wanted* units; he has the rest, or nobody gets so many."""

    sku: str
    wanted: int
    left: int


@attrs.frozen
class HoldLost:
    """These SKUs are held no longer; hold them again."""

    skus: tuple[str, ...]


@attrs.frozen
class UntilPassed:
    """A hold cannot end before it begins."""

    until: datetime


@attrs.frozen
class NotCommitted:
    """Only *committed* of the *wanted* units are committed to this order."""

    sku: str
    wanted: int
    committed: int


@attrs.frozen
class ExceedsConsumed:
    """Only *allowed* of the *wanted* units left for this order and are not back yet."""

    sku: str
    wanted: int
    allowed: int


@attrs.frozen
class AlreadyRecorded:
    """*source* (a parcel, a return) was booked before, with other quantities."""

    source: str
    recorded: Quantities


@attrs.frozen
class ReferenceReused:
    """The reference was booked before, with another change of the count."""

    reference: str
    recorded: int


@attrs.frozen
class UnknownLocation:
    """The shop has no such location; these are *known*."""

    location: str
    known: tuple[str, ...]


@attrs.frozen
class WouldBeSold:
    """Units of this disposition must not lie in *location*, from which orders get goods that are as good as new."""

    disposition: Disposition
    location: str


@attrs.frozen
class UnknownReservation:
    """The order asked for no reservation of this number."""

    number: int


@attrs.frozen
class SameLocation:
    """A transfer goes from one location to another."""

    location: str


@attrs.frozen
class CountedInFuture:
    """Nobody can have counted yet at *counted_at*."""

    counted_at: datetime


@attrs.frozen
class CountOutdated:
    """The item was counted later than that, at *latest*, and what is newer is not overwritten."""

    counted_at: datetime
    latest: datetime


@attrs.frozen
class CountBelowHeld:
    """*missing* units were not found, and only *free* of them are nobody's: the rest is promised to orders."""

    sku: str
    missing: int
    free: int


@attrs.frozen
class LevelOutdated:
    """Report number *sequence*, of *as_of*, is older than what is known of *latest*, which is not overwritten."""

    sequence: int
    as_of: datetime
    latest: datetime


Rejection: TypeAlias = (
    OutOfStock
    | NotSourced
    | CustomerLimitReached
    | HoldLost
    | UntilPassed
    | NotCommitted
    | ExceedsConsumed
    | AlreadyRecorded
    | UnknownLocation
    | UnknownReservation
    | WouldBeSold
)
ItemRejection: TypeAlias = (
    OutOfStock
    | ReferenceReused
    | UnknownLocation
    | SameLocation
    | CountedInFuture
    | CountOutdated
    | CountBelowHeld
    | LevelOutdated
)
