"""Receipts: a host's request id is answered once, and the same again for the same content."""

from __future__ import annotations

import hashlib
from datetime import datetime

import attrs

from ..orders import RequestReused
from ..ports.store import Receipt, RecordRow, Transaction
from ..workflows import fold
from ._unit import CommandRejected, Loaded
from ._worker import entry
from .views import OrderView

__all__ = ("answered", "keep_receipt")


def answered(transaction: Transaction, request_id: str, command: object) -> OrderView | None:
    """
    The order as the request left it, where it was answered before.

    Raises:
        CommandRejected: the id was given with other content.
    """
    receipt = transaction.work.receipt(request_id)
    if receipt is None:
        return None
    salt = transaction.records.get("salt", request_id)
    if salt is not None and receipt.fingerprint != _fingerprint(command, salt.data):
        raise CommandRejected((RequestReused(request=request_id),), command)
    rows = (row for row in transaction.streams.read(receipt.stream) if row.version <= receipt.version)
    return OrderView(fold(entry(row).event for row in rows), receipt.version)


def keep_receipt(
    transaction: Transaction, request_id: str, command: object, after: Loaded, entropy: int, at: datetime
) -> None:
    """Remember the answer. The fingerprint may be of personal data: its salt is erased with the person."""
    order, salt = after.file.order, f"{entropy:x}"
    receipt = Receipt(
        request=request_id, fingerprint=_fingerprint(command, salt), stream=order.id, version=after.version
    )
    transaction.work.keep(receipt)
    transaction.records.put(RecordRow(kind="salt", key=request_id, subject=order.person, data=salt, at=at))


def _fingerprint(command: object, salt: str) -> str:
    content = attrs.astuple(command)  # type: ignore[arg-type]
    text = f"{type(command).__name__}{content!r}"
    return hashlib.blake2b(text.encode(), key=salt.encode(), digest_size=16).hexdigest()
