"""The ways in which promotions combine: each rings them up on the till and tells what became of every one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import assert_never

import attrs

from ._best_deal import Proof, best_deal
from ._counter import Counter
from ._promotion import Promotion, Promotions, Stacking
from ._reasons import Outcome
from ._till import Cuts, Till


@attrs.frozen
class RungUp:
    """What became of every promotion, in the order of the promotions; and of a best deal, how good it is."""

    outcomes: tuple[Outcome, ...]
    proof: Proof | None = None


def ring_up(promotions: Promotions, till: Till) -> RungUp:
    """Apply *promotions* to *till*, and say what became of each."""
    counter, proof = Counter(promotions, till), None
    if promotions.stacking is Stacking.BEST_DEAL:
        proof = best_deal(counter)
    elif not _exclusive_alone(counter):
        _stack(counter, promotions.stacking)
    return RungUp(tuple([counter.outcomes[promotion.id] for promotion in promotions.promotions]), proof)


def _stack(counter: Counter, stacking: Stacking) -> None:
    match stacking:
        case Stacking.SEQUENTIAL:
            counter.one_after_another(counter.promotions.promotions)
        case Stacking.LANES:
            _lanes(counter)
        case Stacking.COMPETE:
            _compete(counter)
        case Stacking.ZONE:
            _zone(counter)
        case Stacking.BEST_DEAL:
            best_deal(counter)
        case _:
            assert_never(stacking)


def _exclusive_alone(counter: Counter) -> bool:
    """The first exclusive promotion that gives something, and nothing beside it."""
    promotions = counter.promotions.promotions
    for promotion in promotions:
        if promotion.exclusive and isinstance(cuts := counter.attempt(promotion), Cuts):
            counter.exclude((other for other in promotions if other is not promotion), by=promotion.id)
            counter.apply(promotion, cuts)
            return True
    return False


def _lanes(counter: Counter) -> None:
    by_lane = sorted(counter.promotions.promotions, key=lambda promotion: promotion.lane)
    for _, lane in groupby(by_lane, key=lambda promotion: promotion.lane):
        _one_lane(counter, tuple(lane))


def _one_lane(counter: Counter, lane: Sequence[Promotion]) -> None:
    """Each line and each delivery goes to the promotion that takes most off it; equal ones to the first."""
    tried = list(_takers(counter, lane))
    best_goods: dict[int, str] = {}
    best_delivery: dict[str, str] = {}
    for winners, amounts in (
        (best_goods, [(promotion.id, cuts.goods) for promotion, cuts in tried]),
        (best_delivery, [(promotion.id, cuts.delivery) for promotion, cuts in tried]),
    ):
        highest: dict[object, int] = {}
        for name, taken in amounts:
            for place, amount in taken.items():
                if amount > highest.get(place, 0):
                    highest[place] = amount
                    winners[place] = name  # type: ignore[index]
    for promotion, cuts in tried:
        won = Cuts(
            {line: amount for line, amount in cuts.goods.items() if best_goods[line] == promotion.id},
            {line: units for line, units in cuts.consumed.items() if best_goods.get(line) == promotion.id},
            {method: amount for method, amount in cuts.delivery.items() if best_delivery[method] == promotion.id},
        )
        if won.goods or won.delivery:
            counter.apply(promotion, won)
        else:
            winners_here = {best_goods[line] for line in cuts.goods} | {best_delivery[each] for each in cuts.delivery}
            counter.beaten(promotion, cuts, winners_here)


def _takers(counter: Counter, promotions: Sequence[Promotion]) -> Iterator[tuple[Promotion, Cuts]]:
    """Those that would take something as things stand; the others are refused."""
    for promotion in promotions:
        tried = counter.attempt(promotion)
        if isinstance(tried, Cuts):
            yield promotion, tried
        else:
            counter.refuse(promotion, tried)


def _compete(counter: Counter) -> None:
    for _, level in groupby(counter.promotions.promotions, key=lambda promotion: promotion.priority):
        tried = list(_takers(counter, tuple(level)))
        if tried:
            winner, cuts = max(tried, key=lambda pair: counter.till.value(pair[1]))
            for promotion, others in tried:
                if promotion is not winner:
                    counter.beaten(promotion, others, (winner.id,))
            counter.apply(winner, cuts)


def _zone(counter: Counter) -> None:
    waiting = [tuple(level) for _, level in groupby(counter.promotions.promotions, key=lambda each: each.priority)]
    while waiting:
        level = waiting.pop(0)
        if any(isinstance(counter.attempt(promotion), Cuts) for promotion in level):
            winners = _best_of_level(counter, level)
            for promotion in (each for level in waiting for each in level):
                counter.stop((promotion,), by=winners[0])
            return
        for promotion in level:
            tried = counter.attempt(promotion)
            counter.refuse(promotion, () if isinstance(tried, Cuts) else tried)


def _best_of_level(counter: Counter, level: Sequence[Promotion]) -> list[str]:
    """The compounding ones together, or one of the others alone: whatever saves most."""
    together = [promotion for promotion in level if promotion.compounds]
    choices = [together, *([promotion] for promotion in level if not promotion.compounds)]
    best = max(choices, key=lambda choice: counter.beside().one_after_another(choice))
    for promotion in level:
        if promotion not in best:
            tried = counter.attempt(promotion)
            if isinstance(tried, Cuts):
                counter.beaten(promotion, tried, (winner.id for winner in best))
            else:
                counter.refuse(promotion, tried)
    counter.one_after_another(best)
    return [promotion.id for promotion in best]
