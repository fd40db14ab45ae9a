"""Why stock cannot do what was asked."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import attrs

from ..quantities import Quantities

__all__ = (
    "AlreadyRecorded", "ExceedsConsumed", "HoldLost", "ItemRejection", "NotCommitted", "OutOfStock", "ReferenceReused",
    "Rejection", "UntilPassed",
)  # fmt: skip


@attrs.frozen
class OutOfStock:
    """Only *available* of the *wanted* units can be had."""

    sku: str
    wanted: int
    available: int


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


Rejection: TypeAlias = OutOfStock | HoldLost | UntilPassed | NotCommitted | ExceedsConsumed | AlreadyRecorded
ItemRejection: TypeAlias = OutOfStock | ReferenceReused
