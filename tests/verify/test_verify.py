"""A healthy store has nothing wrong with it; whatever is tampered with, verify says so and names what it breaks."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve
from tests.workflows.counter import START, Counter

from orderflow import Quantities, orders, payments, shipping
from orderflow.adapters.sqlite import SqliteStore
from orderflow.ports.gateway import PaymentOutcome
from orderflow.sealing import seal
from orderflow.testing import FakeTwoStepGateway, VirtualClock
from orderflow.verify import verify

from .populated import Populated

Change = Callable[[sqlite3.Connection], None]


def test_a_shop_with_many_stories_has_nothing_wrong(populated, tampered):
    """Late money, sweeps, returns, short picks, parked work, adopted orders, an erasure: all of it is in order."""
    assert tampered(lambda _: None) == ()
    with sqlite3.connect(populated) as connection:
        names = {name for (name,) in connection.execute("SELECT DISTINCT name FROM events")}
        parked = connection.execute("SELECT count(*) FROM events WHERE payload LIKE '%parked:%'").fetchone()
        swept = connection.execute('SELECT count(*) FROM events WHERE payload LIKE \'%"swept":{"%\'').fetchone()
    connection.close()
    assert len(names) > 50
    assert parked[0]
    assert swept[0]


def test_a_store_in_memory_is_verified_alike():
    """Verification knows the protocol and no store."""
    counter = Counter()
    counter.pay(counter.place())
    counter.place()
    assert verify(counter.store) == ()


def test_an_empty_store_has_nothing_wrong(tmp_path):
    """Nothing is there, and nothing is missing."""
    store = SqliteStore(tmp_path / "empty.db")
    assert verify(store) == ()
    store.close()


def test_progress_counts_to_the_end(populated):
    """Every stream and counter is told once, in order, and the last call says that all are done."""
    told: list[tuple[int, int, str]] = []
    store = SqliteStore(populated)
    verify(store, progress=lambda done, total, name: told.append((done, total, name)))
    store.close()
    assert [done for done, _, _ in told] == list(range(len(told)))
    assert told[-1] == (len(told) - 1, len(told) - 1, "")


def test_what_is_told_late_is_no_violation():
    """A delivery heard of after the right of withdrawal had ended asks for work that was due before."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    counter.ship(order)
    delivered = shipping.TrackingFact(status=shipping.TrackingStatus.DELIVERED, occurred_at=counter.clock.now())
    counter.clock.advance(timedelta(days=60))
    counter.shop.do(shipping.RecordTracking(order=order, parcel=1, fact=delivered))
    assert verify(counter.store) == ()
    counter.shop.run()
    assert verify(counter.store) == ()


def test_a_payment_withdrawn_before_it_was_opened_is_no_violation():
    """It was never started, and that is its outcome."""
    counter = Counter()
    order = counter.place()
    counter.shop.do(payments.VoidPayment(order=order, attempt=1))
    counter.shop.run()
    assert verify(counter.store) == ()


def test_a_payment_authorised_after_it_was_let_go_is_no_violation():
    """It is let go once more; the first request had nothing to let go of."""
    bank = FakeTwoStepGateway(VirtualClock(START))
    counter = Counter(gateways={"card": bank})
    order = counter.place(payment_method="card")
    counter.shop.perform(order)
    counter.shop.do(payments.VoidPayment(order=order, attempt=1))
    counter.shop.run()
    bank.customer_pays(f"{order}-p1")
    for headers, body in bank.notifications():
        counter.shop.receive("card", headers, body)
    assert verify(counter.store) == ()
    counter.shop.run()
    assert counter.view(order).file.payments.attempts[0].released
    assert bank.lookup(f"{order}-p1").outcome is PaymentOutcome.CANCELLED
    assert verify(counter.store) == ()


def test_the_rest_of_a_payment_let_go_after_a_capture_is_no_violation():
    """A part was captured; asked for the rest, the bank says what it said before."""
    bank = FakeTwoStepGateway(VirtualClock(START))
    counter = Counter(gateways={"card": bank})
    order = counter.place(payment_method="card")
    counter.shop.perform(order)
    counter.shop.do(orders.CancelLines(order=order, quantities=Quantities({"1": 1})))
    bank.customer_pays(f"{order}-p1")
    for headers, body in bank.notifications():
        counter.shop.receive("card", headers, body)
    counter.shop.run()
    assert not counter.view(order).due
    counter.shop.do(payments.VoidPayment(order=order, attempt=1))
    counter.shop.run()
    assert verify(counter.store) == ()


def test_a_rejection_told_again_in_other_words_is_no_violation():
    """The answer to the request, and a notice some seconds later: one alert."""
    counter = Counter()
    order = counter.place()
    counter.pay(order)
    counter.shop.do(orders.CancelOrder(order=order))
    rejected = payments.ObserveRefund(
        order=order, refund=1, outcome=payments.RefundStage.REJECTED, code="refused", occurred_at=counter.clock.now()
    )
    counter.shop.do(rejected)
    counter.shop.do(evolve(rejected, code="", occurred_at=counter.clock.now() + timedelta(seconds=3)))
    assert [row.note for row in counter.shop.alerts()] == ["refund rejected: refused"]
    assert verify(counter.store) == ()


def sql(text: str) -> Change:
    """A change that hits at least one row."""

    def change(connection: sqlite3.Connection) -> None:
        assert connection.execute(text).rowcount > 0, "the tampering hit nothing"

    return change


ONE = "number = (SELECT min(number) FROM events WHERE name = 'order.confirmed.v1')"
COPIED = "stream, kind, payload, due_at, 0, 'due', '', NULL FROM work WHERE kind = 'refund_money' LIMIT 1"
ROWS = {
    "an event's payload": (
        "L2",
        (
            "UPDATE events SET payload = replace(payload, 'PLN', 'EUR') "
            "WHERE number = (SELECT min(number) FROM events WHERE payload LIKE '%PLN%')"
        ),
    ),
    "an event's name": ("L2", "UPDATE events SET name = 'order.held.v1' WHERE name = 'order.confirmed.v1'"),
    "an unknown event": ("L2", f"UPDATE events SET name = 'order.eaten.v1' WHERE {ONE}"),
    "an event that is no JSON": ("L2", f"UPDATE events SET payload = '{{' WHERE {ONE}"),
    "an event's actor": ("L2", "UPDATE events SET actor = 'staff' WHERE actor = 'system'"),
    "an event's moment": ("L2", f"UPDATE events SET occurred_at = occurred_at + 1 WHERE {ONE}"),
    "when an event was recorded": ("L2", f"UPDATE events SET recorded_at = recorded_at - 1 WHERE {ONE}"),
    "an event's version": ("L2", f"UPDATE events SET version = 99 WHERE {ONE}"),
    "an event's stream": ("L2", f"UPDATE events SET stream = 'ord_x' WHERE {ONE}"),
    "an event in the middle": ("L2", f"DELETE FROM events WHERE {ONE}"),
    "the end of a stream": ("L2", "DELETE FROM events WHERE name = 'order.closed.v1' AND number < 100"),
    "a whole stream": (
        "L2",
        "DELETE FROM events WHERE stream = (SELECT stream FROM events WHERE name = 'return.received.v1')",
    ),
    "a counter's value": ("S2", "UPDATE counters SET value = value + 1 WHERE key = 'stk_MUG'"),
    "a counter's holds": ("S2", "UPDATE counters SET held = held - 1 WHERE key = 'stk_TEAPOT'"),
    "a counter below zero": ("S1", "UPDATE counters SET value = -1 WHERE key = 'stk_MUG'"),
    "more promised than there is": ("S1", "UPDATE counters SET held = value + 1 WHERE key = 'stk_MUG'"),
    "a counter": ("S2", "DELETE FROM counters WHERE key = 'stk_PLATE'"),
    "a hold's quantity": ("S5", "UPDATE holds SET quantity = quantity + 1"),
    "a hold's end": ("S5", "UPDATE holds SET until = 1 WHERE until IS NULL"),
    "a hold's owner": ("S5", "UPDATE holds SET owner = 'ord_x' WHERE key = 'stk_PLATE'"),
    "a hold": ("S5", "DELETE FROM holds WHERE owner = (SELECT min(owner) FROM holds)"),
    "another hold": ("S5", "INSERT INTO holds SELECT 'ord_x', key, quantity, until, beyond FROM holds LIMIT 1"),
    "a ledger's amount": ("S4", "UPDATE ledger SET held = held + 1 WHERE kind = 'hold'"),
    "a ledger's kind": ("S4", "UPDATE ledger SET kind = 'remove' WHERE kind = 'consume'"),
    "a ledger's owner": ("S4", "UPDATE ledger SET owner = 'stk_MUG' WHERE kind = 'consume'"),
    "a ledger's moment": ("S4", "UPDATE ledger SET at = at + 1 WHERE kind = 'add'"),
    "a ledger's row": ("S4", "DELETE FROM ledger WHERE number = (SELECT max(number) FROM ledger)"),
    "a ledger's row twice": (
        "S4",
        "INSERT INTO ledger SELECT NULL, key, owner, kind, value, held, at FROM ledger WHERE kind = 'consume' LIMIT 1",
    ),
    "the uses of a campaign": ("S2", "UPDATE counters SET value = value + 1 WHERE key = 'cpn_u_summer'"),
    "a code that was used": ("S2", "UPDATE counters SET value = 1 WHERE key LIKE 'cpn_k_batch_%' AND value = 0"),
    "a customer's uses": ("S2", "DELETE FROM counters WHERE key LIKE 'cpn_c_batch_%'"),
    "a use that an open order holds": ("S5", "DELETE FROM holds WHERE key = 'cpn_u_summer'"),
    "a use that nobody granted": ("S4", "UPDATE ledger SET value = value + 1 WHERE key = 'cpn_u_summer' AND value = 9"),
    "a refund asked for twice": (
        "E1",
        f"INSERT INTO work SELECT NULL, stream || '/000001/refund_money/1', {COPIED}",
    ),
    "a refund asked for by no event": (
        "E1",
        f"INSERT INTO work SELECT NULL, stream || '/000999/refund_money/1', {COPIED}",
    ),
    "a request": ("E1", "DELETE FROM work WHERE kind = 'capture_money'"),
    "a message": ("E1", "DELETE FROM work WHERE kind = 'send_shipped'"),
    "one timer": ("E1", "DELETE FROM work WHERE kind = 'expire_unpaid' AND state = 'due'"),
    "a request's kind": ("E1", "UPDATE work SET kind = 'void_money' WHERE kind = 'capture_money'"),
    "a request's number": ("E1", "UPDATE work SET payload = '2' WHERE kind = 'refund_money' AND payload = '1'"),
    "a request's stream": ("E1", "UPDATE work SET stream = 'ord_x' WHERE kind = 'start_payment'"),
    "work that nobody did": ("E1", "UPDATE work SET state = 'done' WHERE state = 'due' AND attempts = 0"),
    "work set aside without a reason": ("E1", "UPDATE work SET state = 'parked' WHERE state = 'due'"),
    "when work falls due": ("E1", "UPDATE work SET due_at = due_at + 1 WHERE state = 'due' AND attempts = 0"),
    "an alert's reason": ("E1", "UPDATE work SET note = 'fine' WHERE note LIKE 'refund rejected%'"),
    "the alert of parked work": ("L5", "DELETE FROM work WHERE note LIKE 'ConsumeStock%'"),
    "a notification": ("E1", "DELETE FROM work WHERE kind = 'apply_notification'"),
    "a headline": ("L2", "UPDATE orders SET status = 'closed' WHERE status = 'awaiting_payment'"),
    "when an order was placed": ("L2", "UPDATE orders SET placed_at = placed_at + 1"),
    "whose order it is": ("L2", "UPDATE orders SET customer = 'somebody' WHERE customer IS NOT NULL"),
    "an order's number": ("L2", "UPDATE orders SET numbers = '[]' WHERE numbers <> '[]'"),
    "numbers that are no list": ("L2", "UPDATE orders SET numbers = '['"),
    "where a number leads": ("L2", "UPDATE names SET stream = 'ord_x' WHERE name = 'allegro:77'"),
    "a name": ("L2", "DELETE FROM names WHERE name LIKE 'woocommerce:%'"),
    "a search row": ("L2", "DELETE FROM orders WHERE status = 'confirmed'"),
    "an answer": ("M6", "DELETE FROM receipts WHERE request = 'req-1'"),
    "whose answer it is": ("M6", "UPDATE receipts SET stream = 'ord_x' WHERE request = 'req-1'"),
    "a person": ("P1", "DELETE FROM records WHERE kind = 'person'"),
    "under whom a message is filed": ("P1", "UPDATE records SET subject = 'per_x' WHERE kind = 'message'"),
    "a person that is no JSON": (
        "L2",
        "UPDATE sheets SET data = x'7b' WHERE id IN (SELECT sheet FROM records WHERE kind = 'person')",
    ),
}


@pytest.mark.parametrize(("invariant", "text"), ROWS.values(), ids=ROWS)
def test_a_changed_row_is_named(tampered, invariant, text):
    """Each stored thing is compared with what the events make of it."""
    assert invariant in {violation.invariant for violation in tampered(sql(text))}


def rewrite(name: str, change: Callable[[Any], None], *, where: str = "1") -> Change:
    """Change the payload of the first event of that name, and seal its stream anew, as somebody who knows how would."""

    def forge(connection: sqlite3.Connection) -> None:
        found = connection.execute(
            f"SELECT number, stream, payload FROM events WHERE name = ? AND {where} ORDER BY number LIMIT 1", (name,)
        ).fetchone()
        assert found is not None, "there is no such event"
        number, stream, payload = found
        value = json.loads(payload)
        change(value)
        payload = json.dumps(value, separators=(",", ":"))
        connection.execute("UPDATE events SET payload = ? WHERE number = ?", (payload, number))
        last = b""
        rows = connection.execute(
            "SELECT number, version, name, payload, actor, occurred_at, recorded_at FROM events WHERE stream = ? "
            "ORDER BY version",
            (stream,),
        ).fetchall()
        for number, *row in rows:
            last = seal(last, stream, *row)
            connection.execute("UPDATE events SET seal = ? WHERE number = ?", (last, number))

    return forge


def put(*path: Any, value: Any) -> Callable[[Any], None]:
    """Set the place at *path*; a callable is given what is there."""

    def change(payload: Any) -> None:
        for step in path[:-1]:
            payload = payload[step]
        old = payload[path[-1]]
        payload[path[-1]] = value(old) if callable(value) else value
        assert payload[path[-1]] != old

    return change


def more(amount: list[Any]) -> list[Any]:
    """One coin more."""
    return [amount[0] + 1, amount[1]]


def much_more(amount: list[Any]) -> list[Any]:
    """More than there ever was."""
    return [amount[0] + 1_000_000, amount[1]]


FORGED = {
    "a total": ("M7", "order.placed.v1", put("quote", "total", value=more)),
    "a line's share": ("M7", "order.placed.v1", put("quote", "lines", 0, "share", 0, value=lambda old: old + 1)),
    "VAT": ("M7", "order.placed.v1", put("quote", "vat", 0, "vat", value=more)),
    "a delivery price": ("M7", "order.placed.v1", put("quote", "delivery", "gross", value=more)),
    "a unit price": ("M7", "order.placed.v1", put("lines", 0, "unit_price", value=more)),
    "the price of a substitute": ("M7", "order.substitute_offered.v1", put("quote", "total", value=more)),
    "the line of a substitute": ("M7", "order.substitute_offered.v1", put("line", "unit_price", value=more)),
    "a substitute out of turn": ("L1", "order.substitute_offered.v1", put("number", value=7)),
    "how long an offer holds": ("E1", "order.substitute_offered.v1", put("until", value="2026-01-01T00:00:00Z")),
    "an answer to no offer": ("L1", "order.substitute_declined.v1", put("number", value=9)),
    "an answer to another offer": ("L1", "order.substitute_accepted.v1", put("number", value=2)),
    "an adopted total": ("M7", "order.recorded.v1", put("quote", "total", value=more)),
    "a cancellation's credit": ("M7", "order.lines_cancelled.v1", put("credit", value=more)),
    "a cancellation's units": ("M7", "order.lines_cancelled.v1", put("quantities", value={"1": 1_000})),
    "a return's credit": ("M7", "return.refund_granted.v1", put("goods", value=more)),
    "a return's amount": ("M7", "return.refund_granted.v1", put("amount", value=more)),
    "a return's delivery": ("M7", "return.refund_granted.v1", put("delivery", value=more)),
    "a return's deposit": ("M7", "return.refund_granted.v1", put("deposit", value=more)),
    "a line's deposit": ("M7", "order.placed.v1", put("quote", "lines", 0, "share", 5, value=lambda old: old + 2)),
    "a return's fee": ("M7", "return.refund_granted.v1", put("fee", value=more)),
    "another way's fee": ("M7", "order.payment_method_changed.v1", put("fee", value=more)),
    "a return's VAT": ("M7", "return.refund_granted.v1", put("vat", value=lambda old: old + 1)),
    "an amount asked for": ("M2", "payment.requested.v1", put("amount", value=more)),
    "a refund beyond what came": ("M2", "payment.refund_requested.v1", put("amount", value=much_more)),
    "a refund of a coin less": ("M2", "payment.refund_requested.v1", put("amount", 0, value=lambda old: old - 1)),
    "a payment of a coin more": ("M2", "payment.observed.v1", put("captured", value=more)),
    "a remittance beyond what was collected": ("M2", "payment.cash_remitted.v1", put("amount", value=much_more)),
    "a refund by another way": ("M5", "payment.refund_requested.v1", put("gateway", value="elsewhere")),
    "a capture beyond what was asked": ("M5", "payment.capture_requested.v1", put("amount", value=more)),
    "a refund paid out that was never asked for": ("L1", "payment.refund_settled.v1", put("refund", value=9)),
    "a payment of no attempt": ("L1", "payment.observed.v1", put("attempt", value=9)),
    "an attempt out of turn": ("L1", "payment.requested.v1", put("attempt", value=2)),
    "a parcel out of turn": ("L1", "parcel.packed.v1", put("parcel", value=2)),
    "a parcel that is not there": ("L1", "parcel.delivered.v1", put("parcel", value=9)),
    "a return that is not there": ("L1", "return.received.v1", put("return_", value=9)),
    "an order of another name": ("L1", "order.placed.v1", put("order", value=lambda old: f"{old[:-1]}Z")),
    "a release of what was not held": ("L1", "order.released.v1", put("reason", value="other")),
    "units sent that were not committed": ("S3", "stock.consumed.v1", put("quantities", value={"MUG": 1_000})),
    "units released that were not held": ("S3", "stock.released.v1", put("quantities", value={"MUG": 1_000})),
    "units held": ("S4", "stock.held.v1", put("quantities", "MUG", value=lambda old: old + 1)),
    "units received": ("S4", "stock.received.v1", put("quantity", value=lambda old: old + 1)),
    "uses granted": ("S4", "coupon.uses_granted.v1", put("uses", value=lambda old: old + 1)),
    "a budget": ("S4", "coupon.budget_granted.v1", put("amount", value=more)),
    "a campaign that was given nothing": ("L1", "coupon.uses_granted.v1", put("campaign", value="other")),
    "a code that is issued twice": ("S3", "coupon.codes_issued.v1", put("digests", value=lambda old: [*old, old[0]])),
    "a customer's limit": ("S4", "coupon.allowance_changed.v1", put("change", value=lambda old: old + 1)),
    "what a coupon saved": ("M7", "coupon.reserved.v1", put("uses", 0, "saved", value=much_more)),
    "a use of another campaign": ("S5", "coupon.reserved.v1", put("uses", 0, "campaign", value="other")),
    "coupons that a cancelled order keeps": ("S5", "coupon.given_back.v1", put("campaigns", value=[])),
    "a use that does not come back": ("S3", "coupon.given_back.v1", put("campaigns", 0, value="batch")),
    "what a gift card paid": ("K4", "payment.value_taken.v1", put("amount", 0, value=lambda old: old - 1)),
    "which gift card paid": ("K4", "payment.value_taken.v1", put("account", value="gft_x")),
    "by what kind of money it was paid": ("K4", "payment.value_taken.v1", put("kind", value="store_credit")),
    "to which gift card money went back": ("K4", "payment.refund_requested.v1", put("account", value="gft_x")),
    "to whose credit refunds go": ("K4", "payment.refund_form_chosen.v1", put("account", value="scr_x_PLN")),
    "what was on a gift card": ("S4", "giftcard.issued.v1", put("amount", value=more)),
    "what was added to it": ("S4", "giftcard.topped_up.v1", put("amount", value=more)),
    "what was granted": ("S4", "giftcard.credit_granted.v1", put("amount", value=more)),
    "what an order took from a gift card": ("K4", "giftcard.spent.v1", put("amount", 0, value=lambda old: old - 1)),
    "more than there was on it": ("K4", "giftcard.spent.v1", put("amount", value=much_more)),
    "for which order it paid": ("K4", "giftcard.spent.v1", put("order", value="ord_x")),
    "what came back to a gift card": ("K4", "giftcard.returned.v1", put("amount", value=more)),
    "which card it is": ("L1", "giftcard.blocked.v1", put("card", value="gft_x")),
    "how long a card lasts": ("K4", "giftcard.issued.v1", put("valid_until", value="2026-01-01T00:00:00Z")),
    "a moment": ("L2", "order.confirmed.v1", put("at", value="2026-01-01T00:00:00Z")),
}


@pytest.mark.parametrize(("invariant", "name", "change"), FORGED.values(), ids=FORGED)
def test_a_forged_event_is_named_though_its_chain_is_whole(tampered, invariant, name, change):
    """Who seals a changed stream anew still has to explain the money and the units."""
    assert invariant in {violation.invariant for violation in tampered(rewrite(name, change))}


def test_a_substitute_that_was_taken_too_late_is_named(tampered):
    """What had lapsed was no offer any more."""
    third = "payload LIKE '%\"number\":3,%'"
    past = rewrite("order.substitute_offered.v1", put("until", value="2026-01-01T00:00:00Z"), where=third)
    assert any("had lapsed" in str(violation) for violation in tampered(past))


@pytest.mark.parametrize(
    ("field", "value"), [("customer", "f" * 64), ("campaign", "summer")], ids=["whose it is", "which campaign"]
)
def test_a_forged_use_of_a_coupon_is_named(tampered, field, value):
    """Another customer's, or a second one of the same campaign."""
    forged = rewrite("coupon.reserved.v1", put("uses", 1, field, value=value), where="payload LIKE '%batch%'")
    assert "S3" in {violation.invariant for violation in tampered(forged)}


COUPONS_SETTLED = {
    "used by an order that was not confirmed": ("coupon.released.v1", "coupon.used.v1"),
    "released by an order that goes on": ("coupon.used.v1", "coupon.released.v1"),
}


@pytest.mark.parametrize(("name", "other"), COUPONS_SETTLED.values(), ids=COUPONS_SETTLED)
def test_coupons_that_were_settled_another_way_are_named(tampered, name, other):
    """What became of the order becomes of its coupons."""

    def forge(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE events SET name = ? WHERE name = ?", (other, name))
        rewrite(other, lambda _: None)(connection)

    assert "S3" in {violation.invariant for violation in tampered(forge)}


def test_a_forged_event_of_another_kind_is_illegal(tampered):
    """An order that was never confirmed cannot be closed."""

    def forge(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE events SET name = 'order.cancelled.v1', payload = "
                           "json_object('cause', 'forged', 'at', json_extract(payload, '$.at')) "
                           "WHERE name = 'order.confirmed.v1'")  # fmt: skip
        rewrite("order.closed.v1", lambda _: None)(connection)

    assert {"L1", "E1"} <= {violation.invariant for violation in tampered(forge)}


SWEPT = {
    "events": ("stream", "version", "name", "payload", "actor", "occurred_at", "recorded_at", "seal"),
    "counters": ("key", "value", "held"),
    "holds": ("owner", "key", "quantity", "until"),
    "ledger": ("key", "owner", "kind", "value", "held", "at"),
    "work": ("id", "stream", "kind", "payload"),
    "orders": ("stream", "reference", "status", "placed_at", "customer", "numbers"),
    "names": ("name", "stream"),
    "receipts": ("request", "stream"),
}
# Left out: what no event knows (leases, how often work was tried, fingerprints, what people are called).


COLUMNS = [(table, column) for table, columns in SWEPT.items() for column in columns]


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_no_column_can_be_changed_unseen(tampered, table, column):
    """A random row takes another value: a neighbour's, one near by, or nonsense."""
    chance = random.Random(f"{table}.{column}")
    assert tampered(lambda connection: change_at_random(connection, chance, table, column))


@pytest.mark.parametrize("table", SWEPT)
def test_no_row_can_be_removed_unseen(tampered, table):
    """Random rows of every table, one at a time."""
    chance = random.Random(f"remove {table}")
    for _ in range(2):
        assert tampered(lambda connection: remove_at_random(connection, chance, table)), f"a row of {table} went unseen"


@pytest.mark.long
@pytest.mark.parametrize("table", SWEPT)
def test_no_row_at_all_can_be_removed_unseen(populated, tampered, table):
    """The same for every single row."""
    connection = sqlite3.connect(populated)
    (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    connection.close()
    for offset in range(count):
        assert tampered(lambda each, at=offset: remove(each, table, at)), f"row {offset} of {table} went unseen"


@pytest.mark.long
@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_many_changes_of_every_column_are_seen(tampered, table, column):
    """Forty random changes of each."""
    chance = random.Random(f"{table}.{column} at length")
    for _ in range(40):
        changed: list[object] = []
        said = tampered(lambda each, to=changed: to.append(change_at_random(each, chance, table, column)))
        assert said, f"{table}.{column}: {changed} was not seen"


def test_work_that_is_done_has_an_outcome(tmp_path):
    """A payment that was said to be started, and of which nothing is known, was lost."""
    shop = Populated(tmp_path / "shop.db")
    shop.place()
    shop.store.close()
    connection = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    sql("UPDATE work SET state = 'done', attempts = 1 WHERE kind = 'start_payment'")(connection)
    connection.close()
    (violation,) = verify(shop.store)
    assert violation.invariant == "E1"
    assert "outcome" in violation.detail
    shop.store.close()


def remove_at_random(connection: sqlite3.Connection, chance: random.Random, table: str) -> None:
    (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    remove(connection, table, chance.randrange(count))


def remove(connection: sqlite3.Connection, table: str, offset: int) -> None:
    row = connection.execute(f"SELECT * FROM {table} LIMIT 1 OFFSET ?", (offset,))
    names = [column[0] for column in row.description]
    where = " AND ".join(f"{name} IS ?" for name in names)
    assert connection.execute(f"DELETE FROM {table} WHERE {where}", row.fetchone()).rowcount == 1


def change_at_random(connection: sqlite3.Connection, chance: random.Random, table: str, column: str) -> object:
    """Change one row's column, and say how; what the file itself refuses (a key that is taken) is tried elsewhere."""
    found = connection.execute(f"SELECT * FROM {table}")
    names = [name for name, *_ in found.description]
    rows = found.fetchall()
    where = " AND ".join(f"{name} IS ?" for name in names)
    for _ in range(100):
        row = chance.choice(rows)
        old = row[names.index(column)]
        new = replacement(chance, old, [other[names.index(column)] for other in rows])
        if new != old:
            try:
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (new, *row))
            except sqlite3.IntegrityError:
                continue
            return row, new
    pytest.fail(f"no row of {table} takes another {column}")


def replacement(chance: random.Random, old: Any, others: list[Any]) -> Any:
    """A neighbour's value, one near by, or nonsense."""
    kind = chance.randrange(3)
    if kind == 0:
        return chance.choice(others)
    if isinstance(old, int):
        return old + chance.choice((-1, 1)) if kind == 1 else old + 10**9
    if isinstance(old, bytes):
        return bytes(len(old)) if kind == 1 else b""
    return f"{old}x" if kind == 1 or not old else old[:-1]
