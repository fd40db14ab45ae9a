"""
The best deal: how long it takes to prove which combination of competing promotions saves most.

Twelve promotions of up to 40 offers each compete for twenty units. ``shop`` deals are any 2 to 4 of some items, pairs,
nested bundles, buy some get one, and single items, some of them at most once or twice; ``adversarial`` ones take
random units and are all worth the same per unit but for a tenth, so that nothing is clearly better than anything
else. ``quote`` is the whole of it: a basket of twenty units in six lines or more priced with twelve promotions of usual
kinds, from list prices to VAT. Prints one JSON object.

    python benchmarks/best_deal.py [--carts 300] [--units 20] [--promotions 12] [--offers 40]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations_with_replacement
from random import Random
from typing import Any

from orderflow import pricing
from orderflow.money import Money
from orderflow.pricing import Percent, Promotion, SetPart, Target
from orderflow.pricing._packing import Offer, Packing, best_packing

PRICES = (499, 999, 1299, 1999, 2450, 3999, 5900)
Deal = tuple[Iterable[int], int]


def cart(random: Random, units: int) -> list[int]:
    """Units of each of six items or more."""
    capacities = [1] * random.randint(min(6, units), units)
    for _ in range(units - len(capacities)):
        capacities[random.randrange(len(capacities))] += 1
    return capacities


def shop_deals(random: Random, capacities: list[int], prices: list[int]) -> Iterator[Deal]:
    """What a promotion of a usual kind comes to: units, and what they save."""
    pool = random.sample(range(len(prices)), min(len(prices), random.randint(3, 8)))
    kind = random.choice(("any", "pairs", "nested", "single", "buy and get"))
    percent = random.randint(5, 40)
    if kind == "any":
        size = random.choice((2, 3, 3, 4))
        deal = sum(sorted(prices[item] for item in pool)[:size]) * random.randint(60, 95) // 100
        effect = random.choice(("cheapest free", "percent", "fixed price"))
        for items in combinations_with_replacement(sorted(pool), size):
            paid = [prices[item] for item in items]
            saves = {"cheapest free": min(paid), "percent": sum(paid) * percent // 100, "fixed price": sum(paid) - deal}
            yield items, saves[effect]
    elif kind == "pairs":
        for _ in range(random.randint(1, 6)):
            pair = random.sample(pool, 2)
            yield pair, sum(prices[item] for item in pair) * percent // 100
    elif kind == "nested":
        for size in range(2, min(len(pool), 6) + 1):
            yield pool[:size], sum(prices[item] for item in pool[:size]) * (8 + 5 * size) // 100
    elif kind == "single":
        for item in pool:
            yield (item,), prices[item] * percent // 100
    else:
        half, bought, off = len(pool) // 2, random.choice((1, 2)), random.choice((50, 100))
        for items in combinations_with_replacement(pool[: half + 1], bought):
            for item in pool[half:]:
                yield (*items, item), prices[item] * off // 100


def adversarial_deals(random: Random, capacities: list[int], prices: list[int]) -> Iterator[Deal]:
    """Random units at nearly the same saving per worth."""
    size = random.randint(2, 4)
    for _ in range(random.randint(1, 40)):
        items = random.choices(range(len(prices)), k=size)
        yield items, sum(prices[item] for item in items) * random.randint(90, 110) // 400


def problem(
    seed: int, deals: Callable[[Random, list[int], list[int]], Iterator[Deal]], units: int, promotions: int, most: int
) -> tuple[list[int], list[Offer], dict[str, int]]:
    """A cart, the offers of its promotions, and how often some of these may be applied."""
    random = Random(seed)
    capacities = cart(random, units)
    prices = [random.choice(PRICES) for _ in capacities]
    offers: list[Offer] = []
    limits: dict[str, int] = {}
    for promotion in range(promotions):
        found = {
            (tuple(sorted(Counter(items).items())), saves)
            for items, saves in deals(random, capacities, prices)
            if saves > 0 and all(count <= capacities[item] for item, count in Counter(items).items())
        }
        chosen = random.sample(sorted(found), min(len(found), most))
        name = f"{promotion:02}"
        offers += [Offer(f"{name}-{n:02}", takes, saves, None, name) for n, (takes, saves) in enumerate(chosen)]
        if limit := random.choice((None, None, None, 1, 2)):
            limits[name] = limit
    return capacities, offers, limits


def spread(values: list[float], places: int) -> dict[str, float]:
    """Median, 95th percentile and maximum."""
    ordered = sorted(values)
    figures = {"median": statistics.median(ordered), "p95": ordered[len(ordered) * 95 // 100], "max": ordered[-1]}
    return {name: round(value, places) for name, value in figures.items()}


def measure(problems: list[tuple[list[int], list[Offer], dict[str, int]]]) -> dict[str, Any]:
    """The distribution over these problems, each solved once."""
    times: list[float] = []
    packings: list[Packing] = []
    for given in problems:
        start = time.perf_counter()
        packings.append(best_packing(*given))
        times.append(1000 * (time.perf_counter() - start))
    greedy = [best_packing(*given, steps=0).saving for given in problems]
    return {
        "offers": spread([len(offers) for _, offers, _ in problems], 0),
        "milliseconds": spread(times, 1),
        "steps": spread([packing.steps for packing in packings], 0),
        "proven": sum(packing.proven for packing in packings),
        "better_than_greedy": sum(packing.saving > least for packing, least in zip(packings, greedy, strict=True)),
        "percent_above_greedy": spread(
            [100 * (packing.saving / least - 1) for packing, least in zip(packings, greedy, strict=True) if least], 2
        ),
        "percent_unsettled": spread(
            [100 * (packing.bound / packing.saving - 1) for packing in packings if packing.saving], 2
        ),
    }


def basket(random: Random, units: int) -> pricing.Basket:
    """So many units of six articles or more."""
    lines = [
        pricing.BasketLine(
            line=f"l{place:02}",
            sku=f"s{place:02}",
            quantity=quantity,
            unit_price=Money(random.choice(PRICES), "PLN"),
            vat=pricing.VatRate(2300),
            price_includes_vat=True,
        )
        for place, quantity in enumerate(cart(random, units))
    ]
    return pricing.Basket(currency="PLN", country="PL", lines=lines)


def shop_promotion(random: Random, name: str, skus: list[str]) -> Promotion:
    """One of the usual kinds on three to eight of the articles: groups, pairs, sets, buy and get, per cent, amounts."""

    def some(most: int = 8) -> Target:
        return Target(skus=random.sample(skus, min(len(skus), random.randint(3, most))))

    percent, limit = Percent(random.randint(5, 40) * 10_000), random.choice((None, None, None, 1, 2))
    size = random.choice((2, 3, 3, 4))
    pair = [SetPart(Target(skus=[sku])) for sku in random.sample(skus, 2)]
    effects = (
        pricing.NthFree(),
        pricing.PercentOffGroup(percent=percent),
        pricing.GroupPrice(price=Money(1500 * size, "PLN")),
    )
    own_goods = (
        pricing.BuyGet(buy=some(), buy_units=random.choice((1, 2)), get=some(), times=limit),
        pricing.SetPrice(parts=pair, price=Money(1200, "PLN"), times=limit),
        pricing.SetPrice(parts=[SetPart(some(4)), SetPart(some(4)), SetPart(some(3))], price=Money(4000, "PLN")),
    )
    benefit: pricing.Benefit = random.choice(
        (
            *own_goods,
            *(pricing.GroupDeal(size=size, effect=effect, max_groups=limit) for effect in effects),
            pricing.LinePercent(percent=percent),
            pricing.UnitAmount(amount=Money(random.randint(50, 400), "PLN")),
            pricing.OrderPercent(percent=percent),
        )
    )
    return Promotion(id=name, benefit=benefit, target=pricing.EVERYTHING if benefit in own_goods else some())


def measure_quotes(carts: int, units: int, promotions: int) -> dict[str, Any]:
    """The distribution over whole quotes."""
    times: list[float] = []
    quotes: list[pricing.Quote] = []
    for seed in range(carts):
        random = Random(seed)
        asked = basket(random, units)
        skus = [line.sku for line in asked.lines]
        found = [shop_promotion(random, f"p{place:02}", skus) for place in range(promotions)]
        offered = pricing.Promotions(found, pricing.Stacking.BEST_DEAL)
        start = time.perf_counter()
        answer = pricing.quote(asked, pricing.Tariff(), offered)
        times.append(1000 * (time.perf_counter() - start))
        assert isinstance(answer, pricing.Quote)
        quotes.append(answer)
    proofs = [answer.proof for answer in quotes if answer.proof]
    return {
        "milliseconds": spread(times, 1),
        "steps": spread([proof.steps for proof in proofs], 0),
        "proven": sum(proof.proven for proof in proofs),
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1])
    parser.add_argument("--carts", type=int, default=300)
    parser.add_argument("--units", type=int, default=20)
    parser.add_argument("--promotions", type=int, default=12)
    parser.add_argument("--offers", type=int, default=40)
    chosen = parser.parse_args()
    size = (chosen.units, chosen.promotions, chosen.offers)
    figures = {
        name: measure([problem(seed, deals, *size) for seed in range(chosen.carts)])
        for name, deals in (("shop", shop_deals), ("adversarial", adversarial_deals))
    }
    figures["quote"] = measure_quotes(chosen.carts, chosen.units, chosen.promotions)
    sys.stdout.write(json.dumps({"benchmark": "best_deal", "carts": chosen.carts, **figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
