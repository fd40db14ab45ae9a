"""How events become state. Nothing is checked here: what happened, happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

import attrs

from ._events import (
    Event,
    ParcelSettled,
    RefundGranted,
    ReturnClosed,
    ReturnInspected,
    ReturnReceived,
    WithdrawalDeclared,
    WithdrawnInTransit,
)
from ._lifecycle import stage_after
from ._parcels import ParcelUnits
from ._state import Return, Returns, ReturnStage

__all__ = ("evolve",)


def evolve(state: Returns, event: Event) -> Returns:
    """The state after one more event."""
    match event:
        case WithdrawalDeclared():
            return Returns(returns=(*state.returns, _declared(event)))
        case WithdrawnInTransit():
            return _put(state, event.return_, lambda one: _in_transit(one, event))
        case ReturnReceived():
            return _change(state, event, lambda one: attrs.evolve(one, received=one.received + event.quantities))
        case ReturnInspected():
            return _change(state, event, lambda one: _inspected(one, event))
        case RefundGranted():
            return _change(state, event, lambda one: _granted(one, event))
        case ReturnClosed():
            return _change(state, event, lambda one: one)
        case ParcelSettled():
            return _change(state, event, lambda one: _settled(one, event))
        case _:
            assert_never(event)


def _declared(event: WithdrawalDeclared) -> Return:
    return Return(
        number=event.return_,
        stage=ReturnStage.DECLARED,
        quantities=event.quantities,
        declared_at=event.declared_at,
        refund_by=event.refund_by,
        refund_target=event.refund_target,
        send_back_by=event.send_back_by,
    )


def _in_transit(one: Return, event: WithdrawnInTransit) -> Return:
    inside = ParcelUnits(parcel=event.parcel, quantities=event.quantities)
    return attrs.evolve(one, in_transit=(*one.in_transit, inside))


def _settled(one: Return, event: ParcelSettled) -> Return:
    others = (each for each in one.settled if each.parcel != event.parcel)
    inside = ParcelUnits(parcel=event.parcel, quantities=event.quantities, end=event.end)
    return attrs.evolve(
        one,
        settled=(*others, inside),
        received=one.received + event.arrived,
        restocked=one.restocked + event.arrived,
    )


def _inspected(one: Return, event: ReturnInspected) -> Return:
    return attrs.evolve(
        one,
        restocked=one.restocked + event.restock,
        written_off=one.written_off + event.write_off,
        opened=one.opened + event.opened,
    )


def _granted(one: Return, event: RefundGranted) -> Return:
    amount = event.amount if one.amount is None else one.amount + event.amount
    delivery = event.delivery if one.delivery is None else one.delivery + event.delivery
    return attrs.evolve(one, granted=one.granted + event.units, amount=amount, delivery=delivery)


def _change(
    state: Returns,
    event: ReturnReceived | ReturnInspected | RefundGranted | ReturnClosed | ParcelSettled,
    change: Callable[[Return], Return],
) -> Returns:
    def after(one: Return) -> Return:
        return attrs.evolve(change(one), stage=stage_after(one.stage, type(event)) or one.stage)

    return _put(state, event.return_, after)


def _put(state: Returns, number: int, change: Callable[[Return], Return]) -> Returns:
    return Returns(returns=tuple(change(one) if one.number == number else one for one in state.returns))
