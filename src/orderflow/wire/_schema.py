"""JSON Schemas (draft 2020-12) of the published documents, made from the classes that are read and written."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from types import NoneType
from typing import Any, TypeAlias, get_args, get_origin, get_type_hints

import attrs

from ..errors import InvalidInputError
from ..money import Money
from ..pricing import KINDS, Percent, Promotion, VatRate
from ._baskets import BASKET_FORMAT, LEFT_OUT, Keys
from ._promotions import PROMOTION_FORMAT, PROMOTIONS_FORMAT, PromotionSet
from ._quotes import QUOTE_FORMAT, NotPriced, Priced, computed

Schema: TypeAlias = dict[str, Any]

_AMOUNT: Schema = {"type": "string", "pattern": r"^[0-9]{1,15}(\.[0-9]{1,4})?$"}
_PERCENT: Schema = {"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,10})?$"}
_NAMES: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
_RATE: Schema = {
    "type": "object",
    "properties": {"percent": _PERCENT, "code": {"type": "string", "default": "standard"}},
    "required": ["percent"],
    "additionalProperties": False,
}
_BY_CURRENCY: Schema = {"type": "object", "patternProperties": {"^[A-Z]{3}$": _AMOUNT}, "additionalProperties": False}
_EVERYWHERE: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    datetime: {"type": "string", "format": "date-time"},
    Percent: _PERCENT,
    tuple[tuple[str, str], ...]: _NAMES,
    tuple[int, int, int]: {"type": "array", "items": {"type": "integer"}, "minItems": 3, "maxItems": 3},
}
_IN_PROMOTIONS: Mapping[Any, Schema] = {
    **_EVERYWHERE,
    Money: {**_BY_CURRENCY, "minProperties": 1, "maxProperties": 1},
    tuple[Money, ...]: _BY_CURRENCY,
}
_IN_BASKETS: Mapping[Any, Schema] = {
    **_EVERYWHERE,
    Money: _AMOUNT,
    VatRate: {"anyOf": [_PERCENT, _RATE]},
}
_IN_QUOTES: Mapping[Any, Schema] = {
    **_EVERYWHERE,
    Money: {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]{1,4})?$"},
    VatRate: {**_RATE, "required": ["percent", "code"]},
}


def json_schema(document: str) -> dict[str, Any]:
    """
    The JSON Schema of one of the documents: ``promotion``, ``promotions``, ``basket``, ``quote``.

    What a reader accepts is valid by it. A reader checks more: that currencies exist, that ids are not given twice.

    >>> json_schema("basket")["required"]
    ['currency', 'lines']

    Raises:
        InvalidInputError: there is no document of that name.
    """
    make = _DOCUMENTS.get(document)
    if make is None:
        raise InvalidInputError("document", f"expected one of {', '.join(_DOCUMENTS)}")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **make()}


def _promotion() -> Schema:
    classes = _Classes(_IN_PROMOTIONS)
    return _document(PROMOTION_FORMAT, classes.object_of(Promotion), classes.found)


def _promotions() -> Schema:
    classes = _Classes(_IN_PROMOTIONS)
    return _document(PROMOTIONS_FORMAT, classes.object_of(PromotionSet), classes.found)


def _basket() -> Schema:
    promotions = _Classes(_IN_PROMOTIONS)
    classes = _Classes({**_IN_BASKETS, Promotion: promotions.of(Promotion)}, left_out=LEFT_OUT)
    keys = classes.object_of(Keys)
    return _document(BASKET_FORMAT, keys, {**promotions.found, **classes.found}, needed=False)


def _quote() -> Schema:
    classes = _Classes(_IN_QUOTES, complete=True)
    answers = [_with_format(QUOTE_FORMAT, classes.object_of(kind)) for kind in (Priced, NotPriced)]
    return {"title": QUOTE_FORMAT, "oneOf": answers, "$defs": dict(sorted(classes.found.items()))}


_DOCUMENTS: Mapping[str, Callable[[], Schema]] = {
    "promotion": _promotion,
    "promotions": _promotions,
    "basket": _basket,
    "quote": _quote,
}


def _document(name: str, keys: Schema, found: Mapping[str, Schema], *, needed: bool = True) -> Schema:
    return {"title": name, **_with_format(name, keys, needed=needed), "$defs": dict(sorted(found.items()))}


def _with_format(name: str, keys: Schema, *, needed: bool = True) -> Schema:
    return {
        **keys,
        "properties": {"format": {"const": name}, **keys["properties"]},
        "required": [*(["format"] if needed else []), *keys["required"]],
    }


class _Classes:
    """
    Schemas of classes by the types of their fields, those in ``plain`` as given; ``found`` are those referred to.

    ``left_out`` are defaults that a document knows beside those of the class; in a ``complete`` one all keys are there.
    """

    def __init__(
        self,
        plain: Mapping[Any, Schema],
        left_out: Mapping[type, Mapping[str, Any]] | None = None,
        *,
        complete: bool = False,
    ) -> None:
        self.found: dict[str, Schema] = {}
        self._plain = plain
        self._left_out = left_out or {}
        self._complete = complete

    def of(self, kind: Any) -> Schema:
        """The schema of a type."""
        if kind in self._plain:
            return dict(self._plain[kind])
        choices = get_args(kind)
        if get_origin(kind) is tuple:
            return {"type": "array", "items": self.of(choices[0])}
        if choices:
            return {"anyOf": [self.of(choice) for choice in choices]}
        if issubclass(kind, StrEnum):
            return {"enum": [str(member) for member in kind]}
        if kind.__name__ not in self.found:
            self.found[kind.__name__] = {}  # it may be in need of itself
            self.found[kind.__name__] = self.object_of(kind)
        return {"$ref": f"#/$defs/{kind.__name__}"}

    def object_of(self, kind: type[attrs.AttrsInstance]) -> Schema:
        """The schema of a class, as an object with its fields."""
        return {
            "description": _description(kind),
            "type": "object",
            "properties": dict(self._properties(kind)),
            "required": [*(["kind"] if kind in KINDS else []), *self._required(kind)],
            "additionalProperties": False,
        }

    def _properties(self, kind: type[attrs.AttrsInstance]) -> Iterator[tuple[str, Schema]]:
        types = get_type_hints(kind)
        if kind in KINDS:
            yield "kind", {"const": KINDS[kind]}
        for field in _fields(kind):
            default = self._left_out.get(kind, {}).get(field.name, field.default)
            yield field.name, self.of(types[field.name]) | ({} if self._complete else _default(default))
        for name in computed(kind):
            yield name, self.of(get_type_hints(getattr(kind, name).fget)["return"])

    def _required(self, kind: type[attrs.AttrsInstance]) -> Iterator[str]:
        left_out = self._left_out.get(kind, {})
        for field in _fields(kind):
            if self._complete or (field.default is attrs.NOTHING and field.name not in left_out):
                yield field.name
        yield from computed(kind)


def _fields(kind: type[attrs.AttrsInstance]) -> list[attrs.Attribute[Any]]:
    """Those that are written; others follow from these."""
    return [field for field in attrs.fields(kind) if field.init]


def _default(value: Any) -> Schema:
    """What is meant where nothing is said, if that is quickly said."""
    match value:
        case Percent():
            return {"default": value.text}
        case StrEnum():
            return {"default": str(value)}
        case bool() | int() | str() | dict():
            return {"default": value}
        case _:
            return {}


def _description(kind: type) -> str:
    text = inspect.cleandoc(kind.__doc__ or "").split("\n\nRaises:")[0]
    return " ".join(re.sub(r":\w+:`~?[\w.]*?(\w+)`", r"\1", text).replace("``", "'").split())
