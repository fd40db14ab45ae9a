"""What the fields of commands and facts must look like; each check names the field it refuses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from ..errors import InvalidInputError
from ..identifiers import code, location
from ..moments import moment
from ..quantities import quantities, quantity

__all__ = ("a_code", "a_location", "a_number", "moment_or_none", "some_units", "units", "units_or_all")


def a_code(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """1 to 64 printable ASCII characters."""
    code(value, field.name)


def a_location(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """The code of a location in which stock lies."""
    location(value, field.name)


def a_number(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """A return's number within its order, counted from 1."""
    quantity(value, field.name)


def units(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """Quantities, possibly none; the units of a line within bounds."""
    for line, count in quantities(value, field.name):
        quantity(count, f"{field.name}[{line!r}]")


def some_units(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """Quantities with at least one unit."""
    units(_, field, value)
    if not value:
        raise InvalidInputError(field.name, "expected at least one unit")


def units_or_all(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """Quantities with at least one unit, or None for all."""
    if value is not None:
        some_units(_, field, value)


def moment_or_none(value: datetime | None) -> datetime | None:
    """A moment in UTC where there is one."""
    return None if value is None else moment(value, "declared_at")
