"""What a shop is opened with: examined before anything runs, with a safe default for what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from .. import coupons, orders, payments, pricing, stock
from ..errors import InvalidInputError
from ..identifiers import code
from ..loyalty import Programme
from ..ports.courier import Courier
from ..ports.gateway import PaymentGateway
from ..ports.notifier import Notifier
from ..ports.store import Store
from ..ports.warehouse import Warehouse
from ..ports.world import Clock
from ..pricing import Tariff
from ..shipping import Insert
from ..texts import human_text
from ..workflows import PaymentMethod, Policy
from ._door import (
    optional,
    require_call,
    require_kind,
    require_law,
    require_url,
    require_windows,
    several,
    values_by_name,
)
from ._errands import Partners
from ._fitting import carriers_of, require_fitting
from .defaults import BankTransfer, Mailbox, ManualCourier

__all__ = ("partners_of", "policy_of")

_WINDOWS: Mapping[payments.TenderKind, timedelta] = {
    payments.TenderKind.PREPAID: timedelta(hours=1),
    payments.TenderKind.TRANSFER: timedelta(days=7),
}


def partners_of(
    store: Store,
    clock: Clock,
    *,
    gateways: Mapping[str, PaymentGateway] | None,
    couriers: Mapping[str, Courier] | None,
    notifier: Notifier | None,
    warehouses: Mapping[str, Warehouse] | None,
    return_url: str | None,
) -> Partners:
    """Everybody outside; transfers, cash at the door and a courier are there in any case, worked by hand."""
    own_gateways = values_by_name(gateways, "gateways", partial(require_kind, PaymentGateway))
    own_couriers = values_by_name(couriers, "couriers", partial(require_kind, Courier))
    return Partners(
        gateways={"transfer": BankTransfer(), "cash_on_delivery": BankTransfer(), **own_gateways},
        couriers={"manual": ManualCourier(), **own_couriers},
        notifier=optional(Notifier, notifier, "notifier") or Mailbox(store, clock),
        warehouses=values_by_name(warehouses, "warehouses", partial(require_kind, Warehouse)),
        return_url=require_url(return_url, "return_url"),
    )


def policy_of(
    partners: Partners,
    *,
    seller: str,
    channel: str,
    law: str,
    tariff: Tariff | None,
    promotions: pricing.Promotions | None,
    campaigns: Sequence[coupons.Campaign],
    money: pricing.MoneyPolicy | None,
    loyalty: Programme | None,
    payment_methods: Sequence[PaymentMethod] | None,
    payment_window: Mapping[payments.TenderKind, timedelta] | None,
    checks: Sequence[orders.HostCheck],
    stages: Sequence[orders.HostStage],
    inserts: Sequence[Insert],
    locations: Sequence[stock.Location],
    sourcing: stock.Sourcing | None,
    sales_rules: Sequence[stock.SalesRule],
    b_grades: Mapping[str, str] | None,
    longest_hold: timedelta | None,
) -> Policy:
    """
    The shop's choices.

    Raises:
        InvalidInputError: one of them is of a wrong kind, or does not go with the others or with *partners*.
    """
    given = optional(Tariff, tariff, "tariff") or Tariff(())
    rules = _rules(sales_rules)
    places = _locations(locations, partners)
    policy = Policy(
        seller=human_text(seller, "seller"),
        channel=code(channel, "channel"),
        law=require_law(law),
        tariff=given,
        promotions=optional(pricing.Promotions, promotions, "promotions") or pricing.NO_PROMOTIONS,
        campaigns=_campaigns(campaigns),
        money=optional(pricing.MoneyPolicy, money, "money") or pricing.DEFAULT_POLICY,
        loyalty=optional(Programme, loyalty, "loyalty"),
        payment_methods=several(payment_methods or _methods(partners), PaymentMethod, "payment_methods"),
        checks=several(checks, orders.HostCheck, "checks"),
        stages=several(stages, orders.HostStage, "stages"),
        inserts=several(inserts, Insert, "inserts"),
        locations=places,
        sourcing=_sourcing(places, sourcing, rules),
        sales_rules=rules,
        warehouses=tuple(partners.warehouses),
        b_grades=_b_grades(b_grades, rules),
        longest_hold=_longest_hold(longest_hold),
        payment_window={**_WINDOWS, **require_windows(payment_window)},
        track_every=_track_every(partners),
        carriers=carriers_of(partners.couriers),
        currencies={name: gateway.capabilities.currencies for name, gateway in partners.gateways.items()},
    )
    if problems := orders.host_findings(policy.checks, policy.stages):
        raise InvalidInputError("checks and stages", "; ".join(problems))
    _require_ways_to_pay(policy, partners)
    require_fitting(given, policy, partners.gateways)
    return policy


def _campaigns(campaigns: Sequence[coupons.Campaign]) -> tuple[coupons.Campaign, ...]:
    found = several(campaigns, coupons.Campaign, "campaigns")
    coupons.check_campaigns(found)
    return found


def _methods(partners: Partners) -> Sequence[PaymentMethod]:
    kinds = {"transfer": payments.TenderKind.TRANSFER, "cash_on_delivery": payments.TenderKind.CASH_ON_DELIVERY}
    return [
        PaymentMethod(code=name, gateway=name, kind=kinds.get(name, payments.TenderKind.PREPAID))
        for name in partners.gateways
    ]


def _require_ways_to_pay(policy: Policy, partners: Partners) -> None:
    for method in policy.payment_methods:
        if method.kind in payments.STORED_VALUE:
            raise InvalidInputError("payment_methods", f"{method.kind} needs no method: see PayWithGiftCard")
        if method.gateway not in partners.gateways:
            raise InvalidInputError("payment_methods", f"{method.code!r} names the unknown gateway {method.gateway!r}")
    ways = {method.code for method in policy.payment_methods}
    for index, terms in enumerate(policy.tariff.payments):
        if terms.code not in ways:
            problem = f"{terms.code!r} is no payment method of this shop"
            raise InvalidInputError(f"tariff.payments[{index}].code", problem)


def _locations(locations: Sequence[stock.Location], partners: Partners) -> tuple[stock.Location, ...]:
    found = several(locations, stock.Location, "locations") or (stock.Location(stock.MAIN),)
    known = [location.code for location in found]
    if len({*known}) < len(known):
        raise InvalidInputError("locations", "every location has a code of its own")
    if not any(location.sells for location in found):
        raise InvalidInputError("locations", "at least one location is sold from")
    for name in partners.warehouses:
        if name not in known:
            raise InvalidInputError("warehouses", f"expected locations of this shop ({', '.join(known)}), got {name!r}")
    return found


def _sourcing(
    locations: Sequence[stock.Location], sourcing: stock.Sourcing | None, rules: Sequence[stock.SalesRule]
) -> stock.Sourcing | None:
    selling = tuple(location.code for location in locations if location.sells)
    if sourcing is not None:
        require_call(sourcing, "sourcing")
        return sourcing
    return None if selling == (stock.MAIN,) and not rules else stock.Priority(selling)


def _rules(sales_rules: Sequence[stock.SalesRule]) -> tuple[stock.SalesRule, ...]:
    rules = several(sales_rules, stock.SalesRule, "sales_rules")
    if len({rule.sku for rule in rules}) < len(rules):
        raise InvalidInputError("sales_rules", "every SKU has one rule")
    return rules


def _b_grades(b_grades: Mapping[str, str] | None, rules: Sequence[stock.SalesRule]) -> Mapping[str, Any]:
    found = values_by_name(b_grades, "b_grades", code)
    tracked = {rule.sku for rule in rules if rule.tracked_by is not None}
    for sku in found.values():
        if sku in tracked:
            raise InvalidInputError("b_grades", f"{sku!r} is tracked, and units of second choice are of no lot")
    return found


def _longest_hold(longest_hold: timedelta | None) -> timedelta | None:
    if longest_hold is not None and (type(longest_hold) is not timedelta or longest_hold <= timedelta(0)):
        raise InvalidInputError("longest_hold", "expected a timedelta above zero")
    return longest_hold


def _track_every(partners: Partners) -> Mapping[str, timedelta]:
    every = ((name, courier.capabilities.track_every) for name, courier in partners.couriers.items())
    return {name: pause for name, pause in every if pause is not None}
