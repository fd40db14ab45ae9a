"""Who may pay how: the terms of a shop's ways to pay, asked for an order as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from .. import orders, payments
from ..money import Money
from ..orders import DestinationKind
from ..payments import OfferedMethod, TenderKind
from ..pricing import DeliveryOffer, PaymentNotOffered, PaymentRefusal
from ._balance import due, gone, owed
from ._file import OrderFile, fold
from ._policy import PaymentMethod, Policy

__all__ = ("change_way", "refused_after", "retry_facts", "return_to_way", "used_ways", "ways_to_pay")


def ways_to_pay(policy: Policy, there: DestinationKind) -> tuple[PaymentMethod, ...]:
    """The shop's own; at the door of a download nobody stands."""
    at_the_door = there is not DestinationKind.DOWNLOAD
    known = policy.payment_methods
    return tuple(each for each in known if at_the_door or each.kind is not TenderKind.CASH_ON_DELIVERY)


def change_way(file: OrderFile, method: str, at: datetime) -> tuple[orders.PaymentMethodChanged, ...]:
    """What changes once the rest is paid by this method; nothing where nothing is due, since a fee pays no fee."""
    return orders.change_payment(file.order, method, gone(file), at, used_ways(file)) if due(file) else ()


def used_ways(file: OrderFile) -> tuple[str, ...]:
    """The ways by which money came that has not gone back; what is kept here is none."""
    state = file.payments
    return tuple(each.method for each in state.attempts if not each.account and payments.available(state, each))


def return_to_way(file: OrderFile, attempt: int, at: datetime) -> tuple[orders.PaymentMethodChanged, ...]:
    """An earlier way to pay is the agreed one again where its money pays, with its own fee, for everything."""
    paid = file.payments.attempts[attempt - 1]
    changes = change_way(file, paid.method, at) if paid.superseded else ()
    return changes if changes and not due(fold(changes, file)) else ()


def retry_facts(file: OrderFile, policy: Policy, at: datetime) -> payments.Facts:
    """By which ways the order as it is now can be asked for again, and all reasons against the others."""
    order = file.order
    ways = {way.code: way for way in ways_to_pay(policy, order.destination.kind)}
    totals = {code: due(fold(change_way(file, code, at), file)) for code in ways}

    def refusals(code: str, allowed: tuple[str, ...] = ()) -> tuple[PaymentRefusal, ...]:
        country, delivery = order.destination.country, order.delivery_method
        return tuple(_refusals(policy, code, totals[code], country, delivery, allowed))

    allowed = tuple(code for code in ways if not refusals(code))
    return payments.Facts(
        at=at,
        owed=owed(file),
        offered=tuple(OfferedMethod(code=code, gateway=ways[code].gateway, kind=ways[code].kind) for code in allowed),
        not_offered=tuple(
            PaymentNotOffered(code=code, fee=order.quote.fee_of(code), reasons=refusals(code, allowed))
            for code in ways
            if code not in allowed
        ),
    )


def refused_after(
    command: orders.AmendDelivery, offers: tuple[DeliveryOffer, ...], file: OrderFile, policy: Policy
) -> tuple[PaymentRefusal, ...]:
    """Why what is due could no longer be paid in the agreed way with another delivery."""
    order, left = file.order, due(file)
    offer = next((each for each in offers if each.code == command.delivery_method), None)
    if offer is None or not left:
        return ()
    method, total = order.payment_method, max(left + offer.price - order.delivery_price, Money.zero(order.currency))
    stood = {type(each) for each in _refusals(policy, method, left, order.destination.country, order.delivery_method)}
    country = orders.destination(command.target).country
    after = _refusals(policy, method, total, country, command.delivery_method)
    return tuple(reason for reason in after if type(reason) not in stood)


def _refusals(
    policy: Policy, method: str, total: Money, country: str, delivery: str, allowed: tuple[str, ...] = ()
) -> Iterator[PaymentRefusal]:
    terms = next((each for each in policy.tariff.payments if each.code == method), None)
    return iter(()) if terms is None else terms.refusals(total, country, delivery, allowed)
