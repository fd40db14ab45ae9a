"""What a reaction is, and the few that every part of the story has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, TypeVar

import attrs

from .. import orders, payments, shipping
from ..actors import SYSTEM
from ..law import withdrawal_deadline
from ..lots import NamedLots
from ..payments import AttemptStage
from ..quantities import Quantities
from ._balance import not_supplied, surplus
from ._commands import Command
from ._file import OrderFile
from ._person import waits_for_checks
from ._requests import Request, RequestKind

__all__ = (
    "Attempted",
    "Reaction",
    "Then",
    "by_sku",
    "by_system",
    "close_in_time",
    "give_back_surplus",
    "inside",
    "is_open",
    "verify",
    "verify_if_waiting",
    "void",
)

Asked = TypeVar("Asked", bound=Command)


@attrs.frozen
class Attempted:
    """A command that may be rejected without harm: what it would have changed shows in the order's verdicts."""

    command: Command


@attrs.frozen
class Then:
    """Commands that are worked out on the file as it is once everything before them was carried out."""

    commands: Callable[[OrderFile], Iterable[Command | Attempted]]


Reaction: TypeAlias = Command | Attempted | Then | Request


def by_system(command: Callable[..., Asked], file: OrderFile, **fields: Any) -> Asked:
    """A command that the workflows give by themselves."""
    return command(order=file.order.id, actor=SYSTEM, **fields)


def verify(file: OrderFile) -> Iterable[Reaction]:
    """Ask every check again."""
    return (by_system(orders.VerifyOrder, file),)


def verify_if_waiting(file: OrderFile) -> Iterable[Reaction]:
    """Ask every check again, unless the order was confirmed, nothing holds it, and no check waits for anything."""
    # What the house or the bank does to a confirmed order does not call it into question; amending it does.
    return verify(file) if waits_for_checks(file.order) else ()


def give_back_surplus(file: OrderFile, cause: str) -> Iterable[Reaction]:
    """Whatever is held beyond what is owed goes back: the one rule of refunds."""
    if surplus(file):
        yield Then(lambda now: _refund_surplus(now, cause))


def _refund_surplus(file: OrderFile, cause: str) -> Iterable[Command]:
    # What came before in the same plan may have given it back already, or more may have come to it.
    if amount := surplus(file):
        yield by_system(payments.RefundPayment, file, amount=amount, cause=cause)


def void(file: OrderFile, number: int) -> Iterable[Reaction]:
    """Money that is set aside and not taken is let go."""
    if file.payments.attempts[number - 1].stage is AttemptStage.AUTHORISED:
        yield by_system(payments.VoidPayment, file, attempt=number)


def inside(file: OrderFile, parcel: int) -> Quantities:
    """Units by line that a parcel holds."""
    return file.shipping.parcels[parcel - 1].quantities


def by_sku(file: OrderFile, lots: NamedLots) -> NamedLots:
    """Lots by line as the stock knows them: by SKU."""
    if not lots:
        return ()
    skus = {line.line: line.sku for line in file.order.lines}
    return tuple((skus[line], lot) for line, lot in lots)


def close_in_time(file: OrderFile) -> Iterable[Reaction]:
    """Once nothing is to arrive any more, the order closes when nobody can withdraw from what did."""
    last = shipping.last_delivery(file.shipping)
    if last is not None and file.order.remaining - not_supplied(file) <= shipping.delivered(file.shipping):
        deadline = withdrawal_deadline(last, file.order.law)
        yield Request(kind=RequestKind.CLOSE_ORDER, due_at=deadline.ends_before)


def is_open(file: OrderFile) -> bool:
    """Whether the order can still be cancelled."""
    return orders.order_lifecycle().next(file.order.stage, "cancel") is not None
