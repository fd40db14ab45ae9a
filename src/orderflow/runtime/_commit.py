"""One commit, written again from the start where somebody else was first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..ports.store import Store, StoreConflictError, Transaction

__all__ = ("TRIES", "in_one_commit")

T = TypeVar("T")

TRIES = 5
"""How often a commit is tried before the conflict is the caller's."""


def in_one_commit(store: Store, write: Callable[[Transaction], T]) -> T:
    """
    What *write* answers, once what it wrote is committed.

    Raises:
        StoreConflictError: others were first again and again; nothing was written.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            with store.begin() as transaction:
                answer = write(transaction)
        except StoreConflictError:
            if not tries_left:
                raise
        else:
            return answer
    raise AssertionError("one try at least")
