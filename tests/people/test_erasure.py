"""A person is erased once, and only when nobody needs the data any more."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from orderflow.decisions import Accepted, Rejected
from orderflow.people import WIRE_NAMES, ErasePerson, Facts, PersonErased, StillNeeded, decide, decider, fold

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ERASE = ErasePerson(order="222-5PR-MAP3")
ERASED = PersonErased(at=AT)


def test_a_person_nobody_needs_is_erased() -> None:
    """The event says when, and nothing about whom."""
    assert decide(ERASE, fold([]), Facts(at=AT)) == Accepted((ERASED,))
    assert fold([ERASED]).erased


def test_a_person_still_needed_stays_with_every_reason() -> None:
    """All reasons are handed on."""
    reasons = ("parcel_under_way", "retention")
    assert decide(ERASE, fold([]), Facts(at=AT, open_reasons=reasons)) == Rejected((StillNeeded(reasons=reasons),))


def test_erasing_again_is_already_so() -> None:
    """Whatever reasons came up since: there is nothing left to keep."""
    assert decide(ERASE, fold([ERASED]), Facts(at=AT, open_reasons=("retention",))) == Accepted(())


@given(st.lists(st.lists(st.sampled_from(["refund", "retention"]), max_size=2).map(tuple), max_size=6))
def test_at_most_one_erasure_ever_happens(attempts: list[tuple[str, ...]]) -> None:
    """Any attempts in any circumstances leave one event at most: at the first that nothing opposes."""
    state, events = decider.initial, []
    for reasons in attempts:
        answer = decide(ERASE, state, Facts(at=AT, open_reasons=reasons))
        if isinstance(answer, Accepted):
            events += answer.events
            state = decider.fold(answer.events, state)
    assert events == [ERASED] * (() in attempts)
    assert state == fold(events)


def test_the_wire_name_is_what_is_stored() -> None:
    """The storage format never changes."""
    assert WIRE_NAMES[PersonErased] == "person.erased.v1"
