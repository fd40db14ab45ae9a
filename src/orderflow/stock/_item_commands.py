"""What may be said of a stock item, apart from orders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

import attrs

from .._sequence import sequence
from ..actors import STAFF, Actor
from ..errors import InvalidInputError
from ..identifiers import MAIN, code
from ..lots import LotUnits, lot_units
from ..moments import moment
from ..quantities import MOST_UNITS, quantity
from ._locations import a_location

__all__ = (
    "AdjustStock", "CountStock", "ExpectStock", "ItemCommand", "ReceiveStock", "ReportLevel", "TransferStock",
)  # fmt: skip

_LAST_NUMBER = 2**63 - 1


def _code(_: object, field: attrs.Attribute[Any], value: object) -> None:
    code(value, field.name)


def _quantity(_: object, field: attrs.Attribute[Any], value: object) -> None:
    quantity(value, field.name)


def _count(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if value != 0 or type(value) is not int:
        quantity(value, field.name)


def _number(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not int or not 0 <= value <= _LAST_NUMBER:
        raise InvalidInputError(field.name, f"expected a whole number from 0 to {_LAST_NUMBER}")


def _names(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(code(value, "seen") for value in sequence(values, "seen"))


def _as_of(value: datetime) -> datetime:
    return moment(value, "as_of")


def _delta(_: object, field: attrs.Attribute[Any], value: object) -> None:
    if type(value) is not int or not 1 <= abs(value) <= MOST_UNITS:
        raise InvalidInputError(field.name, f"expected a whole number up to {MOST_UNITS} either way, and not zero")


def _due(value: datetime) -> datetime:
    return moment(value, "due")


def _counted_at(value: datetime) -> datetime:
    return moment(value, "counted_at")


@attrs.frozen(kw_only=True)
class ReceiveStock:
    """
    New units arrived; *reference* (a delivery note) makes a repetition harmless.

    Of a tracked item *lots* say of which lots they are; a text there is a serial number.
    """

    sku: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    quantity: int = attrs.field(validator=_quantity)
    reference: str = attrs.field(validator=_code)
    location: str = attrs.field(default=MAIN, validator=a_location)
    lots: tuple[LotUnits, ...] = attrs.field(default=(), converter=lot_units)


@attrs.frozen(kw_only=True)
class AdjustStock:
    """
    Correct the count by *delta*; without a *reference* every repetition counts.

    Of a tracked item *lots* say of which lots units come or go; those that go are otherwise those that expire first.
    """

    sku: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    delta: int = attrs.field(validator=_delta)
    reason: str = attrs.field(validator=_code)
    reference: str | None = attrs.field(default=None, validator=attrs.validators.optional(_code))
    location: str = attrs.field(default=MAIN, validator=a_location)
    lots: tuple[LotUnits, ...] = attrs.field(default=(), converter=lot_units)


@attrs.frozen(kw_only=True)
class CountStock:
    """
    Somebody counted: *counted* units lay in the location at *counted_at*, packed ones that were still there included.

    What came or left since then is not the count's affair: only the difference to what the books said at that moment
    is booked. *reference* (the count sheet) makes a repetition harmless. Of a tracked item *lots* say what was counted
    of each lot.
    """

    sku: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    counted: int = attrs.field(validator=_count)
    counted_at: datetime = attrs.field(converter=_counted_at)
    reference: str = attrs.field(validator=_code)
    location: str = attrs.field(default=MAIN, validator=a_location)
    lots: tuple[LotUnits, ...] = attrs.field(default=(), converter=lot_units)


@attrs.frozen(kw_only=True)
class TransferStock:
    """
    Units that nobody holds go from one location *to* another, in one commit.

    While they are on the road for longer, the other location is one of kind *aside*, and a second transfer takes them
    from there. Of a tracked item they are of these *lots*, or of those that expire first.
    """

    sku: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    quantity: int = attrs.field(validator=_quantity)
    reference: str = attrs.field(validator=_code)
    location: str = attrs.field(default=MAIN, validator=a_location)
    to: str = attrs.field(validator=a_location)
    lots: tuple[LotUnits, ...] = attrs.field(default=(), converter=lot_units)


@attrs.frozen(kw_only=True)
class ExpectStock:
    """
    Units are to arrive at *due*, under *reference* (a purchase order); said again, the newest word counts.

    ``ReceiveStock`` with that reference settles it, whatever arrived; none at all are expected with a quantity of 0.
    """

    sku: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    quantity: int = attrs.field(validator=_count)
    due: datetime = attrs.field(converter=_due)
    reference: str = attrs.field(validator=_code)
    location: str = attrs.field(default=MAIN, validator=a_location)


@attrs.frozen(kw_only=True)
class ReportLevel:
    """
    A warehouse says that it could give *level* more units at *as_of*, beside what it had set aside for reservations.

    *seen* names those reservations. What was sold here and is not among them is taken off, so that no sale is lost
    or counted twice. *sequence* is the report's number at the warehouse: an older one overwrites nothing.
    """

    sku: str = attrs.field(validator=_code)
    actor: Actor = STAFF
    level: int = attrs.field(validator=_count)
    sequence: int = attrs.field(validator=_number)
    as_of: datetime = attrs.field(converter=_as_of)
    seen: tuple[str, ...] = attrs.field(default=(), converter=_names)
    location: str = attrs.field(default=MAIN, validator=a_location)


ItemCommand: TypeAlias = ReceiveStock | AdjustStock | CountStock | TransferStock | ExpectStock | ReportLevel
