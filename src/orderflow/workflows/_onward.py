"""The way on: received, paid, verified, confirmed, packed, handed over, delivered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from .. import orders, payments, shipping, stock
from ..law import withdrawal_deadline
from ..orders import DestinationKind, Gate, OrderStage, open_stages
from ..payments import AttemptStage, TenderKind
from ..quantities import Quantities
from ._balance import due
from ._cards import pay_at_once
from ._commands import Command
from ._facts import Context
from ._file import OrderFile
from ._policy import Policy
from ._reactions import (
    Attempted,
    Reaction,
    by_sku,
    by_system,
    close_in_time,
    give_back_surplus,
    inside,
    is_open,
    verify,
    verify_if_waiting,
    void,
)
from ._requests import Request, RequestKind
from ._verification import demand, waits_for_money

__all__ = (
    "booked",
    "checked",
    "confirmed",
    "delivered",
    "handed_over",
    "hold_needed",
    "hold_missing",
    "is_kept",
    "go_on",
    "packed",
    "payment_observed",
    "payment_requested",
    "received",
    "released",
    "value_taken",
    "verified",
    "void_requested",
)


_FOR_GOOD = (OrderStage.VERIFIED, OrderStage.CONFIRMED)


def received(file: OrderFile, context: Context) -> Iterable[Reaction]:
    """Units are held and money is asked for, both until the payment window ends; then every check is asked."""
    method = context.policy.payment_method(file.order.payment_method)
    window = context.policy.payment_window.get(method.kind) if method else None
    at_once, left = pay_at_once(file, context)
    if context.policy.rules:
        yield by_system(stock.TakeQuota, file)
    deadline = None if window is None or not left else context.at + window
    if needed := demand(file):
        yield _hold(file, needed, deadline)
    yield from at_once
    if method is not None and left:
        yield by_system(
            payments.RequestPayment,
            file,
            method=method.code,
            gateway=method.gateway,
            kind=method.kind,
            amount=left,
        )
    if deadline is not None:
        yield Request(kind=RequestKind.EXPIRE_UNPAID, due_at=deadline)
        yield Request(kind=RequestKind.LAPSE_HOLD, due_at=deadline)
    yield from verify(file)


def checked(before: OrderFile, after: OrderFile) -> Iterable[Reaction]:
    """The customer is told that the order was received, when it is checked for the first time."""
    # Not before the payment was asked for, so that the message can say how to pay.
    if not before.order.verdicts and not after.order.adopted:
        yield Request(kind=RequestKind.SEND_RECEIVED)


def payment_requested(event: payments.PaymentRequested, after: OrderFile, context: Context) -> Iterable[Reaction]:
    """Whoever takes the money is asked for it; cash is asked for at the door, and what waited for money goes on."""
    if any(not attempt.account for attempt in after.payments.attempts[:-1]):
        yield from _wait_again(event.attempt, after, context)
    if event.kind is not TenderKind.CASH_ON_DELIVERY:
        yield Request(kind=RequestKind.START_PAYMENT, number=event.attempt)
    elif after.order.verdicts:  # a new order is checked once all of it is there
        yield from verify_if_waiting(after)


def _wait_again(attempt: int, file: OrderFile, context: Context) -> Iterable[Reaction]:
    # The first attempt's time came with the order. Where units are gone meanwhile, the order waits without them.
    order = file.order
    if order.stage not in (OrderStage.RECEIVED, OrderStage.VERIFIED):
        return
    deadline = _payment_deadline(file, context.policy)
    until = _not_for_ever(deadline, file, context.policy)
    if (needed := demand(file)) and (until is None or until > context.at):
        yield Attempted(_hold(file, needed, until))
    if deadline is not None and not order.adopted:
        yield Request(kind=RequestKind.EXPIRE_UNPAID, number=attempt, due_at=deadline)
    if until is not None:
        yield Request(kind=RequestKind.LAPSE_HOLD, number=attempt, due_at=max(until, context.at))


def _not_for_ever(deadline: datetime | None, file: OrderFile, policy: Policy) -> datetime | None:
    # Whoever starts a payment again and again must not keep units from everybody else by it.
    if deadline is None or policy.longest_hold is None:
        return deadline
    return min(deadline, file.order.placed_at + policy.longest_hold)


def _payment_deadline(file: OrderFile, policy: Policy) -> datetime | None:
    """
    The newest attempt's window, or an earlier one's that lasts longer; None where the newest needs none.

    What was asked for elsewhere counts from when the order was placed.
    """
    attempts = file.payments.attempts
    if not attempts or attempts[-1].kind not in policy.payment_window:
        return None
    asked = (
        attempt.requested_at + window
        for attempt in attempts
        if attempt.requested_at is not None and (window := policy.payment_window.get(attempt.kind)) is not None
    )
    return max(asked, default=file.order.placed_at + policy.payment_window[attempts[-1].kind])


def _hold(file: OrderFile, needed: Quantities, until: datetime | None) -> stock.HoldStock:
    backorder = tuple(sorted({line.sku for line in file.order.lines if line.backorder}))
    return by_system(stock.HoldStock, file, demand=needed, until=until, backorder=backorder)


def payment_observed(before: OrderFile, after: OrderFile, number: int, at: datetime) -> Iterable[Reaction]:
    """What a provider said: money that is too much goes back, money that is enough verifies the order."""
    old, new = (file.payments.attempts[number - 1] for file in (before, after))
    failed = (AttemptStage.FAILED, AttemptStage.EXPIRED)
    if new.stage in failed and old.stage not in failed and due(after) and after.order.stage is OrderStage.RECEIVED:
        yield Request(kind=RequestKind.SEND_PAYMENT_FAILED, number=number)
    yield from give_back_surplus(after, "overpaid")
    if new.voiding and new.authorised > old.authorised:
        # The page was still open when its money was let go, so there was nothing to let go of yet.
        yield from void_requested(after, number)
    if not is_open(after):
        yield from void(after, number)
        return
    if new.captured != old.captured or new.authorised != old.authorised:
        yield from _hold_again(after, at)
    yield from verify_if_waiting(after)
    if after.order.stage is OrderStage.CONFIRMED and new.authorised != old.authorised:
        yield from _take_what_is_due(after)


def value_taken(file: OrderFile, at: datetime) -> Iterable[Reaction]:
    """What a gift card or store credit paid may be all that the order waited for; a new order is checked anyway."""
    if file.order.verdicts:
        yield from _hold_again(file, at)
        yield from verify_if_waiting(file)


def _hold_again(file: OrderFile, at: datetime) -> Iterable[Reaction]:
    # Money came after the hold had lapsed: the units are held again if they are still there, else the order is held.
    if file.stock.lapsed or file.stock.lapsed_by(at):
        yield Attempted(_hold(file, demand(file), None))


def hold_missing(file: OrderFile, context: Context) -> Iterable[Attempted]:
    """What an order that waits for nothing else is short of is held, where it is there by now."""
    if is_open(file) and not waits_for_money(file) and stock.missing(file.stock, demand(file), context.at):
        yield from map(Attempted, hold_needed(file, demand(file), context.policy))


def hold_needed(file: OrderFile, needed: Quantities, policy: Policy) -> Iterable[Command]:
    """Units that an order needs after all: as long as its others, and for good where these are."""
    yield _hold(file, needed, _kept_until(file, policy))
    if file.order.stage in _FOR_GOOD:
        yield by_system(stock.CommitStock, file)


def is_kept(file: OrderFile, context: Context) -> bool:
    """Whether units are kept for the order; not for one that waits for money longer than they were held."""
    until = _kept_until(file, context.policy)
    return not waits_for_money(file) or (not file.stock.lapsed and (until is None or until > context.at))


def _kept_until(file: OrderFile, policy: Policy) -> datetime | None:
    if not waits_for_money(file):
        return None
    return file.stock.until if file.stock.open else _not_for_ever(_payment_deadline(file, policy), file, policy)


def void_requested(file: OrderFile, number: int) -> Iterable[Reaction]:
    """Whoever has set the money aside is asked to let it go."""
    # Cash on delivery is with nobody yet: the courier is simply not asked for it.
    if file.payments.attempts[number - 1].kind is not TenderKind.CASH_ON_DELIVERY:
        yield Request(kind=RequestKind.VOID_MONEY, number=number)


def verified(file: OrderFile, context: Context) -> Iterable[Reaction]:
    """The units are the order's for good, and it is confirmed where nothing of the host comes first."""
    yield by_system(stock.CommitStock, file)
    yield from go_on(file, context.policy)


def released(file: OrderFile, policy: Policy) -> Iterable[Reaction]:
    """Nothing holds the order any more: units that were held meanwhile are its own for good, and it goes on."""
    order = file.order
    if file.stock.held and not order.holds and order.stage in _FOR_GOOD:
        yield by_system(stock.CommitStock, file)
    yield from go_on(file, policy)


def go_on(file: OrderFile, policy: Policy) -> Iterable[Command]:
    """Confirmed by itself, once verified, not held, and with no stage of the host before it; then a download leaves."""
    order = file.order
    if order.stage is OrderStage.VERIFIED and not order.holds and not open_stages(order, policy.stages, Gate.CONFIRM):
        yield by_system(orders.ConfirmOrder, file)
    elif order.stage is OrderStage.CONFIRMED and not order.holds:
        yield from _download(file)


def _download(file: OrderFile) -> Iterable[Command]:
    # No parcel takes it out of the stock. Where a backorder had to wait for it, releasing the order tries again.
    if file.order.destination.kind is DestinationKind.DOWNLOAD and (leaving := demand(file) & file.stock.open):
        yield by_system(stock.ConsumeStock, file, quantities=leaving)


def confirmed(file: OrderFile, at: datetime) -> Iterable[Reaction]:
    """The customer is told, and money that was set aside is taken."""
    yield Request(kind=RequestKind.SEND_CONFIRMED)
    yield from _download(file)
    if file.order.destination.kind is DestinationKind.DOWNLOAD:
        yield Request(kind=RequestKind.CLOSE_ORDER, due_at=withdrawal_deadline(at, file.order.law).ends_before)
    yield from _take_what_is_due(file)


def _take_what_is_due(file: OrderFile) -> Iterable[Reaction]:
    # Money set aside on several pages is taken once; the rest is let go.
    left = due(file) - payments.capturing(file.payments, file.order.currency)
    for attempt in file.payments.attempts:
        if attempt.stage is AttemptStage.AUTHORISED and not (attempt.voiding or attempt.capturing):
            command = payments.CapturePayment if left.minor > 0 else payments.VoidPayment
            yield by_system(command, file, attempt=attempt.number)
            left -= attempt.authorised


def packed(file: OrderFile, parcel: int) -> Iterable[Reaction]:
    """A courier is asked to carry what travels."""
    if file.order.destination.kind in (DestinationKind.ADDRESS, DestinationKind.POINT):
        yield Request(kind=RequestKind.BOOK_PARCEL, number=parcel)


def handed_over(file: OrderFile, parcel: int, context: Context) -> Iterable[Reaction]:
    """The units leave the stock; the customer is told, and the courier is asked where the parcel is."""
    if leaving := demand(file, inside(file, parcel)):
        # An adopted order may never have had stock here; then there is nothing to take out.
        taken = leaving & file.stock.open if file.order.adopted else leaving
        if taken:
            box = file.shipping.parcels[parcel - 1]
            lots = by_sku(file, box.lots)
            yield by_system(stock.ConsumeStock, file, quantities=taken, parcel=parcel, location=box.location, lots=lots)
    if file.order.destination.kind in (DestinationKind.ADDRESS, DestinationKind.POINT):
        yield Request(kind=RequestKind.SEND_SHIPPED, number=parcel)
        yield from _follow(file, parcel, context)


def booked(file: OrderFile, parcel: int, context: Context) -> Iterable[Reaction]:
    """A parcel that had left before its booking was known can be followed now."""
    box = file.shipping.parcels[parcel - 1]
    if box.has_left and not box.is_over:
        yield from _follow(file, parcel, context)


def _follow(file: OrderFile, parcel: int, context: Context) -> Iterable[Reaction]:
    if wait := context.policy.track_every.get(file.shipping.parcels[parcel - 1].courier):
        yield Request(kind=RequestKind.TRACK_PARCEL, number=parcel, due_at=context.at + wait)


def delivered(file: OrderFile, number: int) -> Iterable[Reaction]:
    """Cash was collected at the door; the last delivery starts the time after which the order closes."""
    parcel = file.shipping.parcels[number - 1]
    if parcel.external is not None:
        return
    if parcel.cash_due:
        asked = (each for each in reversed(file.payments.attempts) if each.kind is TenderKind.CASH_ON_DELIVERY)
        attempt = next(asked, None)
        if attempt is not None:
            yield by_system(
                payments.RecordCollection,
                file,
                attempt=attempt.number,
                amount=parcel.cash_due,
                parcel=number,
                occurred_at=parcel.delivered_at,
            )
    yield Request(kind=RequestKind.SEND_DELIVERED, number=number)
    credited = any(one.inside(number) for one in file.returns.returns)
    if credited or shipping.delivered(file.shipping) - file.order.remaining:
        yield Request(kind=RequestKind.ALERT, number=number, note="a parcel turned up after its units were cancelled")
    yield from close_in_time(file)
