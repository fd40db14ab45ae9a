"""Notifiers with one defect each: the checks must find every one. Each talks to a fake that does nothing wrong."""

from __future__ import annotations

import html
from collections.abc import Mapping

import attrs

from ...ports.notifier import Message, SendOutcome
from ..fakes import FakeNotifier

__all__ = ("BROKEN_NOTIFIERS", "BrokenNotifier")


class BrokenNotifier:
    """A notifier that passes everything on as it is; its subclasses break one thing."""

    def __init__(self, partner: FakeNotifier) -> None:
        self.partner = partner

    def send(self, message: Message) -> SendOutcome:
        """Pass on."""
        return self.partner.send(message)


class NeverSends(BrokenNotifier):
    """The test mode of last summer is still switched on."""

    def send(self, message: Message) -> SendOutcome:
        """Says SENT."""
        return SendOutcome.SENT


class SendsAgain(BrokenNotifier):
    """The key is not passed on."""

    def send(self, message: Message) -> SendOutcome:
        """Every retry is another message."""
        return self.partner.send(attrs.evolve(message, key=f"{message.key}{'~' * self.partner.calls('send')}"))


class RemembersInMemory(BrokenNotifier):
    """What was sent is kept in the process only."""

    def __init__(self, partner: FakeNotifier) -> None:
        super().__init__(partner)
        self._sent: set[str] = set()

    def send(self, message: Message) -> SendOutcome:
        """Another process sends it again."""
        if message.key in self._sent:
            return SendOutcome.SENT
        key = f"{message.key}{'~' * self.partner.calls('send')}"
        outcome = self.partner.send(attrs.evolve(message, key=key))
        self._sent.add(message.key)
        return outcome


class KeyIsContent(BrokenNotifier):
    """Messages are told apart by recipient and text."""

    def send(self, message: Message) -> SendOutcome:
        """The second parcel's message never leaves."""
        return self.partner.send(attrs.evolve(message, key=f"{message.email}/{message.subject}/{message.body}"))


class Escapes(BrokenNotifier):
    """Plain text is escaped as if it were HTML."""

    def send(self, message: Message) -> SendOutcome:
        """Full of ``&amp;``."""
        return self.partner.send(attrs.evolve(message, body=html.escape(message.body)))


class AsciiSubject(BrokenNotifier):
    """The subject is forced into ASCII."""

    def send(self, message: Message) -> SendOutcome:
        """Question marks for letters."""
        subject = message.subject.encode("ascii", "replace").decode()
        return self.partner.send(attrs.evolve(message, subject=subject))


class TimeoutMeansRejected(BrokenNotifier):
    """A broken connection is a rejected message."""

    def send(self, message: Message) -> SendOutcome:
        """Sets aside what may have arrived."""
        try:
            return self.partner.send(message)
        except OSError:
            return SendOutcome.REJECTED


class SwallowsErrors(BrokenNotifier):
    """Whatever goes wrong, the shop must go on."""

    def send(self, message: Message) -> SendOutcome:
        """Says SENT of what never left."""
        try:
            return self.partner.send(message)
        except OSError:
            return SendOutcome.SENT


class NeedsEmail(BrokenNotifier):
    """Everybody is taken to have an e-mail address."""

    def send(self, message: Message) -> SendOutcome:
        """Raises for customers who gave a telephone only."""
        if message.email is None:
            raise TypeError("expected text")
        return self.partner.send(message)


BROKEN_NOTIFIERS: Mapping[type[BrokenNotifier], str] = {
    NeverSends: "notifier_01_a_message_goes_out",
    SendsAgain: "notifier_02_a_message_repeated_goes_out_once",
    RemembersInMemory: "notifier_02_a_message_repeated_goes_out_once",
    KeyIsContent: "notifier_03_two_keys_are_two_messages",
    Escapes: "notifier_04_texts_arrive_as_they_are",
    AsciiSubject: "notifier_04_texts_arrive_as_they_are",
    TimeoutMeansRejected: "notifier_05_a_lost_reply_is_unknown",
    SwallowsErrors: "notifier_06_what_never_left_is_not_sent",
    NeedsEmail: "notifier_07_a_missing_address_is_answered",
}
"""Every one with the check that must find it."""
