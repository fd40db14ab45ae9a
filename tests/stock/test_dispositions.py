"""What becomes of units that came back: sold again, as second choice, repaired, to the supplier, or scrapped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.workflows.counter import Counter, order_of

from orderflow import CommandRejected, Quantities, returns
from orderflow.counters import Move, MoveKind
from orderflow.decisions import Accepted, Rejected
from orderflow.errors import InvalidInputError
from orderflow.ports.store import Store
from orderflow.stock import (
    Disposition,
    Facts,
    Location,
    LocationKind,
    RestockUnits,
    StockCommitted,
    StockConsumed,
    StockHeld,
    UnitsRestocked,
    UnitsWrittenOff,
    WouldBeSold,
    WriteOffUnits,
    decide,
    evolve,
    fold,
    moves,
    returnable,
)
from orderflow.verify import verify

from .test_limits import store

__all__ = ("store",)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
UNITS = Quantities({"MUG": 6, "TEA": 2})
SENT = fold(
    (
        StockHeld(quantities=UNITS, at=NOW),
        StockCommitted(quantities=UNITS, at=NOW),
        StockConsumed(quantities=UNITS, parcel=1, at=NOW),
    )
)
HERE = Facts(at=NOW, locations=("main", "aside"), b_grades={"MUG": "MUG-B"})
PLACES = (Location("main"), Location("aside", LocationKind.ASIDE))
ONE = Quantities({"MUG": 1})


def test_second_choice_is_counted_and_sold_as_another_sku() -> None:
    """The mug is added to the mugs of second choice, and the event says so."""
    command = RestockUnits(order="o", quantities=ONE, return_=1, disposition=Disposition.B_GRADE)
    event = UnitsRestocked(
        quantities=ONE, return_=1, disposition=Disposition.B_GRADE, sold_as=(("MUG", "MUG-B"),), at=NOW
    )
    assert decide(command, SENT, HERE) == Accepted((event,))
    assert moves(event, "o", SENT) == (Move("stk_MUG-B", MoveKind.ADD, 1, "o"),)
    assert evolve(SENT, event).dispositions == ((Disposition.B_GRADE, ONE),)


@pytest.mark.parametrize("disposition", [Disposition.B_GRADE, Disposition.REPAIR, Disposition.SUPPLIER])
def test_what_is_not_as_good_as_new_does_not_lie_where_orders_come_from(disposition: Disposition) -> None:
    """Tea has no second choice here: it is refused on the shop's shelf, and taken where nothing is sold from."""
    tea = Quantities({"TEA": 1})
    command = RestockUnits(order="o", quantities=tea, return_=1, disposition=disposition)
    assert decide(command, SENT, HERE) == Rejected((WouldBeSold(disposition, "main"),))
    aside = attrs.evolve(command, location="aside")
    event = UnitsRestocked(quantities=tea, return_=1, location="aside", disposition=disposition, at=NOW)
    assert decide(aside, SENT, HERE) == Accepted((event,))
    assert moves(event, "o", SENT) == (Move("stk@aside:TEA", MoveKind.ADD, 1, "o"),)


def test_units_that_are_on_no_shelf_have_a_disposition_too() -> None:
    """Sent to the supplier at once: nothing is counted, and the event says where they went."""
    command = WriteOffUnits(order="o", quantities=ONE, return_=1, disposition=Disposition.SUPPLIER)
    event = UnitsWrittenOff(quantities=ONE, return_=1, disposition=Disposition.SUPPLIER, at=NOW)
    assert decide(command, SENT, HERE) == Accepted((event,))
    assert moves(event, "o", SENT) == ()


def test_a_disposition_that_contradicts_its_command_is_refused() -> None:
    """Nothing is kept as scrap, and nothing is written off to be resold."""
    for wrong in (Disposition.SCRAP, "repair", None):
        with pytest.raises(InvalidInputError, match="disposition"):
            RestockUnits(order="o", quantities=ONE, disposition=wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="disposition"):
        WriteOffUnits(order="o", quantities=ONE, disposition=Disposition.RESELL)
    with pytest.raises(InvalidInputError, match="restock_as"):
        returns.InspectReturn(order="o", return_=1, restock=ONE, restock_as=Disposition.SCRAP)


STEPS = st.lists(st.tuples(st.sampled_from(Disposition), st.booleans(), st.integers(1, 3)), max_size=8)


@given(STEPS)
def test_every_unit_that_left_is_out_or_has_one_disposition(steps: list[tuple[Disposition, bool, int]]) -> None:
    """What was sent is what is still out and what came back, by disposition; the shelves have what was restocked."""
    state, shelf = SENT, 0
    for disposition, kept, count in steps:
        units = Quantities({"MUG": count})
        kind: Any = RestockUnits if kept else WriteOffUnits
        if disposition is (Disposition.SCRAP if kept else Disposition.RESELL):
            continue
        where = {"location": "aside"} if kept else {"return_": len(state.settled) + 1}
        decision = decide(kind(order="o", quantities=units, disposition=disposition, **where), state, HERE)
        for event in decision.events if isinstance(decision, Accepted) else ():
            shelf += sum(move.quantity for move in moves(event, "o", state))
            state = evolve(state, event)
    back = Quantities(pair for _, units in state.dispositions for pair in units)
    assert back == state.given_back == state.consumed - returnable(state)
    assert shelf == state.restocked.total


def sent_back(there: Counter) -> str:
    """An order of two mugs and a teapot that was delivered, withdrawn from, and has arrived."""
    order = there.place(payment_method="cash_on_delivery")
    there.ship(order)
    there.deliver(order)
    all_of_it = Quantities({"1": 2, "2": 1})
    there.shop.do(returns.DeclareWithdrawal(order=order, quantities=all_of_it))
    there.shop.do(returns.ReceiveReturn(order=order, return_=1, quantities=all_of_it))
    return order


def inspected(order: str, **more: Any) -> returns.InspectReturn:
    """What has become of the return."""
    return returns.InspectReturn(order=order, return_=1, **more)


def test_a_return_is_disposed_of_piece_by_piece(store: Store) -> None:
    """A mug as second choice, which the next customer buys; one to repair; the teapot is scrapped; all is refunded."""
    there = Counter(store=store, locations=PLACES, b_grades={"MUG": "MUG-B"})
    order = sent_back(there)
    there.shop.do(inspected(order, restock=Quantities({"1": 1}), restock_as=Disposition.B_GRADE))
    repair = inspected(order, restock=Quantities({"1": 2}), restock_as=Disposition.REPAIR)
    with pytest.raises(CommandRejected) as refused:
        there.shop.do(repair)
    assert refused.value.reasons == (WouldBeSold(Disposition.REPAIR, "main"),)
    there.shop.do(attrs.evolve(repair, location="aside"))
    view = there.shop.do(inspected(order, restock=Quantities({"1": 2}), write_off=Quantities({"2": 1})))
    assert view.file.stock.dispositions == (
        (Disposition.B_GRADE, ONE),
        (Disposition.REPAIR, ONE),
        (Disposition.SCRAP, Quantities({"TEAPOT": 1})),
    )
    assert (there.mugs(), there.shop.level("MUG-B").value, there.shop.level("MUG", "aside").value) == ((8, 0), 1, 1)
    assert view.file.returns.returns[0].granted == Quantities({"1": 2, "2": 1})
    second = attrs.evolve(order_of().lines[0], sku="MUG-B", quantity=1)
    there.ship(there.place(lines=(second,), payment_method="cash_on_delivery"))
    assert there.shop.level("MUG-B").value == 0
    assert verify(store) == ()
