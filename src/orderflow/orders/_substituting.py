"""Something else instead of units that are not there: offered at a price, and sent only where the customer agrees."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from ..actors import ActorKind
from ..decisions import Accepted, Rejected
from ..pricing import not_joined
from ..quantities import Quantities
from ._cancelling import cancel_units, not_free
from ._commands import AcceptSubstitute, BackorderLines, DeclineSubstitute, OfferSubstitute, WithdrawSubstitute
from ._events import (
    LinesBackordered,
    SubstituteAccepted,
    SubstituteDeclined,
    SubstituteOffered,
    SubstituteWithdrawn,
)
from ._evolve import evolve
from ._facts import Facts
from ._guards import ALREADY_SO, Decision, over, unless
from ._lifecycle import substitute_lifecycle
from ._rejections import (
    AgreedElsewhere,
    ConsentMissing,
    OfferPassed,
    Rejection,
    SameProduct,
    SubstituteAnswered,
    UnknownLine,
    UnknownSubstitute,
)
from ._state import Order, Substitute
from ._values import Line, SubstituteStage

SUBSTITUTED = "substituted"
"""The cause for which units are cancelled that something else replaces."""


def backorder(command: BackorderLines, order: Order, facts: Facts) -> Decision:
    """The customer waits for these lines."""
    names = tuple(line.line for line in order.lines)
    unknown = (UnknownLine(line=line, lines=names) for line in command.lines if line not in names)
    if reasons := (*over(order), *unknown):
        return Rejected(reasons)
    news = tuple(line.line for line in order.lines if line.line in command.lines and not line.backorder)
    return Accepted((LinesBackordered(lines=news, at=facts.at),)) if news else ALREADY_SO


def offer(command: OfferSubstitute, order: Order, facts: Facts) -> Decision:
    """An offer at a price, for units that could still be cancelled."""
    quote = facts.quote
    if quote is None:
        raise ValueError("offering a substitute needs facts.quote")
    reasons = (
        *over(order),
        *((AgreedElsewhere(),) if order.adopted else ()),
        *not_free(Quantities({command.line: command.units}), order, facts),
        *_same_product(command, order),
        *((OfferPassed(until=command.until),) if command.until <= facts.at else ()),
        *(quote.reasons if isinstance(quote, Rejected) else not_joined(order.quote, quote)),
    )
    if reasons or isinstance(quote, Rejected):
        return Rejected(reasons)
    offered = SubstituteOffered(
        number=len(order.substitutes) + 1,
        instead_of=command.line,
        units=command.units,
        line=command.substitute,
        quote=quote,
        until=command.until,
        at=facts.at,
    )
    return Accepted((offered,))


def _same_product(command: OfferSubstitute, order: Order) -> Iterable[Rejection]:
    sku = command.substitute.sku
    if any(line.line == command.line and line.sku == sku for line in order.lines):
        yield SameProduct(sku=sku)


def offered(command: object, order: Order) -> Line | None:
    """The line that *command* would bring into the order, where it takes a substitute that was offered."""
    if not isinstance(command, AcceptSubstitute) or not 0 < command.number <= len(order.substitutes):
        return None
    return order.substitutes[command.number - 1].line


def accept(command: AcceptSubstitute, order: Order, facts: Facts) -> Decision:
    """
    The new line joins the order, and the units that it replaces leave it with exactly their shares.

    In this order, since an order of which all is replaced is not cancelled.
    """
    found = _open(command, order, "accept", SubstituteStage.ACCEPTED)
    if not isinstance(found, Substitute):
        return found
    reasons = (
        *((OfferPassed(until=found.until),) if found.until <= facts.at else ()),
        *(() if _agreed(command) else (ConsentMissing(number=found.number),)),
        *not_joined(order.quote, found.quote),
    )
    accepted = SubstituteAccepted(number=found.number, consent=command.consent, at=facts.at)
    after = order if reasons else evolve(order, accepted)
    assert isinstance(after, Order)
    replaced = cancel_units(Quantities({found.instead_of: found.units}), SUBSTITUTED, after, facts)
    if isinstance(replaced, Rejected):
        return Rejected((*replaced.reasons, *reasons))
    return unless(reasons, accepted, *replaced.events)


def _agreed(command: AcceptSubstitute) -> bool:
    return command.actor.kind is ActorKind.CUSTOMER or command.consent is not None


def decline(command: DeclineSubstitute, order: Order, facts: Facts) -> Decision:
    """The customer's no."""
    found = _open(command, order, "decline", SubstituteStage.DECLINED)
    if not isinstance(found, Substitute):
        return found
    return Accepted((SubstituteDeclined(number=found.number, at=facts.at),))


def withdraw(command: WithdrawSubstitute, order: Order, facts: Facts) -> Decision:
    """The offer taken back."""
    found = _open(command, order, "withdraw", SubstituteStage.WITHDRAWN)
    if not isinstance(found, Substitute):
        return found
    return Accepted((SubstituteWithdrawn(number=found.number, cause=command.cause, at=facts.at),))


_Answer: TypeAlias = AcceptSubstitute | DeclineSubstitute | WithdrawSubstitute


def _open(command: _Answer, order: Order, event: str, after: SubstituteStage) -> Substitute | Decision:
    """The offer that waits for an answer; or nothing to do where it was given, or why it cannot be any more."""
    if not 0 < command.number <= len(order.substitutes):
        return Rejected((UnknownSubstitute(number=command.number, offered=len(order.substitutes)),))
    found = order.substitutes[command.number - 1]
    if found.stage is after:
        return ALREADY_SO
    if substitute_lifecycle().next(found.stage, event) is None:
        return Rejected((SubstituteAnswered(number=found.number, stage=found.stage),))
    return found
