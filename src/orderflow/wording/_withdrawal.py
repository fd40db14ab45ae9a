"""
What a customer has to be told of the right of withdrawal (CRD art. 6(1)(h)-(k), 8(7); UPK art. 12(1), 21).

Periods come from :mod:`orderflow.law`. Where it has no rules for the order's country, nothing is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from .. import law, shipping, workflows
from ..errors import InvalidInputError
from ..law import Period, WithdrawalException
from ..orders import DestinationKind, Line, Order
from ..workflows import OrderFile
from ._catalog import Voice

__all__ = ("how_to_withdraw", "until_when")


def how_to_withdraw(speaker: Voice, order: Order) -> str:
    """The right, its period, how it is used, what it does, and what is excepted; nothing where there is no right."""
    periods = _periods(order)
    if periods is None or not law.has_withdrawal_right(order.buyer):
        return ""
    return "\n".join(_text(speaker, order, periods))


def _text(speaker: Voice, order: Order, periods: dict[str, int]) -> Iterator[str]:
    yield speaker.say("withdrawal")
    if all(_lost(line) for line in order.lines):
        yield speaker.say("withdrawal.none")
    else:
        is_download = order.destination.kind is DestinationKind.DOWNLOAD
        yield speaker.say("withdrawal.period.contract" if is_download else "withdrawal.period", **periods)
        yield speaker.say("withdrawal.how", **periods)
        yield speaker.say(
            "withdrawal.form", seller=order.seller, reference=order.reference, day=speaker.day(order.placed_at)
        )
        yield speaker.say("withdrawal.refund", **periods)
        if not is_download:
            yield speaker.say("withdrawal.send_back", **periods)
    for line in order.lines:
        if exception := _exception(line):
            yield speaker.say("withdrawal.exception", name=line.name, exception=exception)


def until_when(speaker: Voice, file: OrderFile) -> str:
    """The last day for a withdrawal, once everything has been delivered."""
    order = file.order
    last = shipping.last_delivery(file.shipping)
    everything = order.remaining - workflows.not_supplied(file) <= shipping.delivered(file.shipping)
    if last is None or not everything or not law.has_withdrawal_right(order.buyer) or all(map(_lost, order.lines)):
        return ""
    informed = not order.evidence or any(each.kind == workflows.WITHDRAWAL_INFORMATION for each in order.evidence)
    try:
        deadline = law.withdrawal_deadline(last, order.law, concluded=order.placed_at, informed=informed)
    except InvalidInputError:
        return ""
    return speaker.say("withdrawal.until", until=deadline.legal_end)


def _periods(order: Order) -> dict[str, int] | None:
    if order.law not in law.JURISDICTIONS:
        return None
    day = order.placed_at.astimezone(ZoneInfo(law.jurisdiction(order.law).zone)).date()
    try:
        return {
            period.value: law.rule(period, order.law, day).amount
            for period in (Period.WITHDRAWAL, Period.REFUND, Period.SEND_BACK)
        }
    except InvalidInputError:
        return None


def _exception(line: Line) -> WithdrawalException | None:
    """The exception under which the line falls; a code that the law does not know has no force."""
    known = {each.value for each in WithdrawalException}
    return WithdrawalException(line.not_withdrawable) if line.not_withdrawable in known else None


def _lost(line: Line) -> bool:
    exception = _exception(line)
    return exception is not None and not law.lost_only_when_opened(exception)
