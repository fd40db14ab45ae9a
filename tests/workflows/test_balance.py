"""
Laws of what is owed, whatever happens and in whatever order.

Owed is never negative and never more than what was agreed; money beyond it is asked back at once, exactly, and never
twice; stock is never held for units that are gone; replaying the events gives the file.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow import Money, Quantities, orders, payments, pricing, returns, shipping
from orderflow.decisions import Rejected
from orderflow.payments import RefundStage
from orderflow.shipping import TrackingStatus
from orderflow.workflows import (
    Command,
    RequestKind,
    Status,
    due,
    fold,
    gone,
    is_settled,
    owed,
    status,
    surplus,
    unsettled,
    verdicts,
)

from .counter import ADDRESS, CONTACT, TARIFF, VAT, pln
from .planning import Desk, policy

ZERO = pln("0.00")
NUMBERS = st.integers(1, 3)
AMOUNTS = st.integers(1, 15_000).map(lambda minor: Money(minor, "PLN"))
UNITS = st.dictionaries(st.sampled_from(["1", "2"]), st.integers(1, 2), min_size=1).map(Quantities)
HOME = orders.ToAddress(address=ADDRESS)
FEES = tuple(
    pricing.PaymentTerms(code=code, fee=pricing.Fee(price=pln(fee), vat=VAT))
    for code, fee in (("cash_on_delivery", "5.00"), ("card", "0.99"))
)
Step = Callable[[Desk], object]


def _observation(attempt: int, outcome: payments.Outcome, amount: Money) -> Step:
    given_: dict[payments.Outcome, dict[str, Money]] = {
        payments.Outcome.CAPTURED: {"captured": amount},
        payments.Outcome.AUTHORISED: {"authorised": amount},
    }

    def step(desk: Desk) -> object:
        told = payments.PaymentFacts(outcome=outcome, occurred_at=desk.at, **given_.get(outcome, {}))
        return desk.ask(payments.ObservePayment(order="A", attempt=attempt, facts=told))

    return step


def _refund_told(refund: int, outcome: RefundStage) -> Step:
    return lambda desk: desk.ask(payments.ObserveRefund(order="A", refund=refund, outcome=outcome, occurred_at=desk.at))


def _tracked(parcel: int, told: TrackingStatus) -> Step:
    return lambda desk: desk.ask(
        shipping.RecordTracking(order="A", parcel=parcel, fact=shipping.TrackingFact(status=told, occurred_at=desk.at))
    )


def _asked(command: Command) -> Step:
    return lambda desk: desk.ask(command)


def _inspected(number: int, units: Quantities) -> Step:
    def step(desk: Desk) -> None:
        desk.ask(returns.ReceiveReturn(order="A", return_=number, quantities=units))
        desk.ask(returns.InspectReturn(order="A", return_=number, restock=units))

    return step


def _shipped(units: Quantities | None) -> Step:
    def step(desk: Desk) -> None:
        desk.ask(shipping.PickLines(order="A", quantities=units))
        if not isinstance(desk.ask(shipping.PackParcel(order="A", quantities=units)), Rejected):
            desk.ask(shipping.HandOver(order="A", parcel=len(desk.file.shipping.parcels)))

    return step


steps = st.one_of(
    st.builds(_observation, NUMBERS, st.sampled_from(payments.Outcome), AMOUNTS),
    st.builds(_observation, st.just(1), st.just(payments.Outcome.CAPTURED), st.just(pln("114.97"))),
    st.builds(_observation, st.just(1), st.just(payments.Outcome.CAPTURED), st.just(pln("114.97"))),
    st.builds(_refund_told, NUMBERS, st.sampled_from([RefundStage.SETTLED, RefundStage.REJECTED])),
    st.builds(_tracked, st.integers(1, 2), st.sampled_from(TrackingStatus)),
    st.builds(_shipped, st.none() | UNITS),
    st.builds(_shipped, st.none()),
    st.builds(_inspected, st.integers(1, 2), UNITS),
    st.builds(lambda units: _asked(orders.CancelLines(order="A", quantities=units)), UNITS),
    st.builds(lambda units: _asked(returns.DeclareWithdrawal(order="A", quantities=units)), UNITS),
    st.builds(lambda units: _asked(shipping.ReportShortPick(order="A", quantities=units)), UNITS),
    st.builds(
        lambda method: _asked(orders.AmendDelivery(order="A", delivery_method=method, target=HOME)),
        st.sampled_from(["express", "courier"]),
    ),
    st.builds(
        lambda method: _asked(
            payments.RetryPayment(order="A", method=method, gateway="any", kind=payments.TenderKind.PREPAID)
        ),
        st.sampled_from(["card", "transfer", "cash_on_delivery"]),
    ),
    st.sampled_from(
        [
            _asked(orders.CancelOrder(order="A")),
            _asked(orders.HoldOrder(order="A", reason="phone")),
            _asked(orders.ReleaseOrder(order="A", reason="phone")),
            _asked(payments.RetryRefund(order="A", refund=1)),
            lambda desk: desk.due(RequestKind.EXPIRE_UNPAID),
            lambda desk: desk.due(RequestKind.LAPSE_HOLD),
            lambda desk: desk.due(RequestKind.CLOSE_ORDER),
            lambda desk: desk.later(days=3),
            lambda desk: desk.later(days=10),
        ]
    ),
)


def _check(desk: Desk) -> None:
    file = desk.file
    order = file.order
    quote = order.quote
    agreed = quote.goods + max(quote.delivery_price, order.delivery_price) + order.payment_fee
    assert ZERO <= owed(file) <= agreed
    if order.ordered == gone(file):  # no goods and no fee
        assert owed(file) <= order.delivery_price
    assert not (due(file) and surplus(file))
    assert gone(file) <= Quantities({"1": 2, "2": 1})
    # What is held beyond what is owed is on its way back the moment it is there, unless the provider refused.
    refused = payments.rejected_refunds(file.payments)
    assert not surplus(file) or refused
    back = payments.refunded(file.payments, "PLN") + payments.refunding(file.payments, "PLN")
    assert back <= payments.money_in(file.payments, "PLN")
    assert status(file) in Status
    assert [each.check for each in verdicts(file, desk.person, desk.policy, desk.at)][:5] == [
        "contact",
        "address",
        "payment",
        "totals",
        "stock",
    ]
    if order.stage is orders.OrderStage.CLOSED:
        assert not file.stock.open
        assert "parcels" not in unsettled(file)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["transfer", "card", "cash_on_delivery"]), st.lists(steps, max_size=14))
def test_whatever_happens_the_balance_holds(method: str, taken: list[Step]) -> None:
    """Payments, parcels, cancellations, returns, timers and refusals, mixed at will."""
    desk = Desk(policy(tariff=evolve(TARIFF, payments=FEES)))
    desk.place(payment_method=method)
    for step in taken:
        step(desk)
        _check(desk)
    assert fold(desk.events) == desk.file


@given(st.lists(AMOUNTS, min_size=1, max_size=4))
def test_exactly_the_surplus_is_asked_back_whatever_comes(totals: list[Money]) -> None:
    """A provider's totals grow: each coin beyond the price is asked back once."""
    desk = Desk()
    desk.place(payment_method="card")
    for number, total in enumerate(totals, start=1):
        desk.pay(total)
        beyond = max(max(totals[:number]) - pln("114.97"), ZERO)
        assert payments.refunding(desk.file.payments, "PLN") == beyond
    assert due(desk.file) == max(pln("114.97") - max(totals), ZERO)


@given(st.permutations(["1", "1", "2"]), st.integers(0, 3))
def test_cancelling_after_paying_gives_back_what_cancelling_before_paying_spares(
    lines: list[str], paid_after: int
) -> None:
    """It does not matter when the money came: in the end the customer has it all."""
    desk = Desk()
    desk.place()
    for position, line in enumerate(lines):
        if position == paid_after:
            desk.pay(pln("114.97"))
        desk.do(orders.CancelLines(order="A", quantities=Quantities({line: 1})))
    if paid_after == len(lines):
        desk.pay(pln("114.97"))
    assert owed(desk.file) == ZERO
    assert payments.refunding(desk.file.payments, "PLN") == pln("114.97")
    for refund in desk.file.payments.refunds:
        desk.do(
            payments.ObserveRefund(order="A", refund=refund.number, outcome=RefundStage.SETTLED, occurred_at=desk.at)
        )
    assert is_settled(desk.file)
    assert desk.file.order.stage is orders.OrderStage.CLOSED


def test_a_cheaper_delivery_is_paid_back_and_a_dearer_one_is_due() -> None:
    """The difference, and nothing else."""
    desk = Desk()
    desk.place()
    desk.pay()
    desk.do(orders.AmendDelivery(order="A", delivery_method="express", target=HOME))
    assert (owed(desk.file), due(desk.file)) == (pln("124.97"), pln("10.00"))
    desk.pay(pln("124.97"))
    desk.do(orders.AmendDelivery(order="A", delivery_method="courier", target=HOME))
    assert (owed(desk.file), due(desk.file)) == (pln("114.97"), ZERO)
    assert [refund.amount for refund in desk.file.payments.refunds] == [pln("10.00")]


def test_an_adopted_order_that_is_credited_twice_owes_nothing_and_not_less() -> None:
    """Elsewhere 25.00 of 30.00 were given back without naming units; here the rest is cancelled."""
    mug = orders.Line(line="1", sku="MUG", name="Mug", quantity=1, unit_price=pln("30.00"), vat=VAT)
    desk = Desk()
    desk.do(
        orders.RecordOrder(
            numbers={"woocommerce": "17"},
            currency="PLN",
            lines=(orders.RecordedLine(line=mug, gross=pln("30.00"), vat=pln("5.61"), discount=ZERO),),
            total=pln("30.00"),
            vat_total=pln("5.61"),
            contact=CONTACT,
            target=HOME,
            delivery_method="courier",
            payment_method="card",
            stage=orders.OrderStage.CONFIRMED,
            placed_at=desk.at,
            modified_at=desk.at,
            paid=pln("30.00"),
            refunds=[orders.RecordedRefund(external="r1", amount=pln("25.00"), at=desk.at)],
        )
    )
    assert owed(desk.file) == pln("5.00")
    assert not payments.refunding(desk.file.payments, "PLN")
    desk.do(orders.CancelOrder(order="A"))
    assert owed(desk.file) == ZERO
    assert payments.refunding(desk.file.payments, "PLN") == pln("5.00")
