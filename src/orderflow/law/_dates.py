"""
Counting time as Regulation (EEC, Euratom) 1182/71 art. 3 and the national codes (KC art. 110-116, BGB § 186-193) do.

The day of the event is not counted. All calendar days count; a period to act in that would end on a Saturday, a
Sunday or a public holiday ends on the next day that is none of them. Holidays are those of the country where the act
is to be done (Reg. 1182/71 art. 2(1)). About the zone the law is silent; it is the caller's choice.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs

from ..moments import moment
from ._calendars import Calendar, is_working_day

__all__ = ("Deadline", "count_days", "count_months", "hours_after", "months_after", "working_days_after")

_DAY = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Deadline:
    """
    The end of a period.

    ``nominal`` is the bare count, ``legal_end`` the last day on which the act is in time, ``target`` the last working
    day not after ``nominal``: a trader aims at ``target`` and is late after ``legal_end``; a consumer has until
    ``legal_end``. ``ends_before`` is the first instant (UTC) that is too late.
    """

    nominal: date
    legal_end: date
    target: date
    ends_before: datetime

    def is_in_time(self, at: datetime) -> bool:
        """Whether something done at *at* is done within the period."""
        return at < self.ends_before


def count_days(event_at: datetime, days: int, zone: str, calendar: Calendar) -> Deadline:
    """
    *days* after the day of the event in *zone* (Reg. 1182/71 art. 3(1), 3(4); KC art. 111, 115).

    >>> from datetime import datetime, UTC
    >>> from orderflow.law import CALENDARS
    >>> str(count_days(datetime(2026, 12, 10, 9, tzinfo=UTC), 14, "Europe/Warsaw", CALENDARS["PL"]).legal_end)
    '2026-12-28'
    """
    return _deadline(_local_day(event_at, zone) + timedelta(days=days), zone, calendar)


def count_months(event_at: datetime, months: int, zone: str, calendar: Calendar) -> Deadline:
    """*months* after the day of the event in *zone* (Reg. 1182/71 art. 3(2)(c); CJEU C-171/03; KC art. 112, 115)."""
    return _deadline(months_after(_local_day(event_at, zone), months), zone, calendar)


def months_after(day: date, months: int) -> date:
    """
    The same day number *months* later, or the last day of that month where it has no such day.

    >>> months_after(date(2026, 8, 31), 1)
    datetime.date(2026, 9, 30)
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def hours_after(at: datetime, hours: int) -> datetime:
    """*hours* of real time after *at*, in UTC: wall clocks jump, periods in hours do not."""
    return moment(at) + timedelta(hours=hours)


def working_days_after(day: date, days: int, calendar: Calendar) -> date:
    """The last of *days* working days that follow *day*; *day* itself where *days* is 0."""
    for _ in range(days):
        day = _step_until(day + _DAY, _DAY, lambda candidate: is_working_day(candidate, calendar))
    return day


def _deadline(nominal: date, zone: str, calendar: Calendar) -> Deadline:
    def works(day: date) -> bool:
        return is_working_day(day, calendar)

    legal_end = _step_until(nominal, _DAY, works)
    return Deadline(
        nominal=nominal,
        legal_end=legal_end,
        target=_step_until(nominal, -_DAY, works),
        ends_before=datetime.combine(legal_end + _DAY, time(), ZoneInfo(zone)).astimezone(UTC),
    )


def _local_day(at: datetime, zone: str) -> date:
    return moment(at).astimezone(ZoneInfo(zone)).date()


def _step_until(day: date, step: timedelta, holds: Callable[[date], bool]) -> date:
    while not holds(day):
        day += step
    return day
