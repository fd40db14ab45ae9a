"""
The gate in front of writing: one at a time, in the order of arrival.

SQLite's own busy timeout lets one of several writing processes starve for seconds; locks on files beside the database
do not. One lock alone would not be enough: who leaves would often be back before the next one has woken up. So whoever
comes waits at a second lock, which the next one keeps until it is inside. The kernel drops both when their process
dies. Where there is no ``fcntl`` the busy timeout remains.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from pathlib import Path
from threading import Lock

from ...ports.store import StoreError

if sys.platform == "win32":

    def _lock(file: int) -> None:
        del file

    _unlock = _lock
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


__all__ = ("Gate",)


class Gate:
    """Let in one thread of one process; the files are never deleted, as others may be waiting at them."""

    def __init__(self, path: str) -> None:
        self._paths = (f"{path}.next", f"{path}.lock")
        self._files: tuple[int, ...] = ()
        self._mutex = Lock()
        self._busy = False
        self._waiting: deque[Lock] = deque()

    def enter(self) -> None:
        """Wait for one's turn."""
        self._queue()
        try:
            following, inside = self._opened()
            _lock(following)
            try:
                _lock(inside)
            finally:
                _unlock(following)
        except BaseException:
            self._next()
            raise

    def leave(self) -> None:
        """Let the next one in."""
        if self._files:
            _unlock(self._files[-1])
        self._next()

    def close(self) -> None:
        """Give the files back, without touching a lock that another process holds through the same open file."""
        for file in self._files:
            os.close(file)
        self._files = ()

    def _queue(self) -> None:
        with self._mutex:
            if not self._busy:
                self._busy = True
                return
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            turn.acquire()
        except BaseException:
            with self._mutex:
                called = turn not in self._waiting
                if not called:
                    self._waiting.remove(turn)
            if called:
                self._next()
            raise

    def _next(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._busy = False

    def _opened(self) -> tuple[int, ...]:
        if not self._files:
            opened: list[int] = []
            for path in self._paths:
                try:
                    opened.append(os.open(Path(path), os.O_RDWR | os.O_CREAT, 0o666))
                except OSError as error:
                    for file in opened:
                        os.close(file)
                    raise StoreError(f"{path} cannot be opened ({error.strerror}); every writer locks it") from error
            self._files = tuple(opened)
        return self._files
