"""The rules of gift cards and store credit: what comes on them, and for how long they can be used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, assert_never

from ..decisions import Accepted, Rejected
from ..money import Money
from ._commands import (
    BlockGiftCard,
    Command,
    Facts,
    GrantStoreCredit,
    IssueGiftCard,
    ProlongGiftCard,
    TopUpGiftCard,
    UnblockGiftCard,
    card_of,
)
from ._events import (
    Event,
    GiftCardBlocked,
    GiftCardIssued,
    GiftCardProlonged,
    GiftCardToppedUp,
    GiftCardUnblocked,
    StoreCreditGranted,
    StoreCreditOpened,
)
from ._rejections import (
    CannotShorten,
    CodeTaken,
    EndsInThePast,
    GiftCardIsBlocked,
    GiftCardIsOver,
    NotToppedUp,
    ReferenceReused,
    Rejection,
    UnknownGiftCard,
    WrongCurrency,
)
from ._state import Card, State, VoucherKind

__all__ = ("decide",)

Decision: TypeAlias = Accepted[Event] | Rejected[Rejection]
_ALREADY_SO: Accepted[Event] = Accepted()


def decide(command: Command, state: State, facts: Facts) -> Decision:
    """Events that follow from *command*, or every reason why not."""
    known = state if isinstance(state, Card) and state.seller == facts.seller else None
    match command:
        case IssueGiftCard():
            return _issue(command, state, facts)
        case GrantStoreCredit():
            return _grant(command, known, facts)
        case _ if known is None:
            return Rejected((UnknownGiftCard(card=command.card),))
        case TopUpGiftCard():
            return _top_up(command, known, facts)
        case BlockGiftCard():
            blocked = GiftCardBlocked(card=known.card, reason=command.reason, at=facts.at)
            return _ALREADY_SO if known.blocked else Accepted((blocked,))
        case UnblockGiftCard():
            return Accepted((GiftCardUnblocked(card=known.card, at=facts.at),)) if known.blocked else _ALREADY_SO
        case ProlongGiftCard():
            return _prolong(command, known, facts)
        case _:
            assert_never(command)


def _issue(command: IssueGiftCard, state: State, facts: Facts) -> Decision:
    if isinstance(state, Card):
        terms = (command.amount, command.valid_until, command.kind, command.vat, command.country, facts.seller)
        known = (state.issued, state.issued_until, state.kind, state.vat, state.country, state.seller)
        return _ALREADY_SO if terms == known else Rejected((CodeTaken(),))
    if command.valid_until is not None and command.valid_until <= facts.at:
        return Rejected((EndsInThePast(valid_until=command.valid_until),))
    issued = GiftCardIssued(
        card=command.card,
        seller=facts.seller,
        amount=command.amount,
        valid_until=command.valid_until,
        kind=command.kind,
        vat=command.vat,
        country=command.country,
        at=facts.at,
    )
    return Accepted((issued,))


def _top_up(command: TopUpGiftCard, card: Card, facts: Facts) -> Decision:
    event = GiftCardToppedUp(card=card.card, amount=command.amount, reference=command.reference, at=facts.at)
    booked = _booked(command.reference, command.amount, card)
    if booked is not None:
        return booked
    reasons = tuple(_against_more(command.amount, card, facts))
    return Rejected(reasons) if reasons else Accepted((event,))


def _against_more(amount: Money, card: Card, facts: Facts) -> Iterator[Rejection]:
    if amount.currency != card.balance.currency:
        yield WrongCurrency(expected=card.balance.currency)
    if card.kind is VoucherKind.SINGLE_PURPOSE:
        yield NotToppedUp()
    if card.blocked:
        yield GiftCardIsBlocked()
    if card.valid_until is not None and card.is_over(facts.at):
        yield GiftCardIsOver(valid_until=card.valid_until)


def _grant(command: GrantStoreCredit, card: Card | None, facts: Facts) -> Decision:
    name = card_of(command, facts.seller)
    granted = StoreCreditGranted(
        card=name, amount=command.amount, reference=command.reference, cause=command.cause, at=facts.at
    )
    if card is None:
        opened = StoreCreditOpened(
            card=name,
            seller=facts.seller,
            customer=command.customer,
            currency=command.amount.currency,
            at=facts.at,
        )
        return Accepted((opened, granted))
    return _booked(command.reference, command.amount, card) or Accepted((granted,))


def _booked(reference: str, amount: Money, card: Card) -> Decision | None:
    recorded = dict(card.entries).get(reference)
    if recorded is None:
        return None
    return _ALREADY_SO if recorded == amount else Rejected((ReferenceReused(reference=reference, recorded=recorded),))


def _prolong(command: ProlongGiftCard, card: Card, facts: Facts) -> Decision:
    until = command.valid_until
    if until == card.valid_until:
        return _ALREADY_SO
    if until is not None and (card.valid_until is None or until < card.valid_until):
        return Rejected((CannotShorten(asked=until),))
    if until is not None and until <= facts.at:
        return Rejected((EndsInThePast(valid_until=until),))
    return Accepted((GiftCardProlonged(card=card.card, valid_until=until, at=facts.at),))
