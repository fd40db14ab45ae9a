"""VAT rates: as the document states them, or as its amounts betray them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

from ...errors import InvalidInputError
from ...identifiers import code
from ...money import Money, round_half_up
from ...pricing import VatRate
from ._fields import Node

RECORDED = "recorded"
_EXACT = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,12}))?", re.ASCII)
_PERCENT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2}0*)?", re.ASCII)
_CLASSES = {"": "standard", "reduced-rate": "reduced", "zero-rate": "zero"}


@attrs.frozen
class Rates:
    """The rates of a document's ``tax_lines`` by ``rate_id``: percent as text, and the tax class that has it."""

    percents: Mapping[int, str]
    classes: Mapping[int, str]

    def of(self, item: Node, net: Money, vat: Money) -> VatRate:
        """
        The rate of a line, a fee or a delivery: stated where all its taxes are, else derived.

        Derived is the nearest whole number of basis points, from the unrounded taxes where they are given.
        """
        taxes = [tax for tax in item.items("taxes") if tax.value.get("total") not in (None, "")]
        ids = [tax.id() for tax in taxes]
        if ids and all(rate in self.percents for rate in ids):
            stated = [VatRate.parse(self.percents[rate]).basis_points for rate in ids]
            name = self.classes.get(ids[0], "standard")
            return _rate(sum(stated), name, item)
        return _rate(_derived(taxes, net, vat), RECORDED, item)


def read_rates(order: Node) -> Rates:
    """What a document says of its rates."""
    percents: dict[int, str] = {}
    for tax in order.items("tax_lines"):
        percent = tax.value.get("rate_percent")
        text = str(percent) if isinstance(percent, str) or type(percent) is int else ""
        if len(text) <= 10 and _PERCENT.fullmatch(text) and not tax.flag("compound"):
            percents[tax.id("rate_id")] = text
    classes: dict[int, str] = {}
    for line in order.items("line_items"):
        given = line.code("tax_class")
        for tax in line.items("taxes"):
            classes.setdefault(tax.id(), _CLASSES.get(given, given))
    return Rates(percents, classes)


def _derived(taxes: list[Node], net: Money, vat: Money) -> int:
    if net.minor <= 0 or vat.minor <= 0:
        return 0
    exact = [_EXACT.fullmatch(text) for tax in taxes if type(text := tax.value["total"]) is str and len(text) <= 25]
    if not taxes or len(exact) < len(taxes) or not all(exact):
        return round_half_up(vat.minor * 10_000, net.minor)
    scaled = sum(int(match[1] + (match[2] or "").ljust(12, "0")) for match in exact if match)
    whole = int(net.text.replace(".", "")) * 10 ** (12 - len(net.text.partition(".")[2]))
    return round_half_up(scaled * 10_000, whole)


def _rate(basis_points: int, name: str, item: Node) -> VatRate:
    try:
        return VatRate(basis_points, code(name, "tax_class"))
    except InvalidInputError as error:
        raise item.refuse("total_tax", f"is no possible VAT: {error.problem}") from None
