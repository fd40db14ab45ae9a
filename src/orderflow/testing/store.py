"""
What every store must do, as numbered checks that need no test framework.

Each check takes a factory of fresh, empty stores; each durable check also a function that opens the same data anew, as
another process would. A store of one's own is held to all of them like this::

    @pytest.mark.parametrize("check", STORE_CHECKS)
    def test_my_store(check):
        check(MyStore)

A check fails with an AssertionError (also under ``python -O``), or with what the store raised. It closes its stores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from threading import Barrier, Event, Thread
from typing import TypeAlias

from ..counters import Level, Move, MoveKind, Shortage
from ..errors import InvalidInputError
from ..ports.store import (
    EventRow,
    Hold,
    Receipt,
    RecordRow,
    SearchRow,
    Store,
    StoreConflictError,
    StoreError,
    Transaction,
    WorkRow,
    WorkState,
)

__all__ = ("DURABLE_STORE_CHECKS", "STORE_CHECKS")

Factory: TypeAlias = Callable[[], Store]
Reopen: TypeAlias = Callable[[Store], Store]

_AT = datetime(2026, 11, 22, 12, 0, 0, 123457, tzinfo=UTC)
_PATIENCE = 30.0  # seconds until threads that wait for each other count as stuck
_GLANCE = 0.2  # seconds in which another thread gets its chance to do harm
_TRIES = 50  # of a thread that others keep getting ahead of


class _StopError(Exception):
    """Raised on purpose inside a transaction."""


def _minutes(count: int) -> datetime:
    return _AT + timedelta(minutes=count)


def _same(actual: object, wanted: object, about: str) -> None:
    if isinstance(actual, Sequence) and not isinstance(actual, str | tuple):
        actual = tuple(actual)
    if actual != wanted:
        raise AssertionError(f"{about}: expected {wanted!r}, got {actual!r}")


def _refuses(kind: type[Exception], action: Callable[[], object], about: str) -> None:
    try:
        action()
    except kind:
        return
    raise AssertionError(f"{about}: expected {kind.__name__}")


@contextmanager
def _fresh(factory: Factory) -> Iterator[Store]:
    store = factory()
    try:
        yield store
    finally:
        store.close()


def _together(*jobs: Callable[[], None]) -> None:
    failures: list[BaseException] = []
    start = Barrier(len(jobs))

    def run(job: Callable[[], None]) -> None:
        try:
            start.wait(_PATIENCE)
            job()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    threads = [Thread(target=run, args=(job,), daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_PATIENCE)
    if any(thread.is_alive() for thread in threads):
        raise AssertionError(f"threads still wait for each other after {_PATIENCE:.0f} seconds")
    if failures:
        raise failures[0]


def _patiently(job: Callable[[], None]) -> None:
    """Any commit may end in a conflict, after which nothing was written and it is decided again."""
    for tries_left in reversed(range(_TRIES)):
        try:
            job()
        except StoreConflictError:
            if not tries_left:
                raise
        else:
            return


def _event(version: int, payload: str = "{}") -> EventRow:
    return EventRow(version, "order.placed.v1", payload, "customer", _minutes(version), _minutes(version + 1))


def _order(stream: str, reference: str, status: str = "placed", **more: object) -> SearchRow:
    return SearchRow(stream, reference, status, _AT, **more)  # type: ignore[arg-type]


def _work(id: str, due: int = 0, kind: str = "request") -> WorkRow:
    return WorkRow(id, id.partition("/")[0], kind, '{"é": "☕"}', _minutes(due))


def _add(key: str, quantity: int, owner: str = "receipt") -> Move:
    return Move(key, MoveKind.ADD, quantity, owner)


def _hold(key: str, quantity: int, owner: str, until: datetime | None = None, *, leaving: int | None = 0) -> Move:
    return Move(key, MoveKind.HOLD, quantity, owner, until, leaving)


def _apply(store: Store, *moves: Move, at: datetime = _AT) -> tuple[Shortage, ...]:
    with store.begin() as tx:
        return tuple(tx.counters.apply(moves, at))


def _fill(tx: Transaction) -> None:
    tx.streams.append("ord_1", 0, [_event(1), _event(2)])
    tx.counters.apply([_add("A", 5), _hold("A", 2, "ord_1", _minutes(9))], _AT)
    tx.work.add([_work("ord_1/w1")])
    tx.work.keep(Receipt("q1", "f1", "ord_1", 2))
    tx.records.put(RecordRow("contact", "p1", "ord_1", '{"name": "Zażółć"}', _AT))
    tx.records.index(_order("ord_1", "R-1", numbers=("N-1",), customer="c1"))


def _change(tx: Transaction) -> None:
    tx.streams.append("ord_1", 2, [_event(3)])
    tx.counters.apply([_add("A", 1), _add("B", 1), Move("A", MoveKind.CONSUME, 2, "ord_1")], _AT)
    tx.work.finish("ord_1/w1")
    tx.work.add([_work("ord_1/w2")])
    tx.work.keep(Receipt("q2", "f2", "ord_1", 3))
    tx.records.put(RecordRow("contact", "p2", "ord_1", "{}", _AT))
    tx.records.erase("ord_1")
    tx.records.index(_order("ord_1", "R-2", status="closed"))


def _picture(tx: Transaction) -> tuple[object, ...]:
    return (
        tuple(tx.streams.read("ord_1")),
        tuple(tx.streams.names()),
        tuple(tx.counters.keys()),
        tx.counters.level("A"),
        tuple(tx.counters.holds("A")),
        tuple(tx.counters.every_entry()),
        tuple(tx.work.of_stream("ord_1")),
        tuple(tx.work.parked()),
        tx.work.next_due(),
        tx.work.receipt("q1"),
        tx.work.receipt("q2"),
        tuple(tx.records.of_subject("ord_1")),
        tx.records.get("contact", "p1"),
        tx.records.found("ord_1"),
        tuple(tx.records.find(name) for name in ("R-1", "N-1", "R-2")),
        tuple(tx.records.search(status="placed")),
    )


def _pictured(store: Store) -> tuple[object, ...]:
    with store.reading() as view:
        return _picture(view)


def store_01_a_commit_keeps_every_part(factory: Factory) -> None:
    """What one transaction wrote in all four protocols is there in the next view."""
    with _fresh(factory) as store:
        with store.begin() as tx:
            _fill(tx)
            inside = _picture(tx)
        _same(_pictured(store), inside, "after the commit")
        with store.reading() as view:
            _same(view.streams.version("ord_1"), 2, "version")
            _same(view.counters.level("A"), Level(5, 2), "counter")
            _same(view.work.receipt("q1"), Receipt("q1", "f1", "ord_1", 2), "receipt")
            _same(view.records.find("N-1"), "ord_1", "number")


def store_02_an_exception_takes_everything_back(factory: Factory) -> None:
    """Where a transaction ends in an exception, nothing of it remains and the exception comes out unchanged."""
    with _fresh(factory) as store:
        empty = _pictured(store)

        def fail() -> None:
            with store.begin() as tx:
                _fill(tx)
                raise _StopError

        _refuses(_StopError, fail, "the caller's own exception")
        _same(_pictured(store), empty, "after the rollback")


def store_03_a_rollback_restores_what_was_changed_and_removed(factory: Factory) -> None:
    """Changed, finished, erased and renamed rows are as before after a rollback, and can be changed again."""
    with _fresh(factory) as store:
        with store.begin() as tx:
            _fill(tx)
        before = _pictured(store)

        def fail() -> None:
            with store.begin() as tx:
                _change(tx)
                raise _StopError

        _refuses(_StopError, fail, "the caller's own exception")
        _same(_pictured(store), before, "after the rollback")
        with store.begin() as tx:
            _change(tx)
            after = _picture(tx)
        _same(_pictured(store), after, "after doing it again")


def store_04_a_transaction_inside_a_transaction_is_refused(factory: Factory) -> None:
    """One thread cannot begin, nor open a view, inside its own transaction, and the store works on."""
    with _fresh(factory) as store:

        def nest(inner: Callable[[], object]) -> None:
            with store.begin() as tx:
                _fill(tx)
                inner()

        _refuses(StoreError, lambda: nest(store.begin().__enter__), "begin() inside begin()")
        _refuses(StoreError, lambda: nest(store.reading().__enter__), "reading() inside begin()")
        with store.begin() as tx:
            _same(tx.streams.version("ord_1"), 0, "what the refused nest left")
            _fill(tx)


def store_05_nothing_is_written_outside_a_transaction(factory: Factory) -> None:
    """Writing in a view, or through a transaction that has ended, is refused and changes nothing."""
    with _fresh(factory) as store:
        empty = _pictured(store)
        actions: tuple[Callable[[Transaction], object], ...] = (
            lambda tx: tx.streams.append("ord_1", 0, [_event(1)]),
            lambda tx: tx.counters.apply([_add("A", 1)], _AT),
            lambda tx: tx.work.add([_work("ord_1/w1")]),
            lambda tx: tx.work.keep(Receipt("q1", "f1", "ord_1", 1)),
            lambda tx: tx.records.put(RecordRow("contact", "p1", "ord_1", "{}", _AT)),
            lambda tx: tx.records.index(_order("ord_1", "R-1")),
        )

        def in_a_view(action: Callable[[Transaction], object]) -> None:
            with store.reading() as view:
                action(view)

        with store.begin() as ended:
            pass
        for number, action in enumerate(actions):
            _refuses(StoreError, lambda action=action: in_a_view(action), f"write {number} in a view")  # type: ignore[misc]
            _refuses(StoreError, lambda action=action: action(ended), f"write {number} after the end")  # type: ignore[misc]
        _same(_pictured(store), empty, "after the refusals")


def store_06_a_view_stands_still(factory: Factory) -> None:
    """A view shows one moment from its first to its last line, whatever others commit meanwhile."""
    with _fresh(factory) as store:
        with store.begin() as tx:
            _fill(tx)
        done = Event()

        def write() -> None:
            with store.begin() as tx:
                _change(tx)
            done.set()

        with store.reading() as view:
            before = _picture(view)
            writer = Thread(target=write, daemon=True)
            writer.start()
            done.wait(_GLANCE)  # a store may also keep the writer waiting
            _same(_picture(view), before, "the view while another thread wrote")
        writer.join(_PATIENCE)
        if not done.is_set() or _pictured(store) == before:
            raise AssertionError("the other thread's commit never arrived")


def store_07_nothing_shows_before_the_commit(factory: Factory) -> None:
    """Another thread's view shows nothing of a transaction that has not committed, or waits for it."""
    with _fresh(factory) as store:
        versions: list[int] = []

        def look() -> None:
            with store.reading() as view:
                versions.append(view.streams.version("ord_1"))

        reader = Thread(target=look, daemon=True)
        with store.begin() as tx:
            tx.streams.append("ord_1", 0, [_event(1)])
            reader.start()
            reader.join(_GLANCE)
            early = list(versions)
            tx.streams.append("ord_1", 1, [_event(2)])
        reader.join(_PATIENCE)
        if early not in ([], [0]) or versions not in ([0], [2]):
            raise AssertionError(f"a view showed half a transaction: versions {early or versions}")


def store_08_views_may_nest_and_close_may_repeat(factory: Factory) -> None:
    """A thread may open a view inside a view, close the store twice, and go on using it."""
    with _fresh(factory) as store:
        with store.begin() as tx:
            _fill(tx)
        with store.reading() as outer, store.reading() as inner:
            _same(inner.streams.version("ord_1"), outer.streams.version("ord_1"), "the inner view")
        store.close()
        store.close()
        with store.begin() as tx:
            tx.streams.append("ord_2", 0, [_event(1)])
        with store.reading() as view:
            _same(view.streams.version("ord_2"), 1, "written after close()")


def store_09_an_append_elsewhere_is_a_conflict(factory: Factory) -> None:
    """Appending at a version where the stream does not stand raises StoreConflictError and writes nothing."""
    with _fresh(factory) as store:
        with store.begin() as tx:
            tx.streams.append("ord_1", 0, [_event(1), _event(2)])
        for expected in (0, 1, 3):
            for rows in ([_event(expected + 1)], []):
                with store.begin() as tx:
                    _refuses(
                        StoreConflictError,
                        lambda tx=tx, expected=expected, rows=rows: tx.streams.append("ord_1", expected, rows),  # type: ignore[misc]
                        f"{len(rows)} rows expected after version {expected} of 2",
                    )
        with store.reading() as view:
            _same(view.streams.read("ord_1"), (_event(1), _event(2)), "the stream")


def store_10_one_of_several_appends_wins(factory: Factory) -> None:
    """Of several threads that read the same version and append after it, exactly one succeeds."""
    with _fresh(factory) as store:
        for round_ in range(5):
            won: list[int] = []
            ready = Barrier(4)

            def decide(buyer: int, round_: int = round_, won: list[int] = won, ready: Barrier = ready) -> None:
                with store.reading() as view:
                    expected = view.streams.version("ord_1")
                ready.wait(_PATIENCE)
                try:
                    with store.begin() as tx:
                        tx.streams.append("ord_1", expected, [_event(expected + 1, str(buyer))])
                except StoreConflictError:
                    return
                won.append(buyer)

            _together(*(lambda buyer=buyer: decide(buyer) for buyer in range(4)))
            with store.reading() as view:
                _same(len(won), 1, f"winners of round {round_}")
                _same(view.streams.read("ord_1", round_)[0].payload, str(won[0]), "whose event is there")


def store_11_events_come_back_as_they_went_in(factory: Factory) -> None:
    """Every text, version and microsecond of an event is read back exactly, in order, from any version on."""
    payload = '{"text": "łąka ☕ 𝄞 \\u0000 \'quoted\' \\"; --"}\n' + "x" * 20_000
    rows = [_event(1, payload), *(_event(version) for version in range(2, 13))]
    with _fresh(factory) as store:
        with store.begin() as tx:
            tx.streams.append("ord_1", 0, rows[:2])
            tx.streams.append("ord_1", 2, rows[2:])
            tx.streams.append("ord_10", 0, rows[:1])
        with store.reading() as view:
            _same(view.streams.read("ord_1"), tuple(rows), "all events")
            _same(view.streams.read("ord_1", 9), tuple(rows[9:]), "events after 9")
            _same(view.streams.read("ord_1", 12), (), "events after the last")
            _same(view.streams.read("ord_2"), (), "events of no stream")
            _same(view.streams.version("ord_2"), 0, "version of no stream")
            _same(view.streams.read("ord_1")[0].occurred_at.utcoffset(), timedelta(0), "offset")


def store_12_gaps_in_versions_are_refused(factory: Factory) -> None:
    """Rows that are not numbered on from the expected version are refused."""
    with _fresh(factory) as store:
        for rows in ([_event(2)], [_event(1), _event(3)], [_event(1), _event(1)]):

            def append(rows: list[EventRow] = rows) -> None:
                with store.begin() as tx:
                    tx.streams.append("ord_1", 0, rows)

            _refuses(StoreError, append, f"versions {[row.version for row in rows]}")
        with store.reading() as view:
            _same(view.streams.version("ord_1"), 0, "version")


def store_13_stream_names_come_in_pages(factory: Factory) -> None:
    """All names with a prefix are found in order, page by page, and no others."""
    names = [f"ord_{number:02}" for number in range(7)]
    with _fresh(factory) as store:
        with store.begin() as tx:
            for name in [*reversed(names), "stk_1", "orc", "ore"]:
                tx.streams.append(name, 0, [_event(1), _event(2)])
        with store.reading() as view:
            _same(view.streams.names("ord_", limit=3), tuple(names[:3]), "first page")
            _same(view.streams.names("ord_", after=names[2], limit=3), tuple(names[3:6]), "second page")
            _same(view.streams.names("ord_", after=names[5], limit=3), tuple(names[6:]), "last page")
            _same(view.streams.names(), ("orc", *names, "ore", "stk_1"), "all names")
            _same(view.streams.names("x"), (), "a prefix that none has")


def store_14_the_chain_holds(factory: Factory) -> None:
    """An untouched stream has no broken link, however it was appended."""
    with _fresh(factory) as store:
        with store.begin() as tx:
            tx.streams.append("ord_1", 0, [_event(1), _event(2, "é")])
        with store.begin() as tx:
            tx.streams.append("ord_1", 2, [_event(3)])
            _same(tx.streams.broken_link("ord_1"), None, "inside the transaction")
        with store.reading() as view:
            _same(view.streams.broken_link("ord_1"), None, "in a view")
            _same(view.streams.broken_link("ord_2"), None, "of no stream")


def store_15_a_move_that_does_not_fit_is_a_shortage(factory: Factory) -> None:
    """A move beyond what is available says what was wanted and what there is, and changes nothing."""
    with _fresh(factory) as store:
        _same(_apply(store, _add("A", 5), _hold("A", 3, "o1")), (), "what fits")
        moves = {
            _hold("A", 3, "o2"): 2,
            Move("A", MoveKind.REMOVE, 3, "count"): 2,
            Move("A", MoveKind.RELEASE, 4, "o1"): 3,
            Move("A", MoveKind.CONSUME, 4, "o1"): 3,
            Move("A", MoveKind.KEEP, 4, "o1"): 3,
            Move("A", MoveKind.RELEASE, 1, "o2"): 0,
            Move("B", MoveKind.REMOVE, 1, "count"): 0,
            _hold("B", 1, "o1"): 0,
        }
        for move, available in moves.items():
            _same(_apply(store, move), (Shortage(move.key, move.kind, move.quantity, available),), f"{move}")
        with store.reading() as view:
            _same(view.counters.level("A"), Level(5, 3), "counter")
            _same(view.counters.level("B"), None, "a counter that nobody added to")
            _same(len(view.counters.ledger("A")), 2, "ledger entries")


def store_16_all_moves_or_none(factory: Factory) -> None:
    """Where some moves are short, all shortages are listed and no move is applied."""
    with _fresh(factory) as store:
        _apply(store, *(_add(key, 2) for key in "ABCD"))
        with store.begin() as tx:
            short = tx.counters.apply([_hold(key, 2 if key in "AC" else 3, "o1") for key in "DCBA"], _AT)
            tx.streams.append("ord_1", 0, [_event(1)])
        wanted = tuple(Shortage(key, MoveKind.HOLD, 3, 2) for key in "BD")
        _same(short, wanted, "shortages in key order")
        with store.reading() as view:
            _same([view.counters.level(key) for key in "ABCD"], (Level(2, 0),) * 4, "counters")
            _same([len(view.counters.ledger(key)) for key in "ABCD"], (1,) * 4, "ledger entries")
            _same(view.streams.version("ord_1"), 1, "the rest of the transaction")


def store_17_the_last_unit_is_sold_once(factory: Factory) -> None:
    """Of several threads that want the last unit, exactly one gets it."""
    with _fresh(factory) as store:
        for round_ in range(10):
            key, sold = f"sku-{round_}", list[int]()
            _apply(store, _add(key, 1))

            def buy(buyer: int, key: str = key, sold: list[int] = sold) -> None:
                if not _apply(store, _hold(key, 1, f"o{buyer}")):
                    sold.append(buyer)

            _together(*(lambda buyer=buyer: _patiently(lambda: buy(buyer)) for buyer in range(3)))
            with store.reading() as view:
                _same(len(sold), 1, f"buyers of the last unit in round {round_}")
                _same(view.counters.holds(key), (Hold(key, f"o{sold[0]}", 1, None),), "holds")


def store_18_ledger_holds_and_counters_agree(factory: Factory) -> None:
    """After any moves, a counter equals the sums of its ledger, and what is held the sum of its holds."""
    dice = Random(20261122)  # noqa: S311 - repeatable on purpose
    kinds = [MoveKind.HOLD, *MoveKind]
    with _fresh(factory) as store:
        for minute in range(250):
            moves = [
                Move(
                    dice.choice("AB"),
                    dice.choice(kinds),
                    dice.randint(1, 4),
                    f"o{dice.randint(1, 4)}",
                    dice.choice([None, _minutes(minute + dice.randint(0, 9))]),
                    leaving=dice.choice([0, 0, 0, 0, 0, 0, 1, -2, None]),
                )
                for _ in range(dice.randint(1, 3))
            ]
            _apply(store, *moves, at=_minutes(minute))
        with store.reading() as view:
            for key in "AB":
                ledger, level = view.counters.ledger(key), view.counters.level(key) or Level(-1, -1)
                _same(Level(sum(e.value for e in ledger), sum(e.held for e in ledger)), level, f"ledger of {key}")
                _same(sum(hold.quantity for hold in view.counters.holds(key)), level.held, f"holds of {key}")
                if level.value < 0 or len(ledger) < 50 or any(a.at > b.at for a, b in zip(ledger, ledger[1:])):  # noqa: B905, RUF007
                    raise AssertionError(f"{key}: value {level.value} with {len(ledger)} ledger entries, in order?")


def store_19_every_move_does_what_it_says(factory: Factory) -> None:
    """Each kind of move does to value, held and the owner's hold what it says, and all but KEEP have a ledger entry."""
    steps = (
        (_add("A", 10), Level(10, 0), None),
        (_hold("A", 4, "o1", _minutes(5)), Level(10, 4), (4, _minutes(5))),
        (_hold("A", 2, "o1", _minutes(7)), Level(10, 6), (6, _minutes(7))),
        (Move("A", MoveKind.REMOVE, 3, "count"), Level(7, 6), (6, _minutes(7))),
        (Move("A", MoveKind.KEEP, 6, "o1"), Level(7, 6), (6, None)),
        (Move("A", MoveKind.RELEASE, 1, "o1"), Level(7, 5), (5, None)),
        (Move("A", MoveKind.CONSUME, 3, "o1"), Level(4, 2), (2, None)),
        (Move("A", MoveKind.CONSUME, 2, "o1"), Level(2, 0), None),
    )
    with _fresh(factory) as store:
        moved: tuple[tuple[str, str, datetime], ...] = ()
        for number, (move, level, hold) in enumerate(steps, 1):
            _same(_apply(store, move, at=_minutes(number)), (), f"{move}")
            if move.kind is not MoveKind.KEEP:
                moved = (*moved, (move.kind, move.owner, _minutes(number)))
            with store.reading() as view:
                _same(view.counters.level("A"), level, f"counter after {move}")
                found = view.counters.hold("A", "o1")
                _same(found, None if hold is None else Hold("A", "o1", *hold), f"hold after {move}")
                ledger = view.counters.ledger("A")
                _same([(entry.kind, entry.owner, entry.at) for entry in ledger], moved, f"ledger after {move}")


def store_20_lapsed_holds_make_room(factory: Factory) -> None:
    """A hold that ended is given back, with a ledger entry, as soon as another owner would be short, and not before."""
    with _fresh(factory) as store:
        _apply(store, _add("A", 3), _hold("A", 2, "o1", _minutes(10)))
        _same(_apply(store, _hold("A", 1, "o2", _minutes(99)), at=_minutes(20)), (), "what is free anyway")
        with store.reading() as view:
            _same(view.counters.level("A"), Level(3, 3), "the lapsed hold still stands")
        _same(len(_apply(store, _hold("A", 1, "o3"), at=_minutes(9))), 1, "shortages a minute before the end")
        _same(_apply(store, _hold("A", 2, "o3"), at=_minutes(10)), (), "the moment the hold ends")
        with store.reading() as view:
            _same(view.counters.level("A"), Level(3, 3), "counter")
            _same([hold.owner for hold in view.counters.holds("A")], ("o2", "o3"), "owners")
            last = [(entry.kind, entry.owner, entry.held) for entry in view.counters.ledger("A")][-2:]
            _same(last, (("release", "o1", -2), ("hold", "o3", 2)), "ledger")


def store_21_a_lapsed_hold_cannot_be_kept_or_consumed(factory: Factory) -> None:
    """From the moment its hold ends, an owner may only release it."""
    with _fresh(factory) as store:
        _apply(store, _add("A", 3), _hold("A", 2, "o1", _minutes(10)))
        for kind in (MoveKind.KEEP, MoveKind.CONSUME):
            move = Move("A", kind, 2, "o1", _minutes(99))
            _same(_apply(store, move, at=_minutes(10)), (Shortage("A", kind, 2, 0),), f"{kind} of a lapsed hold")
        _same(_apply(store, Move("A", MoveKind.RELEASE, 2, "o1"), at=_minutes(11)), (), "release of a lapsed hold")
        _apply(store, _hold("A", 2, "o1", _minutes(20)), at=_minutes(12))
        _same(_apply(store, Move("A", MoveKind.KEEP, 2, "o1"), at=_minutes(19)), (), "keep in time")
        _same(len(_apply(store, _hold("A", 2, "o2"), at=_minutes(999))), 1, "shortages beside a hold for good")


def store_22_a_hold_after_a_lapsed_one_begins_anew(factory: Factory) -> None:
    """An owner whose hold ended and who holds again has the new quantity, not the sum."""
    with _fresh(factory) as store:
        _apply(store, _add("A", 9), _hold("A", 2, "o1", _minutes(10)))
        _same(_apply(store, _hold("A", 3, "o1", _minutes(30)), at=_minutes(20)), (), "the second hold")
        with store.reading() as view:
            _same(view.counters.hold("A", "o1"), Hold("A", "o1", 3, _minutes(30)), "hold")
            _same(view.counters.level("A"), Level(9, 3), "counter")


def store_23_a_backorder_promises_more_than_there_is(factory: Factory) -> None:
    """A backorder may hold what is not there yet, but consume neither that nor what others hold before it comes."""
    with _fresh(factory) as store:
        _same(_apply(store, _hold("A", 3, "o1", leaving=None)), (), "a backorder")
        with store.reading() as view:
            _same(view.counters.level("A"), Level(0, 3), "counter")
        consume = Move("A", MoveKind.CONSUME, 3, "o1")
        _same(_apply(store, _add("A", 2)), (), "two units come in")
        _same(_apply(store, consume), (Shortage("A", MoveKind.CONSUME, 3, 2),), "consuming three of two")
        _same(_apply(store, _hold("A", 1, "o2")), (Shortage("A", MoveKind.HOLD, 1, -1),), "an ordinary hold")
        _same(_apply(store, _add("A", 1)), (), "the third comes in")
        _same(_apply(store, consume), (), "consuming three of three")
        _same(_apply(store, _add("B", 3), _hold("B", 3, "o1"), _hold("B", 2, "o2", leaving=None)), (), "two holds")
        take = Move("B", MoveKind.CONSUME, 2, "o2")
        _same(_apply(store, take), (Shortage("B", MoveKind.CONSUME, 2, 0),), "consuming what another owner holds")
        _same(_apply(store, Move("B", MoveKind.CONSUME, 3, "o1")), (), "consuming what one holds")


def store_24_a_move_moves_at_least_one(factory: Factory) -> None:
    """Zero, negative and fractional quantities are refused as malformed, whatever the kind."""
    with _fresh(factory) as store:
        for kind in MoveKind:
            for quantity in (0, -1, 1.5, True):
                move = Move("A", kind, quantity, "o1")  # type: ignore[arg-type]
                _refuses(InvalidInputError, lambda move=move: _apply(store, move), f"{kind} {quantity}")  # type: ignore[misc]
        with store.reading() as view:
            _same(view.counters.level("A"), None, "counter")


def store_25_counter_keys_come_in_pages(factory: Factory) -> None:
    """All keys are found in order, page by page; holds are listed by owner, and those of all counters at once."""
    with _fresh(factory) as store:
        _apply(store, *(_add(key, 9) for key in "CABED"), _hold("A", 1, "o2"), _hold("A", 1, "o1"))
        with store.reading() as view:
            _same(view.counters.keys(limit=2), ("A", "B"), "first page")
            _same(view.counters.keys(after="B"), ("C", "D", "E"), "the rest")
            _same([hold.owner for hold in view.counters.holds("A")], ("o1", "o2"), "owners")
            _same([*view.counters.holds("X"), *view.counters.ledger("X")], (), "of a counter that is not there")
            _same({(hold.key, hold.owner) for hold in view.counters.every_hold()}, {("A", "o1"), ("A", "o2")}, "holds")
            entries = [entry.key for entry in view.counters.every_entry()]
            _same(entries, ("A", "A", "A", "B", "C", "D", "E"), "the whole ledger")


def store_26_work_is_added_once(factory: Factory) -> None:
    """Work whose id is already there changes nothing, whatever became of the first."""
    with _fresh(factory) as store, store.begin() as tx:
        tx.work.add([_work("ord_1/w1"), _work("ord_1/w1", 5)])
        tx.work.add([_work("ord_1/w1", 9), _work("ord_1/w2", 9)])
        _same([row.id for row in tx.work.of_stream("ord_1")], ("ord_1/w1", "ord_1/w2"), "work of the stream")
        _same(tx.work.of_stream("ord_"), (), "work of another stream")
        _refuses(InvalidInputError, lambda: WorkRow("w3", "ord_1", "request", "", _AT), "an id without its stream")
        tx.work.finish("ord_1/w1")
        tx.work.add([_work("ord_1/w1")])
        _same(tx.work.of_stream("ord_1")[0].state, WorkState.DONE, "state of finished work that is added again")
        _same(tx.work.of_stream("ord_1")[1], _work("ord_1/w2", 9), "the row as it went in")


def store_27_due_work_is_handed_out_in_order(factory: Factory) -> None:
    """Work that is due comes earliest first, up to the limit, with its claim counted; nothing comes early."""
    with _fresh(factory) as store, store.begin() as tx:
        tx.work.add([_work(f"ord_{due}/w{due}", due) for due in (5, 3, 1, 4, 2)])
        _same(tx.work.claim(_minutes(0), _minutes(60), 9), (), "before anything is due")
        first = tx.work.claim(_minutes(4), _minutes(60), 2)
        _same([(row.id, row.attempts) for row in first], (("ord_1/w1", 1), ("ord_2/w2", 1)), "the first two")
        rest = tx.work.claim(_minutes(4), _minutes(60), 9)
        _same([row.id for row in rest], ("ord_3/w3", "ord_4/w4"), "the rest of what is due")
        _same(tx.work.claim(_minutes(5), _minutes(60), 0), (), "a limit of nothing")
        _same([row.id for row in tx.work.claim(_minutes(5), _minutes(60))], ("ord_5/w5",), "what fell due since")


def store_28_a_lease_keeps_others_away(factory: Factory) -> None:
    """Leased work is handed to nobody else until its lease ends, and then again, counted once more."""
    with _fresh(factory) as store:
        with store.begin() as tx:
            tx.work.add([_work("ord_1/w1")])
            tx.work.claim(_minutes(0), _minutes(10))
        with store.begin() as tx:
            _same(tx.work.claim(_minutes(9), _minutes(60)), (), "during the lease")
            _same(tx.work.claim(_minutes(99), _minutes(60), at=_minutes(9)), (), "judged during the lease")
        with store.begin() as tx:
            again = tx.work.claim(_minutes(10), _minutes(60))
            _same([(row.id, row.attempts) for row in again], (("ord_1/w1", 2),), "when the lease ends")
            _same(tx.work.of_stream("ord_1")[0].attempts, 2, "claims, as stored")


def store_29_a_stream_works_one_at_a_time(factory: Factory) -> None:
    """While one row of a stream is leased no other of it is handed out; then the next in due order."""
    with _fresh(factory) as store, store.begin() as tx:
        tx.work.add([_work("ord_1/w2", 2), _work("ord_1/w1", 1), _work("ord_2/w3", 3)])
        first = tx.work.claim(_minutes(9), _minutes(60), 9)
        _same([row.id for row in first], ("ord_1/w1", "ord_2/w3"), "one of each stream, the earliest")
        _same(tx.work.claim(_minutes(9), _minutes(60), 9), (), "while both streams are busy")
        _same(tx.work.claim(_minutes(9), _minutes(60), 9, "ord_1"), (), "asked for by stream")
        tx.work.finish("ord_1/w1")
        second = tx.work.claim(_minutes(9), _minutes(60), 9, "ord_1")
        _same([row.id for row in second], ("ord_1/w2",), "the next of the stream")


def store_30_work_of_one_stream_can_be_claimed(factory: Factory) -> None:
    """Claiming for a stream hands out that stream's earliest due work and no other's."""
    with _fresh(factory) as store, store.begin() as tx:
        tx.work.add([_work("ord_1/w1", 1), _work("ord_2/w3", 3), _work("ord_2/w2", 2)])
        _same(tx.work.claim(_minutes(1), _minutes(60), 9, "ord_2"), (), "before it is due")
        _same([row.id for row in tx.work.claim(_minutes(9), _minutes(60), 9, "ord_2")], ("ord_2/w2",), "its earliest")
        _same(tx.work.claim(_minutes(9), _minutes(60), 9, "ord_3"), (), "of a stream without work")


def store_31_finished_work_stays_finished(factory: Factory) -> None:
    """Finishing answers True once; finished work is never claimed, postponed, parked, resumed or cancelled."""
    with _fresh(factory) as store, store.begin() as tx:
        tx.work.add([_work("ord_1/w1")])
        tx.work.claim(_AT, _minutes(1))
        _same(
            [tx.work.finish("ord_1/w1"), tx.work.finish("ord_1/w1"), tx.work.finish("ord_1/w9")],
            (True, False, False),
            "finish",
        )
        tx.work.postpone("ord_1/w1", _AT, "late")
        tx.work.park("ord_1/w1", "late")
        _same(tx.work.resume("ord_1/w1", _AT), False, "resume")
        _same(tx.work.cancel("ord_1", "request"), 0, "cancelled")
        _same(tx.work.claim(_minutes(99), _minutes(999), 9), (), "claimed")
        rows = [(row.state, row.note, row.attempts) for row in tx.work.of_stream("ord_1")]
        _same(rows, ((WorkState.DONE, "", 1),), "the row")


def store_32_postponed_work_comes_again(factory: Factory) -> None:
    """Postponing gives the lease back: the work is due again at the new time, with its note, and frees its stream."""
    with _fresh(factory) as store, store.begin() as tx:
        tx.work.add([_work("ord_1/w1", 0), _work("ord_1/w2", 1)])
        tx.work.claim(_AT, _minutes(60))
        tx.work.postpone("ord_1/w1", _minutes(5), "timeout")
        _same([row.id for row in tx.work.claim(_minutes(4), _minutes(60))], ("ord_1/w2",), "meanwhile")
        tx.work.finish("ord_1/w2")
        again = [(row.id, row.attempts, row.note) for row in tx.work.claim(_minutes(5), _minutes(60))]
        _same(again, (("ord_1/w1", 2, "timeout"),), "at the new time, before the old lease ended")
        tx.work.postpone("ord_1/w9", _AT)


def store_33_parked_work_waits_for_a_person(factory: Factory) -> None:
    """Parked work is listed with its note, handed to nobody, and comes back once when it is resumed."""
    with _fresh(factory) as store, store.begin() as tx:
        tx.work.add([_work(f"ord_1/w{number}", number) for number in (3, 1, 2)])
        tx.work.claim(_minutes(1), _minutes(60))
        for id in ("ord_1/w3", "ord_1/w1"):
            tx.work.park(id, "address unknown")
        _same(
            [(row.id, row.note) for row in tx.work.parked()],
            tuple((id, "address unknown") for id in ("ord_1/w1", "ord_1/w3")),
            "",
        )
        _same([row.id for row in tx.work.parked(after="ord_1/w1")], ("ord_1/w3",), "the next page")
        _same([row.id for row in tx.work.claim(_minutes(9), _minutes(60), 9)], ("ord_1/w2",), "what is not parked")
        tx.work.finish("ord_1/w2")
        _same([tx.work.resume("ord_1/w1", _minutes(7)) for _ in range(2)], (True, False), "resume")
        _same(tx.work.claim(_minutes(6), _minutes(60)), (), "before the new time")
        _same([row.id for row in tx.work.claim(_minutes(7), _minutes(60))], ("ord_1/w1",), "at the new time")
        _same([tx.work.finish("ord_1/w3"), len(tx.work.parked())], (True, 0), "parked work may be finished")


def store_34_only_untouched_work_is_cancelled(factory: Factory) -> None:
    """Cancelling removes a stream's due work of one kind, but nothing leased, finished, parked or of another kind."""
    with _fresh(factory) as store, store.begin() as tx:
        tx.work.add([_work(f"ord_1/w{number}", number, "timer") for number in range(1, 6)])
        tx.work.add([_work("ord_1/w6", 6, "request"), _work("ord_2/w7", 7, "timer")])
        tx.work.claim(_minutes(1), _minutes(2))
        tx.work.finish("ord_1/w2")
        tx.work.park("ord_1/w3", "")
        _same([tx.work.cancel("ord_1", "timer") for _ in range(2)], (2, 0), "how many")
        _same(
            [row.id for row in tx.work.of_stream("ord_1")],
            ("ord_1/w1", "ord_1/w2", "ord_1/w3", "ord_1/w6"),
            "what stays",
        )
        _same([row.id for row in tx.work.of_stream("ord_2")], ("ord_2/w7",), "what stays of another stream")
        tx.work.add([_work("ord_1/w4", 4, "timer")])
        _same(len(tx.work.of_stream("ord_1")), 5, "rows after adding a cancelled id again")


def store_35_the_next_due_moment_is_known(factory: Factory) -> None:
    """The next due moment is that of the earliest due row; a leased one counts when its lease ends."""
    with _fresh(factory) as store, store.begin() as tx:
        _same(tx.work.next_due(), None, "without work")
        tx.work.add([_work("ord_2/w2", 8), _work("ord_1/w1", 2)])
        _same(tx.work.next_due(), _minutes(2), "the earliest")
        tx.work.claim(_minutes(2), _minutes(5))
        _same(tx.work.next_due(), _minutes(5), "the end of the lease")
        tx.work.postpone("ord_1/w1", _minutes(30))
        _same(tx.work.next_due(), _minutes(8), "after postponing")
        tx.work.finish("ord_2/w2")
        tx.work.park("ord_1/w1", "")
        _same(tx.work.next_due(), None, "when all is finished or parked")


def store_36_no_work_is_handed_out_twice(factory: Factory) -> None:
    """Several threads that claim at once share the work: each row goes to exactly one of them."""
    with _fresh(factory) as store:
        with store.begin() as tx:
            tx.work.add([_work(f"ord_{number % 20}/w{number:02}") for number in range(40)])
        taken: list[str] = []

        def claim() -> None:
            with store.begin() as tx:
                claimed = [row.id for row in tx.work.claim(_AT, _minutes(60), 3)]
            taken.extend(claimed)

        def relay() -> None:
            for _ in range(20):
                _patiently(claim)

        _together(relay, relay, relay)
        _same(sorted(taken), tuple(sorted(set(taken))), "rows handed out")
        _same(len(taken), 20, "rows handed out, one of each stream")


def store_37_a_receipt_is_kept_once(factory: Factory) -> None:
    """A request id is answered once: keeping it again raises StoreConflictError and the first answer stays."""
    with _fresh(factory) as store:
        with store.begin() as tx:
            tx.work.keep(Receipt("q1", "f1", "ord_1", 3))
            for again in (Receipt("q1", "f1", "ord_1", 3), Receipt("q1", "f2", "ord_2", 1)):
                _refuses(StoreConflictError, lambda again=again: tx.work.keep(again), "the same id again")  # type: ignore[misc]
        with store.reading() as view:
            _same(view.work.receipt("q1"), Receipt("q1", "f1", "ord_1", 3), "the receipt")
            _same(view.work.receipt("q2"), None, "an id never seen")


def store_38_records_are_replaced_and_found(factory: Factory) -> None:
    """A record is found by kind and key, replaced as a whole, and listed under its subject by time, kind and key."""
    rows = [RecordRow(kind, key, "s1", f'"{kind}{key} é"', _minutes(at)) for kind, key, at in
            (("b", "2", 1), ("a", "1", 2), ("a", "2", 2), ("b", "1", 2))]  # fmt: skip
    with _fresh(factory) as store:
        with store.begin() as tx:
            for row in [*reversed(rows), RecordRow("a", "9", "s2", "{}", _AT)]:
                tx.records.put(row)
        with store.reading() as view:
            _same(view.records.of_subject("s1"), tuple(rows), "of the subject")
            _same(view.records.of_subject("s1", "b"), (rows[0], rows[3]), "of the subject and kind")
            _same(view.records.get("a", "1"), rows[1], "one row")
            _same(view.records.get("a", "3"), None, "no row")
        moved = RecordRow("a", "1", "s2", "{}", _minutes(9))
        with store.begin() as tx:
            tx.records.put(moved)
            _same(tx.records.get("a", "1"), moved, "the replaced row")
            _same(len(tx.records.of_subject("s1")), 3, "rows of the subject it left")
            _same(tx.records.of_subject("s2")[-1], moved, "rows of the subject it came to")


def store_39_erasing_takes_all_of_a_subject(factory: Factory) -> None:
    """Erasing removes every row of a subject and nobody else's, and says how many; removing takes one row."""
    with _fresh(factory) as store:
        with store.begin() as tx:
            for kind, key, subject in (("a", "1", "s1"), ("a", "2", "s1"), ("b", "1", "s1"), ("a", "3", "s2")):
                tx.records.put(RecordRow(kind, key, subject, "{}", _AT))
            _same([tx.records.remove("a", "2") for _ in range(2)], (True, False), "remove")
        with store.begin() as tx:
            _same([tx.records.erase("s1") for _ in range(2)], (2, 0), "erase")
        with store.reading() as view:
            _same(view.records.of_subject("s1"), (), "rows of the erased subject")
            _same([view.records.get("a", "1"), view.records.get("b", "1")], (None, None), "the rows by key")
            _same(len(view.records.of_subject("s2")), 1, "rows of the other subject")


def store_40_references_and_numbers_belong_to_one_order(factory: Factory) -> None:
    """A reference or number leads to one order; taking another's raises StoreConflictError, a dropped one is free."""
    with _fresh(factory) as store:
        with store.begin() as tx:
            tx.records.index(_order("ord_1", "R-1", numbers=("N-1", "R-1")))
            tx.records.index(_order("ord_2", "R-2"))
            for taken in (_order("ord_2", "R-1"), _order("ord_2", "R-2", numbers=("X-9", "N-1"))):
                _refuses(StoreConflictError, lambda taken=taken: tx.records.index(taken), f"{taken}")  # type: ignore[misc]
            _same(tx.records.found("ord_2"), _order("ord_2", "R-2"), "the refused order, as it was")
            _same(tx.records.find("X-9"), None, "the free number beside the taken one")
        with store.begin() as tx:
            tx.records.index(_order("ord_1", "R-1", status="closed", numbers=("N-3",)))
            tx.records.index(_order("ord_2", "R-2", numbers=("N-1",)))
        with store.reading() as view:
            names = ("R-1", "N-3", "R-2", "N-1", "N-9")
            _same([view.records.find(name) for name in names], ("ord_1", "ord_1", "ord_2", "ord_2", None), "find")
            _same(view.records.found("ord_9"), None, "an order never indexed")


def store_41_orders_are_searched_newest_first(factory: Factory) -> None:
    """A search filters by status, customer and time, newest stream first, page by page."""
    rows = [
        SearchRow(f"ord_{n}", f"R-{n}", "open" if n % 2 else "done", _minutes(n), f"c{n % 3}" if n % 3 else None)
        for n in range(1, 9)
    ]
    newest = tuple(reversed(rows))
    with _fresh(factory) as store:
        with store.begin() as tx:
            for row in [*rows[4:], *rows[:4]]:
                tx.records.index(row)
        with store.reading() as view:
            search = view.records.search
            _same(search(), newest, "all")
            _same(search(limit=3), newest[:3], "first page")
            _same(search(limit=3, after=newest[2].stream), newest[3:6], "second page")
            _same(search(status="open"), tuple(row for row in newest if row.status == "open"), "by status")
            _same(search(customer="c1"), tuple(row for row in newest if row.customer == "c1"), "by customer")
            _same(search(since=_minutes(6)), newest[:3], "since")
            both = tuple(row for row in newest if row.status == "open" and row.customer == "c2")
            _same(search(status="open", customer="c2", since=_minutes(1), after="ord_9"), both, "all filters")
        with store.begin() as tx:
            tx.records.index(_order("ord_1", "R-1", status="gone"))
            _same([row.stream for row in tx.records.search(status="gone")], ("ord_1",), "after a change of status")
            _same(len(tx.records.search(status="open")), 3, "orders left in the old status")


def store_42_a_hold_leaves_what_must_be_left(factory: Factory) -> None:
    """Units may have to stay; and no more may be promised beyond what there is than all holds together are allowed."""
    with _fresh(factory) as store:
        _apply(store, _add("A", 5), _hold("A", 1, "o1", _minutes(10)))
        _same(_apply(store, _hold("A", 3, "o2", leaving=2)), (Shortage("A", MoveKind.HOLD, 3, 2),), "three of two")
        _same(_apply(store, _hold("A", 3, "o2", leaving=2), at=_minutes(10)), (), "three, once a hold has lapsed")
        _same(_apply(store, _hold("B", 3, "o1", leaving=-4)), (), "three of four beyond nothing")
        _same(_apply(store, _hold("B", 2, "o2", leaving=-4)), (Shortage("B", MoveKind.HOLD, 2, 1),), "two of one")
        _same(_apply(store, _add("B", 2), _hold("B", 3, "o2", leaving=-4)), (), "three more, as two came in")
        with store.reading() as view:
            _same(view.counters.level("B"), Level(2, 6), "counter")


def store_43_levels_of_a_prefix_come_in_pages(factory: Factory) -> None:
    """Counters whose keys begin alike are found in order, page by page, and those of which nothing is left are not."""
    with _fresh(factory) as store:
        _apply(store, *(_add(key, 2) for key in ("lot:2", "lot:1", "lot;1", "lot", "lot:3", "lot:~", "los:9")))
        _apply(store, Move("lot:2", MoveKind.REMOVE, 2, "receipt"), _hold("lot:3", 1, "o1"))
        with store.reading() as view:
            _same(view.counters.levels("lot:", limit=2), (("lot:1", Level(2, 0)), ("lot:3", Level(2, 1))), "a page")
            _same(view.counters.levels("lot:", after="lot:3"), (("lot:~", Level(2, 0)),), "the rest")
            _same(
                view.counters.levels("lot:", after="los:9", limit=1), (("lot:1", Level(2, 0)),), "after what is before"
            )
            _same(view.counters.levels("lot:~~"), (), "of none")


def durable_01_what_was_committed_survives(factory: Factory, reopen: Reopen) -> None:
    """Everything that was committed is there, unchanged, after closing and opening again, and in a second opening."""
    with _fresh(factory) as store:
        with store.begin() as tx:
            _fill(tx)
        before = _pictured(store)
        with _fresh(lambda: reopen(store)) as second:
            _same(_pictured(second), before, "in a second opening")
        store.close()
        _same(_pictured(store), before, "after close()")
        store.close()
        with _fresh(lambda: reopen(store)) as second:
            _same(_pictured(second), before, "after closing and opening")
            with second.begin() as tx:
                _change(tx)
                _same(tx.streams.broken_link("ord_1"), None, "the chain across openings")


def durable_02_a_rollback_leaves_nothing_behind(factory: Factory, reopen: Reopen) -> None:
    """Nothing of a transaction that failed is found by another opening, during or after it."""
    with _fresh(factory) as store, _fresh(lambda: reopen(store)) as second:
        empty = _pictured(second)
        during: list[tuple[object, ...]] = []

        def fail() -> None:
            with store.begin() as tx:
                _fill(tx)
                during.append(_pictured(second))
                raise _StopError

        _refuses(_StopError, fail, "the caller's own exception")
        _same(during, (empty,), "during the transaction")
        _same(_pictured(second), empty, "after the rollback")


def durable_03_two_openings_share_the_last_unit(factory: Factory, reopen: Reopen) -> None:
    """Two openings of the same data that race for the last unit and the same version never both win."""
    with _fresh(factory) as store, _fresh(lambda: reopen(store)) as second:
        for round_ in range(10):
            key, sold = f"sku-{round_}", list[str]()
            _apply(store, _add(key, 1))

            def buy(mine: Store, owner: str, key: str = key, sold: list[str] = sold) -> None:
                with mine.begin() as tx:
                    bought = not tx.counters.apply([_hold(key, 1, owner)], _AT)
                    if bought:
                        tx.streams.append(
                            "ord_1", len(tx.streams.read("ord_1")), [_event(tx.streams.version("ord_1") + 1)]
                        )
                if bought:
                    sold.append(owner)

            _together(lambda: _patiently(lambda: buy(store, "o1")), lambda: _patiently(lambda: buy(second, "o2")))
            _same(len(sold), 1, f"buyers of the last unit in round {round_}")
            with second.reading() as view:
                _same(view.streams.version("ord_1"), round_ + 1, "events")


STORE_CHECKS: tuple[Callable[[Factory], None], ...] = tuple(
    check for name, check in sorted(globals().items()) if name.startswith("store_")
)
"""What any store must do, by number."""

DURABLE_STORE_CHECKS: tuple[Callable[[Factory, Reopen], None], ...] = tuple(
    check for name, check in sorted(globals().items()) if name.startswith("durable_")
)
"""What a store that outlives its process must do besides."""
