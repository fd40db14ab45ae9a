"""Identifiers: ordered by time, made from given randomness, and a reference that survives being read out."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow.errors import InvalidInputError
from orderflow.identifiers import canonical_reference, code, order_id, person_ref, reference, request_id

READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
ENTROPY = st.integers(0, 2**80 - 1)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
HOSTILE = [
    "", " ", "\t", "MUG\n", "\nMUG", " MUG", "MUG ", "MUG\x00", "MU\u202eG", "MU\u2066G", "MU\u200bG", "MUG\ufeff",
    "KUBEK-Ż", "MUG\u00a0", "\u0661\u0662", "M" * 65, 1, 1.0, True, None, b"MUG", ["MUG"],
    pytest.param("M" * 2**20, id="megabyte"), pytest.param(10**5000, id="huge"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "prefix"), [(order_id, "ord_"), (person_ref, "per_"), (request_id, "req_")])
def test_a_key_says_what_it_is_and_is_the_same_for_the_same_input(make, prefix):
    at = datetime(2026, 11, 22, tzinfo=UTC)
    assert make(at, 7) == make(at, 7)
    assert make(at, 7).startswith(prefix)
    assert len(make(at, 7)) == 30
    assert code(make(at, 7), "id") == make(at, 7)


@given(MOMENTS, ENTROPY, st.integers(1, 10**9), ENTROPY)
def test_keys_sort_by_time(at, entropy, milliseconds, other):
    later = at + timedelta(milliseconds=milliseconds)
    assert order_id(at, entropy) < order_id(later, other)
    assert (order_id(at, entropy) < order_id(at, other)) == (entropy < other)


@given(st.integers(), ENTROPY)
def test_all_given_randomness_is_used_and_no_more(extra, entropy):
    at = datetime(2026, 11, 22, tzinfo=UTC)
    assert order_id(at, (extra << 80) + entropy) == order_id(at, entropy)
    assert order_id(at, entropy) != order_id(at, entropy ^ 1)
    assert order_id(at, entropy) != order_id(at, entropy ^ 1 << 79)


@given(st.integers(0, 2**45 - 1))
def test_a_reference_reads_back_however_it_was_written(entropy):
    text = reference(entropy)
    letters = text.replace("-", "")
    assert len(letters) == 10
    assert set(letters) <= set(READABLE)
    for written in (text, text.lower(), letters, f" {' '.join(letters)}\n", f"{letters[:5]}-{letters[5:]}".swapcase()):
        assert canonical_reference(written) == text


@given(st.integers(0, 2**45 - 1), st.integers(0, 2**45 - 1))
def test_different_randomness_gives_different_references(one, other):
    assert (reference(one) == reference(other)) == (one == other)


@given(st.integers(0, 2**45 - 1))
def test_every_single_mistyped_character_is_caught(entropy):
    letters = reference(entropy).replace("-", "")
    for position, right in enumerate(letters):
        for wrong in READABLE:
            if wrong != right:
                with pytest.raises(InvalidInputError, match="mistyped"):
                    canonical_reference(letters[:position] + wrong + letters[position + 1 :])


@given(st.integers(0, 2**45 - 1))
def test_swapped_neighbours_are_caught_but_for_one_pair(entropy):
    """Of the 496 pairs of different neighbours only 2 and Z can be swapped unnoticed."""
    letters = reference(entropy).replace("-", "")
    for position in range(9):
        left, right = letters[position : position + 2]
        if left != right and {left, right} != {"2", "Z"}:
            with pytest.raises(InvalidInputError, match="mistyped"):
                canonical_reference(letters[:position] + right + left + letters[position + 2 :])


@pytest.mark.parametrize(
    "text",
    [
        "", "222", "222-5PR-MAP", "222-5PR-MAP33", "0OO-1I1-0000", "222-5PR-MAP\u202e3", "222-5PR-MAP\u200b3",
        "٢٢٢-5PR-MAP3", "２22-5PR-MAP3", "222-5PR-MAP3" + " " * 40 + "and more", 1, 1.0, None, True, b"222-5PR-MAP3",
        pytest.param("-" * 2**20, id="dashes"), pytest.param("2" * 2**20, id="megabyte"),
        pytest.param(10**5000, id="huge"),
    ],
)  # fmt: skip
def test_what_is_no_reference_is_refused(text):
    with pytest.raises(InvalidInputError, match="not an order reference") as caught:
        canonical_reference(text)
    assert caught.value.path == "reference"
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("lookalike", ["ß", "ſſ", "ſS"])
def test_a_letter_that_becomes_another_in_capitals_is_refused(lookalike):
    """The sharp s and the long s have S as their capital: nobody reads these out from a reference."""
    real = next(text for text in map(reference, range(100_000)) if text.startswith("222") and "SS" in text)
    with pytest.raises(InvalidInputError, match="not an order reference"):
        canonical_reference(real.replace("SS", lookalike))


@given(st.text(max_size=20))
def test_no_text_makes_a_reference_fail_in_any_other_way(text):
    try:
        read = canonical_reference(text)
    except InvalidInputError:
        return
    assert canonical_reference(read) == read


@pytest.mark.parametrize("value", ["M", "MUG", "mug-01/b", "A B", "M" * 64, "!", "~", 'a"b', "100%"])
def test_a_code_is_kept_as_it_is(value):
    assert code(value, "sku") == value


@pytest.mark.parametrize("value", HOSTILE)
def test_what_is_no_code_is_refused_and_never_echoed_raw(value):
    with pytest.raises(InvalidInputError) as caught:
        code(value, "lines[3].sku")
    assert caught.value.path == "lines[3].sku"
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("unit", ["M", " ", "\u202e", "\x00", "2"])
def test_a_megabyte_is_refused_at_once(unit):
    text = unit * (2**20 // len(unit))
    began = time.process_time()
    for _ in range(100):
        with pytest.raises(InvalidInputError):
            code(text, "sku")
        with pytest.raises(InvalidInputError):
            canonical_reference(text)
    assert time.process_time() - began < 5  # what is not bounded takes minutes


@given(st.text(max_size=70))
def test_codes_are_printable_ascii_without_outer_spaces(text):
    good = 1 <= len(text) <= 64 and text.isascii() and text.isprintable() and text == text.strip()
    try:
        assert code(text, "sku") == text
    except InvalidInputError:
        assert not good
    else:
        assert good
