"""Why a basket cannot be priced, with what is allowed instead."""

from __future__ import annotations

import attrs

from .._measures import Sides
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
class NotInCurrency:
    """The delivery method has its prices in another currency than the basket."""

    method: str
    currency: str
    priced_in: str
    allowed: tuple[str, ...]


@attrs.frozen(kw_only=True)
class GoodsBelowMinimum:
    """The goods come to less, at list prices, than the delivery method is offered for."""

    method: str
    goods: Money
    minimum: Money
    allowed: tuple[str, ...]

    @property
    def missing(self) -> Money:
        """How much more it would take."""
        return self.minimum - self.goods


@attrs.frozen(kw_only=True)
class TooLarge:
    """A unit of the line does not fit into the delivery method's box, however it is turned."""

    method: str
    line: str
    dimensions_mm: Sides
    box_mm: Sides
    allowed: tuple[str, ...]


@attrs.frozen(kw_only=True)
class TooVoluminous:
    """All units together take up more room than the delivery method's box has."""

    method: str
    volume_mm3: int
    box_mm3: int
    allowed: tuple[str, ...]


@attrs.frozen(kw_only=True)
class AgeNotChecked:
    """The lines are for people of a certain age only, which this delivery method does not check."""

    method: str
    minimum_age: int
    lines: tuple[str, ...]
    allowed: tuple[str, ...]


DeliveryRefusal = (
    NotInCurrency | CountryNotServed | GoodsBelowMinimum | TooHeavy | TooLarge | TooVoluminous | AgeNotChecked
)
"""Why a delivery method is not offered for a basket; ``allowed`` are those that are."""


@attrs.frozen(kw_only=True)
class UnknownPaymentMethod:
    """The tariff knows ways to pay, and this is none of them."""

    method: str
    allowed: tuple[str, ...]


@attrs.frozen(kw_only=True)
class PaymentNotInCurrency:
    """The way to pay has its amounts in another currency than the basket."""

    method: str
    currency: str
    priced_in: str
    allowed: tuple[str, ...]


@attrs.frozen(kw_only=True)
class TotalAboveHighest:
    """More would be paid this way than is taken by it, its fee included."""

    method: str
    total: Money
    highest_total: Money
    allowed: tuple[str, ...]


@attrs.frozen(kw_only=True)
class TotalBelowLowest:
    """Less would be paid this way than it is offered for, its fee included."""

    method: str
    total: Money
    lowest_total: Money
    allowed: tuple[str, ...]


@attrs.frozen(kw_only=True)
class PaymentCountryNotServed:
    """Goods that go to this country cannot be paid this way."""

    method: str
    country: str
    allowed: tuple[str, ...]


@attrs.frozen(kw_only=True)
class PaymentNotForDelivery:
    """The way to pay does not go with the chosen delivery; ``delivery_methods`` are those it goes with."""

    method: str
    delivery_method: str
    delivery_methods: tuple[str, ...]
    allowed: tuple[str, ...]


PaymentRefusal = (
    PaymentNotInCurrency | TotalAboveHighest | TotalBelowLowest | PaymentCountryNotServed | PaymentNotForDelivery
)
"""Why a way to pay is not offered for a basket; ``allowed`` are those that are."""


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
    | DeliveryRefusal
    | UnknownPaymentMethod
    | PaymentRefusal
    | TotalTooLarge
)
