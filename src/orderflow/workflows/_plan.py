"""
The plan of one unit of work: a command, all that follows from it, and nothing done yet.

``plan`` is the whole library as one pure function: state in, events, requests and counter moves out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import attrs

from .. import coupons, giftcards, law, loyalty, orders, payments, people, pricing, returns, shipping, stock
from .._changed import changed
from ..actors import SYSTEM, Actor
from ..counters import Move
from ..decisions import Accepted, Rejected
from ..orders import NoOrder
from ..people import Person
from ..quantities import Quantities
from ._balance import came_to_nothing
from ._cards import CardEntry, card_events, decide_payment, substitute_reasons, tender_reasons
from ._commands import Command, Rejection
from ._coupons import coupon_facts, refused_coupons
from ._facts import (
    Context,
    floors,
    order_facts,
    payment_facts,
    people_facts,
    placing_facts,
    return_facts,
    shipping_facts,
    stock_facts,
)
from ._file import Event, OrderFile, evolve, fold
from ._loyalty import loyalty_facts
from ._obtainable import cut_down
from ._onward import hold_missing
from ._person import person_after
from ._react import react
from ._reactions import Attempted, Reaction, Then
from ._requests import Request, RequestKind
from ._timers import on_timer
from ._ways_to_pay import change_way, return_to_way

__all__ = ("OUTSIDE", "Plan", "Planned", "plan", "plan_timer")


@attrs.frozen(kw_only=True)
class Planned:
    """One event to append, and the requests committed with it."""

    event: Event
    actor: Actor
    requests: tuple[Request, ...] = ()


@attrs.frozen(kw_only=True)
class Plan:
    """
    What one commit will hold.

    ``person`` is the erasable record as it is to be kept from now on; None leaves it alone, ``erase`` removes it.
    ``cards`` are the events for the streams of gift cards and store credit.
    """

    file: OrderFile
    planned: tuple[Planned, ...] = ()
    moves: tuple[Move, ...] = ()
    cards: tuple[CardEntry, ...] = ()
    person: Person | None = None
    erase: bool = False

    @property
    def events(self) -> tuple[Event, ...]:
        """The events in order."""
        return tuple(each.event for each in self.planned)


OUTSIDE: frozenset[type] = frozenset(
    {
        orders.RecordOrder,
        orders.RecordRefunds,
        payments.ObservePayment,
        payments.ObserveRefund,
        payments.RecordCollection,
        payments.RecordRemittance,
        stock.RecordReservation,
        shipping.RecordBooking,
        shipping.RecordBookingFailure,
        shipping.RecordTracking,
    }
)
"""Commands that tell of something that has already happened, and that nobody can refuse any more."""


def plan(command: Command, file: OrderFile, context: Context) -> Plan | Rejected[Rejection]:
    """
    All that follows from *command*, or every reason why it cannot be.

    A rejected reaction to a host's command rejects the whole. A rejected reaction to something that happened
    outside keeps what happened, holds the order and raises an alert.
    """
    person = person_after(command, context.person)
    known = context if person is None else changed(context, person=person)
    work = _Work(file, known, type(command) not in OUTSIDE)
    if isinstance(command, orders.VerifyOrder) and not isinstance(file.orders, NoOrder):
        work.follow(hold_missing(file, context))
    for step in _steps(command, file):
        if rejected := work.carry_out(step, command.actor):
            return rejected
    return work.finished(person)


def plan_timer(kind: RequestKind, file: OrderFile, context: Context, number: int = 0) -> Plan:
    """All that follows from a timer that has come due; *number* is its request's."""
    work = _Work(file, context, refusable=False)
    work.follow(on_timer(kind, file, number))
    return work.finished(None)


def _steps(command: Command, file: OrderFile) -> tuple[Command, ...]:
    """A withdrawal from units that have not left is a cancellation of these; the rest is a return."""
    if not isinstance(command, returns.DeclareWithdrawal) or isinstance(file.orders, NoOrder):
        return (command,)
    # What came back or was lost and is no return's was cancelled: the customer means what is still here.
    nothing = came_to_nothing(file) - returns.settled_units(file.returns)
    gone_out = (shipping.handed_over(file.shipping) - nothing) & command.quantities
    in_the_house = command.quantities - gone_out
    if not in_the_house or not law.has_withdrawal_right(file.order.buyer):
        return (command,)
    cancel = orders.CancelLines(order=command.order, quantities=in_the_house, cause="withdrawal", actor=command.actor)
    return (cancel, attrs.evolve(command, quantities=gone_out)) if gone_out else (cancel,)


class _Work:
    """The working copy of one plan: reactions are taken in the order in which they arise."""

    def __init__(self, file: OrderFile, context: Context, refusable: bool) -> None:
        self.file = file
        self.context = context
        self.refusable = refusable
        self.planned: list[Planned] = []
        self.moves: list[Move] = []
        self.cards: list[CardEntry] = []
        self.waiting: deque[Command | Attempted | Then] = deque()

    def carry_out(self, command: Command, actor: Actor) -> Rejected[Rejection] | None:
        """Decide the command itself, then everything that follows from it."""
        decision = _decide(command, self.file, self.context)
        if isinstance(decision, Rejected):
            return decision
        self._happened(decision.events, actor)
        return self._until_quiet()

    def follow(self, reactions: Iterable[Reaction]) -> None:
        """Carry out commands that nobody outside waits for."""
        self._take(reactions)
        self._until_quiet()

    def finished(self, person: Person | None) -> Plan:
        """The plan as it stands."""
        return Plan(
            file=self.file,
            planned=tuple(self.planned),
            moves=tuple(self.moves),
            cards=tuple(self.cards),
            person=person if self.planned and not self.file.people.erased else None,
            erase=any(isinstance(each.event, people.PersonErased) for each in self.planned),
        )

    def _until_quiet(self) -> Rejected[Rejection] | None:
        while self.waiting:
            next_ = self.waiting.popleft()
            if isinstance(next_, Then):
                self.waiting.extendleft(reversed([*next_.commands(self.file)]))
                continue
            may_fail, command = (True, next_.command) if isinstance(next_, Attempted) else (False, next_)
            decision = _decide(command, self.file, self.context)
            if isinstance(decision, Accepted):
                self._happened(decision.events, SYSTEM)
            elif not may_fail and self.refusable:
                return decision
            elif not may_fail:
                self._park(command, decision)
        return None

    def _happened(self, events: Iterable[Event], actor: Actor) -> None:
        for event in events:
            before = self.file
            self.file = evolve(before, event)
            if isinstance(event, stock.Event):
                self.moves.extend(stock.moves(event, self.file.order.id, before.stock, floors(event, self.context)))
            elif isinstance(event, coupons.Event):
                self.moves.extend(coupons.moves(event, self.file.order.id, before.coupons))
            elif isinstance(event, loyalty.Event):
                self.moves.extend(loyalty.moves(event, self.file.order.id, before.loyalty))
            elif isinstance(event, payments.Event):
                self._tell_cards(card_events(event, before, self.context), actor)
            requests = self._take(react(event, before, self.file, self.context))
            self.planned.append(Planned(event=event, actor=actor, requests=requests))

    def _tell_cards(self, events: Iterable[giftcards.Event], actor: Actor) -> None:
        for event in events:
            self.cards.append(CardEntry(event, actor))
            self.moves.extend(giftcards.moves(event))
            state = self.context.cards.get(event.card, giftcards.NoCard())
            known = {**self.context.cards, event.card: giftcards.evolve(state, event)}
            self.context = changed(self.context, cards=known)

    def _take(self, reactions: Iterable[Reaction]) -> tuple[Request, ...]:
        requests = []
        for reaction in reactions:
            if isinstance(reaction, Request):
                requests.append(reaction)
            else:
                self.waiting.append(reaction)
        return tuple(requests)

    def _park(self, command: Command, rejected: Rejected[Rejection]) -> None:
        reasons = ", ".join(sorted({type(reason).__name__ for reason in rejected.reasons}))
        note = f"{type(command).__name__} was rejected: {reasons}"
        alert = Request(kind=RequestKind.ALERT, number=len(self.planned), note=note)
        last = self.planned[-1]
        self.planned[-1] = changed(last, requests=(*last.requests, alert))
        hold = orders.HoldOrder(order=self.file.order.id, reason=f"parked:{type(command).__name__}", actor=SYSTEM)
        decision = orders.decide(hold, self.file.orders, order_facts(hold, self.file, self.context))
        if isinstance(decision, Accepted):
            self._happened(decision.events, SYSTEM)


def _decide(command: Command, file: OrderFile, context: Context) -> Accepted[Event] | Rejected[Rejection]:
    if isinstance(command, orders.PlaceOrder):
        return _place(command, file, context)
    if isinstance(command, orders.OfferSubstitute | orders.AcceptSubstitute):
        return _substitute(command, file, context)
    if isinstance(command, orders.Command):
        return orders.decide(command, file.orders, order_facts(command, file, context))
    if isinstance(file.orders, NoOrder):
        return Rejected((orders.NotPlaced(),))
    if isinstance(command, payments.RetryPayment | payments.RequestPayment):
        return _ask(command, file, context)
    if isinstance(command, payments.ObservePayment):
        return _observe(command, file, context)
    if isinstance(command, payments.Command):
        return decide_payment(command, file, context)
    if isinstance(command, stock.Command):
        return stock.decide(command, file.stock, stock_facts(file, context))
    if isinstance(command, coupons.Command):
        return coupons.decide(command, file.coupons, _coupon_facts(file.order.quote, context, file))
    if isinstance(command, loyalty.Command):
        return loyalty.decide(command, file.loyalty, loyalty_facts(file, context))
    if isinstance(command, shipping.Command):
        return shipping.decide(command, file.shipping, shipping_facts(command, file, context))
    if isinstance(command, returns.Command):
        return returns.decide(command, file.returns, return_facts(file, context))
    return people.decide(command, file.people, people_facts(file, context))


def _place(command: orders.PlaceOrder, file: OrderFile, context: Context) -> Accepted[Event] | Rejected[Rejection]:
    command, left_out = cut_down(command, context)
    facts = changed(placing_facts(command, context), left_out=left_out)
    decision = orders.decide(command, file.orders, facts)
    if not isinstance(file.orders, NoOrder):
        return decision
    refused: tuple[Rejection, ...] = ()
    if command.coupons:
        refused = refused_coupons(command.coupons, _coupon_facts(facts.quote, context))
    if context.tenders:
        refused = (*refused, *tender_reasons(command, facts.quote, context))
    if rules := context.policy.rules:
        ordered = Quantities((line.sku, line.quantity) for line in command.lines)
        refused = (*refused, *stock.over_quota(ordered, rules, context.bought))
    reasons = decision.reasons if isinstance(decision, Rejected) else ()
    return Rejected((*reasons, *refused)) if refused else decision


def _substitute(
    command: orders.OfferSubstitute | orders.AcceptSubstitute, file: OrderFile, context: Context
) -> Accepted[Event] | Rejected[Rejection]:
    decision = orders.decide(command, file.orders, order_facts(command, file, context))
    if isinstance(file.orders, NoOrder) or decision == Accepted():
        return decision
    refused = tuple(substitute_reasons(command, file, context))
    reasons = decision.reasons if isinstance(decision, Rejected) else ()
    return Rejected((*reasons, *refused)) if refused else decision


def _ask(
    command: payments.RetryPayment | payments.RequestPayment, file: OrderFile, context: Context
) -> Accepted[Event] | Rejected[Rejection]:
    """Asking to be paid another way changes what was agreed, and what is owed with it."""
    changes = change_way(file, command.method, context.at)
    agreed = fold(changes, file)
    decision = payments.decide(command, file.payments, payment_facts(command, agreed, context))
    asked = decision.events if isinstance(decision, Accepted) else ()
    return Accepted((*changes, *asked)) if asked else decision


def _observe(
    command: payments.ObservePayment, file: OrderFile, context: Context
) -> Accepted[Event] | Rejected[Rejection]:
    """What is paid by an earlier way after all may cost less than the way that was agreed since."""
    decision = payments.decide(command, file.payments, payment_facts(command, file, context))
    if isinstance(decision, Rejected) or not decision.events:
        return decision
    changes = return_to_way(fold(decision.events, file), command.attempt, context.at)
    return Accepted((*changes, *decision.events))


def _coupon_facts(
    quote: pricing.Quote | Rejected[pricing.Rejection] | None, context: Context, file: OrderFile | None = None
) -> coupons.Facts:
    return coupon_facts(
        quote,
        at=context.at,
        policy=context.policy,
        claims=context.claims,
        shortages=context.shortages,
        file=file,
    )
