"""The published JSON document for what a basket costs, and why; or for why it has no price."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, get_args

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn

from ..decisions import Rejected
from ..money import Money
from ..pricing import (
    KINDS,
    AppliedRow,
    DeliveryOffer,
    GoodsBelowMinimum,
    LineLedger,
    MoneyPolicy,
    NotAppliedRow,
    NotOffered,
    PaymentNotOffered,
    PaymentOffer,
    Promotions,
    Proof,
    Quote,
    QuotedDelivery,
    QuotedFee,
    QuotedLine,
    Reason,
    Rejection,
    Run,
    VatGroup,
    VatRate,
)
from ._json import encode
from ._reading import write_rate
from ._strict import strict_converter

QUOTE_FORMAT = "quote/1"

MORE_THAN_FIELDS: tuple[type, ...] = (*get_args(Reason), GoodsBelowMinimum, Proof)
"""Classes whose properties are written down too: how much is missing, and whether something is proven."""


@attrs.frozen(kw_only=True)
class Units:
    """So many neighbouring units of a line, and what each of them comes to."""

    units: int
    discount: Money
    net: Money
    vat_amount: Money
    gross: Money
    delivery: Money
    deposit: Money


@attrs.frozen(kw_only=True)
class Line:
    """
    A line: ``listed`` is ``quantity`` times ``unit_price``, and ``discount`` what was taken off that.

    ``net``, ``vat_amount`` and ``gross`` are after the discount; ``delivery`` is the part of the delivery's gross price
    that the line carries, ``deposit`` what is held for packaging, and both are in none of them. ``units`` are its
    units, from the first to the last.
    """

    line: str
    sku: str
    quantity: int
    unit_price: Money
    vat: VatRate
    price_includes_vat: bool
    listed: Money
    discount: Money
    net: Money
    vat_amount: Money
    gross: Money
    delivery: Money
    deposit: Money
    units: tuple[Units, ...]


@attrs.frozen(kw_only=True)
class Priced:
    """
    What a basket costs: ``total`` is ``goods``, ``delivery_price``, ``payment_fee`` and ``deposit``.

    The first three are gross and after discounts, the deposit on packaging bears no VAT. ``listed`` are the goods at
    list prices, ``discount`` is what was taken off them. ``offers`` are the methods of delivery to choose from,
    ``not_offered`` the others, ``payment_offers`` and ``payment_not_offered`` the ways to pay; ``fee`` is that of the
    chosen one, if it has any. ``rules`` is the version of the rules of pricing, ``money`` the policy by which it was
    rounded. ``proof`` is there where the best deal was looked for.
    """

    currency: str
    lines: tuple[Line, ...]
    applied: tuple[AppliedRow, ...]
    not_applied: tuple[NotAppliedRow, ...]
    delivery: QuotedDelivery | None
    offers: tuple[DeliveryOffer, ...]
    not_offered: tuple[NotOffered, ...]
    fee: QuotedFee | None
    payment_offers: tuple[PaymentOffer, ...]
    payment_not_offered: tuple[PaymentNotOffered, ...]
    vat: tuple[VatGroup, ...]
    listed: Money
    discount: Money
    goods: Money
    delivery_price: Money
    payment_fee: Money
    deposit: Money
    vat_total: Money
    total: Money
    proof: Proof | None
    rules: str
    money: MoneyPolicy


@attrs.frozen(kw_only=True)
class NotPriced:
    """Why a basket has no price, with every reason."""

    rejected: tuple[Rejection, ...]


def dump_quote(quote: Quote | Rejected[Rejection], promotions: Promotions | None = None) -> str:
    """
    Write what a basket costs and why, or with the one key ``rejected`` why it has no price.

    Amounts are decimal text in the quote's currency. Reasons say their ``kind``, and how much or how many are
    ``missing``. What is said of units adds up: those of a line to the line, those of promotions to the discounts.
    Names of promotions are taken from *promotions*, without which their ids stand in.

    >>> from orderflow.pricing import Basket, Tariff, quote
    >>> dump_quote(quote(Basket(currency="PLN", lines=(), country="PL"), Tariff()))
    '{"format":"quote/1","rejected":[{"kind":"empty_basket"}]}'
    """
    value = NotPriced(rejected=quote.reasons) if isinstance(quote, Rejected) else _priced(quote, promotions)
    return encode({"format": QUOTE_FORMAT, **_converter().unstructure(value)})


def _priced(quote: Quote, promotions: Promotions | None) -> Priced:
    told = quote.explain(promotions)
    return Priced(
        currency=quote.currency,
        lines=tuple(map(_line, quote.lines, quote.ledger.lines)),
        applied=told.applied,
        not_applied=told.not_applied,
        delivery=quote.delivery,
        offers=quote.offers,
        not_offered=quote.not_offered,
        fee=quote.fee,
        payment_offers=quote.payment_offers,
        payment_not_offered=quote.payment_not_offered,
        vat=quote.vat,
        listed=told.listed,
        discount=quote.discount,
        goods=quote.goods,
        delivery_price=quote.delivery_price,
        payment_fee=quote.payment_fee,
        deposit=quote.deposit,
        vat_total=quote.vat_total,
        total=quote.total,
        proof=quote.proof,
        rules=quote.rules,
        money=quote.policy,
    )


def _line(line: QuotedLine, ledger: LineLedger) -> Line:
    currency = line.unit_price.currency
    return Line(
        line=line.line,
        sku=line.sku,
        quantity=line.quantity,
        unit_price=line.unit_price,
        vat=line.vat,
        price_includes_vat=line.price_includes_vat,
        listed=line.unit_price * line.quantity,
        discount=line.discount,
        net=line.net,
        vat_amount=line.vat_amount,
        gross=line.gross,
        delivery=Money(line.share.delivery, currency),
        deposit=line.deposit,
        units=tuple(_units(run, currency) for run in ledger.runs),
    )


def _units(run: Run, currency: str) -> Units:
    return Units(
        units=run.units,
        discount=Money(run.share.discount, currency),
        net=Money(run.share.net, currency),
        vat_amount=Money(run.share.vat, currency),
        gross=Money(run.share.gross, currency),
        delivery=Money(run.share.delivery, currency),
        deposit=Money(run.share.deposit, currency),
    )


def computed(kind: type) -> tuple[str, ...]:
    """What is written of a class beside its fields."""
    return tuple(
        name for name, member in vars(kind).items() if isinstance(member, property) and kind in MORE_THAN_FIELDS
    )


@cache
def _converter() -> Converter:
    converter = strict_converter(detailed=False)
    converter.register_unstructure_hook(Money, lambda money: money.text)
    converter.register_unstructure_hook(VatRate, write_rate)
    converter.register_unstructure_hook_factory(
        lambda kind: kind in MORE_THAN_FIELDS, lambda kind: _writer(kind, converter)
    )
    return converter


def _writer(kind: type[Any], converter: Converter) -> Callable[[Any], dict[str, Any]]:
    write: Callable[[Any], dict[str, Any]] = make_dict_unstructure_fn(kind, converter)
    more, said = computed(kind), {"kind": KINDS[kind]} if kind in KINDS else {}
    return lambda value: {
        **said,
        **write(value),
        **{name: converter.unstructure(getattr(value, name)) for name in more},
    }
