"""
Runs pricing cases of other shop systems against orderflow: ``python -m tests.peer_cases FILE.json``.

A file is a list of cases, or has one under ``cases``, in one common vocabulary (lines, promotions, rules, expected
amounts as decimal text). Each is put into orderflow's own terms, priced, and compared. Prints one JSON object with
``passed``, ``failed`` (what was expected and what came out) and ``unsupported`` (why a case has no counterpart here,
or what it says that nobody understands); exits 1 when one failed, 2 when there is no such file of cases.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # also when it is run as a file

from tests.peer_prices import lowest_prior_price
from tests.peer_promotions import instant, marks, only_delivery, promotions, usable_campaigns
from tests.peer_vocabulary import OUTCOMES, Case, Unsupported, by_value, chosen, money, said, unknown_words

from orderflow import pricing
from orderflow.errors import InvalidInputError
from orderflow.money import MINOR_UNITS, Money
from orderflow.pricing import (
    Allocation,
    Basket,
    BasketLine,
    Circumstances,
    DeliveryKind,
    DeliveryMethod,
    MoneyPolicy,
    Promotions,
    Quote,
    Rounding,
    Tariff,
    VatRate,
)

# Amounts


def decimal(minor: int, currency: str) -> str:
    return Money(minor, currency).text


def same(expected: Any, got: Any) -> bool:
    """Equal as numbers, however many zeros are written."""
    if isinstance(expected, Mapping):
        return isinstance(got, Mapping) and all(same(value, got.get(key, "0")) for key, value in expected.items())
    if isinstance(expected, list):
        return isinstance(got, list) and len(expected) == len(got) and all(map(same, expected, got))
    try:
        return Fraction(str(expected)) == Fraction(str(got))
    except ValueError:  # no number on one side
        return bool(expected == got)


# The money policy


def policy(rules: Mapping[str, str]) -> MoneyPolicy:
    """The vocabulary's own defaults, where a case says nothing: VAT is rounded line by line there."""
    if rules.get("no_rounding"):
        raise Unsupported("unrounded money: every amount here is one that can be paid")
    rounding = chosen(rules, "rounding", "half_up", by_value(Rounding))
    return MoneyPolicy(
        rounding=rounding,
        vat_rounding=rounding,
        allocation=chosen(rules, "allocation", "largest_remainder", by_value(Allocation)),
        tax_scope=chosen(rules, "tax_scope", "line", by_value(pricing.TaxScope)),
        tax_target=chosen(rules, "tax_round_target", "tax", by_value(pricing.TaxTarget)),
        percent_base=chosen(rules, "percent_base", "remaining", by_value(pricing.PercentBase)),
        weights=chosen(rules, "weights", "net", {"net": pricing.Weights.LISTED, "gross": pricing.Weights.GROSS}),
        delivery_tax=chosen(rules, "shipping_tax", "own", _DELIVERY_TAX),
    )


_DELIVERY_TAX = {"own": pricing.DeliveryTax.OWN, "weighted": pricing.DeliveryTax.AVERAGE}


# The basket


def basket_lines(case: Case, *, negative: bool = False) -> Iterator[BasketLine]:
    """The lines to be paid; or those that are paid back, without their sign."""
    currency = case["currency"]
    for index, line in enumerate(case["lines"]):
        price = str(line["unit_price"])
        if price.startswith("-") is not negative or not int(line["quantity"]):
            continue
        floor = line.get("min_unit_price")
        yield BasketLine(
            line=f"{index:04}",
            sku=line["sku"],
            quantity=int(line["quantity"]),
            unit_price=money(price.removeprefix("-"), currency),
            vat=rate(line.get("tax_rate")),
            price_includes_vat=line.get("price_includes_tax", True),
            tags=(*line.get("tags", ()), *marks(line, case)),
            floor=money(floor, currency) if floor is not None else None,
            discountable=line.get("discountable", True),
            reduced=line.get("already_discounted", False),
        )


def rate(percent: Any) -> VatRate:
    if percent is None:
        return VatRate(0, "none")
    text = str(percent)
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if len(text.partition(".")[2]) > 2:
        raise Unsupported("a tax rate finer than a hundredth of a percent")
    return VatRate.parse(text)


def tariff(case: Case) -> Tariff:
    return Tariff(
        DeliveryMethod(
            code=shipping["method"],
            kind=DeliveryKind.COURIER,
            price=money(shipping["price"], case["currency"]),
            vat=rate(shipping.get("tax_rate")),
            price_includes_vat=shipping.get("price_includes_tax", True),
        )
        for shipping in case.get("shipping", ())
    )


def circumstances(case: Case, coupons: Iterable[str]) -> Circumstances:
    context = case.get("context", {})
    return Circumstances(
        at=instant(context["now"]) if "now" in context else None,
        channel=context.get("channel"),
        customer_groups=tuple(context.get("customer_groups", ())),
        completed_orders=context.get("completed_orders", 0),
        coupons=tuple(coupons),
    )


# What comes out


def priced(case: Case) -> Mapping[str, Any]:
    basket = Basket(
        currency=case["currency"],
        lines=basket_lines(case),
        delivery_method=only_delivery(case),
        country="PL",
        circumstances=circumstances(case, usable_campaigns(case)),
    )
    quote = pricing.quote(basket, tariff(case), promotions(case), policy(case.get("rules", {})))
    if isinstance(quote, Quote):
        return amounts_of(quote, case)
    if quote.reasons == (pricing.EmptyBasket(),):
        return nothing_to_pay(case)
    return {"rejected": [type(reason).__name__ for reason in quote.reasons]}


def nothing_to_pay(case: Case) -> Mapping[str, Any]:
    """For no goods; and a delivery of nothing is none."""
    if case.get("shipping"):
        raise Unsupported("a delivery without goods")
    if [*basket_lines(case, negative=True)]:
        raise Unsupported("nothing but lines that are paid back")
    by_name = {"line_discounts", "unit_discounts", "line_totals", "shipping_parts", "promotion_amounts", "refunds"}
    return {key: {} if key in by_name | {"tax_by_rate"} else "0" for key in OUTCOMES}


def amounts_of(quote: Quote, case: Case) -> dict[str, Any]:
    currency = case["currency"]
    deliveries, paid_back = [*delivered(quote, case)], [*negative_lines(case)]
    left = {line.line: line.unit_price.minor * line.quantity - line.share.discount for line in quote.lines}
    left |= {line.line: -line.unit_price.minor * line.quantity for line in paid_back}
    vat = [(group.rate, group.price_includes_vat, group.vat.minor) for group in quote.vat]
    vat += [(line.vat, line.price_includes_vat, -line.vat_amount.minor) for line in paid_back]
    if not quote.delivery:
        vat += [(each.vat, each.price_includes_vat, each.vat_amount.minor) for each in deliveries]
    total = quote.goods.minor + sum(each.gross.minor for each in deliveries)
    total -= sum(line.gross.minor for line in paid_back)
    tax = sum(each[2] for each in vat)
    payable = max(total - money(case.get("gift_card", "0"), currency).minor, 0)
    minor = {
        "subtotal": sum(left.values()) + quote.discount.minor,
        "items_total": sum(left.values()),
        "discount_total": quote.discount.minor,
        "total": total,
        "net_total": total - tax,
        "tax_total": tax,
        "tax_added": sum(part for _, includes, part in vat if not includes),
        "tax_included": sum(part for _, includes, part in vat if includes),
        "shipping_total": sum(each.listed.minor - each.discount.minor for each in deliveries),
        "shipping_discount": sum(each.discount.minor for each in deliveries),
        "payable_gross": payable,
        "payable_net": pricing.rounded(payable * (total - tax), total, quote.policy.rounding) if total else 0,
    }
    by_sku = {line.line: line.sku for line in (*quote.lines, *paid_back)}
    return {
        **{key: decimal(amount, currency) for key, amount in minor.items()},
        "line_discounts": summed(((line.sku, line.share.discount) for line in quote.lines), currency),
        "line_totals": summed(((by_sku[line], amount) for line, amount in left.items()), currency),
        "unit_discounts": unit_discounts(quote),
        "tax_by_rate": by_rate(vat, case, currency),
        "shipping_parts": {each.code: each.discount.text for each in deliveries},
        "promotion_amounts": summed(
            (
                (each.promotion.partition("~")[0], part)
                for each in quote.applied
                for _, part in (*each.lines, *each.delivery)
            ),
            currency,
        ),
        "refunds": summed(refunds(quote, case.get("refund_lines", {})), currency),
    }


def negative_lines(case: Case) -> Iterator[pricing.QuotedLine]:
    """What is paid back is priced as goods by itself, and taken off: amounts to pay are never negative here."""
    lines = [*basket_lines(case, negative=True)]
    if not lines:
        return
    basket = Basket(currency=case["currency"], lines=lines, country="PL")
    quote = pricing.quote(basket, Tariff([]), Promotions([]), policy(case.get("rules", {})))
    assert isinstance(quote, Quote), quote
    yield from quote.lines


def delivered(quote: Quote, case: Case) -> Iterator[pricing.QuotedDelivery]:
    """The chosen delivery; or each of several, which the vocabulary charges all."""
    if quote.delivery:
        yield quote.delivery
        return
    for method in tariff(case).methods:
        basket = Basket(
            currency=case["currency"],
            lines=basket_lines(case),
            delivery_method=method.code,
            country="PL",
            circumstances=circumstances(case, usable_campaigns(case)),
        )
        one = pricing.quote(basket, tariff(case), promotions(case), policy(case.get("rules", {})))
        if isinstance(one, Quote) and one.delivery:
            yield one.delivery


def summed(amounts: Iterable[tuple[str, int]], currency: str) -> dict[str, str]:
    found: dict[str, int] = {}
    for key, amount in amounts:
        found[key] = found.get(key, 0) + amount
    return {key: decimal(amount, currency) for key, amount in found.items()}


def unit_discounts(quote: Quote) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line, ledger in zip(quote.lines, quote.ledger.lines, strict=True):
        for run in ledger.runs:
            found.setdefault(line.sku, []).extend([decimal(run.share.discount, quote.currency)] * run.units)
    return found


def by_rate(vat: Iterable[tuple[VatRate, bool, int]], case: Case, currency: str) -> dict[str, str]:
    """By rate, under the names that the case expects."""
    names = {Fraction(str(key)): key for key in case["expected"].get("tax_by_rate", {})}
    return summed(
        ((names.get(Fraction(each.percent), each.percent), amount) for each, _, amount in vat if each.code != "none"),
        currency,
    )


def refunds(quote: Quote, units: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    for line in quote.lines:
        if line.sku in units:
            yield line.sku, quote.ledger.take(line.line, 0, units[line.sku]).gross


# Cases about one calculation only


def allocation(case: Case) -> Mapping[str, Any]:
    given = case["allocation"]
    units = {"major": 10 ** MINOR_UNITS[case["currency"]], "minor": 1}
    scale = chosen(given, "unit", "major", units)
    weights = whole_numbers([Fraction(str(weight)) for weight in given["weights"]])
    amount = minor_units(given["amount"], scale)
    rules = policy(case.get("rules", {}))
    if "caps" in given:
        caps = [minor_units(cap, scale) for cap in given["caps"]]
        parts = pricing.share_capped(amount, weights, caps, rules.allocation, rules.rounding)
    else:
        parts = pricing.share(amount, weights, rules.allocation, rules.rounding)
    return {"parts": [str(Fraction(part, scale)) for part in parts]}


def minor_units(text: Any, scale: int) -> int:
    amount = Fraction(str(text)) * scale
    if amount.denominator != 1:
        raise Unsupported("an amount finer than the currency's minor unit cannot be paid")
    return amount.numerator


def whole_numbers(weights: list[Fraction]) -> list[int]:
    scale = lcm(*(weight.denominator for weight in weights))
    return [int(weight * scale) for weight in weights]


def rounding(case: Case) -> Mapping[str, Any]:
    value, step = (Fraction(str(case["rounding_input"][key])) for key in ("value", "step"))
    steps = value / step
    rules = policy(case.get("rules", {}))
    return {"value": str(step * pricing.rounded(steps.numerator, steps.denominator, rules.rounding))}


def best_deal(case: Case) -> Mapping[str, Any]:
    given, currency = case["optimise"], case["currency"]
    items = {sku: place for place, sku in enumerate(given["items"])}
    offers = [
        pricing.Offer(
            name=f"{place:04}",
            takes=tuple(sorted((items[sku], units) for sku, units in offer["takes"].items())),
            saves=money(offer["saves"], currency).minor,
        )
        for place, offer in enumerate(given["offers"])
        if set(offer["takes"]) <= set(items) and money(offer["saves"], currency)
    ]
    packing = pricing.best_packing([item["quantity"] for item in given["items"].values()], offers)
    worth = sum(money(item["price"], currency).minor * item["quantity"] for item in given["items"].values())
    if not packing.proven:
        raise Unsupported("not proven within the step limit")
    return {"max_saving": decimal(packing.saving, currency), "total": decimal(worth - packing.saving, currency)}


# The run


def outcome(case: Case) -> Mapping[str, Any]:
    if "optimise" in case:
        return best_deal(case)
    if "allocation" in case:
        return allocation(case)
    if "rounding_input" in case:
        return rounding(case)
    if "price_history" in case:
        return {"lowest_prior_price": lowest_prior_price(case)}
    return priced(case)


def run(cases: Iterable[Case]) -> dict[str, Any]:
    """What became of each case."""
    passed, failed, unsupported = 0, [], []
    for place, case in enumerate(cases):
        name = case.get("id", f"case {place}") if isinstance(case, Mapping) else f"case {place}"
        try:
            difference = compared(case)
        except Unsupported as reason:
            unsupported.append({"id": name, "reason": str(reason)})
        except InvalidInputError as refusal:
            unsupported.append({"id": name, "reason": f"refused by orderflow: {refusal}"})
        except Exception as error:
            failed.append({"id": name, "expected": right_answer(case), "got": f"{type(error).__name__}: {error}"})
        else:
            passed += not difference
            failed += [{"id": name, **difference}] if difference else []
    return {"passed": passed, "failed": failed, "unsupported": unsupported}


def compared(case: Case) -> dict[str, Any]:
    """What was expected and what came out, if that is not the same."""
    if not isinstance(case, Mapping) or not isinstance(right_answer(case), Mapping):
        raise Unsupported("no case: it expects nothing")
    expected = right_answer(case)
    understood = said({key: value for key, value in case.items() if key not in {"expected", "correct"}})
    if unknown := unknown_words({**understood, "expected": expected}):
        raise Unsupported(f"not understood: {', '.join(unknown)}")
    got = outcome({**understood, "expected": expected})
    if all(key in got and same(value, got[key]) for key, value in expected.items()):
        return {}
    if reason := beyond_a_basket(understood):
        raise Unsupported(reason)
    return {"expected": expected, "got": {key: got.get(key) for key in expected} if "rejected" not in got else got}


def beyond_a_basket(case: Case) -> str:
    """
    What a basket cannot say, so that another result is no mistake.

    It has one delivery, and lines to be paid; several deliveries and negative lines are priced one by one.
    """
    rules = case.get("rules", {})
    kinds = {given["kind"] for given in case.get("promotions", ())}
    rounded_together = rules.get("tax_scope") in {"rate_group", "order"}
    together = rounded_together or "order_and_shipping_fixed" in kinds or rules.get("stacking") in {"compete", "zone"}
    if len(case.get("shipping", ())) > 1 and together:
        return "goods and several deliveries in one sum"
    if rounded_together and any(str(line["unit_price"]).startswith("-") for line in case.get("lines", ())):
        return "what is paid and what is paid back in one sum"
    return ""


def right_answer(case: Case) -> Any:
    """What should come out; a quirk of the source is not followed."""
    return case.get("correct") or case.get("expected")


def cases_in(text: str) -> list[Case]:
    """
    The cases of a file, which is a list of them or has one under ``cases``.

    Raises:
        ValueError: it is neither.
    """
    found = json.loads(text)
    if isinstance(found, Mapping):
        found = found.get("cases")
    if not isinstance(found, list):
        raise ValueError("expected a list of cases, or an object with one under 'cases'")
    return found


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m tests.peer_cases FILE.json", file=sys.stderr)  # noqa: T201
        return 2
    try:
        cases = cases_in(Path(arguments[0]).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)  # noqa: T201
        return 2
    result = run(cases)
    print(json.dumps(result, indent=2, ensure_ascii=False))  # noqa: T201
    return 1 if result["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
