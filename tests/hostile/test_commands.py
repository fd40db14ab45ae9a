"""Every field of every command with hostile values: a typed error and no trace, or nothing hostile is kept."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tests.hostile.attacks import (
    BAD_TEXTS,
    COMMANDS,
    GIFT_CARD,
    INVISIBLE,
    LIMITED,
    PARTS,
    examples,
    fields,
    mutants,
    rows,
    shown,
)
from tests.workflows.counter import Counter, pln

from orderflow import OrderflowError, giftcards, orders, shipping
from orderflow.errors import InvalidInputError


class Bench:
    """A shop with one order that is paid and packed, made anew once something was changed."""

    def __init__(self) -> None:
        self.counter = Counter(checks=(orders.HostCheck(name="fraud"),), campaigns=(LIMITED,))
        issue = giftcards.IssueGiftCard(card=GIFT_CARD, amount=pln("50.00"))
        self.counter.shop.do(issue)
        self.order = self.counter.place()
        self.counter.shop.do(orders.RecordVerdict(order=self.order, check="fraud", standing=orders.Standing.PASSED))
        self.counter.pay(self.order)
        self.counter.shop.do(shipping.PickLines(order=self.order))
        self.counter.shop.do(examples(self.order)[orders.OfferSubstitute])
        self.before = rows(self.counter.store)


def trouble(bench: Bench, kind: type, given: dict[str, Any]) -> tuple[str, bool]:
    """What is wrong with how the shop takes a command, and whether it was accepted."""
    began = time.process_time()
    problem, accepted = "", False
    try:
        bench.counter.shop.do(kind(**given))
        accepted = True
    except InvalidInputError as error:
        if not error.path or len(str(error)) > 500:
            problem = f"an error without a path or end: {str(error)[:80]!r}"
    except OrderflowError as error:
        if len(str(error)) > 2000:
            problem = "an endless message"
    except Exception as error:
        problem = f"bare {type(error).__name__}: {str(error)[:80]}"
    if time.process_time() - began > 5:
        problem = problem or "slow"
    return problem, accepted


def test_there_is_an_example_of_every_command() -> None:
    """A new command is attacked too."""
    assert set(examples("ord_1")) == COMMANDS


@pytest.mark.parametrize("kind", sorted(COMMANDS, key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__)
def test_no_field_of_a_command_takes_what_it_should_not(kind: type) -> None:
    """Each field with each hostile value: only typed errors, which leave nothing behind, and nothing hostile kept."""
    bench = Bench()
    found = []
    for name, hostile, _ in mutants(examples("ord_1")[kind]):
        given = {**fields(examples(bench.order)[kind]), name: hostile}
        problem, accepted = trouble(bench, kind, given)
        after = rows(bench.counter.store)
        changed = after != bench.before
        if changed and not accepted:
            problem = problem or "refused, and left something behind"
        if changed:
            kept = "".join(row.payload + row.name + row.actor for row, _ in after["streams.events"].values())
            texts = (*(text.encode("ascii", "backslashreplace").decode() for text in BAD_TEXTS), INVISIBLE)
            if any(ascii(text)[1:-1] in kept or text in kept for text in texts):
                problem = problem or "hostile text was kept in an event"
            bench = Bench()
        if problem:
            found.append(f"{kind.__name__}({name}={shown(hostile)}): {problem}")
    assert found == []


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_no_part_of_a_command_takes_what_it_should_not(part: Any) -> None:
    """Lines, contacts, targets, evidence: a typed error, or a value that the shop's door then judges."""
    found = []
    for name, hostile, given in mutants(part):
        try:
            type(part)(**given)
        except InvalidInputError as error:
            if not error.path or len(str(error)) > 500:
                found.append(f"{name}={shown(hostile)}: no path or no end")
        except Exception as error:
            found.append(f"{name}={shown(hostile)}: bare {type(error).__name__}")
    assert found == []
