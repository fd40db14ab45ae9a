"""Who gave a command: every command carries its actor, and history shows it."""

from __future__ import annotations

from enum import StrEnum

import attrs

from .errors import InvalidInputError
from .identifiers import code

__all__ = ("CUSTOMER", "MARKETPLACE", "STAFF", "SYSTEM", "Actor", "ActorKind")


class ActorKind(StrEnum):
    """What kind of party acts."""

    CUSTOMER = "customer"
    STAFF = "staff"
    MARKETPLACE = "marketplace"
    SYSTEM = "system"


@attrs.frozen
class Actor:
    """A party, with the host's own opaque id where it has one (never a name or an e-mail address)."""

    kind: ActorKind
    id: str | None = attrs.field(default=None)

    def __attrs_post_init__(self) -> None:
        if type(self.kind) is not ActorKind:
            raise InvalidInputError("kind", f"expected an ActorKind, got {type(self.kind).__name__}")
        if self.id is not None:
            code(self.id, "id")

    def __str__(self) -> str:
        return self.kind if self.id is None else f"{self.kind}:{self.id}"


CUSTOMER = Actor(ActorKind.CUSTOMER)
STAFF = Actor(ActorKind.STAFF)
MARKETPLACE = Actor(ActorKind.MARKETPLACE)
SYSTEM = Actor(ActorKind.SYSTEM)
