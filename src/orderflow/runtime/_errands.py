"""
An errand: one request with all it needs, and what may come of it.

An answer that never came is unknown. Before anything is sent again, the partner is asked by our own reference; where it
cannot be asked, the same key is sent again within its idempotency window, and past that a person must look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from ..people import Person
from ..ports.courier import Courier
from ..ports.gateway import NextStep, PaymentGateway
from ..ports.notifier import Notifier
from ..ports.store import WorkRow
from ..ports.warehouse import Warehouse
from ..workflows import OrderFile
from ._logging import log, nameless

__all__ = (
    "MOST_TRIES",
    "ORDER_KEY_LENGTH",
    "Answer",
    "Errand",
    "Found",
    "Partners",
    "ask",
    "booking_reference",
    "later",
    "operation_key",
    "past_window",
    "payment_reference",
    "reservation_reference",
)

ORDER_KEY_LENGTH = 30
MOST_TRIES = 40
_BACKOFF = (1, 5, 30, 120, 600, 3600)


def payment_reference(order: str, attempt: int) -> str:
    """Our name for an attempt at the provider."""
    return f"{order}-p{attempt}"


def booking_reference(order: str, parcel: int) -> str:
    """Our name for a parcel at the courier."""
    return f"{order}-b{parcel}"


def reservation_reference(order: str, reservation: int) -> str:
    """Our name for a reservation at a warehouse."""
    return f"{order}-w{reservation}"


def operation_key(row: WorkRow) -> str:
    """Our key for one capture, void or refund: one per causing event, kept over every retry."""
    order, version, _, number = row.id.split("/")
    return f"{order}-{int(version)}x{number}"


@attrs.frozen(kw_only=True)
class Partners:
    """Everybody outside; and the address to which gateways send a customer back, with ``{reference}`` in it."""

    gateways: Mapping[str, PaymentGateway]
    couriers: Mapping[str, Courier]
    notifier: Notifier
    warehouses: Mapping[str, Warehouse] = attrs.field(factory=dict)
    fallback: str = "transfer"
    return_url: str | None = None

    def gateway(self, name: str) -> PaymentGateway:
        """The gateway with this name; money that came in a way nobody here knows goes back by hand."""
        return self.gateways.get(name) or self.gateways[self.fallback]

    def back_to(self, reference: str) -> str | None:
        """Where the customer of this order comes back to."""
        return self.return_url and self.return_url.replace("{reference}", reference)

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
    """One request with all it needs: the row, the order's file, the person, the moment, when it was first asked for."""

    row: WorkRow
    file: OrderFile
    person: Person | None
    at: datetime
    asked_at: datetime
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


def later(errand: Errand) -> Answer:
    """Nobody answered: try again, after longer and longer pauses, and not for ever. No news is an answer, though."""
    if errand.row.attempts >= MOST_TRIES:
        return Answer(park=f"no answer after {errand.row.attempts} tries")
    return Answer(again_in=timedelta(seconds=_BACKOFF[min(errand.row.attempts, len(_BACKOFF)) - 1]))


def ask(errand: Errand, call: Callable[[], Any]) -> Any:
    """The partner's answer, or None where it is not known whether the call arrived."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - whatever an adapter raises, we do not know what happened outside
        what, order, kind = errand.row.kind, errand.file.order.reference, type(error).__name__
        log.warning("%s for %s: no answer (%s)", what, order, kind, exc_info=nameless(error))
        return None


def past_window(errand: Errand, window: timedelta | None) -> bool:
    """Whether the partner may have forgotten our key since it was first sent."""
    return window is not None and errand.at - errand.asked_at >= window


@attrs.frozen
class Found:
    """A look-up that answered, even if with nothing."""

    answer: Any
