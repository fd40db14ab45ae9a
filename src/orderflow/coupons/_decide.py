"""The rules of an order's coupons: reserved once, used once, and back at most once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, assert_never

from ..counters import MoveKind
from ..decisions import Accepted, Rejected
from ._claims import Claim, counts
from ._commands import Command, Facts, ReserveCoupons, SettleCoupons
from ._events import CouponsGivenBack, CouponsReleased, CouponsReserved, CouponsUsed, Event, Use
from ._rejections import CouponNotUsable, Rejection
from ._state import Coupons, UseStage

__all__ = ("decide", "usable")

_Decision: TypeAlias = Accepted[Event] | Rejected[Rejection]


def decide(command: Command, state: Coupons, facts: Facts) -> _Decision:
    """Events that follow from *command*, or every reason why not."""
    match command:
        case ReserveCoupons():
            return _reserve(command, state, facts)
        case SettleCoupons():
            return _settle(state, facts)
        case _:
            assert_never(command)


def usable(facts: Facts) -> tuple[Claim, ...]:
    """The claims that no counter was short of; of several codes of one campaign, the first one counts."""
    short = {shortage.key for shortage in facts.shortages if shortage.kind is MoveKind.HOLD}
    return tuple(claim for claim in facts.claims if not short & {*claim.keys})


def _reserve(command: ReserveCoupons, state: Coupons, facts: Facts) -> _Decision:
    if state.uses:
        return Accepted()
    uses = {use.campaign: use for use in _uses(facts)}
    short = {shortage.key for shortage in facts.shortages if shortage.kind is MoveKind.HOLD}
    good = {
        claim.typed
        for claim in usable(facts)
        if (use := uses.get(claim.campaign.id)) is None or not (_beyond(claim, use) or short & dict(counts(use)).keys())
    }
    refused = tuple(CouponNotUsable(code) for code in dict.fromkeys(command.codes) if code not in good)
    if refused:
        return Rejected(refused)
    return Accepted((CouponsReserved(uses=tuple(uses.values()), at=facts.at),) if uses else ())


def _beyond(claim: Claim, use: Use) -> bool:
    return claim.budget is not None and use.saved.minor > claim.budget


def _uses(facts: Facts) -> Iterable[Use]:
    saved, seen = dict(facts.saved), set[str]()
    for claim in usable(facts):
        campaign = claim.campaign
        amount = saved.get(campaign.id)
        if campaign.id in seen or amount is None or amount.minor <= 0:
            continue
        seen.add(campaign.id)
        yield Use(
            campaign=campaign.id,
            code=claim.code,
            single=claim.single,
            limited=campaign.limited,
            customer=claim.customer,
            budgeted=campaign.budgeted,
            given_back=campaign.given_back,
            saved=amount,
        )


def _settle(state: Coupons, facts: Facts) -> _Decision:
    match state.stage:
        case UseStage.RESERVED if facts.cancelled:
            return Accepted((CouponsReleased(at=facts.at),))
        case UseStage.RESERVED if facts.confirmed:
            return Accepted((CouponsUsed(at=facts.at),))
        case UseStage.USED if facts.cancelled and (back := _to_give_back(state)):
            return Accepted((CouponsGivenBack(campaigns=back, at=facts.at),))
        case _:
            return Accepted()


def _to_give_back(state: Coupons) -> tuple[str, ...]:
    return tuple(use.campaign for use in state.uses if use.given_back and use.campaign not in state.given_back)
