"""
Several processes on one file or database: nothing is sold twice or left unsold, and who is killed takes nothing along.

A few rounds run always; the long versions are those that the claims are made of.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests import processes, servers
from tests.processes import long, started
from tests.workflows.counter import TARIFF, VAT, order_of, pln

from orderflow import CommandRejected, Shop, orders, payments, stock
from orderflow.counters import Level
from orderflow.ports.notifier import Message, SendOutcome
from orderflow.ports.store import StoreConflictError
from orderflow.runtime.world import SystemClock
from orderflow.testing.world import VirtualClock
from orderflow.verify import verify
from orderflow.workflows import Status


def opened(place: str, **options: Any) -> Shop:
    """The shop as every process opens it."""
    return Shop(processes.opened(place), seller="race", tariff=TARIFF, **options)


def one(*skus: str, **changes: Any) -> orders.PlaceOrder:
    """An order for one unit of each, paid at the door, so that its units are kept for good."""
    lines = tuple(
        orders.Line(line=str(number), sku=sku, name=sku, quantity=1, unit_price=pln("10.00"), vat=VAT)
        for number, sku in enumerate(skus)
    )
    return order_of(**{"lines": lines, "payment_method": "cash_on_delivery", **changes})


def bought(shop: Shop, command: orders.PlaceOrder) -> str | None:
    """The order's id; None where a unit is out of stock, and that is the only reason. Whoever was too slow goes on."""
    while True:
        try:
            return shop.place(command).id
        except StoreConflictError:
            continue
        except CommandRejected as rejected:
            if any(not isinstance(reason, stock.OutOfStock) for reason in rejected.reasons):
                raise
            return None


def received(shop: Shop, quantity: int, *skus: str, location: str = "main") -> None:
    """New units."""
    for sku in skus:
        shop.do(stock.ReceiveStock(sku=sku, quantity=quantity, reference="opening", location=location))


def placed(shop: Shop) -> list[str]:
    """The ids of all orders."""
    found: list[str] = []
    while page := shop.orders(limit=1000, after=found[-1] if found else None):
        found.extend(summary.id for summary in page)
    return found


# The last unit


def want_each(number: int, place: str, rounds: int, gate: Any, results: Any) -> None:
    """Every round's last unit, at the moment when all others want it too; the rounds in which it was to be had."""
    shop, mine = opened(place), Counter[int]()
    for turn in range(rounds):
        gate.wait(processes.PATIENCE)
        if bought(shop, one(f"S{turn}")) is not None:
            mine[turn] += 1
    results.put(mine)
    shop.store.close()


@pytest.mark.parametrize("rounds", [20, long(2000)])
def test_the_last_unit_is_sold_once_by_four_processes(place: str, rounds: int) -> None:
    """In every round exactly one order is placed, and the others are told why not."""
    shop = opened(place)
    skus = [f"S{turn}" for turn in range(rounds)]
    received(shop, 1, *skus)
    gate = processes.CONTEXT.Barrier(4)
    sold = sum(processes.gathered(4, want_each, place, rounds, gate), Counter[int]())
    assert sold == dict.fromkeys(range(rounds), 1)
    assert {shop.level(sku) for sku in skus} == {Level(1, 1)}
    assert len(placed(shop)) == rounds
    assert verify(shop.store) == ()
    shop.store.close()


def want_each_naively(*arguments: Any) -> None:
    """The same with counters that are read without a lock."""
    from orderflow.adapters.sql import _counters

    with mock.patch.object(_counters, "_BALANCES", _counters._BALANCES.replace("FOR UPDATE", "")):
        want_each(*arguments)


def test_looking_first_and_taking_afterwards_is_caught(database: str) -> None:
    """Without the lock and the table's own rules, the last unit is sold more than once in many rounds."""
    import psycopg

    place, rounds = processes.prepared(database), 20
    with psycopg.connect(servers.plain(place), autocommit=True) as connection:
        rules = "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = 'orderflow_counters'::regclass"
        for (rule,) in connection.execute(rules).fetchall():
            connection.execute(f'ALTER TABLE orderflow_counters DROP CONSTRAINT "{rule}"')
    shop = opened(place)
    received(shop, 1, *(f"S{turn}" for turn in range(rounds)))
    gate = processes.CONTEXT.Barrier(4)
    sold = sum(processes.gathered(4, want_each_naively, place, rounds, gate), Counter[int]())
    assert sum(times > 1 for times in sold.values()) > rounds / 5
    shop.store.close()


# More buyers than units


def buy_in_turn(number: int, place: str, buyers: int, results: Any) -> None:
    """One buyer after another, who wants the hot thing, alone or with something else; what was sold."""
    shop, mine, dice = opened(place), Counter[str](), random.Random(number)
    for _ in range(buyers):
        skus = dice.sample(["HOT", "A", "B"], 2) if dice.random() < 0.3 else ["HOT"]
        if bought(shop, one(*skus)) is not None:
            mine.update(skus)
    results.put(mine)
    shop.store.close()


@pytest.mark.parametrize(("workers", "buyers", "units"), [(4, 120, 12), long(8, 1000, 100)])
def test_many_buyers_get_all_units_and_not_one_more(place: str, workers: int, buyers: int, units: int) -> None:
    """Orders list the hot thing before and after other things, and nobody waits for ever."""
    shop = opened(place)
    received(shop, units, "HOT")
    received(shop, buyers, "A", "B")
    sold = sum(processes.gathered(workers, buy_in_turn, place, buyers // workers), Counter[str]())
    assert sold["HOT"] == units
    assert shop.level("HOT") == Level(units, units)
    assert {sku: shop.level(sku).held for sku in "AB"} == {sku: sold[sku] for sku in "AB"}
    assert verify(shop.store) == ()
    shop.store.close()


PLACES = tuple(stock.Location(code) for code in ("main", "krakow", "gdansk"))
CHEST = stock.FewestParcels()


def buy_from_anywhere(number: int, place: str, buyers: int, results: Any) -> None:
    """One or two units of either thing from wherever they are; what was sold."""
    shop, mine, dice = opened(place, locations=PLACES, sourcing=CHEST), Counter[str](), random.Random(number)
    for _ in range(buyers):
        skus = dice.choice((["A"], ["B"], ["A", "B"]))
        if bought(shop, one(*skus)) is not None:
            mine.update(skus)
    for sku in "AB":  # the last ones, which those who wanted both left
        while bought(shop, one(sku)) is not None:
            mine[sku] += 1
    results.put(mine)
    shop.store.close()


@pytest.mark.parametrize("units", [4, long(100)])
def test_several_locations_are_sold_empty_and_not_beyond(place: str, units: int) -> None:
    """Every location gives what it has, whichever process chose it; orders that need two of them get both or none."""
    shop = opened(place, locations=PLACES, sourcing=CHEST)
    for location in PLACES:
        received(shop, units, "A", "B", location=location.code)
    sold = sum(processes.gathered(4, buy_from_anywhere, place, 2 * units), Counter[str]())
    assert sold == {"A": 3 * units, "B": 3 * units}
    assert {shop.level(sku, location.code) for sku in "AB" for location in PLACES} == {Level(units, units)}
    assert verify(shop.store) == ()
    shop.store.close()


# Processes that are killed


def buy_until_killed(number: int, place: str, begun: Any) -> None:
    """Buy, pay later or never, and change one's mind, again and again."""
    shop, dice = opened(place), random.Random(time.time_ns())
    while True:
        method = dice.choice(("cash_on_delivery", "transfer"))
        order = bought(shop, one("S", payment_method=method))
        if order is not None and dice.random() < 0.5:
            shop.do(orders.CancelOrder(order=order))
        begun.set()


def buy_the_rest(number: int, place: str, results: Any) -> None:
    """Buy until there is nothing left; how many there were."""
    shop, mine = opened(place), 0
    while bought(shop, one("S")) is not None:
        mine += 1
    results.put(mine)
    shop.store.close()


@pytest.mark.parametrize(("kills", "units"), [(3, 80), long(20, 800)])
def test_killed_buyers_leave_no_lost_unit(place: str, kills: int, units: int) -> None:
    """Wherever they were, what is unpaid lapses, what they held without an order is not there, and the rest is sold."""
    shop = opened(place)
    received(shop, units, "S")
    dice = random.Random(1)
    for _ in range(kills):
        begun = processes.CONTEXT.Event()
        victims = started(2, buy_until_killed, place, begun)
        assert begun.wait(60)
        time.sleep(dice.random() * 0.3)
        for victim in victims:
            victim.kill()
            victim.join()
    assert placed(shop)
    later = opened(place, clock=VirtualClock(SystemClock().now() + timedelta(days=30)))
    later.run()
    assert verify(shop.store) == ()
    processes.gathered(2, buy_the_rest, place)
    kept = [order for order in placed(shop) if shop.order(order).status is not Status.CANCELLED]
    assert len(kept) == units
    assert shop.level("S") == Level(units, units)
    with shop.store.reading() as view:
        assert sorted(hold.owner for hold in view.counters.every_hold()) == sorted(kept)
    assert verify(shop.store) == ()
    later.store.close()
    shop.store.close()


def change_until_killed(number: int, place: str, order: str, ready: Any) -> None:
    """Change one order again and again."""
    shop = opened(place)
    for turn in range(10**9):
        shop.do(orders.TagOrder(order=order, add=(f"t{turn % 90}",), remove=(f"t{(turn - 5) % 90}",)))
        if turn == 20:
            ready.set()


def test_a_process_killed_in_the_middle_leaves_a_whole_order(place: str) -> None:
    """Every version that is there is sealed and complete, and the next process goes on at once."""
    shop = opened(place)
    received(shop, 5, "S")
    order = shop.place(one("S")).id
    for _ in range(3):
        ready = processes.CONTEXT.Event()
        (victim,) = started(1, change_until_killed, place, order, ready)
        assert ready.wait(60)
        victim.kill()
        victim.join()
        assert shop.do(orders.AddNote(order=order, text="still here")).order.note_count
        with shop.store.reading() as transaction:
            assert transaction.streams.broken_link(order) is None
    versions = [entry.version for entry in shop.history(order)]
    assert versions == list(range(1, len(versions) + 1))
    shop.store.close()


def change(number: int, place: str, order: str, results: Any) -> None:
    """Twenty commands on the same order as everybody else; how many were too slow."""
    shop, conflicts = opened(place), 0
    for _ in range(20):
        try:
            shop.do(orders.AddNote(order=order, text="me too"))
        except StoreConflictError:
            conflicts += 1
    results.put(conflicts)
    shop.store.close()


def test_processes_that_change_the_same_order_lose_nothing(place: str) -> None:
    """Every acknowledged command is in the history; conflicts are decided again, not dropped."""
    shop = opened(place)
    received(shop, 5, "S")
    order = shop.place(one("S")).id
    conflicts = sum(processes.gathered(3, change, place, order))
    assert shop.order(order).order.note_count == 60 - conflicts
    assert payments.money_in(shop.order(order).file.payments, "PLN") == pln("0.00")
    shop.store.close()


# Work


class Postbox:
    """Sends each message once by its key, and writes down how often it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: Message) -> SendOutcome:
        """One line per call, and one file per message that went out."""
        with (self.folder / "calls").open("a") as calls:
            calls.write(f"{message.key}\n")
        (self.folder / f"sent-{message.key.replace('/', '-')}").touch()
        return SendOutcome.SENT

    @property
    def asked(self) -> Counter[str]:
        """How often each message was to be sent."""
        return Counter((self.folder / "calls").read_text().split())

    @property
    def sent(self) -> set[str]:
        """What went out."""
        return {file.name.removeprefix("sent-") for file in self.folder.glob("sent-*")}


def work(number: int, place: str, folder: Path, start: Any, results: Any) -> None:
    """With all others, do what is due until there is nothing more; how much it was."""
    shop = opened(place, notifier=Postbox(folder))
    start.wait(processes.PATIENCE)
    results.put(sum(times for _, times in shop.run().done))
    shop.store.close()


def orders_to_work_on(shop: Shop, count: int) -> None:
    """So many orders, each with two messages to send: that it came, and that it is confirmed."""
    received(shop, count, "S")
    for _ in range(count):
        shop.place(one("S"))


@pytest.mark.parametrize("count", [60, long(600)])
def test_each_piece_of_work_is_done_by_one_of_four_processes(place: str, tmp_path: Path, count: int) -> None:
    """No message is sent by two of them, and none is left; who does how much of it is not promised."""
    shop, post = opened(place), Postbox(tmp_path)
    orders_to_work_on(shop, count)
    done = processes.gathered(4, work, place, tmp_path, processes.CONTEXT.Barrier(4))
    assert sum(done) >= 2 * count
    assert sum(post.asked.values()) == len(post.sent) == 2 * count
    assert set(post.asked.values()) == {1}
    assert verify(shop.store) == ()
    shop.store.close()


@pytest.mark.parametrize(("count", "kills"), [(40, 2), long(600, 12)])
def test_work_of_killed_processes_is_done_by_others(place: str, tmp_path: Path, count: int, kills: int) -> None:
    """What a killed worker had taken is done when its lease has ended: every message went out, and none as another."""
    shop, post = opened(place), Postbox(tmp_path)
    orders_to_work_on(shop, count)
    results = processes.CONTEXT.Queue()
    for kill in range(kills):
        before = sum(post.asked.values()) if (tmp_path / "calls").exists() else 0
        (victim,) = started(1, work, place, tmp_path, processes.CONTEXT.Barrier(1), results)
        until = time.monotonic() + 30
        while time.monotonic() < until and victim.is_alive():
            if (tmp_path / "calls").exists() and sum(post.asked.values()) > before + kill % 7:
                break
        victim.kill()
        victim.join()
    assert len(post.sent) < 2 * count
    later = opened(place, notifier=post, clock=VirtualClock(SystemClock().now() + timedelta(minutes=5)))
    later.run()
    assert len(post.sent) == len(post.asked) == 2 * count
    assert sum(post.asked.values()) <= 2 * count + kills
    assert verify(shop.store) == ()
    later.store.close()
    shop.store.close()
