"""Why points cannot be redeemed or changed; nothing that an order asks of its points can be refused."""

from __future__ import annotations

from typing import Never, TypeAlias

import attrs

__all__ = ("ItemRejection", "NoProgramme", "NotEnoughPoints", "ReferenceReused", "Rejection")


@attrs.frozen
class NoProgramme:
    """The shop has no loyalty programme."""


@attrs.frozen
class NotEnoughPoints:
    """The customer has fewer points than *wanted*; *available* is below zero where spent points were taken back."""

    wanted: int
    available: int


@attrs.frozen
class ReferenceReused:
    """The reference was booked before, with another number of points."""

    reference: str
    recorded: int


Rejection: TypeAlias = Never
ItemRejection: TypeAlias = NoProgramme | NotEnoughPoints | ReferenceReused
