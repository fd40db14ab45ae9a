"""
Every way to use a deal once: which units it takes, and what it saves on them.

There may be very many. So every step of an enumeration is given out, as None where it leads to nothing, and who asks
decides when it is enough.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import repeat

from ._amounts import minor_in
from ._benefits import BuyGet, GroupDeal, SetPrice
from ._deals import Bargain, group_bargain, worth
from ._percent import WHOLE
from ._policy import Pick
from ._shares import rounded
from ._till import Run, Till

RUNS_OF_A_STEP = 8
"""What goes through more runs of units than this is several steps."""


def free_runs(lines: Iterable[int], till: Till) -> list[Run]:
    """All units of these lines at list prices, cheapest first."""
    return sorted((till.listed[line] // till.quantities[line], line, till.quantities[line]) for line in lines)


def multisets(runs: Sequence[Run], units: int) -> Iterator[list[Run]]:
    """
    Every way to choose *units* units, each as runs in the order given.

    No step leads nowhere: how many units there are from each place on is known beforehand.
    """
    left = [0]
    for _, _, count in reversed(runs):
        left.append(left[-1] + count)
    left.reverse()
    chosen: list[Run] = []
    waiting: list[tuple[int, int, int, Run | None]] = [(0, units, 0, None)] if left[0] >= units else []
    while waiting:
        place, needed, kept, taken = waiting.pop()
        del chosen[kept:]
        if taken is not None:
            chosen.append(taken)
        if not needed:
            yield chosen.copy()
            continue
        price, line, count = runs[place]
        rest, here = left[place + 1], len(chosen)
        if rest >= needed:
            waiting.append((place + 1, needed, here, None))
        waiting += [
            (place + 1, needed - units, here, (price, line, units))
            for units in range(min(count, needed), max(needed - rest, 1) - 1, -1)
        ]


def group_uses(benefit: GroupDeal, members: Iterable[int], till: Till) -> Iterator[Bargain | None]:
    """Any units of the target make a group."""
    for group in multisets(free_runs(members, till), benefit.size):
        yield group_bargain(benefit.effect, group, till)


def buy_get_uses(benefit: BuyGet, till: Till) -> Iterator[Bargain | None]:
    """
    Any units are bought, and any of the rest got.

    But where the cheapest are to be got, nobody gets a unit that could be bought for a cheaper one that could be got.
    """
    buy, get = (free_runs(till.members(target), till) for target in (benefit.buy, benefit.get))
    may_buy, may_get = ({line for _, line, _ in runs} for runs in (buy, get))
    cheapest = (benefit.pick or till.policy.pick) is Pick.CHEAPEST
    fewest = 1 if benefit.partial else benefit.get_units
    for bought in multisets(buy, benefit.buy_units):
        yield from _passing(get)
        rest = _less(get, bought)
        if cheapest:
            rest = _no_dearer(rest, min((price for price, line, _ in bought if line in may_get), default=None), may_buy)
        for units in range(benefit.get_units, fewest - 1, -1):
            for got in multisets(rest, units):
                taken = [*bought, *got]
                saving = rounded(worth(got) * benefit.percent.millionths, WHOLE, till.policy.rounding)
                yield Bargain(taken, taken if benefit.spread else got, saving)


def set_uses(benefit: SetPrice, till: Till) -> Iterator[Bargain | None]:
    """Any units that fit the parts make a set."""
    price = minor_in(benefit.price, till.basket.currency) or 0
    for taken in _choices([(free_runs(till.members(part.of), till), part.units) for part in benefit.parts]):
        yield None if taken is None else Bargain(taken, taken, max(worth(taken) - price, 0))


def _choices(parts: Sequence[tuple[list[Run], int]]) -> Iterator[list[Run] | None]:
    if not parts:
        yield []
        return
    runs, units = parts[0]
    for chosen in multisets(runs, units):
        yield from _passing(runs)
        for rest in _choices([(_less(others, chosen), count) for others, count in parts[1:]]):
            yield None if rest is None else [*chosen, *rest]


def _less(runs: Iterable[Run], taken: Iterable[Run]) -> list[Run]:
    gone = {line: count for _, line, count in taken}
    return [
        (price, line, count - gone[line]) if line in gone else (price, line, count)
        for price, line, count in runs
        if line not in gone or count > gone[line]
    ]


def _passing(runs: Sequence[Run]) -> Iterator[None]:
    """The steps of going through *runs* once."""
    return repeat(None, 1 + len(runs) // RUNS_OF_A_STEP)


def _no_dearer(runs: list[Run], price: int | None, lines: Container[int]) -> list[Run]:
    """Those that cost at most *price*, and whatever is not among *lines*."""
    return runs if price is None else [run for run in runs if run[0] <= price or run[1] not in lines]
