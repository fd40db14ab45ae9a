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

__all__ = ("Balance", "Book", "Entry", "Holding", "MOST", "Settlement", "end_of", "settle")

MOST = 10**12
"""The largest quantity one move may state."""

_UNHELD = (MoveKind.ADD, MoveKind.REMOVE)
_BY_KEY = attrgetter("key")
_SIGNS = {
    MoveKind.ADD: (1, 0),
    MoveKind.REMOVE: (-1, 0),
    MoveKind.HOLD: (0, 1),
    MoveKind.RELEASE: (0, -1),
    MoveKind.CONSUME: (-1, -1),
}


class Balance(NamedTuple):
    """A counter's row: ``beyond`` is the part of ``held`` that was promised when it was not there."""

    value: int = 0
    held: int = 0
    beyond: int = 0


class Holding(NamedTuple):
    """An owner's hold, ``beyond`` of it a backorder; a quantity of 0 means that there is none."""

    quantity: int = 0
    until: int | None = None
    beyond: int = 0


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

    def _write(self, balance: Balance, move: Move, quantity: int, beyond: int = 0) -> Balance:
        value_sign, held_sign = _SIGNS[move.kind]
        value, held = value_sign * quantity, held_sign * quantity
        written = Balance(balance.value + value, balance.held + held, balance.beyond + beyond)
        self.balances[move.key] = written
        self.entries.append(Entry(move.key, move.owner, move.kind.value, value, held))
        return written

    def _lapse(self, balance: Balance, key: str, owner: str, hold: Holding) -> Balance:
        self.holdings[key, owner] = Holding()
        return self._write(balance, Move(key, MoveKind.RELEASE, hold.quantity, owner), hold.quantity, -hold.beyond)

    def _make_room(self, book: Book, balance: Balance, key: str, at: int) -> Balance:
        for owner in book.lapsed(key, at):
            hold = self._holding(book, key, owner)
            if hold.quantity and hold.until is not None and hold.until <= at:
                balance = self._lapse(balance, key, owner, hold)
        return balance

    def _short(self, move: Move, available: int) -> bool:
        if move.quantity <= available:
            return False
        self.shortages.append(Shortage(move.key, move.kind, move.quantity, available))
        return True

    def take(self, book: Book, move: Move, at: int) -> None:
        """Apply one move, or note that it is short."""
        wanted = move.quantity
        if type(wanted) is not int or not 1 <= wanted <= MOST:
            raise InvalidInputError("quantity", f"expected a whole number from 1 to {MOST}, got {str(wanted)[:24]}")
        if move.kind in _UNHELD:
            balance = self._balance(book, move.key)
            if move.kind is MoveKind.ADD or not self._short(move, balance.value - balance.held):
                self._write(balance, move, wanted)
            return
        hold = self._holding(book, move.key, move.owner)
        alive = hold.until is None or hold.until > at
        if move.kind is MoveKind.KEEP:  # moves nothing, so the counter is not even looked at
            if not self._short(move, hold.quantity if alive else 0):
                self.holdings[move.key, move.owner] = hold._replace(until=_end(move))
            return
        balance = self._balance(book, move.key)
        if move.kind is MoveKind.HOLD:
            self._hold(book, move, balance, hold, at, alive=alive)
        elif move.kind is MoveKind.CONSUME:
            self._consume(move, balance, hold, alive=alive)
        elif not self._short(move, hold.quantity):
            # What was never there is let go first.
            self._shrink(move, balance, hold, max(hold.beyond - wanted, 0))

    def _hold(self, book: Book, move: Move, balance: Balance, hold: Holding, at: int, *, alive: bool) -> None:
        if hold.quantity and not alive:
            balance, hold = self._lapse(balance, move.key, move.owner, hold), Holding()
        stays = max(move.leaving or 0, 0)
        if move.quantity > balance.value - balance.held - stays:
            balance = self._make_room(book, balance, move.key, at)
        available = balance.value - balance.held
        if move.leaving is not None and self._short(move, available - move.leaving):
            return
        beyond = max(move.quantity - max(available, 0), 0)
        self._write(balance, move, move.quantity, beyond)
        self.holdings[move.key, move.owner] = Holding(hold.quantity + move.quantity, _end(move), hold.beyond + beyond)

    def _consume(self, move: Move, balance: Balance, hold: Holding, *, alive: bool) -> None:
        # A backorder may send what has come in meanwhile, but never what others hold for certain.
        for_others = (balance.held - balance.beyond) - (hold.quantity - hold.beyond)
        free = balance.value - for_others
        if not self._short(move, max(min(hold.quantity, free), 0) if alive else 0):
            left = hold.quantity - move.quantity
            self._shrink(move, balance, hold, max(left - (free - move.quantity), 0))

    def _shrink(self, move: Move, balance: Balance, hold: Holding, beyond: int) -> None:
        self._write(balance, move, move.quantity, beyond - hold.beyond)
        self.holdings[move.key, move.owner] = Holding(hold.quantity - move.quantity, hold.until, beyond)


def _end(move: Move) -> int | None:
    return None if move.until is None else microseconds(move.until)


def end_of(prefix: str) -> str:
    """The first key after all that begin with *prefix*, which is not empty."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


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
