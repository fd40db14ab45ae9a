"""
What can be promised, and for when: on the shelf, on the way, or later.

Nothing here holds anything. A promise says what a hold would get now; the hold itself, in the commit of an order, is
guarded by the :class:`Floor` of each item, which follows from the same rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import attrs

from ..errors import InvalidInputError
from ..identifiers import code
from ..moments import moment
from ..quantities import MOST_UNITS, Quantities
from ._locations import item_id
from ._lots import Tracking, must_last
from ._sourcing import Supply

__all__ = (
    "Floor", "Incoming", "Offer", "Part", "Position", "Promise", "SalesRule", "exploded", "floors", "later_offers",
    "merged", "promise", "released", "supplies",
)  # fmt: skip

_DEEPEST = 8
_LONGEST_GOOD = 36_500


def _code(_: object, field: attrs.Attribute[Any], value: object) -> None:
    code(value, field.name)


def _count(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not int or not 0 <= value <= MOST_UNITS:
        raise InvalidInputError(field.name, f"expected a whole number from 0 to {MOST_UNITS}")


def _kept(_: object, field: attrs.Attribute[Any], value: Sequence[tuple[str, int]]) -> None:
    for channel, count in value:
        code(channel, field.name)
        _count(None, field, count)


def _tracking(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if value is not None and not isinstance(value, Tracking):
        raise InvalidInputError(field.name, f"expected a Tracking or None, got {type(value).__name__}")


def _days(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not int or not 0 <= value <= _LONGEST_GOOD:
        raise InvalidInputError(field.name, f"expected a whole number of days from 0 to {_LONGEST_GOOD}")


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
    other. ``backorder`` more may be promised beyond all that is for sale, there or on the way, for ``wait`` from now
    (None: nobody can say when). Nothing is sent before it is ``released``. A customer gets ``per_customer`` units at
    most. Where units are ``tracked_by`` lots or serial numbers, everything that comes and goes says of which they are,
    and lots that are not good for ``good_for`` more days (0: today) are not for sale.
    """

    sku: str = attrs.field(validator=_code)
    safety: int = attrs.field(default=0, validator=_count)
    kept_for: tuple[tuple[str, int], ...] = attrs.field(default=(), converter=_pairs, validator=_kept)
    backorder: int = attrs.field(default=0, validator=_count)
    wait: timedelta | None = attrs.field(default=None, validator=_wait)
    released: datetime | None = attrs.field(default=None, converter=_moment_or_none)
    per_customer: int | None = attrs.field(default=None, validator=attrs.validators.optional(_count))
    tracked_by: Tracking | None = attrs.field(default=None, validator=_tracking)
    good_for: int = attrs.field(default=0, validator=_days)

    def good_through(self, at: datetime, zone: str) -> date:
        """The day through which a lot must be good to be sold at *at*."""
        return must_last(at, self.good_for, zone)

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
    """
    How one SKU stands in one location; *held* may be more than *on_hand*, where some was promised beyond it.

    *unfit* units are there, and of lots that cannot be sold any more.
    """

    location: str
    on_hand: int
    held: int
    incoming: tuple[Incoming, ...] = ()
    unfit: int = 0

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


@attrs.frozen(kw_only=True)
class Offer:
    """So many units can be promised in this location from this moment on; None and *beyond* as for a :class:`Part`."""

    location: str
    quantity: int
    at: datetime | None
    beyond: bool = False


@attrs.frozen(kw_only=True)
class Floor:
    """
    What all holds of an item in one location must leave of it.

    *shelf* units stay where a hold takes what is there. Where it takes what is still to come, *later* is the least that
    may be left, below zero: so many units are owed at most.
    """

    shelf: int = 0
    later: int | None = None


def promise(
    sku: str,
    wanted: int,
    positions: Sequence[Position],
    *,
    at: datetime,
    rule: SalesRule | None = None,
    channel: str = "",
    bought: int = 0,
) -> Promise:
    """What can be promised at *at* of *wanted* units, to somebody who has *bought* so many before."""
    rule = rule or SalesRule(sku=sku)
    most = wanted if rule.per_customer is None else max(min(wanted, rule.per_customer - bought), 0)
    left, parts = most, list[Part]()
    for offer in offers(positions, rule, at=at, channel=channel):
        parts.append(Part(quantity=min(left, offer.quantity), at=offer.at, beyond=offer.beyond))
        left -= parts[-1].quantity
    return Promise(sku=sku, wanted=wanted, parts=merged(parts), limited=most < wanted)


def merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Parts that follow each other for the same moment are one; empty ones are none."""
    found = list[Part]()
    for part in parts:
        same = bool(found) and (found[-1].at, found[-1].beyond) == (part.at, part.beyond)
        before = found.pop().quantity if same else 0
        if part.quantity + before:
            found.append(attrs.evolve(part, quantity=part.quantity + before))
    return tuple(found)


def offers(positions: Sequence[Position], rule: SalesRule, *, at: datetime, channel: str = "") -> Iterator[Offer]:
    """All that can be promised, the soonest first."""
    for position, stay in zip(positions, _stays(positions, rule, channel), strict=True):
        if (free := position.free(at, stay)) > 0:
            yield Offer(location=position.location, quantity=free, at=released(at, rule))
    yield from later_offers(positions, rule, at=at, channel=channel)


def later_offers(positions: Sequence[Position], rule: SalesRule, *, at: datetime, channel: str = "") -> Iterator[Offer]:
    """What can be promised of what is still to come; what is beyond everything comes last, in the first location."""
    stays = _stays(positions, rule, channel)
    had = [max(position.free(at, stay), 0) for position, stay in zip(positions, stays, strict=True)]
    for when in sorted({each.due for position in positions for each in position.incoming if each.due > at}):
        for number, position in enumerate(positions):
            if (more := position.free(when, stays[number]) - had[number]) > 0:
                had[number] += more
                yield Offer(location=position.location, quantity=more, at=released(when, rule))
    beyond = rule.backorder + min(positions[0].free(None, stays[0]), 0) if positions else 0
    if beyond > 0:
        later = None if rule.wait is None else released(at + rule.wait, rule)
        yield Offer(location=positions[0].location, quantity=beyond, at=later, beyond=True)


def supplies(
    positions: Mapping[str, Sequence[Position]], rules: Mapping[str, SalesRule], channel: str, locations: Sequence[str]
) -> tuple[Supply, ...]:
    """What this channel may sell of what is there now, by location, in the order of *locations*."""
    found: dict[str, dict[str, int]] = {location: {} for location in locations}
    for sku, known in positions.items():
        stays = _stays(known, rules.get(sku) or SalesRule(sku=sku), channel)
        for position, stay in zip(known, stays, strict=True):
            found[position.location][sku] = max(position.on_hand - position.held - stay, 0)
    return tuple(Supply(location, Quantities(there)) for location, there in found.items())


def floors(
    positions: Mapping[str, Sequence[Position]], rules: Mapping[str, SalesRule], channel: str
) -> Mapping[str, Floor]:
    """What must be left of each item that is sold by a rule, by the name of its counter."""
    found = {}
    for sku in positions.keys() & rules.keys():
        backorder = rules[sku].backorder
        for position, stay in zip(positions[sku], _stays(positions[sku], rules[sku], channel), strict=True):
            owed = backorder + sum(each.quantity for each in position.incoming)
            found[item_id(sku, position.location)] = Floor(shelf=stay, later=stay - owed)
            backorder = 0  # they wait in the first location
    return found


def _stays(positions: Sequence[Position], rule: SalesRule, channel: str) -> Sequence[int]:
    """Units that stay in each location; what is kept for others is kept in the last ones, as far as it is there."""
    kept, stays = rule.kept_from(channel), list[int]()
    for position in reversed(positions):
        stay = rule.safety + position.unfit
        share = min(kept, max(position.on_hand - position.held - stay, 0))
        kept -= share
        stays.insert(0, stay + share)
    return (stays[0] + kept, *stays[1:]) if stays else ()


def released(when: datetime, rule: SalesRule) -> datetime:
    """When units can be sent that are there at *when*."""
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
