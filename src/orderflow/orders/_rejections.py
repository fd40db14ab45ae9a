"""Why a command on an order does not hold, with what is allowed instead or what would unblock it."""

from __future__ import annotations

from datetime import datetime

import attrs

from ..pricing import Rejection as PricingRejection
from ._values import OrderStage, SubstituteStage


@attrs.frozen(kw_only=True)
class NotPlaced:
    """There is no such order yet."""


@attrs.frozen(kw_only=True)
class AlreadyPlaced:
    """This order exists; a new order needs a new reference."""


@attrs.frozen(kw_only=True)
class NotAdopted:
    """The order was placed here, so that its money is recorded here; only an adopted order is told of elsewhere."""


@attrs.frozen(kw_only=True)
class WrongStage:
    """The order is in a stage in which this cannot be done."""

    stage: OrderStage
    allowed: tuple[OrderStage, ...]


@attrs.frozen(kw_only=True)
class OnHold:
    """The order is held; releasing these reasons unblocks it."""

    holds: tuple[str, ...]


@attrs.frozen(kw_only=True)
class NotHeld:
    """There is no hold with this reason."""

    reason: str
    holds: tuple[str, ...]


@attrs.frozen(kw_only=True)
class ChecksNotPassed:
    """These checks have not passed yet."""

    checks: tuple[str, ...]


@attrs.frozen(kw_only=True)
class UnknownCheck:
    """No such host check is registered."""

    check: str
    registered: tuple[str, ...]


@attrs.frozen(kw_only=True)
class StagesOpen:
    """The host's own stages come first."""

    stages: tuple[str, ...]


@attrs.frozen(kw_only=True)
class StageNotOpen:
    """No such host stage is open now."""

    stage: str
    open: tuple[str, ...]


@attrs.frozen(kw_only=True)
class PaymentMethodNotOffered:
    """The payment method is not among those offered."""

    method: str
    offered: tuple[str, ...]


@attrs.frozen(kw_only=True)
class TargetNotServed:
    """The delivery method does not go to this kind of target."""

    method: str
    method_kind: str
    target_kind: str


@attrs.frozen(kw_only=True)
class ContactMissing:
    """The target or payment needs a contact field that is empty."""

    field: str
    needed_for: str


@attrs.frozen(kw_only=True)
class DeliveryNotOffered:
    """The delivery method cannot serve this order."""

    method: str
    offered: tuple[str, ...]


@attrs.frozen(kw_only=True)
class CountryFixed:
    """Prices and taxes of the order are those of its country; for another one it is cancelled and placed anew."""

    country: str
    wanted: str


@attrs.frozen(kw_only=True)
class UnknownLine:
    """The order has no such line."""

    line: str
    lines: tuple[str, ...]


@attrs.frozen(kw_only=True)
class TooManyUnits:
    """More units of a line than can still be cancelled; packed units must be unpacked or returned."""

    line: str
    wanted: int
    allowed: int


@attrs.frozen(kw_only=True)
class NothingLeft:
    """No unit is left that could be cancelled."""


@attrs.frozen(kw_only=True)
class AlreadyPacked:
    """Parcels are packed; cancel them before changing where they go, or withdraw after delivery."""

    lines: tuple[str, ...]


@attrs.frozen(kw_only=True)
class AgreedElsewhere:
    """The order was agreed elsewhere and is changed there; its next document brings the change."""


@attrs.frozen(kw_only=True)
class SameProduct:
    """What is offered instead is what the line has already."""

    sku: str


@attrs.frozen(kw_only=True)
class OfferPassed:
    """The offer has lapsed, or would have from the start; a new one may be made."""

    until: datetime


@attrs.frozen(kw_only=True)
class UnknownSubstitute:
    """No such offer was made; they are numbered from 1."""

    number: int
    offered: int


@attrs.frozen(kw_only=True)
class SubstituteAnswered:
    """The offer was answered, or taken back, before."""

    number: int
    stage: SubstituteStage


@attrs.frozen(kw_only=True)
class ConsentMissing:
    """Only the customer agrees to something else; where somebody else says that he did, evidence of it is needed."""

    number: int


@attrs.frozen(kw_only=True)
class NotSettled:
    """The order cannot be closed while this is open."""

    open: tuple[str, ...]


@attrs.frozen(kw_only=True)
class RequestReused:
    """This request id was given before with other content; a new request needs a new id."""

    request: str


@attrs.frozen(kw_only=True)
class NumberTaken:
    """Another order has this reference or external number."""

    number: str


@attrs.frozen(kw_only=True)
class IncompleteTotals:
    """The recorded document contradicts itself in a way that no difference can itemise."""

    path: str
    problem: str


Rejection = (
    NotPlaced
    | AlreadyPlaced
    | NotAdopted
    | WrongStage
    | OnHold
    | NotHeld
    | ChecksNotPassed
    | UnknownCheck
    | StagesOpen
    | StageNotOpen
    | PaymentMethodNotOffered
    | TargetNotServed
    | ContactMissing
    | DeliveryNotOffered
    | CountryFixed
    | UnknownLine
    | TooManyUnits
    | NothingLeft
    | AlreadyPacked
    | AgreedElsewhere
    | SameProduct
    | OfferPassed
    | UnknownSubstitute
    | SubstituteAnswered
    | ConsentMissing
    | NotSettled
    | RequestReused
    | NumberTaken
    | IncompleteTotals
    | PricingRejection
)
