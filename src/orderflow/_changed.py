"""
A frozen value with some fields changed, without asking anything again: what folding does with every event.

``attrs.evolve`` goes through the constructor, which converts and validates every field, the unchanged ones too. What
has happened needs no validation, and a wide state would spend most of its time there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

__all__ = ("changed",)

T = TypeVar("T")

if TYPE_CHECKING:
    from attrs import evolve as changed  # type checkers know the fields of what it is given
else:

    def changed(value: T, /, **changes: object) -> T:
        """
        A copy of *value* with these fields changed; only for values that are already known to be good.

        Raises:
            AttributeError: there is no such field.
        """
        return _copier(type(value))(value, changes)


@cache
def _copier(kind: type[attrs.AttrsInstance]) -> Callable[[Any, dict[str, object]], Any]:
    # A draft has the layout of a frozen class and can be written like any object, many times faster than past its
    # __setattr__; when it is complete it becomes the class itself. The code is written out per class, as attrs does.
    as_object = {name: getattr(object, name) for name in ("__setattr__", "__delattr__")}
    draft = type(f"{kind.__name__}Draft", (kind,), {"__slots__": (), **as_object})
    lines = (
        "def copy(old, changes):",
        "    new = make(draft)",
        *(f"    new.{field.name} = old.{field.name}" for field in attrs.fields(kind)),
        "    for name, value in changes.items():",
        "        setattr(new, name, value)",
        "    new.__class__ = kind",
        "    return new",
    )
    namespace: dict[str, Any] = {"draft": draft, "kind": kind, "make": object.__new__}
    exec("\n".join(lines), namespace)  # noqa: S102 nothing but names of fields goes into it
    copy: Callable[[Any, dict[str, object]], Any] = namespace["copy"]
    return copy
