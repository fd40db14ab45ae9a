"""The published JSON Schemas: what a reader accepts is valid, and what is unknown is refused by both."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from tests.wire.test_baskets import BASKET, SHORTEST, documents
from tests.wire.test_promotions import EXAMPLES, ONE, promotion_with

from orderflow import wire
from orderflow.errors import InvalidInputError
from orderflow.pricing import quote
from orderflow.testing import strategies

jsonschema = pytest.importorskip("jsonschema")

NAMES = ("promotion", "promotions", "basket", "quote")
SCHEMAS = {name: jsonschema.Draft202012Validator(wire.json_schema(name)) for name in NAMES}
LOADERS = {"promotion": wire.load_promotion, "promotions": wire.load_promotions, "basket": wire.load_basket}


def valid(name: str, document: Any) -> bool:
    return bool(SCHEMAS[name].is_valid(document))


def accepted(name: str, document: Any) -> bool:
    try:
        LOADERS[name](document)
    except InvalidInputError:
        return False
    return True


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within the document that has keys of ours: not those that map names or currencies."""
    if isinstance(value, dict):
        if not value or not all(isinstance(part, str) and len(key) == 3 for key, part in value.items()):
            yield value
        for key, part in value.items():
            if key not in ("data", "known"):
                yield from objects(part)
    elif isinstance(value, list):
        for part in value:
            yield from objects(part)


def document_with(example: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(wire.dump_promotion(promotion_with(example)))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one(name):
    """It is valid by the meta-schema of its draft, and the same each time."""
    jsonschema.Draft202012Validator.check_schema(wire.json_schema(name))
    assert wire.json_schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert wire.json_schema(name) == wire.json_schema(name)


def test_there_are_no_others():
    """A name that is none is refused."""
    with pytest.raises(InvalidInputError) as refused:
        wire.json_schema("invoice")
    assert refused.value.path == "document"


@given(strategies.promotion_sets())
def test_promotions_that_are_written_are_valid(promotions):
    """All of a shop, whatever their kinds."""
    assert valid("promotions", json.loads(wire.dump_promotions(promotions)))


@given(documents())
def test_baskets_and_their_quotes_are_valid(document):
    """What goes in, and what comes out: a price, or why there is none."""
    assert valid("basket", json.loads(wire.dump_basket(document)))
    answer = quote(document.basket, document.tariff, document.promotions, document.policy)
    assert valid("quote", json.loads(wire.dump_quote(answer)))


@pytest.mark.parametrize(
    ("name", "document"),
    [("promotion", ONE), ("promotions", {"format": "promotions/1"}), ("basket", SHORTEST), ("basket", BASKET)],
)
def test_what_is_left_out_may_be_left_out(name, document):
    """The shortest documents are valid as they are accepted."""
    assert valid(name, document)
    assert accepted(name, document)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_an_unknown_key_or_kind_is_refused_by_both(example):
    """In every object of a promotion of every kind."""
    document = document_with(example)
    assert valid("promotion", document)
    assert accepted("promotion", document)
    for place in range(len([*objects(document)])):
        changed = copy.deepcopy(document)
        there = [*objects(changed)][place]
        there["surprise"] = 1
        assert not valid("promotion", changed)
        assert not accepted("promotion", changed)
        if "kind" in there:
            del there["surprise"]
            there["kind"] = "unheard_of"
            assert not valid("promotion", changed)
            assert not accepted("promotion", changed)


@pytest.mark.parametrize("place", range(len([*objects(BASKET)])))
def test_an_unknown_key_of_a_basket_is_refused_by_both(place):
    """In every object of a basket."""
    changed = copy.deepcopy(BASKET)
    [*objects(changed)][place]["surprise"] = 1
    assert not valid("basket", changed)
    assert not accepted("basket", changed)


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("promotion", ONE | {"format": "promotion/2"}),
        ("promotion", {"format": "promotion/1"}),
        ("promotion", ONE | {"benefit": {"kind": "order_percent"}}),
        ("promotion", ONE | {"benefit": {"kind": "order_percent", "percent": 10}}),
        ("promotion", ONE | {"benefit": {"kind": "order_amount", "amount": {"PLN": 5}}}),
        ("promotion", ONE | {"benefit": {"kind": "order_amount", "amount": {"zł": "5"}}}),
        ("promotion", ONE | {"priority": "high"}),
        ("promotion", ONE | {"priority": 1.5}),
        ("promotions", {"format": "promotions/1", "stacking": "sum"}),
        ("promotions", {"format": "promotions/1", "promotions": [ONE]}),
        ("promotions", {"promotions": []}),
        ("basket", {"lines": []}),
        ("basket", SHORTEST | {"lines": [{"sku": "MUG", "quantity": 1}]}),
        ("basket", SHORTEST | {"lines": [{"sku": "MUG", "quantity": 1, "unit_price": 1.5}]}),
        ("basket", SHORTEST | {"money": {"rounding": "up"}}),
    ],
)
def test_what_is_wrong_by_its_form_is_refused_by_both(name, document):
    """Missing keys, wrong types, numbers where there should be text."""
    assert not valid(name, document)
    assert not accepted(name, document)
