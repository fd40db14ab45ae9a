"""What couriers say: skipped scans, old news, contradictions, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from orderflow.decisions import Accepted
from orderflow.quantities import Quantities
from orderflow.shipping import (
    DeliveryAttemptFailed,
    Event,
    Facts,
    LinesPicked,
    ParcelAwaitingCollection,
    ParcelCancelled,
    ParcelDelivered,
    ParcelHandedOver,
    ParcelInTransit,
    ParcelLost,
    ParcelNotCollected,
    ParcelOutForDelivery,
    ParcelPacked,
    ParcelRefused,
    ParcelReturned,
    ParcelReturning,
    ParcelStage,
    RecordTracking,
    Shipping,
    TrackingFact,
    TrackingNoted,
    TrackingStatus,
    decider,
    delivered,
    fold,
    handed_over,
    in_stage,
    last_delivery,
    on_the_way,
    packed,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ONE = Quantities({"1": 1})
FACTS = Facts(at=NOW, to_ship=ONE)
S = TrackingStatus

PACKED: list[Event] = [
    LinesPicked(quantities=ONE, at=NOW),
    ParcelPacked(parcel=1, courier="inpost", quantities=ONE, weight_grams=1, at=NOW),
]
LEFT: list[Event] = [*PACKED, ParcelHandedOver(parcel=1, occurred_at=NOW, at=NOW)]


def fact(status: TrackingStatus, hours: int = 1, **more: str) -> TrackingFact:
    return TrackingFact(status=status, occurred_at=NOW + timedelta(hours=hours), **more)


def told(given: Sequence[Event], news: TrackingFact) -> tuple[Event, ...]:
    result = decider.decide(RecordTracking(order="o", parcel=1, fact=news), fold(given), FACTS)
    assert isinstance(result, Accepted)
    return result.events


def after(*statuses: TrackingStatus) -> list[Event]:
    given = list(LEFT)
    for hours, status in enumerate(statuses):
        given += told(given, fact(status, hours))
    return given


def stage(state: Shipping) -> ParcelStage:
    return state.parcels[0].stage


@pytest.mark.parametrize(
    ("status", "event", "ends"),
    [
        (S.IN_TRANSIT, ParcelInTransit, ParcelStage.IN_TRANSIT),
        (S.OUT_FOR_DELIVERY, ParcelOutForDelivery, ParcelStage.OUT_FOR_DELIVERY),
        (S.ATTEMPT_FAILED, DeliveryAttemptFailed, ParcelStage.OUT_FOR_DELIVERY),
        (S.AWAITING_COLLECTION, ParcelAwaitingCollection, ParcelStage.AWAITING_COLLECTION),
        (S.DELIVERED, ParcelDelivered, ParcelStage.DELIVERED),
        (S.REFUSED, ParcelRefused, ParcelStage.REFUSED),
        (S.NOT_COLLECTED, ParcelNotCollected, ParcelStage.NOT_COLLECTED),
        (S.RETURNING, ParcelReturning, ParcelStage.RETURNING),
        (S.RETURNED, ParcelReturned, ParcelStage.RETURNED),
        (S.LOST, ParcelLost, ParcelStage.LOST),
    ],
)
def test_each_fact_moves_a_parcel_that_left(status: TrackingStatus, event: type, ends: ParcelStage) -> None:
    """Couriers skip scans: any fact may be the first one."""
    news = fact(status)
    assert told(LEFT, news) == (event(parcel=1, fact=news, at=NOW),)
    assert stage(fold([*LEFT, *told(LEFT, news)])) is ends


def test_a_parcel_whose_hand_over_nobody_recorded_has_left_all_the_same() -> None:
    """The hand-over is recorded first, at the moment of the first fact, so that it happens once for every parcel."""
    news = fact(S.IN_TRANSIT)
    left = ParcelHandedOver(parcel=1, occurred_at=news.occurred_at, at=NOW)
    assert told(PACKED, news) == (left, ParcelInTransit(parcel=1, fact=news, at=NOW))


def test_the_couriers_own_hand_over_scan_counts() -> None:
    """It is the hand-over; after one by hand it is old news."""
    news = fact(S.HANDED_OVER)
    left = ParcelHandedOver(parcel=1, fact=news, occurred_at=news.occurred_at, at=NOW)
    assert told(PACKED, news) == (left,)
    assert told([*PACKED, left], news) == ()
    assert told(LEFT, news) == (TrackingNoted(parcel=1, fact=news, at=NOW),)


@pytest.mark.parametrize("status", [S.REGISTERED, S.LABEL_READY, S.CANCELLED, S.EXCEPTION, S.UNKNOWN])
def test_paperwork_and_unknown_codes_are_kept_and_move_nothing(status: TrackingStatus) -> None:
    """The courier's own code stays readable; told twice it is kept once."""
    news = fact(status, code="adopted_at_moon_branch", reason="delayed")
    noted = TrackingNoted(parcel=1, fact=news, at=NOW)
    for given in (PACKED, LEFT):
        assert told(given, news) == (noted,)
        state = fold([*given, noted])
        assert stage(state) is stage(fold(given))
        assert state.parcels[0].facts == (news,)
        assert told([*given, noted], news) == ()


def test_old_news_is_noted() -> None:
    """A parcel that waits in its locker does not go back into the van."""
    given = after(S.AWAITING_COLLECTION)
    news = fact(S.IN_TRANSIT, -5)
    assert told(given, news) == (TrackingNoted(parcel=1, fact=news, at=NOW),)


def test_failed_attempts_are_counted_even_when_reported_late() -> None:
    """Twice at the door, once more told after the parcel went to a point."""
    given = after(S.ATTEMPT_FAILED, S.ATTEMPT_FAILED, S.DELIVERED, S.ATTEMPT_FAILED)
    parcel = fold(given).parcels[0]
    assert (parcel.attempts_failed, parcel.stage) == (3, ParcelStage.DELIVERED)


def test_a_failed_attempt_does_not_take_a_parcel_out_of_its_locker() -> None:
    """It waits there because of that attempt."""
    assert stage(fold(after(S.AWAITING_COLLECTION, S.ATTEMPT_FAILED))) is ParcelStage.AWAITING_COLLECTION


def test_proof_may_come_after_the_delivery() -> None:
    """The delivery stays when it was; the proof is kept with it."""
    given = [*LEFT, *told(LEFT, fact(S.DELIVERED, 3))]
    given += told(given, fact(S.DELIVERED, 9, proof="POD-1"))
    state = fold(given)
    assert state.parcels[0].proof == "POD-1"
    assert last_delivery(state) == NOW + timedelta(hours=3)
    assert isinstance(given[-1], TrackingNoted)


@pytest.mark.parametrize("first", [S.REFUSED, S.NOT_COLLECTED])
@pytest.mark.parametrize(
    ("then", "ends"),
    [((S.RETURNING, S.RETURNED), S.RETURNED), ((S.RETURNED,), S.RETURNED), ((S.LOST,), S.LOST)],
)
def test_a_parcel_nobody_took_comes_back_or_is_lost(
    first: TrackingStatus, then: tuple[TrackingStatus, ...], ends: TrackingStatus
) -> None:
    """Its units stay packed for good: shipping them again is somebody's decision."""
    state = fold(after(first, *then))
    assert stage(state).value == ends.value
    assert state.parcels[0].is_over
    assert packed(state) == handed_over(state) == in_stage(state, ParcelStage(ends.value)) == ONE
    assert not delivered(state)


@pytest.mark.parametrize("way_back", [S.REFUSED, S.NOT_COLLECTED, S.RETURNING])
def test_a_delivery_on_the_way_back_is_the_delivery_to_us(way_back: TrackingStatus) -> None:
    """Couriers report it with the same word, so it never makes the parcel the customer's, lost in between or not."""
    news = fact(S.DELIVERED, 99)
    for given in (after(way_back), after(way_back, S.LOST)):
        assert told(given, news) == (TrackingNoted(parcel=1, fact=news, at=NOW),)


@pytest.mark.parametrize("found", [S.DELIVERED, S.RETURNED])
def test_a_lost_parcel_may_turn_up(found: TrackingStatus) -> None:
    """Nothing was expected any more, yet the truth is recorded."""
    given = after(S.LOST)
    assert fold(given).parcels[0].is_over
    assert stage(fold([*given, *told(given, fact(found, 99))])).value == found.value


def test_a_cancelled_parcel_stays_cancelled_whatever_its_courier_says() -> None:
    """Its units may be in another parcel by now; the contradiction is kept for people to read."""
    given = [*PACKED, ParcelCancelled(parcel=1, at=NOW)]
    news = fact(S.IN_TRANSIT)
    assert told(given, news) == (TrackingNoted(parcel=1, fact=news, at=NOW),)


def test_units_are_on_the_way_until_an_end() -> None:
    """From the door to the customer's hands, or back to ours."""
    assert not on_the_way(fold(PACKED))
    assert on_the_way(fold(LEFT)) == on_the_way(fold(after(S.REFUSED, S.RETURNING))) == ONE
    assert not on_the_way(fold(after(S.DELIVERED)))
    assert delivered(fold(after(S.DELIVERED))) == ONE
