"""Gift cards and store credit in a store: issued, topped up, granted, blocked; and looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs

from .. import giftcards
from .._sequence import sequence
from ..decisions import Rejected
from ..errors import InvalidInputError
from ..giftcards import Card
from ..orders import PlaceOrder
from ..ports.store import StoreConflictError, Transaction
from ..pricing import normal_code
from ..workflows import CardEntry
from ._unit import CommandRejected, append_to_cards, load_card

__all__ = ("SHORTEST_CODE", "Paid", "carry_out_card", "known_card", "own_code", "to_card_ids")

SHORTEST_CODE = 26
"""Letters of a host's own code, where digests have no key that only the host knows."""

_MOST_CARDS = 20


@attrs.frozen(kw_only=True)
class Paid:
    """A new order with what pays it at once: both are what a request asks for."""

    command: PlaceOrder
    tenders: tuple[str, ...]


def to_card_ids(codes: Any, key: bytes) -> tuple[str, ...]:
    """The ids of the cards that codes open, each once; no code is repeated in an error."""
    found = sequence(codes, "gift_cards")
    if len(found) > _MOST_CARDS:
        raise InvalidInputError("gift_cards", f"at most {_MOST_CARDS} cards, got {len(found)}")
    for index, code in enumerate(found):
        normal_code(code, f"gift_cards[{index}]")
    return tuple(dict.fromkeys(giftcards.card_id(code, key) for code in found))


def own_code(code: str, key: bytes) -> str:
    """A host's own code, as it was given; one that could be found by trying all of them needs a key."""
    if not key and len(normal_code(code)) < SHORTEST_CODE:
        expected = f"expected {SHORTEST_CODE} letters at least, or a gift_card_key of the shop"
        raise InvalidInputError("code", f"{expected}: the digest of a short code hides nothing")
    return code


def carry_out_card(transaction: Transaction, command: giftcards.Command, seller: str, at: datetime) -> Card:
    """
    Issue a card, put more on it, grant store credit, block, or prolong; the card as it is then.

    Raises:
        CommandRejected: every reason why not.
    """
    name = giftcards.card_of(command, seller)
    state, version = load_card(transaction, name)
    decision = giftcards.decide(command, state, giftcards.Facts(at=at, seller=seller))
    if isinstance(decision, Rejected):
        raise CommandRejected(decision.reasons, command)
    _append(transaction, [CardEntry(event, command.actor) for event in decision.events], name, version, at)
    return known_card(giftcards.decider.fold(decision.events, state), name)


def _append(transaction: Transaction, entries: Sequence[CardEntry], name: str, version: int, at: datetime) -> None:
    if not entries:
        return
    append_to_cards(transaction, entries, {name: version}, at)
    moves = [move for entry in entries for move in giftcards.moves(entry.event)]
    if moves and transaction.counters.apply(moves, at):
        raise StoreConflictError(f"{name} changed meanwhile; try again")


def known_card(state: giftcards.State, name: str) -> Card:
    """
    The card.

    Raises:
        CommandRejected: there is none.
    """
    if not isinstance(state, Card):
        raise CommandRejected((giftcards.UnknownGiftCard(card=name),))
    return state
