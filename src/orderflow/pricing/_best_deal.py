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
from ._packing import DEFAULT_STEPS, Offer, best_packing
from ._promotion import Promotion
from ._reasons import NotApplied, OtherCurrency
from ._till import Cuts, Till

MOST_CHOICES = 64
"""How many ways to choose one promotion of each group are all searched; beyond, the bound leaves groups aside."""

MOST_OFFERS_OF_ALL = 20_000
"""How many offers of all promotions together are looked at; and in all choices together, where there are groups."""

_NO_CUTS = Cuts()


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


_NOTHING_COMPETES = Plan({}, 0, 0)


@attrs.frozen
class _Option:
    """One way to go on: a plan, and who follows in which order; together they save so much."""

    saved: int
    plan: Plan
    following: Sequence[Promotion] = ()
    exclusive: str = ""


def best_deal(counter: Counter) -> Proof:
    """
    Ring up what saves most: the best plan and what follows it, or only what follows, or an exclusive promotion.

    A promotion that stacks and alone saves more than all of this goes first. Of equal ones it is the plan.
    """
    alone = _alone(counter)
    mine = counter.promotions.promotions
    competing = [each for each in mine if each.id in alone and _competes(each) and not each.exclusive]
    following = [each for each in mine if not _competes(each) and not each.exclusive]
    together = _search(competing, alone, counter.till)
    ways = [(together, following)]
    if following and together.cuts:
        ways.append((_NOTHING_COMPETES, following))
    options = [_Option(_apply(counter.beside(), plan, order), plan, order) for plan, order in ways]
    least = max(option.saved for option in options)
    steps, at_most = together.steps, options[0].saved + together.bound - together.saving
    for each in mine:
        value = counter.till.value(alone.get(each.id, _NO_CUTS))
        if each.exclusive and each.id in alone:
            plan = _by_itself(each, alone, counter.till)
            options.append(_Option(plan.saving, plan, exclusive=each.id))
            steps, at_most = steps + plan.steps, max(at_most, plan.bound)
        elif value > least:
            order = [each, *(other for other in following if other is not each)]
            options.append(_Option(_apply(counter.beside(), _NOTHING_COMPETES, order), _NOTHING_COMPETES, order))
    best = max(options, key=lambda option: option.saved)
    _ring_up(counter, best, alone)
    return Proof(Money(max(at_most - best.saved, 0), counter.till.basket.currency), steps)


def _competes(promotion: Promotion) -> bool:
    return not promotion.stacks and not isinstance(promotion.benefit, DeliveryBenefit | OrderAndDelivery)


def _by_itself(promotion: Promotion, alone: Mapping[str, Cuts], till: Till) -> Plan:
    if _competes(promotion):
        return _search([promotion], alone, till)
    value = till.value(alone[promotion.id])
    return Plan({promotion.id: alone[promotion.id]}, value, value)


def _alone(counter: Counter) -> dict[str, Cuts]:
    """
    What each would take if it were the only one; those that would take nothing are refused.

    One that takes nothing as its own rules pick the units takes nothing here either, but is searched all the same.
    """
    found = {}
    for promotion in counter.promotions.promotions:
        reasons = counter.unmet(promotion)
        tried = reasons or counter.cut(promotion)
        if isinstance(tried, Cuts):
            found[promotion.id] = tried
            continue
        counter.refuse(promotion, tried)
        if not reasons and not any(isinstance(reason, OtherCurrency) for reason in tried):
            found[promotion.id] = _NO_CUTS
    return found


def _apply(counter: Counter, plan: Plan, following: Iterable[Promotion]) -> int:
    by_id = {promotion.id: promotion for promotion in counter.promotions.promotions}
    saved = sum([counter.apply(by_id[name], cuts) for name, cuts in plan.cuts.items()])
    counter.stopped_by = ""  # what competes has no order in which something could come after it
    return saved + counter.one_after_another(following)


def _ring_up(counter: Counter, best: _Option, alone: Mapping[str, Cuts]) -> None:
    applying = {*best.plan.cuts, *(promotion.id for promotion in best.following)}
    losers = [each for each in counter.promotions.promotions if each.id in alone and each.id not in applying]
    if best.exclusive:
        counter.exclude(losers, by=best.exclusive)
    _apply(counter, best.plan, best.following)
    if not best.exclusive:
        winners = [name for name, became in counter.became.items() if not isinstance(became, NotApplied)]
        serving = _serving(best.plan)
        for loser in losers:
            cuts = alone[loser.id]
            if cuts is not _NO_CUTS:
                rivals = {name for line in {*cuts.goods, *cuts.consumed} for name in serving.get(line, ())}
                counter.beaten(loser, cuts, rivals or best.plan.cuts or winners)


def _serving(plan: Plan) -> dict[int, list[str]]:
    """By line, who reduces it or claims units of it."""
    found: dict[int, list[str]] = {}
    for name, cuts in plan.cuts.items():
        for line in {*cuts.goods, *cuts.consumed}:
            found.setdefault(line, []).append(name)
    return found


def _search(competing: Sequence[Promotion], alone: Mapping[str, Cuts], till: Till) -> Plan:
    uses: dict[str, Candidates] = {}
    groups: dict[str, list[str]] = {}
    left = MOST_OFFERS_OF_ALL
    for promotion in competing:
        found = candidates(promotion, alone[promotion.id], till, left)
        uses[promotion.id] = found
        left -= min(found.work, left)
        groups.setdefault(promotion.group or f"{promotion.id} by itself", []).append(promotion.id)
    most = max(min(MOST_CHOICES, MOST_OFFERS_OF_ALL // max(sum(len(each.uses) for each in uses.values()), 1)), 1)
    choices = list(islice(product(*groups.values()), most))
    searched: list[Plan] = []
    steps = DEFAULT_STEPS
    for place, choice in enumerate(choices):
        plan = _pack([uses[name] for name in choice], till, steps // (len(choices) - place))
        searched.append(plan)
        steps -= plan.steps
    plans = [*searched, *_singles(alone, uses)]
    best = max(plans, key=lambda plan: plan.saving)
    if prod(map(len, groups.values())) > most:
        searched.append(_pack(tuple(uses.values()), till, steps))
    return attrs.evolve(
        best, bound=max(best.saving, *(plan.bound for plan in searched)), steps=sum(plan.steps for plan in searched)
    )


def _singles(alone: Mapping[str, Cuts], uses: Iterable[str]) -> Iterator[Plan]:
    for name in uses:
        if alone[name] is not _NO_CUTS:
            saving = sum(alone[name].goods.values())
            yield Plan({name: alone[name]}, saving, saving)


def _pack(each: Sequence[Candidates], till: Till, steps: int) -> Plan:
    offered = [(one, use) for one in each for use in one.uses]
    offers = [
        Offer(
            name=f"{one.promotion} {place}",
            takes=use.takes,
            saves=use.saves,
            limit=use.limit,
            group=one.promotion,
        )
        for place, (one, use) in enumerate(offered)
    ]
    limits = {one.promotion: one.limit for one in each if one.limit is not None}
    packing = best_packing(till.quantities, offers, limits, steps)
    taken: dict[str, list[Cuts]] = {}
    for place, times in packing.applications:
        one, use = offered[place]
        taken.setdefault(one.promotion, []).append(use.cuts(times, till))
    room = max((one.room for one in each if not one.complete), default=0)
    return Plan(
        {name: _sum(cuts) for name, cuts in taken.items()}, packing.saving, max(packing.bound, room), packing.steps
    )


def _sum(taken: Iterable[Cuts]) -> Cuts:
    goods: dict[int, int] = {}
    consumed: dict[int, int] = {}
    for cuts in taken:
        for line, amount in cuts.goods.items():
            goods[line] = goods.get(line, 0) + amount
        for line, units in cuts.consumed.items():
            consumed[line] = consumed.get(line, 0) + units
    return Cuts(goods, consumed)
