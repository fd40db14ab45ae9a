"""
Gateways with one defect each, all of them seen in real shops: the checks must find every one.

Each talks to a fake provider that does nothing wrong; the adapter in between is what is broken.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

import attrs

from ...money import Money
from ...ports.gateway import (
    CaptureMoney,
    GatewayCapabilities,
    Notification,
    NotificationRefused,
    PaymentAnswer,
    PaymentFact,
    PaymentOutcome,
    RawNotification,
    Redirect,
    RefundAnswer,
    RefundFact,
    RefundMoney,
    RefundOutcome,
    StartPayment,
)
from ..fakes import FakeGateway, FakeTwoStepGateway
from ..world import VirtualClock

__all__ = ("BROKEN_GATEWAYS", "BrokenGateway")

_SECRET = b"a secret shared with the fake"


class BrokenGateway:
    """An adapter that passes everything on as it is; its subclasses break one thing."""

    def __init__(self, partner: FakeGateway) -> None:
        self.partner = partner

    @classmethod
    def fake(cls) -> FakeGateway:
        """The kind of provider it is made for."""
        return FakeGateway(VirtualClock(), window=timedelta(hours=24))

    @property
    def capabilities(self) -> GatewayCapabilities:
        """As the provider's."""
        return self.partner.capabilities

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Pass on."""
        return self.partner.start(request)

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """Pass on."""
        return self.partner.refund(request)

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """Pass on."""
        return self.partner.lookup(reference)

    def lookup_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        """Pass on."""
        return self.partner.lookup_refund(reference, operation)

    def read_notification(self, notification: RawNotification) -> Notification:
        """Pass on."""
        return self.partner.read_notification(notification)


class BrokenTwoStepGateway(BrokenGateway):
    """The same with two-step payments."""

    @classmethod
    def fake(cls) -> FakeGateway:
        """A provider that authorises first."""
        return FakeTwoStepGateway(VirtualClock(), window=timedelta(hours=24))

    def capture(self, request: CaptureMoney) -> PaymentAnswer:
        """Pass on."""
        return self._two_step.capture(request)

    def void(self, request: CaptureMoney) -> PaymentAnswer:
        """Pass on."""
        return self._two_step.void(request)

    @property
    def _two_step(self) -> FakeTwoStepGateway:
        if not isinstance(self.partner, FakeTwoStepGateway):
            raise TypeError("made for a two-step provider")
        return self.partner


class FreshKeyOnRetry(BrokenGateway):
    """Each call of start() has a key of its own, as when the key is made beside the HTTP call."""

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Every retry opens another payment."""
        number = self.partner.calls("start")
        return self.partner.start(attrs.evolve(request, reference=f"{request.reference}{'~' * number}"))


class RemembersInMemory(BrokenGateway):
    """The keys of repeated calls are kept in the process only."""

    def __init__(self, partner: FakeGateway) -> None:
        super().__init__(partner)
        self._known: dict[str, str] = {}

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Another process has other keys."""
        key = self._known.setdefault(request.reference, f"{request.reference}{'~' * self.partner.calls('start')}")
        return self.partner.start(attrs.evolve(request, reference=key))


class ShortReferences(BrokenGateway):
    """References are cut to what the provider's field holds."""

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Two attempts of an order become one payment."""
        return self.partner.start(attrs.evolve(request, reference=request.reference[:32]))

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """Found under the cut reference."""
        return self.partner.lookup(reference[:32])


class TimeoutMeansFailed(BrokenGateway):
    """An exception of the HTTP library is answered as a failed payment."""

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Says failed of what was opened."""
        try:
            return self.partner.start(request)
        except OSError:
            return PaymentAnswer(outcome=PaymentOutcome.FAILED, code="timeout")


class NotesBeforeSending(BrokenGateway):
    """The reference counts as known before the call was made."""

    def __init__(self, partner: FakeGateway) -> None:
        super().__init__(partner)
        self._known: set[str] = set()

    def start(self, request: StartPayment) -> PaymentAnswer:
        """A call that never arrived is never made again."""
        if request.reference in self._known:
            known = self.partner.lookup(request.reference)
            return known or PaymentAnswer(outcome=PaymentOutcome.PENDING)
        self._known.add(request.reference)
        return self.partner.start(request)


class FreshKeyAfterError(BrokenGateway):
    """After a broken connection the next try has a new key, because the old one "was used"."""

    def __init__(self, partner: FakeGateway) -> None:
        super().__init__(partner)
        self._errors = 0

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Opens a second payment after a lost reply."""
        try:
            return self.partner.start(attrs.evolve(request, reference=f"{request.reference}{'~' * self._errors}"))
        except OSError:
            self._errors += 1
            raise


class KeyErrorOnUnknown(BrokenGateway):
    """An unknown reference is a KeyError."""

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """Never answers None."""
        answer = self.partner.lookup(reference)
        if answer is None:
            raise KeyError(reference)
        return answer


class UnknownIsFailed(BrokenGateway):
    """What the provider has never heard of is answered as failed."""

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """Never answers None."""
        return self.partner.lookup(reference) or PaymentAnswer(outcome=PaymentOutcome.FAILED)


class LookupCharges(BrokenGateway):
    """Looking is done with the provider's "create", which answers what is there."""

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """Pays by asking."""
        found = self.partner.lookup(reference)
        if found is None:
            request = StartPayment(
                reference=reference,
                order="",
                amount=Money(1, "PLN"),
                description="",
                method="any",
                language="pl",
                secrets={"probe": "x"},
            )
            self.partner.start(request)
        return found


class MajorUnits(BrokenGateway):
    """The provider's minor units are read as whole złote."""

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """A hundred times too much."""
        answer = self.partner.lookup(reference)
        if answer is None or answer.captured is None:
            return answer
        return attrs.evolve(answer, captured=answer.captured * 100)


class FloatAmounts(BrokenGateway):
    """Amounts are floats, straight from JSON."""

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Not Money."""
        answer = self.partner.start(request)
        return attrs.evolve(answer, captured=0.0)  # type: ignore[arg-type]


class NaiveDeadline(BrokenGateway):
    """The provider's local time is passed on without its zone."""

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Nobody knows when it ends."""
        naive = datetime(2026, 1, 5, 10, 0)  # noqa: DTZ001 - the defect
        return attrs.evolve(self.partner.start(request), until=naive)


class NoNextStep(BrokenGateway):
    """The address of the payment page is forgotten."""

    def start(self, request: StartPayment) -> PaymentAnswer:
        """The customer is awaited, but was not told where."""
        return attrs.evolve(self.partner.start(request), next_step=None)


class AskedIsPaid(BrokenGateway):
    """The asked amount is reported as captured, whatever became of it."""

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """Ships unpaid goods."""
        answer = self.partner.lookup(reference)
        return answer and attrs.evolve(answer, captured=Money(5000, "PLN"))


class RefundWithoutKey(BrokenGateway):
    """Refunds go to the provider without the operation's key."""

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """Every retry gives money back."""
        number = self.partner.calls("refund")
        return self.partner.refund(attrs.evolve(request, operation=f"{request.operation}{'~' * number}"))


class RefundKeyIsAmount(BrokenGateway):
    """Refunds are told apart by payment and amount."""

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """The second refund of an amount never leaves."""
        return self.partner.refund(attrs.evolve(request, operation=f"{request.reference}/{request.amount}"))


class RefundRaises(BrokenGateway):
    """A refused refund is an exception."""

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """Retried until somebody looks."""
        answer = self.partner.refund(request)
        if answer.outcome is RefundOutcome.REJECTED:
            raise RuntimeError(answer.code)
        return answer


class RefundTimeoutMeansRejected(BrokenGateway):
    """An exception of the HTTP library is answered as a rejected refund."""

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """Says rejected of what went back."""
        try:
            return self.partner.refund(request)
        except OSError:
            return RefundAnswer(outcome=RefundOutcome.REJECTED, code="timeout")


class RefundIsAlwaysSettled(BrokenGateway):
    """What the provider answers to a refund is not read."""

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """Settled, even where nothing was there to give back."""
        self.partner.refund(request)
        return RefundAnswer(outcome=RefundOutcome.SETTLED)


class RefundFoundByPayment(BrokenGateway):
    """A refund is looked up by its payment."""

    def lookup_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        """Any refund of the payment will do."""
        answer = self.partner.lookup(reference)
        return RefundAnswer(outcome=RefundOutcome.SETTLED) if answer and answer.refunded else None


class WindowTakenOnTrust(BrokenGateway):
    """The declared window is longer than the provider's."""

    @property
    def capabilities(self) -> GatewayCapabilities:
        """Thirty days instead of one."""
        return attrs.evolve(self.partner.capabilities, idempotency_window=timedelta(days=30))


class DeclaresCaptures(BrokenGateway):
    """Two-step payments are declared, but were never written."""

    @property
    def capabilities(self) -> GatewayCapabilities:
        """More than there is."""
        return attrs.evolve(self.partner.capabilities, captures=True)


class AcceptsAnySignature(BrokenGateway):
    """Notifications are read without looking at their signature."""

    def read_notification(self, notification: RawNotification) -> Notification:
        """Anybody's word counts."""
        signature = hmac.new(_SECRET, notification.body, "sha256").hexdigest()
        headers = {**notification.headers, "x-signature": signature}
        return self.partner.read_notification(attrs.evolve(notification, headers=headers))


class SignatureIfPresent(BrokenGateway):
    """The signature is checked where there is one."""

    def read_notification(self, notification: RawNotification) -> Notification:
        """Left out, it is not missed."""
        if notification.headers.get("x-signature"):
            return self.partner.read_notification(notification)
        return AcceptsAnySignature(self.partner).read_notification(notification)


class SignatureCrashes(BrokenGateway):
    """Signatures are compared as text, which ``compare_digest`` refuses beyond ASCII."""

    def read_notification(self, notification: RawNotification) -> Notification:
        """A TypeError instead of a refusal."""
        signature = hmac.new(_SECRET, notification.body, "sha256").hexdigest()
        if not hmac.compare_digest(notification.headers.get("x-signature", ""), signature):
            raise NotificationRefused
        return self.partner.read_notification(notification)


class ReadsOnce(BrokenGateway):
    """A notification that was read before is refused as a replay."""

    def __init__(self, partner: FakeGateway) -> None:
        super().__init__(partner)
        self._read: set[bytes] = set()

    def read_notification(self, notification: RawNotification) -> Notification:
        """Cannot be applied after it was stored."""
        told = self.partner.read_notification(notification)
        if notification.body in self._read:
            raise NotificationRefused
        self._read.add(notification.body)
        return told


class OwnReferenceLost(BrokenGateway):
    """Notifications are passed on under the provider's number."""

    def read_notification(self, notification: RawNotification) -> Notification:
        """Finds no order."""
        told = self.partner.read_notification(notification)
        facts = [
            attrs.evolve(fact, reference=fact.answer.provider_id) if isinstance(fact, PaymentFact) else fact
            for fact in told.facts
        ]
        return attrs.evolve(told, facts=tuple(facts))


class DifferencesNotTotals(BrokenGateway):
    """Each notification says by how much the refunds grew since the last one."""

    def __init__(self, partner: FakeGateway) -> None:
        super().__init__(partner)
        self._last = Money.zero("PLN")

    def read_notification(self, notification: RawNotification) -> Notification:
        """A step, where a total is promised."""
        told = self.partner.read_notification(notification)
        return attrs.evolve(told, facts=tuple(self._step(fact) for fact in told.facts))

    def _step(self, fact: PaymentFact | RefundFact) -> PaymentFact | RefundFact:
        if not isinstance(fact, PaymentFact) or fact.answer.refunded is None:
            return fact
        step, self._last = fact.answer.refunded - self._last, fact.answer.refunded
        return attrs.evolve(fact, answer=attrs.evolve(fact.answer, refunded=step))


class KeepsSecrets(BrokenGateway):
    """The last request is kept for debugging."""

    last: StartPayment | None = None

    def start(self, request: StartPayment) -> PaymentAnswer:
        """With its secrets."""
        self.last = request
        return self.partner.start(request)


class AuthorisedIsCaptured(BrokenTwoStepGateway):
    """An authorisation is reported as money received."""

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """May lapse any day."""
        answer = self.partner.lookup(reference)
        if answer is None or answer.outcome is not PaymentOutcome.AUTHORISED:
            return answer
        return attrs.evolve(answer, outcome=PaymentOutcome.CAPTURED, captured=answer.authorised)


class CaptureWithoutKey(BrokenTwoStepGateway):
    """Captures go to the provider without the operation's key."""

    def capture(self, request: CaptureMoney) -> PaymentAnswer:
        """Every retry takes money."""
        number = self.partner.calls("capture")
        return self._two_step.capture(attrs.evolve(request, operation=f"{request.operation}{'~' * number}"))


class CaptureRaises(BrokenTwoStepGateway):
    """A capture that is not possible is an exception."""

    def capture(self, request: CaptureMoney) -> PaymentAnswer:
        """Retried until somebody looks."""
        answer = self._two_step.capture(request)
        if answer.code:
            raise RuntimeError(answer.code)
        return answer


class VoidOnlySaysSo(BrokenTwoStepGateway):
    """A void is noted, but never reaches the provider."""

    def void(self, request: CaptureMoney) -> PaymentAnswer:
        """The customer's money stays blocked."""
        return PaymentAnswer(outcome=PaymentOutcome.CANCELLED)


class AlwaysAwaitsCustomer(BrokenGateway):
    """Start answers as if every payment were new."""

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Who paid is sent to the page again."""
        return attrs.evolve(
            self.partner.start(request),
            outcome=PaymentOutcome.AWAITING_CUSTOMER,
            captured=None,
            next_step=Redirect("https://pay.example/new"),
        )


class NextStepOnlyOnce(BrokenGateway):
    """The page's address is known from the first answer only."""

    def start(self, request: StartPayment) -> PaymentAnswer:
        """If that answer was lost, nobody can pay."""
        known = self.partner.lookup(request.reference) is not None
        answer = self.partner.start(request)
        return attrs.evolve(answer, next_step=None) if known else answer


class RefundsLowerCaptured(BrokenGateway):
    """Captured is what is left after refunds."""

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """A refund is counted twice."""
        answer = self.partner.lookup(reference)
        if answer is None or not answer.captured or not answer.refunded:
            return answer
        return attrs.evolve(answer, captured=answer.captured - answer.refunded)


class DividesByHundred(BrokenGateway):
    """All currencies are taken to have two decimals."""

    def start(self, request: StartPayment) -> PaymentAnswer:
        """A hundredth of the yen is charged."""
        if request.amount.currency != "JPY":
            return self.partner.start(request)
        return self.partner.start(attrs.evolve(request, amount=Money(request.amount.minor // 100, "JPY")))


class KnowsPaymentsByTheirEnd(BrokenGateway):
    """The last characters of a reference are the payment's key."""

    def start(self, request: StartPayment) -> PaymentAnswer:
        """Every order's first attempt is the same payment."""
        return self.partner.start(attrs.evolve(request, reference=self._first(request.reference)))

    def lookup(self, reference: str) -> PaymentAnswer | None:
        """Paid, since another order is."""
        return self.partner.lookup(self._first(reference))

    def _first(self, reference: str) -> str:
        book: dict[str, str] = vars(self.partner).setdefault("by_end", {})
        return book.setdefault(reference[-2:], reference)


class KnowsRefundsByTheirEnd(BrokenGateway):
    """The last characters of an operation are the refund's key."""

    def refund(self, request: RefundMoney) -> RefundAnswer:
        """Made already, for another order."""
        reference, operation = self._first(request.reference, request.operation)
        return self.partner.refund(attrs.evolve(request, reference=reference, operation=operation))

    def lookup_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        """Finds another order's."""
        return self.partner.lookup_refund(*self._first(reference, operation))

    def _first(self, reference: str, operation: str) -> tuple[str, str]:
        book: dict[str, tuple[str, str]] = vars(self.partner).setdefault("by_end", {})
        return book.setdefault(operation[-3:], (reference, operation))


BROKEN_GATEWAYS: Mapping[type[BrokenGateway], str] = {
    FreshKeyOnRetry: "gateway_04_a_charge_repeated_is_one_charge",
    RemembersInMemory: "gateway_05_another_process_knows_the_payment",
    ShortReferences: "gateway_06_two_attempts_are_two_payments",
    TimeoutMeansFailed: "gateway_07_a_lost_reply_is_unknown",
    NotesBeforeSending: "gateway_09_a_call_that_never_arrived_can_be_repeated",
    FreshKeyAfterError: "gateway_08_a_lost_reply_opens_nothing_twice",
    KeyErrorOnUnknown: "gateway_10_nothing_is_found_of_what_never_was",
    UnknownIsFailed: "gateway_10_nothing_is_found_of_what_never_was",
    LookupCharges: "gateway_11_looking_changes_nothing",
    MajorUnits: "gateway_12_a_paid_payment_is_told_exactly",
    FloatAmounts: "gateway_02_a_start_says_what_comes_next",
    NaiveDeadline: "gateway_02_a_start_says_what_comes_next",
    NoNextStep: "gateway_02_a_start_says_what_comes_next",
    AskedIsPaid: "gateway_13_a_declined_payment_holds_no_money",
    RefundWithoutKey: "gateway_14_a_refund_repeated_is_one_refund",
    RefundKeyIsAmount: "gateway_15_two_refunds_of_one_amount_are_two",
    RefundRaises: "gateway_17_a_refund_of_nothing_known_is_rejected",
    RefundTimeoutMeansRejected: "gateway_18_a_refund_with_a_lost_reply_is_made_once",
    RefundIsAlwaysSettled: "gateway_16_no_more_goes_back_than_was_paid",
    RefundFoundByPayment: "gateway_19_a_refund_is_found_by_its_operation",
    WindowTakenOnTrust: "gateway_20_a_key_lives_as_long_as_declared",
    DeclaresCaptures: "gateway_01_capabilities_are_true",
    AcceptsAnySignature: "gateway_28_forged_notifications_are_refused",
    SignatureIfPresent: "gateway_28_forged_notifications_are_refused",
    SignatureCrashes: "gateway_28_forged_notifications_are_refused",
    ReadsOnce: "gateway_27_reading_again_says_the_same",
    OwnReferenceLost: "gateway_25_a_notification_names_our_payment",
    DifferencesNotTotals: "gateway_26_totals_are_cumulative",
    KeepsSecrets: "gateway_29_secrets_are_not_kept",
    AuthorisedIsCaptured: "gateway_21_an_authorisation_is_no_charge",
    CaptureWithoutKey: "gateway_22_a_capture_repeated_is_one_capture",
    CaptureRaises: "gateway_23_no_more_is_captured_than_was_authorised",
    VoidOnlySaysSo: "gateway_24_a_void_gives_everything_back",
    AlwaysAwaitsCustomer: "gateway_30_a_paid_payment_started_again_is_paid",
    NextStepOnlyOnce: "gateway_31_a_next_step_is_given_again",
    RefundsLowerCaptured: "gateway_32_a_refund_lowers_no_total",
    DividesByHundred: "gateway_33_yen_have_no_decimals",
    KnowsPaymentsByTheirEnd: "gateway_34_payments_of_two_orders_stay_apart",
    KnowsRefundsByTheirEnd: "gateway_35_refunds_of_two_orders_stay_apart",
}
"""Every one with the check that must find it."""
