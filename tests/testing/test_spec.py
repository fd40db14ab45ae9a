"""Given, when, then: exact comparison, and a difference that can be read."""

from datetime import UTC, datetime

import pytest

from orderflow import Money, payments
from orderflow.testing import given

AT = datetime(2026, 1, 5, tzinfo=UTC)
FACTS = payments.Facts(at=AT, owed=Money(5000, "PLN"))


def request(minor=5000):
    return payments.RequestPayment(
        order="o", method="card", gateway="card", kind=payments.TenderKind.PREPAID, amount=Money(minor, "PLN")
    )


def requested(minor=5000):
    return payments.PaymentRequested(
        attempt=1, method="card", gateway="card", kind=payments.TenderKind.PREPAID, amount=Money(minor, "PLN"), at=AT
    )


def failure(action):
    with pytest.raises(AssertionError) as caught:
        action()
    return str(caught.value).splitlines()


def test_the_right_events_are_accepted_and_lengthen_the_history():
    history = given(payments.decider).when(request(), FACTS).then(requested())
    assert history.events == (requested(),)
    assert payments.open_attempt(history.state).number == 1


def test_the_right_reasons_are_accepted_and_leave_the_history():
    history = given(payments.decider, requested())
    assert history.when(request(4000), FACTS).then_rejected(payments.AttemptOpen(attempt=1)) == history


def test_a_wrong_field_is_shown_beside_what_was_decided():
    """The fields that agree are there once, the one that differs twice."""
    lines = failure(lambda: given(payments.decider).when(request(), FACTS).then(requested(4000)))
    assert lines[0] == "RequestPayment was decided otherwise (- expected, + decided):"
    assert "-     amount = Money('40.00', 'PLN')" in lines
    assert "+     amount = Money('50.00', 'PLN')" in lines
    assert lines.count("      attempt = 1") == 1


def test_an_event_too_many_or_too_few_is_wrong():
    when = given(payments.decider).when(request(), FACTS)
    assert "-   PaymentRequested" in failure(lambda: when.then(requested(), requested()))
    assert "+   PaymentRequested" in failure(when.then_nothing)


def test_a_rejection_is_no_event_and_the_other_way_round():
    rejected = given(payments.decider, requested()).when(request(4000), FACTS)
    assert "+ Rejected" in failure(lambda: rejected.then(requested()))
    assert "+ Rejected" in failure(rejected.then_nothing)
    accepted = given(payments.decider).when(request(), FACTS)
    assert "+ Accepted" in failure(lambda: accepted.then_rejected(payments.AttemptOpen(attempt=1)))


def test_every_reason_counts():
    """A rejection with other reasons than the expected ones is shown reason by reason."""
    rejected = given(payments.decider, requested()).when(request(4000), FACTS)
    assert "-     attempt = 2" in failure(lambda: rejected.then_rejected(payments.AttemptOpen(attempt=2)))


def test_pytest_shows_the_example_and_not_the_comparison():
    """The last line that is shown is the author's."""
    when = given(payments.decider).when(request(), FACTS)
    for wrong in (when.then_nothing, when.then, lambda: when.then_rejected(payments.NothingDue())):
        with pytest.raises(AssertionError) as caught:
            wrong()
        assert caught.traceback.filter(caught)[-1].path.name == "test_spec.py"
