"""What several rules ask before they hold: the stage, the parcels, the delivery method."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from ..decisions import Accepted, Rejected
from ..pricing import DeliveryKind, DeliveryOffer
from ._events import Event
from ._facts import Facts
from ._lifecycle import stages_before
from ._rejections import AlreadyPacked, CountryFixed, Rejection, TargetNotServed, WrongStage
from ._state import Order
from ._values import Destination, DestinationKind

Decision: TypeAlias = Accepted[Event] | Rejected[Rejection]

ALREADY_SO: Accepted[Event] = Accepted(())

_SERVED_BY = {
    DestinationKind.ADDRESS: DeliveryKind.COURIER,
    DestinationKind.POINT: DeliveryKind.POINT,
    DestinationKind.SHOP: DeliveryKind.SHOP,
    DestinationKind.DOWNLOAD: DeliveryKind.DOWNLOAD,
}


def is_open(order: Order) -> bool:
    """An order that can no longer be cancelled is over: nothing about it changes any more, and nothing holds it."""
    return order.stage in stages_before("cancel")


def over(order: Order) -> Iterable[Rejection]:
    """Why the order takes no more changes."""
    return not_before("cancel", order)


def not_before(event: str, order: Order) -> Iterable[Rejection]:
    """Why the lifecycle has no *event* from here, with the stages from which it has."""
    if order.stage not in (allowed := stages_before(event)):
        yield WrongStage(stage=order.stage, allowed=allowed)


def packed(facts: Facts) -> Iterable[Rejection]:
    """Why it is too late to change where parcels go."""
    if facts.packed:
        yield AlreadyPacked(lines=tuple(line for line, _ in facts.packed))


def abroad(wanted: str, order: Order) -> Iterable[Rejection]:
    """Why the order cannot go to another country than the one it was priced for."""
    if wanted != order.destination.country:
        yield CountryFixed(country=order.destination.country, wanted=wanted)


def offered(method: str, facts: Facts) -> DeliveryOffer | None:
    """The delivery method's offer, where there is one."""
    return next((offer for offer in facts.delivery_offered if offer.code == method), None)


def not_served(offer: DeliveryOffer, there: Destination) -> Iterable[Rejection]:
    """Why the delivery method does not go there."""
    if offer.kind is not _SERVED_BY[there.kind]:
        yield TargetNotServed(method=offer.code, method_kind=offer.kind, target_kind=there.kind)


def unless(reasons: Iterable[Rejection], *events: Event) -> Decision:
    """These events, or the *reasons* where there are any."""
    found = tuple(reasons)
    return Rejected(found) if found else Accepted(events)
