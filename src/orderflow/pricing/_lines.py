"""The lines of a quote: what each comes to, and what each of its units does."""

from __future__ import annotations

from collections.abc import Iterable
from operator import is_
from typing import Any

import attrs

from ..errors import InvalidInputError
from ..money import Money
from ._basket import BasketLine
from ._deferred import Deferred
from ._ledger import Ledger, Share, even_ledger
from ._vat import VatRate


@attrs.frozen(kw_only=True)
class QuotedLine:
    """One line's part; ``share`` is the whole line's, with what it carries of the delivery."""

    line: str
    sku: str
    quantity: int
    unit_price: Money
    vat: VatRate
    price_includes_vat: bool
    share: Share

    @property
    def gross(self) -> Money:
        """What the line costs after discounts, VAT included, delivery not."""
        return Money(self.share.gross, self.unit_price.currency)

    @property
    def net(self) -> Money:
        """The same without VAT."""
        return Money(self.share.net, self.unit_price.currency)

    @property
    def vat_amount(self) -> Money:
        """The VAT in ``gross``."""
        return Money(self.share.vat, self.unit_price.currency)

    @property
    def discount(self) -> Money:
        """What was taken off the list price."""
        return Money(self.share.discount, self.unit_price.currency)

    @property
    def deposit(self) -> Money:
        """What is held for the packaging of all its units, beside what they cost."""
        return Money(self.share.deposit, self.unit_price.currency)

    @property
    def unit_deposit(self) -> Money:
        """The same for one of them."""
        return Money(self.share.deposit // self.quantity, self.unit_price.currency)


@attrs.frozen
class Columns:
    """What all lines come to, in minor units, column by column and in one order."""

    lines: tuple[BasketLine, ...]
    gross: tuple[int, ...]
    vat: tuple[int, ...]
    discount: tuple[int, ...]
    delivery: tuple[int, ...]
    deposit: tuple[int, ...]

    def in_order_of(self, lines: tuple[BasketLine, ...]) -> Columns:
        """The same rows in the order of *lines*."""
        if self.lines is lines or all(map(is_, self.lines, lines)):
            return self
        places = {line.line: place for place, line in enumerate(self.lines)}
        order = [places[line.line] for line in lines]
        columns = (tuple([column[place] for place in order]) for column in attrs.astuple(self, recurse=False)[1:])
        return Columns(lines, *columns)

    def quoted(self) -> tuple[QuotedLine, ...]:
        """Row by row."""
        return tuple(
            QuotedLine(
                line=line.line,
                sku=line.sku,
                quantity=line.quantity,
                unit_price=line.unit_price,
                vat=line.vat,
                price_includes_vat=line.price_includes_vat,
                share=Share(gross, gross - vat, vat, discount, delivery, deposit),
            )
            for line, gross, vat, discount, delivery, deposit in zip(
                self.lines, self.gross, self.vat, self.discount, self.delivery, self.deposit, strict=True
            )
        )


class QuotedLines(Deferred[QuotedLine]):
    """
    The lines of a quote in the basket's order, as an immutable sequence.

    They and their unit ledger are kept as columns of numbers, and made into objects when somebody asks for them.
    """

    __slots__ = ("_ledger",)

    def __init__(self, lines: Columns | Iterable[QuotedLine]) -> None:
        super().__init__(lines.quoted if isinstance(lines, Columns) else _checked(lines))
        self._ledger: tuple[Ledger | None, str] = (None, "")

    def ledger(self, currency: str) -> Ledger:
        """What every unit comes to: each line evenly over its units, as the rules of its version say."""
        known, of = self._ledger
        if known is None or of != currency:
            known = Ledger(currency, tuple(even_ledger(line.line, line.quantity, line.share) for line in self.all()))
            self._ledger = (known, currency)
        return known


def _checked(lines: Iterable[Any]) -> tuple[QuotedLine, ...]:
    found = tuple(lines)
    if not all(isinstance(line, QuotedLine) for line in found):
        raise InvalidInputError("lines", "expected quoted lines")
    return found
