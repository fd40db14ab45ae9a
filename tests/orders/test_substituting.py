"""Something else for units that are missing: what is offered, what is answered, and what the answer does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statemachine.exceptions import TransitionNotAllowed

from orderflow import orders, pricing
from orderflow.decisions import Rejected
from orderflow.lifecycle import findings
from orderflow.orders import SubstituteStage
from orderflow.quantities import Quantities

from .desk import AT, CANCELLED, after, decide, events, line, over, placed, pln, reasons

CUP = line("1b", 1, "17.49")
SOON = AT + timedelta(days=1)
OFFER = orders.OfferSubstitute(order="A", line="1", units=1, substitute=CUP, until=SOON)
YES = orders.AcceptSubstitute(order="A", number=1)
NO = orders.DeclineSubstitute(order="A", number=1)
LIFECYCLE = orders.substitute_lifecycle()
STEPS = sorted({step for _, step in LIFECYCLE.table})


def price(line_: orders.Line) -> pricing.Quote:
    """What the line costs by itself."""
    basket = pricing.Basket(
        currency="PLN",
        country="PL",
        lines=[
            pricing.BasketLine(
                line=line_.line,
                sku=line_.sku,
                quantity=line_.quantity,
                unit_price=line_.unit_price,
                vat=line_.vat,
                price_includes_vat=True,
            )
        ],
    )
    quote = pricing.quote(basket, pricing.Tariff())
    assert isinstance(quote, pricing.Quote)
    return quote


def offered(**changes: Any) -> orders.SubstituteOffered:
    """The cup was offered for a mug."""
    usual = {"number": 1, "instead_of": "1", "units": 1, "line": CUP, "quote": price(CUP), "until": SOON, "at": AT}
    return orders.SubstituteOffered(**(usual | changes))


def accepted(number: int = 1) -> orders.SubstituteAccepted:
    """The customer said yes himself."""
    return orders.SubstituteAccepted(number=number, consent=None, at=AT)


class TestTheOffer:
    def test_it_is_pinned_with_its_price(self) -> None:
        """What the customer is told is what he pays."""
        assert events(decide(placed(), OFFER, quote=price(CUP))) == (offered(),)

    def test_the_next_one_has_the_next_number(self) -> None:
        """Several may be open."""
        assert events(decide(placed(offered()), OFFER, quote=price(CUP))) == (offered(number=2),)

    def test_an_order_that_has_ended_gets_none(self) -> None:
        """Nothing about it changes any more."""
        assert over("cancelled") in reasons(decide(placed(CANCELLED), OFFER, quote=price(CUP)))

    def test_what_cannot_be_priced_is_not_offered(self) -> None:
        """With the reasons of pricing."""
        too_dear = pricing.TotalTooLarge(limit=pln("1.00"))
        assert reasons(decide(placed(), OFFER, quote=Rejected((too_dear,)))) == (too_dear,)

    def test_it_needs_its_price(self) -> None:
        """Forgetting it is a bug."""
        with pytest.raises(ValueError, match=r"facts\.quote"):
            decide(placed(), OFFER)


class TestTheAnswer:
    def test_yes_brings_the_line_and_takes_the_units_with_their_share(self) -> None:
        """In this order, so that an order of one line is not cancelled by it."""
        (first, second) = events(decide(placed(offered()), YES))
        assert first == accepted()
        assert second == orders.LinesCancelled(
            quantities=Quantities({"1": 1}), credit=pln("19.99"), cause="substituted", at=AT
        )

    def test_the_order_is_then_what_was_agreed(self) -> None:
        """Lines, quote, units and the total that was seen."""
        order = after(placed(offered(), seen_total=pln("114.97")), accepted())
        assert order.lines[-1] == CUP
        assert order.ordered == Quantities({"1": 2, "2": 1, "1b": 1})
        assert (order.quote.total, order.seen_total) == (pln("132.46"), pln("132.46"))
        assert order.substitutes[0].stage is SubstituteStage.ACCEPTED

    def test_units_that_are_gone_or_packed_meanwhile_are_not_replaced(self) -> None:
        """The offer was for units that the order still had."""
        order = placed(offered(units=2))
        assert reasons(decide(order, YES, packed=Quantities({"1": 1}))) == (
            orders.TooManyUnits(line="1", wanted=2, allowed=1),
        )

    def test_no_leaves_the_order_as_it_is(self) -> None:
        """Only the offer has changed."""
        order = placed(offered())
        (event,) = events(decide(order, NO))
        told = after(order, event)
        assert told.substitutes[0].stage is SubstituteStage.DECLINED
        assert (told.lines, told.quote, told.ordered) == (order.lines, order.quote, order.ordered)

    def test_taking_it_back_says_why(self) -> None:
        """By staff, or because it lapsed."""
        command = orders.WithdrawSubstitute(order="A", number=1, cause="found_after_all")
        (event,) = events(decide(placed(offered()), command))
        assert event == orders.SubstituteWithdrawn(number=1, cause="found_after_all", at=AT)
        assert decide(after(placed(offered()), event), command).events == ()  # type: ignore[union-attr]

    def test_an_offer_can_be_closed_after_the_order_is(self) -> None:
        """The timer comes when it comes."""
        assert events(decide(placed(offered(), CANCELLED), orders.WithdrawSubstitute(order="A", number=1)))

    @given(st.integers(1, 2), st.integers(1, 3), st.integers(0, 5000))
    def test_whatever_is_replaced_the_price_changes_by_the_difference(self, units: int, count: int, minor: int) -> None:
        """To the coin: the new line's price, less the share of the units."""
        other = line("x", count, f"{minor // 100}.{minor % 100:02}")
        order = placed(offered(units=units, line=other, quote=price(other)))
        both = events(decide(order, YES))
        now = after(order, *both)
        share = order.quote.ledger.take("1", 0, units).credit
        assert (now.quote.total - now.credited).minor == order.quote.total.minor + minor * count - share
        everything = events(decide(now, orders.CancelOrder(order="A"), gone=now.cancelled))
        assert after(now, *everything).credited == now.quote.total


class TestTheLifecycle:
    def test_nothing_is_stuck(self) -> None:
        """Every stage can be reached."""
        assert findings(LIFECYCLE) == ()
        assert set(LIFECYCLE.states) == set(SubstituteStage)

    @given(st.lists(st.sampled_from(STEPS), max_size=6))
    def test_table_and_machine_agree(self, steps: list[str]) -> None:
        """For any sequence of steps both allow the same and arrive at the same."""
        running, stage = orders.SubstituteLifecycle(), LIFECYCLE.initial
        for step in steps:
            following = LIFECYCLE.next(stage, step)
            if following is None:
                with pytest.raises(TransitionNotAllowed):
                    running.send(step)
            else:
                running.send(step)
                stage = following
            assert running.current_state_value == stage
