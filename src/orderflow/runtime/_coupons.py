"""Coupons in a store: what codes can be used now, each customer's limit, and what campaigns are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import cast

from .. import coupons, wire
from ..actors import SYSTEM
from ..counters import Level
from ..coupons import Campaign, Claim, Given
from ..decisions import Rejected
from ..ports.store import EventRow, Store, StoreConflictError, Transaction
from ._commit import in_one_commit
from ._unit import CommandRejected

__all__ = ("allow_customers", "allow_customers_in", "carry_out_item", "claims_now")


def claims_now(transaction: Transaction, given: Given, campaigns: Sequence[Campaign]) -> tuple[Claim, ...]:
    """The codes that can be used, as this transaction sees the counters."""
    limits = _limits(given.customer, campaigns)

    def available(key: str) -> int:
        free = _available(transaction, key)
        return free if key not in limits else free + limits[key] - _item(transaction, key)[0].granted

    return coupons.find_claims(given, campaigns, available)


def _limits(customer: str | None, campaigns: Sequence[Campaign]) -> dict[str, int]:
    if customer is None:
        return {}
    return {
        coupons.customer_id(each.id, coupons.pseudonym(each.id, customer)): each.uses_per_customer
        for each in campaigns
        if each.uses_per_customer is not None
    }


def _available(transaction: Transaction, key: str) -> int:
    level = transaction.counters.level(key)
    return 0 if level is None else level.available


def _item(transaction: Transaction, stream: str) -> tuple[coupons.CampaignItem, int]:
    rows = transaction.streams.read(stream)
    events = (cast("coupons.ItemEvent", wire.load(row.name, row.payload)) for row in rows)
    return coupons.fold_item(events), len(rows)


def allow_customers(store: Store, claims: Sequence[Claim], at: datetime) -> None:
    """
    Grant each customer the uses that a campaign allows today, before anything is held of them.

    It is written once per customer and campaign, and again where the limit was changed.

    Raises:
        StoreConflictError: others kept granting first.
    """
    limited = [claim for claim in claims if claim.customer is not None]
    if not limited:
        return
    with store.reading() as transaction:
        behind = [claim for claim in limited if _is_behind(transaction, claim)]
    for claim in behind:
        in_one_commit(store, partial(_allow, claim=claim, at=at))


def allow_customers_in(transaction: Transaction, claims: Sequence[Claim], at: datetime) -> None:
    """
    The same in a *transaction* that is under way.

    Raises:
        StoreConflictError: a counter changed meanwhile.
    """
    for claim in claims:
        if claim.customer is not None and _is_behind(transaction, claim):
            _allow(transaction, claim, at)


def _is_behind(transaction: Transaction, claim: Claim) -> bool:
    return _item(transaction, _customer(claim))[0].granted != claim.campaign.uses_per_customer


def _customer(claim: Claim) -> str:
    return coupons.customer_id(claim.campaign.id, claim.customer or "")


def _allow(transaction: Transaction, claim: Claim, at: datetime) -> None:
    stream = _customer(claim)
    item, version = _item(transaction, stream)
    change = coupons.change_allowance(
        campaign=claim.campaign,
        customer=claim.customer or "",
        granted=item.granted,
        available=_available(transaction, stream),
        at=at,
    )
    _append(transaction, stream, version, () if change is None else (change,), str(SYSTEM), at)


def _append(
    transaction: Transaction,
    stream: str,
    version: int,
    events: Sequence[coupons.ItemEvent],
    actor: str,
    at: datetime,
) -> None:
    if not events:
        return
    rows = [EventRow(number, *wire.dump(event), actor, at, at) for number, event in enumerate(events, version + 1)]
    transaction.streams.append(stream, version, rows)
    if transaction.counters.apply([move for event in events for move in coupons.item_moves(event, stream)], at):
        raise StoreConflictError(f"{stream} changed meanwhile; try again")


def carry_out_item(
    transaction: Transaction, command: coupons.ItemCommand, campaigns: Sequence[Campaign], at: datetime
) -> Level:
    """
    Grant uses or money, or issue codes; how the counter stands, or all those of the codes together.

    Raises:
        CommandRejected: every reason why not.
    """
    stream = coupons.item_id(command)
    keys = [stream]
    issued: frozenset[str] = frozenset()
    if isinstance(command, coupons.IssueCodes):
        # A batch is never read again: what was issued shows in the counters.
        item, version = coupons.CampaignItem(), transaction.streams.version(stream)
        digests = {digest: coupons.code_id(command.campaign, digest) for digest in map(coupons.digest, command.codes)}
        issued = frozenset(digest for digest, key in digests.items() if transaction.counters.level(key) is not None)
        keys = [*digests.values()]
    else:
        item, version = _item(transaction, stream)
    facts = coupons.ItemFacts(
        at=at,
        campaign=next((each for each in campaigns if each.id == command.campaign), None),
        known=tuple(each.id for each in campaigns),
        issued=issued,
    )
    decision = coupons.decide_item(command, item, facts)
    if isinstance(decision, Rejected):
        raise CommandRejected(decision.reasons, command)
    _append(transaction, stream, version, decision.events, str(command.actor), at)
    return _together(transaction.counters.level, keys)


def _together(level: Callable[[str], Level | None], keys: Sequence[str]) -> Level:
    levels = [found for key in keys if (found := level(key)) is not None]
    return Level(sum(each.value for each in levels), sum(each.held for each in levels))
