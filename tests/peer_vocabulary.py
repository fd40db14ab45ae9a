"""
The words of the common vocabulary of pricing cases, so that a case which says more than is understood can be told.

A word that is passed over would make a case fail, or pass, for no reason that anybody sees.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, TypeVar

from orderflow.money import Money

Case = Mapping[str, Any]
Choice = TypeVar("Choice")
Named = TypeVar("Named", bound=StrEnum)

_REMARKS = {"id", "name", "description", "note"}
_LINE = {
    "sku", "unit_price", "quantity", "tax_rate", "price_includes_tax", "tags", "min_unit_price", "discountable",
    "already_discounted",
}  # fmt: skip
_SHIPPING = {"method", "price", "tax_rate", "price_includes_tax"}
_CONTEXT = {"completed_orders", "customer_groups", "now", "channel", "shipping_method", "coupon_codes"}
_RULES = {
    "rounding", "allocation", "tax_scope", "tax_round_target", "stacking", "percent_base", "weights", "shipping_tax",
    "no_rounding",
}  # fmt: skip
_TARGET = {"skus", "tags", "min_unit_price", "max_unit_price", "skip_already_discounted"}
_COUPON = {
    "code", "usage_limit", "used", "per_customer_limit", "used_by_customer", "reusable_from_cancelled", "history",
}  # fmt: skip
_BUNCH = {"skus", "tags", "quantity"}

_PROMOTION = {"kind", "conditions", "priority", "exclusive", "stop", "coupon", "lane", "mode"}
_OF_GOODS = {"target", "skip_already_discounted"}
_SOME_UNITS = {"max_units", "max_units_per_line", "pick"}
_OF_LINES = {"percent", "max_amount", "rounding_basis", *_SOME_UNITS, *_OF_GOODS}
_KINDS: Mapping[str, set[str]] = {
    "order_percent": {"percent", "max_amount", *_OF_GOODS},
    "order_fixed": {"amount", *_OF_GOODS},
    "order_fixed_price": {"price", *_OF_GOODS},
    "line_percent": _OF_LINES,
    "line_percent_capped": _OF_LINES,
    "unit_fixed": {"amount", *_SOME_UNITS, *_OF_GOODS},
    "line_fixed": {"amount", *_OF_GOODS},
    "unit_price": {"price", *_OF_GOODS},
    "flexi": {"first", "additional", "max_items", *_OF_GOODS},
    "tiered_fixed": {"base", "tiers", *_OF_GOODS},
    "tiered_percent": {"base", "tiers", *_OF_GOODS},
    "tiered_percent_qty": {"base", "tiers", *_OF_GOODS},
    "quantity_groups": {"group_size", "amount", "percent", *_OF_GOODS},
    "bundle_price": {"count", "price", *_OF_GOODS},
    "group_discount": {
        "count", "effect", "percent", "amount", "price", "max_groups", "sort", "nth", "pick", *_OF_GOODS,
    },
    "buy_x_get_y": {"buy", "get", "percent", "pick", "repeat", "partial_get"},
    "gift": {"sku", "quantity"},
    "shipping_percent": {"percent", "methods"},
    "shipping_fixed": {"amount", "methods", "spread"},
    "shipping_price": {"price", "methods"},
    "free_shipping": {"methods"},
    "order_and_shipping_fixed": {"amount", "percent", *_OF_GOODS},
}  # fmt: skip
_CONDITIONS: Mapping[str, set[str]] = {
    "min_items_total": {"value"},
    "min_discounted_total": {"value"},
    "min_total_of": {"value", "skus"},
    "min_quantity": {"value", "skus", "tags"},
    "min_line_quantity": {"value", "skus", "tags"},
    "contains": {"skus", "min_quantity"},
    "contains_tag": {"tags"},
    "nth_order": {"n", "value"},
    "customer_group": {"group", "value"},
    "date_window": {"starts", "ends"},
    "channel": {"value"},
    "shipping_method": {"value", "values"},
}
_BODIES: Mapping[str, set[str]] = {
    "allocation": {"amount", "unit", "weights", "caps"},
    "rounding_input": {"value", "step"},
    "optimise": {"items", "offers"},
}

OUTCOMES = {
    "total", "discount_total", "items_total", "subtotal", "line_discounts", "unit_discounts", "line_totals",
    "shipping_total", "shipping_discount", "shipping_parts", "promotion_amounts", "tax_total", "tax_added",
    "tax_included", "tax_by_rate", "net_total", "parts", "value", "lowest_prior_price", "max_saving", "payable_gross",
    "payable_net", "refunds",
}  # fmt: skip
"""What a case may expect."""


def said(value: Any) -> Any:
    """*value* without the keys that are null: to say nothing is to leave it out."""
    if isinstance(value, Mapping):
        return {key: said(each) for key, each in value.items() if each is not None}
    return [said(each) for each in value] if isinstance(value, list) else value


def unknown_words(case: Mapping[str, Any]) -> list[str]:
    """
    Where *case* says something that nobody here understands: ``promotions[0].kind_of_day``.

    Other keys of the case itself are remarks of its collector.
    """
    return [
        *_each(case, "lines", _LINE),
        *_each(case, "shipping", _SHIPPING),
        *_beyond(case.get("context", {}), _CONTEXT, "context"),
        *_beyond(case.get("rules", {}), _RULES, "rules"),
        *_of_promotions(case.get("promotions", ())),
        *(word for body, known in _BODIES.items() for word in _beyond(case.get(body, {}), known, body)),
        *(f"expected.{key}" for key in case["expected"] if key not in OUTCOMES),
    ]


def _beyond(given: Mapping[str, Any], known: set[str], where: str) -> Iterator[str]:
    yield from (f"{where}.{key}" for key in given if key not in known)


def _each(case: Mapping[str, Any], key: str, known: set[str]) -> Iterator[str]:
    for place, given in enumerate(case.get(key, ())):
        yield from _beyond(given, known | _REMARKS, f"{key}[{place}]")


def _of_promotions(promotions: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for place, given in enumerate(promotions):
        where, kind = f"promotions[{place}]", given.get("kind")
        if kind not in _KINDS:
            yield f"{where}.kind {kind!r}"
            continue
        anywhere = {"target"} if given.get("target") == "all" else set()
        yield from _beyond(given, _KINDS[kind] | _PROMOTION | _REMARKS | anywhere, where)
        for part, known in (("coupon", _COUPON), ("buy", _BUNCH), ("get", _BUNCH)):
            yield from _beyond(given.get(part, {}), known, f"{where}.{part}")
        if isinstance(given.get("target"), Mapping):
            yield from _beyond(given["target"], _TARGET, f"{where}.target")
        for number, condition in enumerate(given.get("conditions", ())):
            yield from _of_condition(condition, f"{where}.conditions[{number}]")


def _of_condition(given: Mapping[str, Any], where: str) -> Iterator[str]:
    if given.get("type") not in _CONDITIONS:
        yield f"{where}.type {given.get('type')!r}"
        return
    yield from _beyond(given, _CONDITIONS[given["type"]] | {"type"}, where)


class Unsupported(Exception):  # noqa: N818 it is an outcome
    """The case asks for something that orderflow does not do, with the reason."""


def money(text: Any, currency: str) -> Money:
    return Money.parse(str(text), currency)


def chosen(given: Mapping[str, Any], key: str, default: str, choices: Mapping[str, Choice]) -> Choice:
    """What a case chooses by *key*, of the choices that there are."""
    name = given.get(key, default)
    if name not in choices:
        raise Unsupported(f"{key} {name!r} is not one of {', '.join(choices)}")
    return choices[name]


def by_value(kind: type[Named]) -> dict[str, Named]:
    return {choice.value: choice for choice in kind}


def needed(given: Mapping[str, Any], key: str) -> Any:
    if key not in given:
        raise Unsupported(f"{given['kind']} without {key}")
    return given[key]
