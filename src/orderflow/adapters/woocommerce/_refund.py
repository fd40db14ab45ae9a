"""One refund document."""

from __future__ import annotations

import re
from datetime import datetime

import attrs

from ...errors import InvalidInputError
from ...money import Money
from ...orders import RecordedRefund
from ...quantities import MOST_UNITS, Quantities
from ._fields import Node

_ORDER = re.compile(r"/orders/([0-9]{1,15})/?$", re.ASCII)
_AMOUNT = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,4})?", re.ASCII)
_LONGEST_ADDRESS = 2000


@attrs.frozen
class Refund:
    """A refund as read; its amount stays text until the order's currency is known, which the document seldom names."""

    node: Node
    external: str
    amount: str
    currency: str
    at: datetime
    units: Quantities
    order: str | None

    def recorded(self, currency: str) -> RecordedRefund:
        """
        What it tells, in the order's *currency*.

        Raises:
            InvalidInputError: it is in another currency, or its amount is none.
        """
        if self.currency and self.currency != currency:
            raise self.node.refuse("currency", f"is {self.currency}, the order is in {currency}")
        amount = Money.parse(self.amount, currency, self.node.at("amount"))
        return RecordedRefund(external=self.external, amount=amount, at=self.at, units=self.units)


def read_refund(node: Node, order: str | None = None) -> Refund:
    """The refund at *node*; *order* is the id of the order it belongs to, where the document does not say so."""
    amount = node.value.get("amount")
    if type(amount) is not str or len(amount) > 24 or not _AMOUNT.fullmatch(amount):
        problem = "expected an amount of zero or more as text such as '29.35'"
        raise node.refuse("amount", "is missing" if amount is None else problem)
    at = node.moment("date_created_gmt")
    if at is None:
        raise node.refuse("date_created_gmt", "is missing")
    return Refund(
        node=node,
        external=str(node.id()),
        amount=amount,
        currency=node.code("currency"),
        at=at,
        units=Quantities(_units(item) for item in node.items("line_items")),
        order=_order(node) or order,
    )


def _units(item: Node) -> tuple[str, int]:
    """Units of the order's line; an amount refunded on a line without units counts none."""
    count = item.whole("quantity")
    if not -MOST_UNITS <= count <= 0:
        raise item.refuse("quantity", f"expected a whole number from -{MOST_UNITS} to 0")
    for meta in item.items("meta_data"):
        if meta.value.get("key") == "_refunded_item_id":
            line = meta.value.get("value")
            if type(line) is int:
                line = str(line)
            if type(line) is not str or not (line.isascii() and line.isdecimal() and len(line) <= 15):
                raise meta.refuse("value", "expected the number of a line of the order")
            return str(int(line)), -count
    raise item.refuse("meta_data", "does not say which line was refunded (_refunded_item_id)")


def _order(node: Node) -> str | None:
    """The order's id from the document's link upwards, or from ``parent_id``."""
    for up in node.node("_links").items("up"):
        address = up.value.get("href")
        if type(address) is not str or len(address) > _LONGEST_ADDRESS:
            raise up.refuse("href", "expected the address of the order")
        match = _ORDER.search(address)
        if match is None:
            raise up.refuse("href", "does not end in /orders/<number>")
        return str(int(match[1]))
    parent = node.value.get("parent_id")
    return str(node.id("parent_id")) if type(parent) is int and parent else None


def check_order(order: str) -> str:
    """The id of an order as the caller gives it."""
    if type(order) is not str or not (order.isascii() and order.isdecimal() and len(order) <= 15):
        raise InvalidInputError("order", "expected WooCommerce's id of the order, e.g. '723'")
    return str(int(order))
