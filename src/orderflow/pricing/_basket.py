"""What is to be priced: lines at list prices, where they go and how."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from .._sequence import sequence
from ..errors import InvalidInputError
from ..identifiers import code
from ..money import Money, minor_units
from ..quantities import quantity
from ..texts import country_code
from ._vat import VatRate

MOST_GRAMS = 10_000_000
"""The heaviest single unit, in grams."""


def price(value: Any, path: str) -> None:
    """Refuse anything but an amount of zero or more."""
    if not isinstance(value, Money) or value.minor < 0:
        raise InvalidInputError(path, "expected a Money of zero or more")


def flag(value: Any, path: str) -> None:
    """Refuse anything but True and False."""
    if type(value) is not bool:
        raise InvalidInputError(path, f"expected True or False, got {type(value).__name__}")


@attrs.frozen(kw_only=True)
class BasketLine:
    """``quantity`` units of one SKU; ``unit_price`` and ``weight_grams`` are one unit's."""

    line: str
    sku: str
    quantity: int
    unit_price: Money
    vat: VatRate
    price_includes_vat: bool
    weight_grams: int = 0

    def __attrs_post_init__(self) -> None:
        code(self.line, "line")
        code(self.sku, "sku")
        quantity(self.quantity)
        price(self.unit_price, "unit_price")
        flag(self.price_includes_vat, "price_includes_vat")
        if not isinstance(self.vat, VatRate):
            raise InvalidInputError("vat", "expected a VatRate")
        if type(self.weight_grams) is not int or not 0 <= self.weight_grams <= MOST_GRAMS:
            raise InvalidInputError("weight_grams", f"expected whole grams from 0 to {MOST_GRAMS}")


def _lines(lines: Iterable[BasketLine]) -> tuple[BasketLine, ...]:
    return sequence(lines, "lines")


@attrs.frozen(kw_only=True)
class Basket:
    """
    Everything a price depends on. ``country`` is where the goods go (ISO 3166 alpha-2).

    Without a ``delivery_method`` the goods are priced and the methods on offer listed.
    """

    currency: str
    lines: tuple[BasketLine, ...] = attrs.field(converter=_lines)
    delivery_method: str | None = None
    country: str

    def __attrs_post_init__(self) -> None:
        minor_units(self.currency)
        country_code(self.country)
        if self.delivery_method is not None:
            code(self.delivery_method, "delivery_method")
        for index, line in enumerate(self.lines):
            if not isinstance(line, BasketLine):
                raise InvalidInputError(f"lines[{index}]", "expected a BasketLine")

    @property
    def weight_grams(self) -> int:
        """The goods' weight, without packaging."""
        return sum(line.quantity * line.weight_grams for line in self.lines)
