"""What comes due: holds and offers lapse, unpaid orders expire, delivered orders are filed."""

from __future__ import annotations

from collections.abc import Iterable

from .. import orders, stock
from ..orders import OrderStage, SubstituteStage
from ..payments import AttemptStage, TenderKind
from ._balance import due
from ._file import OrderFile
from ._reactions import Attempted, Reaction, by_system
from ._requests import RequestKind

__all__ = ("on_timer",)


def on_timer(kind: RequestKind, file: OrderFile, number: int = 0) -> Iterable[Reaction]:
    """What a timer that has come due asks for; nothing where it is no longer needed."""
    match kind:
        case RequestKind.LAPSE_HOLD:
            return (by_system(stock.LapseHold, file),)
        case RequestKind.EXPIRE_UNPAID if _is_unpaid(file) and not _asked_again(file, number):
            return (by_system(orders.CancelOrder, file, cause="unpaid"),)
        case RequestKind.CLOSE_ORDER if _may_close(file):
            return (Attempted(by_system(orders.CloseOrder, file)),)
        case RequestKind.LAPSE_SUBSTITUTE if _is_unanswered(file, number):
            return (by_system(orders.WithdrawSubstitute, file, number=number, cause="lapsed"),)
        case _:
            return ()


def _is_unanswered(file: OrderFile, number: int) -> bool:
    return file.order.substitutes[number - 1].stage is SubstituteStage.OFFERED


def _is_unpaid(file: OrderFile) -> bool:
    waiting = file.order.stage is OrderStage.RECEIVED and bool(due(file))
    newest = file.payments.attempts[-1].kind if file.payments.attempts else None
    # What a gift card paid goes back to it; of other money a person has to say what becomes of it.
    others = (attempt for attempt in file.payments.attempts if not attempt.account)
    money = any(attempt.stage is AttemptStage.AUTHORISED or attempt.captured for attempt in others)
    return waiting and newest is not TenderKind.CASH_ON_DELIVERY and not money


def _asked_again(file: OrderFile, number: int) -> bool:
    # Every attempt brings its own timer; that of the first, which comes with the order, is numbered 0.
    first = next((attempt.number for attempt in file.payments.attempts if not attempt.account), 1)
    asked = [attempt.number for attempt in file.payments.attempts if attempt.requested_at is not None]
    return max(asked, default=0) > max(number, first)


def _may_close(file: OrderFile) -> bool:
    return orders.order_lifecycle().next(file.order.stage, "close") is not None
