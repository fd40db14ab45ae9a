"""The walk through a whole store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from .. import coupons, giftcards, loyalty, payments, stock
from ..counters import Level
from ..orders import OrderStage
from ..payments import RefundStage
from ..ports.store import Counters, Records, SearchRow, Store, StoreError, Transaction
from ..pricing import Tariff
from ..wire import load_person
from ..workflows import Context, OrderFile, Policy, RequestKind, status, surplus
from ._cards import Tenders, card_violations
from ._replay import Step, read_stream, replay
from ._steps import coupon_problems, quota_problems, step_problems
from ._stock import Books, Expectations, counter_violations, lot_violations
from ._violation import Violation
from ._work import work_violations

__all__ = ("Progress", "verify")

T = TypeVar("T")
Progress = Callable[[int, int, str], None]

_PAGE = 1000
_ORDER = "ord_"
_BOOKED = {
    stock.StockReceived: "booked",
    stock.StockAdjusted: "booked",
    stock.StockCounted: "counted",
    stock.StockSent: "sent",
    stock.StockArrived: "arrived",
    stock.StockExpected: "expected",
    stock.LevelReported: "reported",
}
# Whoever verifies knows no shop: what a policy decides is taken from the events, or left open.
_NO_POLICY = Policy(seller="", channel="", law="PL", tariff=Tariff(()), payment_methods=(), payment_window={})


def verify(store: Store, *, progress: Progress | None = None) -> tuple[Violation, ...]:
    """
    Everything that does not hold, in one consistent view of *store*; nothing is changed.

    ``progress`` is told how many streams and counters are done, how many there are, and which comes next.

    Raises:
        StoreError: the store cannot be read at all.
    """
    found: list[Violation] = []
    with store.reading() as transaction:
        counters = transaction.counters
        streams, expectations, tenders = _streams(transaction, found), Expectations(), Tenders()
        books = Books(_guarded("", counters.every_entry, found), _guarded("", counters.every_hold, found))
        gaps = transaction.streams.gaps()
        found.extend(
            Violation("L2", name, "the event recorded next, here or elsewhere, is gone", at) for name, at in gaps
        )
        keys = sorted({*_pages(counters.keys), *books.ledgers, *books.holds})
        total = len(streams) + len(keys)
        tell = progress or _silent
        for number, stream in enumerate(streams):
            tell(number, total, stream)
            found.extend(_guarded(stream, partial(_stream, transaction, stream, expectations, tenders), found))
        for number, key in enumerate(keys, start=len(streams)):
            tell(number, total, key)
            found.extend(_guarded(key, partial(_counter, counters, key, books, expectations), found))
        found.extend(_guarded("", partial(_lots, counters, expectations), found))
        unknown = sorted(expectations.accounts.keys() - {*keys})
        found.extend(Violation("S2", key, "events move a counter that is not there") for key in unknown)
        found.extend(tenders.violations())
        tell(total, total, "")
    return tuple(found)


def _silent(done: int, total: int, name: str) -> None:
    pass


def _counter(counters: Counters, key: str, books: Books, expectations: Expectations) -> Iterator[Violation]:
    return counter_violations(counters.level(key), books, key, expectations)


def _lots(counters: Counters, expectations: Expectations) -> Iterator[Violation]:
    prefixes = {stock.LOT_PREFIX, *expectations.by_lots} if expectations.by_lots else ()
    levels: dict[str, Level] = {}
    for prefix in prefixes:
        after = ""
        while page := counters.levels(prefix, after=after, limit=_PAGE):
            levels.update(page)
            after = page[-1][0]
    return lot_violations(levels, expectations.by_lots)


def _pages(page: Callable[..., Sequence[str]]) -> list[str]:
    names: list[str] = []
    while more := page(after=names[-1] if names else "", limit=_PAGE):
        names.extend(more)
    return names


def _streams(transaction: Transaction, found: list[Violation]) -> list[str]:
    """Every stream that has events, or that something else says there is."""
    named = {*_pages(transaction.streams.names)}
    named.update(key for key in _pages(transaction.counters.keys) if key.startswith(stock.ITEM_PREFIXES))
    named.update(_guarded("", partial(_searched, transaction.records), found))
    return sorted(named)


def _searched(records: Records) -> Iterator[str]:
    after: str | None = None
    while page := records.search(after=after, limit=_PAGE):
        yield from (row.stream for row in page)
        after = page[-1].stream


def _guarded(stream: str, read: Callable[[], Iterable[T]], found: list[Violation]) -> Iterator[T]:
    """A row that was tampered with may break whatever reads it in any way; that too is a finding."""
    try:
        yield from read()
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - see above
        found.append(Violation("L2", stream, f"what is stored cannot be read: {error!r}"))


def _stream(transaction: Transaction, stream: str, expectations: Expectations, tenders: Tenders) -> Iterator[Violation]:
    found: list[Violation] = []
    rows = read_stream(transaction.streams, stream, found)
    if stream.startswith(stock.ITEM_PREFIXES):
        yield from found
        yield from _item(stream, rows, expectations)
    elif stream.startswith(coupons.PREFIX):
        yield from found
        yield from _campaign(stream, rows, expectations)
    elif stream.startswith(loyalty.PREFIX):
        yield from found
        yield from _account(stream, rows, expectations)
    elif giftcards.is_card(stream):
        yield from found
        yield from card_violations(stream, rows, tenders)
        own = [(row.version, row.recorded_at, event) for row, event in rows if isinstance(event, giftcards.Event)]
        expectations.add_card(own)
    elif stream.startswith(_ORDER):
        steps = replay(stream, rows, found)
        yield from found
        if not steps:
            yield Violation("L2", stream, "the order has no events")
            return
        expectations.add_order(stream, steps)
        tenders.add_order(stream, steps)
        yield from _order(transaction, stream, steps)
    else:
        yield from found


def _item(stream: str, rows: Sequence[tuple[Any, Any]], expectations: Expectations) -> Iterator[Violation]:
    references: set[tuple[str, str | None]] = set()
    known = []
    for row, event in rows:
        if not isinstance(event, stock.ItemEvent) or stock.item_id(event.sku, event.location) != stream:
            yield Violation("L1", stream, f"{row.name} is no event of this item", row.version)
            continue
        # What arrives was booked where it came from, and what is expected may be said again; counts and transfers have
        # references of their own.
        reference = str(event.sequence) if isinstance(event, stock.LevelReported) else event.reference
        booked = (_BOOKED[type(event)], reference)
        if reference is not None and booked in references:
            yield Violation("S3", stream, f"reference {reference!r} was booked before", row.version)
        if not isinstance(event, stock.StockArrived | stock.StockExpected):
            references.add(booked)
        known.append((row.version, row.recorded_at, event))
    expectations.add_item(stream, known)


def _campaign(stream: str, rows: Sequence[tuple[Any, Any]], expectations: Expectations) -> Iterator[Violation]:
    given: set[str] = set()
    known = []
    for row, event in rows:
        if not isinstance(event, coupons.ItemEvent) or coupons.item_of(event) != stream:
            yield Violation("L1", stream, f"{row.name} is no event of this campaign", row.version)
            continue
        once = event.digests if isinstance(event, coupons.CodesIssued) else (getattr(event, "reference", None),)
        for name in (each for each in once if each is not None):
            if name in given:
                yield Violation("S3", stream, f"{name!r} was granted or issued before", row.version)
            given.add(name)
        known.append((row.version, row.recorded_at, event))
    expectations.add_campaign(stream, known)


def _account(stream: str, rows: Sequence[tuple[Any, Any]], expectations: Expectations) -> Iterator[Violation]:
    booked: set[str] = set()
    known = []
    for row, event in rows:
        if not isinstance(event, loyalty.ItemEvent) or loyalty.item_of(event) != stream:
            yield Violation("L1", stream, f"{row.name} is no event of this account", row.version)
            continue
        if event.reference in booked:
            yield Violation("S3", stream, f"{event.reference!r} was booked before", row.version)
        booked.add(event.reference)
        known.append((row.version, row.recorded_at, event))
    expectations.add_account(stream, known)


def _order(transaction: Transaction, stream: str, steps: Sequence[Step]) -> Iterator[Violation]:
    for step in steps:
        context = Context(at=step.at, policy=_NO_POLICY)
        problems = _guarded_step(stream, step, context)
        yield from (Violation(invariant, stream, text, step.version) for invariant, text in problems)
    file, version = steps[-1].after, steps[-1].version
    yield from (Violation(invariant, stream, text, version) for invariant, text in _end_problems(transaction, file))
    yield from _search_violations(transaction.records, stream, file)
    yield from _person_violations(transaction, stream, file)
    yield from work_violations(transaction, stream, steps, Context(at=steps[-1].at, policy=_NO_POLICY))


def _guarded_step(stream: str, step: Step, context: Context) -> Sequence[tuple[str, str]]:
    try:
        return tuple(step_problems(stream, step, context))
    except Exception as error:  # noqa: BLE001 - amounts and units that were tampered with may break any rule
        return (("L1", f"{type(step.event).__name__} does not fit what was before: {error!r}"),)


def _end_problems(transaction: Transaction, file: OrderFile) -> Iterator[tuple[str, str]]:
    order, money = file.order, file.payments
    for attempt in money.attempts:
        if attempt.captured > attempt.authorised or attempt.refunded > attempt.paid:
            yield "M2", f"attempt {attempt.number}: more was captured than authorised, or refunded than paid"
        if payments.available(money, attempt).minor < 0:
            yield "M2", f"attempt {attempt.number}: more goes back than came"
        if attempt.remitted > attempt.collected:
            yield "M2", f"attempt {attempt.number}: the courier paid more than it took"
    refused = sum(refund.amount.minor for refund in money.refunds if refund.stage is RefundStage.REJECTED)
    kept = surplus(file).minor - refused
    if kept > 0 and not order.adopted and not _is_parked(transaction, order.id):
        yield "M2", f"{surplus(file)} are held beyond what is owed, and do not go back"
    yield from coupon_problems(file)
    yield from quota_problems(file)
    if file.stock.open and order.stage in (OrderStage.CANCELLED, OrderStage.CLOSED):
        yield "S5", f"an order that is {order.stage} holds stock"


def _is_parked(transaction: Transaction, stream: str) -> bool:
    return any(row.kind == RequestKind.ALERT for row in transaction.work.of_stream(stream))


def _search_violations(records: Records, stream: str, file: OrderFile) -> Iterator[Violation]:
    order = file.order
    expected = SearchRow(
        stream=order.id,
        reference=order.reference,
        status=status(file),
        placed_at=order.placed_at,
        customer=order.customer,
        numbers=tuple(f"{system}:{number}" for system, number in order.numbers),
    )
    found = records.found(stream)
    if found != expected:
        yield Violation("L2", stream, f"it is found as {found}, and its events say {expected}")
    for name in (expected.reference, *expected.numbers):
        if records.find(name) != stream:
            yield Violation("L2", stream, f"{name!r} leads to {records.find(name)}")


def _person_violations(transaction: Transaction, stream: str, file: OrderFile) -> Iterator[Violation]:
    subject, records = file.order.person, transaction.records
    person = records.get("person", subject)
    if person is not None:
        load_person(person.data)
    elif not file.people.erased:
        yield Violation("P1", stream, "personal data is gone, and was not erased")
    messages = (("message", row.id) for row in transaction.work.of_stream(stream))
    steps = (("next_step", f"{stream}-p{attempt.number}") for attempt in file.payments.attempts)
    for kind, key in (("person", subject), *messages, *steps):
        record = records.get(kind, key)
        if record is not None and file.people.erased:
            yield Violation("P1", stream, f"{kind} {key} is there after the erasure")
        elif record is not None and record.subject != subject:
            yield Violation("P1", stream, f"{kind} {key} is filed under {record.subject!r}, and would not be erased")
