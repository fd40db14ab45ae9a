"""
Loyalty points: earned by what was paid for goods and kept, taken back exactly with them, and given for something.

An order's points are a function of the money kept for goods that are kept, by the programme pinned when it was placed:
however an order gets there, the same goods and money are worth the same points. A member's balance is a guarded
counter, whose :func:`moves` go into the same commit as the event.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from ..decisions import Decider
from ._commands import Command, Facts, PromisePoints, SettlePoints
from ._decide import decide
from ._events import (
    WIRE_NAMES,
    Event,
    ItemEvent,
    PointsAdjusted,
    PointsEarned,
    PointsPromised,
    PointsRedeemed,
    PointsRestored,
    PointsTakenBack,
)  # fmt: skip
from ._evolve import evolve
from ._items import (
    Account,
    AdjustPoints,
    ItemCommand,
    ItemFacts,
    RedeemPoints,
    decide_item,
    evolve_item,
    item_decider,
    item_moves,
    item_of,
)  # fmt: skip
from ._programme import PREFIX, Programme, account_id, member_of
from ._queries import held, moves
from ._rejections import ItemRejection, NoProgramme, NotEnoughPoints, ReferenceReused, Rejection
from ._state import Loyalty

__all__ = (
    "PREFIX", "WIRE_NAMES", "Account", "AdjustPoints", "Command", "Event", "Facts", "ItemCommand", "ItemEvent",
    "ItemFacts", "ItemRejection", "Loyalty", "NoProgramme", "NotEnoughPoints", "PointsAdjusted", "PointsEarned",
    "PointsPromised", "PointsRedeemed", "PointsRestored", "PointsTakenBack", "Programme", "PromisePoints",
    "RedeemPoints", "ReferenceReused", "Rejection", "SettlePoints", "State", "account_id", "decide", "decide_item",
    "decider", "evolve", "evolve_item", "fold", "fold_item", "held", "item_decider", "item_moves", "item_of",
    "member_of", "moves",
)  # fmt: skip

State: TypeAlias = Loyalty

decider: Decider[Loyalty, Command, Facts, Event, Rejection] = Decider(Loyalty(), decide, evolve)


def fold(events: Iterable[Event]) -> Loyalty:
    """The points after *events*."""
    return decider.fold(events)


def fold_item(events: Iterable[ItemEvent]) -> Account:
    """The account after *events*."""
    return item_decider.fold(events)
