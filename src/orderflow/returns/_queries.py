"""What the rest of the shop asks of returns; quantities are units by line."""

from __future__ import annotations

from datetime import date

from .. import law
from ..money import Money, total_of
from ..quantities import NO_UNITS, Quantities
from ._facts import Facts
from ._state import Return, Returns, ReturnStage

__all__ = (
    "allowed",
    "granted_delivery",
    "granted_total",
    "granted_units",
    "open_returns",
    "overdue",
    "settled_units",
    "withdrawable",
    "withdrawal_deadline",
)


def withdrawal_deadline(facts: Facts) -> law.Deadline | None:
    """Until when a withdrawal can be declared; None while something is still to be delivered: then there is no end."""
    if facts.last_delivery is None or not facts.all_delivered:
        return None
    return law.withdrawal_deadline(
        facts.last_delivery, facts.jurisdiction, concluded=facts.concluded, informed=facts.informed
    )


def withdrawable(state: Returns, facts: Facts) -> Quantities:
    """What the customer may withdraw from at this moment: what a withdrawal form has to offer."""
    deadline = withdrawal_deadline(facts)
    if not law.has_withdrawal_right(facts.buyer) or (deadline is not None and not deadline.is_in_time(facts.at)):
        return Quantities()
    return Quantities((line, count) for line, count in allowed(state, facts) if refusal(line, facts) is None)


def allowed(state: Returns, facts: Facts) -> Quantities:
    """Units sent that no return has claimed."""
    claimed = Quantities(pair for one in state.returns for pair in one.claimed - one.not_supplied)
    return facts.delivered + facts.in_transit - claimed


def refusal(line: str, facts: Facts) -> law.WithdrawalException | None:
    """The exception that bars the line from withdrawal; those that depend on a broken seal are seen at inspection."""
    found = facts.exception(line)
    return None if found is None or law.lost_only_when_opened(found) else found


def open_returns(state: Returns) -> tuple[Return, ...]:
    """Returns that are not over."""
    return tuple(one for one in state.returns if not one.is_over)


def overdue(state: Returns, day: date) -> tuple[Return, ...]:
    """Returns of which nothing came or was credited and that should have been sent before *day*; they stay valid."""
    return tuple(one for one in state.returns if one.stage is ReturnStage.DECLARED and one.send_back_by < day)


def granted_units(state: Returns) -> Quantities:
    """Units that left the ledger by returns."""
    if not state.returns:
        return NO_UNITS
    return Quantities(pair for one in state.returns for pair in one.granted)


def settled_units(state: Returns, parcel: int | None = None) -> Quantities:
    """Units of returns that never reached the customer, in any parcel or that one: a return credits them."""
    if not state.returns:
        return NO_UNITS
    return Quantities(
        pair for one in state.returns for pair in (one.not_supplied if parcel is None else one.inside(parcel))
    )


def granted_delivery(state: Returns, currency: str) -> Money:
    """What of the delivery price was credited by returns."""
    return total_of((one.delivery for one in state.returns if one.delivery is not None), currency)


def granted_total(state: Returns, currency: str) -> Money:
    """What was credited by returns, delivery included."""
    return total_of((one.amount for one in state.returns if one.amount is not None), currency)
