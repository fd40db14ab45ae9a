"""What hosts give as a list, a tuple or anything else to go through."""

from __future__ import annotations

from typing import Any

from .errors import InvalidInputError

__all__ = ("sequence",)


def sequence(values: Any, path: str) -> tuple[Any, ...]:
    """
    *values* as a tuple.

    Raises:
        InvalidInputError: text, bytes, or nothing that can be gone through.
    """
    try:
        if not isinstance(values, str | bytes):
            return tuple(values)
    except TypeError:
        pass
    raise InvalidInputError(path, f"expected a list or tuple, got {type(values).__name__}")
