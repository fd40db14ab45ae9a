"""The declared lifecycle: sound, the same thing as its table, and the only way in which an order changes its stage."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statemachine.exceptions import TransitionNotAllowed

from orderflow import orders
from orderflow.lifecycle import findings
from orderflow.orders._lifecycle import stages_before

from .desk import AT, CANCELLED, CLOSED, CONFIRMED, VERIFIED, after, line, placed

LIFECYCLE = orders.order_lifecycle()
STEPS = sorted({event for _, event in LIFECYCLE.table})
EVENT_OF = {
    "verify": VERIFIED,
    "unverify": orders.VerificationWithdrawn(at=AT),
    "confirm": CONFIRMED,
    "cancel": CANCELLED,
    "close": CLOSED,
}
HISTORIES = {
    "received": (),
    "verified": (VERIFIED,),
    "confirmed": (VERIFIED, CONFIRMED),
    "cancelled": (CANCELLED,),
    "closed": (CANCELLED, CLOSED),
}


def test_every_stage_that_holds_money_or_stock_reaches_closed() -> None:
    """No dead ends, nothing out of reach, and nothing that keeps money or units for ever."""
    unsettled = [stage for stage in orders.OrderStage if stage is not orders.OrderStage.CLOSED]
    assert findings(LIFECYCLE, unsettled=unsettled, settled=["closed"]) == ()


def test_a_cancelled_order_never_comes_back() -> None:
    """Its only way is to be closed."""
    assert LIFECYCLE.reachable_from("cancelled") == {"cancelled", "closed"}
    assert LIFECYCLE.reachable_from("closed") == {"closed"}


def test_stages_and_states_have_the_same_names() -> None:
    """What the order keeps is what the lifecycle declares, in the same order."""
    assert LIFECYCLE.states == tuple(orders.OrderStage)
    assert LIFECYCLE.initial == orders.OrderStage.RECEIVED
    assert LIFECYCLE.final == {orders.OrderStage.CLOSED}


@given(st.lists(st.sampled_from(STEPS), max_size=15))
def test_table_and_machine_agree(steps: list[str]) -> None:
    """For any sequence of steps both allow the same and arrive at the same."""
    running, stage = orders.OrderLifecycle(), LIFECYCLE.initial
    for step in steps:
        following = LIFECYCLE.next(stage, step)
        if following is None:
            with pytest.raises(TransitionNotAllowed):
                running.send(step)
        else:
            running.send(step)
            stage = following
        assert running.current_state_value == stage
        assert sorted(event.id for event in running.allowed_events) == list(LIFECYCLE.events_from(stage))


@pytest.mark.parametrize(("source", "step"), sorted(LIFECYCLE.table))
def test_each_event_leads_where_the_table_says(source: str, step: str) -> None:
    """Folding and the lifecycle cannot drift apart."""
    order = placed(*HISTORIES[source])
    assert order.stage == source
    assert after(order, EVENT_OF[step]).stage == LIFECYCLE.next(source, step)


def test_no_other_event_changes_the_stage() -> None:
    """Every event class is either a step of the lifecycle, or leaves the stage alone, or begins the order."""
    begin = {orders.OrderPlaced, orders.OrderRecorded}
    steps = {type(event) for event in EVENT_OF.values()}
    assert set(EVENT_OF) == set(STEPS)
    still = (
        orders.OrderChecked(verdicts=(), at=AT),
        orders.VerdictRecorded(verdict=orders.Verdict(check="x", standing=orders.Standing.FAILED), at=AT),
        orders.StageCompleted(stage="x", at=AT),
        orders.OrderHeld(reason="x", at=AT),
        orders.OrderReleased(reason="x", at=AT),
        orders.ContactAmended(at=AT),
        orders.AddressAmended(country="DE", at=AT),
        orders.DeliveryAmended(
            destination=placed().destination, delivery_method="x", price=placed().delivery_price, at=AT
        ),
        orders.PaymentMethodChanged(payment_method="x", fee=placed().payment_fee, at=AT),
        orders.LinesCancelled(quantities=placed().remaining, credit=placed().quote.total, cause="x", at=AT),
        orders.LinesBackordered(lines=("1",), at=AT),
        orders.SubstituteOffered(
            number=1, instead_of="1", units=1, line=line("1b", 1, "5.00"), quote=placed().quote, until=AT, at=AT
        ),
        orders.SubstituteAccepted(number=1, consent=None, at=AT),
        orders.SubstituteDeclined(number=1, at=AT),
        orders.SubstituteWithdrawn(number=1, cause="x", at=AT),
        orders.NoteAdded(at=AT),
        orders.OrderTagged(tags=(), at=AT),
    )
    assert begin | steps | {type(event) for event in still} == set(get_args(orders.Event))
    for history in HISTORIES.values():
        order = placed(*history)
        assert {after(order, event).stage for event in still} == {order.stage}


def test_the_stages_before_a_step_are_those_of_the_table() -> None:
    """What rejections offer as allowed is the table, too."""
    assert stages_before("confirm") == ("verified",)
    assert stages_before("cancel") == ("received", "verified", "confirmed")
    assert stages_before("close") == ("confirmed", "cancelled")
    assert stages_before("fly") == ()


class TestStagesOfTheHost:
    @pytest.mark.parametrize("before", ["confirm", "ship", "close"])
    @pytest.mark.parametrize("reached", ["received", "verified", "confirmed"])
    def test_a_stage_is_refused_exactly_where_an_order_would_never_pass_it(self, reached: str, before: str) -> None:
        """A stage that opens with confirming cannot come before it; every other one opens in time."""
        stage = orders.HostStage(name="x", after=orders.OrderStage(reached), before=orders.Gate(before))
        stuck = reached == "confirmed" and before == "confirm"
        assert bool(orders.host_findings((), (stage,))) is stuck

    @pytest.mark.parametrize("reached", ["cancelled", "closed"])
    def test_a_stage_cannot_open_at_the_end(self, reached: str) -> None:
        """Nothing would wait for it."""
        stage = orders.HostStage(name="x", after=orders.OrderStage(reached), before=orders.Gate.CLOSE)
        assert orders.host_findings((), (stage,)) == (
            f"stage 'x' opens after {reached}, where nothing follows any more",
        )

    def test_names_are_used_once_and_built_in_checks_are_not_replaced(self) -> None:
        """Every finding is a sentence of its own."""
        checks = (orders.HostCheck(name="payment"), orders.HostCheck(name="x"))
        stages = (orders.HostStage(name="x", after=orders.OrderStage.VERIFIED, before=orders.Gate.SHIP),)
        assert orders.host_findings(checks, stages) == (
            "'x' is registered twice",
            "check 'payment' is a built-in check",
        )
