"""What the shipping rules need to know about the rest of the order."""

from __future__ import annotations

from datetime import datetime

import attrs

from ..money import Money
from ..quantities import Quantities
from ._inserts import Insert

__all__ = ("Carrier", "Facts")


@attrs.frozen(kw_only=True)
class Carrier:
    """
    A courier as shipping sees it: whether it collects cash, takes parcels to points, and books them.

    One that ``books`` is told of a parcel before it is given one; parcels of others are booked by hand.
    """

    code: str
    collects_cash: bool
    to_points: bool
    books: bool


@attrs.frozen(kw_only=True)
class Facts:
    """
    The order as shipping sees it when a command is decided.

    ``to_ship`` is what must reach the customer by line (ordered, less cancelled, plus replacements somebody granted);
    ``blocked`` says why nothing may be picked, packed or handed over now; ``weights`` are grams per unit by line.
    ``inserts`` are those the order deserves (``inserts_for``); ``cash_due``, ``courier`` and ``target`` are for the
    parcel that would be packed now. ``lying`` are the units by line that are still to be packed in each location, or
    nothing where all of them lie in the main one. ``unreleased`` lines must not leave before a moment. ``carriers``
    are the couriers there are, where the order travels; with none given, any courier will do.
    """

    at: datetime
    to_ship: Quantities = Quantities()
    blocked: tuple[str, ...] = ()
    weights: tuple[tuple[str, int], ...] = ()
    inserts: tuple[Insert, ...] = ()
    cash_due: Money | None = None
    courier: str = "manual"
    target: str = "courier"
    lying: tuple[tuple[str, Quantities], ...] = ()
    unreleased: tuple[tuple[str, datetime], ...] = ()
    carriers: tuple[Carrier, ...] = ()

    def carrier(self, code: str) -> Carrier | None:
        """The courier with this code, if it is known."""
        return next((carrier for carrier in self.carriers if carrier.code == code), None)
