"""An order planned step by step with no shop and no store: the file, its events, and what was asked of the world."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs

from orderflow import Money, Quantities, orders, payments, shipping
from orderflow.counters import Move, Shortage
from orderflow.decisions import Rejected
from orderflow.identifiers import OrderId, PersonRef, Reference
from orderflow.people import Person
from orderflow.workflows import (
    Command,
    Context,
    Event,
    OrderFile,
    PaymentMethod,
    Plan,
    Policy,
    Rejection,
    Request,
    RequestKind,
    plan,
    plan_timer,
)

from .counter import START, TARIFF, order_of

IDENTITY = orders.Identity(
    order=OrderId("ord_1"),
    reference=Reference("222-5PR-MAP3"),
    person=PersonRef("per_1"),
    seller="Mug Shop",
    law="PL",
    channel="shop",
    process="process/1",
)
METHODS = (
    PaymentMethod(code="card", gateway="card", kind=payments.TenderKind.PREPAID),
    PaymentMethod(code="transfer", gateway="bank", kind=payments.TenderKind.TRANSFER),
    PaymentMethod(code="cash_on_delivery", gateway="bank", kind=payments.TenderKind.CASH_ON_DELIVERY),
)


def policy(**changes: Any) -> Policy:
    """Two ways to pay before and one at the door."""
    usual: dict[str, Any] = {
        "seller": "Mug Shop",
        "channel": "shop",
        "law": "PL",
        "tariff": TARIFF,
        "payment_methods": METHODS,
    }
    return Policy(**(usual | changes))


class Desk:
    """One order; every step is planned on the file as it stands, and kept unless it was rejected."""

    def __init__(self, policy_: Policy | None = None) -> None:
        self.policy = policy_ or policy()
        self.at = START
        self.file = OrderFile()
        self.events: list[Event] = []
        self.requests: list[Request] = []
        self.moves: list[Move] = []
        self.person: Person | None = None
        self.erased = False

    def context(self, shortages: tuple[Shortage, ...] = ()) -> Context:
        """What comes from outside the file."""
        person = None if self.erased else self.person
        return Context(at=self.at, policy=self.policy, person=person, identity=IDENTITY, shortages=shortages)

    def ask(self, command: Command, shortages: tuple[Shortage, ...] = ()) -> Plan | Rejected[Rejection]:
        """Plan a command, and keep the plan."""
        found = plan(command, self.file, self.context(shortages))
        return found if isinstance(found, Rejected) else self._kept(found)

    def do(self, command: Command) -> Plan:
        """A command that must hold."""
        found = self.ask(command)
        assert isinstance(found, Plan), found
        return found

    def due(self, kind: RequestKind, number: int = 0) -> Plan:
        """A timer has come due."""
        return self._kept(plan_timer(kind, self.file, self.context(), number))

    def _kept(self, found: Plan) -> Plan:
        self.file = found.file
        self.events += found.events
        self.requests += [request for each in found.planned for request in each.requests]
        self.moves += found.moves
        self.person = found.person or self.person
        self.erased = self.erased or found.erase
        return found

    def later(self, **time: float) -> None:
        """Time passes."""
        self.at += timedelta(**time)

    def place(self, **changes: Any) -> Plan:
        """The usual order."""
        return self.do(order_of(**changes))

    def observe(self, attempt: int = 1, **facts: Any) -> Plan:
        """What a provider says."""
        told = payments.PaymentFacts(occurred_at=self.at, **facts)
        return self.do(payments.ObservePayment(order="A", attempt=attempt, facts=told))

    def pay(self, amount: Money | None = None, attempt: int = 1) -> Plan:
        """Money comes: all that the attempt asks for, or *amount* in total."""
        captured = amount or self.file.payments.attempts[attempt - 1].amount
        return self.observe(attempt, outcome=payments.Outcome.CAPTURED, captured=captured)

    def authorise(self, attempt: int = 1, amount: Money | None = None) -> Plan:
        """Money is set aside at the customer's bank."""
        authorised = amount or self.file.payments.attempts[attempt - 1].amount
        return self.observe(attempt, outcome=payments.Outcome.AUTHORISED, authorised=authorised)

    def pack(self, units: Quantities | None = None) -> int:
        """Pick and pack; the parcel's number."""
        self.do(shipping.PickLines(order="A", quantities=units))
        self.do(shipping.PackParcel(order="A", quantities=units))
        return len(self.file.shipping.parcels)

    def ship(self, units: Quantities | None = None) -> int:
        """Pick, pack and hand over; the parcel's number."""
        parcel = self.pack(units)
        self.do(shipping.HandOver(order="A", parcel=parcel))
        return parcel

    def track(self, status: shipping.TrackingStatus, parcel: int = 1) -> Plan:
        """The courier says something."""
        fact = shipping.TrackingFact(status=status, occurred_at=self.at)
        return self.do(shipping.RecordTracking(order="A", parcel=parcel, fact=fact))

    def kinds(self) -> list[RequestKind]:
        """What was asked of the world so far."""
        return [request.kind for request in self.requests]


def names(found: Plan | Rejected[Any]) -> list[str]:
    """The events of a plan, or the reasons of a rejection, by their names."""
    return [type(each).__name__ for each in (found.reasons if isinstance(found, Rejected) else found.events)]


def without(file: OrderFile, **allocation: Any) -> OrderFile:
    """A file whose units are not as the events say, as after a race that another order won."""
    return attrs.evolve(file, stock=attrs.evolve(file.stock, **allocation))
