"""
How moves change counters: the arithmetic that every store shares, free of any storage.

A store shows its rows through a :class:`Book`, and writes what :func:`settle` answers, all under one lock.
Moments are whole microseconds here (see :mod:`orderflow.moments`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple, Protocol

import attrs

from .counters import Move, MoveKind, Shortage
from .errors import InvalidInputError
from .moments import microseconds

__all__ = ("Balance", "Book", "Entry", "Holding", "MOST", "Settlement", "settle")

MOST = 10**12
"""The largest quantity one move may state."""

_BY_KEY = attrgetter("key")
_SIGNS = {
    MoveKind.ADD: (1, 0),
    MoveKind.REMOVE: (-1, 0),
    MoveKind.HOLD: (0, 1),
    MoveKind.RELEASE: (0, -1),
    MoveKind.CONSUME: (-1, -1),
}


class Balance(NamedTuple):
    """A counter's row: ``beyond`` is how far backorders let ``held`` exceed ``value``."""

    value: int = 0
    held: int = 0
    beyond: int = 0


class Holding(NamedTuple):
    """An owner's hold; a quantity of 0 means that there is none."""

    quantity: int = 0
    until: int | None = None


class Entry(NamedTuple):
    """A line of the ledger."""

    key: str
    owner: str
    kind: str
    value: int
    held: int


class Book(Protocol):
    """What a store must show; the rows stay locked until the settlement is written."""

    def balance(self, key: str) -> Balance | None:
        """The counter's row."""
        ...

    def holding(self, key: str, owner: str) -> Holding | None:
        """The owner's hold."""
        ...

    def lapsed(self, key: str, at: int) -> Sequence[str]:
        """Who has a hold on the counter that ended at or before *at*, in order."""
        ...


@attrs.define
class Settlement:
    """The rows to write, or why there is nothing to write."""

    shortages: list[Shortage] = attrs.field(factory=list)
    balances: dict[str, Balance] = attrs.field(factory=dict)
    holdings: dict[tuple[str, str], Holding] = attrs.field(factory=dict)
    entries: list[Entry] = attrs.field(factory=list)

    def _balance(self, book: Book, key: str) -> Balance:
        known = self.balances.get(key)
        return known if known is not None else book.balance(key) or Balance()

    def _holding(self, book: Book, key: str, owner: str) -> Holding:
        known = self.holdings.get((key, owner))
        return known if known is not None else book.holding(key, owner) or Holding()

    def _write(self, balance: Balance, key: str, owner: str, kind: MoveKind, quantity: int, backorder: bool) -> Balance:
        value_sign, held_sign = _SIGNS[kind]
        value, held = balance.value + value_sign * quantity, balance.held + held_sign * quantity
        over = max(held - value, 0)
        beyond = over if backorder else min(balance.beyond, over)
        written = self.balances[key] = Balance(value, held, beyond)
        self.entries.append(Entry(key, owner, kind.value, value_sign * quantity, held_sign * quantity))
        return written

    def _lapse(self, balance: Balance, key: str, owner: str, quantity: int) -> Balance:
        self.holdings[key, owner] = Holding()
        return self._write(balance, key, owner, MoveKind.RELEASE, quantity, backorder=False)

    def _make_room(self, book: Book, balance: Balance, key: str, at: int) -> Balance:
        for owner in book.lapsed(key, at):
            quantity, until = self._holding(book, key, owner)
            if quantity and until is not None and until <= at:
                balance = self._lapse(balance, key, owner, quantity)
        return balance

    def take(self, book: Book, move: Move, at: int) -> None:
        """Apply one move, or note that it is short."""
        key, kind, wanted, owner = move.key, move.kind, move.quantity, move.owner
        if type(wanted) is not int or not 1 <= wanted <= MOST:
            raise InvalidInputError("quantity", f"expected a whole number from 1 to {MOST}, got {str(wanted)[:24]}")
        balance = self._balance(book, key)
        if kind is MoveKind.ADD or kind is MoveKind.REMOVE:
            if kind is MoveKind.REMOVE and wanted > balance.value - balance.held:
                self.shortages.append(Shortage(key, kind, wanted, balance.value - balance.held))
                return
            self._write(balance, key, owner, kind, wanted, backorder=False)
            return
        quantity, until = self._holding(book, key, owner)
        alive = until is None or until > at
        if kind is MoveKind.HOLD:
            if quantity and not alive:
                balance, quantity = self._lapse(balance, key, owner, quantity), 0
            if wanted > balance.value - balance.held:
                balance = self._make_room(book, balance, key, at)
            available = balance.value - balance.held
        elif kind is MoveKind.RELEASE:
            available = quantity
        elif kind is MoveKind.KEEP:
            available = quantity if alive else 0
        else:
            available = min(quantity, balance.value) if alive else 0
        backorder = kind is MoveKind.HOLD and move.backorder
        if wanted > available and not backorder:
            self.shortages.append(Shortage(key, kind, wanted, available))
            return
        if kind is MoveKind.HOLD or kind is MoveKind.KEEP:
            until = None if move.until is None else microseconds(move.until)
        if kind is MoveKind.KEEP:
            self.holdings[key, owner] = Holding(quantity, until)
            return
        self._write(balance, key, owner, kind, wanted, backorder)
        self.holdings[key, owner] = Holding(quantity + _SIGNS[kind][1] * wanted, until)


def settle(book: Book, moves: Iterable[Move], at: int) -> Settlement:
    """
    Apply *moves* in key order; where ``shortages`` is not empty, nothing of the rest may be written.

    A HOLD by an owner whose own hold lapsed begins a new hold; a HOLD or KEEP sets the end of the owner's whole hold.
    Every move is judged, so that all shortages are listed.

    Raises:
        InvalidInputError: a quantity that is not a whole number from 1 to :data:`MOST`.
    """
    settlement = Settlement()
    for move in sorted(moves, key=_BY_KEY):
        settlement.take(book, move, at)
    return settlement
