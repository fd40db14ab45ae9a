"""Verdicts, the holds that follow from them, a host's own checks and stages, and confirming."""

from __future__ import annotations

import pytest

from orderflow import orders
from orderflow.decisions import Accepted

from .desk import (
    AT,
    CANCELLED,
    CLOSED,
    CONFIRMED,
    FRAUD,
    HELD,
    VERIFIED,
    after,
    decide,
    events,
    over,
    placed,
    reasons,
    verdict,
)

VERIFY = orders.VerifyOrder(order="A")
CONFIRM = orders.ConfirmOrder(order="A")
GOOD = (verdict("contact"), verdict("payment"))
UNPAID = (verdict("contact"), verdict("payment", "waiting", "unpaid"))
BAD = (verdict("contact", "failed", "email:missing"), verdict("payment"))
CHECK_HOLD = orders.OrderHeld(reason="check:contact", at=AT)


def hold(reason: str) -> orders.OrderHeld:
    return orders.OrderHeld(reason=reason, at=AT)


def release(reason: str) -> orders.OrderReleased:
    return orders.OrderReleased(reason=reason, at=AT)


def checked(*verdicts: orders.Verdict) -> orders.OrderChecked:
    return orders.OrderChecked(verdicts=verdicts, at=AT)


def engrave(after: str = "verified", before: str = "confirm") -> orders.HostStage:
    return orders.HostStage(name="engrave", after=orders.OrderStage(after), before=orders.Gate(before))


class TestVerifying:
    def test_an_order_whose_checks_pass_is_verified(self) -> None:
        """The verdicts are kept, and the order goes on."""
        assert events(decide(placed(), VERIFY, verdicts=GOOD)) == (checked(*GOOD), VERIFIED)

    def test_a_check_that_waits_neither_holds_nor_verifies(self) -> None:
        """Unpaid is no fault."""
        assert events(decide(placed(), VERIFY, verdicts=UNPAID)) == (checked(*UNPAID),)

    def test_a_check_that_fails_holds_the_order(self) -> None:
        """One hold for each failed check, named after it."""
        both = (verdict("contact", "failed", "x"), verdict("stock", "failed", "missing:MUG"))
        assert events(decide(placed(), VERIFY, verdicts=both)) == (
            checked(*both),
            hold("check:contact"),
            hold("check:stock"),
        )

    def test_a_check_that_passes_again_takes_its_hold_away_and_no_other(self) -> None:
        """A person's hold stays until a person releases it."""
        order = placed(checked(*BAD), CHECK_HOLD, HELD)
        assert events(decide(order, VERIFY, verdicts=GOOD)) == (checked(*GOOD), release("check:contact"), VERIFIED)
        assert after(order, *events(decide(order, VERIFY, verdicts=GOOD))).holds == ("phone",)

    def test_a_hold_goes_when_its_check_does_not_exist_any_more(self) -> None:
        """A host may take a check out of its policy while orders wait for it."""
        order = placed(checked(*GOOD, verdict("fraud", "failed", "x")), hold("check:fraud"))
        assert release("check:fraud") in events(decide(order, VERIFY, verdicts=GOOD))

    def test_a_verified_order_that_fails_a_check_is_received_again(self) -> None:
        """Verified means that every check passes now."""
        order = placed(checked(*GOOD), VERIFIED)
        decision = decide(order, VERIFY, verdicts=BAD)
        assert events(decision) == (checked(*BAD), CHECK_HOLD, orders.VerificationWithdrawn(at=AT))
        assert after(order, *events(decision)).stage is orders.OrderStage.RECEIVED

    def test_a_verified_order_that_waits_again_is_received_again(self) -> None:
        """Money that went back is waited for once more."""
        order = placed(checked(*GOOD), VERIFIED)
        assert events(decide(order, VERIFY, verdicts=UNPAID)) == (
            checked(*UNPAID),
            orders.VerificationWithdrawn(at=AT),
        )

    def test_a_confirmed_order_keeps_its_stage_and_is_held(self) -> None:
        """What was promised stays promised; a failing check stops the parcels only."""
        order = placed(checked(*GOOD), VERIFIED, CONFIRMED)
        assert events(decide(order, VERIFY, verdicts=BAD)) == (checked(*BAD), CHECK_HOLD)

    def test_the_same_verdicts_again_are_no_news(self) -> None:
        """Verifying twice writes once."""
        order = placed(checked(*BAD), CHECK_HOLD)
        assert decide(order, VERIFY, verdicts=BAD) == Accepted(())

    @pytest.mark.parametrize("ended", [(CANCELLED,), (CANCELLED, CLOSED), (VERIFIED, CONFIRMED, CLOSED)])
    def test_an_order_that_is_over_is_not_checked(self, ended: tuple[orders.Event, ...]) -> None:
        """There is nothing left to decide."""
        assert decide(placed(*ended), VERIFY, verdicts=BAD) == Accepted(())


class TestVerdictsOfTheHost:
    def told(self, standing: str, *why: str) -> orders.RecordVerdict:
        return orders.RecordVerdict(order="A", check="fraud", standing=orders.Standing(standing), reasons=why)

    def test_a_verdict_is_kept_with_its_reasons_and_with_who_releases_it(self) -> None:
        """The host's registration says what would change it."""
        expected = orders.Verdict(
            check="fraud", standing=orders.Standing.FAILED, reasons=("velocity",), released_by="a person"
        )
        assert events(decide(placed(), self.told("failed", "velocity"), checks=(FRAUD,))) == (
            orders.VerdictRecorded(verdict=expected, at=AT),
        )

    def test_a_verdict_that_passes_needs_nobody_to_release_it(self) -> None:
        """Nothing is blocked."""
        (event,) = events(decide(placed(), self.told("passed"), checks=(FRAUD,)))
        assert isinstance(event, orders.VerdictRecorded)
        assert event.verdict.released_by == ""

    def test_the_newest_verdict_of_a_check_counts(self) -> None:
        """The earlier one is replaced."""
        order = placed(checked(*GOOD))
        for standing in ("failed", "passed"):
            order = after(order, *events(decide(order, self.told(standing), checks=(FRAUD,))))
        assert [each.standing for each in order.verdicts if each.check == "fraud"] == [orders.Standing.PASSED]

    def test_the_same_verdict_twice_is_already_so(self) -> None:
        """A host may repeat itself."""
        order = placed()
        order = after(order, *events(decide(order, self.told("failed", "x"), checks=(FRAUD,))))
        assert decide(order, self.told("failed", "x"), checks=(FRAUD,)) == Accepted(())

    def test_a_check_that_is_not_registered_has_no_verdict(self) -> None:
        """Also the built-in ones are nobody's to overrule."""
        command = orders.RecordVerdict(order="A", check="payment", standing=orders.Standing.PASSED)
        assert reasons(decide(placed(), command, checks=(FRAUD,))) == (
            orders.UnknownCheck(check="payment", registered=("fraud",)),
        )


class TestStagesOfTheHost:
    DONE = orders.CompleteStage(order="A", stage="engrave")

    def test_a_stage_that_is_open_can_be_completed(self) -> None:
        """Open from its stage on."""
        assert events(decide(placed(VERIFIED), self.DONE, stages=(engrave(),))) == (
            orders.StageCompleted(stage="engrave", at=AT),
        )

    def test_completing_twice_is_already_so(self) -> None:
        """Done is done."""
        order = placed(VERIFIED, orders.StageCompleted(stage="engrave", at=AT))
        assert decide(order, self.DONE, stages=(engrave(),)) == Accepted(())

    @pytest.mark.parametrize("history", [(), (CANCELLED,), (VERIFIED, CONFIRMED, CLOSED)])
    def test_a_stage_that_is_not_reached_or_past_is_not_open(self, history: tuple[orders.Event, ...]) -> None:
        """Neither before its time nor after the end."""
        assert reasons(decide(placed(*history), self.DONE, stages=(engrave(),))) == (
            orders.StageNotOpen(stage="engrave", open=()),
        )

    def test_a_stage_that_nobody_registered_is_not_open(self) -> None:
        """The answer names those that are."""
        command = orders.CompleteStage(order="A", stage="wrap")
        assert reasons(decide(placed(VERIFIED), command, stages=(engrave(),))) == (
            orders.StageNotOpen(stage="wrap", open=("engrave",)),
        )

    def test_stages_are_told_by_the_gate_that_waits_for_them(self) -> None:
        """What blocks shipping does not block confirming."""
        stages = (engrave(), orders.HostStage(name="wrap", after=orders.OrderStage.VERIFIED, before=orders.Gate.SHIP))
        order = placed(VERIFIED)
        assert orders.open_stages(order, stages) == ("engrave", "wrap")
        assert orders.open_stages(order, stages, orders.Gate.SHIP) == ("wrap",)
        assert orders.open_stages(order, stages, orders.Gate.CLOSE) == ()


class TestHolding:
    def test_an_open_order_can_be_held_for_any_reason_once(self) -> None:
        """Two reasons are two holds; the same reason is one."""
        order = placed(HELD)
        assert events(decide(order, orders.HoldOrder(order="A", reason="fraud?"))) == (hold("fraud?"),)
        assert decide(order, orders.HoldOrder(order="A", reason="phone")) == Accepted(())

    @pytest.mark.parametrize("ended", [(CANCELLED,), (CANCELLED, CLOSED)])
    def test_an_order_that_is_over_cannot_be_held(self, ended: tuple[orders.Event, ...]) -> None:
        """There is nothing left to stop."""
        order = placed(*ended)
        assert reasons(decide(order, orders.HoldOrder(order="A", reason="phone"))) == (over(order.stage),)

    def test_a_hold_is_released_by_its_reason(self) -> None:
        """The others stay."""
        order = placed(HELD, hold("fraud?"))
        (event,) = events(decide(order, orders.ReleaseOrder(order="A", reason="phone")))
        assert event == release("phone")
        assert after(order, event).holds == ("fraud?",)

    def test_what_is_not_held_cannot_be_released(self) -> None:
        """The answer names the holds there are."""
        assert reasons(decide(placed(HELD), orders.ReleaseOrder(order="A", reason="x"))) == (
            orders.NotHeld(reason="x", holds=("phone",)),
        )

    def test_the_hold_of_a_check_goes_with_its_verdict_only(self) -> None:
        """Nobody releases a wrong address by hand."""
        assert reasons(decide(placed(CHECK_HOLD), orders.ReleaseOrder(order="A", reason="check:contact"))) == (
            orders.ChecksNotPassed(checks=("contact",)),
        )


class TestConfirming:
    def test_a_verified_order_is_confirmed_once(self) -> None:
        """Twice is already so."""
        assert events(decide(placed(VERIFIED), CONFIRM)) == (CONFIRMED,)
        assert decide(placed(VERIFIED, CONFIRMED), CONFIRM) == Accepted(())

    def test_checks_that_wait_or_fail_come_first(self) -> None:
        """All of them are named."""
        verdicts = (verdict("contact", "failed", "x"), verdict("totals"), verdict("payment", "waiting"))
        assert reasons(decide(placed(), CONFIRM, verdicts=verdicts)) == (
            orders.ChecksNotPassed(checks=("contact", "payment")),
        )

    def test_checks_that_would_pass_by_now_are_asked_first(self) -> None:
        """Until they were asked the order is not verified, and no check is blamed for it."""
        assert reasons(decide(placed(), CONFIRM, verdicts=GOOD)) == (
            orders.WrongStage(stage=orders.OrderStage.RECEIVED, allowed=(orders.OrderStage.VERIFIED,)),
        )

    def test_holds_and_stages_come_first_and_all_are_told(self) -> None:
        """Releasing one of them alone does not help."""
        assert reasons(decide(placed(VERIFIED, HELD), CONFIRM, stages=(engrave(),))) == (
            orders.OnHold(holds=("phone",)),
            orders.StagesOpen(stages=("engrave",)),
        )

    def test_a_stage_before_shipping_does_not_keep_from_confirming(self) -> None:
        """Each stage has its gate."""
        assert events(decide(placed(VERIFIED), CONFIRM, stages=(engrave(before="ship"),))) == (CONFIRMED,)

    @pytest.mark.parametrize("ended", [(CANCELLED,), (CANCELLED, CLOSED)])
    def test_an_order_that_is_over_is_not_confirmed(self, ended: tuple[orders.Event, ...]) -> None:
        """Only what is verified can be."""
        order = placed(*ended)
        assert reasons(decide(order, CONFIRM)) == (
            orders.WrongStage(stage=order.stage, allowed=(orders.OrderStage.VERIFIED,)),
        )
