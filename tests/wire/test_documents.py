"""Order documents: every order can be said in one, and a malformed one is refused with the place and quickly."""

from __future__ import annotations

import json
import time

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import Money, wire
from orderflow.errors import InvalidInputError
from orderflow.orders import BuyerKind, ToAddress, ToDownload, ToPoint, ToShop
from orderflow.testing import strategies
from orderflow.wire import _documents

LINE = {"line": "1", "sku": "MUG", "name": "Mug", "quantity": 2, "unit_price": "19.99", "vat": {"percent": "23"}}
ORDER = {
    "format": "order/1",
    "currency": "PLN",
    "lines": [LINE, LINE | {"line": "2"}],
    "contact": {"name": "Jan Kowalski", "email": "jan@example.com"},
    "target": {"kind": "point", "point": "WAW01A", "country": "PL"},
    "delivery_method": "locker",
    "payment_method": "blik",
    "numbers": {"allegro": "1234"},
    "seen_total": "79.96",
}
ADDRESS = {"name": "Jan", "street": "Prosta 1", "city": "Warszawa", "postal_code": "00-001", "country": "PL"}


def refusal(document):
    """The error, which has to come within half a second."""
    start = time.process_time()
    with pytest.raises(InvalidInputError) as refused:
        wire.load_order(document)
    assert time.process_time() - start < 5  # what is not bounded takes minutes
    return refused.value


@given(strategies.place_orders())
def test_every_order_comes_back_as_it_was(command):
    """Dump and load are inverse for the whole command."""
    document = wire.dump_order(command)
    loaded = wire.load_order(document)
    assert loaded == command
    assert repr(loaded) == repr(command)
    assert wire.dump_order(loaded) == document


@pytest.mark.parametrize("form", [dict, json.dumps, lambda document: json.dumps(document).encode()])
def test_a_document_is_text_bytes_or_what_a_parser_made_of_it(form):
    """All three say the same; what is left out has its default."""
    command = wire.load_order(form(ORDER))
    assert command.lines[1].unit_price == Money.parse("19.99", "PLN")
    assert command.lines[0].vat.basis_points == 2300
    assert command.seen_total == Money.parse("79.96", "PLN")
    assert command.numbers == (("allegro", "1234"),)
    assert command.buyer is BuyerKind.CONSUMER


def test_the_document_given_is_left_as_it_was():
    """Reading takes nothing out of the caller's object."""
    before = json.dumps(ORDER)
    wire.load_order(ORDER)
    assert json.dumps(ORDER) == before


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ({"kind": "address", "address": ADDRESS}, ToAddress),
        ({"kind": "point", "point": "WAW01A", "country": "PL", "operator": "inpost"}, ToPoint),
        ({"kind": "shop", "shop": "main", "country": "PL"}, ToShop),
        ({"kind": "download", "country": "PL"}, ToDownload),
    ],
)
def test_the_kind_says_what_sort_of_target_it_is(target, kind):
    """Each kind has its own fields."""
    assert type(wire.load_order(ORDER | {"target": target}).target) is kind


@pytest.mark.parametrize("price", [19.99, 19, True, None, "1e3", "19,99", "NaN", "Infinity", "19.999", "-1", " 1", "١"])
def test_an_amount_is_decimal_text_only(price):
    """Floats, exponents, other digits and what is no number are refused; a price is not negative."""
    assert refusal(ORDER | {"lines": [LINE, LINE | {"unit_price": price}]}).path == "lines[1].unit_price"


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity", "1e999", "1E2", "1.0"])
@pytest.mark.parametrize("field", ["quantity", "unit_price", "weight_grams"])
def test_no_float_gets_in_by_text(constant, field):
    """What Python's own parser lets pass is refused where it stands."""
    text = json.dumps(ORDER | {"lines": [LINE | {field: "HERE"}]}).replace('"HERE"', constant)
    assert refusal(text).path == f"lines[0].{field}"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"format": "order/2"}, "format"),
        ({"currency": "ZZZ"}, "currency"),
        ({"currency": ["PLN"]}, "currency"),
        ({"surprise": 1}, "surprise"),
        ({1: 1}, "document"),
        ({"lines": {}}, "lines"),
        ({"lines": [LINE, LINE | {"quantity": "2"}]}, "lines[1].quantity"),
        ({"lines": [LINE, LINE | {"quantity": True}]}, "lines[1].quantity"),
        ({"lines": [LINE | {"vat": "23"}]}, "lines[0].vat"),
        ({"lines": [LINE | {"vat": {"percent": 23}}]}, "lines[0].vat.percent"),
        ({"lines": [LINE | {"vat": {"percent": "101"}}]}, "lines[0].vat.percent"),
        ({"lines": [LINE | {"vat": {"percent": "23", "code": ""}}]}, "lines[0].vat.code"),
        ({"lines": [LINE | {"name": "\ud800"}]}, "lines[0].name"),
        ({"lines": [LINE | {"name": "a\u202eb"}]}, "lines[0].name"),
        ({"target": {"point": "WAW01A", "country": "PL"}}, "target.kind"),
        ({"target": {"kind": "moon"}}, "target.kind"),
        ({"target": {"kind": "shop", "point": "WAW01A", "country": "PL"}}, "target.shop"),
        ({"target": {"kind": "address", "address": ADDRESS | {"country": "pl"}}}, "target.address.country"),
        ({"target": []}, "target"),
        ({"contact": {"name": "a\nb"}}, "contact.name"),
        ({"numbers": {"allegro": 1234}}, "numbers.allegro"),
        ({"numbers": [["allegro", "1234"]]}, "numbers"),
        ({"evidence": [{"kind": "terms", "version": "1", "at": "2026-11-22T12:00:00"}]}, "evidence[0].at"),
        ({"tags": ["gift", ""]}, "tags[1]"),
        ({"buyer": "robot"}, "buyer"),
    ],
)
def test_a_malformed_document_is_refused_with_its_place(change, path):
    """The path leads to the part that is wrong."""
    assert refusal(ORDER | change).path == path


@pytest.mark.parametrize("field", sorted(ORDER.keys() - {"numbers", "seen_total"}))
def test_what_has_no_default_must_be_there(field):
    """Nothing is made up."""
    assert refusal({key: value for key, value in ORDER.items() if key != field}).path == field


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ("", "document"),
        ("[]", "document"),
        (b"\xff", "document"),
        (17, "document"),
        ("[" * 1_000_000, "document"),
        ('{"a":' * 200_000, "document"),
        (json.dumps(ORDER)[:-1] + ', "format": "order/1"}', "document.format"),
        (json.dumps(ORDER).replace('"sku"', '"line": "1", "sku"', 1), "lines[0].line"),
        (" " * 10_000_000, "document"),
        (b"x" * 10_000_000, "document"),
        (json.dumps(ORDER | {"lines": [LINE] * 10_000}), "document"),
        (json.dumps(ORDER | {"lines": [{}] * 10_000}), "lines"),
        (ORDER | {"lines": [LINE] * 10_000}, "lines"),
        (ORDER | {"notes": ["x" * 10_000_000]}, "notes[0]"),
        (ORDER | {"evidence": [{}] * 1_000_000}, "evidence"),
        (ORDER | {"extras": dict.fromkeys(map(str, range(100_000)), "x")}, "extras"),
        (ORDER | {"lines": [LINE | {"unit_price": "9" * 1_000_000}]}, "lines[0].unit_price"),
    ],
    ids=range(17),
)
def test_a_broken_or_huge_document_is_refused_quickly(document, path):
    """What is too large is not read to its end."""
    assert refusal(document).path == path


def test_a_thousand_lines_fit():
    """The largest order has a document."""
    lines = [LINE | {"line": str(number)} for number in range(1000)]
    command = wire.load_order(json.dumps(ORDER | {"lines": lines}))
    assert len(command.lines) == 1000
    assert wire.load_order(wire.dump_order(command)) == command


@given(data=st.data())
def test_a_hostile_part_is_refused_or_harmless(data):
    """Whatever stands in a place, the answer is a command that has a document, or an error with a path."""
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
    hostile = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)
    field = data.draw(st.sampled_from([field.name for field in attrs.fields(_documents.PlaceOrder)]))
    document = ORDER | {field: data.draw(hostile)}
    for form in (document, json.dumps(document)):
        try:
            command = wire.load_order(form)
        except InvalidInputError as error:
            refused = error.path
        else:
            assert wire.load_order(wire.dump_order(command)) == command
            continue
        assert refused.startswith(field)


def test_what_a_document_cannot_say_is_not_written():
    """One currency, and every name once."""
    command = wire.load_order(ORDER)
    foreign = attrs.evolve(command.lines[1], unit_price=Money.parse("1", "EUR"))
    twice = (("allegro", "1"), ("allegro", "2"))
    for change, path in [
        ({"lines": (command.lines[0], foreign)}, "lines[1].unit_price"),
        ({"seen_total": Money.parse("1", "EUR")}, "seen_total"),
        ({"numbers": twice}, "numbers"),
        ({"extras": twice}, "extras"),
    ]:
        with pytest.raises(InvalidInputError) as refused:
            wire.dump_order(attrs.evolve(command, **change))
        assert refused.value.path == path
