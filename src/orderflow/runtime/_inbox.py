"""The inbox: what partners send by themselves is stored raw first, then read again and applied as commands."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from ..actors import SYSTEM
from ..ports.courier import ParcelFact
from ..ports.gateway import PaymentFact, RawNotification, RefundFact, RefundOutcome
from ..ports.store import RecordRow, Transaction, WorkRow
from ..shipping import RecordTracking
from ..workflows import OrderFile, RequestKind
from ._commit import in_one_commit
from ._errands import ORDER_KEY_LENGTH, operation_key
from ._paying import observation, refund_observation
from ._unit import UnitOfWork

__all__ = ("NOTIFICATION", "Fact", "command_of", "is_outdated", "keep", "order_of", "read_again")

NOTIFICATION = "apply_notification"
Fact = PaymentFact | RefundFact | ParcelFact


def keep(unit: UnitOfWork, name: str, raw: RawNotification, streams: set[str]) -> Sequence[WorkRow]:
    """Store the raw notification and the work of applying it, one piece per order it speaks of."""
    digest = hashlib.blake2b(raw.body + name.encode(), digest_size=16).hexdigest()
    data = json.dumps({"name": name, "headers": dict(raw.headers), "body": raw.body.hex()})
    rows = [
        WorkRow(
            id=f"{stream}/notification/{digest}",
            stream=stream,
            kind=NOTIFICATION,
            payload=digest,
            due_at=raw.received_at,
        )
        for stream in sorted(streams)
    ]

    def write(transaction: Transaction) -> None:
        files = [unit.load(transaction, stream) for stream in sorted(streams)]
        known = (loaded.file.order.person for loaded in files if loaded.version)
        subject = next(known, f"inbox:{name}")
        transaction.records.put(
            RecordRow(kind="notification", key=digest, subject=subject, data=data, at=raw.received_at)
        )
        transaction.work.add(rows)

    in_one_commit(unit.store, write)
    return rows


def read_again(row: RecordRow) -> tuple[str, RawNotification]:
    """Who sent a stored notification, and the notification as it arrived."""
    data = json.loads(row.data)
    raw = RawNotification(headers=data["headers"], body=bytes.fromhex(data["body"]), received_at=row.at)
    return data["name"], raw


def order_of(fact: Fact) -> str:
    """The key of the order that a fact speaks of: our names for attempts, refunds and parcels begin with it."""
    return _name(fact)[:ORDER_KEY_LENGTH]


def is_outdated(fact: Fact, work: Sequence[WorkRow]) -> bool:
    """
    Whether a refund was tried again since, under a new key, so that how the old try stands does not matter.

    Money that went back does matter, under whatever key.
    """
    if not isinstance(fact, RefundFact) or fact.answer.outcome is RefundOutcome.SETTLED:
        return False
    number = fact.operation.rpartition("x")[2]
    tries = [row for row in work if row.kind == RequestKind.REFUND_MONEY and row.payload == number]
    return bool(tries) and fact.operation != operation_key(max(tries, key=lambda row: row.id))


def command_of(fact: Fact, file: OrderFile) -> Any:
    """A fact as a command; None where it names nothing of this order."""
    order, rest = file.order.id, _name(fact)[ORDER_KEY_LENGTH + 1 :]
    match fact:
        case PaymentFact(answer=answer, occurred_at=occurred_at):
            number = _number(rest.removeprefix("p"), len(file.payments.attempts))
            return number and observation(order, file.payments.attempts[number - 1], answer, occurred_at)
        case RefundFact(answer=answer, occurred_at=occurred_at):
            number = _number(rest.rpartition("x")[2], len(file.payments.refunds))
            return number and refund_observation(order, file.payments.refunds[number - 1], answer, occurred_at)
        case ParcelFact(fact=tracking):
            number = _number(rest.removeprefix("b"), len(file.shipping.parcels))
            return number and RecordTracking(order=order, actor=SYSTEM, parcel=number, fact=tracking)


def _name(fact: Fact) -> str:
    return fact.operation if isinstance(fact, RefundFact) else fact.reference


def _number(text: str, most: int) -> int | None:
    number = int(text) if text.isdecimal() and len(text) < ORDER_KEY_LENGTH else 0
    return number if 0 < number <= most else None
