"""Dispositions: what becomes of units that came back."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs

from .errors import InvalidInputError

__all__ = ("Disposition", "off_the_books", "on_a_shelf")


class Disposition(StrEnum):
    """What becomes of units that came back; those that are resold are as good as new."""

    RESELL = "resell"
    B_GRADE = "b_grade"
    REPAIR = "repair"
    SUPPLIER = "supplier"
    SCRAP = "scrap"


def on_a_shelf(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is no disposition of units that are kept."""
    if not isinstance(value, Disposition) or value is Disposition.SCRAP:
        raise InvalidInputError(field.name, "expected a Disposition of units that are kept; scrap is written off")


def off_the_books(_: object, field: attrs.Attribute[Any], value: object) -> None:
    """Refuse what is no disposition of units that are not kept."""
    if not isinstance(value, Disposition) or value is Disposition.RESELL:
        raise InvalidInputError(
            field.name, "expected a Disposition of units that are not kept; resold ones are restocked"
        )
