"""
Whether a value is what its class says, all the way down: annotations stop nobody while a program runs.

Constructors check what only they know (ranges, characters); this is asked once, at the door, for everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs

from .errors import InvalidInputError
from .money import Money
from .quantities import Quantities

__all__ = ("UNLESS_DEFAULT", "check_kinds")

UNLESS_DEFAULT = {"unless_default": True}
"""Marks a field that is stored only where it says something: what a shop of one warehouse stores has no location."""

_WRITTEN = {Money: "Money.parse('29.35', 'PLN')", Quantities: "Quantities({'1': 2})"}
_CHECKED = (Money, Quantities)  # their constructors leave nothing to ask


def check_kinds(value: Any) -> None:
    """
    Refuse a value of which a field, or a field of a part, is of another kind than its annotation.

    Raises:
        InvalidInputError: ``path`` leads to the field.
    """
    kind: type[attrs.AttrsInstance] = type(value)
    for name, hint in _hints(kind):
        part = getattr(value, name)
        if type(part) not in hint.simple:
            try:
                hint.check(part)
            except InvalidInputError as error:
                raise error.under(name) from None


@attrs.frozen
class _Hint:
    """An annotation: values of exactly a *simple* kind are right, all others are for *check* to judge."""

    check: Callable[[Any], None]
    simple: frozenset[Any] = frozenset()


@cache
def _hints(kind: type[attrs.AttrsInstance]) -> tuple[tuple[str, _Hint], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, _hint(hints[field.name])) for field in attrs.fields(kind))


def _hint(hint: Any) -> _Hint:
    if get_origin(hint) is tuple:
        return _Hint(_items(get_args(hint)))
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    kinds = tuple(get_origin(option) or getattr(option, "__supertype__", option) for option in options)
    expected = " or ".join("None" if kind is type(None) else kind.__name__ for kind in kinds)
    instead = "".join(f"; write {_WRITTEN[kind]}" for kind in kinds if kind in _WRITTEN)
    of_parts = any(attrs.has(kind) and kind not in _CHECKED for kind in kinds)

    def check(value: Any) -> None:
        kind = type(value)
        if kind not in kinds and (kind is bool or not isinstance(value, kinds)):
            raise InvalidInputError("", f"expected {expected}, got {kind.__name__}{instead}")
        if of_parts and value is not None:
            check_kinds(value)

    return _Hint(check, frozenset({type(None)} & {*kinds} if of_parts else kinds))


def _items(hints: tuple[Any, ...]) -> Callable[[Any], None]:
    items = [_hint(hint) for hint in hints if hint is not ...]
    length = None if ... in hints else len(hints)

    def check(values: Any) -> None:
        if type(values) is not tuple or (length is not None and len(values) != length):
            wanted = "a tuple" if length is None else f"a tuple of {length}"
            raise InvalidInputError("", f"expected {wanted}, got {type(values).__name__}")
        for index, value in enumerate(values):
            hint = items[index if length else 0]
            if type(value) not in hint.simple:
                try:
                    hint.check(value)
                except InvalidInputError as error:
                    raise error.under(f"[{index}]") from None

    return check
