"""Events and people to their stored form and back: the hot path of every command."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias, cast

from cattrs import Converter

from .. import coupons, giftcards, loyalty, stock, workflows
from ..errors import InvalidInputError, UnknownEventError
from ..people import Person
from ._json import decode, encode
from ._strict import reader, strict_converter

Event: TypeAlias = workflows.Event | stock.ItemEvent | coupons.ItemEvent | loyalty.ItemEvent | giftcards.Event
"""Everything that can be stored: the events of orders, and those of stock items, campaigns, members and cards."""

PERSON_FORMAT = "person/1"
_KINDS = {name: kind for kind, name in workflows.wire_names.items()}


@cache
def _converter(detailed: bool) -> Converter:
    return strict_converter(detailed=detailed)


@cache
def _writer(kind: type) -> tuple[str, Callable[[Any], Any]]:
    name = workflows.wire_names.get(kind)
    if name is None:
        raise UnknownEventError(f"{kind.__name__} is not an event of any concept")
    return name, _converter(False).get_unstructure_hook(kind)


@cache
def _reader(kind: type) -> Callable[[Any], Any]:
    return reader(kind, _converter)


def dump(event: Event) -> tuple[str, str]:
    """
    The event's name in storage and its JSON.

    Raises:
        UnknownEventError: not an event of any concept.
    """
    kind: type = type(event)
    name, plain = _writer(kind)
    return name, encode(plain(event))


def load(name: str, payload: str) -> Event:
    """
    The event that :func:`dump` wrote.

    Raises:
        UnknownEventError: a name or version that this release does not know.
        InvalidInputError: the payload is not exactly what the event's class says; ``path`` leads to the place.
    """
    kind = _KINDS.get(name)
    if kind is None:
        raise UnknownEventError(f"{name[:64]!r} is not the name of an event that this release knows")
    return cast(Event, _reader(kind)(decode(payload, "payload")))


def dump_person(person: Person) -> str:
    """A person's record as JSON, for the store's erasable place."""
    return encode({"format": PERSON_FORMAT, **_converter(False).unstructure(person)})


def load_person(record: str) -> Person:
    """
    The person that :func:`dump_person` wrote.

    Raises:
        InvalidInputError: the record is not exactly what the class says, or of another format.
    """
    value = decode(record, "person")
    if isinstance(value, dict) and value.pop("format", None) != PERSON_FORMAT:
        raise InvalidInputError("format", f"expected {PERSON_FORMAT!r}")
    return cast(Person, _reader(Person)(value))
