"""
What one use of a promotion takes and saves, for the search of the best deal.

Where a promotion works unit by unit, percentages are rounded for each unit: only so the saving of some units does not
depend on what the others do. Whole lines are offered too, at the saving of the line rounded once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

import attrs

from ._amounts import minor_in
from ._benefits import (
    BuyGet,
    FirstAndFurther,
    Gift,
    GroupDeal,
    LineAmount,
    LineAmountByValue,
    LinePercent,
    LinePercentByTotal,
    LinePercentByUnits,
    NthFree,
    SetPrice,
    UnitAmount,
    UnitPrice,
)
from ._bound import Takes
from ._deals import Bargain, Tally, room_of_unit
from ._percent import WHOLE
from ._promotion import Promotion
from ._shares import rounded
from ._target import Target
from ._till import Cuts, Till
from ._uses import RUNS_OF_A_STEP, buy_get_uses, group_uses, set_uses

MOST_OFFERS = 3_000
"""How many ways to use one promotion are searched; a promotion with more is offered as a whole only."""

_NOTHING: Mapping[int, int] = MappingProxyType({})


@attrs.frozen
class Candidate:
    """One use: the units it consumes by line, what it saves, and how often it can be repeated at most."""

    takes: Takes
    saves: int
    limit: int | None = None
    off: Bargain | Mapping[int, int] = _NOTHING

    def cuts(self, times: int, till: Till) -> Cuts:
        """What *times* such uses take off which lines; there are thousands of uses, and few are asked."""
        if isinstance(self.off, Bargain):
            tally = Tally(till)
            tally.add(self.off, times)
            return Cuts({line: amount for line, amount in tally.goods.items() if amount}, tally.consumed)
        return Cuts(
            {line: amount * times for line, amount in self.off.items()},
            {line: units * times for line, units in self.takes},
        )


@attrs.frozen
class Candidates:
    """
    The uses of one promotion, ``limit`` of them together at most; to find them was so much ``work``.

    ``complete`` is False where there are too many to search; ``room`` then bounds what any of them could save.
    """

    promotion: str
    uses: tuple[Candidate, ...]
    limit: int | None = None
    work: int = 0
    complete: bool = True
    room: int = 0


def candidates(promotion: Promotion, alone: Cuts, till: Till, most: int = MOST_OFFERS) -> Candidates:
    """
    The uses of *promotion*, which would take *alone* if it were the only one; *till* is untouched so far.

    Units are chosen as they save most, whatever the promotion would pick by itself. Only within one use it keeps its
    word about who is the cheapest. A promotion with more than *most* uses is offered as a whole only.
    """
    benefit, most = promotion.benefit, min(most, MOST_OFFERS)
    members = till.members(promotion.target)
    match benefit:
        case LinePercent(at_most=()):
            uses = [*_percent_by_unit(benefit, members, till)]
            if benefit.max_units is None and benefit.max_units_per_line is None:
                uses += _by_line(alone, till)
            return Candidates(promotion.id, tuple(uses), benefit.max_units)
        case UnitAmount() | UnitPrice():
            return Candidates(promotion.id, tuple(_amount_by_unit(benefit, members, till)), _max_units(benefit))
        case LineAmount() | LineAmountByValue() | FirstAndFurther() | LinePercentByTotal() | LinePercentByUnits():
            return Candidates(promotion.id, tuple(_by_line(alone, till)))
        case GroupDeal(effect=effect) if not (isinstance(effect, NthFree) and effect.overall):
            return _all_of(promotion, alone, group_uses(benefit, members, till), benefit.max_groups, till, most)
        case BuyGet():
            return _all_of(promotion, alone, buy_get_uses(benefit, till), benefit.times, till, most)
        case SetPrice():
            return _all_of(promotion, alone, set_uses(benefit, till), benefit.times, till, most)
        case Gift(sku=sku):
            return Candidates(
                promotion.id, tuple(_gift_by_unit(till.members(Target(skus=(sku,))), till)), benefit.units
            )
        case _:
            return Candidates(promotion.id, tuple(_whole(alone, till)))


def _max_units(benefit: UnitAmount | UnitPrice) -> int | None:
    return benefit.max_units if isinstance(benefit, UnitAmount) else None


def _whole(alone: Cuts, till: Till) -> Iterator[Candidate]:
    """All of it at once: it consumes what it says, or every unit of the lines it reduces."""
    if not alone.goods:
        return
    consumed = alone.consumed or {line: till.quantities[line] for line in alone.goods}
    yield Candidate(tuple(sorted(consumed.items())), sum(alone.goods.values()), 1, alone.goods)


def _by_line(alone: Cuts, till: Till) -> Iterator[Candidate]:
    for line, amount in alone.goods.items():
        yield Candidate(((line, till.quantities[line]),), amount, 1, {line: amount})


def _one_unit(line: int, saving: int, till: Till, limit: int | None = None) -> Iterator[Candidate]:
    saving = min(saving, max(_price(line, till) - till.unit_floors[line], 0))
    if saving:
        yield Candidate(((line, 1),), saving, limit, {line: saving})


def _price(line: int, till: Till) -> int:
    return till.listed[line] // till.quantities[line]


def _percent_by_unit(benefit: LinePercent, members: Iterable[int], till: Till) -> Iterator[Candidate]:
    for line in members:
        saving = rounded(_price(line, till) * benefit.percent.millionths, WHOLE, till.policy.rounding)
        yield from _one_unit(line, saving, till, benefit.max_units_per_line)


def _amount_by_unit(benefit: UnitAmount | UnitPrice, members: Iterable[int], till: Till) -> Iterator[Candidate]:
    currency = till.basket.currency
    for line in members:
        if isinstance(benefit, UnitAmount):
            yield from _one_unit(line, minor_in(benefit.amount, currency) or 0, till, benefit.max_units_per_line)
        else:
            price = minor_in(benefit.price, currency)
            yield from _one_unit(line, max(_price(line, till) - (price or 0), 0), till)


def _gift_by_unit(members: Iterable[int], till: Till) -> Iterator[Candidate]:
    for line in members:
        yield from _one_unit(line, _price(line, till), till)


def _all_of(
    promotion: Promotion, alone: Cuts, bargains: Iterator[Bargain | None], limit: int | None, till: Till, most: int
) -> Candidates:
    uses, work = [], 0
    for bargain in bargains:
        work += 1 if bargain is None else 1 + len(bargain.taken) // RUNS_OF_A_STEP
        if work > most:
            room = sum(till.room(line) for line in range(len(till.lines)))
            return Candidates(promotion.id, tuple(_whole(alone, till)), 1, work, complete=False, room=room)
        if bargain is not None and (use := _use(bargain, till)).saves:
            uses.append(use)
    return Candidates(promotion.id, tuple(uses), limit, work)


def _use(bargain: Bargain, till: Till) -> Candidate:
    taken: dict[int, int] = {}
    for _, line, count in bargain.taken:
        taken[line] = taken.get(line, 0) + count
    most = 0
    for price, line, count in bargain.cheaper:
        most += room_of_unit(price, line, bargain, till) * count
    return Candidate(tuple(sorted(taken.items())), min(bargain.saving, most), off=bargain)
