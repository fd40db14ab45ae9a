"""Gift cards and store credit on their way through an order: which of them pay, what they pay, and what goes back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs

from .. import giftcards, orders, payments, pricing
from ..actors import Actor
from ..decisions import Accepted, Rejected
from ..giftcards import Card, TaxedOtherwise
from ..money import Money, total_of
from ..orders import AcceptSubstitute, NoOrder, OfferSubstitute, PlaceOrder, destination
from ..payments import GiftCardNotUsable, NoStoreCredit, PayWithGiftCard, PayWithStoreCredit, TenderKind, WrongCurrency
from ._balance import due, gone
from ._facts import Context, payment_facts, store_credit, usable_card
from ._file import Event, OrderFile, fold
from ._reactions import Reaction, by_system
from ._requests import Request, RequestKind

__all__ = (
    "BLOCKED", "CardEntry", "accounts", "card_events", "decide_payment", "pay_at_once", "refund_arrived",
    "refund_requested", "substitute_reasons", "tender_reasons",
)  # fmt: skip

BLOCKED = "the refund went to a blocked gift card"


@attrs.frozen
class CardEntry:
    """One event for the stream of a card, appended in the order's commit."""

    event: giftcards.Event
    actor: Actor


def accounts(command: object, file: OrderFile, tenders: Sequence[str] = ()) -> tuple[str, ...]:
    """The cards and the store credit that planning *command* may look at or change, in order; mostly none."""
    found = {*tenders}
    if not isinstance(file.orders, NoOrder):
        found.update(attempt.account for attempt in file.payments.attempts)
        found.add(file.payments.refunds_to)
        if isinstance(command, PayWithGiftCard):
            found.add(command.card)
        elif isinstance(command, PayWithStoreCredit):
            found.add(store_credit(file))
    return tuple(sorted(found - {""}))


def decide_payment(
    command: payments.Command, file: OrderFile, context: Context
) -> Accepted[Event] | Rejected[payments.Rejection | TaxedOtherwise]:
    """What the rules of payments say; of cards and store credit also what they mean for the agreed way to pay."""
    decision = payments.decide(command, file.payments, payment_facts(command, file, context))
    if not isinstance(command, PayWithGiftCard | PayWithStoreCredit) or decision == Accepted():
        return decision
    if isinstance(command, PayWithGiftCard) and (card := usable_card(command.card, file.order.seller, context)):
        against = giftcards.objections(card, _rates(file.order.quote), file.order.destination.country)
        if against:
            return Rejected((*(decision.reasons if isinstance(decision, Rejected) else ()), *against))
    return _without_fee(command, decision, file, context) or decision


def _without_fee(
    command: PayWithGiftCard | PayWithStoreCredit,
    decision: Accepted[payments.Event] | Rejected[payments.Rejection],
    file: OrderFile,
    context: Context,
) -> Accepted[Event] | None:
    """Where all is paid by what is kept here, the agreed way to pay is not used, and its fee is not owed."""
    order = file.order
    if not order.payment_fee or any(attempt.paid and not attempt.account for attempt in file.payments.attempts):
        return None
    changes = orders.change_payment(order, _kind(command), gone(file), context.at)
    agreed = fold(changes, file)
    if isinstance(decision, Accepted) and not due(fold(decision.events, file)):
        command = attrs.evolve(command, amount=None)  # it would have paid the fee as well
    without = payments.decide(command, agreed.payments, payment_facts(command, agreed, context))
    if isinstance(without, Rejected) or not changes or due(fold(without.events, agreed)):
        return None
    return Accepted((*changes, *without.events))


def _kind(command: PayWithGiftCard | PayWithStoreCredit) -> TenderKind:
    return TenderKind.GIFT_CARD if isinstance(command, PayWithGiftCard) else TenderKind.STORE_CREDIT


def _rates(quote: pricing.Quote) -> Iterable[pricing.VatRate]:
    return (group.rate for group in quote.vat)


def tender_reasons(
    command: PlaceOrder, quote: object, context: Context
) -> Iterator[payments.Rejection | TaxedOtherwise]:
    """Why a new order, priced or not, cannot be paid with the cards and the store credit that it came with."""
    country = destination(command.target).country
    for number, account in enumerate(context.tenders, start=1):
        card = usable_card(account, context.policy.seller, context)
        if card is None:
            yield GiftCardNotUsable(number=number) if giftcards.is_gift_card(account) else NoStoreCredit()
        elif card.balance.currency != command.currency:
            yield WrongCurrency(expected=command.currency)
        elif isinstance(quote, pricing.Quote):
            yield from giftcards.objections(card, _rates(quote), country)


def substitute_reasons(
    command: OfferSubstitute | AcceptSubstitute, file: OrderFile, context: Context
) -> Iterator[TaxedOtherwise]:
    """Why something else cannot become part of what single-purpose cards have paid: it is taxed otherwise."""
    line = command.substitute if isinstance(command, OfferSubstitute) else orders.offered(command, file.order)
    paid = (each for each in file.payments.attempts if each.taxed and payments.available(file.payments, each))
    for account in dict.fromkeys(each.account for each in paid):
        card = context.cards.get(account, giftcards.NoCard())
        if isinstance(card, Card) and line is not None:
            yield from giftcards.objections(card, (line.vat,), file.order.destination.country)


def pay_at_once(file: OrderFile, context: Context) -> tuple[Sequence[payments.Command], Money]:
    """What the cards of a new order pay, one after the other, and what is left to be asked for."""
    cards = ((name, usable_card(name, file.order.seller, context)) for name in context.tenders)
    balances = [(name, card.balance) for name, card in cards if card is not None]
    # A fee for a way to pay that is not needed is not asked for either.
    left = file.order.quote.total
    if total_of((balance for _, balance in balances), left.currency) >= left - file.order.payment_fee:
        left -= file.order.payment_fee
    found: list[payments.Command] = []
    for name, balance in balances:
        if amount := min(left, balance):
            found.append(_pay(file, name, amount))
            left -= amount
    return found, left


def _pay(file: OrderFile, account: str, amount: Money) -> payments.Command:
    if giftcards.is_gift_card(account):
        return by_system(PayWithGiftCard, file, card=account, amount=amount)
    return by_system(PayWithStoreCredit, file, amount=amount)


def refund_requested(file: OrderFile, number: int, context: Context) -> Iterable[Reaction]:
    """Whoever took the money is asked to send it back; what is kept here is back at once."""
    if not file.payments.refunds[number - 1].account:
        return (Request(kind=RequestKind.REFUND_MONEY, number=number),)
    settled = payments.RefundStage.SETTLED
    return (by_system(payments.ObserveRefund, file, refund=number, outcome=settled, occurred_at=context.at),)


def refund_arrived(file: OrderFile, number: int, context: Context) -> Iterable[Reaction]:
    """Money on a blocked card is of no use to anybody until a person has looked at it."""
    card = context.cards.get(file.payments.refunds[number - 1].account)
    if isinstance(card, Card) and card.blocked:
        yield Request(kind=RequestKind.ALERT, number=number, note=BLOCKED)


def card_events(event: Event, before: OrderFile, context: Context) -> tuple[giftcards.Event, ...]:
    """What an event of the order writes into the streams of cards."""
    match event:
        case payments.StoredValueTaken():
            order = before.order.id
            return giftcards.spend(event.account, order=order, attempt=event.attempt, amount=event.amount, at=event.at)
        case payments.RefundSettled():
            return _returned(before, event, context)
        case _:
            return ()


def _returned(before: OrderFile, event: payments.RefundSettled, context: Context) -> tuple[giftcards.Event, ...]:
    order, refund = before.order, before.payments.refunds[event.refund - 1]
    if not refund.account:
        return ()
    return giftcards.give_back(
        context.cards.get(refund.account, giftcards.NoCard()),
        refund.account,
        seller=order.seller,
        customer=order.customer,
        order=order.id,
        refund=refund.number,
        amount=refund.amount,
        at=event.at,
    )
