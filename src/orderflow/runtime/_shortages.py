"""What is out of stock for an order that is rejected anyway, so that its customer hears of everything at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from .. import stock
from ..orders import PlaceOrder
from ..ports.store import Transaction
from ..quantities import Quantities
from ..workflows import Policy, obtainable

__all__ = ("out_of_stock",)


def out_of_stock(
    command: object,
    transaction: Transaction,
    stream: str,
    at: datetime,
    policy: Policy,
    positions: Mapping[str, Sequence[stock.Position]],
) -> tuple[stock.OutOfStock, ...]:
    """
    What the counters would not hold for *command*; they are asked once, and *transaction* must be rolled back.

    Where there are several locations, or rules, it is what all *positions* together do not have.
    """
    if not isinstance(command, PlaceOrder) or command.partial:
        return ()
    demand = Quantities((line.sku, line.quantity) for line in command.lines if line.tracked)
    promised = {line.sku for line in command.lines if line.backorder}
    wanted = Quantities((sku, count) for sku, count in demand if sku not in promised)
    if positions:
        return tuple(_beyond_offers(demand, promised, at, policy, positions))
    skus = {stock.item_id(sku): sku for sku, _ in wanted}
    moves = stock.moves(stock.StockHeld(quantities=wanted, at=at), stream, stock.decider.initial)
    short = transaction.counters.apply(moves, at) if moves else ()
    return tuple(stock.OutOfStock(skus[each.key], each.wanted, max(each.available, 0)) for each in short)


def _beyond_offers(
    demand: Quantities,
    promised: Collection[str],
    at: datetime,
    policy: Policy,
    positions: Mapping[str, Sequence[stock.Position]],
) -> Iterator[stock.OutOfStock]:
    for sku, count in demand:
        if count > (can := obtainable(sku, sku in promised, at, policy, positions)):
            yield stock.OutOfStock(sku, count, can)
