"""What may be corrected until something is packed, and what may always be added."""

from __future__ import annotations

from ..decisions import Accepted, Rejected
from ._commands import AmendAddress, AmendDelivery, TagOrder
from ._events import AddressAmended, ContactAmended, DeliveryAmended, OrderTagged
from ._facts import Facts
from ._guards import ALREADY_SO, Decision, abroad, not_served, offered, over, packed, unless
from ._rejections import DeliveryNotOffered, Rejection, TargetNotServed
from ._state import Order
from ._values import DestinationKind, destination


def amend_contact(order: Order, facts: Facts) -> Decision:
    """Another name, e-mail or phone, as long as the order is open."""
    return unless(over(order), ContactAmended(at=facts.at))


def amend_address(command: AmendAddress, order: Order, facts: Facts) -> Decision:
    """Another address in the same country, for an order that goes to one; the price of delivery stays."""
    reasons: list[Rejection] = [*over(order), *packed(facts), *abroad(command.address.country, order)]
    if order.destination.kind is not DestinationKind.ADDRESS:
        reasons.append(
            TargetNotServed(
                method=order.delivery_method,
                method_kind=order.destination.kind,
                target_kind=DestinationKind.ADDRESS,
            )
        )
    return unless(reasons, AddressAmended(country=command.address.country, at=facts.at))


def amend_delivery(command: AmendDelivery, order: Order, facts: Facts) -> Decision:
    """Another method, target and price of delivery."""
    there = destination(command.target)
    reasons = (*over(order), *packed(facts), *abroad(there.country, order))
    offer = offered(command.delivery_method, facts)
    if offer is None:
        return Rejected((*reasons, *_not_offered(command.delivery_method, facts)))
    kinds = {there.kind, order.destination.kind}
    if DestinationKind.DOWNLOAD in kinds and len(kinds) > 1:  # goods and files leave in different ways
        reasons = (
            *reasons,
            TargetNotServed(method=offer.code, method_kind=order.destination.kind, target_kind=there.kind),
        )
    amended = DeliveryAmended(destination=there, delivery_method=offer.code, price=offer.price, at=facts.at)
    return unless((*reasons, *not_served(offer, there), *facts.payment_refused), amended)


def _not_offered(method: str, facts: Facts) -> tuple[Rejection, ...]:
    for each in facts.delivery_not_offered:
        if each.code == method:
            return each.reasons
    return (DeliveryNotOffered(method=method, offered=tuple(each.code for each in facts.delivery_offered)),)


def tag(command: TagOrder, order: Order, facts: Facts) -> Decision:
    """The tags that are left, then the new ones; what is both taken away and set is set."""
    kept = [tag for tag in order.tags if tag not in command.remove]
    tags = (*kept, *(tag for tag in dict.fromkeys(command.add) if tag not in kept))
    return ALREADY_SO if tags == order.tags else Accepted((OrderTagged(tags=tags, at=facts.at),))
