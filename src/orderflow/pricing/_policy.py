"""
The money policy: every choice behind an amount that two honest shops make differently, declared in one value.

The default is legal in Poland and wherever invoices follow EN 16931: VAT once per rate, halves up, shared out by
largest remainder. Polish law knows three methods, one of which a document keeps to throughout: from the net sum per
rate (:attr:`TaxScope.RATE_GROUP` on net prices), from the gross sum per rate (the same on gross prices), and per line
(:attr:`TaxScope.LINE`). It always rounds the VAT itself, halves up. Everything else here is for shops that must come
to the same cent as a system they work beside.

Sources: Polish VAT act, art. 106e(1)(14), (7), (8), (10), (11); EN 16931, BR-CO-10 and BR-CO-17.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import attrs

from ..errors import InvalidInputError


class Rounding(StrEnum):
    """
    To whole minor units, the same on both sides of zero, so that a refund rounds like the sale it undoes.

    ``HALF_UP``: halves away from zero. The one that is legal for Polish VAT.
    ``HALF_EVEN``: halves to the even neighbour.
    ``HALF_DOWN``: halves towards zero. For discounts it means that *prices* are rounded half up.
    ``DOWN``: towards zero, always. For discounts: never a coin more than was promised.

    Any of them is legal for discounts, which a seller is free to set.
    """

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    HALF_DOWN = "half_down"
    DOWN = "down"


class Allocation(StrEnum):
    """
    Who bears the coins that do not divide, when one discount is shared by several lines.

    ``LARGEST_REMAINDER``: those who are short of the most; ties to the earlier. No share is a coin off its exact value.
    ``FIRST``, ``LAST``: shares are cut, and what is left goes in single coins from the first line on, or the last.
    ``LARGEST_WEIGHT``: the same, to the dearest lines first; ties to the earlier.
    ``LAST_LINE``: each share is rounded by itself, and the last line takes what is left.
    ``CUMULATIVE_FROM_END``: from the last line to the first, each takes its cut share of what is still left.
    ``HALF_DOWN_THEN_FIRST``: each share is rounded half down, and the difference corrected in single coins from the
    first line on, even if that has no share at all: the only one by which a weight of zero may get something.

    The law asks only that the shares are recorded, because refunds and corrections follow them: all are legal.
    """

    LARGEST_REMAINDER = "largest_remainder"
    FIRST = "first"
    LAST = "last"
    LAST_LINE = "last_line"
    LARGEST_WEIGHT = "largest_weight"
    CUMULATIVE_FROM_END = "cumulative_from_end"
    HALF_DOWN_THEN_FIRST = "half_down_then_first"


class TaxScope(StrEnum):
    """
    What VAT is rounded for, once each.

    ``RATE_GROUP``: the sum of one rate, as a document states it. Legal in Poland; what EN 16931 demands.
    ``LINE``: each line; a rate's VAT is the sum. Legal in Poland for documents that state each line's VAT; may differ
    from what EN 16931 computes.
    ``UNIT``: each single unit. Not legal in Poland: the sum may be many coins off.
    ``ORDER``: all rates together. Not legal in the EU, where each rate's VAT is stated and must be right by itself.
    """

    RATE_GROUP = "rate_group"
    LINE = "line"
    UNIT = "unit"
    ORDER = "order"


class TaxTarget(StrEnum):
    """
    What is rounded in a gross price; the other part is the difference. On net prices there is only VAT to round.

    ``TAX``: the VAT. Legal in Poland, whose act computes the VAT and takes it off the gross price.
    ``NET``: the net amount, which moves exact halves from VAT to net. Not legal in Poland.
    """

    TAX = "tax"
    NET = "net"


class PercentBase(StrEnum):
    """
    What a percentage is of, after earlier discounts. Both are legal.

    ``REMAINING``: what is left: 10 % and then 20 % off 100 leaves 72.
    ``ORIGINAL``: the list price: the same leaves 70.
    """

    REMAINING = "remaining"
    ORIGINAL = "original"


class Weights(StrEnum):
    """
    What lines are compared by when they share a discount. Differs only between rates, on net prices. Both are legal.

    ``LISTED``: prices as they are listed.
    ``GROSS``: prices with VAT.
    """

    LISTED = "listed"
    GROSS = "gross"


class DeliveryTax(StrEnum):
    """
    The VAT rate of the delivery, and of a fee for the way to pay.

    ``OWN``: the rate of the delivery method, or of the fee. Legal where that is a service of its own.
    ``LIKE_GOODS``: the goods' rates, in proportion to their value. Legal where it is ancillary to the sale, as Polish
    practice has it.
    ``AVERAGE``: the same, but its VAT is rounded by itself, at the goods' average rate by net value, and then shared by
    the rates. Not legal in the EU, where each rate's VAT must be right by itself: it may be a coin off.
    """

    OWN = "own"
    LIKE_GOODS = "like_goods"
    AVERAGE = "average"


class Pick(StrEnum):
    """Which units a promotion takes first, where it has a choice. Both are legal, if announced."""

    CHEAPEST = "cheapest"
    DEAREST = "dearest"


def _choice(kind: type[StrEnum]) -> Any:
    def check(_: object, field: attrs.Attribute[Any], value: Any) -> None:
        if not isinstance(value, kind):
            raise InvalidInputError(field.name, f"expected a {kind.__name__}")

    return check


@attrs.frozen(kw_only=True)
class MoneyPolicy:
    """
    How a shop rounds and shares; stored with each order, so that it is computed again the same way.

    ``rounding`` is that of discounts, ``vat_rounding`` that of VAT: a shop that rounds its prices half up (and hence
    its discounts half down) still owes VAT rounded half up. ``pick`` is for promotions that do not say themselves.

    Raises:
        InvalidInputError: a choice of another kind, such as text.
    """

    rounding: Rounding = attrs.field(default=Rounding.HALF_UP, validator=_choice(Rounding))
    allocation: Allocation = attrs.field(default=Allocation.LARGEST_REMAINDER, validator=_choice(Allocation))
    weights: Weights = attrs.field(default=Weights.LISTED, validator=_choice(Weights))
    percent_base: PercentBase = attrs.field(default=PercentBase.REMAINING, validator=_choice(PercentBase))
    pick: Pick = attrs.field(default=Pick.CHEAPEST, validator=_choice(Pick))
    tax_scope: TaxScope = attrs.field(default=TaxScope.RATE_GROUP, validator=_choice(TaxScope))
    tax_target: TaxTarget = attrs.field(default=TaxTarget.TAX, validator=_choice(TaxTarget))
    vat_rounding: Rounding = attrs.field(default=Rounding.HALF_UP, validator=_choice(Rounding))
    delivery_tax: DeliveryTax = attrs.field(default=DeliveryTax.OWN, validator=_choice(DeliveryTax))


DEFAULT_POLICY = MoneyPolicy()
