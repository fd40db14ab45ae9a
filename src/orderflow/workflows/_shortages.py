"""Units that are not there: cancelled, waited for, or replaced by something else that the customer agreed to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from .. import orders, shipping, stock
from ..money import Money
from ..orders import SubstituteStage
from ..quantities import Quantities
from ._balance import gone
from ._commands import Command
from ._endings import SHORT_PICK
from ._facts import Context, free_units
from ._file import OrderFile
from ._onward import go_on, hold_missing, hold_needed, is_kept
from ._reactions import Reaction, Then, by_sku, by_system, is_open, verify
from ._requests import Request, RequestKind
from ._verification import demand

__all__ = ("backordered", "is_on_offer", "price_change", "short_pick", "substitute_offered", "substituted")


def short_pick(event: shipping.ShortPickReported, file: OrderFile, context: Context) -> Iterable[Reaction]:
    """What is not on the shelf is cancelled, unless the customer waits for it: then it is held from what there is."""
    units = demand(file, event.quantities)
    if units and (event.wait or event.location is not None or event.lots):
        lots = by_sku(file, event.lots)
        yield by_system(stock.WriteOffUnits, file, quantities=units, location=event.location, lots=lots)
    if not event.wait:
        yield by_system(orders.CancelLines, file, quantities=event.quantities, cause=SHORT_PICK)
        return
    lines = tuple(line for line, _ in event.quantities)
    yield by_system(orders.BackorderLines, file, lines=lines)
    yield from _hold(lines, context)


def backordered(event: orders.LinesBackordered, file: OrderFile, context: Context) -> Iterable[Reaction]:
    """What the customer waits for is held from what comes in, and the rest of the order goes on."""
    yield from _hold(event.lines, context)
    yield from verify(file)


def substitute_offered(event: orders.SubstituteOffered) -> Iterable[Reaction]:
    """The customer is asked, and the offer ends in time."""
    yield Request(kind=RequestKind.SEND_SUBSTITUTE_OFFERED, number=event.number)
    yield Request(kind=RequestKind.LAPSE_SUBSTITUTE, number=event.number, due_at=event.until)


def substituted(file: OrderFile, number: int, context: Context) -> Iterable[Reaction]:
    """The units that were agreed on are the order's, or nothing is; a price that has risen is to be paid."""
    if context.policy.rules:
        yield by_system(stock.TakeQuota, file)
    yield from _hold((file.order.substitutes[number - 1].line.line,), context)
    yield from verify(file)


def _hold(lines: Collection[str], context: Context) -> Iterable[Reaction]:
    # Not before the units that these replace have left the order.
    yield Then(lambda now: _hold_lines(now, lines, context))
    yield Then(lambda now: hold_missing(now, context))
    yield Then(lambda now: go_on(now, context.policy))


def _hold_lines(file: OrderFile, lines: Collection[str], context: Context) -> Iterable[Command]:
    """These lines' units, which must be had; an order that lost its units while it waits for money waits without."""
    if not is_kept(file, context):
        return
    skus = {line.sku for line in file.order.lines if line.line in lines}
    needed = Quantities((sku, count) for sku, count in demand(file) if sku in skus)
    if stock.missing(file.stock, needed, context.at):
        yield from hold_needed(file, needed, context.policy)


def price_change(file: OrderFile, number: int) -> Money | None:
    """
    What the order costs more, or less where it is negative, once that substitute is taken; None where it cannot be.

    It never rises while an offer is open: the units of a line leave from its end, the cheaper ones first.
    """
    order = file.order
    offer = next((each for each in order.substitutes if each.number == number), None)
    if offer is None or offer.stage is not SubstituteStage.OFFERED or not is_open(file):
        return None
    if offer.units > free_units(file)[offer.instead_of]:
        return None
    replaced = order.quote.ledger.line(offer.instead_of)
    return offer.quote.total - Money(replaced.take(gone(file)[offer.instead_of], offer.units).credit, order.currency)


def is_on_offer(file: OrderFile, number: int, at: datetime) -> bool:
    """Whether that substitute could be taken at *at*, as far as the order is concerned."""
    return price_change(file, number) is not None and file.order.substitutes[number - 1].until > at
