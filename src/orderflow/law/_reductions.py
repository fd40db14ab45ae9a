"""
The prior price beside an announced price reduction: the lowest of the last 30 days, called "Omnibus".

Directive 98/6/EC art. 6a (added by Directive 2019/2161), read with the Commission's guidance 2021/C 526/02 and with
CJEU C-330/23 (Aldi Süd): an announced percentage is computed from the prior price, not from yesterday's. The history
is that of one item in one channel: gross prices that everybody was offered, earlier promotions included. Not announced
reductions are a price cut without a word, "3 for 2", a discount on a whole basket, and a price for one person only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import attrs

from .._sequence import sequence
from ..errors import CurrencyMismatchError, InvalidInputError
from ..moments import moment
from ..money import Money, at_least_zero
from ._jurisdictions import jurisdiction as jurisdiction_of

__all__ = (
    "REDUCTION_RULES", "Announcement", "NotAnnounceable", "PricePoint", "PriorPriceBasis", "ReductionRule",
    "RunningReduction", "announce_reduction", "reduction_rule", "running_reduction",
)  # fmt: skip

When: TypeAlias = date | datetime
"""A day, which stands for its first moment in the zone of the jurisdiction, or an aware moment."""

_INSTANT = timedelta(microseconds=1)


class PriorPriceBasis(StrEnum):
    """Which rule gave the prior price."""

    THIRTY_DAYS = "thirty_days"
    SHORTER_OFFER = "shorter_offer"  # offered for less than that: since then
    PROGRESSIVE = "progressive"  # cut further without a break: the days before the first cut
    PERISHABLE_BEFORE_FIRST_CUT = "perishable_before_first_cut"  # that price, and no period
    PERISHABLE_EXEMPT = "perishable_exempt"  # the same figure; this country asks for none


class NotAnnounceable(StrEnum):
    """Why a price must not be called a reduction."""

    NOT_LOWER = "not_lower"  # than the prior price: nothing is reduced
    NOT_OFFERED_BEFORE = "not_offered_before"  # there is no earlier price
    PRICES_UNKNOWN = "prices_unknown"  # the history begins after the period does


@attrs.frozen(kw_only=True)
class ReductionRule:
    """
    How one country wants the prior price found, for reductions that start on ``starts_from`` or later.

    ``confirmed``: the article itself was read when the rule was written down. A shop that promises more than the law
    asks for changes ``days`` with :func:`attrs.evolve`.
    """

    jurisdiction: str
    days: int = 30
    progressive: bool  # whether an uninterrupted series of cuts may keep the prior price of its first
    perishable_exempt: bool  # whether goods about to spoil need no prior price at all
    starts_from: date
    source: str
    confirmed: bool = False


REDUCTION_RULES: tuple[ReductionRule, ...] = (
    ReductionRule(
        jurisdiction="PL", progressive=False, perishable_exempt=False, starts_from=date(2023, 1, 1), confirmed=True,
        source="ustawa z 9.05.2014 o informowaniu o cenach towarów i usług (Dz.U. 2023 poz. 168) art. 4 ust. 2-5",
    ),
    ReductionRule(
        jurisdiction="DE", progressive=True, perishable_exempt=True, starts_from=date(2022, 5, 28), confirmed=True,
        source="PAngV 2022 § 11(1), (2), (4) Nr. 2",
    ),
    ReductionRule(
        jurisdiction="FR", progressive=True, perishable_exempt=True, starts_from=date(2022, 5, 28), confirmed=True,
        source="Code de la consommation art. L112-1-1 I",
    ),
    ReductionRule(
        jurisdiction="CZ", progressive=True, perishable_exempt=True, starts_from=date(2023, 1, 6), confirmed=True,
        source="zákon č. 634/1992 Sb. § 12a (by act č. 374/2022 Sb.)",
    ),
)  # fmt: skip
"""All rules; of those for one country the latest that had begun holds. That PL has no progressive option is a reading
of its art. 4, which names none."""


def reduction_rule(jurisdiction: str, starts: date | None = None) -> ReductionRule:
    """
    The rule for a reduction that starts on that day; None: the newest rule.

    Raises:
        InvalidInputError: no rule for this country, or the day is before all of them.
    """
    found = [
        one
        for one in REDUCTION_RULES
        if one.jurisdiction == jurisdiction and (starts is None or one.starts_from <= starts)
    ]
    if not found:
        when = "" if starts is None else f" for reductions of {starts}"
        raise InvalidInputError("jurisdiction", f"no rule on price reductions for {str(jurisdiction)[:12]!r}{when}")
    return max(found, key=lambda one: one.starts_from)


def _when(value: Any, path: str) -> When:
    if isinstance(value, datetime):
        return moment(value, path)
    if isinstance(value, date):
        return value
    raise InvalidInputError(path, f"expected a date or an aware datetime, got {type(value).__name__}")


def _at(value: When) -> When:
    return _when(value, "at")


@attrs.frozen
class PricePoint:
    """
    From ``at`` on the item costs ``price``, until the next point. ``original`` is the higher price shown beside it.

    Of two points of the same moment both count, and the lower one stays; give moments where that is not so.

    >>> PricePoint(date(2026, 11, 5), Money.parse("89.00", "PLN"), Money.parse("120.00", "PLN")).price
    Money('89.00', 'PLN')
    """

    at: When = attrs.field(converter=_at)
    price: Money
    original: Money | None = None

    def __attrs_post_init__(self) -> None:
        at_least_zero(self.price, "price")
        if self.original is not None:
            at_least_zero(self.original, "original")
            if self.original.currency != self.price.currency:
                raise InvalidInputError("original", f"expected {self.price.currency} like the price")

    @property
    def is_announced(self) -> bool:
        """Whether a reduction is shown: there is an original price, and it is higher."""
        return self.original is not None and self.price < self.original


@attrs.frozen(kw_only=True)
class Announcement:
    """
    What may be said of a reduction.

    ``percent`` is rounded down, so it never overstates; 0 may still be announced as an amount. ``prior_price`` is None
    where no price is known. ``window`` is the first and the last day whose prices counted; ``trace`` are those prices.
    """

    prior_price: Money | None
    new_price: Money
    percent: int
    refusal: NotAnnounceable | None
    basis: PriorPriceBasis
    window: tuple[date, date]
    trace: tuple[PricePoint, ...]
    rule: ReductionRule

    @property
    def may_announce(self) -> bool:
        """Whether the new price may be called a reduction."""
        return self.refusal is None


@attrs.frozen(kw_only=True)
class RunningReduction:
    """
    The reduction that a history announces at some moment: ``price`` is shown as reduced from ``original``.

    ``starts`` is where its 30 days are counted from, ``first_cut`` where the unbroken series of cuts began.
    """

    starts: When
    first_cut: When
    price: Money
    original: Money


Dated: TypeAlias = tuple[datetime, PricePoint]


def announce_reduction(
    history: Iterable[PricePoint],
    starts: When,
    new_price: Money,
    jurisdiction: str | ReductionRule,
    *,
    offered_since: When | None = None,
    perishable: bool = False,
    first_cut: When | None = None,
) -> Announcement:
    """
    The prior price of a reduction to *new_price* that *starts* then, and what may be said of it.

    The window is the 30 days before the day on which the reduction starts; where it starts at a moment, what was
    charged earlier on that day counts too. A price set before the window opens counts when it was still in force.
    Points from *starts* on are not looked at: a price raised during the reduction changes nothing, and one that runs
    on for longer keeps its prior price. A deeper cut is a new reduction with a *starts* of its own.

    ``offered_since`` is when the item was first offered; None: before the window. A history that begins later than it
    should is :attr:`NotAnnounceable.PRICES_UNKNOWN`. ``perishable`` goods spoil soon or are about to expire: the price
    just before the first cut counts. ``first_cut`` is when an unbroken series of cuts, of which this is the latest,
    began: where the country has that option (PL has not) and no price in between went up, the window lies before it.

    Raises:
        InvalidInputError: no rules for the country or for so early a day; a naive datetime; *first_cut* after *starts*.
        CurrencyMismatchError: the history is in another currency than *new_price*.

    >>> history = [PricePoint(date(2026, 1, 1), Money.parse("37.00", "PLN"))]
    >>> found = announce_reduction(history, date(2026, 3, 2), Money.parse("21.00", "PLN"), "PL")
    >>> found.prior_price, found.percent, found.may_announce
    (Money('37.00', 'PLN'), 43, True)
    """
    at_least_zero(new_price, "new_price")
    start_at = _when(starts, "starts")
    rule, zone = _rule_for(jurisdiction, start_at)
    start = _instant(start_at, zone)
    cut = start if first_cut is None else _instant(_when(first_cut, "first_cut"), zone)
    if cut > start:
        raise InvalidInputError("first_cut", "must not be later than the start of the reduction")
    points = _in_order(history, zone, new_price.currency)

    if perishable:
        basis = PriorPriceBasis.PERISHABLE_BEFORE_FIRST_CUT
        if rule.perishable_exempt:
            basis = PriorPriceBasis.PERISHABLE_EXEMPT
        end = cut
    elif rule.progressive and _is_progressive(points, cut, start, new_price):
        basis, end = PriorPriceBasis.PROGRESSIVE, cut
    else:
        basis, end = PriorPriceBasis.THIRTY_DAYS, start

    first_day = _day(end, zone) - timedelta(days=rule.days)
    opens = _instant(first_day, zone)
    offered = None if offered_since is None else _instant(_when(offered_since, "offered_since"), zone)
    if offered is not None and opens < offered < end:
        opens, first_day = offered, _day(offered, zone)
        if basis is PriorPriceBasis.THIRTY_DAYS:
            basis = PriorPriceBasis.SHORTER_OFFER
    considered = _in_force(points, opens, end)
    is_known = bool(considered) and (
        perishable or considered[0][0] <= opens or (opens == offered and _day(considered[0][0], zone) == first_day)
    )
    last_day = _day(end - _INSTANT, zone)
    if perishable:
        considered, first_day = considered[-1:], last_day

    prior, percent, refusal = None, 0, None
    if offered is not None and offered >= end:
        refusal, considered = NotAnnounceable.NOT_OFFERED_BEFORE, ()
    elif not is_known:
        refusal = NotAnnounceable.PRICES_UNKNOWN
    else:
        prior = min(point.price for _, point in considered)
        if new_price >= prior:
            refusal = NotAnnounceable.NOT_LOWER
        else:
            percent = (prior.minor - new_price.minor) * 100 // prior.minor
    return Announcement(
        prior_price=prior,
        new_price=new_price,
        percent=percent,
        refusal=refusal,
        basis=basis,
        window=(first_day, last_day),
        trace=tuple(point for _, point in considered),
        rule=rule,
    )


def running_reduction(
    history: Iterable[PricePoint], at: datetime, jurisdiction: str | ReductionRule
) -> RunningReduction | None:
    """
    The reduction that is announced at that moment, found in a history that keeps ``original`` prices; None: none is.

    A price without a higher original ends a reduction, and so does another original. A cut below the price before is
    a new one. A raise within the first 30 days leaves the start where it was, so that it cannot lower the prior price;
    one that comes later has other terms than those announced and is a new one. The last is our reading: the law says
    nothing of raises.

    Raises:
        InvalidInputError: no rules for the country or for so early a day; a naive datetime.
        CurrencyMismatchError: prices in several currencies.
    """
    at = moment(at)
    rule, zone = _rule_for(jurisdiction, at)
    running: RunningReduction | None = None
    for instant, point in _in_order(history, zone):
        if instant > at:
            break
        if point.original is None or not point.is_announced:
            running = None
        elif running is None or point.original != running.original:
            running = RunningReduction(starts=point.at, first_cut=point.at, price=point.price, original=point.original)
        else:
            lasted = _day(instant, zone) - _day(_instant(running.starts, zone), zone)
            is_late_raise = point.price > running.price and lasted.days >= rule.days
            is_new = point.price < running.price or is_late_raise
            running = attrs.evolve(running, price=point.price, starts=point.at if is_new else running.starts)
    return running


def _rule_for(jurisdiction: str | ReductionRule, at: When) -> tuple[ReductionRule, ZoneInfo]:
    code = jurisdiction.jurisdiction if isinstance(jurisdiction, ReductionRule) else jurisdiction
    zone = ZoneInfo(jurisdiction_of(code).zone)
    day = _day(at, zone) if isinstance(at, datetime) else at
    if not isinstance(jurisdiction, ReductionRule):
        return reduction_rule(code, day), zone
    if day < jurisdiction.starts_from:
        raise InvalidInputError("starts", f"the rule holds from {jurisdiction.starts_from} on, not on {day}")
    return jurisdiction, zone


def _instant(at: When, zone: ZoneInfo) -> datetime:
    return at if isinstance(at, datetime) else moment(datetime.combine(at, time(), zone))


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()


def _in_order(history: Iterable[PricePoint], zone: ZoneInfo, currency: str | None = None) -> tuple[Dated, ...]:
    """Each point once, by its moment; the lowest of one moment comes last, so that it stays in force."""
    points = sequence(history, "history")
    for index, point in enumerate(points):
        if not isinstance(point, PricePoint):
            raise InvalidInputError(f"history[{index}]", f"expected a PricePoint, got {type(point).__name__}")
        currency = currency or point.price.currency
        if point.price.currency != currency:
            raise CurrencyMismatchError(f"history[{index}]: {point.price} is not in {currency}")

    def order(dated: Dated) -> tuple[datetime, int, bool, int, bool]:
        at, point = dated
        shown = 0 if point.original is None else point.original.minor
        return at, -point.price.minor, point.is_announced, shown, isinstance(point.at, datetime)

    return tuple(sorted(((_instant(point.at, zone), point) for point in set(points)), key=order))


def _in_force(points: tuple[Dated, ...], opens: datetime, end: datetime) -> tuple[Dated, ...]:
    """What was charged at any time from *opens* until before *end*."""
    earlier = [dated for dated in points if dated[0] <= opens and dated[0] < end]
    return (*earlier[-1:], *(dated for dated in points if opens < dated[0] < end))


def _is_progressive(points: tuple[Dated, ...], cut: datetime, start: datetime, new_price: Money) -> bool:
    """Whether the first cut took place, and prices have only gone down since."""
    before = [point.price for at, point in points if at < cut][-1:]
    since = [point.price for at, point in points if cut <= at < start]
    return (
        bool(before and since)
        and since[0] < before[0]
        and all(later <= earlier for earlier, later in pairwise([*since, new_price]))
    )
