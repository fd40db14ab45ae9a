"""
Returns: the right of withdrawal, from the customer's statement to the credit.

A credit is exactly the shares of the units in the ledger, and delivery by law; how the money goes back is decided
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..decisions import Decider
from ._commands import (
    CloseReturn,
    Command,
    DeclareWithdrawal,
    GrantRefund,
    InspectReturn,
    ReceiveReturn,
    SettleParcel,
)
from ._decide import decide
from ._events import (
    WIRE_NAMES,
    Event,
    ParcelSettled,
    RefundGranted,
    ReturnClosed,
    ReturnInspected,
    ReturnReceived,
    WithdrawalDeclared,
    WithdrawnInTransit,
)
from ._evolve import evolve
from ._facts import Facts
from ._lifecycle import ReturnLifecycle, return_lifecycle
from ._parcels import ParcelEnd, ParcelUnits
from ._queries import (
    allowed,
    granted_delivery,
    granted_total,
    granted_units,
    open_returns,
    overdue,
    settled_units,
    withdrawable,
    withdrawal_deadline,
)
from ._rejections import (
    DeclaredInFuture,
    ExceedsDeclared,
    ExceedsDelivered,
    ExceedsReceived,
    LotsDiffer,
    NotAConsumer,
    NotDelivered,
    NotInspected,
    NotLostByOpening,
    NotWithdrawable,
    RefundOutstanding,
    Rejection,
    ReturnOver,
    UnknownReturn,
    WithdrawalPeriodOver,
)
from ._state import Return, Returns, ReturnStage, State

__all__ = (
    "WIRE_NAMES",
    "CloseReturn",
    "Command",
    "DeclareWithdrawal",
    "DeclaredInFuture",
    "Event",
    "ExceedsDeclared",
    "ExceedsDelivered",
    "ExceedsReceived",
    "LotsDiffer",
    "Facts",
    "GrantRefund",
    "InspectReturn",
    "NotAConsumer",
    "NotDelivered",
    "NotInspected",
    "NotLostByOpening",
    "NotWithdrawable",
    "ParcelEnd",
    "ParcelSettled",
    "ParcelUnits",
    "ReceiveReturn",
    "RefundGranted",
    "RefundOutstanding",
    "Rejection",
    "Return",
    "ReturnClosed",
    "ReturnInspected",
    "ReturnLifecycle",
    "ReturnOver",
    "ReturnReceived",
    "ReturnStage",
    "Returns",
    "SettleParcel",
    "State",
    "UnknownReturn",
    "WithdrawalDeclared",
    "WithdrawalPeriodOver",
    "WithdrawnInTransit",
    "allowed",
    "decide",
    "decider",
    "evolve",
    "fold",
    "granted_delivery",
    "granted_total",
    "granted_units",
    "open_returns",
    "overdue",
    "return_lifecycle",
    "settled_units",
    "withdrawable",
    "withdrawal_deadline",
)

decider: Decider[State, Command, Facts, Event, Rejection] = Decider(Returns(), decide, evolve)


def fold(events: Iterable[Event]) -> Returns:
    """The state after *events*."""
    return decider.fold(events)
