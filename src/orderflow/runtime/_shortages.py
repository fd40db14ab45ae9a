"""What is out of stock for an order that is rejected anyway, so that its customer hears of everything at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .. import stock
from ..orders import PlaceOrder
from ..ports.store import Transaction
from ..quantities import Quantities

__all__ = ("out_of_stock",)


def out_of_stock(
    command: object, transaction: Transaction, stream: str, at: datetime, supplies: Sequence[stock.Supply]
) -> tuple[stock.OutOfStock, ...]:
    """
    What the counters would not hold for *command*; they are asked once, and *transaction* must be rolled back.

    Where there are several locations, it is what all their *supplies* together do not have.
    """
    if not isinstance(command, PlaceOrder):
        return ()
    demand = Quantities((line.sku, line.quantity) for line in command.lines if line.tracked)
    promised = {line.sku for line in command.lines if line.backorder}
    wanted = Quantities((sku, count) for sku, count in demand if sku not in promised)
    if supplies:
        there = Quantities(pair for supply in supplies for pair in supply.units)
        return tuple(stock.OutOfStock(sku, count, there[sku]) for sku, count in wanted if count > there[sku])
    skus = {stock.item_id(sku): sku for sku, _ in wanted}
    moves = stock.moves(stock.StockHeld(quantities=wanted, at=at), stream, stock.decider.initial)
    short = transaction.counters.apply(moves, at) if moves else ()
    return tuple(stock.OutOfStock(skus[each.key], each.wanted, max(each.available, 0)) for each in short)
