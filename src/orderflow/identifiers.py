"""
Identifiers: typed, time-ordered, and made from given randomness, so that rules stay pure.

Time-ordered keys keep neighbouring orders on neighbouring pages of a store. An order's reference is the
number people read out on the phone: no look-alike letters, a check character, nothing to count up from.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import accumulate
from typing import Any, NewType

from .errors import InvalidInputError
from .moments import microseconds

__all__ = (
    "MAIN", "LineId", "OrderId", "PersonRef", "Reference", "RequestId", "Sku", "canonical_reference", "code",
    "location", "new_code", "order_id", "person_ref", "reference", "request_id",
)  # fmt: skip

OrderId = NewType("OrderId", str)
PersonRef = NewType("PersonRef", str)
RequestId = NewType("RequestId", str)
Reference = NewType("Reference", str)
LineId = NewType("LineId", str)
Sku = NewType("Sku", str)

MAIN = "main"
"""The location of a shop that names none; its counters and events are those of a shop of one warehouse."""

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _CROCKFORD for second in _CROCKFORD)
_READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 characters; 0/O and 1/I are left out
_BODY = 9
_CODE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,62}[\x21-\x7e])?", re.ASCII)
_LOCATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,23}", re.ASCII)
_RANDOM_BITS = 80
_GROUPS = (5, 5, 5, 5, 6)  # 130 bits
_LONGEST_TYPED = 40
_LONGEST_CODE = 64


def _time_ordered(prefix: str, at: datetime, entropy: int) -> str:
    value = (microseconds(at) // 1000) << _RANDOM_BITS | entropy & ((1 << _RANDOM_BITS) - 1)
    return f"{prefix}_" + "".join([_PAIRS[value >> shift & 1023] for shift in range(120, -1, -10)])


def order_id(at: datetime, entropy: int) -> OrderId:
    """
    An order's key: 48 bits of milliseconds, then 80 bits of the given randomness.

    >>> from datetime import datetime, UTC
    >>> order_id(datetime(2026, 11, 22, tzinfo=UTC), 7)
    'ord_01M808TX000000000000000007'
    """
    return OrderId(_time_ordered("ord", at, entropy))


def person_ref(at: datetime, entropy: int) -> PersonRef:
    """The key under which one order's personal data can be found, and erased."""
    return PersonRef(_time_ordered("per", at, entropy))


def request_id(at: datetime, entropy: int) -> RequestId:
    """The key of one request to the outside world; a retry keeps it."""
    return RequestId(_time_ordered("req", at, entropy))


def _check_character(body: str) -> str:
    # Luhn mod 32: catches every single wrong character and almost every swap of neighbours.
    total = 0
    for position, character in enumerate(reversed(body)):
        value = _READABLE.index(character) * (2 if position % 2 == 0 else 1)
        total += value // 32 + value % 32
    return _READABLE[-total % 32]


def reference(entropy: int) -> Reference:
    """
    A number for people: 45 random bits in nine readable characters and a check character.

    >>> reference(123456789)
    '222-5PR-MAP3'
    """
    body = "".join(_READABLE[entropy >> shift & 31] for shift in range(5 * (_BODY - 1), -1, -5))
    whole = body + _check_character(body)
    return Reference(f"{whole[:3]}-{whole[3:6]}-{whole[6:]}")


def new_code(first: int, second: int) -> str:
    """
    A code that nobody guesses, of 130 bits out of two draws of 80, in letters that are not mistaken for each other.

    >>> new_code(0, 31)
    '22222-22222-22222-22222-22222Z'
    """
    mask = (1 << _RANDOM_BITS) - 1
    drawn = (first & mask) << _RANDOM_BITS | second & mask
    letters = "".join(_READABLE[drawn >> 5 * place & 31] for place in reversed(range(sum(_GROUPS))))
    ends = [*accumulate(_GROUPS)]
    return "-".join(letters[end - length : end] for end, length in zip(ends, _GROUPS, strict=True))


def canonical_reference(text: Any) -> Reference:
    """
    What somebody typed or read out, as the reference it means: case, spaces and dashes do not matter.

    Raises:
        InvalidInputError: wrong length, a character that no reference has, or a wrong check character.
    """
    typed = re.sub(r"[\s-]", "", text) if isinstance(text, str) and len(text) <= _LONGEST_TYPED else ""
    letters = typed.upper() if typed.isascii() else ""
    if len(letters) != _BODY + 1 or any(letter not in _READABLE for letter in letters):
        shown = repr(text[:_LONGEST_TYPED]) if isinstance(text, str) else type(text).__name__
        raise InvalidInputError("reference", f"{shown} is not an order reference such as '222-5PR-MAP3'")
    if _check_character(letters[:-1]) != letters[-1]:
        raise InvalidInputError("reference", f"{text!r} has a mistyped character: its check character does not match")
    return Reference(f"{letters[:3]}-{letters[3:6]}-{letters[6:]}")


def code(value: Any, path: str) -> str:
    """
    A host's code (SKU, line, external number, method): 1 to 64 printable ASCII characters, no outer spaces.

    Raises:
        InvalidInputError: empty, too long, or with control, bidi, zero-width or other non-ASCII characters.
    """
    if isinstance(value, str) and _CODE.fullmatch(value):
        return value
    raise InvalidInputError(path, f"expected 1 to 64 printable ASCII characters, got {_fault(value)}")


def location(value: Any, path: str) -> str:
    """
    The code of a location in which stock lies: 1 to 24 letters, digits, dots, dashes and underscores.

    Raises:
        InvalidInputError: anything else.
    """
    if isinstance(value, str) and _LOCATION.fullmatch(value):
        return value
    shown = f"{len(value)} characters" if isinstance(value, str) else type(value).__name__
    raise InvalidInputError(path, f"expected 1 to 24 letters, digits, dots, dashes and underscores, got {shown}")


def _fault(value: Any) -> str:
    """What is wrong with a code, and nothing more of it: people write names and e-mail addresses anywhere."""
    if not isinstance(value, str):
        return type(value).__name__
    if not 1 <= len(value) <= _LONGEST_CODE:
        return f"{len(value)}"
    place = next((place for place, sign in enumerate(value) if not "\x20" <= sign <= "\x7e"), None)
    return "a space at an end" if place is None else f"{value[place]!a} as number {place + 1}"
