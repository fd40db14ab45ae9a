"""How customers are told: by e-mail, SMS or whatever the host uses. Texts come ready, in the order's language."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, runtime_checkable

import attrs

__all__ = ("Message", "Notifier", "SendOutcome")


@attrs.frozen(kw_only=True)
class Message:
    """
    One message to a customer.

    ``key`` is unique: a retry carries the same one, and a notifier that has sent it answers SENT again. ``person`` is
    the reference under which the data of this person is erased; a notifier that keeps copies keeps them under it.
    """

    key: str
    kind: str
    order: str
    person: str
    language: str
    name: str = attrs.field(repr=False)
    email: str | None = attrs.field(repr=False)
    phone: str | None = attrs.field(repr=False)
    subject: str
    body: str = attrs.field(repr=False)


class SendOutcome(StrEnum):
    """What became of a message."""

    SENT = "sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@runtime_checkable
class Notifier(Protocol):
    """Sends messages; at most once per key where it can, and says UNKNOWN where it cannot tell."""

    def send(self, message: Message) -> SendOutcome:
        """
        Send, or say why not; the text goes out character by character.

        Raise, or answer UNKNOWN, where it may or may not have gone out: a retry with the same key follows. REJECTED
        means that it never will, and sets the message aside for a person.
        """
        ...
