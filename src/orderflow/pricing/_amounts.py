"""Amounts in several currencies: a promotion states one for each it knows, and nothing is ever converted."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import attrs

from ..errors import InvalidInputError
from ..money import Money, at_least_zero

Amounts = tuple[Money, ...]
"""At most one amount for each currency, in the order of the currencies' codes."""


def to_amounts(values: Money | Iterable[Money]) -> Amounts:
    """One :class:`Money`, or one for each currency, as a tuple; the field's validator refuses everything else."""
    if isinstance(values, Money):
        return (values,)
    try:
        given = tuple(values)
        return tuple(sorted(given, key=lambda amount: amount.currency))
    except (TypeError, AttributeError):
        wrong: Any = values
        return wrong if isinstance(wrong, tuple) else (wrong,)


def optional_amounts(_: object, field: attrs.Attribute[Any], values: Any) -> None:
    """Refuse what is negative, no amount, or said twice."""
    for index, value in enumerate(values):
        at_least_zero(value, f"{field.name}[{index}]")
    for one, other in pairwise(values):
        if one.currency == other.currency:
            raise InvalidInputError(field.name, f"has two amounts in {one.currency}; give one for each currency")


def some_amounts(instance: object, field: attrs.Attribute[Any], values: Any) -> None:
    """The same, where there has to be one at least."""
    optional_amounts(instance, field, values)
    if not values:
        raise InvalidInputError(field.name, "expected an amount in one currency at least")


def minor_in(values: Amounts, currency: str) -> int | None:
    """The amount in *currency* in minor units, None where the promotion does not know it."""
    for amount in values:
        if amount.currency == currency:
            return amount.minor
    return None
