"""What may be asked of an order's coupons, and the facts that answering takes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

import attrs

from .._sequence import sequence
from ..actors import SYSTEM, Actor
from ..counters import Shortage
from ..moments import moment
from ..money import Money
from ._campaigns import to_codes
from ._claims import Claim

__all__ = ("Command", "Facts", "ReserveCoupons", "SettleCoupons")


def _at(value: datetime) -> datetime:
    return moment(value)


def _typed(values: Iterable[str]) -> tuple[str, ...]:
    typed = sequence(values, "codes")
    to_codes(typed)
    return typed


@attrs.frozen(kw_only=True)
class ReserveCoupons:
    """Keep the coupons with which the order was priced; workflows do this by themselves, once, when it is placed."""

    order: str
    codes: tuple[str, ...] = attrs.field(converter=_typed, repr=False)
    actor: Actor = SYSTEM


@attrs.frozen(kw_only=True)
class SettleCoupons:
    """Bring the coupons in line with the order: used once it is confirmed, free again once it is cancelled."""

    order: str
    actor: Actor = SYSTEM


Command: TypeAlias = ReserveCoupons | SettleCoupons


@attrs.frozen(kw_only=True)
class Facts:
    """
    When it is, and what the order and the counters say.

    ``claims`` are the codes that could be used before pricing, ``saved`` is what the promotions of each campaign took
    off, and ``shortages`` are the moves of a first attempt that the counters had no room for.
    """

    at: datetime = attrs.field(converter=_at)
    claims: tuple[Claim, ...] = ()
    saved: tuple[tuple[str, Money], ...] = ()
    shortages: tuple[Shortage, ...] = ()
    confirmed: bool = False
    cancelled: bool = False
