"""
The best use of offers that compete for the same units, with a proof or with a bound on what was missed.

This is weighted multiset packing, NP-hard in general. Here limits become scarce things like items are, parts of the
problem that share nothing are solved on their own, offers that cannot be part of anything better than what a greedy
choice found are left out, and the rest is a best-first search that goes through the scarce things one by one. What
the states of the search can still save is bounded by :mod:`._bound`; states with the same units left are one state,
so the search is never larger than the dynamic programme over units left. It counts steps, never time.

**Ties.** Everything is ranked by content: offers by name, items by the offers that want them. Every choice goes by
these ranks, so of several packings that save the same it is always the same one, whatever the order of items and
offers. Of offers that differ only in name and are not limited one by one, the first name is used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import attrs

from ..errors import InvalidInputError
from ._bound import Takes
from ._search import Part, solve

DEFAULT_STEPS = 100_000  # well under a second


def _whole(value: object, least: int) -> bool:
    return type(value) is int and value >= least


@attrs.frozen
class Offer:
    """
    One way to use a promotion once.

    ``takes`` are the units consumed, as ``(item index, units)`` in ascending order; ``saves`` is in minor units;
    ``limit`` is how often this offer may be applied, ``group`` names the promotion for limits over all its offers.

    Raises:
        InvalidInputError: nothing taken, items out of order, or a number that is too small.
    """

    name: str
    takes: Takes
    saves: int
    limit: int | None = None
    group: str = ""

    def __attrs_post_init__(self) -> None:
        before = -1
        for item, units in self.takes:
            if not _whole(item, before + 1) or not _whole(units, 1):
                raise InvalidInputError("takes", f"offer {self.name!r}: expected items in ascending order, units >= 1")
            before = item
        if not self.takes:
            raise InvalidInputError("takes", f"offer {self.name!r} takes nothing, so it could be applied for ever")
        if not _whole(self.saves, 1):
            raise InvalidInputError("saves", f"offer {self.name!r}: expected minor units, at least one")
        if self.limit is not None and not _whole(self.limit, 0):
            raise InvalidInputError("limit", f"offer {self.name!r}: expected a whole number, zero or more")


@attrs.frozen
class Packing:
    """
    What to apply: ``(offer index, times)`` in the order the offers were given.

    No packing saves more than ``bound``; ``steps`` is the work it took.
    """

    applications: tuple[tuple[int, int], ...]
    saving: int
    bound: int
    steps: int

    @property
    def proven(self) -> bool:
        """Whether nothing saves more."""
        return self.bound == self.saving


def best_packing(
    capacities: Sequence[int],
    offers: Sequence[Offer],
    group_limits: Mapping[str, int] = {},
    steps: int = DEFAULT_STEPS,
) -> Packing:
    """
    The packing that saves most: every unit of *capacities* used at most once, no limit exceeded.

    *group_limits* says how often all offers of a group together may be applied; a group that is not named is not
    limited. When *steps* run out, the result saves at least what taking offers greedily by saving, by saving per
    unit, or only one of them would save.

    >>> three_mugs, mug_and_plate = Offer("a", ((0, 3),), 100), Offer("b", ((0, 1), (1, 1)), 70)
    >>> best_packing((4, 2), (three_mugs, mug_and_plate)).applications
    ((0, 1), (1, 1))

    Raises:
        InvalidInputError: a negative capacity or limit, an offer on an item that is not there, or a name used twice.
    """
    for path, numbers in (("capacities", capacities), ("group_limits", group_limits.values()), ("steps", (steps,))):
        if not all(_whole(number, 0) for number in numbers):
            raise InvalidInputError(path, "expected whole numbers, zero or more")
    if any(offer.takes[-1][0] >= len(capacities) for offer in offers):
        raise InvalidInputError("offers", f"expected takes from the {len(capacities)} items there are")
    if len({offer.name for offer in offers}) < len(offers):
        raise InvalidInputError("offers", "a name is used twice")
    applications: list[tuple[int, int]] = []
    bound = spent = 0
    for members, part in _parts(capacities, offers, group_limits):
        solution = solve(part, steps - spent)
        applications += [(members[rank], times) for rank, times in solution.times.items()]
        bound += solution.bound
        spent += solution.steps
    saving = sum(offers[offer].saves * times for offer, times in applications)
    return Packing(tuple(sorted(applications)), saving, bound, spent)


def _times(takes: Takes, capacities: Sequence[int]) -> int:
    return min(capacities[item] // units for item, units in takes)


def _parts(
    capacities: Sequence[int], offers: Sequence[Offer], group_limits: Mapping[str, int]
) -> list[tuple[list[int], Part]]:
    # Problems of their own, and which offers are in them. The small ones come first, to leave steps to the others.
    usable: list[tuple[int, int]] = []
    for index in sorted(range(len(offers)), key=lambda index: offers[index].name):
        offer = offers[index]
        times = _times(offer.takes, capacities)
        if times and offer.limit != 0 and group_limits.get(offer.group) != 0:
            usable.append((index, times))
    ranked = [index for index, _ in usable]
    scarce = _scarce(capacities, [(offers[index], times) for index, times in usable], group_limits)
    # Offers that share something scarce, directly or through others, have the same root.
    root = list(range(len(ranked)))

    def find(rank: int) -> int:
        while root[rank] != rank:
            root[rank] = rank = root[root[rank]]
        return rank

    for takers in scarce:
        for rank, _ in takers:
            root[find(rank)] = find(takers[0][0])
    amounts: dict[int, list[int]] = {}
    takes: list[list[tuple[int, int]]] = [[] for _ in ranked]
    for takers, amount in sorted(scarce.items()):
        own = amounts.setdefault(find(takers[0][0]), [])
        for rank, units in takers:
            takes[rank].append((len(own), units))
        own.append(amount)
    # Of offers that take exactly the same, the one that saves most and has the first name is enough.
    chosen: dict[tuple[int, Takes], int] = {}
    for rank, index in enumerate(ranked):
        alike = find(rank), tuple(takes[rank])
        if alike not in chosen or offers[index].saves > offers[ranked[chosen[alike]]].saves:
            chosen[alike] = rank
    members: dict[int, list[int]] = {}
    for rank in sorted(chosen.values()):
        members.setdefault(find(rank), []).append(rank)
    parts: list[tuple[list[int], Part]] = []
    for key, ranks in members.items():
        own_offers = [ranked[rank] for rank in ranks]
        part = Part(
            tuple(amounts[key]),
            tuple(tuple(takes[rank]) for rank in ranks),
            tuple(offers[index].saves for index in own_offers),
            tuple(sum(units for _, units in offers[index].takes) for index in own_offers),
        )
        parts.append((own_offers, part))
    return sorted(parts, key=lambda part: len(part[0]))


def _scarce(
    capacities: Sequence[int], offers: Sequence[tuple[Offer, int]], group_limits: Mapping[str, int]
) -> dict[Takes, int]:
    # How much there is of what, named by the offers that take it and how much they take. Limits are such things too,
    # unless the items make sure that they are kept; so are two items that the same offers take in the same way one.
    items: dict[int, list[tuple[int, int]]] = {}
    groups: dict[str, list[tuple[int, int]]] = {}
    reach: dict[str, int] = {}
    demands: list[tuple[list[tuple[int, int]], int]] = []
    for rank, (offer, times) in enumerate(offers):
        for item, units in offer.takes:
            items.setdefault(item, []).append((rank, units))
        if offer.limit is not None and offer.limit < times:
            demands.append(([(rank, 1)], offer.limit))
        groups.setdefault(offer.group, []).append((rank, 1))
        reach[offer.group] = reach.get(offer.group, 0) + times
    demands += [(takers, capacities[item]) for item, takers in items.items()]
    demands += [
        (takers, group_limits[group])
        for group, takers in groups.items()
        if group_limits.get(group, reach[group]) < reach[group]
    ]
    scarce: dict[Takes, int] = {}
    for takers, capacity in demands:
        lot = math.gcd(*(units for _, units in takers))
        name = tuple((rank, units // lot) for rank, units in takers)
        scarce[name] = min(capacity // lot, scarce.get(name, capacity))
    return scarce
