"""Moments are aware datetimes; a naive one says nothing about when it was, so it is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from .errors import InvalidInputError

__all__ = ("EPOCH", "from_microseconds", "microseconds", "moment", "parse_moment")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The standard library takes any character between date and time, so the shape is checked first.
_ISO_8601 = re.compile(r"[0-9-]{8,10}[T ][0-9:.,]{2,20}(?:Z|[+-][0-9:.]{2,16})?", re.ASCII)
_MICROSECOND = timedelta(microseconds=1)


def moment(value: Any, path: str = "at") -> datetime:
    """
    The same instant in UTC.

    >>> from datetime import datetime, timezone, timedelta
    >>> moment(datetime(2026, 11, 22, 13, 0, tzinfo=timezone(timedelta(hours=1))))
    datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.timezone.utc)

    Raises:
        InvalidInputError: *value* is not a datetime, is naive, or falls outside the calendar in UTC.
    """
    if not isinstance(value, datetime):
        raise InvalidInputError(path, f"expected an aware datetime, got {type(value).__name__}")
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise InvalidInputError(path, "naive datetime refused; say which zone it is in, e.g. tzinfo=UTC")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise InvalidInputError(path, "in UTC this is before the year 1 or after 9999") from None


def parse_moment(text: Any, path: str = "at") -> datetime:
    """
    An ISO 8601 text with an offset, as UTC.

    >>> parse_moment("2026-11-22T13:00:00+01:00").isoformat()
    '2026-11-22T12:00:00+00:00'
    """
    if not isinstance(text, str) or not _ISO_8601.fullmatch(text):
        raise InvalidInputError(path, "expected an ISO 8601 date and time with an offset, e.g. 2026-11-22T12:00:00Z")
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInputError(path, f"{text!r} is not an ISO 8601 date and time, e.g. 2026-11-22T12:00:00Z") from None
    return moment(parsed, path)


def microseconds(at: datetime) -> int:
    """Whole microseconds since 1970-01-01 UTC: the form in which stores keep moments."""
    return (at - EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """The inverse of :func:`microseconds`."""
    return EPOCH + timedelta(microseconds=count)
