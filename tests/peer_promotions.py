"""Promotions and coupons of the common vocabulary in orderflow's own terms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from tests.peer_vocabulary import Case, Unsupported, by_value, chosen, money, needed

from orderflow import pricing
from orderflow.money import Money
from orderflow.pricing import Percent, Pick, Promotion, Promotions, Stacking, Target

_STACKING = {
    "sequential": Stacking.SEQUENTIAL,
    "lanes": Stacking.LANES,
    "compete": Stacking.COMPETE,
    "zone": Stacking.ZONE,
}


def promotions(case: Case) -> Promotions:
    stacking = chosen(case.get("rules", {}), "stacking", "sequential", _STACKING)
    listed = case.get("promotions", ())
    given = sorted(enumerate(listed), key=lambda pair: -pair[1].get("priority", 0))
    in_list_order = stacking in (Stacking.SEQUENTIAL, Stacking.LANES)
    found = [
        promotion(each, place, case, -rank if in_list_order else each.get("priority", 0))
        for rank, (place, each) in enumerate(given)
    ]
    return Promotions(found, stacking)


def promotion(given: Mapping[str, Any], place: int, case: Case, priority: int) -> Promotion:
    return Promotion(
        id=unique_name(given, place, case),
        benefit=benefit(given, case),
        target=goods(given, place, case["currency"]),
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
    earlier = [name(other, index) for index, other in enumerate(case.get("promotions", ())[:place])]
    return f"{name(given, place)}~{place}" if name(given, place) in earlier else name(given, place)


def goods(given: Mapping[str, Any], place: int, currency: str) -> Target:
    target = wanted(given)
    skip = given.get("skip_already_discounted", target.get("skip_already_discounted", False))
    if needs_mark(target):
        return Target(tags=[mark(place)], skip_reduced=skip)
    return Target(
        skus=target.get("skus", ()),
        tags=target.get("tags", ()),
        lowest_price=[money(target["min_unit_price"], currency)] if "min_unit_price" in target else (),
        highest_price=[money(target["max_unit_price"], currency)] if "max_unit_price" in target else (),
        skip_reduced=skip,
    )


def wanted(given: Mapping[str, Any]) -> Mapping[str, Any]:
    target = given.get("target", "all")
    return {} if target == "all" else target


def needs_mark(target: Mapping[str, Any]) -> bool:
    """
    Whether orderflow's own target cannot say it: a SKU *and* a tag at once, or one that nothing can be.

    The lines that are meant are marked with a tag then.
    """
    if {"skus", "tags"} <= {*target} or [] in (target.get("skus"), target.get("tags")):
        return True
    bounds = [Fraction(str(target[key])) for key in ("min_unit_price", "max_unit_price") if key in target]
    return bounds != sorted(bounds)


def mark(place: int) -> str:
    return f"target of promotion {place}"


def marks(line: Mapping[str, Any], case: Case) -> Iterator[str]:
    for place, given in enumerate(case.get("promotions", ())):
        target = wanted(given)
        if needs_mark(target) and is_meant(line, target):
            yield mark(place)


def is_meant(line: Mapping[str, Any], target: Mapping[str, Any]) -> bool:
    price = Fraction(str(line["unit_price"]))
    return (
        line["sku"] in target.get("skus", [line["sku"]])
        and ("tags" not in target or not {*line.get("tags", ())}.isdisjoint(target["tags"]))
        and price >= Fraction(str(target.get("min_unit_price", price)))
        and price <= Fraction(str(target.get("max_unit_price", price)))
    )


def conditions(given: Mapping[str, Any], place: int, case: Case) -> Iterator[pricing.Condition]:
    if "coupon" in given:
        yield pricing.WithCoupon(campaign(given, place))
    for condition in given.get("conditions", ()):
        yield one_condition(condition, case)


def one_condition(given: Mapping[str, Any], case: Case) -> pricing.Condition:
    value, currency = given.get("value"), case["currency"]
    match given["type"]:
        case "min_items_total":
            return pricing.GoodsTotal(at_least=money(value, currency))
        case "min_discounted_total":
            return pricing.DiscountedTotal(at_least=money(value, currency))
        case "min_total_of":
            return pricing.GoodsTotal(at_least=money(value, currency), of=of_skus(given))
        case "min_quantity":
            return pricing.Units(at_least=int(value), of=of_skus(given))
        case "min_line_quantity":
            return pricing.UnitsOfOneLine(at_least=int(value), of=of_skus(given))
        case "contains":
            return pricing.Units(at_least=int(given.get("min_quantity", 1)), of=of_skus(given))
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
            return delivered_by(given.get("values", [value]), case)
        case other:
            raise Unsupported(f"condition {other!r}")


def delivered_by(methods: Iterable[str], case: Case) -> pricing.Condition:
    """The context says how a basket is delivered, also where nothing or something else is charged for it."""
    said_to_be = case.get("context", {}).get("shipping_method")
    if said_to_be == only_delivery(case):
        return pricing.ByDelivery(methods)
    return pricing.All([]) if said_to_be in methods else pricing.AnyOf([])


def of_skus(given: Mapping[str, Any]) -> Target:
    return Target(skus=given.get("skus", ()), tags=given.get("tags", ()))


NOTHING = pricing.LinePercent(percent=Percent(0))


def a_percent(text: Any) -> Percent:
    """More than all of a price is all of it."""
    return Percent.parse("100" if Fraction(str(text)) > 100 else str(text))


def benefit(given: Mapping[str, Any], case: Case) -> pricing.Benefit:
    currency = case["currency"]

    def amount(key: str) -> Money:
        return money(needed(given, key), currency)

    def percent() -> Percent:
        return a_percent(needed(given, "percent"))

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
        case "line_percent" | "line_percent_capped" as kind:
            return pricing.LinePercent(
                percent=percent(),
                **most,
                pick=pick(given),
                by_unit=chosen(given, "rounding_basis", "line", {"line": False, "unit": True}),
                at_most=amount("max_amount") if "max_amount" in given or kind == "line_percent_capped" else (),
            )
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
            steps = [pricing.PercentTier(money(at, currency), a_percent(off)) for at, off in given["tiers"].items()]
            return pricing.LinePercentByTotal(base=a_percent(given.get("base", "0")), tiers=steps)
        case "tiered_percent_qty":
            levels = [pricing.UnitsTier(int(at), a_percent(off)) for at, off in given["tiers"].items()]
            return pricing.LinePercentByUnits(base=a_percent(given.get("base", "0")), tiers=levels)
        case "quantity_groups":
            if "amount" in given:
                return pricing.PerCompleteGroup(size=given["group_size"], amount=amount("amount"))
            if not percent().millionths:
                return NOTHING
            return pricing.PerCompleteGroup(size=given["group_size"], percent=percent())
        case "bundle_price":
            return pricing.BundlePrice(units=given["count"], price=amount("price"))
        case "group_discount":
            return pricing.GroupDeal(
                size=given["count"],
                effect=group_effect(given, amount, percent),
                max_groups=given.get("max_groups"),
                dearest_first=chosen(given, "sort", "price_asc", {"price_asc": False, "price_desc": True}),
            )
        case "buy_x_get_y":
            return pricing.BuyGet(
                buy=of_skus(given["buy"]),
                buy_units=given["buy"].get("quantity", 1),
                get=of_skus(given["get"]),
                get_units=given["get"].get("quantity", 1),
                percent=a_percent(given.get("percent", "100")),
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
                amount=amount("amount"),
                methods=methods,
                across=chosen(given, "spread", "each", {"each": False, "across": True}),
            )
        case "shipping_price":
            return pricing.DeliveryPrice(price=amount("price"), methods=methods)
        case "free_shipping":
            return pricing.FreeDelivery(methods=methods)
        case "order_and_shipping_fixed":
            if "percent" in given:
                return pricing.OrderAndDelivery(percent=percent()) if percent().millionths else NOTHING
            return pricing.OrderAndDelivery(amount=amount("amount"))
        case other:
            raise Unsupported(f"promotion kind {other!r}")


def pick(given: Mapping[str, Any]) -> Pick | None:
    return chosen(given, "pick", "", by_value(Pick)) if "pick" in given else None


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
            overall = chosen(given, "pick", "per_group", {"per_group": False, "overall": True})
            return pricing.NthFree(nth=given.get("nth", 1), overall=overall)
        case other:
            raise Unsupported(f"effect {other!r} on a group")


def campaign(given: Mapping[str, Any], place: int) -> str:
    return f"campaign-{name(given, place)}"


def usable_campaigns(case: Case) -> Iterator[str]:
    entered = {pricing.normal_code(code) for code in case.get("context", {}).get("coupon_codes", ())}
    for place, given in enumerate(case.get("promotions", ())):
        coupon = given.get("coupon")
        if coupon and pricing.normal_code(coupon["code"]) in entered and has_uses_left(coupon):
            yield campaign(given, place)


def has_uses_left(coupon: Mapping[str, Any]) -> bool:
    limits = (("usage_limit", "used"), ("per_customer_limit", "used_by_customer"))
    return all(coupon.get(limit) is None or coupon.get(used, 0) < coupon[limit] for limit, used in limits)


def only_delivery(case: Case) -> str | None:
    """The one that is charged; of several each is."""
    methods = [shipping["method"] for shipping in case.get("shipping", ())]
    return methods[0] if len(methods) == 1 else None


def instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
