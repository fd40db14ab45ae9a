"""
Best-first search for the best packing of one part: offers that compete, directly or through others.

The search decides the scarce things one after the other: for each, offers are taken or passed over, and what is then
left of it is lost. A state is a position in that order and the units left; its bound is what was saved and what the
units left are worth at prices under which no offer still to come saves more than it costs. The state with the highest
bound goes first, so the first one that is complete is a best packing, and until then its bound holds for everything.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from operator import itemgetter, mul
from typing import NamedTuple

import attrs

from ._bound import Takes, cost, scarcity_prices

Times = dict[int, int]
"""How often to apply which offer, by its rank in the part."""

_Trail = tuple[int, "_Trail"] | None  # offers taken on the way to a state, the last one first


@attrs.frozen
class Part:
    """What is scarce, and the offers that take it in the order of their names; no two take exactly the same."""

    capacities: tuple[int, ...]
    takes: tuple[Takes, ...]
    saves: tuple[int, ...]
    units: tuple[int, ...]  # all units an offer consumes


@attrs.frozen
class Solution:
    """The best packing found; none saves more than ``bound``."""

    times: Times
    bound: int
    steps: int


@attrs.frozen
class _Fields:
    """Units as fields of one integer, each with a guard bit above them: one subtraction compares them all."""

    width: int
    mask: int  # one field
    guard: int
    full: int
    amounts: tuple[int, ...]  # by offer

    @classmethod
    def of(cls, part: Part) -> _Fields:
        bits = max(part.capacities).bit_length()
        width = bits + 1
        return cls(
            width,
            (1 << bits) - 1,
            sum(1 << width * index + bits for index in range(len(part.capacities))),
            sum(capacity << width * index for index, capacity in enumerate(part.capacities)),
            tuple(sum(units << width * index for index, units in takes) for takes in part.takes),
        )


class _Move(NamedTuple):
    """A place in the search: take ``offer`` and stay, or pass it over and go to the next place."""

    offer: int
    amount: int
    loss: int  # of the bound when it is taken
    shift: int  # the field that is being decided
    end: int  # the last place where it is
    falls: tuple[tuple[int, int], ...]  # fields whose price falls when it is passed over, and by how much
    keep: int  # the fields that matter after that


@attrs.frozen
class _Plan:
    """Everything the search goes by, in prices over ``scale``."""

    fields: _Fields
    scale: int
    ceiling: int
    moves: tuple[_Move, ...]
    frugal: list[int]  # the order in which to fill up


def solve(part: Part, steps: int) -> Solution:
    """The best packing of *part* that *steps* suffice for."""
    prices, scale, spent = scarcity_prices(part.capacities, part.takes, part.saves, steps)
    fields = _Fields.of(part)
    slack = [cost(takes, prices) - saves * scale for takes, saves in zip(part.takes, part.saves, strict=True)]
    most = [min(part.capacities[index] // units for index, units in takes) for takes in part.takes]
    lot = math.lcm(*part.units)
    ranks = range(len(part.takes))
    frugal = sorted(ranks, key=lambda offer: (slack[offer], -part.saves[offer]))
    orders = (
        frugal,
        sorted(ranks, key=lambda offer: -part.saves[offer]),
        sorted(ranks, key=lambda offer: -part.saves[offer] * (lot // part.units[offer])),
        [max(ranks, key=lambda offer: part.saves[offer] * most[offer]), *frugal],
    )
    found = max((_fill(part, fields, order, fields.full) for order in orders), key=itemgetter(0))
    ceiling = sum(map(mul, part.capacities, prices))
    goal = (found[0] + 1) * scale
    if ceiling < goal:
        return Solution(found[1], found[0], spent)
    kept = {offer for offer in ranks if ceiling - slack[offer] >= goal}
    ceiling, moves = _moves(part, fields, sorted(kept), prices, scale)
    return _search(
        part, _Plan(fields, scale, ceiling, moves, [offer for offer in frugal if offer in kept]), found, spent, steps
    )


def _fill(part: Part, fields: _Fields, order: Iterable[int], left: int) -> tuple[int, Times]:
    # Of each offer in this order as many as fit into what is left.
    width, guard, mask = fields.width, fields.guard, fields.mask
    times: Times = {}
    for offer in order:
        amount = fields.amounts[offer]
        if ((left | guard) - amount) & guard == guard:
            more = min((left >> width * index & mask) // units for index, units in part.takes[offer])
            left -= amount * more
            times[offer] = times.get(offer, 0) + more
    return sum(part.saves[offer] * count for offer, count in times.items()), times


def _counted(trail: _Trail, filled: Times) -> Times:
    times = dict(filled)
    while trail is not None:
        offer, trail = trail
        times[offer] = times.get(offer, 0) + 1
    return times


def _moves(
    part: Part, fields: _Fields, kept: Iterable[int], prices: list[int], scale: int
) -> tuple[int, tuple[_Move, ...]]:
    """
    The bound at the start and the places of the search; *prices* are used up.

    A price falls as soon and as far as the offers still to come allow, so the bound falls with every wrong turn.
    """
    takers: list[list[int]] = [[] for _ in prices]
    for offer in kept:
        for index, _ in part.takes[offer]:
            takers[index].append(offer)
    units = {offer: dict(part.takes[offer]) for offer in kept}
    slack = {offer: cost(part.takes[offer], prices) - part.saves[offer] * scale for offer in kept}

    def lower(indices: Iterable[int]) -> Iterator[tuple[int, int]]:
        for index in indices:
            takers[index] = [offer for offer in takers[index] if offer in slack]
            fall = min([prices[index], *(slack[offer] // units[offer][index] for offer in takers[index])])
            if fall:
                prices[index] -= fall
                for offer in takers[index]:
                    slack[offer] -= fall * units[offer][index]
                yield fields.width * index, fall

    list(lower(range(len(prices))))
    ceiling = sum(map(mul, part.capacities, prices))
    moves: list[_Move] = []
    keep = -1
    for index in sorted(range(len(prices)), key=lambda index: -prices[index]):
        # What wastes least comes first: when it has been passed over, whatever still takes the item wastes more.
        block = sorted(
            (min(slack[offer] // units[offer][index], prices[index]), offer)
            for offer in takers[index]
            if offer in slack
        )
        if not block:
            continue
        shift, end = fields.width * index, len(moves) + len(block) - 1
        losses = [slack.pop(offer) - fall * units[offer][index] for fall, offer in block]
        touched = sorted({other for _, offer in block for other in units[offer]} - {index})
        falls = ((shift, prices[index] - block[-1][0]), *lower(touched))
        for gone in (index, *(other for other in touched if not takers[other])):
            keep &= ~(fields.mask << fields.width * gone)
        for (fall, offer), (later, _), loss in zip(block, block[1:], losses, strict=False):
            moves.append(_Move(offer, fields.amounts[offer], loss, shift, end, ((shift, later - fall),), -1))
        offer = block[-1][1]
        moves.append(_Move(offer, fields.amounts[offer], losses[-1], shift, end, falls, keep))
    return ceiling, tuple(moves)


def _search(part: Part, plan: _Plan, found: tuple[int, Times], spent: int, steps: int) -> Solution:
    # A state: minus its bound, minus its place, a number that puts the youngest first, units left, saving, trail.
    moves, guard, mask = plan.moves, plan.fields.guard, plan.fields.mask
    heap: list[tuple[int, int, int, int, int, _Trail]] = [(-plan.ceiling, 0, 0, plan.fields.full, 0, None)]
    seen: set[tuple[int, int]] = set()
    serial = 0
    goal = (found[0] + 1) * plan.scale
    dive = 64 + len(plan.frugal)  # every so many steps a state is filled up, lest steps run out with nothing better
    while heap:
        negative_bound, negative_place, _, left, saved, trail = heappop(heap)
        bound, place = -negative_bound, -negative_place
        while bound >= goal and (place, left) not in seen:
            if place == len(moves):
                return Solution(_counted(trail, {}), bound // plan.scale, spent)
            if spent >= steps:
                return Solution(found[1], bound // plan.scale, spent)
            spent += 1
            if spent % dive == 0:
                more, filled = _fill(part, plan.fields, plan.frugal, left)
                if saved + more > found[0]:
                    found = saved + more, _counted(trail, filled)
                    goal = (found[0] + 1) * plan.scale
            seen.add((place, left))
            offer, amount, loss, shift, end, falls, keep = moves[place]
            fits = ((left | guard) - amount) & guard == guard
            if not fits and not left >> shift & mask:
                place = end
                falls, keep = moves[end].falls, moves[end].keep
            passed = bound
            for field, fall in falls:
                passed -= fall * (left >> field & mask)
            if not fits:
                bound, left, place = passed, left & keep, place + 1
            else:
                if passed >= goal:
                    serial -= 1
                    heappush(heap, (-passed, -place - 1, serial, left & keep, saved, trail))
                bound, left, saved, trail = bound - loss, left - amount, saved + part.saves[offer], (offer, trail)
            if heap and -heap[0][0] > bound:
                serial -= 1
                heappush(heap, (-bound, -place, serial, left, saved, trail))
                break
    return Solution(found[1], found[0], spent)
