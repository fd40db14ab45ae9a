"""Parcels as returns see them: units that were sent, and whether they reached the customer."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import attrs

from ..errors import InvalidInputError
from ..quantities import Quantities
from ._checks import a_number, units

__all__ = ("ParcelEnd", "ParcelUnits", "units_of")


class ParcelEnd(StrEnum):
    """Where a parcel's way ended, as far as is known: one that was lost may turn up."""

    DELIVERED = "delivered"
    RETURNED = "returned"
    LOST = "lost"


def _end(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if value is not None and not isinstance(value, ParcelEnd):
        raise InvalidInputError(field.name, f"expected a ParcelEnd or None, got {type(value).__name__}")


@attrs.frozen(kw_only=True)
class ParcelUnits:
    """Units by line in the parcel of that number; ``end`` is None while it is on its way."""

    parcel: int = attrs.field(validator=a_number)
    quantities: Quantities = attrs.field(validator=units)
    end: ParcelEnd | None = attrs.field(default=None, validator=_end)


def units_of(parcels: Iterable[ParcelUnits], *ends: ParcelEnd | None) -> Quantities:
    """The units of those that came to one of *ends*."""
    return sum((each.quantities for each in parcels if each.end in ends), start=Quantities())
