"""M7: a pinned price worked out again from its lines, and credits from the unit ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from .. import law, orders, pricing
from ..decisions import Accepted
from ..money import Money, total_of
from ..pricing import Quote, Share
from ..quantities import Quantities
from ..returns import RefundGranted
from ..workflows import Context, OrderFile
from ..workflows._facts import order_facts, return_facts

__all__ = ("credit_problems", "grant_problems", "quote_problems", "substitute_problems")


def quote_problems(event: orders.OrderPlaced | orders.OrderRecorded) -> Iterator[str]:
    """What does not add up in the price of a placed or adopted order."""
    quote = event.quote
    try:
        yield from _sum_problems(quote)
        yield from _line_problems(event.lines, quote)
        if isinstance(event, orders.OrderPlaced) and quote.rules == pricing.RULES:
            yield from _priced_again(event)
    except Exception as error:  # noqa: BLE001 - amounts that were tampered with may break arithmetic in any way
        yield f"the price cannot be worked out again: {error!r}"


def substitute_problems(event: orders.SubstituteOffered, before: OrderFile) -> Iterator[str]:
    """What does not add up in the price of something that was offered instead."""
    quote, order = event.quote, before.order
    try:
        yield from _sum_problems(quote)
        yield from _line_problems((event.line,), quote)
        if quote.rules == pricing.RULES:
            again = pricing.priced_again(quote, pricing.Tariff(), order.destination.country)
            if again != quote:
                yield "priced again, it costs something else"
    except Exception as error:  # noqa: BLE001 - as above
        yield f"the price cannot be worked out again: {error!r}"


def _sum_problems(quote: Quote) -> Iterator[str]:
    currency = quote.currency
    shares = sum((line.share for line in quote.lines), start=Share())
    parts = quote.goods + quote.delivery_price + quote.payment_fee + quote.deposit
    units = Money(quote.ledger.total.paid, currency) + quote.payment_fee
    sums = (
        ("the parts", parts, "the total", quote.total),
        ("the lines", Money(shares.gross, currency), "the goods", quote.goods),
        ("the lines' parts", Money(shares.delivery, currency), "the delivery", quote.delivery_price),
        ("the lines' discounts", Money(shares.discount, currency), "the discount", quote.discount),
        ("the lines' deposits", Money(shares.deposit, currency), "the deposit", quote.deposit),
        ("the VAT groups", total_of((group.vat for group in quote.vat), currency), "the VAT", quote.vat_total),
        ("the units and the fee", units, "the total", quote.total),
    )
    for name, found, whole, expected in sums:
        if found != expected:
            yield f"{name} come to {found}, {whole} is {expected}"
    for group in quote.vat:
        if group.net + group.vat != group.gross:
            yield f"net and VAT at {group.rate.percent} % are not the gross amount"
    for line in quote.lines:
        if line.share.net + line.share.vat != line.share.gross:
            yield f"line {line.line!r}: net and VAT are not the gross amount"


def _line_problems(lines: tuple[orders.Line, ...], quote: Quote) -> Iterator[str]:
    def terms(line: Any, deposit: Money | None) -> tuple[Any, ...]:
        return (line.line, line.sku, line.quantity, line.unit_price, line.vat, line.price_includes_vat, deposit or None)

    priced = tuple(terms(line, line.unit_deposit) for line in quote.lines)
    if priced[: len(lines)] != tuple(terms(line, line.deposit) for line in lines):
        yield "the priced lines are not the ordered ones"


_OF_THE_TARIFF = ("offers", "not_offered", "payment_offers", "payment_not_offered")


def _fee(fee: pricing.QuotedFee) -> pricing.Fee:
    return pricing.Fee(price=fee.listed, vat=fee.vat, price_includes_vat=fee.price_includes_vat)


def _priced_again(event: orders.OrderPlaced) -> Iterator[str]:
    pinned = event.quote.delivery
    if pinned is None:
        yield "no delivery was priced"
        return
    method = pricing.DeliveryMethod(
        code=pinned.code,
        kind=pinned.kind,
        price=pinned.listed,
        vat=pinned.vat,
        price_includes_vat=pinned.price_includes_vat,
        ordinary=pinned.ordinary,
        courier=pinned.courier,
    )
    fee = event.quote.fee
    terms = [pricing.PaymentTerms(code=fee.code, fee=_fee(fee))] if fee else []
    again = pricing.priced_again(event.quote, pricing.Tariff((method,), terms), event.destination.country)
    if not isinstance(again, Quote):
        yield "the order cannot be priced again"
        return
    names = (field.name for field in attrs.fields(Quote) if field.name not in _OF_THE_TARIFF)
    differing = [name for name in names if getattr(again, name) != getattr(event.quote, name)]
    if differing:
        yield f"priced again, it differs in {', '.join(differing)}"
    chosen = again.offers[0]
    if (chosen.code, chosen.price) not in ((offer.code, offer.price) for offer in event.quote.offers):
        yield "the delivery chosen was not offered at its price"
    if fee and pricing.PaymentOffer(code=fee.code, fee=fee.gross) not in event.quote.payment_offers:
        yield "the way to pay was not offered at its fee"
    if fee and fee.code != event.payment_method:
        yield f"the fee is of {fee.code}, and {event.payment_method} was chosen"


def credit_problems(event: orders.LinesCancelled, before: OrderFile, context: Context) -> Iterator[str]:
    """A cancellation decided again gives the same credit."""
    command = orders.CancelLines(order=before.order.id, quantities=event.quantities, cause=event.cause)
    again = orders.decide(command, before.orders, order_facts(command, before, context))
    if not isinstance(again, Accepted):
        yield f"these units could not be cancelled: {again.reasons}"
    elif again.events[0] != event:
        yield f"{event.credit} is not the share of the units cancelled"


def grant_problems(event: RefundGranted, before: OrderFile, context: Context) -> Iterator[str]:
    """A return's credit is exactly the shares of its units, and of the delivery what the law says."""
    facts = return_facts(before, context)
    if not event.units <= facts.in_ledger:
        yield "units are credited that have left the ledger before"
        return
    taken = (facts.ledger.take(line, facts.left[line], count) for line, count in event.units)
    share = sum(taken, start=Share())
    everything = facts.in_ledger - event.units == Quantities()
    delivery = law.delivery_refund(
        facts.delivery_paid, facts.cheapest_delivery, facts.delivery_refunded, everything=everything
    )
    currency = facts.ledger.currency
    fee = law.fee_refund(facts.fee_paid or Money.zero(currency), everything=everything)
    goods, deposit = Money(share.gross, currency), Money(share.deposit, currency)
    if (event.goods, event.vat) != (goods, share.vat):
        yield f"{event.goods} is not the share of the units returned, {goods}"
    if event.deposit != deposit:
        yield f"the deposit {event.deposit} is not that of the units returned, {deposit}"
    if event.fee != fee:
        yield f"of the fee {event.fee} is credited instead of {fee}"
    if event.delivery != delivery:
        yield f"of the delivery {event.delivery} is credited instead of {delivery}"
    if event.amount != event.goods + event.deposit + event.delivery + event.fee:
        yield f"{event.amount} is not goods, deposit, delivery and fee together"
