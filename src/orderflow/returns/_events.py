"""
What happened to an order's returns; quantities are units by line.

The wire names are the storage format: never change or reuse one, add a new version instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

import attrs

from ..money import Money
from ..quantities import Quantities

__all__ = (
    "WIRE_NAMES", "Event", "RefundGranted", "ReturnClosed", "ReturnInspected", "ReturnReceived", "WithdrawalDeclared",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class WithdrawalDeclared:
    """
    The customer withdrew from these units, in time.

    The refund is late after ``refund_by``; ``refund_target`` is the last working day to be safe. The goods are to be
    sent by ``send_back_by``; later they are late, and the withdrawal still stands.
    """

    return_: int
    quantities: Quantities
    declared_at: datetime
    refund_by: date
    refund_target: date
    send_back_by: date
    at: datetime


@attrs.frozen(kw_only=True)
class ReturnReceived:
    """These further units arrived."""

    return_: int
    quantities: Quantities
    at: datetime


@attrs.frozen(kw_only=True)
class ReturnInspected:
    """These further units were looked at: to be sold again, written off, or opened and sent to the customer again."""

    return_: int
    restock: Quantities
    write_off: Quantities
    opened: Quantities
    at: datetime


@attrs.frozen(kw_only=True)
class RefundGranted:
    """
    These units left the ledger and are credited with exactly their shares.

    ``amount`` is ``goods`` and ``delivery``; ``vat`` (minor units) is the part of ``goods`` that is VAT.
    """

    return_: int
    units: Quantities
    goods: Money
    delivery: Money
    amount: Money
    vat: int
    at: datetime


@attrs.frozen(kw_only=True)
class ReturnClosed:
    """Nothing more is expected of the return."""

    return_: int
    reason: str
    at: datetime


Event = WithdrawalDeclared | ReturnReceived | ReturnInspected | RefundGranted | ReturnClosed

WIRE_NAMES: Mapping[type, str] = MappingProxyType(
    {
        WithdrawalDeclared: "return.withdrawal_declared.v1",
        ReturnReceived: "return.received.v1",
        ReturnInspected: "return.inspected.v1",
        RefundGranted: "return.refund_granted.v1",
        ReturnClosed: "return.closed.v1",
    }
)
"""The storage format: never change a name, add a version."""
