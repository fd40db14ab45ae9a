"""
Lots: units of one product that were made together, and expire together where they do.

A serial number is a lot of one unit that does not expire, so both are counted, sent and taken back the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

import attrs

from ._sequence import sequence
from .errors import InvalidInputError
from .identifiers import code
from .quantities import Quantities, quantity

__all__ = ("LotUnits", "NamedLots", "lot_units", "named_lots", "units_named")

_MOST = 10**12  # all that ever lies in a lot; a command names no more of it than of anything else


def _code(_: object, field: attrs.Attribute[Any], value: object) -> None:
    code(value, field.name)


def _change(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not int or not 1 <= abs(value) <= _MOST:
        raise InvalidInputError(field.name, f"expected a whole number up to {_MOST} either way, and not zero")


def _day(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
        raise InvalidInputError(field.name, f"expected a date, got {type(value).__name__}")


@attrs.frozen
class LotUnits:
    """
    Units of one lot, which is good through the whole day on which it *expires* (None: it does not).

    Where a change is told, units below zero are so many fewer.
    """

    lot: str = attrs.field(validator=_code)
    units: int = attrs.field(default=1, validator=_change)
    expires: date | None = attrs.field(default=None, validator=_day)


NamedLots: TypeAlias = tuple[tuple[str, LotUnits], ...]
"""Units of lots, each with the SKU or the line that they are of."""


def lot_units(values: Iterable[LotUnits | str]) -> tuple[LotUnits, ...]:
    """
    Units of lots as they are given in a command; a text is a serial number.

    Raises:
        InvalidInputError: something else, or less than one unit.
    """
    return tuple(_one(value, f"lots[{index}]") for index, value in enumerate(sequence(values, "lots")))


def named_lots(values: Mapping[str, Iterable[LotUnits | str]] | Iterable[tuple[str, LotUnits]]) -> NamedLots:
    """
    Units of lots as they are given in a command, by SKU or line.

    >>> named_lots({"PHONE": ["IMEI-1"]})
    (('PHONE', LotUnits(lot='IMEI-1', units=1, expires=None)),)

    Raises:
        InvalidInputError: something else, or less than one unit.
    """
    if isinstance(values, Mapping):
        return tuple((code(name, "lots"), lot) for name, lots in values.items() for lot in lot_units(lots))
    pairs = sequence(values, "lots")
    if not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):
        raise InvalidInputError("lots", "expected lots by the SKU or line that they are of")
    return tuple((code(name, "lots"), _one(lot, f"lots[{index}]")) for index, (name, lot) in enumerate(pairs))


def units_named(lots: NamedLots) -> Quantities:
    """How many units are named of each SKU or line."""
    return Quantities((name, lot.units) for name, lot in lots)


def _one(value: Any, path: str) -> LotUnits:
    if isinstance(value, str):
        return LotUnits(code(value, path))
    if not isinstance(value, LotUnits):
        raise InvalidInputError(path, f"expected LotUnits or a serial number, got {type(value).__name__}")
    quantity(value.units, f"{path}.units")
    return value
