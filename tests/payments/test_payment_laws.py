"""
Laws of payments, whatever happens.

Provider's facts commute and repeat freely; money never goes back twice; the same command twice is one event; refunds of
everything sum exactly; the first payment of an order is the last to be touched.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow import payments as p
from orderflow.decisions import Accepted, Rejected
from orderflow.money import Money

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
NONE = Money(0, "PLN")
OWED = Money(1000, "PLN")
KINDS = st.sampled_from(sorted({*p.TenderKind} - p.STORED_VALUE))
NUMBERS = st.integers(1, 4)
AMOUNTS = st.integers(1, 1500).map(lambda minor: Money(minor, "PLN"))
TOTALS = st.none() | st.integers(0, 1500).map(lambda minor: Money(minor, "PLN"))
MOMENTS = st.integers(0, 5).map(lambda minutes: AT + timedelta(minutes=minutes))
CODES = st.sampled_from(["", "a", "b"])


@st.composite
def provider_facts(draw: st.DrawFn) -> p.PaymentFacts:
    """Anything a provider may say."""
    outcome = draw(st.sampled_from(p.Outcome))
    return p.PaymentFacts(
        outcome=outcome,
        authorised=draw(AMOUNTS if outcome is p.Outcome.AUTHORISED else TOTALS),
        captured=draw(AMOUNTS if outcome is p.Outcome.CAPTURED else TOTALS),
        refunded=draw(TOTALS),
        code=draw(CODES),
        provider_id=draw(CODES),
        occurred_at=draw(MOMENTS),
    )


def request(kind: p.TenderKind, amount: Money = OWED) -> p.RequestPayment:
    return p.RequestPayment(order="A", method="m", gateway="g", kind=kind, amount=amount)


def retry(kind: p.TenderKind) -> p.RetryPayment:
    return p.RetryPayment(order="A", method=f"m-{kind}", gateway="g", kind=kind)


OFFERED = (
    *(p.OfferedMethod(code=f"m-{kind}", gateway="g", kind=kind) for kind in {*p.TenderKind} - p.STORED_VALUE),
    p.OfferedMethod(code="cash", gateway="courier", kind=p.TenderKind.CASH_ON_DELIVERY),
)


def captured(attempt: int, minor: int, minutes: int = 0) -> p.ObservePayment:
    facts = p.PaymentFacts(
        outcome=p.Outcome.CAPTURED, captured=Money(minor, "PLN"), occurred_at=AT + timedelta(minutes=minutes)
    )
    return p.ObservePayment(order="A", attempt=attempt, facts=facts)


observations = st.builds(p.ObservePayment, order=st.just("A"), attempt=NUMBERS, facts=provider_facts())
collections = st.builds(
    p.RecordCollection, order=st.just("A"), attempt=NUMBERS, amount=AMOUNTS, parcel=NUMBERS, occurred_at=MOMENTS
)
refund_tellings = st.builds(
    p.ObserveRefund,
    order=st.just("A"),
    refund=NUMBERS,
    outcome=st.sampled_from([p.RefundStage.PENDING, p.RefundStage.SETTLED, p.RefundStage.REJECTED]),
    code=CODES,
    occurred_at=MOMENTS,
)
remittances = st.builds(
    p.RecordRemittance,
    order=st.just("A"),
    attempt=NUMBERS,
    amount=AMOUNTS,
    fee=st.just(Money(1, "PLN")),
    reference=st.sampled_from(["R1", "R2", "R3"]),
    occurred_at=MOMENTS,
)
adoptions = st.builds(
    p.RecordPayment,
    order=st.just("A"),
    external=st.sampled_from(["x1", "x2"]),
    method=st.just("m"),
    gateway=st.just("g"),
    kind=KINDS,
    amount=AMOUNTS,
    captured=st.just(NONE) | AMOUNTS,
    occurred_at=MOMENTS,
)
adopted_refunds = st.builds(
    p.RecordRefund,
    order=st.just("A"),
    external=st.sampled_from(["r1", "r2"]),
    amount=AMOUNTS,
    attempt=st.none() | NUMBERS,
)
refunds = st.builds(p.RefundPayment, order=st.just("A"), amount=AMOUNTS, cause=st.just("test"))
commands = st.one_of(
    st.builds(request, KINDS, AMOUNTS),
    st.builds(retry, KINDS),
    observations,
    observations,
    st.builds(p.CapturePayment, order=st.just("A"), attempt=NUMBERS, amount=st.none() | AMOUNTS),
    st.builds(p.VoidPayment, order=st.just("A"), attempt=NUMBERS),
    refunds,
    refunds,
    refund_tellings,
    refund_tellings,
    st.builds(p.RetryRefund, order=st.just("A"), refund=NUMBERS),
    collections,
    remittances,
    adoptions,
    adopted_refunds,
)


def apply(command: p.Command, state: p.Payments, owed: Money = OWED) -> tuple[p.Payments, tuple[p.Event, ...]]:
    """The state after *command*, and its events; a rejection changes nothing."""
    decision = p.decide(command, state, p.Facts(at=AT, owed=owed, offered=OFFERED))
    events = decision.events if isinstance(decision, Accepted) else ()
    return p.decider.fold(events, state), events


def run(state: p.Payments, *given_commands: p.Command, owed: Money = OWED) -> p.Payments:
    for command in given_commands:
        state, _ = apply(command, state, owed)
    return state


def contradicts(command: p.Command, state: p.Payments) -> bool:
    """Whether a provider pays out a refund that it has rejected."""
    return isinstance(command, p.ObserveRefund) and any(
        refund.number == command.refund and refund.stage is p.RefundStage.REJECTED for refund in state.refunds
    )


pages = p.TenderKind.PREPAID
THREE_PAGES = run(
    p.initial,
    request(pages),
    p.ObservePayment(order="A", attempt=1, facts=p.PaymentFacts(outcome=p.Outcome.AWAITING_CUSTOMER, occurred_at=AT)),
    retry(pages),
    p.ObservePayment(order="A", attempt=2, facts=p.PaymentFacts(outcome=p.Outcome.PENDING, occurred_at=AT)),
    p.RetryPayment(order="A", method="cash", gateway="courier", kind=p.TenderKind.CASH_ON_DELIVERY),
    p.RecordPayment(
        order="A",
        external="known",
        method="m",
        gateway="g",
        kind=pages,
        amount=OWED,
        captured=NONE,
        occurred_at=AT,
    ),
)
TWO_REFUNDS = run(
    THREE_PAGES,
    captured(1, 1000),
    captured(2, 1000, minutes=1),
    p.RefundPayment(order="A", amount=Money(1200, "PLN"), cause="test"),
    p.RefundPayment(order="A", amount=Money(100, "PLN"), cause="test"),
)


def test_the_stage_is_set() -> None:
    """The states that the laws below start from are what they seem."""
    assert [attempt.stage for attempt in THREE_PAGES.attempts] == ["superseded", "superseded", *["requested"] * 2]
    assert [(refund.attempt, refund.amount.minor) for refund in TWO_REFUNDS.refunds] == [(2, 1000), (1, 200), (1, 100)]


tellings_of_known = st.one_of(
    st.builds(p.ObservePayment, order=st.just("A"), attempt=st.integers(1, 2), facts=provider_facts()),
    st.builds(
        p.RecordCollection,
        order=st.just("A"),
        attempt=st.just(3),
        amount=AMOUNTS,
        parcel=st.integers(1, 2),
        occurred_at=MOMENTS,
    ),
    adoptions.map(lambda adoption: attrs.evolve(adoption, external="known")),
    refund_tellings,
)


@settings(max_examples=200)
@given(st.lists(tellings_of_known, min_size=2, max_size=8), st.data())
def test_order_and_number_of_tellings_do_not_matter(tellings: list[p.Command], data: st.DataObject) -> None:
    """Any permutation and multiplicity of what providers and couriers say ends in the same state."""
    repeated = data.draw(st.lists(st.sampled_from(tellings), max_size=6))
    shuffled = data.draw(st.permutations([*tellings, *repeated]))
    for start in (THREE_PAGES, TWO_REFUNDS):
        straight = run(start, *tellings)
        assert straight == run(start, *reversed(tellings))
        assert straight == run(start, *shuffled)


@given(st.lists(observations, max_size=8))
def test_amounts_and_stages_never_go_back(tellings: list[p.ObservePayment]) -> None:
    """Each telling raises totals or leaves them, and refunded <= captured <= authorised throughout."""
    ranks = {stage: rank for rank, stage in enumerate(p.AttemptStage)}
    state = THREE_PAGES
    for telling in tellings:
        after = run(state, telling)
        for old, new in zip(state.attempts, after.attempts, strict=True):
            assert old.captured <= new.captured
            assert NONE <= new.refunded <= new.captured <= new.authorised
            assert ranks[old.stage] <= ranks[new.stage]
        state = after


@given(st.lists(commands, max_size=40))
def test_money_goes_back_at_most_once(given_commands: list[p.Command]) -> None:
    """Refunded and being refunded never exceed what was paid, in sum and per attempt; every coin is accounted for."""
    state = p.initial
    for command in given_commands:
        if contradicts(command, state):
            continue
        state, _ = apply(command, state)
        came = p.money_in(state, "PLN")
        gone = p.refunded(state, "PLN") + p.refunding(state, "PLN")
        assert NONE <= gone <= came
        assert p.held(state, "PLN") == came - gone
        assert p.held(state, "PLN") == OWED - p.due(state, OWED) + p.surplus(state, OWED)
        assert not (p.due(state, OWED) and p.surplus(state, OWED))
        assert all(p.available(state, attempt) >= NONE for attempt in state.attempts)
        assert all(NONE <= attempt.remitted <= attempt.collected for attempt in state.attempts)
        assert p.authorised_total(state, "PLN") >= NONE
        assert p.courier_owes(state, "PLN") >= NONE


@given(st.lists(commands, max_size=40))
def test_the_same_command_twice_is_one_event(given_commands: list[p.Command]) -> None:
    """Repeating any command but a refund adds nothing; numbers stay 1, 2, 3 without gaps."""
    state = p.initial
    for command in given_commands:
        state, events = apply(command, state)
        if events and not isinstance(command, p.RefundPayment):
            decision = p.decide(command, state, p.Facts(at=AT, owed=OWED, offered=OFFERED))
            assert decision == Accepted(()) or isinstance(decision, Rejected)
        assert [attempt.number for attempt in state.attempts] == list(range(1, len(state.attempts) + 1))
        assert [refund.number for refund in state.refunds] == list(range(1, len(state.refunds) + 1))


@given(st.lists(commands, max_size=30))
def test_a_command_without_news_leaves_no_event(given_commands: list[p.Command]) -> None:
    """Whatever is recorded changes the state, and the recorded events alone give it again."""
    state = p.initial
    history: list[p.Event] = []
    for command in given_commands:
        after, events = apply(command, state)
        assert (after == state) == (not events)
        state = after
        history.extend(events)
    assert p.fold(history) == state


@given(st.lists(st.integers(1, 900), min_size=1, max_size=5), st.data())
def test_refunding_everything_sums_exactly(paid: list[int], data: st.DataObject) -> None:
    """Whatever was paid in however many parts goes back to the coin, in any sequence of amounts."""
    total = sum(paid)
    owed = Money(total, "PLN")
    state = p.initial
    for number, minor in enumerate(paid, start=1):
        state = run(state, request(pages, Money(minor, "PLN")), captured(number, minor, minutes=number), owed=owed)
    left = total
    while left:
        amount = data.draw(st.integers(max(1, left // 3), left))
        state, events = apply(
            p.RefundPayment(order="A", amount=Money(amount, "PLN"), cause="test"), state, Money(0, "PLN")
        )
        assert sum(event.amount.minor for event in events if isinstance(event, p.RefundRequested)) == amount
        left -= amount
    assert p.held(state, "PLN") == NONE
    last_straw = p.RefundPayment(order="A", amount=Money(1, "PLN"), cause="test")
    assert p.decide(last_straw, state, p.Facts(at=AT, owed=NONE)) == Rejected((p.ExceedsCaptured(available=NONE),))
    for attempt, minor in zip(state.attempts, paid, strict=True):
        assert sum(refund.amount.minor for refund in state.refunds if refund.attempt == attempt.number) == minor


@given(st.permutations([1, 2]), st.integers(0, 5), st.integers(6, 9))
def test_a_double_payment_goes_back_by_the_attempt_that_did_not_settle(
    heard: list[int], first: int, second: int
) -> None:
    """In whatever order two full payments are heard of, the surplus goes back through the later one alone."""
    paid = {1: second, 2: first}
    state = run(THREE_PAGES, *(captured(number, 1000, minutes=paid[number]) for number in heard))
    surplus = p.surplus(state, OWED)
    state, events = apply(p.RefundPayment(order="A", amount=surplus, cause="surplus"), state)
    assert [event.attempt for event in events if isinstance(event, p.RefundRequested)] == [1]
    assert p.surplus(state, OWED) == p.due(state, OWED) == NONE
