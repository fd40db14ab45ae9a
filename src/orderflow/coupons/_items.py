"""What campaigns have to give: granted uses and money, issued codes, each customer's limit; each a small stream."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeAlias, assert_never

import attrs

from ..actors import STAFF, Actor
from ..counters import Move, MoveKind
from ..decisions import Accepted, Decider, Rejected
from ..errors import InvalidInputError
from ..identifiers import code
from ..moments import moment
from ..money import Money
from ..quantities import quantity
from ._campaigns import Campaign, to_codes
from ._events import AllowanceChanged, BudgetGranted, CodesIssued, ItemEvent, UsesGranted
from ._keys import budget_id, code_id, codes_id, customer_id, digest, uses_id
from ._rejections import ItemRejection, NoSuchLimit, ReferenceReused, UnknownCampaign

__all__ = (
    "CampaignItem", "GrantBudget", "GrantUses", "IssueCodes", "ItemCommand", "ItemFacts", "change_allowance",
    "decide_item", "evolve_item", "item_decider", "item_id", "item_moves", "item_of",
)  # fmt: skip

LARGEST_GRANT = 10**12
"""In minor units."""


def _code(_: object, field: attrs.Attribute[Any], value: object) -> None:
    code(value, field.name)


def _uses(_: object, field: attrs.Attribute[Any], value: object) -> None:
    quantity(value, field.name)


def _amount(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, Money) or not 1 <= value.minor <= LARGEST_GRANT:
        raise InvalidInputError(field.name, "expected a Money above zero, of at most 12 digits")


def _some(_: object, field: attrs.Attribute[Any], value: tuple[str, ...]) -> None:
    if not value:
        raise InvalidInputError(field.name, "expected one code at least")


def _codes(values: Iterable[str]) -> tuple[str, ...]:
    return to_codes(values)


@attrs.frozen(kw_only=True)
class GrantUses:
    """Give a limited campaign so many uses, or so many more; *reference* makes a repetition harmless."""

    campaign: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    uses: int = attrs.field(validator=_uses)
    reference: str = attrs.field(validator=_code)


@attrs.frozen(kw_only=True)
class GrantBudget:
    """Give a budgeted campaign so much money to take off, or so much more; each currency is counted by itself."""

    campaign: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    amount: Money = attrs.field(validator=_amount)
    reference: str = attrs.field(validator=_code)


@attrs.frozen(kw_only=True)
class IssueCodes:
    """Let these codes be used once each; codes that were issued before stay as they are."""

    campaign: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    codes: tuple[str, ...] = attrs.field(converter=_codes, validator=_some, repr=False)


ItemCommand: TypeAlias = GrantUses | GrantBudget | IssueCodes


@attrs.frozen(kw_only=True)
class CampaignItem:
    """What was granted, and which reference granted how much."""

    granted: int = 0
    entries: tuple[tuple[str, int], ...] = ()


@attrs.frozen(kw_only=True)
class ItemFacts:
    """When it is, the campaign as the shop knows it, whom else it knows, and which codes are issued already."""

    at: datetime = attrs.field(converter=moment)
    campaign: Campaign | None
    known: tuple[str, ...] = ()
    issued: frozenset[str] = frozenset()


def item_id(command: ItemCommand) -> str:
    """The stream that a command is about."""
    match command:
        case GrantUses():
            return uses_id(command.campaign)
        case GrantBudget():
            return budget_id(command.campaign, command.amount.currency)
        case IssueCodes():
            return codes_id(command.campaign)
        case _:
            assert_never(command)


def item_of(event: ItemEvent) -> str:
    """The stream that an event is of."""
    match event:
        case UsesGranted():
            return uses_id(event.campaign)
        case BudgetGranted():
            return budget_id(event.campaign, event.amount.currency)
        case CodesIssued():
            return codes_id(event.campaign)
        case AllowanceChanged():
            return customer_id(event.campaign, event.customer)
        case _:
            assert_never(event)


def decide_item(
    command: ItemCommand, item: CampaignItem, facts: ItemFacts
) -> Accepted[ItemEvent] | Rejected[ItemRejection]:
    """Events that follow from *command*, or every reason why not."""
    campaign = facts.campaign
    if campaign is None:
        return Rejected((UnknownCampaign(command.campaign, facts.known),))
    match command:
        case GrantUses():
            uses = UsesGranted(campaign=campaign.id, uses=command.uses, reference=command.reference, at=facts.at)
            return _grant(uses, command.uses, item) if campaign.limited else _no_limit(campaign, "uses")
        case GrantBudget():
            money = BudgetGranted(campaign=campaign.id, amount=command.amount, reference=command.reference, at=facts.at)
            return _grant(money, command.amount.minor, item) if campaign.budgeted else _no_limit(campaign, "budget")
        case IssueCodes():
            new = tuple(each for each in map(digest, command.codes) if each not in facts.issued)
            issued = CodesIssued(campaign=campaign.id, digests=new, at=facts.at)
            return Accepted((issued,) if new else ()) if campaign.single_codes else _no_limit(campaign, "single_codes")
        case _:
            assert_never(command)


def _no_limit(campaign: Campaign, limit: str) -> Rejected[ItemRejection]:
    return Rejected((NoSuchLimit(campaign.id, limit),))


def _grant(
    event: UsesGranted | BudgetGranted, amount: int, item: CampaignItem
) -> Accepted[ItemEvent] | Rejected[ItemRejection]:
    recorded = dict(item.entries).get(event.reference)
    if recorded is None:
        return Accepted((event,))
    if recorded == amount:
        return Accepted()
    told = Money(recorded, event.amount.currency) if isinstance(event, BudgetGranted) else recorded
    return Rejected((ReferenceReused(event.reference, told),))


def change_allowance(
    *, campaign: Campaign, customer: str, granted: int, available: int, at: datetime
) -> AllowanceChanged | None:
    """What brings a customer's granted uses to today's limit; uses that are taken are never taken back."""
    missing = (campaign.uses_per_customer or 0) - granted
    change = missing if missing > 0 else -min(-missing, max(available, 0))
    return AllowanceChanged(campaign=campaign.id, customer=customer, change=change, at=at) if change else None


def evolve_item(item: CampaignItem, event: ItemEvent) -> CampaignItem:
    """The item after *event*."""
    match event:
        case UsesGranted():
            return _granted(item, event.reference, event.uses)
        case BudgetGranted():
            return _granted(item, event.reference, event.amount.minor)
        case CodesIssued():
            return CampaignItem(granted=item.granted + len(event.digests), entries=item.entries)
        case AllowanceChanged():
            return CampaignItem(granted=item.granted + event.change, entries=item.entries)
        case _:
            assert_never(event)


def _granted(item: CampaignItem, reference: str, amount: int) -> CampaignItem:
    return CampaignItem(granted=item.granted + amount, entries=(*item.entries, (reference, amount)))


def item_moves(event: ItemEvent, owner: str) -> tuple[Move, ...]:
    """What the counters must do in the same commit."""
    match event:
        case UsesGranted():
            return (Move(item_of(event), MoveKind.ADD, event.uses, owner),)
        case BudgetGranted():
            return (Move(item_of(event), MoveKind.ADD, event.amount.minor, owner),)
        case CodesIssued():
            return tuple(Move(code_id(event.campaign, each), MoveKind.ADD, 1, owner) for each in event.digests)
        case AllowanceChanged():
            kind = MoveKind.ADD if event.change > 0 else MoveKind.REMOVE
            return (Move(item_of(event), kind, abs(event.change), owner),)
        case _:
            assert_never(event)


item_decider: Decider[CampaignItem, ItemCommand, ItemFacts, ItemEvent, ItemRejection] = Decider(
    CampaignItem(), decide_item, evolve_item
)
