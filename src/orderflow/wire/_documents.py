"""The published JSON document for an order that comes from outside: a web shop's checkout, a marketplace, a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import attrs
from cattrs import Converter

from ..errors import InvalidInputError
from ..identifiers import code
from ..money import Money, minor_units
from ..orders import DestinationKind, Line, PlaceOrder, Target, ToAddress, ToDownload, ToPoint, ToShop
from ..pricing import MOST_LINES, VatRate
from ._json import decode, encode
from ._strict import LONGEST_KEY_SHOWN, Hook, reader, refuse, strict_converter, text

ORDER_FORMAT = "order/1"
LARGEST_DOCUMENT = 1 << 20
"""In characters, or bytes where bytes are given."""

_MOST_ENTRIES = 100
_TARGETS: Mapping[str, type[Any]] = {
    DestinationKind.ADDRESS: ToAddress,
    DestinationKind.POINT: ToPoint,
    DestinationKind.SHOP: ToShop,
    DestinationKind.DOWNLOAD: ToDownload,
}
_KINDS = {target: str(kind) for kind, target in _TARGETS.items()}


@attrs.frozen
class _Vat:
    percent: str
    code: str = "standard"


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
    value = dict(document) if isinstance(document, Mapping) else _parse(document)
    if not all(isinstance(key, str) for key in value):
        raise InvalidInputError("document", "expected texts as keys")
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
    for path, amount in (amounts | {"seen_total": command.seen_total}).items():
        if amount is not None and amount.currency != command.currency:
            raise InvalidInputError(path, f"expected {command.currency} like the order, got {amount.currency}")
    for path in ("numbers", "extras"):
        if len(dict(getattr(command, path))) < len(getattr(command, path)):
            raise InvalidInputError(path, "a name is given twice")
    return encode({"format": ORDER_FORMAT, **_converter(command.currency, False).unstructure(command)})


def _parse(document: str | bytes) -> dict[str, Any]:
    if not isinstance(document, str | bytes):
        raise InvalidInputError("document", f"expected JSON text or an object, got {type(document).__name__}")
    if len(document) > LARGEST_DOCUMENT:
        raise InvalidInputError("document", f"at most {LARGEST_DOCUMENT} characters, got {len(document)}")
    try:
        value = decode(document if isinstance(document, str) else document.decode(), "document")
    except UnicodeDecodeError:
        raise InvalidInputError("document", "is not UTF-8") from None
    if type(value) is not dict:
        try:
            refuse("an object", value)
        except InvalidInputError as error:
            raise error.under("document") from None
    return value


def _longest(item: Any) -> int:
    return MOST_LINES if item is Line else _MOST_ENTRIES


def _text(value: Any, _: Any) -> str:
    try:
        text(value).encode()
    except UnicodeEncodeError:
        raise InvalidInputError("", "contains half of a surrogate pair") from None
    return cast(str, value)


def _names(value: Any, _: Any) -> tuple[tuple[str, str], ...]:
    if type(value) is not dict:
        refuse("an object of texts", value)
    if len(value) > _MOST_ENTRIES:
        raise InvalidInputError("", f"at most {_MOST_ENTRIES} entries, got {len(value)}")
    for name, given in value.items():
        try:
            _text(given, str)
        except InvalidInputError as error:
            raise error.under(str(name)[:LONGEST_KEY_SHOWN]) from None
    return tuple(value.items())


@cache  # currencies are some 160, and checked before this is asked
def _converter(currency: str, detailed: bool) -> Converter:
    converter = strict_converter(detailed=detailed, complete=False, longest=_longest)
    names = tuple[tuple[str, str], ...]
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(Money, lambda value, _: Money.parse(value, currency, ""))
    converter.register_unstructure_hook(Money, lambda money: money.text)
    converter.register_structure_hook_func(lambda kind: kind == names, _names)
    converter.register_unstructure_hook_func(lambda kind: kind == names, dict)
    converter.register_structure_hook(VatRate, _vat_reader(converter))
    converter.register_unstructure_hook(VatRate, lambda rate: {"percent": rate.percent, "code": rate.code})
    converter.register_structure_hook(Target, _target_reader(converter))
    converter.register_unstructure_hook(
        Target, lambda target: {"kind": _KINDS[type(target)], **converter.unstructure(target)}
    )
    return converter


@cache
def _reader(currency: str) -> Any:
    return reader(PlaceOrder, lambda detailed: _converter(currency, detailed))


def _vat_reader(converter: Converter) -> Hook:
    def read(value: Any, _: Any) -> VatRate:
        vat = converter.structure(value, _Vat)
        code(vat.code, "code")
        try:
            return VatRate.parse(vat.percent, vat.code)
        except InvalidInputError as error:
            raise InvalidInputError("percent", error.problem) from None

    return read


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
