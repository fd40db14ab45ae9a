"""
Coupons: codes that open campaigns, how often and for how much money, and what an order uses of them.

The rules count; that two orders never get the same last use is guarded by counters, whose :func:`moves` go into the
same commit as the event. Where a move does not fit, the shortage comes back as a fact to a second ``decide``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from ..decisions import Decider
from ..identifiers import new_code
from ._campaigns import MOST_CODES, Campaign, check_campaigns
from ._claims import Claim, Given, find_claims
from ._commands import Command, Facts, ReserveCoupons, SettleCoupons
from ._decide import decide, usable
from ._events import (
    WIRE_NAMES,
    AllowanceChanged,
    BudgetGranted,
    CodesIssued,
    CouponsGivenBack,
    CouponsReleased,
    CouponsReserved,
    CouponsUsed,
    Event,
    ItemEvent,
    Use,
    UsesGranted,
)  # fmt: skip
from ._evolve import evolve
from ._items import (
    CampaignItem,
    GrantBudget,
    GrantUses,
    IssueCodes,
    ItemCommand,
    ItemFacts,
    change_allowance,
    decide_item,
    evolve_item,
    item_decider,
    item_id,
    item_moves,
    item_of,
)  # fmt: skip
from ._keys import PREFIX, budget_id, code_id, codes_id, customer_id, digest, pseudonym, uses_id
from ._queries import held, moves
from ._rejections import CouponNotUsable, ItemRejection, NoSuchLimit, ReferenceReused, Rejection, UnknownCampaign
from ._state import Coupons, UseStage

__all__ = (
    "MOST_CODES", "PREFIX", "WIRE_NAMES", "AllowanceChanged", "BudgetGranted", "Campaign", "CampaignItem", "Claim",
    "CodesIssued", "Command", "CouponNotUsable", "Coupons", "CouponsGivenBack", "CouponsReleased", "CouponsReserved",
    "CouponsUsed", "Event", "Facts", "Given", "GrantBudget", "GrantUses", "IssueCodes", "ItemCommand", "ItemEvent",
    "ItemFacts", "ItemRejection", "NoSuchLimit", "ReferenceReused", "Rejection", "ReserveCoupons", "SettleCoupons",
    "State", "UnknownCampaign", "Use", "UseStage", "UsesGranted", "budget_id", "change_allowance", "check_campaigns",
    "code_id", "codes_id", "customer_id", "decide", "decide_item", "decider", "digest", "evolve", "evolve_item",
    "find_claims", "fold", "fold_item", "held", "item_decider", "item_id", "item_moves", "item_of", "moves",
    "new_code", "pseudonym", "usable", "uses_id",
)  # fmt: skip

State: TypeAlias = Coupons

decider: Decider[Coupons, Command, Facts, Event, Rejection] = Decider(Coupons(), decide, evolve)


def fold(events: Iterable[Event]) -> Coupons:
    """The coupons after *events*."""
    return decider.fold(events)


def fold_item(events: Iterable[ItemEvent]) -> CampaignItem:
    """The item after *events*."""
    return item_decider.fold(events)
