"""What can go wrong between us and a partner, as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from threading import RLock
from typing import TypeAlias, TypeVar

from ...errors import InvalidInputError

__all__ = ("Fault", "FaultPlan", "Line")

Answer = TypeVar("Answer")
Unknown = TypeVar("Unknown")


class Fault(StrEnum):
    """How a call goes wrong; the first three did happen outside, whatever we hear of it."""

    LOST_REPLY = "lost_reply"  # applied, then the connection breaks
    TIMED_OUT = "timed_out"  # applied, then no answer in time
    UNKNOWN = "unknown"  # applied, and answered as unknown
    REFUSED = "refused"  # never arrives: not applied
    REJECTED = "rejected"  # arrives and is turned down: not applied
    DUPLICATED = "duplicated"  # notifications only: each comes twice
    REVERSED = "reversed"  # notifications only: the newest comes first


FaultPlan: TypeAlias = Mapping[tuple[str, int], Fault]
"""Which call (1, 2, 3 …) of which method goes wrong how: ``{("start", 1): Fault.LOST_REPLY}``."""

_OF_NOTIFICATIONS = (Fault.DUPLICATED, Fault.REVERSED)


class Line:
    """The wire between an adapter and its partner, on which the planned faults happen. One call at a time."""

    def __init__(self, faults: FaultPlan | None, methods: tuple[str, ...]) -> None:
        self.calls: Counter[str] = Counter()
        self.lock = RLock()
        self._methods = methods
        self._planned: dict[tuple[str, int], Fault] = {}
        for (method, number), fault in (faults or {}).items():
            self.plan(method, number, fault)

    def plan(self, method: str, number: int, fault: Fault) -> None:
        """Let call *number* of *method* go wrong."""
        if method not in self._methods:
            raise InvalidInputError("faults", f"no method {method!r}; there are {', '.join(self._methods)}")
        if (method == "notifications") is not (fault in _OF_NOTIFICATIONS):
            raise InvalidInputError("faults", f"{method} cannot go wrong as {fault}")
        if fault is Fault.REJECTED and method.startswith(("lookup", "track")):
            raise InvalidInputError("faults", f"{method} only asks: there is nothing to reject")
        self._planned[method, number] = fault

    def plan_next(self, method: str, fault: Fault) -> None:
        """Let the next call of *method* go wrong."""
        self.plan(method, self.calls[method] + 1, fault)

    def fault(self, method: str) -> Fault | None:
        """Count one call and say how it goes wrong."""
        self.calls[method] += 1
        return self._planned.get((method, self.calls[method]))

    def call(
        self,
        method: str,
        apply: Callable[[], Answer],
        *,
        unknown: Unknown,
        rejected: Callable[[], Answer] | None = None,
    ) -> Answer | Unknown:
        """The partner's answer to one call, unless a fault is planned for it."""
        with self.lock:
            fault = self.fault(method)
            if fault is Fault.REFUSED:
                raise ConnectionRefusedError(f"{method}: planned fault, not applied")
            if fault is Fault.REJECTED and rejected is not None:
                return rejected()
            answer = apply()
        match fault:
            case Fault.LOST_REPLY:
                raise ConnectionResetError(f"{method}: planned fault, applied, reply lost")
            case Fault.TIMED_OUT:
                raise TimeoutError(f"{method}: planned fault, applied, no reply in time")
            case Fault.UNKNOWN:
                return unknown
            case _:
                return answer
