"""
Runs pricing cases of other shop systems against orderflow: ``python -m tests.peer_cases FILE.json``.

A file is a list of cases in one common vocabulary (lines, promotions, rules, expected amounts as decimal text). Each
is put into orderflow's own terms, priced, and compared. Prints one JSON object with ``passed``, ``failed`` (what was
expected and what came out) and ``unsupported`` (why a case has no counterpart here); exits 1 when one failed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # also when it is run as a file

from tests.peer_prices import lowest_prior_price

from orderflow import pricing
from orderflow.money import MINOR_UNITS, Money
from orderflow.pricing import (
    Allocation,
    Basket,
    BasketLine,
    Circumstances,
    DeliveryKind,
    DeliveryMethod,
    MoneyPolicy,
    Percent,
    Pick,
    Promotion,
    Promotions,
    Quote,
    Rounding,
    Stacking,
    Target,
    Tariff,
    VatRate,
)

Case = Mapping[str, Any]


class Unsupported(Exception):  # noqa: N818 it is an outcome
    """The case asks for something that orderflow does not do, with the reason."""


# Amounts


def money(text: Any, currency: str) -> Money:
    return Money.parse(str(text), currency)


def decimal(minor: int, currency: str) -> str:
    return Money(minor, currency).text


def same(expected: Any, got: Any) -> bool:
    """Equal as numbers, however many zeros are written."""
    if isinstance(expected, Mapping):
        return all(same(value, got.get(key, "0")) for key, value in expected.items())
    if isinstance(expected, list):
        return len(expected) == len(got) and all(map(same, expected, got))
    return Fraction(str(expected)) == Fraction(str(got))


# The money policy


def policy(rules: Mapping[str, str]) -> MoneyPolicy:
    """The vocabulary's own defaults, where a case says nothing: VAT is rounded line by line there."""
    if rules.get("no_rounding"):
        raise Unsupported("unrounded money: every amount here is one that can be paid")
    return MoneyPolicy(
        rounding=Rounding(rules.get("rounding", "half_up")),
        vat_rounding=Rounding(rules.get("rounding", "half_up")),
        allocation=Allocation(rules.get("allocation", "largest_remainder")),
        tax_scope=pricing.TaxScope(rules.get("tax_scope", "line")),
        tax_target=pricing.TaxTarget(rules.get("tax_round_target", "tax")),
        percent_base=pricing.PercentBase(rules.get("percent_base", "remaining")),
        weights=pricing.Weights({"net": "listed"}.get(rules.get("weights", "net"), "gross")),
        delivery_tax=pricing.DeliveryTax({"own": "own"}.get(rules.get("shipping_tax", "own"), "like_goods")),
    )


_STACKING = {
    "sequential": Stacking.SEQUENTIAL,
    "lanes": Stacking.LANES,
    "compete": Stacking.COMPETE,
    "zone": Stacking.ZONE,
}


# The basket


def basket_lines(case: Case) -> Iterator[BasketLine]:
    currency = case["currency"]
    for index, line in enumerate(case["lines"]):
        if str(line["unit_price"]).startswith("-") or not line["quantity"]:
            continue
        floor = line.get("min_unit_price")
        yield BasketLine(
            line=f"{index:04}",
            sku=line["sku"],
            quantity=line["quantity"],
            unit_price=money(line["unit_price"], currency),
            vat=rate(line.get("tax_rate")),
            price_includes_vat=line.get("price_includes_tax", True),
            tags=tuple(line.get("tags", ())),
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


def chosen_delivery(case: Case) -> str | None:
    methods = [shipping["method"] for shipping in case.get("shipping", ())]
    chosen = case.get("context", {}).get("shipping_method")
    return chosen if chosen in methods else methods[0] if len(methods) == 1 else None


def circumstances(case: Case, coupons: Iterable[str]) -> Circumstances:
    context = case.get("context", {})
    return Circumstances(
        at=instant(context["now"]) if "now" in context else None,
        channel=context.get("channel"),
        customer_groups=tuple(context.get("customer_groups", ())),
        completed_orders=context.get("completed_orders"),
        coupons=tuple(coupons),
    )


def instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


# Promotions


def surcharges(case: Case) -> Iterator[Promotion]:
    """A line with a negative price is a discount on the goods of its rate: amounts to pay are never negative."""
    for index, line in enumerate(case["lines"]):
        if str(line["unit_price"]).startswith("-"):
            alike = [
                other["sku"]
                for other in case["lines"]
                if not str(other["unit_price"]).startswith("-") and other.get("tax_rate") == line.get("tax_rate")
            ]
            if not alike:
                raise Unsupported("a negative line without goods of its rate has nothing to be taken off from")
            yield Promotion(
                id=f"negative-{index}",
                benefit=pricing.OrderAmount(
                    amount=money(str(line["unit_price"])[1:], case["currency"]) * line["quantity"]
                ),
                target=Target(skus=alike),
                priority=-1_000_000,
            )


def promotions(case: Case) -> Promotions:
    stacking = _STACKING.get(case.get("rules", {}).get("stacking", "sequential"))
    if stacking is None:
        raise Unsupported(f"stacking {case['rules']['stacking']!r} is not one of {', '.join(_STACKING)}")
    given = sorted(enumerate(case["promotions"]), key=lambda pair: -pair[1].get("priority", 0))
    in_list_order = stacking in (Stacking.SEQUENTIAL, Stacking.LANES)
    found = [
        promotion(each, place, case, -rank if in_list_order else each.get("priority", 0))
        for rank, (place, each) in enumerate(given)
    ]
    return Promotions([*found, *surcharges(case)], stacking)


def promotion(given: Mapping[str, Any], place: int, case: Case, priority: int) -> Promotion:
    return Promotion(
        id=unique_name(given, place, case),
        benefit=benefit(given, case["currency"]),
        target=goods(given, case["currency"]) if given["kind"] != "buy_x_get_y" else pricing.EVERYTHING,
        condition=pricing.All([*conditions(given, place, case)]),
        priority=priority,
        lane=given.get("lane", 0),
        exclusive=given.get("exclusive", False),
        stop=given.get("stop", False),
        compounds=given.get("mode", "compounded") == "compounded",
    )


def name(given: Mapping[str, Any], place: int) -> str:
    return str(given.get("id", f"p{place:04}"))


def unique_name(given: Mapping[str, Any], place: int, case: Case) -> str:
    """Two promotions of one name are two promotions: the later one is told apart."""
    earlier = [name(other, index) for index, other in enumerate(case["promotions"][:place])]
    return f"{name(given, place)}~{place}" if name(given, place) in earlier else name(given, place)


def goods(given: Mapping[str, Any], currency: str) -> Target:
    target = given.get("target", "all")
    target = {} if target == "all" else target
    unknown = set(target) - {"skus", "tags", "min_unit_price", "max_unit_price", "skip_already_discounted"}
    if unknown:
        raise Unsupported(f"target by {', '.join(sorted(unknown))}")
    return Target(
        skus=target.get("skus", ()),
        tags=target.get("tags", ()),
        lowest_price=[money(target["min_unit_price"], currency)] if "min_unit_price" in target else (),
        highest_price=[money(target["max_unit_price"], currency)] if "max_unit_price" in target else (),
        skip_reduced=given.get("skip_already_discounted", target.get("skip_already_discounted", False)),
    )


def conditions(given: Mapping[str, Any], place: int, case: Case) -> Iterator[pricing.Condition]:
    if "coupon" in given:
        yield pricing.WithCoupon(campaign(given, place))
    for condition in given.get("conditions", ()):
        yield one_condition(condition, case["currency"])


def one_condition(given: Mapping[str, Any], currency: str) -> pricing.Condition:
    value = given.get("value")
    match given["type"]:
        case "min_items_total":
            return pricing.GoodsTotal(at_least=money(value, currency))
        case "min_discounted_total":
            return pricing.DiscountedTotal(at_least=money(value, currency))
        case "min_total_of":
            return pricing.GoodsTotal(at_least=money(value, currency), of=Target(skus=given["skus"]))
        case "min_quantity":
            return pricing.Units(at_least=int(value), of=of_skus(given))
        case "min_line_quantity":
            return pricing.UnitsOfOneLine(at_least=int(value), of=of_skus(given))
        case "contains":
            return pricing.Units(at_least=given.get("min_quantity", 1), of=of_skus(given))
        case "contains_tag":
            return pricing.Units(of=Target(tags=given["tags"]))
        case "nth_order":
            return pricing.NthOrder(int(given.get("n", value)))
        case "customer_group":
            return pricing.InGroup([given.get("group", value)])
        case "date_window":
            starts, ends = given.get("starts"), given.get("ends")
            return pricing.Between(starts=instant(starts) if starts else None, ends=instant(ends) if ends else None)
        case "channel":
            return pricing.InChannel([value])
        case "shipping_method":
            return pricing.ByDelivery(given.get("values", [value]))
        case other:
            raise Unsupported(f"condition {other!r}")


def of_skus(given: Mapping[str, Any]) -> Target:
    return Target(skus=given.get("skus", ()), tags=given.get("tags", ()))


def benefit(given: Mapping[str, Any], currency: str) -> pricing.Benefit:
    def amount(key: str) -> Money:
        return money(given[key], currency)

    def percent(key: str = "percent", default: str = "100") -> Percent:
        return Percent.parse(str(given.get(key, default)))

    most = {"max_units": given.get("max_units"), "max_units_per_line": given.get("max_units_per_line")}
    methods = given.get("methods", ())
    match given["kind"]:
        case "order_percent":
            return pricing.OrderPercent(
                percent=percent(), at_most=amount("max_amount") if "max_amount" in given else ()
            )
        case "order_fixed":
            return pricing.OrderAmount(amount=amount("amount"))
        case "order_fixed_price":
            return pricing.OrderPrice(price=amount("price"))
        case "line_percent":
            by_unit = given.get("rounding_basis") == "unit"
            return pricing.LinePercent(percent=percent(), **most, pick=pick(given), by_unit=by_unit)
        case "line_percent_capped":
            return pricing.LinePercent(percent=percent(), at_most=amount("max_amount"))
        case "unit_fixed":
            return pricing.UnitAmount(amount=amount("amount"), **most, pick=pick(given))
        case "line_fixed":
            return pricing.LineAmount(amount=amount("amount"))
        case "unit_price":
            return pricing.UnitPrice(price=amount("price"))
        case "flexi":
            return pricing.FirstAndFurther(
                first=amount("first"), further=amount("additional"), max_units=given.get("max_items") or None
            )
        case "tiered_fixed":
            tiers = [
                pricing.AmountTier(money(at, currency), money(off, currency)) for at, off in given["tiers"].items()
            ]
            return pricing.LineAmountByValue(base=money(given.get("base", "0"), currency), tiers=tiers)
        case "tiered_percent":
            steps = [
                pricing.PercentTier(money(at, currency), Percent.parse(str(off))) for at, off in given["tiers"].items()
            ]
            return pricing.LinePercentByTotal(base=percent("base", "0"), tiers=steps)
        case "tiered_percent_qty":
            levels = [pricing.UnitsTier(int(at), Percent.parse(str(off))) for at, off in given["tiers"].items()]
            return pricing.LinePercentByUnits(base=percent("base", "0"), tiers=levels)
        case "quantity_groups":
            if "amount" in given:
                return pricing.PerCompleteGroup(size=given["group_size"], amount=amount("amount"))
            return pricing.PerCompleteGroup(size=given["group_size"], percent=percent())
        case "bundle_price":
            return pricing.BundlePrice(units=given["count"], price=amount("price"))
        case "group_discount":
            return pricing.GroupDeal(
                size=given["count"],
                effect=group_effect(given, amount, percent),
                max_groups=given.get("max_groups"),
                dearest_first=given.get("sort") == "price_desc",
            )
        case "buy_x_get_y":
            return pricing.BuyGet(
                buy=of_skus(given["buy"]),
                buy_units=given["buy"].get("quantity", 1),
                get=of_skus(given["get"]),
                get_units=given["get"].get("quantity", 1),
                percent=percent(),
                pick=pick(given),
                times=times(given.get("repeat")),
                partial=bool(given.get("partial_get", False)),
            )
        case "gift":
            return pricing.Gift(sku=given["sku"], units=given.get("quantity", 1))
        case "shipping_percent":
            return pricing.DeliveryPercent(percent=percent(), methods=methods)
        case "shipping_fixed":
            return pricing.DeliveryAmount(
                amount=amount("amount"), methods=methods, across=given.get("spread") == "across"
            )
        case "shipping_price":
            return pricing.DeliveryPrice(price=amount("price"), methods=methods)
        case "free_shipping":
            return pricing.FreeDelivery(methods=methods)
        case "order_and_shipping_fixed":
            if "percent" in given:
                return pricing.OrderAndDelivery(percent=percent())
            return pricing.OrderAndDelivery(amount=amount("amount"))
        case other:
            raise Unsupported(f"promotion kind {other!r}")


def pick(given: Mapping[str, Any]) -> Pick | None:
    return Pick(given["pick"]) if "pick" in given else None


def times(repeat: Any) -> int | None:
    """A number of times; true is as often as there are units, false once."""
    if repeat is False:
        return 1
    return None if repeat is True or not repeat else int(repeat)


def group_effect(
    given: Mapping[str, Any], amount: Callable[[str], Money], percent: Callable[[], Percent]
) -> pricing.GroupEffect:
    match given["effect"]:
        case "percent":
            return pricing.PercentOffGroup(percent=percent())
        case "fixed":
            return pricing.AmountOffGroup(amount=amount("amount"))
        case "price":
            return pricing.GroupPrice(price=amount("price"))
        case "unit_price":
            return pricing.GroupUnitPrice(price=amount("price"))
        case "nth_free":
            return pricing.NthFree(nth=given.get("nth", 1), overall=given.get("pick") == "overall")
        case other:
            raise Unsupported(f"effect {other!r} on a group")


# Coupons


def campaign(given: Mapping[str, Any], place: int) -> str:
    return f"campaign-{name(given, place)}"


def usable_campaigns(case: Case) -> Iterator[str]:
    entered = {pricing.normal_code(code) for code in case.get("context", {}).get("coupon_codes", ())}
    for place, given in enumerate(case["promotions"]):
        coupon = given.get("coupon")
        if coupon and pricing.normal_code(coupon["code"]) in entered and has_uses_left(coupon):
            yield campaign(given, place)


def has_uses_left(coupon: Mapping[str, Any]) -> bool:
    limits = (("usage_limit", "used"), ("per_customer_limit", "used_by_customer"))
    return all(coupon.get(limit) is None or coupon.get(used, 0) < coupon[limit] for limit, used in limits)


# What comes out


def priced(case: Case) -> Mapping[str, Any]:
    basket = Basket(
        currency=case["currency"],
        lines=basket_lines(case),
        delivery_method=chosen_delivery(case),
        country="PL",
        circumstances=circumstances(case, usable_campaigns(case)),
    )
    quote = pricing.quote(basket, tariff(case), promotions(case), policy(case.get("rules", {})))
    if isinstance(quote, Quote):
        return amounts_of(quote, case)
    if quote.reasons == (pricing.EmptyBasket(),):  # there is nothing to pay for nothing
        return dict.fromkeys(("total", "discount_total", "items_total", "net_total", "tax_total", "subtotal"), "0")
    return {"rejected": [type(reason).__name__ for reason in quote.reasons]}


def amounts_of(quote: Quote, case: Case) -> dict[str, Any]:
    currency = case["currency"]
    deliveries = [*delivered(quote, case)]
    left = {line.line: line.unit_price.minor * line.quantity - line.share.discount for line in quote.lines}
    vat = [(group.rate, group.price_includes_vat, group.vat.minor) for group in quote.vat]
    if not quote.delivery:
        vat += [(each.vat, each.price_includes_vat, each.vat_amount.minor) for each in deliveries]
    total = quote.goods.minor + sum(each.gross.minor for each in deliveries)
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
        "payable_net": pricing.rounded(payable * (total - tax), total, Rounding.HALF_UP) if total else 0,
    }
    by_sku = {line.line: line.sku for line in quote.lines}
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
    scale = 10 ** MINOR_UNITS[case["currency"]] if given["unit"] == "major" else 1
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
    scale = 1
    for weight in weights:
        scale = max(scale, scale * weight.denominator // _gcd(scale, weight.denominator))
    return [int(weight * scale) for weight in weights]


def _gcd(one: int, other: int) -> int:
    while other:
        one, other = other, one % other
    return one


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
    for case in cases:
        expected = case.get("correct", case["expected"])
        try:
            got = outcome(case)
        except Unsupported as reason:
            unsupported.append({"id": case["id"], "reason": str(reason)})
            continue
        except Exception as error:
            failed.append({"id": case["id"], "expected": expected, "got": f"{type(error).__name__}: {error}"})
            continue
        if all(key in got and same(value, got[key]) for key, value in expected.items()):
            passed += 1
        else:
            failed.append({"id": case["id"], "expected": expected, "got": {key: got.get(key) for key in expected}})
    return {"passed": passed, "failed": failed, "unsupported": unsupported}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m tests.peer_cases FILE.json", file=sys.stderr)  # noqa: T201
        return 2
    result = run(json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    print(json.dumps(result, indent=2, ensure_ascii=False))  # noqa: T201
    return 1 if result["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
