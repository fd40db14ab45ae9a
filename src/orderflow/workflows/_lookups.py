"""What is to be looked up before a command is planned: how items stand, what is expected, what a customer bought."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from .. import orders, shipping, stock
from ..orders import PlaceOrder
from ..quantities import NO_UNITS, Quantities
from ._file import OrderFile
from ._verification import demand

__all__ = ("awaits", "bought_by", "sought")


def sought(command: object, file: OrderFile, at: datetime) -> Quantities:
    """Units by SKU that planning *command* may have to hold; what the locations have of them is to be looked up."""
    if isinstance(command, PlaceOrder | orders.RecordOrder):
        lines = [each.line if isinstance(each, orders.RecordedLine) else each for each in command.lines]
        return Quantities((line.sku, line.quantity) for line in lines if line.tracked)
    if isinstance(file.orders, orders.NoOrder):
        return NO_UNITS
    return stock.missing(file.stock, demand(file) + _needed_for(command, file), at)


def _needed_for(command: object, file: OrderFile) -> Quantities:
    """Units by SKU that *command* makes the order need anew."""
    if isinstance(command, shipping.ReportShortPick) and command.wait:
        return demand(file, command.quantities)
    joining = orders.offered(command, file.order)
    return Quantities(((joining.sku, joining.quantity),)) if joining and joining.tracked else NO_UNITS


def bought_by(command: object, file: OrderFile) -> tuple[str | None, Sequence[orders.Line]]:
    """Which lines *command* sells, and to which customer; nobody where he is a guest."""
    if isinstance(command, PlaceOrder):
        return command.customer, command.lines
    if isinstance(file.orders, orders.NoOrder):
        return None, ()
    joining = orders.offered(command, file.order)
    return file.order.customer, () if joining is None else (joining,)


def awaits(command: object, file: OrderFile) -> frozenset[str]:
    """SKUs of which planning *command* may hold more than there is."""
    if isinstance(file.orders, orders.NoOrder):
        lines = command.lines if isinstance(command, PlaceOrder) else ()
        return frozenset(line.sku for line in lines if line.backorder)
    order = file.order
    joining = orders.offered(command, order)
    waited_for = _waited_for(command)
    return frozenset(
        (
            *(command.backorder if isinstance(command, stock.HoldStock) else ()),
            *(line.sku for line in order.lines if line.backorder or line.line in waited_for),
            *((joining.sku,) if joining and joining.backorder else ()),
        )
    )


def _waited_for(command: object) -> Collection[str]:
    """The lines of which *command* says that the customer waits for them."""
    if isinstance(command, orders.BackorderLines):
        return command.lines
    return dict(command.quantities) if isinstance(command, shipping.ReportShortPick) and command.wait else ()
