"""Text that people write and read: bounded, without characters that make it read as something else."""

from __future__ import annotations

import re
from typing import Any

from .errors import InvalidInputError

__all__ = ("LONGEST_NAME", "LONGEST_NOTE", "country_code", "human_text")

LONGEST_NAME = 200
LONGEST_NOTE = 2000
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_COUNTRY = re.compile("[A-Z]{2}", re.ASCII)


def human_text(value: Any, path: str, longest: int = LONGEST_NAME) -> str:
    """
    A name, title or note: 1 to *longest* characters, no control characters, no bidirectional overrides.

    Raises:
        InvalidInputError: anything else.
    """
    if not isinstance(value, str) or not 1 <= len(value) <= longest:
        raise InvalidInputError(path, f"expected text of 1 to {longest} characters")
    if _FORBIDDEN.search(value):
        raise InvalidInputError(path, "control, bidirectional override and lone surrogate characters are not accepted")
    return value


def country_code(value: Any, path: str = "country") -> str:
    """An ISO 3166 alpha-2 code in capitals, such as ``PL``."""
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise InvalidInputError(path, "expected an ISO 3166 alpha-2 code such as 'PL'")
    return value
