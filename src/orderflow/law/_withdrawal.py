"""The consumer's right of withdrawal: who has it, until when, and what is paid back by when (CRD art. 6-16)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from ..errors import InvalidInputError
from ..moments import moment
from ..money import Money
from ._dates import Deadline, count_days, count_months
from ._jurisdictions import jurisdiction as jurisdiction_of
from ._rules import Period, Rule, Unit, rule

__all__ = (
    "WithdrawalException", "delivery_refund", "fee_refund", "has_withdrawal_right", "lost_only_when_opened",
    "refund_deadline", "refund_due", "send_back_deadline", "withdrawal_deadline",
)  # fmt: skip


class WithdrawalException(StrEnum):
    """
    The closed list of what cannot be withdrawn from (CRD art. 16(a)-(m); UPK art. 38(1) points 1-13), in that order.

    A shop cannot add to it: "sale items" or "unopened only" are not on it, and have no force.
    """

    SERVICE_FULLY_PERFORMED = "service_fully_performed"
    MARKET_PRICE = "market_price"
    MADE_TO_SPEC = "made_to_spec"  # even before production starts: CJEU C-529/19
    PERISHABLE = "perishable"
    SEALED_HYGIENE = "sealed_hygiene"  # only once opened; a mattress is not covered: CJEU C-681/17
    MIXED_INSEPARABLY = "mixed_inseparably"
    ALCOHOL_FORWARD = "alcohol_forward"
    URGENT_REPAIR_VISIT = "urgent_repair_visit"
    SEALED_MEDIA_SOFTWARE = "sealed_media_software"  # only once opened
    PRESS = "press"
    PUBLIC_AUCTION = "public_auction"
    DATED_LEISURE = "dated_leisure"
    DIGITAL_BEGUN = "digital_begun"


def lost_only_when_opened(exception: WithdrawalException) -> bool:
    """Whether the right lasts until the seal is broken (CRD art. 16(e), (i)), so that the statement is accepted."""
    return exception in (WithdrawalException.SEALED_HYGIENE, WithdrawalException.SEALED_MEDIA_SOFTWARE)


def has_withdrawal_right(buyer: str) -> bool:
    """
    Whether a ``consumer``, ``sole_trader`` or ``business`` may withdraw.

    A consumer may (CRD art. 9; UPK art. 27), a business may not. A sole trader may in Poland where the contract has
    no professional character for that person (UPK art. 38a with KC art. 22(1)), which nobody can see in an order: as
    policy the right is given to every sole trader, in every jurisdiction. A tax number alone never makes a business.
    """
    return buyer != "business"


def withdrawal_deadline(
    last_delivery: datetime,
    jurisdiction: str,
    *,
    concluded: datetime | None = None,
    after_visit: bool = False,
    informed: bool = True,
    informed_later: datetime | None = None,
) -> Deadline:
    """
    Until when the consumer may send a statement of withdrawal (CRD art. 9-10; UPK art. 27-29; see :data:`RULES`).

    ``last_delivery`` starts the period: possession of the last parcel, of the first where goods come regularly for a
    fixed time; for services and files, the conclusion of the contract. Before that there is no end. A locker counts
    when it is emptied. ``concluded`` picks the rule in force (None: the newest). Not ``informed`` of the right adds
    twelve months to the end; ``informed_later``, within those, ends it one period after that day.

    Raises:
        InvalidInputError: no rules for the country, or none for so old a contract.
    """
    period = Period.WITHDRAWAL_AFTER_VISIT if after_visit else Period.WITHDRAWAL
    initial = _counted(last_delivery, period, jurisdiction, concluded)
    if informed:
        return initial
    place = jurisdiction_of(jurisdiction)
    added = _rule(Period.UNINFORMED, jurisdiction, concluded).amount
    last_day = datetime.combine(initial.legal_end, datetime.min.time(), ZoneInfo(place.zone))
    extended = count_months(last_day, added, place.zone, place.calendar)
    if informed_later is None or not extended.is_in_time(moment(informed_later)):
        return extended
    # CRD art. 10(2) and UPK art. 29(2) differ by days on what is "within"; the later end is the consumer's.
    told = _counted(informed_later, period, jurisdiction, concluded)
    return max(initial, told, key=lambda deadline: deadline.ends_before)


def send_back_deadline(declared_at: datetime, jurisdiction: str, *, concluded: datetime | None = None) -> Deadline:
    """
    By when the consumer must send the goods, counted from the statement (CRD art. 14(1); UPK art. 34).

    Sending in time is enough; being late does not undo the withdrawal.
    """
    return _counted(declared_at, Period.SEND_BACK, jurisdiction, concluded)


def refund_deadline(received_at: datetime, jurisdiction: str, *, concluded: datetime | None = None) -> Deadline:
    """By when the trader must pay back, counted from receipt of the statement (CRD art. 13(1); UPK art. 32)."""
    return _counted(received_at, Period.REFUND, jurisdiction, concluded)


def refund_due(deadline: Deadline, goods_at: datetime | None, proof_at: datetime | None) -> datetime | None:
    """
    When an unpaid refund is overdue, where it may wait for the goods or for proof that they were sent.

    The instant is the later of the deadline and the first of the two; after that there are no new fourteen days.
    None: not yet, neither is there (CRD art. 13(3); UPK art. 32). A refund for services, files, or goods the trader
    offered to collect may not wait.
    """
    triggers = [moment(at) for at in (goods_at, proof_at) if at is not None]
    return max(deadline.ends_before, min(triggers)) if triggers else None


def delivery_refund(
    paid: Money, cheapest: Money | None, refunded: Money, *, everything: bool, kept: Money | None = None
) -> Money:
    """
    How much of the delivery price goes back (CRD art. 13(1)-(2); UPK art. 32-33; CJEU C-511/08 Heine).

    With ``everything`` withdrawn, what was ``paid``, at most the ``cheapest`` ordinary delivery offered for the order
    (None: nothing cheaper was offered, all of it). For a part the law is silent; as policy it is the difference to
    what the cheapest delivery of the ``kept`` goods would have cost (None: the same, so nothing). What was
    ``refunded`` before is taken off.

    >>> pln = lambda text: Money.parse(text, "PLN")
    >>> delivery_refund(pln("24.99"), pln("12.99"), pln("0"), everything=True)
    Money('12.99', 'PLN')
    """
    zero = Money.zero(paid.currency)
    owed = paid if cheapest is None else min(paid, cheapest)
    if not everything:
        owed = zero if kept is None else owed - kept
    return max(owed - refunded, zero)


def fee_refund(paid: Money, *, everything: bool) -> Money:
    """
    How much of a fee for the means of payment goes back: all of it with ``everything`` withdrawn, else nothing.

    All payments received are reimbursed, and only those for delivery are capped (CRD art. 13(1), (2); UPK art. 32(1),
    33). For a part of the order the law is silent: as policy the fee stays with what is kept.
    """
    return paid if everything else Money.zero(paid.currency)


def _rule(period: Period, jurisdiction: str, concluded: datetime | None) -> Rule:
    zone = ZoneInfo(jurisdiction_of(jurisdiction).zone)
    day = None if concluded is None else moment(concluded, "concluded").astimezone(zone).date()
    return rule(period, jurisdiction, day)


def _counted(event_at: datetime, period: Period, jurisdiction: str, concluded: datetime | None) -> Deadline:
    place, found = jurisdiction_of(jurisdiction), _rule(period, jurisdiction, concluded)
    if found.unit is not Unit.DAYS:
        raise InvalidInputError("period", f"{period.value} is counted in {found.unit.value}")
    return count_days(event_at, found.amount, place.zone, place.calendar)
