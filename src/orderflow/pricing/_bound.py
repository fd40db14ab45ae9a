"""
What a unit is worth at most: prices on scarce things under which no offer saves more than what it takes costs.

They are an optimal solution of the dual of the packing's linear relaxation. Whatever capacities are left, no packing
into them saves more than their worth at such prices, which costs one multiplication per scarce thing. The simplex
method runs on whole numbers over one common denominator, so no platform rounds differently from another.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import mul

Takes = tuple[tuple[int, int], ...]
"""``(index of a scarce thing, units)``: what one application uses up."""


def cost(takes: Takes, prices: Sequence[int]) -> int:
    """What one application uses up, at these prices."""
    total = 0
    for index, units in takes:
        total += units * prices[index]
    return total


def scarcity_prices(
    capacities: Sequence[int], takes: Sequence[Takes], saves: Sequence[int], steps: int
) -> tuple[list[int], int, int]:
    """
    Prices over a common denominator, the denominator, and the steps spent.

    For every offer ``cost(takes, prices) >= saves * denominator``, however few *steps* there are: when they do not
    suffice, they are raised where an offer would still save more, or are the largest share an offer saves per unit.
    """
    size = len(capacities)
    # The basis inverse times the denominator, what is in the basis as the last column; the prices and their worth.
    rows = [[int(row == column) for column in range(size)] + [capacities[row]] for row in range(size)]
    prices = [0] * (size + 1)
    scale = 1
    pivot_steps = 1 + (sum(map(len, takes)) + size * size) // 50
    spent = 0
    while True:
        entering: Takes = ()
        least = 0
        for offer, taken in enumerate(takes):
            gain = -saves[offer] * scale
            for index, units in taken:
                gain += units * prices[index]
            if gain < least:
                entering, least = taken, gain
        for index in range(size):
            if prices[index] < least:
                entering, least = ((index, 1),), prices[index]
        if not entering or spent + pivot_steps > steps:
            break
        spent += pivot_steps
        column = [cost(entering, row) for row in rows]
        leaving = _leaving(rows, column)
        pivot, pivot_row = column[leaving], rows[leaving]
        for index, factor in enumerate(column):
            if index != leaving and (factor or pivot != scale):
                rows[index] = [
                    (pivot * value - factor * other) // scale
                    for value, other in zip(rows[index], pivot_row, strict=True)
                ]
        prices = [(pivot * value - least * other) // scale for value, other in zip(prices, pivot_row, strict=True)]
        scale = pivot
    if not entering:
        return prices[:size], scale, spent
    raised = _raised([max(price, 0) for price in prices[:size]], scale, takes, saves)
    shared = [0] * size
    for taken, saving in zip(takes, saves, strict=True):
        share = -(-saving // sum(units for _, units in taken))
        for index, _ in taken:
            shared[index] = max(shared[index], share)
    if sum(map(mul, capacities, raised)) < sum(map(mul, capacities, shared)) * scale:
        return raised, scale, spent
    return shared, 1, spent


def _raised(prices: list[int], scale: int, takes: Sequence[Takes], saves: Sequence[int]) -> list[int]:
    for offer, taken in enumerate(takes):
        missing = saves[offer] * scale - cost(taken, prices)
        if missing > 0:
            share = -(-missing // sum(units for _, units in taken))
            for index, _ in taken:
                prices[index] += share
    return prices


def _leaving(rows: list[list[int]], column: list[int]) -> int:
    # The least ratio; of equal ones the least row by comparing all of it, so that no basis recurs.
    best = -1
    for row, factor in enumerate(column):
        if factor > 0:
            if best < 0:
                best = row
                continue
            here, there = rows[row][-1] * column[best], rows[best][-1] * factor
            if here < there or (
                here == there
                and [value * column[best] for value in rows[row]] < [value * factor for value in rows[best]]
            ):
                best = row
    return best
