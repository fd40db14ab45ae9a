"""Which commands change the erasable record of a person, and how, and which ones read it."""

from __future__ import annotations

from typing import Any

import attrs

from ..orders import (
    AcceptSubstitute,
    AddNote,
    AmendAddress,
    AmendContact,
    AmendDelivery,
    BackorderLines,
    NoOrder,
    Order,
    OrderStage,
    PlaceOrder,
    RecordOrder,
    RecordVerdict,
    Standing,
    TagOrder,
    Target,
    ToAddress,
    VerifyOrder,
)
from ..people import Address, Person
from ..shipping import ReportShortPick
from ..stock import RecordReservation
from ._file import OrderFile

__all__ = ("person_after", "reads_person", "waits_for_checks")


def reads_person(command: object, file: OrderFile) -> bool:
    """Whether planning *command* may look at the erasable record: a confirmed order is seldom verified by itself."""
    if isinstance(file.orders, NoOrder):
        return False
    return waits_for_checks(file.orders) or isinstance(command, _READERS)


def waits_for_checks(order: Order) -> bool:
    """Whether news may change how its checks stand: of a confirmed order where one does not pass, or it is held."""
    if order.stage in (OrderStage.RECEIVED, OrderStage.VERIFIED):
        return True
    waiting = any(verdict.standing is not Standing.PASSED for verdict in order.verdicts)
    return bool(order.holds) or (order.stage is OrderStage.CONFIRMED and waiting)


def person_after(command: Any, person: Person | None) -> Person | None:
    """The record as it is after *command*; None where the command leaves it alone."""
    match command:
        case PlaceOrder() | RecordOrder():
            # A newer document of an adopted order replaces what it tells, and not the remarks that were made here.
            remarks = () if person is None else person.notes
            return Person(
                contact=command.contact,
                delivery=_address(command.target),
                billing=command.billing,
                tax_number=command.tax_number,
                notes=tuple(dict.fromkeys((*remarks, *command.notes))),
            )
        case AmendContact(contact=contact) if person is not None:
            return attrs.evolve(person, contact=contact)
        case AmendAddress(address=address, billing=billing) if person is not None:
            return attrs.evolve(person, delivery=address, billing=billing or person.billing)
        case AmendDelivery(target=target) if person is not None:
            return attrs.evolve(person, delivery=_address(target) or person.delivery)
        case AddNote(text=text) if person is not None:
            return attrs.evolve(person, notes=(*person.notes, text))
        case _:
            return None


def _address(target: Target) -> Address | None:
    return target.address if isinstance(target, ToAddress) else None


_READERS = (
    AcceptSubstitute,
    AddNote,
    AmendAddress,
    AmendContact,
    AmendDelivery,
    BackorderLines,
    RecordOrder,
    RecordReservation,
    RecordVerdict,
    ReportShortPick,
    TagOrder,
    VerifyOrder,
)
