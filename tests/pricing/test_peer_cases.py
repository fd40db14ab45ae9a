"""Worked examples from other shops' tests and manuals, where a file of them lies beside the project."""

from __future__ import annotations

from typing import Any

import pytest

from .. import peer_cases
from .cases import CASES, FILE


@pytest.mark.skipif(not CASES, reason=f"no cases at {FILE}")
def test_every_case_of_other_shops_comes_out_as_they_say() -> None:
    """Under the policy and the way of stacking that each case names; none is passed over as unsupported."""
    result = peer_cases.run(CASES)
    assert (result["failed"], result["unsupported"]) == ([], [])
    assert result["passed"] == len(CASES)


def test_a_case_that_does_not_come_out_is_a_failure() -> None:
    """The runner finds what is wrong, and says what came out instead."""
    case: dict[str, Any] = {
        "id": "by hand",
        "currency": "EUR",
        "lines": [{"sku": "mug", "unit_price": "10.00", "quantity": 2}],
        "promotions": [{"kind": "order_percent", "percent": "10"}],
    }
    right, wrong = case | {"expected": {"total": "18.00"}}, case | {"expected": {"total": "20.00"}}
    assert peer_cases.run([right])["passed"] == 1
    assert peer_cases.run([wrong]) == {
        "passed": 0,
        "failed": [{"id": "by hand", "expected": {"total": "20.00"}, "got": {"total": "18.00"}}],
        "unsupported": [],
    }


def test_what_has_no_counterpart_says_so() -> None:
    """A kind of promotion that nobody knows is neither passed nor failed."""
    case = {
        "id": "unknown",
        "currency": "EUR",
        "lines": [{"sku": "mug", "unit_price": "10.00", "quantity": 2}],
        "promotions": [{"kind": "lottery"}],
        "expected": {"total": "20.00"},
    }
    found = peer_cases.run([case])
    assert [each["id"] for each in found["unsupported"]] == ["unknown"]
