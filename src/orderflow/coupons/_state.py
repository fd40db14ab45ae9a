"""What an order has of the shop's coupons."""

from __future__ import annotations

from enum import StrEnum

import attrs

from ._events import Use

__all__ = ("Coupons", "UseStage")


class UseStage(StrEnum):
    """How far an order's coupons have come."""

    RESERVED = "reserved"
    USED = "used"
    RELEASED = "released"


@attrs.frozen(kw_only=True)
class Coupons:
    """
    The coupons with which an order was priced, and what became of them; ``stage`` is None where there are none.

    ``given_back`` are the campaigns that have their use back although it was used.
    """

    uses: tuple[Use, ...] = ()
    stage: UseStage | None = None
    given_back: tuple[str, ...] = ()
