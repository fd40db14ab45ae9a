"""An order's events read again, one step at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import attrs

from .. import wire
from ..actors import Actor, ActorKind
from ..errors import UnknownEventError
from ..ports.store import EventRow, Streams
from ..workflows import OrderFile, evolve
from ._violation import Violation

__all__ = ("Step", "read_stream", "replay")


@attrs.frozen
class Step:
    """One event with the file before and after it, and the moment of its commit."""

    version: int
    event: Any
    at: datetime
    before: OrderFile
    after: OrderFile


def read_stream(streams: Streams, stream: str, found: list[Violation]) -> Sequence[tuple[EventRow, Any]]:
    """The rows with their events, as far as they can be read; what is wrong with a row is added to *found*."""
    broken = streams.broken_link(stream)
    if broken is not None:
        found.append(Violation("L2", stream, "the chain of events is broken here", broken))
    rows: list[tuple[EventRow, Any]] = []
    for expected, row in enumerate(streams.read(stream), start=1):
        if row.version != expected:
            found.append(Violation("L2", stream, f"version {expected} is missing", expected))
            break
        try:
            event = wire.load(row.name, row.payload)
        except ValueError as error:
            found.append(Violation("L2", stream, f"the event cannot be read: {error}", expected))
            break
        except UnknownEventError as error:
            found.append(Violation("L2", stream, str(error), expected))
            break
        found.extend(Violation("L2", stream, problem, expected) for problem in _row_problems(row, event))
        rows.append((row, event))
    return rows


def _row_problems(row: EventRow, event: Any) -> Iterator[str]:
    if wire.dump(event) != (row.name, row.payload):
        yield "the payload is not written as this event is"
    if row.recorded_at != event.at:
        yield "it was recorded at another moment than the event says"
    if row.occurred_at != (getattr(event, "occurred_at", None) or event.at):
        yield "it occurred at another moment than the event says"
    kind, colon, id = row.actor.partition(":")
    try:
        Actor(ActorKind(kind), id if colon else None)
    except ValueError:
        yield f"{row.actor[:40]!r} is no actor"


def replay(stream: str, rows: Sequence[tuple[EventRow, Any]], found: list[Violation]) -> Sequence[Step]:
    """The steps, as far as each event fits the file before it."""
    steps: list[Step] = []
    file = OrderFile()
    for row, event in rows:
        try:
            after = evolve(file, event)
        except Exception as error:  # noqa: BLE001 - an event that was tampered with may break a fold in any way
            found.append(Violation("L1", stream, f"{row.name} does not follow: {error!r}", row.version))
            break
        steps.append(Step(row.version, event, row.recorded_at, file, after))
        file = after
    return steps
