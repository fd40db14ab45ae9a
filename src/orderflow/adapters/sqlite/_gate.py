"""
The gate in front of writing: one at a time, in the order of arrival.

SQLite's own busy timeout lets one of several writing processes starve for seconds; a lock on a file beside the database
does not. The kernel drops it when its process dies. Where there is no ``fcntl`` the busy timeout remains.
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
    """Let in one thread of one process; the file is never deleted, as others may be waiting at it."""

    def __init__(self, path: str) -> None:
        self._path = f"{path}.lock"
        self._file: int | None = None
        self._mutex = Lock()
        self._busy = False
        self._waiting: deque[Lock] = deque()

    def enter(self) -> None:
        """Wait for one's turn."""
        self._queue()
        try:
            _lock(self._opened())
        except BaseException:
            self._next()
            raise

    def leave(self) -> None:
        """Let the next one in."""
        if self._file is not None:
            _unlock(self._file)
        self._next()

    def close(self) -> None:
        """Give the file back, without touching a lock that another process holds through the same open file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

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

    def _opened(self) -> int:
        if self._file is None:
            try:
                self._file = os.open(Path(self._path), os.O_RDWR | os.O_CREAT, 0o666)
            except OSError as error:
                raise StoreError(f"{self._path} cannot be opened ({error.strerror}); every writer locks it") from error
        return self._file
