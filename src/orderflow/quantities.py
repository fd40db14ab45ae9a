"""Quantities: how many whole units of which key (a SKU, an order line), with an algebra of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from ._sequence import sequence
from .errors import InvalidInputError

__all__ = ("MOST_UNITS", "NO_UNITS", "Quantities", "quantities", "quantity")

MOST_UNITS = 1_000_000
"""The largest quantity one line, receipt or parcel may state."""

_LONGEST_KEY = 64


def quantity(value: Any, path: str = "quantity") -> int:
    """
    A whole number of units from 1 to :data:`MOST_UNITS`.

    Raises:
        InvalidInputError: zero, negative, fractional, huge, or not an int.
    """
    if type(value) is not int or not 1 <= value <= MOST_UNITS:
        shown = str(value)[:24] if type(value) in (int, float) and abs(value) < 1e18 else type(value).__name__
        raise InvalidInputError(path, f"expected a whole number from 1 to {MOST_UNITS}, got {shown}")
    return value


def _checked(units: Mapping[str, int] | Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    summed: dict[str, int] = {}
    for pair in units.items() if isinstance(units, Mapping) else sequence(units, "units"):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise InvalidInputError("units", "expected pairs of a key and a whole number of units")
        key, count = pair
        if type(key) is not str or not 1 <= len(key) <= _LONGEST_KEY:
            shown = f"{len(key)} characters" if type(key) is str else type(key).__name__
            raise InvalidInputError(
                "units", f"expected 1 to {_LONGEST_KEY} characters as the key of units, got {shown}"
            )
        if type(count) is not int or count < 0:
            shown = "less than none" if type(count) is int else type(count).__name__
            raise InvalidInputError(key, f"expected a whole number of units, got {shown}")
        summed[key] = summed.get(key, 0) + count
    return tuple(sorted((key, count) for key, count in summed.items() if count))


@attrs.frozen(repr=False)
class Quantities:
    """
    An immutable multiset: repeated keys are summed, zeros vanish, order never matters.

    >>> Quantities({"MUG": 3}) + Quantities({"MUG": 1, "TEA": 2})
    Quantities({'MUG': 4, 'TEA': 2})
    >>> Quantities({"MUG": 3}) - Quantities({"MUG": 5})
    Quantities({})
    """

    pairs: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=_checked)

    def __repr__(self) -> str:
        return f"Quantities({dict(self.pairs)!r})"

    def __getitem__(self, key: str) -> int:
        return next((count for name, count in self.pairs if name == key), 0)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def total(self) -> int:
        """All units together."""
        return sum(count for _, count in self.pairs)

    def __add__(self, other: Quantities) -> Quantities:
        if not other.pairs:
            return self
        if not self.pairs:
            return other
        summed = dict(self.pairs)
        for key, count in other.pairs:
            summed[key] = summed.get(key, 0) + count
        return _known(sorted(summed.items()))

    def __sub__(self, other: Quantities) -> Quantities:
        """What is left of these after taking *other* away; never below zero."""
        if not self.pairs or not other.pairs:
            return self
        taken = dict(other.pairs)
        return _known((key, left) for key, count in self.pairs if (left := count - taken.get(key, 0)) > 0)

    def __and__(self, other: Quantities) -> Quantities:
        """What both have."""
        theirs = dict(other.pairs)
        return _known((key, min(count, theirs[key])) for key, count in self.pairs if key in theirs)

    def __le__(self, other: Quantities) -> bool:
        """Whether *other* covers all of these."""
        return not (self - other)


def _known(pairs: Iterable[tuple[str, int]]) -> Quantities:
    # Parts of checked quantities are in order and positive: these are made thousands of times in one plan.
    units = object.__new__(Quantities)
    object.__setattr__(units, "pairs", tuple(pairs))
    return units


NO_UNITS = Quantities()


def quantities(value: Any, path: str) -> Quantities:
    """Refuse anything but :class:`Quantities`."""
    if not isinstance(value, Quantities):
        raise InvalidInputError(path, f"expected Quantities, got {type(value).__name__}; write Quantities({{'1': 2}})")
    return value
