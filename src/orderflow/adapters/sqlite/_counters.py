"""Counters in SQLite: read under the write lock, settled by the shared arithmetic, written in few statements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ...counters import Level, Move, Shortage
from ...counting import Balance, Holding, end_of, settle
from ...moments import from_microseconds, microseconds
from ...ports.store import Hold, LedgerEntry
from ._link import Link

__all__ = ("SqliteCounters",)

_BALANCE = "SELECT value, held, beyond FROM counters WHERE key = ?"
_HOLDING = "SELECT quantity, until, beyond FROM holds WHERE key = ? AND owner = ?"
_LAPSED = "SELECT owner FROM holds WHERE until <= ? AND key = ?"
_SET = (
    "INSERT INTO counters VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
    "value = excluded.value, held = excluded.held, beyond = excluded.beyond"
)
_HOLD = (
    "INSERT INTO holds VALUES (?, ?, ?, ?, ?) ON CONFLICT (owner, key) DO UPDATE SET "
    "quantity = excluded.quantity, until = excluded.until, beyond = excluded.beyond"
)
_FREE = "DELETE FROM holds WHERE key = ? AND owner = ?"
_ENTER = "INSERT INTO ledger (key, owner, kind, value, held, at) VALUES (?, ?, ?, ?, ?, ?)"
_KEYS = "SELECT key FROM counters WHERE key > ? ORDER BY key LIMIT ?"
_LEVELS = (
    "SELECT key, value, held FROM counters WHERE key >= ? AND key < ? AND key > ? AND value > 0 ORDER BY key LIMIT ?"
)
_HOLDS = "SELECT key, owner, quantity, until FROM holds"
_LEDGER = "SELECT key, owner, kind, value, held, at FROM ledger"


def _hold(row: Sequence[Any]) -> Hold:
    key, owner, quantity, until = row
    return Hold(key, owner, quantity, None if until is None else from_microseconds(until))


def _entry(row: Sequence[Any]) -> LedgerEntry:
    key, owner, kind, value, held, at = row
    return LedgerEntry(key, owner, kind, value, held, from_microseconds(at))


class SqliteCounters:
    """See :class:`orderflow.ports.store.Counters`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._run = link.connection.execute

    def apply(self, moves: Sequence[Move], at: datetime) -> Sequence[Shortage]:
        connection = self._link.writable()
        now = microseconds(at)
        settlement = settle(self, moves, now)
        if settlement.shortages:
            return settlement.shortages
        held = [(owner, key, *hold) for (key, owner), hold in settlement.holdings.items() if hold[0]]
        freed = [place for place, hold in settlement.holdings.items() if not hold[0]]
        connection.executemany(_SET, [(key, *balance) for key, balance in settlement.balances.items()])
        if freed:
            connection.executemany(_FREE, freed)
        if held:
            connection.executemany(_HOLD, held)
        if settlement.entries:
            connection.executemany(_ENTER, [(*entry, now) for entry in settlement.entries])
        return ()

    def balance(self, key: str) -> Balance | None:
        row = self._run(_BALANCE, (key,)).fetchone()
        return row and Balance._make(row)

    def holding(self, key: str, owner: str) -> Holding | None:
        row = self._run(_HOLDING, (key, owner)).fetchone()
        return row and Holding._make(row)

    def lapsed(self, key: str, at: int) -> Sequence[str]:
        return sorted(owner for (owner,) in self._run(_LAPSED, (at, key)))

    def level(self, key: str) -> Level | None:
        row = self._run(_BALANCE, (key,)).fetchone()
        return row and Level(row[0], row[1])

    def hold(self, key: str, owner: str) -> Hold | None:
        row = self._run(_HOLDING, (key, owner)).fetchone()
        return row and _hold((key, owner, *row[:2]))

    def keys(self, after: str = "", limit: int = 1000) -> Sequence[str]:
        return [key for (key,) in self._run(_KEYS, (after, limit)).fetchall()]

    def levels(self, prefix: str, after: str = "", limit: int = 1000) -> Sequence[tuple[str, Level]]:
        rows = self._run(_LEVELS, (prefix, end_of(prefix), after, limit))
        return [(key, Level(value, held)) for key, value, held in rows]

    def holds(self, key: str) -> Sequence[Hold]:
        return [_hold(row) for row in self._run(f"{_HOLDS} WHERE key = ? ORDER BY owner", (key,))]

    def every_hold(self) -> Iterator[Hold]:
        return map(_hold, self._run(_HOLDS))

    def ledger(self, key: str) -> Sequence[LedgerEntry]:
        return [_entry(row) for row in self._run(f"{_LEDGER} WHERE key = ? ORDER BY number", (key,))]

    def every_entry(self) -> Iterator[LedgerEntry]:
        return map(_entry, self._run(f"{_LEDGER} ORDER BY number"))
