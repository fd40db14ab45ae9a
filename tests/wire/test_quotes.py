"""Quote documents: every amount is there as text, whatever is shared adds up, and reasons say what is missing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orderflow import pricing, wire
from orderflow.pricing import Quote, Stacking, Tariff, quote
from orderflow.testing import strategies

LINES = [{"sku": "MUG", "unit_price": "10.00", "quantity": 3}, {"sku": "TEA", "unit_price": "5.01", "quantity": 1}]


def written(**given_: Any) -> dict[str, Any]:
    """What is written for a basket."""
    asked = wire.load_basket({"currency": "PLN", "lines": LINES} | given_)
    answer = quote(asked.basket, asked.tariff, asked.promotions, asked.policy)
    found: dict[str, Any] = json.loads(wire.dump_quote(answer, asked.promotions))
    return found


def promotion(id: str, percent: str = "10", **more: Any) -> dict[str, Any]:
    return {"id": id, "benefit": {"kind": "order_percent", "percent": percent}, **more}


def summed(rows: list[dict[str, Any]], key: str) -> Fraction:
    """Exactly, and zero where there is nothing."""
    return sum((Fraction(row[key]) for row in rows), Fraction())


@given(strategies.baskets(), strategies.promotion_sets(), st.sampled_from(Stacking))
def test_everything_adds_up_to_the_coin(basket, promotions, stacking):
    """Units to lines, promotions to discounts unit by unit; lines, deposits, delivery and fee to the total."""
    promotions = pricing.Promotions(
        promotions.promotions,
        stacking,
        host_conditions=promotions.host_conditions,
        host_benefits=promotions.host_benefits,
    )
    method = pricing.DeliveryMethod(
        code=basket.delivery_method or "locker",
        kind=pricing.DeliveryKind.POINT,
        price=basket.lines[0].unit_price,
        vat=pricing.VatRate(2300),
    )
    fee = pricing.Fee(price=basket.lines[0].unit_price, vat=pricing.VatRate(800), price_includes_vat=False)
    paid_by = basket.circumstances.payment_method
    terms = [pricing.PaymentTerms(code=paid_by, fee=fee)] if paid_by else []
    answer = quote(basket, Tariff([method], terms), promotions)
    if not isinstance(answer, Quote):
        return
    found = json.loads(wire.dump_quote(answer, promotions))
    for line in found["lines"]:
        units = [run for run in line["units"] for _ in range(run["units"])]
        assert len(units) == line["quantity"]
        for key in ("discount", "net", "vat_amount", "gross", "delivery", "deposit"):
            assert summed(units, key) == Fraction(line[key])
        taken = [off["units"] for row in found["applied"] for off in row["lines"] if off["line"] == line["line"]]
        each = [[run["amount"] for run in runs for _ in range(run["units"])] for runs in taken]
        for place, unit in enumerate(units):
            assert sum(Fraction(amounts[place]) for amounts in each) == Fraction(unit["discount"])
    delivery = [found["delivery"]] if found["delivery"] else []
    fees = [found["fee"]] if found["fee"] else []
    taxed = Fraction(found["total"]) - Fraction(found["deposit"])
    assert summed(found["lines"], "deposit") == Fraction(found["deposit"])
    assert summed([*found["lines"], *delivery, *fees], "gross") == taxed
    assert summed(found["vat"], "gross") == taxed
    assert summed(found["vat"], "vat") == Fraction(found["vat_total"])
    assert summed([*found["lines"], *delivery], "discount") == summed(found["applied"], "amount")
    named = {row["promotion"] for row in found["applied"] + found["not_applied"]}
    assert named == {each.id for each in promotions.promotions}


def test_promotions_say_what_they_take_off_each_unit():
    """An odd coin goes on where the one before ended, so that all together come out even."""
    found = written(promotions=[promotion("a", "0.3", name="Small"), promotion("b", "0.3")])
    assert found["applied"][0] == {
        "promotion": "a",
        "name": "Small",
        "amount": "0.11",
        "lines": [
            {
                "line": "1",
                "sku": "MUG",
                "amount": "0.09",
                "units": [{"units": 3, "amount": "0.03"}],
            },
            {"line": "2", "sku": "TEA", "amount": "0.02", "units": [{"units": 1, "amount": "0.02"}]},
        ],
        "delivery": "0.00",
    }
    assert [row["name"] for row in found["applied"]] == ["Small", "b"]


def test_reasons_say_what_is_missing():
    """How much, how many, and both where either would do."""
    needs = [{"kind": "goods_total", "at_least": {"PLN": "50"}}, {"kind": "units", "at_least": 6}]
    found = written(promotions=[promotion("a", condition={"kind": "any", "conditions": needs})])
    assert found["not_applied"] == [
        {
            "promotion": "a",
            "name": "a",
            "reasons": [
                {
                    "kind": "no_alternative",
                    "reasons": [
                        {
                            "kind": "total_too_low",
                            "needed": "50.00",
                            "found": "35.01",
                            "discounted": False,
                            "missing": "14.99",
                        },
                        {"kind": "too_few_units", "needed": 6, "found": 4, "missing": 2},
                    ],
                }
            ],
        }
    ]


def test_a_moment_in_a_reason_is_text():
    """A promotion that starts later says when."""
    starts = datetime(2026, 11, 27, tzinfo=UTC).isoformat()
    found = written(
        circumstances={"at": "2026-11-22T12:00:00Z"},
        promotions=[promotion("a", condition={"kind": "between", "starts": starts})],
    )
    reason = {"kind": "not_now", "starts": "2026-11-27T00:00:00Z", "ends": None}
    assert found["not_applied"][0]["reasons"] == [reason]


def test_a_best_deal_has_its_proof():
    """Where it was looked for, and nowhere else."""
    found = written(stacking="best_deal", promotions=[promotion("a"), promotion("b", "20")])
    assert found["proof"] | {"steps": 0} == {"at_most_more": "0.00", "steps": 0, "proven": True}
    assert [row["promotion"] for row in found["applied"]] == ["b"]
    assert found["not_applied"][0]["reasons"] == [{"kind": "beaten", "by": ["b"], "would_have_saved": "3.50"}]
    assert written()["proof"] is None


def test_a_basket_without_a_price_says_why():
    """Every reason, with its kind."""
    found = written(lines=[LINES[0] | {"line": "x"}] * 2)
    assert found == {"format": "quote/1", "rejected": [{"kind": "duplicate_line", "line": "x"}]}
    found = written(
        delivery_method="moon",
        delivery=[{"code": "locker", "price": "9.99"}],
    )
    assert found["rejected"] == [{"kind": "unknown_delivery_method", "method": "moon", "allowed": ["locker"]}]
