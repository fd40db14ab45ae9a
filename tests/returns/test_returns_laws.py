"""Laws of returns, for any commands in any order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st

from orderflow.decisions import Accepted
from orderflow.money import Money
from orderflow.pricing import Ledger, Share, even_ledger
from orderflow.quantities import Quantities
from orderflow.returns import (
    CloseReturn,
    Command,
    DeclareWithdrawal,
    Facts,
    GrantRefund,
    InspectReturn,
    ReceiveReturn,
    RefundGranted,
    Returns,
    decide,
    decider,
    fold,
    granted_units,
    withdrawable,
)

NOW = datetime(2026, 12, 10, 9, tzinfo=UTC)

quantities = st.dictionaries(st.sampled_from("12"), st.integers(0, 6)).map(Quantities)
some = quantities.filter(bool)
numbers = st.integers(1, 3)
order = st.just("o")
commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(DeclareWithdrawal, order=order, quantities=some),
    st.builds(ReceiveReturn, order=order, return_=numbers, quantities=some),
    st.builds(InspectReturn, order=order, return_=numbers, restock=quantities, write_off=quantities, opened=quantities),
    st.builds(InspectReturn, order=order, return_=numbers, restock=some),
    st.builds(GrantRefund, order=order, return_=numbers, quantities=st.none() | some),
    st.builds(CloseReturn, order=order, return_=numbers, reason=order),
)


@st.composite
def known(draw: st.DrawFn) -> Facts:
    """An order of two lines with awkward amounts, wholly delivered."""
    lines = []
    for line in "12":
        units, gross = draw(st.integers(1, 6)), draw(st.integers(0, 10_000))
        vat = draw(st.integers(0, gross))
        deposit = units * draw(st.sampled_from((0, 50, 100)))
        lines.append(
            even_ledger(line, units, Share(gross=gross, net=gross - vat, vat=vat, delivery=7, deposit=deposit))
        )
    ledger = Ledger("PLN", tuple(lines))
    return Facts(
        at=NOW,
        buyer="consumer",
        jurisdiction="PL",
        delivered=Quantities((line.line, line.units) for line in ledger.lines),
        last_delivery=NOW - timedelta(days=1),
        all_delivered=True,
        excluded=(("1", "sealed_hygiene"),),
        ledger=ledger,
        delivery_paid=Money(draw(st.integers(0, 3000)), "PLN"),
        cheapest_delivery=draw(st.none() | st.integers(0, 3000).map(lambda minor: Money(minor, "PLN"))),
        delivery_refunded=Money(0, "PLN"),
        fee_paid=draw(st.none() | st.integers(0, 500).map(lambda minor: Money(minor, "PLN"))),
    )


def run(
    facts: Facts, steps: Iterable[Command | Quantities]
) -> tuple[Returns, Quantities, list[Share], list[RefundGranted]]:
    """Apply commands, and cancellations of units that nobody has; what was cancelled, and all credits."""
    state, cancelled = Returns(), Quantities()
    shares: list[Share] = []
    grants: list[RefundGranted] = []
    for step in steps:
        left = cancelled + granted_units(state)
        if isinstance(step, Quantities):
            claimed = Quantities(pair for one in state.returns for pair in one.claimed)
            units = step & (facts.delivered - cancelled - claimed)
            shares += [facts.ledger.take(line, left[line], count) for line, count in units]
            cancelled += units
        else:
            here = attrs.evolve(facts, delivered=facts.delivered - cancelled, left=left)
            result = decide(step, state, here)
            if isinstance(result, Accepted):
                state = decider.fold(result.events, state)
                grants += [event for event in result.events if isinstance(event, RefundGranted)]
    return state, cancelled, shares, grants


histories = st.lists(commands | some, max_size=25)


@given(known(), histories)
def test_credits_and_cancellations_sum_to_the_lines_exactly(facts: Facts, steps: list[Command | Quantities]) -> None:
    """Whatever was taken in whatever portions, taking the rest makes the lines' totals to the last coin."""
    state, cancelled, shares, grants = run(facts, steps)
    left = cancelled + granted_units(state)
    rest = [facts.ledger.take(line, left[line], count) for line, count in facts.delivered - left]
    total = sum((*shares, *rest), start=Share())
    assert total.gross + sum(grant.goods.minor for grant in grants) == facts.ledger.total.gross
    assert total.vat + sum(grant.vat for grant in grants) == facts.ledger.total.vat
    assert total.deposit + sum(grant.deposit.minor for grant in grants) == facts.ledger.total.deposit
    for grant in grants:
        each = ((facts.ledger.line(line).take(0, 1).deposit, count) for line, count in grant.units)
        assert grant.deposit.minor == sum(deposit * count for deposit, count in each)
        assert grant.amount == grant.goods + grant.deposit + grant.delivery + grant.fee


@given(known(), histories)
def test_no_more_units_come_back_than_were_delivered(facts: Facts, steps: list[Command | Quantities]) -> None:
    """Declared, received, inspected and credited units each stay within the step before."""
    state, cancelled, _, _ = run(facts, steps)
    assert granted_units(state) + cancelled <= facts.delivered
    assert Quantities(pair for one in state.returns for pair in one.claimed) <= facts.delivered - cancelled
    for one in state.returns:
        assert one.received <= one.quantities
        assert one.granted <= one.quantities
        assert one.accepted + one.opened <= one.received


@given(known(), histories)
def test_delivery_is_credited_at_most_once_and_only_with_the_last_unit(
    facts: Facts, steps: list[Command | Quantities]
) -> None:
    """And never beyond what was paid or the cheapest offered."""
    state, cancelled, _, grants = run(facts, steps)
    credited = sum(grant.delivery.minor for grant in grants)
    cheapest = facts.delivery_paid if facts.cheapest_delivery is None else facts.cheapest_delivery
    everything = granted_units(state) + cancelled == facts.delivered
    assert credited <= (min(facts.delivery_paid, cheapest).minor if everything else 0)


@given(known(), histories)
def test_the_fee_is_credited_with_the_last_unit_and_no_other(facts: Facts, steps: list[Command | Quantities]) -> None:
    """By the return that brings it; a cancellation that takes it credits the fee by itself."""
    state, cancelled, _, grants = run(facts, steps)
    paid = facts.fee_paid or Money(0, "PLN")
    credited = [grant.fee for grant in grants if grant.fee]
    assert credited in ([], [paid])
    if granted_units(state) == facts.delivered and not cancelled:
        assert sum(fee.minor for fee in credited) == paid.minor
    elif granted_units(state) + cancelled != facts.delivered:
        assert not credited


@given(known(), histories, commands)
def test_the_same_command_twice_gives_no_second_event(
    facts: Facts, steps: list[Command | Quantities], command: Command
) -> None:
    """Once it held, it is so."""
    state, cancelled, _, _ = run(facts, steps)
    here = attrs.evolve(facts, delivered=facts.delivered - cancelled, left=cancelled + granted_units(state))
    first = decide(command, state, here)
    if isinstance(first, Accepted):
        after = decider.fold(first.events, state)
        again = attrs.evolve(here, left=cancelled + granted_units(after))
        assert decide(command, after, again) == Accepted(())


@given(known(), histories)
def test_what_the_form_offers_is_accepted(facts: Facts, steps: list[Command | Quantities]) -> None:
    """Everything withdrawable can be withdrawn from at once, and nothing is left then."""
    state, cancelled, _, _ = run(facts, steps)
    here = attrs.evolve(facts, at=NOW + timedelta(hours=1), delivered=facts.delivered - cancelled)
    if offered := withdrawable(state, here):
        result = decide(DeclareWithdrawal(order="o", quantities=offered), state, here)
        assert isinstance(result, Accepted)
        assert result.events
        assert withdrawable(decider.fold(result.events, state), here) == Quantities()


@given(known())
def test_everything_sent_back_unit_by_unit_costs_nothing(facts: Facts) -> None:
    """One return per unit gives back the goods to the last coin, and delivery with the last one."""
    units = [Quantities({line: 1}) for line, count in facts.delivered for _ in range(count)]
    state = Returns()
    grants: list[RefundGranted] = []
    for number, unit in enumerate(units, start=1):
        here = attrs.evolve(facts, at=NOW + timedelta(minutes=number), left=granted_units(state))
        for command in (DeclareWithdrawal(order="o", quantities=unit), GrantRefund(order="o", return_=number)):
            result = decide(command, state, here)
            assert isinstance(result, Accepted)
            state = decider.fold(result.events, state)
            grants += [event for event in result.events if isinstance(event, RefundGranted)]
    assert sum(grant.goods.minor for grant in grants) == facts.ledger.total.gross
    cheapest = facts.delivery_paid if facts.cheapest_delivery is None else facts.cheapest_delivery
    assert [grant.delivery for grant in grants][-1] == min(facts.delivery_paid, cheapest)
    assert fold(()) == Returns()
