"""What one order has of the stock, counted by SKU."""

from __future__ import annotations

from datetime import datetime

import attrs

from ..quantities import Quantities

__all__ = ("Allocation",)

_NONE = Quantities()


@attrs.frozen(kw_only=True)
class Allocation:
    """
    Where an order's units stand; a unit is in one of *held*, *committed*, *consumed*, or was let go.

    *held* lapses at *until* (None: it does not); while anything is committed, holds have no end. *backordered* is the
    part of the open units that was promised beyond what there was. *lost* lapsed since the last hold.
    *settled* says which parcels and returns were booked, and with what.
    """

    held: Quantities = _NONE
    committed: Quantities = _NONE
    consumed: Quantities = _NONE
    backordered: Quantities = _NONE
    lost: Quantities = _NONE
    restocked: Quantities = _NONE
    written_off: Quantities = _NONE
    until: datetime | None = None
    settled: tuple[tuple[str, Quantities], ...] = ()

    @property
    def open(self) -> Quantities:
        """Units in the building that nobody else may have."""
        return self.held + self.committed

    @property
    def given_back(self) -> Quantities:
        """Units that left, came back, and were put on the shelf again or written off."""
        return self.restocked + self.written_off

    @property
    def lapsed(self) -> bool:
        """Whether the last hold lapsed."""
        return bool(self.lost)

    def lapsed_by(self, at: datetime) -> bool:
        """Whether the hold is over at *at*, recorded or not."""
        return self.until is not None and self.until <= at
