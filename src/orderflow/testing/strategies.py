"""
Hypothesis strategies for every public value and for the events of every concept.

Values are well-formed by themselves; an event that is built by :func:`events` is too, but its parts need not agree
with each other or with a history: histories come from giving commands.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from types import NoneType
from typing import Any, Protocol, TypeVar, get_args, get_origin

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from .. import orders
from ..actors import Actor
from ..lots import LotUnits
from ..loyalty import Programme
from ..moments import from_microseconds, microseconds
from ..money import MINOR_UNITS, Money
from ..people import Address, Contact, Person
from ..pricing import Basket, NoAlternative, Outcome, Outcomes, Promotion, Promotions, QuotedLine, QuotedLines, VatRate
from ..quantities import MOST_UNITS, Quantities

__all__ = (
    "actors", "addresses", "baskets", "codes", "contacts", "countries", "currencies", "events", "lines", "moments",
    "money", "people", "place_orders", "promotion_sets", "promotions", "quantities", "targets", "texts", "values",
    "vat_rates",
)  # fmt: skip

Value = TypeVar("Value")
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)


class Concept(Protocol):
    """A concept's package, such as ``orderflow.payments``."""

    WIRE_NAMES: Any


def codes() -> SearchStrategy[str]:
    """Hosts' codes: printable ASCII without spaces."""
    return st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)


def texts(longest: int = 40) -> SearchStrategy[str]:
    """A line of human text in any script."""
    return st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), min_size=1, max_size=longest)


def countries() -> SearchStrategy[str]:
    """A few countries with different rules."""
    return st.sampled_from(("PL", "DE", "FR", "CZ", "GB", "US", "HK"))


def currencies() -> SearchStrategy[str]:
    """Currencies of all numbers of decimal places first, then any."""
    return st.sampled_from(("PLN", "EUR", "JPY", "KWD")) | st.sampled_from(sorted(MINOR_UNITS))


def money(currency: str | None = None, *, least: int = -(10**12), most: int = 10**12) -> SearchStrategy[Money]:
    """Amounts from *least* to *most* minor units, in *currency* or in any."""
    return st.builds(Money, st.integers(least, most), currencies() if currency is None else st.just(currency))


def quantities(keys: SearchStrategy[str] | None = None) -> SearchStrategy[Quantities]:
    """Units of up to four keys."""
    return st.dictionaries(keys or codes(), st.integers(1, MOST_UNITS), max_size=4).map(Quantities)


def moments() -> SearchStrategy[datetime]:
    """Moments of this century, in UTC, to the microsecond."""
    return st.integers(microseconds(_FIRST), microseconds(_LAST)).map(from_microseconds)


def vat_rates() -> SearchStrategy[VatRate]:
    """Rates from zero to a hundred percent."""
    return st.builds(VatRate, st.sampled_from((2300, 800, 500, 0)) | st.integers(0, 10_000), codes())


def actors() -> SearchStrategy[Actor]:
    """Every kind of party, with and without an id."""
    return values(Actor)


def contacts() -> SearchStrategy[Contact]:
    """Contacts that can be stored, whether or not they can be reached."""
    return values(Contact)


def addresses() -> SearchStrategy[Address]:
    """Addresses that can be stored, whether or not a courier finds them."""
    return values(Address)


def people() -> SearchStrategy[Person]:
    """Whole records of personal data."""
    return values(Person)


def lines(currency: str | None = None) -> SearchStrategy[orders.Line]:
    """Order lines, priced in *currency* or in any."""
    return values(orders.Line, unit_price=money(currency, least=0))


def targets() -> SearchStrategy[orders.Target]:
    """All sorts of places where orders go."""
    return st.one_of([values(kind) for kind in get_args(orders.Target)])


@st.composite
def place_orders(draw: st.DrawFn) -> orders.PlaceOrder:
    """Orders to place: one currency, and every line with an id of its own."""
    currency = draw(currencies())
    numbers, extras = (
        st.dictionaries(codes(), named, max_size=3).map(lambda found: tuple(found.items()))
        for named in (codes(), texts())
    )
    return draw(
        values(
            orders.PlaceOrder,
            currency=st.just(currency),
            lines=st.lists(lines(currency), min_size=1, max_size=3, unique_by=lambda line: line.line),
            target=targets(),
            seen_total=st.none() | money(currency),
            numbers=numbers,
            extras=extras,
            coupons=st.lists(codes().filter(lambda typed: typed.strip("-_")), max_size=3),
        )
    )


def promotions() -> SearchStrategy[Promotion]:
    """Promotions with every kind of benefit, for all goods or some, and with conditions of every kind."""
    from ._promotions import promotions

    return promotions()


def promotion_sets() -> SearchStrategy[Promotions]:
    """A few promotions and a way to combine them; the host's rules that they name never hold and give nothing."""
    from ._promotions import promotion_sets

    return promotion_sets()


def baskets(currency: str | None = None) -> SearchStrategy[Basket]:
    """Baskets of one currency, with goods and circumstances that promotions ask about."""
    from ._promotions import baskets

    return baskets(currency)


def events(concept: Concept) -> SearchStrategy[Any]:
    """Every event class of a concept: ``events(orderflow.payments)``."""
    return st.one_of([values(kind) for kind in concept.WIRE_NAMES])


def values(kind: type[Value], **given: SearchStrategy[Any]) -> SearchStrategy[Value]:
    """Instances of a class of orderflow by the types of its fields, some of them *given*."""
    resolved: Any = attrs.resolve_types(kind)  # type: ignore[type-var]
    fields = {field.name: _field(field.name, field.type) for field in attrs.fields(resolved)}
    return st.builds(kind, **(fields | given))


@cache
def _field(name: str, kind: Any) -> SearchStrategy[Any]:
    match name:
        case "name" | "text":
            return texts()
        case "country":
            return countries()
        case "quantity":
            return st.integers(1, MOST_UNITS)
        case "delta":
            return st.integers(-MOST_UNITS, MOST_UNITS)
        case "unit_price":
            return money(least=0)
        case "floor" | "deposit" if type(None) in get_args(kind):
            return st.none()  # they are in the line's currency: given where that is known
        case "dimensions_mm" | "box_mm":
            return st.none() | st.tuples(*[st.integers(1, 2000)] * 3) if type(None) in get_args(kind) else _typed(kind)
        case "known" | "data":
            return st.dictionaries(codes(), texts(), max_size=3)
        case "minimum_age":
            return st.integers(0, 120)
        case "reasons" if get_args(kind)[-1] is ...:
            flat = [choice for choice in get_args(get_args(kind)[0]) if choice is not NoAlternative]
            return (
                st.lists(st.one_of([values(choice) for choice in flat]), max_size=2).map(tuple)
                if flat
                else _typed(kind)
            )
        case _:
            return _typed(kind)


_PLAIN: dict[Any, SearchStrategy[Any]] = {
    str: codes(),
    int: st.integers(0, MOST_UNITS),
    bool: st.booleans(),
    NoneType: st.none(),
    datetime: moments(),
    date: st.integers(0, 36_500).map(lambda days: date(2000, 1, 1) + timedelta(days)),
    Money: money(),
    Quantities: quantities(),
    VatRate: vat_rates(),
    LotUnits: st.builds(
        LotUnits, codes(), st.integers(1, MOST_UNITS), st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31))
    ),
    Programme: st.builds(Programme, id=codes(), per=money(least=1), points=st.integers(1, MOST_UNITS)),
}


@cache
def _typed(kind: Any) -> SearchStrategy[Any]:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if hasattr(kind, "__supertype__"):
        return _typed(kind.__supertype__)
    if kind is QuotedLines:
        return _typed(tuple[QuotedLine, ...]).map(QuotedLines)
    if kind is Outcomes:
        return _typed(tuple[Outcome, ...]).map(Outcomes)
    if get_origin(kind) is tuple:
        item, *others = get_args(kind)
        if others == [...]:
            return st.lists(_typed(item), max_size=3).map(tuple)
        return st.tuples(*map(_typed, (item, *others)))
    if get_args(kind):
        return st.one_of([_typed(choice) for choice in get_args(kind)])
    if issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    return values(kind)
