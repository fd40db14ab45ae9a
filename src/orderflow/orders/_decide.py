"""What each command means for an order: the events that follow, or all the reasons why not."""

from __future__ import annotations

from typing import assert_never

from ..decisions import Accepted, Rejected
from ._cancelling import cancel, cancel_lines, close
from ._changing import amend_address, amend_contact, amend_delivery, tag
from ._checking import complete_stage, confirm, hold, record_verdict, release, verify
from ._commands import (
    AcceptSubstitute,
    AddNote,
    AmendAddress,
    AmendContact,
    AmendDelivery,
    BackorderLines,
    CancelLines,
    CancelOrder,
    CloseOrder,
    Command,
    CompleteStage,
    ConfirmOrder,
    DeclineSubstitute,
    HoldOrder,
    OfferSubstitute,
    PlaceOrder,
    RecordOrder,
    RecordRefunds,
    RecordVerdict,
    ReleaseOrder,
    TagOrder,
    VerifyOrder,
    WithdrawSubstitute,
)
from ._events import NoteAdded
from ._facts import Facts
from ._guards import Decision
from ._placing import place
from ._record import record, record_refunds
from ._rejections import NotPlaced
from ._state import NoOrder, State
from ._substituting import accept, backorder, decline, offer, withdraw


def decide(command: Command, state: State, facts: Facts) -> Decision:
    """The events that *command* causes, or every reason why it does not hold."""
    if isinstance(command, PlaceOrder):
        return place(command, state, facts)
    if isinstance(command, RecordOrder):
        return record(command, state, facts)
    if isinstance(state, NoOrder):
        return Rejected((NotPlaced(),))
    match command:
        case RecordRefunds():
            return record_refunds(command, state, facts.at)
        case VerifyOrder():
            return verify(state, facts)
        case RecordVerdict():
            return record_verdict(command, state, facts)
        case CompleteStage():
            return complete_stage(command, state, facts)
        case HoldOrder():
            return hold(command, state, facts)
        case ReleaseOrder():
            return release(command, state, facts)
        case ConfirmOrder():
            return confirm(state, facts)
        case AmendContact():
            return amend_contact(state, facts)
        case AmendAddress():
            return amend_address(command, state, facts)
        case AmendDelivery():
            return amend_delivery(command, state, facts)
        case BackorderLines():
            return backorder(command, state, facts)
        case OfferSubstitute():
            return offer(command, state, facts)
        case AcceptSubstitute():
            return accept(command, state, facts)
        case DeclineSubstitute():
            return decline(command, state, facts)
        case WithdrawSubstitute():
            return withdraw(command, state, facts)
        case CancelLines():
            return cancel_lines(command, state, facts)
        case CancelOrder():
            return cancel(command, state, facts)
        case AddNote():
            return Accepted((NoteAdded(at=facts.at),))
        case TagOrder():
            return tag(command, state, facts)
        case CloseOrder():
            return close(state, facts)
        case _:
            assert_never(command)
