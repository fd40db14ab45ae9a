"""
The till: what every line and delivery still costs while promotions are rung up, in integers.

Lines stand in the order of their ids, so that nothing depends on the order in which they were put into the basket.
A line's price is one price: what is taken off some of its units lowers the price of all evenly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter, mul
from types import MappingProxyType
from typing import NamedTuple

import attrs

from ._basket import Basket, BasketLine
from ._policy import MoneyPolicy, Weights
from ._target import Target
from ._vat import VatRate

Run = tuple[int, int, int]
"""So many units of a line at one price: ``(price of a unit, line, units)``."""

_NONE: Mapping[int, int] = MappingProxyType({})
_NO_DELIVERY: Mapping[str, int] = MappingProxyType({})
_HUNDRED_PERCENT = 10_000


class Cuts(NamedTuple):
    """What a promotion takes: minor units off lines and off delivery methods, and the units that it consumes."""

    goods: Mapping[int, int] = _NONE
    consumed: Mapping[int, int] = _NONE
    delivery: Mapping[str, int] = _NO_DELIVERY


@attrs.frozen
class Charge:
    """What a delivery method costs for this basket at list price, in terms of that price."""

    method: str
    price: int
    vat: VatRate
    price_includes_vat: bool


class Till:
    """What is left of each line and each delivery, and how many units of each line no deal has consumed."""

    __slots__ = (
        "_by_sku", "basket", "charges", "consumed", "delivery", "discountable", "floors", "left", "lines", "listed",
        "policy", "quantities", "unit_floors",
    )  # fmt: skip

    def __init__(self, basket: Basket, policy: MoneyPolicy, charges: Iterable[Charge] = ()) -> None:
        self.basket = basket
        self.policy = policy
        self.lines = sorted(basket.lines, key=attrgetter("line"))
        self.quantities = [line.quantity for line in self.lines]
        self.listed = [line.unit_price.minor * line.quantity for line in self.lines]
        self.left = self.listed.copy()
        self.unit_floors = [line.floor.minor if line.floor else 0 for line in self.lines]
        self.floors: list[int] = [*map(mul, self.unit_floors, self.quantities)]
        self.consumed = [0] * len(self.lines)
        self.discountable = [index for index, line in enumerate(self.lines) if line.discountable]
        self.charges = {charge.method: charge for charge in charges}
        self.delivery = {charge.method: charge.price for charge in self.charges.values()}
        self._by_sku: dict[str, list[int]] | None = None

    def copy(self) -> Till:
        """A till in the same state, to try something out."""
        other = object.__new__(Till)
        for name in Till.__slots__:
            setattr(other, name, getattr(self, name))
        other.left, other.consumed, other.delivery = self.left.copy(), self.consumed.copy(), self.delivery.copy()
        return other

    def deliver_for_nothing(self, methods: Iterable[str]) -> None:
        """These delivery methods cost nothing to begin with."""
        for method in methods:
            self.charges[method] = attrs.evolve(self.charges[method], price=0)
            self.delivery[method] = 0

    def matching(self, target: Target) -> Sequence[int]:
        """The lines of *target*, in order."""
        if target.everything:
            return range(len(self.lines))
        if target.only_by_sku:
            return self._of_skus(target.skus)
        return [index for index, line in enumerate(self.lines) if target.includes(line)]

    def members(self, target: Target) -> Sequence[int]:
        """The lines of *target* that promotions may reduce."""
        if target.everything:
            return self.discountable
        found = self._of_skus(target.skus) if target.only_by_sku else self.matching(target)
        if len(self.discountable) == len(self.lines):
            return found
        return [index for index in found if self.lines[index].discountable]

    def _of_skus(self, skus: tuple[str, ...]) -> list[int]:
        if self._by_sku is None:
            self._by_sku = {}
            for index, line in enumerate(self.lines):
                self._by_sku.setdefault(line.sku, []).append(index)
        by_sku = self._by_sku
        found = [index for sku in skus if sku in by_sku for index in by_sku[sku]]
        if len(found) > 1:
            found.sort()
        return found

    def room(self, index: int) -> int:
        """How much may still be taken off a line."""
        return max(self.left[index] - self.floors[index], 0)

    def weights(self, members: Iterable[int]) -> list[int]:
        """By what an amount is shared over lines: what is left of each, with VAT where the money policy says so."""
        if self.policy.weights is Weights.LISTED:
            return [self.left[index] for index in members]
        return [_with_vat(self.left[index], self.lines[index]) for index in members]

    def delivery_weight(self, method: str) -> int:
        """The same for a delivery."""
        left = self.delivery[method]
        return left if self.policy.weights is Weights.LISTED else _with_vat(left, self.charges[method])

    def runs(self, members: Iterable[int]) -> list[Run]:
        """The units of these lines that no deal has consumed, at their present prices."""
        found = []
        for index in members:
            units = self.quantities[index] - self.consumed[index]
            price, dearer = divmod(self.left[index], self.quantities[index])
            if dearer := min(dearer, units):
                found.append((price + 1, index, dearer))
            if units > dearer:
                found.append((price, index, units - dearer))
        return found

    def take(self, cuts: Cuts) -> int:
        """Ring up what a promotion takes; how much that is of the goods and the chosen delivery."""
        left = self.left
        saved = 0
        for index, amount in cuts.goods.items():
            left[index] -= amount
            saved += amount
        if cuts.consumed:
            for index, units in cuts.consumed.items():
                self.consumed[index] += units
        if cuts.delivery:
            for method, amount in cuts.delivery.items():
                self.delivery[method] -= amount
            saved += self._off_chosen(cuts)
        return saved

    def value(self, cuts: Cuts) -> int:
        """How much a promotion would take off the goods and the chosen delivery."""
        return sum(cuts.goods.values()) + self._off_chosen(cuts)

    def _off_chosen(self, cuts: Cuts) -> int:
        chosen = self.basket.delivery_method
        return 0 if chosen is None else cuts.delivery.get(chosen, 0)


def _with_vat(amount: int, priced: BasketLine | Charge) -> int:
    # In ten-thousandths: only proportions matter.
    added = 0 if priced.price_includes_vat else priced.vat.basis_points
    return amount * (_HUNDRED_PERCENT + added)
