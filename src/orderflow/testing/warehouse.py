"""
What every warehouse must do, as numbered checks that need no test framework.

Write a harness around your adapter and run all :data:`WAREHOUSE_CHECKS` as :mod:`orderflow.testing.contract` shows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeAlias

import attrs

from ..ports.warehouse import (
    ReservationAnswer,
    ReservationOutcome,
    ReserveUnits,
    Warehouse,
    WarehouseCapabilities,
    WarehouseLevel,
)
from ..quantities import NO_UNITS, Quantities
from .contract import (
    Harness,
    NotTestableError,
    Outcome,
    answered,
    applies,
    contract_check,
    demand,
    numbered,
    same,
    unsure,
)
from .fakes import FakeWarehouse, Fault

__all__ = ("WAREHOUSE_CHECKS", "FakeWarehouseHarness", "WarehouseHarness")


class WarehouseHarness(Harness):
    """One warehouse with five units of ``sku`` that nobody has. Only ``warehouse`` must be overridden."""

    sku = "MUG"
    location = "main"

    def warehouse(self) -> Warehouse:
        """A new adapter for the same warehouse, as another process would have it."""
        raise NotImplementedError

    def kept(self, reference: str) -> int:
        """Units of ``sku`` that are truly set aside under a reference, whatever the adapter says."""
        raise NotTestableError("the harness cannot read the warehouse's reservations")

    def free(self) -> int:
        """Units of ``sku`` that the warehouse could truly give to anybody."""
        raise NotTestableError("the harness cannot read the warehouse's stock")

    def loses_stock(self, reference: str) -> None:
        """The units set aside under a reference are gone: broken, or the reservation ended there."""
        raise NotTestableError("the harness cannot end reservations")


WarehouseCheck: TypeAlias = Callable[[Callable[[], WarehouseHarness]], Outcome]


class FakeWarehouseHarness(WarehouseHarness):
    """
    A harness around the fake warehouse: for the fake itself, and for adapters that talk to it.

    >>> from orderflow.testing.world import VirtualClock
    >>> partner = FakeWarehouse(VirtualClock(), {"MUG": 5})
    >>> warehouse_03_a_reservation_repeated_is_one(lambda: FakeWarehouseHarness(partner))
    Passed()
    """

    def __init__(self, partner: FakeWarehouse, adapter: Callable[[FakeWarehouse], Warehouse] | None = None) -> None:
        self.partner = partner
        self._adapter = adapter

    def warehouse(self) -> Warehouse:
        """Another adapter for the same fake."""
        return self.partner if self._adapter is None else self._adapter(self.partner)

    def kept(self, reference: str) -> int:
        """From the fake's book."""
        return self.partner.books.kept(reference)[self.sku]

    def free(self) -> int:
        """From the fake's book."""
        return self.partner.books.free(self.sku)

    def loses_stock(self, reference: str) -> None:
        """As if they had been sent to somebody else."""
        self.partner.sends(reference)

    def lose_reply(self, method: str) -> None:
        """As a planned fault."""
        self.partner.fail_next(method, Fault.LOST_REPLY)

    def cut_off(self, method: str) -> None:
        """As a planned fault."""
        self.partner.fail_next(method, Fault.REFUSED)


def _reference(h: WarehouseHarness, number: int = 1) -> str:
    return f"{h.order}-w{number}"


def _request(h: WarehouseHarness, number: int = 1, units: int = 2) -> ReserveUnits:
    return ReserveUnits(
        reference=_reference(h, number),
        order="222-5PR-MAP3",
        location=h.location,
        units=Quantities({h.sku: units}),
    )


def _reserved(warehouse: Warehouse, request: ReserveUnits) -> ReservationAnswer:
    answer = warehouse.reserve(request)
    demand(isinstance(answer, ReservationAnswer), f"expected a ReservationAnswer, got {answer!r}")
    good = (ReservationOutcome.RESERVED, ReservationOutcome.PENDING)
    demand(answer.outcome in good, f"expected units that are set aside or about to be, got {answer!r}")
    return answer


def _is_unknown(answer: ReservationAnswer | None, about: str) -> None:
    is_so = answer is None or answer.outcome is ReservationOutcome.UNKNOWN
    demand(is_so, f"{about}, but the adapter says {answer!r}")


@contract_check
def warehouse_01_capabilities_are_true(h: WarehouseHarness) -> None:
    """What is declared makes sense: a window that is over at once recognises nothing."""
    declared = h.warehouse().capabilities
    demand(isinstance(declared, WarehouseCapabilities), f"expected WarehouseCapabilities, got {declared!r}")
    window = declared.idempotency_window
    demand(window is None or window > timedelta(0), f"idempotency_window lasts some time, got {window}")


@contract_check
def warehouse_02_what_is_reserved_is_set_aside(h: WarehouseHarness) -> None:
    """Reserved units are nobody else's."""
    _reserved(h.warehouse(), _request(h))
    same((h.kept(_reference(h)), h.free()), (2, 3), "units kept and free")


@contract_check
def warehouse_03_a_reservation_repeated_is_one(h: WarehouseHarness) -> None:
    """The same reference is the same reservation: a retry must not take other people's units."""
    warehouse = h.warehouse()
    _reserved(warehouse, _request(h))
    _reserved(warehouse, _request(h))
    same((h.kept(_reference(h)), h.free()), (2, 3), "units kept and free")


@contract_check
def warehouse_04_another_process_knows_the_reservation(h: WarehouseHarness) -> None:
    """A retry may come from another process: a memory of references inside the adapter is not enough."""
    for _ in range(2):
        _reserved(h.warehouse(), _request(h))
    same((h.kept(_reference(h)), h.free()), (2, 3), "units kept and free")


@contract_check
def warehouse_05_two_reservations_of_an_order_are_two(h: WarehouseHarness) -> None:
    """Reservations of one order stay apart: under the order's number, the second one takes nothing."""
    warehouse = h.warehouse()
    for number in (1, 2):
        _reserved(warehouse, _request(h, number))
    same((h.kept(_reference(h, 1)), h.kept(_reference(h, 2)), h.free()), (2, 2, 1), "units kept and free")


@contract_check
def warehouse_06_short_is_refused_as_a_whole(h: WarehouseHarness) -> None:
    """What is not all there is refused, and nothing of it is kept: the order would wait for the rest for ever."""
    answer = answered(lambda: h.warehouse().reserve(_request(h, units=9)), "nine of five units")
    same(answer.outcome, ReservationOutcome.REFUSED, "the answer to nine of five units")
    demand(answer.missing in (NO_UNITS, Quantities({h.sku: 4})), f"four of nine are missing, got {answer!r}")
    same((h.kept(_reference(h)), h.free()), (0, 5), "units kept and free")


@contract_check
def warehouse_07_a_lost_reply_is_unknown(h: WarehouseHarness) -> None:
    """A lost reply is an exception or UNKNOWN: "refused" frees units here that are set aside there."""
    warehouse = h.warehouse()
    h.lose_reply("reserve")
    _is_unknown(unsure(lambda: warehouse.reserve(_request(h))), "the reply was lost")


@contract_check
def warehouse_08_a_lost_reply_takes_nothing_twice(h: WarehouseHarness) -> None:
    """After a lost reply, looking up and reserving again lead to the units that were set aside."""
    warehouse = h.warehouse()
    h.lose_reply("reserve")
    unsure(lambda: warehouse.reserve(_request(h)))
    if warehouse.capabilities.lookup:
        demand(warehouse.lookup(_reference(h)) is not None, "lookup() has never heard of units that were set aside")
    _reserved(warehouse, _request(h))
    same((h.kept(_reference(h)), h.free()), (2, 3), "units kept and free")


@contract_check
def warehouse_09_a_call_that_never_arrived_can_be_repeated(h: WarehouseHarness) -> None:
    """What never left is unknown and is sent again: an adapter that notes it first has nothing to send."""
    warehouse = h.warehouse()
    h.cut_off("reserve")
    _is_unknown(unsure(lambda: warehouse.reserve(_request(h))), "nothing arrived")
    _reserved(warehouse, _request(h))
    same((h.kept(_reference(h)), h.free()), (2, 3), "units kept and free")


@contract_check
def warehouse_10_nothing_is_found_of_what_never_was(h: WarehouseHarness) -> None:
    """Looking up an unknown reservation answers None, the leave to make it; a guess promises what nobody keeps."""
    warehouse = h.warehouse()
    applies(warehouse.capabilities.lookup, "no look-up is declared")
    same(answered(lambda: warehouse.lookup(_reference(h, 9)), "an unknown reservation"), None, "an unknown reservation")


@contract_check
def warehouse_11_a_look_up_says_how_it_stands(h: WarehouseHarness) -> None:
    """A reservation is found under our reference, and looking takes nothing."""
    warehouse = h.warehouse()
    applies(warehouse.capabilities.lookup, "no look-up is declared")
    made = _reserved(warehouse, _request(h))
    found = warehouse.lookup(_reference(h))
    if found is None:
        raise AssertionError("lookup() has never heard of units that were set aside")
    if made.outcome is ReservationOutcome.RESERVED:
        same(found.outcome, ReservationOutcome.RESERVED, "the reservation when looked up")
    warehouse.lookup(_reference(h, 2))
    same(h.free(), 3, "free units")


@contract_check
def warehouse_12_a_release_gives_back_once(h: WarehouseHarness) -> None:
    """A release that is repeated after a lost reply gives back no more than there was."""
    warehouse = h.warehouse()
    _reserved(warehouse, _request(h))
    h.lose_reply("release")
    unsure(lambda: warehouse.release(_reference(h), NO_UNITS))
    warehouse.release(_reference(h), NO_UNITS)
    same((h.kept(_reference(h)), h.free()), (0, 5), "units kept and free")


@contract_check
def warehouse_13_what_was_let_go_stays_so(h: WarehouseHarness) -> None:
    """Of three units one is kept, then an older word that keeps two comes late: one is kept."""
    warehouse = h.warehouse()
    _reserved(warehouse, _request(h, units=3))
    for kept in (1, 2):
        warehouse.release(_reference(h), Quantities({h.sku: kept}))
    same((h.kept(_reference(h)), h.free()), (1, 4), "units kept and free")


@contract_check
def warehouse_14_a_release_that_overtakes_its_reservation_wins(h: WarehouseHarness) -> None:
    """A request may hang in the network until its order is cancelled: units set aside then are nobody's for ever."""
    warehouse = h.warehouse()
    answered(lambda: warehouse.release(_reference(h), NO_UNITS), "a release of what is not there yet")
    answer = answered(lambda: warehouse.reserve(_request(h)), "a reservation after its release")
    not_there = (ReservationOutcome.RELEASED, ReservationOutcome.REFUSED)
    demand(answer.outcome in not_there, f"it was released before, but the adapter says {answer!r}")
    same((h.kept(_reference(h)), h.free()), (0, 5), "units kept and free")


@contract_check
def warehouse_15_confirming_twice_is_confirming_once(h: WarehouseHarness) -> None:
    """A confirmation that is repeated after a lost reply takes nothing more."""
    warehouse = h.warehouse()
    _reserved(warehouse, _request(h))
    h.lose_reply("confirm")
    unsure(lambda: warehouse.confirm(_reference(h)))
    same(warehouse.confirm(_reference(h)).outcome, ReservationOutcome.RESERVED, "the confirmation that is repeated")
    same((h.kept(_reference(h)), h.free()), (2, 3), "units kept and free")


@contract_check
def warehouse_16_what_is_gone_is_not_confirmed(h: WarehouseHarness) -> None:
    """Units that are there no longer are refused: an order confirmed without them is never sent."""
    warehouse = h.warehouse()
    _reserved(warehouse, _request(h))
    h.loses_stock(_reference(h))
    answer = answered(lambda: warehouse.confirm(_reference(h)), "confirming what is gone")
    same(answer.outcome, ReservationOutcome.REFUSED, "the answer")


@contract_check
def warehouse_17_levels_say_what_they_have_seen(h: WarehouseHarness) -> None:
    """Free units beside those set aside, with our references, in reports that can be told apart by age."""
    warehouse = h.warehouse()
    before = _level(warehouse, h.sku)
    _reserved(warehouse, _request(h))
    after = _level(warehouse, h.sku)
    same((before.level, before.seen), (5, ()), "the level and what it has seen before")
    same((after.level, after.seen), (3, (_reference(h),)), "the level and what it has seen afterwards")
    demand(after.sequence > before.sequence, f"sequence {after.sequence} comes after {before.sequence}")
    demand(after.as_of.tzinfo is not None and after.as_of >= before.as_of, "as_of is aware, and does not run backwards")


@contract_check
def warehouse_18_reservations_of_two_orders_stay_apart(h: WarehouseHarness) -> None:
    """References of two orders may end alike: told apart by their ends, the second order's units are nobody's."""
    warehouse = h.warehouse()
    other = f"{h.other_order}-w1"
    _reserved(warehouse, _request(h))
    _reserved(warehouse, attrs.evolve(_request(h, units=1), reference=other, order="333-5PR-MAP3"))
    whole = "the whole reference is the key: give the partner all of it"
    same((h.kept(_reference(h)), h.kept(other), h.free()), (2, 1, 2), f"units kept for two orders, and free ({whole})")
    warehouse.release(_reference(h), NO_UNITS)
    same((h.kept(_reference(h)), h.kept(other)), (0, 1), f"units kept once the first order let its own go ({whole})")


def _level(warehouse: Warehouse, sku: str) -> WarehouseLevel:
    found = [level for level in warehouse.levels() if level.sku == sku]
    demand(len(found) == 1, f"expected one level of {sku}, got {found!r}")
    return found[0]


WAREHOUSE_CHECKS: tuple[WarehouseCheck, ...] = numbered(globals(), "warehouse_")
"""What any warehouse must do, by number."""
