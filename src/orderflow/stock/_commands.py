"""What may be asked of the stock on behalf of an order, and the facts that answering takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

import attrs

from ..actors import STAFF, Actor
from ..counters import Shortage
from ..dispositions import Disposition, off_the_books, on_a_shelf
from ..errors import InvalidInputError
from ..identifiers import MAIN, code
from ..lots import LotUnits, NamedLots, named_lots
from ..moments import moment
from ..quantities import NO_UNITS, Quantities, quantities, quantity
from ._locations import a_location
from ._promising import Offer, SalesRule
from ._sourcing import Sourcing, Supply

__all__ = (
    "Command", "CommitStock", "ConsumeStock", "Facts", "GiveBackQuota", "HoldStock", "LapseHold", "RecordReservation",
    "ReleaseStock", "RestockUnits", "TakeQuota", "WriteOffUnits",
)  # fmt: skip


def _until(value: datetime | None) -> datetime | None:
    return None if value is None else moment(value, "until")


def _at(value: datetime) -> datetime:
    return moment(value)


def _units(_: object, field: attrs.Attribute[Any], value: object) -> None:
    for sku, count in quantities(value, field.name):
        code(sku, field.name)
        quantity(count, f"{field.name}.{sku}")


def _code(_: object, field: attrs.Attribute[Any], value: object) -> None:
    code(value, field.name)


def _a_number(_: object, field: attrs.Attribute[Any], value: object) -> None:
    quantity(value, field.name)


def _yes_or_no(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not bool:
        raise InvalidInputError(field.name, f"expected True or False, got {type(value).__name__}")


def _word(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if value != "":
        code(value, field.name)


def _codes(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, tuple):
        raise InvalidInputError(field.name, f"expected a tuple of SKUs, got {type(value).__name__}")
    for index, sku in enumerate(value):
        code(sku, f"{field.name}[{index}]")


def _number(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if value is not None:
        quantity(value, field.name)


@attrs.frozen(kw_only=True)
class HoldStock:
    """
    Keep the demand for this order until *until* (None: without end).

    *demand* is all the order needs, in total: what is held, committed or consumed already counts towards it, so only
    the rest is held. A later *until* prolongs the whole hold, an earlier one never shortens it. SKUs in *backorder*
    may be promised beyond what there is. A *partial* hold takes what there is, and the order stays short of the rest.
    """

    order: str
    actor: Actor = STAFF
    demand: Quantities = attrs.field(validator=_units)
    until: datetime | None = attrs.field(default=None, converter=_until)
    backorder: tuple[str, ...] = attrs.field(default=(), validator=_codes)
    partial: bool = attrs.field(default=False, validator=_yes_or_no)


@attrs.frozen(kw_only=True)
class CommitStock:
    """Make everything held permanent."""

    order: str
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class ConsumeStock:
    """
    Committed units leave the building, in *parcel* where one is named: a parcel leaves once.

    They leave from *location*; without one, from wherever the order has them, the main location first. Of a tracked
    SKU they are of the *lots* named, by SKU; where none is, of those that are good and expire first.
    """

    order: str
    actor: Actor = STAFF
    quantities: Quantities = attrs.field(validator=_units)
    parcel: int | None = attrs.field(default=None, validator=_number)
    location: str | None = attrs.field(default=None, validator=attrs.validators.optional(a_location))
    lots: NamedLots = attrs.field(default=(), converter=named_lots)


@attrs.frozen(kw_only=True)
class ReleaseStock:
    """
    Give units back to everybody: all of them, or of *quantities* what is still held or committed.

    Each command with quantities counts: giving it twice releases twice as many.
    """

    order: str
    actor: Actor = STAFF
    quantities: Quantities | None = attrs.field(default=None, validator=attrs.validators.optional(_units))
    cause: str = attrs.field(default="cancelled", validator=_code)


@attrs.frozen(kw_only=True)
class LapseHold:
    """End the hold whose time is over; before its end nothing happens."""

    order: str
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class RestockUnits:
    """
    Units that left are back and can be sold again.

    They come from a return or an undelivered parcel. A parcel is restocked once; of a return, which may come in
    portions, these are the units so far. Without either, every command counts. They are put on the shelf in *location*:
    to be sold again, or by another *disposition* than that, which is no place to sell from. B-grade units are sold
    there as another SKU, where the shop names one. *lots*, by SKU, say of which lots the new ones are, where it was
    sent of several.
    """

    order: str
    actor: Actor = STAFF
    quantities: Quantities = attrs.field(validator=_units)
    return_: int | None = attrs.field(default=None, validator=_number)
    parcel: int | None = attrs.field(default=None, validator=_number)
    location: str = attrs.field(default=MAIN, validator=a_location)
    disposition: Disposition = attrs.field(default=Disposition.RESELL, validator=on_a_shelf)
    lots: NamedLots = attrs.field(default=(), converter=named_lots)


@attrs.frozen(kw_only=True)
class WriteOffUnits:
    """
    Units that cannot be sold any more.

    From a return (these so far) or an undelivered parcel: they are back, and stay off the shelf. Without either:
    committed units that are missing or broken in the building, in *location* where one is named, which then need
    replacing. The *disposition* says what becomes of them, though they are on no shelf. *lots*, by SKU, say of which
    lots the new ones are.
    """

    order: str
    actor: Actor = STAFF
    quantities: Quantities = attrs.field(validator=_units)
    return_: int | None = attrs.field(default=None, validator=_number)
    parcel: int | None = attrs.field(default=None, validator=_number)
    location: str | None = attrs.field(default=None, validator=attrs.validators.optional(a_location))
    disposition: Disposition = attrs.field(default=Disposition.SCRAP, validator=off_the_books)
    lots: NamedLots = attrs.field(default=(), converter=named_lots)


@attrs.frozen(kw_only=True)
class RecordReservation:
    """
    What a warehouse answered to reservation *number*: made, or refused.

    Where it was refused, *missing* units are not there; none named means that none of them is.
    """

    order: str
    actor: Actor = STAFF
    number: int = attrs.field(validator=_a_number)
    made: bool = attrs.field(validator=_yes_or_no)
    missing: Quantities = attrs.field(default=NO_UNITS, validator=_units)
    code: str = attrs.field(default="", validator=_word)


@attrs.frozen(kw_only=True)
class TakeQuota:
    """Count what the order has of limited goods towards what its customer may have."""

    order: str
    actor: Actor = STAFF


@attrs.frozen(kw_only=True)
class GiveBackQuota:
    """Let the customer have others instead of the units that were cancelled."""

    order: str
    actor: Actor = STAFF


Command: TypeAlias = (
    HoldStock
    | CommitStock
    | ConsumeStock
    | ReleaseStock
    | LapseHold
    | RestockUnits
    | WriteOffUnits
    | RecordReservation
    | TakeQuota
    | GiveBackQuota
)


@attrs.frozen(kw_only=True)
class Facts:
    """
    When it is, and which :func:`~orderflow.stock.moves` of a first attempt the counters had no room for.

    Where there are several locations, ``sourcing`` chooses between those of ``supplies``, for a parcel that goes to
    ``country`` and ``postal_code``. ``later`` says where a backorder of a SKU can wait, the soonest first; one that is
    not named there waits at the first of ``supplies``. ``packed`` are units by location that lie in parcels already:
    what is let go is taken from others first. ``locations`` are all there are, ``selling`` those of them that are
    sold from, and ``warehouses`` those that lie in somebody else's house. ``b_grades`` are the SKUs as which B-grade
    units are sold. ``lots`` are those of tracked items, by the items' names, and ``zone`` is where their days are
    counted. ``rules`` say how SKUs are sold. ``ordered`` are all units by
    SKU that the order is still about, ``buyer`` is whose they are (empty: a guest's), and ``bought`` what he has bought
    before of limited goods.
    """

    at: datetime = attrs.field(converter=_at)
    shortages: tuple[Shortage, ...] = ()
    sourcing: Sourcing | None = None
    supplies: tuple[Supply, ...] = ()
    later: Mapping[str, tuple[Offer, ...]] = attrs.field(factory=dict)
    rules: Mapping[str, SalesRule] = attrs.field(factory=dict)
    ordered: Quantities = NO_UNITS
    buyer: str = ""
    bought: Mapping[str, int] = attrs.field(factory=dict)
    country: str = ""
    postal_code: str = ""
    packed: tuple[tuple[str, Quantities], ...] = ()
    locations: tuple[str, ...] = (MAIN,)
    selling: tuple[str, ...] = (MAIN,)
    b_grades: Mapping[str, str] = attrs.field(factory=dict)
    warehouses: tuple[str, ...] = ()
    lots: Mapping[str, tuple[LotUnits, ...]] = attrs.field(factory=dict)
    zone: str = "UTC"
