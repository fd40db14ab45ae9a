"""The values an order is made of: lines, targets, evidence, verdicts, and what an order from elsewhere told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import assert_never

import attrs

from .._measures import Sides, age, sides
from .._sequence import sequence
from ..errors import InvalidInputError
from ..identifiers import code
from ..moments import moment
from ..money import Money, at_least_zero
from ..people import Address
from ..pricing import VatRate
from ..quantities import Quantities, quantity
from ..texts import LONGEST_NOTE, country_code, human_text

MOST_LINES = 1000
MOST_ENTRIES = 100


class OrderStage(StrEnum):
    """How far the order itself has come; payment and parcels have stages of their own."""

    RECEIVED = "received"
    VERIFIED = "verified"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class SubstituteStage(StrEnum):
    """What became of an offer to send something else."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class BuyerKind(StrEnum):
    """In which role the buyer acts; purpose decides, not the tax number."""

    CONSUMER = "consumer"
    SOLE_TRADER = "sole_trader"
    BUSINESS = "business"


def flag(value: object, path: str) -> None:
    """Refuse anything but True and False."""
    if type(value) is not bool:
        raise InvalidInputError(path, f"expected True or False, got {type(value).__name__}")


def _line_tags(tags: Iterable[str]) -> tuple[str, ...]:
    return sequence(tags, "tags")


def _line_sides(value: Iterable[int] | None) -> Sides | None:
    found: Sides | None = sides(value, "dimensions_mm")
    return found


@attrs.frozen(kw_only=True)
class Line:
    """
    One ordered product as it was on that day: later changes in the catalogue do not reach it.

    ``unit_price`` is one unit's price, gross or net as ``price_includes_vat`` says; ``weight_grams`` is one
    unit's. ``not_withdrawable`` names the legal exception (``made_to_spec``, ``perishable``, ``sealed_hygiene`` …)
    under which the line cannot be withdrawn from; ``tracked`` is False for what has no stock (services, files).
    ``tags``, ``floor``, ``discountable`` and ``reduced`` are for promotions, as in
    :class:`~orderflow.pricing.BasketLine`; ``dimensions_mm`` and ``minimum_age`` decide which deliveries are offered.
    ``deposit`` is what is held for one unit's packaging, beside its price.
    """

    line: str
    sku: str
    name: str
    quantity: int
    unit_price: Money
    vat: VatRate
    price_includes_vat: bool = True
    weight_grams: int = 0
    not_withdrawable: str | None = None
    backorder: bool = False
    tracked: bool = True
    tags: tuple[str, ...] = attrs.field(default=(), converter=_line_tags)
    floor: Money | None = None
    discountable: bool = True
    reduced: bool = False
    dimensions_mm: Sides | None = attrs.field(default=None, converter=_line_sides)
    minimum_age: int = 0
    deposit: Money | None = None

    def __attrs_post_init__(self) -> None:
        code(self.line, "line")
        code(self.sku, "sku")
        human_text(self.name, "name")
        quantity(self.quantity)
        at_least_zero(self.unit_price, "unit_price")
        if not isinstance(self.vat, VatRate):
            raise InvalidInputError("vat", "expected a VatRate; write VatRate.parse('23')")
        for path in ("price_includes_vat", "backorder", "tracked", "discountable", "reduced"):
            flag(getattr(self, path), path)
        if type(self.weight_grams) is not int or not 0 <= self.weight_grams <= 10_000_000:
            raise InvalidInputError("weight_grams", "expected whole grams from 0 to 10000000")
        age(self.minimum_age, "minimum_age")
        if self.not_withdrawable is not None:
            code(self.not_withdrawable, "not_withdrawable")
        for index, tag in enumerate(self.tags):
            code(tag, f"tags[{index}]")
        for path in ("floor", "deposit"):
            amount, currency = getattr(self, path), self.unit_price.currency
            right = isinstance(amount, Money) and amount.minor >= 0 and amount.currency == currency
            if amount is not None and not right:
                raise InvalidInputError(path, f"expected an amount in {currency} like the unit price")


@attrs.frozen(kw_only=True)
class ToAddress:
    """A courier brings it to an address."""

    address: Address


@attrs.frozen(kw_only=True)
class ToPoint:
    """The customer collects it at a pick-up point or locker: its code, the country, who runs it."""

    point: str
    country: str
    operator: str = ""

    def __attrs_post_init__(self) -> None:
        code(self.point, "point")
        country_code(self.country)
        if self.operator:
            code(self.operator, "operator")


@attrs.frozen(kw_only=True)
class ToShop:
    """The customer collects it in one of the seller's shops."""

    shop: str
    country: str

    def __attrs_post_init__(self) -> None:
        code(self.shop, "shop")
        country_code(self.country)


@attrs.frozen(kw_only=True)
class ToDownload:
    """Nothing travels; the contact's e-mail is where it goes. The country decides the VAT."""

    country: str

    def __attrs_post_init__(self) -> None:
        country_code(self.country)


Target = ToAddress | ToPoint | ToShop | ToDownload


class DestinationKind(StrEnum):
    """Which sort of target."""

    ADDRESS = "address"
    POINT = "point"
    SHOP = "shop"
    DOWNLOAD = "download"


@attrs.frozen
class Destination:
    """A target without its personal data: what events may say of it."""

    kind: DestinationKind
    country: str
    code: str = ""


def destination(target: Target) -> Destination:
    """The target without its personal data."""
    match target:
        case ToAddress(address=address):
            return Destination(DestinationKind.ADDRESS, address.country)
        case ToPoint(point=point, country=country):
            return Destination(DestinationKind.POINT, country, point)
        case ToShop(shop=shop, country=country):
            return Destination(DestinationKind.SHOP, country, shop)
        case ToDownload(country=country):
            return Destination(DestinationKind.DOWNLOAD, country)
        case _:
            assert_never(target)


@attrs.frozen(kw_only=True)
class Evidence:
    """What the customer was shown or agreed to: terms, a consent, withdrawal information, the order button's text."""

    kind: str
    version: str
    at: datetime = attrs.field(converter=moment)
    text: str = ""

    def __attrs_post_init__(self) -> None:
        code(self.kind, "kind")
        code(self.version, "version")
        if self.text:
            human_text(self.text, "text", LONGEST_NOTE)


class Standing(StrEnum):
    """How one check stands."""

    PASSED = "passed"
    WAITING = "waiting"
    FAILED = "failed"


@attrs.frozen(kw_only=True)
class Verdict:
    """One check's answer: why it does not pass, and the command or event that would change that."""

    check: str
    standing: Standing
    reasons: tuple[str, ...] = ()
    released_by: str = ""


@attrs.frozen(kw_only=True)
class Difference:
    """A part of a recorded total that its items do not explain; kept, never absorbed."""

    code: str
    amount: Money


@attrs.frozen(kw_only=True)
class RecordedRefund:
    """
    Money that was given back elsewhere; ``units`` by line where the refund names them.

    Of these, what was not packed here is not sent any more, and what had arrived before is taken as returned.
    """

    external: str
    amount: Money
    at: datetime = attrs.field(converter=moment)
    units: Quantities = Quantities()

    def __attrs_post_init__(self) -> None:
        code(self.external, "external")


@attrs.frozen(kw_only=True)
class Finding:
    """Something about an adopted order that a person should look at."""

    code: str
    detail: str = ""
