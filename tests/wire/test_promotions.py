"""
Promotions as documents: every one can be written and read again, and a malformed one is refused with its place.

Shops keep promotions in their databases, so what is written is pinned: one file in ``golden_promotions`` for each kind
of benefit, effect and condition, written once and never changed. Write the file of a new kind with
``python tests/wire/test_promotions.py``, which leaves those that exist alone.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import Money, pricing, wire
from orderflow.errors import InvalidInputError
from orderflow.pricing import KINDS, NO_PROMOTIONS, Percent, Promotion, Promotions, Stacking, Target
from orderflow.testing import strategies

GOLDEN = Path(__file__).with_name("golden_promotions")
PLN = Money.parse("20.00", "PLN")
BOTH = (PLN, Money.parse("5.00", "EUR"))
TEN = Percent.parse("10")
TEA = Target(tags=["tea"], lowest_price=PLN, skip_reduced=True)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EXAMPLES: tuple[Any, ...] = (
    pricing.OrderPercent(percent=Percent.parse("17.5"), at_most=BOTH),
    pricing.OrderAmount(amount=BOTH),
    pricing.OrderPrice(price=PLN),
    pricing.LinePercent(percent=TEN, max_units=3, max_units_per_line=2, pick=pricing.Pick.DEAREST, by_unit=True),
    pricing.LineAmount(amount=PLN),
    pricing.UnitAmount(amount=PLN, max_units=3, pick=pricing.Pick.CHEAPEST),
    pricing.UnitPrice(price=PLN),
    pricing.FirstAndFurther(first=PLN, further=Money.parse("10.00", "PLN"), max_units=4),
    pricing.LineAmountByValue(base=PLN, tiers=[pricing.AmountTier(PLN * 5, PLN * 2)]),
    pricing.LinePercentByTotal(base=TEN, tiers=[pricing.PercentTier(BOTH, Percent.parse("15"))]),
    pricing.LinePercentByUnits(tiers=[pricing.UnitsTier(6, TEN)]),
    pricing.PerCompleteGroup(size=3, percent=TEN),
    pricing.BundlePrice(units=3, price=PLN),
    pricing.GroupDeal(size=3, effect=pricing.PercentOffGroup(percent=TEN), max_groups=2, dearest_first=True),
    pricing.BuyGet(buy=TEA, buy_units=2, get=Target(skus=["MUG"]), times=1, partial=True, spread=True),
    pricing.SetPrice(parts=[pricing.SetPart(TEA), pricing.SetPart(Target(skus=["MUG"]), 2)], price=BOTH),
    pricing.Gift(sku="MUG", units=2),
    pricing.DeliveryPercent(percent=TEN, methods=["locker"]),
    pricing.DeliveryAmount(amount=PLN, across=True),
    pricing.DeliveryPrice(price=PLN),
    pricing.FreeDelivery(methods=["courier", "locker"]),
    pricing.OrderAndDelivery(amount=PLN),
    pricing.HostBenefit("points", (("rate", "2"),)),
    pricing.AmountOffGroup(amount=PLN),
    pricing.GroupPrice(price=PLN),
    pricing.GroupUnitPrice(price=PLN),
    pricing.NthFree(nth=2, overall=True),
    pricing.PercentOffGroup(percent=TEN),
    pricing.All((pricing.NthOrder(), pricing.Units())),
    pricing.AnyOf((pricing.NthOrder(), pricing.Units())),
    pricing.Not(pricing.NthOrder(2)),
    pricing.GoodsTotal(at_least=BOTH, of=TEA),
    pricing.DiscountedTotal(at_least=PLN),
    pricing.Units(at_least=3, of=TEA),
    pricing.UnitsOfOneLine(at_least=3),
    pricing.InGroup(["staff", "club"]),
    pricing.InTier(["gold"]),
    pricing.NthOrder(1),
    pricing.InCountry(["PL", "DE"]),
    pricing.ByDelivery(["locker"]),
    pricing.ByPayment(["blik"]),
    pricing.InChannel(["app"]),
    pricing.WithCoupon("summer"),
    pricing.Between(starts=NOON),
    pricing.WeeklyHours(days=[5, 6], starts="18:00", zone="Europe/Warsaw"),
    pricing.HostCondition("weather", (("is", "rainy"),)),
)
WRITTEN = {KINDS[type(example)]: example for example in EXAMPLES}
SALE = {"id": "sale", "benefit": {"kind": "order_percent", "percent": "10"}}
ONE = {"format": "promotion/1", **SALE}


def promotion_with(example: Any) -> Promotion:
    """A promotion that has the example somewhere."""
    common: dict[str, Any] = {"id": "summer", "name": "Zniżka", "priority": 2, "group": "seasonal", "stacks": True}
    if isinstance(example, pricing.Condition):
        return Promotion(benefit=pricing.FreeDelivery(), condition=example, **common)
    if isinstance(example, pricing.GroupEffect):
        example = pricing.GroupDeal(size=3, effect=example)
    return Promotion(benefit=example, **common)


def conditions(*parts: Any) -> dict[str, Any]:
    return {"kind": "all", "conditions": [*parts]}


def nested(levels: int) -> dict[str, Any]:
    value = conditions()
    for _ in range(levels - 1):
        value = {"kind": "not", "condition": value}
    return value


def says_all_of(document: Any, other: Any) -> bool:
    """Whether *document* differs at most by keys that are new since, which have defaults."""
    if not isinstance(other, dict):
        return bool(document == other)
    return all(key in document and says_all_of(document[key], part) for key, part in other.items())


def refusal(load: Any, document: Any) -> InvalidInputError:
    """The error, which has to come in no time."""
    start = time.process_time()
    with pytest.raises(InvalidInputError) as refused:
        load(document)
    assert time.process_time() - start < 5  # under a tenth; what is not bounded takes minutes
    assert len(str(refused.value)) < 700
    return refused.value


# What is written


def test_every_kind_has_a_golden_file():
    """A new kind of benefit, effect or condition cannot be forgotten, and none that was ever stored is lost."""
    kinds = get_args(pricing.Benefit) + get_args(pricing.GroupEffect) + get_args(pricing.Condition)
    assert set(WRITTEN) == {KINDS[kind] for kind in kinds}
    assert {path.stem for path in GOLDEN.iterdir()} == set(WRITTEN)


@pytest.mark.parametrize("kind", sorted(WRITTEN))
def test_a_promotion_is_written_and_read_as_ever(kind):
    """Today's code reads from the file exactly what was meant, and writes all of it the same."""
    written = (GOLDEN / f"{kind}.json").read_text("ascii")
    promotion = promotion_with(WRITTEN[kind])
    assert wire.load_promotion(written) == promotion
    assert says_all_of(json.loads(wire.dump_promotion(promotion)), json.loads(written))


@given(strategies.promotions())
def test_every_promotion_comes_back_as_it_was(promotion):
    """Dump and load are inverse for one promotion."""
    document = wire.dump_promotion(promotion)
    assert wire.load_promotion(document) == promotion
    assert wire.dump_promotion(wire.load_promotion(document)) == document


@given(strategies.promotion_sets())
def test_every_set_comes_back_as_it_was(promotions):
    """Dump and load are inverse for all promotions of a shop, whose own rules are given again."""
    rules = {"host_conditions": promotions.host_conditions, "host_benefits": promotions.host_benefits}
    assert wire.load_promotions(wire.dump_promotions(promotions), **rules) == promotions


def test_what_is_left_out_has_its_default():
    """The shortest promotion, and the shortest set."""
    assert wire.load_promotion(ONE) == Promotion(id="sale", benefit=pricing.OrderPercent(percent=TEN))
    assert wire.load_promotions({"format": "promotions/1"}) == NO_PROMOTIONS


def test_the_order_in_a_document_means_nothing():
    """Promotions are in the order of their priorities, however they are listed."""
    first, last = SALE | {"id": "b", "priority": 5}, SALE | {"id": "a"}
    document = {"format": "promotions/1", "stacking": "compete", "promotions": [last, first]}
    found = wire.load_promotions(document)
    assert [each.id for each in found.promotions] == ["b", "a"]
    assert found.stacking is Stacking.COMPETE


def test_data_that_a_document_cannot_say_is_not_written():
    """More names than it holds."""
    host = pricing.HostCondition("weather", {str(number): "yes" for number in range(101)})
    promotion = Promotion(id="a", benefit=pricing.FreeDelivery(), condition=pricing.Not(host))
    assert refusal(wire.dump_promotion, promotion).path == "condition.condition.data"


def test_what_could_not_be_read_is_not_written():
    """A set larger than a document may be."""
    target = Target(skus=[f"SKU-{number:050}" for number in range(1000)])
    found = [Promotion(id=str(number), benefit=pricing.LinePercent(percent=TEN), target=target) for number in range(30)]
    assert refusal(wire.dump_promotions, Promotions(found)).path == "document"


# What is refused


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"format": "promotion/2"}, "format"),
        ({"format": "promotions/1"}, "format"),
        ({"surprise": 1}, "surprise"),
        ({"id": ""}, "id"),
        ({"id": 7}, "id"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"version": 0}, "version"),
        ({"version": "1"}, "version"),
        ({"version": 1.0}, "version"),
        ({"priority": 10**30}, "priority"),
        ({"priority": True}, "priority"),
        ({"exclusive": 1}, "exclusive"),
        ({"benefit": None}, "benefit"),
        ({"benefit": []}, "benefit"),
        ({"benefit": {}}, "benefit.kind"),
        ({"benefit": {"kind": "order_percents", "percent": "10"}}, "benefit.kind"),
        ({"benefit": {"kind": "units"}}, "benefit.kind"),
        ({"benefit": {"kind": ["units"]}}, "benefit.kind"),
        ({"benefit": {"kind": "order_percent"}}, "benefit.percent"),
        ({"benefit": {"kind": "order_percent", "percent": 10}}, "benefit.percent"),
        ({"benefit": {"kind": "order_percent", "percent": 10.5}}, "benefit.percent"),
        ({"benefit": {"kind": "order_percent", "percent": "100.01"}}, "benefit.percent"),
        ({"benefit": {"kind": "order_percent", "percent": "10", "round": 1}}, "benefit.round"),
        ({"benefit": {"kind": "order_amount", "amount": {}}}, "benefit.amount"),
        ({"benefit": {"kind": "order_amount", "amount": "20.00"}}, "benefit.amount"),
        ({"benefit": {"kind": "order_amount", "amount": ["20.00", "PLN"]}}, "benefit.amount"),
        ({"benefit": {"kind": "order_amount", "amount": {"PLN": 20.0}}}, "benefit.amount.PLN"),
        ({"benefit": {"kind": "order_amount", "amount": {"PLN": "20.001"}}}, "benefit.amount.PLN"),
        ({"benefit": {"kind": "order_amount", "amount": {"EUR": "5", "PLN": "-1"}}}, "benefit.amount.PLN"),
        ({"benefit": {"kind": "order_amount", "amount": {"zł": "1"}}}, "benefit.amount.zł"),
        ({"benefit": {"kind": "line_percent", "percent": "1", "max_units": 0}}, "benefit.max_units"),
        ({"benefit": {"kind": "line_percent", "percent": "1", "pick": "best"}}, "benefit.pick"),
        ({"benefit": {"kind": "per_complete_group", "size": 3}}, "benefit.percent"),
        (
            {"benefit": {"kind": "line_percent_by_units", "tiers": [{"units": 1, "percent": "1"}, {"units": 0}]}},
            "benefit.tiers[1].percent",
        ),
        (
            {"benefit": {"kind": "line_amount_by_value", "tiers": [{"threshold": {"PLN": "1"}, "amount": {}}]}},
            "benefit.tiers[0].amount",
        ),
        (
            {
                "benefit": {
                    "kind": "line_amount_by_value",
                    "tiers": [{"threshold": {"PLN": "1"}, "amount": {"EUR": "1"}}],
                }
            },
            "benefit.tiers[0].amount",
        ),
        ({"benefit": {"kind": "line_percent_by_units", "tiers": [{}] * 101}}, "benefit.tiers"),
        ({"benefit": {"kind": "group_deal", "size": 2, "effect": {"kind": "gift"}}}, "benefit.effect.kind"),
        (
            {"benefit": {"kind": "group_deal", "size": 2, "effect": {"kind": "nth_free", "nth": 3}}},
            "benefit.effect.nth",
        ),
        ({"benefit": {"kind": "set_price", "parts": [], "price": {"PLN": "1"}}}, "benefit.parts"),
        ({"benefit": {"kind": "buy_get", "buy": {"skus": ["A", 1]}, "get": {}}}, "benefit.buy.skus[1]"),
        ({"benefit": {"kind": "buy_get", "buy": {}, "get": {}}, "target": {"skus": ["A"]}}, "target"),
        ({"benefit": {"kind": "host_benefit", "name": "x", "data": [["a", "b"]]}}, "benefit.data"),
        ({"benefit": {"kind": "host_benefit", "name": "x", "data": {"a": 1}}}, "benefit.data.a"),
        ({"target": {"skus": ["Z", "A", ""]}}, "target.skus[2]"),
        ({"target": {"skus": "MUG"}}, "target.skus"),
        ({"target": {"tags": ["x"] * 10_001}}, "target.tags"),
        ({"target": {"lowest_price": {"PLN": "2"}, "highest_price": {"PLN": "1"}}}, "target.highest_price"),
        ({"target": {"sku": "MUG"}}, "target.sku"),
        ({"target": {"everything": True}}, "target.everything"),
        ({"condition": {"kind": "always"}}, "condition.kind"),
        ({"condition": {"kind": "in_country", "countries": ["PL", "de"]}}, "condition.countries[1]"),
        ({"condition": {"kind": "in_group", "groups": []}}, "condition.groups"),
        ({"condition": {"kind": "between", "starts": "2026-11-22T12:00:00"}}, "condition.starts"),
        (
            {"condition": {"kind": "between", "starts": "2026-11-22T12:00:00Z", "ends": "2026-11-22T12:00:00Z"}},
            "condition.ends",
        ),
        ({"condition": {"kind": "weekly_hours", "days": [8], "zone": "UTC"}}, "condition.days"),
        ({"condition": {"kind": "weekly_hours", "days": [1], "zone": "../../etc/passwd"}}, "condition.zone"),
        (
            {"condition": conditions({"kind": "units"}, {"kind": "units", "at_least": 0})},
            "condition.conditions[1].at_least",
        ),
        ({"condition": {"kind": "not", "condition": {"kind": "gift"}}}, "condition.condition.kind"),
        ({"condition": conditions(*[{"kind": "units"}] * 200)}, "condition.conditions[0]"),
        ({"condition": nested(9)}, "condition" + 8 * ".condition"),
        ({"condition": nested(900)}, "condition" + 16 * ".condition"),
    ],
)  # fmt: skip
def test_a_malformed_promotion_is_refused_with_its_place(change, path):
    """The path leads to the part that is wrong, alone and within a set."""
    assert refusal(wire.load_promotion, ONE | change).path == path
    if "format" not in change:
        document = {"format": "promotions/1", "promotions": [SALE | {"id": "fine"}, SALE | change]}
        assert refusal(wire.load_promotions, document).path == f"promotions[1].{path}"
        assert refusal(wire.load_promotions, json.dumps(document)).path == f"promotions[1].{path}"


@pytest.mark.parametrize("field", sorted(ONE))
def test_what_has_no_default_must_be_there(field):
    """Nothing is made up."""
    assert refusal(wire.load_promotion, {key: value for key, value in ONE.items() if key != field}).path == field


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"format": "promotion/1"}, "format"),
        ({"format": None}, "format"),
        ({"stacking": "sum"}, "stacking"),
        ({"promotions": {}}, "promotions"),
        ({"promotions": [None]}, "promotions[0]"),
        ({"promotions": [SALE, SALE]}, "promotions[1].id"),
        ({"promotions": [ONE]}, "promotions[0].format"),
        ({"promotions": [SALE | {"id": str(number)} for number in range(1001)]}, "promotions"),
        ({"other": []}, "other"),
    ],
)
def test_a_malformed_set_is_refused_with_its_place(change, path):
    """Stacking, ids and how many there are."""
    assert refusal(wire.load_promotions, {"format": "promotions/1", "promotions": [], **change}).path == path


def test_a_rule_that_the_host_does_not_give_is_refused_with_its_place():
    """Rules of a host are code; a document has only their names."""
    raining = {"kind": "host", "name": "raining"}
    condition = conditions({"kind": "units"}, {"kind": "not", "condition": raining})
    found = [SALE | {"id": "z", "priority": 9}, SALE | {"condition": condition}]
    document = {"format": "promotions/1", "promotions": found}
    path = "promotions[1].condition.conditions[1].condition.name"
    assert refusal(wire.load_promotions, document).path == path
    assert len(wire.load_promotions(document, host_conditions={"raining": lambda *_: True})) == 2
    document["promotions"] = [{"id": "p", "benefit": {"kind": "host_benefit", "name": "points"}}]
    assert refusal(wire.load_promotions, document).path == "promotions[0].benefit.name"
    assert len(wire.load_promotions(document, host_benefits={"points": lambda *_: {}})) == 1


TEXT = json.dumps({"format": "promotions/1", "promotions": [SALE]})
NUMBERS = json.dumps({str(number): "" for number in range(9999)})
SET = {"kind": "set_price", "parts": [{"of": {}}] * 60_000, "price": {"PLN": "1"}}
HOSTILE = {
    "ten megabytes": (TEXT + " " * 10_000_000, "document"),
    "deep": ("[" * 500_000, "document"),
    "deep objects": ('{"promotions":' * 70_000, "document"),
    "deep conditions": (
        TEXT.replace('"sale"', '"sale","condition":' + '{"kind":"not","condition":' * 300 + "{}" + "}" * 300),
        "promotions[0].condition" + 16 * ".condition",
    ),
    "wide conditions": (
        TEXT.replace('"sale"', '"sale","condition":' + json.dumps(conditions(*[{"kind": "units"}] * 50_000))),
        "promotions[0].condition.conditions",
    ),
    "many parts": (TEXT.replace(json.dumps(SALE["benefit"]), json.dumps(SET)), "promotions[0].benefit.parts"),
    "huge int": (TEXT.replace('"sale"', '"sale","priority":' + "9" * 1_000_000), "document"),
    "large int": (TEXT.replace('"sale"', '"sale","priority":' + "9" * 4000), "promotions[0].priority"),
    "float": (TEXT.replace('"sale"', '"sale","priority":1e3'), "promotions[0].priority"),
    "not a number": (TEXT.replace('"sale"', '"sale","priority":NaN'), "promotions[0].priority"),
    "repeated key": (TEXT.replace('"sale"', '"sale","id":"other"'), "promotions[0].id"),
    "repeated kind": (TEXT.replace('"kind"', '"kind":"gift","kind"'), "promotions[0].benefit.kind"),
    "repeated currency": (
        TEXT.replace('"percent": "10"', '"percent":"10","at_most":{"PLN":"1","PLN":"2"}'),
        "promotions[0].benefit.at_most.PLN",
    ),
    "many promotions": (
        json.dumps({"format": "promotions/1", "promotions": [SALE | {"id": str(at)} for at in range(10_000)]}),
        "promotions",
    ),
    "many currencies": (
        TEXT.replace('"percent": "10"', f'"percent":"10","at_most":{NUMBERS}'),
        "promotions[0].benefit.at_most.0",
    ),
    "half a character": (TEXT.replace('"sale"', r'"\ud800"'), "promotions[0].id"),
    "no text": (b"\xff", "document"),
    "a list": ("[]", "document"),
    "nothing": ("", "document"),
    "a number": (17, "document"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_set_is_refused_quickly(name):
    """What is too large, too deep or said twice is not gone through to its end."""
    document, path = HOSTILE[name]
    assert refusal(wire.load_promotions, document).path == path


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something can be put instead of what is there."""
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(part, (*path, key))


@given(data=st.data())
def test_whatever_stands_in_a_place_is_refused_or_harmless(data):
    """Every example with anything anywhere: a promotion that can be written, or an error with a path."""
    document = json.loads(wire.dump_promotion(promotion_with(data.draw(st.sampled_from(EXAMPLES)))))
    *before, last = data.draw(st.sampled_from([*places(document)]))
    there: Any = document
    for key in before:
        there = there[key]
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
    there[last] = data.draw(
        st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)
    )
    for form in (document, json.dumps(document)):
        try:
            promotion = wire.load_promotion(form)
        except InvalidInputError as error:
            assert error.path  # noqa: PT017 an error without one is what must not be
        else:
            assert wire.load_promotion(wire.dump_promotion(promotion)) == promotion


def main() -> None:
    """Write the files that are missing."""
    for kind, example in WRITTEN.items():
        path = GOLDEN / f"{kind}.json"
        if not path.exists():
            path.write_text(wire.dump_promotion(promotion_with(example)) + "\n", "ascii")


if __name__ == "__main__":
    sys.exit(main())
