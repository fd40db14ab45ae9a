"""What may be asked of an order's points, and the facts that answering takes."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

import attrs

from ..actors import SYSTEM, Actor
from ..moments import moment
from ..money import Money
from ._programme import Programme

__all__ = ("Command", "Facts", "PromisePoints", "SettlePoints")


def _at(value: datetime) -> datetime:
    return moment(value)


@attrs.frozen(kw_only=True)
class PromisePoints:
    """Pin the programme to a new order; workflows do this by themselves."""

    order: str
    actor: Actor = SYSTEM


@attrs.frozen(kw_only=True)
class SettlePoints:
    """Bring the points in line with what is paid and kept; workflows do this whenever that changes."""

    order: str
    actor: Actor = SYSTEM


Command: TypeAlias = PromisePoints | SettlePoints


@attrs.frozen(kw_only=True)
class Facts:
    """
    When it is, the shop's programme, who orders, and the money kept for goods that are kept.

    ``paid`` is zero before the order is confirmed, and again once it is cancelled.
    """

    at: datetime = attrs.field(converter=_at)
    paid: Money
    programme: Programme | None = None
    customer: str | None = None
