"""A shop driven with the fakes ends with the same books whatever goes wrong between it and its partners."""

from datetime import timedelta
from itertools import product

import pytest
from attrs import evolve
from tests.workflows.counter import TARIFF, order_of

from orderflow import Quantities, Shop, orders, shipping, stock
from orderflow.runtime.memory import MemoryStore
from orderflow.shipping import TrackingStatus
from orderflow.testing.fakes import FakeCourier, FakeGateway, FakeNotifier, FakeTwoStepGateway, Fault
from orderflow.testing.world import CountingIds, VirtualClock
from orderflow.verify import verify
from orderflow.workflows import Status

CALL_FAULTS = (Fault.LOST_REPLY, Fault.TIMED_OUT, Fault.UNKNOWN, Fault.REFUSED)


class StoredCard(FakeGateway):
    """Charges a stored card at once, and cannot be asked; it recognises a reference for a day."""

    def __init__(self, clock, **options):
        super().__init__(clock, lookup=False, window=timedelta(days=1), **options)

    def start(self, request):
        return super().start(evolve(request, secrets={"card": "stored"}))


GATEWAYS = {"one_step": FakeGateway, "two_steps": FakeTwoStepGateway, "stored_card": StoredCard}


class Story:
    """One order is delivered but for a mug, one is paid and cancelled, and one is cancelled before its money comes."""

    def __init__(self, kind, faults):
        self.clock = VirtualClock()
        of = {who: faults.get(who) for who in ("gateway", "courier", "notifier")}
        self.gateway = GATEWAYS[kind](self.clock, faults=of["gateway"])
        self.courier = FakeCourier(self.clock, faults=of["courier"])
        self.notifier = FakeNotifier(faults=of["notifier"])
        self.shop = Shop(
            MemoryStore(),
            seller="Mug Shop",
            tariff=TARIFF,
            gateways={"fake": self.gateway},
            couriers={"parcels": self.courier},
            notifier=self.notifier,
            clock=self.clock,
            ids=CountingIds(),
        )
        for sku in ("MUG", "TEAPOT"):
            self.shop.do(stock.ReceiveStock(sku=sku, quantity=9, reference="opening"))
        self.placed = tuple(self.shop.place(order_of(payment_method="fake")).id for _ in range(3))
        self.sent, self.cancelled, self.late = self.placed

    def later(self):
        """The shop does what is due and tries again what failed; only then do its partners tell it anything."""
        for _ in range(2):
            for seconds in (0, 1, 5, 30):
                self.clock.advance(timedelta(seconds=seconds))
                self.shop.run()
            for name, partner in (("fake", self.gateway), ("parcels", self.courier)):
                for headers, body in partner.notifications():
                    assert self.shop.receive(name, headers, body).status == 200

    def play(self):
        """From the payment to the delivery and the refund; answers everybody's books."""
        self.later()
        self.shop.do(orders.CancelOrder(order=self.late))
        for order in self.placed:
            self.gateway.customer_pays(f"{order}-p1")
        self.later()
        self.shop.do(orders.CancelOrder(order=self.cancelled))
        self.shop.do(orders.CancelLines(order=self.sent, quantities=Quantities({"1": 1})))
        self.shop.do(shipping.PickLines(order=self.sent))
        self.shop.do(shipping.PackParcel(order=self.sent, courier="parcels"))
        self.later()
        for status in (TrackingStatus.HANDED_OVER, TrackingStatus.IN_TRANSIT, TrackingStatus.DELIVERED):
            self.courier.moves(f"{self.sent}-b1", status)
        self.later()
        return self.books()

    def books(self):
        """What truly happened outside, and what the shop believes."""
        assert self.shop.alerts() == ()
        assert verify(self.shop.store) == ()
        views = [self.shop.order(order) for order in self.placed]
        return {
            "charges": sorted((each.reference, each.amount.minor) for each in self.gateway.books.charges()),
            "refunds": sorted((each.reference, each.amount.minor) for each in self.gateway.books.refunds()),
            "parcels": [(each.reference, each.is_delivered) for each in self.courier.books.parcels()],
            "messages": sorted((each.order, each.kind) for each in self.notifier.books.messages()),
            "shop": [(view.status, view.paid, view.refunded, view.due) for view in views],
            "stock": [self.shop.level(sku) for sku in ("MUG", "TEAPOT")],
        }


@pytest.fixture(scope="module")
def clean():
    """The books, and the calls made, where nothing goes wrong."""
    books, calls = {}, {}
    for kind in GATEWAYS:
        story = Story(kind, {})
        books[kind] = story.play()
        calls[kind] = {
            ("gateway", name): story.gateway.calls(name) for name in ("start", "lookup", "capture", "void", "refund")
        }
        calls[kind] |= {("courier", "book"): story.courier.calls("book")}
    calls["one_step"] |= {("notifier", "send"): story.notifier.calls("send")}
    return books, calls


@pytest.mark.parametrize("kind", GATEWAYS)
def test_without_faults_the_books_are_right(kind, clean):
    """What all other runs are compared with: who paid late is given the money back, or never charged."""
    books = clean[0][kind]
    kept = {"two_steps": (2, 2)}.get(kind, (3, 3))
    assert (len(books["charges"]), len(books["refunds"])) == kept
    assert {amount for _, amount in books["charges"]} == {11497}
    assert {amount for _, amount in books["refunds"]} == {1999, 11497}
    assert [row[0] for row in books["shop"]] == [Status.DELIVERED, Status.CANCELLED, Status.CANCELLED]
    assert [delivered for _, delivered in books["parcels"]] == [True]


@pytest.mark.parametrize(("kind", "fault"), [*product(GATEWAYS, CALL_FAULTS)])
def test_any_one_call_may_fail(kind, fault, clean):
    """A lost reply, a time-out, an unknown or a refused connection, at every call that is made: the same books."""
    books, calls = clean
    tried = 0
    for (who, method), times in calls[kind].items():
        for number in range(1, times + 1):
            story = Story(kind, {who: {(method, number): fault}})
            assert story.play() == books[kind], f"{fault} at {method} {number}"
            tried += 1
    assert tried >= 7


@pytest.mark.parametrize(("kind", "fault"), [*product(("one_step", "two_steps"), CALL_FAULTS)])
def test_the_lookup_after_a_fault_may_fail_too(kind, fault, clean):
    """Asking goes wrong like anything else, and is asked again."""
    faults = {("start", 1): fault, ("lookup", 1): fault, ("refund", 1): fault, ("lookup_refund", 1): fault}
    story = Story(kind, {"gateway": faults, "courier": {("book", 1): fault, ("lookup", 1): fault}})
    assert story.play() == clean[0][kind]
    assert story.gateway.calls("lookup") >= 2


@pytest.mark.parametrize(("kind", "fault"), [*product(GATEWAYS, (Fault.DUPLICATED, Fault.REVERSED))])
def test_notifications_may_come_twice_or_backwards(kind, fault, clean):
    """Every batch of notifications of both partners is repeated or turned round: the same books."""
    every = {("notifications", number): fault for number in range(1, 50)}
    assert Story(kind, {"gateway": every, "courier": every}).play() == clean[0][kind]


@pytest.mark.parametrize("kind", ["one_step", "two_steps"])
def test_every_call_of_the_first_round_may_fail(kind, clean):
    """All partners lose the reply to the first call of each kind, and their notifications come twice."""
    gateway = {
        (name, 1): Fault.LOST_REPLY for name in ("start", "lookup", "refund", "lookup_refund", "capture", "void")
    }
    story = Story(
        kind,
        {
            "gateway": gateway | {("notifications", number): Fault.DUPLICATED for number in range(1, 50)},
            "courier": {("book", 1): Fault.LOST_REPLY, ("lookup", 1): Fault.TIMED_OUT},
            "notifier": {("send", number): Fault.UNKNOWN for number in range(1, 4)},
        },
    )
    assert story.play() == clean[0][kind]
