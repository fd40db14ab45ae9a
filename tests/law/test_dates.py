"""How days, months, hours and working days are counted, and which days are holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import law
from orderflow.errors import InvalidInputError

WARSAW = ZoneInfo("Europe/Warsaw")


def deadline(day: date, days: int, country: str) -> law.Deadline:
    """*days* from noon of *day* in the country."""
    place = law.jurisdiction(country)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(place.zone))
    return law.count_days(noon, days, place.zone, place.calendar)


@pytest.mark.parametrize(
    ("country", "end"),
    [
        ("PL", date(2026, 12, 28)),
        ("DE", date(2026, 12, 24)),
        ("FR", date(2026, 12, 24)),
        ("CZ", date(2026, 12, 28)),
    ],
)
def test_christmas_moves_the_end_of_a_period_where_the_eve_is_a_holiday(country: str, end: date) -> None:
    """Fourteen days from 10 December 2026 end nominally on Christmas Eve; Poland and Czechia go on to the 28th."""
    found = deadline(date(2026, 12, 10), 14, country)
    assert (found.nominal, found.legal_end) == (date(2026, 12, 24), end)


@pytest.mark.parametrize(("year", "end"), [(2024, date(2024, 12, 24)), (2025, date(2025, 12, 29))])
def test_christmas_eve_is_a_polish_holiday_from_2025_on(year: int, end: date) -> None:
    """The same count ended on the eve in 2024; in 2025 it runs over the holidays and a weekend."""
    assert deadline(date(year, 12, 10), 14, "PL").legal_end == end


def test_a_trader_aims_at_the_last_working_day_before_a_period_that_ends_in_the_holidays() -> None:
    """Fourteen days from 10 December 2026 in Poland: late after the 28th, so aim at the 23rd."""
    assert deadline(date(2026, 12, 10), 14, "PL").target == date(2026, 12, 23)


def test_thirty_days_to_deliver_end_on_a_sunday_and_aim_at_friday() -> None:
    """Concluded on 20 November 2026: nominally Sunday 20 December, late after Monday, so aim at Friday."""
    found = deadline(date(2026, 11, 20), 30, "PL")
    assert (found.nominal.isoweekday(), found.legal_end, found.target) == (7, date(2026, 12, 21), date(2026, 12, 18))


def test_the_last_day_ends_at_midnight_of_its_zone() -> None:
    """A period to 21 December in Warsaw ends before 23:00 UTC, and that instant is already too late."""
    found = deadline(date(2026, 12, 7), 14, "PL")
    assert found.ends_before == datetime(2026, 12, 21, 23, tzinfo=UTC)
    assert found.is_in_time(found.ends_before - timedelta(microseconds=1))
    assert not found.is_in_time(found.ends_before)


def test_the_day_of_the_event_is_the_day_in_the_zone() -> None:
    """Half past eleven in the evening UTC is already the next day in Warsaw."""
    place = law.jurisdiction("PL")
    late = datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
    assert law.count_days(late, 1, place.zone, place.calendar).nominal == date(2026, 11, 3)


@pytest.mark.parametrize(
    ("day", "nominal", "end"),
    [
        (date(2026, 8, 31), date(2026, 9, 30), date(2026, 9, 30)),
        (date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 1)),
    ],
)
def test_a_month_ends_on_the_same_day_number_or_the_last_of_the_month(day: date, nominal: date, end: date) -> None:
    """31 August and a month is 30 September; 31 December and a month is a Sunday, so Monday."""
    place = law.jurisdiction("PL")
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=WARSAW)
    found = law.count_months(noon, 1, place.zone, place.calendar)
    assert (found.nominal, found.legal_end) == (nominal, end)


def test_months_pass_over_leap_days_and_years() -> None:
    """29 February has no counterpart a year later, and has one four years later."""
    assert law.months_after(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert law.months_after(date(2028, 2, 29), 48) == date(2032, 2, 29)


def test_hours_are_real_hours_over_a_clock_change() -> None:
    """72 hours from noon before the clocks go back end at eleven by the clock on the wall."""
    end = law.hours_after(datetime(2026, 10, 23, 12, tzinfo=WARSAW), 72)
    assert end.astimezone(WARSAW) == datetime(2026, 10, 26, 11, tzinfo=WARSAW)


def test_working_days_leave_out_weekends_and_holidays() -> None:
    """Seven working days after Saturday 19 December 2026 is New Year's Eve."""
    assert law.working_days_after(date(2026, 12, 19), 7, law.CALENDARS["PL"]) == date(2026, 12, 31)


POLISH_HOLIDAYS = {
    2026: "01-01 01-06 04-05 04-06 05-01 05-03 05-24 06-04 08-15 11-01 11-11 12-24 12-25 12-26",
    2027: "01-01 01-06 03-28 03-29 05-01 05-03 05-16 05-27 08-15 11-01 11-11 12-24 12-25 12-26",
}


@pytest.mark.parametrize("year", POLISH_HOLIDAYS)
def test_the_polish_holidays_of_a_year_are_these(year: int) -> None:
    """Every public holiday of 2026 and 2027, and no other day."""
    days = (date(year, 1, 1) + timedelta(days=number) for number in range(365))
    found = [f"{day:%m-%d}" for day in days if law.CALENDARS["PL"].is_public_holiday(day)]
    assert " ".join(found) == POLISH_HOLIDAYS[year]


@pytest.mark.parametrize(
    ("country", "holidays"),
    [
        ("DE", "01-01 04-03 04-06 05-01 05-14 05-25 10-03 12-25 12-26"),
        ("FR", "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25"),
        ("CZ", "01-01 04-03 04-06 05-01 05-08 07-05 07-06 09-28 10-28 11-17 12-24 12-25 12-26"),
    ],
)
def test_the_holidays_of_the_neighbours_in_2026_are_these(country: str, holidays: str) -> None:
    """Nationwide holidays of 2026, and no other day."""
    days = (date(2026, 1, 1) + timedelta(days=number) for number in range(365))
    found = [f"{day:%m-%d}" for day in days if law.CALENDARS[country].is_public_holiday(day)]
    assert " ".join(found) == holidays


@pytest.mark.parametrize("country", law.JURISDICTIONS)
def test_the_calendars_agree_with_an_independent_one(country: str) -> None:
    """Each day of 2014 to 2049 is a holiday here exactly where the holidays package says so."""
    oracle = pytest.importorskip("holidays").country_holidays(country, years=range(2014, 2050))
    days = (date(2014, 1, 1) + timedelta(days=number) for number in range(36 * 365))
    assert [day for day in days if law.CALENDARS[country].is_public_holiday(day) != (day in oracle)] == []


def test_easter_falls_on_its_known_dates() -> None:
    """The earliest and latest Easters of our time, and the exceptions of the algorithm (1954, 1981, 2049)."""
    known = [date(2008, 3, 23), date(2038, 4, 25), date(1954, 4, 18), date(1981, 4, 19), date(2049, 4, 18)]
    assert [law.easter(day.year) for day in known] == known


@given(
    at=st.integers(0, 34 * 366 * 24).map(lambda hours: datetime(2015, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    days=st.integers(0, 400),
    country=st.sampled_from(sorted(law.JURISDICTIONS)),
)
def test_a_deadline_encloses_its_count_between_working_days(at: datetime, days: int, country: str) -> None:
    """The target is a working day at or before the count, the end one at or after it, with none in between."""
    place = law.jurisdiction(country)
    found = law.count_days(at, days, place.zone, place.calendar)
    assert found.target <= found.nominal <= found.legal_end
    assert law.is_working_day(found.target, place.calendar)
    assert law.is_working_day(found.legal_end, place.calendar)
    between = (found.target + timedelta(days=n) for n in range(1, (found.legal_end - found.target).days))
    assert not any(law.is_working_day(day, place.calendar) for day in between)
    local = (found.ends_before - timedelta(microseconds=1)).astimezone(ZoneInfo(place.zone))
    assert local.date() == found.legal_end


def test_a_country_without_rules_is_refused() -> None:
    """A jurisdiction that nobody wrote down is an error that names those there are."""
    with pytest.raises(InvalidInputError, match="PL, DE, FR, CZ"):
        law.jurisdiction("XX")
