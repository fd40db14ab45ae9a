"""What an order is: what was agreed when it was placed, and what became of it since."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from ..errors import InvalidInputError
from ..identifiers import OrderId, PersonRef, Reference, code
from ..moments import moment
from ..money import Money
from ..people import Address
from ..pricing import DeliveryOffer, Quote, VatRate
from ..quantities import Quantities, quantity
from ..texts import LONGEST_NOTE, country_code, human_text

if TYPE_CHECKING:
    from ._events import OrderRecorded

MOST_LINES = 1000
MOST_ENTRIES = 100


class OrderStage(StrEnum):
    """How far the order itself has come; payment and parcels have stages of their own."""

    RECEIVED = "received"
    VERIFIED = "verified"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class BuyerKind(StrEnum):
    """In which role the buyer acts; purpose decides, not the tax number."""

    CONSUMER = "consumer"
    SOLE_TRADER = "sole_trader"
    BUSINESS = "business"


@attrs.frozen(kw_only=True)
class Line:
    """
    One ordered product as it was on that day: later changes in the catalogue do not reach it.

    ``unit_price`` is one unit's price, gross or net as ``price_includes_vat`` says; ``weight_grams`` is one
    unit's. ``not_withdrawable`` names the legal exception (``made_to_spec``, ``perishable``, ``sealed_hygiene`` …)
    under which the line cannot be withdrawn from; ``tracked`` is False for what has no stock (services, files).
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

    def __attrs_post_init__(self) -> None:
        code(self.line, "line")
        code(self.sku, "sku")
        human_text(self.name, "name")
        quantity(self.quantity)
        if not isinstance(self.unit_price, Money) or self.unit_price.minor < 0:
            raise InvalidInputError("unit_price", "expected a Money of zero or more")
        if type(self.weight_grams) is not int or not 0 <= self.weight_grams <= 10_000_000:
            raise InvalidInputError("weight_grams", "expected whole grams from 0 to 10000000")
        if self.not_withdrawable is not None:
            code(self.not_withdrawable, "not_withdrawable")


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
    """Money that was given back elsewhere; ``units`` by line where the refund names them."""

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


@attrs.frozen
class NoOrder:
    """Nothing has been placed yet."""


@attrs.frozen(kw_only=True)
class Order:
    """
    An order as folded from its events. Money and parcels are the other concepts'.

    ``document`` is what an adopted order's last document told; only that is asked whether the next one is news.
    """

    id: OrderId
    reference: Reference
    person: PersonRef
    stage: OrderStage
    placed_at: datetime
    seller: str
    law: str
    channel: str
    source: str
    language: str
    customer: str | None
    buyer: BuyerKind
    invoice_requested: bool
    numbers: tuple[tuple[str, str], ...]
    evidence: tuple[Evidence, ...]
    lines: tuple[Line, ...]
    quote: Quote
    seen_total: Money | None
    destination: Destination
    delivery_method: str
    delivery_price: Money
    payment_method: str
    payment_offered: tuple[str, ...]
    tags: tuple[str, ...]
    extras: tuple[tuple[str, str], ...]
    cancelled: Quantities = Quantities()
    credited: Money
    verdicts: tuple[Verdict, ...] = ()
    holds: tuple[str, ...] = ()
    completed_stages: tuple[str, ...] = ()
    note_count: int = 0
    adopted: bool = False
    modified_at: datetime | None = None
    recorded_paid: Money | None = None
    recorded_refunds: tuple[RecordedRefund, ...] = ()
    recorded_delivery: datetime | None = None
    recorded_credit: Money | None = None
    recorded_returns: Quantities = Quantities()
    differences: tuple[Difference, ...] = ()
    findings: tuple[Finding, ...] = ()
    document: OrderRecorded | None = attrs.field(default=None, repr=False)

    @property
    def currency(self) -> str:
        """The one currency of the order."""
        return self.quote.currency

    @property
    def delivery_offered(self) -> tuple[DeliveryOffer, ...]:
        """The delivery methods that were offered, with their prices: law asks for the cheapest of them later."""
        return self.quote.offers

    @property
    def remaining(self) -> Quantities:
        """Units by line that were ordered and not cancelled."""
        return Quantities((line.line, line.quantity) for line in self.lines) - self.cancelled


State = NoOrder | Order
