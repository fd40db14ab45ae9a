"""What delivery costs: a table of methods, which of them serve a given basket, at what price, and why others do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cached_property
from math import prod
from typing import Any

import attrs

from .._measures import Sides, sides
from .._sequence import sequence
from ..errors import InvalidInputError
from ..identifiers import code
from ..money import Money, at_least_zero
from ..texts import country_code
from ._basket import Basket, flag
from ._payment import PaymentTerms
from ._rejections import (
    AgeNotChecked,
    CountryNotServed,
    DeliveryRefusal,
    GoodsBelowMinimum,
    NotInCurrency,
    TooHeavy,
    TooLarge,
    TooVoluminous,
)
from ._vat import VatRate, is_rate


class DeliveryKind(StrEnum):
    """How the goods reach the customer."""

    COURIER = "courier"
    POINT = "point"
    SHOP = "shop"
    DOWNLOAD = "download"


def _codes(codes: Iterable[str]) -> tuple[str, ...]:
    return sequence(codes, "countries")


def _sides(value: Iterable[int] | None) -> Sides | None:
    found: Sides | None = sides(value, "box_mm")
    return found


class Load:
    """What delivery methods ask about a basket; each is found out when it is first asked."""

    def __init__(self, basket: Basket) -> None:
        self.basket = basket

    @cached_property
    def grams(self) -> int:
        """The goods' weight."""
        return self.basket.weight_grams

    @cached_property
    def goods(self) -> int:
        """The goods at list prices, in minor units."""
        return sum(line.quantity * line.unit_price.minor for line in self.basket.lines)

    @cached_property
    def sized(self) -> tuple[tuple[str, int, Sides], ...]:
        """The lines whose dimensions are known, with their units and sides."""
        lines = self.basket.lines
        return tuple((line.line, line.quantity, line.dimensions_mm) for line in lines if line.dimensions_mm)

    @cached_property
    def volume_mm3(self) -> int:
        """The room that these take up together."""
        return sum(units * prod(found) for _, units, found in self.sized)

    @cached_property
    def minimum_age(self) -> int:
        """How old one must be to receive all of it."""
        return max((line.minimum_age for line in self.basket.lines), default=0)


@attrs.frozen(kw_only=True)
class PriceStep:
    """
    Another price of a delivery, once the basket has reached all that it asks for.

    ``from_grams`` is the goods' weight, ``from_goods`` their value at list prices, before any discount, as in
    :class:`GoodsTotal`; ``countries`` are those to which the goods may go, any when empty.
    """

    price: Money
    from_grams: int = 0
    from_goods: Money | None = None
    countries: tuple[str, ...] = attrs.field(default=(), converter=_codes)

    def __attrs_post_init__(self) -> None:
        at_least_zero(self.price, "price")
        _grams(self.from_grams, "from_grams")
        if self.from_goods is not None:
            at_least_zero(self.from_goods, "from_goods")
            _in_currency(self.from_goods, self.price.currency, "from_goods")
        for index, country in enumerate(self.countries):
            country_code(country, f"countries[{index}]")

    def is_reached(self, load: Load) -> bool:
        """Whether the basket is so heavy, so dear, and goes there."""
        return (
            (not self.countries or load.basket.country in self.countries)
            and (not self.from_grams or load.grams >= self.from_grams)
            and (self.from_goods is None or load.goods >= self.from_goods.minor)
        )

    def asks_no_more_than(self, other: PriceStep) -> bool:
        """Whether it is reached wherever the *other* is."""
        goods, others_goods = (step.from_goods.minor if step.from_goods else 0 for step in (self, other))
        anywhere = not self.countries or (bool(other.countries) and {*other.countries} <= {*self.countries})
        return anywhere and self.from_grams <= other.from_grams and goods <= others_goods


def _steps(steps: Iterable[PriceStep]) -> tuple[PriceStep, ...]:
    known = sequence(steps, "steps")
    for index, step in enumerate(known):
        if not isinstance(step, PriceStep):
            raise InvalidInputError(f"steps[{index}]", f"expected a PriceStep, got {type(step).__name__}")
    return known


def _grams(value: Any, path: str) -> None:
    if type(value) is not int or value < 0:
        raise InvalidInputError(path, "expected whole grams")


def _in_currency(amount: Money, currency: str, path: str) -> None:
    if amount.currency != currency:
        raise InvalidInputError(path, f"expected {currency} like the price")


@attrs.frozen(kw_only=True)
class DeliveryMethod:
    """
    One row of the tariff.

    It costs what the last of its ``steps`` says that the basket has reached, and ``price`` before the first; so steps
    go from the least to the most that is asked, and general ones come before those for some countries. ``free_from``
    is the gross value of goods, after discounts, from which it costs nothing.

    It is offered for baskets that go to its ``countries`` (all when empty), weigh at most ``max_weight_grams``, come
    to ``minimum_goods`` at list prices, and fit into its ``box_mm``: each unit, turned along the box's sides, and all
    units by their volume. That is necessary and not sufficient, since nobody packs them; units whose dimensions are
    not known fit. Lines with a minimum age need a method that ``checks_age``.

    ``ordinary`` is False for an express or other premium kind (refunds after a withdrawal are capped by the cheapest
    ordinary one); ``courier`` names the adapter that carries it.
    """

    code: str
    kind: DeliveryKind
    price: Money
    vat: VatRate
    price_includes_vat: bool = True
    steps: tuple[PriceStep, ...] = attrs.field(default=(), converter=_steps)
    free_from: Money | None = None
    minimum_goods: Money | None = None
    max_weight_grams: int | None = None
    box_mm: Sides | None = attrs.field(default=None, converter=_sides)
    checks_age: bool = False
    ordinary: bool = True
    courier: str = "manual"
    countries: tuple[str, ...] = attrs.field(default=(), converter=_codes)

    def __attrs_post_init__(self) -> None:
        code(self.code, "code")
        code(self.courier, "courier")
        at_least_zero(self.price, "price")
        flag(self.price_includes_vat, "price_includes_vat")
        flag(self.checks_age, "checks_age")
        flag(self.ordinary, "ordinary")
        if not isinstance(self.kind, DeliveryKind):
            raise InvalidInputError("kind", "expected a DeliveryKind")
        is_rate(self.vat)
        for path in ("free_from", "minimum_goods"):
            if (amount := getattr(self, path)) is not None:
                at_least_zero(amount, path)
                _in_currency(amount, self.price.currency, path)
        if self.max_weight_grams is not None and (type(self.max_weight_grams) is not int or self.max_weight_grams < 0):
            raise InvalidInputError("max_weight_grams", "expected whole grams, or None for no limit")
        for index, country in enumerate(self.countries):
            country_code(country, f"countries[{index}]")
        for index, step in enumerate(self.steps):
            _in_currency(step.price, self.price.currency, f"steps[{index}].price")
            for later, other in enumerate(self.steps[index + 1 :], index + 1):
                if other.asks_no_more_than(step):
                    problem = f"never counts: steps[{later}] comes after it and asks for no more"
                    raise InvalidInputError(f"steps[{index}]", problem)

    def price_for(self, load: Load) -> Money:
        """What it costs for this basket, before promotions."""
        return next((step.price for step in reversed(self.steps) if step.is_reached(load)), self.price)

    def is_free_for(self, goods: int) -> bool:
        """Whether it costs nothing for goods of so many minor units, gross."""
        return self.free_from is not None and goods >= self.free_from.minor

    def refusals(self, load: Load, allowed: tuple[str, ...] = ()) -> Iterator[DeliveryRefusal]:
        """Everything for which it does not serve a basket, with the methods that are *allowed* instead."""
        basket = load.basket
        if self.price.currency != basket.currency:
            yield NotInCurrency(
                method=self.code, currency=basket.currency, priced_in=self.price.currency, allowed=allowed
            )
        elif self.minimum_goods is not None and load.goods < self.minimum_goods.minor:
            goods = Money(load.goods, basket.currency)
            yield GoodsBelowMinimum(method=self.code, goods=goods, minimum=self.minimum_goods, allowed=allowed)
        if self.countries and basket.country not in self.countries:
            yield CountryNotServed(method=self.code, country=basket.country, allowed=allowed)
        if self.max_weight_grams is not None and load.grams > self.max_weight_grams:
            yield TooHeavy(
                method=self.code, weight_grams=load.grams, max_weight_grams=self.max_weight_grams, allowed=allowed
            )
        if self.box_mm is not None:
            yield from _too_large(self.code, self.box_mm, load, allowed)
        if not self.checks_age and load.minimum_age:
            lines = tuple(line.line for line in basket.lines if line.minimum_age)
            yield AgeNotChecked(method=self.code, minimum_age=load.minimum_age, lines=lines, allowed=allowed)


def _too_large(method: str, box: Sides, load: Load, allowed: tuple[str, ...]) -> Iterator[DeliveryRefusal]:
    inside = sorted(box)
    for line, _, found in load.sized:
        if any(side > room for side, room in zip(sorted(found), inside, strict=True)):
            yield TooLarge(method=method, line=line, dimensions_mm=found, box_mm=box, allowed=allowed)
    if load.volume_mm3 > prod(box):
        yield TooVoluminous(method=method, volume_mm3=load.volume_mm3, box_mm3=prod(box), allowed=allowed)


@attrs.frozen(kw_only=True)
class DeliveryOffer:
    """
    A method that serves the basket, at the gross ``price`` it would add to the total.

    That is its ``listed`` price less the ``discount`` by promotions, both gross too.
    """

    code: str
    kind: DeliveryKind
    price: Money
    listed: Money
    discount: Money
    ordinary: bool
    courier: str


@attrs.frozen(kw_only=True)
class NotOffered:
    """A method that does not serve the basket; ``reasons`` are those for which choosing it is rejected."""

    code: str
    reasons: tuple[DeliveryRefusal, ...]


@attrs.frozen
class Choice:
    """The delivery methods that serve a basket, and those that do not; the terms of all ways to pay."""

    load: Load
    methods: tuple[DeliveryMethod, ...]
    not_offered: tuple[NotOffered, ...]
    payments: tuple[PaymentTerms, ...]

    @property
    def allowed(self) -> tuple[str, ...]:
        """The codes of those that serve it."""
        return tuple(method.code for method in self.methods)


def _methods(methods: Iterable[DeliveryMethod]) -> tuple[DeliveryMethod, ...]:
    known = sequence(methods, "methods")
    for index, method in enumerate(known):
        if not isinstance(method, DeliveryMethod):
            raise InvalidInputError(f"methods[{index}]", f"expected a DeliveryMethod, got {type(method).__name__}")
    return known


def _payments(payments: Iterable[PaymentTerms]) -> tuple[PaymentTerms, ...]:
    known = sequence(payments, "payments")
    for index, terms in enumerate(known):
        if not isinstance(terms, PaymentTerms):
            raise InvalidInputError(f"payments[{index}]", f"expected PaymentTerms, got {type(terms).__name__}")
    return known


@attrs.frozen
class Tariff:
    """
    All delivery methods of a shop, and the terms of its ways to pay, in the order in which they are shown.

    Without ``payments`` nothing is said of ways to pay: any is taken, and none costs anything. With them a quote offers
    these and no other; a shop adds those of its own that have no terms.
    """

    methods: tuple[DeliveryMethod, ...] = attrs.field(default=(), converter=_methods)
    payments: tuple[PaymentTerms, ...] = attrs.field(default=(), converter=_payments)

    def __attrs_post_init__(self) -> None:
        for path, rows in (("methods", self.methods), ("payments", self.payments)):
            codes = [row.code for row in rows]
            for index, name in enumerate(codes):
                if name in codes[:index]:
                    raise InvalidInputError(f"{path}[{index}].code", f"{name!r} is taken by an earlier one")
        known = {method.code for method in self.methods}
        for index, terms in enumerate(self.payments):
            for place, name in enumerate(terms.delivery_methods):
                if name not in known:
                    problem = f"{name!r} is no delivery method of this tariff"
                    raise InvalidInputError(f"payments[{index}].delivery_methods[{place}]", problem)

    def find(self, method: str) -> DeliveryMethod | None:
        """The method with this code."""
        return next((candidate for candidate in self.methods if candidate.code == method), None)

    def choice(self, basket: Basket) -> Choice:
        """The methods that serve *basket*, and those that do not with every reason."""
        load = Load(basket)
        methods = tuple(method for method in self.methods if next(method.refusals(load), None) is None)
        if len(methods) == len(self.methods):
            return Choice(load, methods, (), self.payments)
        allowed = tuple(method.code for method in methods)
        others = (method for method in self.methods if method not in methods)
        refused = (NotOffered(code=each.code, reasons=tuple(each.refusals(load, allowed))) for each in others)
        return Choice(load, methods, tuple(refused), self.payments)

    def methods_for(self, basket: Basket) -> tuple[DeliveryMethod, ...]:
        """The methods that serve *basket*."""
        return self.choice(basket).methods
