"""Stock items: arrivals and corrections, each booked once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow.counters import Move, MoveKind, Shortage
from orderflow.decisions import Accepted, Rejected
from orderflow.errors import InvalidInputError
from orderflow.stock import (
    AdjustStock,
    ItemCommand,
    ItemFacts,
    OutOfStock,
    ReceiveStock,
    ReferenceReused,
    StockAdjusted,
    StockItem,
    StockReceived,
    fold_item,
    item_decider,
    item_id,
    item_moves,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FACTS = ItemFacts(at=NOW)
RECEIVED = StockReceived(sku="MUG", quantity=5, reference="DN-1", at=NOW)


def test_an_arrival_is_booked_once_per_reference() -> None:
    """The same delivery note again is already so; with another quantity it is refused."""
    command = ReceiveStock(sku="MUG", quantity=5, reference="DN-1")
    assert item_decider.decide(command, StockItem(), FACTS) == Accepted((RECEIVED,))
    assert item_decider.decide(command, fold_item([RECEIVED]), FACTS) == Accepted()
    other = ReceiveStock(sku="MUG", quantity=6, reference="DN-1")
    assert item_decider.decide(other, fold_item([RECEIVED]), FACTS) == Rejected((ReferenceReused("DN-1", 5),))
    assert item_moves(RECEIVED, "DN-1") == (Move("stk_MUG", MoveKind.ADD, 5, "DN-1"),)


@pytest.mark.parametrize(("delta", "kind"), [(2, MoveKind.ADD), (1, MoveKind.ADD), (-1, MoveKind.REMOVE)])
def test_a_correction_adds_or_removes(delta: int, kind: MoveKind) -> None:
    """A count may go either way; the move is always a positive number of units."""
    command = AdjustStock(sku="MUG", delta=delta, reason="stocktaking", reference="COUNT-1")
    event = StockAdjusted(sku="MUG", delta=delta, reason="stocktaking", reference="COUNT-1", at=NOW)
    assert item_decider.decide(command, StockItem(), FACTS) == Accepted((event,))
    assert item_decider.decide(command, fold_item([event]), FACTS) == Accepted()
    assert item_moves(event, "COUNT-1") == (Move("stk_MUG", kind, abs(delta), "COUNT-1"),)


def test_a_correction_without_a_reference_counts_every_time() -> None:
    """Two broken mugs on two days are two corrections."""
    command = AdjustStock(sku="MUG", delta=-1, reason="broken")
    event = StockAdjusted(sku="MUG", delta=-1, reason="broken", at=NOW)
    assert item_decider.decide(command, fold_item([event]), FACTS) == Accepted((event,))
    assert fold_item([event, event]) == StockItem(booked=-2)


def test_what_is_held_cannot_be_corrected_away() -> None:
    """Only what nobody holds may be removed; a shortage of anything else does not matter."""
    command = AdjustStock(sku="MUG", delta=-3, reason="broken")
    mine = Shortage(item_id("MUG"), MoveKind.REMOVE, 3, -1)
    others = (Shortage(item_id("TEA"), MoveKind.REMOVE, 3, 1), Shortage(item_id("MUG"), MoveKind.HOLD, 3, 1))
    assert item_decider.decide(command, StockItem(), ItemFacts(at=NOW, shortages=(mine,))) == Rejected(
        (OutOfStock("MUG", 3, 0),)
    )
    accepted = item_decider.decide(command, StockItem(), ItemFacts(at=NOW, shortages=others))
    assert isinstance(accepted, Accepted)
    assert accepted.events


@pytest.mark.parametrize("delta", [0, True, 1.0, "1", 10**9])
def test_a_malformed_correction_is_refused(delta: object) -> None:
    """Zero, booleans, floats, text and absurd numbers are not a correction."""
    with pytest.raises(InvalidInputError, match="delta"):
        AdjustStock(sku="MUG", delta=delta, reason="broken")  # type: ignore[arg-type]


COMMANDS = st.one_of(
    st.builds(ReceiveStock, sku=st.just("MUG"), quantity=st.integers(1, 9), reference=st.sampled_from(["A", "B", "C"])),
    st.builds(
        AdjustStock,
        sku=st.just("MUG"),
        delta=st.integers(-9, 9).filter(bool),
        reason=st.just("stocktaking"),
        reference=st.sampled_from(["A", "B", "C"]),
    ),
)


@given(st.lists(COMMANDS, max_size=20))
def test_each_reference_counts_once_whatever_comes(commands: list[ItemCommand]) -> None:
    """What is booked is the sum of the first change under each reference."""
    item, first = StockItem(), dict[str, int]()
    for command in commands:
        change = command.quantity if isinstance(command, ReceiveStock) else command.delta
        first.setdefault(str(command.reference), change)
        answer = item_decider.decide(command, item, FACTS)
        if isinstance(answer, Accepted):
            item = item_decider.fold(answer.events, item)
            assert item_decider.decide(command, item, FACTS) == Accepted()
    assert item.booked == sum(first.values())
