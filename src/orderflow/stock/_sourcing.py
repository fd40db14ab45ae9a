"""
Sourcing: from which locations an order's units come, and why from these.

A strategy is a pure function of what is sought and what each location could give. It never looks at the order in which
locations are listed: ties are broken by code. The rules check what it answers, so a host's own strategy cannot promise
what is not there either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import Protocol

import attrs

from ..errors import InvalidInputError
from ..money import Money
from ..quantities import NO_UNITS, Quantities

__all__ = (
    "Cheapest", "Cost", "FewestParcels", "HighestStock", "Nearest", "Pick", "Priority", "SingleLocation", "Sought",
    "Sourcing", "Split", "Supply", "checked_split",
)  # fmt: skip

_MOST_STEPS = 200_000  # sets of locations, times locations, times SKUs: a few dozen milliseconds
_FARTHEST = 10**9


@attrs.frozen
class Supply:
    """What one location can give now."""

    location: str
    units: Quantities


@attrs.frozen(kw_only=True)
class Sought:
    """Units by SKU that an order needs, what each location could give, and where they go."""

    units: Quantities
    supplies: tuple[Supply, ...]
    country: str = ""
    postal_code: str = ""


@attrs.frozen(kw_only=True)
class Pick:
    """These units come from this location; *reason* says why from here, *value* is the number that decided it."""

    location: str
    units: Quantities
    reason: str
    value: int | None = None


@attrs.frozen(kw_only=True)
class Split:
    """
    From where everything comes; *missing* units come from nowhere.

    Where *exact* is False, there were too many possibilities to look at all of them: a better split may exist.
    """

    picks: tuple[Pick, ...]
    missing: Quantities = NO_UNITS
    exact: bool = True


class Sourcing(Protocol):
    """A strategy: a pure function, so the same question always has the same answer."""

    def __call__(self, sought: Sought, /) -> Split:
        """The split; picks and missing units together are exactly what is sought."""
        ...


def checked_split(split: Split, sought: Sought) -> Split:
    """
    The split, where it is possible.

    Raises:
        InvalidInputError: it takes more than there is, names a location twice, or loses units.
    """
    supplies = {supply.location: supply.units for supply in sought.supplies}
    taken = [pick.location for pick in split.picks]
    if len({*taken}) < len(taken) or any(not pick.units for pick in split.picks):
        raise InvalidInputError("sourcing", "the strategy names a location twice, or for nothing")
    if any(not pick.units <= supplies.get(pick.location, NO_UNITS) for pick in split.picks):
        raise InvalidInputError("sourcing", "the strategy takes more than a location has")
    if _sum([*(pick.units for pick in split.picks), split.missing]) != sought.units:
        raise InvalidInputError("sourcing", "the strategy's picks and what is missing are not what was sought")
    return split


@attrs.frozen
class SingleLocation:
    """All from one location, or nothing: the first one, in this *order*, that has everything."""

    order: tuple[str, ...] = ()

    def __call__(self, sought: Sought, /) -> Split:
        """The one location's pick."""
        for rank, supply in enumerate(_ordered(sought.supplies, self.order), start=1):
            if sought.units <= supply.units:
                return Split(picks=_picks([(supply.location, sought.units, "has_everything", rank)]))
        return Split(picks=(), missing=sought.units)


@attrs.frozen
class Priority:
    """Of each SKU as much as possible from the first location in this *order*, then from the next."""

    order: tuple[str, ...] = ()

    def __call__(self, sought: Sought, /) -> Split:
        """One pick per location that gives something; its value is the location's rank."""
        ordered = _ordered(sought.supplies, self.order)
        ranks = {supply.location: rank for rank, supply in enumerate(ordered, start=1)}
        return _filled(sought, lambda _: ordered, lambda location, _: ("priority", ranks[location]))


@attrs.frozen
class HighestStock:
    """Of each SKU as much as possible from where there is most of it."""

    def __call__(self, sought: Sought, /) -> Split:
        """One pick per location that gives something; its value is what it has of these SKUs."""
        stock = {supply.location: supply.units for supply in sought.supplies}

        def fullest_first(sku: str) -> list[Supply]:
            return sorted(sought.supplies, key=lambda supply: (-supply.units[sku], supply.location))

        def why(location: str, units: Quantities) -> tuple[str, int]:
            return "highest_stock", sum(stock[location][sku] for sku, _ in units)

        return _filled(sought, fullest_first, why)


def _table(value: Mapping[str, Mapping[str, int]]) -> Mapping[str, Mapping[str, int]]:
    return MappingProxyType({area: MappingProxyType(dict(row)) for area, row in value.items()})


@attrs.frozen
class Nearest:
    """
    As much as possible from the nearest location, then from the next.

    *distances* has a row of distances (or ranks) by location for each area; an area is a country, or a country and the
    beginning of a postal code (``"PL"``, ``"PL-3"``, ``"PL-30-0"``). The longest that fits counts. What a row does not
    name is farthest.
    """

    distances: Mapping[str, Mapping[str, int]] = attrs.field(converter=_table)

    def __call__(self, sought: Sought, /) -> Split:
        """One pick per location that gives something; its value is the distance."""
        row = self._row(f"{sought.country}-{sought.postal_code}")
        far = {supply.location: row.get(supply.location, _FARTHEST) for supply in sought.supplies}
        nearest_first = sorted(sought.supplies, key=lambda supply: (far[supply.location], supply.location))
        return _filled(sought, lambda _: nearest_first, lambda location, _: ("nearest", far[location]))

    def _row(self, place: str) -> Mapping[str, int]:
        fitting = [area for area in self.distances if place.startswith(area)]
        return self.distances[max(fitting, key=len)] if fitting else {}


@attrs.frozen
class FewestParcels:
    """As many units as possible from as few locations as possible."""

    def __call__(self, sought: Sought, /) -> Split:
        """One pick per location; its value is how many parcels there are."""
        useful = _useful(sought)
        most = _covered(sought.units, useful)
        exact = _is_small(sought, useful)
        chosen = _smallest(sought.units, useful, most) if exact else _greedy_cover(sought.units, useful)
        fullest_first = sorted(chosen, key=lambda one: (-_covered(sought.units, [one]), one.location))
        split = _filled(sought, lambda _: fullest_first, lambda *_: ("fewest_parcels", len(chosen)))
        return attrs.evolve(split, exact=exact)


@attrs.frozen
class Cost:
    """What sending from a location costs: once per parcel, and for each unit in it."""

    parcel: Money
    unit: Money

    def of(self, units: int) -> int:
        """Minor units of money for a parcel of so many units."""
        return self.parcel.minor + units * self.unit.minor


def _costs(value: Mapping[str, Cost]) -> Mapping[str, Cost]:
    amounts = [amount for cost in value.values() for amount in (cost.parcel, cost.unit)]
    if len({amount.currency for amount in amounts}) > 1 or any(amount.minor < 0 for amount in amounts):
        raise InvalidInputError("costs", "expected costs of nothing or more, all in one currency")
    return MappingProxyType(dict(value))


@attrs.frozen
class Cheapest:
    """As many units as possible at the lowest cost; locations without *costs* are not used."""

    costs: Mapping[str, Cost] = attrs.field(converter=_costs)

    def __call__(self, sought: Sought, /) -> Split:
        """One pick per location; its value is its cost in minor units."""
        useful = [supply for supply in _useful(sought) if supply.location in self.costs]
        exact = _is_small(sought, useful)
        tried = _subsets(useful) if exact else self._guesses(sought.units, useful)
        best = min((self._filled(sought, chosen) for chosen in tried), key=self._badness)
        return attrs.evolve(best, exact=exact)

    def _filled(self, sought: Sought, chosen: Sequence[Supply]) -> Split:
        def cheapest_first(_: str) -> list[Supply]:
            return sorted(chosen, key=lambda supply: (self.costs[supply.location].unit.minor, supply.location))

        return _filled(
            sought, cheapest_first, lambda location, units: ("cheapest", self.costs[location].of(units.total))
        )

    def _badness(self, split: Split) -> tuple[int, int, int, list[str]]:
        cost = sum(pick.value or 0 for pick in split.picks)
        return split.missing.total, cost, len(split.picks), sorted(pick.location for pick in split.picks)

    def _guesses(self, units: Quantities, useful: Sequence[Supply]) -> Iterator[Sequence[Supply]]:
        """Each location alone, everywhere, and one after another what costs least per unit."""
        yield from ([one] for one in useful)
        yield useful
        chosen: list[Supply] = []
        left = units
        while rest := [one for one in useful if one not in chosen and left & one.units]:
            costs = [(self._per_unit(left & one.units, one.location), one.location, one) for one in rest]
            chosen.append(min(costs)[-1])
            left = left - chosen[-1].units
            yield [*chosen]

    def _per_unit(self, units: Quantities, location: str) -> int:
        return self.costs[location].of(units.total) * 1000 // units.total


class _Order(Protocol):
    def __call__(self, sku: str, /) -> Iterable[Supply]: ...


class _Why(Protocol):
    def __call__(self, location: str, units: Quantities, /) -> tuple[str, int]: ...


def _filled(sought: Sought, order: _Order, why: _Why) -> Split:
    """Each SKU from one location after another in its *order*, until nothing is left to be had."""
    taken: dict[str, dict[str, int]] = {}
    missing: dict[str, int] = {}
    for sku, count in sought.units:
        left = count
        for supply in order(sku):
            if (part := min(left, supply.units[sku])) > 0:
                taken.setdefault(supply.location, {})[sku] = part
                left -= part
        missing[sku] = left
    parts = sorted((location, Quantities(units)) for location, units in taken.items())
    return Split(
        picks=_picks((location, units, *why(location, units)) for location, units in parts),
        missing=Quantities(missing),
    )


def _picks(parts: Iterable[tuple[str, Quantities, str, int]]) -> tuple[Pick, ...]:
    return tuple(
        Pick(location=location, units=units, reason=reason, value=value)
        for location, units, reason, value in parts
        if units
    )


def _ordered(supplies: Iterable[Supply], order: Sequence[str]) -> list[Supply]:
    ranks = {location: rank for rank, location in enumerate(order)}
    return sorted(supplies, key=lambda supply: (ranks.get(supply.location, len(ranks)), supply.location))


def _useful(sought: Sought) -> list[Supply]:
    useful = [Supply(supply.location, supply.units & sought.units) for supply in sought.supplies]
    return sorted((supply for supply in useful if supply.units), key=lambda supply: supply.location)


def _is_small(sought: Sought, useful: Sequence[Supply]) -> bool:
    return len(useful) * len(sought.units) << len(useful) <= _MOST_STEPS


def _subsets(useful: Sequence[Supply]) -> Iterator[Sequence[Supply]]:
    for size in range(len(useful) + 1):
        yield from combinations(useful, size)


def _smallest(units: Quantities, useful: Sequence[Supply], most: int) -> Sequence[Supply]:
    return next(chosen for chosen in _subsets(useful) if _covered(units, chosen) == most)


def _greedy_cover(units: Quantities, useful: Sequence[Supply]) -> Sequence[Supply]:
    chosen: list[Supply] = []
    left = units
    while rest := [one for one in useful if one not in chosen and left & one.units]:
        _, _, best = min((-(left & one.units).total, one.location, one) for one in rest)
        chosen.append(best)
        left = left - best.units
    return chosen


def _covered(units: Quantities, supplies: Iterable[Supply]) -> int:
    return (units & _sum(supply.units for supply in supplies)).total


def _sum(quantities: Iterable[Quantities]) -> Quantities:
    return Quantities(pair for units in quantities for pair in units)
