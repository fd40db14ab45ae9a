"""Why a basket cannot be priced, with what is allowed instead."""

from __future__ import annotations

import attrs

from ..money import Money


@attrs.frozen(kw_only=True)
class EmptyBasket:
    """There is nothing in the basket."""


@attrs.frozen(kw_only=True)
class TooManyLines:
    """The basket has more lines than one order may have."""

    lines: int
    allowed: int


@attrs.frozen(kw_only=True)
class DuplicateLine:
    """Two lines have the same id; ids tell units apart for good."""

    line: str


@attrs.frozen(kw_only=True)
class MixedCurrencies:
    """Prices in other currencies than the basket's."""

    currency: str
    found: tuple[str, ...]


@attrs.frozen(kw_only=True)
class UnknownDeliveryMethod:
    """The tariff has no such delivery method."""

    method: str
    allowed: tuple[str, ...]


@attrs.frozen(kw_only=True)
class CountryNotServed:
    """The delivery method does not go to this country."""

    method: str
    country: str
    allowed: tuple[str, ...]


@attrs.frozen(kw_only=True)
class TooHeavy:
    """The goods weigh more than the delivery method carries."""

    method: str
    weight_grams: int
    max_weight_grams: int
    allowed: tuple[str, ...]


@attrs.frozen(kw_only=True)
class TotalTooLarge:
    """The sum is beyond what an order may come to."""

    limit: Money


Rejection = (
    EmptyBasket
    | TooManyLines
    | DuplicateLine
    | MixedCurrencies
    | UnknownDeliveryMethod
    | CountryNotServed
    | TooHeavy
    | TotalTooLarge
)
