"""
What can be promised, and for when: on the shelf, on the way, or later.

Nothing here holds anything. A promise says what a hold would get now; only the hold itself, in the commit of an order,
is guarded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from ..errors import InvalidInputError
from ..identifiers import code
from ..moments import moment
from ..quantities import MOST_UNITS, Quantities

__all__ = ("Incoming", "Part", "Position", "Promise", "SalesRule", "exploded", "promise")

_DEEPEST = 8


def _code(_: object, field: attrs.Attribute[Any], value: object) -> None:
    code(value, field.name)


def _count(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not int or not 0 <= value <= MOST_UNITS:
        raise InvalidInputError(field.name, f"expected a whole number from 0 to {MOST_UNITS}")


def _kept(_: object, field: attrs.Attribute[Any], value: Sequence[tuple[str, int]]) -> None:
    for channel, count in value:
        code(channel, field.name)
        _count(None, field, count)


def _wait(_: object, field: attrs.Attribute[Any], value: timedelta | None) -> None:
    if value is not None and value < timedelta(0):
        raise InvalidInputError(field.name, "expected a time to wait, not one that is over")


def _moment_or_none(value: datetime | None) -> datetime | None:
    return None if value is None else moment(value)


def _pairs(value: Mapping[str, int] | Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(dict(value).items()))


@attrs.frozen(kw_only=True)
class SalesRule:
    """
    How one SKU is sold.

    ``safety`` units stay on the shelf of every location. Units that are ``kept_for`` a channel are for sale in no
    other. ``backorder`` more may be promised beyond all that is there or on the way, for ``wait`` from now (None:
    nobody can say when). Nothing is sent before it is ``released``. A customer gets ``per_customer`` units at most.

    What stays on the shelf or is kept for others no order gets; the rest is told by a promise, and no order is refused
    for it.
    """

    sku: str = attrs.field(validator=_code)
    safety: int = attrs.field(default=0, validator=_count)
    kept_for: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=_pairs, validator=_kept)
    backorder: int = attrs.field(default=0, validator=_count)
    wait: timedelta | None = attrs.field(default=None, validator=_wait)
    released: datetime | None = attrs.field(default=None, converter=_moment_or_none)
    per_customer: int | None = attrs.field(default=None, validator=attrs.validators.optional(_count))

    def kept_from(self, channel: str) -> int:
        """Units that are kept for others than *channel*."""
        return sum(count for name, count in self.kept_for if name != channel)


@attrs.frozen
class Incoming:
    """Units that are expected at a moment."""

    quantity: int
    due: datetime


@attrs.frozen(kw_only=True)
class Position:
    """How one SKU stands in one location; *held* may be more than *on_hand*, where some was promised beyond it."""

    location: str
    on_hand: int
    held: int
    incoming: tuple[Incoming, ...] = ()

    def free(self, until: datetime | None, safety: int) -> int:
        """What nobody holds of what is there by *until* (None: ever), less what stays on the shelf; may be negative."""
        arriving = sum(each.quantity for each in self.incoming if until is None or each.due <= until)
        return self.on_hand - self.held - safety + arriving


@attrs.frozen(kw_only=True)
class Part:
    """So many units can be sent from this moment on; None: nobody can say when. *beyond*: they are a backorder."""

    quantity: int
    at: datetime | None
    beyond: bool = False


@attrs.frozen(kw_only=True)
class Promise:
    """What can be promised of *wanted* units of one SKU, in the order of the moments; the rest cannot."""

    sku: str
    wanted: int
    parts: tuple[Part, ...] = ()
    limited: bool = False  # by the most that a customer gets

    @property
    def refused(self) -> int:
        """Units that cannot be promised."""
        return self.wanted - sum(part.quantity for part in self.parts)

    def by(self, at: datetime) -> int:
        """Units that can be sent by *at*."""
        return sum(part.quantity for part in self.parts if part.at is not None and part.at <= at)


def promise(
    sku: str,
    wanted: int,
    positions: Sequence[Position],
    *,
    at: datetime,
    rule: SalesRule | None = None,
    channel: str = "",
    own: int = 0,
    bought: int = 0,
) -> Promise:
    """
    What can be promised at *at* of *wanted* units.

    *own* units are held by whoever asks: nobody competes with his own reservation. He has *bought* so many before.
    """
    rule = rule or SalesRule(sku=sku)
    most = wanted if rule.per_customer is None else max(min(wanted, rule.per_customer - bought), 0)
    left, had, parts = most, 0, list[Part]()
    for when in sorted({at, *(each.due for position in positions for each in position.incoming if each.due > at)}):
        free = sum(max(position.free(when, rule.safety), 0) for position in positions) - rule.kept_from(channel) + own
        part = max(min(left, free - had), 0)
        had += part
        left -= part
        parts.append(Part(quantity=part, at=_released(when, rule)))
    behind = sum(max(-position.free(None, 0), 0) for position in positions)
    beyond = max(min(left, rule.backorder - behind), 0)
    later = None if rule.wait is None else _released(at + rule.wait, rule)
    parts.append(Part(quantity=beyond, at=later, beyond=True))
    kept = tuple(part for part in parts if part.quantity)
    return Promise(sku=sku, wanted=wanted, parts=kept, limited=most < wanted)


def _released(when: datetime, rule: SalesRule) -> datetime:
    return when if rule.released is None else max(when, rule.released)


def exploded(units: Quantities, bundles: Mapping[str, Quantities]) -> Quantities:
    """
    Demand by SKU with each bundle replaced by what is in it, and everything summed.

    >>> exploded(Quantities({"SET": 2, "MUG": 1}), {"SET": Quantities({"MUG": 2, "TEA": 1})})
    Quantities({'MUG': 5, 'TEA': 2})

    Raises:
        InvalidInputError: a bundle that contains itself, or bundles in bundles more than eight deep.
    """
    for _ in range(_DEEPEST):
        whole = Quantities((sku, count) for sku, count in units if sku not in bundles)
        if whole == units:
            return units
        inside = ((part, count * each) for sku, count in units if sku in bundles for part, each in bundles[sku])
        units = whole + Quantities(inside)
    raise InvalidInputError("bundles", "a bundle contains itself, or bundles lie too deep in each other")
