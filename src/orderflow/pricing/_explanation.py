"""
Why a basket costs what it costs, as data: what every promotion took from where, or what it is missing.

Nothing is computed anew: the amounts are the quote's own, told promotion by promotion and unit by unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import attrs

from ..money import Money
from ._best_deal import Proof
from ._lines import QuotedLine
from ._payment import QuotedFee
from ._promotion import NO_PROMOTIONS, Promotions
from ._quote import Quote, QuotedDelivery
from ._reasons import Applied, Reason
from ._vat import VatGroup


@attrs.frozen
class UnitsOff:
    """So many neighbouring units of a line, with ``amount`` off each."""

    units: int
    amount: Money


@attrs.frozen(kw_only=True)
class LineOff:
    """
    What a promotion took off one line, in terms of its listed price; ``units`` are all of its units, first to last.

    Unit by unit, what all promotions took is the discount that the unit ledger has.
    """

    line: str
    sku: str
    amount: Money
    units: tuple[UnitsOff, ...]


@attrs.frozen(kw_only=True)
class AppliedRow:
    """A promotion that counts: ``amount`` is what it took off ``lines`` and the chosen ``delivery`` together."""

    promotion: str
    name: str
    amount: Money
    lines: tuple[LineOff, ...]
    delivery: Money


@attrs.frozen(kw_only=True)
class NotAppliedRow:
    """A promotion that does not count, with every reason. Other promotions are named by id in reasons."""

    promotion: str
    name: str
    reasons: tuple[Reason, ...]


PromotionRow: TypeAlias = AppliedRow | NotAppliedRow


@attrs.frozen(kw_only=True)
class Explanation:
    """
    Every amount of a quote, and what became of each promotion.

    ``listed`` are the goods at list prices, ``discount`` is what promotions took off them, and ``saved`` what they
    took off goods and delivery: exactly the sum of the applied rows. ``str()`` is a table in plain English; texts for
    customers are in :mod:`orderflow.wording`.
    """

    currency: str
    lines: tuple[QuotedLine, ...]
    promotions: tuple[PromotionRow, ...]
    delivery: QuotedDelivery | None
    fee: QuotedFee | None
    vat: tuple[VatGroup, ...]
    listed: Money
    discount: Money
    goods: Money
    delivery_price: Money
    payment_fee: Money
    deposit: Money
    total: Money
    vat_total: Money
    proof: Proof | None

    @property
    def applied(self) -> tuple[AppliedRow, ...]:
        """The promotions that count."""
        return tuple(row for row in self.promotions if isinstance(row, AppliedRow))

    @property
    def not_applied(self) -> tuple[NotAppliedRow, ...]:
        """Those that do not."""
        return tuple(row for row in self.promotions if isinstance(row, NotAppliedRow))

    @property
    def saved(self) -> Money:
        """Everything that promotions took off, in terms of the listed prices."""
        return self.discount + self.delivery.discount if self.delivery else self.discount

    @property
    def names(self) -> Mapping[str, str]:
        """What the promotions are called, by id."""
        return {row.promotion: row.name for row in self.promotions}

    def __str__(self) -> str:
        from ._explanation_text import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from ._explanation_text import as_html

        return as_html(self)


def explain(quote: Quote, promotions: Promotions | None = None) -> Explanation:
    """Tell *quote* promotion by promotion; names come from *promotions*, ids stand in where there is none."""
    known = (NO_PROMOTIONS if promotions is None else promotions).promotions
    names = {promotion.id: promotion.name for promotion in known if promotion.name}
    lines = {line.line: line for line in quote.lines}
    coins = dict.fromkeys(lines, 0)
    rows: list[PromotionRow] = []
    for outcome in quote.promotions:
        name = names.get(outcome.promotion, outcome.promotion)
        if isinstance(outcome, Applied):
            off = tuple(_line_off(lines[line], amount, coins) for line, amount in outcome.lines if amount)
            delivery = Money(_off_delivery(outcome, quote), quote.currency)
            row = AppliedRow(
                promotion=outcome.promotion, name=name, amount=outcome.amount, lines=off, delivery=delivery
            )
            rows.append(row)
        else:
            rows.append(NotAppliedRow(promotion=outcome.promotion, name=name, reasons=outcome.reasons))
    return Explanation(
        currency=quote.currency,
        lines=tuple(quote.lines),
        promotions=tuple(rows),
        delivery=quote.delivery,
        fee=quote.fee,
        vat=quote.vat,
        listed=Money(sum(line.unit_price.minor * line.quantity for line in lines.values()), quote.currency),
        discount=quote.discount,
        goods=quote.goods,
        delivery_price=quote.delivery_price,
        payment_fee=quote.payment_fee,
        deposit=quote.deposit,
        total=quote.total,
        vat_total=quote.vat_total,
        proof=quote.proof,
    )


def _off_delivery(applied: Applied, quote: Quote) -> int:
    return sum(amount for method, amount in applied.delivery if quote.delivery and method == quote.delivery.code)


def _line_off(line: QuotedLine, amount: int, coins: dict[str, int]) -> LineOff:
    """
    The amount evenly over the line's units.

    The odd coins begin at the unit where those of the promotion before ended: so all promotions together come out as
    even as the ledger.
    """
    start = coins[line.line]
    each, odd = divmod(amount, line.quantity)
    end = start + odd
    coins[line.line] = end % line.quantity
    if end <= line.quantity:
        runs = ((start, each), (odd, each + 1), (line.quantity - end, each))
    else:
        runs = ((end - line.quantity, each + 1), (line.quantity - odd, each), (line.quantity - start, each + 1))
    currency = line.unit_price.currency
    return LineOff(
        line=line.line,
        sku=line.sku,
        amount=Money(amount, currency),
        units=_merged(tuple(UnitsOff(units, Money(off, currency)) for units, off in runs if units)),
    )


def _merged(runs: tuple[UnitsOff, ...]) -> tuple[UnitsOff, ...]:
    """Neighbours with the same amount are one run."""
    total = sum(run.units for run in runs)
    return (UnitsOff(total, runs[0].amount),) if len({run.amount for run in runs}) == 1 else runs
