"""Actors: a known kind of party, with an opaque id at most."""

from __future__ import annotations

import pytest

from orderflow.actors import CUSTOMER, MARKETPLACE, STAFF, SYSTEM, Actor, ActorKind
from orderflow.errors import InvalidInputError


@pytest.mark.parametrize(
    ("actor", "text"),
    [
        (CUSTOMER, "customer"),
        (STAFF, "staff"),
        (MARKETPLACE, "marketplace"),
        (SYSTEM, "system"),
        (Actor(ActorKind.STAFF, "u-17"), "staff:u-17"),
    ],
)
def test_an_actor_is_shown_by_kind_and_id(actor, text):
    assert str(actor) == text == f"{actor}"


def test_actors_are_values():
    assert Actor(ActorKind.STAFF) == STAFF
    assert hash(Actor(ActorKind.STAFF, "u-17")) == hash(Actor(ActorKind.STAFF, "u-17"))
    assert Actor(ActorKind.STAFF, "u-17") != Actor(ActorKind.CUSTOMER, "u-17")
    with pytest.raises(AttributeError):
        STAFF.id = "me"  # type: ignore[misc]


@pytest.mark.parametrize("id", ["", " ", "Zoë", "a\nb", "a\u202eb", "x" * 65, 17, 1.0, True, b"u"])
def test_an_id_is_a_code(id):
    with pytest.raises(InvalidInputError) as caught:
        Actor(ActorKind.STAFF, id)
    assert caught.value.path == "id"


@pytest.mark.parametrize("kind", ["staff", "nobody", "", None, 1, pytest.param("x" * 2**20, id="megabyte")])
def test_a_kind_is_one_of_those_known(kind):
    with pytest.raises(InvalidInputError) as caught:
        Actor(kind)
    assert caught.value.path == "kind"
    assert len(str(caught.value)) < 200
