"""What one unit of goods measures, and how old whoever gets it must be: checks shared by baskets and orders."""

from __future__ import annotations

from typing import Any, TypeAlias

from ._sequence import sequence
from .errors import InvalidInputError

__all__ = ("LONGEST_SIDE", "OLDEST_AGE", "Sides", "age", "sides")

Sides: TypeAlias = tuple[int, int, int]
"""Three sides in millimetres, in any order."""

LONGEST_SIDE = 100_000
OLDEST_AGE = 120


def sides(value: Any, path: str) -> Any:
    """
    Three whole numbers of millimetres as a tuple, or None.

    Raises:
        InvalidInputError: anything else.
    """
    if value is None:
        return None
    found = sequence(value, path)
    if len(found) != 3 or any(type(side) is not int or not 1 <= side <= LONGEST_SIDE for side in found):
        raise InvalidInputError(path, f"expected three whole numbers of millimetres from 1 to {LONGEST_SIDE}, or None")
    return found


def age(value: Any, path: str) -> None:
    """Refuse anything but whole years."""
    if type(value) is not int or not 0 <= value <= OLDEST_AGE:
        raise InvalidInputError(path, f"expected whole years from 0 to {OLDEST_AGE}")
