"""Four processes on one file or database: what is on a card, and on an account, is spent once, to the last coin."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from typing import Any

from tests import processes
from tests.workflows.counter import pln

from orderflow import CommandRejected
from orderflow.payments import ExceedsBalance, GiftCardNotUsable, NoStoreCredit, PayWithStoreCredit
from orderflow.runtime.world import SystemClock, SystemIds
from orderflow.verify import verify

from .till import Till

BUYERS = 4
ROUNDS = 4
NOT_ENOUGH = (GiftCardNotUsable, NoStoreCredit, ExceedsBalance)


def opened(place: str) -> Till:
    """The shop as every process opens it; its stock came with the first."""
    return Till(store=processes.opened(place), clock=SystemClock(), ids=SystemIds())  # type: ignore[arg-type]


def code(kind: str, number: int) -> str:
    """A card of a round."""
    return f"{kind}{number}" * 13


def spend(place: str, results: Any, gate: Any) -> None:
    """Every buyer wants everything: a card for a new order, 40.00 of another card, 40.00 of the customer's credit."""
    at = opened(place)
    for number in range(ROUNDS):
        mine = at.place(customer=f"c-{number}").id
        ways = {
            "whole": lambda number=number: at.place(code("A", number)),
            "part": lambda number=number, mine=mine: at.pay(mine, code("B", number), "40.00"),
            "credit": lambda mine=mine: at.shop.do(PayWithStoreCredit(order=mine, amount=pln("40.00"))),
        }
        for kind, pay in ways.items():
            gate.wait()
            try:
                pay()
                results.put((kind, number, "paid"))
            except CommandRejected as rejected:
                wrong = [reason for reason in rejected.reasons if not isinstance(reason, NOT_ENOUGH)]
                results.put((kind, number, repr(wrong) if wrong else "refused"))
        gate.wait()
        at.cancel(mine)
    at.store.close()


def test_what_there_is_to_spend_is_spent_once_by_four_processes(place: str) -> None:
    """A card of 70.00 pays one order; 100.00 pays 40.00 twice, and no third time; what is cancelled comes back."""
    at = opened(place)
    for number in range(ROUNDS):
        at.shop.issue_gift_card(pln("70.00"), code=code("A", number))
        at.shop.issue_gift_card(pln("100.00"), code=code("B", number))
        at.grant("100.00", customer=f"c-{number}")
    context = multiprocessing.get_context("spawn")
    results, gate = context.Queue(), context.Barrier(BUYERS)
    buyers = [context.Process(target=spend, args=(place, results, gate)) for _ in range(BUYERS)]
    for buyer in buyers:
        buyer.start()
    outcomes = Counter(results.get(timeout=120) for _ in range(3 * ROUNDS * BUYERS))
    for buyer in buyers:
        buyer.join()
    for number in range(ROUNDS):
        for kind, times in (("whole", 1), ("part", 2), ("credit", 2)):
            assert outcomes.pop((kind, number, "paid")) == times
            assert outcomes.pop((kind, number, "refused")) == BUYERS - times
        assert (at.on(code("A", number)), at.on(code("B", number))) == (pln("0.00"), pln("100.00"))
        assert at.credit(f"c-{number}") == pln("100.00")
    assert not outcomes
    assert verify(at.store) == ()
    at.store.close()
