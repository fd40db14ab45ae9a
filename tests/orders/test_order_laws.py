"""
Laws of orders, whatever is asked and in whatever order.

The same command twice adds nothing new; cancelling credits exactly the total, in any parts; folding never fails, and
replaying the events gives the state; no stage changes but along the lifecycle; no personal data is in any event.
"""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow import orders
from orderflow.decisions import Accepted, Rejected
from orderflow.money import Money
from orderflow.orders._events import Change
from orderflow.quantities import Quantities
from orderflow.testing import strategies

from .desk import (
    ADDRESS,
    AT,
    CONTACT,
    FRAUD,
    HOME,
    LOCKER,
    VAT,
    Decision,
    after,
    decide,
    events,
    order_of,
    place,
    placed,
    pln,
    verdict,
)

STAGES = (
    orders.HostStage(name="engrave", after=orders.OrderStage.VERIFIED, before=orders.Gate.CONFIRM),
    orders.HostStage(name="rate", after=orders.OrderStage.CONFIRMED, before=orders.Gate.CLOSE),
)
REASONS = st.sampled_from(["phone", "fraud?", "check:contact", "check:fraud"])
STANDINGS = st.sampled_from(orders.Standing)
UNITS = st.dictionaries(st.sampled_from(["1", "2", "9"]), st.integers(0, 3), max_size=2).map(Quantities)
ORDER = st.just("A")
TAGS = st.lists(st.sampled_from(["a", "b"]), max_size=2)

repeatable = st.one_of(
    st.just(orders.VerifyOrder(order="A")),
    st.builds(orders.RecordVerdict, order=ORDER, check=st.sampled_from(["fraud", "payment"]), standing=STANDINGS),
    st.builds(orders.CompleteStage, order=ORDER, stage=st.sampled_from(["engrave", "rate", "wrap"])),
    st.builds(orders.HoldOrder, order=ORDER, reason=REASONS),
    st.builds(orders.ReleaseOrder, order=ORDER, reason=REASONS),
    st.just(orders.ConfirmOrder(order="A")),
    st.just(orders.CancelOrder(order="A")),
    st.builds(orders.TagOrder, order=ORDER, add=TAGS, remove=TAGS),
    st.just(orders.CloseOrder(order="A")),
    st.just(order_of()),
)
others = st.one_of(
    st.builds(orders.CancelLines, order=ORDER, quantities=UNITS),
    st.just(orders.AmendContact(order="A", contact=CONTACT)),
    st.just(orders.AmendAddress(order="A", address=ADDRESS)),
    st.sampled_from(
        [
            orders.AmendDelivery(order="A", delivery_method="locker", target=LOCKER),
            orders.AmendDelivery(order="A", delivery_method="express", target=HOME),
            orders.AmendDelivery(order="A", delivery_method="pigeon", target=HOME),
        ]
    ),
    st.just(orders.AddNote(order="A", text="Ala called")),
)
facts = st.fixed_dictionaries(
    {
        "verdicts": st.tuples(
            STANDINGS.map(lambda standing: verdict("contact", standing)),
            STANDINGS.map(lambda standing: verdict("payment", standing)),
        ),
        "packed": st.sampled_from([Quantities(), Quantities(), Quantities(), Quantities({"1": 1})]),
        "keep_delivery": st.booleans(),
        "unsettled": st.sampled_from([(), ("money",)]),
    }
)


def asked(command: orders.Command, state: orders.State, given_facts: dict[str, Any]) -> Decision:
    """The decision, with the facts that the state itself implies."""
    if isinstance(command, orders.PlaceOrder):
        return place(command, state)
    gone = state.cancelled if isinstance(state, orders.Order) else Quantities()
    offers = placed().delivery_offered
    implied = {"gone": gone, "checks": (FRAUD,), "stages": STAGES, "delivery_offered": offers}
    return decide(state, command, **implied, **given_facts)


histories = st.lists(st.tuples(repeatable | others, facts), max_size=12)


@settings(max_examples=200)
@given(histories, repeatable, facts)
def test_the_same_command_twice_adds_nothing_new(
    history: list[tuple[orders.Command, dict[str, Any]]], again: orders.Command, now: dict[str, Any]
) -> None:
    """Whatever came before: it is already so, or it is refused."""
    state: orders.State = placed()
    for command, known in [*history, (again, now)]:
        decision = asked(command, state, known)
        if isinstance(decision, Accepted):
            state = orders.decider.fold(decision.events, state)
    repeated = asked(again, state, now)
    assert isinstance(repeated, Rejected) or repeated.events == ()


@settings(max_examples=200)
@given(histories)
def test_whatever_is_asked_the_order_stays_sound(history: list[tuple[orders.Command, dict[str, Any]]]) -> None:
    """Stages follow the lifecycle, credits never exceed the price, rejections have reasons, replay equals the state."""
    events_ = [*events(place(order_of()))]
    state = after(orders.NoOrder(), *events_)
    table = orders.order_lifecycle().table
    steps = {(source, target) for (source, _), target in table.items()}
    for command, known in history:
        decision = asked(command, state, known)
        if isinstance(decision, Rejected):
            assert decision.reasons
            continue
        for event in decision.events:
            following = after(state, event)
            assert following.stage is state.stage or (state.stage, following.stage) in steps
            assert pln("0.00") <= following.credited <= following.quote.goods + following.delivery_price
            assert following.cancelled <= Quantities({"1": 2, "2": 1})
            assert len(set(following.holds)) == len(following.holds)
            state = following
            events_.append(event)
    assert orders.fold(events_) == state
    assert "Ala" not in repr(events_)


@st.composite
def baskets(draw: st.DrawFn) -> tuple[orders.Line, ...]:
    """Up to four lines of up to nine units, at prices that do not divide."""
    prices = draw(st.lists(st.integers(0, 9999), min_size=1, max_size=4))
    gross = draw(st.booleans())
    return tuple(
        orders.Line(
            line=str(index),
            sku=f"SKU-{index}",
            name="Thing",
            quantity=draw(st.integers(1, 9)),
            unit_price=Money(price, "PLN"),
            vat=VAT,
            price_includes_vat=gross,
        )
        for index, price in enumerate(prices)
    )


@settings(max_examples=200)
@given(baskets(), st.data())
def test_any_sequence_of_partial_cancellations_credits_exactly_the_total(
    lines: tuple[orders.Line, ...], data: st.DataObject
) -> None:
    """Not a coin is lost or made up, and only the last part ends the order."""
    order = placed(lines=lines)
    while order.remaining:
        part = Quantities(
            {name: data.draw(st.integers(0, count), label=f"of {name}") for name, count in order.remaining}
        )
        if not part:
            part = order.remaining
        command = orders.CancelLines(order="A", quantities=part)
        happened = events(decide(order, command, gone=order.cancelled))
        order = after(order, *happened)
        assert (order.stage is orders.OrderStage.CANCELLED) is not bool(order.remaining)
    assert order.credited == order.quote.total


@given(baskets(), st.data())
def test_cancelling_the_rest_is_the_same_as_cancelling_it_line_by_line(
    lines: tuple[orders.Line, ...], data: st.DataObject
) -> None:
    """One command or many: the same credit, and the same end."""
    order = placed(lines=lines)
    first = data.draw(st.sampled_from([Quantities({line.line: 1}) for line in lines]))
    order = after(order, *events(decide(order, orders.CancelLines(order="A", quantities=first))))
    if order.remaining:
        at_once = after(order, *events(decide(order, orders.CancelOrder(order="A"), gone=order.cancelled)))
        for name, count in order.remaining:
            command = orders.CancelLines(order="A", quantities=Quantities({name: count}))
            order = after(order, *events(decide(order, command, gone=order.cancelled)))
        assert order == at_once


def _changes() -> st.SearchStrategy[Change]:
    money = strategies.money("PLN", least=0)
    given_ = {orders.LinesCancelled: {"credit": money}, orders.DeliveryAmended: {"price": money}}
    return st.one_of([strategies.values(kind, **given_.get(kind, {})) for kind in get_args(Change)])


@settings(max_examples=200)
@given(st.lists(_changes(), max_size=8))
def test_folding_is_total(changes: list[Change]) -> None:
    """What happened, happened: any events in any order give an order, and the same one from any point on."""
    order = after(placed(), *changes)
    assert order.id == placed().id
    middle = len(changes) // 2
    assert after(after(placed(), *changes[:middle]), *changes[middle:]) == order
    assert orders.fold(changes) == orders.NoOrder()


def test_an_event_of_nothing_is_nothing() -> None:
    """Without its first event there is no order."""
    assert orders.fold([orders.OrderConfirmed(at=AT)]) == orders.NoOrder()
    assert orders.fold([]) == orders.NoOrder()
