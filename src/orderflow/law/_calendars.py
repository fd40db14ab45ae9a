"""
Public holidays as dated data: a fixed day or a distance from Easter, and the years in which the law has it.

Complete from 2014 on, when the rules of this package begin. DE and FR are nationwide days only: a host for whom the
days of a Land or of Alsace-Moselle matter adds them in a calendar of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Protocol

import attrs

__all__ = ("CALENDARS", "Calendar", "Holiday", "HolidayCalendar", "easter", "is_working_day")

_SATURDAY = 5


class Calendar(Protocol):
    """Which days are public holidays; Saturdays and Sundays count by themselves."""

    def is_public_holiday(self, day: date) -> bool:
        """Whether the law calls *day* a public holiday."""
        ...


@cache
def easter(year: int) -> date:
    """
    Easter Sunday of the Gregorian calendar (the anonymous algorithm, Meeus/Jones/Butcher).

    >>> easter(2026)
    datetime.date(2026, 4, 5)
    """
    century, rest = divmod(year, 100)
    moon = (19 * (year % 19) + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (year % 19 + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@attrs.frozen
class Holiday:
    """A public holiday: a month and day, or days after Easter Sunday, in the years ``since`` to ``until`` inclusive."""

    name: str
    month: int = 0
    day: int = 0
    after_easter: int | None = None
    since: int = 1
    until: int = 9999

    def falls_on(self, day: date) -> bool:
        """Whether *day* is this holiday."""
        if not self.since <= day.year <= self.until:
            return False
        if self.after_easter is None:
            return (day.month, day.day) == (self.month, self.day)
        return day - easter(day.year) == timedelta(days=self.after_easter)


@attrs.frozen(eq=False)
class HolidayCalendar:
    """The holidays of one country, and the act that names them."""

    source: str
    holidays: tuple[Holiday, ...]

    def is_public_holiday(self, day: date) -> bool:
        """Whether one of the holidays falls on *day*."""
        return _is_any(self, day)


@lru_cache(maxsize=4096)
def _is_any(calendar: HolidayCalendar, day: date) -> bool:
    return any(holiday.falls_on(day) for holiday in calendar.holidays)


def is_working_day(day: date, calendar: Calendar) -> bool:
    """Neither Saturday nor Sunday nor a public holiday."""
    return day.weekday() < _SATURDAY and not calendar.is_public_holiday(day)


_GOOD_FRIDAY = Holiday("Good Friday", after_easter=-2)
_EASTER = Holiday("Easter Sunday", after_easter=0)
_EASTER_MONDAY = Holiday("Easter Monday", after_easter=1)
_ASCENSION = Holiday("Ascension", after_easter=39)
_WHIT_SUNDAY = Holiday("Whit Sunday", after_easter=49)
_WHIT_MONDAY = Holiday("Whit Monday", after_easter=50)
_CORPUS_CHRISTI = Holiday("Corpus Christi", after_easter=60)
_NEW_YEAR = Holiday("New Year", 1, 1)
_MAY_DAY = Holiday("Labour Day", 5, 1)
_ASSUMPTION = Holiday("Assumption", 8, 15)
_ALL_SAINTS = Holiday("All Saints", 11, 1)
_CHRISTMAS_EVE = Holiday("Christmas Eve", 12, 24)
_CHRISTMAS = Holiday("Christmas Day", 12, 25)
_ST_STEPHEN = Holiday("Second day of Christmas", 12, 26)

CALENDARS: Mapping[str, Calendar] = MappingProxyType(
    {
        "PL": HolidayCalendar(
            "ustawa z 18.01.1951 o dniach wolnych od pracy, art. 1; 24 December by the act of 6.12.2024",
            (
                _NEW_YEAR, Holiday("Epiphany", 1, 6, since=2011), _EASTER, _EASTER_MONDAY, _MAY_DAY,
                Holiday("Constitution Day", 5, 3), _WHIT_SUNDAY, _CORPUS_CHRISTI, _ASSUMPTION, _ALL_SAINTS,
                Holiday("Independence Day", 11, 11),
                Holiday("Centenary of independence", 11, 12, since=2018, until=2018),
                attrs.evolve(_CHRISTMAS_EVE, since=2025), _CHRISTMAS, _ST_STEPHEN,
            ),
        ),
        "DE": HolidayCalendar(
            "Einigungsvertrag art. 2(2) (3 October) and the concurring holiday acts of all Länder",
            (
                _NEW_YEAR, _GOOD_FRIDAY, _EASTER_MONDAY, _MAY_DAY, _ASCENSION, _WHIT_MONDAY,
                Holiday("German Unity", 10, 3),
                Holiday("500 years of the Reformation", 10, 31, since=2017, until=2017), _CHRISTMAS, _ST_STEPHEN,
            ),
        ),
        "FR": HolidayCalendar(
            "Code du travail, art. L3133-1",
            (
                _NEW_YEAR, _EASTER_MONDAY, _MAY_DAY, Holiday("Victory 1945", 5, 8), _ASCENSION, _WHIT_MONDAY,
                Holiday("National Day", 7, 14), _ASSUMPTION, _ALL_SAINTS, Holiday("Armistice 1918", 11, 11), _CHRISTMAS,
            ),
        ),
        "CZ": HolidayCalendar(
            "zákon č. 245/2000 Sb., § 1-2; Good Friday by act č. 359/2015 Sb.",
            (
                _NEW_YEAR, attrs.evolve(_GOOD_FRIDAY, since=2016), _EASTER_MONDAY, _MAY_DAY,
                Holiday("Victory Day", 5, 8),
                Holiday("Cyril and Methodius", 7, 5), Holiday("Jan Hus", 7, 6), Holiday("Statehood Day", 9, 28),
                Holiday("Czechoslovak Independence", 10, 28), Holiday("Freedom and Democracy", 11, 17),
                _CHRISTMAS_EVE, _CHRISTMAS, _ST_STEPHEN,
            ),
        ),
    }
)  # fmt: skip
"""By country code. Hosts may use any object with ``is_public_holiday`` instead."""
