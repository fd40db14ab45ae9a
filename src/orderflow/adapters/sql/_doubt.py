"""
A commit whose answer was lost: the database is asked what became of it, and nothing is assumed.

Every commit's events carry a mark of their own. The head of their stream is locked before they are looked for, which
waits until the lost commit has come to its end, one way or the other. In a cluster whose nodes do not see each other's
locks, the head is written and committed first: a lost commit that is still under way on another node comes to nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...ports.store import StoreConflictError, StoreError, StoreOutcomeUnknownError
from ._lending import Loan
from ._link import Link, raised
from ._schema import Names
from ._streams import fence, is_marked

__all__ = ("DoubtError", "settle_doubt")

_PATIENCE = 15.0  # seconds in which the database is asked again and again
_PAUSE = 0.2


class DoubtError(Exception):
    """The connection broke in the commit."""


def settle_doubt(doubt: DoubtError, link: Link, names: Names, lend: Callable[[], Loan]) -> None:
    """
    Find out what became of the transaction of *link*; nothing more to say where it was committed.

    Raises:
        StoreConflictError: it was not committed; nothing was written.
        StoreOutcomeUnknownError: it wrote no event by which it could be found, or the database gave no answer.
    """
    if link.appended is not None:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            try:
                was_committed = _was_committed(link, names, lend)
            except StoreError:
                time.sleep(_PAUSE)
                continue
            if was_committed:
                return
            raise StoreConflictError(
                f"the connection broke in the commit, and nothing was written ({doubt})"
            ) from doubt
    raise StoreOutcomeUnknownError(
        f"the connection to the database broke in the commit, and what became of it is not known ({doubt}). "
        "Send the same request again, with the same request id"
    ) from doubt


def _was_committed(link: Link, names: Names, lend: Callable[[], Loan]) -> bool:
    stream, version = link.appended or ("", 0)
    if not link.dialect.locks_reach_everybody:
        with _asking(link, names, lend) as (asking, loan):
            fence(asking, stream)
            try:
                loan.commit()
            except Exception as error:
                raise raised(*link.dialect.meaning(error), writing=True) from error
    with _asking(link, names, lend) as (asking, _):
        return is_marked(asking, stream, version, link.mark)


@contextmanager
def _asking(link: Link, names: Names, lend: Callable[[], Loan]) -> Iterator[tuple[Link, Loan]]:
    loan = lend()
    try:
        asking = Link(link.dialect, names.fill, loan.open, writing=True)
        asking.ask(link.dialect.patience)
        yield asking, loan
    finally:
        loan.discard()
