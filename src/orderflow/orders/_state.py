"""What an order is: what was agreed when it was placed, and what became of it since."""

from __future__ import annotations

from datetime import datetime

import attrs

from ..identifiers import OrderId, PersonRef, Reference
from ..money import Money
from ..pricing import DeliveryOffer, Quote
from ..quantities import Quantities
from ._events import OrderRecorded
from ._values import (
    BuyerKind,
    Destination,
    Difference,
    Evidence,
    Finding,
    Line,
    OrderStage,
    RecordedRefund,
    SubstituteStage,
    Verdict,
)


@attrs.frozen
class NoOrder:
    """Nothing has been placed yet."""


@attrs.frozen(kw_only=True)
class Substitute:
    """
    Something else that was offered for ``units`` of the line ``instead_of``, and what was said to it.

    ``line`` is the line that it becomes where it is taken, and ``quote`` its price, pinned when it was offered.
    ``consent`` is how the customer's answer came, where he did not give it himself.
    """

    number: int
    instead_of: str
    units: int
    line: Line
    quote: Quote
    until: datetime
    stage: SubstituteStage = SubstituteStage.OFFERED
    consent: Evidence | None = None


@attrs.frozen(kw_only=True)
class Order:
    """
    An order as folded from its events; units are counted by line. Money and parcels are the other concepts'.

    ``document`` is what an adopted order's last document told; only that is asked whether the next one is news.
    ``left_out`` is what a partial order asked for and could not have. A substitute that was taken is among ``lines``,
    in the ``quote`` and in ``seen_total``: the customer agreed to it.
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
    payment_fee: Money
    payment_offered: tuple[str, ...]
    tags: tuple[str, ...]
    extras: tuple[tuple[str, str], ...]
    ordered: Quantities
    cancelled: Quantities = Quantities()
    left_out: Quantities = Quantities()
    substitutes: tuple[Substitute, ...] = ()
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
        return self.ordered - self.cancelled


State = NoOrder | Order
