"""
The lifecycles of an attempt and of a refund.

What a provider says arrives late, twice and out of order, so an attempt only ever moves forward along one line: any
sequence of the same events ends in the same stage. A refund may go back once: from rejected to requested.
"""

from __future__ import annotations

from functools import cache

from statemachine import State, StateMachine

from ..lifecycle import Lifecycle, compile_lifecycle

__all__ = ("AttemptLifecycle", "RefundLifecycle", "attempt_lifecycle", "refund_lifecycle")


class AttemptLifecycle(StateMachine):
    """One attempt to be paid; captured money outranks everything, since money that came is a fact."""

    requested = State(initial=True)
    awaiting_customer = State()
    pending = State()
    superseded = State()
    failed = State()
    authorised = State()
    expired = State()
    voided = State()
    captured = State(final=True)

    await_customer = requested.to(awaiting_customer)
    wait = pending.from_(requested, awaiting_customer)
    supersede = superseded.from_(requested, awaiting_customer, pending)
    fail = failed.from_(requested, awaiting_customer, pending, superseded)
    authorise = authorised.from_(requested, awaiting_customer, pending, superseded, failed)
    expire = expired.from_(requested, awaiting_customer, pending, superseded, failed, authorised)
    void = voided.from_(requested, awaiting_customer, pending, superseded, failed, authorised, expired)
    capture = captured.from_(requested, awaiting_customer, pending, superseded, failed, authorised, expired, voided)


class RefundLifecycle(StateMachine):
    """One refund; paid out is paid out, also after a rejection, and a rejection may be told again in other words."""

    requested = State(initial=True)
    pending = State()
    rejected = State()
    settled = State(final=True)

    wait = requested.to(pending)
    reject = rejected.from_(requested, pending, rejected)
    retry = rejected.to(requested)
    settle = settled.from_(requested, pending, rejected)


@cache
def attempt_lifecycle() -> Lifecycle:
    """The transition table of an attempt."""
    return compile_lifecycle(AttemptLifecycle)


@cache
def refund_lifecycle() -> Lifecycle:
    """The transition table of a refund."""
    return compile_lifecycle(RefundLifecycle)
