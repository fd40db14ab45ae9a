"""A priced basket: every amount of the order to be, decided once and pinned when the order is placed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from operator import sub
from typing import TYPE_CHECKING

import attrs

from ..decisions import Rejected
from ..money import Money
from ._basket import Basket, BasketLine, Circumstances
from ._best_deal import Proof
from ._fees import NO_FEES, Fees, fees
from ._ledger import Ledger, share_delivery
from ._lines import Columns, QuotedLine, QuotedLines
from ._payment import PaymentNotOffered, PaymentOffer, QuotedFee
from ._policy import DEFAULT_POLICY, MoneyPolicy
from ._promotion import NO_PROMOTIONS, Promotions
from ._reasons import Applied, NotApplied, Outcome, Outcomes
from ._rejections import (
    DuplicateLine,
    EmptyBasket,
    MixedCurrencies,
    Rejection,
    TooManyLines,
    TotalTooLarge,
    UnknownDeliveryMethod,
)
from ._stacking import RungUp, ring_up
from ._tariff import Choice, DeliveryKind, DeliveryMethod, DeliveryOffer, NotOffered, Tariff
from ._tax import ChargePart, Key, Taxes, group_sums, tax_charge, tax_goods
from ._till import Charge, Cuts, Till
from ._vat import VatGroup, VatRate

if TYPE_CHECKING:
    from ._explanation import Explanation

RULES = "pricing/1"
"""The version of the pricing rules; an order keeps the one it was placed under."""

MOST_LINES = 1000
LARGEST_TOTAL = 10**15
"""In minor units: exact even for readers of JSON who know only doubles."""


@attrs.frozen(kw_only=True)
class QuotedDelivery:
    """
    The chosen delivery, at what it costs for this basket.

    ``listed`` is its price and ``discount`` what promotions took off it, both in terms of that price; ``vat`` is the
    method's rate, whichever rates the money policy taxes it at.
    """

    code: str
    kind: DeliveryKind
    courier: str
    ordinary: bool
    vat: VatRate
    price_includes_vat: bool
    listed: Money
    discount: Money
    gross: Money
    net: Money
    vat_amount: Money


def _quoted_lines(lines: Iterable[QuotedLine]) -> QuotedLines:
    return lines if isinstance(lines, QuotedLines) else QuotedLines(lines)


def _outcomes(outcomes: Iterable[Outcome]) -> Outcomes:
    return outcomes if isinstance(outcomes, Outcomes) else Outcomes(outcomes)


@attrs.frozen(kw_only=True)
class Quote:
    """
    What a basket costs. ``total = goods + delivery_price + payment_fee + deposit``.

    The first three are gross, ``goods`` after ``discount``; the ``deposit`` on packaging bears no VAT. The VAT groups
    sum to ``vat_total``, the lines to ``goods``, the ledger's units to ``total`` without the fee, which belongs to the
    order as a whole, and what the applied ``promotions`` took off the lines to ``discount``. ``proof`` is there where
    the best deal was looked for. ``offers`` are all delivery methods that serve the basket, ``not_offered`` those that
    do not, and so for the ways to pay; ``fee`` is that of the chosen one, if it has any.
    """

    currency: str
    lines: QuotedLines = attrs.field(converter=_quoted_lines)
    delivery: QuotedDelivery | None
    vat: tuple[VatGroup, ...]
    goods: Money
    delivery_price: Money
    total: Money
    vat_total: Money
    discount: Money
    rules: str
    policy: MoneyPolicy
    promotions: Outcomes = attrs.field(converter=_outcomes)
    proof: Proof | None
    offers: tuple[DeliveryOffer, ...]
    not_offered: tuple[NotOffered, ...]
    fee: QuotedFee | None
    payment_offers: tuple[PaymentOffer, ...]
    payment_not_offered: tuple[PaymentNotOffered, ...]
    deposit: Money

    @property
    def payment_fee(self) -> Money:
        """What the chosen way to pay adds, gross."""
        return self.fee.gross if self.fee else Money(0, self.currency)

    def fee_of(self, payment_method: str) -> Money:
        """What a way to pay adds, gross, whether it was offered or not; nothing where the tariff did not know it."""
        known: tuple[PaymentOffer | PaymentNotOffered, ...] = (*self.payment_offers, *self.payment_not_offered)
        fee = next((each.fee for each in known if each.code == payment_method), None)
        return fee or Money(0, self.currency)

    @property
    def ledger(self) -> Ledger:
        """What every single unit comes to: refunds and cancellations select units here, and compute nothing."""
        return self.lines.ledger(self.currency)

    @property
    def applied(self) -> tuple[Applied, ...]:
        """The promotions that count."""
        return tuple(outcome for outcome in self.promotions if isinstance(outcome, Applied))

    @property
    def not_applied(self) -> tuple[NotApplied, ...]:
        """Those that do not, with the reasons."""
        return tuple(outcome for outcome in self.promotions if isinstance(outcome, NotApplied))

    def explain(self, promotions: Promotions | None = None) -> Explanation:
        """What every promotion took from where, or what it is missing; its name comes from *promotions*, if given."""
        from ._explanation import explain

        return explain(self, promotions)

    def _repr_html_(self) -> str:
        from ._explanation_text import as_html

        return as_html(self.explain())


def quote(
    basket: Basket,
    tariff: Tariff,
    promotions: Promotions = NO_PROMOTIONS,
    policy: MoneyPolicy = DEFAULT_POLICY,
) -> Quote | Rejected[Rejection]:
    """
    Price *basket*: list prices, promotions, VAT, delivery, then everybody's share.

    It depends on nothing else: the same basket has the same price, whatever was in it before. A basket that cannot
    be priced is rejected with all reasons.

    Raises:
        InvalidInputError: a host's own benefit gave something else than amounts off lines of its target.
    """
    unpriceable = _basket_reasons(basket)
    if unpriceable:
        return Rejected(unpriceable)
    choice = tariff.choice(basket)
    till, rung_up = _rung_up(choice, promotions, policy)
    goods = _tax(till)
    if free := {method.code for method in choice.methods if method.is_free_for(sum(goods.gross))}:
        if any(till.delivery[code] != charge.price for code, charge in till.charges.items()):
            till, rung_up = _rung_up(choice, promotions, policy, free)
            goods = _tax(till)
        till.deliver_for_nothing(free)
    return _quoted(till, goods, choice, rung_up)


def priced_again(quote: Quote, tariff: Tariff, country: str) -> Quote | Rejected[Rejection]:
    """
    The same quote worked out once more from its list prices, and from what its promotions took.

    The promotions themselves are not asked: they may have changed since. ``tariff`` has the chosen delivery method
    and way to pay only, at the prices they had.
    """
    lines = [
        BasketLine(
            line=line.line,
            sku=line.sku,
            quantity=line.quantity,
            unit_price=line.unit_price,
            vat=line.vat,
            price_includes_vat=line.price_includes_vat,
            deposit=line.unit_deposit or None,
        )
        for line in quote.lines
    ]
    method = quote.delivery.code if quote.delivery else None
    basket = Basket(
        currency=quote.currency,
        lines=lines,
        delivery_method=method,
        country=country,
        circumstances=Circumstances(payment_method=quote.fee.code if quote.fee else None),
    )
    choice = tariff.choice(basket)
    till = Till(basket, quote.policy, _charges(choice))
    places = {line.line: index for index, line in enumerate(till.lines)}
    for applied in quote.applied:
        goods = {places[line]: amount for line, amount in applied.lines}
        till.take(Cuts(goods, delivery={code: amount for code, amount in applied.delivery if code == method}))
    return _quoted(till, _tax(till), choice, RungUp(quote.promotions, quote.proof))


def _quoted(till: Till, goods: Taxes, choice: Choice, rung_up: RungUp) -> Quote | Rejected[Rejection]:
    basket = till.basket
    priced = {method.code: _deliver(method, till, goods) for method in choice.methods}
    offers = tuple(_offer(method, priced[method.code][0], till, goods) for method in choice.methods)
    reasons = _delivery_reasons(basket.delivery_method, choice)
    chosen = priced.get(basket.delivery_method or "")
    delivery, parts = chosen or (None, ())
    deposits = tuple([line.deposit.minor * line.quantity if line.deposit else 0 for line in till.lines])
    before = sum(goods.gross) + (delivery.gross.minor if delivery else 0) + sum(deposits)
    to_pay = fees(choice.payments, till, goods, parts, before) if choice.payments else NO_FEES
    reasons = (*reasons, *to_pay.reasons)
    if before + to_pay.gross > LARGEST_TOTAL:
        reasons = (*reasons, TotalTooLarge(limit=Money(LARGEST_TOTAL, basket.currency)))
    if reasons:
        return Rejected(reasons)
    return _assemble(till, goods, deposits, delivery, parts, rung_up, offers, choice, to_pay)


def _rung_up(
    choice: Choice, promotions: Promotions, policy: MoneyPolicy, free: Iterable[str] = ()
) -> tuple[Till, RungUp]:
    """
    The till when all promotions are rung up; deliveries in *free* cost nothing from the start.

    Whether a delivery is free by the tariff is judged by the goods as they come out when it is not.
    """
    till = Till(choice.load.basket, policy, _charges(choice))
    till.deliver_for_nothing(free)
    return till, ring_up(promotions, till)


def _charges(choice: Choice) -> Iterable[Charge]:
    for method in choice.methods:
        yield Charge(method.code, method.price_for(choice.load).minor, method.vat, method.price_includes_vat)


def _tax(till: Till) -> Taxes:
    return tax_goods(till.left, till.quantities, _keys(till.lines), till.policy)


def _keys(lines: Sequence[BasketLine]) -> list[Key]:
    # Mostly all lines are taxed like the first: then they have one key, and rates need not be compared as objects.
    if not lines:
        return []
    first = lines[0].vat, lines[0].price_includes_vat
    points, code, includes_vat = first[0].basis_points, first[0].code, first[1]
    return [
        first
        if (rate := line.vat).basis_points == points and rate.code == code and line.price_includes_vat is includes_vat
        else (rate, line.price_includes_vat)
        for line in lines
    ]


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


def _delivery_reasons(chosen: str | None, choice: Choice) -> tuple[Rejection, ...]:
    if chosen is None or chosen in choice.allowed:
        return ()
    refused = next((each for each in choice.not_offered if each.code == chosen), None)
    return refused.reasons if refused else (UnknownDeliveryMethod(method=chosen, allowed=choice.allowed),)


def _deliver(method: DeliveryMethod, till: Till, goods: Taxes) -> tuple[QuotedDelivery, tuple[ChargePart, ...]]:
    currency, listed, amount = till.basket.currency, till.charges[method.code].price, till.delivery[method.code]
    parts = tax_charge(amount, (method.vat, method.price_includes_vat), goods, till.policy)
    vat = sum(part.vat for part in parts)
    gross = amount if method.price_includes_vat else amount + vat
    return QuotedDelivery(
        code=method.code,
        kind=method.kind,
        courier=method.courier,
        ordinary=method.ordinary,
        vat=method.vat,
        price_includes_vat=method.price_includes_vat,
        listed=Money(listed, currency),
        discount=Money(listed - amount, currency),
        gross=Money(gross, currency),
        net=Money(gross - vat, currency),
        vat_amount=Money(vat, currency),
    ), parts


def _offer(method: DeliveryMethod, priced: QuotedDelivery, till: Till, goods: Taxes) -> DeliveryOffer:
    listed = priced.gross
    if priced.discount:
        parts = tax_charge(priced.listed.minor, (method.vat, method.price_includes_vat), goods, till.policy)
        added = 0 if method.price_includes_vat else sum(part.vat for part in parts)
        listed = Money(priced.listed.minor + added, listed.currency)
    return DeliveryOffer(
        code=method.code,
        kind=method.kind,
        price=priced.gross,
        listed=listed,
        discount=listed - priced.gross,
        ordinary=method.ordinary,
        courier=method.courier,
    )


def _assemble(
    till: Till,
    goods: Taxes,
    deposits: tuple[int, ...],
    delivery: QuotedDelivery | None,
    parts: tuple[ChargePart, ...],
    rung_up: RungUp,
    offers: tuple[DeliveryOffer, ...],
    choice: Choice,
    to_pay: Fees,
) -> Quote:
    currency = till.basket.currency
    delivery_price = delivery.gross if delivery else Money(0, currency)
    carried = share_delivery(delivery_price.minor, goods.gross, till.quantities)
    columns = Columns(
        tuple(till.lines),
        goods.gross,
        goods.vat,
        tuple(map(sub, till.listed, till.left)),
        carried,
        deposits,
    )
    groups = tuple(_vat_group(*group, currency) for group in group_sums(goods, (*parts, *to_pay.parts)).items())
    goods_total, deposit = sum(goods.gross), sum(deposits)
    return Quote(
        currency=currency,
        lines=QuotedLines(columns.in_order_of(till.basket.lines)),
        delivery=delivery,
        vat=groups,
        goods=Money(goods_total, currency),
        delivery_price=delivery_price,
        total=Money(goods_total + delivery_price.minor + to_pay.gross + deposit, currency),
        vat_total=Money(sum(group.vat.minor for group in groups), currency),
        discount=Money(sum(till.listed) - sum(till.left), currency),
        rules=RULES,
        policy=till.policy,
        promotions=rung_up.outcomes,
        proof=rung_up.proof,
        offers=offers,
        not_offered=choice.not_offered,
        fee=to_pay.chosen,
        payment_offers=to_pay.offers,
        payment_not_offered=to_pay.not_offered,
        deposit=Money(deposit, currency),
    )


def _vat_group(key: Key, sums: tuple[int, int], currency: str) -> VatGroup:
    (rate, includes_vat), (amount, vat) = key, sums
    gross = amount if includes_vat else amount + vat
    return VatGroup(
        rate=rate,
        price_includes_vat=includes_vat,
        net=Money(gross - vat, currency),
        vat=Money(vat, currency),
        gross=Money(gross, currency),
    )
