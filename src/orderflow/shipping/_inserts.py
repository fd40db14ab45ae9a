"""Things that go into the box besides the goods: a leaflet, a sample, a gift for a large order."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from ..money import Money
from ._checks import a_code, cash_or_none, codes

__all__ = ("Insert", "InsertRule", "inserts_for")


@attrs.frozen(kw_only=True)
class InsertRule:
    """
    When an insert goes in: every condition that is set must hold; an empty tuple sets none.

    ``minimum_total`` holds only in its own currency; of ``tags`` the order needs at least one.
    """

    minimum_total: Money | None = attrs.field(default=None, validator=cash_or_none)
    channels: tuple[str, ...] = attrs.field(default=(), validator=codes)
    tags: tuple[str, ...] = attrs.field(default=(), validator=codes)
    once_per_order: bool = True

    def holds(self, total: Money, channel: str, tags: Iterable[str]) -> bool:
        """Whether an order of *total* from *channel* with *tags* gets the insert."""
        least = self.minimum_total
        return (
            (least is None or (least.currency == total.currency and total >= least))
            and (not self.channels or channel in self.channels)
            and (not self.tags or not set(self.tags).isdisjoint(tags))
        )


@attrs.frozen(kw_only=True)
class Insert:
    """An insert by its code, and when it goes in."""

    code: str = attrs.field(validator=a_code)
    when: InsertRule = InsertRule()


def inserts_for(
    inserts: Iterable[Insert], *, total: Money, channel: str, tags: Iterable[str] = ()
) -> tuple[Insert, ...]:
    """
    Those of *inserts* that an order of *total* (gross) from *channel* with *tags* deserves.

    Which parcel carries them is decided at packing: once per order means the first parcel.
    """
    known = frozenset(tags)
    return tuple(insert for insert in inserts if insert.when.holds(total, channel, known))
