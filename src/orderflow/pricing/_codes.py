"""Coupon codes as people type them: case, width, spaces and dashes do not matter."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ..errors import InvalidInputError

LONGEST_CODE = 64
_IGNORED = re.compile(r"[\s\u00ad\u200b-\u200d\u2010-\u2015\u2212\ufeff_-]+")


def normal_code(text: Any, path: str = "code") -> str:
    """
    The form in which codes are compared.

    >>> normal_code(" summer-2026 ")
    'SUMMER2026'

    Raises:
        InvalidInputError: no text, or nothing left of it, or too long.
    """
    if not isinstance(text, str) or len(text) > 2 * LONGEST_CODE:
        raise InvalidInputError(path, f"expected a code of at most {LONGEST_CODE} characters")
    found = _IGNORED.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not 1 <= len(found) <= LONGEST_CODE or not found.isprintable():
        raise InvalidInputError(path, f"expected a code of 1 to {LONGEST_CODE} printable characters")
    return found
