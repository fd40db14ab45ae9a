"""What a shop decides once: its seller, law, prices of delivery, ways to pay, checks, stages and waiting times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

import attrs

from ..coupons import Campaign
from ..identifiers import MAIN
from ..loyalty import Programme
from ..orders import HostCheck, HostStage
from ..payments import TenderKind
from ..pricing import (
    DEFAULT_POLICY,
    NO_PROMOTIONS,
    DeliveryKind,
    DeliveryMethod,
    MoneyPolicy,
    PaymentTerms,
    Promotions,
    Tariff,
)
from ..shipping import Carrier, Insert
from ..stock import Location, SalesRule, Sourcing, Tracking

__all__ = ("PROCESS", "PaymentMethod", "Policy", "collects_cash")

PROCESS = "process/1"
"""The version of these workflows; every order pins the one it was placed under."""


@attrs.frozen(kw_only=True)
class PaymentMethod:
    """A way to pay: which gateway does it, and whether money comes before, by transfer, or at the door."""

    code: str
    gateway: str
    kind: TenderKind


def _default_windows() -> Mapping[TenderKind, timedelta]:
    return MappingProxyType({TenderKind.PREPAID: timedelta(hours=1), TenderKind.TRANSFER: timedelta(days=7)})


@attrs.frozen(kw_only=True)
class Policy:
    """
    One shop's choices, as data.

    ``tariff`` gets terms for those of ``payment_methods`` for which it has none: they cost nothing, and cash at the
    door goes with every delivery that comes to one and whose courier collects it. Terms that name no currencies get
    those of their gateway (``currencies``). ``payment_window`` is how long an unpaid order and its stock wait,
    by kind of payment; cash on delivery never expires by it. ``sourcing`` chooses between several ``locations``; None
    where all stock lies in the main one. Further attempts to pay keep an order's units for ``longest_hold`` after it
    was placed, and no longer. ``warehouses`` are the locations that lie in somebody else's house.
    ``b_grades`` are the SKUs as which returned units of second choice are sold. ``carriers`` say what couriers can do;
    without them any courier will do for anything.
    """

    seller: str
    channel: str
    law: str
    tariff: Tariff
    promotions: Promotions = NO_PROMOTIONS
    campaigns: tuple[Campaign, ...] = ()
    loyalty: Programme | None = None
    money: MoneyPolicy = DEFAULT_POLICY
    payment_methods: tuple[PaymentMethod, ...]
    checks: tuple[HostCheck, ...] = ()
    stages: tuple[HostStage, ...] = ()
    inserts: tuple[Insert, ...] = ()
    locations: tuple[Location, ...] = (Location(MAIN),)
    sourcing: Sourcing | None = None
    sales_rules: tuple[SalesRule, ...] = ()
    warehouses: tuple[str, ...] = ()
    b_grades: Mapping[str, str] = attrs.field(factory=dict)
    longest_hold: timedelta | None = None
    payment_window: Mapping[TenderKind, timedelta] = attrs.field(factory=_default_windows)
    track_every: Mapping[str, timedelta] = attrs.field(factory=dict)
    carriers: tuple[Carrier, ...] = ()
    currencies: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)

    rules: Mapping[str, SalesRule] = attrs.field(init=False, repr=False, eq=False)
    """``sales_rules`` by SKU."""
    tracked_by_lots: frozenset[str] = attrs.field(init=False, repr=False, eq=False)
    """SKUs whose units are told apart by lots."""

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "rules", {rule.sku: rule for rule in self.sales_rules})
        by_lots = (rule.sku for rule in self.sales_rules if rule.tracked_by is Tracking.LOTS)
        object.__setattr__(self, "tracked_by_lots", frozenset(by_lots))
        object.__setattr__(self, "tariff", _with_all_terms(self))

    @property
    def selling(self) -> tuple[str, ...]:
        """The locations that are sold from, in the shop's order."""
        return tuple(location.code for location in self.locations if location.sells)

    def payment_method(self, code: str) -> PaymentMethod | None:
        """The method with this code."""
        return next((method for method in self.payment_methods if method.code == code), None)


def _with_all_terms(policy: Policy) -> Tariff:
    tariff, methods = policy.tariff, policy.payment_methods
    known = {terms.code for terms in tariff.payments}
    added = tuple(terms for method in methods if method.code not in known and (terms := _terms(method, policy)))
    every = tuple(_in_currencies(terms, policy) for terms in (*tariff.payments, *added))
    return tariff if every == tariff.payments else attrs.evolve(tariff, payments=every)


def _in_currencies(terms: PaymentTerms, policy: Policy) -> PaymentTerms:
    method = policy.payment_method(terms.code)
    taken = () if method is None else policy.currencies.get(method.gateway, ())
    return attrs.evolve(terms, currencies=taken) if taken and not terms.currencies else terms


def _terms(method: PaymentMethod, policy: Policy) -> PaymentTerms | None:
    every = policy.tariff.methods
    there = tuple(each.code for each in every if collects_cash(each, policy.carriers))
    if method.kind is not TenderKind.CASH_ON_DELIVERY or len(there) == len(every):
        return PaymentTerms(code=method.code)
    return PaymentTerms(code=method.code, delivery_methods=there) if there else None


def collects_cash(method: DeliveryMethod, carriers: tuple[Carrier, ...]) -> bool:
    """Whether somebody takes cash where this delivery ends: the shop, or its courier; nobody at a download."""
    if method.kind in (DeliveryKind.DOWNLOAD, DeliveryKind.SHOP):
        return method.kind is DeliveryKind.SHOP
    return all(each.collects_cash for each in carriers if each.code == method.courier)
