"""Counters in SQLite: read under the write lock, settled by the shared arithmetic, written in few statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...counters import Level, Move, Shortage
from ...counting import Balance, Holding, settle
from ...moments import from_microseconds, microseconds
from ...ports.store import Hold, LedgerEntry
from ._link import Link

__all__ = ("SqliteCounters",)

_BALANCE = "SELECT value, held, beyond, moves FROM counters WHERE key = ?"
_HOLDING = "SELECT quantity, until FROM holds WHERE key = ? AND owner = ?"
_LAPSED = "SELECT owner FROM holds WHERE key = ? AND until IS NOT NULL AND until <= ? ORDER BY owner"
_SET = (
    "INSERT INTO counters VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
    "value = excluded.value, held = excluded.held, beyond = excluded.beyond, moves = excluded.moves"
)
_HOLD = (
    "INSERT INTO holds VALUES (?, ?, ?, ?) ON CONFLICT (key, owner) DO UPDATE SET "
    "quantity = excluded.quantity, until = excluded.until"
)
_FREE = "DELETE FROM holds WHERE key = ? AND owner = ?"
_ENTER = "INSERT INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?)"
_KEYS = "SELECT key FROM counters WHERE key > ? ORDER BY key LIMIT ?"
_HOLDS = "SELECT owner, quantity, until FROM holds WHERE key = ? ORDER BY owner"
_LEDGER = "SELECT owner, kind, value, held, at FROM ledger WHERE key = ? ORDER BY number"


def _moment(until: int | None) -> datetime | None:
    return None if until is None else from_microseconds(until)


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
        held = [(key, owner, *hold) for (key, owner), hold in settlement.holdings.items() if hold[0]]
        freed = [place for place, hold in settlement.holdings.items() if not hold[0]]
        connection.executemany(_SET, [(key, *balance) for key, balance in settlement.balances.items()])
        if freed:
            connection.executemany(_FREE, freed)
        if held:
            connection.executemany(_HOLD, held)
        connection.executemany(_ENTER, [(*entry, now) for entry in settlement.entries])
        return ()

    def balance(self, key: str) -> Balance | None:
        row = self._run(_BALANCE, (key,)).fetchone()
        return row and Balance._make(row)

    def holding(self, key: str, owner: str) -> Holding | None:
        row = self._run(_HOLDING, (key, owner)).fetchone()
        return row and Holding._make(row)

    def lapsed(self, key: str, at: int) -> Sequence[str]:
        return [owner for (owner,) in self._run(_LAPSED, (key, at)).fetchall()]

    def level(self, key: str) -> Level | None:
        row = self._run(_BALANCE, (key,)).fetchone()
        return row and Level(row[0], row[1])

    def hold(self, key: str, owner: str) -> Hold | None:
        row = self._run(_HOLDING, (key, owner)).fetchone()
        return row and Hold(key, owner, row[0], _moment(row[1]))

    def keys(self, after: str = "", limit: int = 1000) -> Sequence[str]:
        return [key for (key,) in self._run(_KEYS, (after, limit)).fetchall()]

    def holds(self, key: str) -> Sequence[Hold]:
        rows = self._run(_HOLDS, (key,)).fetchall()
        return [Hold(key, owner, quantity, _moment(until)) for owner, quantity, until in rows]

    def ledger(self, key: str) -> Sequence[LedgerEntry]:
        rows = self._run(_LEDGER, (key,)).fetchall()
        return [
            LedgerEntry(key, owner, kind, value, held, from_microseconds(at)) for owner, kind, value, held, at in rows
        ]
