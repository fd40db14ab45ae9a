"""Two quotes as one: what is added to an order later keeps its own price, and leaves that of the rest alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import attrs

from ..money import Money, total_of
from ._lines import QuotedLines
from ._quote import LARGEST_TOTAL, MOST_LINES, Quote
from ._rejections import DuplicateLine, MixedCurrencies, Rejection, TooManyLines, TotalTooLarge
from ._vat import VatGroup

__all__ = ("joined", "not_joined")


def not_joined(quote: Quote, added: Quote) -> tuple[Rejection, ...]:
    """Why the lines of *added* cannot be put beside those of *quote*; nothing where they can."""
    return tuple(_reasons(quote, added))


def _reasons(quote: Quote, added: Quote) -> Iterable[Rejection]:
    if added.currency != quote.currency:
        yield MixedCurrencies(currency=quote.currency, found=(added.currency,))
        return
    names = Counter(line.line for line in (*quote.lines, *added.lines))
    yield from (DuplicateLine(line=line) for line, count in names.items() if count > 1)
    if len(names) > MOST_LINES:
        yield TooManyLines(lines=len(names), allowed=MOST_LINES)
    if (quote.total + added.total).minor > LARGEST_TOTAL:
        yield TotalTooLarge(limit=Money(LARGEST_TOTAL, quote.currency))


def joined(quote: Quote, added: Quote) -> Quote:
    """
    *quote* with the goods of *added*: its lines, their VAT and their deposits; nothing else is priced again.

    What each unit came to stays as it was, in both. The VAT of a rate is the sum of both documents', so it may differ
    by a coin from what one document over all of it would say.
    """
    return attrs.evolve(
        quote,
        lines=QuotedLines((*quote.lines, *added.lines)),
        vat=_together((*quote.vat, *added.vat)),
        goods=quote.goods + added.goods,
        total=quote.total + added.goods + added.deposit,
        vat_total=quote.vat_total + total_of((group.vat for group in added.vat), quote.currency),
        discount=quote.discount + added.discount,
        deposit=quote.deposit + added.deposit,
    )


def _together(groups: Iterable[VatGroup]) -> tuple[VatGroup, ...]:
    found: dict[tuple[object, bool], VatGroup] = {}
    for group in groups:
        key = (group.rate, group.price_includes_vat)
        found[key] = _sum(found[key], group) if key in found else group
    return tuple(found.values())


def _sum(one: VatGroup, other: VatGroup) -> VatGroup:
    return attrs.evolve(one, net=one.net + other.net, vat=one.vat + other.vat, gross=one.gross + other.gross)
