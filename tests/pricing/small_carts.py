"""Random small carts under promotions that want the same units; some drawn so that what looks best is not."""

from __future__ import annotations

from random import Random

from orderflow import pricing as p
from orderflow.money import Money

from .promotion_strategies import HOST_BENEFITS, HOST_CONDITIONS, Shop

POLICIES = (
    p.DEFAULT_POLICY,
    *(p.MoneyPolicy(rounding=rounding, pick=pick) for rounding in p.Rounding for pick in p.Pick),
)


def small_cart(seed: int, most_units: int = 6, most_promotions: int = 4) -> Shop:
    """
    A shop in which promotions compete, small enough to try everything.

    One in two is adversarial: all prices lie close together, all promotions overlap in all goods, and they save nearly
    the same per unit, so that nothing is clearly better than anything else.
    """
    random = Random(seed)
    close = random.random() < 0.5
    currency = random.choice(("PLN", "JPY", "KWD"))
    units = [random.randrange(4) for _ in range(random.randint(1, most_units))]
    lines = [
        p.BasketLine(
            line=f"l{sku}",
            sku=f"s{random.choice((sku, sku, 0))}",
            quantity=units.count(sku),
            unit_price=Money(
                random.randint(95, 105) if close else random.choice((0, 1, 7, 50, 99, 100, 333)), currency
            ),
            vat=p.VatRate(2300),
            price_includes_vat=True,
            tags=random.sample(("t0", "t1"), random.randint(0, 2)),
            floor=Money(random.randint(0, 110), currency) if random.random() < 0.2 else None,
            discountable=random.random() < 0.9,
        )
        for sku in sorted(set(units))
    ]
    found = [
        _promotion(random, f"p{place}", currency, close=close) for place in range(random.randint(1, most_promotions))
    ]
    basket = p.Basket(currency=currency, lines=lines, country="PL")
    promotions = p.Promotions(found, p.Stacking.BEST_DEAL, host_conditions=HOST_CONDITIONS, host_benefits=HOST_BENEFITS)
    return Shop(basket, p.Tariff(), promotions, random.choice(POLICIES))


def _promotion(random: Random, name: str, currency: str, *, close: bool) -> p.Promotion:
    benefit = _benefit(random, currency, close=close)
    everything = close or isinstance(benefit, p.BuyGet | p.SetPrice)
    return p.Promotion(
        id=name,
        benefit=benefit,
        target=p.EVERYTHING if everything else _target(random),
        priority=random.randint(0, 1),
        group=random.choice(("", "", "", "g", "h")),
        exclusive=random.random() < 0.05,
    )


def _target(random: Random) -> p.Target:
    skus = [f"s{sku}" for sku in range(4)]
    return random.choice(
        (
            p.EVERYTHING,
            p.Target(skus=random.sample(skus, random.randint(1, 3))),
            p.Target(tags=[random.choice(("t0", "t1"))]),
        )
    )


def _benefit(random: Random, currency: str, *, close: bool) -> p.Benefit:
    def amount(most: int) -> Money:
        return Money(random.randint(0, most), currency)

    def near(units: int) -> Money:
        """A price that saves about a fifth."""
        return Money(random.randint(78, 82) * units, currency) if close else amount(200 * units)

    percent = p.Percent(random.randint(190_000, 210_000) if close else random.choice((1, 333_333, 500_000, 1_000_000)))
    size, pick = random.randint(1, 3), random.choice((None, *p.Pick))
    maybe = random.choice((None, None, 1, 2))
    effects: tuple[p.GroupEffect, ...] = (
        p.PercentOffGroup(percent=percent),
        p.AmountOffGroup(amount=Money(random.randint(19, 21) * size, currency) if close else amount(150)),
        p.GroupPrice(price=near(size)),
        p.GroupUnitPrice(price=near(1)),
        p.NthFree(nth=random.randint(1, size)),
        p.NthFree(overall=True),
    )
    kinds: tuple[p.Benefit, ...] = (
        p.OrderPercent(percent=percent),
        p.OrderAmount(amount=amount(200)),
        p.OrderPrice(price=amount(400)),
        p.LinePercent(percent=percent),
        p.LinePercent(percent=percent, max_units=maybe, max_units_per_line=random.choice((None, 1)), pick=pick),
        p.LinePercent(percent=percent, at_most=amount(100)),
        p.LineAmount(amount=amount(100)),
        p.UnitAmount(amount=amount(40), max_units=maybe, max_units_per_line=random.choice((None, 1)), pick=pick),
        p.UnitPrice(price=near(1)),
        p.FirstAndFurther(first=amount(50), further=amount(50)),
        p.LineAmountByValue(base=amount(30), tiers=[p.AmountTier(amount(300), amount(100))]),
        p.LinePercentByTotal(tiers=[p.PercentTier(amount(300), percent)]),
        p.LinePercentByUnits(tiers=[p.UnitsTier(size, percent)]),
        p.PerCompleteGroup(size=size, percent=percent),
        p.BundlePrice(units=size, price=near(size)),
        p.Gift(sku=f"s{random.randrange(4)}", units=size),
        p.HostBenefit("a-third"),
        *(p.GroupDeal(size=size, effect=effect, max_groups=maybe) for effect in effects),
        *(
            p.BuyGet(
                buy=_target(random),
                buy_units=random.randint(1, 2),
                get=_target(random),
                get_units=random.randint(1, 2),
                percent=random.choice((percent, p.Percent(1_000_000))),
                pick=pick,
                times=maybe,
                partial=random.random() < 0.3,
                spread=random.random() < 0.3,
            )
            for _ in range(3)
        ),
        *(
            p.SetPrice(parts=[p.SetPart(_target(random)) for _ in range(parts)], price=near(parts), times=maybe)
            for parts in (1, 2, 3)
        ),
    )
    return random.choice(kinds)
