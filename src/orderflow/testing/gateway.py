"""
What every payment gateway must do, as numbered checks that need no test framework.

Write a harness around your adapter, override what your partner's sandbox or your own stub of it can do, and run all
:data:`GATEWAY_CHECKS` as :mod:`orderflow.testing.contract` shows. What a harness leaves out counts as not applicable::

    class MyHarness(GatewayHarness):
        def gateway(self):
            return MyGateway(self.sandbox)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import attrs

from ..money import Money, total_of
from ..ports.gateway import (
    CaptureMoney,
    Captures,
    Form,
    GatewayCapabilities,
    Instructions,
    Notification,
    NotificationSource,
    PaymentAnswer,
    PaymentFact,
    PaymentGateway,
    PaymentOutcome,
    RawNotification,
    Redirect,
    RefundAnswer,
    RefundFact,
    RefundMoney,
    RefundOutcome,
    StartPayment,
)
from .contract import (
    Harness,
    NotTestableError,
    Outcome,
    answered,
    applies,
    contract_check,
    demand,
    numbered,
    refuses_forgeries,
    same,
    unsure,
)
from .fakes import FakeGateway, Fault
from .world import VirtualClock

__all__ = ("GATEWAY_CHECKS", "FakeGatewayHarness", "GatewayHarness")

_OPEN = (PaymentOutcome.PENDING, PaymentOutcome.AWAITING_CUSTOMER)
_MONEY = ("authorised", "captured", "refunded")
_PROBE = "probe-4929-secret"
_WHOLE_KEY = "the whole reference, or operation, is the key: give the partner all of it"
_ONE_KEY = "every call with one request.reference is one payment: give the partner no fresh key"


class GatewayHarness(Harness):
    """One gateway and its partner. Only ``gateway`` must be overridden; amounts are a few units of ``currency``."""

    currency = "PLN"

    def gateway(self) -> PaymentGateway:
        """A new adapter for the same partner, as another process would have it."""
        raise NotImplementedError

    def customer_pays(self, reference: str) -> None:
        """The customer pays the open payment, in full."""
        raise NotTestableError("the harness cannot let the customer pay")

    def customer_fails(self, reference: str) -> None:
        """The customer's payment is declined."""
        raise NotTestableError("the harness cannot let a payment fail")

    def secrets(self) -> Mapping[str, str]:
        """Secrets with which the partner charges at once, without sending the customer away."""
        raise NotTestableError("the partner does not charge at once")

    def charges(self) -> Sequence[Money]:
        """Every charge that the partner made for this harness's order, whatever the adapter says."""
        raise NotTestableError("the harness cannot read the partner's charges")

    def refunds(self) -> Sequence[Money]:
        """Every refund that the partner made or has under way for this harness's order, whatever the adapter says."""
        raise NotTestableError("the harness cannot read the partner's refunds")

    def pass_time(self, by: timedelta) -> None:
        """Let time pass at the partner."""
        raise NotTestableError("the harness cannot let time pass at the partner")


GatewayCheck: TypeAlias = Callable[[Callable[[], GatewayHarness]], Outcome]


class FakeGatewayHarness(GatewayHarness):
    """
    A harness around the fake provider: for the fake itself, and for adapters that talk to it.

    >>> gateway_03_a_start_repeated_is_one_payment(lambda: FakeGatewayHarness(FakeGateway(VirtualClock())))
    Passed()
    """

    signature_header = "x-signature"

    def __init__(self, partner: FakeGateway, adapter: Callable[[FakeGateway], PaymentGateway] | None = None) -> None:
        self.partner = partner
        self._adapter = adapter

    def gateway(self) -> PaymentGateway:
        """Another adapter for the same fake."""
        return self.partner if self._adapter is None else self._adapter(self.partner)

    def customer_pays(self, reference: str) -> None:
        """In the fake's book."""
        self.partner.customer_pays(reference)

    def customer_fails(self, reference: str) -> None:
        """In the fake's book."""
        self.partner.customer_fails(reference)

    def secrets(self) -> Mapping[str, str]:
        """Any will do."""
        return {"blik": "777123"}

    def charges(self) -> Sequence[Money]:
        """From the fake's book."""
        return [charge.amount for charge in self.partner.books.charges()]

    def refunds(self) -> Sequence[Money]:
        """From the fake's book, where pending ones settle first."""
        self.partner.refund_settles()
        return [refund.amount for refund in self.partner.books.refunds()]

    def lose_reply(self, method: str) -> None:
        """As a planned fault."""
        self.partner.fail_next(method, Fault.LOST_REPLY)

    def cut_off(self, method: str) -> None:
        """As a planned fault."""
        self.partner.fail_next(method, Fault.REFUSED)

    def notifications(self) -> Sequence[RawNotification]:
        """As the fake signs them."""
        at = self.partner.clock.now()
        raw = self.partner.notifications()
        return [RawNotification(headers=headers, body=body, received_at=at) for headers, body in raw]

    def pass_time(self, by: timedelta) -> None:
        """On the fake's clock, which must be a virtual one."""
        applies(isinstance(self.partner.clock, VirtualClock), "the partner's clock cannot be moved")
        self.partner.clock.advance(by)  # type: ignore[attr-defined]


# What the checks do again and again


def _money(h: GatewayHarness, minor: int) -> Money:
    return Money(minor, h.currency)


def _request(h: GatewayHarness, number: int = 1, secrets: Mapping[str, str] | None = None) -> StartPayment:
    return StartPayment(
        reference=f"{h.order}-p{number}",
        order="222-5PR-MAP3",
        amount=_money(h, 5000),
        description="222-5PR-MAP3",
        method="any",
        language="pl",
        email="ola@example.com",
        return_url="https://shop.example/thanks",
        secrets=secrets or {},
    )


def _well_formed(answer: PaymentAnswer, h: GatewayHarness) -> PaymentAnswer:
    demand(isinstance(answer, PaymentAnswer), f"expected a PaymentAnswer, got {answer!r}")
    demand(isinstance(answer.outcome, PaymentOutcome), f"expected a PaymentOutcome, got {answer.outcome!r}")
    for name in _MONEY:
        total = getattr(answer, name)
        if total is None:
            continue
        demand(isinstance(total, Money), f"{name} must be Money, got {total!r}")
        same(total.currency, h.currency, f"currency of {name}")
        demand(total.minor >= 0, f"{name} must not be negative, got {total}")
    if answer.until is not None:
        demand(answer.until.utcoffset() is not None, f"until must be an aware datetime, got {answer.until!r}")
    demand(isinstance(answer.code, str) and isinstance(answer.provider_id, str), "code and provider_id must be text")
    return answer


def _started(h: GatewayHarness, gateway: PaymentGateway, number: int = 1) -> PaymentAnswer:
    return gateway.start(_request(h, number))


def _captures(gateway: PaymentGateway) -> Captures:
    applies(gateway.capabilities.captures, "no two-step payments are declared")
    if not isinstance(gateway, Captures):
        raise AssertionError("declared captures, but has no capture() and void()")
    return gateway


def _source(gateway: PaymentGateway) -> NotificationSource:
    applies(gateway.capabilities.notifications, "no notifications are declared")
    if not isinstance(gateway, NotificationSource):
        raise AssertionError("declared notifications, but has no read_notification()")
    return gateway


def _capture(h: GatewayHarness, minor: int | None = None, version: int = 4) -> CaptureMoney:
    amount = None if minor is None else _money(h, minor)
    return CaptureMoney(reference=f"{h.order}-p1", operation=f"{h.order}-{version}x1", amount=amount)


def _refund(h: GatewayHarness, minor: int, number: int = 1, attempt: int = 1) -> RefundMoney:
    return RefundMoney(
        reference=f"{h.order}-p{attempt}",
        operation=f"{h.order}-{6 + number}x{number}",
        amount=_money(h, minor),
        description="222-5PR-MAP3",
    )


def _authorised(h: GatewayHarness) -> tuple[PaymentGateway, Captures]:
    gateway = h.gateway()
    two_step = _captures(gateway)
    _started(h, gateway)
    h.customer_pays(f"{h.order}-p1")
    return gateway, two_step


def _paid(h: GatewayHarness) -> PaymentGateway:
    gateway = h.gateway()
    _started(h, gateway)
    h.customer_pays(f"{h.order}-p1")
    if gateway.capabilities.captures:
        _captures(gateway).capture(_capture(h, 5000))
    return gateway


def _going(answer: RefundAnswer | None) -> RefundAnswer:
    if not isinstance(answer, RefundAnswer):
        raise AssertionError(f"expected a RefundAnswer, got {answer!r}")
    good = (RefundOutcome.SETTLED, RefundOutcome.PENDING)
    demand(answer.outcome in good, f"expected a refund that is settled or under way, got {answer!r}")
    return answer


def _looked_up(h: GatewayHarness, gateway: PaymentGateway) -> PaymentAnswer:
    applies(gateway.capabilities.lookup, "no look-up is declared")
    reference = f"{h.order}-p1"
    answer = gateway.lookup(reference)
    if answer is None:
        raise AssertionError(
            f"start() opened a payment with the reference {reference!r}, but lookup({reference!r}) answers None: does "
            "start() give the partner request.reference as it is (no fresh or shortened key), and does lookup() ask "
            "for that same key?"
        )
    return _well_formed(answer, h)


def _sum(amounts: Sequence[Money], h: GatewayHarness) -> Money:
    return total_of(amounts, h.currency)


def _told(h: GatewayHarness, source: NotificationSource) -> list[Notification]:
    raw = h.notifications()
    demand(len(raw) > 0, "declared notifications, but the partner sent none")
    return [source.read_notification(each) for each in raw]


# The checks


@contract_check
def gateway_01_capabilities_are_true(h: GatewayHarness) -> None:
    """What is declared is there: a declared capture or notification without its method parks every order using it."""
    gateway = h.gateway()
    declared = gateway.capabilities
    demand(isinstance(declared, GatewayCapabilities), f"expected GatewayCapabilities, got {declared!r}")
    window = declared.idempotency_window
    demand(window is None or window > timedelta(0), f"an idempotency window lasts some time, got {window}")
    demand(not declared.captures or isinstance(gateway, Captures), "declared captures without capture() and void()")
    is_source = isinstance(gateway, NotificationSource)
    demand(not declared.notifications or is_source, "declared notifications without read_notification()")


@contract_check
def gateway_02_a_start_says_what_comes_next(h: GatewayHarness) -> None:
    """A new payment is open or paid, in exact money and aware moments; one that waits says what is to be done."""
    answer = _well_formed(_started(h, h.gateway()), h)
    wanted = (*_OPEN, PaymentOutcome.AUTHORISED, PaymentOutcome.CAPTURED)
    demand(answer.outcome in wanted, f"expected an open or paid payment, got {answer!r}")
    if answer.outcome is PaymentOutcome.AWAITING_CUSTOMER:
        shown = isinstance(answer.next_step, Redirect | Form | Instructions)
        demand(shown, f"the customer is awaited, but next_step is {answer.next_step!r}")
    if answer.outcome in _OPEN:
        demand(not answer.captured, f"nothing is paid yet, but captured is {answer.captured}")


@contract_check
def gateway_03_a_start_repeated_is_one_payment(h: GatewayHarness) -> None:
    """The same reference is the same payment: a retry under a fresh key opens a second one that can be paid too."""
    gateway = h.gateway()
    first, second = _started(h, gateway), _started(h, gateway)
    same(second.provider_id, first.provider_id, f"the provider's number of the repeated payment ({_ONE_KEY})")
    if gateway.capabilities.lookup:
        same(_looked_up(h, gateway).provider_id, first.provider_id, "the provider's number when looked up")


@contract_check
def gateway_04_a_charge_repeated_is_one_charge(h: GatewayHarness) -> None:
    """Where secrets charge at once, a retry charges nothing more: the customer's double charge of every retry story."""
    gateway = h.gateway()
    applies(not gateway.capabilities.captures, "nothing is charged at once with two-step payments")
    for _ in range(3):
        gateway.start(_request(h, secrets=h.secrets()))
    same(list(h.charges()), [_money(h, 5000)], f"charges at the partner ({_ONE_KEY})")


@contract_check
def gateway_05_another_process_knows_the_payment(h: GatewayHarness) -> None:
    """A retry may come from another process: a memory of references inside the adapter is not enough."""
    first = _started(h, h.gateway())
    gateway = h.gateway()
    same(_started(h, gateway).provider_id, first.provider_id, f"the provider's number elsewhere ({_ONE_KEY})")
    if gateway.capabilities.lookup:
        same(_looked_up(h, gateway).provider_id, first.provider_id, "the provider's number when looked up")


@contract_check
def gateway_06_two_attempts_are_two_payments(h: GatewayHarness) -> None:
    """References that differ in their last character stay apart: keys cut to a provider's length merge two attempts."""
    gateway = h.gateway()
    first, second = _started(h, gateway, 1), _started(h, gateway, 2)
    applies(first.provider_id != "", "payments have no number of the provider's")
    demand(first.provider_id != second.provider_id, f"both attempts are {first.provider_id!r} at the provider")


@contract_check
def gateway_07_a_lost_reply_is_unknown(h: GatewayHarness) -> None:
    """A lost reply to start() is an exception or UNKNOWN: "failed" lets the customer pay again what was taken."""
    gateway = h.gateway()
    h.lose_reply("start")
    answer = unsure(lambda: gateway.start(_request(h)))
    unknown = answer is None or answer.outcome is PaymentOutcome.UNKNOWN
    demand(unknown, f"the reply was lost, but the adapter says {answer!r}")


@contract_check
def gateway_08_a_lost_reply_opens_nothing_twice(h: GatewayHarness) -> None:
    """After a lost reply, looking up and starting again lead to the payment that was opened, which is paid once."""
    gateway = h.gateway()
    h.lose_reply("start")
    unsure(lambda: gateway.start(_request(h)))
    if gateway.capabilities.lookup:
        known = _looked_up(h, gateway).provider_id
        same(_started(h, gateway).provider_id, known, f"the provider's number ({_ONE_KEY})")
    _started(h, gateway)
    h.customer_pays(f"{h.order}-p1")
    if gateway.capabilities.captures:
        _captures(gateway).capture(_capture(h, 5000))
    same(list(h.charges()), [_money(h, 5000)], "charges at the partner")


@contract_check
def gateway_09_a_call_that_never_arrived_can_be_repeated(h: GatewayHarness) -> None:
    """A start that never left is sent again: adapters that note a key before sending believe that they have sent it."""
    gateway = h.gateway()
    h.cut_off("start")
    answer = unsure(lambda: gateway.start(_request(h)))
    demand(
        answer is None or answer.outcome is PaymentOutcome.UNKNOWN, f"nothing arrived, but the adapter says {answer!r}"
    )
    if gateway.capabilities.lookup:
        same(gateway.lookup(f"{h.order}-p1"), None, "looking up what never arrived")
    _started(h, gateway)
    if gateway.capabilities.lookup:
        _looked_up(h, gateway)
    h.customer_pays(f"{h.order}-p1")


@contract_check
def gateway_10_nothing_is_found_of_what_never_was(h: GatewayHarness) -> None:
    """Looking up an unknown payment or refund answers None, the leave to send again; an exception blocks for ever."""
    gateway = h.gateway()
    about = "an unknown payment or refund"
    same(answered(lambda: gateway.lookup(f"{h.order}-p9"), about), None, about)
    same(answered(lambda: gateway.lookup_refund(f"{h.order}-p9", f"{h.order}-9x9"), about), None, about)


@contract_check
def gateway_11_looking_changes_nothing(h: GatewayHarness) -> None:
    """A look-up opens, charges and refunds nothing: one built on the provider's "create" call charges by asking."""
    gateway = h.gateway()
    applies(gateway.capabilities.lookup, "no look-up is declared")
    gateway.lookup(f"{h.order}-p1")
    gateway.lookup_refund(f"{h.order}-p1", f"{h.order}-7x1")
    same(list(h.charges()), [], "charges after looking up an unknown payment")
    _paid(h)
    before = (list(h.charges()), list(h.refunds()))
    for _ in range(2):
        gateway.lookup(f"{h.order}-p1")
        gateway.lookup_refund(f"{h.order}-p1", f"{h.order}-7x1")
    same((list(h.charges()), list(h.refunds())), before, "charges and refunds after looking up")


@contract_check
def gateway_12_a_paid_payment_is_told_exactly(h: GatewayHarness) -> None:
    """What the customer paid is found to the last coin: amounts in major units or floats are wrong a hundredfold."""
    answer = _looked_up(h, _paid(h))
    same(answer.outcome, PaymentOutcome.CAPTURED, "the outcome")
    same(answer.captured, _money(h, 5000), "captured")


@contract_check
def gateway_13_a_declined_payment_holds_no_money(h: GatewayHarness) -> None:
    """A declined payment says so, with nothing captured: the asked amount reported as paid ships unpaid goods."""
    gateway = h.gateway()
    _started(h, gateway)
    h.customer_fails(f"{h.order}-p1")
    answer = _looked_up(h, gateway)
    lost = (PaymentOutcome.FAILED, PaymentOutcome.EXPIRED, PaymentOutcome.CANCELLED)
    demand(answer.outcome in (*lost, *_OPEN), f"expected a payment without money, got {answer!r}")
    demand(not answer.captured and not answer.authorised, f"nothing was paid, but the answer is {answer!r}")


@contract_check
def gateway_14_a_refund_repeated_is_one_refund(h: GatewayHarness) -> None:
    """The same operation gives money back once, also from another process: most providers need their own key for it."""
    gateway = _paid(h)
    for adapter in (gateway, gateway, h.gateway()):
        _going(adapter.refund(_refund(h, 1200)))
    same(list(h.refunds()), [_money(h, 1200)], "refunds at the partner")


@contract_check
def gateway_15_two_refunds_of_one_amount_are_two(h: GatewayHarness) -> None:
    """Equal refunds with different operations are both made: told apart by amount, the second one never leaves."""
    gateway = _paid(h)
    applies(gateway.capabilities.partial_refund, "no partial refunds are declared")
    for number in (1, 2):
        _going(gateway.refund(_refund(h, 1200, number)))
    same(list(h.refunds()), [_money(h, 1200)] * 2, "refunds at the partner")


@contract_check
def gateway_16_no_more_goes_back_than_was_paid(h: GatewayHarness) -> None:
    """A refund above what is left moves nothing and is REJECTED at once or later: it is an answer and no exception."""
    gateway = _paid(h)
    answer = answered(lambda: gateway.refund(_refund(h, 5001)), "a refund of too much")
    refused = (RefundOutcome.REJECTED, RefundOutcome.PENDING)
    demand(answer.outcome in refused, f"more than was paid cannot go back, but the answer is {answer!r}")
    same(list(h.refunds()), [], "refunds at the partner")
    _going(gateway.refund(_refund(h, 5000, 2)))
    same(list(h.refunds()), [_money(h, 5000)], "refunds at the partner")


@contract_check
def gateway_17_a_refund_of_nothing_known_is_rejected(h: GatewayHarness) -> None:
    """A refund of an unknown payment is REJECTED (PENDING by hand): an exception is retried until somebody looks."""
    gateway = h.gateway()
    answer = answered(lambda: gateway.refund(_refund(h, 1200, attempt=9)), "a refund of an unknown payment")
    wanted = RefundOutcome.PENDING if gateway.capabilities.manual else RefundOutcome.REJECTED
    same(answer.outcome, wanted, "the outcome")


@contract_check
def gateway_18_a_refund_with_a_lost_reply_is_made_once(h: GatewayHarness) -> None:
    """A lost reply to refund() is unknown, never REJECTED, and the retry moves nothing: or money goes back twice."""
    gateway = _paid(h)
    h.lose_reply("refund")
    answer = unsure(lambda: gateway.refund(_refund(h, 1200)))
    demand(answer is None or answer.outcome is RefundOutcome.UNKNOWN, f"the reply was lost, but it says {answer!r}")
    _going(gateway.refund(_refund(h, 1200)))
    same(list(h.refunds()), [_money(h, 1200)], "refunds at the partner")


@contract_check
def gateway_19_a_refund_is_found_by_its_operation(h: GatewayHarness) -> None:
    """Each refund is found under its own operation and no other: found by payment, a second one looks made already."""
    gateway = _paid(h)
    applies(gateway.capabilities.lookup, "no look-up is declared")
    _going(gateway.refund(_refund(h, 1200)))
    _going(gateway.lookup_refund(f"{h.order}-p1", f"{h.order}-7x1"))
    same(gateway.lookup_refund(f"{h.order}-p1", f"{h.order}-8x2"), None, "a refund that was never asked for")
    applies(gateway.capabilities.partial_refund, "no partial refunds are declared")
    _going(gateway.refund(_refund(h, 300, 2)))
    same(_sum(h.refunds(), h), _money(h, 1500), "refunds at the partner")
    same(_looked_up(h, gateway).refunded or _money(h, 1500), _money(h, 1500), "the total given back")


@contract_check
def gateway_20_a_key_lives_as_long_as_declared(h: GatewayHarness) -> None:
    """Just before the declared window ends, a repeated key moves nothing: a window taken on trust charges twice."""
    gateway = h.gateway()
    window = gateway.capabilities.idempotency_window
    applies(window is not None, "keys are declared to live for ever")
    first = _started(h, gateway)
    h.pass_time((window or timedelta()) - timedelta(seconds=1))
    same(_started(h, gateway).provider_id, first.provider_id, "the provider's number near the end of the window")
    h.customer_pays(f"{h.order}-p1")
    if gateway.capabilities.captures:
        _captures(gateway).capture(_capture(h, 5000))
    _going(gateway.refund(_refund(h, 1200)))
    h.pass_time((window or timedelta()) - timedelta(seconds=1))
    _going(gateway.refund(_refund(h, 1200)))
    same(list(h.refunds()), [_money(h, 1200)], "refunds near the end of the window")


@contract_check
def gateway_21_an_authorisation_is_no_charge(h: GatewayHarness) -> None:
    """A two-step payment is AUTHORISED until captured: reported as captured, money that may lapse counts as paid."""
    gateway, _ = _authorised(h)
    answer = _looked_up(h, gateway)
    same((answer.outcome, answer.authorised), (PaymentOutcome.AUTHORISED, _money(h, 5000)), "what was authorised")
    demand(not answer.captured, f"nothing was captured, but the answer is {answer!r}")
    same(list(h.charges()), [], "charges at the partner")


@contract_check
def gateway_22_a_capture_repeated_is_one_capture(h: GatewayHarness) -> None:
    """The same operation captures once, also after a lost reply, and two operations capture twice."""
    _, two_step = _authorised(h)
    for _ in range(2):
        same(_well_formed(two_step.capture(_capture(h, 2000)), h).captured, _money(h, 2000), "captured")
    h.lose_reply("capture")
    answer = unsure(lambda: two_step.capture(_capture(h, 2000, version=5)))
    demand(answer is None or answer.outcome is PaymentOutcome.UNKNOWN, f"the reply was lost, but it says {answer!r}")
    same(_well_formed(two_step.capture(_capture(h, 2000, version=5)), h).captured, _money(h, 4000), "captured in all")
    same(list(h.charges()), [_money(h, 2000)] * 2, "charges at the partner")


@contract_check
def gateway_23_no_more_is_captured_than_was_authorised(h: GatewayHarness) -> None:
    """A capture above the authorisation moves nothing and answers how the payment stands, instead of an exception."""
    _, two_step = _authorised(h)
    answer = _well_formed(answered(lambda: two_step.capture(_capture(h, 5001)), "a capture of too much"), h)
    demand(not answer.captured, f"nothing could be captured, but the answer is {answer!r}")
    same(list(h.charges()), [], "charges at the partner")


@contract_check
def gateway_24_a_void_gives_everything_back(h: GatewayHarness) -> None:
    """After void() the payment is over and nothing can be captured: a void that only says so keeps money blocked."""
    gateway, two_step = _authorised(h)
    for _ in range(2):
        answer = _well_formed(two_step.void(_capture(h)), h)
        same(answer.outcome, PaymentOutcome.CANCELLED, "the outcome of void()")
    _well_formed(two_step.capture(_capture(h, 5000, version=5)), h)
    same(list(h.charges()), [], "charges at the partner")
    if gateway.capabilities.lookup:
        same(_looked_up(h, gateway).outcome, PaymentOutcome.CANCELLED, "the outcome when looked up")


@contract_check
def gateway_25_a_notification_names_our_payment(h: GatewayHarness) -> None:
    """A notification leads to our own reference, exact money and an aware moment: without them it finds no order."""
    source = _source(_paid(h))
    facts = [fact for told in _told(h, source) for fact in told.facts]
    paid = [fact for fact in facts if isinstance(fact, PaymentFact)]
    demand(len(paid) > 0, "the customer paid, but no notification says anything of a payment")
    for fact in facts:
        demand(_is_aware(fact.occurred_at), f"occurred_at must be an aware datetime, got {fact.occurred_at!r}")
    for fact in paid:
        same(fact.reference, f"{h.order}-p1", "our reference")
        _well_formed(fact.answer, h)
    same(paid[-1].answer.captured, _money(h, 5000), "captured, as the last notification says")


@contract_check
def gateway_26_totals_are_cumulative(h: GatewayHarness) -> None:
    """Notifications carry totals, not steps: read as differences, a repeated or late one makes money out of nothing."""
    gateway = _paid(h)
    source = _source(gateway)
    applies(gateway.capabilities.partial_refund, "no partial refunds are declared")
    for number in (1, 2):
        _going(gateway.refund(_refund(h, 1200, number)))
    wanted = {"captured": _sum(h.charges(), h), "refunded": _sum(h.refunds(), h)}
    facts = [fact for told in _told(h, source) for fact in told.facts]
    answers = [fact.answer for fact in facts if isinstance(fact, PaymentFact)]
    for name, total in wanted.items():
        said = [amount for answer in answers if (amount := getattr(answer, name)) is not None]
        demand(not said or max(said) == total, f"{name}: expected a highest total of {total}, got {said}")
    settled = {fact.operation for fact in facts if isinstance(fact, RefundFact)}
    demand(settled <= {f"{h.order}-7x1", f"{h.order}-8x2"}, f"notifications of refunds nobody asked for: {settled}")


@contract_check
def gateway_27_reading_again_says_the_same(h: GatewayHarness) -> None:
    """Reading is pure: each notification is read when it comes and again when applied, perhaps by another process."""
    gateway = _paid(h)
    source = _source(gateway)
    raw = h.notifications()
    demand(len(raw) > 0, "declared notifications, but the partner sent none")
    before = (list(h.charges()), list(h.refunds()))
    first = [source.read_notification(each) for each in raw]
    again = answered(lambda: [source.read_notification(each) for each in reversed(raw)][::-1], "reading again")
    elsewhere = [_source(h.gateway()).read_notification(each) for each in raw]
    same(again, first, "what the same notifications say again")
    same(elsewhere, first, "what they say to another adapter")
    same((list(h.charges()), list(h.refunds())), before, "charges and refunds after reading")


@contract_check
def gateway_28_forged_notifications_are_refused(h: GatewayHarness) -> None:
    """What was not signed by the partner ends in NotificationRefused: anybody can post "paid" to a public address."""
    source = _source(_paid(h))
    raw = h.notifications()
    demand(len(raw) > 0, "declared notifications, but the partner sent none")
    for genuine in raw:
        refuses_forgeries(source.read_notification, genuine, h)
        source.read_notification(genuine)


@contract_check
def gateway_29_secrets_are_not_kept(h: GatewayHarness) -> None:
    """A code or token leaves no trace in the adapter, its answer or its exception: those end in logs and dumps."""
    gateway = h.gateway()
    try:
        shown = repr(gateway.start(_request(h, secrets={"probe": _PROBE})))
    except Exception as error:  # noqa: BLE001 - an adapter may refuse a secret that it does not know
        shown = repr(error)
    demand(_PROBE not in shown, "the secret is shown in what start() answers")
    demand(not _holds(gateway, _PROBE), "the secret is kept inside the adapter")


@contract_check
def gateway_30_a_paid_payment_started_again_is_paid(h: GatewayHarness) -> None:
    """Start says how a known payment stands: "awaiting the customer" makes somebody who paid pay again."""
    gateway = _paid(h)
    answer = _started(h, gateway)
    paid = (PaymentOutcome.CAPTURED, PaymentOutcome.AUTHORISED, PaymentOutcome.PENDING)
    demand(answer.outcome in paid, f"it is paid, but starting it again answers {answer!r}")
    h.customer_pays(f"{h.order}-p1")
    same(list(h.charges()), [_money(h, 5000)], "charges at the partner")


@contract_check
def gateway_31_a_next_step_is_given_again(h: GatewayHarness) -> None:
    """A repeated start that waits for the customer says again where to pay: the first answer may never have come."""
    gateway = h.gateway()
    applies(_started(h, gateway).outcome is PaymentOutcome.AWAITING_CUSTOMER, "payments do not wait for the customer")
    answer = _started(h, gateway)
    demand(answer.next_step is not None, "the customer is awaited, but the repeated start does not say where to pay")


@contract_check
def gateway_32_a_refund_lowers_no_total(h: GatewayHarness) -> None:
    """What was captured stays captured after a refund: refunds are a total of their own, or they are counted twice."""
    gateway = _paid(h)
    applies(gateway.capabilities.partial_refund, "no partial refunds are declared")
    _going(gateway.refund(_refund(h, 1200)))
    answer = _looked_up(h, gateway)
    demand(answer.captured in (None, _money(h, 5000)), f"50.00 were captured, but after a refund it is {answer!r}")


@contract_check
def gateway_33_yen_have_no_decimals(h: GatewayHarness) -> None:
    """Where yen are taken, 5000 minor units are 5000 yen: adapters that always divide by 100 charge a hundredth."""
    known = h.gateway().capabilities.currencies
    applies(not known or "JPY" in known, "no currency without decimals is declared")
    h.currency = "JPY"
    _paid(h)
    same(list(h.charges()), [Money(5000, "JPY")], "charges at the partner")


@contract_check
def gateway_34_payments_of_two_orders_stay_apart(h: GatewayHarness) -> None:
    """References of two orders may end alike: told apart by their ends, one customer's money pays another's order."""
    gateway = _paid(h)
    other = attrs.evolve(_request(h), reference=f"{h.other_order}-p1", order="333-5PR-MAP3", amount=_money(h, 3000))
    if gateway.capabilities.lookup:
        about = f"the other order's payment, which nobody started yet ({_WHOLE_KEY})"
        same(gateway.lookup(other.reference), None, about)
    first, second = _started(h, gateway), gateway.start(other)
    same_number = first.provider_id != "" and first.provider_id == second.provider_id
    demand(not same_number, f"payments of two orders are both {first.provider_id!r} at the provider ({_WHOLE_KEY})")
    applies(gateway.capabilities.lookup, "no look-up is declared")
    h.customer_pays(other.reference)
    found = gateway.lookup(other.reference)
    total = None if found is None else found.captured or found.authorised
    same(total, _money(h, 3000), f"what the other order paid ({_WHOLE_KEY})")


@contract_check
def gateway_35_refunds_of_two_orders_stay_apart(h: GatewayHarness) -> None:
    """Operations of two orders may end alike: told apart by their ends, the second customer never gets his money."""
    gateway = _paid(h)
    applies(gateway.capabilities.lookup, "no look-up is declared")
    gateway.start(attrs.evolve(_request(h), reference=f"{h.other_order}-p1", order="333-5PR-MAP3"))
    h.customer_pays(f"{h.other_order}-p1")
    if gateway.capabilities.captures:
        capture = _capture(h, 5000)
        operation = capture.operation.replace(h.order, h.other_order)
        _captures(gateway).capture(attrs.evolve(capture, reference=f"{h.other_order}-p1", operation=operation))
    _going(gateway.refund(_refund(h, 5000)))
    other, operation = f"{h.other_order}-p1", f"{h.other_order}-7x1"
    about = f"the other order's refund, which nobody asked for yet ({_WHOLE_KEY})"
    same(gateway.lookup_refund(other, operation), None, about)
    _going(gateway.refund(attrs.evolve(_refund(h, 5000), reference=other, operation=operation)))
    _going(gateway.lookup_refund(other, operation))


def _is_aware(at: datetime) -> bool:
    return isinstance(at, datetime) and at.utcoffset() is not None


def _holds(root: object, secret: str) -> bool:
    """Whether *secret* is found in what an object keeps, as far as can be seen from Python."""
    waiting, seen = [root], set[int]()
    while waiting and len(seen) < 20_000:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, str | bytes):
            if (secret if isinstance(thing, str) else secret.encode()) in thing:  # type: ignore[operator]
                return True
        elif isinstance(thing, Mapping):
            waiting += [*thing.keys(), *thing.values()]
        elif isinstance(thing, Sequence | set | frozenset):
            waiting += thing
        elif not isinstance(thing, type):
            waiting += getattr(thing, "__dict__", {}).values()
            waiting += [getattr(thing, name, None) for name in getattr(type(thing), "__slots__", ())]
    return False


GATEWAY_CHECKS: tuple[GatewayCheck, ...] = numbered(globals(), "gateway_")
"""What any gateway must do, by number."""
