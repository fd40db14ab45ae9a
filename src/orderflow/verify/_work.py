"""E1, L5, M6: work worked out again from the events that ask for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

import attrs

from .. import orders, shipping, stock
from ..orders import OrderStage
from ..payments import PaymentObserved, PaymentRequested, RefundRetried, RefundSettled, RefundStage
from ..ports.store import Receipt, Transaction, WorkRow, WorkState
from ..workflows import BLOCKED, Context, OrderFile, Request, RequestKind
from ..workflows._react import react
from ._replay import Step
from ._violation import Violation

__all__ = ("work_violations",)

_NOTIFICATION = "apply_notification"
_PARKED = "parked:"
_REJECTED = re.compile(r"\w+ was rejected: ")


@attrs.frozen
class _Expected:
    """What may or must be there for one event."""

    step: Step
    request: Request
    needed: bool = True


def work_violations(
    transaction: Transaction, stream: str, steps: Sequence[Step], context: Context
) -> Iterator[Violation]:
    """What is wrong with the work of one order."""
    expected: dict[str, _Expected] = {}
    for step in steps:
        for each in _of_step(step, steps, attrs.evolve(context, at=step.at)):
            expected[f"{stream}/{step.version:06}/{each.request.kind}/{each.request.number}"] = each
    rows = {row.id: row for row in transaction.work.of_stream(stream)}
    yield from _pair_missing(stream, expected, rows)
    for id, each in expected.items():
        if each.needed and id not in rows:
            yield Violation("E1", stream, f"{each.request.kind} is asked for and is not there", each.step.version)
    for row in rows.values():
        yield from _row_violations(transaction, stream, row, expected.get(row.id), steps)
    yield from _unanswered_parking(stream, steps, rows)
    yield from _notifications_and_receipts(transaction, stream, steps, rows)


def _of_step(step: Step, steps: Sequence[Step], context: Context) -> Iterator[_Expected]:
    for reaction in react(step.event, step.before, step.after, context):
        if isinstance(reaction, Request):
            yield _Expected(step, reaction)
    # What a policy decides may be there; the timers show in the hold that was made in the same commit.
    if isinstance(step.event, orders.OrderPlaced | orders.OrderRecorded):
        placing = takewhile(lambda later: not isinstance(later.event, orders.OrderChecked), steps[step.version :])
        held = (later.event for later in placing if isinstance(later.event, stock.StockHeld) and later.at == step.at)
        until = next((event.until for event in held), None)
        needed = until is not None and isinstance(step.event, orders.OrderPlaced)
        yield _Expected(step, Request(kind=RequestKind.LAPSE_HOLD, due_at=until), needed)
        if isinstance(step.event, orders.OrderPlaced):
            yield _Expected(step, Request(kind=RequestKind.EXPIRE_UNPAID, due_at=until), needed)
    if isinstance(step.event, PaymentRequested) and (number := step.event.attempt) > 1:
        for kind in (RequestKind.LAPSE_HOLD, RequestKind.EXPIRE_UNPAID):
            yield _Expected(step, Request(kind=kind, number=number), needed=False)
    if isinstance(step.event, RefundSettled):
        blocked = Request(kind=RequestKind.ALERT, number=step.event.refund, note=BLOCKED)
        yield _Expected(step, blocked, needed=False)
    if isinstance(step.event, shipping.ParcelHandedOver | shipping.ParcelBooked):
        yield _Expected(step, Request(kind=RequestKind.TRACK_PARCEL, number=step.event.parcel), needed=False)


def _pair_missing(stream: str, expected: Mapping[str, _Expected], rows: Mapping[str, WorkRow]) -> Iterator[Violation]:
    """Both timers of an order are there, or none."""
    for id, each in expected.items():
        if each.needed or not isinstance(each.step.event, orders.OrderPlaced):
            continue
        other = RequestKind.EXPIRE_UNPAID if each.request.kind is RequestKind.LAPSE_HOLD else RequestKind.LAPSE_HOLD
        if id not in rows and id.replace(f"/{each.request.kind}/", f"/{other}/") in rows:
            yield Violation("E1", stream, f"{each.request.kind} is asked for and is not there", each.step.version)


def _row_violations(
    transaction: Transaction, stream: str, row: WorkRow, expected: _Expected | None, steps: Sequence[Step]
) -> Iterator[Violation]:
    if row.id.startswith(f"{stream}/notification/"):
        if (row.kind, row.id) != (_NOTIFICATION, f"{stream}/notification/{row.payload}"):
            yield Violation("E1", stream, f"{row.id} is not the work that its id names")
        return
    version = _version(row.id, stream)
    if version is None or not 0 < version <= len(steps):
        yield Violation("E1", stream, f"{row.id} names no event")
        return
    if expected is None and not _is_parking_alert(row):
        yield Violation("E1", stream, f"nothing asks for {row.id}", version)
        return
    if row.id != f"{stream}/{version:06}/{row.kind}/{row.payload}":
        yield Violation("E1", stream, f"{row.id} is not the work that its id names", version)
        return
    yield from (Violation("E1", stream, f"{row.kind} {text}", version) for text in _state_problems(row))
    if expected is not None:
        yield from (Violation("E1", stream, f"{row.kind} {text}", version) for text in _claimed_problems(row, expected))
        if row.state is WorkState.DONE and not _has_outcome(row, steps, version):
            yield Violation("E1", stream, f"{row.kind} is done and nothing is known of its outcome", version)


def _version(id: str, stream: str) -> int | None:
    match = re.fullmatch(rf"{re.escape(stream)}/([0-9]{{6,}})/[a-z_]+/[0-9]+", id)
    return None if match is None else int(match[1])


def _is_parking_alert(row: WorkRow) -> bool:
    return row.kind == RequestKind.ALERT and _REJECTED.match(row.note) is not None


def _state_problems(row: WorkRow) -> Iterator[str]:
    if row.attempts < 0:
        yield f"was claimed {row.attempts} times"
    if row.state is WorkState.DONE and row.attempts == 0:
        yield "is done, and nobody ever claimed it"
    if row.state is WorkState.PARKED and not row.note:
        yield "waits for a person without a reason"


def _claimed_problems(row: WorkRow, expected: _Expected) -> Iterator[str]:
    request = expected.request
    if request.kind is RequestKind.ALERT:
        if row.note != request.note:
            yield "gives another reason than its event"
        return
    if row.attempts == 0 and row.state is WorkState.PARKED:
        yield "was set aside, and nobody ever claimed it"
    # What is told late may have been due before it was told.
    due_at = request.due_at or expected.step.at
    is_known = expected.needed or request.due_at is not None
    if row.due_at < min(due_at, expected.step.at) or (is_known and _is_untouched(row) and row.due_at != due_at):
        yield f"falls due at {row.due_at}, not at {due_at}"
    if _is_untouched(row) and row.note:
        yield "has a note, and was never put off"


def _is_untouched(row: WorkRow) -> bool:
    """Whether it was never put off or set aside: both need a claim, and another to finish."""
    return row.attempts == 0 or (row.attempts == 1 and row.state is WorkState.DONE)


def _has_outcome(row: WorkRow, steps: Sequence[Step], version: int) -> bool:
    """Whether what a finished request to a partner led to is known; only the latest request of a refund is asked."""
    file, number = steps[-1].after, int(row.payload)
    match row.kind:
        case RequestKind.START_PAYMENT:
            attempt = file.payments.attempts[number - 1]
            over = file.order.stage in (OrderStage.CANCELLED, OrderStage.CLOSED)
            return attempt.outcome is not None or attempt.superseded or attempt.voiding or over
        case RequestKind.CAPTURE_MONEY | RequestKind.VOID_MONEY:
            return _settled_two_step(row, file, number) or _authorised_since(number, steps[version:])
        case RequestKind.REFUND_MONEY:
            refund = file.payments.refunds[number - 1]
            retries = (later.event for later in steps[version:] if isinstance(later.event, RefundRetried))
            again = any(retry.refund == number for retry in retries)
            return again or refund.stage is not RefundStage.REQUESTED
        case RequestKind.BOOK_PARCEL:
            parcel = file.shipping.parcels[number - 1]
            return bool(parcel.booking or parcel.booking_failure) or not parcel.is_here
        case _:
            return True


def _settled_two_step(row: WorkRow, file: OrderFile, number: int) -> bool:
    attempt = file.payments.attempts[number - 1]
    if attempt.released or attempt.captured >= attempt.authorised:
        return True
    if row.kind == RequestKind.CAPTURE_MONEY:
        return attempt.captured >= attempt.capturing
    return bool(attempt.captured)  # the rest of what was set aside went with the capture, which is no news


def _authorised_since(number: int, later: Sequence[Step]) -> bool:
    """Whether more was set aside afterwards, of which a request of its own takes care."""
    told = (step for step in later if isinstance(step.event, PaymentObserved) and step.event.attempt == number)
    files = ((step.before.payments, step.after.payments) for step in told)
    return any(
        after.attempts[number - 1].authorised > before.attempts[number - 1].authorised for before, after in files
    )


def _unanswered_parking(stream: str, steps: Sequence[Step], rows: Mapping[str, WorkRow]) -> Iterator[Violation]:
    for step in steps:
        if isinstance(step.event, orders.OrderHeld) and step.event.reason.startswith(_PARKED):
            command = step.event.reason.removeprefix(_PARKED)
            alerts = (row for row in rows.values() if _version(row.id, stream) == step.version - 1)
            if not any(row.kind == RequestKind.ALERT and row.note.startswith(f"{command} was") for row in alerts):
                yield Violation("L5", stream, f"{command} was parked and nobody was alerted", step.version)


def _notifications_and_receipts(
    transaction: Transaction, stream: str, steps: Sequence[Step], rows: Mapping[str, WorkRow]
) -> Iterator[Violation]:
    for record in transaction.records.of_subject(steps[-1].after.order.person):
        if record.kind == "salt" and not _is_kept(transaction.work.receipt(record.key), stream, len(steps)):
            yield Violation("M6", stream, f"the answer to request {record.key!r} is not kept")
        missing = record.kind == "notification" and f"{stream}/notification/{record.key}" not in rows
        if missing and _tells_of(record.data, stream):
            yield Violation("E1", stream, f"notification {record.key} is stored and nothing applies it")


def _is_kept(receipt: Receipt | None, stream: str, head: int) -> bool:
    return receipt is not None and receipt.stream == stream and 0 < receipt.version <= head


def _tells_of(data: str, stream: str) -> bool:
    # A notification may be of several orders, and is kept with one of them.
    return stream.encode() in bytes.fromhex(json.loads(data)["body"])
