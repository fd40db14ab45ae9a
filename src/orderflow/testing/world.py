"""Time and chance for tests: a clock that stands until it is moved, and identifiers that come out alike every time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import count

from ..errors import InvalidInputError
from ..moments import moment

__all__ = ("CountingIds", "VirtualClock")

_START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
_REFERENCE_BITS = 45


class VirtualClock:
    """
    A clock that stands still until it is moved, and only forward.

    >>> clock = VirtualClock()
    >>> clock.advance(timedelta(days=14)).isoformat()
    '2026-01-19T09:00:00+00:00'

    Raises:
        InvalidInputError: the start is naive.
    """

    def __init__(self, start: datetime = _START) -> None:
        self._now = moment(start, "start")

    def now(self) -> datetime:
        """Where the clock stands, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """
        Move on and answer the new time.

        Raises:
            InvalidInputError: *by* is negative.
        """
        if by < timedelta(0):
            raise InvalidInputError("by", f"a clock does not run backwards, got {by}")
        self._now += by
        return self._now

    def set(self, at: datetime) -> datetime:
        """
        Move on to *at* and answer it in UTC.

        Raises:
            InvalidInputError: *at* is naive, or lies before the present.
        """
        target = moment(at)
        if target < self._now:
            raise InvalidInputError("at", f"a clock does not run backwards: it is already {self._now.isoformat()}")
        self._now = target
        return target


class CountingIds:
    """
    Identifiers that look random, repeat with the *seed*, and sort in the order in which they were made.

    >>> CountingIds(7).entropy() == CountingIds(7).entropy()
    True
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._count = count(1)

    def entropy(self) -> int:
        """A count in the high bits, and in the low ones, of which references are made, a hash of seed and count."""
        number = next(self._count)
        digest = blake2b(f"{self._seed}/{number}".encode(), digest_size=8).digest()
        return number << _REFERENCE_BITS | int.from_bytes(digest) >> (64 - _REFERENCE_BITS)
