"""Notifications as partners send them: JSON, signed over its raw bytes with HMAC-SHA256."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

from ...ports.gateway import NotificationRefused, RawNotification, Reply
from ._faults import Fault, Line

__all__ = ("Raw", "Sender", "opened")

_HEADER = "x-signature"

Raw = tuple[Mapping[str, str], bytes]
"""Headers and body, as they go into ``shop.receive``."""


def _signature(secret: bytes, body: bytes) -> str:
    return hmac.new(secret, body, "sha256").hexdigest()


class Sender:
    """The partner's queue of signed notifications."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._queue: list[Raw] = []
        self._number = 0

    def add(self, content: Mapping[str, Any]) -> None:
        """Sign and queue; each body is different, as with real partners."""
        self._number += 1
        body = json.dumps({"id": self._number, **content}).encode()
        headers = {"content-type": "application/json", _HEADER: _signature(self._secret, body)}
        self._queue.append((headers, body))

    def take(self, line: Line) -> tuple[Raw, ...]:
        """All that is queued, oldest first unless a fault is planned; the queue is empty then."""
        with line.lock:
            fault = line.fault("notifications")
            taken, self._queue = self._queue, []
        if fault is Fault.DUPLICATED:
            taken = [each for each in taken for _ in range(2)]
        if fault is Fault.REVERSED:
            taken = taken[::-1]
        return tuple(taken)


def opened(notification: RawNotification, secret: bytes) -> Any:
    """
    The content of a genuine notification.

    Raises:
        NotificationRefused: not signed by the partner, or not readable.
    """
    given = notification.headers.get(_HEADER, "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), _signature(secret, notification.body).encode()):
        raise NotificationRefused(Reply(status=401))
    try:
        return json.loads(notification.body)
    except ValueError:
        raise NotificationRefused from None
