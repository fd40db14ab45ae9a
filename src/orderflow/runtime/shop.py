"""
Shop: the front door for hosts. Thin on purpose: it loads, asks the pure plan, commits, and performs what is due.

Thread-safe, and safe to run in several processes on one store.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast, overload

import attrs

from .. import orders, payments, pricing, stock, wire, workflows
from ..actors import SYSTEM
from ..counters import Level, Shortage
from ..decisions import Rejected
from ..errors import InvalidInputError
from ..identifiers import OrderId, Reference, canonical_reference, order_id, person_ref, reference
from ..orders import Identity, PlaceOrder, RecordOrder
from ..people import Person
from ..ports.courier import Courier, TrackingSource
from ..ports.gateway import (
    NextStep,
    NotificationRefused,
    NotificationSource,
    PaymentFact,
    PaymentGateway,
    RawNotification,
    RefundFact,
    Reply,
)
from ..ports.notifier import Notifier
from ..ports.store import (
    EventRow,
    Receipt,
    RecordRow,
    Store,
    StoreConflictError,
    StoreError,
    Transaction,
    WorkRow,
    WorkState,
)
from ..ports.world import Clock, Ids
from ..pricing import Tariff
from ..shipping import Insert, RecordTracking
from ..workflows import (
    MESSAGES,
    TIMERS,
    Command,
    Context,
    Event,
    OrderFile,
    PaymentMethod,
    Plan,
    Policy,
    RequestKind,
    plan,
    plan_timer,
)
from ._perform import (
    Answer,
    Errand,
    Partners,
    dump_step,
    load_step,
    observation,
    payment_reference,
    perform,
    refund_observation,
)
from ._unit import CommandRejected, Loaded, Projection, UnitOfWork
from .defaults import BankTransfer, Mailbox, ManualCourier
from .views import Explanation, HistoryEntry, OrderSummary, OrderView, Performed, RunReport
from .world import SystemClock, SystemIds

__all__ = ("CommandRejected", "Shop")

log = logging.getLogger("orderflow")

_LEASE = timedelta(minutes=2)
_CONFLICT_PAUSE = timedelta(seconds=1)
_BATCH = 16
_NOTIFICATION = "apply_notification"
_ORDER_KEY_LENGTH = 30
_UNKNOWN_ORDER_TRIES = 12
_PLACING_TRIES = 3

Subscriber = Callable[[str, Sequence[HistoryEntry]], None]
_DEFAULT_WINDOWS: Mapping[payments.TenderKind, timedelta] = {
    payments.TenderKind.PREPAID: timedelta(hours=1),
    payments.TenderKind.TRANSFER: timedelta(days=7),
}


class Shop:
    """
    One shop on one store; several shops may share a store and its stock.

    Every port has a safe default: without gateways customers pay by transfer or at the door, confirmed by
    hand; without couriers parcels are booked by hand; without a notifier messages are kept in the store.

    Args:
        store: where orders live (``MemoryStore()``, ``SqliteStore(path)``).
        seller: who sells, as the host names itself; pinned in every order.
        channel: where these orders come from, for example a country's web shop.
        law: the jurisdiction whose consumer law applies (``PL``, ``DE``, ``FR``, ``CZ`` …).
        gateways: payment gateways by name, which is also the payment method's code unless *payment_methods* says more.
        couriers: couriers by name; delivery methods of the tariff refer to them.
        tariff: the delivery methods and their prices.
        checks: the host's own checks; ``stages``: the host's own stages. Both are verified here, statically.
        project: called inside every commit with the transaction, the order's id and the new events.
        subscribers: called by ``run`` with committed events, at least once, in order per order.

    Raises:
        InvalidInputError: checks or stages in which an order could get stuck, or methods that name no gateway.
    """

    def __init__(
        self,
        store: Store,
        *,
        seller: str,
        channel: str = "default",
        law: str = "PL",
        gateways: Mapping[str, PaymentGateway] | None = None,
        couriers: Mapping[str, Courier] | None = None,
        notifier: Notifier | None = None,
        tariff: Tariff | None = None,
        payment_methods: Sequence[PaymentMethod] | None = None,
        payment_window: Mapping[payments.TenderKind, timedelta] | None = None,
        checks: Sequence[orders.HostCheck] = (),
        stages: Sequence[orders.HostStage] = (),
        inserts: Sequence[Insert] = (),
        project: Projection | None = None,
        subscribers: Mapping[str, Subscriber] | None = None,
        clock: Clock | None = None,
        ids: Ids | None = None,
    ) -> None:
        if problems := orders.host_findings(checks, stages):
            raise InvalidInputError("checks and stages", "; ".join(problems))
        self.store = store
        self._clock: Clock = clock or SystemClock()
        self._ids: Ids = ids or SystemIds()
        all_gateways = {"transfer": BankTransfer(), "cash_on_delivery": BankTransfer(), **(gateways or {})}
        all_couriers = {"manual": ManualCourier(), **(couriers or {})}
        self._partners = Partners(
            gateways=all_gateways,
            couriers=all_couriers,
            notifier=notifier or Mailbox(store, self._clock),
        )
        self.policy = Policy(
            seller=seller,
            channel=channel,
            law=law,
            tariff=tariff or Tariff(()),
            payment_methods=tuple(payment_methods or _methods(all_gateways)),
            checks=tuple(checks),
            stages=tuple(stages),
            inserts=tuple(inserts),
            payment_window={**_DEFAULT_WINDOWS, **(payment_window or {})},
            track_every={
                name: courier.capabilities.track_every
                for name, courier in all_couriers.items()
                if courier.capabilities.track_every is not None
            },
        )
        for method in self.policy.payment_methods:
            if method.gateway not in all_gateways:
                raise InvalidInputError(
                    "payment_methods", f"{method.code!r} names the unknown gateway {method.gateway!r}"
                )
        self._subscribers = dict(subscribers or {})
        self._unit = UnitOfWork(store, project, tuple(self._subscribers))

    # Asking for a price, and placing

    def quote(self, basket: pricing.Basket) -> pricing.Quote:
        """
        What *basket* costs, with every delivery method on offer.

        Raises:
            CommandRejected: it cannot be priced; all reasons.
        """
        quoted = pricing.quote(basket, self.policy.tariff)
        if isinstance(quoted, Rejected):
            raise CommandRejected(quoted.reasons, basket)
        return quoted

    def place(self, command: PlaceOrder, *, request_id: str | None = None) -> OrderView:
        """
        Price, pin, hold stock and record the order in one commit.

        Raises:
            CommandRejected: every reason why not (out of stock, method not offered, total too large …).
        """
        at = self._clock.now()
        conflict = None
        for _ in range(_PLACING_TRIES):
            if request_id is not None and (answered := self._answered(request_id, command)):
                return answered
            self._require_free(command)
            identity = self._new_identity(at, command.reference)
            try:
                return self._carry_out(identity.order, command, at, identity=identity, request_id=request_id)
            except StoreConflictError as error:  # somebody took the request id, the reference or a number meanwhile
                conflict = error
        raise conflict or StoreConflictError("no free reference was found")

    @overload
    def do(self, command: stock.ItemCommand, *, request_id: str | None = None) -> Level: ...
    @overload
    def do(self, command: Command, *, request_id: str | None = None) -> OrderView: ...
    def do(self, command: Command | stock.ItemCommand, *, request_id: str | None = None) -> OrderView | Level:
        """
        Carry out any command: on an order (answers its new view) or on a stock item (answers how it stands).

        With a ``request_id`` the same request gets the same answer and happens once; the same id with other
        content is refused.

        Raises:
            CommandRejected: every reason why not.
            StoreConflictError: others kept changing the order first; nothing happened.
        """
        if isinstance(command, PlaceOrder):
            return self.place(command, request_id=request_id)
        if isinstance(command, stock.ReceiveStock | stock.AdjustStock):
            return self._do_stock(command)
        if request_id is not None and (answered := self._answered(request_id, command)):
            return answered
        at = self._clock.now()
        if isinstance(command, RecordOrder):
            return self._record(command, at, request_id)
        return self._carry_out(self._stream(command.order, command), command, at, request_id=request_id)

    def _do_stock(self, command: stock.ItemCommand) -> Level:
        at = self._clock.now()
        stream = stock.item_id(command.sku)
        with self.store.begin() as transaction:
            version = transaction.streams.version(stream)
            rows = transaction.streams.read(stream)
            item = stock.fold_item(cast("stock.ItemEvent", wire.load(row.name, row.payload)) for row in rows)
            decision = stock.decide_item(command, item, stock.Facts(at=at))
            if isinstance(decision, Rejected):
                raise CommandRejected(decision.reasons, command)
            moves = [move for event in decision.events for move in stock.item_moves(event, stream)]
            short = transaction.counters.apply(moves, at) if moves else ()
            if short:
                renewed = stock.decide_item(command, item, stock.Facts(at=at, shortages=tuple(short)))
                raise CommandRejected(renewed.reasons if isinstance(renewed, Rejected) else tuple(short), command)
            if decision.events:
                transaction.streams.append(
                    stream,
                    version,
                    [
                        EventRow(version + offset, *wire.dump(event), str(command.actor), event.at, at)
                        for offset, event in enumerate(decision.events, start=1)
                    ],
                )
            return transaction.counters.level(stream) or Level(0, 0)

    def level(self, sku: str) -> Level:
        """How an item stands: on hand, and held by orders."""
        with self.store.reading() as transaction:
            return transaction.counters.level(stock.item_id(sku)) or Level(0, 0)

    # Doing what is due

    def perform(self, order: str, *, secrets: Mapping[str, str] | None = None) -> Performed:
        """
        Perform the due requests of one order now; says what the customer must do to pay.

        ``secrets`` (a BLIK code, a card token) reach the gateway and are never stored.
        """
        stream = self._stream(order)
        done = 0
        while rows := self._claim(self._clock.now(), 1, stream):
            done += len(rows)
            for row in rows:
                self._work_on(row, secrets or {})
        with self.store.reading() as transaction:
            step = _next_step(transaction, self._unit.load(transaction, stream).file)
        return Performed(next_step=step, done=done)

    def run(self, until: datetime | None = None, *, progress: Callable[[str, int], None] | None = None) -> RunReport:
        """
        Perform all requests and timers that are due by *until* (default: now). Never sleeps.

        ``progress`` is told each finished kind of work and how many were done so far.
        """
        now = self._clock.now()
        limit = max(until, now) if until is not None else now
        done: Counter[str] = Counter()
        outcomes: Counter[str] = Counter()
        while rows := self._claim(limit, _BATCH, None):
            for row in rows:
                outcome = self._work_on(row, {})
                outcomes[outcome] += 1
                if outcome == "done":
                    done[row.kind] += 1
                if progress is not None:
                    progress(row.kind, sum(outcomes.values()))
        return RunReport(done=tuple(sorted(done.items())), postponed=outcomes["postponed"], parked=outcomes["parked"])

    def receive(self, name: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """
        Take a notification: verify it on its raw bytes, store it, apply it, and say what to reply.

        What it says of orders that are not there yet waits for them.
        """
        source = self._source(name)
        raw = RawNotification(
            headers={key.lower(): value for key, value in headers.items()}, body=body, received_at=self._clock.now()
        )
        try:
            notification = source.read_notification(raw)
        except NotificationRefused as refused:
            return refused.reply
        facts: Sequence[Any] = notification.facts
        rows = self._store_notification(name, raw, {_order_of(fact) for fact in facts})
        for row in rows:
            # Unclaimed on purpose: facts are cumulative, so applying them here and in a worker at once does no harm.
            self._work_on(attrs.evolve(row, attempts=1), {})
        return notification.reply

    # Looking

    def order(self, order: str) -> OrderView:
        """
        One order, by reference (however typed), id, or ``system:number``.

        Raises:
            CommandRejected: there is none.
        """
        stream = self._stream(order)
        with self.store.reading() as transaction:
            return _view(self._unit.load(transaction, stream))

    def orders(
        self,
        *,
        status: str | None = None,
        customer: str | None = None,
        since: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> tuple[OrderSummary, ...]:
        """Orders, newest first; the next page comes ``after`` the last one's ``id``."""
        with self.store.reading() as transaction:
            rows = transaction.records.search(status=status, customer=customer, since=since, after=after, limit=limit)
        return tuple(
            OrderSummary(
                id=row.stream,
                reference=row.reference,
                status=workflows.Status(row.status),
                placed_at=row.placed_at,
                customer=row.customer,
                numbers=row.numbers,
            )
            for row in rows
        )

    def history(self, order: str) -> tuple[HistoryEntry, ...]:
        """Everything that happened to an order, in order, with who and when."""
        stream = self._stream(order)
        with self.store.reading() as transaction:
            return tuple(_entry(row) for row in transaction.streams.read(stream))

    def as_of(self, order: str, at: datetime) -> OrderView:
        """The order as it was known at *at* (by when things were recorded)."""
        known = [entry for entry in self.history(order) if entry.recorded_at <= at]
        if not known:
            raise CommandRejected((orders.NotPlaced(),))
        return OrderView(workflows.fold(entry.event for entry in known), known[-1].version)

    def explain(self, order: str, command: Any) -> Explanation:
        """What a command (or a command's type, where it needs only the order) would do now, or every reason why not."""
        asked = command(order=order) if isinstance(command, type) else command
        with self.store.reading() as transaction:
            loaded = self._unit.load(transaction, self._stream(order))
            person = self._unit.person(transaction, loaded.file)
        planned = plan(asked, loaded.file, self._context(self._clock.now(), person))
        if isinstance(planned, Rejected):
            return Explanation(allowed=False, reasons=planned.reasons)
        return Explanation(allowed=True, events=planned.events)

    def alerts(self) -> tuple[WorkRow, ...]:
        """Work that waits for a person, each with its reason in ``note``."""
        with self.store.reading() as transaction:
            return tuple(transaction.work.parked())

    def resume(self, id: str) -> bool:
        """Try parked work again; an alert is thereby acknowledged. False where nothing is parked under this id."""
        with self.store.begin() as transaction:
            return transaction.work.resume(id, self._clock.now())

    # How it is done

    def _context(
        self,
        at: datetime,
        person: Person | None,
        shortages: tuple[Shortage, ...] = (),
        identity: Identity | None = None,
    ) -> Context:
        return Context(at=at, policy=self.policy, person=person, shortages=shortages, identity=identity)

    def _carry_out(
        self,
        stream: str,
        command: Any,
        at: datetime,
        *,
        identity: Identity | None = None,
        request_id: str | None = None,
    ) -> OrderView:
        def planner(file: OrderFile, shortages: tuple[Shortage, ...], person: Person | None) -> Plan | Rejected[Any]:
            return plan(command, file, self._context(at, person, shortages, identity))

        def also(transaction: Transaction, after: Loaded) -> None:
            if request_id is not None:
                self._keep_receipt(transaction, request_id, command, after, at)

        loaded, _ = self._unit.commit(stream, planner, at, also=also, command=command)
        return _view(loaded)

    def _require_free(self, command: PlaceOrder) -> None:
        names = [":".join(pair) for pair in command.numbers]
        if command.reference is not None:
            names.append(command.reference)
        with self.store.reading() as transaction:
            taken = [name for name in names if transaction.records.find(name) is not None]
        if taken:
            raise CommandRejected(tuple(orders.NumberTaken(number=name) for name in taken), command)

    def _record(self, command: RecordOrder, at: datetime, request_id: str | None) -> OrderView:
        try:
            return self._record_once(command, at, request_id)
        except StoreConflictError:  # somebody adopted it meanwhile: then this is an update
            return self._record_once(command, at, request_id)

    def _record_once(self, command: RecordOrder, at: datetime, request_id: str | None) -> OrderView:
        number = ":".join(command.numbers[0])
        with self.store.reading() as transaction:
            stream = transaction.records.find(number)
            known = None if stream is None else self._unit.load(transaction, stream).file.order
        if known is None:
            identity = self._new_identity(at, None)
        else:
            identity = Identity(
                order=known.id,
                reference=known.reference,
                person=known.person,
                seller=known.seller,
                law=known.law,
                channel=known.channel,
                process=workflows.PROCESS,
            )
        return self._carry_out(identity.order, command, at, identity=identity, request_id=request_id)

    def _new_identity(self, at: datetime, own: str | None) -> Identity:
        return Identity(
            order=order_id(at, self._ids.entropy()),
            reference=Reference(own) if own is not None else reference(self._ids.entropy()),
            person=person_ref(at, self._ids.entropy()),
            seller=self.policy.seller,
            law=self.policy.law,
            channel=self.policy.channel,
            process=workflows.PROCESS,
        )

    def _stream(self, order: str, command: object = None) -> OrderId:
        if order.startswith("ord_") and len(order) == _ORDER_KEY_LENGTH:
            return OrderId(order)
        with self.store.reading() as transaction:
            found = transaction.records.find(order) or transaction.records.find(_as_reference(order))
        if found is None:
            raise CommandRejected((orders.NotPlaced(),), command)
        return OrderId(found)

    def _answered(self, request_id: str, command: object) -> OrderView | None:
        with self.store.reading() as transaction:
            receipt = transaction.work.receipt(request_id)
            if receipt is None:
                return None
            salt = transaction.records.get("salt", request_id)
            if salt is not None and receipt.fingerprint != _fingerprint(command, salt.data):
                raise CommandRejected((orders.RequestReused(request=request_id),), command)
            rows = [row for row in transaction.streams.read(receipt.stream) if row.version <= receipt.version]
        return OrderView(workflows.fold(_entry(row).event for row in rows), receipt.version)

    def _keep_receipt(
        self, transaction: Transaction, request_id: str, command: object, after: Loaded, at: datetime
    ) -> None:
        # The fingerprint may be of personal data: its salt is erased with the person, and then it says nothing.
        salt = f"{self._ids.entropy():x}"
        order = after.file.order
        transaction.work.keep(
            Receipt(
                request=request_id,
                fingerprint=_fingerprint(command, salt),
                stream=order.id,
                version=after.version,
            )
        )
        transaction.records.put(RecordRow(kind="salt", key=request_id, subject=order.person, data=salt, at=at))

    def _claim(self, until: datetime, limit: int, stream: str | None) -> Sequence[WorkRow]:
        now = self._clock.now()
        with self.store.begin() as transaction:
            return transaction.work.claim(until, now + _LEASE, limit, stream, now)

    def _work_on(self, row: WorkRow, secrets: Mapping[str, str]) -> str:
        """Do one piece of work; what cannot be done is set aside with its reason, so that it never blocks the rest."""
        at = max(self._clock.now(), row.due_at)
        try:
            return self._attempt(row, secrets, at)
        except StoreConflictError:
            return self._finish(row, Answer(again_in=_CONFLICT_PAUSE), at)
        except StoreError:
            raise
        except CommandRejected as rejected:
            names = ", ".join(sorted({type(reason).__name__ for reason in rejected.reasons}))
            log.warning("%s of %s is parked: %s rejected (%s)", row.kind, row.stream, rejected.command, names)
            return self._finish(row, Answer(park=f"{rejected.command} rejected: {names}"), at)
        except Exception as error:
            log.exception("%s of %s is parked", row.kind, row.stream)
            return self._finish(row, Answer(park=f"{type(error).__name__} while performing"), at)

    def _attempt(self, row: WorkRow, secrets: Mapping[str, str], at: datetime) -> str:
        if row.kind.startswith("publish:"):
            return self._publish(row, at)
        if row.kind == _NOTIFICATION:
            return self._apply_notification(row, at)
        kind = RequestKind(row.kind)
        if kind is RequestKind.ALERT:
            return self._finish(row, Answer(), at)
        if kind in TIMERS:
            return self._timer(row, kind, at)
        with self.store.reading() as transaction:
            loaded = self._unit.load(transaction, row.stream)
            person = self._unit.person(transaction, loaded.file)
            step = _next_step(transaction, loaded.file) if kind in MESSAGES else None
        errand = Errand(row=row, file=loaded.file, person=person, at=at, step=step, secrets=secrets)
        return self._finish(row, perform(errand, self._partners), at)

    def _timer(self, row: WorkRow, kind: RequestKind, at: datetime) -> str:
        def planner(file: OrderFile, shortages: tuple[Shortage, ...], person: Person | None) -> Plan:
            return plan_timer(kind, file, self._context(at, person, shortages))

        def also(transaction: Transaction, _: Loaded) -> None:
            transaction.work.finish(row.id)

        self._unit.commit(row.stream, planner, at, also=also)
        return "done"

    def _finish(self, row: WorkRow, answer: Answer, at: datetime) -> str:
        def settle(transaction: Transaction, after: Loaded | None) -> None:
            if answer.step is not None and after is not None:
                data = dump_step(answer.step)
                person = after.file.order.person
                transaction.records.put(
                    RecordRow(kind="next_step", key=answer.step_key, subject=person, data=data, at=at)
                )
            if answer.park is not None:
                transaction.work.park(row.id, answer.park)
            elif answer.again_in is not None:
                transaction.work.postpone(row.id, at + answer.again_in)
            else:
                transaction.work.finish(row.id)

        if answer.commands:
            self._commit_all(row.stream, answer.commands, at, settle)
        else:
            with self.store.begin() as transaction:
                settle(transaction, None)
        if answer.park is not None:
            return "parked"
        return "postponed" if answer.again_in is not None else "done"

    def _commit_all(
        self,
        stream: str,
        commands: Sequence[Any],
        at: datetime,
        also: Callable[[Transaction, Loaded | None], None],
    ) -> None:
        """Record what happened outside; the last one's commit also settles the request."""
        for index, command in enumerate(commands):
            last = index == len(commands) - 1

            def planner(
                file: OrderFile, shortages: tuple[Shortage, ...], person: Person | None, command: Any = command
            ) -> Plan | Rejected[Any]:
                return plan(command, file, self._context(at, person, shortages))

            self._unit.commit(stream, planner, at, also=also if last else None, command=command)

    def _publish(self, row: WorkRow, at: datetime) -> str:
        name = row.kind.partition(":")[2]
        stream = row.stream.partition(":")[2]
        handler = self._subscribers.get(name)
        first, last = (int(number) for number in row.payload.split())
        with self.store.reading() as transaction:
            waiting = [each for each in transaction.work.of_stream(row.stream) if each.state is WorkState.DUE]
            rows = [each for each in transaction.streams.read(stream, after=first) if each.version <= last]
        earliest = min(waiting, key=lambda each: each.id, default=row)
        if handler is None or earliest.id < row.id:
            return self._finish(row, Answer(again_in=max(earliest.due_at - at, _CONFLICT_PAUSE)), at)
        try:
            handler(stream, tuple(_entry(each) for each in rows))
        except Exception:
            log.exception("subscriber %s failed for %s; it is told again", name, stream)
            return self._finish(row, Answer(again_in=timedelta(seconds=2 ** min(row.attempts, 12))), at)
        return self._finish(row, Answer(), at)

    def _source(self, name: str) -> NotificationSource | TrackingSource:
        partner: object = self._partners.gateways.get(name) or self._partners.couriers.get(name)
        if isinstance(partner, NotificationSource | TrackingSource):
            return partner
        raise InvalidInputError("name", f"{name!r} is no gateway or courier that reads notifications")

    def _store_notification(self, name: str, raw: RawNotification, streams: set[str]) -> Sequence[WorkRow]:
        digest = hashlib.blake2b(raw.body + name.encode(), digest_size=16).hexdigest()
        at = raw.received_at
        data = json.dumps({"name": name, "headers": dict(raw.headers), "body": raw.body.hex()})
        rows = [
            WorkRow(
                id=f"{stream}/notification/{digest}",
                stream=stream,
                kind=_NOTIFICATION,
                payload=digest,
                due_at=at,
            )
            for stream in sorted(streams)
        ]
        with self.store.begin() as transaction:
            subject = next((self._subject(transaction, stream) for stream in sorted(streams)), f"inbox:{name}")
            transaction.records.put(RecordRow(kind="notification", key=digest, subject=subject, data=data, at=at))
            transaction.work.add(rows)
        return rows

    def _subject(self, transaction: Transaction, stream: str) -> str:
        if transaction.streams.version(stream) == 0:
            return stream
        return self._unit.load(transaction, stream).file.order.person

    def _apply_notification(self, row: WorkRow, at: datetime) -> str:
        with self.store.reading() as transaction:
            stored = transaction.records.get("notification", row.payload)
            loaded = self._unit.load(transaction, row.stream)
        if stored is None:
            return self._finish(row, Answer(), at)
        if loaded.version == 0:
            if row.attempts >= _UNKNOWN_ORDER_TRIES:
                return self._finish(row, Answer(park="notification for an order that never came"), at)
            return self._finish(row, Answer(again_in=timedelta(minutes=5 * row.attempts)), at)
        data = json.loads(stored.data)
        raw = RawNotification(headers=data["headers"], body=bytes.fromhex(data["body"]), received_at=stored.at)
        facts = self._source(data["name"]).read_notification(raw).facts
        commands = [
            command
            for fact in facts
            if _order_of(fact) == row.stream and (command := _command_of(fact, loaded.file)) is not None
        ]
        return self._finish(row, Answer(commands=tuple(commands)), at)


def _methods(gateways: Mapping[str, PaymentGateway]) -> Sequence[PaymentMethod]:
    kinds = {"transfer": payments.TenderKind.TRANSFER, "cash_on_delivery": payments.TenderKind.CASH_ON_DELIVERY}
    return [
        PaymentMethod(code=name, gateway=name, kind=kinds.get(name, payments.TenderKind.PREPAID)) for name in gateways
    ]


def _next_step(transaction: Transaction, file: OrderFile) -> NextStep | None:
    """What the customer has to do for the open payment, as the provider said when it was started."""
    attempt = payments.open_attempt(file.payments)
    if attempt is None:
        return None
    row = transaction.records.get("next_step", payment_reference(file.order.id, attempt.number))
    return None if row is None else load_step(row.data)


def _as_reference(text: str) -> str:
    try:
        return canonical_reference(text)
    except InvalidInputError:
        return text


def _view(loaded: Loaded) -> OrderView:
    if loaded.version == 0:
        raise CommandRejected((orders.NotPlaced(),))
    return OrderView(loaded.file, loaded.version)


def _entry(row: EventRow) -> HistoryEntry:
    return HistoryEntry(
        version=row.version,
        name=row.name,
        event=cast("Event", wire.load(row.name, row.payload)),
        actor=row.actor,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
    )


def _fingerprint(command: object, salt: str) -> str:
    content = repr(attrs.astuple(command))  # type: ignore[arg-type]
    return hashlib.blake2b(
        f"{type(command).__name__}{content}".encode(), key=salt.encode()[:64], digest_size=16
    ).hexdigest()


def _order_of(fact: Any) -> str:
    named: str = fact.operation if isinstance(fact, RefundFact) else fact.reference
    return named[:_ORDER_KEY_LENGTH]


def _command_of(fact: Any, file: OrderFile) -> Any:
    """A partner's fact as a command; None where it names nothing of this order."""
    rest = _tail(fact)
    order = file.order.id
    if isinstance(fact, PaymentFact) and rest.startswith("p") and rest[1:].isdecimal():
        number = int(rest[1:])
        if 0 < number <= len(file.payments.attempts):
            attempt = file.payments.attempts[number - 1]
            return observation(order, attempt, fact.answer, fact.occurred_at)
    if isinstance(fact, RefundFact) and rest.rpartition("x")[2].isdecimal():
        number = int(rest.rpartition("x")[2])
        if 0 < number <= len(file.payments.refunds):
            return refund_observation(order, number, fact.answer, fact.occurred_at)
    if rest.startswith("b") and rest[1:].isdecimal() and 0 < int(rest[1:]) <= len(file.shipping.parcels):
        return RecordTracking(order=order, actor=SYSTEM, parcel=int(rest[1:]), fact=fact.fact)
    return None


def _tail(fact: Any) -> str:
    named: str = fact.operation if isinstance(fact, RefundFact) else fact.reference
    return named[_ORDER_KEY_LENGTH + 1 :]
