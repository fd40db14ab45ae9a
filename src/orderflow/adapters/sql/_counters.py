"""
Counters in an SQL database.

The rows of a move are locked in key order, settled by the shared arithmetic, and changed by differences: a change that
was computed from an old row cannot undo another one, and the table refuses to promise more than there is.

Of a counter that is split, one bucket is locked, and all of them where that is not enough (see ``_buckets``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from typing import Any

from ...counters import Level, Move, MoveKind, Shortage
from ...counting import Balance, Holding, Settlement, end_of, settle
from ...moments import from_microseconds, microseconds
from ...ports.store import Hold, LedgerEntry, StoreConflictError
from . import _buckets
from ._dialects import Answer, Bulk, Sent, insertion
from ._link import Link

__all__ = ("SqlCounters",)

_TRIES = 3
_PAGE = 5000
_UNHELD = (MoveKind.ADD, MoveKind.REMOVE)
_FROM_FREE = (MoveKind.HOLD, MoveKind.REMOVE)

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
_LEVEL = (
    "SELECT value, held FROM {counters} WHERE counter = %s UNION ALL "
    "SELECT value, held FROM {buckets} WHERE counter = %s"
)
_KEYS = "SELECT counter FROM {counters} WHERE counter > %s ORDER BY counter LIMIT %s"
_LEVELS = (
    "SELECT counter, SUM(value), SUM(held) FROM ("
    "SELECT counter, value, held FROM {counters} WHERE counter >= %s AND counter < %s AND counter > %s UNION ALL "
    "SELECT counter, value, held FROM {buckets} WHERE counter >= %s AND counter < %s AND counter > %s"
    ") AS parts GROUP BY counter HAVING SUM(value) > 0 ORDER BY counter LIMIT %s"
)
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
        self.mains: dict[str, Balance] = {}
        """The counters' own rows."""
        self.picked: dict[str, _buckets.Bucket] = {}
        """Of counters that are split, the one bucket that is enough."""
        self.gathered: dict[str, dict[int, tuple[int, int]]] = {}
        """Value and held of all buckets of the others, by number."""
        self._seen: dict[str, Balance] = {}
        """Counters that have too little, as was seen without a lock."""
        self.holdings: dict[tuple[str, str], Holding] = {}

    def lock(self, moves: Sequence[Move], now: int) -> None:
        """Lock and read what moves need: counters in key order, one bucket of each that is split, the movers' holds."""
        counters = sorted({move.key for move in moves if move.kind is not MoveKind.KEEP})
        split = {key for key in counters if self._link.buckets.get(key, 1) > 1}
        plain = [key for key in counters if key not in split]
        singles = {key: move for key in sorted(split) if (move := _single(moves, key)) is not None}
        picks = self._picks(singles, self._starts(singles), wait=False)
        holds = _of_movers(moves)
        answers = self._link.ask_all(
            *([self._among(_BALANCES, plain)] if plain else ()),
            *picks.values(),
            *(self._among(_HOLDINGS, keys, owner) for owner, keys in holds.items()),
        )
        if plain:
            self._read_mains(answers.pop(0))
        self._read_picks(picks, answers)
        for owner, answer in zip(holds, answers[len(picks) :], strict=True):
            self.holdings.update({(row[0], owner): Holding(*row[1:]) for row in answer.rows})
        if split:
            self._lock_taken({key: singles[key] for key in picks if key not in self.picked}, now)
            # What one bucket cannot tell: whether a backorder may go, and what a lapsed hold of one's own gives back.
            special = {key for (key, _), hold in self.holdings.items() if key in split and _is_special(hold, now)}
            self.gather((split - self.picked.keys()) | special)

    def _lock_taken(self, moves: Mapping[str, Move], now: int) -> None:
        """From the first one on, then waiting for one that has enough, unless it is seen that there is too little."""
        starts, first = self._starts(moves), dict.fromkeys(moves, 0)
        self._try(moves, first, wait=False)
        self._look({key: move for key, move in moves.items() if key not in self.picked}, now)
        self._try(moves, starts, wait=True)
        self._try(moves, first, wait=True)

    def _try(self, moves: Mapping[str, Move], starts: Mapping[str, int], *, wait: bool) -> None:
        left = {key: move for key, move in moves.items() if key not in self.picked and key not in self._seen}
        if picks := self._picks(left, starts, wait=wait):
            self._read_picks(picks, self._link.ask_all(*picks.values()))

    def _starts(self, moves: Mapping[str, Move]) -> dict[str, int]:
        return {key: _buckets.first_bucket(move.owner, self._link.buckets[key]) for key, move in moves.items()}

    def _picks(self, moves: Mapping[str, Move], starts: Mapping[str, int], *, wait: bool) -> dict[str, Sent]:
        asked = {key: _buckets.pick(move, starts[key], wait=wait) for key, move in moves.items()}
        return {key: question for key, question in asked.items() if question is not None}

    def _read_picks(self, picks: Iterable[str], answers: Sequence[Answer]) -> None:
        for key, answer in zip(picks, answers, strict=False):
            for number, value, held in answer.rows:
                self.picked[key] = _buckets.Bucket(number, Balance(value, held))

    def gather(self, keys: Iterable[str]) -> bool:
        """Lock all rows of those of *keys* that are split, and put them together; whether there are any."""
        wanted = sorted(set(keys) - self.gathered.keys() - self._seen.keys())
        if not wanted:
            return False
        # The counter's own row first: whoever puts buckets together, or makes new ones, waits there.
        mains, parts = self._link.ask_all(self._among(_BALANCES, wanted), self._among(_buckets.ALL_OF, wanted))
        self._read_mains(mains)
        found: dict[str, dict[int, tuple[int, int]]] = {key: {} for key in wanted if self._link.buckets.get(key, 1) > 1}
        for key, number, value, held in parts.rows:
            found.setdefault(key, {})[number] = value, held
        self.gathered.update(found)
        for key in found:
            self.picked.pop(key, None)
        return bool(found)

    def _look(self, moves: Mapping[str, Move], now: int) -> None:
        """See without a lock what is sold out: thousands who come too late need not wait for each other."""
        wanted = sorted(key for key, move in moves.items() if move.kind in _FROM_FREE and move.leaving is not None)
        if not wanted:
            return
        condition, values = self._link.dialect.among(wanted)
        rows, ended = self._link.ask_all(
            (_buckets.SEEN.format(condition), (*values, *values)), (_buckets.ENDED.format(condition), (*values, now))
        )
        seen = dict.fromkeys(wanted, Balance())
        for key, *amounts in rows.rows:
            seen[key] = _sum(seen[key], Balance(*amounts))
        for key in seen.keys() - {key for (key,) in ended.rows}:
            if seen[key].value - seen[key].held < moves[key].quantity + (moves[key].leaving or 0):
                self._seen[key] = seen[key]

    def _among(self, statement: str, keys: Sequence[str], *before: str) -> Sent:
        among, values = self._link.dialect.among(keys)
        return statement.format(among), (*before, *values)

    def _read_mains(self, answer: Answer) -> None:
        self.mains.update({row[0]: Balance(*row[1:]) for row in answer.rows})

    def balance(self, key: str) -> Balance | None:
        if (bucket := self.picked.get(key)) is not None:
            return bucket.balance
        if (parts := self.gathered.get(key)) is not None:
            own = self.mains.get(key) or Balance()
            return reduce(_sum, (Balance(*part) for part in parts.values()), own)
        return self._seen.get(key) or self.mains.get(key)

    def holding(self, key: str, owner: str) -> Holding | None:
        return self.holdings.get((key, owner))

    def lapsed(self, key: str, at: int) -> Sequence[str]:
        found = {(key, row[0]): Holding(*row[1:]) for row in self._link.ask(_LAPSED, key, at).rows}
        self.holdings.update(found)
        return sorted(owner for _, owner in found)


def _single(moves: Sequence[Move], key: str) -> Move | None:
    """The only move that changes this counter."""
    of_key = [move for move in moves if move.key == key and move.kind is not MoveKind.KEEP]
    return of_key[0] if len(of_key) == 1 else None


def _of_movers(moves: Sequence[Move]) -> dict[str, list[str]]:
    held = sorted({(move.owner, move.key) for move in moves if move.kind not in _UNHELD})
    return {owner: [key for holder, key in held if holder == owner] for owner in sorted({owner for owner, _ in held})}


def _is_special(hold: Holding, now: int) -> bool:
    return hold.beyond > 0 or (hold.until is not None and hold.until <= now)


def _misses(settlement: Settlement, moves: Sequence[Move]) -> set[str]:
    """Counters of which more rows might have what is missing in those that were looked at."""
    below = {key for key, balance in settlement.balances.items() if min(balance) < 0}
    ended = {entry.key for entry in settlement.entries if entry.kind == MoveKind.RELEASE}
    made_room = ended - {move.key for move in moves if move.kind is MoveKind.RELEASE}
    return below | made_room | {short.key for short in settlement.shortages}


class SqlCounters:
    """See :class:`orderflow.ports.store.Counters`."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def apply(self, moves: Sequence[Move], at: datetime) -> Sequence[Shortage]:
        self._link.require_writing()
        moves, now = tuple(moves), microseconds(at)
        for _ in range(_TRIES if moves else 0):
            book = _Book(self._link)
            book.lock(moves, now)
            settlement = settle(book, moves, now)
            if (misses := _misses(settlement, moves)) and book.gather(misses):
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
        missing = sorted(settlement.balances.keys() - book.mains.keys() - book.picked.keys())
        if not missing:
            return True
        return self._link.ask_many(_CREATE, [(key, 0, 0, 0) for key in missing]).count == len(missing)

    def _write(self, book: _Book, settlement: Settlement, now: int) -> None:
        self._write_balances(book, settlement)
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
        link.tell_many(_FREE, freed, changes=len(freed))
        link.tell_many(_CHANGE, changed, changes=len(changed))
        link.tell_many(_HOLD, held)
        link.tell_many(_ENTER, [(*entry, now) for entry in settlement.entries])

    def _write_balances(self, book: _Book, settlement: Settlement) -> None:
        moved, in_buckets = [], []
        put: list[tuple[str, int, int, int]] = []
        dropped: list[tuple[str, int]] = []
        for key, balance in sorted(settlement.balances.items()):
            if (bucket := book.picked.get(key)) is not None:
                value, held, _ = _difference(balance, bucket.balance)
                in_buckets.append((value, held, key, bucket.number))
                continue
            own = balance
            if (parts := book.gathered.get(key)) is not None:
                own, shares = _buckets.shared_out(balance, self._link.buckets.get(key) or len(parts))
                put.extend((key, number, *part) for number, part in enumerate(shares) if part != parts.get(number))
                dropped.extend((key, number) for number in parts if number >= len(shares))
            moved.append((*_difference(own, book.mains.get(key) or Balance()), key))
        self._link.tell_many(_MOVE, moved)
        self._link.tell_many(_buckets.MOVE, in_buckets)
        self._link.tell_many(_buckets.PUT, put)
        self._link.tell_many(_buckets.DROP, dropped)

    def level(self, key: str) -> Level | None:
        rows = self._link.ask(_LEVEL, key, key).rows
        return Level(sum(value for value, _ in rows), sum(held for _, held in rows)) if rows else None

    def hold(self, key: str, owner: str) -> Hold | None:
        rows = self._link.ask(_HOLD_OF, key, owner).rows
        return _hold((key, owner, *rows[0])) if rows else None

    def keys(self, after: str = "", limit: int = 1000) -> Sequence[str]:
        return [key for (key,) in self._link.ask(_KEYS, after, limit).rows]

    def levels(self, prefix: str, after: str = "", limit: int = 1000) -> Sequence[tuple[str, Level]]:
        bounds = (prefix, end_of(prefix), after)
        rows = self._link.ask(_LEVELS, *bounds, *bounds, limit).rows
        return [(key, Level(int(value), int(held))) for key, value, held in rows]

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


def _sum(one: Balance, other: Balance) -> Balance:
    return Balance(*(first + second for first, second in zip(one, other, strict=True)))


def _difference(new: Balance, old: Balance) -> Balance:
    return Balance(*(after - before for after, before in zip(new, old, strict=True)))


def _hold(row: Sequence[Any]) -> Hold:
    key, owner, quantity, until = row
    return Hold(key, owner, quantity, None if until is None else from_microseconds(until))


def _entry(row: Sequence[Any]) -> LedgerEntry:
    key, owner, kind, value, held, at, _ = row
    return LedgerEntry(key, owner, kind, value, held, from_microseconds(at))
