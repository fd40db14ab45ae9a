"""A member's account apart from orders: points given for something, and changed by hand; one small stream each."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias, assert_never

import attrs

from ..actors import STAFF, Actor
from ..counters import Move, MoveKind, Shortage
from ..decisions import Accepted, Decider, Rejected
from ..errors import InvalidInputError
from ..identifiers import code
from ..moments import moment
from ..quantities import MOST_UNITS, quantity
from ._events import ItemEvent, PointsAdjusted, PointsRedeemed
from ._programme import Programme, account_id, member_of
from ._rejections import ItemRejection, NoProgramme, NotEnoughPoints, ReferenceReused

__all__ = (
    "Account", "AdjustPoints", "ItemCommand", "ItemFacts", "RedeemPoints", "decide_item", "evolve_item", "item_decider",
    "item_moves", "item_of",
)  # fmt: skip


def _code(_: object, field: attrs.Attribute[Any], value: object) -> None:
    code(value, field.name)


def _points(_: object, field: attrs.Attribute[Any], value: object) -> None:
    quantity(value, field.name)


def _change(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not int or not 1 <= abs(value) <= MOST_UNITS:
        raise InvalidInputError(field.name, f"expected a whole number up to {MOST_UNITS} either way, and not zero")


@attrs.frozen(kw_only=True)
class RedeemPoints:
    """Take points from a customer who gets something for them; *reference* makes a repetition harmless."""

    customer: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    points: int = attrs.field(validator=_points)
    reference: str = attrs.field(validator=_code)


@attrs.frozen(kw_only=True)
class AdjustPoints:
    """Give a customer points beside any order, or take some; *reference* makes a repetition harmless."""

    customer: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    change: int = attrs.field(validator=_change)
    reason: str = attrs.field(validator=_code)
    reference: str = attrs.field(validator=_code)


ItemCommand: TypeAlias = RedeemPoints | AdjustPoints


@attrs.frozen(kw_only=True)
class Account:
    """What was booked on a member's account beside orders: which reference changed it by how much."""

    entries: tuple[tuple[str, int], ...] = ()


@attrs.frozen(kw_only=True)
class ItemFacts:
    """When it is, the shop's programme, and what the counter of a first attempt had no room for."""

    at: datetime = attrs.field(converter=moment)
    programme: Programme | None
    shortages: tuple[Shortage, ...] = ()


def decide_item(
    command: ItemCommand, account: Account, facts: ItemFacts
) -> Accepted[ItemEvent] | Rejected[ItemRejection]:
    """Events that follow from *command*, or every reason why not."""
    if facts.programme is None:
        return Rejected((NoProgramme(),))
    programme, change = facts.programme.id, _change_by(command)
    recorded = dict(account.entries).get(command.reference)
    if recorded is not None:
        return Accepted() if recorded == change else Rejected((ReferenceReused(command.reference, abs(recorded)),))
    if facts.shortages:
        return Rejected(tuple(NotEnoughPoints(each.wanted, each.available) for each in facts.shortages))
    member = member_of(programme, command.customer)
    return Accepted((_booked(command, programme, member, facts.at),))


def _change_by(command: ItemCommand) -> int:
    return -command.points if isinstance(command, RedeemPoints) else command.change


def _booked(command: ItemCommand, programme: str, member: str, at: datetime) -> ItemEvent:
    match command:
        case RedeemPoints():
            return PointsRedeemed(
                programme=programme, member=member, points=command.points, reference=command.reference, at=at
            )
        case AdjustPoints():
            return PointsAdjusted(
                programme=programme,
                member=member,
                change=command.change,
                reason=command.reason,
                reference=command.reference,
                at=at,
            )
        case _:
            assert_never(command)


def evolve_item(account: Account, event: ItemEvent) -> Account:
    """The account after *event*."""
    return Account(entries=(*account.entries, (event.reference, _change_of(event))))


def _change_of(event: ItemEvent) -> int:
    return -event.points if isinstance(event, PointsRedeemed) else event.change


def item_of(event: ItemEvent) -> str:
    """The stream that an event is of."""
    return account_id(event.programme, event.member)


def item_moves(event: ItemEvent) -> tuple[Move, ...]:
    """What the counter must do in the same commit; what is taken must be there."""
    change, key = _change_of(event), item_of(event)
    return (Move(key, MoveKind.ADD if change > 0 else MoveKind.REMOVE, abs(change), key),)


item_decider: Decider[Account, ItemCommand, ItemFacts, ItemEvent, ItemRejection] = Decider(
    Account(), decide_item, evolve_item
)
