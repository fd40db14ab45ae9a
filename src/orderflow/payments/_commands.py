"""What can be asked of payments, and the facts that a decision needs."""

from __future__ import annotations

from datetime import datetime

import attrs

from ..actors import CUSTOMER, STAFF, Actor
from ..errors import InvalidInputError
from ..moments import moment
from ..money import Money
from ..pricing import PaymentNotOffered
from ._checks import is_asked_for, is_code, is_code_or_empty, is_member, is_number, is_positive, is_total, occurred
from ._state import Outcome, RefundForm, RefundStage, TenderKind

__all__ = (
    "CapturePayment", "ChooseRefundForm", "Command", "Facts", "ObservePayment", "ObserveRefund", "OfferedMethod",
    "PayWithGiftCard", "PayWithStoreCredit", "PaymentFacts", "RecordCollection", "RecordPayment", "RecordRefund",
    "RecordRemittance", "RefundPayment", "RequestPayment", "RetryPayment", "RetryRefund", "StoredValue", "VoidPayment",
)  # fmt: skip

_OPTIONAL_TOTAL = attrs.validators.optional(is_total)
_OPTIONAL_NUMBER = attrs.validators.optional(is_number)


@attrs.frozen(kw_only=True)
class OfferedMethod:
    """A way to pay that the shop offers for the order: its code, who takes the money, and how it comes."""

    code: str
    gateway: str
    kind: TenderKind


@attrs.frozen(kw_only=True)
class StoredValue:
    """A gift card or store credit that can pay now, and what is on it; ``taxed``: its VAT was paid when it was sold."""

    account: str
    available: Money
    taxed: bool = False


@attrs.frozen(kw_only=True)
class Facts:
    """
    The moment of the decision, and what the order costs by now: its total less what was credited.

    ``offered`` are the ways to pay by which it can be asked for again, ``not_offered`` others with the reasons.
    ``collecting`` is what couriers under way were told to collect. ``value`` is the gift card or store credit that a
    command is about, where it can pay, and ``store_credit`` the name of the customer's account; a guest has none.
    """

    at: datetime = attrs.field(converter=moment)
    owed: Money = attrs.field(validator=is_total)
    offered: tuple[OfferedMethod, ...] = ()
    not_offered: tuple[PaymentNotOffered, ...] = ()
    collecting: Money | None = None
    value: StoredValue | None = None
    store_credit: str = ""


@attrs.frozen(kw_only=True)
class PaymentFacts:
    """
    What a provider says of one attempt: totals since its beginning (None: not said), never differences.

    Raises:
        InvalidInputError: a negative total, several currencies, or an outcome without the money that it means.
    """

    outcome: Outcome = attrs.field(validator=is_member)
    occurred_at: datetime = attrs.field(converter=occurred)
    authorised: Money | None = attrs.field(default=None, validator=_OPTIONAL_TOTAL)
    captured: Money | None = attrs.field(default=None, validator=_OPTIONAL_TOTAL)
    refunded: Money | None = attrs.field(default=None, validator=_OPTIONAL_TOTAL)
    code: str = attrs.field(default="", validator=is_code_or_empty)
    provider_id: str = attrs.field(default="", validator=is_code_or_empty)

    def __attrs_post_init__(self) -> None:
        if self.outcome is Outcome.CAPTURED and not self.captured:
            raise InvalidInputError("captured", "say how much was captured; it is never assumed")
        if self.outcome is Outcome.AUTHORISED and not self.authorised:
            raise InvalidInputError("authorised", "say how much was authorised; it is never assumed")
        if len({total.currency for total in self.totals}) > 1:
            raise InvalidInputError("captured", "all totals of an attempt are in one currency")

    @property
    def totals(self) -> tuple[Money, ...]:
        """The totals that were said."""
        return tuple(total for total in (self.authorised, self.captured, self.refunded) if total is not None)


@attrs.frozen(kw_only=True)
class RequestPayment:
    """Ask for money that is due."""

    order: str
    actor: Actor = STAFF
    method: str = attrs.field(validator=is_code)
    gateway: str = attrs.field(validator=is_code)
    kind: TenderKind = attrs.field(validator=is_asked_for)
    amount: Money = attrs.field(validator=is_positive)


@attrs.frozen(kw_only=True)
class RetryPayment:
    """
    Ask again for all that is due, by the same or another method; open attempts are superseded.

    The method must be offered. Its gateway and kind are the shop's, whatever is said here.
    """

    order: str
    actor: Actor = STAFF
    method: str = attrs.field(validator=is_code)
    gateway: str = attrs.field(validator=is_code)
    kind: TenderKind = attrs.field(validator=is_asked_for)


@attrs.frozen(kw_only=True)
class PayWithGiftCard:
    """
    Pay with a gift card.

    ``amount`` is what this card pays in all, so that a repetition takes nothing more; None: as much as it can. Open
    attempts make way, and what is left is asked for again by the same method. ``card`` is the card's id, which proves
    nothing: the shop makes it from the code that the customer typed (``Shop.pay_with_gift_card``).
    """

    order: str
    actor: Actor = CUSTOMER
    card: str = attrs.field(validator=is_code)
    amount: Money | None = attrs.field(default=None, validator=attrs.validators.optional(is_positive))


@attrs.frozen(kw_only=True)
class PayWithStoreCredit:
    """Pay with the customer's store credit: *amount* in all; None: as much as there is. Else like a gift card."""

    order: str
    actor: Actor = CUSTOMER
    amount: Money | None = attrs.field(default=None, validator=attrs.validators.optional(is_positive))


@attrs.frozen(kw_only=True)
class ChooseRefundForm:
    """
    The customer wants refunds of this order in another form from now on; never say so in their place.

    What a gift card or store credit paid goes back there in any case.
    """

    order: str
    actor: Actor = CUSTOMER
    form: RefundForm = attrs.field(validator=is_member)


@attrs.frozen(kw_only=True)
class ObservePayment:
    """Take in what a provider says of an attempt, in whatever stage the attempt is."""

    order: str
    actor: Actor = STAFF
    attempt: int = attrs.field(validator=is_number)
    facts: PaymentFacts


@attrs.frozen(kw_only=True)
class CapturePayment:
    """
    Take authorised money.

    ``amount`` is the attempt's captured total to arrive at, so a repeat captures nothing more; None means what is due,
    as far as it is authorised.
    """

    order: str
    actor: Actor = STAFF
    attempt: int = attrs.field(validator=is_number)
    amount: Money | None = attrs.field(default=None, validator=attrs.validators.optional(is_positive))


@attrs.frozen(kw_only=True)
class VoidPayment:
    """Give back an authorisation, or withdraw a payment page; money that comes all the same is taken as fact."""

    order: str
    actor: Actor = STAFF
    attempt: int = attrs.field(validator=is_number)


@attrs.frozen(kw_only=True)
class RefundPayment:
    """Give *amount* back, from the money that came last; every such command is one more refund while money is held."""

    order: str
    actor: Actor = STAFF
    amount: Money = attrs.field(validator=is_positive)
    cause: str = attrs.field(validator=is_code)


@attrs.frozen(kw_only=True)
class ObserveRefund:
    """
    Take in what a provider says of a refund: pending, settled or rejected.

    Raises:
        InvalidInputError: any other outcome.
    """

    order: str
    actor: Actor = STAFF
    refund: int = attrs.field(validator=is_number)
    outcome: RefundStage = attrs.field(validator=is_member)
    code: str = attrs.field(default="", validator=is_code_or_empty)
    occurred_at: datetime = attrs.field(converter=occurred)

    def __attrs_post_init__(self) -> None:
        if self.outcome is RefundStage.REQUESTED:
            raise InvalidInputError("outcome", "a provider says pending, settled or rejected")


@attrs.frozen(kw_only=True)
class RetryRefund:
    """Send a rejected refund once more."""

    order: str
    actor: Actor = STAFF
    refund: int = attrs.field(validator=is_number)


@attrs.frozen(kw_only=True)
class RecordCollection:
    """The courier took cash; ``amount`` is all it took for this parcel."""

    order: str
    actor: Actor = STAFF
    attempt: int = attrs.field(validator=is_number)
    amount: Money = attrs.field(validator=is_positive)
    parcel: int = attrs.field(validator=is_number)
    occurred_at: datetime = attrs.field(converter=occurred)


@attrs.frozen(kw_only=True)
class RecordRemittance:
    """
    The courier accounted for ``amount`` of the cash it collected: it paid ``amount - fee`` and kept the fee.

    Raises:
        InvalidInputError: the fee is negative, of another currency, or above the amount.
    """

    order: str
    actor: Actor = STAFF
    attempt: int = attrs.field(validator=is_number)
    amount: Money = attrs.field(validator=is_positive)
    fee: Money = attrs.field(validator=is_total)
    reference: str = attrs.field(validator=is_code)
    occurred_at: datetime = attrs.field(converter=occurred)

    def __attrs_post_init__(self) -> None:
        if self.fee.currency != self.amount.currency or self.fee > self.amount:
            raise InvalidInputError("fee", f"expected at most {self.amount}, got {self.fee}")


@attrs.frozen(kw_only=True)
class RecordPayment:
    """Adopt an attempt made elsewhere; ``captured`` is its total, so telling it again with more raises it."""

    order: str
    actor: Actor = STAFF
    external: str = attrs.field(validator=is_code)
    method: str = attrs.field(validator=is_code)
    gateway: str = attrs.field(validator=is_code)
    kind: TenderKind = attrs.field(validator=is_asked_for)
    amount: Money = attrs.field(validator=is_positive)
    captured: Money = attrs.field(validator=is_total)
    occurred_at: datetime = attrs.field(converter=occurred)


@attrs.frozen(kw_only=True)
class RecordRefund:
    """
    Adopt a refund made elsewhere; ``amount`` is the total under this external id.

    Without an ``attempt`` it is taken from the money that came last.
    """

    order: str
    actor: Actor = STAFF
    external: str = attrs.field(validator=is_code)
    amount: Money = attrs.field(validator=is_positive)
    attempt: int | None = attrs.field(default=None, validator=_OPTIONAL_NUMBER)
    cause: str = attrs.field(default="adopted", validator=is_code)


Command = (
    RequestPayment
    | RetryPayment
    | ObservePayment
    | CapturePayment
    | VoidPayment
    | RefundPayment
    | ObserveRefund
    | RetryRefund
    | RecordCollection
    | RecordRemittance
    | RecordPayment
    | RecordRefund
    | PayWithGiftCard
    | PayWithStoreCredit
    | ChooseRefundForm
)
