"""
Price histories as shops log them, in words of their own: day, price, and the original price shown beside it.

A day does not say when on it a price changed, so a change is taken to happen at noon, and changes of one day follow
each other in the order of the list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from orderflow import law
from orderflow.money import Money

RULE = attrs.evolve(law.reduction_rule("PL"), starts_from=date(1970, 1, 1))
ZONE = ZoneInfo(law.jurisdiction(RULE.jurisdiction).zone)


def history_of(case: Mapping[str, Any]) -> list[law.PricePoint]:
    """The log as points in order."""
    points: list[law.PricePoint] = []
    changes: Counter[date] = Counter()
    for text, price, original in sorted(case["price_history"], key=lambda entry: entry[0]):
        day = date.fromisoformat(text[:10])
        at = datetime.combine(day, time(12), ZONE) + timedelta(seconds=changes[day])
        changes[day] += 1
        amounts = (None if each is None else Money.parse(str(each), case["currency"]) for each in (price, original))
        points.append(law.PricePoint(at, *amounts))
    return points


def lowest_prior_price(case: Mapping[str, Any]) -> str | None:
    """
    The prior price of the reduction that the last change of the log announces; None: it announces none.

    Which reduction is announced is for the caller to say, and these logs mean their last change, be it a raise.
    """
    points = history_of(case)
    last = points[-1]
    if not last.is_announced:
        return None
    rule = attrs.evolve(RULE, days=int(case.get("window_days") or RULE.days))
    since = points[0].at.astimezone(ZONE).date()
    found = law.announce_reduction(points, last.at, last.price, rule, offered_since=since)
    return None if found.prior_price is None else found.prior_price.text
