"""A warehouse that keeps its own book of units and reservations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta

import attrs

from ...ports.warehouse import (
    ReservationAnswer,
    ReservationOutcome,
    ReserveUnits,
    WarehouseCapabilities,
    WarehouseLevel,
)
from ...ports.world import Clock
from ...quantities import NO_UNITS, Quantities
from ._faults import Fault, FaultPlan, Line

__all__ = ("FakeWarehouse", "KeptReservation", "WarehouseBooks")

_METHODS = ("reserve", "lookup", "confirm", "release", "levels")


@attrs.frozen(kw_only=True)
class KeptReservation:
    """Units that truly are set aside; none of them where the reservation was released or sent."""

    reference: str
    asked: Quantities
    kept: Quantities
    confirmed: bool = False


class WarehouseBooks:
    """What truly is in the house, and for whom."""

    def __init__(self, free: Counter[str], reservations: Mapping[str, KeptReservation]) -> None:
        self._free = free
        self._reservations = reservations

    def free(self, sku: str) -> int:
        """Units that nobody has."""
        return self._free[sku]

    def reservations(self) -> tuple[KeptReservation, ...]:
        """Every reservation that was ever made, or released before it was, oldest first."""
        return tuple(self._reservations.values())

    def kept(self, reference: str) -> Quantities:
        """What is set aside under a reference."""
        found = self._reservations.get(reference)
        return NO_UNITS if found is None else found.kept


class FakeWarehouse:
    """
    A warehouse that answers at once and never forgets; ``books`` says what is true.

    >>> from orderflow.testing.world import VirtualClock
    >>> warehouse = FakeWarehouse(VirtualClock(), {"MUG": 3})
    >>> request = ReserveUnits(reference="o1-w1", order="R1", location="main", units=Quantities({"MUG": 2}))
    >>> warehouse.reserve(request).outcome.value, warehouse.books.free("MUG")
    ('reserved', 1)
    """

    def __init__(
        self,
        clock: Clock,
        units: Mapping[str, int],
        *,
        lookup: bool = True,
        idempotency_window: timedelta | None = None,
        faults: FaultPlan | None = None,
    ) -> None:
        self.capabilities = WarehouseCapabilities(lookup=lookup, idempotency_window=idempotency_window)
        self.clock = clock
        self._free = Counter(units)
        self._reservations: dict[str, KeptReservation] = {}
        self.books = WarehouseBooks(self._free, self._reservations)
        self._line = Line(faults, _METHODS)
        self._sequence = 0

    def fail_next(self, method: str, fault: Fault) -> None:
        """Let the next call of *method* go wrong."""
        self._line.plan_next(method, fault)

    def calls(self, method: str) -> int:
        """How often *method* was called."""
        return self._line.calls[method]

    # The port

    def reserve(self, request: ReserveUnits) -> ReservationAnswer:
        """Set the units aside, or answer how the known reservation stands."""
        return self._line.call(
            "reserve",
            lambda: self._reserve(request),
            unknown=_UNKNOWN,
            rejected=lambda: ReservationAnswer(outcome=ReservationOutcome.REFUSED, code="rejected_by_plan"),
        )

    def lookup(self, reference: str) -> ReservationAnswer | None:
        """How the reservation stands; always None where look-ups were switched off."""
        known = self.capabilities.lookup
        return self._line.call("lookup", lambda: self._answer(reference) if known else None, unknown=_UNKNOWN)

    def confirm(self, reference: str) -> ReservationAnswer:
        """The units will be sent, if they are still set aside."""
        return self._line.call(
            "confirm",
            lambda: self._confirm(reference),
            unknown=_UNKNOWN,
            rejected=lambda: ReservationAnswer(outcome=ReservationOutcome.REFUSED, code="rejected_by_plan"),
        )

    def release(self, reference: str, kept: Quantities) -> ReservationAnswer:
        """Let go; a reservation that comes later finds itself released."""
        return self._line.call("release", lambda: self._release(reference, kept), unknown=_UNKNOWN)

    def levels(self) -> Sequence[WarehouseLevel]:
        """Every item that ever was here, as it stands now."""
        return self._line.call("levels", self._levels, unknown=())

    # The outside

    def receives(self, sku: str, units: int) -> None:
        """A delivery arrives; with a number below zero, another channel sells."""
        with self._line.lock:
            self._free[sku] += units

    def sends(self, reference: str) -> None:
        """The reserved units leave the house."""
        with self._line.lock:
            self._reservations[reference] = attrs.evolve(self._reservations[reference], kept=NO_UNITS)

    # How the warehouse works

    def _reserve(self, request: ReserveUnits) -> ReservationAnswer:
        known = self._answer(request.reference)
        if known is not None:
            return known
        there = Quantities((sku, max(self._free[sku], 0)) for sku, _ in request.units)
        if missing := request.units - there:
            return ReservationAnswer(outcome=ReservationOutcome.REFUSED, missing=missing, code="short")
        for sku, count in request.units:
            self._free[sku] -= count
        self._reservations[request.reference] = KeptReservation(
            reference=request.reference, asked=request.units, kept=request.units
        )
        return _RESERVED

    def _confirm(self, reference: str) -> ReservationAnswer:
        known = self._reservations.get(reference)
        if known is None or not known.kept:
            return ReservationAnswer(outcome=ReservationOutcome.REFUSED, code="not_reserved")
        self._reservations[reference] = attrs.evolve(known, confirmed=True)
        return _RESERVED

    def _release(self, reference: str, kept: Quantities) -> ReservationAnswer:
        known = self._reservations.get(reference)
        if known is None:
            if kept:
                return ReservationAnswer(outcome=ReservationOutcome.UNKNOWN)
            known = KeptReservation(reference=reference, asked=NO_UNITS, kept=NO_UNITS)
        for sku, count in known.kept - kept:
            self._free[sku] += count
        self._reservations[reference] = attrs.evolve(known, kept=known.kept & kept)
        return self._answer(reference) or _UNKNOWN

    def _answer(self, reference: str) -> ReservationAnswer | None:
        known = self._reservations.get(reference)
        if known is None:
            return None
        return _RESERVED if known.kept else ReservationAnswer(outcome=ReservationOutcome.RELEASED)

    def _levels(self) -> Sequence[WarehouseLevel]:
        self._sequence += 1
        return [
            WarehouseLevel(
                sku=sku,
                level=max(units, 0),
                sequence=self._sequence,
                as_of=self.clock.now(),
                seen=tuple(each.reference for each in self._reservations.values() if each.kept[sku]),
            )
            for sku, units in self._free.items()
        ]


_RESERVED = ReservationAnswer(outcome=ReservationOutcome.RESERVED)
_UNKNOWN = ReservationAnswer(outcome=ReservationOutcome.UNKNOWN)
