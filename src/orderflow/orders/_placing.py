"""A new order: what stands in its way, and what is pinned when it is received."""

from __future__ import annotations

from collections.abc import Iterable

from ..decisions import Accepted, Rejected
from ..pricing import PaymentRefusal, Quote, UnknownPaymentMethod
from ._commands import PlaceOrder
from ._events import OrderPlaced
from ._facts import Facts, Identity
from ._guards import Decision, not_served, offered
from ._rejections import AlreadyPlaced, ContactMissing, PaymentMethodNotOffered, Rejection
from ._state import Order, State
from ._values import DestinationKind, destination


def place(command: PlaceOrder, state: State, facts: Facts) -> Decision:
    """The order as it was agreed, or everything that is wrong with it at once."""
    if isinstance(state, Order):
        return Rejected((AlreadyPlaced(),))
    quote = facts.quote
    reasons = (*_target_problems(command, facts), *_payment_problems(command, facts))
    if isinstance(quote, Rejected):
        return Rejected((*quote.reasons, *reasons))
    if quote is None or facts.identity is None:
        raise ValueError("placing needs facts.quote and facts.identity")
    return Rejected(reasons) if reasons else Accepted((_order_placed(command, quote, facts.identity, facts),))


def _target_problems(command: PlaceOrder, facts: Facts) -> Iterable[Rejection]:
    there = destination(command.target)
    if offer := offered(command.delivery_method, facts):
        yield from not_served(offer, there)
    if not command.contact.email and not command.contact.phone:
        yield ContactMissing(field="email or phone", needed_for="messages about the order")
    if there.kind is DestinationKind.POINT and not command.contact.phone:
        yield ContactMissing(field="phone", needed_for="the pick-up point's collection code")
    if there.kind is DestinationKind.DOWNLOAD and not command.contact.email:
        yield ContactMissing(field="email", needed_for="the download")


def _payment_problems(command: PlaceOrder, facts: Facts) -> Iterable[Rejection]:
    priced = facts.quote.reasons if isinstance(facts.quote, Rejected) else ()
    if any(isinstance(reason, UnknownPaymentMethod | PaymentRefusal) for reason in priced):
        return  # that says it, and why
    if command.payment_method not in facts.payment_offered:
        yield PaymentMethodNotOffered(method=command.payment_method, offered=facts.payment_offered)


def _order_placed(command: PlaceOrder, quote: Quote, identity: Identity, facts: Facts) -> OrderPlaced:
    return OrderPlaced(
        order=identity.order,
        reference=identity.reference,
        person=identity.person,
        seller=identity.seller,
        law=identity.law,
        process=identity.process,
        channel=identity.channel,
        source=command.source,
        language=command.language,
        customer=command.customer,
        buyer=command.buyer,
        invoice_requested=command.invoice_requested,
        numbers=command.numbers,
        evidence=command.evidence,
        lines=command.lines,
        quote=quote,
        seen_total=command.seen_total,
        destination=destination(command.target),
        delivery_method=command.delivery_method,
        payment_method=command.payment_method,
        payment_offered=facts.payment_offered,
        tags=command.tags,
        extras=command.extras,
        note_count=len(command.notes),
        left_out=facts.left_out,
        at=facts.at,
    )
