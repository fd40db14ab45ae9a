"""What a log may show of an exception: its kind and the lines it came through, but no message that may name people."""

from __future__ import annotations

import logging

__all__ = ("log", "nameless")

log = logging.getLogger("orderflow")


def nameless(error: BaseException) -> BaseException:
    """The same kind of exception from the same place, and what led to it, each without its message."""
    kind = type(error)
    shown: BaseException = type(kind.__name__, (Exception,), {"__module__": kind.__module__})()
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        shown.__cause__ = nameless(cause)
    return shown.with_traceback(error.__traceback__)
