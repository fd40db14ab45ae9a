"""The worker: claims what is due, does it, and settles it; nothing that fails stands in the way of the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import attrs

from .. import wire
from ..decisions import Rejected
from ..errors import InvalidInputError
from ..ports.courier import TrackingSource
from ..ports.gateway import NotificationSource
from ..ports.store import EventRow, RecordRow, StoreConflictError, StoreError, Transaction, WorkRow, WorkState
from ..ports.world import Clock
from ..workflows import MESSAGES, TIMERS, Context, Event, OrderFile, Plan, Policy, RequestKind, plan, plan_timer
from ._commit import in_one_commit
from ._errands import Answer, Errand, Partners
from ._inbox import NOTIFICATION, command_of, is_outdated, order_of, read_again
from ._logging import log, nameless
from ._perform import perform
from ._steps import dump_step, next_step
from ._unit import CommandRejected, Known, Loaded, UnitOfWork
from .views import HistoryEntry

__all__ = ("Outcome", "Subscriber", "Worker", "entry")

_LEASE = timedelta(minutes=2)
_PAUSE = timedelta(seconds=1)
_NOT_HERE = timedelta(hours=1)
_STRANGER_TRIES = 12

Subscriber = Callable[[str, Sequence[HistoryEntry]], None]
Outcome = str
"""``done``, ``postponed`` or ``parked``."""


@attrs.frozen
class Worker:
    """Does the work of one shop."""

    unit: UnitOfWork
    partners: Partners
    policy: Policy
    clock: Clock
    subscribers: Mapping[str, Subscriber]

    def claim(self, until: datetime, limit: int, stream: str | None = None) -> Sequence[WorkRow]:
        """Take what is due, leased for as long as a partner may need to answer."""
        now = self.clock.now()
        return in_one_commit(
            self.unit.store, lambda transaction: transaction.work.claim(until, now + _LEASE, limit, stream, now)
        )

    def do(self, row: WorkRow, secrets: Mapping[str, str]) -> Outcome:
        """Do one piece of work; what cannot be done is set aside with its reason."""
        at = max(self.clock.now(), row.due_at)
        try:
            return self._attempt(row, secrets, at)
        except StoreConflictError:
            return self._settle(row, Answer(again_in=_PAUSE), at)
        except StoreError:
            raise
        except CommandRejected as rejected:
            names = ", ".join(sorted({type(reason).__name__ for reason in rejected.reasons}))
            log.warning("%s of %s is parked: %s rejected (%s)", row.kind, row.stream, rejected.command, names)
            return self._settle(row, Answer(park=f"{rejected.command} rejected: {names}"), at)
        except Exception as error:  # noqa: BLE001 - a bug in one order's work must not stop every other order's
            kind = type(error).__name__
            log.error("%s of %s is parked: %s", row.kind, row.stream, kind, exc_info=nameless(error))
            return self._settle(row, Answer(park=f"{type(error).__name__} while performing"), at)

    def source(self, name: str) -> NotificationSource | TrackingSource:
        """The partner whose notifications can be read."""
        partner: object = self.partners.gateways.get(name) or self.partners.couriers.get(name)
        if isinstance(partner, NotificationSource | TrackingSource):
            return partner
        raise InvalidInputError("name", f"{name!r} is no gateway or courier that reads notifications")

    def _attempt(self, row: WorkRow, secrets: Mapping[str, str], at: datetime) -> Outcome:
        if row.kind.startswith("publish:"):
            return self._publish(row, at)
        if row.kind == NOTIFICATION:
            return self._apply(row, at)
        kind = RequestKind(row.kind)
        if kind is RequestKind.ALERT:
            return self._settle(row, Answer(), at)
        if kind in TIMERS:
            return self._timer(row, kind, at)
        return self._settle(row, perform(self._errand(row, kind, secrets, at), self.partners), at)

    def _errand(self, row: WorkRow, kind: RequestKind, secrets: Mapping[str, str], at: datetime) -> Errand:
        with self.unit.store.reading() as transaction:
            loaded = self.unit.load(transaction, row.stream)
            return Errand(
                row=row,
                file=loaded.file,
                person=self.unit.person(transaction, loaded.file),
                at=at,
                asked_at=_asked_at(transaction, row) if row.attempts > 1 else at,
                step=next_step(transaction, loaded.file) if kind in MESSAGES else None,
                secrets=secrets,
            )

    def _timer(self, row: WorkRow, kind: RequestKind, at: datetime) -> Outcome:
        def planner(file: OrderFile, known: Known) -> Plan:
            return plan_timer(kind, file, self._context(at, known), int(row.payload))

        self.unit.commit(row.stream, planner, at, also=lambda transaction, _: _finish(transaction, row))
        return "done"

    def _settle(self, row: WorkRow, answer: Answer, at: datetime) -> Outcome:
        """Record what came of the work; the last command's commit settles the request too."""
        for command in answer.commands[:-1]:
            self._record(row.stream, command, at, None)
        if answer.commands:
            self._record(
                row.stream,
                answer.commands[-1],
                at,
                lambda transaction, after: _settled(transaction, row, answer, at, after.file),
            )
        else:
            in_one_commit(self.unit.store, lambda transaction: _settled(transaction, row, answer, at, None))
        if answer.park is not None:
            return "parked"
        return "postponed" if answer.again_in is not None else "done"

    def _record(
        self, stream: str, command: Any, at: datetime, also: Callable[[Transaction, Loaded], None] | None
    ) -> None:
        def planner(file: OrderFile, known: Known) -> Plan | Rejected[Any]:
            return plan(command, file, self._context(at, known))

        self.unit.commit(stream, planner, at, also=also, command=command)

    def _context(self, at: datetime, known: Known) -> Context:
        return Context(
            at=at,
            policy=self.policy,
            person=known.person,
            shortages=known.shortages,
            cards=known.cards,
            positions=known.positions,
            lots=known.lots,
        )

    def _publish(self, row: WorkRow, at: datetime) -> Outcome:
        name = row.kind.partition(":")[2]
        first, last, stream = row.payload.split()
        with self.unit.store.reading() as transaction:
            waiting = [each for each in transaction.work.of_stream(row.stream) if _is_ahead(each, row)]
            rows = transaction.streams.read(stream, after=int(first))
        handler = self.subscribers.get(name)
        if handler is None:  # another process has this subscriber
            return self._settle(row, Answer(again_in=_NOT_HERE), at)
        if waiting:
            return self._settle(row, Answer(again_in=max([_PAUSE, *(each.due_at - at for each in waiting)])), at)
        try:
            handler(stream, tuple(entry(each) for each in rows if each.version <= int(last)))
        except Exception as error:  # noqa: BLE001 - whatever the host's handler raises, it is told again
            kind = type(error).__name__
            shown = nameless(error)
            log.warning("subscriber %s failed for %s (%s); it is told again", name, stream, kind, exc_info=shown)
            return self._settle(row, Answer(again_in=timedelta(seconds=2 ** min(row.attempts, 12))), at)
        return self._settle(row, Answer(), at)

    def _apply(self, row: WorkRow, at: datetime) -> Outcome:
        with self.unit.store.reading() as transaction:
            stored = transaction.records.get("notification", row.payload)
            loaded = self.unit.load(transaction, row.stream)
            work = transaction.work.of_stream(row.stream)
        if stored is None:
            return self._settle(row, Answer(), at)
        if loaded.version == 0:
            if row.attempts >= _STRANGER_TRIES:
                return self._settle(row, Answer(park="notification for an order that never came"), at)
            return self._settle(row, Answer(again_in=timedelta(minutes=5 * row.attempts)), at)
        name, raw = read_again(stored)
        read = self.source(name).read_notification(raw).facts
        facts = [fact for fact in read if order_of(fact) == row.stream and not is_outdated(fact, work)]
        commands = tuple(command for fact in facts if (command := command_of(fact, loaded.file)) is not None)
        return self._settle(row, Answer(commands=commands), at)


def entry(row: EventRow) -> HistoryEntry:
    """A stored event as history shows it."""
    return HistoryEntry(
        version=row.version,
        name=row.name,
        event=cast("Event", wire.load(row.name, row.payload)),
        actor=row.actor,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
    )


def _is_ahead(other: WorkRow, row: WorkRow) -> bool:
    return other.kind == row.kind and other.state is WorkState.DUE and other.id < row.id


def _asked_at(transaction: Transaction, row: WorkRow) -> datetime:
    """When the event that asks for this was recorded: postponing does not make a request younger."""
    version = int(row.id.split("/")[1])
    return transaction.streams.read(row.stream, after=version - 1)[0].recorded_at


def _finish(transaction: Transaction, row: WorkRow) -> None:
    transaction.work.finish(row.id)


def _settled(transaction: Transaction, row: WorkRow, answer: Answer, at: datetime, file: OrderFile | None) -> None:
    if answer.step is not None and file is not None:
        transaction.records.put(
            RecordRow(
                kind="next_step",
                key=answer.step_key,
                subject=file.order.person,
                data=dump_step(answer.step),
                at=at,
            )
        )
    if answer.park is not None:
        transaction.work.park(row.id, answer.park)
    elif answer.again_in is not None:
        transaction.work.postpone(row.id, at + answer.again_in)
    else:
        transaction.work.finish(row.id)
