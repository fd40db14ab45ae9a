"""
Law as dated data with its sources, and pure functions over it. A map of the rules, not legal advice.

Every rule says from when it holds, for contracts, reductions or supplies, because orders from before and after a change
live side by side. Every function is given its time, zone and calendar; none reads a clock.
"""

from ._calendars import CALENDARS, Calendar, Holiday, HolidayCalendar, easter, is_working_day
from ._dates import Deadline, count_days, count_months, hours_after, months_after, working_days_after
from ._jurisdictions import JURISDICTIONS, Jurisdiction, jurisdiction
from ._place_of_supply import (
    DISTANCE_SALES_LIMITS,
    EU_COUNTRIES,
    DistanceSalesLimit,
    PlaceOfSupply,
    PlaceReason,
    place_of_supply,
)
from ._reductions import (
    REDUCTION_RULES,
    Announcement,
    NotAnnounceable,
    PricePoint,
    PriorPriceBasis,
    ReductionRule,
    RunningReduction,
    announce_reduction,
    reduction_rule,
    running_reduction,
)
from ._rules import RULES, Period, Rule, Unit, rule
from ._vat_rates import VAT_RATES, VatEntry, vat_rate
from ._withdrawal import (
    WithdrawalException,
    delivery_refund,
    fee_refund,
    has_withdrawal_right,
    lost_only_when_opened,
    refund_deadline,
    refund_due,
    send_back_deadline,
    withdrawal_deadline,
)

__all__ = (
    "CALENDARS", "DISTANCE_SALES_LIMITS", "EU_COUNTRIES", "JURISDICTIONS", "REDUCTION_RULES", "RULES", "VAT_RATES",
    "VERSION", "Announcement", "Calendar", "Deadline", "DistanceSalesLimit", "Holiday", "HolidayCalendar",
    "Jurisdiction", "NotAnnounceable", "Period", "PlaceOfSupply", "PlaceReason", "PricePoint", "PriorPriceBasis",
    "ReductionRule", "Rule", "RunningReduction", "Unit", "VatEntry", "WithdrawalException", "announce_reduction",
    "count_days", "count_months", "delivery_refund", "easter", "fee_refund", "has_withdrawal_right", "hours_after",
    "is_working_day", "jurisdiction", "lost_only_when_opened", "months_after", "place_of_supply", "reduction_rule",
    "refund_deadline", "refund_due", "rule", "running_reduction", "send_back_deadline", "vat_rate",
    "withdrawal_deadline", "working_days_after",
)  # fmt: skip

VERSION = "law/2026-11-22"
"""The day on which the rules here were last compared with their sources."""
