"""What delivery costs: a table of methods, and which of them serve a given basket."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import attrs

from .._sequence import sequence
from ..errors import InvalidInputError
from ..identifiers import code
from ..money import Money
from ..texts import country_code
from ._basket import Basket, flag, price
from ._vat import VatRate


class DeliveryKind(StrEnum):
    """How the goods reach the customer."""

    COURIER = "courier"
    POINT = "point"
    SHOP = "shop"
    DOWNLOAD = "download"


def _codes(codes: Iterable[str]) -> tuple[str, ...]:
    return sequence(codes, "countries")


@attrs.frozen(kw_only=True)
class DeliveryMethod:
    """
    One row of the tariff.

    ``free_from`` is the gross value of goods from which it costs nothing; ``ordinary`` is False for an express or
    other premium kind (refunds after a withdrawal are capped by the cheapest ordinary one); ``courier`` names the
    adapter that carries it; ``countries`` it serves, all when empty.
    """

    code: str
    kind: DeliveryKind
    price: Money
    vat: VatRate
    price_includes_vat: bool = True
    free_from: Money | None = None
    max_weight_grams: int | None = None
    ordinary: bool = True
    courier: str = "manual"
    countries: tuple[str, ...] = attrs.field(default=(), converter=_codes)

    def __attrs_post_init__(self) -> None:
        code(self.code, "code")
        code(self.courier, "courier")
        price(self.price, "price")
        flag(self.price_includes_vat, "price_includes_vat")
        flag(self.ordinary, "ordinary")
        if not isinstance(self.kind, DeliveryKind):
            raise InvalidInputError("kind", "expected a DeliveryKind")
        if not isinstance(self.vat, VatRate):
            raise InvalidInputError("vat", "expected a VatRate")
        if self.free_from is not None:
            price(self.free_from, "free_from")
            if self.free_from.currency != self.price.currency:
                raise InvalidInputError("free_from", f"expected {self.price.currency} like the price")
        if self.max_weight_grams is not None and (type(self.max_weight_grams) is not int or self.max_weight_grams < 0):
            raise InvalidInputError("max_weight_grams", "expected whole grams, or None for no limit")
        for index, country in enumerate(self.countries):
            country_code(country, f"countries[{index}]")

    def serves(self, country: str) -> bool:
        """Whether it goes there."""
        return not self.countries or country in self.countries

    def carries(self, weight_grams: int) -> bool:
        """Whether it takes that much."""
        return self.max_weight_grams is None or weight_grams <= self.max_weight_grams

    def is_free_for(self, goods: int) -> bool:
        """Whether it costs nothing for goods of so many minor units, gross."""
        return self.free_from is not None and goods >= self.free_from.minor


@attrs.frozen(kw_only=True)
class DeliveryOffer:
    """A method that serves the basket, at the gross price it would add to the total."""

    code: str
    kind: DeliveryKind
    price: Money
    ordinary: bool
    courier: str


def _methods(methods: Iterable[DeliveryMethod]) -> tuple[DeliveryMethod, ...]:
    known = sequence(methods, "methods")
    for index, method in enumerate(known):
        if not isinstance(method, DeliveryMethod):
            raise InvalidInputError(f"methods[{index}]", f"expected a DeliveryMethod, got {type(method).__name__}")
    return known


@attrs.frozen
class Tariff:
    """All delivery methods of a shop, in the order in which they are shown."""

    methods: tuple[DeliveryMethod, ...] = attrs.field(default=(), converter=_methods)

    def __attrs_post_init__(self) -> None:
        codes = [method.code for method in self.methods]
        for index, name in enumerate(codes):
            if name in codes[:index]:
                raise InvalidInputError(f"methods[{index}].code", f"{name!r} is taken by an earlier method")

    def find(self, method: str) -> DeliveryMethod | None:
        """The method with this code."""
        return next((candidate for candidate in self.methods if candidate.code == method), None)

    def methods_for(self, basket: Basket) -> tuple[DeliveryMethod, ...]:
        """The methods that serve *basket*: its country, its weight, its currency."""
        if not self.methods:
            return ()
        weight = basket.weight_grams
        return tuple(
            method
            for method in self.methods
            if method.price.currency == basket.currency and method.serves(basket.country) and method.carries(weight)
        )
