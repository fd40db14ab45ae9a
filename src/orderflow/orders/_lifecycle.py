"""The order's own stages. Holding is no stage: it blocks commands, and every stage can be on hold."""

from __future__ import annotations

from functools import cache

from statemachine import State, StateMachine

from ..lifecycle import Lifecycle, compile_lifecycle
from ._values import OrderStage


class OrderLifecycle(StateMachine):
    """From received to closed; a cancelled order closes when its money and stock are settled."""

    received = State(initial=True)
    verified = State()
    confirmed = State()
    cancelled = State()
    closed = State(final=True)

    verify = received.to(verified)
    unverify = verified.to(received)
    confirm = verified.to(confirmed)
    cancel = received.to(cancelled) | verified.to(cancelled) | confirmed.to(cancelled)
    close = confirmed.to(closed) | cancelled.to(closed)


@cache
def order_lifecycle() -> Lifecycle:
    """The frozen table of :class:`OrderLifecycle`."""
    return compile_lifecycle(OrderLifecycle)


class SubstituteLifecycle(StateMachine):
    """An offer to send something else; it is answered once."""

    offered = State(initial=True)
    accepted = State(final=True)
    declined = State(final=True)
    withdrawn = State(final=True)

    accept = offered.to(accepted)
    decline = offered.to(declined)
    withdraw = offered.to(withdrawn)


@cache
def substitute_lifecycle() -> Lifecycle:
    """The frozen table of :class:`SubstituteLifecycle`."""
    return compile_lifecycle(SubstituteLifecycle)


@cache
def stages_before(event: str) -> tuple[OrderStage, ...]:
    """The stages from which *event* is legal."""
    return tuple(stage for stage in OrderStage if order_lifecycle().next(stage, event) is not None)
