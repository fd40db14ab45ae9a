"""Why a promotion does not apply: values with the numbers that are missing, all of them, put into words elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeAlias

import attrs

from ..money import Money
from ._deferred import Deferred


@attrs.frozen(kw_only=True)
class TotalTooLow:
    """The goods it counts come to less than it needs, before discounts or with them."""

    needed: Money
    found: Money
    discounted: bool = False

    @property
    def missing(self) -> Money:
        """How much more it takes."""
        return self.needed - self.found


@attrs.frozen(kw_only=True)
class TooFewUnits:
    """Fewer units of the goods it counts than it needs."""

    needed: int
    found: int

    @property
    def missing(self) -> int:
        """How many more it takes."""
        return self.needed - self.found


@attrs.frozen(kw_only=True)
class NotTheCase:
    """
    ``what`` is none of ``wanted``; what it is instead is not repeated, for it was given.

    It is country, channel, delivery_method, payment_method, customer_group, loyalty_tier, coupon or a host's condition.
    """

    what: str
    wanted: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class NotThisOrder:
    """It is for order number ``number`` of a customer; ``found`` is None where the earlier ones are not known."""

    number: int
    found: int | None


@attrs.frozen(kw_only=True)
class NotNow:
    """It starts later, or is over, or has other hours."""

    starts: datetime | None = None
    ends: datetime | None = None


@attrs.frozen(kw_only=True)
class RuledOut:
    """A condition holds that must not; ``condition`` is its kind."""

    condition: str


@attrs.frozen(kw_only=True)
class NoAlternative:
    """None of several ways in is open; each with its reasons."""

    reasons: tuple[Reason, ...]


@attrs.frozen(kw_only=True)
class OtherCurrency:
    """It knows no amount in the basket's currency."""

    currency: str


@attrs.frozen(kw_only=True)
class NothingToReduce:
    """No goods (or delivery) it is about are in the basket, or nothing of their price is left to take off."""


@attrs.frozen(kw_only=True)
class GiftNotInBasket:
    """The gift is earned: add ``units`` of ``sku`` to the basket, and they are free."""

    sku: str
    units: int


@attrs.frozen(kw_only=True)
class Stopped:
    """``by`` lets nothing come after it."""

    by: str


@attrs.frozen(kw_only=True)
class Excluded:
    """``by`` does not stand beside others; alone this promotion ``would_have_saved`` so much."""

    by: str
    would_have_saved: Money


@attrs.frozen(kw_only=True)
class Beaten:
    """
    ``by`` gave more for the same goods, or came first of its group.

    When its turn came, this promotion ``would_have_saved`` so much.
    """

    by: tuple[str, ...]
    would_have_saved: Money


Reason: TypeAlias = (
    TotalTooLow
    | TooFewUnits
    | NotTheCase
    | NotThisOrder
    | NotNow
    | RuledOut
    | NoAlternative
    | OtherCurrency
    | NothingToReduce
    | GiftNotInBasket
    | Stopped
    | Excluded
    | Beaten
)


@attrs.frozen
class Applied:
    """
    A promotion that counts.

    ``lines`` are minor units off each line by its id, in terms of its listed price; ``delivery`` the same by delivery
    method, for every method on offer. ``amount`` is what it takes off goods and the chosen delivery.
    """

    promotion: str
    amount: Money
    lines: tuple[tuple[str, int], ...] = ()
    delivery: tuple[tuple[str, int], ...] = ()


@attrs.frozen
class NotApplied:
    """A promotion that does not, with every reason."""

    promotion: str
    reasons: tuple[Reason, ...]


Outcome: TypeAlias = Applied | NotApplied


class Outcomes(Deferred[Outcome]):
    """What became of every promotion, in the order of the promotions, as an immutable sequence."""

    __slots__ = ()

    def __init__(self, outcomes: Iterable[Outcome] | Callable[[], tuple[Outcome, ...]] = ()) -> None:
        super().__init__(outcomes if callable(outcomes) else tuple(outcomes))
