"""The published JSON document for what a basket costs, and why; or for why it has no price."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import groupby, pairwise
from typing import Any, get_args

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn

from ..decisions import Rejected
from ..money import Money
from ..pricing import (
    KINDS,
    DeliveryKind,
    DeliveryOffer,
    LineLedger,
    MoneyPolicy,
    Proof,
    Quote,
    QuotedDelivery,
    QuotedLine,
    Reason,
    Rejection,
    Run,
    Share,
    VatGroup,
    VatRate,
)
from ._json import encode
from ._reading import write_rate
from ._strict import strict_converter

QUOTE_FORMAT = "quote/1"


@attrs.frozen(kw_only=True)
class Units:
    """So many neighbouring units of a line, with what each of them comes to; the discount is in listed terms."""

    units: int
    discount: Money
    net: Money
    vat: Money
    gross: Money
    delivery: Money


@attrs.frozen(kw_only=True)
class Line:
    """
    A line: ``listed`` is ``quantity`` times ``unit_price``, and ``discount`` what was taken off that.

    ``net``, ``vat`` and ``gross`` are after the discount; ``delivery`` is the part of the delivery's gross price that
    the line carries, which is in none of them. ``each`` are its units, from the first to the last.
    """

    line: str
    sku: str
    quantity: int
    unit_price: Money
    vat_rate: VatRate
    price_includes_vat: bool
    listed: Money
    discount: Money
    net: Money
    vat: Money
    gross: Money
    delivery: Money
    each: tuple[Units, ...]


@attrs.frozen(kw_only=True)
class UnitsOff:
    """So many neighbouring units of a line, and what is taken off each of them."""

    units: int
    amount: Money


@attrs.frozen(kw_only=True)
class LineOff:
    """What a promotion takes off a line, and off each of its units from the first to the last."""

    line: str
    amount: Money
    each: tuple[UnitsOff, ...]


@attrs.frozen(kw_only=True)
class DeliveryOff:
    """What a promotion takes off a method of delivery, chosen or not."""

    method: str
    amount: Money


@attrs.frozen(kw_only=True)
class Used:
    """A promotion that counts; ``amount`` is what it takes off the goods and the chosen delivery, in listed terms."""

    promotion: str
    amount: Money
    lines: tuple[LineOff, ...]
    delivery: tuple[DeliveryOff, ...]


@attrs.frozen(kw_only=True)
class NotUsed:
    """A promotion that does not count, with every reason."""

    promotion: str
    reasons: tuple[Reason, ...]


@attrs.frozen(kw_only=True)
class Group:
    """What a document shows for one rate of VAT, goods and delivery together."""

    vat_rate: VatRate
    price_includes_vat: bool
    net: Money
    vat: Money
    gross: Money


@attrs.frozen(kw_only=True)
class Delivery:
    """The chosen delivery; ``listed`` and ``discount`` are in terms of its listed price."""

    method: str
    kind: DeliveryKind
    courier: str
    ordinary: bool
    vat_rate: VatRate
    price_includes_vat: bool
    listed: Money
    discount: Money
    net: Money
    vat: Money
    gross: Money


@attrs.frozen(kw_only=True)
class Offered:
    """A method of delivery that serves the basket, at the gross price it would add."""

    method: str
    kind: DeliveryKind
    courier: str
    ordinary: bool
    price: Money


@attrs.frozen(kw_only=True)
class Proven:
    """How good the best deal is: no other choice saves more than ``at_most_more`` on top, found in ``steps``."""

    proven: bool
    at_most_more: Money
    steps: int


@attrs.frozen(kw_only=True)
class Priced:
    """
    What a basket costs: ``total`` is ``goods`` and ``delivery_price``, all gross and after discounts.

    ``discount`` is what was taken off the goods, in listed terms. ``rules`` is the version of the rules of pricing and
    ``money`` the policy by which it was rounded. ``proof`` is there where the best deal was looked for.
    """

    currency: str
    lines: tuple[Line, ...]
    applied: tuple[Used, ...]
    not_applied: tuple[NotUsed, ...]
    delivery: Delivery | None
    offers: tuple[Offered, ...]
    vat: tuple[Group, ...]
    discount: Money
    goods: Money
    delivery_price: Money
    vat_total: Money
    total: Money
    proof: Proven | None
    rules: str
    money: MoneyPolicy


@attrs.frozen(kw_only=True)
class NotPriced:
    """Why a basket has no price, with every reason."""

    rejected: tuple[Rejection, ...]


def dump_quote(quote: Quote | Rejected[Rejection]) -> str:
    """
    Write what a basket costs and why, or with the one key ``rejected`` why it has no price.

    Amounts are decimal text in the quote's currency. Reasons say their ``kind``, and how much or how many are
    ``missing``. What is said of units adds up: those of a line to the line, those of promotions to the discounts.

    >>> from orderflow.pricing import Basket, Tariff
    >>> from orderflow.pricing import quote
    >>> dump_quote(quote(Basket(currency="PLN", lines=(), country="PL"), Tariff()))
    '{"format":"quote/1","rejected":[{"kind":"empty_basket"}]}'
    """
    value = NotPriced(rejected=quote.reasons) if isinstance(quote, Rejected) else _priced(quote)
    return encode({"format": QUOTE_FORMAT, **_converter().unstructure(value)})


def _priced(quote: Quote) -> Priced:
    proof, delivery = quote.proof, quote.delivery
    return Priced(
        currency=quote.currency,
        lines=tuple(map(_line, quote.lines, quote.ledger.lines)),
        applied=tuple(_used(quote)),
        not_applied=tuple(NotUsed(promotion=each.promotion, reasons=each.reasons) for each in quote.not_applied),
        delivery=None if delivery is None else _delivery(delivery),
        offers=tuple(map(_offered, quote.offers)),
        vat=tuple(map(_group, quote.vat)),
        discount=quote.discount,
        goods=quote.goods,
        delivery_price=quote.delivery_price,
        vat_total=quote.vat_total,
        total=quote.total,
        proof=None if proof is None else _proven(proof),
        rules=quote.rules,
        money=quote.policy,
    )


def _proven(proof: Proof) -> Proven:
    return Proven(proven=proof.proven, at_most_more=proof.at_most_more, steps=proof.steps)


def _line(line: QuotedLine, ledger: LineLedger) -> Line:
    currency = line.unit_price.currency
    return Line(
        line=line.line,
        sku=line.sku,
        quantity=line.quantity,
        unit_price=line.unit_price,
        vat_rate=line.vat,
        price_includes_vat=line.price_includes_vat,
        listed=line.unit_price * line.quantity,
        discount=line.discount,
        net=line.net,
        vat=line.vat_amount,
        gross=line.gross,
        delivery=Money(line.share.delivery, currency),
        each=tuple(_units(run, currency) for run in ledger.runs),
    )


def _units(run: Run, currency: str) -> Units:
    share: Share = run.share
    return Units(
        units=run.units,
        discount=Money(share.discount, currency),
        net=Money(share.net, currency),
        vat=Money(share.vat, currency),
        gross=Money(share.gross, currency),
        delivery=Money(share.delivery, currency),
    )


def _used(quote: Quote) -> Iterator[Used]:
    quantities = {line.line: line.quantity for line in quote.lines}
    taken = dict.fromkeys(quantities, 0)
    for applied in quote.applied:
        lines = []
        for line, amount in applied.lines:
            each = tuple(_each(taken[line], amount, quantities[line], quote.currency))
            taken[line] += amount
            lines.append(LineOff(line=line, amount=Money(amount, quote.currency), each=each))
        delivery = (DeliveryOff(method=method, amount=Money(off, quote.currency)) for method, off in applied.delivery)
        yield Used(promotion=applied.promotion, amount=applied.amount, lines=tuple(lines), delivery=tuple(delivery))


def _each(before: int, amount: int, quantity: int, currency: str) -> Iterator[UnitsOff]:
    """
    A promotion's part of each unit's discount.

    The discounts of a line are spread evenly together, the odd coins on the first units; so this is what the unit
    bears with this promotion more than with those before it alone, and all of them add up.
    """
    after = before + amount
    places = sorted({0, before % quantity, after % quantity, quantity})
    runs = [
        (end - start, _unit(after, start, quantity) - _unit(before, start, quantity)) for start, end in pairwise(places)
    ]
    for off, alike in groupby(runs, key=lambda run: run[1]):
        yield UnitsOff(units=sum(units for units, _ in alike), amount=Money(off, currency))


def _unit(amount: int, place: int, quantity: int) -> int:
    each, odd = divmod(amount, quantity)
    return each + (place < odd)


def _delivery(delivery: QuotedDelivery) -> Delivery:
    return Delivery(
        method=delivery.code,
        kind=delivery.kind,
        courier=delivery.courier,
        ordinary=delivery.ordinary,
        vat_rate=delivery.vat,
        price_includes_vat=delivery.price_includes_vat,
        listed=delivery.listed,
        discount=delivery.discount,
        net=delivery.net,
        vat=delivery.vat_amount,
        gross=delivery.gross,
    )


def _offered(offer: DeliveryOffer) -> Offered:
    return Offered(
        method=offer.code, kind=offer.kind, courier=offer.courier, ordinary=offer.ordinary, price=offer.price
    )


def _group(group: VatGroup) -> Group:
    return Group(
        vat_rate=group.rate,
        price_includes_vat=group.price_includes_vat,
        net=group.net,
        vat=group.vat,
        gross=group.gross,
    )


def computed(kind: type) -> tuple[str, ...]:
    """What a reason says beside its fields."""
    return tuple(name for name, member in vars(kind).items() if isinstance(member, property))


@cache
def _converter() -> Converter:
    converter = strict_converter(detailed=False)
    converter.register_unstructure_hook(Money, lambda money: money.text)
    converter.register_unstructure_hook(VatRate, write_rate)
    converter.register_unstructure_hook_factory(
        lambda kind: kind in get_args(Reason), lambda kind: _reason_writer(kind, converter)
    )
    return converter


def _reason_writer(kind: type[Any], converter: Converter) -> Callable[[Any], dict[str, Any]]:
    write: Callable[[Any], dict[str, Any]] = make_dict_unstructure_fn(kind, converter)
    name, more = KINDS[kind], computed(kind)
    return lambda reason: {
        "kind": name,
        **write(reason),
        **{each: converter.unstructure(getattr(reason, each)) for each in more},
    }
