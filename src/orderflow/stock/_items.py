"""Stock items: what arrived and what was corrected, one small stream per SKU, apart from all orders."""

from __future__ import annotations

from typing import Any, TypeAlias, assert_never

import attrs

from ..actors import STAFF, Actor
from ..counters import Move, MoveKind
from ..decisions import Accepted, Decider, Rejected
from ..errors import InvalidInputError
from ..identifiers import code
from ..quantities import MOST_UNITS, quantity
from ._commands import Facts
from ._events import ItemEvent, StockAdjusted, StockReceived
from ._rejections import ItemRejection, OutOfStock, ReferenceReused

__all__ = (
    "AdjustStock", "ItemCommand", "ReceiveStock", "StockItem", "decide_item", "evolve_item", "item_decider", "item_id",
    "item_moves", "sku_of",
)  # fmt: skip

_PREFIX = "stk_"


def item_id(sku: str) -> str:
    """The name of an item's stream and of its counter."""
    return f"{_PREFIX}{sku}"


def sku_of(key: str) -> str | None:
    """The SKU a counter counts, or None where it counts something else."""
    return key.removeprefix(_PREFIX) if key.startswith(_PREFIX) else None


def _code(_: object, field: attrs.Attribute[Any], value: object) -> None:
    code(value, field.name)


def _quantity(_: object, field: attrs.Attribute[Any], value: object) -> None:
    quantity(value, field.name)


def _delta(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not int or not 1 <= abs(value) <= MOST_UNITS:
        raise InvalidInputError(field.name, f"expected a whole number up to {MOST_UNITS} either way, and not zero")


@attrs.frozen(kw_only=True)
class ReceiveStock:
    """New units arrived; *reference* (a delivery note) makes a repetition harmless."""

    sku: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    quantity: int = attrs.field(validator=_quantity)
    reference: str = attrs.field(validator=_code)


@attrs.frozen(kw_only=True)
class AdjustStock:
    """Correct the count by *delta*; without a *reference* every repetition counts."""

    sku: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    delta: int = attrs.field(validator=_delta)
    reason: str = attrs.field(validator=_code)
    reference: str | None = attrs.field(default=None, validator=attrs.validators.optional(_code))


ItemCommand: TypeAlias = ReceiveStock | AdjustStock


@attrs.frozen(kw_only=True)
class StockItem:
    """What was booked on an item, sales aside: the sum, and which reference changed it by how much."""

    booked: int = 0
    entries: tuple[tuple[str, int], ...] = ()


def decide_item(command: ItemCommand, item: StockItem, facts: Facts) -> Accepted[ItemEvent] | Rejected[ItemRejection]:
    """Events that follow from *command*, or every reason why not."""
    match command:
        case ReceiveStock():
            event: ItemEvent = StockReceived(
                sku=command.sku, quantity=command.quantity, reference=command.reference, at=facts.at
            )
            return _book(event, command.reference, command.quantity, item, facts)
        case AdjustStock():
            event = StockAdjusted(
                sku=command.sku, delta=command.delta, reason=command.reason, reference=command.reference, at=facts.at
            )
            return _book(event, command.reference, command.delta, item, facts)
        case _:
            assert_never(command)


def _book(
    event: ItemEvent, reference: str | None, delta: int, item: StockItem, facts: Facts
) -> Accepted[ItemEvent] | Rejected[ItemRejection]:
    recorded = next((change for known, change in item.entries if known == reference), None)
    if recorded == delta:
        return Accepted()
    if recorded is not None and reference is not None:
        return Rejected((ReferenceReused(reference, recorded),))
    short = tuple(
        OutOfStock(event.sku, shortage.wanted, max(shortage.available, 0))
        for shortage in facts.shortages
        if shortage.kind is MoveKind.REMOVE and shortage.key == item_id(event.sku)
    )
    return Rejected(short) if short else Accepted((event,))


def evolve_item(item: StockItem, event: ItemEvent) -> StockItem:
    """The item after *event*."""
    match event:
        case StockReceived():
            return StockItem(
                booked=item.booked + event.quantity, entries=(*item.entries, (event.reference, event.quantity))
            )
        case StockAdjusted():
            entry = () if event.reference is None else ((event.reference, event.delta),)
            return StockItem(booked=item.booked + event.delta, entries=item.entries + entry)
        case _:
            assert_never(event)


def item_moves(event: ItemEvent, owner: str) -> tuple[Move, ...]:
    """What the counter must do in the same commit; a removal takes only what nobody holds."""
    match event:
        case StockReceived():
            return (Move(item_id(event.sku), MoveKind.ADD, event.quantity, owner),)
        case StockAdjusted():
            kind = MoveKind.ADD if event.delta > 0 else MoveKind.REMOVE
            return (Move(item_id(event.sku), kind, abs(event.delta), owner),)
        case _:
            assert_never(event)


item_decider: Decider[StockItem, ItemCommand, Facts, ItemEvent, ItemRejection] = Decider(
    StockItem(), decide_item, evolve_item
)
