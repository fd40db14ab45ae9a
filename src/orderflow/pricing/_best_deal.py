"""
The best deal: every unit serves one promotion at most, and no other choice saves more.

Promotions become *offers*, the smallest ways to use each of them once: one unit at a percentage off, three for two,
a set, or a whole order's discount that needs all of its goods. The packing search chooses among them exactly, or says
how much more could be saved at most. Promotions that stack, and those on delivery, follow on what is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from math import prod

import attrs

from ..money import Money
from ._benefits import DeliveryBenefit, OrderAndDelivery
from ._counter import Counter
from ._offers import Candidates, candidates
from ._packing import Offer, best_packing
from ._promotion import Promotion
from ._till import Cuts, Till

MOST_CHOICES = 64
"""How many ways to choose one promotion of each group are all searched; beyond, the bound leaves groups aside."""


@attrs.frozen
class Proof:
    """How good a best deal is: nothing among the competing promotions saves more than ``at_most_more`` on top."""

    at_most_more: Money
    steps: int

    @property
    def proven(self) -> bool:
        """Whether nothing saves more."""
        return not self.at_most_more


@attrs.frozen
class Plan:
    """What promotions take together, how much that is, the most that any choice could take, and the work it was."""

    cuts: Mapping[str, Cuts]
    saving: int
    bound: int
    steps: int = 0


def best_deal(counter: Counter) -> Proof:
    """Ring up the plan that saves most; of equal ones, the one that needs no exclusive promotion."""
    alone = _alone(counter)
    mine = counter.promotions.promotions
    competing = [each for each in mine if each.id in alone and _competes(each) and not each.exclusive]
    following = [each for each in mine if not _competes(each) and not each.exclusive]
    together = _search(competing, alone, counter.till)
    saved = _try(counter, together, following)
    plans = [(saved, "", together, following)]
    for each in mine:
        if each.exclusive and each.id in alone:
            value = counter.till.value(alone[each.id])
            plans.append((value, each.id, Plan({each.id: alone[each.id]}, value, value), []))
    best, exclusive, plan, following = max(plans, key=lambda option: option[0])
    _ring_up(counter, plan, following, alone, exclusive)
    at_most = max(saved + together.bound - together.saving, best)
    return Proof(Money(at_most - best, counter.till.basket.currency), together.steps)


def _competes(promotion: Promotion) -> bool:
    return not promotion.stacks and not isinstance(promotion.benefit, DeliveryBenefit | OrderAndDelivery)


def _alone(counter: Counter) -> dict[str, Cuts]:
    """What each would take if it were the only one; those that would take nothing are refused."""
    found = {}
    for promotion in counter.promotions.promotions:
        tried = counter.attempt(promotion)
        if isinstance(tried, Cuts):
            found[promotion.id] = tried
        else:
            counter.refuse(promotion, tried)
    return found


def _try(counter: Counter, plan: Plan, following: Iterable[Promotion]) -> int:
    beside = counter.beside()
    for cuts in plan.cuts.values():
        beside.till.take(cuts)
    return plan.saving + beside.one_after_another(following)


def _ring_up(
    counter: Counter, plan: Plan, following: Sequence[Promotion], alone: Mapping[str, Cuts], exclusive: str
) -> None:
    by_id = {promotion.id: promotion for promotion in counter.promotions.promotions}
    for name, cuts in alone.items():
        if name not in plan.cuts and by_id[name] not in following:
            if exclusive:
                counter.exclude((by_id[name],), by=exclusive)
            else:
                counter.beaten(by_id[name], cuts, _rivals(cuts, plan))
    for name, cuts in plan.cuts.items():
        counter.apply(by_id[name], cuts)
    counter.one_after_another(following)


def _rivals(cuts: Cuts, plan: Plan) -> Iterable[str]:
    """Those who serve the goods that *cuts* would have reduced; everybody, where nobody does."""
    wanted = {*cuts.goods, *cuts.consumed}
    return [name for name, taken in plan.cuts.items() if wanted & {*taken.goods, *taken.consumed}] or plan.cuts


def _search(competing: Sequence[Promotion], alone: Mapping[str, Cuts], till: Till) -> Plan:
    uses = {promotion.id: candidates(promotion, alone[promotion.id], till) for promotion in competing}
    groups: dict[str, list[str]] = {}
    for promotion in competing:
        groups.setdefault(promotion.group or f"{promotion.id} by itself", []).append(promotion.id)
    choices = list(islice(product(*groups.values()), MOST_CHOICES))
    plans = [*(_pack([uses[name] for name in choice], till) for choice in choices), *_singles(alone, uses)]
    best = max(plans, key=lambda plan: plan.saving)
    searched = plans[: len(choices)]
    if prod(map(len, groups.values())) > MOST_CHOICES:
        searched.append(_pack(tuple(uses.values()), till))
    return attrs.evolve(
        best, bound=max(best.saving, *(plan.bound for plan in searched)), steps=sum(plan.steps for plan in searched)
    )


def _singles(alone: Mapping[str, Cuts], uses: Iterable[str]) -> Iterator[Plan]:
    for name in uses:
        saving = sum(alone[name].goods.values())
        yield Plan({name: alone[name]}, saving, saving)


def _pack(each: Sequence[Candidates], till: Till) -> Plan:
    offered = [(one, use) for one in each for use in one.uses]
    offers = [
        Offer(
            name=f"{one.promotion} {place}",
            takes=tuple(sorted(use.cuts.consumed.items())),
            saves=sum(use.cuts.goods.values()),
            limit=use.limit,
            group=one.promotion,
        )
        for place, (one, use) in enumerate(offered)
    ]
    limits = {one.promotion: one.limit for one in each if one.limit is not None}
    packing = best_packing(till.quantities, offers, limits)
    taken: dict[str, list[tuple[Cuts, int]]] = {}
    for place, times in packing.applications:
        one, use = offered[place]
        taken.setdefault(one.promotion, []).append((use.cuts, times))
    room = max((one.room for one in each if not one.complete), default=0)
    return Plan(
        {name: _sum(cuts) for name, cuts in taken.items()}, packing.saving, max(packing.bound, room), packing.steps
    )


def _sum(taken: Iterable[tuple[Cuts, int]]) -> Cuts:
    goods: dict[int, int] = {}
    consumed: dict[int, int] = {}
    for cuts, times in taken:
        for line, amount in cuts.goods.items():
            goods[line] = goods.get(line, 0) + amount * times
        for line, units in cuts.consumed.items():
            consumed[line] = consumed.get(line, 0) + units * times
    return Cuts(goods, consumed)
