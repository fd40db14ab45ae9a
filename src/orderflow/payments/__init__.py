"""
Payments of one order: attempts to be paid, what providers and couriers say of them, and refunds.

Everything from outside is a cumulative total, folded by taking the largest: duplicates and disorder change nothing.
"""

from __future__ import annotations

from typing import TypeAlias

from ..decisions import Decider
from ._commands import (
    CapturePayment,
    ChooseRefundForm,
    Command,
    Facts,
    ObservePayment,
    ObserveRefund,
    OfferedMethod,
    PaymentFacts,
    PayWithGiftCard,
    PayWithStoreCredit,
    RecordCollection,
    RecordPayment,
    RecordRefund,
    RecordRemittance,
    RefundPayment,
    RequestPayment,
    RetryPayment,
    RetryRefund,
    StoredValue,
    VoidPayment,
)
from ._decide import (
    decide,
)
from ._events import (
    WIRE_NAMES,
    CaptureRequested,
    CashCollected,
    CashRemitted,
    Event,
    PaymentObserved,
    PaymentRecorded,
    PaymentRequested,
    PaymentSuperseded,
    RefundFormChosen,
    RefundPending,
    RefundRecorded,
    RefundRejected,
    RefundRequested,
    RefundRetried,
    RefundSettled,
    StoredValueTaken,
    VoidRequested,
)
from ._evolve import (
    evolve,
    fold,
    initial,
)
from ._lifecycle import (
    AttemptLifecycle,
    RefundLifecycle,
    attempt_lifecycle,
    refund_lifecycle,
)
from ._queries import (
    authorised_total,
    available,
    by_payment,
    capturing,
    courier_owes,
    due,
    held,
    money_in,
    open_attempt,
    open_attempts,
    refunded,
    refunding,
    rejected_refunds,
    surplus,
)
from ._rejections import (
    AlreadyAuthorised,
    AttemptOpen,
    ExceedsAuthorised,
    ExceedsBalance,
    ExceedsCaptured,
    ExceedsCollected,
    ExceedsDue,
    GiftCardNotUsable,
    KeptHere,
    NoStoreCredit,
    NotCapturable,
    NotCashOnDelivery,
    NothingDue,
    NotRetryable,
    NotVoidable,
    PaidInCash,
    PaymentMethodNotOffered,
    Rejection,
    UnknownAttempt,
    UnknownRefund,
    WrongCurrency,
)
from ._state import (
    STORED_VALUE,
    Attempt,
    AttemptStage,
    Collection,
    Outcome,
    Payments,
    Refund,
    RefundForm,
    RefundStage,
    Remittance,
    TenderKind,
)
from ._transfers import transfer_received

__all__ = (
    "STORED_VALUE", "WIRE_NAMES", "AlreadyAuthorised", "Attempt", "AttemptLifecycle", "AttemptOpen", "AttemptStage",
    "CapturePayment", "CaptureRequested", "CashCollected", "CashRemitted", "ChooseRefundForm", "Collection", "Command",
    "Event", "ExceedsAuthorised", "ExceedsBalance", "ExceedsCaptured", "ExceedsCollected", "ExceedsDue", "Facts",
    "GiftCardNotUsable", "KeptHere", "NoStoreCredit", "NotCapturable", "NotCashOnDelivery", "NotRetryable",
    "NotVoidable", "NothingDue", "ObservePayment", "ObserveRefund", "OfferedMethod", "Outcome", "PaidInCash",
    "PayWithGiftCard", "PayWithStoreCredit", "PaymentFacts", "PaymentMethodNotOffered", "PaymentObserved",
    "PaymentRecorded", "PaymentRequested", "PaymentSuperseded", "Payments", "RecordCollection", "RecordPayment",
    "RecordRefund", "RecordRemittance", "Refund", "RefundForm", "RefundFormChosen", "RefundLifecycle", "RefundPayment",
    "RefundPending", "RefundRecorded", "RefundRejected", "RefundRequested", "RefundRetried", "RefundSettled",
    "RefundStage", "Rejection", "Remittance", "RequestPayment", "RetryPayment", "RetryRefund", "State", "StoredValue",
    "StoredValueTaken", "TenderKind", "UnknownAttempt", "UnknownRefund", "VoidPayment", "VoidRequested",
    "WrongCurrency", "attempt_lifecycle", "authorised_total", "available", "by_payment", "capturing", "courier_owes",
    "decide", "decider", "due", "evolve", "fold", "held", "initial", "money_in", "open_attempt", "open_attempts",
    "refund_lifecycle", "refunded", "refunding", "rejected_refunds", "surplus", "transfer_received",
)  # fmt: skip

State: TypeAlias = Payments

decider: Decider[State, Command, Facts, Event, Rejection] = Decider(initial, decide, evolve)
