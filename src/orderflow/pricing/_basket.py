"""What is to be priced: lines at list prices, where they go and how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import attrs

from .._measures import Sides, age, sides
from .._sequence import sequence
from ..errors import InvalidInputError
from ..identifiers import code
from ..moments import moment
from ..money import Money, at_least_zero, minor_units
from ..quantities import quantity
from ..texts import country_code
from ._vat import VatRate, is_rate

MOST_GRAMS = 10_000_000
"""The heaviest single unit, in grams."""


def flag(value: Any, path: str) -> None:
    """Refuse anything but True and False."""
    if type(value) is not bool:
        raise InvalidInputError(path, f"expected True or False, got {type(value).__name__}")


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    return sequence(tags, "tags")


def _sides(value: Iterable[int] | None) -> Sides | None:
    found: Sides | None = sides(value, "dimensions_mm")
    return found


@attrs.frozen(kw_only=True)
class BasketLine:
    """
    ``quantity`` units of one SKU; ``unit_price``, ``weight_grams`` and ``dimensions_mm`` are one unit's.

    ``dimensions_mm`` are its three sides in any order (None: not known); ``minimum_age`` is how old whoever receives
    it must be. They decide which deliveries are offered.

    ``tags`` are what promotions call goods by: categories, brands, seasons. No promotion takes one unit below
    ``floor``, or anything off a line that is not ``discountable``; ``reduced`` goods are cheaper already, and
    promotions may skip them. ``deposit`` is what is held for one unit's packaging until that comes back: it is in no
    price, discount, VAT or threshold, and is paid and paid back with the unit.
    """

    line: str
    sku: str
    quantity: int
    unit_price: Money
    vat: VatRate
    price_includes_vat: bool
    weight_grams: int = 0
    tags: tuple[str, ...] = attrs.field(default=(), converter=_tags)
    floor: Money | None = None
    discountable: bool = True
    reduced: bool = False
    dimensions_mm: Sides | None = attrs.field(default=None, converter=_sides)
    minimum_age: int = 0
    deposit: Money | None = None

    def __attrs_post_init__(self) -> None:
        code(self.line, "line")
        code(self.sku, "sku")
        quantity(self.quantity)
        at_least_zero(self.unit_price, "unit_price")
        flag(self.price_includes_vat, "price_includes_vat")
        is_rate(self.vat)
        if type(self.weight_grams) is not int or not 0 <= self.weight_grams <= MOST_GRAMS:
            raise InvalidInputError("weight_grams", f"expected whole grams from 0 to {MOST_GRAMS}")
        for index, tag in enumerate(self.tags):
            code(tag, f"tags[{index}]")
        if self.floor is not None:
            at_least_zero(self.floor, "floor")
            if self.floor.currency != self.unit_price.currency:
                raise InvalidInputError("floor", f"expected {self.unit_price.currency} like the unit price")
        flag(self.discountable, "discountable")
        flag(self.reduced, "reduced")
        age(self.minimum_age, "minimum_age")
        if self.deposit is not None:
            at_least_zero(self.deposit, "deposit")
            if self.deposit.currency != self.unit_price.currency:
                raise InvalidInputError("deposit", f"expected {self.unit_price.currency} like the unit price")


Texts = Mapping[str, str] | Iterable[tuple[str, str]]
"""Names with a text each, as a mapping or pairs; they are kept in the order of the names."""


def to_known(values: Texts) -> tuple[tuple[str, str], ...]:
    """The host's own facts."""
    return _named_texts(values, "known")


def to_data(values: Texts) -> tuple[tuple[str, str], ...]:
    """What belongs to a rule of the host."""
    return _named_texts(values, "data")


def _named_texts(values: Texts, path: str) -> tuple[tuple[str, str], ...]:
    found = sequence(values.items() if isinstance(values, Mapping) else values, path)
    for index, pair in enumerate(found):
        if not isinstance(pair, tuple | list) or [*map(type, pair)] != [str, str]:
            raise InvalidInputError(f"{path}[{index}]", "expected a name and a text")
    if len({name for name, _ in found}) < len(found):
        raise InvalidInputError(path, "a name is given twice")
    return tuple(sorted((name, text) for name, text in found))


def _codes(path: str) -> Any:
    return attrs.field(default=(), converter=lambda values: sequence(values, path))


@attrs.frozen(kw_only=True)
class Circumstances:
    """
    What is known when a basket is priced; promotions whose conditions ask for what is not known do not apply.

    ``at`` is the moment of pricing; ``completed_orders`` counts the customer's earlier orders (None: not known, a
    guest); ``coupons`` are the campaigns whose codes were given and found usable; ``known`` are the host's own facts.
    """

    at: datetime | None = None
    channel: str | None = None
    payment_method: str | None = None
    customer_groups: tuple[str, ...] = _codes("customer_groups")
    loyalty_tier: str | None = None
    completed_orders: int | None = None
    coupons: tuple[str, ...] = _codes("coupons")
    known: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=to_known)

    def __attrs_post_init__(self) -> None:
        if self.at is not None:
            moment(self.at, "at")
        for path in ("channel", "payment_method", "loyalty_tier"):
            if (value := getattr(self, path)) is not None:
                code(value, path)
        for path in ("customer_groups", "coupons"):
            for index, value in enumerate(getattr(self, path)):
                code(value, f"{path}[{index}]")
        if self.completed_orders is not None and (type(self.completed_orders) is not int or self.completed_orders < 0):
            raise InvalidInputError("completed_orders", "expected a whole number of earlier orders, or None")


def _lines(lines: Iterable[BasketLine]) -> tuple[BasketLine, ...]:
    return sequence(lines, "lines")


@attrs.frozen(kw_only=True)
class Basket:
    """
    Everything a price depends on. ``country`` is where the goods go (ISO 3166 alpha-2).

    Without a ``delivery_method`` the goods are priced and the methods on offer listed. ``circumstances`` are what
    promotions may ask about beside the goods: who buys, when, where, with which coupons.
    """

    currency: str
    lines: tuple[BasketLine, ...] = attrs.field(converter=_lines)
    delivery_method: str | None = None
    country: str
    circumstances: Circumstances = Circumstances()

    def __attrs_post_init__(self) -> None:
        minor_units(self.currency)
        country_code(self.country)
        if self.delivery_method is not None:
            code(self.delivery_method, "delivery_method")
        if not isinstance(self.circumstances, Circumstances):
            raise InvalidInputError("circumstances", "expected Circumstances")
        for index, line in enumerate(self.lines):
            if not isinstance(line, BasketLine):
                raise InvalidInputError(f"lines[{index}]", "expected a BasketLine")

    @property
    def weight_grams(self) -> int:
        """The goods' weight, without packaging."""
        return sum(line.quantity * line.weight_grams for line in self.lines)
