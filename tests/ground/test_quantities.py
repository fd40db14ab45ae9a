"""Quantities: multisets of whole units, in which order never matters and nothing goes below zero."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow.errors import InvalidInputError
from orderflow.quantities import MOST_UNITS, Quantities, quantity

PAIRS = st.lists(st.tuples(st.sampled_from("ABCDE"), st.integers(0, 9)), max_size=8)
UNITS = PAIRS.map(Quantities)


@pytest.mark.parametrize("value", [1, 2, MOST_UNITS])
def test_a_quantity_is_a_whole_number_of_units(value):
    assert quantity(value) == value


@pytest.mark.parametrize(
    "value",
    [
        0, -1, MOST_UNITS + 1, 10**400, 1.0, 1.5, 1e300, float("nan"), float("inf"), True, False, "1", "١", None, [1],
        b"1", pytest.param(-(10**5000), id="huge"),
    ],
)  # fmt: skip
def test_anything_else_is_no_quantity(value):
    with pytest.raises(InvalidInputError) as caught:
        quantity(value, "lines[0].quantity")
    assert caught.value.path == "lines[0].quantity"
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "count",
    [
        -1,
        1.0,
        float("nan"),
        True,
        "1",
        None,
        [1],
        pytest.param(-(10**5000), id="huge"),
        pytest.param("1" * 2**20, id="megabyte"),
    ],
)
def test_units_that_are_not_whole_numbers_are_refused(count):
    for units in ({"MUG": count}, [("MUG", count)]):
        with pytest.raises(InvalidInputError) as caught:
            Quantities(units)
        assert caught.value.path == "MUG"
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize("key", [1, None, pytest.param(10**5000, id="huge"), b"MUG", ("MUG",)])
def test_keys_are_text(key):
    for units in ({key: 1}, [("MUG", 1), (key, 1)]):
        with pytest.raises(InvalidInputError):
            Quantities(units)


@given(PAIRS)
def test_repeated_keys_are_summed_and_zeros_vanish(pairs):
    expected = Counter[str]()
    for key, count in pairs:
        expected[key] += count
    units = Quantities(pairs)
    assert dict(units) == +expected
    assert all(units[key] == expected[key] for key in "ABCDEF")
    assert (units.total, len(units), bool(units)) == (expected.total(), len(+expected), bool(+expected))
    assert Quantities(dict(pairs)).pairs == tuple(sorted((k, n) for k, n in dict(pairs).items() if n))


@given(PAIRS, st.randoms(use_true_random=False))
def test_order_never_matters(pairs, random):
    shuffled = pairs[:]
    random.shuffle(shuffled)
    assert Quantities(shuffled) == Quantities(pairs)
    assert hash(Quantities(shuffled)) == hash(Quantities(pairs))


@given(UNITS, UNITS, UNITS)
def test_adding_and_intersecting_follow_the_laws_of_multisets(a, b, c):
    none = Quantities()
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a + none == a == none + a
    assert a & b == b & a
    assert (a & b) & c == a & (b & c)
    assert a & a == a
    assert a & none == none == none & a


@given(UNITS, UNITS)
def test_what_is_taken_and_what_is_left_make_the_whole(a, b):
    """Subtraction stops at zero; together with the common part it loses nothing."""
    assert (a - b) + (a & b) == a
    assert (a + b) - b == a
    assert a - a == Quantities() == Quantities() - a
    assert a - Quantities() == a


@given(UNITS, UNITS, UNITS)
def test_covering_is_an_order(a, b, c):
    assert a <= a + b
    assert (a <= b) == all(count <= b[key] for key, count in a)
    assert not (a <= b <= a) or a == b
    assert not (a <= b <= c) or a <= c
    assert (a & b) <= a


@given(UNITS, UNITS)
def test_every_result_is_as_if_newly_made(a, b):
    """Sorted, positive, and equal to one made from its pairs: shortcuts inside must not show."""
    for result in (a + b, a - b, a & b):
        assert Quantities(result.pairs) == result
        assert result.pairs == tuple(sorted(result.pairs))
        assert all(count > 0 for _, count in result)
        assert eval(repr(result)) == result


def test_quantities_cannot_be_changed():
    with pytest.raises(AttributeError):
        Quantities({"MUG": 1}).pairs = ()  # type: ignore[misc]


def test_a_thousand_keys_are_counted_in_milliseconds():
    many = Quantities((f"SKU-{n}", 1) for n in range(1000))
    began = time.process_time()
    assert ((many + many) - many) & many == many
    assert time.process_time() - began < 5  # what is not bounded takes minutes
