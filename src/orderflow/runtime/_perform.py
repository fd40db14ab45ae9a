"""Performing requests: partners are called outside any transaction; their answers become events in one commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..ports.notifier import SendOutcome
from ..workflows import MESSAGES, RequestKind, is_on_offer
from ._errands import Answer, Errand, Partners, ask, later
from ._parcels import book, track
from ._paying import capture, refund, start_payment, void
from ._reserving import confirm, release, reserve

__all__ = ("perform",)


def perform(errand: Errand, partners: Partners) -> Answer:
    """Do what the request asks for, and say what came of it."""
    kind = RequestKind(errand.row.kind)
    if kind in MESSAGES:
        return _send(errand, partners, kind)
    return _PERFORMERS[kind](errand, partners)


def _send(errand: Errand, partners: Partners, kind: RequestKind) -> Answer:
    from ..wording import message_for

    if errand.person is None or _comes_too_late(kind, errand):
        return Answer()
    message = message_for(kind, errand.number, errand.file, errand.person, errand.row.id, errand.step)
    outcome = ask(errand, lambda: partners.notifier.send(message))
    if outcome is SendOutcome.SENT:
        return Answer()
    if outcome is SendOutcome.REJECTED:
        return Answer(park=f"{kind}: the notifier rejected the message")
    return later(errand)


def _comes_too_late(kind: RequestKind, errand: Errand) -> bool:
    is_offer = kind is RequestKind.SEND_SUBSTITUTE_OFFERED
    return is_offer and not is_on_offer(errand.file, errand.number, errand.at)


_PERFORMERS: Mapping[RequestKind, Callable[[Errand, Partners], Answer]] = MappingProxyType(
    {
        RequestKind.START_PAYMENT: start_payment,
        RequestKind.CAPTURE_MONEY: capture,
        RequestKind.VOID_MONEY: void,
        RequestKind.REFUND_MONEY: refund,
        RequestKind.BOOK_PARCEL: book,
        RequestKind.TRACK_PARCEL: track,
        RequestKind.RESERVE_UNITS: reserve,
        RequestKind.CONFIRM_UNITS: confirm,
        RequestKind.RELEASE_UNITS: release,
    }
)
