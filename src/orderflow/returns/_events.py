"""
What happened to an order's returns; quantities are units by line.

The wire names are the storage format: never change or reuse one, add a new version instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

import attrs

from .._kinds import UNLESS_DEFAULT
from ..dispositions import Disposition
from ..identifiers import MAIN
from ..lots import NamedLots
from ..money import Money
from ..quantities import Quantities
from ._parcels import ParcelEnd

__all__ = (
    "WIRE_NAMES", "Event", "ParcelSettled", "RefundGranted", "ReturnClosed", "ReturnInspected", "ReturnReceived",
    "WithdrawalDeclared", "WithdrawnInTransit",
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
class WithdrawnInTransit:
    """
    The parcel was on its way when the return was declared, and up to these units of it were withdrawn.

    Nobody can tell units of a line apart: where others of them were with the customer, those in transit count first.
    """

    return_: int
    parcel: int
    quantities: Quantities
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
    location: str = attrs.field(default=MAIN, metadata=UNLESS_DEFAULT)
    restock_as: Disposition = attrs.field(default=Disposition.RESELL, metadata=UNLESS_DEFAULT)
    write_off_as: Disposition = attrs.field(default=Disposition.SCRAP, metadata=UNLESS_DEFAULT)
    lots: NamedLots = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    write_off_lots: NamedLots = attrs.field(default=(), metadata=UNLESS_DEFAULT)
    at: datetime


@attrs.frozen(kw_only=True)
class RefundGranted:
    """
    These units left the ledger and are credited with exactly their shares.

    ``amount`` is ``goods``, their ``deposit``, ``delivery`` and the ``fee`` of the payment together; ``vat`` (minor
    units) is the part of ``goods`` that is VAT.
    """

    return_: int
    units: Quantities
    goods: Money
    deposit: Money
    delivery: Money
    fee: Money
    amount: Money
    vat: int
    at: datetime


@attrs.frozen(kw_only=True)
class ReturnClosed:
    """Nothing more is expected of the return."""

    return_: int
    reason: str
    at: datetime


@attrs.frozen(kw_only=True)
class ParcelSettled:
    """
    These units of the return were in a parcel that came back or was lost, or that was lost and turned up.

    Of those that came back, ``arrived`` are on the shelf by it; the return had received the others already.
    """

    return_: int
    parcel: int
    quantities: Quantities
    arrived: Quantities
    end: ParcelEnd
    at: datetime


Event = (
    WithdrawalDeclared
    | WithdrawnInTransit
    | ReturnReceived
    | ReturnInspected
    | RefundGranted
    | ReturnClosed
    | ParcelSettled
)

WIRE_NAMES: Mapping[type, str] = MappingProxyType(
    {
        WithdrawalDeclared: "return.withdrawal_declared.v1",
        WithdrawnInTransit: "return.withdrawn_in_transit.v1",
        ReturnReceived: "return.received.v1",
        ReturnInspected: "return.inspected.v1",
        RefundGranted: "return.refund_granted.v1",
        ReturnClosed: "return.closed.v1",
        ParcelSettled: "return.parcel_settled.v1",
    }
)
"""The storage format: never change a name, add a version."""
