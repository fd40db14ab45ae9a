"""Four processes on one file or database: the last use, the last coins and the last code are given once."""

from __future__ import annotations

import multiprocessing
from typing import Any

from tests import processes
from tests.workflows.counter import order_of, pln

from orderflow import CommandRejected, Shop, coupons
from orderflow.coupons import Campaign, CouponNotUsable, GrantBudget, GrantUses, IssueCodes
from orderflow.runtime.world import SystemClock, SystemIds
from orderflow.verify import verify

from .campaigns import Desk

BUYERS = 4
ROUNDS = 6
CAMPAIGNS = tuple(
    campaign
    for number in range(ROUNDS)
    for campaign in (
        Campaign(id=f"uses-{number}", codes=[f"uses{number}"], limited=True),
        Campaign(id=f"money-{number}", codes=[f"money{number}"], budgeted=True),
        Campaign(id=f"each-{number}", codes=[f"each{number}"], uses_per_customer=1),
        Campaign(id=f"batch-{number}", single_codes=True),
    )
)


def opened(place: str) -> Desk:
    """The shop as every process opens it; its stock came with the first."""
    return Desk(*CAMPAIGNS, store=processes.opened(place), clock=SystemClock(), ids=SystemIds())  # type: ignore[arg-type]


def buy(place: str, results: Any, gate: Any) -> None:
    """Every buyer wants everything that each round has to give."""
    shop: Shop = opened(place).shop
    for number in range(ROUNDS):
        for kind in ("uses", "money", "each", "batch"):
            gate.wait()
            command = order_of(
                coupons=[f"{kind}{number}"],
                customer="c-1",
                payment_method="cash_on_delivery",
                tags=(f"{kind}{number}",),
            )
            try:
                results.put((kind, number, shop.place(command).id))
            except CommandRejected as rejected:
                wrong = [reason for reason in rejected.reasons if not isinstance(reason, CouponNotUsable)]
                results.put((kind, number, repr(wrong) if wrong else None))
    shop.store.close()


def test_what_there_is_to_give_is_given_once_by_four_processes(place: str) -> None:
    """Two uses, two times ten zlotys, one use of a customer, one code: exactly so many orders, and the rest is told."""
    desk = opened(place)
    for number in range(ROUNDS):
        desk.shop.do(GrantUses(campaign=f"uses-{number}", uses=2, reference="r"))
        desk.shop.do(GrantBudget(campaign=f"money-{number}", amount=pln("29.99"), reference="r"))
        desk.shop.do(IssueCodes(campaign=f"batch-{number}", codes=[f"batch{number}"]))
    context = multiprocessing.get_context("spawn")
    results, gate = context.Queue(), context.Barrier(BUYERS)
    buyers = [context.Process(target=buy, args=(place, results, gate)) for _ in range(BUYERS)]
    for buyer in buyers:
        buyer.start()
    outcomes = [results.get(timeout=120) for _ in range(4 * ROUNDS * BUYERS)]
    for buyer in buyers:
        buyer.join()
    placed = sorted((kind, number) for kind, number, order in outcomes if order is not None)
    each = (("batch", 1), ("each", 1), ("money", 2), ("uses", 2))
    assert placed == [(kind, number) for kind, count in each for number in range(ROUNDS) for _ in range(count)]
    for number in range(ROUNDS):
        assert desk.uses(f"uses-{number}") == (0, 0)
        assert desk.money(f"money-{number}") == (999, 0)
        assert desk.level(coupons.code_id(f"batch-{number}", coupons.digest(f"batch{number}"))) == (0, 0)
    assert verify(desk.store) == ()
    desk.store.close()
