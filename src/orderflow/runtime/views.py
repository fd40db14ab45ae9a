"""What a host sees of an order: the folds of all concepts and the questions one asks of them."""

from __future__ import annotations

from datetime import datetime

import attrs

from .. import payments, returns, shipping, stock
from ..coupons import Coupons
from ..errors import InvalidInputError
from ..giftcards import Card
from ..lots import LotUnits
from ..loyalty import Loyalty
from ..money import Money, total_of
from ..orders import Order, Substitute, Verdict
from ..payments import TenderKind
from ..ports.gateway import NextStep
from ..quantities import Quantities
from ..shipping import Parcel
from ..workflows import Event, OrderFile, Rejection, Status, due, owed, pick_lists, price_change, status

__all__ = (
    "Explanation",
    "HistoryEntry",
    "IssuedGiftCard",
    "LotSent",
    "OrderSummary",
    "OrderView",
    "Performed",
    "RunReport",
)


@attrs.frozen
class OrderView:
    """One order at one version. ``file`` holds everything; the properties answer the usual questions."""

    file: OrderFile
    version: int

    def __repr__(self) -> str:
        return f"<OrderView {self.reference}: {self.status}, {self.total}, version {self.version}>"

    @property
    def order(self) -> Order:
        """What was agreed and decided."""
        return self.file.order

    @property
    def reference(self) -> str:
        """The number people use."""
        return self.order.reference

    @property
    def id(self) -> str:
        """The stream's key."""
        return self.order.id

    @property
    def status(self) -> Status:
        """The headline."""
        return status(self.file)

    @property
    def total(self) -> Money:
        """What was agreed, with delivery and the fee of the payment, gross; substitutes that were taken included."""
        return self.order.quote.total

    @property
    def owed(self) -> Money:
        """What the order costs now: after cancellations, returns, and changes of delivery and payment."""
        return owed(self.file)

    @property
    def due(self) -> Money:
        """What is still to be paid."""
        return due(self.file)

    @property
    def paid(self) -> Money:
        """What the customer has paid, before refunds."""
        return payments.money_in(self.file.payments, self.order.currency)

    @property
    def refunded(self) -> Money:
        """What has gone back."""
        return payments.refunded(self.file.payments, self.order.currency)

    @property
    def refunding(self) -> Money:
        """What is on its way back."""
        return payments.refunding(self.file.payments, self.order.currency)

    @property
    def paid_by(self) -> tuple[tuple[TenderKind, Money], ...]:
        """What was paid and has not gone back, nor is going, by kind of tender, in the order of payment."""
        state, currency = self.file.payments, self.order.currency
        held: dict[TenderKind, Money] = {}
        for attempt in payments.by_payment(state):
            known = held.get(attempt.kind, Money.zero(currency))
            held[attempt.kind] = known + payments.available(state, attempt)
        return tuple((kind, amount) for kind, amount in held.items() if amount)

    @property
    def taxed_when_sold(self) -> Money:
        """The part of what was paid whose VAT was paid when a single-purpose gift card was sold: not taxed again."""
        state = self.file.payments
        taxed = (payments.available(state, attempt) for attempt in state.attempts if attempt.taxed)
        return total_of(taxed, self.order.currency)

    @property
    def remaining(self) -> Quantities:
        """Units by line that were not cancelled."""
        return self.order.remaining

    @property
    def left_out(self) -> Quantities:
        """Units by line that a partial order asked for and could not have; they are in none of its lines."""
        return self.order.left_out

    @property
    def parcels(self) -> tuple[Parcel, ...]:
        """Every parcel, by number."""
        return self.file.shipping.parcels

    @property
    def pick_lists(self) -> tuple[tuple[str, Quantities], ...]:
        """Units by line that are still to be packed, by the location they come from; nothing where that is ``main``."""
        return pick_lists(self.file)

    @property
    def promised(self) -> tuple[stock.Promise, ...]:
        """What was promised for later, of SKUs with a rule, when their units were held; the newest last."""
        return self.file.stock.promised

    @property
    def lots(self) -> tuple[stock.SentLot, ...]:
        """Lots and serial numbers of tracked units that left, with their parcels, and how many of them came back."""
        return self.file.stock.sent

    @property
    def delivered(self) -> Quantities:
        """Units by line that the customer has."""
        return shipping.delivered(self.file.shipping)

    @property
    def returns(self) -> tuple[returns.Return, ...]:
        """Every return, by number."""
        return self.file.returns.returns

    @property
    def coupons(self) -> Coupons:
        """The coupons with which it was priced, and what became of them."""
        return self.file.coupons

    @property
    def loyalty(self) -> Loyalty:
        """The points that it earns its customer."""
        return self.file.loyalty

    @property
    def substitutes(self) -> tuple[Substitute, ...]:
        """What was offered instead of units that are not there, by number, and what the customer said."""
        return self.order.substitutes

    def price_change(self, number: int) -> Money:
        """
        What the order would cost more by taking that substitute; negative where it would cost less.

        Raises:
            InvalidInputError: there is no such offer, or it can be taken no more.
        """
        change = price_change(self.file, number)
        if change is None:
            raise InvalidInputError("number", f"expected an open offer, got {number!r}; see substitutes")
        return change

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """How the checks stand."""
        return self.order.verdicts

    @property
    def holds(self) -> tuple[str, ...]:
        """Why the order is held, if it is."""
        return self.order.holds


@attrs.frozen(kw_only=True)
class IssuedGiftCard:
    """A gift card that was just issued, and its code, which is told here once and kept nowhere."""

    code: str = attrs.field(repr=False)
    card: Card


@attrs.frozen(kw_only=True)
class OrderSummary:
    """One row of a list of orders."""

    id: str
    reference: str
    status: Status
    placed_at: datetime
    customer: str | None
    numbers: tuple[str, ...]


@attrs.frozen(kw_only=True)
class HistoryEntry:
    """One event with who caused it and when it was recorded."""

    version: int
    name: str
    event: Event
    actor: str
    occurred_at: datetime
    recorded_at: datetime


@attrs.frozen(kw_only=True)
class Explanation:
    """What a command would do now: the events, or every reason why not."""

    allowed: bool
    events: tuple[Event, ...] = ()
    reasons: tuple[Rejection, ...] = ()


@attrs.frozen(kw_only=True)
class Performed:
    """
    What the customer has to do next to pay (a redirect, a form, a transfer), and how many requests were done.

    ``postponed`` are those that nobody answered, which are tried again; ``parked`` those at which a person must look.
    """

    next_step: NextStep | None = None
    done: int = 0
    postponed: int = 0
    parked: int = 0


@attrs.frozen(kw_only=True)
class RunReport:
    """What one ``run`` did: how many requests by kind, how many wait for another try, how many for a person."""

    done: tuple[tuple[str, int], ...] = ()
    postponed: int = 0
    parked: int = 0

    @property
    def total(self) -> int:
        """All that was done."""
        return sum(count for _, count in self.done)


@attrs.frozen(kw_only=True)
class LotSent:
    """An order that was sent units of a lot, in *parcel* where one is known; *back* of them came back."""

    order: str
    reference: str
    parcel: int | None
    lot: LotUnits
    back: int
