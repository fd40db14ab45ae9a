"""
What happened to an order. Personal data is never in here: ``person`` refers to an erasable record.

The wire names are the storage format: never change or reuse one, add a new version instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import attrs

from .._kinds import UNLESS_DEFAULT
from ..identifiers import OrderId, PersonRef, Reference
from ..money import Money
from ..pricing import Quote
from ..quantities import NO_UNITS, Quantities
from ._values import BuyerKind, Destination, Difference, Evidence, Finding, Line, OrderStage, RecordedRefund, Verdict


@attrs.frozen(kw_only=True)
class OrderPlaced:
    """
    The order was received; everything agreed is pinned here, with the versions of the rules in force.

    *left_out* are units by line that a partial order asked for and that could not be had: they are in no line.
    """

    order: OrderId
    reference: Reference
    person: PersonRef
    seller: str
    law: str
    process: str
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
    payment_method: str
    payment_offered: tuple[str, ...]
    tags: tuple[str, ...]
    extras: tuple[tuple[str, str], ...]
    note_count: int
    left_out: Quantities = attrs.field(default=NO_UNITS, metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class OrderRecorded:
    """An order from elsewhere was adopted, or its newer document was; the amounts are as recorded there."""

    order: OrderId
    reference: Reference
    person: PersonRef
    seller: str
    law: str
    channel: str
    source: str
    language: str
    customer: str | None
    buyer: BuyerKind
    invoice_requested: bool
    numbers: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    quote: Quote
    destination: Destination
    delivery_method: str
    payment_method: str
    tags: tuple[str, ...]
    extras: tuple[tuple[str, str], ...]
    note_count: int
    stage: OrderStage
    paid: Money
    paid_at: datetime | None
    refunds: tuple[RecordedRefund, ...]
    delivered_at: datetime | None
    credit: Money
    returned: Quantities
    differences: tuple[Difference, ...]
    findings: tuple[Finding, ...]
    placed_at: datetime
    modified_at: datetime
    at: datetime


@attrs.frozen(kw_only=True)
class OrderChecked:
    """The checks gave these verdicts; written only when they differ from the last ones."""

    verdicts: tuple[Verdict, ...]
    at: datetime


@attrs.frozen(kw_only=True)
class VerdictRecorded:
    """A host's own check came to a verdict."""

    verdict: Verdict
    at: datetime


@attrs.frozen(kw_only=True)
class OrderVerified:
    """Every check passed."""

    at: datetime


@attrs.frozen(kw_only=True)
class VerificationWithdrawn:
    """A check that had passed fails again; the order waits for verification as before."""

    at: datetime


@attrs.frozen(kw_only=True)
class StageCompleted:
    """A host's own stage was completed."""

    stage: str
    at: datetime


@attrs.frozen(kw_only=True)
class OrderHeld:
    """The order stops here until the reason is gone."""

    reason: str
    at: datetime


@attrs.frozen(kw_only=True)
class OrderReleased:
    """One reason to stop is gone."""

    reason: str
    at: datetime


@attrs.frozen(kw_only=True)
class OrderConfirmed:
    """The order was accepted towards the customer."""

    at: datetime


@attrs.frozen(kw_only=True)
class ContactAmended:
    """The contact's record was changed."""

    at: datetime


@attrs.frozen(kw_only=True)
class AddressAmended:
    """The address record was changed; ``country`` is the new destination's."""

    country: str
    at: datetime


@attrs.frozen(kw_only=True)
class DeliveryAmended:
    """Another delivery method or target was chosen; ``price`` is its gross price, which replaces the earlier one."""

    destination: Destination
    delivery_method: str
    price: Money
    at: datetime


@attrs.frozen(kw_only=True)
class PaymentMethodChanged:
    """The order is paid another way than was agreed; ``fee``, gross, replaces the fee of the earlier way."""

    payment_method: str
    fee: Money
    at: datetime


@attrs.frozen(kw_only=True)
class LinesBackordered:
    """The customer waits for units of these lines that are not there."""

    lines: tuple[str, ...]
    at: datetime


@attrs.frozen(kw_only=True)
class SubstituteOffered:
    """Something else was offered for *units* of the line *instead_of*: this *line*, at the price of this *quote*."""

    number: int
    instead_of: str
    units: int
    line: Line
    quote: Quote
    until: datetime
    at: datetime


@attrs.frozen(kw_only=True)
class SubstituteAccepted:
    """The customer took it, and its line joined the order; *consent* is the evidence where somebody else said so."""

    number: int
    consent: Evidence | None
    at: datetime


@attrs.frozen(kw_only=True)
class SubstituteDeclined:
    """The customer did not want it."""

    number: int
    at: datetime


@attrs.frozen(kw_only=True)
class SubstituteWithdrawn:
    """The offer was taken back, or has lapsed, without an answer."""

    number: int
    cause: str
    at: datetime


@attrs.frozen(kw_only=True)
class LinesCancelled:
    """
    Units were cancelled; ``credit`` is exactly their ledger shares, deposits included.

    With delivery where nothing is left to send, and with the fee of the payment where no unit is left at all.
    """

    quantities: Quantities
    credit: Money
    cause: str
    at: datetime


@attrs.frozen(kw_only=True)
class OrderCancelled:
    """Nothing is left of the order."""

    cause: str
    at: datetime


@attrs.frozen(kw_only=True)
class NoteAdded:
    """A remark was added to the order's record."""

    at: datetime


@attrs.frozen(kw_only=True)
class OrderTagged:
    """The order's tags are now these."""

    tags: tuple[str, ...]
    at: datetime


@attrs.frozen(kw_only=True)
class OrderClosed:
    """The order was filed: settled to the coin."""

    at: datetime


Change = (
    OrderChecked
    | VerdictRecorded
    | OrderVerified
    | VerificationWithdrawn
    | StageCompleted
    | OrderHeld
    | OrderReleased
    | OrderConfirmed
    | ContactAmended
    | AddressAmended
    | DeliveryAmended
    | PaymentMethodChanged
    | LinesBackordered
    | SubstituteOffered
    | SubstituteAccepted
    | SubstituteDeclined
    | SubstituteWithdrawn
    | LinesCancelled
    | OrderCancelled
    | NoteAdded
    | OrderTagged
    | OrderClosed
)

Event = OrderPlaced | OrderRecorded | Change

WIRE_NAMES: Mapping[type, str] = MappingProxyType(
    {
        OrderPlaced: "order.placed.v1",
        OrderRecorded: "order.recorded.v1",
        OrderChecked: "order.checked.v1",
        VerdictRecorded: "order.verdict_recorded.v1",
        OrderVerified: "order.verified.v1",
        VerificationWithdrawn: "order.verification_withdrawn.v1",
        StageCompleted: "order.stage_completed.v1",
        OrderHeld: "order.held.v1",
        OrderReleased: "order.released.v1",
        OrderConfirmed: "order.confirmed.v1",
        ContactAmended: "order.contact_amended.v1",
        AddressAmended: "order.address_amended.v1",
        DeliveryAmended: "order.delivery_amended.v1",
        PaymentMethodChanged: "order.payment_method_changed.v1",
        LinesBackordered: "order.lines_backordered.v1",
        SubstituteOffered: "order.substitute_offered.v1",
        SubstituteAccepted: "order.substitute_accepted.v1",
        SubstituteDeclined: "order.substitute_declined.v1",
        SubstituteWithdrawn: "order.substitute_withdrawn.v1",
        LinesCancelled: "order.lines_cancelled.v1",
        OrderCancelled: "order.cancelled.v1",
        NoteAdded: "order.note_added.v1",
        OrderTagged: "order.tagged.v1",
        OrderClosed: "order.closed.v1",
    }
)
