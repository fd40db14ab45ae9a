"""Documents made to break the reader: a typed error with a path, quickly, and never an order."""

from __future__ import annotations

import copy
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.hostile.attacks import BAD_CODES, BAD_TEXTS, HUGE, shown

from orderflow import InvalidInputError, wire

ORDER: dict[str, Any] = json.loads(
    """{
    "format": "order/1", "currency": "PLN", "delivery_method": "courier", "payment_method": "transfer",
    "lines": [{"line": "1", "sku": "MUG", "name": "Mug", "quantity": 2, "unit_price": "19.99",
               "vat": {"percent": "23", "code": "standard"}, "price_includes_vat": true, "weight_grams": 300,
               "not_withdrawable": null, "backorder": false, "tracked": true}],
    "contact": {"name": "Ala Kot", "email": "ala@example.com", "phone": "600100200"},
    "target": {"kind": "address", "address": {"name": "Ala Kot", "street": "Prosta 1", "city": "Warszawa",
               "postal_code": "00-001", "country": "PL", "line2": "", "region": "", "company": ""}},
    "source": "shop", "customer": "c-1", "buyer": "consumer", "invoice_requested": false, "tax_number": "5261040828",
    "numbers": {"erp": "7"},
    "evidence": [{"kind": "terms", "version": "1", "at": "2026-11-02T09:00:00Z", "text": "ok"}],
    "notes": ["ring twice"], "tags": ["gift"], "extras": {"utm": "mail"}, "seen_total": "54.97", "language": "pl",
    "reference": "2026/1", "billing": null
}"""
)
# ruff: noqa: PT017 - what an error says is looked at where it is caught: hundreds are, in one test
PLAIN = (None, True, False, 0, -1, 1.5, 10**5000, "", [], [[]], [None], {}, {"a": None}, {"a": {}}, [{}], "1e5", HUGE)
MONEY = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e3",
    "1_000",
    "\u0661",
    "1,00",
    " 1",
    "+1",
    "0x1",
    "1.",
    ".5",
    "",
    "-",
    "9" * 16,
)
QUANTITIES = (-1, 0, 1.0, 0.5, True, "1", 10**6 + 1, 2**63, 10**5000, float("nan"), float("inf"), None, [1])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something can be put instead of what is there."""
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(part, (*path, key))


def with_changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The order with something else in one place."""
    order = copy.deepcopy(ORDER)
    there: Any = order
    for key in path[:-1]:
        there = there[key]
    there[path[-1]] = value
    return order


def problem_of(document: Any) -> str | None:
    """How the reader takes it, in reasonable time: None where it is read."""
    began = time.process_time()
    try:
        wire.load_order(document)
    except InvalidInputError as error:
        assert error.path, error
        assert len(str(error)) < 500
        return error.path
    finally:
        assert time.process_time() - began < 5
    return None


@pytest.mark.parametrize("path", tuple(places(ORDER)), ids=lambda path: ".".join(map(str, path)))
def test_no_place_of_a_document_takes_what_it_should_not(path: tuple[Any, ...]) -> None:
    """Everything of a wrong kind everywhere: refused with its place, or a value that is right there too."""
    for hostile in (*PLAIN, *BAD_CODES):
        refused = problem_of(with_changed(path, hostile))
        if any(hostile is text for text in BAD_TEXTS):
            assert refused, shown(hostile)


@pytest.mark.parametrize(
    "path", [("lines", 0, "line"), ("lines", 0, "sku"), ("delivery_method",), ("tags", 0)], ids=str
)
def test_codes_have_no_characters_that_cannot_be_seen(path: tuple[Any, ...]) -> None:
    """Control, bidirectional, invisible and foreign-digit characters make two codes that look the same."""
    for hostile in BAD_CODES:
        assert problem_of(with_changed(path, hostile)), shown(hostile)


@pytest.mark.parametrize("path", [("lines", 0, "unit_price"), ("seen_total",)], ids=str)
def test_money_is_plain_decimal_text(path: tuple[Any, ...]) -> None:
    """No exponent, float, underscore, foreign digit, not-a-number or infinity."""
    for hostile in (*MONEY, 1, 1.5, float("nan"), float("inf"), True, [], {}):
        assert problem_of(with_changed(path, hostile)), shown(hostile)


def test_quantities_are_whole_numbers_within_bounds() -> None:
    """Negative, zero, fractional, true, huge: all refused."""
    for hostile in QUANTITIES:
        refused = problem_of(with_changed(("lines", 0, "quantity"), hostile))
        assert refused == "lines[0].quantity", shown(hostile)


@pytest.mark.parametrize("currency", ["XXX", "pln", "", "PL", "zł", "PLN\u200b", None, 985, ["PLN"], {}])
def test_a_currency_is_a_known_code(currency: object) -> None:
    """Nothing is read in a currency that nobody knows."""
    assert problem_of(with_changed(("currency",), currency)) == "currency"


@pytest.mark.parametrize(
    "target",
    [
        {"kind": "address"},
        {"kind": "point"},
        {"kind": "point", "point": "W1"},
        {"kind": "shop", "country": "PL"},
        {"kind": "download"},
        {"kind": "download", "country": "PL", "address": {}},
        {"kind": "drone", "country": "PL"},
        {"kind": ["point"]},
        {"country": "PL"},
        {"kind": "point", "point": "W1", "country": "Poland"},
        {"kind": "point", "point": "W\u202e1", "country": "PL"},
        [],
        None,
    ],
)
def test_a_target_has_all_it_needs_and_nothing_else(target: object) -> None:
    """A target without its required fields is refused at its place."""
    assert str(problem_of(with_changed(("target",), target))).startswith("target")


@pytest.mark.parametrize(
    "document",
    [
        "[" * 1_000_000,
        '{"a":' * 200_000,
        '{"lines":' + "[" * 5000 + "]" * 5000 + "}",
        "{" + ",".join(f'"{number}":1' for number in range(100_000)) + ',"99999":2}',
        '{"format":"order/1","format":"order/1"}',
        '{"a":' + "9" * 1_000_000 + "}",
        '{"a":1e999999}',
        json.dumps({**ORDER, "notes": [HUGE]}),
        json.dumps(ORDER).replace('"MUG"', '"\\ud800"'),
        json.dumps(ORDER).replace('"quantity": 2', '"quantity": 2, "quantity": 1'),
        json.dumps(ORDER).replace('"quantity": 2', '"quantity": NaN'),
        json.dumps(ORDER).encode("utf-16"),
        b"\xff\xfe\x00",
        b"\xef\xbb\xbf",
        "\ud800",
        "",
        "null",
        b"",
        bytearray(b"{}"),
        None,
        7,
        [],
        object(),
        json.dumps({**ORDER, "lines": ORDER["lines"] * 1001}),
        {**ORDER, "lines": ORDER["lines"] * 10_000},
        {**ORDER, None: 1},
        {**ORDER, 10**5000: 1},
        {**ORDER, HUGE: 1},
        {**ORDER, "extras": {str(number): "x" for number in range(10_000)}},
        {**ORDER, "extras": {None: "x"}},
        {**ORDER, "extras": {10**5000: "x"}},
        {**ORDER, "contact": {10**5000: "x", **ORDER["contact"]}},
        {**ORDER, "extras": {HUGE: "x"}},
        {**ORDER, "tags": ["gift"] * 10_000},
        {**ORDER, "evidence": ORDER["evidence"] * 10_000},
    ],
    ids=lambda document: re.sub(" at 0x[0-9a-f]+", "", shown(document))[:40].replace("[", "(").replace("]", ")"),
)
def test_a_document_that_is_too_much_is_refused_quickly(document: Any) -> None:
    """Ten megabytes, endless nesting, repeated keys, half characters, ten thousand lines: refused in no time."""
    assert problem_of(document) is not None


def test_a_mapping_that_lies_is_refused() -> None:
    """What calls itself an object, and nests into itself."""
    circle: dict[str, Any] = dict(ORDER)
    circle["contact"] = circle
    assert str(problem_of(circle)).startswith("contact.")
