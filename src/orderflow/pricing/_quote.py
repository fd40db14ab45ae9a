"""A priced basket: every amount of the order to be, decided once and pinned when the order is placed."""

from __future__ import annotations

from collections import Counter

import attrs

from ..decisions import Rejected
from ..money import Money
from ._basket import Basket
from ._goods import Goods, list_prices, price_goods
from ._ledger import Ledger, Share, even_ledger, share_delivery
from ._rejections import (
    CountryNotServed,
    DuplicateLine,
    EmptyBasket,
    MixedCurrencies,
    Rejection,
    TooHeavy,
    TooManyLines,
    TotalTooLarge,
    UnknownDeliveryMethod,
)
from ._tariff import DeliveryKind, DeliveryMethod, DeliveryOffer, Tariff
from ._vat import VatGroup, VatRate, vat_in

RULES = "pricing/1"
"""The version of the pricing rules; an order keeps the one it was placed under."""

MOST_LINES = 1000
LARGEST_TOTAL = 10**15
"""In minor units: exact even for readers of JSON who know only doubles."""


@attrs.frozen(kw_only=True)
class QuotedLine:
    """One line's part; ``share`` is the whole line's, with what it carries of the delivery."""

    line: str
    sku: str
    quantity: int
    unit_price: Money
    vat: VatRate
    price_includes_vat: bool
    share: Share

    @property
    def gross(self) -> Money:
        """What the line costs after discounts, VAT included, delivery not."""
        return Money(self.share.gross, self.unit_price.currency)

    @property
    def net(self) -> Money:
        """The same without VAT."""
        return Money(self.share.net, self.unit_price.currency)

    @property
    def vat_amount(self) -> Money:
        """The VAT in ``gross``."""
        return Money(self.share.vat, self.unit_price.currency)

    @property
    def discount(self) -> Money:
        """What was taken off the list price."""
        return Money(self.share.discount, self.unit_price.currency)


@attrs.frozen(kw_only=True)
class QuotedDelivery:
    """The chosen delivery, at what it costs for this basket."""

    code: str
    kind: DeliveryKind
    courier: str
    ordinary: bool
    vat: VatRate
    price_includes_vat: bool
    gross: Money
    net: Money
    vat_amount: Money


@attrs.frozen(kw_only=True)
class Quote:
    """
    What a basket costs. ``total = goods + delivery_price``; both are gross, ``goods`` after ``discount``.

    The VAT groups sum to ``vat_total``, the lines to ``goods``, and the ledger's units to ``total``.
    """

    currency: str
    lines: tuple[QuotedLine, ...]
    delivery: QuotedDelivery | None
    vat: tuple[VatGroup, ...]
    goods: Money
    delivery_price: Money
    total: Money
    vat_total: Money
    discount: Money
    ledger: Ledger
    rules: str
    offers: tuple[DeliveryOffer, ...]


def quote(basket: Basket, tariff: Tariff) -> Quote | Rejected[Rejection]:
    """
    Price *basket*: list prices, discounts, VAT per rate, delivery, then everybody's share.

    Raises nothing: a basket that cannot be priced is rejected with all reasons.
    """
    unpriceable = _basket_reasons(basket)
    if unpriceable:
        return Rejected(unpriceable)
    listed = list_prices(basket)
    discounts = [0] * len(listed)  # promotions belong here: amounts off each line, in terms of its listed price
    goods = price_goods(basket, listed, discounts)
    offers = tariff.offers_for(basket, goods)
    method = tariff.find(basket.delivery_method) if basket.delivery_method is not None else None
    reasons = _delivery_reasons(basket, method, goods, tuple(offer.code for offer in offers))
    delivery = _deliver(method, goods, basket.currency) if method else None
    if goods.total + (delivery.gross.minor if delivery else 0) > LARGEST_TOTAL:
        reasons = (*reasons, TotalTooLarge(limit=Money(LARGEST_TOTAL, basket.currency)))
    return Rejected(reasons) if reasons else _assemble(basket, goods, delivery, offers)


def _basket_reasons(basket: Basket) -> tuple[Rejection, ...]:
    reasons: list[Rejection] = []
    if not basket.lines:
        reasons.append(EmptyBasket())
    if len(basket.lines) > MOST_LINES:
        reasons.append(TooManyLines(lines=len(basket.lines), allowed=MOST_LINES))
    ids = [line.line for line in basket.lines]
    if len(set(ids)) < len(ids):
        reasons.extend(DuplicateLine(line=line) for line, count in Counter(ids).items() if count > 1)
    found = {line.unit_price.currency for line in basket.lines} - {basket.currency}
    if found:
        reasons.append(MixedCurrencies(currency=basket.currency, found=tuple(sorted(found))))
    return tuple(reasons)


def _delivery_reasons(
    basket: Basket, method: DeliveryMethod | None, goods: Goods, allowed: tuple[str, ...]
) -> tuple[Rejection, ...]:
    if basket.delivery_method is None:
        return ()
    if method is None:
        return (UnknownDeliveryMethod(method=basket.delivery_method, allowed=allowed),)
    reasons: list[Rejection] = []
    if method.price.currency != basket.currency:
        reasons.append(MixedCurrencies(currency=basket.currency, found=(method.price.currency,)))
    if not method.serves(basket.country):
        reasons.append(CountryNotServed(method=method.code, country=basket.country, allowed=allowed))
    if method.max_weight_grams is not None and not method.carries(goods.weight_grams):
        reasons.append(
            TooHeavy(
                method=method.code,
                weight_grams=goods.weight_grams,
                max_weight_grams=method.max_weight_grams,
                allowed=allowed,
            )
        )
    return tuple(reasons)


def _deliver(method: DeliveryMethod, goods: Goods, currency: str) -> QuotedDelivery:
    gross, vat = method.gross_for(goods)
    return QuotedDelivery(
        code=method.code,
        kind=method.kind,
        courier=method.courier,
        ordinary=method.ordinary,
        vat=method.vat,
        price_includes_vat=method.price_includes_vat,
        gross=Money(gross, currency),
        net=Money(gross - vat, currency),
        vat_amount=Money(vat, currency),
    )


def _assemble(
    basket: Basket, goods: Goods, delivery: QuotedDelivery | None, offers: tuple[DeliveryOffer, ...]
) -> Quote:
    currency = basket.currency
    delivery_price = delivery.gross if delivery else Money(0, currency)
    carried = share_delivery(delivery_price.minor, goods.gross, [line.quantity for line in basket.lines])
    shares = [
        Share(gross, gross - vat, vat, discount, delivered)
        for gross, vat, discount, delivered in zip(goods.gross, goods.vat, goods.discounts, carried, strict=True)
    ]
    groups = _vat_groups(goods, delivery, currency)
    return Quote(
        currency=currency,
        lines=tuple(
            QuotedLine(
                line=line.line,
                sku=line.sku,
                quantity=line.quantity,
                unit_price=line.unit_price,
                vat=line.vat,
                price_includes_vat=line.price_includes_vat,
                share=share,
            )
            for line, share in zip(basket.lines, shares, strict=True)
        ),
        delivery=delivery,
        vat=groups,
        goods=Money(goods.total, currency),
        delivery_price=delivery_price,
        total=Money(goods.total, currency) + delivery_price,
        vat_total=Money(sum(group.vat.minor for group in groups), currency),
        discount=Money(sum(goods.discounts), currency),
        ledger=Ledger(
            currency,
            tuple(
                even_ledger(line.line, line.quantity, share) for line, share in zip(basket.lines, shares, strict=True)
            ),
        ),
        rules=RULES,
        offers=offers,
    )


def _vat_groups(goods: Goods, delivery: QuotedDelivery | None, currency: str) -> tuple[VatGroup, ...]:
    sums = dict(goods.sums)
    if delivery:
        key = (delivery.vat, delivery.price_includes_vat)
        sums[key] = sums.get(key, 0) + (delivery.gross if delivery.price_includes_vat else delivery.net).minor
    ordered = sorted(sums.items(), key=lambda item: (-item[0][0].basis_points, item[0][0].code, item[0][1]))
    return tuple(_vat_group(rate, includes, amount, currency) for (rate, includes), amount in ordered)


def _vat_group(rate: VatRate, price_includes_vat: bool, amount: int, currency: str) -> VatGroup:
    vat = vat_in(amount, rate, price_includes_vat)
    gross = amount if price_includes_vat else amount + vat
    return VatGroup(
        rate=rate,
        price_includes_vat=price_includes_vat,
        net=Money(gross - vat, currency),
        vat=Money(vat, currency),
        gross=Money(gross, currency),
    )
