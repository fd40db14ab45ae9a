"""A loyalty programme: how many points money earns, and under which names its members are counted."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import attrs

from ..errors import InvalidInputError
from ..identifiers import code
from ..money import Money
from ..quantities import quantity

__all__ = ("PREFIX", "Programme", "account_id", "member_of")

PREFIX = "pts_"


def _code(_: object, field: attrs.Attribute[Any], value: object) -> None:
    code(value, field.name)


def _step(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, Money) or value.minor <= 0:
        raise InvalidInputError(field.name, "expected a Money above zero")


def _points(_: object, field: attrs.Attribute[Any], value: object) -> None:
    quantity(value, field.name)


@attrs.frozen(kw_only=True)
class Programme:
    """
    So many *points* for every full *per* that was paid for goods; a part of it earns nothing.

    Orders in another currency, and those of guests, earn none.

    >>> Programme(id="club", per=Money.parse("5.00", "PLN"), points=2).earned_by(Money.parse("14.99", "PLN"))
    4
    """

    id: str = attrs.field(validator=_code)
    per: Money = attrs.field(validator=_step)
    points: int = attrs.field(default=1, validator=_points)

    def earned_by(self, paid: Money) -> int:
        """The points that *paid* earns; it is in the programme's currency."""
        return max(paid.minor, 0) // self.per.minor * self.points


def member_of(programme: str, customer: str) -> str:
    """A customer as one programme knows it: events and counters name nobody."""
    return sha256(f"{programme}\n{customer}".encode()).hexdigest()


def account_id(programme: str, member: str) -> str:
    """The stream and counter of a member's points."""
    return f"{PREFIX}{programme}_{member}"
