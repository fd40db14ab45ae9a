"""JSON text to plain values and back, without what Python's json lets pass: repeated keys and endless nesting."""

from __future__ import annotations

import json
from typing import Any

import attrs

from ..errors import InvalidInputError


@attrs.frozen
class Repeated:
    """Stands where an object gave *key* twice: no reader accepts it, and the place is known when it is refused."""

    key: str


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any] | Repeated:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    left = iter(found)  # keys in the order of their first appearance: the first pair out of step is a repetition
    return Repeated(next(key for key, _ in pairs if key != next(left, None)))


_decoder = json.JSONDecoder(object_pairs_hook=_object)
_SPACE = " \t\n\r"
# ASCII only: it survives every encoding between here and the disk.
encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode


def decode(text: str, path: str) -> Any:
    """
    The plain value; floats, NaN and infinities come through as floats, which no reader accepts.

    Raises:
        InvalidInputError: not JSON, or nested beyond all measure.
    """
    try:
        value, end = _decoder.raw_decode(text, len(text) - len(text.lstrip(_SPACE)))
        if rest := text[end:].lstrip(_SPACE):
            raise json.JSONDecodeError("Extra data", text, len(text) - len(rest))
    except RecursionError:
        raise InvalidInputError(path, "is nested too deeply") from None
    except ValueError as error:
        raise InvalidInputError(path, f"is not JSON: {error}") from None
    return value
