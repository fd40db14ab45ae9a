"""Deposits on packaging in the life of an order: pinned, collected, and given back with each unit."""

from __future__ import annotations

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow import Money, Quantities, orders, payments, pricing, returns, shipping
from orderflow.shipping import TrackingStatus
from orderflow.workflows import gone, owed

from .counter import ADDRESS, CONTACT, TARIFF, VAT, Counter, order_of, pln
from .planning import Desk, policy

MUGS, TEAPOT = (
    evolve(line, deposit=deposit) for line, deposit in zip(order_of().lines, (pln("0.50"), None), strict=True)
)
HALF_OFF = pricing.Promotions(
    [pricing.Promotion(id="half", benefit=pricing.OrderPercent(percent=pricing.Percent.parse("50")))]
)
FEE = pricing.PaymentTerms(code="transfer", fee=pricing.Fee(price=pln("1.00"), vat=VAT))


def counter() -> Counter:
    return Counter(promotions=HALF_OFF)


def test_an_order_pins_its_deposits() -> None:
    """Half of 99.98, the courier's 14.99, and 2 × 0.50; the customer agreed to just that."""
    at = counter()
    view = at.view(at.place(lines=(MUGS, TEAPOT), seen_total=pln("65.98")))
    assert (view.order.quote.deposit, view.total, view.due) == (pln("1.00"), pln("65.98"), pln("65.98"))
    assert all(verdict.standing is not orders.Standing.FAILED for verdict in view.verdicts)


def test_cancelled_units_give_their_deposit_back() -> None:
    """A mug for half of 19.99 and its 0.50."""
    at = counter()
    order = at.place(lines=(MUGS, TEAPOT))
    at.pay(order)
    at.shop.do(orders.CancelLines(order=order, quantities=Quantities({"1": 1})))
    assert at.view(order).owed == pln("65.98") - pln("10.49")
    at.shop.do(orders.CancelOrder(order=order))
    assert at.settle_refunds(order).refunded == pln("65.98")


def test_a_withdrawal_pays_the_deposit_back_apart_from_the_goods() -> None:
    """So that whoever books it knows what bears VAT."""
    at = counter()
    order = at.place(lines=(MUGS, TEAPOT))
    at.pay(order)
    at.ship(order)
    at.deliver(order)
    at.shop.do(returns.DeclareWithdrawal(order=order, quantities=Quantities({"1": 2})))
    at.shop.do(returns.ReceiveReturn(order=order, return_=1, quantities=Quantities({"1": 2})))
    at.shop.do(returns.InspectReturn(order=order, return_=1, restock=Quantities({"1": 2})))
    (granted,) = (each.event for each in at.shop.history(order) if isinstance(each.event, returns.RefundGranted))
    assert (granted.goods, granted.deposit, granted.amount) == (pln("19.99"), pln("1.00"), pln("20.99"))
    assert granted.vat == 374
    assert at.view(order).refunding == pln("20.99")


def test_a_courier_collects_the_deposit_of_what_a_parcel_carries() -> None:
    """The mugs' with the mugs."""
    at = counter()
    order = at.place(lines=(MUGS, TEAPOT), payment_method="cash_on_delivery")
    at.pack(order, Quantities({"2": 1}))
    at.pack(order, Quantities({"1": 2}))
    assert [parcel.cash_due for parcel in at.view(order).parcels] == [pln("44.99"), pln("20.99")]


def test_an_adopted_order_keeps_its_deposits_apart() -> None:
    """They are in its total, and explain it to the coin."""
    at = Counter()
    recorded = orders.RecordedLine(line=MUGS, gross=pln("39.98"), vat=pln("7.48"), discount=pln("0.00"))
    view = at.shop.do(
        orders.RecordOrder(
            numbers={"woocommerce": "17"},
            currency="PLN",
            lines=[recorded],
            total=pln("40.98"),
            vat_total=pln("7.48"),
            contact=CONTACT,
            target=orders.ToAddress(address=ADDRESS),
            delivery_method="courier",
            payment_method="card",
            stage=orders.OrderStage.CONFIRMED,
            placed_at=at.clock.now(),
            modified_at=at.clock.now(),
            paid=pln("40.98"),
        )
    )
    assert (view.order.differences, view.order.quote.goods, view.order.quote.deposit) == ((), pln("39.98"), pln("1.00"))
    at.shop.do(orders.CancelLines(order=view.id, quantities=Quantities({"1": 1})))
    assert at.view(view.id).owed == pln("20.49")


UNITS = st.dictionaries(st.sampled_from(["1", "2"]), st.integers(1, 3), min_size=1).map(Quantities)
STEPS = st.lists(st.tuples(st.sampled_from(["cancel", "send", "return", "lose", "short"]), UNITS), max_size=10)


def _step(desk: Desk, what: str, units: Quantities) -> None:
    match what:
        case "cancel":
            desk.ask(orders.CancelLines(order="A", quantities=units))
        case "short":
            desk.ask(shipping.ReportShortPick(order="A", quantities=units))
        case "send" | "lose":
            desk.ask(shipping.PickLines(order="A", quantities=units))
            desk.ask(shipping.PackParcel(order="A", quantities=units))
            desk.ask(shipping.HandOver(order="A", parcel=len(desk.file.shipping.parcels) or 1))
            told = TrackingStatus.DELIVERED if what == "send" else TrackingStatus.LOST
            fact = shipping.TrackingFact(status=told, occurred_at=desk.at)
            desk.ask(shipping.RecordTracking(order="A", parcel=len(desk.file.shipping.parcels) or 1, fact=fact))
        case _:
            desk.later(hours=1)
            number = len(desk.file.returns.returns) + 1
            desk.ask(returns.DeclareWithdrawal(order="A", quantities=units))
            desk.ask(returns.ReceiveReturn(order="A", return_=number, quantities=units))
            desk.ask(returns.InspectReturn(order="A", return_=number, restock=units))


@settings(deadline=None)
@given(st.integers(0, 100), st.integers(0, 100), STEPS)
def test_any_sequence_of_cancellations_and_returns_gives_back_exactly_what_is_gone(
    first: int, second: int, steps: list[tuple[str, Quantities]]
) -> None:
    """Goods, deposits and fee: what is owed is the shares of the units that are kept, and what belongs to the order."""
    lines = (
        evolve(MUGS, quantity=3, deposit=Money(first, "PLN")),
        evolve(TEAPOT, quantity=3, deposit=Money(second, "PLN")),
    )
    desk = Desk(policy(tariff=evolve(TARIFF, payments=(FEE,)), promotions=HALF_OFF))
    desk.place(lines=lines)
    desk.pay()
    for what, units in steps:
        _step(desk, what, units)
        order, left = desk.file.order, desk.file.order.ordered - gone(desk.file)
        shares = [order.quote.ledger.take(line, gone(desk.file)[line], count) for line, count in left]
        deposits = sum({"1": first, "2": second}[line] * count for line, count in left)
        assert sum(share.deposit for share in shares) == deposits
        kept = sum(share.gross for share in shares) + deposits + (100 if left else 0)
        delivery = order.delivery_price.minor
        assert owed(desk.file).minor in ((kept + delivery,) if left else (0, delivery, delivery - 999))
    held = payments.held(desk.file.payments, "PLN")
    assert held == owed(desk.file)
