"""Messages to customers: plain text, composed from what the order's file says now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

import attrs

from .. import giftcards, law, payments, shipping, workflows
from ..errors import InvalidInputError
from ..money import Money, total_of
from ..orders import DestinationKind, Line, Order
from ..payments import TenderKind
from ..people import Address, Person
from ..ports.gateway import Form, Instructions, NextStep, Redirect
from ..ports.notifier import Message
from ..pricing import Quote
from ..quantities import Quantities
from ..shipping import Parcel
from ..workflows import OrderFile, RequestKind
from ._catalog import Voice, voice
from ._withdrawal import how_to_withdraw, until_when

__all__ = ("message_for",)


@attrs.frozen(kw_only=True)
class _Letter:
    """Everything one message is written from; every text may speak of the order's reference and seller."""

    voice: Voice
    file: OrderFile
    person: Person
    number: int
    next_step: NextStep | None

    @property
    def order(self) -> Order:
        return self.file.order

    @property
    def parcel(self) -> Parcel | None:
        return self.file.shipping.parcel(self.number)

    def say(self, key: str, /, **values: object) -> str:
        return self.voice.say(key, reference=self.order.reference, seller=self.order.seller, **values)


def message_for(
    kind: RequestKind,
    number: int,
    file: OrderFile,
    person: Person,
    key: str,
    next_step: NextStep | None = None,
) -> Message:
    """
    The message that a request of this *kind* sends, in the order's language, as the order stands now.

    *number* says of which attempt, refund or parcel. *next_step* is what the customer has to do for an open payment:
    a bank account or a payment page, where it is known.

    Raises:
        InvalidInputError: *kind* is not a message.
    """
    write = _LETTERS.get(kind)
    if write is None:
        raise InvalidInputError("kind", f"{kind} sends no message")
    order = file.order
    letter = _Letter(
        voice=voice(order.language, order.law), file=file, person=person, number=number, next_step=next_step
    )
    name = person.contact.name
    greeting = letter.say("greeting", name=name) if name.strip() else letter.say("greeting.nameless")
    blocks = (greeting, *write(letter), letter.say("closing"))
    return Message(
        key=key,
        kind=kind.value,
        order=order.reference,
        person=order.person,
        language=letter.voice.language,
        name=name,
        email=person.contact.email,
        phone=person.contact.phone,
        subject=letter.say(f"subject.{kind.value}"),
        body="\n\n".join(block for block in blocks if block) + "\n",
    )


def _received(letter: _Letter) -> Iterator[str]:
    yield letter.say("received")
    yield _summary(letter)
    yield _payment(letter)


def _confirmed(letter: _Letter) -> Iterator[str]:
    yield letter.say("confirmed")
    yield _summary(letter)
    yield _payment(letter)
    yield letter.say(f"next.{letter.order.destination.kind.value}")
    yield how_to_withdraw(letter.voice, letter.order)
    yield letter.say("guarantee") if law.has_withdrawal_right(letter.order.buyer) else ""
    yield _agreed(letter)


def _payment_failed(letter: _Letter) -> Iterator[str]:
    yield letter.say("payment_failed")
    if due := workflows.due(letter.file):
        yield letter.say("payment_failed.again", due=due)
        yield _steps(letter)
        if until := letter.file.stock.until:
            yield letter.say("payment_failed.until", until=until)


def _shipped(letter: _Letter) -> Iterator[str]:
    yield letter.say("shipped")
    if parcel := letter.parcel:
        yield _goods(letter, "contents", parcel.quantities)
        yield _carrier(letter, parcel)
        yield _collected(letter, parcel)
    yield _rest(letter)


def _ready_to_collect(letter: _Letter) -> Iterator[str]:
    place = letter.order.destination.code
    yield letter.say("ready_to_collect.at", place=place) if place else letter.say("ready_to_collect")
    if parcel := letter.parcel:
        yield _goods(letter, "contents", parcel.quantities)
        yield _carrier(letter, parcel)
        yield _collected(letter, parcel)


def _delivered(letter: _Letter) -> Iterator[str]:
    yield letter.say("delivered")
    if parcel := letter.parcel:
        yield _goods(letter, "contents", parcel.quantities)
    yield _rest(letter) or until_when(letter.voice, letter.file)


def _cancelled(letter: _Letter) -> Iterator[str]:
    currency = letter.order.currency
    yield letter.say("cancelled")
    yield _goods(letter, "cancelled.goods", letter.order.cancelled)
    coming = payments.refunding(letter.file.payments, currency) + workflows.surplus(letter.file)
    back = payments.refunded(letter.file.payments, currency)
    if coming:
        yield letter.say("cancelled.coming", amount=coming)
    if back:
        yield letter.say("cancelled.refunded", amount=back)
    if workflows.authorised(letter.file):
        yield letter.say("cancelled.released")
    if not payments.money_in(letter.file.payments, currency) and not workflows.due(letter.file):
        yield letter.say("cancelled.nothing_paid")


def _refunded(letter: _Letter) -> Iterator[str]:
    state = letter.file.payments
    refund = next((each for each in state.refunds if each.number == letter.number), None)
    back = payments.refunded(state, letter.order.currency)
    yield letter.say("refunded", amount=back if refund is None else refund.amount)
    if refund is not None and back != refund.amount:
        yield letter.say("refunded.altogether", amount=back)
    account = "" if refund is None else refund.account
    if not account:
        yield letter.say("refunded.patience")
    else:
        yield letter.say("refunded.gift_card" if giftcards.is_gift_card(account) else "refunded.store_credit")


def _substitute_offered(letter: _Letter) -> Iterator[str]:
    yield letter.say("substitute")
    offer = next((each for each in letter.order.substitutes if each.number == letter.number), None)
    if offer is None:
        return
    yield _goods(letter, "substitute.missing", Quantities({offer.instead_of: offer.units}))
    deposit = [letter.say("summary.deposit", deposit=offer.quote.deposit)] if offer.quote.deposit else []
    yield "\n".join((letter.say("substitute.instead"), _price(letter, offer.line, offer.quote), *deposit))
    yield _price_change(letter, workflows.price_change(letter.file, offer.number))
    yield letter.say("substitute.consent", until=offer.until)


def _price_change(letter: _Letter, change: Money | None) -> str:
    if change is None:
        return ""
    if change.minor > 0:
        return letter.say("substitute.dearer", amount=change)
    return letter.say("substitute.cheaper", amount=-change) if change else letter.say("substitute.same")


_LETTERS: Mapping[RequestKind, Callable[[_Letter], Iterator[str]]] = {
    RequestKind.SEND_RECEIVED: _received,
    RequestKind.SEND_CONFIRMED: _confirmed,
    RequestKind.SEND_PAYMENT_FAILED: _payment_failed,
    RequestKind.SEND_SHIPPED: _shipped,
    RequestKind.SEND_READY_TO_COLLECT: _ready_to_collect,
    RequestKind.SEND_DELIVERED: _delivered,
    RequestKind.SEND_CANCELLED: _cancelled,
    RequestKind.SEND_REFUNDED: _refunded,
    RequestKind.SEND_SUBSTITUTE_OFFERED: _substitute_offered,
}


# What was agreed


def _summary(letter: _Letter) -> str:
    return "\n".join((letter.say("summary", placed=letter.order.placed_at), *_prices(letter), *_totals(letter)))


def _prices(letter: _Letter) -> Iterator[str]:
    for line in letter.order.lines:
        yield _price(letter, line, letter.order.quote)
    if deposit := letter.order.quote.deposit:
        yield letter.say("summary.deposit", deposit=deposit)
    yield _delivery(letter)
    if fee := letter.order.payment_fee:
        yield letter.say("summary.fee", method=letter.order.payment_method, price=fee)


def _price(letter: _Letter, line: Line, quote: Quote) -> str:
    quoted = next((each for each in quote.lines if each.line == line.line), None)
    gross = line.unit_price * line.quantity if quoted is None else quoted.gross
    key = "summary.line" if line.price_includes_vat else "summary.line.net"
    values = {"name": line.name, "sku": line.sku, "quantity": line.quantity, "unit_price": line.unit_price}
    text = letter.say(key, gross=gross, **values)
    discount = None if quoted is None else quoted.discount
    return f"{text} {letter.say('summary.discount', discount=discount)}" if discount else text


def _delivery(letter: _Letter) -> str:
    order, there = letter.order, letter.order.destination
    place = there.code
    if there.kind is DestinationKind.ADDRESS:
        place = "" if letter.person.delivery is None else _address(letter.voice, letter.person.delivery)
    elif there.kind is DestinationKind.DOWNLOAD:
        place = letter.person.contact.email or ""
    values = {"method": order.delivery_method, "kind": there.kind, "place": place, "price": order.delivery_price}
    text = letter.say("summary.delivery" if order.delivery_price else "summary.delivery.free", **values)
    return f"{text}\n{letter.say('summary.delivery.place', **values)}" if place else text


def _address(speaker: Voice, address: Address) -> str:
    town = f"{address.postal_code} {address.city}".strip()
    country = speaker.locale.territories.get(address.country, address.country)
    parts = (address.name, address.company, address.street, address.line2, town, address.region, country)
    return ", ".join(part for part in parts if part.strip())


def _totals(letter: _Letter) -> Iterator[str]:
    order, quote = letter.order, letter.order.quote
    other = quote.total - quote.goods - quote.delivery_price - quote.payment_fee - quote.deposit
    if other:
        yield letter.say("summary.other", amount=other)
    changes = (order.delivery_price - quote.delivery_price, order.payment_fee - quote.payment_fee)
    total = quote.total + total_of(changes, order.currency)
    yield letter.say("summary.total", total=total)
    # Of a delivery and a way to pay that were chosen later only the gross price is on record.
    if any(changes):
        yield letter.say("summary.vat_included")
    else:
        yield letter.say("summary.vat", vat=quote.vat_total)
        for group in quote.vat:
            yield letter.say("summary.vat.group", rate=Decimal(group.rate.percent), vat=group.vat, gross=group.gross)
    owed = workflows.owed(letter.file)
    if owed != total:
        yield letter.say("summary.credited", amount=total - owed)
        yield letter.say("summary.owed", owed=owed)


def _agreed(letter: _Letter) -> str:
    """What the customer was shown or agreed to, with its text where it was kept."""
    shown = []
    for each in letter.order.evidence:
        shown.append(letter.say("agreed.entry", kind=each.kind, version=each.version, at=each.at))
        if each.text:
            shown.append(each.text)
    return "\n".join((letter.say("agreed"), *shown)) if shown else ""


# Money


def _payment(letter: _Letter) -> str:
    held = payments.held(letter.file.payments, letter.order.currency)
    so_far = letter.say("payment.paid_so_far", paid=held) if held and workflows.due(letter.file) else ""
    return "\n".join(filter(None, (so_far, _still_to_pay(letter))))


def _still_to_pay(letter: _Letter) -> str:
    file, due = letter.file, workflows.due(letter.file)
    if not due:
        paid = payments.money_in(file.payments, letter.order.currency)
        return letter.say("payment.paid", paid=paid) if paid else letter.say("payment.nothing")
    if workflows.is_cash_on_delivery(file):
        return letter.say("payment.cash_on_delivery", due=due)
    if workflows.authorised(file) >= due:
        return letter.say("payment.authorised", due=due)
    newest = file.payments.attempts[-1].kind if file.payments.attempts else None
    key = "payment.transfer" if newest is TenderKind.TRANSFER else "payment.due"
    text = letter.say(key, due=due, method=letter.order.payment_method)
    return "\n".join(filter(None, (text, _steps(letter))))


def _steps(letter: _Letter) -> str:
    match letter.next_step:
        case Instructions(values=values):
            due = workflows.due(letter.file)
            shown = ((name, due if value == str(due) else value) for name, value in values)
            return "\n".join(letter.say("payment.value", name=name, value=value) for name, value in shown)
        case Redirect(url=url):
            return letter.say("payment.page", url=url)
        case Form() | None:
            return ""


def _collected(letter: _Letter, parcel: Parcel) -> str:
    amount: Money | None = parcel.cash_due
    return letter.say("parcel.cash_due", amount=amount) if amount else ""


# Goods


def _goods(letter: _Letter, heading: str, units: Quantities) -> str:
    named = [
        letter.say("goods.line", name=line.name, sku=line.sku, quantity=units[line.line])
        for line in letter.order.lines
        if units[line.line]
    ]
    return "\n".join((letter.say(heading), *named)) if named else ""


def _carrier(letter: _Letter, parcel: Parcel) -> str:
    lines = []
    if parcel.courier != "manual":
        lines.append(letter.say("parcel.courier", courier=parcel.courier))
    if parcel.tracking:
        lines.append(letter.say("parcel.tracking", tracking=parcel.tracking))
    return "\n".join(lines)


def _rest(letter: _Letter) -> str:
    left = shipping.outstanding(letter.file.shipping, letter.order.remaining - workflows.not_supplied(letter.file))
    return _goods(letter, "rest", left)
