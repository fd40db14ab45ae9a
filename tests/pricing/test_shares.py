"""Rounding and sharing out by policy."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderflow.errors import InvalidInputError
from orderflow.money import share_out
from orderflow.pricing._policy import Allocation, Rounding
from orderflow.pricing._shares import rounded, share, share_capped

from .cases import CASES, FILE, minor, policy_of, right_answer

CUTTING = (Allocation.FIRST, Allocation.LAST, Allocation.LARGEST_WEIGHT)
totals = st.integers(0, 60) | st.integers(0, 10**20)
weight = st.sampled_from((0, 1, 1, 2)) | st.integers(0, 50) | st.integers(0, 10**9)
weight_lists = st.lists(weight, min_size=1, max_size=12)
allocations = st.sampled_from(Allocation)
roundings = st.sampled_from(Rounding)
capped = st.lists(st.tuples(weight, st.integers(0, 8) | st.integers(0, 10**9)), max_size=12)

needs_cases = pytest.mark.skipif(not FILE.is_file(), reason="the worked examples are not here")
ALLOCATION_CASES = [case for case in CASES if "allocation" in case]
ROUNDING_CASES = [case for case in CASES if "rounding_input" in case]
ORDER_AMOUNT_CASES = [
    case
    for case in CASES
    if [(promotion["kind"], "target" in promotion) for promotion in case["promotions"]] == [("order_fixed", False)]
    and "line_discounts" in case["expected"]
]


def name_of(case: dict[str, Any]) -> str:
    return case["id"]


# Rounding


@pytest.mark.parametrize(
    ("rounding", "halves"),
    [
        (Rounding.HALF_UP, (1, 2, 3)),
        (Rounding.HALF_EVEN, (0, 2, 2)),
        (Rounding.HALF_DOWN, (0, 1, 2)),
        (Rounding.DOWN, (0, 1, 2)),
    ],
)
def test_halves_go_where_the_policy_says(rounding: Rounding, halves: tuple[int, ...]) -> None:
    """0.5, 1.5 and 2.5."""
    assert tuple(rounded(numerator, 2, rounding) for numerator in (1, 3, 5)) == halves


@given(st.integers(), st.integers(1, 10**9), roundings)
def test_a_rounded_number_is_next_to_the_exact_one(numerator: int, denominator: int, rounding: Rounding) -> None:
    """The nearest for all but ``DOWN``, which is never beyond the exact one; whole numbers stay."""
    exact, result = Fraction(numerator, denominator), rounded(numerator, denominator, rounding)
    if rounding is Rounding.DOWN:
        assert abs(result) <= abs(exact) < abs(result) + 1
    else:
        assert abs(result - exact) <= Fraction(1, 2)
    assert rounded(numerator * denominator, denominator, rounding) == numerator


@given(st.integers(), st.integers(1, 100), roundings)
def test_rounding_is_the_same_on_both_sides_of_zero(numerator: int, denominator: int, rounding: Rounding) -> None:
    """A refund rounds like the sale it undoes."""
    assert rounded(-numerator, denominator, rounding) == -rounded(numerator, denominator, rounding)


@needs_cases
@pytest.mark.parametrize("case", ROUNDING_CASES, ids=name_of)
def test_worked_examples_of_rounding(case: dict[str, Any]) -> None:
    """To steps of cash, rounded once."""
    value, step = Fraction(case["rounding_input"]["value"]), Fraction(case["rounding_input"]["step"])
    steps = rounded(*(value / step).as_integer_ratio(), policy_of(case).rounding)
    assert steps * step == Fraction(right_answer(case)["value"])


# Sharing out


@given(totals, weight_lists, allocations, roundings)
def test_shares_sum_to_the_total_and_are_never_negative(
    total: int, weights: list[int], allocation: Allocation, rounding: Rounding
) -> None:
    """Whatever the policy, nothing is lost, and nobody pays for another's discount."""
    shares = share(total, weights, allocation, rounding)
    assert sum(shares) == total
    assert len(shares) == len(weights)
    assert min(shares) >= 0


@given(totals, weight_lists, allocations, roundings)
def test_a_negative_total_is_the_mirror_image(
    total: int, weights: list[int], allocation: Allocation, rounding: Rounding
) -> None:
    """A correction shares like what it corrects."""
    shares = share(total, weights, allocation, rounding)
    assert share(-total, weights, allocation, rounding) == tuple(-part for part in shares)


@given(totals, weight_lists.filter(any), allocations, roundings)
def test_no_weight_no_share(total: int, weights: list[int], allocation: Allocation, rounding: Rounding) -> None:
    """A free line bears nothing; the one policy that gives it something gives a coin for each line at most."""
    most = 1 if allocation is Allocation.HALF_DOWN_THEN_FIRST else 0
    shares = share(total, weights, allocation, rounding)
    assert all(part <= most for part, own in zip(shares, weights, strict=True) if not own)


@given(totals, weight_lists.filter(any), st.sampled_from((Allocation.LARGEST_REMAINDER, *CUTTING)))
def test_a_share_is_within_a_coin_of_its_exact_value(total: int, weights: list[int], allocation: Allocation) -> None:
    """A whole coin off only by those policies that may give one to somebody who was not cut."""
    shares, whole = share(total, weights, allocation), sum(weights)
    most = whole if allocation in CUTTING else whole - 1
    assert all(abs(part * whole - total * own) <= most for part, own in zip(shares, weights, strict=True))


@given(totals, weight_lists)
def test_the_default_is_largest_remainder(total: int, weights: list[int]) -> None:
    """As VAT and deliveries are shared."""
    assert share(total, weights) == share_out(total, weights if any(weights) else [1] * len(weights))


@given(totals, st.integers(1, 12), allocations)
def test_weights_that_are_all_zero_share_equally(total: int, count: int, allocation: Allocation) -> None:
    """The earlier ones carry the odd coins."""
    shares = share(total, [0] * count, allocation)
    each, odd = divmod(total, count)
    assert shares == (each + 1,) * odd + (each,) * (count - odd)


@given(totals, weight_lists, st.integers(1, 10**6), allocations, roundings)
def test_only_proportions_count(
    total: int, weights: list[int], factor: int, allocation: Allocation, rounding: Rounding
) -> None:
    """Weights in cents or in dollars come to the same shares."""
    assert share(total, [own * factor for own in weights], allocation, rounding) == share(
        total, weights, allocation, rounding
    )


@pytest.mark.parametrize(
    ("allocation", "shares"),
    [
        (Allocation.LARGEST_REMAINDER, (0, 1, 3, 4, 0)),
        (Allocation.FIRST, (0, 2, 2, 4, 0)),
        (Allocation.LAST, (0, 1, 2, 5, 0)),
        (Allocation.LARGEST_WEIGHT, (0, 1, 2, 5, 0)),
        (Allocation.LAST_LINE, (0, 1, 3, 4, 0)),
        (Allocation.CUMULATIVE_FROM_END, (0, 2, 2, 4, 0)),
        (Allocation.HALF_DOWN_THEN_FIRST, (0, 1, 3, 4, 0)),
    ],
)
def test_eight_coins_over_three_lines(allocation: Allocation, shares: tuple[int, ...]) -> None:
    """Exactly 1.17, 2.63 and 4.20, between two free lines."""
    assert share(8, [0, 40, 90, 144, 0], allocation) == shares


def test_each_policy_has_its_own_way_with_halves() -> None:
    """161.25, 52.5 and 86.25, a case where the policies tell themselves apart."""
    found = {allocation: share(300, [4300, 1400, 2300], allocation) for allocation in Allocation}
    assert found[Allocation.LARGEST_REMAINDER] == (161, 53, 86)
    assert found[Allocation.LAST] == (161, 52, 87)
    assert found[Allocation.HALF_DOWN_THEN_FIRST] == (162, 52, 86)


def test_the_last_line_never_takes_less_than_nothing() -> None:
    """Where the others are rounded up beyond the total, the later of them get less."""
    assert share(5, [1] * 10, Allocation.LAST_LINE) == (1, 1, 1, 1, 1, 0, 0, 0, 0, 0)


def test_a_correction_takes_no_coin_from_those_who_have_none() -> None:
    """Three shares of 0.67 are a coin too many, which the free first line cannot give back."""
    assert share(2, [0, 1, 1, 1], Allocation.HALF_DOWN_THEN_FIRST) == (0, 0, 1, 1)


def test_a_correction_takes_a_coin_from_those_who_have_one() -> None:
    """Three shares of 0.67 and 0.29 and 1.04 would be a coin too many: the first one gives it back, its only one."""
    assert share(2, [2, 3, 2], Allocation.HALF_DOWN_THEN_FIRST) == (0, 1, 1)


def test_a_negative_total_is_rounded_like_the_positive_one() -> None:
    """Each third of five is cut, and the last one takes the rest, on both sides of zero."""
    assert share(5, [1, 1, 1], Allocation.LAST_LINE, Rounding.DOWN) == (1, 1, 3)
    assert share(-5, [1, 1, 1], Allocation.LAST_LINE, Rounding.DOWN) == (-1, -1, -3)


@pytest.mark.parametrize("allocation", Allocation)
def test_what_cannot_be_shared_is_refused(allocation: Allocation) -> None:
    """Negative weights, and something to share among nobody."""
    for weights, said in (([1, -1, 3], "must not be negative"), ([], "cannot split 7 over weights that are all zero")):
        for total in (7, -7):
            with pytest.raises(InvalidInputError) as refused:
                share(total, weights, allocation)
            assert str(refused.value) == f"weights: {said}"


def shared_by(case: dict[str, Any], allocation: Allocation) -> tuple[int, ...]:
    asked, scale = case["allocation"], case["currency"] if case["allocation"]["unit"] == "major" else "JPY"
    weights = [Fraction(text) for text in asked["weights"]]
    common = lcm(*(own.denominator for own in weights))
    return share(
        minor(asked["amount"], scale), [int(own * common) for own in weights], allocation, policy_of(case).rounding
    )


@needs_cases
@pytest.mark.parametrize("case", ALLOCATION_CASES, ids=name_of)
def test_worked_examples_of_sharing(case: dict[str, Any]) -> None:
    """The policy that is said to give the numbers gives them."""
    scale = case["currency"] if case["allocation"]["unit"] == "major" else "JPY"
    wanted = tuple(minor(part, scale) for part in right_answer(case)["parts"])
    assert shared_by(case, policy_of(case).allocation) == wanted


@needs_cases
@pytest.mark.parametrize(
    "case",
    [
        case
        for case in ALLOCATION_CASES
        if "quirk" not in case and any(Fraction(own) for own in case["allocation"]["weights"])
    ],
    ids=name_of,
)
def test_policies_differ_where_the_examples_say_so(case: dict[str, Any]) -> None:
    """And only there; equal shares for weights of zero are the same under all policies here."""
    own = shared_by(case, policy_of(case).allocation)
    differing = {allocation for allocation in Allocation if shared_by(case, allocation) != own}
    assert differing == set(case.get("sensitive_to", {}).get("allocation", ()))


# With caps


def water_level(total: int, weights: list[int], caps: list[int]) -> list[Fraction]:
    """Exact shares with caps, found the slow way: who is full leaves, the others go on."""
    open_, left, exact = set(range(len(weights))), Fraction(total), [Fraction(0)] * len(weights)
    while open_:
        whole = sum(weights[index] for index in open_)
        quotas = {index: left * weights[index] / whole if whole else Fraction(0) for index in open_}
        full = {index for index in open_ if quotas[index] > caps[index]}
        for index in full or open_:
            exact[index] = Fraction(caps[index]) if full else quotas[index]
            left -= exact[index]
        open_ = open_ - full if full else set()
    return exact


@given(totals, capped, allocations, roundings)
def test_nobody_takes_more_than_their_cap(
    total: int, lines: list[tuple[int, int]], allocation: Allocation, rounding: Rounding
) -> None:
    """As much as possible is given, to the coin, and none of it to lines without weight."""
    weights, caps = [own for own, _ in lines], [cap for _, cap in lines]
    shares = share_capped(total, weights, caps, allocation, rounding)
    assert all(0 <= part <= cap for part, cap in zip(shares, caps, strict=True))
    takers = [cap for own, cap in lines if own] or caps
    if allocation is not Allocation.HALF_DOWN_THEN_FIRST:
        assert sum(shares) == min(total, sum(takers))
        assert not any(weights) or all(part == 0 for part, own in zip(shares, weights, strict=True) if not own)
    assert min(total, sum(takers)) <= sum(shares) <= total
    assert share_capped(-total, weights, caps, allocation, rounding) == tuple(-part for part in shares)


@given(totals, capped)
def test_capped_shares_are_within_a_coin_of_the_water_level(total: int, lines: list[tuple[int, int]]) -> None:
    """What is too much for one is shared by the others in their proportion, and so on until it fits."""
    weights, caps = [own for own, _ in lines], [cap for _, cap in lines]
    if lines and not any(weights):
        weights = [1] * len(lines)
    exact = water_level(total, weights, caps)
    shares = share_capped(total, weights, caps)
    assert all(abs(part - level) < 1 for part, level in zip(shares, exact, strict=True))


@given(totals, weight_lists, allocations, roundings)
def test_caps_that_nobody_reaches_change_nothing(
    total: int, weights: list[int], allocation: Allocation, rounding: Rounding
) -> None:
    """The usual case."""
    shares = share(total, weights, allocation, rounding)
    assert share_capped(total, weights, shares, allocation, rounding) == shares
    assert share_capped(total, weights, [total + 1] * len(weights), allocation, rounding) == shares


def test_lines_reach_their_caps_one_after_the_other() -> None:
    """36.00 over 100, 40, 30 and 10 where the first two give 10.00 at most: the others go on in their proportion."""
    weights, caps = [10_000, 4_000, 3_000, 1_000], [1_000, 1_000, 3_000, 1_000]
    assert share_capped(3_600, weights, caps) == (1_000, 1_000, 1_200, 400)


def test_who_is_full_first_leaves_more_to_the_others() -> None:
    """Ten by 2:1:1:2. The last takes its one, then the second its two of nine; the seven that are left go by 2:1."""
    by = (Allocation.LAST_LINE, Rounding.HALF_DOWN)
    assert share_capped(10, [2, 1, 1, 2], [8, 2, 3, 1], *by) == (5, 2, 2, 1)
    assert share_capped(3, [3, 3, 3, 1], [0, 1, 3, 3], Allocation.LAST_LINE, Rounding.HALF_EVEN) == (0, 1, 2, 0)


def test_a_coin_that_rounding_puts_above_a_cap_is_shared_again() -> None:
    """Rounded down, the last line would take two, and has room for one; the line before it takes the other."""
    assert share_capped(4, [3, 0, 3, 1], [3, 3, 2, 1], Allocation.LAST_LINE, Rounding.DOWN) == (1, 0, 2, 1)


def test_what_fits_exactly_is_not_too_much() -> None:
    """A share that is its cap stays; whoever comes after it is as without caps."""
    assert share_capped(1, [0, 1, 1], [3, 3, 0], Allocation.HALF_DOWN_THEN_FIRST) == (1, 0, 0)
    assert share_capped(3, [5, 4, 2, 1], [7, 0, 3, 2], Allocation.LAST_LINE, Rounding.DOWN) == (1, 0, 0, 2)


def test_caps_are_filled_with_the_same_rounding() -> None:
    """The one that was asked for, whether caps are reached or not."""
    assert share_capped(3, [1, 1], [5, 3], Allocation.LAST_LINE, Rounding.DOWN) == (1, 2)
    assert share_capped(2, [3, 1, 2, 2], [2, 1, 0, 0], Allocation.LAST_LINE, Rounding.HALF_DOWN) == (1, 1, 0, 0)


def test_without_weights_all_are_filled_alike() -> None:
    """Up to their caps."""
    assert share_capped(2, [0], [1]) == (1,)
    assert share_capped(7, [0, 0, 0], [1, 9, 9]) == (1, 3, 3)


def test_every_weight_has_a_cap() -> None:
    """One without the other is a mistake, and nobody guesses whose cap it is."""
    with pytest.raises(ValueError, match="zip"):
        share_capped(10, [1, 1], [10])


def test_a_coin_that_does_not_fit_goes_to_somebody_else() -> None:
    """The first line's share is exactly its cap, so that the odd coin passes on."""
    assert share_capped(5, [2, 4, 4], [1, 9, 9], Allocation.FIRST) == (1, 2, 2)
    assert share_capped(6, [2, 4, 4], [1, 9, 9], Allocation.FIRST) == (1, 3, 2)
    assert share_capped(3, [2, 1, 1, 2], [1, 9, 9, 9], Allocation.FIRST) == (1, 1, 0, 1)


def test_a_thousand_lines_with_ever_larger_caps() -> None:
    """Each full line would fill the next one only; the work stays in proportion to the lines all the same."""
    weights, caps = [1] * 1000, list(range(1000))
    assert share_capped(sum(caps) - 1, weights, caps) == (*range(999), 998)


@needs_cases
@pytest.mark.parametrize("case", ORDER_AMOUNT_CASES, ids=name_of)
def test_worked_examples_of_an_amount_off_the_order(case: dict[str, Any]) -> None:
    """By the lines' prices, at most down to their floors; policies differ where the example says so."""
    currency, lines = case["currency"], case["lines"]
    weights = [minor(line["unit_price"], currency) * line["quantity"] for line in lines]
    floors = [minor(line.get("min_unit_price", "0"), currency) * line["quantity"] for line in lines]
    caps = [own - floor for own, floor in zip(weights, floors, strict=True)]
    amount, policy = minor(case["promotions"][0]["amount"], currency), policy_of(case)
    found = {allocation: share_capped(amount, weights, caps, allocation, policy.rounding) for allocation in Allocation}
    by_line = zip(lines, found[policy.allocation], strict=True)
    off = {line["sku"]: part for line, part in by_line if part}
    assert off == {sku: minor(text, currency) for sku, text in right_answer(case)["line_discounts"].items()}
    differing = {allocation for allocation in Allocation if found[allocation] != found[policy.allocation]}
    assert differing == set(case.get("sensitive_to", {}).get("allocation", ()))
