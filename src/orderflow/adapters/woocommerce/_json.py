"""JSON as WooCommerce writes it, bounded, and without a float anywhere."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from ...errors import InvalidInputError

LARGEST_FILE = 10 << 20
"""In bytes."""
LARGEST_DOCUMENT = 1 << 20
"""Of one order or refund, in characters."""
_LONGEST_NUMBER = 18


class Number(str):
    """A JSON number that is no short whole number, as it was written: never an amount, which is given as text."""

    __slots__ = ()


def _whole(text: str) -> int | Number:
    return int(text) if len(text) <= _LONGEST_NUMBER else Number(text)


def _constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)[:64]!r} is given twice")
    return found


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Number, parse_int=_whole, parse_constant=_constant
).decode


def parse(data: bytes | str) -> Any:
    """
    The plain value, with every fraction as a :class:`Number`.

    Raises:
        InvalidInputError: larger than :data:`LARGEST_FILE`, not UTF-8, not JSON, nested beyond measure, or an object
            in which a key is given twice. The path is empty: it is the file as a whole.
    """
    if not isinstance(data, bytes | str):
        raise InvalidInputError("", f"expected JSON as bytes or text, got {type(data).__name__}")
    if len(data) > LARGEST_FILE:
        raise InvalidInputError("", f"a file has at most {LARGEST_FILE} bytes, got {len(data)}")
    try:
        return _decode(data if isinstance(data, str) else data.decode("utf-8-sig"))
    except RecursionError:
        raise InvalidInputError("", "is nested too deeply") from None
    except UnicodeDecodeError:
        raise InvalidInputError("", "is not UTF-8") from None
    except ValueError as error:
        raise InvalidInputError("", f"is not JSON: {error}") from None


def is_too_large(document: Any) -> bool:
    """Whether one document, written out, goes beyond :data:`LARGEST_DOCUMENT`."""
    return sum(map(len, json.JSONEncoder(check_circular=False, default=str).iterencode(document))) > LARGEST_DOCUMENT
