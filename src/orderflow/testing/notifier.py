"""
What every notifier must do, as numbered checks that need no test framework.

Write a harness around your notifier and run all :data:`NOTIFIER_CHECKS` as :mod:`orderflow.testing.contract` shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs

from ..ports.notifier import Message, Notifier, SendOutcome
from .contract import (
    Harness,
    NotTestableError,
    Outcome,
    answered,
    applies,
    contract_check,
    demand,
    numbered,
    same,
    unsure,
)
from .fakes import FakeNotifier, Fault

__all__ = ("NOTIFIER_CHECKS", "FakeNotifierHarness", "NotifierHarness", "Sent")


@attrs.frozen(kw_only=True)
class Sent:
    """What truly went out, as the partner sees it."""

    to: str
    subject: str
    body: str


class NotifierHarness(Harness):
    """One notifier and its partner. Only ``notifier`` must be overridden."""

    once_per_key = True
    """False where the partner knows no keys, so that a retry may send twice: those checks are then not applicable."""

    def notifier(self) -> Notifier:
        """A new notifier for the same partner, as another process would have it."""
        raise NotImplementedError

    def sent(self) -> Sequence[Sent]:
        """Every message that went out for this harness, oldest first."""
        raise NotTestableError("the harness cannot read what went out")


NotifierCheck: TypeAlias = Callable[[Callable[[], NotifierHarness]], Outcome]


class FakeNotifierHarness(NotifierHarness):
    """
    A harness around the fake notifier: for the fake itself, and for notifiers that talk to it.

    >>> notifier_02_a_message_repeated_goes_out_once(lambda: FakeNotifierHarness(FakeNotifier()))
    Passed()
    """

    def __init__(self, partner: FakeNotifier, adapter: Callable[[FakeNotifier], Notifier] | None = None) -> None:
        self.partner = partner
        self._adapter = adapter

    def notifier(self) -> Notifier:
        """Another notifier for the same fake."""
        return self.partner if self._adapter is None else self._adapter(self.partner)

    def sent(self) -> Sequence[Sent]:
        """From the fake's book."""
        messages = self.partner.books.messages()
        return [Sent(to=each.email or each.phone or "", subject=each.subject, body=each.body) for each in messages]

    def lose_reply(self, method: str) -> None:
        """As a planned fault."""
        self.partner.fail_next(method, Fault.LOST_REPLY)

    def cut_off(self, method: str) -> None:
        """As a planned fault."""
        self.partner.fail_next(method, Fault.REFUSED)


def _message(h: NotifierHarness, number: int = 1) -> Message:
    return Message(
        key=f"{h.order}/00000{number}/message/1",
        kind="notify_shipped",
        order="222-5PR-MAP3",
        person=f"per_{h.order[4:]}",
        language="pl",
        name="Ola Żak",
        email="ola@example.com",
        phone=None,
        subject="Twoja paczka jest w drodze ☕",
        body="Dzień dobry,\n\nzażółć gęślą jaźń: 12,50 zł & <b>nie</b> HTML.\n.\nDo zobaczenia!\n",
    )


@contract_check
def notifier_01_a_message_goes_out(h: NotifierHarness) -> None:
    """A message that is SENT went out, to its recipient: an outcome that is always SENT hides every failure."""
    same(h.notifier().send(_message(h)), SendOutcome.SENT, "the outcome")
    same([each.to for each in h.sent()], ["ola@example.com"], "recipients")


@contract_check
def notifier_02_a_message_repeated_goes_out_once(h: NotifierHarness) -> None:
    """A key that was sent is SENT again and nothing more goes out, also from another process: customers count mails."""
    for notifier in (first := h.notifier(), first, h.notifier()):
        same(notifier.send(_message(h)), SendOutcome.SENT, "the outcome")
    applies(h.once_per_key, "the partner knows no keys")
    same(len(h.sent()), 1, "messages that went out")


@contract_check
def notifier_03_two_keys_are_two_messages(h: NotifierHarness) -> None:
    """Equal texts under two keys both go out: told apart by content, the second parcel's message never arrives."""
    notifier = h.notifier()
    for number in (1, 2):
        same(notifier.send(_message(h, number)), SendOutcome.SENT, "the outcome")
    same(len(h.sent()), 2, "messages that went out")


@contract_check
def notifier_04_texts_arrive_as_they_are(h: NotifierHarness) -> None:
    """Subject and body arrive character by character: encodings, escaping and lone dots have mangled many a mail."""
    message = _message(h)
    h.notifier().send(message)
    (sent,) = h.sent()
    same(sent.subject, message.subject, "the subject")
    same(sent.body, message.body, "the body")


@contract_check
def notifier_05_a_lost_reply_is_unknown(h: NotifierHarness) -> None:
    """A lost reply is an exception or UNKNOWN, so that it is tried again: REJECTED sets aside what may have arrived."""
    notifier = h.notifier()
    h.lose_reply("send")
    outcome = unsure(lambda: notifier.send(_message(h)))
    demand(outcome in (None, SendOutcome.UNKNOWN), f"the reply was lost, but the notifier says {outcome!r}")
    same(notifier.send(_message(h)), SendOutcome.SENT, "the outcome of the retry")
    applies(h.once_per_key, "the partner knows no keys")
    same(len(h.sent()), 1, "messages that went out")


@contract_check
def notifier_06_what_never_left_is_not_sent(h: NotifierHarness) -> None:
    """A message that never left is not SENT, and the retry sends it: swallowed errors lose invoices and withdrawals."""
    notifier = h.notifier()
    h.cut_off("send")
    outcome = unsure(lambda: notifier.send(_message(h)))
    demand(outcome in (None, SendOutcome.UNKNOWN), f"nothing left, but the notifier says {outcome!r}")
    same(notifier.send(_message(h)), SendOutcome.SENT, "the outcome of the retry")
    same(len(h.sent()), 1, "messages that went out")


@contract_check
def notifier_07_a_missing_address_is_answered(h: NotifierHarness) -> None:
    """Nobody must give an e-mail address: without one it is SENT or REJECTED, an exception is retried for days."""
    message = attrs.evolve(_message(h), email=None)
    outcome = answered(lambda: h.notifier().send(message), "sending without an e-mail address")
    demand(outcome in (SendOutcome.SENT, SendOutcome.REJECTED), f"without an e-mail address it says {outcome!r}")


NOTIFIER_CHECKS: tuple[NotifierCheck, ...] = numbered(globals(), "notifier_")
"""What any notifier must do, by number."""
