"""From received to confirmed: verdicts, the holds that follow from them, and the host's own stages."""

from __future__ import annotations

from collections.abc import Iterable

from ..decisions import Accepted, Rejected
from ._commands import CompleteStage, HoldOrder, RecordVerdict, ReleaseOrder
from ._events import (
    Event,
    OrderChecked,
    OrderConfirmed,
    OrderHeld,
    OrderReleased,
    OrderVerified,
    StageCompleted,
    VerdictRecorded,
    VerificationWithdrawn,
)
from ._facts import Facts
from ._guards import ALREADY_SO, Decision, is_open, not_before, over, unless
from ._lifecycle import order_lifecycle
from ._rejections import ChecksNotPassed, NotHeld, OnHold, Rejection, StageNotOpen, StagesOpen, UnknownCheck
from ._stages import Gate, open_stages
from ._state import Order
from ._values import OrderStage, Standing, Verdict

_CHECK_HOLD = "check:"


def verify(order: Order, facts: Facts) -> Decision:
    """The verdicts where they are news, a hold for every check that fails, and verified or not any more."""
    if not is_open(order):
        return ALREADY_SO
    return Accepted((*_checked(order, facts), *_holds_of_checks(order, facts), *_verified_or_not(order, facts)))


def _checked(order: Order, facts: Facts) -> Iterable[Event]:
    if order.verdicts != facts.verdicts:
        yield OrderChecked(verdicts=facts.verdicts, at=facts.at)


def _holds_of_checks(order: Order, facts: Facts) -> Iterable[Event]:
    failed = [f"{_CHECK_HOLD}{verdict.check}" for verdict in facts.verdicts if verdict.standing is Standing.FAILED]
    yield from (OrderHeld(reason=hold, at=facts.at) for hold in failed if hold not in order.holds)
    gone = (hold for hold in order.holds if hold.startswith(_CHECK_HOLD) and hold not in failed)
    yield from (OrderReleased(reason=hold, at=facts.at) for hold in gone)


def _verified_or_not(order: Order, facts: Facts) -> Iterable[Event]:
    passed = all(verdict.standing is Standing.PASSED for verdict in facts.verdicts)
    event = "verify" if passed else "unverify"
    if order_lifecycle().next(order.stage, event) is not None:
        yield OrderVerified(at=facts.at) if passed else VerificationWithdrawn(at=facts.at)


def record_verdict(command: RecordVerdict, order: Order, facts: Facts) -> Decision:
    """A host's verdict, where it is news."""
    check = next((check for check in facts.checks if check.name == command.check), None)
    if check is None:
        return Rejected((UnknownCheck(check=command.check, registered=tuple(each.name for each in facts.checks)),))
    released_by = "" if command.standing is Standing.PASSED else check.released_by
    verdict = Verdict(check=check.name, standing=command.standing, reasons=command.reasons, released_by=released_by)
    return Accepted(() if verdict in order.verdicts else (VerdictRecorded(verdict=verdict, at=facts.at),))


def complete_stage(command: CompleteStage, order: Order, facts: Facts) -> Decision:
    """A host's stage that is open is done."""
    if command.stage in order.completed_stages:
        return ALREADY_SO
    open_now = open_stages(order, facts.stages)
    if command.stage not in open_now:
        return Rejected((StageNotOpen(stage=command.stage, open=open_now),))
    return Accepted((StageCompleted(stage=command.stage, at=facts.at),))


def hold(command: HoldOrder, order: Order, facts: Facts) -> Decision:
    """One more reason to stop."""
    if command.reason in order.holds:
        return ALREADY_SO
    return unless(over(order), OrderHeld(reason=command.reason, at=facts.at))


def release(command: ReleaseOrder, order: Order, facts: Facts) -> Decision:
    """One reason less; the hold of a check goes with its verdict only."""
    if command.reason not in order.holds:
        return Rejected((NotHeld(reason=command.reason, holds=order.holds),))
    if command.reason.startswith(_CHECK_HOLD):
        return Rejected((ChecksNotPassed(checks=(command.reason.removeprefix(_CHECK_HOLD),)),))
    return Accepted((OrderReleased(reason=command.reason, at=facts.at),))


def confirm(order: Order, facts: Facts) -> Decision:
    """Accepted, once it is verified, not held, and no stage of the host comes first."""
    if order.stage is OrderStage.CONFIRMED:
        return ALREADY_SO
    waiting = tuple(verdict.check for verdict in facts.verdicts if verdict.standing is not Standing.PASSED)
    unchecked = order.stage is OrderStage.RECEIVED and waiting
    reasons: list[Rejection] = [ChecksNotPassed(checks=waiting)] if unchecked else [*not_before("confirm", order)]
    if order.holds:
        reasons.append(OnHold(holds=order.holds))
    if stages := open_stages(order, facts.stages, Gate.CONFIRM):
        reasons.append(StagesOpen(stages=stages))
    return unless(reasons, OrderConfirmed(at=facts.at))
