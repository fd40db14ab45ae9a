"""
Personal data of one order: kept in one erasable record, never in an event.

Constructors refuse what nobody should store (control and direction-override characters, endless text). Whether the
data is good enough to deliver and invoice is another question, with an answer of its own: see ``check_contact`` and
``check_address``. A ``repr`` shows none of it, so that no log does.
"""

from __future__ import annotations

from typing import Any

import attrs

from .._sequence import sequence
from ..errors import InvalidInputError
from ..texts import LONGEST_NOTE, country_code, human_text

MOST_NOTES = 100
_LINE_BREAKS = frozenset("\n\u2028\u2029")


def _single_line(value: Any, path: str) -> str:
    if value == "":
        return ""
    if not _LINE_BREAKS.isdisjoint(human_text(value, path)):
        raise InvalidInputError(path, "line breaks are not accepted")
    return str(value)


@attrs.frozen(kw_only=True)
class Contact:
    """Whom to reach, and how. The name may be empty where an order comes from elsewhere without one."""

    name: str = attrs.field(repr=False)
    email: str | None = attrs.field(default=None, repr=False)
    phone: str | None = attrs.field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        _single_line(self.name, "name")
        for path in ("email", "phone"):
            if getattr(self, path) is not None:
                human_text(_single_line(getattr(self, path), path), path)


@attrs.frozen(kw_only=True)
class Address:
    """A postal address; ``country`` is ISO 3166 alpha-2 in capitals, ``line2`` and ``region`` only where used."""

    name: str = attrs.field(repr=False)
    street: str = attrs.field(repr=False)
    city: str = attrs.field(repr=False)
    postal_code: str = attrs.field(repr=False)
    country: str = attrs.field(validator=lambda _, __, value: country_code(value) and None)
    line2: str = attrs.field(default="", repr=False)
    region: str = attrs.field(default="", repr=False)
    company: str = attrs.field(default="", repr=False)

    def __attrs_post_init__(self) -> None:
        for path in ("name", "street", "city", "postal_code", "line2", "region", "company"):
            _single_line(getattr(self, path), path)


def _notes(values: Any) -> tuple[str, ...]:
    notes = sequence(values, "notes")
    if len(notes) > MOST_NOTES:
        raise InvalidInputError("notes", f"at most {MOST_NOTES} notes, got {len(notes)}")
    return tuple(human_text(note, f"notes[{index}]", LONGEST_NOTE) for index, note in enumerate(notes))


@attrs.frozen(kw_only=True)
class Person:
    """Everything personal about one order; ``notes`` may name people too, so they live here."""

    contact: Contact
    delivery: Address | None = None
    billing: Address | None = None
    tax_number: str | None = attrs.field(default=None, repr=False)
    notes: tuple[str, ...] = attrs.field(default=(), converter=_notes, repr=False)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.contact, Contact):
            raise InvalidInputError("contact", "expected a Contact")
        for path in ("delivery", "billing"):
            if not isinstance(getattr(self, path), Address | None):
                raise InvalidInputError(path, "expected an Address or None")
        if self.tax_number is not None:
            human_text(_single_line(self.tax_number, "tax_number"), "tax_number")
