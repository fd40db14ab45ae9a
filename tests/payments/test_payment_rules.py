"""What follows from each command about money, and why it may not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orderflow import payments as p
from orderflow.decisions import Accepted, Rejected
from orderflow.errors import InvalidInputError
from orderflow.money import Money

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def zl(amount: int, currency: str = "PLN") -> Money:
    return Money(amount * 100, currency)


OWED = zl(100)
CARD = p.OfferedMethod(code="card", gateway="payu", kind=p.TenderKind.PREPAID)
BLIK = p.OfferedMethod(code="blik", gateway="p24", kind=p.TenderKind.PREPAID)


def later(minutes: int) -> datetime:
    return AT + timedelta(minutes=minutes)


def decide(given: p.Payments, when: p.Command, owed: Money = OWED) -> Accepted[p.Event] | Rejected[p.Rejection]:
    return p.decide(when, given, p.Facts(at=AT, owed=owed, offered=(CARD, BLIK)))


def done(*commands: p.Command, owed: Money = OWED) -> p.Payments:
    """The state after *commands*, each of which must hold."""
    state = p.initial
    for command in commands:
        decision = decide(state, command, owed)
        assert isinstance(decision, Accepted), decision
        state = p.decider.fold(decision.events, state)
    return state


def names(decision: Accepted[p.Event] | Rejected[p.Rejection]) -> list[type]:
    assert isinstance(decision, Accepted), decision
    return [type(event) for event in decision.events]


def reasons(decision: Accepted[p.Event] | Rejected[p.Rejection]) -> tuple[p.Rejection, ...]:
    assert isinstance(decision, Rejected), decision
    return decision.reasons


def request(amount: int = 100, **changes: Any) -> p.RequestPayment:
    fields: dict[str, Any] = {"method": "blik", "gateway": "p24", "kind": p.TenderKind.PREPAID} | changes
    return p.RequestPayment(order="A", amount=zl(amount), **fields)


def retry(method: str = "card", gateway: str = "payu") -> p.RetryPayment:
    return p.RetryPayment(order="A", method=method, gateway=gateway, kind=p.TenderKind.PREPAID)


def told(attempt: int, outcome: str, minutes: int = 0, **facts: Any) -> p.ObservePayment:
    return p.ObservePayment(
        order="A",
        attempt=attempt,
        facts=p.PaymentFacts(outcome=p.Outcome(outcome), occurred_at=later(minutes), **facts),
    )


def captured(attempt: int, amount: int, minutes: int = 0) -> p.ObservePayment:
    return told(attempt, "captured", minutes, captured=zl(amount))


def authorised(attempt: int, amount: int) -> p.ObservePayment:
    return told(attempt, "authorised", authorised=zl(amount))


def refund(amount: int) -> p.RefundPayment:
    return p.RefundPayment(order="A", amount=zl(amount), cause="cancelled")


def refund_told(number: int, outcome: str, minutes: int = 0, code: str = "") -> p.ObserveRefund:
    return p.ObserveRefund(
        order="A", refund=number, outcome=p.RefundStage(outcome), occurred_at=later(minutes), code=code
    )


CASH = request(method="cash", gateway="inpost", kind=p.TenderKind.CASH_ON_DELIVERY)


def collection(amount: int, parcel: int = 1, attempt: int = 1) -> p.RecordCollection:
    return p.RecordCollection(order="A", attempt=attempt, amount=zl(amount), parcel=parcel, occurred_at=AT)


def remittance(amount: int, fee: int, reference: str = "R1", attempt: int = 1) -> p.RecordRemittance:
    return p.RecordRemittance(
        order="A", attempt=attempt, amount=zl(amount), fee=zl(fee), reference=reference, occurred_at=AT
    )


def adopted(captured: int, external: str = "woo-1", amount: int = 100) -> p.RecordPayment:
    return p.RecordPayment(
        order="A",
        external=external,
        method="card",
        gateway="stripe",
        kind=p.TenderKind.PREPAID,
        amount=zl(amount),
        captured=zl(captured),
        occurred_at=AT,
    )


class TestAsking:
    def test_asking_for_what_is_due_opens_the_first_attempt(self) -> None:
        """A first request is one event with attempt 1."""
        assert decide(p.initial, request()) == Accepted(
            (
                p.PaymentRequested(
                    attempt=1, method="blik", gateway="p24", kind=p.TenderKind.PREPAID, amount=zl(100), at=AT
                ),
            )
        )

    def test_asking_the_same_twice_is_already_so(self) -> None:
        """A repeated request opens no second attempt."""
        assert decide(done(request()), request()) == Accepted(())

    def test_an_open_attempt_stands_in_the_way_of_another(self) -> None:
        """Two payment pages are never open by request alone, and every reason is told."""
        assert reasons(decide(done(request()), request(101))) == (p.ExceedsDue(due=zl(100)), p.AttemptOpen(attempt=1))

    def test_a_settled_order_asks_for_nothing(self) -> None:
        """Nothing is due once everything was captured."""
        state = done(request(), captured(1, 100))
        assert reasons(decide(state, request())) == (p.NothingDue(),)
        assert reasons(decide(state, retry())) == (p.NothingDue(),)

    def test_another_currency_is_refused(self) -> None:
        """Every command with an amount is held against the order's currency."""
        state = done(request(), captured(1, 50))
        for command in (request(), captured(1, 90), refund(1), adopted(1), collection(1)):
            answer = reasons(p.decide(command, state, p.Facts(at=AT, owed=zl(100, "EUR"))))
            assert p.WrongCurrency(expected="EUR") in answer

    def test_a_retry_supersedes_and_asks_for_the_rest(self) -> None:
        """What was captured is not asked for again."""
        state = done(request(30), captured(1, 30), request(70), told(2, "pending"))
        decision = decide(state, retry())
        assert names(decision) == [p.PaymentSuperseded, p.PaymentRequested]
        after = p.decider.fold(decision.events, state) if isinstance(decision, Accepted) else state
        assert [attempt.stage for attempt in after.attempts] == ["captured", "superseded", "requested"]
        assert after.attempts[2].amount == zl(70)
        assert p.open_attempt(after) == after.attempts[2]

    def test_a_retry_by_what_nobody_offers_changes_nothing(self) -> None:
        """The open attempt stays as it is; every reason is told, with what is offered instead."""
        none = p.PaymentMethodNotOffered(method="bitcoin", offered=("card", "blik"))
        assert reasons(decide(done(request()), retry("bitcoin"))) == (none,)
        assert reasons(decide(done(request(), captured(1, 100)), retry("bitcoin"))) == (none, p.NothingDue())
        on_hold = done(request(), authorised(1, 100))
        assert reasons(decide(on_hold, retry("bitcoin"))) == (none, p.AlreadyAuthorised(attempt=1))

    def test_the_shop_says_who_takes_the_money_of_a_retry(self) -> None:
        """A gateway and a kind that are not the method's are not believed."""
        mistaken = p.RetryPayment(order="A", method="card", gateway="nobody", kind=p.TenderKind.CASH_ON_DELIVERY)
        decision = decide(done(request(), told(1, "pending")), mistaken)
        assert isinstance(decision, Accepted)
        asked = decision.events[-1]
        assert isinstance(asked, p.PaymentRequested)
        assert (asked.method, asked.gateway, asked.kind) == ("card", "payu", p.TenderKind.PREPAID)

    def test_a_retry_of_what_is_still_being_asked_for_is_already_so(self) -> None:
        """Of a fresh attempt nothing was heard yet, so the same retry again does nothing."""
        state = done(request(), told(1, "awaiting_customer"), retry())
        assert decide(state, retry()) == Accepted(())

    def test_a_customer_who_lost_the_page_gets_a_new_one(self) -> None:
        """Once the provider has answered, the same method may be tried again."""
        state = done(request(), told(1, "awaiting_customer"))
        assert names(decide(state, retry("blik", "p24"))) == [p.PaymentSuperseded, p.PaymentRequested]

    def test_money_on_hold_is_not_asked_for_again(self) -> None:
        """An authorised attempt must be captured or voided first."""
        assert reasons(decide(done(request(), authorised(1, 100)), retry())) == (p.AlreadyAuthorised(attempt=1),)

    def test_a_failed_attempt_leaves_room_for_another(self) -> None:
        """A closed attempt is neither open nor superseded."""
        state = done(request(), told(1, "expired"), retry())
        assert [attempt.stage for attempt in state.attempts] == ["expired", "requested"]


class TestHearing:
    @pytest.mark.parametrize("closing", ["failed", "expired", "cancelled"])
    def test_late_money_is_a_fact(self, closing: str) -> None:
        """Money captured after the attempt was closed counts as held."""
        state = done(request(), told(1, closing, code="late"), captured(1, 100))
        assert state.attempts[0].stage is p.AttemptStage.CAPTURED
        assert p.held(state, "PLN") == zl(100)

    def test_late_money_of_a_superseded_attempt_is_a_fact(self) -> None:
        """Two pages, both paid: the second payment is surplus, and goes back by the attempt that did not settle."""
        state = done(request(), told(1, "pending"), retry(), captured(2, 100, minutes=1), captured(1, 100, minutes=2))
        assert p.surplus(state, OWED) == zl(100)
        assert decide(state, refund(100)) == Accepted(
            (
                p.RefundRequested(
                    refund=1, attempt=1, gateway="p24", account="", amount=zl(100), cause="cancelled", at=AT
                ),
            )
        )

    def test_the_attempt_that_was_paid_first_settled_the_order(self) -> None:
        """It does not matter in which order the payments were heard of."""
        state = done(request(), told(1, "pending"), retry(), captured(2, 100, minutes=2))
        both = p.decider.fold(decided(state, captured(1, 100, minutes=1)), state)
        assert [attempt.number for attempt in p.by_payment(both)] == [1, 2]
        assert [event.attempt for event in decided(both, refund(100)) if isinstance(event, p.RefundRequested)] == [2]

    def test_of_two_payments_at_once_the_superseded_one_is_surplus(self) -> None:
        """Equal dates leave nothing to chance."""
        state = done(request(), told(1, "pending"), retry(), captured(2, 100))
        both = p.decider.fold(decided(state, captured(1, 100)), state)
        assert [attempt.number for attempt in p.by_payment(both)] == [2, 1]

    def test_money_after_a_void_is_a_fact(self) -> None:
        """Withdrawing a page does not stop the money."""
        state = done(request(), p.VoidPayment(order="A", attempt=1), captured(1, 100), owed=OWED)
        assert p.surplus(state, zl(0)) == zl(100)

    def test_a_customer_may_succeed_after_a_declined_try(self) -> None:
        """Failed is said of one try on the page, so an authorisation outranks it."""
        state = done(request(), told(1, "failed", code="declined"), authorised(1, 100))
        assert state.attempts[0].stage is p.AttemptStage.AUTHORISED
        assert p.authorised_total(state, "PLN") == zl(100)

    def test_an_expired_hold_is_gone(self) -> None:
        """After the provider gave the hold back nothing is authorised."""
        state = done(request(), authorised(1, 100), told(1, "expired"))
        assert p.authorised_total(state, "PLN") == zl(0)

    def test_hearing_the_same_again_is_already_so(self) -> None:
        """A poll that brings nothing but a newer date is no event."""
        state = done(request(), captured(1, 100))
        assert decide(state, captured(1, 100, minutes=60)) == Accepted(())
        assert decide(state, told(1, "pending", minutes=60)) == Accepted(())

    def test_a_refund_made_at_the_provider_is_believed(self) -> None:
        """Money reported as refunded is no longer held, and was captured."""
        state = done(request(), told(1, "pending", refunded=zl(40)), captured(1, 100))
        assert (p.money_in(state, "PLN"), p.refunded(state, "PLN"), p.held(state, "PLN")) == (zl(100), zl(40), zl(60))

    def test_a_reported_refund_of_ours_counts_once(self) -> None:
        """The provider's total already contains what we still think is under way."""
        state = done(request(), captured(1, 100), refund(40), told(1, "captured", captured=zl(100), refunded=zl(40)))
        assert (p.refunded(state, "PLN"), p.refunding(state, "PLN"), p.held(state, "PLN")) == (zl(40), zl(0), zl(60))

    def test_the_most_telling_provider_id_is_kept(self) -> None:
        """A token told at the start gives way to the transaction's id, in any order."""
        token = told(1, "awaiting_customer", provider_id="token")
        paid = told(1, "captured", captured=zl(100), provider_id="77")
        assert done(request(), token, paid).attempts[0].provider_id == "77"
        assert done(request(), paid, token).attempts[0].provider_id == "77"

    def test_an_unknown_attempt_is_refused(self) -> None:
        """Facts of an attempt that the order does not have are not guessed at."""
        assert reasons(decide(p.initial, captured(1, 5))) == (p.UnknownAttempt(attempt=1),)

    @pytest.mark.parametrize("facts", [{}, {"captured": zl(0)}, {"captured": zl(-1)}, {"captured": 5}])
    def test_captured_without_an_amount_is_malformed(self, facts: dict[str, Any]) -> None:
        """How much was captured is never assumed."""
        with pytest.raises(InvalidInputError) as caught:
            told(1, "captured", **facts)
        assert caught.value.path == "captured"

    def test_naive_moments_and_mixed_currencies_are_malformed(self) -> None:
        """Facts from outside are checked where they are made."""
        with pytest.raises(InvalidInputError, match="occurred_at"):
            p.PaymentFacts(outcome=p.Outcome.PENDING, occurred_at=AT.replace(tzinfo=None))
        with pytest.raises(InvalidInputError, match="one currency"):
            told(1, "captured", captured=zl(1), refunded=zl(1, "EUR"))
        with pytest.raises(InvalidInputError, match="outcome"):
            p.PaymentFacts(outcome="paid", occurred_at=AT)  # type: ignore[arg-type]


def decided(state: p.Payments, command: p.Command, owed: Money = OWED) -> tuple[p.Event, ...]:
    decision = decide(state, command, owed)
    assert isinstance(decision, Accepted), decision
    return decision.events


class TestCapturing:
    CAPTURE = p.CapturePayment(order="A", attempt=1)

    def test_a_capture_takes_what_is_due(self) -> None:
        """A price that came down is captured as it is now."""
        state = done(request(), authorised(1, 100))
        assert decide(state, self.CAPTURE, owed=zl(80)) == Accepted(
            (p.CaptureRequested(attempt=1, amount=zl(80), total=zl(80), at=AT),)
        )

    def test_a_second_capture_is_already_so(self) -> None:
        """Neither a capture under way nor one that came through is asked for again."""
        asked = done(request(), authorised(1, 100), self.CAPTURE)
        assert decide(asked, self.CAPTURE) == Accepted(())
        assert decide(done(request(), captured(1, 100)), self.CAPTURE) == Accepted(())

    def test_amounts_are_totals_to_arrive_at(self) -> None:
        """Capturing 30 and then 100 asks for 30 and for 70."""
        first = p.CapturePayment(order="A", attempt=1, amount=zl(30))
        state = done(request(), authorised(1, 100), first)
        assert decide(state, first) == Accepted(())
        assert decided(state, p.CapturePayment(order="A", attempt=1, amount=zl(100))) == (
            p.CaptureRequested(attempt=1, amount=zl(70), total=zl(100), at=AT),
        )

    def test_no_more_than_authorised_and_due(self) -> None:
        """Both limits are told at once."""
        too_much = p.CapturePayment(order="A", attempt=1, amount=zl(120))
        assert reasons(decide(done(request(), authorised(1, 90)), too_much)) == (
            p.ExceedsDue(due=zl(100)),
            p.ExceedsAuthorised(available=zl(90)),
        )

    def test_the_second_of_two_holds_is_not_captured(self) -> None:
        """A capture under way leaves nothing due for another attempt."""
        state = done(request(), told(1, "pending"), retry(), authorised(1, 100), authorised(2, 100), self.CAPTURE)
        assert reasons(decide(state, p.CapturePayment(order="A", attempt=2))) == (p.NothingDue(),)

    def test_only_money_on_hold_is_captured(self) -> None:
        """Not before it is authorised, and not after it was given back."""
        assert reasons(decide(done(request()), self.CAPTURE)) == (
            p.NotCapturable(attempt=1, stage=p.AttemptStage.REQUESTED),
        )
        gone = done(request(), authorised(1, 100), told(1, "cancelled"))
        assert reasons(decide(gone, self.CAPTURE)) == (p.NotCapturable(attempt=1, stage=p.AttemptStage.VOIDED),)
        assert reasons(decide(p.initial, self.CAPTURE)) == (p.UnknownAttempt(attempt=1),)


class TestVoiding:
    VOID = p.VoidPayment(order="A", attempt=1)

    def test_a_void_frees_the_way_at_once(self) -> None:
        """A hold being given back is neither open nor authorised, and is not given back twice."""
        state = done(request(), authorised(1, 100), self.VOID)
        assert p.open_attempt(state) is None
        assert p.authorised_total(state, "PLN") == zl(0)
        assert decide(state, self.VOID) == Accepted(())
        assert reasons(decide(state, p.CapturePayment(order="A", attempt=1))) == (
            p.NotCapturable(attempt=1, stage=p.AttemptStage.AUTHORISED),
        )

    def test_captured_money_is_not_voided(self) -> None:
        """It can be refunded only; what is on hold beyond it can be voided."""
        assert reasons(decide(done(request(), captured(1, 100)), self.VOID)) == (
            p.NotVoidable(attempt=1, stage=p.AttemptStage.CAPTURED),
        )
        partly = done(request(), authorised(1, 100), captured(1, 60))
        assert names(decide(partly, self.VOID)) == [p.VoidRequested]

    def test_cash_on_delivery_is_voided_by_saying_so(self) -> None:
        """No provider answers for it."""
        assert done(CASH, self.VOID).attempts[0].stage is p.AttemptStage.VOIDED

    def test_nothing_is_left_to_void(self) -> None:
        """An attempt that failed or lapsed is void already; an unknown one is refused."""
        assert decide(done(request(), told(1, "failed")), self.VOID) == Accepted(())
        assert decide(done(request(), told(1, "expired")), self.VOID) == Accepted(())
        assert reasons(decide(p.initial, self.VOID)) == (p.UnknownAttempt(attempt=1),)


class TestRefunding:
    def test_a_refund_spans_attempts_latest_first(self) -> None:
        """Deposit and rest: the rest goes back first, the deposit last."""
        state = done(request(30), captured(1, 30), request(70), captured(2, 70, minutes=5))
        events = decided(state, refund(80))
        assert [(e.refund, e.attempt, e.amount) for e in events if isinstance(e, p.RefundRequested)] == [
            (1, 2, zl(70)),
            (2, 1, zl(10)),
        ]

    def test_two_refunds_of_sixty_do_not_come_out_of_a_hundred(self) -> None:
        """Refunds under way count."""
        state = done(request(), captured(1, 100), refund(60))
        assert reasons(decide(state, refund(60))) == (p.ExceedsCaptured(available=zl(40)),)

    def test_nothing_paid_is_nothing_to_refund(self) -> None:
        """An authorisation is not money."""
        assert reasons(decide(done(request(), authorised(1, 100)), refund(1))) == (p.ExceedsCaptured(available=zl(0)),)

    @pytest.mark.parametrize("amount", [0, -5])
    def test_negative_and_empty_refunds_are_malformed(self, amount: int) -> None:
        """A refund below zero would be a charge."""
        with pytest.raises(InvalidInputError) as caught:
            refund(amount)
        assert caught.value.path == "amount"

    def test_a_refund_goes_its_way(self) -> None:
        """Requested, pending, settled; told twice, recorded once."""
        state = done(request(), captured(1, 100), refund(40), refund_told(1, "pending"))
        assert state.refunds[0].stage is p.RefundStage.PENDING
        assert decide(state, refund_told(1, "pending", 3)) == Accepted(())
        settled = done(request(), captured(1, 100), refund(40), refund_told(1, "settled"))
        assert p.refunded(settled, "PLN") == zl(40)
        for outcome in ("pending", "settled", "rejected"):
            assert decide(settled, refund_told(1, outcome, 9)) == Accepted(())

    def test_a_rejected_refund_is_money_held_again(self) -> None:
        """It is listed, and can be sent once more."""
        state = done(request(), captured(1, 100), refund(40), refund_told(1, "rejected", code="no_funds"))
        assert p.held(state, "PLN") == zl(100)
        assert [(one.number, one.code) for one in p.rejected_refunds(state)] == [(1, "no_funds")]
        again = p.RetryRefund(order="A", refund=1)
        assert decide(state, again, owed=zl(60)) == Accepted((p.RefundRetried(refund=1, at=AT),))

    def test_a_refund_is_not_sent_again_once_its_money_is_owed(self) -> None:
        """The order has come to cost more since the refund was rejected: what is left of it is asked for anew."""
        state = done(request(), captured(1, 100), refund(40), refund_told(1, "rejected"))
        again = p.RetryRefund(order="A", refund=1)
        assert reasons(decide(state, again, owed=zl(61))) == (p.ExceedsCaptured(available=zl(39)),)

    def test_an_old_rejection_does_not_undo_a_retry(self) -> None:
        """Otherwise the money would look free while the retry is under way."""
        again = p.RetryRefund(order="A", refund=1)
        rejected = done(request(), captured(1, 100), refund(40), refund_told(1, "rejected", 1))
        state = p.evolve(rejected, p.RefundRetried(refund=1, at=AT))
        assert decide(state, refund_told(1, "rejected", 1)) == Accepted(())
        assert decide(state, again) == Accepted(())
        assert names(decide(state, refund_told(1, "rejected", 2))) == [p.RefundRejected]

    def test_a_retry_needs_the_money_to_be_there(self) -> None:
        """What was given back another way meanwhile is not given back again."""
        state = done(request(), captured(1, 100), refund(40), refund_told(1, "rejected"), refund(70))
        again = p.RetryRefund(order="A", refund=1)
        assert reasons(decide(state, again)) == (p.ExceedsCaptured(available=zl(30)),)
        settled = done(request(), captured(1, 100), refund(40), refund_told(1, "settled"))
        assert reasons(decide(settled, again)) == (p.NotRetryable(refund=1, stage=p.RefundStage.SETTLED),)
        assert reasons(decide(p.initial, again)) == (p.UnknownRefund(refund=1),)
        assert reasons(decide(p.initial, refund_told(1, "settled"))) == (p.UnknownRefund(refund=1),)

    def test_a_refund_paid_out_after_its_rejection_shows_as_due(self) -> None:
        """The provider contradicted itself and the customer has the money twice: the books say so."""
        state = done(
            request(),
            captured(1, 100),
            refund(100),
            refund_told(1, "rejected"),
            refund(100),
            refund_told(2, "settled"),
            refund_told(1, "settled", 9),
        )
        assert p.held(state, "PLN") == zl(-100)
        assert p.due(state, zl(0)) == zl(100)

    def test_no_provider_says_requested(self) -> None:
        """Requested is what we say."""
        with pytest.raises(InvalidInputError, match="outcome"):
            refund_told(1, "requested")


class TestCash:
    def test_cash_is_collected_and_remitted_with_a_fee(self) -> None:
        """The fee is part of what the courier accounted for."""
        state = done(CASH, collection(100), remittance(100, fee=4))
        assert p.money_in(state, "PLN") == zl(100)
        assert (state.attempts[0].remitted, state.attempts[0].fee) == (zl(100), zl(4))
        assert p.courier_owes(state, "PLN") == zl(0)

    def test_a_shortage_stays_visible(self) -> None:
        """What the courier has not accounted for it owes."""
        state = done(CASH, collection(100), remittance(80, fee=3))
        assert p.courier_owes(state, "PLN") == zl(20)
        assert reasons(decide(state, remittance(30, 0, "R2"))) == (p.ExceedsCollected(available=zl(20)),)
        assert p.due(state, OWED) == zl(0)

    def test_the_same_reference_is_remitted_once(self) -> None:
        """A bank statement read twice changes nothing."""
        state = done(CASH, collection(100), remittance(50, fee=0))
        assert decide(state, remittance(50, fee=0)) == Accepted(())

    def test_each_parcel_is_collected_once(self) -> None:
        """Parcels add up; a parcel told again with more is corrected, with as much or less is already so."""
        state = done(CASH, collection(60, parcel=1), collection(30, parcel=2))
        assert state.attempts[0].collected == zl(90)
        assert decide(state, collection(60, parcel=1)) == Accepted(())
        assert decide(state, collection(50, parcel=1)) == Accepted(())
        assert done(CASH, collection(30, 2), collection(60, 1), collection(40, 2)).attempts[0].collected == zl(100)

    def test_cash_collected_after_an_online_payment_is_surplus(self) -> None:
        """The courier took money for an order that was paid meanwhile."""
        state = done(CASH, retry(), captured(2, 100, minutes=-5), collection(100))
        assert p.surplus(state, OWED) == zl(100)
        assert [e.attempt for e in decided(state, refund(100)) if isinstance(e, p.RefundRequested)] == [1]

    def test_only_couriers_collect(self) -> None:
        """Cash is recorded on cash attempts, provider's money on the others."""
        online = done(request())
        expected = (p.NotCashOnDelivery(attempt=1, kind=p.TenderKind.PREPAID),)
        assert reasons(decide(online, collection(100))) == expected
        assert reasons(decide(online, remittance(1, 0))) == expected
        assert reasons(decide(online, collection(1, attempt=2))) == (p.UnknownAttempt(attempt=2),)
        assert reasons(decide(done(CASH), captured(1, 100))) == (p.PaidInCash(attempt=1),)

    def test_a_fee_above_the_amount_is_malformed(self) -> None:
        """The courier cannot keep more than it collected."""
        with pytest.raises(InvalidInputError) as caught:
            remittance(10, fee=11)
        assert caught.value.path == "fee"


class TestAdopting:
    def test_an_adopted_payment_counts_once(self) -> None:
        """Told again it changes nothing; told with more it is raised."""
        state = done(adopted(60))
        assert decide(state, adopted(60)) == Accepted(())
        assert decide(state, adopted(50)) == Accepted(())
        raised = done(adopted(60), adopted(100), adopted(5, "woo-2", amount=5))
        assert [attempt.captured for attempt in raised.attempts] == [zl(100), zl(5)]
        assert raised.attempts[0].provider_id == "woo-1"

    def test_an_adopted_attempt_may_still_be_open(self) -> None:
        """An order imported before it was paid waits for its money."""
        state = done(adopted(0))
        assert p.open_attempt(state) == state.attempts[0]
        assert done(adopted(0), captured(1, 100)).attempts[0].stage is p.AttemptStage.CAPTURED

    def test_an_adopted_refund_counts_once(self) -> None:
        """Amounts are totals per external id, taken from the latest money unless an attempt is named."""
        both = (adopted(70), adopted(30, "woo-2", amount=30))
        first = p.RecordRefund(order="A", external="r-1", amount=zl(40))
        state = done(*both, first)
        assert [(one.attempt, one.amount, one.stage) for one in state.refunds] == [
            (2, zl(30), "settled"),
            (1, zl(10), "settled"),
        ]
        assert decide(state, first) == Accepted(())
        more = p.RecordRefund(order="A", external="r-1", amount=zl(45), attempt=1)
        assert p.refunded(done(*both, first, more), "PLN") == zl(45)

    def test_an_adopted_refund_has_its_limits_too(self) -> None:
        """Nothing is refunded that was not paid, or through an attempt that is not there."""
        too_much = p.RecordRefund(order="A", external="r-1", amount=zl(71))
        assert reasons(decide(done(adopted(70)), too_much)) == (p.ExceedsCaptured(available=zl(70)),)
        elsewhere = p.RecordRefund(order="A", external="r-1", amount=zl(1), attempt=2)
        assert reasons(decide(done(adopted(70)), elsewhere)) == (p.UnknownAttempt(attempt=2),)


def test_an_order_without_payments_answers_every_question() -> None:
    """Nothing paid is zero in the currency asked for."""
    for question in (p.money_in, p.refunded, p.refunding, p.held, p.authorised_total, p.capturing, p.courier_owes):
        assert question(p.initial, "EUR") == zl(0, "EUR")
    assert p.due(p.initial, OWED) == OWED
    assert p.open_attempt(p.initial) is None


def test_every_event_has_a_wire_name_of_its_own() -> None:
    """The storage format knows each event by one name."""
    assert set(p.WIRE_NAMES) == set(p.Event.__args__)
    assert len(set(p.WIRE_NAMES.values())) == len(p.WIRE_NAMES)
    assert all(name.startswith("payment.") and name.endswith(".v1") for name in p.WIRE_NAMES.values())
