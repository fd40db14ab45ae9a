"""Given what happened, when a command is given, then exactly these events or reasons."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

from orderflow.decisions import Accepted, Rejected
from orderflow.errors import InvalidInputError
from orderflow.law import WithdrawalException
from orderflow.money import Money
from orderflow.pricing import Ledger, Share, even_ledger
from orderflow.quantities import Quantities
from orderflow.returns import (
    CloseReturn,
    Command,
    DeclaredInFuture,
    DeclareWithdrawal,
    Event,
    ExceedsDeclared,
    ExceedsDelivered,
    ExceedsReceived,
    Facts,
    GrantRefund,
    InspectReturn,
    NotAConsumer,
    NotDelivered,
    NotInspected,
    NotLostByOpening,
    NotWithdrawable,
    ParcelEnd,
    ParcelSettled,
    ParcelUnits,
    ReceiveReturn,
    RefundGranted,
    RefundOutstanding,
    ReturnClosed,
    ReturnInspected,
    ReturnOver,
    ReturnReceived,
    ReturnStage,
    SettleParcel,
    UnknownReturn,
    WithdrawalDeclared,
    WithdrawalPeriodOver,
    WithdrawnInTransit,
    decide,
    fold,
    granted_delivery,
    granted_total,
    granted_units,
    open_returns,
    overdue,
    settled_units,
    withdrawable,
    withdrawal_deadline,
)

WARSAW = ZoneInfo("Europe/Warsaw")
DELIVERED = datetime(2026, 12, 7, 12, tzinfo=WARSAW).astimezone(UTC)
NOW = datetime(2026, 12, 10, 9, tzinfo=UTC)
# Three mugs for 100.00 and a cover for 49.90: the first mug carries the odd coin.
LEDGER = Ledger(
    "PLN",
    (
        even_ledger("mug", 3, Share(gross=10000, net=8130, vat=1870)),
        even_ledger("cover", 1, Share(gross=4990, net=4057, vat=933)),
    ),
)
ALL = Quantities({"mug": 3, "cover": 1})
MUG = Quantities({"mug": 1})
MUGS = Quantities({"mug": 2})
COVER = Quantities({"cover": 1})
NONE = Quantities()


def pln(text: str) -> Money:
    return Money.parse(text, "PLN")


FACTS = Facts(
    at=NOW,
    buyer="consumer",
    jurisdiction="PL",
    delivered=ALL,
    last_delivery=DELIVERED,
    all_delivered=True,
    ledger=LEDGER,
    delivery_paid=pln("24.99"),
    cheapest_delivery=pln("12.99"),
    delivery_refunded=pln("0"),
    concluded=datetime(2026, 12, 4, 12, tzinfo=UTC),
)


def facts(**changes: Any) -> Facts:
    return attrs.evolve(FACTS, **changes)


def declared(quantities: Quantities = ALL, return_: int = 1, **changes: Any) -> WithdrawalDeclared:
    event = WithdrawalDeclared(
        return_=return_,
        quantities=quantities,
        declared_at=NOW,
        refund_by=date(2026, 12, 28),
        refund_target=date(2026, 12, 23),
        send_back_by=date(2026, 12, 28),
        at=NOW,
    )
    return attrs.evolve(event, **changes)


def received(quantities: Quantities, return_: int = 1) -> ReturnReceived:
    return ReturnReceived(return_=return_, quantities=quantities, at=NOW)


def inspected(
    restock: Quantities = NONE, write_off: Quantities = NONE, opened: Quantities = NONE, return_: int = 1
) -> ReturnInspected:
    return ReturnInspected(return_=return_, restock=restock, write_off=write_off, opened=opened, at=NOW)


def granted(
    units: Quantities, goods: str, vat: int, delivery: str = "0", return_: int = 1, fee: str = "0", deposit: str = "0"
) -> RefundGranted:
    return RefundGranted(
        return_=return_,
        units=units,
        goods=pln(goods),
        delivery=pln(delivery),
        deposit=pln(deposit),
        fee=pln(fee),
        amount=pln(goods) + pln(deposit) + pln(delivery) + pln(fee),
        vat=vat,
        at=NOW,
    )


def in_transit(parcel: int, quantities: Quantities, return_: int = 1) -> WithdrawnInTransit:
    return WithdrawnInTransit(return_=return_, parcel=parcel, quantities=quantities, at=NOW)


def settled(
    parcel: int, quantities: Quantities, end: ParcelEnd, arrived: Quantities = NONE, return_: int = 1
) -> ParcelSettled:
    return ParcelSettled(return_=return_, parcel=parcel, quantities=quantities, arrived=arrived, end=end, at=NOW)


def sent_in(parcel: int, quantities: Quantities, end: ParcelEnd | None = None) -> ParcelUnits:
    return ParcelUnits(parcel=parcel, quantities=quantities, end=end)


def closed(return_: int = 1) -> ReturnClosed:
    return ReturnClosed(return_=return_, reason="done", at=NOW)


def then(given: tuple[Event, ...], command: Command, known: Facts = FACTS) -> tuple[Event, ...]:
    """The events of a command that holds."""
    result = decide(command, fold(given), known)
    assert isinstance(result, Accepted), result
    return result.events


def reasons(given: tuple[Event, ...], command: Command, known: Facts = FACTS) -> tuple[object, ...]:
    """The reasons of a command that does not."""
    result = decide(command, fold(given), known)
    assert isinstance(result, Rejected), result
    return result.reasons


def declare(quantities: Quantities = ALL, declared_at: datetime | None = None) -> DeclareWithdrawal:
    return DeclareWithdrawal(order="o", quantities=quantities, declared_at=declared_at)


# --- the statement


def test_a_withdrawal_fixes_both_parties_days() -> None:
    """Fourteen days for the refund and for sending back; Christmas moves both, and the trader's target forward."""
    assert then((), declare()) == (declared(),)


def test_a_statement_sent_in_the_last_minute_counts_though_it_arrives_later() -> None:
    """The consumer's days run from the sending, the trader's from the receipt."""
    sent = datetime(2026, 12, 21, 23, 58, tzinfo=WARSAW)
    arrived = facts(at=datetime(2026, 12, 22, 9, tzinfo=WARSAW))
    (event,) = then((), declare(declared_at=sent), arrived)
    assert event == declared(
        declared_at=sent.astimezone(UTC),
        refund_by=date(2027, 1, 5),
        refund_target=date(2027, 1, 5),
        send_back_by=date(2027, 1, 4),
        at=arrived.at,
    )


@pytest.mark.parametrize("sent", [None, datetime(2026, 12, 22, 0, 0, tzinfo=WARSAW)])
def test_a_statement_after_the_last_day_is_late(sent: datetime | None) -> None:
    """Midnight after 21 December is too late."""
    late = facts(at=datetime(2026, 12, 22, 0, 0, tzinfo=WARSAW))
    assert reasons((), declare(declared_at=sent), late) == (WithdrawalPeriodOver(until=date(2026, 12, 21)),)
    assert withdrawable(fold(()), late) == NONE


def test_a_customer_who_was_not_told_of_the_right_has_a_year_more() -> None:
    """The same statement months later holds."""
    late = facts(at=datetime(2027, 6, 1, tzinfo=UTC), informed=False)
    assert [type(event) for event in then((), declare(), late)] == [WithdrawalDeclared]


def test_there_is_no_end_while_something_is_still_to_be_delivered() -> None:
    """The first parcel's fourteen days do not run while another is missing."""
    waiting = facts(at=NOW + timedelta(days=90), all_delivered=False)
    assert withdrawal_deadline(waiting) is None
    assert withdrawable(fold(()), waiting) == ALL
    assert then((), declare(MUG), waiting) != ()


def test_goods_on_their_way_can_be_withdrawn_from() -> None:
    """Nobody has to wait for a parcel to send it back."""
    sent = facts(delivered=NONE, parcels=(sent_in(1, MUGS),), last_delivery=None, all_delivered=False)
    assert then((), declare(MUGS), sent) == (declared(MUGS), in_transit(1, MUGS))
    assert reasons((), declare(), sent) == (
        NotDelivered(line="cover"),
        ExceedsDelivered(line="mug", wanted=3, allowed=2),
    )


def test_a_business_has_no_right_and_a_sole_trader_is_given_it() -> None:
    """The Polish quasi-consumer cannot be told from an order, so every sole trader gets the benefit."""
    assert reasons((), declare(), facts(buyer="business")) == (NotAConsumer(buyer="business"),)
    assert withdrawable(fold(()), facts(buyer="business")) == NONE
    assert then((), declare(), facts(buyer="sole_trader")) == (declared(),)


def test_every_reason_is_given_at_once() -> None:
    """A late business withdrawing too much of an excluded line learns all of it."""
    known = facts(buyer="business", at=NOW + timedelta(days=30), excluded=(("mug", "made_to_spec"),))
    wrong = Quantities({"mug": 4, "cup": 1})
    assert reasons((), declare(wrong, declared_at=NOW + timedelta(days=31)), known) == (
        NotAConsumer(buyer="business"),
        DeclaredInFuture(declared_at=NOW + timedelta(days=31)),
        WithdrawalPeriodOver(until=date(2026, 12, 21)),
        NotDelivered(line="cup"),
        NotWithdrawable(line="mug", code=WithdrawalException.MADE_TO_SPEC),
        ExceedsDelivered(line="mug", wanted=4, allowed=3),
    )


def test_an_exception_bars_its_line_only() -> None:
    """The engraved mugs stay, the cover goes."""
    known = facts(excluded=(("mug", "made_to_spec"),))
    assert withdrawable(fold(()), known) == COVER
    assert then((), declare(COVER), known) == (declared(COVER),)


@pytest.mark.parametrize("code", ["sealed_hygiene", "sealed_media_software", "sale_item"])
def test_neither_a_seal_nor_an_invented_exception_bars_the_statement(code: str) -> None:
    """A seal is judged when the goods are seen; the list of exceptions is the law's, not the shop's."""
    assert then((), declare(COVER), facts(excluded=(("cover", code),))) == (declared(COVER),)


def test_units_are_withdrawn_once() -> None:
    """What a return claims is not there for the next one."""
    assert then((declared(MUGS),), declare(Quantities({"mug": 1, "cover": 1}))) == (
        declared(Quantities({"mug": 1, "cover": 1}), return_=2),
    )
    assert reasons((declared(MUGS),), declare(Quantities({"mug": 2, "cover": 1}))) == (
        ExceedsDelivered(line="mug", wanted=2, allowed=1),
    )


def test_the_same_statement_again_is_already_so() -> None:
    """At the same moment, or later where no such units are left to mean."""
    later = facts(at=NOW + timedelta(days=1))
    assert then((declared(MUG),), declare(MUG)) == ()
    assert then((declared(MUG),), declare(MUG, declared_at=NOW), later) == ()
    assert then((declared(),), declare(), later) == ()


def test_a_like_statement_later_means_further_units() -> None:
    """One mug today and one mug tomorrow are two mugs."""
    (event,) = then((declared(MUG),), declare(MUG), facts(at=NOW + timedelta(days=1)))
    assert isinstance(event, WithdrawalDeclared)
    assert (event.return_, event.quantities) == (2, MUG)


# --- goods come back


def test_units_arrive_in_portions_and_are_counted_once() -> None:
    """Arrivals are said as totals; what is new is recorded."""
    given = (declared(), received(MUG))
    assert then(given, ReceiveReturn(order="o", return_=1, quantities=MUG)) == ()
    assert then(given, ReceiveReturn(order="o", return_=1, quantities=ALL)) == (received(ALL - MUG),)


def test_more_than_was_declared_does_not_arrive() -> None:
    """A further unit is declared first."""
    assert reasons((declared(MUG),), ReceiveReturn(order="o", return_=1, quantities=MUGS)) == (
        ExceedsDeclared(line="mug", wanted=2, allowed=1),
    )


def test_inspection_credits_what_is_restocked_or_written_off() -> None:
    """Units leave from the end of the line, for exactly their shares."""
    command = InspectReturn(order="o", return_=1, restock=MUG, write_off=MUG)
    given = (declared(MUGS), received(MUGS))
    assert then(given, command) == (inspected(MUG, MUG), granted(MUGS, "66.66", 623 * 2))
    assert then((*given, inspected(MUG, MUG), granted(MUGS, "66.66", 1246)), command) == ()


def test_units_that_left_before_are_skipped() -> None:
    """Two cancelled mugs are gone from the end, so the first one is credited, with its odd coin."""
    given = (declared(MUG), received(MUG))
    events = then(given, InspectReturn(order="o", return_=1, restock=MUG), facts(left=(("mug", 2),)))
    assert events[1:] == (granted(MUG, "33.34", 624),)


def test_only_what_arrived_is_inspected() -> None:
    """Restocked, written off and opened units together."""
    given = (declared(), received(MUGS))
    assert reasons(given, InspectReturn(order="o", return_=1, restock=MUGS, write_off=Quantities({"mug": 1}))) == (
        ExceedsReceived(line="mug", wanted=3, allowed=2),
    )


def test_an_opened_seal_ends_the_right_to_that_unit() -> None:
    """It goes back to the customer and stays paid for; the rest is credited."""
    sealed = facts(excluded=(("mug", "sealed_hygiene"),))
    given = (declared(MUGS), received(MUGS))
    command = InspectReturn(order="o", return_=1, restock=MUG, opened=MUG)
    assert then(given, command, sealed) == (inspected(MUG, opened=MUG), granted(MUG, "33.33", 623))
    assert reasons(given, command) == (NotLostByOpening(line="mug"),)


# --- money


def test_full_withdrawal_gives_back_goods_and_the_cheapest_delivery() -> None:
    """Goods 100.00 and 49.90, express 24.99 where 12.99 was offered: 162.89."""
    given = (declared(), received(ALL))
    events = then(given, InspectReturn(order="o", return_=1, restock=ALL))
    assert events[1:] == (granted(ALL, "149.90", 2803, "12.99"),)
    assert granted_total(fold((*given, *events)), "PLN") == pln("162.89")


def test_a_part_gives_back_no_delivery_and_the_last_part_all_of_it() -> None:
    """The kept goods would have cost the same to send; once nothing is kept, the whole was withdrawn from."""
    given: tuple[Event, ...] = (declared(MUG), received(MUG))
    events = then(given, InspectReturn(order="o", return_=1, restock=MUG))
    assert events[1:] == (granted(MUG, "33.33", 623),)
    given = (*given, *events, declared(ALL - MUG, return_=2), received(ALL - MUG, return_=2))
    rest = then(given, InspectReturn(order="o", return_=2, restock=ALL - MUG), facts(left=granted_units(fold(given))))
    assert rest[1:] == (granted(ALL - MUG, "116.57", 2180, "12.99", return_=2),)
    assert granted_total(fold((*given, *rest)), "PLN") == pln("162.89")
    assert granted_delivery(fold((*given, *rest)), "PLN") == pln("12.99")


def test_delivery_goes_back_once() -> None:
    """What was refunded of it before is taken off."""
    given = (declared(), received(ALL))
    events = then(given, InspectReturn(order="o", return_=1, restock=ALL), facts(delivery_refunded=pln("5.00")))
    assert events[1:] == (granted(ALL, "149.90", 2803, "7.99"),)


def test_where_no_cheaper_delivery_was_offered_all_of_it_goes_back() -> None:
    """Nobody chose the dearer one."""
    events = then((declared(),), GrantRefund(order="o", return_=1), facts(cheapest_delivery=None))
    assert events == (granted(ALL, "149.90", 2803, "24.99"),)


def test_a_refund_can_come_before_the_goods() -> None:
    """Proof of dispatch is enough; the goods are then inspected without a second credit."""
    given: tuple[Event, ...] = (declared(MUGS),)
    events = then(given, GrantRefund(order="o", return_=1))
    assert events == (granted(MUGS, "66.66", 1246),)
    given = (*given, *events)
    assert then(given, GrantRefund(order="o", return_=1)) == ()
    known = facts(left=MUGS)
    given = (*given, *then(given, ReceiveReturn(order="o", return_=1, quantities=MUGS), known))
    assert then(given, InspectReturn(order="o", return_=1, restock=MUGS), known) == (inspected(MUGS),)


def test_a_refund_before_the_goods_covers_declared_units_only() -> None:
    """Asked for three of two."""
    assert reasons((declared(MUGS),), GrantRefund(order="o", return_=1, quantities=Quantities({"mug": 3}))) == (
        ExceedsDeclared(line="mug", wanted=3, allowed=2),
    )


def test_units_that_were_cancelled_meanwhile_are_not_credited_twice() -> None:
    """A parcel that came back undelivered was cancelled; its return has nothing left to credit, and can be closed."""
    given: tuple[Event, ...] = (declared(), received(ALL))
    known = facts(left=ALL)
    events = then(given, InspectReturn(order="o", return_=1, restock=ALL), known)
    assert events == (inspected(ALL),)
    assert then((*given, *events), CloseReturn(order="o", return_=1, reason="done"), known) == (closed(),)


# --- the end


def test_a_return_is_closed_once_everything_that_came_is_credited() -> None:
    """And closing it again changes nothing."""
    given = (declared(MUGS), received(MUG), inspected(MUG), granted(MUG, "33.33", 623))
    command = CloseReturn(order="o", return_=1, reason="done")
    assert then(given, command, facts(left=MUG)) == (closed(),)
    assert then((*given, closed()), command) == ()
    assert fold((*given, closed())).returns[0].stage is ReturnStage.CLOSED


def test_a_return_is_not_closed_over_open_goods_or_money() -> None:
    """What was not looked at, and what was taken back and not credited, is named."""
    given = (declared(), received(ALL), inspected(MUGS))
    assert reasons(given, CloseReturn(order="o", return_=1, reason="done")) == (
        NotInspected(line="cover", units=1),
        NotInspected(line="mug", units=1),
        RefundOutstanding(line="mug", units=2),
    )


def test_a_return_of_which_nothing_came_lapses_and_its_units_are_free_again() -> None:
    """The withdrawal itself stands: late goods are declared anew with the day of the first statement."""
    given = (declared(), closed())
    assert fold(given).returns[0].stage is ReturnStage.LAPSED
    late = facts(at=NOW + timedelta(days=60))
    assert reasons(given, declare(), late) == (WithdrawalPeriodOver(until=date(2026, 12, 21)),)
    (event,) = then(given, declare(declared_at=NOW), late)
    assert isinstance(event, WithdrawalDeclared)
    assert event.return_ == 2


def test_a_unit_that_never_came_is_free_again_after_closing() -> None:
    """Declared two, got and credited one: the other can be withdrawn from."""
    given = (declared(MUGS), received(MUG), inspected(MUG), granted(MUG, "33.33", 623), closed())
    assert withdrawable(fold(given), FACTS) == ALL - MUG


def test_an_opened_unit_cannot_be_withdrawn_from_again() -> None:
    """Its right is lost, though it was not credited."""
    given = (declared(MUG), received(MUG), inspected(opened=MUG), closed())
    assert withdrawable(fold(given), FACTS) == ALL - MUG


@pytest.mark.parametrize(
    "command",
    [
        ReceiveReturn(order="o", return_=1, quantities=MUGS),
        InspectReturn(order="o", return_=1, restock=MUGS),
        GrantRefund(order="o", return_=1),
    ],
)
def test_nothing_happens_to_a_return_that_is_over(command: Command) -> None:
    """The stage is named."""
    over = ReturnOver(return_=1, stage=ReturnStage.LAPSED)
    assert over in reasons((declared(MUGS), closed()), command)


def test_what_has_not_arrived_cannot_be_inspected() -> None:
    """The return is not over: its units have to be received first."""
    command = InspectReturn(order="o", return_=1, restock=MUG)
    (line,) = (name for name, _ in MUG)
    assert reasons((declared(MUGS),), command) == (ExceedsReceived(line=line, wanted=1, allowed=0),)


@pytest.mark.parametrize(
    "command",
    [
        ReceiveReturn(order="o", return_=2, quantities=MUG),
        InspectReturn(order="o", return_=2, restock=MUG),
        GrantRefund(order="o", return_=2),
        CloseReturn(order="o", return_=2, reason="done"),
    ],
)
def test_a_return_that_is_not_there_is_named(command: Command) -> None:
    """Of one return there is no second."""
    assert reasons((declared(),), command) == (UnknownReturn(return_=2),)


# --- units that were withdrawn on their way


def settle(parcel: int = 2, return_: int = 1) -> SettleParcel:
    return SettleParcel(order="o", return_=return_, parcel=parcel)


def sent(second: ParcelEnd | None, quantities: Quantities = MUG) -> Facts:
    """Parcel 1 with everything but some mugs was delivered; these are in parcel 2."""
    first = ALL - quantities
    here = first + quantities if second is ParcelEnd.DELIVERED else first
    parcels = (sent_in(1, first, ParcelEnd.DELIVERED), sent_in(2, quantities, second))
    return facts(delivered=here, parcels=parcels, all_delivered=second is ParcelEnd.DELIVERED)


WITHDRAWN = (declared(MUG), in_transit(2, MUG))
LOST = settled(2, MUG, ParcelEnd.LOST)
BACK = settled(2, MUG, ParcelEnd.RETURNED, arrived=MUG)
CREDIT = granted(MUG, "33.33", 623)


@pytest.mark.parametrize(("end", "event"), [(ParcelEnd.LOST, LOST), (ParcelEnd.RETURNED, BACK)])
def test_a_parcel_that_never_arrived_credits_what_was_withdrawn_from_it(end: ParcelEnd, event: Event) -> None:
    """Once: told again, or settled for another return, nothing more comes of it."""
    assert then(WITHDRAWN, settle(), sent(end)) == (event, CREDIT)
    assert then((*WITHDRAWN, event, CREDIT), settle(), sent(end)) == ()
    second = (declared(MUG, return_=2), in_transit(2, MUG, return_=2))
    assert then((*WITHDRAWN, event, CREDIT, *second), settle(return_=2), sent(end)) == ()
    assert settled_units(fold((*WITHDRAWN, event))) == MUG


@pytest.mark.parametrize("end", [None, ParcelEnd.DELIVERED])
def test_a_parcel_that_is_on_its_way_or_arrived_settles_nothing(end: ParcelEnd | None) -> None:
    """The customer sends back what came; parcels that the return does not know settle nothing either."""
    assert then(WITHDRAWN, settle(), sent(end)) == ()
    assert then(WITHDRAWN, settle(parcel=3), sent(end)) == ()
    assert then((declared(MUG),), settle(), sent(ParcelEnd.RETURNED)) == ()


def test_units_that_came_with_a_parcel_are_part_of_what_the_return_has_received() -> None:
    """Recorded as received and inspected as well, they change nothing; a further unit is said as two."""
    known = sent(ParcelEnd.RETURNED)
    given = (declared(MUGS), in_transit(2, MUG), BACK, CREDIT)
    assert then(given, ReceiveReturn(order="o", return_=1, quantities=MUG), known) == ()
    assert then(given, InspectReturn(order="o", return_=1, restock=MUG), known) == ()
    assert then(given, ReceiveReturn(order="o", return_=1, quantities=MUGS), known) == (received(MUG),)


def test_a_parcel_that_comes_back_after_its_units_were_received_brings_nothing_new() -> None:
    """Whether they were looked at or not."""
    known = sent(ParcelEnd.RETURNED)
    again = settled(2, MUG, ParcelEnd.RETURNED)
    assert then((*WITHDRAWN, received(MUG), inspected(MUG), CREDIT), settle(), known) == (again,)
    assert then((*WITHDRAWN, received(MUG)), settle(), known) == (again,)
    credit = then((*WITHDRAWN, received(MUG), again), InspectReturn(order="o", return_=1, write_off=MUG), known)
    assert credit == (inspected(write_off=MUG), CREDIT)


def test_units_that_were_lost_do_not_arrive_until_they_turn_up() -> None:
    """What arrives instead is another unit, to be declared; once the parcel is there, it is this one, credited."""
    given = (*WITHDRAWN, LOST, CREDIT)
    receive = ReceiveReturn(order="o", return_=1, quantities=MUG)
    assert reasons(given, receive, sent(ParcelEnd.LOST)) == (ExceedsDeclared(line="mug", wanted=1, allowed=0),)
    turned_up = settled(2, MUG, ParcelEnd.DELIVERED)
    assert then(given, settle(), sent(ParcelEnd.DELIVERED)) == (turned_up,)
    given = (*given, turned_up)
    assert then(given, receive, sent(ParcelEnd.DELIVERED)) == (received(MUG),)
    looked_at = then((*given, received(MUG)), InspectReturn(order="o", return_=1, restock=MUG))
    assert looked_at == (inspected(MUG),)
    came_back = sent(ParcelEnd.RETURNED)
    assert then((*WITHDRAWN, LOST, CREDIT), settle(), came_back) == (BACK,)


def test_the_units_of_a_lost_parcel_and_those_that_arrived_are_credited() -> None:
    """Of two mugs withdrawn one was lost and the other came, in either order; of one, the other is not the return's."""
    given: tuple[Event, ...] = (declared(MUGS), in_transit(2, MUG), LOST, CREDIT, received(MUG))
    known = attrs.evolve(sent(ParcelEnd.LOST), left=MUG)
    assert then(given, InspectReturn(order="o", return_=1, restock=MUG), known) == (inspected(MUG), CREDIT)
    given = (declared(MUGS), in_transit(2, MUG), received(MUG), inspected(MUG), CREDIT)
    assert then(given, settle(), known) == (LOST, CREDIT)
    given = (*WITHDRAWN, received(MUG), inspected(MUG), CREDIT)
    assert then(given, settle(), known) == ()


@pytest.mark.parametrize("event", [LOST, BACK])
def test_units_that_never_arrived_take_nobodys_place(event: Event) -> None:
    """The mugs that the customer has can be withdrawn from, all of them."""
    end = ParcelEnd.LOST if event == LOST else ParcelEnd.RETURNED
    assert withdrawable(fold((*WITHDRAWN, event, CREDIT)), sent(end)) == ALL - MUG


def test_a_return_that_is_over_gives_no_further_credit() -> None:
    """What it was closed with may have been these units; one that lapsed had none."""
    given = (declared(MUG), in_transit(2, MUG), received(MUG), inspected(MUG), CREDIT, closed())
    assert then(given, settle(), sent(ParcelEnd.RETURNED)) == (settled(2, MUG, ParcelEnd.RETURNED),)
    assert then((*WITHDRAWN, closed()), settle(), sent(ParcelEnd.RETURNED)) == ()


def test_late_goods_are_overdue_and_the_return_stays_open() -> None:
    """Overdue from the day after the last one for sending."""
    state = fold((declared(),))
    assert overdue(state, date(2026, 12, 28)) == ()
    assert overdue(state, date(2026, 12, 29)) == open_returns(state) == state.returns


# --- malformed input


@pytest.mark.parametrize(
    ("kind", "fields", "path"),
    [
        (DeclareWithdrawal, {"quantities": NONE}, "quantities"),
        (DeclareWithdrawal, {"quantities": {"mug": 1}}, "quantities"),
        (DeclareWithdrawal, {"quantities": MUG, "declared_at": datetime(2026, 12, 1)}, "declared_at"),  # noqa: DTZ001
        (DeclareWithdrawal, {"quantities": Quantities({"mug": 10**7})}, "quantities['mug']"),
        (ReceiveReturn, {"return_": 0, "quantities": MUG}, "return_"),
        (ReceiveReturn, {"return_": True, "quantities": MUG}, "return_"),
        (CloseReturn, {"return_": 1, "reason": "a\u202eb"}, "reason"),
        (GrantRefund, {"return_": 1, "quantities": NONE}, "quantities"),
    ],
)
def test_malformed_commands_are_refused_with_the_field(kind: Any, fields: dict[str, Any], path: str) -> None:
    """Nothing half right gets as far as a rule."""
    with pytest.raises(InvalidInputError) as caught:
        kind(order="o", **fields)
    assert caught.value.path == path


def test_facts_without_a_law_are_refused() -> None:
    """A country, or a time, that nobody wrote rules for is not guessed."""
    with pytest.raises(InvalidInputError, match="no rules for 'XX'"):
        facts(jurisdiction="XX")
    with pytest.raises(InvalidInputError, match="2010"):
        facts(concluded=datetime(2010, 1, 1, tzinfo=UTC))
