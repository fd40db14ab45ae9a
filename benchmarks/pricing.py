"""
Pricing a basket under many promotions: list prices, promotions with their reasons, VAT and exact shares.

``disjoint`` promotions take 10 % off goods of their own, ``stack`` ones each 1 % off everything. The basket is built
and the promotions are checked beforehand; words are not built. The floor, given with ``--floor`` as a Python file that
prints one JSON line per case, is what the domain cannot avoid, measured in the same run; only ratios compare.
``parts`` says where the time goes. Prints one JSON object.

    python benchmarks/pricing.py [--rounds 3] [--floor FILE]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from orderflow.money import Money
from orderflow.pricing import (
    DEFAULT_POLICY,
    EVERYTHING,
    Basket,
    BasketLine,
    LinePercent,
    Outcomes,
    Percent,
    Promotion,
    Promotions,
    Quote,
    Target,
    Tariff,
    VatRate,
    quote,
)
from orderflow.pricing._fees import NO_FEES
from orderflow.pricing._quote import _assemble, _tax
from orderflow.pricing._stacking import RungUp, ring_up
from orderflow.pricing._till import Till

CASES = (("disjoint", 50, 20), ("stack", 50, 20), ("disjoint", 10, 20), ("stack", 200, 50))
NOTHING = Tariff()


def basket(lines: int) -> Basket:
    """Two of each good."""
    return Basket(
        currency="PLN",
        country="PL",
        lines=[
            BasketLine(
                line=f"l{index:03}",
                sku=f"S{index}",
                quantity=2,
                unit_price=Money(1999 + 100 * index, "PLN"),
                vat=VatRate(2300),
                price_includes_vat=True,
            )
            for index in range(lines)
        ],
    )


def promotions(mode: str, count: int) -> Promotions:
    """Ten percent off every *count*-th good, or one percent off everything."""
    targets = [Target(skus=[f"S{index}" for index in range(60) if index % count == each]) for each in range(count)]
    disjoint = mode == "disjoint"
    return Promotions(
        Promotion(
            id=f"p{each:02}",
            benefit=LinePercent(percent=Percent.parse("10" if disjoint else "1")),
            target=targets[each] if disjoint else EVERYTHING,
        )
        for each in range(count)
    )


def microseconds(job: Callable[[], object], rounds: int = 5) -> float:
    """The median of some rounds of 50 ms."""
    job()
    times = []
    for _ in range(rounds):
        count, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < 0.05:
            job()
            count += 1
        times.append(1e6 * spent / count)
    return round(statistics.median(times), 1)


def parts(asked: Basket, offered: Promotions) -> dict[str, float]:
    """The steps of one quote, each by itself."""
    till = Till(asked, DEFAULT_POLICY)
    goods, choice, deposits = _tax(till), NOTHING.choice(asked), (0,) * len(asked.lines)
    nothing = RungUp(Outcomes())
    return {
        "till": microseconds(lambda: Till(asked, DEFAULT_POLICY)),
        "till and promotions": microseconds(lambda: ring_up(offered, Till(asked, DEFAULT_POLICY))),
        "tax": microseconds(lambda: _tax(till)),
        "assembly": microseconds(lambda: _assemble(till, goods, deposits, None, (), nothing, (), choice, NO_FEES)),
    }


def floors(file: str | None) -> dict[tuple[str, int, int], float]:
    """What the floor takes for each case it knows."""
    if file is None:
        return {}
    printed = subprocess.run([sys.executable, file], check=True, capture_output=True, text=True).stdout
    rows = (json.loads(row) for row in printed.splitlines())
    return {(row["mode"], row["lines"], row["promotions"]): row["us"] for row in rows}


def measured(rounds: int, floor: str | None) -> Iterator[dict[str, Any]]:
    """One row for each case; the floor runs beside each round."""
    quotes = {case: partial(quote, basket(case[1]), NOTHING, promotions(case[0], case[2])) for case in CASES}
    for case, priced in quotes.items():
        if not isinstance(priced(), Quote):
            raise SystemExit(f"{case} was not priced")
    own: dict[Any, list[float]] = {case: [] for case in CASES}
    ratios: dict[Any, list[float]] = {case: [] for case in CASES}
    for _ in range(rounds):
        beside = floors(floor)
        for case, priced in quotes.items():
            own[case].append(microseconds(priced))
            if case in beside:
                ratios[case].append(own[case][-1] / beside[case])
    for case in CASES:
        mode, lines, count = case
        row: dict[str, Any] = {"mode": mode, "lines": lines, "promotions": count}
        row["us"] = round(statistics.median(own[case]), 1)
        if ratios[case]:
            row["ratio"] = round(statistics.median(ratios[case]), 2)
        if lines == 50:
            row["parts"] = parts(basket(lines), promotions(mode, count))
        yield row


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--floor")
    given = parser.parse_args()
    print(json.dumps({"benchmark": "pricing", "cases": [*measured(given.rounds, given.floor)]}, indent=2))


if __name__ == "__main__":
    main()
