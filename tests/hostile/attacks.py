"""Hostile values, one well-formed example of every command, and the store as plain rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import attrs
from tests.workflows.counter import ADDRESS, START, VAT, order_of, pln

from orderflow import (
    Money,
    Quantities,
    coupons,
    giftcards,
    loyalty,
    orders,
    payments,
    people,
    returns,
    shipping,
    stock,
    workflows,
)
from orderflow.actors import CUSTOMER
from orderflow.lots import LotUnits
from orderflow.runtime.memory import MemoryStore

HUGE = "x" * 10_000_000
CONTROL, BIDI, INVISIBLE, SURROGATE = "MUG\x00\x1b[31m", "MUG\u202e\u2066", "MU\u200bG\ufeff", "MUG\ud800"
BAD_TEXTS = (CONTROL, BIDI, SURROGATE, HUGE)
BAD_CODES = (*BAD_TEXTS, INVISIBLE, "\u0661\u0662", "MUG\n", " MUG", "")
NAIVE = datetime(2026, 11, 2, 9, 0)  # noqa: DTZ001 - that is the point


@attrs.frozen
class Stranger:
    """A value of a class that no field names."""

    order: str = "ord_1"
    minor: int = 1


HOSTILE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    10**5000,
    -(10**5000),
    0.5,
    float("nan"),
    float("inf"),
    1j,
    b"MUG",
    *BAD_CODES,
    "MUG",
    "1e5",
    [],
    [None],
    [1, 2],
    ["MUG"],
    (),
    (None,),
    (1,),
    ("MUG",),
    ((),),
    (("a", None),),
    (("a", "b", "c"),),
    (Stranger(),),
    {},
    {"MUG": None},
    {"MUG": 1},
    {None: "MUG"},
    {"MUG": BIDI},
    {INVISIBLE: "MUG"},
    {1, 2},
    object(),
    object,
    Stranger(),
    NAIVE,
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
    START.date(),
    Money(-1, "PLN"),
    Money(10**18, "PLN"),
    Money(1, "EUR"),
    Quantities(),
    Quantities({"1": 2**63}),
    Quantities({INVISIBLE: 1}),
    Quantities({"nine": 1}),
    lambda: None,
    iter(()),
    range(3),
)


LIMITED = coupons.Campaign(
    id="limited", codes=["limited"], single_codes=True, limited=True, budgeted=True, uses_per_customer=1
)


GIFT_CARD = giftcards.card_id("gift")
LATER = START.replace(year=2030)


OTHER = attrs.evolve(order_of().lines[1], line="3", quantity=1)


def examples(order: str) -> dict[type, Any]:
    """A well-formed command of every kind, for the order of two mugs and a teapot."""
    one = Quantities({"1": 1})
    line = order_of().lines[0]
    refund = orders.RecordedRefund(external="r-1", amount=pln("1.00"), at=START)
    adopted = {
        "numbers": {"woo": "77"},
        "currency": "PLN",
        "lines": (orders.RecordedLine(line=line, gross=pln("39.98"), vat=pln("7.48"), discount=pln("0.00")),),
        "total": pln("39.98"),
        "vat_total": pln("7.48"),
        "contact": order_of().contact,
        "target": order_of().target,
        "delivery_method": "courier",
        "payment_method": "transfer",
        "stage": orders.OrderStage.CONFIRMED,
        "placed_at": START,
        "modified_at": START,
        "paid": pln("39.98"),
    }
    tracking = shipping.TrackingFact(status=shipping.TrackingStatus.IN_TRANSIT, occurred_at=START)
    facts = payments.PaymentFacts(outcome=payments.Outcome.CAPTURED, captured=pln("114.97"), occurred_at=START)
    prepaid = payments.TenderKind.PREPAID
    given: tuple[Any, ...] = (
        order_of(),
        orders.RecordOrder(**adopted),
        orders.RecordRefunds(order=order, refunds=(refund,)),
        orders.VerifyOrder(order=order),
        orders.RecordVerdict(order=order, check="fraud", standing=orders.Standing.FAILED, reasons=("late",)),
        orders.CompleteStage(order=order, stage="engrave"),
        orders.HoldOrder(order=order, reason="call"),
        orders.ReleaseOrder(order=order, reason="call"),
        orders.ConfirmOrder(order=order),
        orders.AmendContact(order=order, contact=order_of().contact),
        orders.AmendAddress(order=order, address=ADDRESS),
        orders.AmendDelivery(order=order, delivery_method="express", target=order_of().target),
        orders.BackorderLines(order=order, lines=("1",)),
        orders.OfferSubstitute(order=order, line="1", units=1, substitute=OTHER, until=START + timedelta(days=9)),
        orders.AcceptSubstitute(order=order, number=1),
        orders.DeclineSubstitute(order=order, number=1),
        orders.WithdrawSubstitute(order=order, number=1),
        orders.CancelLines(order=order, quantities=one),
        orders.CancelOrder(order=order),
        orders.AddNote(order=order, text="rings twice"),
        orders.TagOrder(order=order, add=("gift",), remove=("late",)),
        orders.CloseOrder(order=order),
        payments.RequestPayment(order=order, method="transfer", gateway="transfer", kind=prepaid, amount=pln("1.00")),
        payments.RetryPayment(order=order, method="transfer", gateway="transfer", kind=prepaid),
        payments.ObservePayment(order=order, attempt=1, facts=facts),
        payments.CapturePayment(order=order, attempt=1),
        payments.VoidPayment(order=order, attempt=1),
        payments.RefundPayment(order=order, amount=pln("1.00"), cause="goodwill"),
        payments.ObserveRefund(order=order, refund=1, outcome=payments.RefundStage.SETTLED, occurred_at=START),
        payments.RetryRefund(order=order, refund=1),
        payments.RecordCollection(order=order, attempt=1, amount=pln("1.00"), parcel=1, occurred_at=START),
        payments.RecordRemittance(
            order=order, attempt=1, amount=pln("1.00"), fee=pln("0.10"), reference="r-1", occurred_at=START
        ),
        payments.RecordPayment(
            order=order,
            external="pi_1",
            method="card",
            gateway="transfer",
            kind=prepaid,
            amount=pln("1.00"),
            captured=pln("1.00"),
            occurred_at=START,
        ),
        payments.RecordRefund(order=order, external="re_1", amount=pln("0.50")),
        payments.PayWithGiftCard(order=order, card=GIFT_CARD),
        payments.PayWithStoreCredit(order=order, amount=pln("1.00")),
        payments.ChooseRefundForm(order=order, form=payments.RefundForm.STORE_CREDIT),
        giftcards.IssueGiftCard(card=giftcards.card_id("another"), amount=pln("5.00"), valid_until=LATER),
        giftcards.TopUpGiftCard(card=GIFT_CARD, amount=pln("5.00"), reference="more"),
        giftcards.GrantStoreCredit(customer="c-1", amount=pln("5.00"), reference="sorry"),
        giftcards.BlockGiftCard(card=GIFT_CARD, reason="stolen"),
        giftcards.UnblockGiftCard(card=GIFT_CARD),
        giftcards.ProlongGiftCard(card=GIFT_CARD, valid_until=LATER),
        stock.HoldStock(order=order, demand=Quantities({"MUG": 2})),
        stock.CommitStock(order=order),
        stock.ConsumeStock(order=order, quantities=Quantities({"MUG": 1})),
        stock.ReleaseStock(order=order),
        stock.LapseHold(order=order),
        stock.RestockUnits(order=order, quantities=Quantities({"MUG": 1})),
        stock.WriteOffUnits(order=order, quantities=Quantities({"MUG": 1})),
        stock.RecordReservation(order=order, number=1, made=False, missing=Quantities({"MUG": 1}), code="short"),
        stock.TakeQuota(order=order),
        stock.GiveBackQuota(order=order),
        stock.ReceiveStock(sku="MUG", quantity=1, reference="note-1"),
        stock.AdjustStock(sku="MUG", delta=-1, reason="broken"),
        stock.CountStock(sku="MUG", counted=9, counted_at=START, reference="sheet-1"),
        stock.ReportLevel(sku="MUG", level=9, sequence=1, as_of=START, seen=("w-1",)),
        stock.ExpectStock(sku="MUG", quantity=3, due=START, reference="order-1"),
        stock.TransferStock(sku="MUG", quantity=1, reference="lorry-1", to="krakow"),
        coupons.ReserveCoupons(order=order, codes=("summer",)),
        coupons.SettleCoupons(order=order),
        coupons.GrantUses(campaign="limited", uses=5, reference="first"),
        coupons.GrantBudget(campaign="limited", amount=pln("5.00"), reference="first"),
        coupons.IssueCodes(campaign="limited", codes=("a-1", "a-2")),
        loyalty.PromisePoints(order=order),
        loyalty.SettlePoints(order=order),
        loyalty.RedeemPoints(customer="c-1", points=5, reference="first"),
        loyalty.AdjustPoints(customer="c-1", change=5, reason="birthday", reference="second"),
        shipping.PickLines(order=order, quantities=one),
        shipping.ReportShortPick(order=order, quantities=one),
        shipping.PackParcel(order=order),
        shipping.CancelParcel(order=order, parcel=1),
        shipping.RecordBooking(order=order, parcel=1, booking="b-1"),
        shipping.RecordBookingFailure(order=order, parcel=1, code="full"),
        shipping.HandOver(order=order, parcel=1),
        shipping.RecordTracking(order=order, parcel=1, fact=tracking),
        shipping.RecordDelivery(order=order, external="d-1", quantities=one, occurred_at=START),
        returns.DeclareWithdrawal(order=order, quantities=one),
        returns.ReceiveReturn(order=order, return_=1, quantities=one),
        returns.InspectReturn(order=order, return_=1, restock=one),
        returns.GrantRefund(order=order, return_=1),
        returns.CloseReturn(order=order, return_=1, reason="lost"),
        returns.SettleParcel(order=order, return_=1, parcel=1),
        people.ErasePerson(order=order),
    )
    return {type(command): command for command in given}


_APART = (stock.ItemCommand, coupons.ItemCommand, loyalty.ItemCommand, giftcards.Command)
COMMANDS = frozenset((*get_args(workflows.Command), *(kind for apart in _APART for kind in get_args(apart))))

PARTS: tuple[Any, ...] = (
    order_of().lines[0],
    order_of().contact,
    ADDRESS,
    order_of().target,
    orders.ToPoint(point="WAW01A", country="PL", operator="inpost"),
    orders.ToShop(shop="main", country="PL"),
    orders.ToDownload(country="PL"),
    orders.Evidence(kind="terms", version="1", at=START, text="I order and pay"),
    people.Person(contact=order_of().contact, delivery=ADDRESS),
    VAT,
    CUSTOMER,
    LIMITED,
    LotUnits("L1", 2, START.date()),
)
"""What commands are made of."""


def fields(value: Any) -> dict[str, Any]:
    """The fields of a value, as its constructor takes them."""
    given = (field for field in attrs.fields(type(value)) if field.init)
    return {field.alias or field.name: getattr(value, field.name) for field in given}


def mutants(value: Any) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Every field with every hostile value: the field's name, the value, and what to construct from."""
    usual = fields(value)
    for name in usual:
        for hostile in HOSTILE:
            yield name, hostile, {**usual, name: hostile}


def shown(value: object) -> str:
    """A hostile value for a failure's message."""
    try:
        return repr(value)[:60]
    except ValueError:
        return "a huge number"


def rows(store: MemoryStore) -> dict[str, dict[Any, Any]]:
    """Everything that the store keeps."""
    with store.reading() as transaction:
        return {
            f"{part}.{name}": dict(table.rows)
            for part in ("streams", "counters", "work", "records")
            for name, table in vars(getattr(transaction, part)).items()
            if hasattr(table, "rows")
        }
