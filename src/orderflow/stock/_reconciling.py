"""What a warehouse says compared with the mirror that is kept of it here."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import attrs

__all__ = ("Difference", "Mirrored", "DifferenceReason", "Stocked", "differences")


class DifferenceReason(StrEnum):
    """Why the two differ."""

    NOT_SEEN = "not_seen"  # held here for orders of which the warehouse had not heard
    STILL_KEPT = "still_kept"  # set aside there, and let go or sent here: a release is under way, or was lost
    ONLY_HERE = "only_here"  # the warehouse does not list the item
    ONLY_THERE = "only_there"  # no report of the item was ever booked here
    UNEXPLAINED = "unexplained"  # its newest report is not booked yet, or something is wrong


@attrs.frozen(kw_only=True)
class Mirrored:
    """An item here: how many units there are, and which of them are held, by order."""

    there: int = 0
    held: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Stocked:
    """An item in the warehouse: how many more units it could give, and the orders for which it has set others aside."""

    level: int
    seen: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Difference:
    """
    An item of which *here* and *there* other numbers of units can be had.

    *not_seen* units are held here and not known there; *still_kept* names orders with units set aside there and not
    held here. *unexplained* units are left: above zero where there are more of them in the warehouse.
    """

    sku: str
    here: int
    there: int
    not_seen: int
    still_kept: tuple[str, ...]
    unexplained: int
    reasons: tuple[DifferenceReason, ...]


def differences(here: Mapping[str, Mirrored], there: Mapping[str, Stocked]) -> tuple[Difference, ...]:
    """
    Every item by SKU of which the two do not say the same.

    >>> mirror = {"MUG": Mirrored(there=10, held={"first": 2, "second": 1})}
    >>> [found] = differences(mirror, {"MUG": Stocked(level=7, seen=frozenset({"first"}))})
    >>> found.here, found.there, found.not_seen, found.unexplained
    (7, 7, 1, -1)
    """
    compared = (_compared(sku, here.get(sku), there.get(sku)) for sku in sorted({*here, *there}))
    return tuple(each for each in compared if each.reasons)


def _compared(sku: str, here: Mirrored | None, there: Stocked | None) -> Difference:
    mirror, depot = here or Mirrored(), there or Stocked(level=0)
    held = sum(mirror.held.values())
    not_seen = sum(units for order, units in mirror.held.items() if order not in depot.seen)
    still_kept = tuple(sorted(depot.seen - mirror.held.keys()))
    available = mirror.there - held
    # Where less than nothing can be had here, more is promised than is there, and nothing is what can be had.
    unexplained = depot.level - max(available + not_seen, 0)
    found = {
        DifferenceReason.NOT_SEEN: bool(not_seen),
        DifferenceReason.STILL_KEPT: bool(still_kept),
        DifferenceReason.ONLY_HERE: there is None and bool(mirror.there or held),
        DifferenceReason.ONLY_THERE: here is None,
        DifferenceReason.UNEXPLAINED: bool(unexplained),
    }
    return Difference(
        sku=sku,
        here=available,
        there=depot.level,
        not_seen=not_seen,
        still_kept=still_kept,
        unexplained=unexplained,
        reasons=tuple(reason for reason, is_so in found.items() if is_so),
    )
