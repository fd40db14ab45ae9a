"""What has happened to the money of an order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import attrs

from ..money import Money
from ._state import Outcome, RefundForm, TenderKind

__all__ = (
    "WIRE_NAMES", "CaptureRequested", "CashCollected", "CashRemitted", "Event", "PaymentObserved", "PaymentRecorded",
    "PaymentRequested", "PaymentSuperseded", "RefundPending", "RefundRecorded", "RefundRejected", "RefundRequested",
    "RefundFormChosen", "RefundRetried", "RefundSettled", "StoredValueTaken", "VoidRequested",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class PaymentRequested:
    """Money was asked for: a new attempt."""

    attempt: int
    method: str
    gateway: str
    kind: TenderKind
    amount: Money
    at: datetime


@attrs.frozen(kw_only=True)
class StoredValueTaken:
    """
    A gift card or store credit (``account``) paid: a new attempt that brought its money at once.

    ``taxed`` says that its VAT was paid when the card was sold, so that this part of the order is not taxed again.
    """

    attempt: int
    kind: TenderKind
    account: str
    amount: Money
    taxed: bool
    at: datetime


@attrs.frozen(kw_only=True)
class PaymentObserved:
    """A provider said something new of an attempt; totals since its beginning, None where it said nothing."""

    attempt: int
    authorised: Money | None
    captured: Money | None
    refunded: Money | None
    outcome: Outcome
    code: str
    provider_id: str
    occurred_at: datetime
    at: datetime


@attrs.frozen(kw_only=True)
class PaymentSuperseded:
    """Another attempt took over from this one."""

    attempt: int
    at: datetime


@attrs.frozen(kw_only=True)
class CaptureRequested:
    """``amount`` more is to be captured, which makes ``total`` on this attempt."""

    attempt: int
    amount: Money
    total: Money
    at: datetime


@attrs.frozen(kw_only=True)
class VoidRequested:
    """What was authorised and not captured is to be given back, or the payment page withdrawn."""

    attempt: int
    at: datetime


@attrs.frozen(kw_only=True)
class RefundRequested:
    """``amount`` is to go back by the attempt that it came by, or to the gift card or store credit ``account``."""

    refund: int
    attempt: int
    gateway: str
    account: str
    amount: Money
    cause: str
    at: datetime


@attrs.frozen(kw_only=True)
class RefundPending:
    """The provider has the refund in hand."""

    refund: int
    occurred_at: datetime
    at: datetime


@attrs.frozen(kw_only=True)
class RefundSettled:
    """The refund was paid out."""

    refund: int
    occurred_at: datetime
    at: datetime


@attrs.frozen(kw_only=True)
class RefundRejected:
    """The provider refused the refund; its money counts as held again."""

    refund: int
    code: str
    occurred_at: datetime
    at: datetime


@attrs.frozen(kw_only=True)
class RefundRetried:
    """A rejected refund is to be sent once more."""

    refund: int
    at: datetime


@attrs.frozen(kw_only=True)
class RefundFormChosen:
    """The customer wants refunds in this form from now on; store credit is ``account``, empty otherwise."""

    form: RefundForm
    account: str
    at: datetime


@attrs.frozen(kw_only=True)
class CashCollected:
    """The courier took cash: ``amount`` in all for this parcel."""

    attempt: int
    parcel: int
    amount: Money
    occurred_at: datetime
    at: datetime


@attrs.frozen(kw_only=True)
class CashRemitted:
    """The courier accounted for ``amount`` of the collected cash: it paid ``amount - fee`` and kept the fee."""

    attempt: int
    amount: Money
    fee: Money
    reference: str
    occurred_at: datetime
    at: datetime


@attrs.frozen(kw_only=True)
class PaymentRecorded:
    """An attempt made elsewhere was adopted, or its captured total raised."""

    attempt: int
    external: str
    method: str
    gateway: str
    kind: TenderKind
    amount: Money
    captured: Money
    occurred_at: datetime
    at: datetime


@attrs.frozen(kw_only=True)
class RefundRecorded:
    """A refund made elsewhere was adopted; it is settled."""

    refund: int
    attempt: int
    gateway: str
    external: str
    amount: Money
    cause: str
    at: datetime


Event = (
    PaymentRequested
    | PaymentObserved
    | PaymentSuperseded
    | CaptureRequested
    | VoidRequested
    | RefundRequested
    | RefundPending
    | RefundSettled
    | RefundRejected
    | RefundRetried
    | CashCollected
    | CashRemitted
    | PaymentRecorded
    | RefundRecorded
    | StoredValueTaken
    | RefundFormChosen
)

# These names are the storage format: never change one, add a version instead.
WIRE_NAMES: Mapping[type, str] = MappingProxyType(
    {
        PaymentRequested: "payment.requested.v1",
        PaymentObserved: "payment.observed.v1",
        PaymentSuperseded: "payment.superseded.v1",
        CaptureRequested: "payment.capture_requested.v1",
        VoidRequested: "payment.void_requested.v1",
        RefundRequested: "payment.refund_requested.v1",
        RefundPending: "payment.refund_pending.v1",
        RefundSettled: "payment.refund_settled.v1",
        RefundRejected: "payment.refund_rejected.v1",
        RefundRetried: "payment.refund_retried.v1",
        CashCollected: "payment.cash_collected.v1",
        CashRemitted: "payment.cash_remitted.v1",
        PaymentRecorded: "payment.recorded.v1",
        RefundRecorded: "payment.refund_recorded.v1",
        StoredValueTaken: "payment.value_taken.v1",
        RefundFormChosen: "payment.refund_form_chosen.v1",
    }
)
