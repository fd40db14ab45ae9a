"""
What stored events look like, byte for byte: one file per event, written once and never changed.

A file that differs means that orders in somebody's store cannot be read any more. Keep the file and take the change
back, or give the changed event a new name or version beside the old one. After adding an event write its file with
``python tests/wire/test_golden.py``, which leaves those that exist alone.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import count
from pathlib import Path
from types import NoneType, UnionType
from typing import get_args, get_origin

import attrs
import pytest

from orderflow import wire, workflows
from orderflow.money import Money
from orderflow.pricing import Outcome, Outcomes, QuotedLine, QuotedLines, Share, VatRate
from orderflow.quantities import Quantities

GOLDEN = Path(__file__).with_name("golden")
KINDS = {name: kind for kind, name in workflows.wire_names.items()}


def example(kind):
    """The fixed example of a class: every part is there, and no two are equal."""
    return _build(kind, count(1))


def _build(kind, numbers):
    if kind is VatRate:
        return VatRate(next(numbers), f"rate-{next(numbers)}")
    if kind is Share:
        return Share(*(next(numbers) for _ in range(6)))
    fields = attrs.fields(attrs.resolve_types(kind))
    return kind(**{field.alias: _part(field, numbers) for field in fields})


def _part(field, numbers):
    value = _value(field.name, field.type, numbers)
    is_written = not field.metadata.get("unless_default") or value != field.default
    return value if is_written else _value(field.name, field.type, numbers)


def _value(name, kind, numbers):
    if hasattr(kind, "__supertype__"):
        kind = kind.__supertype__
    if get_origin(kind) is UnionType and NoneType in get_args(kind):
        kind = next(choice for choice in get_args(kind) if choice is not NoneType)
    if get_origin(kind) is tuple:
        items = get_args(kind)
        return tuple(_value(name, item, numbers) for item in (items[:1] * 2 if items[1:] == (...,) else items))
    if kind is QuotedLines:
        return QuotedLines(_value(name, tuple[QuotedLine, ...], numbers))
    if kind is Outcomes:
        return Outcomes(_value(name, tuple[Outcome, ...], numbers))
    if get_origin(kind) is UnionType:
        return _value(name, get_args(kind)[0], numbers)
    number = next(numbers)
    if kind is str:
        return "PL" if name == "country" else f"{name}-{number} ż" if name == "name" else f"{name}-{number}"
    if kind is int:
        return number % 100 if name == "minimum_age" else number
    if kind is bool:
        return number % 2 == 0
    if kind is datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC) + timedelta(seconds=number, microseconds=number % 2 * 123)
    if kind is date:
        return date(2026, 11, 22) + timedelta(days=number)
    if kind is Money:
        return Money(100 * number, "PLN")
    if kind is Quantities:
        return Quantities({f"key-{number}": number, f"key-{number + 1}": 1})
    if issubclass(kind, StrEnum):
        return list(kind)[number % 2]  # so that a further member changes no example
    return _build(kind, numbers)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_an_event_is_written_and_read_as_ever(name):
    """Today's code writes exactly the file, and reads from it exactly what was meant."""
    written = (GOLDEN / f"{name}.json").read_text("ascii")
    event = example(KINDS[name])
    assert wire.dump(event) == (name, written.removesuffix("\n"))
    assert wire.load(name, written) == event


def test_every_file_is_an_event_that_can_be_read():
    """What was ever stored stays readable: no file outlives its event."""
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.json" for name in KINDS}


def main() -> None:
    """Write the files that are missing."""
    for name, kind in KINDS.items():
        path = GOLDEN / f"{name}.json"
        if not path.exists():
            path.write_text(wire.dump(example(kind))[1] + "\n", "ascii")


if __name__ == "__main__":
    sys.exit(main())
