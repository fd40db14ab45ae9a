"""Given events, when a command, then exactly these events: coupons without a shop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from tests.workflows.counter import START, order_of, pln

from orderflow import coupons, pricing
from orderflow.counters import Move, MoveKind, Shortage
from orderflow.coupons import (
    AllowanceChanged,
    BudgetGranted,
    Campaign,
    Claim,
    CodesIssued,
    CouponNotUsable,
    CouponsGivenBack,
    CouponsReleased,
    CouponsReserved,
    CouponsUsed,
    Facts,
    Given,
    GrantBudget,
    GrantUses,
    IssueCodes,
    ItemFacts,
    ReserveCoupons,
    SettleCoupons,
    Use,
    UsesGranted,
)
from orderflow.errors import InvalidInputError
from orderflow.testing.spec import given

EVERYTHING = Campaign(
    id="all", codes=["all"], single_codes=True, limited=True, uses_per_customer=2, budgeted=True, given_back=True
)
PLAIN = Campaign(id="plain", codes=["plain"])
WHO = coupons.pseudonym("all", "c-1")
HIDDEN = coupons.digest("one-two")
CLAIM = Claim(typed="One-Two", code=HIDDEN, single=True, campaign=EVERYTHING, customer=WHO, budget=1000)
USE = Use(
    campaign="all",
    code=HIDDEN,
    single=True,
    limited=True,
    customer=WHO,
    budgeted=True,
    given_back=True,
    saved=pln("10.00"),
)
KEYS = (
    coupons.uses_id("all"),
    coupons.code_id("all", HIDDEN),
    coupons.customer_id("all", WHO),
    coupons.budget_id("all", "PLN"),
)
RESERVED = CouponsReserved(uses=(USE,), at=START)
USED = CouponsUsed(at=START)
RESERVE = ReserveCoupons(order="o", codes=["One-Two"])
SETTLE = SettleCoupons(order="o")
SAVED = (("all", pln("10.00")),)


def facts(**changes: Any) -> Facts:
    """What is known when the order is placed."""
    return Facts(**{"at": START, "claims": (CLAIM,), "saved": SAVED, **changes})


def test_what_was_saved_is_reserved() -> None:
    """With everything that it counts against."""
    given(coupons.decider).when(RESERVE, facts()).then(RESERVED)


def test_coupons_are_reserved_once() -> None:
    """An order keeps those with which it was placed."""
    given(coupons.decider, RESERVED).when(RESERVE, facts()).then_nothing()


@pytest.mark.parametrize("saved", [(), (("all", pln("0.00")),)])
def test_what_saves_nothing_is_not_reserved(saved: Any) -> None:
    """Its code is good, all the same."""
    given(coupons.decider).when(RESERVE, facts(saved=saved)).then_nothing()


@pytest.mark.parametrize("key", KEYS)
def test_a_code_is_not_usable_where_a_counter_was_short(key: str) -> None:
    """Whichever of its counters it was."""
    short = (Shortage(key, MoveKind.HOLD, 1, 0),)
    given(coupons.decider).when(RESERVE, facts(shortages=short)).then_rejected(CouponNotUsable("One-Two"))


def test_a_shortage_of_something_else_says_nothing_of_the_code() -> None:
    """Stock that is short is for others to tell."""
    short = (Shortage("stk_MUG", MoveKind.HOLD, 1, 0),)
    given(coupons.decider).when(RESERVE, facts(shortages=short)).then(RESERVED)


@pytest.mark.parametrize(("budget", "fits"), [(1000, True), (999, False), (None, True)])
def test_a_budget_is_reached_and_not_passed(budget: int | None, fits: bool) -> None:
    """To the coin."""
    asked = given(coupons.decider).when(RESERVE, facts(claims=(attrs.evolve(CLAIM, budget=budget),)))
    if fits:
        asked.then(RESERVED)
    else:
        asked.then_rejected(CouponNotUsable("One-Two"))


def test_every_code_that_is_not_usable_is_told_once() -> None:
    """In the order in which they were given, good ones left out."""
    command = ReserveCoupons(order="o", codes=["x", "One-Two", "y", "x"])
    given(coupons.decider).when(command, facts()).then_rejected(CouponNotUsable("x"), CouponNotUsable("y"))


def test_the_first_of_two_codes_of_a_campaign_counts() -> None:
    """The other one is good, and stays so."""
    other = attrs.evolve(CLAIM, typed="Other", code=coupons.digest("other"))
    command = ReserveCoupons(order="o", codes=["One-Two", "Other"])
    given(coupons.decider).when(command, facts(claims=(CLAIM, other))).then(RESERVED)


def test_a_reserved_use_is_used_once_the_order_is_confirmed() -> None:
    """And not before."""
    waiting = given(coupons.decider, RESERVED).when(SETTLE, facts()).then_nothing()
    waiting.when(SETTLE, facts(confirmed=True)).then(USED).when(SETTLE, facts(confirmed=True)).then_nothing()


def test_a_reserved_use_is_released_once() -> None:
    """Whatever the campaign says of uses that were used."""
    kept = CouponsReserved(uses=(attrs.evolve(USE, given_back=False),), at=START)
    released = given(coupons.decider, kept).when(SETTLE, facts(cancelled=True)).then(CouponsReleased(at=START))
    released.when(SETTLE, facts(cancelled=True)).then_nothing()


def test_a_used_use_comes_back_once_where_the_campaign_says_so() -> None:
    """Of two campaigns one may, and the other not."""
    other = attrs.evolve(USE, campaign="other", given_back=False)
    both = CouponsReserved(uses=(USE, other), at=START)
    back = CouponsGivenBack(campaigns=("all",), at=START)
    settled = given(coupons.decider, both, USED).when(SETTLE, facts(cancelled=True)).then(back)
    settled.when(SETTLE, facts(cancelled=True)).then_nothing()


def test_the_counters_move_with_the_events() -> None:
    """Held, consumed, released or added: each counter with what the use counts there."""
    before = coupons.fold([RESERVED])
    counted = tuple(zip(KEYS, (1, 1, 1, 1000), strict=True))
    back = CouponsGivenBack(campaigns=("all",), at=START)
    for event, kind in (
        (RESERVED, MoveKind.HOLD),
        (USED, MoveKind.CONSUME),
        (CouponsReleased(at=START), MoveKind.RELEASE),
        (back, MoveKind.ADD),
    ):
        assert coupons.moves(event, "ord_1", before) == tuple(Move(key, kind, count, "ord_1") for key, count in counted)
    assert coupons.held(before) == counted
    assert coupons.held(coupons.fold([RESERVED, USED])) == ()


def test_what_is_not_limited_moves_no_counter() -> None:
    """A shared code without limits costs nothing to keep."""
    free = attrs.evolve(USE, campaign="plain", single=False, limited=False, customer=None, budgeted=False)
    assert coupons.moves(CouponsReserved(uses=(free,), at=START), "ord_1", coupons.Coupons()) == ()


def look(codes: list[str], *campaigns: Campaign, customer: str | None = "c-1", **left: int) -> tuple[Claim, ...]:
    """The claims where these counters have this left, and all others nothing."""
    levels = dict(zip(("uses", "code", "person", "budget"), KEYS, strict=True))
    there = {levels[name]: count for name, count in left.items()}
    asked = Given(codes=tuple(codes), customer=customer, currency="PLN", at=START)
    return coupons.find_claims(asked, campaigns or (EVERYTHING,), lambda key: there.get(key, 0))


def test_a_code_is_good_while_all_its_counters_have_something_left() -> None:
    """One that is empty closes the campaign."""
    full = {"uses": 1, "code": 1, "person": 1, "budget": 1000}
    assert look(["One-Two"], **full) == (CLAIM,)
    for name in full:
        assert look(["One-Two"], **{**full, name: 0}) == ()
    assert look(["One-Two"], customer=None, **full) == ()


def test_all_counters_are_asked_whatever_the_code_is() -> None:
    """How long an answer takes says nothing about a code."""
    early = attrs.evolve(PLAIN, id="early", codes=["early"], starts=START + timedelta(days=1), limited=True)
    asked: list[list[str]] = []
    for code in ("nothing", "early", "plain", "all", "one-two"):
        keys: list[str] = []
        one = Given(codes=(code,), customer="c-1", currency="PLN", at=START)
        coupons.find_claims(one, (early, PLAIN, EVERYTHING), lambda key, keys=keys: keys.append(key) or 1)
        asked.append([key.replace(coupons.digest(code), "?") for key in keys])
    assert asked == [asked[0]] * 5


def test_of_campaigns_that_do_not_run_nothing_is_asked() -> None:
    """Many old ones cost nothing, and their codes are like codes that never were."""
    over = attrs.evolve(EVERYTHING, id="over", codes=["over"], ends=START)
    keys: list[str] = []
    one = Given(codes=("over",), customer="c-1", currency="PLN", at=START)
    assert coupons.find_claims(one, (over,), lambda key: keys.append(key) or 1) == ()
    assert keys == []


@pytest.mark.parametrize("typed", ["PLAIN", " plain ", "pl-ain", "\uff50\uff4c\uff41\uff49\uff4e", "Pl ain"])
def test_how_a_code_is_typed_does_not_matter(typed: str) -> None:
    """Case, width, spaces and dashes."""
    assert [claim.campaign for claim in look([typed], PLAIN)] == [PLAIN]


GRANT = GrantUses(campaign="all", uses=3, reference="r-1")
GRANTED = UsesGranted(campaign="all", uses=3, reference="r-1", at=START)
MONEY = GrantBudget(campaign="all", amount=pln("5.00"), reference="r-1")


def item_facts(**changes: Any) -> ItemFacts:
    """The shop knows the campaign."""
    return ItemFacts(**{"at": START, "campaign": EVERYTHING, "known": ("all",), **changes})


def test_a_grant_counts_once() -> None:
    """Repeated it changes nothing; another reference grants more; the same with another number is a mistake."""
    first = given(coupons.item_decider).when(GRANT, item_facts()).then(GRANTED)
    first.when(GRANT, item_facts()).then_nothing()
    first.when(attrs.evolve(GRANT, uses=4), item_facts()).then_rejected(coupons.ReferenceReused("r-1", 3))
    more = attrs.evolve(GRANT, reference="r-2")
    first.when(more, item_facts()).then(attrs.evolve(GRANTED, reference="r-2"))


def test_a_budget_is_granted_in_money() -> None:
    """In the currency that it counts."""
    granted = BudgetGranted(campaign="all", amount=pln("5.00"), reference="r-1", at=START)
    given(coupons.item_decider).when(MONEY, item_facts()).then(granted)
    assert coupons.item_moves(granted, "o") == (Move(coupons.budget_id("all", "PLN"), MoveKind.ADD, 500, "o"),)


def test_codes_are_issued_as_digests_and_once() -> None:
    """Those that were issued before are left out."""
    command = IssueCodes(campaign="all", codes=["One-Two", "ONE TWO", "three"])
    issued = CodesIssued(campaign="all", digests=(HIDDEN, coupons.digest("three")), at=START)
    given(coupons.item_decider).when(command, item_facts()).then(issued)
    rest = CodesIssued(campaign="all", digests=(coupons.digest("three"),), at=START)
    given(coupons.item_decider).when(command, item_facts(issued=frozenset({HIDDEN}))).then(rest)
    both = frozenset({HIDDEN, coupons.digest("three")})
    given(coupons.item_decider).when(command, item_facts(issued=both)).then_nothing()


@pytest.mark.parametrize(
    ("granted", "available", "change"),
    [(0, 0, 2), (2, 2, None), (2, 0, None), (1, 1, 1), (5, 5, -3), (5, 1, -1), (5, 0, None), (3, -1, None)],
)
def test_a_customers_allowance_follows_the_limit(granted: int, available: int, change: int | None) -> None:
    """Raised at once; lowered as far as uses are free."""
    found = coupons.change_allowance(campaign=EVERYTHING, customer=WHO, granted=granted, available=available, at=START)
    expected = None if change is None else AllowanceChanged(campaign="all", customer=WHO, change=change, at=START)
    assert found == expected
    if found is not None:
        (move,) = coupons.item_moves(found, "o")
        assert (move.kind is MoveKind.ADD, move.quantity) == (found.change > 0, abs(found.change))


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("id", {"id": ""}),
        ("codes[0]", {"codes": [" "]}),
        ("codes", {"codes": "summer"}),
        ("uses_per_customer", {"uses_per_customer": 0}),
        ("ends", {"starts": START, "ends": START}),
        ("starts", {"starts": START.replace(tzinfo=None)}),
        ("limited", {"limited": 1}),
    ],
)
def test_a_campaign_that_makes_no_sense_is_refused(path: str, wrong: dict[str, Any]) -> None:
    """With the place."""
    with pytest.raises(InvalidInputError) as refused:
        Campaign(**{"id": "c", **wrong})
    assert refused.value.path == path


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: GrantUses(campaign="c", uses=0, reference="r"), "uses"),
        (lambda: GrantUses(campaign="c", uses=True, reference="r"), "uses"),
        (lambda: GrantBudget(campaign="c", amount=pln("0.00"), reference="r"), "amount"),
        (lambda: GrantBudget(campaign="c", amount=-pln("1.00"), reference="r"), "amount"),
        (lambda: IssueCodes(campaign="c", codes=[]), "codes"),
        (lambda: IssueCodes(campaign="c", codes=["x"] * 10_001), "codes"),
        (lambda: ReserveCoupons(order="o", codes=3), "codes"),  # type: ignore[arg-type]
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(make: Any, path: str) -> None:
    """With the place."""
    with pytest.raises(InvalidInputError) as refused:
        make()
    assert refused.value.path == path


def test_codes_stay_out_of_reprs() -> None:
    """A log line shows no code, shared or single, and no digest."""
    code = "Zebra-7"
    use = attrs.evolve(USE, code=pricing.normal_code(code))
    shown = "".join(
        repr(value).upper()
        for value in (
            Campaign(id="plain", codes=[code]),
            attrs.evolve(CLAIM, typed=code),
            ReserveCoupons(order="o", codes=[code]),
            IssueCodes(campaign="all", codes=[code]),
            CouponNotUsable(code),
            Given(codes=(code,), customer=None, currency="PLN", at=START),
            CouponsReserved(uses=(use, USE), at=START),
            order_of(coupons=[code]),
        )
    )
    assert "ZEBRA" not in shown
    assert HIDDEN.upper() not in shown
