"""
Where the concepts meet: reactions, guards and verification, all pure.

``plan(command, file, context)`` is a whole unit of work as a value; a shop only has to store it.
"""

from __future__ import annotations

from ._balance import authorised, due, gone, is_cash_on_delivery, is_settled, not_supplied, owed, surplus
from ._cards import BLOCKED, CardEntry, accounts
from ._commands import Command, Rejection
from ._coupons import coupon_facts, refused_coupons, with_coupons
from ._facts import (
    WITHDRAWAL_INFORMATION,
    Context,
    in_shop,
    pick_lists,
    store_credit,
    unsettled,
)
from ._file import Event, OrderFile, concept_of, evolve, fold, split, wire_names
from ._lookups import awaits, bought_by, sought
from ._obtainable import obtainable
from ._person import reads_person
from ._plan import OUTSIDE, Plan, Planned, plan, plan_timer
from ._policy import PROCESS, PaymentMethod, Policy
from ._requests import MESSAGES, TIMERS, Request, RequestKind
from ._shortages import is_on_offer, price_change
from ._status import Status, status
from ._verification import demand, verdicts

__all__ = (
    "BLOCKED",
    "MESSAGES",
    "OUTSIDE",
    "PROCESS",
    "TIMERS",
    "WITHDRAWAL_INFORMATION",
    "CardEntry",
    "Command",
    "Context",
    "Event",
    "OrderFile",
    "PaymentMethod",
    "Plan",
    "Planned",
    "Policy",
    "Rejection",
    "Request",
    "RequestKind",
    "Status",
    "accounts",
    "authorised",
    "awaits",
    "bought_by",
    "concept_of",
    "coupon_facts",
    "demand",
    "due",
    "evolve",
    "fold",
    "gone",
    "in_shop",
    "is_cash_on_delivery",
    "is_on_offer",
    "is_settled",
    "not_supplied",
    "obtainable",
    "owed",
    "pick_lists",
    "plan",
    "plan_timer",
    "price_change",
    "reads_person",
    "refused_coupons",
    "sought",
    "split",
    "status",
    "store_credit",
    "surplus",
    "unsettled",
    "verdicts",
    "wire_names",
    "with_coupons",
)
