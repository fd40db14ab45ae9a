"""What the rules of orders need to know of the world and of the other concepts."""

from __future__ import annotations

from datetime import datetime

import attrs

from ..decisions import Rejected
from ..identifiers import OrderId, PersonRef, Reference
from ..pricing import DeliveryOffer, NotOffered, PaymentRefusal, Quote
from ..pricing import Rejection as PricingRejection
from ..quantities import Quantities
from ._stages import HostCheck, HostStage
from ._values import Verdict


@attrs.frozen(kw_only=True)
class Identity:
    """What a new order is called and under which rules it is placed; made outside, since rules make nothing up."""

    order: OrderId
    reference: Reference
    person: PersonRef
    seller: str
    law: str
    channel: str
    process: str


@attrs.frozen(kw_only=True)
class Facts:
    """
    What the rules need to know of the world and of the other concepts.

    ``quote`` is the price of a new order, or of what is offered instead of units of an old one.
    ``left_out`` are units by line of a partial order that cannot be had, and are in no line of the command any more.
    ``packed`` and ``gone`` are units by line: packed into a live or delivered parcel, and out of the unit ledger.
    ``not_supplied`` are those of them that never reached the customer and that a return credits.
    ``payment_refused`` is why what is due cannot be paid in the agreed way once the delivery is amended.
    ``keep_delivery`` says that delivery was performed, so that cancelling the rest does not credit it.
    """

    at: datetime
    identity: Identity | None = None
    quote: Quote | Rejected[PricingRejection] | None = None
    payment_offered: tuple[str, ...] = ()
    delivery_offered: tuple[DeliveryOffer, ...] = ()
    delivery_not_offered: tuple[NotOffered, ...] = ()
    payment_refused: tuple[PaymentRefusal, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    checks: tuple[HostCheck, ...] = ()
    stages: tuple[HostStage, ...] = ()
    left_out: Quantities = Quantities()
    packed: Quantities = Quantities()
    gone: Quantities = Quantities()
    not_supplied: Quantities = Quantities()
    keep_delivery: bool = False
    unsettled: tuple[str, ...] = ()
