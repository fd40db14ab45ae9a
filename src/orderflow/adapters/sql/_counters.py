"""
Counters in an SQL database.

The rows of a move are locked in key order, settled by the shared arithmetic, and changed by differences: a change that
was computed from an old row cannot undo another one, and the table refuses to promise more than there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ...counters import Level, Move, MoveKind, Shortage
from ...counting import Balance, Holding, Settlement, settle
from ...moments import from_microseconds, microseconds
from ...ports.store import Hold, LedgerEntry, StoreConflictError
from ._dialects import Bulk, Sent, insertion
from ._link import Link

__all__ = ("SqlCounters",)

_TRIES = 3
_PAGE = 5000
_UNHELD = (MoveKind.ADD, MoveKind.REMOVE)

_BALANCES = "SELECT counter, value, held, beyond FROM {{counters}} WHERE counter {} ORDER BY counter FOR UPDATE"
_HOLDINGS = (
    "SELECT counter, quantity, ends_at, beyond FROM {{holds}} WHERE owner = %s AND counter {} "
    "ORDER BY counter FOR UPDATE"
)
_LAPSED = (
    "SELECT owner, quantity, ends_at, beyond FROM {holds} WHERE counter = %s AND ends_at <= %s "
    "ORDER BY owner FOR UPDATE"
)
_CREATE = insertion("counters", {"counter": "text", "value": "bigint", "held": "bigint", "beyond": "bigint"}, once=True)
_MOVE = Bulk(
    "UPDATE {counters} AS was SET value = was.value + moved.value, held = was.held + moved.held, "
    "beyond = was.beyond + moved.beyond FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) "
    "AS moved (value, held, beyond, counter) WHERE was.counter = moved.counter",
    "UPDATE {counters} SET value = value + %s, held = held + %s, beyond = beyond + %s WHERE counter = %s",
)
_HOLD = insertion(
    "holds", {"owner": "text", "counter": "text", "quantity": "bigint", "ends_at": "bigint", "beyond": "bigint"}
)
_CHANGE = Bulk(
    "UPDATE {holds} AS was SET quantity = new.quantity, ends_at = new.ends_at, beyond = new.beyond "
    "FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::bigint[]) "
    "AS new (quantity, ends_at, beyond, owner, counter, before) "
    "WHERE was.owner = new.owner AND was.counter = new.counter AND was.quantity = new.before",
    "UPDATE {holds} SET quantity = %s, ends_at = %s, beyond = %s WHERE owner = %s AND counter = %s AND quantity = %s",
)
_FREE = Bulk(
    "DELETE FROM {holds} AS was USING unnest(%s::text[], %s::text[], %s::bigint[]) AS gone (owner, counter, before) "
    "WHERE was.owner = gone.owner AND was.counter = gone.counter AND was.quantity = gone.before",
    "DELETE FROM {holds} WHERE owner = %s AND counter = %s AND quantity = %s",
)
_ENTER = insertion(
    "ledger",
    {"counter": "text", "owner": "text", "kind": "text", "value": "bigint", "held": "bigint", "at": "bigint"},
)
_LEVEL = "SELECT value, held FROM {counters} WHERE counter = %s"
_KEYS = "SELECT counter FROM {counters} WHERE counter > %s ORDER BY counter LIMIT %s"
_HOLD_OF = "SELECT quantity, ends_at FROM {holds} WHERE counter = %s AND owner = %s"
_HOLDS_OF = "SELECT counter, owner, quantity, ends_at FROM {holds} WHERE counter = %s ORDER BY owner"
_EVERY_HOLD = (
    "SELECT counter, owner, quantity, ends_at FROM {holds} "
    "WHERE owner > %s OR (owner = %s AND counter > %s) ORDER BY owner, counter LIMIT %s"
)
_LEDGER_OF = "SELECT counter, owner, kind, value, held, at, number FROM {ledger} WHERE counter = %s ORDER BY number"
_EVERY_ENTRY = (
    "SELECT counter, owner, kind, value, held, at, number FROM {ledger} WHERE number > %s ORDER BY number LIMIT %s"
)


class _Book:
    """The rows that moves touch, locked; see :class:`orderflow.counting.Book`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.balances: dict[str, Balance] = {}
        self.holdings: dict[tuple[str, str], Holding] = {}

    def lock(self, moves: Sequence[Move]) -> None:
        """Lock and read all counters, then all holds of the movers, each in key order."""
        counters = sorted({move.key for move in moves if move.kind is not MoveKind.KEEP})
        held = sorted({(move.owner, move.key) for move in moves if move.kind not in _UNHELD})
        questions: list[Sent] = []
        if counters:
            among, values = self._link.dialect.among(counters)
            questions.append((_BALANCES.format(among), values))
        owners = sorted({owner for owner, _ in held})
        for owner in owners:
            among, values = self._link.dialect.among([key for holder, key in held if holder == owner])
            questions.append((_HOLDINGS.format(among), (owner, *values)))
        answers = self._link.ask_all(*questions)
        if counters:
            self.balances = {row[0]: Balance(*row[1:]) for row in answers.pop(0).rows}
        for owner, answer in zip(owners, answers, strict=True):
            self.holdings.update({(row[0], owner): Holding(*row[1:]) for row in answer.rows})

    def balance(self, key: str) -> Balance | None:
        return self.balances.get(key)

    def holding(self, key: str, owner: str) -> Holding | None:
        return self.holdings.get((key, owner))

    def lapsed(self, key: str, at: int) -> Sequence[str]:
        found = {(key, row[0]): Holding(*row[1:]) for row in self._link.ask(_LAPSED, key, at).rows}
        self.holdings.update(found)
        return sorted(owner for _, owner in found)


class SqlCounters:
    """See :class:`orderflow.ports.store.Counters`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def apply(self, moves: Sequence[Move], at: datetime) -> Sequence[Shortage]:
        self._link.require_writing()
        moves, now = tuple(moves), microseconds(at)
        for _ in range(_TRIES if moves else 0):
            book = _Book(self._link)
            book.lock(moves)
            settlement = settle(book, moves, now)
            if settlement.shortages:
                return settlement.shortages
            if self._all_there(book, settlement):
                self._write(book, settlement, now)
                return ()
        if moves:
            raise StoreConflictError("counters kept appearing while they were created")
        return ()

    def _all_there(self, book: _Book, settlement: Settlement) -> bool:
        """Create the counters that are missing; False where somebody else created one, so that it must be read."""
        missing = sorted(settlement.balances.keys() - book.balances.keys())
        if not missing:
            return True
        return self._link.ask_many(_CREATE, [(key, 0, 0, 0) for key in missing]).count == len(missing)

    def _write(self, book: _Book, settlement: Settlement, now: int) -> None:
        moved = []
        for key, balance in sorted(settlement.balances.items()):
            before = book.balances.get(key) or Balance()
            moved.append((*(new - old for new, old in zip(balance, before, strict=True)), key))
        held, changed, freed = [], [], []
        for (key, owner), (quantity, until, beyond) in sorted(settlement.holdings.items()):
            known = book.holdings.get((key, owner))
            if known is None and quantity:
                held.append((owner, key, quantity, until, beyond))
            elif known is not None and quantity:
                changed.append((quantity, until, beyond, owner, key, known.quantity))
            elif known is not None:
                freed.append((owner, key, known.quantity))
        link = self._link
        link.tell_many(_MOVE, moved)
        link.tell_many(_FREE, freed, changes=len(freed))
        link.tell_many(_CHANGE, changed, changes=len(changed))
        link.tell_many(_HOLD, held)
        link.tell_many(_ENTER, [(*entry, now) for entry in settlement.entries])

    def level(self, key: str) -> Level | None:
        rows = self._link.ask(_LEVEL, key).rows
        return Level(*rows[0]) if rows else None

    def hold(self, key: str, owner: str) -> Hold | None:
        rows = self._link.ask(_HOLD_OF, key, owner).rows
        return _hold((key, owner, *rows[0])) if rows else None

    def keys(self, after: str = "", limit: int = 1000) -> Sequence[str]:
        return [key for (key,) in self._link.ask(_KEYS, after, limit).rows]

    def holds(self, key: str) -> Sequence[Hold]:
        return [_hold(row) for row in self._link.ask(_HOLDS_OF, key).rows]

    def every_hold(self) -> Iterator[Hold]:
        owner = key = ""
        while rows := self._link.ask(_EVERY_HOLD, owner, owner, key, _PAGE).rows:
            yield from map(_hold, rows)
            key, owner = rows[-1][:2]

    def ledger(self, key: str) -> Sequence[LedgerEntry]:
        return [_entry(row) for row in self._link.ask(_LEDGER_OF, key).rows]

    def every_entry(self) -> Iterator[LedgerEntry]:
        last = 0
        while rows := self._link.ask(_EVERY_ENTRY, last, _PAGE).rows:
            yield from map(_entry, rows)
            last = rows[-1][6]


def _hold(row: Sequence[Any]) -> Hold:
    key, owner, quantity, until = row
    return Hold(key, owner, quantity, None if until is None else from_microseconds(until))


def _entry(row: Sequence[Any]) -> LedgerEntry:
    key, owner, kind, value, held, at, _ = row
    return LedgerEntry(key, owner, kind, value, held, from_microseconds(at))
