"""What an order has earned for its customer."""

from __future__ import annotations

import attrs

from ._programme import Programme

__all__ = ("Loyalty",)


@attrs.frozen(kw_only=True)
class Loyalty:
    """
    The programme as it was when the order was placed, and the order's points; no programme earns none.

    Of the points ever *earned*, *taken_back* are those for goods that were not kept, or not paid any more.
    """

    programme: Programme | None = None
    member: str = ""
    earned: int = 0
    taken_back: int = 0

    @property
    def points(self) -> int:
        """What the order is worth in points as it stands."""
        return self.earned - self.taken_back
