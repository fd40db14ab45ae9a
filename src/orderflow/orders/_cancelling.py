"""Units that are not sent after all, with exactly the credit they carry, and the end of every order."""

from __future__ import annotations

from collections.abc import Iterable

from ..decisions import Accepted, Rejected
from ..money import Money
from ..quantities import Quantities
from ._commands import CancelLines, CancelOrder
from ._events import LinesCancelled, OrderCancelled, OrderClosed
from ._facts import Facts
from ._guards import ALREADY_SO, Decision, is_open, not_before, over, packed, unless
from ._rejections import NothingLeft, NotSettled, Rejection, StagesOpen, TooManyUnits, UnknownLine
from ._stages import Gate, open_stages
from ._state import Order
from ._values import OrderStage


def cancel(command: CancelOrder, order: Order, facts: Facts) -> Decision:
    """Everything that is left, as long as nothing is packed."""
    if not is_open(order) and not order.remaining:
        return ALREADY_SO
    if inside := (*packed(facts),):
        return Rejected((*over(order), *inside))
    everything = order.remaining - _returned(order, facts)
    if not everything:
        return Rejected((*over(order), NothingLeft()))
    return cancel_units(everything, command.cause, order, facts)


def cancel_lines(command: CancelLines, order: Order, facts: Facts) -> Decision:
    """These units, as long as they are not packed; with the last of them the order."""
    return cancel_units(command.quantities, command.cause, order, facts)


def cancel_units(units: Quantities, cause: str, order: Order, facts: Facts) -> Decision:
    """These units with their credit, or why not."""
    if reasons := (*over(order), *not_free(units, order, facts)):
        return Rejected(reasons)
    cancelled = LinesCancelled(quantities=units, credit=_credit(units, order, facts), cause=cause, at=facts.at)
    last = _are_last(units, order, facts)
    return Accepted((cancelled, OrderCancelled(cause=cause, at=facts.at)) if last else (cancelled,))


def not_free(units: Quantities, order: Order, facts: Facts) -> Iterable[Rejection]:
    """Why these units cannot be taken out of the order."""
    free = order.remaining - facts.packed - _returned(order, facts)
    names = tuple(line.line for line in order.lines)
    for line, wanted in units:
        if line not in names:
            yield UnknownLine(line=line, lines=names)
        elif wanted > free[line]:
            yield TooManyUnits(line=line, wanted=wanted, allowed=free[line])
    if not units:
        yield NothingLeft()


def _are_last(units: Quantities, order: Order, facts: Facts) -> bool:
    """Whether nothing was supplied or will be once *units* are cancelled."""
    return not order.remaining - units - facts.not_supplied and not facts.packed


def _returned(order: Order, facts: Facts) -> Quantities:
    return facts.gone - order.cancelled


def _credit(units: Quantities, order: Order, facts: Facts) -> Money:
    shares = sum(order.quote.ledger.take(line, facts.gone[line], count).credit for line, count in units)
    zero = Money.zero(order.currency)
    delivery = order.delivery_price if _are_last(units, order, facts) and not facts.keep_delivery else zero
    fee = order.payment_fee if order.ordered == facts.gone + units else zero  # with the last unit, as after a return
    return Money(shares, order.currency) + delivery + fee


def close(order: Order, facts: Facts) -> Decision:
    """Filed, once all is settled and no stage of the host comes first."""
    if order.stage is OrderStage.CLOSED:
        return ALREADY_SO
    reasons = [*not_before("close", order)]
    if facts.unsettled:
        reasons.append(NotSettled(open=facts.unsettled))
    if stages := open_stages(order, facts.stages, Gate.CLOSE):
        reasons.append(StagesOpen(stages=stages))
    return unless(reasons, OrderClosed(at=facts.at))
