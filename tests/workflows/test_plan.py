"""One command's whole plan: what is decided, what follows, what is asked of the world, and what is parked."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

import attrs
import pytest

from orderflow import Quantities, orders, payments, people, returns, shipping, stock
from orderflow.actors import CUSTOMER, STAFF, SYSTEM
from orderflow.counters import Move, MoveKind, Shortage
from orderflow.decisions import Rejected
from orderflow.errors import UnknownEventError
from orderflow.law import withdrawal_deadline
from orderflow.shipping import TrackingStatus
from orderflow.workflows import (
    OUTSIDE,
    TIMERS,
    Command,
    Event,
    OrderFile,
    Plan,
    Request,
    RequestKind,
    concept_of,
    evolve,
    fold,
    plan,
    split,
    wire_names,
)

from .counter import CONTACT, LINES, START, order_of, pln
from .planning import Desk, names, policy, without

TEAPOT = Quantities({"2": 1})


def requests(found: Plan) -> list[tuple[RequestKind, int]]:
    return [(request.kind, request.number) for each in found.planned for request in each.requests]


def retry(method: str) -> payments.RetryPayment:
    return payments.RetryPayment(order="A", method=method, gateway="any", kind=payments.TenderKind.PREPAID)


def two_parcels() -> Desk:
    """The mugs have arrived, the teapot is on its way."""
    desk = Desk()
    desk.place()
    desk.pay()
    desk.ship(Quantities({"1": 2}))
    desk.ship(TEAPOT)
    desk.track(TrackingStatus.DELIVERED)
    desk.later(days=1)
    return desk


def closes_after_the_mugs(desk: Desk) -> None:
    """The time to withdraw counts from the one delivery that there was."""
    for refund in desk.file.payments.refunds:
        settled = payments.RefundStage.SETTLED
        desk.do(payments.ObserveRefund(order="A", refund=refund.number, outcome=settled, occurred_at=desk.at))
    due_at = {request.due_at for request in desk.requests if request.kind is RequestKind.CLOSE_ORDER}
    assert due_at == {withdrawal_deadline(START, "PL").ends_before}
    (desk.at,) = due_at
    assert names(desk.due(RequestKind.CLOSE_ORDER)) == ["OrderClosed"]


class TestPlanning:
    def test_placing_holds_units_asks_for_money_and_checks(self) -> None:
        """The whole first commit, in order, with what is asked beside the event that caused it."""
        desk = Desk()
        found = desk.place()
        assert names(found) == ["OrderPlaced", "StockHeld", "PaymentRequested", "OrderChecked"]
        assert [[request.kind for request in each.requests] for each in found.planned] == [
            [RequestKind.EXPIRE_UNPAID, RequestKind.LAPSE_HOLD],
            [],
            [RequestKind.START_PAYMENT],
            [RequestKind.SEND_RECEIVED],
        ]
        assert {(move.kind, move.quantity) for move in found.moves} == {(MoveKind.HOLD, 2), (MoveKind.HOLD, 1)}
        assert found.person == people.Person(
            contact=CONTACT, delivery=order_of().target.address, billing=None, tax_number=None
        )

    def test_only_the_first_events_are_the_callers(self) -> None:
        """What follows by itself was done by the system."""
        actors = [each.actor for each in Desk().place().planned]
        assert actors == [CUSTOMER, SYSTEM, SYSTEM, SYSTEM]

    def test_the_file_of_a_plan_is_the_fold_of_its_events(self) -> None:
        """Nothing is changed but by events."""
        desk = Desk()
        desk.place()
        desk.pay()
        desk.ship()
        desk.track(TrackingStatus.DELIVERED)
        assert fold(desk.events) == desk.file

    def test_planning_changes_nothing(self) -> None:
        """The same question has the same answer."""
        desk = Desk()
        desk.place()
        command = orders.CancelOrder(order="A")
        before = desk.file
        assert plan(command, desk.file, desk.context()) == plan(command, desk.file, desk.context())
        assert desk.file == before

    def test_paying_goes_all_the_way_to_confirmed(self) -> None:
        """Each event causes the next."""
        desk = Desk()
        desk.place()
        found = desk.pay()
        assert names(found) == [
            "PaymentObserved",
            "OrderChecked",
            "OrderVerified",
            "StockCommitted",
            "OrderConfirmed",
        ]
        assert requests(found) == [(RequestKind.SEND_CONFIRMED, 0)]

    def test_a_command_that_is_already_so_plans_nothing(self) -> None:
        """No event, no request, no move, no record."""
        desk = Desk()
        desk.place()
        desk.pay()
        found = desk.do(orders.ConfirmOrder(order="A"))
        assert found == Plan(file=desk.file)

    @pytest.mark.parametrize(
        "command",
        [
            payments.VoidPayment(order="A", attempt=1),
            stock.CommitStock(order="A"),
            shipping.PickLines(order="A"),
            returns.DeclareWithdrawal(order="A", quantities=TEAPOT),
            people.ErasePerson(order="A"),
            orders.ConfirmOrder(order="A"),
        ],
        ids=lambda command: type(command).__name__,
    )
    def test_without_an_order_every_command_is_refused_alike(self, command: Command) -> None:
        """There is nothing to pay, hold, pack, return or erase."""
        assert Desk().ask(command) == Rejected((orders.NotPlaced(),))

    def test_a_rejected_reaction_to_a_hosts_command_rejects_the_whole(self) -> None:
        """Two customers, one teapot: the second order does not come to be, for the reason that stock gives."""
        desk = Desk()
        first = desk.context()
        wanted = [move for move in _plan_of(desk).moves if move.key.endswith("TEAPOT")]
        short = tuple(_shortage(move) for move in wanted)
        found = plan(order_of(), OrderFile(), attrs.evolve(first, shortages=short))
        assert found == Rejected((stock.OutOfStock(sku="TEAPOT", wanted=1, available=0),))

    def test_an_amendment_is_judged_by_the_record_as_it_will_be(self) -> None:
        """The corrected e-mail releases the hold of the wrong one in the same commit."""
        desk = Desk()
        desk.place(contact=attrs.evolve(CONTACT, email="ala@"))
        assert desk.file.order.holds == ("check:contact",)
        found = desk.do(orders.AmendContact(order="A", contact=CONTACT))
        assert names(found) == ["ContactAmended", "OrderChecked", "OrderReleased"]
        assert found.person is not None
        assert found.person.contact == CONTACT

    def test_erasing_removes_the_record_and_later_notes_bring_none_back(self) -> None:
        """What is erased stays erased."""
        desk = Desk()
        desk.place()
        desk.do(orders.CancelOrder(order="A"))
        assert desk.file.order.stage is orders.OrderStage.CLOSED
        assert desk.do(people.ErasePerson(order="A")).erase
        noted = desk.do(orders.AddNote(order="A", text="Ala called"))
        assert (noted.person, noted.erase) == (None, False)


class TestWithdrawing:
    """A withdrawal from units that have not left is a cancellation; the rest is a return."""

    def declare(self, **units: int) -> returns.DeclareWithdrawal:
        return returns.DeclareWithdrawal(
            order="A", quantities=Quantities({name[1:]: count for name, count in units.items()}), actor=STAFF
        )

    def paid(self) -> Desk:
        desk = Desk()
        desk.place()
        desk.pay()
        return desk

    def test_before_anything_left_everything_is_cancelled(self) -> None:
        """The declared units are cancelled by whoever declared, and their money goes back."""
        found = self.paid().do(self.declare(l2=1))
        assert names(found) == ["LinesCancelled", "StockReleased", "RefundRequested"]
        assert found.planned[0].event.cause == "withdrawal"
        assert found.planned[0].actor == STAFF

    def test_units_inside_and_outside_the_house_are_treated_apart(self) -> None:
        """Both in one commit."""
        desk = self.paid()
        desk.ship(Quantities({"1": 2}))
        desk.track(TrackingStatus.DELIVERED)
        found = desk.do(self.declare(l1=1, l2=1))
        assert [each for each in names(found) if each in ("LinesCancelled", "WithdrawalDeclared")] == [
            "LinesCancelled",
            "WithdrawalDeclared",
        ]
        assert desk.file.order.cancelled == TEAPOT
        assert desk.file.returns.returns[0].quantities == Quantities({"1": 1})

    def test_a_rejected_half_rejects_the_whole(self) -> None:
        """More units than there are: neither the return nor the cancellation happens."""
        desk = self.paid()
        desk.ship(Quantities({"1": 2}))
        desk.track(TrackingStatus.DELIVERED)
        before = desk.file
        assert isinstance(desk.ask(self.declare(l1=1, l2=2)), Rejected)
        assert desk.file == before

    def test_a_business_has_no_right_to_withdraw_from_what_has_not_left(self) -> None:
        """The law's answer is the rejection, and not a cancellation in disguise."""
        desk = Desk()
        desk.place(buyer=orders.BuyerKind.BUSINESS)
        desk.pay()
        assert "NotAConsumer" in names(desk.ask(self.declare(l2=1)))


class TestWhatHappenedOutside:
    def handed_over_without_stock(self) -> Desk:
        """A parcel is packed, and its units are lost to the order before it leaves."""
        desk = Desk()
        desk.place()
        desk.pay()
        desk.pack()
        desk.file = without(desk.file, committed=Quantities(), held=Quantities())
        return desk

    def test_a_rejected_reaction_keeps_what_happened_holds_the_order_and_alerts(self) -> None:
        """The courier has the parcel whatever our books say: the event stays, a person must look."""
        desk = self.handed_over_without_stock()
        found = desk.track(TrackingStatus.HANDED_OVER)
        assert names(found) == ["ParcelHandedOver", "OrderHeld"]
        assert desk.file.order.holds == ("parked:ConsumeStock",)
        (alert,) = (request for request in desk.requests if request.kind is RequestKind.ALERT)
        assert alert.note == "ConsumeStock was rejected: NotCommitted"
        assert alert in found.planned[0].requests

    def test_the_same_reaction_to_a_hosts_command_is_refused(self) -> None:
        """Handing over is ours to do, or to leave."""
        desk = self.handed_over_without_stock()
        assert set(names(desk.ask(shipping.HandOver(order="A", parcel=1)))) == {"NotCommitted"}

    def test_what_follows_beside_the_parked_reaction_still_happens(self) -> None:
        """The customer is told of the parcel all the same."""
        desk = self.handed_over_without_stock()
        desk.track(TrackingStatus.HANDED_OVER)
        assert RequestKind.SEND_SHIPPED in desk.kinds()

    def test_an_order_that_is_over_is_alerted_and_not_held(self) -> None:
        """Nothing is left to stop, and still a person must look."""
        desk = self.handed_over_without_stock()
        over = attrs.evolve(desk.file.order, stage=orders.OrderStage.CLOSED)
        desk.file = attrs.evolve(desk.file, orders=over)
        assert names(desk.track(TrackingStatus.HANDED_OVER)) == ["ParcelHandedOver"]
        assert RequestKind.ALERT in desk.kinds()

    def test_a_person_releases_what_was_parked(self) -> None:
        """It is a hold like any other."""
        desk = self.handed_over_without_stock()
        desk.track(TrackingStatus.HANDED_OVER)
        desk.do(orders.ReleaseOrder(order="A", reason="parked:ConsumeStock"))
        assert desk.file.order.holds == ()

    def test_a_fact_that_makes_no_sense_is_still_refused(self) -> None:
        """Only what follows is parked; the fact itself must be about this order."""
        desk = Desk()
        desk.place()
        told = payments.PaymentFacts(outcome=payments.Outcome.FAILED, occurred_at=START)
        found = desk.ask(payments.ObservePayment(order="A", attempt=7, facts=told))
        assert found == Rejected((payments.UnknownAttempt(attempt=7),))

    def test_outside_are_the_commands_that_tell_of_what_happened(self) -> None:
        """A list that is read before it is changed: what is in it is never refused for what follows."""
        assert {kind.__name__ for kind in OUTSIDE} == {
            "RecordOrder",
            "RecordRefunds",
            "ObservePayment",
            "ObserveRefund",
            "RecordCollection",
            "RecordRemittance",
            "RecordBooking",
            "RecordBookingFailure",
            "RecordTracking",
            "RecordReservation",
        }
        assert set(get_args(Command)) >= OUTSIDE


class TestAttempted:
    def test_a_reaction_that_is_only_attempted_may_fail_in_silence(self) -> None:
        """A cancelled order tries to close; with money still on its way back it simply does not, yet."""
        desk = Desk()
        desk.place()
        desk.pay()
        found = desk.do(orders.CancelOrder(order="A"))
        assert names(found) == ["LinesCancelled", "OrderCancelled", "StockReleased", "RefundRequested"]
        assert not desk.file.order.holds
        assert RequestKind.ALERT not in desk.kinds()

    def test_it_is_carried_out_where_it_holds(self) -> None:
        """Without money nothing is open."""
        desk = Desk()
        desk.place()
        found = desk.do(orders.CancelOrder(order="A"))
        assert names(found) == ["LinesCancelled", "OrderCancelled", "StockReleased", "OrderClosed"]

    def test_money_after_the_hold_lapsed_asks_for_the_units_again(self) -> None:
        """They are there: the order goes on as if nothing had been."""
        desk = Desk()
        desk.place()
        desk.later(days=8)
        assert "StockHeld" in names(desk.pay())
        assert desk.file.order.stage is orders.OrderStage.CONFIRMED

    def test_money_after_the_units_are_gone_holds_the_order_by_its_check(self) -> None:
        """The attempt fails, and the verdict on stock says so."""
        desk = Desk()
        desk.place()
        short = tuple(_shortage(move) for move in desk.moves)
        desk.later(days=8)
        told = payments.PaymentFacts(outcome=payments.Outcome.CAPTURED, captured=pln("114.97"), occurred_at=desk.at)
        desk.due(RequestKind.LAPSE_HOLD)
        found = desk.ask(payments.ObservePayment(order="A", attempt=1, facts=told), short)
        assert isinstance(found, Plan)
        assert desk.file.order.holds == ("check:stock",)
        assert RequestKind.ALERT not in desk.kinds()


class TestTimers:
    def test_an_unpaid_order_expires(self) -> None:
        """Cancelled, its units free, and closed."""
        desk = Desk()
        desk.place()
        desk.later(days=7, seconds=1)
        assert names(desk.due(RequestKind.EXPIRE_UNPAID)) == [
            "LinesCancelled",
            "OrderCancelled",
            "StockReleased",
            "OrderClosed",
        ]

    @pytest.mark.parametrize("kind", [RequestKind.EXPIRE_UNPAID, RequestKind.CLOSE_ORDER, RequestKind.LAPSE_HOLD])
    def test_a_timer_that_is_not_needed_any_more_does_nothing(self, kind: RequestKind) -> None:
        """Paid in time: neither expired, nor lapsed, nor closed before it was delivered."""
        desk = Desk()
        desk.place()
        desk.pay()
        desk.later(days=30)
        assert desk.due(kind) == Plan(file=desk.file)

    def test_another_attempt_starts_the_payment_window_again(self) -> None:
        """From a card to a transfer: seven days from the change, for the order and for its units alike."""
        desk = Desk()
        desk.place(payment_method="card")
        desk.later(minutes=50)
        deadline = desk.at + timedelta(days=7)
        found = desk.do(retry("transfer"))
        timers = [request for each in found.planned for request in each.requests if request.kind in TIMERS]
        assert timers == [
            Request(kind=kind, number=2, due_at=deadline)
            for kind in (RequestKind.EXPIRE_UNPAID, RequestKind.LAPSE_HOLD)
        ]
        assert desk.file.stock.until == deadline
        desk.later(minutes=15)
        assert desk.due(RequestKind.EXPIRE_UNPAID).events == ()
        assert desk.due(RequestKind.LAPSE_HOLD).events == ()
        desk.at = deadline
        assert "OrderCancelled" in names(desk.due(RequestKind.EXPIRE_UNPAID, 2))

    def test_another_attempt_never_shortens_the_payment_window(self) -> None:
        """Who was given seven days for a transfer keeps them when a card is tried and fails."""
        desk = Desk()
        desk.place()
        found = desk.do(retry("card"))
        due = {request.due_at for each in found.planned for request in each.requests if request.kind in TIMERS}
        assert due == {START + timedelta(days=7)}
        assert desk.file.stock.until == START + timedelta(days=7)

    def test_another_attempt_takes_units_again_that_were_let_go_where_they_are_still_there(self) -> None:
        """The hold had lapsed and nobody had ended the order; what is not there any more is not promised."""
        there, gone = Desk(), Desk()
        for desk in (there, gone):
            desk.place(payment_method="card")
            desk.later(hours=2)
            desk.due(RequestKind.LAPSE_HOLD)
        short = (Shortage(key="stk_MUG", kind=MoveKind.HOLD, wanted=2, available=1),)
        there.ask(retry("transfer"))
        gone.ask(retry("transfer"), short)
        assert there.file.stock.held == Quantities({"MUG": 2, "TEAPOT": 1})
        assert not gone.file.stock.held
        assert len(gone.file.payments.attempts) == 2

    def test_what_is_to_be_paid_at_the_door_now_is_held_without_end(self) -> None:
        """A host's check may take its time: no timer of the first method takes the units."""
        desk = Desk(policy(checks=(orders.HostCheck(name="fraud"),)))
        desk.place(payment_method="card")
        desk.do(retry("cash_on_delivery"))
        assert desk.file.stock.until is None
        desk.later(days=1)
        assert desk.due(RequestKind.LAPSE_HOLD).events == ()

    def test_money_that_is_only_set_aside_keeps_an_order_from_expiring(self) -> None:
        """A host's check may take its time."""
        desk = Desk(policy(checks=(orders.HostCheck(name="fraud"),)))
        desk.place(payment_method="card")
        desk.authorise()
        desk.later(days=1)
        assert desk.due(RequestKind.EXPIRE_UNPAID).events == ()

    def test_money_that_came_in_part_keeps_an_order_from_expiring(self) -> None:
        """A person decides whether to wait for the rest."""
        desk = Desk()
        desk.place()
        desk.pay(pln("10.00"))
        desk.later(days=8)
        assert desk.due(RequestKind.EXPIRE_UNPAID).events == ()

    def test_a_hold_lapses_and_the_verdict_follows(self) -> None:
        """The order is held by its stock check, and not cancelled by it."""
        desk = Desk()
        desk.place()
        desk.later(days=8)
        assert names(desk.due(RequestKind.LAPSE_HOLD)) == ["HoldLapsed", "OrderChecked", "OrderHeld"]
        assert desk.due(RequestKind.LAPSE_HOLD).events == ()

    def test_a_delivered_order_closes_when_nobody_can_withdraw_any_more(self) -> None:
        """The request says when."""
        desk = Desk()
        desk.place()
        desk.pay()
        desk.ship()
        found = desk.track(TrackingStatus.DELIVERED)
        (close,) = (
            request for each in found.planned for request in each.requests if request.kind is RequestKind.CLOSE_ORDER
        )
        assert close.due_at is not None
        assert close.due_at > START + timedelta(days=14)
        desk.at = close.due_at
        assert names(desk.due(RequestKind.CLOSE_ORDER)) == ["OrderClosed"]

    @pytest.mark.parametrize("ends", [(TrackingStatus.LOST,), (TrackingStatus.REFUSED, TrackingStatus.RETURNED)])
    def test_what_never_arrives_does_not_keep_an_order_open(self, ends: tuple[TrackingStatus, ...]) -> None:
        """The mugs arrived, the teapot was lost or came back: the order closes as if the mugs had been all of it."""
        desk = two_parcels()
        for status in ends:
            desk.track(status, 2)
        closes_after_the_mugs(desk)

    def test_what_is_cancelled_after_the_rest_arrived_does_not_keep_an_order_open(self) -> None:
        """Nobody sends the teapot: with its cancellation all that is left has been delivered."""
        desk = Desk()
        desk.place()
        desk.pay()
        desk.ship(Quantities({"1": 2}))
        desk.track(TrackingStatus.DELIVERED)
        desk.do(orders.CancelLines(order="A", quantities=TEAPOT, cause="asked"))
        closes_after_the_mugs(desk)

    def test_what_is_lost_after_it_was_withdrawn_from_does_not_keep_an_order_open(self) -> None:
        """The return credits the teapot, so that nothing is cancelled; the order closes all the same."""
        desk = two_parcels()
        desk.do(returns.DeclareWithdrawal(order="A", quantities=TEAPOT))
        desk.track(TrackingStatus.LOST, 2)
        desk.do(returns.CloseReturn(order="A", return_=1, reason="lost"))
        closes_after_the_mugs(desk)

    @pytest.mark.parametrize("kind", [kind for kind in RequestKind if kind.startswith("send_")])
    def test_a_request_that_is_no_timer_causes_nothing(self, kind: RequestKind) -> None:
        """Only timers come due."""
        desk = Desk()
        desk.place()
        assert desk.due(kind).events == ()


class TestTheFile:
    def mixed(self) -> list[Event]:
        desk = Desk()
        desk.place()
        desk.pay()
        desk.ship()
        desk.track(TrackingStatus.DELIVERED)
        desk.do(returns.DeclareWithdrawal(order="A", quantities=TEAPOT))
        return desk.events

    def test_a_mixed_stream_folds_into_what_each_concept_folds_alone(self) -> None:
        """No concept looks at another's events."""
        events = self.mixed()
        file, parts = fold(events), split(events)
        assert file.orders == orders.fold(parts["orders"])
        assert file.payments == payments.decider.fold(parts["payments"])
        assert file.stock == stock.fold(parts["stock"])
        assert file.shipping == shipping.decider.fold(parts["shipping"])
        assert file.returns == returns.decider.fold(parts["returns"])
        assert file.people == people.decider.fold(parts["people"])

    def test_splitting_loses_nothing_and_keeps_the_order(self) -> None:
        """Every event is in exactly one part."""
        events = self.mixed()
        parts = split(events)
        assert sorted(map(repr, events)) == sorted(repr(event) for part in parts.values() for event in part)
        assert all(list(part) == [event for event in events if event in part] for part in parts.values())

    def test_folding_goes_on_from_any_file(self) -> None:
        """A file is its past."""
        events = self.mixed()
        for middle in range(len(events)):
            assert fold(events[middle:], fold(events[:middle])) == fold(events)

    def test_an_event_of_no_concept_is_an_error(self) -> None:
        """Never skipped in silence."""
        for call in (concept_of, lambda event: evolve(OrderFile(), event), lambda event: split([event])):
            with pytest.raises(UnknownEventError, match="Request"):
                call(Request(kind=RequestKind.ALERT))  # type: ignore[arg-type]

    def test_every_event_has_a_concept_and_a_name_of_its_own_in_storage(self) -> None:
        """Items' events too; no two share a name."""
        assert set(wire_names) >= set(get_args(Event))
        assert len(set(wire_names.values())) == len(wire_names)

    def test_an_empty_file_has_no_order(self) -> None:
        """Asking for it is a mistake of the caller."""
        with pytest.raises(LookupError):
            OrderFile().order  # noqa: B018


class TestReactions:
    """Ends of the story that no other test walks to."""

    def test_a_parcel_that_is_lost_is_credited(self) -> None:
        """What never arrived is not owed, and the order is over when it was all there was."""
        desk = Desk()
        desk.place()
        desk.pay()
        desk.ship()
        assert names(desk.track(TrackingStatus.LOST)) == [
            "ParcelLost",
            "LinesCancelled",
            "OrderCancelled",
            "RefundRequested",
        ]

    def test_a_short_pick_is_cancelled_written_off_and_refunded(self) -> None:
        """In one commit with the report."""
        desk = Desk()
        desk.place()
        desk.pay()
        found = desk.do(shipping.ReportShortPick(order="A", quantities=TEAPOT))
        assert names(found) == ["ShortPickReported", "LinesCancelled", "UnitsWrittenOff", "RefundRequested"]

    def test_a_failed_payment_is_told_once(self) -> None:
        """The same refusal again is no news."""
        desk = Desk()
        desk.place(payment_method="card")
        for _ in range(2):
            desk.observe(outcome=payments.Outcome.FAILED, code="insufficient_funds")
        assert desk.kinds().count(RequestKind.SEND_PAYMENT_FAILED) == 1

    def test_a_booking_that_only_a_person_can_mend_is_an_alert(self) -> None:
        """With the courier's own code."""
        desk = Desk()
        desk.place()
        desk.pay()
        desk.pack()
        desk.do(shipping.RecordBookingFailure(order="A", parcel=1, code="no_such_place"))
        notes = [request.note for request in desk.requests if request.kind is RequestKind.ALERT]
        assert notes == ["booking failed: no_such_place"]

    def test_a_download_closes_without_a_parcel(self) -> None:
        """Its time starts when it is confirmed."""
        desk = Desk()
        desk.place(target=orders.ToDownload(country="PL"), delivery_method="download")
        desk.pay()
        assert desk.file.stock.open == Quantities()
        desk.later(days=20)
        assert names(desk.due(RequestKind.CLOSE_ORDER)) == ["OrderClosed"]

    def test_the_whole_order_in_one_parcel_leaves_the_stock_once(self) -> None:
        """Said by us and by the courier."""
        desk = Desk()
        desk.place()
        desk.pay()
        desk.ship()
        assert names(desk.track(TrackingStatus.IN_TRANSIT)) == ["ParcelInTransit"]
        assert desk.file.stock.consumed.total == LINES.total


def _plan_of(desk: Desk) -> Plan:
    found = plan(order_of(), OrderFile(), desk.context())
    assert isinstance(found, Plan)
    return found


def _shortage(move: Move) -> Shortage:
    return Shortage(key=move.key, kind=move.kind, wanted=move.quantity, available=0)
