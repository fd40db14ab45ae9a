"""From where units come: every strategy is exact, explained, and promises nothing that is not there."""

from __future__ import annotations

from itertools import product

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import Money, Quantities
from orderflow.errors import InvalidInputError
from orderflow.stock import (
    Cheapest,
    Cost,
    FewestParcels,
    HighestStock,
    Nearest,
    Pick,
    Priority,
    SingleLocation,
    Sought,
    Sourcing,
    Split,
    Supply,
    checked_split,
)

PLACES = ("gdynia", "krakow", "lodz", "main")
SKUS = ("MUG", "TEA", "POT")


def cost(parcel: int, unit: int) -> Cost:
    """Costs in grosze."""
    return Cost(Money(parcel, "PLN"), Money(unit, "PLN"))


COSTS = {"gdynia": cost(900, 100), "krakow": cost(1200, 0), "lodz": cost(700, 250), "main": cost(1000, 50)}
STRATEGIES: dict[str, Sourcing] = {
    "single": SingleLocation(("main", "krakow")),
    "priority": Priority(("lodz", "main")),
    "highest": HighestStock(),
    "nearest": Nearest({"PL": {"main": 1, "lodz": 100}, "PL-3": {"krakow": 1}}),
    "fewest": FewestParcels(),
    "cheapest": Cheapest(COSTS),
}


def supplies(**there: dict[str, int]) -> tuple[Supply, ...]:
    """What each location has."""
    return tuple(Supply(place, Quantities(units)) for place, units in there.items())


def seek(units: dict[str, int], postal_code: str = "", **there: dict[str, int]) -> Sought:
    """An order's need, and what each location has."""
    return Sought(units=Quantities(units), supplies=supplies(**there), country="PL", postal_code=postal_code)


def taken(split: Split) -> dict[str, dict[str, int]]:
    """The picks, in short."""
    return {pick.location: dict(pick.units) for pick in split.picks}


def test_a_single_location_has_everything_or_nothing_is_sent() -> None:
    """Main could send the mug and Krakow the tea, but only Lodz sends both; the reason is its rank."""
    both = seek({"MUG": 1, "TEA": 1}, main={"MUG": 5}, krakow={"TEA": 5}, lodz={"MUG": 1, "TEA": 1})
    pick = Pick(location="lodz", units=both.units, reason="has_everything", value=3)
    assert SingleLocation(("main", "krakow"))(both) == Split(picks=(pick,))
    apart = seek({"MUG": 1, "TEA": 1}, main={"MUG": 5}, krakow={"TEA": 5})
    assert SingleLocation()(apart) == Split(picks=(), missing=apart.units)


def test_priority_empties_the_first_location_before_the_next() -> None:
    """Three from main, which comes first, and the fourth from Krakow; Lodz is not needed."""
    four = seek({"MUG": 4}, krakow={"MUG": 9}, lodz={"MUG": 9}, main={"MUG": 3})
    split = Priority(("main", "krakow", "lodz"))(four)
    assert taken(split) == {"krakow": {"MUG": 1}, "main": {"MUG": 3}}
    assert [(pick.location, pick.reason, pick.value) for pick in split.picks] == [
        ("krakow", "priority", 2),
        ("main", "priority", 1),
    ]


def test_the_highest_stock_is_asked_for_each_sku() -> None:
    """Mugs from where most mugs are, tea from where most tea is; a tie goes by the code."""
    split = HighestStock()(seek({"MUG": 2, "TEA": 2}, main={"MUG": 9, "TEA": 3}, lodz={"MUG": 3, "TEA": 3}))
    assert taken(split) == {"lodz": {"TEA": 2}, "main": {"MUG": 2}}
    assert [pick.value for pick in split.picks] == [3, 9]


def test_the_nearest_location_goes_by_the_longest_area() -> None:
    """A parcel to 30-001 comes from Krakow, one to 00-001 from the main warehouse, one abroad by code."""
    strategy = STRATEGIES["nearest"]
    there = {place: {"MUG": 1} for place in PLACES}
    assert taken(strategy(seek({"MUG": 1}, "30-001", **there))) == {"krakow": {"MUG": 1}}
    assert taken(strategy(seek({"MUG": 1}, "00-001", **there))) == {"main": {"MUG": 1}}
    abroad = attrs.evolve(seek({"MUG": 1}, **there), country="DE")
    assert taken(strategy(abroad)) == {"gdynia": {"MUG": 1}}


def test_fewer_parcels_win_over_any_order() -> None:
    """Gdynia and Krakow could do it in two parcels; Lodz does it in one."""
    split = FewestParcels()(seek({"MUG": 2, "TEA": 1}, gdynia={"MUG": 2}, krakow={"TEA": 1}, lodz={"MUG": 2, "TEA": 1}))
    assert taken(split) == {"lodz": {"MUG": 2, "TEA": 1}}
    assert split.exact


def test_two_parcels_are_sent_where_they_are_cheaper_than_one() -> None:
    """One parcel for 30.00 loses against two for 20.00; each pick says its cost."""
    costs = {"main": cost(3000, 0), "krakow": cost(1000, 0), "lodz": cost(900, 100)}
    both = {"MUG": 1, "TEA": 1}
    split = Cheapest(costs)(seek(both, main=both, krakow={"MUG": 1}, lodz={"TEA": 1}, gdynia=both))
    assert [(pick.location, pick.reason, pick.value) for pick in split.picks] == [
        ("krakow", "cheapest", 1000),
        ("lodz", "cheapest", 1000),
    ]


def test_too_many_possibilities_are_not_all_looked_at_and_the_split_says_so() -> None:
    """Sixteen locations and forty SKUs: an answer in time, complete, and flagged."""
    skus = [f"S{number}" for number in range(40)]
    there = {f"p{place:02}": {sku: 1 for index, sku in enumerate(skus) if index % 16 != place} for place in range(16)}
    sought = seek(dict.fromkeys(skus, 2), **there)
    for strategy in (FewestParcels(), Cheapest({place: cost(1000, int(place[-1] == "3")) for place in there})):
        split = strategy(sought)
        assert not split.exact
        assert not checked_split(split, sought).missing
        assert len(split.picks) <= 4


@pytest.mark.parametrize(
    "split",
    [
        Split(picks=(Pick(location="main", units=Quantities({"MUG": 4}), reason="x"),)),
        Split(picks=(Pick(location="main", units=Quantities({"MUG": 2}), reason="x"),)),
        Split(picks=(Pick(location="moon", units=Quantities({"MUG": 4}), reason="x"),)),
        Split(picks=(Pick(location="main", units=Quantities({"MUG": 2}), reason="x"),) * 2),
        Split(picks=(Pick(location="main", units=Quantities(), reason="x"),), missing=Quantities({"MUG": 4})),
        Split(picks=(), missing=Quantities({"MUG": 4, "TEA": 1})),
    ],
)
def test_an_impossible_split_is_refused(split: Split) -> None:
    """A host's strategy promises neither more than there is nor anything else than what was sought."""
    with pytest.raises(InvalidInputError, match="sourcing"):
        checked_split(split, seek({"MUG": 4}, main={"MUG": 3}))


def test_costs_are_in_one_currency_and_not_below_nothing() -> None:
    """They could not be compared otherwise."""
    with pytest.raises(InvalidInputError, match="costs"):
        Cheapest({"main": Cost(Money(1, "PLN"), Money(1, "EUR"))})
    with pytest.raises(InvalidInputError, match="costs"):
        Cheapest({"main": cost(1, -1)})


COUNTS = st.dictionaries(st.sampled_from(SKUS), st.integers(0, 4)).map(Quantities)
NEEDS = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 4), min_size=1).map(Quantities)


@st.composite
def questions(draw: st.DrawFn) -> Sought:
    """Up to four locations with a few units each."""
    places = draw(st.lists(st.sampled_from(PLACES), unique=True))
    there = tuple(Supply(place, draw(COUNTS)) for place in places)
    return Sought(
        units=draw(NEEDS), supplies=there, country="PL", postal_code=draw(st.sampled_from(["00-001", "30-1"]))
    )


@given(questions(), st.sampled_from(sorted(STRATEGIES)), st.randoms())
def test_no_strategy_promises_more_than_there_is_or_cares_for_the_order_of_the_list(sought, name, random) -> None:
    """Every split is possible and complete; shuffled, the same question has the same answer."""
    split = checked_split(STRATEGIES[name](sought), sought)
    shuffled = list(sought.supplies)
    random.shuffle(shuffled)
    assert STRATEGIES[name](attrs.evolve(sought, supplies=tuple(shuffled))) == split
    if name != "single":
        there = Quantities(pair for supply in sought.supplies for pair in supply.units)
        assert split.missing == sought.units - there


def every_split(sought: Sought) -> list[dict[str, Quantities]]:
    """All ways to take as much as there is, unit by unit."""
    ways: list[dict[str, Quantities]] = [{}]
    for sku, count in sought.units:
        there = [(supply.location, min(supply.units[sku], count)) for supply in sought.supplies]
        most = min(count, sum(units for _, units in there))
        choices = product(*(range(units + 1) for _, units in there))
        parts = [[*zip(there, choice, strict=True)] for choice in choices if sum(choice) == most]
        ways = [
            {place: way.get(place, Quantities()) + Quantities({sku: units}) for (place, _), units in part}
            for way in ways
            for part in parts
        ]
    return [{place: units for place, units in way.items() if units} for way in ways]


SMALL = st.dictionaries(st.sampled_from(SKUS[:2]), st.integers(1, 3), min_size=1).map(Quantities)


@given(SMALL, st.lists(COUNTS, min_size=1, max_size=4))
def test_the_fewest_and_the_cheapest_are_those_of_all_possible_splits(units, there) -> None:
    """Compared with every way there is."""
    sought = Sought(units=units, supplies=tuple(map(Supply, PLACES, there)))
    ways = every_split(sought)
    fewest, cheapest = FewestParcels()(sought), Cheapest(COSTS)(sought)
    assert len(fewest.picks) == min(len(way) for way in ways)
    paid = sum(pick.value or 0 for pick in cheapest.picks)
    assert paid == min(sum(COSTS[place].of(units.total) for place, units in way.items()) for way in ways)
