"""
Rounding and sharing out by policy, in plain integers. Whatever the policy, shares sum to the total exactly.

A share never has another sign than the total, and weights of zero get nothing (but for one policy that says so).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cmp_to_key
from typing import assert_never

from ..errors import InvalidInputError
from ..money import round_half_up, share_out
from ._policy import Allocation, Rounding

_Round = Callable[[int, int], int]


def rounded(numerator: int, denominator: int, rounding: Rounding) -> int:
    """
    ``numerator / denominator`` (which is positive) as a whole number.

    >>> [rounded(5, 2, rounding) for rounding in Rounding]
    [3, 2, 2, 2]
    >>> [rounded(-7, 2, rounding) for rounding in Rounding]
    [-4, -4, -3, -3]
    """
    if numerator < 0:
        return -rounded(-numerator, denominator, rounding)
    match rounding:
        case Rounding.HALF_UP:
            return round_half_up(numerator, denominator)
        case Rounding.HALF_EVEN:
            quotient, rest = divmod(numerator, denominator)
            return quotient + (2 * rest + (quotient & 1) > denominator)
        case Rounding.HALF_DOWN:
            return -((denominator - 2 * numerator) // (2 * denominator))
        case Rounding.DOWN:
            return numerator // denominator
        case _ as never:
            assert_never(never)


def share(
    total: int,
    weights: Sequence[int],
    allocation: Allocation = Allocation.LARGEST_REMAINDER,
    rounding: Rounding = Rounding.HALF_UP,
) -> tuple[int, ...]:
    """
    Split *total* in proportion to non-negative *weights*; *rounding* matters to ``LAST_LINE`` only.

    Weights that are all zero share equally. A negative total is the mirror image of the positive one.

    >>> [share(1000, [1, 1, 1], allocation) for allocation in (Allocation.FIRST, Allocation.LAST)]
    [(334, 333, 333), (333, 333, 334)]

    Raises:
        InvalidInputError: a negative weight, or something to split over no weights.
    """
    if not any(weights):
        return share_out(total, [1] * len(weights))
    if allocation is Allocation.LARGEST_REMAINDER:
        return share_out(total, weights)
    if min(weights) < 0:
        raise InvalidInputError("weights", "must not be negative")
    if total < 0:
        return tuple(-part for part in share(-total, weights, allocation, rounding))
    match allocation:
        case Allocation.FIRST:
            return _cut(total, weights, range(len(weights)))
        case Allocation.LAST:
            return _cut(total, weights, reversed(range(len(weights))))
        case Allocation.LARGEST_WEIGHT:
            return _cut(total, weights, sorted(range(len(weights)), key=lambda index: -weights[index]))
        case Allocation.LAST_LINE:
            return _rest_to_last(total, weights, rounding)
        case Allocation.CUMULATIVE_FROM_END:
            return _from_end(total, weights)
        case Allocation.HALF_DOWN_THEN_FIRST:
            return _corrected(total, weights)
        case _ as never:
            assert_never(never)


def _cut(total: int, weights: Sequence[int], order: Iterable[int]) -> tuple[int, ...]:
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    left = total - sum(shares)  # fewer coins than there are weights above zero
    for index in [index for index in order if weights[index]][:left]:
        shares[index] += 1
    return tuple(shares)


def _rest_to_last(total: int, weights: Sequence[int], rounding: Rounding) -> tuple[int, ...]:
    whole, left = sum(weights), total
    shares = [0] * len(weights)
    weighty = [index for index, weight in enumerate(weights) if weight]
    for index in weighty[:-1]:
        shares[index] = min(rounded(total * weights[index], whole, rounding), left)
        left -= shares[index]
    shares[weighty[-1]] = left
    return tuple(shares)


def _from_end(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    whole, left = sum(weights), total
    shares: list[int] = []
    for weight in reversed(weights):
        part = left * weight // whole if weight else 0
        shares.append(part)
        left -= part
        whole -= weight
    return tuple(reversed(shares))


def _corrected(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    whole = sum(weights)
    shares = [rounded(total * weight, whole, Rounding.HALF_DOWN) for weight in weights]
    missing = total - sum(shares)  # no more coins than there are shares that can give or take one
    coin = 1 if missing > 0 else -1
    able = [index for index, part in enumerate(shares) if part + coin >= 0]
    for index in able[: abs(missing)]:
        shares[index] += coin
    return tuple(shares)


def share_capped(
    total: int,
    weights: Sequence[int],
    caps: Sequence[int],
    allocation: Allocation = Allocation.LARGEST_REMAINDER,
    rounding: Rounding = Rounding.HALF_UP,
) -> tuple[int, ...]:
    """
    The same where nobody takes more than their cap (zero or more): what is too much for one is shared by the others.

    As soon as one share is above its cap, those whose exact share reaches their cap get the cap, and the rest share
    what remains. What is too much for all who have a weight is given to nobody: the sum may be less than *total*.

    >>> share_capped(2000, [5000, 2000], [500, 2000])
    (500, 1500)
    >>> share_capped(100, [1, 1, 0], [30, 40, 50])
    (30, 40, 0)
    """
    if total < 0:
        return tuple(-part for part in share_capped(-total, weights, caps, allocation, rounding))
    shares = share(total, weights, allocation, rounding) if weights else ()
    if all(part <= cap for part, cap in zip(shares, caps, strict=True)):
        return shares
    return _fill(total, weights if any(weights) else [1] * len(weights), caps, allocation, rounding)


def _fill(
    total: int, weights: Sequence[int], caps: Sequence[int], allocation: Allocation, rounding: Rounding
) -> tuple[int, ...]:
    takers = [index for index, weight in enumerate(weights) if weight]
    left = min(total, sum(caps[index] for index in takers))
    shares = [0] * len(weights)
    over = _full(left, takers, weights, caps)
    while True:
        for index in over:
            shares[index] = caps[index]
            left -= caps[index]
        takers = [index for index in takers if index not in over]
        if not left:
            return tuple(shares)
        parts = share(left, [weights[index] for index in takers], allocation, rounding)
        for index, part in zip(takers, parts, strict=True):
            shares[index] = part
        over = {index for index in takers if shares[index] > caps[index]}
        if not over:
            return tuple(shares)


def _full(left: int, takers: Sequence[int], weights: Sequence[int], caps: Sequence[int]) -> set[int]:
    """Whose exact share reaches their cap, once those who are full before them have got theirs."""

    def by_level(one: int, other: int) -> int:
        return caps[one] * weights[other] - caps[other] * weights[one]

    whole = sum(weights[index] for index in takers)
    full = set()
    for index in sorted(takers, key=cmp_to_key(by_level)):
        if left * weights[index] < caps[index] * whole:
            break
        full.add(index)
        left -= caps[index]
        whole -= weights[index]
    return full
