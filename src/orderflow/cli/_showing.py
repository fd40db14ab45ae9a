"""``orderflow show``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import attrs

from .. import wire
from ..money import Money
from ..ports.store import StoreError, Transaction
from ..quantities import Quantities
from ..runtime.shop import CommandRejected, Shop
from ..runtime.views import HistoryEntry, OrderView
from ._database import Database, opened
from ._output import Output

__all__ = ("show",)

_TOLD = (
    "account", "amount", "captured", "credit", "quantities", "units", "reason", "cause", "outcome", "code", "attempt",
    "refund", "parcel", "return_", "courier", "booking", "tracking", "status", "stage", "tags", "price",
    "payment_method", "fee",
)  # fmt: skip


def show(output: Output, *, reference: str, db: Database) -> int:
    """Print one order; 1 where there is none of that name."""
    with opened(db) as store:
        shop = Shop(store, seller="command line")
        try:
            view = shop.order(reference)
        except CommandRejected:
            output.failed(f"{reference}: no order has this reference, id or number in {db}")
            return 1
        except (LookupError, TypeError, ValueError) as error:
            raise StoreError(
                f"{reference} cannot be read ({error}); 'orderflow verify' says where it breaks"
            ) from error
        history = shop.history(view.id)
        with store.reading() as transaction:
            messages = [*_messages(transaction, view)]
            work = [*_work(transaction, view)]
    output.document(_document(view, history, messages, work))
    _header(output, view)
    _money(output, view)
    _coupons(output, view)
    _points(output, view)
    _goods(output, view)
    _journeys(output, view)
    output.table("Messages", ("at", "kind", "to", "subject"), [tuple(message.values()) for message in messages])
    output.table("Still to do", ("due", "what", "state", "note"), [tuple(row.values()) for row in work])
    output.table(
        "History, in the order in which it was recorded",
        ("version", "happened at", "event", "by", "details"),
        [(entry.version, _when(entry.occurred_at), entry.name, entry.actor, _told(entry.event)) for entry in history],
    )
    return 0


def _header(output: Output, view: OrderView) -> None:
    order = view.order
    output.line(f"Order {view.reference} ({view.id}): {view.status}")
    facts: tuple[tuple[str, object], ...] = (
        ("placed", _when(order.placed_at)),
        ("stage", order.stage),
        ("seller", f"{order.seller}, {order.channel}, law {order.law}"),
        ("numbers", ", ".join(":".join(pair) for pair in order.numbers)),
        ("customer", order.customer),
        ("delivery", f"{order.delivery_method} to {order.destination.kind} {order.destination.code}".rstrip()),
        ("payment", f"{order.payment_method}, fee {order.payment_fee}" if order.payment_fee else order.payment_method),
        ("deposit", order.quote.deposit or None),
        ("on hold", ", ".join(order.holds)),
        ("tags", ", ".join(order.tags)),
        ("adopted", "yes" if order.adopted else None),
        ("erased", "personal data was erased" if view.file.people.erased else None),
    )
    for name, fact in facts:
        if fact:
            output.line(f"  {name:9} {fact}")
    output.line()
    output.table("Findings", ("finding", "detail"), [(each.code, each.detail) for each in order.findings])
    output.table(
        "Checks",
        ("check", "standing", "reasons", "released by"),
        [(each.check, each.standing, ", ".join(each.reasons), each.released_by) for each in order.verdicts],
    )


def _sums(view: OrderView) -> dict[str, str]:
    names = ("total", "owed", "paid", "due", "refunded", "refunding")
    return {name: str(getattr(view, name)) for name in names}


def _money(output: Output, view: OrderView) -> None:
    sums = _sums(view)
    output.table("Money", tuple(sums), [tuple(sums.values())])
    state = view.file.payments
    output.table(
        "Payments",
        ("no.", "method", "stage", "asked", "authorised", "captured", "collected", "code"),
        [
            (
                each.number,
                each.method,
                each.stage,
                each.amount,
                each.authorised,
                each.captured,
                each.collected,
                each.code,
            )
            for each in state.attempts
        ],
    )
    output.table(
        "Refunds",
        ("no.", "of payment", "amount", "stage", "cause", "code"),
        [(each.number, each.attempt, each.amount, each.stage, each.cause, each.code) for each in state.refunds],
    )


def _coupons(output: Output, view: OrderView) -> None:
    state = view.coupons
    output.table(
        "Coupons",
        ("campaign", "saved", "stage"),
        [
            (use.campaign, use.saved, "given back" if use.campaign in state.given_back else state.stage)
            for use in state.uses
        ],
    )


def _points(output: Output, view: OrderView) -> None:
    state = view.loyalty
    if state.programme:
        output.table(
            "Loyalty points",
            ("programme", "points", "earned", "taken back"),
            [(state.programme.id, state.points, state.earned, state.taken_back)],
        )


def _goods(output: Output, view: OrderView) -> None:
    order, state = view.order, view.file.stock
    left = view.remaining
    output.table(
        "Lines",
        ("line", "sku", "name", "unit price", "ordered", "not cancelled", "delivered"),
        [
            (line.line, line.sku, line.name, line.unit_price, line.quantity, left[line.line], view.delivered[line.line])
            for line in order.lines
        ],
    )
    parts = ("held", "committed", "consumed", "backordered", "restocked", "written_off")
    skus = sorted({sku for part in parts for sku, _ in getattr(state, part)})
    output.table(
        "Stock",
        ("sku", *(part.replace("_", " ") for part in parts)),
        [(sku, *(getattr(state, part)[sku] for part in parts)) for sku in skus],
    )

    output.table(
        "What came back",
        ("disposition", "units"),
        [(disposition, _text(units)) for disposition, units in state.dispositions],
    )
    output.table(
        "Promised",
        ("sku", "units", "from", "beyond what is expected"),
        [
            (promise.sku, part.quantity, part.at and _when(part.at), part.beyond)
            for promise in view.promised
            for part in promise.parts
        ],
    )


def _journeys(output: Output, view: OrderView) -> None:
    output.table(
        "Parcels",
        ("no.", "courier", "stage", "tracking", "units", "to collect", "delivered"),
        [
            (
                each.number,
                each.courier,
                each.stage,
                each.tracking,
                _text(each.quantities),
                each.cash_due,
                each.delivered_at and _when(each.delivered_at),
            )
            for each in view.parcels
        ],
    )
    output.table(
        "Returns",
        ("no.", "stage", "units", "declared", "refund by", "credited"),
        [
            (each.number, each.stage, _text(each.quantities), _when(each.declared_at), each.refund_by, each.amount)
            for each in view.returns
        ],
    )


def _messages(transaction: Transaction, view: OrderView) -> Iterator[dict[str, str]]:
    for record in transaction.records.of_subject(view.order.person, "message"):
        try:
            data = json.loads(record.data)
            to = str(data["email"] or data["phone"] or "")
            yield {"at": _when(record.at), "kind": str(data["kind"]), "to": to, "subject": str(data["subject"])}
        except (ValueError, KeyError, TypeError):
            raise StoreError(f"message {record.key} cannot be read; 'orderflow verify' may say more") from None


def _work(transaction: Transaction, view: OrderView) -> Iterator[dict[str, str]]:
    for row in transaction.work.of_stream(view.id):
        if row.state != "done":
            yield {"due": _when(row.due_at), "kind": row.kind, "state": str(row.state), "note": row.note}


def _document(
    view: OrderView, history: Sequence[HistoryEntry], messages: Sequence[Any], work: Sequence[Any]
) -> dict[str, Any]:
    order = view.order
    return {
        "reference": view.reference,
        "id": view.id,
        "version": view.version,
        "status": str(view.status),
        "stage": str(order.stage),
        "placed_at": order.placed_at.isoformat(),
        "numbers": dict(order.numbers),
        "holds": list(order.holds),
        "findings": [attrs.asdict(each) for each in order.findings],
        "money": _sums(view),
        "payments": _plain(view.file.payments.attempts),
        "refunds": _plain(view.file.payments.refunds),
        "coupons": _plain(view.coupons),
        "loyalty": _plain(view.loyalty),
        "lines": _plain(order.lines),
        "stock": _plain(view.file.stock),
        "parcels": _plain(view.parcels),
        "returns": _plain(view.returns),
        "messages": list(messages),
        "work": list(work),
        "history": [
            {
                "version": entry.version,
                "name": entry.name,
                "actor": entry.actor,
                "occurred_at": entry.occurred_at.isoformat(),
                "recorded_at": entry.recorded_at.isoformat(),
                "event": json.loads(wire.dump(entry.event)[1]),
            }
            for entry in history
        ],
    }


def _plain(value: Any) -> Any:
    """Values as JSON shows them best: amounts as text, units as an object."""
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, Quantities):
        return dict(value.pairs)
    if attrs.has(type(value)):
        return {field.name: _plain(getattr(value, field.name)) for field in attrs.fields(type(value))}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int) else value.isoformat()


def _told(event: Any) -> str:
    """The few fields of an event that say most."""
    parts = ((name.rstrip("_"), getattr(event, name, None)) for name in _TOLD)
    return ", ".join(f"{name} {_text(value)}" for name, value in parts if value not in (None, "", ()))


def _text(value: Any) -> str:
    if isinstance(value, Quantities):
        return " ".join(f"{count}x{key}" for key, count in value)
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _when(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"
