"""A shop in a world that can be made to go wrong at every point, with partners who keep books of their own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from orderflow import (
    CommandRejected,
    Money,
    Quantities,
    Shop,
    giftcards,
    orders,
    payments,
    people,
    pricing,
    shipping,
    stock,
    wire,
)
from orderflow.giftcards import BalanceReturned, BalanceSpent
from orderflow.ports.store import Store, StoreError
from orderflow.runtime.memory import MemoryStore
from orderflow.runtime.views import OrderView
from orderflow.shipping import Insert, InsertRule
from orderflow.testing.world import CountingIds, VirtualClock
from orderflow.workflows import PaymentMethod

from .outside import Bank, CourierBook, Crash, Fault, Habits, Points, Postman, WatchedStore

VAT = pricing.VatRate.parse("23")
LOW = pricing.VatRate.parse("5")
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ADDRESS = people.Address(name="Ala Kot", street="Prosta 1", city="Warszawa", postal_code="00-001", country="PL")
CONTACT = people.Contact(name="Ala Kot", email="ala@example.com", phone="600100200")
SKUS = {"MUG": ("19.99", True), "TEAPOT": ("60.00", True), "PLATE": ("7.77", False), "CLOCK": ("249.00", True)}
BANKS: Mapping[str, Habits] = {
    "card": Habits(),
    "two_step": Habits(two_step=True, slow_refunds=True),
    "saved_card": Habits(at_once=True),
    "deaf": Habits(at_once=True, lookup=False, window=timedelta(minutes=30)),
}
MANUAL = ("transfer", "cash_on_delivery")
SELLER = "Mug Shop"
CARDS = {giftcards.card_id(code): code for code in ("A" * 26, "B" * 26)}
CREDITS = {giftcards.credit_id(SELLER, customer, "PLN"): customer for customer in ("c-1", "c-2")}


def pln(text: str) -> Money:
    """Zlotys."""
    return Money.parse(text, "PLN")


def _method(code: str, kind: pricing.DeliveryKind, price: str, courier: str) -> pricing.DeliveryMethod:
    return pricing.DeliveryMethod(
        code=code, kind=kind, price=pln(price), vat=VAT, price_includes_vat=True, courier=courier
    )


TARIFF = pricing.Tariff(
    (
        _method("courier", pricing.DeliveryKind.COURIER, "14.99", "polled"),
        _method("express", pricing.DeliveryKind.COURIER, "24.99", "telling"),
        _method("locker", pricing.DeliveryKind.POINT, "9.99", "telling"),
        _method("counter", pricing.DeliveryKind.SHOP, "0.00", "manual"),
        _method("download", pricing.DeliveryKind.DOWNLOAD, "0.00", "manual"),
    ),
    (
        pricing.PaymentTerms(
            code="cash_on_delivery",
            fee=pricing.Fee(price=pln("5.00"), vat=VAT),
            highest_total=pln("1000.00"),
            delivery_methods=("courier", "express", "counter"),
        ),
        pricing.PaymentTerms(code="saved_card", fee=pricing.Fee(price=pln("0.99"), vat=LOW, price_includes_vat=False)),
    ),
)
TARGETS: Mapping[str, orders.Target] = {
    "courier": orders.ToAddress(address=ADDRESS),
    "express": orders.ToAddress(address=ADDRESS),
    "locker": orders.ToPoint(point="WAW01M", country="PL"),
    "counter": orders.ToShop(shop="W1", country="PL"),
    "download": orders.ToDownload(country="PL"),
}


def line(number: int, sku: str, quantity: int, **changes: Any) -> orders.Line:
    """An order line of a known product."""
    price, gross = SKUS[sku]
    usual: dict[str, Any] = {
        "line": str(number),
        "sku": sku,
        "name": sku.title(),
        "quantity": quantity,
        "unit_price": pln(price),
        "vat": VAT if gross else LOW,
        "price_includes_vat": gross,
        "weight_grams": 300,
        "deposit": pln("0.50") if sku == "PLATE" else None,
    }
    return orders.Line(**{**usual, **changes})


def order_of(
    *lines: orders.Line, payment: str = "card", delivery: str = "courier", **changes: Any
) -> orders.PlaceOrder:
    """An order for lines."""
    usual: dict[str, Any] = {
        "lines": lines,
        "currency": "PLN",
        "contact": CONTACT,
        "target": TARGETS[delivery],
        "delivery_method": delivery,
        "payment_method": payment,
        "language": "pl",
    }
    return orders.PlaceOrder(**{**usual, **changes})


class World:
    """One shop, four banks, two couriers, a postman, a warehouse; and what truly happened, by other hands' books."""

    def __init__(self, store: Store | None = None, seed: int = 0, shop: Callable[..., Shop] = Shop) -> None:
        self.points = Points()
        self.clock = VirtualClock(START)
        self.ids = CountingIds(seed)
        self.store = WatchedStore(store or MemoryStore(), self.points)
        self.banks = {name: Bank(name, self.points, self.clock, habits) for name, habits in BANKS.items()}
        self.couriers = {
            name: CourierBook(name, self.points, self.clock, polled=name == "polled") for name in ("polled", "telling")
        }
        self.postman = Postman(self.points)
        self.orders: list[str] = []
        self.booked: Counter[str] = Counter()  # units received and corrected, by SKU
        self.told: dict[tuple[str, int], int] = {}  # what staff told of transfers: minor units by order and attempt
        self.settled_by_hand: set[tuple[str, int]] = set()  # refunds that staff sent, by order and number
        self.loaded: Counter[str] = Counter()  # minor units that came on gift cards and store credit, by their id
        self.remitted: defaultdict[str, int] = defaultdict(int)
        self.requests: dict[str, tuple[Any, str, int]] = {}
        self.counts: Counter[str] = Counter()
        self._requests = 0
        self._make_shop = shop
        self.shop = self.open()
        self.seen: dict[str, OrderView] = {}

    def open(self) -> Shop:
        """Open the shop anew on the same store, as after a crash."""
        kinds = {"transfer": payments.TenderKind.TRANSFER, "cash_on_delivery": payments.TenderKind.CASH_ON_DELIVERY}
        methods = [
            PaymentMethod(code=name, gateway=name, kind=kinds.get(name, payments.TenderKind.PREPAID))
            for name in (*MANUAL, *BANKS)
        ]
        self.shop = self._make_shop(
            self.store,
            seller=SELLER,
            tariff=TARIFF,
            gateways=self.banks,
            couriers=self.couriers,
            notifier=self.postman,
            payment_methods=methods,
            inserts=(Insert(code="leaflet", when=InsertRule()),),
            clock=self.clock,
            ids=self.ids,
        )
        return self.shop

    # What the host does

    def survive(self, act: Callable[[], Any]) -> Any:
        """Do something; a crash opens the shop anew once the dead worker's leases are over. None where it failed."""
        try:
            return act()
        except CommandRejected as rejected:
            for reason in rejected.reasons:
                self.counts[f"rejected:{type(reason).__name__}"] += 1
        except Crash:
            self.counts["crashed"] += 1
            self.open()
        except StoreError:
            self.counts["store failed"] += 1
        return None

    def do(self, command: Any) -> OrderView | None:
        """Carry out a command under a fresh request id, as a careful host does; the host asks again when it died."""
        self._requests += 1
        return self.ask(command, f"r{self._requests}")

    def ask(self, command: Any, request: str) -> OrderView | None:
        """Carry out a command until there is an answer."""
        for _ in range(9):
            before = self.counts["crashed"] + self.counts["store failed"]
            answer = self.survive(lambda: self.shop.do(command, request_id=request))
            if answer is not None:
                self.requests[request] = (command, answer.id, answer.version)
                self.counts[type(command).__name__] += 1
                if isinstance(command, orders.PlaceOrder) and answer.id not in self.orders:
                    self.orders.append(answer.id)
                return answer
            if self.counts["crashed"] + self.counts["store failed"] == before:
                return None
        return None

    def run(self) -> None:
        """The worker does what is due; when it dies, another one comes after a while."""
        for _ in range(3):
            if self.survive(self.shop.run) is not None:
                return
            self.clock.advance(timedelta(minutes=3))

    def later(self, **time: float) -> None:
        """Time passes, and the worker comes by."""
        self.clock.advance(timedelta(**time))
        self.run()

    def deliver_post(self, source: str, body: bytes) -> None:
        """A notification arrives, again and again until it was answered."""
        for _ in range(3):
            if self.survive(lambda: self.shop.receive(source, {}, body)) is not None:
                return

    def empty_queues(self) -> None:
        """All that partners have to tell arrives."""
        for source in (*self.banks.values(), *self.couriers.values()):
            while source.queue:
                self.deliver_post(source.name, source.queue.pop(0))

    def restock(self, sku: str, quantity: int, reference: str) -> None:
        """Units arrive; the delivery note makes a second booking harmless."""
        command = stock.ReceiveStock(sku=sku, quantity=quantity, reference=reference)
        for _ in range(9):
            if self.survive(lambda: self.shop.do(command)) is not None:
                self.booked[sku] += quantity
                return
        raise AssertionError("stock could not be received")

    def load(self, account: str, amount: int) -> None:
        """Money comes on a gift card or store credit; the reference makes a second booking harmless."""
        self.counts["references"] += 1
        reference, money = f"n{self.counts['references']}", Money(amount, "PLN")
        command: giftcards.Command = giftcards.TopUpGiftCard(card=account, amount=money, reference=reference)
        if account in CREDITS:
            command = giftcards.GrantStoreCredit(customer=CREDITS[account], amount=money, reference=reference)
        elif not self.loaded[account]:
            command = giftcards.IssueGiftCard(
                card=account, amount=money, valid_until=self.clock.now() + timedelta(days=30)
            )
        for _ in range(9):
            before = self.counts["crashed"] + self.counts["store failed"]
            if self.survive(lambda: self.shop.do(command)) is not None:
                self.loaded[account] += amount
                return
            if self.counts["crashed"] + self.counts["store failed"] == before:
                return

    def place_with_cards(self, command: orders.PlaceOrder, cards: Sequence[str], *, credit: bool) -> None:
        """An order that cards and store credit pay, under a request id of its own."""
        self._requests += 1
        request, codes = f"r{self._requests}", [CARDS[card] for card in cards]
        for _ in range(9):
            before = self.counts["crashed"] + self.counts["store failed"]
            answer = self.survive(
                lambda: self.shop.place(command, gift_cards=codes, store_credit=credit, request_id=request)
            )
            if answer is not None:
                self.counts["paid at once"] += 1
                if answer.id not in self.orders:
                    self.orders.append(answer.id)
                return
            if self.counts["crashed"] + self.counts["store failed"] == before:
                return

    # Looking

    def view(self, order: str) -> OrderView:
        """The order now."""
        return self.shop.order(order)

    def views(self) -> list[OrderView]:
        """All orders."""
        return [self.view(order) for order in self.orders]

    def account(self, order: str, attempt: payments.Attempt) -> Any:
        """The bank's account of an attempt, or None."""
        bank = self.banks.get(attempt.gateway)
        return None if bank is None else bank.accounts.get(f"{order}-p{attempt.number}")

    def on_cards(self) -> dict[tuple[str, str], int]:
        """What orders have of each gift card and store credit, by the cards' own streams: minor units."""
        found: Counter[tuple[str, str]] = Counter()
        with self.store.reading() as transaction:
            for account in (*CARDS, *CREDITS):
                for row in transaction.streams.read(account):
                    event = wire.load(row.name, row.payload)
                    if isinstance(event, BalanceSpent):
                        found[account, event.order] += event.amount.minor
                    elif isinstance(event, BalanceReturned):
                        found[account, event.order] -= event.amount.minor
        return found

    def money_outside(self, order: str) -> int:
        """What the customer has truly paid and not got back, by the books of banks, couriers, staff and cards."""
        view = self.view(order)
        total = sum(amount for (of, _), amount in self.told.items() if of == order)
        total += sum(amount for (_, of), amount in self.on_cards().items() if of == order)
        for attempt in view.file.payments.attempts:
            account = self.account(order, attempt)
            if account is not None:
                total += account.captured - account.refunded
        for parcel in view.parcels:
            if parcel.stage is shipping.ParcelStage.DELIVERED and parcel.cash_due is not None:
                total += parcel.cash_due.minor
        refunds = {refund.number: refund for refund in view.file.payments.refunds}
        return total - sum(refunds[number].amount.minor for of, number in self.settled_by_hand if of == order)

    def pay_by_transfer(self, order: str, attempt: int, total: int) -> None:
        """Staff read the bank statement: so much has come in all for this attempt."""
        facts = payments.PaymentFacts(
            outcome=payments.Outcome.CAPTURED, captured=Money(total, "PLN"), occurred_at=self.clock.now()
        )
        if self.do(payments.ObservePayment(order=order, attempt=attempt, facts=facts)) is not None:
            known = self.told.get((order, attempt), 0)
            self.told[order, attempt] = max(known, total)

    def settle_by_hand(self, order: str, refund: payments.Refund) -> None:
        """Staff have sent a refund."""
        command = payments.ObserveRefund(
            order=order, refund=refund.number, outcome=payments.RefundStage.SETTLED, occurred_at=self.clock.now()
        )
        if self.do(command) is not None:
            self.settled_by_hand.add((order, refund.number))

    def track(self, order: str, parcel: shipping.Parcel, status: shipping.TrackingStatus) -> None:
        """Something happens to a parcel on its way."""
        courier = self.couriers.get(parcel.courier)
        if courier is not None and not (courier.polled and parcel.booking is None):
            courier.happens(f"{order}-b{parcel.number}", status)
            return
        fact = shipping.TrackingFact(status=status, occurred_at=self.clock.now())
        self.do(shipping.RecordTracking(order=order, parcel=parcel.number, fact=fact))

    def with_customer(self, view: OrderView) -> Quantities:
        """Units the customer truly has: delivered, and not sent back."""
        back = Quantities(pair for one in view.returns for pair in one.received - (one.not_supplied - one.lost))
        return view.delivered - back

    def expect(self, name: str, fault: Fault) -> None:
        """Let the next point of this name go wrong."""
        self.points.coming.append((name, fault))

    def calm(self) -> None:
        """Nothing goes wrong from now on."""
        self.points.coming.clear()
        self.points.planned.clear()
        for bank in self.banks.values():
            bank.refuse_next_refund = False
