"""Picking, packing, booking and handing over, rule by rule: given events, when a command, then exactly this."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from orderflow.decisions import Accepted, Rejected
from orderflow.errors import InvalidInputError
from orderflow.money import Money
from orderflow.quantities import Quantities
from orderflow.shipping import (
    WIRE_NAMES,
    AlreadyBooked,
    AlreadyLeft,
    AlreadyRecorded,
    Blocked,
    BookingFailed,
    CancelParcel,
    Command,
    DeliveryRecorded,
    Event,
    ExceedsToShip,
    Facts,
    HandOver,
    Insert,
    InsertRule,
    LinesPicked,
    NothingToPack,
    NotPicked,
    PackParcel,
    ParcelBooked,
    ParcelCancelled,
    ParcelHandedOver,
    ParcelIsCancelled,
    ParcelPacked,
    ParcelStage,
    PickLines,
    RecordBooking,
    RecordBookingFailure,
    RecordDelivery,
    RecordTracking,
    Rejection,
    ReportShortPick,
    ShortPickReported,
    TrackingFact,
    TrackingStatus,
    UnknownParcel,
    decider,
    delivered,
    fold,
    handed_over,
    last_delivery,
    outstanding,
    packed,
    to_pick,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TO_SHIP = Quantities({"1": 3, "2": 1})
FACTS = Facts(at=NOW, to_ship=TO_SHIP, weights=(("1", 400), ("2", 150)), courier="inpost", target="point")
REF = "222-5PR-MAP3"

PICKED = LinesPicked(quantities=TO_SHIP, at=NOW)
PACKED = ParcelPacked(parcel=1, courier="inpost", quantities=TO_SHIP, weight_grams=1350, target="point", at=NOW)
BOOKED = ParcelBooked(parcel=1, booking="B1", at=NOW)
HANDED_OVER = ParcelHandedOver(parcel=1, occurred_at=NOW, at=NOW)
CANCELLED = ParcelCancelled(parcel=1, at=NOW)


def some(line: str, count: int) -> Quantities:
    return Quantities({line: count})


def decide(given: Sequence[Event], when: Command, facts: Facts = FACTS) -> Accepted[Event] | Rejected[Rejection]:
    return decider.decide(when, fold(given), facts)


def test_picking_without_quantities_takes_everything_still_on_the_shelf() -> None:
    """One line picked before: the rest follows, and then there is nothing to do."""
    before = LinesPicked(quantities=some("1", 3), at=NOW)
    rest = LinesPicked(quantities=some("2", 1), at=NOW)
    assert decide([before], PickLines(order=REF)) == Accepted((rest,))
    assert decide([before, rest], PickLines(order=REF)) == Accepted()


def test_picking_more_than_is_to_ship_names_every_line() -> None:
    """Every line in excess is a reason of its own, next to what blocks the order."""
    blocked = attrs.evolve(FACTS, blocked=("on_hold", "unpaid"))
    assert decide([], PickLines(order=REF, quantities=Quantities({"1": 4, "9": 1})), blocked) == Rejected(
        (
            Blocked(reasons=("on_hold", "unpaid")),
            ExceedsToShip(line="1", wanted=4, available=3),
            ExceedsToShip(line="9", wanted=1, available=0),
        )
    )


def test_a_short_pick_is_kept_and_stays_to_pick() -> None:
    """Reporting what is missing changes no demand; only what is still on the list can be missing."""
    short = ShortPickReported(quantities=some("1", 2), at=NOW)
    assert decide([], ReportShortPick(order=REF, quantities=some("1", 2))) == Accepted((short,))
    assert fold([short]).short == some("1", 2)
    assert to_pick(fold([short]), TO_SHIP) == TO_SHIP
    assert decide([PICKED], ReportShortPick(order=REF, quantities=some("1", 1))) == Rejected(
        (ExceedsToShip(line="1", wanted=1, available=0),)
    )


def test_packing_without_quantities_takes_everything_picked() -> None:
    """The parcel weighs what its units weigh and goes with the order's courier; packing again does nothing."""
    assert decide([PICKED], PackParcel(order=REF)) == Accepted((PACKED,))
    assert decide([PICKED, PACKED], PackParcel(order=REF)) == Accepted()


def test_a_parcel_may_go_with_another_courier_and_be_weighed() -> None:
    """What the packer says wins over what the order says; cash to collect is pinned to the parcel."""
    facts = attrs.evolve(FACTS, cash_due=Money(5000, "PLN"))
    command = PackParcel(order=REF, quantities=some("1", 1), courier="dpd", weight_grams=0)
    assert decide([PICKED], command, facts) == Accepted(
        (
            ParcelPacked(
                parcel=1,
                courier="dpd",
                quantities=some("1", 1),
                weight_grams=0,
                target="point",
                cash_due=Money(5000, "PLN"),
                at=NOW,
            ),
        )
    )


def test_what_was_not_picked_cannot_be_packed() -> None:
    """Each line says how many lie picked; an order nobody picked has nothing to pack."""
    assert decide([LinesPicked(quantities=some("1", 1), at=NOW)], PackParcel(order=REF, quantities=some("1", 2))) == (
        Rejected((NotPicked(line="1", wanted=2, available=1),))
    )
    assert decide([], PackParcel(order=REF)) == Rejected((NothingToPack(),))


def test_units_cancelled_after_picking_are_left_out_of_the_parcel() -> None:
    """Everything means everything the order still needs; asked for by name they are refused."""
    fewer = attrs.evolve(FACTS, to_ship=some("1", 1))
    result = decide([PICKED], PackParcel(order=REF), fewer)
    assert isinstance(result, Accepted)
    assert packed(decider.fold(result.events)) == some("1", 1)
    assert decide([PICKED], PackParcel(order=REF, quantities=some("1", 2)), fewer) == Rejected(
        (ExceedsToShip(line="1", wanted=2, available=1),)
    )


def test_a_blocked_order_is_neither_packed_nor_handed_over() -> None:
    """What blocks picking blocks every later step out of the house."""
    facts = attrs.evolve(FACTS, blocked=("unpaid",))
    refused = Rejected((Blocked(reasons=("unpaid",)),))
    assert decide([PICKED], PackParcel(order=REF), facts) == refused
    assert decide([PICKED, PACKED], HandOver(order=REF, parcel=1), facts) == refused


def test_a_cancelled_parcel_gives_its_units_back_to_the_packing_table() -> None:
    """They are picked still, and can be packed into the next parcel; cancelling again does nothing."""
    given: list[Event] = [PICKED, PACKED, BOOKED]
    assert decide(given, CancelParcel(order=REF, parcel=1)) == Accepted((CANCELLED,))
    given.append(CANCELLED)
    assert fold(given).parcels[0].stage is ParcelStage.CANCELLED
    assert not packed(fold(given))
    assert decide(given, CancelParcel(order=REF, parcel=1)) == Accepted()
    assert decide(given, PackParcel(order=REF)) == Accepted((attrs.evolve(PACKED, parcel=2),))


def test_a_parcel_that_left_cannot_be_cancelled() -> None:
    """Only its courier can stop it now."""
    assert decide([PICKED, PACKED, HANDED_OVER], CancelParcel(order=REF, parcel=1)) == Rejected(
        (AlreadyLeft(parcel=1, stage=ParcelStage.HANDED_OVER),)
    )


def test_a_booking_may_be_told_in_instalments() -> None:
    """The tracking number comes later than the booking, the label later still; known news is no news."""
    later = RecordBooking(order=REF, parcel=1, booking="B1", tracking="T1")
    told = ParcelBooked(parcel=1, booking="B1", tracking="T1", at=NOW)
    label = ParcelBooked(parcel=1, booking="B1", label="L1", at=NOW)
    given: list[Event] = [PICKED, PACKED]
    assert decide(given, RecordBooking(order=REF, parcel=1, booking="B1")) == Accepted((BOOKED,))
    assert decide([*given, BOOKED], later) == Accepted((told,))
    assert decide([*given, BOOKED, told], later) == Accepted()
    assert decide([*given, BOOKED, told], RecordBooking(order=REF, parcel=1, booking="B1", label="L1")) == Accepted(
        (label,)
    )
    parcel = fold([*given, BOOKED, label, told, HANDED_OVER]).parcels[0]
    assert (parcel.stage, parcel.tracking, parcel.label) == (ParcelStage.HANDED_OVER, "T1", "L1")
    parcel = fold([*given, BOOKED, told, label]).parcels[0]
    assert (parcel.stage, parcel.booking, parcel.tracking, parcel.label) == (ParcelStage.BOOKED, "B1", "T1", "L1")


def test_a_second_booking_of_one_parcel_is_refused() -> None:
    """Two bookings would be two couriers at the door; a failure of a booking that stands is refused alike."""
    given: list[Event] = [PICKED, PACKED, BOOKED]
    refused = Rejected((AlreadyBooked(parcel=1, booking="B1"),))
    assert decide(given, RecordBooking(order=REF, parcel=1, booking="B2")) == refused
    assert decide(given, RecordBookingFailure(order=REF, parcel=1, code="no_funds")) == refused


@pytest.mark.parametrize(
    ("before", "stage"), [(CANCELLED, ParcelStage.CANCELLED), (HANDED_OVER, ParcelStage.HANDED_OVER)]
)
def test_a_booking_that_answers_late_is_recorded_and_moves_nothing(before: Event, stage: ParcelStage) -> None:
    """It exists at the courier and costs money, so somebody must be able to cancel it there."""
    given: list[Event] = [PICKED, PACKED, before]
    assert decide(given, RecordBooking(order=REF, parcel=1, booking="B1")) == Accepted((BOOKED,))
    parcel = fold([*given, BOOKED]).parcels[0]
    assert (parcel.stage, parcel.booking) == (stage, "B1")


def test_a_failed_booking_leaves_the_parcel_packed() -> None:
    """The reason is kept until a booking succeeds; the same failure again is the same failure."""
    failed = BookingFailed(parcel=1, code="no_funds", at=NOW)
    command = RecordBookingFailure(order=REF, parcel=1, code="no_funds")
    given: list[Event] = [PICKED, PACKED]
    assert decide(given, command) == Accepted((failed,))
    assert decide([*given, failed], command) == Accepted()
    parcel = fold([*given, failed]).parcels[0]
    assert (parcel.stage, parcel.booking_failure) == (ParcelStage.PACKED, "no_funds")
    assert fold([*given, failed, BOOKED]).parcels[0].booking_failure is None


def test_handing_over_happens_once() -> None:
    """With or without a booking; the same again does nothing, another tracking number comes too late."""
    given: list[Event] = [PICKED, PACKED]
    left = ParcelHandedOver(parcel=1, tracking="T1", occurred_at=NOW, at=NOW)
    assert decide(given, HandOver(order=REF, parcel=1, tracking="T1")) == Accepted((left,))
    assert decide([*given, BOOKED], HandOver(order=REF, parcel=1)) == Accepted((HANDED_OVER,))
    assert decide([*given, left], HandOver(order=REF, parcel=1, tracking="T1")) == Accepted()
    assert decide([*given, left], HandOver(order=REF, parcel=1)) == Accepted()
    assert decide([*given, left], HandOver(order=REF, parcel=1, tracking="T2")) == Rejected(
        (AlreadyLeft(parcel=1, stage=ParcelStage.HANDED_OVER),)
    )


def test_a_cancelled_parcel_is_not_handed_over() -> None:
    """Its units may lie in another parcel already."""
    assert decide([PICKED, PACKED, CANCELLED], HandOver(order=REF, parcel=1)) == Rejected(
        (ParcelIsCancelled(parcel=1),)
    )


def test_units_cancelled_after_packing_do_not_leave_the_house() -> None:
    """The parcel must be cancelled and packed again without them."""
    fewer = attrs.evolve(FACTS, to_ship=some("1", 3))
    assert decide([PICKED, PACKED], HandOver(order=REF, parcel=1), fewer) == Rejected(
        (ExceedsToShip(line="2", wanted=1, available=0),)
    )


def test_units_that_left_before_count_against_what_may_still_leave() -> None:
    """Two parcels of one unit each, and the order shrank to one unit: only one of them leaves."""
    one, two = (attrs.evolve(PACKED, parcel=number, quantities=some("1", 1)) for number in (1, 2))
    fewer = attrs.evolve(FACTS, to_ship=some("1", 1))
    assert decide([PICKED, one, two], HandOver(order=REF, parcel=2), fewer) == Accepted(
        (attrs.evolve(HANDED_OVER, parcel=2),)
    )
    assert decide([PICKED, one, two, HANDED_OVER], HandOver(order=REF, parcel=2), fewer) == Rejected(
        (ExceedsToShip(line="1", wanted=1, available=0),)
    )


def test_the_last_delivery_is_the_latest_by_the_couriers_clocks() -> None:
    """Whichever of them was recorded last."""
    first = DeliveryRecorded(parcel=1, external="A", quantities=some("1", 1), courier="dpd", occurred_at=NOW, at=NOW)
    second = attrs.evolve(first, parcel=2, external="B", occurred_at=NOW - timedelta(days=1))
    assert last_delivery(fold([first, second])) == NOW


@pytest.mark.parametrize(
    "command",
    [
        CancelParcel(order=REF, parcel=2),
        RecordBooking(order=REF, parcel=2, booking="B"),
        RecordBookingFailure(order=REF, parcel=2, code="x"),
        HandOver(order=REF, parcel=2),
        RecordTracking(order=REF, parcel=2, fact=TrackingFact(status=TrackingStatus.DELIVERED, occurred_at=NOW)),
    ],
)
def test_a_parcel_that_does_not_exist_is_named(command: Command) -> None:
    """Whatever was to be done with it."""
    assert decide([PICKED, PACKED], command) == Rejected((UnknownParcel(parcel=2),))


def test_inserts_go_with_the_first_parcel() -> None:
    """Those meant for every parcel go with every parcel; a cancelled parcel gives its inserts to the next."""
    every = Insert(code="CARE", when=InsertRule(once_per_order=False))
    facts = attrs.evolve(FACTS, inserts=(Insert(code="GIFT"), every))
    first = attrs.evolve(PACKED, quantities=some("1", 1), inserts=("GIFT", "CARE"))

    def inserts(given: Sequence[Event]) -> tuple[str, ...]:
        result = decide(given, PackParcel(order=REF, quantities=some("1", 1)), facts)
        assert isinstance(result, Accepted)
        (event,) = result.events
        assert isinstance(event, ParcelPacked)
        return event.inserts

    assert inserts([PICKED]) == ("GIFT", "CARE")
    assert inserts([PICKED, first]) == ("CARE",)
    assert inserts([PICKED, first, CANCELLED]) == ("GIFT", "CARE")


def test_a_delivery_made_elsewhere_is_taken_over_once() -> None:
    """Its units count as picked, packed, handed over and delivered; the same number cannot mean other units."""
    day = NOW - timedelta(days=9)
    command = RecordDelivery(order=REF, external="WOO-7", quantities=some("1", 2), occurred_at=day, courier="dpd")
    event = DeliveryRecorded(
        parcel=1, external="WOO-7", quantities=some("1", 2), courier="dpd", occurred_at=day, at=NOW
    )
    assert decide([], command) == Accepted((event,))
    assert decide([event], command) == Accepted()
    assert decide([event], attrs.evolve(command, quantities=some("1", 1))) == Rejected(
        (AlreadyRecorded(external="WOO-7", parcel=1),)
    )
    assert decide([event], attrs.evolve(command, external="WOO-8")) == Rejected(
        (ExceedsToShip(line="1", wanted=2, available=1),)
    )
    assert decide([PICKED], command) == Rejected((ExceedsToShip(line="1", wanted=2, available=0),))
    state = fold([event])
    assert delivered(state) == handed_over(state) == packed(state) == state.picked == some("1", 2)
    assert outstanding(state, TO_SHIP) == to_pick(state, TO_SHIP) == Quantities({"1": 1, "2": 1})
    assert last_delivery(state) == day


def test_an_order_without_deliveries_has_no_last_one() -> None:
    """None says it; there is no moment that could stand for never."""
    assert last_delivery(fold([PICKED, PACKED, HANDED_OVER])) is None


@pytest.mark.parametrize(
    ("kind", "fields", "path"),
    [
        (PickLines, {"quantities": Quantities()}, "quantities"),
        (PickLines, {"quantities": {"1": 1}}, "quantities"),
        (PickLines, {"quantities": Quantities({"1": 10**7})}, "quantities.1"),
        (PackParcel, {"weight_grams": -1}, "weight_grams"),
        (PackParcel, {"weight_grams": 1.5}, "weight_grams"),
        (PackParcel, {"courier": "in\u200bpost"}, "courier"),
        (HandOver, {"parcel": 0}, "parcel"),
        (HandOver, {"parcel": True}, "parcel"),
        (HandOver, {"parcel": 1, "order": ""}, "order"),
        (RecordBooking, {"parcel": 1, "booking": "B\n1"}, "booking"),
        (RecordTracking, {"parcel": 1, "fact": "delivered"}, "fact"),
        (InsertRule, {"channels": "web"}, "channels"),
        (InsertRule, {"tags": ("vip", "")}, "tags[1]"),
        (InsertRule, {"minimum_total": Money(-1, "PLN")}, "minimum_total"),
        (TrackingFact, {"status": "delivered", "occurred_at": NOW}, "status"),
        (TrackingFact, {"status": TrackingStatus.LOST, "occurred_at": datetime(2026, 11, 22)}, "occurred_at"),  # noqa: DTZ001
        (TrackingFact, {"status": TrackingStatus.LOST, "occurred_at": NOW, "proof": "Jan Żak"}, "proof"),
    ],
)
def test_malformed_input_is_refused_by_name(kind: type[Any], fields: dict[str, Any], path: str) -> None:
    """The error leads to the field."""
    commands = (PickLines, PackParcel, HandOver, RecordBooking, RecordTracking)
    with pytest.raises(InvalidInputError) as caught:
        kind(**({"order": REF} | fields if kind in commands else fields))
    assert caught.value.path == path


def test_moments_are_kept_in_utc() -> None:
    """The same instant from another zone is the same fact."""
    warsaw = NOW.astimezone(timezone(timedelta(hours=1)))
    fact = TrackingFact(status=TrackingStatus.LOST, occurred_at=warsaw)
    assert fact == TrackingFact(status=TrackingStatus.LOST, occurred_at=NOW)
    assert fact.occurred_at.tzinfo is UTC


def test_every_event_has_a_wire_name_of_its_own() -> None:
    """Under the two prefixes by which a mixed stream is sorted."""
    assert set(WIRE_NAMES) == set(Event.__args__)
    assert len(set(WIRE_NAMES.values())) == len(WIRE_NAMES)
    assert {name.split(".")[0] for name in WIRE_NAMES.values()} == {"pick", "parcel"}
