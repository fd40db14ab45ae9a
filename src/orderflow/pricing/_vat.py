"""
Value added tax: one rounding per rate and document, shared out to lines afterwards.

The method is "sum per rate" of the Polish VAT act, art. 106e(1)(14) and (7): gross prices contain
``gross * r / (100 + r)``, net prices bear ``net * r / 100``; halves go up. A gross total therefore never moves.
"""

from __future__ import annotations

import re
from typing import Any

import attrs

from ..errors import InvalidInputError
from ..identifiers import code
from ..money import Money

_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,6}))?", re.ASCII)
_HUNDRED_PERCENT = 10_000


def _basis_points(_: object, __: object, value: Any) -> None:
    if type(value) is not int or not 0 <= value <= _HUNDRED_PERCENT:
        raise InvalidInputError(
            "basis_points", f"expected whole basis points from 0 to {_HUNDRED_PERCENT} (23 % is 2300)"
        )


@attrs.frozen(cache_hash=True)
class VatRate:
    """
    A rate in basis points, with the code that tells 0 % from exempt: ``standard``, ``reduced``, ``zero``, ``exempt``.

    >>> VatRate(2300)
    VatRate(basis_points=2300, code='standard')
    """

    basis_points: int = attrs.field(validator=_basis_points)
    code: str = attrs.field(default="standard", validator=lambda _, __, value: code(value, "code") and None)

    @classmethod
    def parse(cls, text: Any, code: str = "standard", path: str = "vat") -> VatRate:
        """
        Read a percentage.

        >>> VatRate.parse("7.5", "reduced")
        VatRate(basis_points=750, code='reduced')

        Raises:
            InvalidInputError: not decimal text from 0 to 100, or finer than a hundredth of a percent.
        """
        match = _PERCENT.fullmatch(text) if isinstance(text, str) else None
        fraction = (match[2] or "") if match else ""
        if match is None or int(fraction[2:] or 0):
            shown = ascii(text[:10]) if isinstance(text, str) else type(text).__name__
            raise InvalidInputError(path, f"{shown} is not a rate in percent; write text such as '23' or '7.5'")
        try:
            return cls(int(match[1] + fraction[:2].ljust(2, "0")), code)
        except InvalidInputError as error:
            raise error.under(path) from None

    @property
    def percent(self) -> str:
        """The rate as short decimal text: ``23``, ``7.5``."""
        return f"{self.basis_points // 100}.{self.basis_points % 100:02}".rstrip("0").rstrip(".")


def is_rate(value: Any) -> None:
    """Refuse anything but a rate, as the field ``vat``."""
    if not isinstance(value, VatRate):
        raise InvalidInputError("vat", "expected a VatRate; write VatRate.parse('23')")


@attrs.frozen(kw_only=True)
class VatGroup:
    """What a document shows for one rate: goods and delivery together. Gross and net prices are never mixed in one."""

    rate: VatRate
    price_includes_vat: bool
    net: Money
    vat: Money
    gross: Money
