"""A store whose process dies at any call, as a test likes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PARTS = ("streams", "counters", "work", "records")


class Died(BaseException):
    """The process is gone."""


class Fuse:
    """Counts calls, and dies at one of them."""

    def __init__(self, left: int) -> None:
        self.left = left

    def burn(self) -> None:
        """One call nearer."""
        self.left -= 1
        if self.left < 0:
            raise Died


class Dying:
    """Anything that dies before a call that its fuse does not reach any more."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self.inner = inner
        self.fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        if name in PARTS:
            return Dying(found, self.fuse)
        if not callable(found):
            return found

        def call(*args: Any, **named: Any) -> Any:
            self.fuse.burn()
            return found(*args, **named)

        return call


class DyingStore:
    """A store whose process dies: before a call, before a commit, or right after it."""

    def __init__(self, inner: Any, fuse: Fuse) -> None:
        self.inner = inner
        self.fuse = fuse

    @contextmanager
    def begin(self) -> Iterator[Any]:
        """A transaction."""
        with self.inner.begin() as transaction:
            yield Dying(transaction, self.fuse)
            self.fuse.burn()
        self.fuse.burn()

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """A view."""
        with self.inner.reading() as transaction:
            yield transaction

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def died(act: Callable[[], Any]) -> bool:
    """Whether the process died in it."""
    try:
        act()
    except Died:
        return True
    return False
