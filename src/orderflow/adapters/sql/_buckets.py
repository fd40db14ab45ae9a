"""
A counter that many want at once may be split into buckets: rows of which each has a part of it.

One row is one queue: who holds a unit of it keeps everybody else waiting until the commit. With buckets each takes the
first one that is free and has enough, and waits for one only where all are taken. Where none has enough all of them
are locked, put together, judged as one counter and shared out again: no unit is sold twice, and none is left over.

Holds and the ledger know nothing of it. Backorders stay in the counter's own row, with what has come in for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

import attrs

from ...counters import Move, MoveKind
from ...counting import Balance
from ...ports.store import StoreError
from ._dialects import Bulk, Sent, insertion

__all__ = (
    "ALL_OF", "DROP", "ENDED", "MOST_BUCKETS", "MOVE", "PUT", "SEEN", "Bucket", "first_bucket", "pick",
    "require_buckets", "shared_out",
)  # fmt: skip

MOST_BUCKETS = 256

# What others wait for is nobody's, also where it lies free in a bucket.
_FREE = (
    "value - held >= %s "
    "AND NOT EXISTS (SELECT 1 FROM {counters} AS own WHERE own.counter = {buckets}.counter AND own.beyond > 0)"
)
_ENOUGH: Mapping[MoveKind, str] = {
    MoveKind.HOLD: _FREE,
    MoveKind.REMOVE: _FREE,
    MoveKind.CONSUME: "value >= %s AND held >= %s",
    MoveKind.RELEASE: "held >= %s",
}
_PICK = (  # in the order of the key, so that no database has to sort rows, and to lock all of them for that
    "SELECT bucket, value, held FROM {{buckets}} WHERE counter = %s AND bucket >= %s AND {} "
    "ORDER BY bucket LIMIT 1 FOR UPDATE{}"
)

ALL_OF = "SELECT counter, bucket, value, held FROM {{buckets}} WHERE counter {} ORDER BY counter, bucket FOR UPDATE"
SEEN = (
    "SELECT counter, value, held, beyond FROM {{counters}} WHERE counter {0} "
    "UNION ALL SELECT counter, value, held, 0 FROM {{buckets}} WHERE counter {0}"
)
ENDED = "SELECT DISTINCT counter FROM {{holds}} WHERE counter {} AND ends_at <= %s"
MOVE = Bulk(
    "UPDATE {buckets} AS was SET value = was.value + moved.value, held = was.held + moved.held "
    "FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[]) AS moved (value, held, counter, bucket) "
    "WHERE was.counter = moved.counter AND was.bucket = moved.bucket",
    "UPDATE {buckets} SET value = value + %s, held = held + %s WHERE counter = %s AND bucket = %s",
)
PUT = insertion(
    "buckets",
    {"counter": "text", "bucket": "bigint", "value": "bigint", "held": "bigint"},
    replacing=("counter", "bucket"),
)
DROP = Bulk(
    "DELETE FROM {buckets} AS was USING unnest(%s::text[], %s::bigint[]) AS gone (counter, bucket) "
    "WHERE was.counter = gone.counter AND was.bucket = gone.bucket",
    "DELETE FROM {buckets} WHERE counter = %s AND bucket = %s",
)


@attrs.frozen
class Bucket:
    """One bucket of a counter, locked."""

    number: int
    balance: Balance


def require_buckets(buckets: Any) -> Mapping[str, int]:
    """
    Into how many buckets which counters are split.

    Raises:
        StoreError: something else than whole numbers of buckets by counter.
    """
    found = dict(buckets) if isinstance(buckets, Mapping) else {"": buckets}
    for key, number in found.items():
        if type(key) is not str or not key or type(number) is not int or not 1 <= number <= MOST_BUCKETS:
            raise StoreError(
                f"buckets: expected numbers from 1 to {MOST_BUCKETS} by counter, such as "
                f'{{stock.item_id("MUG"): 16}}, got {key!r}: {number!r}'
            )
    return found


def first_bucket(owner: str, buckets: int) -> int:
    """Where an owner begins to look: everybody at another bucket, or the first one would be tried by all of them."""
    return crc32(owner.encode()) % buckets


def pick(move: Move, start: int, *, wait: bool) -> Sent | None:
    """
    What asks for one bucket from *start* on that has enough; None where all must be looked at.

    For one that nobody has locked, or, to *wait*, for the first.
    """
    enough = _ENOUGH.get(move.kind)
    if enough is None or type(move.quantity) is not int:  # what is no quantity is refused when moves are settled
        return None
    # A bucket in which as much is left as must be left of all of them is enough by itself.
    needed = move.quantity + max(move.leaving or 0, 0)
    statement = _PICK.format(enough, "" if wait else " SKIP LOCKED")
    return statement, (move.key, start, *[needed] * enough.count("%s"))


def shared_out(whole: Balance, buckets: int) -> tuple[Balance, Sequence[tuple[int, int]]]:
    """
    The counter's own row, and value and held of each bucket; as even as may be, so that in each the held part is there.

    >>> shared_out(Balance(10, 7, 0), 4)
    (Balance(value=0, held=0, beyond=0), [(3, 2), (3, 2), (2, 2), (2, 1)])
    >>> shared_out(Balance(2, 4, 3), 2)
    (Balance(value=1, held=3, beyond=3), [(1, 1), (0, 0)])
    >>> shared_out(Balance(10, 7, 0), 1)
    (Balance(value=10, held=7, beyond=0), [])
    """
    if buckets == 1:
        return whole, []
    certain = whole.held - whole.beyond
    awaited = min(whole.value - certain, whole.beyond)  # what has come in meanwhile is not for everybody
    shared = whole.value - awaited
    parts = [
        (shared // buckets + (number < shared % buckets), certain // buckets + (number < certain % buckets))
        for number in range(buckets)
    ]
    return Balance(awaited, whole.beyond, whole.beyond), parts
