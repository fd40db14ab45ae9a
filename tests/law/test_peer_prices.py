"""Logs of prices as another shop system's specification has them, and the prior price that follows from each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.peer_prices import lowest_prior_price

CASES = Path(__file__).parents[3] / "shared" / "cases" / "pricing.json"
LONG = [
    ("2023-01-01", "10.00", None),
    ("2023-01-05", "9.00", None),
    ("2023-02-05", "11.00", None),
    ("2023-02-15", "13.00", "10.00"),
    ("2023-02-25", "15.00", "20.00"),
]


def prior(*log: tuple[str, str, str | None], days: int = 30) -> str | None:
    return lowest_prior_price({"currency": "USD", "price_history": log, "window_days": days})


def test_the_last_change_of_a_log_is_the_reduction_that_is_meant() -> None:
    """Be it a raise within a reduction: from 37 to 21, and then up to 30, which is announced as reduced anew."""
    log = [("2023-03-01", "37.00", None), ("2023-03-02", "21.00", "37.00"), ("2023-03-03", "30.00", "37.00")]
    assert prior(*log[:2]) == "37.00"
    assert prior(*log) == "21.00"


def test_a_price_from_before_the_period_counts_where_it_was_still_in_force() -> None:
    """What was 21 for a month and becomes 33 is not reduced from 42 any more."""
    log = [("2023-03-14", "42.00", None), ("2023-03-14", "21.00", "42.00"), ("2023-04-15", "33.00", "42.00")]
    assert prior(*log) == "21.00"


@pytest.mark.parametrize(
    ("days", "price"), [(60, "9.00"), (30, "9.00"), (20, "9.00"), (10, "11.00"), (5, "13.00"), (1, "13.00")]
)
def test_another_period_opens_another_window(days: int, price: str) -> None:
    """A price that was in force for a part of the first day counts."""
    assert prior(*LONG, days=days) == price


def test_a_reduction_that_was_taken_back_does_not_hide_a_lower_price() -> None:
    """Each reduction is one of its own, and every price of the period counts, announced or not."""
    log = [
        ("2023-03-01", "37.00", None),
        ("2023-03-02", "21.00", "37.00"),
        ("2023-03-03", "37.00", None),
        ("2023-03-04", "10.00", None),
        ("2023-03-05", "21.00", None),
        ("2023-03-06", "20.00", "21.00"),
    ]
    assert prior(*log) == "10.00"
    assert prior(*log[:3]) is None


def test_a_price_above_its_original_is_no_reduction() -> None:
    """It ends the one before, so that the next begins anew."""
    log = [
        ("2023-03-01", "37.00", None),
        ("2023-03-02", "20.00", "37.00"),
        ("2023-03-03", "21.00", "19.00"),
        ("2023-03-04", "33.00", "37.00"),
    ]
    assert prior(*log) == "20.00"
    assert prior(*log[:3]) is None


def test_every_recorded_case_comes_out_as_recorded() -> None:
    """The cases stand beside the checkout, where they exist."""
    if not CASES.exists():
        pytest.skip("the recorded cases are not beside this checkout")
    cases = [case for case in json.loads(CASES.read_text("utf-8")) if "price_history" in case]
    assert cases
    found = {case["id"]: lowest_prior_price(case) for case in cases}
    assert found == {case["id"]: case.get("correct", case["expected"])["lowest_prior_price"] for case in cases}
