"""
Performing requests: the outside is called outside any transaction, and its answer becomes events in one commit.

An answer that never came is unknown. Before anything is sent again, the partner is asked by our own reference; where it
cannot be asked, the same key is sent again within its idempotency window, and past that a person must look.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from .. import payments, shipping
from ..actors import SYSTEM
from ..money import Money
from ..orders import OrderStage
from ..ports.courier import BookingAnswer, BookingOutcome, BookParcel, Courier
from ..ports.gateway import (
    CaptureMoney,
    Captures,
    Form,
    Instructions,
    NextStep,
    PaymentAnswer,
    PaymentGateway,
    PaymentOutcome,
    Redirect,
    RefundAnswer,
    RefundMoney,
    RefundOutcome,
    StartPayment,
)
from ..ports.notifier import Notifier, SendOutcome
from ..ports.store import WorkRow
from ..workflows import MESSAGES, OrderFile, RequestKind

__all__ = ("Answer", "Partners", "dump_step", "load_step", "operation_key", "payment_reference", "perform")

log = logging.getLogger("orderflow")


def payment_reference(order: str, attempt: int) -> str:
    """Our name for an attempt at the provider."""
    return f"{order}-p{attempt}"


def booking_reference(order: str, parcel: int) -> str:
    """Our name for a parcel at the courier."""
    return f"{order}-b{parcel}"


def operation_key(row: WorkRow) -> str:
    """Our key for one capture, void or refund: one per causing event, kept over every retry."""
    order, version, _, number = row.id.split("/")
    return f"{order}-{int(version)}x{number}"


@attrs.frozen(kw_only=True)
class Partners:
    """Everybody outside."""

    gateways: Mapping[str, PaymentGateway]
    couriers: Mapping[str, Courier]
    notifier: Notifier
    fallback: str = "transfer"

    def gateway(self, name: str) -> PaymentGateway:
        """The gateway with this name; money that came in a way nobody here knows goes back by hand."""
        return self.gateways.get(name) or self.gateways[self.fallback]

    def courier(self, name: str) -> Courier:
        """The courier with this name; one that nobody here knows is booked by hand."""
        return self.couriers.get(name) or self.couriers["manual"]


@attrs.frozen(kw_only=True)
class Answer:
    """
    What came of one request.

    ``commands`` record it; ``again_in`` asks for another try; ``park`` says why a person must look. ``step`` is what
    the customer has to do, kept under ``step_key``.
    """

    commands: tuple[Any, ...] = ()
    again_in: timedelta | None = None
    park: str | None = None
    step: NextStep | None = None
    step_key: str = ""


@attrs.frozen(kw_only=True)
class Errand:
    """One request with all it needs: the row, the order's file, the person, the moment, what the customer has to do."""

    row: WorkRow
    file: OrderFile
    person: Any
    at: datetime
    step: NextStep | None = None
    secrets: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    @property
    def number(self) -> int:
        """Which attempt, refund or parcel."""
        return int(self.row.payload)

    @property
    def order(self) -> str:
        """The order's key."""
        return self.file.order.id

    @property
    def is_retry(self) -> bool:
        """Whether it may have been sent before."""
        return self.row.attempts > 1


_BACKOFF = (1, 5, 30, 120, 600, 3600)
_MOST_TRIES = 40


def perform(errand: Errand, partners: Partners) -> Answer:
    """Do what the request asks for, and say what came of it."""
    kind = RequestKind(errand.row.kind)
    if kind in MESSAGES:
        return _send(errand, partners, kind)
    answer = _PERFORMERS[kind](errand, partners)
    if answer.again_in is not None and errand.row.attempts >= _MOST_TRIES:
        return Answer(park=f"no answer after {errand.row.attempts} tries")
    return answer


def _later(errand: Errand) -> Answer:
    return Answer(again_in=timedelta(seconds=_BACKOFF[min(errand.row.attempts, len(_BACKOFF)) - 1]))


def _ask(errand: Errand, call: Callable[[], Any]) -> Any:
    """The partner's answer, or None where it is not known whether the call arrived."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - whatever an adapter raises, we do not know what happened outside
        log.warning("%s for %s: no answer (%s)", errand.row.kind, errand.file.order.reference, type(error).__name__)
        return None


def _settled_window(errand: Errand, window: timedelta | None) -> bool:
    return window is not None and errand.at - errand.row.due_at >= window


def _start_payment(errand: Errand, partners: Partners) -> Answer:
    attempt = errand.file.payments.attempts[errand.number - 1]
    if attempt.outcome is not None:
        return Answer()
    gateway = partners.gateway(attempt.gateway)
    reference = payment_reference(errand.order, attempt.number)
    answer: PaymentAnswer | None = None
    if errand.is_retry and gateway.capabilities.lookup:
        found = _ask(errand, lambda: _Found(gateway.lookup(reference)))
        if found is None:
            return _later(errand)
        answer = found.answer
    if answer is None and errand.is_retry and _settled_window(errand, gateway.capabilities.idempotency_window):
        return Answer(park="start_payment: unknown outcome past the provider's idempotency window")
    if answer is None:
        if attempt.superseded or errand.file.order.stage in (OrderStage.CANCELLED, OrderStage.CLOSED):
            unsure = errand.is_retry and not gateway.capabilities.lookup and not gateway.capabilities.manual
            return (
                Answer(park="start_payment: no longer wanted, and its outcome cannot be looked up")
                if unsure
                else Answer()
            )
        answer = _ask(errand, lambda: gateway.start(_start_request(errand, attempt, reference)))
    return _observed(errand, attempt, answer, reference)


@attrs.frozen
class _Found:
    """A look-up that answered, even if with nothing."""

    answer: Any


def _start_request(errand: Errand, attempt: payments.Attempt, reference: str) -> StartPayment:
    order = errand.file.order
    return StartPayment(
        reference=reference,
        order=order.reference,
        amount=attempt.amount,
        description=order.reference,
        method=attempt.method,
        language=order.language,
        email=errand.person.contact.email if errand.person else None,
        secrets=errand.secrets,
    )


def _observed(errand: Errand, attempt: payments.Attempt, answer: PaymentAnswer | None, reference: str = "") -> Answer:
    if answer is None or answer.outcome is PaymentOutcome.UNKNOWN:
        return _later(errand)
    command = observation(errand.order, attempt, answer, errand.at)
    return Answer(commands=(command,), step=answer.next_step, step_key=reference)


def observation(order: str, attempt: payments.Attempt, answer: PaymentAnswer, at: datetime) -> payments.ObservePayment:
    """What a provider answered, as a command; amounts that it leaves out are what was asked for, where it says done."""
    outcome = payments.Outcome(answer.outcome.value)
    captured = answer.captured
    authorised = answer.authorised
    if outcome is payments.Outcome.CAPTURED and captured is None:
        captured = attempt.amount
    if outcome is payments.Outcome.AUTHORISED and authorised is None:
        authorised = attempt.amount
    return payments.ObservePayment(
        order=order,
        actor=SYSTEM,
        attempt=attempt.number,
        facts=payments.PaymentFacts(
            outcome=outcome,
            authorised=authorised,
            captured=captured,
            refunded=answer.refunded,
            code=answer.code,
            provider_id=answer.provider_id,
            occurred_at=at,
        ),
    )


def _capture(errand: Errand, partners: Partners) -> Answer:
    attempt = errand.file.payments.attempts[errand.number - 1]
    open_amount = attempt.capturing - attempt.captured
    return _two_step(errand, partners, attempt, open_amount if open_amount.minor > 0 else None, void=False)


def _void(errand: Errand, partners: Partners) -> Answer:
    attempt = errand.file.payments.attempts[errand.number - 1]
    return _two_step(errand, partners, attempt, None, void=True)


def _two_step(
    errand: Errand, partners: Partners, attempt: payments.Attempt, amount: Money | None, *, void: bool
) -> Answer:
    if attempt.released or (not void and amount is None):
        return Answer()
    gateway = partners.gateway(attempt.gateway)
    reference = payment_reference(errand.order, attempt.number)
    if not isinstance(gateway, Captures):
        return Answer(park=f"{errand.row.kind}: gateway {attempt.gateway!r} does not capture or void")
    if errand.is_retry and gateway.capabilities.lookup:
        found = _ask(errand, lambda: _Found(gateway.lookup(reference)))
        if found is None:
            return _later(errand)
        if found.answer is not None and found.answer.outcome is not PaymentOutcome.AUTHORISED:
            return _observed(errand, attempt, found.answer)
    elif errand.is_retry and _settled_window(errand, gateway.capabilities.idempotency_window):
        return Answer(park=f"{errand.row.kind}: unknown outcome past the provider's idempotency window")
    request = CaptureMoney(reference=reference, operation=operation_key(errand.row), amount=amount)
    return _observed(errand, attempt, _ask(errand, lambda: (gateway.void if void else gateway.capture)(request)))


def _refund(errand: Errand, partners: Partners) -> Answer:
    refund = errand.file.payments.refunds[errand.number - 1]
    if refund.stage not in (payments.RefundStage.REQUESTED, payments.RefundStage.PENDING):
        return Answer()
    gateway = partners.gateway(refund.gateway)
    reference = payment_reference(errand.order, refund.attempt)
    operation = operation_key(errand.row)
    answer: RefundAnswer | None = None
    if errand.is_retry and gateway.capabilities.lookup:
        found = _ask(errand, lambda: _Found(gateway.lookup_refund(reference, operation)))
        if found is None:
            return _later(errand)
        answer = found.answer
    if answer is None and errand.is_retry and _settled_window(errand, gateway.capabilities.idempotency_window):
        return Answer(park="refund_money: unknown outcome past the provider's idempotency window")
    if answer is None:
        request = RefundMoney(
            reference=reference, operation=operation, amount=refund.amount, description=errand.file.order.reference
        )
        answer = _ask(errand, lambda: gateway.refund(request))
    if answer is None or answer.outcome is RefundOutcome.UNKNOWN:
        return _later(errand)
    waits = answer.outcome is RefundOutcome.PENDING and gateway.capabilities.lookup
    return Answer(
        commands=(refund_observation(errand.order, refund.number, answer, errand.at),),
        again_in=timedelta(hours=1) if waits else None,
    )


def refund_observation(order: str, refund: int, answer: RefundAnswer, at: datetime) -> payments.ObserveRefund:
    """What a provider answered about a refund, as a command."""
    return payments.ObserveRefund(
        order=order,
        actor=SYSTEM,
        refund=refund,
        outcome=payments.RefundStage(answer.outcome.value),
        code=answer.code,
        occurred_at=at,
    )


def _book(errand: Errand, partners: Partners) -> Answer:
    parcel = errand.file.shipping.parcels[errand.number - 1]
    if parcel.booking is not None or not parcel.is_here:
        return Answer()
    courier = partners.courier(parcel.courier)
    reference = booking_reference(errand.order, parcel.number)
    answer: BookingAnswer | None = None
    if errand.is_retry and courier.capabilities.lookup:
        found = _ask(errand, lambda: _Found(courier.lookup(reference)))
        if found is None:
            return _later(errand)
        answer = found.answer
    if answer is None:
        if errand.person is None:
            return Answer(park="book_parcel: the recipient's data was erased")
        answer = _ask(errand, lambda: courier.book(_booking_request(errand, parcel, reference)))
    if answer is None or answer.outcome in (BookingOutcome.UNKNOWN, BookingOutcome.PENDING):
        return _later(errand)
    if answer.outcome is BookingOutcome.REJECTED:
        failure = shipping.RecordBookingFailure(
            order=errand.order, parcel=parcel.number, code=answer.code or "rejected"
        )
        return Answer(commands=(failure,))
    return Answer(
        commands=(
            shipping.RecordBooking(
                order=errand.order,
                parcel=parcel.number,
                booking=answer.booking or reference,
                tracking=answer.tracking,
                label=answer.label,
            ),
        )
    )


def _booking_request(errand: Errand, parcel: shipping.Parcel, reference: str) -> BookParcel:
    destination = errand.file.order.destination
    return BookParcel(
        reference=reference,
        order=errand.file.order.reference,
        parcel=parcel.number,
        contact=errand.person.contact,
        address=errand.person.delivery,
        point=destination.code or None,
        country=destination.country,
        weight_grams=parcel.weight_grams,
        cash_due=parcel.cash_due,
    )


def _track(errand: Errand, partners: Partners) -> Answer:
    parcel = errand.file.shipping.parcels[errand.number - 1]
    courier = partners.courier(parcel.courier)
    every = courier.capabilities.track_every
    if parcel.is_over or parcel.booking is None or every is None:
        return Answer()
    facts = _ask(errand, lambda: courier.track(parcel.booking or ""))
    commands = tuple(
        shipping.RecordTracking(order=errand.order, parcel=parcel.number, fact=fact) for fact in facts or ()
    )
    return Answer(commands=commands, again_in=every)


def _send(errand: Errand, partners: Partners, kind: RequestKind) -> Answer:
    from ..wording import message_for

    if errand.person is None:
        return Answer()
    message = message_for(kind, errand.number, errand.file, errand.person, errand.row.id, errand.step)
    outcome = _ask(errand, lambda: partners.notifier.send(message))
    if outcome is SendOutcome.SENT:
        return Answer()
    if outcome is SendOutcome.REJECTED:
        return Answer(park=f"{kind}: the notifier rejected the message")
    return _later(errand)


_PERFORMERS: Mapping[RequestKind, Callable[[Errand, Partners], Answer]] = {
    RequestKind.START_PAYMENT: _start_payment,
    RequestKind.CAPTURE_MONEY: _capture,
    RequestKind.VOID_MONEY: _void,
    RequestKind.REFUND_MONEY: _refund,
    RequestKind.BOOK_PARCEL: _book,
    RequestKind.TRACK_PARCEL: _track,
}


def dump_step(step: NextStep) -> str:
    """A next step as text."""
    match step:
        case Redirect(url=url):
            return json.dumps({"redirect": url})
        case Form(url=url, fields=fields):
            return json.dumps({"form": url, "fields": fields})
        case Instructions(values=values):
            return json.dumps({"instructions": values})


def load_step(text: str) -> NextStep:
    """The inverse of :func:`dump_step`."""
    data = json.loads(text)
    if "redirect" in data:
        return Redirect(data["redirect"])
    if "form" in data:
        return Form(data["form"], tuple((name, value) for name, value in data["fields"]))
    return Instructions(tuple((name, value) for name, value in data["instructions"]))
