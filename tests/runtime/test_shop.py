"""The front door: identity, repetition, notifications, subscriptions and what is set aside for people."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from tests.workflows.counter import ADDRESS, Counter, order_of, pln

from orderflow import CommandRejected, InvalidInputError, Quantities, Shop, orders, payments, people, shipping, stock
from orderflow.ports.gateway import (
    GatewayCapabilities,
    Notification,
    PaymentAnswer,
    PaymentFact,
    PaymentOutcome,
    RawNotification,
    Redirect,
    RefundAnswer,
    RefundMoney,
    RefundOutcome,
    StartPayment,
)
from orderflow.runtime.views import HistoryEntry
from orderflow.workflows import Status


class Card:
    """Charges at once; loses its first replies when told to, and keeps a book."""

    def __init__(self, *, lost: int = 0, lookup: bool = True, window: timedelta | None = None) -> None:
        self.capabilities = GatewayCapabilities(lookup=lookup, idempotency_window=window, notifications=True)
        self.book: dict[str, int] = {}
        self.refunds: dict[str, int] = {}
        self.calls: list[str] = []
        self._lost = lost

    def start(self, request: StartPayment) -> PaymentAnswer:
        self.calls.append("start")
        self.book.setdefault(request.reference, request.amount.minor)
        if self._lost:
            self._lost -= 1
            raise TimeoutError
        return PaymentAnswer(outcome=PaymentOutcome.CAPTURED, captured=request.amount)

    def lookup(self, reference: str) -> PaymentAnswer | None:
        self.calls.append("lookup")
        if reference not in self.book:
            return None
        return PaymentAnswer(outcome=PaymentOutcome.CAPTURED, captured=pln(f"{self.book[reference] / 100:.2f}"))

    def refund(self, request: RefundMoney) -> RefundAnswer:
        self.refunds.setdefault(request.operation, request.amount.minor)
        if self._lost:
            self._lost -= 1
            raise TimeoutError
        return RefundAnswer(outcome=RefundOutcome.SETTLED)

    def lookup_refund(self, reference: str, operation: str) -> RefundAnswer | None:
        return RefundAnswer(outcome=RefundOutcome.SETTLED) if operation in self.refunds else None

    def read_notification(self, notification: RawNotification) -> Notification:
        reference = notification.body.decode()
        answer = PaymentAnswer(outcome=PaymentOutcome.CAPTURED, captured=pln("114.97"))
        fact = PaymentFact(reference=reference, answer=answer, occurred_at=notification.received_at)
        return Notification(facts=(fact,))


def test_the_same_request_placed_twice_is_one_order() -> None:
    """A retried checkout gets the first answer, even after the order went on."""
    counter = Counter()
    first = counter.shop.place(order_of(), request_id="checkout-1")
    counter.pay(first.id)
    again = counter.shop.place(order_of(), request_id="checkout-1")
    assert (again.id, again.version, again.status) == (first.id, first.version, first.status)
    assert counter.mugs() == (10, 2)


def test_the_same_request_with_other_content_is_refused() -> None:
    """An id that is used again for something else is a mistake of the caller."""
    counter = Counter()
    counter.shop.place(order_of(), request_id="checkout-1")
    with pytest.raises(CommandRejected) as rejected:
        counter.shop.place(order_of(language="de"), request_id="checkout-1")
    assert rejected.value.reasons == (orders.RequestReused(request="checkout-1"),)


def test_a_request_that_was_rejected_may_be_given_again() -> None:
    """Only answers are remembered: after a receipt of stock the same request succeeds."""
    counter = Counter()
    line = order_of().lines[0]
    many = order_of(
        lines=(orders.Line(line="1", sku="MUG", name="Mug", quantity=11, unit_price=line.unit_price, vat=line.vat),)
    )
    with pytest.raises(CommandRejected):
        counter.shop.place(many, request_id="big")
    counter.shop.do(stock.ReceiveStock(sku="MUG", quantity=5, reference="second"))
    assert counter.shop.place(many, request_id="big").status is Status.AWAITING_PAYMENT


def test_any_command_may_carry_a_request_id() -> None:
    """Picking twice by a double click picks once."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    one = shipping.PickLines(order=order, quantities=Quantities({"1": 1}))
    counter.shop.do(one, request_id="scan-7")
    counter.shop.do(one, request_id="scan-7")
    assert counter.view(order).file.shipping.picked == Quantities({"1": 1})


def test_a_hosts_own_reference_finds_the_order_and_is_taken_once() -> None:
    """The host may bring its own numbers; two orders never share one."""
    counter = Counter()
    counter.place(reference="2026/11/0001", numbers={"erp": "77"})
    assert counter.shop.order("2026/11/0001").id == counter.shop.order("erp:77").id
    with pytest.raises(CommandRejected) as rejected:
        counter.place(reference="2026/11/0001", numbers={"erp": "77"})
    assert rejected.value.reasons == (orders.NumberTaken(number="erp:77"), orders.NumberTaken(number="2026/11/0001"))


def test_a_reference_is_found_however_it_is_typed() -> None:
    """Small letters, spaces and missing dashes do not matter on the phone."""
    counter = Counter()
    view = counter.view(counter.place())
    assert counter.shop.order(view.reference.lower().replace("-", " ")).id == view.id


def test_an_unknown_order_is_a_rejection() -> None:
    """Asking for what is not there is no crash."""
    counter = Counter()
    with pytest.raises(CommandRejected) as rejected:
        counter.shop.do(orders.CancelOrder(order="nope"))
    assert rejected.value.reasons == (orders.NotPlaced(),)
    assert "CancelOrder was rejected: this store knows no order by the 4 characters" in str(rejected.value)


@pytest.mark.parametrize(
    "name", ["Ala Kot", "ala1@example.com", "600 100 200", "600-100-200", "PL5261040828", "alakot77", "Zażółć7"]
)
def test_what_may_be_personal_is_not_repeated(name: str) -> None:
    """Somebody looks for an order by what the customer said; the error ends in a log."""
    with pytest.raises(CommandRejected, match=f"no order by the {len(name)} characters") as rejected:
        Counter().shop.order(name)
    assert name not in str(rejected.value)


@pytest.mark.parametrize("name", ["3BW-WVL-AQ3H", "3bwwvlaqh", "ord_01M6DQS9M0AVTPZCR9WC4BK7P8", "erp:77"])
def test_who_looks_for_an_unknown_order_is_told_which_one_and_how_to_find_it(name: str) -> None:
    """A log with nothing but "not placed" sends somebody searching."""
    with pytest.raises(CommandRejected) as rejected:
        Counter().shop.order(name)
    assert rejected.value.reasons == (orders.NotPlaced(),)
    assert repr(name) in str(rejected.value)
    assert "shop.orders() lists" in str(rejected.value)
    for question in (Counter().shop.history, lambda name: Counter().shop.do(orders.CancelOrder(order=name))):
        with pytest.raises(CommandRejected, match=name):
            question(name)


def test_before_it_was_placed_an_order_is_not_known() -> None:
    """The answer says when it was looked for."""
    counter = Counter()
    order = counter.place()
    with pytest.raises(CommandRejected, match=f"no order '{order}' at 2020-01-01T00:00:00"):
        counter.shop.as_of(order, datetime(2020, 1, 1, tzinfo=UTC))


def test_explain_refuses_a_command_about_another_order() -> None:
    """The answer would be about one order and look like the other's; another spelling of the same one is no matter."""
    counter = Counter()
    one, other = counter.view(counter.place()), counter.view(counter.place())
    with pytest.raises(InvalidInputError, match=f"about '{one.id}', but the command names '{other.id}'"):
        counter.shop.explain(one.id, orders.CancelOrder(order=other.id))
    assert counter.shop.explain(one.id, orders.CancelOrder(order=one.reference.lower())).allowed


def test_the_usual_slips_are_named() -> None:
    """A path for a store, a view for its id, a status that there is not: each is refused with what would be right."""
    counter = Counter()
    with pytest.raises(InvalidInputError, match=r"got a path; give SqliteStore\(path\)"):
        Shop("shop.db", seller="Mug Shop")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match=r"expected its reference or \.id as text, got OrderView"):
        counter.shop.order(counter.view(counter.place()))  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="expected one of none, received, awaiting_payment"):
        counter.shop.orders(status="shippd")


def test_a_view_in_a_prompt_or_log_is_short_and_names_nobody() -> None:
    """Everything else is asked for by name."""
    counter = Counter()
    view = counter.view(counter.place())
    assert repr(view) == f"<OrderView {view.reference}: awaiting_payment, 114.97 PLN, version {view.version}>"


def test_a_lost_reply_is_looked_up_and_never_charged_twice() -> None:
    """The provider charged and the answer was lost: the next try asks before it sends."""
    card = Card(lost=1)
    counter = Counter(gateways={"card": card})
    order = counter.place(payment_method="card")
    counter.shop.run()
    assert counter.view(order).due == pln("114.97")
    counter.later(seconds=5)
    assert card.calls == ["start", "lookup"]
    assert counter.view(order).status is Status.CONFIRMED


def test_past_the_idempotency_window_nothing_is_sent_blindly() -> None:
    """Without a look-up and past the window a person must look; the money is never asked for again."""
    card = Card(lost=1, lookup=False, window=timedelta(minutes=30))
    counter = Counter(gateways={"card": card}, payment_window={payments.TenderKind.PREPAID: timedelta(days=3)})
    order = counter.place(payment_method="card")
    counter.shop.run()
    counter.later(hours=1)
    assert card.calls == ["start"]
    (parked,) = counter.shop.alerts()
    assert parked.stream == order
    assert "idempotency window" in parked.note


def test_trying_again_does_not_make_a_request_younger() -> None:
    """Retries within the window carry the same key; the window counts from the first of them, not from the last."""
    card = Card(lost=99, lookup=False, window=timedelta(hours=4))
    counter = Counter(gateways={"card": card}, payment_window={payments.TenderKind.PREPAID: timedelta(days=3)})
    counter.place(payment_method="card")
    for _ in range(12):
        counter.later(hours=1)
    assert len(card.calls) == 3
    assert len(card.book) == 1
    assert len(counter.shop.alerts()) == 1


def test_a_payment_whose_notification_was_lost_is_found_by_asking() -> None:
    """The customer paid and nobody told us: the shop asks until the payment is decided."""

    class Silent(Card):
        def start(self, request: StartPayment) -> PaymentAnswer:
            self.reference = request.reference
            return PaymentAnswer(outcome=PaymentOutcome.AWAITING_CUSTOMER)

        def lookup(self, reference: str) -> PaymentAnswer | None:
            return super().lookup(reference) or PaymentAnswer(outcome=PaymentOutcome.AWAITING_CUSTOMER)

    card = Silent()
    counter = Counter(gateways={"card": card})
    order = counter.place(payment_method="card")
    counter.shop.run()
    counter.later(minutes=16)
    assert counter.view(order).status is Status.AWAITING_PAYMENT
    card.book[card.reference] = 11497
    counter.later(minutes=16)
    assert counter.view(order).status is Status.CONFIRMED


def test_a_lost_refund_reply_is_looked_up() -> None:
    """The refund was made; asking again does not make it twice."""
    card = Card()
    counter = Counter(gateways={"card": card})
    order = counter.place(payment_method="card")
    counter.shop.run()
    card._lost = 1
    counter.shop.do(orders.CancelOrder(order=order))
    counter.shop.run()
    counter.later(seconds=5)
    assert list(card.refunds.values()) == [11497]
    assert counter.view(order).refunded == pln("114.97")


def test_a_payment_is_not_started_for_an_order_that_was_cancelled_first() -> None:
    """What nobody wants any more is not charged to be refunded."""
    card = Card()
    counter = Counter(gateways={"card": card})
    order = counter.place(payment_method="card")
    counter.shop.do(orders.CancelOrder(order=order))
    counter.shop.run()
    assert card.book == {}


def test_a_notification_for_an_order_that_is_not_there_yet_waits_for_it() -> None:
    """It is stored and tried again, and set aside for a person when nobody comes."""
    counter = Counter(gateways={"card": Card()})
    stranger = "ord_01M6DQS9M0000000ZZZZZZZZZZ"
    reply = counter.shop.receive("card", {}, f"{stranger}-p1".encode())
    assert reply.status == 200
    for _ in range(15):
        counter.later(hours=2)
    (parked,) = counter.shop.alerts()
    assert parked.stream == stranger


def test_a_repeated_notification_changes_nothing() -> None:
    """Three times the same body is once."""
    counter = Counter(gateways={"card": Card(lost=9)})
    order = counter.place(payment_method="card")
    for _ in range(3):
        counter.shop.receive("card", {"X": "y"}, f"{order}-p1".encode())
    observed = [entry for entry in counter.shop.history(order) if entry.name == "payment.observed.v1"]
    assert len(observed) == 1
    assert counter.view(order).status is Status.CONFIRMED


def test_subscribers_hear_every_event_in_order_and_again_after_a_failure() -> None:
    """At least once, and never a later commit of an order before an earlier one."""
    heard: list[int] = []
    failures = iter([True, False, True])

    def listen(_: str, entries: Sequence[HistoryEntry]) -> None:
        if next(failures, False):
            raise ConnectionError
        heard.extend(entry.version for entry in entries)

    counter = Counter(subscribers={"search": listen})
    order = counter.place()
    counter.pay(order)
    counter.ship(order)
    for _ in range(8):
        counter.later(seconds=30)
    assert heard == list(range(1, counter.view(order).version + 1))


def test_a_projection_commits_with_the_events_or_not_at_all() -> None:
    """A host's own table that fails takes the whole commit with it."""
    seen: list[str] = []

    def project(_: Any, stream: str, events: Sequence[Any]) -> None:
        if len(seen) == 1:
            raise RuntimeError("the host's table is full")
        seen.append(stream)

    counter = Counter(project=project)
    order = counter.place()
    with pytest.raises(RuntimeError):
        counter.pay(order)
    assert counter.view(order).status is Status.AWAITING_PAYMENT
    assert seen == [order]


def test_a_message_that_cannot_be_sent_blocks_nothing_else() -> None:
    """An adapter that breaks is tried again later; the order goes on."""

    class Broken:
        def send(self, message: object) -> Any:
            raise ConnectionError

    counter = Counter(notifier=Broken())
    order = counter.place()
    report = counter.shop.run()
    assert report.postponed == 1
    assert counter.pay(order).status is Status.CONFIRMED


def test_history_says_who_did_what_and_as_of_shows_what_was_known() -> None:
    """Time travel goes by when things were recorded."""
    counter = Counter()
    order = counter.place()
    placed_at = counter.clock.now()
    counter.clock.advance(timedelta(hours=1))
    counter.pay(order)
    assert counter.shop.history(order)[0].actor == "customer"
    assert counter.shop.as_of(order, placed_at).status is Status.AWAITING_PAYMENT
    assert counter.shop.order(order).status is Status.CONFIRMED


def test_explain_answers_without_doing() -> None:
    """Why can I not ship this: the reasons, and nothing is changed."""
    counter = Counter()
    order = counter.place()
    before = counter.view(order).version
    why_not = counter.shop.explain(order, shipping.PickLines)
    assert not why_not.allowed
    assert why_not.reasons == (shipping.Blocked(reasons=("not_confirmed", "unpaid")),)
    assert counter.shop.explain(order, orders.CancelOrder).allowed
    assert counter.view(order).version == before


def test_orders_are_listed_newest_first_and_by_page() -> None:
    """Paged by the last one's id; filtered by status and customer."""
    counter = Counter()
    placed = []
    for number in range(5):
        counter.clock.advance(timedelta(minutes=1))
        placed.append(counter.place(customer=f"C{number % 2}", lines=order_of().lines[1:]))
    first = counter.shop.orders(limit=2)
    assert [row.id for row in first] == placed[:2:-1]
    assert [row.id for row in counter.shop.orders(limit=9, after=first[-1].id)] == placed[2::-1]
    assert {row.id for row in counter.shop.orders(customer="C1")} == {placed[1], placed[3]}
    assert counter.shop.orders(status=Status.CONFIRMED) == ()


def test_a_person_is_erased_when_nothing_needs_them_any_more() -> None:
    """Not while the order is open; afterwards nothing of them is left in any record, and the books still add up."""
    counter = Counter()
    order = counter.place(notes=("Ring at Kot, second floor",))
    counter.shop.run()
    with pytest.raises(CommandRejected):
        counter.shop.do(people.ErasePerson(order=order))
    counter.shop.do(orders.CancelOrder(order=order))
    counter.shop.run()
    person = counter.view(order).order.person
    counter.shop.do(people.ErasePerson(order=order))
    with counter.store.reading() as transaction:
        assert transaction.records.of_subject(person) == []
    assert counter.view(order).status is Status.CANCELLED


def test_events_hold_nothing_personal() -> None:
    """Every personal value is a canary; none of them is found in any event or piece of work."""
    counter = Counter()
    canary = people.Contact(name="Canary Name", email="canary@example.com", phone="601202303")
    address = people.Address(
        name="Canary Name", street="Canary Street 9", city="Canaryville", postal_code="00-999", country="PL"
    )
    order = counter.place(
        contact=canary,
        target=orders.ToAddress(address=address),
        notes=("canary note",),
        tax_number="5260250274",
        invoice_requested=True,
    )
    counter.pay(order)
    counter.ship(order)
    counter.shop.run()
    with counter.store.reading() as transaction:
        stored = [row.payload for row in transaction.streams.read(order)]
        stored += [row.payload + row.note for row in transaction.work.of_stream(order)]
    found = " ".join(stored).lower()
    assert not [word for word in ("canary", "601202303", "5260250274", "00-999") if word in found]


def test_personal_data_shows_in_no_repr() -> None:
    """A logged command gives nothing away."""
    shown = repr(order_of(notes=("secret note",), tax_number="5260250274"))
    hidden = (ADDRESS.name, ADDRESS.street, "ala@example.com", "600100200", "secret note", "5260250274")
    assert not [value for value in hidden if value in shown]


def test_many_threads_and_the_last_units() -> None:
    """Ten mugs, twenty buyers of one: ten orders, ten rejections."""
    counter = Counter()
    one = evolve(order_of().lines[0], quantity=1)
    outcomes: list[bool] = []

    def buy() -> None:
        try:
            counter.shop.place(order_of(lines=(one,)))
            outcomes.append(True)
        except CommandRejected:
            outcomes.append(False)

    threads = [threading.Thread(target=buy) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 10 + [True] * 10
    assert counter.mugs() == (10, 10)


@pytest.mark.parametrize(
    "stages",
    [
        (orders.HostStage(name="late", after=orders.OrderStage.CONFIRMED, before=orders.Gate.CONFIRM),),
        (orders.HostStage(name="over", after=orders.OrderStage.CLOSED, before=orders.Gate.CLOSE),),
        (orders.HostStage(name="x", after=orders.OrderStage.RECEIVED, before=orders.Gate.SHIP),) * 2,
    ],
)
def test_stages_in_which_an_order_could_get_stuck_are_refused(stages: tuple[orders.HostStage, ...]) -> None:
    """The shop does not open with them."""
    with pytest.raises(InvalidInputError):
        Counter(stages=stages)


def test_an_unknown_partner_is_refused() -> None:
    """A typo in a web hook's route is the host's mistake, said at once."""
    headers: Mapping[str, str] = {}
    with pytest.raises(InvalidInputError):
        Counter().shop.receive("nobody", headers, b"{}")


def test_the_customers_next_step_is_remembered() -> None:
    """The redirect of an open payment is there when the customer comes back."""

    class Page(Card):
        def start(self, request: StartPayment) -> PaymentAnswer:
            return PaymentAnswer(outcome=PaymentOutcome.AWAITING_CUSTOMER, next_step=Redirect("https://pay.example/1"))

    counter = Counter(gateways={"card": Page()})
    order = counter.place(payment_method="card")
    assert counter.shop.perform(order).next_step == Redirect("https://pay.example/1")
    assert counter.shop.perform(order).next_step == Redirect("https://pay.example/1")
    counter.shop.do(orders.CancelOrder(order=order))
    assert counter.shop.perform(order).next_step is None, "nothing is due any more"


def test_a_payment_says_where_the_customer_comes_back_to() -> None:
    """Whoever starts it, in the checkout or in a worker: a provider that gets a key again wants the same again."""
    asked: list[StartPayment] = []

    class Page(Card):
        def start(self, request: StartPayment) -> PaymentAnswer:
            asked.append(request)
            if len(asked) == 1:
                raise TimeoutError
            return PaymentAnswer(outcome=PaymentOutcome.AWAITING_CUSTOMER, next_step=Redirect("https://pay.example/1"))

    counter = Counter(gateways={"card": Page()}, return_url="https://shop.example/orders/{reference}?paid")
    order = counter.place(payment_method="card")
    counter.shop.perform(order)
    counter.later(seconds=5)
    assert {each.return_url for each in asked} == {f"https://shop.example/orders/{counter.view(order).reference}?paid"}
    assert len(asked) == 2


@pytest.mark.parametrize("url", ["/orders", "shop.example/{reference}", "https://x.example/{order}", "https://", 7])
def test_an_address_that_is_none_is_refused(url: Any) -> None:
    """The customer would come back to nowhere."""
    with pytest.raises(InvalidInputError, match=r"^return_url: "):
        Counter(return_url=url)
