"""How events become state. Nothing is checked here: what happened, happened."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

import attrs

from ._events import Event, RefundGranted, ReturnClosed, ReturnInspected, ReturnReceived, WithdrawalDeclared
from ._lifecycle import stage_after
from ._state import Return, Returns, ReturnStage

__all__ = ("evolve",)


def evolve(state: Returns, event: Event) -> Returns:
    """The state after one more event."""
    match event:
        case WithdrawalDeclared():
            return Returns(returns=(*state.returns, _declared(event)))
        case ReturnReceived():
            return _change(state, event, lambda one: attrs.evolve(one, received=one.received + event.quantities))
        case ReturnInspected():
            return _change(state, event, lambda one: _inspected(one, event))
        case RefundGranted():
            return _change(state, event, lambda one: _granted(one, event))
        case ReturnClosed():
            return _change(state, event, lambda one: one)
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
    event: ReturnReceived | ReturnInspected | RefundGranted | ReturnClosed,
    change: Callable[[Return], Return],
) -> Returns:
    def after(one: Return) -> Return:
        return attrs.evolve(change(one), stage=stage_after(one.stage, type(event)) or one.stage)

    return Returns(returns=tuple(after(one) if one.number == event.return_ else one for one in state.returns))
