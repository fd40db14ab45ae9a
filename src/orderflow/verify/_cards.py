"""K4: gift cards and store credit, told twice: by the cards, and by the orders that they paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import attrs

from .. import giftcards, payments
from ..giftcards import Card
from ._replay import Step
from ._violation import Violation

__all__ = ("Tenders", "card_violations")

_Movement: TypeAlias = tuple[str, str, str, int, int, str]
"""Card, order, spent or returned, the number of the attempt or refund, minor units, currency."""


@attrs.define
class Tenders:
    """What orders say that they took from cards and gave back, and what the cards say."""

    by_orders: Counter[_Movement] = attrs.field(factory=Counter)
    by_cards: Counter[_Movement] = attrs.field(factory=Counter)

    def add_order(self, stream: str, steps: Sequence[Step]) -> None:
        """What an order took and gave back."""
        for step in steps:
            event = step.event
            if isinstance(event, payments.StoredValueTaken):
                amount = event.amount
                self.by_orders[event.account, stream, "spent", event.attempt, amount.minor, amount.currency] += 1
            elif isinstance(event, payments.RefundSettled):
                for refund in step.before.payments.refunds:
                    if refund.number == event.refund and refund.account:
                        amount = refund.amount
                        key = (refund.account, stream, "returned", refund.number, amount.minor, amount.currency)
                        self.by_orders[key] += 1

    def add_card(self, event: Any) -> None:
        """What a card was used for."""
        if isinstance(event, giftcards.BalanceSpent):
            number, what = event.attempt, "spent"
        elif isinstance(event, giftcards.BalanceReturned):
            number, what = event.refund, "returned"
        else:
            return
        self.by_cards[event.card, event.order, what, number, event.amount.minor, event.amount.currency] += 1

    def violations(self) -> Iterator[Violation]:
        """What only one of the two says."""
        for movement in sorted((self.by_orders - self.by_cards).elements()):
            yield Violation("K4", movement[1], f"{_told(movement)} of {movement[0]}, which does not say so")
        for movement in sorted((self.by_cards - self.by_orders).elements()):
            yield Violation("K4", movement[0], f"{_told(movement)} by {movement[1]}, which does not say so")


def _told(movement: _Movement) -> str:
    _, _, what, number, minor, currency = movement
    return f"{minor} {currency} {what} under number {number}"


def card_violations(stream: str, rows: Sequence[tuple[Any, Any]], tenders: Tenders) -> Iterator[Violation]:
    """What is wrong with one card; what it was used for goes to *tenders*."""
    state: giftcards.State = giftcards.NoCard()
    for row, event in rows:
        if not isinstance(event, giftcards.Event) or event.card != stream:
            yield Violation("L1", stream, f"{row.name} is no event of this card", row.version)
            continue
        yield from (Violation(name, stream, text, row.version) for name, text in _problems(event, state))
        tenders.add_card(event)
        state = giftcards.evolve(state, event)


def _problems(event: giftcards.Event, state: giftcards.State) -> Iterator[tuple[str, str]]:
    opens = isinstance(event, giftcards.GiftCardIssued | giftcards.StoreCreditOpened)
    if opens != isinstance(state, giftcards.NoCard):
        yield "L1", "it begins twice" if opens else "nothing was issued before"
        return
    if not isinstance(state, Card):
        return
    match event:
        case giftcards.GiftCardToppedUp() | giftcards.StoreCreditGranted() if event.reference in dict(state.entries):
            yield "S3", f"reference {event.reference!r} was booked before"
        case giftcards.BalanceSpent():
            if event.amount > state.balance:
                yield "K4", f"{event.amount} was spent where {state.balance} was there"
            if state.blocked or state.is_over(event.at):
                yield "K4", "it paid while it was blocked or over"
        case _:
            pass
