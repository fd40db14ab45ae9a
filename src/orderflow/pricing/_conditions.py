"""
When a promotion applies: trees of conditions, as data.

Thresholds are met at equality; windows include their start and not their end. What is not known is not fulfilled, and
neither is its opposite. Who has no loyalty tier is known to be in none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

import attrs

from .._sequence import sequence
from ..errors import InvalidInputError
from ..identifiers import code
from ..moments import moment
from ..quantities import quantity
from ..texts import country_code
from ._amounts import Amounts, some_amounts, to_amounts
from ._basket import to_data
from ._target import EVERYTHING, Target, some_codes, to_codes

DEEPEST = 8
"""How many levels of conditions within conditions a promotion may have."""

MOST_CONDITIONS = 200
"""How many conditions a promotion may have in all."""

_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_DAYS = 7


def _conditions(values: Iterable[Condition]) -> tuple[Condition, ...]:
    return sequence(values, "conditions")


def _count(_: object, field: attrs.Attribute[Any], value: Any) -> None:
    quantity(value, field.name)


@attrs.frozen
class All:
    """All of them hold; with none, always."""

    conditions: tuple[Condition, ...] = attrs.field(default=(), converter=_conditions)


@attrs.frozen
class AnyOf:
    """One of them holds at least; with none, never."""

    conditions: tuple[Condition, ...] = attrs.field(converter=_conditions)


@attrs.frozen
class Not:
    """It is known not to hold."""

    condition: Condition


@attrs.frozen(kw_only=True)
class GoodsTotal:
    """The goods of the target come to ``at_least`` this much at list prices, before any discount."""

    at_least: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)
    of: Target = EVERYTHING


@attrs.frozen(kw_only=True)
class DiscountedTotal:
    """The goods of the target still come to ``at_least`` this much when the promotion's turn comes."""

    at_least: Amounts = attrs.field(converter=to_amounts, validator=some_amounts)
    of: Target = EVERYTHING


@attrs.frozen(kw_only=True)
class Units:
    """The basket has ``at_least`` so many units of the target."""

    at_least: int = attrs.field(default=1, validator=_count)
    of: Target = EVERYTHING


@attrs.frozen(kw_only=True)
class UnitsOfOneLine:
    """One line of the target has ``at_least`` so many units."""

    at_least: int = attrs.field(default=1, validator=_count)
    of: Target = EVERYTHING


@attrs.frozen
class InGroup:
    """The customer is in one of these groups or segments."""

    groups: tuple[str, ...] = attrs.field(converter=to_codes, validator=some_codes)


@attrs.frozen
class InTier:
    """The customer has one of these loyalty tiers."""

    tiers: tuple[str, ...] = attrs.field(converter=to_codes, validator=some_codes)


@attrs.frozen
class NthOrder:
    """It is the customer's order number ``number``; 1 is the first one."""

    number: int = attrs.field(default=1, validator=_count)


@attrs.frozen
class InCountry:
    """The goods go to one of these countries."""

    countries: tuple[str, ...] = attrs.field(converter=to_codes, validator=some_codes)

    def __attrs_post_init__(self) -> None:
        for index, country in enumerate(self.countries):
            country_code(country, f"countries[{index}]")


@attrs.frozen
class ByDelivery:
    """One of these delivery methods is chosen."""

    methods: tuple[str, ...] = attrs.field(converter=to_codes, validator=some_codes)


@attrs.frozen
class ByPayment:
    """One of these payment methods is chosen."""

    methods: tuple[str, ...] = attrs.field(converter=to_codes, validator=some_codes)


@attrs.frozen
class InChannel:
    """The basket comes through one of these channels."""

    channels: tuple[str, ...] = attrs.field(converter=to_codes, validator=some_codes)


@attrs.frozen
class WithCoupon:
    """A usable code of this campaign was given."""

    campaign: str

    def __attrs_post_init__(self) -> None:
        code(self.campaign, "campaign")


@attrs.frozen(kw_only=True)
class Between:
    """From ``starts`` on and before ``ends``; None leaves a side open."""

    starts: datetime | None = None
    ends: datetime | None = None

    def __attrs_post_init__(self) -> None:
        for path in ("starts", "ends"):
            if getattr(self, path) is not None:
                moment(getattr(self, path), path)
        if self.starts is not None and self.ends is not None and self.ends <= self.starts:
            raise InvalidInputError("ends", "must come after the start: nothing lies between them")


def _to_days(values: Iterable[int]) -> tuple[int, ...]:
    found = sequence(values, "days")
    return tuple(sorted(set(found))) if all(type(day) is int for day in found) else found


@attrs.frozen(kw_only=True)
class WeeklyHours:
    """
    On these days of the week (1 is Monday) from ``starts`` and before ``ends``, by the clocks of ``zone``.

    ``24:00`` ends a day. What goes past midnight is written as two windows.
    """

    days: tuple[int, ...] = attrs.field(converter=_to_days)
    starts: str = "00:00"
    ends: str = "24:00"
    zone: str

    def __attrs_post_init__(self) -> None:
        if not self.days or any(type(day) is not int or not 1 <= day <= _DAYS for day in self.days):
            raise InvalidInputError("days", "expected days of the week from 1 (Monday) to 7 (Sunday)")
        for path in ("starts", "ends"):
            text = getattr(self, path)
            if not isinstance(text, str) or not (_CLOCK.fullmatch(text) or (path, text) == ("ends", "24:00")):
                raise InvalidInputError(path, "expected a time of day such as '18:30'")
        if self.ends <= self.starts:
            raise InvalidInputError("ends", "must come after the start; write what goes past midnight as two windows")
        _zone(self.zone)

    def includes(self, at: datetime) -> bool:
        """Whether *at* falls into one of the windows."""
        local = at.astimezone(_zone(self.zone))
        return local.isoweekday() in self.days and self.starts <= f"{local:%H:%M}" < self.ends


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except Exception:  # noqa: BLE001 whatever zoneinfo makes of a strange name
        raise InvalidInputError("zone", "expected the name of a time zone such as 'Europe/Warsaw'") from None


@attrs.frozen
class HostCondition:
    """A condition of the host's own: its registered ``name``, and the data it is asked with."""

    name: str
    data: tuple[tuple[str, str], ...] = attrs.field(default=(), converter=to_data)

    def __attrs_post_init__(self) -> None:
        code(self.name, "name")


Condition: TypeAlias = (
    All
    | AnyOf
    | Not
    | GoodsTotal
    | DiscountedTotal
    | Units
    | UnitsOfOneLine
    | InGroup
    | InTier
    | NthOrder
    | InCountry
    | ByDelivery
    | ByPayment
    | InChannel
    | WithCoupon
    | Between
    | WeeklyHours
    | HostCondition
)

ALWAYS = All()


def parts(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly within *condition*."""
    if isinstance(condition, All | AnyOf):
        return condition.conditions
    return (condition.condition,) if isinstance(condition, Not) else ()


def check_condition(value: Any, path: str) -> None:
    """
    Refuse what is no condition, too deep or too much.

    Raises:
        InvalidInputError: with the path of the place.
    """
    waiting, seen = [(value, path, 1)], 0
    while waiting:
        condition, where, depth = waiting.pop()
        if not isinstance(condition, Condition):
            raise InvalidInputError(where, f"expected a condition, got {type(condition).__name__}")
        seen += 1
        if depth > DEEPEST or seen > MOST_CONDITIONS:
            raise InvalidInputError(where, f"at most {MOST_CONDITIONS} conditions, {DEEPEST} levels deep")
        each = f"{where}.condition" if isinstance(condition, Not) else f"{where}.conditions[{{}}]"
        waiting += [(part, each.format(index), depth + 1) for index, part in enumerate(parts(condition))]
