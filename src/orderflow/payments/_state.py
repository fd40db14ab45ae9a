"""What is known of the money of one order: attempts to be paid, and refunds."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import attrs

from ..money import Money, total_of

__all__ = (
    "Attempt",
    "AttemptStage",
    "Collection",
    "Outcome",
    "Payments",
    "Refund",
    "RefundForm",
    "RefundStage",
    "Remittance",
    "STORED_VALUE",
    "TenderKind",
)


class TenderKind(StrEnum):
    """How the money comes: by a payment page, a bank transfer, through the courier, or out of what is kept here."""

    PREPAID = "prepaid"
    TRANSFER = "transfer"
    CASH_ON_DELIVERY = "cash_on_delivery"
    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"


STORED_VALUE = frozenset({TenderKind.GIFT_CARD, TenderKind.STORE_CREDIT})
"""Money that is kept here: it is taken in the order's own commit, and goes back where it came from."""


class RefundForm(StrEnum):
    """Where refunds go: back the way the money came, or to the customer's store credit, if the customer chose it."""

    ORIGINAL = "original"
    STORE_CREDIT = "store_credit"


class AttemptStage(StrEnum):
    """How far an attempt has come; a later member always wins over an earlier one, whichever arrived first."""

    REQUESTED = "requested"
    AWAITING_CUSTOMER = "awaiting_customer"
    PENDING = "pending"
    SUPERSEDED = "superseded"  # another attempt took over; money that comes all the same is taken as fact
    FAILED = "failed"  # a declined try; the customer may still succeed on the same page
    AUTHORISED = "authorised"
    EXPIRED = "expired"
    VOIDED = "voided"
    CAPTURED = "captured"  # money came, in whole or in part


class Outcome(StrEnum):
    """What a provider says of an attempt, from the least telling to the most."""

    AWAITING_CUSTOMER = "awaiting_customer"
    PENDING = "pending"
    FAILED = "failed"
    AUTHORISED = "authorised"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    CAPTURED = "captured"


class RefundStage(StrEnum):
    """How far a refund has come."""

    REQUESTED = "requested"
    PENDING = "pending"
    SETTLED = "settled"
    REJECTED = "rejected"


@attrs.frozen(kw_only=True)
class Collection:
    """Cash that the courier took for one parcel."""

    parcel: int
    amount: Money


@attrs.frozen(kw_only=True)
class Remittance:
    """Collected cash that the courier accounted for: it paid ``amount - fee`` and kept the fee."""

    reference: str
    amount: Money
    fee: Money


@attrs.frozen(kw_only=True)
class Attempt:
    """
    One attempt to be paid.

    Amounts are the largest cumulative totals told so far, so order and number of tellings do not matter.
    ``refunded`` is what the provider reports; refunds of our own are in :class:`Payments`. ``account`` is the gift card
    or store credit that the money came from, ``taxed`` whether its VAT was paid when the card was sold.
    """

    number: int
    method: str
    gateway: str
    kind: TenderKind
    amount: Money
    stage: AttemptStage
    authorised: Money
    captured: Money
    refunded: Money
    capturing: Money  # the captured total that we have asked for
    voiding: bool = False  # we have asked for the hold to be given back
    released: bool = False  # the provider gave back what was authorised and not captured
    superseded: bool = False
    outcome: Outcome | None = None  # the most telling one, and its code
    code: str = ""
    provider_id: str = ""  # the one told with the most telling outcome
    provider_id_with: Outcome | None = None
    requested_at: datetime | None = None  # when we asked for it; None where it was adopted
    paid_at: datetime | None = None  # when the first money came, as the provider or courier dates it
    external: str = ""  # where it was adopted from
    account: str = ""
    taxed: bool = False
    collections: tuple[Collection, ...] = ()
    remittances: tuple[Remittance, ...] = ()

    @property
    def collected(self) -> Money:
        """What the courier took in cash."""
        return total_of((collection.amount for collection in self.collections), self.amount.currency)

    @property
    def remitted(self) -> Money:
        """How much of the collected cash the courier has accounted for, its fee included."""
        return total_of((remittance.amount for remittance in self.remittances), self.amount.currency)

    @property
    def fee(self) -> Money:
        """What the courier kept."""
        return total_of((remittance.fee for remittance in self.remittances), self.amount.currency)

    @property
    def paid(self) -> Money:
        """What the customer has paid through this attempt."""
        return self.captured + self.collected


@attrs.frozen(kw_only=True)
class Refund:
    """Money on its way back, or back, through the attempt that it came by; to ``account`` where it is kept here."""

    number: int
    attempt: int
    gateway: str
    amount: Money
    cause: str
    stage: RefundStage
    code: str = ""  # why it was rejected
    rejected_at: datetime | None = None  # the latest rejection, as the provider dates it
    external: str = ""  # where it was adopted from
    account: str = ""


@attrs.frozen(kw_only=True)
class Payments:
    """
    All attempts and refunds of one order, in one currency, each numbered from 1.

    ``refunds_to`` is the store credit that the customer wants refunds on; empty where money goes back as it came.
    """

    attempts: tuple[Attempt, ...] = ()
    refunds: tuple[Refund, ...] = ()
    refunds_to: str = ""
