"""Orders from elsewhere: adopted as they are, updated by newer documents, and never mixed up with our own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orderflow import orders
from orderflow.decisions import Accepted
from orderflow.errors import InvalidInputError

from .desk import AT, CONTACT, HOME, IDENTITY, Decision, after, events, line, placed, pln, reasons


def document(**changes: Any) -> orders.RecordOrder:
    """One mug for 20.00 with delivery for 10.00, paid."""
    usual: dict[str, Any] = {
        "numbers": {"woocommerce": "17"},
        "currency": "PLN",
        "lines": (
            orders.RecordedLine(line=line("1", 1, "20.00"), gross=pln("20.00"), vat=pln("3.74"), discount=pln("0")),
        ),
        "amounts": (
            orders.RecordedAmount(
                code="courier", charge=orders.RecordedCharge.DELIVERY, gross=pln("10.00"), vat=pln("1.87")
            ),
        ),
        "total": pln("30.00"),
        "vat_total": pln("5.61"),
        "contact": CONTACT,
        "target": HOME,
        "delivery_method": "courier",
        "payment_method": "card",
        "stage": orders.OrderStage.CONFIRMED,
        "placed_at": AT,
        "modified_at": AT,
        "paid": pln("30.00"),
    }
    return orders.RecordOrder(**(usual | changes))


def record(command: orders.Command, state: orders.State | None = None, **facts: Any) -> Decision:
    known = {"identity": IDENTITY} | facts
    return orders.decide(command, state or orders.NoOrder(), orders.Facts(at=AT, **known))


def adopted(**changes: Any) -> orders.Order:
    return after(orders.NoOrder(), *events(record(document(**changes))))


def test_an_order_is_adopted_in_the_stage_and_with_the_amounts_it_has() -> None:
    """Nothing is priced again, and everything explains the total."""
    order = adopted()
    assert order.adopted
    assert order.stage is orders.OrderStage.CONFIRMED
    assert (order.quote.total, order.quote.delivery_price) == (pln("30.00"), pln("10.00"))
    assert order.differences == order.findings == ()


def test_the_same_document_again_changes_nothing() -> None:
    """A webhook told twice is one event."""
    assert record(document(), adopted()) == Accepted(())


def test_an_older_document_is_ignored_and_a_newer_one_updates() -> None:
    """What arrives late does not undo what is known."""
    order = adopted()
    older = document(tags=["x"], modified_at=AT - timedelta(minutes=1))
    assert record(older, order) == Accepted(())
    newer = document(tags=["x"], modified_at=AT + timedelta(minutes=1))
    assert after(order, *events(record(newer, order))).tags == ("x",)


def test_an_order_that_was_placed_here_is_not_adopted() -> None:
    """Its money is recorded here, and so are its refunds."""
    assert reasons(record(document(), placed())) == (orders.AlreadyPlaced(),)
    refund = orders.RecordedRefund(external="r1", amount=pln("1.00"), at=AT)
    assert reasons(record(orders.RecordRefunds(order="A", refunds=(refund,)), placed())) == (orders.NotAdopted(),)


def test_refunds_told_later_are_added_once() -> None:
    """Known by their id."""
    refund = orders.RecordedRefund(external="r1", amount=pln("5.00"), at=AT)
    command = orders.RecordRefunds(order="A", refunds=(refund,))
    order = after(adopted(), *events(record(command, adopted())))
    assert order.recorded_credit == pln("5.00")
    assert record(command, order) == Accepted(())


def test_what_the_items_do_not_explain_is_kept_by_name() -> None:
    """A cent more than the parts is a difference and a finding, and not an error."""
    order = adopted(total=pln("30.01"), paid=pln("30.01"))
    assert order.differences == (orders.Difference(code="total", amount=pln("0.01")),)
    assert [finding.code for finding in order.findings] == ["difference_total"]
    assert order.quote.total == pln("30.01")


def test_a_document_that_contradicts_itself_is_refused_with_every_place() -> None:
    """Paths name the fields."""
    found = reasons(record(document(paid=pln("-1.00"), lines=(), amounts=())))
    assert {reason.path for reason in found if isinstance(reason, orders.IncompleteTotals)} == {"paid", "lines"}


def test_an_adopted_order_needs_its_number() -> None:
    """Without it nobody could tell that the next document is of the same order."""
    with pytest.raises(InvalidInputError):
        document(numbers=())


def test_recording_without_a_name_is_a_mistake_of_the_caller() -> None:
    """Rules make up none."""
    with pytest.raises(ValueError, match="identity"):
        record(document(), identity=None)
