"""What each command means for the money of an order: the events that follow, or all the reasons why not."""

from __future__ import annotations

from typing import assert_never

from ._asking import capture, observe, record_payment, request, retry, void
from ._cash import collect, remit
from ._commands import (
    CapturePayment,
    ChooseRefundForm,
    Command,
    Facts,
    ObservePayment,
    ObserveRefund,
    PayWithGiftCard,
    PayWithStoreCredit,
    RecordCollection,
    RecordPayment,
    RecordRefund,
    RecordRemittance,
    RefundPayment,
    RequestPayment,
    RetryPayment,
    RetryRefund,
    VoidPayment,
)
from ._guards import Decision
from ._refunding import give_back, observe_refund, record_refund, retry_refund
from ._state import Payments
from ._value import choose_refund_form, pay

__all__ = ("decide",)


def decide(command: Command, state: Payments, facts: Facts) -> Decision:
    """What follows from *command*; the same command again changes nothing, except that a refund is one more refund."""
    match command:
        case RequestPayment():
            return request(command, state, facts)
        case RetryPayment():
            return retry(command, state, facts)
        case ObservePayment():
            return observe(command, state, facts)
        case CapturePayment():
            return capture(command, state, facts)
        case VoidPayment():
            return void(command, state, facts)
        case RefundPayment():
            return give_back(command, state, facts)
        case ObserveRefund():
            return observe_refund(command, state, facts)
        case RetryRefund():
            return retry_refund(command, state, facts)
        case RecordCollection():
            return collect(command, state, facts)
        case RecordRemittance():
            return remit(command, state, facts)
        case RecordPayment():
            return record_payment(command, state, facts)
        case RecordRefund():
            return record_refund(command, state, facts)
        case PayWithGiftCard() | PayWithStoreCredit():
            return pay(command, state, facts)
        case ChooseRefundForm():
            return choose_refund_form(command, state, facts)
        case _ as unreachable:
            assert_never(unreachable)
