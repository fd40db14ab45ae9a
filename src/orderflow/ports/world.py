"""The two things a rule must not make up: the time, and randomness."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

__all__ = ("Clock", "Ids")


@runtime_checkable
class Clock(Protocol):
    """Tells the time, in UTC, aware."""

    def now(self) -> datetime:
        """The present moment; may repeat, should not run backwards."""
        ...


@runtime_checkable
class Ids(Protocol):
    """A source of randomness for identifiers."""

    def entropy(self) -> int:
        """At least 80 fresh bits from a source that cannot be guessed (or counted up, in tests)."""
        ...
