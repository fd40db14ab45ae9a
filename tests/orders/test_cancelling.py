"""Units that are not sent after all, their exact credit, and the end of an order."""

from __future__ import annotations

from typing import Any

import pytest

from orderflow import orders
from orderflow.decisions import Accepted
from orderflow.quantities import Quantities

from .desk import (
    ALL,
    AT,
    CANCELLED,
    CLOSED,
    CONFIRMED,
    VERIFIED,
    after,
    decide,
    events,
    line,
    over,
    placed,
    pln,
    reasons,
)

WHOLE = orders.CancelOrder(order="A", cause="customer")


def lines(cause: str = "customer", **units: int) -> orders.CancelLines:
    quantities = Quantities({name.removeprefix("l"): count for name, count in units.items()})
    return orders.CancelLines(order="A", quantities=quantities, cause=cause)


def cancelled(units: Quantities, credit: str, cause: str = "customer") -> orders.LinesCancelled:
    return orders.LinesCancelled(quantities=units, credit=pln(credit), cause=cause, at=AT)


def ended(cause: str = "customer") -> orders.OrderCancelled:
    return orders.OrderCancelled(cause=cause, at=AT)


class TestLines:
    def test_some_units_credit_their_price_and_not_the_delivery(self) -> None:
        """What is left is still delivered."""
        order = placed()
        (event,) = events(decide(order, lines(l1=1)))
        assert event == cancelled(Quantities({"1": 1}), "19.99")
        left = after(order, event)
        assert (left.remaining, left.credited) == (Quantities({"1": 1, "2": 1}), pln("19.99"))
        assert left.stage is orders.OrderStage.RECEIVED

    def test_the_last_units_credit_the_delivery_and_end_the_order(self) -> None:
        """Nothing is left to deliver."""
        order = placed(cancelled(Quantities({"1": 2}), "39.98"))
        assert events(decide(order, lines(l2=1), gone=order.cancelled)) == (
            cancelled(Quantities({"2": 1}), "74.99"),
            ended(),
        )

    def test_the_cause_is_kept(self) -> None:
        """What follows may depend on it."""
        (event,) = events(decide(placed(), lines("short_pick", l1=1)))
        assert event == cancelled(Quantities({"1": 1}), "19.99", "short_pick")

    @pytest.mark.parametrize(
        ("take", "credits_"), [((1, 1, 1), ["33.33", "33.33", "33.34"]), ((2, 1), ["66.66", "33.34"])]
    )
    def test_units_that_do_not_divide_are_credited_to_the_coin(
        self, take: tuple[int, ...], credits_: list[str]
    ) -> None:
        """Units leave from the end of the ledger: the odd coins are those of the last one."""
        # 81.30 net is 100.00 gross, of which a third is no whole number of coins.
        three = orders.Line(
            line="1",
            sku="SET",
            name="Set",
            quantity=3,
            unit_price=pln("27.10"),
            vat=line("1", 1, "1").vat,
            price_includes_vat=False,
        )
        order = placed(lines=(three,), delivery_method="courier")
        assert order.quote.goods == pln("100.00")
        told = []
        for count in take:
            event = events(decide(order, lines(l1=count), gone=order.cancelled))[0]
            order = after(order, event)
            assert isinstance(event, orders.LinesCancelled)
            told.append(event.credit)
        told[-1] -= pln("14.99")
        assert told == [pln(text) for text in credits_]

    def test_units_that_were_returned_are_out_of_the_ledger(self) -> None:
        """Their shares were credited by the return, and nobody can cancel them too."""
        order = placed()
        gone = Quantities({"1": 1})
        assert reasons(decide(order, lines(l1=2), gone=gone)) == (orders.TooManyUnits(line="1", wanted=2, allowed=1),)

    def test_packed_units_are_not_cancelled(self) -> None:
        """The parcel is cancelled first."""
        assert reasons(decide(placed(), lines(l1=2, l2=1), packed=Quantities({"1": 1}))) == (
            orders.TooManyUnits(line="1", wanted=2, allowed=1),
        )

    def test_everything_beside_a_parcel_can_be_cancelled_without_the_delivery(self) -> None:
        """The parcel is delivered, so the order and its delivery stay."""
        decision = decide(placed(), lines(l1=1, l2=1), packed=Quantities({"1": 1}))
        assert events(decision) == (cancelled(Quantities({"1": 1, "2": 1}), "79.99"),)

    def test_every_line_that_does_not_hold_is_named(self) -> None:
        """Unknown lines and too many units at once."""
        names = ("1", "2")
        assert reasons(decide(placed(), lines(l1=3, l2=2, l9=1))) == (
            orders.TooManyUnits(line="1", wanted=3, allowed=2),
            orders.TooManyUnits(line="2", wanted=2, allowed=1),
            orders.UnknownLine(line="9", lines=names),
        )

    def test_cancelling_no_units_is_refused(self) -> None:
        """A mistake of the caller, told as one."""
        assert reasons(decide(placed(), lines())) == (orders.NothingLeft(),)

    def test_units_cancelled_already_are_not_there_any_more(self) -> None:
        """Each unit is cancelled once."""
        order = placed(cancelled(Quantities({"1": 2}), "39.98"))
        assert reasons(decide(order, lines(l1=1), gone=order.cancelled)) == (
            orders.TooManyUnits(line="1", wanted=1, allowed=0),
        )

    @pytest.mark.parametrize("history", [(CANCELLED,), (VERIFIED, CONFIRMED, CLOSED)])
    def test_an_order_that_is_over_keeps_its_lines(self, history: tuple[orders.Event, ...]) -> None:
        """After the end there is only the right of withdrawal."""
        order = placed(*history)
        assert reasons(decide(order, lines(l1=1))) == (over(order.stage),)


class TestWhole:
    @pytest.mark.parametrize("history", [(), (VERIFIED,), (VERIFIED, CONFIRMED)])
    def test_everything_is_credited_with_its_delivery(self, history: tuple[orders.Event, ...]) -> None:
        """Exactly the total, in every stage before the end."""
        order = placed(*history)
        decision = decide(order, WHOLE)
        assert events(decision) == (cancelled(ALL, "114.97"), ended())
        assert after(order, *events(decision)).stage is orders.OrderStage.CANCELLED

    def test_what_is_left_is_credited(self) -> None:
        """With what was cancelled before, it comes to the total."""
        order = placed(cancelled(Quantities({"1": 1}), "19.99"))
        decision = decide(order, WHOLE, gone=order.cancelled)
        assert events(decision) == (cancelled(Quantities({"1": 1, "2": 1}), "94.98"), ended())
        assert after(order, *events(decision)).credited == order.quote.total

    def test_a_delivery_that_was_made_is_not_credited(self) -> None:
        """The parcel came back; the courier was paid all the same."""
        assert events(decide(placed(), WHOLE, keep_delivery=True)) == (cancelled(ALL, "99.98"), ended())

    def test_an_amended_delivery_is_credited_at_its_new_price(self) -> None:
        """What is owed was changed with it."""
        there = orders.Destination(orders.DestinationKind.POINT, "PL", "WAW01A")
        amended = orders.DeliveryAmended(destination=there, delivery_method="locker", price=pln("9.99"), at=AT)
        assert events(decide(placed(amended), WHOLE)) == (cancelled(ALL, "109.97"), ended())

    def test_a_free_order_credits_nothing(self) -> None:
        """And is cancelled all the same."""
        shop = orders.ToShop(shop="WAW", country="PL")
        order = placed(lines=(line("1", 1, "0.00"),), delivery_method="counter", target=shop)
        assert events(decide(order, WHOLE)) == (cancelled(Quantities({"1": 1}), "0.00"), ended())

    def test_cancelling_twice_is_already_so(self) -> None:
        """Also after it was closed."""
        order = placed(cancelled(ALL, "114.97"), CANCELLED)
        assert decide(order, WHOLE, gone=order.cancelled) == Accepted(())
        assert decide(after(order, CLOSED), WHOLE, gone=order.cancelled) == Accepted(())

    def test_an_order_that_was_delivered_and_closed_is_not_cancelled(self) -> None:
        """It has units that nobody cancelled."""
        order = placed(VERIFIED, CONFIRMED, CLOSED)
        assert reasons(decide(order, WHOLE)) == (over("closed"),)

    def test_nothing_is_cancelled_whole_once_something_is_packed(self) -> None:
        """The answer names the lines in parcels."""
        assert reasons(decide(placed(), WHOLE, packed=Quantities({"2": 1}))) == (orders.AlreadyPacked(lines=("2",)),)
        assert reasons(decide(placed(VERIFIED, CONFIRMED, CLOSED), WHOLE, packed=Quantities({"2": 1}))) == (
            over("closed"),
            orders.AlreadyPacked(lines=("2",)),
        )

    def test_an_order_of_which_everything_was_returned_has_nothing_left(self) -> None:
        """Every unit was credited by its return."""
        assert reasons(decide(placed(), WHOLE, gone=ALL)) == (orders.NothingLeft(),)

    def test_beside_returned_units_the_rest_is_cancelled_and_the_order_goes_on(self) -> None:
        """The returned units were delivered: such an order is filed, not cancelled."""
        decision = decide(placed(), WHOLE, gone=Quantities({"1": 2}))
        assert events(decision) == (cancelled(Quantities({"2": 1}), "60.00"),)


class TestClosing:
    CLOSE = orders.CloseOrder(order="A")

    @pytest.mark.parametrize("history", [(VERIFIED, CONFIRMED), (CANCELLED,)])
    def test_a_settled_order_is_closed_once(self, history: tuple[orders.Event, ...]) -> None:
        """Delivered or cancelled; twice is already so."""
        order = placed(*history)
        assert events(decide(order, self.CLOSE)) == (CLOSED,)
        assert decide(after(order, CLOSED), self.CLOSE, unsettled=("money",)) == Accepted(())

    @pytest.mark.parametrize(
        ("facts", "reason"),
        [
            ({"unsettled": ("money", "parcels")}, orders.NotSettled(open=("money", "parcels"))),
            (
                {
                    "stages": (
                        orders.HostStage(name="rate", after=orders.OrderStage.CONFIRMED, before=orders.Gate.CLOSE),
                    )
                },
                orders.StagesOpen(stages=("rate",)),
            ),
        ],
    )
    def test_what_is_open_keeps_it_open(self, facts: dict[str, Any], reason: orders.Rejection) -> None:
        """Money, stock, parcels, returns, and the host's own stages."""
        assert reasons(decide(placed(VERIFIED, CONFIRMED), self.CLOSE, **facts)) == (reason,)

    @pytest.mark.parametrize("history", [(), (VERIFIED,)])
    def test_an_order_is_not_closed_before_it_was_confirmed_or_cancelled(
        self, history: tuple[orders.Event, ...]
    ) -> None:
        """Every reason is told."""
        order = placed(*history)
        allowed = (orders.OrderStage.CONFIRMED, orders.OrderStage.CANCELLED)
        assert reasons(decide(order, self.CLOSE, unsettled=("units",))) == (
            orders.WrongStage(stage=order.stage, allowed=allowed),
            orders.NotSettled(open=("units",)),
        )
