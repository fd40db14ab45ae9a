"""Whether a promotion's condition holds, and if not, everything that is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from ..money import Money
from ._amounts import Amounts, minor_in
from ._conditions import (
    All,
    AnyOf,
    Between,
    ByDelivery,
    ByPayment,
    Condition,
    DiscountedTotal,
    GoodsTotal,
    HostCondition,
    InChannel,
    InCountry,
    InGroup,
    InTier,
    Not,
    NthOrder,
    Units,
    UnitsOfOneLine,
    WeeklyHours,
    WithCoupon,
)
from ._names import KINDS
from ._promotion import HostConditionRule, Offered
from ._reasons import (
    NoAlternative,
    NotNow,
    NotTheCase,
    NotThisOrder,
    OtherCurrency,
    Reason,
    RuledOut,
    TooFewUnits,
    TotalTooLow,
)
from ._target import EVERYTHING, Target
from ._till import Till

Rules = Mapping[str, HostConditionRule]


def unmet(condition: Condition, till: Till, rules: Rules) -> tuple[Reason, ...]:
    """Every reason why *condition* does not hold now; none where it does."""
    given = till.basket.circumstances
    match condition:
        case All(conditions):
            return tuple(reason for part in conditions for reason in unmet(part, till, rules))
        case AnyOf(conditions):
            return _alternatives([unmet(part, till, rules) for part in conditions])
        case Not(negated):
            reasons = unmet(negated, till, rules)
            if not reasons:
                return (RuledOut(condition=KINDS[type(negated)]),)
            return reasons if _undecided(negated, till, rules) else ()
        case GoodsTotal(at_least=at_least, of=of):
            return _below(at_least, sum(till.listed[index] for index in till.matching(of)), till)
        case DiscountedTotal(at_least=at_least, of=of):
            return _below(at_least, sum(till.left[index] for index in till.matching(of)), till, discounted=True)
        case Units(at_least=units, of=of):
            return _fewer(units, sum(till.quantities[index] for index in till.matching(of)))
        case UnitsOfOneLine(at_least=units, of=of):
            return _fewer(units, max((till.quantities[index] for index in till.matching(of)), default=0))
        case InGroup(groups):
            return _is_one_of("customer_group", groups, given.customer_groups)
        case InTier(tiers):
            return _is_one_of("loyalty_tier", tiers, (given.loyalty_tier,))
        case NthOrder(number):
            this = None if given.completed_orders is None else given.completed_orders + 1
            return () if this == number else (NotThisOrder(number=number, found=this),)
        case InCountry(countries):
            return _is_one_of("country", countries, (till.basket.country,))
        case ByDelivery(methods):
            return _is_one_of("delivery_method", methods, (till.basket.delivery_method,))
        case ByPayment(methods):
            return _is_one_of("payment_method", methods, (given.payment_method,))
        case InChannel(channels):
            return _is_one_of("channel", channels, (given.channel,))
        case WithCoupon(campaign):
            return _is_one_of("coupon", (campaign,), given.coupons)
        case Between():
            return _within(condition, till)
        case WeeklyHours():
            return () if given.at is not None and condition.includes(given.at) else (NotNow(),)
        case HostCondition(name):
            holds = rules[name](condition, offered(till, EVERYTHING))
            return () if holds else (NotTheCase(what=name),)
        case _:
            assert_never(condition)


def _undecided(condition: Condition, till: Till, rules: Rules) -> bool:
    """Whether *condition*, which does not hold, might do so if more were known; then its opposite does not hold."""
    given = till.basket.circumstances
    match condition:
        case All(conditions):
            return all(_undecided(part, till, rules) for part in conditions if unmet(part, till, rules))
        case AnyOf(conditions):
            return any(_undecided(part, till, rules) for part in conditions)
        case Not(negated):
            return bool(unmet(negated, till, rules)) and _undecided(negated, till, rules)
        case GoodsTotal(at_least=at_least) | DiscountedTotal(at_least=at_least):
            return minor_in(at_least, till.basket.currency) is None
        case NthOrder():
            return given.completed_orders is None
        case ByDelivery():
            return till.basket.delivery_method is None
        case ByPayment():
            return given.payment_method is None
        case InChannel():
            return given.channel is None
        case Between() | WeeklyHours():
            return given.at is None
        case Units() | UnitsOfOneLine() | InGroup() | InTier() | InCountry() | WithCoupon() | HostCondition():
            return False
        case _:
            assert_never(condition)


def offered(till: Till, target: Target) -> Offered:
    """What a host's rule may look at."""
    left = {line.line: amount for line, amount in zip(till.lines, till.left, strict=True)}
    return Offered(till.basket, left, tuple(till.lines[index] for index in till.members(target)))


def _alternatives(reasons: list[tuple[Reason, ...]]) -> tuple[Reason, ...]:
    if any(not each for each in reasons):
        return ()
    return (NoAlternative(reasons=tuple(reason for each in reasons for reason in each)),)


def _below(at_least: Amounts, found: int, till: Till, *, discounted: bool = False) -> tuple[Reason, ...]:
    currency = till.basket.currency
    needed = minor_in(at_least, currency)
    if needed is None:
        return (OtherCurrency(currency=currency),)
    if found >= needed:
        return ()
    return (TotalTooLow(needed=Money(needed, currency), found=Money(found, currency), discounted=discounted),)


def _fewer(needed: int, found: int) -> tuple[Reason, ...]:
    return () if found >= needed else (TooFewUnits(needed=needed, found=found),)


def _is_one_of(what: str, wanted: tuple[str, ...], given: Iterable[str | None]) -> tuple[Reason, ...]:
    return () if any(one in wanted for one in given) else (NotTheCase(what=what, wanted=wanted),)


def _within(window: Between, till: Till) -> tuple[Reason, ...]:
    at = till.basket.circumstances.at
    begun = at is not None and (window.starts is None or at >= window.starts)
    over = at is None or (window.ends is not None and at >= window.ends)
    return () if begun and not over else (NotNow(starts=window.starts, ends=window.ends),)
