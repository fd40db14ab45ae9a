"""Of which lots an order's units are when they leave, and when they come back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from ..dispositions import Disposition
from ..lots import LotUnits, NamedLots
from ..quantities import Quantities
from ._commands import ConsumeStock, Facts, RestockUnits, WriteOffUnits
from ._locations import item_id
from ._lots import Reason, Tracking, Wanted, chosen, first_expired_first, is_good, lot_id, merged_lots
from ._promising import SalesRule
from ._queries import lots_out
from ._rejections import LotNotGood, LotsDiffer, NotTracked
from ._state import Allocation

__all__ = ("coming_back", "leaving")

_Lots: TypeAlias = tuple[NamedLots, tuple[Reason, ...]]
_NONE: _Lots = ((), ())


def leaving(command: ConsumeStock | WriteOffUnits, units: Quantities, location: str, facts: Facts) -> _Lots:
    """The lots of units that leave a location; customers get only what is good, and what is written off need not be."""
    if not facts.rules and not command.lots:
        return _NONE
    lots, reasons = list[tuple[str, LotUnits]](), list[Reason](_misnamed(command, facts))
    for sku, count, rule in _tracked(units, facts):
        named = [lot for name, lot in command.lots if name == sku]
        wanted = Wanted(
            sku=sku,
            units=count,
            there=_on_shelf(sku, location, named, rule, facts),
            named=named,
            good_through=rule.good_through(facts.at, facts.zone) if isinstance(command, ConsumeStock) else None,
        )
        found, why_not = chosen(wanted, rule.tracked_by or Tracking.LOTS)
        lots.extend((sku, lot) for lot in found)
        reasons.extend(why_not)
    return tuple(lots), tuple(reasons)


def coming_back(command: RestockUnits | WriteOffUnits, units: Quantities, state: Allocation, facts: Facts) -> _Lots:
    """
    The lots of units that come back: told, or what the order was sent; of several lots what expires first.

    What left before its lots were known is of those that are told. A lot that expired meanwhile cannot be put where it
    would be sold: unfit units only ever come about by time passing, so what was read of them is never too few.
    """
    if not facts.rules and not command.lots:
        return _NONE
    lots, reasons = list[tuple[str, LotUnits]](), list[Reason](_misnamed(command, facts))
    for sku, count, rule in _tracked(units, facts):
        named = [lot for name, lot in command.lots if name == sku]
        found, why_not = _sent_before(sku, count, named, rule, command.parcel, state)
        lots.extend((sku, lot) for lot in found)
        reasons.extend(why_not)
        if _is_for_sale(command, facts):
            reasons.extend(_expired(sku, found, rule, facts))
    return tuple(lots), tuple(reasons)


def _tracked(units: Quantities, facts: Facts) -> Iterable[tuple[str, int, SalesRule]]:
    for sku, count in units:
        rule = facts.rules.get(sku)
        if rule is not None and rule.tracked_by is not None:
            yield sku, count, rule


def _misnamed(command: ConsumeStock | RestockUnits | WriteOffUnits, facts: Facts) -> Iterable[Reason]:
    tracked = {sku for sku, _, _ in _tracked(command.quantities, facts)}
    return (NotTracked(sku) for sku in sorted({sku for sku, _ in command.lots} - tracked))


def _on_shelf(sku: str, location: str, named: Sequence[LotUnits], rule: SalesRule, facts: Facts) -> Sequence[LotUnits]:
    if rule.tracked_by is Tracking.LOTS:
        return facts.lots.get(item_id(sku, location), ())
    # There may be thousands of serial numbers: those that are named are there, unless their counters said otherwise.
    gone = {shortage.key for shortage in facts.shortages}
    return [lot for lot in named if lot_id(sku, location, lot) not in gone]


def _sent_before(
    sku: str, count: int, named: Sequence[LotUnits], rule: SalesRule, parcel: int | None, state: Allocation
) -> tuple[tuple[LotUnits, ...], tuple[Reason, ...]]:
    out = lots_out(state, sku, parcel)
    if state.consumed[sku] > sum(each.lot.units for each in state.sent if each.sku == sku):
        told = sum(lot.units for lot in named)
        return (merged_lots(named), ()) if told == count else ((), (LotsDiffer(sku, count, told),))
    if not named and sum(lot.units for lot in out) == count:
        return first_expired_first(out, count), ()
    return chosen(Wanted(sku=sku, units=count, there=out, named=named), rule.tracked_by or Tracking.LOTS)


def _is_for_sale(command: RestockUnits | WriteOffUnits, facts: Facts) -> bool:
    if not isinstance(command, RestockUnits) or command.disposition is not Disposition.RESELL:
        return False
    return command.location in facts.selling


def _expired(sku: str, lots: Iterable[LotUnits], rule: SalesRule, facts: Facts) -> Iterable[LotNotGood]:
    day = rule.good_through(facts.at, facts.zone)
    for lot in lots:
        if lot.expires is not None and not is_good(lot, day):
            yield LotNotGood(sku, lot.lot, lot.expires)
