"""Store credit on both stores: granted, spent, and a refund only where the customer chose it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.workflows.counter import pln

from orderflow import CommandRejected, Money, Quantities, giftcards, orders, payments, shipping
from orderflow.adapters.sqlite import SqliteStore
from orderflow.giftcards import BlockGiftCard, GrantStoreCredit, ReferenceReused
from orderflow.payments import ChooseRefundForm, NoStoreCredit, PayWithStoreCredit, RefundForm
from orderflow.runtime.memory import MemoryStore
from orderflow.testing.world import CountingIds
from orderflow.verify import verify
from orderflow.workflows import Status

from .till import SELLER, TOTAL, Till, asked, tenders

Open = Callable[..., Till]
ACCOUNT = giftcards.credit_id(SELLER, "c-1", "PLN")


@pytest.fixture(params=["memory", "sqlite"])
def till(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Open a shop on either store; whatever happened in it is verified in the end."""
    store: Any = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "shop.db")
    ids = CountingIds()
    yield lambda **options: Till(store=store, ids=ids, **options)
    assert verify(store) == ()
    store.close()


def why(at: Till, command: Any) -> tuple[object, ...]:
    """Why a command is rejected."""
    with pytest.raises(CommandRejected) as rejected:
        at.shop.do(command)
    return rejected.value.reasons


def test_credit_is_granted_once_per_reference(till: Open) -> None:
    """With the same amount again nothing happens; with another it is refused."""
    at = till()
    for _ in range(2):
        assert at.grant("10.00").balance == pln("10.00")
    assert at.grant("5.00", reference="second").balance == pln("15.00")
    again = GrantStoreCredit(customer="c-1", amount=pln("11.00"), reference="first")
    assert why(at, again) == (ReferenceReused(reference="first", recorded=pln("10.00")),)
    assert (at.credit(), at.credit("c-2")) == (pln("15.00"), pln("0.00"))


def test_credit_of_each_currency_and_of_each_seller_is_kept_apart(till: Open) -> None:
    """Nothing is converted, and one seller's promise is not another's."""
    at = till()
    at.grant("10.00")
    assert at.shop.store_credit("c-1", "EUR") == Money.zero("EUR")
    assert till(seller="Other Shop").credit() == pln("0.00")


def test_a_new_order_is_paid_with_credit_after_its_cards(till: Open) -> None:
    """And the rest by its method."""
    at = till()
    at.grant("30.00")
    view = at.place(at.card("20.00"), store_credit=True, customer="c-1")
    assert tenders(view) == {"gift_card": "20.00", "store_credit": "30.00"}
    assert asked(view)[-1] == ("transfer", "64.97", "requested")
    assert at.credit() == pln("0.00")
    assert at.place(customer="c-1").due == TOTAL


def test_an_order_that_was_placed_is_paid_with_credit(till: Open) -> None:
    """As much as there is, or an amount; a repetition takes nothing more."""
    at = till()
    at.grant("200.00")
    view = at.place(customer="c-1")
    for _ in range(2):
        view = at.shop.do(PayWithStoreCredit(order=view.id, amount=pln("20.00")))
        assert at.credit() == pln("180.00")
    for _ in range(2):
        view = at.shop.do(PayWithStoreCredit(order=view.id))
        assert (view.status, at.credit()) == (Status.CONFIRMED, pln("85.03"))


def test_only_the_customer_of_an_order_has_credit_for_it(till: Open) -> None:
    """A guest has none, nor has somebody with nothing on it."""
    at = till()
    at.grant("200.00")
    for customer in (None, "c-2"):
        assert at.refused(store_credit=True, customer=customer) == (NoStoreCredit(),)
        assert why(at, PayWithStoreCredit(order=at.place(customer=customer).id)) == (NoStoreCredit(),)
    assert at.credit() == pln("200.00")


def test_credit_can_be_blocked(till: Open) -> None:
    """Under its id, like a card."""
    at = till()
    at.grant("200.00")
    at.shop.do(BlockGiftCard(card=ACCOUNT, reason="fraud"))
    assert at.refused(store_credit=True, customer="c-1") == (NoStoreCredit(),)
    assert at.shop.card(ACCOUNT).customer == "c-1"


def test_what_credit_paid_comes_back_as_credit(till: Open) -> None:
    """Whatever the customer chose for other money."""
    at = till()
    at.grant("200.00")
    view = at.place(store_credit=True, customer="c-1")
    assert at.credit() == pln("85.03")
    at.cancel(view.id)
    assert at.credit() == pln("200.00")


def test_money_goes_back_the_way_it_came_unless_the_customer_chose_credit(till: Open) -> None:
    """The law wants the same means, and lets the customer agree to another; here the choice is on record."""
    at = till()
    view = at.transfer(at.place(customer="c-1"))
    one = Quantities({"1": 1})
    back = at.shop.do(orders.CancelLines(order=view.id, quantities=one))
    assert (back.refunding, at.credit()) == (pln("19.99"), pln("0.00"))
    chosen = ChooseRefundForm(order=view.id, form=RefundForm.STORE_CREDIT)
    for _ in range(2):
        at.shop.do(chosen)
    back = at.shop.do(orders.CancelLines(order=view.id, quantities=one))
    assert (back.refunding, back.refunded, at.credit()) == (pln("19.99"), pln("19.99"), pln("19.99"))
    at.shop.do(ChooseRefundForm(order=view.id, form=RefundForm.ORIGINAL))
    back = at.cancel(view.id)
    assert (back.refunding, at.credit()) == (pln("94.98"), pln("19.99"))
    names = [entry.name for entry in at.shop.history(view.id)]
    assert names.count("payment.refund_form_chosen.v1") == 2
    assert [str(entry.actor) for entry in at.shop.history(view.id) if "form" in entry.name] == ["customer"] * 2


def test_a_card_keeps_its_part_although_the_customer_chose_credit(till: Open) -> None:
    """Only what came as other money changes its form."""
    at = till()
    code = at.card("50.00")
    view = at.transfer(at.place(code, customer="c-1"))
    at.shop.do(ChooseRefundForm(order=view.id, form=RefundForm.STORE_CREDIT))
    at.cancel(view.id)
    assert (at.on(code), at.credit()) == (pln("50.00"), pln("64.97"))


def test_a_guest_cannot_choose_credit(till: Open) -> None:
    """There would be nobody to spend it."""
    at = till()
    assert why(at, ChooseRefundForm(order=at.place().id, form=RefundForm.STORE_CREDIT)) == (NoStoreCredit(),)


def test_cash_that_nobody_can_send_back_becomes_credit_if_the_customer_wants(till: Open) -> None:
    """Paid at the door, returned, and no account number needed."""
    at = till()
    view = at.place(payment_method="cash_on_delivery", customer="c-1")
    at.shop.do(shipping.PickLines(order=view.id))
    at.shop.do(shipping.PackParcel(order=view.id))
    at.shop.do(shipping.HandOver(order=view.id, parcel=1))
    fact = shipping.TrackingFact(status=shipping.TrackingStatus.DELIVERED, occurred_at=at.clock.now())
    at.shop.do(shipping.RecordTracking(order=view.id, parcel=1, fact=fact))
    at.shop.do(ChooseRefundForm(order=view.id, form=RefundForm.STORE_CREDIT))
    at.shop.do(payments.RefundPayment(order=view.id, amount=pln("5.00"), cause="scratched"))
    assert at.credit() == pln("5.00")
    assert at.shop.order(view.id).paid_by == ((payments.TenderKind.CASH_ON_DELIVERY, pln("109.97")),)


def test_the_customer_is_told_that_it_is_store_credit(till: Open) -> None:
    """In the message of the refund."""
    at = till()
    view = at.transfer(at.place(customer="c-1", language="en"))
    at.shop.do(ChooseRefundForm(order=view.id, form=RefundForm.STORE_CREDIT))
    at.cancel(view.id)
    at.shop.run()
    with at.store.reading() as transaction:
        letters = [row.data for row in transaction.records.of_subject(view.order.person, "message")]
    assert any("is your store credit" in letter for letter in letters)


def test_an_unpaid_order_that_expires_gives_credit_back(till: Open) -> None:
    """Nothing is lost by not finishing."""
    at = till()
    at.grant("30.00")
    at.place(store_credit=True, customer="c-1")
    at.later(days=8)
    assert at.credit() == pln("30.00")
    at.clock.advance(timedelta(days=9000))
    assert at.refused(store_credit=True, customer="c-1") == ()
