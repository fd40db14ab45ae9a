"""Worked examples from other shops' tests and manuals, where a file of them lies beside the project."""

from __future__ import annotations

import json
from pathlib import Path
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


MUG = {"sku": "mug", "unit_price": "10.00", "quantity": 2}


def case(**given: Any) -> dict[str, Any]:
    """Two mugs of 10.00, if nothing else is said."""
    return {
        "id": "by hand",
        "currency": "EUR",
        "lines": [MUG],
        "promotions": [],
        "expected": {"total": "20.00"},
    } | given


def off(percent: str = "10", **given: Any) -> list[dict[str, Any]]:
    """One promotion that takes a percentage off each line."""
    return [{"kind": "line_percent", "percent": percent} | given]


def passes(**given: Any) -> bool:
    return bool(peer_cases.run([case(**given)])["passed"])


def reason(**given: Any) -> str:
    """Why the case has no counterpart."""
    (found,) = peer_cases.run([case(**given)])["unsupported"]
    return str(found["reason"])


def test_a_case_that_does_not_come_out_is_a_failure() -> None:
    """The runner finds what is wrong, and says what came out instead."""
    right = case(promotions=off(), expected={"total": "18.00"})
    wrong = case(promotions=off(), expected={"total": "20.00"})
    assert peer_cases.run([right])["passed"] == 1
    assert peer_cases.run([wrong]) == {
        "passed": 0,
        "failed": [{"id": "by hand", "expected": {"total": "20.00"}, "got": {"total": "18.00"}}],
        "unsupported": [],
    }


def test_an_answer_of_another_shape_is_a_failure() -> None:
    """A text where a number comes out, a list, or names without amounts."""
    for answer in ("about twenty", ["20.00"], {"mug": "20.00"}, None):
        assert len(peer_cases.run([case(expected={"total": answer})])["failed"]) == 1


@pytest.mark.parametrize(
    ("where", "given"),
    [
        ("promotions[0].kind 'lottery'", {"promotions": [{"kind": "lottery"}]}),
        ("promotions[0].full_moon", {"promotions": off(full_moon=True)}),
        ("promotions[0].max_groups", {"promotions": off(max_groups=1)}),
        ("promotions[0].target", {"promotions": [{"kind": "gift", "sku": "mug", "target": {"skus": ["mug"]}}]}),
        ("promotions[0].target.brands", {"promotions": off(target={"brands": ["x"]})}),
        ("promotions[0].coupon.colour", {"promotions": off(coupon={"code": "A", "colour": "red"})}),
        ("promotions[0].conditions[0].type 'moon'", {"promotions": off(conditions=[{"type": "moon"}])}),
        (
            "promotions[0].conditions[0].of",
            {"promotions": off(conditions=[{"type": "min_quantity", "value": 1, "of": "x"}])},
        ),
        ("lines[0].deposit", {"lines": [MUG | {"deposit": "0.50"}]}),
        ("shipping[0].weight", {"shipping": [{"method": "post", "price": "5.00", "weight": 3}]}),
        ("context.weather", {"context": {"weather": "rain"}}),
        ("rules.cash", {"rules": {"cash": "0.05"}}),
        ("allocation.seed", {"allocation": {"amount": "1", "weights": ["1"], "seed": 1}, "expected": {"parts": ["1"]}}),
        ("expected.mood", {"expected": {"mood": "good"}}),
    ],
)
def test_a_word_that_nobody_understands_is_named(where: str, given: dict[str, Any]) -> None:
    """To pass over it would give a result for another case."""
    assert reason(**given) == f"not understood: {where}"


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ("rounding 'up' is not one of", {"rules": {"rounding": "up"}}),
        ("allocation 'fair' is not one of", {"rules": {"allocation": "fair"}}),
        ("weights 'heavy' is not one of", {"rules": {"weights": "heavy"}}),
        ("shipping_tax 'none' is not one of", {"rules": {"shipping_tax": "none"}}),
        ("stacking 'pile' is not one of", {"rules": {"stacking": "pile"}}),
        ("pick 'random' is not one of", {"promotions": off(max_units=1, pick="random")}),
        ("rounding_basis 'order' is not one of", {"promotions": off(rounding_basis="order")}),
        ("effect 'x' on a group", {"promotions": [{"kind": "group_discount", "count": 1, "effect": "x"}]}),
        ("unrounded money", {"rules": {"no_rounding": True}}),
        ("order_fixed without amount", {"promotions": [{"kind": "order_fixed"}]}),
        ("line_percent_capped without", {"promotions": [{"kind": "line_percent_capped", "percent": "10"}]}),
        ("refused by orderflow: currency", {"currency": "XBT"}),
        ("refused by orderflow: amount", {"lines": [MUG | {"unit_price": "0.001"}]}),
        ("a delivery without goods", {"lines": [], "shipping": [{"method": "post", "price": "5.00"}]}),
        ("nothing but lines that are paid back", {"lines": [MUG | {"unit_price": "-1.00"}]}),
        ("no case: it expects nothing", {"expected": None}),
    ],
)
def test_what_has_no_counterpart_says_so(said: str, given: dict[str, Any]) -> None:
    """It is neither passed nor failed."""
    assert reason(**given).startswith(said)


def test_what_a_collector_writes_beside_a_case_does_not_matter() -> None:
    """Unknown keys of the case itself, names and notes of promotions, and keys that are null."""
    assert passes(
        quality="good",
        shipping=None,
        context=None,
        rules=None,
        lines=[MUG | {"tags": None, "min_unit_price": None, "tax_rate": None}],
        promotions=off(name="Spring", note="until May", target=None, conditions=None, max_units=None, coupon=None),
        expected={"total": "18.00"},
    )
    assert passes(promotions=None)


def test_a_case_without_a_name_goes_by_its_place() -> None:
    """And what is no case at all, too."""
    nameless = {key: value for key, value in case(rules={"x": 1}).items() if key != "id"}
    assert [each["id"] for each in peer_cases.run([nameless, 3])["unsupported"]] == ["case 0", "case 1"]


def test_a_target_is_all_that_is_said_of_it() -> None:
    """One of the SKUs and one of the tags; no price is above 20 and below 5, and nothing is one of no tags."""
    lines = [MUG | {"sku": sku, "tags": tags} for sku, tags in (("a", ["x"]), ("b", ["x"]), ("c", ["y"]))]
    both = off(target={"skus": ["a", "c"], "tags": ["x"]})
    assert passes(lines=lines, promotions=both, expected={"line_discounts": {"a": "2.00", "b": "0", "c": "0"}})
    for nothing in ({"min_unit_price": "20.00", "max_unit_price": "5.00"}, {"tags": []}):
        assert passes(promotions=off(target=nothing), expected={"total": "20.00"})
    dear = off(target={"skus": ["a", "c"], "tags": ["x", "y"], "min_unit_price": "10.01"})
    assert passes(lines=lines, promotions=dear, expected={"total": "60.00"})


def test_nothing_off_changes_nothing() -> None:
    """Whatever kind of promotion takes 0 %, and more than all of it takes all of it."""
    for kind in ({"kind": "quantity_groups", "group_size": 1}, {"kind": "order_and_shipping_fixed"}):
        assert passes(promotions=[kind | {"percent": "0"}])
    assert passes(promotions=off("150"), expected={"total": "0"})


def test_the_context_says_how_a_basket_is_delivered() -> None:
    """Not what is charged for it: a condition may ask for a carrier that is not listed, or for one of several."""
    to_post = off(conditions=[{"type": "shipping_method", "values": ["post"]}])
    post, courier = ({"method": method, "price": "5.00"} for method in ("post", "courier"))
    for listed in ([], [post], [courier], [post, courier]):
        reduced, full = (f"{goods + 5 * len(listed)}.00" for goods in (18, 20))
        asked = {"promotions": to_post, "shipping": listed}
        assert passes(**asked, context={"shipping_method": "post"}, expected={"total": reduced})
        assert passes(**asked, context={"shipping_method": "courier"}, expected={"total": full})
        assert passes(**asked, expected={"total": full})


def test_a_customer_of_whom_nothing_is_said_has_ordered_nothing_yet() -> None:
    """So this is the first order."""
    first = off(conditions=[{"type": "nth_order", "n": 1}])
    assert passes(promotions=first, expected={"total": "18.00"})
    assert passes(promotions=first, context={"completed_orders": 1})


def test_an_empty_basket_comes_to_nothing() -> None:
    """In every respect."""
    nothing = {"total": "0", "tax_total": "0", "shipping_total": "0", "line_discounts": {}, "promotion_amounts": {}}
    assert passes(lines=[], promotions=off(), expected=nothing)


def test_what_is_paid_back_is_taxed_by_itself_and_no_discount() -> None:
    """10.01 and 2.43 back, both net at 20 %: 2.00 of tax, and 0.49 of it back."""
    lines = [
        {"sku": sku, "unit_price": price, "quantity": 1, "tax_rate": "20", "price_includes_tax": False}
        for sku, price in (("mug", "10.01"), ("deposit", "-2.43"))
    ]
    asked = {"total": "9.09", "tax_added": "1.51", "subtotal": "7.58", "discount_total": "0"}
    assert passes(lines=lines, expected={**asked, "line_totals": {"mug": "10.01", "deposit": "-2.43"}})


def test_what_a_gift_card_leaves_is_rounded_as_the_case_says() -> None:
    """2.00 of 12.00 contain 1.666… net."""
    paid = {"lines": [MUG | {"quantity": 1, "tax_rate": "20", "price_includes_tax": False}], "gift_card": "10.00"}
    assert passes(**paid, expected={"payable_gross": "2.00", "payable_net": "1.67"})
    assert passes(**paid, rules={"rounding": "down"}, expected={"payable_gross": "2.00", "payable_net": "1.66"})


def test_several_deliveries_taxed_in_one_sum_with_the_goods_are_no_mistake() -> None:
    """A basket has one delivery: where the sum of single prices is not right, the case has no counterpart."""
    shipping = [{"method": method, "price": "0.03", "tax_rate": "20"} for method in ("post", "courier")]
    taxed = {"lines": [MUG | {"tax_rate": "20"}], "shipping": shipping}
    assert passes(**taxed, expected={"tax_total": "3.35"})
    grouped = case(**taxed, rules={"tax_scope": "rate_group"}, expected={"tax_total": "3.34"})
    assert peer_cases.run([grouped])["unsupported"] == [
        {"id": "by hand", "reason": "goods and several deliveries in one sum"}
    ]


@pytest.mark.parametrize("wrap", [list, lambda cases: {"source": "a shop", "cases": cases}], ids=["list", "object"])
def test_a_file_is_a_list_of_cases_or_has_one(tmp_path: Path, wrap: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It exits with 1 when a case failed, and 0 otherwise, also where one has no counterpart."""
    file = tmp_path / "cases.json"
    for cases, exit_code in (([case(), case(rules={"x": 1})], 0), ([case(expected={"total": "1.00"})], 1), ([], 0)):
        file.write_text(json.dumps(wrap(cases)), encoding="utf-8")
        assert peer_cases.main([str(file)]) == exit_code
        assert set(json.loads(capsys.readouterr().out)) == {"passed", "failed", "unsupported"}


@pytest.mark.parametrize("text", [None, "", "{", "3", "{}", '{"cases": 3}'])
def test_what_is_no_file_of_cases_exits_with_2(
    tmp_path: Path, text: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says so on the error channel."""
    file = tmp_path / "cases.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    assert peer_cases.main([str(file)]) == peer_cases.main([]) == 2
    assert capsys.readouterr().out == ""
