"""
Payments of one order: attempts to be paid, what providers and couriers say of them, and refunds.

Everything from outside is a cumulative total, folded by taking the largest: duplicates and disorder change nothing.
"""

from __future__ import annotations

from ._commands import (
    CapturePayment,
    Command,
    Facts,
    ObservePayment,
    ObserveRefund,
    PaymentFacts,
    RecordCollection,
    RecordPayment,
    RecordRefund,
    RecordRemittance,
    RefundPayment,
    RequestPayment,
    RetryPayment,
    RetryRefund,
    VoidPayment,
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
    RefundPending,
    RefundRecorded,
    RefundRejected,
    RefundRequested,
    RefundRetried,
    RefundSettled,
    VoidRequested,
)
from ._lifecycle import AttemptLifecycle, RefundLifecycle, attempt_lifecycle, refund_lifecycle
from ._rejections import (
    AlreadyAuthorised,
    AttemptOpen,
    ExceedsAuthorised,
    ExceedsCaptured,
    ExceedsCollected,
    ExceedsDue,
    NotCapturable,
    NotCashOnDelivery,
    NothingDue,
    NotRetryable,
    NotVoidable,
    PaidInCash,
    Rejection,
    UnknownAttempt,
    UnknownRefund,
    WrongCurrency,
)
from ._state import (
    Attempt,
    AttemptStage,
    Collection,
    Outcome,
    Payments,
    Refund,
    RefundStage,
    Remittance,
    TenderKind,
)
