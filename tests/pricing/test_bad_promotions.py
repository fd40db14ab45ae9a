"""Promotions that make no sense: refused when they are written, with the place and what is expected instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orderflow import pricing as p
from orderflow.errors import InvalidInputError
from orderflow.money import Money

PLN, EUR = Money(500, "PLN"), Money(100, "EUR")
TEN = p.Percent.parse("10")
NO_UNITS = "expected a whole number from 1 to 1000000"
NO_PERCENT = "expected a Percent; Percent.parse('10') is ten percent"
NO_AMOUNT = "expected a Money of zero or more"

MISTAKES: dict[str, tuple[Callable[[], Any], str]] = {
    "a percentage that is a number": (lambda: p.OrderPercent(percent=10), f"percent: {NO_PERCENT}"),
    "a percentage that is text": (lambda: p.DeliveryPercent(percent="10"), f"percent: {NO_PERCENT}"),
    "a negative amount": (lambda: p.OrderAmount(amount=-PLN), f"amount[0]: {NO_AMOUNT}"),
    "an amount that is a number": (lambda: p.OrderAmount(amount=5), f"amount[0]: {NO_AMOUNT}"),
    "an amount that is text": (lambda: p.OrderAmount(amount="5"), f"amount[0]: {NO_AMOUNT}"),
    "amounts one of which is none": (lambda: p.OrderAmount(amount=(PLN, None)), f"amount[1]: {NO_AMOUNT}"),
    "two amounts in one currency": (
        lambda: p.OrderAmount(amount=[PLN, EUR, PLN]),
        "amount: has two amounts in PLN; give one for each currency",
    ),
    "no amount": (lambda: p.OrderAmount(amount=()), "amount: expected an amount in one currency at least"),
    "a cap with two amounts in one currency": (
        lambda: p.OrderPercent(percent=TEN, at_most=[EUR, EUR]),
        "at_most: has two amounts in EUR; give one for each currency",
    ),
    "no units": (lambda: p.UnitAmount(amount=PLN, max_units=0), f"max_units: {NO_UNITS}, got 0"),
    "units in parts": (lambda: p.GroupDeal(size=2.5, effect=p.NthFree()), f"size: {NO_UNITS}, got 2.5"),
    "units of a tier": (lambda: p.UnitsTier(0, TEN), f"units: {NO_UNITS}, got 0"),
    "a pick that is text": (
        lambda: p.LinePercent(percent=TEN, pick="cheapest"),
        "pick: expected a Pick, or None for the money policy's",
    ),
    "a flag that is a number": (
        lambda: p.LinePercent(percent=TEN, by_unit=1),
        "by_unit: expected True or False, got int",
    ),
    "goods that are text": (lambda: p.BuyGet(buy="mugs", get=p.EVERYTHING), "buy: expected a Target"),
    "goods of a set that are text": (lambda: p.SetPart("mugs"), "of: expected a Target"),
    "an amount and a percentage": (
        lambda: p.OrderAndDelivery(amount=PLN, percent=TEN),
        "percent: give either an amount or a percentage above zero",
    ),
    "neither an amount nor a percentage": (
        lambda: p.PerCompleteGroup(size=2),
        "percent: give either an amount or a percentage above zero",
    ),
    "a threshold below zero": (lambda: p.AmountTier(-PLN, PLN), f"threshold: {NO_AMOUNT}"),
    "a tier of less than nothing": (lambda: p.AmountTier(PLN, -PLN), f"amount: {NO_AMOUNT}"),
    "a tier in two currencies": (lambda: p.AmountTier(PLN, EUR), "amount: expected PLN like the threshold"),
    "too many tiers": (
        lambda: p.LinePercentByUnits(tiers=[p.UnitsTier(units, TEN) for units in range(1, 102)]),
        "tiers: at most 100, got 101",
    ),
    "a tier that is text": (
        lambda: p.LinePercentByUnits(tiers=[p.UnitsTier(1, TEN), "2"]),
        "tiers[1]: expected a tier",
    ),
    "tiers by value that are text": (
        lambda: p.LineAmountByValue(tiers="1, 2"),
        "tiers: expected a list or tuple, got str",
    ),
    "tiers by total that are none": (
        lambda: p.LinePercentByTotal(tiers=None),
        "tiers: expected a list or tuple, got NoneType",
    ),
    "tiers by units that are none": (lambda: p.LinePercentByUnits(tiers=3), "tiers: expected a list or tuple, got int"),
    "a group without an effect": (
        lambda: p.GroupDeal(size=3, effect=TEN),
        "effect: expected the effect of a group, got Percent",
    ),
    "the fourth of three free": (
        lambda: p.GroupDeal(size=3, effect=p.NthFree(nth=4)),
        "effect.nth: a group has only 3 units",
    ),
    "a set of nothing": (lambda: p.SetPrice(parts=[], price=PLN), "parts: expected 1 to 20 parts"),
    "a set of too much": (
        lambda: p.SetPrice(parts=[p.SetPart(p.EVERYTHING)] * 21, price=PLN),
        "parts: expected 1 to 20 parts",
    ),
    "a set of what is no part": (
        lambda: p.SetPrice(parts=[p.SetPart(p.EVERYTHING), p.EVERYTHING], price=PLN),
        "parts[1]: expected a SetPart",
    ),
    "a set that is no list": (lambda: p.SetPrice(parts=3, price=PLN), "parts: expected a list or tuple, got int"),
    "a gift without a name": (lambda: p.Gift(sku=""), "sku: expected 1 to 64 printable ASCII characters"),
    "a rule without a name": (lambda: p.HostBenefit(" "), "name: expected 1 to 64 printable ASCII characters"),
    "a percentage above all": (
        lambda: p.Percent(1_000_001),
        "millionths: expected whole millionths from 0 to 1000000 (10 % is 100000)",
    ),
    "a percentage below nothing": (
        lambda: p.Percent(-1),
        "millionths: expected whole millionths from 0 to 1000000 (10 % is 100000)",
    ),
    "text above a hundred percent": (lambda: p.Percent.parse("100.0001"), "percent: '100.0001' is more than 100 %"),
    "text of a percentage too fine": (
        lambda: p.Percent.parse("0.00001", "off"),
        "off: '0.00001' is not a percentage; write text from '0' to '100' such as '17.5'",
    ),
    "text of a negative percentage": (
        lambda: p.Percent.parse("-10"),
        "percent: '-10' is not a percentage; write text from '0' to '100' such as '17.5'",
    ),
    "endless text of a percentage": (
        lambda: p.Percent.parse("1" * 99),
        f"percent: {'1' * 14!r} is not a percentage; write text from '0' to '100' such as '17.5'",
    ),
    "a percentage read from a number": (
        lambda: p.Percent.parse(10),
        "percent: int is not a percentage; write text from '0' to '100' such as '17.5'",
    ),
}


@pytest.mark.parametrize(("make", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_promotion_that_makes_no_sense_is_refused(make: Callable[[], Any], said: str) -> None:
    """Before it can be asked for a price."""
    with pytest.raises(InvalidInputError) as refused:
        make()
    assert str(refused.value).startswith(said)


def test_the_most_that_is_allowed_is_allowed() -> None:
    """A hundred tiers, twenty parts, the last unit of a group, a hundred percent, nothing, four decimal places."""
    tiers = [p.UnitsTier(units, TEN) for units in range(1, 101)]
    assert len(p.LinePercentByUnits(tiers=tiers).tiers) == 100
    assert len(p.SetPrice(parts=[p.SetPart(p.EVERYTHING)] * 20, price=PLN).parts) == 20
    assert p.GroupDeal(size=3, effect=p.NthFree(nth=3)).max_groups is None
    assert p.OrderAmount(amount=Money(0, "PLN")).amount == (Money(0, "PLN"),)
    assert [p.Percent.parse(text).millionths for text in ("100", "0", "0.0001", "17.50000")] == [
        1_000_000,
        0,
        1,
        175_000,
    ]


def test_amounts_stand_in_the_order_of_their_currencies() -> None:
    """So that two ways to write the same promotion are equal."""
    assert p.OrderAmount(amount=[PLN, EUR]) == p.OrderAmount(amount=(EUR, PLN))
    assert p.OrderAmount(amount=[PLN, EUR]).amount == (EUR, PLN)
    assert p.OrderAmount(amount=PLN).amount == (PLN,)
