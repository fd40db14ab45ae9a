"""Strategies for promotions of every kind, and for baskets that they may apply to."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any, get_args, get_type_hints

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .. import pricing
from ..money import Money
from ..pricing import (
    All,
    AnyOf,
    Basket,
    BasketLine,
    Benefit,
    Between,
    Circumstances,
    Condition,
    GroupDeal,
    HostBenefit,
    HostCondition,
    Not,
    NthFree,
    Percent,
    Promotion,
    Promotions,
    Stacking,
    Target,
    WeeklyHours,
)
from . import strategies

__all__ = ("baskets", "promotion_sets", "promotions")

_CURRENCIES = ("PLN", "EUR", "JPY", "KWD")
_SKUS, _TAGS, _METHODS = ("MUG", "TEA", "POT"), ("tea", "sale", "gift"), ("courier", "locker")
_ZONES = ("Europe/Warsaw", "UTC", "America/New_York")
_DEAREST = 10**7
_BENEFITS_WITH_GOODS_OF_THEIR_OWN = (pricing.BuyGet, pricing.SetPrice)


@cache
def _amounts(least: int) -> SearchStrategy[tuple[Money, ...]]:
    """Amounts in different currencies."""
    each = st.sampled_from(_CURRENCIES).flatmap(lambda currency: strategies.money(currency, least=0, most=_DEAREST))
    return st.lists(each, min_size=least, max_size=2, unique_by=lambda money: money.currency).map(tuple)


@cache
def _some(names: tuple[str, ...]) -> SearchStrategy[tuple[str, ...]]:
    """Codes that baskets have too, and others."""
    return st.lists(st.sampled_from(names) | strategies.codes(), min_size=1, max_size=3).map(tuple)


@cache
def _percent(least: int = 0) -> SearchStrategy[Percent]:
    return st.builds(Percent, st.sampled_from((100_000, 175_000, 1_000_000)) | st.integers(least, 1_000_000))


@cache
def _data() -> SearchStrategy[tuple[tuple[str, str], ...]]:
    found = st.dictionaries(strategies.codes(), strategies.texts(), max_size=2)
    return found.map(lambda names: tuple(names.items()))


@cache
def _units() -> SearchStrategy[int]:
    return st.integers(1, 5) | st.integers(1, 1000)


@st.composite
def _targets(draw: st.DrawFn) -> Target:
    low = draw(_amounts(0))
    high = tuple(money + Money(draw(st.integers(0, 1000)), money.currency) for money in low)
    return Target(
        skus=draw(st.just(()) | _some(_SKUS)),
        tags=draw(st.just(()) | _some(_TAGS)),
        lowest_price=low,
        highest_price=draw(st.sampled_from(((), high))),
        skip_reduced=draw(st.booleans()),
    )


@cache
def _typed(kind: Any, *, needed: bool) -> SearchStrategy[Any]:
    """A field of a benefit or a condition by its type."""
    if kind == tuple[Money, ...]:
        return _amounts(1 if needed else 0)
    if kind == tuple[str, ...]:
        return _some(_METHODS) if needed else st.just(()) | _some(_METHODS)
    if kind == tuple[tuple[str, str], ...]:
        return _data()
    if args := get_args(kind):
        if kind != args[0] | None:
            return st.lists(_built(args[0]), min_size=1, max_size=3).map(tuple)
        return st.none() | _typed(args[0], needed=needed)
    plain: dict[Any, SearchStrategy[Any]] = {
        int: _units(),
        str: strategies.codes(),
        bool: st.booleans(),
        Percent: _percent(),
        Target: _targets(),
        pricing.Pick: st.sampled_from(pricing.Pick),
    }
    return plain[kind]


@cache
def _built(kind: type[Any]) -> SearchStrategy[Any]:
    """A benefit, a condition or a part of one, by the types of its fields or by the rules of its class."""
    made = _MADE.get(kind)
    if made is not None:
        return made
    types = get_type_hints(kind)
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(kind)
    given = {
        field.name: _typed(types[field.name], needed=field.default is attrs.NOTHING) for field in fields if field.init
    }
    return st.builds(kind, **given)


def _either(kind: type[Any], **given: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """An amount or a percentage above zero."""
    return st.builds(kind, amount=_amounts(1), **given) | st.builds(kind, percent=_percent(1), **given)


@st.composite
def _between(draw: st.DrawFn) -> Between:
    starts, ends = sorted(draw(st.lists(strategies.moments(), min_size=2, max_size=2, unique=True)))
    sides: list[tuple[datetime | None, datetime | None]] = [(starts, ends), (starts, None), (None, ends), (None, None)]
    start, end = draw(st.sampled_from(sides))
    return Between(starts=start, ends=end)


@st.composite
def _weekly_hours(draw: st.DrawFn) -> WeeklyHours:
    starts = draw(st.integers(0, 1439))
    ends = draw(st.integers(starts + 1, 1440))
    return WeeklyHours(
        days=draw(st.sets(st.integers(1, 7), min_size=1)),
        starts=f"{starts // 60:02}:{starts % 60:02}",
        ends=f"{ends // 60:02}:{ends % 60:02}",
        zone=draw(st.sampled_from(_ZONES)),
    )


@st.composite
def _group_deals(draw: st.DrawFn) -> GroupDeal:
    size = draw(st.integers(1, 10))
    nth_free = st.builds(NthFree, nth=st.integers(1, size), overall=st.booleans())
    effects = [_built(kind) for kind in get_args(pricing.GroupEffect) if kind is not NthFree]
    return GroupDeal(
        size=size,
        effect=draw(st.one_of(nth_free, *effects)),
        max_groups=draw(st.none() | _units()),
        dearest_first=draw(st.booleans()),
    )


@st.composite
def _amount_tiers(draw: st.DrawFn) -> pricing.AmountTier:
    in_one = strategies.money(draw(st.sampled_from(_CURRENCIES)), least=0, most=_DEAREST)
    return pricing.AmountTier(draw(in_one), draw(in_one))


_MADE: dict[Any, SearchStrategy[Any]] = {
    Between: _between(),
    WeeklyHours: _weekly_hours(),
    GroupDeal: _group_deals(),
    pricing.AmountTier: _amount_tiers(),
    pricing.InCountry: st.lists(strategies.countries(), min_size=1, max_size=3).map(pricing.InCountry),
    pricing.PerCompleteGroup: _either(pricing.PerCompleteGroup, size=_units()),
    pricing.OrderAndDelivery: _either(pricing.OrderAndDelivery),
}


@cache
def _conditions() -> SearchStrategy[Condition]:
    nested = (All, AnyOf, Not)
    plain = st.one_of([_built(kind) for kind in get_args(Condition) if kind not in nested])

    def further(inner: SearchStrategy[Condition]) -> SearchStrategy[Condition]:
        several = st.lists(inner, max_size=3)
        return several.map(All) | several.map(AnyOf) | inner.map(Not)

    return plain | further(plain | further(plain))


@st.composite
def promotions(draw: st.DrawFn) -> Promotion:
    """Promotions with every kind of benefit, for all goods or some, and with conditions of every kind."""
    kind = draw(st.sampled_from(get_args(Benefit)))
    goods = st.builds(Target) if kind in _BENEFITS_WITH_GOODS_OF_THEIR_OWN else st.builds(Target) | _targets()
    return Promotion(
        id=draw(strategies.codes()),
        benefit=draw(_built(kind)),
        target=draw(goods),
        condition=draw(st.builds(All) | _conditions()),
        name=draw(st.just("") | strategies.texts()),
        version=draw(st.integers(1, 9)),
        priority=draw(st.integers(-3, 3)),
        lane=draw(st.integers(-1, 2)),
        group=draw(st.sampled_from(("", "seasonal"))),
        exclusive=draw(st.booleans()),
        stop=draw(st.booleans()),
        compounds=draw(st.booleans()),
        stacks=draw(st.booleans()),
    )


def _never(*_: object) -> bool:
    return False


def _nothing(*_: object) -> dict[str, int]:
    return {}


@st.composite
def promotion_sets(draw: st.DrawFn) -> Promotions:
    """A few promotions and a way to combine them; the host's rules that they name never hold and give nothing."""
    found = draw(st.lists(promotions(), max_size=4, unique_by=lambda promotion: promotion.id))
    names = {name for promotion in found for name in _host_names(promotion.condition)}
    benefits = {each.benefit.name for each in found if isinstance(each.benefit, HostBenefit)}
    return Promotions(
        found,
        draw(st.sampled_from(Stacking)),
        host_conditions=dict.fromkeys(names, _never),
        host_benefits=dict.fromkeys(benefits, _nothing),
    )


def _host_names(condition: Condition) -> set[str]:
    match condition:
        case HostCondition():
            return {condition.name}
        case Not():
            return _host_names(condition.condition)
        case All() | AnyOf():
            return set().union(*map(_host_names, condition.conditions))
        case _:
            return set()


@cache
def _lines(currency: str) -> SearchStrategy[list[BasketLine]]:
    price = strategies.money(currency, least=0, most=_DEAREST)
    line = st.builds(
        BasketLine,
        line=strategies.codes(),
        sku=st.sampled_from(_SKUS) | strategies.codes(),
        quantity=_units(),
        unit_price=price,
        vat=strategies.vat_rates(),
        price_includes_vat=st.booleans(),
        weight_grams=st.integers(0, 5000),
        tags=st.just(()) | _some(_TAGS),
        floor=st.none() | price,
        discountable=st.sampled_from((True, True, False)),
        reduced=st.booleans(),
        dimensions_mm=st.none() | st.tuples(*[st.integers(1, 2000)] * 3),
        minimum_age=st.sampled_from((0, 0, 18)),
        deposit=st.none() | price,
    )
    return st.lists(line, min_size=1, max_size=4, unique_by=lambda line: line.line)


@cache
def _circumstances() -> SearchStrategy[Circumstances]:
    return st.builds(
        Circumstances,
        at=st.none() | strategies.moments(),
        channel=st.none() | strategies.codes(),
        payment_method=st.none() | strategies.codes(),
        customer_groups=st.just(()) | _some(_TAGS),
        loyalty_tier=st.none() | strategies.codes(),
        completed_orders=st.none() | st.integers(0, 100),
        coupons=st.just(()) | _some(_TAGS),
        known=_data(),
    )


@st.composite
def baskets(draw: st.DrawFn, currency: str | None = None) -> Basket:
    """Baskets of one currency, with goods that are tagged, reduced or not discountable, and what is known of a sale."""
    named = currency or draw(st.sampled_from(_CURRENCIES))
    return Basket(
        currency=named,
        lines=draw(_lines(named)),
        delivery_method=draw(st.none() | st.sampled_from(_METHODS)),
        country=draw(strategies.countries()),
        circumstances=draw(_circumstances()),
    )
