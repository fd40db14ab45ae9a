"""What is counted under which key: a SKU in each location where it lies, and what each customer has bought of it."""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256
from typing import Any

import attrs

from ..identifiers import MAIN, location

__all__ = (
    "ITEM_PREFIXES", "QUOTA_PREFIX", "Location", "LocationKind", "a_location", "buyer_of", "item_id", "location_of",
    "quota_id", "sku_of",
)  # fmt: skip

_HERE, _THERE = "stk_", "stk@"

ITEM_PREFIXES = (_HERE, _THERE)
"""What the names of all stock items begin with."""

QUOTA_PREFIX = "quo_"
"""What the names of all customers' quotas begin with."""


def a_location(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is no location's code."""
    location(value, field.name)


class LocationKind(StrEnum):
    """What a location is; everything but *aside* is sold from."""

    WAREHOUSE = "warehouse"
    SHOP = "shop"
    SUPPLIER = "supplier"  # whoever sends our orders from a shelf of his own
    ASIDE = "aside"  # there, and not for sale: on the way between two others, in repair, second choice


@attrs.frozen
class Location:
    """A place with a count of its own for every SKU."""

    code: str = attrs.field(validator=a_location)
    kind: LocationKind = LocationKind.WAREHOUSE

    @property
    def sells(self) -> bool:
        """Whether orders may be sent from here."""
        return self.kind is not LocationKind.ASIDE


def item_id(sku: str, location: str = MAIN) -> str:
    """
    The name of an item's stream and of its counter.

    >>> item_id("MUG"), item_id("MUG", "krakow")
    ('stk_MUG', 'stk@krakow:MUG')
    """
    return f"{_HERE}{sku}" if location == MAIN else f"{_THERE}{location}:{sku}"


def sku_of(key: str) -> str | None:
    """The SKU a counter counts, or None where it counts something else."""
    if key.startswith(_HERE):
        return key[len(_HERE) :]
    return key.partition(":")[2] if key.startswith(_THERE) else None


def location_of(key: str) -> str:
    """The location in which a stock counter counts."""
    return key[len(_THERE) :].partition(":")[0] if key.startswith(_THERE) else MAIN


def buyer_of(customer: str) -> str:
    """A customer as the counters of quotas know him."""
    return sha256(f"buyer\n{customer}".encode()).hexdigest()


def quota_id(sku: str, buyer: str) -> str:
    """The counter of what one customer has bought of a SKU; *buyer* is a :func:`buyer_of`."""
    return f"{QUOTA_PREFIX}{sku}:{buyer}"
