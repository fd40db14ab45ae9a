"""An order's stock, rule by rule: given events, when a command, then exactly these events or these reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orderflow.counters import Move, MoveKind, Shortage
from orderflow.decisions import Accepted, Rejected
from orderflow.errors import InvalidInputError
from orderflow.quantities import Quantities
from orderflow.stock import (
    WIRE_NAMES,
    Allocation,
    AlreadyRecorded,
    Command,
    CommitStock,
    ConsumeStock,
    Event,
    ExceedsConsumed,
    Facts,
    HoldLapsed,
    HoldLost,
    HoldStock,
    LapseHold,
    NotCommitted,
    OutOfStock,
    ReleaseStock,
    RestockUnits,
    StockCommitted,
    StockConsumed,
    StockHeld,
    StockReleased,
    UnitsRestocked,
    UnitsWrittenOff,
    UntilPassed,
    WriteOffUnits,
    decide,
    fold,
    from_return,
    item_id,
    missing,
    moves,
    returnable,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SOON = NOW + timedelta(minutes=30)
LATER = NOW + timedelta(hours=2)
NONE = Quantities()
BOTH = Quantities({"MUG": 3, "TEA": 1})


def when(
    given: Sequence[Event], command: Command, *shortages: Shortage, at: datetime = NOW
) -> Accepted[Event] | Rejected[object]:
    """What the rules answer to *command* after *given*."""
    return decide(command, fold(given), Facts(at=at, shortages=shortages))


def short(sku: str, kind: MoveKind, wanted: int, available: int) -> Shortage:
    """A move that did not fit."""
    return Shortage(item_id(sku), kind, wanted, available)


HELD = StockHeld(quantities=BOTH, until=SOON, at=NOW)
COMMITTED = StockCommitted(quantities=BOTH, at=NOW)
CONSUMED = StockConsumed(quantities=BOTH, parcel=1, at=NOW)


def test_a_first_hold_takes_the_whole_demand() -> None:
    """Nothing held yet: everything the order needs is held until the given end."""
    assert when([], HoldStock(order="o", demand=BOTH, until=SOON)) == Accepted((HELD,))


def test_holding_the_same_demand_again_is_already_so() -> None:
    """What is held, committed or gone out counts towards the demand."""
    command = HoldStock(order="o", demand=BOTH, until=SOON)
    given: list[Event] = [HELD, COMMITTED, CONSUMED]
    for count in (1, 2, 3):
        assert when(given[:count], command) == Accepted()


def test_nothing_needed_is_already_so() -> None:
    """An order of downloads holds nothing."""
    assert when([], HoldStock(order="o", demand=NONE, until=SOON)) == Accepted()


def test_a_grown_demand_holds_only_the_rest() -> None:
    """Two more mugs: two more are held, and the whole hold moves to the later end."""
    grown = BOTH + Quantities({"MUG": 2})
    expected = StockHeld(quantities=Quantities({"MUG": 2}), until=LATER, at=NOW)
    assert when([HELD], HoldStock(order="o", demand=grown, until=LATER)) == Accepted((expected,))


def test_a_later_end_prolongs_the_hold_and_an_earlier_one_changes_nothing() -> None:
    """A customer who pays again gets more time, never less."""
    longer = HoldStock(order="o", demand=BOTH, until=LATER)
    sooner = HoldStock(order="o", demand=BOTH, until=NOW + timedelta(minutes=1))
    endless = HoldStock(order="o", demand=BOTH)
    assert when([HELD], longer) == Accepted((StockHeld(quantities=NONE, until=LATER, at=NOW),))
    assert when([HELD], sooner) == Accepted()
    assert when([HELD], endless) == Accepted((StockHeld(quantities=NONE, until=None, at=NOW),))
    assert when([StockHeld(quantities=BOTH, until=None, at=NOW)], longer) == Accepted()


def test_what_is_added_after_a_commit_is_held_without_end() -> None:
    """One counter has one hold per order, so a later hold must not give committed units an end."""
    grown = BOTH + Quantities({"MUG": 1})
    expected = StockHeld(quantities=Quantities({"MUG": 1}), until=None, at=NOW)
    assert when([HELD, COMMITTED], HoldStock(order="o", demand=grown, until=SOON)) == Accepted((expected,))


def test_a_hold_that_would_be_over_at_once_is_refused_with_all_other_reasons() -> None:
    """Every reason is listed, in one answer."""
    answer = when([], HoldStock(order="o", demand=BOTH, until=NOW), short("MUG", MoveKind.HOLD, 3, 2))
    assert answer == Rejected((UntilPassed(NOW), OutOfStock("MUG", 3, 2)))


def test_shortages_refuse_the_hold_and_name_every_item() -> None:
    """More promised than there is counts as nothing available, not as less than nothing."""
    command = HoldStock(order="o", demand=BOTH, until=SOON)
    answer = when([], command, short("TEA", MoveKind.HOLD, 1, 0), short("MUG", MoveKind.HOLD, 3, -4))
    assert answer == Rejected((OutOfStock("MUG", 3, 0), OutOfStock("TEA", 1, 0)))


def test_a_backordered_item_is_held_beyond_what_there_is() -> None:
    """One mug of three is there: two are backordered, and the move says so."""
    command = HoldStock(order="o", demand=BOTH, until=SOON, backorder=("MUG", "MUG"))
    held = StockHeld(quantities=BOTH, backordered=Quantities({"MUG": 2}), until=SOON, at=NOW)
    assert when([], command, short("MUG", MoveKind.HOLD, 3, 1)) == Accepted((held,))
    assert when([], command, short("MUG", MoveKind.HOLD, 3, -1)) == Accepted(
        (StockHeld(quantities=BOTH, backordered=Quantities({"MUG": 3}), until=SOON, at=NOW),)
    )
    assert moves(held, "o", Allocation()) == (
        Move("stk_MUG", MoveKind.HOLD, 3, "o", SOON, leaving=None),
        Move("stk_TEA", MoveKind.HOLD, 1, "o", SOON),
    )


def test_a_backorder_for_one_item_does_not_excuse_another() -> None:
    """Tea may not be backordered, so the whole hold is refused."""
    command = HoldStock(order="o", demand=BOTH, until=SOON, backorder=("MUG",))
    answer = when([], command, short("MUG", MoveKind.HOLD, 3, 1), short("TEA", MoveKind.HOLD, 1, 0))
    assert answer == Rejected((OutOfStock("TEA", 1, 0),))


def test_shortages_of_other_things_and_other_moves_say_nothing_about_a_hold() -> None:
    """A used-up coupon or a failed removal is not missing stock."""
    others = (Shortage("coupon_MUG", MoveKind.HOLD, 1, 0), short("MUG", MoveKind.REMOVE, 3, 0))
    assert when([], HoldStock(order="o", demand=BOTH, until=SOON), *others) == Accepted((HELD,))


def test_holding_again_after_the_end_lapses_first() -> None:
    """A hold that is over is over, recorded or not: the new one starts afresh."""
    command = HoldStock(order="o", demand=BOTH, until=LATER)
    lapsed = HoldLapsed(quantities=BOTH, at=SOON)
    again = StockHeld(quantities=BOTH, until=LATER, at=SOON)
    assert when([HELD], command, at=SOON) == Accepted((lapsed, again))
    state = fold([HELD, lapsed, again])
    assert (state.held, state.until, state.lapsed) == (BOTH, LATER, False)


def test_a_new_hold_settles_what_lapsed_before() -> None:
    """The demand shrank meanwhile: the tea that lapsed is not needed, so the commit stands, again and again."""
    lapsed = HoldLapsed(quantities=BOTH, at=SOON)
    again = StockHeld(quantities=Quantities({"MUG": 1}), until=LATER, at=SOON)
    committed = StockCommitted(quantities=Quantities({"MUG": 1}), at=SOON)
    assert when([HELD, lapsed, again], CommitStock(order="o"), at=SOON) == Accepted((committed,))
    assert when([HELD, lapsed, again, committed], CommitStock(order="o"), at=SOON) == Accepted()


def test_prolonging_a_hold_the_counters_lost_is_refused() -> None:
    """What cannot be kept is not promised."""
    answer = when([HELD], HoldStock(order="o", demand=BOTH, until=LATER), short("TEA", MoveKind.KEEP, 1, 0))
    assert answer == Rejected((HoldLost(("TEA",)),))


def test_prolonging_keeps_the_whole_hold_of_every_item() -> None:
    """Old and new units share one end: the raised hold and the untouched one are both kept until then."""
    grown = StockHeld(quantities=Quantities({"MUG": 2}), until=LATER, at=NOW)
    assert moves(grown, "o", fold([HELD])) == (
        Move("stk_MUG", MoveKind.HOLD, 2, "o", LATER),
        Move("stk_MUG", MoveKind.KEEP, 5, "o", LATER),
        Move("stk_TEA", MoveKind.KEEP, 1, "o", LATER),
    )
    same_end = StockHeld(quantities=Quantities({"MUG": 2}), until=SOON, at=NOW)
    assert moves(same_end, "o", fold([HELD])) == (Move("stk_MUG", MoveKind.HOLD, 2, "o", SOON),)


def test_a_commit_makes_everything_held_permanent() -> None:
    """The hold loses its end and the counters keep all of it."""
    assert when([HELD], CommitStock(order="o")) == Accepted((COMMITTED,))
    assert moves(COMMITTED, "o", fold([HELD])) == (
        Move("stk_MUG", MoveKind.KEEP, 3, "o", None),
        Move("stk_TEA", MoveKind.KEEP, 1, "o", None),
    )
    state = fold([HELD, COMMITTED])
    assert (state.held, state.committed, state.until) == (NONE, BOTH, None)


def test_a_second_commit_keeps_what_was_committed_before() -> None:
    """The counter's hold covers earlier and later units together."""
    more = StockHeld(quantities=Quantities({"MUG": 2}), at=NOW)
    committed = StockCommitted(quantities=Quantities({"MUG": 2}), at=NOW)
    assert when([HELD, COMMITTED, more], CommitStock(order="o")) == Accepted((committed,))
    assert moves(committed, "o", fold([HELD, COMMITTED, more])) == (Move("stk_MUG", MoveKind.KEEP, 5, "o", None),)


def test_committing_twice_or_nothing_is_already_so() -> None:
    """A repeated commit, and one for an order without stock, do nothing."""
    assert when([HELD, COMMITTED], CommitStock(order="o")) == Accepted()
    assert when([], CommitStock(order="o")) == Accepted()


@pytest.mark.parametrize("recorded", [True, False])
def test_a_hold_that_is_over_cannot_be_committed(recorded: bool) -> None:
    """From its end on the hold is lost, whether or not the lapse was recorded."""
    given: list[Event] = [HELD, HoldLapsed(quantities=BOTH, at=SOON)] if recorded else [HELD]
    assert when(given, CommitStock(order="o"), at=SOON) == Rejected((HoldLost(("MUG", "TEA")),))


def test_a_hold_that_the_counters_lost_cannot_be_committed() -> None:
    """Only the lost items are named."""
    answer = when([HELD], CommitStock(order="o"), short("TEA", MoveKind.KEEP, 1, 0))
    assert answer == Rejected((HoldLost(("TEA",)),))


def test_a_hold_may_be_committed_up_to_its_end() -> None:
    """One microsecond earlier it still holds."""
    at = SOON - timedelta(microseconds=1)
    assert when([HELD], CommitStock(order="o"), at=at) == Accepted((StockCommitted(quantities=BOTH, at=at),))


def test_committed_units_leave_with_a_parcel_once() -> None:
    """The same parcel again is already so; the same parcel with other units is refused."""
    command = ConsumeStock(order="o", quantities=BOTH, parcel=1)
    assert when([HELD, COMMITTED], command) == Accepted((CONSUMED,))
    assert when([HELD, COMMITTED, CONSUMED], command) == Accepted()
    other = ConsumeStock(order="o", quantities=Quantities({"MUG": 1}), parcel=1)
    assert when([HELD, COMMITTED, CONSUMED], other) == Rejected((AlreadyRecorded("consumed parcel 1", BOTH),))
    assert moves(CONSUMED, "o", fold([HELD, COMMITTED])) == (
        Move("stk_MUG", MoveKind.CONSUME, 3, "o"),
        Move("stk_TEA", MoveKind.CONSUME, 1, "o"),
    )


def test_only_committed_units_can_leave() -> None:
    """Held is not enough, and every item that is short is named."""
    command = ConsumeStock(order="o", quantities=Quantities({"MUG": 4, "TEA": 1}))
    assert when([HELD], command) == Rejected((NotCommitted("MUG", 4, 0), NotCommitted("TEA", 1, 0)))
    assert when([HELD, COMMITTED], command) == Rejected((NotCommitted("MUG", 4, 3),))


def test_backordered_units_wait_for_stock_and_others_need_their_hold() -> None:
    """A missing backordered unit is out of stock; a missing held one is a lost hold."""
    held = StockHeld(quantities=BOTH, backordered=Quantities({"MUG": 2}), at=NOW)
    answer = when(
        [held, COMMITTED],
        ConsumeStock(order="o", quantities=BOTH),
        short("MUG", MoveKind.CONSUME, 3, 1),
        short("TEA", MoveKind.CONSUME, 1, 0),
    )
    assert answer == Rejected((OutOfStock("MUG", 3, 1), HoldLost(("TEA",))))


def test_backorders_end_when_the_units_leave_or_are_let_go() -> None:
    """What is open bounds what is backordered; a release lets go of the missing units first."""
    held = StockHeld(quantities=BOTH, backordered=Quantities({"MUG": 2}), at=NOW)
    one = Quantities({"MUG": 1})
    left = StockConsumed(quantities=Quantities({"MUG": 2}), at=NOW)
    assert fold([held, COMMITTED, left]).backordered == one
    assert fold([held, COMMITTED, StockReleased(quantities=one, cause="cancelled", at=NOW)]).backordered == one


def test_cancelling_after_a_commit_releases_committed_units() -> None:
    """One of three mugs is cancelled: the other two stay committed."""
    one = Quantities({"MUG": 1})
    released = StockReleased(quantities=one, cause="cancelled", at=NOW)
    assert when([HELD, COMMITTED], ReleaseStock(order="o", quantities=one)) == Accepted((released,))
    assert fold([HELD, COMMITTED, released]).committed == Quantities({"MUG": 2, "TEA": 1})
    assert moves(released, "o", fold([HELD, COMMITTED])) == (Move("stk_MUG", MoveKind.RELEASE, 1, "o"),)


def test_units_that_are_only_held_are_let_go_before_committed_ones() -> None:
    """What was promised for good stays longest."""
    more = StockHeld(quantities=Quantities({"MUG": 2}), at=NOW)
    released = StockReleased(quantities=Quantities({"MUG": 3}), cause="cancelled", at=NOW)
    state = fold([HELD, COMMITTED, more, released])
    assert (state.held, state.committed) == (NONE, Quantities({"MUG": 2, "TEA": 1}))


def test_releasing_all_gives_back_everything_open_and_nothing_that_left() -> None:
    """Consumed units are no longer in the building, so they are not released."""
    left = StockConsumed(quantities=Quantities({"MUG": 1}), at=NOW)
    released = StockReleased(quantities=Quantities({"MUG": 2, "TEA": 1}), cause="order-cancelled", at=NOW)
    command = ReleaseStock(order="o", cause="order-cancelled")
    assert when([HELD, COMMITTED, left], command) == Accepted((released,))
    assert when([HELD, COMMITTED, left, released], command) == Accepted()


def test_releasing_what_the_order_does_not_have_is_already_so() -> None:
    """Downloads, and units whose hold lapsed, need no release; of too many, those there are go."""
    book = ReleaseStock(order="o", quantities=Quantities({"EBOOK": 1}))
    assert when([HELD], book) == Accepted()
    assert when([HELD, HoldLapsed(quantities=BOTH, at=SOON)], ReleaseStock(order="o"), at=LATER) == Accepted()
    many = ReleaseStock(order="o", quantities=Quantities({"MUG": 9, "EBOOK": 1}))
    released = StockReleased(quantities=Quantities({"MUG": 3}), cause="cancelled", at=NOW)
    assert when([HELD], many) == Accepted((released,))


def test_a_release_keeps_the_end_of_what_is_still_held() -> None:
    """Only a hold with nothing left in it has no end any more."""
    some = StockReleased(quantities=Quantities({"MUG": 3}), cause="cancelled", at=NOW)
    rest = StockReleased(quantities=Quantities({"TEA": 1}), cause="cancelled", at=NOW)
    assert fold([HELD, some]).until == SOON
    assert fold([HELD, some, rest]) == Allocation()


def test_the_hold_lapses_at_its_end_and_not_before() -> None:
    """An early timer does nothing, the right one ends the hold, a late one finds it ended."""
    lapsed = HoldLapsed(quantities=BOTH, at=SOON)
    assert when([HELD], LapseHold(order="o"), at=SOON - timedelta(microseconds=1)) == Accepted()
    assert when([HELD], LapseHold(order="o"), at=SOON) == Accepted((lapsed,))
    assert when([HELD, lapsed], LapseHold(order="o"), at=LATER) == Accepted()
    state = fold([HELD, lapsed])
    assert (state.held, state.lost, state.lapsed, state.until) == (NONE, BOTH, True, None)
    assert moves(lapsed, "o", fold([HELD])) == (
        Move("stk_MUG", MoveKind.RELEASE, 3, "o"),
        Move("stk_TEA", MoveKind.RELEASE, 1, "o"),
    )


def test_committed_stock_never_lapses() -> None:
    """A timer of the former hold finds nothing to end."""
    assert when([HELD, COMMITTED], LapseHold(order="o"), at=LATER) == Accepted()


@pytest.mark.parametrize("command", [LapseHold(order="o"), ReleaseStock(order="o")])
def test_room_that_another_order_already_took_is_not_given_back_twice(command: Command) -> None:
    """The counters swept the lapsed mugs; only the tea is still to be released."""
    answer = when([HELD], command, short("MUG", MoveKind.RELEASE, 3, 0), at=SOON)
    assert isinstance(answer, Accepted)
    (event,) = answer.events
    assert isinstance(event, HoldLapsed | StockReleased)
    assert (event.quantities, event.swept) == (BOTH, Quantities({"MUG": 3}))
    assert moves(event, "o", fold([HELD])) == (Move("stk_TEA", MoveKind.RELEASE, 1, "o"),)


def test_a_running_hold_is_never_taken_for_swept() -> None:
    """Before its end nobody may take the room: such a shortage must come up again, not be hidden."""
    answer = when([HELD], ReleaseStock(order="o"), short("MUG", MoveKind.RELEASE, 3, 0))
    assert answer == Accepted((StockReleased(quantities=BOTH, cause="cancelled", at=NOW),))


def test_returned_units_are_restocked_once_per_return() -> None:
    """The same total again is already so; of a higher one the rest comes, and a lower one is refused."""
    mugs = Quantities({"MUG": 2})
    command = RestockUnits(order="o", quantities=mugs, return_=1)
    restocked = UnitsRestocked(quantities=mugs, return_=1, at=NOW)
    given: list[Event] = [HELD, COMMITTED, CONSUMED]
    assert when(given, command) == Accepted((restocked,))
    assert when([*given, restocked], command) == Accepted()
    other = RestockUnits(order="o", quantities=Quantities({"MUG": 1}), return_=1)
    assert when([*given, restocked], other) == Rejected((AlreadyRecorded("restocked return 1", mugs),))
    more = RestockUnits(order="o", quantities=BOTH, return_=1)
    rest = UnitsRestocked(quantities=BOTH - mugs, return_=1, at=NOW)
    assert when([*given, restocked], more) == Accepted((rest,))
    assert when([*given, restocked, rest], more) == Accepted()
    assert from_return(fold([*given, restocked, rest]), 1) == (BOTH, NONE)
    assert moves(restocked, "o", fold(given)) == (Move("stk_MUG", MoveKind.ADD, 2, "o"),)


def test_no_more_comes_back_than_went_out() -> None:
    """Restocked and written off together never exceed what left."""
    restocked = UnitsRestocked(quantities=Quantities({"MUG": 2}), return_=1, at=NOW)
    given: list[Event] = [HELD, COMMITTED, CONSUMED, restocked]
    expected = Rejected((ExceedsConsumed("MUG", 2, 1), ExceedsConsumed("TIN", 1, 0)))
    back = Quantities({"MUG": 2, "TEA": 1, "TIN": 1})
    assert when(given, RestockUnits(order="o", quantities=back, return_=2)) == expected
    assert when(given, WriteOffUnits(order="o", quantities=back, return_=2)) == expected
    assert returnable(fold(given)) == Quantities({"MUG": 1, "TEA": 1})


def test_one_return_may_be_restocked_in_part_and_written_off_in_part() -> None:
    """Written-off returns never come back to the counters."""
    off = Quantities({"MUG": 1})
    restocked = UnitsRestocked(quantities=Quantities({"MUG": 2}), return_=1, at=NOW)
    written_off = UnitsWrittenOff(quantities=off, return_=1, at=NOW)
    given: list[Event] = [HELD, COMMITTED, CONSUMED, restocked]
    command = WriteOffUnits(order="o", quantities=off, return_=1)
    assert when(given, command) == Accepted((written_off,))
    assert when([*given, written_off], command) == Accepted()
    assert moves(written_off, "o", fold(given)) == ()
    assert fold([*given, written_off]).given_back == Quantities({"MUG": 3})


def test_written_off_returns_cannot_be_restocked_as_well() -> None:
    """A unit comes back once."""
    given: list[Event] = [HELD, COMMITTED, CONSUMED, UnitsWrittenOff(quantities=BOTH, return_=1, at=NOW)]
    again = RestockUnits(order="o", quantities=Quantities({"TEA": 1}), return_=2)
    assert when(given, again) == Rejected((ExceedsConsumed("TEA", 1, 0),))


def test_an_undelivered_parcel_is_restocked_once() -> None:
    """Parcel 1 and return 1 are two different sources."""
    mug = Quantities({"MUG": 1})
    by_parcel = UnitsRestocked(quantities=mug, parcel=1, at=NOW)
    given: list[Event] = [HELD, COMMITTED, CONSUMED, by_parcel]
    assert when(given, RestockUnits(order="o", quantities=mug, parcel=1)) == Accepted()
    by_return = UnitsRestocked(quantities=mug, return_=1, at=NOW)
    assert when(given, RestockUnits(order="o", quantities=mug, return_=1)) == Accepted((by_return,))


def test_committed_units_missing_in_the_building_are_written_off_and_need_replacing() -> None:
    """A short pick takes the unit out of the books without letting it go to anybody, and the demand is open again."""
    mug = Quantities({"MUG": 1})
    event = UnitsWrittenOff(quantities=mug, at=NOW)
    given: list[Event] = [HELD, COMMITTED]
    assert when(given, WriteOffUnits(order="o", quantities=mug)) == Accepted((event,))
    assert moves(event, "o", fold(given)) == (Move("stk_MUG", MoveKind.CONSUME, 1, "o"),)
    after = fold([*given, event])
    assert missing(after, BOTH, NOW) == mug
    assert (after.consumed, after.given_back) == (NONE, NONE)
    assert when([HELD], WriteOffUnits(order="o", quantities=mug)) == Rejected((NotCommitted("MUG", 1, 0),))


@pytest.mark.parametrize(
    "command",
    [
        ConsumeStock(order="o", quantities=NONE, parcel=1),
        RestockUnits(order="o", quantities=NONE, return_=1),
        WriteOffUnits(order="o", quantities=NONE, return_=1),
        WriteOffUnits(order="o", quantities=NONE),
    ],
)
def test_no_units_are_no_event(command: Command) -> None:
    """Nothing moved, so nothing happened."""
    assert when([HELD, COMMITTED], command) == Accepted()


@pytest.mark.parametrize(
    ("build", "path"),
    [
        (lambda: HoldStock(order="o", demand={"MUG": 1}), "demand"),  # type: ignore[arg-type]
        (lambda: HoldStock(order="o", demand=Quantities({"MU\u202eG": 1})), "demand"),
        (lambda: HoldStock(order="o", demand=Quantities({"MUG": 10**9})), "demand.MUG"),
        (lambda: HoldStock(order="o", demand=BOTH, until=datetime(2026, 11, 22)), "until"),  # noqa: DTZ001
        (lambda: HoldStock(order="o", demand=BOTH, backorder="MUG"), "backorder"),  # type: ignore[arg-type]
        (lambda: HoldStock(order="o", demand=BOTH, backorder=("",)), "backorder[0]"),
        (lambda: ConsumeStock(order="o", quantities=BOTH, parcel=True), "parcel"),
        (lambda: ConsumeStock(order="o", quantities=BOTH, parcel=0), "parcel"),
        (lambda: ReleaseStock(order="o", cause="bored\n"), "cause"),
        (lambda: RestockUnits(order="o", quantities=BOTH, return_=1.0), "return_"),  # type: ignore[arg-type]
        (lambda: Facts(at="now"), "at"),  # type: ignore[arg-type]
    ],
)
def test_malformed_input_is_refused_with_its_path(build: Callable[[], object], path: str) -> None:
    """A caller's bug is an error that leads to the field."""
    with pytest.raises(InvalidInputError) as caught:
        build()
    assert caught.value.path == path


def test_moments_are_brought_to_utc() -> None:
    """The same instant in another zone is the same command."""
    warsaw = SOON.astimezone(ZoneInfo("Europe/Warsaw"))
    assert HoldStock(order="o", demand=BOTH, until=warsaw).until == SOON
    assert Facts(at=warsaw).at.tzinfo is UTC


def test_every_event_has_its_own_wire_name() -> None:
    """The storage format names each event once, with a version."""
    assert len(set(WIRE_NAMES.values())) == len(WIRE_NAMES) == 21
    assert all(name.startswith("stock.") and name.endswith(".v1") for name in WIRE_NAMES.values())
