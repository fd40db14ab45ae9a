"""``changed``: a copy of a frozen value with other fields, and nothing else about it different."""

from __future__ import annotations

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from orderflow import Money, Quantities
from orderflow._changed import changed
from orderflow.payments import Attempt, AttemptStage, TenderKind

ATTEMPT = Attempt(
    number=1,
    method="card",
    gateway="test",
    kind=TenderKind.PREPAID,
    amount=Money(100, "PLN"),
    stage=AttemptStage.REQUESTED,
    authorised=Money(0, "PLN"),
    captured=Money(0, "PLN"),
    refunded=Money(0, "PLN"),
    capturing=Money(0, "PLN"),
)
CHANGES = st.fixed_dictionaries(
    {}, optional={"number": st.integers(), "code": st.text(), "voiding": st.booleans(), "paid_at": st.datetimes()}
)


@attrs.frozen
class Even:
    """A value that refuses odd numbers."""

    number: int = attrs.field(converter=abs)

    def __attrs_post_init__(self) -> None:
        assert self.number % 2 == 0


@given(CHANGES)
def test_it_is_what_the_constructor_would_have_made(changes):
    """Equal in every field, of the same class and with the same hash; the original stays as it was."""
    before = attrs.astuple(ATTEMPT, recurse=False)
    after = changed(ATTEMPT, **changes)
    assert type(after) is Attempt
    assert after == attrs.evolve(ATTEMPT, **changes)
    assert hash(after) == hash(attrs.evolve(ATTEMPT, **changes))
    assert attrs.astuple(ATTEMPT, recurse=False) == before


def test_the_copy_is_as_frozen_as_any_value():
    """Nobody can write to it or add to it."""
    after = changed(ATTEMPT, number=2)
    with pytest.raises(FrozenInstanceError):
        after.number = 3
    with pytest.raises(FrozenInstanceError):
        del after.number
    with pytest.raises(FrozenInstanceError):
        after.unheard_of = 1


@pytest.mark.parametrize("name", ["unheard_of", "paid", "__dict__"])
def test_a_field_that_is_not_there_is_refused(name):
    """A misspelt field, a property and an attribute of another kind are all no fields."""
    with pytest.raises(AttributeError):
        changed(ATTEMPT, **{name: 1})


def test_nothing_is_converted_or_validated_again():
    """What is given is taken as it is: folding is for what has happened."""
    assert changed(Even(2), number=-3).number == -3


def test_no_subclass_is_left_to_be_found_by_its_values():
    """The class itself is untouched: constructing one still asks everything."""
    changed(Even(2), number=4)
    with pytest.raises(AssertionError):
        Even(3)
    assert changed(Quantities({"A": 1}), pairs=()) == Quantities()
