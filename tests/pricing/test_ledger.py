"""Every unit's share, and units leaving from the end of their line."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow.errors import InvalidInputError
from orderflow.pricing import Ledger, LineLedger, Run, Share, even_ledger, share_delivery

from .baskets import line, method, priced

LEDGER = Ledger("PLN", (even_ledger("mug", 3, Share(100, 81, 19)), even_ledger("tea", 1, Share(50, 50, 0, 5, 7))))

WHOLE = "expected a whole number of units, zero or more"

shares = st.builds(
    lambda net, vat, discount, delivery: Share(net + vat, net, vat, discount, delivery),
    *(st.integers(0, 10**7) | st.integers(0, 20) for _ in range(4)),
)
units = st.integers(1, 40) | st.integers(1, 1_000_000)


def test_the_first_units_carry_the_coins_that_do_not_divide() -> None:
    """100 over three is 34, 33, 33, and the VAT of 19 is 7, 6, 6; the last unit leaves first."""
    assert LEDGER.take("mug", 0, 1) == Share(33, 27, 6)
    assert LEDGER.take("mug", 1, 1) == Share(33, 27, 6)
    assert LEDGER.take("mug", 2, 1) == Share(34, 27, 7)


def test_totals_are_those_of_the_lines() -> None:
    """What a line, and the order, was made from comes back."""
    assert LEDGER.line_total("mug") == Share(100, 81, 19)
    assert LEDGER.total == Share(150, 131, 19, 5, 7)
    assert LEDGER.total.paid == 157


def test_shares_add_and_subtract() -> None:
    """Component by component."""
    one, two = Share(10, 8, 2, 1, 3), Share(4, 3, 1, 0, 5)
    assert one + two == Share(14, 11, 3, 1, 8)
    assert one - two == Share(6, 5, 1, 1, -2)
    assert two.times(3) == two + two + two
    assert two.times(0) == Share()


def test_nothing_taken_is_nothing() -> None:
    """No units, no money, even past the line's end."""
    assert LEDGER.take("mug", 3, 0) == Share()


@pytest.mark.parametrize(
    ("line_id", "skip", "count", "said"),
    [
        ("cup", 0, 1, "line: there is no line 'cup' in this ledger"),
        ("mug", 0, 4, "units: line 'mug' has only 3 units, 1 too few"),
        ("mug", 2, 3, "units: line 'mug' has only 3 units, 2 too few"),
        ("mug", 4, 1, "units: line 'mug' has only 3 units, 1 too few"),
        ("mug", -1, 1, f"skip: {WHOLE}"),
        ("mug", 0, -1, f"units: {WHOLE}"),
        ("mug", 0, True, f"units: {WHOLE}"),
        ("mug", 0.0, 1, f"skip: {WHOLE}"),
    ],
)
def test_what_a_ledger_does_not_have_cannot_be_taken(line_id: str, skip: int, count: int, said: str) -> None:
    """A unit leaves once, and only a unit that is there."""
    with pytest.raises(InvalidInputError) as caught:
        LEDGER.take(line_id, skip, count)
    assert str(caught.value) == said


def test_units_of_different_price_may_follow_each_other() -> None:
    """A ledger is any sequence of runs; taking goes through them from the end."""
    ledger = LineLedger("mug", (Run(2, Share(10, 10)), Run(3, Share(7, 7)), Run(1, Share())))
    assert ledger.units == 6
    assert ledger.take(1, 4) == Share(31, 31)
    assert ledger.total == Share(41, 41)


@given(units, shares, st.data())
def test_units_taken_in_any_portions_sum_to_the_line(count: int, share: Share, data: st.DataObject) -> None:
    """Cut a line anywhere: nothing is lost, nothing is paid twice."""
    ledger = even_ledger("mug", count, share)
    cuts = sorted({0, count, *data.draw(st.lists(st.integers(0, count), max_size=8))})
    portions = [ledger.take(start, end - start) for start, end in pairwise(cuts)]
    assert sum(portions, start=Share()) == share == ledger.total


@given(units, shares)
def test_units_of_a_line_differ_by_a_coin_at_most_and_each_adds_up(count: int, share: Share) -> None:
    """An even split is even in every component, never negative, and net and VAT make the gross of every unit."""
    runs = even_ledger("mug", count, share).runs
    assert sum(run.units for run in runs) == count
    assert len(runs) <= 5
    for name in ("gross", "net", "vat", "discount", "delivery"):
        values = [getattr(run.share, name) for run in runs]
        assert min(values) >= 0
        assert max(values) - min(values) <= 1
    assert all(run.share.gross == run.share.net + run.share.vat for run in runs)


@given(st.integers(0, 10**6), st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 100)), min_size=1, max_size=9))
def test_delivery_is_shared_out_to_the_last_coin(delivery: int, lines: list[tuple[int, int]]) -> None:
    """Whatever the lines are worth, even nothing."""
    gross, quantities = [line[0] for line in lines], [line[1] for line in lines]
    assert sum(share_delivery(delivery, gross, quantities)) == delivery


def test_a_million_units_are_as_quick_as_a_few() -> None:
    """Runs, not units, are what pricing and taking go through."""
    quote = priced(line("19.99", 1_000_000, net=True), delivery=method("13.37"))
    runs = quote.ledger.lines[0].runs
    assert len(runs) <= 5
    started = time.process_time()
    for skip in range(0, 999_000, 999):
        quote.ledger.take("1", skip, 1000)
    assert time.process_time() - started < 1
    assert quote.ledger.total.paid == quote.total.minor


def test_deposits_are_whole_coins_of_each_unit() -> None:
    """Like everything else in a ledger they are whole numbers."""
    ledger = even_ledger("beer", 3, Share(gross=900, net=732, vat=168, deposit=150))
    (run,) = ledger.runs
    assert (run.share.deposit, type(run.share.deposit)) == (50, int)
