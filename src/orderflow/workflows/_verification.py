"""
Verification: one verdict per check, each with its reasons and what would release it.

A check that fails holds the order; one that waits (for money, for a host's verdict) does not.
"""

from __future__ import annotations

from datetime import datetime

from .. import people, shipping, stock
from ..orders import TOTALS_ACCEPTED, DestinationKind, Standing, Verdict
from ..payments import TenderKind
from ..people import Person
from ..quantities import NO_UNITS, Quantities
from ..stock import ReservationStage
from ._balance import authorised, due, is_cash_on_delivery, taken_off
from ._file import OrderFile
from ._policy import Policy

__all__ = ("demand", "verdicts")


def verdicts(file: OrderFile, person: Person | None, policy: Policy, at: datetime) -> tuple[Verdict, ...]:
    """How every check stands, built-in ones first, then the host's in the order they were registered."""
    return (
        _contact(file, person),
        _address(file, person),
        _payment(file),
        _totals(file),
        _stock(file, at),
        *_host_checks(file, policy),
    )


def demand(file: OrderFile, units: Quantities | None = None) -> Quantities:
    """Units by SKU that the order (or *units* of its lines) needs from stock; repeated lines are summed."""
    if units is None:
        return demand(file, file.order.remaining - taken_off(file)) - _never_here(file)
    counts = dict(units)
    return Quantities((line.sku, counts.get(line.line, 0)) for line in file.order.lines if line.tracked)


def _never_here(file: OrderFile) -> Quantities:
    """Units by SKU that were delivered elsewhere, and not out of this stock."""
    parcels = [parcel.quantities for parcel in file.shipping.parcels if parcel.external is not None]
    if not parcels:
        return NO_UNITS
    elsewhere = sum(parcels, start=NO_UNITS)
    from_here = demand(file, shipping.handed_over(file.shipping) - elsewhere)
    return demand(file, elsewhere) - (file.stock.consumed - from_here)


def _verdict(check: str, problems: tuple[str, ...], released_by: str) -> Verdict:
    if problems:
        return Verdict(check=check, standing=Standing.FAILED, reasons=problems, released_by=released_by)
    return Verdict(check=check, standing=Standing.PASSED)


def _contact(file: OrderFile, person: Person | None) -> Verdict:
    if person is None:
        return _verdict("contact", ("erased",), "AmendContact")
    country = file.order.destination.country
    problems = [*people.check_contact(person.contact, country)]
    if file.order.invoice_requested and person.tax_number is not None:
        billing = person.billing.country if person.billing else country
        problems += people.check_tax_number(person.tax_number, billing)
    return _verdict("contact", tuple(f"{problem.path}:{problem.code}" for problem in problems), "AmendContact")


def _address(file: OrderFile, person: Person | None) -> Verdict:
    # The address of an order that goes to a point by now can no longer be corrected, and needs not be.
    is_sent_there = file.order.destination.kind is DestinationKind.ADDRESS
    addresses = () if person is None else (person.delivery if is_sent_there else None, person.billing)
    problems = [problem for address in addresses if address is not None for problem in people.check_address(address)]
    return _verdict("address", tuple(f"{problem.path}:{problem.code}" for problem in problems), "AmendAddress")


def waits_for_money(file: OrderFile) -> bool:
    """Whether something is due that is neither set aside nor to be paid at the door."""
    open_amount = due(file)
    return bool(open_amount) and not is_cash_on_delivery(file) and authorised(file) < open_amount


def _payment(file: OrderFile) -> Verdict:
    if not waits_for_money(file):
        return Verdict(check="payment", standing=Standing.PASSED)
    attempts = file.payments.attempts
    by_transfer = bool(attempts) and attempts[-1].kind is TenderKind.TRANSFER
    return Verdict(
        check="payment",
        standing=Standing.WAITING,
        reasons=("unpaid",),
        released_by="transfer_received" if by_transfer else "RetryPayment",
    )


def _totals(file: OrderFile) -> Verdict:
    order = file.order
    seen = order.seen_total
    if seen is None or seen == order.quote.total or order.adopted:
        return Verdict(check="totals", standing=Standing.PASSED)
    if TOTALS_ACCEPTED in order.tags:
        return Verdict(check="totals", standing=Standing.PASSED)
    return _verdict("totals", (f"seen {seen}, priced {order.quote.total}",), "TagOrder totals_accepted")


def _stock(file: OrderFile, at: datetime) -> Verdict:
    missing = stock.missing(file.stock, demand(file), at)
    asked = [one.location for one in file.stock.reservations if one.stage is ReservationStage.ASKED and one.kept]
    if asked and not missing:
        reasons = tuple(f"asked:{location}" for location in sorted(set(asked)))
        return Verdict(check="stock", standing=Standing.WAITING, reasons=reasons, released_by="warehouse")
    return _verdict("stock", tuple(f"missing:{sku}" for sku, _ in missing), "ReceiveStock, then VerifyOrder")


def _host_checks(file: OrderFile, policy: Policy) -> tuple[Verdict, ...]:
    given = {verdict.check: verdict for verdict in file.order.verdicts}
    return tuple(
        given.get(check.name)
        or Verdict(check=check.name, standing=Standing.WAITING, reasons=("no_verdict",), released_by=check.released_by)
        for check in policy.checks
    )
