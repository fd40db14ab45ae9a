"""From the codes that somebody typed to what each of them opens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import attrs

from ..pricing import normal_code
from ._campaigns import Campaign
from ._events import Use
from ._keys import budget_id, code_id, customer_id, digest, pseudonym, uses_id

__all__ = ("Claim", "Given", "find_claims")

Available = Callable[[str], int]
"""How much of a counter nobody holds; 0 where there is none."""


@attrs.frozen(kw_only=True)
class Claim:
    """
    A code that can be used as far as is known before the order is priced.

    ``typed`` is the code as it was given; ``customer`` a pseudonym, where each has a limit; ``budget`` the money that
    is left, in minor units of the order's currency (None: without limit).
    """

    typed: str = attrs.field(repr=False)
    code: str = attrs.field(repr=False)
    single: bool
    campaign: Campaign
    customer: str | None = None
    budget: int | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The counters of its uses, its code and its customer."""
        name = self.campaign.id
        keys = (
            uses_id(name) if self.campaign.limited else None,
            code_id(name, self.code) if self.single else None,
            None if self.customer is None else customer_id(name, self.customer),
        )
        return tuple(key for key in keys if key is not None)


@attrs.frozen(kw_only=True)
class Given:
    """What codes are looked at with: who gave them, when, and in which currency the order is."""

    codes: tuple[str, ...] = attrs.field(repr=False)
    customer: str | None
    currency: str
    at: datetime


def find_claims(given: Given, campaigns: Sequence[Campaign], available: Available) -> tuple[Claim, ...]:
    """
    The codes that can be used, in the order in which they were given.

    All counters are asked before any code is looked at, so that how long an answer takes says nothing about a code.
    """
    running = (campaign for campaign in campaigns if campaign.runs(given.at))
    standing = [(campaign, _standing(campaign, given, available)) for campaign in running]
    claims = (_claim(typed, standing, available) for typed in given.codes)
    return tuple(claim for claim in claims if claim is not None)


@attrs.frozen
class _Standing:
    is_open: bool
    customer: str | None
    budget: int | None


def _standing(campaign: Campaign, given: Given, available: Available) -> _Standing:
    customer = None
    if campaign.uses_per_customer is not None and given.customer is not None:
        customer = pseudonym(campaign.id, given.customer)
    budget = available(budget_id(campaign.id, given.currency)) if campaign.budgeted else None
    limits = (
        available(uses_id(campaign.id)) if campaign.limited else 1,
        0 if campaign.uses_per_customer is not None and customer is None else 1,
        1 if customer is None else available(customer_id(campaign.id, customer)),
        1 if budget is None else budget,
    )
    return _Standing(min(limits) > 0, customer, budget)


def _claim(typed: str, standing: Iterable[tuple[Campaign, _Standing]], available: Available) -> Claim | None:
    code, hidden = normal_code(typed), digest(typed)
    found: Claim | None = None
    for campaign, stands in standing:
        is_single = campaign.single_codes and available(code_id(campaign.id, hidden)) > 0
        is_shared = campaign.shares(code)
        if found is None and stands.is_open and (is_single or is_shared):
            found = Claim(
                typed=typed,
                code=code if is_shared else hidden,
                single=not is_shared,
                campaign=campaign,
                customer=stands.customer,
                budget=stands.budget,
            )
    return found


def counts(use: Use) -> tuple[tuple[str, int], ...]:
    """The counters that a use counts against, each with how much."""
    found = (
        (uses_id(use.campaign) if use.limited else None, 1),
        (code_id(use.campaign, use.code) if use.single else None, 1),
        (None if use.customer is None else customer_id(use.campaign, use.customer), 1),
        (budget_id(use.campaign, use.saved.currency) if use.budgeted else None, use.saved.minor),
    )
    return tuple((key, count) for key, count in found if key is not None)
