"""
Deals over units: groups, sets, buy and get, gifts. Their units are consumed; no other deal counts them.

Units of a line at one price are handled as one run, so a deal over a million units takes no longer than one over ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import assert_never

import attrs

from ._amounts import minor_in
from ._benefits import (
    AmountOffGroup,
    BundlePrice,
    BuyGet,
    Gift,
    GroupDeal,
    GroupEffect,
    GroupPrice,
    GroupUnitPrice,
    NthFree,
    PercentOffGroup,
    SetPrice,
)
from ._percent import WHOLE
from ._policy import Pick
from ._reasons import GiftNotInBasket, NothingToReduce, OtherCurrency, Reason, TooFewUnits
from ._shares import rounded, share_capped
from ._target import Target
from ._till import Cuts, Run, Till


def cheapest_first(runs: Iterable[Run]) -> list[Run]:
    """By price, equal ones by their line's place."""
    return sorted(runs)


def dearest_first(runs: Iterable[Run]) -> list[Run]:
    """The other way round, equal ones still by their line's place."""
    return sorted(runs, key=lambda run: (-run[0], run[1]))


def units_of(runs: Iterable[Run]) -> int:
    """How many units there are."""
    return sum(count for _, _, count in runs)


def worth(runs: Iterable[Run]) -> int:
    """What they come to."""
    return sum(price * count for price, _, count in runs)


def first_units(runs: Iterable[Run], units: int) -> list[Run]:
    """The first *units* units, or as many as there are."""
    found = []
    for price, line, count in runs:
        if not units:
            break
        taken = min(count, units)
        found.append((price, line, taken))
        units -= taken
    return found


class Shelf:
    """Units that are free. Several queues may ask for the same ones; each unit is drawn once."""

    def __init__(self, *orders: Iterable[Run]) -> None:
        self.left = {(price, line): count for runs in orders for price, line, count in runs}
        self.queues = [list(runs)[::-1] for runs in orders]

    def next_run(self, queue: int) -> Run | None:
        """The units that a queue draws next, those at one price."""
        waiting = self.queues[queue]
        while waiting:
            price, line, _ = waiting[-1]
            if count := self.left[price, line]:
                return price, line, count
            waiting.pop()
        return None

    def draw(self, units: int, queue: int = 0) -> list[Run]:
        """The next *units* units of a queue, or as many as there are."""
        waiting, drawn = self.queues[queue], []
        while units and waiting:
            price, line, _ = waiting[-1]
            if taken := min(self.left[price, line], units):
                drawn.append((price, line, taken))
                self.left[price, line] -= taken
                units -= taken
            if units:
                waiting.pop()
        return drawn

    def repeat(self, drawn: Iterable[Run], most: int | None = None) -> int:
        """Draw the very same units again, as often as they are there; how often that was."""
        needed: dict[tuple[int, int], int] = {}
        for price, line, count in drawn:
            needed[price, line] = needed.get((price, line), 0) + count
        times = min(self.left[run] // count for run, count in needed.items())
        times = times if most is None else min(times, most)
        for run, count in needed.items():
            self.left[run] -= count * times
        return times


@attrs.frozen
class Bargain:
    """
    One application of a deal: the units it takes, those that become cheaper, and by how much together.

    ``down_to`` is a price that none of them falls below.
    """

    taken: Sequence[Run]
    cheaper: Sequence[Run]
    saving: int
    down_to: int = 0


class Tally:
    """The amounts and units of a deal's applications, line by line."""

    def __init__(self, till: Till) -> None:
        self.till = till
        self.goods: dict[int, int] = {}
        self.consumed: dict[int, int] = {}

    def add(self, bargain: Bargain, times: int = 1) -> None:
        """The saving goes to the cheaper units by their price, never below a floor."""
        for _, line, count in bargain.taken:
            self.consumed[line] = self.consumed.get(line, 0) + count * times
        for line, share in shared(bargain, self.till).items():
            self.goods[line] = self.goods.get(line, 0) + share * times

    def cuts(self) -> Cuts | Reason:
        """Everything together."""
        goods = {line: amount for line, amount in self.goods.items() if amount}
        return Cuts(goods, self.consumed) if goods else NothingToReduce()


def shared(bargain: Bargain, till: Till) -> dict[int, int]:
    """The saving over lines, none below its floor."""
    weights: dict[int, int] = {}
    caps: dict[int, int] = {}
    for price, line, count in bargain.cheaper:
        weights[line] = weights.get(line, 0) + price * count
        caps[line] = caps.get(line, 0) + room_of_unit(price, line, bargain, till) * count
    lines = sorted(weights)
    shares = share_capped(
        bargain.saving,
        [weights[line] for line in lines],
        [caps[line] for line in lines],
        till.policy.allocation,
        till.policy.rounding,
    )
    return dict(zip(lines, shares, strict=True))


def room_of_unit(price: int, line: int, bargain: Bargain, till: Till) -> int:
    """How much a unit of this price may lose."""
    return max(price - max(till.unit_floors[line], bargain.down_to), 0)


def bundle_price(benefit: BundlePrice, price: int, members: Sequence[int], till: Till) -> Cuts | Reason:
    """The cheapest units that are free, once."""
    free = till.runs(members)
    if units_of(free) < benefit.units:
        return TooFewUnits(needed=benefit.units, found=units_of(free))
    bundle = first_units(cheapest_first(free), benefit.units)
    tally = Tally(till)
    tally.add(Bargain(bundle, bundle, max(worth(bundle) - price, 0)))
    return tally.cuts()


def group_deal(benefit: GroupDeal, members: Sequence[int], till: Till) -> Cuts | Reason:
    """Complete groups in the order of price."""
    free = till.runs(members)
    ordered = dearest_first(free) if benefit.dearest_first else cheapest_first(free)
    groups = units_of(ordered) // benefit.size
    if benefit.max_groups is not None:
        groups = min(groups, benefit.max_groups)
    if not groups:
        return TooFewUnits(needed=benefit.size, found=units_of(ordered))
    tally = Tally(till)
    if isinstance(benefit.effect, NthFree) and benefit.effect.overall:
        grouped = first_units(ordered, groups * benefit.size)
        given = first_units(cheapest_first(grouped), groups)
        tally.add(Bargain(grouped, grouped if benefit.effect.spread else given, worth(given)))
        return tally.cuts()
    shelf = Shelf(ordered)
    while groups:
        group = shelf.draw(benefit.size)
        bargain = group_bargain(benefit.effect, group, till)
        if bargain is None:
            return OtherCurrency(currency=till.basket.currency)
        times = 1 + (shelf.repeat(group, groups - 1) if len(group) == 1 else 0)
        tally.add(bargain, times)
        groups -= times
    return tally.cuts()


def group_bargain(effect: GroupEffect, group: list[Run], till: Till) -> Bargain | None:
    """What a group saves; None where the effect knows no amount in the basket's currency."""
    currency = till.basket.currency
    match effect:
        case PercentOffGroup(percent=percent):
            saving = rounded(worth(group) * percent.millionths, WHOLE, till.policy.rounding)
            return Bargain(group, group, saving)
        case AmountOffGroup(amount=amounts):
            amount = minor_in(amounts, currency)
            return None if amount is None else Bargain(group, group, min(amount, worth(group)))
        case GroupPrice(price=amounts):
            price = minor_in(amounts, currency)
            return None if price is None else Bargain(group, group, max(worth(group) - price, 0))
        case GroupUnitPrice(price=amounts):
            price = minor_in(amounts, currency)
            if price is None:
                return None
            dearer = [run for run in group if run[0] > price]
            return Bargain(group, dearer, worth(dearer) - price * units_of(dearer), down_to=price)
        case NthFree(nth=nth, spread=spread):
            up_to = first_units(cheapest_first(group), nth)
            given = [(up_to[-1][0], up_to[-1][1], 1)]
            return Bargain(group, group if spread else given, worth(given))
        case _:
            assert_never(effect)


def buy_get(benefit: BuyGet, till: Till) -> Cuts | Reason:
    """
    Buy the dearest, get the cheapest (or dearest) of the rest; as often as there are units, or as allowed.

    Where the dearest are just those that could be got, others are bought first.
    """
    buy = dearest_first(till.runs(till.members(benefit.buy)))
    in_order = cheapest_first if (benefit.pick or till.policy.pick) is Pick.CHEAPEST else dearest_first
    get = in_order(till.runs(till.members(benefit.get)))
    wanted = {line for _, line, _ in get}
    for order in (buy, sorted(buy, key=lambda run: run[1] in wanted)):
        tally = _bought_and_got(benefit, Shelf(order, get), till)
        if tally.consumed:
            return tally.cuts()
    for side, needed in ((buy, benefit.buy_units), (get, benefit.get_units)):
        if units_of(side) < needed:
            return TooFewUnits(needed=needed, found=units_of(side))
    return TooFewUnits(needed=benefit.buy_units + benefit.get_units, found=units_of({*buy, *get}))


def _bought_and_got(benefit: BuyGet, shelf: Shelf, till: Till) -> Tally:
    tally, times = Tally(till), 0
    while benefit.times is None or times < benefit.times:
        bought, got = shelf.draw(benefit.buy_units, 0), shelf.draw(benefit.get_units, 1)
        whole = units_of(got) == benefit.get_units
        if units_of(bought) < benefit.buy_units or not (whole or (benefit.partial and got)):
            break
        taken = [*bought, *got]
        saving = rounded(worth(got) * benefit.percent.millionths, WHOLE, till.policy.rounding)
        allowed = None if benefit.times is None else benefit.times - times - 1
        here = 1 + (shelf.repeat(taken, allowed) if whole else 0)
        tally.add(Bargain(taken, taken if benefit.spread else got, saving), here)
        times += here
    return tally


def set_price(benefit: SetPrice, price: int, till: Till) -> Cuts | Reason:
    """The dearest units that make a set, as often as there are whole sets worth more than the price."""
    fitting: dict[int, list[int]] = {}
    for part, wanted in enumerate(benefit.parts):
        for line in till.members(wanted.of):
            fitting.setdefault(line, []).append(part)
    alike: dict[tuple[int, ...], list[int]] = {}
    for line, parts in fitting.items():
        alike.setdefault(tuple(parts), []).append(line)
    shelf = Shelf(*(dearest_first(till.runs(lines)) for lines in alike.values()))
    parts_of, units = [*alike], [part.units for part in benefit.parts]
    needed, tally, times, found = sum(units), Tally(till), 0, 0
    while benefit.times is None or times < benefit.times:
        taken = _dearest_set(shelf, parts_of, units.copy())
        found = max(found, units_of(taken))
        if units_of(taken) < needed or worth(taken) <= price:
            break
        here = 1 + shelf.repeat(taken, None if benefit.times is None else benefit.times - times - 1)
        tally.add(Bargain(taken, taken, worth(taken) - price), here)
        times += here
    return tally.cuts() if found >= needed else TooFewUnits(needed=needed, found=found)


def _dearest_set(shelf: Shelf, parts_of: Sequence[tuple[int, ...]], missing: list[int]) -> list[Run]:
    """
    The units of one set, or as many as there are. The units of a queue fit its *parts_of*; *missing* is used up.

    The dearest unit is taken next for which there is a place, be it that others make room for it by moving to other
    parts: so no set is overlooked, and none is dearer.
    """
    placed: list[dict[int, int]] = [{} for _ in missing]  # for each part, units by their queue
    heads = [head for queue in range(len(parts_of)) if (head := _head(shelf, queue))]
    heapify(heads)
    drawn: list[Run] = []
    while heads and any(missing):
        _, _, units, queue = heads[0]
        way = _way_to_a_place(queue, parts_of, placed, missing)
        if not way:
            heappop(heads)  # what has no place now has none later
            continue
        units = min([units, missing[way[0][1]], *(placed[at][mover] for (mover, _), (_, at) in pairwise(way))])
        missing[way[0][1]] -= units
        for (mover, _), (_, at) in pairwise(way):
            placed[at][mover] -= units
        for mover, part in way:
            placed[part][mover] = placed[part].get(mover, 0) + units
        drawn += shelf.draw(units, queue)
        heappop(heads)
        if head := _head(shelf, queue):
            heappush(heads, head)
    return drawn


def _head(shelf: Shelf, queue: int) -> tuple[int, int, int, int] | None:
    """What a queue draws next, the dearest of all queues first."""
    run = shelf.next_run(queue)
    return run and (-run[0], run[1], run[2], queue)


def _way_to_a_place(
    queue: int, parts_of: Sequence[tuple[int, ...]], placed: Sequence[Mapping[int, int]], missing: Sequence[int]
) -> list[tuple[int, int]]:
    """Who moves to which part, the last one first, so that a unit of *queue* has a place; empty if there is no way."""
    start: tuple[int, int] = (queue, -1)
    reached = dict.fromkeys(parts_of[queue], start)
    waiting = [*reached]
    for part in waiting:
        if missing[part]:
            way, at = [], part
            while at >= 0:
                mover, before = reached[at]
                way.append((mover, at))
                at = before
            return way
        for mover, units in placed[part].items():
            if units:
                further = [other for other in parts_of[mover] if other not in reached]
                reached |= dict.fromkeys(further, (mover, part))
                waiting += further
    return []


def gift(benefit: Gift, till: Till) -> Cuts | Reason:
    """Units of the gift that are in the basket and free."""
    free = till.runs(till.members(Target(skus=(benefit.sku,))))
    if not free:
        return GiftNotInBasket(sku=benefit.sku, units=benefit.units)
    given = first_units(cheapest_first(free), benefit.units)
    tally = Tally(till)
    tally.add(Bargain(given, given, worth(given)))
    return tally.cuts()
