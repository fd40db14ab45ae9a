"""
What a payment provider must do for us.

Guarantees an adapter gives: every call carries our own reference; the same reference never charges or refunds
twice within ``capabilities.idempotency_window``; an answer that was not received is ``UNKNOWN``, never "failed".
Amounts in answers are *cumulative totals* of the attempt, so duplicates and disorder change nothing. Adapters never
store secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs

from ..money import Money

__all__ = (
    "CaptureMoney",
    "Captures",
    "Form",
    "GatewayCapabilities",
    "Instructions",
    "NextStep",
    "Notification",
    "NotificationSource",
    "NotificationRefused",
    "PaymentAnswer",
    "PaymentFact",
    "PaymentGateway",
    "PaymentOutcome",
    "RawNotification",
    "Redirect",
    "RefundAnswer",
    "RefundFact",
    "RefundMoney",
    "RefundOutcome",
    "Reply",
    "StartPayment",
)


@attrs.frozen(kw_only=True)
class GatewayCapabilities:
    """
    What the provider can do, as it declares it.

    ``idempotency_window``: how long a repeated reference is recognised; None means for ever. ``lookup``: whether an
    attempt and a refund can be found by our reference. ``captures``: authorise first, capture later. ``manual``:
    a person does it, so answers stay pending until the host records what happened. ``partial_refund``: whether a part
    of a payment can go back; else the shop does not ask for it. Empty ``currencies`` means all.
    """

    lookup: bool
    idempotency_window: timedelta | None = None
    captures: bool = False
    partial_refund: bool = True
    notifications: bool = False
    manual: bool = False
    currencies: tuple[str, ...] = ()


@attrs.frozen
class Redirect:
    """Send the customer's browser here."""

    url: str


@attrs.frozen
class Form:
    """Post these fields from the customer's browser."""

    url: str
    fields: tuple[tuple[str, str], ...]


@attrs.frozen
class Instructions:
    """Tell the customer what to do: labelled values such as account number, title and amount."""

    values: tuple[tuple[str, str], ...]


NextStep = Redirect | Form | Instructions


class PaymentOutcome(StrEnum):
    """How a payment stands at the provider."""

    PENDING = "pending"
    AWAITING_CUSTOMER = "awaiting_customer"
    AUTHORISED = "authorised"
    CAPTURED = "captured"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class StartPayment:
    """
    Open a payment. ``reference`` is ours and unique; a retry carries the same one.

    ``return_url`` is where the customer comes back to, if the shop said so, and the same again in a retry.
    """

    reference: str
    order: str
    amount: Money
    description: str
    method: str
    language: str
    email: str | None = attrs.field(default=None, repr=False)
    return_url: str | None = None
    secrets: Mapping[str, str] = attrs.field(factory=dict, repr=False)


@attrs.frozen(kw_only=True)
class CaptureMoney:
    """Take authorised money (all that is left where ``amount`` is None), or give the authorisation back."""

    reference: str
    operation: str
    amount: Money | None


@attrs.frozen(kw_only=True)
class RefundMoney:
    """Give money back. ``operation`` is our unique key for this refund; ``reference`` names the attempt."""

    reference: str
    operation: str
    amount: Money
    description: str


@attrs.frozen(kw_only=True)
class PaymentAnswer:
    """What is known of an attempt now; totals are cumulative, None means not stated."""

    outcome: PaymentOutcome
    authorised: Money | None = None
    captured: Money | None = None
    refunded: Money | None = None
    provider_id: str = ""
    code: str = ""
    next_step: NextStep | None = None
    until: datetime | None = None


class RefundOutcome(StrEnum):
    """How a refund stands at the provider."""

    SETTLED = "settled"
    PENDING = "pending"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class RefundAnswer:
    """What is known of a refund now."""

    outcome: RefundOutcome
    code: str = ""


@runtime_checkable
class PaymentGateway(Protocol):
    """Starts payments, gives money back, and can be asked how things stand."""

    @property
    def capabilities(self) -> GatewayCapabilities:
        """What this provider can do."""
        ...

    def start(self, request: StartPayment) -> PaymentAnswer:
        """
        Open the payment, or answer how it already stands where the reference is known.

        Raise, or answer UNKNOWN, whenever it is not certain that nothing happened: a retry with the same reference
        follows.
        """
        ...

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """
        Give money back once per ``operation``.

        What the provider refuses (too much, a payment it does not know) is REJECTED, never an exception: that would be
        tried again. Two refunds of one amount differ in their operation only, and both are made.
        """
        ...

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """How the attempt stands; None means the provider has never heard of it."""
        ...

    def lookup_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        """How the refund stands; None means the provider has never heard of it."""
        ...


@runtime_checkable
class Captures(Protocol):
    """Two-step payments."""

    def capture(self, request: CaptureMoney) -> PaymentAnswer:
        """
        Take authorised money once per ``operation``: *amount*, or all that is left where it is None.

        What the provider refuses leaves the payment as it stands, and that is the answer; ``code`` says why.
        """
        ...

    def void(self, request: CaptureMoney) -> PaymentAnswer:
        """Give the authorisation back once per ``operation``."""
        ...


@attrs.frozen(kw_only=True)
class RawNotification:
    """A notification exactly as it arrived; signatures are checked on these bytes. Header names are in lower case."""

    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)
    received_at: datetime


@attrs.frozen(kw_only=True)
class PaymentFact:
    """A notification says this of the attempt with our ``reference``."""

    reference: str
    answer: PaymentAnswer
    occurred_at: datetime


@attrs.frozen(kw_only=True)
class RefundFact:
    """A notification says this of the refund with our ``operation`` key."""

    operation: str
    answer: RefundAnswer
    occurred_at: datetime


@attrs.frozen(kw_only=True)
class Reply:
    """What to answer the provider over HTTP."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


@attrs.frozen(kw_only=True)
class Notification:
    """A verified notification: its facts, and the reply the provider expects once they are stored."""

    facts: tuple[PaymentFact | RefundFact, ...]
    reply: Reply = Reply()


class NotificationRefused(Exception):  # noqa: N818 - an answer to the provider, not an error of ours
    """The notification is not genuine or not readable; ``reply`` tells the provider so and gives nothing away."""

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__("notification refused")
        self.reply = reply or Reply(status=400)


@runtime_checkable
class NotificationSource(Protocol):
    """Reads what the provider sends by itself."""

    def read_notification(self, notification: RawNotification) -> Notification:
        """
        Verify on the raw bytes, and read. Pure: no I/O, no memory of what was read, the same answer every time.

        A notification is read when it arrives and again when it is applied, perhaps by another process, so replays must
        be accepted; cumulative totals make them harmless.

        Raises:
            NotificationRefused: the signature or the format is wrong, whatever bytes came in.
        """
        ...
