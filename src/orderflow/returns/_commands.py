"""
What can be asked of returns. ``order`` finds the order and plays no part in the rules.

What arrived, was inspected or is to be credited is said as the total so far for that return, so that saying it twice
changes nothing. Units that came back with a parcel of the order (see :class:`SettleParcel`) are part of that total.
"""

from __future__ import annotations

from datetime import datetime

import attrs

from ..actors import STAFF, Actor
from ..dispositions import Disposition, off_the_books, on_a_shelf
from ..identifiers import MAIN
from ..lots import NamedLots, named_lots
from ..quantities import Quantities
from ._checks import a_code, a_location, a_number, moment_or_none, some_units, units, units_or_all

__all__ = (
    "CloseReturn",
    "Command",
    "DeclareWithdrawal",
    "GrantRefund",
    "InspectReturn",
    "ReceiveReturn",
    "SettleParcel",
)


@attrs.frozen(kw_only=True)
class DeclareWithdrawal:
    """
    The customer withdraws from these units.

    ``declared_at`` is when the statement was sent (CRD art. 11; UPK art. 30: sending in time is enough), where that
    was before it was received, which is now. Whoever gives the command vouches for it.
    """

    order: str = attrs.field(validator=a_code)
    actor: Actor = STAFF
    quantities: Quantities = attrs.field(validator=some_units)
    declared_at: datetime | None = attrs.field(default=None, converter=moment_or_none)


@attrs.frozen(kw_only=True)
class ReceiveReturn:
    """These units of the return have arrived so far, altogether."""

    order: str = attrs.field(validator=a_code)
    actor: Actor = STAFF
    return_: int = attrs.field(validator=a_number)
    quantities: Quantities = attrs.field(validator=some_units)


@attrs.frozen(kw_only=True)
class InspectReturn:
    """
    What has become of the units that arrived, so far and altogether; those restocked or written off are credited.

    ``opened`` units lost the right because the customer broke a seal the law protects; they are not credited and go
    back to the customer. Handling that cost value is a claim of its own, never a smaller refund (CRD art. 14(2)).
    What is newly restocked is put on the shelf in ``location``: where it is sold again, or, ``restock_as`` something
    else, in one for goods in repair, of second choice, or on their way to the supplier. ``write_off_as`` says what
    becomes of what is newly written off. ``lots`` and ``write_off_lots`` say by line of which lots, or serial numbers,
    these new units are, where the order was sent several.
    """

    order: str = attrs.field(validator=a_code)
    actor: Actor = STAFF
    return_: int = attrs.field(validator=a_number)
    restock: Quantities = attrs.field(default=Quantities(), validator=units)
    write_off: Quantities = attrs.field(default=Quantities(), validator=units)
    opened: Quantities = attrs.field(default=Quantities(), validator=units)
    location: str = attrs.field(default=MAIN, validator=a_location)
    restock_as: Disposition = attrs.field(default=Disposition.RESELL, validator=on_a_shelf)
    write_off_as: Disposition = attrs.field(default=Disposition.SCRAP, validator=off_the_books)
    lots: NamedLots = attrs.field(default=(), converter=named_lots)
    write_off_lots: NamedLots = attrs.field(default=(), converter=named_lots)


@attrs.frozen(kw_only=True)
class GrantRefund:
    """
    Credit units before they are inspected: all declared ones, or these altogether.

    The duty to refund hangs on the goods or on proof that they were sent (CRD art. 13(3)), not on an inspection.
    """

    order: str = attrs.field(validator=a_code)
    actor: Actor = STAFF
    return_: int = attrs.field(validator=a_number)
    quantities: Quantities | None = attrs.field(default=None, validator=units_or_all)


@attrs.frozen(kw_only=True)
class CloseReturn:
    """Nothing more is expected; a return of which nothing came or was credited lapses, and its units are free again."""

    order: str = attrs.field(validator=a_code)
    actor: Actor = STAFF
    return_: int = attrs.field(validator=a_number)
    reason: str = attrs.field(validator=a_code)


@attrs.frozen(kw_only=True)
class SettleParcel:
    """
    A parcel that was on its way when the return was declared has come to an end.

    Where it came back or was lost, its units are the return's as far as they were withdrawn, and are credited by it.
    """

    order: str = attrs.field(validator=a_code)
    actor: Actor = STAFF
    return_: int = attrs.field(validator=a_number)
    parcel: int = attrs.field(validator=a_number)


Command = DeclareWithdrawal | ReceiveReturn | InspectReturn | GrantRefund | CloseReturn | SettleParcel
