"""A notifier that keeps what truly went out."""

from __future__ import annotations

from collections.abc import Sequence

from ...ports.notifier import Message, SendOutcome
from ._faults import Fault, FaultPlan, Line

__all__ = ("FakeNotifier", "NotifierBooks")


class NotifierBooks:
    """What truly went out to customers."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._messages = messages

    def messages(self, *, order: str | None = None, key: str | None = None) -> tuple[Message, ...]:
        """Messages in the order in which they went out; of one order, under one key, or all."""
        return tuple(each for each in self._messages if order in (None, each.order) and key in (None, each.key))


class FakeNotifier:
    """
    Sends each key once; ``books`` says what went out.

    >>> notifier = FakeNotifier()
    >>> message = Message(
    ...     key="m1", kind="notify_placed", order="R1", person="per_1", language="pl", name="Ola",
    ...     email="ola@example.com", phone=None, subject="Dziękujemy", body="…",
    ... )  # fmt: skip
    >>> notifier.send(message), notifier.send(message)
    (<SendOutcome.SENT: 'sent'>, <SendOutcome.SENT: 'sent'>)
    >>> [each.subject for each in notifier.books.messages(order="R1")]
    ['Dziękujemy']
    """

    def __init__(self, *, faults: FaultPlan | None = None) -> None:
        self._sent: list[Message] = []
        self.books = NotifierBooks(self._sent)
        self._line = Line(faults, ("send",))

    def fail_next(self, method: str, fault: Fault) -> None:
        """Let the next call of *method* go wrong."""
        self._line.plan_next(method, fault)

    def calls(self, method: str) -> int:
        """How often *method* was called."""
        return self._line.calls[method]

    def send(self, message: Message) -> SendOutcome:
        """Send, unless this key went out before."""
        return self._line.call(
            "send", lambda: self._send(message), unknown=SendOutcome.UNKNOWN, rejected=lambda: SendOutcome.REJECTED
        )

    def _send(self, message: Message) -> SendOutcome:
        if not message.email and not message.phone:
            return SendOutcome.REJECTED
        if not self.books.messages(key=message.key):
            self._sent.append(message)
        return SendOutcome.SENT
