"""
The public surface, name by name, is written down in ``public_surface.txt``: every change of it shows in a review.

Write it anew with ``python tests/project/test_public_surface.py``, and read the difference before you commit it.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

import orderflow

SNAPSHOT = Path(__file__).with_name("public_surface.txt")
EXTRAS = (
    "email_validator",
    "getpaid",
    "holidays",
    "hypothesis",
    "phonenumbers",
    "psycopg",
    "rich",
    "sendparcel",
    "sqlalchemy",
)


def module_names() -> Iterator[str]:
    """Every module without an underscore anywhere in its path."""
    yield "orderflow"
    for found in pkgutil.walk_packages(orderflow.__path__, "orderflow.", onerror=lambda _: None):
        if "._" not in found.name:  # __main__ neither: it runs
            yield found.name


def public_module(name: str) -> ModuleType | None:
    """The module; None where it belongs to an extra that is not installed here."""
    if name == "orderflow.adapters.sql" and not find_spec("sqlalchemy"):
        return None  # pytest leaves half of it among the modules, from looking for doctests in it
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith(EXTRAS):
            return None
        raise


def signature(thing: Any) -> str:
    """How it is called, in the words of its definition."""
    try:
        return str(inspect.signature(thing))
    except (TypeError, ValueError):
        return "(...)"


def members(cls: type) -> Iterator[str]:
    """What a class itself adds: its members, methods and properties, not those it inherits."""
    if issubclass(cls, enum.Enum):
        yield from (f"    {member.name} = {member.value!r}" for member in cls)
    for name, member in sorted(vars(cls).items()):
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if name.startswith("_"):
            continue
        if isinstance(function, property):
            yield f"    {name}: property"
        elif inspect.isfunction(function):
            yield f"    {name}{signature(function)}"


def lines(name: str, thing: Any) -> Iterator[str]:
    """One public name and what it promises."""
    if inspect.ismodule(thing):
        yield f"  module {name}"
    elif inspect.isclass(thing):
        bases = ", ".join(base.__name__ for base in thing.__bases__ if base is not object)
        plain = issubclass(thing, enum.Enum | Exception) or getattr(thing, "_is_protocol", False)
        yield f"  class {name}" + (f"({bases})" if plain else signature(thing))
        yield from (f"  {line}" for line in members(thing))
    elif inspect.isfunction(thing):
        yield f"  def {name}{signature(thing)}"
    else:
        yield f"  {name}: {'union' if get_args(thing) else type(thing).__name__}"


def public_names(module: ModuleType) -> tuple[str, ...]:
    """What the module lists; where it lists nothing, what it defines without an underscore."""
    defined = (name for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__)
    return getattr(module, "__all__", None) or tuple(name for name in defined if not name.startswith("_"))


def surface(module: ModuleType) -> str:
    """A module's section of the snapshot."""
    entries = (line for name in sorted(public_names(module)) for line in lines(name, getattr(module, name)))
    return "\n".join([module.__name__, *entries])


def snapshot() -> dict[str, str]:
    """The sections that are written down, by module."""
    text = SNAPSHOT.read_text("utf-8") if SNAPSHOT.exists() else ""
    return {section.split("\n", 1)[0]: section for section in text.rstrip("\n").split("\n\n") if section}


@pytest.mark.parametrize("name", tuple(module_names()))
def test_a_public_module_is_as_written_down(name):
    """Names, signatures and members are those of the snapshot."""
    module = public_module(name)
    if module is None:
        pytest.skip("its extra is not installed")
    assert isinstance(public_names(module), tuple), "__all__ is a tuple, so that nobody appends to it"
    assert surface(module).splitlines() == snapshot().get(name, "").splitlines(), (
        "write it anew: see the top of this file"
    )


def test_nothing_is_written_down_that_is_gone():
    """A removed module leaves the snapshot too."""
    assert set(snapshot()) <= set(module_names())


def main() -> None:
    """Write the snapshot; a module whose extra is missing here keeps its section."""
    kept = snapshot()
    sections = []
    for name in module_names():
        module = public_module(name)
        sections.append(kept.get(name, "") if module is None else surface(module))
    SNAPSHOT.write_text("\n\n".join(filter(None, sections)) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
