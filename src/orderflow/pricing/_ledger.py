"""
The unit ledger: what every single unit of an order cost, to the last coin, decided once.

A cancellation, return or correction selects units and takes their shares; it never computes from a rounded unit
price. Units of a line leave from its end, each once, so shares taken in any portions sum to the line's total.
Equal neighbouring units are kept as one run: a line has at most a handful of runs, whatever its quantity.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from ..errors import InvalidInputError
from ..money import share_out


@attrs.frozen
class Share:
    """
    Minor units that belong to one unit, a few units or a line.

    ``gross`` is the goods' price after discounts and always ``net + vat``; ``discount`` is what was taken off before;
    ``delivery`` is the part of the delivery price (gross) carried, and ``deposit`` what is held for packaging: neither
    is in ``gross``.
    """

    gross: int = 0
    net: int = 0
    vat: int = 0
    discount: int = 0
    delivery: int = 0
    deposit: int = 0

    @property
    def paid(self) -> int:
        """Goods, delivery and deposit together."""
        return self.gross + self.delivery + self.deposit

    @property
    def credit(self) -> int:
        """What units take along when they leave the order: goods and deposit."""
        return self.gross + self.deposit

    def __add__(self, other: Share) -> Share:
        return Share(
            self.gross + other.gross,
            self.net + other.net,
            self.vat + other.vat,
            self.discount + other.discount,
            self.delivery + other.delivery,
            self.deposit + other.deposit,
        )

    def __sub__(self, other: Share) -> Share:
        return self + other.times(-1)

    def times(self, count: int) -> Share:
        """The share of *count* units that have this one each."""
        if count == 1:
            return self
        return Share(
            self.gross * count,
            self.net * count,
            self.vat * count,
            self.discount * count,
            self.delivery * count,
            self.deposit * count,
        )


NOTHING = Share()


@attrs.frozen
class Run:
    """So many neighbouring units with the same share each."""

    units: int
    share: Share


@attrs.frozen
class LineLedger:
    """One line's units from first to last."""

    line: str
    runs: tuple[Run, ...]

    @property
    def units(self) -> int:
        """How many units the line has."""
        return sum(run.units for run in self.runs)

    @property
    def total(self) -> Share:
        """All units together."""
        return self.take(0, self.units)

    def take(self, skip: int, units: int) -> Share:
        """
        The sum of *units* units before the last *skip* ones: what leaves next when *skip* units have left.

        Raises:
            InvalidInputError: a negative number, or more units than the line has.
        """
        if type(skip) is not int or skip < 0:
            raise InvalidInputError("skip", "expected a whole number of units, zero or more")
        if type(units) is not int or units < 0:
            raise InvalidInputError("units", "expected a whole number of units, zero or more")
        taken = NOTHING
        for run in reversed(self.runs):
            if not units:
                break
            here = min(max(run.units - skip, 0), units)
            skip = max(skip - run.units, 0)
            if here:
                taken += run.share.times(here)
                units -= here
        if units:
            raise InvalidInputError("units", f"line {self.line!r} has only {self.units} units, {units} too few")
        return taken


@attrs.frozen
class Ledger:
    """All lines of one order."""

    currency: str
    lines: tuple[LineLedger, ...]

    def line(self, line: str) -> LineLedger:
        """
        One line's ledger.

        Raises:
            InvalidInputError: no such line.
        """
        for ledger in self.lines:
            if ledger.line == line:
                return ledger
        raise InvalidInputError("line", f"there is no line {line!r} in this ledger")

    def take(self, line: str, skip: int, units: int) -> Share:
        """The sum of *units* units of *line* after skipping *skip* from its end; see :meth:`LineLedger.take`."""
        return self.line(line).take(skip, units)

    def line_total(self, line: str) -> Share:
        """What the whole line comes to."""
        return self.line(line).total

    @property
    def total(self) -> Share:
        """What the units come to; ``total.paid`` is the order's total without the fee of its payment."""
        return sum((ledger.total for ledger in self.lines), start=NOTHING)


def _even(quantity: int, share: Share) -> tuple[Run, ...]:
    # Net follows from gross and VAT, so that it stays their difference in every unit; it comes out even by itself.
    # A deposit is so much for each unit, and always divides.
    gross, more_gross = divmod(share.gross, quantity)
    vat, more_vat = divmod(share.vat, quantity)
    discount, more_discount = divmod(share.discount, quantity)
    delivery, more_delivery = divmod(share.delivery, quantity)
    deposit = share.deposit // quantity
    runs = []
    start = 0
    for end in sorted({more_gross, more_vat, more_discount, more_delivery, quantity} - {0}):
        unit_gross, unit_vat = gross + (start < more_gross), vat + (start < more_vat)
        unit = Share(
            unit_gross,
            unit_gross - unit_vat,
            unit_vat,
            discount + (start < more_discount),
            delivery + (start < more_delivery),
            deposit,
        )
        runs.append(Run(end - start, unit))
        start = end
    return tuple(runs)


def even_ledger(line: str, quantity: int, share: Share) -> LineLedger:
    """
    Split a line's *share* evenly over its units; the first ones carry the coins that do not divide.

    >>> even_ledger("mug", 3, Share(gross=100, net=81, vat=19)).runs
    (Run(units=1, share=Share(gross=34, net=27, vat=7, discount=0, delivery=0, deposit=0)), \
Run(units=2, share=Share(gross=33, net=27, vat=6, discount=0, delivery=0, deposit=0)))
    """
    return LineLedger(line, (Run(1, share),) if quantity == 1 else _even(quantity, share))


def share_delivery(delivery: int, gross: Sequence[int], quantities: Sequence[int]) -> tuple[int, ...]:
    """Delivery over the lines: by their gross value, or by quantity where everything is free."""
    if not delivery:
        return (0,) * len(gross)
    return share_out(delivery, gross if any(gross) else quantities)
