"""What happened to the coupons of an order, and to what campaigns have to give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

import attrs

from ..money import Money

__all__ = (
    "WIRE_NAMES", "AllowanceChanged", "BudgetGranted", "CodesIssued", "CouponsGivenBack", "CouponsReleased",
    "CouponsReserved", "CouponsUsed", "Event", "ItemEvent", "Use", "UsesGranted",
)  # fmt: skip


@attrs.frozen(kw_only=True)
class Use:
    """
    One use of a campaign by an order, with everything that it counts against.

    ``code`` is the shared code, or the digest of one that serves once (``single``). ``limited`` uses count against
    the campaign's uses, those with a ``customer`` (a pseudonym) against that customer's, ``budgeted`` ones count what
    they ``saved`` against the campaign's money. ``given_back`` says what a late cancellation does.
    """

    campaign: str
    code: str = attrs.field(repr=False)
    single: bool
    limited: bool
    customer: str | None
    budgeted: bool
    given_back: bool
    saved: Money


@attrs.frozen(kw_only=True)
class CouponsReserved:
    """The order was priced with these coupons, and keeps their uses and money for itself."""

    uses: tuple[Use, ...]
    at: datetime


@attrs.frozen(kw_only=True)
class CouponsUsed:
    """The order was confirmed: its uses and money are gone."""

    at: datetime


@attrs.frozen(kw_only=True)
class CouponsReleased:
    """The order ended before it was confirmed: all its uses and money are free again."""

    at: datetime


@attrs.frozen(kw_only=True)
class CouponsGivenBack:
    """The order was cancelled after it was confirmed: the uses and the money of these campaigns are back."""

    campaigns: tuple[str, ...]
    at: datetime


@attrs.frozen(kw_only=True)
class UsesGranted:
    """A campaign has so many uses more."""

    campaign: str
    uses: int
    reference: str
    at: datetime


@attrs.frozen(kw_only=True)
class BudgetGranted:
    """A campaign has so much money more to take off."""

    campaign: str
    amount: Money
    reference: str
    at: datetime


@attrs.frozen(kw_only=True)
class CodesIssued:
    """Codes that serve once each can be used; only their digests are kept."""

    campaign: str
    digests: tuple[str, ...]
    at: datetime


@attrs.frozen(kw_only=True)
class AllowanceChanged:
    """One customer has so many uses of a campaign more, or fewer where its limit was lowered."""

    campaign: str
    customer: str
    change: int
    at: datetime


Event: TypeAlias = CouponsReserved | CouponsUsed | CouponsReleased | CouponsGivenBack
ItemEvent: TypeAlias = UsesGranted | BudgetGranted | CodesIssued | AllowanceChanged

# These names are the storage format: they never change.
WIRE_NAMES: Mapping[type, str] = MappingProxyType(
    {
        CouponsReserved: "coupon.reserved.v1",
        CouponsUsed: "coupon.used.v1",
        CouponsReleased: "coupon.released.v1",
        CouponsGivenBack: "coupon.given_back.v1",
        UsesGranted: "coupon.uses_granted.v1",
        BudgetGranted: "coupon.budget_granted.v1",
        CodesIssued: "coupon.codes_issued.v1",
        AllowanceChanged: "coupon.allowance_changed.v1",
    }
)
