"""WooCommerce documents: what is read of them, what is refused and where, and what a shop makes of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import (
    CommandRejected,
    InvalidInputError,
    Money,
    Quantities,
    Shop,
    orders,
    payments,
    people,
    pricing,
    shipping,
    stock,
    wire,
)
from orderflow.adapters import woocommerce
from orderflow.errors import OrderflowError
from orderflow.orders import OrderStage, RecordedRefund
from orderflow.pricing import VatRate
from orderflow.runtime.memory import MemoryStore
from orderflow.runtime.views import OrderView
from orderflow.testing.world import CountingIds, VirtualClock
from orderflow.workflows import (
    MESSAGES,
    Context,
    OrderFile,
    PaymentMethod,
    Plan,
    Policy,
    RequestKind,
    Status,
    plan,
)

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "woocommerce"
SHARED = ROOT.parent / "shared" / "data" / "woocommerce"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)
VAT = VatRate.parse("23")

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the documents of WooCommerce's manual are not here")


def example(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def shared(name: str) -> bytes:
    return (SHARED / f"{name}.json").read_bytes()


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def pln(text: str) -> Money:
    return Money.parse(text, "PLN")


def changed(document: Any, **fields: Any) -> Any:
    return {**document, **fields}


def later(document: Any, **fields: Any) -> Any:
    return changed(document, date_modified_gmt="2026-11-01T10:00:00", **fields)


def with_line(document: Any, **fields: Any) -> Any:
    first, *others = document["line_items"]
    return changed(document, line_items=[{**first, **fields}, *others])


def all_examples() -> woocommerce.Reading:
    return woocommerce.read_all({path.name: path.read_bytes() for path in sorted(EXAMPLES.glob("*.json"))})


def all_shared() -> woocommerce.Reading:
    return woocommerce.read_all({path.name: path.read_bytes() for path in sorted(SHARED.glob("*.json"))})


METHODS = (
    PaymentMethod(code="bacs", gateway="transfer", kind=payments.TenderKind.TRANSFER),
    PaymentMethod(code="przelewy24", gateway="transfer", kind=payments.TenderKind.PREPAID),
    PaymentMethod(code="cash_on_delivery", gateway="cash_on_delivery", kind=payments.TenderKind.CASH_ON_DELIVERY),
)
LOCKER = pricing.DeliveryMethod(
    code="easypack_parcel_machines",
    kind=pricing.DeliveryKind.POINT,
    price=pln("13.99"),
    vat=VAT,
    price_includes_vat=True,
)


def stocked(shop: Shop, *skus: str) -> None:
    for sku in skus:
        shop.do(stock.ReceiveStock(sku=sku, quantity=10, reference="opening"))


class Desk:
    """A shop that takes orders over from WooCommerce."""

    def __init__(self) -> None:
        self.clock = VirtualClock(START)
        self.shop = Shop(
            MemoryStore(),
            seller="Mug Shop",
            tariff=pricing.Tariff((LOCKER,)),
            payment_methods=METHODS,
            clock=self.clock,
            ids=CountingIds(),
        )
        stocked(self.shop, "KUBEK-MORZE", "DZBANEK-15", "MISKA-LEN")

    def adopt(self, document: Any, *refunds: Any) -> OrderView:
        return self.shop.do(woocommerce.to_record(document, refunds))

    def level(self, sku: str = "KUBEK-MORZE") -> tuple[int, int]:
        level = self.shop.level(sku)
        return level.value, level.held


def recorded(command: orders.RecordOrder) -> orders.Order:
    return Desk().shop.do(command).order


# The documents of the manual


@needs_shared
@pytest.mark.parametrize(
    ("name", "totals", "refused"),
    [
        ("orders_1", ["29.35"], []),
        ("orders_2", ["29.35"], []),
        ("orders_3", ["29.35", "39.00"], []),
        ("orders_4", ["29.35"], []),
        ("orders_5", ["29.35"], []),
        ("orders_6", ["62.25", "54.40", "29.35"], ["delete[0]"]),
    ],
)
def test_the_manuals_orders_are_read_with_their_totals_to_the_cent(
    name: str, totals: list[str], refused: list[str]
) -> None:
    """Lines, delivery, tax and differences sum to the recorded total; a deletion is refused by name."""
    reading = woocommerce.read(shared(name))
    assert [order.total for order in reading.orders] == [usd(total) for total in totals]
    assert [each.path for each in reading.refused] == refused
    for command in reading.orders:
        quote = recorded(command).quote
        assert quote.ledger.total.paid == quote.total.minor
        assert sum(group.vat.minor for group in quote.vat) == quote.vat_total.minor
        assert sum(group.gross.minor for group in quote.vat) == quote.total.minor


@needs_shared
def test_goods_delivery_and_tax_are_told_apart() -> None:
    """29.35 = 18.00 + 10.00 + 1.35."""
    command = woocommerce.read(shared("orders_1")).orders[0]
    assert [line.gross - line.vat for line in command.lines] == [usd("6.00"), usd("12.00")]
    assert [(each.charge, each.gross) for each in command.amounts] == [("delivery", usd("10.00"))]
    assert command.vat_total == usd("1.35")
    assert [(line.line.sku, line.line.name) for line in command.lines] == [
        ("wc-93", "Woo Single #1"),
        ("Bar3", "Ship Your Idea – Color: Black, Size: M Test"),
    ]
    assert {line.line.vat for line in command.lines} == {VatRate(750, "recorded")}
    assert (command.customer, command.payment_method, command.paid) == (None, "bacs", usd("29.35"))
    assert command.placed_at == datetime(2017, 3, 22, 19, 28, 2, tzinfo=UTC)


@needs_shared
def test_a_tax_that_the_lines_do_not_explain_is_itemised() -> None:
    """The lines' taxes sum to 2.26 and the document says 2.25; nothing is bent to fit."""
    order = recorded(woocommerce.read(shared("orders_6")).orders[0])
    assert [(each.code, each.amount) for each in order.differences] == [("total", usd("-0.01")), ("vat", usd("-0.01"))]
    assert [finding.code for finding in order.findings] == ["difference_total", "difference_vat"]
    assert order.quote.total == usd("62.25")


@needs_shared
@pytest.mark.parametrize("name", ["order-refunds_7", "order-refunds_8", "order-refunds_10"])
def test_the_manuals_single_refunds_name_their_order(name: str) -> None:
    """The link upwards says to which order a refund belongs."""
    reading = woocommerce.read(shared(name))
    assert [refund.order for refund in reading.refunds] == ["723"]
    assert reading.refunds[0].command("USD").refunds[0].amount == usd("10.00")
    assert reading.refused == ()


@needs_shared
def test_all_the_manuals_documents_together_find_each_other() -> None:
    """The refunds join order 723, with the units that they name; none is left over."""
    reading = all_shared()
    assert reading.refunds == ()
    assert [each.path for each in reading.refused] == ["orders_6.json/delete[0]"]
    adopted = {command.numbers[0][1]: command for command in reading.orders}
    refunds = {refund.external: refund for refund in adopted["723"].refunds}
    assert {name: refund.amount for name, refund in refunds.items()} == {"726": usd("10.00"), "724": usd("9.00")}
    assert refunds["724"].units == Quantities({"311": 1})


@needs_shared
def test_the_manuals_documents_are_adopted_by_a_shop() -> None:
    """Every order stands as its newest document says, and money in less money back is what is held."""
    desk = Desk()
    assert woocommerce.adopt(desk.shop, all_shared()).refused == ()
    view = desk.shop.order("woocommerce:723")
    assert (view.status, view.total, view.paid, view.refunded, view.due) == (
        Status.DELIVERED,
        usd("39.00"),
        usd("39.00"),
        usd("19.00"),
        usd("0.00"),
    )
    assert desk.shop.order("woocommerce:727").status is Status.DELIVERED
    assert desk.shop.order("woocommerce:728").status is Status.AWAITING_PAYMENT
    assert desk.shop.order("woocommerce:729").status is Status.CONFIRMED


@needs_shared
def test_prices_without_tax_are_placed_without_tax() -> None:
    """18.00 net at the derived 7.5 % is 19.35, and with the tariff's delivery 29.35."""
    flat = pricing.DeliveryMethod(
        code="flat_rate",
        kind=pricing.DeliveryKind.COURIER,
        price=usd("10.00"),
        vat=VatRate(0, "zero"),
        price_includes_vat=True,
    )
    shop = Shop(MemoryStore(), seller="Woo", tariff=pricing.Tariff((flat,)), payment_methods=METHODS)
    stocked(shop, "wc-93", "Bar3")
    view = shop.place(woocommerce.to_place(json.loads(shared("orders_1"))))
    assert view.total == view.order.seen_total == usd("29.35")


# Our examples


def test_every_example_is_taken_with_totals_that_add_up() -> None:
    """Nothing is refused; the parts of each order sum to its total, and its VAT groups to its VAT."""
    reading = all_examples()
    assert len(reading.orders) == 8
    assert (reading.refused, reading.refunds) == ((), ())
    for command in reading.orders:
        quote = recorded(command).quote
        assert quote.ledger.total.paid == quote.total.minor == command.total.minor
        assert quote.goods + quote.delivery_price == quote.total
        assert sum(group.vat.minor for group in quote.vat) == quote.vat_total.minor


def test_a_locker_comes_from_the_deliverys_metadata() -> None:
    """InPost's plugin writes the locker beside the delivery; the phone is where the code is sent."""
    command = woocommerce.to_record(example("locker_paid"))
    assert command.target == orders.ToPoint(point="KRA012", country="PL", operator="inpost")
    assert command.contact.phone == "+48 600 100 200"
    assert command.lines[0].line.name == "Kubek „Morze” – granatowy"
    assert command.lines[0].gross == pln("98.00")
    assert command.lines[0].line.vat == VAT


def test_cash_on_delivery_is_not_paid_while_processing() -> None:
    """WooCommerce starts such orders as processing; the courier has no money yet. The fee is an amount of its own."""
    command = woocommerce.to_record(example("cash_on_delivery"))
    assert (command.payment_method, command.paid, command.stage) == ("cash_on_delivery", pln("0"), OrderStage.CONFIRMED)
    assert [(each.code, each.charge, each.gross) for each in command.amounts] == [
        ("flat_rate", "delivery", pln("19.00")),
        ("fee-913", "fee", pln("5.00")),
    ]
    assert command.notes == ("Proszę dzwonić godzinę wcześniej.\nDomofon nie działa.",)
    assert woocommerce.to_record(later(example("cash_on_delivery"), status="completed")).paid == pln("153.00")


def test_a_coupon_is_the_lines_discount() -> None:
    """The list price stays visible; what was taken off is the line's discount; two rates are two groups."""
    command = woocommerce.to_record(example("coupon_two_rates"))
    book, tea = command.lines
    assert (book.line.vat, tea.line.vat) == (VatRate(500, "reduced"), VAT)
    assert (tea.line.sku, tea.line.unit_price, tea.gross, tea.discount) == (
        "wc-415-416",
        pln("19.99"),
        pln("53.97"),
        pln("6.00"),
    )
    assert ("coupon", "lato10") in command.extras
    assert command.numbers == (("woocommerce", "5103"), ("woocommerce_number", "LATO/2026/103"))
    assert command.customer == "88"
    assert command.delivered_at == datetime(2026, 9, 18, 15, 30, tzinfo=UTC)
    assert isinstance(command.target, orders.ToAddress)


def test_a_partial_refund_names_the_unit_that_it_gave_back() -> None:
    """The order's own list has only the amount; the refund's document has the unit and the date."""
    alone = woocommerce.to_record(example("partial_refund_order"))
    assert [(refund.amount, refund.units) for refund in alone.refunds] == [(pln("35.00"), Quantities())]
    whole = woocommerce.to_record(example("partial_refund_order"), [example("partial_refund")])
    assert whole.refunds == (
        RecordedRefund(
            external="5190",
            amount=pln("35.00"),
            at=datetime(2026, 9, 29, 8, 15, tzinfo=UTC),
            units=Quantities({"931": 1}),
        ),
    )


def test_a_tax_number_asks_for_an_invoice_and_makes_nobody_a_business() -> None:
    """The NIP comes from the metadata and never stays in extras, where it could not be erased."""
    command = woocommerce.to_record(example("company_transfer"))
    assert (command.tax_number, command.invoice_requested, command.buyer) == ("526-10-40-828", True, "consumer")
    assert command.billing is not None
    assert command.billing.company == "Pracownia Kamińska sp. z o.o."
    assert command.target == orders.ToShop(shop="local_pickup:7", country="PL")
    assert not any("526" in value for _, value in command.extras)
    assert (command.stage, command.paid) == (OrderStage.RECEIVED, pln("0"))


@pytest.mark.parametrize("key", ["_billing_nip", "_vat_number", "vat_number", "billing_vat_number", "_eu_vat_number"])
def test_tax_numbers_are_found_under_the_keys_of_several_plugins(key: str) -> None:
    """Each plugin has its own key."""
    document = changed(example("locker_paid"), meta_data=[{"id": 1, "key": key, "value": "PL5261040828"}])
    assert woocommerce.to_record(document).tax_number == "PL5261040828"


def test_what_has_neither_delivery_nor_address_is_a_download() -> None:
    """Nothing travels; the country of the bill decides."""
    download, cancelled = woocommerce.read((EXAMPLES / "batch_download_and_cancelled.json").read_bytes()).orders
    assert download.target == orders.ToDownload(country="PL")
    assert (download.stage, cancelled.stage) == (OrderStage.RECEIVED, OrderStage.CANCELLED)


def test_a_negative_fee_is_kept_and_its_rounding_itemised() -> None:
    """A discount given as a fee stays negative; the cent that taxes do not explain is a difference."""
    (document,) = example("refunded_with_discount_fee")
    command = woocommerce.to_record(document)
    assert [each.gross for each in command.amounts] == [pln("20.00"), pln("-10.00")]
    assert [(each.code, each.amount) for each in recorded(command).differences] == [("vat", pln("0.01"))]
    with pytest.raises(InvalidInputError) as caught:
        woocommerce.to_place(document)
    assert caught.value.path == "fee_lines[0].total"


def test_metadata_that_may_be_personal_is_left_out_and_counted() -> None:
    """Extras cannot be erased: a second phone number is not kept, and its absence is told twice."""
    reading = woocommerce.read((EXAMPLES / "locker_paid.json").read_bytes())
    assert reading.left_out == (woocommerce.LeftOut(path="meta_data", count=1),)
    extras = dict(reading.orders[0].extras)
    assert extras["meta_left_out"] == "1"
    assert extras["901:pa_kolor"] == "granatowy"
    assert "600100201" not in extras.values()


def test_metadata_beyond_the_limits_is_counted() -> None:
    """A thousand entries do not make an order that cannot be kept."""
    meta = [{"id": number, "key": f"flag_{number}", "value": "x"} for number in range(1000)]
    command = woocommerce.to_record(changed(example("locker_paid"), meta_data=meta))
    assert len(command.extras) <= 100
    assert int(dict(command.extras)["meta_left_out"]) > 900


@pytest.mark.parametrize(
    ("status", "stage", "paid", "delivered"),
    [
        ("pending", OrderStage.RECEIVED, False, False),
        ("on-hold", OrderStage.RECEIVED, False, False),
        ("failed", OrderStage.RECEIVED, False, False),
        ("checkout-draft", OrderStage.RECEIVED, False, False),
        ("auto-draft", OrderStage.RECEIVED, False, False),
        ("processing", OrderStage.CONFIRMED, True, False),
        ("completed", OrderStage.CONFIRMED, True, True),
        ("refunded", OrderStage.CANCELLED, True, False),
        ("cancelled", OrderStage.CANCELLED, False, False),
        ("trash", OrderStage.CANCELLED, False, False),
    ],
)
def test_every_status_says_how_far_order_money_and_goods_are(
    status: str, stage: OrderStage, paid: bool, delivered: bool
) -> None:
    """Without any dates, the status alone; a date of payment counts whatever the status."""
    document = changed(example("locker_paid"), status=status, date_paid_gmt=None)
    command = woocommerce.to_record(document)
    assert (command.stage, bool(command.paid), command.delivered_at is not None) == (stage, paid, delivered)
    assert woocommerce.to_record(changed(document, date_paid_gmt="2026-10-05T08:13:18")).paid == pln("111.99")


def test_every_headline_has_a_status_over_there() -> None:
    """The way back names only statuses that WooCommerce has."""
    known = {"pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed", "auto-draft"}
    assert {woocommerce.to_woocommerce_status(status) for status in Status} <= known
    assert woocommerce.to_woocommerce_status(Status.AWAITING_PAYMENT) == "pending"
    assert woocommerce.to_woocommerce_status(Status.DELIVERED) == "completed"


# As a new order


def test_an_example_is_placed_as_a_new_order_at_the_documents_total() -> None:
    """Prices with tax stay as they are; the tariff's delivery makes it the total that the customer saw."""
    view = Desk().shop.place(woocommerce.to_place(example("locker_paid")))
    assert view.total == view.order.seen_total == pln("111.99")
    assert view.order.quote.vat_total == pln("20.94")  # one rounding for the whole rate; over there 18.33 + 2.62


def test_a_line_that_does_not_divide_becomes_two_lines_with_the_same_sum() -> None:
    """100.00 for three plates is one at 33.34 and two at 33.33."""
    (document,) = example("refunded_with_discount_fee")
    command = woocommerce.to_place(changed(document, fee_lines=[]))
    assert [(line.line, line.quantity, line.unit_price) for line in command.lines] == [
        ("971", 1, pln("33.34")),
        ("971-2", 2, pln("33.33")),
    ]


def test_a_fee_is_a_line_without_stock() -> None:
    """The fee for paying at the door is charged, and no shelf is asked for it."""
    command = woocommerce.to_place(example("cash_on_delivery"))
    assert [(line.sku, line.unit_price, line.tracked) for line in command.lines] == [
        ("DZBANEK-15", pln("129.00"), True),
        ("fee", pln("5.00"), False),
    ]


# Refusals


def refused_at(document: Any) -> str:
    """The path at which a document is refused, the same by every way in."""
    with pytest.raises(InvalidInputError) as caught:
        woocommerce.to_record(document)
    reading = woocommerce.read(json.dumps(document))
    assert [refused.path for refused in reading.refused] == [caught.value.path]
    assert reading.orders == ()
    return caught.value.path


def test_what_is_missing_or_wrong_is_refused_with_its_path() -> None:
    """Each field that cannot be done without, and each that has another type than it should."""
    document = example("coupon_two_rates")
    delivery = document["shipping_lines"][0]
    expected = {
        "id": changed(document, id=None),
        "currency": changed(document, currency="ZL"),
        "status": changed(document, status="shipped-by-plugin"),
        "total": changed(document, total="9.59.7"),
        "total_tax": changed(document, total_tax="-1.00"),
        "date_created_gmt": changed(document, date_created_gmt=None),
        "date_paid_gmt": changed(document, date_paid_gmt="yesterday"),
        "customer_id": changed(document, customer_id="88"),
        "line_items": changed(document, line_items={"0": {}}),
        "line_items[0]": changed(document, line_items=["book"]),
        "line_items[0].id": with_line(document, id=0),
        "line_items[0].quantity": with_line(document, quantity=-1),
        "line_items[0].total": with_line(document, total="4e1"),
        "line_items[0].total_tax": with_line(document, total_tax="-2.00"),
        "line_items[0].subtotal": with_line(document, subtotal="NaN"),
        "line_items[0].name": with_line(document, name="Book \u202ekoob"),
        "line_items[0].sku": with_line(document, sku="kubek\u200b"),
        "line_items[1].id": changed(document, line_items=[document["line_items"][0]] * 2),
        "billing.first_name": changed(document, billing={**document["billing"], "first_name": ["Katarzyna"]}),
        "billing.country": changed(document, billing={**document["billing"], "country": "Polska"}),
        "shipping_lines[0].total": changed(document, shipping_lines=[{**delivery, "total": "-1.00"}]),
        "fee_lines[0].id": changed(document, fee_lines=[{"total": "1.00"}]),
        "refunds[0].amount": changed(document, refunds=[{"id": 1, "total": "-95.98"}]),
        "refunds[0].total": changed(document, refunds=[{"id": 1, "total": "5.00"}]),
        "refunds[1].id": changed(document, refunds=[{"id": 1, "total": "-5.00"}] * 2),
    }
    assert {path: refused_at(broken) for path, broken in expected.items()} == {path: path for path in expected}


def test_a_charge_beyond_all_measure_is_refused_where_it_stands() -> None:
    """Deliveries and fees are told apart in the path."""
    document = example("cash_on_delivery")
    (delivery,), (fee,) = document["shipping_lines"], document["fee_lines"]
    huge = "9" * 15
    assert refused_at(changed(document, shipping_lines=[{**delivery, "total": huge}])) == "shipping_lines[0].total"
    assert refused_at(changed(document, fee_lines=[{**fee, "total": huge}])) == "fee_lines[0].total"


def test_a_huge_quantity_is_refused() -> None:
    """A million units is the most; a number without end is no number."""
    document = example("locker_paid")
    assert refused_at(with_line(document, quantity=10**9)) == "line_items[0].quantity"
    text = json.dumps(document).replace('"quantity": 2', '"quantity": 1' + "0" * 5000)
    assert [each.path for each in woocommerce.read(text).refused] == ["line_items[0].quantity"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 35),
        ("amount", "-35.00"),
        ("amount", "1e2"),
        ("amount", "215.00"),
        ("amount", "34.00"),
        ("currency", "EUR"),
        ("date_created_gmt", None),
        ("line_items", [{"quantity": 1, "meta_data": [{"key": "_refunded_item_id", "value": "931"}]}]),
        ("line_items", [{"quantity": -1, "meta_data": []}]),
        ("line_items", [{"quantity": -5, "meta_data": [{"key": "_refunded_item_id", "value": "931"}]}]),
        ("line_items", [{"quantity": -1, "meta_data": [{"key": "_refunded_item_id", "value": "999"}]}]),
    ],
)
def test_a_refund_that_contradicts_its_order_is_refused_and_the_order_taken(field: str, value: Any) -> None:
    """Wrong sign, wrong currency, more than the order, units that it does not have: the refund's own path."""
    refund = changed(example("partial_refund"), **{field: value})
    with pytest.raises(InvalidInputError) as caught:
        woocommerce.to_record(example("partial_refund_order"), [refund])
    assert caught.value.path.startswith("refunds[0].")
    reading = woocommerce.read_all({"refund": json.dumps(refund), "order": json.dumps(example("partial_refund_order"))})
    assert [command.refunds[0].units for command in reading.orders] == [Quantities()]
    assert len(reading.refused) == 1
    assert reading.refused[0].path.split("/")[0] == "refund"


def test_a_refund_without_an_order_is_refused_by_name() -> None:
    """Neither the link nor the caller says where it belongs; the caller may."""
    refund = changed(example("partial_refund"), _links={}, parent_id=0)
    assert [each.path for each in woocommerce.read(json.dumps(refund)).refused] == ["_links"]
    assert [each.order for each in woocommerce.read(json.dumps(refund), order="5104").refunds] == ["5104"]
    assert [each.path for each in woocommerce.read(json.dumps(refund), order="../5104").refused] == ["order"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        "[" * 200_000,
        '{"id": 1, "id": 2}',
        '{"id": NaN}',
        '{"id": ' + "9" * 10_000 + "}",
        '"order"',
        "3",
        "null",
        '{"create": [1]}',
        '{"create": [], "update": 4, "delete": 5}',
        "[[]]",
        b" " * (10 * 2**20 + 1),
        json.dumps({"id": 1, "pad": "x" * 2**20}),
        None,
    ],
    ids=range(15),
)
def test_what_is_no_document_is_refused_at_once(data: Any) -> None:
    """Never an exception, never an order."""
    reading = woocommerce.read(data)
    assert reading.refused
    assert (reading.orders, reading.refunds) == ((), ())


def test_one_bad_document_does_not_stop_the_others() -> None:
    """The path says which one of the list it was."""
    good = example("locker_paid")
    reading = woocommerce.read(json.dumps([good, changed(good, total="x"), example("cash_on_delivery")]))
    assert [command.numbers[0][1] for command in reading.orders] == ["5101", "5102"]
    assert [each.path for each in reading.refused] == ["[1].total"]


def test_a_documents_own_floats_are_never_read() -> None:
    """A host's parser may have made floats of prices and rates; amounts are text, and a float amount is refused."""
    document = example("locker_paid")
    document["line_items"][0]["price"] = 39.835
    document["tax_lines"][0]["rate_percent"] = 22.999999
    assert woocommerce.to_record(document).lines[0].line.vat == VatRate(2301, "recorded")
    with pytest.raises(InvalidInputError):
        woocommerce.to_record(with_line(document, total=79.67))


# What a shop makes of it


def test_the_same_document_twice_changes_nothing() -> None:
    """Not a single event, whether it comes alone or among others."""
    desk = Desk()
    first = woocommerce.adopt(desk.shop, all_examples()).orders
    again = woocommerce.adopt(desk.shop, all_examples()).orders
    assert [(view.id, view.version) for view in first] == [(view.id, view.version) for view in again]
    assert len(first) == 8


def test_a_newer_document_updates_and_an_older_one_is_ignored() -> None:
    """By the time of the change over there, in whatever order they arrive."""
    desk = Desk()
    old = example("locker_paid")
    new = later(old, status="completed", date_completed_gmt="2026-10-07T09:00:00")
    desk.adopt(old)
    updated = desk.adopt(new)
    assert updated.status is Status.DELIVERED
    assert desk.adopt(old).version == updated.version
    other = Desk()
    other.adopt(new)
    assert other.adopt(old).status is Status.DELIVERED


def test_adopting_sends_nothing_and_asks_nobody_for_anything() -> None:
    """Whatever an example says, there is no message, payment, refund or booking to perform."""
    desk = Desk()
    woocommerce.adopt(desk.shop, all_examples())
    asked = {kind for kind, _ in desk.shop.run(START + timedelta(days=400)).done}
    assert asked <= {RequestKind.LAPSE_HOLD}
    assert not asked & MESSAGES
    assert desk.shop.alerts() == ()


def test_stock_is_held_once_and_leaves_once() -> None:
    """Held while the order is under way there, gone when it was delivered there, however often it is told."""
    desk = Desk()
    document = example("locker_paid")
    for _ in range(2):
        desk.adopt(document)
        assert desk.level() == (10, 2)
    for _ in range(2):
        desk.adopt(later(document, status="completed", date_completed_gmt="2026-10-07T09:00:00"))
        assert desk.level() == (8, 0)


def test_an_order_adopted_delivered_moves_no_stock() -> None:
    """It left the shelf long before the count that opened ours."""
    desk = Desk()
    desk.adopt(changed(example("locker_paid"), status="completed"))
    assert desk.level() == (10, 0)


def test_stock_of_an_order_cancelled_over_there_is_free_again() -> None:
    """The hold ends with the order; so does the part of it that a newer document no longer has."""
    desk = Desk()
    document = example("locker_paid")
    desk.adopt(document)
    desk.adopt(with_line(later(document), quantity=1))
    assert desk.level() == (10, 1)
    desk.adopt(changed(document, status="cancelled", date_modified_gmt="2026-11-02T10:00:00"))
    assert desk.level() == (10, 0)


def test_stock_waits_for_an_unpaid_order_no_longer_than_the_payment_window() -> None:
    """An order that somebody left unpaid over there does not keep its goods for ever here."""
    desk = Desk()
    desk.adopt(changed(example("locker_paid"), status="pending", date_paid_gmt=None))
    assert desk.level() == (10, 2)
    desk.clock.advance(timedelta(hours=2))
    desk.shop.run()
    assert desk.level() == (10, 0)


def test_an_adopted_order_is_packed_and_handed_over_here() -> None:
    """What was held at adoption leaves with the parcel."""
    desk = Desk()
    view = desk.adopt(example("locker_paid"))
    desk.shop.do(shipping.PickLines(order=view.id))
    desk.shop.do(shipping.PackParcel(order=view.id))
    assert desk.shop.do(shipping.HandOver(order=view.id, parcel=1)).status is Status.SHIPPED
    assert desk.level() == (8, 0)


def test_what_was_done_here_outlives_a_newer_document_that_does_not_speak_of_it() -> None:
    """A tag, a remark and a hold stay; what the document changed is followed."""
    desk = Desk()
    document = example("cash_on_delivery")
    view = desk.adopt(document)
    desk.shop.do(orders.TagOrder(order=view.id, add=("gift",)))
    desk.shop.do(orders.AddNote(order=view.id, text="Called the customer."))
    desk.shop.do(orders.HoldOrder(order=view.id, reason="call"))
    adopted = desk.adopt(later(document, customer_id=12))
    seen = adopted.order
    assert (seen.tags, seen.holds, seen.note_count, seen.customer) == (("gift",), ("call",), 2, "12")
    assert desk.adopt(later(document, customer_id=12)).version == adopted.version
    with desk.shop.store.reading() as transaction:
        row = transaction.records.get("person", seen.person)
    assert row is not None
    assert "Called the customer." in row.data


def test_an_order_that_ended_here_stays_ended() -> None:
    """The document goes on over there; here the order was cancelled and says so."""
    desk = Desk()
    document = example("cash_on_delivery")
    view = desk.adopt(document)
    desk.shop.do(orders.CancelOrder(order=view.id))
    assert desk.adopt(later(document, status="on-hold")).status is Status.CANCELLED


def test_erased_data_does_not_come_back_with_the_next_document() -> None:
    """Once erased, always erased: the newer document updates the order, not the person."""
    desk = Desk()
    document = changed(example("locker_paid"), status="cancelled", date_paid_gmt=None)
    view = desk.adopt(document)
    desk.shop.do(orders.CloseOrder(order=view.id))
    desk.shop.do(people.ErasePerson(order=view.id))
    assert desk.adopt(later(document, customer_id=12)).order.customer == "12"
    with desk.shop.store.reading() as transaction:
        assert transaction.records.get("person", view.order.person) is None


def test_a_refund_document_joins_an_order_that_is_in_the_shop() -> None:
    """Money goes back once, with the unit it was for; told again, and by the order as well, nothing changes."""
    desk = Desk()
    document = changed(example("partial_refund_order"), refunds=[])
    desk.adopt(document)
    reading = woocommerce.read((EXAMPLES / "partial_refund.json").read_bytes())
    (view,) = woocommerce.adopt(desk.shop, reading).orders
    assert (view.refunded, view.owed, view.due) == (pln("35.00"), pln("179.99"), pln("0"))
    assert view.order.recorded_returns == Quantities({"931": 1})
    assert woocommerce.adopt(desk.shop, reading).orders[0].version == view.version
    assert desk.adopt(document).version == view.version
    told = desk.adopt(later(example("partial_refund_order")))
    assert (told.refunded, told.order.recorded_returns) == (pln("35.00"), Quantities({"931": 1}))


def test_a_refund_of_an_order_that_nobody_knows_is_refused_with_the_reason() -> None:
    """Its path is where it stands among the files."""
    reading = woocommerce.read_all({"refund.json": (EXAMPLES / "partial_refund.json").read_bytes()})
    adopted = woocommerce.adopt(Desk().shop, reading)
    assert adopted.orders == ()
    assert adopted.refused == (woocommerce.Refused(path="refund.json", problem="order 5104 is not known here"),)


def test_a_refund_beyond_the_order_leaves_the_order_as_it_was() -> None:
    """Rejected as a whole: nothing is half-applied."""
    desk = Desk()
    view = desk.adopt(changed(example("partial_refund_order"), refunds=[]))
    wrong = (
        RecordedRefund(external="9", amount=pln("300.00"), at=START),
        RecordedRefund(external="9", amount=Money.parse("1", "EUR"), at=START),
        RecordedRefund(external="9", amount=pln("1.00"), at=START, units=Quantities({"931": 5})),
    )
    for refund in wrong:
        with pytest.raises(CommandRejected) as caught:
            desk.shop.do(orders.RecordRefunds(order=view.id, refunds=(refund,)))
        assert all(isinstance(reason, orders.IncompleteTotals) for reason in caught.value.reasons)
    assert desk.shop.order(view.id).version == view.version


def test_refunds_of_an_order_placed_here_are_decided_here() -> None:
    """Only an adopted order is told of refunds made elsewhere."""
    desk = Desk()
    view = desk.shop.place(woocommerce.to_place(example("locker_paid")))
    refund = RecordedRefund(external="9", amount=pln("1.00"), at=START)
    with pytest.raises(CommandRejected) as caught:
        desk.shop.do(orders.RecordRefunds(order=view.id, refunds=(refund,)))
    assert caught.value.reasons == (orders.NotAdopted(),)


FIELDS = tuple(field.name for field in orders.RecordOrder.__attrs_attrs__)


def test_contradictions_of_a_record_are_all_named() -> None:
    """Every place, not only the first."""
    command = woocommerce.to_record(example("partial_refund_order"))
    fields = {name: getattr(command, name) for name in FIELDS}
    wrong = orders.RecordOrder(
        **{
            **fields,
            "lines": (command.lines[0],) * 2,
            "vat_total": pln("-1.00"),
            "refunds": (RecordedRefund(external="1", amount=pln("400.00"), at=START),),
        }
    )
    assert {each.path for each in orders.contradictions(wrong)} == {"lines", "vat_total", "refunds[0].amount"}
    mixed = orders.RecordOrder(**{**fields, "paid": usd("1.00")})
    assert [each.path for each in orders.contradictions(mixed)] == ["paid"]


def test_an_order_of_charges_only_is_adopted_with_its_delivery_in_the_ledger() -> None:
    """There is no line that could carry the delivery, so it stands for itself."""
    document = changed(example("cash_on_delivery"), line_items=[], total="24.00", total_tax="4.48")
    order = recorded(woocommerce.to_record(document))
    assert order.quote.ledger.total.paid == order.quote.total.minor == 2400


# Whatever comes


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inside:
        yield (*path, key)
        yield from places(part, (*path, key))


SOURCES = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(EXAMPLES.glob("*.json"))]
ODD = ["", "-1", "1e9", "NaN", "9" * 30, "0.001", "99999999999999.99", "\ud800", "&#0;", "2026-13-01T00:00:00", "a/b"]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(),
    st.sampled_from(ODD),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    st.floats(allow_nan=False),
)


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    document = copy.deepcopy(draw(st.sampled_from(SOURCES)))
    for _ in range(draw(st.integers(1, 3))):
        if not (everywhere := [*places(document)]):
            break
        path = draw(st.sampled_from(everywhere))
        holder = document
        for key in path[:-1]:
            holder = holder[key]
        if draw(st.integers(0, 3)):
            holder[path[-1]] = draw(VALUES)
        else:
            del holder[path[-1]]
    return document


def documents(value: Any) -> list[Any]:
    if isinstance(value, dict) and "id" not in value:
        return [each for part in value.values() if isinstance(part, list) for each in part]
    return value if isinstance(value, list) else [value]


POLICY = Policy(seller="s", channel="c", law="PL", tariff=pricing.Tariff(()), payment_methods=METHODS)
IDENTITY = orders.Identity(
    order="ord_1", reference="R", person="per_1", seller="s", law="PL", channel="c", process="process/1"
)


@given(mutated())
def test_no_mutated_document_raises_anything_but_our_own_errors(value: Any) -> None:
    """Reading never raises; the two ways in raise only what a host expects; what is read can be recorded."""
    reading = woocommerce.read(json.dumps(value))
    for refused in reading.refused:
        assert refused.problem
    for command in reading.orders:
        planned = plan(command, OrderFile(), Context(at=START, policy=POLICY, identity=IDENTITY))
        assert isinstance(planned, Plan)
        quote = planned.file.order.quote
        assert quote.ledger.total.paid == quote.total.minor
        assert [wire.load(*wire.dump(event)) for event in planned.events] == [*planned.events]
        assert planned.person is not None
        assert wire.load_person(wire.dump_person(planned.person)) == planned.person
    for document in documents(value):
        for way_in in (woocommerce.to_place, woocommerce.to_record):
            try:
                way_in(document)
            except OrderflowError:
                continue
