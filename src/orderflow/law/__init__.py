"""
Law as dated data with its sources, and pure functions over it. A map of the rules, not legal advice.

Every rule says which contracts it covers (``contracts_from``), because orders from before and after a change live
side by side. Every function is given its time, zone and calendar; none reads a clock.
"""

from ._calendars import CALENDARS, Calendar, Holiday, HolidayCalendar, easter, is_working_day
from ._dates import Deadline, count_days, count_months, hours_after, months_after, working_days_after
from ._jurisdictions import JURISDICTIONS, Jurisdiction, jurisdiction
from ._rules import RULES, Period, Rule, Unit, rule
from ._withdrawal import (
    WithdrawalException,
    delivery_refund,
    has_withdrawal_right,
    lost_only_when_opened,
    refund_deadline,
    refund_due,
    send_back_deadline,
    withdrawal_deadline,
)

__all__ = (
    "CALENDARS", "JURISDICTIONS", "RULES", "VERSION", "Calendar", "Deadline", "Holiday", "HolidayCalendar",
    "Jurisdiction", "Period", "Rule", "Unit", "WithdrawalException", "count_days", "count_months", "delivery_refund",
    "easter", "has_withdrawal_right", "hours_after", "is_working_day", "jurisdiction", "lost_only_when_opened",
    "months_after", "refund_deadline", "refund_due", "rule", "send_back_deadline", "withdrawal_deadline",
    "working_days_after",
)  # fmt: skip

VERSION = "law/2026-11-22"
"""The day on which the rules here were last compared with their sources."""
