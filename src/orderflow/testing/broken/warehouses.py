"""Warehouses with one defect each: the checks must find every one. Each talks to a fake that does nothing wrong."""

from __future__ import annotations

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
from ...quantities import NO_UNITS, Quantities
from ..fakes import FakeWarehouse

__all__ = ("BROKEN_WAREHOUSES", "BrokenWarehouse")

_REFUSED = ReservationAnswer(outcome=ReservationOutcome.REFUSED)
_RESERVED = ReservationAnswer(outcome=ReservationOutcome.RESERVED)


class BrokenWarehouse:
    """An adapter that passes everything on as it is; its subclasses break one thing."""

    def __init__(self, partner: FakeWarehouse) -> None:
        self.partner = partner

    @property
    def capabilities(self) -> WarehouseCapabilities:
        """As the partner's."""
        return self.partner.capabilities

    def reserve(self, request: ReserveUnits) -> ReservationAnswer:
        """Pass on."""
        return self.partner.reserve(request)

    def lookup(self, reference: str) -> ReservationAnswer | None:
        """Pass on."""
        return self.partner.lookup(reference)

    def confirm(self, reference: str) -> ReservationAnswer:
        """Pass on."""
        return self.partner.confirm(reference)

    def release(self, reference: str, kept: Quantities) -> ReservationAnswer:
        """Pass on."""
        return self.partner.release(reference, kept)

    def levels(self) -> Sequence[WarehouseLevel]:
        """Pass on."""
        return self.partner.levels()


class NoWindow(BrokenWarehouse):
    """The window in which a reference is recognised is over at once."""

    @property
    def capabilities(self) -> WarehouseCapabilities:
        """Declared without thinking."""
        return WarehouseCapabilities(lookup=True, idempotency_window=timedelta(0))


class OnlyAsks(BrokenWarehouse):
    """Asks whether the units are there, and calls that a reservation."""

    def reserve(self, request: ReserveUnits) -> ReservationAnswer:
        """Keeps nothing."""
        there = {level.sku: level.level for level in self.partner.levels()}
        return _REFUSED if request.units - Quantities(there) else _RESERVED


class TakesAgain(BrokenWarehouse):
    """Each call of reserve() has a key of its own."""

    def reserve(self, request: ReserveUnits) -> ReservationAnswer:
        """Every retry takes other people's units."""
        tries = self.partner.calls("reserve")
        return self.partner.reserve(attrs.evolve(request, reference=f"{request.reference}{'~' * tries}"))


class RemembersInMemory(BrokenWarehouse):
    """The keys of repeated calls are kept in the process only."""

    def __init__(self, partner: FakeWarehouse) -> None:
        super().__init__(partner)
        self._known: dict[str, str] = {}

    def reserve(self, request: ReserveUnits) -> ReservationAnswer:
        """Another process has other keys."""
        fresh = f"{request.reference}{'~' * self.partner.calls('reserve')}"
        return self.partner.reserve(attrs.evolve(request, reference=self._known.setdefault(request.reference, fresh)))


class OnePerOrder(BrokenWarehouse):
    """The order's number is the reservation's key."""

    def reserve(self, request: ReserveUnits) -> ReservationAnswer:
        """The second reservation is taken for the first."""
        return self.partner.reserve(attrs.evolve(request, reference=f"{request.reference.partition('-')[0]}-w1"))


class TakesWhatIsThere(BrokenWarehouse):
    """Where not all is there, the rest is set aside."""

    def reserve(self, request: ReserveUnits) -> ReservationAnswer:
        """Half a reservation."""
        answer = self.partner.reserve(request)
        if answer.missing:
            self.partner.reserve(attrs.evolve(request, units=request.units - answer.missing))
        return answer


class TimeoutMeansRefused(BrokenWarehouse):
    """An exception of the HTTP library is answered as a refusal."""

    def reserve(self, request: ReserveUnits) -> ReservationAnswer:
        """Says refused of what was set aside."""
        try:
            return self.partner.reserve(request)
        except OSError:
            return _REFUSED


class FreshKeyAfterError(BrokenWarehouse):
    """After a broken connection the next try has a new key."""

    def __init__(self, partner: FakeWarehouse) -> None:
        super().__init__(partner)
        self._errors = 0

    def reserve(self, request: ReserveUnits) -> ReservationAnswer:
        """Takes the units twice after a lost reply."""
        try:
            return self.partner.reserve(attrs.evolve(request, reference=f"{request.reference}{'~' * self._errors}"))
        except OSError:
            self._errors += 1
            raise


class NotesBeforeSending(BrokenWarehouse):
    """The reference counts as reserved before the call was made."""

    def __init__(self, partner: FakeWarehouse) -> None:
        super().__init__(partner)
        self._known: set[str] = set()

    def reserve(self, request: ReserveUnits) -> ReservationAnswer:
        """A call that never arrived is never made again."""
        if request.reference in self._known:
            return _RESERVED
        self._known.add(request.reference)
        return self.partner.reserve(request)


class KeyErrorOnUnknown(BrokenWarehouse):
    """An unknown reference is a KeyError."""

    def lookup(self, reference: str) -> ReservationAnswer | None:
        """Never answers None."""
        answer = self.partner.lookup(reference)
        if answer is None:
            raise KeyError(reference)
        return answer


class ReservesToLook(BrokenWarehouse):
    """The look-up is the same call of the API as the reservation."""

    def lookup(self, reference: str) -> ReservationAnswer | None:
        """Asking for one that is not there makes it."""
        answer = self.partner.lookup(reference)
        if answer is None and self.partner.calls("reserve"):
            units = Quantities({"MUG": 1})
            self.partner.reserve(ReserveUnits(reference=reference, order="", location="main", units=units))
        return answer


class AddsOnRelease(BrokenWarehouse):
    """A release is a correction of the stock by so many units."""

    def release(self, reference: str, kept: Quantities) -> ReservationAnswer:
        """Repeated, it makes units out of nothing."""
        if self.partner.calls("release"):
            self.partner.receives("MUG", 2)
        return self.partner.release(reference, kept)


class SetsWhatIsKept(BrokenWarehouse):
    """What is kept is set to the number given, up or down."""

    def release(self, reference: str, kept: Quantities) -> ReservationAnswer:
        """An older word that comes late takes units again."""
        if kept - self.partner.books.kept(reference):
            self.partner.release(reference, NO_UNITS)
            self.partner.reserve(ReserveUnits(reference=f"{reference}~", order="", location="main", units=kept))
        return self.partner.release(reference, kept)


class ForgetsReleases(BrokenWarehouse):
    """A release of what is not known is thrown away."""

    def release(self, reference: str, kept: Quantities) -> ReservationAnswer:
        """The reservation that arrives later is kept for ever."""
        if self.partner.lookup(reference) is None:
            return ReservationAnswer(outcome=ReservationOutcome.RELEASED)
        return self.partner.release(reference, kept)


class TakesToConfirm(BrokenWarehouse):
    """Confirming takes the units from the free ones."""

    def confirm(self, reference: str) -> ReservationAnswer:
        """Twice, where the first reply was lost."""
        self.partner.receives("MUG", -1)
        return self.partner.confirm(reference)


class AlwaysConfirms(BrokenWarehouse):
    """A confirmation is always good."""

    def confirm(self, reference: str) -> ReservationAnswer:
        """Whether or not there is anything to send."""
        self.partner.confirm(reference)
        return _RESERVED


class SaysNothingSeen(BrokenWarehouse):
    """Levels are passed on without the reservations they know."""

    def levels(self) -> Sequence[WarehouseLevel]:
        """Every sale is taken off twice."""
        return [attrs.evolve(level, seen=()) for level in self.partner.levels()]


class KnowsReservationsByTheirEnd(BrokenWarehouse):
    """The last characters of a reference are the reservation's key."""

    def reserve(self, request: ReserveUnits) -> ReservationAnswer:
        """The second order's units count as set aside already."""
        return self.partner.reserve(attrs.evolve(request, reference=self._first(request.reference)))

    def _first(self, reference: str) -> str:
        book: dict[str, str] = vars(self.partner).setdefault("by_end", {})
        return book.setdefault(reference[-2:], reference)


BROKEN_WAREHOUSES: Mapping[type[BrokenWarehouse], str] = {
    NoWindow: "warehouse_01_capabilities_are_true",
    OnlyAsks: "warehouse_02_what_is_reserved_is_set_aside",
    TakesAgain: "warehouse_03_a_reservation_repeated_is_one",
    RemembersInMemory: "warehouse_04_another_process_knows_the_reservation",
    OnePerOrder: "warehouse_05_two_reservations_of_an_order_are_two",
    TakesWhatIsThere: "warehouse_06_short_is_refused_as_a_whole",
    TimeoutMeansRefused: "warehouse_07_a_lost_reply_is_unknown",
    FreshKeyAfterError: "warehouse_08_a_lost_reply_takes_nothing_twice",
    NotesBeforeSending: "warehouse_09_a_call_that_never_arrived_can_be_repeated",
    KeyErrorOnUnknown: "warehouse_10_nothing_is_found_of_what_never_was",
    ReservesToLook: "warehouse_11_a_look_up_says_how_it_stands",
    AddsOnRelease: "warehouse_12_a_release_gives_back_once",
    SetsWhatIsKept: "warehouse_13_what_was_let_go_stays_so",
    ForgetsReleases: "warehouse_14_a_release_that_overtakes_its_reservation_wins",
    TakesToConfirm: "warehouse_15_confirming_twice_is_confirming_once",
    AlwaysConfirms: "warehouse_16_what_is_gone_is_not_confirmed",
    SaysNothingSeen: "warehouse_17_levels_say_what_they_have_seen",
    KnowsReservationsByTheirEnd: "warehouse_18_reservations_of_two_orders_stay_apart",
}
"""Every one with the check that must find it."""
