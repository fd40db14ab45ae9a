"""Stored events and people: what is written is read back, and nothing else is read."""

from __future__ import annotations

import json
import string
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import (
    Money,
    coupons,
    giftcards,
    loyalty,
    orders,
    payments,
    people,
    returns,
    shipping,
    stock,
    wire,
    workflows,
)
from orderflow.errors import InvalidInputError, OrderflowError, UnknownEventError
from orderflow.testing import strategies

CONCEPTS = (coupons, giftcards, loyalty, orders, payments, people, returns, shipping, stock)
KINDS = sorted(workflows.wire_names, key=lambda kind: workflows.wire_names[kind])
AT = "2026-11-22T12:00:00Z"
CANCELLED = {"quantities": {"1": 2}, "credit": [1999, "PLN"], "cause": "customer", "at": AT}
GOLDEN = Path(__file__).with_name("golden")


def plain_json():
    """Whatever JSON can say, with the constants that Python adds to it."""
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    return st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)


def places(value, path=()):
    """The paths to all parts of a plain value, itself included."""
    yield path
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))


def replaced(value, path, part):
    """*value* with *part* in the place that *path* leads to."""
    if not path:
        return part
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], part)
    return copy


@pytest.mark.parametrize("kind", KINDS, ids=workflows.wire_names.get)
@given(data=st.data())
def test_every_event_comes_back_as_it_was(kind, data):
    """Dump and load are inverse in both directions, types included."""
    event = data.draw(strategies.values(kind))
    name, payload = wire.dump(event)
    loaded = wire.load(name, payload)
    assert loaded == event
    assert repr(loaded) == repr(event)
    assert wire.dump(loaded) == (name, payload)


@given(strategies.people())
def test_every_person_comes_back_as_it_was(person):
    """Dump and load are inverse for the erasable record too."""
    assert wire.load_person(wire.dump_person(person)) == person


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda concept: concept.__name__)
@given(data=st.data())
def test_a_part_of_another_kind_is_refused_with_its_place(concept, data):
    """Whatever stands in a place, the answer is an event that writes itself so, or an error of ours."""
    event = data.draw(strategies.events(concept))
    name, payload = wire.dump(event)
    value = json.loads(payload)
    path = data.draw(st.sampled_from(list(places(value))))
    hostile = json.dumps(replaced(value, path, data.draw(plain_json())))
    try:
        loaded = wire.load(name, hostile)
    except InvalidInputError as error:
        refused = error.path
    else:
        assert wire.load(*wire.dump(loaded)) == loaded
        return
    assert not path or refused.startswith(str(path[0]))


@given(name=st.sampled_from(sorted(workflows.wire_names.values())), payload=st.text() | plain_json().map(json.dumps))
def test_any_text_is_an_event_or_an_error_of_ours(name, payload):
    """Nothing but OrderflowError comes out of hostile text."""
    try:
        wire.load(name, payload)
    except OrderflowError:
        return
    assert isinstance(json.loads(payload), dict)


@given(plain_json().map(json.dumps) | st.text())
def test_any_text_is_no_person(record):
    """A person's record names its format; nothing else passes."""
    with pytest.raises(InvalidInputError):
        wire.load_person(record)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"at": None}, "at"),
        ({"at": "2026-11-22T12:00:00"}, "at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"at": 1795348800}, "at"),
        ({"cause": 1}, "cause"),
        ({"credit": [19.99, "PLN"]}, "credit[0]"),
        ({"credit": [True, "PLN"]}, "credit[0]"),
        ({"credit": [float("nan"), "PLN"]}, "credit[0]"),
        ({"credit": ["1999", "PLN"]}, "credit[0]"),
        ({"credit": [1999, None]}, "credit[1]"),
        ({"credit": [1999]}, "credit"),
        ({"credit": 1999}, "credit"),
        ({"credit": "19.99"}, "credit"),
        ({"quantities": {"1": True}}, "quantities.1"),
        ({"quantities": {"1": 0}}, "quantities.1"),
        ({"quantities": {"1": 1.0}}, "quantities.1"),
        ({"quantities": [["1", 1]]}, "quantities"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_malformed_payload_is_refused_with_its_place(change, path):
    """The path leads to the part that is wrong."""
    with pytest.raises(InvalidInputError) as refused:
        wire.load("order.lines_cancelled.v1", json.dumps(CANCELLED | change))
    assert refused.value.path == path


@pytest.mark.parametrize("kind", KINDS, ids=workflows.wire_names.get)
def test_no_field_of_an_event_may_be_missing(kind):
    """Fields with a default are written and have to be there, but for those that say something in few shops only."""
    name = workflows.wire_names[kind]
    value = json.loads((GOLDEN / f"{name}.json").read_text())
    left_out = [field.name for field in attrs.fields(kind) if field.metadata.get("unless_default")]
    of_few = {
        "disposition",
        "left_out",
        "location",
        "lots",
        "restock_as",
        "sold_as",
        "wait",
        "write_off_as",
        "write_off_lots",
    }
    assert {*left_out} <= of_few
    required = [field.name for field in attrs.fields(kind) if field.name not in left_out]
    assert list(value) == [*required, *left_out]
    for field in required:
        with pytest.raises(InvalidInputError, match="is missing") as refused:
            wire.load(name, json.dumps({key: part for key, part in value.items() if key != field}))
        assert refused.value.path == field


@pytest.mark.parametrize(
    ("field", "value"), [("quantity", "2"), ("quantity", True), ("quantity", 0), ("sku", ""), ("tracked", 1)]
)
def test_a_path_leads_into_lists_of_objects(field, value):
    """``lines[1].quantity`` is the second line's quantity."""
    placed = json.loads((GOLDEN / "order.placed.v1.json").read_text())
    placed["lines"][1][field] = value
    with pytest.raises(InvalidInputError) as refused:
        wire.load("order.placed.v1", json.dumps(placed))
    assert refused.value.path == f"lines[1].{field}"


def test_what_is_not_there_is_written_as_null():
    """An absent value is said, not left out."""
    held = '{"quantities":{},"backordered":{},"until":null,"at":"2026-11-22T12:00:00Z"}'
    assert wire.load("stock.held.v1", held).until is None
    assert wire.dump(wire.load("stock.held.v1", held)) == ("stock.held.v1", held)


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ("", "payload"),
        ("{", "payload"),
        ("[" * 100_000, "payload"),
        ("9" * 5000, "payload"),
        (f'{{"at":"{AT}","at":"{AT}"}}', "at"),
    ],
)
def test_what_is_not_plain_json_is_refused(payload, path):
    """Broken, endless and doubled text has a place too."""
    with pytest.raises(InvalidInputError) as refused:
        wire.load("order.confirmed.v1", payload)
    assert refused.value.path == path


@pytest.mark.parametrize("name", ["order.placed.v2", "order.placed", "OrderPlaced", "", "x" * 1000])
def test_an_unknown_name_or_version_is_refused(name):
    """It is not guessed what a newer release may have meant."""
    with pytest.raises(UnknownEventError) as refused:
        wire.load(name, "{}")
    assert len(str(refused.value)) < 200


def test_only_events_are_written():
    """A value that belongs to no concept has no name in storage."""
    with pytest.raises(UnknownEventError, match="Money"):
        wire.dump(Money.zero("PLN"))


def test_a_payload_is_ascii_without_spaces():
    """It survives every encoding between here and the disk."""
    written = wire.dump_person(people.Person(contact=people.Contact(name="Zażółć")))
    assert written.isascii()
    assert not set(written) & set(string.whitespace)


def test_a_moment_is_written_in_utc():
    """Another zone's moment is the same instant."""
    assert wire.dump(wire.load("order.confirmed.v1", '{"at":"2026-11-22T13:00:00+01:00"}'))[1] == f'{{"at":"{AT}"}}'
