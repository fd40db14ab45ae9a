"""What the contract checks of all ports share: what is not possible, lost replies, forgeries, and kept secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import wraps
from typing import TypeAlias, TypeVar

import attrs

from ..ports.gateway import NotificationRefused, RawNotification

__all__ = (
    "NotApplicable",
    "NotPossible",
    "RawParts",
    "applicable",
    "demand",
    "holds_text",
    "lost",
    "needs",
    "raw",
    "refuses_everything_forged",
    "refuses_garbage",
)

Harness = TypeVar("Harness")
Answer = TypeVar("Answer")
RawParts: TypeAlias = tuple[Mapping[str, str], bytes]
"""Headers and body of a notification, as they arrive."""

_RECEIVED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_GARBAGE = (b"", b"\xff\xfe", b"{", b"{}", b"[]", b"null", b"0", b'"text"', b"a=1&b=2", b"<xml/>")
_MOST_LOOKED_AT = 20_000


@attrs.frozen
class NotApplicable:
    """The check says nothing about this adapter; ``reason`` says why, for ``pytest.skip`` or a report."""

    reason: str


class NotPossible(Exception):  # noqa: N818 - an answer of a harness, not an error
    """A harness cannot do or tell this; the check that asked is then not applicable."""


def applicable(check: Callable[[Harness], None]) -> Callable[[Harness], NotApplicable | None]:
    """A check that answers NotApplicable where the adapter or its harness has nothing to check."""

    @wraps(check)
    def run(harness: Harness) -> NotApplicable | None:
        try:
            check(harness)
        except NotPossible as reason:
            return NotApplicable(str(reason))
        return None

    return run


def needs(condition: object, otherwise: str) -> None:
    """Go on only where the adapter declares what the check is about."""
    if not condition:
        raise NotPossible(otherwise)


def demand(condition: object, otherwise: str) -> None:
    """Fail with *otherwise*, also under ``python -O``."""
    if not condition:
        raise AssertionError(otherwise)


def lost(call: Callable[[], Answer]) -> Answer | None:
    """The answer to a call whose reply was lost; None where the adapter raised, which says unknown too."""
    try:
        return call()
    except Exception:  # noqa: BLE001 - whatever an adapter raises, it has not claimed to know
        return None


def raw(parts: RawParts | None) -> RawNotification:
    """A notification as the shop hands it to an adapter, with header names in lower case."""
    if parts is None:
        raise NotPossible("the harness has no notification")
    headers, body = parts
    return RawNotification(
        headers={name.lower(): value for name, value in headers.items()}, body=body, received_at=_RECEIVED
    )


def refuses_everything_forged(read: Callable[[RawNotification], object], genuine: RawNotification) -> None:
    """Other figures under a genuine signature, or under none, are refused."""
    other = re.sub(rb"\d", lambda digit: b"%d" % ((int(digit[0]) + 1) % 10), genuine.body)
    demand(other != genuine.body, "a genuine notification with at least one digit is needed to forge another")
    # ``{}`` under the genuine signature stands for a provider that signs only some of the fields.
    for headers, about in ((genuine.headers, "with a signature of another body"), ({}, "without headers")):
        _refuses(read, attrs.evolve(genuine, headers=headers, body=other), f"a forged notification {about}")


def refuses_garbage(read: Callable[[RawNotification], object]) -> None:
    """What cannot be read is refused, and nothing else is raised."""
    for body in _GARBAGE:
        _refuses(read, RawNotification(headers={}, body=body, received_at=_RECEIVED), f"the body {body!r}")


def _refuses(read: Callable[[RawNotification], object], notification: RawNotification, about: str) -> None:
    try:
        read(notification)
    except NotificationRefused:
        return
    except Exception as error:
        raise AssertionError(f"{about} must be refused with NotificationRefused, got {error!r}") from error
    raise AssertionError(f"{about} was taken as genuine")


def holds_text(thing: object, text: str) -> bool:
    """Whether *text* is found in anything that *thing* keeps hold of."""
    return any(text in (each.decode("latin-1") if isinstance(each, bytes) else each) for each in _texts(thing))


def _texts(thing: object) -> Iterator[str | bytes]:
    waiting, seen = [thing], set[int]()
    while waiting and len(seen) < _MOST_LOOKED_AT:
        each = waiting.pop()
        if id(each) in seen or isinstance(each, type):
            continue
        seen.add(id(each))
        if isinstance(each, str | bytes):
            yield each
        elif isinstance(each, Mapping):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list | tuple | set | frozenset):
            waiting += each
        else:
            slots = (name for kind in type(each).__mro__ for name in getattr(kind, "__slots__", ()))
            waiting += [*getattr(each, "__dict__", {}).values(), *(getattr(each, name, None) for name in slots)]
