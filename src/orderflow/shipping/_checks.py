"""What the fields of this concept accept; each check raises ``InvalidInputError`` with the field's name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from ..errors import InvalidInputError
from ..identifiers import code, location
from ..moments import moment
from ..money import at_least_zero
from ..quantities import MOST_UNITS, quantities

__all__ = (
    "a_code", "a_code_or_blank", "a_code_or_none", "a_flag", "a_location_or_none", "a_number", "cash_or_none", "codes",
    "grams_or_none", "occurred", "units", "units_or_all",
)  # fmt: skip

_HEAVIEST = 100_000_000


def a_code(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """1 to 64 printable ASCII characters."""
    code(value, field.name)


def a_code_or_none(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """A code where there is one."""
    if value is not None:
        code(value, field.name)


def a_code_or_blank(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """A code, or empty text where the courier gives none."""
    if value != "":
        code(value, field.name)


def a_flag(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """True or False."""
    if type(value) is not bool:
        raise InvalidInputError(field.name, f"expected True or False, got {type(value).__name__}")


def a_location_or_none(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """The code of a location where one is named."""
    if value is not None:
        location(value, field.name)


def codes(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """A tuple of codes."""
    if not isinstance(value, tuple):
        raise InvalidInputError(field.name, f"expected a tuple of codes, got {type(value).__name__}")
    for index, item in enumerate(value):
        code(item, f"{field.name}[{index}]")


def a_number(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """A parcel's number within its order, counted from 1."""
    if type(value) is not int or not 1 <= value <= MOST_UNITS:
        raise InvalidInputError(field.name, "expected a parcel's number, counted from 1")


def grams_or_none(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """Whole grams up to a hundred tonnes."""
    if value is not None and (type(value) is not int or not 0 <= value <= _HEAVIEST):
        raise InvalidInputError(field.name, f"expected whole grams from 0 to {_HEAVIEST}")


def cash_or_none(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """An amount that is not negative."""
    if value is not None:
        at_least_zero(value, field.name)


def units(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """At least one unit of at least one line, and no more than a line may state."""
    given = quantities(value, field.name)
    if not given:
        raise InvalidInputError(field.name, "expected at least one unit, e.g. Quantities({'1': 2})")
    for line, count in given:
        code(line, field.name)
        if count > MOST_UNITS:
            raise InvalidInputError(f"{field.name}.{line}", f"expected at most {MOST_UNITS} units")


def units_or_all(instance: object, field: attrs.Attribute[Any], value: object) -> None:
    """Units, or None for all there are."""
    if value is not None:
        units(instance, field, value)


def occurred(value: datetime) -> datetime:
    """The moment in UTC."""
    return moment(value, "occurred_at")
