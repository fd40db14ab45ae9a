"""
Which country's VAT goods sent to a consumer bear (Directive 2006/112/EC art. 32-33, 59c; Polish VAT act art. 22, 22a).

Sales across a border inside the Union are taxed where the goods arrive; a small seller may stay at home. Not covered:
businesses with a VAT number, imports, goods that a marketplace is deemed to sell, excise goods, new vehicles, and
territories outside the VAT area (the Canaries, Åland, Livigno, Northern Ireland's place in it).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import attrs

from ..errors import InvalidInputError
from ..money import Money
from ..texts import country_code

__all__ = (
    "DISTANCE_SALES_LIMITS", "EU_COUNTRIES", "DistanceSalesLimit", "PlaceOfSupply", "PlaceReason", "place_of_supply",
)  # fmt: skip

EU_COUNTRIES = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())
"""The member states, by ISO 3166 code (Greece is GR)."""


class PlaceReason(StrEnum):
    """Why that country."""

    DOMESTIC = "domestic"  # the goods do not leave the country
    EXPORT = "export"  # they leave the Union: the country of dispatch, usually at zero
    BELOW_LIMIT = "below_limit"  # a small seller: the country of dispatch
    LIMIT_EXCEEDED = "limit_exceeded"  # this year, by this very supply or before it
    LIMIT_EXCEEDED_LAST_YEAR = "limit_exceeded_last_year"
    OPTED_IN = "opted_in"  # the seller chose the destination; that binds for two calendar years
    STOCK_ABROAD = "stock_abroad"  # not sent from the seller's own country
    ESTABLISHED_ABROAD = "established_abroad"  # the seller is at home in several member states


@attrs.frozen(kw_only=True)
class DistanceSalesLimit:
    """Up to how much net in a calendar year, this one and the last, a seller may tax at home."""

    limit: Money
    valid_from: date
    source: str
    confirmed: bool = False


DISTANCE_SALES_LIMITS: tuple[DistanceSalesLimit, ...] = (
    DistanceSalesLimit(
        limit=Money(1_000_000, "EUR"), valid_from=date(2021, 7, 1), confirmed=True,
        source="Directive 2006/112/EC art. 59c(1)(c), by Directives 2017/2455 and 2019/1995",
    ),
    DistanceSalesLimit(
        limit=Money(4_200_000, "PLN"), valid_from=date(2021, 7, 1), confirmed=True,
        source="ustawa z 11.03.2004 o podatku od towarów i usług art. 22a ust. 1 pkt 3",
    ),
)  # fmt: skip
"""In the currencies in which the books may be kept here; other states have equivalents of their own (art. 59c(5))."""


@attrs.frozen(kw_only=True)
class PlaceOfSupply:
    """The country whose rates apply, and why."""

    country: str
    reason: PlaceReason


def place_of_supply(
    *,
    seller: str,
    ship_from: str,
    ship_to: str,
    net: Money,
    net_this_year: Money,
    net_last_year: Money,
    day: date,
    opted_in: bool = False,
    established_abroad: bool = False,
) -> PlaceOfSupply:
    """
    Where a supply of goods to a consumer is taxed.

    ``net`` is this supply without VAT; ``net_this_year`` is all that was sold to consumers in other member states
    before it in this calendar year, goods from a distance and electronic services together, and ``net_last_year`` the
    same for the whole of the last. The supply with which the limit is exceeded is taxed at its destination already.
    That goods from stock abroad never count as a small seller's is the reading of the tax authorities: art. 59c names
    only the seller's establishment.

    >>> eur = lambda text: Money.parse(text, "EUR")
    >>> place_of_supply(
    ...     seller="PL",
    ...     ship_from="PL",
    ...     ship_to="DE",
    ...     net=eur("100"),
    ...     net_this_year=eur("9940"),
    ...     net_last_year=eur("0"),
    ...     day=date(2026, 11, 22),
    ... )
    PlaceOfSupply(country='DE', reason=<PlaceReason.LIMIT_EXCEEDED: 'limit_exceeded'>)

    Raises:
        InvalidInputError: goods sent from outside the Union; a day before the limit; a currency without one; amounts
            below zero.
        CurrencyMismatchError: amounts in several currencies.
    """
    for path, country in (("seller", seller), ("ship_from", ship_from), ("ship_to", ship_to)):
        country_code(country, path)
    if ship_from not in EU_COUNTRIES:
        raise InvalidInputError("ship_from", f"{ship_from} is outside the Union: imports are not covered")
    limit = _limit(net.currency, day)
    for path, amount in (("net", net), ("net_this_year", net_this_year), ("net_last_year", net_last_year)):
        if amount < Money.zero(net.currency):
            raise InvalidInputError(path, "must not be below zero")

    if ship_to == ship_from:
        return PlaceOfSupply(country=ship_from, reason=PlaceReason.DOMESTIC)
    if ship_to not in EU_COUNTRIES:
        return PlaceOfSupply(country=ship_from, reason=PlaceReason.EXPORT)
    if ship_from != seller:
        reason = PlaceReason.STOCK_ABROAD
    elif established_abroad:
        reason = PlaceReason.ESTABLISHED_ABROAD
    elif opted_in:
        reason = PlaceReason.OPTED_IN
    elif net_last_year > limit:
        reason = PlaceReason.LIMIT_EXCEEDED_LAST_YEAR
    elif net_this_year + net > limit:
        reason = PlaceReason.LIMIT_EXCEEDED
    else:
        return PlaceOfSupply(country=ship_from, reason=PlaceReason.BELOW_LIMIT)
    return PlaceOfSupply(country=ship_to, reason=reason)


def _limit(currency: str, day: date) -> Money:
    found = [one for one in DISTANCE_SALES_LIMITS if one.limit.currency == currency and one.valid_from <= day]
    if not found:
        raise InvalidInputError("net", f"no limit for distance sales in {currency} on {day}")
    return max(found, key=lambda one: one.valid_from).limit
