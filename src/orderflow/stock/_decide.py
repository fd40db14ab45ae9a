"""The rules of an order's stock: a unit is held once and resolved once."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias, assert_never

from ..counters import MoveKind, Shortage
from ..decisions import Accepted, Rejected
from ..quantities import Quantities
from ._commands import (
    Command,
    CommitStock,
    ConsumeStock,
    Facts,
    HoldStock,
    LapseHold,
    ReleaseStock,
    RestockUnits,
    WriteOffUnits,
)  # fmt: skip
from ._events import (
    Event,
    HoldLapsed,
    StockCommitted,
    StockConsumed,
    StockHeld,
    StockReleased,
    UnitsRestocked,
    UnitsWrittenOff,
)  # fmt: skip
from ._evolve import evolve, source
from ._items import sku_of
from ._queries import booked, missing, returnable
from ._rejections import (
    AlreadyRecorded,
    ExceedsConsumed,
    HoldLost,
    NotCommitted,
    OutOfStock,
    Rejection,
    UntilPassed,
)  # fmt: skip
from ._state import Allocation

__all__ = ("decide",)

_Decision: TypeAlias = Accepted[Event] | Rejected[Rejection]


def decide(command: Command, state: Allocation, facts: Facts) -> _Decision:
    """Events that follow from *command*, or every reason why not."""
    match command:
        case HoldStock():
            return _hold(command, state, facts)
        case CommitStock():
            return _commit(state, facts)
        case ConsumeStock():
            return _consume(command, state, facts)
        case ReleaseStock():
            return _release(command, state, facts)
        case LapseHold():
            return _lapse(state, facts)
        case RestockUnits():
            return _restock(command, state, facts)
        case WriteOffUnits():
            return _write_off(command, state, facts)
        case _:
            assert_never(command)


def _hold(command: HoldStock, state: Allocation, facts: Facts) -> _Decision:
    lapse = _lapse(state, facts).events
    for event in lapse:
        state = evolve(state, event)
    wanted = missing(state, command.demand)
    until = _end(command.until, state)
    if not wanted and (not state.held or until == state.until):
        return Accepted()
    shortages = _short(facts, MoveKind.HOLD)
    reasons: tuple[Rejection, ...] = (
        *((UntilPassed(until),) if until is not None and until <= facts.at else ()),
        *(_out_of_stock(sku, short) for sku, short in shortages.items() if sku not in command.backorder),
        *_hold_lost(facts, MoveKind.KEEP),
    )
    if reasons:
        return Rejected(reasons)
    beyond = Quantities((sku, short.wanted - short.available) for sku, short in shortages.items())
    held = StockHeld(quantities=wanted, backordered=beyond & wanted, until=until, at=facts.at)
    return Accepted((*lapse, held))


def _end(until: datetime | None, state: Allocation) -> datetime | None:
    # A counter has one hold per order, so what is committed must not get an end through a later hold.
    if until is None or state.committed:
        return None
    if not state.held:
        return until
    return None if state.until is None else max(until, state.until)


def _commit(state: Allocation, facts: Facts) -> _Decision:
    if not state.held:
        return Rejected((HoldLost(_skus(state.lost)),)) if state.lost else Accepted()
    lost = (HoldLost(_skus(state.held)),) if state.lapsed_by(facts.at) else _hold_lost(facts, MoveKind.KEEP)
    return Rejected(lost) if lost else Accepted((StockCommitted(quantities=state.held, at=facts.at),))


def _consume(command: ConsumeStock, state: Allocation, facts: Facts) -> _Decision:
    event = StockConsumed(quantities=command.quantities, parcel=command.parcel, at=facts.at)
    told = _told_before(source("consumed", command.parcel), command, state)
    return told or _answer(event, _cannot_leave(command.quantities, state, facts))


def _release(command: ReleaseStock, state: Allocation, facts: Facts) -> _Decision:
    released = state.open if command.quantities is None else command.quantities & state.open
    if not released:
        return Accepted()
    swept = _swept(released, state, facts)
    return Accepted((StockReleased(quantities=released, cause=command.cause, swept=swept, at=facts.at),))


def _lapse(state: Allocation, facts: Facts) -> Accepted[Event]:
    if not state.lapsed_by(facts.at):
        return Accepted()
    return Accepted((HoldLapsed(quantities=state.held, swept=_swept(state.held, state, facts), at=facts.at),))


def _restock(command: RestockUnits, state: Allocation, facts: Facts) -> _Decision:
    name = source("restocked", command.parcel, command.return_)
    new = command.quantities - booked(state, name)
    event = UnitsRestocked(quantities=new, return_=command.return_, parcel=command.parcel, at=facts.at)
    return _told_before(name, command, state) or _answer(event, _cannot_come_back(new, state))


def _write_off(command: WriteOffUnits, state: Allocation, facts: Facts) -> _Decision:
    name = source("written off", command.parcel, command.return_)
    new = command.quantities - booked(state, name)
    event = UnitsWrittenOff(quantities=new, return_=command.return_, parcel=command.parcel, at=facts.at)
    if name is None:
        return _answer(event, _cannot_leave(new, state, facts))
    return _told_before(name, command, state) or _answer(event, _cannot_come_back(new, state))


def _answer(event: StockConsumed | UnitsRestocked | UnitsWrittenOff, reasons: tuple[Rejection, ...]) -> _Decision:
    if reasons:
        return Rejected(reasons)
    return Accepted((event,) if event.quantities else ())


def _told_before(
    name: str | None, command: ConsumeStock | RestockUnits | WriteOffUnits, state: Allocation
) -> _Decision | None:
    if name is None or name not in dict(state.settled):
        return None
    recorded = booked(state, name)
    if recorded == command.quantities:
        return Accepted()
    by_return = not isinstance(command, ConsumeStock) and command.return_ is not None
    return None if by_return and recorded <= command.quantities else Rejected((AlreadyRecorded(name, recorded),))


def _cannot_leave(units: Quantities, state: Allocation, facts: Facts) -> tuple[Rejection, ...]:
    over = units - state.committed
    if over:
        return tuple(NotCommitted(sku, units[sku], state.committed[sku]) for sku in _skus(over))
    short = _short(facts, MoveKind.CONSUME)
    awaited = tuple(_out_of_stock(sku, short[sku]) for sku in _skus(state.backordered) if sku in short)
    lost = tuple(sku for sku in short if not state.backordered[sku])
    return (*awaited, *((HoldLost(lost),) if lost else ()))


def _cannot_come_back(units: Quantities, state: Allocation) -> tuple[Rejection, ...]:
    allowed = returnable(state)
    return tuple(ExceedsConsumed(sku, units[sku], allowed[sku]) for sku in _skus(units - allowed))


def _short(facts: Facts, kind: MoveKind) -> dict[str, Shortage]:
    named = {sku_of(shortage.key): shortage for shortage in facts.shortages if shortage.kind is kind}
    return {sku: named[sku] for sku in sorted(sku for sku in named if sku is not None)}


def _hold_lost(facts: Facts, kind: MoveKind) -> tuple[Rejection, ...]:
    lost = tuple(_short(facts, kind))
    return (HoldLost(lost),) if lost else ()


def _swept(units: Quantities, state: Allocation, facts: Facts) -> Quantities:
    if not state.lapsed_by(facts.at):
        return Quantities()
    short = _short(facts, MoveKind.RELEASE)
    return Quantities((sku, short[sku].wanted - short[sku].available) for sku in _skus(units) if sku in short) & units


def _out_of_stock(sku: str, shortage: Shortage) -> OutOfStock:
    return OutOfStock(sku, shortage.wanted, max(shortage.available, 0))


def _skus(units: Quantities) -> tuple[str, ...]:
    return tuple(sku for sku, _ in units)
