"""The shop in which the stories play: a real SQLite file, a clock that jumps, a provider with its own book."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs

from .. import orders, payments, people, pricing, returns, shipping, stock
from ..adapters.sqlite import SqliteStore
from ..money import Money
from ..ports.world import Clock
from ..quantities import Quantities
from ..runtime.shop import CommandRejected, Shop
from ..runtime.views import HistoryEntry, OrderView
from ..testing.world import VirtualClock
from ..workflows import PaymentMethod, fold, owed, status
from ._provider import Provider

__all__ = ("Check", "Day", "Step", "Story", "shop_at")

_START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_VAT = pricing.VatRate.parse("23")
MUG, TEAPOT, TEA = "mug", "teapot", "tea"
_PRICES = {MUG: "24.90", TEAPOT: "89.00", TEA: "17.35"}
_NAMES = {MUG: "Stoneware mug", TEAPOT: "Glass teapot", TEA: "Green tea 100 g"}
_WEIGHTS = {MUG: 350, TEAPOT: 900, TEA: 110}
ADDRESS = people.Address(
    name="Zofia Nowak", street="ul. Herbaciana 7/2", city="Kraków", postal_code="31-042", country="PL"
)
CONTACT = people.Contact(name="Zofia Nowak", email="zofia@example.com", phone="+48 600 100 200")
HOME = orders.ToAddress(address=ADDRESS)
LOCKER = orders.ToPoint(point="KRA14M", country="PL", operator="inpost")


def pln(text: str) -> Money:
    """Zlotys."""
    return Money.parse(text, "PLN")


def _method(code: str, kind: pricing.DeliveryKind, price: str) -> pricing.DeliveryMethod:
    return pricing.DeliveryMethod(code=code, kind=kind, price=pln(price), vat=_VAT, price_includes_vat=True)


_TARIFF = pricing.Tariff(
    (
        _method("courier", pricing.DeliveryKind.COURIER, "14.99"),
        _method("locker", pricing.DeliveryKind.POINT, "11.99"),
    )
)
_METHODS = (
    PaymentMethod(code="pay", gateway="pay", kind=payments.TenderKind.PREPAID),
    PaymentMethod(code="card", gateway="card", kind=payments.TenderKind.PREPAID),
    PaymentMethod(code="cash_on_delivery", gateway="cash_on_delivery", kind=payments.TenderKind.CASH_ON_DELIVERY),
)


@attrs.frozen(kw_only=True)
class Check:
    """One thing a story says about its end, and whether it is so."""

    text: str
    ok: bool


@attrs.frozen(kw_only=True)
class Step:
    """One recorded event with the money and stock after it."""

    at: datetime
    name: str
    actor: str
    status: str
    owed: str
    paid: str
    refunded: str
    stock: str


@attrs.frozen(kw_only=True)
class Story:
    """What happened in one story, and whether it ended as it must."""

    name: str
    title: str
    checks: tuple[Check, ...]
    orders: tuple[tuple[str, tuple[Step, ...]], ...]
    error: str = ""

    @property
    def ok(self) -> bool:
        """Every check holds and nothing broke."""
        return not self.error and bool(self.checks) and all(check.ok for check in self.checks)


def shop_at(store: SqliteStore, clock: Clock, *, pay: Provider, card: Provider) -> Shop:
    """The shop as every process opens it."""
    return Shop(
        store,
        seller="Tea & Mug",
        channel="pl",
        law="PL",
        tariff=_TARIFF,
        gateways={"pay": pay, "card": card},
        payment_methods=_METHODS,
        clock=clock,
    )


class Day:
    """One story's shop: its own products in the shared file, so that its stock can be counted to the unit."""

    def __init__(self, database: Path, book: Path, stocked: int = 10) -> None:
        self.database = database
        self.book = book
        self.clock = VirtualClock(_START)
        self._tag = secrets.token_hex(3)
        self._stocked = stocked
        self.store = SqliteStore(database)
        self.provider = Provider(book, self.clock)
        self._card = Provider(book, self.clock, at_once=True)
        self.shop = shop_at(self.store, self.clock, pay=self.provider, card=self._card)
        self.placed: list[str] = []
        for name in _PRICES:
            self.shop.do(stock.ReceiveStock(sku=self.sku(name), quantity=stocked, reference=f"delivery-{self._tag}"))

    def sku(self, name: str) -> str:
        """This story's own product code."""
        return f"{name}-{self._tag}"

    def basket(self, **units: int) -> tuple[orders.Line, ...]:
        """Order lines, one per product."""
        return tuple(
            orders.Line(
                line=name,
                sku=self.sku(name),
                name=_NAMES[name],
                quantity=count,
                unit_price=pln(_PRICES[name]),
                vat=_VAT,
                weight_grams=_WEIGHTS[name],
            )
            for name, count in units.items()
        )

    def place(self, lines: tuple[orders.Line, ...], **changes: Any) -> str:
        """A customer orders, and the shop does what follows; the order's id."""
        order = self.place_quietly(lines, **changes)
        self.tick()
        return order

    def place_quietly(self, lines: tuple[orders.Line, ...], **changes: Any) -> str:
        """A customer orders; nobody has done anything about it yet."""
        usual: dict[str, Any] = {
            "lines": lines,
            "currency": "PLN",
            "contact": CONTACT,
            "target": HOME,
            "delivery_method": "courier",
            "payment_method": "pay",
            "language": "pl",
        }
        order = self.shop.place(orders.PlaceOrder(**{**usual, **changes})).id
        self.placed.append(order)
        return order

    def tick(self, **time: float) -> None:
        """Time passes, and the shop does what has come due."""
        self.clock.advance(timedelta(**(time or {"minutes": 7})))
        self.shop.run()

    def view(self, order: str) -> OrderView:
        """The order now."""
        return self.shop.order(order)

    def reference(self, order: str, attempt: int = 1) -> str:
        """Our name for a payment attempt at the provider."""
        return f"{order}-p{attempt}"

    def pay(self, order: str, attempt: int = 1) -> OrderView:
        """The customer pays at the provider, which tells the shop."""
        self.shop.perform(order)
        self.provider.customer_pays(self.reference(order, attempt))
        self.shop.receive("pay", *self.provider.notification(self.reference(order, attempt)))
        self.tick()
        return self.view(order)

    def pack(self, order: str, units: Quantities | None = None) -> int:
        """Pick and pack; the parcel's number."""
        self.shop.do(shipping.PickLines(order=order, quantities=units))
        self.tick()
        number = len(self.shop.do(shipping.PackParcel(order=order, quantities=units)).parcels)
        self.tick()
        return number

    def ship(self, order: str, units: Quantities | None = None) -> int:
        """Pick, pack and hand over; the parcel's number."""
        parcel = self.pack(order, units)
        self.shop.do(shipping.HandOver(order=order, parcel=parcel, tracking=f"TRK{self._tag}{parcel}".upper()))
        self.tick(hours=20)
        return parcel

    def track(self, order: str, status: shipping.TrackingStatus, parcel: int = 1) -> OrderView:
        """The courier says where the parcel is."""
        fact = shipping.TrackingFact(status=status, occurred_at=self.clock.now())
        self.shop.do(shipping.RecordTracking(order=order, parcel=parcel, fact=fact))
        self.tick(hours=3)
        return self.view(order)

    def deliver(self, order: str, parcel: int = 1) -> OrderView:
        """The customer has the parcel."""
        return self.track(order, shipping.TrackingStatus.DELIVERED, parcel)

    def send_back(self, order: str, units: Quantities) -> OrderView:
        """The customer withdraws, the goods come back and are fine."""
        self.shop.do(returns.DeclareWithdrawal(order=order, quantities=units))
        self.tick(days=2)
        self.shop.do(returns.ReceiveReturn(order=order, return_=1, quantities=units))
        self.tick()
        self.shop.do(returns.InspectReturn(order=order, return_=1, restock=units))
        self.tick()
        self.shop.do(returns.CloseReturn(order=order, return_=1, reason="refunded"))
        return self.view(order)

    def rejected(self, command: Any) -> tuple[Any, ...]:
        """The reasons for which the command is rejected; nothing where it is not."""
        try:
            self.shop.do(command)
        except CommandRejected as rejection:
            return rejection.reasons
        return ()

    # What every story checks at its end

    def money_agrees(self, order: str) -> Check:
        """Our figures are the provider's book's, and what is held is what is owed."""
        view = self.view(order)
        attempts = view.file.payments.attempts
        charged = sum(self.provider.charged(self.reference(order, attempt.number)) for attempt in attempts)
        given_back = sum(self.provider.given_back(self.reference(order, attempt.number)) for attempt in attempts)
        collected = sum(attempt.collected.minor for attempt in attempts)
        agrees = (charged + collected, given_back) == (view.paid.minor, view.refunded.minor)
        settled = view.paid - view.refunded == view.owed
        return Check(
            text=f"{view.reference}: {view.paid} paid, {view.refunded} back, {view.owed} owed", ok=agrees and settled
        )

    def stock_adds_up(self, **left: int) -> Check:
        """On the shelf is what should be, and nobody holds anything."""
        expected = {name: left.get(name, self._stocked) for name in _PRICES}
        levels = {name: self.shop.level(self.sku(name)) for name in _PRICES}
        found = ", ".join(f"{level.value} {name}" for name, level in levels.items())
        ok = all(levels[name].value == expected[name] and levels[name].held == 0 for name in _PRICES)
        return Check(text=f"on the shelf: {found}; held: {sum(level.held for level in levels.values())}", ok=ok)

    def steps(self) -> tuple[tuple[str, tuple[Step, ...]], ...]:
        """Every order's history with money and stock after each event."""
        return tuple((self.view(order).reference, _steps(self.shop.history(order))) for order in self.placed)

    def close(self) -> None:
        """Give the files back."""
        self.store.close()
        self.provider.close()
        self._card.close()


def _steps(history: Sequence[HistoryEntry]) -> tuple[Step, ...]:
    file, steps = None, []
    for entry in history:
        file = fold((entry.event,), file)
        held = file.stock.open.total
        gone = file.stock.consumed.total - file.stock.given_back.total
        currency = file.order.currency
        steps.append(
            Step(
                at=entry.occurred_at,
                name=entry.name.removesuffix(".v1"),
                actor=entry.actor,
                status=status(file),
                owed=owed(file).text,
                paid=payments.money_in(file.payments, currency).text,
                refunded=payments.refunded(file.payments, currency).text,
                stock=f"{held} held, {gone} out",
            )
        )
    return tuple(steps)
