"""
The checks bite: libraries broken on purpose, each in a way that shops really were, are caught.

Each variant changes one small thing at run time; the same simulation and stories that pass for the library must fail.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from orderflow import Money, giftcards, payments, stock
from orderflow.counters import MoveKind
from orderflow.orders import OrderStage
from orderflow.payments import _evolve as payment_evolve
from orderflow.payments import _refunding
from orderflow.ports.gateway import PaymentAnswer, PaymentOutcome, RefundAnswer, RefundOutcome
from orderflow.runtime import _paying, _worker
from orderflow.workflows import _balance, _facts, _plan, _reactions

from . import checks
from .driver import simulate
from .outside import Fault
from .stories import STORIES
from .test_single_faults import books, kinds
from .world import World, line, order_of

Patch = Callable[[pytest.MonkeyPatch], None]
Hunt = Callable[[], None]


# Where to look


def at_random() -> None:
    """Some seeds of the simulation."""
    for seed in range(40):
        simulate(seed, 80)


def in_stories(*names: str) -> Hunt:
    """Stories with single faults, compared with how they ended in the library as it is."""
    expected = {name: books(name, None)[0] for name in names}

    def hunt() -> None:
        for name in names:
            found, world = books(name, None)
            assert found == expected[name], name
            for number, point in enumerate(world.points.names):
                if point != "commit":
                    for fault in kinds(point):
                        assert books(name, (number, fault))[0] == expected[name], f"{name}, {fault} at {point}"

    return hunt


def past_the_window() -> None:
    """A bank that forgets, asked again an hour later."""
    world = World()
    world.restock("MUG", 5, "opening")
    world.do(order_of(line(1, "MUG", 1), payment="deaf"))
    world.expect("deaf.start", Fault.AFTER)
    world.run()
    for _ in range(4):
        world.later(hours=1)
    checks.after_step(world)


def more_buyers_than_units() -> None:
    """Five teapots, seven buyers."""
    world = World()
    world.restock("TEAPOT", 5, "opening")
    for _ in range(7):
        world.do(order_of(line(1, "TEAPOT", 1), payment="card"))
        checks.after_step(world)


# What is broken


def refund_forgets_what_is_under_way(patch: pytest.MonkeyPatch) -> None:
    """The surplus is counted again while the first refund is still on its way."""

    def surplus(file: Any) -> Money:
        currency = file.order.currency
        back = payments.refunded(file.payments, currency)
        over = payments.money_in(file.payments, currency) - back - _balance.owed(file)
        return max(over, Money.zero(currency))

    patch.setattr(_reactions, "surplus", surplus)


def every_try_has_a_fresh_key(patch: pytest.MonkeyPatch) -> None:
    """The bank cannot know that it is the same refund."""

    def fresh(row: Any) -> str:
        order, version, _, number = row.id.split("/")
        return f"{order}-{int(version)}{row.attempts:03}x{number}"

    patch.setattr(_paying, "operation_key", fresh)


def silence_means_failed(patch: pytest.MonkeyPatch) -> None:
    """A payment whose answer was lost counts as declined."""
    real = _paying.ask

    def ask(errand: Any, call: Callable[[], Any]) -> Any:
        answer = real(errand, call)
        return PaymentAnswer(outcome=PaymentOutcome.FAILED) if answer is None and "start" in errand.row.kind else answer

    patch.setattr(_paying, "ask", ask)


def silence_means_done(patch: pytest.MonkeyPatch) -> None:
    """A refund whose answer was lost counts as made."""
    real = _paying.ask

    def ask(errand: Any, call: Callable[[], Any]) -> Any:
        answer = real(errand, call)
        return RefundAnswer(outcome=RefundOutcome.SETTLED) if answer is None and "refund" in errand.row.kind else answer

    patch.setattr(_paying, "ask", ask)


def nothing_is_looked_up(patch: pytest.MonkeyPatch) -> None:
    """Past the window of a bank that forgets, the same key is sent again."""
    patch.setattr(_paying, "past_window", lambda errand, window: False)


def stock_is_checked_and_then_taken(patch: pytest.MonkeyPatch) -> None:
    """The guarded counter takes whatever was decided before."""
    real = stock.moves

    def moves(event: Any, *rest: Any) -> Any:
        made = real(event, *rest)
        return tuple(attrs.evolve(m, leaving=None) if m.kind is MoveKind.HOLD else m for m in made)

    patch.setattr(stock, "moves", moves)


def units_are_put_back_twice(patch: pytest.MonkeyPatch) -> None:
    """What came back is counted in the warehouse and by the return."""
    real = stock.moves
    restocked = stock.UnitsRestocked
    patch.setattr(stock, "moves", lambda event, *rest: real(event, *rest) * (2 if isinstance(event, restocked) else 1))


def cancelling_forgets_the_hold(patch: pytest.MonkeyPatch) -> None:
    """The order lets go, the counter does not."""
    real = stock.moves
    released = stock.StockReleased
    patch.setattr(stock, "moves", lambda event, *rest: () if isinstance(event, released) else real(event, *rest))


def late_money_is_kept(patch: pytest.MonkeyPatch) -> None:
    """What comes after the cancellation stays."""
    real = _reactions.surplus
    over = (OrderStage.CANCELLED, OrderStage.CLOSED)
    patch.setattr(
        _reactions,
        "surplus",
        lambda file: Money.zero(file.order.currency) if file.order.stage in over else real(file),
    )


def the_settled_attempt_is_refunded(patch: pytest.MonkeyPatch) -> None:
    """Of a double payment the first goes back, which the shop's accounts had settled the order with."""
    real = _refunding.by_payment
    patch.setattr(_refunding, "by_payment", lambda state: tuple(reversed(real(state))))


def notifications_add_up(patch: pytest.MonkeyPatch) -> None:
    """The same news twice is twice the money."""
    real = payment_evolve._observed

    def observed(attempt: Any, event: Any) -> Any:
        if event.captured and attempt.captured:
            event = attrs.evolve(event, captured=attempt.captured + event.captured)
        return real(attempt, event)

    patch.setattr(payment_evolve, "_observed", observed)


def a_coin_is_lost(patch: pytest.MonkeyPatch) -> None:
    """Rounding in the customer's favour, wherever something was credited."""
    real = _balance.owed

    def owed(file: Any) -> Money:
        exact = real(file)
        return exact - Money(1, exact.currency) if exact and file.order.cancelled else exact

    for module in (_balance, _facts):
        patch.setattr(module, "owed", owed)


def a_card_is_not_given_its_money_back(patch: pytest.MonkeyPatch) -> None:
    """The order says that it went back, and the card has heard of payments only."""
    real = _plan.card_events

    def card_events(event: Any, before: Any, context: Any) -> Any:
        return () if isinstance(event, payments.RefundSettled) else real(event, before, context)

    patch.setattr(_plan, "card_events", card_events)


def a_card_is_told_and_its_counter_is_not(patch: pytest.MonkeyPatch) -> None:
    """Whoever counts in two places has to count in both."""
    real = giftcards.moves

    def moves(event: giftcards.Event) -> Any:
        return () if isinstance(event, giftcards.BalanceSpent) else real(event)

    patch.setattr(giftcards, "moves", moves)


def partners_are_called_in_a_view(patch: pytest.MonkeyPatch) -> None:
    """A slow bank keeps the store locked."""
    real = _worker.perform

    def perform(errand: Any, partners: Any) -> Any:
        with partners.notifier.store.reading():
            return real(errand, partners)

    patch.setattr(_worker, "perform", perform)
    old = World.open

    def opened(self: World) -> Any:
        self.postman.store = self.store  # type: ignore[attr-defined]
        return old(self)

    patch.setattr(World, "open", opened)


VARIANTS: list[tuple[Patch, Callable[[], Hunt]]] = [
    (refund_forgets_what_is_under_way, lambda: at_random),
    (every_try_has_a_fresh_key, lambda: in_stories("refused_refund")),
    (silence_means_failed, lambda: in_stories("saved_card")),
    (silence_means_done, lambda: in_stories("refused_refund")),
    (nothing_is_looked_up, lambda: past_the_window),
    (stock_is_checked_and_then_taken, lambda: more_buyers_than_units),
    (units_are_put_back_twice, lambda: in_stories("withdrawn")),
    (cancelling_forgets_the_hold, lambda: at_random),
    (late_money_is_kept, lambda: in_stories("never_paid")),
    (the_settled_attempt_is_refunded, lambda: in_stories("paid_twice")),
    (notifications_add_up, lambda: at_random),
    (a_coin_is_lost, lambda: at_random),
    (a_card_is_not_given_its_money_back, lambda: at_random),
    (a_card_is_told_and_its_counter_is_not, lambda: at_random),
    (partners_are_called_in_a_view, lambda: at_random),
]


@pytest.mark.parametrize(("patch", "hunt"), VARIANTS, ids=[variant[0].__name__ for variant in VARIANTS])
def test_a_broken_library_is_caught(patch: Patch, hunt: Callable[[], Hunt], monkeypatch: pytest.MonkeyPatch) -> None:
    """The hunt passes for the library as it is, and fails for the broken one."""
    look = hunt()
    if look is not at_random:
        look()
    patch(monkeypatch)
    with pytest.raises(AssertionError):
        look()


def test_every_story_ends_well_without_faults() -> None:
    """So that what the variants are compared with is right."""
    for name in STORIES:
        books(name, None)
