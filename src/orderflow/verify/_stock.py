"""S1 to S5: counters, holds and ledgers worked out again from the events that moved them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from .. import coupons, giftcards, loyalty, stock
from ..counters import Level, Move, MoveKind
from ..ports.store import Hold, LedgerEntry
from ..stock import Allocation
from ._replay import Step
from ._violation import Violation

__all__ = ("Books", "Expectations", "counter_violations", "lot_violations")

_SIGNS: Mapping[str, tuple[int, int]] = {
    MoveKind.ADD: (1, 0),
    MoveKind.REMOVE: (-1, 0),
    MoveKind.HOLD: (0, 1),
    MoveKind.RELEASE: (0, -1),
    MoveKind.CONSUME: (-1, -1),
}


_GUARDED = (
    *stock.ITEM_PREFIXES,
    stock.LOT_PREFIX,
    stock.QUOTA_PREFIX,
    coupons.PREFIX,
    loyalty.PREFIX,
    *giftcards.PREFIXES,
)


@attrs.frozen
class _Entry:
    kind: str
    value: int
    held: int
    at: datetime
    version: int

    def is_of(self, entry: LedgerEntry) -> bool:
        return (self.kind, self.value, self.held, self.at) == (entry.kind, entry.value, entry.held, entry.at)


@attrs.define
class _Account:
    """What one owner must have done to one counter, and holds of it now."""

    entries: list[_Entry] = attrs.field(factory=list)
    swept: int = 0
    open: int = 0
    held: int = 0
    until: datetime | None = None


@attrs.define
class Expectations:
    """What all events together call for, by counter and owner."""

    accounts: dict[str, dict[str, _Account]] = attrs.field(factory=dict)
    may_be_short: set[str] = attrs.field(factory=set)
    by_lots: dict[str, str] = attrs.field(factory=dict)
    """What the counters of an item's lots begin with, by the item, where all its units are of some lot."""

    def _account(self, key: str, owner: str) -> _Account:
        return self.accounts.setdefault(key, {}).setdefault(owner, _Account())

    def _expect(self, moves: Iterable[Move], at: datetime, version: int) -> None:
        for move in moves:
            if move.kind is MoveKind.KEEP:  # moves nothing, so no ledger has it
                continue
            value, held = (sign * move.quantity for sign in _SIGNS[move.kind])
            self._account(move.key, move.owner).entries.append(_Entry(move.kind, value, held, at, version))

    def add_order(self, stream: str, steps: Sequence[Step]) -> None:
        """An order's events of stock, coupons and points, and what it holds in the end."""
        for step in steps:
            if isinstance(step.event, stock.Event):
                self._expect(stock.moves(step.event, stream, step.before.stock), step.at, step.version)
                self._note(step.event, stream)
            elif isinstance(step.event, coupons.Event):
                self._expect(coupons.moves(step.event, stream, step.before.coupons), step.at, step.version)
            elif isinstance(step.event, loyalty.Event):
                self._expect(loyalty.moves(step.event, stream, step.before.loyalty), step.at, step.version)
                self._may_run_short(step.before.loyalty)
        if steps:
            self._close(stream, steps[-1].after.stock)
            last = steps[-1].after
            for key, count in (*coupons.held(last.coupons), *loyalty.held(last.loyalty), *stock.held_quota(last.stock)):
                account = self._account(key, stream)
                account.open = account.held = count

    def _note(self, event: stock.Event, stream: str) -> None:
        if isinstance(event, stock.StockReleased | stock.HoldLapsed):
            for sku, count in event.swept:
                self._account(stock.item_id(sku, event.location), stream).swept += count
        elif isinstance(event, stock.QuotaTaken):  # nothing is there: all that is held counts towards a limit
            self.may_be_short.update(stock.quota_id(sku, event.buyer) for sku, _ in event.quantities)
        elif isinstance(event, stock.StockHeld):
            self.may_be_short.update(stock.item_id(sku, event.location) for sku, _ in event.backordered)

    def _may_run_short(self, state: loyalty.Loyalty) -> None:
        if state.programme:
            self.may_be_short.add(loyalty.account_id(state.programme.id, state.member))

    def _close(self, stream: str, state: Allocation) -> None:
        for location, shelf in state.shelves:
            for sku, count in shelf.open:
                account = self._account(stock.item_id(sku, location), stream)
                account.open, account.held, account.until = count, shelf.held[sku], state.until

    def add_item(self, stream: str, events: Sequence[tuple[int, datetime, Any]]) -> None:
        """What arrived and was corrected."""
        is_first = True
        for version, at, event in events:
            moves = stock.item_moves(event, stream)
            self._expect(moves, at, version)
            # Units that were there before lots were told are of none, until somebody counts by lots.
            is_whole = is_first or isinstance(event, stock.StockCounted)
            if is_whole and any(move.key.startswith(stock.LOT_PREFIX) for move in moves):
                self.by_lots[stream] = stock.lots_prefix(event.sku, event.location)
            is_first = is_first and len(moves) == 0

    def add_campaign(self, stream: str, events: Sequence[tuple[int, datetime, Any]]) -> None:
        """What a campaign was given."""
        for version, at, event in events:
            self._expect(coupons.item_moves(event, stream), at, version)

    def add_account(self, stream: str, events: Sequence[tuple[int, datetime, Any]]) -> None:
        """What was booked on a member's account beside orders."""
        for version, at, event in events:
            self._expect(loyalty.item_moves(event), at, version)

    def add_card(self, events: Sequence[tuple[int, datetime, Any]]) -> None:
        """What came on a gift card or store credit, and went."""
        for version, at, event in events:
            self._expect(giftcards.moves(event), at, version)


class Books:
    """Every ledger and every hold, read once and sorted by counter."""

    def __init__(self, entries: Iterable[LedgerEntry], holds: Iterable[Hold]) -> None:
        self.ledgers: dict[str, list[LedgerEntry]] = {}
        self.holds: dict[str, list[Hold]] = {}
        for entry in entries:
            self.ledgers.setdefault(entry.key, []).append(entry)
        for hold in holds:
            self.holds.setdefault(hold.key, []).append(hold)


def counter_violations(level: Level | None, books: Books, key: str, expectations: Expectations) -> Iterator[Violation]:
    """What is wrong with one counter, its ledger and its holds."""
    accounts = expectations.accounts.get(key, {})
    entries, holds = books.ledgers.get(key, []), books.holds.get(key, [])
    if level is None:
        yield Violation("S2", key, "a ledger, hold or event names a counter that is not there")
        return
    if level.value < 0 or level.held < 0 or any(hold.quantity <= 0 for hold in holds):
        yield Violation("S1", key, f"less than nothing: {level.value} there, {level.held} held")
    if level.held > level.value and key not in expectations.may_be_short:
        yield Violation("S1", key, f"{level.held} are promised and {level.value} are there")
    sums = (sum(entry.value for entry in entries), sum(entry.held for entry in entries))
    if sums != (level.value, level.held):
        yield Violation("S2", key, f"{level.value} there and {level.held} held; its ledger comes to {sums}")
    if sum(hold.quantity for hold in holds) != level.held:
        yield Violation("S5", key, f"{level.held} are held; the holds come to {sum(hold.quantity for hold in holds)}")
    if not key.startswith(_GUARDED):
        return
    swept: Counter[str] = Counter()
    takers = {entry.at for entry in entries if entry.kind == MoveKind.HOLD}
    for owner in sorted({*accounts, *(entry.owner for entry in entries)}):
        account = accounts.get(owner, _Account())
        own = [entry for entry in entries if entry.owner == owner]
        yield from _ledger_violations(key, owner, account, own, swept, takers)
    yield from _hold_violations(key, accounts, {hold.owner: hold for hold in holds}, swept)


def lot_violations(levels: Mapping[str, Level], by_lots: Mapping[str, str]) -> Iterator[Violation]:
    """Items that have other units than their lots together."""
    for item, prefix in sorted(by_lots.items()):
        there = levels.get(item, Level(0, 0)).value
        in_lots = sum(level.value for key, level in levels.items() if key.startswith(prefix))
        if there != in_lots:
            yield Violation("S2", item, f"{there} are there, and its lots come to {in_lots}")


def _ledger_violations(
    key: str,
    owner: str,
    account: _Account,
    entries: Sequence[LedgerEntry],
    swept: Counter[str],
    takers: Collection[datetime],
) -> Iterator[Violation]:
    """Entries as the events call for them; a hold that lapsed is also released when somebody takes its room."""
    waiting = list(account.entries)
    last_sweep: datetime | None = None
    for entry in entries:
        if waiting and waiting[0].is_of(entry):
            waiting.pop(0)
        elif entry.kind == MoveKind.RELEASE and entry.value == 0 and entry.held < 0 and entry.at in takers:
            swept[owner] -= entry.held
            last_sweep = entry.at
        else:
            yield Violation("S4", owner, f"no event calls for {entry.kind} of {key} at {entry.at}")
    for missing in waiting:
        yield Violation("S4", owner, f"the ledger of {key} has no {missing.kind} at {missing.at}", missing.version)
    pending = swept[owner] - account.swept
    ended = last_sweep is not None and account.until is not None and account.until <= last_sweep
    if pending and not (pending == account.held and ended):
        yield Violation("S4", owner, f"{pending} of {key} were released, and no event says so")
    swept[owner] = pending


def _hold_violations(
    key: str, accounts: Mapping[str, _Account], holds: Mapping[str, Hold], swept: Mapping[str, int]
) -> Iterator[Violation]:
    for owner in sorted({*accounts, *holds}):
        account, hold = accounts.get(owner, _Account()), holds.get(owner)
        open_units = account.open - max(swept.get(owner, 0), 0)
        found = 0 if hold is None else hold.quantity
        if found != open_units:
            yield Violation("S5", owner, f"it holds {found} of {key} and its events say {open_units}")
        elif hold is not None and hold.until != account.until:
            yield Violation("S5", owner, f"its hold of {key} ends at {hold.until} and its events say {account.until}")
