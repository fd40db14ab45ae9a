"""Converters that coerce nothing: a number is no text, True no number, an object has exactly the keys it should."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from types import GenericAlias, UnionType
from typing import Any, NoReturn, Union, get_args, get_origin

import attrs
from cattrs import ClassValidationError, Converter
from cattrs.fns import identity
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from ..errors import InvalidInputError
from ..moments import moment, parse_moment
from ..money import Money
from ..pricing import KINDS, Outcome, Outcomes, Percent, QuotedLine, QuotedLines, Share, VatRate
from ..quantities import Quantities
from ._json import Repeated

Hook = Callable[[Any, Any], Any]

LONGEST_KEY_SHOWN = 64


def refuse(expected: str, value: Any) -> NoReturn:
    """Say what was expected and what kind of thing came instead."""
    if isinstance(value, Repeated):
        raise InvalidInputError(value.key[:LONGEST_KEY_SHOWN], "is given twice")
    raise InvalidInputError("", f"expected {expected}, got {type(value).__name__}")


def text(value: Any, _: Any = str) -> str:
    """Text and nothing else."""
    if type(value) is not str:
        refuse("text", value)
    return value


def _int(value: Any, _: Any) -> int:
    if type(value) is not int:
        refuse("a whole number", value)
    return value


def _bool(value: Any, _: Any) -> bool:
    if type(value) is not bool:
        refuse("true or false", value)
    return value


def _enum(value: Any, kind: type[StrEnum]) -> StrEnum:
    try:
        return kind(text(value))
    except ValueError:
        raise InvalidInputError("", f"expected one of {', '.join(kind)}, got {value[:64]!r}") from None


def _moment(value: Any, _: Any) -> datetime:
    return parse_moment(value, "")


def _date(value: Any, _: Any) -> date:
    try:
        found = date.fromisoformat(text(value))
    except ValueError:
        found = None
    if found is None or found.isoformat() != value:
        raise InvalidInputError("", "expected an ISO 8601 date such as 2026-12-06")
    return found


def _parts(value: Any, kinds: list[type], expected: str) -> None:
    if type(value) is list and [*map(type, value)] == kinds:
        return
    if type(value) is not list or len(value) != len(kinds):
        refuse(expected, value)
    index = next(index for index, kind in enumerate(kinds) if type(value[index]) is not kind)
    raise InvalidInputError(f"[{index}]", f"expected {expected}, got {type(value[index]).__name__} here")


def _money(value: Any, _: Any) -> Money:
    _parts(value, [int, str], 'whole minor units and a currency such as [1999, "PLN"]')
    return Money(value[0], value[1])


def _share(value: Any, _: Any) -> Share:
    _parts(value, [int] * 6, "six whole numbers (gross, net, vat, discount, delivery, deposit)")
    return Share(*value)


_known_rate = lru_cache(maxsize=256)(VatRate)  # an order names the same few over and over


def _vat_rate(value: Any, _: Any) -> VatRate:
    _parts(value, [int, str], 'basis points and a code such as [2300, "standard"]')
    return _known_rate(value[0], value[1])


def _pair(value: Any, _: Any) -> tuple[str, str]:
    _parts(value, [str, str], "a list of two texts")
    return (value[0], value[1])


def _sides(value: Any, _: Any) -> tuple[int, ...]:
    _parts(value, [int, int, int], "three whole numbers of millimetres")
    return tuple(value)


def _percent(value: Any, _: Any) -> Percent:
    return Percent.parse(value, "")


def _named(value: Any, _: Any) -> tuple[str, int]:
    _parts(value, [str, int], "a list of a name and minor units")
    return (value[0], value[1])


def _quantities(value: Any, _: Any) -> Quantities:
    if type(value) is not dict:
        refuse('an object such as {"MUG": 2}', value)
    for key, count in value.items():
        if type(count) is not int or count < 1:
            raise InvalidInputError(key[:LONGEST_KEY_SHOWN], "expected a whole number of one or more")
    return Quantities(value)


_READ: Mapping[type, Hook] = {
    str: text,
    int: _int,
    bool: _bool,
    StrEnum: _enum,
    datetime: _moment,
    date: _date,
    Money: _money,
    Share: _share,
    VatRate: _vat_rate,
    Percent: _percent,
    Quantities: _quantities,
}


def _write_moment(value: datetime) -> str:
    return f"{(value if value.tzinfo is UTC else moment(value)).isoformat()[:-6]}Z"


_WRITE: Mapping[type, Callable[[Any], Any]] = {
    StrEnum: identity,
    datetime: _write_moment,
    date: date.isoformat,
    Money: lambda money: (money.minor, money.currency),
    Share: lambda share: (share.gross, share.net, share.vat, share.discount, share.delivery, share.deposit),
    VatRate: lambda rate: (rate.basis_points, rate.code),
    Percent: lambda percent: percent.text,
    Quantities: lambda quantities: dict(quantities.pairs),
}


def _is_sequence(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind)[1:] == (...,)


def _is_pair(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind) == (str, str)


def _is_named_amount(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind) == (str, int)


def _is_sides(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind) == (int, int, int)


def _is_union_of_kinds(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType) and all(choice in KINDS for choice in get_args(kind))


_DEFERRED: Mapping[Any, Any] = {QuotedLines: QuotedLine, Outcomes: Outcome}


def _is_deferred(kind: Any) -> bool:
    return kind in _DEFERRED


def _is_kind(kind: Any) -> bool:
    return kind in KINDS


def _is_optional(kind: Any) -> bool:
    return len(get_args(kind)) == 2 and type(None) in get_args(kind)


def _is_new_type(kind: Any) -> bool:
    return hasattr(kind, "__supertype__")


def _is_left_out(field: attrs.Attribute[Any]) -> bool:
    """Whether a field is stored only where it says something."""
    return bool(field.metadata.get("unless_default"))


def _has_left_out(kind: Any) -> bool:
    return attrs.has(kind) and any(_is_left_out(field) for field in attrs.fields(kind))


def strict_converter(
    *, detailed: bool, complete: bool = True, longest: Callable[[Any], int | None] = lambda _: None
) -> Converter:
    """
    A converter for everything that events and documents are made of.

    The *detailed* one is slower, and knows where in the value a problem is (see :func:`first_problem`). Unless
    *complete*, keys of fields with a default may be missing. ``longest`` bounds a sequence by the type of its items.
    """
    converter = Converter(detailed_validation=detailed)
    for kind, read in _READ.items():
        converter.register_structure_hook(kind, read)
    for kind, write in _WRITE.items():
        converter.register_unstructure_hook(kind, write)

    @converter.register_structure_hook_factory(_is_new_type)
    def _(kind: Any) -> Hook:
        return converter.get_structure_hook(kind.__supertype__)

    @converter.register_unstructure_hook_factory(_is_new_type)
    def _(kind: Any) -> Callable[[Any], Any]:
        return converter.get_unstructure_hook(kind.__supertype__)

    @converter.register_structure_hook_factory(_is_optional)
    def _(kind: Any) -> Hook:
        given = next(choice for choice in get_args(kind) if choice is not type(None))
        read = converter.get_structure_hook(given)
        return lambda value, _: None if value is None else read(value, given)

    @converter.register_unstructure_hook_factory(_is_optional)
    def _(kind: Any) -> Callable[[Any], Any]:
        write = converter.get_unstructure_hook(next(choice for choice in get_args(kind) if choice is not type(None)))
        return identity if write is identity else lambda value: None if value is None else write(value)

    @converter.register_structure_hook_factory(_is_sequence)
    def _(kind: Any) -> Hook:
        item = get_args(kind)[0]
        return _sequence(item, converter.get_structure_hook(item), longest(item), detailed=detailed)

    @converter.register_unstructure_hook_factory(_is_sequence)
    def _(kind: Any) -> Callable[[Any], Any]:
        write = converter.get_unstructure_hook(get_args(kind)[0])
        return identity if write is identity else lambda values: [write(value) for value in values]

    converter.register_structure_hook_func(_is_pair, _pair)
    converter.register_unstructure_hook_func(_is_pair, identity)

    converter.register_structure_hook_func(_is_named_amount, _named)
    converter.register_unstructure_hook_func(_is_named_amount, identity)

    converter.register_structure_hook_func(_is_sides, _sides)
    converter.register_unstructure_hook_func(_is_sides, identity)

    @converter.register_structure_hook_factory(_is_deferred)
    def _(kind: Any) -> Hook:
        items: Any = GenericAlias(tuple, (_DEFERRED[kind], ...))
        read = converter.get_structure_hook(items)
        return lambda value, _: kind(read(value, items))

    @converter.register_unstructure_hook_factory(_is_deferred)
    def _(kind: Any) -> Callable[[Any], Any]:
        write = converter.get_unstructure_hook(_DEFERRED[kind])
        return lambda items: [write(item) for item in items]

    @converter.register_structure_hook_factory(_is_union_of_kinds)
    def _(kind: Any) -> Hook:
        return _one_of({KINDS[choice]: choice for choice in get_args(kind)}, converter)

    @converter.register_unstructure_hook_factory(_is_kind)
    def _(kind: Any) -> Callable[[Any], Any]:
        write, name = make_dict_unstructure_fn(kind, converter), KINDS[kind]
        return lambda value: {"kind": name, **write(value)}

    @converter.register_unstructure_hook_factory(_has_left_out)
    def _(kind: Any) -> Callable[[Any], Any]:
        left_out = {field.name: override(omit_if_default=True) for field in attrs.fields(kind) if _is_left_out(field)}
        return make_dict_unstructure_fn(kind, converter, **left_out)  # type: ignore[arg-type]

    @converter.register_structure_hook_factory(attrs.has)
    def _(kind: Any) -> Hook:
        build = make_dict_structure_fn(kind, converter, _cattrs_detailed_validation=detailed)
        return _class(kind, build, complete=complete)

    return converter


def _sequence(item: Any, read: Hook, longest: int | None, *, detailed: bool) -> Hook:
    def check(value: Any) -> None:
        if type(value) is not list:
            refuse("a list", value)
        if longest is not None and len(value) > longest:
            raise InvalidInputError("", f"at most {longest} entries, got {len(value)}")

    def structure(value: Any, _: Any) -> tuple[Any, ...]:
        check(value)
        return tuple([read(one, item) for one in value])

    def structure_detailed(value: Any, _: Any) -> tuple[Any, ...]:
        check(value)
        found = []
        for index, one in enumerate(value):
            try:
                found.append(read(one, item))
            except Exception as error:  # noqa: BLE001 whatever it is, the input is at fault
                raise first_problem(error).under(f"[{index}]") from None
        return tuple(found)

    return structure_detailed if detailed else structure


def _one_of(choices: Mapping[str, type], converter: Converter) -> Hook:
    """Reads what says itself which of several kinds it is; the reader of that kind is made when it first comes."""

    def structure(value: Any, _: Any) -> Any:
        if type(value) is not dict:
            refuse("an object", value)
        name = value.get("kind")
        if type(name) is not str or name not in choices:
            shown = f", got {name[:LONGEST_KEY_SHOWN]!r}" if type(name) is str else ""
            raise InvalidInputError("kind", f"expected one of {', '.join(sorted(choices))}{shown}")
        rest = {key: part for key, part in value.items() if key != "kind"}
        return converter.structure(rest, choices[name])

    return structure


def _class(kind: type[attrs.AttrsInstance], build: Hook, *, complete: bool) -> Hook:
    fields = [field for field in attrs.fields(kind) if field.init]  # others follow from these
    allowed = frozenset(field.name for field in fields)
    required = frozenset(
        field.name for field in fields if field.default is attrs.NOTHING or (complete and not _is_left_out(field))
    )

    def structure(value: Any, _: Any) -> Any:
        if type(value) is not dict:
            refuse("an object", value)
        keys = value.keys()
        if keys != allowed and not required <= keys <= allowed:
            for name in (field.name for field in fields if field.name in required):
                if name not in keys:
                    raise InvalidInputError(name, "is missing")
            raise InvalidInputError(min(map(str, keys - allowed))[:LONGEST_KEY_SHOWN], "is not a known key here")
        return build(value, kind)

    return structure


def first_problem(error: Exception) -> InvalidInputError:
    """What a detailed converter raised, as one error with the whole path."""
    if isinstance(error, InvalidInputError):
        return error
    if isinstance(error, ClassValidationError):
        noted, others = error.group_exceptions()
        if noted:
            inner, note = noted[0]
            return first_problem(inner).under(note.name)
        return first_problem(others[0])
    return InvalidInputError("", f"cannot be read: {error}")


def reader(kind: type, converter: Callable[[bool], Converter]) -> Callable[[Any], Any]:
    """
    Reads a plain value as *kind*, and where that fails once more with the detailed converter, to say exactly where.

    The reader raises InvalidInputError only.
    """
    fast = converter(False).get_structure_hook(kind)

    def read(value: Any) -> Any:
        try:
            return fast(value, kind)
        except Exception:  # noqa: BLE001, S110 the detailed converter tells what it was
            pass
        try:
            return converter(True).structure(value, kind)
        except Exception as error:  # noqa: BLE001 whatever it is, the input is at fault
            raise first_problem(error) from None

    return read
