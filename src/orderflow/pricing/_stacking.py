"""The ways in which promotions combine: each rings them up on the till and tells what became of every one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TypeVar, assert_never

import attrs

from ._best_deal import Proof, best_deal
from ._counter import Counter
from ._promotion import Promotion, Promotions, Stacking
from ._reasons import Outcomes
from ._till import Cuts, Till

Tried = tuple[Promotion, Cuts]
"""A promotion and what it would take."""

Place = TypeVar("Place")


@attrs.frozen
class RungUp:
    """What became of every promotion, in the order of the promotions; and of a best deal, how good it is."""

    outcomes: Outcomes
    proof: Proof | None = None


def ring_up(promotions: Promotions, till: Till) -> RungUp:
    """Apply *promotions* to *till*, and say what became of each."""
    counter, proof = Counter(promotions, till), None
    if promotions.stacking is Stacking.BEST_DEAL:
        proof = best_deal(counter)
    elif not _exclusive_alone(counter):
        _stack(counter, promotions.stacking)
    return RungUp(Outcomes(counter.outcomes), proof)


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
    """The first exclusive promotion that saves something, and nothing beside it."""
    promotions = counter.promotions.promotions
    for promotion in promotions:
        if promotion.exclusive and _saves(counter, promotion):
            counter.exclude((other for other in promotions if other is not promotion), by=promotion.id)
            counter.one_after_another((promotion,))
            return True
    return False


def _saves(counter: Counter, promotion: Promotion) -> bool:
    tried = counter.attempt(promotion)
    return isinstance(tried, Cuts) and counter.till.value(tried) > 0


def _lanes(counter: Counter) -> None:
    by_lane = sorted(counter.promotions.promotions, key=lambda promotion: promotion.lane)
    for _, lane in groupby(by_lane, key=lambda promotion: promotion.lane):
        _one_lane(counter, _best_of_groups(counter, [*counter.takers(lane)]))


def _best_of_groups(counter: Counter, tried: Sequence[Tried]) -> list[Tried]:
    """All that belong to no group, and of each group the one that saves most; equal ones to the first."""
    best: dict[str, Tried] = {}
    for promotion, cuts in tried:
        rival = best.setdefault(promotion.group, (promotion, cuts))
        if counter.till.value(cuts) > counter.till.value(rival[1]):
            best[promotion.group] = promotion, cuts
    found = []
    for promotion, cuts in tried:
        winner = best[promotion.group][0] if promotion.group else promotion
        if winner is promotion:
            found.append((promotion, cuts))
        else:
            counter.beaten(promotion, cuts, (winner.id,))
    return found


def _one_lane(counter: Counter, tried: Sequence[Tried]) -> None:
    """Each line and each delivery goes to the promotion that takes most off it; equal ones to the first."""
    of_line = _winners([(promotion.id, cuts.goods) for promotion, cuts in tried])
    of_delivery = _winners([(promotion.id, cuts.delivery) for promotion, cuts in tried])
    for promotion, cuts in tried:
        won = Cuts(
            {line: amount for line, amount in cuts.goods.items() if of_line[line] == promotion.id},
            {line: units for line, units in cuts.consumed.items() if of_line.get(line) == promotion.id},
            {method: amount for method, amount in cuts.delivery.items() if of_delivery[method] == promotion.id},
        )
        if won.goods or won.delivery:
            counter.apply(promotion, won)
        else:
            counter.beaten(
                promotion, cuts, {*map(of_line.__getitem__, cuts.goods), *map(of_delivery.__getitem__, cuts.delivery)}
            )


def _winners(amounts: Iterable[tuple[str, Mapping[Place, int]]]) -> dict[Place, str]:
    best: dict[Place, tuple[int, str]] = {}
    for name, taken in amounts:
        for place, amount in taken.items():
            if place not in best or amount > best[place][0]:
                best[place] = amount, name
    return {place: name for place, (_, name) in best.items()}


def _compete(counter: Counter) -> None:
    for _, level in groupby(counter.promotions.promotions, key=lambda promotion: promotion.priority):
        tried = [*counter.takers(level)]
        winner = max(tried, key=lambda each: counter.till.value(each[1]), default=None)
        if winner is None:
            continue
        aside = []  # what only makes other deliveries cheaper: it competes with nobody, and takes what is left
        for promotion, cuts in tried:
            if promotion is winner[0]:
                continue
            if counter.till.value(cuts):
                counter.beaten(promotion, cuts, (winner[0].id,))
            else:
                aside.append(promotion)
        counter.apply(*winner)
        for promotion in aside:
            again = counter.cut(promotion)
            if isinstance(again, Cuts):
                counter.apply(promotion, again)
            else:
                counter.refuse(promotion, again)


def _zone(counter: Counter) -> None:
    waiting = [tuple(level) for _, level in groupby(counter.promotions.promotions, key=lambda each: each.priority)]
    while waiting:
        level = waiting.pop(0)
        if any(_saves(counter, promotion) for promotion in level):
            counter.stopped_by = _best_of_level(counter, level)
            counter.one_after_another(promotion for lower in waiting for promotion in lower)
            return
        counter.one_after_another(level)


def _best_of_level(counter: Counter, level: Sequence[Promotion]) -> str:
    """The compounding ones together, or one of the others alone: whatever saves most. The first that counts."""
    together = [promotion for promotion in level if promotion.compounds]
    choices = [together, *([promotion] for promotion in level if not promotion.compounds)]
    best = max(choices, key=lambda choice: counter.beside().one_after_another(choice))
    tried = [(promotion, counter.attempt(promotion)) for promotion in level if promotion not in best]
    counter.one_after_another(best)
    winners = [promotion.id for promotion in best if counter.saved(promotion)]
    for promotion, cuts in tried:
        if isinstance(cuts, Cuts):
            counter.beaten(promotion, cuts, winners)
        else:
            counter.refuse(promotion, cuts)
    return winners[0]
