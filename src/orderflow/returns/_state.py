"""What is known of an order's returns; quantities are units by line."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import attrs

from ..money import Money
from ..quantities import Quantities
from ._parcels import ParcelEnd, ParcelUnits, units_of

__all__ = ("Return", "ReturnStage", "Returns", "State")


class ReturnStage(StrEnum):
    """How far a return has come."""

    DECLARED = "declared"
    RECEIVED = "received"
    INSPECTED = "inspected"
    REFUNDED = "refunded"
    CLOSED = "closed"
    LAPSED = "lapsed"


@attrs.frozen(kw_only=True)
class Return:
    """
    One withdrawal and what came of it.

    ``quantities`` were declared, ``received`` have arrived; of these ``restocked``, ``written_off`` and ``opened``
    were looked at. ``granted`` units were credited, for ``amount`` altogether, ``delivery`` included. See
    :class:`WithdrawalDeclared` for the days.

    ``in_transit`` are the parcels that were on their way at the declaration, ``settled`` those of them of which it
    turned out that they held units of this return.
    """

    number: int
    stage: ReturnStage
    quantities: Quantities
    declared_at: datetime
    refund_by: date
    refund_target: date
    send_back_by: date
    received: Quantities = Quantities()
    restocked: Quantities = Quantities()
    written_off: Quantities = Quantities()
    opened: Quantities = Quantities()
    granted: Quantities = Quantities()
    amount: Money | None = None
    delivery: Money | None = None
    in_transit: tuple[ParcelUnits, ...] = ()
    settled: tuple[ParcelUnits, ...] = ()

    @property
    def is_over(self) -> bool:
        """Nothing more will happen to it."""
        return self.stage in (ReturnStage.CLOSED, ReturnStage.LAPSED)

    @property
    def accepted(self) -> Quantities:
        """Units that were looked at and are to be credited."""
        return self.restocked + self.written_off

    @property
    def uninspected(self) -> Quantities:
        """Units that have arrived and were not looked at yet."""
        return self.received - self.accepted - self.opened

    @property
    def lost(self) -> Quantities:
        """Units that their courier lost: they are credited, and cannot arrive."""
        return units_of(self.settled, ParcelEnd.LOST)

    @property
    def not_supplied(self) -> Quantities:
        """Units that never reached the customer: their parcels came back or were lost."""
        return units_of(self.settled, ParcelEnd.LOST, ParcelEnd.RETURNED)

    @property
    def entitled(self) -> Quantities:
        """Units that are to be credited: those that were taken back, and those that were lost."""
        return (self.accepted + self.lost) & (self.quantities - self.opened)

    def inside(self, parcel: int) -> Quantities:
        """Units of this return that were in that parcel, as far as it is settled."""
        return sum((each.quantities for each in self.settled if each.parcel == parcel), start=Quantities())

    def may_hold(self, parcel: ParcelUnits) -> Quantities:
        """Units of this return that may be in that parcel, which came back or was lost, and is not settled yet."""
        inside = sum((each.quantities for each in self.in_transit if each.parcel == parcel.parcel), start=Quantities())
        left = self.claimed - self.not_supplied
        # What arrived may have come with a parcel that is back, and with none that is lost.
        return inside & (left - self.received if parcel.end is ParcelEnd.LOST else left)

    @property
    def claimed(self) -> Quantities:
        """Units that cannot be withdrawn again: all declared; once it is over, those that came or were credited."""
        return self.granted + (self.received - self.granted) if self.is_over else self.quantities


@attrs.frozen(kw_only=True)
class Returns:
    """All returns of an order, by number."""

    returns: tuple[Return, ...] = ()

    def numbered(self, number: int) -> Return | None:
        """The return with that number."""
        return next((one for one in self.returns if one.number == number), None)


State = Returns
