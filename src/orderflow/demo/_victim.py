"""The process that dies: it asks the provider to charge, and is killed before it can record the answer."""

from __future__ import annotations

import sys
from pathlib import Path

from ..adapters.sqlite import SqliteStore
from ..moments import parse_moment
from ..testing.world import VirtualClock
from ._day import shop_at
from ._provider import Provider


def main(database: str, book: str, order: str, now: str) -> None:
    """Perform what is due for one order, and be killed on the way."""
    clock = VirtualClock(parse_moment(now))
    card = Provider(Path(book), clock, at_once=True, dies_after_charging=True)
    shop_at(SqliteStore(database), clock, pay=card, card=card).perform(order)


if __name__ == "__main__":
    main(*sys.argv[1:])
