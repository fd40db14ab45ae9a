"""Coupons through the front door, on both stores: priced with, reserved, used, given back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.workflows.counter import START, order_of, pln

from orderflow import CommandRejected, InvalidInputError, Quantities, coupons, orders, payments, pricing, wire
from orderflow.adapters.sqlite import SqliteStore
from orderflow.coupons import Campaign, GrantUses, IssueCodes, NoSuchLimit, ReferenceReused, UnknownCampaign, UseStage
from orderflow.runtime.memory import MemoryStore
from orderflow.verify import verify

from .campaigns import Desk, basket, not_usable, promotion

SUMMER = Campaign(id="summer", codes=["SUMMER-2026"], limited=True)
WELCOME = Campaign(id="welcome", codes=["welcome"], uses_per_customer=1)
THRIFTY = Campaign(id="thrifty", codes=["thrift"], budgeted=True)
BATCH = Campaign(id="batch", single_codes=True)
Open = Callable[..., Desk]


@pytest.fixture(params=["memory", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Open a shop on either store; whatever happened in it is verified in the end."""
    store: Any = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "shop.db")
    yield lambda *campaigns, **options: Desk(*campaigns, store=store, **options)
    assert verify(store) == ()
    store.close()


def test_a_usable_code_lowers_the_price_and_reserves_a_use(desk: Open) -> None:
    """What was quoted is what is placed; the use is held until the order is confirmed, and gone then."""
    at = desk(SUMMER)
    at.grant("summer", 2)
    quote = at.shop.quote(basket(), ["summer 2026"])
    view = at.place(" Summer-2026 ", payment_method="transfer")
    assert view.total == quote.total == pln("104.97")  # 99.98 less 10.00, and the courier
    assert at.uses("summer") == (2, 1)
    (use,) = view.coupons.uses
    assert (use.campaign, use.code, use.saved) == ("summer", "SUMMER2026", pln("10.00"))
    assert view.coupons.stage is UseStage.RESERVED
    paid = at.shop.do(payments.transfer_received(view.id, view.total, occurred_at=at.clock.now()))
    assert paid.coupons.stage is UseStage.USED
    assert at.uses("summer") == (1, 0)


def test_the_last_use_is_given_once(desk: Open) -> None:
    """A limit of two lets two orders through, and a further grant a third one."""
    at = desk(SUMMER)
    at.grant("summer", 2)
    assert [bool(at.refused("SUMMER2026")) for _ in range(3)] == [False, False, True]
    at.grant("summer", 1, "second")
    assert [bool(at.refused("SUMMER2026")) for _ in range(2)] == [False, True]


def test_without_a_grant_there_is_nothing_to_use(desk: Open) -> None:
    """A limited campaign that was never given uses has none."""
    assert desk(SUMMER).refused("SUMMER2026") == not_usable("SUMMER2026")


def test_an_order_cancelled_before_it_is_confirmed_frees_its_use_whatever_the_policy(desk: Open) -> None:
    """It never was used."""
    at = desk(attrs.evolve(SUMMER, given_back=False))
    at.grant("summer", 1)
    view = at.place("SUMMER2026", payment_method="transfer")
    assert at.cancel(view).coupons.stage is UseStage.RELEASED
    assert at.uses("summer") == (1, 0)
    at.cancel(view)
    assert at.uses("summer") == (1, 0)


@pytest.mark.parametrize(("given_back", "left"), [(True, 1), (False, 0)])
def test_a_confirmed_order_gives_its_use_back_if_the_campaign_says_so(desk: Open, given_back: bool, left: int) -> None:
    """And only once, however often it is cancelled."""
    at = desk(attrs.evolve(SUMMER, given_back=given_back))
    at.grant("summer", 1)
    view = at.place("SUMMER2026")
    assert at.uses("summer") == (0, 0)
    for _ in range(2):
        at.cancel(view)
        at.shop.do(coupons.SettleCoupons(order=view.id))
        assert at.uses("summer") == (left, 0)


def test_what_the_campaign_said_when_the_order_was_placed_counts(desk: Open) -> None:
    """A policy that changes later leaves orders alone."""
    at = desk(attrs.evolve(SUMMER, given_back=False))
    at.grant("summer", 1)
    view = at.place("SUMMER2026")
    at.shop.policy = attrs.evolve(at.shop.policy, campaigns=())
    at.cancel(view)
    assert at.uses("summer") == (0, 0)


def test_a_part_that_is_cancelled_keeps_the_use(desk: Open) -> None:
    """The rest was bought with it; with the last unit it comes back."""
    at = desk(SUMMER)
    at.grant("summer", 1)
    view = at.place("SUMMER2026")
    at.shop.do(orders.CancelLines(order=view.id, quantities=Quantities({"1": 2})))
    assert at.uses("summer") == (0, 0)
    at.shop.do(orders.CancelLines(order=view.id, quantities=Quantities({"2": 1})))
    assert at.uses("summer") == (1, 0)


def stored(at: Desk) -> list[str]:
    """What the store has streams of."""
    with at.store.reading() as transaction:
        return list(transaction.streams.names())


def test_a_preview_keeps_nothing_of_a_customers_limit(desk: Open) -> None:
    """Looking is no order: nothing is written of him, and the code is priced and refused as it would be."""
    at = desk(WELCOME)
    looked = {"customer": "c-1", "payment_method": "transfer"}
    there = stored(at)
    seen = at.shop.preview(order_of(coupons=("welcome",), **looked))
    assert stored(at) == there
    assert at.place("welcome", **looked).total == seen.total
    with pytest.raises(CommandRejected):
        at.shop.preview(order_of(coupons=("welcome",), **looked))


def test_an_unpaid_order_that_expires_frees_its_use_once(desk: Open) -> None:
    """Running again changes nothing."""
    at = desk(SUMMER)
    at.grant("summer", 1)
    at.place("SUMMER2026", payment_method="transfer")
    at.later(days=8)
    assert at.uses("summer") == (1, 0)
    at.later(days=8)
    assert at.uses("summer") == (1, 0)


def test_a_code_that_takes_nothing_off_uses_nothing_up(desk: Open) -> None:
    """The promotion needs more goods than there are: the order is placed at the full price."""
    needs_more = pricing.All([pricing.WithCoupon("summer"), pricing.Units(at_least=50)])
    at = desk(SUMMER, promotions=[promotion("summer", condition=needs_more)])
    at.grant("summer", 1)
    view = at.place("SUMMER2026")
    assert view.total == pln("114.97")
    assert view.coupons.uses == ()
    assert at.uses("summer") == (1, 0)


def test_only_the_coupon_that_won_is_used(desk: Open) -> None:
    """Of two campaigns the better one applies; the other keeps its use."""
    other = attrs.evolve(SUMMER, id="other", codes=["OTHER"])
    better = pricing.OrderPercent(percent=pricing.Percent.parse("20"))
    rules = [promotion("summer", group="one"), promotion("other", group="one", benefit=better, priority=1)]
    at = desk(SUMMER, other, promotions=rules)
    at.grant("summer", 1)
    at.grant("other", 1)
    view = at.place("SUMMER2026", "other")
    assert [use.campaign for use in view.coupons.uses] == ["other"]
    assert (at.uses("summer"), at.uses("other")) == ((1, 0), (0, 0))


def test_a_campaign_must_not_be_there_is_no_use_of_it(desk: Open) -> None:
    """A promotion for orders without the coupon uses no coupon."""
    without = promotion("summer", id="without", condition=pricing.Not(pricing.WithCoupon("summer")))
    at = desk(SUMMER, WELCOME, promotions=[without, promotion("welcome")])
    view = at.place("welcome", customer="c-1")
    assert [use.campaign for use in view.coupons.uses] == ["welcome"]


def test_what_a_coupon_opens_by_two_negations_is_a_use_all_the_same(desk: Open) -> None:
    """However a condition is put, a limit is not got around."""
    put = pricing.Not(pricing.AnyOf([pricing.Not(pricing.WithCoupon("summer")), pricing.InGroup(["staff"])]))
    at = desk(SUMMER, promotions=[promotion("summer", condition=put)])
    at.grant("summer", 1)
    assert [bool(at.refused("SUMMER2026")) for _ in range(2)] == [False, True]
    assert at.uses("summer") == (0, 0)


def test_an_order_that_is_placed_already_says_nothing_of_codes(desk: Open) -> None:
    """Its own coupons are settled; whether others are good is not the question."""
    at = desk(SUMMER)
    at.grant("summer", 1)
    view = at.place()
    asked = at.shop.explain(view.id, order_of(coupons=["SUMMER2026", "nothing"]))
    assert asked.reasons == (orders.AlreadyPlaced(),)


def test_how_a_campaign_stands_can_be_asked(desk: Open) -> None:
    """What is left and what open orders hold of it; of what was never granted, nothing."""
    at = desk(SUMMER, THRIFTY)
    at.grant("summer", 3)
    at.budget("thrifty", "25.00")
    at.place("SUMMER2026", "thrift", payment_method="transfer")
    summer, thrifty = at.shop.campaign_level("summer"), at.shop.campaign_level("thrifty", "PLN")
    assert (summer.value, summer.held) == (3, 1)
    assert (thrifty.value, thrifty.held) == (2500, 900)  # ten percent of what the first ten left
    assert at.shop.campaign_level("thrifty", "EUR").available == at.shop.campaign_level("none").available == 0
    with pytest.raises(InvalidInputError, match="currency"):
        at.shop.campaign_level("thrifty", "zloty")


def test_a_customer_has_so_many_uses(desk: Open) -> None:
    """Another customer has their own; a guest has none."""
    at = desk(WELCOME)
    assert at.refused("welcome", customer="c-1") == ()
    assert at.refused("welcome", customer="c-1") == not_usable("welcome")
    assert at.refused("welcome", customer="c-2") == ()
    assert at.refused("welcome") == not_usable("welcome")
    with pytest.raises(CommandRejected):
        at.shop.quote(basket(), ["welcome"], customer="c-1")
    assert at.shop.quote(basket(), ["welcome"], customer="c-3").discount == pln("10.00")


def test_a_customer_gets_a_use_back(desk: Open) -> None:
    """A cancelled order does not count against them."""
    at = desk(WELCOME)
    at.cancel(at.place("welcome", customer="c-1"))
    assert at.refused("welcome", customer="c-1") == ()
    assert at.refused("welcome", customer="c-1") == not_usable("welcome")


def test_a_customers_limit_that_is_changed_counts_from_then_on(desk: Open) -> None:
    """Raised, there is more to use; lowered, what was used before counts."""
    at = desk(WELCOME)
    first = at.place("welcome", customer="c-1")
    at.shop.policy = attrs.evolve(at.shop.policy, campaigns=(attrs.evolve(WELCOME, uses_per_customer=3),))
    assert [bool(at.refused("welcome", customer="c-1")) for _ in range(3)] == [False, False, True]
    at.shop.policy = attrs.evolve(at.shop.policy, campaigns=(attrs.evolve(WELCOME, uses_per_customer=2),))
    assert at.refused("welcome", customer="c-1") == not_usable("welcome")
    at.cancel(first)
    assert at.refused("welcome", customer="c-1") == not_usable("welcome")
    assert at.refused("welcome", customer="c-2") == ()


def test_a_budget_is_never_exceeded(desk: Open) -> None:
    """Each order takes 10.00: of 25.00 two fit, and what is left is not given in part."""
    at = desk(THRIFTY)
    at.budget("thrifty", "25.00")
    view = at.place("thrift")
    assert at.refused("thrift") == ()
    assert at.refused("thrift") == not_usable("thrift")
    with pytest.raises(CommandRejected):
        at.shop.quote(basket(), ["thrift"])
    assert at.money("thrifty") == (500, 0)
    at.cancel(view)
    assert at.money("thrifty") == (1500, 0)


def test_a_budget_is_held_as_long_as_the_order_waits(desk: Open) -> None:
    """What one unpaid order may take is not there for others."""
    at = desk(THRIFTY)
    at.budget("thrifty", "10.00")
    view = at.place("thrift", payment_method="transfer")
    assert at.money("thrifty") == (1000, 1000)
    assert at.refused("thrift") == not_usable("thrift")
    at.cancel(view)
    assert at.money("thrifty") == (1000, 0)


def test_a_code_of_a_batch_serves_once(desk: Open) -> None:
    """Typed as people type; another code of the batch is another use."""
    at = desk(BATCH)
    first, second = at.shop.issue_codes("batch", 2)
    assert first != second
    view = at.place(first.lower().replace("-", " "))
    assert at.refused(first) == not_usable(first)
    assert at.refused(second) == ()
    at.cancel(view)
    assert at.refused(first) == ()


def test_of_two_codes_of_one_campaign_one_is_used(desk: Open) -> None:
    """The other one stays good."""
    at = desk(BATCH)
    first, second = at.shop.issue_codes("batch", 2)
    view = at.place(first, second)
    assert [use.code for use in view.coupons.uses] == [coupons.digest(first)]
    assert at.refused(second) == ()


def test_codes_of_the_hosts_own_are_issued_once(desk: Open) -> None:
    """Issued again they are what they were, used ones too."""
    at = desk(BATCH)
    at.shop.do(IssueCodes(campaign="batch", codes=["Anna-1", "Ben-2"]))
    assert at.refused("anna1") == ()
    level = at.shop.do(IssueCodes(campaign="batch", codes=["ANNA 1", "Ben-2", "Celia-3"]))
    assert (level.value, level.held) == (2, 0)
    assert at.refused("anna1") == not_usable("anna1")


def test_no_code_that_serves_once_is_kept_in_the_clear(desk: Open) -> None:
    """Neither in the events nor in the counters."""
    at = desk(BATCH)
    (code,) = at.shop.issue_codes("batch", 1)
    view = at.place(code)
    normal = pricing.normal_code(code)
    with at.store.reading() as transaction:
        streams = transaction.streams.names()
        kept = [row.payload for stream in streams for row in transaction.streams.read(stream)]
        names = [*streams, *transaction.counters.keys()]
    assert view.id in streams
    assert not [text for text in (*kept, *names) if normal in text or code in text]


def test_codes_have_more_than_128_bits_in_readable_letters() -> None:
    """26 letters of five bits each, and nothing to count up from."""
    code = coupons.new_code(2**80 - 1, 0)
    assert len(pricing.normal_code(code)) == 26
    assert coupons.new_code(1, 0) != coupons.new_code(0, 0) != coupons.new_code(0, 1)
    assert not {*coupons.new_code(12345678901234567890123, 987654321)} & {*"01IO"}


def test_why_a_code_cannot_be_used_is_never_said(desk: Open) -> None:
    """Unknown, too early, too late, used up and another customer's look alike; all of them are told at once."""
    early = Campaign(id="early", codes=["early"], starts=START + timedelta(days=1))
    late = Campaign(id="late", codes=["late"], ends=START)
    at = desk(early, late, SUMMER, WELCOME)
    at.place("welcome", customer="c-1")
    codes = ("nothing", "early", "late", "SUMMER2026", "welcome")
    assert at.refused(*codes, customer="c-1") == not_usable(*codes)
    with pytest.raises(CommandRejected) as rejected:
        at.shop.quote(basket(), codes, customer="c-1")
    assert rejected.value.reasons == not_usable(*codes)
    assert not [code for code in codes if code in str(rejected.value)]


def test_a_campaign_runs_from_its_start_until_before_its_end(desk: Open) -> None:
    """Start included, end not."""
    hour = timedelta(hours=1)
    at = desk(Campaign(id="hour", codes=["hour"], starts=START + hour, ends=START + 2 * hour))
    found = []
    for _ in range(3):
        found.append(bool(at.refused("hour")))
        at.clock.advance(hour)
    assert found == [True, False, True]


def test_all_reasons_are_told_together(desk: Open) -> None:
    """A payment method that is not offered is told beside the code."""
    at = desk(SUMMER)
    reasons = at.refused("SUMMER2026", payment_method="cheque")
    assert [type(reason).__name__ for reason in reasons] == ["UnknownPaymentMethod", "CouponNotUsable"]


def test_a_thousand_codes_are_refused_before_anything_is_looked_up() -> None:
    """Twenty are enough for anybody."""
    with pytest.raises(InvalidInputError, match="at most 20") as refused:
        order_of(coupons=["x"] * 1000)
    assert refused.value.path == "coupons"
    with pytest.raises(InvalidInputError, match="coupons"):
        Desk(SUMMER).shop.quote(basket(), ["x"] * 21)


@pytest.mark.parametrize("code", ["", " - ", "x" * 65, "x" * 1000, "\u202eabc", 7, None])
def test_what_can_be_no_code_is_refused(code: Any) -> None:
    """With its place, and without repeating it."""
    with pytest.raises(InvalidInputError) as refused:
        order_of(coupons=["fine", code])
    assert refused.value.path == "coupons[1]"


def test_attempts_are_told_without_their_codes() -> None:
    """The host counts who tries how often; what it raises refuses the attempt."""
    told: list[tuple[str | None, bool]] = []
    at = Desk(SUMMER, coupon_attempts=lambda customer, usable: told.append((customer, usable)))
    at.grant("summer", 1)
    at.shop.quote(basket(), ["SUMMER2026"], customer="c-1")
    assert at.refused("SUMMER2026", "guess") == not_usable("guess")
    at.place()
    assert told == [("c-1", True), (None, True), (None, False)]


def test_an_attempt_that_the_host_refuses_places_nothing() -> None:
    """A limit on guesses is the host's to set."""

    def slow_down(customer: str | None, usable: bool) -> None:
        raise PermissionError("too many attempts")

    at = Desk(SUMMER, coupon_attempts=slow_down)
    at.grant("summer", 1)
    with pytest.raises(PermissionError):
        at.place("SUMMER2026")
    assert at.shop.orders() == ()
    assert at.uses("summer") == (1, 0)


def test_a_repeated_request_uses_one_use(desk: Open) -> None:
    """The same request is answered as before, although the use is gone."""
    at = desk(SUMMER)
    at.grant("summer", 1)
    command = order_of(coupons=["SUMMER2026"])
    first = at.shop.place(command, request_id="r-1")
    assert at.shop.place(command, request_id="r-1") == first
    assert at.uses("summer") == (1, 1)


def test_a_campaign_of_the_shop_is_opened_by_its_code_only(desk: Open) -> None:
    """Circumstances that name it open nothing; a campaign that only the host knows is the host's."""
    hosts = promotion("hosts", id="hosts", stacks=True)
    at = desk(SUMMER, promotions=[promotion("summer"), hosts])
    at.grant("summer", 1)
    known = pricing.Circumstances(coupons=["summer"])
    assert at.place(circumstances=known).total == pln("114.97")
    assert at.shop.quote(basket(coupons=["summer"])).discount == pln("0.00")
    assert at.place(circumstances=pricing.Circumstances(coupons=["hosts"])).total == pln("104.97")


def test_a_grant_is_repeated_without_harm(desk: Open) -> None:
    """The same reference grants once; with another number it is refused."""
    at = desk(SUMMER, THRIFTY)
    at.grant("summer", 2)
    at.grant("summer", 2)
    assert at.uses("summer") == (2, 0)
    with pytest.raises(CommandRejected) as rejected:
        at.grant("summer", 3)
    assert rejected.value.reasons == (ReferenceReused("first", 2),)
    at.budget("thrifty", "5.00")
    with pytest.raises(CommandRejected) as rejected:
        at.budget("thrifty", "6.00")
    assert rejected.value.reasons == (ReferenceReused("first", pln("5.00")),)


def test_only_what_is_limited_is_granted(desk: Open) -> None:
    """A grant that changed nothing would be taken for a limit."""
    at = desk(BATCH, THRIFTY)
    for command, reason in (
        (GrantUses(campaign="none", uses=1, reference="r"), UnknownCampaign("none", ("batch", "thrifty"))),
        (GrantUses(campaign="batch", uses=1, reference="r"), NoSuchLimit("batch", "uses")),
        (coupons.GrantBudget(campaign="batch", amount=pln("1.00"), reference="r"), NoSuchLimit("batch", "budget")),
        (IssueCodes(campaign="thrifty", codes=["a"]), NoSuchLimit("thrifty", "single_codes")),
    ):
        with pytest.raises(CommandRejected) as rejected:
            at.shop.do(command)
        assert rejected.value.reasons == (reason,)


def test_a_shop_refuses_campaigns_that_share_an_id_or_a_code() -> None:
    """It would be chance which of them a code opens."""
    with pytest.raises(InvalidInputError, match="summer") as refused:
        Desk(SUMMER, SUMMER, promotions=[])
    assert refused.value.path == "campaigns[1].id"
    with pytest.raises(InvalidInputError) as refused:
        Desk(SUMMER, attrs.evolve(SUMMER, id="other", codes=["x", "summer2026"]), promotions=[])
    assert refused.value.path == "campaigns[1].codes"


def test_an_order_document_brings_its_codes() -> None:
    """They are read like everything else of an order."""
    command = order_of(coupons=["Summer-2026"])
    assert wire.load_order(wire.dump_order(command)) == command


def test_a_use_that_another_takes_first_is_refused_in_the_commit(desk: Open) -> None:
    """Both were told that the code is good; one of them gets it, and the other is placed no order."""
    at = desk(SUMMER)
    at.grant("summer", 1)
    real, done = at.shop._claims, []

    def late(*given: Any) -> Any:
        claims = real(*given)
        if not done:
            done.append(True)
            at.place("SUMMER2026")
        return claims

    at.shop._claims = late  # type: ignore[method-assign]
    assert at.refused("SUMMER2026") == not_usable("SUMMER2026")
    assert len(at.shop.orders()) == 1
    assert at.uses("summer") == (0, 0)
