"""Moments: always aware, always in UTC, and kept to the microsecond."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow.errors import InvalidInputError
from orderflow.moments import EPOCH, from_microseconds, microseconds, moment, parse_moment

MOMENTS = st.datetimes(timezones=st.just(UTC))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(MOMENTS.filter(lambda at: 2 < at.year < 9998), OFFSETS)
def test_the_same_instant_is_the_same_moment_whatever_its_zone(at, zone):
    same = moment(at.astimezone(zone))
    assert same == at
    assert same.tzinfo is UTC
    assert moment(same) is same


def test_a_zone_with_summer_time_is_understood():
    """On 25 October 2026 Warsaw has half past two twice; fold tells them apart."""
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Warsaw"))
    assert moment(first) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert moment(first.replace(fold=1)) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert moment(first.replace(tzinfo=ZoneInfo("UTC"))).tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [datetime(2026, 1, 1), date(2026, 1, 1), "2026-01-01T00:00:00Z", 0, 0.0, True, None],  # noqa: DTZ001
)
def test_a_naive_or_foreign_value_is_refused(value):
    with pytest.raises(InvalidInputError) as caught:
        moment(value, "paid_at")
    assert caught.value.path == "paid_at"


@pytest.mark.parametrize(
    "value",
    [
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
    ],
)
def test_a_moment_outside_the_calendar_is_refused(value):
    """In UTC it would be before the year 1 or after 9999."""
    with pytest.raises(InvalidInputError):
        moment(value)
    with pytest.raises(InvalidInputError):
        parse_moment(value.isoformat())


@given(MOMENTS.filter(lambda at: 2 < at.year < 9998), OFFSETS)
def test_iso_text_reads_back(at, zone):
    for text in (
        at.isoformat(),
        at.astimezone(zone).isoformat(),
        at.isoformat(" "),
        at.isoformat().replace("+00:00", "Z"),
    ):
        read = parse_moment(text)
        assert read == at
        assert read.tzinfo is UTC


@given(MOMENTS)
def test_microseconds_are_exact_both_ways(at):
    assert from_microseconds(microseconds(at)) == at
    assert microseconds(EPOCH) == 0
    assert microseconds(EPOCH + timedelta(microseconds=1)) == 1


@given(MOMENTS, MOMENTS)
def test_microseconds_keep_the_order(one, other):
    assert (one < other) == (microseconds(one) < microseconds(other))


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2026-11-22", "2026-11-22T12:00:00", "2026-11-22T25:00:00Z", "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-22_12:00:00Z", "2026-11-22\u202e12:00:00Z", "2026-11-22\x0012:00:00Z", "2026-11-22\n12:00:00Z",
        "2026-11-22T12:00:00Z\n", " 2026-11-22T12:00:00Z", "٢٠٢٦-11-22T12:00:00Z", "２026-11-22T12:00:00Z",
        "2026-11-22T12:00:00+99:00", "1e9", "NaN", "1795348800", "2_026-11-22T12:00:00Z", "2026-11-22T12:00:00Z" * 3,
        pytest.param("9" * 2**20, id="megabyte"),
        1795348800, 1e9, None, True, b"2026-11-22T12:00:00Z", datetime(2026, 11, 22, tzinfo=UTC),
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(InvalidInputError) as caught:
        parse_moment(text, "paid_at")
    assert caught.value.path == "paid_at"
    assert len(str(caught.value)) < 200


def test_a_megabyte_is_refused_at_once():
    text = "2026-11-22T" * 100_000
    began = time.process_time()
    for _ in range(100):
        with pytest.raises(InvalidInputError):
            parse_moment(text)
    assert time.process_time() - began < 5  # what is not bounded takes minutes


@given(st.text(alphabet="0123456789-:T Z+.W", max_size=32))
def test_no_text_makes_reading_fail_in_any_other_way(text):
    with suppress(InvalidInputError):
        assert parse_moment(text).tzinfo is UTC
