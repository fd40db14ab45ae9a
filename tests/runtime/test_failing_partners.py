"""An adapter that raises is seen: in the log, in what was performed, and where a customer was lost by it."""

from __future__ import annotations

import logging

import pytest
from tests.workflows.counter import Counter

from orderflow.ports.gateway import PaymentAnswer, StartPayment
from orderflow.runtime.defaults import BankTransfer
from orderflow.workflows import Status

SECRET = "Ala Kot of Prosta 1"


class Mistaken(BankTransfer):
    """Has a bug, whose message names the customer."""

    def start(self, request: StartPayment) -> PaymentAnswer:
        try:
            return {}[SECRET]
        except KeyError as error:
            raise ValueError(f"no answer for {SECRET}") from error


def test_the_log_shows_where_an_adapter_raised_and_nobodys_data(caplog: pytest.LogCaptureFixture) -> None:
    """The author reads the kinds of the exceptions and the lines; messages may hold anything."""
    counter = Counter(gateways={"transfer": Mistaken()})
    order = counter.place()
    counter.shop.perform(order)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("orderflow", logging.WARNING)
    assert record.getMessage() == f"start_payment for {counter.view(order).reference}: no answer (ValueError)"
    assert "return {}[SECRET]" in caplog.text
    assert "KeyError" in caplog.text
    assert SECRET not in caplog.text


def test_what_was_performed_says_what_was_not() -> None:
    """One is tried again; the message was sent."""
    counter = Counter(gateways={"transfer": Mistaken()})
    performed = counter.shop.perform(counter.place())
    assert (performed.next_step, performed.done, performed.postponed, performed.parked) == (None, 1, 1, 0)


def test_an_order_that_could_never_be_paid_does_not_expire_in_silence() -> None:
    """A customer was lost, and a person is told why."""
    counter = Counter(gateways={"transfer": Mistaken()})
    order = counter.place()
    counter.later(days=8)
    assert counter.view(order).status is Status.CANCELLED
    assert [(alert.stream, alert.note) for alert in counter.shop.alerts()] == [
        (order, "it expired unpaid, and its payment could never be started")
    ]


def test_an_order_that_nobody_paid_expires_in_silence() -> None:
    """The customer knew how to pay, and did not."""
    counter = Counter()
    counter.place()
    counter.shop.run()
    counter.later(days=8)
    assert counter.shop.alerts() == ()
