"""
VAT by policy, in plain integers: what is rounded, for what, and who bears it.

Goods are taxed before delivery joins them, so that choosing another delivery never moves a line's price. Delivery
bears what it adds: where VAT is rounded for a whole group, the group with its delivery is still rounded only once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import lcm
from operator import add

import attrs

from ..money import share_out
from ._policy import DEFAULT_POLICY, DeliveryTax, MoneyPolicy, TaxScope, TaxTarget
from ._shares import rounded
from ._vat import VatRate

Key = tuple[VatRate, bool]
"""What is rounded together: a rate, and whether its prices include VAT."""

_HUNDRED_PERCENT = 10_000


@attrs.frozen
class Taxes:
    """
    The goods' VAT: by line, in their order, and by group.

    ``sums`` are in terms of the prices, gross where these include VAT and net elsewhere; ``vat_sums`` are what the
    group's lines bear together.
    """

    gross: tuple[int, ...]
    vat: tuple[int, ...]
    sums: dict[Key, int]
    vat_sums: dict[Key, int]


@attrs.frozen
class ChargePart:
    """The part of a charge that is taxed at one rate; ``amount`` is in terms of its price."""

    key: Key
    amount: int
    vat: int


def vat_of(amount: int, key: Key, policy: MoneyPolicy = DEFAULT_POLICY) -> int:
    """
    The VAT contained in a gross *amount*, or borne by a net one, rounded by itself.

    >>> vat_of(1563, (VatRate(2000), True)), vat_of(1563, (VatRate(2000), True), MoneyPolicy(tax_target=TaxTarget.NET))
    (261, 260)
    """
    return _round(amount, amount * key[0].basis_points, _whole(key), includes_vat=key[1], policy=policy)


def _whole(key: Key) -> int:
    return _HUNDRED_PERCENT + key[0].basis_points if key[1] else _HUNDRED_PERCENT


def _round(amount: int, numerator: int, denominator: int, *, includes_vat: bool, policy: MoneyPolicy) -> int:
    if includes_vat and policy.tax_target is TaxTarget.NET:
        return amount - rounded(amount * denominator - numerator, denominator, policy.vat_rounding)
    return rounded(numerator, denominator, policy.vat_rounding)


def tax_goods(
    left: Sequence[int], quantities: Sequence[int], keys: Sequence[Key], policy: MoneyPolicy = DEFAULT_POLICY
) -> Taxes:
    """
    Tax what is *left* of each line after discounts, in terms of its price.

    What is rounded for several lines at once is shared by what is left of them, largest remainder; for units, a line's
    first ones carry the coins that do not divide, as in the ledger.
    """
    groups = _groups(keys)
    alone = len(groups) == 1  # as in most baskets: then nothing has to be picked out and put back
    amounts = {key: left if alone else [left[index] for index in members] for key, members in groups.items()}
    sums = {key: sum(parts) for key, parts in amounts.items()}
    if policy.tax_scope is TaxScope.UNIT:
        units = {key: [quantities[index] for index in members] for key, members in groups.items()}
        borne = {key: _by_unit(key, parts, units[key], policy) for key, parts in amounts.items()}
    elif policy.tax_scope is TaxScope.LINE:
        borne = {key: tuple(vat_of(part, key, policy) for part in parts) for key, parts in amounts.items()}
    else:
        whole = _order_vat(sums, policy) if policy.tax_scope is TaxScope.ORDER else _group_vat(sums, policy)
        borne = {key: share_out(whole[key], parts) for key, parts in amounts.items()}
    vat_sums = {key: sum(parts) for key, parts in borne.items()}
    if alone:
        [(key, vat)] = borne.items()
        return Taxes(tuple(left) if key[1] else tuple(map(add, left, vat)), vat, sums, vat_sums)
    gross, line_vat = list(left), [0] * len(left)
    for key, members in groups.items():
        for index, part in zip(members, borne[key], strict=True):
            line_vat[index] = part
            if not key[1]:
                gross[index] += part
    return Taxes(tuple(gross), tuple(line_vat), sums, vat_sums)


def _groups(keys: Sequence[Key]) -> Mapping[Key, Sequence[int]]:
    if keys and keys.count(keys[0]) == len(keys):  # as in most baskets
        return {keys[0]: range(len(keys))}
    groups: dict[Key, list[int]] = {}
    for index, key in enumerate(keys):
        groups.setdefault(key, []).append(index)
    return groups


def _by_unit(key: Key, amounts: Sequence[int], quantities: Sequence[int], policy: MoneyPolicy) -> tuple[int, ...]:
    split = [(*divmod(amount, quantity), quantity) for amount, quantity in zip(amounts, quantities, strict=True)]
    return tuple(
        dearer * vat_of(each + 1, key, policy) + (quantity - dearer) * vat_of(each, key, policy)
        for each, dearer, quantity in split
    )


def _group_vat(sums: Mapping[Key, int], policy: MoneyPolicy) -> dict[Key, int]:
    return {key: vat_of(amount, key, policy) for key, amount in sums.items()}


def _order_vat(sums: Mapping[Key, int], policy: MoneyPolicy) -> dict[Key, int]:
    """Rounded once for all gross prices and once for all net ones, then shared by what each group bears exactly."""
    vat: dict[Key, int] = {}
    for includes_vat in (True, False):
        keys = sorted((key for key in sums if key[1] is includes_vat), key=_by_rate)
        exact, denominator = _exact_vat([(key, sums[key]) for key in keys])
        amount = sum(sums[key] for key in keys)
        whole = _round(amount, sum(exact), denominator, includes_vat=includes_vat, policy=policy)
        vat.update(zip(keys, share_out(whole, exact), strict=True))
    return vat


def _by_rate(key: Key) -> tuple[int, str]:
    return -key[0].basis_points, key[0].code


def _exact_vat(amounts: Sequence[tuple[Key, int]]) -> tuple[list[int], int]:
    """Numerators over one denominator."""
    denominator = lcm(*(_whole(key) for key, _ in amounts))
    return [amount * key[0].basis_points * (denominator // _whole(key)) for key, amount in amounts], denominator


def tax_charge(
    amount: int, key: Key, goods: Taxes, policy: MoneyPolicy = DEFAULT_POLICY, earlier: tuple[ChargePart, ...] = ()
) -> tuple[ChargePart, ...]:
    """
    What a delivery price or a fee of *amount* adds to the VAT of the *goods* and *earlier* charges, for each rate.

    One part at the rate of its *key*; unless that is :attr:`DeliveryTax.OWN` one for each rate at which goods have a
    value, and none of nothing. Where there are no goods of value it is the charge's own rate all the same.
    """
    parts = ((key, amount),) if policy.delivery_tax is DeliveryTax.OWN else _like_goods(amount, key, goods)
    before = _with(earlier, goods) if earlier else goods
    if policy.delivery_tax is DeliveryTax.AVERAGE and _has_several_rates(goods):
        added = _at_average(parts, key[1], goods, policy)
    elif policy.tax_scope is TaxScope.ORDER:
        added = _added_to_order(parts, key[1], before, policy)
    elif policy.tax_scope is TaxScope.RATE_GROUP:
        added = tuple(_added_to_group(part, key, before, policy) for key, part in parts)
    else:
        added = tuple(vat_of(part, key, policy) for key, part in parts)
    return tuple(ChargePart(*part, vat) for part, vat in zip(parts, added, strict=True))


def _with(charges: tuple[ChargePart, ...], goods: Taxes) -> Taxes:
    sums = group_sums(goods, charges)
    amounts, vat = ({key: found[place] for key, found in sums.items()} for place in (0, 1))
    return Taxes(goods.gross, goods.vat, amounts, vat)


def _added_to_group(amount: int, key: Key, goods: Taxes, policy: MoneyPolicy) -> int:
    return vat_of(goods.sums.get(key, 0) + amount, key, policy) - goods.vat_sums.get(key, 0)


def _like_goods(amount: int, own: Key, goods: Taxes) -> tuple[tuple[Key, int], ...]:
    # Gross prices go by gross values and net ones by net: either way the rate comes out as the goods' average.
    values: dict[Key, int] = {}
    for (rate, includes_vat), value in goods.sums.items():
        vat = goods.vat_sums[rate, includes_vat]
        values[rate, own[1]] = values.get((rate, own[1]), 0) + value + (own[1] - includes_vat) * vat
    keys = sorted(values, key=_by_rate)
    if not any(values.values()):
        return ((own, amount),)
    parts = share_out(amount, [values[key] for key in keys])
    return tuple((key, part) for key, part in zip(keys, parts, strict=True) if part)


def _has_several_rates(goods: Taxes) -> bool:
    return len({rate for (rate, _), value in goods.sums.items() if value}) > 1


def _at_average(
    parts: Sequence[tuple[Key, int]], includes_vat: bool, goods: Taxes, policy: MoneyPolicy
) -> tuple[int, ...]:
    """Rounded once, for the whole charge, then shared by what each part bears exactly."""
    exact, denominator = _exact_vat([*goods.sums.items()])
    of_goods = zip(goods.sums.items(), exact, strict=True)
    net = sum(value * denominator - vat * includes for ((_, includes), value), vat in of_goods)
    amount, vat = sum(part for _, part in parts), sum(exact)
    whole = _round(amount, amount * vat, net + vat * includes_vat, includes_vat=includes_vat, policy=policy)
    of_parts, _ = _exact_vat(parts)
    return share_out(whole if any(of_parts) else 0, of_parts)


def _added_to_order(
    parts: Sequence[tuple[Key, int]], includes_vat: bool, goods: Taxes, policy: MoneyPolicy
) -> tuple[int, ...]:
    amounts = [(key, amount) for key, amount in (*goods.sums.items(), *parts) if key[1] is includes_vat]
    exact, denominator = _exact_vat(amounts)
    before = sum(vat for key, vat in goods.vat_sums.items() if key[1] is includes_vat)
    amount = sum(amount for _, amount in amounts)
    after = _round(amount, sum(exact), denominator, includes_vat=includes_vat, policy=policy)
    of_parts = exact[len(exact) - len(parts) :]
    return share_out(after - before if any(of_parts) else 0, of_parts)


def group_sums(goods: Taxes, charges: Iterable[ChargePart] = ()) -> dict[Key, tuple[int, int]]:
    """What a document states of each group, highest rate first: the amount in terms of its prices, and its VAT."""
    found = {key: (amount, goods.vat_sums[key]) for key, amount in goods.sums.items()}
    for part in charges:
        amount, vat = found.get(part.key, (0, 0))
        found[part.key] = (amount + part.amount, vat + part.vat)
    return dict(sorted(found.items(), key=lambda item: (*_by_rate(item[0]), item[0][1])))
