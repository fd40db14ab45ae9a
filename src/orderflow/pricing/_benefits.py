"""
What a promotion gives, as data. Each class says what is counted, what is rounded, and where its limit is.

Amounts are taken in terms of the listed prices (gross where these include VAT), never below a unit's floor, and never
more than is left. Where only some units of a line are reduced, the line's price per unit comes down evenly.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import attrs

from .._sequence import sequence
from ..errors import InvalidInputError
from ..identifiers import code
from ..money import Money, at_least_zero
from ..quantities import quantity
from ._amounts import Amounts, optional_amounts, some_amounts, to_amounts
from ._basket import flag, to_data
from ._percent import ALL_OF_IT, Percent
from ._policy import Pick
from ._target import Target, codes, to_codes

MOST_TIERS = 100
MOST_PARTS = 20


def _percent(_: object, field: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, Percent):
        raise InvalidInputError(field.name, "expected a Percent; Percent.parse('10') is ten percent")


def _units(_: object, field: attrs.Attribute[Any], value: Any) -> None:
    quantity(value, field.name)


def _units_or_none(_: object, field: attrs.Attribute[Any], value: Any) -> None:
    if value is not None:
        quantity(value, field.name)


def _pick(_: object, field: attrs.Attribute[Any], value: Any) -> None:
    if value is not None and not isinstance(value, Pick):
        raise InvalidInputError(field.name, "expected a Pick, or None for the money policy's")


def _flag(_: object, field: attrs.Attribute[Any], value: Any) -> None:
    flag(value, field.name)


def _target(_: object, field: attrs.Attribute[Any], value: Any) -> None:
    if not isinstance(value, Target):
        raise InvalidInputError(field.name, "expected a Target")


def _either(amount: Amounts, percent: Percent) -> None:
    if bool(amount) == bool(percent.millionths):
        raise InvalidInputError("percent", "give either an amount or a percentage above zero")


@attrs.frozen(kw_only=True)
class OrderPercent:
    """A percentage of what the target's lines come to, ``at_most`` so much; rounded once, shared by what is left."""

    percent: Percent = attrs.field(validator=_percent)
    at_most: Amounts = attrs.field(default=(), converter=to_amounts, validator=optional_amounts)


@attrs.frozen(kw_only=True)
class OrderAmount:
    """An amount off the target's lines together, shared by what is left of them."""

    amount: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)


@attrs.frozen(kw_only=True)
class OrderPrice:
    """The target's lines together cost this much (and never more than before)."""

    price: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)


@attrs.frozen(kw_only=True)
class LinePercent:
    """
    A percentage off each line of the target, rounded once for each line; ``by_unit`` rounds for each unit instead.

    On at most ``max_units`` in all (picked by price) and ``max_units_per_line``; ``at_most`` caps the whole, which is
    then shared by what is left.
    """

    percent: Percent = attrs.field(validator=_percent)
    max_units: int | None = attrs.field(default=None, validator=_units_or_none)
    max_units_per_line: int | None = attrs.field(default=None, validator=_units_or_none)
    pick: Pick | None = attrs.field(default=None, validator=_pick)
    by_unit: bool = attrs.field(default=False, validator=_flag)
    at_most: Amounts = attrs.field(default=(), converter=to_amounts, validator=optional_amounts)


@attrs.frozen(kw_only=True)
class LineAmount:
    """An amount off each line of the target, once for each line."""

    amount: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)


@attrs.frozen(kw_only=True)
class UnitAmount:
    """An amount off each unit of the target; limits as for :class:`LinePercent`."""

    amount: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)
    max_units: int | None = attrs.field(default=None, validator=_units_or_none)
    max_units_per_line: int | None = attrs.field(default=None, validator=_units_or_none)
    pick: Pick | None = attrs.field(default=None, validator=_pick)


@attrs.frozen(kw_only=True)
class UnitPrice:
    """Each unit of the target costs this much; what is cheaper stays so."""

    price: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)


@attrs.frozen(kw_only=True)
class FirstAndFurther:
    """One amount off the first unit of each line, another off each further one, on ``max_units`` of a line at most."""

    first: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)
    further: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)
    max_units: int | None = attrs.field(default=None, validator=_units_or_none)


@attrs.frozen
class AmountTier:
    """From ``threshold`` on, ``amount``; both in the same currency."""

    threshold: Money
    amount: Money

    def __attrs_post_init__(self) -> None:
        at_least_zero(self.threshold, "threshold")
        at_least_zero(self.amount, "amount")
        if self.threshold.currency != self.amount.currency:
            raise InvalidInputError("amount", f"expected {self.threshold.currency} like the threshold")


@attrs.frozen
class PercentTier:
    """From a total of ``threshold`` on, ``percent``."""

    threshold: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)
    percent: Percent = attrs.field(validator=_percent)


@attrs.frozen
class UnitsTier:
    """From so many units on, ``percent``."""

    units: int = attrs.field(validator=_units)
    percent: Percent = attrs.field(validator=_percent)


def _tiers(_: object, field: attrs.Attribute[Any], values: Any) -> None:
    if len(values) > MOST_TIERS:
        raise InvalidInputError(field.name, f"at most {MOST_TIERS}, got {len(values)}")
    for index, tier in enumerate(values):
        if not isinstance(tier, AmountTier | PercentTier | UnitsTier):
            raise InvalidInputError(f"{field.name}[{index}]", "expected a tier")


def _to_amount_tiers(values: Iterable[AmountTier]) -> tuple[AmountTier, ...]:
    return sequence(values, "tiers")


def _to_percent_tiers(values: Iterable[PercentTier]) -> tuple[PercentTier, ...]:
    return sequence(values, "tiers")


def _to_units_tiers(values: Iterable[UnitsTier]) -> tuple[UnitsTier, ...]:
    return sequence(values, "tiers")


@attrs.frozen(kw_only=True)
class LineAmountByValue:
    """An amount off each line of the target: the ``base``, or that of the highest tier which the line reaches."""

    base: Amounts = attrs.field(default=(), converter=to_amounts, validator=optional_amounts)
    tiers: tuple[AmountTier, ...] = attrs.field(default=(), converter=_to_amount_tiers, validator=_tiers)


@attrs.frozen(kw_only=True)
class LinePercentByTotal:
    """A percentage off each line of the target; the basket's total at list prices decides which."""

    base: Percent = attrs.field(default=Percent(0), validator=_percent)
    tiers: tuple[PercentTier, ...] = attrs.field(default=(), converter=_to_percent_tiers, validator=_tiers)


@attrs.frozen(kw_only=True)
class LinePercentByUnits:
    """A percentage off each line of the target; how many units of the target there are decides which."""

    base: Percent = attrs.field(default=Percent(0), validator=_percent)
    tiers: tuple[UnitsTier, ...] = attrs.field(default=(), converter=_to_units_tiers, validator=_tiers)


@attrs.frozen(kw_only=True)
class PerCompleteGroup:
    """
    An amount or a percentage off each unit that belongs to a complete group of ``size`` units of the target.

    Lines with more units fill the groups first. It consumes nothing: other deals may count the same units.
    """

    size: int = attrs.field(validator=_units)
    amount: Amounts = attrs.field(default=(), converter=to_amounts, validator=optional_amounts)
    percent: Percent = attrs.field(default=Percent(0), validator=_percent)

    def __attrs_post_init__(self) -> None:
        _either(self.amount, self.percent)


@attrs.frozen(kw_only=True)
class BundlePrice:
    """The ``units`` cheapest units of the target together cost this much, once."""

    units: int = attrs.field(validator=_units)
    price: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)


@attrs.frozen(kw_only=True)
class PercentOffGroup:
    """A percentage off each group."""

    percent: Percent = attrs.field(validator=_percent)


@attrs.frozen(kw_only=True)
class AmountOffGroup:
    """An amount off each group."""

    amount: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)


@attrs.frozen(kw_only=True)
class GroupPrice:
    """Each group costs this much."""

    price: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)


@attrs.frozen(kw_only=True)
class GroupUnitPrice:
    """Each unit of a group costs this much; one that is cheaper stays as it is."""

    price: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)


@attrs.frozen(kw_only=True)
class NthFree:
    """
    The ``nth`` cheapest unit of each group is free; ``overall``: as many of the cheapest as there are groups.

    "3 for 2" over nine goods from 5 to 45 gives 60 the first way and 30 the second, so it has to be said. ``spread``
    shares what is saved over all units of the group by price, as in :class:`BuyGet`.
    """

    nth: int = attrs.field(default=1, validator=_units)
    overall: bool = attrs.field(default=False, validator=_flag)
    spread: bool = attrs.field(default=False, validator=_flag)


GroupEffect: TypeAlias = PercentOffGroup | AmountOffGroup | GroupPrice | GroupUnitPrice | NthFree


@attrs.frozen(kw_only=True)
class GroupDeal:
    """
    Units of the target by price, cheapest first (or dearest), are cut into complete groups of ``size``.

    Grouped units are consumed: no other deal counts them.
    """

    size: int = attrs.field(validator=_units)
    effect: GroupEffect
    max_groups: int | None = attrs.field(default=None, validator=_units_or_none)
    dearest_first: bool = attrs.field(default=False, validator=_flag)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.effect, GroupEffect):
            raise InvalidInputError("effect", f"expected the effect of a group, got {type(self.effect).__name__}")
        if isinstance(self.effect, NthFree) and self.effect.nth > self.size:
            raise InvalidInputError("effect.nth", f"a group has only {self.size} units")


@attrs.frozen(kw_only=True)
class BuyGet:
    """
    For ``buy_units`` of ``buy`` (the dearest), ``get_units`` of ``get`` come ``percent`` cheaper.

    ``times`` limits how often; ``partial`` gives fewer where there are fewer. The promotion's own target is not
    asked. Both sides are consumed. ``spread`` shares what is saved over all units of the deal by price, so that
    giving the paid ones back and keeping the free one does not pay.
    """

    buy: Target = attrs.field(validator=_target)
    buy_units: int = attrs.field(default=1, validator=_units)
    get: Target = attrs.field(validator=_target)
    get_units: int = attrs.field(default=1, validator=_units)
    percent: Percent = attrs.field(default=ALL_OF_IT, validator=_percent)
    pick: Pick | None = attrs.field(default=None, validator=_pick)
    times: int | None = attrs.field(default=None, validator=_units_or_none)
    partial: bool = attrs.field(default=False, validator=_flag)
    spread: bool = attrs.field(default=False, validator=_flag)


@attrs.frozen
class SetPart:
    """So many units of a target, as a part of a set."""

    of: Target = attrs.field(validator=_target)
    units: int = attrs.field(default=1, validator=_units)


def _set_parts(values: Iterable[SetPart]) -> tuple[SetPart, ...]:
    found = sequence(values, "parts")
    if not 1 <= len(found) <= MOST_PARTS:
        raise InvalidInputError("parts", f"expected 1 to {MOST_PARTS} parts")
    for index, part in enumerate(found):
        if not isinstance(part, SetPart):
            raise InvalidInputError(f"parts[{index}]", "expected a SetPart")
    return found


@attrs.frozen(kw_only=True)
class SetPrice:
    """
    A set of goods (this and one of those) costs this much; the dearest that fit are taken, and consumed.

    It has at most twenty ``parts``.
    """

    parts: tuple[SetPart, ...] = attrs.field(converter=_set_parts)
    price: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)
    times: int | None = attrs.field(default=None, validator=_units_or_none)


@attrs.frozen(kw_only=True)
class Gift:
    """``units`` of ``sku`` are free once they are in the basket; until then the outcome says what may be added."""

    sku: str
    units: int = attrs.field(default=1, validator=_units)

    def __attrs_post_init__(self) -> None:
        code(self.sku, "sku")


@attrs.frozen(kw_only=True)
class DeliveryPercent:
    """A percentage off the delivery, by these methods (all, when empty)."""

    percent: Percent = attrs.field(validator=_percent)
    methods: tuple[str, ...] = attrs.field(default=(), converter=to_codes, validator=codes)


@attrs.frozen(kw_only=True)
class DeliveryAmount:
    """
    An amount off the delivery, by these methods (all, when empty).

    ``across`` shares one amount over the methods by price, for baskets that are charged for several deliveries.
    """

    amount: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)
    methods: tuple[str, ...] = attrs.field(default=(), converter=to_codes, validator=codes)
    across: bool = attrs.field(default=False, validator=_flag)


@attrs.frozen(kw_only=True)
class DeliveryPrice:
    """Delivery by these methods (all, when empty) costs this much, where it cost more."""

    price: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)
    methods: tuple[str, ...] = attrs.field(default=(), converter=to_codes, validator=codes)


@attrs.frozen(kw_only=True)
class FreeDelivery:
    """Delivery by these methods (all, when empty) costs nothing."""

    methods: tuple[str, ...] = attrs.field(default=(), converter=to_codes, validator=codes)


@attrs.frozen(kw_only=True)
class OrderAndDelivery:
    """An amount or a percentage off the target's lines and the delivery together, shared by what is left of each."""

    amount: Amounts = attrs.field(default=(), converter=to_amounts, validator=optional_amounts)
    percent: Percent = attrs.field(default=Percent(0), validator=_percent)

    def __attrs_post_init__(self) -> None:
        _either(self.amount, self.percent)


@attrs.frozen
class HostBenefit:
    """A benefit of the host's own: its registered ``name``, and the data it is asked with."""

    name: str
    data: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=to_data)

    def __attrs_post_init__(self) -> None:
        code(self.name, "name")


GoodsBenefit: TypeAlias = (
    OrderPercent
    | OrderAmount
    | OrderPrice
    | LinePercent
    | LineAmount
    | UnitAmount
    | UnitPrice
    | FirstAndFurther
    | LineAmountByValue
    | LinePercentByTotal
    | LinePercentByUnits
    | PerCompleteGroup
    | BundlePrice
    | GroupDeal
    | BuyGet
    | SetPrice
    | Gift
    | HostBenefit
)
DeliveryBenefit: TypeAlias = DeliveryPercent | DeliveryAmount | DeliveryPrice | FreeDelivery
Benefit: TypeAlias = GoodsBenefit | DeliveryBenefit | OrderAndDelivery
