"""What the customer has to do to pay, kept in erasable records until the payment is decided."""

from __future__ import annotations

import json

from .. import payments
from ..ports.gateway import Form, Instructions, NextStep, Redirect
from ..ports.store import Transaction
from ..workflows import OrderFile, due
from ._errands import payment_reference

__all__ = ("dump_step", "load_step", "next_step")


def next_step(transaction: Transaction, file: OrderFile) -> NextStep | None:
    """What the customer has to do for the open payment, as its provider said; None where nothing is due."""
    attempt = payments.open_attempt(file.payments)
    if attempt is None or not due(file):
        return None
    row = transaction.records.get("next_step", payment_reference(file.order.id, attempt.number))
    return None if row is None else load_step(row.data)


def dump_step(step: NextStep) -> str:
    """A next step as text."""
    match step:
        case Redirect(url=url):
            return json.dumps({"redirect": url})
        case Form(url=url, fields=fields):
            return json.dumps({"form": url, "fields": fields})
        case Instructions(values=values):
            return json.dumps({"instructions": values})


def load_step(text: str) -> NextStep:
    """The inverse of :func:`dump_step`."""
    data = json.loads(text)
    if "redirect" in data:
        return Redirect(data["redirect"])
    if "form" in data:
        return Form(data["form"], tuple((name, value) for name, value in data["fields"]))
    return Instructions(tuple((name, value) for name, value in data["instructions"]))
