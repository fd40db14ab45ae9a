"""
Guarded counters: stock today, coupon uses, budgets and balances alike.

A counter has a ``value`` and the part of it that is ``held``; a *hold* is a row beside the counter (owner, quantity,
until) that is resolved once. A move either fits, or comes back as a :class:`Shortage`; nothing is ever clamped.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import attrs

__all__ = ("Level", "Move", "MoveKind", "Shortage")


class MoveKind(StrEnum):
    """What a move does to ``value``, to ``held`` and to the owner's hold."""

    ADD = "add"  # value + quantity; creates the counter
    REMOVE = "remove"  # value - quantity, which must not be held by anybody
    HOLD = "hold"  # held + quantity, with so many left available as the move says; raises or creates the owner's hold
    KEEP = "keep"  # sets the end of the owner's hold (None: for good); the hold must still cover quantity
    RELEASE = "release"  # held - quantity out of the owner's hold
    CONSUME = "consume"  # value and held - quantity out of the owner's hold


@attrs.frozen
class Move:
    """One guarded change of one counter, made by *owner* (an order, a receipt)."""

    key: str
    kind: MoveKind
    quantity: int
    owner: str
    until: datetime | None = None  # HOLD and KEEP: when the hold lapses; None means it does not
    leaving: int | None = 0  # HOLD only: so many must be left; below zero, so many more than there are (None: any)


@attrs.frozen
class Level:
    """How a counter stands."""

    value: int
    held: int

    @property
    def available(self) -> int:
        """What nobody holds; negative when more was promised than there is."""
        return self.value - self.held


@attrs.frozen
class Shortage:
    """A move that did not fit: *wanted* of *key*, when only *available* was there."""

    key: str
    kind: MoveKind
    wanted: int
    available: int
