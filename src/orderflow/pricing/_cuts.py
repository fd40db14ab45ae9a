"""What a promotion takes off the goods and deliveries as they stand: one function for each kind of benefit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import assert_never

from ..errors import InvalidInputError
from ..money import Money
from ._amounts import Amounts, minor_in
from ._benefits import (
    AmountTier,
    BundlePrice,
    BuyGet,
    DeliveryAmount,
    DeliveryPercent,
    DeliveryPrice,
    FirstAndFurther,
    FreeDelivery,
    Gift,
    GroupDeal,
    HostBenefit,
    LineAmount,
    LineAmountByValue,
    LinePercent,
    LinePercentByTotal,
    LinePercentByUnits,
    OrderAmount,
    OrderAndDelivery,
    OrderPercent,
    OrderPrice,
    PerCompleteGroup,
    SetPrice,
    UnitAmount,
    UnitPrice,
)
from ._deals import bundle_price, buy_get, gift, group_deal, set_price
from ._eligibility import offered
from ._percent import WHOLE, Percent
from ._policy import PercentBase, Pick, Rounding
from ._promotion import HostBenefitRule, Promotion
from ._reasons import NothingToReduce, OtherCurrency, Reason, TooFewUnits, TotalTooLow
from ._shares import rounded, share_capped
from ._till import Cuts, Till

Members = Sequence[int]
NOTHING = NothingToReduce()


def cut(promotion: Promotion, till: Till, rules: Mapping[str, HostBenefitRule]) -> Cuts | Reason:
    """What *promotion* takes now, or why it takes nothing; its condition is not asked."""
    benefit = promotion.benefit
    members = till.members(promotion.target)
    match benefit:
        case LinePercent():
            return _line_percent(benefit, members, till)
        case OrderPercent():
            return _order_percent(benefit, members, till)
        case OrderAmount(amount=amount):
            return _in_currency(amount, till, lambda minor: _off_order(minor, members, till))
        case OrderPrice(price=price):
            worth = sum(till.left[index] for index in members)
            return _in_currency(price, till, lambda minor: _off_order(max(worth - minor, 0), members, till))
        case LineAmount(amount=amount):
            return _in_currency(amount, till, lambda minor: _off_lines(dict.fromkeys(members, minor), till))
        case UnitAmount(amount=amount):
            units = _picked(members, benefit.max_units, benefit.max_units_per_line, benefit.pick, till)
            return _in_currency(amount, till, lambda minor: _off_units(units, minor, till))
        case UnitPrice(price=price):
            return _in_currency(price, till, lambda minor: _unit_price(minor, members, till))
        case FirstAndFurther():
            return _first_and_further(benefit, members, till)
        case LineAmountByValue():
            return _line_amount_by_value(benefit, members, till)
        case LinePercentByTotal():
            return _line_percent_by_total(benefit, members, till)
        case LinePercentByUnits():
            return _line_percent_by_units(benefit, members, till)
        case PerCompleteGroup():
            return _per_complete_group(benefit, members, till)
        case BundlePrice(price=price):
            return _in_currency(price, till, lambda minor: bundle_price(benefit, minor, members, till))
        case GroupDeal():
            return group_deal(benefit, members, till)
        case BuyGet():
            return buy_get(benefit, till)
        case SetPrice(price=price):
            return _in_currency(price, till, lambda minor: set_price(benefit, minor, till))
        case Gift():
            return gift(benefit, till)
        case HostBenefit(name):
            return _host_benefit(benefit, rules[name], promotion, till)
        case DeliveryPercent(percent=percent, methods=methods):
            return _off_delivery(methods, till, lambda left, price: _share_of(_base(left, price, till), percent, till))
        case DeliveryAmount():
            return _in_currency(benefit.amount, till, lambda minor: _delivery_amount(benefit, minor, till))
        case DeliveryPrice(price=amount, methods=methods):
            return _in_currency(
                amount, till, lambda minor: _off_delivery(methods, till, lambda left, _: max(left - minor, 0))
            )
        case FreeDelivery(methods=methods):
            return _off_delivery(methods, till, lambda left, _: left)
        case OrderAndDelivery():
            return _order_and_delivery(benefit, members, till)
        case _:
            assert_never(benefit)


def _in_currency(amounts: Amounts, till: Till, give: Callable[[int], Cuts | Reason]) -> Cuts | Reason:
    minor = minor_in(amounts, till.basket.currency)
    return OtherCurrency(currency=till.basket.currency) if minor is None else give(minor)


def _base(left: int, listed: int, till: Till) -> int:
    return left if till.policy.percent_base is PercentBase.REMAINING else listed


def _share_of(base: int, percent: Percent, till: Till) -> int:
    return rounded(base * percent.millionths, WHOLE, till.policy.rounding)


def _given(goods: dict[int, int]) -> Cuts | Reason:
    return Cuts(goods) if goods else NOTHING


def _off_order(wanted: int, members: Members, till: Till) -> Cuts | Reason:
    caps = [till.room(index) for index in members]
    shares = share_capped(wanted, till.weights(members), caps, till.policy.allocation, till.policy.rounding)
    return _given({index: share for index, share in zip(members, shares, strict=True) if share})


def _order_percent(benefit: OrderPercent, members: Members, till: Till) -> Cuts | Reason:
    base = sum(_base(till.left[index], till.listed[index], till) for index in members)
    wanted = _share_of(base, benefit.percent, till)
    if not benefit.at_most:
        return _off_order(wanted, members, till)
    return _in_currency(benefit.at_most, till, lambda most: _off_order(min(wanted, most), members, till))


def _off_lines(wanted: Mapping[int, int], till: Till) -> Cuts | Reason:
    limited = {index: min(amount, till.room(index)) for index, amount in wanted.items()}
    return _given({index: amount for index, amount in limited.items() if amount})


def _line_percent(benefit: LinePercent, members: Members, till: Till) -> Cuts | Reason:
    if benefit.max_units is None and benefit.max_units_per_line is None and not benefit.by_unit:
        given = _percent_off_lines(benefit.percent, members, till)
    else:
        units = _picked(members, benefit.max_units, benefit.max_units_per_line, benefit.pick, till)
        given = _percent_off(benefit.percent, units, till, by_unit=benefit.by_unit)
    if benefit.at_most and isinstance(given, Cuts):
        goods = given.goods
        return _in_currency(benefit.at_most, till, lambda most: _capped(goods, most, till))
    return given


def _percent_off_lines(percent: Percent, members: Members, till: Till) -> Cuts | Reason:
    # The commonest promotion: written out, because it runs for every line of every basket.
    left, floors, policy = till.left, till.floors, till.policy
    base = left if policy.percent_base is PercentBase.REMAINING else till.listed
    millionths, goods = percent.millionths, {}
    if policy.rounding is Rounding.HALF_UP:
        twice = 2 * millionths
        for index in members:
            amount = (base[index] * twice + WHOLE) // (2 * WHOLE)
            room = left[index] - floors[index]
            if amount > room:  # noqa: PLR1730 min() takes three times as long
                amount = room
            if amount > 0:
                goods[index] = amount
        return Cuts(goods) if goods else NOTHING
    return _off_lines({index: _share_of(base[index], percent, till) for index in members}, till)


def _percent_off(percent: Percent, units: Mapping[int, int], till: Till, *, by_unit: bool = False) -> Cuts | Reason:
    wanted = {}
    for index, count in units.items():
        of = till.quantities[index]
        base = _base(till.left[index], till.listed[index], till) * percent.millionths
        whole = count if by_unit else 1
        amount = whole * rounded(base * count // whole, of * WHOLE, till.policy.rounding)
        wanted[index] = min(amount, till.room(index) * count // of)
    return _off_lines(wanted, till)


def _capped(goods: Mapping[int, int], most: int, till: Till) -> Cuts | Reason:
    if sum(goods.values()) <= most:
        return Cuts(goods)
    # By what is left, but no line gets more for the cap than it would get without.
    shares = share_capped(most, till.weights(goods), [*goods.values()], till.policy.allocation, till.policy.rounding)
    return _given({index: share for index, share in zip(goods, shares, strict=True) if share})


def _picked(
    members: Members, most: int | None, most_per_line: int | None, pick: Pick | None, till: Till
) -> dict[int, int]:
    """So many units of each line, the cheapest or dearest lines first."""
    counts = {index: min(till.quantities[index], most_per_line or till.quantities[index]) for index in members}
    if most is None:
        return counts
    sign = 1 if (pick or till.policy.pick) is Pick.CHEAPEST else -1
    chosen = {}
    for index in sorted(counts, key=lambda index: (sign * Fraction(till.left[index], till.quantities[index]), index)):
        if chosen_here := min(counts[index], most):
            chosen[index] = chosen_here
            most -= chosen_here
    return chosen


def _unit_prices(index: int, count: int, till: Till) -> tuple[tuple[int, int], ...]:
    """``(price above the floor, units)`` of the first *count* units of a line."""
    price, dearer = divmod(till.left[index], till.quantities[index])
    above, first = price - till.unit_floors[index], min(dearer, count)
    return ((max(above + 1, 0), first), (max(above, 0), count - first))


def _off_units(units: Mapping[int, int], amount: int, till: Till) -> Cuts | Reason:
    wanted = {
        index: sum(min(amount, above) * count for above, count in _unit_prices(index, count, till))
        for index, count in units.items()
    }
    return _off_lines(wanted, till)


def _unit_price(price: int, members: Members, till: Till) -> Cuts | Reason:
    wanted = {}
    for index in members:
        above_price = max(price - till.unit_floors[index], 0)
        of = till.quantities[index]
        wanted[index] = sum(max(above - above_price, 0) * count for above, count in _unit_prices(index, of, till))
    return _off_lines(wanted, till)


def _first_and_further(benefit: FirstAndFurther, members: Members, till: Till) -> Cuts | Reason:
    first, further = (minor_in(each, till.basket.currency) for each in (benefit.first, benefit.further))
    if first is None or further is None:
        return OtherCurrency(currency=till.basket.currency)
    wanted = {}
    for index in members:
        count = min(till.quantities[index], benefit.max_units or till.quantities[index])
        prices = _unit_prices(index, count, till)
        top = prices[0][0] if prices[0][1] else prices[1][0]
        every = sum(min(further, above) * units for above, units in prices)
        wanted[index] = every - min(further, top) + min(first, top)
    return _off_lines(wanted, till)


def _line_amount_by_value(benefit: LineAmountByValue, members: Members, till: Till) -> Cuts | Reason:
    currency = till.basket.currency
    tiers = [tier for tier in benefit.tiers if tier.amount.currency == currency]
    base = minor_in(benefit.base, currency)
    if base is None and not tiers:
        return OtherCurrency(currency=currency)
    return _off_lines({index: _tier_amount(tiers, base or 0, till.left[index]) for index in members}, till)


def _tier_amount(tiers: list[AmountTier], base: int, value: int) -> int:
    reached = [tier for tier in tiers if tier.threshold.minor <= value]
    return max(reached, key=lambda tier: tier.threshold.minor).amount.minor if reached else base


def _line_percent_by_total(benefit: LinePercentByTotal, members: Members, till: Till) -> Cuts | Reason:
    total, currency = sum(till.listed), till.basket.currency
    known = [(minor_in(tier.threshold, currency), tier.percent) for tier in benefit.tiers]
    tiers = sorted(((threshold, percent) for threshold, percent in known if threshold is not None), key=_threshold)
    reached = [percent for threshold, percent in tiers if threshold <= total]
    if not (reached or benefit.base.millionths) and tiers:
        return TotalTooLow(needed=Money(tiers[0][0], currency), found=Money(total, currency))
    return _percent_off_lines(reached[-1] if reached else benefit.base, members, till)


def _threshold(tier: tuple[int, Percent]) -> int:
    return tier[0]


def _line_percent_by_units(benefit: LinePercentByUnits, members: Members, till: Till) -> Cuts | Reason:
    count = sum(till.quantities[index] for index in members)
    tiers = sorted(benefit.tiers, key=lambda tier: tier.units)
    reached = [tier.percent for tier in tiers if tier.units <= count]
    if not (reached or benefit.base.millionths) and tiers:
        return TooFewUnits(needed=tiers[0].units, found=count)
    return _percent_off_lines(reached[-1] if reached else benefit.base, members, till)


def _per_complete_group(benefit: PerCompleteGroup, members: Members, till: Till) -> Cuts | Reason:
    count = sum(till.quantities[index] for index in members)
    if not members or count < benefit.size:
        return TooFewUnits(needed=benefit.size, found=count)
    grouped, units = count - count % benefit.size, {}
    for index in sorted(members, key=lambda index: (-till.quantities[index], index)):
        units[index] = min(till.quantities[index], grouped)
        grouped -= units[index]
    if benefit.amount:
        return _in_currency(benefit.amount, till, lambda minor: _off_units(units, minor, till))
    return _percent_off(benefit.percent, units, till)


def _host_benefit(benefit: HostBenefit, rule: HostBenefitRule, promotion: Promotion, till: Till) -> Cuts | Reason:
    given = dict(rule(benefit, offered(till, promotion.target)))
    places = {till.lines[index].line: index for index in till.members(promotion.target)}
    for line, amount in given.items():
        if line not in places or type(amount) is not int or amount < 0:
            raise InvalidInputError(
                f"host_benefits[{benefit.name}]", "expected whole minor units of zero or more, by lines of the target"
            )
    return _off_lines({places[line]: amount for line, amount in given.items()}, till)


def _off_delivery(methods: tuple[str, ...], till: Till, amount: Callable[[int, int], int]) -> Cuts | Reason:
    wanted = {
        method: min(amount(till.delivery[method], charge.price), till.delivery[method])
        for method, charge in till.charges.items()
        if not methods or method in methods
    }
    given = {method: minor for method, minor in wanted.items() if minor}
    return Cuts(delivery=given) if given else NOTHING


def _delivery_amount(benefit: DeliveryAmount, amount: int, till: Till) -> Cuts | Reason:
    if not benefit.across:
        return _off_delivery(benefit.methods, till, lambda left, _: min(amount, left))
    meant = [method for method in till.charges if not benefit.methods or method in benefit.methods]
    left = [till.delivery[method] for method in meant]
    shares = share_capped(amount, left, left, till.policy.allocation, till.policy.rounding)
    given = {method: share for method, share in zip(meant, shares, strict=True) if share}
    return Cuts(delivery=given) if given else NOTHING


def _order_and_delivery(benefit: OrderAndDelivery, members: Members, till: Till) -> Cuts | Reason:
    if benefit.amount:
        return _in_currency(benefit.amount, till, lambda minor: _off_everything(minor, members, till))
    base = sum(_base(till.left[index], till.listed[index], till) for index in members)
    for charge in till.charges.values():
        if charge.method == till.basket.delivery_method:
            base += _base(till.delivery[charge.method], charge.price, till)
    return _off_everything(_share_of(base, benefit.percent, till), members, till)


def _off_everything(wanted: int, members: Members, till: Till) -> Cuts | Reason:
    chosen = [method for method in till.delivery if method == till.basket.delivery_method]
    shares = share_capped(
        wanted,
        [*till.weights(members), *map(till.delivery_weight, chosen)],
        [*map(till.room, members), *(till.delivery[method] for method in chosen)],
        till.policy.allocation,
        till.policy.rounding,
    )
    goods = {index: share for index, share in zip(members, shares, strict=False) if share}
    off = {method: shares[-1] for method in chosen if shares[-1]}
    return Cuts(goods, delivery=off) if goods or off else NOTHING
