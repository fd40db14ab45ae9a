"""What of an order can be had, as far as the counters say before the commit; a partial order is cut down to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from .. import stock
from ..counters import MoveKind
from ..orders import Line, PlaceOrder
from ..quantities import MOST_UNITS, Quantities
from ._facts import Context
from ._policy import Policy

__all__ = ("cut_down", "obtainable")


def obtainable(
    sku: str, waits: bool, at: datetime, policy: Policy, positions: Mapping[str, Sequence[stock.Position]]
) -> int:
    """Units of a SKU that can be had, now, or later where the customer *waits*."""
    supplies = stock.supplies({sku: positions[sku]}, policy.rules, policy.channel, policy.selling)
    there = sum(supply.units[sku] for supply in supplies)
    if not waits:
        return there
    rule = policy.rules.get(sku)
    if rule is None:
        return MOST_UNITS
    later = stock.later_offers(positions[sku], rule, at=at, channel=policy.channel)
    return there + sum(offer.quantity for offer in later)


def cut_down(command: PlaceOrder, context: Context) -> tuple[PlaceOrder, Quantities]:
    """
    A partial order with what there is, the first lines first, and the units by line that are left out.

    One of which nothing can be had is left as it is, to be rejected with every reason.
    """
    if not command.partial:
        return command, Quantities()
    shelf, quota = _on_shelf(command, context), _allowed(context)
    kept, left_out = list[Line](), dict[str, int]()
    for line in command.lines:
        limits = (shelf, quota) if line.tracked else (quota,)
        count = min(line.quantity, *(limit.get(line.sku, MOST_UNITS) for limit in limits))
        for limit in limits:
            limit[line.sku] = limit.get(line.sku, MOST_UNITS) - count
        if count < line.quantity:
            left_out[line.line] = left_out.get(line.line, 0) + line.quantity - count
        if count:
            kept.append(attrs.evolve(line, quantity=count))
    return (attrs.evolve(command, lines=kept), Quantities(left_out)) if kept else (command, Quantities())


def _on_shelf(command: PlaceOrder, context: Context) -> dict[str, int]:
    if context.positions:
        waiting = {line.sku for line in command.lines if line.backorder}
        return {
            sku: obtainable(sku, sku in waiting, context.at, context.policy, context.positions)
            for sku in context.positions
        }
    # A shop without rules and locations learns from its counters what is short, in a first attempt.
    short = {each.key: each.available for each in context.shortages if each.kind is MoveKind.HOLD}
    skus = {stock.item_id(line.sku): line.sku for line in command.lines if not line.backorder}
    return {skus[key]: max(available, 0) for key, available in short.items() if key in skus}


def _allowed(context: Context) -> dict[str, int]:
    limits = ((sku, rule.per_customer) for sku, rule in context.policy.rules.items())
    return {sku: max(most - context.bought.get(sku, 0), 0) for sku, most in limits if most is not None}
