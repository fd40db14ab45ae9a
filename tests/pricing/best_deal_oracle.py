"""
What a best deal saves, found the plain way: every unit by itself, and every way to give units to promotions.

Nothing of the search is used here. A *use* is what one application of a promotion takes: a set of single units, and
what it saves on them, as the promotion's documentation says. Whatever applies only as a whole is asked what it takes
when it is the only promotion of the shop. Exponential, so for a handful of units only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import combinations, permutations
from math import floor

import attrs

from orderflow import pricing as p
from orderflow.money import Money

from .promotion_strategies import Shop

Saves = dict[int, int]
"""What is saved at most by exactly these units, which are bits of a number."""


@attrs.frozen
class Unit:
    """One single thing in the basket; ``bit`` is its place among all."""

    bit: int
    line: p.BasketLine

    @property
    def price(self) -> int:
        return self.line.unit_price.minor

    @property
    def room(self) -> int:
        """What may be taken off it."""
        return max(self.price - (self.line.floor.minor if self.line.floor else 0), 0)


@attrs.frozen
class Use:
    """One application; ``kind`` tells apart what is limited by line."""

    bits: int
    saving: int


def best_saving(shop: Shop) -> int:
    """The most that competing promotions can save together, or one of them as it would apply by itself."""
    units = [
        Unit(1 << place, line)
        for place, line in enumerate(line for line in shop.basket.lines for _ in range(line.quantity))
    ]
    alone = {each.id: _alone(shop, each) for each in shop.promotions.promotions}
    groups: dict[str, list[Saves]] = {}
    most = 0
    for each in shop.promotions.promotions:
        applied = alone[each.id] or p.Applied(each.id, Money(0, shop.basket.currency))
        ways = _by_promotion(each, units, shop, applied)
        most = max(most, applied.amount.minor, *ways.values())
        if not each.exclusive:
            groups.setdefault(each.group or f"only {each.id}", []).append(ways)
    together: Saves = {0: 0}
    for members in groups.values():
        together = _joined(together, _either(members))
    return max(most, *together.values())


def _alone(shop: Shop, promotion: p.Promotion) -> p.Applied | None:
    only = attrs.evolve(promotion, exclusive=False, stop=False, group="")
    quote = shop.having(only).combining(p.Stacking.SEQUENTIAL).price()
    return quote.applied[0] if quote.applied else None


def _either(members: Iterable[Saves]) -> Saves:
    found: Saves = {}
    for saves in members:
        for bits, saving in saves.items():
            found[bits] = max(found.get(bits, 0), saving)
    return found


def _joined(one: Saves, other: Saves) -> Saves:
    found: Saves = {}
    for bits, saving in one.items():
        for more, further in other.items():
            if not bits & more:
                found[bits | more] = max(found.get(bits | more, 0), saving + further)
    return found


def _by_promotion(promotion: p.Promotion, units: list[Unit], shop: Shop, alone: p.Applied) -> Saves:
    """All that several uses of one promotion can do together."""
    found: Saves = {}
    uses = sorted(
        {use.bits: use for use in sorted(_uses(promotion, units, shop, alone), key=_saving)}.values(), key=_bits
    )
    most, per_line = _limits(promotion.benefit)

    def add(place: int, bits: int, saving: int, count: int) -> None:
        found[bits] = max(found.get(bits, 0), saving)
        if count == most:
            return
        for further in range(place, len(uses)):
            use = uses[further]
            if not use.bits & bits and (per_line is None or _within(use.bits | bits, units, per_line)):
                add(further + 1, use.bits | bits, saving + use.saving, count + 1)

    add(0, 0, 0, 0)
    return found


def _saving(use: Use) -> int:
    return use.saving


def _bits(use: Use) -> int:
    return use.bits


def _within(bits: int, units: list[Unit], most: int) -> bool:
    lines = [unit.line.line for unit in units if unit.bit & bits]
    return all(lines.count(line) <= most for line in set(lines))


def _limits(benefit: p.Benefit) -> tuple[int | None, int | None]:
    """How many uses there are together, and how many units of one line."""
    match benefit:
        case p.LinePercent() | p.UnitAmount():
            return benefit.max_units, benefit.max_units_per_line
        case p.GroupDeal(effect=p.NthFree(overall=True)) | p.BundlePrice():
            return 1, None
        case p.GroupDeal():
            return benefit.max_groups, None
        case p.BuyGet() | p.SetPrice():
            return benefit.times, None
        case p.Gift():
            return benefit.units, None
        case _:
            return None, None


def _uses(promotion: p.Promotion, units: list[Unit], shop: Shop, alone: p.Applied) -> Iterator[Use]:
    benefit, goods = promotion.benefit, _of(promotion.target, units)
    match benefit:
        case p.LinePercent(at_most=()):
            yield from (_single(unit, _percent(unit.price, benefit.percent, shop)) for unit in goods)
            if benefit.max_units is None and benefit.max_units_per_line is None:
                yield from _whole_lines(alone, units)
        case p.UnitAmount(amount=amount):
            yield from (_single(unit, _minor(amount, shop)) for unit in goods)
        case p.UnitPrice(price=price):
            yield from (_single(unit, unit.price - _minor(price, shop)) for unit in goods)
        case p.LineAmount() | p.LineAmountByValue() | p.FirstAndFurther():
            yield from _whole_lines(alone, units)
        case p.LinePercentByTotal() | p.LinePercentByUnits():
            yield from _whole_lines(alone, units)
        case p.GroupDeal(effect=effect) if not (isinstance(effect, p.NthFree) and effect.overall):
            for group in combinations(goods, benefit.size):
                yield _group(effect, group, shop)
        case p.BuyGet():
            yield from _bought_and_got(benefit, units, shop)
        case p.SetPrice():
            yield from _sets(benefit, units, shop)
        case p.Gift():
            yield from (_single(unit, unit.price) for unit in _of(p.Target(skus=(benefit.sku,)), units))
        case p.GroupDeal() | p.BundlePrice():
            yield from _consumed(benefit, goods, alone)
        case _:
            lines = dict(alone.lines)
            yield Use(sum(unit.bit for unit in units if unit.line.line in lines), sum(lines.values()))


def _of(target: p.Target, units: Iterable[Unit]) -> list[Unit]:
    return [unit for unit in units if unit.line.discountable and target.includes(unit.line)]


def _minor(given: tuple[Money, ...], shop: Shop) -> int:
    return next(amount.minor for amount in given if amount.currency == shop.basket.currency)


def _percent(amount: int, percent: p.Percent, shop: Shop) -> int:
    exact = Fraction(amount * percent.millionths, 1_000_000)
    whole, rest = floor(exact), exact - floor(exact)
    match shop.policy.rounding:
        case p.Rounding.HALF_UP:
            return whole + (rest >= Fraction(1, 2))
        case p.Rounding.HALF_DOWN:
            return whole + (rest > Fraction(1, 2))
        case p.Rounding.HALF_EVEN:
            return round(exact)
        case p.Rounding.DOWN:
            return whole


def _single(unit: Unit, saving: int) -> Use:
    return Use(unit.bit, max(min(saving, unit.room), 0))


def _use(taken: Iterable[Unit], cheaper: Iterable[Unit], saving: int) -> Use:
    """Nothing goes below a floor: what does not fit on the units that become cheaper is not given."""
    return Use(sum(unit.bit for unit in taken), max(min(saving, sum(unit.room for unit in cheaper)), 0))


def _whole_lines(alone: p.Applied, units: Iterable[Unit]) -> Iterator[Use]:
    for line, amount in alone.lines:
        yield Use(sum(unit.bit for unit in units if unit.line.line == line), amount)


def _worth(units: Iterable[Unit]) -> int:
    return sum(unit.price for unit in units)


def _group(effect: p.GroupEffect, group: tuple[Unit, ...], shop: Shop) -> Use:
    match effect:
        case p.PercentOffGroup(percent=percent):
            return _use(group, group, _percent(_worth(group), percent, shop))
        case p.AmountOffGroup(amount=amount):
            return _use(group, group, _minor(amount, shop))
        case p.GroupPrice(price=price):
            return _use(group, group, _worth(group) - _minor(price, shop))
        case p.GroupUnitPrice(price=price):
            above = (min(unit.price - _minor(price, shop), unit.room) for unit in group)
            return Use(sum(unit.bit for unit in group), sum(max(each, 0) for each in above))
        case p.NthFree(nth=nth):
            free = sorted(group, key=_place)[nth - 1]
            return _use(group, [free], free.price)


def _place(unit: Unit) -> tuple[int, str]:
    return unit.price, unit.line.line


def _bought_and_got(benefit: p.BuyGet, units: list[Unit], shop: Shop) -> Iterator[Use]:
    buy, get = _of(benefit.buy, units), _of(benefit.get, units)
    for bought in combinations(buy, benefit.buy_units):
        rest = [unit for unit in get if unit not in bought]
        for count in range(1 if benefit.partial else benefit.get_units, benefit.get_units + 1):
            for got in combinations(rest, count):
                if not _could_be_exchanged(bought, got, benefit, shop):
                    taken = (*bought, *got)
                    saving = _percent(_worth(got), benefit.percent, shop)
                    yield _use(taken, taken if benefit.spread else got, saving)


def _could_be_exchanged(bought: Iterable[Unit], got: Iterable[Unit], benefit: p.BuyGet, shop: Shop) -> bool:
    """Where the cheapest are to be got, nobody gets a unit and buys a cheaper one that could be got instead."""
    if (benefit.pick or shop.policy.pick) is p.Pick.DEAREST:
        return False
    return any(
        paid.price < free.price and benefit.get.includes(paid.line) and benefit.buy.includes(free.line)
        for paid in bought
        for free in got
    )


def _sets(benefit: p.SetPrice, units: list[Unit], shop: Shop) -> Iterator[Use]:
    parts = [part.of for part in benefit.parts for _ in range(part.units)]
    goods = [unit for unit in units if unit.line.discountable]
    for chosen in combinations(goods, len(parts)):
        if any(
            all(part.includes(unit.line) for part, unit in zip(parts, order, strict=True))
            for order in permutations(chosen)
        ):
            yield _use(chosen, chosen, _worth(chosen) - _minor(benefit.price, shop))


def _consumed(benefit: p.GroupDeal | p.BundlePrice, goods: list[Unit], alone: p.Applied) -> Iterator[Use]:
    """As many units of each line as a deal counts when nothing else is there, all at once; any of the line will do."""
    if isinstance(benefit, p.BundlePrice):
        taken = sorted(goods, key=_place)[: benefit.units]
    else:
        sign = -1 if benefit.dearest_first else 1
        ordered = sorted(goods, key=lambda unit: (sign * unit.price, unit.line.line))
        groups = len(goods) // benefit.size
        groups = groups if benefit.max_groups is None else min(groups, benefit.max_groups)
        taken = ordered[: groups * benefit.size]
    counts = Counter(unit.line.line for unit in taken)
    for chosen in combinations(goods, len(taken)):
        if Counter(unit.line.line for unit in chosen) == counts:
            yield Use(sum(unit.bit for unit in chosen), sum(amount for _, amount in alone.lines))
