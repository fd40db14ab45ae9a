"""What the fields of commands and facts must look like; each check names the field it refuses."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import attrs

from ..errors import InvalidInputError
from ..identifiers import code
from ..moments import moment
from ..money import Money, at_least_zero
from ..quantities import quantity
from ._state import STORED_VALUE


def is_code(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """1 to 64 printable ASCII characters."""
    code(value, field.name)


def is_code_or_empty(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """A code, or nothing."""
    if value != "":
        code(value, field.name)


def is_number(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """The number of an attempt, a refund or a parcel, counted from 1."""
    quantity(value, field.name)


def is_positive(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """An amount above zero."""
    if not isinstance(value, Money) or value.minor <= 0:
        raise InvalidInputError(field.name, f"expected an amount above zero, got {_shown(value)}")


def is_total(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """An amount that is not negative."""
    at_least_zero(value, field.name)


def is_member(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """A member of the enumeration that the field is annotated with."""
    if not isinstance(value, StrEnum) or field.type not in (type(value), type(value).__name__):
        raise InvalidInputError(field.name, f"expected a {field.type}, got {type(value).__name__}")


def is_asked_for(_: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """A kind of payment that somebody is asked for."""
    is_member(_, field, value)
    if value in STORED_VALUE:
        raise InvalidInputError(field.name, f"{value} is not asked for; use PayWithGiftCard or PayWithStoreCredit")


def occurred(value: datetime) -> datetime:
    """``occurred_at`` in UTC."""
    return moment(value, "occurred_at")


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Money) else type(value).__name__
