"""Rates and their texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow.errors import InvalidInputError
from orderflow.pricing import VatRate


@pytest.mark.parametrize(
    ("text", "points"), [("23", 2300), ("7.5", 750), ("0", 0), ("5.50", 550), ("23.0000", 2300), ("100", 10_000)]
)
def test_a_rate_is_read_from_percent_text(text: str, points: int) -> None:
    """Zeros after the second decimal place say nothing and are accepted."""
    assert VatRate.parse(text).basis_points == points


@pytest.mark.parametrize("text", ["", "23%", "-1", "100.01", "7.125", "1e2", " 8", "٢٣", "8.", 23, 7.5, None, "9" * 50])
def test_what_is_not_a_percentage_is_refused(text: object) -> None:
    """Signs, exponents, foreign digits, numbers and fractions that would be rounded away."""
    with pytest.raises(InvalidInputError) as caught:
        VatRate.parse(text, path="lines[0].vat")
    assert caught.value.path.startswith("lines[0].vat")


def test_a_rate_that_is_refused_says_why() -> None:
    """With its place, and without repeating more than a few characters of it."""
    advice = "is not a rate in percent; write text such as '23' or '7.5'"
    for text, said in (
        ("23 % of it all", f"vat: '23 % of it' {advice}"),
        (23, f"vat: int {advice}"),
        ("100.01", "vat.basis_points: expected whole basis points from 0 to 10000 (23 % is 2300)"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            VatRate.parse(text)
        assert str(refused.value) == said


def test_a_rate_has_the_code_it_is_given() -> None:
    """Standard, unless another one is said."""
    assert (VatRate.parse("8").code, VatRate.parse("8", "reduced").code) == ("standard", "reduced")


@pytest.mark.parametrize("points", [-1, 10_001, 23.0, True, "23"])
def test_basis_points_are_whole_and_at_most_a_hundred_percent(points: int) -> None:
    """A rate is never a float."""
    with pytest.raises(InvalidInputError, match="basis points"):
        VatRate(points)


def test_a_rate_needs_a_code() -> None:
    """The code tells apart what has the same percentage."""
    assert VatRate(0, "zero") != VatRate(0, "exempt")
    with pytest.raises(InvalidInputError, match="code"):
        VatRate(0, "")


@given(st.integers(0, 10_000))
def test_percent_text_is_read_back(points: int) -> None:
    """``percent`` and ``parse`` are inverse."""
    assert VatRate.parse(VatRate(points).percent) == VatRate(points)
