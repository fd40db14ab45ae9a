"""The published JSON document for an order that comes from outside: a web shop's checkout, a marketplace, a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from cattrs import Converter

from ..errors import InvalidInputError
from ..money import Money, minor_units
from ..orders import DestinationKind, Line, PlaceOrder, Target, ToAddress, ToDownload, ToPoint, ToShop
from ..pricing import MOST_LINES, VatRate
from ._json import encode
from ._reading import MOST_ENTRIES, names, object_of, rate_reader, whole_text, write_rate
from ._strict import Hook, reader, refuse, strict_converter

ORDER_FORMAT = "order/1"
_TARGETS: Mapping[str, type[Any]] = {
    DestinationKind.ADDRESS: ToAddress,
    DestinationKind.POINT: ToPoint,
    DestinationKind.SHOP: ToShop,
    DestinationKind.DOWNLOAD: ToDownload,
}
_KINDS = {target: str(kind) for kind, target in _TARGETS.items()}


def load_order(document: Mapping[str, Any] | str | bytes) -> PlaceOrder:
    """
    Read an order from JSON, or from what a JSON parser made of it.

    The keys are the fields of :class:`~orderflow.orders.PlaceOrder` and of what it is made of, and ``format``, which
    is ``"order/1"``. Fields with a default may be left out; a key that is not known is refused, and so is one that is
    given twice. Written differently from events are:

    - amounts: decimal text in the document's ``currency``, ``"29.35"``;
    - ``vat``: ``{"percent": "23", "code": "standard"}``, where the code may be left out;
    - ``target``: an object with a ``kind`` (``address``, ``point``, ``shop``, ``download``) beside the fields;
    - ``numbers`` and ``extras``: objects, ``{"allegro": "1234"}``.

    >>> order = load_order('''{
    ...     "format": "order/1", "currency": "PLN", "delivery_method": "locker", "payment_method": "blik",
    ...     "lines": [{"line": "1", "sku": "MUG", "name": "Mug", "quantity": 2, "unit_price": "19.99",
    ...                "vat": {"percent": "23"}}],
    ...     "contact": {"name": "Jan Kowalski", "email": "jan@example.com"},
    ...     "target": {"kind": "point", "point": "WAW01A", "country": "PL"}
    ... }''')
    >>> order.lines[0].unit_price
    Money('19.99', 'PLN')

    Raises:
        InvalidInputError: anything malformed, larger than :data:`LARGEST_DOCUMENT`, or of more than 1000 lines;
            ``path`` leads to the place (``lines[1].quantity``), and is ``document`` for the document as a whole.
    """
    value = object_of(document)
    if value.pop("format", None) != ORDER_FORMAT:
        raise InvalidInputError("format", f"expected {ORDER_FORMAT!r}")
    if "currency" not in value:
        raise InvalidInputError("currency", "is missing")
    minor_units(value["currency"])
    return cast(PlaceOrder, _reader(value["currency"])(value))


def dump_order(command: PlaceOrder) -> str:
    """
    Write the document from which :func:`load_order` reads the same command; every field is in it.

    Raises:
        InvalidInputError: an amount in another currency, or one name given twice, which a document cannot say.
    """
    amounts = {f"lines[{index}].unit_price": line.unit_price for index, line in enumerate(command.lines)}
    amounts |= {f"lines[{index}].floor": line.floor for index, line in enumerate(command.lines) if line.floor}
    amounts |= {f"lines[{index}].deposit": line.deposit for index, line in enumerate(command.lines) if line.deposit}
    for path, amount in (amounts | {"seen_total": command.seen_total}).items():
        if amount is not None and amount.currency != command.currency:
            raise InvalidInputError(path, f"expected {command.currency} like the order, got {amount.currency}")
    for path in ("numbers", "extras"):
        if len(dict(getattr(command, path))) < len(getattr(command, path)):
            raise InvalidInputError(path, "a name is given twice")
    return encode({"format": ORDER_FORMAT, **_converter(command.currency, False).unstructure(command)})


def _longest(item: Any) -> int:
    return MOST_LINES if item is Line else MOST_ENTRIES


@cache  # currencies are some 160, and checked before this is asked
def _converter(currency: str, detailed: bool) -> Converter:
    converter = strict_converter(detailed=detailed, complete=False, longest=_longest)
    pairs = tuple[tuple[str, str], ...]
    converter.register_structure_hook(str, whole_text)
    converter.register_structure_hook(Money, lambda value, _: Money.parse(value, currency, ""))
    converter.register_unstructure_hook(Money, lambda money: money.text)
    converter.register_structure_hook_func(lambda kind: kind == pairs, names)
    converter.register_unstructure_hook_func(lambda kind: kind == pairs, dict)
    converter.register_structure_hook(VatRate, rate_reader(converter))
    converter.register_unstructure_hook(VatRate, write_rate)
    converter.register_structure_hook(Target, _target_reader(converter))
    converter.register_unstructure_hook(
        Target, lambda target: {"kind": _KINDS[type(target)], **converter.unstructure(target)}
    )
    return converter


@cache
def _reader(currency: str) -> Any:
    return reader(PlaceOrder, lambda detailed: _converter(currency, detailed))


def _target_reader(converter: Converter) -> Hook:
    def read(value: Any, _: Any) -> Any:
        if type(value) is not dict:
            refuse("an object", value)
        given = value.get("kind")
        target = _TARGETS.get(given) if type(given) is str else None
        if target is None:
            raise InvalidInputError("kind", f"expected one of {', '.join(_TARGETS)}")
        return converter.structure({key: part for key, part in value.items() if key != "kind"}, target)

    return read
