"""Gift cards through the front door, on both stores: issued, spent in whole and in part, given back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.hostile.attacks import rows
from tests.workflows.counter import START, VAT, order_of, pln

from orderflow import (
    CommandRejected,
    InvalidInputError,
    Money,
    PaymentMethod,
    Quantities,
    giftcards,
    orders,
    payments,
    pricing,
    shipping,
)
from orderflow.adapters.sqlite import SqliteStore
from orderflow.giftcards import BlockGiftCard, TaxedOtherwise, UnblockGiftCard, VoucherKind
from orderflow.loyalty import Programme
from orderflow.payments import (
    AlreadyAuthorised,
    ExceedsBalance,
    ExceedsDue,
    GiftCardNotUsable,
    NothingDue,
    TenderKind,
    WrongCurrency,
)
from orderflow.ports.store import StoreConflictError
from orderflow.runtime.memory import MemoryStore
from orderflow.runtime.views import OrderView
from orderflow.testing import FakeGateway, FakeTwoStepGateway
from orderflow.testing.world import CountingIds, VirtualClock
from orderflow.verify import verify
from orderflow.workflows import Status, _facts

from .till import TOTAL, Till, asked, tenders

Open = Callable[..., Till]
NOT_USABLE = (GiftCardNotUsable(),)


@pytest.fixture(params=["memory", "sqlite"])
def till(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Open a shop on either store; whatever happened in it is verified in the end."""
    store: Any = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "shop.db")
    ids = CountingIds()  # two shops of one store never make the same code
    yield lambda **options: Till(store=store, ids=ids, **options)
    assert verify(store) == ()
    store.close()


# Paying a new order


def test_a_card_pays_its_part_and_the_rest_is_asked_for_by_the_orders_method(till: Open) -> None:
    """The balance is gone in the commit that places the order; the price, its tax and its discounts are untouched."""
    at = till()
    code = at.card("50.00")
    view = at.place(code)
    assert asked(view) == [("gift_card", "50.00", "captured"), ("transfer", "64.97", "requested")]
    assert (view.paid, view.due, at.on(code)) == (pln("50.00"), pln("64.97"), pln("0.00"))
    assert view.order.quote == at.place().order.quote
    paid = at.transfer(view)
    assert paid.status is Status.CONFIRMED
    assert tenders(paid) == {"gift_card": "50.00", "transfer": "64.97"}


def test_a_card_that_covers_everything_confirms_the_order_at_once(till: Open) -> None:
    """Nothing is asked of anybody, and nothing can expire."""
    at = till()
    code = at.card("200.00")
    view = at.place(code)
    assert view.status is Status.CONFIRMED
    assert asked(view) == [("gift_card", "114.97", "captured")]
    assert at.on(code) == pln("85.03")
    at.later(days=30)
    assert at.shop.order(view.id).status is Status.CONFIRMED


def test_several_cards_pay_one_after_the_other(till: Open) -> None:
    """Each to its end, the last one only what is left; one that is not needed is not touched."""
    at = till()
    codes = [at.card(amount) for amount in ("50.00", "60.00", "70.00", "80.00")]
    view = at.place(*codes)
    assert [amount for _, amount, _ in asked(view)] == ["50.00", "60.00", "4.97"]
    assert [at.on(code).text for code in codes] == ["0.00", "0.00", "65.03", "80.00"]


def test_a_card_that_is_given_twice_pays_once(till: Open) -> None:
    """However it is typed."""
    at = till()
    code = at.card("50.00")
    view = at.place(code, code.lower().replace("-", " "))
    assert tenders(view) == {"gift_card": "50.00"}


def test_an_order_whose_card_cannot_pay_is_not_placed(till: Open) -> None:
    """All reasons are told together, and which of the cards is meant; the good card keeps its money."""
    at = till()
    good, euros = at.card("50.00"), at.shop.issue_gift_card(Money.parse("50.00", "EUR")).code
    reasons = at.refused(good, "nonsense", euros, payment_method="cheque")
    assert [type(reason).__name__ for reason in reasons] == [
        "UnknownPaymentMethod",
        "GiftCardNotUsable",
        "WrongCurrency",
    ]
    assert reasons[1:] == (GiftCardNotUsable(number=2), WrongCurrency(expected="PLN"))
    unpriced = at.refused("nonsense", delivery_method="zeppelin")
    assert [type(reason).__name__ for reason in unpriced] == ["UnknownDeliveryMethod", "GiftCardNotUsable"]
    assert at.on(good) == pln("50.00")
    assert at.shop.orders() == ()


def test_cash_at_the_door_is_what_the_card_has_left(till: Open) -> None:
    """The courier collects the rest."""
    at = till()
    view = at.place(at.card("100.00"), payment_method="cash_on_delivery")
    assert view.status is Status.CONFIRMED
    at.shop.do(shipping.PickLines(order=view.id))
    (parcel,) = at.shop.do(shipping.PackParcel(order=view.id)).parcels
    assert parcel.cash_due == pln("14.97")
    at.shop.do(shipping.HandOver(order=view.id, parcel=1))
    fact = shipping.TrackingFact(status=shipping.TrackingStatus.DELIVERED, occurred_at=at.clock.now())
    done = at.shop.do(shipping.RecordTracking(order=view.id, parcel=1, fact=fact))
    assert tenders(done) == {"gift_card": "100.00", "cash_on_delivery": "14.97"}
    assert not done.due


# Paying an order that was placed before


def test_a_card_takes_over_from_an_open_attempt_and_the_rest_is_asked_for_again(till: Open) -> None:
    """By the same method, and with the time of a new attempt."""
    at = till()
    view = at.place()
    at.later(days=6)
    paid = at.pay(view.id, at.card("30.00"))
    assert asked(paid) == [
        ("transfer", "114.97", "superseded"),
        ("gift_card", "30.00", "captured"),
        ("transfer", "84.97", "requested"),
    ]
    at.later(days=6)
    assert at.shop.order(view.id).status is Status.AWAITING_PAYMENT
    assert at.transfer(at.shop.order(view.id)).status is Status.CONFIRMED


def test_money_that_still_comes_by_the_old_page_goes_back_the_way_it_came(till: Open) -> None:
    """The card paid first: the latest money goes back first."""
    at = till()
    view = at.place()
    code = at.card("30.00")
    at.pay(view.id, code)
    at.later(hours=1)
    late = at.transfer(view, attempt=1)
    assert late.status is Status.CONFIRMED
    assert late.refunding == pln("30.00")
    assert [(refund.attempt, refund.account) for refund in late.file.payments.refunds] == [(1, "")]
    assert at.on(code) == pln("0.00")


def test_a_repetition_takes_nothing_more(till: Open) -> None:
    """An amount is what the card pays in all; without one it is as much as can be."""
    at = till()
    view, code = at.place(), at.card("100.00")
    for _ in range(2):
        view = at.pay(view.id, code, "30.00")
        assert tenders(view) == {"gift_card": "30.00"}
    for _ in range(2):
        view = at.pay(view.id, code, "40.00")
        assert tenders(view) == {"gift_card": "40.00"}
    for _ in range(2):
        view = at.pay(view.id, code)
        assert tenders(view) == {"gift_card": "100.00"}
    assert at.on(code) == pln("0.00")
    assert view.due == pln("14.97")


def test_a_late_repetition_does_not_take_what_went_back_meanwhile(till: Open) -> None:
    """The card paid its part before; that it went back does not make the old command a new one."""
    at = till()
    view, code = at.place(), at.card("30.00")
    at.pay(view.id, code, "30.00")
    at.cancel(view.id)
    assert at.on(code) == pln("30.00")
    assert at.pay(view.id, code, "30.00").status is Status.CANCELLED
    assert at.on(code) == pln("30.00")


def test_a_card_pays_all_of_an_amount_or_nothing(till: Open) -> None:
    """More than is on it, more than is due, nothing due: each is said, and nothing is taken."""
    at = till()
    view, small, large = at.place(), at.card("20.00"), at.card("500.00")
    assert at.pay_refused(view.id, small, "20.01") == (ExceedsBalance(available=pln("20.00")),)
    assert at.pay_refused(view.id, large, "114.98") == (ExceedsDue(due=TOTAL),)
    assert at.pay_refused(view.id, small, "120.00") == (
        ExceedsDue(due=TOTAL),
        ExceedsBalance(available=pln("20.00")),
    )
    at.pay(view.id, large)
    assert at.pay_refused(view.id, small) == (NothingDue(),)
    assert at.pay_refused(view.id, "nonsense") == (NothingDue(), *NOT_USABLE)
    assert at.on(small) == pln("20.00")


def test_money_that_is_set_aside_comes_first() -> None:
    """Let it go, or take it; a card does not make way by itself."""
    clock = VirtualClock(START)
    card = FakeTwoStepGateway(clock)
    at = Till(
        clock=clock,
        gateways={"card": card},
        stages=[orders.HostStage(name="look", after=orders.OrderStage.VERIFIED, before=orders.Gate.CONFIRM)],
    )
    view = at.place(payment_method="card")
    at.shop.perform(view.id)
    card.customer_pays(f"{view.id}-p1")
    for headers, body in card.notifications():
        at.shop.receive("card", headers, body)
    assert at.pay_refused(view.id, at.card("10.00")) == (AlreadyAuthorised(attempt=1),)


def test_what_a_courier_was_told_to_collect_is_not_paid_by_card(till: Open) -> None:
    """Nobody tells the courier that the customer has paid meanwhile."""
    at = till()
    view = at.place(payment_method="cash_on_delivery")
    at.shop.do(shipping.PickLines(order=view.id, quantities=Quantities({"1": 1})))
    at.shop.do(shipping.PackParcel(order=view.id))
    code = at.card("200.00")
    paid = at.pay(view.id, code)
    asked_at_the_door = paid.parcels[0].cash_due
    assert asked_at_the_door is not None
    assert paid.due == asked_at_the_door
    assert at.on(code) == pln("200.00") - (TOTAL - asked_at_the_door)


def test_a_page_that_was_left_is_not_opened() -> None:
    """The gateway hears of the rest only."""
    clock = VirtualClock(START)
    card = FakeGateway(clock)
    at = Till(clock=clock, gateways={"card": card})
    view = at.place(payment_method="card")
    at.pay(view.id, at.card("50.00"))
    at.shop.perform(view.id)
    card.customer_pays(f"{view.id}-p3")
    for headers, body in card.notifications():
        at.shop.receive("card", headers, body)
    assert tenders(at.shop.order(view.id)) == {"gift_card": "50.00", "prepaid": "64.97"}
    assert card.lookup(f"{view.id}-p1") is None


def test_a_card_mends_a_hold_that_has_lapsed(till: Open) -> None:
    """An adopted way of speaking: money came, the units are still there, the order goes on."""
    at = till(payment_window={TenderKind.TRANSFER: timedelta(days=7)})
    view = at.place(seen_total=pln("1.00"))  # on hold until somebody has looked at the total
    code = at.card("200.00")
    assert at.pay(view.id, code).status is Status.ON_HOLD
    released = at.shop.do(orders.TagOrder(order=view.id, add=(orders.TOTALS_ACCEPTED,)))
    assert released.status is Status.CONFIRMED


def test_points_are_earned_with_a_card_as_with_other_money(till: Open) -> None:
    """And taken back with what goes back to it."""
    at = till(loyalty=Programme(id="club", per=pln("1.00")))
    view = at.place(payment_method="cash_on_delivery", customer="c-1")
    assert view.loyalty.earned == 0
    code = at.card("50.00")
    assert at.pay(view.id, code).loyalty.earned == 50
    assert at.cancel(view.id).loyalty.taken_back == 50
    assert at.on(code) == pln("50.00")


def test_the_counter_refuses_what_broken_rules_would_take(till: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """No coin leaves a card that is not on it, whatever a program above the store believes."""
    at = till()
    view, code = at.place(), at.card("30.00")
    plenty = payments.StoredValue(account=giftcards.card_id(code), available=pln("1000.00"))
    monkeypatch.setattr(_facts, "_stored_value", lambda *_: plenty)
    with pytest.raises(StoreConflictError):
        at.pay(view.id, code)
    monkeypatch.undo()
    assert (at.on(code), at.shop.order(view.id)) == (pln("30.00"), view)


# Money back


def test_an_unpaid_order_that_expires_gives_back_what_the_card_paid(till: Open) -> None:
    """Exactly once, however often the shop runs."""
    at = till()
    code = at.card("50.00")
    view = at.place(code)
    at.later(days=8)
    for _ in range(2):
        over = at.shop.order(view.id)
        assert (over.status, over.refunded, over.refunding) == (Status.CANCELLED, pln("50.00"), pln("0.00"))
        assert at.on(code) == pln("50.00")
        at.later(days=8)


def test_an_order_that_was_paid_in_other_money_too_waits_for_a_person(till: Open) -> None:
    """Only money of other kinds needs somebody to say what becomes of it."""
    at = till()
    code = at.card("50.00")
    view = at.transfer(at.place(code), pln("10.00"))
    at.later(days=8)
    assert at.shop.order(view.id).status is Status.ON_HOLD
    back = at.cancel(view.id)
    assert (back.refunded, back.refunding, at.on(code)) == (pln("50.00"), pln("10.00"), pln("50.00"))


def test_a_cancelled_order_gives_back_to_each_what_it_paid(till: Open) -> None:
    """The card has its part at once, the bank its own when somebody has sent it."""
    at = till()
    first, second = at.card("20.00"), at.card("30.00")
    view = at.cancel(at.transfer(at.place(first, second)).id)
    assert (view.refunded, view.refunding) == (pln("50.00"), pln("64.97"))
    assert (at.on(first), at.on(second)) == (pln("20.00"), pln("30.00"))


def test_of_a_part_that_is_cancelled_the_latest_money_goes_back_first(till: Open) -> None:
    """The teapot for 60.00: the transfer was 14.97, so the card has 45.03 again."""
    at = till()
    code = at.card("100.00")
    placed = at.place(code)
    at.later(hours=1)
    at.transfer(placed)
    view = at.shop.do(orders.CancelLines(order=placed.id, quantities=Quantities({"2": 1})))
    assert [(refund.attempt, refund.amount) for refund in view.file.payments.refunds] == [
        (2, pln("14.97")),
        (1, pln("45.03")),
    ]
    assert at.on(code) == pln("45.03")
    assert tenders(view) == {"gift_card": "54.97"}


def test_a_card_that_is_over_can_be_used_again_once_money_came_back(till: Open) -> None:
    """For a year at least: money back that nobody can spend is none. One that lasts longer stays as it was."""
    at = till()
    short = at.card("50.00", valid_until=START + timedelta(days=3))
    long = at.card("10.00", valid_until=START + timedelta(days=3000))
    view = at.place(short, long)
    at.later(days=4)
    at.cancel(view.id)
    cards = [at.shop.card(giftcards.card_id(code)) for code in (short, long)]
    assert [card.valid_until for card in cards] == [at.clock.now() + timedelta(days=365), START + timedelta(days=3000)]
    assert at.pay(at.place().id, short).paid == pln("50.00")


def test_a_refund_to_a_blocked_card_waits_on_it_and_somebody_is_told(till: Open) -> None:
    """It stays blocked, and the money stays on it."""
    at = till()
    code = at.card("50.00")
    view = at.place(code)
    at.shop.do(BlockGiftCard(card=giftcards.card_id(code), reason="stolen"))
    at.cancel(view.id)
    assert at.on(code) == pln("50.00")
    assert [alert.note for alert in at.shop.alerts()] == ["the refund went to a blocked gift card"]
    assert at.refused(code) == NOT_USABLE
    at.shop.do(UnblockGiftCard(card=giftcards.card_id(code)))
    assert at.refused(code) == ()


def test_nobody_can_cash_a_card_out(till: Open) -> None:
    """Whatever was paid by card goes back to the card, a refund out of goodwill too."""
    at = till()
    code = at.card("200.00")
    view = at.place(code)
    at.shop.do(payments.RefundPayment(order=view.id, amount=pln("10.00"), cause="goodwill"))
    assert at.on(code) == pln("95.03")
    with at.store.reading() as transaction:
        assert "refund_money" not in [row.kind for row in transaction.work.of_stream(view.id)]


def test_the_customer_is_told_that_it_is_on_the_card_again(till: Open) -> None:
    """No bank takes days for it."""
    at = till()
    at.cancel(at.place(at.card("50.00")).id)
    at.shop.run()
    with at.store.reading() as transaction:
        subjects = [view.order.person for view in map(at.shop.order, [row.id for row in at.shop.orders()])]
        letters = [row.data for subject in subjects for row in transaction.records.of_subject(subject, "message")]
    assert any("wróciła na kartę podarunkową" in letter for letter in letters)
    assert not any("dni roboczych" in letter for letter in letters)


def test_the_message_of_an_order_says_what_was_paid_so_far(till: Open) -> None:
    """Beside what is left to pay."""
    at = till()
    view = at.place(at.card("50.00"))
    at.shop.run()
    with at.store.reading() as transaction:
        (letter,) = transaction.records.of_subject(view.order.person, "message")
    assert "Zapłacono dotąd: 50,00" in letter.data.replace("\u00a0", " ")


# What nobody learns


def test_cards_that_cannot_pay_look_alike(till: Open) -> None:
    """Unknown, over, empty, blocked, another seller's: the same answer, wherever it is asked."""
    at = till()
    over, empty, blocked = (
        at.card("5.00", valid_until=START + timedelta(hours=1)),
        at.card("5.00"),
        at.card("5.00"),
    )
    others = till(seller="Other Shop").card("5.00")
    at.place(empty)
    at.shop.do(BlockGiftCard(card=giftcards.card_id(blocked), reason="stolen"))
    view = at.place()
    at.clock.advance(timedelta(hours=1))
    for code in ("nonsense", over, empty, blocked, others):
        with pytest.raises(CommandRejected) as rejected:
            at.shop.gift_card(code)
        assert rejected.value.reasons == at.pay_refused(view.id, code) == at.refused(code) == NOT_USABLE
        assert code not in str(rejected.value)


def test_the_card_shows_its_balance_to_who_has_the_code(till: Open) -> None:
    """However it is typed."""
    at = till()
    code = at.card("50.00")
    card = at.shop.gift_card(code.lower().replace("-", " "))
    assert (card.balance, card.valid_until, card.kind) == (pln("50.00"), None, VoucherKind.MULTI_PURPOSE)


def test_a_code_is_kept_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """Not in an event, a counter, work or record, not in a log, an error or a repr, not even where it was refused."""
    at = Till()
    issued = at.shop.issue_gift_card(pln("50.00"))
    view = at.place(issued.code, request_id="r-1")
    at.pay_refused(view.id, issued.code)
    at.cancel(view.id)
    at.shop.run()
    at.shop.pay_with_gift_card(at.place().id, issued.code, request_id="r-2")
    kept = repr(rows(at.store)) + caplog.text + repr(issued) + repr(view) + repr(at.shop.card(issued.card.card))
    for code in (issued.code, pricing.normal_code(issued.code)):
        assert code not in kept
    assert issued.card.card in kept


def test_an_id_is_not_a_code(till: Open) -> None:
    """Who has read the store still cannot spend what is in it."""
    at = till()
    code = at.card("50.00")
    assert at.refused(giftcards.card_id(code)) == NOT_USABLE


def test_codes_have_more_than_128_bits(till: Open) -> None:
    """26 letters of five bits, and no two alike."""
    at = till()
    codes = {at.card("1.00") for _ in range(50)}
    assert len(codes) == 50
    assert {len(pricing.normal_code(code)) for code in codes} == {26}


def test_short_codes_of_the_hosts_own_need_a_key(till: Open) -> None:
    """A digest of few digits is tried out in no time, unless it is keyed with what the store does not hold."""
    at = till()
    with pytest.raises(InvalidInputError) as refused:
        at.shop.issue_gift_card(pln("5.00"), code="1234-5678")
    assert refused.value.path == "code"
    assert "1234" not in str(refused.value)
    keyed = till(gift_card_key=b"not in the store")
    assert keyed.shop.issue_gift_card(pln("5.00"), code="1234-5678").code == "1234-5678"
    assert keyed.shop.gift_card("12345678").balance == pln("5.00")
    assert at.refused("12345678") == NOT_USABLE
    long = "A" * 26
    assert at.shop.issue_gift_card(pln("5.00"), code=long).card == at.shop.gift_card(long)


@pytest.mark.parametrize("key", ["text", b"x" * 65, None])
def test_a_key_that_is_none_is_refused(key: Any) -> None:
    """At most 64 bytes."""
    with pytest.raises(InvalidInputError, match="gift_card_key"):
        Till(gift_card_key=key)


def test_attempts_are_told_without_their_codes() -> None:
    """The host counts who tries how often, wherever a code is typed; what it raises refuses the attempt."""
    told: list[tuple[str | None, bool]] = []
    at = Till(gift_card_attempts=lambda customer, usable: told.append((customer, usable)))
    code = at.card("50.00")
    at.shop.gift_card(code, customer="c-1")
    at.refused(code, "guess", customer="c-2")
    view = at.place(customer="c-3")
    at.pay_refused(view.id, "guess")
    at.place()
    assert told == [("c-1", True), ("c-2", True), ("c-2", False), ("c-3", False)]

    def stop(customer: str | None, usable: bool) -> None:
        raise PermissionError

    strict = Till(store=at.store, clock=at.clock, gift_card_attempts=stop)
    for attempt in (lambda: strict.shop.gift_card(code), lambda: strict.pay(view.id, code), lambda: strict.place(code)):
        with pytest.raises(PermissionError):
            attempt()
    assert at.on(code) == pln("50.00")


# Single-purpose cards


def single(at: Till, amount: str, country: str = "PL", vat: pricing.VatRate = VAT) -> str:
    """A card that was taxed when it was sold."""
    return at.card(amount, kind=VoucherKind.SINGLE_PURPOSE, vat=vat, country=country)


def test_a_single_purpose_card_says_what_is_not_taxed_again(till: Open) -> None:
    """All is taxed at its rate in its country: what it paid was taxed when it was sold, and counts while it is paid."""
    at = till()
    view = at.place(single(at, "50.00"), at.card("10.00"))
    assert view.taxed_when_sold == pln("50.00")
    assert at.place(at.card("10.00")).taxed_when_sold == pln("0.00")
    assert at.cancel(view.id).taxed_when_sold == pln("0.00")


def test_a_single_purpose_card_does_not_pay_for_what_is_taxed_otherwise(till: Open) -> None:
    """Part of it at another rate, or all of it elsewhere: then its tax would have been wrong when it was sold."""
    at = till()
    code, german, low = single(at, "50.00"), single(at, "50.00", "DE"), single(at, "50.00", vat=pricing.VatRate(800))
    book = orders.Line(
        line="2", sku="TEAPOT", name="Book", quantity=1, unit_price=pln("60.00"), vat=pricing.VatRate(500, "reduced")
    )
    mixed = {"lines": (order_of().lines[0], book)}
    rates = ("23% standard", "5% reduced")
    (reason,) = at.refused(code, **mixed)
    assert isinstance(reason, TaxedOtherwise)
    assert (reason.sold_at, reason.country, sorted(reason.rates)) == ("23% standard", "PL", sorted(rates))
    assert at.refused(german) == (
        TaxedOtherwise(sold_at="23% standard", country="DE", destination="PL", rates=("23% standard",)),
    )
    view = at.place()
    assert at.pay_refused(view.id, low) == (
        TaxedOtherwise(sold_at="8% standard", country="PL", destination="PL", rates=("23% standard",)),
    )
    assert at.refused(code) == ()


def offered(order: str, line: str, vat: pricing.VatRate) -> orders.OfferSubstitute:
    """A book instead of a mug."""
    book = orders.Line(line=line, sku="TEAPOT", name="Book", quantity=1, unit_price=pln("19.99"), vat=vat)
    return orders.OfferSubstitute(order=order, line="1", units=1, substitute=book, until=START + timedelta(days=1))


def test_nothing_that_is_taxed_otherwise_takes_the_place_of_what_a_single_purpose_card_paid(till: Open) -> None:
    """It is refused when it is offered; and when it is accepted, where the card paid in between."""
    at = till()
    code, reduced = single(at, "50.00"), pricing.VatRate(500, "reduced")
    otherwise = TaxedOtherwise(sold_at="23% standard", country="PL", destination="PL", rates=("5% reduced",))
    view = at.place()
    at.shop.do(offered(view.id, "1b", reduced))
    at.shop.pay_with_gift_card(view.id, code)
    for command in (orders.AcceptSubstitute(order=view.id, number=1), offered(view.id, "1c", reduced)):
        with pytest.raises(CommandRejected) as caught:
            at.shop.do(command)
        assert caught.value.reasons == (otherwise,)
    at.shop.do(offered(view.id, "1c", VAT))
    taken = at.shop.do(orders.AcceptSubstitute(order=view.id, number=2))
    assert at.shop.do(orders.AcceptSubstitute(order=view.id, number=2)).version == taken.version
    assert (taken.taxed_when_sold, verify(at.store)) == (pln("50.00"), ())


# Repetitions, and what is refused at the door


def test_a_repeated_request_is_answered_as_before(till: Open) -> None:
    """The same cards: the same answer; other cards under the same id are refused."""
    at = till()
    code, other = at.card("50.00"), at.card("50.00")
    first = at.place(code, request_id="r-1")
    assert at.place(code, request_id="r-1") == first
    assert at.refused(other, request_id="r-1") == at.refused(request_id="r-1") == (orders.RequestReused(request="r-1"),)
    view = at.place()
    paid = at.shop.pay_with_gift_card(view.id, other, request_id="r-2")
    assert at.shop.pay_with_gift_card(view.id, other, request_id="r-2") == paid
    assert (at.on(code), at.on(other)) == (pln("0.00"), pln("0.00"))


def test_a_card_is_issued_once_under_its_code(till: Open) -> None:
    """The same terms again are the same card, whatever was spent; other terms are refused."""
    at = till()
    code = at.card("50.00")
    at.place(code)
    assert at.shop.issue_gift_card(pln("50.00"), code=code).card.balance == pln("0.00")
    with pytest.raises(CommandRejected) as rejected:
        at.shop.issue_gift_card(pln("60.00"), code=code)
    assert rejected.value.reasons == (giftcards.CodeTaken(),)


def test_what_a_card_paid_is_told_by_nobody_else(till: Open) -> None:
    """No provider, and no member of staff, can say that more came or that it went back."""
    at = till()
    view = at.place(at.card("50.00"))
    facts = payments.PaymentFacts(outcome=payments.Outcome.CAPTURED, captured=pln("99.00"), occurred_at=at.clock.now())
    for command in (
        payments.ObservePayment(order=view.id, attempt=1, facts=facts),
        payments.RecordRefund(order=view.id, external="re_1", amount=pln("5.00"), attempt=1),
    ):
        with pytest.raises(CommandRejected) as rejected:
            at.shop.do(command)
        assert rejected.value.reasons == (payments.KeptHere(attempt=1),)
    with pytest.raises(CommandRejected):
        at.shop.do(payments.RecordRefund(order=view.id, external="re_1", amount=pln("5.00")))


@pytest.mark.parametrize("kind", sorted(payments.STORED_VALUE))
def test_nobody_is_asked_for_what_is_kept_here(kind: TenderKind) -> None:
    """No attempt of this kind begins in another way, and no method is offered for it."""
    for command in (
        lambda: payments.RequestPayment(order="x", method="m", gateway="transfer", kind=kind, amount=pln("1.00")),
        lambda: payments.RetryPayment(order="x", method="m", gateway="transfer", kind=kind),
    ):
        with pytest.raises(InvalidInputError) as refused:
            command()
        assert refused.value.path == "kind"
    with pytest.raises(InvalidInputError, match="payment_methods"):
        Till(payment_methods=[PaymentMethod(code="m", gateway="transfer", kind=kind)])


@pytest.mark.parametrize("codes", [["x"] * 21, [""], ["x" * 65], [7], [None], "code", 7])
def test_what_can_be_no_codes_is_refused(codes: Any) -> None:
    """With its place, and without repeating it."""
    at = Till()
    with pytest.raises(InvalidInputError) as refused:
        at.shop.place(order_of(), gift_cards=codes)
    assert refused.value.path.startswith("gift_cards")
    assert len(str(refused.value)) < 200


def test_explain_says_what_a_card_would_pay(till: Open) -> None:
    """And changes nothing."""
    at = till()
    view, code = at.place(), at.card("30.00")
    pay = payments.PayWithGiftCard(order=view.id, card=giftcards.card_id(code))
    told = at.shop.explain(view.id, pay)
    assert [type(event).__name__ for event in told.events][:3] == [
        "PaymentSuperseded",
        "StoredValueTaken",
        "PaymentRequested",
    ]
    assert at.on(code) == pln("30.00")
    assert at.shop.order(view.id) == view


def test_the_history_of_a_card_names_orders_and_people(till: Open) -> None:
    """What came on it and went, in order."""
    at = till()
    code = at.card("50.00")
    view = at.place(code)
    at.cancel(view.id)
    told = at.shop.card_history(giftcards.card_id(code))
    assert [entry.name for entry in told] == ["giftcard.issued.v1", "giftcard.spent.v1", "giftcard.returned.v1"]
    assert [getattr(entry.event, "order", None) for entry in told] == [None, view.id, view.id]
    with pytest.raises(CommandRejected):
        at.shop.card_history("gft_0")


def test_the_counter_beside_a_card_says_the_same(till: Open) -> None:
    """After every step, with nothing held."""
    at = till()
    code = at.card("50.00")
    name = giftcards.card_id(code)
    seen = [at.counter(name)]
    view = at.place(code)
    seen.append(at.counter(name))
    at.cancel(view.id)
    seen.append(at.counter(name))
    at.shop.do(giftcards.TopUpGiftCard(card=name, amount=pln("1.00"), reference="r"))
    seen.append(at.counter(name))
    assert seen == [(5000, 0), (0, 0), (5000, 0), (5100, 0)]
    assert isinstance(view, OrderView)
