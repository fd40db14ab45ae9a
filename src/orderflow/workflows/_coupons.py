"""Coupons on their way through an order: priced with, reserved, and settled with the order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import attrs

from .. import coupons, pricing
from ..counters import Shortage
from ..coupons import Claim, CouponNotUsable
from ..decisions import Rejected
from ..money import Money, total_of
from ..orders import NoOrder, OrderStage
from ._file import OrderFile
from ._policy import Policy
from ._reactions import Reaction, by_system

__all__ = ("coupon_facts", "refused_coupons", "reserve", "settle_coupons", "usable_claims", "with_coupons")


def usable_claims(claims: tuple[Claim, ...], at: datetime, shortages: tuple[Shortage, ...]) -> tuple[Claim, ...]:
    """Those that no counter was short of in a first attempt."""
    return coupons.usable(coupons.Facts(at=at, claims=claims, shortages=shortages)) if shortages else claims


def with_coupons(given: pricing.Circumstances, policy: Policy, claims: tuple[Claim, ...] = ()) -> pricing.Circumstances:
    """The circumstances with the campaigns that were opened; those that the shop has are opened by codes only."""
    if not policy.campaigns:
        return given
    own = {campaign.id for campaign in policy.campaigns}
    others = (campaign for campaign in given.coupons if campaign not in own)
    opened = tuple(dict.fromkeys((*others, *(claim.campaign.id for claim in claims))))
    return given if opened == given.coupons else attrs.evolve(given, coupons=opened)


def coupon_facts(
    quote: pricing.Quote | Rejected[pricing.Rejection] | None,
    *,
    at: datetime,
    policy: Policy,
    claims: tuple[Claim, ...] = (),
    shortages: tuple[Shortage, ...] = (),
    file: OrderFile | None = None,
) -> coupons.Facts:
    """What the rules of coupons need."""
    saved = _saved(quote, policy, claims) if claims and isinstance(quote, pricing.Quote) else ()
    stage = None if file is None or isinstance(file.orders, NoOrder) else file.order.stage
    return coupons.Facts(
        at=at,
        claims=claims,
        saved=tuple(saved),
        shortages=shortages,
        confirmed=stage is OrderStage.CONFIRMED,
        cancelled=stage is OrderStage.CANCELLED,
    )


def refused_coupons(codes: tuple[str, ...], facts: coupons.Facts) -> tuple[CouponNotUsable, ...]:
    """Those of the codes that cannot be used, each once."""
    if not codes:
        return ()
    decision = coupons.decide(coupons.ReserveCoupons(order="", codes=codes), coupons.Coupons(), facts)
    return decision.reasons if isinstance(decision, Rejected) else ()


def _saved(quote: pricing.Quote, policy: Policy, claims: tuple[Claim, ...]) -> Iterator[tuple[str, Money]]:
    """What the promotions of each campaign took off; one that asks for two campaigns counts for both."""
    asked = {promotion.id: {*_campaigns(promotion.condition)} for promotion in policy.promotions.promotions}
    for name in dict.fromkeys(claim.campaign.id for claim in claims):
        amounts = (applied.amount for applied in quote.applied if name in asked.get(applied.promotion, ()))
        yield name, total_of(amounts, quote.currency)


def _campaigns(condition: pricing.Condition, *, wanted: bool = True) -> Iterable[str]:
    """The campaigns that open a promotion; one that must not be there opens nothing."""
    match condition:
        case pricing.WithCoupon() if wanted:
            yield condition.campaign
        case pricing.Not():
            yield from _campaigns(condition.condition, wanted=not wanted)
        case pricing.All() | pricing.AnyOf():
            for part in condition.conditions:
                yield from _campaigns(part, wanted=wanted)
        case _:
            pass


def reserve(file: OrderFile, claims: tuple[Claim, ...]) -> Iterable[Reaction]:
    """A new order keeps the uses and the money with which it was priced."""
    if claims:
        yield by_system(coupons.ReserveCoupons, file, codes=tuple(claim.typed for claim in claims))


def settle_coupons(file: OrderFile) -> Iterable[Reaction]:
    """What became of the order becomes of its coupons."""
    if file.coupons.uses:
        yield by_system(coupons.SettleCoupons, file)
