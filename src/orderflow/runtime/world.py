"""The real world's time and randomness."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

__all__ = ("SystemClock", "SystemIds")


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        return datetime.now(UTC)


class SystemIds:
    """The operating system's cryptographic randomness."""

    def entropy(self) -> int:
        """80 fresh bits."""
        return secrets.randbits(80)
