"""The shop's own methods and its opening with hostile values, amounts at the limits, and a law without rules."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.hostile.attacks import BAD_CODES, HOSTILE, rows, shown
from tests.workflows.counter import LINES, START, TARIFF, VAT, Counter, order_of

from orderflow import CommandRejected, Money, OrderflowError, Shop, orders, payments, pricing, shipping
from orderflow.errors import InvalidInputError
from orderflow.runtime.memory import MemoryStore

# ruff: noqa: PT017 - what an error says is looked at where it is caught: hundreds are, in one test
CALLS: dict[str, Callable[[Shop, str, Any], object]] = {
    "order": lambda shop, _, value: shop.order(value),
    "history": lambda shop, _, value: shop.history(value),
    "as_of order": lambda shop, _, value: shop.as_of(value, START),
    "as_of at": lambda shop, order, value: shop.as_of(order, value),
    "explain order": lambda shop, _, value: shop.explain(value, orders.CancelOrder),
    "explain command": lambda shop, order, value: shop.explain(order, value),
    "level": lambda shop, _, value: shop.level(value),
    "resume": lambda shop, _, value: shop.resume(value),
    "perform order": lambda shop, _, value: shop.perform(value),
    "perform secrets": lambda shop, order, value: shop.perform(order, secrets=value),
    "run": lambda shop, _, value: shop.run(value),
    "receive name": lambda shop, _, value: shop.receive(value, {}, b""),
    "receive headers": lambda shop, _, value: shop.receive("transfer", value, b""),
    "receive body": lambda shop, _, value: shop.receive("transfer", {}, value),
    "orders status": lambda shop, _, value: shop.orders(status=value),
    "orders customer": lambda shop, _, value: shop.orders(customer=value),
    "orders since": lambda shop, _, value: shop.orders(since=value),
    "orders after": lambda shop, _, value: shop.orders(after=value),
    "orders limit": lambda shop, _, value: shop.orders(limit=value),
    "place": lambda shop, _, value: shop.place(value),
    "do": lambda shop, _, value: shop.do(value),
    "do request": lambda shop, order, value: shop.do(orders.VerifyOrder(order=order), request_id=value),
    "quote": lambda shop, _, value: shop.quote(value),
}
READING = {"order", "history", "as_of order", "as_of at", "level", "orders status", "orders limit", "quote"}


@pytest.mark.parametrize("name", CALLS)
def test_no_method_of_the_shop_takes_what_it_should_not(name: str) -> None:
    """Wrong kinds and hostile texts in every argument: a typed error, at once, and nothing is kept of it."""
    counter = Counter()
    order = counter.place()
    before = rows(counter.store)
    for hostile in HOSTILE:
        began = time.process_time()
        try:
            CALLS[name](counter.shop, order, hostile)
        except OrderflowError as error:
            assert len(str(error)) < 1000, shown(hostile)
            assert rows(counter.store) == before, shown(hostile)
        except Exception as error:
            pytest.fail(f"{name}({shown(hostile)}): bare {type(error).__name__}: {error}")
        assert time.process_time() - began < 5, shown(hostile)
        if name in READING:
            assert rows(counter.store) == before
        before = before if name in READING else rows(counter.store)


@pytest.mark.parametrize("text", BAD_CODES, ids=range(len(BAD_CODES)))
def test_a_hostile_request_id_is_refused_and_forgotten(text: str) -> None:
    """No receipt, and no order, under an id that no log could show."""
    counter = Counter()
    before = rows(counter.store)
    with pytest.raises(InvalidInputError) as refused:
        counter.shop.place(order_of(), request_id=text)
    assert refused.value.path == "request_id"
    assert rows(counter.store) == before


OPTIONS = (
    "seller", "channel", "law", "gateways", "couriers", "notifier", "tariff", "payment_methods", "payment_window",
    "checks", "stages", "inserts", "project", "subscribers", "clock", "ids", "return_url",
)  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS)
def test_a_shop_opens_with_what_it_can_work_with_or_not_at_all(option: str) -> None:
    """Each option with each hostile value: it is refused at opening, or the shop sells."""
    for hostile in HOSTILE:
        try:
            shop = Shop(MemoryStore(), **{"seller": "Mug Shop", "tariff": TARIFF, option: hostile})
        except InvalidInputError as error:
            assert error.path.startswith(option[:5]), (option, shown(hostile), str(error)[:200])
            continue
        except Exception as error:
            pytest.fail(f"{option}={shown(hostile)}: bare {type(error).__name__}: {error}")
        with pytest.raises(CommandRejected):
            shop.place(order_of())  # there is no stock; everything else was asked by then


@pytest.mark.parametrize("law", ["XX", "GB", "pl", "", None, ["PL"], 7])
def test_a_law_without_rules_is_said_at_opening(law: Any) -> None:
    """Not when the first parcel arrives and nobody can tell until when it may be sent back."""
    with pytest.raises(InvalidInputError, match="PL") as refused:
        Shop(MemoryStore(), seller="Mug Shop", law=law)
    assert refused.value.path == "law"


def line(number: int, quantity: int = 1, price: str = "1.00", currency: str = "PLN") -> orders.Line:
    """A line of something that needs no stock."""
    return orders.Line(
        line=str(number),
        sku=f"S{number}",
        name="Thing",
        quantity=quantity,
        unit_price=Money.parse(price, currency),
        vat=VAT,
        tracked=False,
    )


def test_a_total_above_the_limit_is_refused_and_at_the_limit_sold() -> None:
    """Ten to the fifteenth minor units, delivery included, is the most."""
    counter = Counter()
    largest = 10**15 - 1499
    for minor, fits in ((largest, True), (largest + 1, False)):
        price = Money(minor, "PLN").text
        ask = order_of(lines=(line(1, price=price),))
        if fits:
            assert counter.shop.place(ask).total == Money(10**15, "PLN")
        else:
            with pytest.raises(CommandRejected) as rejected:
                counter.shop.place(ask)
            assert [type(reason) for reason in rejected.value.reasons] == [pricing.TotalTooLarge]


def test_a_thousand_lines_of_a_million_units_are_sold_quickly() -> None:
    """The largest order there is: priced, pinned, paid and cancelled."""
    counter = Counter()
    ask = order_of(lines=tuple(line(number, 1_000_000, "0.99") for number in range(1000)))
    began = time.process_time()
    placed = counter.shop.place(ask)
    assert time.process_time() - began < 5
    assert placed.total == Money(99 * 1000 * 1_000_000 + 1499, "PLN")
    counter.pay(placed.id)
    assert counter.shop.do(orders.CancelOrder(order=placed.id)).refunding == placed.total


def test_ten_thousand_lines_and_doubled_ids_are_refused_with_reasons() -> None:
    """What is too much or ambiguous is told as values, and leaves nothing."""
    counter = Counter()
    before = rows(counter.store)
    for lines, reason in (
        (tuple(line(number) for number in range(10_000)), pricing.TooManyLines),
        ((line(1), line(1)), pricing.DuplicateLine),
        ((), pricing.EmptyBasket),
        ((line(1), line(2, currency="EUR")), pricing.MixedCurrencies),
    ):
        began = time.process_time()
        with pytest.raises(CommandRejected) as rejected:
            counter.shop.place(order_of(lines=lines))
        assert time.process_time() - began < 5
        assert reason in {type(each) for each in rejected.value.reasons}
    assert rows(counter.store) == before


@pytest.mark.parametrize(
    ("target", "method"),
    [
        (orders.ToPoint(point="W1", country="PL"), "courier"),
        (orders.ToShop(shop="main", country="PL"), "locker"),
        (orders.ToDownload(country="PL"), "courier"),
        (order_of().target, "locker"),
        (order_of().target, "no such method"),
    ],
)
def test_a_target_of_the_wrong_kind_for_the_delivery_is_rejected(target: orders.Target, method: str) -> None:
    """A locker is no address: every reason is a value, and nothing is kept."""
    counter = Counter()
    before = rows(counter.store)
    with pytest.raises(CommandRejected) as rejected:
        counter.shop.place(order_of(target=target, delivery_method=method))
    assert rejected.value.reasons
    assert rows(counter.store) == before


@pytest.mark.parametrize(("currency", "price"), [("JPY", "1500"), ("KWD", "1.505"), ("CLF", "1.0005"), ("PLN", "0.00")])
def test_every_number_of_decimals_and_nothing_at_all_can_be_sold(currency: str, price: str) -> None:
    """Currencies with none, three and four decimals, and a basket that is free: from placing to the door."""
    free = pricing.DeliveryMethod(
        code="courier", kind=pricing.DeliveryKind.COURIER, price=Money(0, currency), vat=VAT, price_includes_vat=True
    )
    counter = Counter()
    shop = Shop(counter.store, seller="Mug Shop", tariff=pricing.Tariff((free,)), clock=counter.clock)
    placed = shop.place(order_of(currency=currency, lines=(line(1, 3, price, currency),)))
    assert placed.total == Money.parse(price, currency) * 3
    if placed.due:
        shop.do(payments.transfer_received(placed.id, placed.due, occurred_at=counter.clock.now(), attempt=1))
    shop.do(shipping.PickLines(order=placed.id))
    shop.do(shipping.PackParcel(order=placed.id))
    shop.do(shipping.HandOver(order=placed.id, parcel=1))
    told = shipping.TrackingFact(status=shipping.TrackingStatus.DELIVERED, occurred_at=counter.clock.now())
    assert shop.do(shipping.RecordTracking(order=placed.id, parcel=1, fact=told)).delivered.total == 3
    shop.run(counter.clock.now() + timedelta(days=60))
    assert not shop.alerts()


def test_a_tariff_in_several_currencies_offers_what_the_basket_is_in() -> None:
    """Other currencies are neither offered nor taken."""
    counter = Counter()
    euro = pricing.DeliveryMethod(
        code="euro", kind=pricing.DeliveryKind.COURIER, price=Money(500, "EUR"), vat=VAT, price_includes_vat=True
    )
    shop = Shop(counter.store, seller="Mug Shop", tariff=pricing.Tariff((*TARIFF.methods, euro)), clock=counter.clock)
    with pytest.raises(CommandRejected) as rejected:
        shop.place(order_of(delivery_method="euro"))
    allowed = tuple(method.code for method in TARIFF.methods)
    assert rejected.value.reasons == (
        pricing.NotInCurrency(method="euro", currency="PLN", priced_in="EUR", allowed=allowed),
    )
    assert "euro" not in {offer.code for offer in shop.place(order_of()).order.delivery_offered}


@pytest.mark.parametrize("language", ["xx", "klingon", "pl_PL.UTF-8", "../../etc/passwd", "en\\..\\x"])
def test_an_unknown_language_is_answered_in_a_known_one(language: str) -> None:
    """Messages go out whatever the checkout calls its language, and no file is looked for under its name."""
    counter = Counter()
    order = counter.place(language=language)
    counter.pay(order)
    assert counter.shop.run().parked == 0
    assert not counter.shop.alerts()
    assert counter.view(order).remaining == LINES
