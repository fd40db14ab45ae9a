"""
Strategies for whole shops: any basket under any promotions, tariff and money policy.

Prices run from nothing to beyond what a double holds; small numbers are likely, so that things collide: lines share
articles, promotions share goods, groups and priorities, floors lie above prices, and thresholds are met exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

import attrs
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from orderflow import pricing as p
from orderflow.money import Money

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday."""

fewer = settings(max_examples=max(settings().max_examples // 2, 1))
"""Half as many examples: a whole shop is much to draw."""

CURRENCIES = ("PLN", "JPY", "KWD")
SKUS = ("s0", "s1", "s2", "s3")
TAGS = ("t0", "t1", "t2")
METHODS = ("courier", "locker")
GROUPS = ("vip", "staff")
RATES = (
    p.VatRate(2300),
    p.VatRate(800, "reduced"),
    p.VatRate(750),
    p.VatRate(0, "zero"),
    p.VatRate(0, "exempt"),
)


@attrs.frozen
class Shop:
    """Everything that a price depends on."""

    basket: p.Basket
    tariff: p.Tariff
    promotions: p.Promotions
    policy: p.MoneyPolicy

    @property
    def lines(self) -> Mapping[str, p.BasketLine]:
        return {line.line: line for line in self.basket.lines}

    def price(self) -> p.Quote:
        """What it all costs; sums that no order may come to are left aside."""
        answer = p.quote(self.basket, self.tariff, self.promotions, self.policy)
        if not isinstance(answer, p.Quote):
            assert [type(reason) for reason in answer.reasons] == [p.TotalTooLarge], answer
            assume(False)
        assert isinstance(answer, p.Quote)
        return answer

    def having(self, *promotions: p.Promotion) -> Shop:
        """The same with other promotions."""
        return attrs.evolve(self, promotions=attrs.evolve(self.promotions, promotions=promotions))

    def combining(self, stacking: p.Stacking) -> Shop:
        """The same promotions, combined in another way."""
        return attrs.evolve(self, promotions=attrs.evolve(self.promotions, stacking=stacking))

    def holding(self, *lines: p.BasketLine) -> Shop:
        """The same with other goods."""
        return attrs.evolve(self, basket=attrs.evolve(self.basket, lines=lines))

    def never_free(self) -> Shop:
        """The same where no delivery is free from some value on: there, what goods cost decides what delivery does."""
        methods = [attrs.evolve(method, free_from=None) for method in self.tariff.methods]
        return attrs.evolve(self, tariff=attrs.evolve(self.tariff, methods=methods))

    def without_fees(self) -> Shop:
        """The same where no way to pay costs anything."""
        return attrs.evolve(self, tariff=attrs.evolve(self.tariff, payments=()))

    def delivered(self, method: str | None) -> Shop:
        """The same with another delivery."""
        return attrs.evolve(self, basket=attrs.evolve(self.basket, delivery_method=method))


# Amounts

percents = st.sampled_from((0, 1, 100_000, 333_333, 500_000, 999_999, 1_000_000)).map(p.Percent) | st.builds(
    p.Percent, st.integers(0, 1_000_000)
)
some_percent = percents.filter(lambda percent: percent.millionths > 0)
few = st.integers(1, 4)
few_or_any = st.none() | few


@cache
def money(currency: str, most: int = 20_000) -> SearchStrategy[Money]:
    """Amounts of zero or more, many of them small or round."""
    numbers = st.integers(0, 50) | st.sampled_from((100, 999, 1000)) | st.integers(0, most)
    return st.builds(Money, numbers, st.just(currency))


@cache
def amounts(currency: str, most: int = 20_000) -> SearchStrategy[tuple[Money, ...]]:
    """An amount as promotions state it: in the basket's currency, or in another one too, or in that one only."""
    ours, foreign = money(currency, most), st.just(Money(500, "CHF"))
    return st.one_of(
        ours.map(lambda amount: (amount,)),
        ours.map(lambda amount: (amount,)),
        st.tuples(foreign, ours),
        foreign.map(_one),
    )


def _one(amount: Money) -> tuple[Money, ...]:
    return (amount,)


# Goods


@cache
@st.composite
def lines(draw: st.DrawFn, name: str, currency: str, quantities: SearchStrategy[int], most: int) -> p.BasketLine:
    """One line: gross or net, at any rate, perhaps with a floor, not to be reduced, or reduced already."""
    return p.BasketLine(
        line=name,
        sku=draw(st.sampled_from(SKUS)),
        quantity=draw(quantities),
        unit_price=draw(money(currency, most)),
        vat=draw(st.sampled_from(RATES)),
        price_includes_vat=draw(st.sampled_from((True, True, False))),
        weight_grams=0,
        tags=tuple(draw(st.sets(st.sampled_from(TAGS), max_size=2))),
        floor=draw(st.none() | st.none() | money(currency, most)),
        discountable=draw(st.sampled_from((True, True, True, False))),
        reduced=draw(st.sampled_from((False, False, True))),
        deposit=draw(st.none() | st.none() | money(currency, 500)),
    )


@cache
def targets(currency: str) -> SearchStrategy[p.Target]:
    """Everything, some articles, some tags, a range of prices, goods that are not reduced yet."""
    low = money(currency, 2_000)
    return st.one_of(
        st.just(p.EVERYTHING),
        st.builds(p.Target, skus=st.sets(st.sampled_from(SKUS), min_size=1)),
        st.builds(p.Target, tags=st.sets(st.sampled_from(TAGS), min_size=1)),
        st.builds(p.Target, skus=st.sets(st.sampled_from(SKUS)), skip_reduced=st.booleans(), lowest_price=low),
        st.builds(p.Target, highest_price=low),
    )


@cache
def conditions(currency: str) -> SearchStrategy[p.Condition]:
    """Every kind of condition, in trees."""
    some = st.tuples
    at = st.sampled_from((NOON - timedelta(1), NOON, NOON + timedelta(microseconds=1)))
    leaves: SearchStrategy[p.Condition] = st.one_of(
        st.builds(p.GoodsTotal, at_least=amounts(currency), of=targets(currency)),
        st.builds(p.DiscountedTotal, at_least=amounts(currency), of=targets(currency)),
        st.builds(p.Units, at_least=few, of=targets(currency)),
        st.builds(p.UnitsOfOneLine, at_least=few, of=targets(currency)),
        st.builds(p.InGroup, some(st.sampled_from(GROUPS))),
        st.builds(p.InTier, some(st.sampled_from(("gold", "silver")))),
        st.builds(p.NthOrder, few),
        st.builds(p.InCountry, some(st.sampled_from(("PL", "DE")))),
        st.builds(p.ByDelivery, some(st.sampled_from(METHODS))),
        st.builds(p.ByPayment, some(st.sampled_from(("card", "cash")))),
        st.builds(p.InChannel, some(st.sampled_from(("web", "app")))),
        st.builds(p.WithCoupon, st.sampled_from(("spring", "autumn"))),
        st.builds(p.Between, starts=at) | st.builds(p.Between, ends=at),
        st.builds(p.WeeklyHours, days=st.sets(st.integers(1, 7), min_size=1), zone=st.just("Europe/Warsaw")),
        st.just(p.HostCondition("holds")),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(p.Not, inner),
            st.builds(p.All, st.lists(inner, max_size=2)),
            st.builds(p.AnyOf, st.lists(inner, max_size=2)),
        ),
        max_leaves=3,
    )


circumstances = st.builds(
    p.Circumstances,
    at=st.sampled_from((None, NOON)),
    channel=st.sampled_from((None, "web")),
    payment_method=st.sampled_from((None, "card")),
    customer_groups=st.sets(st.sampled_from(GROUPS)).map(tuple),
    loyalty_tier=st.sampled_from((None, "gold")),
    completed_orders=st.sampled_from((None, 0, 1)),
    coupons=st.sets(st.sampled_from(("spring", "autumn"))).map(tuple),
)


# Benefits


@cache
def deals(currency: str) -> SearchStrategy[p.Benefit]:
    """Those that work with units and consume them."""
    of, amount, size = targets(currency), amounts(currency, 3_000), few
    effects: SearchStrategy[p.GroupEffect] = st.one_of(
        st.builds(p.PercentOffGroup, percent=percents),
        st.builds(p.AmountOffGroup, amount=amount),
        st.builds(p.GroupPrice, price=amount),
        st.builds(p.GroupUnitPrice, price=amount),
        st.builds(p.NthFree, overall=st.booleans()),
    )
    return st.one_of(
        st.builds(p.BundlePrice, units=size, price=amount),
        st.builds(p.GroupDeal, size=size, effect=effects, max_groups=few_or_any, dearest_first=st.booleans()),
        st.builds(
            p.BuyGet,
            buy=of,
            buy_units=size,
            get=of,
            get_units=size,
            percent=percents,
            pick=st.sampled_from((None, *p.Pick)),
            times=few_or_any,
            partial=st.booleans(),
            spread=st.booleans(),
        ),
        st.builds(
            p.SetPrice,
            parts=st.lists(st.builds(p.SetPart, of, st.integers(1, 2)), min_size=1, max_size=3),
            price=amount,
            times=few_or_any,
        ),
        st.builds(p.Gift, sku=st.sampled_from(SKUS), units=size),
    )


@cache
def reductions(currency: str) -> SearchStrategy[p.Benefit]:
    """Those that work with lines and with all of the goods."""
    amount = amounts(currency)
    pick = st.sampled_from((None, *p.Pick))
    most = {"max_units": few_or_any, "max_units_per_line": few_or_any, "pick": pick}
    return st.one_of(
        st.builds(p.OrderPercent, percent=percents, at_most=st.just(()) | amount),
        st.builds(p.OrderAmount, amount=amount),
        st.builds(p.OrderPrice, price=amount),
        st.builds(p.LinePercent, percent=percents),
        st.builds(p.LinePercent, percent=percents, by_unit=st.booleans(), at_most=st.just(()) | amount, **most),
        st.builds(p.LineAmount, amount=amount),
        st.builds(p.UnitAmount, amount=amount, **most),
        st.builds(p.UnitPrice, price=amount),
        st.builds(p.FirstAndFurther, first=amount, further=amount, max_units=few_or_any),
        st.builds(
            p.LineAmountByValue,
            base=st.just(()) | amount,
            tiers=st.lists(st.builds(p.AmountTier, money(currency), money(currency)), max_size=2),
        ),
        st.builds(
            p.LinePercentByTotal, base=percents, tiers=st.lists(st.builds(p.PercentTier, amount, percents), max_size=2)
        ),
        st.builds(
            p.LinePercentByUnits, base=percents, tiers=st.lists(st.builds(p.UnitsTier, few, percents), max_size=2)
        ),
        st.builds(p.PerCompleteGroup, size=few, amount=amount),
        st.builds(p.PerCompleteGroup, size=few, percent=some_percent),
        st.just(p.HostBenefit("a-third")),
    )


@cache
def on_delivery(currency: str) -> SearchStrategy[p.Benefit]:
    """Those on deliveries, and on goods and delivery together."""
    amount = amounts(currency, 3_000)
    methods = st.sets(st.sampled_from(METHODS))
    return st.one_of(
        st.builds(p.DeliveryPercent, percent=percents, methods=methods),
        st.builds(p.DeliveryAmount, amount=amount, methods=methods, across=st.booleans()),
        st.builds(p.DeliveryPrice, price=amount, methods=methods),
        st.builds(p.FreeDelivery, methods=methods),
        st.builds(p.OrderAndDelivery, amount=amount),
        st.builds(p.OrderAndDelivery, percent=some_percent),
    )


@cache
def benefits(currency: str) -> SearchStrategy[p.Benefit]:
    """Every kind of benefit."""
    return reductions(currency) | deals(currency) | on_delivery(currency)


@st.composite
def promotions(
    draw: st.DrawFn, name: str, currency: str, given: SearchStrategy[p.Benefit], *, conditional: bool = True
) -> p.Promotion:
    """One promotion; most have no condition, few are exclusive or stop."""
    benefit = draw(given)
    own_goods = isinstance(benefit, p.BuyGet | p.SetPrice)
    always = st.just(p.All())
    return p.Promotion(
        id=name,
        benefit=benefit,
        target=p.EVERYTHING if own_goods else draw(targets(currency)),
        condition=draw(always | conditions(currency)) if conditional else p.All(),
        priority=draw(st.integers(0, 2)),
        lane=draw(st.integers(0, 1)),
        group=draw(st.sampled_from(("", "", "", "g"))),
        exclusive=draw(st.integers(0, 9)) == 9,
        stop=draw(st.integers(0, 9)) == 9,
        compounds=draw(st.booleans()),
        stacks=draw(st.sampled_from((False, False, True))),
    )


def _third(_: p.HostBenefit, offered: p.Offered) -> Mapping[str, int]:
    return {line.line: offered.left[line.line] // 3 for line in offered.members}


def _holds(_: p.HostCondition, offered: p.Offered) -> bool:
    return sum(offered.left.values()) % 2 == 0


HOST_CONDITIONS = {"holds": _holds}
HOST_BENEFITS = {"a-third": _third}

policies = st.just(p.DEFAULT_POLICY) | st.builds(
    p.MoneyPolicy,
    rounding=st.sampled_from(p.Rounding),
    allocation=st.sampled_from(p.Allocation),
    weights=st.sampled_from(p.Weights),
    percent_base=st.sampled_from(p.PercentBase),
    pick=st.sampled_from(p.Pick),
    tax_scope=st.sampled_from(p.TaxScope),
    tax_target=st.sampled_from(p.TaxTarget),
    vat_rounding=st.sampled_from(p.Rounding),
    delivery_tax=st.sampled_from(p.DeliveryTax),
)
"""The default one, or any."""


@attrs.frozen
class Charge:
    """A delivery or a fee that is paid beside the goods: what is ``left`` of its price, and what it comes to."""

    key: tuple[p.VatRate, bool]
    left: int
    gross: int
    net: int
    vat: int


def charges(quote: p.Quote) -> list[Charge]:
    """Those of a quote."""
    found = []
    if delivery := quote.delivery:
        left = delivery.listed - delivery.discount
        found.append((delivery, left))
    if fee := quote.fee:
        found.append((fee, fee.listed))
    return [
        Charge((each.vat, each.price_includes_vat), left.minor, each.gross.minor, each.net.minor, each.vat_amount.minor)
        for each, left in found
    ]


@cache
def fees(currency: str) -> SearchStrategy[p.Fee]:
    """Fees of any amount, gross or net, at any rate."""
    return st.builds(p.Fee, price=money(currency, 3_000), vat=st.sampled_from(RATES), price_includes_vat=st.booleans())


@cache
def payments(currency: str) -> SearchStrategy[tuple[p.PaymentTerms, ...]]:
    """None, or those of the circumstances here and another."""
    fee = st.none() | fees(currency)
    of = (st.builds(p.PaymentTerms, code=st.just(code), fee=fee) for code in ("card", "cash"))
    return st.just(()) | st.tuples(*of)


@cache
def tariffs(currency: str) -> SearchStrategy[p.Tariff]:
    """Two methods, each perhaps for nothing from some value on, and ways to pay that may cost something."""
    of = {
        code: st.builds(
            p.DeliveryMethod,
            code=st.just(code),
            kind=st.just(p.DeliveryKind.COURIER),
            price=money(currency, 3_000),
            vat=st.sampled_from(RATES),
            price_includes_vat=st.booleans(),
            free_from=st.none() | money(currency),
        )
        for code in METHODS
    }
    return st.builds(p.Tariff, st.tuples(*of.values()), payments(currency))


small_quantities = st.integers(1, 4)
any_quantities = st.integers(1, 4) | st.sampled_from((17, 997, 1_000_000))


@st.composite
def shops(
    draw: st.DrawFn,
    *,
    stacking: SearchStrategy[p.Stacking] = st.sampled_from(p.Stacking),  # noqa: B008 strategies are values
    policy: SearchStrategy[p.MoneyPolicy] = policies,
    given: SearchStrategy[str] = st.just("any"),  # noqa: B008
    most_lines: int = 4,
    most_promotions: int = 4,
    conditional: bool = True,
    large: bool = True,
) -> Shop:
    """
    A shop; ``given`` draws which benefits there are: any, reductions, deals or delivery.

    With ``large`` there are amounts of up to ten million million minor units, and lines of a million units.
    """
    kinds = {"any": benefits, "reductions": reductions, "deals": deals, "delivery": on_delivery}
    currency = draw(st.sampled_from(CURRENCIES))
    combined = draw(stacking)
    big = large and draw(st.integers(0, 4)) == 0
    quantities = any_quantities if large and not big and combined is not p.Stacking.BEST_DEAL else small_quantities
    basket = p.Basket(
        currency=currency,
        lines=[
            draw(lines(f"l{place}", currency, quantities, 10**13 if big else 5_000))
            for place in range(draw(st.integers(1, most_lines)))
        ],
        delivery_method=draw(st.sampled_from((None, *METHODS))),
        country="PL",
        circumstances=draw(circumstances),
    )
    found = [
        draw(promotions(f"p{place}", currency, kinds[draw(given)](currency), conditional=conditional))
        for place in range(draw(st.integers(0, most_promotions)))
    ]
    return Shop(
        basket,
        draw(tariffs(currency)),
        p.Promotions(found, combined, host_conditions=HOST_CONDITIONS, host_benefits=HOST_BENEFITS),
        draw(policy),
    )
