"""A return's life, declared once: rules read the table, diagrams the class."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType

from statemachine import State, StateMachine

from ..lifecycle import Lifecycle, compile_lifecycle
from ._events import Event, ParcelSettled, RefundGranted, ReturnClosed, ReturnInspected, ReturnReceived
from ._state import ReturnStage

__all__ = ("TRIGGERS", "ReturnLifecycle", "return_lifecycle", "stage_after")


class ReturnLifecycle(StateMachine):
    """
    Declared, received, inspected, refunded, closed.

    Units may come in several parcels, and may be credited before they come (proof of dispatch, goodwill), so the
    middle can be walked again. A parcel of the order that comes back or is lost settles units that were withdrawn on
    their way. A return of which nothing ever came lapses; what comes later still is declared anew, with the day of the
    first statement.
    """

    declared = State(initial=True)
    received = State()
    inspected = State()
    refunded = State()
    closed = State(final=True)
    lapsed = State(final=True)

    receive = received.from_(declared, received, inspected, refunded)
    inspect = inspected.from_(received, inspected, refunded)
    grant = refunded.from_(declared, received, inspected, refunded)
    settle = inspected.from_(declared, inspected) | received.to(received) | refunded.to(refunded)
    close = declared.to(lapsed) | closed.from_(inspected, refunded)


TRIGGERS: Mapping[type, str] = MappingProxyType(
    {
        ReturnReceived: "receive",
        ReturnInspected: "inspect",
        RefundGranted: "grant",
        ReturnClosed: "close",
        ParcelSettled: "settle",
    }
)
"""Which event of ours is which event of the lifecycle."""


@functools.cache
def return_lifecycle() -> Lifecycle:
    """The transition table of :class:`ReturnLifecycle`."""
    return compile_lifecycle(ReturnLifecycle)


def stage_after(stage: ReturnStage, event: type[Event]) -> ReturnStage | None:
    """Where an event of that type leads from *stage*, or None where it leads nowhere."""
    target = return_lifecycle().next(stage, TRIGGERS[event])
    return None if target is None else ReturnStage(target)
