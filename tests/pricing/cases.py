"""Worked examples from other shops' tests and manuals, where they lie beside the project."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from orderflow.money import minor_units
from orderflow.pricing._policy import Allocation, MoneyPolicy, Rounding, TaxScope, TaxTarget

FILE = Path(__file__).parents[3] / "shared" / "cases" / "pricing.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []


def policy_of(case: dict[str, Any]) -> MoneyPolicy:
    """The policy that is said to give the case's numbers; their ``rounding`` is that of discounts and VAT alike."""
    rules = case.get("rules", {})
    rounding = Rounding(rules.get("rounding", "half_up"))
    return MoneyPolicy(
        rounding=rounding,
        vat_rounding=rounding,
        allocation=Allocation(rules.get("allocation", "largest_remainder")),
        tax_scope=TaxScope(rules.get("tax_scope", "rate_group")),
        tax_target=TaxTarget(rules.get("tax_round_target", "tax")),
    )


def right_answer(case: dict[str, Any]) -> dict[str, Any]:
    """What should come out; a quirk of the source is not followed."""
    return case["correct"] if "quirk" in case else case["expected"]


def minor(text: str, currency: str) -> int:
    """Decimal text in minor units."""
    amount = Fraction(text) * 10 ** minor_units(currency)
    assert amount.denominator == 1
    return int(amount)
