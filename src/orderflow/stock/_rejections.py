"""Why stock cannot do what was asked."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeAlias

import attrs

from ..dispositions import Disposition
from ..quantities import Quantities

__all__ = (
    "AlreadyRecorded", "CountBelowHeld", "CountOutdated", "CountedInFuture", "CustomerLimitReached", "ExceedsConsumed",
    "HoldLost", "ItemRejection", "LevelOutdated", "LotNotGood", "LotNotThere", "LotsDiffer", "NotASerial",
    "NotCommitted", "NotEnoughGood", "NotSourced", "NotTracked", "NotTrackedThere", "OutOfStock", "ReferenceReused",
    "Rejection", "SameLocation", "SerialKnown", "TrackedBefore", "UnknownLocation", "UnknownReservation", "UntilPassed",
    "WouldBeSold",
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


@attrs.frozen
class LotsDiffer:
    """Lots, or serial numbers, are named for *named* of the *units*; each unit is of one, and it must be said which."""

    sku: str
    units: int
    named: int


@attrs.frozen
class LotNotThere:
    """Of the *wanted* units of a lot only *available* are there: on the shelf, or with whom they are to come from."""

    sku: str
    lot: str
    wanted: int
    available: int


@attrs.frozen
class LotNotGood:
    """The lot *expires* too early to be sold now."""

    sku: str
    lot: str
    expires: date


@attrs.frozen
class NotEnoughGood:
    """Only *good* of the *wanted* units are of lots that are known, and can be sold now."""

    sku: str
    wanted: int
    good: int


@attrs.frozen
class NotASerial:
    """A serial number stands for one unit, and does not expire."""

    sku: str
    serial: str


@attrs.frozen
class SerialKnown:
    """The unit of that serial number lies in *location* already."""

    sku: str
    serial: str
    location: str


@attrs.frozen
class NotTracked:
    """Units of this SKU are not told apart by lots or serial numbers."""

    sku: str


@attrs.frozen
class NotTrackedThere:
    """*location* lies in somebody else's house, who does not tell which lots are there."""

    sku: str
    location: str


@attrs.frozen
class TrackedBefore:
    """Units of this SKU lie there in lots, and this shop has no rule by which it would know them."""

    sku: str


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
    | LotsDiffer
    | LotNotThere
    | LotNotGood
    | NotEnoughGood
    | NotTracked
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
    | LotsDiffer
    | LotNotThere
    | LotNotGood
    | NotEnoughGood
    | NotASerial
    | SerialKnown
    | NotTracked
    | NotTrackedThere
    | TrackedBefore
)
