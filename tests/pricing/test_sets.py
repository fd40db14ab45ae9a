"""Sets whose parts want the same goods: none is overlooked, and the dearest that fit are taken."""

from __future__ import annotations

from itertools import combinations, permutations
from random import Random

import pytest

from orderflow import pricing as p
from orderflow.money import Money


def goods(**units: tuple[int, int]) -> p.Basket:
    """SKUs with how many units there are, and what one costs."""
    return p.Basket(
        currency="PLN",
        country="PL",
        lines=[
            p.BasketLine(
                line=sku,
                sku=sku,
                quantity=count,
                unit_price=Money(minor, "PLN"),
                vat=p.VatRate(2300),
                price_includes_vat=True,
            )
            for sku, (count, minor) in units.items()
        ],
    )


def set_of(*parts: tuple[str, int], times: int | None = None) -> p.SetPrice:
    """Parts as SKUs, one letter each, with so many units; the set costs nothing, so what is saved is its worth."""
    wanted = [p.SetPart(p.Target(skus=[*skus]), units) for skus, units in parts]
    return p.SetPrice(parts=wanted, price=Money(0, "PLN"), times=times)


def outcome(asked: p.Basket, benefit: p.SetPrice) -> p.Outcome:
    quote = p.quote(asked, p.Tariff(), p.Promotions([p.Promotion(id="set", benefit=benefit)]))
    assert isinstance(quote, p.Quote)
    return quote.promotions[0]


def saved(asked: p.Basket, benefit: p.SetPrice) -> dict[str, int] | None:
    found = outcome(asked, benefit)
    return dict(found.lines) if isinstance(found, p.Applied) else None


def test_a_part_leaves_to_others_what_only_they_can_use() -> None:
    """The dear A fits both parts, but the second one needs it: the first one takes B."""
    assert saved(goods(a=(1, 900), b=(1, 500), c=(1, 300)), set_of(("ab", 1), ("ac", 2))) == {
        "a": 900,
        "b": 500,
        "c": 300,
    }


def test_room_is_made_along_a_chain_of_parts() -> None:
    """A moves from the first part to the second and B from the second to the third, for C fits the first only."""
    asked = goods(a=(1, 900), b=(1, 800), c=(1, 100))
    assert saved(asked, set_of(("abc", 1), ("ab", 1), ("b", 1))) == {"a": 900, "b": 800, "c": 100}
    assert saved(asked, set_of(("ac", 1), ("ab", 1), ("b", 1))) == {"a": 900, "b": 800, "c": 100}


def test_a_set_that_cannot_be_made_says_how_many_units_fit() -> None:
    """Two parts want the same one thing."""
    assert outcome(goods(a=(1, 900), b=(5, 100)), set_of(("a", 1), ("a", 1), ("b", 1))) == p.NotApplied(
        "set", (p.TooFewUnits(needed=3, found=2),)
    )


def test_a_million_sets_are_as_quick_as_one() -> None:
    """And as many as the scarcest part allows, or the limit."""
    asked = goods(a=(1_000_000, 900), b=(999_999, 500))
    assert saved(asked, set_of(("ab", 2), ("b", 1))) == {"a": 900 * 1_000_000, "b": 500 * 999_998}
    assert saved(asked, set_of(("ab", 2), ("b", 1), times=3)) == {"a": 5400, "b": 1500}


@pytest.mark.parametrize("seed", range(150))
def test_one_set_is_the_dearest_of_all_sets_there_are(seed: int) -> None:
    """Against every choice of units and every way to give them to the parts."""
    random = Random(seed)
    asked = goods(**{sku: (random.randint(1, 2), random.choice((100, 200, 300, 450))) for sku in "abcd"})
    parts = [
        ("".join(random.sample("abcde", random.randint(1, 3))), random.randint(1, 2))
        for _ in range(random.randint(1, 3))
    ]
    places = [skus for skus, units in parts for _ in range(units)]
    units = [line for line in asked.lines for _ in range(line.quantity)]
    worth = [
        sum(line.unit_price.minor for line in chosen)
        for chosen in combinations(units, len(places))
        if any(
            all(line.sku in place for line, place in zip(chosen, order, strict=True))
            for order in set(permutations(places))
        )
    ]
    found = saved(asked, set_of(*parts, times=1))
    assert (sum(found.values()) if found else None) == max(worth, default=None)


def test_sets_are_made_as_often_as_is_allowed_though_no_two_are_alike() -> None:
    """Two of the four possible sets, the dearest first."""
    four = goods(a=(1, 900), b=(1, 800), c=(1, 700), d=(1, 600))
    assert saved(four, set_of(("abcd", 1), times=2)) == {"a": 900, "b": 800}


def test_sets_that_are_alike_count_with_those_before_them() -> None:
    """One set of A, then one of the three of B: that makes the two that are allowed."""
    assert saved(goods(a=(1, 900), b=(3, 800)), set_of(("ab", 1), times=2)) == {"a": 900, "b": 800}
