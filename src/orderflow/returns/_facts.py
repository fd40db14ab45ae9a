"""What the rules of returns need to know of the rest of the order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from .. import law
from ..moments import moment
from ..money import Money, at_least_zero
from ..pricing import Ledger
from ..quantities import Quantities
from ._checks import units
from ._parcels import ParcelUnits, units_of

__all__ = ("Facts",)


def _amount(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if value is not None:
        at_least_zero(value, field.name)


def _moment_or_none(value: datetime | None) -> datetime | None:
    return None if value is None else moment(value)


@attrs.frozen(kw_only=True)
class Facts:
    """
    The moment, the buyer, the law and the goods; quantities are units by line.

    ``buyer`` is ``consumer``, ``sole_trader`` or ``business``. ``delivered`` units are with the customer, or
    were until they were returned; ``parcels`` are all that were sent. ``last_delivery`` starts the period once
    ``all_delivered``. ``excluded``
    are lines with their :class:`~orderflow.law.WithdrawalException`; other codes have no force. ``left`` are the
    units that have left the ledger, cancelled or credited by earlier returns; ``delivery_refunded`` is what went back
    of ``delivery_paid``; ``fee_paid`` is the fee of the payment, if there is one. ``concluded`` is when the contract
    was (None: the newest rules hold); ``informed``, whether the customer was told of the right.

    Raises:
        InvalidInputError: no rules for the jurisdiction, or for so old a contract.
    """

    at: datetime = attrs.field(converter=moment)
    buyer: str
    jurisdiction: str
    delivered: Quantities = attrs.field(validator=units)
    parcels: tuple[ParcelUnits, ...] = ()
    last_delivery: datetime | None = attrs.field(default=None, converter=_moment_or_none)
    all_delivered: bool
    excluded: tuple[tuple[str, str], ...] = ()
    ledger: Ledger
    left: Quantities = attrs.field(default=Quantities(), converter=Quantities)
    delivery_paid: Money = attrs.field(validator=_amount)
    cheapest_delivery: Money | None = attrs.field(default=None, validator=_amount)
    delivery_refunded: Money = attrs.field(validator=_amount)
    fee_paid: Money | None = attrs.field(default=None, validator=_amount)
    concluded: datetime | None = attrs.field(default=None, converter=_moment_or_none)
    informed: bool = True

    def __attrs_post_init__(self) -> None:
        law.refund_deadline(self.at, self.jurisdiction, concluded=self.concluded)

    def exception(self, line: str) -> law.WithdrawalException | None:
        """The exception under which *line* falls, where the law knows it."""
        found = dict(self.excluded).get(line)
        return law.WithdrawalException(found) if found in {one.value for one in law.WithdrawalException} else None

    def parcel(self, number: int) -> ParcelUnits | None:
        """The parcel with that number, where it was sent."""
        return next((each for each in self.parcels if each.parcel == number), None)

    @property
    def in_transit(self) -> Quantities:
        """Units on their way to the customer, or back."""
        return units_of(self.parcels, None)

    @property
    def in_ledger(self) -> Quantities:
        """Units that are still to be paid for."""
        return Quantities((line.line, line.units) for line in self.ledger.lines) - self.left
