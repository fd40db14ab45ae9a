"""An order's points: given what happened, settling answers with exactly what is missing or too much."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow import InvalidInputError, Money, loyalty
from orderflow.counters import MoveKind
from orderflow.decisions import Accepted
from orderflow.loyalty import (
    Facts,
    Loyalty,
    PointsEarned,
    PointsPromised,
    PointsRestored,
    PointsTakenBack,
    Programme,
    PromisePoints,
    SettlePoints,
    member_of,
)

AT = datetime(2026, 11, 2, tzinfo=UTC)
CLUB = Programme(id="club", per=Money.parse("10.00", "PLN"), points=3)
PROMISED = PointsPromised(programme=CLUB, member=member_of("club", "c-1"), at=AT)


def facts(paid: int, **changes: object) -> Facts:
    """So many grosze are paid."""
    return Facts(**{"at": AT, "paid": Money(paid, "PLN"), "programme": CLUB, "customer": "c-1", **changes})  # type: ignore[arg-type]


def settled(paid: int, state: Loyalty) -> Accepted[loyalty.Event]:
    """What settling answers."""
    return loyalty.decide(SettlePoints(order="o"), state, facts(paid))


def test_a_customers_order_is_promised_points_once() -> None:
    """The programme is pinned as it is now; a guest's order, another currency's and a shop without one get nothing."""
    promise = PromisePoints(order="o")
    assert loyalty.decide(promise, Loyalty(), facts(0)) == Accepted((PROMISED,))
    assert loyalty.decide(promise, loyalty.fold([PROMISED]), facts(0)) == Accepted()
    assert loyalty.decide(promise, Loyalty(), facts(0, customer=None)) == Accepted()
    assert loyalty.decide(promise, Loyalty(), facts(0, programme=None)) == Accepted()
    assert (
        loyalty.decide(promise, Loyalty(), facts(0, programme=attrs.evolve(CLUB, per=Money(1000, "EUR")))) == Accepted()
    )


def test_every_full_step_earns() -> None:
    """29.99 are two steps of 10.00; the rest earns nothing."""
    assert settled(2999, loyalty.fold([PROMISED])) == Accepted((PointsEarned(points=6, at=AT),))


def test_what_is_not_kept_is_taken_back_and_what_stays_after_all_is_restored_first() -> None:
    """The same points never count twice."""
    given = [PROMISED, PointsEarned(points=6, at=AT)]
    assert settled(1999, loyalty.fold(given)) == Accepted((PointsTakenBack(points=3, at=AT),))
    given.append(PointsTakenBack(points=3, at=AT))
    assert settled(1999, loyalty.fold(given)) == Accepted()
    assert settled(4000, loyalty.fold(given)) == Accepted(
        (PointsRestored(points=3, at=AT), PointsEarned(points=6, at=AT))
    )


def test_an_order_without_a_promise_earns_nothing() -> None:
    """Whoever joins later starts with the next order."""
    assert settled(100_000, Loyalty()) == Accepted()


@given(st.lists(st.integers(0, 100_000)))
def test_the_points_are_those_of_what_is_paid_whatever_was_before(amounts: list[int]) -> None:
    """Path independence; and the counter comes to the same number."""
    state, balance = loyalty.fold([PROMISED]), 0
    for paid in amounts:
        for event in settled(paid, state).events:
            for move in loyalty.moves(event, "o", state):
                balance += move.quantity * (-1 if move.kind is MoveKind.HOLD else 1)
            state = loyalty.evolve(state, event)
        assert state.points == balance == paid // 1000 * 3
        assert settled(paid, state) == Accepted()
        assert 0 <= state.taken_back <= state.earned


@pytest.mark.parametrize(
    "wrong",
    [{"per": Money(0, "PLN")}, {"per": Money(-1, "PLN")}, {"per": 10}, {"points": 0}, {"points": True}, {"id": ""}],
)
def test_a_programme_is_checked(wrong: dict[str, object]) -> None:
    """A step of nothing would give points without end."""
    (path,) = wrong
    with pytest.raises(InvalidInputError) as refused:
        Programme(**{"id": "club", "per": Money(1000, "PLN"), **wrong})  # type: ignore[arg-type]
    assert refused.value.path == path
