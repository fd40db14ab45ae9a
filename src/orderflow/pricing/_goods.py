"""
Goods from list prices to VAT, in plain integers: minor units by line, in the basket's order.

Goods are taxed before delivery joins its group, so that choosing another delivery never moves a line's price.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from ..money import share_out
from ._basket import Basket
from ._vat import VatRate, vat_in

Key = tuple[VatRate, bool]
"""What is rounded together: a rate, and whether its prices include VAT."""


@attrs.frozen
class Goods:
    """``sums`` are in terms of the prices: gross where these include VAT, net elsewhere."""

    discounts: tuple[int, ...]
    gross: tuple[int, ...]
    vat: tuple[int, ...]
    sums: dict[Key, int]
    total: int
    weight_grams: int

    def delivery_vat(self, amount: int, key: Key) -> int:
        """What a delivery price of *amount* adds to the VAT of its group."""
        goods = self.sums.get(key, 0)
        return vat_in(goods + amount, *key) - vat_in(goods, *key)


def list_prices(basket: Basket) -> list[int]:
    """What each line comes to before anything is taken off, gross or net as its price is."""
    return [line.unit_price.minor * line.quantity for line in basket.lines]


def price_goods(basket: Basket, listed: Sequence[int], discounts: Sequence[int]) -> Goods:
    """Tax what is left of the *listed* prices after *discounts* (both in terms of each line's price)."""
    left = [price - discount for price, discount in zip(listed, discounts, strict=True)]
    groups: dict[Key, list[int]] = {}
    for index, line in enumerate(basket.lines):
        groups.setdefault((line.vat, line.price_includes_vat), []).append(index)
    gross, vat, sums = list(left), [0] * len(left), {}
    for key, members in groups.items():
        amounts = [left[index] for index in members]
        sums[key] = sum(amounts)
        for index, share in zip(members, share_out(vat_in(sums[key], *key), amounts), strict=True):
            vat[index] = share
            if not key[1]:
                gross[index] += share
    return Goods(tuple(discounts), tuple(gross), tuple(vat), sums, sum(gross), basket.weight_grams)
