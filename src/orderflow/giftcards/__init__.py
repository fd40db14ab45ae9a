"""
Gift cards and store credit: money that is kept here, and pays for orders as any other money does.

Each card, and each customer's store credit in one currency, is a stream of its own with a guarded counter beside it.
Orders write into both in their own commit, so that what was paid and what is left never tell different stories.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..decisions import Decider
from ..identifiers import new_code
from ._commands import (
    LARGEST_AMOUNT,
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
from ._decide import decide
from ._events import (
    WIRE_NAMES,
    BalanceReturned,
    BalanceSpent,
    Event,
    GiftCardBlocked,
    GiftCardIssued,
    GiftCardProlonged,
    GiftCardToppedUp,
    GiftCardUnblocked,
    StoreCreditGranted,
    StoreCreditOpened,
)
from ._evolve import evolve
from ._keys import LONGEST_KEY, PREFIXES, card_id, credit_id, is_card, is_gift_card
from ._queries import VALID_AFTER_REFUND, give_back, is_usable, moves, objections, spend
from ._rejections import (
    CannotShorten,
    CodeTaken,
    EndsInThePast,
    GiftCardIsBlocked,
    GiftCardIsOver,
    NotToppedUp,
    ReferenceReused,
    Rejection,
    TaxedOtherwise,
    UnknownGiftCard,
    WrongCurrency,
)
from ._state import Card, NoCard, State, VoucherKind

__all__ = (
    "LARGEST_AMOUNT", "LONGEST_KEY", "PREFIXES", "VALID_AFTER_REFUND", "WIRE_NAMES", "BalanceReturned", "BalanceSpent",
    "BlockGiftCard", "CannotShorten", "Card", "CodeTaken", "Command", "EndsInThePast", "Event", "Facts",
    "GiftCardBlocked", "GiftCardIsBlocked", "GiftCardIsOver", "GiftCardIssued", "GiftCardProlonged",
    "GiftCardToppedUp", "GiftCardUnblocked", "GrantStoreCredit", "IssueGiftCard", "NoCard", "NotToppedUp",
    "ProlongGiftCard", "ReferenceReused", "Rejection", "State", "StoreCreditGranted", "StoreCreditOpened",
    "TaxedOtherwise", "TopUpGiftCard", "UnblockGiftCard", "UnknownGiftCard", "VoucherKind", "WrongCurrency", "card_id",
    "card_of", "credit_id", "decide", "decider", "evolve", "fold", "give_back", "is_card", "is_gift_card", "is_usable",
    "moves", "new_code", "objections", "spend",
)  # fmt: skip

decider: Decider[State, Command, Facts, Event, Rejection] = Decider(NoCard(), decide, evolve)


def fold(events: Iterable[Event]) -> State:
    """The card after *events*."""
    return decider.fold(events)
