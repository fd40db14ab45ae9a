"""Why a command to returns does not hold."""

from __future__ import annotations

from datetime import date, datetime

import attrs

from ..law import WithdrawalException
from ._state import ReturnStage

__all__ = (
    "DeclaredInFuture", "ExceedsDeclared", "ExceedsDelivered", "ExceedsReceived", "LotsDiffer", "NotAConsumer",
    "NotDelivered", "NotInspected", "NotLostByOpening", "NotWithdrawable", "RefundOutstanding", "Rejection",
    "ReturnOver", "UnknownReturn", "WithdrawalPeriodOver",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class NotAConsumer:
    """The law gives this kind of buyer no right of withdrawal."""

    buyer: str


@attrs.frozen(kw_only=True)
class WithdrawalPeriodOver:
    """The last day for the statement was ``until``."""

    until: date


@attrs.frozen(kw_only=True)
class DeclaredInFuture:
    """The statement would have been sent after it was received."""

    declared_at: datetime


@attrs.frozen(kw_only=True)
class NotDelivered:
    """No unit of the line is with the customer or on its way; what is still in the house is cancelled instead."""

    line: str


@attrs.frozen(kw_only=True)
class ExceedsDelivered:
    """More units of the line than were sent and not withdrawn already."""

    line: str
    wanted: int
    allowed: int


@attrs.frozen(kw_only=True)
class NotWithdrawable:
    """The line falls under an exception of the law."""

    line: str
    code: WithdrawalException


@attrs.frozen(kw_only=True)
class UnknownReturn:
    """The order has no return with this number."""

    return_: int


@attrs.frozen(kw_only=True)
class ReturnOver:
    """The return is closed or lapsed."""

    return_: int
    stage: ReturnStage


@attrs.frozen(kw_only=True)
class ExceedsDeclared:
    """More units of the line than were declared (to be credited: and were not opened)."""

    line: str
    wanted: int
    allowed: int


@attrs.frozen(kw_only=True)
class ExceedsReceived:
    """More units of the line inspected than arrived."""

    line: str
    wanted: int
    allowed: int


@attrs.frozen(kw_only=True)
class LotsDiffer:
    """Lots, or serial numbers, are named for *named* of the line's *wanted* units."""

    line: str
    wanted: int
    named: int


@attrs.frozen(kw_only=True)
class NotLostByOpening:
    """The line has no seal that the law protects, so opened units are credited too."""

    line: str


@attrs.frozen(kw_only=True)
class NotInspected:
    """So many units of the line arrived and were not looked at."""

    line: str
    units: int


@attrs.frozen(kw_only=True)
class RefundOutstanding:
    """So many units of the line were taken back and not credited."""

    line: str
    units: int


Rejection = (
    NotAConsumer
    | WithdrawalPeriodOver
    | DeclaredInFuture
    | NotDelivered
    | ExceedsDelivered
    | NotWithdrawable
    | UnknownReturn
    | ReturnOver
    | ExceedsDeclared
    | ExceedsReceived
    | LotsDiffer
    | NotLostByOpening
    | NotInspected
    | RefundOutstanding
)
