"""The best deal: nothing saves more, whatever competes with whatever; and when steps run out, the bound holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from random import Random

import attrs
import pytest

from orderflow.errors import InvalidInputError
from orderflow.pricing._bound import cost, scarcity_prices
from orderflow.pricing._packing import Offer, Packing, best_packing

Problem = tuple[list[int], list[Offer], dict[str, int]]


def optimum(capacities: Sequence[int], offers: Sequence[Offer], group_limits: Mapping[str, int]) -> int:
    """What all combinations there are save at most."""
    groups = sorted({offer.group for offer in offers} & set(group_limits))

    @cache
    def best(place: int, left: tuple[int, ...], leave: tuple[int, ...]) -> int:
        if place == len(offers):
            return 0
        offer = offers[place]
        group = groups.index(offer.group) if offer.group in groups else None
        most = min(left[item] // units for item, units in offer.takes)
        most = min(most, most if offer.limit is None else offer.limit, most if group is None else leave[group])
        values = []
        for times in range(most + 1):
            after, still = list(left), list(leave)
            for item, units in offer.takes:
                after[item] -= units * times
            if group is not None:
                still[group] -= times
            values.append(times * offer.saves + best(place + 1, tuple(after), tuple(still)))
        return max(values)

    return best(0, tuple(capacities), tuple(group_limits[group] for group in groups))


def greedy(problem: Problem, order: Sequence[Offer]) -> int:
    """What is saved by taking as many as possible of each offer in this order."""
    left, leave, saving = list(problem[0]), dict(problem[2]), 0
    for offer in order:
        times = min(left[item] // units for item, units in offer.takes)
        times = min(times, times if offer.limit is None else offer.limit, leave.get(offer.group, times))
        for item, units in offer.takes:
            left[item] -= units * times
        if offer.group in leave:
            leave[offer.group] -= times
        saving += offer.saves * times
    return saving


def greediest(problem: Problem) -> int:
    """The best of greedy by saving, greedy by saving per unit, and any one offer repeated."""
    by_name = sorted(problem[1], key=lambda offer: offer.name)
    by_saving = sorted(by_name, key=lambda offer: -offer.saves)
    per_unit = sorted(by_name, key=lambda offer: -Fraction(offer.saves, sum(units for _, units in offer.takes)))
    return max([greedy(problem, order) for order in (by_saving, per_unit, *([offer] for offer in by_name))])


def small_problem(random: Random, items: int = 4, most_units: int = 4, most_offers: int = 7) -> Problem:
    """Anything: offers that fit or do not, with and without limits, worth anything or nearly the same per unit."""
    capacities = [random.randint(0, most_units) for _ in range(random.randint(1, items))]
    worth = [random.randint(5, 40) for _ in capacities]
    alike = random.random() < 0.5
    offers = []
    for number in range(random.randint(0, most_offers)):
        chosen = sorted(random.sample(range(len(capacities)), random.randint(1, min(3, len(capacities)))))
        takes = tuple((item, random.choice((1, 1, 1, 2, 3))) for item in chosen)
        near = sum(worth[item] * units for item, units in takes) * random.randint(90, 110) // 100
        offers.append(
            Offer(
                f"{random.randint(0, 9)}-{number}",
                takes,
                near if alike else random.randint(1, 12),
                random.choice((None, None, None, 0, 1, 2)),
                random.choice("abc"),
            )
        )
    return capacities, offers, {group: random.randint(0, 4) for group in "abc" if random.random() < 0.4}


def dense_problem(random: Random, items: int = 5, offers: int = 14) -> Problem:
    """Many offers on few units, worth nearly the same per unit in small numbers: one more or less decides."""
    capacities = [random.randint(1, 4) for _ in range(items)]
    worth = [random.randint(3, 9) for _ in capacities]
    deals = []
    for number in range(offers):
        takes = tuple((item, random.choice((1, 1, 2))) for item in sorted(random.sample(range(items), 3)))
        saves = sum(worth[item] * units for item, units in takes) + random.randint(-3, 3)
        deals.append(Offer(f"{number:02}", takes, saves, random.choice((None, None, None, 1)), random.choice("abcd")))
    return capacities, deals, {"a": random.randint(1, 3)}


def hard_problem(random: Random, units: int = 30, promotions: int = 12, items: int = 15) -> Problem:
    """Many promotions on the same items, all worth nearly the same per unit: a few steps cannot settle it."""
    capacities = [1] * items
    for _ in range(units - items):
        capacities[random.randrange(items)] += 1
    worth = [random.randint(100, 900) for _ in capacities]
    offers = []
    for promotion in range(promotions):
        for number in range(random.randint(5, 15)):
            takes = tuple((item, 1) for item in sorted(random.sample(range(items), random.randint(2, 4))))
            saves = sum(worth[item] for item, _ in takes) * random.randint(90, 110) // 100
            offers.append(Offer(f"{promotion}-{number}", takes, saves, None, str(promotion)))
    return capacities, offers, {str(promotion): 2 for promotion in range(0, promotions, 3)}


def check_is_valid(problem: Problem, packing: Packing) -> None:
    """Units, limits and group limits are kept, and the sum is right."""
    capacities, offers, group_limits = problem
    left, leave, saving = list(capacities), dict(group_limits), 0
    assert list(packing.applications) == sorted(set(packing.applications))
    for index, times in packing.applications:
        offer = offers[index]
        assert times >= 1
        assert offer.limit is None or times <= offer.limit
        for item, units in offer.takes:
            left[item] -= units * times
        if offer.group in leave:
            leave[offer.group] -= times
        saving += offer.saves * times
    assert min(left, default=0) >= 0
    assert min(leave.values(), default=0) >= 0
    assert packing.saving == saving <= packing.bound


def check_is_best(problem: Problem) -> None:
    packing = best_packing(*problem)
    check_is_valid(problem, packing)
    assert packing.proven
    assert packing.saving == optimum(*problem), problem


def by_name(problem: Problem, packing: Packing) -> dict[str, int]:
    return {problem[1][index].name: times for index, times in packing.applications}


def test_nothing_saves_more() -> None:
    """On 2,000 small problems of every kind and 500 dense ones the saving is that of trying everything."""
    for seed in range(2000):
        check_is_best(small_problem(Random(seed)))
    for seed in range(500):
        check_is_best(dense_problem(Random(seed)))


@pytest.mark.long
def test_nothing_saves_more_in_many_and_larger_problems() -> None:
    """12,000 small ones, 4,500 larger and dense ones, and 60 of a hundred offers worth nearly the same."""
    for seed in range(10_000, 22_000):
        check_is_best(small_problem(Random(seed)))
    for seed in range(1500):
        check_is_best(small_problem(Random(seed), items=6, most_units=5, most_offers=16))
    for seed in range(10_000, 13_000):
        check_is_best(dense_problem(Random(seed), items=seed % 3 + 4))
    for seed in range(60):
        check_is_best(hard_problem(Random(seed), units=13, promotions=9, items=9))


def test_one_more_offer_never_saves_less() -> None:
    """Nor does a limit that is taken away."""
    gained = 0
    for seed in range(500):
        capacities, offers, group_limits = small_problem(Random(seed))
        for count in range(len(offers)):
            fewer = best_packing(capacities, offers[:count], group_limits).saving
            more = best_packing(capacities, offers[: count + 1], group_limits).saving
            assert fewer <= more
            gained += fewer < more
        free = [attrs.evolve(offer, limit=None) for offer in offers]
        assert best_packing(capacities, offers, group_limits).saving <= best_packing(capacities, free, {}).saving
    assert gained


def test_one_more_unit_never_saves_less() -> None:
    """Whichever item it is one of."""
    gained = 0
    for seed in range(500):
        capacities, offers, group_limits = small_problem(Random(seed))
        saving = best_packing(capacities, offers, group_limits).saving
        for item in range(len(capacities)):
            more = [units + (other == item) for other, units in enumerate(capacities)]
            richer = best_packing(more, offers, group_limits).saving
            assert saving <= richer
            gained += saving < richer
    assert gained


@pytest.mark.parametrize("steps", [0, 3, 40, 100_000])
def test_the_order_of_offers_and_items_does_not_matter(steps: int) -> None:
    """The same offers are applied as often, even among equals and when steps run out."""
    for seed in range(400):
        random = Random(seed)
        problem = small_problem(random) if seed % 10 else hard_problem(random)
        capacities, offers, group_limits = problem
        packing = best_packing(*problem, steps)
        place = random.sample(range(len(capacities)), len(capacities))
        moved = [0] * len(capacities)
        for item, units in enumerate(capacities):
            moved[place[item]] = units
        others = [
            attrs.evolve(offer, takes=tuple(sorted((place[item], units) for item, units in offer.takes)))
            for offer in random.sample(offers, len(offers))
        ]
        again: Problem = moved, others, dict(reversed(group_limits.items()))
        shuffled = best_packing(*again, steps)
        assert by_name(again, shuffled) == by_name(problem, packing)
        assert (shuffled.bound, shuffled.steps) == (packing.bound, packing.steps)


def test_of_offers_that_differ_in_name_only_the_first_is_applied() -> None:
    """Whichever comes first in the list."""
    for names in ("abc", "bca", "cab"):
        offers = [Offer(name, ((0, 2), (1, 1)), 5) for name in names]
        packing = best_packing((5, 3), offers)
        assert [(offers[index].name, times) for index, times in packing.applications] == [("a", 2)]


def test_what_shares_no_units_does_not_change_each_other() -> None:
    """Two baskets in one are packed like each of them alone."""
    for seed in range(300):
        first, second = small_problem(Random(seed)), small_problem(Random(seed + 5000))
        shift = len(first[0])
        moved = [
            attrs.evolve(
                offer,
                name=f"0{offer.name}" if seed % 2 else f"z{offer.name}",
                takes=tuple((item + shift, units) for item, units in offer.takes),
                group=f"other {offer.group}",
            )
            for offer in second[1]
        ]
        limits = {**first[2], **{f"other {group}": limit for group, limit in second[2].items()}}
        together = best_packing([*first[0], *second[0]], [*first[1], *moved], limits)
        apart = best_packing(*first), best_packing(*second)
        count = len(first[1])
        assert together.applications == (
            *apart[0].applications,
            *((index + count, times) for index, times in apart[1].applications),
        )


@pytest.mark.parametrize("steps", [0, 1, 2, 5, 20])
def test_when_steps_run_out_the_bound_holds(steps: int) -> None:
    """The result is valid, no worse than any greedy choice, and the optimum lies between saving and bound."""
    unproven = 0
    for seed in range(1000):
        problem = small_problem(Random(seed))
        packing = best_packing(*problem, steps)
        check_is_valid(problem, packing)
        assert greediest(problem) <= packing.saving <= optimum(*problem) <= packing.bound, problem
        assert packing.steps <= steps
        unproven += not packing.proven
    assert unproven


def test_when_steps_run_out_in_large_problems_the_bound_holds() -> None:
    """At whatever point they do: while prices are looked for, at the start of the search, or deep in it."""
    unproven = 0
    for seed in range(8):
        problem = hard_problem(Random(seed))
        best = best_packing(*problem)
        assert best.proven
        for steps in (0, 10, 100, 300, 600, 1000, 2000):
            packing = best_packing(*problem, steps)
            check_is_valid(problem, packing)
            assert greediest(problem) <= packing.saving <= best.saving <= packing.bound
            assert packing.steps <= steps
            assert not packing.proven or packing.saving == best.saving
            unproven += not packing.proven
    assert unproven


def test_more_steps_find_more_even_where_they_do_not_suffice() -> None:
    """The longer search has come across something better, though neither is proven."""
    problem = hard_problem(Random(2), units=60, promotions=24)
    short, long = best_packing(*problem, 2000), best_packing(*problem, 4000)
    assert not short.proven
    assert not long.proven
    assert short.saving < long.saving
    assert long.bound <= short.bound


def test_a_hard_problem_does_not_take_the_steps_of_an_easy_one() -> None:
    """What shares no units with it is settled first, whatever its name."""
    capacities, offers, group_limits = hard_problem(Random(1))
    ring = [
        Offer("z1", ((15, 1), (16, 1)), 50),
        Offer("z2", ((16, 1), (17, 1)), 60),
        Offer("z3", ((17, 1), (18, 1)), 50),
    ]
    packing = best_packing([*capacities, 1, 1, 1, 1], [*offers, *ring], group_limits, 300)
    assert not packing.proven
    assert packing.applications[-2:] == ((len(offers), 1), (len(offers) + 2, 1))


def test_prices_cover_every_saving_however_few_steps_there_are() -> None:
    """No offer saves more than what it takes costs, and prices are never negative."""
    exact = 0
    for seed in range(300):
        random = Random(seed)
        capacities = [random.randint(1, 9) for _ in range(random.randint(1, 6))]
        takes = [
            tuple((item, random.randint(1, 3)) for item in sorted(random.sample(range(len(capacities)), size)))
            for size in random.choices(range(1, len(capacities) + 1), k=8)
        ]
        saves = [random.randint(1, 500) for _ in takes]
        for steps in (*range(8), 1000):
            prices, scale, spent = scarcity_prices(capacities, takes, saves, steps)
            assert min(prices) >= 0
            assert spent <= steps
            assert all(cost(taken, prices) >= saving * scale for taken, saving in zip(takes, saves, strict=True))
        exact += any(cost(taken, prices) == saving * scale for taken, saving in zip(takes, saves, strict=True))
    assert exact == 300


def test_one_dear_offer_does_not_push_out_three_that_save_more() -> None:
    """Greedy by saving takes 100 here, and 120 is there."""
    offers = [Offer("dear", ((0, 1), (1, 1), (2, 1)), 100)]
    offers += [Offer(f"cheap {item}", ((item, 1),), 40) for item in range(3)]
    assert best_packing((1, 1, 1), offers).saving == 120


def test_a_good_price_per_unit_does_not_leave_units_over() -> None:
    """Greedy by saving per unit takes the two-for-12 and leaves one unit that nothing wants."""
    packing = best_packing((3,), [Offer("two", ((0, 2),), 12), Offer("three", ((0, 3),), 15)])
    assert (packing.applications, packing.saving, packing.proven) == (((1, 1),), 15, True)


def test_pairs_in_a_ring_do_not_block_each_other() -> None:
    """The best pair touches both others; without it they save more."""
    offers = [Offer("a", ((0, 1), (1, 1)), 50), Offer("b", ((1, 1), (2, 1)), 60), Offer("c", ((2, 1), (3, 1)), 50)]
    assert best_packing((1, 1, 1, 1), offers).applications == ((0, 1), (2, 1))


def test_an_offer_that_takes_more_and_saves_less_is_used_when_the_better_one_is_used_up() -> None:
    """By its own limit or by its group's."""
    better, worse = Offer("better", ((0, 1),), 10, limit=1), Offer("worse", ((0, 2),), 9)
    assert best_packing((5,), [better, worse]).applications == ((0, 1), (1, 2))
    better = attrs.evolve(better, limit=None, group="once")
    assert best_packing((5,), [better, worse], {"once": 1}).applications == ((0, 1), (1, 2))
    twin = attrs.evolve(better, name="twin", group="")
    assert best_packing((5,), [better, twin], {"once": 2}).saving == 50


def test_a_group_limit_joins_offers_that_share_no_units() -> None:
    """One application of the promotion in all, so the one that saves most."""
    offers = [Offer("a", ((0, 1),), 10, group="p"), Offer("b", ((1, 1),), 11, group="p"), Offer("c", ((1, 1),), 2)]
    assert best_packing((3, 1), offers, {"p": 1}).saving == 12
    assert best_packing((3, 1), offers, {"p": 2}).saving == 22
    assert best_packing((3, 1), offers, {"p": 0}).saving == 2
    assert best_packing((3, 1), offers, {"q": 0}).saving == 41


def test_amounts_have_no_size_at_which_they_become_inexact() -> None:
    """Savings a hundred quadrillion times as large are saved in the same way."""
    for seed in range(200):
        capacities, offers, group_limits = small_problem(Random(seed))
        large = [attrs.evolve(offer, saves=offer.saves * 10**17) for offer in offers]
        small = best_packing(capacities, offers, group_limits)
        packing = best_packing(capacities, large, group_limits)
        assert packing.proven
        assert packing.saving == small.saving * 10**17


def test_many_units_of_few_items_take_few_steps() -> None:
    """Nine thousand nine hundred and ninety-nine mugs, in twos, threes and fives."""
    offers = [Offer("two", ((0, 2),), 7), Offer("three", ((0, 3),), 11), Offer("five", ((0, 5),), 19)]
    packing = best_packing((9999,), offers)
    assert packing.proven
    assert packing.saving == 1998 * 19 + 3 * 11
    assert packing.steps < 10_000


@pytest.mark.parametrize(
    ("capacities", "offers", "group_limits"),
    [
        ((), (), {}),
        ((3, 0), (), {"a": 1}),
        ((0,), (Offer("a", ((0, 1),), 5),), {}),
        ((1, 5), (Offer("a", ((0, 2), (1, 1)), 5),), {}),
        ((5,), (Offer("a", ((0, 1),), 5, limit=0),), {}),
        ((5,), (Offer("a", ((0, 1),), 5, group="g"),), {"g": 0}),
    ],
)
def test_where_nothing_can_be_applied_nothing_is(
    capacities: tuple[int, ...], offers: tuple[Offer, ...], group_limits: dict[str, int]
) -> None:
    """And that is proven without a step."""
    assert best_packing(capacities, offers, group_limits, 0) == Packing((), 0, 0, 0)


@pytest.mark.parametrize(
    ("path", "takes", "saves", "limit"),
    [
        ("takes", (), 1, None),
        ("takes", ((1, 1), (0, 1)), 1, None),
        ("takes", ((0, 1), (0, 1)), 1, None),
        ("takes", ((0, 0),), 1, None),
        ("takes", ((-1, 1),), 1, None),
        ("takes", ((0, 1.0),), 1, None),
        ("saves", ((0, 1),), 0, None),
        ("saves", ((0, 1),), True, None),
        ("limit", ((0, 1),), 1, -1),
    ],
)
def test_an_offer_makes_sense(path: str, takes: tuple[tuple[int, int], ...], saves: int, limit: int | None) -> None:
    """It takes something and saves something."""
    with pytest.raises(InvalidInputError) as error:
        Offer("a", takes, saves, limit)
    assert error.value.path == path


@pytest.mark.parametrize(
    ("path", "capacities", "items", "group_limits", "steps"),
    [
        ("capacities", (-1,), (0,), {}, 1),
        ("group_limits", (1,), (0,), {"g": -1}, 1),
        ("steps", (1,), (0,), {}, -1),
        ("offers", (1,), (1,), {}, 1),
        ("offers", (1,), (0, 0), {}, 1),
    ],
)
def test_a_problem_makes_sense(
    path: str, capacities: tuple[int, ...], items: tuple[int, ...], group_limits: dict[str, int], steps: int
) -> None:
    """Nothing is negative, offers take what is there, and names are used once."""
    with pytest.raises(InvalidInputError) as error:
        best_packing(capacities, [Offer("a", ((item, 1),), 1) for item in items], group_limits, steps)
    assert error.value.path == path
