"""
Laws of work: ten times the lines are about ten times the work, for every kind of benefit and every way to combine.

Work is counted in instructions of the interpreter and in calls of its built-in functions, never in time, so the count
is the same in every run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import attrs
import pytest

from orderflow import pricing as p
from orderflow.money import Money

from .promotion_strategies import HOST_BENEFITS, HOST_CONDITIONS

PLN = "PLN"
LINES, PROMOTIONS = 200, 50


def amount(minor: int) -> Money:
    return Money(minor, PLN)


def work(run: Callable[[], object]) -> int:
    """How many instructions and calls *run* takes."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        count += event == "opcode"
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        return trace

    def profile(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.gettrace(), sys.getprofile()
    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return count


def goods(lines: int, *, quantity: int = 1) -> p.Basket:
    """Every line an article of its own at a price of its own, some with floors, two rates, gross and net."""
    return p.Basket(
        currency=PLN,
        country="PL",
        lines=[
            p.BasketLine(
                line=f"{place:04}",
                sku=f"sku-{place:04}",
                quantity=quantity,
                unit_price=amount(1000 + 7 * place % 997),
                vat=p.VatRate(2300 if place % 3 else 800),
                price_includes_vat=bool(place % 2),
                tags=("even",) if place % 2 else ("odd", "five"),
                floor=amount(990) if not place % 5 else None,
            )
            for place in range(lines)
        ],
    )


def priced(basket: p.Basket, promotions: p.Promotions, policy: p.MoneyPolicy) -> None:
    assert isinstance(p.quote(basket, p.Tariff(), promotions, policy), p.Quote)


def benefits(lines: int) -> dict[str, p.Benefit]:
    """Every kind of benefit on goods, at a size at which it applies to all of so many lines."""
    ten = p.Percent(100_000)
    even, odd = p.Target(tags=["even"]), p.Target(tags=["odd"])
    most = 5 * lines
    return {
        "OrderPercent": p.OrderPercent(percent=ten),
        "OrderAmount": p.OrderAmount(amount=amount(150 * lines)),
        "OrderAmount to the floors": p.OrderAmount(amount=amount(900 * lines)),
        "OrderPrice": p.OrderPrice(price=amount(800 * lines)),
        "LinePercent": p.LinePercent(percent=ten),
        "LinePercent capped": p.LinePercent(percent=ten, at_most=amount(50 * lines)),
        "LinePercent picked": p.LinePercent(percent=ten, max_units=most // 2),
        "LineAmount": p.LineAmount(amount=amount(50)),
        "UnitAmount": p.UnitAmount(amount=amount(50)),
        "UnitAmount picked": p.UnitAmount(amount=amount(50), max_units=most // 2, pick=p.Pick.DEAREST),
        "UnitPrice": p.UnitPrice(price=amount(1200)),
        "FirstAndFurther": p.FirstAndFurther(first=amount(30), further=amount(10)),
        "LineAmountByValue": p.LineAmountByValue(
            tiers=[p.AmountTier(amount(1000 + 10 * step), amount(step)) for step in range(20)]
        ),
        "LinePercentByTotal": p.LinePercentByTotal(tiers=[p.PercentTier(amount(1000), ten)]),
        "LinePercentByUnits": p.LinePercentByUnits(tiers=[p.UnitsTier(lines, ten)]),
        "PerCompleteGroup": p.PerCompleteGroup(size=3, percent=ten),
        "BundlePrice": p.BundlePrice(units=lines, price=amount(500 * lines)),
        "GroupDeal percent": p.GroupDeal(size=3, effect=p.PercentOffGroup(percent=ten)),
        "GroupDeal amount": p.GroupDeal(size=7, effect=p.AmountOffGroup(amount=amount(500))),
        "GroupDeal price": p.GroupDeal(size=7, effect=p.GroupPrice(price=amount(7000))),
        "GroupDeal unit price": p.GroupDeal(size=7, effect=p.GroupUnitPrice(price=amount(1100))),
        "GroupDeal nth": p.GroupDeal(size=3, effect=p.NthFree(), dearest_first=True),
        "GroupDeal overall": p.GroupDeal(size=3, effect=p.NthFree(overall=True, spread=True)),
        "GroupDeal of all": p.GroupDeal(size=lines, effect=p.PercentOffGroup(percent=ten)),
        "BuyGet": p.BuyGet(buy=p.EVERYTHING, buy_units=2, get=p.EVERYTHING),
        "BuyGet of two": p.BuyGet(buy=even, buy_units=2, get=odd, get_units=2, partial=True, spread=True),
        "SetPrice": p.SetPrice(parts=[p.SetPart(even), p.SetPart(odd)], price=amount(1500)),
        "SetPrice overlapping": p.SetPrice(
            parts=[p.SetPart(p.EVERYTHING, 2), p.SetPart(odd), p.SetPart(p.Target(tags=["five", "even"]))],
            price=amount(2500),
        ),
        "Gift": p.Gift(sku="sku-0001", units=3),
        "HostBenefit": p.HostBenefit("a-third"),
    }


def shop(benefit: p.Benefit, stacking: p.Stacking, promotions: int) -> p.Promotions:
    return p.Promotions(
        [
            p.Promotion(id=f"{place:04}", benefit=benefit, priority=place % 3, lane=place % 2)
            for place in range(promotions)
        ],
        stacking,
        host_conditions=HOST_CONDITIONS,
        host_benefits=HOST_BENEFITS,
    )


def growth(name: str, stacking: p.Stacking, policy: p.MoneyPolicy = p.DEFAULT_POLICY, **size: int) -> float:
    """How many times the work of a tenth it is to price all the lines."""
    lines, promotions = size.get("lines", LINES), size.get("promotions", 1)
    counts = []
    for number in (lines // 10, lines // 10, lines):  # from Python 3.12 on, the first time not all opcodes are told
        basket, offered = goods(number, quantity=5), shop(benefits(number)[name], stacking, promotions)
        counts.append(work(lambda basket=basket, offered=offered: priced(basket, offered, policy)))
    return counts[-1] / counts[-2]


@pytest.mark.parametrize("name", benefits(LINES))
def test_ten_times_the_lines_are_at_most_twelve_times_the_work(name: str) -> None:
    """For every kind of benefit, deals included: from 20 lines of five units to 200."""
    assert growth(name, p.Stacking.SEQUENTIAL) <= 12


@pytest.mark.parametrize("allocation", tuple(p.Allocation))
def test_so_they_are_however_an_amount_is_shared(allocation: p.Allocation) -> None:
    """Also where most lines end at their floors."""
    policy = p.MoneyPolicy(allocation=allocation, weights=p.Weights.GROSS)
    for name in ("OrderAmount", "OrderAmount to the floors", "GroupDeal of all"):
        assert growth(name, p.Stacking.SEQUENTIAL, policy) <= 12


@pytest.mark.parametrize("stacking", [p.Stacking.SEQUENTIAL, p.Stacking.LANES, p.Stacking.COMPETE, p.Stacking.ZONE])
def test_so_they_are_however_promotions_combine(stacking: p.Stacking) -> None:
    """With ten promotions of one kind that compound, compete and are beaten."""
    for name in ("LinePercent", "OrderAmount", "BuyGet"):
        assert growth(name, stacking, promotions=10) <= 12


# Where ten times the lines may be more: bounded instead


class TooMuchWorkError(AssertionError):
    """More calls than allowed."""


def check_calls(run: Callable[[], object], most: int) -> None:
    """Stop *run* when it takes more than *most* calls."""
    left = most

    def profile(_: FrameType, event: str, __: Any) -> None:
        nonlocal left
        left -= event in ("call", "c_call")
        if left < 0:
            sys.setprofile(None)
            raise TooMuchWorkError

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(before)


def test_a_set_of_many_parts_that_overlap_takes_a_bounded_number_of_calls() -> None:
    """Twenty parts want three tags each out of the same twenty, of 400 lines with a million units each."""
    tags = [f"tag-{place}" for place in range(20)]
    lines = [
        attrs.evolve(line, tags=[tags[place % 20], tags[place % 7], tags[place // 20 % 20]])
        for place, line in enumerate(goods(400, quantity=999_983).lines)
    ]
    parts = [p.SetPart(p.Target(tags=[tag]), 1 + place % 7) for place, tag in enumerate(tags)]
    sets = p.Promotions([p.Promotion(id="set", benefit=p.SetPrice(parts=parts, price=amount(0)))])
    basket = attrs.evolve(goods(1), lines=lines)
    check_calls(lambda: priced(basket, sets, p.DEFAULT_POLICY), 3_000_000)


# The best deal: hard in general


def everything_competes(lines: int, promotions: int, groups: int = 0) -> p.Promotions:
    """All kinds of benefits in turn, at sizes for 200 lines whatever there are."""
    kinds = [*benefits(LINES).values()]
    return p.Promotions(
        [
            p.Promotion(
                id=f"{place:03}",
                benefit=kinds[place % len(kinds)],
                group=f"g{place % groups}" if groups else "",
            )
            for place in range(promotions)
        ],
        p.Stacking.BEST_DEAL,
        host_benefits=HOST_BENEFITS,
    )


@pytest.mark.parametrize(("lines", "groups"), [(20, 0), (LINES, 0), (50, 10)])
def test_a_best_deal_of_fifty_promotions_takes_a_bounded_number_of_calls(lines: int, groups: int) -> None:
    """Of every kind at once, on few lines and on many, with groups to choose from and without."""
    basket, promotions = goods(lines, quantity=2), everything_competes(lines, PROMOTIONS, groups)
    check_calls(lambda: priced(basket, promotions, p.DEFAULT_POLICY), 3_000_000)


@pytest.mark.parametrize("name", ["GroupDeal of all", "BuyGet", "SetPrice overlapping"])
def test_a_deal_with_too_many_uses_is_left_early(name: str) -> None:
    """Fifty promotions of one kind on 200 lines, each of which could be used in thousands of ways."""
    basket, promotions = goods(LINES, quantity=5), shop(benefits(LINES)[name], p.Stacking.BEST_DEAL, PROMOTIONS)
    check_calls(lambda: priced(basket, promotions, p.DEFAULT_POLICY), 3_000_000)


@pytest.mark.parametrize("size", [19, 20, 21, 25])
def test_groups_of_nearly_everything_or_more_are_not_looked_for_in_vain(size: int) -> None:
    """Of twenty lines: a few choices of nineteen, one of all, none of more."""
    deal = p.GroupDeal(size=size, effect=p.PercentOffGroup(percent=p.Percent(100_000)))
    promotions = p.Promotions([p.Promotion(id="many", benefit=deal)], p.Stacking.BEST_DEAL)
    check_calls(lambda: priced(goods(20), promotions, p.DEFAULT_POLICY), 100_000)


def test_a_group_of_a_thousand_lines_is_no_deeper_than_one_of_two() -> None:
    """Nothing calls itself for each line."""
    deal = p.GroupDeal(size=1000, effect=p.PercentOffGroup(percent=p.Percent(100_000)))
    quote = p.quote(goods(1000), p.Tariff(), p.Promotions([p.Promotion(id="all", benefit=deal)], p.Stacking.BEST_DEAL))
    assert isinstance(quote, p.Quote)
    assert (len(quote.applied), quote.proof is not None and quote.proof.proven) == (1, True)
