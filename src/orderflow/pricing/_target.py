"""Which lines a promotion or a condition is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from .._sequence import sequence
from ..errors import InvalidInputError
from ..identifiers import code
from ._amounts import Amounts, minor_in, optional_amounts, to_amounts
from ._basket import BasketLine, flag


def to_codes(values: Iterable[str]) -> tuple[str, ...]:
    """Codes without repetitions, in their own order, so that two ways of writing the same thing are equal."""
    found = sequence(values, "")
    return tuple(sorted(set(found))) if all(isinstance(value, str) for value in found) else found


def codes(_: object, field: attrs.Attribute[Any], values: Any) -> None:
    """Refuse what is no code."""
    for index, value in enumerate(values):
        code(value, f"{field.name}[{index}]")


def some_codes(instance: object, field: attrs.Attribute[Any], values: Any) -> None:
    """The same, where there has to be one at least."""
    codes(instance, field, values)
    if not values:
        raise InvalidInputError(field.name, "expected one at least")


def _only_by_sku(target: Target) -> bool:
    return not (target.tags or target.lowest_price or target.highest_price or target.skip_reduced)


def _everything(target: Target) -> bool:
    return target.only_by_sku and not target.skus


@attrs.frozen(kw_only=True)
class Target:
    """
    Lines with one of ``skus`` or one of ``tags`` (any line, where neither is given), at a unit price in the range.

    ``lowest_price`` and ``highest_price`` bound the list price of one unit, both inclusive; ``skip_reduced`` leaves
    out goods that are reduced already. The categories of a line are among its tags.
    """

    skus: tuple[str, ...] = attrs.field(default=(), converter=to_codes, validator=codes)
    tags: tuple[str, ...] = attrs.field(default=(), converter=to_codes, validator=codes)
    lowest_price: Amounts = attrs.field(default=(), converter=to_amounts, validator=optional_amounts)
    highest_price: Amounts = attrs.field(default=(), converter=to_amounts, validator=optional_amounts)
    skip_reduced: bool = False
    only_by_sku: bool = attrs.field(init=False, eq=False, repr=False, default=attrs.Factory(_only_by_sku, True))
    everything: bool = attrs.field(init=False, eq=False, repr=False, default=attrs.Factory(_everything, True))

    def __attrs_post_init__(self) -> None:
        flag(self.skip_reduced, "skip_reduced")
        for low in self.lowest_price:
            high = minor_in(self.highest_price, low.currency)
            if high is not None and high < low.minor:
                raise InvalidInputError("highest_price", f"is below the lowest price in {low.currency}")

    def includes(self, line: BasketLine) -> bool:
        """Whether *line* is meant. A price range in other currencies only includes nothing."""
        named = line.sku in self.skus or any(tag in self.tags for tag in line.tags)
        if not named and (self.skus or self.tags):
            return False
        return not (self.skip_reduced and line.reduced) and self._price_fits(line)

    def _price_fits(self, line: BasketLine) -> bool:
        price, currency = line.unit_price.minor, line.unit_price.currency
        lowest, highest = minor_in(self.lowest_price, currency), minor_in(self.highest_price, currency)
        if (self.lowest_price and lowest is None) or (self.highest_price and highest is None):
            return False
        return (lowest is None or price >= lowest) and (highest is None or price <= highest)


EVERYTHING = Target()
