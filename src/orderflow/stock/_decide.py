"""The rules of an order's stock: a unit is held once and resolved once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import TypeAlias, assert_never

import attrs

from ..counters import MoveKind, Shortage
from ..decisions import Accepted, Rejected
from ..dispositions import Disposition
from ..identifiers import MAIN
from ..lots import NamedLots
from ..quantities import NO_UNITS, Quantities
from ._commands import (
    Command,
    CommitStock,
    ConsumeStock,
    Facts,
    GiveBackQuota,
    HoldStock,
    LapseHold,
    RecordReservation,
    ReleaseStock,
    RestockUnits,
    TakeQuota,
    WriteOffUnits,
)  # fmt: skip
from ._events import (
    Event,
    HoldLapsed,
    QuotaGivenBack,
    QuotaTaken,
    ReservationMade,
    ReservationRefused,
    ReservationRequested,
    StockCommitted,
    StockConsumed,
    StockHeld,
    StockPromised,
    StockReleased,
    StockSourced,
    UnitsRestocked,
    UnitsWrittenOff,
)  # fmt: skip
from ._evolve import evolve, source
from ._locations import item_id, location_of, sku_of
from ._promising import Offer, Part, Promise, merged, released
from ._queries import booked, limited, missing, over_quota, returnable
from ._rejections import (
    AlreadyRecorded,
    ExceedsConsumed,
    HoldLost,
    NotCommitted,
    NotSourced,
    OutOfStock,
    Rejection,
    UnknownLocation,
    UnknownReservation,
    UntilPassed,
    WouldBeSold,
)  # fmt: skip
from ._sourcing import Sought, Supply, checked_split
from ._state import Allocation, ReservationStage
from ._tracked import coming_back, leaving

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
        case RecordReservation():
            return _record_reservation(command, state, facts)
        case TakeQuota():
            return _take_quota(state, facts)
        case GiveBackQuota():
            given = state.quota - facts.ordered
            return Accepted((QuotaGivenBack(quantities=given, at=facts.at),) if given else ())
        case _:
            assert_never(command)


def _take_quota(state: Allocation, facts: Facts) -> _Decision:
    counted = limited(facts.ordered - state.quota, facts.rules)
    if reasons := over_quota(counted, facts.rules, facts.bought):
        return Rejected(reasons)
    event = QuotaTaken(quantities=counted, buyer=facts.buyer, at=facts.at)
    return Accepted((event,) if counted and facts.buyer else ())


@attrs.frozen
class _Share:
    """What is to be held in one location, *beyond* of it more than there is."""

    location: str
    units: Quantities
    beyond: Quantities = NO_UNITS


def _hold(command: HoldStock, state: Allocation, facts: Facts) -> _Decision:
    lapse = _lapse(state, facts).events
    for event in lapse:
        state = evolve(state, event)
    wanted = missing(state, command.demand, facts.at)
    until = _end(command.until, state)
    if not wanted and (not state.held or until == state.until):
        return Accepted()
    shares, short, sourced = (_from_main if facts.sourcing is None else _sourced)(wanted, command, facts)
    reasons: tuple[Rejection, ...] = (
        *((UntilPassed(until),) if until is not None and until <= facts.at else ()),
        *short,
        *_hold_lost(facts),
    )
    if reasons:
        return Rejected(reasons)
    named = {share.location for share in shares}
    prolonged = [_Share(where, NO_UNITS) for where, shelf in state.shelves if shelf.held and where not in named]
    held = [
        StockHeld(quantities=share.units, backordered=share.beyond, until=until, location=share.location, at=facts.at)
        for share in (*shares, *(prolonged if until != state.until else ()))
    ]
    return Accepted((*lapse, *sourced, *held, *_asked_for(shares, state, facts)))


def _asked_for(shares: Sequence[_Share], state: Allocation, facts: Facts) -> Iterable[ReservationRequested]:
    """Who has the units in his house is asked for them; what is promised beyond them is not there to be asked for."""
    there = [(share.location, share.units - share.beyond) for share in shares if share.location in facts.warehouses]
    for number, (where, units) in enumerate(filter(itemgetter(1), there), start=len(state.reservations) + 1):
        yield ReservationRequested(number=number, location=where, quantities=units, at=facts.at)


def _record_reservation(command: RecordReservation, state: Allocation, facts: Facts) -> _Decision:
    if command.number > len(state.reservations):
        return Rejected((UnknownReservation(command.number),))
    reservation = state.reservations[command.number - 1]
    if command.made:
        is_news = reservation.stage is ReservationStage.ASKED
        return Accepted((ReservationMade(number=command.number, at=facts.at),) if is_news else ())
    if reservation.stage is ReservationStage.REFUSED:
        return Accepted()
    lapse = _lapse(state, facts).events
    for event in lapse:
        state = evolve(state, event)
    where = reservation.location
    wanted = state.reservations[command.number - 1].kept & state.at(where).open
    missing = (command.missing & wanted) or wanted
    refused = ReservationRefused(number=command.number, location=where, missing=missing, code=command.code, at=facts.at)
    rest = [_Share(where, wanted - missing)]
    return Accepted((*lapse, refused, *_asked_for(rest, state, facts)))


_Answer: TypeAlias = tuple[Sequence[_Share], Sequence[Rejection], Sequence[StockSourced | StockPromised]]


def _from_main(wanted: Quantities, command: HoldStock, facts: Facts) -> _Answer:
    # An order that was cut down since the first attempt may fit by now.
    short = _short(facts, MoveKind.HOLD)
    shortages = {sku: short[sku] for sku in short if wanted[sku] > short[sku].available}
    beyond = Quantities((sku, one.wanted - one.available) for sku, one in shortages.items())
    if command.partial:
        left_out = Quantities((sku, count) for sku, count in beyond if sku not in command.backorder)
        there = wanted - left_out
        return ([_Share(MAIN, there, beyond & there)] if there else ()), (), ()
    refused = [_out_of_stock(sku, short) for sku, short in shortages.items() if sku not in command.backorder]
    return [_Share(MAIN, wanted, beyond & wanted)], refused, ()


def _sourced(wanted: Quantities, command: HoldStock, facts: Facts) -> _Answer:
    if not wanted or facts.sourcing is None:
        return (), (), ()
    sought = Sought(units=wanted, supplies=_supplies(facts), country=facts.country, postal_code=facts.postal_code)
    split = checked_split(facts.sourcing(sought), sought)
    taken = [*_waiting(Quantities((sku, count) for sku, count in split.missing if sku in command.backorder), facts)]
    beyond = {
        offer.location: Quantities((sku, one.quantity) for sku, one in taken if one.location == offer.location)
        for _, offer in taken
    }
    nowhere = split.missing - Quantities((sku, offer.quantity) for sku, offer in taken)
    if nowhere and not command.partial:
        return (), [_not_to_be_had(sku, wanted[sku], nowhere[sku], sought) for sku, _ in nowhere], ()
    units = {pick.location: pick.units for pick in split.picks}
    shares = [
        _Share(where, units.get(where, NO_UNITS) + beyond.get(where, NO_UNITS), beyond.get(where, NO_UNITS))
        for where in sorted({*units, *beyond})
    ]
    if not shares:
        return (), (), ()
    event = StockSourced(picks=split.picks, missing=split.missing - nowhere, exact=split.exact, at=facts.at)
    return shares, (), (event, *_promised(wanted - split.missing, taken, facts))


def _promised(there: Quantities, taken: Sequence[tuple[str, Offer]], facts: Facts) -> Iterable[StockPromised]:
    """What is sold by a rule and cannot all be sent at once is promised for a day."""
    found = []
    for sku in sorted(facts.rules.keys() & {*dict(there), *dict(taken)}):
        now = Part(quantity=there[sku], at=released(facts.at, facts.rules[sku]))
        later = (Part(quantity=one.quantity, at=one.at, beyond=one.beyond) for name, one in taken if name == sku)
        parts = merged((now, *later))
        if any(part.at != facts.at for part in parts):
            found.append(Promise(sku=sku, wanted=sum(part.quantity for part in parts), parts=parts))
    if found:
        yield StockPromised(promises=tuple(found), at=facts.at)


def _supplies(facts: Facts) -> tuple[Supply, ...]:
    # What a first attempt found to be gone in a race is not tried again.
    found = {short.key: short.available for short in facts.shortages if short.kind is MoveKind.HOLD}
    if not found:
        return facts.supplies
    return tuple(
        Supply(
            supply.location,
            Quantities(
                (sku, max(min(count, found.get(item_id(sku, supply.location), count)), 0))
                for sku, count in supply.units
            ),
        )
        for supply in facts.supplies
    )


def _waiting(missing: Quantities, facts: Facts) -> Iterable[tuple[str, Offer]]:
    """Where a backorder waits: where units come in first, and what is beyond them at the first location."""
    for sku, count in missing:
        anywhere = [Offer(location=supply.location, quantity=count, at=None) for supply in facts.supplies[:1]]
        left = count
        for offer in facts.later.get(sku, anywhere):
            if part := min(left, offer.quantity):
                left -= part
                yield sku, attrs.evolve(offer, quantity=part)


def _not_to_be_had(sku: str, wanted: int, nowhere: int, sought: Sought) -> OutOfStock | NotSourced:
    there = sum(supply.units[sku] for supply in sought.supplies)
    if there >= wanted:
        return NotSourced(sku, wanted, there)
    return OutOfStock(sku, wanted, max(wanted - nowhere, there))


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
    lost = (HoldLost(_skus(state.held)),) if state.lapsed_by(facts.at) else _hold_lost(facts)
    if lost:
        return Rejected(lost)
    return Accepted(
        tuple(
            StockCommitted(quantities=shelf.held, location=where, at=facts.at)
            for where, shelf in state.shelves
            if shelf.held
        )
    )


def _consume(command: ConsumeStock, state: Allocation, facts: Facts) -> _Decision:
    told = _told_before(source("consumed", command.parcel), command, state)
    return told or _leave(command, state, facts)


def _leave(command: ConsumeStock | WriteOffUnits, state: Allocation, facts: Facts) -> _Decision:
    """Committed units go, each from where it lies."""
    named = command.location
    shelves = state.shelves if named is None else ((named, state.at(named)),)
    committed = state.committed if named is None else state.at(named).committed
    if reasons := _cannot_leave(command.quantities, committed, state, facts):
        return Rejected(reasons)
    packed = dict(facts.packed) if isinstance(command, WriteOffUnits) else {}
    parts = _spread(command.quantities, [(where, shelf.committed) for where, shelf in shelves], packed)
    events, unclear = list[Event](), list[Rejection]()
    for where, units in parts:
        lots, reasons = leaving(command, units, where, facts)
        unclear.extend(reasons)
        events.append(_gone(command, units, where, lots, facts))
    return Rejected(tuple(unclear)) if unclear else Accepted(tuple(events))


def _gone(
    command: ConsumeStock | WriteOffUnits, units: Quantities, location: str, lots: NamedLots, facts: Facts
) -> StockConsumed | UnitsWrittenOff:
    if isinstance(command, ConsumeStock):
        return StockConsumed(quantities=units, parcel=command.parcel, location=location, lots=lots, at=facts.at)
    return UnitsWrittenOff(quantities=units, location=location, disposition=command.disposition, lots=lots, at=facts.at)


def _spread(
    units: Quantities, shelves: Sequence[tuple[str, Quantities]], packed: Mapping[str, Quantities]
) -> list[tuple[str, Quantities]]:
    """Units taken from one location after another; what lies in parcels there is taken last."""
    if len(shelves) == 1:
        return [(shelves[0][0], units)] if units else []
    taken = {where: NO_UNITS for where, _ in shelves}
    loose = [(where, there - packed.get(where, NO_UNITS)) for where, there in shelves]
    left = units
    for where, there in (*loose, *shelves):
        part = left & (there - taken[where])
        taken[where] += part
        left = left - part
    return [(where, part) for where, part in taken.items() if part]


def _release(command: ReleaseStock, state: Allocation, facts: Facts) -> _Decision:
    released = state.open if command.quantities is None else command.quantities & state.open
    parts = _spread(released, [(where, shelf.open) for where, shelf in state.shelves], dict(facts.packed))
    return Accepted(
        tuple(
            StockReleased(
                quantities=units,
                cause=command.cause,
                swept=_swept(units, state, facts, where),
                location=where,
                at=facts.at,
            )
            for where, units in parts
        )
    )


def _lapse(state: Allocation, facts: Facts) -> Accepted[Event]:
    if not state.lapsed_by(facts.at):
        return Accepted()
    return Accepted(
        tuple(
            HoldLapsed(
                quantities=shelf.held, swept=_swept(shelf.held, state, facts, where), location=where, at=facts.at
            )
            for where, shelf in state.shelves
            if shelf.held
        )
    )


def _restock(command: RestockUnits, state: Allocation, facts: Facts) -> _Decision:
    name = source("restocked", command.parcel, command.return_)
    new = command.quantities - booked(state, name)
    lots, unclear = coming_back(command, new, state, facts)
    is_b_grade = command.disposition is Disposition.B_GRADE
    event = UnitsRestocked(
        quantities=new,
        return_=command.return_,
        parcel=command.parcel,
        location=command.location,
        disposition=command.disposition,
        sold_as=tuple((sku, facts.b_grades[sku]) for sku, _ in new if is_b_grade and sku in facts.b_grades),
        lots=lots,
        at=facts.at,
    )
    return _told_before(name, command, state) or _answer(
        event, (*_nowhere(event, facts), *(_cannot_come_back(new, state) or unclear))
    )


def _nowhere(event: UnitsRestocked, facts: Facts) -> Iterable[Rejection]:
    if event.location not in facts.locations:
        yield UnknownLocation(event.location, facts.locations)
    as_new = event.disposition is Disposition.RESELL or {*dict(event.quantities)} <= {*dict(event.sold_as)}
    if not as_new and event.location in facts.selling:
        yield WouldBeSold(event.disposition, event.location)


def _write_off(command: WriteOffUnits, state: Allocation, facts: Facts) -> _Decision:
    name = source("written off", command.parcel, command.return_)
    if name is None:
        return _leave(command, state, facts)
    new = command.quantities - booked(state, name)
    lots, unclear = coming_back(command, new, state, facts)
    event = UnitsWrittenOff(
        quantities=new,
        return_=command.return_,
        parcel=command.parcel,
        disposition=command.disposition,
        lots=lots,
        at=facts.at,
    )
    return _told_before(name, command, state) or _answer(event, _cannot_come_back(new, state) or unclear)


def _answer(event: UnitsRestocked | UnitsWrittenOff, reasons: tuple[Rejection, ...]) -> _Decision:
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


def _cannot_leave(units: Quantities, committed: Quantities, state: Allocation, facts: Facts) -> tuple[Rejection, ...]:
    over = units - committed
    if over:
        return tuple(NotCommitted(sku, units[sku], committed[sku]) for sku in _skus(over))
    short = _short(facts, MoveKind.CONSUME)
    awaited = tuple(_out_of_stock(sku, short[sku]) for sku in _skus(state.backordered) if sku in short)
    lost = tuple(sku for sku in short if not state.backordered[sku])
    return (*awaited, *((HoldLost(lost),) if lost else ()))


def _cannot_come_back(units: Quantities, state: Allocation) -> tuple[Rejection, ...]:
    allowed = returnable(state)
    return tuple(ExceedsConsumed(sku, units[sku], allowed[sku]) for sku in _skus(units - allowed))


def _short(facts: Facts, kind: MoveKind, location: str | None = None) -> dict[str, Shortage]:
    named = {
        sku_of(shortage.key): shortage
        for shortage in facts.shortages
        if shortage.kind is kind and location in (None, location_of(shortage.key))
    }
    return {sku: named[sku] for sku in sorted(sku for sku in named if sku is not None)}


def _hold_lost(facts: Facts) -> tuple[Rejection, ...]:
    # What a first attempt could not hold, it could not keep either.
    held = {shortage.key for shortage in facts.shortages if shortage.kind is MoveKind.HOLD}
    kept = {shortage.key for shortage in facts.shortages if shortage.kind is MoveKind.KEEP}
    lost = tuple(sorted(sku for key in kept - held if (sku := sku_of(key)) is not None))
    return (HoldLost(lost),) if lost else ()


def _swept(units: Quantities, state: Allocation, facts: Facts, location: str) -> Quantities:
    if not state.lapsed_by(facts.at):
        return Quantities()
    short = _short(facts, MoveKind.RELEASE, location)
    return Quantities((sku, short[sku].wanted - short[sku].available) for sku in _skus(units) if sku in short) & units


def _out_of_stock(sku: str, shortage: Shortage) -> OutOfStock:
    return OutOfStock(sku, shortage.wanted, max(shortage.available, 0))


def _skus(units: Quantities) -> tuple[str, ...]:
    return tuple(sku for sku, _ in units)
