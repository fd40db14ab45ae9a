"""Percentages, exact: a discount of 17.5 % is 175,000 millionths, never a float."""

from __future__ import annotations

import re
from typing import Any

import attrs

from ..errors import InvalidInputError

WHOLE = 1_000_000
"""A hundred percent, in millionths."""

_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,10}))?", re.ASCII)
_PLACES = 4


@attrs.frozen
class Percent:
    """
    A part of a whole in millionths, from nothing to all of it.

    >>> Percent.parse("17.5")
    Percent(millionths=175000)
    """

    millionths: int

    def __attrs_post_init__(self) -> None:
        if type(self.millionths) is not int or not 0 <= self.millionths <= WHOLE:
            raise InvalidInputError("millionths", f"expected whole millionths from 0 to {WHOLE} (10 % is 100000)")

    @classmethod
    def parse(cls, text: Any, path: str = "percent") -> Percent:
        """
        Read decimal text such as ``"17.5"``.

        Raises:
            InvalidInputError: not decimal text from 0 to 100, or finer than a ten-thousandth of a percent.
        """
        match = _PERCENT.fullmatch(text) if isinstance(text, str) else None
        fraction = (match[2] or "") if match else ""
        if match is None or int(fraction[_PLACES:] or 0):
            shown = ascii(text[:14]) if isinstance(text, str) else type(text).__name__
            raise InvalidInputError(path, f"{shown} is not a percentage; write text from '0' to '100' such as '17.5'")
        millionths = int(match[1] + fraction[:_PLACES].ljust(_PLACES, "0"))
        if millionths > WHOLE:
            raise InvalidInputError(path, f"{text!r} is more than 100 %")
        return cls(millionths)

    @property
    def text(self) -> str:
        """The shortest decimal text: ``17.5``; :meth:`parse` reads it back."""
        whole, fraction = divmod(self.millionths, WHOLE // 100)
        return f"{whole}.{fraction:04}".rstrip("0").rstrip(".")

    def __str__(self) -> str:
        return f"{self.text} %"


ALL_OF_IT = Percent(WHOLE)
