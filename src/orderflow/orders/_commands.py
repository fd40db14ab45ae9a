"""What can be asked of an order. ``order`` is its reference or id; rules themselves never look at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import attrs

from .._sequence import sequence
from ..actors import CUSTOMER, MARKETPLACE, STAFF, SYSTEM, Actor
from ..errors import InvalidInputError
from ..identifiers import code
from ..moments import moment
from ..money import Money, minor_units
from ..people import Address, Contact
from ..pricing import Circumstances, VatRate, normal_code
from ..quantities import Quantities, quantity
from ..texts import LONGEST_NOTE, human_text
from ._values import (
    MOST_ENTRIES,
    BuyerKind,
    Evidence,
    Line,
    OrderStage,
    RecordedRefund,
    Standing,
    Target,
    ToAddress,
    ToDownload,
    ToPoint,
    ToShop,
    flag,
)

MOST_COUPONS = 20
"""How many coupon codes one order may come with."""

TOTALS_ACCEPTED = "totals_accepted"
"""The tag with which staff accepts a total that differs from what the customer saw."""


def _entries(values: Any, path: str) -> tuple[Any, ...]:
    entries = sequence(values.items() if isinstance(values, Mapping) else values, path)
    if len(entries) > MOST_ENTRIES:
        raise InvalidInputError(path, f"at most {MOST_ENTRIES} entries, got {len(entries)}")
    return entries


def _lines(lines: Iterable[Line]) -> tuple[Line, ...]:
    return sequence(lines, "lines")


def _recorded_lines(lines: Iterable[RecordedLine]) -> tuple[RecordedLine, ...]:
    return sequence(lines, "lines")


def _amounts(amounts: Iterable[RecordedAmount]) -> tuple[RecordedAmount, ...]:
    return sequence(amounts, "amounts")


def _refunds(refunds: Iterable[RecordedRefund]) -> tuple[RecordedRefund, ...]:
    return sequence(refunds, "refunds")


def _evidence(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    return _entries(evidence, "evidence")


def _pairs(values: Any, path: str) -> Iterable[tuple[str, Any, Any]]:
    for index, pair in enumerate(_entries(values, path)):
        place = f"{path}[{index}]"
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise InvalidInputError(place, f"expected a name and its value, got {type(pair).__name__}")
        yield place, *pair


def _codes(values: Any, path: str) -> tuple[str, ...]:
    return tuple(code(value, f"{path}[{index}]") for index, value in enumerate(_entries(values, path)))


def _numbers(values: Any) -> tuple[tuple[str, str], ...]:
    return tuple((code(name, place), code(number, place)) for place, name, number in _pairs(values, "numbers"))


def _extras(values: Any) -> tuple[tuple[str, str], ...]:
    return tuple(
        (code(name, place), human_text(text, place, LONGEST_NOTE)) for place, name, text in _pairs(values, "extras")
    )


def coupon_codes(values: Any) -> tuple[str, ...]:
    """
    Codes as somebody typed them.

    Raises:
        InvalidInputError: more than :data:`MOST_COUPONS`, or what can be no code.
    """
    codes = sequence(values, "coupons")
    if len(codes) > MOST_COUPONS:
        raise InvalidInputError("coupons", f"at most {MOST_COUPONS} codes, got {len(codes)}")
    for index, typed in enumerate(codes):
        normal_code(typed, f"coupons[{index}]")
    return codes


def _tags(values: Any) -> tuple[str, ...]:
    return _codes(values, "tags")


def _first_tags(values: Any) -> tuple[str, ...]:
    tags = _tags(values)
    if TOTALS_ACCEPTED in tags:
        raise InvalidInputError("tags", f"{TOTALS_ACCEPTED!r} is set by staff on a held order, with TagOrder")
    return tags


def _reasons(values: Any) -> tuple[str, ...]:
    return _codes(values, "reasons")


def _reason(value: str) -> str:
    return code(value, "reason")


def _cause(value: str) -> str:
    return code(value, "cause")


def _line_name(value: str) -> str:
    return code(value, "line")


def _line_names(values: Any) -> tuple[str, ...]:
    names = _codes(values, "lines")
    if not names:
        raise InvalidInputError("lines", "expected the names of one line or more")
    return names


def _some_units(value: int) -> int:
    return quantity(value, "units")


def _number(value: int) -> int:
    return quantity(value, "number")


def _check(value: str) -> str:
    return code(value, "check")


def _stage(value: str) -> str:
    return code(value, "stage")


def _delivery_method(value: str) -> str:
    return code(value, "delivery_method")


def _notes(values: Any) -> tuple[str, ...]:
    return tuple(
        human_text(note, f"notes[{index}]", LONGEST_NOTE) for index, note in enumerate(_entries(values, "notes"))
    )


def _moment_or_none(value: Any) -> datetime | None:
    return None if value is None else moment(value)


def _note(value: Any) -> str:
    return human_text(value, "text", LONGEST_NOTE)


@attrs.frozen(kw_only=True)
class PlaceOrder:
    """
    A new order, as the customer, a member of staff on the phone, or a marketplace gives it.

    ``seen_total`` is the gross total the customer agreed to: an expectation that is checked, never an input to the
    price. ``numbers`` are other systems' numbers for this order by system, ``extras`` the host's opaque data (no
    personal data: that belongs in ``contact``, ``target``, ``billing`` and ``notes``, which can be erased).
    ``reference`` is the host's own order number, where it has one. ``circumstances`` are what promotions may ask about
    the customer (groups, tier, earlier orders); moment, channel and payment method are the shop's to say. ``coupons``
    are codes as the customer typed them, at most twenty; one that cannot be used rejects the order. A *partial* order
    takes what there is: units that cannot be had are left out, and the price is that of the others.
    """

    lines: tuple[Line, ...] = attrs.field(converter=_lines)
    currency: str
    contact: Contact
    target: Target
    delivery_method: str
    payment_method: str
    actor: Actor = CUSTOMER
    source: str = "shop"
    customer: str | None = None
    buyer: BuyerKind = BuyerKind.CONSUMER
    invoice_requested: bool = False
    tax_number: str | None = attrs.field(default=None, repr=False)
    billing: Address | None = None
    numbers: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=_numbers)
    evidence: tuple[Evidence, ...] = attrs.field(default=(), converter=_evidence)
    notes: tuple[str, ...] = attrs.field(default=(), converter=_notes, repr=False)
    tags: tuple[str, ...] = attrs.field(default=(), converter=_first_tags)
    extras: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=_extras)
    seen_total: Money | None = None
    language: str = "en"
    reference: str | None = None
    circumstances: Circumstances = Circumstances()
    coupons: tuple[str, ...] = attrs.field(default=(), converter=coupon_codes, repr=False)
    partial: bool = False

    def __attrs_post_init__(self) -> None:
        minor_units(self.currency)
        flag(self.partial, "partial")
        if not isinstance(self.circumstances, Circumstances):
            raise InvalidInputError("circumstances", "expected pricing.Circumstances")
        if not isinstance(self.target, ToAddress | ToPoint | ToShop | ToDownload):
            raise InvalidInputError("target", "expected ToAddress, ToPoint, ToShop or ToDownload")
        if not isinstance(self.contact, Contact):
            raise InvalidInputError("contact", "expected a people.Contact")
        flag(self.invoice_requested, "invoice_requested")
        for path in ("delivery_method", "payment_method", "source", "language"):
            code(getattr(self, path), path)
        for path in ("customer", "tax_number", "reference"):
            if getattr(self, path) is not None:
                code(getattr(self, path), path)
        for index, line in enumerate(self.lines):
            if not isinstance(line, Line):
                raise InvalidInputError(f"lines[{index}]", "expected an orders.Line")


@attrs.frozen(kw_only=True)
class RecordedLine:
    """
    A line of an existing order with the amounts it was sold for, all for the whole line.

    ``gross`` is after ``discount`` and includes ``vat``; the deposit of the ``line``'s units is paid beside it.
    """

    line: Line
    gross: Money
    vat: Money
    discount: Money


class RecordedCharge(StrEnum):
    """What a recorded amount beside the lines is for."""

    DELIVERY = "delivery"
    FEE = "fee"


@attrs.frozen(kw_only=True)
class RecordedAmount:
    """Delivery or a fee of an existing order, with VAT at *rate*; a negative fee is a discount given as a fee."""

    code: str
    charge: RecordedCharge
    gross: Money
    vat: Money
    rate: VatRate = VatRate(0, "recorded")

    def __attrs_post_init__(self) -> None:
        code(self.code, "code")


@attrs.frozen(kw_only=True)
class RecordOrder:
    """
    Adopt an order that exists elsewhere, in whatever state it is, with its totals as they were recorded.

    Nothing is priced or sent, and no stock leaves: what is still to be delivered is held where it is there. The
    first of ``numbers`` is the order's identity: the same document again changes nothing, a newer one
    (``modified_at``) updates what it changed since the last one, an older one is ignored.
    """

    numbers: tuple[tuple[str, str], ...] = attrs.field(converter=_numbers)
    currency: str
    lines: tuple[RecordedLine, ...] = attrs.field(converter=_recorded_lines)
    amounts: tuple[RecordedAmount, ...] = attrs.field(default=(), converter=_amounts)
    total: Money
    vat_total: Money
    contact: Contact
    target: Target
    delivery_method: str
    payment_method: str
    stage: OrderStage
    placed_at: datetime = attrs.field(converter=moment)
    modified_at: datetime = attrs.field(converter=moment)
    paid: Money
    paid_at: datetime | None = attrs.field(default=None, converter=_moment_or_none)
    delivered_at: datetime | None = attrs.field(default=None, converter=_moment_or_none)
    refunds: tuple[RecordedRefund, ...] = attrs.field(default=(), converter=_refunds)
    actor: Actor = MARKETPLACE
    source: str = "import"
    customer: str | None = None
    buyer: BuyerKind = BuyerKind.CONSUMER
    invoice_requested: bool = False
    tax_number: str | None = attrs.field(default=None, repr=False)
    billing: Address | None = None
    notes: tuple[str, ...] = attrs.field(default=(), converter=_notes, repr=False)
    tags: tuple[str, ...] = attrs.field(default=(), converter=_first_tags)
    extras: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=_extras)
    language: str = "en"

    def __attrs_post_init__(self) -> None:
        minor_units(self.currency)
        if not self.numbers:
            raise InvalidInputError("numbers", "an adopted order needs the number it has elsewhere")
        if not isinstance(self.target, ToAddress | ToPoint | ToShop | ToDownload):
            raise InvalidInputError("target", "expected ToAddress, ToPoint, ToShop or ToDownload")
        if not isinstance(self.contact, Contact):
            raise InvalidInputError("contact", "expected a people.Contact")
        flag(self.invoice_requested, "invoice_requested")
        for path in ("delivery_method", "payment_method", "source", "language"):
            code(getattr(self, path), path)
        for path in ("customer", "tax_number"):
            if getattr(self, path) is not None:
                code(getattr(self, path), path)


@attrs.frozen(kw_only=True)
class RecordRefunds:
    """
    Refunds made elsewhere, of an order that was adopted: they are added to those its document told.

    A refund that is known by its ``external`` id changes nothing.
    """

    order: str
    refunds: tuple[RecordedRefund, ...] = attrs.field(converter=_refunds)
    actor: Actor = MARKETPLACE


@attrs.frozen(kw_only=True)
class VerifyOrder:
    """Ask every check for its verdict now; workflows do this by themselves whenever something changed."""

    order: str
    actor: Actor = SYSTEM


@attrs.frozen(kw_only=True)
class RecordVerdict:
    """A host's own check (fraud, age, prescription) has come to a verdict."""

    order: str
    check: str = attrs.field(converter=_check)
    standing: Standing
    reasons: tuple[str, ...] = attrs.field(default=(), converter=_reasons)
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class CompleteStage:
    """A host's own stage is done."""

    order: str
    stage: str = attrs.field(converter=_stage)
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class HoldOrder:
    """Stop an order where it is, for a reason."""

    order: str
    reason: str = attrs.field(converter=_reason)
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class ReleaseOrder:
    """Take one hold away."""

    order: str
    reason: str = attrs.field(converter=_reason)
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class ConfirmOrder:
    """Accept the order towards the customer; happens by itself once it is verified and no host stage is open."""

    order: str
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class AmendContact:
    """Correct the name, e-mail or phone."""

    order: str
    contact: Contact
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class AmendAddress:
    """
    Correct the delivery address (and billing address, where given) before anything is packed.

    It stays in its country, for which the order was priced and taxed.
    """

    order: str
    address: Address
    billing: Address | None = None
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class AmendDelivery:
    """
    Choose another delivery method and target before anything is packed; a new price changes what is owed.

    The target is in the same country, for which the order was priced and taxed.
    """

    order: str
    delivery_method: str = attrs.field(converter=_delivery_method)
    target: Target
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class BackorderLines:
    """
    The customer waits for units of these lines that are not there: they are held from what comes in.

    What is there can be sent meanwhile. Nothing changes in the price.
    """

    order: str
    lines: tuple[str, ...] = attrs.field(converter=_line_names)
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class OfferSubstitute:
    """
    Offer something else for ``units`` of a ``line`` that are not there; nothing changes before the customer agrees.

    ``substitute`` is the line that it would become, with a name that no other line has. Its price is what the customer
    pays for it, without promotions, and is pinned now. The offer ends at ``until``. Several may be open for the same
    units: the first that is accepted takes them.
    """

    order: str
    line: str = attrs.field(converter=_line_name)
    units: int = attrs.field(converter=_some_units)
    substitute: Line
    until: datetime = attrs.field(converter=moment)
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class AcceptSubstitute:
    """
    The customer takes what was offered: its line joins the order, and the units it replaces leave it.

    Nothing may be sent or charged that nobody asked for (CRD art. 27), so where somebody else than the customer says
    it, ``consent`` is the evidence of it: of which kind, when, and in which words.
    """

    order: str
    number: int = attrs.field(converter=_number)
    consent: Evidence | None = None
    actor: Actor = CUSTOMER


@attrs.frozen(kw_only=True)
class DeclineSubstitute:
    """The customer does not want what was offered; the order stays as it is."""

    order: str
    number: int = attrs.field(converter=_number)
    actor: Actor = CUSTOMER


@attrs.frozen(kw_only=True)
class WithdrawSubstitute:
    """Take an offer back that was not answered; that of an offer which lapses is the cause ``lapsed``."""

    order: str
    number: int = attrs.field(converter=_number)
    cause: str = attrs.field(default="staff", converter=_cause)
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class CancelLines:
    """Cancel units that have not been packed; the units' ledger shares are credited."""

    order: str
    quantities: Quantities
    cause: str = attrs.field(default="customer", converter=_cause)
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class CancelOrder:
    """Cancel everything that is left, as long as nothing has been packed."""

    order: str
    cause: str = attrs.field(default="customer", converter=_cause)
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class AddNote:
    """Keep a remark with the order; its text is erasable."""

    order: str
    text: str = attrs.field(converter=_note, repr=False)
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class TagOrder:
    """Set tags and take tags away."""

    order: str
    add: tuple[str, ...] = attrs.field(default=(), converter=_tags)
    remove: tuple[str, ...] = attrs.field(default=(), converter=_tags)
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class CloseOrder:
    """File the order: everything delivered or cancelled, and money settled to the coin."""

    order: str
    actor: Actor = STAFF


Command = (
    PlaceOrder
    | RecordOrder
    | RecordRefunds
    | VerifyOrder
    | RecordVerdict
    | CompleteStage
    | HoldOrder
    | ReleaseOrder
    | ConfirmOrder
    | AmendContact
    | AmendAddress
    | AmendDelivery
    | BackorderLines
    | OfferSubstitute
    | AcceptSubstitute
    | DeclineSubstitute
    | WithdrawSubstitute
    | CancelLines
    | CancelOrder
    | AddNote
    | TagOrder
    | CloseOrder
)
